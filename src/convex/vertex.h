/* The exact answer for a set of conducting knees: conducting constraints are contracted, not penalised.
 *
 * With the set right, s = 0 on its constraints to the last digit, the rest is a linear circuit, and multipliers follow
 * from Kirchhoff's law. With the set wrong, the signs tell which knees to change. */
#ifndef OPSPICE_VERTEX_H
#define OPSPICE_VERTEX_H

#include "convex/contraction.h"
#include "convex/info.h"

/* Of the circuit's largest voltage: a finite knee beyond its threshold by less may as well block. */
static const double vertex_floor = 1e-20;

struct vertex {
    double *x;      /* [n] V: in, potentials that floating parts keep at their references; out, the answer */
    double *f;      /* [knees] A: current of each knee */
    bool *conducts; /* [knees] in: the set; out: the set that the answer's signs ask for */
    uint32_t wrong; /* out: knees whose entry in `conducts` changed */
    bool consistent; /* out: the set has an answer at all (loops close, floating parts have no net current) */
};

/* Solve for the set in vertex->conducts. contraction: zeroed, or that of the last call for this program, whose factor
 * serves again where the set is the same. SOLVE_OK also when knees are wrong: look at wrong and consistent. */
enum solve_status vertex_solve(struct vertex *vertex, struct contraction *contraction, const struct qp *qp,
                               struct solve_info *info);

#endif
