/* A session: one netlist's circuit, the analyses that are run on it, and their results. */
#ifndef OPSPICE_SESSION_H
#define OPSPICE_SESSION_H

#include "analysis/axes.h"
#include "analysis/named_inputs.h"
#include "analysis/result.h"
#include "engine/engine.h"
#include "analysis/sweep.h"
#include "flatten/flatten.h"
#include "netlist/netlist.h"

/* How much is proved of an answer that is not one of a sweep. */
enum session_proof {
    PROOF_FULL,    /* with all figures */
    PROOF_VERDICT, /* the quick one, where that is enough */
    PROOF_INTERVAL /* with all figures, and whether it is isolated */
};

struct session {
    struct netlist netlist;
    struct flat *flat;
    struct output_requests requests;
    struct circuit circuit;
    struct engine engine;
    struct axes steps;  /* of the .step cards */
    size_t points;      /* .op cards: each asks for a plot */
    struct named_inputs inputs; /* what was changed by name */
    /* that the netlist asks for, degrees Celsius; requests.sim_options has that of a sweep meanwhile */
    double temperature;

    /* set by the caller */
    struct solve_options options;
    bool all_ideal;     /* every diode is ideal, whatever .options say */
    enum session_proof proof; /* session_set_proof */
    bool keeps_cards;   /* for commands that come later: also of a netlist that asks for its operating point only */
    bool record_all;    /* all vectors of each sweep, not only those that are shown */
    bool reported;      /* sweeps also record what a report needs */
    bool only_point;    /* the operating point, whatever the netlist asks for */
    bool only_own;      /* where it asks for other simulators' analyses alone, that is an error */
    struct sweep_options sweep;
    const struct plot_listener *listener; /* told of plots with points of the circuit while they are filled; or NULL */

    struct result *result; /* [results] in the order of their running */
    size_t results, capacity;
    struct totals totals;        /* of all analyses since they were forgotten, also of those without a result */
};

/* From the next solve on, also of a circuit that was built. */
void session_set_proof(struct session *session, enum session_proof proof);

/* Build the circuit from the cards of session->netlist and read what it asks for. Mistakes go to the diagnostics (count
 * errors there). False when memory is out. */
bool session_build(struct session *session, struct diagnostics *diagnostics);

/* Has it no elements? Only a netlist with a script is built so: nothing of it can be run, and there is no engine. */
bool session_is_empty(const struct session *session);

/* Has it elements? Else the diagnostics say so. */
bool session_require_elements(const struct session *session, struct diagnostics *diagnostics);

/* Its steps before there is an engine: find what the cards define and the options; make the circuit and read what is
 * asked for. */
bool session_define(struct session *session, struct diagnostics *diagnostics);
bool session_elaborate(struct session *session, struct diagnostics *diagnostics);

/* Build the circuit again, from cards, parameters or options that have been changed. Mistakes go to the diagnostics;
 * the circuit is what it was then. *former becomes the old circuit, to be freed by the caller, where elements or nodes
 * are others now, else NULL. False when memory is out. */
bool session_rebuild(struct session *session, struct circuit **former, struct diagnostics *diagnostics);

/* Give the elements the values that follow from cards, parameters and options as they are now, where these have been
 * changed: elements, names and nodes stay. cause, value: what was changed last. Mistakes go to the diagnostics; the
 * circuit is what it was then. False when memory is out. */
bool session_renew(struct session *session, const char *cause, double value, struct diagnostics *diagnostics);

/* Make another circuit, zeroed before, of cards, parameters and options as they are now. *good: it is one with the
 * same elements, nodes and structure; nothing is said where it is not. What is said later goes to the diagnostics.
 * False when memory is out. */
bool session_try(struct session *session, struct circuit *fresh, bool *good, struct diagnostics *diagnostics);

/* Give the netlist these options, temperature among them; they count when the circuit is built again. */
void session_set_options(struct session *session, const struct sim_options *options);

/* Give a parameter of the top level a value; it counts when the circuit is built again. False when
 * there is none of that name. */
bool session_set_parameter(struct session *session, const char *name, size_t length, double value);

/* The same of a parameter of a subcircuit, in all its instances. */
bool session_fix_parameter(struct session *session, const char *subcircuit, size_t subcircuit_length, const char *name,
                         size_t length, double value);

/* What names mean in formulas of this netlist. */
struct formula_scope session_scope(const struct session *session);

/* Is more to be run than the operating point: a sweep, a transfer function, a script? */
bool session_asks_for_more(const struct session *session);

/* Mistakes found in expressions go here from now on, as those found otherwise go where the functions below are told. */
void session_report(struct session *session, struct diagnostics *diagnostics);

/* Run the analyses that the netlist asks for, in ngspice's order: .dc, .op, .tf, .sens; without any, the operating
 * point. Ends at the first that fails, as the diagnostics say. False when memory is out. */
bool session_run(struct session *session, struct diagnostics *diagnostics);

/* Run one analysis; its card says what. card NULL: the operating point. */
bool session_analyse(struct session *session, enum plot_kind kind, const struct card *card,
                     struct diagnostics *diagnostics);

/* Make a result of the operating point that the engine holds. False when memory is out. */
bool session_keep(struct session *session, struct diagnostics *diagnostics);

/* Take the last result, of at least one, out of the session; the caller frees it. */
struct result session_take(struct session *session);

/* Add a result, which is taken over. False when memory is out. */
bool session_add(struct session *session, struct result *result);

/* Forget all results. */
void session_forget(struct session *session);

/* Safe on a zeroed struct; leaves it zeroed. */
void session_free(struct session *session);

#endif
