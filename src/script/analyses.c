/* Commands that run analyses. */
#include "script/commands.h"

#include "script/circuits.h"
#include "script/plots.h"
#include "netlist/cards.h"
#include "util/array.h"
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

/* What the listing says of an analysis that has been run. */
static void announce(struct script *script, const struct script_plot *plot, bool *announced, bool measures)
{
    const struct session *session = script_session(script);
    const struct output output = {.circuit = &session->circuit, .requests = &session->requests};
    struct sink sink;
    sink_open(&sink, script->host.out);
    if (!*announced)
        listing_put_temperatures(&sink, &script_session(script)->requests.sim_options);
    *announced = true;
    sink_close(&sink); /* the stream keeps an error for its end */
    if (script->host.analysed)
        script->host.analysed(script->host.context, plot);
    sink_open(&sink, script->host.out);
    listing_put_rows(&sink, plot->result.plot.points);
    if (measures)
        listing_put_measurements(&sink, &output, &plot->result);
    sink_close(&sink);
}

/* The session's result becomes a plot of the script, the current one. */
static void take_result(struct script *script, bool *announced, bool measures)
{
    struct session *session = script_session(script);
    struct result result = session_take(session);
    struct netlist *netlist = &session->netlist;
    result.by_script = true;
    result.plot.circuit = &session->circuit;
    name_labelled(script, &result.plot);
    struct script_plot *plot = plots_add(script, plots_short_name(result.plot.kind), plot_title(&result.plot),
                                         netlist->title, netlist->title_length, &result);
    if (!plot) {
        diagnose_no_memory(script->diagnostics);
        result_free(&result);
        return;
    }
    script->live = plot_is_single(&plot->result.plot) ? plot : NULL;
    announce(script, plot, announced, measures);
}

/* Run one analysis, all of whose vectors are kept; that it fails does not keep the next one from running. measures:
 * what .measure cards ask for is told. */
static void analyse(struct script *script, enum plot_kind kind, const struct card *card, bool *announced, bool measures)
{
    struct session *session = script_session(script);
    struct diagnostics found = {.warned = script->diagnostics->warned};
    size_t before = session->results;
    bool record_all = session->record_all;
    session_report(session, &found);
    script->live = NULL;
    session->record_all = true;
    if (!session_analyse(session, kind, card, &found))
        diagnose_no_memory(&found);
    session->record_all = record_all;
    session_report(session, script->diagnostics);
    diagnostics_append(script->diagnostics, &found);
    diagnostics_free(&found);
    if (session->results > before)
        take_result(script, announced, measures);
}

/* May an analysis be run? */
static bool may_run(struct script *script, struct command command)
{
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
    bool announced = false;
    if (!may_run(script, command))
        return;
    const struct card *card = script_card(script, &netlist, name, command);
    if (card)
        analyse(script, kind, card, &announced, false);
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
    bool announced = false, has_card = false;
    if (!may_run(script, command))
        return;
    const struct netlist *netlist = &script_session(script)->netlist;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        bool found = false;
        for (size_t c = netlist->count; c-- > 0 && !(found && kinds[k].card == CARD_OP);) {
            if (netlist->card[c].kind != kinds[k].card || script->diagnostics->out_of_memory || is_halted(script))
                continue;
            analyse(script, kinds[k].plot, &netlist->card[c], &announced, true);
            found = has_card = true;
        }
    }
    if (!has_card)
        analyse(script, PLOT_OP, NULL, &announced, true);
}

/* save v(a) @r1[i], save all, save none: of the analyses from now on */
void command_save(struct script *script, struct command command)
{
    struct netlist netlist = {0};
    if (!script_has_circuit(script, command))
        return;
    script->here->saves_nothing = line_word_is(command.text, command.length, "none");
    if (script->here->saves_nothing)
        return;
    struct session *session = script_session(script);
    const struct formula_scope scope = session_scope(session);
    const struct card *card = script_card(script, &netlist, ".save", command);
    if (card && !output_requests_save(&session->requests, card, &scope, script->diagnostics))
        diagnose_no_memory(script->diagnostics);
    netlist_free(&netlist);
}
