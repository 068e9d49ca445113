/* The analyses that a netlist or its user asks for. */
#include "analysis/session_parts.h"

#include "analysis/generator_curve.h"
#include "analysis/sensitivity.h"
#include "analysis/transfer.h"
#include "netlist/cards.h"
#include "util/array.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

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

/* Of an operating point that .save restricts also the nodes and branches that nothing but the listing shows. False when
 * memory is out. */
static bool record_listed(struct plot *plot, const struct session *session)
{
    struct vectors all = {0};
    if (session->requests.wanted.count == 0)
        return true;
    size_t before = plot->recorded.count;
    bool done = vectors_add_nodes(&all, &session->circuit) && vectors_add_branches(&all, &session->circuit);
    for (size_t i = 0; done && i < all.count; i++)
        done = vectors_include(&plot->recorded, all.item[i]);
    plot->added += plot->recorded.count - before;
    vectors_free(&all);
    return done;
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
        !record_listed(&result->plot, session) || !make_row(&result->plot))
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
    options.rebuild = session_rebuild_at;
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
        (plot_is_single(plot) && !session->listener && !record_listed(plot, session)) ||
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
    }
    return done;
}

/* Of a netlist whose cards are not kept; what else it may ask for has kept them. At least one. */
static bool run_points(struct session *session, struct diagnostics *diagnostics)
{
    size_t p = 0;
    bool done;
    do
        done = session_analyse(session, PLOT_OP, NULL, diagnostics);
    while (done && diagnostics_are_clear(diagnostics) && ++p < session->points);
    return done;
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
        return run_points(session, diagnostics);
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
