/* A rank's share of a circuit: the elements of its part of the netlist, and the nodes that they touch.
 *
 * A node that elements of several ranks touch belongs to the lowest of them, its owner; the others have copies. Nodes
 * have numbers 0 .. total - 1 beside ground's -1, in the order in which elements name them first: rank 0's own come
 * first, then rank 1's, as their parts of the netlist do; of each rank those last that only ports of instances are at,
 * where one process has them behind all others. */
#ifndef OPSPICE_SHARE_H
#define OPSPICE_SHARE_H

#include "circuit/circuit.h"
#include "grid/halo.h"

#define GROUND_NUMBER (-1)

struct share {
    struct ranks ranks;
    struct circuit *circuit; /* the elements of this rank; the caller's, and outlives the share */
    int64_t *number;         /* [nodes] of the circuit's nodes; GROUND_NUMBER of node 0 */
    int64_t first, owned, total; /* numbers first .. first + owned - 1 are this rank's; of all ranks */
    int64_t *firsts;         /* [ranks + 1] the first number of each rank, and the total */
    uint32_t *own;           /* [owned] the node with number first + q, ascending */

    struct halo halo; /* of the nodes, which are places */
};

/* Number the nodes of all ranks' circuits, which have names alike where they are the same. share is zeroed before but
 * for ranks and circuit. False when memory is out, on all ranks. */
bool share_number(struct share *share);

/* The rank that owns a number >= 0. O(log ranks). */
int share_owner(const struct share *share, int64_t number);

/* Safe on a zeroed struct; leaves it zeroed. */
void share_free(struct share *share);

#endif
