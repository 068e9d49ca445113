#include "circuit/max_flow.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double rounding = 1e-12;

/* Residual network in compressed rows; edge e and e ^ 1 are each other's reverse. */
struct max_flow {
    uint32_t parts, nodes, source, sink; /* the nodes are the parts, source and sink */
    size_t edges;
    uint32_t *to;     /* [edges] */
    double *capacity; /* [edges] what is left, A */
    size_t *start;    /* [nodes + 1] into list */
    size_t *list;     /* [edges] the edges that leave each node */
    size_t *next;     /* [nodes] current edge of the search */
    uint32_t *level;  /* [nodes] distance from the source; UINT32_MAX: not reached */
    uint32_t *queue;  /* [nodes] work */
    size_t *path;     /* [nodes] work */
};

static void add_edge(struct max_flow *flow, uint32_t from, uint32_t to, double capacity)
{
    flow->start[from + 1]++;
    flow->start[to + 1]++;
    flow->to[flow->edges] = to;
    flow->capacity[flow->edges++] = capacity;
    flow->to[flow->edges] = from;
    flow->capacity[flow->edges++] = 0;
}

static void index_edges(struct max_flow *flow)
{
    for (uint32_t v = 0; v < flow->nodes; v++) {
        flow->start[v + 1] += flow->start[v];
        flow->next[v] = flow->start[v];
    }
    for (size_t e = 0; e < flow->edges; e++)
        flow->list[flow->next[flow->to[e ^ 1]]++] = e;
}

static bool network_build(struct max_flow *flow, uint32_t n, const double *supply, const double *scale,
                          const struct arc *arc, size_t arcs)
{
    size_t most = 2 * (arcs + n);
    flow->parts = n;
    flow->nodes = n + 2;
    flow->source = n;
    flow->sink = n + 1;
    flow->to = array_new(most, sizeof *flow->to);
    flow->capacity = array_new(most, sizeof *flow->capacity);
    flow->list = array_new(most, sizeof *flow->list);
    flow->start = array_new((size_t)flow->nodes + 1, sizeof *flow->start);
    flow->next = array_new(flow->nodes, sizeof *flow->next);
    flow->level = array_new(flow->nodes, sizeof *flow->level);
    flow->queue = array_new(flow->nodes, sizeof *flow->queue);
    flow->path = array_new(flow->nodes, sizeof *flow->path);
    if (!flow->to || !flow->capacity || !flow->list || !flow->start || !flow->next || !flow->level ||
        !flow->queue || !flow->path)
        return false;
    for (uint32_t v = 0; v < n; v++) { /* these come first: excess is read from edge 2 v */
        double current = fabs(supply[v]) > rounding * scale[v] ? supply[v] : 0;
        if (v == 0 || current < 0)
            add_edge(flow, v, flow->sink, v == 0 ? INFINITY : -current);
        else
            add_edge(flow, flow->source, v, current);
    }
    for (size_t q = 0; q < arcs; q++)
        add_edge(flow, arc[q].from, arc[q].to, arc[q].capacity);
    index_edges(flow);
    return true;
}

/* Distances from a node along edges that are not full. */
static void reach(struct max_flow *flow, uint32_t start)
{
    uint32_t begin = 0, end = 0;
    memset(flow->level, 0xff, flow->nodes * sizeof *flow->level);
    flow->level[start] = 0;
    flow->queue[end++] = start;
    for (; begin < end; begin++) {
        uint32_t v = flow->queue[begin];
        for (size_t q = flow->start[v]; q < flow->start[v + 1]; q++) {
            size_t e = flow->list[q];
            uint32_t w = flow->to[e];
            if (flow->capacity[e] > 0 && flow->level[w] == UINT32_MAX) {
                flow->level[w] = flow->level[v] + 1;
                flow->queue[end++] = w;
            }
        }
    }
}

static bool find_levels(struct max_flow *flow)
{
    reach(flow, flow->source);
    return flow->level[flow->sink] != UINT32_MAX;
}

static void augment(struct max_flow *flow, size_t length)
{
    double amount = INFINITY;
    for (size_t q = 0; q < length; q++)
        amount = fmin(amount, flow->capacity[flow->path[q]]);
    for (size_t q = 0; q < length; q++) {
        flow->capacity[flow->path[q]] -= amount;
        flow->capacity[flow->path[q] ^ 1] += amount;
    }
}

/* The next edge from v that leads one level further, or SIZE_MAX. */
static size_t advance(struct max_flow *flow, uint32_t v)
{
    for (; flow->next[v] < flow->start[v + 1]; flow->next[v]++) {
        size_t e = flow->list[flow->next[v]];
        if (flow->capacity[e] > 0 && flow->level[flow->to[e]] == flow->level[v] + 1)
            return e;
    }
    return SIZE_MAX;
}

/* Fill all shortest paths: depth first, each edge is given up once it is full or leads nowhere. */
static void blocking_flow(struct max_flow *flow)
{
    memcpy(flow->next, flow->start, flow->nodes * sizeof *flow->next);
    size_t length = 0;
    uint32_t v = flow->source;
    for (;;) {
        size_t e = v == flow->sink ? SIZE_MAX : advance(flow, v);
        if (e != SIZE_MAX) {
            flow->path[length++] = e;
            v = flow->to[e];
            continue;
        }
        if (v == flow->sink) {
            augment(flow, length);
            length = 0;
            v = flow->source;
            continue;
        }
        if (length == 0)
            return;
        v = flow->to[flow->path[--length] ^ 1];
        flow->next[v]++;
    }
}

void max_flow_free(struct max_flow *flow)
{
    if (!flow)
        return;
    free(flow->to);
    free(flow->capacity);
    free(flow->list);
    free(flow->start);
    free(flow->next);
    free(flow->level);
    free(flow->queue);
    free(flow->path);
    free(flow);
}

struct max_flow *max_flow_new(uint32_t n, const double *supply, const double *scale, const struct arc *arc, size_t arcs,
                              double *excess)
{
    struct max_flow *flow = array_new(1, sizeof *flow);
    if (!flow || !network_build(flow, n, supply, scale, arc, arcs)) {
        max_flow_free(flow);
        return NULL;
    }
    while (find_levels(flow))
        blocking_flow(flow);
    for (uint32_t v = 0; v < n; v++) {
        double left = v > 0 && supply[v] > 0 ? flow->capacity[2 * (size_t)v] : 0;
        excess[v] = left > rounding * scale[v] ? left : 0;
    }
    return flow;
}

void max_flow_cut(struct max_flow *flow, uint32_t v, bool *cut)
{
    memset(cut, 0, flow->parts * sizeof *cut);
    reach(flow, v);
    for (uint32_t w = 0; w < flow->parts; w++)
        cut[w] = flow->level[w] != UINT32_MAX;
}
