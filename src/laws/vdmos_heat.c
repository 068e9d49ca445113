#include "laws/limiting.h"
#include "laws/mos.h"
#include "laws/silicon.h"
#include "laws/vdmos_parts.h"

/* ---- steps of Newton's method ------------------------------------------------------------------------------------ */

/* A temperature's step beyond 30 K grows with the logarithm of what the line asked for. */
static double limited_temperature(double before, double next)
{
    const double most = 30;
    double step = next - before;
    return fabs(step) <= most ? next : before + copysign(most + log10(fabs(step) / most), step);
}

static void limit_temperature(const void *law, const double *before, double *x)
{
    (void)law;
    x[0] = limited_temperature(before[0], x[0]);
}

/* ---- the channel ------------------------------------------------------------------------------------------------- */

/* x: vgs', vds', v(tj) */
static struct dual hot_channel(const struct vdmos_law *law, const double *x)
{
    const struct vdmos_temperature at = vdmos_heated(law, x[2], 2);
    const struct vdmos_channel channel = vdmos_channel(law, &at);
    return vdmos_channel_current(&channel, dual_variable(x[0], 0), dual_variable(x[1], 1));
}

static double channel_current(const void *law, const double *x, double *slope, double *size)
{
    const double near[] = {mos_near(x[0]), mos_near(x[1]), x[2]};
    return dual_straight_on(hot_channel(law, near), 3, x, near, slope, size);
}

static double channel_heat(const void *data, const double *x, double *slope, double *size)
{
    const struct vdmos_law *law = data;
    const double near[] = {mos_near(x[0]), mos_near(x[1]), x[2]};
    struct dual heat = dual_times(hot_channel(law, near), dual_variable(near[1], 1));
    return dual_straight_on(dual_scale(law->type, heat), 3, x, near, slope, size);
}

static void limit_channel(const void *law, const double *before, double *x)
{
    const struct vdmos_temperature at = vdmos_heated(law, before[2], 2);
    limiting_channel(before, x, vdmos_von(law, &at).v);
    x[2] = limited_temperature(before[2], x[2]);
}

static void begin_channel(const void *data, bool off, double *x)
{
    const struct vdmos_law *law = data;
    x[0] = off ? 0 : law->start;
    x[1] = x[2] = 0; /* T: TEMP */
}

/* ---- the body diode ---------------------------------------------------------------------------------------------- */

struct body {
    struct dual is, vt, vtb, bv; /* A, V: n Vt, nbv Vt, bv' */
};

/* exp(x), straight on beyond exp(JUNCTION_EXPONENT_LIMIT) */
static struct dual exponential(struct dual x)
{
    const double limit = JUNCTION_EXPONENT_LIMIT;
    return x.v > limit ? dual_scale(exp(limit), dual_shift(x, 1 - limit)) : dual_exp(x);
}

/* exp(x) - 1 */
static struct dual exponential_less(struct dual x)
{
    if (fabs(x.v) < 1)
        return dual_chain(x, expm1(x.v), exp(x.v));
    return dual_shift(exponential(x), -1);
}

/* Of a saturation current, as silicon_growth. */
static struct dual growth(const struct vdmos_model *model, const struct vdmos_temperature *at)
{
    struct dual logarithm = dual_chain(at->ratio, log(at->ratio.v), 1 / at->ratio.v);
    struct dual thermal = dual_scale(model->n * silicon_thermal(1), at->kelvin);
    struct dual gap = dual_over(dual_scale(model->eg, dual_shift(at->ratio, -1)), thermal);
    return dual_exp(dual_add(gap, dual_scale(model->xti / model->n, logarithm)));
}

/* bv', by derivatives of what it is the root of: is (exp((bv - bv') / vtb) - 1 + bv' / vt) = ibv. */
static struct dual breakdown(const struct vdmos_model *model, const struct body *body, struct dual vt)
{
    const double flattest = 1e-6; /* of the root's own slope is / vt, where its curve has all but a minimum */
    double bv = model->bv;
    if (isnan(bv))
        return dual_of(INFINITY);
    double root = junction_breakdown(bv, model->ibv, body->is.v, body->vtb.v, vt.v);
    struct dual result = {.v = root, .e = fabs(root)};
    if (root == bv)
        return result;
    double e = exp((bv - root) / body->vtb.v), fall = fmax(e * vt.v / body->vtb.v - 1, flattest) * body->is.v / vt.v;
    for (int k = 0; k < DUALS; k++)
        result.d[k] = (model->ibv / body->is.v * body->is.d[k] -
                       body->is.v * (e * (bv - root) / body->vtb.v * body->vtb.d[k] / body->vtb.v +
                                     root / vt.v * vt.d[k] / vt.v)) / fall;
    return result;
}

static struct body body_at(const struct vdmos_law *law, const struct vdmos_temperature *at)
{
    const double least = 1e-28; /* A: as junction.c has it */
    const struct vdmos_model *model = &law->model;
    struct dual vt = dual_scale(silicon_thermal(1), at->kelvin);
    struct body body = {
        .is = dual_scale(fmax(model->is, least), growth(model, at)),
        .vt = dual_scale(model->n, vt),
        .vtb = dual_scale(model->nbv, vt),
    };
    body.bv = breakdown(model, &body, vt);
    return body;
}

/* J of junction.h at v. */
static struct dual forward(const struct body *body, struct dual v)
{
    return dual_times(body->is, exponential_less(dual_over(v, body->vt)));
}

static struct dual generation(const struct body *body, struct dual v)
{
    struct dual arg = dual_over(dual_scale(3 / exp(1), body->vt), v);
    return dual_scale(-1, dual_times(body->is, dual_shift(dual_times(arg, dual_square(arg)), 1)));
}

static struct dual reverse(const struct body *body, struct dual v)
{
    struct dual beyond = dual_scale(-1, dual_add(v, body->bv));
    return dual_scale(-1, dual_times(body->is, exponential(dual_over(beyond, body->vtb))));
}

/* Below bv', from generation to breakdown over a ramp. */
static struct dual broken(const struct body *body, struct dual v)
{
    struct dual thrice = dual_scale(-3, body->vt), edge = dual_scale(-1, body->bv);
    bool early = thrice.v < edge.v; /* breakdown begins before the generation region does */
    edge = early ? thrice : edge;
    struct dual wide = dual_scale(JUNCTION_RAMP, body->vt), deep = dual_subtract(edge, wide);
    if (v.v <= deep.v)
        return reverse(body, v);
    struct dual above = early ? forward(body, edge) : generation(body, edge), below = reverse(body, deep);
    struct dual share = dual_over(dual_subtract(v, deep), wide);
    return dual_add(below, dual_times(share, dual_subtract(above, below)));
}

/* x: its voltage, v(tj); with gmin across it */
static struct dual hot_diode(const struct vdmos_law *law, const double *x)
{
    const struct vdmos_temperature at = vdmos_heated(law, x[1], 1);
    const struct body body = body_at(law, &at);
    struct dual v = dual_variable(x[0], 0), i;
    if (v.v >= -3 * body.vt.v)
        i = forward(&body, v);
    else if (v.v >= -body.bv.v)
        i = generation(&body, v);
    else
        i = broken(&body, v);
    return dual_add(i, dual_scale(law->gmin, v));
}

static double diode_current(const void *law, const double *x, double *slope, double *size)
{
    return dual_straight_on(hot_diode(law, x), 2, x, x, slope, size);
}

static double diode_heat(const void *data, const double *x, double *slope, double *size)
{
    const struct vdmos_law *law = data;
    struct dual heat = dual_times(hot_diode(law, x), dual_variable(x[0], 0));
    return dual_straight_on(dual_scale(law->type, heat), 2, x, x, slope, size);
}

static void limit_diode(const void *data, const double *before, double *x)
{
    const struct vdmos_law *law = data;
    const struct vdmos_temperature at = vdmos_heated(law, before[1], 1);
    const struct body body = body_at(law, &at);
    double bv = body.bv.v, vtb = body.vtb.v;
    if (x[0] < fmin(0, 10 * vtb - bv))
        x[0] = -bv - limiting_junction(-before[0] - bv, -x[0] - bv, vtb, limiting_critical(vtb, body.is.v));
    else
        x[0] = limiting_junction(before[0], x[0], body.vt.v, limiting_critical(body.vt.v, body.is.v));
    x[1] = limited_temperature(before[1], x[1]);
}

/* ---- resistances ------------------------------------------------------------------------------------------------- */

/* RD where v(tj) is x[at], and the voltage between drain and source, which RQ asks for, x[at + 1]. */
static struct dual hot_rd(const struct vdmos_law *law, const double *x, int at)
{
    const struct vdmos_temperature temperature = vdmos_heated(law, x[at], at);
    struct dual rd = vdmos_rd(law, &temperature);
    if (law->rq <= 0)
        return rd;
    struct dual v = dual_variable(mos_near(x[at + 1]), at + 1);
    return vdmos_drain_resistance(law, rd, vdmos_rq(law, &temperature), v);
}

static struct dual hot_rb(const struct vdmos_law *law, const double *x, int at)
{
    const struct vdmos_temperature temperature = vdmos_heated(law, x[at], at);
    return vdmos_rb(law, &temperature);
}

static double drain_resistance(const void *law, const double *x, double *slope, double *size)
{
    return dual_straight_on(hot_rd(law, x, 0), 1, x, x, slope, size);
}

static double drain_resistance_with_rq(const void *law, const double *x, double *slope, double *size)
{
    return dual_straight_on(hot_rd(law, x, 0), 2, x, x, slope, size);
}

static double gate_resistance(const void *law, const double *x, double *slope, double *size)
{
    const struct vdmos_temperature at = vdmos_heated(law, x[0], 0);
    return dual_straight_on(vdmos_rg(law, &at), 1, x, x, slope, size);
}

static double source_resistance(const void *law, const double *x, double *slope, double *size)
{
    const struct vdmos_temperature at = vdmos_heated(law, x[0], 0);
    return dual_straight_on(vdmos_rs(law, &at), 1, x, x, slope, size);
}

static double body_resistance(const void *law, const double *x, double *slope, double *size)
{
    return dual_straight_on(hot_rb(law, x, 0), 1, x, x, slope, size);
}

/* Of ohms with the voltage x[0] across. */
static struct dual loss(const struct vdmos_law *law, double x, struct dual ohms)
{
    return dual_scale(law->type, dual_over(dual_square(dual_variable(x, 0)), ohms));
}

/* x: voltage across, v(tj), what else there is. The voltage becomes what its current on the tangent makes of the
 * resistance at the temperature where that is held: see keeps_current of device.h. */
static void limit_loss(const struct vdmos_law *law, const double *before, double *x,
                       struct dual (*ohms)(const struct vdmos_law *law, const double *x, int at), uint32_t n)
{
    struct dual r = ohms(law, before, 1);
    double change[DUALS];
    for (uint32_t k = 0; k < n; k++)
        change[k] = k == 0 ? 0 : x[k] - before[k];
    double current = limiting_current(before[0], x[0], r.v, n, r.d, change);
    x[1] = limited_temperature(before[1], x[1]);
    x[0] = current * ohms(law, x, 1).v;
}

static void limit_rd_loss(const void *data, const double *before, double *x)
{
    const struct vdmos_law *law = data;
    limit_loss(law, before, x, hot_rd, law->rq > 0 ? 3 : 2);
}

static void limit_rb_loss(const void *law, const double *before, double *x)
{
    limit_loss(law, before, x, hot_rb, 2);
}

static double drain_heat(const void *law, const double *x, double *slope, double *size)
{
    return dual_straight_on(loss(law, x[0], hot_rd(law, x, 1)), 2, x, x, slope, size);
}

static double drain_heat_with_rq(const void *law, const double *x, double *slope, double *size)
{
    return dual_straight_on(loss(law, x[0], hot_rd(law, x, 1)), 3, x, x, slope, size);
}

static double body_heat(const void *law, const double *x, double *slope, double *size)
{
    return dual_straight_on(loss(law, x[0], hot_rb(law, x, 1)), 2, x, x, slope, size);
}

/* ---- to the air around ------------------------------------------------------------------------------------------- */

/* A current whatever x is. */
static double ambient_heat(const void *data, const double *x, double *slope, double *size)
{
    const struct vdmos_law *law = data;
    (void)x;
    slope[0] = *size = 0;
    return law->type * law->ambient / law->model.rthca;
}

/* Heat flows into the junction however warm it is. */
static double any_lift(const void *law)
{
    (void)law;
    return INFINITY;
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static const struct device_function channel = {
    .n = 3, .at = channel_current, .limit = limit_channel, .begin = begin_channel,
};
static const struct device_function diode = {.n = 2, .at = diode_current, .limit = limit_diode};
static const struct device_function rd = {
    .n = 1, .at = drain_resistance, .limit = limit_temperature, .keeps_current = true,
};
static const struct device_function rd_rq = {
    .n = 2, .at = drain_resistance_with_rq, .limit = limit_temperature, .keeps_current = true,
};
static const struct device_function rg = {
    .n = 1, .at = gate_resistance, .limit = limit_temperature, .keeps_current = true,
};
static const struct device_function rs = {
    .n = 1, .at = source_resistance, .limit = limit_temperature, .keeps_current = true,
};
static const struct device_function rb = {
    .n = 1, .at = body_resistance, .limit = limit_temperature, .keeps_current = true,
};

static const struct device_function heat_channel = {
    .n = 3, .at = channel_heat, .limit = limit_channel, .begin = begin_channel, .lift = any_lift,
};
static const struct device_function heat_diode = {.n = 2, .at = diode_heat, .limit = limit_diode, .lift = any_lift};
static const struct device_function heat_rd = {.n = 2, .at = drain_heat, .limit = limit_rd_loss, .lift = any_lift};
static const struct device_function heat_rd_rq = {
    .n = 3, .at = drain_heat_with_rq, .limit = limit_rd_loss, .lift = any_lift,
};
static const struct device_function heat_rb = {.n = 2, .at = body_heat, .limit = limit_rb_loss, .lift = any_lift};
static const struct device_function heat_ambient = {.n = 1, .at = ambient_heat, .lift = any_lift};

/* A resistance between two nodes, ohm, as at TEMP; none where it is 0. function: what it is at any temperature; NULL:
 * the same. */
struct hot_resistance {
    const char *name;
    uint8_t a, k;
    double ohms;
    const struct device_function *function;
};

/* As vdmos_put_resistance. */
static size_t put_hot_resistance(struct device_part *part, size_t count, const struct hot_resistance *r)
{
    size_t after = vdmos_put_resistance(part, count, r->name, r->a, r->k, r->ohms);
    if (after > count && r->function)
        part[count] = (struct device_part){
            .kind = PART_RESISTIVE, .name = r->name, .a = r->a, .k = r->k,
            .transfer = {.function = r->function, .control = {{VDMOS_TJ, DEVICE_GROUND}, {VDMOS_DRAIN, VDMOS_SOURCE}}},
        };
    return after;
}

/* NULL where both coefficients of temperature are 0. */
static const struct device_function *unless_constant(const struct device_function *function, double first,
                                                     double second)
{
    return first != 0 || second != 0 ? function : NULL;
}

/* Heat of what lies between p and q. */
static struct device_part heat(const char *name, const struct device_function *function, uint8_t p, uint8_t q)
{
    return (struct device_part){
        .kind = PART_TRANSFER, .name = name, .a = DEVICE_GROUND, .k = VDMOS_TJ,
        .transfer = {.function = function,
                     .control = {{p, q}, {VDMOS_TJ, DEVICE_GROUND}, {VDMOS_DRAIN, VDMOS_SOURCE}}},
    };
}

static size_t put_heats(const struct vdmos_law *law, const uint8_t *alias, struct device_part *part, size_t count)
{
    uint8_t d = alias[VDMOS_INNER_DRAIN], anode = alias[VDMOS_ANODE];
    part[count] = part[VDMOS_CHANNEL];
    part[count].name = "channelheat";
    part[count].a = DEVICE_GROUND;
    part[count].k = VDMOS_TJ;
    part[count++].transfer.function = &heat_channel;
    part[count++] = heat("diodeheat", &heat_diode, anode, VDMOS_DRAIN);
    if (law->rd > 0)
        part[count++] = heat("rdheat", law->rq > 0 ? &heat_rd_rq : &heat_rd, VDMOS_DRAIN, d);
    if (law->rb > 0)
        part[count++] = heat("rbheat", &heat_rb, VDMOS_SOURCE, anode);
    part[count++] = (struct device_part){
        .kind = PART_TRANSFER, .name = "ambient", .a = DEVICE_GROUND, .k = VDMOS_TJ,
        .transfer = {.function = &heat_ambient, .control = {{VDMOS_TJ, DEVICE_GROUND}}},
    };
    part[count++] = device_resistance("rthjc", VDMOS_TJ, VDMOS_TC, law->model.rthjc);
    part[count++] = device_resistance("rthca", VDMOS_TC, DEVICE_GROUND, law->model.rthca);
    return count;
}

size_t vdmos_put_heated_parts(const struct vdmos_law *law, const uint8_t *alias, struct device_part *part)
{
    const struct vdmos_model *model = &law->model;
    uint8_t d = alias[VDMOS_INNER_DRAIN], g = alias[VDMOS_INNER_GATE], s = alias[VDMOS_INNER_SOURCE];
    uint8_t anode = alias[VDMOS_ANODE];
    size_t count = 2;
    part[VDMOS_CHANNEL] = (struct device_part){
        .kind = PART_TRANSFER, .name = "channel", .a = d, .k = s,
        .transfer = {.function = &channel, .control = {{g, s}, {d, s}, {VDMOS_TJ, DEVICE_GROUND}}},
    };
    part[VDMOS_DIODE] = (struct device_part){
        .kind = PART_TRANSFER, .name = "diode", .a = anode, .k = VDMOS_DRAIN,
        .transfer = {.function = &diode, .control = {{anode, VDMOS_DRAIN}, {VDMOS_TJ, DEVICE_GROUND}}},
    };
    const struct hot_resistance resistance[] = {
        {"rds", VDMOS_DRAIN, VDMOS_SOURCE, law->rds, NULL},
        {"rd", VDMOS_DRAIN, d, law->rd, law->rq > 0 ? &rd_rq : &rd},
        {"rg", VDMOS_GATE, g, law->rg, unless_constant(&rg, model->trg1, model->trg2)},
        {"rs", s, VDMOS_SOURCE, law->rs, unless_constant(&rs, model->trs1, model->trs2)},
        {"rb", VDMOS_SOURCE, anode, law->rb, unless_constant(&rb, model->trb1, model->trb2)},
    };
    for (size_t r = 0; r < sizeof resistance / sizeof *resistance; r++)
        count = put_hot_resistance(part, count, &resistance[r]);
    return put_heats(law, alias, part, count);
}
