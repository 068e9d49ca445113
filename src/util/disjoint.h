/* Disjoint sets of 0..n-1, each known by one of its members, the root: of[v] leads to it.
 * Source: Tarjan and van Leeuwen 1984, "Worst-case analysis of set union algorithms", path halving. */
#ifndef OPSPICE_DISJOINT_H
#define OPSPICE_DISJOINT_H

#include <stdbool.h>
#include <stdint.h>

/* Each number alone in its set. of [n] out. */
static inline void disjoint_init(uint32_t *of, uint32_t n)
{
    for (uint32_t v = 0; v < n; v++)
        of[v] = v;
}

/* The root of v's set. */
static inline uint32_t disjoint_root(uint32_t *of, uint32_t v)
{
    while (of[v] != v)
        v = of[v] = of[of[v]];
    return v;
}

/* Make one set of those of two numbers; false where they are one already. A root is the lowest number of its set. */
static inline bool disjoint_join(uint32_t *of, uint32_t v, uint32_t w)
{
    uint32_t a = disjoint_root(of, v), b = disjoint_root(of, w);
    of[a > b ? a : b] = a > b ? b : a;
    return a != b;
}

#endif
