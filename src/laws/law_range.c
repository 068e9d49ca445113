#include "laws/law_range.h"

#include "laws/expression_law.h"
#include "laws/interval_gradient.h"
#include "laws/junction_range.h"
#include <float.h>
#include <math.h>

/* ---- pieces of a rising law -------------------------------------------------------------------------------------- */

/* The part of u from low to high; false: there is none. */
static bool within(struct interval u, double low, double high, struct interval *part)
{
    *part = (struct interval){fmax(u.low, low), fmin(u.high, high)};
    return part->low <= part->high;
}

/* ---- straight lines ---------------------------------------------------------------------------------------------- */

/* Beyond a knee at v, with the slope g: none of a constraint, whose multiplier is not in it. */
static void find_beyond(struct interval_found *found, double g_off, double v, double g, struct interval u)
{
    struct interval slope = interval_point(isinf(g) ? 0 : g);
    struct interval there = interval_product(interval_point(g_off), interval_point(v));
    interval_find(found, interval_line(there, slope, v, u), slope);
}

static void straight_range(const struct law *law, struct interval u, struct interval *i, struct interval *slope)
{
    struct interval off = interval_point(law->g_off), part;
    struct interval_found found = {0};
    if (within(u, -law->v_rev, law->v_fwd, &part))
        interval_find(&found, interval_product(off, part), off);
    if (!isinf(law->v_fwd) && within(u, law->v_fwd, INFINITY, &part))
        find_beyond(&found, law->g_off, law->v_fwd, law->g_on, part);
    if (!isinf(law->v_rev) && within(u, -INFINITY, -law->v_rev, &part))
        find_beyond(&found, law->g_off, -law->v_rev, law->g_rev, part);
    *i = found.value;
    *slope = found.slope;
}

/* ---- junctions --------------------------------------------------------------------------------------------------- */

/* w (1 + rs gmin) + rs J(w), and its slope. */
static struct interval across(const struct junction *junction, double w, struct interval *slope)
{
    struct interval rs = interval_point(junction->rs), i, steep;
    junction_range(junction, interval_point(w), &i, &steep);
    struct interval gmin = interval_point(junction->gmin), at = interval_point(w);
    *slope = interval_sum(interval_point(1), interval_product(rs, interval_sum(gmin, steep)));
    return interval_sum(at, interval_product(rs, interval_sum(i, interval_product(gmin, at))));
}

/* A w at which that is below u (sign < 0) or above, and not far. */
static double inner_end(const struct junction *junction, double u, double sign)
{
    enum { STEPS = 60 };
    struct interval slope;
    double leak = 1 + junction->rs * junction->gmin, w = junction_solve(junction, junction->rs, leak, u);
    double step = 4 * DBL_EPSILON * fabs(w) + DBL_MIN;
    for (int k = 0; k < STEPS && isfinite(u); k++, step *= 4) {
        struct interval there = across(junction, w + sign * step, &slope);
        if (sign < 0 ? there.high < u : there.low > u)
            return w + sign * step;
    }
    return sign * INFINITY;
}

/* u = w + rs i, i = J(w) + gmin w: the slope g of the last is g / (1 + rs g) by u. */
static void diode_range(const struct junction *junction, struct interval u, struct interval *i, struct interval *slope)
{
    struct interval w = u, steep, gmin = interval_point(junction->gmin), one = interval_point(1);
    if (junction->rs > 0)
        w = (struct interval){inner_end(junction, u.low, -1), inner_end(junction, u.high, 1)};
    junction_range(junction, w, i, &steep);
    *i = interval_sum(*i, interval_product(gmin, w));
    *slope = interval_sum(steep, gmin);
    if (junction->rs > 0) {
        struct interval resistance = interval_quotient(one, *slope), all;
        all = interval_sum(interval_point(junction->rs), resistance);
        *slope = slope->low >= 0 ? interval_quotient(one, all) : INTERVAL_WHOLE;
    }
}

/* ---- idealised diodes -------------------------------------------------------------------------------------------- */

/* (limit - at) tanh(g (u - bend) / limit) + at, for u >= bend; its slope falls */
static struct interval tanh_range(const struct limited_side *side, struct interval at, double bend, struct interval u,
                                  struct interval *slope)
{
    struct interval limit = interval_point(side->limit), one = interval_point(1);
    struct interval rate = interval_quotient(interval_point(side->g), limit), rest = interval_difference(limit, at);
    struct interval x = interval_product(rate, interval_difference(u, interval_point(bend)));
    struct interval h = interval_rising(tanh, x);
    struct interval fall = interval_difference(one, interval_power(h, 2, false));
    fall.low = fmax(fall.low, 0);
    *slope = interval_product(interval_product(rest, rate), fall);
    return interval_sum(interval_product(rest, h), at);
}

/* One side, for u of its own sign: all of its current, g_off u with it. */
static void side_range(const struct limited_side *side, double g_off, struct interval u, struct interval_found *found)
{
    struct interval off = interval_point(g_off), part, v = interval_point(side->v);
    double bend = side->v + side->epsilon;
    struct interval rise = interval_difference(interval_point(side->g), off);
    struct interval at = interval_sum(interval_product(off, interval_point(bend)),
                                      interval_product(interval_product(rise, interval_point(side->epsilon)),
                                                       interval_point(0.5)));
    if (within(u, 0, side->v, &part))
        interval_find(found, interval_product(off, part), off);
    if (side->epsilon > 0 && within(u, side->v, bend, &part)) {
        struct interval beyond = interval_difference(part, v);
        beyond.low = fmax(beyond.low, 0);
        struct interval more = interval_quotient(interval_product(rise, beyond), interval_point(side->epsilon));
        struct interval half = interval_product(interval_product(more, beyond), interval_point(0.5));
        interval_find(found, interval_sum(interval_product(off, part), half), interval_sum(off, more));
    }
    if (isinf(side->v) || !within(u, bend, INFINITY, &part))
        return;
    struct interval slope = interval_point(side->g), value = interval_line(at, slope, bend, part);
    if (!isinf(side->limit))
        value = tanh_range(side, at, bend, part, &slope);
    interval_find(found, value, slope);
}

static void limited_range(const struct limited *limited, struct interval u, struct interval *i, struct interval *slope)
{
    struct interval part;
    struct interval_found found = {0}, reverse = {0};
    if (within(u, 0, INFINITY, &part))
        side_range(&limited->forward, limited->g_off, part, &found);
    if (within(u, -INFINITY, 0, &part))
        side_range(&limited->reverse, limited->g_off, interval_negative(part), &reverse);
    if (reverse.any)
        interval_find(&found, interval_negative(reverse.value), reverse.slope);
    *i = found.value;
    *slope = found.slope;
}

static struct interval table_range(const struct curve_table *table, struct interval u, struct interval *slope)
{
    struct interval_points points = {table->u, table->i, 1, table->points};
    return interval_polyline(&points, false, u, slope);
}

/* ---- expressions ------------------------------------------------------------------------------------------------- */

struct own_voltage {
    const struct expression_law *own;
    struct interval u;
};

static struct interval use_over(const void *data, size_t use, struct interval *slope)
{
    const struct own_voltage *at = data;
    *slope = interval_point(at->own->slope[use]);
    return interval_sum(interval_product(*slope, at->u), interval_point(at->own->constant[use]));
}

static bool function_range(const struct function_curve *function, struct interval u, struct interval *i,
                           struct interval *slope)
{
    struct own_voltage at = {expression_law_of(function), u};
    struct interval work[INTERVAL_WORK(1)];
    if (!at.own || !(u.low >= function->low && u.high <= function->high))
        return false;
    struct interval_inputs inputs = {.n = 1, .use = use_over, .data = &at, .random = at.own->random};
    return expression_over(&at.own->expression, &inputs, work, i, slope);
}

/* ---- any --------------------------------------------------------------------------------------------------------- */

bool law_range(const struct law *law, struct interval u, struct interval *i, struct interval *slope)
{
    if (law_voltages(law) > 1)
        return false;
    if (!law->curve) {
        straight_range(law, u, i, slope);
        return true;
    }
    switch (law->curve->kind) {
    case CURVE_JUNCTION: diode_range(&law->curve->junction, u, i, slope); return true;
    case CURVE_LIMITED: limited_range(&law->curve->limited, u, i, slope); return true;
    case CURVE_TABLE: *i = table_range(&law->curve->table, u, slope); return true;
    default: return function_range(&law->curve->function, u, i, slope);
    }
}
