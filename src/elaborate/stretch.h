/* Stretches of plain cards, of which a large netlist mostly consists: their elements are made without a reader for each
 * card. */
#ifndef OPSPICE_STRETCH_H
#define OPSPICE_STRETCH_H

#include "elaborate/builder.h"

struct stretch;

/* threads: that may prepare cards; 1 or 0: only the caller's, and with 0 another one may fetch memory. NULL when
 * memory is out. */
struct stretch *stretch_new(int threads);

/* Safe on NULL. */
void stretch_free(struct stretch *stretch);

/* Builds what one card means. False when memory is out. */
typedef bool card_handler(struct builder *builder, const struct card *card);

/* Build the elements of the plain cards that come next in the walk, if they are many; where a card's handler has more
 * to do than to add one element, it does that. The elements and nodes, their order and what is said of them are those
 * that the handlers [CARD_OTHER + 1] make. False when memory is out. */
bool stretch_build(struct stretch *stretch, struct builder *builder, card_handler *const handler[]);

#endif
