/* Formats without a word for infinity refuse it. */
#ifndef OPSPICE_FINITE_H
#define OPSPICE_FINITE_H

#include "write/output.h"

/* Are all voltages, currents and powers finite? Else false, with errno EDOM. */
bool output_is_finite(const struct output *output);

#endif
