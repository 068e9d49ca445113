/* Where no current can flow: blocks of the clusters' graph in which nothing drives a current. A block exchanges no
 * current with others, which it meets in single clusters, so that all voltages in it are 0 when it has no source and
 * meets each cluster at one potential. What a block leads from a cluster it leads to that, elsewhere: where it meets
 * the cluster at one node only, its currents have no part in those of the cluster's edges. */
#include "convex/network_parts.h"

#include "circuit/graph_blocks.h"
#include "util/array.h"
#include "util/disjoint.h"
#include <stdlib.h>
#include <string.h>

enum branch_kind { BRANCH_NONE, BRANCH_PASSIVE, BRANCH_DRIVES };

struct search {
    struct network *network;
    struct forest_edge *end; /* [elements] the clusters that it joins; where it conducts nothing, ground twice */
    bool *drives;            /* [elements] a current */
    uint32_t *level;         /* [nodes] disjoint sets of nodes at one potential, */
    uint32_t *held;          /* [nodes] and of those that edges join */
    uint32_t *met;           /* [nodes] the block that asked last, from 1 on, */
    uint32_t *block, *meets, *at; /* [trees] and of the cluster; the potential and the last node where it meets that */
    uint64_t marks;          /* given so far */
    void *arrays;
};

static bool search_new(struct search *search, struct network *network)
{
    size_t nodes = network->tables->nodes, trees = network->forest.trees, elements = network->circuit->elements.count;
    const struct array_request request[] = {
        {&search->end, elements, sizeof *search->end},   {&search->drives, elements, sizeof *search->drives},
        {&search->level, nodes, sizeof *search->level},  {&search->held, nodes, sizeof *search->held},
        {&search->met, nodes, sizeof *search->met},      {&search->block, trees, sizeof *search->block},
        {&search->meets, trees, sizeof *search->meets},  {&search->at, trees, sizeof *search->at},
    };
    search->network = network;
    search->arrays = arrays_new(request, sizeof request / sizeof *request);
    return search->arrays;
}

/* ---- what branches are ------------------------------------------------------------------------------------------- */

/* What a diode is on its segment. */
static enum branch_kind diode_kind(const struct network *network, uint32_t d)
{
    const struct law *law = network_law(network, d);
    double slope;
    if (law->curve)
        return curve_current(law->curve, 0, &slope) == 0 ? BRANCH_PASSIVE : BRANCH_DRIVES;
    if (network_slope(network, d) == 0)
        return BRANCH_NONE;
    bool passive = network_holds(law, network->segment[d]) || network_line(network, d, dd_from(0)).hi == 0;
    return passive ? BRANCH_PASSIVE : BRANCH_DRIVES;
}

static void put_branch(struct search *search, uint32_t e, enum branch_kind kind)
{
    const struct element *element = &search->network->circuit->element[e];
    const uint32_t *cluster = search->network->forest.tree;
    if (kind != BRANCH_NONE)
        search->end[e] = (struct forest_edge){cluster[element->a], cluster[element->k]};
    search->drives[e] = kind == BRANCH_DRIVES;
}

static void find_branches(struct search *search)
{
    const struct network *network = search->network;
    const struct element_tables *tables = network->tables;
    for (uint32_t q = 0; q < tables->resistors; q++)
        put_branch(search, tables->resistor[q], BRANCH_PASSIVE);
    for (uint32_t s = 0; s < tables->sources; s++)
        put_branch(search, tables->source[s], network->silent[tables->source[s]] ? BRANCH_NONE : BRANCH_DRIVES);
    for (uint32_t d = 0; d < tables->diodes; d++)
        put_branch(search, tables->diode[d], diode_kind(network, d));
}

static void find_levels(struct search *search)
{
    const struct network *network = search->network;
    disjoint_init(search->level, network->forest.nodes);
    disjoint_init(search->held, network->forest.nodes);
    for (uint32_t q = 0; q < network->edges; q++) {
        bool level = network->one_way[q] || network->circuit->element[network->element[q]].kind != ELEMENT_VSOURCE ||
                     network->silent[network->element[q]];
        if (level && network->excitation.voltage[q] == 0)
            disjoint_join(search->level, network->edge[q].a, network->edge[q].k);
        disjoint_join(search->held, network->edge[q].a, network->edge[q].k);
    }
}

/* ---- what blocks are --------------------------------------------------------------------------------------------- */

/* The block meets the node's cluster there too: at the potential where it met the cluster before? One that met the node
 * before has asked already. */
static inline bool meets_level(struct search *search, uint32_t block, uint32_t node)
{
    if (search->met[node] == block)
        return true;
    search->met[node] = block;
    uint32_t tree = search->network->forest.tree[node], level = disjoint_root(search->level, node);
    if (search->block[tree] != block) {
        search->block[tree] = block;
        search->meets[tree] = level;
    } else {
        uint64_t mark = tree_currents_mark(MARK_BLOCK, search->marks++);
        search->network->meets[search->at[tree]] ^= mark;
        search->network->meets[node] ^= mark;
    }
    search->at[tree] = node;
    return search->meets[tree] == level;
}

/* Mark where the block of some branches meets clusters, and contract it where it is dead. False when memory is out. */
static bool judge_block(struct search *search, uint32_t block, const uint32_t *branch, uint32_t branches)
{
    struct network *network = search->network;
    bool dead = true;
    for (uint32_t q = 0; q < branches; q++) {
        const struct element *element = &network->circuit->element[branch[q]];
        bool level_a = meets_level(search, block, element->a), level_k = meets_level(search, block, element->k);
        dead = dead && !search->drives[branch[q]] && level_a && level_k;
    }
    if (dead && !network_reserve_edges(network, (size_t)network->edges + branches))
        return false;
    for (uint32_t q = 0; dead && q < branches; q++) {
        const struct element *element = &network->circuit->element[branch[q]];
        if (disjoint_join(search->held, element->a, element->k))
            network_add_edge(network, branch[q], element->a, element->k, false);
    }
    return true;
}

bool network_add_dead(struct network *network)
{
    struct search search = {0};
    struct graph_blocks blocks = {0};
    bool done = search_new(&search, network);
    if (done) {
        find_branches(&search);
        find_levels(&search);
        done = graph_blocks_find(&blocks, network->forest.trees, search.end, network->circuit->elements.count);
    }
    memset(network->meets, 0, network->tables->nodes * sizeof *network->meets);
    for (uint32_t b = 0; done && b < blocks.count; b++)
        done = judge_block(&search, b + 1, blocks.edge + blocks.first[b], blocks.first[b + 1] - blocks.first[b]);
    graph_blocks_free(&blocks);
    free(search.arrays);
    return done;
}

enum network_status network_reconsider_dead(struct network *network, bool *again)
{
    size_t size = network->tables->nodes * sizeof *network->meets;
    if (network->searched == network->version.flows)
        return NETWORK_OK;
    memcpy(network->tree.leaving, network->meets, size);
    if (!network_has_dead(network) && !network_add_dead(network))
        return NETWORK_NO_MEMORY;
    *again = network_has_dead(network) || memcmp(network->tree.leaving, network->meets, size) != 0;
    if (network_has_dead(network))
        network->version.clusters++;
    network->searched = network->version.flows;
    return NETWORK_OK;
}

/* ---- sources of 0 ------------------------------------------------------------------------------------------------ */

bool network_listen(struct network *network)
{
    const struct element_tables *tables = network->tables;
    bool changed = false;
    for (uint32_t q = 0; q < tables->voltage_defined_count + tables->sources; q++) {
        uint32_t e = q < tables->voltage_defined_count ? tables->voltage_defined[q]
                                                       : tables->source[q - tables->voltage_defined_count];
        bool silent = network->circuit->element[e].value == 0;
        changed |= silent != network->silent[e];
        network->silent[e] = silent;
    }
    return changed;
}
