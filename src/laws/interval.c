#include "laws/interval.h"

#include <float.h>

/* ---- rounding ---------------------------------------------------------------------------------------------------- */

enum { LIBRARY_ULPS = 4 }; /* no function of the library is farther from its value */

/* x less its last digit, a few times. A sum or product that is 0 is exact, or smaller than any number. */
static double less(double x, int ulps)
{
    return fabs(x) <= DBL_MAX ? x - ulps * DBL_EPSILON * fabs(x) : x;
}

static double more(double x, int ulps)
{
    return fabs(x) <= DBL_MAX ? x + ulps * DBL_EPSILON * fabs(x) : x;
}

static struct interval outwards(double low, double high, int ulps)
{
    return (struct interval){isnan(low) ? -INFINITY : less(low, ulps), isnan(high) ? INFINITY : more(high, ulps)};
}

/* ---- arithmetic -------------------------------------------------------------------------------------------------- */

struct interval interval_negative(struct interval x)
{
    return (struct interval){-x.high, -x.low};
}

static bool is_point(struct interval x, double y)
{
    return x.low == y && x.high == y;
}

/* What rounding has taken from a + b = sum. Source: Knuth, The Art of Computer Programming 2, 4.2.2, theorem B. */
static double lost(double a, double b, double sum)
{
    double part = sum - a;
    return (a - (sum - part)) + (b - part);
}

/* a + b rounded up, or down: only where it is not exact. */
static double sum_down(double a, double b)
{
    double sum = a + b;
    return isnan(sum) ? -INFINITY : isinf(sum) || lost(a, b, sum) >= 0 ? sum : less(sum, 1);
}

static double sum_up(double a, double b)
{
    double sum = a + b;
    return isnan(sum) ? INFINITY : isinf(sum) || lost(a, b, sum) <= 0 ? sum : more(sum, 1);
}

struct interval interval_sum(struct interval x, struct interval y)
{
    return (struct interval){sum_down(x.low, y.low), sum_up(x.high, y.high)};
}

struct interval interval_difference(struct interval x, struct interval y)
{
    return interval_sum(x, interval_negative(y));
}

static bool is_unit(double x)
{
    return fabs(x) == 1;
}

/* x y, rounded down or up. What underflows lies between 0 and the least normal number. */
static double times_down(double x, double y)
{
    double product = x == 0 || y == 0 ? 0 : x * y;
    if (is_unit(x) || is_unit(y) || x == 0 || y == 0)
        return product;
    return fabs(product) >= DBL_MIN ? less(product, 1) : signbit(product) ? -DBL_MIN : 0;
}

static double times_up(double x, double y)
{
    return -times_down(-x, y);
}

struct interval interval_product(struct interval x, struct interval y)
{
    if (is_point(x, 0) || is_point(y, 0))
        return interval_point(0);
    if (is_point(x, 1) || is_point(y, 1))
        return is_point(x, 1) ? y : x;
    if (x.low >= 0 && y.low >= 0)
        return (struct interval){times_down(x.low, y.low), times_up(x.high, y.high)};
    double low = fmin(fmin(times_down(x.low, y.low), times_down(x.low, y.high)),
                      fmin(times_down(x.high, y.low), times_down(x.high, y.high)));
    double high = fmax(fmax(times_up(x.low, y.low), times_up(x.low, y.high)),
                       fmax(times_up(x.high, y.low), times_up(x.high, y.high)));
    return (struct interval){low, high};
}

struct interval interval_quotient(struct interval x, struct interval y)
{
    if (y.low < 0 && y.high > 0)
        return INTERVAL_WHOLE;
    double low = y.high == 0 ? -INFINITY : 1 / y.high, high = y.low == 0 ? INFINITY : 1 / y.low;
    struct interval inverse = {is_unit(low) ? low : less(low, 1), is_unit(high) ? high : more(high, 1)};
    return interval_product(x, inverse);
}

/* ---- functions --------------------------------------------------------------------------------------------------- */

/* Where functions of the library are 0 or 1 at x, 0 or infinite, they are so exactly; else NAN. */
static double exact(double (*f)(double), double x)
{
    double value = f(x);
    return value == 0 || is_unit(value) ? value : NAN;
}

/* Of a rising function. What it is at 0, and at the ends of its domain, holds it on either side of that. */
struct interval interval_rising(double (*f)(double), struct interval x)
{
    struct interval value = outwards(f(x.low), f(x.high), LIBRARY_ULPS);
    value.low = fmax(value.low, exact(f, x.low >= 0 ? 0 : -INFINITY)); /* fmax and fmin pass over NAN */
    value.high = fmin(value.high, exact(f, x.high <= 0 ? 0 : INFINITY));
    return value;
}

static struct interval falling(double (*f)(double), struct interval x)
{
    struct interval value = outwards(f(x.high), f(x.low), LIBRARY_ULPS);
    value.high = fmin(value.high, exact(f, x.low >= 0 ? 0 : -INFINITY));
    value.low = fmax(value.low, exact(f, x.high <= 0 ? 0 : INFINITY));
    return value;
}

static struct interval valley(double (*f)(double), struct interval x)
{
    if (x.low >= 0)
        return interval_rising(f, x);
    if (x.high <= 0)
        return falling(f, x);
    return interval_hull(falling(f, (struct interval){x.low, 0}), interval_rising(f, (struct interval){0, x.high}));
}

static struct interval peak(double (*f)(double), struct interval x)
{
    if (x.low >= 0)
        return falling(f, x);
    if (x.high <= 0)
        return interval_rising(f, x);
    return interval_hull(interval_rising(f, (struct interval){x.low, 0}), falling(f, (struct interval){0, x.high}));
}

/* Does one of first, first + period, .. lie in x, or so near that rounding hides it? */
static bool meets(struct interval x, double first, double period)
{
    double near = 1e-14 * (1 + interval_magnitude(x));
    return ceil((x.low - near - first) / period) * period + first <= x.high + near;
}

/* A wave of height 1 whose tops lie at top, top + 2 pi, .. */
static struct interval wave(double (*f)(double), struct interval x, double top)
{
    double far_away = 1e9, a = f(x.low), b = f(x.high);
    if (!(x.low > -far_away && x.high < far_away && x.high - x.low < 2 * M_PI))
        return (struct interval){-1, 1};
    struct interval value = outwards(fmin(a, b), fmax(a, b), LIBRARY_ULPS);
    value.low = meets(x, top - M_PI, 2 * M_PI) ? -1 : fmax(value.low, -1);
    value.high = meets(x, top, 2 * M_PI) ? 1 : fmin(value.high, 1);
    return value;
}

static bool has_pole(struct interval x)
{
    double far_away = 1e9;
    return !(x.low > -far_away && x.high < far_away && x.high - x.low < M_PI) || meets(x, M_PI_2, M_PI);
}

/* Between two poles. */
static struct interval tangent(struct interval x)
{
    return outwards(tan(x.low), tan(x.high), LIBRARY_ULPS);
}

/* 1 + tan^2 */
static struct interval tangent_slope(struct interval x)
{
    return interval_sum(interval_point(1), interval_power(tangent(x), 2, false));
}

/* exp, but 0 beyond the cap */
static struct interval capped_exp(struct interval x)
{
    if (x.low > FUNCTION_EXP_CAP)
        return interval_point(0);
    struct interval below = interval_rising(exp, (struct interval){x.low, fmin(x.high, FUNCTION_EXP_CAP)});
    return x.high > FUNCTION_EXP_CAP ? interval_hull(below, interval_point(0)) : below;
}

static struct interval range(enum function_shape shape, double (*f)(double), struct interval x)
{
    x = (struct interval){x.low + 0.0, x.high + 0.0}; /* no -0, whose inverse is on the other side */
    switch (shape) {
    case SHAPE_RISING: return interval_rising(f, x);
    case SHAPE_FALLING: return falling(f, x);
    case SHAPE_VALLEY: return valley(f, x);
    case SHAPE_PEAK: return peak(f, x);
    case SHAPE_CAPPED: return capped_exp(x);
    case SHAPE_SINE: return wave(f, x, M_PI_2);
    case SHAPE_COSINE: return wave(f, x, 0);
    case SHAPE_MINUS_SINE: return wave(f, x, -M_PI_2);
    case SHAPE_TANGENT: return has_pole(x) ? INTERVAL_WHOLE : tangent(x);
    case SHAPE_TANGENT_SLOPE: return has_pole(x) ? INTERVAL_WHOLE : tangent_slope(x);
    default: return INTERVAL_WHOLE;
    }
}

struct interval interval_steps(double (*f)(double), struct interval x)
{
    return (struct interval){f(less(x.low, LIBRARY_ULPS) - DBL_MIN), f(more(x.high, LIBRARY_ULPS) + DBL_MIN)};
}

struct interval interval_function(const struct function *function, struct interval x)
{
    if (function->slope_shape == SHAPE_STEPS)
        return interval_steps(function->one, x);
    return range(function->shape, function->one, x);
}

struct interval interval_slope(const struct function *function, struct interval x)
{
    if (function->slope_shape == SHAPE_STEPS)
        return (struct interval){0, function->one(x.low) == function->one(x.high) ? 0 : INFINITY};
    return range(function->slope_shape, function->slope, x);
}

/* ---- powers ------------------------------------------------------------------------------------------------------ */

/* x^p for x >= 0. */
static struct interval magnitude(struct interval x, double p)
{
    double a = pow(x.low + 0.0, p), b = pow(x.high + 0.0, p); /* of 0, not -0 */
    return p == 0 || p == 1 ? (struct interval){fmin(a, b), fmax(a, b)}
                            : outwards(fmin(a, b), fmax(a, b), LIBRARY_ULPS);
}

struct interval interval_power(struct interval x, double p, bool keeps_sign)
{
    if (x.low >= 0)
        return magnitude(x, p);
    if (x.high <= 0) {
        struct interval size = magnitude(interval_negative(x), p);
        return keeps_sign ? interval_negative(size) : size;
    }
    if (p < 0 && keeps_sign)
        return INTERVAL_WHOLE;
    return interval_hull(interval_power((struct interval){x.low, 0}, p, keeps_sign),
                         magnitude((struct interval){0, x.high}, p));
}

/* ---- through points ---------------------------------------------------------------------------------------------- */

struct interval interval_line(struct interval y, struct interval g, double at, struct interval x)
{
    return interval_sum(y, interval_product(g, interval_difference(x, interval_point(at))));
}

void interval_find(struct interval_found *found, struct interval value, struct interval slope)
{
    found->value = found->any ? interval_hull(found->value, value) : value;
    found->slope = found->any ? interval_hull(found->slope, slope) : slope;
    found->any = true;
}

/* The segment that ends at point `right`, where part is. */
static void add_segment(struct interval_found *found, const struct interval_points *points, size_t right,
                        struct interval part)
{
    const double *x = points->x + (right - 1) * points->stride, *y = points->y + (right - 1) * points->stride;
    struct interval start = interval_point(y[0]);
    struct interval rise = interval_difference(interval_point(y[points->stride]), start);
    struct interval run = interval_difference(interval_point(x[points->stride]), interval_point(x[0]));
    struct interval slope = interval_quotient(rise, run);
    interval_find(found, interval_line(start, slope, x[0], part), slope);
}

/* The first point from 1 on whose x is not below. */
static size_t first_not_below(const struct interval_points *points, double x)
{
    size_t low = 1, high = points->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (points->x[middle * points->stride] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct interval interval_polyline(const struct interval_points *points, bool is_flat_beyond, struct interval x,
                                  struct interval *slope)
{
    size_t last = points->count - 1;
    double first = points->x[0], end = points->x[last * points->stride];
    bool flat = is_flat_beyond || last == 0;
    struct interval_found found = {0};
    if (x.low < first || last == 0) {
        struct interval part = {x.low, fmin(x.high, first)};
        if (flat)
            interval_find(&found, interval_point(points->y[0]), interval_point(0));
        else
            add_segment(&found, points, 1, part);
    }
    for (size_t right = first_not_below(points, x.low); right <= last; right++) {
        double from = points->x[(right - 1) * points->stride], to = points->x[right * points->stride];
        if (from > x.high)
            break;
        add_segment(&found, points, right, (struct interval){fmax(x.low, from), fmin(x.high, to)});
    }
    if (x.high > end && last > 0) {
        struct interval part = {fmax(x.low, end), x.high};
        if (flat)
            interval_find(&found, interval_point(points->y[last * points->stride]), interval_point(0));
        else
            add_segment(&found, points, last, part);
    }
    *slope = found.slope;
    return found.value;
}

struct interval interval_look_up(const struct function_points *points, struct interval x, struct interval *slope)
{
    struct interval_points all = {points->point, points->point + 1, 2, points->count};
    return interval_polyline(&all, points->function->kind == FUNCTION_TABLE, x, slope);
}
