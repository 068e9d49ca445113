#include "circuit/max_flow.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double rounding = 1e-12;

/* Residual network in compressed rows; edge e and e ^ 1 are each other's reverse. */
struct network {
    uint32_t nodes, source, sink;
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

static void add_edge(struct network *network, uint32_t from, uint32_t to, double capacity)
{
    network->start[from + 1]++;
    network->start[to + 1]++;
    network->to[network->edges] = to;
    network->capacity[network->edges++] = capacity;
    network->to[network->edges] = from;
    network->capacity[network->edges++] = 0;
}

static void index_edges(struct network *network)
{
    for (uint32_t v = 0; v < network->nodes; v++) {
        network->start[v + 1] += network->start[v];
        network->next[v] = network->start[v];
    }
    for (size_t e = 0; e < network->edges; e++)
        network->list[network->next[network->to[e ^ 1]]++] = e;
}

static bool network_build(struct network *network, uint32_t n, const double *supply, const double *scale,
                          const struct arc *arc, size_t arcs)
{
    size_t most = 2 * (arcs + n);
    network->nodes = n + 2;
    network->source = n;
    network->sink = n + 1;
    network->to = array_new(most, sizeof *network->to);
    network->capacity = array_new(most, sizeof *network->capacity);
    network->list = array_new(most, sizeof *network->list);
    network->start = array_new((size_t)network->nodes + 1, sizeof *network->start);
    network->next = array_new(network->nodes, sizeof *network->next);
    network->level = array_new(network->nodes, sizeof *network->level);
    network->queue = array_new(network->nodes, sizeof *network->queue);
    network->path = array_new(network->nodes, sizeof *network->path);
    if (!network->to || !network->capacity || !network->list || !network->start || !network->next || !network->level ||
        !network->queue || !network->path)
        return false;
    for (uint32_t v = 0; v < n; v++) { /* these come first: excess is read from edge 2 v */
        double current = fabs(supply[v]) > rounding * scale[v] ? supply[v] : 0;
        if (current >= 0)
            add_edge(network, network->source, v, current);
        else
            add_edge(network, v, network->sink, -current);
    }
    for (size_t q = 0; q < arcs; q++)
        add_edge(network, arc[q].from, arc[q].to, INFINITY);
    index_edges(network);
    return true;
}

static bool find_levels(struct network *network)
{
    uint32_t begin = 0, end = 0;
    memset(network->level, 0xff, network->nodes * sizeof *network->level);
    network->level[network->source] = 0;
    network->queue[end++] = network->source;
    for (; begin < end; begin++) {
        uint32_t v = network->queue[begin];
        for (size_t q = network->start[v]; q < network->start[v + 1]; q++) {
            size_t e = network->list[q];
            uint32_t w = network->to[e];
            if (network->capacity[e] > 0 && network->level[w] == UINT32_MAX) {
                network->level[w] = network->level[v] + 1;
                network->queue[end++] = w;
            }
        }
    }
    return network->level[network->sink] != UINT32_MAX;
}

static void augment(struct network *network, size_t length)
{
    double amount = INFINITY;
    for (size_t q = 0; q < length; q++)
        amount = fmin(amount, network->capacity[network->path[q]]);
    for (size_t q = 0; q < length; q++) {
        network->capacity[network->path[q]] -= amount;
        network->capacity[network->path[q] ^ 1] += amount;
    }
}

/* The next edge from v that leads one level further, or SIZE_MAX. */
static size_t advance(struct network *network, uint32_t v)
{
    for (; network->next[v] < network->start[v + 1]; network->next[v]++) {
        size_t e = network->list[network->next[v]];
        if (network->capacity[e] > 0 && network->level[network->to[e]] == network->level[v] + 1)
            return e;
    }
    return SIZE_MAX;
}

/* Fill all shortest paths: depth first, each edge is given up once it is full or leads nowhere. */
static void blocking_flow(struct network *network)
{
    memcpy(network->next, network->start, network->nodes * sizeof *network->next);
    size_t length = 0;
    uint32_t v = network->source;
    for (;;) {
        size_t e = v == network->sink ? SIZE_MAX : advance(network, v);
        if (e != SIZE_MAX) {
            network->path[length++] = e;
            v = network->to[e];
            continue;
        }
        if (v == network->sink) {
            augment(network, length);
            length = 0;
            v = network->source;
            continue;
        }
        if (length == 0)
            return;
        v = network->to[network->path[--length] ^ 1];
        network->next[v]++;
    }
}

static void network_free(struct network *network)
{
    free(network->to);
    free(network->capacity);
    free(network->list);
    free(network->start);
    free(network->next);
    free(network->level);
    free(network->queue);
    free(network->path);
}

bool max_flow_solve(uint32_t n, const double *supply, const double *scale, const struct arc *arc, size_t arcs,
                   double *excess)
{
    struct network network = {0};
    bool built = network_build(&network, n, supply, scale, arc, arcs);
    if (built) {
        double total = 0;
        while (find_levels(&network))
            blocking_flow(&network);
        for (uint32_t v = 0; v < n; v++)
            total += fabs(supply[v]);
        for (uint32_t v = 0; v < n; v++) {
            double left = network.capacity[2 * (size_t)v];
            bool stuck = left > rounding * scale[v] && left > rounding * rounding * total;
            excess[v] = stuck ? (supply[v] > 0 ? left : -left) : 0;
        }
    }
    network_free(&network);
    return built;
}
