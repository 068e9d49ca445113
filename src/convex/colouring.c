#include "convex/colouring.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* Neighbours through knees and bends: those of unknown i are list[start[i]..start[i + 1]). */
struct neighbours {
    int32_t *start, *list;
};

/* The ends of branch k: first the knees, then the bends. False where one is ground. */
static bool ends(const struct qp *qp, uint32_t k, int32_t *i, int32_t *j)
{
    *i = k < qp->knees ? qp->knee[k].i : qp->nonlinear[k - qp->knees].i;
    *j = k < qp->knees ? qp->knee[k].j : qp->nonlinear[k - qp->knees].j;
    return *i != GROUND_UNKNOWN && *j != GROUND_UNKNOWN;
}

static bool find_neighbours(struct neighbours *neighbours, const struct qp *qp)
{
    size_t n = (size_t)qp->L.n;
    uint32_t branches = qp->knees + qp->nonlinears;
    int32_t i, j;
    neighbours->start = array_new(n + 2, sizeof *neighbours->start);
    neighbours->list = array_new((size_t)branches * 2, sizeof *neighbours->list);
    if (!neighbours->start || !neighbours->list)
        return false;
    int32_t *fill = neighbours->start + 1;
    for (uint32_t k = 0; k < branches; k++)
        if (ends(qp, k, &i, &j)) {
            fill[i + 1]++;
            fill[j + 1]++;
        }
    for (size_t v = 0; v < n; v++)
        fill[v + 1] += fill[v];
    for (uint32_t k = 0; k < branches; k++)
        if (ends(qp, k, &i, &j)) {
            neighbours->list[fill[i]++] = j;
            neighbours->list[fill[j]++] = i;
        }
    return true;
}

/* The lowest colour that no neighbour of i has. taken [n] holds i + 1 where a colour is taken. */
static int32_t lowest(const struct qp *qp, const struct neighbours *neighbours, const int32_t *colour, int32_t *taken,
                      int32_t i)
{
    for (int32_t q = qp->L.p[i]; q < qp->L.p[i + 1]; q++)
        if (colour[qp->L.i[q]] >= 0)
            taken[colour[qp->L.i[q]]] = i + 1;
    for (int32_t q = neighbours->start[i]; q < neighbours->start[i + 1]; q++)
        if (colour[neighbours->list[q]] >= 0)
            taken[colour[neighbours->list[q]]] = i + 1;
    int32_t free_colour = 0;
    while (taken[free_colour] == i + 1)
        free_colour++;
    return free_colour;
}

static bool sort_by_colour(const int32_t *colour, int32_t n, int32_t *order, int32_t **start, int32_t colours)
{
    *start = array_new((size_t)colours + 2, sizeof **start);
    if (!*start)
        return false;
    int32_t *fill = *start + 1;
    for (int32_t i = 0; i < n; i++)
        fill[colour[i] + 1]++;
    for (int32_t c = 0; c < colours; c++)
        fill[c + 1] += fill[c];
    for (int32_t i = 0; i < n; i++)
        order[fill[colour[i]]++] = i;
    return true;
}

bool colouring_build(const struct qp *qp, int32_t *order, int32_t **start, int32_t *colours)
{
    struct neighbours neighbours = {0};
    size_t n = (size_t)qp->L.n;
    int32_t *colour = array_new(n, sizeof *colour), *taken = array_new(n + 1, sizeof *taken);
    bool done = colour && taken && find_neighbours(&neighbours, qp);
    *colours = 0;
    if (done) {
        memset(colour, 0xff, n * sizeof *colour);
        for (int32_t i = 0; i < qp->L.n; i++) {
            colour[i] = lowest(qp, &neighbours, colour, taken, i);
            if (colour[i] >= *colours)
                *colours = colour[i] + 1;
        }
        done = sort_by_colour(colour, qp->L.n, order, start, *colours);
    }
    free(colour);
    free(taken);
    free(neighbours.start);
    free(neighbours.list);
    return done;
}
