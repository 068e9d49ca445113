/* What is sent to the owners of nodes. */
#ifndef OPSPICE_POST_H
#define OPSPICE_POST_H

#include "grid/share.h"

enum { POST_BYTES = 64 }; /* of an item, at most */

/* Items that begin with the number of a node, an int64_t, go to its owner, ground's to rank 0. item [count] of `size`
 * bytes each; in another order on return, as they went, by rank. *taken: those that came, to be freed; *came: how many;
 * took [ranks]: of each rank. False when memory is out, on all ranks. */
bool post_to_owners(const struct share *share, void *item, size_t count, size_t size, void *taken, size_t *came,
                    int64_t *took);

/* The node here that has a number which this rank owns; rank 0 owns ground's. */
static inline bool post_is_own(const struct share *share, int64_t number)
{
    return number == GROUND_NUMBER ? share->ranks.rank == 0
                                   : number >= share->first && number < share->first + share->owned;
}

static inline uint32_t post_node(const struct share *share, int64_t number)
{
    return number == GROUND_NUMBER ? GROUND : share->own[number - share->first];
}

#endif
