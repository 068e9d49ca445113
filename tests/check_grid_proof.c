/* The proof that ranks share: right answers and wrong ones, and what the certificate of one process says of them. */
#include "dealt.h"
#include "engine/engine.h"
#include "fail_alloc.h"
#include "grid/proof.h"
#include "lowered.h"
#include "mutants.h"
#include "proof/balance.h"
#include "switching.h"
#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the proof --------------------------------------------------------------------------------------------------- */

struct prover {
    enum deal deal;
};

static bool near(double one, double other, double floor)
{
    double size = fmax(fabs(one), fabs(other));
    return one == other || fabs(one - other) <= floor + 1e-9 * size || (isnan(one) && isnan(other));
}

static uint32_t number_of(const struct names *names, const char *name)
{
    return name ? names_find(names, name, strlen(name)) : CERTIFICATE_NONE;
}

/* What is left over at a node, over its largest current. */
static double residual_at(const struct circuit *whole, const double *i, uint32_t node)
{
    struct balance balance = {0};
    double floor;
    for (uint32_t e = 0; e < whole->elements.count; e++) {
        const struct element *element = &whole->element[e];
        if (element->a != element->k && (element->a == node || element->k == node))
            balance_add(&balance, element->a == node ? i[e] : -i[e]);
    }
    return balance_relative(&balance, &floor);
}

/* Where two are as bad, but for rounding, either may be named. */
static void check_names(const struct prover *prover, const struct circuit *whole, const struct grid_certificate *grid,
                        const struct certificate *one, const double *i)
{
    uint32_t law = number_of(&whole->elements, grid->law_element), node = number_of(&whole->nodes, grid->kcl_node);
    uint32_t loop = number_of(&whole->elements, grid->loop_element);
    EXPECT(prover->deal == IN_TURN ? (law == CERTIFICATE_NONE) == (one->law_element == CERTIFICATE_NONE)
                                         : law == one->law_element,
           "law at %s", grid->law_element);
    EXPECT((loop == CERTIFICATE_NONE) == (one->loop_element == CERTIFICATE_NONE), "loop at %s",
           grid->loop_element);
    if (one->kcl_relative > one->tolerance && residual_at(whole, i, one->kcl_node) > one->tolerance)
        EXPECT(near(residual_at(whole, i, node), one->kcl_relative, 1e-15), "kcl at %s", grid->kcl_node);
    else if (one->kcl_relative > one->tolerance)
        EXPECT(node < whole->nodes.count, "kcl of a group at %s", grid->kcl_node);
}

/* Figures and names are those of one process. i [elements] A. */
static void compare_figures(const struct prover *prover, const struct circuit *whole, const double *i,
                            const struct grid_certificate *grid, const struct certificate *one)
{
    const struct certificate *all = &grid->figures;
    EXPECT(all->proved == one->proved, "proved: %d for %d", all->proved, one->proved);
    EXPECT(near(all->kcl, one->kcl, 1e-3 * one->kcl_floor), "kcl %g for %g A", all->kcl, one->kcl);
    EXPECT(near(all->kcl_relative, one->kcl_relative, 1e-15), "kcl %g for %g", all->kcl_relative,
           one->kcl_relative);
    EXPECT(near(all->kcl_floor, one->kcl_floor, 0), "kcl_floor %g for %g", all->kcl_floor, one->kcl_floor);
    EXPECT(near(all->law, one->law, 0), "law %g for %g V", all->law, one->law);
    EXPECT(near(all->law_relative, one->law_relative, 0), "law %g for %g", all->law_relative,
           one->law_relative);
    EXPECT(near(all->loop, one->loop, 1e-25), "loop %g for %g V", all->loop, one->loop);
    EXPECT(near(all->loop_relative, one->loop_relative, 1e-15), "loop %g for %g", all->loop_relative,
           one->loop_relative);
    EXPECT(near(all->mismatch, one->mismatch, 1e-25), "mismatch %g for %g V", all->mismatch, one->mismatch);
    EXPECT(near(all->complementarity, one->complementarity, 0), "complementarity %g for %g W",
           all->complementarity, one->complementarity);
    EXPECT(near(all->power_relative, one->power_relative, 1e-15), "power %g for %g", all->power_relative,
           one->power_relative);
    EXPECT(all->tolerance == one->tolerance && !grid->too_many_loops, "tolerance");
    check_names(prover, whole, grid, one, i);
}

static bool prove_shared(void *context, const struct circuit *circuit, const struct fine *point,
                         const struct certificate *one)
{
    struct prover *prover = context;
    struct dealt part = deal_out(circuit, prover->deal, &check_ranks);
    struct share share = {.ranks = check_ranks, .circuit = &part.circuit};
    double *hi = dealt_values(point->hi, part.node, part.circuit.nodes.count);
    double *lo = dealt_values(point->lo, part.node, part.circuit.nodes.count);
    double *i = dealt_values(point->i, part.element, part.circuit.elements.count);
    struct grid_certificate certificate;
    EXPECT(share_number(&share) && grid_prove(&certificate, &share, hi, lo, i, one->tolerance), "memory");
    compare_figures(prover, circuit, point->i, &certificate, one);
    bool proved = certificate.figures.proved;
    grid_certificate_free(&certificate);
    share_free(&share);
    dealt_free(&part);
    free(hi);
    free(lo);
    free(i);
    return proved;
}

/* Right answers are proved, mutations of them refused, whatever the ranks have of the circuit. */
static void check_mutants(int recipe, int circuits)
{
    for (int deal = 0; deal < DEALS; deal++) {
        struct tally tally = {0};
        struct prover prover = {.deal = deal};
        for (int seed = 0; seed < circuits; seed++)
            mutants_judge_by(recipe, seed % 2 ? 0 : 1e-12, (uint64_t)(seed * 1009 + recipe * 31), prove_shared, &prover,
                             &tally);
        int wrong = 0, accepted = 0;
        for (int m = 0; m < MUTATIONS; m++) {
            wrong += tally.wrong[m];
            accepted += tally.accepted_quick[m];
        }
        EXPECT(tally.right > 0 && tally.right_quick == tally.right, "%s: %d of %d right answers refused",
               mutant_recipes[recipe], tally.right - tally.right_quick, tally.right);
        EXPECT(wrong > 0 && accepted == 0, "%s: %d of %d wrong answers accepted", mutant_recipes[recipe],
               accepted, wrong);
        if (check_ranks.rank == 0)
            printf("%s, %s: %d right answers proved, %d wrong ones refused\n", mutant_recipes[recipe],
                   deal == IN_TURN ? "elements in turn" : "runs of elements", tally.right, wrong);
    }
}

/* ---- circuits of their own --------------------------------------------------------------------------------------- */

/* Loops of sources that nearly close; more ranks than elements; nothing flows; small resistances in loops. */
static const char *const cards_of[] = {
    "v2 a b 500\nv3 b 0 500.0000009\nv1 a 0 1000\nv4 d c 7\nv5 c 0 5.000000003\nv6 d 0 12\nv7 d 0 12.000000003\n",
    "v1 a 0 1\nr1 a 0 1k\n",
    "i1 0 a 1m\nr1 a 0 1k\nr2 a b 1\nr3 b b 1\nc1 b 0 1u\n",
    "v1 a 0 1\nr1 a b 1\nr2 b c 2\nr3 c d 1\nr4 d a 3\nr5 b d 1\nv2 c 0 1\n",
    "v1 a 0 5\nr1 a b 1e-12\nr2 b c 2e-12\nr3 a c 3e-12\nr4 c 0 4.7k\nr5 a 0 1k\n",
    "v1 a 0 5\nr1 a b 0\nr2 a b 0\nr3 b c 0\nr4 c a 0\nr5 c 0 1k\n",
};
enum { CARDS = sizeof cards_of / sizeof *cards_of, SMALL_LOOP = 4 };

static struct fine solved(struct circuit *circuit, struct diagnostics *diagnostics)
{
    struct engine engine;
    struct fine point = fine_new(circuit);
    ck_assert(engine_init(&engine, circuit, &newton, true));
    ck_assert_int_eq(engine_solve(&engine, diagnostics), ENGINE_OK);
    memcpy(point.hi, engine.op.voltage, circuit->nodes.count * sizeof *point.hi);
    memcpy(point.lo, engine.op.low, circuit->nodes.count * sizeof *point.lo);
    memcpy(point.i, engine.op.current, circuit->elements.count * sizeof *point.i);
    engine_free(&engine);
    return point;
}

static bool judge_both(struct prover *prover, const struct circuit *circuit, const struct fine *point)
{
    struct certificate one;
    ck_assert(certificate_compute(&one, &(struct claim){circuit, point->hi, point->lo, point->i}, 1e-9));
    bool proved = prove_shared(prover, circuit, point, &one);
    ck_assert(proved == one.proved);
    return proved;
}

/* A current round a loop of small resistances, which no node notices. */
static void check_round(struct prover *prover, struct lowered *lowered, struct fine *point)
{
    double more = 1e-6 * point->i[lowered_element(lowered, "r1")];
    point->i[lowered_element(lowered, "r1")] += more;
    point->i[lowered_element(lowered, "r2")] += more;
    point->i[lowered_element(lowered, "r3")] -= more;
    ck_assert(!judge_both(prover, &lowered->circuit, point));
}

/* ---- what must be refused ---------------------------------------------------------------------------------------- */

/* A rank's part of a circuit, and of a point of it. */
struct rank_point {
    struct dealt part;
    struct share share;
    double *hi, *lo, *i;
};

static struct rank_point rank_point_new(const struct circuit *circuit,
                                        const struct fine *point)
{
    struct rank_point rank = {.part = deal_out(circuit, IN_TURN, &check_ranks), .share.ranks = check_ranks};
    rank.hi = dealt_values(point->hi, rank.part.node, rank.part.circuit.nodes.count);
    rank.lo = dealt_values(point->lo, rank.part.node, rank.part.circuit.nodes.count);
    rank.i = dealt_values(point->i, rank.part.element, rank.part.circuit.elements.count);
    return rank;
}

static void rank_point_free(struct rank_point *rank)
{
    share_free(&rank->share);
    dealt_free(&rank->part);
    free(rank->hi);
    free(rank->lo);
    free(rank->i);
}

/* Potentials of copies that are not those of the owner, though all else is as it was; and no numbers. */
static void check_copied_potentials(struct rank_point *rank)
{
    struct grid_certificate certificate;
    const struct halo *halo = &rank->share.halo;
    uint32_t own = CERTIFICATE_NONE, node = rank->part.circuit.nodes.count - 1;
    rank->share.circuit = &rank->part.circuit;
    EXPECT(share_number(&rank->share), "memory");
    for (int r = check_ranks.count; r-- > 0;)
        own = halo->copies[r] > 0 ? halo->copy[0] : own;
    double before = node > 0 ? rank->lo[node] : 0;
    if (own != CERTIFICATE_NONE) {
        double low = rank->lo[own];
        rank->lo[own] = low == 0 ? 1e-40 : low * (1 + 1e-15);
        EXPECT(grid_prove(&certificate, &rank->share, rank->hi, rank->lo, rank->i, 1e-9), "memory");
        rank->lo[own] = low;
    } else {
        EXPECT(grid_prove(&certificate, &rank->share, rank->hi, rank->lo, rank->i, 1e-9), "memory");
    }
    bool copied = ranks_any(own != CERTIFICATE_NONE);
    EXPECT(certificate.figures.proved == !copied, "copies");
    EXPECT(!copied || (isinf(certificate.figures.kcl_relative) && certificate.kcl_node), "copies");
    grid_certificate_free(&certificate);
    if (check_ranks.rank == 0)
        rank->lo[node] = NAN;
    EXPECT(grid_prove(&certificate, &rank->share, rank->hi, rank->lo, rank->i, 1e-9), "memory");
    EXPECT(!certificate.figures.proved, "a potential that is no number");
    rank->lo[node] = before;
    grid_certificate_free(&certificate);
    share_free(&rank->share);
}

/* Memory that is out on one rank is out for all, wherever it happens. */
static void check_memory(struct rank_point *rank, int which)
{
    for (long n = 0, failed = 1; failed; n++) {
        struct grid_certificate certificate = {0};
        rank->share = (struct share){.ranks = check_ranks, .circuit = &rank->part.circuit};
        if (check_ranks.rank == which)
            fail_alloc_after(n);
        bool done = share_number(&rank->share) &&
                    grid_prove(&certificate, &rank->share, rank->hi, rank->lo, rank->i, 1e-9);
        failed = check_ranks.rank == which ? fail_alloc_off() : 0;
        failed = ranks_any(failed);
        EXPECT(done == !failed && certificate.figures.proved == done, "allocation %ld of rank %d", n, which);
        grid_certificate_free(&certificate);
        share_free(&rank->share);
    }
}

/* So many pairs of shorts from ground to a node each. */
static struct circuit pairs_of_shorts(uint32_t pairs)
{
    struct circuit circuit = {.element = array_new(2 * (size_t)pairs, sizeof *circuit.element)};
    char name[32];
    names_add(&circuit.nodes, "0", 1, NULL);
    for (uint32_t q = 0; q < 2 * pairs; q++) {
        names_add(&circuit.elements, name, (size_t)snprintf(name, sizeof name, "r%u", q), NULL);
        uint32_t node = names_add(&circuit.nodes, name, (size_t)snprintf(name, sizeof name, "%u", 1 + q / 2), NULL);
        circuit.element[q] = (struct element){.kind = ELEMENT_SHORT, .a = node};
    }
    return circuit;
}

static bool is_too_much(uint32_t pairs)
{
    struct circuit circuit = pairs_of_shorts(pairs);
    struct fine point = fine_new(&circuit);
    struct rank_point rank = rank_point_new(&circuit, &point);
    struct grid_certificate certificate;
    rank.share.circuit = &rank.part.circuit;
    EXPECT(share_number(&rank.share) &&
           grid_prove(&certificate, &rank.share, rank.hi, rank.lo, rank.i, 1e-9), "memory");
    bool too_many = certificate.too_many_loops;
    char text[GRID_CERTIFICATE_TEXT];
    grid_certificate_tell(&certificate, text, sizeof text);
    EXPECT(certificate.figures.proved == !too_many, "%u pairs", pairs);
    EXPECT(!too_many || strcmp(text, "not proved: too many sources and small drops form loops") == 0, "%s", text);
    grid_certificate_free(&certificate);
    rank_point_free(&rank);
    fine_free(&point);
    circuit_free(&circuit);
    return too_many;
}

/* ---- the suite --------------------------------------------------------------------------------------------------- */

START_TEST(answers)
{
    for (int deal = 0; deal < DEALS; deal++) {
        struct prover prover = {.deal = deal};
        struct lowered lowered = lowered_circuit(cards_of[_i]);
        struct fine point = solved(&lowered.circuit, &lowered.diagnostics);
        ck_assert(judge_both(&prover, &lowered.circuit, &point));
        if (_i == SMALL_LOOP)
            check_round(&prover, &lowered, &point);
        fine_free(&point);
        lowered_free(&lowered);
    }
}
END_TEST

START_TEST(no_answers)
{
    struct lowered lowered = lowered_circuit(cards_of[_i]);
    struct fine point = solved(&lowered.circuit, &lowered.diagnostics);
    struct rank_point rank = rank_point_new(&lowered.circuit, &point);
    check_copied_potentials(&rank);
    for (int which = 0; which < check_ranks.count; which++)
        check_memory(&rank, which);
    rank_point_free(&rank);
    fine_free(&point);
    lowered_free(&lowered);
}
END_TEST

START_TEST(too_many_loops)
{
    ck_assert(!is_too_much(30000));
    ck_assert(is_too_much(70000));
}
END_TEST

START_TEST(mutants)
{
    bool has_many = _i == MUTANT_RECIPES - 1; /* branches, each of which is mutated */
    check_mutants(_i, has_many ? (check_circuits + 1) / 2 : check_circuits);
}
END_TEST

Suite *grid_proof_suite(void)
{
    Suite *suite = suite_create("grid_proof");
    TCase *tcase = tcase_create("grid_proof");
    tcase_add_loop_test(tcase, answers, 0, CARDS);
    tcase_add_loop_test(tcase, no_answers, 0, CARDS);
    tcase_add_test(tcase, too_many_loops);
    tcase_add_loop_test(tcase, mutants, 0, MUTANT_RECIPES);
    suite_add_tcase(suite, tcase);
    return suite;
}
