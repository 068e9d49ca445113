#include "laws/vdmos.h"
#include "laws/channel_range.h"
#include "laws/limiting.h"
#include "laws/mos.h"
#include "laws/vdmos_parts.h"

#define OFF -36.0 /* exp of it is rounding beside 1 */

static const char *const nodes[] = {"drain", "gate", "source", "tj", "tc", "drain", "gate", "source", "bodydiode"};

/* ---- the channel ------------------------------------------------------------------------------------------------- */

/* a ln(1 + exp(x / a)), a > 0; below OFF its tangent, as far as 0 */
static struct dual soft(struct dual x, struct dual a)
{
    struct dual scaled = dual_over(x, a);
    double e = exp(-fabs(scaled.v)), last = exp(OFF), slope = (scaled.v > 0 ? 1 : e) / (1 + e);
    if (scaled.v <= OFF - 1)
        return dual_of(0);
    if (scaled.v < OFF)
        return dual_scale(last, dual_add(x, dual_scale(1 - OFF, a)));
    struct dual more = {.v = fmax(x.v, 0) + a.v * log1p(e), .e = slope * x.e};
    double by_a = log1p(e) + fabs(scaled.v) * e / (1 + e);
    more.e += by_a * a.e + fabs(more.v);
    for (int k = 0; k < DUALS; k++)
        more.d[k] = slope * x.d[k] + by_a * a.d[k];
    return more;
}

struct dual vdmos_channel_current(const struct vdmos_channel *channel, struct dual vgs, struct dual vds)
{
    double sign = vds.v < 0 ? -1 : 1;
    struct dual gate = vds.v < 0 ? dual_subtract(vgs, vds) : vgs, along = dual_scale(sign, vds);
    struct dual above = dual_shift(dual_subtract(gate, channel->von), -channel->subshift);
    struct dual drive = soft(above, channel->ksubthres);
    struct dual mobility = dual_shift(dual_scale(channel->theta, vgs), 1);
    struct dual rise = dual_shift(dual_scale(channel->lambda, vds), 1), triode = dual_scale(channel->mtriode, along);
    if (mobility.v < 0.1)
        mobility = dual_of(0.1);
    struct dual beta = dual_times(dual_scale(sign, channel->beta), dual_over(rise, mobility));
    if (drive.v <= triode.v)
        return dual_times(beta, dual_scale(0.5, dual_square(drive)));
    return dual_times(beta, dual_times(triode, dual_subtract(drive, dual_scale(0.5, triode))));
}

static struct dual channel_at(const struct vdmos_law *law, const double *x)
{
    const struct vdmos_channel channel = {
        .beta = dual_of(law->beta), .von = dual_of(law->von), .ksubthres = dual_of(law->ksubthres),
        .lambda = law->lambda, .theta = law->theta, .mtriode = law->mtriode, .subshift = law->subshift,
    };
    return vdmos_channel_current(&channel, dual_variable(x[0], 0), dual_variable(x[1], 1));
}

static double current(const void *law, const double *x, double *slope, double *size)
{
    double near[] = {mos_near(x[0]), mos_near(x[1])};
    return dual_straight_on(channel_at(law, near), 2, x, near, slope, size);
}

static void limit(const void *data, const double *before, double *x)
{
    limiting_channel(before, x, ((const struct vdmos_law *)data)->von);
}

static void begin(const void *data, bool off, double *x)
{
    x[0] = off ? 0 : ((const struct vdmos_law *)data)->start;
    x[1] = 0;
}

struct dual vdmos_drain_resistance(const struct vdmos_law *law, struct dual rd, struct dual rq, struct dual v)
{
    struct dual along = v.v < 0 ? dual_of(0) : v;
    struct dual r = dual_add(rd, dual_times(rq, dual_over(along, dual_shift(along, law->vq))));
    return dual_over(r, dual_shift(dual_scale(law->gmin, r), 1));
}

/* RD at the voltage between drain and source. */
static double drain_resistance(const void *data, const double *x, double *slope, double *size)
{
    const struct vdmos_law *law = data;
    struct dual v = dual_variable(x[0], 0);
    struct dual r = vdmos_drain_resistance(law, dual_of(law->rd), dual_of(law->rq), v);
    *slope = r.d[0];
    *size = 0;
    return r.v;
}

/* ---- the same over boxes ----------------------------------------------------------------------------------------- */

/* a ln(1 + exp(x / a)) at one x */
static struct interval soft_at(double x, double a)
{
    struct interval scaled = interval_quotient(interval_point(-fabs(x)), interval_point(a));
    struct interval more = interval_rising(log1p, interval_rising(exp, scaled));
    return interval_sum(interval_point(fmax(x, 0)), interval_product(interval_point(a), more));
}

/* It rises, and its slope 1 / (1 + exp(-x / a)) too, but for the tangent below OFF. */
static struct interval_dual soft_over(struct interval_dual x, double a)
{
    struct interval one = interval_point(1);
    struct interval scaled = interval_quotient(interval_negative(x.v), interval_point(a));
    struct interval slope = interval_quotient(one, interval_sum(one, interval_rising(exp, scaled)));
    struct interval v = {soft_at(x.v.low, a).low, soft_at(x.v.high, a).high};
    if (-scaled.high < OFF) {
        double last = 2 * exp(OFF);
        v.low = 0;
        v.high = fmax(v.high, a * last);
        slope = (struct interval){0, fmax(slope.high, last)};
    }
    return interval_dual_chain(x, v, slope);
}

/* One end leads; vgs: v(g) - v(s), the other end's also where that leads. */
static struct interval_dual conduct(const struct vdmos_law *law, struct interval_dual gate, struct interval_dual along,
                                    struct interval_dual vgs, struct interval_dual vds)
{
    gate = interval_dual_shift(interval_dual_shift(gate, -law->von), -law->subshift);
    struct interval_dual drive = soft_over(gate, law->ksubthres);
    struct interval_dual mobility = interval_dual_shift(interval_dual_scale(law->theta, vgs), 1);
    struct interval_dual rise = interval_dual_shift(interval_dual_scale(law->lambda, vds), 1);
    struct interval_dual beta = interval_dual_over(rise, interval_dual_above(mobility, 0.1));
    struct interval_dual square = channel_square(drive, interval_dual_scale(law->mtriode, along));
    return interval_dual_scale(law->beta, interval_dual_times(beta, square));
}

static bool channel_over(const void *law, const struct interval *x, struct interval *value, struct interval *slope)
{
    struct interval_dual vgs = interval_dual_variable(x[0], 0), vds = interval_dual_variable(x[1], 1), all = vds;
    if (!mos_covers(2, x))
        return false;
    if (x[1].high >= 0) {
        vds.v.low = fmax(x[1].low, 0);
        all = conduct(law, vgs, vds, vgs, vds);
    }
    if (x[1].low < 0) {
        vds.v = (struct interval){x[1].low, fmin(x[1].high, 0)};
        struct interval_dual turned = conduct(law, interval_dual_subtract(vgs, vds), interval_dual_scale(-1, vds),
                                              vgs, vds);
        turned = interval_dual_scale(-1, turned);
        all = x[1].high >= 0 ? interval_dual_hull(all, turned) : turned;
    }
    return interval_dual_put(all, 2, value, slope);
}

static bool resistance_over(const void *data, const struct interval *x, struct interval *value, struct interval *slope)
{
    const struct vdmos_law *law = data;
    struct interval_dual v = interval_dual_above(interval_dual_variable(x[0], 0), 0), one = interval_dual_of(1);
    struct interval_dual share = interval_dual_subtract(
        one, interval_dual_over(interval_dual_of(law->vq), interval_dual_shift(v, law->vq)));
    struct interval_dual r = interval_dual_shift(interval_dual_scale(law->rq, share), law->rd);
    struct interval_dual whole = interval_dual_over(
        one, interval_dual_shift(interval_dual_over(one, r), law->gmin));
    return interval_dual_put(whole, 1, value, slope);
}

static const struct device_function channel_function = {
    .n = 2, .at = current, .limit = limit, .begin = begin, .over = channel_over,
};
static const struct device_function resistance_function = {.n = 1, .at = drain_resistance, .over = resistance_over};

/* ---- parts ------------------------------------------------------------------------------------------------------- */

size_t vdmos_put_resistance(struct device_part *part, size_t count, const char *name, uint8_t a, uint8_t k,
                            double ohms)
{
    if (ohms > 0)
        part[count++] = device_resistance(name, a, k, ohms);
    return count;
}

static size_t put_parts(const struct vdmos_law *law, const uint8_t *alias, struct device_part *part)
{
    uint8_t d = alias[VDMOS_INNER_DRAIN], g = alias[VDMOS_INNER_GATE], s = alias[VDMOS_INNER_SOURCE];
    uint8_t anode = alias[VDMOS_ANODE];
    size_t count = 2;
    part[VDMOS_CHANNEL] = (struct device_part){
        .kind = PART_TRANSFER, .name = "channel", .a = d, .k = s,
        .transfer = {.function = &channel_function, .control = {{g, s}, {d, s}}},
    };
    part[VDMOS_DIODE] = device_junction("diode", anode, VDMOS_DRAIN, &law->diode, true);
    count = vdmos_put_resistance(part, count, "rds", VDMOS_DRAIN, VDMOS_SOURCE, law->rds);
    count = vdmos_put_resistance(part, count, "rd", VDMOS_DRAIN, d, law->rd);
    if (law->rq > 0)
        part[count - 1] = (struct device_part){
            .kind = PART_RESISTIVE, .name = "rd", .a = VDMOS_DRAIN, .k = d,
            .transfer = {.function = &resistance_function, .control = {{VDMOS_DRAIN, VDMOS_SOURCE}}},
        };
    count = vdmos_put_resistance(part, count, "rg", VDMOS_GATE, g, law->rg);
    count = vdmos_put_resistance(part, count, "rs", s, VDMOS_SOURCE, law->rs);
    return vdmos_put_resistance(part, count, "rb", VDMOS_SOURCE, anode, law->rb);
}

static size_t shape(const void *data, uint8_t *alias, struct device_part *part)
{
    const struct vdmos_law *law = data;
    for (uint8_t node = 0; node < VDMOS_NODES; node++)
        alias[node] = node;
    alias[VDMOS_INNER_DRAIN] = law->rd > 0 ? VDMOS_INNER_DRAIN : VDMOS_DRAIN;
    alias[VDMOS_INNER_GATE] = law->rg > 0 ? VDMOS_INNER_GATE : VDMOS_GATE;
    alias[VDMOS_INNER_SOURCE] = law->rs > 0 ? VDMOS_INNER_SOURCE : VDMOS_SOURCE;
    alias[VDMOS_ANODE] = law->rb > 0 ? VDMOS_ANODE : VDMOS_SOURCE;
    if (law->heats)
        return vdmos_put_heated_parts(law, alias, part);
    alias[VDMOS_TJ] = alias[VDMOS_TC] = DEVICE_GROUND;
    return put_parts(law, alias, part);
}

/* ---- what is printed --------------------------------------------------------------------------------------------- */

/* The law at the temperature of the point. */
static struct vdmos_law law_at(const void *data, const struct device_point *at)
{
    struct vdmos_law law = *(const struct vdmos_law *)data;
    if (law.heats) {
        const struct vdmos_temperature temperature = vdmos_heated(&law, at->v[VDMOS_TJ], 0);
        vdmos_take_temperature(&law, &temperature);
    }
    return law;
}

static double between(const struct vdmos_law *law, const struct device_point *at, int inner, int outer, double ohms)
{
    return at->v[ohms > 0 ? inner : outer] - at->v[law->rs > 0 ? VDMOS_INNER_SOURCE : VDMOS_SOURCE];
}

static double vgs(const void *data, const struct device_point *at)
{
    const struct vdmos_law *law = data;
    return between(law, at, VDMOS_INNER_GATE, VDMOS_GATE, law->rg);
}

static double vds(const void *data, const struct device_point *at)
{
    const struct vdmos_law *law = data;
    return between(law, at, VDMOS_INNER_DRAIN, VDMOS_DRAIN, law->rd);
}

static struct dual channel_of(const void *data, const struct device_point *at)
{
    const struct vdmos_law law = law_at(data, at);
    return channel_at(&law, (double[]){vgs(data, at), vds(data, at)});
}

/* As for the end that acts as source, like those of mos.h. */
static double gm(const void *law, const struct device_point *at)
{
    return at->m * channel_of(law, at).d[0] * (vds(law, at) < 0 ? -1 : 1);
}

static double gds(const void *law, const struct device_point *at)
{
    struct dual i = channel_of(law, at);
    return at->m * (vds(law, at) < 0 ? i.d[1] + i.d[0] : i.d[1]);
}

static double id(const void *law, const struct device_point *at)
{
    (void)law;
    return at->i[VDMOS_CHANNEL];
}

static double is(const void *law, const struct device_point *at)
{
    (void)law;
    return -at->i[VDMOS_CHANNEL];
}

static double idio(const void *law, const struct device_point *at)
{
    (void)law;
    return at->i[VDMOS_DIODE];
}

static double von(const void *law, const struct device_point *at)
{
    return at->type * law_at(law, at).von;
}

static double rs(const void *law, const struct device_point *at)
{
    return law_at(law, at).rs / at->m;
}

static double rd(const void *data, const struct device_point *at)
{
    const struct vdmos_law law = law_at(data, at);
    double slope, size, v = at->v[VDMOS_DRAIN] - at->v[VDMOS_SOURCE];
    return (law.rq > 0 ? drain_resistance(&law, &v, &slope, &size) : law.rd) / at->m;
}

static double source_conductance(const void *law, const struct device_point *at)
{
    return device_conductance(rs(law, at));
}

static double drain_conductance(const void *law, const struct device_point *at)
{
    return device_conductance(rd(law, at));
}

static double power(const void *law, const struct device_point *at)
{
    return (fabs(id(law, at)) + fabs(idio(law, at))) * fabs(at->v[VDMOS_DRAIN] - at->v[VDMOS_SOURCE]);
}

static double temp(const void *law, const struct device_point *at)
{
    (void)at;
    return ((const struct vdmos_law *)law)->temp;
}

static double dtemp(const void *law, const struct device_point *at)
{
    (void)at;
    return ((const struct vdmos_law *)law)->dtemp;
}

static double thermal(const void *law, const struct device_point *at)
{
    (void)at;
    return ((const struct vdmos_law *)law)->thermal;
}

static const struct device_quantity quantities[] = {
    {"id", "A", id}, {"is", "A", is}, {"ig", "A", device_none}, {"vgs", "V", vgs}, {"vds", "V", vds},
    {"idio", "A", idio}, {"von", "V", von}, {"rs", "ohm", rs}, {"sourceconductance", "S", source_conductance},
    {"rd", "ohm", rd}, {"drainconductance", "S", drain_conductance}, {"gm", "S", gm}, {"gds", "S", gds},
    {"p", "W", power}, {"temp", "", temp}, {"dtemp", "", dtemp}, {"m", "", device_multiplier},
    {"thermal", "", thermal}, {NULL, NULL, NULL},
};

const struct device_kind vdmos_kind = {
    .what = "VDMOS transistor", .least = 3, .most = 5, .thermal = 2, .nodes = VDMOS_NODES, .node = nodes,
    .model_size = sizeof(struct vdmos_model), .size_size = sizeof(struct vdmos_size),
    .law_size = sizeof(struct vdmos_law), .model = vdmos_model_parameters, .size = vdmos_size_parameters,
    .make = vdmos_make, .shape = shape, .quantity = quantities,
};
