#include "laws/mos3.h"
#include "laws/mos.h"
#include "laws/silicon.h"

struct mos3_law {
    struct mos_law common;
    double beta;          /* A/V^2 */
    double eta;           /* 1: the threshold's fall with vds */
    double xj, ld;        /* m; xj = 0: no short channel factor */
    double narrow;        /* 1: n of mos3.h */
    double states;        /* 1: q NFS / Cox */
    bool subthreshold;    /* NFS is given, and not 0 */
    double theta, kappa;  /* 1/V, 1 */
    double drift;         /* V: L VMAX / UO; 0: no VMAX */
    double alpha;         /* m^2/V */
};

static const struct device_parameter parameters[] = {
    MOS_COMMON_PARAMETERS, MOS_PARAMETER(kp, NAN), MOS_PARAMETER(xl, 0), MOS_PARAMETER(wd, 0), MOS_PARAMETER(xw, 0),
    MOS_PARAMETER(delvto, 0), {"delvt0", offsetof(struct mos_model, delvto), NAN}, MOS_PARAMETER(vmax, 0),
    MOS_PARAMETER(xj, 0), MOS_PARAMETER(nfs, 0), MOS_PARAMETER(eta, 0), MOS_PARAMETER(delta, 0),
    MOS_PARAMETER(theta, 0), MOS_PARAMETER(kappa, 0.2), MOS_IDLE_PARAMETERS, {"pb", DEVICE_IDLE, NAN},
    {"xd", DEVICE_IDLE, NAN}, {"alpha", DEVICE_IDLE, NAN}, {"input_delta", DEVICE_IDLE, NAN}, {NULL, DEVICE_IDLE, NAN},
};

/* The voltages of a channel at its bulk's voltage, and what rests on them. */
struct bulk {
    struct dual root, square;   /* s, s^2 */
    struct dual short_channel;  /* GAMMA Fs */
    struct dual charge;         /* GAMMA Fs s + n s^2 */
    struct dual factor;         /* 1 + Fb */
};

/* Dang's short channel factor. */
static struct dual short_channel(const struct mos3_law *law, struct dual root)
{
    static const double coefficient[] = {0.0631353, 0.8013292, -0.01110777};
    if (law->xj == 0 || law->common.xd == 0)
        return dual_of(1);
    double lateral = law->ld / law->xj;
    struct dual depth = dual_scale(law->common.xd / law->xj, root);
    struct dual bent = dual_shift(dual_times(depth, dual_shift(dual_scale(coefficient[2], depth), coefficient[1])),
                                  coefficient[0] + lateral);
    struct dual slant = dual_over(dual_sqrt(dual_shift(dual_scale(2, depth), 1)), dual_shift(depth, 1));
    struct dual lost = dual_shift(dual_times(bent, slant), -lateral);
    return dual_shift(dual_scale(-law->xj / law->common.length, lost), 1);
}

static struct bulk bulk_at(const struct mos3_law *law, double vbs)
{
    const struct mos_law *common = &law->common;
    struct dual v = dual_variable(vbs, 2);
    struct bulk bulk;
    if (vbs <= 0) {
        bulk.square = dual_shift(dual_scale(-1, v), common->phi);
        bulk.root = dual_sqrt(bulk.square);
    } else {
        bulk.root = dual_over(dual_of(sqrt(common->phi)), dual_shift(dual_scale(0.5 / common->phi, v), 1));
        bulk.square = dual_square(bulk.root);
    }
    bulk.short_channel = dual_scale(common->gamma, short_channel(law, bulk.root));
    bulk.charge = dual_add(dual_times(bulk.short_channel, bulk.root), dual_scale(law->narrow, bulk.square));
    bulk.factor = dual_shift(dual_scale(0.25, dual_over(bulk.short_channel, bulk.root)), 1 + law->narrow);
    if (bulk.factor.v < 0.01)
        bulk.factor = dual_of(0.01);
    return bulk;
}

/* By how much the channel is shorter: dL / L at the saturated current i and c = drift of mos3.h. */
static struct dual shortening(const struct mos3_law *law, struct dual vds, struct dual vdsat, struct dual i,
                              struct dual c)
{
    double length = law->common.length, stretch = law->kappa * law->alpha;
    struct dual beyond = dual_subtract(vds, vdsat), way;
    if (stretch == 0 || (law->drift > 0 && beyond.v <= 0))
        return dual_of(0);
    if (law->drift > 0) {
        struct dual ratio = dual_over(vdsat, c), saturated = dual_over(ratio, dual_shift(ratio, 1));
        struct dual slope = dual_over(dual_times(i, saturated), c);
        struct dual field = slope.v > 1e-12 ? dual_over(c, saturated) : dual_scale(1e12, i);
        field = dual_scale(0.5 * law->kappa * law->alpha / length, field);
        struct dual under = dual_scale(stretch, beyond), root = dual_sqrt(dual_add(dual_square(field), under));
        way = dual_over(under, dual_add(root, field));
    } else if (beyond.v > 0) {
        way = dual_sqrt(dual_scale(stretch, dual_add(beyond, dual_scale(0.125, vdsat))));
    } else {
        struct dual part = dual_square(dual_square(dual_over(vds, vdsat)));
        way = dual_times(part, dual_sqrt(dual_scale(stretch / 8, vdsat)));
    }
    struct dual relative = dual_scale(1 / length, way);
    return relative.v <= 0.5 ? relative : dual_shift(dual_over(dual_of(-0.25), relative), 1);
}

/* The current with `drive` at the gate and v along the channel. */
static struct dual strong(const struct mos3_law *law, const struct bulk *bulk, struct dual drive, struct dual vds,
                          double *vdsat)
{
    struct dual mobility = dual_shift(dual_scale(law->theta, drive), 1), c = dual_of(INFINITY);
    if (mobility.v < 0.01)
        mobility = dual_of(0.01);
    struct dual end = dual_over(drive, bulk->factor);
    if (law->drift > 0) {
        c = dual_scale(law->drift, mobility);
        struct dual long_channel = end, root = dual_sqrt(dual_add(dual_square(end), dual_square(c)));
        /* a + c - sqrt(a^2 + c^2) without its difference */
        end = dual_over(dual_scale(2, dual_times(long_channel, c)), dual_add(dual_add(long_channel, c), root));
    }
    *vdsat = end.v;
    struct dual v = vds.v < end.v ? vds : end;
    struct dual inner = dual_subtract(drive, dual_scale(0.5, dual_times(bulk->factor, v)));
    struct dual i = dual_over(dual_scale(law->beta, dual_times(inner, v)), mobility);
    if (law->drift > 0)
        i = dual_over(i, dual_shift(dual_over(v, c), 1));
    if (v.v == 0)
        return i;
    struct dual shorter = shortening(law, vds, end, i, c);
    return dual_over(i, dual_shift(dual_scale(-1, shorter), 1));
}

static void channel_at(const struct mos_law *common, const double *x, struct mos_channel *channel)
{
    const struct mos3_law *law = (const struct mos3_law *)common;
    struct bulk bulk = bulk_at(law, x[2]);
    struct dual vgs = dual_variable(x[0], 0), vds = dual_variable(x[1], 1);
    struct dual vth = dual_shift(dual_subtract(bulk.charge, dual_scale(law->eta, vds)), common->vbi);
    struct dual drive = dual_subtract(vgs, vth), width = dual_of(0);
    if (law->subthreshold) {
        struct dual ideality = dual_shift(dual_scale(0.5, dual_over(bulk.charge, bulk.square)), 1 + law->states);
        width = dual_scale(common->vt, ideality);
    }
    *channel = (struct mos_channel){.von = vth.v + width.v};
    bool weak = drive.v < width.v;
    if (!law->subthreshold && drive.v <= 0)
        return;
    channel->current = strong(law, &bulk, weak ? width : drive, vds, &channel->vdsat);
    if (weak) {
        struct dual below = dual_over(dual_subtract(drive, width), width);
        channel->current = dual_times(channel->current, mos_weak(below));
    }
}

static const struct mos_rules rules = {
    .tox = 1e-7, .nrd = 1, .ni_at_tnom = true, .generation = true, .channel = channel_at,
};

static const char *make(void *data, const void *model_data, const void *size,
                        const struct device_conditions *conditions)
{
    struct mos3_law *law = data;
    const struct mos_model *model = model_data;
    const char *wrong = mos_make(&law->common, &rules, model, size, conditions);
    if (wrong)
        return wrong;
    const struct mos_law *common = &law->common;
    double cox = common->cox, length = common->length, vmax = model->vmax;
    law->beta = common->kp * common->width / length;
    law->eta = model->eta * 8.15e-22 / (cox * length * length * length);
    law->xj = model->xj;
    law->ld = model->ld;
    law->narrow = model->delta * 0.5 * M_PI * EPSILON_SILICON / cox / common->width;
    law->states = SILICON_CHARGE * model->nfs * 1e4 / cox;
    law->subthreshold = law->states != 0;
    law->theta = model->theta;
    law->kappa = model->kappa;
    law->alpha = common->xd * common->xd;
    if (!(common->uo > 0))
        return "UO must be positive";
    law->drift = vmax > 0 ? length * vmax / (common->uo / common->mobility_falls * 1e-4) : 0;
    if (law->kappa < 0 || law->xj < 0 || law->states < 0)
        return "KAPPA, XJ and NFS must not be negative";
    return NULL;
}

const struct device_kind mos3_kind = {
    MOS_KIND, .node = mos_inner_nodes, .law_size = sizeof(struct mos3_law), .model = parameters, .make = make,
    .scales = true,
};
