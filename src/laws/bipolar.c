#include "laws/bipolar.h"
#include "laws/interval_dual.h"
#include "laws/junction_range.h"
#include "laws/limiting.h"
#include "laws/silicon.h"

#include <math.h>

enum { COLLECTOR, BASE, EMITTER, SUBSTRATE, OUTER_COLLECTOR, INNER_COLLECTOR, INNER_BASE, INNER_EMITTER, NODES };
enum { BE, BC, TRANSPORT, REST }; /* parts; then, where there is one, that of the substrate */

struct law {
    double vt, vcrit, gmin;
    struct junction forward, reverse;               /* of the transport: F, R */
    struct junction be, bc, substrate;
    double inverse_vaf, inverse_var;                /* 1/V */
    double inverse_ikf, inverse_ikr, nkf;           /* 1/A */
    double rb, rbm, irb, rc, re, rco, vo, gamma;
    bool collector, base, emitter; /* are there resistances? */
    bool base_varies, epitaxial, has_iss, lateral;
};

static const double least_charge = 1e-12, least_resistance = 1e-9; /* see bipolar.h */
static const double exponent_limit = 600;

/* ---- parameters -------------------------------------------------------------------------------------------------- */

#define NUMBER(name, otherwise) {#name, offsetof(struct bipolar_model, name), otherwise}
#define ALIAS(name, field) {name, offsetof(struct bipolar_model, field), NAN}
#define IDLE(name) {name, DEVICE_IDLE, NAN}

static const struct device_parameter model_parameters[] = {
    NUMBER(is, 1e-16), NUMBER(ibe, NAN), NUMBER(ibc, NAN), NUMBER(ise, 0), ALIAS("c2", ise), NUMBER(isc, 0),
    ALIAS("c4", isc), NUMBER(iss, 0), NUMBER(bf, 100), NUMBER(br, 1), NUMBER(nf, 1), NUMBER(nr, 1), NUMBER(ne, 1.5),
    NUMBER(nc, 2), NUMBER(ns, 1), NUMBER(nkf, 0.5), ALIAS("nk", nkf), NUMBER(vaf, 0), ALIAS("va", vaf), NUMBER(var, 0),
    ALIAS("vb", var), NUMBER(ikf, 0), ALIAS("ik", ikf), NUMBER(ikr, 0), NUMBER(irb, 0), NUMBER(rb, 0),
    NUMBER(rbm, NAN), NUMBER(rc, 0), NUMBER(re, 0), NUMBER(rco, NAN), NUMBER(vo, 10), NUMBER(gamma, 1e-11),
    NUMBER(vg, 1.206), NUMBER(cn, NAN), NUMBER(d, NAN), NUMBER(quasimod, 0), NUMBER(subs, NAN), NUMBER(eg, 1.11),
    NUMBER(xti, 3), NUMBER(xtb, 0), NUMBER(tlev, 0), NUMBER(tnom, NAN), ALIAS("tref", tnom), NUMBER(tis1, 0),
    NUMBER(tis2, 0), NUMBER(tise1, 0), NUMBER(tise2, 0), NUMBER(tisc1, 0), NUMBER(tisc2, 0), NUMBER(tiss1, 0),
    NUMBER(tiss2, 0), NUMBER(tbf1, NAN), NUMBER(tbf2, NAN), NUMBER(tbr1, NAN), NUMBER(tbr2, NAN), NUMBER(tnf1, 0),
    NUMBER(tnf2, 0), NUMBER(tnr1, 0), NUMBER(tnr2, 0), NUMBER(tne1, 0), NUMBER(tne2, 0), NUMBER(tnc1, 0),
    NUMBER(tnc2, 0), NUMBER(tns1, 0), NUMBER(tns2, 0), NUMBER(tvaf1, 0), NUMBER(tvaf2, 0), NUMBER(tvar1, 0),
    NUMBER(tvar2, 0), NUMBER(tikf1, 0), NUMBER(tikf2, 0), NUMBER(tikr1, 0), NUMBER(tikr2, 0), NUMBER(tirb1, 0),
    NUMBER(tirb2, 0), NUMBER(trb1, 0), ALIAS("trb", trb1), NUMBER(trb2, 0), NUMBER(trm1, 0), NUMBER(trm2, 0),
    NUMBER(trc1, 0), ALIAS("trc", trc1), NUMBER(trc2, 0), NUMBER(tre1, 0), ALIAS("tre", tre1), NUMBER(tre2, 0),
    IDLE("cje"), IDLE("vje"), IDLE("pe"), IDLE("mje"), IDLE("me"), IDLE("tf"), IDLE("xtf"), IDLE("vtf"), IDLE("itf"),
    IDLE("ptf"), IDLE("cjc"), IDLE("vjc"), IDLE("pc"), IDLE("mjc"), IDLE("mc"), IDLE("xcjc"), IDLE("tr"), IDLE("cjs"),
    IDLE("csub"), IDLE("ccs"), IDLE("vjs"), IDLE("ps"), IDLE("mjs"), IDLE("ms"), IDLE("fc"), IDLE("kf"), IDLE("af"),
    IDLE("qco"), IDLE("tlevc"), IDLE("ctc"), IDLE("cte"), IDLE("cts"), IDLE("tvjc"), IDLE("tvje"), IDLE("tvjs"),
    IDLE("titf1"), IDLE("titf2"), IDLE("ttf1"), IDLE("ttf2"), IDLE("ttr1"), IDLE("ttr2"), IDLE("tmje1"), IDLE("tmje2"),
    IDLE("tmjc1"), IDLE("tmjc2"), IDLE("tmjs1"), IDLE("tmjs2"), IDLE("vbe_max"), IDLE("vbc_max"), IDLE("vce_max"),
    IDLE("pd_max"), IDLE("ic_max"), IDLE("ib_max"), IDLE("te_max"), IDLE("rth0"), {NULL, DEVICE_IDLE, NAN},
};

#define SIZE(name) {#name, offsetof(struct bipolar_size, name), NAN}

static const struct device_parameter size_parameters[] = {
    SIZE(area), SIZE(areab), SIZE(areac), SIZE(temp), SIZE(dtemp), IDLE("icvbe"), IDLE("icvce"),
    {NULL, DEVICE_IDLE, NAN},
};

static double given(double value, double otherwise)
{
    return isnan(value) ? otherwise : value;
}

/* What is at hand while a law is made. */
struct making {
    const struct bipolar_model *model;
    const struct bipolar_size *size;
    double temp, tnom, dt, area;
    double tlev, gain; /* by how much BF and BR grow without coefficients of their own */
};

/* 1 + a dT + b dT^2 */
static double polynomial(const struct making *making, double a, double b)
{
    return 1 + a * making->dt + b * making->dt * making->dt;
}

/* A saturation current at the temperature; n: by which emission coefficient it grows. */
static double saturation(const struct making *making, double value, double n, double a, double b)
{
    if (making->tlev == 3)
        return pow(value, polynomial(making, a, b));
    const struct bipolar_model *model = making->model;
    return value * silicon_growth(making->temp, making->tnom, model->eg, model->xti, n);
}

static double leakage(const struct making *making, double value, double n, double a, double b)
{
    double is = value > 1e-4 ? value * making->model->is : value;
    if (is == 0)
        return 0;
    double grown = saturation(making, is, n, a, b);
    return making->tlev == 3 ? grown : grown / making->gain;
}

/* One over a voltage or current that 0 makes infinite. */
static double inverse(const struct making *making, double value, double a, double b)
{
    return value == 0 ? 0 : 1 / (value * polynomial(making, a, b));
}

static double gain(const struct making *making, double beta, double a, double b)
{
    return beta * (isnan(a) && isnan(b) ? making->gain : polynomial(making, given(a, 0), given(b, 0)));
}

static const char *complaint(const struct bipolar_model *model, const struct making *making)
{
    const struct bipolar_size *size = making->size;
    if (!(making->temp > 0) || !(making->tnom > 0))
        return "the temperature is below absolute zero";
    if (!(given(size->area, 1) > 0) || !(given(size->areab, 1) > 0) || !(given(size->areac, 1) > 0))
        return "AREA, AREAB and AREAC must be positive";
    if (!(model->is > 0))
        return "IS must be positive";
    if (model->ise < 0 || model->isc < 0 || model->iss < 0)
        return "ISE, ISC and ISS must not be negative";
    if (!isnan(model->ibe) && !isnan(model->ibc) && (!(model->ibe > 0) || !(model->ibc > 0)))
        return "IBE and IBC must be positive";
    if (making->tlev != 0 && making->tlev != 1 && making->tlev != 3)
        return "TLEV must be 0, 1 or 3";
    if (model->rb < 0 || model->rbm < 0 || model->rc < 0 || model->re < 0 || model->irb < 0)
        return "RB, RBM, RC, RE and IRB must not be negative";
    if (model->ikf < 0 || model->ikr < 0 || model->nkf < 0)
        return "IKF, IKR and NKF must not be negative";
    if (!isnan(model->rco) && (model->vo <= 0 || model->gamma < 0))
        return "VO must be positive and GAMMA not negative";
    return NULL;
}

static const char *complaint_of_law(const struct bipolar_model *model, const struct law *law)
{
    const double positive[] = {law->forward.is, law->forward.vt, law->reverse.is, law->reverse.vt, law->be.is,
                               law->be.vts,     law->bc.is,      law->bc.vts,     law->substrate.vt};
    for (size_t k = 0; k < sizeof positive / sizeof *positive; k++)
        if (!(positive[k] > 0) || !isfinite(positive[k]))
            return "gains, emission coefficients and saturation currents must be positive at the temperature";
    if ((model->rb > 0 && !(law->rb > 0)) || !(law->rbm >= 0) || (model->rc > 0 && !(law->rc > 0)) ||
        (model->re > 0 && !(law->re > 0)) || !(law->irb >= 0) || !(law->inverse_ikf >= 0) || !(law->inverse_ikr >= 0))
        return "resistances, IKF, IKR and IRB must be positive at the temperature";
    if (!isfinite(law->be.isw + law->bc.isw + law->substrate.is) || !isfinite(law->rb + law->rbm + law->rc + law->re) ||
        !isfinite(law->inverse_vaf + law->inverse_var + law->inverse_ikf + law->inverse_ikr + law->gamma) ||
        !(law->rco > 0) || !(law->vo > 0))
        return "the parameters give no finite current at the temperature";
    return NULL;
}

/* ---- the law at its temperature ---------------------------------------------------------------------------------- */

static struct junction junction(double is, double vt, double isw, double vts, double gmin)
{
    return (struct junction){
        .is = is, .vt = vt, .isw = isw, .vts = vts, .bv = INFINITY, .vtb = vt, .ikf = INFINITY, .ikr = INFINITY,
        .held = -INFINITY, .gmin = gmin,
    };
}

static void make_junctions(struct law *law, const struct making *making)
{
    const struct bipolar_model *model = making->model;
    const struct bipolar_size *size = making->size;
    double nf = model->nf, nr = model->nr, ne = model->ne, nc = model->nc;
    double area = making->area, areab = given(size->areab, area), areac = given(size->areac, area), vt = law->vt;
    double inner = law->lateral ? areac : areab, outer = law->lateral ? areab : areac, ibe, ibc;
    bool both = !isnan(model->ibe) && !isnan(model->ibc);

    double is = area * saturation(making, model->is, 1, model->tis1, model->tis2);
    ibe = both ? area * saturation(making, model->ibe, nf, model->tis1, model->tis2) : is;
    ibc = inner * (both ? saturation(making, model->ibc, nr, model->tis1, model->tis2) : is);
    law->vcrit = limiting_critical(vt, is);

    double vtf = nf * vt * polynomial(making, model->tnf1, model->tnf2);
    double vtr = nr * vt * polynomial(making, model->tnr1, model->tnr2);
    double vte = ne * vt * polynomial(making, model->tne1, model->tne2);
    double vtc = nc * vt * polynomial(making, model->tnc1, model->tnc2);
    double ise = area * leakage(making, model->ise, ne, model->tise1, model->tise2);
    double isc = inner * leakage(making, model->isc, nc, model->tisc1, model->tisc2);
    law->forward = junction(ibe, vtf, 0, vtf, 0);
    law->reverse = junction(ibc, vtr, 0, vtr, 0);
    law->be = junction(ibe / gain(making, model->bf, model->tbf1, model->tbf2), vtf, ise, vte, law->gmin);
    law->bc = junction(ibc / gain(making, model->br, model->tbr1, model->tbr2), vtr, isc, vtc, law->gmin);

    double iss = saturation(making, model->iss, both ? nr : 1, model->tiss1, model->tiss2);
    double vts = model->ns * vt * polynomial(making, model->tns1, model->tns2);
    law->has_iss = model->iss > 0;
    law->substrate = junction(law->has_iss ? iss * (both ? outer : area) : 0, vts, 0, vts, law->gmin);
}

static void make_resistances(struct law *law, const struct making *making)
{
    const struct bipolar_model *model = making->model;
    double rb = model->rb, rbm = given(model->rbm, rb);
    law->rb = rb * polynomial(making, model->trb1, model->trb2) / making->area;
    law->rbm = rbm * polynomial(making, model->trm1, model->trm2) / making->area;
    law->irb = model->irb * polynomial(making, model->tirb1, model->tirb2) * making->area;
    law->rc = model->rc * polynomial(making, model->trc1, model->trc2) / making->area;
    law->re = model->re * polynomial(making, model->tre1, model->tre2) / making->area;
    law->base = rb > 0;
    law->collector = model->rc > 0;
    law->emitter = model->re > 0;
    law->base_varies = rb != rbm || model->trb1 != model->trm1 || model->trb2 != model->trm2;
}

static void make_epitaxial(struct law *law, const struct making *making, int type)
{
    const struct bipolar_model *model = making->model;
    double ratio = making->temp / making->tnom;
    law->epitaxial = !isnan(model->rco);
    law->rco = fmax(given(model->rco, 1), 0.01);
    law->vo = model->vo;
    law->gamma = model->gamma;
    if (model->quasimod != 1)
        return;
    law->rco *= pow(ratio, given(model->cn, type < 0 ? 2.2 : 2.42));
    law->vo *= pow(ratio, given(model->d, type < 0 ? 0.52 : 0.87));
    law->gamma *= pow(ratio, model->xti) * exp((ratio - 1) * model->vg / law->vt);
}

static const char *make(void *out, const void *model_given, const void *size_given,
                        const struct device_conditions *conditions)
{
    struct law *law = out;
    const struct bipolar_model *model = model_given;
    const struct bipolar_size *size = size_given;
    double celsius = isnan(size->temp) ? conditions->temp + given(size->dtemp, 0) : size->temp;
    struct making making = {
        .model = model, .size = size, .temp = SILICON_CELSIUS + celsius, .area = given(size->area, 1),
        .tnom = SILICON_CELSIUS + given(model->tnom, conditions->tnom), .tlev = model->tlev, .gain = 1,
    };
    making.dt = making.temp - making.tnom;
    const char *wrong = complaint(model, &making);
    if (wrong)
        return wrong;
    if (making.tlev != 3)
        making.gain = making.tlev == 0 ? pow(making.temp / making.tnom, model->xtb)
                                       : 1 + model->xtb * making.dt;
    bool placed = model->subs == 1 || model->subs == -1;
    *law = (struct law){
        .vt = silicon_thermal(making.temp), .gmin = conditions->gmin, .nkf = fmin(model->nkf, 1),
        .lateral = placed ? model->subs == -1 : conditions->type < 0,
        .inverse_vaf = inverse(&making, model->vaf, model->tvaf1, model->tvaf2),
        .inverse_var = inverse(&making, model->var, model->tvar1, model->tvar2),
        .inverse_ikf = inverse(&making, model->ikf, model->tikf1, model->tikf2) / making.area,
        .inverse_ikr = inverse(&making, model->ikr, model->tikr1, model->tikr2) / making.area,
    };
    make_junctions(law, &making);
    make_resistances(law, &making);
    make_epitaxial(law, &making, conditions->type);
    return complaint_of_law(model, law);
}

/* ---- transport --------------------------------------------------------------------------------------------------- */

/* 1 / qb at (vbe, vbc), with its slopes; *size: of what it was summed. f, r: F and R there, gf, gr their slopes. */
static double inverse_charge(const struct law *law, const double *x, double f, double gf, double r, double gr,
                             double *slope, double *size)
{
    double early = 1 - x[1] * law->inverse_vaf - x[0] * law->inverse_var, half = 1, steep = 0, spread = 0;
    if (law->inverse_ikf != 0 || law->inverse_ikr != 0) {
        double forward = 4 * f * law->inverse_ikf, reverse = 4 * r * law->inverse_ikr, sum = 1 + forward + reverse;
        double at = fmax(sum, least_charge), power = law->nkf == 0.5 ? sqrt(at) : pow(at, law->nkf);
        half = 2 / (1 + power);
        steep = sum > least_charge ? -half * half * 2 * law->nkf * (power / at) : 0;
        spread = half * law->nkf * power / at * (1 + fabs(forward) + fabs(reverse));
    }
    slope[0] = -law->inverse_var * half + early * steep * law->inverse_ikf * gf;
    slope[1] = -law->inverse_vaf * half + early * steep * law->inverse_ikr * gr;
    *size = half * (1 + fabs(x[1] * law->inverse_vaf) + fabs(x[0] * law->inverse_var)) * (1 + spread);
    return early * half;
}

static double transport(const void *at, const double *x, double *slope, double *size)
{
    const struct law *law = at;
    double gf, gr, charge_slope[2], charge_size;
    double f = junction_current(&law->forward, x[0], &gf), r = junction_current(&law->reverse, x[1], &gr);
    double inverse_qb = inverse_charge(law, x, f, gf, r, gr, charge_slope, &charge_size);
    slope[0] = gf * inverse_qb + (f - r) * charge_slope[0];
    slope[1] = -gr * inverse_qb + (f - r) * charge_slope[1];
    *size = (fabs(f) + fabs(r)) * charge_size;
    return (f - r) * inverse_qb;
}

static void limit(const void *at, const double *before, double *x)
{
    const struct law *law = at;
    for (size_t k = 0; k < 2; k++)
        x[k] = limiting_junction(before[k], x[k], law->vt, law->vcrit);
}

static void begin(const void *at, bool off, double *x)
{
    x[0] = off ? 0 : ((const struct law *)at)->vcrit;
    x[1] = 0;
}

static struct interval_dual junction_over(const struct junction *junction, struct interval x, int index)
{
    struct interval_dual i = {.v = x};
    junction_range(junction, x, &i.v, &i.d[index]);
    return i;
}

/* 1 / qb */
static struct interval_dual inverse_charge_over(const struct law *law, const struct interval *x, struct interval_dual f,
                                                struct interval_dual r)
{
    struct interval_dual vbe = interval_dual_variable(x[0], 0), vbc = interval_dual_variable(x[1], 1);
    struct interval_dual early = interval_dual_shift(interval_dual_scale(-law->inverse_vaf, vbc), 1);
    early = interval_dual_subtract(early, interval_dual_scale(law->inverse_var, vbe));
    if (law->inverse_ikf == 0 && law->inverse_ikr == 0)
        return early;
    struct interval_dual sum = interval_dual_add(interval_dual_scale(4 * law->inverse_ikf, f),
                                                 interval_dual_scale(4 * law->inverse_ikr, r));
    sum = interval_dual_above(interval_dual_shift(sum, 1), least_charge);
    struct interval_dual under = interval_dual_shift(interval_dual_power(sum, law->nkf), 1);
    return interval_dual_times(early, interval_dual_over(interval_dual_of(2), under));
}

static bool put_over(struct interval_dual found, struct interval *value, struct interval *slope)
{
    *value = found.v;
    slope[0] = found.d[0];
    slope[1] = found.d[1];
    return true;
}

static bool transport_over(const void *at, const struct interval *x, struct interval *value, struct interval *slope)
{
    const struct law *law = at;
    struct interval_dual f = junction_over(&law->forward, x[0], 0), r = junction_over(&law->reverse, x[1], 1);
    struct interval_dual inverse_qb = inverse_charge_over(law, x, f, r);
    return put_over(interval_dual_times(interval_dual_subtract(f, r), inverse_qb), value, slope);
}

static const struct device_function transport_function = {2, transport, limit, begin, transport_over};

/* ---- base resistance --------------------------------------------------------------------------------------------- */

/* (tan z - z) / (z tan^2 z) for 0 < z, falling from 1/3 to 0 at pi/2, and its slope. The series: of cot z = 1/z -
 * sum c_n z^(2n-1), 1 - sum 2n c_n z^(2n-2). */
static double crowding(double z, double *slope)
{
    static const double term[] = {4.0 / 45, 12.0 / 945, 8.0 / 4725, 20.0 / 93555, 16584.0 / 638512875, 56.0 / 18243225,
                                  57872.0 / 162820783125, 1579212.0 / 38979295480125};
    if (z >= asin(1)) {
        *slope = 0;
        return 0;
    }
    if (z < 0.4) {
        double square = z * z, sum = 0, steep = 0;
        for (size_t k = sizeof term / sizeof *term; k-- > 0;) {
            sum = sum * square + term[k];
            steep = steep * square + 2 * (double)(k + 1) * term[k];
        }
        *slope = -steep * z;
        return 1.0 / 3 - sum * square;
    }
    double cot = 1 / tan(z), grow = 1 + cot * cot;
    *slope = -grow / z - cot / (z * z) + 2 * cot * grow;
    return cot / z - cot * cot;
}

/* How far the base resistance is between RBM (0) and RB (1), with IRB, at a base current. */
static double crowded(const struct law *law, double current, double *slope)
{
    double ratio = current / law->irb, x = fmax(ratio, 1e-9), root = sqrt(1 + 14.59025 * x), steep;
    double z = 14.59025 * sqrt(x) / (2.4317 * (1 + root)), value = 3 * crowding(z, &steep);
    *slope = ratio > 1e-9 ? 3 * steep * z / (2 * x * root * law->irb) : 0;
    return value;
}

static double base_resistance(const void *at, const double *x, double *slope, double *size)
{
    const struct law *law = at;
    double share, share_size, gf, gr, varying = law->rb - law->rbm;
    if (law->irb > 0) {
        double steep, ib = junction_current(&law->be, x[0], &gf) + law->gmin * x[0] +
                           junction_current(&law->bc, x[1], &gr) + law->gmin * x[1];
        share = crowded(law, ib, &steep);
        slope[0] = steep * (gf + law->gmin);
        slope[1] = steep * (gr + law->gmin);
        share_size = 1;
    } else {
        double f = junction_current(&law->forward, x[0], &gf), r = junction_current(&law->reverse, x[1], &gr);
        share = inverse_charge(law, x, f, gf, r, gr, slope, &share_size);
    }
    double value = law->rbm + varying * share, least = least_resistance * fmax(law->rb, law->rbm);
    *size = law->rbm + fabs(varying) * share_size;
    slope[0] *= value > least ? varying : 0;
    slope[1] *= value > least ? varying : 0;
    return fmax(value, least);
}

/* crowding and its slope both fall, since all terms of their series do: they lie between those at the ends. */
static struct interval_dual crowding_over(struct interval_dual z)
{
    const double rounding = 1e-12; /* of sums of terms below 10 */
    double steep, flat, high = crowding(fmax(z.v.low, 0), &flat), low = crowding(z.v.high, &steep);
    struct interval v = {low - rounding, high + rounding}, slope = {steep - rounding, flat + rounding};
    if (z.v.high >= asin(1) * (1 - rounding))
        slope = (struct interval){fmin(slope.low, -1), fmax(slope.high, 0)}; /* -2/pi before it is 0 */
    return interval_dual_chain(z, v, slope);
}

static struct interval_dual crowded_over(const struct law *law, struct interval_dual current)
{
    struct interval_dual x = interval_dual_over(current, interval_dual_of(law->irb));
    x = interval_dual_above(x, 1e-9);
    struct interval_dual root = interval_dual_sqrt(interval_dual_shift(interval_dual_scale(14.59025, x), 1));
    struct interval_dual under = interval_dual_scale(2.4317, interval_dual_shift(root, 1));
    struct interval_dual z = interval_dual_over(interval_dual_scale(14.59025, interval_dual_sqrt(x)), under);
    return interval_dual_scale(3, crowding_over(z));
}

static bool base_over(const void *at, const struct interval *x, struct interval *value, struct interval *slope)
{
    const struct law *law = at;
    struct interval_dual share;
    if (law->irb > 0) {
        struct interval_dual ib = interval_dual_add(junction_over(&law->be, x[0], 0), junction_over(&law->bc, x[1], 1));
        for (int k = 0; k < 2; k++)
            ib = interval_dual_add(ib, interval_dual_scale(law->gmin, interval_dual_variable(x[k], k)));
        share = crowded_over(law, ib);
    } else {
        share = inverse_charge_over(law, x, junction_over(&law->forward, x[0], 0),
                                    junction_over(&law->reverse, x[1], 1));
    }
    struct interval varying = interval_difference(interval_point(law->rb), interval_point(law->rbm));
    share = interval_dual_chain(share, interval_product(varying, share.v), varying);
    double least = least_resistance * fmax(law->rb, law->rbm);
    return put_over(interval_dual_above(interval_dual_shift(share, law->rbm), least), value, slope);
}

static const struct device_function base_function = {2, base_resistance, limit, begin, base_over};

/* ---- epitaxial layer --------------------------------------------------------------------------------------------- */

/* GAMMA exp(v / Vt), straight on where it would overflow; *steep: Vt times its slope. */
static double injected(const struct law *law, double v, double *steep)
{
    double x = v / law->vt, over = fmax(x - exponent_limit, 0);
    *steep = law->gamma * exp(x - over);
    return *steep * (1 + over);
}

/* x: u = v(x) - v(c'), v = v(b') - v(x). */
static double epitaxial(const void *at, const double *x, double *slope, double *size)
{
    const struct law *law = at;
    double u = x[0], inner_slope, outer_slope;
    *size = 0;
    slope[0] = 1 / law->rco + law->gmin;
    slope[1] = 0;
    if (u <= 0)
        return u * slope[0];
    double inner = injected(law, x[1] + u, &inner_slope), outer = injected(law, x[1], &outer_slope);
    double k_inner = sqrt(1 + inner), k_outer = sqrt(1 + outer);
    bool straight = x[1] + u > exponent_limit * law->vt;
    double more = straight ? inner - outer : -inner * expm1(-u / law->vt), rise = more / (k_inner + k_outer);
    double correction = law->vt * (rise - log1p(rise / (1 + k_outer))), slower = 1 + u / law->vo;
    double ohmic = (u + correction) / law->rco;
    double by_inner = inner_slope / (2 * (1 + k_inner)), by_outer = outer_slope / (2 * (1 + k_outer));
    slope[0] = ((1 + by_inner) / law->rco - ohmic / (law->vo * slower)) / slower + law->gmin;
    slope[1] = (by_inner - by_outer) / (law->rco * slower);
    return ohmic / slower + law->gmin * u;
}

static void limit_epitaxial(const void *at, const double *before, double *x)
{
    const struct law *law = at;
    double inner = limiting_junction(before[0] + before[1], x[0] + x[1], law->vt, law->vcrit);
    double outer = limiting_junction(before[1], x[1], law->vt, law->vcrit);
    if (inner != x[0] + x[1] || outer != x[1])
        x[0] = inner - outer;
    x[1] = outer;
}

static const struct device_function epitaxial_function = {2, epitaxial, limit_epitaxial, NULL, NULL};

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static struct device_part junction_part(const char *name, uint8_t a, uint8_t k, const struct junction *junction)
{
    return (struct device_part){.kind = PART_JUNCTION, .name = name, .a = a, .k = k, .junction = *junction};
}

static struct device_part resistance_part(const char *name, uint8_t a, uint8_t k, double ohms)
{
    return (struct device_part){.kind = PART_RESISTANCE, .name = name, .a = a, .k = k, .ohms = ohms};
}

static struct device_part transport_part(uint8_t c, uint8_t b, uint8_t e)
{
    return (struct device_part){
        .kind = PART_TRANSFER, .name = "transport", .a = c, .k = e,
        .transfer = {.function = &transport_function, .control = {{b, e}, {b, c}}},
    };
}

static struct device_part base_part(const struct law *law, uint8_t c, uint8_t b, uint8_t e)
{
    if (!law->base_varies)
        return resistance_part("rb", BASE, b, law->rb);
    return (struct device_part){
        .kind = PART_RESISTIVE, .name = "rb", .a = BASE, .k = b,
        .transfer = {.function = &base_function, .control = {{b, e}, {b, c}}},
    };
}

static struct device_part epitaxial_part(uint8_t outer, uint8_t c, uint8_t b)
{
    return (struct device_part){
        .kind = PART_TRANSFER, .name = "epitaxial", .a = outer, .k = c,
        .transfer = {.function = &epitaxial_function, .control = {{outer, c}, {b, outer}}},
    };
}

static bool has_substrate(const struct law *law)
{
    return law->has_iss || law->gmin > 0;
}

static struct device_part substrate_part(const struct law *law, uint8_t c, uint8_t b)
{
    uint8_t a = law->lateral ? b : SUBSTRATE, k = law->lateral ? SUBSTRATE : c;
    return law->has_iss ? junction_part("substrate", a, k, &law->substrate)
                        : resistance_part("substrate", a, k, 1 / law->gmin);
}

static size_t shape(const void *at, uint8_t *alias, struct device_part *part)
{
    const struct law *law = at;
    uint8_t outer = law->collector ? OUTER_COLLECTOR : COLLECTOR, c = law->epitaxial ? INNER_COLLECTOR : outer;
    uint8_t b = law->base ? INNER_BASE : BASE, e = law->emitter ? INNER_EMITTER : EMITTER;
    const uint8_t nodes[NODES] = {COLLECTOR, BASE, EMITTER, DEVICE_GROUND, outer, c, b, e};
    size_t parts = REST;
    for (size_t q = 0; q < NODES; q++)
        alias[q] = nodes[q];
    part[BE] = junction_part("be", b, e, &law->be);
    part[BC] = junction_part("bc", b, c, &law->bc);
    part[TRANSPORT] = transport_part(c, b, e);
    if (has_substrate(law))
        part[parts++] = substrate_part(law, c, b);
    if (law->base)
        part[parts++] = base_part(law, c, b, e);
    if (law->collector)
        part[parts++] = resistance_part("rc", COLLECTOR, outer, law->rc);
    if (law->emitter)
        part[parts++] = resistance_part("re", e, EMITTER, law->re);
    if (law->epitaxial)
        part[parts++] = epitaxial_part(outer, c, b);
    return parts;
}

/* ---- what is printed --------------------------------------------------------------------------------------------- */

static double collected(const struct device_point *at)
{
    return at->i[TRANSPORT] - at->i[BC];
}

static double based(const struct device_point *at)
{
    return at->i[BE] + at->i[BC];
}

static double of_substrate(const struct law *law, const struct device_point *at)
{
    return has_substrate(law) ? at->i[REST] : 0;
}

static double vbe(const void *law, const struct device_point *at)
{
    (void)law;
    return at->v[INNER_BASE] - at->v[INNER_EMITTER];
}

static double vbc(const void *law, const struct device_point *at)
{
    (void)law;
    return at->v[INNER_BASE] - at->v[INNER_COLLECTOR];
}

static double ic(const void *law, const struct device_point *at)
{
    (void)law;
    return at->type * collected(at);
}

static double ib(const void *of, const struct device_point *at)
{
    const struct law *law = of;
    return at->type * (based(at) - (law->lateral ? of_substrate(law, at) : 0));
}

static double ie(const void *of, const struct device_point *at)
{
    const struct law *law = of;
    return at->type * ((law->lateral ? 0 : of_substrate(law, at)) - collected(at) - based(at));
}

static double is(const void *of, const struct device_point *at)
{
    const struct law *law = of;
    return at->type * of_substrate(law, at) * (law->lateral ? 1 : -1);
}

/* The derivative of the transport by vbe (0) or vbc (1). */
static double transport_slope(const void *law, const struct device_point *at, int which)
{
    double x[2] = {vbe(law, at), vbc(law, at)}, slope[2], size;
    transport(law, x, slope, &size);
    return at->m * slope[which];
}

static double go(const void *law, const struct device_point *at)
{
    return -transport_slope(law, at, 1);
}

static double gm(const void *law, const struct device_point *at)
{
    return transport_slope(law, at, 0) + transport_slope(law, at, 1);
}

static double junction_slope(const struct junction *junction, double w, const struct device_point *at)
{
    double slope;
    junction_current(junction, w, &slope);
    return at->m * (slope + junction->gmin);
}

static double gpi(const void *of, const struct device_point *at)
{
    const struct law *law = of;
    return junction_slope(&law->be, vbe(law, at), at);
}

static double gmu(const void *of, const struct device_point *at)
{
    const struct law *law = of;
    return junction_slope(&law->bc, vbc(law, at), at);
}

static double gx(const void *of, const struct device_point *at)
{
    const struct law *law = of;
    double x[2] = {vbe(law, at), vbc(law, at)}, slope[2], size;
    return law->base ? at->m / base_resistance(law, x, slope, &size) : 0;
}

static double substrate_voltage(const struct law *law, const struct device_point *at)
{
    return law->lateral ? at->v[INNER_BASE] - at->v[SUBSTRATE] : at->v[SUBSTRATE] - at->v[INNER_COLLECTOR];
}

static double gdsub(const void *of, const struct device_point *at)
{
    const struct law *law = of;
    return law->has_iss ? junction_slope(&law->substrate, substrate_voltage(law, at), at) : at->m * law->gmin;
}

static double power(const void *of, const struct device_point *at)
{
    const struct law *law = of;
    const double *v = at->v;
    return fabs(collected(at) * (v[COLLECTOR] - v[EMITTER])) + fabs(based(at) * (v[BASE] - v[EMITTER])) +
           fabs(of_substrate(law, at) * substrate_voltage(law, at));
}

/* Of capacitances. */
static double none(const void *law, const struct device_point *at)
{
    (void)law;
    (void)at;
    return 0;
}

static const struct device_quantity quantities[] = {
    {"ic", "A", ic},   {"ib", "A", ib},   {"ie", "A", ie},   {"is", "A", is},   {"vbe", "V", vbe},
    {"vbc", "V", vbc}, {"gm", "S", gm},   {"gpi", "S", gpi}, {"gmu", "S", gmu}, {"gx", "S", gx},
    {"go", "S", go},   {"gdsub", "S", gdsub}, {"p", "W", power},
    {"geqcb", "S", none}, {"gcsub", "S", none}, {"geqbx", "S", none}, {NULL, NULL, NULL},
};

static const char *const nodes[NODES] = {"collector", "base",       "emitter", "substrate",
                                         "collcx",    "collector", "base", "emitter"};

const struct device_kind bipolar_kind = {
    .what = "bipolar transistor",
    .least = 3, .most = 4, .nodes = NODES, .node = nodes,
    .model_size = sizeof(struct bipolar_model), .size_size = sizeof(struct bipolar_size),
    .law_size = sizeof(struct law),
    .model = model_parameters, .size = size_parameters,
    .make = make, .shape = shape, .quantity = quantities,
};
