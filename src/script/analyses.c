/* Commands that run analyses. */
#include "script/commands.h"

#include "util/array.h"
#include "write/listing.h"
#include <string.h>

/* What the listing says of an analysis as it runs. */
static void announce(struct script *script, const struct plot *plot)
{
    struct sink sink;
    sink_open(&sink, script->listing);
    listing_put_temperatures(&sink, &script->session->requests.sim_options);
    listing_put_rows(&sink, plot);
    sink_close(&sink); /* the stream keeps an error for its end */
}

/* What a transfer function has found, as vectors. */
static void name_transfer(struct script *script, struct plot *plot)
{
    for (size_t l = 0; plot->kind == PLOT_TF && l < sizeof plot->label / sizeof *plot->label; l++) {
        double *value = array_new(1, sizeof *value);
        if (value)
            *value = plot->value[l];
        if (!value || !plot_let(plot, plot->label[l], strlen(plot->label[l]), value, 1))
            diagnose_no_memory(script->diagnostics);
    }
}

/* New results are the script's; the last one is current. */
static void take_results(struct script *script, size_t before)
{
    struct session *session = script->session;
    for (size_t r = before; r < session->results; r++) {
        session->result[r].by_script = true;
        announce(script, &session->result[r].plot);
        name_transfer(script, &session->result[r].plot);
    }
    if (session->results == before)
        return;
    script->current = session->results - 1;
    script->live = plot_is_single(&session->result[script->current].plot) ? script->current : NO_RESULT;
}

static void analyse(struct script *script, enum plot_kind kind, const char *name, struct command command)
{
    struct netlist netlist = {0};
    size_t before = script->session->results;
    const struct card *card = script_card(script, &netlist, name, command);
    if (card && !session_analyse(script->session, kind, card, script->diagnostics))
        diagnose_no_memory(script->diagnostics);
    take_results(script, before);
    netlist_free(&netlist);
}

void command_op(struct script *script, struct command command)
{
    analyse(script, PLOT_OP, ".op", command);
}

void command_dc(struct script *script, struct command command)
{
    analyse(script, PLOT_DC, ".dc", command);
}

void command_tf(struct script *script, struct command command)
{
    analyse(script, PLOT_TF, ".tf", command);
}

void command_run(struct script *script, struct command command)
{
    (void)command;
    size_t before = script->session->results;
    if (!session_run(script->session, script->diagnostics))
        diagnose_no_memory(script->diagnostics);
    take_results(script, before);
}

/* save v(a) @r1[i]: of the analyses from now on */
void command_save(struct script *script, struct command command)
{
    const struct formula_scope scope = session_scope(script->session);
    struct netlist netlist = {0};
    const struct card *card = script_card(script, &netlist, ".save", command);
    if (card && !output_requests_save(&script->session->requests, card, &scope, script->diagnostics))
        diagnose_no_memory(script->diagnostics);
    netlist_free(&netlist);
}
