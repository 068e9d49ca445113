/* --plot of opspice: a sweep drawn. */
#ifndef OPSPICE_PLOT_H
#define OPSPICE_PLOT_H

#include "opspice.h"

/* Draw the first sweep of an answer into path (.svg or .png): its last axis goes across, the other columns up, a curve
 * for each value of the other axes; voltages and currents together have a scale each. Returns OPSPICE_OK; OPSPICE_USAGE
 * where there is no sweep, or OPSPICE_SYSTEM, after a message. */
int plot_sweep(opspice *deck, const char *path);

#endif
