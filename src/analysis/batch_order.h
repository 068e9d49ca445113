/* An order of a batch's points in which neighbours have much the same setting: along Hilbert's curve through the box
 * that holds all settings, so that each point may begin from one that is near. */
#ifndef OPSPICE_BATCH_ORDER_H
#define OPSPICE_BATCH_ORDER_H

#include <stdbool.h>
#include <stddef.h>

/* setting [points][inputs]; what is no number counts as the least of its input. order [points] out: the point to be
 * done as each; of equals the first one first. Where there are so many inputs that no point is near another it is the
 * one that is given. False when memory is out. */
bool batch_order(size_t points, size_t inputs, const double *setting, size_t *order);

#endif
