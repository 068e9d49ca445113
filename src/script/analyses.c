/* Commands that run analyses. */
#include "script/commands.h"

#include "script/circuits.h"
#include "script/plots.h"
#include "netlist/cards.h"
#include "util/array.h"
#include "util/letters.h"
#include "write/listing.h"
#include <stdlib.h>
#include <string.h>

/* What a transfer function or sensitivities have found, as vectors. */
static void name_labelled(struct script *script, struct plot *plot)
{
    for (size_t l = 0; l < plot->labels; l++) {
        double *value = array_new(1, sizeof *value);
        if (value)
            *value = plot->value[l];
        if (!value || !plot_let(plot, plot->label[l], strlen(plot->label[l]), TYPE_VOLTAGE, value, 1))
            diagnose_no_memory(script->diagnostics);
    }
    plot->own_scale = plot->labels > 0; /* the first; ngspice calls all of them voltages */
}

/* Analyses that a command runs. */
struct running {
    struct script *script;
    bool is_announced;        /* "Doing analysis" was said */
    bool measures;            /* what .measure cards ask for is told */
    struct script_plot *plot; /* what the one that runs is to fill; NULL: it has not begun */
};

/* Let the plot have what was filled so far, which stays the session's. */
static void borrow(struct running *running, const struct plot *filled)
{
    struct plot *plot = &running->plot->result.plot;
    *plot = *filled;
    plot->circuit = &script_session(running->script)->circuit;
    plot->type = running->plot->type;
}

static void begin(void *context, const struct plot *filled)
{
    struct running *running = context;
    struct script *script = running->script;
    const struct session *session = script_session(script);
    if (!running->is_announced) {
        struct sink sink;
        sink_open(&sink, script->host.out);
        listing_put_temperatures(&sink, &session->requests.sim_options);
        sink_close(&sink); /* the stream keeps an error for its end */
    }
    running->is_announced = true;
    running->plot = plots_new(script, plots_short_name(filled->kind), plot_title(filled), session->netlist.title,
                              session->netlist.title_length);
    if (running->plot)
        borrow(running, filled);
    if (running->plot && script->host.listener)
        script->host.listener->begun(script->host.context, running->plot);
}

static void grow(void *context, const struct plot *filled)
{
    struct running *running = context;
    const struct script_host *host = &running->script->host;
    if (running->plot)
        borrow(running, filled);
    if (running->plot && host->listener)
        host->listener->grown(host->context, running->plot);
}

/* The session's result becomes a plot of the script, the current one. */
static void take_result(struct running *running)
{
    struct script *script = running->script;
    struct session *session = script_session(script);
    struct result result = session_take(session);
    result.by_script = true;
    result.plot.circuit = &session->circuit;
    name_labelled(script, &result.plot);
    if (plot_is_labelled(&result.plot)) { /* which have no names before */
        begin(running, &result.plot);
        grow(running, &result.plot);
    }
    struct script_plot *plot = running->plot;
    running->plot = NULL;
    if (!plots_add(script, plot, &result)) {
        diagnose_no_memory(script->diagnostics);
        return;
    }
    script->live = plot_is_single(&plot->result.plot) ? plot : NULL;
    if (script->host.listener)
        script->host.listener->ended(script->host.context, plot);
    const struct output output = {.circuit = &session->circuit, .requests = &session->requests};
    struct sink sink;
    sink_open(&sink, script->host.out);
    listing_put_rows(&sink, plot->result.plot.points);
    if (running->measures)
        listing_put_measurements(&sink, &output, &plot->result);
    sink_close(&sink);
}

/* It has failed before its first point. */
static void give_up(struct running *running)
{
    const struct script_host *host = &running->script->host;
    if (running->plot)
        running->plot->result.plot = (struct plot){0};
    if (running->plot && host->listener)
        host->listener->ended(host->context, running->plot);
    plots_drop(running->plot);
    running->plot = NULL;
}

/* Run one analysis, all of whose vectors are kept; that it fails does not keep the next one from running. */
static void analyse(struct running *running, enum plot_kind kind, const struct card *card)
{
    struct script *script = running->script;
    struct session *session = script_session(script);
    const struct plot_listener listener = {begin, script->host.listener ? grow : NULL, running};
    struct diagnostics found = {.warned = script->diagnostics->warned};
    size_t before = session->results;
    bool record_all = session->record_all;
    session_report(session, &found);
    script->live = NULL;
    session->record_all = true;
    session->listener = &listener;
    if (!session_analyse(session, kind, card, &found))
        diagnose_no_memory(&found);
    session->listener = NULL;
    session->record_all = record_all;
    session_report(session, script->diagnostics);
    diagnostics_append(script->diagnostics, &found);
    diagnostics_free(&found);
    if (session->results > before)
        take_result(running);
    else
        give_up(running);
}

/* May an analysis be run? */
static bool may_run(struct script *script, struct command command)
{
    if (script->here && session_is_empty(script_session(script))) {
        struct command whole = command.name ? text_between(command.text - 1 - command.name, command.text - 1) : command;
        diagnose(script->diagnostics, ERROR_NO_ELEMENTS, whole.text, whole.length,
                 "there is no circuit: the netlist has no elements");
        return false;
    }
    if (!script_has_circuit(script, command) || !circuits_refresh(script))
        return false;
    script->ran = true;
    if (script->here->saves_nothing)
        script_complain(script, command, "nothing would be saved after `save none`: the analysis is not run");
    return !script->here->saves_nothing;
}

static void analyse_words(struct script *script, enum plot_kind kind, const char *name, struct command command)
{
    struct netlist netlist = {0};
    struct running running = {.script = script};
    if (!may_run(script, command))
        return;
    const struct card *card = script_card(script, &netlist, name, command);
    if (card)
        analyse(&running, kind, card);
    netlist_free(&netlist);
}

void command_op(struct script *script, struct command command)
{
    analyse_words(script, PLOT_OP, ".op", command);
}

void command_dc(struct script *script, struct command command)
{
    analyse_words(script, PLOT_DC, ".dc", command);
}

void command_tf(struct script *script, struct command command)
{
    analyse_words(script, PLOT_TF, ".tf", command);
}

void command_sens(struct script *script, struct command command)
{
    analyse_words(script, PLOT_SENS, ".sens", command);
}

/* Analyses that are not opspice's: the script goes on without their vectors. */
void command_foreign(struct script *script, struct command command)
{
    script->ran_foreign = true;
    diagnose(script->diagnostics, WARNING_ANALYSIS_NOT_RUN, command.text - 1 - command.name, command.name,
             "%.*s is not run: opspice finds operating points", (int)command.name, command.text - 1 - command.name);
}

/* Has the user had enough? */
static bool is_halted(const struct script *script)
{
    const atomic_int *interrupt = script_session(script)->sweep.interrupt;
    return interrupt && atomic_load_explicit(interrupt, memory_order_relaxed) != 0;
}

/* run: the analyses of the netlist, dc, op, tf, sens in that order, of each the last card first, as in ngspice; without
 * any the operating point */
void command_run(struct script *script, struct command command)
{
    static const struct {
        enum card_kind card;
        enum plot_kind plot;
    } kinds[] = {{CARD_DC, PLOT_DC}, {CARD_OP, PLOT_OP}, {CARD_TF, PLOT_TF}, {CARD_SENS, PLOT_SENS}};
    struct running running = {.script = script, .measures = true};
    bool has_card = false;
    if (!may_run(script, command))
        return;
    const struct netlist *netlist = &script_session(script)->netlist;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        for (size_t c = netlist->count; c-- > 0;) {
            if (netlist->card[c].kind != kinds[k].card || script->diagnostics->out_of_memory || is_halted(script))
                continue;
            analyse(&running, kinds[k].plot, &netlist->card[c]);
            has_card = true;
        }
    }
    if (!has_card)
        analyse(&running, PLOT_OP, NULL);
}

/* save v(a) @r1[i], save all, save none: of the analyses from now on */
void command_save(struct script *script, struct command command)
{
    struct netlist netlist = {0};
    if (!script_has_circuit(script, command))
        return;
    script->here->saves_nothing = letters_spell(command.text, command.length, "none");
    if (script->here->saves_nothing)
        return;
    struct session *session = script_session(script);
    const struct formula_scope scope = session_scope(session);
    const struct card *card = script_card(script, &netlist, ".save", command);
    if (card && !output_requests_save(&session->requests, card, &scope, script->diagnostics))
        diagnose_no_memory(script->diagnostics);
    netlist_free(&netlist);
}
