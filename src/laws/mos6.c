#include "laws/mos6.h"
#include "laws/mos.h"

struct mos6_law {
    struct mos_law common;
    double beta;                        /* A/V^NC */
    double kv, nv, nc;                  /* V^(1 - NV), 1, 1 */
    double gamma1, sigma;               /* 1, 1 */
    double lambda0, lambda1;            /* 1/V, 1/V^2 */
};

static const struct device_parameter parameters[] = {
    MOS_COMMON_PARAMETERS, MOS_PARAMETER(kv, 2), MOS_PARAMETER(nv, 0.5), MOS_PARAMETER(kc, NAN), MOS_PARAMETER(nc, 1),
    MOS_PARAMETER(gamma1, 0), MOS_PARAMETER(sigma, 0), MOS_PARAMETER(lambda, 0), MOS_PARAMETER(lambda0, NAN),
    MOS_PARAMETER(lambda1, 0), MOS_IDLE_PARAMETERS, {"pb", DEVICE_IDLE, NAN}, {"nvth", DEVICE_IDLE, NAN},
    {"ps", DEVICE_IDLE, NAN}, {NULL, DEVICE_IDLE, NAN},
};

static void channel_at(const struct mos_law *common, const double *x, struct mos_channel *channel)
{
    const struct mos6_law *law = (const struct mos6_law *)common;
    struct dual vds = dual_variable(x[1], 1), vbs = dual_variable(x[2], 2);
    struct dual von = dual_shift(dual_scale(common->gamma, mos_root(common, x[2])), common->vbi);
    von = dual_subtract(von, dual_add(dual_scale(law->gamma1, vbs), dual_scale(law->sigma, vds)));
    struct dual drive = dual_subtract(dual_variable(x[0], 0), von);
    *channel = (struct mos_channel){.von = von.v};
    if (drive.v <= 0)
        return;
    struct dual vdsat = dual_scale(law->kv, dual_power(drive, law->nv));
    struct dual lambda = dual_shift(dual_scale(-law->lambda1, vbs), law->lambda0);
    struct dual i = dual_scale(law->beta, dual_power(drive, law->nc));
    i = dual_times(i, dual_shift(dual_times(lambda, vds), 1));
    channel->vdsat = vdsat.v;
    if (vdsat.v > x[1]) {
        struct dual part = dual_over(vds, vdsat);
        i = dual_times(i, dual_times(part, dual_shift(dual_scale(-1, part), 2)));
    }
    channel->current = i;
}

/* part (2 - part), part from 0 to 1: it rises */
static struct interval_dual bent(struct interval_dual part)
{
    struct interval two = interval_point(2), low = interval_point(part.v.low), high = interval_point(part.v.high);
    struct interval v = {interval_product(low, interval_difference(two, low)).low,
                         interval_product(high, interval_difference(two, high)).high};
    struct interval slope = interval_product(two, interval_difference(interval_point(1), part.v));
    return interval_dual_chain(part, v, slope);
}

static struct interval_dual over(const void *data, struct interval_dual vgs, struct interval_dual vds,
                                 struct interval_dual vbs)
{
    const struct mos6_law *law = data;
    const struct mos_law *common = &law->common;
    struct interval_dual von = interval_dual_scale(common->gamma, mos_root_range(common, vbs));
    von = interval_dual_subtract(von, interval_dual_scale(law->gamma1, vbs));
    von = interval_dual_shift(interval_dual_subtract(von, interval_dual_scale(law->sigma, vds)), common->vbi);
    struct interval_dual drive = interval_dual_above(interval_dual_subtract(vgs, von), 0);
    if (drive.v.high <= 0)
        return interval_dual_of(0);
    struct interval_dual vdsat = interval_dual_scale(law->kv, interval_dual_power(drive, law->nv));
    struct interval_dual part = interval_dual_least(interval_dual_over(vds, vdsat), interval_dual_of(1));
    struct interval_dual lambda = interval_dual_shift(interval_dual_scale(-law->lambda1, vbs), law->lambda0);
    struct interval_dual longer = interval_dual_shift(interval_dual_times(lambda, vds), 1);
    struct interval_dual i = interval_dual_scale(law->beta, interval_dual_power(drive, law->nc));
    return interval_dual_times(interval_dual_times(i, longer), bent(part));
}

static const struct mos_rules rules = {
    .tox = NAN, .nrd = 0, .gmin_of_each = true, .channel = channel_at, .range = over,
};

static const char *make(void *data, const void *model_data, const void *size,
                        const struct device_conditions *conditions)
{
    struct mos6_law *law = data;
    const struct mos_model *model = model_data;
    const char *wrong = mos_make(&law->common, &rules, model, size, conditions);
    if (wrong)
        return wrong;
    const struct mos_law *common = &law->common;
    double kc = given(model->kc, common->cox > 0 ? 0.5 * common->uo * 1e-4 * common->cox : 5e-5);
    law->beta = kc / common->mobility_falls * common->width / common->length;
    law->kv = model->kv;
    law->nv = model->nv;
    law->nc = model->nc;
    law->gamma1 = model->gamma1;
    law->sigma = model->sigma;
    law->lambda0 = given(model->lambda0, model->lambda);
    law->lambda1 = model->lambda1;
    if (!(law->kv > 0))
        return "KV must be positive";
    if (!(law->nv > 0) || !(law->nc > 0) || law->nv > 30 || law->nc > 30)
        return "NV and NC must be positive, and at most 30";
    return NULL;
}

const struct device_kind mos6_kind = {
    MOS_KIND, .node = mos_nodes, .law_size = sizeof(struct mos6_law), .model = parameters, .make = make,
};
