/* Threads that walk through the same steps, each doing its share. */
#ifndef OPSPICE_DRN_TEAM_H
#define OPSPICE_DRN_TEAM_H

#include <stddef.h>

struct team {
    size_t rank, size;
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

/* Wait for the others; all members call it. */
static inline void team_meet(struct team team)
{
    if (team.size > 1) {
#pragma omp barrier
    }
}

#endif
