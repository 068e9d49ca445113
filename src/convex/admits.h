/* Which circuits are convex programs. */
#ifndef OPSPICE_ADMITS_H
#define OPSPICE_ADMITS_H

#include "circuit/circuit.h"

/* Is a circuit one? Nothing in it is controlled, no resistance is negative, and the current of each law depends on its
 * own voltage alone, and does not fall where that rises. Of expressions elaborate has judged the latter already; a law
 * that is no number at this temperature is let in, and not proved. */
bool convex_admits(const struct circuit *circuit);

#endif
