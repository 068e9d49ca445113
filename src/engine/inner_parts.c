#include "engine/inner_parts.h"

#include "util/array.h"
#include "util/disjoint.h"
#include <stdlib.h>
#include <string.h>

/* Nodes of a part below which it is as well solved with the rest. */
enum { LEAST_NODES = 1000 };

enum { PASSES = 10 }; /* from led diodes to other sets that they lead */

/* What is found on the way. */
struct search {
    const struct circuit *circuit;
    bool *part_of_device; /* [elements] */
    bool *led;            /* [nodes] what is not convex has a terminal there */
    bool *seen;           /* [nodes] it is a control */
    uint32_t *of;         /* [nodes] disjoint sets: convex parts between nodes that are led */
    uint32_t *size;       /* [nodes] of a set, at its root */
    bool *is_led;         /* [nodes] a set has an element to a node that is led, at its root */
    void *block;
};

static bool search_new(struct search *search, const struct circuit *circuit)
{
    size_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    const struct array_request request[] = {
        {&search->part_of_device, elements, sizeof(bool)}, {&search->led, nodes, sizeof(bool)},
        {&search->seen, nodes, sizeof(bool)},              {&search->of, nodes, sizeof(uint32_t)},
        {&search->size, nodes, sizeof(uint32_t)},          {&search->is_led, nodes, sizeof(bool)},
    };
    search->circuit = circuit;
    search->block = arrays_new(request, sizeof request / sizeof *request);
    return search->block;
}

static bool is_convex_diode(const struct circuit *circuit, const struct element *element)
{
    const struct law *law = &circuit->law[element->law];
    return law_voltages(law) == 1 && !law_may_fall(law);
}

/* An element of a convex circuit. */
static bool is_convex(const struct search *search, uint32_t e)
{
    const struct element *element = &search->circuit->element[e];
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR: return element->value > 0;
    case ELEMENT_DIODE: return !search->part_of_device[e] && is_convex_diode(search->circuit, element);
    case ELEMENT_SWITCH:
    case ELEMENT_CONTROLLED_VOLTAGE:
    case ELEMENT_CONTROLLED_CURRENT: return false;
    default: return true;
    }
}

static void lead(struct search *search, uint32_t e)
{
    search->led[search->circuit->element[e].a] = search->led[search->circuit->element[e].k] = true;
}

/* Terminals and controls of what is not convex. */
static void mark(struct search *search)
{
    const struct circuit *circuit = search->circuit;
    for (size_t d = 0; d < circuit->devices; d++)
        memset(search->part_of_device + circuit->device[d].first, true, circuit->device[d].parts);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct coupling *coupling = circuit_coupling(circuit, e);
        if (!is_convex(search, e))
            lead(search, e);
        for (uint32_t c = 0; coupling && c < coupling->law.n; c++) {
            const struct control *control = &coupling->control[c];
            if (control->kind == CONTROL_CURRENT)
                lead(search, control->p);
            else
                search->seen[control->p] = search->seen[control->q] = true;
        }
    }
}

/* A source or a short between a node that is led and another would tie a port fast: the other one is led too. */
static void lead_across_sources(struct search *search)
{
    const struct circuit *circuit = search->circuit;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t e = 0; e < circuit->elements.count; e++) {
            const struct element *element = &circuit->element[e];
            bool fast = element->kind == ELEMENT_ISOURCE || element_is_voltage_defined(element);
            if (!fast || element->a == GROUND || element->k == GROUND ||
                search->led[element->a] == search->led[element->k])
                continue;
            lead(search, e);
            changed = true;
        }
    }
}

/* A node of a set: not ground, and not led. */
static bool is_inside(const struct search *search, uint32_t node)
{
    return node != GROUND && !search->led[node];
}

/* The sets, and what each is. */
static void join(struct search *search)
{
    const struct circuit *circuit = search->circuit;
    uint32_t nodes = circuit->nodes.count;
    disjoint_init(search->of, nodes);
    memset(search->size, 0, nodes * sizeof *search->size);
    memset(search->is_led, 0, nodes * sizeof *search->is_led);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind != ELEMENT_CAPACITOR && is_inside(search, element->a) && is_inside(search, element->k))
            disjoint_join(search->of, element->a, element->k);
    }
    for (uint32_t node = 1; node < nodes; node++)
        search->size[disjoint_root(search->of, node)]++;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        bool a = is_inside(search, element->a), k = is_inside(search, element->k);
        if (element->kind == ELEMENT_CAPACITOR || (!a && !k))
            continue;
        uint32_t root = disjoint_root(search->of, a ? element->a : element->k);
        search->is_led[root] |= (!a && element->a != GROUND) || (!k && element->k != GROUND);
    }
}

/* A set that is led has to be linear: its diodes lead to it from outside. Returns whether there are any. */
static bool lead_by_diodes(struct search *search)
{
    const struct circuit *circuit = search->circuit;
    bool any = false;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        bool a = is_inside(search, element->a), k = is_inside(search, element->k);
        if (element->kind != ELEMENT_DIODE || (!a && !k))
            continue;
        if (!search->is_led[disjoint_root(search->of, a ? element->a : element->k)])
            continue;
        lead(search, e);
        any = true;
    }
    return any;
}

/* Does a node belong to the inner circuit alone? */
static bool is_inner(struct search *search, uint32_t node)
{
    if (!is_inside(search, node))
        return false;
    return search->size[disjoint_root(search->of, node)] >= LEAST_NODES;
}

/* Deal the elements out; a capacitor between the two circuits goes to neither. touched [nodes] out: an inner element is
 * there. False: a node hangs on such a capacitor alone, perhaps. */
static bool deal(struct inner_parts *parts, struct search *search, bool *touched)
{
    const struct circuit *circuit = search->circuit;
    bool known = true;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        bool a = is_inner(search, element->a), k = is_inner(search, element->k);
        bool open = element->kind == ELEMENT_CAPACITOR;
        bool across = open && a != k && (a ? element->k : element->a) != GROUND;
        parts->inner[e] = (a || k) && !across;
        parts->outer[e] = !a && !k;
        known &= !across || search->led[a ? element->k : element->a];
        if (parts->inner[e] && !open)
            touched[element->a] = touched[element->k] = true;
    }
    return known;
}

/* Is a node a port of this kind? touched: an inner element is there. */
static bool is_port(struct search *search, uint32_t node, enum inner_port_kind kind, bool touched)
{
    if (kind == PORT_DRIVES)
        return search->led[node] && touched;
    return search->seen[node] && is_inner(search, node) &&
           search->is_led[disjoint_root(search->of, node)] == (kind == PORT_ANSWERS);
}

/* False: there are too many. */
static bool find_ports(struct inner_parts *parts, struct search *search, const bool *touched)
{
    memset(parts->port_of, 0xff, search->circuit->nodes.count * sizeof *parts->port_of); /* INNER_NO_PORT */
    for (enum inner_port_kind kind = PORT_DRIVES; kind <= PORT_WATCHES; kind++) {
        for (uint32_t node = 1; node < search->circuit->nodes.count; node++) {
            if (!is_port(search, node, kind, touched[node]))
                continue;
            if (parts->ports == (kind == PORT_WATCHES ? PORTS : PORTS_THAT_LEAD))
                return false;
            parts->port_of[node] = parts->ports;
            parts->port[parts->ports++] = (struct inner_port){node, kind};
        }
        if (kind == PORT_ANSWERS)
            parts->leading = parts->ports;
    }
    return true;
}

/* No more is outside than inside. */
static bool is_worth_it(const struct inner_parts *parts, const struct circuit *circuit)
{
    size_t inner = 0, outer = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        inner += parts->inner[e];
        outer += parts->outer[e];
    }
    return outer <= inner;
}

bool inner_parts_find(struct inner_parts *parts, const struct circuit *circuit)
{
    struct search search = {0};
    size_t elements = circuit->elements.count, nodes = circuit->nodes.count;
    bool *touched;
    const struct array_request request[] = {
        {&parts->inner, elements, sizeof *parts->inner},
        {&parts->outer, elements, sizeof *parts->outer},
        {&parts->port, PORTS, sizeof *parts->port},
        {&parts->port_of, nodes, sizeof *parts->port_of},
        {&touched, nodes, sizeof *touched},
    };
    if (nodes < LEAST_NODES)
        return true;
    parts->block = arrays_new(request, sizeof request / sizeof *request);
    if (!parts->block || !search_new(&search, circuit)) {
        inner_parts_free(parts);
        return false;
    }
    mark(&search);
    bool leads_on = true;
    for (int pass = 0; leads_on && pass < PASSES; pass++) {
        lead_across_sources(&search);
        join(&search);
        leads_on = lead_by_diodes(&search);
    }
    for (uint32_t node = 1; node < nodes && !leads_on; node++)
        parts->nodes += is_inner(&search, node);
    if (parts->nodes > 0 && !(deal(parts, &search, touched) && find_ports(parts, &search, touched) &&
                              is_worth_it(parts, circuit)))
        parts->nodes = 0;
    free(search.block);
    return true;
}

void inner_parts_free(struct inner_parts *parts)
{
    free(parts->block);
    *parts = (struct inner_parts){0};
}
