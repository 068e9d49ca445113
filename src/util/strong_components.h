/* Strongly connected components: nodes that arcs lead to from each other.
 * Source: Tarjan 1972, "Depth-first search and linear graph algorithms", without recursion. */
#ifndef OPSPICE_STRONG_COMPONENTS_H
#define OPSPICE_STRONG_COMPONENTS_H

#include <stddef.h>
#include <stdint.h>

/* All [nodes]. */
struct strong_components {
    uint32_t *component; /* out: the same for all nodes of a component */
    uint32_t *index, *next, *open, *path; /* work */
};

/* The arcs of node v lead to to[start[v] .. start[v + 1]). */
void strong_components_find(const struct strong_components *components, uint32_t nodes, const size_t *start,
                            const uint32_t *to);

#endif
