#include "convex/colouring.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* Neighbours through knees and curved laws: those of unknown i are list[start[i]..start[i + 1]). */
struct neighbours {
    int32_t *start; /* [n + 2] */
    int32_t *list;  /* [2 branches] */
};

/* The ends of branch k: first the knees, then the curved laws. False where one is ground. */
static bool ends(const struct qp *qp, uint32_t k, int32_t *i, int32_t *j)
{
    *i = k < qp->knees ? qp->knee[k].i : qp->nonlinear[k - qp->knees].i;
    *j = k < qp->knees ? qp->knee[k].j : qp->nonlinear[k - qp->knees].j;
    return *i != GROUND_UNKNOWN && *j != GROUND_UNKNOWN;
}

static void find_neighbours(const struct neighbours *neighbours, const struct qp *qp)
{
    uint32_t branches = qp->knees + qp->nonlinears;
    int32_t i, j, *fill = neighbours->start + 1; /* becomes start[] while filling */
    for (uint32_t k = 0; k < branches; k++)
        if (ends(qp, k, &i, &j)) {
            fill[i + 1]++;
            fill[j + 1]++;
        }
    for (int32_t v = 0; v < qp->L.n; v++)
        fill[v + 1] += fill[v];
    for (uint32_t k = 0; k < branches; k++)
        if (ends(qp, k, &i, &j)) {
            neighbours->list[fill[i]++] = j;
            neighbours->list[fill[j]++] = i;
        }
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

static void sort_by_colour(const int32_t *colour, int32_t n, int32_t *order, int32_t *start, int32_t colours)
{
    int32_t *fill = start + 1; /* becomes start[] while filling */
    memset(start, 0, ((size_t)colours + 2) * sizeof *start);
    for (int32_t i = 0; i < n; i++)
        fill[colour[i] + 1]++;
    for (int32_t c = 0; c < colours; c++)
        fill[c + 1] += fill[c];
    for (int32_t i = 0; i < n; i++)
        order[fill[colour[i]]++] = i;
}

bool colouring_build(const struct qp *qp, int32_t *order, int32_t *start, int32_t *colours)
{
    struct neighbours neighbours;
    size_t n = (size_t)qp->L.n, branches = (size_t)qp->knees + qp->nonlinears;
    int32_t *colour, *taken;
    const struct array_request request[] = {
        {&colour, n, sizeof *colour},
        {&taken, n + 1, sizeof *taken},
        {&neighbours.start, n + 2, sizeof *neighbours.start},
        {&neighbours.list, 2 * branches, sizeof *neighbours.list},
    };
    void *block = arrays_new(request, sizeof request / sizeof *request);
    if (!block)
        return false;
    find_neighbours(&neighbours, qp);
    memset(colour, 0xff, n * sizeof *colour);
    *colours = 0;
    for (int32_t i = 0; i < qp->L.n; i++) {
        colour[i] = lowest(qp, &neighbours, colour, taken, i);
        if (colour[i] >= *colours)
            *colours = colour[i] + 1;
    }
    sort_by_colour(colour, qp->L.n, order, start, *colours);
    free(block);
    return true;
}
