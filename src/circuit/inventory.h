/* A circuit arranged for those who go over it again and again: resistors in inventory, the others by kind, the branches by node. */
#ifndef OPSPICE_INVENTORY_H
#define OPSPICE_INVENTORY_H

#include "circuit/circuit.h"

struct inventory {
    uint32_t resistors;
    uint32_t *a, *k;    /* [resistors] nodes */
    double *resistance; /* [resistors] ohm */
    uint32_t *resistor; /* [resistors] element numbers, ascending; so are those that follow */
    uint32_t others;
    uint32_t *other; /* [others] all but the resistors */
    uint32_t holders, sources, diodes;
    uint32_t *holder; /* [holders] voltage sources and shorts */
    uint32_t *source; /* [sources] current sources */
    uint32_t *diode;  /* [diodes] */
    double *conductance; /* [nodes] of the resistors at each node, S */

    /* The branches at node v: list[start[v]..start[v + 1]). An entry is twice the element's number, plus one where the node is its
     * k. An element with both ends on one node is not listed. */
    size_t *start;  /* [nodes + 1] */
    uint32_t *list; /* [2 elements at most] */
};

/* inventory is zeroed before. False when memory is out; nothing is left allocated then. Circuits of less than 2^31 elements. */
bool inventory_build(struct inventory *inventory, const struct circuit *circuit);

/* Take over changed resistances. */
void inventory_revalue(struct inventory *inventory, const struct circuit *circuit);

/* Safe on a zeroed struct; leaves it zeroed. */
void inventory_free(struct inventory *inventory);

#endif
