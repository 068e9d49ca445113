#include "circuit/graph_blocks.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* Where the walk is. */
struct walk {
    const struct forest_edge *edge;
    struct graph_blocks *blocks;
    size_t *start;    /* [n + 2] into list */
    uint32_t *list;   /* [2 m] the edges at each node */
    uint32_t *number; /* [n] when it came to a node, from 1 on; 0: not yet */
    uint32_t *low;    /* [n] the earliest number that what lies behind a node leads back to */
    size_t *next;     /* [n] the edge at a node that is tried next */
    uint32_t *path;   /* [n] from the root to where it is */
    uint32_t *open;   /* [m] edges whose block is not complete */
    uint32_t visited, depth, opened;
    void *block;
};

static bool blocks_new(struct graph_blocks *blocks, uint32_t n, uint32_t m)
{
    const struct array_request request[] = {
        {&blocks->first, (size_t)m + 1, sizeof *blocks->first}, {&blocks->edge, m, sizeof *blocks->edge},
        {&blocks->order, n, sizeof *blocks->order},             {&blocks->parent, n, sizeof *blocks->parent},
        {&blocks->via, n, sizeof *blocks->via},
    };
    blocks->block = arrays_unset(request, sizeof request / sizeof *request);
    if (blocks->block)
        blocks->first[0] = 0;
    return blocks->block;
}

static bool walk_new(struct walk *walk, uint32_t n, uint32_t m)
{
    const struct array_request request[] = {
        {&walk->start, (size_t)n + 2, sizeof *walk->start}, {&walk->list, 2 * (size_t)m, sizeof *walk->list},
        {&walk->number, n, sizeof *walk->number},           {&walk->low, n, sizeof *walk->low},
        {&walk->next, n, sizeof *walk->next},               {&walk->path, n, sizeof *walk->path},
        {&walk->open, m, sizeof *walk->open},
    };
    walk->block = arrays_unset(request, sizeof request / sizeof *request);
    if (!walk->block)
        return false;
    memset(walk->start, 0, ((size_t)n + 2) * sizeof *walk->start);
    memset(walk->number, 0, n * sizeof *walk->number);
    return true;
}

static void list_edges(struct walk *walk, uint32_t n, uint32_t m)
{
    const struct forest_edge *edge = walk->edge;
    size_t *fill = walk->start + 1; /* becomes start[] while filling */
    for (uint32_t e = 0; e < m; e++) {
        fill[edge[e].a + 1] += edge[e].a != edge[e].k;
        fill[edge[e].k + 1] += edge[e].a != edge[e].k;
    }
    for (uint32_t v = 0; v < n; v++)
        fill[v + 1] += fill[v];
    for (uint32_t e = 0; e < m; e++) {
        if (edge[e].a == edge[e].k)
            continue;
        walk->list[fill[edge[e].a]++] = e;
        walk->list[fill[edge[e].k]++] = e;
    }
}

static void visit(struct walk *walk, uint32_t node, uint32_t parent, uint32_t via)
{
    walk->blocks->order[walk->visited++] = node;
    walk->blocks->parent[node] = parent;
    walk->blocks->via[node] = via;
    walk->number[node] = walk->low[node] = walk->visited;
    walk->next[node] = walk->start[node];
    walk->path[walk->depth++] = node;
}

/* Along the next edge of the node where the walk is. */
static void advance(struct walk *walk, uint32_t node)
{
    uint32_t e = walk->list[walk->next[node]++];
    uint32_t other = walk->edge[e].a == node ? walk->edge[e].k : walk->edge[e].a;
    if (e == walk->blocks->via[node])
        return;
    if (walk->number[other] < walk->number[node]) /* else it has come by there already, from the other end */
        walk->open[walk->opened++] = e;
    if (walk->number[other] == 0)
        visit(walk, other, node, e);
    else if (walk->number[other] < walk->low[node])
        walk->low[node] = walk->number[other];
}

/* The edges that were opened from the one to this node on are a block, where nothing behind it leads beyond its
 * parent. */
static void leave(struct walk *walk, uint32_t node)
{
    struct graph_blocks *blocks = walk->blocks;
    uint32_t parent = blocks->parent[node], end = blocks->first[blocks->count], e;
    walk->depth--;
    if (parent == node)
        return;
    if (walk->low[node] < walk->low[parent])
        walk->low[parent] = walk->low[node];
    if (walk->low[node] < walk->number[parent])
        return;
    do
        blocks->edge[end++] = e = walk->open[--walk->opened];
    while (e != blocks->via[node]);
    blocks->first[++blocks->count] = end;
}

bool graph_blocks_find(struct graph_blocks *blocks, uint32_t n, const struct forest_edge *edge, uint32_t m)
{
    struct walk walk = {.edge = edge, .blocks = blocks};
    bool done = blocks_new(blocks, n, m) && walk_new(&walk, n, m);
    if (done)
        list_edges(&walk, n, m);
    for (uint32_t root = 0; done && root < n; root++) {
        if (walk.number[root] == 0)
            visit(&walk, root, root, FOREST_NO_EDGE);
        while (walk.depth > 0) {
            uint32_t node = walk.path[walk.depth - 1];
            if (walk.next[node] < walk.start[node + 1])
                advance(&walk, node);
            else
                leave(&walk, node);
        }
    }
    free(walk.block);
    if (!done)
        graph_blocks_free(blocks);
    return done;
}

void graph_blocks_free(struct graph_blocks *blocks)
{
    free(blocks->block);
    *blocks = (struct graph_blocks){0};
}
