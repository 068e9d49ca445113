/* Semismooth Newton method on the augmented Lagrangian.
 *
 * Phi is convex and piecewise quadratic: with the conducting knees held, it is a quadratic function whose Hessian is
 * the Laplacian with a conductance w for each of them. The pattern with all knees is analysed once. Each step solves
 * for the minimum of the present piece and goes to the exact minimum on the line towards it; when a full step ends in
 * the piece that it was made for, it is the minimum of Phi. Convergence is global and finite.
 *
 * Bends are replaced by tangents. A step on these may lead a steep bend far beyond its current, or a flat one far short
 * of it. So the next tangent is taken neither at the voltage reached there nor at the current, but where the bend meets
 * a straight line between the two, of a conductance like that of its surroundings: each bend alone, solved exactly.
 * That is Thevenin's at its nodes, from the factor of the step, so that the other bends count as they conduct now;
 * where the factor is not looked into, what the resistors offer. No step is damped by the steepest bend; near the
 * minimum it is Newton's method. Should that not converge, steps along tangents at x with a line search on Phi do, from
 * wherever it left off, since Phi is convex. Source: Qi and Sun 1993, Mathematical Programming 58; DESIGN section 3. */
#ifndef OPSPICE_NEWTON_H
#define OPSPICE_NEWTON_H

#include "linear/cholesky.h"
#include "convex/lagrangian.h"
#include "linear/star_mesh.h"
#include "convex/info.h"

struct newton {
    struct laplacian H;         /* pattern of L with all knees */
    double *base;               /* [H.p[n]] values of L on it */
    bool behind;                /* L has other values by now */
    struct knee_entry {
        int32_t ij, ji, ii, jj; /* places in H.x; -1: none */
    } *entry;                   /* [knees], then [bends] */
    struct companion *tangent;    /* [bends] */
    struct companion *kept;       /* [bends] work */
    /* [bends] conductance that a bend meets at its nodes, for one of those in parallel, S: as last seen */
    double *around;
    double *gradient, *d, *before, *most, *rest; /* [n] work */
    bool *active, *held;        /* [knees] conducting at x; in the last factor */
    double *slope;              /* [bends] S, in the last factor */
    bool factored;              /* the present minimisation has a factor */
    double *ground;             /* [n] S to ground, work */
    struct cholesky *cholesky;
    struct star_mesh mesh;           /* in its place while `meshed` */
    bool meshed;
};

/* Analyse a program. newton is zeroed before. False when memory is out. */
bool newton_new(struct newton *newton, const struct qp *qp);

/* Take over the values of L anew. */
void newton_revalue(struct newton *newton, const struct qp *qp);

/* Tangents at the voltages of x; and where each bend is met from x, to which the present tangents led: bold at first,
 * later closer to the bend's own slope. */
void newton_touch(struct newton *newton, const struct qp *qp, const double *x);
void newton_meet(struct newton *newton, const struct qp *qp, const double *x, bool bold);

/* Minimise Phi from x, in place. SOLVE_OK, SOLVE_STALLED (x is the best point met) or SOLVE_NO_MEMORY. */
enum solve_status newton_minimise(struct newton *newton, struct lagrangian *lagrangian, double *x,
                                  struct solve_info *info);

/* The minimum of a program without knees, to rounding, in place: Phi is minimised until anchors have no current. What x
 * brings in decides the potentials of parts without a tie to ground. */
enum solve_status newton_settle(struct newton *newton, struct lagrangian *lagrangian, double *x,
                                struct solve_info *info);

void newton_free(struct newton *newton);

#endif
