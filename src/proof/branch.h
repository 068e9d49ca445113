/* One branch at a point: its law, and what its current may be off by. Shared by the certificate and its quick form. */
#ifndef OPSPICE_BRANCH_H
#define OPSPICE_BRANCH_H

#include "proof/claim.h"
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

/* A voltage, V, between nodes with |v_a| + |v_k| = magnitude. */
struct branch_voltage {
    struct dd u;
    double magnitude;
};

/* A branch with i. of: the voltages of the branches of its element; its own is of[element->branch]. slack: V, what its
 * loop of sources leaves. */
struct branch branch_at(const struct circuit *circuit, const struct element *element, const struct branch_voltage *of,
                        double i, double slack);

/* The voltages of the branches of element e, of [LAW_VOLTAGES] out. NAN where its potentials are none: not finite, a
 * low part that is no low part, ground not at 0. */
void branch_voltages(const struct claim *claim, uint32_t e, struct branch_voltage *of);

/* What it adds to the power that sources deliver, less what the others take, W: u is its law's where the current tells
 * it. */
long double branch_delivered(const struct element *element, double u, double i);

#endif
