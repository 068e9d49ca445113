/* Minimise the convex program of a circuit: choose a method, find which knees conduct, and solve that case exactly. */
#ifndef OPSPICE_SOLVE_H
#define OPSPICE_SOLVE_H

#include "circuit/supernodes.h"
#include "convex/info.h"
#include "convex/linear_region.h"
#include "convex/qp.h"
#include "util/watch.h"

enum solve_method { METHOD_AUTO, METHOD_CD, METHOD_NEWTON };

struct solve_options {
    enum solve_method method;
    enum factor_choice linear; /* how linear circuits may be solved */
    double tolerance; /* of the certificate, relative */
    int threads;      /* 0: one for each processor */
    struct watch *watch; /* of solves, which end by it as if they had stalled; or NULL */
};

/* A network's status as one of a solve. */
static inline enum solve_status solve_status_of(enum network_status status)
{
    return status == NETWORK_OK ? SOLVE_OK : status == NETWORK_NO_MEMORY ? SOLVE_NO_MEMORY : SOLVE_STALLED;
}

struct solver;

/* A workspace for one program and the linear region of its circuit, which must outlive it; answers go to op. linear:
 * how the linear systems of steps may be solved. NULL when memory is out. */
struct solver *solver_new(struct qp *qp, const struct circuit *circuit, const struct supernodes *supernodes,
                          const struct element_tables *tables, struct linear_region *region,
                          enum factor_choice linear, struct operating_point *op);

/* Solve: the conducting set and potentials near the minimum by one of the methods, then the answer by the region.
 * Called again after qp_update it starts from the last answer and keeps what still holds of the factors.
 * SOLVE_STALLED: no exact answer was reached. */
enum solve_status solver_run(struct solver *solver, const struct solve_options *options);

/* The program was revalued (qp_revalue): numeric factors go, symbolic analyses and the last answer stay. */
void solver_revalued(struct solver *solver);

const struct solve_info *solver_info(const struct solver *solver);

/* The method that found the answer. */
enum solve_method solver_method(const struct solver *solver);

/* Is coordinate descent likely to be done before so many floating-point operations of factorisations? */
bool solve_descent_is_cheaper(double flops, size_t nonzeros);

/* Is the program one whose factor would cost far more than its solution, which was found without? */
bool solver_is_factor_free(const struct solver *solver);

/* NULL is allowed. */
void solver_free(struct solver *solver);

#endif
