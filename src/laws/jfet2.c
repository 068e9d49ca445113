#include "laws/jfet.h"
#include "laws/given.h"
#include "laws/junction_fet.h"
#include "laws/limiting.h"
#include "laws/silicon.h"

#include <float.h>
#include <math.h>

struct law {
    struct junction_fet fet;
    double beta, lambda, delta;                 /* delta: 1/W of this area */
    double lfgam, lfg1, lfg2, vst, mvst, p, q, z;
    double mxi, xi;                             /* xi: XI (VBI - VTO), V */
    double triode;                              /* P/Q / (VBI - VTO)^(P - Q) */
};

static const double least_saturation = 1e-100;      /* A */
static const double least_drive = 1e-30;        /* V: of vgt */
static const double cut_off = -10, ramp = 1e-3; /* of S: see jfet.h */

/* ---- the law ----------------------------------------------------------------------------------------------------- */

/* vgt of v, and its slopes by v and by S: S log(1 + exp(x)), which from x = -10 on falls steeply to 0. */
static double drive(double v, double s, double *by_v, double *by_s)
{
    double x = s > 0 ? v / s : copysign(INFINITY, v), vgt = v;
    *by_v = v > 0;
    *by_s = 0;
    if (x < cut_off) {
        *by_v = log1p(exp(cut_off)) / ramp;
        *by_s = *by_v * (ramp - cut_off);
        vgt = *by_v * (v + s * (ramp - cut_off));
    } else if (x < 40) {
        double e = exp(-fabs(x)), rest = log1p(e);
        vgt = s * (fmax(x, 0) + rest);
        *by_v = (x > 0 ? 1 : e) / (1 + e);
        *by_s = rest + fabs(x) * e / (1 + e);
    }
    if (vgt > least_drive)
        return vgt;
    *by_v = *by_s = 0;
    return least_drive;
}

/* vdt of vgt and vdp, and its slopes by each. Neither value nor slopes are differences. */
static double saturated(const struct law *law, double vgt, double vdp, double *by_vgt, double *by_vdp)
{
    double ratio = vgt / (law->mxi * vgt + law->xi), vsat = vgt / (1 + ratio), half = sqrt(1 + law->z) / 2;
    double above = half * vdp + vsat / 2, below = half * vdp - vsat / 2, bend = vsat * vsat * law->z / 4;
    double far = sqrt(above * above + bend), near = fmax(sqrt(below * below + bend), DBL_MIN);
    double vdt = 2 * vsat * half * vdp / (far + near), difference = above * near - below * far;
    if (below > 0)
        difference = bend * vsat * 2 * half * vdp / (above * near + below * far);
    *by_vdp = half * difference / (far * near);
    *by_vgt = (vdt - vdp * *by_vdp) * (1 + law->mxi * ratio * ratio) / ((1 + ratio) * vgt);
    return vdt;
}

/* vgt^Q - (vgt - vdt)^Q of vgt and vds, and its slopes by each. */
static double intrinsic(const struct law *law, double vgt, double vds, double *by_vgt, double *by_vds)
{
    double power = law->p - law->q, triode = law->triode * pow(vgt, power), by_vdp, direct;
    double vdt = saturated(law, vgt, vds * triode, &direct, &by_vdp), left = log1p(-fmin(vdt / vgt, 1 - DBL_EPSILON));
    double all = pow(vgt, law->q), by_vdt = law->q * all / vgt * exp((law->q - 1) * left);
    *by_vds = by_vdt * by_vdp * triode;
    *by_vgt = -law->q * all / vgt * expm1((law->q - 1) * left) + by_vdt * direct + *by_vds * power * vds / vgt;
    return -all * expm1(law->q * left);
}

static double forward(const void *of, double vgs, double vds, double *slope, double *size)
{
    const struct law *law = of;
    double vgd = vgs - vds, feedback = law->lfgam - law->lfg1 * vgs + law->lfg2 * vgd;
    double v = vgs - law->fet.vto - feedback * vgd, s = fmax(law->vst * (1 + law->mvst * vds), 0);
    double by_v, by_s, by_vgt, by_vds, vgt = drive(v, s, &by_v, &by_s);
    double current = intrinsic(law, vgt, vds, &by_vgt, &by_vds), longer = law->beta * (1 + law->lambda * vds);
    double by_vgd = -feedback - law->lfg2 * vgd, by_vgs = 1 + law->lfg1 * vgd;
    double gm = longer * by_vgt * by_v;
    double by_vds_of_s = s > 0 ? law->vst * law->mvst : 0;
    double gds = longer * (by_vds + by_vgt * by_s * by_vds_of_s) + law->beta * law->lambda * current;
    double full = longer * current, cooler = 1 / (1 + vds * full * law->delta), less = cooler * cooler;
    slope[0] = gm * (by_vgs + by_vgd) * less;
    slope[1] = (gds - gm * by_vgd - law->delta * full * full) * less;
    *size = fabs(gm) * less * (fabs(law->fet.vto) + fabs(vgd) * (fabs(law->lfgam) + fabs(law->lfg1 * vgs) +
                                                                fabs(law->lfg2 * vgd))) +
            full * cooler;
    return full * cooler;
}

static double channel(const void *law, const double *x, double *slope, double *size)
{
    return junction_fet_channel(forward, law, x, slope, size);
}

static const struct device_function channel_function = {
    .n = 2, .at = channel, .limit = junction_fet_limit, .begin = junction_fet_begin,
};

/* ---- parameters -------------------------------------------------------------------------------------------------- */

#define NUMBER(name, otherwise) {#name, offsetof(struct jfet2_model, name), otherwise}
#define SIZE(name, otherwise) {#name, offsetof(struct jfet_size, name), otherwise}
#define IDLE(name) {name, DEVICE_IDLE, NAN}

static const struct device_parameter model_parameters[] = {
    NUMBER(vto, -2), {"vt0", offsetof(struct jfet2_model, vto), NAN}, NUMBER(beta, 1e-4), NUMBER(lambda, 0),
    NUMBER(delta, 0), NUMBER(lfgam, 0), NUMBER(lfg1, 0), NUMBER(lfg2, 0), NUMBER(vst, 0), NUMBER(mvst, 0),
    NUMBER(p, 2), NUMBER(q, 2), NUMBER(xi, 1000), NUMBER(mxi, 0), NUMBER(z, 1), NUMBER(vbi, 1),
    {"pb", offsetof(struct jfet2_model, vbi), NAN}, NUMBER(is, 1e-14), NUMBER(n, 1), NUMBER(ibd, 0), NUMBER(vbd, 1),
    NUMBER(rd, 0), NUMBER(rs, 0), NUMBER(tnom, NAN), IDLE("acgam"), IDLE("af"), IDLE("cds"), IDLE("cgd"), IDLE("cgs"),
    IDLE("hfeta"), IDLE("hfe1"), IDLE("hfe2"), IDLE("hfg1"), IDLE("hfg2"), IDLE("hfgam"), IDLE("fc"), IDLE("kf"),
    IDLE("taud"), IDLE("taug"), IDLE("ver"), IDLE("xc"), {NULL, DEVICE_IDLE, NAN},
};

static const struct device_parameter size_parameters[] = {
    SIZE(area, 1), SIZE(temp, NAN), SIZE(dtemp, 0), IDLE("ic-vds"), IDLE("ic-vgs"), {NULL, DEVICE_IDLE, NAN},
};

/* IS as a recombination current, which is exponential below -3 n Vt too and held below -3 times the other n Vt, and the
 * breakdown as a tunnel current. */
static struct junction gate(double is, double vt, double ibd, double vbd, double gmin)
{
    struct junction gate = junction_plain(1e-30 * is, 40.0 / 3 * vt, gmin);
    gate.isr = is;
    gate.vtr = vt;
    gate.vj = 1;
    gate.m = 0;
    gate.jt = ibd;
    gate.vtt = vbd;
    return gate;
}

static const char *complaint(const struct jfet2_model *model, double area)
{
    if (!(area > 0))
        return "the area must be positive";
    if (model->rd < 0 || model->rs < 0 || model->is < 0 || model->ibd < 0 || model->beta < 0 || model->delta < 0)
        return "RD, RS, IS, IBD, BETA and DELTA must not be negative";
    if (model->vst < 0 || model->z < 0 || model->xi < 0 || model->mxi < 0)
        return "VST, Z, XI and MXI must not be negative";
    if (model->n <= 0 || model->vbd <= 0 || model->p <= 0 || model->q <= 0)
        return "N, VBD, P and Q must be positive";
    return NULL;
}

static const char *make(void *out, const void *model_given, const void *size_given,
                        const struct device_conditions *conditions)
{
    struct law *law = out;
    const struct jfet2_model *model = model_given;
    const struct jfet_size *size = size_given;
    double temp = SILICON_CELSIUS + given(size->temp, conditions->temp + size->dtemp);
    double tnom = SILICON_CELSIUS + given(model->tnom, conditions->tnom), vt = silicon_thermal(temp);
    double area = size->area, vto = model->vto, p = model->p, q = model->q;
    if (!(temp > 0) || !(tnom > 0))
        return "the temperature is below absolute zero";
    double is = area * model->is * silicon_growth(temp, tnom, 1.11, 0, 1);
    is = isnan(is) ? is : fmax(is, least_saturation);
    double ibd = area * model->ibd, full = silicon_potential(model->vbi, temp, tnom) - vto;
    *law = (struct law){
        .fet = {
            .channel = &channel_function, .vt = vt, .vcrit = limiting_critical(vt, is), .vto = vto,
            .rd = model->rd / area, .rs = model->rs / area,
            .gmin = conditions->gmin, .has_gate = model->is > 0 || ibd > 0,
            .gate = gate(is, model->n * vt, ibd, model->vbd, conditions->gmin),
        },
        .beta = area * model->beta, .lambda = model->lambda,
        .delta = model->delta / area, .lfgam = model->lfgam, .lfg1 = model->lfg1,
        .lfg2 = model->lfg2, .vst = model->vst, .mvst = model->mvst, .p = p, .q = q,
        .z = model->z, .mxi = model->mxi, .xi = model->xi * full,
        .triode = p / q / pow(full, p - q),
    };
    const char *wrong = complaint(model, area);
    if (!wrong && !(full > 0))
        wrong = "VBI must be above VTO";
    if (!wrong && (!isfinite(is + law->beta + law->triode + law->fet.rd + law->fet.rs) || !(law->xi + law->mxi > 0)))
        wrong = "the parameters give no finite current at the temperature";
    return wrong;
}

/* ---- what is printed --------------------------------------------------------------------------------------------- */

/* From the gate to whichever of drain and source is the drain now. */
static double trap_voltage(const void *law, const struct device_point *at)
{
    return fmin(junction_fet_vgs(law, at), junction_fet_vgd(law, at));
}

/* What the channel of one device would dissipate without DELTA. */
static double average_power(const void *of, const struct device_point *at)
{
    const struct law *law = of;
    double vgs = junction_fet_vgs(law, at), vgd = junction_fet_vgd(law, at), vds = fabs(vgs - vgd), slope[2], size;
    double cooled = vds * forward(law, fmax(vgs, vgd), vds, slope, &size);
    return cooled / (1 - cooled * law->delta);
}

static const struct device_quantity quantities[] = {
    {"vgs", "V", junction_fet_vgs},   {"vgd", "V", junction_fet_vgd},        {"ig", "A", junction_fet_gated},
    {"id", "A", junction_fet_drain},  {"is", "A", junction_fet_source},      {"igd", "A", junction_fet_gate_drain},
    {"gm", "S", junction_fet_gm},     {"gds", "S", junction_fet_gds},        {"ggs", "S", junction_fet_ggs},
    {"ggd", "S", junction_fet_ggd},   {"p", "W", junction_fet_power},        {"vtrap", "V", trap_voltage},
    {"vpave", "W", average_power},    {NULL, NULL, NULL},
};

const struct device_kind jfet2_kind = {
    .what = "JFET",
    .least = 3, .most = 3, .nodes = JUNCTION_FET_NODES, .node = junction_fet_node,
    .model_size = sizeof(struct jfet2_model), .size_size = sizeof(struct jfet_size), .law_size = sizeof(struct law),
    .model = model_parameters, .size = size_parameters,
    .make = make, .shape = junction_fet_shape, .quantity = quantities,
};
