/* grammar: large texts are read by several threads, and what is read is what one thread reads. */
#include "fail_alloc.h"
#include "netlist/cards.h"
#include "reader.h"
#include "suites.h"
#include "texts.h"
#include "trees.h"
#include "util/random.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGE = 9 << 17 /* bytes; from 1 MB on a text is read by threads */ };

static char folder[64], *library;

static void make_library(void)
{
    strcpy(folder, "/tmp/opspice-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    text_append(&library, "%s/cards.lib", folder);
    FILE *file = fopen(library, "w");
    ck_assert_ptr_nonnull(file);
    fputs("ri1 in 0 1\n.lib slow\nri2 in 0 2\n.include cards.lib\n.endl\n.lib fast\nri3 in 0 3\n.endl\nri4 in ( 0\n",
          file);
    fclose(file);
}

static void remove_library(void)
{
    unlink(library);
    rmdir(folder);
    free(library);
    library = NULL;
}

/* Lines that are more than one plain card, or less, or wrong; %d is a number, %s the library. */
static const char *const odd[] = {
    "* comment\n",
    "\n\n  \t\n",
    "+ 1\n",
    "* comment\n+ more=2\n",
    "r%d a b 1 tc=1,2\r\nr b c 1\r\n",
    "r%d a b 1\rr c d 2\r* comment\rv1 a 0 1\n",
    "r%d a\n+ b\n* between\n+ 1k\n",
    "r%d a b \"open\n",
    "r%d a b {open\n",
    "r%d a b 'x\n+ y' ; tail\n",
    "r%d a (b\n",
    "r%d a b) 1\n",
    "q%d a b c = )\n",
    "= 5\n",
    ")\n",
    "8 what\n",
    "r%d a b\x01 1\n",
    "v%d a 0 dc 1 pulse(0 1 2)\n",
    "d%d a $n_5 m $ comment\n",
    ".param p%d={1+2} q=3\n",
    ".model m%d d(is=1f\n+ n=2)\n",
    ".subckt s%d a b\nrs a b 1\n.ends\n",
    ".if (a==%d)\nrif a b 1\n.else\nrelse a b 2\n.endif\n",
    ".ends what)\n.endc\n",
    ".nosuch %d\n.tran 1 2\n.ac (\n",
    ".print v(%d v(b))) = 5\n",
    ".save =\n.probe (a\n.meas dc x find )\n",
    ".title a new one %d\n",
    ".control\nprint v(%d)\nr1 in a script\nrb b c 1\nrc c d 1\n\n.endc\n",
    ".include %s\n",
    ".lib %s slow\n",
    ".lib '%s' fast ; comment\n",
    ".lib %s none\n",
    ".lib\n.include\n.endl\n",
    ".lib own\nrlib a b 1\n.endl\n",
    ".temp = %d\n",
};

static size_t below(struct random *random, size_t limit)
{
    return (size_t)((random_uniform(random) + 1) / 2 * (double)limit);
}

/* A deck of plain cards with a share of odd lines, of LARGE bytes. */
static char *random_deck(uint64_t seed, unsigned plain)
{
    struct random random = random_from(seed);
    char *text = malloc(LARGE + 4096);
    size_t size = (size_t)sprintf(text, "title\n");
    const size_t kinds = sizeof odd / sizeof *odd;
    for (int n = 0; size < LARGE; n++) {
        if (below(&random, plain) > 0) {
            size += (size_t)sprintf(text + size, "R%d n%d_%d n%d 1.%dk\n", n, n % 7, n % 100, n % 50, n % 1000);
            continue;
        }
        const char *line = odd[below(&random, kinds)];
        size += strstr(line, "%s") ? (size_t)sprintf(text + size, line, library)
                                   : (size_t)sprintf(text + size, line, n);
    }
    return text;
}

static enum reader_status read_by(struct netlist *netlist, int threads, size_t most, const char *text,
                                  struct diagnostics *diagnostics)
{
    netlist->threads = threads;
    netlist->most = most;
    return reader_memory(netlist, "deck", text, strlen(text), diagnostics);
}

/* Where a place is: the number of its text, and the byte. */
static size_t offset_of(const struct netlist *netlist, const char *place, size_t *number)
{
    const struct sources *sources = &netlist->sources;
    for (*number = 0; *number < sources->count; ++*number) {
        const struct source *source = &sources->item[*number];
        if (place >= source->text && place <= source->text + source->size)
            return (size_t)(place - source->text);
    }
    return 0;
}

/* Millions of them are compared, so it is not each that is asserted. */
static bool is_same_place(const struct netlist *p, const char *at_p, const struct netlist *q, const char *at_q)
{
    size_t source_p, source_q;
    return offset_of(p, at_p, &source_p) == offset_of(q, at_q, &source_q) && source_p == source_q;
}

static bool is_same_card(const struct netlist *p, const struct card *a, const struct netlist *q, const struct card *b)
{
    struct arg word_a[PLAIN_WORDS], word_b[PLAIN_WORDS];
    struct card card_a = netlist_words(a, word_a), card_b = netlist_words(b, word_b);
    bool same = card_a.kind == card_b.kind && card_a.count == card_b.count;
    for (uint32_t w = 0; same && w < card_a.count; w++) {
        struct arg x = card_a.arg[w], y = card_b.arg[w];
        bool is_message = w == 1 && (card_a.kind == CARD_UNREAD || card_a.kind == CARD_UNKNOWN);
        same = x.kind == y.kind && x.count == y.count && x.length == y.length &&
               (is_message ? memcmp(x.text, y.text, x.length) == 0 : is_same_place(p, x.text, q, y.text));
    }
    return same;
}

static void check_same_cards(const struct netlist *p, const struct netlist *q)
{
    size_t same = 0;
    while (same < p->count && same < q->count && is_same_card(p, &p->card[same], q, &q->card[same]))
        same++;
    ck_assert_uint_eq(same, p->count);
    ck_assert_uint_eq(p->count, q->count);
    ck_assert_uint_eq(p->title_length, q->title_length);
    ck_assert(is_same_place(p, p->title, q, q->title));
}

static void check_same_messages(const struct diagnostics *p, const struct netlist *netlist_p,
                                const struct diagnostics *q, const struct netlist *netlist_q)
{
    ck_assert_uint_eq(p->count, q->count);
    ck_assert_uint_eq(p->made, q->made);
    ck_assert_uint_eq(p->errors, q->errors);
    for (size_t d = 0; d < p->count; d++) {
        const struct diagnostic *a = &p->item[d], *b = &q->item[d];
        ck_assert_str_eq(a->message, b->message);
        ck_assert(a->severity == b->severity && a->code == b->code && a->length == b->length && a->more == b->more);
        ck_assert(is_same_place(netlist_p, a->place, netlist_q, b->place));
    }
}

/* Any number of threads reads what one reads, where this is the most that there may be of cards; 0: any. */
static void check_limited(const char *text, size_t most)
{
    struct netlist alone = {0};
    struct diagnostics said = {0};
    ck_assert_int_eq(read_by(&alone, 1, most, text, &said), READER_OK);
    for (int threads = 2; threads <= 5; threads += 3) {
        struct netlist netlist = {0};
        struct diagnostics diagnostics = {0};
        ck_assert_int_eq(read_by(&netlist, threads, most, text, &diagnostics), READER_OK);
        ck_assert_mem_eq(netlist.sources.item[0].text, text, strlen(text) + 1);
        check_same_cards(&alone, &netlist);
        check_same_messages(&said, &alone, &diagnostics, &netlist);
        netlist_free(&netlist);
        diagnostics_free(&diagnostics);
    }
    netlist_free(&alone);
    diagnostics_free(&said);
}

static void check_threads(const char *text)
{
    check_limited(text, 0);
}

START_TEST(threads_read_what_one_reads)
{
    static const unsigned plain[] = {3, 10, 100, 1000, 10000};
    char *text = random_deck(1000 + (uint64_t)_i, plain[_i % 5]);
    check_threads(text);
    free(text);
}
END_TEST

/* One line that changes how all others are read, somewhere among plain cards. */
START_TEST(one_line_in_a_large_deck)
{
    static const char *const line[] = {
        ".end\n", ".control\n", ".lib own\n", "r1 a b 'x\n", ".subckt s a\n", ".if (1)\n", "r1 a b (\n",
        "\n\n* c\n", "r1 a b 1\r", "* \rr1 a b 1\r* ", ".title t\n", ".print v(\n", ""};
    for (size_t at = 1; at < 8; at++) {
        char *text = random_deck(at, 1u << 31), *behind;
        char *place = strchr(text + LARGE / 8 * at, '\n') + 1;
        size_t added = strlen(line[_i]);
        behind = strdup(place);
        ck_assert_ptr_nonnull(behind);
        memcpy(place, line[_i], added);
        strcpy(place + added, behind);
        check_threads(text);
        free(behind);
        free(text);
    }
}
END_TEST

/* What is wrong is an error behind the subcircuit and a card in it, whoever knows where that ends. */
START_TEST(mistakes_in_a_large_subcircuit)
{
    char *text = malloc(LARGE + 64);
    size_t size = (size_t)sprintf(text, "title\n.subckt s a\n"), end = LARGE * (size_t)_i / 4;
    for (int n = 0; size < LARGE; n++) {
        if (size >= end) {
            size += (size_t)sprintf(text + size, ".ends\n");
            end = SIZE_MAX;
        }
        size += (size_t)sprintf(text + size, n % 5000 == 2500 ? "r%d = 1\n" : "r%d a b 1\n", n);
    }
    check_threads(text);
    free(text);
}
END_TEST

/* No place to cut: continuation lines, comments, an end of line that is none of flex's. */
START_TEST(decks_of_one_kind_of_line)
{
    static const char *const line[] = {"+ 1\n", "* comment\n", " r1 a b 1\n", "r1 a b 1\r", "r1 a b 1\r\n", ".op\n",
                                       "r1 a b 1\n* c\n", "r1 a b 1\n\n", "r1 a b\n+ 1\n", "r1 a b 1", "'"};
    char *text = malloc(LARGE + 64);
    size_t size = (size_t)sprintf(text, "title\nr0 a b 1\n");
    while (size < LARGE)
        size += (size_t)sprintf(text + size, "%s", line[_i]);
    check_threads(text);
    free(text);
}
END_TEST

/* One card too many is an error there, and nothing behind it is read. */
START_TEST(too_many_cards)
{
    char *text = random_deck(5, 1u << 31);
    for (size_t most = 1; most < 60000; most += 1 + most * 2) {
        struct netlist netlist = {0};
        struct diagnostics diagnostics = {0};
        check_limited(text, most);
        ck_assert_int_eq(read_by(&netlist, 2, most, text, &diagnostics), READER_OK);
        bool fits = diagnostics.errors == 0;
        ck_assert(netlist.count == most || (fits && netlist.count < most));
        if (!fits) {
            char *said = text_messages(&diagnostics, &netlist.sources), *expected = NULL;
            text_append(&expected, "%zu:1 more than %zu cards\n", most + 2, most);
            ck_assert_str_eq(said, expected);
            free(said);
            free(expected);
        }
        netlist_free(&netlist);
        diagnostics_free(&diagnostics);
    }
    free(text);
}
END_TEST

/* A large file that a small one includes, between cards of its own. */
START_TEST(included_files_are_read_by_threads)
{
    char *text = random_deck(7, 1000), *deck = NULL;
    FILE *file = fopen(library, "w");
    ck_assert_ptr_nonnull(file);
    fputs(strchr(text, '\n'), file);
    fclose(file);
    text_append(&deck, "title\nr1 a b 1\n.include %s\nr2 a b 1\n.include %s\n", library, library);
    check_threads(deck);
    free(deck);
    free(text);
}
END_TEST

/* Memory that is out in a thread is out for all. */
START_TEST(threads_without_memory)
{
    char *text = random_deck(3, 2000);
    long failed = 1;
    for (long n = 0; failed; n += 1 + n / 8) {
        struct netlist netlist = {0};
        struct diagnostics diagnostics = {0};
        fail_alloc_after(n);
        enum reader_status status = read_by(&netlist, 3, 0, text, &diagnostics);
        failed = fail_alloc_off();
        ck_assert(status == READER_NO_MEMORY || status == READER_OK);
        ck_assert(failed || status == READER_OK);
        netlist_free(&netlist);
        diagnostics_free(&diagnostics);
    }
    free(text);
}
END_TEST

Suite *suite_chunks(void)
{
    Suite *suite = suite_create("chunks");
    TCase *tests = tcase_create("chunks");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, make_library, remove_library);
    tcase_add_loop_test(tests, threads_read_what_one_reads, 0, 25);
    tcase_add_loop_test(tests, one_line_in_a_large_deck, 0, 13);
    tcase_add_loop_test(tests, mistakes_in_a_large_subcircuit, 0, 5);
    tcase_add_loop_test(tests, decks_of_one_kind_of_line, 0, 11);
    tcase_add_test(tests, too_many_cards);
    tcase_add_test(tests, included_files_are_read_by_threads);
    tcase_add_test(tests, threads_without_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
