#include "util/threads.h"

#include "util/array.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef _OPENMP

#include <assert.h>
#include <omp.h>

static void *wait_for_gate(void *gate)
{
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

/* So many further threads can run at the same time. */
static int count_further(int wanted)
{
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t *thread = array_new((size_t)wanted, sizeof *thread);
    int made = 0;
    pthread_mutex_lock(&gate);
    while (thread && made < wanted && pthread_create(&thread[made], NULL, wait_for_gate, &gate) == 0)
        made++;
    pthread_mutex_unlock(&gate);
    for (int t = 0; t < made; t++)
        pthread_join(thread[t], NULL);
    free(thread);
    pthread_mutex_destroy(&gate);
    return made;
}

int threads_ready(int wanted)
{
    assert(wanted >= 1);
    if (wanted == 1)
        return 1;
    int ready = 1 + count_further(wanted - 1);
    /* OpenMP keeps the threads of a region for the next one; their stacks are those that have just been given back. */
#pragma omp parallel num_threads(ready) if (ready > 1)
    {
    }
    return ready;
}

int threads_wanted(int option)
{
    return option > 0 ? option : omp_get_num_procs();
}

bool threads_is_caller(void)
{
    return omp_get_thread_num() == 0;
}

#else

int threads_wanted(int option)
{
    (void)option;
    return 1;
}

bool threads_is_caller(void)
{
    return true;
}

int threads_ready(int wanted)
{
    (void)wanted;
    return 1;
}

#endif

int threads_for(int option, size_t pieces)
{
    int threads = threads_wanted(option);
    return threads_ready((size_t)threads < pieces ? threads : (int)pieces);
}

/* ---- pages ------------------------------------------------------------------------------------------------------- */

size_t memory_ahead(size_t size, size_t most, struct memory_range *range)
{
    size_t ranges = 0;
    void *block = NULL;
    for (; ranges < most && size >= MEMORY_BLOCK; ranges++, size -= MEMORY_BLOCK) {
        block = malloc(MEMORY_BLOCK);
        if (!block || (char *)block > (char *)sbrk(0)) /* memory of its own, which goes when it is given back */
            break;
        range[ranges] = (struct memory_range){block, MEMORY_BLOCK};
        block = NULL;
    }
    free(block);
    for (size_t r = ranges; r-- > 0;)
        free(range[r].memory);
    return ranges;
}

struct populating {
    pthread_t thread;
    atomic_bool ended;
    size_t ranges;
    struct memory_range range[];
};

#ifdef MADV_POPULATE_WRITE

enum { PAGE = 1 << 12, PIECE = 1 << 21 };

static void *populate(void *context)
{
    struct populating *populating = context;
    for (size_t r = 0; r < populating->ranges; r++) {
        const struct memory_range *range = &populating->range[r];
        uintptr_t at = ((uintptr_t)range->memory + PAGE - 1) / PAGE * PAGE;
        const uintptr_t end = ((uintptr_t)range->memory + range->size) / PAGE * PAGE;
        while (at < end && !atomic_load_explicit(&populating->ended, memory_order_relaxed)) {
            uintptr_t next = end - at < PIECE ? end : (at + PIECE) / PIECE * PIECE;
            at = madvise((void *)at, next - at, MADV_POPULATE_WRITE) == 0 ? next : end;
        }
    }
    return NULL;
}

struct populating *threads_populate(size_t ranges, const struct memory_range *range)
{
    const size_t least = (size_t)1 << 25; /* what takes longer than to make a thread, by far */
    size_t size = 0;
    for (size_t r = 0; r < ranges; r++)
        size += range[r].size;
    if (size < least || threads_wanted(0) < 2)
        return NULL;
    struct populating *populating = array_new(1, sizeof *populating + ranges * sizeof *range);
    if (!populating)
        return NULL;
    populating->ranges = ranges;
    memcpy(populating->range, range, ranges * sizeof *range);
    if (pthread_create(&populating->thread, NULL, populate, populating) == 0)
        return populating;
    free(populating);
    return NULL;
}

#else

struct populating *threads_populate(size_t ranges, const struct memory_range *range)
{
    (void)ranges, (void)range;
    return NULL;
}

#endif

void threads_end_populating(struct populating *populating)
{
    if (!populating)
        return;
    atomic_store_explicit(&populating->ended, true, memory_order_relaxed);
    pthread_join(populating->thread, NULL);
    free(populating);
}
