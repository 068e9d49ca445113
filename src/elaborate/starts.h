/* Potentials to start from: .nodeset and .ic.
 *
 *     .nodeset v(node)=volts v(node)=volts ..      the last of a node counts; without a value it is 0, as in ngspice,
 *                                                  where none is given to that node
 *
 * Where to start from has no effect where there is one answer, and .ic has none at an operating point, but it should be
 * a node of the circuit. That is known when all are. */
#ifndef OPSPICE_STARTS_H
#define OPSPICE_STARTS_H

#include "netlist/netlist.h"
#include <stdbool.h>

struct builder;

/* Keep what a card says. False when memory is out. */
bool starts_keep(struct builder *builder, const struct card *card);

/* Give what was kept to the circuit, and free it. False when memory is out. */
bool starts_check(struct builder *builder);

#endif
