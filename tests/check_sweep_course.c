/* How sweeps go: where they stop and what they say of it, parameters, what is told on the way, memory that is out. */
#include "fail_alloc.h"
#include "suites.h"
#include "sweeps.h"
#include "switching.h"
#include <stdlib.h>
#include <string.h>

/* ---- points without an answer ---- */

static bool has_message(const struct diagnostics *diagnostics, enum severity severity, const char *text)
{
    for (size_t q = 0; q < diagnostics->count; q++)
        if (diagnostics->item[q].severity == severity && strstr(diagnostics->item[q].message, text))
            return true;
    return false;
}

START_TEST(stops_where_there_is_no_point)
{
    struct swept *swept = sweep("v1 a 0 0\nd1 a 0 drop\nr1 a 0 1k\n" IDEAL ".dc v1 0 1 0.1\n", 1);
    ck_assert_int_eq(swept->status, SWEEP_STOPPED);
    ck_assert_uint_eq(swept->plot.points, 7);
    ck_assert(has_message(&swept->lowered.diagnostics, SEVERITY_OUTCOME, "forced forward"));
    ck_assert(has_message(&swept->lowered.diagnostics, SEVERITY_NOTE, "the sweep stops at v1 = 0.7"));
    ck_assert_double_eq(swept->lowered.circuit.element[0].value, 0);
    ck_assert(swept->plot.totals.points == 7 && swept->plot.totals.worst.proved);
    sweep_free(swept);
}
END_TEST

/* The first failure counts, whichever thread is there first; with the same message for all. */
START_TEST(stops_alike_on_threads)
{
    char *blocked = sweep_ladder(LARGE, "v2 y 0 0\nd999 y 0 drop\n.dc v2 -3 3 2m\n");
    for (int threads = 1; threads <= 8; threads *= 2) {
        struct swept *swept = sweep(blocked, threads);
        ck_assert_int_eq(swept->status, SWEEP_STOPPED);
        ck_assert_uint_eq(swept->plot.points, 1801);
        ck_assert(has_message(&swept->lowered.diagnostics, SEVERITY_NOTE, "the sweep stops at v2 = 0.602"));
        ck_assert_uint_eq(swept->lowered.diagnostics.outcomes, 1);
        sweep_free(swept);
    }
    free(blocked);
}
END_TEST

START_TEST(warns_once)
{
    struct swept *swept = sweep("v1 a 0 0\nr1 a 0 1k\nr2 b c 1k\n.dc v1 0 1 0.1\n", 1);
    ck_assert_int_eq(swept->status, SWEEP_OK);
    ck_assert_uint_eq(swept->lowered.diagnostics.count, 2);
    ck_assert(has_message(&swept->lowered.diagnostics, SEVERITY_WARNING, "nodes b, c float"));
    ck_assert(has_message(&swept->lowered.diagnostics, SEVERITY_NOTE, "first at v1 = 0"));
    sweep_free(swept);
}
END_TEST

/* Two parts between blocking diodes, each of which floats in half of the sweep: each is told, and where it begins,
 * whoever solves the points. */
START_TEST(warns_of_each_part_once)
{
    char *parts = sweep_ladder(LARGE, "v2 z 0 0\ndp1 z p half\ndp2 p s half\nrs s 0 1k\n"
                                      "rt t 0 1k\ndq1 t q half\ndq2 q z half\n.model half d(ron=0)\n"
                                      ".dc v2 -1.00390625 1.5 0.0078125\n");
    const char *first[] = {"v2 = -1.00390625", "v2 = 0.00390625"}, *part[] = {"node p floats", "node q floats"};
    for (int threads = 1; threads <= 4; threads *= 2) {
        struct swept *swept = sweep(parts, threads);
        const struct diagnostics *told = &swept->lowered.diagnostics;
        ck_assert_int_eq(swept->status, SWEEP_OK);
        ck_assert_uint_eq(told->count, 4);
        for (size_t q = 0; q < 2; q++) {
            ck_assert_ptr_nonnull(strstr(told->item[2 * q].message, part[q]));
            ck_assert_ptr_nonnull(strstr(told->item[2 * q + 1].message, first[q]));
        }
        sweep_free(swept);
    }
    free(parts);
}
END_TEST

START_TEST(too_many_points)
{
    struct swept *swept = sweep(TWO_SOURCES ".dc v1 0 1 1e-7 v2 0 1 1e-7\n", 1);
    ck_assert_int_eq(swept->status, SWEEP_STOPPED);
    ck_assert(has_message(&swept->lowered.diagnostics, SEVERITY_ERROR, "save fewer vectors"));
    sweep_free(swept);
}
END_TEST

/* ---- parameters, progress, interrupts ---- */

/* As if r2 were {2k * x}. */
static enum sweep_rebuilt rebuild_r2(void *context, struct circuit *circuit, const struct axis *axis, double value,
                                     struct diagnostics *diagnostics)
{
    int *calls = context;
    ++*calls;
    if (axis && value > 100) {
        diagnose(diagnostics, ERROR_OUT_OF_RANGE, NULL, 0, "x is too large");
        return REBUILT_WRONG;
    }
    ck_assert(!axis || strcmp(axis->name, "x") == 0);
    uint32_t r2 = names_find(&circuit->elements, "r2", 2), kind = circuit->element[r2].kind;
    circuit_set_resistance(circuit, r2, axis ? 2000 * value : 2000);
    return circuit->element[r2].kind == kind ? REBUILT_VALUES : REBUILT_STRUCTURE;
}

START_TEST(parameters_by_a_hook)
{
    int calls = 0;
    struct sweep_options options = {.threads = 1, .temperature = 27, .rebuild = rebuild_r2, .rebuild_context = &calls};
    struct swept *swept = sweep_with(DIVIDER ".dc v1 0 4 1 param X 0 2 0.5\n", &options);
    ck_assert_int_eq(swept->status, SWEEP_OK);
    ck_assert_uint_eq(swept->plot.points, 25);
    for (size_t point = 0; point < 25; point++) {
        double v1 = (double)(point % 5), r2 = 2000 * 0.5 * (double)(point / 5);
        ck_assert_double_eq_tol(sweep_value(swept, "b", point), v1 * r2 / (1000 + r2), 1e-12);
    }
    ck_assert_int_eq(calls, 6); /* five values, and back */
    ck_assert_double_eq(circuit_resistance(&swept->lowered.circuit, 2), 2000);
    sweep_free(swept);
    swept = sweep_with(DIVIDER ".step param x list 1 200\n", &options);
    ck_assert_int_eq(swept->status, SWEEP_STOPPED);
    ck_assert_uint_eq(swept->plot.points, 1);
    sweep_free(swept);
}
END_TEST

struct watched {
    size_t calls, last, total;
    atomic_int stop;
    size_t stop_at;
};

static void watch_progress(void *context, size_t done, size_t total)
{
    struct watched *watch = context;
    ck_assert_uint_ge(done, watch->last);
    watch->calls++;
    watch->last = done;
    watch->total = total;
    if (watch->stop_at && done >= watch->stop_at)
        watch->stop = 1;
}

/* What a listener was told of a sweep of v1, and where it has enough. */
struct heard {
    size_t begun, points, stop_at;
    atomic_int stop;
};

static void hear_begun(void *context, const struct plot *plot)
{
    struct heard *heard = context;
    heard->begun++;
    ck_assert_uint_eq(plot->points, 0);
    ck_assert_uint_gt(plot->recorded.count, 0);
}

static void hear_grown(void *context, const struct plot *plot)
{
    struct heard *heard = context;
    ck_assert_uint_eq(++heard->points, plot->points);
    ck_assert_double_eq_tol(plot_value(plot, 0, plot->points - 1), plot_axis_value(plot, 0, plot->points - 1), 1e-12);
    if (heard->points == heard->stop_at)
        heard->stop = 1;
}

/* Each point once and in order, by whoever runs the sweep, however many threads solve it; none after an interrupt. */
static void hear_sweep(const char *text, size_t points, int threads, size_t step)
{
    for (size_t stop_at = 0; stop_at < points; stop_at += step) {
        struct heard heard = {.stop_at = stop_at};
        const struct plot_listener listener = {hear_begun, hear_grown, &heard};
        struct sweep_options options = {
            .threads = threads, .temperature = 27, .listener = &listener, .interrupt = &heard.stop};
        struct swept *swept = sweep_with(text, &options);
        ck_assert_int_eq(swept->status, stop_at > 0 ? SWEEP_INTERRUPTED : SWEEP_OK);
        ck_assert_uint_eq(heard.begun, 1);
        ck_assert_uint_eq(swept->plot.points, stop_at > 0 ? stop_at : points);
        ck_assert_uint_eq(heard.points, swept->plot.points);
        sweep_free(swept);
    }
}

START_TEST(points_are_told_as_they_come)
{
    char *several = sweep_ladder(LARGE, ".dc v1 0 3 20m\n");
    hear_sweep(DIVIDER ".dc v1 0 10 0.1\n", 101, 1, 17);
    hear_sweep(several, 151, 1, 50);
    hear_sweep(several, 151, 3, 50);
    free(several);
}
END_TEST

START_TEST(progress_is_told)
{
    struct watched watch = {0};
    struct sweep_options options = {.threads = 1,
                                    .temperature = 27,
                                    .progress = watch_progress,
                                    .progress_context = &watch,
                                    .interrupt = &watch.stop};
    struct swept *swept = sweep_with(DIVIDER ".dc v1 0 10 0.1\n", &options);
    ck_assert_int_eq(swept->status, SWEEP_OK);
    ck_assert_uint_eq(watch.last, swept->plot.points);
    ck_assert_uint_eq(watch.total, swept->plot.points);
    ck_assert_uint_gt(watch.calls, 3);
    sweep_free(swept);
    watch = (struct watched){.stop_at = 40};
    swept = sweep_with(DIVIDER ".dc v1 0 10 0.1\n", &options);
    ck_assert_int_eq(swept->status, SWEEP_INTERRUPTED);
    ck_assert_uint_eq(swept->plot.points, 48); /* told each 16 points */
    sweep_free(swept);
}
END_TEST

/* ---- memory ---- */

/* Each allocation fails in turn: the sweep says so, or did without it; another one still works afterwards. */
START_TEST(allocations_fail)
{
    static const char *const cards[] = {BRIDGE ".dc v1 -5 5 1.7\n",
                                        "v1 a 0 1\nr1 a b 1k\nd1 b c ideal\nr2 c 0 1k\nr3 x y 1\n" IDEAL
                                        ".dc v1 -2 2 1.1 r2 0 1 1\n",
                                        "v1 a 0 0\n" STAGE("1", "a", "10k") LIMIT ".dc v1 0.5 0.6 5m\n"};
    struct sweep_options options = {.threads = 1, .temperature = 27};
    struct swept *swept = sweep_with(cards[_i], &options);
    ck_assert_int_eq(swept->status, SWEEP_OK);
    for (long n = 0, failed = 1; failed; n++) {
        struct diagnostics diagnostics = {0};
        engine_free(&swept->engine);
        ck_assert(engine_init(&swept->engine, &swept->lowered.circuit, &newton, true));
        fail_alloc_after(n);
        enum sweep_status status = sweep_run(&swept->plot, &swept->engine, &options, &diagnostics);
        failed = fail_alloc_off();
        ck_assert_msg(status == SWEEP_OK || (failed && status == SWEEP_NO_MEMORY), "status %d after %ld", (int)status,
                      n);
        diagnostics_free(&diagnostics);
    }
    sweep_free(swept);
}
END_TEST

Suite *suite_sweep_course(void)
{
    Suite *suite = suite_create("sweep_course");
    TCase *tests = tcase_create("course");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, stops_where_there_is_no_point);
    tcase_add_test(tests, stops_alike_on_threads);
    tcase_add_test(tests, warns_once);
    tcase_add_test(tests, warns_of_each_part_once);
    tcase_add_test(tests, too_many_points);
    tcase_add_test(tests, parameters_by_a_hook);
    tcase_add_test(tests, points_are_told_as_they_come);
    tcase_add_test(tests, progress_is_told);
    tcase_add_loop_test(tests, allocations_fail, 0, 3);
    suite_add_tcase(suite, tests);
    return suite;
}
