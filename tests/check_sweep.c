/* Sweeps: axes as ngspice steps them, points as ngspice and single solves find them, the same for
 * any number of threads. */
#include "analysis/axes.h"
#include "analysis/sweep.h"
#include "elaborate/card_reader.h"
#include "fail_alloc.h"
#include "lowered.h"
#include "netlist/cards.h"
#include "suites.h"
#include "switching.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A netlist whose .dc and .step cards were run. */
struct swept {
    struct lowered lowered;
    struct engine engine;
    struct plot plot;
    enum sweep_status status;
};

static struct axes read_axes(struct lowered *lowered)
{
    struct axes axes = {0};
    struct axes_scope scope = {.circuit = &lowered->circuit};
    for (size_t c = 0; c < lowered->netlist.count; c++) {
        const struct card *card = &lowered->netlist.card[c];
        if (card->kind == CARD_DC || card->kind == CARD_STEP)
            ck_assert(axes_read(&axes, card, &scope, &lowered->diagnostics));
    }
    return axes;
}

/* On the heap: parts of it point to each other. */
static struct swept *swept_with(const char *cards, const struct sweep_options *options)
{
    struct swept *swept = calloc(1, sizeof *swept);
    swept->lowered = lowered_circuit(cards);
    struct axes axes = read_axes(&swept->lowered);
    struct circuit *circuit = &swept->lowered.circuit;
    ck_assert_uint_eq(swept->lowered.diagnostics.errors, 0);
    swept->plot = (struct plot){.kind = PLOT_DC, .axis = axes.item, .axes = axes.count};
    ck_assert(vectors_add_nodes(&swept->plot.recorded, circuit) &&
              vectors_add_branches(&swept->plot.recorded, circuit));
    ck_assert(engine_init(&swept->engine, circuit, &newton, true));
    swept->status = sweep_run(&swept->plot, &swept->engine, options, &swept->lowered.diagnostics);
    return swept;
}

static struct swept *sweep(const char *cards, int threads)
{
    return swept_with(cards, &(struct sweep_options){.threads = threads, .temperature = 27});
}

static void swept_free(struct swept *swept)
{
    plot_free(&swept->plot);
    engine_free(&swept->engine);
    lowered_free(&swept->lowered);
    free(swept);
}

static double value_of(const struct swept *swept, const char *node, size_t point)
{
    uint32_t number = lowered_node(&swept->lowered, node);
    for (size_t c = 0; c < swept->plot.recorded.count; c++) {
        const struct vector *vector = &swept->plot.recorded.item[c];
        if (vector->kind == VECTOR_VOLTAGE && vector->a == number && vector->k == GROUND)
            return plot_value(&swept->plot, c, point);
    }
    ck_abort_msg("%s is not recorded", node);
}

/* ---- against ngspice ---- */

#define DIVIDER "v1 a 0 5\nr1 a b 1k\nr2 b 0 2k\n"
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
    ck_assert_double_eq_tol(value_of(swept, oracle[_i].node, oracle[_i].point), oracle[_i].value, 1e-9);
    swept_free(swept);
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
    swept_free(swept);
}
END_TEST

START_TEST(points_of_couplings)
{
    struct swept *swept = sweep(coupled[_i].cards, 1);
    compare_with_solves(swept, coupled[_i].tolerance);
    swept_free(swept);
}
END_TEST

/* ---- eight points at once ---- */

/* An amplifier of gain -r / 10k, limited by two junctions. */
#define STAGE(n, in, r)                                                                                          \
    "ri" n " " in " m" n " 10k\nrf" n " m" n " o" n " " r "\ne" n " o" n " 0 0 m" n " 100k\nrl" n " o" n " 0 20k\n" \
    "da" n " m" n " o" n " limit\ndb" n " o" n " m" n " limit\n"
#define LIMIT ".model limit d(is=1e-14)\n"

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
    swept_free(swept);
}
END_TEST

/* ---- threads ---- */

enum { SMALL = 100, LARGE = 700 }; /* sections: one chunk of points; several, for threads */

/* A ladder with piecewise-linear and ideal diodes. */
static char *ladder(size_t sections, const char *card)
{
    char *text = malloc(sections * 120 + 500), *at = text;
    at += sprintf(at, "v1 n0 0 1\ni1 0 n%zu 1u\n", sections);
    for (size_t s = 0; s < sections; s++) {
        at += sprintf(at, "ra%zu n%zu n%zu %zu\nrb%zu n%zu 0 %zu\n", s, s, s + 1, 90 + s * 7 % 20, s, s + 1,
                      2000 + s * 13 % 99);
        if (s % 5 == 1)
            at += sprintf(at, "d%zu n%zu %s %s\n", s, s, s % 2 ? "0" : "n1", s % 3 ? "pw" : "drop");
    }
    sprintf(at, DIODES IDEAL "%s", card);
    return text;
}

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
    char *cards = ladder(SMALL, card[_i]);
    struct swept *first = sweep(cards, 1);
    compare_with_solves(first, stiff);
    swept_free(first);
    free(cards);
    cards = ladder(LARGE, card[_i]);
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
        swept_free(other);
    }
    swept_free(first);
    free(cards);
}
END_TEST

/* The worst point is the first of those with the largest relative figure, that of laws before all, and one that is not
 * proved is worse. */
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
    swept_free(swept);
}
END_TEST

/* The first failure counts, whichever thread is there first; with the same message for all. */
START_TEST(stops_alike_on_threads)
{
    char *blocked = ladder(LARGE, "v2 y 0 0\nd999 y 0 drop\n.dc v2 -3 3 2m\n");
    for (int threads = 1; threads <= 8; threads *= 2) {
        struct swept *swept = sweep(blocked, threads);
        ck_assert_int_eq(swept->status, SWEEP_STOPPED);
        ck_assert_uint_eq(swept->plot.points, 1801);
        ck_assert(has_message(&swept->lowered.diagnostics, SEVERITY_NOTE, "the sweep stops at v2 = 0.602"));
        ck_assert_uint_eq(swept->lowered.diagnostics.outcomes, 1);
        swept_free(swept);
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
    swept_free(swept);
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
    struct swept *swept = swept_with(DIVIDER ".dc v1 0 4 1 param X 0 2 0.5\n", &options);
    ck_assert_int_eq(swept->status, SWEEP_OK);
    ck_assert_uint_eq(swept->plot.points, 25);
    for (size_t point = 0; point < 25; point++) {
        double v1 = (double)(point % 5), r2 = 2000 * 0.5 * (double)(point / 5);
        ck_assert_double_eq_tol(value_of(swept, "b", point), v1 * r2 / (1000 + r2), 1e-12);
    }
    ck_assert_int_eq(calls, 6); /* five values, and back */
    ck_assert_double_eq(circuit_resistance(&swept->lowered.circuit, 2), 2000);
    swept_free(swept);
    swept = swept_with(DIVIDER ".step param x list 1 200\n", &options);
    ck_assert_int_eq(swept->status, SWEEP_STOPPED);
    ck_assert_uint_eq(swept->plot.points, 1);
    swept_free(swept);
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
        struct swept *swept = swept_with(text, &options);
        ck_assert_int_eq(swept->status, stop_at > 0 ? SWEEP_INTERRUPTED : SWEEP_OK);
        ck_assert_uint_eq(heard.begun, 1);
        ck_assert_uint_eq(swept->plot.points, stop_at > 0 ? stop_at : points);
        ck_assert_uint_eq(heard.points, swept->plot.points);
        swept_free(swept);
    }
}

START_TEST(points_are_told_as_they_come)
{
    char *several = ladder(LARGE, ".dc v1 0 3 20m\n");
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
    struct swept *swept = swept_with(DIVIDER ".dc v1 0 10 0.1\n", &options);
    ck_assert_int_eq(swept->status, SWEEP_OK);
    ck_assert_uint_eq(watch.last, swept->plot.points);
    ck_assert_uint_eq(watch.total, swept->plot.points);
    ck_assert_uint_gt(watch.calls, 3);
    swept_free(swept);
    watch = (struct watched){.stop_at = 40};
    swept = swept_with(DIVIDER ".dc v1 0 10 0.1\n", &options);
    ck_assert_int_eq(swept->status, SWEEP_INTERRUPTED);
    ck_assert_uint_eq(swept->plot.points, 48); /* told each 16 points */
    swept_free(swept);
}
END_TEST

START_TEST(too_many_points)
{
    struct swept *swept = sweep(TWO_SOURCES ".dc v1 0 1 1e-7 v2 0 1 1e-7\n", 1);
    ck_assert_int_eq(swept->status, SWEEP_STOPPED);
    ck_assert(has_message(&swept->lowered.diagnostics, SEVERITY_ERROR, "save fewer vectors"));
    swept_free(swept);
}
END_TEST

/* Each allocation fails in turn: the sweep says so, or did without it; another one still works afterwards. */
START_TEST(allocations_fail)
{
    static const char *const cards[] = {BRIDGE ".dc v1 -5 5 1.7\n",
                                        "v1 a 0 1\nr1 a b 1k\nd1 b c ideal\nr2 c 0 1k\nr3 x y 1\n" IDEAL
                                        ".dc v1 -2 2 1.1 r2 0 1 1\n",
                                        "v1 a 0 0\n" STAGE("1", "a", "10k") LIMIT ".dc v1 0.5 0.6 5m\n"};
    struct sweep_options options = {.threads = 1, .temperature = 27};
    struct swept *swept = swept_with(cards[_i], &options);
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
    swept_free(swept);
}
END_TEST

/* ---- mistakes ---- */

/* A wrong card, the word that is wrong, the message. */
static const struct {
    const char *card, *word, *message;
} wrong[] = {
    {".dc", ".dc", "has no source, resistor, parameter or TEMP"},
    {".dc v1", ".dc", "has no start value"},
    {".dc v1 0", ".dc", "has no stop value"},
    {".dc v1 0 5", ".dc", "has no step"},
    {".dc v1 0 5 0", "0", "the step is 0"},
    {".dc v1 0 5 -1", "-1", "does not lead from 0 to 5"},
    {".dc v1 5 0 1", "1", "does not lead from 5 to 0"},
    {".dc v1 0 5 1n", "1n", "more than 1e+08"},
    {".dc v1 1e20 1.0000000000000002e20 1", "1", "is lost in the rounding"},
    {".dc v1 0 5 x", "x", "expected a number as step"},
    {".dc v1 0 5 1 v2 0 1", ".dc", "has no step"},
    {".dc v1 0 5 1 v2 0 1 1 v1 0 1 1", "v1", "did not expect v1 here"},
    {".dc v1 0 5 1 v1 0 1 1", ".dc", "sweeps the same thing twice"},
    {".dc nosuch 0 5 1", "nosuch", "there is no source, resistor or parameter nosuch"},
    {".dc v11 0 5 1", "v11", "did you mean v1?"},
    {".dc param 0 5 1", "0", ""},
    {".dc d1 0 5 1", "d1", "neither a source nor a resistor"},
    {".dc temp -300 0 100", "temp", "temp cannot be -300"},
    {".dc dec v1 0 5 3", "3", "goes from a positive value to a larger one"},
    {".dc v1 dec 1 10 2.5", "2.5", "expected a whole number of points"},
    {".dc v1 list", ".dc", "has no value after list"},
    {".step v1 0 1 1 v2 0 1 1", "v2", "did not expect v2 here"},
    {".step npn 2n2222(vaf) 50 100 25", "npn", "model's parameter (2n2222) are not supported"},
};

START_TEST(mistakes_are_located)
{
    char cards[1000];
    snprintf(cards, sizeof cards, TWO_SOURCES "d1 b 0 pw\n" DIODES "%s\n", wrong[_i].card);
    struct lowered lowered = lowered_circuit(cards);
    struct axes axes = read_axes(&lowered);
    if (*wrong[_i].message) {
        ck_assert_uint_eq(lowered.diagnostics.errors, 1);
        ck_assert_uint_eq(axes.count, 0);
        const struct diagnostic *first = &lowered.diagnostics.item[lowered.diagnostics.count - 1];
        ck_assert_msg(strstr(first->message, wrong[_i].message), "%s: %s", wrong[_i].card, first->message);
        ck_assert_uint_eq(first->length, strlen(wrong[_i].word));
        ck_assert_int_eq(memcmp(first->place, wrong[_i].word, first->length), 0);
    }
    axes_free(&axes);
    lowered_free(&lowered);
}
END_TEST

Suite *suite_sweep(void)
{
    Suite *suite = suite_create("sweep");
    TCase *tcase = tcase_create("points");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, points_of_ngspice, 0, sizeof oracle / sizeof *oracle);
    tcase_add_loop_test(tcase, points_of_couplings, 0, sizeof coupled / sizeof *coupled);
    tcase_add_loop_test(tcase, points_of_single_solves, 0, sizeof switching / sizeof *switching);
    tcase_add_loop_test(tcase, eight_at_once, 0, sizeof octets / sizeof *octets);
    tcase_add_loop_test(tcase, threads_do_not_matter, 0, 3);
    tcase_add_test(tcase, of_points_of_which_one_is_not_proved_no_stability_is_claimed);
    tcase_add_test(tcase, totals_keep_the_worst_point);
    tcase_add_test(tcase, stops_where_there_is_no_point);
    tcase_add_test(tcase, stops_alike_on_threads);
    tcase_add_test(tcase, warns_once);
    tcase_add_test(tcase, parameters_by_a_hook);
    tcase_add_test(tcase, points_are_told_as_they_come);
    tcase_add_test(tcase, progress_is_told);
    tcase_add_test(tcase, too_many_points);
    tcase_add_loop_test(tcase, allocations_fail, 0, 3);
    tcase_add_loop_test(tcase, mistakes_are_located, 0, sizeof wrong / sizeof *wrong);
    suite_add_tcase(suite, tcase);
    return suite;
}
