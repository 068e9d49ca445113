/* Sums of the currents at nodes, of which the rounding is known, for the quick form of the certificate. */
#include "proof/certificate_quick_parts.h"

#include "util/exact.h"
#include "util/magnitude.h"
#include "util/octet.h"
#include <string.h>

/* The current, or its negative where the lowest bit of the branch says that the node is its k. */
static inline double leaving(double current, uint32_t branch)
{
    uint64_t bits;
    memcpy(&bits, &current, sizeof bits);
    bits ^= (uint64_t)(branch & 1) << 63;
    memcpy(&current, &bits, sizeof bits);
    return current;
}

/* 1.5 2^k with 2^k beyond twice the sum of a node's currents, the largest of which is `most`. A current plus and minus
 * it is rounded to a multiple of its last place, of which any sum here is fewer than 2^53: sums of such upper parts are
 * exact. INFINITY where there is no such number. */
static double upper_for(const struct element_tables *tables, double most)
{
    double sum = 4 * most * (tables->resistors + tables->others);
    int binary;
    if (!isfinite(sum))
        return INFINITY;
    frexp(sum, &binary);
    return ldexp(1.5, binary);
}

/* What the sum of the rests is rounded by, A, for each: they are at most upper eps / 2. */
static double rest_rounding(double upper)
{
    return upper * DBL_EPSILON * DBL_EPSILON;
}

/* ---- node after node --------------------------------------------------------------------------------------------- */

/* Of the currents at a node: the sum of their upper parts, that of the rest, and the largest; A. */
struct node_sum {
    double total, rest, most;
};

/* With branches list[begin, end) of it. */
KERNEL_PART struct node_sum with_branches(struct node_sum sum, const uint32_t *list, size_t begin, size_t end,
                                          const double *i, double upper)
{
    for (size_t q = begin; q < end; q++) {
        double current = leaving(i[list[q] >> 1], list[q]), part = (current + upper) - upper;
        sum.total += part;
        sum.rest += current - part;
        sum.most = greater(sum.most, fabs(current));
    }
    return sum;
}

/* The same of eight nodes. */
struct octet_sum {
    octet total, rest, most;
};

/* With one branch of each. */
KERNEL_PART void add_side_by_side(struct octet_sum *sum, const uint32_t *branch, const double *i, double upper)
{
    octet current;
    octet_bits enters;
    OCTET_UNROLL
    for (int l = 0; l < OCTET; l++) {
        current[l] = i[branch[l] >> 1];
        enters[l] = branch[l];
    }
    current = (octet)((octet_bits)current ^ enters << 63); /* as `leaving` has it */
    octet part = (current + upper) - upper, size = OCTET_MAGNITUDE(current);
    sum->total += part;
    sum->rest += current - part;
    sum->most = OCTET_PICK(size > sum->most, size, sum->most);
}

/* With the branches that do not stand side by side, of the nodes from `node` on; each has `fewest` that do. */
KERNEL_PART void add_longer(struct octet_sum *sum, const struct element_tables *tables, uint32_t node, uint32_t fewest,
                            const double *i, double upper)
{
    const uint32_t *start = tables->start + node;
    for (int l = 0; l < OCTET; l++) {
        struct node_sum one = {sum->total[l], sum->rest[l], sum->most[l]};
        one = with_branches(one, tables->list, start[l] + fewest, start[l + 1], i, upper);
        sum->total[l] = one.total;
        sum->rest[l] = one.rest;
        sum->most[l] = one.most;
    }
}

/* All currents at the nodes: sum, largest [nodes]. Returns the largest of all. */
KERNEL
static double add_nodes(const struct account *account, double upper, double *restrict sum, double *restrict largest)
{
    const struct element_tables *tables = account->tables;
    const uint32_t *start = tables->start, *branch = tables->side_by_side, octets = tables->octets;
    const double *i = account->claim.i;
    double most = 0;
    octet most_of_octets = {0};
    for (uint32_t o = 0, node = 0; o < octets; o++, node += OCTET) {
        struct octet_sum of = {0};
        for (uint32_t q = 0; q < tables->fewest[o]; q++, branch += OCTET)
            add_side_by_side(&of, branch, i, upper);
        if (start[node + OCTET] - start[node] > OCTET * tables->fewest[o])
            add_longer(&of, tables, node, tables->fewest[o], i, upper);
        *(octet *)(sum + node) = of.total + of.rest;
        *(octet *)(largest + node) = of.most;
        most_of_octets = OCTET_PICK(of.most > most_of_octets, of.most, most_of_octets);
    }
    for (int l = 0; l < OCTET; l++)
        most = greater(most, most_of_octets[l]);
    for (uint32_t node = octets * OCTET; node < tables->nodes; node++) {
        struct node_sum of = with_branches((struct node_sum){0}, tables->list, start[node], start[node + 1], i, upper);
        sum[node] = of.total + of.rest;
        largest[node] = of.most;
        most = greater(most, of.most);
    }
    return most;
}

/* ---- fan after fan ----------------------------------------------------------------------------------------------- */

/* The laws of the resistors, and their currents at the nodes: sums of their upper parts, and of the rest, low; largest
 * [nodes]; all zeroed before. Returns the largest of all. */
KERNEL
static double add_fans(struct account *account, double upper, double *restrict sum, double *restrict low,
                       double *restrict largest)
{
    const struct element_tables *tables = account->tables;
    const double *lo = account->claim.lo ? account->claim.lo : account->claim.hi;
    const double scale = account->claim.lo ? 1 : 0;
    double turned = 0, most_of_all = 0;
    int bad = 0;
    for (uint32_t r = 0; r < tables->fans; r++) {
        const struct fan *fan = &tables->fan[r];
        const double *resistance = tables->resistance + fan->begin;
        const double *current = account->claim.i + tables->resistor[fan->begin];
        const double *other = account->claim.hi + fan->moving, *other_lo = lo + fan->moving;
        double *there = sum + fan->moving, *there_low = low + fan->moving, *there_largest = largest + fan->moving;
        double own = account->claim.hi[fan->still], own_lo = lo[fan->still], sign = fan->sign;
        double total = 0, rest = 0, most = 0;
        KERNEL_FAN(bad, most, turned, total, rest)
        for (uint32_t q = 0; q < fan->length; q++) {
            double c = current[q], size = fabs(c), drop = resistance[q] * c, part = (c + upper) - upper;
            bad |= is_off(own - other[q], scale * (own_lo - other_lo[q]), sign * drop);
            turned += drop * c;
            most = size > most ? size : most;
            total += part;
            rest += c - part;
            there[q] -= sign * part;
            there_low[q] -= sign * (c - part);
            there_largest[q] = size > there_largest[q] ? size : there_largest[q];
        }
        sum[fan->still] += sign * total;
        low[fan->still] += sign * rest;
        largest[fan->still] = greater(largest[fan->still], most);
        most_of_all = greater(most_of_all, most);
    }
    account->bad |= bad;
    account->turned += turned;
    account->power -= turned;
    return most_of_all;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

/* Begun with the largest one of the point before; again where that was too little. */
void certificate_quick_add_currents(struct account *account, struct quick *quick)
{
    const struct element_tables *tables = account->tables;
    const struct account before = *account;
    for (bool again = true; again;) {
        double upper = upper_for(tables, quick->most), most;
        *account = before;
        if (tables->fans) {
            memset(quick->residual, 0, 3 * (size_t)tables->nodes * sizeof(double));
            most = add_fans(account, upper, quick->residual, quick->low, quick->largest);
        } else {
            most = add_nodes(account, upper, quick->residual, quick->largest);
        }
        bool fits = isfinite(upper_for(tables, most));
        account->bad |= !fits;
        again = fits && most > 2 * quick->most;
        quick->most = fits ? most : 0;
        account->each = rest_rounding(upper);
    }
}

void certificate_quick_add_other_currents(struct account *account, struct quick *quick)
{
    double *sum = quick->residual, *low = quick->low, *largest = quick->largest;
    const double *i = account->claim.i;
    double most = 0;
    for (uint32_t q = 0; q < account->tables->others; q++) {
        uint32_t e = account->tables->other[q];
        uint32_t a = account->claim.circuit->element[e].a, k = account->claim.circuit->element[e].k;
        if (a == k)
            continue;
        add_exactly(&sum[a], &low[a], i[e]);
        add_exactly(&sum[k], &low[k], -i[e]);
        largest[a] = greater(largest[a], fabs(i[e]));
        largest[k] = greater(largest[k], fabs(i[e]));
        most = greater(most, fabs(i[e]));
    }
    account->each = fmax(account->each, rest_rounding(upper_for(account->tables, most)));
    for (uint32_t node = 0; node < account->tables->nodes; node++)
        sum[node] += low[node];
}
