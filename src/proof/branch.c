#include "proof/branch_parts.h"

#include <math.h>

void branch_judge(struct branch *branch, double amount, double allowed, double volts_each, double size)
{
    if (amount <= allowed && isfinite(allowed))
        return;
    double above = amount - allowed;
    branch->violation = isfinite(above) ? above * volts_each : INFINITY;
    branch->relative = isfinite(above) && above > 0 && size > 0 ? above / size : INFINITY;
}

void branch_judge_current(struct branch *branch, double i, struct dd law, double size)
{
    double away = fabs(dd_value(dd_sub_double(law, i))), rounding = branch_unit * (fabs(i) + size);
    branch->by_floor = !(away <= rounding);
    branch_judge(branch, away, rounding + branch->floor + DBL_MIN, 1 / branch->slope, fabs(i) + size);
}

struct branch branch_voltage_defined(struct dd u, double value, double rounding, double magnitude)
{
    struct branch branch = {.slope = INFINITY, .emf = value};
    branch_judge(&branch, fabs(dd_sub_double(u, value).hi), rounding, 1, magnitude);
    return branch;
}

/* In volts, R i against u, which takes no division. */
struct branch branch_resistor(double ohms, struct dd u, double rounding, double i)
{
    double g = fabs(1 / ohms);
    struct branch branch = {.slope = g, .floor = g * rounding, .drop = two_product(ohms, i)};
    double away = fabs(dd_sub(branch.drop, u).hi), size = fabs(branch.drop.hi) + fabs(u.hi);
    branch.by_floor = !(away <= branch_unit * size);
    branch_judge(&branch, away, branch_unit * size + rounding + fabs(ohms) * DBL_MIN, 1, size);
    return branch;
}

/* A current that is just what it is. */
static struct branch fixed(double value, double i)
{
    struct branch branch = {0};
    if (i != value)
        branch.violation = branch.relative = INFINITY;
    return branch;
}

/* The voltage that a diode's current says: a piecewise-linear law by the part that has such a current, whatever side
 * of a knee rounding leaves the potentials on; a curve where it meets 0 A if it goes on straight, and the rest by its
 * slope. law_i: A, its current at u. */
static void find_drop(struct branch *branch, const struct law *law, struct dd u, double area, double law_i, double i)
{
    if (!(branch->slope > 0))
        return;
    if (law->curve) {
        double straight = law_i / branch->slope;
        branch->emf = fabs(u.hi - straight) <= 1e-6 * fabs(u.hi) ? 0 : u.hi - straight;
        branch->drop = dd_from(i / branch->slope);
        return;
    }
    double g = area * law->g_off, forward = g * law->v_fwd, reverse = isinf(law->v_rev) ? INFINITY : g * law->v_rev;
    if (i > forward) {
        branch->emf = law->v_fwd;
        branch->drop = dd_from((i - forward) / (area * law->g_on));
    } else if (i < -reverse) {
        branch->emf = -law->v_rev;
        branch->drop = dd_from((i + reverse) / (area * law->g_rev));
    } else {
        branch->drop = dd_from(g > 0 ? i / g : NAN);
    }
}

/* The current beyond what a constraint leaves free, and the voltage at its threshold. */
static struct branch ideal_diode(const struct law *law, double area, struct dd u, double rounding, double magnitude,
                                 double i)
{
    struct law_point at = law_at(law, u, rounding);
    struct branch branch = {.slope = area * at.slope, .floor = area * at.change};
    struct dd law_i = dd_mul_double(at.i, area);
    double beyond = i - dd_value(law_i), noise = branch_unit * (fabs(i) + area * at.size) + branch.floor + DBL_MIN;
    bool forward = isinf(law->g_on), reverse = isinf(law->g_rev);
    double before = forward ? dd_sub_double(u, law->v_fwd).hi : -INFINITY;
    double behind = reverse && isfinite(law->v_rev) ? -dd_add_double(u, law->v_rev).hi : -INFINITY;
    branch_judge(&branch, fmax(before, behind), rounding, 1, magnitude);
    if (fabs(beyond) > noise && (beyond > 0 ? forward : reverse)) {
        double threshold = beyond > 0 ? law->v_fwd : -law->v_rev;
        branch = branch_voltage_defined(u, threshold, rounding, magnitude);
        branch.product = fabs(beyond * dd_sub_double(u, threshold).hi);
        return branch;
    }
    branch_judge_current(&branch, i, law_i, area * at.size);
    find_drop(&branch, law, u, area, law_i.hi, i);
    return branch;
}

/* number: which of the currents of the law. */
static struct branch by_law(const struct law *law, double area, const struct branch_voltage *of, uint32_t number,
                            double i)
{
    struct dd u[LAW_VOLTAGES];
    double near[LAW_VOLTAGES];
    struct law_point point[LAW_VOLTAGES], *at = &point[number];
    for (uint32_t k = 0; k < law_voltages(law); k++) {
        u[k] = of[k].u;
        near[k] = branch_rounding_of(&of[k]);
    }
    if (!law_covers(law, u))
        return (struct branch){.violation = INFINITY, .relative = INFINITY};
    if (isinf(law->g_on) || isinf(law->g_rev))
        return ideal_diode(law, area, *u, *near, of->magnitude, i);
    law_currents(law, u, near, point);
    struct branch branch = {.slope = area * at->slope, .floor = area * at->change};
    struct dd law_i = dd_mul_double(at->i, area);
    branch_judge_current(&branch, i, law_i, area * at->size);
    find_drop(&branch, law, u[number], area, law_i.hi, i);
    return branch;
}

struct branch branch_at(const struct circuit *circuit, const struct element *element, const struct branch_voltage *of,
                        double i, double slack)
{
    const struct branch_voltage *own = &of[element->branch];
    double rounding = branch_rounding_of(own);
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
        return branch_resistor(element->value, own->u, rounding, i);
    case ELEMENT_SHORT:
        return branch_voltage_defined(own->u, 0, rounding + slack, own->magnitude);
    case ELEMENT_VSOURCE:
        return branch_voltage_defined(own->u, element->value, rounding + slack, own->magnitude);
    case ELEMENT_CAPACITOR:
        return fixed(0, i);
    case ELEMENT_ISOURCE:
        return fixed(element->value, i);
    default:
        return by_law(&circuit->law[element->law], element->value, of, element->branch, i);
    }
}

static inline struct dd potential(const struct claim *claim, uint32_t node)
{
    struct dd v = claim_potential(claim, node);
    if (!(fabs(v.lo) <= DBL_EPSILON * fabs(v.hi)) || !isfinite(v.hi) || (node == GROUND && v.hi != 0))
        return dd_from(NAN);
    return v;
}

static inline struct branch_voltage voltage_of(const struct claim *claim, const struct element *element)
{
    struct dd a = potential(claim, element->a), k = potential(claim, element->k);
    return (struct branch_voltage){dd_sub(a, k), fabs(a.hi) + fabs(k.hi)};
}

void branch_voltages(const struct claim *claim, uint32_t e, struct branch_voltage *of)
{
    const struct element *element = &claim->circuit->element[e], *first = element - element->branch;
    uint32_t branches = circuit_branches(claim->circuit, element);
    of[element->branch] = voltage_of(claim, element);
    for (uint32_t number = 0; branches > 1 && number < branches; number++)
        of[number] = voltage_of(claim, &first[number]);
}

long double branch_delivered(const struct element *element, double u, double i)
{
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
        return -(long double)element->value * i * i;
    case ELEMENT_SHORT:
    case ELEMENT_CAPACITOR:
        return 0;
    case ELEMENT_VSOURCE:
        return -(long double)element->value * i;
    default:
        return -(long double)u * i;
    }
}
