#include "laws/vdmos.h"
#include "laws/channel_range.h"
#include "laws/dual.h"
#include "laws/limiting.h"
#include "laws/mos.h"
#include "laws/silicon.h"

#define OFF -36.0 /* exp of it is rounding beside 1 */

enum { DRAIN, GATE, SOURCE, INNER_DRAIN, INNER_GATE, INNER_SOURCE, ANODE, NODES };

/* A .model card; NAN where it says nothing. */
struct vdmos_model {
    double vto, kp, phi, lambda, theta, rd, rs, rg, rds, rb, rq, vq, mtriode, subshift, ksubthres, tnom;
    double tcvth, mu, texp0, texp1, trd1, trd2, trg1, trg2, trs1, trs2, trb1, trb2, tksubthres1, tksubthres2;
    double is, n, bv, ibv, nbv, eg, xti;
};

struct vdmos_size {
    double temp, dtemp; /* degrees Celsius */
};

struct vdmos_law {
    double temp, dtemp;                 /* degrees Celsius */
    double beta, von, start;            /* A/V^2, V, V: where the first guess is */
    double lambda, theta, mtriode;      /* 1/V, 1/V, 1 */
    double subshift, ksubthres;         /* V */
    double rd, rq, vq, rg, rs, rds, rb; /* ohm, V; 0: none */
    double share, gmin;                 /* how many in parallel; S: of one of them */
    struct junction diode;
};

#define MODEL(name, otherwise) {#name, offsetof(struct vdmos_model, name), otherwise}
#define AS(name, field) {#name, offsetof(struct vdmos_model, field), NAN}
#define IDLE(name) {#name, DEVICE_IDLE, NAN}

static const struct device_parameter parameters[] = {
    MODEL(vto, 0), AS(vth0, vto), MODEL(kp, 1), MODEL(phi, NAN), MODEL(lambda, 0), MODEL(theta, 0), MODEL(rd, 0),
    MODEL(rs, 0), MODEL(rg, 0), MODEL(rds, NAN), MODEL(rb, 0), MODEL(rq, NAN), MODEL(vq, NAN), MODEL(mtriode, 1),
    MODEL(subshift, 0), MODEL(ksubthres, 0.1), MODEL(tnom, NAN), MODEL(tcvth, 0), AS(vtotc, tcvth), MODEL(mu, -1.5),
    AS(bex, mu), MODEL(texp0, NAN), MODEL(texp1, 0.3), MODEL(trd1, 0), MODEL(trd2, 0), MODEL(trg1, 0), MODEL(trg2, 0),
    MODEL(trs1, 0), MODEL(trs2, 0), MODEL(trb1, 0), MODEL(trb2, 0), MODEL(tksubthres1, 0), MODEL(tksubthres2, 0),
    MODEL(is, 1e-14), MODEL(n, 1), MODEL(bv, NAN), MODEL(ibv, 1e-10), MODEL(nbv, 1), MODEL(eg, 1.11), MODEL(xti, 3),
    IDLE(kf), IDLE(af), IDLE(tt), IDLE(vj), IDLE(cjo), IDLE(m), IDLE(fc), IDLE(cgdmin), IDLE(cgdmax), IDLE(a),
    IDLE(cgs), IDLE(rthjc), IDLE(rthca), IDLE(cthj), IDLE(vgs_max), IDLE(vgd_max), IDLE(vds_max), IDLE(vgsr_max),
    IDLE(vgdr_max), IDLE(pd_max), IDLE(id_max), IDLE(idr_max), IDLE(te_max), IDLE(rth_ext), IDLE(derating), IDLE(lmin),
    IDLE(lmax), IDLE(wmin), IDLE(wmax), {NULL, DEVICE_IDLE, NAN},
};

static const struct device_parameter sizes[] = {
    {"temp", offsetof(struct vdmos_size, temp), NAN}, {"dtemp", offsetof(struct vdmos_size, dtemp), 0}, IDLE(icvds),
    IDLE(icvgs), {NULL, DEVICE_IDLE, NAN},
};

static const char *const nodes[] = {"drain", "gate", "source", "drain", "gate", "source", "bodydiode"};

/* ---- from the cards ---------------------------------------------------------------------------------------------- */

static void resistances(struct vdmos_law *law, const struct vdmos_model *model, double ratio, double dt)
{
    double drain = isnan(model->texp0) ? silicon_drift(dt, model->trd1, model->trd2) : pow(ratio, model->texp0);
    law->rd = model->rd * drain;
    law->rg = model->rg * silicon_drift(dt, model->trg1, model->trg2);
    law->rs = model->rs * silicon_drift(dt, model->trs1, model->trs2);
    law->rb = model->rb * silicon_drift(dt, model->trb1, model->trb2);
    law->rds = model->rds > 0 ? model->rds : 1e15;
    if (law->rd > 0 && model->rq > 0 && !isnan(model->vq)) {
        law->rq = model->rq * pow(ratio, model->texp1);
        law->vq = fmax(fabs(model->vq), 1e-9);
    }
}

static const char *body_diode(struct vdmos_law *law, const struct vdmos_model *model,
                              const struct device_conditions *conditions)
{
    struct junction_model diode;
    struct junction_size size = {NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    junction_model_init(&diode);
    diode.is = model->is;
    diode.n = model->n;
    diode.bv = isnan(model->bv) ? NAN : fabs(model->bv);
    diode.ibv = model->ibv / law->share;
    diode.nbv = model->nbv;
    diode.eg = fmax(model->eg, 0.1);
    diode.xti = model->xti;
    return junction_at(&law->diode, &diode, &size, law->temp, given(model->tnom, conditions->tnom),
                       law->gmin);
}

static const char *complaint(const struct vdmos_model *model)
{
    if (model->phi <= 0)
        return "PHI must be positive";
    if (model->rd < 0 || model->rs < 0 || model->rg < 0 || model->rb < 0 || model->rq < 0)
        return "RD, RS, RG, RB and RQ must not be negative";
    if (model->mtriode <= 0)
        return "MTRIODE must be positive";
    return NULL;
}

static const char *make(void *data, const void *model_data, const void *size_data,
                        const struct device_conditions *conditions)
{
    struct vdmos_law *law = data;
    const struct vdmos_model *model = model_data;
    const struct vdmos_size *size = size_data;
    const char *wrong = complaint(model);
    if (wrong)
        return wrong;
    *law = (struct vdmos_law){.dtemp = size->dtemp};
    law->share = conditions->m > 0 ? conditions->m : 1;
    law->gmin = conditions->gmin / law->share;
    law->temp = given(size->temp, conditions->temp + law->dtemp);
    double tnom = given(model->tnom, conditions->tnom), dt = law->temp - tnom;
    if ((wrong = body_diode(law, model, conditions)))
        return wrong;
    double ratio = (law->temp + SILICON_CELSIUS) / (tnom + SILICON_CELSIUS);
    double vto = (conditions->type < 0 ? -1 : 1) * model->vto;
    law->beta = model->kp * pow(ratio, model->mu);
    law->von = vto - model->tcvth * dt;
    law->start = vto + 0.1;
    law->lambda = model->lambda;
    law->theta = model->theta;
    law->mtriode = model->mtriode;
    law->subshift = model->subshift;
    law->ksubthres = model->ksubthres * silicon_drift(dt, model->tksubthres1, model->tksubthres2);
    resistances(law, model, ratio, dt);
    if (!(law->ksubthres > 0))
        return "KSUBTHRES is not positive at this temperature";
    if (!(law->rd >= 0) || !(law->rg >= 0) || !(law->rs >= 0) || !(law->rb >= 0))
        return "RD, RG, RS or RB is negative at this temperature";
    if ((model->rd > 0 && law->rd == 0) || (model->rg > 0 && law->rg == 0) || (model->rs > 0 && law->rs == 0) ||
        (model->rb > 0 && law->rb == 0))
        return "RD, RG, RS or RB is 0 at this temperature";
    if (!isfinite(law->beta) || !isfinite(law->von) || !isfinite(law->rd + law->rq + law->rg + law->rs + law->rb))
        return "the parameters give no finite current at this temperature";
    return NULL;
}

/* ---- the channel ------------------------------------------------------------------------------------------------- */

/* a ln(1 + exp(x / a)); below OFF its tangent, as far as 0 */
static struct dual soft(struct dual x, double a)
{
    double scaled = x.v / a, e = exp(-fabs(scaled)), last = exp(OFF);
    if (scaled <= OFF - 1)
        return dual_of(0);
    if (scaled < OFF)
        return dual_scale(last, dual_shift(x, a * (1 - OFF)));
    return dual_chain(x, fmax(x.v, 0) + a * log1p(e), (scaled > 0 ? 1 : e) / (1 + e));
}

static struct dual channel_at(const struct vdmos_law *law, const double *x)
{
    struct dual vgs = dual_variable(x[0], 0), vds = dual_variable(x[1], 1);
    struct dual gate = x[1] < 0 ? dual_subtract(vgs, vds) : vgs, along = dual_scale(x[1] < 0 ? -1 : 1, vds);
    struct dual drive = soft(dual_shift(dual_shift(gate, -law->von), -law->subshift), law->ksubthres);
    struct dual mobility = dual_shift(dual_scale(law->theta, vgs), 1);
    struct dual rise = dual_shift(dual_scale(law->lambda, vds), 1), triode = dual_scale(law->mtriode, along);
    if (mobility.v < 0.1)
        mobility = dual_of(0.1);
    struct dual beta = dual_scale(x[1] < 0 ? -law->beta : law->beta, dual_over(rise, mobility));
    if (drive.v <= triode.v)
        return dual_times(beta, dual_scale(0.5, dual_square(drive)));
    return dual_times(beta, dual_times(triode, dual_subtract(drive, dual_scale(0.5, triode))));
}

static double current(const void *law, const double *x, double *slope, double *size)
{
    double near[] = {mos_near(x[0]), mos_near(x[1])};
    struct dual i = channel_at(law, near);
    double value = i.v;
    for (int k = 0; k < 2; k++) {
        slope[k] = i.d[k];
        value += x[k] == near[k] ? 0 : slope[k] * (x[k] - near[k]);
    }
    *size = i.e;
    return value;
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

/* RD at the voltage between drain and source. */
static double drain_resistance(const void *data, const double *x, double *slope, double *size)
{
    const struct vdmos_law *law = data;
    double v = fmax(x[0], 0), far = v + law->vq, r = law->rd + law->rq * (v / far);
    double whole = r / (1 + r * law->gmin), more = x[0] < 0 ? 0 : law->rq * law->vq / far / far;
    *slope = more / (1 + r * law->gmin) / (1 + r * law->gmin);
    *size = 0;
    return whole;
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

static const struct device_function channel_function = {2, current, limit, begin, channel_over, NULL};
static const struct device_function resistance_function = {1, drain_resistance, NULL, NULL, resistance_over, NULL};

/* ---- parts ------------------------------------------------------------------------------------------------------- */

enum { CHANNEL, DIODE }; /* of each device; the others behind */

static size_t put(struct device_part *part, size_t count, const char *name, uint8_t a, uint8_t k, double ohms)
{
    if (ohms > 0)
        part[count++] = device_resistance(name, a, k, ohms);
    return count;
}

static size_t shape(const void *data, uint8_t *alias, struct device_part *part)
{
    const struct vdmos_law *law = data;
    size_t count = 2;
    for (uint8_t node = 0; node < NODES; node++)
        alias[node] = node;
    uint8_t d = alias[INNER_DRAIN] = law->rd > 0 ? INNER_DRAIN : DRAIN;
    uint8_t g = alias[INNER_GATE] = law->rg > 0 ? INNER_GATE : GATE;
    uint8_t s = alias[INNER_SOURCE] = law->rs > 0 ? INNER_SOURCE : SOURCE;
    uint8_t anode = alias[ANODE] = law->rb > 0 ? ANODE : SOURCE;
    part[CHANNEL] = (struct device_part){
        .kind = PART_TRANSFER, .name = "channel", .a = d, .k = s,
        .transfer = {.function = &channel_function, .control = {{g, s}, {d, s}}},
    };
    part[DIODE] = device_junction("diode", anode, DRAIN, &law->diode, true);
    count = put(part, count, "rds", DRAIN, SOURCE, law->rds);
    count = put(part, count, "rd", DRAIN, d, law->rd);
    if (law->rq > 0)
        part[count - 1] = (struct device_part){
            .kind = PART_RESISTIVE, .name = "rd", .a = DRAIN, .k = d,
            .transfer = {.function = &resistance_function, .control = {{DRAIN, SOURCE}}},
        };
    count = put(part, count, "rg", GATE, g, law->rg);
    count = put(part, count, "rs", s, SOURCE, law->rs);
    return put(part, count, "rb", SOURCE, anode, law->rb);
}

/* ---- what is printed --------------------------------------------------------------------------------------------- */

static double between(const struct vdmos_law *law, const struct device_point *at, int inner, int outer, double ohms)
{
    return at->v[ohms > 0 ? inner : outer] - at->v[law->rs > 0 ? INNER_SOURCE : SOURCE];
}

static double vgs(const void *data, const struct device_point *at)
{
    const struct vdmos_law *law = data;
    return between(law, at, INNER_GATE, GATE, law->rg);
}

static double vds(const void *data, const struct device_point *at)
{
    const struct vdmos_law *law = data;
    return between(law, at, INNER_DRAIN, DRAIN, law->rd);
}

static struct dual channel_of(const void *law, const struct device_point *at)
{
    return channel_at(law, (double[]){vgs(law, at), vds(law, at)});
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
    return at->i[CHANNEL];
}

static double is(const void *law, const struct device_point *at)
{
    (void)law;
    return -at->i[CHANNEL];
}

static double idio(const void *law, const struct device_point *at)
{
    (void)law;
    return at->i[DIODE];
}

static double von(const void *law, const struct device_point *at)
{
    return at->type * ((const struct vdmos_law *)law)->von;
}

static double rs(const void *law, const struct device_point *at)
{
    return ((const struct vdmos_law *)law)->rs / at->m;
}

static double rd(const void *data, const struct device_point *at)
{
    const struct vdmos_law *law = data;
    double slope, size, v = at->v[DRAIN] - at->v[SOURCE];
    return (law->rq > 0 ? drain_resistance(law, &v, &slope, &size) : law->rd) / at->m;
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
    return (fabs(id(law, at)) + fabs(idio(law, at))) * fabs(at->v[DRAIN] - at->v[SOURCE]);
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

static const struct device_quantity quantities[] = {
    {"id", "A", id}, {"is", "A", is}, {"ig", "A", device_none}, {"vgs", "V", vgs}, {"vds", "V", vds},
    {"idio", "A", idio}, {"von", "V", von}, {"rs", "ohm", rs}, {"sourceconductance", "S", source_conductance},
    {"rd", "ohm", rd}, {"drainconductance", "S", drain_conductance}, {"gm", "S", gm}, {"gds", "S", gds},
    {"p", "W", power}, {"temp", "", temp}, {"dtemp", "", dtemp}, {"m", "", device_multiplier}, {NULL, NULL, NULL},
};

const struct device_kind vdmos_kind = {
    .what = "VDMOS transistor", .least = 3, .most = 3, .thermal = 2, .nodes = NODES, .node = nodes,
    .model_size = sizeof(struct vdmos_model), .size_size = sizeof(struct vdmos_size),
    .law_size = sizeof(struct vdmos_law), .model = parameters, .size = sizes, .make = make, .shape = shape,
    .quantity = quantities,
};
