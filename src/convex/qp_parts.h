/* What both files of the program's lowering need: qp.c makes it, qp_revalue.c gives it other values. */
#ifndef OPSPICE_QP_PARTS_H
#define OPSPICE_QP_PARTS_H

#include "convex/qp.h"

/* The conductance of an element while none of its knees is passed, S; 0 for sources and voltage-defined branches. */
double qp_conductance(const struct circuit *circuit, const struct element *element);

/* The knees of a diode between two supernodes, forward then reverse; their number. */
uint32_t qp_knees(const struct circuit *circuit, const struct forest *forest, const double *offset,
                  const struct element *element, struct knee knee[2]);

/* Forget where the conductances stand. */
void qp_forget_places(struct qp *qp);

#endif
