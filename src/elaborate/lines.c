#include "elaborate/lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ports {
    uint32_t a, b, c, d; /* nodes: of the first port, and of the second */
};

static bool take_ports(struct builder *builder, struct card_reader *reader, struct ports *ports)
{
    uint32_t *node[] = {&ports->a, &ports->b, &ports->c, &ports->d};
    for (size_t n = 0; n < sizeof node / sizeof *node && !reader->failed; n++)
        if (!builder_take_node(builder, reader, node[n]))
            return false;
    return true;
}

static const struct arg *take_model(struct builder *builder, struct card_reader *reader)
{
    const struct arg *name = reader->failed ? NULL : card_reader_next(reader);
    if (!name && !reader->failed)
        card_reader_missing(reader, builder->diagnostics, "model name");
    return name;
}

/* Add an element, named with an ending, that depends on controls by gains: value (A or V) = sum of gain times these. */
static bool add_sum(struct builder *builder, const struct card_reader *reader, const char *ending,
                    struct element element, const struct control *control, const double *gain, uint32_t n)
{
    struct arena *arena = &builder->circuit->arena;
    double *held = arena_alloc(arena, n * sizeof *held);
    struct control *held_control = arena_alloc(arena, n * sizeof *held_control);
    char *name = builder_part_name(builder, reader, ending);
    uint32_t number;
    if (!held || !held_control || !name)
        return false;
    memcpy(held, gain, n * sizeof *held);
    memcpy(held_control, control, n * sizeof *held_control);
    element.value = 1;
    if (!builder_add_coupling(builder, (struct control_law){.kind = CONTROL_LINEAR, .gain = held}, held_control, n,
                              &number))
        return false;
    element.law = number;
    return builder_add_named(builder, name, strlen(name), reader->card->arg, element);
}

/* An ideal transformer of 1:1: the first port has the voltage of the second, which has the current of the first. */
static bool add_transformer(struct builder *builder, const struct card_reader *reader, struct ports ports)
{
    const double same = 1, opposite = -1;
    struct element first = {.kind = ELEMENT_CONTROLLED_VOLTAGE, .a = ports.a, .k = ports.b};
    struct element second = {.kind = ELEMENT_CONTROLLED_CURRENT, .a = ports.c, .k = ports.d};
    struct control voltage = {CONTROL_VOLTAGE, ports.c, ports.d}, current = {CONTROL_CURRENT, 0, 0};
    if (!add_sum(builder, reader, "", first, &voltage, &same, 1))
        return false;
    current.p = names_find(&builder->circuit->elements, reader->name, (size_t)reader->name_length);
    return add_sum(builder, reader, "#i2", second, &current, &opposite, 1);
}

bool lines_build_ideal(struct builder *builder, const struct card *card)
{
    struct card_reader reader = card_reader_in(builder->flat, card);
    struct ports ports;
    if (!reader.name || !take_ports(builder, &reader, &ports))
        return false;
    return reader.failed || add_transformer(builder, &reader, ports);
}

/* ---- lossy lines ------------------------------------------------------------------------------------------------- */

/* Its two currents by its two voltages: i1 = (cosh v1 - v2) / (z sinh), and the other likewise; z the root of r / g,
 * sinh and cosh of the root of r g. */
static bool add_leaking(struct builder *builder, const struct card_reader *reader, struct ports ports, double r,
                        double g)
{
    double angle = sqrt(r * g), through = 1 / (sqrt(r / g) * sinh(angle)), own = through * cosh(angle);
    const double gain[] = {own, -through};
    const struct control first[] = {{CONTROL_VOLTAGE, ports.a, ports.b}, {CONTROL_VOLTAGE, ports.c, ports.d}};
    const struct control second[] = {first[1], first[0]};
    return add_sum(builder, reader, "",
                   (struct element){.kind = ELEMENT_CONTROLLED_CURRENT, .a = ports.a, .k = ports.b}, first, gain, 2) &&
           add_sum(builder, reader, "#i2",
                   (struct element){.kind = ELEMENT_CONTROLLED_CURRENT, .a = ports.c, .k = ports.d}, second, gain, 2);
}

/* The transformer behind r ohm. */
static bool add_resistive(struct builder *builder, const struct card_reader *reader, struct ports ports, double r)
{
    if (r != 0) {
        char *node = builder_part_name(builder, reader, "#int");
        uint32_t inner = node ? names_add(&builder->circuit->nodes, node, strlen(node), NULL) : NAMES_NONE;
        if (inner == NAMES_NONE ||
            !builder_add_part(builder, reader, "#r", reader->card->arg, ports.a, inner, r))
            return false;
        ports.a = inner;
    }
    return add_transformer(builder, reader, ports);
}

static bool impossible(struct builder *builder, const struct card_reader *reader, const char *what)
{
    const struct arg *name = reader->card->arg;
    diagnose(builder->diagnostics, ERROR_MODEL_VALUE, name->text, name->length, "%.*s: %s", reader->name_length,
             reader->name, what);
    return true;
}

bool lines_build_lossy(struct builder *builder, const struct card *card)
{
    static const char *const types[] = {"ltra", NULL};
    struct card_reader reader = card_reader_in(builder->flat, card);
    struct ports ports;
    double r = 0, l = 0, g = 0, c = 0, length = NAN;
    const struct key keys[] = {{"r", &r, 1}, {"l", &l, 1}, {"g", &g, 1}, {"c", &c, 1}, {"len", &length, 1},
                               {NULL, NULL, 0}};
    if (!reader.name || !take_ports(builder, &reader, &ports))
        return false;
    const struct arg *model = take_model(builder, &reader);
    if (!model || !models_read(&reader, model, types, "lossy line (LTRA)", keys, builder->diagnostics))
        return true;
    if (!(length > 0) || !(r >= 0) || !(g >= 0))
        return impossible(builder, &reader, "the model needs a length (len) above 0, and r and g not below 0");
    if (g > 0 && (l > 0 || c > 0 || r == 0))
        return impossible(builder, &reader, "a line that leaks (g) has r, and neither l nor c");
    return g > 0 ? add_leaking(builder, &reader, ports, r * length, g * length)
                 : add_resistive(builder, &reader, ports, r * length);
}

/* ---- lines of resistors ------------------------------------------------------------------------------------------ */

bool lines_build_distributed(struct builder *builder, const struct card *card)
{
    static const char *const types[] = {"urc", NULL};
    struct card_reader reader = card_reader_in(builder->flat, card);
    struct element element = {.kind = ELEMENT_RESISTOR};
    double rperl = 1000, isperl = NAN, length = NAN, lumps;
    uint32_t common;
    const struct key of_model[] = {{"rperl", &rperl, 1}, {"isperl", &isperl, 1}, {NULL, NULL, 0}};
    const struct key of_card[] = {{"l", &length, 1}, {"n", &lumps, 1}, {"m", &lumps, 1}, {NULL, NULL, 0}};
    if (!reader.name || !builder_take_nodes(builder, &reader, &element) ||
        (!reader.failed && !builder_take_node(builder, &reader, &common)))
        return false;
    const struct arg *model = take_model(builder, &reader);
    if (!model || !models_read(&reader, model, types, "distributed line (URC)", of_model, builder->diagnostics))
        return true;
    card_reader_keys(&reader, builder->diagnostics, of_card);
    if (reader.failed)
        return true;
    if (!isnan(isperl)) {
        diagnose(builder->diagnostics, ERROR_NOT_SUPPORTED, model->text, model->length,
                 "a distributed line of diodes (isperl) is not supported: %.*s", reader.name_length, reader.name);
        return true;
    }
    element.value = rperl * length / flatten_multiplier(builder->flat);
    if (!(element.value > 0) || !isfinite(1 / element.value) || !isfinite(element.value))
        return impossible(builder, &reader, "it needs a length (l), and a resistance (rperl l) above 0");
    return builder_add(builder, &reader, element);
}

/* Resistances of a model: of n conductors the upper triangle of a matrix, row by row. */
enum { CONDUCTORS = 16, ENTRIES = CONDUCTORS * (CONDUCTORS + 1) / 2 };

/* One conductor: a resistor, or with 0 ohm a short. The first has the name of the card. */
static bool add_conductor(struct builder *builder, const struct card_reader *reader, size_t number, uint32_t a,
                          uint32_t k, double ohms)
{
    char ending[] = {'#', (char)('0' + (number + 1) / 10), (char)('0' + (number + 1) % 10), '\0'};
    if (number == 0)
        ending[0] = '\0';
    return builder_add_part(builder, reader, ending, reader->card->arg, a, k, ohms);
}

static bool add_conductors(struct builder *builder, const struct card_reader *reader, const uint32_t *node, size_t n,
                           const double *r, double length)
{
    size_t at = 0;
    for (size_t q = 0; q < n; q++) {
        if (!add_conductor(builder, reader, q, node[q], node[n + 1 + q], r[at] * length))
            return false;
        at += n - q;
    }
    return true;
}

bool lines_build_coupled(struct builder *builder, const struct card *card)
{
    static const char *const types[] = {"cpl", NULL};
    struct card_reader reader = card_reader_in(builder->flat, card);
    double r[ENTRIES] = {0}, length = NAN, own = NAN;
    uint32_t node[2 * CONDUCTORS + 2];
    size_t nodes = 0, words = 0;
    const struct key of_model[] = {{"r", r, ENTRIES}, {"length", &length, 1}, {NULL, NULL, 0}};
    const struct key of_card[] = {{"len", &own, 1}, {"length", &own, 1}, {NULL, NULL, 0}};
    if (!reader.name)
        return false;
    for (uint32_t at = 1; at < card->count && card->arg[at].kind != ARG_KEY; at++)
        words++;
    if (words < 5 || words % 2 == 0 || words > 2 * CONDUCTORS + 3)
        return impossible(builder, &reader, "expected as many nodes behind it as before, each with a common one, and a "
                                            "model");
    while (nodes + 1 < words && !reader.failed)
        if (!builder_take_node(builder, &reader, &node[nodes++]))
            return false;
    const struct arg *model = take_model(builder, &reader);
    if (!model || !models_read(&reader, model, types, "coupled line (CPL)", of_model, builder->diagnostics))
        return true;
    card_reader_keys(&reader, builder->diagnostics, of_card);
    length = isnan(own) ? length : own;
    if (reader.failed || !(length > 0))
        return reader.failed || impossible(builder, &reader, "it needs a length above 0");
    return add_conductors(builder, &reader, node, nodes / 2 - 1, r, length / flatten_multiplier(builder->flat));
}
