#include "laws/curve.h"

#include "laws/junctions.h"
#include <float.h>
#include <math.h>

/* ---- junctions --------------------------------------------------------------------------------------------------- */

/* The voltage over the junction at u: w (1 + rs gmin) + rs J(w) = u. */
static double inner_voltage(const struct junction *junction, double u)
{
    return junction->rs > 0 ? junction_solve(junction, junction->rs, 1 + junction->rs * junction->gmin, u) : u;
}

/* r at the inner voltage w: what gmin and rs in series would carry alone is left to g_floor.
 * Where rs rules, the current is known better from the voltage over it than from the junction. */
static double junction_rest(const struct junction *junction, double w, const double *u, double *slope)
{
    double leak = 1 + junction->rs * junction->gmin, steep, current = junction_current(junction, w, &steep);
    if (u && junction->rs * steep > leak)
        current = (*u - w * leak) / junction->rs;
    *slope = steep / (leak * (leak + junction->rs * steep));
    return current / leak;
}

static double junction_meet(const struct junction *junction, double g, double c, double *current, double *slope)
{
    double leak = 1 + junction->rs * junction->gmin;
    double w = junction_solve(junction, 1 / leak + g * junction->rs, g * leak, c);
    *current = junction_rest(junction, w, NULL, slope);
    return w * leak + junction->rs * leak * *current;
}

/* ---- idealised diodes -------------------------------------------------------------------------------------------- */

/* What one side adds to g_off u, for u of its own sign. */
static double side_current(const struct limited_side *side, double g_off, double u, double *slope)
{
    double beyond = u - side->v, rise = side->g - g_off;
    *slope = 0;
    if (beyond <= 0)
        return 0;
    if (beyond < side->epsilon) {
        *slope = rise * beyond / side->epsilon;
        return *slope * beyond / 2;
    }
    double bend = side->v + side->epsilon, added = rise * side->epsilon / 2, at = g_off * bend + added;
    if (isinf(side->limit)) {
        *slope = rise;
        return added + rise * (u - bend);
    }
    double h = tanh(side->g / side->limit * (u - bend));
    *slope = (side->limit - at) * side->g / side->limit * (1 - h * h) - g_off;
    return (side->limit - at) * h + at - g_off * u;
}

static double limited_current(const struct limited *limited, double u, double *slope)
{
    if (u >= 0)
        return side_current(&limited->forward, limited->g_off, u, slope);
    return -side_current(&limited->reverse, limited->g_off, -u, slope);
}

/* A limited side ends flat, below g_off. */
static double limited_floor(const struct limited *limited)
{
    bool flat = !isinf(limited->forward.limit) || (!isinf(limited->reverse.limit) && !isinf(limited->reverse.v));
    double g = fmin(limited->g_off, limited->forward.g);
    return flat ? 0 : isinf(limited->reverse.v) ? g : fmin(g, limited->reverse.g);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

static double segment_slope(const struct curve_table *table, size_t left)
{
    return (table->i[left + 1] - table->i[left]) / (table->u[left + 1] - table->u[left]);
}

/* r at a point. What rounding leaves of a line through 0 would be a current of its own where others are small. */
static double point_rest(const struct curve_table *table, double g_floor, size_t point)
{
    double rest = table->i[point] - g_floor * table->u[point];
    return fabs(rest) <= 4 * DBL_EPSILON * fabs(table->i[point]) ? 0 : rest;
}

/* From the nearer end of the segment. */
static double table_rest(const struct curve_table *table, double g_floor, double u, double *slope)
{
    size_t low = 0, high = table->points - 1;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (table->u[middle] <= u)
            low = middle;
        else
            high = middle;
    }
    *slope = fmax(0, segment_slope(table, low) - g_floor);
    double from_left = u - table->u[low], from_right = u - table->u[low + 1];
    return fabs(from_left) <= fabs(from_right) ? point_rest(table, g_floor, low) + *slope * from_left
                                               : point_rest(table, g_floor, low + 1) + *slope * from_right;
}

static double table_floor(const struct curve_table *table)
{
    double least = INFINITY;
    for (size_t p = 0; p + 1 < table->points; p++)
        least = fmin(least, segment_slope(table, p));
    return least;
}

/* ---- functions --------------------------------------------------------------------------------------------------- */

static double function_current(const struct function_curve *function, double u, double *slope)
{
    double inside = fmin(fmax(u, function->low), function->high);
    double i = function->value(function->data, inside, slope);
    *slope = fmax(0, *slope);
    return inside == u ? i : i + *slope * (u - inside);
}

/* ---- any --------------------------------------------------------------------------------------------------------- */

void curve_finish(struct curve *curve)
{
    curve->is_plain = curve->kind == CURVE_JUNCTION && junction_is_plain(&curve->junction);
    switch (curve->kind) {
    case CURVE_JUNCTION:
        curve->g_floor = curve->junction.gmin / (1 + curve->junction.rs * curve->junction.gmin);
        break;
    case CURVE_LIMITED:
        curve->g_floor = limited_floor(&curve->limited);
        break;
    case CURVE_TABLE:
        curve->g_floor = table_floor(&curve->table);
        break;
    case CURVE_FUNCTION:
        curve->g_floor = 0;
    }
}

double curve_current(const struct curve *curve, double u, double *slope)
{
    double i;
    switch (curve->kind) {
    case CURVE_JUNCTION:
        return junction_rest(&curve->junction, inner_voltage(&curve->junction, u), &u, slope);
    case CURVE_LIMITED:
        i = limited_current(&curve->limited, u, slope);
        *slope += curve->limited.g_off - curve->g_floor;
        return i + (curve->limited.g_off - curve->g_floor) * u;
    case CURVE_TABLE:
        return table_rest(&curve->table, curve->g_floor, u, slope);
    default: /* a function, whose g_floor is 0 */
        return function_current(&curve->function, u, slope);
    }
}

/* The segment of the table that u is on, or nearest to, by its left point. */
static size_t segment_of(const struct curve_table *table, struct dd u)
{
    size_t low = 0, high = table->points - 1;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (dd_sub_double(u, table->u[middle]).hi >= 0)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static struct law_point table_at(const struct curve_table *table, struct dd u, double near)
{
    size_t left = segment_of(table, u), right = left + 1;
    struct dd along = dd_sub_double(u, table->u[left]), before = dd_sub_double(u, table->u[right]);
    struct dd width = two_sum(table->u[right], -table->u[left]), rise = two_sum(table->i[right], -table->i[left]);
    struct dd i = dd_add_double(dd_div(dd_mul(rise, along), width), table->i[left]);
    double slope = segment_slope(table, left);
    if (left > 0 && along.hi <= near)
        slope = fmax(slope, segment_slope(table, left - 1));
    if (right + 1 < table->points && -before.hi <= near)
        slope = fmax(slope, segment_slope(table, right));
    return (struct law_point){i, slope, fabs(i.hi)};
}

/* What rounding leaves of terms that cancel at u, A: an expression like exp(u) - 1 then goes by steps that are wider
 * than the distance of doubles, and misses its slope over a little more than such a step. */
static double function_noise(const struct function_curve *function, double u, double i, double slope)
{
    enum { DISTANCES = 3 };
    double noise = 0, distance = DBL_EPSILON * fmax(fabs(u), 1), unused;
    for (int d = 0; d < 2 * DISTANCES; d++) {
        double there = d % 2 ? u + distance : u - distance;
        noise = fmax(noise, fabs(function_current(function, there, &unused) - i - slope * (there - u)));
        if (d % 2)
            distance *= 16;
    }
    return noise;
}

struct law_point curve_at(const struct curve *curve, struct dd u, double near)
{
    if (curve->kind == CURVE_TABLE)
        return table_at(&curve->table, u, near);
    double slope, rest = curve_current(curve, u.hi, &slope), size = 0;
    if (curve->kind == CURVE_FUNCTION)
        size = function_noise(&curve->function, u.hi, rest, slope) / DBL_EPSILON;
    slope += curve->g_floor;
    struct dd i = two_sum(curve->g_floor * u.hi + rest, slope * u.lo);
    return (struct law_point){i, slope, size + fabs(i.hi) + fabs(u.hi) * slope};
}

/* Newton's method within a bracket, from 0: since the left side grows by at least g for each volt, the root lies no
 * farther from any u than what is missing there over g. */
static double meet(const struct curve *curve, double g, double c, double *current, double *slope)
{
    enum { STEPS = 200 };
    double u = 0, low = -INFINITY, high = INFINITY;
    for (int step = 0; step < STEPS; step++) {
        *current = curve_current(curve, u, slope);
        double excess = *current + g * u - c;
        if (!(fabs(excess) > 2 * DBL_EPSILON * (fabs(*current) + fabs(g * u) + fabs(c))))
            return u;
        low = fmax(low, excess > 0 ? u - excess / g : u);
        high = fmin(high, excess > 0 ? u : u - excess / g);
        double next = u - excess / (*slope + g);
        if (!(next > low && next < high) || step % 4 == 3)
            next = low + (high - low) / 2; /* both ends are finite by now */
        if (fabs(next - u) <= DBL_EPSILON * fabs(u))
            return u;
        u = next;
    }
    return u;
}

double curve_meet(const struct curve *curve, double g, double c, double *current, double *slope)
{
    if (curve->kind == CURVE_JUNCTION)
        return junction_meet(&curve->junction, g, c, current, slope);
    return meet(curve, g, c, current, slope);
}

/* Without breakdown and tunnelling a junction in reverse ends in its saturation currents. */
static double junction_limit(const struct junction *junction, double sign)
{
    double slope;
    if (sign > 0 || junction->gmin > 0 || junction->jt > 0 || !isinf(junction->bv))
        return sign * INFINITY;
    return junction_current(junction, -INFINITY, &slope);
}

static double side_limit(const struct limited_side *side, double g_off)
{
    double slope;
    if (isinf(side->v))
        return g_off > 0 ? INFINITY : 0;
    if (!isinf(side->limit))
        return side->limit;
    double bend = side->v + side->epsilon;
    return side->g > 0 ? INFINITY : g_off * bend + side_current(side, g_off, bend, &slope);
}

static double table_limit(const struct curve_table *table, double sign)
{
    size_t end = sign > 0 ? table->points - 1 : 0, before = sign > 0 ? end - 1 : 1;
    return table->i[end] == table->i[before] ? table->i[end] : sign * INFINITY;
}

static double function_limit(const struct function_curve *function, double sign)
{
    double slope, i = function_current(function, sign > 0 ? function->high : function->low, &slope);
    return slope == 0 && isfinite(i) ? i : sign * INFINITY;
}

double curve_limit(const struct curve *curve, double sign)
{
    const struct limited *limited = &curve->limited;
    switch (curve->kind) {
    case CURVE_JUNCTION:
        return junction_limit(&curve->junction, sign);
    case CURVE_LIMITED:
        return sign > 0 ? side_limit(&limited->forward, limited->g_off)
                        : -side_limit(&limited->reverse, limited->g_off);
    case CURVE_TABLE:
        return table_limit(&curve->table, sign);
    default:
        return function_limit(&curve->function, sign);
    }
}

bool curve_covers(const struct curve *curve, double u)
{
    double slope;
    switch (curve->kind) {
    case CURVE_JUNCTION:
        return junction_covers(&curve->junction, inner_voltage(&curve->junction, u));
    case CURVE_FUNCTION:
        return u >= curve->function.low && u <= curve->function.high && isfinite(curve_current(curve, u, &slope));
    default:
        return true;
    }
}
