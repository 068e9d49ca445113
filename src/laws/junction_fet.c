#include "laws/junction_fet.h"
#include "laws/limiting.h"

#include <math.h>

enum { DRAIN, GATE, SOURCE, INNER_DRAIN, INNER_SOURCE };
enum { CHANNEL, GATE_SOURCE, GATE_DRAIN }; /* parts; the last two where there is a gate */

const char *const junction_fet_node[JUNCTION_FET_NODES] = {"drain", "gate", "source", "innerdrain", "innersource"};

/* ---- channel ----------------------------------------------------------------------------------------------------- */

double junction_fet_channel(junction_fet_forward *forward, const void *law, const double *x, double *slope,
                            double *size)
{
    if (x[1] >= 0)
        return forward(law, x[0], x[1], slope, size);
    double turned[2], current = -forward(law, x[0] - x[1], -x[1], turned, size);
    slope[0] = -turned[0];
    slope[1] = turned[0] + turned[1];
    return current;
}

void junction_fet_limit(const void *law, const double *before, double *x)
{
    const struct junction_fet *fet = law;
    const double gate_before[2] = {before[0], before[0] - before[1]}, gate[2] = {x[0], x[0] - x[1]};
    double to[2];
    for (size_t k = 0; k < 2; k++) {
        to[k] = limiting_junction(gate_before[k], gate[k], fet->vt, fet->vcrit);
        to[k] = limiting_gate(gate_before[k], to[k], fet->vto);
    }
    if (to[0] != gate[0] || to[1] != gate[1])
        x[1] = to[0] - to[1];
    x[0] = to[0];
}

void junction_fet_begin(const void *law, bool off, double *x)
{
    const struct junction_fet *fet = law;
    x[0] = off ? fmin(fet->vto, 0) : -1; /* a channel that is off carries nothing, though it may at 0 V */
    x[1] = 0;
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static bool has_gate_parts(const struct junction_fet *fet)
{
    return fet->has_gate || fet->gmin > 0;
}

size_t junction_fet_shape(const void *law, uint8_t *alias, struct device_part *part)
{
    const struct junction_fet *fet = law;
    uint8_t d = fet->rd > 0 ? INNER_DRAIN : DRAIN, s = fet->rs > 0 ? INNER_SOURCE : SOURCE;
    const uint8_t nodes[JUNCTION_FET_NODES] = {DRAIN, GATE, SOURCE, d, s};
    size_t parts = GATE_SOURCE;
    for (size_t q = 0; q < JUNCTION_FET_NODES; q++)
        alias[q] = nodes[q];
    part[CHANNEL] = (struct device_part){
        .kind = PART_TRANSFER, .name = "channel", .a = d, .k = s,
        .transfer = {.function = fet->channel, .control = {{GATE, s}, {d, s}}},
    };
    if (has_gate_parts(fet)) {
        part[parts++] = device_junction("gs", GATE, s, &fet->gate, fet->has_gate);
        part[parts++] = device_junction("gd", GATE, d, &fet->gate, fet->has_gate);
    }
    if (fet->rd > 0)
        part[parts++] = device_resistance("rd", DRAIN, d, fet->rd);
    if (fet->rs > 0)
        part[parts++] = device_resistance("rs", s, SOURCE, fet->rs);
    return parts;
}

/* ---- what is printed --------------------------------------------------------------------------------------------- */

double junction_fet_vgs(const void *law, const struct device_point *at)
{
    (void)law;
    return at->v[GATE] - at->v[INNER_SOURCE];
}

double junction_fet_vgd(const void *law, const struct device_point *at)
{
    (void)law;
    return at->v[GATE] - at->v[INNER_DRAIN];
}

double junction_fet_gate_drain(const void *law, const struct device_point *at)
{
    return has_gate_parts(law) ? at->i[GATE_DRAIN] : 0;
}

double junction_fet_gated(const void *law, const struct device_point *at)
{
    return has_gate_parts(law) ? at->i[GATE_SOURCE] + at->i[GATE_DRAIN] : 0;
}

double junction_fet_drain(const void *law, const struct device_point *at)
{
    return at->i[CHANNEL] - junction_fet_gate_drain(law, at);
}

double junction_fet_source(const void *law, const struct device_point *at)
{
    return -junction_fet_drain(law, at) - junction_fet_gated(law, at);
}

static void channel_slopes(const struct junction_fet *fet, const struct device_point *at, double *slope)
{
    double x[2] = {junction_fet_vgs(fet, at), at->v[INNER_DRAIN] - at->v[INNER_SOURCE]}, size;
    fet->channel->at(fet, x, slope, &size);
}

double junction_fet_gm(const void *law, const struct device_point *at)
{
    double slope[2];
    channel_slopes(law, at, slope);
    return at->m * slope[0];
}

double junction_fet_gds(const void *law, const struct device_point *at)
{
    double slope[2];
    channel_slopes(law, at, slope);
    return at->m * slope[1];
}

static double gate_slope(const struct junction_fet *fet, double w, double m)
{
    double slope = 0;
    if (fet->has_gate)
        junction_current(&fet->gate, w, &slope);
    return m * (slope + fet->gmin);
}

double junction_fet_ggs(const void *law, const struct device_point *at)
{
    return gate_slope(law, junction_fet_vgs(law, at), at->m);
}

double junction_fet_ggd(const void *law, const struct device_point *at)
{
    return gate_slope(law, junction_fet_vgd(law, at), at->m);
}

double junction_fet_power(const void *law, const struct device_point *at)
{
    const double *v = at->v;
    return at->type * (junction_fet_drain(law, at) * (v[DRAIN] - v[SOURCE]) +
                       junction_fet_gated(law, at) * (v[GATE] - v[SOURCE]));
}
