/* The circuit again: of cards, parameters and options that have been changed. */
#include "analysis/session_parts.h"

#include <stdlib.h>
#include <string.h>

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

/* Measurements may name parameters. False when memory is out. */
static bool measure_anew(struct session *session)
{
    const struct formula_scope scope = session_scope(session);
    return measures_renew(&session->requests.measures, &session->netlist, &scope);
}

bool session_rebuild(struct session *session, struct circuit **former, struct diagnostics *diagnostics)
{
    size_t errors = diagnostics->errors;
    struct circuit fresh = {0}, *old = malloc(sizeof *old);
    *former = NULL;
    bool done = old && session_make_circuit(session, &fresh, diagnostics);
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
    return measure_anew(session) && session_make_engine(session);
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

/* And of these: what is made for the one serves the other. */
static bool serves(const struct circuit *p, const struct circuit *q)
{
    bool alike = is_same_structure(p, q);
    for (uint32_t l = 0; alike && l < p->n_laws; l++)
        alike = p->law[l].curve || law_is_like(&p->law[l], &q->law[l]);
    return alike;
}

/* Let *circuit have the values that follow from cards, parameters and options as they are; cause, value: what was
 * changed last, for a message. See sweep_options. */
static enum sweep_rebuilt renew(struct session *session, struct circuit *circuit, const char *cause, double value,
                                struct diagnostics *diagnostics)
{
    struct circuit fresh = {0};
    size_t errors = diagnostics->errors;
    bool rebuilds = diagnostics->rebuilds;
    diagnostics->rebuilds = true;
    bool done = session_make_circuit(session, &fresh, diagnostics);
    diagnostics->rebuilds = rebuilds;
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
        if (!serves(circuit, &fresh))
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
    return rebuilt != REBUILT_NO_MEMORY && measure_anew(session);
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
    bool done = session_make_circuit(session, fresh, &unheard);
    *good = done && unheard.errors == 0 && is_like(circuit, fresh) && is_same_structure(circuit, fresh);
    if (*good) {
        named_inputs_keep(&session->inputs, circuit, fresh);
        exchange_origins(circuit, fresh);
    }
    flatten_report(session->flat, diagnostics);
    diagnostics_free(&unheard);
    return done;
}

enum sweep_rebuilt session_rebuild_at(void *context, struct circuit *circuit, const struct axis *axis, double value,
                                  struct diagnostics *diagnostics)
{
    struct session *session = context;
    if (!axis) {
        flatten_restore(session->flat);
        session_set_temperature(session, session->temperature);
    } else if (axis->kind == AXIS_TEMPERATURE) {
        session_set_temperature(session, value);
    } else {
        flatten_override(session->flat, axis->name, strlen(axis->name), value);
    }
    return renew(session, circuit, axis ? axis_name(axis) : "its own value", value, diagnostics);
}
