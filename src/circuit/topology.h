/* Does the circuit have an operating point? Decided before anything is solved, from its graph and source values
 * alone. */
#ifndef OPSPICE_TOPOLOGY_H
#define OPSPICE_TOPOLOGY_H

#include "circuit/circuit.h"
#include "circuit/supernodes.h"

/* Report, as SEVERITY_OUTCOME with every element of the loop or cut in notes:
 *   loops of voltage sources whose values do not add up to zero,
 *   loops of sources and ideal diodes that force a diode forward,
 *   current sources whose current has no DC path: more than the diodes on its way can take, a junction without
 *   breakdown and without gmin no more than its saturation current; what others control may lead any.
 * False when memory is out. */
bool topology_check(const struct circuit *circuit, const struct supernodes *supernodes,
                    struct diagnostics *diagnostics);

/* A current of `element`, A, that finds no way on from a node, or none to it. */
void topology_report_no_path(const struct circuit *circuit, uint32_t element, uint32_t node, double amperes,
                             bool leaves, struct diagnostics *diagnostics);

#endif
