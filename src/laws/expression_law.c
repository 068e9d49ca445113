/* The current of a source's own voltage at one voltage: value, derivative, and whether it rises. */
#include "laws/dual.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* An expression at one voltage. */
struct point {
    const struct expression_law *own;
    double u, s; /* V */
};

static struct dual use_at(void *data, size_t use)
{
    const struct point *point = data;
    const struct expression_law *own = point->own;
    return (struct dual){own->slope[use] * point->u + own->shift[use] * point->s + own->constant[use], own->slope[use]};
}

static enum dual_status truth_at(void *data, struct dual x, bool *truth)
{
    (void)data;
    *truth = x.v != 0;
    return DUAL_OK;
}

static enum dual_status call_at(void *data, const struct expression_step *step, const struct dual *argument,
                                struct dual *value)
{
    const struct point *point = data;
    *value = dual_call(point->own, step, argument);
    return DUAL_OK;
}

static enum dual_status binary_at(void *data, enum step_kind kind, struct dual x, struct dual y, struct dual *value)
{
    (void)data;
    *value = dual_binary(kind, x, y);
    return DUAL_OK;
}

double expression_law_current(const struct expression_law *own, double u, double s, double *slope)
{
    static const struct dual_algebra algebra = {use_at, truth_at, call_at, binary_at};
    struct point point = {own, u, s};
    struct dual value;
    dual_run(&own->expression, &algebra, &point, &value);
    *slope = value.d;
    return isfinite(value.v) && isfinite(value.d) ? value.v : NAN;
}

double expression_law_value(const void *own, double u, double *slope)
{
    return expression_law_current(own, u, 0, slope);
}

bool expression_law_is_own(const struct expression_law *own)
{
    static const double u[] = {-7.3, -0.61, -0.02, 0, 0.013, 0.57, 1.9, 23.7}, s[] = {-11.25, -0.375, 0.5, 6.125};
    for (size_t p = 0; p < sizeof u / sizeof *u; p++)
        for (size_t q = 0; q < sizeof s / sizeof *s; q++) {
            double slope, here = expression_law_current(own, u[p], 0, &slope),
                          there = expression_law_current(own, u[p], s[q], &slope);
            double noise = 1e-9 * fmax(fabs(here), fabs(there)) + 64 * DBL_EPSILON * fabs(slope) * fabs(s[q]);
            if (isnan(here) != isnan(there) || fabs(here - there) > noise)
                return false;
        }
    return true;
}

static bool table_rises(const struct curve_table *table, double *low, double *high)
{
    for (size_t p = 0; p + 1 < table->points; p++)
        if (!(table->i[p + 1] >= table->i[p])) {
            *low = table->u[p];
            *high = table->u[p + 1];
            return false;
        }
    return true;
}

bool expression_law_rises(const struct curve *curve, double *low, double *high)
{
    enum { SIDE = 1200 };
    double before_u = 0, before_i = NAN;
    if (curve->kind == CURVE_TABLE)
        return table_rises(&curve->table, low, high);
    for (int p = -SIDE; p <= SIDE; p++) { /* 1 nV to 1 kV, by 1 % */
        double u = p == 0 ? 0 : copysign(1e-9 * pow(10, 12.0 * abs(p) / SIDE), p), slope;
        double i = curve->function.value(curve->function.data, u, &slope);
        *low = isnan(i) ? u : before_u;
        *high = u;
        if (isnan(i) || (!isnan(before_i) && i < before_i - 1e-12 * fmax(fabs(i), fabs(before_i))))
            return false;
        before_u = u;
        before_i = i;
    }
    return true;
}
