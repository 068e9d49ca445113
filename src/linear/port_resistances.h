/* What currents into some nodes of a network, its ports, and out of ground do to their potentials: the entries of
 * (L + diag(ground))^-1 that these name, in doubles. Of iterations, as factor_set_accuracy has it. */
#ifndef OPSPICE_PORT_RESISTANCES_H
#define OPSPICE_PORT_RESISTANCES_H

#include "linear/factor.h"

/* unknown [ports] of L, GROUND_UNKNOWN where a port is held at 0 V; ohm [ports][ports] out, zeroed before, the first
 * index is that of the current. n: the unknowns of the factor. */
enum factor_status port_resistances(struct factor *factor, int32_t n, uint32_t ports, const int32_t *unknown,
                                    double *ohm);

/* The same of the `most` unknowns of L + diag(ground) that are nearest to the ports, all beyond being held at 0 V: less
 * than those of the whole, and those of a circuit as well. */
enum factor_status port_resistances_nearby(const struct laplacian *L, const double *ground, uint32_t ports,
                                           const int32_t *unknown, int32_t most, double *ohm);

#endif
