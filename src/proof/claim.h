/* What is claimed of a circuit, for a proof to judge. */
#ifndef OPSPICE_CLAIM_H
#define OPSPICE_CLAIM_H

#include "circuit/circuit.h"
#include "circuit/operating_point.h"
#include "util/double_double.h"

struct claim {
    const struct circuit *circuit;
    const double *hi, *lo; /* [nodes] V, potentials are hi + lo; lo NULL: all 0 */
    const double *i;       /* [elements] A */
};

static inline struct claim claim_of(const struct circuit *circuit, const struct operating_point *op)
{
    return (struct claim){circuit, op->voltage, op->low, op->current};
}

/* Of a node, V. */
static inline struct dd claim_potential(const struct claim *claim, uint32_t node)
{
    return (struct dd){claim->hi[node], claim->lo ? claim->lo[node] : 0};
}

#endif
