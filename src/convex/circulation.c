#include "convex/circulation.h"

#include "util/array.h"
#include "util/strong_components.h"
#include <stdlib.h>
#include <string.h>

/* Ways that current may be pushed, in compressed rows. */
struct ways {
    size_t *start; /* [nodes + 2] into to */
    uint32_t *to;  /* [2 edges] */
};

static bool goes_back(const struct circulation *circulation, uint32_t e)
{
    return !circulation->one_way[e] || circulation->f[e] > 0;
}

static void ways_build(const struct ways *ways, const struct circulation *circulation)
{
    size_t *fill = ways->start + 1; /* becomes start[] while filling */
    const struct forest_edge *edge = circulation->edge;
    for (uint32_t e = 0; e < circulation->edges; e++) {
        fill[edge[e].a + 1]++;
        fill[edge[e].k + 1] += goes_back(circulation, e);
    }
    for (uint32_t v = 0; v < circulation->nodes; v++)
        fill[v + 1] += fill[v];
    for (uint32_t e = 0; e < circulation->edges; e++) {
        ways->to[fill[edge[e].a]++] = edge[e].k;
        if (goes_back(circulation, e))
            ways->to[fill[edge[e].k]++] = edge[e].a;
    }
}

/* Mark the branches inside components, then take away, from the leaves, those that no loop goes through.
 * degree, only [nodes] work: marked branches at a node, and all their numbers in one exclusive or: with one left, its
 * number. */
static void mark_loops(const struct circulation *circulation, const uint32_t *component, uint32_t *degree,
                       uint32_t *only, bool *loop)
{
    const struct forest_edge *edge = circulation->edge;
    memset(degree, 0, circulation->nodes * sizeof *degree);
    memset(only, 0, circulation->nodes * sizeof *only);
    for (uint32_t e = 0; e < circulation->edges; e++) {
        loop[e] = edge[e].a != edge[e].k && component[edge[e].a] == component[edge[e].k];
        if (!loop[e])
            continue;
        degree[edge[e].a]++;
        degree[edge[e].k]++;
        only[edge[e].a] ^= e;
        only[edge[e].k] ^= e;
    }
    for (uint32_t v = 0; v < circulation->nodes; v++)
        for (uint32_t leaf = v; degree[leaf] == 1;) {
            uint32_t e = only[leaf], next = edge[e].a == leaf ? edge[e].k : edge[e].a;
            loop[e] = false;
            degree[leaf] = 0;
            degree[next]--;
            only[next] ^= e;
            leaf = next;
        }
}

bool circulation_find(const struct circulation *circulation, bool *loop)
{
    struct ways ways;
    struct strong_components strong;
    size_t nodes = circulation->nodes;
    const struct array_request request[] = {
        {&ways.start, nodes + 2, sizeof *ways.start},
        {&ways.to, 2 * (size_t)circulation->edges, sizeof *ways.to},
        {&strong.component, nodes, sizeof *strong.component},
        {&strong.index, nodes, sizeof *strong.index},
        {&strong.next, nodes, sizeof *strong.next},
        {&strong.open, nodes, sizeof *strong.open},
        {&strong.path, nodes, sizeof *strong.path},
    };
    void *block = arrays_new(request, sizeof request / sizeof *request);
    if (!block)
        return false;
    ways_build(&ways, circulation);
    strong_components_find(&strong, circulation->nodes, ways.start, ways.to);
    mark_loops(circulation, strong.component, strong.open, strong.path, loop);
    free(block);
    return true;
}
