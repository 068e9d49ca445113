#include "convex/solve.h"

#include "convex/descent.h"
#include "convex/interior_point.h"
#include "convex/krylov.h"
#include "convex/lagrangian.h"
#include "convex/newton.h"
#include "util/array.h"
#include "util/double_double.h"
#include "util/threads.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OUTER_STEPS = 60, CURVED_STEPS = 4, REGION_STEPS = 20, SWEEPS = 100 };

enum { PATIENCE = 2 }; /* multiplier steps before the interior-point method. Test: chains_close_at_once */

/* Coordinate descent: projected gradient over its terms at the first outer step, its fall per step,
 * and at the last one. */
static const double FIRST_GOAL = 1e-4, GOAL_FALL = 1e-3, LAST_GOAL = 6 * DBL_EPSILON;

/* Flops of a factorisation for each entry of L, from which on products with L are faster: layered networks. */
static const double krylov_flops = 200;

struct solver {
    struct qp *qp;
    const struct circuit *circuit;
    const struct supernodes *supernodes;
    const struct element_tables *tables;
    struct linear_region *region;
    struct operating_point *op;
    double *x;          /* [n] V */
    bool *conducts;     /* [knees] */
    bool *tried;        /* [knees] the last set that the region was solved from in vain */
    void *block;
    bool has_tried;     /* in this run */
    bool was_searched;  /* for dense segments */
    struct newton *newton; /* these as long as they are not needed NULL */
    struct krylov *krylov; /* also where columns do not run long */
    struct watch *watch;
    struct descent *descent;
    struct lagrangian *lagrangian;
    enum factor_choice linear;
    enum solve_method method;
    struct solve_info info;
};

struct solver *solver_new(struct qp *qp, const struct circuit *circuit, const struct supernodes *supernodes,
                          const struct element_tables *tables, struct linear_region *region,
                          enum factor_choice linear, struct operating_point *op)
{
    struct solver *solver = calloc(1, sizeof *solver);
    if (!solver)
        return NULL;
    *solver = (struct solver){qp, circuit, supernodes, tables, region, op, .linear = linear, .method = METHOD_AUTO};
    const struct array_request request[] = {
        {&solver->x, (size_t)qp->L.n, sizeof *solver->x},
        {&solver->conducts, qp->knees, sizeof *solver->conducts},
        {&solver->tried, qp->knees, sizeof *solver->tried},
    };
    solver->block = arrays_new(request, sizeof request / sizeof *request);
    if (!solver->block) {
        solver_free(solver);
        return NULL;
    }
    return solver;
}

/* ---- from the program to the circuit ----------------------------------------------------------------------------- */

/* The potentials of x. */
static void give_potentials(const struct solver *solver)
{
    const struct forest *forest = &solver->supernodes->forest;
    for (uint32_t node = 0; node < forest->nodes; node++) {
        int32_t i = forest_unknown(forest, node);
        double x = i == GROUND_UNKNOWN ? 0 : solver->x[i];
        struct dd v = two_sum(x, solver->supernodes->offset[node]);
        solver->op->voltage[node] = v.hi;
        solver->op->low[node] = v.lo;
    }
}

/* x of the potentials. */
static void take_potentials(struct solver *solver)
{
    const struct forest *forest = &solver->supernodes->forest;
    for (uint32_t node = 0; node < forest->nodes; node++)
        if (forest->tree[node] > 0 && forest->via[node] == FOREST_NO_EDGE)
            solver->x[forest_unknown(forest, node)] = solver->op->voltage[node];
}

/* The segments of the knees that conduct. The knees of an element follow each other, in the order of the tables. */
static void give_segments(const struct solver *solver)
{
    const struct qp *qp = solver->qp;
    for (uint32_t d = 0, k = 0; d < solver->tables->diodes; d++) {
        uint32_t e = solver->tables->diode[d];
        int32_t a = forest_unknown(&solver->supernodes->forest, solver->circuit->element[e].a);
        enum segment segment = SEGMENT_MIDDLE;
        for (; k < qp->knees && qp->element[k] == e; k++)
            if (solver->conducts[k])
                segment = qp->knee[k].i == a ? SEGMENT_FORWARD : SEGMENT_REVERSE;
        network_set_segment(region_network(solver->region), d, segment);
    }
}

/* From a guess of the conducting set and of x to the answer, changing segments where diodes object, as long as that
 * helps. */
static enum solve_status solve_region(struct solver *solver)
{
    give_potentials(solver);
    give_segments(solver);
    enum solve_status status = solve_status_of(region_solve(solver->region, REGION_STEPS, &solver->info));
    if (status == SOLVE_OK)
        take_potentials(solver);
    else
        network_forget_companions(region_network(solver->region));
    return status;
}

/* x is the answer itself: its currents. */
static enum solve_status adopt(struct solver *solver)
{
    give_potentials(solver);
    give_segments(solver);
    return solve_status_of(network_currents(region_network(solver->region), &solver->info));
}

/* ---- parts that are made when they are needed -------------------------------------------------------------------- */

static enum solve_status prepare_lagrangian(struct solver *solver)
{
    if (solver->lagrangian)
        return SOLVE_OK;
    solver->lagrangian = calloc(1, sizeof *solver->lagrangian);
    if (solver->lagrangian && lagrangian_new(solver->lagrangian, solver->qp))
        return SOLVE_OK;
    free(solver->lagrangian);
    solver->lagrangian = NULL;
    return SOLVE_NO_MEMORY;
}

static void forget_lagrangian(struct solver *solver)
{
    if (solver->lagrangian)
        lagrangian_free(solver->lagrangian);
    free(solver->lagrangian);
    solver->lagrangian = NULL;
}

static enum solve_status prepare_newton(struct solver *solver)
{
    if (solver->newton)
        return SOLVE_OK;
    solver->newton = calloc(1, sizeof *solver->newton);
    if (solver->newton && newton_new(solver->newton, solver->qp, solver->linear)) {
        solver->newton->watch = solver->watch;
        solver->info.analyses++;
        return SOLVE_OK;
    }
    free(solver->newton);
    solver->newton = NULL;
    return SOLVE_NO_MEMORY;
}

static enum solve_status prepare_descent(struct solver *solver)
{
    if (solver->descent)
        return SOLVE_OK;
    solver->descent = calloc(1, sizeof *solver->descent);
    if (solver->descent && descent_new(solver->descent, solver->qp)) {
        solver->descent->watch = solver->watch;
        return SOLVE_OK;
    }
    free(solver->descent);
    solver->descent = NULL;
    return SOLVE_NO_MEMORY;
}

/* Are the columns long segments, and is a factorisation expensive beside products with them? */
static enum solve_status prepare_krylov(struct solver *solver)
{
    double entries = solver->qp->L.p[solver->qp->L.n];
    if (solver->was_searched || factor_flops(solver->newton->factor) < krylov_flops * entries)
        return SOLVE_OK;
    for (int32_t i = 0; i < solver->qp->L.n; i++)
        if (solver->lagrangian->anchor[i] > 0)
            return SOLVE_OK;
    solver->was_searched = true;
    if (!qp_find_segments(solver->qp))
        return SOLVE_NO_MEMORY;
    if (solver->qp->segments.count == 0)
        return SOLVE_OK;
    solver->krylov = calloc(1, sizeof *solver->krylov);
    if (solver->krylov && krylov_new(solver->krylov, solver->qp))
        return SOLVE_OK;
    free(solver->krylov);
    solver->krylov = NULL;
    return SOLVE_NO_MEMORY;
}

/* ---- Newton's method --------------------------------------------------------------------------------------------- */

/* Was the region solved from this conducting set in vain already? Remember it as tried. */
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

/* The minimum with curved laws alone. */
static enum solve_status solve_nonlinear(struct solver *solver)
{
    enum solve_status status = prepare_newton(solver);
    if (status == SOLVE_OK)
        status = prepare_lagrangian(solver);
    if (status == SOLVE_OK)
        status = prepare_krylov(solver);
    if (status == SOLVE_OK && solver->krylov) {
        status = krylov_minimise(solver->krylov, solver->qp, solver->newton, solver->x, &solver->info);
        if (status != SOLVE_STALLED)
            return status == SOLVE_OK ? adopt(solver) : status;
        memset(solver->x, 0, (size_t)solver->qp->L.n * sizeof *solver->x);
        qp_complete(solver->qp);
        status = SOLVE_OK;
    }
    if (status == SOLVE_OK)
        status = newton_solve(solver->newton, solver->lagrangian, solver->x, &solver->info);
    /* where no more current moves, potentials between blocking junctions may still be far from where they belong */
    return status == SOLVE_NO_MEMORY ? status : solve_region(solver);
}

/* For chains of diodes, which Newton's method closes one by one. Where this is in vain x stays where it is, and
 * Newton's method has the time that it takes. */
static enum solve_status solve_interior(struct solver *solver)
{
    double *kept = array_new((size_t)solver->qp->L.n, sizeof *kept);
    if (!kept)
        return SOLVE_NO_MEMORY;
    memcpy(kept, solver->x, (size_t)solver->qp->L.n * sizeof *kept);
    enum solve_status status =
        interior_point_minimise(solver->newton, solver->lagrangian, solver->x, solver->conducts, &solver->info);
    if (status != SOLVE_NO_MEMORY)
        status = solve_region(solver);
    solver->newton->knee_steps = NEWTON_MANY_STEPS;
    if (status == SOLVE_STALLED)
        memcpy(solver->x, kept, (size_t)solver->qp->L.n * sizeof *kept);
    free(kept);
    return status;
}

/* Multiplier steps before a conducting set is tried: one in a thousand knees is wrong after the first, as measured on
 * grids. By multigrid the second takes a few iterations; to try the set of a region, some thirty and their setup.
 * Test: crossbar.sh. */
static int settling_steps(const struct solver *solver)
{
    enum { MANY = 1000 };
    bool settles = factor_kind(solver->newton->factor) == FACTOR_BY_MULTIGRID && solver->qp->nonlinears == 0;
    return settles && solver->qp->knees >= MANY ? 2 : 1;
}

/* Inner minima and multiplier steps until the conducting set is the right one. */
static enum solve_status solve_knees(struct solver *solver)
{
    const struct qp *qp = solver->qp;
    enum solve_status status = prepare_newton(solver);
    if (status == SOLVE_OK)
        status = prepare_lagrangian(solver);
    if (status == SOLVE_OK)
        solver->newton->knee_steps = qp->nonlinears > 0 ? NEWTON_MANY_STEPS : NEWTON_FEW_STEPS;
    for (int outer = 0; status == SOLVE_OK && outer < OUTER_STEPS; outer++) {
        status = newton_minimise(solver->newton, solver->lagrangian, solver->x, &solver->info);
        if (status == SOLVE_NO_MEMORY)
            return status;
        if (solver->newton->knee_steps == NEWTON_FEW_STEPS && (status == SOLVE_STALLED || outer == PATIENCE) &&
            (status = solve_interior(solver)) != SOLVE_STALLED)
            return status;
        for (uint32_t k = 0; k < qp->knees; k++)
            solver->conducts[k] = lagrangian_excess(solver->lagrangian, k, solver->x) > 0;
        lagrangian_step(solver->lagrangian, solver->x);
        solver->info.outer++;
        if (outer + 1 < settling_steps(solver))
            continue;
        if (is_new(solver) && (status = solve_region(solver)) != SOLVE_STALLED)
            return status;
        status = SOLVE_OK;
    }
    return status == SOLVE_OK ? SOLVE_STALLED : status;
}

/* From where sweeps have come to. */
static enum solve_status finish(struct solver *solver)
{
    return solver->qp->knees > 0 || solver->qp->nonlinears == 0 ? solve_region(solver) : solve_nonlinear(solver);
}

static enum solve_status run_newton(struct solver *solver)
{
    solver->method = METHOD_NEWTON;
    return solver->qp->knees > 0 ? solve_knees(solver) : finish(solver);
}

/* ---- coordinate descent ------------------------------------------------------------------------------------------ */

/* Does sweeping meet everything exactly? It meets bounds; a constraint between two unknowns is met only in the limit,
 * the current of a steep knee or of a curved law is known only to its rounding, and a part without ground drifts. */
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

bool solve_descent_is_cheaper(double flops, size_t nonzeros)
{
    double flops_per_second = 1e10, seconds_per_nonzero = 2e-4; /* measured means of random networks and grids */
    return flops / flops_per_second > (double)nonzeros * seconds_per_nonzero;
}

/* Is coordinate descent likely to be done before a number of factorisations? */
static bool descent_is_cheaper(const struct solver *solver, double factorisations)
{
    double flops = fmax(network_flops(region_network(solver->region)),
                        solver->newton ? factor_flops(solver->newton->factor) : 0);
    return solve_descent_is_cheaper(flops * factorisations, solver->info.nonzeros);
}

/* Inner minima that grow more exact. Where sweeps reach the rounding floor, that is the answer if they are exact, and a
 * factor is expensive; else the region is solved from there. Where sweeps are slow, the conducting set that they have
 * found may be right already. */
static enum solve_status solve_descent(struct solver *solver, int threads)
{
    double goal = FIRST_GOAL;
    bool exact = sweeps_are_exact(solver->lagrangian);
    /* each of them is tried to the end by Newton's method */
    int steps = solver->qp->nonlinears > 0 ? CURVED_STEPS : OUTER_STEPS;
    for (int outer = 0; outer < steps; outer++) {
        enum solve_status status =
            descent_minimise(solver->descent, solver->lagrangian, goal, SWEEPS, threads, solver->x, &solver->info);
        if (status == SOLVE_NO_MEMORY)
            return status;
        descent_conducting(solver->descent, solver->lagrangian, solver->x, solver->conducts);
        lagrangian_step(solver->lagrangian, solver->x);
        solver->info.outer++;
        bool last = goal <= LAST_GOAL;
        if (status == SOLVE_OK && last && exact)
            return descent_is_cheaper(solver, 1) ? adopt(solver) : solve_region(solver);
        if ((status == SOLVE_STALLED || last || !exact) && is_new(solver) && (status = finish(solver)) != SOLVE_STALLED)
            return status;
        goal = goal * GOAL_FALL < LAST_GOAL ? LAST_GOAL : goal * GOAL_FALL;
    }
    return finish(solver);
}

static enum solve_status run_descent(struct solver *solver, const struct solve_options *options)
{
    qp_complete(solver->qp);
    enum solve_status status = prepare_descent(solver);
    if (status == SOLVE_OK)
        status = prepare_lagrangian(solver);
    solver->method = METHOD_CD;
    return status == SOLVE_OK ? solve_descent(solver, threads_wanted(options->threads)) : status;
}

/* ---- the choice -------------------------------------------------------------------------------------------------- */

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
    enum { NEWTON_FACTORISATIONS = 12 };
    enum solve_status status = prepare_newton(solver);
    if (status != SOLVE_OK)
        return status;
    bool descent_first = !solver->krylov && descent_is_cheaper(solver, NEWTON_FACTORISATIONS);
    status = descent_first ? run_descent(solver, options) : run_newton(solver);
    if (status != SOLVE_STALLED)
        return status;
    begin_again(solver);
    return descent_first ? run_newton(solver) : run_descent(solver, options);
}

void solver_revalued(struct solver *solver)
{
    if (solver->newton)
        newton_revalue(solver->newton, solver->qp);
    if (solver->krylov)
        krylov_load(solver->krylov, solver->qp);
    if (solver->qp->knees > 0) /* without knees there are no penalties */
        forget_lagrangian(solver);
}

enum solve_status solver_run(struct solver *solver, const struct solve_options *options)
{
    struct qp *qp = solver->qp;
    solver->watch = options->watch;
    if (!solver->krylov)
        qp_complete(qp);
    solver->info.nonzeros = ((size_t)qp->L.p[qp->L.n] + (size_t)qp->L.n) / 2;
    solver->has_tried = false;
    if (qp->L.n == 0) {
        solver->method = METHOD_AUTO;
        return solve_region(solver);
    }
    return options->method == METHOD_CD       ? run_descent(solver, options)
           : options->method == METHOD_NEWTON ? run_newton(solver)
                                              : run_auto(solver, options);
}

const struct solve_info *solver_info(const struct solver *solver)
{
    return &solver->info;
}

enum solve_method solver_method(const struct solver *solver)
{
    return solver->method;
}

bool solver_is_factor_free(const struct solver *solver)
{
    return solver->krylov;
}

void solver_free(struct solver *solver)
{
    if (!solver)
        return;
    if (solver->newton)
        newton_free(solver->newton);
    if (solver->descent)
        descent_free(solver->descent);
    if (solver->krylov)
        krylov_free(solver->krylov);
    forget_lagrangian(solver);
    free(solver->newton);
    free(solver->descent);
    free(solver->krylov);
    free(solver->block);
    free(solver);
}
