#include "laws/mos.h"
#include "laws/limiting.h"

#include <math.h>

enum { DRAIN, GATE, SOURCE, BULK, INNER_DRAIN, INNER_SOURCE, NODES };

const char *const mos_nodes[] = {"drain", "gate", "source", "bulk", "drain", "source"};
const char *const mos_inner_nodes[] = {"drain", "gate", "source", "bulk", "internal#drain", "internal#source"};

/* ---- the channel ------------------------------------------------------------------------------------------------- */

struct dual mos_weak(struct dual x)
{
    double last = exp(MOS_OFF);
    if (x.v >= MOS_OFF)
        return dual_exp(x);
    return x.v <= MOS_OFF - 1 ? dual_of(0) : dual_scale(last, dual_shift(x, 1 - MOS_OFF));
}

struct dual mos_root(const struct mos_law *law, double vbs)
{
    struct dual v = dual_variable(vbs, 2);
    double root = sqrt(law->phi);
    if (vbs <= 0)
        return dual_sqrt(dual_shift(dual_scale(-1, v), law->phi));
    struct dual tangent = dual_shift(dual_scale(-0.5 / root, v), root);
    return tangent.v > 0 ? tangent : dual_of(0);
}

struct interval_dual mos_root_range(const struct mos_law *law, struct interval_dual vbs)
{
    struct interval_dual below = vbs, above = vbs;
    double phi = law->phi;
    below.v.high = fmin(vbs.v.high, 0);
    above.v.low = fmax(vbs.v.low, 0);
    if (vbs.v.low <= 0)
        below = interval_dual_sqrt(interval_dual_shift(interval_dual_scale(-1, below), phi));
    if (vbs.v.high < 0)
        return below;
    struct interval_dual root = interval_dual_sqrt(interval_dual_of(phi));
    struct interval_dual fall = interval_dual_times(root, interval_dual_over(above, interval_dual_of(2 * phi)));
    above = interval_dual_above(interval_dual_subtract(root, fall), 0);
    return vbs.v.low <= 0 ? interval_dual_hull(below, above) : above;
}

/* The voltages of the end that acts as source, from those of the card's: vgs, vds, vbs; returns whether it is the
 * drain. */
static bool exchange(const double *x, double *seen)
{
    bool exchanged = x[1] < 0;
    seen[0] = exchanged ? x[0] - x[1] : x[0];
    seen[1] = fabs(x[1]);
    seen[2] = exchanged ? x[2] - x[1] : x[2];
    return exchanged;
}

/* The channel with these; returns the same. */
static bool channel_at(const struct mos_law *law, const double *x, struct mos_channel *channel)
{
    double seen[DUALS];
    bool exchanged = exchange(x, seen);
    law->rules->channel(law, seen, channel);
    return exchanged;
}

/* Where it begins to conduct there, V; *exchanged: the same. */
static double von_at(const struct mos_law *law, const double *x, bool *exchanged)
{
    struct mos_channel channel;
    double seen[DUALS];
    *exchanged = exchange(x, seen);
    if (law->rules->von)
        return law->rules->von(law, seen);
    law->rules->channel(law, seen, &channel);
    return channel.von;
}

static double current(const void *data, const double *x, double *slope, double *size)
{
    struct mos_channel channel;
    double near[DUALS], more = 0;
    for (int k = 0; k < DUALS; k++)
        near[k] = mos_near(x[k]);
    bool exchanged = channel_at(data, near, &channel);
    struct dual i = channel.current;
    slope[0] = exchanged ? -i.d[0] : i.d[0];
    slope[1] = exchanged ? i.d[0] + i.d[1] + i.d[2] : i.d[1];
    slope[2] = exchanged ? -i.d[2] : i.d[2];
    for (int k = 0; k < DUALS; k++)
        more += x[k] == near[k] ? 0 : slope[k] * (x[k] - near[k]);
    double exchange = exchanged ? fabs(i.d[0] * (near[0] - near[1])) + fabs(i.d[2] * (near[2] - near[1])) : 0;
    *size = i.e + exchange;
    return (exchanged ? -i.v : i.v) + more;
}

static bool over(const void *data, const struct interval *x, struct interval *value, struct interval *slope)
{
    const struct mos_law *law = data;
    return law->rules->range && mos_covers(DUALS, x) && channel_range(law->rules->range, law, DUALS, x, value, slope);
}

static double limited_bulk(const struct mos_law *law, double before, double next, double is)
{
    return is > 0 ? limiting_junction(before, next, law->vt, limiting_critical(law->vt, is)) : next;
}

/* Of the bulk's two junctions that of the end that acts as source. */
static void limit(const void *data, const double *before, double *x)
{
    const struct mos_law *law = data;
    double vbd = x[2] - x[1];
    bool exchanged;
    double von = von_at(law, before, &exchanged);
    limiting_channel(before, x, von);
    x[2] = exchanged ? limited_bulk(law, before[2] - before[1], vbd, law->isd) + x[1]
                     : limited_bulk(law, before[2], x[2], law->iss);
}

static void begin(const void *data, bool off, double *x)
{
    const struct mos_law *law = data;
    x[0] = off ? 0 : law->vto;
    x[1] = 0;
    x[2] = off ? 0 : -1;
}

const struct device_function mos_function = {.n = 3, .at = current, .limit = limit, .begin = begin, .over = over};

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static struct junction bulk_junction(const struct mos_law *law, double is)
{
    struct junction junction = junction_plain(is, law->vt, law->gmin);
    if (!law->rules->generation) {
        junction.bv = 3 * law->vt;
        junction.vtb = 1e30; /* so slow a breakdown that it is none: -is for all voltages below -bv */
    }
    return junction;
}

static struct device_part bulk_part(const struct mos_law *law, const char *name, uint8_t k, double is)
{
    struct junction junction = bulk_junction(law, is);
    return device_junction(name, BULK, k, &junction, is > 0);
}

/* Where each part is among those of the device; -1: there is none. */
struct order {
    int channel, source_junction, drain_junction, drain, source, count;
};

static struct order order_of(const struct mos_law *law)
{
    bool junctions = law->isd > 0 || law->iss > 0 || law->gmin > 0;
    struct order order = {0, -1, -1, -1, -1, 1};
    if (junctions) {
        order.source_junction = order.count++;
        order.drain_junction = order.count++;
    }
    if (law->rd > 0)
        order.drain = order.count++;
    if (law->rs > 0)
        order.source = order.count++;
    return order;
}

size_t mos_shape(const void *data, uint8_t *alias, struct device_part *part)
{
    const struct mos_law *law = data;
    struct order order = order_of(law);
    for (uint8_t node = 0; node < NODES; node++)
        alias[node] = node;
    uint8_t d = alias[INNER_DRAIN] = law->rd > 0 ? INNER_DRAIN : DRAIN;
    uint8_t s = alias[INNER_SOURCE] = law->rs > 0 ? INNER_SOURCE : SOURCE;
    part[order.channel] = (struct device_part){
        .kind = PART_TRANSFER, .name = "channel", .a = d, .k = s,
        .transfer = {.function = &mos_function, .control = {{GATE, s}, {d, s}, {BULK, s}}},
    };
    if (order.source_junction >= 0) {
        part[order.source_junction] = bulk_part(law, "bs", s, law->iss);
        part[order.drain_junction] = bulk_part(law, "bd", d, law->isd);
    }
    if (order.drain >= 0)
        part[order.drain] = device_resistance("rd", DRAIN, d, law->rd);
    if (order.source >= 0)
        part[order.source] = device_resistance("rs", s, SOURCE, law->rs);
    return (size_t)order.count;
}

/* ---- what is printed --------------------------------------------------------------------------------------------- */

static double inner_drain(const struct mos_law *law, const struct device_point *at)
{
    return at->v[law->rd > 0 ? INNER_DRAIN : DRAIN];
}

static double inner_source(const struct mos_law *law, const struct device_point *at)
{
    return at->v[law->rs > 0 ? INNER_SOURCE : SOURCE];
}

static double vgs(const void *law, const struct device_point *at)
{
    return at->v[GATE] - inner_source(law, at);
}

static double vds(const void *law, const struct device_point *at)
{
    return inner_drain(law, at) - inner_source(law, at);
}

static double vbs(const void *law, const struct device_point *at)
{
    return at->v[BULK] - inner_source(law, at);
}

static double vbd(const void *law, const struct device_point *at)
{
    return at->v[BULK] - inner_drain(law, at);
}

static struct mos_channel channel_of(const void *law, const struct device_point *at)
{
    struct mos_channel channel;
    channel_at(law, (double[]){vgs(law, at), vds(law, at), vbs(law, at)}, &channel);
    return channel;
}

static double gm(const void *law, const struct device_point *at)
{
    return at->m * channel_of(law, at).current.d[0];
}

static double gds(const void *law, const struct device_point *at)
{
    return at->m * channel_of(law, at).current.d[1];
}

static double gmbs(const void *law, const struct device_point *at)
{
    return at->m * channel_of(law, at).current.d[2];
}

static double von(const void *law, const struct device_point *at)
{
    bool exchanged;
    return at->type * von_at(law, (double[]){vgs(law, at), vds(law, at), vbs(law, at)}, &exchanged);
}

static double vdsat(const void *law, const struct device_point *at)
{
    return at->type * channel_of(law, at).vdsat;
}

static double ibd(const void *law, const struct device_point *at)
{
    int part = order_of(law).drain_junction;
    return part < 0 ? 0 : at->i[part];
}

static double ibs(const void *law, const struct device_point *at)
{
    int part = order_of(law).source_junction;
    return part < 0 ? 0 : at->i[part];
}

static double id(const void *law, const struct device_point *at)
{
    return at->i[0] - ibd(law, at);
}

static double is(const void *law, const struct device_point *at)
{
    return -at->i[0] - ibs(law, at);
}

static double ib(const void *law, const struct device_point *at)
{
    return ibd(law, at) + ibs(law, at);
}

static double junction_slope(const struct mos_law *law, const struct device_point *at, double saturation, double v)
{
    struct junction junction = bulk_junction(law, saturation);
    double slope = 0;
    if (saturation > 0)
        junction_current(&junction, v, &slope);
    return at->m * (slope + law->gmin);
}

static double gbd(const void *data, const struct device_point *at)
{
    const struct mos_law *law = data;
    return junction_slope(law, at, law->isd, vbd(law, at));
}

static double gbs(const void *data, const struct device_point *at)
{
    const struct mos_law *law = data;
    return junction_slope(law, at, law->iss, vbs(law, at));
}

/* ngspice's: of a p type it is negative where power is taken. */
static double power(const void *law, const struct device_point *at)
{
    return at->type * (id(law, at) * at->v[DRAIN] + is(law, at) * at->v[SOURCE] + ib(law, at) * at->v[BULK]);
}

static double rd(const void *data, const struct device_point *at)
{
    return ((const struct mos_law *)data)->rd / at->m;
}

static double rs(const void *data, const struct device_point *at)
{
    return ((const struct mos_law *)data)->rs / at->m;
}

static double drain_conductance(const void *law, const struct device_point *at)
{
    return device_conductance(rd(law, at));
}

static double source_conductance(const void *law, const struct device_point *at)
{
    return device_conductance(rs(law, at));
}

static double critical(const struct mos_law *law, const struct device_point *at, double saturation)
{
    return limiting_critical(law->vt, at->m * saturation);
}

static double drain_critical(const void *data, const struct device_point *at)
{
    return critical(data, at, ((const struct mos_law *)data)->isd);
}

static double source_critical(const void *data, const struct device_point *at)
{
    return critical(data, at, ((const struct mos_law *)data)->iss);
}

#define OF_CARD(name, field)                                                                                           \
    static double name(const void *data, const struct device_point *at)                                                \
    {                                                                                                                  \
        (void)at;                                                                                                      \
        return ((const struct mos_law *)data)->field;                                                                  \
    }

OF_CARD(card_l, size.l)
OF_CARD(card_w, size.w)
OF_CARD(card_ad, size.ad)
OF_CARD(card_as, size.as)
OF_CARD(card_pd, size.pd)
OF_CARD(card_ps, size.ps)
OF_CARD(card_nrd, size.nrd)
OF_CARD(card_nrs, size.nrs)
OF_CARD(card_temp, temp)
OF_CARD(card_dtemp, size.dtemp)

const struct device_quantity mos_quantities[] = {
    {"id", "A", id}, {"cd", "A", id}, {"is", "A", is}, {"ig", "A", device_none}, {"ib", "A", ib}, {"ibd", "A", ibd},
    {"ibs", "A", ibs}, {"vgs", "V", vgs}, {"vds", "V", vds}, {"vbs", "V", vbs}, {"vbd", "V", vbd}, {"von", "V", von},
    {"vdsat", "V", vdsat}, {"sourcevcrit", "V", source_critical}, {"drainvcrit", "V", drain_critical},
    {"rs", "ohm", rs}, {"sourceconductance", "S", source_conductance}, {"rd", "ohm", rd},
    {"drainconductance", "S", drain_conductance}, {"gm", "S", gm}, {"gds", "S", gds}, {"gmb", "S", gmbs},
    {"gmbs", "S", gmbs}, {"gbd", "S", gbd}, {"gbs", "S", gbs}, {"p", "W", power}, {"l", "", card_l}, {"w", "", card_w},
    {"ad", "", card_ad}, {"as", "", card_as}, {"pd", "", card_pd}, {"ps", "", card_ps}, {"nrd", "", card_nrd},
    {"nrs", "", card_nrs}, {"temp", "", card_temp}, {"dtemp", "", card_dtemp}, {"m", "", device_multiplier},
    {NULL, NULL, NULL},
};
