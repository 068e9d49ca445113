/* Do drops sum to zero round loops? What the quick form of the certificate asks of that. */
#include "proof/certificate_quick_parts.h"

#include "util/disjoint.h"

KERNEL
static struct least_drops least_resistor_drops(const struct element_tables *tables, const double *i)
{
    double some = INFINITY, any = INFINITY;
#ifndef __clang__
#pragma omp simd reduction(min : some, any)
#endif
    for (size_t r = 0; r < tables->resistors; r++) {
        double drop = fabs(tables->resistance[r] * i[tables->resistor[r]]);
        some = drop < some && drop > 0 ? drop : some;
        any = drop < any ? drop : any;
    }
    return (struct least_drops){some, any};
}

static double junction_drop(const struct account *account, uint32_t q)
{
    const struct junction_columns *junction = &account->tables->laws.junction;
    const double *hi = account->claim.hi, *lo = account->claim.lo;
    uint32_t a = junction->a[q], k = junction->k[q];
    return fabs((hi[a] - hi[k]) + (lo ? lo[a] - lo[k] : 0));
}

static struct least_drops find_least_drops(const struct account *account)
{
    struct least_drops least = least_resistor_drops(account->tables, account->claim.i);
    for (uint32_t q = 0; q < account->tables->laws.junction.count; q++) {
        double drop = junction_drop(account, q);
        least.some = drop > 0 ? fmin(least.some, drop) : least.some;
        least.any = fmin(least.any, drop);
    }
    return least;
}

static bool is_current_alone(const struct element *element)
{
    return element->kind == ELEMENT_ISOURCE || element->kind == ELEMENT_CAPACITOR ||
           element->kind == ELEMENT_CONTROLLED_CURRENT;
}

/* Has a branch that is neither a resistor nor a junction of the columns a drop that tells its current? */
static bool has_drop(const struct account *account)
{
    const struct law_columns *laws = &account->tables->laws;
    bool drops = false;
    for (uint32_t q = 0; q < laws->others && !drops; q++) {
        const struct element *other = &account->claim.circuit->element[laws->other[q]];
        drops = !is_current_alone(other) && !element_is_voltage_defined(other) &&
                other->kind != ELEMENT_CONTROLLED_VOLTAGE;
    }
    return drops;
}

/* Is there a loop of branches that are neither resistors nor junctions of the columns, and no currents alone? */
static bool has_loop(const struct account *account, uint32_t *set)
{
    const struct law_columns *laws = &account->tables->laws;
    const struct element *element = account->claim.circuit->element;
    bool loop = false;
    disjoint_init(set, account->tables->nodes);
    for (uint32_t g = 0; g < laws->gain.count; g++)
        loop |= !disjoint_join(set, laws->gain.a[g], laws->gain.k[g]);
    for (uint32_t q = 0; q < laws->others; q++) {
        const struct element *other = &element[laws->other[q]];
        loop |= !is_current_alone(other) && !disjoint_join(set, other->a, other->k);
    }
    return loop;
}

/* The same with the resistors and junctions whose drops are less than `least`, V. */
static bool has_small_loop(const struct account *account, uint32_t *set, double least)
{
    const struct element_tables *tables = account->tables;
    const struct junction_columns *junction = &tables->laws.junction;
    bool loop = has_loop(account, set);
    for (uint32_t r = 0; r < tables->resistors && !loop; r++)
        loop = fabs(tables->resistance[r] * account->claim.i[tables->resistor[r]]) < least &&
               !disjoint_join(set, tables->a[r], tables->k[r]);
    for (uint32_t q = 0; q < junction->count && !loop; q++)
        loop = junction_drop(account, q) < least && !disjoint_join(set, junction->a[q], junction->k[q]);
    return loop;
}

/* What hangs on the circuit alone. */
static void ask_of_others(const struct account *account, struct quick *quick)
{
    const struct circuit_version *version = &account->claim.circuit->version;
    if (quick->asked && quick->structured == version->structure && quick->valued == version->values)
        return;
    quick->looped = has_loop(account, quick->tree.set);
    quick->dropping = has_drop(account);
    quick->asked = true;
    quick->structured = version->structure;
    quick->valued = version->values;
}

bool certificate_quick_may_not_close(const struct account *account, struct quick *quick,
                                     const struct least_drops *least)
{
    if (account->by_floor || account->inexact == 0)
        return account->by_floor;
    struct least_drops drop = least ? *least : find_least_drops(account);
    double enough = account->inexact / (account->tolerance / 2); /* V */
    ask_of_others(account, quick);
    if (account->inexact <= DBL_EPSILON / 4 * account->least && enough <= drop.some && !quick->dropping)
        return false;
    return enough <= drop.any ? quick->looped : has_small_loop(account, quick->tree.set, enough);
}
