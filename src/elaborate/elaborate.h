/* Flat cards become elements and laws. */
#ifndef OPSPICE_ELABORATE_H
#define OPSPICE_ELABORATE_H

#include "circuit/circuit.h"
#include "netlist/netlist.h"

/* How diodes are read. */
enum diode_reading { DIODE_BY_MODEL, DIODE_IDEAL };

/* Build the circuit from the cards of a netlist and what flatten() made of it; mistakes go to the diagnostics (count
 * errors there). Files of tables that models name are added to the netlist's sources. circuit is zeroed before; without
 * elements it stays where the netlist has a script. False when memory is out. */
bool elaborate(struct circuit *circuit, struct netlist *netlist, struct flat *flat, enum diode_reading reading,
                   const struct sim_options *sim_options, struct diagnostics *diagnostics);

/* Say that the netlist has no elements, unless an error has been said that may be the reason. */
void elaborate_miss_elements(const struct netlist *netlist, struct diagnostics *diagnostics);

#endif
