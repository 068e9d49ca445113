/* The circuit at lambda = 0 (equations.h), as one for the convex solvers. */
#include "general/general_parts.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* What an element is there. */
static struct element without_gain(const struct circuit *circuit, struct element element)
{
    switch ((enum element_kind)element.kind) {
    case ELEMENT_RESISTOR:
        if (element.value < 0)
            element.value = 1 / equations_g0;
        break;
    case ELEMENT_SWITCH: element.kind = ELEMENT_RESISTOR; break;
    case ELEMENT_CONTROLLED_VOLTAGE:
        element.kind = ELEMENT_RESISTOR;
        element.value = equations_r0;
        break;
    case ELEMENT_CONTROLLED_CURRENT:
        if (circuit->coupling[element.law].law.divides) {
            element.kind = ELEMENT_RESISTOR;
            element.value = 1 / equations_g0;
        } else {
            element.kind = ELEMENT_CAPACITOR;
        }
        break;
    default: break;
    }
    return element;
}

struct circuit *general_without_gain(const struct general *general)
{
    const struct circuit *circuit = general->equations->circuit;
    const double *nudge = general->equations->nudge;
    size_t elements = circuit->elements.count, nodes = circuit->nodes.count, all = elements + 2 * nodes;
    struct element *element = all < UINT32_MAX ? array_new(all, sizeof *element) : NULL;
    struct circuit *copy = circuit_copy_with(circuit, element);
    const char **text = array_new(all, sizeof *text);
    if (!copy || !text) {
        free(text);
        circuit_free_copy(copy);
        return NULL;
    }
    memcpy(text, circuit->elements.text, elements * sizeof *text);
    for (size_t e = 0; e < elements; e++)
        element[e] = without_gain(circuit, circuit->element[e]);
    for (size_t e = elements; e < all; e++) {
        uint32_t node = (uint32_t)((e - elements) / 2);
        bool leak = (e - elements) % 2 == 0;
        text[e] = "";
        element[e] = (struct element){.place = "",
                                      .kind = leak ? ELEMENT_RESISTOR : ELEMENT_ISOURCE,
                                      .a = node,
                                      .k = GROUND,
                                      .value = leak ? 1 / equations_g0 : node == GROUND ? 0 : nudge[node - 1]};
    }
    copy->elements.text = text;
    copy->elements.count = (uint32_t)all;
    copy->couplings = 0;
    circuit_changed(copy, true);
    return copy;
}

void general_without_gain_free(struct circuit *circuit)
{
    if (!circuit)
        return;
    free(circuit->elements.text);
    circuit_free_copy(circuit);
}
