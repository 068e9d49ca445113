/* The quick proof of a sweep's points, against the certificate. */
#include "engine/engine.h"
#include "fine.h"
#include "lowered.h"
#include "proof/certificate.h"
#include "proof/certificate_octet.h"
#include "proof/current_tree.h"
#include "suites.h"
#include "switching.h"
#include "util/random.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The quick proof of points of a circuit. */
struct judge {
    struct lowered lowered;
    struct element_tables tables;
    void *room;
};

static struct judge judge_of(const char *cards)
{
    struct judge judge = {.lowered = lowered_circuit(cards)};
    ck_assert(element_tables_build(&judge.tables, &judge.lowered.circuit) && element_tables_arrange(&judge.tables));
    judge.room = calloc(1, certificate_quick_room(&judge.lowered.circuit));
    return judge;
}

static bool judge_proves(const struct judge *judge, const struct claim *claim, struct certificate *certificate)
{
    return certificate_quick(certificate, claim, &judge->tables, 1e-9, judge->room);
}

static void judge_free(struct judge *judge)
{
    free(judge->room);
    element_tables_free(&judge->tables);
    lowered_free(&judge->lowered);
}

/* Does the proof of eight points prove one of them, all others being `op`? room: in which a tree is. */
static bool octet_proves(const struct element_tables *tables, const struct circuit *circuit,
                         const struct operating_point *op, const double *v, const double *lo, const double *i,
                         uint32_t lane, void *room)
{
    struct operating_octet points = {0};
    struct certificate_octet judged = {0};
    struct certificate certificate;
    ck_assert(operating_octet_new(&points, circuit) && certificate_octet_new(&judged, circuit));
    for (uint32_t l = 0; l < OCTET; l++) {
        for (uint32_t node = 0; node < circuit->nodes.count; node++) {
            points.voltage[node][l] = l == lane ? v[node] : op->voltage[node];
            points.low[node][l] = l == lane ? lo ? lo[node] : 0 : op->low[node];
        }
        for (uint32_t e = 0; e < circuit->elements.count; e++)
            points.current[e][l] = l == lane ? i[e] : op->current[e];
    }
    operating_octet_part(&points);
    certificate_octet_judge(&judged, tables, circuit, &points, 1e-9, room);
    bool others = judged.holds[(lane + 1) % OCTET], proved[2];
    for (uint32_t other = 0; other < 2; other++) {
        uint32_t of = (lane + other) % OCTET;
        struct operating_point point = operating_octet_point(&points, of);
        const struct claim claim = claim_of(circuit, &point);
        proved[other] = certificate_octet_prove(&judged, of, &certificate, &claim, tables, 1e-9, room);
    }
    ck_assert(proved[1] == others); /* what is bent in one is no other's */
    operating_octet_free(&points);
    certificate_octet_free(&judged);
    return proved[0];
}

/* The quick proof of a point says yes only where the certificate does, however the point is bent; is_quick: and does of
 * the answer itself. */
static void bend(const char *cards, bool is_quick)
{
    struct lowered lowered = lowered_circuit(cards);
    struct circuit *circuit = &lowered.circuit;
    struct engine engine;
    struct element_tables tables = {0};
    struct random random = random_from(strlen(cards));
    ck_assert(engine_init(&engine, circuit, &newton, true));
    ck_assert(element_tables_build(&tables, circuit) && element_tables_arrange(&tables));
    ck_assert_int_eq(engine_solve(&engine, &lowered.diagnostics), ENGINE_OK);
    double *v = engine.op.voltage, *low = engine.op.low, *i = engine.op.current;
    void *room = calloc(1, certificate_quick_room(circuit));
    struct certificate certificate, brief;
    const struct claim solved = {circuit, v, low, i};
    ck_assert(!is_quick || certificate_quick(&brief, &solved, &tables, 1e-9, room));
    struct operating_point right = {0};
    void *tree = calloc(1, certificate_quick_room(circuit));
    bool in_octets = tables.fans == 0;
    ck_assert(operating_point_new(&right, circuit));
    operating_point_take(&right, &engine.op, circuit);
    for (int point = 0; point < 4; point++)
        certificate_quick(&brief, &solved, &tables, 1e-9, tree); /* a tree is made of them */
    ck_assert(!is_quick || octet_proves(&tables, circuit, &right, v, low, i, 2, tree));
    for (int trial = 0; trial < 2000; trial++) {
        bool nonlinear_current = trial % 2;
        uint32_t count = nonlinear_current ? circuit->elements.count : circuit->nodes.count - 1;
        double *bent = nonlinear_current ? i : v + 1;
        bent += (uint32_t)(fabs(random_uniform(&random)) * count) % count;
        double before = *bent, by = random_uniform(&random) * pow(10, -16 + 16 * fabs(random_uniform(&random)));
        *bent = trial == 0 ? NAN : before * (1 + by) + (trial % 3 ? 0 : by);
        const double *lo = trial % 4 < 2 ? low : NULL;
        const struct claim claim = {circuit, v, lo, i};
        ck_assert(certificate_compute(&certificate, &claim, 1e-9));
        bool quick = certificate_quick(&brief, &claim, &tables, 1e-9, room);
        quick |= in_octets && octet_proves(&tables, circuit, &right, v, lo, i, (uint32_t)trial % OCTET, tree);
        ck_assert_msg(!quick || certificate.proved, "trial %d: %g in place of %g", trial, *bent, before);
        *bent = before;
    }
    free(room);
    free(tree);
    operating_point_free(&right);
    element_tables_free(&tables);
    engine_free(&engine);
    lowered_free(&lowered);
}

START_TEST(quick_proof_is_a_proof)
{
    bend(switching[_i].cards, false);
}
END_TEST

START_TEST(quick_proof_of_couplings)
{
    bend(coupled[_i].cards, _i != 4); /* currents of 1e-12 A beside milliamperes */
}
END_TEST

/* Voltages by gains, whose potentials are rounded, in loops: with a resistor and a junction; with a resistor that
 * nothing flows through on a branch, and in the loop; with a drop that is no larger than what is rounded. */
static const struct {
    const char *cards;
    bool is_quick;
} loops_of_gains[] = {
    {"v1 a 0 1\ne1 b 0 a 0 0.7\nr1 b c 1k\nd1 c 0 dd\nr2 c 0 10k\n.model dd d(is=1e-14)\n", true},
    {"v1 a 0 1\ne1 b 0 a 0 0.7\nr1 b c 1k\nd1 c 0 dd\nr2 c x 10k\nr3 c 0 1k\n.model dd d(is=1e-14)\n", true},
    {"v1 a 0 1\ne1 b 0 a 0 0.1\ne2 c 0 a 0 0.1\nr1 b c 1\nr2 c 0 1k\nd1 b 0 dd\n.model dd d(is=1e-14)\n", false},
    {"v1 a 0 1\ne1 b 0 a 0 0.1\nv2 c 0 0.1\nr1 b c 1u\nr2 c 0 1k\nd1 b 0 dd\n.model dd d(is=1e-14)\n", false},
};

START_TEST(quick_proof_of_loops)
{
    bend(loops_of_gains[_i].cards, loops_of_gains[_i].is_quick);
}
END_TEST

/* Two sources of one voltage with a diode between them, which carries nothing: not what one's rounding makes of it. */
static const char *const rounded_loop[] = {
    "v1 a 0 0.3\nv2 b 0 0.3\nd1 a b dd\nr1 a 0 1k\n.model dd d(is=1e-14)\n",
    "v1 a 0 1e6\nv2 b 0 1e6\nd1 a b dd\nr1 a 0 1k\n.model dd d(is=1)\n",
    "v1 a 0 0.3\nv2 b 0 0.3\nd1 a b dd\nr1 a 0 1k\n.model dd d(is=1e-14 rs=1)\n",
    "v1 a 0 0.3\nv2 b 0 0.3\nd1 a b dd\nr1 a 0 1k\n.model dd d(ron=1 roff=1k vfwd=0.5)\n",
};

START_TEST(quick_proof_of_a_rounded_loop)
{
    enum { MOST_NODES = 3, MOST_ELEMENTS = 4 };
    struct judge judge = judge_of(rounded_loop[_i]);
    struct circuit *circuit = &judge.lowered.circuit;
    struct certificate certificate;
    double v[MOST_NODES] = {0}, low[MOST_NODES] = {0}, i[MOST_ELEMENTS] = {0};
    uint32_t a = lowered_node(&judge.lowered, "a"), d1 = lowered_element(&judge.lowered, "d1");
    uint32_t v1 = lowered_element(&judge.lowered, "v1"), v2 = lowered_element(&judge.lowered, "v2");
    double volts = circuit->element[v1].value;
    for (int off = 0; off < 2; off++) {
        v[a] = v[lowered_node(&judge.lowered, "b")] = volts;
        low[a] = off * 7 * DBL_EPSILON * DBL_EPSILON * volts;
        i[d1] = law_current(&circuit->law[circuit->element[d1].law], low[a]);
        i[lowered_element(&judge.lowered, "r1")] = volts / 1e3;
        i[v1] = -(volts / 1e3 + i[d1]);
        i[v2] = i[d1];
        const struct claim claim = {circuit, v, low, i};
        ck_assert(certificate_compute(&certificate, &claim, 1e-9));
        ck_assert(certificate.proved == (off == 0));
        ck_assert(!judge_proves(&judge, &claim, &certificate) || off == 0);
    }
    judge_free(&judge);
}
END_TEST

/* A point that balances everywhere is no answer of a circuit with another gain, by a millionth. */
START_TEST(quick_proof_knows_gains)
{
    struct judge judge = judge_of("v1 a 0 1\nr1 a m 1k\nr2 m o 1k\ne1 o 0 0 m 1e3\nr3 o 0 1k\n");
    struct circuit *circuit = &judge.lowered.circuit;
    struct engine engine;
    struct certificate certificate;
    const struct operating_point *op = &engine.op;
    ck_assert(engine_init(&engine, circuit, &newton, true));
    ck_assert_int_eq(engine_solve(&engine, &judge.lowered.diagnostics), ENGINE_OK);
    for (int changed = 0; changed < 3; changed++) {
        circuit_set_gain(circuit, 3, changed == 1 ? 1e3 * (1 + 1e-6) : 1e3);
        element_tables_revalue(&judge.tables, circuit);
        const struct claim claim = claim_of(circuit, op);
        bool proved = judge_proves(&judge, &claim, &certificate);
        ck_assert(proved == (changed != 1));
    }
    engine_free(&engine);
    judge_free(&judge);
}
END_TEST

/* Is what is left over in each set of nodes within tolerance of the largest current that leaves it? */
static bool all_sets_hold(const struct circuit *circuit, const double *i, double tolerance)
{
    for (uint32_t set = 1; set + 1 < 1U << circuit->nodes.count; set++) {
        double left = 0, largest = 0;
        for (uint32_t e = 0; e < circuit->elements.count; e++) {
            bool from = set >> circuit->element[e].a & 1, to = set >> circuit->element[e].k & 1;
            left += from == to ? 0 : from ? i[e] : -i[e];
            largest = from == to ? largest : fmax(largest, fabs(i[e]));
        }
        if (fabs(left) > tolerance * largest)
            return false;
    }
    return true;
}

/* With or without a tree, sets of nodes are proved where each of them holds. Currents are multiples of 2^-40, and what
 * is left over at the nodes sums of those, exactly. */
START_TEST(sets_are_proved_that_hold)
{
    enum { NODES = 8, ELEMENTS = 14, TRIALS = 4000 };
    const double tolerance = ldexp(1, -12);
    struct random random = random_from((uint64_t)_i);
    int with = 0, without = 0, held = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        char text[ELEMENTS * 20] = "", *end = text;
        for (int e = 0; e < ELEMENTS; e++) {
            int a = e < NODES - 1 ? e + 1 : (int)((random_uniform(&random) + 1) / 2 * NODES);
            int k = e < NODES - 1 ? (int)((random_uniform(&random) + 1) / 2 * a) : (a + 1 + e % (NODES - 1)) % NODES;
            end += sprintf(end, "r%d n%d n%d 1\n", e, a, k);
        }
        for (char *at = text; (at = strstr(at, "n0")); at += 2)
            memcpy(at, " 0", 2);
        struct lowered lowered = lowered_circuit(text);
        const struct circuit *circuit = &lowered.circuit;
        struct element_tables tables = {0};
        double i[ELEMENTS], residual[NODES] = {0}, weight[NODES];
        ck_assert(element_tables_build(&tables, circuit) && circuit->nodes.count == NODES);
        for (uint32_t e = 0; e < ELEMENTS; e++) {
            i[e] = random_uniform(&random) > 0.7 ? 0 : ldexp(1, -(int)(20 * fabs(random_uniform(&random))));
            i[e] = random_uniform(&random) > 0 ? i[e] : -i[e];
        }
        /* nodes but the last few, whose currents go where they may, are mended by the branch that leads to a lower
         * one */
        for (uint32_t node = NODES; node-- > 1;) {
            double sum = 0;
            for (uint32_t e = 0; e < ELEMENTS; e++)
                sum +=
                    e == node - 1 ? 0 : (circuit->element[e].a == node) * i[e] - (circuit->element[e].k == node) * i[e];
            double off = random_uniform(&random) > 0.2 ? 0 : ldexp(1, -20 - (int)(20 * fabs(random_uniform(&random))));
            i[node - 1] = circuit->element[node - 1].a == node ? off - sum : sum - off;
        }
        for (uint32_t e = 0; e < ELEMENTS; e++) {
            residual[circuit->element[e].a] += i[e];
            residual[circuit->element[e].k] -= i[e];
        }
        for (uint32_t node = 0; node < NODES; node++)
            residual[node] = fabs(residual[node]);
        void *room = calloc(1, current_tree_room(circuit));
        struct current_tree tree = {0};
        current_tree_place(&tree, room, circuit);
        bool spares = current_tree_spares(&tree, &tables, circuit, i, residual, tolerance, weight);
        current_tree_build(&tree, &tables, circuit, i);
        bool proves = current_tree_proves(&tree, i, residual, tolerance), hold = all_sets_hold(circuit, i, tolerance);
        ck_assert_msg(hold || (!spares && !proves), "trial %d: %d %d", trial, spares, proves);
        with += proves;
        without += spares;
        held += hold;
        free(room);
        element_tables_free(&tables);
        lowered_free(&lowered);
    }
    ck_assert_msg(held < TRIALS && with > held / 4 && without > held / 4, "%d held, %d by trees, %d without", held,
                  with, without);
}
END_TEST

/* Junctions that sources of thousands of volts drive: no way ends at a proof, sources do not grow to their values. What
 * is told then is of one point: the certificate's figures are those of the voltages and currents beside it. */
START_TEST(failures_are_told_of_one_point)
{
    struct lowered lowered = lowered_circuit(".model d d(is=1.01081e-08 n=1.93196 rs=0)\n"
                                             ".model e d(is=7.02219e-16 n=1.85361)\n"
                                             "v0 0 n5 -3396.17\nv3 n3 n6 -5116.86\nd0 n6 n7 e 803.028\n"
                                             "d6 n7 n4 d 2.91224\nd8 n4 n3 e 0.00417895\nd9 n5 n7 e 0.00786565\n"
                                             "d10 n6 n4 e 0.00614622\nr1 n5 n3 0.0507741\n");
    struct solve_options options = {.linear = FACTOR_CHOLESKY, .tolerance = 1e-9, .threads = 1};
    struct engine engine;
    struct certificate certificate;
    ck_assert(engine_init(&engine, &lowered.circuit, &options, true));
    ck_assert_int_eq(engine_solve(&engine, &lowered.diagnostics), ENGINE_UNSOLVED);
    const struct claim claim = claim_of(&lowered.circuit, &engine.op);
    ck_assert(certificate_compute(&certificate, &claim, options.tolerance));
    ck_assert_uint_eq(certificate.kcl_node, engine.certificate.kcl_node);
    ck_assert_double_eq(certificate.kcl_relative, engine.certificate.kcl_relative);
    engine_free(&engine);
    lowered_free(&lowered);
}
END_TEST

/* Nodes that small resistances join and large ones hold: none of them notices a shift of all, but their group does. The
 * second ties them in one long fan. */
static const char *const group[] = {
    "v1 a 0 1\nr1 a b 1g\nr2 b c 1n\nr3 c d 1n\nr4 d 0 1g\n",
    "v1 a 0 1\nr1 a b 1g\nrc b c 1n\nr2 b d 1n\nr3 b e 1n\nr4 b f 1n\nr5 b g 1n\nr6 b i 1n\nr7 b j 1n\nr8 b k 1n\n"
    "r9 b l 1n\nr10 b m 1n\nr11 b n 1n\nr12 b o 1n\nr13 b p 1n\nr14 b q 1n\nr15 b r 1n\nr16 b s 1n\nr17 b t 1n\n"
    "r18 b u 1n\nr19 b v 1n\nr20 b w 1n\nr21 b x 1n\nr22 b y 1n\nr23 b z 1n\nr24 z 0 1g\n",
};

START_TEST(groups_are_asked)
{
    struct judge judge = judge_of(group[_i]);
    struct circuit *circuit = &judge.lowered.circuit;
    struct fine point = fine_new(circuit);
    const struct claim claim = {circuit, point.hi, point.lo, point.i};
    struct certificate certificate;
    ck_assert(fine_refine(circuit, &point, false));
    ck_assert_int_eq(judge.tables.fans > 0, _i);
    ck_assert_double_eq_tol(point.hi[2], 0.5, 1e-9);
    ck_assert(certificate_compute(&certificate, &claim, 1e-9) && certificate.proved);
    ck_assert(judge_proves(&judge, &claim, &certificate));
    for (uint32_t node = 2; node < circuit->nodes.count; node++)
        point.hi[node] += 0x1p-7; /* their differences stay */
    for (uint32_t e = 1; e < circuit->elements.count; e++)
        point.i[e] = fine_current(circuit, &point, e);
    point.i[0] = -point.i[1];
    ck_assert(!judge_proves(&judge, &claim, &certificate));
    ck_assert(certificate_compute(&certificate, &claim, 1e-9));
    ck_assert(!certificate.proved && certificate.law_relative == 0 && certificate.kcl_relative > 1e-3);
    fine_free(&point);
    judge_free(&judge);
}
END_TEST

/* A point that has no numbers, or larger ones than can be summed, leaves nothing behind for the next one. */
START_TEST(points_behind_one_without_numbers)
{
    static const double current[] = {INFINITY, 0x1p1023};
    enum { RAYS = 64, LENGTH = 32 };
    static char cards[(2 * RAYS + 2) * LENGTH];
    size_t at = (size_t)sprintf(cards, "v1 a 0 1e6\nra a b 1m\n");
    for (int k = 0; k < RAYS; k++)
        at += (size_t)sprintf(cards + at, "rb%d b c%d 1\n", k, k);
    for (int k = 0; k < RAYS; k++)
        at += (size_t)sprintf(cards + at, "rc%d c%d 0 %d\n", k, k, k * k + 1);
    struct judge judge = judge_of(cards);
    struct circuit *circuit = &judge.lowered.circuit;
    struct fine point = fine_new(circuit);
    const struct claim claim = {circuit, point.hi, point.lo, point.i};
    struct certificate fresh, behind;
    void *used = calloc(1, certificate_quick_room(circuit));
    ck_assert(fine_refine(circuit, &point, false));
    ck_assert_uint_gt(judge.tables.fans, 0);
    ck_assert(judge_proves(&judge, &claim, &fresh));
    for (uint32_t e = 2; e < circuit->elements.count; e++) {
        double kept = point.i[e];
        point.i[e] = current[_i];
        ck_assert(!certificate_quick(&behind, &claim, &judge.tables, 1e-9, used));
        point.i[e] = kept;
        ck_assert(certificate_quick(&behind, &claim, &judge.tables, 1e-9, used));
        ck_assert_double_eq(behind.kcl, fresh.kcl);
    }
    free(used);
    fine_free(&point);
    judge_free(&judge);
}
END_TEST

/* Nodes of so many branches that a plain sum of their currents may be off by more than the tolerance of the smallest
 * branch of the tree. */
START_TEST(currents_of_dense_nodes_are_summed_exactly)
{
    enum { RUNGS = 1500, LENGTH = 64, A = 1, C = 2, EACH = 1000, STEP = 37 };
    static char cards[(RUNGS + 1) * LENGTH];
    static double hi[RUNGS + 3], lo[RUNGS + 3], i[2 * RUNGS + 2];
    size_t at = (size_t)sprintf(cards, "v1 a 0 1\nrc c 0 1\n");
    long double conductance = 0, sum = 0;
    for (int k = 0; k < RUNGS; k++) {
        at += (size_t)sprintf(cards + at, "ra%d a b%d %d\nrb%d b%d c %d\n", k, k, EACH + STEP * k, k, k, EACH);
        conductance += 1.0L / (2 * EACH + STEP * k);
    }
    struct judge judge = judge_of(cards);
    struct circuit *circuit = &judge.lowered.circuit;
    struct certificate certificate;
    const struct claim claim = {circuit, hi, lo, i};
    hi[A] = 1;
    hi[C] = (double)(conductance / (1 + conductance));
    for (int k = 0; k < RUNGS; k++) {
        double current = i[2 * k + 2] = i[2 * k + 3] = (1 - hi[C]) / (2 * EACH + STEP * k);
        struct dd b = dd_add_double(two_product(EACH, current), hi[C]);
        hi[k + 3] = b.hi;
        lo[k + 3] = b.lo;
        sum += current;
    }
    i[1] = (double)sum;
    i[0] = -i[1];
    ck_assert_uint_eq(judge.tables.fans, 0);
    ck_assert(certificate_compute(&certificate, &claim, 1e-9) && certificate.proved);
    for (int again = 0; again < 2; again++)
        ck_assert(judge_proves(&judge, &claim, &certificate));
    i[1] += 1e-13; /* within its law; more than the smallest current bears */
    ck_assert(!judge_proves(&judge, &claim, &certificate));
    judge_free(&judge);
}
END_TEST

/* Nodes of two to four branches, and ground of many, some of which stand side by side with those of seven other nodes:
 * the sum at a node misses none. The law of the resistor holds with its wrong current; and the source's power, most of
 * which a resistor across it takes, is that of all but rounding. */
START_TEST(branches_side_by_side_are_all_summed)
{
    enum { NODES = 45, LENGTH = 96 };
    static char cards[NODES * LENGTH];
    size_t at = (size_t)sprintf(cards, "v1 a0 0 1\nrv a0 0 1u\n");
    for (int n = 1; n < NODES; n++) {
        at += (size_t)sprintf(cards + at, "ra%d a%d a%d %d\nrb%d a%d 0 %d\n", n, n - 1, n, 100 + 7 * n, n, n, 3000 + n);
        if (n > 11 && n % 3 == 0)
            at += (size_t)sprintf(cards + at, "rc%d a%d a%d 1k\n", n, n - 11, n);
    }
    struct judge judge = judge_of(cards);
    struct circuit *circuit = &judge.lowered.circuit;
    struct fine point = fine_new(circuit);
    const struct claim claim = {circuit, point.hi, point.lo, point.i};
    struct certificate certificate;
    ck_assert(fine_refine(circuit, &point, false));
    ck_assert(judge.tables.fans == 0 && judge.tables.nodes % OCTET != 0 && judge.tables.fewest[1] == 3);
    ck_assert(judge.tables.start[3 * OCTET] - judge.tables.start[2 * OCTET] > OCTET * judge.tables.fewest[2]);
    for (uint32_t e = 2; e < circuit->elements.count; e++) {
        double current = point.i[e], ohms = circuit->element[e].value;
        ck_assert(judge_proves(&judge, &claim, &certificate));
        point.i[e] *= 1 + 1e-6;
        circuit->element[e].value /= 1 + 1e-6;
        element_tables_revalue(&judge.tables, circuit);
        ck_assert(!judge_proves(&judge, &claim, &certificate));
        point.i[e] = current;
        circuit->element[e].value = ohms;
        element_tables_revalue(&judge.tables, circuit);
    }
    fine_free(&point);
    judge_free(&judge);
}
END_TEST

/* Two parts of a circuit, joined by what carries nothing at the points that a tree is made of: where one is shifted
 * against the other, what flows between them then is its own largest current. */
START_TEST(parts_are_asked)
{
    struct judge judge = judge_of("v1 a 0 1\nr1 a 0 1k\nv2 b c 1\nr2 b c 1m\nr3 c a 1meg\n");
    struct circuit *circuit = &judge.lowered.circuit;
    struct certificate certificate;
    double hi[] = {0, 1, 2, 1}, i[] = {-1e-3, 1e-3, -1e3, 1e3, 0};
    const struct claim claim = {circuit, hi, NULL, i};
    for (int point = 0; point < 4; point++)
        ck_assert(judge_proves(&judge, &claim, &certificate));
    hi[2] += 0x1p-23;
    hi[3] += 0x1p-23;
    i[4] = 0x1p-23 / 1e6;
    ck_assert(certificate_compute(&certificate, &claim, 1e-9));
    ck_assert(!certificate.proved && certificate.law_relative == 0 && certificate.kcl_relative > 0.1);
    ck_assert(!judge_proves(&judge, &claim, &certificate));
    judge_free(&judge);
}
END_TEST

/* Where high parts differ by what low parts make up for, their differences in double precision do not sum to zero round
 * a loop: drops by these share 2 A wrongly. */
START_TEST(differences_of_potentials_may_be_rounded)
{
    struct judge judge = judge_of("v1 a 0 5\nr1 a b 1\nr2 b c 1\nr3 a c 1\ni1 c 0 2\n");
    struct circuit *circuit = &judge.lowered.circuit;
    struct certificate certificate;
    double hi[] = {0, 5, 5, 5 - 0x1p-50}, lo[] = {0, 0, -0x0.ep-104, 0x1p-50 - 0x1p-103}, i[] = {-2, 1, 1, 1, 2};
    const struct claim claim = {circuit, hi, lo, i};
    for (uint32_t e = 1; e <= 3; e++) {
        uint32_t a = circuit->element[e].a, k = circuit->element[e].k;
        circuit->element[e].value = (hi[a] - hi[k]) + (lo[a] - lo[k]);
    }
    ck_assert(certificate_compute(&certificate, &claim, 1e-9));
    ck_assert(!certificate.proved && certificate.law_relative == 0 && certificate.loop_relative > 0.1);
    ck_assert(!judge_proves(&judge, &claim, &certificate));
    judge_free(&judge);
}
END_TEST

Suite *suite_proof(void)
{
    Suite *suite = suite_create("proof");
    TCase *tcase = tcase_create("points");
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, quick_proof_knows_gains);
    tcase_add_loop_test(tcase, quick_proof_of_loops, 0, sizeof loops_of_gains / sizeof *loops_of_gains);
    tcase_add_loop_test(tcase, quick_proof_of_a_rounded_loop, 0, sizeof rounded_loop / sizeof *rounded_loop);
    tcase_add_loop_test(tcase, quick_proof_of_couplings, 0, sizeof coupled / sizeof *coupled);
    tcase_add_loop_test(tcase, quick_proof_is_a_proof, 0, sizeof switching / sizeof *switching);
    tcase_add_loop_test(tcase, sets_are_proved_that_hold, 0, 3);
    tcase_add_test(tcase, failures_are_told_of_one_point);
    tcase_add_loop_test(tcase, groups_are_asked, 0, sizeof group / sizeof *group);
    tcase_add_loop_test(tcase, points_behind_one_without_numbers, 0, 2);
    tcase_add_test(tcase, currents_of_dense_nodes_are_summed_exactly);
    tcase_add_test(tcase, branches_side_by_side_are_all_summed);
    tcase_add_test(tcase, parts_are_asked);
    tcase_add_test(tcase, differences_of_potentials_may_be_rounded);
    suite_add_tcase(suite, tcase);
    return suite;
}
