#include "elaborate/controls.h"

#include "elaborate/builder.h"
#include "util/array.h"
#include <stdlib.h>
#include <string.h>

struct reference {
    struct expression_word place;
    const char *name; /* where the card is: x1.v1 */
    const struct origin *origin;
    enum control_reach reach;
    struct control *control; /* NULL: of a card that was wrong */
};

void controls_free(struct controls *controls)
{
    free(controls->item);
    *controls = (struct controls){0};
}

static bool add(struct controls *controls, struct control control, uint32_t *number)
{
    *number = (uint32_t)controls->count;
    if (!array_reserve(&controls->item, &controls->capacity, controls->count + 1, sizeof *controls->item))
        return false;
    controls->item[controls->count++] = control;
    return true;
}

bool controls_voltage(struct controls *controls, uint32_t p, uint32_t q, uint32_t *number)
{
    for (size_t c = 0; !controls->keeps_twice && c < controls->count; c++) {
        const struct control *control = &controls->item[c];
        if (control->kind == CONTROL_VOLTAGE && control->p == p && control->q == q) {
            *number = (uint32_t)c;
            return true;
        }
    }
    return add(controls, (struct control){CONTROL_VOLTAGE, p, q}, number);
}

bool controls_current(struct controls *controls, struct builder *builder, struct expression_word name,
                      enum control_reach reach, uint32_t *number)
{
    struct references *references = &builder->references;
    size_t length = name.length;
    const char *flat = flatten_element_name(builder->flat, name.text, &length);
    if (!flat)
        return false;
    for (size_t c = 0; !controls->keeps_twice && c < controls->count; c++) {
        const struct control *control = &controls->item[c];
        const char *known = control->kind == CONTROL_CURRENT ? references->item[control->p].name : NULL;
        if (known && strlen(known) == length && strncasecmp(known, flat, length) == 0) {
            *number = (uint32_t)c;
            return true;
        }
    }
    uint32_t reference = (uint32_t)references->count;
    if (!(flat = arena_text(&references->arena, flat, length)) ||
        !array_reserve(&references->item, &references->capacity, references->count + 1, sizeof *references->item))
        return false;
    references->item[references->count++] =
        (struct reference){name, flat, flatten_origin(builder->flat), reach, NULL};
    return add(controls, (struct control){CONTROL_CURRENT, reference, 0}, number);
}

bool controls_append(struct controls *controls, const struct controls *more)
{
    uint32_t number;
    for (size_t c = 0; c < more->count; c++)
        if (!add(controls, more->item[c], &number))
            return false;
    return true;
}

const struct control *controls_finish(struct controls *controls, struct builder *builder)
{
    struct control *control = arena_alloc(&builder->circuit->arena, (controls->count + 1) * sizeof *control);
    if (!control)
        return NULL;
    for (size_t c = 0; c < controls->count; c++) {
        control[c] = controls->item[c];
        if (control[c].kind == CONTROL_CURRENT)
            builder->references.item[control[c].p].control = &control[c];
    }
    return control;
}

/* ---- when all cards are read ------------------------------------------------------------------------------------- */

/* Where the card is, v.x1.vs for x1.vs, or from the top level. */
static uint32_t find(const struct circuit *circuit, const struct reference *reference)
{
    const struct names *elements = &circuit->elements;
    const char *text = reference->place.text;
    size_t length = reference->place.length;
    uint32_t element = names_find(elements, reference->name, strlen(reference->name));
    if (element == NAMES_NONE)
        element = names_find(elements, text, length);
    if (element == NAMES_NONE && length > 2 && text[1] == '.')
        element = names_find(elements, text + 2, length - 2);
    return element;
}

/* May its current control? That of an expression may be any element's, but for one of several branches. */
static bool controls_by_current(const struct circuit *circuit, uint32_t element, enum control_reach reach)
{
    const struct element *controlling = &circuit->element[element];
    return element_holds_voltage(controlling) ||
           (reach == CONTROL_BY_ANY && circuit_branches(circuit, controlling) == 1);
}

/* The element whose current is that of this one, and can control: itself, or a short in series, NAME#sense, as ngspice
 * puts a source of 0 V there. NAMES_NONE when memory is out. */
static uint32_t sense(struct builder *builder, uint32_t element)
{
    static const char ending[] = "#sense";
    struct circuit *circuit = builder->circuit;
    const struct element found = circuit->element[element];
    if (element_holds_voltage(&found) || found.kind == ELEMENT_RESISTOR)
        return element;
    const char *own = circuit->elements.text[element];
    size_t length = strlen(own);
    char *name = arena_alloc(&builder->references.arena, length + sizeof ending);
    if (!name)
        return NAMES_NONE;
    memcpy(name, own, length);
    memcpy(name + length, ending, sizeof ending);
    length += sizeof ending - 1;
    uint32_t known = names_find(&circuit->elements, name, length);
    uint32_t node = known == NAMES_NONE ? names_add(&circuit->nodes, name, length, NULL) : NAMES_NONE;
    if (known != NAMES_NONE || node == NAMES_NONE)
        return known;
    const struct arg place = {.text = found.place, .length = found.name_length};
    if (!builder_add_named(builder, name, length, &place,
                           (struct element){.kind = ELEMENT_SHORT, .a = found.a, .k = node}))
        return NAMES_NONE;
    circuit->element[element].a = node;
    return circuit->elements.count - 1;
}

static void complain(struct builder *builder, const struct reference *reference, uint32_t element)
{
    struct diagnostics *diagnostics = builder->diagnostics;
    const struct circuit *circuit = builder->circuit;
    struct expression_word place = reference->place;
    int length = (int)place.length;
    diagnostics->origin = reference->origin;
    if (element == NAMES_NONE) {
        uint32_t near = names_nearest(&circuit->elements, reference->name, strlen(reference->name));
        diagnose(diagnostics, ERROR_UNKNOWN_CONTROL, place.text, place.length,
                 "there is no element %.*s, whose current would control%s%s%s", length, place.text,
                 near == NAMES_NONE ? "" : "; did you mean ", near == NAMES_NONE ? "" : circuit->elements.text[near],
                 near == NAMES_NONE ? "" : "?");
    } else {
        diagnose(diagnostics, ERROR_UNKNOWN_CONTROL, place.text, place.length,
                 reference->reach == CONTROL_BY_ANY
                     ? "the current of %.*s cannot control: only those of elements of two nodes can"
                     : "the current of %.*s cannot control: those of V, E, H, L and B V= can",
                 length, place.text);
    }
    diagnostics->origin = NULL;
}

/* The first element that a node without any controls. */
static void complain_of_node(struct builder *builder, uint32_t node, uint32_t element)
{
    const struct circuit *circuit = builder->circuit;
    int length;
    const char *name = circuit_spelling(circuit, element, &length);
    circuit_diagnose(circuit, element, builder->diagnostics, ERROR_UNKNOWN_CONTROL,
                     "%.*s: nothing is connected to the node %s, whose voltage would control", length, name,
                     circuit->nodes.text[node]);
}

/* Is each node that controls one of an element? */
static bool check_nodes(struct builder *builder)
{
    const struct circuit *circuit = builder->circuit;
    bool *connected = array_new(circuit->nodes.count, sizeof *connected);
    if (!connected)
        return false;
    connected[GROUND] = true;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        connected[circuit->element[e].a] = connected[circuit->element[e].k] = true;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct coupling *coupling = circuit_coupling(circuit, e);
        for (uint32_t c = 0; coupling && c < 2 * coupling->law.n; c++) {
            const struct control *control = &coupling->control[c / 2];
            uint32_t node = c % 2 ? control->q : control->p;
            if (control->kind != CONTROL_VOLTAGE || connected[node])
                continue;
            connected[node] = true; /* said once */
            complain_of_node(builder, node, e);
        }
    }
    free(connected);
    return true;
}

bool controls_resolve(struct builder *builder)
{
    const struct circuit *circuit = builder->circuit;
    for (size_t r = 0; r < builder->references.count; r++) {
        const struct reference *reference = &builder->references.item[r];
        uint32_t element = find(circuit, reference);
        if (element == NAMES_NONE || !controls_by_current(circuit, element, reference->reach)) {
            complain(builder, reference, element);
            if (reference->control) /* what is read for the sake of more diagnostics finds nothing wrong here */
                *reference->control = (struct control){CONTROL_VOLTAGE, GROUND, GROUND};
        } else if (reference->control && (reference->control->p = sense(builder, element)) == NAMES_NONE)
            return false;
    }
    return circuit->couplings == 0 || check_nodes(builder);
}

void references_free(struct references *references)
{
    free(references->item);
    arena_free(&references->arena);
    *references = (struct references){0};
}
