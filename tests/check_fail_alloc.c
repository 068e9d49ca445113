/* The failing allocator itself: a test that cannot fail proves nothing. */
#include "fail_alloc.h"
#include "suites.h"
#include <stdlib.h>
#include <string.h>

/* Compilers leave out allocations whose result is not used. */
static void *volatile sink;

START_TEST(fails_from_the_nth_on)
{
    void *block[4];
    fail_alloc_after(2);
    block[0] = sink = malloc(8);
    block[1] = sink = calloc(2, 8);
    block[2] = sink = malloc(8);
    block[3] = sink = strdup("text");
    void *same = sink = realloc(block[0], 1000);
    long count = fail_alloc_count();
    long failed = fail_alloc_off();

    ck_assert_ptr_nonnull(block[0]);
    ck_assert_ptr_nonnull(block[1]);
    ck_assert_ptr_null(block[2]);
    ck_assert_ptr_null(block[3]);
    ck_assert_ptr_null(same);
    ck_assert_int_eq(count, 5);
    ck_assert_int_eq(failed, 3);
    free(block[0]);
    free(block[1]);
}
END_TEST

START_TEST(succeeds_when_enough_are_allowed)
{
    fail_alloc_after(1);
    void *block = sink = malloc(8);
    long failed = fail_alloc_off();
    void *later = sink = aligned_alloc(64, 64);

    ck_assert_ptr_nonnull(block);
    ck_assert_int_eq(failed, 0);
    ck_assert_ptr_nonnull(later);
    free(block);
    free(later);
}
END_TEST

Suite *suite_fail_alloc(void)
{
    Suite *suite = suite_create("fail_alloc");
    TCase *tcase = tcase_create("fail_alloc");
    tcase_add_test(tcase, fails_from_the_nth_on);
    tcase_add_test(tcase, succeeds_when_enough_are_allowed);
    suite_add_tcase(suite, tcase);
    return suite;
}
