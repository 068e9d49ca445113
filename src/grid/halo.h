/* What several ranks hold of the same: one rank owns it, others have copies. An item is a place in an array. */
#ifndef OPSPICE_HALO_H
#define OPSPICE_HALO_H

#include "grid/ranks.h"

/* Lists of places, one rank's after the other's, in the same order on both sides. */
struct halo {
    struct ranks ranks;
    int64_t *copies;  /* [ranks] items here that rank r owns */
    uint32_t *copy;   /* [their sum] their places here */
    int64_t *mirrors; /* [ranks] items of this rank's that rank r has copies of */
    uint32_t *mirror; /* [their sum] their places here */
};

/* Let owners know of the copies. copies [ranks] and copy are taken over (freed when it fails); at [their sum]: which of
 * its items the owner has to think of, counted from 0; own: their places at the owner, NULL: the same numbers. False
 * when memory is out, on all ranks. */
bool halo_new(struct halo *halo, const struct ranks *ranks, int64_t *copies, uint32_t *copy, const uint32_t *at,
              const uint32_t *own);

/* Give every copy the owner's item of `size` bytes in x. False when memory is out, on all ranks. */
bool halo_spread(const struct halo *halo, void *x, size_t size);

/* Give every owner the sum of what it and the copies have; copies keep theirs. The same of the largest. False when
 * memory is out, on all ranks. */
bool halo_collect(const struct halo *halo, struct dd *x);
bool halo_collect_greatest(const struct halo *halo, double *x);

/* Safe on a zeroed struct; leaves it zeroed. */
void halo_free(struct halo *halo);

#endif
