#include "proof/current_tree.h"

#include "util/disjoint.h"
#include "util/kernel.h"
#include <math.h>
#include <string.h>

enum { EXPONENTS = 2048, PER_STAGE = 3 }; /* binary exponents of doubles; a stage is a decade, nearly */

static const uint32_t no_stage = UINT32_MAX;

size_t current_tree_room(const struct circuit *circuit)
{
    return (6 * (size_t)circuit->nodes.count + 1 + circuit->elements.count) * sizeof(uint32_t);
}

void current_tree_place(struct current_tree *tree, void *room, const struct circuit *circuit)
{
    uint32_t nodes = circuit->nodes.count;
    tree->branch = room;
    tree->branch_end = tree->branch + nodes;
    tree->node = tree->branch_end + nodes;
    tree->node_end = tree->node + nodes;
    tree->set = tree->node_end + nodes + 1;
    tree->stage = tree->set + nodes;
    tree->order = tree->stage + nodes;
}

static uint32_t exponent(double i)
{
    uint64_t bits;
    memcpy(&bits, &i, sizeof bits);
    return (uint32_t)(bits >> 52) & (EXPONENTS - 1);
}

/* The elements with a current by its binary exponent, largest first. Returns their number. */
static uint32_t sort_currents(struct current_tree *tree, const struct circuit *circuit, const double *i)
{
    uint32_t fill[EXPONENTS + 1] = {0}, at = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (i[e] != 0)
            fill[exponent(i[e])]++;
    for (uint32_t x = EXPONENTS + 1; x-- > 0;) {
        uint32_t count = fill[x];
        fill[x] = at;
        at += count;
    }
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (i[e] != 0)
            tree->order[fill[exponent(i[e])]++] = e;
    return at;
}

/* Kruskal's tree, and the ends of its stages. */
static void join(struct current_tree *tree, const struct circuit *circuit, uint32_t count, const double *i)
{
    uint32_t branches = 0, former = no_stage;
    tree->stages = 0;
    disjoint_init(tree->set, circuit->nodes.count);
    for (uint32_t q = 0; q < count; q++) {
        uint32_t e = tree->order[q], now = exponent(i[e]) / PER_STAGE;
        if (!disjoint_join(tree->set, circuit->element[e].a, circuit->element[e].k))
            continue;
        tree->stages += now != former;
        former = now;
        tree->branch[branches++] = e;
        tree->branch_end[tree->stages - 1] = branches;
    }
    if (branches == 0)
        tree->branch_end[0] = 0;
}

/* The stage of each node: the latest on its path from the root. order[e] is the stage of a branch of the tree, from 1
 * on; no_stage of others. */
static void visit(struct current_tree *tree, const struct element_tables *tables, const struct circuit *circuit,
                  uint32_t root, uint32_t *queue)
{
    uint32_t begin = 0, end = 0;
    queue[end++] = root;
    tree->stage[root] = 0;
    while (begin < end) {
        uint32_t v = queue[begin++];
        for (size_t q = tables->start[v]; q < tables->start[v + 1]; q++) {
            uint32_t e = tables->list[q] >> 1, stage = tree->order[e];
            uint32_t w = circuit->element[e].a == v ? circuit->element[e].k : circuit->element[e].a;
            if (stage == no_stage || tree->stage[w] != no_stage)
                continue;
            tree->stage[w] = stage > tree->stage[v] ? stage : tree->stage[v];
            queue[end++] = w;
        }
    }
}

/* Roots are ends of the first branch of each part. */
static void find_stages(struct current_tree *tree, const struct element_tables *tables, const struct circuit *circuit)
{
    uint32_t branch = 0, branches = tree->stages ? tree->branch_end[tree->stages - 1] : 0;
    memset(tree->order, 0xff, circuit->elements.count * sizeof *tree->order);
    memset(tree->stage, 0xff, circuit->nodes.count * sizeof *tree->stage);
    for (uint32_t s = 0; s < tree->stages; s++)
        for (; branch < tree->branch_end[s]; branch++)
            tree->order[tree->branch[branch]] = s + 1;
    for (branch = 0; branch < branches; branch++) {
        uint32_t root = circuit->element[tree->branch[branch]].a;
        if (tree->stage[root] == no_stage)
            visit(tree, tables, circuit, root, tree->set);
    }
}

/* Nodes by stage: first those without current; roots are left out. */
static void sort_nodes(struct current_tree *tree, uint32_t nodes)
{
    uint32_t at = 0;
    for (uint32_t v = 0; v < nodes; v++)
        if (tree->stage[v] == no_stage)
            tree->node[at++] = v;
    memset(tree->node_end, 0, (tree->stages + 1) * sizeof *tree->node_end);
    tree->node_end[0] = at;
    for (uint32_t v = 0; v < nodes; v++)
        if (tree->stage[v] != no_stage && tree->stage[v] > 0 && tree->stage[v] < tree->stages)
            tree->node_end[tree->stage[v] + 1]++; /* those of the stage before begin the next one */
    for (uint32_t s = 1; s <= tree->stages; s++)
        tree->node_end[s] += tree->node_end[s - 1];
    for (uint32_t v = 0; v < nodes; v++)
        if (tree->stage[v] != no_stage && tree->stage[v] > 0)
            tree->node[tree->node_end[tree->stage[v]]++] = v;
}

/* Elements that leave a part of the circuit: as long as they carry nothing its nodes together have nothing left over.
 * Those at nodes without current are judged there. */
static void find_bridges(struct current_tree *tree, const struct circuit *circuit, const double *i)
{
    uint32_t branches = tree->stages ? tree->branch_end[tree->stages - 1] : 0;
    disjoint_init(tree->set, circuit->nodes.count);
    for (uint32_t branch = 0; branch < branches; branch++)
        disjoint_join(tree->set, circuit->element[tree->branch[branch]].a, circuit->element[tree->branch[branch]].k);
    tree->bridges = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        uint32_t a = circuit->element[e].a, k = circuit->element[e].k;
        if (i[e] == 0 && tree->stage[a] != no_stage && tree->stage[k] != no_stage &&
            disjoint_root(tree->set, a) != disjoint_root(tree->set, k))
            tree->order[tree->bridges++] = e;
    }
}

void current_tree_build(struct current_tree *tree, const struct element_tables *tables, const struct circuit *circuit,
                        const double *i)
{
    uint32_t count = sort_currents(tree, circuit, i);
    join(tree, circuit, count, i);
    find_stages(tree, tables, circuit);
    sort_nodes(tree, circuit->nodes.count);
    find_bridges(tree, circuit, i);
    tree->built = true;
    tree->served = false;
}

/* The least |i| of the branches, A. */
KERNEL
static double least_current(uint32_t count, const uint32_t *branch, const double *i)
{
    double least = INFINITY;
    KERNEL_LEAST(least)
    for (uint32_t q = 0; q < count; q++) {
        double size = fabs(i[branch[q]]);
        least = size < least ? size : least;
    }
    return least;
}

KERNEL
static double sum_of(uint32_t count, const uint32_t *place, const double *residual)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (uint32_t q = 0; q < count; q++)
        sum += residual[place[q]];
    return sum;
}

bool current_tree_proves(const struct current_tree *tree, const double *i, const double *residual, double tolerance)
{
    const uint32_t *branch_end = tree->branch_end, *node_end = tree->node_end;
    double left = 0; /* A, of the nodes that the stage and later ones join to a root */
    for (uint32_t q = 0; q < node_end[0]; q++)
        if (residual[tree->node[q]] != 0)
            return false;
    for (uint32_t q = 0; q < tree->bridges; q++)
        if (i[tree->order[q]] != 0)
            return false;
    for (uint32_t s = tree->stages; s-- > 0;) {
        uint32_t begin = s ? branch_end[s - 1] : 0;
        left += sum_of(node_end[s + 1] - node_end[s], tree->node + node_end[s], residual);
        if (!(left <= tolerance * least_current(branch_end[s] - begin, tree->branch + begin, i)))
            return false;
    }
    return true;
}

/* least [OCTET] A: the least |i| of the branches. */
KERNEL
static void find_least_octet(uint32_t count, const uint32_t *branch, const octet *i, double *least)
{
    double of[OCTET];
    for (int l = 0; l < OCTET; l++)
        of[l] = INFINITY;
    for (uint32_t q = 0; q < count; q++) {
        const double *here = (const double *)&i[branch[q]];
        OCTET_EACH
        for (int l = 0; l < OCTET; l++)
            of[l] = fabs(here[l]) < of[l] ? fabs(here[l]) : of[l];
    }
    memcpy(least, of, sizeof of);
}

KERNEL
static void add_octets(uint32_t count, const uint32_t *place, const octet *residual, octet *to)
{
    octet sum = {0};
    for (uint32_t q = 0; q < count; q++)
        sum += residual[place[q]];
    *to += sum;
}

void current_tree_proves_octets(const struct current_tree *tree, const octet *i, const octet *residual,
                                double tolerance, bool *proved)
{
    const uint32_t *branch_end = tree->branch_end, *node_end = tree->node_end;
    double least[OCTET];
    octet left = {0};
    for (int l = 0; l < OCTET; l++)
        proved[l] = true;
    for (uint32_t q = 0; q < node_end[0]; q++)
        for (int l = 0; l < OCTET; l++)
            proved[l] &= residual[tree->node[q]][l] == 0;
    for (uint32_t q = 0; q < tree->bridges; q++)
        for (int l = 0; l < OCTET; l++)
            proved[l] &= i[tree->order[q]][l] == 0;
    for (uint32_t s = tree->stages; s-- > 0;) {
        uint32_t begin = s ? branch_end[s - 1] : 0;
        add_octets(node_end[s + 1] - node_end[s], tree->node + node_end[s], residual, &left);
        find_least_octet(branch_end[s] - begin, tree->branch + begin, i, least);
        for (int l = 0; l < OCTET; l++)
            proved[l] &= left[l] <= tolerance * least[l];
    }
}

/* ---- without a tree ---------------------------------------------------------------------------------------------- */

/* Join a node's set to those that its branches of at least so many amperes lead to: of all, or of the first ones. */
static void join_strong(uint32_t *set, const struct element_tables *tables, const struct circuit *circuit,
                        const double *i, uint32_t v, size_t most, double least)
{
    size_t begin = tables->start[v], end = tables->start[v + 1];
    for (size_t q = begin; q < (end - begin > most ? begin + most : end); q++) {
        uint32_t e = tables->list[q] >> 1;
        if (fabs(i[e]) >= least && i[e] != 0)
            disjoint_join(set, circuit->element[e].a, circuit->element[e].k);
    }
}

/* A node of the part with most that is left over. weight [nodes] work. */
static uint32_t find_main_part(uint32_t *set, uint32_t nodes, const double *residual, double *weight)
{
    uint32_t most = 0;
    memset(weight, 0, nodes * sizeof *weight);
    for (uint32_t v = 0; v < nodes; v++)
        weight[disjoint_root(set, v)] += residual[v];
    for (uint32_t v = 1; v < nodes; v++)
        most = weight[v] > weight[most] ? v : most;
    return most;
}

/* Keep of the nodes those outside the part of one, and sum up what is left over there, A. */
static double leave_outside(struct current_tree *tree, uint32_t *count, const double *residual, uint32_t one)
{
    uint32_t root = disjoint_root(tree->set, one), kept = 0;
    double left = 0;
    for (uint32_t q = 0; q < *count; q++) {
        uint32_t v = tree->stage[q];
        if (disjoint_root(tree->set, v) == root)
            continue;
        tree->stage[kept++] = v;
        left += residual[v];
    }
    *count = kept;
    return left;
}

bool current_tree_spares(struct current_tree *tree, const struct element_tables *tables, const struct circuit *circuit,
                         const double *i, const double *residual, double tolerance, double *weight)
{
    enum { ROUNDS = 8, FIRST = 4 }; /* where nodes have many branches, few of each join nearly all of them */
    uint32_t count = circuit->nodes.count;
    double left = 0, before = INFINITY;
    disjoint_init(tree->set, count);
    disjoint_init(tree->stage, count); /* all nodes */
    for (uint32_t v = 0; v < count; v++)
        left += residual[v];
    for (uint32_t v = 0; v < count; v++)
        join_strong(tree->set, tables, circuit, i, v, FIRST, left / tolerance);
    uint32_t one = find_main_part(tree->set, count, residual, weight);
    left = leave_outside(tree, &count, residual, one);
    for (int round = 0; round < ROUNDS && left > 0 && left < before; round++) {
        before = left;
        for (uint32_t q = 0; q < count; q++)
            join_strong(tree->set, tables, circuit, i, tree->stage[q], SIZE_MAX, left / tolerance);
        left = leave_outside(tree, &count, residual, one);
    }
    return left == 0;
}
