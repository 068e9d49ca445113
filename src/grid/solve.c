#include "grid/solve.h"

#include "grid/clusters.h"
#include "grid/network.h"
#include "util/array.h"
#include "util/clock.h"
#include <stdlib.h>
#include <string.h>

/* The voltage-defined branches of this rank. *count of them; NULL: memory is out. */
static struct holder *list_holders(const struct share *share, uint32_t *count)
{
    const struct circuit *circuit = share->circuit;
    uint32_t holders = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        holders += grid_holds(&circuit->element[e]);
    struct holder *holder = array_new(holders, sizeof *holder);
    *count = 0;
    for (uint32_t e = 0; holder && e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (grid_holds(element))
            holder[(*count)++] = (struct holder){.a = share->number[element->a],
                                                 .k = share->number[element->k],
                                                 .volts = element->kind == ELEMENT_VSOURCE ? element->value : 0,
                                                 .rank = share->ranks.rank,
                                                 .element = e};
    }
    return holder;
}

/* A source of some volts with both ends on one node. */
static void report_self_loops(const struct share *share, struct diagnostics *diagnostics)
{
    const struct circuit *circuit = share->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        int length;
        if (element->kind != ELEMENT_VSOURCE || element->a != element->k)
            continue;
        const char *name = circuit_spelling(circuit, e, &length);
        if (element->value == 0)
            diagnose(diagnostics, WARNING_ZERO_SOURCE_ON_ONE_NODE, element->place, element->name_length,
                     "%.*s has both ends on node %s: ignored", length, name, circuit->nodes.text[element->a]);
        else
            diagnose(diagnostics, OUTCOME_SOURCE_ON_ONE_NODE, element->place, element->name_length,
                     "%.*s holds %g V between a node and itself", length, name, element->value);
    }
}

static bool answer_new(struct grid_answer *answer, const struct circuit *circuit)
{
    answer->hi = array_new(circuit->nodes.count, sizeof *answer->hi);
    answer->lo = array_new(circuit->nodes.count, sizeof *answer->lo);
    answer->current = array_new(circuit->elements.count, sizeof *answer->current);
    answer->floats = array_new(circuit->nodes.count, sizeof *answer->floats);
    return answer->hi && answer->lo && answer->current && answer->floats;
}

/* Clusters, unknowns, the network between them; its answer; currents. */
enum grid_status grid_solve(struct share *share, struct grid_answer *answer, struct diagnostics *diagnostics)
{
    struct network network = {.share = share, .answer = answer, .diagnostics = diagnostics};
    size_t outcomes = diagnostics->outcomes;
    uint32_t count;
    report_self_loops(share, diagnostics);
    if (ranks_any(diagnostics->outcomes > outcomes))
        return GRID_UNSOLVED;
    struct holder *holder = list_holders(share, &count);
    if (!ranks_all(holder && answer_new(answer, share->circuit))) {
        free(holder);
        return GRID_NO_MEMORY;
    }
    enum grid_status status = clusters_build(&network.clusters, share, holder, count, diagnostics);
    free(holder);
    if (status == GRID_OK)
        status = network_build(&network);
    if (status == GRID_OK)
        status = network_place_parts(&network);
    if (status == GRID_OK)
        status = network_iterate(&network);
    if (status == GRID_OK)
        status = network_currents(&network);
    network_free(&network);
    return status;
}

void grid_answer_free(struct grid_answer *answer)
{
    free(answer->hi);
    free(answer->lo);
    free(answer->current);
    free(answer->floats);
    *answer = (struct grid_answer){0};
}
