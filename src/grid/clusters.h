/* Clusters of nodes that voltage-defined branches hold together: voltage sources, shorts, and ideal diodes as far as
 * they conduct. These branches are few beside the resistors of a grid, so every rank has all of them. */
#ifndef OPSPICE_CLUSTERS_H
#define OPSPICE_CLUSTERS_H

#include "circuit/forest.h"
#include "grid/share.h"
#include "grid/solve.h"

/* A branch that holds v_a - v_k, as its rank tells it. */
struct voltage_branch {
    int64_t a, k;     /* numbers of nodes */
    double volts;
    int32_t rank;     /* whose it is */
    uint32_t element; /* there */
    int32_t one_way;  /* not 0: a diode, whose current flows from a to k only; < 0: held in reverse, k is its anode */
};

struct clusters {
    struct voltage_branch *branch; /* [branches] of all ranks, by rank */
    int64_t branches;
    int64_t *number;       /* [members] of the nodes that they touch: 0 stands for ground, the others ascend */
    uint32_t members;
    struct forest_edge *edge; /* [branches] between members */
    struct forest forest;  /* of the members; a root has the lowest number of its tree */
    struct dd *rise;       /* [members] V, above the root of its tree */
    int64_t *tied;         /* [ties] numbers of members that are no root of a tree but ground's, ascending */
    uint32_t ties;
    double left;           /* V, the most that a loop which agrees leaves */
};

/* From those of this rank, own[count]. clusters is zeroed before. GRID_UNSOLVED: the voltages of a loop do not
 * agree, as the diagnostics (NULL on all ranks: none) of the rank say whose branch closes it. */
enum grid_status clusters_build(struct clusters *clusters, const struct share *share, const struct voltage_branch *own,
                                uint32_t count, struct diagnostics *diagnostics);

/* The member with a node's number, or UINT32_MAX. O(log members). */
uint32_t clusters_member(const struct clusters *clusters, int64_t number);

/* The currents of these branches, from a to k, A [branches] out, the same on all ranks: from what flows into each
 * member by all others, into [members] A, which is used up. Loops divide theirs by the split of least norm. False when
 * memory is out, on all ranks. */
bool clusters_currents(const struct clusters *clusters, struct dd *into, double *current);

/* Safe on a zeroed struct; leaves it zeroed. */
void clusters_free(struct clusters *clusters);

#endif
