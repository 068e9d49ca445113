/* Taking nodes, numbers and keyed values from the reader of a card. */
#ifndef OPSPICE_CARD_READER_H
#define OPSPICE_CARD_READER_H

#include "circuit/circuit.h"
#include "flatten/flatten.h"

/* A reading position in a card, after its name. Parentheses and commas count as blanks, as everywhere in SPICE. */
struct card_reader {
    const struct card *card;
    uint32_t at;
    bool failed;       /* a diagnostic was given: the card is not used */
    struct flat *flat; /* where its names of parameters mean something; NULL: nowhere */
    uint32_t *binding; /* [card->count] what the walk keeps about each word, or NULL */
    const char *name;  /* of the card, x1.x2.r3, for messages; valid until the next card */
    int name_length;
};

struct card_reader card_reader_of(const struct card *card);

/* The reader of a card in the scope that flat looks from, which may be NULL. */
struct card_reader card_reader_in(struct flat *flat, const struct card *card);

/* The next word, or NULL at the card's end; peek leaves it there. */
const struct arg *card_reader_peek(const struct card_reader *reader);
const struct arg *card_reader_next(struct card_reader *reader);

/* What the walk keeps about a word of the card, or NULL. */
static inline uint32_t *card_reader_binding(const struct card_reader *reader, const struct arg *arg)
{
    return reader->binding ? reader->binding + (arg - reader->card->arg) : NULL;
}

/* The next word as a node name, with the parentheses that belong to it (KiCad's net-(r1-pad1)); its length in bytes. An
 * ARG_KEY is one too: of `R1 a b = 1k` the sign is left out. */
const struct arg *card_reader_node(struct card_reader *reader, size_t *length);

/* Say that something is missing where the card ends (or at the word that stands there), and fail. */
void card_reader_missing(struct card_reader *reader, struct diagnostics *diagnostics, const char *what);

/* Take a number; else a diagnostic. */
bool card_reader_number(struct card_reader *reader, struct diagnostics *diagnostics, const char *what, double *value);

/* A word of the card as a number, for those who ask before they take: false when it is none. An expression and the name
 * of a parameter are one, NAN where taking it will say what is wrong with it. */
bool card_reader_is_number(const struct card_reader *reader, const struct arg *arg, double *value);

/* Is the word this keyword (lower case), in any case? */
bool arg_is(const struct arg *arg, const char *keyword);

/* A keyed value: NAME=number, up to `values` numbers (tc=1m,2m); a flag has none. */
struct key {
    const char *name; /* lower case; NULL ends a table */
    double *value;    /* [values] */
    int values;
};

/* Take from the rest of the card the keyed values of the table; all else is passed over. */
void card_reader_take(struct card_reader *reader, struct diagnostics *diagnostics, const struct key *keys);

/* Take the rest of a .model card, of an element that is called so. What the table does not know is a warning. */
void card_reader_model(struct card_reader *reader, struct diagnostics *diagnostics, const struct key *keys,
                       const char *what);

/* Is the word a key of the table, or any word with a `=`? A key that takes numbers and has no `=` must have one behind
 * it: `m 2`. */
bool card_reader_is_key(const struct card_reader *reader, const struct arg *arg, const struct key *keys);

/* Is the word among what is left of the card? */
bool card_reader_has_word(const struct card_reader *reader, const char *word);

/* Take the rest of the card as keyed values of the table; anything else is a diagnostic. */
void card_reader_keys(struct card_reader *reader, struct diagnostics *diagnostics, const struct key *keys);

#endif
