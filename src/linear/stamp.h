/* Where the conductance of a branch stands in a matrix. */
#ifndef OPSPICE_STAMP_H
#define OPSPICE_STAMP_H

#include "linear/laplacian.h"

struct stamp {
    int32_t ii, jj, ij, ji; /* places in L.x; negative: none, since an end is ground or both are one */
    int32_t ground;         /* the unknown that it joins to ground, or GROUND_UNKNOWN */
};

/* That of a branch between unknowns i and j, or GROUND_UNKNOWN, which are in the pattern. */
struct stamp stamp_find(const struct laplacian *L, int32_t i, int32_t j);

static inline void stamp_add_at(double *x, int32_t at, double g)
{
    if (at >= 0)
        x[at] += g;
}

/* Add g, S, to the matrix and to the conductances to ground [n]. */
static inline void stamp_add(const struct stamp *stamp, struct laplacian *L, double *ground, double g)
{
    stamp_add_at(L->x, stamp->ii, g);
    stamp_add_at(L->x, stamp->jj, g);
    stamp_add_at(L->x, stamp->ij, -g);
    stamp_add_at(L->x, stamp->ji, -g);
    stamp_add_at(ground, stamp->ground, g);
}

#endif
