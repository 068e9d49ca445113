/* The exponential diode over intervals of its voltage, as law_range.h has it of laws. */
#ifndef OPSPICE_JUNCTION_RANGE_H
#define OPSPICE_JUNCTION_RANGE_H

#include "laws/interval.h"
#include "laws/junction.h"

/* What J(w) (junction.h) can be for w in the interval, A, and what its difference quotients, S. */
void junction_range(const struct junction *junction, struct interval w, struct interval *i, struct interval *slope);

#endif
