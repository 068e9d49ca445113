#include "convex/newton.h"

#include "convex/companions.h"
#include "linear/components.h"
#include "util/array.h"
#include "util/magnitude.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NEWTON_STEPS = 100, BOLD_STEPS = 8, LATE_STEPS = 12, SAFE_STEPS = 20, REFINEMENTS = 10, STILL_STEPS = 3 };
/* Gradient over the terms it is made of: as good as zero; and so near that what no longer halves it is rounding. */
static const double rounding = 8 * DBL_EPSILON, nearly = 1e-13, close_by = 1e-9;
static const double alike = 1e-3; /* slopes */
static const double far_off = 1e-3; /* gradient over its terms: no minimum, however little steps move */
static const double steepest = 1e9; /* a tangent beside its surroundings: more drowns them in rounding */
static const double cheap = 200; /* flops of a factorisation for each node and bend, which cost as much themselves */
static const double least_conductance = 1e-15; /* S */

static int32_t place(const struct laplacian *H, int32_t row, int32_t column)
{
    return row == GROUND_UNKNOWN || column == GROUND_UNKNOWN ? -1 : laplacian_find(H, row, column);
}

/* The pattern of L with an entry for each knee. */
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

static struct knee_entry entry_of(const struct laplacian *H, int32_t i, int32_t j)
{
    return (struct knee_entry){place(H, i, j), place(H, j, i), place(H, i, i), place(H, j, j)};
}

static double end_conductance(const struct qp *qp, int32_t i)
{
    return i == GROUND_UNKNOWN ? INFINITY : qp->L.x[qp->L.d[i]];
}

/* What a bend meets: the conductances at its ends in series; where there is none, next to nothing,
 * so that currents count. */
static double surroundings(const struct qp *qp, const struct nonlinear_branch *bend)
{
    double g = end_conductance(qp, bend->i), h = end_conductance(qp, bend->j);
    double series = isinf(g) ? h : isinf(h) ? g : g + h > 0 ? g / (g + h) * h : 0;
    return fmax(series, least_conductance) / bend->m;
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
    newton->behind = false;
}

static void look_around(struct newton *newton, const struct qp *qp)
{
    for (uint32_t q = 0; q < qp->nonlinears; q++)
        newton->around[q] = surroundings(qp, &qp->nonlinear[q]);
}

void newton_revalue(struct newton *newton, const struct qp *qp)
{
    newton->behind = true;
    look_around(newton, qp);
}

bool newton_new(struct newton *newton, const struct qp *qp)
{
    size_t n = (size_t)qp->L.n;
    if (!build_pattern(newton, qp))
        return false;
    const struct laplacian *H = &newton->H;
    newton->base = array_new((size_t)H->p[n], sizeof *newton->base);
    newton->entry = array_new((size_t)qp->knees + qp->nonlinears, sizeof *newton->entry);
    newton->tangent = array_new(qp->nonlinears, sizeof *newton->tangent);
    newton->kept = array_new(qp->nonlinears, sizeof *newton->kept);
    newton->around = array_new(qp->nonlinears, sizeof *newton->around);
    newton->slope = array_new(qp->nonlinears, sizeof *newton->slope);
    newton->ground = array_new(n, sizeof *newton->ground);
    newton->gradient = array_new(n, sizeof *newton->gradient);
    newton->d = array_new(n, sizeof *newton->d);
    newton->before = array_new(n, sizeof *newton->before);
    newton->most = array_new(n, sizeof *newton->most);
    newton->rest = array_new(n, sizeof *newton->rest);
    newton->active = array_new(qp->knees, sizeof *newton->active);
    newton->held = array_new(qp->knees, sizeof *newton->held);
    newton->cholesky = cholesky_new(H);
    if (!newton->base || !newton->entry || !newton->tangent || !newton->kept || !newton->around || !newton->slope ||
        !newton->ground || !newton->gradient || !newton->d || !newton->before || !newton->most || !newton->rest ||
        !newton->active || !newton->held || !newton->cholesky) {
        newton_free(newton);
        return false;
    }
    newton_revalue(newton, qp);
    for (uint32_t k = 0; k < qp->knees; k++)
        newton->entry[k] = entry_of(H, qp->knee[k].i, qp->knee[k].j);
    for (uint32_t q = 0; q < qp->nonlinears; q++)
        newton->entry[qp->knees + q] = entry_of(H, qp->nonlinear[q].i, qp->nonlinear[q].j);
    return true;
}

static void add(double *x, int32_t place, double g)
{
    if (place >= 0)
        x[place] += g;
}

static void add_branch(struct laplacian *H, const struct knee_entry *entry, double g)
{
    add(H->x, entry->ii, g);
    add(H->x, entry->jj, g);
    add(H->x, entry->ij, -g);
    add(H->x, entry->ji, -g);
}

/* The Hessian of the present piece. */
static void assemble(struct newton *newton, const struct lagrangian *lagrangian)
{
    const struct qp *qp = lagrangian->qp;
    struct laplacian *H = &newton->H;
    if (newton->behind)
        load_base(newton, qp);
    memcpy(H->x, newton->base, (size_t)H->p[H->n] * sizeof *H->x);
    for (int32_t i = 0; i < H->n; i++)
        if (lagrangian->anchor[i] > 0)
            H->x[H->d[i]] += lagrangian->anchor[i];
    for (uint32_t k = 0; k < qp->knees; k++) {
        newton->held[k] = newton->active[k];
        if (newton->active[k])
            add_branch(H, &newton->entry[k], lagrangian->w[k]);
    }
    for (uint32_t q = 0; q < qp->nonlinears; q++)
        add_branch(H, &newton->entry[qp->knees + q], qp->nonlinear[q].m * newton->tangent[q].slope);
}

static void find_active(struct newton *newton, const struct lagrangian *lagrangian, const double *x)
{
    for (uint32_t k = 0; k < lagrangian->qp->knees; k++)
        newton->active[k] = lagrangian_excess(lagrangian, k, x) > 0;
}

/* Which knees conduct at x + t d, by the order of t and of each knee's breakpoint on the line: where the search ends
 * close behind one, the rounded excess at the new point cannot tell. */
static void cross(struct newton *newton, const struct lagrangian *lagrangian, const double *x, double t)
{
    for (uint32_t k = 0; k < lagrangian->qp->knees; k++) {
        const struct knee *knee = &lagrangian->qp->knee[k];
        double rate = at(newton->d, knee->i) - at(newton->d, knee->j), excess = lagrangian_excess(lagrangian, k, x);
        double breakpoint = -excess / rate;
        newton->active[k] = rate == 0 ? excess > 0 : rate > 0 ? t > breakpoint : t < breakpoint;
    }
}

static void add_to_ground(double *ground, int32_t i, int32_t j, double g)
{
    if (i == GROUND_UNKNOWN || j == GROUND_UNKNOWN)
        ground[i == GROUND_UNKNOWN ? j : i] += g;
}

/* The conductances to ground of what is assembled, without the anchors: H has them in its diagonal only. */
static void find_ground(struct newton *newton, const struct lagrangian *lagrangian)
{
    const struct qp *qp = lagrangian->qp;
    memcpy(newton->ground, qp->ground, (size_t)qp->L.n * sizeof *newton->ground);
    for (uint32_t k = 0; k < qp->knees; k++)
        if (newton->held[k])
            add_to_ground(newton->ground, qp->knee[k].i, qp->knee[k].j, lagrangian->w[k]);
    for (uint32_t q = 0; q < qp->nonlinears; q++)
        add_to_ground(newton->ground, qp->nonlinear[q].i, qp->nonlinear[q].j, qp->nonlinear[q].m * newton->tangent[q].slope);
}

/* Without subtractions: for what conductances of many decades hold together. */
static enum star_mesh_status eliminate(struct newton *newton, const struct lagrangian *lagrangian)
{
    star_mesh_free(&newton->mesh);
    find_ground(newton, lagrangian);
    return star_mesh_factor(&newton->mesh, &newton->H, newton->ground, lagrangian->anchor,
                       cholesky_order(newton->cholesky));
}

/* Factor what is assembled. meshed: by elimination, where it is not dear. */
static enum solve_status factor(struct newton *newton, const struct lagrangian *lagrangian, bool meshed,
                                struct solve_info *info)
{
    newton->factored = false;
    info->factorisations++;
    newton->meshed = meshed && cholesky_flops(newton->cholesky) < star_mesh_dear;
    if (newton->meshed) {
        enum star_mesh_status status = eliminate(newton, lagrangian);
        if (status != STAR_MESH_OK)
            return status == STAR_MESH_NO_MEMORY ? SOLVE_NO_MEMORY : SOLVE_STALLED;
    } else {
        enum cholesky_status status = cholesky_factor(newton->cholesky, &newton->H);
        if (status != CHOLESKY_OK)
            return status == CHOLESKY_NO_MEMORY ? SOLVE_NO_MEMORY : SOLVE_STALLED;
    }
    for (uint32_t q = 0; q < lagrangian->qp->nonlinears; q++)
        newton->slope[q] = newton->tangent[q].slope;
    newton->factored = true;
    return SOLVE_OK;
}

/* H d = -gradient with the last factor. */
static enum solve_status descend(struct newton *newton)
{
    enum cholesky_status status = CHOLESKY_OK;
    if (newton->meshed)
        star_mesh_solve(&newton->mesh, newton->gradient, newton->d);
    else
        status = cholesky_solve(newton->cholesky, newton->gradient, newton->d);
    if (status != CHOLESKY_OK)
        return status == CHOLESKY_NO_MEMORY ? SOLVE_NO_MEMORY : SOLVE_STALLED;
    for (int32_t i = 0; i < newton->H.n; i++)
        newton->d[i] = -newton->d[i];
    return SOLVE_OK;
}

static enum solve_status assembled_direction(struct newton *newton, const struct lagrangian *lagrangian, bool meshed,
                                             struct solve_info *info)
{
    enum solve_status status = factor(newton, lagrangian, meshed, info);
    return status == SOLVE_OK ? descend(newton) : status;
}

/* Direction to the minimum of the present piece. */
static enum solve_status direction(struct newton *newton, const struct lagrangian *lagrangian, bool meshed,
                                   struct solve_info *info)
{
    assemble(newton, lagrangian);
    return assembled_direction(newton, lagrangian, meshed, info);
}

/* Is the last factor that of the present piece, or as good for a step that corrects little? */
static bool is_factored(const struct newton *newton, const struct qp *qp)
{
    for (uint32_t q = 0; q < qp->nonlinears; q++)
        if (!(fabs(newton->tangent[q].slope - newton->slope[q]) <= alike * newton->slope[q]))
            return false;
    return newton->factored && memcmp(newton->active, newton->held, qp->knees * sizeof *newton->active) == 0;
}

/* ---- with bends -------------------------------------------------------------------------------------------------- */

void newton_touch(struct newton *newton, const struct qp *qp, const double *x)
{
    companions_touch(qp, x, newton->tangent);
}

/* Tangents of bends that are too steep at x are taken lower. */
static void tame(struct newton *newton, const struct qp *qp, const double *x)
{
    newton_touch(newton, qp, x);
    for (uint32_t q = 0; q < qp->nonlinears; q++) {
        struct companion *tangent = &newton->tangent[q];
        double g = steepest * newton->around[q];
        if (tangent->slope > g)
            tangent->u = curve_meet(qp->nonlinear[q].curve, g, g * tangent->u, &tangent->i, &tangent->slope);
    }
}

/* What a bend meets, once there is a factor: Thevenin's conductance of all that is linear or has a tangent at its
 * nodes, without itself. Where bends alone hold a node, resistors say nothing about it. Where looking costs more than a
 * step, it waits until steps turn out to be many. */
static void measure_around(struct newton *newton, const struct qp *qp, int step)
{
    bool pays = step >= LATE_STEPS || cholesky_flops(newton->cholesky) <= cheap * ((double)qp->L.n + qp->nonlinears);
    if (!pays || newton->meshed || !cholesky_invert(newton->cholesky))
        return;
    for (uint32_t q = 0; q < qp->nonlinears; q++) {
        const struct nonlinear_branch *bend = &qp->nonlinear[q];
        double g = 1 / cholesky_resistance(newton->cholesky, bend->i, bend->j) / bend->m;
        if (g > 0)
            newton->around[q] = fmax(fmax(g - newton->tangent[q].slope, DBL_EPSILON * g), least_conductance);
    }
}

void newton_meet(struct newton *newton, const struct qp *qp, const double *x, bool bold)
{
    companions_meet(qp, x, newton->around, bold, newton->tangent);
}

/* Largest entry of the gradient over its largest scale so far: where rounding moves a bend over its corner and back,
 * the scale of the steep side counts on both. */
static double worst_left(struct newton *newton, const struct lagrangian *lagrangian)
{
    double worst = 0;
    for (int32_t i = 0; i < newton->H.n; i++) {
        newton->most[i] = fmax(newton->most[i], lagrangian->scale[i]);
        worst = fmax(worst, fabs(newton->gradient[i]) / newton->most[i]);
    }
    return worst;
}

/* Direction for a small step from a sharpened gradient: with the last factor where it will do. */
static enum solve_status correction(struct newton *newton, const struct lagrangian *lagrangian, struct solve_info *info)
{
    bool tied;
    if (is_factored(newton, lagrangian->qp))
        return descend(newton);
    assemble(newton, lagrangian);
    find_ground(newton, lagrangian);
    if (!components_are_tied(&newton->H, newton->ground, lagrangian->anchor, star_mesh_spread, &tied))
        return SOLVE_NO_MEMORY;
    return assembled_direction(newton, lagrangian, !tied, info);
}

/* Newton's method from close by, full steps along tangents at x, as long as less and less is left of Kirchhoff's
 * law, and then as long as steps fall: what is within rounding at each node may still move what steep tangents join.
 * The gradient is that at x. The steps before end where the voltages hardly move, which a steep bend or a bend at
 * its corner still feels. */
static enum solve_status refine_nonlinear(struct newton *newton, struct lagrangian *lagrangian, double *x,
                                      struct solve_info *info)
{
    int32_t n = newton->H.n;
    size_t size = (size_t)n * sizeof *x;
    memset(newton->most, 0, size);
    double left = worst_left(newton, lagrangian), before = INFINITY;
    for (int step = 0; step < REFINEMENTS; step++) {
        bool good = left <= rounding;
        find_active(newton, lagrangian, x);
        newton_touch(newton, lagrangian->qp, x);
        lagrangian_sharpen(lagrangian, x, newton->rest, newton->gradient);
        enum solve_status status = correction(newton, lagrangian, info);
        if (status != SOLVE_OK)
            return status == SOLVE_NO_MEMORY ? status : SOLVE_OK;
        double length = largest_magnitude(newton->d, (size_t)n);
        if (good && !(length < before / 2))
            return SOLVE_OK;
        memcpy(newton->before, x, size);
        for (int32_t i = 0; i < n; i++)
            x[i] += newton->d[i];
        lagrangian_gradient(lagrangian, x, NULL, newton->gradient);
        double now = worst_left(newton, lagrangian);
        if (!(now < left || (good && now <= rounding))) {
            memcpy(x, newton->before, size);
            return SOLVE_OK;
        }
        left = now;
        before = length;
    }
    return SOLVE_OK;
}

/* Where the search goes no further: what is left may be so little that Newton's method alone ends it. */
static enum solve_status end_nonlinear(struct newton *newton, struct lagrangian *lagrangian, double *x,
                                   struct solve_info *info)
{
    if (!(lagrangian_gradient(lagrangian, x, NULL, newton->gradient) <= close_by))
        return SOLVE_STALLED;
    enum solve_status status = refine_nonlinear(newton, lagrangian, x, info);
    if (status != SOLVE_OK)
        return status;
    return lagrangian_gradient(lagrangian, x, NULL, newton->gradient) <= nearly ? SOLVE_OK : SOLVE_STALLED;
}

/* Does a step move any potential by more than rounding of the largest? */
static bool moves(const struct newton *newton, const double *x, double t)
{
    size_t n = (size_t)newton->H.n;
    return t * largest_magnitude(newton->d, n) > DBL_EPSILON * largest_magnitude(x, n);
}

/* Minimise Phi with bends. */
static enum solve_status minimise_nonlinear(struct newton *newton, struct lagrangian *lagrangian, double *x,
                                        struct solve_info *info)
{
    const struct qp *qp = lagrangian->qp;
    double left = INFINITY;
    bool meshed = false;
    int still = 0; /* steps that have moved nothing but rounding */
    newton->factored = false;
    look_around(newton, qp);
    find_active(newton, lagrangian, x);
    newton_touch(newton, qp, x);
    for (int step = 0; step < NEWTON_STEPS; step++) {
        bool safe = step >= SAFE_STEPS;
        double before = left;
        left = lagrangian_gradient(lagrangian, x, NULL, newton->gradient);
        if (left <= rounding || (left <= nearly && left > before / 2))
            return refine_nonlinear(newton, lagrangian, x, info);
        if (safe) {
            memcpy(newton->kept, newton->tangent, qp->nonlinears * sizeof *newton->kept);
            newton_touch(newton, qp, x);
        } else {
            lagrangian_gradient(lagrangian, x, newton->tangent, newton->gradient);
        }
        enum solve_status status = direction(newton, lagrangian, meshed, info);
        if (status == SOLVE_STALLED) { /* not definite: x is far beyond a steep bend */
            if (safe)
                memcpy(newton->tangent, newton->kept, qp->nonlinears * sizeof *newton->kept);
            else
                tame(newton, qp, x);
            safe = false;
            lagrangian_gradient(lagrangian, x, newton->tangent, newton->gradient);
            status = direction(newton, lagrangian, meshed, info);
            if (status == SOLVE_STALLED && !meshed) { /* nor then: conductances of many decades */
                meshed = cholesky_flops(newton->cholesky) < star_mesh_dear;
                status = meshed ? assembled_direction(newton, lagrangian, true, info) : status;
            }
        }
        if (status != SOLVE_OK)
            return status;
        double t = safe ? lagrangian_search_nonlinear(lagrangian, x, newton->d, newton->gradient)
                        : lagrangian_search(lagrangian, x, newton->d, newton->gradient, newton->tangent);
        if (t == 0 && safe)
            return end_nonlinear(newton, lagrangian, x, info);
        if (fabs(t - 1) < 1e-8)
            t = 1;
        cross(newton, lagrangian, x, t);
        for (int32_t i = 0; i < newton->H.n; i++)
            x[i] += t * newton->d[i];
        still = left > far_off || moves(newton, x, t) ? 0 : still + 1;
        if (still == STILL_STEPS) {
            lagrangian_gradient(lagrangian, x, NULL, newton->gradient);
            return refine_nonlinear(newton, lagrangian, x, info);
        }
        measure_around(newton, qp, step);
        if (safe)
            newton_touch(newton, qp, x);
        else
            newton_meet(newton, qp, x, step < BOLD_STEPS);
    }
    return end_nonlinear(newton, lagrangian, x, info);
}

enum solve_status newton_minimise(struct newton *newton, struct lagrangian *lagrangian, double *x,
                                  struct solve_info *info)
{
    if (lagrangian->qp->nonlinears > 0) {
        info->fill = (size_t)fmax((double)info->fill, cholesky_fill(newton->cholesky));
        return minimise_nonlinear(newton, lagrangian, x, info);
    }
    uint32_t knees = lagrangian->qp->knees;
    info->fill = (size_t)fmax((double)info->fill, cholesky_fill(newton->cholesky));
    double left = INFINITY;
    find_active(newton, lagrangian, x);
    for (int step = 0; step < NEWTON_STEPS; step++) {
        double before = left;
        left = lagrangian_gradient(lagrangian, x, NULL, newton->gradient);
        if (step > 0 && (left <= rounding || (left <= nearly && left > before / 2)))
            return SOLVE_OK;
        enum solve_status status = direction(newton, lagrangian, false, info);
        if (status != SOLVE_OK)
            return status;
        double t = lagrangian_search(lagrangian, x, newton->d, newton->gradient, NULL);
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

enum solve_status newton_settle(struct newton *newton, struct lagrangian *lagrangian, double *x,
                                struct solve_info *info)
{
    enum { OUTER_STEPS = 30 };
    for (int outer = 0; outer < OUTER_STEPS; outer++) {
        lagrangian_hold(lagrangian, x);
        enum solve_status status = newton_minimise(newton, lagrangian, x, info);
        if (status != SOLVE_OK)
            return status;
        bool held = false;
        lagrangian_gradient(lagrangian, x, NULL, newton->gradient);
        for (int32_t i = 0; i < newton->H.n; i++)
            held |= fabs(lagrangian->anchor[i] * (x[i] - lagrangian->z[i])) > nearly * lagrangian->scale[i];
        if (!held)
            return SOLVE_OK;
        lagrangian_weaken(lagrangian);
    }
    return SOLVE_STALLED;
}

void newton_free(struct newton *newton)
{
    laplacian_free(&newton->H);
    free(newton->base);
    free(newton->entry);
    free(newton->tangent);
    free(newton->kept);
    free(newton->around);
    free(newton->slope);
    free(newton->ground);
    star_mesh_free(&newton->mesh);
    free(newton->gradient);
    free(newton->d);
    free(newton->before);
    free(newton->most);
    free(newton->rest);
    free(newton->active);
    free(newton->held);
    cholesky_free(newton->cholesky);
    *newton = (struct newton){0};
}
