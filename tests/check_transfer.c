/* Transfer functions against ngspice, and against differences of operating points. */
#include "analysis/transfer.h"
#include "lowered.h"
#include "netlist/cards.h"
#include "suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct solve_options newton = {
    .method = METHOD_NEWTON, .linear = FACTOR_CHOLESKY, .tolerance = 1e-9, .threads = 1};

#define TEE "v1 a 0 5\nr1 a b 1k\nr2 b 0 2k\nr3 b c 1k\nv2 c 0 0\ni1 0 b 1m\n"
#define CLIPPER \
    "v1 a 0 5\nr1 a b 1k\nd1 b c pw\nr2 c 0 1k\nd2 0 b pw\ni1 c 0 1m\n.model pw d(ron=10 roff=1meg vfwd=0.7)\n"
#define BRIDGED "v1 a 0 2\nr1 a b 1k\nr2 a c 2k\nr3 b 0 3k\nr4 c 0 4k\nr5 b c 5k\nl1 d 0 1u\nr6 b d 1k\n"
#define RECTIFIER "v1 a 0 5\nr1 a b 1k\nd1 b c ideal\nr2 c 0 3k\nd2 0 b ideal\n.model ideal d(ron=0)\n"

/* ngspice 39.3 with -D ngbehavior=ltpsa, reltol=1e-10 abstol=1e-16 vntol=1e-13. Where the output is a current,
 * ngspice gives 1e20 ohm for the resistance at it, and nothing for the current of an inductor: there, and for ideal
 * diodes, calculated by hand. */
static const struct {
    const char *cards, *card;
    double value[TRANSFER_VALUES];
} oracle[] = {
    {TEE, ".tf v(b) v1", {0.4, 5000.0 / 3, 400}},
    {TEE, ".tf v(b,c) v1", {0.4, 5000.0 / 3, 400}},
    {TEE, ".tf v(c) v1", {0, 5000.0 / 3, 0}},
    {TEE, ".tf v(a,0) v1", {1, 5000.0 / 3, 0}},
    {TEE, ".tf V(B) I1", {400, 400, 400}},
    {TEE, ".tf i(v1) v1", {-6e-4, 5000.0 / 3, 5000.0 / 3}},
    {TEE, ".tf i(v2) i1", {0.4, 400, 1000 + 2000.0 / 3}},
    {TEE, ".tf v(a) i1", {0, 400, 0}},
    {CLIPPER, ".tf v(c) v1", {4.972625695546020e-01, 2.008980929261446e+03, 5.022401678758436e+02}},
    {CLIPPER, ".tf v(b,c) i1", {4.977598321241544e+00, 5.022401678758436e+02, 9.950224016787583e+00}},
    {CLIPPER, ".tf v(b) i1", {-4.97262569554602e+02, 5.022401678758436e+02, 5.022351952501481e+02}},
    {BRIDGED, ".tf v(b,c) v1", {-1.76056338028169e-01, 1.339622641509434e+03, 1.302816901408451e+03}},
    {BRIDGED, ".tf v(d) v1", {0, 1.339622641509434e+03, 0}},
    {RECTIFIER, ".tf v(c) v1", {0.75, 4000, 750}},
    {RECTIFIER, ".tf v(b,c) v1", {0, 4000, 0}},
    {"v1 a 0 5\nr1 b 0 1k\n", ".tf v(b) v1", {0, 1e20, 1000}},
};

static struct transfer read_transfer(struct lowered *lowered, bool *good)
{
    struct transfer transfer = {.input = 0};
    for (size_t c = 0; c < lowered->netlist.count; c++)
        if (lowered->netlist.card[c].kind == CARD_TF)
            *good = transfer_read(&transfer, &lowered->netlist.card[c], &lowered->circuit, &lowered->diagnostics);
    return transfer;
}

static enum engine_status solve_transfer(struct lowered *lowered, const struct transfer *transfer,
                                             double value[TRANSFER_VALUES])
{
    struct engine engine;
    ck_assert(engine_init(&engine, &lowered->circuit, &newton, true));
    enum engine_status status = transfer_solve(transfer, &engine, value, &lowered->diagnostics);
    engine_free(&engine);
    return status;
}

START_TEST(values_of_ngspice)
{
    char cards[1000];
    snprintf(cards, sizeof cards, "%s%s\n", oracle[_i].cards, oracle[_i].card);
    struct lowered lowered = lowered_circuit(cards);
    bool good = false;
    double value[TRANSFER_VALUES];
    struct transfer transfer = read_transfer(&lowered, &good);
    ck_assert(good);
    ck_assert_int_eq(solve_transfer(&lowered, &transfer, value), ENGINE_OK);
    for (int q = 0; q < TRANSFER_VALUES; q++) {
        double expected = oracle[_i].value[q];
        ck_assert_msg(fabs(value[q] - expected) <= 1e-9 * fmax(fabs(expected), 1e-6),
                      "%s: value %d is %.15g, not %.15g", oracle[_i].card, q, value[q], expected);
    }
    lowered_free(&lowered);
}
END_TEST

static double output_at(struct lowered *lowered, const struct transfer *transfer, double source)
{
    struct engine engine;
    ck_assert(engine_init(&engine, &lowered->circuit, &newton, true));
    engine_set_source(&engine, transfer->input, source);
    ck_assert_int_eq(engine_solve(&engine, &lowered->diagnostics), ENGINE_OK);
    const struct operating_point *op = &engine.op;
    const struct observed *observed = &transfer->observed;
    double output =
        observed->of_current ? op->current[observed->output] : op->voltage[observed->a] - op->voltage[observed->k];
    engine_free(&engine);
    return output;
}

/* The transfer function is the slope of the output between two operating points near. */
START_TEST(slopes_of_points)
{
    static const char *const cards[] = {BRIDGED ".tf i(l1) v1\n", CLIPPER ".tf v(b,c) v1\n", RECTIFIER ".tf i(v1) v1\n",
                                        TEE ".tf i(v2) v1\n"};
    struct lowered lowered = lowered_circuit(cards[_i]);
    bool good = false;
    double value[TRANSFER_VALUES];
    struct transfer transfer = read_transfer(&lowered, &good);
    ck_assert(good);
    ck_assert_int_eq(solve_transfer(&lowered, &transfer, value), ENGINE_OK);
    double at = lowered.circuit.element[transfer.input].value;
    double slope = (output_at(&lowered, &transfer, at + 0.01) - output_at(&lowered, &transfer, at - 0.01)) / 0.02;
    ck_assert_double_eq_tol(value[TRANSFER_FUNCTION], slope, 1e-9 * fmax(1, fabs(slope)));
    ck_assert(value[TRANSFER_FUNCTION] != 0);
    lowered_free(&lowered);
}
END_TEST

START_TEST(names_of_ngspice)
{
    static const struct {
        const char *card, *name[TRANSFER_VALUES];
    } cases[] = {
        {".tf V(B) V1", {"Transfer_function", "v1#Input_impedance", "output_impedance_at_V(b)"}},
        {".tf v(b,c) i1", {"Transfer_function", "i1#Input_impedance", "output_impedance_at_V(b,c)"}},
        {".tf i(v2) v1", {"Transfer_function", "v1#Input_impedance", "v2#Output_impedance"}},
    };
    for (size_t q = 0; q < sizeof cases / sizeof *cases; q++) {
        char cards[300], *name[TRANSFER_VALUES];
        snprintf(cards, sizeof cards, TEE "%s\n", cases[q].card);
        struct lowered lowered = lowered_circuit(cards);
        bool good = false;
        struct transfer transfer = read_transfer(&lowered, &good);
        ck_assert(good && transfer_names(&transfer, &lowered.circuit, name));
        for (int n = 0; n < TRANSFER_VALUES; n++) {
            ck_assert_str_eq(name[n], cases[q].name[n]);
            free(name[n]);
        }
        lowered_free(&lowered);
    }
}
END_TEST

START_TEST(no_response)
{
    static const char *const cases[][2] = {
        {"v1 a 0 5\nv2 a 0 5\nr1 a 0 1k\n.tf v(a) v1\n", "form a loop"},
        {"v1 a 0 5\nr1 a 0 1k\nr2 b c 1k\n.tf v(b) v1\n", "no path for a direct current to ground"},
        {"v1 a 0 5\nv2 a 0 6\nr1 a 0 1k\n.tf v(a) v1\n", "closes a loop of voltage sources"},
    };
    for (size_t q = 0; q < sizeof cases / sizeof *cases; q++) {
        struct lowered lowered = lowered_circuit(cases[q][0]);
        bool good = false, found = false;
        double value[TRANSFER_VALUES];
        struct transfer transfer = read_transfer(&lowered, &good);
        ck_assert(good);
        struct engine engine;
        ck_assert(engine_init(&engine, &lowered.circuit, &newton, true));
        ck_assert_int_eq(transfer_solve(&transfer, &engine, value, &lowered.diagnostics), ENGINE_UNSOLVED);
        for (size_t d = 0; d < lowered.diagnostics.count; d++)
            found |= strstr(lowered.diagnostics.item[d].message, cases[q][1]) != NULL;
        ck_assert_msg(found, "%s", cases[q][1]);
        engine_free(&engine);
        lowered_free(&lowered);
    }
}
END_TEST

/* A wrong card, the word that is wrong, the message. */
static const struct {
    const char *card, *word, *message;
} wrong[] = {
    {".tf", ".tf", "expected an output here"},
    {".tf v1", "v1", "expected an output here"},
    {".tf v() v1", "v1", "expected a node in v(node)"},
    {".tf v(x) v1", "x", "there is no node x"},
    {".tf v(b,x) v1", "x", "there is no node x"},
    {".tf i(r1) v1", "r1", "r1 is no voltage source"},
    {".tf i(v9) v1", "v9", "there is no voltage source v9"},
    {".tf v(b)", ".tf", "has no voltage or current source"},
    {".tf v(b) r1", "r1", "r1 is no voltage or current source"},
    {".tf v(b) vv1", "vv1", "did you mean v1?"},
    {".tf v(b) v1 v2", "v2", "did not expect v2 here"},
};

START_TEST(mistakes_are_located)
{
    char cards[300];
    snprintf(cards, sizeof cards, TEE "%s\n", wrong[_i].card);
    struct lowered lowered = lowered_circuit(cards);
    bool good = true;
    read_transfer(&lowered, &good);
    ck_assert(!good);
    ck_assert_uint_eq(lowered.diagnostics.errors, 1);
    lowered_check_last(&lowered, wrong[_i].word, wrong[_i].message);
    lowered_free(&lowered);
}
END_TEST

Suite *suite_transfer(void)
{
    Suite *suite = suite_create("transfer");
    TCase *tcase = tcase_create("transfer");
    tcase_add_loop_test(tcase, values_of_ngspice, 0, sizeof oracle / sizeof *oracle);
    tcase_add_loop_test(tcase, slopes_of_points, 0, 4);
    tcase_add_test(tcase, names_of_ngspice);
    tcase_add_test(tcase, no_response);
    tcase_add_loop_test(tcase, mistakes_are_located, 0, sizeof wrong / sizeof *wrong);
    suite_add_tcase(suite, tcase);
    return suite;
}
