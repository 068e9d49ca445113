#include "laws/jfet.h"
#include "laws/channel_range.h"
#include "laws/given.h"
#include "laws/junction_fet.h"
#include "laws/limiting.h"
#include "laws/silicon.h"

#include <math.h>

struct law {
    struct junction_fet fet;
    double beta, lambda, b, tail; /* tail: E of jfet.h */
};

static const double least_saturation = 1e-100; /* A */

/* ---- the law ----------------------------------------------------------------------------------------------------- */

static double forward(const void *of, double vgs, double vds, double *slope, double *size)
{
    const struct law *law = of;
    double v = vgs - law->fet.vto, b = law->b, gain = law->beta * (1 + law->lambda * vds), shape, steep;
    slope[0] = slope[1] = *size = 0;
    if (v <= 0)
        return 0;
    if (vds >= v) {
        steep = v * (2 * b + 3 * law->tail * v);
        shape = v * v * (b + law->tail * v);
        *size = v * v * (fabs(b) + fabs(law->tail) * v);
    } else {
        double part = 2 * b + 3 * law->tail * (v - vds);
        steep = vds * (part + 3 * law->tail * v);
        shape = vds * (vds * (law->tail * vds - b) + v * part);
        *size = vds * (vds * (fabs(law->tail) * vds + fabs(b)) + v * (2 * fabs(b) + 3 * fabs(law->tail) * v));
        slope[1] = gain * (v - vds) * part;
    }
    slope[0] = gain * steep;
    slope[1] += law->beta * law->lambda * shape;
    *size = *size * law->beta * (1 + fabs(law->lambda * vds)) + fabs(slope[0] * law->fet.vto);
    return gain * shape;
}

static double channel(const void *law, const double *x, double *slope, double *size)
{
    return junction_fet_channel(forward, law, x, slope, size);
}

/* w (w (E w - B) + v (2 B + 3 E (v - w))), w = the less of v and vds */
static struct interval_dual forward_over(const void *of, struct interval_dual vgs, struct interval_dual vds,
                                         struct interval_dual unused)
{
    const struct law *law = of;
    struct interval tail = interval_point(law->tail), triple = interval_product(interval_point(3), tail);
    struct interval b = interval_point(law->b), twice = interval_product(interval_point(2), b);
    struct interval_dual v = interval_dual_above(interval_dual_shift(vgs, -law->fet.vto), 0);
    struct interval_dual w = interval_dual_least(v, vds);
    struct interval left = interval_difference(v.v, w.v);
    (void)unused;
    left.low = fmax(left.low, 0);
    struct interval part = interval_sum(twice, interval_product(triple, left));
    struct interval inner = interval_product(w.v, interval_difference(interval_product(tail, w.v), b));
    struct interval shape = interval_product(w.v, interval_sum(inner, interval_product(v.v, part)));
    struct interval by_v = interval_product(w.v, interval_sum(part, interval_product(triple, v.v)));
    struct interval_dual i = interval_dual_join(shape, w, interval_product(left, part), v, by_v);
    struct interval_dual longer = interval_dual_shift(interval_dual_scale(law->lambda, vds), 1);
    return interval_dual_times(interval_dual_scale(law->beta, longer), i);
}

static bool over(const void *law, const struct interval *x, struct interval *value, struct interval *slope)
{
    return channel_range(forward_over, law, 2, x, value, slope);
}

static const struct device_function channel_function = {
    .n = 2, .at = channel, .limit = junction_fet_limit, .begin = junction_fet_begin, .over = over,
};

/* ---- parameters -------------------------------------------------------------------------------------------------- */

#define NUMBER(name, otherwise) {#name, offsetof(struct jfet_model, name), otherwise}
#define SIZE(name, otherwise) {#name, offsetof(struct jfet_size, name), otherwise}
#define IDLE(name) {name, DEVICE_IDLE, NAN}

static const struct device_parameter model_parameters[] = {
    {"vt0", offsetof(struct jfet_model, vto), -2}, {"vto", offsetof(struct jfet_model, vto), NAN},
    NUMBER(beta, 1e-4), NUMBER(lambda, 0),
    NUMBER(b, 1), NUMBER(rd, 0), NUMBER(rs, 0), NUMBER(pb, 1), NUMBER(is, 1e-14), NUMBER(eg, 1.11), NUMBER(xti, 0),
    NUMBER(tcv, 0), NUMBER(vtotc, NAN), NUMBER(bex, 0), NUMBER(betatce, NAN), NUMBER(tnom, NAN), IDLE("cgs"),
    IDLE("cgd"), IDLE("fc"), IDLE("kf"), IDLE("af"), IDLE("nlev"), IDLE("gdsnoi"), {NULL, DEVICE_IDLE, NAN},
};

static const struct device_parameter size_parameters[] = {
    SIZE(area, 1), SIZE(temp, NAN), SIZE(dtemp, 0), IDLE("ic-vds"), IDLE("ic-vgs"), {NULL, DEVICE_IDLE, NAN},
};

static const char *complaint(const struct jfet_model *model, double area)
{
    if (!(area > 0))
        return "the area must be positive";
    if (model->rd < 0 || model->rs < 0 || model->is < 0 || model->beta < 0)
        return "RD, RS, IS and BETA must not be negative";
    if (model->b != 1 && model->pb == model->vto)
        return "PB and VTO must differ where B is not 1";
    return NULL;
}

static const char *make(void *out, const void *model_given, const void *size_given,
                        const struct device_conditions *conditions)
{
    struct law *law = out;
    const struct jfet_model *model = model_given;
    const struct jfet_size *size = size_given;
    double temp = SILICON_CELSIUS + given(size->temp, conditions->temp + size->dtemp);
    double tnom = SILICON_CELSIUS + given(model->tnom, conditions->tnom), dt = temp - tnom, vt = silicon_thermal(temp);
    double area = size->area, vto = model->vto, b = model->b;
    if (!(temp > 0) || !(tnom > 0))
        return "the temperature is below absolute zero";
    double is = area * model->is *
                silicon_growth(temp, tnom, model->eg, model->xti, 1);
    is = isnan(is) ? is : fmax(is, least_saturation);
    double growth = isnan(model->betatce) ? pow(temp / tnom, model->bex) : pow(1.01, model->betatce * dt);
    *law = (struct law){
        .fet = {
            .channel = &channel_function, .vt = vt, .vcrit = limiting_critical(vt, is),
            .vto = vto + (isnan(model->vtotc) ? -model->tcv : model->vtotc) * dt,
            .rd = model->rd / area, .rs = model->rs / area,
            .gmin = conditions->gmin, .has_gate = model->is > 0,
            .gate = junction_plain(is, vt, conditions->gmin),
        },
        .beta = area * model->beta * growth, .lambda = model->lambda, .b = b,
        .tail = b == 1 ? 0 : (1 - b) / (model->pb - vto),
    };
    const char *wrong = complaint(model, area);
    if (!wrong && !isfinite(is + law->beta + law->fet.vto + law->tail + law->fet.rd + law->fet.rs))
        wrong = "the parameters give no finite current at the temperature";
    return wrong;
}

static const struct device_quantity quantities[] = {
    {"vgs", "V", junction_fet_vgs},   {"vgd", "V", junction_fet_vgd},        {"ig", "A", junction_fet_gated},
    {"id", "A", junction_fet_drain},  {"is", "A", junction_fet_source},      {"igd", "A", junction_fet_gate_drain},
    {"gm", "S", junction_fet_gm},     {"gds", "S", junction_fet_gds},        {"ggs", "S", junction_fet_ggs},
    {"ggd", "S", junction_fet_ggd},   {"p", "W", junction_fet_power},        {NULL, NULL, NULL},
};

const struct device_kind jfet_kind = {
    .what = "JFET",
    .least = 3, .most = 3, .nodes = JUNCTION_FET_NODES, .node = junction_fet_node,
    .model_size = sizeof(struct jfet_model), .size_size = sizeof(struct jfet_size), .law_size = sizeof(struct law),
    .model = model_parameters, .size = size_parameters,
    .make = make, .shape = junction_fet_shape, .quantity = quantities,
};
