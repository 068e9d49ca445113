/* The equations of isolation.h over a box about a point. */
#ifndef OPSPICE_BOX_H
#define OPSPICE_BOX_H

#include "circuit/operating_point.h"
#include "isolation/isolation.h"
#include "laws/interval.h"

#define BOX_NONE UINT32_MAX /* no unknown and no equation: ground */

/* To equation `row`, and from equation `other`, goes slope times (x[column] - x[minus]); and at the point a value, A or
 * V. The equation of an ideal diode that is held at its threshold may miss by `blocked` V where it lies this side of
 * that, without current. */
struct box_slope {
    uint32_t row, other, column, minus;
    struct interval slope;
};

struct box_value {
    uint32_t row, other;
    struct interval value;
    double blocked;
};

/* An ideal diode that is held at its threshold, forward (sign 1) or in reverse (-1). */
struct box_held {
    uint32_t unknown;
    double sign;
};

/* Unknown q < nodes - 1 is the potential of node q + 1, the others are currents. Equation q is Kirchhoff's law at that
 * node, or the law of that current's branch. */
struct box {
    const struct circuit *circuit;
    const struct operating_point *op;
    uint32_t n, nodes;
    uint32_t *branch;  /* [elements] the unknown of its current, or BOX_NONE */
    bool *bends;       /* [n] a law bends by this current */
    double *x;         /* [n] the point: V, A */
    double *reach;     /* [n] how far the box goes; INFINITY: everywhere */
    double *scale;     /* [n] what a volt of its surroundings makes of it: 1, or A/V */
    struct box_slope *slope; /* [slopes] */
    size_t slopes, slope_capacity;
    struct box_value *value; /* [values] */
    size_t values, value_capacity, fixed; /* the first of them are the same for all boxes */
    uint32_t unknown;        /* the first element whose value is not known, or ISOLATION_NONE */
    struct box_held *held; /* [helds] */
    size_t helds, held_capacity;
    struct interval *control, *by, *work; /* of control laws */
    void *arrays;
};

/* box is zeroed before. False when memory is out. */
bool box_new(struct box *box, const struct circuit *circuit, const struct operating_point *op);

/* The slopes over the box of that radius, V, and the values at its middle. ISOLATION_SHOWN: they are there; else
 * *element is to blame. */
enum isolation_status box_fill(struct box *box, double volts, uint32_t *element);

/* Safe on a zeroed struct. */
void box_free(struct box *box);

#endif
