/* src/util: the text of files, and what is said of its places. */
#include "fail_alloc.h"
#include "suites.h"
#include "util/diagnostics.h"
#include "util/names.h"
#include "util/source.h"
#include "util/visible.h"
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- sources ---- */

static void temporary_file(char *path, const char *text, size_t size)
{
    strcpy(path, "/tmp/opspice-XXXXXX");
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, text, size), (ssize_t)size);
    close(file);
}

START_TEST(sources_read_whole_files)
{
    struct sources sources = {0};
    char path[64];
    size_t size = 3 << 20;
    char *text = malloc(size);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)(i * 7 % 256);
    temporary_file(path, text, size);
    ck_assert_int_eq(sources_read(&sources, path, NULL), SOURCE_OK);
    unlink(path);
    ck_assert_uint_eq(sources.count, 1);
    ck_assert_uint_eq(sources.item[0].size, size);
    ck_assert_mem_eq(sources.item[0].text, text, size);
    ck_assert_int_eq(sources.item[0].text[size], 0);
    ck_assert_int_eq(sources.item[0].text[size + 1], 0);
    ck_assert_str_eq(sources.item[0].name, path);
    free(text);
    sources_free(&sources);
    sources_free(&sources);
}
END_TEST

START_TEST(sources_refuse_what_is_no_file)
{
    struct sources sources = {0};
    ck_assert_int_eq(sources_read(&sources, "/nowhere/at/all", NULL), SOURCE_NO_FILE);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_int_eq(sources_read(&sources, "/tmp", NULL), SOURCE_NO_FILE);
    ck_assert_int_eq(errno, EISDIR);
    ck_assert_int_eq(sources_read(&sources, "/dev/zero", NULL), SOURCE_NO_FILE);
    ck_assert_uint_eq(sources.count, 0);
    ck_assert_int_eq(sources_read(&sources, "/dev/null", NULL), SOURCE_OK);
    ck_assert_uint_eq(sources.item[0].size, 0);
    sources_free(&sources);
}
END_TEST

static const struct {
    size_t offset, line, column, line_length;
} place_table[] = {
    /* "ab\ncd\r\nef\rgh\n\nlast" */
    {0, 1, 1, 2}, {1, 1, 2, 2},  {2, 1, 3, 2},  {3, 2, 1, 2},  {5, 2, 3, 2},  {6, 2, 4, 2},
    {7, 3, 1, 2}, {9, 3, 3, 2},  {10, 4, 1, 2}, {12, 4, 3, 2}, {13, 5, 1, 0}, {14, 6, 1, 4},
    {17, 6, 4, 4}, {18, 6, 5, 4},
};

START_TEST(sources_locate_places)
{
    static const char text[] = "ab\ncd\r\nef\rgh\n\nlast";
    struct sources sources = {0};
    ck_assert_int_eq(sources_copy(&sources, "first", "x", 1), SOURCE_OK);
    ck_assert_int_eq(sources_copy(&sources, "deck", text, sizeof text - 1), SOURCE_OK);
    for (size_t i = 0; i < sizeof place_table / sizeof *place_table; i++) {
        struct location location = sources_locate(&sources, sources.item[1].text + place_table[i].offset);
        ck_assert_ptr_eq(location.source, &sources.item[1]);
        ck_assert_uint_eq(location.line, place_table[i].line);
        ck_assert_uint_eq(location.column, place_table[i].column);
        ck_assert_uint_eq(location.line_length, place_table[i].line_length);
    }
    ck_assert_ptr_null(sources_locate(&sources, NULL).source);
    ck_assert_ptr_null(sources_locate(&sources, text).source);
    sources_free(&sources);
}
END_TEST

START_TEST(sources_locate_pieces)
{
    /* lines 1, 40 and 41, 7 of a file */
    static const char text[] = "title\nR1 a\r\n+ b\n.op\n";
    static const struct source_piece pieces[] = {{0, 0, 1}, {6, 1000, 40}, {16, 200, 7}};
    static const struct {
        size_t at, offset, line, column;
    } table[] = {{0, 0, 1, 1}, {3, 3, 1, 4}, {6, 1000, 40, 1}, {9, 1003, 40, 4}, {14, 1008, 41, 3}, {17, 201, 7, 2}};
    struct sources sources = {0};
    char *copy = malloc(sizeof text + 1);
    struct source_piece *piece = malloc(sizeof pieces);
    ck_assert(copy && piece);
    memcpy(copy, text, sizeof text);
    memcpy(piece, pieces, sizeof pieces);
    ck_assert_int_eq(sources_take(&sources, "-", copy, sizeof text - 1, piece, 3), SOURCE_OK);
    ck_assert_str_eq(sources.item[0].name, "<stdin>");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *place = sources.item[0].text + table[i].at;
        struct location location = sources_locate(&sources, place);
        ck_assert_uint_eq(location.line, table[i].line);
        ck_assert_uint_eq(location.column, table[i].column);
        ck_assert_uint_eq(sources_offset(&sources.item[0], place), table[i].offset);
    }
    sources_free(&sources);
}
END_TEST

/* Lines are counted from marks: every place of a large text agrees with counting from its start. */
START_TEST(sources_locate_far_places)
{
    size_t size = 5 * SOURCE_MARK / 2, line = 1;
    char *text = malloc(size);
    for (size_t i = 0; i < size; i++)
        text[i] = "x\r\ny\nz\r\r"[i % 8]; /* a mark falls between CR and LF, too */
    memmove(text + SOURCE_MARK - 2, text, size - SOURCE_MARK + 2);
    struct sources sources = {0};
    ck_assert_int_eq(sources_copy(&sources, "deck", text, size), SOURCE_OK);
    for (size_t i = 0; i < size; i++) {
        if (i % 1009 == 0 || i % SOURCE_MARK < 3 || i % SOURCE_MARK > SOURCE_MARK - 3)
            ck_assert_uint_eq(sources_locate(&sources, sources.item[0].text + i).line, line);
        line += text[i] == '\n' || (text[i] == '\r' && (i + 1 == size || text[i + 1] != '\n'));
    }
    sources_free(&sources);
    free(text);
}
END_TEST

START_TEST(sources_without_memory)
{
    char path[64];
    temporary_file(path, "text\n", 5);
    long failed = 1;
    for (long n = 0; failed; n++) {
        struct sources sources = {0};
        fail_alloc_after(n);
        enum source_status copied = sources_copy(&sources, "name", "text", 4);
        enum source_status read = copied == SOURCE_OK ? sources_read(&sources, path, NULL) : copied;
        failed = fail_alloc_off();
        ck_assert_int_eq(read, failed ? SOURCE_NO_MEMORY : SOURCE_OK);
        sources_free(&sources);
    }
    unlink(path);
}
END_TEST

/* ---- diagnostics ---- */

/* The text of one diagnostic at offset in a deck. */
static char *text_of(const char *deck, size_t offset, size_t length, const char *message)
{
    struct sources sources = {0};
    struct diagnostics diagnostics = {0};
    ck_assert_int_eq(sources_copy(&sources, "d.cir", deck, strlen(deck)), SOURCE_OK);
    diagnose(&diagnostics, ERROR_SYNTAX, sources.item[0].text + offset, length, "%s", message);
    char *text = diagnostic_text(&diagnostics.item[0], &sources);
    diagnostics_free(&diagnostics);
    sources_free(&sources);
    return text;
}

static void check_text(const char *deck, size_t offset, size_t length, const char *expected)
{
    char *text = text_of(deck, offset, length, "bad");
    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(diagnostics_have_carets)
{
    check_text("t\nR1 abc 0 1\n", 5, 3, "d.cir:2:4: error: bad\n R1 abc 0 1\n    ^~~\n");
    check_text("t\nR1\tabc 0 1", 5, 3, "d.cir:2:4: error: bad\n R1\tabc 0 1\n   \t^~~\n");
    check_text("t\r\nR1 \x01 x\r\n", 6, 1, "d.cir:2:4: error: bad\n R1 ? x\n    ^\n");
    /* no longer than the line; after its end; in an empty text */
    check_text("ab\ncd\n", 1, 100, "d.cir:1:2: error: bad\n ab\n  ^\n");
    check_text("ab\ncd\n", 2, 1, "d.cir:1:3: error: bad\n ab\n   ^\n");
    check_text("", 0, 1, "d.cir:1:1: error: bad\n \n ^\n");
    /* two letters of two bytes each */
    check_text("\xc3\xa4\xc3\xb6 xy\n", 5, 2, "d.cir:1:6: error: bad\n \xc3\xa4\xc3\xb6 xy\n    ^~\n");
    check_text("\xc3\xa4\xc3\xb6 xy\n", 0, 4, "d.cir:1:1: error: bad\n \xc3\xa4\xc3\xb6 xy\n ^~\n");
}
END_TEST

/* A long line is cut around the place, and the caret still stands under it. */
START_TEST(diagnostics_shorten_long_lines)
{
    size_t size = 100000;
    char *deck = malloc(size + 1);
    memset(deck, 'x', size);
    deck[size] = '\0';
    for (size_t at = 0; at < size; at += 9973) {
        deck[at] = 'Q';
        char *text = text_of(deck, at, 1, "bad");
        ck_assert_uint_lt(strlen(text), 600);
        const char *line = strchr(text, '\n') + 1;
        const char *caret_line = strchr(line, '\n') + 1;
        ck_assert_int_eq(line[strchr(caret_line, '^') - caret_line], 'Q');
        free(text);
        deck[at] = 'x';
    }
    free(deck);
}
END_TEST

START_TEST(diagnostics_name_includes)
{
    struct sources sources = {0};
    struct diagnostics diagnostics = {0};
    sources_copy(&sources, "a.cir", "t\n.include b\n", 13);
    sources_copy(&sources, "b", "x\n.include c\n", 13);
    sources_copy(&sources, "c", "oops\n", 5);
    sources.item[1].included_from = sources.item[0].text + 11;
    sources.item[2].included_from = sources.item[1].text + 11;
    diagnose(&diagnostics, WARNING_UNKNOWN_OPTION, sources.item[2].text, 4, "no %s\x1b[2J", "good");
    diagnose(&diagnostics, OUTCOME_NOT_CONVERGED, NULL, 0, "all of it");
    char *text = diagnostic_text(&diagnostics.item[0], &sources);
    ck_assert_str_eq(text, "c:1:1: warning: no good?[2J\n oops\n ^~~~\nincluded from b:2:\nincluded from a.cir:2:\n");
    free(text);
    text = diagnostic_text(&diagnostics.item[1], &sources);
    ck_assert_str_eq(text, "error: all of it\n");
    free(text);
    ck_assert_uint_eq(diagnostics.errors, 0);
    ck_assert_uint_eq(diagnostics.outcomes, 1);
    diagnostics_free(&diagnostics);
    sources_free(&sources);
}
END_TEST

/* ---- control characters ---- */

static const struct {
    const char *text, *shown;
} controlled[] = {
    {"", ""},
    {"plain\ttext\n\f~", "plain\ttext\n\f~"},
    {"\x1b[31m \x01\x07\r\x7f", "?[31m ????"},
    {"\xc3\xa9 \xc2\xb5 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa9 \xc2\xb5 \xe2\x82\xac \xf0\x9f\x98\x80"},
    {"\xc2\x9b" "31m\xc2\x80\xc2\x9f\xc2\xa0", "?31m??\xc2\xa0"},
    {"\x9b" "31m \xb5 \xe9", "?31m \xb5 \xe9"},           /* Latin-1 */
    {"\xe2\x82 \xe2\x9b", "\xe2? \xe2?"},            /* cut off */
    {"\xc0\x9b\xff\x9b\xf5\x9b", "\xc0?\xff?\xf5?"}, /* no UTF-8 at all */
};

START_TEST(control_characters_are_not_shown)
{
    const char *text = controlled[_i].text, *shown = controlled[_i].shown;
    size_t length = strlen(text);
    for (size_t cut = 0; cut <= length; cut++) {
        char bytes[100], made[100];
        size_t whole, count;
        memcpy(bytes, text, cut);
        count = visible_make(bytes, cut, &whole);
        memcpy(made, bytes, whole);
        count -= whole;
        memmove(bytes, bytes + whole, count);
        memcpy(bytes + count, text + cut, length - cut);
        count = visible_make(bytes, count + length - cut, NULL);
        memcpy(made + whole, bytes, count);
        made[whole + count] = '\0';
        ck_assert_msg(strcmp(made, shown) == 0, "%s cut at %zu: %s", text, cut, made);
    }
}
END_TEST

START_TEST(diagnostics_of_a_kind_are_folded)
{
    enum { WARNINGS = 40541 + DIAGNOSTICS_OF_A_KIND };
    struct sources sources = {0};
    struct diagnostics diagnostics = {0};
    for (int i = 0; i < WARNINGS; i++) {
        bool kept = diagnose(&diagnostics, WARNING_UNKNOWN_OPTION, NULL, 0, "number %d", i);
        ck_assert_int_eq(kept, i < DIAGNOSTICS_OF_A_KIND);
        ck_assert_int_eq(diagnose(&diagnostics, NOTE, NULL, 0, "of %d", i), kept);
    }
    ck_assert(diagnose(&diagnostics, ERROR_NO_GROUND, NULL, 0, "no ground"));
    ck_assert(diagnose(&diagnostics, NOTE, NULL, 0, "anywhere"));
    ck_assert_uint_eq(diagnostics.made, WARNINGS + 1);
    ck_assert_uint_eq(diagnostics.errors, 1);
    ck_assert_uint_eq(diagnostics.count, 2 * DIAGNOSTICS_OF_A_KIND + 2);
    const struct diagnostic *last = &diagnostics.item[2 * DIAGNOSTICS_OF_A_KIND - 2];
    ck_assert_str_eq(last->message, "number 19");
    ck_assert_uint_eq(last->more, WARNINGS - DIAGNOSTICS_OF_A_KIND);
    char *text = diagnostic_text(last, &sources);
    ck_assert_str_eq(text, "warning: number 19\nand 40,541 more of this kind\n");
    free(text);
    ck_assert_int_eq(diagnostics.item[diagnostics.count - 1].code, ERROR_NO_GROUND);

    struct diagnostics all = {0};
    diagnose(&all, WARNING_UNKNOWN_OPTION, NULL, 0, "before");
    diagnostics_append(&all, &diagnostics);
    ck_assert_uint_eq(all.made, WARNINGS + 2);
    ck_assert_uint_eq(all.item[all.kind[WARNING_UNKNOWN_OPTION].last].more, WARNINGS - DIAGNOSTICS_OF_A_KIND + 1);
    ck_assert_str_eq(all.item[all.count - 1].message, "anywhere");
    diagnostics_free(&all);
    diagnostics_free(&diagnostics);
    sources_free(&sources);
}
END_TEST

START_TEST(more_of_a_kind_are_counted)
{
    struct diagnostics diagnostics = {0};
    diagnose_more(&diagnostics, OUTCOME_SOURCE_LOOP, 3);
    ck_assert_uint_eq(diagnostics.made, 0);
    diagnose(&diagnostics, OUTCOME_SOURCE_LOOP, NULL, 0, "a loop");
    diagnose_more(&diagnostics, OUTCOME_SOURCE_LOOP, 3);
    ck_assert_uint_eq(diagnostics.outcomes, 4);
    ck_assert_uint_eq(diagnostics.item[0].more, 3);
    diagnostics_free(&diagnostics);
}
END_TEST

START_TEST(strictly_warnings_are_errors)
{
    struct diagnostics diagnostics = {.strict = true};
    diagnose(&diagnostics, WARNING_UNKNOWN_OPTION, NULL, 0, "no such option");
    ck_assert_int_eq(diagnostics.item[0].severity, SEVERITY_ERROR);
    ck_assert_uint_eq(diagnostics.errors, 1);
    ck_assert(!diagnostics_are_clear(&diagnostics));
    diagnostics_free(&diagnostics);
}
END_TEST

START_TEST(leniently_errors_are_warnings)
{
    struct diagnostics diagnostics = {.lenient = true};
    diagnose(&diagnostics, ERROR_UNKNOWN_VECTOR, NULL, 0, "no such vector");
    diagnose(&diagnostics, OUTCOME_NOT_CONVERGED, NULL, 0, "no answer");
    ck_assert_int_eq(diagnostics.item[0].severity, SEVERITY_WARNING);
    ck_assert_uint_eq(diagnostics.errors, 0);
    ck_assert_uint_eq(diagnostics.outcomes, 1);
    diagnostics.strict = true;
    diagnose(&diagnostics, ERROR_UNKNOWN_VECTOR, NULL, 0, "no such vector");
    ck_assert_uint_eq(diagnostics.errors, 1);
    diagnostics_free(&diagnostics);
}
END_TEST

START_TEST(codes_have_names_of_their_own)
{
    for (int code = 0; code < DIAGNOSTIC_KINDS; code++) {
        const char *name = code_name(code);
        ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
        for (int other = 0; other < code; other++)
            ck_assert_str_ne(name, code_name(other));
    }
}
END_TEST

START_TEST(diagnostics_without_memory)
{
    struct sources sources = {0};
    sources_copy(&sources, "d", "deck", 4);
    long failed = 1;
    for (long n = 0; failed; n++) {
        struct diagnostics diagnostics = {0};
        fail_alloc_after(n);
        for (int i = 0; i < 40; i++)
            diagnose(&diagnostics, (enum diagnostic_code)i, sources.item[0].text, 1, "message %d", i);
        bool out_of_memory = diagnostics.out_of_memory;
        char *text = out_of_memory ? NULL : diagnostic_text(&diagnostics.item[39], &sources);
        failed = fail_alloc_off();
        ck_assert_int_eq(text == NULL, failed > 0);
        ck_assert_uint_eq(diagnostics.made, 40);
        free(text);
        diagnostics_free(&diagnostics);
    }
    sources_free(&sources);
}
END_TEST

Suite *suite_source(void)
{
    Suite *suite = suite_create("source");
    TCase *sources = tcase_create("sources");
    tcase_add_test(sources, sources_read_whole_files);
    tcase_add_test(sources, sources_refuse_what_is_no_file);
    tcase_add_test(sources, sources_locate_places);
    tcase_add_test(sources, sources_locate_pieces);
    tcase_add_test(sources, sources_locate_far_places);
    tcase_add_test(sources, sources_without_memory);
    suite_add_tcase(suite, sources);

    TCase *diagnostics = tcase_create("diagnostics");
    tcase_add_test(diagnostics, diagnostics_have_carets);
    tcase_add_test(diagnostics, diagnostics_shorten_long_lines);
    tcase_add_test(diagnostics, diagnostics_name_includes);
    tcase_add_loop_test(diagnostics, control_characters_are_not_shown, 0, sizeof controlled / sizeof *controlled);
    tcase_add_test(diagnostics, diagnostics_of_a_kind_are_folded);
    tcase_add_test(diagnostics, more_of_a_kind_are_counted);
    tcase_add_test(diagnostics, strictly_warnings_are_errors);
    tcase_add_test(diagnostics, leniently_errors_are_warnings);
    tcase_add_test(diagnostics, codes_have_names_of_their_own);
    tcase_add_test(diagnostics, diagnostics_without_memory);
    suite_add_tcase(suite, diagnostics);
    return suite;
}
