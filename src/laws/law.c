#include "laws/law.h"

#include <math.h>

double law_current(const struct law *law, double u)
{
    double slope;
    if (law->curve)
        return law->g_off * u + curve_current(law->curve, u, &slope);
    if (u > law->v_fwd)
        return law->g_off * law->v_fwd + (isinf(law->g_on) ? 0 : law->g_on * (u - law->v_fwd));
    if (u < -law->v_rev)
        return -law->g_off * law->v_rev + (isinf(law->g_rev) ? 0 : law->g_rev * (u + law->v_rev));
    return law->g_off * u;
}

/* How far u is beyond a knee at v, V; INFINITY: there is none. */
static struct dd beyond_knee(struct dd u, double v)
{
    return isinf(v) ? dd_from(-INFINITY) : dd_sub_double(u, v);
}

/* g_off v + g beyond, of a knee at v > 0 that u has passed by `beyond`; as if g were 0 where it is a constraint. */
static struct law_point passed_knee(const struct law *law, double v, double g, struct dd beyond)
{
    if (isinf(g))
        return (struct law_point){.i = two_product(law->g_off, v), .slope = law->g_off, .size = law->g_off * v};
    struct dd i = dd_add(dd_mul_double(beyond, g), two_product(law->g_off, v));
    return (struct law_point){.i = i, .slope = g, .size = fabs(i.hi)};
}

/* A knee so near that u may be beyond it has the steeper slope; a constraint has none. */
static double slope_near(double slope, double g, struct dd beyond, double near)
{
    return beyond.hi >= -near && !isinf(g) && g > slope ? g : slope;
}

static struct law_point straight_at(const struct law *law, struct dd u, double near)
{
    struct dd forward = beyond_knee(u, law->v_fwd), reverse = beyond_knee((struct dd){-u.hi, -u.lo}, law->v_rev);
    struct law_point at;
    if (forward.hi > 0)
        at = passed_knee(law, law->v_fwd, law->g_on, forward);
    else if (reverse.hi > 0)
        at = passed_knee(law, law->v_rev, law->g_rev, reverse);
    else
        at = (struct law_point){
            .i = dd_mul_double(u, law->g_off), .slope = law->g_off, .size = fabs(law->g_off * u.hi)};
    if (forward.hi <= 0 && reverse.hi > 0)
        at.i = (struct dd){-at.i.hi, -at.i.lo};
    at.slope = slope_near(slope_near(at.slope, law->g_on, forward, near), law->g_rev, reverse, near);
    at.slope = fabs(forward.hi) <= near || fabs(reverse.hi) <= near ? fmax(at.slope, law->g_off) : at.slope;
    at.change = at.slope * near;
    return at;
}

void law_currents(const struct law *law, const struct dd *u, const double *near, struct law_point *at)
{
    if (law->curve)
        curve_currents(law->curve, u, near, at);
    else
        *at = straight_at(law, *u, *near);
}

bool law_covers(const struct law *law, const struct dd *u)
{
    return !law->curve || curve_covers(law->curve, u);
}

struct law_limits law_limits(const struct law *law)
{
    assert(law_voltages(law) == 1);
    if (law->g_off > 0)
        return (struct law_limits){-INFINITY, INFINITY};
    if (law->curve)
        return (struct law_limits){curve_limit(law->curve, -1), curve_limit(law->curve, 1)};
    return (struct law_limits){law->g_rev > 0 && !isinf(law->v_rev) ? -INFINITY : 0,
                               law->g_on > 0 && !isinf(law->v_fwd) ? INFINITY : 0};
}
