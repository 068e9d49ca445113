#include "convex/linear.h"

#include "util/array.h"
#include "util/magnitude.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REFINEMENTS = 10, EXTRA_REFINEMENTS = 4 };
static const double goal = 2 * DBL_EPSILON;       /* residual over its rounding scale that is good enough */
static const double meshed_goal = 8 * DBL_EPSILON; /* more than rounding leaves where sources do not cancel */
static const double uneven = 1e4; /* S/S */
static const double net_tolerance = 1e-9;         /* net current of a floating part over its currents */

static double *diagonal(const struct laplacian *L, int32_t i)
{
    return &L->x[L->d[i]];
}

/* What is fixed beforehand of the rounding floor of an unknown. */
static double weight(const struct qp *qp, int32_t i)
{
    return qp->injected_magnitude[i] + qp->floor[i];
}

/* A part without ground is anchored where the rounding floor is highest: what rounding leaves over in the part is added
 * there. The anchor has the size of the unknown's own conductance, so that the factor stays as well scaled as L is. */
static void choose_anchors(struct linear *linear, const struct qp *qp)
{
    for (int32_t part = 0; part < linear->parts.count; part++) {
        int32_t begin = linear->parts.start[part], end = linear->parts.start[part + 1];
        int32_t best = linear->parts.node[begin];
        if (linear->parts.grounded[part])
            continue;
        for (int32_t q = begin; q < end; q++)
            if (weight(qp, linear->parts.node[q]) > weight(qp, best))
                best = linear->parts.node[q];
        double own = *diagonal(&qp->L, best);
        linear->anchor[best] = own > 0 ? own : 1;
    }
}

static enum solve_status eliminate(struct linear *linear, const struct qp *qp, struct solve_info *info)
{
    enum star_mesh_status status =
        star_mesh_factor(&linear->mesh, &qp->L, qp->ground, linear->anchor, cholesky_order(linear->cholesky));
    info->factorisations++;
    linear->factored = true;
    linear->definite = status == STAR_MESH_OK;
    return status == STAR_MESH_OK ? SOLVE_OK : status == STAR_MESH_NO_MEMORY ? SOLVE_NO_MEMORY : SOLVE_STALLED;
}

static enum solve_status factor(struct linear *linear, struct qp *qp, struct solve_info *info)
{
    bool even, close = true;
    star_mesh_free(&linear->mesh);
    if (!components_are_tied(&qp->L, qp->ground, linear->anchor, uneven, &even) ||
        (!even && !components_are_tied(&qp->L, qp->ground, linear->anchor, star_mesh_spread, &close)))
        return SOLVE_NO_MEMORY;
    linear->uneven = !even;
    /* A factorisation with subtractions may lose small conductances beside large ones. */
    if (!close && cholesky_flops(linear->cholesky) < star_mesh_dear)
        return eliminate(linear, qp, info);
    for (int32_t i = 0; i < qp->L.n; i++)
        if (linear->anchor[i] > 0) {
            linear->kept[i] = *diagonal(&qp->L, i);
            *diagonal(&qp->L, i) += linear->anchor[i];
        }
    enum cholesky_status status = cholesky_factor(linear->cholesky, &qp->L);
    for (int32_t i = 0; i < qp->L.n; i++)
        if (linear->anchor[i] > 0)
            *diagonal(&qp->L, i) = linear->kept[i];
    info->factorisations++;
    info->fill = (size_t)fmax((double)info->fill, cholesky_fill(linear->cholesky));
    linear->factored = true;
    linear->definite = status == CHOLESKY_OK;
    if (status == CHOLESKY_NO_MEMORY)
        return SOLVE_NO_MEMORY;
    return linear->definite ? SOLVE_OK : SOLVE_STALLED;
}

enum solve_status linear_new(struct linear *linear, const struct qp *qp, bool small, struct solve_info *info)
{
    size_t n = (size_t)qp->L.n;
    linear->anchor = array_new(n, sizeof *linear->anchor);
    linear->r = array_new(n, sizeof *linear->r);
    linear->d = array_new(n, sizeof *linear->d);
    linear->kept = array_new(n, sizeof *linear->kept);
    linear->most = array_new(n, sizeof *linear->most);
    if (!linear->anchor || !linear->r || !linear->d || !linear->kept || !linear->most ||
        !components_build(&linear->parts, &qp->L, qp->ground, 0))
        return SOLVE_NO_MEMORY;
    linear->reference = array_new((size_t)linear->parts.count, sizeof *linear->reference);
    if (!linear->reference)
        return SOLVE_NO_MEMORY;
    choose_anchors(linear, qp);
    bool dense = small;
    for (int32_t part = 0; part < linear->parts.count; part++)
        dense &= linear->parts.grounded[part];
    linear->cholesky = dense ? cholesky_new_small(&qp->L) : cholesky_new(&qp->L);
    if (!linear->cholesky)
        return SOLVE_NO_MEMORY;
    info->analyses++;
    return SOLVE_OK;
}

/* The currents into a part without ground add up to zero but for rounding, which its heaviest node takes over: that one
 * has the largest floor. False when they do not. */
static bool balance(const struct linear *linear, struct qp *qp)
{
    for (int32_t part = 0; part < linear->parts.count; part++) {
        double net = 0, sum = 0, most = -1;
        int32_t heaviest = 0;
        if (linear->parts.grounded[part])
            continue;
        for (int32_t q = linear->parts.start[part]; q < linear->parts.start[part + 1]; q++) {
            int32_t i = linear->parts.node[q];
            net += qp->b[i];
            sum += weight(qp, i);
            if (weight(qp, i) > most) {
                most = weight(qp, i);
                heaviest = i;
            }
        }
        if (fabs(net) > net_tolerance * sum)
            return false;
        qp->b[heaviest] -= net;
    }
    return true;
}

/* r = b - Lx. Returns the largest |r_i| over the largest so far of its rounding scale, the sum of g |x|: where
 * refinement takes a potential away that is next to nothing, what is left is not compared with the rest of it. */
static double residual(const struct qp *qp, const double *x, double *most, double *r)
{
    const struct laplacian *L = &qp->L;
    double worst = 0;
    for (int32_t j = 0; j < L->n; j++) {
        double sum = qp->b[j] - qp->ground[j] * x[j], own = fabs(x[j]);
        double scale = qp->floor[j] + qp->ground[j] * own;
        for (int32_t q = L->p[j]; q < L->p[j + 1]; q++) {
            double other = x[L->i[q]], g = L->i[q] == j ? 0 : -L->x[q];
            sum -= g * (x[j] - other);
            scale += g * fmax(own, fabs(other));
        }
        r[j] = sum;
        most[j] = greater(most[j], scale);
        if (fabs(sum) > worst * most[j])
            worst = fabs(sum) / most[j];
    }
    return worst;
}

/* r once more: what a branch carries counts exactly the same at both its ends, so that what large conductances join
 * keeps what small ones bring. */
static void sharpen(const struct qp *qp, const double *x, double *r)
{
    const struct laplacian *L = &qp->L;
    for (int32_t j = 0; j < L->n; j++) {
        double sum = qp->b[j], rest = qp->rest ? qp->rest[j] : 0;
        add_exactly(&sum, &rest, -qp->ground[j] * x[j]);
        for (int32_t q = L->p[j]; q < L->p[j + 1]; q++)
            if (L->i[q] != j)
                add_exactly(&sum, &rest, L->x[q] * (x[j] - x[L->i[q]]));
        r[j] = sum + rest;
    }
}

static bool back_substitute(const struct linear *linear, const double *b, double *x)
{
    if (linear->mesh.n == 0)
        return cholesky_solve(linear->cholesky, b, x) == CHOLESKY_OK;
    star_mesh_solve(&linear->mesh, b, x);
    return true;
}

/* Bring the reference of each part without ground, its lowest-numbered unknown, back to the potential it came with. */
static void shift_back(const struct linear *linear, double *x)
{
    for (int32_t part = 0; part < linear->parts.count; part++) {
        int32_t begin = linear->parts.start[part], end = linear->parts.start[part + 1];
        if (linear->parts.grounded[part])
            continue;
        double shift = linear->reference[part] - x[linear->parts.node[begin]];
        for (int32_t q = begin; q < end; q++)
            x[linear->parts.node[q]] += shift;
    }
}

/* Residuals within rounding do not tell that an uneven factor is right about small conductances; steps that fall do. */
static enum solve_status refine(struct linear *linear, const struct qp *qp, double *x)
{
    int32_t n = qp->L.n;
    memset(linear->most, 0, (size_t)n * sizeof *linear->most);
    double worst = residual(qp, x, linear->most, linear->r), before = INFINITY;
    double enough = linear->mesh.n > 0 ? meshed_goal : goal;
    int extra = linear->uneven ? EXTRA_REFINEMENTS : 0;
    for (int step = 0; step < REFINEMENTS && (worst > enough || step < extra); step++) {
        bool good = worst <= enough;
        if (linear->uneven)
            sharpen(qp, x, linear->r);
        if (!back_substitute(linear, linear->r, linear->d))
            return SOLVE_NO_MEMORY;
        double size = largest_magnitude(linear->d, (size_t)n);
        if (good && !(size < before / 2))
            break;
        memcpy(linear->kept, x, (size_t)n * sizeof *x);
        for (int32_t i = 0; i < n; i++)
            x[i] += linear->d[i];
        double next = residual(qp, x, linear->most, linear->r);
        if (!(next < worst || (good && next <= meshed_goal))) {
            memcpy(x, linear->kept, (size_t)n * sizeof *x);
            break;
        }
        worst = next;
        before = size;
    }
    return isfinite(worst) ? SOLVE_OK : SOLVE_STALLED;
}

enum solve_status linear_solve(struct linear *linear, struct qp *qp, double *x, struct solve_info *info)
{
    int32_t n = qp->L.n;
    enum solve_status status = linear->factored ? SOLVE_OK : factor(linear, qp, info);
    if (status != SOLVE_OK)
        return status;
    if (!linear->definite || !balance(linear, qp))
        return SOLVE_STALLED;
    for (int32_t part = 0; part < linear->parts.count; part++)
        linear->reference[part] = x[linear->parts.node[linear->parts.start[part]]];
    for (int32_t i = 0; i < n; i++)
        linear->d[i] = qp->b[i] + linear->anchor[i] * x[i];
    if (!back_substitute(linear, linear->d, x))
        return SOLVE_NO_MEMORY;
    shift_back(linear, x); /* what it rounds off is refined with the rest */
    return refine(linear, qp, x);
}

void linear_free(struct linear *linear)
{
    components_free(&linear->parts);
    free(linear->anchor);
    free(linear->reference);
    free(linear->r);
    free(linear->d);
    free(linear->kept);
    free(linear->most);
    cholesky_free(linear->cholesky);
    star_mesh_free(&linear->mesh);
    *linear = (struct linear){0};
}
