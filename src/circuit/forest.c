#include "circuit/forest.h"

#include "util/array.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Edges at each node in compressed rows: those of node v are list[start[v]..start[v + 1]). */
struct incidence {
    uint32_t *start; /* [n + 1] */
    uint32_t *list;  /* [2 m] */
};

static void incidence_free(struct incidence *incidence)
{
    free(incidence->start);
    free(incidence->list);
}

static bool incidence_build(struct incidence *incidence, uint32_t n, const struct forest_edge *edge, uint32_t m)
{
    incidence->start = array_new((size_t)n + 2, sizeof *incidence->start);
    incidence->list = array_new((size_t)m * 2, sizeof *incidence->list);
    if (!incidence->start || !incidence->list) {
        incidence_free(incidence);
        return false;
    }
    uint32_t *fill = incidence->start + 1; /* shifted by one: becomes start[] while filling */
    for (uint32_t e = 0; e < m; e++) {
        fill[edge[e].a + 1]++;
        fill[edge[e].k + 1]++;
    }
    for (uint32_t v = 0; v < n; v++)
        fill[v + 1] += fill[v];
    for (uint32_t e = 0; e < m; e++) {
        incidence->list[fill[edge[e].a]++] = e;
        incidence->list[fill[edge[e].k]++] = e;
    }
    return true;
}

/* Visit the tree of root, appending it to order from place `end` on. Returns the new end. */
static uint32_t visit(struct forest *forest, const struct incidence *incidence, const struct forest_edge *edge,
                      uint32_t root, uint32_t number, uint32_t end)
{
    uint32_t begin = end;
    forest->tree[root] = number;
    forest->parent[root] = root;
    forest->via[root] = FOREST_NO_EDGE;
    forest->order[end++] = root;
    for (; begin < end; begin++) {
        uint32_t v = forest->order[begin];
        for (uint32_t q = incidence->start[v]; q < incidence->start[v + 1]; q++) {
            uint32_t e = incidence->list[q];
            uint32_t w = edge[e].a == v ? edge[e].k : edge[e].a;
            if (forest->tree[w] == number)
                continue;
            forest->tree[w] = number;
            forest->parent[w] = v;
            forest->via[w] = e;
            forest->order[end++] = w;
        }
    }
    return end;
}

static uint32_t heaviest(const struct forest *forest, uint32_t begin, uint32_t end, const double *weight)
{
    uint32_t best = forest->order[begin];
    for (uint32_t q = begin + 1; q < end; q++)
        if (weight[forest->order[q]] > weight[best])
            best = forest->order[q];
    return best;
}

bool forest_build(struct forest *forest, uint32_t n, const struct forest_edge *edge, uint32_t m,
                  const double *weight)
{
    assert(n > 0);
    struct incidence incidence = {0};
    forest->nodes = n;
    forest->tree = array_new(n, sizeof *forest->tree);
    forest->order = array_new(n, sizeof *forest->order);
    forest->parent = array_new(n, sizeof *forest->parent);
    forest->via = array_new(n, sizeof *forest->via);
    if (!forest->tree || !forest->order || !forest->parent || !forest->via ||
        !incidence_build(&incidence, n, edge, m)) {
        forest_free(forest);
        return false;
    }
    const uint32_t unseen = UINT32_MAX;
    memset(forest->tree, 0xff, (size_t)n * sizeof *forest->tree);
    uint32_t end = 0;
    for (uint32_t v = 0; v < n; v++) {
        if (forest->tree[v] != unseen)
            continue;
        uint32_t begin = end;
        end = visit(forest, &incidence, edge, v, forest->trees, begin);
        uint32_t root = weight && v != 0 ? heaviest(forest, begin, end, weight) : v;
        if (root != v) {
            for (uint32_t q = begin; q < end; q++)
                forest->tree[forest->order[q]] = unseen;
            end = visit(forest, &incidence, edge, root, forest->trees, begin);
        }
        forest->trees++;
    }
    forest->acyclic = m == n - forest->trees;
    incidence_free(&incidence);
    return true;
}

void forest_offsets(const struct forest *forest, const struct forest_edge *edge, const double *value, double *offset)
{
    for (uint32_t q = 0; q < forest->nodes; q++) {
        uint32_t v = forest->order[q], e = forest->via[v], up = forest->parent[v];
        if (e == FOREST_NO_EDGE)
            offset[v] = 0;
        else
            offset[v] = offset[up] + (edge[e].a == v ? value[e] : -value[e]);
    }
}

static uint32_t depth(const struct forest *forest, uint32_t v)
{
    uint32_t d = 0;
    for (; forest->parent[v] != v; v = forest->parent[v])
        d++;
    return d;
}

uint32_t forest_path(const struct forest *forest, uint32_t p, uint32_t q, uint32_t *path)
{
    uint32_t dp = depth(forest, p), dq = depth(forest, q), length = 0, tail = 0;
    uint32_t *back = path + forest->nodes; /* the part from q upwards is collected from the far end */
    while (p != q) {
        if (dp >= dq) {
            path[length++] = forest->via[p];
            p = forest->parent[p];
            dp--;
        } else {
            back[-1 - (ptrdiff_t)tail++] = forest->via[q];
            q = forest->parent[q];
            dq--;
        }
    }
    memmove(path + length, back - tail, tail * sizeof *path);
    return length + tail;
}

void forest_free(struct forest *forest)
{
    free(forest->tree);
    free(forest->order);
    free(forest->parent);
    free(forest->via);
    *forest = (struct forest){0};
}
