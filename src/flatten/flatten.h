/* From the cards of a netlist to those of the flat circuit: parameters, functions, `.if` blocks and subcircuits.
 *
 * Flat cards are not made. Who builds the circuit walks through the cards of all instances; a card of a subcircuit
 * comes by once for each instance of it, and what it means there is asked for here: its name, its nodes, its values.
 *
 * Scopes are ngspice's. A parameter is looked up in the subcircuit, then in the one that has the instance in it, and
 * so on to the top level; what an instance gives comes before `.param` in the subcircuit, and that before the default
 * on `.subckt`. What an instance gives is an expression of the subcircuit's parameters too: of p={p+1} q={p} the
 * second p on the right is the subcircuit's, and the first one is further out, as it is where the subcircuit itself
 * says so. Of two definitions in one scope the last one counts, wherever it is used; of two models or subcircuits the
 * first one. Models, functions and subcircuits are looked up where the subcircuit is defined, then in what that is
 * defined in. Nodes are local but for ports, ground and `.global` ones. The multiplier m of an instance multiplies
 * that of all in it. Element r of instance x2 in instance x1 is x1.x2.r.
 *
 * Otherwise than in ngspice 39: `.if` blocks decide on all cards in their branches (there a parameter or subcircuit is
 * taken from each branch); m multiplies an m that an element or instance has already (there one of the two is taken);
 * a value that an instance gives a parameter which the subcircuit does not have is a warning, and counts where the
 * name means nothing else; random numbers come from the seed and the full name of what they are for, so that the order
 * of cards does not matter; parameters given to an instance that need each other are an error. */
#ifndef OPSPICE_FLATTEN_H
#define OPSPICE_FLATTEN_H

#include "netlist/expression.h"
#include "netlist/netlist.h"
#include "util/diagnostics.h"
#include "util/names.h"
#include <stdbool.h>
#include <stdint.h>

struct flat;

enum { SUBCIRCUIT_DEPTH = 1000 }; /* instances inside one another */

/* Find all definitions of a netlist, decide the `.if` blocks of the top level, and hide cards that are in no branch
 * which counts (their kind becomes CARD_NONE). Mistakes go to the diagnostics, also those found later. Both must live
 * as long. NULL when memory is out. */
struct flat *flatten(struct netlist *netlist, struct diagnostics *diagnostics);

/* What expressions see as `temper`, degrees Celsius, and where random numbers begin: 27 and 1 when not said. */
void flatten_set_temperature(struct flat *flat, double temper, uint64_t seed);

/* Give a parameter of the top level this value from the next flatten_begin on, whatever the cards say. False: there is
 * no such parameter, or memory is out. */
bool flatten_override(struct flat *flat, const char *name, size_t length, double value);

/* Is there one of that name? */
bool flatten_has_parameter(const struct flat *flat, const char *name, size_t length);

/* Give a parameter of a subcircuit this value in all its instances from the next flatten_begin on, whatever the cards
 * say. False: there is no such parameter, or memory is out. */
bool flatten_fix(struct flat *flat, const char *subcircuit, size_t subcircuit_length, const char *name, size_t length,
                 double value);

/* Overrides up to now stay when flatten_restore drops those made since. Returns how many were kept before; so many are
 * again after flatten_loosen, and the others may be changed again. */
size_t flatten_keep(struct flat *flat);
void flatten_restore(struct flat *flat);
void flatten_loosen(struct flat *flat, size_t kept);

/* Let an element of an instance, x1.r1, or a model there, x1:dm, be what this card says, a copy of which is kept, from
 * the next flatten_begin on. False when memory is out. */
bool flatten_amend(struct flat *flat, const char *name, size_t length, const struct card *card);

/* That card until the next flatten_amend, or NULL. */
const struct card *flatten_amended(const struct flat *flat, const char *name, size_t length);

/* All are what the netlist says again. */
void flatten_drop_amendments(struct flat *flat);

/* Let an instance of the top level, or all of them (NULL), have ammeters at its ports from the next flatten_begin on:
 * voltage sources of 0 V, x1:in from the node outside to what port `in` is inside, and of an instance with two ports
 * another one, x1, for the current from the first to the second. Between them are nodes with # in their names. False
 * when memory is out. */
bool flatten_measure(struct flat *flat, const char *instance, size_t length);

/* Mistakes go here from now on. */
void flatten_report(struct flat *flat, struct diagnostics *diagnostics);

/* Has `temper` been asked for since flatten_begin? Then other values may come at another temperature. */
bool flatten_saw_temperature(const struct flat *flat);

/* Free all, the origins too; NULL is allowed. */
void flatten_free(struct flat *flat);

/* ---- the walk ---- */

/* Begin to walk; nodes, where node 0 is ground, takes the names of the flat circuit's nodes. May be called again. False
 * when memory is out. */
bool flatten_begin(struct flat *flat, struct names *nodes);

/* The next element, which lives until the one after it where its card is plain, or a .model (of the top level only),
 * .nodeset or .ic card. NULL at the end, and where memory is out: flatten_failed tells. The diagnostics' origin is set
 * to the instance of the card. */
const struct card *flatten_next(struct flat *flat);

bool flatten_failed(const struct flat *flat);

/* No further cards: the walk is at its end. */
void flatten_end(struct flat *flat);

/* At the top level: how many plain cards of elements come next, the first of them *card, and passing by so many of
 * these, which flatten_next will not hand out. */
size_t flatten_stretch(const struct flat *flat, const struct card **card);
void flatten_pass(struct flat *flat, size_t count);

/* Between walks: look at words from the instance x1.x2 until flatten_leave. False: there is none, or memory is out. */
bool flatten_visit(struct flat *flat, const char *instance, size_t length);
void flatten_leave(struct flat *flat);

/* ---- what the words of the current card stand for; between walks, at the top level ---- */

/* For each word of a card that comes by often, what has been found out about it: 0 at first. NULL: it is not kept. */
uint32_t *flatten_bindings(const struct flat *flat, const struct card *card);

/* The flat name of the current card, x1.x2.r3, valid until the next card; of another one its name as it is. NULL
 * when memory is out. */
const char *flatten_name(struct flat *flat, const struct card *card, size_t *length);

/* A word of the current card with the values of the expressions in its braces put in as text: of n{2*k} with k=1 it is
 * n2. The word itself where it has no braces; else it lives until the next flatten_begin. NULL: an expression is wrong,
 * which was reported, or memory is out. */
const char *flatten_word(struct flat *flat, const char *text, size_t *length);

/* The number in nodes of a node that the card names so. NAMES_NONE when memory is out. */
uint32_t flatten_node(struct flat *flat, const char *text, size_t length, uint32_t *binding);

/* The flat name of such a node without adding it; valid until the next call. NULL when memory is out. */
const char *flatten_node_name(struct flat *flat, const char *text, size_t *length);

/* The flat name of an element that the card names so, x1.v1 of v1; valid until the next call. NULL when memory is
 * out. */
const char *flatten_element_name(struct flat *flat, const char *text, size_t *length);

/* The product of m of the instances that the card is in; 1 at the top level. */
double flatten_multiplier(const struct flat *flat);

#define METER_THROUGH SIZE_MAX

/* Is the current card an ammeter: which of its instance's? */
struct flat_meter {
    const char *power;  /* what flows into the instance, as .probe calls it: x1:power; lives as long as flat */
    size_t name_length; /* of the instance's name */
    size_t port;        /* 0: the first; METER_THROUGH: from the first of two to the second */
};
bool flatten_meter(const struct flat *flat, struct flat_meter *meter);

/* The instance that the card is in, or NULL. It lives until the next flatten_begin. */
const struct origin *flatten_origin(const struct flat *flat);

/* The value of an expression of parameters that stands in a card. False when there is none: a diagnostic says why, or
 * memory is out. */
bool flatten_value(struct flat *flat, const struct card *card, struct expression_word text, uint32_t *binding,
                   double *value);

/* Is this the name of a parameter? Then *value is its value, NAN where that is wrong (which has been said). */
bool flatten_parameter(struct flat *flat, const char *text, size_t length, double *value);

/* Has it a value though no parameter has this name: temper and temp, the temperature; vt, gmin? */
bool flatten_is_given(struct flat *flat, const char *text, size_t length);

/* The user's function of that name where the current card is, or NULL. */
const struct expression_function *flatten_function(struct flat *flat, const char *text, size_t length);

/* Where the random numbers of a text in a card begin. */
struct random flatten_random(const struct flat *flat, const struct card *card, struct expression_word text);

/* A known parameter near this name, or NULL. */
const char *flatten_nearest_parameter(const struct flat *flat, const char *text, size_t length);

/* A model that the current card may name. */
struct flat_model {
    const struct card *card;
    uint32_t *number; /* for the caller: NAMES_NONE at first in each walk; one for all instances that have the same */
    size_t level;     /* of the scope in which its words mean something: see flatten_enter */
};
bool flatten_model(struct flat *flat, const char *text, size_t length, struct flat_model *model);

/* The flat name of a model that was found, x1:dm, and at the top level dm; valid until the next call. NULL when memory
 * is out. */
const char *flatten_model_name(struct flat *flat, const struct flat_model *model, size_t *length);

/* A known model near this name: its card, or NULL. */
const struct card *flatten_nearest_model(const struct flat *flat, const char *text, size_t length);

/* Look at words from another scope, until it is called again with what it returned. */
size_t flatten_enter(struct flat *flat, size_t level);

bool node_is_ground(const char *text, size_t length);

#endif
