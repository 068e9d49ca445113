/* The strongly connected parts of a box's equations: which equations and unknowns are in each, and what goes to these
 * equations. */
#ifndef OPSPICE_STRONG_PARTS_H
#define OPSPICE_STRONG_PARTS_H

#include "isolation/box.h"
#include "linear/block_triangular.h"

struct strong_parts {
    struct block_triangular form;
    uint32_t count, largest;        /* parts; unknowns of the largest */
    uint32_t *start;                /* [count + 1] of each part in column and row */
    uint32_t *column, *row;         /* [n] unknowns, and the equations that are paired with them */
    uint32_t *slope_start, *slope;  /* [count + 1], numbers of box->slope that go to an equation of each part */
    uint32_t *value_start, *value;  /* of box->value */
    void *arrays;
};

/* ISOLATION_NOT_SHOWN: the equations are singular by structure. parts is zeroed before. */
enum isolation_status strong_parts_find(struct strong_parts *parts, const struct box *box);

/* Safe on a zeroed struct. */
void strong_parts_free(struct strong_parts *parts);

#endif
