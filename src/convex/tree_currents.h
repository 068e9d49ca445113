/* Currents along trees of voltage-defined branches, by Kirchhoff's law.
 *
 * A tree edge leads away what its subtree has over. This is summed up in two doubles, or four, so that what flows
 * round inside of the subtree leaves no rounding in what flows out. All of a tree has nothing over but rounding, which
 * is left where it is rounding of what meets there, and taken there along the largest currents.
 *
 * Where nothing leads current from a subtree to the rest there is none at all above it, whatever rounding makes of the
 * sum. What leads current has a number of 64 bits that looks like a random one, at both its ends, and the exclusive or
 * of those at a subtree's nodes is 0 where each has both its ends there; if it should be so without that, once in
 * 2^64, the proof refuses the currents. */
#ifndef OPSPICE_TREE_CURRENTS_H
#define OPSPICE_TREE_CURRENTS_H

#include "circuit/forest.h"
#include "util/double_double.h"
#include <stdint.h>

struct tree_currents {
    const struct forest *forest;
    const uint32_t *edge_of;        /* [edges of the forest] the edge that one is, or NULL: itself */
    const struct forest_edge *edge; /* edges, a to k */
    const bool *one_way;            /* [edges] a diode: a negative current within rounding is 0 */
    uint32_t holding;               /* edges from this one on have no current: they part a tree in two */
    const uint32_t *follower;       /* [followers] the nodes of edges to a parent, parents first */
    uint32_t followers;
    struct dd *over;   /* [nodes] in: current to be led away from the followers and roots, A, */
    struct dd *under;  /* [nodes] in, or NULL: and what is less than its rounding */
    double *size;      /* [nodes] in: the sum of the magnitudes it is made of, A */
    uint64_t *leaving; /* [nodes] in: exclusive or of the tree_currents_mark of what leads current there */
    double *noise;     /* [nodes] out: what is rounding in the current of a follower's edge, A */
    uint32_t *mainstream; /* [nodes] work */
    double rounding;   /* of the currents in `over`, relative */
};

/* What leads current: numbers of one kind are never those of another. */
enum tree_mark {
    MARK_BRANCH, /* an element, within a cluster */
    MARK_BLOCK,  /* a block, from one node where it meets a cluster to the next */
    MARK_CHORD,  /* an edge beside the tree */
    MARK_NODE    /* anything that is at a node */
};

/* The number of the which-th of a kind. Source: Steele, Lea, Flood 2014, the mixing of SplitMix64. */
static inline uint64_t tree_currents_mark(enum tree_mark kind, uint64_t which)
{
    uint64_t x = (((uint64_t)kind << 48) + which + 1) * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* f [edges] A, from a to k, out for the tree edges. */
void tree_currents_find(struct tree_currents *tree, double *f);

#endif
