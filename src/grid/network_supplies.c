#include "grid/network_parts.h"

#include "circuit/topology.h"
#include "util/array.h"
#include <stdlib.h>

/* Current into a part from the sources that one rank has. */
struct supply {
    int64_t part;
    double sum, size; /* A */
    double largest;   /* of one source there */
};

static int by_part(const void *x, const void *y)
{
    const struct supply *a = x, *b = y;
    return (a->part > b->part) - (a->part < b->part);
}

/* Merge what belongs to one part. Returns how many are left. */
static size_t merge(struct supply *supply, size_t count)
{
    size_t kept = 0;
    qsort(supply, count, sizeof *supply, by_part);
    for (size_t q = 0; q < count; q++) {
        if (kept == 0 || supply[kept - 1].part != supply[q].part) {
            supply[kept++] = supply[q];
            continue;
        }
        supply[kept - 1].sum += supply[q].sum;
        supply[kept - 1].size += supply[q].size;
        supply[kept - 1].largest = fmax(supply[kept - 1].largest, supply[q].largest);
    }
    return kept;
}

/* What the current sources of this rank bring to parts that float: supply [2 sources]. Returns how many. */
static size_t list_supplies(const struct grid_network *network, struct supply *supply)
{
    const struct circuit *circuit = network->share->circuit;
    size_t count = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind != ELEMENT_ISOURCE || element->value == 0)
            continue;
        int64_t from = parts_label(&network->parts, element->a), to = parts_label(&network->parts, element->k);
        double size = fabs(element->value);
        if (from == to)
            continue;
        if (from != GROUND_NUMBER)
            supply[count++] = (struct supply){from, -element->value, size, size};
        if (to != GROUND_NUMBER)
            supply[count++] = (struct supply){to, element->value, size, size};
    }
    return merge(supply, count);
}

/* A source of this rank that brings as much to the part as any does. */
static void report_supply(const struct grid_network *network, const struct supply *supply)
{
    const struct circuit *circuit = network->share->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind != ELEMENT_ISOURCE || fabs(element->value) != supply->largest)
            continue;
        int64_t from = parts_label(&network->parts, element->a), to = parts_label(&network->parts, element->k);
        if (from == to || (from != supply->part && to != supply->part))
            continue;
        topology_report_no_path(circuit, e, to == supply->part ? element->k : element->a, fabs(supply->sum),
                                supply->sum > 0, network->diagnostics);
        return;
    }
}

/* Do the sources bring as much to each part that floats as they take from it? */
static enum grid_status check_supplies(struct grid_network *network)
{
    const double rounding = 1e-12; /* as circuit/topology.c has it */
    size_t sources = network->share->circuit->elements.count, faults = 0;
    struct supply *own = array_new(2 * sources, sizeof *own), *all = NULL;
    int64_t total = 0;
    if (!ranks_all(own)) {
        free(own);
        return GRID_NO_MEMORY;
    }
    bool done = ranks_gather(&network->share->ranks, own, (int64_t)list_supplies(network, own), sizeof *own, &all,
                             &total, NULL);
    free(own);
    size_t parts = done ? merge(all, (size_t)total) : 0;
    for (size_t q = 0; q < parts; q++)
        if (fabs(all[q].sum) > rounding * all[q].size && ++faults <= DIAGNOSTICS_OF_A_KIND)
            report_supply(network, &all[q]);
    free(all);
    return !done ? GRID_NO_MEMORY : faults > 0 ? GRID_UNSOLVED : GRID_OK;
}

enum grid_status grid_network_check_parts(struct grid_network *network)
{
    const struct circuit *circuit = network->share->circuit;
    parts_begin(&network->parts);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind == ELEMENT_RESISTOR || element->kind == ELEMENT_DIODE || grid_holds(element))
            parts_join(&network->parts, element->a, element->k);
    }
    if (!grid_network_settle_parts(network))
        return GRID_NO_MEMORY;
    return network->is_open ? check_supplies(network) : GRID_OK;
}
