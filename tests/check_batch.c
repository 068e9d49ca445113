/* Batches: the same as single solves, for any number of threads, whatever fails. */
#include "decks.h"
#include "suites.h"
#include "util/random.h"
#include <math.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_INPUTS = 5, MOST_OUTPUTS = 6 };

/* What is varied of a netlist, and by how much at most, relative. */
static const struct row {
    const char *text, *inputs[MOST_INPUTS], *outputs[MOST_OUTPUTS];
    double by;
} rows[] = {
    {"t\nv1 a 0 6\nr1 a b 1k\nr2 b 0 2k\ni1 0 b 1m\nr3 b c 1k\nr4 c 0 1k\nr5 c d 1k\n", {"v1", "i1"},
     {"b", "c", "d", "i(v1)", "i(r3)"}, 2},
    {"t\nv1 a 0 6\nr1 a b 1k\nr2 b 0 2k\ni1 0 b 1m\n", {"v1", "r1", "r2"}, {"b", "i(r2)"}, 0.5},
    {"t\nv1 a 0 6\nr1 a b 1k\nd1 b c dm\nr2 c 0 2k\nd2 c 0 dm\n.model dm d\n", {"v1", "r2"}, {"b", "i(d2)"}, 2},
    {"t\nv1 a 0 6\nr1 a b 1k\nd1 b c di\nr2 c 0 2k\nd2 0 b di\n.model di d(ron=0 roff=1g vfwd=0.2)\n", {"v1", "r1"},
     {"b", "c", "i(d1)", "i(d2)"}, 2},
    {"t\nv1 a 0 1\nr1 a b 1k\ne1 c 0 b 0 2\nr2 c b 3k\nr3 c 0 1k\n", {"v1", "e1", "r2"}, {"c", "i(e1)"}, 0.3},
    {"t\nv1 a 0 5\nr1 a b 100k\nr2 a c 1k\nq1 c b 0 qn\n.model qn npn\n", {"v1", "r1", "r2"}, {"c", "b", "i(v1)"}, 0.5},
    {"t\n.param p=1k\nv1 a 0 6\nr1 a b {p}\nd1 b 0 dm\n.model dm d is=1f\n", {"v1", "p", "dm:is", "r1"}, {"b"}, 0.5},
    {"t\nv1 a 0 6\nr1 a b 1k tc1=1m\nd1 b 0 dm\n.model dm d is=1f\n", {"temp", "v1"}, {"b"}, 0.5},
    {"t\nv1 a 0 6\nr1 a b {1k+temper}\nd1 b 0 dm\n.model dm d is=1f\n", {"temp", "v1"}, {"b"}, 0.5},
    {"t\nv1 a 0 6\nv2 b 0 1\nr1 a b 1k\nr2 c d 1k\nr3 d 0 1k\nvz c 0 0\n", {"v1", "v2", "vz"},
     {"d", "i(vz)", "i(v1)"}, 2},
    {"t\nv1 a 0 1\nr1 a b 1k\nr2 b 0 1k\nr3 a c 1k\nr4 c 0 1k\nr5 b c 1k\ni1 b c 1u\n", {"v1", "i1"},
     {"b", "i(r5)"}, 1},
    /* parts of their own, what is dead, a bridge in balance, shorts, sources of many decades */
    {"t\nv1 a 0 1\nr1 a b 1k\nr2 b 0 1k\nv2 c 0 1m\nr3 c d 1k\nr4 d 0 1k\nr5 d e 1k\n", {"v1", "v2"},
     {"b", "d", "e", "i(r3)", "i(v2)"}, 2},
    {"t\nv1 a 0 1\nr1 a b 1k\nr2 b 0 1k\nr3 a c 1k\nr4 c 0 1k\nr5 b c 1k\ni1 0 d 1n\nr6 d a 1meg\nl1 d f 1\nr7 f 0 5\n",
     {"v1", "i1"}, {"b", "c", "i(r5)", "i(l1)", "i(v1)", "d"}, 2},
    /* gains alone: op-amps with and without a load, what nothing flows into, a gyrator, a negative resistance */
    {"t\nv1 a 0 1\nv2 b 0 2\nr1 a m 1k\nr2 b m 2k\nr3 m o 5k\ne1 o 0 0 m 1e5\nr4 o p 1k\nr5 p 0 1k\n"
     "g1 0 q p 0 1m\nr6 q 0 1k\nr7 q s 1k\ne2 t 0 s t 1e6\n", {"v1", "v2"}, {"o", "q", "t", "i(e1)", "i(r4)", "m"}, 2},
    {"t\nv1 a 0 1\nr1 a b 1k\nv2 b c 0\nr2 c 0 1k\nf1 0 d v2 2\nr3 d 0 1k\nh1 e 0 v2 500\nr4 e d 1k\ni1 d 0 1m\n"
     "rn d e -5k\n", {"v1", "v2", "i1"}, {"d", "e", "i(f1)", "i(h1)", "i(v2)", "i(rn)"}, 2},
    {"t\nv1 a 0 1\nr1 a b 1k\ng1 b 0 c 0 1m\ng2 0 c b 0 1m\nr2 c 0 100\nv9 x 0 3\nr9 x c 1meg\n", {"v1"},
     {"b", "c", "i(g1)", "i(g2)", "i(v1)"}, 2},
    {"t\nv1 a 0 1\nr1 a b 1u\nr2 b c 1g\nr3 c 0 1k\ni1 c 0 1p m=3\nv2 d c 5\nr4 d 0 1meg\n", {"v1", "i1", "v2"},
     {"b", "c", "i(r1)", "i(r2)", "d"}, 2},
};
enum { ROWS = sizeof rows / sizeof *rows, POINTS = 700 };

/* A batch of a row, with what comes of it. */
struct trial {
    opspice *deck;
    size_t inputs, outputs, input[MOST_INPUTS], output[MOST_OUTPUTS];
    double *setting, *result, *gradient;
    int *status;
};

static struct trial trial_of(const struct row *row)
{
    struct trial trial = {.deck = deck_load(row->text, OPSPICE_OK)};
    struct random random = random_from(7);
    double value[MOST_INPUTS];
    for (; trial.inputs < MOST_INPUTS && row->inputs[trial.inputs]; trial.inputs++) {
        ck_assert_int_eq(opspice_find_input(trial.deck, row->inputs[trial.inputs], &trial.input[trial.inputs]),
                         OPSPICE_OK);
        opspice_get_input(trial.deck, trial.input[trial.inputs], &value[trial.inputs]);
    }
    for (; trial.outputs < MOST_OUTPUTS && row->outputs[trial.outputs]; trial.outputs++)
        ck_assert_int_eq(opspice_find_output(trial.deck, row->outputs[trial.outputs], &trial.output[trial.outputs]),
                         OPSPICE_OK);
    trial.setting = calloc(POINTS * trial.inputs, sizeof *trial.setting);
    trial.result = calloc(POINTS * trial.outputs, sizeof *trial.result);
    trial.gradient = calloc(POINTS * trial.outputs * trial.inputs, sizeof *trial.gradient);
    trial.status = calloc(POINTS, sizeof *trial.status);
    for (size_t p = 0; p < POINTS; p++)
        for (size_t q = 0; q < trial.inputs; q++) {
            bool is_zero = row->by > 1 && random_uniform(&random) > 0.8;
            double by = is_zero ? -1 : row->by * random_uniform(&random);
            trial.setting[p * trial.inputs + q] = value[q] == 0 ? by : value[q] * (1 + by);
            if (*row->inputs[q] == 'r' && trial.setting[p * trial.inputs + q] <= 0)
                trial.setting[p * trial.inputs + q] = value[q];
        }
    return trial;
}

static int solve_trial(struct trial *trial, const char *threads, bool gradients)
{
    ck_assert_int_eq(opspice_set(trial->deck, "threads", threads), OPSPICE_OK);
    memset(trial->result, 1, POINTS * trial->outputs * sizeof *trial->result);
    return opspice_solve_many(trial->deck, POINTS, trial->inputs, trial->input, trial->setting, trial->outputs,
                              trial->output, trial->result, gradients ? trial->gradient : NULL, trial->status);
}

static void free_trial(struct trial *trial)
{
    opspice_free(trial->deck);
    free(trial->setting);
    free(trial->result);
    free(trial->gradient);
    free(trial->status);
}

static double output_at(const opspice *deck, size_t output)
{
    size_t nodes = opspice_node_count(deck);
    return output < nodes ? opspice_node_voltages(deck)[output] : opspice_branch_currents(deck)[output - nodes];
}

/* Each point is what a deck of its own finds with these values. */
START_TEST(points_are_single_solves)
{
    struct trial trial = trial_of(&rows[_i]), single = trial_of(&rows[_i]);
    ck_assert_int_eq(solve_trial(&trial, "1", true), OPSPICE_OK);
    for (size_t p = 0; p < POINTS; p += 7) {
        ck_assert_int_eq(trial.status[p], OPSPICE_OK);
        ck_assert_int_eq(
            opspice_set_inputs(single.deck, single.inputs, single.input, single.setting + p * single.inputs),
            OPSPICE_OK);
        ck_assert_int_eq(opspice_solve(single.deck), OPSPICE_OK);
        const double *gradient = trial.gradient + p * trial.outputs * trial.inputs;
        ck_assert_int_eq(opspice_gradient(single.deck, trial.outputs, trial.output, trial.inputs, trial.input,
                                          single.gradient), OPSPICE_OK);
        for (size_t o = 0; o < trial.outputs; o++) {
            double found = trial.result[p * trial.outputs + o], is = output_at(single.deck, trial.output[o]);
            bool is_node = trial.output[o] < opspice_node_count(trial.deck);
            ck_assert_msg(fabs(found - is) <= 1e-11 * fabs(is) + (is_node ? 1e-14 : 1e-17),
                          "point %zu, %s: %.17g, single %.17g", p, rows[_i].outputs[o], found, is);
            for (size_t q = 0; q < trial.inputs; q++) {
                double one = gradient[o * trial.inputs + q], other = single.gradient[o * trial.inputs + q];
                ck_assert_msg(fabs(one - other) <= 1e-7 * (fabs(one) + fabs(is) * 1e-3 + 1e-9),
                              "point %zu, %s by %s: %g, %g", p, rows[_i].outputs[o], rows[_i].inputs[q], one, other);
            }
        }
    }
    const opspice_certificate *proof = opspice_get_certificate(trial.deck);
    free_trial(&trial);
    ck_assert_ptr_nonnull(proof);
    free_trial(&single);
}
END_TEST

START_TEST(threads_do_not_matter)
{
    struct trial one = trial_of(&rows[_i]), two = trial_of(&rows[_i]);
    ck_assert_int_eq(solve_trial(&one, "1", false), OPSPICE_OK);
    for (int turn = 0; turn < 2; turn++) {
        ck_assert_int_eq(solve_trial(&two, turn ? "3" : "2", false), OPSPICE_OK);
        ck_assert_mem_eq(one.result, two.result, POINTS * one.outputs * sizeof *one.result);
        ck_assert_uint_eq(opspice_get_certificate(two.deck)->points, POINTS);
        ck_assert_int_eq(opspice_get_certificate(two.deck)->proved, 1);
    }
    free_trial(&one);
    free_trial(&two);
}
END_TEST

/* Inputs are what they were, and the netlist still follows its parameters. */
START_TEST(inputs_come_back)
{
    struct trial trial = trial_of(&rows[_i]), fresh = trial_of(&rows[_i]);
    ck_assert_int_eq(opspice_solve(fresh.deck), OPSPICE_OK);
    ck_assert_int_eq(solve_trial(&trial, "2", false), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(trial.deck), OPSPICE_OK);
    for (size_t q = 0; q < trial.inputs; q++) {
        double before, after;
        ck_assert_int_eq(opspice_get_input(fresh.deck, trial.input[q], &before), OPSPICE_OK);
        ck_assert_int_eq(opspice_get_input(trial.deck, trial.input[q], &after), OPSPICE_OK);
        ck_assert(before == after);
    }
    for (size_t o = 0; o < trial.outputs; o++)
        ck_assert_msg(fabs(output_at(fresh.deck, trial.output[o]) - output_at(trial.deck, trial.output[o])) <=
                      1e-12 * fabs(output_at(fresh.deck, trial.output[o])) + 1e-15, "%s", rows[_i].outputs[o]);
    free_trial(&trial);
    free_trial(&fresh);
}
END_TEST

/* A resistive network with many sources, some of them silent now and then, against a deck of its own for each point. */
START_TEST(many_sources)
{
    enum { SOURCES = 12, NODES = 40, ALL = 300, FEW = 20 };
    struct random random = random_from(100 + (uint64_t)_i);
    char text[6000];
    size_t length = (size_t)sprintf(text, "many\n"), input[SOURCES], output[2 * NODES], outputs = 0;
    for (int s = 0; s < SOURCES; s++)
        length += (size_t)(s % 2 ? sprintf(text + length, "i%d n%d 0 1m\n", s, 3 * s)
                                 : sprintf(text + length, "v%d m%d 0 1\nrm%d m%d n%d 50\n", s, s, s, s, 3 * s));
    for (int n = 1; n < NODES; n++)
        for (int k = 0; k < 2; k++)
            length += (size_t)sprintf(text + length, "r%d_%d n%d n%d %.4g\n", n, k, n,
                                      (int)((1 + random_uniform(&random)) / 2 * n),
                                      exp(8 + 3 * random_uniform(&random)));
    sprintf(text + length, "rg n0 0 100\nv99 q 0 2\nrq q n7 1k\n");
    opspice *deck = deck_load(text, OPSPICE_OK), *single = deck_load(text, OPSPICE_OK);
    double *setting = calloc(ALL * SOURCES, sizeof *setting), *result = calloc(ALL * 2 * NODES, sizeof *result);
    for (int s = 0; s < SOURCES; s++) {
        char name[16];
        snprintf(name, sizeof name, "%c%d", s % 2 ? 'i' : 'v', s);
        ck_assert_int_eq(opspice_find_input(deck, name, &input[s]), OPSPICE_OK);
    }
    for (; outputs < 2 * NODES; outputs++)
        output[outputs] = outputs;
    for (int p = 0; p < ALL; p++)
        for (int s = 0; s < SOURCES; s++)
            setting[p * SOURCES + s] = random_uniform(&random) > 0.3 ? 0 : (s % 2 ? 1e-3 : 1) * random_uniform(&random);
    ck_assert_int_eq(opspice_solve_many(deck, ALL, SOURCES, input, setting, outputs, output, result, NULL, NULL),
                     OPSPICE_OK);
    ck_assert_uint_eq(opspice_get_certificate(deck)->points, ALL);
    /* the first of them by themselves */
    double few[FEW * 2 * NODES];
    int status[FEW];
    ck_assert_int_eq(opspice_solve_many(deck, FEW, SOURCES, input, setting, outputs, output, few, NULL, status),
                     OPSPICE_OK);
    ck_assert_uint_eq(opspice_get_certificate(deck)->points, FEW);
    for (size_t q = 0; q < FEW * outputs; q++)
        ck_assert(fabs(few[q] - result[q]) <= 1e-12 * fabs(few[q]) + 1e-22);
    const double last = setting[3 * SOURCES + 1];
    setting[3 * SOURCES + 1] = NAN;
    ck_assert_int_eq(opspice_solve_many(deck, FEW, SOURCES, input, setting, outputs, output, few, NULL, status),
                     OPSPICE_USAGE);
    setting[3 * SOURCES + 1] = last;
    for (int p = 0; p < FEW; p++)
        ck_assert(status[p] == (p == 3 ? OPSPICE_USAGE : OPSPICE_OK) && isnan(few[(size_t)p * outputs]) == (p == 3));
    ck_assert_uint_eq(opspice_get_certificate(deck)->points, FEW - 1);
    for (int p = 0; p < ALL; p += 11) {
        ck_assert_int_eq(opspice_set_inputs(single, SOURCES, input, setting + p * SOURCES), OPSPICE_OK);
        ck_assert_int_eq(opspice_solve(single), OPSPICE_OK);
        for (size_t o = 0; o < outputs; o++) {
            double found = result[(size_t)p * outputs + o], is = output_at(single, output[o]);
            ck_assert_msg(fabs(found - is) <= 1e-12 * fabs(is) + 1e-22, "point %d, output %zu: %.17g, %.17g", p, o,
                          found, is);
        }
    }
    free(setting);
    free(result);
    opspice_free(deck);
    opspice_free(single);
}
END_TEST

/* ---- points without an answer ------------------------------------------------------------------------------------ */

START_TEST(points_that_fail)
{
    opspice *deck =
        deck_load("t\nv1 a 0 1\nr1 a b 1k\nd1 b 0 di\nv2 b 0 -1\nr2 b 0 1k\n.model di d(ron=0)\n", OPSPICE_OK);
    size_t input, output;
    /* an ideal diode without drop bears no source beyond 0 V */
    const double setting[] = {-1, 1, -2, NAN, -3, INFINITY, -4};
    double result[7];
    int status[7];
    ck_assert_int_eq(opspice_find_input(deck, "v2", &input), OPSPICE_OK);
    ck_assert_int_eq(opspice_find_output(deck, "b", &output), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve_many(deck, 7, 1, &input, setting, 1, &output, result, NULL, status),
                     OPSPICE_NO_OPERATING_POINT);
    for (int p = 0; p < 7; p++) {
        int expected = p == 1 ? OPSPICE_NO_OPERATING_POINT : p == 3 || p == 5 ? OPSPICE_USAGE : OPSPICE_OK;
        ck_assert_int_eq(status[p], expected);
        ck_assert(expected == OPSPICE_OK ? result[p] == setting[p] : isnan(result[p]));
    }
    ck_assert_int_ge(deck_message(deck, OPSPICE_NOTE, "at point 1 of a batch"), 0);
    opspice_free(deck);
}
END_TEST

/* The first in the order of the batch is told of, whichever is done first. */
START_TEST(first_that_fails)
{
    enum { MANY = 4 * POINTS, FIRST = 900 };
    opspice *deck =
        deck_load("t\nv1 a 0 1\nr1 a b 1k\nd1 b 0 di\nv2 b 0 -1\nr2 b 0 1k\n.model di d(ron=0)\n", OPSPICE_OK);
    double *setting = calloc(MANY, sizeof *setting), *result = calloc(MANY, sizeof *result);
    size_t input, output;
    for (size_t p = 0; p < MANY; p++)
        setting[p] = p == FIRST ? 5 : p == FIRST + 1 ? 2 : p == 2 * FIRST ? 1 : -1.0 * (double)(p * 7 % 1009);
    ck_assert_int_eq(opspice_find_input(deck, "v2", &input), OPSPICE_OK);
    ck_assert_int_eq(opspice_find_output(deck, "b", &output), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve_many(deck, MANY, 1, &input, setting, 1, &output, result, NULL, NULL),
                     OPSPICE_NO_OPERATING_POINT);
    ck_assert_int_ge(deck_message(deck, OPSPICE_NOTE, "at point 900 of a batch"), 0);
    ck_assert_int_lt(deck_message(deck, OPSPICE_NOTE, "at point 901 of a batch"), 0);
    for (size_t p = 0; p < MANY; p++)
        ck_assert(setting[p] > 0 ? isnan(result[p]) : result[p] == setting[p]);
    free(setting);
    free(result);
    opspice_free(deck);
}
END_TEST

START_TEST(points_that_are_wrong)
{
    opspice *deck = deck_load(
        "t\n.param n=1\nv1 a 0 1\nr1 a b {sqrt(n)}\nr2 b 0 1\n.if (n==4)\nr3 b c 1\nr4 c 0 1\n.endif\n", OPSPICE_OK);
    size_t input, output;
    const double setting[] = {1, -1, 9, 4, 16};
    const int expected[] = {OPSPICE_OK, OPSPICE_NETLIST, OPSPICE_OK, OPSPICE_NETLIST, OPSPICE_OK};
    const double is[] = {0.5, NAN, 0.25, NAN, 0.2};
    double result[5], gradient[5];
    int status[5];
    ck_assert_int_eq(opspice_find_input(deck, "n", &input), OPSPICE_OK);
    ck_assert_int_eq(opspice_find_output(deck, "b", &output), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve_many(deck, 5, 1, &input, setting, 1, &output, result, gradient, status),
                     OPSPICE_NETLIST);
    for (int p = 0; p < 5; p++) {
        ck_assert_int_eq(status[p], expected[p]);
        ck_assert(expected[p] == OPSPICE_OK ? fabs(result[p] - is[p]) < 1e-12 : isnan(result[p]) && isnan(gradient[p]));
    }
    ck_assert(fabs(gradient[0] + 0.125) < 1e-9); /* 1 / (1 + sqrt n): -1 / (2 sqrt n (1 + sqrt n)^2) */
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    opspice_free(deck);
}
END_TEST

START_TEST(wrong_calls)
{
    opspice *deck = deck_load(rows[0].text, OPSPICE_OK);
    size_t wrong = 99, node = 0, input = 0, resistorless;
    double value = 1, result = 7;
    ck_assert_int_eq(opspice_solve_many(deck, 1, 1, &wrong, &value, 1, &node, &result, NULL, NULL), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_solve_many(deck, 1, 1, &input, &value, 1, &wrong, &result, NULL, NULL), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_solve_many(deck, 0, 1, &input, &value, 1, &node, &result, NULL, NULL), OPSPICE_OK);
    ck_assert(result == 7);
    ck_assert_int_eq(opspice_solve_many(deck, 1, 0, NULL, NULL, 1, &node, &result, NULL, NULL), OPSPICE_OK);
    ck_assert(result == 6);
    opspice_free(deck);
    deck = deck_load("t\nv1 a 0 1\nr1 a b 1\nd1 b 0 dm\n.model dm d\n", OPSPICE_OK);
    resistorless = 2;
    ck_assert_int_eq(opspice_solve_many(deck, 1, 1, &resistorless, &value, 1, &node, &result, NULL, NULL),
                     OPSPICE_USAGE);
    opspice_free(deck);
    deck = opspice_new();
    ck_assert_int_eq(opspice_solve_many(deck, 1, 0, NULL, NULL, 0, NULL, NULL, NULL, NULL), OPSPICE_USAGE);
    opspice_free(deck);
}
END_TEST

/* ---- progress, memory -------------------------------------------------------------------------------------------- */

struct watched {
    opspice *deck;
    size_t last, calls, stop_at;
};

static void watch(void *context, size_t done, size_t total)
{
    struct watched *seen = context;
    ck_assert_uint_le(done, total);
    seen->last = done;
    seen->calls++;
    if (done >= seen->stop_at)
        opspice_interrupt(seen->deck);
}

START_TEST(progress_and_interrupts)
{
    struct trial trial = trial_of(&rows[2]);
    struct watched seen = {trial.deck, 0, 0, SIZE_MAX};
    opspice_set_progress(trial.deck, watch, &seen);
    ck_assert_int_eq(solve_trial(&trial, "1", false), OPSPICE_OK);
    ck_assert_uint_eq(seen.last, POINTS);
    ck_assert_uint_gt(seen.calls, 5);
    seen.stop_at = 200;
    ck_assert_int_eq(solve_trial(&trial, "1", false), OPSPICE_NO_OPERATING_POINT);
    size_t solved = 0;
    for (size_t p = 0; p < POINTS; p++) {
        bool is_solved = trial.status[p] == OPSPICE_OK;
        ck_assert(is_solved || trial.status[p] == OPSPICE_NO_OPERATING_POINT);
        ck_assert(isnan(trial.result[p * trial.outputs]) == !is_solved);
        solved += is_solved;
    }
    ck_assert(solved >= 200 && solved < POINTS);
    seen.stop_at = SIZE_MAX;
    ck_assert_int_eq(solve_trial(&trial, "1", false), OPSPICE_OK);
    free_trial(&trial);
}
END_TEST

/* Again and again the same memory. */
START_TEST(nothing_grows)
{
    struct trial trial = trial_of(&rows[_i]);
    /* the allocator keeps some blocks of each size; a byte a point would be more than that */
    enum { WARM = 20, TURNS = 30, KEPT = 4096 };
    size_t used = 0;
    for (int turn = 0; turn < TURNS; turn++) {
        ck_assert_int_eq(solve_trial(&trial, "1", false), OPSPICE_OK);
        if (turn == WARM)
            used = mallinfo2().uordblks;
        ck_assert(turn <= WARM || mallinfo2().uordblks <= used + KEPT);
    }
    free_trial(&trial);
}
END_TEST

Suite *suite_batch(void)
{
    Suite *suite = suite_create("batch");
    TCase *tests = tcase_create("batch");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, points_are_single_solves, 0, ROWS);
    tcase_add_loop_test(tests, threads_do_not_matter, 0, ROWS);
    tcase_add_loop_test(tests, inputs_come_back, 0, ROWS);
    tcase_add_loop_test(tests, many_sources, 0, 4);
    tcase_add_test(tests, points_that_fail);
    tcase_add_test(tests, first_that_fails);
    tcase_add_test(tests, points_that_are_wrong);
    tcase_add_test(tests, wrong_calls);
    tcase_add_test(tests, progress_and_interrupts);
    tcase_add_loop_test(tests, nothing_grows, 0, ROWS);
    suite_add_tcase(suite, tests);
    return suite;
}
