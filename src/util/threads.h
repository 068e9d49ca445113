/* Threads that can be had. */
#ifndef OPSPICE_THREADS_H
#define OPSPICE_THREADS_H

#include <stdbool.h>
#include <stddef.h>

/* How many threads of at most `wanted` >= 1 may share a parallel region that comes next: as many as the system lets run
 * now. GNU's OpenMP ends the program where it cannot make a thread; this makes them first. It takes some ten
 * microseconds a thread. */
int threads_ready(int wanted);

/* Memory that is going to be written. */
struct memory_range {
    void *memory;
    size_t size;
};

/* Where in its heap malloc() will take the next `size` bytes from, as far as that can be known: at most `most` ranges
 * of MEMORY_BLOCK bytes, of which nothing is kept. Returns how many; 0 where it takes so large blocks from elsewhere,
 * as in a process that has not been told otherwise. */
enum { MEMORY_BLOCK = 1 << 28 };
size_t memory_ahead(size_t size, size_t most, struct memory_range *range);

/* Let a thread of its own fetch the pages of some ranges, one after the other, which the first who writes there would
 * wait for; what is in them stays. It waits for nobody, and nobody for it: where the caller comes first it finds them
 * done. NULL where there is no second processor, no thread to be had or nothing to do. Memory that is given back
 * meanwhile is passed over. */
struct populating;
struct populating *threads_populate(size_t ranges, const struct memory_range *range);

/* End it, done or not. NULL is allowed. */
void threads_end_populating(struct populating *populating);

/* The number of threads that an option stands for: 0: one for each processor. 1 where there is no OpenMP. */
int threads_wanted(int option);

/* How many of these may share so many pieces of work, at least one: see threads_ready. */
int threads_for(int option, size_t pieces);

/* Is this the thread that has called the parallel region it is in, or is it in none? */
bool threads_is_caller(void);

#endif
