/* The linear circuit: Lx = b by one factorisation, refined to the rounding floor. Where conductances span many decades,
 * nodes are eliminated without subtractions (mesh.h): residuals cannot tell then how good a solution is.
 *
 * A part without a conductance to ground has no unique potential: its lowest-numbered unknown is its reference and
 * keeps the potential that x brings in. */
#ifndef OPSPICE_LINEAR_H
#define OPSPICE_LINEAR_H

#include "convex/qp.h"
#include "linear/cholesky.h"
#include "linear/components.h"
#include "convex/info.h"
#include "linear/star_mesh.h"

struct linear {
    struct components parts;
    double *anchor;     /* [n] conductance that ties a part without ground to a potential in the factor, S; else 0 */
    double *reference;  /* [parts] V, potential that the lowest-numbered unknown came with */
    double *r, *d, *most; /* [n] work */
    double *kept;       /* [n] best point met */
    struct cholesky *cholesky;
    struct star_mesh mesh;   /* where conductances span too many decades for that; else n = 0 */
    bool factored;      /* tried */
    bool uneven;        /* conductances span decades: residuals within rounding are not enough */
    bool definite;      /* and succeeded */
};

/* Analyse the Laplacian of a program (its knees are not looked at). linear is zeroed before. small: where
 * all parts have ground and there are few unknowns, CHOLMOD is not needed. */
enum solve_status linear_new(struct linear *linear, const struct qp *qp, bool small, struct solve_info *info);

/* Solve for the present b, which is balanced on parts without ground. x [n]: references in, solution out. The first
 * call factors; the values of L are changed meanwhile, and restored. SOLVE_STALLED: L is not positive definite in this
 * precision, or a part without ground has a net current. */
enum solve_status linear_solve(struct linear *linear, struct qp *qp, double *x, struct solve_info *info);

void linear_free(struct linear *linear);

#endif
