/* Laws over intervals of their voltages: what their currents can be, and what their difference quotients can be, which
 * is what a proof needs that no other operating point is near. Rounded outwards; a law is taken with the numbers that
 * it has. */
#ifndef OPSPICE_LAW_RANGE_H
#define OPSPICE_LAW_RANGE_H

#include "laws/interval.h"
#include "laws/law.h"

/* For all voltages in u: a current in *i, A, and between any two of them a difference quotient in *slope, S. Of an
 * ideal diode without the multiplier of its constraint. False where that is not known: of a law of several voltages,
 * of expressions beyond where they are known, or with a condition that is true at one u and not at another. */
bool law_range(const struct law *law, struct interval u, struct interval *i, struct interval *slope);

#endif
