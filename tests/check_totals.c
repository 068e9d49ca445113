/* What the points of an analysis came to, put together. */
#include "analysis/totals.h"
#include "suites.h"
#include <math.h>

START_TEST(of_points_of_which_one_is_not_proved_no_stability_is_claimed)
{
    const struct totals unstable = {.points = 1, .class = ENGINE_SOLUTION, .stability = ENGINE_UNSTABLE},
                        none = {.points = 1, .class = ENGINE_NONE, .stability = ENGINE_UNTESTED};
    for (int order = 0; order < 2; order++) {
        struct totals all = {0};
        totals_add(&all, order ? &none : &unstable);
        totals_add(&all, order ? &unstable : &none);
        ck_assert_int_eq(all.class, ENGINE_NONE);
        ck_assert_int_eq(all.stability, ENGINE_UNTESTED);
    }
}
END_TEST

/* The worst point is the first of those with the largest relative figure, that of laws before all, and one that is not
 * proved is worse. */
START_TEST(totals_keep_the_worst_point)
{
    static const struct certificate proof[] = {{.kcl_relative = 1e-12, .kcl_node = 1, .proved = true},
                                               {.law_relative = 3e-12, .kcl_node = 2, .proved = true},
                                               {.power_relative = 2e-12, .kcl_node = 3, .proved = true},
                                               {.kcl_relative = 3e-12, .kcl_node = 4, .proved = true},
                                               {.kcl_relative = 1e-13, .kcl_node = 5},
                                               {.kcl_relative = INFINITY, .kcl_node = 6},
                                               {.kcl_relative = 1, .kcl_node = 7}};
    static const uint32_t worst[] = {1, 2, 2, 2, 5, 6, 6};
    struct totals all = {0};
    for (size_t p = 0; p < sizeof proof / sizeof *proof; p++) {
        struct engine engine = {.answered = true, .certificate = proof[p], .seconds_solve = 1};
        totals_add_point(&all, &engine);
        ck_assert_uint_eq(all.worst.kcl_node, worst[p]);
        struct totals front = {0}, back = {0}; /* the same in two parts */
        for (size_t q = 0; q <= p; q++) {
            engine.certificate = proof[q];
            totals_add_point(q < 3 ? &front : &back, &engine);
        }
        totals_add(&front, &back);
        ck_assert_uint_eq(front.points, p + 1);
        ck_assert_uint_eq(front.worst.kcl_node, worst[p]);
        ck_assert(front.solve == (double)(p + 1));
    }
    struct engine engine = {.answered = false};
    totals_add_point(&all, &engine);
    ck_assert_uint_eq(all.points, sizeof proof / sizeof *proof);
}
END_TEST

Suite *suite_totals(void)
{
    Suite *suite = suite_create("totals");
    TCase *tests = tcase_create("totals");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, of_points_of_which_one_is_not_proved_no_stability_is_claimed);
    tcase_add_test(tests, totals_keep_the_worst_point);
    suite_add_tcase(suite, tests);
    return suite;
}
