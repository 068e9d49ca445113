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
static const double rounding = 8 * DBL_EPSILON, nearly = 1e-13;
/* a gradient beyond says where to go as well without an exact residual; every second is one */
static const double vague = 1e-3;
static const double loosest = 1e-2, tightest = 1e-6; /* of the inner iteration's residual over the gradient */

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
    krylov->g = array_new(qp->segments.entries, sizeof *krylov->g);
    krylov->rest = array_new(n, sizeof *krylov->rest);
    krylov->size = array_new(n, sizeof *krylov->size);
    krylov->gradient = array_new(n, sizeof *krylov->gradient);
    krylov->H = array_new(n, sizeof *krylov->H);
    krylov->r = array_new(n, sizeof *krylov->r);
    krylov->p = array_new(n, sizeof *krylov->p);
    krylov->q = array_new(n, sizeof *krylov->q);
    krylov->d = array_new(n, sizeof *krylov->d);
    if (!krylov->g || !krylov->rest || !krylov->size || !krylov->gradient || !krylov->H ||
        !krylov->r || !krylov->p || !krylov->q || !krylov->d) {
        krylov_free(krylov);
        return false;
    }
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

static void multiply_bends(const struct qp *qp, const struct newton *newton, const float *p, float *q)
{
    for (uint32_t k = 0; k < qp->nonlinears; k++) {
        const struct nonlinear_branch *bend = &qp->nonlinear[k];
        if (bend->i == GROUND_UNKNOWN || bend->j == GROUND_UNKNOWN)
            continue; /* all of it is in the diagonal */
        float g = (float)(bend->m * newton->tangent[k].slope);
        q[bend->i] -= g * p[bend->j];
        q[bend->j] -= g * p[bend->i];
    }
}

static void fill_diagonal(struct krylov *krylov, const struct qp *qp, const struct newton *newton)
{
    for (int32_t j = 0; j < qp->L.n; j++)
        krylov->H[j] = (float)qp->L.x[qp->L.d[j]];
    for (uint32_t k = 0; k < qp->nonlinears; k++) {
        const struct nonlinear_branch *bend = &qp->nonlinear[k];
        float g = (float)(bend->m * newton->tangent[k].slope);
        if (bend->i != GROUND_UNKNOWN)
            krylov->H[bend->i] += g;
        if (bend->j != GROUND_UNKNOWN)
            krylov->H[bend->j] += g;
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
        multiply_bends(qp, newton, p, q);
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

/* The gradient with bends or tangents; returns the largest over its magnitudes. */
static double add_bends(struct krylov *krylov, const struct qp *qp, const struct newton *newton, const double *x,
                        bool tangents)
{
    double worst = 0, *gradient = krylov->gradient, *extra = krylov->size;
    memcpy(gradient, krylov->rest, (size_t)qp->L.n * sizeof *gradient);
    if (!tangents)
        companions_touch(qp, x, newton->kept);
    for (uint32_t k = 0; k < qp->nonlinears; k++) {
        const struct nonlinear_branch *bend = &qp->nonlinear[k];
        const struct companion *tangent = tangents ? &newton->tangent[k] : &newton->kept[k];
        double f =
            bend->m * (tangents ? tangent->i + tangent->slope * (nonlinear_voltage(bend, x) - tangent->u) : tangent->i);
        double volts = fabs(at(x, bend->i)) + fabs(at(x, bend->j)) + fabs(bend->c);
        double size = tangents ? 0 : fabs(f) + bend->m * tangent->slope * volts;
        if (bend->i != GROUND_UNKNOWN) {
            gradient[bend->i] += f;
            extra[bend->i] += size;
        }
        if (bend->j != GROUND_UNKNOWN) {
            gradient[bend->j] -= f;
            extra[bend->j] += size;
        }
    }
    for (int32_t j = 0; j < qp->L.n; j++)
        if (!(fabs(gradient[j]) <= worst * extra[j]))
            worst = fabs(gradient[j]) / extra[j];
    return worst;
}

/* rest at the end of the step, from what the inner iteration has left of its equations and the tangents that it had: as
 * exact as single precision beside the gradient before. */
static void foresee(struct krylov *krylov, const struct qp *qp, const struct newton *newton, const double *x,
                    double scale)
{
    for (int32_t j = 0; j < qp->L.n; j++)
        krylov->rest[j] = -scale * krylov->r[j];
    for (uint32_t k = 0; k < qp->nonlinears; k++) {
        const struct nonlinear_branch *bend = &qp->nonlinear[k];
        const struct companion *tangent = &newton->tangent[k];
        double f = bend->m * (tangent->i + tangent->slope * (nonlinear_voltage(bend, x) - tangent->u));
        if (bend->i != GROUND_UNKNOWN)
            krylov->rest[bend->i] -= f;
        if (bend->j != GROUND_UNKNOWN)
            krylov->rest[bend->j] += f;
    }
}

enum solve_status krylov_minimise(struct krylov *krylov, const struct qp *qp, struct newton *newton, double *x,
                                  struct solve_info *info)
{
    double left = INFINITY;
    bool foreseen = false;
    newton_touch(newton, qp, x);
    for (int step = 0; step < OUTER_STEPS; step++) {
        double before = left, scale;
        if (!foreseen)
            residual(krylov, qp, x);
        left = add_bends(krylov, qp, newton, x, false);
        if (foreseen && left < vague) {
            residual(krylov, qp, x);
            left = add_bends(krylov, qp, newton, x, false);
        }
        if (left <= rounding || (left <= nearly && left > before / 2))
            return SOLVE_OK;
        add_bends(krylov, qp, newton, x, true);
        double needed = fmax(tightest, rounding / 4 / left); /* for the next step to be the last */
        direction(krylov, qp, newton, fmax(needed, fmin(loosest, left)), &scale);
        info->factorisations++;
        for (int32_t j = 0; j < qp->L.n; j++)
            x[j] += scale * krylov->d[j];
        foreseen = left > vague && isfinite(left) && !foreseen;
        if (foreseen)
            foresee(krylov, qp, newton, x, scale);
        newton_meet(newton, qp, x, step < BOLD_STEPS);
    }
    return SOLVE_STALLED;
}

void krylov_free(struct krylov *krylov)
{
    free(krylov->g);
    free(krylov->rest);
    free(krylov->size);
    free(krylov->gradient);
    free(krylov->H);
    free(krylov->r);
    free(krylov->p);
    free(krylov->q);
    free(krylov->d);
    *krylov = (struct krylov){0};
}
