/* Supernodes: what voltage sources and shorts hold together. */
#ifndef OPSPICE_SUPERNODES_H
#define OPSPICE_SUPERNODES_H

#include "circuit/circuit.h"
#include "circuit/forest.h"

/* The voltage sources and shorts of a circuit as a forest, with the offsets of the present source values:
 * v(node) = x(tree) + offset(node). A source with both ends on one node is no edge. */
struct supernodes {
    uint32_t edges;
    struct forest_edge *edge; /* [edges] */
    uint32_t *element;        /* [edges] which element it is */
    double *value;            /* [edges] V */
    struct forest forest;
    double *offset; /* [nodes] V */
};

/* supernodes is zeroed before. False when memory is out. */
bool supernodes_build(struct supernodes *supernodes, const struct circuit *circuit);

/* Offsets for changed source values. */
void supernodes_update(struct supernodes *supernodes, const struct circuit *circuit);

void supernodes_free(struct supernodes *supernodes);

#endif
