/* What the law of a branch says at an operating point. */
#ifndef OPSPICE_BRANCH_LAW_H
#define OPSPICE_BRANCH_LAW_H

#include "circuit/operating_point.h"

/* The doubles of work that branch_law needs for any branch of a circuit. */
size_t branch_law_work(const struct circuit *circuit);

/* The current of a branch, A, by its law at the voltages and controls of a point, which may be that of another circuit
 * with the same nodes and elements; of one that holds its voltage that, V. segment: of a law of straight
 * lines, the one on which it is taken to be: 1 forward, -1 in reverse, 0 between; 2 or -2: where one holds its voltage,
 * which is found from its current. NAN: there is none. work [branch_law_work] */
struct dd branch_law(const struct circuit *circuit, uint32_t element, const struct operating_point *op, int segment,
                     double *work);

/* On which it is at that point, where it holds no voltage; of another law 0. */
int branch_segment(const struct circuit *circuit, uint32_t element, const struct operating_point *op);

/* A quantity that controls a branch, V or A. */
struct dd branch_control(const struct control *control, const struct operating_point *op);

#endif
