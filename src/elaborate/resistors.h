/* Resistors: R cards.
 *
 *   Rname a k [value] [model]     with r l w m scale tc tc1 tc2 tce temp dtemp
 *
 * ngspice 39 manual, 3.2; dtemp counts without temp only. */
#ifndef OPSPICE_RESISTORS_H
#define OPSPICE_RESISTORS_H

#include "elaborate/builder.h"

/* Build the element of an R card. False when memory is out. */
bool resistors_build(struct builder *builder, const struct card *card);

#endif
