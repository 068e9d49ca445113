/* Can currents find their way through one-way branches? */
#ifndef OPSPICE_MAX_FLOW_H
#define OPSPICE_MAX_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A branch that carries any current, one way. */
struct arc {
    uint32_t from, to;
};

/* Route supplies along arcs: a maximum flow from the parts with current to spare to those that lack it (Dinic 1970).
 *
 * supply [n]  net current into each part, A; they must add up to zero up to rounding
 * scale  [n]  sum of the magnitudes behind supply, A: what is smaller than 1e-12 of it is rounding
 * excess [n]  out: current that finds no way out (> 0) or no way in (< 0) of the part, A; 0 where all is well
 * False when memory is out. */
bool max_flow_solve(uint32_t n, const double *supply, const double *scale, const struct arc *arc, size_t arcs,
                   double *excess);

#endif
