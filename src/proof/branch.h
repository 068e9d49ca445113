/* One branch at a point: its law, and what its current may be off by. Shared by the certificate and its quick form. */
#ifndef OPSPICE_BRANCH_H
#define OPSPICE_BRANCH_H

#include "circuit/circuit.h"
#include "util/double_double.h"
#include <float.h>

/* What a voltage that is a difference of potentials as large as these is rounded by, V. */
static const double branch_rounding = 8 * DBL_EPSILON * DBL_EPSILON;

struct branch {
    double floor;      /* A, e: what the rounding of the potentials makes of its current */
    double slope;      /* S; INFINITY: voltage-defined */
    double violation;  /* V, above the floor of its law; INFINITY: no such current at any voltage near */
    double relative;   /* the same, over the size of what is compared */
    double product;    /* W, complementarity */
    bool by_floor;     /* its law holds thanks to e only */
    double emf;        /* V, and */
    struct dd drop;    /* V: emf + drop is the voltage that its current says; not of current sources and opens; NAN: it
                        * says none */
};

/* The branch at u, of nodes with |v_a| + |v_k| = magnitude, with i. slack: V, what its loop of sources leaves. */
struct branch branch_at(const struct circuit *circuit, const struct element *element, struct dd u, double magnitude,
                        double i, double slack);

/* What it adds to the power that sources deliver, less what the others take, W: u is its law's where the current tells
 * it. */
long double branch_delivered(const struct element *element, double u, double i);

#endif
