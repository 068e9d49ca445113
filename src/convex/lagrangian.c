#include "convex/lagrangian.h"

#include "convex/companions.h"
#include "linear/components.h"
#include "util/array.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

/* Penalty conductance over the local one: a stiffer one closes constraints in fewer outer steps, but takes more inner
 * ones, and the conducting set, which is all that is wanted, is found as soon. */
static const double penalty_ratio = 1;

/* A gap of which a step leaves more than `progress` gets a penalty that is so many times stronger. Tests:
 * random_circuits of tests/check_random.c, chains_close_at_once, nothing_flows_where_nothing_can. */
static const double progress = 0.25, penalty_growth = 10;

/* Anchors: the first, of the local conductance, S/S; each one, of that before; the least, S. Tests:
 * chains_close_at_once, a-point-sought-in-vain.cir. */
static const double anchor_ratio = 1e-6, anchor_decay = 1e-2, least_anchor = 1e-35;

/* S, where only curved laws meet: far below their slopes. Test: part-without-current.cir */
static const double bare_anchor = 1e-20;

/* Conductance at one end of a knee: what the node's resistors offer. */
static double local(const struct qp *qp, int32_t i)
{
    if (i == GROUND_UNKNOWN)
        return 0;
    return qp->L.x[qp->L.d[i]];
}

/* In series where both ends have resistors; the other end's where one has none (the ground tree, a node of diodes). */
static double series(double g, double h)
{
    if (g == 0 || h == 0)
        return g + h;
    return g / (g + h) * h;
}

static double typical_conductance(const struct qp *qp)
{
    double log_sum = 0;
    int32_t count = 0;
    for (int32_t i = 0; i < qp->L.n; i++) {
        double g = local(qp, i);
        if (g > 0) {
            log_sum += log(g);
            count++;
        }
    }
    return count ? exp(log_sum / count) : 1;
}

static void set_penalties(struct lagrangian *lagrangian)
{
    const struct qp *qp = lagrangian->qp;
    double typical = qp->knees ? typical_conductance(qp) : 0;
    for (uint32_t k = 0; k < qp->knees; k++) {
        const struct knee *knee = &qp->knee[k];
        double g = series(local(qp, knee->i), local(qp, knee->j));
        lagrangian->w[k] = isinf(knee->g) ? penalty_ratio * (g > 0 ? g : typical) : knee->g;
        lagrangian->gap[k] = INFINITY;
    }
}

/* One anchor for each part that no resistor ties to ground, at its best-connected node. */
static bool set_anchors(struct lagrangian *lagrangian)
{
    const struct qp *qp = lagrangian->qp;
    struct components parts = {0};
    if (!components_build(&parts, &qp->L, qp->ground, 0))
        return false;
    double *reach = lagrangian->slope; /* conductance at a node: resistors and penalties */
    for (int32_t i = 0; i < qp->L.n; i++)
        reach[i] = local(qp, i);
    for (uint32_t k = 0; k < qp->knees; k++) {
        if (qp->knee[k].i != GROUND_UNKNOWN)
            reach[qp->knee[k].i] = fmax(reach[qp->knee[k].i], lagrangian->w[k]);
        if (qp->knee[k].j != GROUND_UNKNOWN)
            reach[qp->knee[k].j] = fmax(reach[qp->knee[k].j], lagrangian->w[k]);
    }
    for (int32_t part = 0; part < parts.count; part++) {
        if (parts.grounded[part])
            continue;
        int32_t best = parts.node[parts.start[part]];
        for (int32_t q = parts.start[part]; q < parts.start[part + 1]; q++)
            if (reach[parts.node[q]] > reach[best])
                best = parts.node[q];
        lagrangian->anchor[best] = reach[best] > 0 ? anchor_ratio * reach[best] : bare_anchor;
    }
    components_free(&parts);
    return true;
}

bool lagrangian_new(struct lagrangian *lagrangian, const struct qp *qp)
{
    size_t n = (size_t)qp->L.n, knees = qp->knees;
    *lagrangian = (struct lagrangian){.qp = qp, .decays = ANCHOR_DECAYS};
    const struct array_request request[] = {
        {&lagrangian->w, knees, sizeof *lagrangian->w},
        {&lagrangian->lambda, knees, sizeof *lagrangian->lambda},
        {&lagrangian->gap, knees, sizeof *lagrangian->gap},
        {&lagrangian->point, knees, sizeof *lagrangian->point},
        {&lagrangian->anchor, n, sizeof *lagrangian->anchor},
        {&lagrangian->z, n, sizeof *lagrangian->z},
        {&lagrangian->slope, n, sizeof *lagrangian->slope},
        {&lagrangian->scale, n, sizeof *lagrangian->scale},
    };
    lagrangian->block = arrays_new(request, sizeof request / sizeof *request);
    if (!lagrangian->block)
        return false;
    set_penalties(lagrangian);
    if (set_anchors(lagrangian))
        return true;
    lagrangian_free(lagrangian);
    return false;
}

double voltage_scale(const struct qp *qp, const double *x)
{
    double scale = 0;
    for (int32_t i = 0; i < qp->L.n; i++)
        scale = fmax(scale, fabs(x[i]));
    for (uint32_t k = 0; k < qp->knees; k++)
        scale = fmax(scale, fabs(qp->knee[k].c));
    for (uint32_t q = 0; q < qp->nonlinears; q++)
        scale = fmax(scale, fabs(qp->nonlinear[q].c));
    return scale;
}

double lagrangian_excess(const struct lagrangian *lagrangian, uint32_t k, const double *x)
{
    const struct knee *knee = &lagrangian->qp->knee[k];
    return at(x, knee->i) - at(x, knee->j) - knee->c + lagrangian->lambda[k] / lagrangian->w[k];
}

/* companion: instead of the law; NULL: the law itself */
static double nonlinear_current(const struct nonlinear_branch *branch, const struct companion *companion, double u,
                                double *slope)
{
    if (!companion)
        return curve_current(branch->curve, u, slope);
    *slope = companion->g;
    return companion_current(companion, u);
}

double nonlinear_size(const struct nonlinear_branch *branch, const double *x, double slope, double f)
{
    double u = nonlinear_voltage(branch, x), volts = fabs(at(x, branch->i)) + fabs(at(x, branch->j)) + fabs(branch->c);
    if (branch->curve->kind == CURVE_TABLE) {
        double rounding = 4 * DBL_EPSILON * volts, below, above;
        curve_current(branch->curve, u - rounding, &below);
        curve_current(branch->curve, u + rounding, &above);
        slope = fmax(slope, fmax(below, above));
    }
    return branch->m * slope * volts + fabs(f);
}

double lagrangian_gradient(const struct lagrangian *lagrangian, const double *x, const struct companion *companion,
                           double *gradient)
{
    const struct qp *qp = lagrangian->qp;
    const struct laplacian *L = &qp->L;
    double *scale = lagrangian->scale, worst = 0;
    for (int32_t j = 0; j < L->n; j++) {
        double a = lagrangian->anchor[j], g = qp->ground[j];
        double sum = g * x[j] + a * (x[j] - lagrangian->z[j]) - qp->b[j];
        /* as a certificate sees the rounding */
        scale[j] = fmax((g + a) * fabs(x[j]), fmax(fabs(qp->b[j]), qp->floor[j]));
        for (int32_t q = L->p[j]; q < L->p[j + 1]; q++) {
            if (L->i[q] == j)
                continue;
            sum -= L->x[q] * (x[j] - x[L->i[q]]);
            scale[j] -= L->x[q] * fmax(fabs(x[j]), fabs(x[L->i[q]]));
        }
        gradient[j] = sum;
    }
    for (uint32_t k = 0; k < qp->knees; k++) {
        const struct knee *knee = &qp->knee[k];
        double excess = lagrangian_excess(lagrangian, k, x), w = lagrangian->w[k];
        if (excess <= 0)
            continue;
        double size = w * (fabs(at(x, knee->i)) + fabs(at(x, knee->j)) + fabs(knee->c));
        add_flow(gradient, knee->i, knee->j, w * excess);
        add_size(scale, knee->i, knee->j, size);
    }
    for (uint32_t q = 0; q < qp->nonlinears; q++) {
        const struct nonlinear_branch *branch = &qp->nonlinear[q];
        const struct companion *line = companion ? &companion[q] : NULL;
        double slope, f = branch->m * nonlinear_current(branch, line, nonlinear_voltage(branch, x), &slope);
        add_flow(gradient, branch->i, branch->j, f);
        add_size(scale, branch->i, branch->j, nonlinear_size(branch, x, slope, f));
    }
    for (int32_t j = 0; j < L->n; j++)
        if (fabs(gradient[j]) > worst * scale[j])
            worst = fabs(gradient[j]) / scale[j];
    return worst;
}

int breakpoint_order(const void *p, const void *q)
{
    double s = ((const struct breakpoint *)p)->t, t = ((const struct breakpoint *)q)->t;
    return (s > t) - (s < t);
}

/* Curvature of the quadratic part along d: d'Ld and the anchors. */
static double quadratic_curvature(struct lagrangian *lagrangian, const double *d)
{
    const struct qp *qp = lagrangian->qp;
    double sum = 0;
    laplacian_apply(&qp->L, qp->ground, d, lagrangian->slope);
    for (int32_t i = 0; i < qp->L.n; i++)
        sum += d[i] * (lagrangian->slope[i] + lagrangian->anchor[i] * d[i]);
    return sum;
}

double lagrangian_search(struct lagrangian *lagrangian, const double *x, const double *d, const double *gradient,
                         const struct companion *companion)
{
    const struct qp *qp = lagrangian->qp;
    double derivative = 0, curvature = quadratic_curvature(lagrangian, d);
    uint32_t points = 0;
    for (int32_t i = 0; i < qp->L.n; i++)
        derivative += d[i] * gradient[i];
    if (!(derivative < 0))
        return 0;
    for (uint32_t q = 0; companion && q < qp->nonlinears; q++) {
        double rate = at(d, qp->nonlinear[q].i) - at(d, qp->nonlinear[q].j);
        curvature += qp->nonlinear[q].m * companion[q].g * rate * rate;
    }
    for (uint32_t k = 0; k < qp->knees; k++) {
        double rate = at(d, qp->knee[k].i) - at(d, qp->knee[k].j);
        double excess = lagrangian_excess(lagrangian, k, x), jump = lagrangian->w[k] * rate * rate;
        if (excess > 0)
            curvature += jump;
        if (excess > 0 ? rate < 0 : rate > 0)
            lagrangian->point[points++] = (struct breakpoint){-excess / rate, jump, excess > 0};
    }
    qsort(lagrangian->point, points, sizeof *lagrangian->point, breakpoint_order);
    double t = 0;
    for (uint32_t q = 0; q < points; q++) {
        double step = lagrangian->point[q].t - t, next = derivative + curvature * step;
        if (next >= 0)
            break;
        derivative = next;
        curvature += lagrangian->point[q].below ? -lagrangian->point[q].jump : lagrangian->point[q].jump;
        t = lagrangian->point[q].t;
    }
    return curvature > 0 ? t - derivative / curvature : t;
}

/* What knees and curved laws add to the derivative of Phi(x + t d) more than at t = 0; what they add to its own
 * derivative to *curvature. */
static double rise_beyond(const struct lagrangian *lagrangian, const double *x, const double *d, double t,
                          double *curvature)
{
    const struct qp *qp = lagrangian->qp;
    double sum = 0;
    for (uint32_t k = 0; k < qp->knees; k++) {
        double rate = at(d, qp->knee[k].i) - at(d, qp->knee[k].j), w = lagrangian->w[k];
        double excess = lagrangian_excess(lagrangian, k, x), there = excess + t * rate;
        sum += w * rate * (fmax(0, there) - fmax(0, excess));
        *curvature += there > 0 ? w * rate * rate : 0;
    }
    for (uint32_t q = 0; q < qp->nonlinears; q++) {
        const struct nonlinear_branch *here = &qp->nonlinear[q];
        double rate = at(d, here->i) - at(d, here->j), u = nonlinear_voltage(here, x), slope;
        if (rate == 0)
            continue;
        double before = curve_current(here->curve, u, &slope);
        sum += here->m * rate * (curve_current(here->curve, u + t * rate, &slope) - before);
        *curvature += here->m * slope * rate * rate;
    }
    return sum;
}

double lagrangian_search_nonlinear(struct lagrangian *lagrangian, const double *x, const double *d,
                                   const double *gradient)
{
    enum { STEPS = 60 };
    double start = 0, quadratic = quadratic_curvature(lagrangian, d), low = 0, high = INFINITY, t = 1;
    for (int32_t i = 0; i < lagrangian->qp->L.n; i++)
        start += d[i] * gradient[i];
    if (!(start < 0))
        return 0;
    for (int step = 0; step < STEPS; step++) {
        double curvature = quadratic, derivative = start + quadratic * t;
        derivative += rise_beyond(lagrangian, x, d, t, &curvature);
        if (fabs(derivative) <= 1e-3 * -start && step > 0)
            return t;
        if (derivative > 0)
            high = t;
        else
            low = t;
        double next = curvature > 0 ? t - derivative / curvature : INFINITY;
        if (!(next > low && next < high) || step % 4 == 3)
            next = isinf(high) ? 2 * t : low + (high - low) / 2;
        t = next;
    }
    return low;
}

void lagrangian_hold(struct lagrangian *lagrangian, const double *x)
{
    for (int32_t i = 0; i < lagrangian->qp->L.n; i++)
        lagrangian->z[i] = x[i];
}

void lagrangian_weaken(struct lagrangian *lagrangian)
{
    for (int32_t i = 0; i < lagrangian->qp->L.n; i++)
        if (lagrangian->anchor[i] > least_anchor)
            lagrangian->anchor[i] *= anchor_decay;
}

double lagrangian_step(struct lagrangian *lagrangian, const double *x)
{
    const struct qp *qp = lagrangian->qp;
    double worst = 0;
    for (uint32_t k = 0; k < qp->knees; k++) {
        if (!isinf(qp->knee[k].g))
            continue;
        double excess = lagrangian_excess(lagrangian, k, x), before = lagrangian->lambda[k];
        lagrangian->lambda[k] = lagrangian->w[k] * fmax(0, excess);
        double gap = fabs(lagrangian->lambda[k] - before) / lagrangian->w[k];
        if (gap > progress * lagrangian->gap[k])
            lagrangian->w[k] *= penalty_growth;
        lagrangian->gap[k] = gap;
        worst = fmax(worst, gap);
    }
    lagrangian_hold(lagrangian, x);
    if (lagrangian->decays > 0) {
        lagrangian_weaken(lagrangian);
        lagrangian->decays--;
    }
    return worst;
}

void lagrangian_free(struct lagrangian *lagrangian)
{
    free(lagrangian->block);
    *lagrangian = (struct lagrangian){0};
}
