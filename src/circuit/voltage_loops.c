#include "circuit/voltage_loops.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool voltage_loops_new(struct voltage_loops *loops, uint32_t nodes, uint32_t branches)
{
    struct array_request request[] = {
        {&loops->node, nodes, sizeof *loops->node},
        {&loops->branch, branches, sizeof *loops->branch},
    };
    loops->nodes = nodes;
    loops->branches = branches;
    loops->block = arrays_new(request, sizeof request / sizeof *request);
    return loops->block;
}

void voltage_loops_free(struct voltage_loops *loops)
{
    free(loops->block);
    *loops = (struct voltage_loops){0};
}

static int by_voltage(const void *p, const void *q)
{
    double one = fabs(((const struct loop_branch *)p)->volts), other = fabs(((const struct loop_branch *)q)->volts);
    return (one > other) - (one < other);
}

/* The root of a node's set; *above: the node's rise above it, V. */
static uint32_t root_of(struct loop_node *node, uint32_t v, struct dd *above)
{
    *above = (struct dd){0, 0};
    while (node[v].set != v) {
        uint32_t up = node[v].set;
        if (node[up].set != up) { /* path halving */
            node[v].rise = dd_add(node[v].rise, node[up].rise);
            node[v].set = node[up].set;
        }
        *above = dd_add(*above, node[v].rise);
        v = node[v].set;
    }
    return v;
}

static void add_to_tree(struct loop_node *node, uint32_t q)
{
    node->branches++;
    node->branch ^= q;
}

/* Branch q joins two trees, or closes a loop. */
static void join_nodes(struct voltage_loops *loops, uint32_t q)
{
    struct loop_branch *branch = &loops->branch[q];
    struct loop_node *node = loops->node;
    struct dd above_a, above_k;
    uint32_t a = root_of(node, branch->a, &above_a), k = root_of(node, branch->k, &above_k);
    struct dd rest = dd_sub_double(dd_sub(above_a, above_k), branch->volts); /* of k's root above a's */
    if (a == k) {
        double left = dd_value(rest);
        bool agrees = fabs(left) <= voltage_loops_tolerance * fabs(branch->volts);
        branch->state = agrees ? LOOP_AGREES : LOOP_DIFFERS;
        branch->volts = -left;
        loops->loops++;
        loops->agree &= agrees;
        loops->left = agrees ? fmax(loops->left, fabs(left)) : loops->left;
        return;
    }
    node[k].set = a;
    node[k].rise = rest;
    add_to_tree(&node[branch->a], q);
    add_to_tree(&node[branch->k], q);
}

/* Leaves go first, and keep the branch that leads up. */
static void root_trees(struct voltage_loops *loops)
{
    struct loop_node *node = loops->node;
    uint32_t gone = 0;
    for (uint32_t start = 0; start < loops->nodes; start++)
        for (uint32_t v = start; node[v].branches == 1;) {
            uint32_t q = node[v].branch;
            node[v].gone = gone++;
            node[v].branches = 0;
            v = loops->branch[q].a == v ? loops->branch[q].k : loops->branch[q].a;
            node[v].branches--;
            node[v].branch ^= q;
        }
}

static void forget(struct voltage_loops *loops)
{
    memset(loops->node, 0, loops->nodes * sizeof *loops->node);
    for (uint32_t v = 0; v < loops->nodes; v++) {
        loops->node[v].set = v;
        loops->node[v].gone = UINT32_MAX;
    }
    loops->loops = 0;
    loops->left = 0;
    loops->agree = true;
}

static bool has_loops(struct voltage_loops *loops)
{
    struct dd above;
    for (uint32_t q = 0; q < loops->branches; q++) {
        uint32_t a = root_of(loops->node, loops->branch[q].a, &above);
        uint32_t k = root_of(loops->node, loops->branch[q].k, &above);
        if (a == k)
            return true;
        loops->node[k].set = a;
    }
    return false;
}

void voltage_loops_find(struct voltage_loops *loops)
{
    for (uint32_t q = 0; q < loops->branches; q++)
        loops->branch[q].state = LOOP_NONE;
    forget(loops);
    if (!has_loops(loops))
        return;
    forget(loops);
    qsort(loops->branch, loops->branches, sizeof *loops->branch, by_voltage);
    for (uint32_t q = 0; q < loops->branches; q++)
        join_nodes(loops, q);
    root_trees(loops);
}

static uint32_t above(const struct voltage_loops *loops, uint32_t v)
{
    const struct loop_branch *up = &loops->branch[loops->node[v].branch];
    return up->a == v ? up->k : up->a;
}

uint32_t voltage_loops_path(const struct voltage_loops *loops, uint32_t q, uint32_t *path)
{
    const struct loop_node *node = loops->node;
    uint32_t length = 0;
    for (uint32_t a = loops->branch[q].a, k = loops->branch[q].k; a != k;) {
        uint32_t *end = node[a].gone < node[k].gone ? &a : &k;
        path[length++] = node[*end].branch;
        *end = above(loops, *end);
    }
    return length;
}

/* A block is known by the node below one of its branches in the forest. */
static uint32_t block_of(struct loop_node *node, const struct loop_branch *branch)
{
    uint32_t v = node[branch->a].gone < node[branch->k].gone ? branch->a : branch->k;
    while (node[v].set != v)
        v = node[v].set = node[node[v].set].set;
    return v;
}

/* All branches of a loop are of one block. Those that are already are passed at once, up to the top of their block. */
static void join_blocks(const struct voltage_loops *loops, const struct loop_branch *branch)
{
    struct loop_node *node = loops->node;
    uint32_t block = block_of(node, branch);
    for (uint32_t a = branch->a, k = branch->k; a != k;) {
        uint32_t *end = node[a].gone < node[k].gone ? &a : &k;
        uint32_t other = block_of(node, &loops->branch[node[*end].branch]);
        *end = node[other].top;
        if (other == block)
            continue;
        node[other].set = block;
        if (node[node[other].top].gone > node[node[block].top].gone)
            node[block].top = node[other].top;
    }
}

void voltage_loops_join(struct voltage_loops *loops)
{
    struct loop_node *node = loops->node;
    for (uint32_t v = 0; v < loops->nodes; v++) {
        node[v].set = v;
        node[v].top = node[v].gone == UINT32_MAX ? v : above(loops, v);
    }
    for (uint32_t q = 0; q < loops->branches; q++)
        if (loops->branch[q].state != LOOP_NONE)
            join_blocks(loops, &loops->branch[q]);
    for (uint32_t q = 0; q < loops->branches; q++)
        if (loops->branch[q].state == LOOP_AGREES)
            node[block_of(node, &loops->branch[q])].left += fabs(loops->branch[q].volts);
}

double voltage_loops_left(const struct voltage_loops *loops, uint32_t q)
{
    return loops->node[block_of(loops->node, &loops->branch[q])].left;
}
