/* The unknowns of a circuit that ranks share: the potentials of the clusters, those of single nodes among them, but
 * ground's. A rank has those of its elements' nodes: first its own, then copies of what others own. */
#ifndef OPSPICE_UNKNOWNS_H
#define OPSPICE_UNKNOWNS_H

#include "grid/clusters.h"
#include "linear/laplacian.h"

struct unknowns {
    int64_t first, total; /* row of this rank's first own unknown; rows of all ranks */
    uint32_t owned, count; /* own ones; with copies */
    int64_t *row;         /* [count] ascending among the own ones, and among the copies */
    int32_t *of;          /* [nodes] the unknown of a node's cluster, or GROUND_UNKNOWN */
    uint32_t *member;     /* [nodes] of the clusters, or UINT32_MAX: the node is an unknown by itself */
    int64_t *number;      /* [count] of the node whose potential it is */
    struct halo halo;     /* of the unknowns */
};

/* unknowns is zeroed before. False when memory is out, on all ranks. */
bool unknowns_build(struct unknowns *unknowns, const struct share *share, const struct clusters *clusters);

/* Safe on a zeroed struct; leaves it zeroed. */
void unknowns_free(struct unknowns *unknowns);

#endif
