#include "util/threads.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

void threads_populate(int threads, void *memory, size_t size)
{
#ifdef MADV_POPULATE_WRITE
    enum { PAGE = 1 << 12, PIECE = 1 << 21 };
    const uintptr_t start = ((uintptr_t)memory + PAGE - 1) / PAGE * PAGE, end = ((uintptr_t)memory + size) / PAGE * PAGE;
    const size_t pieces = start < end ? (end - start + PIECE - 1) / PIECE : 0;
    (void)threads;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t p = 0; p < pieces; p++) {
        uintptr_t at = start + p * PIECE;
        int why = errno;
        madvise((void *)at, end - at < PIECE ? end - at : PIECE, MADV_POPULATE_WRITE);
        errno = why;
    }
#else
    (void)threads, (void)memory, (void)size;
#endif
}

#ifdef _OPENMP

#include "util/array.h"
#include <assert.h>
#include <omp.h>
#include <pthread.h>
#include <stdlib.h>

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
