#include "grid/ranks.h"

#include "util/array.h"
#include <limits.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool ranks_begin(struct ranks *ranks, int *argc, char ***argv)
{
    int level;
    return MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &level) == MPI_SUCCESS &&
           MPI_Comm_rank(MPI_COMM_WORLD, &ranks->rank) == MPI_SUCCESS &&
           MPI_Comm_size(MPI_COMM_WORLD, &ranks->count) == MPI_SUCCESS;
}

void ranks_finish(void)
{
    MPI_Finalize();
}

void ranks_rest(void)
{
    const struct timespec nap = {.tv_nsec = 1000000};
    MPI_Request all;
    int come = 0;
    MPI_Ibarrier(MPI_COMM_WORLD, &all);
    while (MPI_Test(&all, &come, MPI_STATUS_IGNORE) == MPI_SUCCESS && !come)
        nanosleep(&nap, NULL);
}

_Noreturn void ranks_end(int status)
{
    MPI_Abort(MPI_COMM_WORLD, status);
    abort();
}

bool ranks_all(bool is_so)
{
    int one = is_so, all = 0;
    MPI_Allreduce(&one, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    return all;
}

bool ranks_any(bool is_so)
{
    return !ranks_all(!is_so);
}

void ranks_sum(double *x, int n)
{
    MPI_Allreduce(MPI_IN_PLACE, x, n, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
}

void ranks_greatest(double *x, int n)
{
    MPI_Allreduce(MPI_IN_PLACE, x, n, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
}

void ranks_count(int64_t *x, int n)
{
    MPI_Allreduce(MPI_IN_PLACE, x, n, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
}

int64_t ranks_before(const struct ranks *ranks, int64_t own, int64_t *total)
{
    int64_t before = 0;
    MPI_Exscan(&own, &before, 1, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    *total = own;
    ranks_count(total, 1);
    return ranks->rank == 0 ? 0 : before;
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

/* Messages of at most so many bytes: MPI counts them in an int. */
enum { MOST_BYTES = 1 << 30, TAG = 1 };

/* Give rank `to` bytes and take others' at the same time, in messages that MPI can count. */
static void swap(int to, const char *give, size_t given, int from, char *take, size_t taken)
{
    while (given > 0 || taken > 0) {
        size_t out = given < MOST_BYTES ? given : MOST_BYTES, in = taken < MOST_BYTES ? taken : MOST_BYTES;
        MPI_Sendrecv(give, (int)out, MPI_BYTE, out > 0 ? to : MPI_PROC_NULL, TAG, take, (int)in, MPI_BYTE,
                     in > 0 ? from : MPI_PROC_NULL, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE); /* one side may be done */
        give += out;
        take += in;
        given -= out;
        taken -= in;
    }
}

/* Where the items of each rank begin. Returns the sum. */
static int64_t add_up(const struct ranks *ranks, const int64_t *count, int64_t *begin)
{
    int64_t sum = 0;
    for (int r = 0; r < ranks->count; r++) {
        begin[r] = sum;
        sum += count[r];
    }
    return sum;
}

bool ranks_exchange(const struct ranks *ranks, const void *give, const int64_t *count, size_t size, void *taken,
                    int64_t *took)
{
    int64_t *begin = array_new((size_t)ranks->count, 2 * sizeof *begin), *into = begin + ranks->count, total = 0;
    if (!ranks_all(begin)) {
        free(begin);
        return false;
    }
    MPI_Alltoall(count, 1, MPI_INT64_T, took, 1, MPI_INT64_T, MPI_COMM_WORLD);
    add_up(ranks, count, begin);
    total = add_up(ranks, took, into);
    char *room = array_new((size_t)total, size);
    if (!ranks_all(room)) {
        free(begin);
        free(room);
        return false;
    }
    for (int step = 0; step < ranks->count; step++) {
        int to = (ranks->rank + step) % ranks->count, from = (ranks->rank + ranks->count - step) % ranks->count;
        swap(to, (const char *)give + (size_t)begin[to] * size, (size_t)count[to] * size, from,
             room + (size_t)into[from] * size, (size_t)took[from] * size);
    }
    free(begin);
    memcpy(taken, &room, sizeof room);
    return true;
}

bool ranks_gather(const struct ranks *ranks, const void *own, int64_t count, size_t size, void *all, int64_t *total,
                  int64_t *from)
{
    int64_t *counts = array_new((size_t)ranks->count, 2 * sizeof *counts), *into = counts + ranks->count;
    if (!ranks_all(counts)) {
        free(counts);
        return false;
    }
    MPI_Allgather(&count, 1, MPI_INT64_T, counts, 1, MPI_INT64_T, MPI_COMM_WORLD);
    *total = add_up(ranks, counts, into);
    char *room = array_new((size_t)*total, size);
    if (!ranks_all(room)) {
        free(counts);
        free(room);
        return false;
    }
    for (int step = 0; step < ranks->count; step++) {
        int to = (ranks->rank + step) % ranks->count, r = (ranks->rank + ranks->count - step) % ranks->count;
        swap(to, own, (size_t)count * size, r, room + (size_t)into[r] * size, (size_t)counts[r] * size);
    }
    if (from)
        memcpy(from, counts, (size_t)ranks->count * sizeof *from);
    free(counts);
    memcpy(all, &room, sizeof room);
    return true;
}

bool ranks_gather_first(const struct ranks *ranks, const void *own, int64_t count, size_t size, void *all,
                        int64_t *total, int64_t *from)
{
    int64_t *counts = array_new((size_t)ranks->count, 2 * sizeof *counts), *into = counts + ranks->count;
    bool is_first = ranks->rank == 0;
    if (!ranks_all(counts)) {
        free(counts);
        return false;
    }
    MPI_Allgather(&count, 1, MPI_INT64_T, counts, 1, MPI_INT64_T, MPI_COMM_WORLD);
    *total = add_up(ranks, counts, into);
    char *room = is_first ? array_new((size_t)*total, size) : NULL;
    if (!ranks_all(room || !is_first)) {
        free(counts);
        free(room);
        return false;
    }
    for (int r = 0; r < ranks->count; r++) {
        if (is_first && r == 0)
            memcpy(room, own, (size_t)count * size);
        else if (is_first)
            swap(MPI_PROC_NULL, NULL, 0, r, room + (size_t)into[r] * size, (size_t)counts[r] * size);
        else if (r == ranks->rank)
            swap(0, own, (size_t)count * size, MPI_PROC_NULL, NULL, 0);
    }
    if (from)
        memcpy(from, counts, (size_t)ranks->count * sizeof *from);
    free(counts);
    memcpy(all, &room, sizeof room);
    return true;
}

void ranks_send(int to, const void *bytes, size_t size)
{
    swap(to, bytes, size, MPI_PROC_NULL, NULL, 0);
}

void ranks_receive(int from, void *bytes, size_t size)
{
    swap(MPI_PROC_NULL, NULL, 0, from, bytes, size);
}

void ranks_spread(int from, void *bytes, size_t size)
{
    for (char *at = bytes; size > 0;) {
        size_t part = size < MOST_BYTES ? size : MOST_BYTES;
        MPI_Bcast(at, (int)part, MPI_BYTE, from, MPI_COMM_WORLD);
        at += part;
        size -= part;
    }
}

/* ---- sums -------------------------------------------------------------------------------------------------------- */

/* MPI's view of a pair: added in the order of the ranks, so that all get the same. */
static void add_pairs(void *in, void *sum, int *n, MPI_Datatype *type)
{
    const struct dd *x = in;
    struct dd *y = sum;
    (void)type;
    for (int q = 0; q < *n; q++)
        y[q] = dd_add(x[q], y[q]);
}

void ranks_sum_finely(struct dd *x, size_t n)
{
    enum { PART = 1 << 24 };
    MPI_Datatype pair;
    MPI_Op add;
    MPI_Type_contiguous(2, MPI_DOUBLE, &pair);
    MPI_Type_commit(&pair);
    MPI_Op_create(add_pairs, 0, &add);
    for (size_t at = 0; at < n; at += PART)
        MPI_Allreduce(MPI_IN_PLACE, x + at, (int)(n - at < PART ? n - at : PART), pair, add, MPI_COMM_WORLD);
    MPI_Op_free(&add);
    MPI_Type_free(&pair);
}
