#include "elaborate/devices.h"

#include "elaborate/device_model.h"
#include "laws/devices.h"
#include "laws/given.h"
#include "netlist/cards.h"
#include "util/array.h"
#include "util/letters.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A device while its card is read. */
struct making {
    struct builder *builder;
    struct card_reader *reader;
    const struct device_model *model;
    const struct arg *name; /* of the model; its nodes stand before it */
    uint32_t terminals;
    struct device device;
    struct device_part part[DEVICE_PARTS];
    bool off;
};

/* ---- the card ---------------------------------------------------------------------------------------------------- */

/* Is one of these words of the card, up to its keys, the name of a model? */
static bool is_model_among(const struct making *making, const struct arg *word)
{
    const struct card *card = making->reader->card;
    for (; word < card->arg + card->count && word->kind != ARG_KEY; word++)
        if (models_know(making->builder->flat, word))
            return true;
    return false;
}

/* Does the model stand next? The first word that is the name of one and not before another one (a node may be called
 * like a model), or where none is, the last that can be. */
static bool is_model_next(const struct making *making)
{
    const struct card_reader *reader = making->reader;
    const struct arg *next = card_reader_peek(reader), *behind = next + 1;
    double unused;
    if (!next || next->kind == ARG_KEY || behind == reader->card->arg + reader->card->count ||
        behind->kind == ARG_KEY || arg_is(behind, "off"))
        return true;
    if (models_know(making->builder->flat, next))
        return !models_know(making->builder->flat, behind);
    return !card_reader_is_number(reader, next, &unused) && card_reader_is_number(reader, behind, &unused) &&
           !is_model_among(making, behind); /* 2n7002 may be read as a number */
}

/* Behind three nodes and more stands the model. */
static bool take_terminals(struct making *making)
{
    enum { LEAST = 3, MOST = 7 }; /* of devices that are not ours, too */
    struct card_reader *reader = making->reader;
    while (!reader->failed && making->terminals < MOST) {
        if (making->terminals >= LEAST && is_model_next(making))
            break;
        if (!builder_take_node(making->builder, reader, &making->device.node[making->terminals++]))
            return false;
    }
    return true;
}

/* What .options scale= makes of a number of the element's card or of the model's for it. */
static double unit_of(const struct making *making, const char *name)
{
    static const char *const length[] = {"l", "w", "pd", "ps"}, *const area[] = {"ad", "as"};
    double unit = making->model->kind->scales ? making->builder->sim_options->scale : 1;
    for (size_t q = 0; q < sizeof length / sizeof *length; q++)
        if (strcmp(name, length[q]) == 0)
            return unit;
    for (size_t q = 0; q < sizeof area / sizeof *area; q++)
        if (strcmp(name, area[q]) == 0)
            return unit * unit;
    return 1;
}

static void scale_size(const struct making *making, double *size)
{
    for (const struct device_parameter *p = making->model->kind->size; p->name; p++)
        if (p->offset != DEVICE_IDLE)
            size[p->offset / sizeof *size] *= unit_of(making, p->name);
}

/* What the card does not say: as the model has it, or .options. */
static void complete_size(const struct making *making, double *size)
{
    const struct sim_options *options = making->builder->sim_options;
    const double *of_model = making->model->sizes;
    const struct {
        const char *name;
        double otherwise;
    } rows[] = {{"l", options->defl}, {"w", options->defw}, {"ad", options->defad}, {"as", options->defas}};
    for (const struct device_parameter *p = making->model->kind->size; p->name; p++) {
        if (p->offset == DEVICE_IDLE)
            continue;
        size_t at = p->offset / sizeof *size;
        size[at] = given(size[at], of_model[at] * unit_of(making, p->name));
        for (size_t q = 0; q < sizeof rows / sizeof *rows; q++)
            if (strcmp(p->name, rows[q].name) == 0 && isnan(size[at]) && rows[q].otherwise > 0)
                size[at] = rows[q].otherwise;
    }
}

static double size_of(const struct device_kind *kind, double *size, const char *name, double otherwise)
{
    const double *place = device_place(kind->size, size, name);
    return place ? given(*place, otherwise) : otherwise;
}

/* The numbers of the element, which stand behind the model: an area, and keys. */
static bool take_size(struct making *making, double *size)
{
    struct card_reader *reader = making->reader;
    struct diagnostics *diagnostics = making->builder->diagnostics;
    const struct device_kind *kind = making->model->kind;
    double unused[3];
    const struct key more[] = {{"m", &making->device.m, 1}, {"off", NULL, 0}, {"ic", unused, 3}, {"vgs", unused, 1},
                               {kind->thermal > 0 ? "thermal" : NULL, NULL, 0}, {NULL, NULL, 0}};
    const struct key *keys = device_keys(kind->size, size, more, &making->builder->circuit->arena);
    if (!keys)
        return false;
    for (size_t q = 0; q < kind->size_size / sizeof *size; q++)
        size[q] = NAN;
    const struct arg *next = card_reader_peek(reader);
    if (next && !card_reader_is_key(reader, next, keys) && !arg_is(next, "off")) {
        double *area = NULL;
        for (const struct key *key = keys; key->name; key++)
            if (strcmp(key->name, "area") == 0)
                area = key->value;
        if (area)
            card_reader_number(reader, diagnostics, "area", area);
    }
    making->off = card_reader_has_word(reader, "off");
    bool thermal = kind->thermal > 0 && card_reader_has_word(reader, "thermal");
    card_reader_keys(reader, diagnostics, keys);
    if (thermal)
        *device_place(kind->size, size, "thermal") = 1;
    scale_size(making, size);
    return true;
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static const char *part_name(struct making *making, const char *name)
{
    char ending[32] = "#";
    strncat(ending, name, sizeof ending - 2);
    return builder_part_name(making->builder, making->reader, ending);
}

static uint8_t root_of(const uint8_t *alias, uint8_t node)
{
    while (node != DEVICE_GROUND && alias[node] != node)
        node = alias[node];
    return node;
}

/* Nodes of its own get names; a terminal that the card leaves out is ground, or one with another. False when memory is
 * out. */
static bool make_nodes(struct making *making, const uint8_t *alias)
{
    const struct device_kind *kind = making->device.kind;
    uint32_t *node = making->device.node;
    for (uint32_t q = making->terminals; q < kind->nodes; q++) {
        node[q] = GROUND;
        if (alias[q] != q || q < kind->most)
            continue;
        const char *name = part_name(making, kind->node[q]);
        node[q] = name ? names_add(&making->builder->circuit->nodes, name, strlen(name), NULL) : NAMES_NONE;
        if (node[q] == NAMES_NONE)
            return false;
    }
    for (uint32_t q = making->terminals; q < kind->nodes; q++) {
        uint8_t root = root_of(alias, (uint8_t)q);
        node[q] = root == DEVICE_GROUND ? GROUND : node[root];
    }
    return true;
}

static bool add_junction(struct making *making, struct element *element, const struct junction *junction)
{
    uint32_t number;
    struct law *law = models_new_curve(&making->builder->models, CURVE_JUNCTION, &number);
    if (!law)
        return false;
    law->curve->junction = *junction;
    law_of_curve(law);
    element->kind = ELEMENT_DIODE;
    element->law = number;
    element->value = making->device.m;
    return true;
}

/* The circuit's node of one of the device's. */
static uint32_t node_of(const struct making *making, uint8_t node)
{
    return node == DEVICE_GROUND ? GROUND : making->device.node[node];
}

static struct control control_between(const struct making *making, uint8_t p, uint8_t q)
{
    bool n = making->device.type > 0;
    return (struct control){CONTROL_VOLTAGE, node_of(making, n ? p : q), node_of(making, n ? q : p)};
}

static bool add_transfer(struct making *making, struct element *element, const struct device_part *part)
{
    const struct device_function *function = part->transfer.function;
    bool divides = part->kind == PART_RESISTIVE;
    uint32_t n = function->n + divides, number;
    struct control *control = arena_alloc(&making->builder->circuit->arena, n * sizeof *control);
    if (!control)
        return false;
    if (divides)
        control[0] = control_between(making, part->a, part->k);
    for (uint32_t k = 0; k < function->n; k++)
        control[divides + k] = control_between(making, part->transfer.control[k][0], part->transfer.control[k][1]);
    const struct control_law law = {.kind = CONTROL_DEVICE,
                                    .divides = divides,
                                    .device = {function, making->device.law, making->off}};
    if (!builder_add_coupling(making->builder, law, control, n, &number))
        return false;
    element->kind = ELEMENT_CONTROLLED_CURRENT;
    element->law = number;
    element->value = making->device.m;
    return true;
}

static bool add_part(struct making *making, const struct device_part *part, bool named)
{
    bool n = making->device.type > 0, done = true;
    struct element element = {.kind = ELEMENT_RESISTOR, .a = node_of(making, n ? part->a : part->k),
                              .k = node_of(making, n ? part->k : part->a)};
    if (part->kind == PART_RESISTANCE)
        element.value = part->ohms / making->device.m;
    else if (part->kind == PART_JUNCTION)
        done = add_junction(making, &element, &part->junction);
    else
        done = add_transfer(making, &element, part);
    if (!done)
        return false;
    if (named)
        return builder_add(making->builder, making->reader, element);
    const char *name = part_name(making, part->name);
    return name && builder_add_named(making->builder, name, strlen(name), making->reader->card->arg, element);
}

/* Is there an element of that name already? Then a diagnostic says so, of the device and not of its parts. */
static bool is_second(const struct making *making)
{
    const struct card_reader *reader = making->reader;
    const struct circuit *circuit = making->builder->circuit;
    uint32_t number = names_find(&circuit->elements, reader->name, (size_t)reader->name_length);
    if (number == NAMES_NONE)
        return false;
    const struct element *first = &circuit->element[number];
    const struct arg *place = reader->card->arg;
    diagnose(making->builder->diagnostics, ERROR_DUPLICATE_ELEMENT, place->text, place->length,
             "a second element named %.*s", reader->name_length, reader->name);
    diagnose(making->builder->diagnostics, NOTE, first->place, first->name_length, "the first one is here");
    return true;
}

/* Terminal `number` of the card, from 1 on, is none. */
static void left_out(const struct making *making, uint32_t number, const char *unless)
{
    const struct arg *node = making->name - making->terminals + number - 1;
    const struct card_reader *reader = making->reader;
    diagnose(making->builder->diagnostics, WARNING_WORD_LEFT_OUT, node->text, node->length,
             "%.*s: a %s has no terminal number %u%s: %.*s is left out", reader->name_length, reader->name,
             making->model->kind->what, number, unless, (int)node->length, node->text);
}

/* Nodes for temperatures of one that has none after all. */
static void leave_out_temperatures(const struct making *making, const uint8_t *alias)
{
    const struct device_kind *kind = making->device.kind;
    for (uint32_t q = kind->most - kind->thermal; q < making->terminals; q++)
        if (alias[q] == DEVICE_GROUND)
            left_out(making, q + 1, " unless its card says thermal and its model RTHJC");
}

/* All parts, and the device. False when memory is out. */
static bool add_device(struct making *making)
{
    if (is_second(making))
        return true;
    struct builder *builder = making->builder;
    struct circuit *circuit = builder->circuit;
    struct device *device = &making->device;
    uint8_t alias[DEVICE_NODES];
    size_t parts = device->kind->shape(device->law, alias, making->part);
    size_t errors = builder->diagnostics->errors;
    device->first = circuit->elements.count;
    device->parts = (uint32_t)parts;
    device->named = UINT32_MAX;
    leave_out_temperatures(making, alias);
    if (!make_nodes(making, alias))
        return false;
    for (size_t p = 0; p < parts; p++) {
        bool named = making->part[p].kind == PART_TRANSFER && device->named == UINT32_MAX;
        if (named)
            device->named = circuit->elements.count;
        if (!add_part(making, &making->part[p], named))
            return false;
        if (builder->diagnostics->errors > errors)
            return true; /* another element of that name */
    }
    if (!array_reserve(&circuit->device, &circuit->device_capacity, circuit->devices + 1, sizeof *circuit->device))
        return false;
    circuit->device[circuit->devices++] = *device;
    return true;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static bool refuse(struct making *making, const struct arg *name)
{
    const struct device_model *model = making->model;
    diagnose(making->builder->diagnostics, ERROR_NOT_SUPPORTED, name->text, name->length,
             "%.*s: level %g of %s models is not supported", making->reader->name_length, making->reader->name,
             model->level, model->type);
    return true;
}

static void complain(const struct making *making, const char *wrong)
{
    const struct arg *name = making->reader->card->arg;
    diagnose(making->builder->diagnostics, ERROR_MODEL_VALUE, name->text, name->length, "%.*s: %s",
             making->reader->name_length, making->reader->name, wrong);
}

/* The law of a device whose card is read. False when memory is out. */
static bool finish(struct making *making)
{
    struct builder *builder = making->builder;
    struct device *device = &making->device;
    const struct arg *place = making->reader->card->arg;
    device->m *= flatten_multiplier(builder->flat);
    if (!(device->m > 0) || !isfinite(device->m)) {
        if (device->m == 0)
            diagnose(builder->diagnostics, WARNING_ZERO_MULTIPLIER, place->text, place->length,
                     "%.*s has m=0: it is left out", making->reader->name_length, making->reader->name);
        else
            complain(making, "m must be positive");
        return true;
    }
    device->law = arena_alloc(&builder->circuit->arena, device->kind->law_size);
    if (!device->law)
        return false;
    const char *wrong = circuit_make_device(builder->circuit, device, builder->sim_options->temp);
    if (wrong) {
        complain(making, wrong);
        return true;
    }
    return add_device(making);
}

static void wrong_count(struct making *making, const char *condition, uint32_t least, uint32_t most)
{
    struct card_reader *reader = making->reader;
    const struct arg *name = making->name;
    char range[32];
    int length = snprintf(range, sizeof range, "%u", least);
    if (most > least)
        snprintf(range + length, sizeof range - (size_t)length, " to %u", most);
    diagnose(making->builder->diagnostics, ERROR_UNEXPECTED_WORD, name->text, name->length,
             "%.*s: a %s%s has %s terminals, not %u", reader->name_length, reader->name, making->model->kind->what,
             condition, range, making->terminals);
    reader->failed = true;
}

/* A bulk behind the source of one that has none is left out, as in ngspice. */
static void check_terminals(struct making *making)
{
    const struct device_kind *kind = making->model->kind;
    if (making->terminals >= kind->least && making->terminals <= kind->most)
        return;
    if (making->terminals == kind->most + 1 && kind->thermal == 0) {
        left_out(making, making->terminals, "");
        making->terminals--;
        return;
    }
    wrong_count(making, "", kind->least, kind->most);
}

/* One whose card has the word `thermal` has all terminals that there are. */
static void check_temperatures(struct making *making, double *size)
{
    const struct device_kind *kind = making->model->kind;
    bool thermal = kind->thermal > 0 && size_of(kind, size, "thermal", 0) > 0;
    if (thermal && making->terminals != kind->most)
        wrong_count(making, " with the word thermal", kind->most, kind->most);
}

/* The model that stands next; its kind says how many terminals there may be. False when memory is out; a diagnostic
 * where that is wrong, and the reader has failed then. */
static bool take_model(struct making *making)
{
    struct card_reader *reader = making->reader;
    struct diagnostics *diagnostics = making->builder->diagnostics;
    const struct arg *name = making->name = card_reader_next(reader);
    if (!name || name->kind == ARG_KEY) {
        card_reader_missing(reader, diagnostics, "model name");
        return true;
    }
    if (!models_device(&making->builder->models, reader, name, diagnostics, &making->model))
        return false;
    const struct device_model *model = making->model;
    reader->failed |= !model;
    if (!model)
        return true;
    if (model->letter != lower(*reader->card->arg->text)) {
        diagnose(diagnostics, ERROR_MODEL_TYPE, name->text, name->length, "%.*s: %.*s is a model of type %s",
                 reader->name_length, reader->name, (int)name->length, name->text, model->type);
        reader->failed = true;
    } else if (!model->kind) {
        reader->failed = true;
        return refuse(making, name);
    } else {
        check_terminals(making);
    }
    return true;
}

static const double usual_size = 1e-4; /* m: of a transistor that nothing says another of */

bool devices_build(struct builder *builder, const struct card *card)
{
    struct card_reader reader = card_reader_in(builder->flat, card);
    struct making making = {.builder = builder, .reader = &reader, .device = {.m = 1}};
    if (!reader.name || !take_terminals(&making))
        return false;
    if (!reader.failed && !take_model(&making))
        return false;
    if (reader.failed)
        return true;
    double *size = arena_alloc(&builder->circuit->arena, making.model->kind->size_size);
    if (!size || !take_size(&making, size))
        return false;
    if (!reader.failed)
        check_temperatures(&making, size);
    const struct device_kind *kind = making.model->kind;
    const struct arg *name = making.name;
    const struct sim_options *options = builder->sim_options;
    double l = size_of(kind, size, "l", options->defl > 0 ? options->defl : usual_size);
    double w = size_of(kind, size, "w", options->defw > 0 ? options->defw : usual_size);
    if (!reader.failed && !models_bin(&builder->models, &reader, name, l, w, builder->diagnostics, &making.model))
        return false;
    if (reader.failed || !making.model)
        return true;
    complete_size(&making, size);
    making.device.kind = making.model->kind;
    making.device.model = making.model->values;
    making.device.model_name = name->text;
    making.device.model_length = name->length;
    making.device.size = size;
    making.device.type = making.model->polarity;
    return finish(&making);
}
