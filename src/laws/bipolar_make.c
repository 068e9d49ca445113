#include "laws/bipolar_parts.h"

#include "laws/given.h"
#include "laws/limiting.h"
#include "laws/silicon.h"
#include <math.h>

/* ---- parameters -------------------------------------------------------------------------------------------------- */

#define NUMBER(name, otherwise) {#name, offsetof(struct bipolar_model, name), otherwise}
#define ALIAS(name, field) {name, offsetof(struct bipolar_model, field), NAN}
#define IDLE(name) {name, DEVICE_IDLE, NAN}

const struct device_parameter bipolar_model_parameters[] = {
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

#define SIZE(name, otherwise) {#name, offsetof(struct bipolar_size, name), otherwise}

const struct device_parameter bipolar_size_parameters[] = {
    SIZE(area, 1), SIZE(areab, NAN), SIZE(areac, NAN), SIZE(temp, NAN), SIZE(dtemp, 0), IDLE("icvbe"), IDLE("icvce"),
    {NULL, DEVICE_IDLE, NAN},
};

/* What is at hand while a law is made. */
struct making {
    const struct bipolar_model *model;
    const struct bipolar_size *size;
    double temp, tnom, dt, area;
    double tlev, gain; /* by how much BF and BR grow without coefficients of their own */
};

/* A saturation current at the temperature; n: by which emission coefficient it grows. */
static double saturation(const struct making *making, double value, double n, double a, double b)
{
    if (making->tlev == 3)
        return pow(value, silicon_drift(making->dt, a, b));
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
    return value == 0 ? 0 : 1 / (value * silicon_drift(making->dt, a, b));
}

static double gain(const struct making *making, double beta, double a, double b)
{
    return beta * (isnan(a) && isnan(b) ? making->gain : silicon_drift(making->dt, given(a, 0), given(b, 0)));
}

static const char *complaint(const struct bipolar_model *model, const struct making *making)
{
    const struct bipolar_size *size = making->size;
    if (!(making->temp > 0) || !(making->tnom > 0))
        return "the temperature is below absolute zero";
    if (!(size->area > 0) || size->areab <= 0 || size->areac <= 0)
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

static const char *complaint_of_law(const struct bipolar_model *model, const struct bipolar_law *law)
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

static void make_junctions(struct bipolar_law *law, const struct making *making)
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

    double vtf = nf * vt * silicon_drift(making->dt, model->tnf1, model->tnf2);
    double vtr = nr * vt * silicon_drift(making->dt, model->tnr1, model->tnr2);
    double vte = ne * vt * silicon_drift(making->dt, model->tne1, model->tne2);
    double vtc = nc * vt * silicon_drift(making->dt, model->tnc1, model->tnc2);
    double ise = area * leakage(making, model->ise, ne, model->tise1, model->tise2);
    double isc = inner * leakage(making, model->isc, nc, model->tisc1, model->tisc2);
    law->forward = junction_plain(ibe, vtf, 0);
    law->reverse = junction_plain(ibc, vtr, 0);
    law->be = junction_plain(ibe / gain(making, model->bf, model->tbf1, model->tbf2), vtf, law->gmin);
    law->be.isw = ise;
    law->be.vts = vte;
    law->bc = junction_plain(ibc / gain(making, model->br, model->tbr1, model->tbr2), vtr, law->gmin);
    law->bc.isw = isc;
    law->bc.vts = vtc;

    double iss = saturation(making, model->iss, both ? nr : 1, model->tiss1, model->tiss2);
    double vts = model->ns * vt * silicon_drift(making->dt, model->tns1, model->tns2);
    law->has_iss = model->iss > 0;
    law->substrate = junction_plain(law->has_iss ? iss * (both ? outer : area) : 0, vts, law->gmin);
}

static void make_resistances(struct bipolar_law *law, const struct making *making)
{
    const struct bipolar_model *model = making->model;
    double rb = model->rb, rbm = given(model->rbm, rb);
    law->rb = rb * silicon_drift(making->dt, model->trb1, model->trb2) / making->area;
    law->rbm = rbm * silicon_drift(making->dt, model->trm1, model->trm2) / making->area;
    law->irb = model->irb * silicon_drift(making->dt, model->tirb1, model->tirb2) * making->area;
    law->rc = model->rc * silicon_drift(making->dt, model->trc1, model->trc2) / making->area;
    law->re = model->re * silicon_drift(making->dt, model->tre1, model->tre2) / making->area;
    law->base = rb > 0;
    law->collector = model->rc > 0;
    law->emitter = model->re > 0;
    law->base_varies = rb != rbm || model->trb1 != model->trm1 || model->trb2 != model->trm2;
}

static void make_epitaxial(struct bipolar_law *law, const struct making *making, int type)
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

const char *bipolar_make(void *out, const void *model_given, const void *size_given,
                        const struct device_conditions *conditions)
{
    struct bipolar_law *law = out;
    const struct bipolar_model *model = model_given;
    const struct bipolar_size *size = size_given;
    struct making making = {
        .model = model, .size = size, .area = size->area,
        .temp = SILICON_CELSIUS + given(size->temp, conditions->temp + size->dtemp),
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
    *law = (struct bipolar_law){
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
