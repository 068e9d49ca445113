/* Control laws over boxes of their controls (law_range.h). */
#ifndef OPSPICE_CONTROL_LAW_RANGE_H
#define OPSPICE_CONTROL_LAW_RANGE_H

#include "laws/control_law.h"
#include "laws/interval.h"

/* The intervals of work that one evaluation needs. */
size_t control_law_range_work(const struct control_law *law);

/* For all x [n] in the box: the value in *value, and between any two of them, control by control, a difference
 * quotient in slope [n]. False where that is not known: of a device without such a reading, of an expression with a
 * condition that is true at one x and not at another, and of a switch. work [control_law_range_work(law)]. */
bool control_law_range(const struct control_law *law, const struct interval *x, struct interval *value,
                       struct interval *slope, struct interval *work);

#endif
