#include "convex/krylov.h"

#include "linear/dense_segments.h"
#include "convex/companions.h"
#include "convex/lagrangian.h"
#include "util/array.h"
#include "util/kernel.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OUTER_STEPS = 40, INNER_STEPS = 200, BOLD_STEPS = 12 };

/* Gradient over the terms that it is made of: 0 but for rounding; so small that what no longer halves it is; and so
 * large that it says where to go as well without an exact residual, of which every second is one then. */
static const double rounding = 8 * DBL_EPSILON, near_rounding = 1e-13, coarse_gradient = 1e-3;

/* The inner iteration's residual over the gradient. Single precision has nothing below the second. */
static const double most_inner_residual = 1e-2, least_inner_residual = 1e-6;

KERNEL
static void load(struct krylov *krylov, const struct qp *qp)
{
    float *to = krylov->g;
    for (size_t r = 0; r < qp->segments.count; r++) {
        const double *from = qp->L.x + qp->segments.segment[r].at;
        int32_t length = qp->segments.segment[r].length;
        for (int32_t q = 0; q < length; q++)
            to[q] = (float)-from[q];
        to += length;
    }
}

void krylov_load(struct krylov *krylov, const struct qp *qp)
{
    load(krylov, qp);
}

bool krylov_new(struct krylov *krylov, const struct qp *qp)
{
    size_t n = (size_t)qp->L.n;
    const struct array_request request[] = {
        {&krylov->g, qp->segments.entries, sizeof *krylov->g},
        {&krylov->rest, n, sizeof *krylov->rest},
        {&krylov->size, n, sizeof *krylov->size},
        {&krylov->gradient, n, sizeof *krylov->gradient},
        {&krylov->H, n, sizeof *krylov->H},
        {&krylov->r, n, sizeof *krylov->r},
        {&krylov->p, n, sizeof *krylov->p},
        {&krylov->q, n, sizeof *krylov->q},
        {&krylov->d, n, sizeof *krylov->d},
    };
    krylov->block = arrays_new(request, sizeof request / sizeof *request);
    if (!krylov->block)
        return false;
    krylov_load(krylov, qp);
    return true;
}

/* ---- products ---------------------------------------------------------------------------------------------------- */

/* rest = Lx - b, and the sum of the magnitudes of its terms. */
KERNEL
static void residual(struct krylov *krylov, const struct qp *qp, const double *restrict x)
{
    double *restrict rest = krylov->rest, *restrict size = krylov->size;
    for (int32_t j = 0; j < qp->L.n; j++) {
        double own = qp->L.x[qp->L.d[j]] * x[j];
        rest[j] = own - qp->b[j];
        size[j] = fabs(own) + fabs(qp->b[j]) + qp->floor[j];
    }
    for (size_t r = 0; r < qp->segments.count; r++) {
        const struct dense_segment *segment = &qp->segments.segment[r];
        const double *restrict g = qp->L.x + segment->at, *restrict other = x + segment->row;
        double *restrict there = rest + segment->row, *restrict there_size = size + segment->row;
        double own = x[segment->column], sum = 0, sum_size = 0;
#pragma omp simd reduction(+ : sum, sum_size)
        for (int32_t q = 0; q < segment->length; q++) {
            double term = g[q] * other[q], back = g[q] * own;
            sum += term;
            sum_size += fabs(term);
            there[q] += back;
            there_size[q] += fabs(back);
        }
        rest[segment->column] += sum;
        size[segment->column] += sum_size;
    }
}

/* Eight numbers at any address. */
typedef float lanes __attribute__((vector_size(32), aligned(4), may_alias));
enum { LANES = 8 };

/* Halves are added to halves: the compiler's own sum of a vector is one by one, as long as half a segment takes. */
static inline float lanes_sum(const lanes *of)
{
    lanes v = *of;
    v += __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3);
    return v[0] + v[1] + v[2] + v[3];
}

/* q = Hp for the resistors. */
KERNEL
static void multiply(const struct krylov *krylov, const struct qp *qp, const float *restrict p, float *restrict q)
{
    const float *restrict g = krylov->g;
    for (int32_t j = 0; j < qp->L.n; j++)
        q[j] = krylov->H[j] * p[j];
    for (size_t r = 0; r < qp->segments.count; r++) {
        const struct dense_segment *segment = &qp->segments.segment[r];
        const float *restrict other = p + segment->row;
        float *restrict there = q + segment->row;
        float own = p[segment->column], sum;
        lanes even = {0}, odd = {0}; /* two sums: the next need not wait for the last */
        int32_t k = 0;
        for (; k + 2 * LANES <= segment->length; k += 2 * LANES) {
            lanes part = *(const lanes *)(g + k), next = *(const lanes *)(g + k + LANES);
            even += part * *(const lanes *)(other + k);
            odd += next * *(const lanes *)(other + k + LANES);
            *(lanes *)(there + k) -= part * own;
            *(lanes *)(there + k + LANES) -= next * own;
        }
        even += odd;
        sum = lanes_sum(&even);
        for (; k < segment->length; k++) {
            sum += g[k] * other[k];
            there[k] -= g[k] * own;
        }
        q[segment->column] -= sum;
        g += segment->length;
    }
}

static void multiply_curved(const struct qp *qp, const struct newton *newton, const float *p, float *q)
{
    for (uint32_t k = 0; k < qp->nonlinears; k++) {
        const struct nonlinear_branch *branch = &qp->nonlinear[k];
        if (branch->i == GROUND_UNKNOWN || branch->j == GROUND_UNKNOWN)
            continue; /* all of it is in the diagonal */
        float g = (float)(branch->m * newton->companion[k].g);
        q[branch->i] -= g * p[branch->j];
        q[branch->j] -= g * p[branch->i];
    }
}

static void fill_diagonal(struct krylov *krylov, const struct qp *qp, const struct newton *newton)
{
    for (int32_t j = 0; j < qp->L.n; j++)
        krylov->H[j] = (float)qp->L.x[qp->L.d[j]];
    for (uint32_t k = 0; k < qp->nonlinears; k++) {
        const struct nonlinear_branch *branch = &qp->nonlinear[k];
        float g = (float)(branch->m * newton->companion[k].g);
        if (branch->i != GROUND_UNKNOWN)
            krylov->H[branch->i] += g;
        if (branch->j != GROUND_UNKNOWN)
            krylov->H[branch->j] += g;
    }
}

/* ---- iterations -------------------------------------------------------------------------------------------------- */

static double dot(const float *p, const float *q, int32_t n)
{
    double sum = 0;
    for (int32_t j = 0; j < n; j++)
        sum += (double)p[j] * q[j];
    return sum;
}

/* d is about -gradient / H. The gradient is scaled so that single precision holds it. */
static void direction(struct krylov *krylov, const struct qp *qp, const struct newton *newton, double goal,
                      double *scale)
{
    int32_t n = qp->L.n;
    float *r = krylov->r, *p = krylov->p, *q = krylov->q, *d = krylov->d;
    double largest = 0, before = 0;
    for (int32_t j = 0; j < n; j++)
        largest = fmax(largest, fabs(krylov->gradient[j]));
    *scale = largest;
    fill_diagonal(krylov, qp, newton);
    for (int32_t j = 0; j < n; j++) {
        d[j] = 0;
        r[j] = largest > 0 ? (float)(-krylov->gradient[j] / largest) : 0;
        p[j] = r[j] / krylov->H[j];
        before += (double)r[j] * p[j];
    }
    double stop = goal * goal * before;
    for (int step = 0; step < INNER_STEPS && before > stop; step++) {
        multiply(krylov, qp, p, q);
        multiply_curved(qp, newton, p, q);
        double alpha = before / dot(p, q, n), after = 0;
        for (int32_t j = 0; j < n; j++) {
            d[j] += (float)alpha * p[j];
            r[j] -= (float)alpha * q[j];
            after += (double)r[j] * r[j] / krylov->H[j];
        }
        float beta = (float)(after / before);
        for (int32_t j = 0; j < n; j++)
            p[j] = r[j] / krylov->H[j] + beta * p[j];
        before = after;
    }
}

/* The gradient with curved laws or companions; returns the largest over its magnitudes. */
static double add_curved(struct krylov *krylov, const struct qp *qp, const struct newton *newton, const double *x,
                        bool companions)
{
    double worst = 0, *gradient = krylov->gradient, *extra = krylov->size;
    memcpy(gradient, krylov->rest, (size_t)qp->L.n * sizeof *gradient);
    if (!companions)
        companions_touch(qp, x, newton->kept);
    for (uint32_t k = 0; k < qp->nonlinears; k++) {
        const struct nonlinear_branch *branch = &qp->nonlinear[k];
        const struct companion *companion = companions ? &newton->companion[k] : &newton->kept[k];
        double f = branch->m * companion_current(companion, nonlinear_voltage(branch, x));
        double volts = fabs(at(x, branch->i)) + fabs(at(x, branch->j)) + fabs(branch->c);
        add_flow(gradient, branch->i, branch->j, f);
        if (!companions)
            add_size(extra, branch->i, branch->j, fabs(f) + branch->m * companion->g * volts);
    }
    for (int32_t j = 0; j < qp->L.n; j++)
        if (!(fabs(gradient[j]) <= worst * extra[j]))
            worst = fabs(gradient[j]) / extra[j];
    return worst;
}

/* rest at the end of the step, from what the inner iteration has left of its equations and the companions that it had:
 * as exact as single precision beside the gradient before. */
static void foresee(struct krylov *krylov, const struct qp *qp, const struct newton *newton, const double *x,
                    double scale)
{
    for (int32_t j = 0; j < qp->L.n; j++)
        krylov->rest[j] = -scale * krylov->r[j];
    for (uint32_t k = 0; k < qp->nonlinears; k++) {
        const struct nonlinear_branch *branch = &qp->nonlinear[k];
        const struct companion *companion = &newton->companion[k];
        add_flow(krylov->rest, branch->i, branch->j,
                 -branch->m * companion_current(companion, nonlinear_voltage(branch, x)));
    }
}

enum solve_status krylov_minimise(struct krylov *krylov, const struct qp *qp, struct newton *newton, double *x,
                                  struct solve_info *info)
{
    double left = INFINITY;
    bool foreseen = false;
    newton_touch(newton, qp, x);
    for (int step = 0; step < OUTER_STEPS && !watch_ends(newton->watch, (size_t)qp->L.n); step++) {
        double before = left, scale;
        if (!foreseen)
            residual(krylov, qp, x);
        left = add_curved(krylov, qp, newton, x, false);
        if (foreseen && left < coarse_gradient) {
            residual(krylov, qp, x);
            left = add_curved(krylov, qp, newton, x, false);
        }
        if (left <= rounding || (left <= near_rounding && left > before / 2))
            return SOLVE_OK;
        add_curved(krylov, qp, newton, x, true);
        double needed = fmax(least_inner_residual, rounding / 4 / left); /* for the next step to be the last */
        direction(krylov, qp, newton, fmax(needed, fmin(most_inner_residual, left)), &scale);
        info->factorisations++;
        for (int32_t j = 0; j < qp->L.n; j++)
            x[j] += scale * krylov->d[j];
        foreseen = left > coarse_gradient && isfinite(left) && !foreseen;
        if (foreseen)
            foresee(krylov, qp, newton, x, scale);
        newton_meet(newton, qp, x, step < BOLD_STEPS);
    }
    return SOLVE_STALLED;
}

void krylov_free(struct krylov *krylov)
{
    free(krylov->block);
    *krylov = (struct krylov){0};
}
