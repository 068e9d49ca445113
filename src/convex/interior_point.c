#include "convex/interior_point.h"

#include "linear/components.h"
#include "util/array.h"
#include "util/magnitude.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 80 }; /* far more than any circuit has taken */

/* Of the largest voltage: v at the end, and how far rooms may then be from what they stand for. Test:
 * chains_close_at_once, where a diode of 3,000 has that much less than the source. */
static const double least_v = 1e-10;

/* Rooms and currents at first, over the largest excess and what that drives through the local conductance: less keeps
 * steps short, where a chain's current is far larger. Test: chains_close_at_once. */
static const double first_room = 1e3;

/* Of the way to where the first current or room would be 0. Tests: chains_close_at_once,
 * interior_point_finds_what_newton_finds. */
static const double part_way = 0.995;

struct interior {
    struct newton *newton;
    struct lagrangian *lagrangian;
    const struct qp *qp;
    double *x;                 /* [n] V */
    double *f, *t;             /* [knees] A, V, > 0 */
    double *f_rate, *t_rate;   /* [knees] A, V, along the present direction */
    double *anchor;            /* [n] S, holds what neither resistors nor knees tie to ground */
    double *residual;          /* [n] A, by which Kirchhoff's law is missed at x with f */
    void *block;
};

static bool interior_new(struct interior *interior)
{
    size_t knees = interior->qp->knees, n = (size_t)interior->qp->L.n;
    const struct array_request request[] = {
        {&interior->f, knees, sizeof(double)},
        {&interior->t, knees, sizeof(double)},
        {&interior->f_rate, knees, sizeof(double)},
        {&interior->t_rate, knees, sizeof(double)},
        {&interior->anchor, n, sizeof(double)},
        {&interior->residual, n, sizeof(double)},
    };
    interior->block = arrays_new(request, sizeof request / sizeof *request);
    return interior->block;
}

/* ---- knees ------------------------------------------------------------------------------------------------------- */

/* A knee of negative g is a conductance g, always there, and one of -g the other way round: g max(0, s) = g s - g
 * max(0, -s). */
static double direction_of(const struct knee *knee)
{
    return knee->g < 0 ? -1 : 1;
}

static double always_there(const struct knee *knee)
{
    return fmin(knee->g, 0);
}

static double drop(const struct knee *knee, const double *x)
{
    return at(x, knee->i) - at(x, knee->j);
}

static double excess(const struct knee *knee, const double *x)
{
    return direction_of(knee) * (drop(knee, x) - knee->c);
}

static double weight(const struct interior *interior, uint32_t k)
{
    return fabs(interior->lagrangian->w[k]);
}

/* How far room and excess are from what they are to each other. V */
static double mismatch(const struct interior *interior, uint32_t k)
{
    const struct knee *knee = &interior->qp->knee[k];
    return excess(knee, interior->x) + interior->t[k] - interior->f[k] / fabs(knee->g);
}

/* ---- directions -------------------------------------------------------------------------------------------------- */

static void find_residual(struct interior *interior)
{
    const struct qp *qp = interior->qp;
    double *residual = interior->residual;
    laplacian_apply(&qp->L, qp->ground, interior->x, residual);
    for (int32_t i = 0; i < qp->L.n; i++)
        residual[i] -= qp->b[i];
    for (uint32_t k = 0; k < qp->knees; k++) {
        const struct knee *knee = &qp->knee[k];
        double line = always_there(knee) * (drop(knee, interior->x) - knee->c);
        add_flow(residual, knee->i, knee->j, line + direction_of(knee) * interior->f[k]);
    }
}

static enum solve_status factor(struct interior *interior, struct solve_info *info)
{
    const struct qp *qp = interior->qp;
    for (uint32_t k = 0; k < qp->knees; k++) {
        const struct knee *knee = &qp->knee[k];
        double f = interior->f[k];
        interior->newton->g[k] = always_there(knee) + f / (interior->t[k] + f / fabs(knee->g));
    }
    newton_assemble(interior->newton, qp);
    return newton_factor(interior->newton, interior->anchor, FACTOR_BY_SPREAD, info);
}

/* The direction to f t = w v^2; corrected: by what the present rates are of second order. */
static enum solve_status aim(struct interior *interior, double v, bool corrected)
{
    const struct qp *qp = interior->qp;
    struct newton *newton = interior->newton;
    memcpy(newton->gradient, interior->residual, (size_t)qp->L.n * sizeof *newton->gradient);
    for (uint32_t k = 0; k < qp->knees; k++) {
        const struct knee *knee = &qp->knee[k];
        double f = interior->f[k], t = interior->t[k], second = interior->f_rate[k] * interior->t_rate[k];
        double aim = weight(interior, k) * v * v - f * t - (corrected ? second : 0);
        interior->f_rate[k] = (aim + f * mismatch(interior, k)) / (t + f / fabs(knee->g));
        add_flow(newton->gradient, knee->i, knee->j, direction_of(knee) * interior->f_rate[k]);
    }
    enum solve_status status = newton_direction(newton);
    for (uint32_t k = 0; status == SOLVE_OK && k < qp->knees; k++) {
        const struct knee *knee = &qp->knee[k];
        double f = interior->f[k], rise = direction_of(knee) * drop(knee, newton->d);
        interior->f_rate[k] += f / (interior->t[k] + f / fabs(knee->g)) * rise;
        interior->t_rate[k] = interior->f_rate[k] / fabs(knee->g) - rise - mismatch(interior, k);
    }
    return status;
}

/* How far the present direction can be followed before a current or a room is 0. */
static double reach(const struct interior *interior)
{
    double most = INFINITY;
    for (uint32_t k = 0; k < interior->qp->knees; k++) {
        if (interior->f_rate[k] < 0)
            most = fmin(most, -interior->f[k] / interior->f_rate[k]);
        if (interior->t_rate[k] < 0)
            most = fmin(most, -interior->t[k] / interior->t_rate[k]);
    }
    return most;
}

/* v^2 as it would be at a part of the present direction, as a mean. */
static double square_v(const struct interior *interior, double part)
{
    double sum = 0;
    for (uint32_t k = 0; k < interior->qp->knees; k++) {
        double f = interior->f[k] + part * interior->f_rate[k], t = interior->t[k] + part * interior->t_rate[k];
        sum += f * t / weight(interior, k);
    }
    return sum / interior->qp->knees;
}

/* ---- the iteration ----------------------------------------------------------------------------------------------- */

/* At the best-connected unknown of each part, with a conductance like its own; x stays there. */
static bool find_anchors(struct interior *interior)
{
    const struct newton *newton = interior->newton;
    const struct laplacian *H = &newton->H;
    struct components parts = {0};
    if (!components_build(&parts, H, newton->ground, 0))
        return false;
    for (int32_t part = 0; part < parts.count; part++) {
        int32_t best = parts.node[parts.start[part]];
        for (int32_t q = parts.start[part]; q < parts.start[part + 1]; q++)
            if (H->x[H->d[parts.node[q]]] > H->x[H->d[best]])
                best = parts.node[q];
        double own = H->x[H->d[best]];
        interior->anchor[best] = parts.grounded[part] ? 0 : own > 0 ? own : 1;
    }
    components_free(&parts);
    return true;
}

/* All knees as conductances w both ways; then currents and rooms as there, and more, so that none is 0. */
static enum solve_status begin(struct interior *interior, struct solve_info *info)
{
    const struct qp *qp = interior->qp;
    struct newton *newton = interior->newton;
    double most = 0;
    memset(interior->f, 0, qp->knees * sizeof *interior->f);
    find_residual(interior);
    memcpy(newton->gradient, interior->residual, (size_t)qp->L.n * sizeof *newton->gradient);
    for (uint32_t k = 0; k < qp->knees; k++) {
        newton->g[k] = weight(interior, k) + always_there(&qp->knee[k]);
        add_flow(newton->gradient, qp->knee[k].i, qp->knee[k].j,
                 direction_of(&qp->knee[k]) * weight(interior, k) * excess(&qp->knee[k], interior->x));
    }
    newton_assemble(newton, qp);
    if (!find_anchors(interior))
        return SOLVE_NO_MEMORY;
    enum solve_status status = newton_factor(newton, interior->anchor, FACTOR_BY_SPREAD, info);
    if (status == SOLVE_OK)
        status = newton_direction(newton);
    for (int32_t i = 0; status == SOLVE_OK && i < qp->L.n; i++)
        interior->x[i] += newton->d[i];
    for (uint32_t k = 0; k < qp->knees; k++)
        most = fmax(most, fabs(excess(&qp->knee[k], interior->x)));
    for (uint32_t k = 0; k < qp->knees; k++) {
        double s = excess(&qp->knee[k], interior->x);
        interior->f[k] = weight(interior, k) * (fmax(s, 0) + first_room * most);
        interior->t[k] = fmax(-s, 0) + first_room * most;
    }
    return status;
}

/* Predictor, corrector, step. */
static enum solve_status follow(struct interior *interior, struct solve_info *info)
{
    const struct qp *qp = interior->qp;
    find_residual(interior);
    enum solve_status status = factor(interior, info);
    if (status == SOLVE_OK)
        status = aim(interior, 0, false);
    if (status != SOLVE_OK)
        return status;
    double before = square_v(interior, 0), predicted = square_v(interior, fmin(1, reach(interior)));
    double ratio = before > 0 ? predicted / before : 0;
    status = aim(interior, sqrt(ratio * ratio * ratio * before), true);
    if (status != SOLVE_OK)
        return status;
    double part = fmin(1, part_way * reach(interior));
    for (int32_t i = 0; i < qp->L.n; i++)
        interior->x[i] += part * interior->newton->d[i];
    for (uint32_t k = 0; k < qp->knees; k++) {
        interior->f[k] += part * interior->f_rate[k];
        interior->t[k] += part * interior->t_rate[k];
    }
    return SOLVE_OK;
}

static bool is_done(const struct interior *interior)
{
    double most = least_v * voltage_scale(interior->qp, interior->x);
    if (!(square_v(interior, 0) <= most * most))
        return false;
    for (uint32_t k = 0; k < interior->qp->knees; k++)
        if (!(fabs(mismatch(interior, k)) <= most))
            return false;
    return true;
}

enum solve_status interior_point_minimise(struct newton *newton, struct lagrangian *lagrangian, double *x,
                                          bool *conducts, struct solve_info *info)
{
    struct interior interior = {.newton = newton, .lagrangian = lagrangian, .qp = lagrangian->qp, .x = x};
    if (!interior_new(&interior))
        return SOLVE_NO_MEMORY;
    enum solve_status status = begin(&interior, info);
    bool done = false;
    for (int step = 0; step < STEPS && status == SOLVE_OK && !(done = is_done(&interior)); step++)
        status = follow(&interior, info);
    for (uint32_t k = 0; k < interior.qp->knees; k++) {
        bool passed = interior.f[k] > weight(&interior, k) * interior.t[k];
        conducts[k] = interior.qp->knee[k].g < 0 ? !passed : passed;
    }
    free(interior.block);
    return status == SOLVE_OK && !done ? SOLVE_STALLED : status;
}
