/* Units of what is shown: V, A, and of expressions what they make of these: v(a)*i(v1) is in W. */
#ifndef OPSPICE_UNIT_H
#define OPSPICE_UNIT_H

#include "analysis/formula.h"

/* The unit of a vector of a circuit: V, A, W, S or ohm. "" where it has none, or is none of a circuit. */
const char *unit_of_vector(const struct vector *vector, const struct circuit *circuit);

/* Of what an axis sweeps: V, A, ohm, Celsius; "" of a parameter. */
const char *unit_of_axis(const struct axis *axis);

/* Of a formula's value in a plot, which may be the one that it is bound to. A number takes the unit of what it is added
 * to. "" where the value is a number, or where the sum of unlike units or a parameter leaves it open. */
const char *unit_of_formula(const struct formula *formula, const struct plot *plot, const struct circuit *circuit);

#endif
