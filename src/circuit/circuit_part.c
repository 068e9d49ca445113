#include "circuit/circuit_part.h"

#include "util/array.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool has_couplings(const struct circuit *whole, const bool *taken)
{
    for (uint32_t e = 0; e < whole->elements.count; e++)
        if (taken[e] && circuit_coupling(whole, e))
            return true;
    return false;
}

/* Which nodes and elements are there, and how many of each. */
static void number(struct circuit_part *part, const struct circuit *whole, const bool *taken)
{
    uint32_t nodes = whole->nodes.count, *here = part->node_here;
    for (uint32_t node = 0; node < nodes; node++)
        here[node] = node == GROUND ? 0 : PART_NONE;
    for (uint32_t e = 0; e < whole->elements.count; e++) {
        part->element_here[e] = taken[e] ? part->elements++ : PART_NONE;
        if (!taken[e])
            continue;
        here[whole->element[e].a] = here[whole->element[e].k] = 0;
        const struct coupling *coupling = circuit_coupling(whole, e);
        for (uint32_t c = 0; coupling && c < coupling->law.n; c++)
            if (coupling->control[c].kind == CONTROL_VOLTAGE)
                here[coupling->control[c].p] = here[coupling->control[c].q] = 0;
    }
    for (uint32_t node = 0; node < nodes; node++)
        if (here[node] != PART_NONE)
            here[node] = part->nodes++;
}

static size_t controls_of(const struct circuit *whole)
{
    size_t controls = 0;
    for (size_t c = 0; c < whole->couplings; c++)
        controls += whole->coupling[c].law.n;
    return controls;
}

/* Controls by the numbers here. */
static void renumber_couplings(const struct circuit_part *part)
{
    struct circuit *circuit = part->circuit;
    struct control *at = part->control;
    for (size_t c = 0; c < circuit->couplings; c++) {
        struct coupling *coupling = &circuit->coupling[c];
        for (uint32_t n = 0; n < coupling->law.n; n++) {
            struct control control = coupling->control[n];
            bool voltage = control.kind == CONTROL_VOLTAGE;
            at[n] = (struct control){control.kind, voltage ? part->node_here[control.p] : part->element_here[control.p],
                                     voltage ? part->node_here[control.q] : 0};
            assert(at[n].p != PART_NONE && at[n].q != PART_NONE);
        }
        coupling->control = at;
        at += coupling->law.n;
    }
}

static void renumber_devices(const struct circuit_part *part)
{
    struct circuit *circuit = part->circuit;
    for (size_t d = 0; d < circuit->devices; d++) {
        struct device *device = &circuit->device[d];
        device->first = part->element_here[device->first];
        device->named = part->element_here[device->named];
        for (uint32_t n = 0; n < device->kind->nodes; n++)
            device->node[n] = part->node_here[device->node[n]];
    }
}

static void take_nodesets(const struct circuit_part *part, const struct circuit *whole, struct nodeset *nodeset)
{
    struct circuit *circuit = part->circuit;
    circuit->nodeset = nodeset;
    circuit->nodesets = 0;
    for (size_t s = 0; s < whole->nodesets; s++) {
        uint32_t node = part->node_here[whole->nodeset[s].node];
        if (node != PART_NONE)
            nodeset[circuit->nodesets++] = (struct nodeset){node, whole->nodeset[s].volts};
    }
}

static void take_offs(const struct circuit_part *part, const struct circuit *whole, uint32_t *off)
{
    struct circuit *circuit = part->circuit;
    circuit->off = off;
    circuit->offs = 0;
    for (size_t o = 0; o < whole->offs; o++)
        if (part->element_here[whole->off[o]] != PART_NONE)
            off[circuit->offs++] = part->element_here[whole->off[o]];
}

/* The laws that diodes of the part have, in place of all; they follow each other in the order of the whole. number
 * [laws] work, 0. */
static void keep_laws(struct circuit *circuit, uint32_t *number)
{
    uint32_t laws = circuit->n_laws;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (circuit->element[e].kind == ELEMENT_DIODE)
            number[circuit->element[e].law] = 1;
    circuit->n_laws = circuit->n_curves = 0;
    for (uint32_t l = 0; l < laws; l++) {
        if (!number[l])
            continue;
        number[l] = circuit->n_laws;
        circuit->n_curves += circuit->law[l].curve != NULL;
        circuit->law[circuit->n_laws++] = circuit->law[l];
    }
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (circuit->element[e].kind == ELEMENT_DIODE)
            circuit->element[e].law = number[circuit->element[e].law];
}

/* What the elements are here, and the names. */
static void take(struct circuit_part *part, const struct circuit *whole, struct element *element,
                 const char **node_text, const char **element_text, uint32_t more_nodes, uint32_t more_elements)
{
    struct circuit *circuit = part->circuit;
    for (uint32_t node = 0; node < whole->nodes.count; node++)
        if (part->node_here[node] != PART_NONE) {
            part->node[part->node_here[node]] = node;
            node_text[part->node_here[node]] = whole->nodes.text[node];
        }
    for (uint32_t e = 0; e < whole->elements.count; e++) {
        uint32_t here = part->element_here[e];
        if (here == PART_NONE)
            continue;
        part->element[here] = e;
        element_text[here] = whole->elements.text[e];
        element[here] = whole->element[e];
        element[here].a = part->node_here[whole->element[e].a];
        element[here].k = part->node_here[whole->element[e].k];
    }
    for (uint32_t node = part->nodes; node < part->nodes + more_nodes; node++)
        node_text[node] = "";
    for (uint32_t e = part->elements; e < part->elements + more_elements; e++) {
        element_text[e] = "";
        element[e] = (struct element){.place = "", .kind = ELEMENT_ISOURCE, .a = GROUND, .k = GROUND};
    }
    circuit->nodes = (struct names){.text = node_text, .count = part->nodes + more_nodes};
    circuit->elements = (struct names){.text = element_text, .count = part->elements + more_elements};
}

bool circuit_part_new(struct circuit_part *part, const struct circuit *whole, const bool *taken, uint32_t more_nodes,
                      uint32_t more_elements)
{
    bool coupled = has_couplings(whole, taken);
    const char **node_text, **element_text;
    struct nodeset *nodeset;
    uint32_t *law, *off;
    const struct array_request numbers[] = {
        {&part->node_here, whole->nodes.count, sizeof *part->node_here},
        {&part->element_here, whole->elements.count, sizeof *part->element_here},
    };
    part->block = arrays_new(numbers, sizeof numbers / sizeof *numbers);
    if (!part->block)
        return false;
    number(part, whole, taken);
    size_t nodes = (size_t)part->nodes + more_nodes, elements = (size_t)part->elements + more_elements;
    const struct array_request request[] = {
        {&part->node, nodes, sizeof *part->node},
        {&part->element, elements, sizeof *part->element},
        {&part->control, coupled ? controls_of(whole) : 0, sizeof *part->control},
        {&node_text, nodes, sizeof *node_text},
        {&element_text, elements, sizeof *element_text},
        {&nodeset, whole->nodesets, sizeof *nodeset},
        {&law, whole->n_laws, sizeof *law},
        {&off, whole->offs, sizeof *off},
    };
    part->more_block = arrays_new(request, sizeof request / sizeof *request);
    struct element *element = part->more_block ? array_new(elements, sizeof *element) : NULL;
    part->circuit = circuit_copy_with(whole, element);
    if (!part->circuit) {
        circuit_part_free(part);
        return false;
    }
    struct circuit *circuit = part->circuit;
    take(part, whole, element, node_text, element_text, more_nodes, more_elements);
    circuit->couplings = coupled ? circuit->couplings : 0;
    circuit->devices = coupled ? circuit->devices : 0;
    circuit->n_thermal = 0;
    circuit->multiples = circuit->junctions = circuit->ranges = 0;
    take_nodesets(part, whole, nodeset);
    take_offs(part, whole, off);
    keep_laws(circuit, law);
    renumber_couplings(part);
    renumber_devices(part);
    return true;
}

void circuit_part_free(struct circuit_part *part)
{
    circuit_free_copy(part->circuit);
    free(part->block);
    free(part->more_block);
    *part = (struct circuit_part){0};
}
