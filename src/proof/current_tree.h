/* Kirchhoff's law for sets of nodes from the nodes alone (certificate_quick.h): by a spanning tree of the branches
 * that carry most, in stages, which serves points of much the same currents; or for one point, which costs less than a
 * tree. */
#ifndef OPSPICE_CURRENT_TREE_H
#define OPSPICE_CURRENT_TREE_H

#include "circuit/element_tables.h"
#include "util/octet.h"

/* Nodes without any current are in no part of it. Each part of the circuit that currents join has a root, which is no
 * stage's. */
struct current_tree {
    bool built, served;    /* it has proved another point than its own */
    uint32_t failed;       /* points since it was built in vain */
    uint32_t waited;       /* points that it has not served */
    uint32_t stages;
    uint32_t *branch;      /* [nodes] elements, largest currents first */
    uint32_t *branch_end;  /* [nodes] of each stage, in branch */
    uint32_t *node;        /* [nodes] those without current, then the others by the stage that joins them to a root */
    uint32_t *node_end;    /* [nodes + 1] of those without current, then of each stage, in node */
    uint32_t bridges;      /* elements without current between parts that others join, */
    uint32_t *order;       /* [elements] in order[bridges]; then work */
    uint32_t *set, *stage; /* [nodes] work */
};

size_t current_tree_room(const struct circuit *circuit);

/* Lay the arrays out in the room. */
void current_tree_place(struct current_tree *tree, void *room, const struct circuit *circuit);

/* The tree of these currents, i [elements] A, all finite. */
void current_tree_build(struct current_tree *tree, const struct element_tables *tables, const struct circuit *circuit,
                        const double *i);

/* Does the tree prove every set of nodes? residual [nodes]: A, at most what is left over at each. */
bool current_tree_proves(const struct current_tree *tree, const double *i, const double *residual, double tolerance);

/* The same of eight points. proved [OCTET] out */
void current_tree_proves_octets(const struct current_tree *tree, const octet *i, const octet *residual,
                                double tolerance, bool *proved);

/* The same without a tree. With R, what is left over at all nodes together, branches of R / tolerance or more prove
 * every set that one of them leaves; what is left over in a set of whole parts that they join is at most the sum R
 * outside the largest part; and so on with that. tree: for its room; weight [nodes] work. */
bool current_tree_spares(struct current_tree *tree, const struct element_tables *tables, const struct circuit *circuit,
                         const double *i, const double *residual, double tolerance, double *weight);

#endif
