#include "convex/circulation.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* Ways that current may be pushed, in compressed rows. */
struct ways {
    uint32_t *start; /* [nodes + 2] into to */
    uint32_t *to;    /* [2 edges] */
};

static bool goes_back(const struct circulation *circulation, uint32_t e)
{
    return !circulation->one_way[e] || circulation->f[e] > 0;
}

static void ways_build(const struct ways *ways, const struct circulation *circulation)
{
    uint32_t *fill = ways->start + 1; /* becomes start[] while filling */
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

/* Tarjan's search without recursion. Arrays are [nodes]. */
struct search {
    uint32_t *next;      /* way to look at next */
    uint32_t *index;     /* order of discovery + 1; 0: not seen */
    uint32_t *low;       /* lowest index reached from here */
    uint32_t *component; /* UINT32_MAX: not yet known */
    uint32_t *open;      /* nodes whose component is not known, in order of discovery */
    uint32_t *path;      /* from the root of the search to here */
    uint32_t count, opened, length, components;
};

static void enter(struct search *search, const struct ways *ways, uint32_t v)
{
    search->index[v] = search->low[v] = ++search->count;
    search->next[v] = ways->start[v];
    search->open[search->opened++] = v;
    search->path[search->length++] = v;
}

static void leave(struct search *search, uint32_t v)
{
    search->length--;
    if (search->length > 0) {
        uint32_t up = search->path[search->length - 1];
        if (search->low[v] < search->low[up])
            search->low[up] = search->low[v];
    }
    if (search->low[v] != search->index[v])
        return;
    uint32_t member;
    do {
        member = search->open[--search->opened];
        search->component[member] = search->components;
    } while (member != v);
    search->components++;
}

static void visit(struct search *search, const struct ways *ways, uint32_t root)
{
    enter(search, ways, root);
    while (search->length > 0) {
        uint32_t v = search->path[search->length - 1];
        if (search->next[v] == ways->start[v + 1]) {
            leave(search, v);
            continue;
        }
        uint32_t w = ways->to[search->next[v]++];
        if (search->index[w] == 0)
            enter(search, ways, w);
        else if (search->component[w] == UINT32_MAX && search->index[w] < search->low[v])
            search->low[v] = search->index[w];
    }
}

static bool is_inside(const struct search *search, const struct forest_edge *edge)
{
    return edge->a != edge->k && search->component[edge->a] == search->component[edge->k];
}

/* Mark the branches inside components, then take away, from the leaves, those that no loop goes through.
 * degree, only [nodes] work: marked branches at a node, and all their numbers in one exclusive or: with one left, its
 * number. */
static void mark_loops(const struct circulation *circulation, const struct search *search, uint32_t *degree,
                       uint32_t *only, bool *loop)
{
    const struct forest_edge *edge = circulation->edge;
    memset(degree, 0, circulation->nodes * sizeof *degree);
    memset(only, 0, circulation->nodes * sizeof *only);
    for (uint32_t e = 0; e < circulation->edges; e++) {
        loop[e] = is_inside(search, &edge[e]);
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
    struct search search = {0};
    size_t nodes = circulation->nodes;
    const struct array_request request[] = {
        {&ways.start, nodes + 2, sizeof *ways.start},
        {&ways.to, 2 * (size_t)circulation->edges, sizeof *ways.to},
        {&search.next, nodes, sizeof *search.next},
        {&search.index, nodes, sizeof *search.index},
        {&search.low, nodes, sizeof *search.low},
        {&search.component, nodes, sizeof *search.component},
        {&search.open, nodes, sizeof *search.open},
        {&search.path, nodes, sizeof *search.path},
    };
    void *block = arrays_new(request, sizeof request / sizeof *request);
    if (!block)
        return false;
    ways_build(&ways, circulation);
    memset(search.component, 0xff, nodes * sizeof *search.component);
    for (uint32_t v = 0; v < circulation->nodes; v++)
        if (search.index[v] == 0)
            visit(&search, &ways, v);
    mark_loops(circulation, &search, search.low, search.next, loop);
    free(block);
    return true;
}
