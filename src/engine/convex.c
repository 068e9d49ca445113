#include "engine/convex.h"

#include "engine/prove.h"
#include "engine/warnings.h"
#include "util/array.h"
#include "util/clock.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REGION_TRIES = 16 }; /* regions tried for a point before the whole program is solved */

/* ---- what is derived from the circuit ---------------------------------------------------------------------------- */

void convex_forget_solver(struct engine *engine)
{
    solver_free(engine->solver);
    engine->solver = NULL;
}

static void forget_program(struct engine *engine)
{
    convex_forget_solver(engine);
    qp_free(&engine->qp);
    engine->lowered = (struct circuit_version){0};
}

void convex_forget(struct engine *engine)
{
    forget_program(engine);
    region_free(engine->region);
    engine->region = NULL;
    element_tables_free(&engine->tables);
    engine->tabled = (struct circuit_version){0};
}

/* Tables and region of the present structure and resistances. */
static bool refresh_tables(struct engine *engine)
{
    const struct circuit_version *version = &engine->circuit->version;
    if (engine->tabled.structure != version->structure) {
        convex_forget(engine);
        if (!element_tables_build(&engine->tables, engine->circuit))
            return false;
        engine->region = region_new(engine->circuit, &engine->tables, engine->options.linear, &engine->op);
        if (!engine->region)
            return false;
        network_watch(region_network(engine->region), engine->options.watch);
        region_follow(engine->region, engine->followed, !engine->changes.told);
        if (engine->certificate.proved)
            region_take(engine->region);
    } else if (engine->tabled.values != version->values) {
        element_tables_revalue(&engine->tables, engine->circuit);
        region_revalued(engine->region);
    }
    engine->tabled = *version;
    element_tables_sum(&engine->tables);
    return true;
}

bool convex_refresh_supernodes(struct engine *engine)
{
    const struct circuit_version *version = &engine->circuit->version;
    if (engine->grouped.structure != version->structure) {
        supernodes_free(&engine->supernodes);
        if (!supernodes_build(&engine->supernodes, engine->circuit))
            return false;
    } else if (engine->grouped.sources != version->sources) {
        supernodes_update(&engine->supernodes, engine->circuit);
    }
    engine->grouped = *version;
    return true;
}

static bool lower(struct engine *engine)
{
    forget_program(engine);
    return qp_build(&engine->qp, engine->circuit, &engine->supernodes.forest, engine->supernodes.offset);
}

/* Other values in the program that is there. False when its structure is not that of the circuit any more. */
static bool revalue(struct engine *engine)
{
    struct supernodes *supernodes = &engine->supernodes;
    if (!qp_revalue(&engine->qp, engine->circuit, &engine->tables, &supernodes->forest, supernodes->offset))
        return false;
    if (engine->solver)
        solver_revalued(engine->solver);
    return true;
}

/* The convex program of the present values, with a solver. */
static bool refresh_program(struct engine *engine)
{
    const struct circuit_version *version = &engine->circuit->version;
    bool structured = engine->lowered.structure == version->structure;
    bool valued = engine->lowered.values == version->values;
    if (!convex_refresh_supernodes(engine))
        return false;
    if (!structured || (!valued && !revalue(engine))) {
        if (!lower(engine))
            return false;
    } else if (valued && engine->lowered.sources != version->sources) {
        qp_update(&engine->qp, engine->circuit, &engine->supernodes.forest, engine->supernodes.offset);
    }
    engine->lowered = *version;
    if (!engine->solver)
        engine->solver = solver_new(&engine->qp, engine->circuit, &engine->supernodes, &engine->tables, engine->region,
                                    engine->options.linear, &engine->op);
    return engine->solver;
}

/* ---- the ladder -------------------------------------------------------------------------------------------------- */

/* A circuit without diodes, where a factor of it does not take longer than coordinate descent. */
static bool is_one_region(struct engine *engine, enum solve_status *status)
{
    if (engine->tables.diodes > 0 || engine->options.method == METHOD_CD)
        return false;
    struct network *network = region_network(engine->region);
    enum network_status prepared = network_prepare(network, &engine->info);
    *status = prepared == NETWORK_NO_MEMORY ? SOLVE_NO_MEMORY : SOLVE_OK;
    return prepared != NETWORK_OK || engine->options.method == METHOD_NEWTON ||
           !solve_descent_is_cheaper(network_flops(network), network_nonzeros(network));
}

static enum solve_status solve_region(struct engine *engine)
{
    enum network_status status = region_solve(engine->region, 1, &engine->info);
    engine->method = network_unknowns(region_network(engine->region)) > 0 ? METHOD_NEWTON : METHOD_AUTO;
    return solve_status_of(status);
}

static enum solve_status solve_program(struct engine *engine)
{
    if (!refresh_program(engine))
        return SOLVE_NO_MEMORY;
    enum solve_status status = solver_run(engine->solver, &engine->options);
    engine->method = solver_method(engine->solver);
    if (status == SOLVE_NO_MEMORY)
        convex_forget_solver(engine); /* begin anew next time */
    return status;
}

/* Once more where sums over sets of nodes may have missed by what is small beside others. False when memory is out. */
static bool refine(struct engine *engine)
{
    enum network_status status = region_refine(engine->region, &engine->info);
    if (status == NETWORK_OK)
        return network_place_floating(region_network(engine->region), true) && engine_prove(engine);
    return status != NETWORK_NO_MEMORY;
}

/* The judgement on where a way has come to, one that has stalled, too: parts that float are placed, the proof decides;
 * an answer from the beginning that misses it is refined once. False when memory is out. */
static bool judge(struct engine *engine, enum solve_status status, bool warm, double *mark)
{
    bool done = status != SOLVE_NO_MEMORY && network_place_floating(region_network(engine->region), !warm);
    clock_lap(mark, &engine->seconds_recover);
    done = done && engine_prove(engine) && (engine->certificate.proved || warm || status != SOLVE_OK || refine(engine));
    clock_lap(mark, &engine->seconds_prove);
    return done;
}

/* The region of the last answer. SOLVE_STALLED: it has none that is proved. */
static enum solve_status solve_warm(struct engine *engine)
{
    double mark = clock_seconds();
    enum solve_status status = solve_status_of(region_solve(engine->region, REGION_TRIES, &engine->info));
    clock_lap(&mark, &engine->seconds_solve);
    if (status != SOLVE_OK)
        return status;
    if (!judge(engine, status, true, &mark))
        return SOLVE_NO_MEMORY;
    return engine->certificate.proved ? SOLVE_OK : SOLVE_STALLED;
}

/* One way from the beginning. False when memory is out. */
static bool try_way(struct engine *engine, double *mark)
{
    enum solve_status status = SOLVE_OK;
    if (is_one_region(engine, &status))
        status = status == SOLVE_OK ? solve_region(engine) : status;
    else if (status == SOLVE_OK)
        status = solve_program(engine);
    clock_lap(mark, &engine->seconds_solve);
    return judge(engine, status, false, mark);
}

static void forget_potentials(struct engine *engine)
{
    size_t size = engine->circuit->nodes.count * sizeof(double);
    memset(engine->op.voltage, 0, size);
    memset(engine->op.low, 0, size);
}

static void scale_sources(struct engine *engine, const double *value, double by)
{
    struct circuit *circuit = engine->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        if (!element_is_source(&circuit->element[e]))
            continue;
        circuit->element[e].value = by * value[e];
        region_source_changed(engine->region, e);
    }
}

/* Grow all sources from next to nothing to their values, from answer to answer, in steps as long as the region can take
 * them: a convex circuit's answer moves without jumps. kept [2 nodes] work. */
static enum network_status grow_sources(struct engine *engine, const double *value, double *kept)
{
    enum { TRIES = 300, REGION_STEPS = 20 };
    const double shortest = 1e-4, first = 1.0 / 64; /* steps; test: junctions-that-sources-must-grow-to.cir */
    size_t nodes = engine->circuit->nodes.count, size = nodes * sizeof *kept;
    enum network_status status = NETWORK_UNSOLVED;
    double reached = 0, step = first;
    for (int tries = 0; tries < TRIES && reached < 1 && step >= shortest; tries++) {
        double next = fmin(1, reached + step);
        memcpy(kept, engine->op.voltage, size);
        memcpy(kept + nodes, engine->op.low, size);
        scale_sources(engine, value, next);
        status = region_solve(engine->region, REGION_STEPS, &engine->info);
        if (status == NETWORK_NO_MEMORY)
            return status;
        if (status == NETWORK_OK) {
            reached = next;
            step *= 2;
            continue;
        }
        memcpy(engine->op.voltage, kept, size);
        memcpy(engine->op.low, kept + nodes, size);
        step /= 4;
    }
    return reached < 1 ? NETWORK_UNSOLVED : NETWORK_OK;
}

/* Grow them from zero, and leave them as they were. */
static enum solve_status solve_growing(struct engine *engine)
{
    const struct circuit *circuit = engine->circuit;
    double *value, *kept;
    const struct array_request request[] = {
        {&value, circuit->elements.count, sizeof *value},
        {&kept, circuit->nodes.count, 2 * sizeof *kept},
    };
    void *block = arrays_new(request, sizeof request / sizeof *request);
    if (!block)
        return SOLVE_NO_MEMORY;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        value[e] = circuit->element[e].value;
    forget_potentials(engine);
    network_be_patient(region_network(engine->region), true);
    enum network_status status = grow_sources(engine, value, kept);
    network_be_patient(region_network(engine->region), false);
    scale_sources(engine, value, 1);
    free(block);
    return solve_status_of(status);
}

/* By growing the sources: for junctions that voltage sources drive to currents of a hundred decades. Where that is in
 * vain, the point that the rung before has left stays. False when memory is out. */
static bool try_growing(struct engine *engine, double *mark)
{
    struct operating_point before = {0};
    bool done = operating_point_new(&before, engine->circuit);
    if (done) {
        operating_point_copy(&before, &engine->op, engine->circuit);
        enum solve_status status = solve_growing(engine);
        clock_lap(mark, &engine->seconds_solve);
        if (status == SOLVE_STALLED)
            operating_point_copy(&engine->op, &before, engine->circuit);
        else
            done = judge(engine, status, false, mark);
    }
    operating_point_free(&before);
    return done;
}

/* As an engine would be that has solved nothing yet: what a last answer leaves in what is derived from the circuit may
 * stand in the way of one that is there. False when memory is out. */
static bool begin_anew(struct engine *engine)
{
    convex_forget(engine);
    supernodes_free(&engine->supernodes);
    engine->grouped = (struct circuit_version){0};
    return refresh_tables(engine);
}

/* The rungs of a solve from the beginning (engine.h), until a point is proved. */
static const struct rung {
    bool anew;         /* from zero, forgetting the last potentials and all else; without a last answer the rung before
                        * has done it */
    bool other_method; /* from zero by the one that was not tried: what one leaves within rounding of its own measure
                        * may still miss the proof. Where the choice is left to us, and it cannot take long */
    bool growing;      /* from smaller sources; as before, and where laws are curved */
} ladder[] = {{false, false, false}, {true, false, false}, {false, true, false}, {false, false, true}};

static bool is_worth_trying(const struct engine *engine, const struct rung *rung, bool warm)
{
    enum { MOST_UNKNOWNS = 500 };
    if (rung->growing && engine->circuit->n_curves == 0)
        return false;
    if (rung->other_method || rung->growing)
        return engine->options.method == METHOD_AUTO && engine->circuit->nodes.count <= MOST_UNKNOWNS;
    return warm || !rung->anew;
}

/* Forget what a rung does not begin with. False when memory is out. */
static bool prepare_rung(struct engine *engine, const struct rung *rung, bool warm)
{
    if (rung->other_method)
        convex_forget_solver(engine);
    if (rung->anew && !begin_anew(engine))
        return false;
    if (rung->anew || rung->other_method || (!warm && !rung->growing))
        forget_potentials(engine);
    return true;
}

/* False when memory is out. */
static bool climb(struct engine *engine, bool warm, double *mark)
{
    const enum solve_method method = engine->options.method;
    enum solve_method tried = METHOD_AUTO; /* that the rung before has ended with */
    bool done = true;
    engine->certificate.proved = false;
    for (size_t r = 0; done && !engine->certificate.proved && r < sizeof ladder / sizeof *ladder; r++) {
        const struct rung *rung = &ladder[r];
        if (!is_worth_trying(engine, rung, warm))
            continue;
        if (!prepare_rung(engine, rung, warm))
            return false;
        if (rung->other_method)
            engine->options.method = tried == METHOD_CD ? METHOD_NEWTON : METHOD_CD;
        done = rung->growing ? try_growing(engine, mark) : try_way(engine, mark);
        engine->options.method = method;
        tried = engine->method;
    }
    return done;
}

static bool is_checked(const struct engine *engine)
{
    const struct circuit_version *version = &engine->circuit->version, *checked = &engine->checked;
    return checked->structure == version->structure && checked->values == version->values &&
           checked->sources == version->sources;
}

static enum engine_status check(struct engine *engine, struct diagnostics *diagnostics)
{
    if (!is_checked(engine) && !engine_check(engine, diagnostics))
        return ENGINE_NO_MEMORY;
    if (diagnostics->out_of_memory)
        return ENGINE_NO_MEMORY;
    return is_checked(engine) ? ENGINE_OK : ENGINE_UNSOLVED;
}

enum engine_status convex_prepare(struct engine *engine, struct diagnostics *diagnostics)
{
    return refresh_tables(engine) ? check(engine, diagnostics) : ENGINE_NO_MEMORY;
}

static enum engine_status solve_full(struct engine *engine, struct diagnostics *diagnostics)
{
    double mark = clock_seconds();
    bool warm = engine->solver || engine->certificate.proved;
    engine->answered = false;
    enum engine_status status = check(engine, diagnostics);
    clock_lap(&mark, &engine->seconds_lower);
    if (status != ENGINE_OK)
        return status;
    if (!climb(engine, warm, &mark))
        return ENGINE_NO_MEMORY;
    if (!engine->certificate.proved)
        engine_report(engine, diagnostics);
    else if (!engine_warn(engine, diagnostics)) /* warnings are of answers */
        return ENGINE_NO_MEMORY;
    if (diagnostics->out_of_memory)
        return ENGINE_NO_MEMORY;
    return engine->certificate.proved ? ENGINE_OK : ENGINE_UNSOLVED;
}

enum engine_status convex_solve(struct engine *engine, struct diagnostics *diagnostics)
{
    enum engine_status status = ENGINE_NO_MEMORY;
    bool again = engine->answered && engine->certificate.proved;
    engine->answered = false;
    engine->seconds_lower = engine->seconds_solve = engine->seconds_recover = engine->seconds_prove = 0;
    if (refresh_tables(engine)) {
        enum solve_status warm = SOLVE_STALLED;
        if (again && !(engine->solver && solver_is_factor_free(engine->solver)))
            warm = solve_warm(engine);
        if (warm == SOLVE_OK && engine_warn_of_news(engine, diagnostics))
            return ENGINE_OK;
        if (warm == SOLVE_STALLED)
            status = solve_full(engine, diagnostics);
    }
    if (status == ENGINE_NO_MEMORY)
        engine_restart(engine);
    return status;
}
