/* Taking nodes, numbers and keyed values from the words of a card. */
#ifndef OPSPICE_WORDS_H
#define OPSPICE_WORDS_H

#include "circuit/circuit.h"

/* A reading position in a card, after its name. Parentheses and commas count as blanks, as everywhere in SPICE. */
struct words {
    const struct card *card;
    uint32_t at;
    bool failed; /* a diagnostic was given: the card is not used */
};

struct words words_of(const struct card *card);

/* The next word, or NULL at the card's end; peek leaves it there. */
const struct arg *words_peek(const struct words *words);
const struct arg *words_next(struct words *words);

/* The next word as a node name, with the parentheses that belong to it (KiCad's net-(r1-pad1)); its length in bytes. */
const struct arg *words_node(struct words *words, size_t *length);

/* Say that something is missing where the card ends (or at the word that stands there), and fail. */
void words_missing(struct words *words, struct diagnostics *diagnostics, const char *what);

/* Take a number; else a diagnostic. */
bool words_number(struct words *words, struct diagnostics *diagnostics, const char *what, double *value);

/* A word as a number, for those who ask before they take: false when it is none. An expression is one, NAN where taking it will
 * say what is wrong with it. */
bool arg_number(const struct arg *arg, double *value);

/* Is the word this keyword (lower case), in any case? */
bool arg_is(const struct arg *arg, const char *keyword);

/* A keyed value: NAME=number, up to `values` numbers (tc=1m,2m); a flag has none. */
struct key {
    const char *name; /* lower case; NULL ends a table */
    double *value;    /* [values] */
    int values;
};

/* Take the rest of the card as keyed values of the table; anything else is a diagnostic. */
void words_keys(struct words *words, struct diagnostics *diagnostics, const struct key *keys);

bool node_is_ground(const char *text, size_t length);

#endif
