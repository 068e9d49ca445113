/* Cards of controlled sources, which are a name and a text (elaborate/source_card.h), with another end of the text.
 * Each returns false when memory is out. */
#ifndef OPSPICE_CARD_TEXT_H
#define OPSPICE_CARD_TEXT_H

#include "netlist/netlist.h"

/* Is it such a card? */
bool card_is_text(const struct card *card);

/* Has it just two nodes, what controls it, and a gain? */
bool card_text_has_gain(const struct card *card);

/* The card with another gain, and with a keyed value behind all others. */
bool card_text_with_gain(struct netlist *netlist, struct card *card, double value);
bool card_text_with_key(struct netlist *netlist, struct card *card, const char *key, size_t length, double value);

#endif
