/* Currents of voltage-defined branches, which their voltages do not tell: voltage sources, shorts, conducting ideal
 * diodes.
 *
 * Kirchhoff's law decides: the currents of a tree follow from its leaves. Where such branches form loops, the split is
 * not unique; of all splits in which no diode conducts backwards, the one of least norm is taken. That split is itself
 * an operating point: of the network in which each of them is one ohm (and an ideal diode, where it is one). */
#ifndef OPSPICE_LOOP_CURRENTS_H
#define OPSPICE_LOOP_CURRENTS_H

#include "circuit/forest.h"
#include "convex/info.h"
#include "util/double_double.h"

struct loop_currents {
    uint32_t nodes;                 /* node 0 is ground: it takes and gives any current; those without edges are not
                                       looked at */
    uint32_t edges;
    const struct forest_edge *edge; /* [edges] */
    const bool *one_way;            /* [edges] a diode: current only from a to k */
    const struct dd *supply;        /* [nodes] current to be led away from the node by its edges, A */
    const uint64_t *leaving;        /* [nodes] of struct tree_currents */
    const double *size;             /* [nodes] the sum of the magnitudes that supply is made of, A */
};

/* f    [edges] out: current of each edge from a to k, A. A diode of a tree with a negative one should not
 *      conduct; where that is rounding, it is 0
 * loop [edges] out, or NULL: the branch could have another current, since other splits have the right signs too
 * SOLVE_STALLED: loops with no split of the right signs. */
enum solve_status loop_currents_solve(const struct loop_currents *loops, double *f, bool *loop,
                                      struct solve_info *info);

#endif
