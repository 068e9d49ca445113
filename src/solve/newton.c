#include "solve/newton.h"

#include "util/array.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NEWTON_STEPS = 100 };
/* Gradient over the terms it is made of: as good as zero; and so near that what no longer halves it is rounding. */
static const double rounding = 8 * DBL_EPSILON, nearly = 1e-13;

static int32_t place(const struct laplacian *H, int32_t row, int32_t column)
{
    return row == QP_GROUND || column == QP_GROUND ? -1 : laplacian_find(H, row, column);
}

/* The pattern of L with an entry for each knee. */
static bool build_pattern(struct newton *newton, const struct qp *qp)
{
    const struct laplacian *L = &qp->L;
    size_t m = 0;
    struct conductance *edge = array_new((size_t)L->p[L->n] + qp->knees, sizeof *edge);
    if (!edge)
        return false;
    for (int32_t j = 0; j < L->n; j++)
        for (int32_t q = L->p[j]; q < L->p[j + 1] && L->i[q] <= j; q++)
            edge[m++] = L->i[q] < j ? (struct conductance){L->i[q], j, -L->x[q]}
                                    : (struct conductance){j, QP_GROUND, qp->ground[j]};
    for (uint32_t k = 0; k < qp->knees; k++)
        edge[m++] = (struct conductance){qp->knee[k].i, qp->knee[k].j, 0};
    bool done = laplacian_build(&newton->H, L->n, edge, m);
    free(edge);
    return done;
}

bool newton_new(struct newton *newton, const struct qp *qp)
{
    size_t n = (size_t)qp->L.n;
    if (!build_pattern(newton, qp))
        return false;
    const struct laplacian *H = &newton->H;
    newton->base = array_new((size_t)H->p[n], sizeof *newton->base);
    newton->entry = array_new(qp->knees, sizeof *newton->entry);
    newton->gradient = array_new(n, sizeof *newton->gradient);
    newton->d = array_new(n, sizeof *newton->d);
    newton->active = array_new(qp->knees, sizeof *newton->active);
    newton->held = array_new(qp->knees, sizeof *newton->held);
    newton->cholesky = cholesky_new(H);
    if (!newton->base || !newton->entry || !newton->gradient || !newton->d || !newton->active || !newton->held ||
        !newton->cholesky) {
        newton_free(newton);
        return false;
    }
    memcpy(newton->base, H->x, (size_t)H->p[n] * sizeof *newton->base);
    for (uint32_t k = 0; k < qp->knees; k++) {
        int32_t i = qp->knee[k].i, j = qp->knee[k].j;
        newton->entry[k] = (struct knee_entry){place(H, i, j), place(H, j, i), place(H, i, i), place(H, j, j)};
    }
    return true;
}

static void add(double *x, int32_t place, double g)
{
    if (place >= 0)
        x[place] += g;
}

/* The Hessian of the present piece. */
static void assemble(struct newton *newton, const struct lagrangian *lagrangian)
{
    const struct qp *qp = lagrangian->qp;
    struct laplacian *H = &newton->H;
    memcpy(H->x, newton->base, (size_t)H->p[H->n] * sizeof *H->x);
    for (int32_t i = 0; i < H->n; i++)
        if (lagrangian->anchor[i] > 0)
            H->x[laplacian_find(H, i, i)] += lagrangian->anchor[i];
    for (uint32_t k = 0; k < qp->knees; k++) {
        const struct knee_entry *entry = &newton->entry[k];
        double w = lagrangian->w[k];
        newton->held[k] = newton->active[k];
        if (!newton->active[k])
            continue;
        add(H->x, entry->ii, w);
        add(H->x, entry->jj, w);
        add(H->x, entry->ij, -w);
        add(H->x, entry->ji, -w);
    }
}

static void find_active(struct newton *newton, const struct lagrangian *lagrangian, const double *x)
{
    for (uint32_t k = 0; k < lagrangian->qp->knees; k++)
        newton->active[k] = lagrangian_excess(lagrangian, k, x) > 0;
}

/* Which knees conduct at x + t d, by the order of t and of each knee's breakpoint on the line: where the search ends close
 * behind one, the rounded excess at the new point cannot tell. */
static void cross(struct newton *newton, const struct lagrangian *lagrangian, const double *x, double t)
{
    for (uint32_t k = 0; k < lagrangian->qp->knees; k++) {
        const struct knee *knee = &lagrangian->qp->knee[k];
        double rate = at(newton->d, knee->i) - at(newton->d, knee->j), excess = lagrangian_excess(lagrangian, k, x);
        double breakpoint = -excess / rate;
        newton->active[k] = rate == 0 ? excess > 0 : rate > 0 ? t > breakpoint : t < breakpoint;
    }
}

/* Direction to the minimum of the present piece: H d = -gradient. */
static enum solve_status direction(struct newton *newton, const struct lagrangian *lagrangian, struct solve_info *info)
{
    assemble(newton, lagrangian);
    info->factorisations++;
    enum cholesky_status status = cholesky_factor(newton->cholesky, &newton->H);
    if (status == CHOLESKY_OK)
        status = cholesky_solve(newton->cholesky, newton->gradient, newton->d);
    if (status != CHOLESKY_OK)
        return status == CHOLESKY_NO_MEMORY ? SOLVE_NO_MEMORY : SOLVE_STALLED;
    for (int32_t i = 0; i < newton->H.n; i++)
        newton->d[i] = -newton->d[i];
    return SOLVE_OK;
}

enum solve_status newton_minimise(struct newton *newton, struct lagrangian *lagrangian, double *x, struct solve_info *info)
{
    uint32_t knees = lagrangian->qp->knees;
    info->fill = (size_t)fmax((double)info->fill, cholesky_fill(newton->cholesky));
    double left = INFINITY;
    find_active(newton, lagrangian, x);
    for (int step = 0; step < NEWTON_STEPS; step++) {
        double before = left;
        left = lagrangian_gradient(lagrangian, x, newton->gradient);
        if (step > 0 && (left <= rounding || (left <= nearly && left > before / 2)))
            return SOLVE_OK;
        enum solve_status status = direction(newton, lagrangian, info);
        if (status != SOLVE_OK)
            return status;
        double t = lagrangian_search(lagrangian, x, newton->d, newton->gradient);
        if (t == 0)
            return SOLVE_OK; /* the direction is rounding error: x is the minimum */
        if (fabs(t - 1) < 1e-8)
            t = 1;
        cross(newton, lagrangian, x, t);
        for (int32_t i = 0; i < newton->H.n; i++)
            x[i] += t * newton->d[i];
        if (t == 1 && memcmp(newton->active, newton->held, knees * sizeof *newton->active) == 0)
            return SOLVE_OK;
    }
    return SOLVE_STALLED;
}

void newton_free(struct newton *newton)
{
    laplacian_free(&newton->H);
    free(newton->base);
    free(newton->entry);
    free(newton->gradient);
    free(newton->d);
    free(newton->active);
    free(newton->held);
    cholesky_free(newton->cholesky);
    *newton = (struct newton){0};
}
