#include "laws/mos2.h"
#include "laws/mos.h"
#include "laws/silicon.h"

#include <float.h>

struct mos2_law {
    struct mos_law common;
    double beta;         /* A/V^2 */
    double narrow;       /* 1: n of mos2.h */
    double xj;           /* m */
    double states;       /* 1: q NFS / Cox */
    double uexp, ucrit;  /* 1, V: UCRIT eps / Cox */
    double drift;        /* V: L VMAX / UO; 0: no VMAX */
    double lambda;       /* 1/V */
    double depletion;    /* sqrt(V): X / L, or X' / L with VMAX; 0: no NSUB */
    double end;          /* 1: B / L */
};

static const struct device_parameter parameters[] = {
    MOS_COMMON_PARAMETERS, MOS_PARAMETER(kp, NAN), MOS_PARAMETER(lambda, 0), MOS_PARAMETER(pb, 0.8),
    MOS_PARAMETER(delta, 0), MOS_PARAMETER(uexp, 0), MOS_PARAMETER(ucrit, 1e4), MOS_PARAMETER(vmax, 0),
    MOS_PARAMETER(xj, 0), MOS_PARAMETER(neff, 1), MOS_PARAMETER(nfs, 0), MOS_IDLE_PARAMETERS, {NULL, DEVICE_IDLE, NAN},
};

/* The channel's voltages, and what rests on them; letters as in mos2.h. */
struct bias {
    struct dual vgs, vds, vbs, surface; /* surface: PHI - vbs */
    struct dual source, drain;          /* S, D */
    struct dual body, body_slope;       /* G and its derivative by vbs */
    struct dual vbin, vth, von, width;  /* width: Vt xn, or 0 */
    struct dual gate;                   /* g */
    struct dual mobility;               /* U */
};

/* s(v), and its derivative by v */
static struct dual root_at(const struct mos_law *law, struct dual v, struct dual *slope)
{
    if (v.v <= 0) {
        struct dual root = dual_sqrt(dual_shift(dual_scale(-1, v), law->phi));
        *slope = dual_over(dual_of(-0.5), root);
        return root;
    }
    double phi = sqrt(law->phi);
    struct dual root = dual_over(dual_of(phi), dual_shift(dual_scale(0.5 / law->phi, v), 1));
    *slope = dual_scale(-0.5 / (phi * law->phi), dual_square(root));
    return root;
}

/* The share of the bulk charge that an end of the channel takes, by its depletion layer, and its derivative by vbs. */
static struct dual share(const struct mos2_law *law, struct dual root, struct dual root_slope, struct dual *slope)
{
    double x = law->common.xd, length = law->common.length;
    if (law->xj == 0 || x == 0)
        return *slope = dual_of(0);
    struct dual reach = dual_sqrt(dual_shift(dual_scale(2 * x / law->xj, root), 1));
    *slope = dual_scale(0.5 * x / length, dual_over(root_slope, reach));
    return dual_scale(0.5 * law->xj / length, dual_shift(reach, -1));
}

static struct bias bias_at(const struct mos2_law *law, const double *x)
{
    const struct mos_law *common = &law->common;
    struct bias b = {.vgs = dual_variable(x[0], 0), .vds = dual_variable(x[1], 1), .vbs = dual_variable(x[2], 2)};
    struct dual source_slope, drain_slope, at_source, at_drain;
    b.surface = dual_shift(dual_scale(-1, b.vbs), common->phi);
    b.source = root_at(common, b.vbs, &source_slope);
    b.drain = root_at(common, dual_subtract(b.vbs, b.vds), &drain_slope);
    struct dual taken = share(law, b.source, source_slope, &at_source);
    taken = dual_add(taken, share(law, b.drain, drain_slope, &at_drain));
    b.body = dual_scale(common->gamma, dual_shift(dual_scale(-1, taken), 1));
    b.body_slope = dual_scale(-common->gamma, dual_add(at_source, at_drain));
    b.vbin = dual_shift(dual_scale(law->narrow, b.surface), common->vbi);
    b.vth = b.von = dual_add(b.vbin, dual_times(b.body, b.source));
    b.width = dual_of(0);
    b.gate = b.vgs;
    if (law->states > 0) {
        struct dual bent = dual_add(dual_times(b.body, source_slope), dual_times(b.body_slope, b.source));
        struct dual ideality = dual_shift(dual_scale(-1, bent), 1 + law->states + law->narrow);
        b.width = dual_scale(common->vt, ideality.v >= 0.01 ? ideality : dual_of(0.01));
        b.von = dual_add(b.vth, b.width);
        b.gate = b.vgs.v > b.von.v ? b.vgs : b.von;
    }
    struct dual over = dual_subtract(b.vgs, b.von);
    b.mobility = law->uexp != 0 && over.v > law->ucrit
                     ? dual_power(dual_scale(1 / law->ucrit, over), -law->uexp)
                     : dual_of(1);
    return b;
}

/* s(v), and its derivative by v */
static double plain_root(const struct mos_law *law, double v, double *slope)
{
    double phi = sqrt(law->phi), root = v <= 0 ? sqrt(law->phi - v) : phi / (1 + 0.5 / law->phi * v);
    *slope = v <= 0 ? -0.5 / root : -0.5 / (phi * law->phi) * root * root;
    return root;
}

static double plain_share(const struct mos2_law *law, double root, double root_slope, double *slope)
{
    double x = law->common.xd, length = law->common.length, reach = sqrt(2 * x / law->xj * root + 1);
    *slope = 0.5 * x / length * root_slope / reach;
    return 0.5 * law->xj / length * (reach - 1);
}

/* von as in bias_at, without derivatives. */
static double von_at(const struct mos_law *common, const double *x)
{
    const struct mos2_law *law = (const struct mos2_law *)common;
    double source_slope, drain_slope, at_source = 0, at_drain = 0, taken = 0;
    double source = plain_root(common, x[2], &source_slope), drain = plain_root(common, x[2] - x[1], &drain_slope);
    if (law->xj != 0 && common->xd != 0)
        taken = plain_share(law, source, source_slope, &at_source) + plain_share(law, drain, drain_slope, &at_drain);
    double body = common->gamma * (1 - taken), body_slope = -common->gamma * (at_source + at_drain);
    double vth = common->vbi + law->narrow * (common->phi - x[2]) + body * source;
    double ideality = 1 + law->states + law->narrow - (body * source_slope + body_slope * source);
    return law->states > 0 ? vth + common->vt * fmax(ideality, 0.01) : vth;
}

/* ---- the end of the channel -------------------------------------------------------------------------------------- */

/* x^4 + c[3] x^3 + c[2] x^2 + c[1] x + c[0] */
static double quartic(const double *c, double x, double *slope)
{
    double value = (((x + c[3]) * x + c[2]) * x + c[1]) * x + c[0];
    *slope = ((4 * x + 3 * c[3]) * x + 2 * c[2]) * x + c[1];
    return value;
}

/* The root between low and high, where it has different signs: Newton's method within bisection. */
static double root_between(const double *c, double low, double high)
{
    double slope, sign = quartic(c, low, &slope) > 0 ? 1 : -1, x = low + (high - low) / 2;
    for (int step = 0; step < 200 && high - low > DBL_EPSILON * high; step++) {
        double value = sign * quartic(c, x, &slope), next = x - value / (sign * slope);
        if (value == 0)
            return x;
        *(value > 0 ? &low : &high) = x;
        if (fabs(next - x) <= DBL_EPSILON / 2 * x)
            return x;
        x = next > low && next < high && step % 8 != 7 ? next : low + (high - low) / 2;
    }
    return x;
}

/* Where its slope is 0, in order: the real roots of x^3 + p x^2 + q x + r by Cardano's formula and Vieta's. Returns how
 * many. */
static int extremes(const double *c, double *x)
{
    const double third = 2 * acos(-1) / 3;
    double p = 0.75 * c[3], q = c[2] / 2, r = c[1] / 4, centre = -p / 3;
    double a = q - p * p / 3, b = p * (2 * p * p / 27 - q / 3) + r, inside = b * b / 4 + a * a * a / 27;
    if (inside > 0) {
        double root = cbrt(-b / 2 - copysign(sqrt(inside), b));
        x[0] = centre + root - a / (3 * root);
        return 1;
    }
    double size = 2 * sqrt(-a / 3), angle = size > 0 ? acos(fmin(fmax(3 * b / (a * size), -1), 1)) / 3 : 0;
    x[0] = centre + size * cos(angle + third);
    x[1] = centre + size * cos(angle - third);
    x[2] = centre + size * cos(angle);
    return 3;
}

/* Its least positive root, between these; false: there is none. */
static bool least_positive_root(const double *c, double *root)
{
    double extreme[3], slope, low = 0, at_low = c[0];
    int count = extremes(c, extreme);
    for (int k = 0; k <= count; k++) {
        double high = k < count ? extreme[k] : low + 1;
        if (high <= 0)
            continue;
        double at_high = quartic(c, high, &slope);
        for (double way = 2; k == count && at_high <= 0 && isfinite(at_high); way *= 2)
            at_high = quartic(c, high = low + way, &slope);
        if (at_low != 0 && at_high != 0 && (at_low > 0) != (at_high > 0)) {
            *root = root_between(c, low, high);
            return true;
        }
        low = high;
        at_low = at_high;
    }
    return false;
}

/* x of Baum's theory: the least positive root of x^4 + a x^3 + b x^2 + c x + d; false: there is none. */
static bool scattered(const struct mos2_law *law, const struct bias *bias, struct dual charge, struct dual body,
                      struct dual *x)
{
    struct dual velocity = dual_over(dual_of(law->drift), bias->mobility);
    struct dual cube = dual_times(bias->source, dual_square(bias->source));
    struct dual reach = dual_add(bias->surface, velocity);
    struct dual term[] = {
        dual_subtract(dual_subtract(dual_scale(2, dual_times(charge, reach)), dual_square(bias->surface)),
                      dual_scale(4.0 / 3, dual_times(body, cube))),
        dual_scale(-2, dual_times(body, velocity)),
        dual_scale(-2, dual_add(charge, velocity)),
        dual_scale(4.0 / 3, body),
    };
    const double c[] = {term[0].v, term[1].v, term[2].v, term[3].v};
    double root, slope, power = 1, shift[DUALS] = {0}, error;
    if (!least_positive_root(c, &root))
        return false;
    error = root * root * root * root;
    quartic(c, root, &slope);
    for (int k = 0; k < 4; k++, power *= root) {
        error += power * (term[k].e + fabs(term[k].v));
        for (int j = 0; j < DUALS; j++)
            shift[j] += power * term[k].d[j];
    }
    *x = (struct dual){.v = root, .e = error / fabs(slope)};
    for (int j = 0; j < DUALS; j++)
        x->d[j] = -shift[j] / slope;
    return slope != 0;
}

static struct dual saturation(const struct mos2_law *law, const struct bias *bias)
{
    double eta = 1 + law->narrow;
    struct dual body = dual_scale(1 / eta, bias->body), x;
    struct dual long_channel = dual_scale(1 / eta, dual_subtract(bias->gate, bias->vbin)), vdsat = long_channel;
    struct dual charge = dual_add(long_channel, bias->surface);
    if (body.v > 0) {
        if (charge.v <= 0)
            return dual_of(0);
        struct dual bent = dual_sqrt(dual_shift(dual_scale(4, dual_over(charge, dual_square(body))), 1));
        vdsat = dual_subtract(vdsat, dual_over(dual_scale(2, charge), dual_shift(bent, 1)));
    }
    if (law->drift > 0 && bias->gate.v > bias->vth.v && scattered(law, bias, charge, body, &x))
        vdsat = dual_subtract(dual_square(x), bias->surface);
    return vdsat.v > 0 ? vdsat : dual_of(0);
}

/* What is left of the channel's length. */
static struct dual left(const struct mos2_law *law, const struct bias *bias, struct dual vdsat)
{
    struct dual beyond = dual_subtract(bias->vds, vdsat), lost = dual_of(0);
    if (law->lambda > 0) {
        lost = dual_scale(law->lambda, bias->vds);
    } else if (law->depletion > 0 && law->drift == 0) {
        struct dual a = dual_scale(0.25, beyond), whole = dual_sqrt(dual_shift(dual_square(a), 1));
        /* a + sqrt(1 + a^2), without its difference where a < 0 */
        struct dual sum = a.v >= 0 ? dual_add(whole, a) : dual_over(dual_of(1), dual_subtract(whole, a));
        lost = dual_scale(law->depletion, dual_sqrt(sum));
    } else if (law->depletion > 0 && beyond.v > 0) {
        struct dual w = dual_over(dual_of(0.5 * law->drift * law->depletion), bias->mobility);
        struct dual whole = dual_sqrt(dual_add(dual_square(w), beyond));
        lost = dual_scale(law->depletion, dual_over(beyond, dual_add(whole, w)));
    }
    if (1 - lost.v >= law->end)
        return dual_shift(dual_scale(-1, lost), 1);
    struct dual past = dual_scale(1 / law->end, dual_shift(lost, law->end - 1));
    return dual_over(dual_of(law->end), dual_shift(past, 1));
}

/* s(vbs - v) - s(vbs), as precise as v itself. */
static struct dual rise(const struct mos_law *law, const struct bias *bias, struct dual v, struct dual end)
{
    if (bias->vbs.v <= 0)
        return dual_over(v, dual_add(end, bias->source));
    if (bias->vbs.v - v.v > 0)
        return dual_scale(0.5 / (law->phi * sqrt(law->phi)), dual_times(v, dual_times(end, bias->source)));
    struct dual from_zero = dual_over(dual_subtract(v, bias->vbs), dual_shift(end, sqrt(law->phi)));
    return dual_add(from_zero, dual_scale(0.5 / law->phi, dual_times(bias->vbs, bias->source)));
}

static void channel_at(const struct mos_law *common, const double *x, struct mos_channel *channel)
{
    const struct mos2_law *law = (const struct mos2_law *)common;
    struct bias bias = bias_at(law, x);
    *channel = (struct mos_channel){.von = bias.von.v};
    if (law->states == 0 && bias.vgs.v <= bias.vbin.v)
        return;
    struct dual vdsat = saturation(law, &bias), unused, length = left(law, &bias, vdsat);
    bool linear = bias.vds.v <= vdsat.v;
    struct dual v = linear ? bias.vds : vdsat;
    struct dual end = linear ? bias.drain : root_at(common, dual_subtract(bias.vbs, vdsat), &unused);
    struct dual line = dual_subtract(dual_subtract(bias.gate, bias.vbin), dual_scale(0.5 * (1 + law->narrow), v));
    /* end^3 - source^3, by its factors */
    struct dual factor = dual_add(dual_add(dual_square(end), dual_times(end, bias.source)), dual_square(bias.source));
    struct dual cubes = dual_times(rise(common, &bias, v, end), factor);
    struct dual charge = dual_scale(2.0 / 3, dual_times(bias.body, cubes));
    struct dual i = dual_scale(law->beta, dual_subtract(dual_times(line, v), charge));
    channel->vdsat = vdsat.v;
    channel->current = dual_over(dual_times(i, bias.mobility), length);
    if (bias.vgs.v < bias.gate.v) {
        struct dual below = dual_over(dual_subtract(bias.vgs, bias.von), bias.width);
        channel->current = dual_times(channel->current, mos_weak(below));
    }
}

/* ---- from the cards ---------------------------------------------------------------------------------------------- */

static const struct mos_rules rules = {.tox = 1e-7, .nrd = 1, .channel = channel_at, .von = von_at};

static const char *complaint(const struct mos2_law *law, const struct mos_model *model)
{
    if (!(law->common.uo > 0) || !(model->ucrit > 0) || !(model->neff > 0))
        return "UO, UCRIT and NEFF must be positive";
    if (law->xj < 0 || law->states < 0 || !(1 + law->narrow > 0))
        return "XJ, NFS and DELTA must not be negative";
    if (!(law->common.pb > 0))
        return "PB is not positive at this temperature";
    return NULL;
}

static const char *make(void *data, const void *model_data, const void *size,
                        const struct device_conditions *conditions)
{
    struct mos2_law *law = data;
    const struct mos_model *model = model_data;
    const char *wrong = mos_make(&law->common, &rules, model, size, conditions);
    if (wrong)
        return wrong;
    const struct mos_law *common = &law->common;
    double cox = common->cox, length = common->length, vmax = model->vmax;
    law->beta = common->kp * common->width / length;
    law->narrow = model->delta * 0.25 * M_PI * EPSILON_SILICON / cox / common->width;
    law->xj = model->xj;
    law->states = SILICON_CHARGE * model->nfs * 1e4 / cox;
    law->uexp = model->uexp;
    law->ucrit = model->ucrit * 100 * EPSILON_SILICON / cox;
    law->drift = vmax > 0 ? length * vmax / (common->uo * 1e-4) : 0;
    law->lambda = model->lambda;
    law->depletion = common->xd / (vmax > 0 ? sqrt(model->neff) : 1) / length;
    law->end = common->xd > 0 ? common->xd * sqrt(common->pb) / length : 0.25e-6 / length;
    return complaint(law, model);
}

const struct device_kind mos2_kind = {
    MOS_KIND, .node = mos_inner_nodes, .law_size = sizeof(struct mos2_law), .model = parameters, .make = make,
    .scales = true,
};
