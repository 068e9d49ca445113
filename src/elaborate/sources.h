/* Controlled sources: E, F, G, H and B cards, and resistors whose value is an expression of the answer.
 *
 * A current that depends on its source's own voltage alone, and was not shown to fall or jump, is a law (laws/law.h),
 * so that the circuit may stay a convex program. A constant is a plain source. All else is a coupling. */
#ifndef OPSPICE_SOURCES_H
#define OPSPICE_SOURCES_H

#include "elaborate/builder.h"

/* Build the element of the card. False when memory is out. */
bool sources_build(struct builder *builder, const struct card *card);

/* Is the text an expression of voltages or currents of the answer, or of the time? Source: ngspice 39,
 * src/frontend/inpcom.c, whose test is as plain: v(, i( or time that is no part of another name. */
bool sources_is_of_answer(struct expression_word text);

/* A resistor of so many ohms between the nodes of the element: text is an expression of the answer, and its current is
 * thermal->factor times that of one such resistance, over the growth that thermal tells. False when memory is out. */
bool sources_build_resistance(struct builder *builder, const struct card_reader *reader, struct element element,
                              struct expression_word text, struct thermal thermal);

#endif
