#include "script/circuits.h"

#include "script/plots.h"
#include "script/script.h"
#include "elaborate/card_reader.h"
#include "netlist/cards.h"
#include "util/array.h"
#include "util/letters.h"
#include <stdlib.h>
#include <string.h>

/* ---- coming and going ---- */

bool circuits_take_parameters(struct script *script, struct session *session)
{
    struct plot *constants = &plots_constants(script)->result.plot;
    for (size_t c = 0; c < session->netlist.count; c++) {
        if (session->netlist.card[c].kind != CARD_CSPARAM)
            continue;
        struct card_reader reader = card_reader_in(session->flat, &session->netlist.card[c]);
        const struct arg *name;
        while (!reader.failed && (name = card_reader_next(&reader))) {
            double *value = array_new(1, sizeof *value);
            if (!value)
                return false;
            if (name->kind != ARG_KEY || !card_reader_number(&reader, script->diagnostics, "value", value)) {
                if (name->kind != ARG_KEY)
                    card_reader_missing(&reader, script->diagnostics, "name = value");
                free(value);
            } else if (!plot_let(constants, name->text, name->length, TYPE_NONE, value, 1)) {
                return false;
            }
        }
    }
    return true;
}

/* What confines one circuit confines the script. False when memory is out. */
static bool keep_folder(struct script *script, const char *folder)
{
    if (folder && !script->folder)
        script->folder = strdup(folder);
    return !folder || script->folder;
}

bool script_add(struct script *script, struct session *session, bool is_owned)
{
    struct loaded *loaded = calloc(1, sizeof *loaded);
    if (!loaded || !array_reserve(&script->circuit, &script->circuit_capacity, script->circuits + 1,
                                  sizeof *script->circuit)) {
        free(loaded);
        return false;
    }
    *loaded = (struct loaded){.session = session, .deck_options = session->requests.sim_options};
    if (!keep_folder(script, session->netlist.sources.folder) || !circuits_take_parameters(script, session)) {
        free(loaded);
        return false;
    }
    loaded->is_owned = is_owned;
    script->circuit[script->circuits++] = loaded;
    script->here = loaded;
    script->live = NULL;
    return true;
}

void circuits_keep_wrong(struct script *script, struct session *session)
{
    struct loaded *loaded = session ? calloc(1, sizeof *loaded) : NULL;
    if (loaded && array_reserve(&script->circuit, &script->circuit_capacity, script->circuits + 1,
                                sizeof *script->circuit)) {
        *loaded = (struct loaded){.session = session, .is_owned = true, .is_removed = true, .is_wrong = true};
        script->circuit[script->circuits++] = loaded;
        return;
    }
    free(loaded);
    if (session) {
        diagnose_no_memory(script->diagnostics);
        plots_forget_places(script, session);
        session_free(session);
    }
    free(session);
}

struct session *script_session(const struct script *script)
{
    return script->here ? script->here->session : NULL;
}

void circuits_remove_sourced(struct script *script)
{
    for (size_t c = 0; c < script->circuits; c++) {
        script->circuit[c]->is_removed |= script->circuit[c]->is_sourced;
        script->circuit[c]->is_wrong = false;
    }
    if (script->here && script->here->is_removed)
        script->here = NULL;
    for (size_t c = 0; c < script->circuits; c++) {
        if (!script->circuit[c]->is_removed && !script->here)
            script->here = script->circuit[c];
    }
}

/* ---- building ---- */

/* Warnings of the netlist have been given when it was built first. */
bool circuits_rebuild(struct script *script)
{
    struct loaded *here = script->here;
    struct diagnostics *diagnostics = script->diagnostics;
    struct circuit *former;
    size_t errors = diagnostics->errors;
    bool rebuilds = diagnostics->rebuilds;
    here->is_stale = false;
    script->live = NULL;
    diagnostics->rebuilds = true;
    bool done = session_rebuild(here->session, &former, diagnostics);
    diagnostics->rebuilds = rebuilds;
    if (!done || (former && !plots_keep_names(script, here, former)))
        diagnose_no_memory(diagnostics);
    return diagnostics->errors == errors && !diagnostics->out_of_memory;
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

/* False when memory is out. */
static bool put_card(struct script *script, const struct placed_card *placed, struct card card)
{
    struct session *session = script->here->session;
    if (placed->instance_length > 0)
        return flatten_amend(session->flat, placed->name, placed->name_length, &card);
    size_t number = (size_t)(placed->card - session->netlist.card);
    if (!keep_card(script, number))
        return false;
    session->netlist.card[number] = card;
    return true;
}

void circuits_change_card(struct script *script, const struct placed_card *placed, struct card card)
{
    const struct card before = *placed->card;
    if (!put_card(script, placed, card)) {
        diagnose_no_memory(script->diagnostics);
    } else if (!circuits_rebuild(script)) {
        put_card(script, placed, before);
        script->here->is_stale = true;
    }
}

/* ---- the netlist's own ---- */

void circuits_reset(struct script *script)
{
    struct loaded *here = script->here;
    while (here->changes > 0) {
        const struct changed_card *changed = &here->changed[--here->changes];
        here->session->netlist.card[changed->number] = changed->card;
    }
    flatten_drop_amendments(here->session->flat);
    named_inputs_loosen(here->session);
    session_set_options(here->session, &here->deck_options);
    circuits_rebuild(script);
}

bool circuits_set_option(struct script *script, const char *name, size_t length, double value)
{
    struct loaded *here = script->here;
    struct sim_options options = here->session->requests.sim_options;
    if (letters_spell(name, length, "temp"))
        options.temp = value;
    else if (letters_spell(name, length, "tnom"))
        options.tnom = value;
    else if (letters_spell(name, length, "gmin"))
        options.gmin = value;
    else
        return false;
    session_set_options(here->session, &options);
    here->is_stale = true;
    script->live = NULL;
    return true;
}
