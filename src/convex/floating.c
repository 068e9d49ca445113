#include "convex/floating.h"

#include "convex/lagrangian.h"
#include "util/array.h"
#include "util/disjoint.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

/* Node 0 is ground, node i + 1 unknown i; set[] holds disjoint sets of them. */
static int32_t find(uint32_t *set, int32_t v)
{
    return (int32_t)disjoint_root(set, (uint32_t)v);
}

static void join(uint32_t *set, int32_t v, int32_t w)
{
    disjoint_join(set, (uint32_t)v, (uint32_t)w);
}

static void join_conducting(uint32_t *set, const struct qp *qp, const bool *conducts, const double *x)
{
    const struct laplacian *L = &qp->L;
    for (int32_t j = 0; j < L->n; j++) {
        if (qp->ground[j] > 0)
            join(set, 0, j + 1);
        for (int32_t q = L->p[j]; q < L->p[j + 1] && L->i[q] < j; q++)
            join(set, L->i[q] + 1, j + 1);
    }
    for (uint32_t k = 0; k < qp->knees; k++)
        if (conducts[k])
            join(set, qp->knee[k].i + 1, qp->knee[k].j + 1);
    for (uint32_t q = 0; q < qp->nonlinears; q++) {
        double slope, f = curve_current(qp->nonlinear[q].curve, nonlinear_voltage(&qp->nonlinear[q], x), &slope);
        if (slope > 0 || f != 0)
            join(set, qp->nonlinear[q].i + 1, qp->nonlinear[q].j + 1);
    }
}

/* shift[i] - shift[j] <= slack, for parts named by their roots. */
struct bound {
    int32_t i, j;
    double slack; /* V, >= 0 */
};

/* Shortest distances: how far each part can rise (or fall, with the bounds turned round) before one
 * that is fixed holds it. */
static void distances(const struct bound *bound, size_t bounds, bool falling, const bool *fixed, const double *shift,
                      int32_t nodes, double *distance)
{
    for (int32_t v = 0; v < nodes; v++)
        distance[v] = fixed[v] ? (falling ? -shift[v] : shift[v]) : INFINITY;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t q = 0; q < bounds; q++) {
            int32_t to = falling ? bound[q].j : bound[q].i, from = falling ? bound[q].i : bound[q].j;
            double reach = distance[from] + bound[q].slack;
            if (!fixed[to] && reach < distance[to]) {
                distance[to] = reach;
                changed = true;
            }
        }
    }
}

static size_t collect_bounds(uint32_t *set, const struct qp *qp, const bool *conducts, const double *x,
                             struct bound *bound, bool *bounded)
{
    size_t bounds = 0;
    for (uint32_t k = 0; k < qp->knees; k++) {
        const struct knee *knee = &qp->knee[k];
        int32_t i = find(set, knee->i + 1), j = find(set, knee->j + 1);
        if (conducts[k] || i == j)
            continue;
        bound[bounds++] = (struct bound){i, j, fmax(0, knee->c - at(x, knee->i) + at(x, knee->j))};
        bounded[i] = bounded[j] = true;
    }
    return bounds;
}

/* Choose the shift of each open part in turn; open[] tells which were free to move. */
static void choose_shifts(uint32_t *set, int32_t nodes, const double *x, const struct bound *bound, size_t bounds,
                          const bool *bounded, bool *fixed, double *shift, double *rise, double *fall, bool *open)
{
    for (int32_t v = 0; v < nodes; v++)
        fixed[v] = find(set, v) == 0;
    for (int32_t v = 1; v < nodes; v++) {
        if (find(set, v) != v)
            continue;
        double wish = -x[v - 1];
        open[v] = true;
        if (bounded[v]) {
            distances(bound, bounds, false, fixed, shift, nodes, rise);
            distances(bound, bounds, true, fixed, shift, nodes, fall);
            double room = rise[v] + fall[v], scale = fmax(fabs(rise[v]), fabs(x[v - 1]));
            open[v] = isinf(room) || room > 1e-9 * scale;
            wish = fmax(-fall[v], fmin(rise[v], wish));
        }
        shift[v] = wish;
        fixed[v] = true;
    }
}

bool floating_settle(const struct qp *qp, const bool *conducts, double *x, int32_t *reference, bool *untied)
{
    int32_t n = qp->L.n, nodes = n + 1, open_parts = 0;
    uint32_t *set = array_new((size_t)nodes, sizeof *set);
    if (!set)
        return false;
    disjoint_init(set, (uint32_t)nodes);
    join_conducting(set, qp, conducts, x);
    for (int32_t i = 0; i < n; i++) {
        reference[i] = GROUND_UNKNOWN;
        open_parts += find(set, i + 1) == i + 1;
    }
    *untied = open_parts > 0;
    if (open_parts == 0) {
        free(set);
        return true;
    }
    struct bound *bound = array_new(qp->knees, sizeof *bound);
    double *work = array_new((size_t)nodes * 3, sizeof *work);
    bool *flags = array_new((size_t)nodes * 3, sizeof *flags);
    bool done = bound && work && flags;
    if (done) {
        double *shift = work, *rise = work + nodes, *fall = rise + nodes;
        bool *bounded = flags, *fixed = flags + nodes, *open = fixed + nodes;
        size_t bounds = collect_bounds(set, qp, conducts, x, bound, bounded);
        choose_shifts(set, nodes, x, bound, bounds, bounded, fixed, shift, rise, fall, open);
        for (int32_t i = 0; i < n; i++) {
            int32_t part = find(set, i + 1);
            if (part == 0)
                continue;
            x[i] += shift[part];
            reference[i] = open[part] ? part - 1 : GROUND_UNKNOWN;
        }
    }
    free(set);
    free(bound);
    free(work);
    free(flags);
    return done;
}
