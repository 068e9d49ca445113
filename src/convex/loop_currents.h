/* Currents of stiff branches, which their voltages do not tell: voltage sources, shorts, conducting ideal diodes.
 *
 * Kirchhoff's law decides: the currents of a tree follow from its leaves. Where stiff branches form loops, the split is
 * not unique; of all splits in which no diode conducts backwards, the one of least norm is taken. That split is itself
 * an operating point: of the network in which each stiff branch is one ohm (and an ideal diode, where it is one). */
#ifndef OPSPICE_LOOP_CURRENTS_H
#define OPSPICE_LOOP_CURRENTS_H

#include "circuit/forest.h"
#include "convex/info.h"

struct loop_currents {
    uint32_t nodes;                 /* node 0 is ground: it takes and gives any current */
    uint32_t edges;
    const struct forest_edge *edge; /* [edges] */
    const bool *one_way;            /* [edges] a diode: current only from a to k */
    const double *supply;           /* [nodes] current to be led away from the node by its edges, A */
    /* [nodes] rounding floor of supply, A: the heaviest node of each tree takes what is left over */
    const double *floor;
    bool clamp;                     /* a diode's negative current within the floor of what hangs on it is 0 */
};

/* f    [edges] out: current of each edge from a to k, A. A diode of a tree with a negative one should not conduct
 * loop [edges] out, or NULL: the branch could have another current, since other splits have the right signs too
 * SOLVE_STALLED: loops with no split of the right signs. */
enum solve_status loop_currents_solve(const struct loop_currents *flow, double *f, bool *loop, struct solve_info *info);

#endif
