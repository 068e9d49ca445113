/* Numbers of nodes, their copies, parts of circuits. */
#include "dealt.h"
#include "grid/parts.h"
#include "linear/multigrid.h"
#include "lowered.h"
#include "mutants.h"
#include "networks.h"
#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* ---- numbers of nodes, copies ------------------------------------------------------------------------------------ */

static void check_numbers(const struct circuit *whole, const struct dealt *part, const struct share *share,
                          enum deal deal)
{
    struct pair {
        int64_t number, node;
    } *own = array_new(part->circuit.nodes.count, sizeof *own), *all = NULL;
    int64_t total;
    EXPECT(share->number[GROUND] == GROUND_NUMBER, "ground");
    for (int64_t q = 0; q < share->owned; q++) {
        EXPECT(share->number[share->own[q]] == share->first + q, "number %lld", (long long)q);
        own[q] = (struct pair){share->first + q, part->node[share->own[q]]};
    }
    EXPECT(ranks_gather(&share->ranks, own, share->owned, sizeof *own, &all, &total, NULL), "gather");
    EXPECT(total == share->total, "%lld nodes of %lld", (long long)total, (long long)share->total);
    for (int64_t q = 0; q < total; q++) { /* each node once; in the netlist's order where it is dealt out so */
        EXPECT(all[q].number == q, "number %lld", (long long)q);
        EXPECT(deal == IN_TURN || all[q].node == q + 1, "node %lld", (long long)all[q].node);
        for (uint32_t node = 1; node < part->circuit.nodes.count; node++)
            EXPECT((part->node[node] == all[q].node) == (share->number[node] == q), "node %u", node);
    }
    EXPECT(total + 1 == whole->nodes.count, "nodes of all ranks");
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
    double *count = array_new(whole->nodes.count, sizeof *count), *x = array_new(nodes, sizeof *x);
    struct dd *sum = array_new(nodes, sizeof *sum);
    count_ranks(whole, deal, share->ranks.count, count);
    for (uint32_t node = 1; node < nodes; node++) {
        bool own = share_owner(share, share->number[node]) == check_ranks.rank;
        x[node] = own ? (double)share->number[node] : -1;
        sum[node] = dd_from(1);
    }
    EXPECT(halo_spread(&share->halo, x, sizeof *x) && halo_collect(&share->halo, sum), "memory");
    for (uint32_t node = 1; node < nodes; node++) {
        bool own = share_owner(share, share->number[node]) == check_ranks.rank;
        EXPECT(x[node] == (double)share->number[node], "copy of node %u", part->node[node]);
        EXPECT(sum[node].hi == (own ? count[part->node[node]] : 1), "sum of node %u", part->node[node]);
        x[node] = own ? -1 : check_ranks.rank;
    }
    EXPECT(halo_collect_greatest(&share->halo, x), "memory");
    for (uint32_t node = 1; node < nodes; node++)
        if (share_owner(share, share->number[node]) == check_ranks.rank)
            EXPECT((x[node] > check_ranks.rank) == (count[part->node[node]] > 1), "largest of node %u",
                   part->node[node]);
    free(count);
    free(x);
    free(sum);
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

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
    EXPECT(ranks_gather(&share->ranks, own, part->circuit.nodes.count, sizeof *own, &all, &total, NULL), "memory");
    for (int64_t q = 0; q < total; q++)
        label[disjoint_root(set, (uint32_t)all[q].node)] = all[q].label;
    for (int64_t q = 0; q < total; q++) {
        uint32_t root = disjoint_root(set, (uint32_t)all[q].node);
        EXPECT(label[root] == all[q].label, "part of node %lld", (long long)all[q].node);
        for (int64_t p = 0; total < 200 && p < q; p++)
            EXPECT((all[p].label == all[q].label) == (disjoint_root(set, (uint32_t)all[p].node) == root),
                   "nodes %lld and %lld", (long long)all[p].node, (long long)all[q].node);
    }
    free(own);
    free(all);
}

static void check_parts(enum shape shape, uint32_t side, enum deal deal, uint64_t seed)
{
    uint64_t state = seed;
    struct circuit whole = resistors(shape, side, &state);
    struct dealt part = deal_out(&whole, deal, &check_ranks);
    struct share share = {.ranks = check_ranks, .circuit = &part.circuit};
    struct parts parts;
    uint32_t *set = array_new(whole.nodes.count, sizeof *set);
    int64_t *label = array_new(whole.nodes.count, sizeof *label);
    EXPECT(share_number(&share) && parts_new(&parts, &share), "memory");
    disjoint_init(set, whole.nodes.count);
    parts_begin(&parts);
    for (double most = 0.25; most <= 1; most += 0.25) {
        for (uint32_t e = 0; e < whole.elements.count; e++)
            if (whole.element[e].value <= most)
                disjoint_join(set, whole.element[e].a, whole.element[e].k);
        for (uint32_t e = 0; e < part.circuit.elements.count; e++)
            if (part.circuit.element[e].value <= most)
                parts_join(&parts, part.circuit.element[e].a, part.circuit.element[e].k);
        EXPECT(parts_settle(&parts), "memory");
        compare_parts(&part, &share, &parts, set, label);
    }
    parts_free(&parts);
    share_free(&share);
    dealt_free(&part);
    circuit_free(&whole);
    free(set);
    free(label);
}

/* ---- the suite --------------------------------------------------------------------------------------------------- */

START_TEST(numbers_and_copies)
{
    for (int deal = 0; deal < DEALS; deal++)
        for (uint64_t seed = 0; seed < 5; seed++) {
            char *cards = mutant_cards(_i, seed);
            struct lowered lowered = lowered_circuit(cards);
            struct dealt part = deal_out(&lowered.circuit, deal, &check_ranks);
            struct share share = {.ranks = check_ranks, .circuit = &part.circuit};
            EXPECT(share_number(&share), "memory");
            check_numbers(&lowered.circuit, &part, &share, deal);
            check_copies(&lowered.circuit, &part, &share, deal);
            share_free(&share);
            dealt_free(&part);
            lowered_free(&lowered);
            free(cards);
        }
}
END_TEST

START_TEST(parts_of_small_circuits)
{
    for (int deal = 0; deal < DEALS; deal++)
        for (uint64_t seed = 0; seed < 20; seed++)
            check_parts(_i, 2 + (uint32_t)seed % 8, deal, seed);
}
END_TEST

START_TEST(parts_of_large_circuits)
{
    for (int deal = 0; deal < DEALS; deal++)
        check_parts(_i, 60, deal, 1);
}
END_TEST

/* ---- what fails on one rank alone -------------------------------------------------------------------------------- */

enum { ROWS = 4 }; /* of each rank, of a row of resistors of 1 ohm with as much to ground at each node */

static enum iteration_status worst_of_all(enum iteration_status own)
{
    double worst = own;
    ranks_greatest(&worst, 1);
    return (enum iteration_status)worst;
}

static struct multigrid_rows rows_of_line(int32_t *row, int32_t *count, int32_t *column, double *x)
{
    int32_t last = ROWS * check_ranks.count - 1, at = 0;
    for (int32_t q = 0; q < ROWS; q++) {
        row[q] = ROWS * check_ranks.rank + q;
        count[q] = 0;
        for (int32_t k = row[q] - 1; k <= row[q] + 1; k++)
            if (k >= 0 && k <= last) {
                column[at] = k;
                x[at++] = k == row[q] ? 1 + (row[q] > 0) + (row[q] < last) : -1;
                count[q]++;
            }
    }
    return (struct multigrid_rows){ROWS, row, count, column, x};
}

/* Memory that is out, and what hypre refuses, end all ranks' solve with the same status, and none waits for ever. */
START_TEST(one_rank_fails_for_all)
{
    enum { HUGE_ROWS = 5000 };
    int32_t row[ROWS], count[ROWS], column[3 * ROWS], *huge = array_new(HUGE_ROWS, sizeof *huge);
    double x[3 * ROWS], b[ROWS];
    bool is_last = check_ranks.rank == check_ranks.count - 1;
    struct multigrid_rows rows = rows_of_line(row, count, column, x);
    for (int q = 0; q < HUGE_ROWS; q++)
        huge[q] = INT32_MAX;
    struct multigrid *shared = NULL;
    enum iteration_status status =
        multigrid_new_shared(ROWS * check_ranks.rank, is_last ? HUGE_ROWS : ROWS, is_last ? huge : count,
                             worst_of_all, &shared);
    EXPECT(status == ITERATION_NO_MEMORY && !shared, "room for 10^13 entries: %d", status);
    free(huge);
    for (int fails = 1; fails >= 0; fails--) {
        status = multigrid_new_shared(ROWS * check_ranks.rank, ROWS, count, worst_of_all, &shared);
        EXPECT(status == ITERATION_OK && shared, "a line: %d", status);
        rows.rows = fails && is_last ? -1 : ROWS;
        status = multigrid_setup_shared(shared, &rows, true);
        EXPECT(status == (fails ? ITERATION_STALLED : ITERATION_OK), "setup: %d", status);
        for (int q = 0; q < ROWS; q++)
            b[q] = 1; /* all potentials are 1 V */
        EXPECT(fails || multigrid_solve(shared, 1e-12, b, b) == ITERATION_OK, "solve");
        for (int q = 0; q < ROWS; q++)
            EXPECT(fabs(b[q] - 1) < 1e-9, "row %d: %g", q, b[q]);
        multigrid_free(shared);
    }
}
END_TEST

Suite *share_suite(void)
{
    Suite *suite = suite_create("share");
    TCase *tcase = tcase_create("share");
    tcase_add_loop_test(tcase, numbers_and_copies, 0, MUTANT_RECIPES);
    tcase_add_loop_test(tcase, parts_of_small_circuits, 0, SHAPES);
    tcase_add_loop_test(tcase, parts_of_large_circuits, 0, SHAPES);
    tcase_add_test(tcase, one_rank_fails_for_all);
    suite_add_tcase(suite, tcase);
    return suite;
}
