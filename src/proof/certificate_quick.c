#include "proof/certificate_quick_parts.h"

#include "proof/controlled.h"
#include "laws/junctions.h"
#include "util/double_double.h"
#include "util/kernel.h"
#include <float.h>
#include <math.h>
#include <stddef.h>

enum { TRIES_AGAIN = 16 }; /* points after a tree that proved nothing, before another one is made */

/* ---- laws -------------------------------------------------------------------------------------------------------- */

/* Are all potentials finite, with low parts that are none? NAN is not. */
KERNEL
static bool are_potentials(size_t nodes, const double *hi, const double *lo)
{
    int bad = 0;
    KERNEL_FLAG(bad)
    for (size_t v = 0; v < nodes; v++)
        bad |= !(fabs(hi[v]) <= DBL_MAX);
    nodes = lo ? nodes : 0;
    KERNEL_FLAG(bad)
    for (size_t v = 0; v < nodes; v++)
        bad |= !(fabs(lo[v]) <= DBL_EPSILON * fabs(hi[v]));
    return !bad && hi[GROUND] == 0;
}

/* R i against u, and R i^2. Currents that are not numbers make the sum none. */
KERNEL
static void add_resistors(struct account *account)
{
    const struct element_tables *tables = account->tables;
    const uint32_t *a = tables->a, *k = tables->k, *resistor = tables->resistor;
    const double *resistance = tables->resistance, *hi = account->claim.hi, *i = account->claim.i;
    const double *lo = account->claim.lo ? account->claim.lo : hi; /* nothing is taken of it then */
    const double scale = account->claim.lo ? 1 : 0;
    double turned = 0;
    int bad = 0;
    KERNEL_FLAG_SUM(bad, turned)
    for (size_t r = 0; r < tables->resistors; r++) {
        double current = i[resistor[r]], drop = resistance[r] * current;
        bad |= is_off(hi[a[r]] - hi[k[r]], scale * (lo[a[r]] - lo[k[r]]), drop);
        turned += drop * current;
    }
    account->bad |= bad;
    account->turned += turned;
    account->power -= turned;
}

/* A voltage-defined branch is off by so much, of a voltage that is defined. */
static inline void add_inexact(struct account *account, double off, double voltage)
{
    account->inexact += off;
    account->least = voltage != 0 ? fmin(account->least, fabs(voltage)) : account->least;
}

/* ---- laws in columns --------------------------------------------------------------------------------------------- */

/* The currents against what the laws are at u + low; they take power. */
KERNEL
static void judge_junctions(struct account *account, size_t begin, size_t count, const double *u, const double *low,
                            const double *law, const double *slope)
{
    const struct junction_columns *junction = &account->tables->laws.junction;
    const uint32_t *element = junction->element + begin;
    const double *g_off = junction->g_off + begin, *multiple = junction->multiple + begin, *i = account->claim.i;
    double turned = 0;
    int bad = 0;
    KERNEL_FLAG_SUM(bad, turned)
    for (size_t q = 0; q < count; q++) {
        double current = i[element[q]], should = law[q] + g_off[q] * (u[q] + low[q]) + slope[q] * low[q];
        bad |= !(fabs(multiple[q] * should - current) <= unit * fabs(current));
        turned += u[q] * current;
    }
    account->bad |= bad;
    account->turned += turned;
    account->power -= turned;
}

/* Voltages by gains, as controlled_at has them, where all plainly are so; else nothing is added, and false. */
KERNEL
static bool add_plain_gains(struct account *account)
{
    const struct gain_columns *gains = &account->tables->laws.gain;
    const uint32_t *a = gains->a, *k = gains->k, *p = gains->p, *q = gains->q;
    const double *gain = gains->gain, *i = account->claim.i;
    const double *hi = account->claim.hi, *lo = account->claim.lo ? account->claim.lo : hi;
    const double scale = account->claim.lo ? 1 : 0;
    double inexact = 0, least = INFINITY, turned = 0, power = 0;
    int bad = 0;
    KERNEL_FLAG_LEAST_SUMS(bad, least, inexact, turned, power)
    for (uint32_t g = 0; g < gains->count; g++) {
        struct dd u = dd_difference(hi[a[g]], scale * lo[a[g]], hi[k[g]], scale * lo[k[g]]);
        struct dd x = dd_difference(hi[p[g]], scale * lo[p[g]], hi[q[g]], scale * lo[q[g]]);
        struct dd left = dd_sub(u, dd_mul_double(x, gain[g]));
        double own = fabs(hi[a[g]]) + fabs(hi[k[g]]), size = fabs(u.hi), watts = u.hi * i[gains->element[g]];
        double magnitude = own + fabs(gain[g]) * (fabs(hi[p[g]]) + fabs(hi[q[g]]));
        bad |= !(fabs(left.hi) <= branch_rounding * magnitude);
        inexact += fabs(u.lo);
        least = size < least && size > 0 ? size : least;
        turned += fabs(watts);
        power += watts;
    }
    if (bad)
        return false;
    account->inexact += inexact;
    account->least = least < account->least ? least : account->least;
    account->turned += turned;
    account->power -= power;
    return true;
}

/* ---- one law after the other ------------------------------------------------------------------------------------- */

/* Is it plain to double precision that a diode's law holds at u + low? magnitude: |v_a| + |v_k|, V. */
static inline bool is_plainly_lawful(struct account *account, const struct law *law, double area, double u, double low,
                                     double magnitude, double i)
{
    double near = 1e-9 * (magnitude + law->v_fwd), size = unit * fabs(i), over = (u - law->v_fwd) + low;
    if (law->curve)
        return false;
    if (over < -near && u > near - law->v_rev)
        return fabs(area * law->g_off * u - i) <= size;
    if (over > near)
        return fabs(area * (law->g_on * over + law->g_off * law->v_fwd) - i) <= size; /* not where g_on is infinite */
    if (!isinf(law->g_on) || !(fabs(over) <= branch_rounding * magnitude) || !(i >= area * law->g_off * law->v_fwd))
        return false;
    add_inexact(account, fabs(over), law->v_fwd);
    return true;
}

/* Is a voltage plainly a sum of others by gains, as controlled_at has it? u: its own. */
static bool is_plainly_controlled(struct account *account, const struct element *element, struct dd u, double magnitude)
{
    if (element->kind != ELEMENT_CONTROLLED_VOLTAGE || element->value != 1)
        return false;
    const struct coupling *coupling = &account->claim.circuit->coupling[element->law];
    const struct control_law *law = &coupling->law;
    const double *hi = account->claim.hi, *lo = account->claim.lo;
    struct dd left = u;
    if (!control_law_is_sum(law))
        return false;
    for (uint32_t c = 0; c < law->n; c++) {
        uint32_t p = coupling->control[c].p, q = coupling->control[c].q;
        if (coupling->control[c].kind != CONTROL_VOLTAGE)
            return false;
        struct dd x = dd_difference(hi[p], lo ? lo[p] : 0, hi[q], lo ? lo[q] : 0);
        left = dd_sub(left, dd_mul_double(x, law->gain[c]));
        magnitude += fabs(law->gain[c]) * (fabs(hi[p]) + fabs(hi[q]));
    }
    if (!(fabs(left.hi) <= branch_rounding * magnitude))
        return false;
    add_inexact(account, fabs(u.lo), u.hi);
    return true;
}

/* Is its law plainly that of its element? */
static bool is_plain(struct account *account, const struct element *element, struct dd u, double magnitude, double i)
{
    if (element->kind == ELEMENT_DIODE)
        return is_plainly_lawful(account, &account->claim.circuit->law[element->law], element->value, u.hi, u.lo,
                                 magnitude, i);
    return is_plainly_controlled(account, element, u, magnitude);
}

static void add_other(struct account *account, uint32_t e)
{
    const struct element *element = &account->claim.circuit->element[e];
    const double *hi = account->claim.hi, *lo = account->claim.lo;
    uint32_t a = element->a, k = element->k;
    double i = account->claim.i[e], magnitude = fabs(hi[a]) + fabs(hi[k]);
    struct dd u = dd_difference(hi[a], lo ? lo[a] : 0, hi[k], lo ? lo[k] : 0);
    if (is_plain(account, element, u, magnitude, i)) {
        account->power -= u.hi * i;
        account->turned += fabs(u.hi * i);
        return;
    }
    struct branch branch = branch_any_at(&account->claim, e, 0, account->work, &u);
    double watts = (double)branch_delivered(element, u.hi, i);
    account->bad |= branch.relative > 0;
    account->by_floor |= branch.by_floor && branch.floor > account->tolerance * fabs(i);
    if (isinf(branch.slope))
        add_inexact(account, fabs(dd_sub_double(u, branch.emf).hi), branch.emf);
    account->power += watts;
    account->turned += fabs(watts);
}

static void add_each(struct account *account, size_t count, const uint32_t *element)
{
    for (size_t q = 0; q < count && !account->bad; q++)
        add_other(account, element[q]);
}

static void add_junctions(struct account *account)
{
    const struct junction_columns *junction = &account->tables->laws.junction;
    double u[JUNCTIONS_CHUNK], low[JUNCTIONS_CHUNK], law[JUNCTIONS_CHUNK], slope[JUNCTIONS_CHUNK];
    for (size_t begin = 0; begin < junction->count && !account->bad; begin += JUNCTIONS_CHUNK) {
        size_t count = junctions_chunk(junction->count - begin);
        if (!law_columns_drops(junction, begin, count, account->claim.hi, account->claim.lo, u, low)) {
            add_each(account, count, junction->element + begin);
            continue;
        }
        junctions_current(junctions_padded(count), junction->is + begin, junction->vt + begin, u, law, slope);
        judge_junctions(account, begin, count, u, low, law, slope);
    }
}

static void add_others(struct account *account)
{
    const struct law_columns *laws = &account->tables->laws;
    add_junctions(account);
    if (!add_plain_gains(account))
        add_each(account, laws->gain.count, laws->gain.element);
    add_each(account, laws->others, laws->other);
}

/* ---- nodes ------------------------------------------------------------------------------------------------------- */

/* What the sum at a node is rounded by, A: a rest of a current is no larger than that. */
static inline double rounding_at(size_t branches, double each, double largest)
{
    double one = DBL_EPSILON / 2 * largest;
    return sum_rounding((double)(int64_t)branches, each < one ? each : one);
}

/* What is left over at a node above the floor, A: less the rounding that judge_nodes adds. */
static inline double above_floor(size_t branches, double each, double residual, double largest)
{
    return residual - rounding_at(branches, each, largest) - of_sums * largest;
}

/* sum, largest [nodes]: of the currents at each node. sum becomes what is left over there at most. Returns whether any
 * is above its floor. */
KERNEL
static bool judge_nodes(struct account *account, double *restrict sum, const double *restrict largest)
{
    const size_t nodes = account->tables->nodes;
    const uint32_t *start = account->tables->start;
    const double tolerance = account->tolerance;
    const double each = account->each;
    double most = 0;
    int bad = 0, above = 0;
#ifndef __clang__
#pragma omp simd reduction(max : most) reduction(| : bad, above)
#endif
    for (size_t node = 0; node < nodes; node++) {
        double scale = largest[node], left = fabs(sum[node]), over = left - of_sums * scale;
        double rounding = rounding_at(start[node + 1] - start[node], each, scale);
        most = left > most ? left : most;
        above |= over > 0;
        bad |= !(over + rounding <= tolerance * scale);
        sum[node] = left + rounding;
    }
    account->left = most;
    account->bad |= bad;
    return above;
}

KERNEL
static double worst_of(const struct account *account, const double *residual, const double *largest)
{
    const size_t nodes = account->tables->nodes;
    const uint32_t *start = account->tables->start;
    const double each = account->each;
    double worst = 0;
    KERNEL_LARGEST(worst)
    for (size_t v = 0; v < nodes; v++) {
        double above = above_floor(start[v + 1] - start[v], each, residual[v], largest[v]);
        double relative = above / (largest[v] + DBL_MIN);
        worst = relative > worst ? relative : worst;
    }
    return worst;
}

static void find_worst(struct account *account, const double *residual, const double *largest)
{
    const uint32_t *start = account->tables->start;
    uint32_t v = 0, last = account->tables->nodes - 1;
    account->worst = worst_of(account, residual, largest);
    double threshold = account->worst * (1 - 4 * DBL_EPSILON);
    while (v < last && above_floor(start[v + 1] - start[v], account->each, residual[v], largest[v]) <
                           threshold * (largest[v] + DBL_MIN))
        v++;
    account->node = v;
}

/* ---- sets of nodes ----------------------------------------------------------------------------------------------- */

/* By the tree of an earlier point; without one, but at the second point and, ever less often, at later ones; or by one
 * of this. Where the tree has served it is made anew at once. */
static bool proves_sets(struct quick *quick, const struct account *account)
{
    struct current_tree *tree = &quick->tree;
    if (tree->built && current_tree_proves(tree, account->claim.i, quick->residual, account->tolerance))
        return tree->served = true;
    bool due = tree->waited > 0 && (tree->waited & (tree->waited - 1)) == 0;
    tree->waited += !tree->served;
    if (!tree->served && !due && current_tree_spares(tree, account->tables, account->claim.circuit, account->claim.i,
                                                     quick->residual, account->tolerance, quick->low))
        return true;
    if (tree->failed > 0 && tree->failed++ < TRIES_AGAIN)
        return false;
    current_tree_build(tree, account->tables, account->claim.circuit, account->claim.i);
    bool proved = current_tree_proves(tree, account->claim.i, quick->residual, account->tolerance);
    tree->failed = !proved;
    return proved;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

size_t certificate_quick_work(const struct circuit *circuit)
{
    const size_t align = _Alignof(max_align_t);
    size_t sums = CERTIFICATE_QUICK_KEPT + 3 * (size_t)circuit->nodes.count * sizeof(double);
    return (sums + current_tree_room(circuit) + align - 1) / align * align;
}

size_t certificate_quick_room(const struct circuit *circuit)
{
    return certificate_quick_work(circuit) + controlled_room(circuit);
}

_Static_assert(sizeof(struct quick) <= CERTIFICATE_QUICK_KEPT, "what is kept has room");

struct quick *certificate_quick_place(void *room, const struct circuit *circuit)
{
    struct quick *quick = room;
    quick->residual = (void *)((char *)room + CERTIFICATE_QUICK_KEPT);
    quick->largest = quick->residual + circuit->nodes.count;
    quick->low = quick->largest + circuit->nodes.count;
    current_tree_place(&quick->tree, quick->low + circuit->nodes.count, circuit);
    return quick;
}

void *certificate_quick_lend(void *room)
{
    struct quick *quick = room;
    quick->tree.built = false;
    return (char *)room + CERTIFICATE_QUICK_KEPT;
}

/* Laws hold, and what is delivered is taken. */
static bool is_balanced(const struct account *account)
{
    const struct element_tables *tables = account->tables;
    double rounding = DBL_EPSILON / 2 * (tables->resistors + tables->others) * account->turned;
    return !account->bad && isfinite(account->turned) &&
           fabs(account->power) + rounding <= account->tolerance * account->turned;
}

bool certificate_quick_conclude(struct account *account, struct quick *quick, struct least_drops least)
{
    const struct law_columns *laws = &account->tables->laws;
    add_each(account, laws->others, laws->other);
    return is_balanced(account) && !certificate_quick_may_not_close(account, quick, &least);
}

/* Each check ends with what is not provable quickly. */
static bool check(struct account *account, struct quick *quick)
{
    const struct element_tables *tables = account->tables;
    if (!are_potentials(tables->nodes, account->claim.hi, account->claim.lo))
        return false;
    if (tables->fans)
        certificate_quick_add_currents(account, quick);
    else
        add_resistors(account);
    add_others(account);
    if (!is_balanced(account))
        return false;
    if (tables->fans)
        certificate_quick_add_other_currents(account, quick);
    else
        certificate_quick_add_currents(account, quick);
    if (judge_nodes(account, quick->residual, quick->largest) && !account->bad)
        find_worst(account, quick->residual, quick->largest);
    return !account->bad && !certificate_quick_may_not_close(account, quick, NULL) && proves_sets(quick, account);
}

void certificate_quick_fill(struct certificate *certificate, const struct account *account)
{
    *certificate = (struct certificate){
        .kcl = account->left, .kcl_relative = account->worst, .kcl_node = account->node,
        .law_element = CERTIFICATE_NONE, .loop_element = CERTIFICATE_NONE, .power = account->power,
        .power_relative = account->turned > 0 ? fabs(account->power) / account->turned : 0,
        .tolerance = account->tolerance, .proved = true,
    };
}

bool certificate_quick(struct certificate *certificate, const struct claim *claim, const struct element_tables *tables,
                       double tolerance, void *room)
{
    struct account account = {.tables = tables, .claim = *claim, .tolerance = tolerance,
                              .work = (char *)room + certificate_quick_work(claim->circuit),
                              .least = INFINITY, .node = CERTIFICATE_NONE};
    if (!check(&account, certificate_quick_place(room, claim->circuit)))
        return false;
    certificate_quick_fill(certificate, &account);
    return true;
}
