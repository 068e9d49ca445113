/* src/util: memory and names. */
#include "fail_alloc.h"
#include "suites.h"
#include "util/arena.h"
#include "util/array.h"
#include "util/names.h"
#include "util/threads.h"
#include <limits.h>
#include <malloc.h>
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

/* Arrays of one block lie apart, aligned; those that are cleared are 0; sizes that overflow are refused. */
START_TEST(arrays_lie_in_one_block)
{
    enum { LINE = 64, COUNT = 5 };
    double *x;
    char *y, *none;
    const struct array_request request[] = {{&x, COUNT, sizeof *x}, {&none, 0, 1}, {&y, COUNT, 1}};
    void *(*const make[])(const struct array_request *, size_t) = {arrays_new, arrays_unset};
    for (int k = 0; k < 2; k++) {
        void *block = make[k](request, sizeof request / sizeof *request);
        ck_assert_ptr_nonnull(block);
        ck_assert((uintptr_t)x % LINE == 0 && (uintptr_t)y % LINE == 0 && (char *)(x + COUNT) <= y);
        for (int q = 0; k == 0 && q < COUNT; q++)
            ck_assert(x[q] == 0 && y[q] == 0);
        free(block);
        const struct array_request large[] = {{&x, SIZE_MAX / sizeof *x, sizeof *x}, {&y, 2, 1}};
        ck_assert_ptr_null(make[k](large, sizeof large / sizeof *large));
    }
}
END_TEST

/* The allocators of sanitizers and valgrind have no heap of this kind. */
static bool takes_from_heap(size_t size)
{
    void *block = malloc(size);
    bool is_there = block && (char *)block < (char *)sbrk(0);
    free(block);
    return is_there;
}

/* What malloc() hands out next is fetched while it is handed out; nothing of it is kept. */
START_TEST(memory_ahead_is_free)
{
    enum { MOST = 4, USUAL = 1 << 16 };
    struct memory_range range[MOST];
    ck_assert_uint_eq(memory_ahead((size_t)2 * MEMORY_BLOCK, MOST, range), 0); /* mappings of their own */
    mallopt(M_MMAP_MAX, 0);
    bool has_heap = takes_from_heap(MEMORY_BLOCK);
    ck_assert_uint_eq(memory_ahead(MEMORY_BLOCK - 1, MOST, range), 0);
    ck_assert_uint_eq(memory_ahead((size_t)3 * MEMORY_BLOCK, 1, range), has_heap ? 1 : 0);
    size_t ranges = memory_ahead((size_t)2 * MEMORY_BLOCK + 1, MOST, range);
    ck_assert_uint_eq(ranges, has_heap ? 2 : 0);
    for (size_t r = 0; r < ranges; r++)
        ck_assert(range[r].memory && range[r].size == MEMORY_BLOCK);
    struct populating *populating = threads_populate(ranges, range);
    unsigned char *block = malloc(MEMORY_BLOCK);
    ck_assert_ptr_nonnull(block);
    for (size_t q = 0; q < MEMORY_BLOCK; q += 4096)
        block[q] = (unsigned char)(q % 251);
    threads_end_populating(populating);
    for (size_t q = 0; q < MEMORY_BLOCK; q += 4096)
        ck_assert(block[q] == q % 251);
    free(block);
    mallopt(M_MMAP_MAX, USUAL);
}
END_TEST

START_TEST(room_is_asked_for_in_pieces)
{
    ck_assert(array_has_room(0));
    ck_assert(array_has_room(1));
    ck_assert(array_has_room(((size_t)1 << 28) + 1));
    ck_assert(!array_has_room((size_t)1 << 60));
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

Suite *suite_util(void)
{
    Suite *suite = suite_create("util");
    TCase *memory = tcase_create("memory");
    tcase_add_test(memory, arena_objects_are_aligned_and_apart);
    tcase_add_test(memory, arena_refuses_impossible_sizes);
    tcase_add_test(memory, array_grows_and_keeps);
    tcase_add_test(memory, array_refuses_overflow);
    tcase_add_test(memory, array_is_unchanged_without_memory);
    tcase_add_test(memory, populated_memory_stays);
    tcase_add_test(memory, arrays_lie_in_one_block);
    tcase_add_test(memory, memory_ahead_is_free);
    tcase_add_test(memory, room_is_asked_for_in_pieces);
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
    return suite;
}
