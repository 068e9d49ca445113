/* Loops of small drops and sources (certificate.h): do they sum to zero? Nodes that branches join are a set, and know
 * how far each is above the one that it leads to. */
#ifndef OPSPICE_DROP_LOOPS_H
#define OPSPICE_DROP_LOOPS_H

#include "proof/branch.h"

/* A rise between nodes that sources, or small drops, join. */
struct rise {
    struct dd emf, drop; /* V */
};

struct drop_loops {
    uint32_t nodes;
    uint32_t *set;      /* [nodes] disjoint sets */
    struct rise *above; /* [nodes] of a node: above the one that its set leads to */
};

/* What a branch makes its first node rise above its other one, u being its voltage: a source that its loops have moved
 * rises by what it has. */
struct rise drop_loops_rise(const struct branch *branch, struct dd u);

/* Each node alone. */
void drop_loops_begin(const struct drop_loops *loops);

/* Join node a with node k, above which it rises by so much. False where they are joined already: then *left is what is
 * left over of that, V, and *floor what rounding can leave. */
bool drop_loops_join(const struct drop_loops *loops, uint32_t a, uint32_t k, struct rise by, double *left,
                     double *floor);

/* What is left over above the floor, over the drop that closes the loop, V. */
double drop_loops_relative(double left, double floor, double drop);

#endif
