#include "proof/undetermined.h"

#include "proof/branch.h"
#include "proof/controlled.h"
#include "util/array.h"
#include "util/disjoint.h"
#include "util/strong_components.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Directed arcs, two at most for each element: those that leave node v are to[start[v]..start[v + 1]). */
struct graph {
    uint32_t nodes;
    size_t *start;     /* [nodes + 2] */
    uint32_t *to;      /* [2 elements] */
    bool *up, *down;   /* [elements] is there an arc from a to k, from k to a? */
    uint32_t *queue;   /* [nodes] work */
    uint32_t *of;      /* [nodes] work */
    uint32_t *parent;  /* [nodes] work: of a tree */
    uint32_t *via;     /* [nodes] work: the element to the parent */
    bool *reached;     /* [nodes] work */
    uint32_t *strong;  /* [nodes] which strongly connected component a node is in */
    void *block;
};

static bool graph_new(struct graph *graph, const struct circuit *circuit)
{
    uint32_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    const struct array_request request[] = {
        {&graph->start, (size_t)nodes + 2, sizeof *graph->start},
        {&graph->to, 2 * (size_t)elements, sizeof *graph->to},
        {&graph->up, elements, sizeof *graph->up},
        {&graph->down, elements, sizeof *graph->down},
        {&graph->queue, nodes, sizeof *graph->queue},
        {&graph->of, nodes, sizeof *graph->of},
        {&graph->parent, nodes, sizeof *graph->parent},
        {&graph->via, nodes, sizeof *graph->via},
        {&graph->reached, nodes, sizeof *graph->reached},
        {&graph->strong, nodes, sizeof *graph->strong},
    };
    graph->nodes = nodes;
    graph->block = arrays_new(request, sizeof request / sizeof *request);
    return graph->block;
}

/* List the arcs, or all of them turned round. */
static void list_arcs(struct graph *graph, const struct circuit *circuit, bool turned)
{
    memset(graph->start, 0, ((size_t)graph->nodes + 2) * sizeof *graph->start);
    size_t *fill = graph->start + 1; /* becomes start[] while filling */
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t e = 0; e < circuit->elements.count; e++) {
            uint32_t a = circuit->element[e].a, k = circuit->element[e].k, from = turned ? k : a, to = turned ? a : k;
            if (graph->up[e] && pass == 0)
                fill[from + 1]++;
            else if (graph->up[e])
                graph->to[fill[from]++] = to;
            if (graph->down[e] && pass == 0)
                fill[to + 1]++;
            else if (graph->down[e])
                graph->to[fill[to]++] = from;
        }
        for (uint32_t v = 0; v < graph->nodes && pass == 0; v++)
            fill[v + 1] += fill[v];
    }
}

/* reached: what arcs lead to from a node. */
static void reach(struct graph *graph, uint32_t from)
{
    uint32_t begin = 0, end = 0;
    memset(graph->reached, 0, graph->nodes * sizeof *graph->reached);
    graph->reached[from] = true;
    graph->queue[end++] = from;
    while (begin < end) {
        uint32_t v = graph->queue[begin++];
        for (size_t q = graph->start[v]; q < graph->start[v + 1]; q++) {
            uint32_t w = graph->to[q];
            if (graph->reached[w])
                continue;
            graph->reached[w] = true;
            graph->queue[end++] = w;
        }
    }
}

/* ---- branches ---------------------------------------------------------------------------------------------------- */

/* A branch at the point. */
struct state {
    struct branch_voltage of[LAW_VOLTAGES]; /* the branches of its element */
    double i;                               /* A */
};

static struct state state_of(const struct claim *claim, uint32_t e)
{
    struct state state = {.i = claim->i[e]};
    branch_voltages(claim, e, state.of);
    return state;
}

/* Would the branch leave its floor at a voltage that is higher by `volts`? */
static bool resists(const struct circuit *circuit, uint32_t e, const struct state *state, double volts)
{
    const struct element *element = &circuit->element[e];
    if (controlled_is(element))
        return element->kind != ELEMENT_CONTROLLED_CURRENT;
    struct state there = *state;
    struct branch_voltage *own = &there.of[element->branch];
    own->u = dd_add_double(own->u, volts);
    return branch_at(circuit, element, there.of, there.i, 0).relative > 0;
}

/* May a voltage-defined branch carry more, and less? */
static void find_directions(const struct circuit *circuit, uint32_t e, const struct state *state, bool *more,
                            bool *less)
{
    const struct element *element = &circuit->element[e];
    *more = *less = element_is_voltage_defined(element);
    if (element->kind != ELEMENT_DIODE)
        return;
    const struct law *law = &circuit->law[element->law];
    const struct branch_voltage *own = &state->of[element->branch];
    double near = branch_rounding * own->magnitude + DBL_MIN;
    bool carries = isinf(branch_at(circuit, element, state->of, state->i, 0).slope);
    bool forward = isinf(law->g_on) && fabs(dd_sub_double(own->u, law->v_fwd).hi) <= near;
    bool reverse = isinf(law->g_rev) && isfinite(law->v_rev) &&
                   fabs(dd_add_double(own->u, law->v_rev).hi) <= near;
    *more = forward || (reverse && carries);
    *less = reverse || (forward && carries);
}

/* ---- loops ------------------------------------------------------------------------------------------------------- */

static bool is_within(const struct graph *graph, const struct element *element, uint32_t e)
{
    return (graph->up[e] || graph->down[e]) && graph->strong[element->a] == graph->strong[element->k];
}

/* Trees of the branches within strongly connected parts, breadth first: parent, via, and the nodes in that order in
 * queue. to lists elements now, up tells which are within. */
static void grow_trees(struct graph *graph, const struct circuit *circuit)
{
    uint32_t elements = circuit->elements.count;
    for (uint32_t e = 0; e < elements; e++)
        graph->up[e] = graph->down[e] = is_within(graph, &circuit->element[e], e);
    memset(graph->start, 0, ((size_t)graph->nodes + 2) * sizeof *graph->start);
    size_t *fill = graph->start + 1;
    for (uint32_t e = 0; e < elements; e++) {
        fill[circuit->element[e].a + 1] += graph->up[e];
        fill[circuit->element[e].k + 1] += graph->up[e];
    }
    for (uint32_t v = 0; v < graph->nodes; v++)
        fill[v + 1] += fill[v];
    for (uint32_t e = 0; e < elements; e++)
        if (graph->up[e]) {
            graph->to[fill[circuit->element[e].a]++] = e;
            graph->to[fill[circuit->element[e].k]++] = e;
        }
    memset(graph->reached, 0, graph->nodes * sizeof *graph->reached);
    for (uint32_t root = 0, begin = 0, end = 0; root < graph->nodes; root++) {
        if (graph->reached[root])
            continue;
        graph->reached[root] = true;
        graph->parent[root] = root;
        graph->queue[end++] = root;
        for (; begin < end; begin++) {
            uint32_t v = graph->queue[begin];
            for (size_t q = graph->start[v]; q < graph->start[v + 1]; q++) {
                const struct element *element = &circuit->element[graph->to[q]];
                uint32_t w = element->a == v ? element->k : element->a;
                if (graph->reached[w])
                    continue;
                graph->reached[w] = true;
                graph->parent[w] = v;
                graph->via[w] = graph->to[q];
                graph->queue[end++] = w;
            }
        }
    }
}

/* Branches on a loop: those that no tree needs, and the tree's between their ends. of: the highest node that a node's
 * marked branches lead to. strong becomes depth. */
static void mark_loops(struct graph *graph, const struct circuit *circuit, bool *current)
{
    uint32_t *depth = graph->strong;
    for (uint32_t q = 0; q < graph->nodes; q++) {
        uint32_t v = graph->queue[q];
        depth[v] = graph->parent[v] == v ? 0 : depth[graph->parent[v]] + 1;
    }
    disjoint_init(graph->of, graph->nodes);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        uint32_t p = circuit->element[e].a, q = circuit->element[e].k;
        if (!graph->up[e] || (graph->parent[p] == q && p != q && graph->via[p] == e) ||
            (graph->parent[q] == p && p != q && graph->via[q] == e))
            continue;
        current[e] = true;
        for (p = disjoint_root(graph->of, p), q = disjoint_root(graph->of, q); p != q;) {
            uint32_t *deeper = depth[p] >= depth[q] ? &p : &q;
            current[graph->via[*deeper]] = true;
            graph->of[*deeper] = graph->parent[*deeper];
            *deeper = disjoint_root(graph->of, *deeper);
        }
    }
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

/* Is every node held by branches that let it neither rise nor fall? Then no arcs are followed. */
static bool all_are_held(struct graph *graph, const struct circuit *circuit)
{
    uint32_t parts = graph->nodes;
    disjoint_init(graph->of, graph->nodes);
    for (uint32_t e = 0; parts > 1 && e < circuit->elements.count; e++)
        if (graph->up[e] && graph->down[e])
            parts -= disjoint_join(graph->of, circuit->element[e].a, circuit->element[e].k);
    return parts == 1;
}

static void find_nodes(struct graph *graph, const struct circuit *circuit, bool *node)
{
    memset(node, 0, graph->nodes * sizeof *node);
    if (all_are_held(graph, circuit))
        return;
    for (int turned = 0; turned < 2; turned++) {
        list_arcs(graph, circuit, turned);
        reach(graph, GROUND);
        for (uint32_t v = 0; v < graph->nodes; v++)
            node[v] = (turned && node[v]) || !graph->reached[v];
    }
}

/* Are there branches that close a loop, whichever way they lead current? */
static bool have_loops(struct graph *graph, const struct circuit *circuit)
{
    disjoint_init(graph->of, graph->nodes);
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if ((graph->up[e] || graph->down[e]) &&
            !disjoint_join(graph->of, circuit->element[e].a, circuit->element[e].k))
            return true;
    return false;
}

static void find_currents(struct graph *graph, const struct circuit *circuit, bool *current)
{
    if (!have_loops(graph, circuit))
        return;
    list_arcs(graph, circuit, false);
    const struct strong_components strong = {graph->strong, graph->of, graph->via, graph->queue, graph->parent};
    strong_components_find(&strong, graph->nodes, graph->start, graph->to);
    grow_trees(graph, circuit);
    mark_loops(graph, circuit, current);
}

bool undetermined_find(const struct claim *claim, double step, bool *node, bool *current)
{
    assert(step > 0);
    const struct circuit *circuit = claim->circuit;
    struct graph graph;
    bool made = graph_new(&graph, circuit);
    for (uint32_t e = 0; made && e < circuit->elements.count; e++) {
        struct state state = state_of(claim, e);
        graph.up[e] = resists(circuit, e, &state, step);
        graph.down[e] = resists(circuit, e, &state, -step);
    }
    if (made)
        find_nodes(&graph, circuit, node);
    for (uint32_t e = 0; made && e < circuit->elements.count; e++) {
        current[e] = graph.up[e] = graph.down[e] = false;
        if (circuit->element[e].kind == ELEMENT_RESISTOR)
            continue;
        struct state state = state_of(claim, e);
        find_directions(circuit, e, &state, &graph.up[e], &graph.down[e]);
    }
    if (made)
        find_currents(&graph, circuit, current);
    free(graph.block);
    return made;
}
