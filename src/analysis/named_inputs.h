/* Inputs: numbers of a netlist that may be changed, by name.
 *
 *     r1, x1.r1, @r1[resistance]     a resistance, ohm, at the temperature where its card's value holds
 *     v1, i1, @v1[dc]                the value of a source, V or A
 *     e1, @e1[gain]                  the gain of a linear controlled source
 *     @r1[tc1], @d1[area], r1_m      a number on the card of an element of the top level
 *     @dmod[is], dmod:is             a parameter of a model; @d1[is], d1:is: of the model that d1 names
 *     width                          a parameter of the top level (.param)
 *     temp                           the temperature, degrees Celsius
 *
 * An element comes before a parameter of the same name. The first inputs, numbers below elements.count, are the values
 * of the elements of these numbers; others have numbers from there on, as they are asked for.
 *
 * Values of resistors, sources and gains go to the circuit as it stands. For the others the circuit is made anew of the
 * cards when it is needed next (named_inputs_refresh); values that elements were given stay then. */
#ifndef OPSPICE_NAMED_INPUTS_H
#define OPSPICE_NAMED_INPUTS_H

#include "analysis/card_values.h"
#include "engine/engine.h"

struct session;

enum input_status {
    INPUT_OK,
    INPUT_UNKNOWN, /* no such input, or none that can be changed */
    INPUT_IMPOSSIBLE, /* it cannot have this value */
    INPUT_NO_MEMORY
};

enum input_kind {
    INPUT_NONE,        /* an element without such a value */
    INPUT_RESISTANCE,
    INPUT_SOURCE,
    INPUT_GAIN,        /* of a controlled source */
    INPUT_CARD,        /* a number on a card */
    INPUT_PARAMETER,   /* of the top level */
    INPUT_TEMPERATURE
};

/* One that is no value of an element. */
struct input {
    enum input_kind kind;
    const char *name;          /* of the parameter, in the netlist's arena; "": of a card its last word */
    size_t card;               /* INPUT_CARD: its number */
    uint32_t element;          /* INPUT_CARD: that it is of; NAMES_NONE: of a model */
    bool is_set;               /* it has been given a value */
    bool is_lent;              /* and another one for a while */
    double value, lent;        /* these */
    /* INPUT_CARD, when it has been written once: the card with room for the number, made of one with the words
     * `base`; */
    struct card opened;
    const struct arg *base;
    uint32_t word; /* which word ends with it, */
    char *digits;  /* and where it begins there */
};

struct named_inputs {
    struct input *item; /* [count] the first is input elements.count */
    size_t count, capacity;
    bool *fixed;          /* [elements] was it given a value? NULL: none was */
    bool is_stale;        /* the circuit is to be made anew */
    size_t latest;        /* item that made it so, for messages */
};

/* The number of the input of that name. */
enum input_status named_inputs_find(struct session *session, const char *name, size_t length, size_t *input);

enum input_kind named_inputs_kind(const struct session *session, size_t input);

/* Give it a value, SI units; it counts from the next solve on. INPUT_IMPOSSIBLE where it is not finite. */
enum input_status named_inputs_set(struct session *session, size_t input, double value);

/* What it is; NAN of a number that no card says. */
enum input_status named_inputs_get(struct session *session, size_t input, double *value);

/* Note that elements have been given values otherwise, so that they keep these. False when memory is out. */
bool named_inputs_fix(struct session *session, uint32_t first, uint32_t count);

/* Elements have the values of their cards when the circuit is made anew. */
void named_inputs_loosen(struct session *session);

/* Make the circuit of the present inputs. Mistakes go to the diagnostics: it is what it was then, and still stale.
 * False when memory is out. */
bool named_inputs_refresh(struct session *session, struct diagnostics *diagnostics);

/* Inputs that are given values for a while, and get back what they had: before [count] out. named_inputs_put gives one
 * of them a value: of an element, to the session's circuit; else it counts for circuits that are made then, by
 * session_try or by named_inputs_refresh, which is to be told (is_stale). False when memory is out. */
struct input_before {
    size_t input;
    struct card card;
    double value, temperature;
    bool is_lent, is_fixed;
    size_t kept;
};
bool named_inputs_hold(struct session *session, size_t count, const size_t *input, struct input_before *before);
bool named_inputs_put(struct session *session, size_t input, double value);
void named_inputs_release(struct session *session, size_t count, const struct input_before *before);

/* Give an element of a circuit that an engine solves a value. */
void named_inputs_put_value(struct engine *engine, enum input_kind kind, uint32_t element, double value);

/* Give the elements of a circuit that was made anew the values that they had been given in the former one. */
void named_inputs_keep(const struct named_inputs *inputs, const struct circuit *former, struct circuit *circuit);

/* Safe on a zeroed struct; leaves it zeroed. */
void named_inputs_free(struct named_inputs *inputs);

#endif
