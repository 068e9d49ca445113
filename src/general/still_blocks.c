#include "general/still_blocks.h"

#include "circuit/graph_blocks.h"
#include "util/array.h"
#include "util/disjoint.h"
#include <stdlib.h>
#include <string.h>

struct walk {
    struct graph_blocks graph; /* of the nodes that stand for others */
    struct forest_edge *edge;  /* [elements] between these; from a node to itself where it carries nothing */
    uint32_t *of;     /* [elements] the number of a branch's block; UINT32_MAX where it carries nothing */
    bool *alone;      /* [blocks] it is of one branch */
    bool *moves;      /* [blocks] something may flow in it */
    uint32_t *set;    /* [nodes] of nodes at one potential */
    void *block;
};

static bool carries(const struct still_blocks *blocks, const struct circuit *circuit, uint32_t e)
{
    const struct element *element = &circuit->element[e];
    bool open = element->kind == ELEMENT_CAPACITOR || (element->kind == ELEMENT_ISOURCE && element->value == 0);
    if (element->kind == ELEMENT_DIODE && blocks->segment)
        open = blocks->segment[e] == 0 && circuit->law[element->law].g_off == 0;
    return !open && !blocks->open[e] && blocks->same[element->a] != blocks->same[element->k];
}

static bool walk_new(struct walk *walk, const struct circuit *circuit)
{
    size_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    const struct array_request request[] = {
        {&walk->edge, elements, sizeof *walk->edge},   {&walk->of, elements, sizeof *walk->of},
        {&walk->alone, elements, sizeof *walk->alone}, {&walk->moves, elements, sizeof *walk->moves},
        {&walk->set, nodes, sizeof *walk->set},
    };
    walk->block = arrays_new(request, sizeof request / sizeof *request);
    return walk->block;
}

static void walk_free(struct walk *walk)
{
    graph_blocks_free(&walk->graph);
    free(walk->block);
    *walk = (struct walk){0};
}

/* A node that stands for others comes with them behind it. */
static void order_nodes(struct still_blocks *blocks, const struct graph_blocks *graph)
{
    uint32_t ordered = 0;
    for (uint32_t q = 0; q < blocks->nodes; q++) {
        uint32_t node = graph->order[q];
        if (blocks->same[node] != node)
            continue;
        blocks->order[ordered++] = node;
        blocks->parent[node] = graph->parent[node];
        for (uint32_t other = blocks->next_same[node]; other != node; other = blocks->next_same[other]) {
            blocks->order[ordered++] = other;
            blocks->parent[other] = node;
        }
    }
}

/* The blocks of the branches that carry something. False when memory is out. */
static bool find_blocks(struct still_blocks *blocks, struct walk *walk, const struct circuit *circuit)
{
    struct graph_blocks *graph = &walk->graph;
    walk_free(walk);
    if (!walk_new(walk, circuit))
        return false;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (carries(blocks, circuit, e))
            walk->edge[e] = (struct forest_edge){blocks->same[circuit->element[e].a],
                                                 blocks->same[circuit->element[e].k]};
    if (!graph_blocks_find(graph, blocks->nodes, walk->edge, circuit->elements.count))
        return false;
    memset(walk->of, 0xff, circuit->elements.count * sizeof *walk->of); /* UINT32_MAX: none */
    for (uint32_t b = 0; b < graph->count; b++) {
        walk->alone[b] = graph->first[b + 1] - graph->first[b] == 1;
        for (uint32_t q = graph->first[b]; q < graph->first[b + 1]; q++)
            walk->of[graph->edge[q]] = b;
    }
    order_nodes(blocks, graph);
    return true;
}

/* ---- what moves -------------------------------------------------------------------------------------------------- */

/* The same of a diode on a segment. */
static bool is_passive_diode(const struct law *law, int segment)
{
    return segment == 0 || (segment == 1 ? law->v_fwd : law->v_rev) == 0;
}

/* Without a current it has no voltage, and without a voltage no current. */
static bool is_passive(const struct still_blocks *blocks, const struct circuit *circuit, uint32_t e)
{
    const struct element *element = &circuit->element[e];
    if (element->kind == ELEMENT_DIODE && blocks->segment)
        return is_passive_diode(&circuit->law[element->law], blocks->segment[e]);
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
    case ELEMENT_SWITCH:
    case ELEMENT_SHORT: return true;
    case ELEMENT_VSOURCE: return element->value == 0;
    case ELEMENT_DIODE:
        return law_voltages(&circuit->law[element->law]) == 1 && law_current(&circuit->law[element->law], 0) == 0;
    default: return false;
    }
}

/* It is a sum of controls by gains: nothing where they are nothing. */
static bool is_sum(const struct circuit *circuit, uint32_t e)
{
    const struct coupling *coupling = circuit_coupling(circuit, e);
    return coupling && control_law_is_sum(&coupling->law);
}

/* May a branch have a current? One that carries nothing in the walk may where it is not still: it joins nodes that are
 * one. */
static bool may_flow(const struct still_blocks *blocks, const struct walk *walk, uint32_t e)
{
    uint32_t block = walk->of[e];
    return block == UINT32_MAX ? !blocks->still[e] : walk->moves[block] && !walk->alone[block];
}

static bool is_driven(const struct still_blocks *blocks, const struct walk *walk, const struct circuit *circuit,
                      uint32_t e)
{
    const struct coupling *coupling = circuit_coupling(circuit, e);
    for (uint32_t c = 0; coupling && c < coupling->law.n; c++) {
        const struct control *control = &coupling->control[c];
        if (control->kind == CONTROL_VOLTAGE
                ? disjoint_root(walk->set, control->p) != disjoint_root(walk->set, control->q)
                : may_flow(blocks, walk, control->p))
            return true;
    }
    return false;
}

/* It holds 0 V whatever its current. */
static bool has_no_drop(const struct still_blocks *blocks, const struct walk *walk, const struct circuit *circuit,
                        uint32_t e)
{
    const struct element *element = &circuit->element[e];
    switch ((enum element_kind)element->kind) {
    case ELEMENT_SHORT: return true;
    case ELEMENT_VSOURCE: return element->value == 0;
    case ELEMENT_DIODE:
        return blocks->segment && blocks->segment[e] != 0 &&
               is_passive_diode(&circuit->law[element->law], blocks->segment[e]);
    case ELEMENT_CONTROLLED_VOLTAGE: return is_sum(circuit, e) && !is_driven(blocks, walk, circuit, e);
    default: return false;
    }
}

/* Blocks that are driven from outside move too. False: none was added. */
static bool add_driven(struct walk *walk, const struct still_blocks *blocks, const struct circuit *circuit)
{
    bool added = false;
    memcpy(walk->set, blocks->same, blocks->nodes * sizeof *walk->set);
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (carries(blocks, circuit, e) && !walk->moves[walk->of[e]])
            disjoint_join(walk->set, circuit->element[e].a, circuit->element[e].k);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        if (!carries(blocks, circuit, e) || walk->moves[walk->of[e]] || circuit->element[e].kind == ELEMENT_SWITCH)
            continue;
        if (is_driven(blocks, walk, circuit, e))
            added = walk->moves[walk->of[e]] = true;
    }
    return added;
}

/* Of circuits that are not linear a state of rest need not be the only one: what is controlled moves there. */
static void find_moving(struct walk *walk, const struct still_blocks *blocks, const struct circuit *circuit,
                        bool linear)
{
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (carries(blocks, circuit, e) && !is_passive(blocks, circuit, e) &&
            !(linear && is_sum(circuit, e)))
            walk->moves[walk->of[e]] = true;
    while (add_driven(walk, blocks, circuit))
        continue;
}

/* Close the controlled currents that something drives after all. False: there was none. */
static bool close_driven(struct still_blocks *blocks, const struct walk *walk, const struct circuit *circuit)
{
    bool any = false;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        if (!blocks->open[e] || !is_driven(blocks, walk, circuit, e))
            continue;
        blocks->open[e] = false;
        any = true;
    }
    return any;
}

static void open_controlled(struct still_blocks *blocks, const struct circuit *circuit, bool open)
{
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        blocks->open[e] = open && circuit->element[e].kind == ELEMENT_CONTROLLED_CURRENT && is_sum(circuit, e);
}

static void note_still(struct still_blocks *blocks, const struct walk *walk, const struct circuit *circuit)
{
    const uint32_t *via = walk->graph.via;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        bool idle = element->a != element->k && blocks->same[element->a] == blocks->same[element->k] &&
                    (element->kind == ELEMENT_RESISTOR || element->kind == ELEMENT_SWITCH);
        bool still = carries(blocks, circuit, e) && (!walk->moves[walk->of[e]] || walk->alone[walk->of[e]]);
        blocks->still[e] |= blocks->open[e] || idle || still;
        blocks->any |= blocks->still[e];
    }
    for (uint32_t node = 0; node < blocks->nodes; node++)
        blocks->level[node] =
            blocks->same[node] != node || (via[node] != FOREST_NO_EDGE && !walk->moves[walk->of[via[node]]]);
}

/* Blocks, and what moves in them, of the branches that are not open. False when memory is out. */
static bool find(struct still_blocks *blocks, struct walk *walk, const struct circuit *circuit, bool linear)
{
    if (!find_blocks(blocks, walk, circuit))
        return false;
    find_moving(walk, blocks, circuit, linear);
    return true;
}

/* Of a linear circuit with all controlled currents open at first, until none of these is driven: they are nothing in
 * one solution then, and there is no other. Where that takes long none is taken to be open. */
static bool find_open(struct still_blocks *blocks, struct walk *walk, const struct circuit *circuit)
{
    enum { PASSES = 20 };
    bool done = true, driven = true;
    open_controlled(blocks, circuit, true);
    for (int pass = 0; done && driven && pass < PASSES; pass++) {
        done = find(blocks, walk, circuit, true);
        driven = done && close_driven(blocks, walk, circuit);
    }
    if (!driven || !done)
        return done;
    open_controlled(blocks, circuit, false);
    return find(blocks, walk, circuit, true);
}

/* Each node a set of its own. */
static void part(struct still_blocks *blocks)
{
    disjoint_init(blocks->same, blocks->nodes);
    disjoint_init(blocks->next_same, blocks->nodes);
}

/* Make one node of those that branches without a drop join, by what is known of the others. False: there are none. */
static bool contract(struct still_blocks *blocks, const struct walk *walk, const struct circuit *circuit)
{
    bool any = false;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (has_no_drop(blocks, walk, circuit, e))
            any |= disjoint_join(blocks->same, circuit->element[e].a, circuit->element[e].k);
    for (uint32_t node = 0; node < blocks->nodes; node++) {
        uint32_t root = blocks->same[node] = disjoint_root(blocks->same, node);
        if (root == node)
            continue;
        blocks->next_same[node] = blocks->next_same[root];
        blocks->next_same[root] = node;
    }
    return any;
}

bool still_blocks_find(struct still_blocks *blocks, const struct circuit *circuit, bool linear, const uint8_t *segment)
{
    size_t nodes = circuit->nodes.count;
    const struct array_request request[] = {
        {&blocks->order, nodes, sizeof *blocks->order},
        {&blocks->parent, nodes, sizeof *blocks->parent},
        {&blocks->level, nodes, sizeof *blocks->level},
        {&blocks->still, circuit->elements.count, sizeof *blocks->still},
        {&blocks->open, circuit->elements.count, sizeof *blocks->open},
        {&blocks->same, nodes, sizeof *blocks->same},
        {&blocks->next_same, nodes, sizeof *blocks->next_same},
    };
    struct walk walk = {0};
    blocks->nodes = (uint32_t)nodes;
    blocks->segment = segment;
    blocks->block = arrays_new(request, sizeof request / sizeof *request);
    if (blocks->block)
        part(blocks);
    bool done = blocks->block && (linear ? find_open(blocks, &walk, circuit) : find(blocks, &walk, circuit, false));
    if (done)
        note_still(blocks, &walk, circuit);
    if (done && linear && contract(blocks, &walk, circuit)) {
        done = find_open(blocks, &walk, circuit);
        if (done)
            note_still(blocks, &walk, circuit);
    }
    blocks->segment = NULL;
    walk_free(&walk);
    if (!done)
        still_blocks_free(blocks);
    return done;
}

void still_blocks_level(const struct still_blocks *blocks, double *hi, double *lo, struct dd *shift)
{
    if (!blocks->any)
        return;
    for (uint32_t q = 0; q < blocks->nodes; q++) {
        uint32_t node = blocks->order[q], parent = blocks->parent[node];
        shift[node] = node == parent ? dd_from(0) : shift[parent];
        if (node == parent)
            continue;
        struct dd before = {hi[node - 1], lo[node - 1]}, at = dd_add(before, shift[node]);
        if (blocks->level[node]) {
            at = parent == GROUND ? dd_from(0) : (struct dd){hi[parent - 1], lo[parent - 1]};
            shift[node] = dd_sub(at, before);
        }
        hi[node - 1] = at.hi;
        lo[node - 1] = at.lo;
    }
}

void still_blocks_free(struct still_blocks *blocks)
{
    free(blocks->block);
    *blocks = (struct still_blocks){0};
}
