#include "util/threads.h"

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

#else

int threads_wanted(int option)
{
    (void)option;
    return 1;
}

int threads_ready(int wanted)
{
    (void)wanted;
    return 1;
}

#endif
