#include "convex/newton.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Current that an anchor may keep, over the terms that meet at its node. */
static const double anchor_current = 1e-13;

/* ---- the matrix -------------------------------------------------------------------------------------------------- */

/* The pattern of L with an entry for each knee and curved branch. */
static bool build_pattern(struct newton *newton, const struct qp *qp)
{
    const struct laplacian *L = &qp->L;
    size_t m = 0;
    struct conductance *edge = array_new((size_t)L->p[L->n] + qp->knees + qp->nonlinears, sizeof *edge);
    if (!edge)
        return false;
    for (int32_t j = 0; j < L->n; j++)
        for (int32_t q = L->p[j]; q < L->p[j + 1] && L->i[q] <= j; q++)
            edge[m++] = L->i[q] < j ? (struct conductance){L->i[q], j, -L->x[q]}
                                    : (struct conductance){j, GROUND_UNKNOWN, qp->ground[j]};
    for (uint32_t k = 0; k < qp->knees; k++)
        edge[m++] = (struct conductance){qp->knee[k].i, qp->knee[k].j, 0};
    for (uint32_t q = 0; q < qp->nonlinears; q++)
        edge[m++] = (struct conductance){qp->nonlinear[q].i, qp->nonlinear[q].j, 0};
    bool done = laplacian_build(&newton->H, L->n, edge, m);
    free(edge);
    return done;
}

/* The values of L in the pattern of H: both have sorted columns. */
static void load_base(struct newton *newton, const struct qp *qp)
{
    const struct laplacian *L = &qp->L, *H = &newton->H;
    memset(newton->base, 0, (size_t)H->p[H->n] * sizeof *newton->base);
    for (int32_t j = 0; j < L->n; j++)
        for (int32_t q = L->p[j], to = H->p[j]; q < L->p[j + 1]; q++) {
            while (H->i[to] < L->i[q])
                to++;
            newton->base[to] = L->x[q];
        }
    newton->loaded = qp->version;
}

static bool new_arrays(struct newton *newton, const struct qp *qp)
{
    size_t n = (size_t)qp->L.n, branches = (size_t)qp->knees + qp->nonlinears;
    const struct array_request request[] = {
        {&newton->base, (size_t)newton->H.p[n], sizeof *newton->base},
        {&newton->stamp, branches, sizeof *newton->stamp},
        {&newton->g, branches, sizeof *newton->g},
        {&newton->ground, n, sizeof *newton->ground},
        {&newton->gradient, n, sizeof *newton->gradient},
        {&newton->d, n, sizeof *newton->d},
        {&newton->active, qp->knees, sizeof *newton->active},
        {&newton->companion, qp->nonlinears, sizeof *newton->companion},
        {&newton->kept, qp->nonlinears, sizeof *newton->kept},
        {&newton->surroundings, qp->nonlinears, sizeof *newton->surroundings},
    };
    newton->block = arrays_new(request, sizeof request / sizeof *request);
    return newton->block;
}

/* Directions need no more of iterations than to point downhill. */
static const double direction_accuracy = 1e-5;

bool newton_new(struct newton *newton, const struct qp *qp, enum factor_choice linear)
{
    if (!build_pattern(newton, qp) || !new_arrays(newton, qp) || !(newton->factor = factor_new(&newton->H, linear))) {
        newton_free(newton);
        return false;
    }
    factor_set_accuracy(newton->factor, direction_accuracy);
    for (uint32_t k = 0; k < qp->knees; k++)
        newton->stamp[k] = stamp_find(&newton->H, qp->knee[k].i, qp->knee[k].j);
    for (uint32_t q = 0; q < qp->nonlinears; q++)
        newton->stamp[qp->knees + q] = stamp_find(&newton->H, qp->nonlinear[q].i, qp->nonlinear[q].j);
    newton->knee_steps = NEWTON_FEW_STEPS;
    load_base(newton, qp);
    newton_look_around(newton, qp);
    return true;
}

void newton_revalue(struct newton *newton, const struct qp *qp)
{
    newton_look_around(newton, qp);
}

void newton_free(struct newton *newton)
{
    laplacian_free(&newton->H);
    factor_free(newton->factor);
    free(newton->block);
    *newton = (struct newton){0};
}

void newton_assemble(struct newton *newton, const struct qp *qp)
{
    struct laplacian *H = &newton->H;
    if (newton->loaded != qp->version)
        load_base(newton, qp);
    memcpy(H->x, newton->base, (size_t)H->p[H->n] * sizeof *H->x);
    memcpy(newton->ground, qp->ground, (size_t)H->n * sizeof *newton->ground);
    for (uint32_t k = 0; k < qp->knees + qp->nonlinears; k++)
        if (newton->g[k] != 0)
            stamp_add(&newton->stamp[k], H, newton->ground, newton->g[k]);
}

static enum solve_status status_of(enum factor_status status)
{
    return status == FACTOR_OK ? SOLVE_OK : status == FACTOR_NO_MEMORY ? SOLVE_NO_MEMORY : SOLVE_STALLED;
}

enum solve_status newton_factor(struct newton *newton, const double *anchor, enum factor_care care,
                                struct solve_info *info)
{
    if (watch_ends(newton->watch, (size_t)newton->H.n))
        return SOLVE_STALLED;
    info->factorisations++;
    return status_of(factor_refactor_with(newton->factor, care, &newton->H, newton->ground, anchor));
}

enum solve_status newton_direction(struct newton *newton)
{
    enum factor_status status = factor_solve(newton->factor, newton->gradient, newton->d);
    for (int32_t i = 0; i < newton->H.n; i++)
        newton->d[i] = -newton->d[i];
    return status_of(status);
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

static void cross(struct newton *newton, const struct lagrangian *lagrangian, const double *x, double t)
{
    for (uint32_t k = 0; k < lagrangian->qp->knees; k++) {
        const struct knee *knee = &lagrangian->qp->knee[k];
        double rate = at(newton->d, knee->i) - at(newton->d, knee->j), excess = lagrangian_excess(lagrangian, k, x);
        double breakpoint = -excess / rate;
        newton->active[k] = rate == 0 ? excess > 0 : rate > 0 ? t > breakpoint : t < breakpoint;
    }
}

double newton_move(struct newton *newton, const struct lagrangian *lagrangian, double t, double *x)
{
    static const double full = 1e-8; /* the line search's own rounding */
    if (fabs(t - 1) < full)
        t = 1;
    cross(newton, lagrangian, x, t);
    for (int32_t i = 0; i < newton->H.n; i++)
        x[i] += t * newton->d[i];
    return t;
}

/* ---- minima ------------------------------------------------------------------------------------------------------ */

enum solve_status newton_minimise(struct newton *newton, struct lagrangian *lagrangian, double *x,
                                  struct solve_info *info)
{
    info->fill = (size_t)fmax((double)info->fill, factor_fill(newton->factor));
    info->linear = factor_kind(newton->factor);
    for (uint32_t k = 0; k < lagrangian->qp->knees; k++)
        newton->active[k] = lagrangian_excess(lagrangian, k, x) > 0;
    return lagrangian->qp->nonlinears > 0 ? newton_minimise_curved(newton, lagrangian, x, info)
                                          : newton_minimise_knees(newton, lagrangian, x, info);
}

/* Does an anchor keep a current? */
static bool is_held(struct newton *newton, struct lagrangian *lagrangian, const double *x)
{
    lagrangian_gradient(lagrangian, x, NULL, newton->gradient);
    for (int32_t i = 0; i < newton->H.n; i++)
        if (fabs(lagrangian->anchor[i] * (x[i] - lagrangian->z[i])) > anchor_current * lagrangian->scale[i])
            return true;
    return false;
}

enum solve_status newton_solve(struct newton *newton, struct lagrangian *lagrangian, double *x,
                               struct solve_info *info)
{
    enum { OUTER_STEPS = 30 };
    for (int outer = 0; outer < OUTER_STEPS; outer++) {
        lagrangian_hold(lagrangian, x);
        enum solve_status status = newton_minimise(newton, lagrangian, x, info);
        if (status != SOLVE_OK || !is_held(newton, lagrangian, x))
            return status;
        lagrangian_weaken(lagrangian);
    }
    return SOLVE_STALLED;
}
