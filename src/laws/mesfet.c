#include "laws/mesfet.h"
#include "laws/channel_range.h"
#include "laws/junction_fet.h"
#include "laws/limiting.h"
#include "laws/silicon.h"

#include <math.h>

struct law {
    struct junction_fet fet;
    double alpha, beta, lambda, b;
};

/* ---- the law ----------------------------------------------------------------------------------------------------- */

static double forward(const void *of, double vgs, double vds, double *slope, double *size)
{
    const struct law *law = of;
    double v = vgs - law->fet.vto, below = 1 - law->alpha * vds / 3, square = below * below;
    slope[0] = slope[1] = *size = 0;
    if (v <= 0)
        return 0;
    double knee = below > 0 ? law->alpha * vds * (1 + below + square) / 3 : 1; /* 1 - below^3 */
    double denominator = 1 + law->b * v, gain = law->beta * v * v / denominator, longer = 1 + law->lambda * vds;
    slope[0] = law->beta * v * (1 + denominator) / (denominator * denominator) * knee * longer;
    slope[1] = gain * ((below > 0 ? law->alpha * square * longer : 0) + law->lambda * knee);
    *size = fabs(slope[0] * law->fet.vto) + gain * knee * (1 + fabs(law->lambda * vds));
    return gain * knee * longer;
}

static double channel(const void *law, const double *x, double *slope, double *size)
{
    return junction_fet_channel(forward, law, x, slope, size);
}

static struct interval_dual forward_over(const void *of, struct interval_dual vgs, struct interval_dual vds,
                                         struct interval_dual unused)
{
    const struct law *law = of;
    struct interval_dual v = interval_dual_above(interval_dual_shift(vgs, -law->fet.vto), 0);
    struct interval_dual third = interval_dual_over(interval_dual_scale(law->alpha, vds), interval_dual_of(3));
    struct interval_dual below = interval_dual_above(interval_dual_subtract(interval_dual_of(1), third), 0);
    struct interval_dual knee = interval_dual_subtract(interval_dual_of(1), interval_dual_power(below, 3));
    struct interval_dual denominator = interval_dual_shift(interval_dual_scale(law->b, v), 1);
    struct interval_dual gain = interval_dual_over(interval_dual_square(v), denominator);
    gain = interval_dual_scale(law->beta, gain);
    struct interval_dual longer = interval_dual_shift(interval_dual_scale(law->lambda, vds), 1);
    (void)unused;
    return interval_dual_times(gain, interval_dual_times(knee, longer));
}

static bool over(const void *law, const struct interval *x, struct interval *value, struct interval *slope)
{
    return channel_range(forward_over, law, 2, x, value, slope);
}

static const struct device_function channel_function = {
    .n = 2, .at = channel, .limit = junction_fet_limit, .begin = junction_fet_begin, .over = over,
};

/* ---- parameters -------------------------------------------------------------------------------------------------- */

#define NUMBER(name, otherwise) {#name, offsetof(struct mesfet_model, name), otherwise}
#define IDLE(name) {name, DEVICE_IDLE, NAN}

static const struct device_parameter model_parameters[] = {
    {"vt0", offsetof(struct mesfet_model, vto), -2}, {"vto", offsetof(struct mesfet_model, vto), NAN},
    NUMBER(alpha, 2), NUMBER(beta, 2.5e-3),
    NUMBER(lambda, 0), NUMBER(b, 0.3), NUMBER(rd, 0), NUMBER(rs, 0), NUMBER(is, 1e-14), IDLE("cgs"), IDLE("cgd"),
    IDLE("pb"), IDLE("fc"), IDLE("kf"), IDLE("af"), {NULL, DEVICE_IDLE, NAN},
};

static const struct device_parameter size_parameters[] = {
    {"area", offsetof(struct mesfet_size, area), 1}, IDLE("icvds"), IDLE("icvgs"), {NULL, DEVICE_IDLE, NAN},
};

static const char *make(void *out, const void *model_given, const void *size_given,
                        const struct device_conditions *conditions)
{
    struct law *law = out;
    const struct mesfet_model *model = model_given;
    double area = ((const struct mesfet_size *)size_given)->area, is = model->is * area;
    double vt = silicon_thermal(SILICON_REFERENCE);
    *law = (struct law){
        .fet = {
            .channel = &channel_function, .vt = vt, .vcrit = limiting_critical(vt, fmax(is, 1e-28)),
            .vto = model->vto, .rd = model->rd / area, .rs = model->rs / area,
            .gmin = conditions->gmin, .has_gate = is > 0, .gate = junction_plain(is, vt, conditions->gmin),
        },
        .alpha = model->alpha, .beta = model->beta * area,
        .lambda = model->lambda, .b = model->b,
    };
    if (!(area > 0))
        return "the area must be positive";
    if (!(law->fet.rd >= 0) || !(law->fet.rs >= 0) || !(is >= 0) || !(law->beta >= 0) || !(law->b >= 0))
        return "RD, RS, IS, BETA and B must not be negative";
    if (!(law->alpha > 0))
        return "ALPHA must be positive";
    return NULL;
}

static const struct device_quantity quantities[] = {
    {"vgs", "V", junction_fet_vgs},    {"vgd", "V", junction_fet_vgd},         {"cg", "A", junction_fet_gated},
    {"cd", "A", junction_fet_drain},   {"cgd", "A", junction_fet_gate_drain},  {"gm", "S", junction_fet_gm},
    {"gds", "S", junction_fet_gds},    {"ggs", "S", junction_fet_ggs},         {"ggd", "S", junction_fet_ggd},
    {"is", "A", junction_fet_source},  {"p", "W", junction_fet_power},         {NULL, NULL, NULL},
};

const struct device_kind mesfet_kind = {
    .what = "MESFET",
    .least = 3, .most = 3, .nodes = JUNCTION_FET_NODES, .node = junction_fet_node,
    .model_size = sizeof(struct mesfet_model), .size_size = sizeof(struct mesfet_size), .law_size = sizeof(struct law),
    .model = model_parameters, .size = size_parameters,
    .make = make, .shape = junction_fet_shape, .quantity = quantities,
};
