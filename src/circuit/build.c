/* From cards to elements: each element card has one handler in the table below. */
#include "circuit/circuit.h"

#include "circuit/models.h"
#include "circuit/waveform.h"
#include "circuit/words.h"
#include "netlist/cards.h"
#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct builder {
    struct circuit *circuit;
    struct diagnostics *diagnostics;
    const struct conditions *conditions;
    enum diode_reading reading;
    struct models models;
};

static bool add_element(struct builder *builder, const struct card *card, struct element element)
{
    struct circuit *circuit = builder->circuit;
    const struct arg *name = card->arg;
    bool is_new;
    uint32_t number = names_add(&circuit->elements, name->text, name->length, &is_new);
    if (number == NAMES_NONE)
        return false;
    if (!is_new) {
        const struct element *first = &circuit->element[number];
        diagnose(builder->diagnostics, SEVERITY_ERROR, name->text, name->length, "a second element named %.*s",
                 (int)name->length, name->text);
        diagnose(builder->diagnostics, SEVERITY_NOTE, first->place, first->name_length, "the first one is here");
        return true;
    }
    element.place = name->text;
    element.name_length = name->length;
    circuit->element[number] = element;
    return true;
}

/* Take a node from the card. False when memory is out; a missing node is a diagnostic. */
static bool take_node(struct builder *builder, struct words *words, uint32_t *node)
{
    size_t length;
    const struct arg *arg = words_node(words, &length);
    if (!arg) {
        words_missing(words, builder->diagnostics, "node");
        return true;
    }
    if (node_is_ground(arg->text, length)) {
        *node = GROUND;
        return true;
    }
    *node = names_add(&builder->circuit->nodes, arg->text, length, NULL);
    return *node != NAMES_NONE;
}

static bool take_nodes(struct builder *builder, struct words *words, struct element *element)
{
    return take_node(builder, words, &element->a) && take_node(builder, words, &element->k);
}

/* The next element depends on temperature. */
static bool add_thermal(struct builder *builder, double nominal, const double tc[2], double dtemp)
{
    struct circuit *circuit = builder->circuit;
    if (!array_reserve(&circuit->thermal, &circuit->thermal_capacity, (size_t)circuit->n_thermal + 1, sizeof *circuit->thermal))
        return false;
    circuit->thermal[circuit->n_thermal++] =
        (struct thermal){circuit->elements.count, nominal, tc[0], tc[1], dtemp - builder->conditions->tnom};
    return true;
}

/* R a k value | R a k R=value, with m, scale, tc, tc1, tc2, temp, dtemp. */
static bool build_resistor(struct builder *builder, const struct card *card)
{
    struct words words = words_of(card);
    struct element element = {.kind = ELEMENT_RESISTOR};
    double value = NAN, scale = 1, m = 1, tc[2] = {0, 0}, own = NAN, dtemp = 0, unused;
    const struct key keys[] = {{"r", &value, 1}, {"resistance", &value, 1}, {"scale", &scale, 1}, {"m", &m, 1},
                               {"tc", tc, 2},    {"tc1", &tc[0], 1},        {"tc2", &tc[1], 1},   {"temp", &own, 1},
                               {"dtemp", &dtemp, 1}, {"ac", &unused, 1}, {"noisy", &unused, 1}, {NULL, NULL, 0}};
    if (!take_nodes(builder, &words, &element))
        return false;
    if (words.failed)
        return true;
    const struct arg *first = words_peek(&words);
    if (first && first->kind != ARG_KEY)
        words_number(&words, builder->diagnostics, "resistance", &value);
    words_keys(&words, builder->diagnostics, keys);
    if (words.failed)
        return true;
    if (isnan(value)) {
        words_missing(&words, builder->diagnostics, "resistance");
        return true;
    }
    double dt = (isnan(own) ? builder->conditions->temp : own) + dtemp - builder->conditions->tnom;
    double at_temperature = 1 + tc[0] * dt + tc[1] * dt * dt;
    value *= scale / m * at_temperature;
    if (value < 0 || m <= 0) {
        diagnose(builder->diagnostics, SEVERITY_ERROR, card->arg->text, card->arg->length,
                 "%.*s has a negative resistance (%g ohm), which has no convex program", (int)card->arg->length, card->arg->text,
                 value);
        return true;
    }
    if (!isfinite(value) || !isfinite(1 / value))
        value = value == 0 ? 0 : NAN;
    if (isnan(value)) {
        diagnose(builder->diagnostics, SEVERITY_ERROR, card->arg->text, card->arg->length,
                 "the resistance of %.*s is out of range", (int)card->arg->length, card->arg->text);
        return true;
    }
    if (value == 0) {
        element.kind = ELEMENT_SHORT;
        diagnose(builder->diagnostics, SEVERITY_WARNING, card->arg->text, card->arg->length,
                 "%.*s has 0 ohm: taken as a short", (int)card->arg->length, card->arg->text);
    }
    element.value = value;
    if ((tc[0] != 0 || tc[1] != 0) && isnan(own) && !add_thermal(builder, value / at_temperature, tc, dtemp))
        return false;
    return add_element(builder, card, element);
}

/* C and L: open and short at DC; their values and parameters do not matter, but must be there. */
static bool build_reactance(struct builder *builder, const struct card *card, enum element_kind kind)
{
    struct words words = words_of(card);
    struct element element = {.kind = kind};
    if (!take_nodes(builder, &words, &element))
        return false;
    return words.failed || add_element(builder, card, element);
}

static bool build_capacitor(struct builder *builder, const struct card *card)
{
    return build_reactance(builder, card, ELEMENT_CAPACITOR);
}

static bool build_inductor(struct builder *builder, const struct card *card)
{
    return build_reactance(builder, card, ELEMENT_SHORT);
}

static bool build_source(struct builder *builder, const struct card *card, enum element_kind kind)
{
    struct words words = words_of(card);
    struct element element = {.kind = kind};
    if (!take_nodes(builder, &words, &element))
        return false;
    if (words.failed || !source_value(&words, builder->diagnostics, &element.value))
        return true;
    return add_element(builder, card, element);
}

static bool build_vsource(struct builder *builder, const struct card *card)
{
    return build_source(builder, card, ELEMENT_VSOURCE);
}

static bool build_isource(struct builder *builder, const struct card *card)
{
    return build_source(builder, card, ELEMENT_ISOURCE);
}

/* D a k model [area] [off], with area, m, temp, dtemp, ic. Ideal diodes do not depend on temperature. */
static bool build_diode(struct builder *builder, const struct card *card)
{
    struct words words = words_of(card);
    struct element element = {.kind = ELEMENT_DIODE};
    double area = 1, m = 1, unused;
    const struct key keys[] = {{"area", &area, 1}, {"m", &m, 1},       {"temp", &unused, 1}, {"dtemp", &unused, 1},
                               {"ic", &unused, 1}, {"pj", &unused, 1}, {"off", NULL, 0},     {NULL, NULL, 0}};
    if (!take_nodes(builder, &words, &element))
        return false;
    const struct arg *model = words_next(&words);
    if (words.failed)
        return true;
    if (!model || model->kind == ARG_KEY) {
        words_missing(&words, builder->diagnostics, "model name");
        return true;
    }
    const struct arg *next = words_peek(&words);
    if (next && next->kind == ARG_WORD && !arg_is(next, "off"))
        words_number(&words, builder->diagnostics, "area", &area);
    words_keys(&words, builder->diagnostics, keys);
    uint32_t law = models_use(&builder->models, card, model, builder->diagnostics);
    if (words.failed || law == MODELS_NO_LAW)
        return true;
    element.law = law;
    element.value = area * m;
    if (!(element.value > 0) || !isfinite(element.value)) {
        diagnose(builder->diagnostics, SEVERITY_ERROR, card->arg->text, card->arg->length,
                 "the area of %.*s must be positive", (int)card->arg->length, card->arg->text);
        return true;
    }
    return add_element(builder, card, element);
}

static bool build_model(struct builder *builder, const struct card *card)
{
    return models_add(&builder->models, card, builder->reading, builder->conditions, builder->diagnostics);
}

typedef bool card_handler(struct builder *builder, const struct card *card);

/* Handlers of one pass over the cards; models come first, since an element may stand before its model. */
static bool each_card(struct builder *builder, const struct netlist *netlist, card_handler *const handler[])
{
    for (size_t c = 0; c < netlist->count; c++) {
        const struct card *card = &netlist->card[c];
        if (handler[card->kind] && !handler[card->kind](builder, card))
            return false;
    }
    return true;
}

static void require_ground(const struct circuit *circuit, struct diagnostics *diagnostics)
{
    if (circuit->elements.count == 0) {
        if (diagnostics->errors == 0)
            diagnose(diagnostics, SEVERITY_ERROR, NULL, 0, "the netlist has no elements");
        return;
    }
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (circuit->element[e].a == GROUND || circuit->element[e].k == GROUND)
            return;
    if (diagnostics->errors == 0)
        diagnose(diagnostics, SEVERITY_ERROR, NULL, 0, "no ground node: no element is connected to node 0 (or gnd)");
}

bool circuit_build(struct circuit *circuit, const struct netlist *netlist, enum diode_reading reading,
                   const struct conditions *conditions, struct diagnostics *diagnostics)
{
    static card_handler *const models[CARD_OTHER + 1] = {[CARD_MODEL] = build_model};
    static card_handler *const elements[CARD_OTHER + 1] = {
        [CARD_R] = build_resistor, [CARD_C] = build_capacitor, [CARD_L] = build_inductor,
        [CARD_V] = build_vsource,  [CARD_I] = build_isource,   [CARD_D] = build_diode};
    circuit->temp = conditions->temp;
    struct builder builder = {
        .circuit = circuit, .diagnostics = diagnostics, .conditions = conditions, .reading = reading};
    bool done = names_add(&circuit->nodes, "0", 1, NULL) == GROUND && names_expect(&circuit->elements, netlist->count) &&
                array_reserve(&circuit->element, &circuit->capacity, netlist->count, sizeof *circuit->element) && each_card(&builder, netlist, models) &&
                each_card(&builder, netlist, elements);
    if (done)
        require_ground(circuit, diagnostics);
    circuit->law = builder.models.law;
    circuit->n_laws = builder.models.n_laws;
    builder.models.law = NULL;
    models_free(&builder.models);
    return done;
}
