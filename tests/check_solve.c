/* src/solve: the parts that find the minimum, on cases solved by hand; and the certificate, which
 * must not be fooled. */
#include "lowered.h"
#include "engine/operating_point.h"
#include "proof/certificate.h"
#include "linear/cholesky.h"
#include "linear/components.h"
#include "convex/floating.h"
#include "convex/loop_currents.h"
#include "convex/solve.h"
#include "convex/vertex.h"
#include "suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool close_to(double value, double expected)
{
    return fabs(value - expected) <= 1e-12 * (1 + fabs(expected));
}

/* ---- currents of stiff branches --------------------------------------------------------------------------------- */

enum { NODES = 4, EDGES = 5 };

static const struct flow_case {
    const char *what;
    uint32_t edges;
    struct forest_edge edge[EDGES];
    bool one_way[EDGES];
    double supply[NODES]; /* of node 0: nothing, it takes what comes */
    double f[EDGES];
    bool loop;
} flow_table[] = {
    {"a tree", 3, {{1, 0}, {1, 2}, {3, 2}}, {false}, {0, 1, 2, 4}, {7, -6, 4}, false},
    {"two in parallel", 2, {{1, 0}, {0, 1}}, {false}, {0, 6}, {3, -3}, true},
    {"one against two", 3, {{1, 0}, {1, 2}, {2, 0}}, {false}, {0, 6}, {4, 2, 2}, true},
    {"diodes in parallel", 2, {{1, 0}, {1, 0}}, {true, true}, {0, 6}, {3, 3}, true},
    {"a diode the wrong way", 2, {{1, 0}, {0, 1}}, {true, true}, {0, 6}, {6, 0}, true},
    {"a diode against a short", 2, {{1, 0}, {0, 1}}, {false, true}, {0, 6}, {6, 0}, true},
    {"a ring of diodes", 4, {{1, 2}, {2, 3}, {3, 1}, {1, 0}}, {true, true, true, false}, {0, 0, 6, 0}, {0, 6, 6, 6},
     true},
    {"nothing flows", 2, {{1, 0}, {1, 0}}, {false, true}, {0, 0}, {0, 0}, true},
    {"a floating loop", 3, {{1, 2}, {2, 3}, {1, 3}}, {false}, {0, 3, 0, -3}, {1, 1, 2}, true},
};

START_TEST(flow_splits)
{
    const struct flow_case *here = &flow_table[_i];
    static const double floor[NODES] = {0};
    struct loop_currents flow = {.nodes = NODES,
                        .edges = here->edges,
                        .edge = here->edge,
                        .one_way = here->one_way,
                        .supply = here->supply,
                        .floor = floor};
    struct solve_info info = {0};
    double f[EDGES];
    bool loop[EDGES], any = false;
    ck_assert_int_eq(loop_currents_solve(&flow, f, loop, &info), SOLVE_OK);
    for (uint32_t e = 0; e < here->edges; e++) {
        ck_assert_msg(fabs(f[e] - here->f[e]) < 1e-9, "%s: edge %u carries %g", here->what, e, f[e]);
        any = any || loop[e];
    }
    ck_assert_msg(any == here->loop, "%s: loops %d", here->what, any);
}
END_TEST

/* ---- potentials that are open ----------------------------------------------------------------------------------- */

/* Unknowns 0 and 1 hang together, 2 is on ground, 3 is alone; one knee. */
static const struct {
    const char *what;
    struct knee knee;
    bool conducts;
    double before[NODES], after[NODES];
    int32_t reference[NODES];
} floating_table[] = {
    {"to 0 V", {0, 2, 100, INFINITY}, false, {3, 4, 9, 7}, {0, 1, 9, 0}, {0, 0, GROUND_UNKNOWN, 3}},
    {"down to a bound", {GROUND_UNKNOWN, 0, -2, INFINITY}, false, {5, 6, 9, 0}, {2, 3, 9, 0}, {0, 0, GROUND_UNKNOWN, 3}},
    {"up to a bound", {1, GROUND_UNKNOWN, -2, INFINITY}, false, {-5, -4, 9, 0}, {-3, -2, 9, 0}, {0, 0, GROUND_UNKNOWN, 3}},
    {"tied", {0, 2, -6, INFINITY}, true, {3, 4, 9, 1}, {3, 4, 9, 0}, {GROUND_UNKNOWN, GROUND_UNKNOWN, GROUND_UNKNOWN, 3}},
};

START_TEST(floating_parts_settle)
{
    static const struct conductance edge[] = {{0, 1, 1}, {2, GROUND_UNKNOWN, 1}};
    double ground[NODES] = {0, 0, 1, 0}, zero[NODES] = {0}, x[NODES];
    struct knee knee = floating_table[_i].knee;
    struct qp qp = {.ground = ground, .b = zero, .floor = zero, .knee = &knee, .knees = 1};
    int32_t reference[NODES];
    bool untied = false;
    ck_assert(laplacian_build(&qp.L, NODES, edge, 2));
    memcpy(x, floating_table[_i].before, sizeof x);
    ck_assert(floating_settle(&qp, &floating_table[_i].conducts, x, reference, &untied));
    for (int i = 0; i < NODES; i++) {
        ck_assert_msg(close_to(x[i], floating_table[_i].after[i]), "%s: x%d = %g", floating_table[_i].what, i, x[i]);
        ck_assert_msg(reference[i] == floating_table[_i].reference[i], "%s: reference of %d is %d",
                      floating_table[_i].what, i, (int)reference[i]);
    }
    ck_assert(untied);
    laplacian_free(&qp.L);
}
END_TEST

/* ---- the answer of a set ----------------------------------------------------------------------------------------- */

static const struct {
    const char *what, *volts;
    bool conducts, wants; /* before, after */
    double a, b, f;
} vertex_table[] = {
    {"conducts rightly", "1", true, true, 0.5, 0.5, 0.5},
    {"ought to conduct", "1", false, true, 1, 0, 0},
    {"ought to block", "-1", true, false, -0.5, -0.5, -0.5},
    {"blocks rightly", "-1", false, false, -1, 0, 0},
};

START_TEST(vertex_tells_the_set)
{
    char cards[200] = "r1 in a 1\nd1 a b m\nr2 b 0 1\n.model m D(Ron=0)\nv1 in 0 ";
    strcat(cards, vertex_table[_i].volts);
    struct lowered lowered = lowered_program(cards);
    struct solve_info info = {0};
    double x[2] = {0}, f = 0;
    bool conducts = vertex_table[_i].conducts;
    struct vertex vertex = {.x = x, .f = &f, .conducts = &conducts};
    struct contraction contraction = {0};
    ck_assert_int_eq(vertex_solve(&vertex, &contraction, &lowered.qp, &info), SOLVE_OK);
    ck_assert_msg(conducts == vertex_table[_i].wants, "%s", vertex_table[_i].what);
    ck_assert_uint_eq(vertex.wrong, vertex_table[_i].wants != vertex_table[_i].conducts);
    ck_assert(vertex.consistent);
    ck_assert(close_to(x[lowered_unknown(&lowered, "a")], vertex_table[_i].a));
    ck_assert(close_to(x[lowered_unknown(&lowered, "b")], vertex_table[_i].b));
    ck_assert(close_to(f, vertex_table[_i].f));
    contraction_free(&contraction);
    lowered_free(&lowered);
}
END_TEST

/* ---- Cholesky, components ---------------------------------------------------------------------------------------- */

/* Against one solve for each branch; a ladder with a chord, ten decades of conductance. */
START_TEST(cholesky_resistances)
{
    struct conductance edge[] = {{0, GROUND_UNKNOWN, 1}, {0, 1, 1e-5}, {1, 2, 1e3}, {2, 3, 0.5}, {3, 4, 1e-7}, {4, 5, 2},
                                 {0, 5, 1e-2}, {1, 4, 3e2}, {2, 5, 1e-6}, {5, GROUND_UNKNOWN, 1e-4}};
    enum { N = 6, M = sizeof edge / sizeof *edge };
    struct laplacian L = {0};
    ck_assert(laplacian_build(&L, N, edge, M));
    struct cholesky *cholesky = cholesky_new(&L);
    ck_assert_ptr_nonnull(cholesky);
    for (int turn = 0; turn < 2; turn++) {
        ck_assert_int_eq(cholesky_factor(cholesky, &L), CHOLESKY_OK);
        ck_assert(cholesky_invert(cholesky));
        for (int m = 0; m < M; m++) {
            int32_t i = edge[m].i, j = edge[m].j;
            double x[N] = {0};
            x[i] = 1;
            if (j != GROUND_UNKNOWN)
                x[j] = -1;
            ck_assert_int_eq(cholesky_solve(cholesky, x, x), CHOLESKY_OK);
            double expected = x[i] - (j == GROUND_UNKNOWN ? 0 : x[j]);
            ck_assert_double_eq_tol(cholesky_resistance(cholesky, i, j), expected, 1e-9 * expected);
        }
        for (int32_t q = 0; q < L.p[N]; q++)
            L.x[q] *= 7;
    }
    cholesky_free(cholesky);
    laplacian_free(&L);
}
END_TEST

START_TEST(cholesky_solves)
{
    static const struct conductance chain[] = {{0, 1, 1}, {1, 2, 2}, {2, GROUND_UNKNOWN, 4}};
    struct laplacian L = {0};
    double x[] = {1, 0, 0};
    ck_assert(laplacian_build(&L, 3, chain, 3));
    struct cholesky *cholesky = cholesky_new(&L);
    ck_assert_ptr_nonnull(cholesky);
    ck_assert_int_eq(cholesky_factor(cholesky, &L), CHOLESKY_OK);
    ck_assert_int_eq(cholesky_solve(cholesky, x, x), CHOLESKY_OK);
    ck_assert(close_to(x[0], 1.75) && close_to(x[1], 0.75) && close_to(x[2], 0.25));
    ck_assert(cholesky_fill(cholesky) >= 5 && cholesky_flops(cholesky) > 0);
    L.x[laplacian_find(&L, 2, 2)] = 1; /* the last pivot is -1 */
    ck_assert_int_eq(cholesky_factor(cholesky, &L), CHOLESKY_NOT_DEFINITE);
    L.x[laplacian_find(&L, 2, 2)] = 6;
    ck_assert_int_eq(cholesky_factor(cholesky, &L), CHOLESKY_OK);
    cholesky_free(cholesky);
    laplacian_free(&L);
}
END_TEST

START_TEST(components_are_told_apart)
{
    static const struct conductance edge[] = {{0, 3, 1}, {1, 2, 1}, {2, GROUND_UNKNOWN, 1}};
    static const double ground[] = {0, 0, 1, 0, 0};
    struct laplacian L = {0};
    struct components parts = {0};
    ck_assert(laplacian_build(&L, 5, edge, 3));
    ck_assert(components_build(&parts, &L, ground, 0));
    ck_assert_int_eq(parts.count, 3);
    ck_assert_int_eq(parts.floating, 2);
    ck_assert(parts.part[0] == parts.part[3] && parts.part[1] == parts.part[2]);
    ck_assert(parts.part[0] != parts.part[1] && parts.part[4] != parts.part[0] && parts.part[4] != parts.part[1]);
    ck_assert(parts.grounded[parts.part[1]] && !parts.grounded[parts.part[0]] && !parts.grounded[parts.part[4]]);
    components_free(&parts);
    laplacian_free(&L);
}
END_TEST

START_TEST(components_of_large_conductances)
{
    static const struct conductance edge[] = {{0, 1, 1}, {1, 2, 1e-6}, {0, GROUND_UNKNOWN, 1e-3}};
    static const double ground[] = {1e-3, 0, 0};
    static const struct {
        double least;
        int count, floating;
    } row[] = {{1e-6, 1, 0}, {1e-3, 2, 1}, {1, 2, 2}, {2, 3, 3}};
    struct laplacian L = {0};
    ck_assert(laplacian_build(&L, 3, edge, 3));
    for (size_t q = 0; q < sizeof row / sizeof *row; q++) {
        struct components parts = {0};
        ck_assert(components_build(&parts, &L, ground, row[q].least));
        ck_assert_int_eq(parts.count, row[q].count);
        ck_assert_int_eq(parts.floating, row[q].floating);
        components_free(&parts);
    }
    laplacian_free(&L);
}
END_TEST

/* ---- the whole solver -------------------------------------------------------------------------------------------- */

struct solved {
    struct lowered lowered;
    struct solver *solver;
    struct operating_point op;
};

static struct solved solve(const char *cards, enum solve_method method)
{
    struct solved solved = {.lowered = lowered_program(cards)};
    struct lowered *lowered = &solved.lowered;
    struct solve_options options = {.method = method, .tolerance = 1e-9};
    ck_assert_ptr_nonnull(solved.solver = solver_new(&lowered->qp));
    ck_assert_int_eq(solver_run(solved.solver, &options), SOLVE_OK);
    ck_assert_int_eq(op_recover(&solved.op, &lowered->circuit, NULL, &lowered->supernodes, &lowered->qp, solved.solver),
                     SOLVE_OK);
    return solved;
}

static void solved_free(struct solved *solved)
{
    op_free(&solved->op);
    solver_free(solved->solver);
    lowered_free(&solved->lowered);
}

/* The example on which plain coordinate descent stalls. */
START_TEST(both_methods_pass_the_stall)
{
    struct solved solved =
        solve("v1 in 0 1\nr1 in a 1\nd1 a b m\nr2 b 0 1\n.model m D(Ron=0)\n", (enum solve_method)_i);
    const double *x = solver_x(solved.solver);
    ck_assert(close_to(x[lowered_unknown(&solved.lowered, "a")], 0.5));
    ck_assert(close_to(solved.op.current[lowered_element(&solved.lowered, "d1")], 0.5));
    ck_assert(solver_conducts(solved.solver)[0]);
    ck_assert_int_eq(solver_floating(solved.solver)[0], GROUND_UNKNOWN);
    solved_free(&solved);
}
END_TEST

/* ---- the certificate --------------------------------------------------------------------------------------------- */

/* Every kind of element; each current and each voltage matters. */
static const char honest[] =
    "v1 a 0 5\nr1 a b 1k\nd1 b c ideal\nr2 c 0 1k\nd2 0 c ideal\nd3 c e ideal\nr3 e 0 2k\nl1 e f 1u\nr4 f 0 1k\n"
    "c1 f a 1n\ni1 0 b 1m\nd4 f 0 knee\nd5 0 f zener\nr5 a g 1k\nv2 g h 1\nr6 h 0 1k\nr7 f i 0\nr8 i 0 3k\n"
    ".model ideal D(Ron=0)\n.model knee D(Ron=10 Roff=1meg Vfwd=1)\n.model zener D(Ron=0 Vrev=0.5 Rrev=7 Roff=2k)\n";

static bool proves(const struct solved *solved, const double *v, const double *i)
{
    struct certificate certificate;
    ck_assert(certificate_compute(&certificate, &solved->lowered.circuit, v, i, 1e-9));
    return certificate.proved;
}

static void swap(double *slot, double *value)
{
    double kept = *slot;
    *slot = *value;
    *value = kept;
}

/* Each number in turn replaced by a wrong one. */
static void check_corruptions(const struct solved *solved, double *number, size_t count, const char *what)
{
    static const double factors[] = {1 + 1e-6, 1 - 1e-6, -1, 2, 0, NAN, INFINITY};
    for (size_t n = 0; n < count; n++)
        for (size_t q = 0; q < sizeof factors / sizeof *factors; q++) {
            double wrong = factors[q] == 0 ? 0 : number[n] * factors[q];
            if (number[n] == 0)
                wrong = isfinite(factors[q]) ? factors[q] * 1e-5 : factors[q];
            if (wrong == number[n])
                continue;
            swap(&number[n], &wrong);
            ck_assert_msg(!proves(solved, solved->op.voltage, solved->op.current), "%s %zu may be %g instead of %g",
                          what, n, number[n], wrong);
            swap(&number[n], &wrong);
        }
}

START_TEST(certificate_is_not_fooled)
{
    struct solved solved = solve(honest, METHOD_AUTO);
    const struct circuit *circuit = &solved.lowered.circuit;
    ck_assert(proves(&solved, solved.op.voltage, solved.op.current));
    check_corruptions(&solved, solved.op.voltage + 1, circuit->nodes.count - 1, "voltage");
    check_corruptions(&solved, solved.op.current, circuit->elements.count, "current");
    ck_assert(proves(&solved, solved.op.voltage, solved.op.current));
    solved_free(&solved);
}
END_TEST

START_TEST(certificate_names_the_worst)
{
    struct solved solved = solve(honest, METHOD_AUTO);
    const struct lowered *lowered = &solved.lowered;
    struct certificate certificate;
    uint32_t r2 = lowered_element(lowered, "r2");
    solved.op.current[r2] *= 1.5;
    ck_assert(certificate_compute(&certificate, &lowered->circuit, solved.op.voltage, solved.op.current, 1e-9));
    ck_assert_uint_eq(certificate.law_element, r2);
    ck_assert(certificate.law > 0.1 && certificate.law_relative > 0.02);
    ck_assert_uint_eq(certificate.kcl_node, lowered_node(lowered, "c"));
    ck_assert(certificate.kcl > 1e-4 && certificate.kcl_relative > 0.01 && certificate.power_relative > 1e-9);
    solved_free(&solved);
}
END_TEST

/* What a small resistance joins, between large ones, cannot be somewhere else, although its currents are rounded by
 * more than those that hold it there. */
START_TEST(certificate_asks_groups)
{
    struct solved solved = solve("v1 a 0 1\nr1 a b 1meg\nr2 b c 1u\nr3 c d 1u\nr4 d 0 1meg\nr5 a 0 1k\n", METHOD_AUTO);
    const struct circuit *circuit = &solved.lowered.circuit;
    double *v = solved.op.voltage, *i = solved.op.current;
    ck_assert(proves(&solved, v, i));
    static const char *const joined[] = {"b", "c", "d"};
    for (size_t n = 0; n < sizeof joined / sizeof *joined; n++)
        v[lowered_node(&solved.lowered, joined[n])] += 1e-7;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind == ELEMENT_RESISTOR)
            i[e] = (v[element->a] - v[element->k]) / element->value;
    }
    i[lowered_element(&solved.lowered, "v1")] =
        -i[lowered_element(&solved.lowered, "r1")] - i[lowered_element(&solved.lowered, "r5")];
    ck_assert(!proves(&solved, v, i));
    solved_free(&solved);
}
END_TEST

/* A shift of all potentials but ground's is no answer; neither is another one that keeps Kirchhoff's law. */
START_TEST(certificate_knows_ground_and_diodes)
{
    struct solved solved = solve("v1 a 0 1\nd1 a b m\nd2 a b m\nr1 b 0 1\n.model m D(Ron=0)\n", METHOD_AUTO);
    double *i = solved.op.current, *v = solved.op.voltage;
    const struct lowered *lowered = &solved.lowered;
    uint32_t d1 = lowered_element(lowered, "d1"), d2 = lowered_element(lowered, "d2");
    ck_assert(close_to(i[d1], 0.5) && close_to(i[d2], 0.5));
    i[d1] = 0.25, i[d2] = 0.75;
    ck_assert(proves(&solved, v, i)); /* another split, as good */
    i[d1] = -0.25, i[d2] = 1.25;
    ck_assert(!proves(&solved, v, i)); /* a diode backwards */
    i[d1] = 0.5, i[d2] = 0.5;
    v[GROUND] = 1e-3;
    ck_assert(!proves(&solved, v, i));
    solved_free(&solved);
}
END_TEST

#define COUNT(table) (sizeof table / sizeof *table)

Suite *suite_solve(void)
{
    Suite *suite = suite_create("solve");
    TCase *parts = tcase_create("parts"), *proof = tcase_create("certificate");
    tcase_add_loop_test(parts, flow_splits, 0, COUNT(flow_table));
    tcase_add_loop_test(parts, floating_parts_settle, 0, COUNT(floating_table));
    tcase_add_loop_test(parts, vertex_tells_the_set, 0, COUNT(vertex_table));
    tcase_add_test(parts, cholesky_solves);
    tcase_add_test(parts, cholesky_resistances);
    tcase_add_test(parts, components_are_told_apart);
    tcase_add_test(parts, components_of_large_conductances);
    tcase_add_loop_test(parts, both_methods_pass_the_stall, METHOD_AUTO, METHOD_NEWTON + 1);
    tcase_add_test(proof, certificate_is_not_fooled);
    tcase_add_test(proof, certificate_names_the_worst);
    tcase_add_test(proof, certificate_asks_groups);
    tcase_add_test(proof, certificate_knows_ground_and_diodes);
    suite_add_tcase(suite, parts);
    suite_add_tcase(suite, proof);
    return suite;
}
