/* Tearing a circuit: its two parts, and what ports add to them. */
#include "engine/tearing_parts.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t pairs(size_t leading)
{
    return leading * (leading + 1) / 2;
}

/* The port that leads at a node of the whole, or INNER_NO_PORT. */
static uint32_t leading_port(const struct inner_parts *parts, uint32_t node)
{
    uint32_t port = parts->port_of[node];
    return port < parts->leading ? port : INNER_NO_PORT;
}

static bool is_beside(const struct inner_parts *parts, const struct element *element, struct beside *beside)
{
    *beside = (struct beside){0, leading_port(parts, element->a), leading_port(parts, element->k)};
    return element->kind == ELEMENT_RESISTOR && (beside->a != INNER_NO_PORT || beside->k != INNER_NO_PORT);
}

static bool arrays(struct tearing *tearing, const struct inner_parts *parts)
{
    const struct circuit *circuit = tearing->circuit;
    struct beside beside;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        tearing->sources += element_is_source(&circuit->element[e]);
        tearing->besides += parts->inner[e] && is_beside(parts, &circuit->element[e], &beside);
    }
    const struct array_request request[] = {
        {&tearing->port, parts->ports, sizeof *tearing->port},
        {&tearing->ohm, (size_t)parts->leading * parts->leading, sizeof *tearing->ohm},
        {&tearing->conductance, (size_t)parts->leading * parts->leading, sizeof *tearing->conductance},
        {&tearing->beside, tearing->besides, sizeof *tearing->beside},
        {&tearing->source, tearing->sources, sizeof *tearing->source},
    };
    tearing->block = arrays_new(request, sizeof request / sizeof *request);
    uint32_t sources = 0, besides = 0;
    for (uint32_t e = 0; tearing->block && e < circuit->elements.count; e++) {
        if (element_is_source(&circuit->element[e]))
            tearing->source[sources++] = e;
        if (!parts->inner[e] || !is_beside(parts, &circuit->element[e], &beside))
            continue;
        beside.element = tearing->inner_part.element_here[e];
        tearing->beside[besides++] = beside;
    }
    return tearing->block;
}

/* Give an element that was added its kind and its nodes. */
static void make(struct circuit_part *part, uint32_t e, enum element_kind kind, uint32_t a, uint32_t k)
{
    struct element *element = &part->circuit->element[e];
    element->kind = kind;
    element->a = a;
    element->k = k;
}

/* The nodes and elements that ports add to both circuits; what stands for Z is open until it is known. */
static void add_ports(struct tearing *tearing, const struct inner_parts *parts)
{
    struct circuit_part *inner = &tearing->inner_part, *outer = &tearing->outer_part;
    uint32_t leading = tearing->leading, ports = tearing->ports, e = outer->elements + 2 * ports;
    for (uint32_t p = 0; p < ports; p++) {
        struct tearing_port *port = &tearing->port[p];
        uint32_t middle = outer->nodes + p;
        *port = (struct tearing_port){.inner_node = inner->node_here[parts->port[p].node],
                                      .drive = inner->elements + p,
                                      .outer_node = outer->node_here[parts->port[p].node],
                                      .hold = outer->elements + 2 * p,
                                      .drives = parts->port[p].kind == PORT_DRIVES};
        if (p < leading)
            make(inner, port->drive, ELEMENT_ISOURCE, GROUND, port->inner_node);
        make(outer, port->hold, ELEMENT_VSOURCE, port->outer_node, middle);
        make(outer, port->hold + 1, ELEMENT_VSOURCE, middle, p < leading ? outer->nodes + ports + p : GROUND);
    }
    for (uint32_t q = 0; q < tearing->besides; q++) {
        const struct beside *beside = &tearing->beside[q];
        double conductance = 1 / inner->circuit->element[beside->element].value;
        if (beside->a != INNER_NO_PORT)
            tearing->port[beside->a].conductance += conductance;
        if (beside->k != INNER_NO_PORT)
            tearing->port[beside->k].conductance += conductance;
    }
    tearing->first_resistor = e;
    for (uint32_t p = 0; p < leading; p++) {
        make(outer, e++, ELEMENT_CAPACITOR, outer->nodes + ports + p, GROUND);
        for (uint32_t q = 0; q < p; q++)
            make(outer, e++, ELEMENT_CAPACITOR, outer->nodes + ports + p, outer->nodes + ports + q);
    }
    circuit_changed(inner->circuit, true);
    circuit_changed(outer->circuit, true);
}

/* The outer circuit's part of a point, for it to go on from. */
static void go_on_from(struct tearing *tearing, const struct operating_point *last)
{
    struct engine *outer = &tearing->outer;
    const struct circuit_part *part = &tearing->outer_part;
    for (uint32_t node = 0; node < part->nodes; node++) {
        outer->op.voltage[node] = last->voltage[part->node[node]];
        outer->op.low[node] = last->low[part->node[node]];
    }
    for (uint32_t e = 0; e < part->elements; e++)
        outer->op.current[e] = last->current[part->element[e]];
    outer->goes_on = outer->answered = outer->certificate.proved = true;
}

static bool tear(struct tearing *tearing, const struct inner_parts *parts, const struct solve_options *options,
                 const struct operating_point *last)
{
    uint32_t ports = tearing->ports = parts->ports, leading = tearing->leading = parts->leading;
    if (!circuit_part_new(&tearing->inner_part, tearing->circuit, parts->inner, 0, leading) ||
        !circuit_part_new(&tearing->outer_part, tearing->circuit, parts->outer, ports + leading,
                          2 * ports + (uint32_t)pairs(leading)) ||
        !arrays(tearing, parts))
        return false;
    add_ports(tearing, parts);
    if (!engine_init(&tearing->inner, tearing->inner_part.circuit, options, true) ||
        !engine_init(&tearing->outer, tearing->outer_part.circuit, options, true))
        return false;
    tearing->inner.stays = leading > 0;
    if (last)
        go_on_from(tearing, last);
    return true;
}

bool tearing_new(struct tearing **tearing, struct circuit *circuit, const struct solve_options *options,
                 const struct operating_point *last)
{
    struct inner_parts parts = {0};
    *tearing = NULL;
    bool done = inner_parts_find(&parts, circuit);
    if (done && parts.nodes > 0) {
        *tearing = calloc(1, sizeof **tearing);
        if (*tearing)
            (*tearing)->circuit = circuit;
        done = *tearing && tear(*tearing, &parts, options, last);
    }
    if (!done) {
        tearing_free(*tearing);
        *tearing = NULL;
    }
    inner_parts_free(&parts);
    return done;
}

void tearing_free(struct tearing *tearing)
{
    if (!tearing)
        return;
    engine_free(&tearing->inner);
    engine_free(&tearing->outer);
    circuit_part_free(&tearing->inner_part);
    circuit_part_free(&tearing->outer_part);
    free(tearing->block);
    free(tearing);
}
