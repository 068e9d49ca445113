/* A netlist that ranks read in parts is the one that a process reads: the same elements on the same lines, in the same
 * order, the same nodes in theirs, wherever it is cut. */
#include "dealt.h"
#include "grid/cuts.h"
#include "grid/part.h"
#include "reader.h"
#include "util/array.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- cuts -------------------------------------------------------------------------------------------------------- */

START_TEST(cuts_are_where_cards_begin)
{
    static const struct {
        const char *text;
        size_t card;
        bool unsure;
    } table[] = {
        {"le\nR1 a b 1\n", 3, false},         {"\nR1 a b 1\n", 1, false},    {"x\r\nR1", 3, false},
        {"x\rR1 a", 2, false},                {"x\n+ y\nR1 a", 6, false},    {"x\n* c\n\n+ y\n; c\nR1", 15, false},
        {"x\n  ,\tR1 a", 2, false},           {"x\n// c\n$ c\n.op", 11, false}, {"x\n$c\n+ y", 2, false},
        {"x\n/c", 2, false},                  {"x\nR", 2, true},             {"x\n+ y", 5, true},
        {"x", 1, true},                       {"x\r", 2, true},              {"", 0, true},
    };
    for (size_t t = 0; t < sizeof table / sizeof *table; t++) {
        bool unsure;
        size_t card = cuts_first_card(table[t].text, strlen(table[t].text), &unsure);
        EXPECT(card == table[t].card && unsure == table[t].unsure, "row %zu: %zu", t, card);
    }
}
END_TEST

/* What is common, as text, with bars between. */
START_TEST(blocks_are_common)
{
    static const struct {
        const char *text, *common;
    } table[] = {
        {"T\nR1\n", "T\n|"},
        {"T\n.op\n* c\nR1\n.temp 3\n+ 4\n\nR2\n", "T\n.op\n* c\n|.temp 3\n+ 4\n\n|"},
        {"T\nR1\n.SUBCKT a\nR2\n.subckt b\nR3\n.ends\nR4\n.ends a\nR5\n.op\n",
         "T\n|.SUBCKT a\nR2\n.subckt b\nR3\n.ends\nR4\n.ends a\n|.op\n|"},
        {"T\nR1\n.if (a)\nR2\n.else\nR3\n.endif\nR4\n.endif\nR5\n", "T\n|.if (a)\nR2\n.else\nR3\n.endif\n|.endif\n|"},
        {"T\nR1\n.control\n.subckt\nop\n.endc\nR2\n", "T\n|.control\n.subckt\nop\n.endc\n|"},
        {"T\nR1\n.lib x\nR2\n.subckt y\n.endl\nR3\n.lib x.lib y\nR4\n",
         "T\n|.lib x\nR2\n.subckt y\n.endl\n|.lib x.lib y\n|"},
        {"T\nR1\n.subckt a\nR2\n", "T\n|.subckt a\nR2\n|"},
        {"T\nR1\n.end\n.op\nR2\n", "T\n|.end\n|"},
        {"T\nR1\n.if (a)\n.subckt b\n.endif\n.ends\nR2\n.endif\nR3\n",
         "T\n|.if (a)\n.subckt b\n.endif\n.ends\nR2\n.endif\n|"},
    };
    for (size_t t = 0; t < sizeof table / sizeof *table; t++) {
        const char *text = table[t].text;
        struct dot_cards dots = {0};
        size_t lines, count, size = strlen(text), length = 0;
        char found[200] = "";
        EXPECT(cuts_scan(&dots, text, size, 0, &lines), "memory");
        struct common *common = cuts_common(dots.item, dots.count, &count, &size);
        for (size_t c = 0; c < count; c++)
            length += (size_t)sprintf(found + length, "%.*s|", (int)(common[c].end - common[c].start),
                                      text + common[c].start);
        EXPECT(strcmp(found, table[t].common) == 0, "row %zu: %s", t, found);
        free(common);
        free(dots.item);
    }
}
END_TEST

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static const char *const lines[] = {
    "* comments before the first card", "", "; another", ".options savecurrents", "V1 in 0 {supply}", "R1 in a1 1k",
    "* between", "", "+ tc1=0", "R2 a1", "+ a2 {r}", "* between", "+ tc1=0", ".param supply=5", "+ r=2k",
    "X1 a2 a3 cell", "X2 a3 a4 cell r=7", ".subckt cell p q params: r=1k", "R1 p m {r}", ".subckt inner x",
    "R1 x 0 3", ".ends",
    "X1 m inner", "R2 m q 1", ".ends cell", "R3 a4 a5 1", ".if (supply > 3)", "R4 a5 a6 1", ".if (supply > 9)",
    "R5 a5 a6 1", ".else", "R6 a6 a7 1", ".endif", ".else", "R7 a5 0 1", ".endif", "D1 a7 0 dm", ".control",
    "op", "R8 of a script", ".endc", "C1 a7 a8 1p", ".model dm d(ron=1", "+ vfwd=0.7)", "I1 0 a8 1m", "L1 a8 a9 1u",
    "$R9 a comment", "R10 a9 0 1", "R11 a9 b1 1 ; the last", ".end", "R12 behind 0 1"};

/* The netlist with these ends of lines and so many bytes more in its title. */
static char *make_text(const char *end, size_t more)
{
    size_t size = 0, length = 0;
    char *text = NULL;
    FILE *file = open_memstream(&text, &size);
    for (fputs("Parts", file); length < more; length++)
        fputc('.', file);
    for (size_t l = 0; l < sizeof lines / sizeof *lines; l++)
        fprintf(file, "%s%s", end, lines[l]);
    fclose(file);
    return text;
}

/* Each element with its line, then each node of those that this rank has. */
static char *list(const struct session *session, const struct share *share)
{
    size_t size;
    char *text = NULL;
    FILE *file = open_memstream(&text, &size);
    const struct circuit *circuit = &session->circuit;
    for (uint32_t e = 0; !share && e < circuit->elements.count; e++)
        fprintf(file, "%s %zu\n", circuit->elements.text[e],
                sources_locate(&session->netlist.sources, circuit->element[e].place).line);
    for (int64_t q = 0; share && q < share->owned; q++)
        fprintf(file, "%s\n", circuit->nodes.text[share->own[q]]);
    fclose(file);
    return text;
}

static void expect_same(const char *own, const char *whole, size_t more)
{
    char *all = NULL;
    int64_t total;
    EXPECT(ranks_gather(&check_ranks, own, (int64_t)strlen(own), 1, &all, &total, NULL), "gather");
    EXPECT(total == (int64_t)strlen(whole) && memcmp(all, whole, (size_t)total) == 0,
           "%zu more bytes:\n%.*sin place of\n%s", more, (int)total, all, whole);
    free(all);
}

static void check_parts(const char *path, const char *end, size_t more)
{
    char *text = make_text(end, more);
    struct session whole = {.only_point = true};
    struct diagnostics diagnostics = {0};
    if (check_ranks.rank == 0) {
        FILE *file = fopen(path, "w");
        EXPECT(file && fputs(text, file) >= 0 && fclose(file) == 0, "cannot write %s", path);
    }
    ranks_all(true); /* it is there */
    EXPECT(reader_memory(&whole.netlist, "whole", text, strlen(text), &diagnostics) == READER_OK, "reader");
    EXPECT(session_define(&whole, &diagnostics) && session_elaborate(&whole, &diagnostics), "memory");
    struct part part = {0};
    enum part_status status = part_load(&part, &check_ranks, &(struct part_options){.path = path, .only_point = true});
    if (status != PART_OK && check_ranks.rank == 0)
        messages_print(&part.messages, stderr);
    EXPECT(status == PART_OK, "%zu more bytes: status %d", more, (int)status);
    struct share share = {.ranks = check_ranks, .circuit = &part.session.circuit};
    struct share alone = {.circuit = &whole.circuit};
    EXPECT(share_number(&share), "share");
    alone.owned = whole.circuit.nodes.count - 1;
    alone.own = array_new((size_t)alone.owned, sizeof *alone.own);
    for (uint32_t node = 1; node < whole.circuit.nodes.count; node++)
        alone.own[node - 1] = node;
    char *own = list(&part.session, NULL), *all = list(&whole, NULL);
    expect_same(own, all, more);
    free(own);
    free(all);
    own = list(&part.session, &share);
    all = list(&whole, &alone);
    expect_same(own, all, more);
    free(own);
    free(all);
    free(alone.own);
    share_free(&share);
    part_free(&part);
    session_free(&whole);
    diagnostics_free(&diagnostics);
    free(text);
}

/* As its title grows, it is cut at one place after the other. */
START_TEST(parts_are_the_whole)
{
    static const char *const end[] = {"\n", "\r\n", "\r"};
    char path[64] = "";
    if (check_ranks.rank == 0)
        snprintf(path, sizeof path, "/tmp/check_part-%ld.cir", (long)getpid());
    ranks_spread(0, path, sizeof path);
    for (size_t e = 0; e < sizeof end / sizeof *end; e++)
        for (size_t more = 0; more < 1200; more += 1 + more / 40)
            check_parts(path, end[e], more);
    if (check_ranks.rank == 0)
        remove(path);
}
END_TEST

Suite *part_suite(void)
{
    Suite *suite = suite_create("part");
    TCase *tcase = tcase_create("part");
    tcase_set_timeout(tcase, 0);
    tcase_add_test(tcase, cuts_are_where_cards_begin);
    tcase_add_test(tcase, blocks_are_common);
    tcase_add_test(tcase, parts_are_the_whole);
    suite_add_tcase(suite, tcase);
    return suite;
}
