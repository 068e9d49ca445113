#include "solve/solve.h"

#include "solve/floating.h"
#include "solve/lagrangian.h"
#include "solve/linear.h"
#include "solve/newton.h"
#include "solve/vertex.h"
#include "util/array.h"
#include <stdlib.h>
#include <string.h>

enum { OUTER_STEPS = 60, POLISH_STEPS = 12 };

struct solver {
    struct qp *qp;
    double *x;          /* [n] V */
    double *f;          /* [knees] A */
    bool *conducts;     /* [knees] */
    bool *tried;        /* [knees] the last set that polishing began from in vain */
    double *trial;      /* [n] work */
    int32_t *reference; /* [n] */
    bool has_answer;
    bool has_linear, has_newton, has_lagrangian;
    struct linear linear;
    struct newton newton;
    struct lagrangian lagrangian;
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

/* A circuit without diodes: one factorisation, kept for the next source values. */
static enum solve_status solve_linear(struct solver *solver)
{
    enum solve_status status = SOLVE_OK;
    if (!solver->has_linear) {
        solver->has_linear = true;
        status = linear_new(&solver->linear, solver->qp, &solver->info);
    }
    return status == SOLVE_OK ? linear_solve(&solver->linear, solver->qp, solver->x) : status;
}

/* From a guess of the conducting set to the vertex, changing sides where signs are wrong, as long as that helps.
 * SOLVE_OK: x, f and conducts are the answer. */
static enum solve_status polish(struct solver *solver)
{
    const struct qp *qp = solver->qp;
    uint32_t best = UINT32_MAX;
    struct vertex vertex = {.x = solver->trial, .f = solver->f, .conducts = solver->conducts};
    memcpy(solver->trial, solver->x, (size_t)qp->L.n * sizeof *solver->x);
    for (int step = 0; step < POLISH_STEPS; step++) {
        enum solve_status status = vertex_solve(&vertex, solver->qp, &solver->info);
        if (status != SOLVE_OK)
            return status;
        if (!vertex.consistent || vertex.wrong >= best)
            return SOLVE_STALLED;
        if (vertex.wrong == 0) {
            memcpy(solver->x, solver->trial, (size_t)qp->L.n * sizeof *solver->x);
            return SOLVE_OK;
        }
        best = vertex.wrong;
    }
    return SOLVE_STALLED;
}

static enum solve_status prepare_newton(struct solver *solver)
{
    if (!solver->has_newton) {
        solver->has_newton = true;
        solver->info.analyses++;
        if (!newton_new(&solver->newton, solver->qp))
            return SOLVE_NO_MEMORY;
    }
    if (!solver->has_lagrangian) {
        solver->has_lagrangian = true;
        if (!lagrangian_new(&solver->lagrangian, solver->qp))
            return SOLVE_NO_MEMORY;
    }
    return SOLVE_OK;
}

/* Inner minima and multiplier steps until the conducting set is the right one. */
static enum solve_status solve_constrained(struct solver *solver)
{
    const struct qp *qp = solver->qp;
    enum solve_status status = prepare_newton(solver);
    if (status != SOLVE_OK)
        return status;
    for (int outer = 0; outer < OUTER_STEPS; outer++) {
        status = newton_minimise(&solver->newton, &solver->lagrangian, solver->x, &solver->info);
        if (status == SOLVE_NO_MEMORY)
            return status;
        for (uint32_t k = 0; k < qp->knees; k++)
            solver->conducts[k] = lagrangian_excess(&solver->lagrangian, k, solver->x) > 0;
        lagrangian_step(&solver->lagrangian, solver->x);
        solver->info.outer++;
        if (outer > 0 && memcmp(solver->tried, solver->conducts, qp->knees * sizeof *solver->tried) == 0)
            continue;
        memcpy(solver->tried, solver->conducts, qp->knees * sizeof *solver->tried);
        status = polish(solver);
        if (status != SOLVE_STALLED)
            return status;
    }
    return SOLVE_STALLED;
}

/* Give floating parts their potentials; solve once more from there, so that shifting leaves no rounding behind. */
static enum solve_status settle(struct solver *solver)
{
    struct qp *qp = solver->qp;
    bool untied;
    if (!floating_settle(qp, solver->conducts, solver->x, solver->reference, &untied))
        return SOLVE_NO_MEMORY;
    if (!untied || qp->knees == 0)
        return SOLVE_OK;
    enum solve_status status = polish(solver);
    return status == SOLVE_STALLED ? SOLVE_OK : status;
}

enum solve_status solver_run(struct solver *solver, const struct solve_options *options)
{
    const struct qp *qp = solver->qp;
    enum solve_status status = SOLVE_OK;
    (void)options;
    solver->info.nonzeros = ((size_t)qp->L.p[qp->L.n] + (size_t)qp->L.n) / 2;
    solver->method = METHOD_NEWTON;
    if (qp->L.n == 0)
        solver->method = METHOD_AUTO;
    else if (qp->knees == 0)
        status = solve_linear(solver);
    else if (!solver->has_answer || (status = polish(solver)) == SOLVE_STALLED)
        status = solve_constrained(solver);
    solver->has_answer = status == SOLVE_OK;
    return status == SOLVE_OK ? settle(solver) : status;
}

const double *solver_x(const struct solver *solver)
{
    return solver->x;
}

const double *solver_currents(const struct solver *solver)
{
    return solver->f;
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

void solver_free(struct solver *solver)
{
    if (!solver)
        return;
    if (solver->has_linear)
        linear_free(&solver->linear);
    if (solver->has_newton)
        newton_free(&solver->newton);
    if (solver->has_lagrangian)
        lagrangian_free(&solver->lagrangian);
    free(solver->x);
    free(solver->trial);
    free(solver->reference);
    free(solver->f);
    free(solver->conducts);
    free(solver->tried);
    free(solver);
}
