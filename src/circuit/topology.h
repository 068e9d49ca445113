/* Does the circuit have an operating point? Decided before anything is solved, from its graph and source values
 * alone. */
#ifndef OPSPICE_TOPOLOGY_H
#define OPSPICE_TOPOLOGY_H

#include "circuit/circuit.h"
#include "circuit/supernodes.h"

/* Report, as SEVERITY_OUTCOME with every element of the loop or cut in notes:
 *   loops of voltage sources whose values do not add up to zero,
 *   loops of sources and ideal diodes that force a diode forward,
 *   current sources whose current has no DC path, blocked by nothing or by diodes.
 * False when memory is out. */
bool topology_check(const struct circuit *circuit, const struct supernodes *supernodes,
                    struct diagnostics *diagnostics);

/* For a circuit that was not solved: report a loop in which nothing but junctions meets voltage sources, so that one of
 * them carries a current whose rounding is more than `tolerance` of what the largest source would drive through the
 * least resistor, and of all current sources. What else flows is lost beside it. False when memory is out. */
bool topology_explain(const struct circuit *circuit, const struct supernodes *supernodes, double tolerance,
                      struct diagnostics *diagnostics);

#endif
