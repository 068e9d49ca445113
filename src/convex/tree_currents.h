/* Currents along trees of voltage-defined branches, by Kirchhoff's law.
 *
 * A tree edge leads away what its subtree has over. This is summed up in two doubles, or four, so that what flows round inside
 * of the subtree leaves no rounding in what flows out. All of a tree has nothing over but rounding, which is left where
 * it is rounding of what meets there, and taken there along the largest currents. */
#ifndef OPSPICE_TREE_CURRENTS_H
#define OPSPICE_TREE_CURRENTS_H

#include "circuit/forest.h"
#include "util/double_double.h"

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
    double *noise;     /* [nodes] out: what is rounding in the current of a follower's edge, A */
    uint32_t *mainstream; /* [nodes] work */
    double rounding;   /* of the currents in `over`, relative */
};

/* f [edges] A, from a to k, out for the tree edges. */
void tree_currents_find(struct tree_currents *tree, double *f);

#endif
