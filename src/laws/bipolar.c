#include "laws/bipolar_parts.h"

#include "laws/limiting.h"
#include <math.h>

enum { COLLECTOR, BASE, EMITTER, SUBSTRATE, OUTER_COLLECTOR, INNER_COLLECTOR, INNER_BASE, INNER_EMITTER, NODES };
enum { BE, BC, TRANSPORT, REST }; /* parts; then, where there is one, that of the substrate */

/* ---- transport --------------------------------------------------------------------------------------------------- */

/* F or R at a voltage, A, and its slope there, S. */
struct flow {
    double i, g;
};

/* 1 / qb at (vbe, vbc), with its slopes; *size: of what it was summed. */
static double inverse_charge(const struct bipolar_law *law, const double *x, struct flow f, struct flow r,
                             double *slope, double *size)
{
    double early = 1 - x[1] * law->inverse_vaf - x[0] * law->inverse_var, half = 1, steep = 0, spread = 0;
    if (law->inverse_ikf != 0 || law->inverse_ikr != 0) {
        double forward = 4 * f.i * law->inverse_ikf, reverse = 4 * r.i * law->inverse_ikr, sum = 1 + forward + reverse;
        double at = fmax(sum, BIPOLAR_LEAST_CHARGE), power = law->nkf == 0.5 ? sqrt(at) : pow(at, law->nkf);
        half = 2 / (1 + power);
        steep = sum > BIPOLAR_LEAST_CHARGE ? -half * half * 2 * law->nkf * (power / at) : 0;
        spread = half * law->nkf * power / at * (1 + fabs(forward) + fabs(reverse));
    }
    slope[0] = -law->inverse_var * half + early * steep * law->inverse_ikf * f.g;
    slope[1] = -law->inverse_vaf * half + early * steep * law->inverse_ikr * r.g;
    *size = half * (1 + fabs(x[1] * law->inverse_vaf) + fabs(x[0] * law->inverse_var)) * (1 + spread);
    return early * half;
}

static double transport(const void *at, const double *x, double *slope, double *size)
{
    const struct bipolar_law *law = at;
    struct flow f, r;
    double charge_slope[2], charge_size;
    f.i = junction_current(&law->forward, x[0], &f.g);
    r.i = junction_current(&law->reverse, x[1], &r.g);
    double inverse_qb = inverse_charge(law, x, f, r, charge_slope, &charge_size);
    slope[0] = f.g * inverse_qb + (f.i - r.i) * charge_slope[0];
    slope[1] = -r.g * inverse_qb + (f.i - r.i) * charge_slope[1];
    *size = (fabs(f.i) + fabs(r.i)) * charge_size;
    return (f.i - r.i) * inverse_qb;
}

static void limit(const void *at, const double *before, double *x)
{
    const struct bipolar_law *law = at;
    for (size_t k = 0; k < 2; k++)
        x[k] = limiting_junction(before[k], x[k], law->vt, law->vcrit);
}

static void begin(const void *at, bool off, double *x)
{
    x[0] = off ? 0 : ((const struct bipolar_law *)at)->vcrit;
    x[1] = 0;
}

/* Where F = R: vbe/(NF Vt) = vbc/(NR Vt) + log(IBC/IBE), of junctions that conduct. */
static double lift(const void *at)
{
    const double conducts = 1; /* V */
    const struct bipolar_law *law = at;
    double forward = law->forward.vt, reverse = law->reverse.vt, ratio = log(law->reverse.is / law->forward.is);
    double most = fabs(forward / reverse - 1) * conducts + fmax(forward, reverse) * fabs(ratio);
    return isfinite(most) ? most : conducts;
}

static const struct device_function transport_function = {
    .n = 2, .at = transport, .limit = limit, .begin = begin, .over = bipolar_transport_over, .lift = lift,
};

/* ---- base resistance --------------------------------------------------------------------------------------------- */

/* The series: of cot z = 1/z - sum c_n z^(2n-1), 1 - sum 2n c_n z^(2n-2). */
double bipolar_crowding(double z, double *slope)
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
static double crowded(const struct bipolar_law *law, double current, double *slope)
{
    double ratio = current / law->irb, x = fmax(ratio, 1e-9), root = sqrt(1 + 14.59025 * x), steep;
    double z = 14.59025 * sqrt(x) / (2.4317 * (1 + root)), value = 3 * bipolar_crowding(z, &steep);
    *slope = ratio > 1e-9 ? 3 * steep * z / (2 * x * root * law->irb) : 0;
    return value;
}

static double base_resistance(const void *at, const double *x, double *slope, double *size)
{
    const struct bipolar_law *law = at;
    double share, share_size, gf, gr, varying = law->rb - law->rbm;
    if (law->irb > 0) {
        double steep, ib = junction_current(&law->be, x[0], &gf) + law->gmin * x[0] +
                           junction_current(&law->bc, x[1], &gr) + law->gmin * x[1];
        share = crowded(law, ib, &steep);
        slope[0] = steep * (gf + law->gmin);
        slope[1] = steep * (gr + law->gmin);
        share_size = 1;
    } else {
        struct flow f, r;
        f.i = junction_current(&law->forward, x[0], &f.g);
        r.i = junction_current(&law->reverse, x[1], &r.g);
        share = inverse_charge(law, x, f, r, slope, &share_size);
    }
    double value = law->rbm + varying * share, least = BIPOLAR_LEAST_RESISTANCE * fmax(law->rb, law->rbm);
    *size = law->rbm + fabs(varying) * share_size;
    slope[0] *= value > least ? varying : 0;
    slope[1] *= value > least ? varying : 0;
    return fmax(value, least);
}

static const struct device_function base_function = {
    .n = 2, .at = base_resistance, .limit = limit, .begin = begin, .over = bipolar_base_over,
};

/* ---- epitaxial layer --------------------------------------------------------------------------------------------- */

/* GAMMA exp(v / Vt), straight on where it would overflow; *steep: Vt times its slope. */
static double injected(const struct bipolar_law *law, double v, double *steep)
{
    double x = v / law->vt, over = fmax(x - JUNCTION_EXPONENT_LIMIT, 0);
    *steep = law->gamma * exp(x - over);
    return *steep * (1 + over);
}

/* x: u = v(x) - v(c'), v = v(b') - v(x). */
static double epitaxial(const void *at, const double *x, double *slope, double *size)
{
    const struct bipolar_law *law = at;
    double u = x[0], inner_slope, outer_slope;
    *size = 0;
    slope[0] = 1 / law->rco + law->gmin;
    slope[1] = 0;
    if (u <= 0)
        return u * slope[0];
    double inner = injected(law, x[1] + u, &inner_slope), outer = injected(law, x[1], &outer_slope);
    double k_inner = sqrt(1 + inner), k_outer = sqrt(1 + outer);
    bool straight = x[1] + u > JUNCTION_EXPONENT_LIMIT * law->vt;
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
    const struct bipolar_law *law = at;
    double inner = limiting_junction(before[0] + before[1], x[0] + x[1], law->vt, law->vcrit);
    double outer = limiting_junction(before[1], x[1], law->vt, law->vcrit);
    if (inner != x[0] + x[1] || outer != x[1])
        x[0] = inner - outer;
    x[1] = outer;
}

static const struct device_function epitaxial_function = {.n = 2, .at = epitaxial, .limit = limit_epitaxial};

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static struct device_part transport_part(uint8_t c, uint8_t b, uint8_t e)
{
    return (struct device_part){
        .kind = PART_TRANSFER, .name = "transport", .a = c, .k = e,
        .transfer = {.function = &transport_function, .control = {{b, e}, {b, c}}},
    };
}

static struct device_part base_part(const struct bipolar_law *law, uint8_t c, uint8_t b, uint8_t e)
{
    if (!law->base_varies)
        return device_resistance("rb", BASE, b, law->rb);
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

static bool has_substrate(const struct bipolar_law *law)
{
    return law->has_iss || law->gmin > 0;
}

static struct device_part substrate_part(const struct bipolar_law *law, uint8_t c, uint8_t b)
{
    uint8_t a = law->lateral ? b : SUBSTRATE, k = law->lateral ? SUBSTRATE : c;
    return device_junction("substrate", a, k, &law->substrate, law->has_iss);
}

static size_t shape(const void *at, uint8_t *alias, struct device_part *part)
{
    const struct bipolar_law *law = at;
    uint8_t outer = law->collector ? OUTER_COLLECTOR : COLLECTOR, c = law->epitaxial ? INNER_COLLECTOR : outer;
    uint8_t b = law->base ? INNER_BASE : BASE, e = law->emitter ? INNER_EMITTER : EMITTER;
    const uint8_t nodes[NODES] = {COLLECTOR, BASE, EMITTER, DEVICE_GROUND, outer, c, b, e};
    size_t parts = REST;
    for (size_t q = 0; q < NODES; q++)
        alias[q] = nodes[q];
    part[BE] = device_junction("be", b, e, &law->be, true);
    part[BC] = device_junction("bc", b, c, &law->bc, true);
    part[TRANSPORT] = transport_part(c, b, e);
    if (has_substrate(law))
        part[parts++] = substrate_part(law, c, b);
    if (law->base)
        part[parts++] = base_part(law, c, b, e);
    if (law->collector)
        part[parts++] = device_resistance("rc", COLLECTOR, outer, law->rc);
    if (law->emitter)
        part[parts++] = device_resistance("re", e, EMITTER, law->re);
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

static double of_substrate(const struct bipolar_law *law, const struct device_point *at)
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
    const struct bipolar_law *law = of;
    return at->type * (based(at) - (law->lateral ? of_substrate(law, at) : 0));
}

static double ie(const void *of, const struct device_point *at)
{
    const struct bipolar_law *law = of;
    return at->type * ((law->lateral ? 0 : of_substrate(law, at)) - collected(at) - based(at));
}

static double is(const void *of, const struct device_point *at)
{
    const struct bipolar_law *law = of;
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
    const struct bipolar_law *law = of;
    return junction_slope(&law->be, vbe(law, at), at);
}

static double gmu(const void *of, const struct device_point *at)
{
    const struct bipolar_law *law = of;
    return junction_slope(&law->bc, vbc(law, at), at);
}

static double gx(const void *of, const struct device_point *at)
{
    const struct bipolar_law *law = of;
    double x[2] = {vbe(law, at), vbc(law, at)}, slope[2], size;
    return law->base ? at->m / base_resistance(law, x, slope, &size) : 0;
}

static double substrate_voltage(const struct bipolar_law *law, const struct device_point *at)
{
    return law->lateral ? at->v[INNER_BASE] - at->v[SUBSTRATE] : at->v[SUBSTRATE] - at->v[INNER_COLLECTOR];
}

static double gdsub(const void *of, const struct device_point *at)
{
    const struct bipolar_law *law = of;
    return law->has_iss ? junction_slope(&law->substrate, substrate_voltage(law, at), at) : at->m * law->gmin;
}

static double power(const void *of, const struct device_point *at)
{
    const struct bipolar_law *law = of;
    const double *v = at->v;
    return fabs(collected(at) * (v[COLLECTOR] - v[EMITTER])) + fabs(based(at) * (v[BASE] - v[EMITTER])) +
           fabs(of_substrate(law, at) * substrate_voltage(law, at));
}

static const struct device_quantity quantities[] = {
    {"ic", "A", ic},   {"ib", "A", ib},   {"ie", "A", ie},   {"is", "A", is},   {"vbe", "V", vbe},
    {"vbc", "V", vbc}, {"gm", "S", gm},   {"gpi", "S", gpi}, {"gmu", "S", gmu}, {"gx", "S", gx},
    {"go", "S", go},   {"gdsub", "S", gdsub}, {"p", "W", power},
    {"geqcb", "S", device_none}, {"gcsub", "S", device_none}, {"geqbx", "S", device_none}, {NULL, NULL, NULL},
};

static const char *const nodes[NODES] = {"collector", "base",       "emitter", "substrate",
                                         "collcx",    "collector", "base", "emitter"};

const struct device_kind bipolar_kind = {
    .what = "bipolar transistor",
    .least = 3, .most = 4, .nodes = NODES, .node = nodes,
    .model_size = sizeof(struct bipolar_model), .size_size = sizeof(struct bipolar_size),
    .law_size = sizeof(struct bipolar_law),
    .model = bipolar_model_parameters, .size = bipolar_size_parameters,
    .make = bipolar_make, .shape = shape, .quantity = quantities,
};
