/* Sweeps: axes as ngspice steps them, points as ngspice and single solves find them, the same for
 * any number of threads. */
#include "suites.h"
#include "sweeps.h"
#include "switching.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- against ngspice ---- */

#define CURRENT "i1 0 a 1m\nr1 a 0 1k\n"
#define WARM "v1 a 0 5\nr1 a b 1k tc=1m,2u\nr2 b 0 2k\n"

/* ngspice 39.3, -D ngbehavior=ltpsa -b -r, with .options reltol=1e-10 abstol=1e-16 vntol=1e-13: the number of points;
 * at one of them the scale, to the last bit, and the voltage of a node. */
static const struct {
    const char *cards, *card, *node;
    size_t points, point;
    double scale, value;
} oracle[] = {
    {JUNCTION, "dc temp -40 120 5", "c", 33, 1, -35, 0.6935431413313555},
    {JUNCTION, "dc temp -40 120 5", "b", 33, 32, 120, 1.0942136315079372},
    {JUNCTION, "dc v1 -10 10 0.1", "c", 201, 124, 2.399999999999982, 0.5365275614303431},
    {DIVIDER, "dc v1 0 1 0.1", "b", 11, 3, 0.30000000000000004, 0.2},
    {DIVIDER, "dc v1 0 1 0.1", "b", 11, 7, 0.7, 0.4666666666666666},
    {DIVIDER, "dc v1 0 1 0.1", "b", 11, 10, 0.9999999999999999, 0.6666666666666665},
    {DIVIDER, "dc v1 -1 1 0.1", "b", 21, 7, -0.30000000000000016, -0.20000000000000007},
    {DIVIDER, "dc v1 -1 1 0.1", "b", 21, 14, 0.3999999999999999, 0.2666666666666666},
    {DIVIDER, "dc v1 -1 1 0.1", "b", 21, 20, 0.9999999999999998, 0.6666666666666665},
    {DIVIDER, "dc v1 1 -1 -0.2", "b", 11, 3, 0.4000000000000001, 0.2666666666666667},
    {DIVIDER, "dc v1 1 -1 -0.2", "b", 11, 7, -0.39999999999999997, -0.2666666666666666},
    {DIVIDER, "dc v1 1 -1 -0.2", "b", 11, 10, -1.0, -0.6666666666666666},
    {DIVIDER, "dc v1 0 100 0.01", "b", 10000, 3333, 33.33000000000194, 22.220000000001292},
    {DIVIDER, "dc v1 0 100 0.01", "b", 10000, 6666, 66.6599999999972, 44.43999999999813},
    {DIVIDER, "dc v1 0 100 0.01", "b", 10000, 9999, 99.99000000001425, 66.66000000000949},
    {DIVIDER, "dc v1 5 5 1", "b", 1, 0, 5.0, 3.333333333333333},
    {DIVIDER, "dc r1 1k 10k 1k", "b", 10, 3, 4000.0, 1.6666666666666665},
    {DIVIDER, "dc r1 1k 10k 1k", "b", 10, 6, 7000.0, 1.1111111111111112},
    {DIVIDER, "dc r1 1k 10k 1k", "b", 10, 9, 10000.0, 0.8333333333333333},
    {DIVIDER, "dc r1 1 2 0.1", "b", 11, 3, 1.3000000000000003, 4.996752111127767},
    {DIVIDER, "dc r1 1 2 0.1", "b", 11, 7, 1.7000000000000006, 4.995753609431983},
    {DIVIDER, "dc r1 1 2 0.1", "b", 11, 10, 2.000000000000001, 4.995004995004996},
    {DIVIDER, "dc temp -40 125 15", "b", 12, 4, 20.0, 3.333333333333333},
    {DIVIDER, "dc temp -40 125 15", "b", 12, 8, 80.0, 3.333333333333333},
    {DIVIDER, "dc temp -40 125 15", "b", 12, 11, 125.0, 3.333333333333333},
    {CURRENT, "dc i1 0 1m 0.1m", "a", 11, 3, 0.00030000000000000003, 0.30000000000000004},
    {CURRENT, "dc i1 0 1m 0.1m", "a", 11, 7, 0.0007000000000000001, 0.7000000000000001},
    {CURRENT, "dc i1 0 1m 0.1m", "a", 11, 10, 0.0010000000000000002, 1.0000000000000002},
    {CURRENT, "dc i1 -3u 3u 1u", "a", 7, 2, -1.0000000000000004e-06, -0.0010000000000000005},
    {CURRENT, "dc i1 -3u 3u 1u", "a", 7, 4, 9.999999999999995e-07, 0.0009999999999999996},
    {CURRENT, "dc i1 -3u 3u 1u", "a", 7, 6, 2.9999999999999992e-06, 0.002999999999999999},
    {WARM, "dc temp -40 125 15", "b", 12, 4, 20.0, 3.341019906464806},
    {WARM, "dc temp -40 125 15", "b", 12, 8, 80.0, 3.269450451151468},
    {WARM, "dc temp -40 125 15", "b", 12, 11, 125.0, 3.2079989529091417},
    {WARM, "dc temp 0.1 1 0.1", "b", 9, 3, 0.40000000000009095, 3.3615534399999962},
    {WARM, "dc temp 0.1 1 0.1", "b", 9, 6, 0.7000000000001592, 3.3612503324192544},
    {WARM, "dc temp 0.1 1 0.1", "b", 9, 8, 0.9000000000002046, 3.3610480651316803},
    {WARM, "dc r1 1k 3k 1k temp 0 100 50", "b", 9, 3, 1000.0, 3.306814882518787},
    {WARM, "dc r1 1k 3k 1k temp 0 100 50", "b", 9, 6, 1000.0, 3.2429017744509934},
    {WARM, "dc r1 1k 3k 1k temp 0 100 50", "b", 9, 8, 3000.0, 1.9044085916250966},
    {TWO_SOURCES, "dc v1 0 5 1 v2 -1 1 0.5", "b", 30, 10, 4.0, 2.0454545454545454},
    {TWO_SOURCES, "dc v1 0 5 1 v2 -1 1 0.5", "b", 30, 20, 2.0, 1.2272727272727275},
    {TWO_SOURCES, "dc v1 0 5 1 v2 -1 1 0.5", "b", 30, 29, 5.0, 3.0},
    {TWO_SOURCES, "dc v1 0 1 0.4 r2 1k 2k 0.5k", "b", 9, 3, 0.0, 0.3333333333333333},
    {TWO_SOURCES, "dc v1 0 1 0.4 r2 1k 2k 0.5k", "b", 9, 6, 0.0, 0.27272727272727276},
    {TWO_SOURCES, "dc v1 0 1 0.4 r2 1k 2k 0.5k", "b", 9, 8, 0.8, 0.7090909090909091},
    {DIODE, "dc v1 -2 2 0.1", "b", 41, 13, -0.6999999999999993, -0.6999993000013994},
    {DIODE, "dc v1 -2 2 0.1", "c", 41, 13, -0.6999999999999993, -6.999986000027995e-07},
    {DIODE, "dc v1 -2 2 0.1", "b", 41, 27, 0.7000000000000006, 0.6999993000014008},
    {DIODE, "dc v1 -2 2 0.1", "c", 41, 27, 0.7000000000000006, 6.999986000028009e-07},
    {DIODE, "dc v1 -2 2 0.1", "b", 41, 40, 2.0000000000000013, 1.350032498340981},
    {DIODE, "dc v1 -2 2 0.1", "c", 41, 40, 2.0000000000000013, 0.649967501660815},
    {ZENER, "dc v1 -10 10 0.25", "b", 81, 27, -3.25, -3.217503217503218},
    {ZENER, "dc v1 -10 10 0.25", "b", 81, 54, 3.5, 0.9536721162579473},
    {ZENER, "dc v1 -10 10 0.25", "b", 81, 80, 10.0, 1.5440445049954588},
    {BRIDGE, "dc v1 -5 5 0.5", "p", 21, 7, -1.5, 0.05023870843666367},
    {BRIDGE, "dc v1 -5 5 0.5", "m", 21, 7, -1.5, -0.04974129056940768},
    {BRIDGE, "dc v1 -5 5 0.5", "p", 21, 14, 2.0, 0.30143225067301055},
    {BRIDGE, "dc v1 -5 5 0.5", "m", 21, 14, 2.0, -0.29844774336341945},
    {BRIDGE, "dc v1 -5 5 0.5", "p", 21, 20, 5.0, 1.8085935040027137},
    {BRIDGE, "dc v1 -5 5 0.5", "m", 21, 20, 5.0, -1.7906864602158679},
};

START_TEST(points_of_ngspice)
{
    char cards[1000];
    snprintf(cards, sizeof cards, "%s.%s\n", oracle[_i].cards, oracle[_i].card);
    struct swept *swept = sweep(cards, 1);
    ck_assert_int_eq(swept->status, SWEEP_OK);
    ck_assert_uint_eq(swept->plot.points, oracle[_i].points);
    ck_assert_double_eq(plot_axis_value(&swept->plot, swept->plot.axes - 1, oracle[_i].point), oracle[_i].scale);
    ck_assert_double_eq_tol(sweep_value(swept, oracle[_i].node, oracle[_i].point), oracle[_i].value, 1e-9);
    sweep_free(swept);
}
END_TEST

/* ---- against single solves ---- */

/* Every point of a sweep is what a fresh solve finds, to the tolerance times the largest value of its column. */
static void compare_with_solves(struct swept *swept, double tolerance)
{
    struct plot *plot = &swept->plot;
    ck_assert_int_eq(swept->status, SWEEP_OK);
    ck_assert_uint_eq(plot->points, plot_points(plot));
    for (size_t c = 0; c < plot->recorded.count; c++) {
        double scale = 0;
        for (size_t point = 0; point < plot->points; point++)
            scale = fmax(scale, fabs(plot_value(plot, c, point)));
        for (size_t point = 0; point < plot->points; point += 1 + plot->points / 50) {
            struct engine single;
            ck_assert(engine_init(&single, &swept->lowered.circuit, &newton, true));
            for (size_t a = 0; a < plot->axes; a++) {
                const struct axis *axis = &plot->axis[a];
                if (axis->kind == AXIS_RESISTOR)
                    engine_set_resistance(&single, axis->element, plot_axis_value(plot, a, point));
                else
                    engine_set_source(&single, axis->element, plot_axis_value(plot, a, point));
            }
            ck_assert_int_eq(engine_solve(&single, &swept->lowered.diagnostics), ENGINE_OK);
            double expected = vector_value(&plot->recorded.item[c], &swept->lowered.circuit, &single.op);
            ck_assert_msg(fabs(plot_value(plot, c, point) - expected) <= tolerance * scale + 1e-30,
                          "column %zu, point %zu: %.17g, not %.17g", c, point, plot_value(plot, c, point), expected);
            engine_free(&single);
        }
    }
}

START_TEST(points_of_single_solves)
{
    struct swept *swept = sweep(switching[_i].cards, 1);
    compare_with_solves(swept, switching[_i].tolerance);
    sweep_free(swept);
}
END_TEST

START_TEST(points_of_couplings)
{
    struct swept *swept = sweep(coupled[_i].cards, 1);
    compare_with_solves(swept, coupled[_i].tolerance);
    sweep_free(swept);
}
END_TEST

/* ---- eight points at once ---- */

/* A chain, over 0 V; a latch of two stages, which jumps at a fold, both ways; one swept coarsely; a current that is
 * swept, with branches of all kinds, one that carries nothing and a capacitor; the same in a plane; two sources. */
static const struct {
    const char *cards;
    double tolerance;
    bool is_fast; /* most points are found with others */
} octets[] = {
    {"v1 a 0 0\n" STAGE("1", "a", "10k") STAGE("2", "o1", "20k") STAGE("3", "o2", "10k") LIMIT
     ".dc v1 -2 2 0.005\n", 1e-12, true},
    {"v1 a 0 0\nrin a m1 30k\n" STAGE("1", "o2", "30k") STAGE("2", "o1", "30k") LIMIT ".dc v1 -3 3 0.002\n", 1e-12,
     true},
    {"v1 a 0 0\nrin a m1 30k\n" STAGE("1", "o2", "30k") STAGE("2", "o1", "30k") LIMIT ".dc v1 3 -3 -0.002\n", 1e-12,
     true},
    {"v1 a 0 0\nrin a m1 30k\n" STAGE("1", "o2", "30k") STAGE("2", "o1", "30k") LIMIT ".dc v1 -3 3 0.07\n", 1e-12,
     false},
    {"i1 0 m1 0\n" STAGE("1", "0", "10k") "g1 0 b o1 m1 1m\nrb b 0 1k\ndb b 0 limit\nrn b n 2k\nc1 b c 1u\nrc c 0 1k\n"
     "f1 0 d e1 0.5\nrd d 0 5k\ndd 0 d limit\nrx d x -50k\nvx x 0 0.1\n" LIMIT ".dc i1 -0.1m 0.1m 0.25u\n", 1e-12,
     true},
    {"v1 a 0 0\nv2 b 0 1\n" STAGE("1", "a", "10k") "rb b m1 50k\n" STAGE("2", "o1", "20k") LIMIT
     ".dc v1 -1 1 0.01 v2 -1 1 0.5\n", 1e-11, false},
    {"v1 a 0 0\n" STAGE("1", "a", "10k") "hh h 0 e1 500\nrh h k 1k\ndk k 0 limit\nrk k 0 10k\n" LIMIT
     ".dc v1 -2 2 0.005\n", 1e-12, true},
};

/* They are the points that are found one after the other to twice the precision, on the branch that these are on. */
START_TEST(eight_at_once)
{
    struct swept *swept = sweep(octets[_i].cards, 1);
    const struct plot *plot = &swept->plot;
    struct engine single = {0};
    ck_assert_int_eq(swept->status, SWEEP_OK);
    ck_assert(engine_init(&single, &swept->lowered.circuit, &newton, true));
    for (size_t point = 0; point < plot->points; point++) {
        for (size_t a = 0; a < plot->axes; a++)
            engine_set_source(&single, plot->axis[a].element, plot_axis_value(plot, a, point));
        ck_assert_int_eq(engine_solve(&single, &swept->lowered.diagnostics), ENGINE_OK);
        for (size_t c = 0; c < plot->recorded.count; c++) {
            double expected = vector_value(&plot->recorded.item[c], &swept->lowered.circuit, &single.op);
            double scale = plot->recorded.item[c].kind == VECTOR_VOLTAGE ? 1 : 1e-3;
            ck_assert_msg(fabs(plot_value(plot, c, point) - expected) <= octets[_i].tolerance * scale,
                          "column %zu, point %zu: %.17g, not %.17g", c, point, plot_value(plot, c, point), expected);
        }
    }
    size_t factorisations = engine_info(&swept->engine).factorisations;
    ck_assert_msg(!octets[_i].is_fast || 2 * factorisations < plot->points, "%zu factorisations", factorisations);
    engine_free(&single);
    sweep_free(swept);
}
END_TEST

/* ---- threads ---- */

/* The engine holds the last point of the sweep, whichever thread came upon it. */
static void check_last_point(const struct swept *swept)
{
    const struct plot *plot = &swept->plot;
    for (size_t c = 0; c < plot->recorded.count; c++) {
        double last = plot_value(plot, c, plot->points - 1);
        ck_assert_double_eq(vector_value(&plot->recorded.item[c], swept->engine.circuit, &swept->engine.op),
                            last);
    }
}

START_TEST(threads_do_not_matter)
{
    static const char *const card[] = {".dc v1 -3 3 2m\n", ".dc v1 0 3 20m i1 -1m 1m 0.1m\n", ".dc ra3 50 500 0.2\n"};
    static const int threads[] = {1, 2, 3, 8};
    char *cards = sweep_ladder(SMALL, card[_i]);
    struct swept *first = sweep(cards, 1);
    compare_with_solves(first, stiff);
    sweep_free(first);
    free(cards);
    cards = sweep_ladder(LARGE, card[_i]);
    first = sweep(cards, 1);
    for (size_t t = 1; t < sizeof threads / sizeof *threads; t++) {
        struct swept *other = sweep(cards, threads[t]);
        ck_assert_int_eq(other->status, SWEEP_OK);
        check_last_point(other);
        ck_assert_uint_eq(other->plot.points, first->plot.points);
        ck_assert_uint_eq(other->plot.totals.points, first->plot.points);
        ck_assert(other->plot.totals.worst.proved);
        ck_assert(other->plot.totals.worst.kcl_relative == first->plot.totals.worst.kcl_relative);
        ck_assert(other->plot.totals.worst.kcl_node == first->plot.totals.worst.kcl_node);
        ck_assert_int_eq(memcmp(other->plot.value, first->plot.value,
                                first->plot.points * first->plot.recorded.count * sizeof *first->plot.value), 0);
        sweep_free(other);
    }
    sweep_free(first);
    free(cards);
}
END_TEST

Suite *suite_sweep(void)
{
    Suite *suite = suite_create("sweep");
    TCase *tests = tcase_create("points");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, points_of_ngspice, 0, sizeof oracle / sizeof *oracle);
    tcase_add_loop_test(tests, points_of_single_solves, 0, sizeof switching / sizeof *switching);
    tcase_add_loop_test(tests, points_of_couplings, 0, sizeof coupled / sizeof *coupled);
    tcase_add_loop_test(tests, eight_at_once, 0, sizeof octets / sizeof *octets);
    tcase_add_loop_test(tests, threads_do_not_matter, 0, 3);
    suite_add_tcase(suite, tests);
    return suite;
}
