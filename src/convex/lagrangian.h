/* The augmented Lagrangian of the convex program: constraints become knees of finite slope whose threshold is moved
 * until they hold.
 *
 * Each knee k carries the current f = w max(0, s + lambda / w), s = x_i - x_j - c. For a knee of finite g, w = g and
 * lambda = 0: nothing is approximated. For a constraint, w is a penalty conductance (a resistor 1/w in series with an
 * EMF, in circuit terms) and the multiplier step lambda <- f moves the EMF: at the fixed point s <= 0, f >= 0, f s = 0.
 * A part of the circuit that only diodes tie to ground has no unique minimum of its own: one anchor conductance a to
 * the point z of the last outer step keeps it definite (proximal point), and does not move the fixed point.
 *
 *   Phi(x) = 1/2 x'Lx - b'x + sum 1/2 w max(0, s + lambda / w)^2 + sum m R(u) + sum 1/2 a (x - z)^2
 *
 * Source: Rockafellar 1976, proximal method of multipliers. */
#ifndef OPSPICE_LAGRANGIAN_H
#define OPSPICE_LAGRANGIAN_H

#include "convex/qp.h"

/* Where the curvature of a piecewise quadratic function of one variable jumps, and by how much. */
struct breakpoint {
    double t, jump;
    bool below; /* the curvature is there below t, not above */
};

/* For qsort: ascending t. */
int breakpoint_order(const void *p, const void *q);

enum { ANCHOR_DECAYS = 3 };

struct lagrangian {
    const struct qp *qp;
    double *w;      /* [knees] S */
    double *lambda; /* [knees] A, >= 0 */
    double *gap;    /* [knees] V, how far from met the constraint was at the last multiplier step */
    double *anchor; /* [n] S, a */
    double *z;      /* [n] V */
    int decays;     /* multiplier steps that still weaken the anchors */
    double *slope;  /* [n] work */
    double *scale;  /* [n] work */
    struct breakpoint *point; /* [knees] work */
    void *block;
};

/* Penalties and anchors for a program; multipliers zero. False when memory is out. */
bool lagrangian_new(struct lagrangian *lagrangian, const struct qp *qp);

/* s + lambda / w of a knee: it conducts where this is positive. */
double lagrangian_excess(const struct lagrangian *lagrangian, uint32_t knee, const double *x);

/* gradient [n] = Lx - b + knee currents + currents of curved laws + anchor currents, A.
 * companion [nonlinears]: instead of the curved laws; NULL: the laws themselves
 * Returns the largest of its entries over the sum of the magnitudes it is made of: at a few eps x is a minimum. */
double lagrangian_gradient(const struct lagrangian *lagrangian, const double *x, const struct companion *companion,
                           double *gradient);

/* The exact minimiser t >= 0 of Phi(x + t d): the derivative is piecewise linear, its breakpoints are sorted.
 * gradient is that at x, with the same companions instead of curved laws.
 * Returns 0 when d is no direction of descent. */
double lagrangian_search(struct lagrangian *lagrangian, const double *x, const double *d, const double *gradient,
                         const struct companion *companion);

/* The same for the curved laws themselves, by a safeguarded root of the derivative, which increases. */
double lagrangian_search_nonlinear(struct lagrangian *lagrangian, const double *x, const double *d,
                                   const double *gradient);

/* z <- x: what the anchors hold. */
void lagrangian_hold(struct lagrangian *lagrangian, const double *x);

/* Anchors hold less, down to 1e-15 S: where they delay what curved laws alone move. */
void lagrangian_weaken(struct lagrangian *lagrangian);

/* lambda <- f for every constraint, z <- x; penalties of constraints that come no nearer are raised, and the anchors
 * are weakened while decays > 0. Returns the largest violation |min(-s, lambda / w)| of a constraint, V. */
double lagrangian_step(struct lagrangian *lagrangian, const double *x);

/* Safe on a zeroed struct. */
void lagrangian_free(struct lagrangian *lagrangian);

/* The largest voltage that plays a part in a program: potentials x and thresholds. V */
double voltage_scale(const struct qp *qp, const double *x);

/* The terms that a curved law's current f = m r(u), at a slope of r, is made of, A: what rounding of the potentials may
 * turn into current, at a corner of a table with the slope of the steeper side, and f itself. */
double nonlinear_size(const struct nonlinear_branch *branch, const double *x, double slope, double f);

/* x_i, or 0 for GROUND_UNKNOWN. */
static inline double at(const double *x, int32_t i)
{
    return i == GROUND_UNKNOWN ? 0 : x[i];
}

/* Add what flows from i to j to what leaves each unknown, [n]. */
static inline void add_flow(double *leaving, int32_t i, int32_t j, double flow)
{
    if (i != GROUND_UNKNOWN)
        leaving[i] += flow;
    if (j != GROUND_UNKNOWN)
        leaving[j] -= flow;
}

/* Add the size of something to both its ends, [n]. */
static inline void add_size(double *total, int32_t i, int32_t j, double size)
{
    add_flow(total, i, GROUND_UNKNOWN, size);
    add_flow(total, j, GROUND_UNKNOWN, size);
}

#endif
