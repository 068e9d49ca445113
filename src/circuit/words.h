/* Taking nodes, numbers and keyed values from the words of a card. */
#ifndef OPSPICE_WORDS_H
#define OPSPICE_WORDS_H

#include "circuit/circuit.h"
#include "flatten/flatten.h"

/* A reading position in a card, after its name. Parentheses and commas count as blanks, as everywhere in SPICE. */
struct words {
    const struct card *card;
    uint32_t at;
    bool failed;       /* a diagnostic was given: the card is not used */
    struct flat *flat; /* where its names of parameters mean something; NULL: nowhere */
    uint32_t *binding; /* [card->count] what the walk keeps about each word, or NULL */
    const char *name;  /* of the card, x1.x2.r3, for messages; valid until the next card */
    int name_length;
};

struct words words_of(const struct card *card);

/* The words of a card in the scope that flat looks from, which may be NULL. */
struct words words_in(struct flat *flat, const struct card *card);

/* The next word, or NULL at the card's end; peek leaves it there. */
const struct arg *words_peek(const struct words *words);
const struct arg *words_next(struct words *words);

/* What the walk keeps about a word of the card, or NULL. */
static inline uint32_t *words_binding(const struct words *words, const struct arg *arg)
{
    return words->binding ? words->binding + (arg - words->card->arg) : NULL;
}

/* The next word as a node name, with the parentheses that belong to it (KiCad's net-(r1-pad1)); its length in bytes. */
const struct arg *words_node(struct words *words, size_t *length);

/* Say that something is missing where the card ends (or at the word that stands there), and fail. */
void words_missing(struct words *words, struct diagnostics *diagnostics, const char *what);

/* Take a number; else a diagnostic. */
bool words_number(struct words *words, struct diagnostics *diagnostics, const char *what, double *value);

/* A word of the card as a number, for those who ask before they take: false when it is none. An expression and the name
 * of a parameter are one, NAN where taking it will say what is wrong with it. */
bool words_is_number(const struct words *words, const struct arg *arg, double *value);

/* Is the word this keyword (lower case), in any case? */
bool arg_is(const struct arg *arg, const char *keyword);

/* A keyed value: NAME=number, up to `values` numbers (tc=1m,2m); a flag has none. */
struct key {
    const char *name; /* lower case; NULL ends a table */
    double *value;    /* [values] */
    int values;
};

/* Take from the rest of the card the keyed values of the table; all else is passed over. */
void words_take(struct words *words, struct diagnostics *diagnostics, const struct key *keys);

/* Take the rest of the card as keyed values of the table; anything else is a diagnostic. */
void words_keys(struct words *words, struct diagnostics *diagnostics, const struct key *keys);

#endif
