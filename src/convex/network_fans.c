/* Where layers are joined densely: what the currents of resistors lead into nodes, and what a correction changes of
 * them, fan by fan. The sums are those of network_potentials.c, node by node before cluster by cluster. */
#include "convex/network_parts.h"

#include "util/kernel.h"
#include <string.h>

enum { LANES = 8 };

/* What nodes are short of, in two parts, and the largest current at each; [nodes] A. */
struct node_sums {
    double *sum, *rest, *most;
};

/* Minus the sum of current[0..count) to a node. */
KERNEL_PART void take_from(const struct node_sums *sums, uint32_t node, const double *current, uint32_t count)
{
    double lane[LANES] = {0}, lane_rest[LANES] = {0};
    uint32_t q = 0;
    for (; q + LANES <= count; q += LANES) {
        KERNEL_EACH
        for (int l = 0; l < LANES; l++)
            add_exactly(&lane[l], &lane_rest[l], current[q + l]);
    }
    for (; q < count; q++)
        add_exactly(&lane[0], &lane_rest[0], current[q]);
    for (int l = 0; l < LANES; l++) {
        add_exactly(&sums->sum[node], &sums->rest[node], -lane[l]);
        sums->rest[node] -= lane_rest[l];
    }
}

/* tree [nodes] the clusters: within one a current leads nothing. row: work, as long as a fan. */
KERNEL
static void lead_fans(const struct element_tables *tables, const uint32_t *tree, const double *hi, const double *lo,
                      const struct node_sums *sums, double *restrict row)
{
    for (uint32_t f = 0; f < tables->fans; f++) {
        const struct fan *fan = &tables->fan[f];
        const double *restrict resistance = tables->resistance + fan->begin;
        const double *restrict other = hi + fan->moving, *restrict other_lo = lo + fan->moving;
        double *restrict sum = sums->sum + fan->moving, *restrict rest = sums->rest + fan->moving;
        double *restrict most = sums->most + fan->moving;
        const uint32_t *restrict other_tree = tree + fan->moving;
        double own = hi[fan->still], own_lo = lo[fan->still], largest = 0;
        uint32_t own_tree = tree[fan->still];
        KERNEL_LARGEST(largest)
        for (uint32_t q = 0; q < fan->length; q++) {
            double current = ((own - other[q]) + (own_lo - other_lo[q])) / resistance[q], size = fabs(current);
            double leads = other_tree[q] == own_tree ? 0 : current;
            row[q] = leads;
            add_exactly(&sum[q], &rest[q], leads);
            most[q] = size > most[q] ? size : most[q];
            largest = size > largest ? size : largest;
        }
        take_from(sums, fan->still, row, fan->length);
        if (largest > sums->most[fan->still])
            sums->most[fan->still] = largest;
    }
}

void network_lead_fans(struct network *network, const struct potentials *v)
{
    const struct element_tables *tables = network->tables;
    const struct node_sums sums = {network->fan_sum, network->fan_rest, network->most};
    const uint32_t *tree = network->forest.tree;
    memset(sums.sum, 0, tables->nodes * sizeof *sums.sum);
    memset(sums.rest, 0, tables->nodes * sizeof *sums.rest);
    lead_fans(tables, tree, v->part[0], v->part[1], &sums, network->fan_row);
    for (uint32_t node = 0; node < tables->nodes; node++) {
        add_exactly(&network->sum[0][tree[node]], &network->sum[1][tree[node]], sums.sum[node]);
        network->sum[1][tree[node]] += sums.rest[node];
    }
}

/* Nodes that a correction moves. */
struct moved_nodes {
    const uint32_t *tree;    /* [nodes] */
    const double *hi, *move; /* [nodes] V */
    const double *most;      /* [nodes] A, the largest current there */
};

/* In volts, so that a current takes no division. floor: A, and `enough` of the largest current, are next to nothing. */
KERNEL
static double measure_fans(const struct element_tables *tables, const struct moved_nodes *nodes, double floor,
                           double enough, bool *needs_parts)
{
    const uint32_t *tree = nodes->tree;
    const double *hi = nodes->hi, *move = nodes->move, *most = nodes->most;
    const double rounding = 8 * DBL_EPSILON * DBL_EPSILON;
    double largest = 0;
    int needs = 0;
    for (uint32_t f = 0; f < tables->fans; f++) {
        const struct fan *fan = &tables->fan[f];
        const double *restrict resistance = tables->resistance + fan->begin;
        const double *restrict other = hi + fan->moving, *restrict other_move = move + fan->moving;
        const double *restrict other_most = most + fan->moving;
        const uint32_t *restrict other_tree = tree + fan->moving;
        double volts = fabs(hi[fan->still]), own_move = move[fan->still], own_most = most[fan->still];
        uint32_t own_tree = tree[fan->still];
        KERNEL_FLAG_LARGEST(needs, largest)
        for (uint32_t q = 0; q < fan->length; q++) {
            double least = own_most < other_most[q] ? own_most : other_most[q];
            double need = resistance[q] * (floor + enough * least), noise = rounding * (volts + fabs(other[q]));
            double change = fabs(own_move - other_move[q]) / (need + noise + resistance[q] * DBL_MIN);
            needs |= (noise > need) & (other_tree[q] != own_tree);
            largest = change > largest ? change : largest;
        }
    }
    *needs_parts |= needs != 0;
    return largest;
}

double network_measure_fans(struct network *network, const struct potentials *v, double floor, bool *needs_parts)
{
    const struct element_tables *tables = network->tables;
    double *move = network->fan_sum;
    for (uint32_t node = 0; node < tables->nodes; node++)
        move[node] = network->d[network->forest.tree[node]];
    const struct moved_nodes nodes = {network->forest.tree, v->part[0], move, network->most};
    return measure_fans(tables, &nodes, floor, network->enough, needs_parts);
}
