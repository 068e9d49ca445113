/* Spanning forest of the voltage-defined branches: those that fix a voltage and take whatever current they must. */
#ifndef OPSPICE_FOREST_H
#define OPSPICE_FOREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOREST_NO_EDGE UINT32_MAX

struct forest_edge {
    uint32_t a, k; /* nodes; positive direction a to k */
};

/* Breadth-first spanning trees. Tree 0 is the one of node 0 (ground), with node 0 its root. */
struct forest {
    uint32_t nodes, trees;
    uint32_t *tree;   /* [nodes] number of the node's tree */
    uint32_t *order;  /* [nodes] the nodes, parents before children, tree after tree */
    uint32_t *parent; /* [nodes] towards the root; a root is its own parent */
    uint32_t *via;    /* [nodes] edge to the parent; FOREST_NO_EDGE at a root */
    bool acyclic;     /* every edge is in a tree (edges from a node to itself are not) */
};

/* Build the forest of m edges on n > 0 nodes; forest is zeroed before.
 * weight  [n] or NULL: the heaviest node of each tree but tree 0 becomes its root; NULL: the lowest number
 * False when memory is out; nothing is left allocated then. */
bool forest_build(struct forest *forest, uint32_t n, const struct forest_edge *edge, uint32_t m,
                  const double *weight);

/* The unknown of a node's tree, where ground's has none (-1: GROUND_UNKNOWN). */
static inline int32_t forest_unknown(const struct forest *forest, uint32_t node)
{
    return (int32_t)forest->tree[node] - 1;
}

/* Potentials relative to the root: offset[a] - offset[k] = value[edge] on each tree edge.
 * value [m] V, offset [n] V out. */
void forest_offsets(const struct forest *forest, const struct forest_edge *edge, const double *value, double *offset);

/* The tree edges on the path from node p to node q of one tree, in order, into path [nodes]. Returns their number. */
uint32_t forest_path(const struct forest *forest, uint32_t p, uint32_t q, uint32_t *path);

/* Safe on a zeroed struct; leaves it zeroed. */
void forest_free(struct forest *forest);

#endif
