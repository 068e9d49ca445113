/* Cards of elements and models, found by name, and the numbers on them: what is read of one, and one with another. */
#ifndef OPSPICE_CARD_VALUES_H
#define OPSPICE_CARD_VALUES_H

#include "circuit/circuit.h"
#include "netlist/expression.h"
#include "netlist/netlist.h"

struct session;

/* The first model of this name, whatever subcircuit it is in; NULL: there is none. */
struct card *find_model_card(const struct session *session, const char *name, size_t length);

/* The card of an element; NULL: the netlist's cards are gone. That of one in a subcircuit stands for all its instances:
 * find_own_card gives NULL for it. */
struct card *find_card(const struct session *session, uint32_t element);
struct card *find_own_card(const struct session *session, uint32_t element);

/* The model that an element's card names, or NULL. */
struct card *find_model_of(const struct session *session, uint32_t element);

/* A card as it reads in one instance, or at the top level. */
struct placed_card {
    const struct card *card; /* at the top level that of the netlist; else until the next flatten_amend */
    const char *name;        /* [name_length] x1.r1, x1:dm; NULL at the top level. It lives as long as the circuit */
    size_t name_length;
    size_t instance_length; /* bytes of name that are x1, in whose scope its words are; 0: the top level */
    double multiplier;      /* the product of m of the instances that it is in */
};

/* That of an element, of the model that its card names, and of a model by its name: dm, x1:dm. False: there is none,
 * or memory is out. */
bool place_element(const struct session *session, uint32_t element, struct placed_card *placed);
bool place_model_of(struct session *session, uint32_t element, struct placed_card *placed);
bool place_model(struct session *session, const char *name, size_t length, struct placed_card *placed);

/* The transistor that it is a model of, or NULL. */
const struct device_kind *model_card_kind(const struct session *session, const struct placed_card *model,
                                          struct diagnostics *diagnostics);

/* What a model's card says of a parameter, or what is taken without that of a diode, resistor or transistor; False:
 * neither is known. */
bool model_card_value(const struct session *session, const struct placed_card *model, struct expression_word parameter,
                      struct diagnostics *diagnostics, double *value);

/* What the card of an element says of a parameter, or what is taken without that; False: neither is known. */
bool element_card_value(const struct session *session, uint32_t element, struct expression_word parameter,
                        struct diagnostics *diagnostics, double *value);

/* Has the model a parameter of that name: one that its kind knows, or that its card has? */
bool model_card_knows(const struct card *model, struct expression_word parameter);

/* The same of the card of a transistor, with its number in the circuit. */
bool device_card_knows(const struct session *session, uint32_t element, struct expression_word parameter);

/* Can it be changed in the circuit that there is? Sizes on a transistor's model went to its elements, as in ngspice. */
bool model_card_alters(const struct session *session, const struct placed_card *model, struct expression_word parameter,
                       struct diagnostics *diagnostics);

/* Is it a model of elements with this letter, in lower case? */
bool model_card_is_of(const struct card *model, char letter);

/* Where the value of a parameter of an element stands. */
enum value_place {
    VALUE_UNKNOWN,
    VALUE_ITSELF,   /* of a resistor or source */
    VALUE_ON_CARD,  /* behind its name on the card */
    VALUE_LAST,     /* the last word of the card: the gain of a controlled source */
    VALUE_WAVE,     /* a waveform, of several numbers */
    VALUE_NOWHERE   /* nothing at DC follows from it */
};

/* letter: that of the element; a parameter without a name is the value that the element is called by. */
enum value_place value_place_of(char letter, struct expression_word parameter);

/* Is the parameter, in any case, one of these names, of which the last is NULL? */
bool parameter_is_among(struct expression_word parameter, const char *const names[]);

/* ---- cards with another number ---- */

/* Where a number is written: arg is a word of a card, its text's end from digits on, for which there is room. */
struct card_number {
    struct arg *arg;
    char *digits;
};

void card_number_put(const struct card_number *number, double value);

/* Let *arg be a word with room for a number. False when memory is out. */
bool card_number_new(struct netlist *netlist, struct arg *arg, struct card_number *number);

/* Is it the card of a controlled source, which is a name and a text (elaborate/source_card.h)? */
bool card_is_text(const struct card *card);

/* Has it just two nodes, what controls it, and a gain? And which number is that? */
bool card_has_gain(const struct card *card);
bool card_gain(const struct card *card, double *value);

/* Let *card have words of its own, in the netlist's arena, with room for another number behind a parameter's name,
 * which it may not have had; or in place of its gain. False when memory is out. */
bool card_with_value(struct netlist *netlist, struct card *card, struct expression_word parameter,
                     struct card_number *number);
bool card_with_gain(struct netlist *netlist, struct card *card, struct card_number *number);

#endif
