/* A clock that never goes back. */
#ifndef OPSPICE_CLOCK_H
#define OPSPICE_CLOCK_H

#include <time.h>

/* Seconds since some moment. */
static inline double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Add to *total what has passed since *mark, and set the mark anew. Seconds. */
static inline void clock_lap(double *mark, double *total)
{
    double now = clock_seconds();
    *total += now - *mark;
    *mark = now;
}

#endif
