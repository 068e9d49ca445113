#include "convex/solve.h"

#include "convex/descent.h"
#include "convex/floating.h"
#include "convex/krylov.h"
#include "convex/lagrangian.h"
#include "convex/linear.h"
#include "convex/newton.h"
#include "convex/vertex.h"
#include "util/array.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

enum { OUTER_STEPS = 60, BENT_STEPS = 4, POLISH_STEPS = 20, POLISH_STRIKES = 2, SWEEPS = 100 };

/* Coordinate descent: projected gradient over its terms at the first outer step, its fall per step,
 * and at the last one. */
static const double FIRST_GOAL = 1e-4, GOAL_FALL = 1e-3, LAST_GOAL = 6 * DBL_EPSILON;

/* Flops of a factorisation for each entry of L, from which on it is dear. */
static const double dear = 200;

struct solver {
    struct qp *qp;
    double *x;          /* [n] V */
    double *f;          /* [knees] A */
    bool *conducts;     /* [knees] */
    bool *tried;        /* [knees] the last set that polishing began from in vain */
    double *trial;      /* [n] work */
    int32_t *reference; /* [n] */
    bool has_answer;
    bool has_linear, has_newton, has_descent, has_lagrangian, has_tried;
    bool has_krylov, is_layered; /* its columns run long: worth having */
    struct linear linear;
    struct newton newton;
    struct krylov krylov;
    struct descent descent;
    struct lagrangian lagrangian;
    struct contraction contraction; /* of the set that was polished last */
    enum solve_method method;
    struct solve_info info;
};

struct solver *solver_new(struct qp *qp)
{
    struct solver *solver = calloc(1, sizeof *solver);
    size_t n = (size_t)qp->L.n;
    if (!solver)
        return NULL;
    solver->qp = qp;
    solver->x = array_new(n, sizeof *solver->x);
    solver->trial = array_new(n, sizeof *solver->trial);
    solver->reference = array_new(n, sizeof *solver->reference);
    solver->f = array_new(qp->knees, sizeof *solver->f);
    solver->conducts = array_new(qp->knees, sizeof *solver->conducts);
    solver->tried = array_new(qp->knees, sizeof *solver->tried);
    if (!solver->x || !solver->trial || !solver->reference || !solver->f || !solver->conducts || !solver->tried) {
        solver_free(solver);
        return NULL;
    }
    return solver;
}

/* From a guess of the conducting set to the vertex, changing sides where signs are wrong, as long as that helps.
 * SOLVE_OK: x, f and conducts are the answer. */
static enum solve_status polish(struct solver *solver)
{
    const struct qp *qp = solver->qp;
    uint32_t best = UINT32_MAX;
    int strikes = 0;
    struct vertex vertex = {.x = solver->trial, .f = solver->f, .conducts = solver->conducts};
    memcpy(solver->trial, solver->x, (size_t)qp->L.n * sizeof *solver->x);
    for (int step = 0; step < POLISH_STEPS; step++) {
        enum solve_status status = vertex_solve(&vertex, &solver->contraction, qp, &solver->info);
        if (status != SOLVE_OK)
            return status;
        if (!vertex.consistent || (vertex.wrong >= best && ++strikes > POLISH_STRIKES))
            return SOLVE_STALLED;
        if (vertex.wrong == 0) {
            memcpy(solver->x, solver->trial, (size_t)qp->L.n * sizeof *solver->x);
            return SOLVE_OK;
        }
        best = vertex.wrong < best ? vertex.wrong : best;
    }
    return SOLVE_STALLED;
}

static int thread_count(const struct solve_options *options)
{
#ifdef _OPENMP
    return options->threads > 0 ? options->threads : omp_get_num_procs();
#else
    (void)options;
    return 1;
#endif
}

static enum solve_status prepare_lagrangian(struct solver *solver)
{
    if (solver->has_lagrangian)
        return SOLVE_OK;
    solver->has_lagrangian = lagrangian_new(&solver->lagrangian, solver->qp);
    return solver->has_lagrangian ? SOLVE_OK : SOLVE_NO_MEMORY;
}

/* Was this conducting set polished in vain already? Remember it as tried. */
static bool is_new(struct solver *solver)
{
    size_t size = solver->qp->knees * sizeof *solver->tried;
    if (solver->qp->nonlinears > 0) /* what follows starts from other voltages */
        return true;
    if (solver->has_tried && memcmp(solver->tried, solver->conducts, size) == 0)
        return false;
    memcpy(solver->tried, solver->conducts, size);
    solver->has_tried = true;
    return true;
}

static bool is_linear(const struct qp *qp)
{
    return qp->knees == 0 && qp->nonlinears == 0;
}

static enum solve_status prepare_newton(struct solver *solver)
{
    if (is_linear(solver->qp) && !solver->has_linear) {
        solver->has_linear = true;
        return linear_new(&solver->linear, solver->qp, true, &solver->info);
    }
    if (!is_linear(solver->qp) && !solver->has_newton) {
        if (!newton_new(&solver->newton, solver->qp))
            return SOLVE_NO_MEMORY;
        solver->has_newton = true;
        solver->info.analyses++;
    }
    return SOLVE_OK;
}

/* Are the columns long runs, and a factorisation dear beside products with them? */
static enum solve_status prepare_krylov(struct solver *solver)
{
    double entries = solver->qp->L.p[solver->qp->L.n];
    if (solver->has_krylov || cholesky_flops(solver->newton.cholesky) < dear * entries)
        return SOLVE_OK;
    for (int32_t i = 0; i < solver->qp->L.n; i++)
        if (solver->lagrangian.anchor[i] > 0)
            return SOLVE_OK;
    solver->has_krylov = true;
    if (!qp_find_segments(solver->qp))
        return SOLVE_NO_MEMORY;
    solver->is_layered = solver->qp->segments.count > 0;
    return !solver->is_layered || krylov_new(&solver->krylov, solver->qp) ? SOLVE_OK : SOLVE_NO_MEMORY;
}

/* The minimum with bends alone. */
static enum solve_status solve_nonlinear(struct solver *solver)
{
    enum solve_status status = prepare_krylov(solver);
    if (status == SOLVE_OK && solver->is_layered) {
        status = krylov_minimise(&solver->krylov, solver->qp, &solver->newton, solver->x, &solver->info);
        if (status != SOLVE_STALLED)
            return status;
        memset(solver->x, 0, (size_t)solver->qp->L.n * sizeof *solver->x);
        qp_complete(solver->qp);
        status = SOLVE_OK;
    }
    return status == SOLVE_OK ? newton_settle(&solver->newton, &solver->lagrangian, solver->x, &solver->info) : status;
}

/* The end of the way: the vertex of the conducting set; with bends alone, the minimum to rounding. */
static enum solve_status finish(struct solver *solver)
{
    if (solver->qp->knees > 0 || is_linear(solver->qp))
        return polish(solver);
    enum solve_status status = prepare_newton(solver);
    if (status == SOLVE_OK && (status = prepare_lagrangian(solver)) == SOLVE_OK)
        status = solve_nonlinear(solver);
    return status;
}

/* Newton's method: inner minima and multiplier steps until the conducting set is the right one. */
static enum solve_status solve_newton(struct solver *solver)
{
    const struct qp *qp = solver->qp;
    if (qp->knees == 0)
        return finish(solver);
    for (int outer = 0; outer < OUTER_STEPS; outer++) {
        enum solve_status status = newton_minimise(&solver->newton, &solver->lagrangian, solver->x, &solver->info);
        if (status == SOLVE_NO_MEMORY)
            return status;
        for (uint32_t k = 0; k < qp->knees; k++)
            solver->conducts[k] = lagrangian_excess(&solver->lagrangian, k, solver->x) > 0;
        lagrangian_step(&solver->lagrangian, solver->x);
        solver->info.outer++;
        if (is_new(solver) && (status = polish(solver)) != SOLVE_STALLED)
            return status;
    }
    return SOLVE_STALLED;
}

/* Does sweeping meet everything exactly? It meets bounds; a constraint between two unknowns is met only in the limit,
 * the current of a steep knee or of a bend is known only to its rounding, and a part without ground drifts. */
static bool sweeps_are_exact(const struct lagrangian *lagrangian)
{
    const struct qp *qp = lagrangian->qp;
    if (qp->nonlinears > 0)
        return false;
    for (uint32_t k = 0; k < qp->knees; k++)
        if (!isinf(qp->knee[k].g) || (qp->knee[k].i != GROUND_UNKNOWN && qp->knee[k].j != GROUND_UNKNOWN))
            return false;
    for (int32_t i = 0; i < qp->L.n; i++)
        if (lagrangian->anchor[i] > 0)
            return false;
    return true;
}

/* Coordinate descent: the same, with inner minima that grow more exact. Where sweeps reach the rounding floor, that
 * is the answer if they are exact; others are polished. Where sweeps are slow, the conducting set that they have
 * found may be right already. */
static enum solve_status solve_descent(struct solver *solver, int threads)
{
    double goal = FIRST_GOAL;
    bool exact = sweeps_are_exact(&solver->lagrangian);
    /* each of them is tried to the end by Newton's method */
    int steps = solver->qp->nonlinears > 0 ? BENT_STEPS : OUTER_STEPS;
    for (int outer = 0; outer < steps; outer++) {
        enum solve_status status =
            descent_minimise(&solver->descent, &solver->lagrangian, goal, SWEEPS, threads, solver->x, &solver->info);
        if (status == SOLVE_NO_MEMORY)
            return status;
        descent_conducting(&solver->descent, &solver->lagrangian, solver->x, solver->conducts);
        lagrangian_step(&solver->lagrangian, solver->x);
        solver->info.outer++;
        bool last = goal <= LAST_GOAL;
        if (status == SOLVE_OK && last && exact)
            return SOLVE_OK;
        if ((status == SOLVE_STALLED || last || !exact) && is_new(solver) && (status = finish(solver)) != SOLVE_STALLED)
            return status;
        goal = goal * GOAL_FALL < LAST_GOAL ? LAST_GOAL : goal * GOAL_FALL;
    }
    return finish(solver);
}

/* ---- methods ----------------------------------------------------------------------------------------------------- */

/* A circuit without diodes is one linear solve, whose factor is kept for the next source values. */
static enum solve_status run_newton(struct solver *solver)
{
    enum solve_status status = prepare_newton(solver);
    solver->method = METHOD_NEWTON;
    if (status == SOLVE_OK && is_linear(solver->qp))
        return linear_solve(&solver->linear, solver->qp, solver->x, &solver->info);
    if (status == SOLVE_OK)
        status = prepare_lagrangian(solver);
    return status == SOLVE_OK ? solve_newton(solver) : status;
}

static enum solve_status run_descent(struct solver *solver, const struct solve_options *options)
{
    qp_complete(solver->qp);
    if (!solver->has_descent) {
        if (!descent_new(&solver->descent, solver->qp))
            return SOLVE_NO_MEMORY;
        solver->has_descent = true;
    }
    enum solve_status status = prepare_lagrangian(solver);
    solver->method = METHOD_CD;
    return status == SOLVE_OK ? solve_descent(solver, thread_count(options)) : status;
}

/* Is coordinate descent likely to be done before Newton's method? CHOLMOD's analysis predicts the work of a
 * factorisation; the other numbers are measured means of random networks and grids. */
static bool descent_is_cheaper(const struct solver *solver)
{
    const struct cholesky *cholesky = solver->has_newton ? solver->newton.cholesky : solver->linear.cholesky;
    double factorisations = is_linear(solver->qp) ? 1 : 12, flops_per_second = 1e10;
    double seconds_per_nonzero = 2e-4;
    return cholesky_flops(cholesky) * factorisations / flops_per_second >
           (double)solver->info.nonzeros * seconds_per_nonzero;
}

static void forget_lagrangian(struct solver *solver)
{
    lagrangian_free(&solver->lagrangian);
    solver->has_lagrangian = false;
}

/* As if nothing had been tried: what one method ends with may be far from anywhere. */
static void begin_again(struct solver *solver)
{
    memset(solver->x, 0, (size_t)solver->qp->L.n * sizeof *solver->x);
    forget_lagrangian(solver);
    solver->has_tried = false;
}

/* The method that promises to be faster, then the other. */
static enum solve_status run_auto(struct solver *solver, const struct solve_options *options)
{
    enum solve_status status = prepare_newton(solver);
    if (status != SOLVE_OK)
        return status;
    bool descent_first = descent_is_cheaper(solver);
    status = descent_first ? run_descent(solver, options) : run_newton(solver);
    if (status != SOLVE_STALLED)
        return status;
    begin_again(solver);
    return descent_first ? run_newton(solver) : run_descent(solver, options);
}

/* Give floating parts their potentials; solve once more from there, so that shifting leaves no rounding behind; and
 * shift once more what the rounding of large currents in a part has moved meanwhile. status: of the solution so far,
 * which is returned where nothing else fails. */
static enum solve_status settle(struct solver *solver, enum solve_status status)
{
    struct qp *qp = solver->qp;
    bool untied;
    if (solver->is_layered) { /* every part is tied */
        for (int32_t i = 0; i < qp->L.n; i++)
            solver->reference[i] = GROUND_UNKNOWN;
        return status;
    }
    if (!floating_settle(qp, solver->conducts, solver->x, solver->reference, &untied))
        return SOLVE_NO_MEMORY;
    if (status != SOLVE_OK || !untied || is_linear(qp))
        return status;
    enum solve_status again = finish(solver);
    if (again == SOLVE_OK && !floating_settle(qp, solver->conducts, solver->x, solver->reference, &untied))
        return SOLVE_NO_MEMORY;
    return again == SOLVE_NO_MEMORY ? again : status;
}

void solver_revalued(struct solver *solver)
{
    if (solver->has_linear)
        solver->linear.factored = false;
    if (solver->has_newton)
        newton_revalue(&solver->newton, solver->qp);
    if (solver->is_layered)
        krylov_load(&solver->krylov, solver->qp);
    if (solver->qp->knees > 0) /* without knees there are no penalties */
        forget_lagrangian(solver);
    contraction_free(&solver->contraction);
}

enum solve_status solver_run(struct solver *solver, const struct solve_options *options)
{
    struct qp *qp = solver->qp;
    enum solve_status status = SOLVE_STALLED;
    if (!solver->is_layered)
        qp_complete(qp);
    solver->info.nonzeros = ((size_t)qp->L.p[qp->L.n] + (size_t)qp->L.n) / 2;
    solver->has_tried = false;
    if (qp->L.n == 0) {
        solver->method = METHOD_AUTO;
        status = SOLVE_OK;
    } else if (solver->has_answer && qp->knees > 0) {
        status = polish(solver); /* the last conducting set may still be right */
    }
    if (status == SOLVE_STALLED)
        status = options->method == METHOD_CD       ? run_descent(solver, options)
                 : options->method == METHOD_NEWTON ? run_newton(solver)
                                                    : run_auto(solver, options);
    solver->has_answer = status == SOLVE_OK;
    return status == SOLVE_NO_MEMORY ? status : settle(solver, status);
}

const double *solver_x(const struct solver *solver)
{
    return solver->x;
}

const bool *solver_conducts(const struct solver *solver)
{
    return solver->conducts;
}

const int32_t *solver_floating(const struct solver *solver)
{
    return solver->reference;
}

const struct solve_info *solver_info(const struct solver *solver)
{
    return &solver->info;
}

enum solve_method solver_method(const struct solver *solver)
{
    return solver->method;
}

bool solver_spares_factors(const struct solver *solver)
{
    return solver->is_layered;
}

void solver_free(struct solver *solver)
{
    if (!solver)
        return;
    if (solver->has_linear)
        linear_free(&solver->linear);
    if (solver->has_newton)
        newton_free(&solver->newton);
    if (solver->has_descent)
        descent_free(&solver->descent);
    if (solver->has_lagrangian)
        lagrangian_free(&solver->lagrangian);
    krylov_free(&solver->krylov);
    contraction_free(&solver->contraction);
    free(solver->x);
    free(solver->trial);
    free(solver->reference);
    free(solver->f);
    free(solver->conducts);
    free(solver->tried);
    free(solver);
}
