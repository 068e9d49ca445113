/* src/util: memory, names, sources and diagnostics. */
#include "fail_alloc.h"
#include "suites.h"
#include "util/arena.h"
#include "util/array.h"
#include "util/diagnostics.h"
#include "util/double_double.h"
#include "util/kernel.h"
#include "util/names.h"
#include "util/number_text.h"
#include "util/quad_double.h"
#include "util/random.h"
#include "util/source.h"
#include "util/threads.h"
#include "util/visible.h"
#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- threads ---- */

/* What is in memory stays, whether its pages are there, come, or the memory goes. */
START_TEST(populated_memory_stays)
{
    enum { SIZE = 1 << 26 };
    for (int turn = 0; turn < 3; turn++) {
        unsigned char *block = array_new(SIZE, 1), *other = array_new(SIZE, 1);
        ck_assert(block && other);
        const struct memory_range range[] = {{block + 3, SIZE - 3}, {NULL, 0}, {other, SIZE}};
        struct populating *populating = threads_populate(sizeof range / sizeof *range, range);
        ck_assert(!populating || threads_wanted(0) > 1);
        for (size_t q = 0; q < SIZE; q += 4099)
            block[q] = (unsigned char)(q % 251);
        if (turn == 1)
            free(other);
        if (turn != 2)
            threads_end_populating(populating);
        bool stays = true;
        for (size_t q = 0; q + 1 < SIZE; q += 4099)
            stays &= block[q] == q % 251 && block[q + 1] == 0;
        ck_assert(stays);
        if (turn == 2)
            threads_end_populating(populating);
        free(block);
        if (turn != 1)
            free(other);
    }
    const struct memory_range small = {&(char){0}, 1};
    ck_assert_ptr_null(threads_populate(1, &small));
    ck_assert_ptr_null(threads_populate(0, NULL));
    threads_end_populating(NULL);
}
END_TEST

/* ---- arena ---- */

START_TEST(arena_objects_are_aligned_and_apart)
{
    struct arena arena = {0};
    unsigned char *object[2000];
    size_t size[2000];
    for (size_t i = 0; i < 2000; i++) {
        size[i] = i % 7 == 0 ? 5000 + i : i % 50;
        object[i] = arena_alloc(&arena, size[i]);
        ck_assert_ptr_nonnull(object[i]);
        ck_assert_uint_eq((uintptr_t)object[i] % alignof(max_align_t), 0);
        memset(object[i], (int)(i % 251), size[i]);
    }
    for (size_t i = 0; i < 2000; i++) {
        for (size_t j = 0; j < size[i]; j++)
            ck_assert_uint_eq(object[i][j], i % 251);
    }
    arena_free(&arena);
    ck_assert_ptr_null(arena.head);
    arena_free(&arena);
}
END_TEST

START_TEST(arena_refuses_impossible_sizes)
{
    struct arena arena = {0};
    ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX));
    ck_assert_ptr_null(arena_alloc(&arena, PTRDIFF_MAX));
    ck_assert_ptr_null(arena_text(&arena, "", SIZE_MAX));
    char *text = arena_text(&arena, "abcdef", 3);
    ck_assert_str_eq(text, "abc");
    ck_assert_str_eq(arena_text(&arena, NULL, 0), "");
    arena_free(&arena);
}
END_TEST

/* ---- array ---- */

START_TEST(array_grows_and_keeps)
{
    int *item = NULL;
    size_t capacity = 0, growths = 0;
    for (int i = 0; i < 100000; i++) {
        size_t before = capacity;
        ck_assert(array_reserve(&item, &capacity, (size_t)i + 1, sizeof *item));
        growths += capacity != before;
        item[i] = i;
    }
    for (int i = 0; i < 100000; i++)
        ck_assert_int_eq(item[i], i);
    ck_assert_uint_lt(growths, 30);
    free(item);
}
END_TEST

START_TEST(array_refuses_overflow)
{
    int *item = NULL;
    size_t capacity = 0;
    ck_assert(!array_reserve(&item, &capacity, SIZE_MAX / 2, sizeof *item));
    ck_assert_ptr_null(item);
    ck_assert_uint_eq(capacity, 0);
    ck_assert_ptr_null(array_new(SIZE_MAX / 2, 4));
    double *cleared = array_new(1000, sizeof *cleared);
    for (int i = 0; i < 1000; i++)
        ck_assert(cleared[i] == 0.0);
    free(cleared);
    void *nothing = array_new(0, 8);
    ck_assert_ptr_nonnull(nothing);
    free(nothing);
}
END_TEST

START_TEST(array_is_unchanged_without_memory)
{
    int *item = NULL;
    size_t capacity = 0;
    ck_assert(array_reserve(&item, &capacity, 4, sizeof *item));
    int *before = item;
    size_t capacity_before = capacity;
    fail_alloc_after(0);
    bool grown = array_reserve(&item, &capacity, 1000, sizeof *item);
    fail_alloc_off();
    ck_assert(!grown);
    ck_assert_ptr_eq(item, before);
    ck_assert_uint_eq(capacity, capacity_before);
    free(item);
}
END_TEST

/* ---- names ---- */

static uint32_t add(struct names *names, const char *text)
{
    return names_add(names, text, strlen(text), NULL);
}

static uint32_t find(const struct names *names, const char *text)
{
    return names_find(names, text, strlen(text));
}

START_TEST(names_are_numbered_and_fold_case)
{
    struct names names = {0};
    bool is_new;
    ck_assert_uint_eq(find(&names, "a"), NAMES_NONE);
    ck_assert_uint_eq(names_add(&names, "N1_M1_4000_0", 12, &is_new), 0);
    ck_assert(is_new);
    ck_assert_uint_eq(names_add(&names, "n1_m1_4000_0", 12, &is_new), 0);
    ck_assert(!is_new);
    ck_assert_uint_eq(add(&names, "b"), 1);
    ck_assert_uint_eq(add(&names, ""), 2);
    ck_assert_uint_eq(add(&names, "\xc3\x84Z@[`{"), 3);
    ck_assert_uint_eq(find(&names, "n1_M1_4000_0"), 0);
    ck_assert_uint_eq(find(&names, "B"), 1);
    ck_assert_uint_eq(find(&names, ""), 2);
    ck_assert_uint_eq(find(&names, "\xc3\x84z@[`{"), 3);
    ck_assert_uint_eq(find(&names, "\xc3\xa4z@[`{"), NAMES_NONE);
    ck_assert_str_eq(names.text[0], "n1_m1_4000_0");
    ck_assert_str_eq(names.text[3], "\xc3\x84z@[`{");
    names_free(&names);
    names_free(&names);
}
END_TEST

/* Each prefix of a text is a name of its own, whatever the lengths of the words it is compared by. */
START_TEST(names_of_every_length_differ)
{
    struct names names = {0};
    char text[100];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "aB3_z"[i % 5];
    for (uint32_t i = 0; i <= sizeof text; i++)
        ck_assert_uint_eq(names_add(&names, text, i, NULL), i);
    for (uint32_t i = 0; i <= sizeof text; i++) {
        ck_assert_uint_eq(names_find(&names, text, i), i);
        ck_assert_uint_eq(strlen(names.text[i]), i);
    }
    /* One byte changed at each position of each length. */
    for (size_t length = 1; length <= sizeof text; length++) {
        for (size_t at = 0; at < length; at++) {
            char kept = text[at];
            text[at] = '#';
            ck_assert_uint_eq(names_find(&names, text, length), NAMES_NONE);
            text[at] = kept;
        }
    }
    names_free(&names);
}
END_TEST

/* All pairs of an upper and a lower case byte fold, and nothing else does. */
START_TEST(names_fold_letters_only)
{
    for (int a = 1; a < 256; a++) {
        struct names names = {0};
        char text[9] = "12345678";
        text[5] = (char)a;
        add(&names, text);
        for (int b = 1; b < 256; b++) {
            text[5] = (char)b;
            bool same = a == b || ((a ^ b) == 32 && (a | 32) >= 'a' && (a | 32) <= 'z');
            ck_assert_int_eq(find(&names, text) == 0, same);
        }
        names_free(&names);
    }
}
END_TEST

START_TEST(names_many)
{
    struct names names = {0};
    char text[40];
    const uint32_t count = 200000;
    for (uint32_t i = 0; i < count; i++) {
        int length = snprintf(text, sizeof text, "n1_m%u_%u_%u", i % 9, i / 447 * 4000, i % 447 * 2400 + i);
        ck_assert_uint_eq(names_add(&names, text, (size_t)length, NULL), i);
    }
    for (uint32_t i = 0; i < count; i++) {
        int length = snprintf(text, sizeof text, "N1_M%u_%u_%u", i % 9, i / 447 * 4000, i % 447 * 2400 + i);
        ck_assert_uint_eq(names_find(&names, text, (size_t)length), i);
    }
    names_free(&names);
}
END_TEST

/* A packed set finds its names, with memory and without, and takes new ones. */
START_TEST(names_packed)
{
    char text[16];
    for (int memory = 0; memory < 2; memory++) {
        struct names names = {0};
        names_pack(&names);
        ck_assert_uint_eq(find(&names, "n1"), NAMES_NONE);
        for (int i = 0; i < 500; i++) {
            snprintf(text, sizeof text, "N%d", i);
            add(&names, text);
        }
        names_pack(&names);
        names_pack(&names);
        const struct names copy = names; /* shares what is made */
        for (uint32_t i = 0; i < 500; i++) {
            snprintf(text, sizeof text, "n%u", i);
            fail_alloc_after(memory ? LONG_MAX : 0);
            uint32_t number = find(i % 2 ? &names : &copy, text), none = find(&names, "m1");
            fail_alloc_off();
            ck_assert_uint_eq(number, i);
            ck_assert_uint_eq(none, NAMES_NONE);
        }
        ck_assert_uint_eq(add(&names, "n499"), 499);
        ck_assert_uint_eq(add(&names, "n500"), 500);
        ck_assert_uint_eq(find(&names, "N500"), 500);
        names_free(&names);
    }
}
END_TEST

START_TEST(names_nearest_is_near)
{
    struct names names = {0};
    ck_assert_uint_eq(names_nearest(&names, "out", 3), NAMES_NONE);
    add(&names, "output");
    add(&names, "input");
    add(&names, "vcc");
    ck_assert_uint_eq(names_nearest(&names, "OUTPT", 5), 0);
    ck_assert_uint_eq(names_nearest(&names, "inputs", 6), 1);
    ck_assert_uint_eq(names_nearest(&names, "vdd", 3), NAMES_NONE);
    ck_assert_uint_eq(names_nearest(&names, "vcd", 3), 2);
    ck_assert_uint_eq(names_nearest(&names, "x", 1), NAMES_NONE);
    ck_assert_uint_eq(names_nearest(&names, "completely_else", 15), NAMES_NONE);
    ck_assert_uint_eq(names_nearest(&names, "", 0), NAMES_NONE);
    names_free(&names);
}
END_TEST

START_TEST(names_without_memory)
{
    long failed = 1;
    for (long n = 0; failed; n++) {
        struct names names = {0};
        uint32_t worst = 0;
        char text[16];
        fail_alloc_after(n);
        for (int i = 0; i < 500; i++) {
            snprintf(text, sizeof text, "n%d", i);
            uint32_t number = add(&names, text);
            worst = number > worst ? number : worst;
        }
        failed = fail_alloc_off();
        ck_assert_uint_eq(worst, failed ? NAMES_NONE : 499);
        for (uint32_t i = 0; i < names.count; i++)
            ck_assert_uint_eq(find(&names, names.text[i]), i);
        names_free(&names);
    }
}
END_TEST

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

/* ---- double-double ----------------------------------------------------------------------------------------------- */

enum { PAIRS = 4096 };

/* Whole numbers of 53 bits and a sign, many of them with long runs of equal bits. */
static double whole_number(struct random *random)
{
    double x = rint(ldexp(random_uniform(random), 53)), y = rint(ldexp(random_uniform(random), 30));
    return fabs(y) < 0x1p28 ? x : ldexp(y, 20) + (y > 0 ? 1 : -1);
}

/* Within a kernel, where a processor may have fused operations: a b + c as a double-double. */
KERNEL
static void multiply_and_add(size_t n, const double *a, const double *b, const double *c, double *hi, double *lo)
{
    for (size_t q = 0; q < n; q++) {
        struct dd sum = dd_add_double(two_product(a[q], b[q]), c[q]);
        hi[q] = sum.hi;
        lo[q] = sum.lo;
    }
}

/* Products of 106 bits, against whole numbers of 128. */
/* As printf has them: numbers of all sizes, some of few digits, whose halves are ties, and neighbours of these. */
START_TEST(few_digits_are_those_of_printf)
{
    struct random random = random_from(7);
    size_t here = 0;
    for (int n = 0; n < 200000; n++) {
        char text[NUMBER_TEXT_SIZE], expected[40];
        int digits = 1 + n % 8;
        double number = random_uniform(&random) * pow(10, 16 * random_uniform(&random));
        if (n % 3 == 1)
            number = round(number * 1000) / (n % 2 ? 1000 : 1024);
        if (n % 3 == 2)
            number = (n % 2 ? 1 : -1) * pow(10, n % 27 - 13);
        number = n % 5 == 0 ? nextafter(number, INFINITY) : number;
        size_t length = number_text_of(text, number, digits);
        here += length > 0;
        snprintf(expected, sizeof expected, "%.*e", digits, number);
        ck_assert_msg(length == 0 || (length == strlen(text) && strcmp(text, expected) == 0), "%s, not %s", text, expected);
    }
    ck_assert_uint_gt(here, 120000);
}
END_TEST

START_TEST(double_double_is_exact)
{
    struct random random = random_from((uint64_t)_i);
    double a[PAIRS], b[PAIRS], c[PAIRS], hi[PAIRS], lo[PAIRS];
    for (int q = 0; q < PAIRS; q++) {
        a[q] = whole_number(&random);
        b[q] = whole_number(&random);
        c[q] = -a[q] * b[q]; /* cancels all but the rounding */
    }
    multiply_and_add(PAIRS, a, b, c, hi, lo);
    for (int q = 0; q < PAIRS; q++) {
        struct dd product = two_product(a[q], b[q]), back = dd_div_double(product, b[q]);
        __int128 exact = (__int128)a[q] * (__int128)b[q];
        ck_assert((__int128)product.hi + (__int128)product.lo == exact);
        ck_assert((__int128)hi[q] + (__int128)lo[q] == exact + (__int128)c[q]);
        ck_assert(b[q] == 0 || (back.hi == a[q] && fabs(back.lo) <= 0x1p-100 * fabs(a[q])));
    }
}
END_TEST

/* Sums and differences of pairs, with what cancels. */
START_TEST(double_double_cancels)
{
    struct random random = random_from(7);
    for (int q = 0; q < PAIRS; q++) {
        double p = random_uniform(&random), r = ldexp(random_uniform(&random), -54);
        double s = ldexp(random_uniform(&random), -60), t = ldexp(random_uniform(&random), -90);
        struct dd x = two_sum(p, r), y = two_sum(p, s), between = dd_difference(x.hi, x.lo, y.hi, y.lo);
        ck_assert_double_eq_tol(dd_value(between), r - s, 4 * DBL_EPSILON * fabs(r - s) + 0x1p-104 * fabs(p));
        struct dd sum = dd_add(two_sum(p, t), two_sum(-p, s));
        ck_assert_double_eq_tol(dd_value(sum), t + s, 4 * DBL_EPSILON * fabs(t + s) + 0x1p-104 * fabs(p));
        struct dd scaled = dd_mul_double(two_sum(p, r), 3);
        ck_assert_double_eq_tol(dd_value(dd_sub_double(scaled, 3 * p)), 3 * r + (fma(3, p, -(3 * p))),
                                0x1p-103 * fabs(p));
    }
}
END_TEST

/* 160 bits beside each other, of which all but the last cancel; parts in order. */
START_TEST(quad_double_cancels)
{
    struct random random = random_from(11);
    for (int q = 0; q < PAIRS; q++) {
        double term[4] = {whole_number(&random), ldexp(random_uniform(&random), -40), ldexp(random_uniform(&random), -100),
                          ldexp(random_uniform(&random), -165)};
        double small = ldexp(random_uniform(&random), -180);
        struct qd x = {{0}}, back;
        for (int p = 0; p < 4; p++)
            qd_add_double(&x, term[(p + q) % 4]);
        for (int p = 0; p < QUAD_PARTS - 1; p++)
            ck_assert(fabs(x.part[p + 1]) <= DBL_EPSILON * fabs(x.part[p]));
        back = qd_mul_double(qd_div_double(x, 3), 3);
        qd_add_double(&x, small);
        ck_assert_double_eq_tol(qd_value(qd_add(x, qd_negative(back))).hi, small, 0x1p-200 * fabs(term[0]));
        for (int p = 0; p < 4; p++)
            qd_add_double(&x, -term[p]);
        ck_assert_double_eq_tol(x.part[0], small, 0x1p-204 * fabs(term[0]));
    }
}
END_TEST

Suite *suite_util(void)
{
    Suite *suite = suite_create("util");
    TCase *memory = tcase_create("memory");
    tcase_add_test(memory, arena_objects_are_aligned_and_apart);
    tcase_add_test(memory, arena_refuses_impossible_sizes);
    tcase_add_test(memory, array_grows_and_keeps);
    tcase_add_test(memory, array_refuses_overflow);
    tcase_add_test(memory, array_is_unchanged_without_memory);
    suite_add_tcase(suite, memory);

    TCase *names = tcase_create("names");
    tcase_add_test(names, names_are_numbered_and_fold_case);
    tcase_add_test(names, names_of_every_length_differ);
    tcase_add_test(names, names_fold_letters_only);
    tcase_add_test(names, names_packed);
    tcase_add_test(names, names_many);
    tcase_add_test(names, names_nearest_is_near);
    tcase_add_test(names, names_without_memory);
    suite_add_tcase(suite, names);

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
    tcase_add_test(diagnostics, populated_memory_stays);

    TCase *numbers = tcase_create("numbers");
    tcase_add_test(numbers, few_digits_are_those_of_printf);
    tcase_add_loop_test(numbers, double_double_is_exact, 0, 8);
    tcase_add_test(numbers, double_double_cancels);
    tcase_add_test(numbers, quad_double_cancels);
    suite_add_tcase(suite, diagnostics);
    suite_add_tcase(suite, numbers);
    return suite;
}
