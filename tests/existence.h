/* Whether a small network of ideal diodes has an operating point, decided by trying every set of conducting diodes. */
#ifndef OPSPICE_EXISTENCE_H
#define OPSPICE_EXISTENCE_H

#include "networks.h"

/* Each set makes the laws linear equations and inequalities, which have a solution or not: phase 1 of the simplex
 * method tells, in long double. *answer: its status, and one operating point where there is one. False when the network
 * is beyond this: piecewise-linear diodes, or too many. */
bool existence_decide(const struct random_network *network, struct answer *answer);

#endif
