/* .probe: i(r1), i(q1,c), i(x1,2), p(r1), alli; what it measures is called as in ngspice. */
#ifndef OPSPICE_PROBE_H
#define OPSPICE_PROBE_H

#include "analysis/vectors.h"
#include "flatten/flatten.h"
#include "netlist/netlist.h"

/* Let the instances that .probe cards name have ammeters. False when memory is out. */
bool probe_instances(const struct netlist *netlist, struct flat *flat);

/* How many words from number `at` of a .probe card on are a measurement of the kinds above; 0: another vector is named
 * there. */
uint32_t probe_words(const struct card *card, uint32_t at);

/* Add the vectors of such a measurement; a card without words is `alli`. What is not there is a warning. False when
 * memory is out. */
bool probe_add(struct vectors *probed, const struct card *card, uint32_t at, const struct circuit *circuit,
               struct diagnostics *diagnostics);

/* Put them in ngspice's order: currents, those of the last elements and terminals first; then powers. False when memory
 * is out. */
bool probe_order(struct vectors *probed);

#endif
