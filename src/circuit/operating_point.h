/* An operating point: potentials of twice a double's precision, and currents. */
#ifndef OPSPICE_OPERATING_POINT_H
#define OPSPICE_OPERATING_POINT_H

#include "circuit/circuit.h"

#define POINT_TIED UINT32_MAX /* a node whose potential the circuit decides */

struct operating_point {
    double *voltage;  /* [nodes] V, rounded; node 0 is ground */
    double *low;      /* [nodes] V, what rounding left of it: |low| <= eps |voltage| */
    double *current;  /* [elements] A, from a through the element to k */
    bool *shared;     /* [elements] its current is one of many possible ones: branches in a loop share it */
    bool any_shared;  /* one of them is */
    uint32_t *floats; /* [nodes] the node that its potential is given relative to, or POINT_TIED */
    bool any_floats;  /* one of them does */
    void *block;      /* all the arrays */
};

/* How an operating point changes by a small change of the circuit, per unit of that. */
struct response {
    double *v, *low; /* [nodes] V, their sum */
    double *i;       /* [elements] A */
    void *block;     /* all the arrays, where they are its own */
};

/* op is zeroed before. False when memory is out. */
bool operating_point_new(struct operating_point *op, const struct circuit *circuit);

/* The voltage from a node to another, or across an element, V: with what rounding has left of the potentials. */
static inline double operating_point_voltage(const struct operating_point *op, uint32_t a, uint32_t k)
{
    return (op->voltage[a] - op->voltage[k]) + (op->low[a] - op->low[k]);
}

static inline double operating_point_drop(const struct operating_point *op, const struct element *element)
{
    return operating_point_voltage(op, element->a, element->k);
}

/* The voltage of a diode's junction, V: without its series resistance; and the junction's slope there, S. */
double operating_point_junction(const struct operating_point *op, const struct circuit *circuit, uint32_t element,
                                double *slope);

/* Take over another's potentials and currents, but not what of them is open. */
void operating_point_take(struct operating_point *op, const struct operating_point *from,
                          const struct circuit *circuit);

/* Take over another's answer for the same circuit, or a copy of it. */
void operating_point_copy(struct operating_point *op, const struct operating_point *from,
                          const struct circuit *circuit);

/* Safe on a zeroed struct; leaves it zeroed. */
void operating_point_free(struct operating_point *op);

#endif
