/* The plain junctions (laws/junctions.h) of a circuit's equations, whose laws are evaluated together. */
#ifndef OPSPICE_PLAIN_JUNCTIONS_H
#define OPSPICE_PLAIN_JUNCTIONS_H

#include "circuit/circuit.h"

struct equations;

#define JUNCTION_NOWHERE UINT32_MAX /* a derivative or an equation that is not there */

struct plain_junctions {
    uint32_t count;
    struct plain_junction {
        uint32_t element;
        uint32_t a, k;            /* unknowns, JUNCTION_NOWHERE of ground */
        uint32_t row_a, row_k;    /* equations */
        uint32_t place[4];        /* where derivatives stand: of a by a, by k; of k by a, by k */
    } *junction;                  /* [count] by element */
    double *is, *vt;              /* [junctions_padded(count)] A, V */
    double *g_off, *multiple;     /* [count] S; how many in parallel */
    double *u, *i, *slope;        /* the same; V; A and S of the exponentials alone */
    uint64_t values;              /* of which version of the circuit's values these are; 0: none */
    void *block;
};

/* junctions is zeroed before; the pattern of the equations is there. False when memory is out. */
bool plain_junctions_find(struct plain_junctions *junctions, const struct equations *equations);

/* Is element e one, where the answers before it were asked for in ascending order? *next: 0 at first. */
static inline bool plain_junctions_has(const struct plain_junctions *junctions, uint32_t e, uint32_t *next)
{
    if (*next == junctions->count || junctions->junction[*next].element != e)
        return false;
    ++*next;
    return true;
}

/* u, i and slope at the potentials x [n]. */
void plain_junctions_evaluate(struct plain_junctions *junctions, const struct circuit *circuit, const double *x);

/* Safe on a zeroed struct; leaves it zeroed. */
void plain_junctions_free(struct plain_junctions *junctions);

#endif
