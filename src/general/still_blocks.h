/* Branches that carry nothing whatever the values. Where a block (circuit/graph_blocks.h) has nothing that drives, and
 * in linear circuits nothing that is controlled from where something may flow, all its currents and voltages are 0; and
 * the current of a block of one branch, a bridge, is 0 whatever it is; a controlled current that hangs on such alone
 * counts as open. Nodes that shorts and the like hold at one potential are one node there, once it is known which of
 * these carry nothing. Rounding would leave others. */
#ifndef OPSPICE_STILL_BLOCKS_H
#define OPSPICE_STILL_BLOCKS_H

#include "circuit/circuit.h"
#include "util/double_double.h"

struct still_blocks {
    uint32_t nodes;
    uint32_t *order;  /* [nodes] a walk from ground, then from what is left: each node behind its parent */
    uint32_t *parent; /* [nodes] in that walk; a root is its own */
    bool *level;      /* [nodes] it has the potential of its parent */
    bool *still;      /* [elements] it has no current */
    bool *open;       /* [elements] of them controlled currents that nothing drives */
    bool any;
    /* while they are found: */
    const uint8_t *segment;
    uint32_t *same;      /* [nodes] the node that stands for all that branches without a drop hold together */
    uint32_t *next_same; /* [nodes] another one of these, in a ring */
    void *block;
};

/* blocks is zeroed before. linear: all laws are. segment [elements]: of diodes the segment of their law that they are
 * on, which is linear (0 between both thresholds, 1 forward, 2 in reverse), or NULL. False when memory is out. */
bool still_blocks_find(struct still_blocks *blocks, const struct circuit *circuit, bool linear,
                       const uint8_t *segment);

/* Give nodes the potential of their parent where they have it, moving what lies beyond as one.
 * hi, lo [nodes - 1] V, of node v at v - 1. shift [nodes] work */
void still_blocks_level(const struct still_blocks *blocks, double *hi, double *lo, struct dd *shift);

/* Safe on a zeroed struct; leaves it zeroed. */
void still_blocks_free(struct still_blocks *blocks);

#endif
