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

/* The segment of the table that u is on, or nearest to, by its left point. */
static size_t segment_of(const struct curve_table *table, struct dd u)
{
    size_t low = 0, high = table->points - 1;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (table->u[middle] < u.hi || (table->u[middle] == u.hi && u.lo >= 0))
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* From the nearer end of the segment. */
static double table_rest(const struct curve_table *table, double g_floor, double u, double *slope)
{
    size_t low = segment_of(table, dd_from(u));
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

static void function_currents(const struct function_curve *function, const double *u, double *i, double *slope)
{
    uint32_t n = function->voltages;
    double inside[LAW_VOLTAGES] = {0};
    for (uint32_t k = 0; k < n; k++)
        inside[k] = fmin(fmax(u[k], function->low), function->high);
    function->currents(function->data, inside, i, slope);
    if (n == 1)
        *slope = fmax(0, *slope);
    for (uint32_t j = 0; j < n; j++)
        for (uint32_t k = 0; k < n; k++)
            i[j] += inside[k] == u[k] ? 0 : slope[n * j + k] * (u[k] - inside[k]);
}

static double function_current(const struct function_curve *function, double u, double *slope)
{
    double i;
    function_currents(function, &u, &i, slope);
    return i;
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
    return (struct law_point){.i = i, .slope = slope, .size = fabs(i.hi)};
}

/* What rounding leaves of terms that cancel at u, A: an expression like exp(u) - 1 then goes by steps that are wider
 * than the distance of doubles, and misses its slope over a little more than such a step. i, noise [n],
 * slope [n x n] */
static void function_noise(const struct function_curve *function, const double *u, const double *i, const double *slope,
                           double *noise)
{
    enum { DISTANCES = 3 };
    const double roundings = 8 * DBL_EPSILON; /* of the current there and of the line to it, which are none at u */
    uint32_t n = function->voltages;
    double there[LAW_VOLTAGES] = {0}, found[LAW_VOLTAGES], unused[LAW_VOLTAGES * LAW_VOLTAGES];
    for (uint32_t k = 0; k < n; k++)
        there[k] = u[k];
    for (uint32_t k = 0; k < n; k++) {
        double distance = DBL_EPSILON * fmax(fabs(u[k]), 1);
        for (int d = 0; d < 2 * DISTANCES; d++) {
            there[k] = d % 2 ? u[k] + distance : u[k] - distance;
            function_currents(function, there, found, unused);
            for (uint32_t j = 0; j < n; j++)
                noise[j] = fmax(noise[j], fabs(found[j] - i[j] - slope[n * j + k] * (there[k] - u[k])) -
                                              roundings * fmin(fabs(found[j]), DBL_MAX));
            if (d % 2)
                distance *= 16;
        }
        there[k] = u[k];
    }
}

static void function_at(const struct function_curve *function, const struct dd *u, const double *near,
                        struct law_point *at)
{
    uint32_t n = function->voltages;
    double hi[LAW_VOLTAGES] = {0}, noise[LAW_VOLTAGES] = {0};
    double i[LAW_VOLTAGES], slope[LAW_VOLTAGES * LAW_VOLTAGES];
    for (uint32_t k = 0; k < n; k++)
        hi[k] = u[k].hi;
    function_currents(function, hi, i, slope);
    function_noise(function, hi, i, slope, noise);
    for (uint32_t j = 0; j < n; j++) {
        at[j] = (struct law_point){.slope = slope[n * j + j], .size = noise[j] / DBL_EPSILON + fabs(i[j])};
        double rest = 0;
        for (uint32_t k = 0; k < n; k++) {
            double steep = fabs(slope[n * j + k]);
            rest += slope[n * j + k] * u[k].lo;
            at[j].size += fabs(hi[k]) * steep;
            at[j].change += near[k] * steep;
        }
        at[j].i = two_sum(i[j], rest);
    }
}

void curve_currents(const struct curve *curve, const struct dd *u, const double *near, struct law_point *at)
{
    if (curve->kind == CURVE_FUNCTION) {
        function_at(&curve->function, u, near, at);
        return;
    }
    if (curve->kind == CURVE_TABLE) {
        *at = table_at(&curve->table, *u, *near);
    } else {
        double slope, rest = curve_current(curve, u->hi, &slope);
        slope += curve->g_floor;
        at->i = two_sum(curve->g_floor * u->hi + rest, slope * u->lo);
        at->slope = slope;
        at->size = fabs(at->i.hi) + fabs(u->hi) * slope;
    }
    at->change = at->slope * *near;
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

static bool function_covers(const struct function_curve *function, const struct dd *u)
{
    double hi[LAW_VOLTAGES] = {0}, i[LAW_VOLTAGES], slope[LAW_VOLTAGES * LAW_VOLTAGES];
    bool covers = true;
    for (uint32_t k = 0; k < function->voltages; k++) {
        hi[k] = u[k].hi;
        covers = covers && hi[k] >= function->low && hi[k] <= function->high;
    }
    if (!covers)
        return false;
    function_currents(function, hi, i, slope);
    for (uint32_t j = 0; j < function->voltages; j++)
        covers = covers && isfinite(i[j]);
    return covers;
}

bool curve_covers(const struct curve *curve, const struct dd *u)
{
    switch (curve->kind) {
    case CURVE_JUNCTION:
        return junction_covers(&curve->junction, inner_voltage(&curve->junction, u->hi));
    case CURVE_FUNCTION:
        return function_covers(&curve->function, u);
    default:
        return true;
    }
}
