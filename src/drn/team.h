/* Threads that walk through the same steps, each doing its share. */
#ifndef OPSPICE_DRN_TEAM_H
#define OPSPICE_DRN_TEAM_H

#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

/* Where members wait for each other, for one team at a time; zeroed before. */
struct team_arrivals {
    atomic_size_t arrived, round;
};

struct team {
    size_t rank, size;
    struct team_arrivals *arrivals; /* NULL for a team of one */
};

/* This member's share [*from, *to) of count pieces. */
static inline void team_share(struct team team, size_t count, size_t *from, size_t *to)
{
    *from = count * team.rank / team.size;
    *to = count * (team.rank + 1) / team.size;
}

/* The same in whole steps of `step`. */
static inline void team_share_steps(struct team team, size_t count, size_t step, size_t *from, size_t *to)
{
    team_share(team, (count + step - 1) / step, from, to);
    *from = *from * step < count ? *from * step : count;
    *to = *to * step < count ? *to * step : count;
}

/* Wait for the others; all members call it. Who waits long lets other threads run: on a busy machine it may be just the
 * one that is waited for, which OpenMP's barrier keeps from running for whole slices of time. */
static inline void team_barrier(struct team team)
{
    enum { TURNS_BEFORE_YIELDING = 2000 }; /* some ten microseconds; speed alone (validation/train measures it) */
    if (team.size == 1)
        return;
    struct team_arrivals *arrivals = team.arrivals;
    size_t round = atomic_load_explicit(&arrivals->round, memory_order_relaxed);
    if (atomic_fetch_add(&arrivals->arrived, 1) + 1 == team.size) {
        atomic_store_explicit(&arrivals->arrived, 0, memory_order_relaxed);
        atomic_store(&arrivals->round, round + 1);
        return;
    }
    for (int turns = 0; atomic_load(&arrivals->round) == round; turns++) {
        if (turns >= TURNS_BEFORE_YIELDING)
            sched_yield();
#ifdef __x86_64__
        else
            __builtin_ia32_pause();
#endif
    }
}

#endif
