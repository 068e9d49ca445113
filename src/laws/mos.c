#include "laws/mos.h"
#include "laws/limiting.h"
#include "laws/silicon.h"

#include <float.h>
#include <math.h>

enum { DRAIN, GATE, SOURCE, BULK, INNER_DRAIN, INNER_SOURCE, NODES };

const char *const mos_nodes[] = {"drain", "gate", "source", "bulk", "drain", "source"};
const char *const mos_inner_nodes[] = {"drain", "gate", "source", "bulk", "internal#drain", "internal#source"};

#define SIZE(name) {#name, offsetof(struct mos_size, name), NAN}

const struct device_parameter mos_sizes[] = {
    SIZE(l), SIZE(w), SIZE(ad), SIZE(as), SIZE(pd), SIZE(ps), SIZE(nrd), SIZE(nrs), SIZE(temp), SIZE(dtemp),
    {"icvds", DEVICE_IDLE, NAN}, {"icvgs", DEVICE_IDLE, NAN}, {"icvbs", DEVICE_IDLE, NAN},
    {"sens_l", DEVICE_IDLE, NAN}, {"sens_w", DEVICE_IDLE, NAN}, {NULL, DEVICE_IDLE, NAN},
};

double mos_given(double value, double otherwise)
{
    return isnan(value) ? otherwise : value;
}

/* ---- from the cards ---------------------------------------------------------------------------------------------- */

static void default_sizes(struct mos_law *law, const struct mos_size *size)
{
    law->size = (struct mos_size){
        .l = mos_given(size->l, 1e-4), .w = mos_given(size->w, 1e-4), .ad = mos_given(size->ad, 0),
        .as = mos_given(size->as, 0), .pd = mos_given(size->pd, 0), .ps = mos_given(size->ps, 0),
        .nrd = mos_given(size->nrd, law->rules->nrd), .nrs = mos_given(size->nrs, law->rules->nrd),
    };
}

static const char *complaint(const struct mos_model *model, const struct mos_size *size)
{
    if (model->phi <= 0)
        return "PHI must be positive";
    if (model->tox < 0 || model->nsub < 0 || model->uo < 0)
        return "TOX, NSUB and UO must not be negative";
    if (model->rd < 0 || model->rs < 0 || model->rsh < 0 || size->nrd < 0 || size->nrs < 0)
        return "RD, RS, RSH, NRD and NRS must not be negative";
    if (model->is < 0 || model->js < 0 || size->ad < 0 || size->as < 0)
        return "IS, JS, AD and AS must not be negative";
    return NULL;
}

/* The process at Tnom: what PHI, GAMMA and VTO are by NSUB, where they are not given. */
struct process {
    double phi, gamma, vto;
};

static double intrinsic(const struct mos_rules *rules, double tnom)
{
    double ratio = tnom / 300, vt = silicon_thermal(1);
    double more = ratio * sqrt(ratio) * exp(0.5 * silicon_gap(tnom) * (1.0 / 300 - 1 / tnom) / vt);
    return 1.45e10 * (rules->ni_at_tnom ? more : 1); /* 1/cm^3 */
}

/* The work function of the gate against the substrate of an n type or p type. */
static double work_function(const struct mos_model *model, int type, double gap, double phi)
{
    double gate = floor(model->tpg + 0.5);
    double metal = gate == 0 ? 3.2 : 3.25 + 0.5 * gap - type * gate * 0.5 * gap;
    return metal - (3.25 + 0.5 * gap + type * 0.5 * phi);
}

static struct process process_at(struct mos_law *law, const struct mos_model *model, double tnom, const char **wrong)
{
    struct process p = {mos_given(model->phi, 0.6), mos_given(model->gamma, 0), mos_given(model->vto, 0)};
    double ni = intrinsic(law->rules, tnom);
    law->nsub = law->cox > 0 ? mos_given(model->nsub, 0) : 0;
    if (law->cox == 0 || isnan(model->nsub))
        return p;
    if (!(model->nsub > ni)) {
        *wrong = "NSUB must be more than the carriers of pure silicon, 1.45e10 per cubic centimetre";
        return p;
    }
    double charge = 2 * EPSILON_SILICON * SILICON_CHARGE * model->nsub * 1e6;
    law->xd = sqrt(2 * EPSILON_SILICON / (SILICON_CHARGE * model->nsub * 1e6));
    if (isnan(model->phi))
        p.phi = fmax(0.1, 2 * silicon_thermal(tnom) * log(model->nsub / ni));
    if (isnan(model->gamma))
        p.gamma = sqrt(charge) / law->cox;
    if (isnan(model->vto)) {
        double flat = work_function(model, law->type, silicon_gap(tnom), p.phi) -
                      model->nss * 1e4 * SILICON_CHARGE / law->cox;
        p.vto = flat + law->type * (p.gamma * sqrt(p.phi) + p.phi);
    }
    return p;
}

static double series(double given, double sheet, double squares)
{
    return isnan(given) ? mos_given(sheet, 0) * squares : given;
}

static void junctions_of(struct mos_law *law, const struct mos_model *model, double kelvin, double nominal)
{
    double growth =
        exp(silicon_gap(nominal) / silicon_thermal(nominal) - silicon_gap(kelvin) / silicon_thermal(kelvin));
    double density = model->js, whole = model->is;
    bool by_area = density > 0 && law->size.ad > 0 && law->size.as > 0;
    double isd = by_area ? density * law->size.ad : whole, iss = by_area ? density * law->size.as : whole;
    law->isd = isd > 0 ? fmax(isd * growth, DBL_MIN) : 0; /* in the cold too there is a junction */
    law->iss = iss > 0 ? fmax(iss * growth, DBL_MIN) : 0;
}

static const char *geometry(struct mos_law *law, const struct mos_model *model)
{
    law->length = law->size.l - 2 * model->ld + mos_given(model->xl, 0);
    law->width = law->size.w - 2 * mos_given(model->wd, 0) + mos_given(model->xw, 0);
    if (!(law->length > 0))
        return "the effective length of the channel, L - 2 LD, is not positive";
    if (!(law->width > 0))
        return "the effective width of the channel is not positive";
    return NULL;
}

static const char *temperature(struct mos_law *law, const struct mos_size *size,
                               const struct device_conditions *conditions, double tnom)
{
    law->dtemp = mos_given(size->dtemp, 0);
    law->temp = mos_given(size->temp, conditions->temp + law->dtemp);
    law->vt = silicon_thermal(law->temp + SILICON_CELSIUS);
    if (!(law->temp + SILICON_CELSIUS > 0) || !(tnom > 0))
        return "the temperature is below absolute zero";
    return NULL;
}

static const char *threshold(struct mos_law *law, const struct process *at_tnom, double kelvin, double tnom)
{
    law->phi = silicon_potential(at_tnom->phi, kelvin, tnom);
    law->gamma = at_tnom->gamma;
    if (!(law->phi > 0))
        return "PHI is not positive at this temperature";
    law->vbi = law->type * (at_tnom->vto + 0.5 * (silicon_gap(tnom) - silicon_gap(kelvin))) -
               law->gamma * sqrt(at_tnom->phi) + 0.5 * (law->phi - at_tnom->phi);
    law->vto = law->vbi + law->gamma * sqrt(law->phi);
    return isfinite(law->vto) ? NULL : "the parameters give no finite threshold at this temperature";
}

const char *mos_make(struct mos_law *law, const struct mos_rules *rules, const struct mos_model *model,
                     const struct mos_size *size, const struct device_conditions *conditions)
{
    const char *wrong = complaint(model, size);
    if (wrong)
        return wrong;
    double nominal = SILICON_CELSIUS + mos_given(model->tnom, conditions->tnom);
    double tox = mos_given(model->tox, rules->tox);
    *law = (struct mos_law){.rules = rules, .type = conditions->type < 0 ? -1 : 1};
    law->gmin = conditions->gmin / (conditions->m > 0 && !rules->gmin_of_each ? conditions->m : 1);
    default_sizes(law, size);
    if ((wrong = temperature(law, size, conditions, nominal)) || (wrong = geometry(law, model)))
        return wrong;
    if (!isnan(rules->tox) && tox == 0)
        return "TOX must be positive";
    double kelvin = law->temp + SILICON_CELSIUS, ratio = kelvin / nominal;
    law->cox = tox > 0 ? EPSILON_OXIDE / tox : 0;
    law->uo = model->uo;
    law->mobility_falls = ratio * sqrt(ratio);
    law->kp = mos_given(model->kp, law->cox > 0 ? law->uo * 1e-4 * law->cox : 2e-5) / law->mobility_falls;
    struct process at_tnom = process_at(law, model, nominal, &wrong);
    at_tnom.vto += mos_given(model->delvto, 0);
    if (wrong || (wrong = threshold(law, &at_tnom, kelvin, nominal)))
        return wrong;
    law->pb = silicon_potential(mos_given(model->pb, 0.8), kelvin, nominal);
    law->rd = series(model->rd, model->rsh, law->size.nrd);
    law->rs = series(model->rs, model->rsh, law->size.nrs);
    junctions_of(law, model, kelvin, nominal);
    if (!isfinite(law->kp) || !isfinite(law->rd + law->rs) || !isfinite(law->isd + law->iss))
        return "the parameters give no finite current at this temperature";
    return NULL;
}

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

/* The channel with the voltages of the end that acts as source; returns whether that is the drain. */
static bool channel_at(const struct mos_law *law, const double *x, struct mos_channel *channel)
{
    bool exchanged = x[1] < 0;
    double seen[] = {exchanged ? x[0] - x[1] : x[0], fabs(x[1]), exchanged ? x[2] - x[1] : x[2]};
    law->rules->channel(law, seen, channel);
    return exchanged;
}

static double current(const void *data, const double *x, double *slope, double *size)
{
    struct mos_channel channel;
    double near[DUALS], more = 0;
    for (int k = 0; k < DUALS; k++)
        near[k] = fmin(fmax(x[k], -MOS_FARTHEST), MOS_FARTHEST);
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
    for (int k = 0; k < DUALS; k++)
        if (!(x[k].low >= -MOS_FARTHEST && x[k].high <= MOS_FARTHEST))
            return false;
    return law->rules->range && channel_range(law->rules->range, law, DUALS, x, value, slope);
}

static double limited_bulk(const struct mos_law *law, double before, double next, double is)
{
    return is > 0 ? limiting_junction(before, next, law->vt, limiting_critical(law->vt, is)) : next;
}

/* As SPICE3 has it: of the two ends of the channel and the bulk's two junctions those that lead. */
static void limit(const void *data, const double *before, double *x)
{
    const struct mos_law *law = data;
    struct mos_channel channel;
    double vgd = x[0] - x[1], vbd = x[2] - x[1];
    bool exchanged = channel_at(data, before, &channel);
    if (exchanged) {
        vgd = limiting_gate(before[0] - before[1], vgd, channel.von);
        x[1] = -limiting_drain(-before[1], vgd - x[0]);
        x[0] = vgd + x[1];
        x[2] = limited_bulk(law, before[2] - before[1], vbd, law->isd) + x[1];
    } else {
        x[0] = limiting_gate(before[0], x[0], channel.von);
        x[1] = limiting_drain(before[1], x[0] - vgd);
        x[2] = limited_bulk(law, before[2], x[2], law->iss);
    }
}

static void begin(const void *data, bool off, double *x)
{
    const struct mos_law *law = data;
    x[0] = off ? 0 : law->vto;
    x[1] = 0;
    x[2] = off ? 0 : -1;
}

const struct device_function mos_function = {3, current, limit, begin, over};

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static struct junction bulk_junction(const struct mos_law *law, double is)
{
    bool generation = law->rules->generation;
    return (struct junction){
        .is = is, .vt = law->vt, .vts = law->vt, .vtr = law->vt, .vtt = law->vt, .gmin = law->gmin, .ikf = INFINITY,
        .ikr = INFINITY, .held = -INFINITY, .bv = generation ? INFINITY : 3 * law->vt,
        .vtb = generation ? law->vt : 1e30, /* so slow a breakdown that it is none: -is for all voltages below -bv */
    };
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

static void put_junction(struct device_part *part, const struct mos_law *law, const char *name, uint8_t k, double is)
{
    *part = (struct device_part){.kind = PART_JUNCTION, .name = name, .a = BULK, .k = k};
    if (is > 0) {
        part->junction = bulk_junction(law, is);
    } else {
        part->kind = PART_RESISTANCE;
        part->ohms = 1 / law->gmin;
    }
}

size_t mos_shape(const void *data, uint8_t *alias, struct device_part *part)
{
    const struct mos_law *law = data;
    struct order order = order_of(law);
    for (uint8_t node = 0; node < NODES; node++)
        alias[node] = node;
    uint8_t d = alias[INNER_DRAIN] = law->rd > 0 ? INNER_DRAIN : DRAIN;
    uint8_t s = alias[INNER_SOURCE] = law->rs > 0 ? INNER_SOURCE : SOURCE;
    part[order.channel] = (struct device_part){.kind = PART_TRANSFER, .name = "channel", .a = d, .k = s};
    part[order.channel].transfer.function = &mos_function;
    const uint8_t control[][2] = {{GATE, s}, {d, s}, {BULK, s}};
    for (int k = 0; k < 3; k++) {
        part[order.channel].transfer.control[k][0] = control[k][0];
        part[order.channel].transfer.control[k][1] = control[k][1];
    }
    if (order.source_junction >= 0) {
        put_junction(&part[order.source_junction], law, "bs", s, law->iss);
        put_junction(&part[order.drain_junction], law, "bd", d, law->isd);
    }
    if (order.drain >= 0)
        part[order.drain] = (struct device_part){.kind = PART_RESISTANCE, .name = "rd", .a = DRAIN, .k = d,
                                                 .ohms = law->rd};
    if (order.source >= 0)
        part[order.source] = (struct device_part){.kind = PART_RESISTANCE, .name = "rs", .a = s, .k = SOURCE,
                                                  .ohms = law->rs};
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
    return at->type * channel_of(law, at).von;
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

static double ig(const void *law, const struct device_point *at)
{
    (void)law, (void)at;
    return 0;
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
OF_CARD(card_dtemp, dtemp)

static double multiplier(const void *law, const struct device_point *at)
{
    (void)law;
    return at->m;
}

const struct device_quantity mos_quantities[] = {
    {"id", "A", id}, {"cd", "A", id}, {"is", "A", is}, {"ig", "A", ig}, {"ib", "A", ib}, {"ibd", "A", ibd},
    {"ibs", "A", ibs}, {"vgs", "V", vgs}, {"vds", "V", vds}, {"vbs", "V", vbs}, {"vbd", "V", vbd}, {"von", "V", von},
    {"vdsat", "V", vdsat}, {"sourcevcrit", "V", source_critical}, {"drainvcrit", "V", drain_critical},
    {"rs", "ohm", rs}, {"sourceconductance", "S", source_conductance}, {"rd", "ohm", rd},
    {"drainconductance", "S", drain_conductance}, {"gm", "S", gm}, {"gds", "S", gds}, {"gmb", "S", gmbs},
    {"gmbs", "S", gmbs}, {"gbd", "S", gbd}, {"gbs", "S", gbs}, {"p", "W", power}, {"l", "", card_l}, {"w", "", card_w},
    {"ad", "", card_ad}, {"as", "", card_as}, {"pd", "", card_pd}, {"ps", "", card_ps}, {"nrd", "", card_nrd},
    {"nrs", "", card_nrs}, {"temp", "", card_temp}, {"dtemp", "", card_dtemp}, {"m", "", multiplier},
    {NULL, NULL, NULL},
};
