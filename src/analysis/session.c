#include "analysis/session.h"

#include "analysis/generator_curve.h"
#include "analysis/probe.h"
#include "analysis/sensitivity.h"
#include "analysis/transfer.h"
#include "netlist/cards.h"
#include "util/array.h"
#include "util/letters.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- the circuit ---- */

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

/* From the flat netlist to the circuit. */
static bool build_circuit(struct session *session, struct circuit *circuit, struct diagnostics *diagnostics)
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
    if (!build_circuit(session, &session->circuit, diagnostics) ||
        !output_requests_vectors(requests, &session->netlist, &scope, diagnostics) || !read_steps(session, diagnostics))
        return false;
    judge_foreign(session, diagnostics);
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

static bool make_engine(struct session *session)
{
    if (!engine_init(&session->engine, &session->circuit, &session->options, true))
        return false;
    session_set_proof(session, session->proof);
    return true;
}

bool session_build(struct session *session, struct diagnostics *diagnostics)
{
    return session_define(session, diagnostics) && session_elaborate(session, diagnostics) &&
           (diagnostics->errors > 0 || make_engine(session));
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

/* ---- analyses ---- */

/* Of two circuits from one netlist: how many elements from the first on have the same names and nodes. */
static uint32_t count_alike(const struct circuit *p, const struct circuit *q)
{
    uint32_t e = 0, count = p->elements.count < q->elements.count ? p->elements.count : q->elements.count;
    while (e < count && p->element[e].a == q->element[e].a && p->element[e].k == q->element[e].k &&
           strcmp(p->elements.text[e], q->elements.text[e]) == 0)
        e++;
    return e;
}

/* Elements and nodes of the same names in the same order, between the same nodes? Where conditions choose, they may
 * come from other cards; where a name has braces, its card may be of another one. */
static bool is_like(const struct circuit *p, const struct circuit *q)
{
    bool like = p->elements.count == q->elements.count && p->nodes.count == q->nodes.count &&
                count_alike(p, q) == p->elements.count;
    for (uint32_t n = 0; like && n < p->nodes.count; n++)
        like = strcmp(p->nodes.text[n], q->nodes.text[n]) == 0;
    return like;
}

bool session_rebuild(struct session *session, struct circuit **former, struct diagnostics *diagnostics)
{
    size_t errors = diagnostics->errors;
    struct circuit fresh = {0}, *old = malloc(sizeof *old);
    *former = NULL;
    bool done = old && build_circuit(session, &fresh, diagnostics);
    session->circuit.ranges = 0; /* their origins are gone */
    if (!done || diagnostics->errors > errors) {
        free(old);
        circuit_free(&fresh);
        return done;
    }
    engine_free(&session->engine);
    *old = session->circuit;
    session->circuit = fresh;
    if (is_like(old, &fresh))
        named_inputs_keep(&session->inputs, old, &session->circuit);
    session->inputs.is_stale = false;
    totals_forget_names(&session->totals);
    for (size_t r = 0; r < session->results; r++)
        totals_forget_names(&session->result[r].plot.totals);
    if (is_like(old, &session->circuit)) {
        circuit_free(old);
        free(old);
    } else {
        named_inputs_loosen(session); /* elements have other numbers */
        *former = old;
    }
    return make_engine(session);
}

/* The first element in which they differ, or NULL. */
static const struct element *first_other(const struct circuit *p, const struct circuit *q)
{
    uint32_t e = count_alike(p, q);
    return e < q->elements.count ? &q->element[e] : e < p->elements.count ? &p->element[e] : NULL;
}

/* Of two such circuits: elements of the same kinds, with laws of the same kinds? */
static bool is_same_kind(const struct curve *p, const struct curve *q)
{
    return p && q ? p->kind == q->kind && p->is_plain == q->is_plain : p == q;
}

static bool is_same_structure(const struct circuit *p, const struct circuit *q)
{
    bool same = p->n_laws == q->n_laws;
    for (uint32_t l = 0; same && l < p->n_laws; l++)
        same = is_same_kind(p->law[l].curve, q->law[l].curve);
    for (uint32_t e = 0; same && e < p->elements.count; e++)
        same = p->element[e].kind == q->element[e].kind && p->element[e].law == q->element[e].law;
    return same;
}

/* The temperature that elements and expressions see. */
static void set_temperature(struct session *session, double temperature)
{
    session->requests.sim_options.temp = temperature;
    flatten_set_temperature(session->flat, temperature, session->requests.seed);
}

void session_set_options(struct session *session, const struct sim_options *options)
{
    session->requests.sim_options = *options;
    session->temperature = options->temp;
    set_temperature(session, options->temp);
}

/* Let *circuit have the values that follow from cards, parameters and options as they are; cause, value: what was
 * changed last, for a message. See sweep_options. */
static enum sweep_rebuilt renew(struct session *session, struct circuit *circuit, const char *cause, double value,
                                struct diagnostics *diagnostics)
{
    struct circuit fresh = {0};
    size_t errors = diagnostics->errors;
    bool warned = diagnostics->warned;
    diagnostics->warned = true; /* the same ones as before */
    bool done = build_circuit(session, &fresh, diagnostics);
    diagnostics->warned = warned;
    enum sweep_rebuilt outcome = REBUILT_VALUES;
    if (!done) {
        outcome = REBUILT_NO_MEMORY;
    } else if (diagnostics->errors > errors) {
        outcome = REBUILT_WRONG;
    } else if (!is_like(circuit, &fresh)) {
        const struct element *place = first_other(circuit, &fresh);
        diagnose(diagnostics, ERROR_SWEEP_CHANGES_CIRCUIT, place ? place->place : NULL, place ? place->name_length : 0,
                 "at %s = %g the netlist is another circuit from here on: only values may depend on a parameter that "
                 "is swept",
                 cause, value);
        outcome = REBUILT_WRONG;
    } else {
        named_inputs_keep(&session->inputs, circuit, &fresh);
        if (!is_same_structure(circuit, &fresh))
            outcome = REBUILT_STRUCTURE;
        circuit_exchange(circuit, &fresh);
    }
    circuit_free(&fresh);
    return outcome;
}

bool session_renew(struct session *session, const char *cause, double value, struct diagnostics *diagnostics)
{
    enum sweep_rebuilt rebuilt = renew(session, &session->circuit, cause, value, diagnostics);
    if (rebuilt == REBUILT_VALUES || rebuilt == REBUILT_STRUCTURE)
        circuit_changed(&session->circuit, rebuilt == REBUILT_STRUCTURE);
    return rebuilt != REBUILT_NO_MEMORY;
}

/* Where the elements of a circuit come from is known of the last walk through the netlist only. */
static void exchange_origins(struct circuit *p, struct circuit *q)
{
    const struct circuit former = *p;
    p->range = q->range;
    p->ranges = q->ranges;
    p->range_capacity = q->range_capacity;
    q->range = former.range;
    q->ranges = former.ranges;
    q->range_capacity = former.range_capacity;
}

bool session_try(struct session *session, struct circuit *fresh, bool *good, struct diagnostics *diagnostics)
{
    struct diagnostics unheard = {.warned = true};
    struct circuit *circuit = &session->circuit;
    bool done = build_circuit(session, fresh, &unheard);
    *good = done && unheard.errors == 0 && is_like(circuit, fresh) && is_same_structure(circuit, fresh);
    if (*good) {
        named_inputs_keep(&session->inputs, circuit, fresh);
        exchange_origins(circuit, fresh);
    }
    flatten_report(session->flat, diagnostics);
    diagnostics_free(&unheard);
    return done;
}

/* Give a parameter of the netlist another value, or it another temperature; axis NULL: those it
 * had. See sweep_options. */
static enum sweep_rebuilt rebuild(void *context, struct circuit *circuit, const struct axis *axis, double value,
                                  struct diagnostics *diagnostics)
{
    struct session *session = context;
    if (!axis) {
        flatten_restore(session->flat);
        set_temperature(session, session->temperature);
    } else if (axis->kind == AXIS_TEMPERATURE) {
        set_temperature(session, value);
    } else {
        flatten_override(session->flat, axis->name, strlen(axis->name), value);
    }
    return renew(session, circuit, axis ? axis_name(axis) : "its own value", value, diagnostics);
}

static bool copy_axis(struct axis *copy, const struct axis *axis)
{
    *copy = *axis;
    copy->name = axis->name ? strdup(axis->name) : NULL;
    copy->value = array_new(axis->count, sizeof *copy->value);
    if (!copy->value || (axis->name && !copy->name)) {
        axis_free(copy);
        return false;
    }
    memcpy(copy->value, axis->value, axis->count * sizeof *copy->value);
    return true;
}

/* The axes of a plot: those of the .step cards, then the card's own. False when memory is out. */
static bool make_axes(struct plot *plot, const struct session *session, const struct card *card,
                      struct diagnostics *diagnostics)
{
    const struct axes_scope scope = {&session->circuit, session->flat};
    struct axes axes = {0};
    bool done = array_reserve(&axes.item, &axes.capacity, session->steps.count + 1, sizeof *axes.item);
    while (done && axes.count < session->steps.count) {
        done = copy_axis(&axes.item[axes.count], &session->steps.item[axes.count]);
        axes.count += done;
    }
    plot->steps = axes.count;
    if (done && plot->kind == PLOT_DC)
        done = axes_read(&axes, card, &scope, diagnostics);
    plot->axis = axes.item;
    plot->axes = axes.count;
    return done;
}

static bool make_row(struct plot *plot)
{
    plot->value = array_new(plot->recorded.count, sizeof *plot->value);
    return plot->value;
}

/* Fill its row with what the engine holds. */
static void record(struct plot *plot, const struct engine *engine)
{
    for (size_t i = 0; i < plot->recorded.count; i++)
        plot->value[i] = vector_value(&plot->recorded.item[i], engine->circuit, &engine->op);
    plot->points = 1;
}

static struct result *add_result(struct session *session, enum plot_kind kind)
{
    if (!array_reserve(&session->result, &session->capacity, session->results + 1, sizeof *session->result))
        return NULL;
    struct result *result = &session->result[session->results];
    *result = (struct result){.plot = {.kind = kind}};
    return result;
}

bool session_keep(struct session *session, struct diagnostics *diagnostics)
{
    assert(session->engine.answered);
    struct result *result = add_result(session, PLOT_OP);
    if (!result)
        return false;
    session->results++;
    totals_add_point(&result->plot.totals, &session->engine);
    if (!output_requests_recorded(&session->requests, &session->circuit, PLOT_OP, true, &result->plot.recorded) ||
        !make_row(&result->plot))
        return false;
    record(&result->plot, &session->engine);
    return result_work_out(result, &session->requests, diagnostics);
}

bool session_add(struct session *session, struct result *result)
{
    if (!array_reserve(&session->result, &session->capacity, session->results + 1, sizeof *session->result))
        return false;
    session->result[session->results++] = *result;
    *result = (struct result){0};
    return true;
}

/* The card that makes a plot large: its own, or without one the last .step. */
static const struct card *sweeping_card(const struct session *session, const struct card *own)
{
    const struct card *last = own;
    for (size_t c = 0; !own && c < session->netlist.count; c++) {
        if (session->netlist.card[c].kind == CARD_STEP)
            last = &session->netlist.card[c];
    }
    return last;
}

/* Solve the one point of a plot without axes. False when memory is out. */
static bool solve_point(struct session *session, struct plot *plot, struct diagnostics *diagnostics)
{
    const struct plot_listener *listener = session->listener;
    if (!make_row(plot))
        return false;
    if (listener)
        listener->begun(listener->context, plot);
    enum engine_status solved = engine_solve(&session->engine, diagnostics);
    totals_add_point(&plot->totals, &session->engine);
    if (solved == ENGINE_OK) {
        record(plot, &session->engine);
        if (listener && listener->grown)
            listener->grown(listener->context, plot);
    }
    return solved != ENGINE_NO_MEMORY;
}

/* Solve all points of a plot. False when memory is out. */
static bool solve_points(struct session *session, struct plot *plot, const struct card *card,
                         struct diagnostics *diagnostics)
{
    if (plot->axes == 0)
        return solve_point(session, plot, diagnostics);
    struct sweep_options options = session->sweep;
    size_t kept = flatten_keep(session->flat);
    options.card = sweeping_card(session, card);
    options.listener = session->listener;
    options.rebuild = rebuild;
    options.rebuild_temperature = flatten_saw_temperature(session->flat);
    options.rebuild_context = session;
    options.threads = session->options.threads;
    options.temperature = session->requests.sim_options.temp;
    enum sweep_status status = sweep_run(plot, &session->engine, &options, diagnostics);
    flatten_loosen(session->flat, kept);
    if (status == SWEEP_INTERRUPTED)
        diagnose(diagnostics, OUTCOME_INTERRUPTED, options.card ? options.card->arg->text : NULL,
                 options.card ? options.card->arg->length : 0, "interrupted after %zu of %zu points", plot->points,
                 plot_points(plot));
    return status != SWEEP_NO_MEMORY;
}

/* .tf and .sens are found at the netlist's own values. */
static void warn_of_steps(const struct session *session, const struct card *card, struct diagnostics *diagnostics)
{
    if (session->steps.count > 0)
        diagnose(diagnostics, WARNING_STEP_WITHOUT_EFFECT, card->arg->text, card->arg->length,
                 "`.step` does not go with %.*s: it is found once, at the netlist's own values", (int)card->arg->length,
                 card->arg->text);
}

static bool analyse_transfer(struct session *session, struct plot *plot, const struct card *card,
                             struct diagnostics *diagnostics)
{
    struct transfer transfer;
    if (!transfer_read(&transfer, card, &session->circuit, diagnostics))
        return true;
    warn_of_steps(session, card, diagnostics);
    plot->value = array_new(TRANSFER_VALUES, sizeof *plot->value);
    plot->label = array_new(TRANSFER_VALUES, sizeof *plot->label);
    if (!plot->value || !plot->label || !transfer_names(&transfer, &session->circuit, plot->label))
        return false;
    plot->labels = TRANSFER_VALUES;
    enum engine_status solved = transfer_solve(&transfer, &session->engine, plot->value, diagnostics);
    totals_add_point(&plot->totals, &session->engine);
    plot->points = solved == ENGINE_OK;
    return solved != ENGINE_NO_MEMORY;
}

static bool analyse_sensitivity(struct session *session, struct plot *plot, const struct card *card,
                                struct diagnostics *diagnostics)
{
    struct observed observed;
    struct sensitivities found = {0};
    if (!sensitivity_read(&observed, card, &session->circuit, diagnostics))
        return true;
    warn_of_steps(session, card, diagnostics);
    enum engine_status solved = sensitivity_solve(&observed, &session->engine, &found, diagnostics);
    totals_add_point(&plot->totals, &session->engine);
    plot->points = solved == ENGINE_OK && found.count > 0;
    plot->label = found.name;
    plot->value = found.value;
    plot->labels = found.count;
    return solved != ENGINE_NO_MEMORY;
}

/* Of a sweep also what a report reads of it, which nothing else lists. False when memory is out. */
static bool record_swept(struct plot *plot, const struct circuit *circuit)
{
    struct vector vector[2];
    bool done = true;
    for (size_t n = swept_needs(plot, circuit, vector); done && n-- > 0;) {
        size_t before = plot->recorded.count;
        done = vectors_include(&plot->recorded, vector[n]);
        plot->added += plot->recorded.count - before;
    }
    return done;
}

static bool analyse(struct session *session, struct result *result, const struct card *card,
                    struct diagnostics *diagnostics)
{
    struct plot *plot = &result->plot;
    session->engine.options = session->options;
    if (plot->kind == PLOT_TF)
        return analyse_transfer(session, plot, card, diagnostics);
    if (plot->kind == PLOT_SENS)
        return analyse_sensitivity(session, plot, card, diagnostics);
    if (!make_axes(plot, session, card, diagnostics))
        return false;
    if (!diagnostics_are_clear(diagnostics))
        return true;
    if (!output_requests_recorded(&session->requests, &session->circuit, plot->kind,
                                  plot_is_single(plot) || session->record_all, &plot->recorded) ||
        (session->reported && !record_swept(plot, &session->circuit)) ||
        !solve_points(session, plot, card, diagnostics))
        return false;
    return plot->points == 0 ||
           (plot_make_scale(plot) && result_work_out(result, &session->requests, diagnostics));
}

bool session_analyse(struct session *session, enum plot_kind kind, const struct card *card,
                     struct diagnostics *diagnostics)
{
    struct result *result = add_result(session, kind);
    if (!result)
        return false;
    bool done = analyse(session, result, card, diagnostics);
    totals_add(&session->totals, &result->plot.totals);
    if (done && result->plot.points > 0)
        session->results++;
    else
        result_free(result);
    return done;
}

/* All cards of one kind, the last one first, as in ngspice. */
static bool run_cards(struct session *session, enum plot_kind kind, enum card_kind card_kind,
                      struct diagnostics *diagnostics)
{
    bool done = true;
    for (size_t c = session->netlist.count; done && diagnostics_are_clear(diagnostics) && c-- > 0;) {
        const struct card *card = &session->netlist.card[c];
        if (card->kind != card_kind)
            continue;
        done = session_analyse(session, kind, card, diagnostics);
        if (kind == PLOT_OP) /* once is enough */
            break;
    }
    return done;
}

void session_report(struct session *session, struct diagnostics *diagnostics)
{
    flatten_report(session->flat, diagnostics);
}

bool session_run(struct session *session, struct diagnostics *diagnostics)
{
    size_t before = session->results;
    if (session->only_point)
        return session_analyse(session, PLOT_OP, NULL, diagnostics);
    if (!run_cards(session, PLOT_DC, CARD_DC, diagnostics) || !run_cards(session, PLOT_OP, CARD_OP, diagnostics) ||
        !run_cards(session, PLOT_TF, CARD_TF, diagnostics) ||
        !run_cards(session, PLOT_SENS, CARD_SENS, diagnostics))
        return false;
    if (session->results == before && diagnostics_are_clear(diagnostics))
        return session_analyse(session, PLOT_OP, NULL, diagnostics);
    return true;
}

struct result session_take(struct session *session)
{
    assert(session->results > 0);
    return session->result[--session->results];
}

void session_forget(struct session *session)
{
    while (session->results > 0)
        result_free(&session->result[--session->results]);
    session->totals = (struct totals){0};
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
