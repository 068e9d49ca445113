#include "circuit/inventory.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

static bool build_branches(struct inventory *inventory, const struct circuit *circuit)
{
    uint32_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    inventory->start = array_new((size_t)nodes + 2, sizeof *inventory->start);
    inventory->list = array_new((size_t)elements * 2, sizeof *inventory->list);
    if (!inventory->start || !inventory->list)
        return false;
    size_t *fill = inventory->start + 1; /* becomes start[] while filling */
    for (uint32_t e = 0; e < elements; e++) {
        const struct element *element = &circuit->element[e];
        fill[element->a + 1] += element->a != element->k;
        fill[element->k + 1] += element->a != element->k;
    }
    for (uint32_t v = 0; v < nodes; v++)
        fill[v + 1] += fill[v];
    for (uint32_t e = 0; e < elements; e++) {
        const struct element *element = &circuit->element[e];
        if (element->a == element->k)
            continue;
        inventory->list[fill[element->a]++] = 2 * e;
        inventory->list[fill[element->k]++] = 2 * e + 1;
    }
    return true;
}

static bool allocate(struct inventory *inventory, const struct circuit *circuit)
{
    size_t count[ELEMENT_DIODE + 1] = {0};
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        count[circuit->element[e].kind]++;
    size_t resistors = count[ELEMENT_RESISTOR];
    inventory->a = array_new(resistors, sizeof *inventory->a);
    inventory->k = array_new(resistors, sizeof *inventory->k);
    inventory->resistance = array_new(resistors, sizeof *inventory->resistance);
    inventory->resistor = array_new(resistors, sizeof *inventory->resistor);
    inventory->other = array_new(circuit->elements.count - resistors, sizeof *inventory->other);
    inventory->holder = array_new(count[ELEMENT_VSOURCE] + count[ELEMENT_SHORT], sizeof *inventory->holder);
    inventory->source = array_new(count[ELEMENT_ISOURCE], sizeof *inventory->source);
    inventory->diode = array_new(count[ELEMENT_DIODE], sizeof *inventory->diode);
    inventory->conductance = array_new(circuit->nodes.count, sizeof *inventory->conductance);
    return inventory->a && inventory->k && inventory->resistance && inventory->resistor && inventory->other && inventory->holder &&
           inventory->source && inventory->diode && inventory->conductance;
}

static void add_element(struct inventory *inventory, const struct element *element, uint32_t e)
{
    if (element->kind != ELEMENT_RESISTOR)
        inventory->other[inventory->others++] = e;
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
        inventory->a[inventory->resistors] = element->a;
        inventory->k[inventory->resistors] = element->k;
        inventory->resistor[inventory->resistors++] = e;
        break;
    case ELEMENT_VSOURCE:
    case ELEMENT_SHORT:
        inventory->holder[inventory->holders++] = e;
        break;
    case ELEMENT_ISOURCE:
        inventory->source[inventory->sources++] = e;
        break;
    case ELEMENT_DIODE:
        inventory->diode[inventory->diodes++] = e;
        break;
    case ELEMENT_CAPACITOR:
        break;
    }
}

bool inventory_build(struct inventory *inventory, const struct circuit *circuit)
{
    if (circuit->elements.count > UINT32_MAX / 2 || !allocate(inventory, circuit) || !build_branches(inventory, circuit)) {
        inventory_free(inventory);
        return false;
    }
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        add_element(inventory, &circuit->element[e], e);
    inventory_revalue(inventory, circuit);
    return true;
}

void inventory_revalue(struct inventory *inventory, const struct circuit *circuit)
{
    memset(inventory->conductance, 0, circuit->nodes.count * sizeof *inventory->conductance);
    for (uint32_t r = 0; r < inventory->resistors; r++) {
        double resistance = circuit->element[inventory->resistor[r]].value;
        inventory->resistance[r] = resistance;
        if (inventory->a[r] == inventory->k[r])
            continue;
        inventory->conductance[inventory->a[r]] += 1 / resistance;
        inventory->conductance[inventory->k[r]] += 1 / resistance;
    }
}

void inventory_free(struct inventory *inventory)
{
    free(inventory->a);
    free(inventory->k);
    free(inventory->resistance);
    free(inventory->resistor);
    free(inventory->other);
    free(inventory->holder);
    free(inventory->source);
    free(inventory->diode);
    free(inventory->conductance);
    free(inventory->start);
    free(inventory->list);
    *inventory = (struct inventory){0};
}
