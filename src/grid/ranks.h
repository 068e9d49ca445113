/* The processes that share a circuit, and what they tell each other: the only file of the room that knows MPI.
 *
 * Each function is called by all ranks, in the same order. A rank that cannot go on ends all of them (ranks_end): what
 * is asked of MPI here either comes or does not come back. Memory that is out is told to all (ranks_all). */
#ifndef OPSPICE_RANKS_H
#define OPSPICE_RANKS_H

#include "util/double_double.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ranks {
    int rank, count; /* this one's number, 0 <= rank < count */
};

/* Begin; end, of all ranks. */
bool ranks_begin(struct ranks *ranks, int *argc, char ***argv);
void ranks_finish(void);

/* Wait until all ranks do, without taking time from one that works alone. */
void ranks_rest(void);

/* End all ranks at once with this exit status. */
_Noreturn void ranks_end(int status);

/* Is it so on all ranks? On one of them? */
bool ranks_all(bool is_so);
bool ranks_any(bool is_so);

/* Of all ranks, for each of x[0..n). */
void ranks_sum(double *x, int n);
void ranks_greatest(double *x, int n);
void ranks_count(int64_t *x, int n); /* sum */

/* The sum of all ranks' x[0..n), in the order of the ranks. */
void ranks_sum_finely(struct dd *x, size_t n);

/* The sum of `own` over all ranks before this one; *total of all. */
int64_t ranks_before(const struct ranks *ranks, int64_t own, int64_t *total);

/* What a rank gives each other: count[r] items of `size` bytes for rank r, one rank's after the other's in `give`.
 * *taken: those that came for this rank, by rank, to be freed; took[r] how many of rank r [ranks each]. False when
 * memory is out, on all ranks. */
bool ranks_exchange(const struct ranks *ranks, const void *give, const int64_t *count, size_t size, void *taken,
                    int64_t *took);

/* Everybody's `own` items of `size` bytes, by rank, for all of them. *all is to be freed; *total how many; from [ranks]
 * how many of each, or NULL. False when memory is out, on all ranks. */
bool ranks_gather(const struct ranks *ranks, const void *own, int64_t count, size_t size, void *all, int64_t *total,
                  int64_t *from);

/* The same for rank 0 alone; the others get NULL. */
bool ranks_gather_first(const struct ranks *ranks, const void *own, int64_t count, size_t size, void *all,
                        int64_t *total, int64_t *from);

/* One rank's bytes, one or more, for another that takes just so many. */
void ranks_send(int to, const void *bytes, size_t size);
void ranks_receive(int from, void *bytes, size_t size);

/* Rank `from`'s bytes for all. */
void ranks_spread(int from, void *bytes, size_t size);

#endif
