/* A part of a circuit as a circuit of its own. */
#ifndef OPSPICE_CIRCUIT_PART_H
#define OPSPICE_CIRCUIT_PART_H

#include "circuit/circuit.h"

#define PART_NONE UINT32_MAX

struct circuit_part {
    struct circuit *circuit;
    uint32_t nodes, elements;           /* that it has from the whole; what was added has the numbers from there on */
    uint32_t *node, *element;           /* [nodes], [elements] their numbers in the whole, ascending */
    uint32_t *node_here, *element_here; /* [whole nodes], [whole elements] the other way round, or PART_NONE */
    struct control *control;            /* the controls of its couplings */
    void *block, *more_block;
};

/* Those elements of a circuit that are `taken` [elements], with their nodes and ground, with values and laws of their
 * own; and more nodes and elements, which have no names: the elements are of 0 A between ground and ground, for the
 * caller to set, who then says circuit_changed. Either all couplings and devices are taken or none, and with an element
 * what controls it. part is zeroed before; the circuit must outlive it. False when memory is out. */
bool circuit_part_new(struct circuit_part *part, const struct circuit *whole, const bool *taken, uint32_t more_nodes,
                      uint32_t more_elements);

/* Safe on a zeroed struct; leaves it zeroed. */
void circuit_part_free(struct circuit_part *part);

#endif
