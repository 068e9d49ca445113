/* From cards to elements: each element card has one handler in the table below. */
#include "elaborate/elaborate.h"

#include "elaborate/builder.h"
#include "elaborate/devices.h"
#include "elaborate/lines.h"
#include "elaborate/resistors.h"
#include "elaborate/sources.h"
#include "elaborate/starts.h"
#include "elaborate/stretch.h"
#include "elaborate/switches.h"
#include "elaborate/waveform.h"
#include "elaborate/card_reader.h"
#include "netlist/cards.h"
#include "util/array.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parameters of C and L that have no effect at direct current, in ngspice and LTspice. */
static bool is_idle_of_reactance(const struct arg *arg)
{
    static const char *const idle[] = {"c",    "capacitance", "q",     "l",      "inductance", "flux", "ic",
                                       "tc",   "tc1",         "tc2",   "temp",   "dtemp",      "w",    "scale",
                                       "nt",   "bv_max",      "lser",  "cpar",   "rlshunt",    "tol",  "pwr",
                                       "noise", "noisy"};
    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++)
        if (arg_is(arg, idle[i]))
            return true;
    return false;
}

/* The keyed values of C and L that act; the others are not looked at. */
struct reactance {
    double m, rser, rpar;
};

static void take_reactance_keys(struct card_reader *reader, struct diagnostics *diagnostics,
                                struct reactance *reactance)
{
    const struct arg *arg;
    while (!reader->failed && (arg = card_reader_next(reader))) {
        if (arg->kind != ARG_KEY)
            continue;
        if (arg_is(arg, "m"))
            card_reader_number(reader, diagnostics, "multiplier", &reactance->m);
        else if (arg_is(arg, "rser") || arg_is(arg, "rpar"))
            card_reader_number(reader, diagnostics, "resistance",
                               arg_is(arg, "rser") ? &reactance->rser : &reactance->rpar);
        else if (!is_idle_of_reactance(arg))
            diagnose(diagnostics, WARNING_UNKNOWN_PARAMETER, arg->text, arg->length,
                     "%.*s has no parameter %.*s: it is left out", reader->name_length, reader->name, (int)arg->length,
                     arg->text);
    }
}

/* C and L: open and short at DC, with the resistances that belong to them (LTspice); their values do not matter. */
static bool build_reactance(struct builder *builder, const struct card *card, enum element_kind kind)
{
    struct card_reader reader = card_reader_in(builder->flat, card);
    struct element element = {.kind = kind};
    struct reactance reactance = {.m = 1, .rpar = INFINITY};
    if (!builder_take_nodes(builder, &reader, &element))
        return false;
    if (!reader.failed)
        take_reactance_keys(&reader, builder->diagnostics, &reactance);
    if (reader.failed)
        return true;
    double m = reactance.m * flatten_multiplier(builder->flat);
    double series = kind == ELEMENT_CAPACITOR ? 0 : reactance.rser; /* nothing flows through a capacitor */
    return m == 0 ? builder_add(builder, &reader, element)
                  : builder_add_with_parts(builder, &reader, element, series / m, reactance.rpar / m);
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
    struct card_reader reader = card_reader_in(builder->flat, card);
    struct element element = {.kind = kind};
    if (!builder_take_nodes(builder, &reader, &element))
        return false;
    struct source_values source;
    if (reader.failed || !source_read(&reader, builder->diagnostics, &source))
        return true;
    double m = flatten_multiplier(builder->flat);
    element.value = source.value * (kind == ELEMENT_ISOURCE ? m : 1);
    if (!isfinite(element.value)) {
        diagnose(builder->diagnostics, ERROR_OUT_OF_RANGE, card->arg->text, card->arg->length,
                 "the value of %.*s is out of range", reader.name_length, reader.name);
        return true;
    }
    double series = kind == ELEMENT_ISOURCE ? 0 : source.rser; /* which does not change a current */
    if (kind == ELEMENT_ISOURCE && source.rpar == INFINITY && !builder_add_multiple(builder, m * source.m))
        return false;
    return m == 0 ? builder_add(builder, &reader, element)
                  : builder_add_with_parts(builder, &reader, element, series / m, source.rpar / m);
}

/* One port more: there is room for 1, 2, 4 .. of them. */
static bool keep_port(struct circuit *circuit, struct metered *metered, uint32_t port)
{
    const uint32_t ports = metered->ports;
    if ((ports & (ports - 1)) == 0) {
        uint32_t *more = arena_alloc(&circuit->arena, (ports > 0 ? 2 * (size_t)ports : 1) * sizeof *more);
        if (!more)
            return false;
        if (ports > 0)
            memcpy(more, metered->port, ports * sizeof *more);
        metered->port = more;
    }
    metered->port[metered->ports++] = port;
    return true;
}

/* The element that was added last is an ammeter. */
static bool add_meter(struct circuit *circuit, const struct flat_meter *meter)
{
    bool is_new;
    uint32_t number = array_reserve(&circuit->metered, &circuit->metered_capacity,
                                    (size_t)circuit->metered_names.count + 1, sizeof *circuit->metered)
                          ? names_add(&circuit->metered_names, meter->power, meter->name_length, &is_new)
                          : NAMES_NONE;
    if (number == NAMES_NONE)
        return false;
    struct metered *metered = &circuit->metered[number];
    uint32_t element = circuit->elements.count - 1;
    if (is_new)
        *metered = (struct metered){meter->power, meter->name_length, element, 0, NULL, NAMES_NONE};
    if (meter->port == METER_THROUGH) {
        metered->through = element;
        return true;
    }
    return keep_port(circuit, metered, (uint32_t)meter->port);
}

static bool build_vsource(struct builder *builder, const struct card *card)
{
    struct flat_meter meter;
    uint32_t before = builder->circuit->elements.count;
    if (!build_source(builder, card, ELEMENT_VSOURCE))
        return false;
    return builder->circuit->elements.count == before || !flatten_meter(builder->flat, &meter) ||
           add_meter(builder->circuit, &meter);
}

static bool build_isource(struct builder *builder, const struct card *card)
{
    return build_source(builder, card, ELEMENT_ISOURCE);
}

/* D a k t model: is there a third node, with the model behind it? */
static bool has_thermal_node(struct builder *builder, const struct arg *third, const struct arg *fourth)
{
    struct flat_model model;
    return fourth && third->kind == ARG_WORD && fourth->kind == ARG_WORD &&
           !flatten_model(builder->flat, third->text, third->length, &model) &&
           flatten_model(builder->flat, fourth->text, fourth->length, &model);
}

/* The diode that was added last does not conduct where the search begins. */
static bool add_off(struct circuit *circuit)
{
    if (!array_reserve(&circuit->off, &circuit->off_capacity, circuit->offs + 1, sizeof *circuit->off))
        return false;
    circuit->off[circuit->offs++] = circuit->elements.count - 1;
    return true;
}

/* D a k model [area] [off], with area, pj (perim), m, temp, dtemp, w, l, Rser and Rpar; ic and the geometry of
 * capacitances have no effect. */
static bool build_diode(struct builder *builder, const struct card *card)
{
    struct card_reader reader = card_reader_in(builder->flat, card);
    struct element element = {.kind = ELEMENT_DIODE};
    struct junction_size size = {NAN, NAN, 1, NAN, NAN, NAN, NAN};
    double unused, rser = 0, rpar = INFINITY;
    const struct key keys[] = {
        {"area", &size.area, 1}, {"pj", &size.pj, 1},       {"perim", &size.pj, 1}, {"m", &size.m, 1},
        {"temp", &size.temp, 1}, {"dtemp", &size.dtemp, 1}, {"w", &size.w, 1},      {"l", &size.l, 1},
        {"rser", &rser, 1},      {"rpar", &rpar, 1},        {"cpar", &unused, 1},   {"ic", &unused, 1},
        {"lm", &unused, 1},      {"lp", &unused, 1},        {"wm", &unused, 1},     {"wp", &unused, 1},
        {"off", NULL, 0},        {"thermal", NULL, 0},      {NULL, NULL, 0}};
    if (!builder_take_nodes(builder, &reader, &element))
        return false;
    const struct arg *model = card_reader_next(&reader);
    if (reader.failed)
        return true;
    if (!model || model->kind == ARG_KEY) {
        card_reader_missing(&reader, builder->diagnostics, "model name");
        return true;
    }
    const struct arg *next = card_reader_peek(&reader);
    if (has_thermal_node(builder, model, next)) {
        diagnose(builder->diagnostics, ERROR_NOT_SUPPORTED, model->text, model->length,
                 "a thermal node is not supported: %.*s does not heat itself", reader.name_length, reader.name);
        return reader.name;
    }
    if (next && !card_reader_is_key(&reader, next, keys))
        card_reader_number(&reader, builder->diagnostics, "area", &size.area);
    bool off = card_reader_has_word(&reader, "off");
    card_reader_keys(&reader, builder->diagnostics, keys);
    size.m *= flatten_multiplier(builder->flat);
    double m = size.m;
    uint32_t law;
    if (!models_use(&builder->models, &reader, model, &size, builder->diagnostics, &law, &element.value))
        return false;
    if (reader.failed || law == MODELS_NO_LAW)
        return true;
    element.law = law;
    uint32_t before = builder->circuit->elements.count;
    bool added = m == 0 ? builder_add(builder, &reader, element)
                        : builder_add_with_parts(builder, &reader, element, rser / m, rpar / m);
    return added && (!off || builder->circuit->elements.count == before || add_off(builder->circuit));
}

static bool build_model(struct builder *builder, const struct card *card)
{
    return models_add(&builder->models, card, builder->diagnostics);
}

static bool refuse(struct builder *builder, const struct card *card)
{
    struct card_reader reader = card_reader_in(builder->flat, card);
    diagnose(builder->diagnostics, ERROR_NOT_SUPPORTED, card->arg->text, card->arg->length, "%s is not supported: %.*s",
             cards_find(card->arg->text, card->arg->length)->what, reader.name_length, reader.name);
    return reader.name;
}

/* One walk through the cards of all instances. False when memory is out. */
static bool each_card(struct builder *builder, card_handler *const handler[], struct stretch *stretch)
{
    const struct card *card;
    if (!stretch || !flatten_begin(builder->flat, &builder->circuit->nodes))
        return false;
    do {
        if (!stretch_build(stretch, builder, handler))
            return false;
        if ((card = flatten_next(builder->flat)) && handler[card->kind] && !handler[card->kind](builder, card))
            return false;
    } while (card);
    return !flatten_failed(builder->flat);
}

void elaborate_miss_elements(const struct netlist *netlist, struct diagnostics *diagnostics)
{
    const char *start = netlist->sources.count > 0 ? netlist->sources.item[0].text : NULL;
    if (diagnostics->errors == 0)
        diagnose(diagnostics, ERROR_NO_ELEMENTS, start, start != NULL, "the netlist has no elements");
}

static void require_ground(const struct circuit *circuit, const struct netlist *netlist,
                           struct diagnostics *diagnostics)
{
    if (circuit->elements.count == 0) {
        if (!netlist_has(netlist, CARD_CONTROL))
            elaborate_miss_elements(netlist, diagnostics);
        return;
    }
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (circuit->element[e].a == GROUND || circuit->element[e].k == GROUND)
            return;
    if (diagnostics->errors == 0)
        diagnose(diagnostics, ERROR_NO_GROUND, circuit->element[0].place, circuit->element[0].name_length,
                 "no ground node: no element is connected to node 0 (or gnd)");
}

bool elaborate(struct circuit *circuit, struct netlist *netlist, struct flat *flat, enum diode_reading reading,
                   const struct sim_options *sim_options, struct diagnostics *diagnostics)
{
    assert(circuit && netlist && flat && sim_options);
    static card_handler *const elements[CARD_OTHER + 1] = {
        [CARD_R] = resistors_build, [CARD_C] = build_capacitor, [CARD_L] = build_inductor,
        [CARD_V] = build_vsource,  [CARD_I] = build_isource,   [CARD_D] = build_diode,
        [CARD_B] = sources_build,  [CARD_E] = sources_build,   [CARD_F] = sources_build,
        [CARD_G] = sources_build,  [CARD_H] = sources_build,   [CARD_S] = switches_build, [CARD_W] = switches_build,
        [CARD_T] = lines_build_ideal, [CARD_O] = lines_build_lossy, [CARD_U] = lines_build_distributed,
        [CARD_P] = lines_build_coupled, [CARD_Q] = devices_build,  [CARD_J] = devices_build,  [CARD_M] = devices_build,
        [CARD_Z] = devices_build,  [CARD_MODEL] = build_model, [CARD_UNSUPPORTED] = refuse,
        [CARD_NODESET] = starts_keep, [CARD_IC] = starts_keep};
    struct builder builder = {
        .circuit = circuit,
        .flat = flat,
        .diagnostics = diagnostics,
        .sim_options = sim_options,
        .most = netlist_most(netlist),
        .models = {.circuit = circuit, .sources = &netlist->sources, .flat = flat, .reading = reading}};
    struct stretch *stretch = stretch_new(netlist->threads);
    circuit->sim_options = *sim_options;
    circuit->temp = sim_options->temp;
    circuit_changed(circuit, true);
    bool done = names_add(&circuit->nodes, "0", 1, NULL) == GROUND &&
                names_expect(&circuit->elements, netlist->count) &&
                array_reserve(&circuit->element, &circuit->capacity, netlist->count, sizeof *circuit->element) &&
                each_card(&builder, elements, stretch);
    stretch_free(stretch);
    done = done && controls_resolve(&builder);
    done = starts_check(&builder) && done;
    references_free(&builder.references);
    arena_free(&builder.part_names);
    if (done)
        require_ground(circuit, netlist, diagnostics);
    models_free(&builder.models);
    return done;
}
