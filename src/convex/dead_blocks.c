/* Where no current can flow: blocks of the clusters' graph (two clusters of a block are on a common loop) in which
 * nothing drives a current. A block exchanges no current with others, which it meets in single clusters, so that all
 * voltages in it are 0 when it has no source and meets each cluster at one potential. A branch that is on no loop is a
 * block of its own. What a block leads from a cluster it leads to that, elsewhere: where it meets the cluster at one
 * node only, its currents have no part in those of the cluster's edges.
 * Source: Hopcroft and Tarjan 1973, Algorithm 447, depth-first search for biconnected components. */
#include "convex/region_parts.h"

#include "convex/tree_currents.h"
#include "util/array.h"
#include "util/disjoint.h"
#include <stdlib.h>
#include <string.h>

enum { BRANCH_NONE, BRANCH_PASSIVE, BRANCH_DRIVES, BRANCH_LOOKED_AT = 4 /* or one of these */ };

struct search {
    struct linear_region *region;
    uint32_t *first;        /* [trees + 1] of each tree's nodes in the forest's order */
    uint32_t *seen, *low;   /* [trees] when a cluster was met, from 1 on; the earliest that its subtree leads back to */
    uint32_t *via;          /* [trees] the element by which it was met */
    uint32_t *node;         /* [trees] place in the forest's order where its search is, */
    uint32_t *next;         /* [trees] and in the tables' list of that node */
    uint32_t *path;         /* [trees] from the root to where the search is */
    uint32_t *stack;        /* [elements] of blocks that are not complete */
    uint32_t *level;        /* [nodes] disjoint sets of nodes at one potential, */
    uint32_t *held;         /* [nodes] and of those that edges join */
    uint32_t *met;          /* [nodes] the block that asked last, */
    uint32_t *block, *meets, *at; /* [trees] and of the cluster; the potential and the last node where it meets that */
    unsigned char *kind;    /* [elements] BRANCH_.. */
    uint64_t marks;         /* given so far */
    uint32_t stacked, time, depth, blocks;
    void *arrays;
};

static bool search_new(struct search *search, struct linear_region *region)
{
    size_t nodes = region->tables->nodes, trees = region->forest.trees, elements = region->circuit->elements.count;
    const struct array_request request[] = {
        {&search->first, trees + 1, sizeof *search->first}, {&search->seen, trees, sizeof *search->seen},
        {&search->low, trees, sizeof *search->low},         {&search->via, trees, sizeof *search->via},
        {&search->node, trees, sizeof *search->node},       {&search->next, trees, sizeof *search->next},
        {&search->path, trees, sizeof *search->path},       {&search->stack, elements, sizeof *search->stack},
        {&search->level, nodes, sizeof *search->level},     {&search->held, nodes, sizeof *search->held},
        {&search->block, trees, sizeof *search->block},     {&search->meets, trees, sizeof *search->meets},
        {&search->at, trees, sizeof *search->at},           {&search->kind, elements, sizeof *search->kind},
        {&search->met, nodes, sizeof *search->met},
    };
    search->region = region;
    search->arrays = arrays_new(request, sizeof request / sizeof *request);
    return search->arrays;
}

/* ---- what branches are ------------------------------------------------------------------------------------------- */

/* What a diode is on its segment. */
static int diode_kind(const struct linear_region *region, uint32_t d)
{
    const struct law *law = region_law(region, d);
    double slope;
    if (law->curve)
        return curve_current(law->curve, 0, &slope) == 0 ? BRANCH_PASSIVE : BRANCH_DRIVES;
    if (region_slope(region, d) == 0)
        return BRANCH_NONE;
    return region_holds(law, region->segment[d]) || region_line(region, d, dd_from(0)).hi == 0 ? BRANCH_PASSIVE
                                                                                                   : BRANCH_DRIVES;
}

static void find_kinds(struct search *search)
{
    const struct linear_region *region = search->region;
    const struct element_tables *tables = region->tables;
    for (uint32_t q = 0; q < tables->resistors; q++)
        search->kind[tables->resistor[q]] = BRANCH_PASSIVE;
    for (uint32_t s = 0; s < tables->sources; s++)
        search->kind[tables->source[s]] = region->silent[tables->source[s]] ? BRANCH_NONE : BRANCH_DRIVES;
    for (uint32_t d = 0; d < tables->diodes; d++)
        search->kind[tables->diode[d]] = (unsigned char)diode_kind(region, d);
}

static void find_levels(struct search *search)
{
    const struct linear_region *region = search->region;
    const struct forest *forest = &region->forest;
    disjoint_init(search->level, forest->nodes);
    disjoint_init(search->held, forest->nodes);
    for (uint32_t q = 0; q < region->edges; q++) {
        bool level = region->one_way[q] || region->circuit->element[region->element[q]].kind != ELEMENT_VSOURCE ||
                     region->silent[region->element[q]];
        if (level && region->excitation.voltage[q] == 0)
            disjoint_join(search->level, region->edge[q].a, region->edge[q].k);
        disjoint_join(search->held, region->edge[q].a, region->edge[q].k);
    }
    for (uint32_t q = forest->nodes; q-- > 0;)
        search->first[forest->tree[forest->order[q]]] = q;
    search->first[forest->trees] = forest->nodes;
}

/* ---- the search -------------------------------------------------------------------------------------------------- */

static void meet(struct search *search, uint32_t tree, uint32_t via)
{
    const struct linear_region *region = search->region;
    search->seen[tree] = search->low[tree] = ++search->time;
    search->via[tree] = via;
    search->node[tree] = search->first[tree];
    search->next[tree] = region->tables->start[region->forest.order[search->first[tree]]];
    search->path[search->depth++] = tree;
}

/* The block meets the node's cluster there too: at the potential where it met the cluster before? One that met the node
 * before has asked already. */
static inline bool meets_level(struct search *search, uint32_t node)
{
    if (search->met[node] == search->blocks)
        return true;
    search->met[node] = search->blocks;
    uint32_t tree = search->region->forest.tree[node], level = disjoint_root(search->level, node);
    if (search->block[tree] != search->blocks) {
        search->block[tree] = search->blocks;
        search->meets[tree] = level;
        search->at[tree] = node;
    }
    if (search->at[tree] != node) {
        uint64_t mark = tree_currents_mark(MARK_BLOCK, search->marks++);
        search->region->meets[search->at[tree]] ^= mark;
        search->region->meets[node] ^= mark;
        search->at[tree] = node;
    }
    return search->meets[tree] == level;
}

/* The branches behind the one by which the cluster was met, and that, are a block. */
static void end_block(struct search *search, uint32_t tree)
{
    struct linear_region *region = search->region;
    uint32_t first = search->stacked;
    bool dead = true;
    search->blocks++;
    do {
        const struct element *element = &region->circuit->element[search->stack[--first]];
        bool level_a = meets_level(search, element->a), level_k = meets_level(search, element->k);
        dead = dead && search->kind[search->stack[first]] == (BRANCH_PASSIVE | BRANCH_LOOKED_AT) && level_a && level_k;
    } while (search->stack[first] != search->via[tree]);
    for (uint32_t q = first; dead && q < search->stacked; q++) {
        const struct element *element = &region->circuit->element[search->stack[q]];
        if (disjoint_join(search->held, element->a, element->k))
            region_add_edge(region, search->stack[q], element->a, element->k, false);
    }
    search->stacked = first;
}

/* The next branch of a cluster, as an entry of the tables' list; false: there is none. */
static bool next_branch(struct search *search, uint32_t tree, uint32_t *entry)
{
    const struct element_tables *tables = search->region->tables;
    const uint32_t *order = search->region->forest.order;
    while (search->next[tree] == tables->start[order[search->node[tree]] + 1]) {
        if (++search->node[tree] == search->first[tree + 1])
            return false;
        search->next[tree] = tables->start[order[search->node[tree]]];
    }
    *entry = tables->list[search->next[tree]++];
    return true;
}

/* One step from the end of the path. */
static void step(struct search *search)
{
    uint32_t tree = search->path[search->depth - 1], entry;
    if (search->node[tree] < search->first[tree + 1] && next_branch(search, tree, &entry)) {
        if (search->kind[entry >> 1] == BRANCH_NONE || search->kind[entry >> 1] & BRANCH_LOOKED_AT)
            return; /* from its other end, where the search has come later: there is no more to it */
        search->kind[entry >> 1] |= BRANCH_LOOKED_AT;
        const struct element *element = &search->region->circuit->element[entry >> 1];
        uint32_t other = search->region->forest.tree[entry & 1 ? element->a : element->k];
        if (other == tree)
            return;
        if (search->seen[other] < search->seen[tree])
            search->stack[search->stacked++] = entry >> 1;
        if (search->seen[other] == 0)
            meet(search, other, entry >> 1);
        else if (search->seen[other] < search->low[tree])
            search->low[tree] = search->seen[other];
        return;
    }
    if (--search->depth == 0)
        return;
    uint32_t up = search->path[search->depth - 1];
    if (search->low[tree] < search->low[up])
        search->low[up] = search->low[tree];
    if (search->low[tree] >= search->seen[up])
        end_block(search, tree);
}

bool region_add_dead(struct linear_region *region)
{
    struct search search = {0};
    if (!search_new(&search, region))
        return false;
    memset(region->meets, 0, region->tables->nodes * sizeof *region->meets);
    find_kinds(&search);
    find_levels(&search);
    for (uint32_t root = 0; root < region->forest.trees; root++) {
        if (search.seen[root] > 0)
            continue;
        meet(&search, root, UINT32_MAX);
        while (search.depth > 0)
            step(&search);
    }
    free(search.arrays);
    return true;
}

/* ---- sources of 0 ------------------------------------------------------------------------------------------------ */

bool region_listen(struct linear_region *region)
{
    const struct element_tables *tables = region->tables;
    bool changed = false;
    for (uint32_t q = 0; q < tables->voltage_defined_count + tables->sources; q++) {
        uint32_t e = q < tables->voltage_defined_count ? tables->voltage_defined[q]
                                                       : tables->source[q - tables->voltage_defined_count];
        bool silent = region->circuit->element[e].value == 0;
        changed |= silent != region->silent[e];
        region->silent[e] = silent;
    }
    return changed;
}
