#include "circuit/supernodes.h"

#include "util/array.h"
#include <stdlib.h>

static bool is_voltage_defined(const struct element *element)
{
    return element_is_voltage_defined(element) && element->a != element->k;
}

/* weight [nodes] S, zero before: of the resistors at each node. */
static void weigh(const struct circuit *circuit, double *weight)
{
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind != ELEMENT_RESISTOR || element->a == element->k)
            continue;
        weight[element->a] += 1 / element->value;
        weight[element->k] += 1 / element->value;
    }
}

bool supernodes_build(struct supernodes *supernodes, const struct circuit *circuit)
{
    uint32_t count = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        count += is_voltage_defined(&circuit->element[e]);
    supernodes->edge = array_new(count, sizeof *supernodes->edge);
    supernodes->element = array_new(count, sizeof *supernodes->element);
    supernodes->value = array_new(count, sizeof *supernodes->value);
    supernodes->offset = array_new(circuit->nodes.count, sizeof *supernodes->offset);
    if (!supernodes->edge || !supernodes->element || !supernodes->value || !supernodes->offset)
        return false;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (!is_voltage_defined(element))
            continue;
        supernodes->edge[supernodes->edges] = (struct forest_edge){element->a, element->k};
        supernodes->element[supernodes->edges++] = e;
    }
    double *weight = array_new(circuit->nodes.count, sizeof *weight);
    if (!weight)
        return false;
    weigh(circuit, weight); /* the potential that is solved for is that of the heaviest node: it is rounded least */
    bool built = forest_build(&supernodes->forest, circuit->nodes.count, supernodes->edge, supernodes->edges, weight);
    free(weight);
    if (built)
        supernodes_update(supernodes, circuit);
    return built;
}

void supernodes_update(struct supernodes *supernodes, const struct circuit *circuit)
{
    for (uint32_t q = 0; q < supernodes->edges; q++)
        supernodes->value[q] = element_defined_voltage(&circuit->element[supernodes->element[q]]);
    forest_offsets(&supernodes->forest, supernodes->edge, supernodes->value, supernodes->offset);
}

void supernodes_free(struct supernodes *supernodes)
{
    free(supernodes->edge);
    free(supernodes->element);
    free(supernodes->value);
    free(supernodes->offset);
    forest_free(&supernodes->forest);
    *supernodes = (struct supernodes){0};
}
