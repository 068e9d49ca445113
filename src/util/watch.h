/* Long work that may be ended: it asks between its steps, from whatever thread. */
#ifndef OPSPICE_WATCH_H
#define OPSPICE_WATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct watch {
    const atomic_int *interrupt;  /* not 0: end; NULL: go on always */
    void (*poll)(void *context);  /* called some times a second by the thread that has begun the work; NULL: nobody */
    void *context;
    double work, next;            /* since the clock was looked at; when to call again, s. Of that thread alone */
};

/* Is it to end? interrupt NULL: no. */
static inline bool interrupt_is_set(const atomic_int *interrupt)
{
    return interrupt && atomic_load_explicit(interrupt, memory_order_relaxed) != 0;
}

/* Shall work end? steps: how many operations the next step takes, about. watch NULL: no. */
bool watch_ends(struct watch *watch, size_t steps);

/* The same without a step. */
static inline bool watch_has_ended(const struct watch *watch)
{
    return watch && interrupt_is_set(watch->interrupt);
}

#endif
