#include "proof/certificate_octet.h"

#include "laws/junctions.h"
#include "proof/branch.h"
#include "proof/certificate_quick_parts.h"
#include "util/array.h"
#include "util/double_double.h"
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 16 };

/* Sums over a part of the circuit for each point; bad: a law does not hold, or takes more than is done here. */
struct sums {
    const struct element_tables *tables;
    const octet *hi, *lo, *i;
    double tolerance;
    double turned[OCTET], power[OCTET], inexact[OCTET], least[OCTET], left[OCTET], some[OCTET], any[OCTET];
    int64_t bad[OCTET];
};

static inline const double *at(const octet *of, uint32_t place)
{
    return (const double *)&of[place];
}

bool certificate_octet_new(struct certificate_octet *kept, const struct circuit *circuit)
{
    const struct array_request request[] = {
        {&kept->residual, circuit->nodes.count, sizeof(octet)},
    };
    kept->block = arrays_new(request, sizeof request / sizeof *request);
    return kept->block;
}

void certificate_octet_free(struct certificate_octet *judged)
{
    free(judged->block);
    *judged = (struct certificate_octet){0};
}

/* ---- laws -------------------------------------------------------------------------------------------------------- */

KERNEL
static void judge_octet_potentials(struct sums *sums)
{
    int64_t bad[OCTET] = {0};
    for (uint32_t v = 0; v < sums->tables->nodes; v++) {
        const double *hi = at(sums->hi, v), *lo = at(sums->lo, v);
        OCTET_EACH
        for (int l = 0; l < OCTET; l++)
            bad[l] |= !(fabs(hi[l]) <= DBL_MAX) | !(fabs(lo[l]) <= DBL_EPSILON * fabs(hi[l]));
    }
    for (int l = 0; l < OCTET; l++)
        sums->bad[l] |= bad[l] | (at(sums->hi, GROUND)[l] != 0);
}

KERNEL
static void add_octet_resistors(struct sums *sums)
{
    const struct element_tables *tables = sums->tables;
    double turned[OCTET] = {0}, some[OCTET], any[OCTET];
    int64_t bad[OCTET] = {0};
    for (int l = 0; l < OCTET; l++)
        some[l] = any[l] = INFINITY;
    for (uint32_t r = 0; r < tables->resistors; r++) {
        const double *hi_a = at(sums->hi, tables->a[r]), *hi_k = at(sums->hi, tables->k[r]);
        const double *lo_a = at(sums->lo, tables->a[r]), *lo_k = at(sums->lo, tables->k[r]);
        const double *i = at(sums->i, tables->resistor[r]), resistance = tables->resistance[r];
        OCTET_EACH
        for (int l = 0; l < OCTET; l++) {
            double drop = resistance * i[l], size = fabs(drop);
            bad[l] |= is_off(hi_a[l] - hi_k[l], lo_a[l] - lo_k[l], drop);
            turned[l] += drop * i[l];
            some[l] = size < some[l] && size > 0 ? size : some[l];
            any[l] = size < any[l] ? size : any[l];
        }
    }
    for (int l = 0; l < OCTET; l++) {
        sums->bad[l] |= bad[l];
        sums->turned[l] += turned[l];
        sums->power[l] -= turned[l];
        sums->some[l] = some[l];
        sums->any[l] = any[l];
    }
}

/* u + low [OCTET] V: the voltage from node a to k. */
KERNEL_PART void find_octet_voltage(const struct sums *sums, uint32_t a, uint32_t k, double *u, double *low)
{
    const double *hi_a = at(sums->hi, a), *lo_a = at(sums->lo, a), *hi_k = at(sums->hi, k), *lo_k = at(sums->lo, k);
    if (k == GROUND) {
        memcpy(u, hi_a, OCTET * sizeof *u);
        memcpy(low, lo_a, OCTET * sizeof *low);
        return;
    }
    octet_difference(hi_a, lo_a, hi_k, lo_k, u, low);
}

/* u + low [count] V: the voltages of junctions from `begin` on, where their exponentials are themselves. */
KERNEL
static void find_judged_drops(struct sums *sums, size_t begin, size_t count, octet *u, octet *low)
{
    const struct junction_columns *junction = &sums->tables->laws.junction;
    double some[OCTET], any[OCTET];
    int64_t bad[OCTET] = {0};
    memcpy(some, sums->some, sizeof some);
    memcpy(any, sums->any, sizeof any);
    for (size_t q = 0; q < count; q++) {
        uint32_t a = junction->a[begin + q], k = junction->k[begin + q];
        const double *hi_a = at(sums->hi, a), *lo_a = at(sums->lo, a), *hi_k = at(sums->hi, k), *lo_k = at(sums->lo, k);
        const double most = JUNCTION_EXPONENT_LIMIT * junction->vt[begin + q];
        double *to = (double *)&u[q];
        octet_difference(hi_a, lo_a, hi_k, lo_k, to, (double *)&low[q]);
        OCTET_EACH
        for (int l = 0; l < OCTET; l++) {
            double size = fabs(to[l]);
            bad[l] |= !(to[l] <= most);
            some[l] = size < some[l] && size > 0 ? size : some[l];
            any[l] = size < any[l] ? size : any[l];
        }
    }
    memcpy(sums->some, some, sizeof some);
    memcpy(sums->any, any, sizeof any);
    for (int l = 0; l < OCTET; l++)
        sums->bad[l] |= bad[l];
}

KERNEL
static void judge_octet_junctions(struct sums *sums, size_t begin, size_t count, const octet *u, const octet *low,
                                  const octet *law, const octet *slope)
{
    const struct junction_columns *junction = &sums->tables->laws.junction;
    double turned[OCTET] = {0};
    int64_t bad[OCTET] = {0};
    for (size_t q = 0; q < count; q++) {
        const double g_off = junction->g_off[begin + q], multiple = junction->multiple[begin + q];
        const double *i = at(sums->i, junction->element[begin + q]);
        const double *v = (const double *)&u[q], *rest = (const double *)&low[q];
        const double *should = (const double *)&law[q], *steep = (const double *)&slope[q];
        OCTET_EACH
        for (int l = 0; l < OCTET; l++) {
            double lawful = should[l] + g_off * (v[l] + rest[l]) + steep[l] * rest[l];
            bad[l] |= !(fabs(multiple * lawful - i[l]) <= unit * fabs(i[l]));
            turned[l] += v[l] * i[l];
        }
    }
    for (int l = 0; l < OCTET; l++) {
        sums->bad[l] |= bad[l];
        sums->turned[l] += turned[l];
        sums->power[l] -= turned[l];
    }
}

static void add_octet_junctions(struct sums *sums)
{
    const struct junction_columns *junction = &sums->tables->laws.junction;
    octet u[CHUNK], low[CHUNK], law[CHUNK], slope[CHUNK];
    for (size_t begin = 0; begin < junction->count; begin += CHUNK) {
        size_t left = junction->count - begin, count = left < CHUNK ? left : CHUNK;
        find_judged_drops(sums, begin, count, u, low);
        junctions_current_octets(count, junction->is + begin, junction->vt + begin, u, law, slope);
        judge_octet_junctions(sums, begin, count, u, low, law, slope);
    }
}

/* Voltages by gains, where all plainly are so. */
KERNEL
static void add_octet_gains(struct sums *sums)
{
    const struct gain_columns *gains = &sums->tables->laws.gain;
    double inexact[OCTET] = {0}, least[OCTET], turned[OCTET] = {0}, power[OCTET] = {0};
    int64_t bad[OCTET] = {0};
    for (int l = 0; l < OCTET; l++)
        least[l] = INFINITY;
    for (uint32_t g = 0; g < gains->count; g++) {
        const double *hi_a = at(sums->hi, gains->a[g]), *hi_k = at(sums->hi, gains->k[g]);
        const double *hi_p = at(sums->hi, gains->p[g]), *hi_q = at(sums->hi, gains->q[g]);
        const double *i = at(sums->i, gains->element[g]);
        double drop[OCTET], drop_low[OCTET], control[OCTET], control_low[OCTET], gain = gains->gain[g];
        bool turned_round = gains->p[g] == GROUND; /* -(v_q) */
        find_octet_voltage(sums, gains->a[g], gains->k[g], drop, drop_low);
        if (turned_round)
            find_octet_voltage(sums, gains->q[g], GROUND, control, control_low);
        else
            find_octet_voltage(sums, gains->p[g], gains->q[g], control, control_low);
        gain = turned_round ? -gain : gain;
        OCTET_EACH
        for (int l = 0; l < OCTET; l++) {
            struct dd u = {drop[l], drop_low[l]}, x = {control[l], control_low[l]};
            struct dd left = dd_sub(u, dd_mul_double(x, gain));
            double own = fabs(hi_a[l]) + fabs(hi_k[l]), size = fabs(u.hi), watts = u.hi * i[l];
            double magnitude = own + fabs(gain) * (fabs(hi_p[l]) + fabs(hi_q[l]));
            bad[l] |= !(fabs(left.hi) <= branch_rounding * magnitude);
            inexact[l] += fabs(u.lo);
            least[l] = size < least[l] && size > 0 ? size : least[l];
            turned[l] += fabs(watts);
            power[l] += watts;
        }
    }
    for (int l = 0; l < OCTET; l++) {
        sums->bad[l] |= bad[l];
        sums->inexact[l] += inexact[l];
        sums->least[l] = least[l];
        sums->turned[l] += turned[l];
        sums->power[l] -= power[l];
    }
}

/* ---- nodes ------------------------------------------------------------------------------------------------------- */

/* What is left over at each node at most: nothing above its floor, and what rounding may make of sums. */
KERNEL
static void judge_octet_nodes(struct sums *sums, octet *residual)
{
    const uint32_t *start = sums->tables->start, *list = sums->tables->list;
    const double each = DBL_EPSILON / 2, tolerance = sums->tolerance;
    double most[OCTET] = {0};
    int64_t bad[OCTET] = {0};
    for (uint32_t node = 0; node < sums->tables->nodes; node++) {
        double sum[OCTET] = {0}, scale[OCTET] = {0}, *to = (double *)&residual[node];
        for (size_t q = start[node]; q < start[node + 1]; q++) {
            const double *i = at(sums->i, list[q] >> 1), sign = 1 - 2 * (double)(int)(list[q] & 1);
            OCTET_EACH
            for (int l = 0; l < OCTET; l++) {
                double size = fabs(i[l]);
                sum[l] += sign * i[l];
                scale[l] = size > scale[l] ? size : scale[l];
            }
        }
        double count = (double)(int64_t)(start[node + 1] - start[node]);
        OCTET_EACH
        for (int l = 0; l < OCTET; l++) {
            double left = fabs(sum[l]), rounding = sum_rounding(count, each * scale[l]);
            bad[l] |= !(left - of_sums * scale[l] <= 0) | !(rounding <= tolerance * scale[l]);
            most[l] = left > most[l] ? left : most[l];
            to[l] = left + rounding;
        }
    }
    for (int l = 0; l < OCTET; l++) {
        sums->bad[l] |= bad[l];
        sums->left[l] = most[l];
    }
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

void certificate_octet_judge(struct certificate_octet *judged, const struct element_tables *tables,
                             const struct circuit *circuit, const struct operating_octet *op, double tolerance,
                             void *room)
{
    struct quick *quick = certificate_quick_place(room, circuit);
    struct sums sums = {.tables = tables, .hi = op->voltage, .lo = op->low, .i = op->current, .tolerance = tolerance};
    bool sets[OCTET] = {false};
    judge_octet_potentials(&sums);
    add_octet_resistors(&sums);
    add_octet_junctions(&sums);
    add_octet_gains(&sums);
    judge_octet_nodes(&sums, judged->residual);
    if (quick->tree.built)
        current_tree_proves_octets(&quick->tree, op->current, judged->residual, tolerance, sets);
    memcpy(judged->turned, sums.turned, sizeof sums.turned);
    memcpy(judged->power, sums.power, sizeof sums.power);
    memcpy(judged->inexact, sums.inexact, sizeof sums.inexact);
    memcpy(judged->least, sums.least, sizeof sums.least);
    memcpy(judged->left, sums.left, sizeof sums.left);
    memcpy(judged->some, sums.some, sizeof sums.some);
    memcpy(judged->any, sums.any, sizeof sums.any);
    for (int l = 0; l < OCTET; l++) {
        judged->holds[l] = !sums.bad[l] && sets[l];
        quick->tree.served |= sets[l];
    }
}

bool certificate_octet_prove(const struct certificate_octet *judged, uint32_t lane, struct certificate *certificate,
                             const struct claim *claim, const struct element_tables *tables, double tolerance,
                             void *room)
{
    struct account account = {.tables = tables, .claim = *claim, .tolerance = tolerance,
                              .work = (char *)room + certificate_quick_work(claim->circuit),
                              .turned = judged->turned[lane], .power = judged->power[lane],
                              .inexact = judged->inexact[lane], .least = judged->least[lane],
                              .left = judged->left[lane], .node = CERTIFICATE_NONE};
    const struct least_drops least = {judged->some[lane], judged->any[lane]};
    struct quick *quick = certificate_quick_place(room, claim->circuit);
    if (!judged->holds[lane] || !certificate_quick_conclude(&account, quick, least))
        return false;
    certificate_quick_fill(certificate, &account);
    return true;
}
