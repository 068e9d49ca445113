#include "analysis/session_parts.h"

#include "analysis/probe.h"
#include "analysis/sensitivity.h"
#include "analysis/transfer.h"
#include "netlist/cards.h"
#include "util/letters.h"
#include <stdlib.h>

static size_t count_cards(const struct netlist *netlist, enum card_kind kind)
{
    size_t count = 0;
    for (size_t c = 0; c < netlist->count; c++)
        count += netlist->card[c].kind == kind;
    return count;
}

bool session_asks_for_more(const struct session *session)
{
    static const bool more[CARD_OTHER + 1] = {
        [CARD_DC] = true, [CARD_STEP] = true, [CARD_TF] = true, [CARD_SENS] = true, [CARD_CONTROL] = true};
    const struct netlist *netlist = &session->netlist;
    for (size_t c = 0; !session->only_point && c < netlist->count; c++)
        if (more[netlist->card[c].kind])
            return true;
    return false;
}

/* What is done in place of the analyses that are not opspice's: what else is asked for, or the operating point, unless
 * a program would take it for something else. */
static void judge_foreign(const struct session *session, struct diagnostics *diagnostics)
{
    const struct netlist *netlist = &session->netlist;
    bool asks_for_own = session_asks_for_more(session) || count_cards(netlist, CARD_OP) > 0;
    for (size_t c = 0; !session->only_point && c < netlist->count; c++) {
        const struct card *card = &netlist->card[c];
        if (card->kind != CARD_FOREIGN)
            continue;
        if (session->only_own && !asks_for_own)
            diagnose(diagnostics, ERROR_NOTHING_TO_RUN, card->arg->text, card->arg->length,
                     "`%.*s` is not run by opspice, and nothing else is asked for", (int)card->arg->length,
                     card->arg->text);
        else
            diagnose(diagnostics, WARNING_ANALYSIS_NOT_RUN, card->arg->text, card->arg->length,
                     asks_for_own ? "`%.*s` is not run: opspice finds operating points"
                                  : "`%.*s` is not run: the operating point is computed",
                     (int)card->arg->length, card->arg->text);
    }
}

static bool read_steps(struct session *session, struct diagnostics *diagnostics)
{
    const struct axes_scope scope = {&session->circuit, session->flat};
    bool done = true;
    for (size_t c = 0; done && !session->only_point && c < session->netlist.count; c++) {
        if (session->netlist.card[c].kind == CARD_STEP)
            done = axes_read(&session->steps, &session->netlist.card[c], &scope, diagnostics);
    }
    return done;
}

/* Is there an element whose card was wrong, so that it is not in the circuit? */
static bool is_wrong_element(const struct session *session, const struct diagnostic *diagnostic)
{
    const struct netlist *netlist = &session->netlist;
    const struct names *elements = &session->circuit.elements;
    const char *name = diagnostic->place;
    size_t length = diagnostic->length;
    if (!name || names_find(elements, name, length) != NAMES_NONE)
        return false;
    for (size_t c = 0; c < netlist->count; c++) {
        const struct arg *word = netlist->card[c].arg;
        size_t same = 0;
        while (same < length && same < word->length && lower(word->text[same]) == lower(name[same]))
            same++;
        if (netlist->card[c].kind <= CARD_UNSUPPORTED && same == length && same == word->length)
            return true;
    }
    return false;
}

/* What is wrong with the cards of sweeps and transfer functions, of all of them at once: they are read when they are
 * run, and what else there is to say about them is said then. That an element is missing whose own card was wrong has
 * been said. */
static bool check_cards(struct session *session, struct diagnostics *diagnostics)
{
    const struct axes_scope scope = {&session->circuit, session->flat};
    struct diagnostics found = {0};
    struct axes axes = {0};
    struct transfer transfer;
    struct observed observed;
    bool done = true;
    for (size_t c = 0; done && c < session->netlist.count; c++) {
        const struct card *card = &session->netlist.card[c];
        if (card->kind == CARD_DC)
            done = axes_read(&axes, card, &scope, &found);
        else if (card->kind == CARD_TF)
            transfer_read(&transfer, card, &session->circuit, &found);
        else if (card->kind == CARD_SENS)
            sensitivity_read(&observed, card, &session->circuit, &found);
        axes_free(&axes);
    }
    bool is_new = false;
    for (size_t d = 0; d < found.count; d++) {
        const struct diagnostic *item = &found.item[d];
        bool is_note = item->severity == SEVERITY_NOTE;
        if (!is_note)
            is_new = item->severity == SEVERITY_ERROR && !is_wrong_element(session, item);
        if (is_new)
            diagnose(diagnostics, is_note ? NOTE : item->code, item->place, item->length, "%s", item->message);
        if (is_new && item->more)
            diagnose_more(diagnostics, item->code, item->more);
    }
    done = done && !found.out_of_memory;
    diagnostics_free(&found);
    return done;
}

/* Of a large circuit that is solved once, hardly a name is asked for. */
static void pack_names(struct circuit *circuit)
{
    enum { LARGE = 1 << 16 };
    if (circuit->elements.count < LARGE)
        return;
    names_pack(&circuit->nodes);
    names_pack(&circuit->elements);
}

bool session_make_circuit(struct session *session, struct circuit *circuit, struct diagnostics *diagnostics)
{
    const struct output_requests *requests = &session->requests;
    flatten_report(session->flat, diagnostics);
    if (!elaborate(circuit, &session->netlist, session->flat, requests->reading, &requests->sim_options, diagnostics))
        return false;
    circuit_trim(circuit);
    return true;
}

struct formula_scope session_scope(const struct session *session)
{
    return (struct formula_scope){.circuit = &session->circuit, .flat = session->flat};
}

bool session_define(struct session *session, struct diagnostics *diagnostics)
{
    struct output_requests *requests = &session->requests;
    session->flat = flatten(&session->netlist, diagnostics);
    if (!session->flat)
        return false;
    output_requests_options(requests, &session->netlist, session->flat, diagnostics);
    session->temperature = requests->sim_options.temp;
    flatten_set_temperature(session->flat, session->temperature, requests->seed);
    if (session->all_ideal)
        requests->reading = DIODE_IDEAL;
    return probe_instances(&session->netlist, session->flat);
}

bool session_elaborate(struct session *session, struct diagnostics *diagnostics)
{
    struct output_requests *requests = &session->requests;
    const struct formula_scope scope = session_scope(session);
    if (!session_make_circuit(session, &session->circuit, diagnostics) ||
        !output_requests_vectors(requests, &session->netlist, &scope, diagnostics) || !read_steps(session, diagnostics))
        return false;
    judge_foreign(session, diagnostics);
    session->points = count_cards(&session->netlist, CARD_OP);
    if (session->only_point)
        session_require_elements(session, diagnostics);
    if (session_asks_for_more(session) || session->keeps_cards)
        return netlist_expand(&session->netlist) && check_cards(session, diagnostics);
    netlist_free_cards(&session->netlist);
    pack_names(&session->circuit);
    return true;
}

void session_set_proof(struct session *session, enum session_proof proof)
{
    session->proof = proof;
    session->engine.full_figures = proof != PROOF_VERDICT;
    session->engine.isolates = proof == PROOF_INTERVAL;
}

bool session_is_empty(const struct session *session)
{
    return session->circuit.elements.count == 0;
}

bool session_require_elements(const struct session *session, struct diagnostics *diagnostics)
{
    if (session_is_empty(session))
        elaborate_miss_elements(&session->netlist, diagnostics);
    return !session_is_empty(session);
}

bool session_make_engine(struct session *session)
{
    if (session_is_empty(session))
        return true;
    if (!engine_init(&session->engine, &session->circuit, &session->options, true))
        return false;
    session_set_proof(session, session->proof);
    return true;
}

bool session_build(struct session *session, struct diagnostics *diagnostics)
{
    return session_define(session, diagnostics) && session_elaborate(session, diagnostics) &&
           (diagnostics->errors > 0 || session_make_engine(session));
}

bool session_set_parameter(struct session *session, const char *name, size_t length, double value)
{
    return flatten_override(session->flat, name, length, value);
}

bool session_fix_parameter(struct session *session, const char *subcircuit, size_t subcircuit_length, const char *name,
                         size_t length, double value)
{
    return flatten_fix(session->flat, subcircuit, subcircuit_length, name, length, value);
}

void session_set_temperature(struct session *session, double temperature)
{
    session->requests.sim_options.temp = temperature;
    flatten_set_temperature(session->flat, temperature, session->requests.seed);
}

void session_set_options(struct session *session, const struct sim_options *options)
{
    session->requests.sim_options = *options;
    session->temperature = options->temp;
    session_set_temperature(session, options->temp);
}

void session_report(struct session *session, struct diagnostics *diagnostics)
{
    flatten_report(session->flat, diagnostics);
}

void session_free(struct session *session)
{
    session_forget(session);
    free(session->result);
    axes_free(&session->steps);
    engine_free(&session->engine);
    circuit_free(&session->circuit);
    named_inputs_free(&session->inputs);
    output_requests_free(&session->requests);
    flatten_free(session->flat);
    netlist_free(&session->netlist);
    *session = (struct session){0};
}
