/* The blocks of a graph: its parts that no single node holds together. Two edges of a block are on a common loop; one
 * that is on no loop, a bridge, is a block of its own. Currents of one block go round in it, and none goes from one to
 * another. Source: Hopcroft and Tarjan 1973, "Algorithm 447: efficient algorithms for graph manipulation". */
#ifndef OPSPICE_GRAPH_BLOCKS_H
#define OPSPICE_GRAPH_BLOCKS_H

#include "circuit/forest.h"

/* Node 0 comes first in the walk. */
struct graph_blocks {
    uint32_t count;
    uint32_t *first;  /* [count + 1] into edge */
    uint32_t *edge;   /* the edges, block after block; none from a node to itself */
    uint32_t *order;  /* [n] a walk: each node behind its parent */
    uint32_t *parent; /* [n] in that walk; a root is its own */
    uint32_t *via;    /* [n] the edge to the parent; FOREST_NO_EDGE at a root */
    void *block;
};

/* Those of m edges on n nodes, in O(n + m). blocks is zeroed before. False when memory is out; nothing is left
 * allocated then. */
bool graph_blocks_find(struct graph_blocks *blocks, uint32_t n, const struct forest_edge *edge, uint32_t m);

/* Safe on a zeroed struct; leaves it zeroed. */
void graph_blocks_free(struct graph_blocks *blocks);

#endif
