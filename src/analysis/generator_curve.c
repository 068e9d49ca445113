#include "analysis/generator_curve.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>

/* ---- a monotone cubic through points ---- */

/* One point of a curve. */
struct point {
    double u, i, slope; /* V, A, S: di/du there */
};

static int compare_points(const void *p, const void *q)
{
    const struct point *a = p, *b = q;
    return a->u < b->u ? -1 : a->u > b->u ? 1 : (a->i < b->i) - (a->i > b->i);
}

static double rise(const struct point *at)
{
    double step = at[1].u - at[0].u;
    return step > 0 ? (at[1].i - at[0].i) / step : 0;
}

/* Between two pieces of lengths h, k and slopes p, q: that of the parabola through the three points. */
static double inner_slope(double h, double k, double p, double q)
{
    if (!(p * q > 0))
        return 0;
    double parabola = (p * k + q * h) / (h + k);
    return copysign(fmin(2 * fmin(fabs(p), fabs(q)), fabs(parabola)), p);
}

/* At an end: its piece of length h and slope p, the next one of length k and slope q. */
static double end_slope(double h, double k, double p, double q)
{
    double parabola = p + (p - q) * h / (h + k);
    if (!(parabola * p > 0))
        return 0;
    return fabs(parabola) > 2 * fabs(p) ? 2 * p : parabola;
}

/* Points in the order of u, without any that has the voltage of the one before. */
static void fill_slopes(struct point *point, size_t n)
{
    if (n == 2)
        point[0].slope = point[1].slope = rise(point);
    if (n < 3)
        return;
    for (size_t j = 1; j + 1 < n; j++)
        point[j].slope = inner_slope(point[j].u - point[j - 1].u, point[j + 1].u - point[j].u, rise(&point[j - 1]),
                                     rise(&point[j]));
    point[0].slope =
        end_slope(point[1].u - point[0].u, point[2].u - point[1].u, rise(&point[0]), rise(&point[1]));
    point[n - 1].slope = end_slope(point[n - 1].u - point[n - 2].u, point[n - 2].u - point[n - 3].u,
                                   rise(&point[n - 2]), rise(&point[n - 3]));
}

/* The current at u, which lies between point at and the next one. */
static double current_at(const struct point *at, double u)
{
    double h = at[1].u - at[0].u, t = (u - at[0].u) / h, s = 1 - t;
    return at[0].i * s * s * (1 + 2 * t) + at[0].slope * h * s * s * t + at[1].i * t * t * (1 + 2 * s) -
           at[1].slope * h * t * t * s;
}

enum { HALVINGS = 60 }; /* of an interval: less than the rounding of its ends is left */

/* Where the current becomes 0 between a point where it is positive and the next one, where it is not. */
static double zero_between(const struct point *at)
{
    double low = at[0].u, high = at[1].u;
    for (int step = 0; step < HALVINGS; step++) {
        double middle = low + (high - low) / 2;
        *(current_at(at, middle) > 0 ? &low : &high) = middle;
    }
    return high;
}

/* The slope of the power over the voltage at u, W/V. */
static double power_slope(const struct point *at, double u)
{
    double h = at[1].u - at[0].u, t = (u - at[0].u) / h, s = 1 - t;
    double slope = 6 * s * t * rise(at) + at[0].slope * s * (1 - 3 * t) + at[1].slope * t * (3 * t - 2);
    return current_at(at, u) + u * slope;
}

/* The voltage of the largest power between a point and the next one; the power has one maximum there, where the curve
 * is that of a generator. */
static double best_between(const struct point *at)
{
    double low = at[0].u, high = at[1].u;
    for (int step = 0; step < HALVINGS; step++) {
        double middle = low + (high - low) / 2;
        *(power_slope(at, middle) > 0 ? &low : &high) = middle;
    }
    return low;
}

/* ---- what is read from it ---- */

static double power(const struct point *point)
{
    return point->u > 0 && point->i > 0 ? point->u * point->i : 0;
}

/* The quadrant in which it delivers most power, as its sign. */
static double find_sign(const double *u, const double *i, size_t n)
{
    double best = 0, sign = 1;
    for (size_t j = 0; j < n; j++) {
        if (u[j] * i[j] > best) {
            best = u[j] * i[j];
            sign = u[j] > 0 ? 1 : -1;
        }
    }
    return sign;
}

/* Sorted points, turned round where the generator lies in the third quadrant. Returns how many are left. */
static size_t take_points(struct point *point, const double *u, const double *i, size_t n, double sign)
{
    size_t finite = 0, kept = 0;
    for (size_t j = 0; j < n; j++) {
        if (isfinite(u[j]) && isfinite(i[j]))
            point[finite++] = (struct point){sign * u[j], sign * i[j], 0};
    }
    qsort(point, finite, sizeof *point, compare_points);
    for (size_t j = 0; j < finite; j++) {
        if (kept == 0 || point[j].u > point[kept - 1].u)
            point[kept++] = point[j];
    }
    return kept;
}

/* How often the power falls by a thousandth of the largest after it has risen so far. */
static size_t count_peaks(const struct point *point, size_t n, double most)
{
    size_t peaks = 0;
    double high = 0, low = 0;
    bool rising = true;
    for (size_t j = 0; j < n; j++) {
        double here = power(&point[j]);
        high = rising ? fmax(high, here) : high;
        low = rising ? low : fmin(low, here);
        if (rising && here < high - most / 1000) {
            peaks++;
            rising = false;
            low = here;
        } else if (!rising && here > low + most / 1000) {
            rising = true;
            high = here;
        }
    }
    return peaks + rising;
}

static void find_maximum(struct generator_curve *curve, const struct point *point, size_t n, size_t best)
{
    curve->vmp = point[best].u;
    curve->imp = point[best].i;
    for (size_t j = best > 0 ? best - 1 : 0; j <= best && j + 1 < n; j++) {
        double u = best_between(&point[j]), i = current_at(&point[j], u);
        if (u > 0 && i > 0 && u * i > curve->vmp * curve->imp) {
            curve->vmp = u;
            curve->imp = i;
        }
    }
    curve->pmax = curve->vmp * curve->imp;
    curve->at_end = best == 0 || best + 1 == n;
}

static void find_ends(struct generator_curve *curve, const struct point *point, size_t n, size_t best)
{
    for (size_t j = 0; j < n && !curve->has_isc; j++) {
        bool between = j + 1 < n && point[j].u < 0 && point[j + 1].u > 0;
        curve->has_isc = between || point[j].u == 0;
        if (curve->has_isc)
            curve->isc = between ? current_at(&point[j], 0) : point[j].i;
    }
    for (size_t j = best; j + 1 < n && !curve->has_voc; j++) {
        curve->has_voc = point[j].i > 0 && point[j + 1].i <= 0;
        if (curve->has_voc)
            curve->voc = point[j + 1].i == 0 ? point[j + 1].u : zero_between(&point[j]);
    }
    if (curve->has_isc && curve->has_voc && curve->isc > 0)
        curve->fill_factor = curve->pmax / (curve->isc * curve->voc);
}

bool generator_curve_find(struct generator_curve *curve, const double *u, const double *i, size_t n)
{
    struct point *point = array_new(n, sizeof *point);
    *curve = (struct generator_curve){.sign = find_sign(u, i, n)};
    if (!point)
        return false;
    n = take_points(point, u, i, n, curve->sign);
    fill_slopes(point, n);
    size_t best = 0;
    double volts = 0, amperes = 0;
    for (size_t j = 0; j < n; j++) {
        best = power(&point[j]) > power(&point[best]) ? j : best;
        volts = fmax(volts, fabs(point[j].u));
        amperes = fmax(amperes, fabs(point[j].i));
    }
    /* what blocks lets rounding through */
    curve->is_generator = n > 1 && power(&point[best]) > 1e-9 * volts * amperes;
    if (curve->is_generator) {
        find_maximum(curve, point, n, best);
        find_ends(curve, point, n, best);
        curve->peaks = count_peaks(point, n, curve->pmax);
    }
    free(point);
    return true;
}

/* ---- sweeps ---- */

size_t swept_needs(const struct plot *plot, const struct circuit *circuit, struct vector vector[2])
{
    const struct axis *axis = plot->axes > 0 ? &plot->axis[plot->axes - 1] : NULL;
    if (!axis || axis->kind > AXIS_RESISTOR || plot_is_labelled(plot))
        return 0;
    const struct element *element = &circuit->element[axis->element];
    size_t count = 0;
    if (axis->kind != AXIS_ISOURCE)
        vector[count++] = (struct vector){VECTOR_CURRENT, axis->element, 0, NULL};
    if (axis->kind != AXIS_VSOURCE)
        vector[count++] = (struct vector){VECTOR_VOLTAGE, element->a, element->k, NULL};
    return count;
}

/* Values of a vector at all points. False: it was not recorded. */
static bool fill_values(double *value, struct plot *plot, const struct vector *vector)
{
    size_t column[2];
    if (!plot_find_columns(plot, vector, column))
        return false;
    for (size_t p = 0; p < plot->points; p++)
        value[p] = plot_difference(plot, column, p);
    return true;
}

static bool judge_curves(struct swept *swept, const struct plot *plot)
{
    swept->curve = array_new(swept->curves, sizeof *swept->curve);
    bool done = swept->curve;
    for (size_t c = 0; done && c < swept->curves; c++) {
        size_t first = c * swept->points;
        done = generator_curve_find(&swept->curve[c], swept->u + first, swept->i + first,
                                    swept_length(swept, plot, c));
        swept->generators += swept->curve[c].is_generator;
    }
    return done;
}

bool swept_find(struct swept *swept, struct plot *plot, const struct circuit *circuit)
{
    struct vector vector[2];
    size_t needed = swept_needs(plot, circuit, vector);
    if (needed == 0)
        return true;
    const struct axis *axis = &plot->axis[plot->axes - 1];
    swept->u = array_new(plot->points, sizeof *swept->u);
    swept->i = array_new(plot->points, sizeof *swept->i);
    if (!swept->u || !swept->i)
        return false;
    double *own = axis->kind == AXIS_VSOURCE ? swept->u : axis->kind == AXIS_ISOURCE ? swept->i : NULL;
    double factor = axis->kind == AXIS_ISOURCE ? circuit_multiple(circuit, axis->element) : 1;
    for (size_t p = 0; own && p < plot->points; p++)
        own[p] = factor * plot_axis_value(plot, plot->axes - 1, p);
    for (size_t n = 0; n < needed; n++) {
        if (!fill_values(vector[n].kind == VECTOR_CURRENT ? swept->i : swept->u, plot, &vector[n]))
            return true;
    }
    swept->points = axis->count;
    swept->curves = (plot->points + axis->count - 1) / axis->count;
    return judge_curves(swept, plot);
}

size_t swept_length(const struct swept *swept, const struct plot *plot, size_t curve)
{
    size_t left = plot->points - curve * swept->points;
    return left < swept->points ? left : swept->points;
}

void swept_free(struct swept *swept)
{
    free(swept->u);
    free(swept->i);
    free(swept->curve);
    *swept = (struct swept){0};
}
