/* Colours for the unknowns of a program: no two of one colour share a resistor or a knee. */
#ifndef OPSPICE_COLOURING_H
#define OPSPICE_COLOURING_H

#include "convex/qp.h"

/* Greedy colouring in the order of the unknowns.
 * order  [n] out: unknowns, colour after colour, ascending in each
 * start  [n + 2] out: its first *colours + 1 lead into order
 * False when memory is out. */
bool colouring_build(const struct qp *qp, int32_t *order, int32_t *start, int32_t *colours);

#endif
