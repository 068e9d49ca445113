/* The straight lines that touch curved laws, and where the next ones are taken. */
#include "convex/network_parts.h"

#include <string.h>

/* Of what a correction may change: what a companion may miss. Test: points_are_single_solves */
static const double negligible = 0.1;

/* By how many times what it may miss the law is off the line: beyond `away` the next companion is not taken at the
 * line's end, but where the law meets a straight line; beyond `astray` that line is of the conductance around, which
 * takes an inverse. Tests: a-point-sought-in-vain.cir without `away`, points_are_single_solves of tests/check_batch.c
 * where it is 10; threads_do_not_matter there where `astray` is 1e10. */
static const double away = 1e9, astray = 1e13;

/* J and its slope of the plain junctions at these potentials. */
static void touch_plain(struct network *network, const struct potentials *v)
{
    const struct junction_columns *plain = &network->tables->laws.junction;
    struct junction_batch *batch = &network->plain;
    for (uint32_t q = 0; q < plain->count; q++)
        batch->u[q] = network_voltage(v, plain->a[q], plain->k[q]).hi;
    junctions_pad(batch->u, plain->count);
    junctions_current(junctions_padded(plain->count), plain->is, plain->vt, batch->u, batch->i, batch->slope);
}

/* The line that touches a curved law at u.hi; *size: what its current is summed from. plain: its place among the plain
 * junctions, which is passed over, where it is one. */
static struct companion touching(const struct network *network, uint32_t d, struct dd u, uint32_t *plain,
                                 double *size)
{
    const struct law *law = network_law(network, d);
    const struct junction_columns *junction = &network->tables->laws.junction;
    const struct junction_batch *batch = &network->plain;
    if (*plain < junction->count && junction->element[*plain] == network->tables->diode[d]) {
        double current = batch->i[*plain] + law->g_off * u.hi, slope = batch->slope[(*plain)++] + law->g_off;
        *size = fabs(current) + fabs(u.hi) * slope;
        return (struct companion){u.hi, current, slope};
    }
    struct law_point point = law_at(law, u, 0);
    *size = point.size;
    return (struct companion){u.hi, dd_value(point.i) - point.slope * u.lo, point.slope};
}

/* Thevenin's conductance of what is around a diode of area 1, S, by the last factor; NAN where it is not to be had. */
static double surroundings(const struct network *network, const struct element *element, double slope)
{
    const struct forest *forest = &network->forest;
    double g = 1 / factor_resistance(network->factor, forest_unknown(forest, element->a),
                                     forest_unknown(forest, element->k));
    double rest = g / element->value - slope;
    return rest > 8 * DBL_EPSILON * g ? rest : NAN;
}

/* Where the line has led far from the law, the next companion is taken where the law meets what the line says of the
 * circuit around: a straight line from there, of the conductance that is around. Where that is not known, forward, the
 * current of the line is kept. */
static void meet(const struct network *network, uint32_t d, bool measured, double u, double line,
                 struct companion *next)
{
    const struct law *law = network_law(network, d);
    const struct companion *before = &network->companion[d];
    double g = measured ? surroundings(network, network_diode(network, d), network->slope[d]) : NAN;
    double least = fmax(law->g_off, least_slope);
    if (!isnan(g))
        g = sqrt(g * fmax(before->g, least)); /* as companions.h has it */
    else if (u > before->u && line > before->i && next->i > line)
        g = 0;
    else
        return;
    if (!isfinite(line + g * u))
        return;
    next->u = curve_meet(law->curve, least + g, line + g * u, &next->i, &next->g);
    next->i += law->g_off * next->u;
    next->g += law->g_off;
}

double network_touch(struct network *network, const struct potentials *v)
{
    double worst = 0, share = negligible * network->enough;
    uint32_t plain = 0;
    int measured = -1; /* not tried */
    if (network->curves == 0)
        return 0;
    touch_plain(network, v);
    for (uint32_t d = 0; d < network->tables->diodes; d++) {
        const struct element *element = network_diode(network, d);
        struct companion *companion = &network->companion[d];
        if (network->segment[d] != SEGMENT_CURVED)
            continue;
        struct dd u = network_voltage(v, element->a, element->k);
        double line = companion->i + network->slope[d] * dd_value(dd_sub_double(u, companion->u)), size;
        struct companion next = touching(network, d, u, &plain, &size);
        double current = next.i + next.g * u.lo;
        double least = share * network_least(network, element->a, element->k) / element->value +
                       8 * DBL_EPSILON * size;
        double off = fabs(current - line) / (least + DBL_MIN);
        if (network->forest.tree[element->a] == network->forest.tree[element->k])
            off = 0; /* no correction moves its voltage */
        if (!(off <= away)) {
            if (measured < 0 && !(off <= astray))
                measured = network->factored > 0 && factor_invert(network->factor);
            meet(network, d, measured > 0 && !(off <= astray), u.hi, line, &next);
            off = INFINITY;
        }
        *companion = next;
        worst = greater(worst, off);
    }
    return worst;
}

void network_forget_companions(struct network *network)
{
    if (network->curves == 0)
        return;
    memset(network->companion, 0, network->tables->diodes * sizeof *network->companion);
    memset(network->slope, 0, network->tables->diodes * sizeof *network->slope);
    network->factored = 0;
    network->fine = false;
}
