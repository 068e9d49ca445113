#include "script/circuits.h"

#include "script/plots.h"
#include "elaborate/card_reader.h"
#include "netlist/cards.h"
#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* ---- values of elements ---- */

static void apply(struct script *script, struct alteration alteration)
{
    struct session *session = script->here->session;
    if (session->circuit.element[alteration.element].kind == ELEMENT_VSOURCE ||
        session->circuit.element[alteration.element].kind == ELEMENT_ISOURCE)
        engine_set_source(&session->engine, alteration.element, alteration.value);
    else
        engine_set_resistance(&session->engine, alteration.element, alteration.value);
    script->live = NULL;
}

void circuits_alter(struct script *script, struct alteration alteration)
{
    struct loaded *here = script->here;
    uint32_t elements = here->session->circuit.elements.count;
    if ((!here->altered && !(here->altered = array_new(elements, sizeof *here->altered))) ||
        !array_reserve(&here->alteration, &here->alteration_capacity, here->alterations + 1,
                       sizeof *here->alteration)) {
        diagnose_no_memory(script->diagnostics);
        return;
    }
    uint32_t *number = &here->altered[alteration.element];
    if (*number == 0)
        *number = (uint32_t)++here->alterations;
    apply(script, here->alteration[*number - 1] = alteration);
}

static void forget_alterations(struct loaded *here)
{
    free(here->altered);
    here->altered = NULL;
    here->alterations = 0;
}

/* ---- building ---- */

/* Warnings of the netlist have been given when it was built first. */
bool circuits_rebuild(struct script *script)
{
    struct loaded *here = script->here;
    struct diagnostics *diagnostics = script->diagnostics;
    struct circuit *former;
    size_t errors = diagnostics->errors;
    bool warned = diagnostics->warned;
    here->is_stale = false;
    script->live = NULL;
    diagnostics->warned = true;
    bool done = session_rebuild(here->session, &former, diagnostics);
    diagnostics->warned = warned;
    if (!done || (former && !plots_keep_names(script, here, former)))
        diagnose_no_memory(diagnostics);
    if (former)
        forget_alterations(here); /* elements have other numbers */
    if (diagnostics->errors != errors || diagnostics->out_of_memory)
        return false;
    for (size_t a = 0; a < here->alterations; a++)
        apply(script, here->alteration[a]);
    return true;
}

bool circuits_refresh(struct script *script)
{
    return !script->here->is_stale || circuits_rebuild(script);
}

/* ---- models ---- */

struct card *circuits_model(const struct script *script, const char *name, size_t length)
{
    struct netlist *netlist = &script->here->session->netlist;
    for (size_t c = 0; c < netlist->count; c++) {
        struct card *card = &netlist->card[c];
        if (card->kind == CARD_MODEL && card->count >= 2 && card->arg[1].length == length &&
            strncasecmp(card->arg[1].text, name, length) == 0)
            return card;
    }
    return NULL;
}

struct card *circuits_card(const struct script *script, uint32_t element)
{
    struct netlist *netlist = &script->here->session->netlist;
    const char *place = script->here->session->circuit.element[element].place;
    for (size_t c = 0; c < netlist->count; c++) {
        if (netlist->card[c].arg->text == place)
            return &netlist->card[c];
    }
    return NULL;
}

/* The value behind a key of a card. False: it has none. */
static bool key_value(const struct script *script, const struct card *card, const char *name, size_t length,
                      double *value)
{
    struct card_reader reader = card_reader_in(script->here->session->flat, card);
    const struct arg *key;
    while (!reader.failed && (key = card_reader_next(&reader))) {
        if (key->kind == ARG_KEY && key->length == length && strncasecmp(key->text, name, length) == 0)
            return card_reader_number(&reader, script->diagnostics, "value", value);
    }
    return false;
}

bool circuits_card_value(const struct script *script, uint32_t element, const char *parameter, size_t length,
                         double *value)
{
    static const struct {
        const char *name;
        double value;
    } otherwise[] = {{"m", 1}, {"area", 1}, {"tc1", 0}, {"tc2", 0}, {"tc", 0}, {"dtemp", 0}, {"scale", 1}};
    const struct circuit *circuit = &script->here->session->circuit;
    const struct card *card = circuit_origin(circuit, element) ? NULL : circuits_card(script, element);
    if (card && key_value(script, card, parameter, length, value))
        return true;
    *value = script->here->session->requests.sim_options.temp;
    if (card && line_word_is(parameter, length, "temp"))
        return true;
    for (size_t o = 0; card && o < sizeof otherwise / sizeof *otherwise; o++) {
        if (line_word_is(parameter, length, otherwise[o].name)) {
            *value = otherwise[o].value;
            return true;
        }
    }
    return false;
}

bool circuits_model_value(const struct script *script, const struct card *model, const char *parameter, size_t length,
                          double *value)
{
    static const struct {
        const char *name;
        double value;
    } of_diode[] = {{"level", 1}, {"is", 1e-14}, {"jsw", 0}, {"rs", 0},    {"n", 1},   {"ns", 1},  {"tt", 0},
                    {"cjo", 0},   {"vj", 1},     {"m", 0.5}, {"eg", 1.11}, {"xti", 3}, {"fc", .5}, {"bv", 0},
                    {"ibv", 1e-3}, {"ikf", 0},   {"ikr", 0}, {"nr", 1},    {"area", 1}, {"pj", 0}};
    if (key_value(script, model, parameter, length, value))
        return true;
    bool is_diode = model->count > 2 && arg_is(&model->arg[2], "d");
    for (size_t d = 0; is_diode && d < sizeof of_diode / sizeof *of_diode; d++) {
        if (line_word_is(parameter, length, of_diode[d].name)) {
            *value = of_diode[d].value;
            return true;
        }
    }
    return false;
}

/* ---- cards ---- */

/* Keep a card as it is before its first change. False when memory is out. */
static bool keep_card(struct script *script, size_t number)
{
    struct loaded *here = script->here;
    for (size_t c = 0; c < here->changes; c++) {
        if (here->changed[c].number == number)
            return true;
    }
    if (!array_reserve(&here->changed, &here->change_capacity, here->changes + 1, sizeof *here->changed))
        return false;
    here->changed[here->changes++] = (struct changed_card){number, here->session->netlist.card[number]};
    return true;
}

void circuits_change_card(struct script *script, size_t number, struct card card)
{
    if (!keep_card(script, number)) {
        diagnose_no_memory(script->diagnostics);
        return;
    }
    struct card *place = &script->here->session->netlist.card[number], before = *place;
    *place = card;
    if (circuits_rebuild(script))
        return;
    *place = before;
    script->here->is_stale = true;
}

/* ---- the netlist's own ---- */

void circuits_reset(struct script *script)
{
    struct loaded *here = script->here;
    while (here->changes > 0) {
        const struct changed_card *changed = &here->changed[--here->changes];
        here->session->netlist.card[changed->number] = changed->card;
    }
    forget_alterations(here);
    session_set_options(here->session, &here->deck_options);
    circuits_rebuild(script);
}

bool circuits_set_option(struct script *script, const char *name, size_t length, double value)
{
    struct loaded *here = script->here;
    struct sim_options options = here->session->requests.sim_options;
    if (line_word_is(name, length, "temp"))
        options.temp = value;
    else if (line_word_is(name, length, "tnom"))
        options.tnom = value;
    else if (line_word_is(name, length, "gmin"))
        options.gmin = value;
    else
        return false;
    session_set_options(here->session, &options);
    here->is_stale = true;
    script->live = NULL;
    return true;
}
