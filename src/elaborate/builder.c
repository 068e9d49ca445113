#include "elaborate/builder.h"

#include "util/array.h"
#include <math.h>
#include <string.h>

/* Elements of the same instance come one after another; where another begins, note whose they are. */
static bool note_origin(struct circuit *circuit, uint32_t element, const struct origin *origin)
{
    const struct origin *last = circuit->ranges ? circuit->range[circuit->ranges - 1].origin : NULL;
    if (origin == last)
        return true;
    if (!array_reserve(&circuit->range, &circuit->range_capacity, circuit->ranges + 1, sizeof *circuit->range))
        return false;
    circuit->range[circuit->ranges++] = (struct instance_range){element, origin};
    return true;
}

static void refuse(struct builder *builder, const struct arg *place)
{
    if (!builder->is_full)
        diagnose(builder->diagnostics, ERROR_CIRCUIT_TOO_LARGE, place->text, place->length, "more than %zu elements",
                 builder->most);
    builder->is_full = true;
    flatten_end(builder->flat);
}

bool builder_add_named(struct builder *builder, const char *name, size_t length, const struct arg *place,
                      struct element element)
{
    return builder_add_hashed(builder, name, length, names_hash(name, length), place, element);
}

bool builder_add_hashed(struct builder *builder, const char *name, size_t length, uint32_t hash,
                        const struct arg *place, struct element element)
{
    struct circuit *circuit = builder->circuit;
    bool is_new;
    if (circuit->elements.count >= builder->most) {
        refuse(builder, place);
        return true;
    }
    if (circuit->elements.count == circuit->capacity &&
        !array_reserve(&circuit->element, &circuit->capacity, circuit->elements.count + 1u, sizeof *circuit->element))
        return false;
    uint32_t number = names_add_hashed(&circuit->elements, name, length, hash, &is_new);
    if (number == NAMES_NONE)
        return false;
    if (!is_new) {
        const struct element *first = &circuit->element[number];
        diagnose(builder->diagnostics, ERROR_DUPLICATE_ELEMENT, place->text, place->length,
                 "a second element named %.*s", (int)length, name);
        diagnose(builder->diagnostics, NOTE, first->place, first->name_length, "the first one is here");
        return true;
    }
    element.place = place->text;
    element.name_length = place->length;
    circuit->element[number] = element;
    return note_origin(circuit, number, flatten_origin(builder->flat));
}

bool builder_add(struct builder *builder, const struct card_reader *reader, struct element element)
{
    const struct arg *place = reader->card->arg;
    return reader->name && builder_add_named(builder, reader->name, (size_t)reader->name_length, place, element);
}

char *builder_part_name(struct builder *builder, const struct card_reader *reader, const char *ending)
{
    size_t length = (size_t)reader->name_length, size = length + strlen(ending) + 1;
    char *name = reader->name ? arena_alloc(&builder->part_names, size) : NULL;
    if (name) {
        memcpy(name, reader->name, length);
        memcpy(name + length, ending, size - length);
    }
    return name;
}

/* Where the card has a keyword; its name where it has not. */
static const struct arg *place_of(const struct card *card, const char *keyword, const char *other)
{
    for (uint32_t at = 1; at < card->count; at++)
        if (arg_is(&card->arg[at], keyword) || arg_is(&card->arg[at], other))
            return &card->arg[at];
    return card->arg;
}

bool builder_add_part(struct builder *builder, const struct card_reader *reader, const char *ending,
                     const struct arg *place, uint32_t a, uint32_t k, double ohms)
{
    struct element part = {.kind = ohms == 0 ? ELEMENT_SHORT : ELEMENT_RESISTOR, .a = a, .k = k, .value = ohms};
    if (!(ohms >= 0) || (ohms > 0 && !isfinite(1 / ohms))) {
        diagnose(builder->diagnostics, ERROR_OUT_OF_RANGE, place->text, place->length,
                 "%.*s: a resistance of %g ohm is out of range", reader->name_length, reader->name, ohms);
        return true;
    }
    char *name = builder_part_name(builder, reader, ending);
    return name && builder_add_named(builder, name, strlen(name), place, part);
}

bool builder_add_with_parts(struct builder *builder, const struct card_reader *reader, struct element element,
                           double series, double parallel)
{
    if (parallel != INFINITY &&
        !builder_add_part(builder, reader, "#rpar", place_of(reader->card, "rpar", "rpar"), element.a, element.k,
                          parallel))
        return false;
    if (series != 0) {
        char *name = builder_part_name(builder, reader, "#res");
        uint32_t outer = element.a;
        element.a = name ? names_add(&builder->circuit->nodes, name, strlen(name), NULL) : NAMES_NONE;
        if (element.a == NAMES_NONE ||
            !builder_add_part(builder, reader, "#rser", place_of(reader->card, "rser", "portnum"), outer, element.a,
                              series))
            return false;
    }
    return builder_add(builder, reader, element);
}

bool builder_take_node(struct builder *builder, struct card_reader *reader, uint32_t *node)
{
    size_t length;
    const struct arg *arg = card_reader_node(reader, &length);
    if (!arg) {
        card_reader_missing(reader, builder->diagnostics, "node");
        return true;
    }
    if (arg->kind == ARG_KEY)
        diagnose(builder->diagnostics, WARNING_WORD_LEFT_OUT, arg->text, arg->length,
                 "%.*s: the `=` behind the node %.*s is left out", reader->name_length, reader->name, (int)arg->length,
                 arg->text);
    *node = flatten_node(builder->flat, arg->text, length, card_reader_binding(reader, arg));
    return *node != NAMES_NONE;
}

bool builder_take_nodes(struct builder *builder, struct card_reader *reader, struct element *element)
{
    return builder_take_node(builder, reader, &element->a) &&
           (reader->failed || builder_take_node(builder, reader, &element->k)); /* one message is enough */
}

bool builder_add_thermal(struct builder *builder, struct thermal thermal)
{
    struct circuit *circuit = builder->circuit;
    if (!array_reserve(&circuit->thermal, &circuit->thermal_capacity, (size_t)circuit->n_thermal + 1,
                       sizeof *circuit->thermal))
        return false;
    thermal.element = circuit->elements.count;
    circuit->thermal[circuit->n_thermal++] = thermal;
    return true;
}

bool builder_add_multiple(struct builder *builder, double m)
{
    struct circuit *circuit = builder->circuit;
    if (m == 1)
        return true;
    if (!array_reserve(&circuit->multiple, &circuit->multiple_capacity, circuit->multiples + 1,
                       sizeof *circuit->multiple))
        return false;
    circuit->multiple[circuit->multiples++] = (struct multiple){circuit->elements.count, m};
    return true;
}

bool builder_add_coupling(struct builder *builder, struct control_law law, const struct control *control, size_t n,
                          uint32_t *number)
{
    struct circuit *circuit = builder->circuit;
    if (circuit->couplings >= CIRCUIT_LAWS ||
        !array_reserve(&circuit->coupling, &circuit->coupling_capacity, circuit->couplings + 1,
                       sizeof *circuit->coupling))
        return false;
    law.n = (uint32_t)n;
    *number = (uint32_t)circuit->couplings;
    circuit->coupling[circuit->couplings++] = (struct coupling){law, control};
    return true;
}
