/* What ranks share, and the proof of it: run by mpirun (grid.sh), all ranks do the same. Each has the whole circuit, to
 * judge by, and deals its elements out: one each in turn, or a run of the netlist each. */
#include "fail_alloc.h"
#include "grid/parts.h"
#include "grid/proof.h"
#include "mutants.h"
#include "networks.h"
#include "proof/balance.h"
#include "util/array.h"
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum deal { IN_TURN, IN_RUNS, DEALS };

#define EXPECT(rank, condition, ...)                                         \
    do {                                                                     \
        if (!(condition)) {                                                  \
            fprintf(stderr, "rank %d, line %d: ", rank, __LINE__);           \
            fprintf(stderr, __VA_ARGS__);                                    \
            fputc('\n', stderr);                                             \
            ranks_end(1);                                                    \
        }                                                                    \
    } while (0)

/* ---- a rank's part of a circuit ---------------------------------------------------------------------------------- */

struct dealt {
    struct circuit circuit;
    uint32_t *node, *element; /* of the whole circuit */
};

static int dealt_to(const struct circuit *whole, uint32_t e, enum deal deal, int ranks)
{
    e -= whole->element[e].branch;
    return deal == IN_TURN ? (int)(e % (uint32_t)ranks)
                           : (int)((uint64_t)e * (uint64_t)ranks / whole->elements.count);
}

static uint32_t add_node(struct dealt *part, const struct circuit *whole, uint32_t node)
{
    bool is_new;
    const char *name = whole->nodes.text[node];
    uint32_t number = names_add(&part->circuit.nodes, name, strlen(name), &is_new);
    part->node[number] = node;
    return number;
}

static struct dealt deal_out(const struct circuit *whole, enum deal deal, const struct ranks *ranks)
{
    struct dealt part = {.node = array_new(whole->nodes.count, sizeof *part.node),
                        .element = array_new(whole->elements.count, sizeof *part.element)};
    part.circuit.element = array_new(whole->elements.count, sizeof *part.circuit.element);
    part.circuit.law = whole->law;
    part.circuit.n_laws = whole->n_laws;
    add_node(&part, whole, GROUND);
    for (uint32_t e = 0; e < whole->elements.count; e++) {
        if (dealt_to(whole, e, deal, ranks->count) != ranks->rank)
            continue;
        const char *name = whole->elements.text[e];
        uint32_t number = names_add(&part.circuit.elements, name, strlen(name), NULL);
        struct element *element = &part.circuit.element[number];
        part.element[number] = e;
        *element = whole->element[e];
        element->a = add_node(&part, whole, element->a);
        element->k = add_node(&part, whole, element->k);
    }
    return part;
}

static void dealt_free(struct dealt *part)
{
    part->circuit.law = NULL;
    circuit_free(&part->circuit);
    free(part->node);
    free(part->element);
}

/* x of the whole circuit, for those in the list. */
static double *pick(const double *x, const uint32_t *list, uint32_t count)
{
    double *picked = array_new(count, sizeof *picked);
    for (uint32_t q = 0; q < count; q++)
        picked[q] = x[list[q]];
    return picked;
}

/* ---- numbers of nodes, copies ------------------------------------------------------------------------------------ */

static void check_numbers(const struct circuit *whole, const struct dealt *part, const struct share *share,
                          enum deal deal)
{
    struct pair {
        int64_t number, node;
    } *own = array_new(part->circuit.nodes.count, sizeof *own), *all = NULL;
    int rank = share->ranks.rank;
    int64_t total;
    EXPECT(rank, share->number[GROUND] == GROUND_NUMBER, "ground");
    for (int64_t q = 0; q < share->owned; q++) {
        EXPECT(rank, share->number[share->own[q]] == share->first + q, "number %lld", (long long)q);
        own[q] = (struct pair){share->first + q, part->node[share->own[q]]};
    }
    EXPECT(rank, ranks_gather(&share->ranks, own, share->owned, sizeof *own, &all, &total, NULL), "gather");
    EXPECT(rank, total == share->total, "%lld nodes of %lld", (long long)total, (long long)share->total);
    for (int64_t q = 0; q < total; q++) { /* each node once; in the netlist's order where it is dealt out so */
        EXPECT(rank, all[q].number == q, "number %lld", (long long)q);
        EXPECT(rank, deal == IN_TURN || all[q].node == q + 1, "node %lld", (long long)all[q].node);
        for (uint32_t node = 1; node < part->circuit.nodes.count; node++)
            EXPECT(rank, (part->node[node] == all[q].node) == (share->number[node] == q), "node %u", node);
    }
    EXPECT(rank, total + 1 == whole->nodes.count, "nodes of all ranks");
    free(own);
    free(all);
}

/* How many ranks have each node. */
static void count_ranks(const struct circuit *whole, enum deal deal, int ranks, double *count)
{
    for (int rank = 0; rank < ranks; rank++) {
        struct dealt part = deal_out(whole, deal, &(struct ranks){rank, ranks});
        for (uint32_t node = 0; node < part.circuit.nodes.count; node++)
            count[part.node[node]]++;
        dealt_free(&part);
    }
}

static void check_copies(const struct circuit *whole, const struct dealt *part, const struct share *share,
                         enum deal deal)
{
    uint32_t nodes = part->circuit.nodes.count;
    int rank = share->ranks.rank;
    double *count = array_new(whole->nodes.count, sizeof *count), *x = array_new(nodes, sizeof *x);
    struct dd *sum = array_new(nodes, sizeof *sum);
    count_ranks(whole, deal, share->ranks.count, count);
    for (uint32_t node = 1; node < nodes; node++) {
        bool own = share_owner(share, share->number[node]) == rank;
        x[node] = own ? (double)share->number[node] : -1;
        sum[node] = dd_from(1);
    }
    EXPECT(rank, halo_spread(&share->halo, x, sizeof *x) && halo_collect(&share->halo, sum), "memory");
    for (uint32_t node = 1; node < nodes; node++) {
        bool own = share_owner(share, share->number[node]) == rank;
        EXPECT(rank, x[node] == (double)share->number[node], "copy of node %u", part->node[node]);
        EXPECT(rank, sum[node].hi == (own ? count[part->node[node]] : 1), "sum of node %u", part->node[node]);
        x[node] = own ? -1 : rank;
    }
    EXPECT(rank, halo_collect_greatest(&share->halo, x), "memory");
    for (uint32_t node = 1; node < nodes; node++)
        if (share_owner(share, share->number[node]) == rank)
            EXPECT(rank, (x[node] > rank) == (count[part->node[node]] > 1), "largest of node %u", part->node[node]);
    free(count);
    free(x);
    free(sum);
}

/* ---- parts --------------------------------------------------------------------------------------------------------- */

enum shape { CHAIN, LATTICE, SCATTERED, SHAPES };

/* A circuit of resistors: a chain with its nodes in the order of the cards or shuffled, a lattice, any nodes. */
static struct circuit resistors(enum shape shape, uint32_t side, uint64_t *state)
{
    uint32_t nodes = side * side, elements = shape == LATTICE ? 2 * side * (side - 1) : nodes, e = 0;
    struct circuit circuit = {.element = array_new(elements, sizeof *circuit.element)};
    char name[32];
    names_add(&circuit.nodes, "0", 1, NULL);
    for (uint32_t node = 1; node < nodes; node++)
        names_add(&circuit.nodes, name, (size_t)snprintf(name, sizeof name, "n%u", node), NULL);
    for (; shape != LATTICE && e + 1 < nodes; e++)
        circuit.element[e] = (struct element){
            .a = shape == CHAIN ? e + 1 : (uint32_t)(random_bits(state) % nodes),
            .k = shape == CHAIN ? (e + 2) % nodes : (uint32_t)(random_bits(state) % nodes)};
    for (uint32_t q = 0; shape == LATTICE && q < nodes; q++) {
        if (q % side + 1 < side)
            circuit.element[e++] = (struct element){.a = q, .k = q + 1};
        if (q / side + 1 < side)
            circuit.element[e++] = (struct element){.a = q, .k = q + side};
    }
    for (uint32_t q = 0; q < e; q++) {
        names_add(&circuit.elements, name, (size_t)snprintf(name, sizeof name, "r%u", q), NULL);
        circuit.element[q].kind = ELEMENT_RESISTOR;
        circuit.element[q].value = random_share(state);
    }
    return circuit;
}

/* Are the parts those that one process finds? label [whole nodes]: one number for each part of it. */
static void compare_parts(const struct dealt *part, const struct share *share, const struct parts *parts,
                          uint32_t *set, int64_t *label)
{
    struct pair {
        int64_t label, node;
    } *own = array_new(part->circuit.nodes.count, sizeof *own), *all = NULL;
    int64_t total;
    for (uint32_t node = 0; node < part->circuit.nodes.count; node++)
        own[node] = (struct pair){parts_label(parts, node), part->node[node]};
    EXPECT(share->ranks.rank,
           ranks_gather(&share->ranks, own, part->circuit.nodes.count, sizeof *own, &all, &total, NULL), "memory");
    for (int64_t q = 0; q < total; q++)
        label[disjoint_root(set, (uint32_t)all[q].node)] = all[q].label;
    for (int64_t q = 0; q < total; q++) {
        uint32_t root = disjoint_root(set, (uint32_t)all[q].node);
        EXPECT(share->ranks.rank, label[root] == all[q].label, "part of node %lld", (long long)all[q].node);
        for (int64_t p = 0; total < 200 && p < q; p++)
            EXPECT(share->ranks.rank,
                   (all[p].label == all[q].label) == (disjoint_root(set, (uint32_t)all[p].node) == root),
                   "nodes %lld and %lld", (long long)all[p].node, (long long)all[q].node);
    }
    free(own);
    free(all);
}

static void check_parts(const struct ranks *ranks, enum shape shape, uint32_t side, enum deal deal, uint64_t seed)
{
    uint64_t state = seed;
    struct circuit whole = resistors(shape, side, &state);
    struct dealt part = deal_out(&whole, deal, ranks);
    struct share share = {.ranks = *ranks, .circuit = &part.circuit};
    struct parts parts;
    uint32_t *set = array_new(whole.nodes.count, sizeof *set);
    int64_t *label = array_new(whole.nodes.count, sizeof *label);
    EXPECT(ranks->rank, share_number(&share) && parts_new(&parts, &share), "memory");
    disjoint_init(set, whole.nodes.count);
    parts_begin(&parts);
    for (double most = 0.25; most <= 1; most += 0.25) {
        for (uint32_t e = 0; e < whole.elements.count; e++)
            if (whole.element[e].value <= most)
                disjoint_join(set, whole.element[e].a, whole.element[e].k);
        for (uint32_t e = 0; e < part.circuit.elements.count; e++)
            if (part.circuit.element[e].value <= most)
                parts_join(&parts, part.circuit.element[e].a, part.circuit.element[e].k);
        EXPECT(ranks->rank, parts_settle(&parts), "memory");
        compare_parts(&part, &share, &parts, set, label);
    }
    parts_free(&parts);
    share_free(&share);
    dealt_free(&part);
    circuit_free(&whole);
    free(set);
    free(label);
}

/* ---- the proof ----------------------------------------------------------------------------------------------------- */

struct prover {
    struct ranks ranks;
    enum deal deal;
    long judged;
};

static bool near(double one, double other, double floor)
{
    return one == other || fabs(one - other) <= floor + 1e-9 * fmax(fabs(one), fabs(other)) || (isnan(one) && isnan(other));
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
    int rank = prover->ranks.rank;
    uint32_t law = number_of(&whole->elements, grid->law_element), node = number_of(&whole->nodes, grid->kcl_node);
    uint32_t loop = number_of(&whole->elements, grid->loop_element);
    EXPECT(rank, prover->deal == IN_TURN ? (law == CERTIFICATE_NONE) == (one->law_element == CERTIFICATE_NONE)
                                         : law == one->law_element,
           "law at %s", grid->law_element);
    EXPECT(rank, (loop == CERTIFICATE_NONE) == (one->loop_element == CERTIFICATE_NONE), "loop at %s",
           grid->loop_element);
    if (one->kcl_relative > one->tolerance && residual_at(whole, i, one->kcl_node) > one->tolerance)
        EXPECT(rank, near(residual_at(whole, i, node), one->kcl_relative, 1e-15), "kcl at %s", grid->kcl_node);
    else if (one->kcl_relative > one->tolerance)
        EXPECT(rank, node < whole->nodes.count, "kcl of a group at %s", grid->kcl_node);
}

/* Figures and names are those of one process. i [elements] A. */
static void compare_figures(const struct prover *prover, const struct circuit *whole, const double *i,
                            const struct grid_certificate *grid, const struct certificate *one)
{
    const struct certificate *all = &grid->figures;
    int rank = prover->ranks.rank;
    EXPECT(rank, all->proved == one->proved, "proved: %d for %d", all->proved, one->proved);
    EXPECT(rank, near(all->kcl, one->kcl, 1e-3 * one->kcl_floor), "kcl %g for %g A", all->kcl, one->kcl);
    EXPECT(rank, near(all->kcl_relative, one->kcl_relative, 1e-15), "kcl %g for %g", all->kcl_relative,
           one->kcl_relative);
    EXPECT(rank, near(all->kcl_floor, one->kcl_floor, 0), "kcl_floor %g for %g", all->kcl_floor, one->kcl_floor);
    EXPECT(rank, near(all->law, one->law, 0), "law %g for %g V", all->law, one->law);
    EXPECT(rank, near(all->law_relative, one->law_relative, 0), "law %g for %g", all->law_relative,
           one->law_relative);
    EXPECT(rank, near(all->loop, one->loop, 1e-25), "loop %g for %g V", all->loop, one->loop);
    EXPECT(rank, near(all->loop_relative, one->loop_relative, 1e-15), "loop %g for %g", all->loop_relative,
           one->loop_relative);
    EXPECT(rank, near(all->mismatch, one->mismatch, 1e-25), "mismatch %g for %g V", all->mismatch, one->mismatch);
    EXPECT(rank, near(all->complementarity, one->complementarity, 0), "complementarity %g for %g W",
           all->complementarity, one->complementarity);
    EXPECT(rank, near(all->power_relative, one->power_relative, 1e-15), "power %g for %g", all->power_relative,
           one->power_relative);
    EXPECT(rank, all->tolerance == one->tolerance && !grid->too_many_loops, "tolerance");
    check_names(prover, whole, grid, one, i);
}

static bool prove_shared(void *context, const struct circuit *circuit, const struct fine *point,
                         const struct certificate *one)
{
    struct prover *prover = context;
    struct dealt part = deal_out(circuit, prover->deal, &prover->ranks);
    struct share share = {.ranks = prover->ranks, .circuit = &part.circuit};
    double *hi = pick(point->hi, part.node, part.circuit.nodes.count);
    double *lo = pick(point->lo, part.node, part.circuit.nodes.count);
    double *i = pick(point->i, part.element, part.circuit.elements.count);
    struct grid_certificate certificate;
    EXPECT(prover->ranks.rank,
           share_number(&share) && grid_prove(&certificate, &share, hi, lo, i, one->tolerance), "memory");
    if (prover->judged++ % 16 == 0) {
        check_numbers(circuit, &part, &share, prover->deal);
        check_copies(circuit, &part, &share, prover->deal);
    }
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
static void check_mutants(const struct ranks *ranks, int recipe, int circuits)
{
    for (int deal = 0; deal < DEALS; deal++) {
        struct tally tally = {0};
        struct prover prover = {.ranks = *ranks, .deal = deal};
        for (int seed = 0; seed < circuits; seed++)
            mutants_judge_by(recipe, (uint64_t)(seed * 1009 + recipe * 31), prove_shared, &prover, &tally);
        int wrong = 0, accepted = 0;
        for (int m = 0; m < MUTATIONS; m++) {
            wrong += tally.wrong[m];
            accepted += tally.accepted_quick[m];
        }
        EXPECT(ranks->rank, tally.right > 0 && tally.right_quick == tally.right, "%s: %d of %d right answers refused",
               mutant_recipes[recipe], tally.right - tally.right_quick, tally.right);
        EXPECT(ranks->rank, wrong > 0 && accepted == 0, "%s: %d of %d wrong answers accepted", mutant_recipes[recipe],
               accepted, wrong);
        if (ranks->rank == 0)
            printf("%s, %s: %d right answers proved, %d wrong ones refused\n", mutant_recipes[recipe],
                   deal == IN_TURN ? "elements in turn" : "runs of elements", tally.right, wrong);
    }
}

/* ---- the suite ----------------------------------------------------------------------------------------------------- */

static struct ranks ranks;
static int circuits = 2; /* of a recipe */

START_TEST(parts_of_small_circuits)
{
    for (int deal = 0; deal < DEALS; deal++)
        for (uint64_t seed = 0; seed < 20; seed++)
            check_parts(&ranks, _i, 2 + (uint32_t)seed % 8, deal, seed);
}
END_TEST

START_TEST(parts_of_large_circuits)
{
    for (int deal = 0; deal < DEALS; deal++)
        check_parts(&ranks, _i, 60, deal, 1);
}
END_TEST

START_TEST(mutants)
{
    check_mutants(&ranks, _i, _i == MUTANT_RECIPES - 1 ? (circuits + 1) / 2 : circuits); /* layers have many branches */
}
END_TEST

int main(int argc, char **argv)
{
    if (!ranks_begin(&ranks, &argc, &argv))
        return 1;
    if (argc > 1)
        circuits = atoi(argv[1]);
    Suite *suite = suite_create("grid");
    TCase *tcase = tcase_create("grid");
    tcase_add_loop_test(tcase, parts_of_small_circuits, 0, SHAPES);
    tcase_add_loop_test(tcase, parts_of_large_circuits, 0, SHAPES);
    tcase_add_loop_test(tcase, mutants, 0, MUTANT_RECIPES);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK); /* a process that is a rank has no children that are */
    srunner_run_all(runner, ranks.rank == 0 ? CK_NORMAL : CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (failed > 0)
        ranks_end(1);
    ranks_finish();
    return 0;
}
