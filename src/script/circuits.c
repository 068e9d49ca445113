#include "script/circuits.h"

#include "script/plots.h"
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
