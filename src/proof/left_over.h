/* What Kirchhoff's law leaves over in a linear circuit where the currents are those that the laws say at potentials of
 * twice a double's precision.
 *
 * Nodes that voltage sources and shorts join are one cluster, whose inner currents can be so that at all of its nodes
 * but one nothing is left over. So of any group of nodes no more is left over than the sum over all clusters of the
 * magnitudes of what is left over there. */
#ifndef OPSPICE_LEFT_OVER_H
#define OPSPICE_LEFT_OVER_H

#include "circuit/circuit.h"
#include "util/double_double.h"

struct left_over;

/* For a circuit of resistors, sources, shorts, opens and couplings that are gains (left_over_is_for), which must
 * outlive it. NULL when memory is out. */
struct left_over *left_over_new(const struct circuit *circuit);
bool left_over_is_for(const struct circuit *circuit);

/* That sum, A, rounding included, for the present values of the sources at hi + lo [nodes] V. INFINITY where a source
 * or a short has not its voltage, to rounding, or a number is not finite. */
double left_over_find(struct left_over *left, const double *hi, const double *lo);

/* Do the currents i [elements] A, of voltage sources and shorts too, sum up to no more than this at each node, A, what
 * their rounding makes of the sum aside? So it is with inner currents of which nothing is left over but at one node. */
bool left_over_holds(struct left_over *left, const double *i, double most);

/* The same with couplings, where the currents of branches that hold a voltage are given, held [elements] A, others are
 * not looked at: what is left over is summed over all nodes. current [elements] A out, as the laws say, or given;
 * missed [elements] V out, by how much a controlled voltage misses its law, 0 of others. What flows in branches where
 * `still`, whose voltage is rounding alone, is left over too. Where sources and shorts miss their voltages in the
 * rounding of twice the precision, potentials that differ by no more than all of that would have them: what this makes
 * of currents and controlled voltages, at most, is part of both. */
double left_over_find_coupled(struct left_over *left, const double *hi, const double *lo, const struct dd *held,
                              const bool *still, struct dd *current, double *missed);

/* For each voltage source and short in element order, the sum of magnitudes of the currents into its cluster, A, of
 * which its own current is a part. size [elements] out, 0 for others; i [elements] A. */
void left_over_sizes(const struct left_over *left, const double *i, double *size);

/* NULL is allowed. */
void left_over_free(struct left_over *left);

#endif
