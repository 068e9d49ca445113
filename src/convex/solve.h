/* Minimise the convex program of a circuit: choose a method, find which knees conduct, and solve that case exactly. */
#ifndef OPSPICE_SOLVE_H
#define OPSPICE_SOLVE_H

#include "convex/qp.h"
#include "convex/info.h"

enum solve_method { METHOD_AUTO, METHOD_CD, METHOD_NEWTON };

struct solve_options {
    enum solve_method method;
    double tolerance; /* of the certificate, relative */
    int threads;      /* 0: one for each processor */
};

struct solver;

/* A workspace for one program, which must outlive it. NULL when memory is out. */
struct solver *solver_new(struct qp *qp);

/* Solve; called again after qp_update it starts from the last answer and keeps what still holds of the factors.
 * SOLVE_STALLED: no exact answer was reached; the best point met is there all the same. */
enum solve_status solver_run(struct solver *solver, const struct solve_options *options);

/* The program was revalued (qp_revalue): numeric factors go, symbolic analyses and the last answer stay. */
void solver_revalued(struct solver *solver);

/* The answer: x [n] V; conducts [knees]. */
const double *solver_x(const struct solver *solver);
const bool *solver_conducts(const struct solver *solver);

/* [n] The part without a tie to ground that an unknown belongs to (its reference unknown), or GROUND_UNKNOWN when its
 * potential is determined. */
const int32_t *solver_floating(const struct solver *solver);

const struct solve_info *solver_info(const struct solver *solver);

/* The method that found the answer. */
enum solve_method solver_method(const struct solver *solver);

/* Is the program one whose factor would cost far more than its solution, which was found without? */
bool solver_spares_factors(const struct solver *solver);

/* NULL is allowed. */
void solver_free(struct solver *solver);

#endif
