/* Can currents find their way through branches that carry only so much, or nothing, in a direction? */
#ifndef OPSPICE_MAX_FLOW_H
#define OPSPICE_MAX_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A branch that carries current one way. */
struct arc {
    uint32_t from, to;
    double capacity; /* A, >= 0; INFINITY: any current */
};

struct max_flow;

/* Route what parts have to spare along arcs to parts that lack it, or to part 0, which takes all (Dinic 1970).
 *
 * supply [n]  net current into each part, A; that of part 0 does not matter
 * scale  [n]  sum of the magnitudes behind supply, A: what is smaller than 1e-12 of it is rounding
 * excess [n]  out: current that finds no way out of the part, A; 0 where all is well
 *
 * What parts lack is asked in the same way, of the opposite supplies and arcs; if both have no excess, one flow serves
 * all (Gale 1957). NULL when memory is out. */
struct max_flow *max_flow_new(uint32_t n, const double *supply, const double *scale, const struct arc *arc, size_t arcs,
                              double *excess);

/* The parts that the excess of part v can still reach: arcs that leave them are full. cut [n] */
void max_flow_cut(struct max_flow *flow, uint32_t v, bool *cut);

/* NULL is allowed. */
void max_flow_free(struct max_flow *flow);

#endif
