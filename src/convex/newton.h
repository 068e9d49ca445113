/* Semismooth Newton method on the augmented Lagrangian: the matrix that its kinds share (newton.c), knees alone
 * (newton_knees.c), and curved laws (newton_curved.c).
 *
 * Letters:  H  Hessian of Phi, S      d  direction, V      g  conductance of a knee or of a companion in H, S */
#ifndef OPSPICE_NEWTON_H
#define OPSPICE_NEWTON_H

#include "convex/info.h"
#include "convex/lagrangian.h"
#include "linear/factor.h"
#include "linear/stamp.h"
#include "util/watch.h"

/* Newton's method on knees takes few steps, or as many as diodes close one after the other. */
enum { NEWTON_FEW_STEPS = 20, NEWTON_MANY_STEPS = 100 };

struct newton {
    struct laplacian H;   /* pattern of L with all knees and curved branches */
    double *base;         /* [H.p[n]] S, L on it, */
    uint64_t loaded;      /* and the qp->version of its values */
    struct stamp *stamp;  /* [knees], then [nonlinears] */
    double *g;            /* [knees], then [nonlinears] S, what each adds to H; 0: nothing */
    double *ground;       /* [n] S, what H has to ground */
    struct factor *factor;
    struct watch *watch;  /* or NULL */
    double *gradient, *d; /* [n] A, V, work */
    bool *active;         /* [knees] conducting at x */
    int knee_steps;       /* after which newton_minimise_knees gives up: one of the two above */
    /* [nonlinears] the straight line that stands for each curved branch, and what stood for it before */
    struct companion *companion, *kept;
    double *surroundings; /* [nonlinears] S, what each meets at its nodes, for one of those in parallel: as last seen */
    void *block;
};

/* Analyse a program, for factors as they are chosen. newton is zeroed before. False when memory is out. */
bool newton_new(struct newton *newton, const struct qp *qp, enum factor_choice linear);

/* The resistors have other values. */
void newton_revalue(struct newton *newton, const struct qp *qp);

/* Safe on a zeroed struct; leaves it zeroed. */
void newton_free(struct newton *newton);

/* ---- newton.c: the matrix ---- */

/* H = L and g of each branch. */
void newton_assemble(struct newton *newton, const struct qp *qp);

/* Factor H + diag(anchor); anchor [n] S. SOLVE_STALLED where it is not definite. */
/* SOLVE_STALLED also where the watch says so. */
enum solve_status newton_factor(struct newton *newton, const double *anchor, enum factor_care care,
                                struct solve_info *info);

/* d = -(H + diag(anchor))^-1 gradient, with the last factor. */
enum solve_status newton_direction(struct newton *newton);

/* x += t d, where the search along d has ended at t. A t that is 1 but for rounding is made 1. Sets the active knees by
 * the order of t and of each knee's breakpoint on the line: where t is close behind one, the rounded excess at the new
 * x cannot tell. Returns t. */
double newton_move(struct newton *newton, const struct lagrangian *lagrangian, double t, double *x);

/* ---- minima ---- */

/* Minimise Phi from x, in place. SOLVE_OK, SOLVE_STALLED (x is the best point met) or SOLVE_NO_MEMORY. */
enum solve_status newton_minimise(struct newton *newton, struct lagrangian *lagrangian, double *x,
                                  struct solve_info *info);

/* The minimum of a program without knees, to rounding, in place: Phi is minimised until anchors have no current. What x
 * brings in decides the potentials of parts without a tie to ground. */
enum solve_status newton_solve(struct newton *newton, struct lagrangian *lagrangian, double *x,
                               struct solve_info *info);

/* ---- newton_knees.c ---- */

/* newton_minimise for a program without curved laws.
 *
 * Phi is convex and piecewise quadratic: with the conducting knees held, it is a quadratic function whose Hessian is
 * the Laplacian with a conductance w for each of them. The pattern with all knees is analysed once. Each step solves
 * for the minimum of the present piece and goes to the exact minimum on the line towards it; when a full step ends in
 * the piece that it was made for, it is the minimum of Phi. Convergence is global and finite, but along a chain of
 * diodes that have to close one after the other it takes as many steps as these are: after knee_steps it gives up
 * (interior_point.h has no such chains). Source: Qi and Sun 1993, Mathematical Programming 58. */
enum solve_status newton_minimise_knees(struct newton *newton, struct lagrangian *lagrangian, double *x,
                                        struct solve_info *info);

/* ---- newton_curved.c ---- */

/* newton_minimise for a program with curved laws, whose companions take the place of them.
 *
 * A step on companions may lead a steep law far beyond its current, or a flat one far short of it. So the next
 * companion is taken neither at the voltage reached there nor at the current, but where the law meets a straight line
 * between the two, of a conductance like that of its surroundings: each law alone, solved exactly. That is Thevenin's
 * at its nodes, from the factor of the step, so that the other laws count as they conduct now; where the factor is not
 * looked into, what the resistors offer. No step is damped by the steepest law; near the minimum it is Newton's method.
 * Should that not converge, steps along companions at x with a line search on Phi do, from wherever it left off, since
 * Phi is convex. */
enum solve_status newton_minimise_curved(struct newton *newton, struct lagrangian *lagrangian, double *x,
                                         struct solve_info *info);

/* Companions at the voltages of x; and where each law is met from x, to which the present companions led: bold at
 * first, later closer to the law's own slope. */
void newton_touch(struct newton *newton, const struct qp *qp, const double *x);
void newton_meet(struct newton *newton, const struct qp *qp, const double *x, bool bold);

/* surroundings from the resistors at the nodes. */
void newton_look_around(struct newton *newton, const struct qp *qp);

#endif
