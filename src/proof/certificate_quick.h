/* The certificate's conditions in a stricter form that costs one pass over the branches: enough for
 * most points of a sweep.
 *
 * What is left out is what spreads rounding over clusters of stiff branches: the floor of a node is taken from its own
 * voltage and its own resistors. Groups of nodes are not asked: only points pass where resistors of not many decades,
 * counted from the least resistance or the steepest diode, join all nodes. A point that passes would be proved by
 * certificate_compute too; one that does not may be proved all the same. The power balance needs no sum over the
 * elements: by Tellegen's theorem it is at most the sum of |v| times the current residuals. */
#ifndef OPSPICE_CERTIFICATE_QUICK_H
#define OPSPICE_CERTIFICATE_QUICK_H

#include "circuit/element_tables.h"

/* Is this point an operating point within the tolerance? False also when it takes the whole certificate to tell.
 * tables: of the circuit, summed. v [nodes] V, i [elements] A; work [2 nodes]. Nothing is allocated. */
bool certificate_quick(const struct element_tables *tables, const struct circuit *circuit, const double *v, const double *i,
                 double tolerance, double *work);

#endif
