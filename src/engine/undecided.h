/* What sums of outputs hang on that an answer leaves open: how high a part of the circuit floats, and how a loop
 * without resistance shares its current. */
#ifndef OPSPICE_UNDECIDED_H
#define OPSPICE_UNDECIDED_H

#include "circuit/operating_point.h"

#define UNDECIDED_NONE UINT32_MAX

/* The one or the other. */
struct undecided {
    uint32_t node;    /* of a part that floats, or UNDECIDED_NONE */
    uint32_t element; /* whose current a loop shares, or UNDECIDED_NONE */
};

/* Of the sum of node[n] v_n [nodes] and branch[e] i_e [elements], NULL: all 0. It is decided where the weights on each
 * part that floats sum up to 0, and those along each loop of shared currents do. False when memory is out. */
bool undecided_find(struct undecided *undecided, const struct circuit *circuit, const struct operating_point *op,
                    const double *node, const double *branch);

static inline bool undecided_is_any(const struct undecided *undecided)
{
    return undecided->node != UNDECIDED_NONE || undecided->element != UNDECIDED_NONE;
}

/* What is undecided, in words, into text [size]: "node b floats". */
void undecided_tell(const struct undecided *undecided, const struct circuit *circuit, char *text, size_t size);

/* weight [elements], of engine_adjoint: NAN where a change of the element leaves no answer, as that of a voltage source
 * in a loop of sources and shorts does, and of a current from one part to another that floats. */
void undecided_weights(const struct circuit *circuit, const struct operating_point *op, double *weight);

#endif
