#include "laws/mos1.h"
#include "laws/mos.h"

struct mos1_law {
    struct mos_law common;
    double beta, lambda; /* A/V^2, 1/V */
};

static const struct device_parameter parameters[] = {
    MOS_COMMON_PARAMETERS, MOS_PARAMETER(kp, NAN), MOS_PARAMETER(lambda, 0), MOS_IDLE_PARAMETERS,
    {"pb", DEVICE_IDLE, NAN}, {NULL, DEVICE_IDLE, NAN},
};

static void channel_at(const struct mos_law *common, const double *x, struct mos_channel *channel)
{
    const struct mos1_law *law = (const struct mos1_law *)common;
    struct dual vds = dual_variable(x[1], 1);
    struct dual von = dual_shift(dual_scale(common->gamma, mos_root(common, x[2])), common->vbi);
    struct dual drive = dual_subtract(dual_variable(x[0], 0), von);
    *channel = (struct mos_channel){.von = von.v, .vdsat = fmax(drive.v, 0)};
    if (drive.v <= 0)
        return;
    struct dual beta = dual_scale(law->beta, dual_shift(dual_scale(law->lambda, vds), 1));
    if (drive.v <= x[1])
        channel->current = dual_times(beta, dual_scale(0.5, dual_square(drive)));
    else
        channel->current = dual_times(beta, dual_times(vds, dual_subtract(drive, dual_scale(0.5, vds))));
}

static struct interval_dual over(const void *data, struct interval_dual vgs, struct interval_dual vds,
                                 struct interval_dual vbs)
{
    const struct mos1_law *law = data;
    const struct mos_law *common = &law->common;
    struct interval_dual von = interval_dual_scale(common->gamma, mos_root_range(common, vbs));
    von = interval_dual_shift(von, common->vbi);
    struct interval_dual drive = interval_dual_above(interval_dual_subtract(vgs, von), 0);
    struct interval_dual longer = interval_dual_shift(interval_dual_scale(law->lambda, vds), 1);
    return interval_dual_times(interval_dual_scale(law->beta, longer), channel_square(drive, vds));
}

static const struct mos_rules rules = {.tox = NAN, .nrd = 1, .channel = channel_at, .range = over};

static const char *make(void *data, const void *model_data, const void *size,
                        const struct device_conditions *conditions)
{
    struct mos1_law *law = data;
    const struct mos_model *model = model_data;
    const char *wrong = mos_make(&law->common, &rules, model, size, conditions);
    if (wrong)
        return wrong;
    law->beta = law->common.kp * law->common.width / law->common.length;
    law->lambda = model->lambda;
    return NULL;
}

const struct device_kind mos1_kind = {
    MOS_KIND, .node = mos_nodes, .law_size = sizeof(struct mos1_law), .model = parameters, .make = make, .scales = true,
};
