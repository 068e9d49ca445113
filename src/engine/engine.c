#include "engine/engine.h"

#include "circuit/topology.h"
#include "convex/admits.h"
#include "engine/coupled.h"
#include "engine/tearing.h"
#include "engine/warnings.h"
#include "proof/certificate_quick.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/search.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REGION_TRIES = 16 }; /* regions tried for a point before the whole program is solved */

/* ---- what is derived from the circuit ---------------------------------------------------------------------------- */

static void forget_solver(struct engine *engine)
{
    solver_free(engine->solver);
    engine->solver = NULL;
}

static void forget_program(struct engine *engine)
{
    forget_solver(engine);
    qp_free(&engine->qp);
    engine->lowered = (struct circuit_version){0};
}

static void forget_region(struct engine *engine)
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
        forget_region(engine);
        if (!element_tables_build(&engine->tables, engine->circuit))
            return false;
        engine->region = region_new(engine->circuit, &engine->tables, engine->options.linear, &engine->op);
        if (!engine->region)
            return false;
        region_watch(engine->region, engine->options.watch);
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

/* Supernodes of the present structure and source values. */
static bool refresh_supernodes(struct engine *engine)
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
    if (!refresh_supernodes(engine))
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

bool engine_init(struct engine *engine, struct circuit *circuit, const struct solve_options *options, bool full)
{
    assert(circuit->nodes.count > 0 && options->tolerance > 0);
    *engine = (struct engine){
        .circuit = circuit, .options = *options, .full_figures = full, .followed = ENGINE_NO_SOURCE,
        .changes.last = ENGINE_NO_SOURCE};
    return operating_point_new(&engine->op, circuit);
}

static bool may_fall(const struct circuit *circuit)
{
    bool falls = false;
    for (uint32_t l = 0; l < circuit->n_laws; l++)
        falls |= law_may_fall(&circuit->law[l]);
    return falls;
}

bool engine_has_one_point(const struct engine *engine)
{
    return convex_admits(engine->circuit) && !may_fall(engine->circuit);
}

/* A convex circuit has one operating point, and stays there; not where a law may fall. */
static void classify(struct engine *engine)
{
    bool falls = may_fall(engine->circuit);
    engine->class = falls ? GENERAL_SOLUTION : GENERAL_UNIQUE;
    engine->stability = falls ? ENGINE_UNTESTED : ENGINE_STABLE;
}

bool engine_check(struct engine *engine, struct diagnostics *diagnostics)
{
    size_t outcomes = diagnostics->outcomes;
    classify(engine);
    bool done = refresh_supernodes(engine) && topology_check(engine->circuit, &engine->supernodes, diagnostics);
    if (done && diagnostics->outcomes == outcomes)
        engine->checked = engine->circuit->version;
    return done;
}

/* ---- changes ----------------------------------------------------------------------------------------------------- */

static void follow(struct engine *engine, uint32_t element)
{
    if (engine->followed == element)
        return;
    engine->followed = element;
    if (engine->region)
        region_follow(engine->region, element, !engine->changes.told);
}

static void note_change(struct engine *engine, uint32_t element)
{
    struct source_changes *changes = &engine->changes;
    if (changes->last == element || changes->told)
        return;
    *changes = (struct source_changes){.last = element};
    follow(engine, ENGINE_NO_SOURCE);
}

/* Where it is always the same source that is changed, that is followed: not where laws are curved, whose answers do not
 * extrapolate from values of any order. */
static void note_solve(struct engine *engine)
{
    enum { ENOUGH = 3 };
    struct source_changes *changes = &engine->changes;
    if (changes->told || changes->last == ENGINE_NO_SOURCE || engine->circuit->n_curves > 0)
        return;
    changes->alone += changes->alone < ENOUGH;
    if (changes->alone == ENOUGH)
        follow(engine, changes->last);
}

void engine_set_source(struct engine *engine, uint32_t element, double value)
{
    circuit_set_source(engine->circuit, element, value);
    note_change(engine, element);
    if (engine->region)
        region_source_changed(engine->region, element);
}

void engine_set_resistance(struct engine *engine, uint32_t element, double ohms)
{
    circuit_set_resistance(engine->circuit, element, ohms);
}

bool engine_has_resistors(const struct engine *engine, uint32_t first, uint32_t count)
{
    const struct circuit *circuit = engine->circuit;
    if (engine->tabled.structure == circuit->version.structure)
        return element_tables_has_resistors(&engine->tables, first, count);
    for (uint32_t q = 0; q < count; q++)
        if (circuit->element[first + q].kind != ELEMENT_RESISTOR)
            return false;
    return true;
}

void engine_set_resistances(struct engine *engine, uint32_t first, uint32_t count, const double *ohms)
{
    assert(engine_has_resistors(engine, first, count));
    struct circuit *circuit = engine->circuit;
    bool tabled = engine->tabled.structure == circuit->version.structure &&
                  engine->tabled.values == circuit->version.values;
    bool checked = engine->checked.values == circuit->version.values;
    bool admitted = engine->convex && engine->admitted.values == circuit->version.values;
    if (circuit_set_resistances(circuit, first, count, ohms)) {
        if (admitted)
            engine->admitted.values = circuit->version.values; /* resistances that are positive leave it convex */
        if (tabled) {
            element_tables_set_resistances(&engine->tables, first, count, ohms);
            region_revalued(engine->region);
            engine->tabled.values = circuit->version.values;
        }
    }
    if (checked)
        engine->checked.values = circuit->version.values; /* resistances have no part in the topology */
}

void engine_set_temperature(struct engine *engine, double celsius)
{
    circuit_set_temperature(engine->circuit, celsius);
}

void engine_follow(struct engine *engine, uint32_t element)
{
    engine->changes = (struct source_changes){.last = ENGINE_NO_SOURCE, .told = element != ENGINE_NO_SOURCE};
    follow(engine, element);
}

/* ---- the proof --------------------------------------------------------------------------------------------------- */

/* Room for so many bytes, zeroed where it is new. */
static bool make_room(struct engine *engine, size_t size)
{
    if (engine->room_size >= size)
        return true;
    free(engine->room);
    engine->room = array_new(size, 1);
    engine->room_size = engine->room ? size : 0;
    return engine->room;
}

static bool prove_quickly(struct engine *engine)
{
    const struct operating_point *op = &engine->op;
    return certificate_quick(&engine->certificate, &engine->tables, engine->circuit, op->voltage, op->low, op->current,
                             engine->options.tolerance, engine->room);
}

/* Judge the present point; by the quick form where that is enough and decides: not of many nodes, since what is left
 * over at all of them together is too much for it. A first point that it proves leaves it at the room that it takes;
 * from the second on there is room for both. False when memory is out. */
static bool prove(struct engine *engine)
{
    enum { MOST_QUICK = 300000 };
    const struct operating_point *op = &engine->op;
    bool only_full = engine->full_figures || engine->circuit->nodes.count > MOST_QUICK;
    size_t quick = certificate_quick_room(engine->circuit);
    size_t full = CERTIFICATE_QUICK_KEPT + certificate_room(engine->circuit), both = full > quick ? full : quick;
    if (engine->room_size == 0 && engine->region && !engine->stays)
        region_release(engine->region); /* which is as large as the room for the proof; who solves again keeps it */
    if (!make_room(engine, engine->room_size > 0 || only_full ? both : quick))
        return false;
    if (only_full || !prove_quickly(engine)) {
        if (!make_room(engine, both))
            return false;
        certificate_fill(&engine->certificate, certificate_quick_lend(engine->room), engine->circuit, op->voltage,
                         op->low, op->current, engine->options.tolerance);
    }
    return engine->answered = true;
}

/* ---- the ladder -------------------------------------------------------------------------------------------------- */

/* A circuit without diodes, where a factor of it does not take longer than coordinate descent. */
static bool is_one_region(struct engine *engine, enum solve_status *status)
{
    if (engine->tables.diodes > 0 || engine->options.method == METHOD_CD)
        return false;
    enum region_status prepared = region_prepare(engine->region, &engine->info);
    *status = prepared == REGION_NO_MEMORY ? SOLVE_NO_MEMORY : SOLVE_OK;
    return prepared != REGION_OK || engine->options.method == METHOD_NEWTON ||
           !solve_descent_is_cheaper(region_flops(engine->region), region_nonzeros(engine->region));
}

static enum solve_status solve_region(struct engine *engine)
{
    enum region_status status = region_solve(engine->region, 1, &engine->info);
    engine->method = region_unknowns(engine->region) > 0 ? METHOD_NEWTON : METHOD_AUTO;
    return solve_status_of(status);
}

static enum solve_status solve_program(struct engine *engine)
{
    if (!refresh_program(engine))
        return SOLVE_NO_MEMORY;
    enum solve_status status = solver_run(engine->solver, &engine->options);
    engine->method = solver_method(engine->solver);
    if (status == SOLVE_NO_MEMORY)
        forget_solver(engine); /* begin anew next time */
    return status;
}

/* Once more where sums over sets of nodes may have missed by what is small beside others. False when memory is out. */
static bool refine(struct engine *engine)
{
    enum region_status status = region_refine(engine->region, &engine->info);
    if (status == REGION_OK)
        return region_place_floating(engine->region, true) && prove(engine);
    return status != REGION_NO_MEMORY;
}

/* The judgement on where a way has come to, one that has stalled, too: parts that float are placed, the proof decides;
 * an answer from the beginning that misses it is refined once. False when memory is out. */
static bool judge(struct engine *engine, enum solve_status status, bool warm, double *mark)
{
    bool done = status != SOLVE_NO_MEMORY && region_place_floating(engine->region, !warm);
    clock_lap(mark, &engine->seconds_recover);
    done = done && prove(engine) && (engine->certificate.proved || warm || status != SOLVE_OK || refine(engine));
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
static enum region_status grow_sources(struct engine *engine, const double *value, double *kept)
{
    enum { TRIES = 300, REGION_STEPS = 20 };
    const double shortest = 1e-4, first = 1.0 / 64;
    size_t nodes = engine->circuit->nodes.count, size = nodes * sizeof *kept;
    enum region_status status = REGION_UNSOLVED;
    double reached = 0, step = first;
    for (int tries = 0; tries < TRIES && reached < 1 && step >= shortest; tries++) {
        double next = fmin(1, reached + step);
        memcpy(kept, engine->op.voltage, size);
        memcpy(kept + nodes, engine->op.low, size);
        scale_sources(engine, value, next);
        status = region_solve(engine->region, REGION_STEPS, &engine->info);
        if (status == REGION_NO_MEMORY)
            return status;
        if (status == REGION_OK) {
            reached = next;
            step *= 2;
            continue;
        }
        memcpy(engine->op.voltage, kept, size);
        memcpy(engine->op.low, kept + nodes, size);
        step /= 4;
    }
    return reached < 1 ? REGION_UNSOLVED : REGION_OK;
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
    region_be_patient(engine->region, true);
    enum region_status status = grow_sources(engine, value, kept);
    region_be_patient(engine->region, false);
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
    forget_region(engine);
    supernodes_free(&engine->supernodes);
    engine->grouped = (struct circuit_version){0};
    return refresh_tables(engine);
}

/* The rungs of a solve from the beginning (engine.h), until a point is proved. */
static const struct rung {
    bool anew;         /* from zero, forgetting the last potentials and all else; without a last answer the rung before has
                        * done it */
    bool other_method; /* from zero by the one that was not tried: what one leaves within rounding of its own measure may
                        * still miss the proof. Where the choice is left to us, and it cannot take long */
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
        forget_solver(engine);
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

static enum engine_status solve_full(struct engine *engine, struct diagnostics *diagnostics)
{
    double mark = clock_seconds();
    bool warm = engine->solver || engine->certificate.proved;
    engine->answered = false;
    if (!is_checked(engine) && !engine_check(engine, diagnostics))
        return ENGINE_NO_MEMORY;
    clock_lap(&mark, &engine->seconds_lower);
    if (diagnostics->out_of_memory)
        return ENGINE_NO_MEMORY;
    if (!is_checked(engine))
        return ENGINE_UNSOLVED;
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

static enum engine_status solve_convex(struct engine *engine, struct diagnostics *diagnostics)
{
    enum engine_status status = ENGINE_NO_MEMORY;
    bool again = engine->answered && engine->certificate.proved;
    bool shared = engine->op.any_shared, floats = engine->op.any_floats;
    engine->answered = false;
    engine->seconds_lower = engine->seconds_solve = engine->seconds_recover = engine->seconds_prove = 0;
    if (refresh_tables(engine)) {
        enum solve_status warm = SOLVE_STALLED;
        if (again && !(engine->solver && solver_is_factor_free(engine->solver)))
            warm = solve_warm(engine);
        bool told = (shared || !engine->op.any_shared) && (floats || !engine->op.any_floats);
        if (warm == SOLVE_OK &&
            (told ? engine_warn_of_junctions(engine, diagnostics) : engine_warn(engine, diagnostics)))
            return ENGINE_OK;
        if (warm == SOLVE_STALLED)
            status = solve_full(engine, diagnostics);
    }
    if (status == ENGINE_NO_MEMORY)
        engine_restart(engine);
    return status;
}

/* Is the circuit a convex program? Sources have no part in that. */
static bool is_convex(struct engine *engine)
{
    const struct circuit_version *version = &engine->circuit->version;
    if (engine->admitted.structure != version->structure || engine->admitted.values != version->values) {
        engine->convex = convex_admits(engine->circuit);
        engine->admitted = *version;
    }
    return engine->convex;
}

static enum engine_status solve(struct engine *engine, struct diagnostics *diagnostics)
{
    if (is_convex(engine)) {
        note_solve(engine);
        coupled_forget(engine);
        return solve_convex(engine, diagnostics);
    }
    enum engine_status status = coupled_solve(engine, diagnostics);
    if (status == ENGINE_NO_MEMORY)
        engine_restart(engine);
    return status;
}

enum engine_status engine_solve(struct engine *engine, struct diagnostics *diagnostics)
{
    enum engine_status status = solve(engine, diagnostics);
    engine->solved = engine->circuit->version;
    engine->isolation = (struct isolation){.status = ISOLATION_UNASKED};
    if (status == ENGINE_OK && engine->isolates && engine->class != GENERAL_UNIQUE)
        engine->isolation = isolation_find(engine->circuit, &engine->op);
    return engine->isolation.status == ISOLATION_NO_MEMORY ? ENGINE_NO_MEMORY : status;
}

struct solve_info engine_info(const struct engine *engine)
{
    struct solve_info info = engine->info;
    if (engine->tearing)
        return tearing_info(engine->tearing);
    if (engine->general) {
        struct general_info general = general_info(engine->general);
        info.factorisations += general.factorisations;
        info.fill = general.fill;
        return info;
    }
    if (engine->solver) {
        const struct solve_info *more = solver_info(engine->solver);
        info.nonzeros = more->nonzeros;
        info.sweeps = more->sweeps;
        info.outer = more->outer;
        info.factorisations += more->factorisations;
        info.analyses += more->analyses;
        info.fill = info.fill > more->fill ? info.fill : more->fill;
    } else if (engine->region) {
        info.nonzeros = region_nonzeros(engine->region);
    }
    return info;
}

static enum engine_status of_region(enum region_status status)
{
    return status == REGION_OK ? ENGINE_OK : status == REGION_NO_MEMORY ? ENGINE_NO_MEMORY : ENGINE_UNSOLVED;
}

static enum engine_status of_general(enum general_status status)
{
    return status == GENERAL_OK ? ENGINE_OK : status == GENERAL_NO_MEMORY ? ENGINE_NO_MEMORY : ENGINE_UNSOLVED;
}

enum engine_status engine_respond(struct engine *engine, uint32_t source, uint32_t into, uint32_t out_of, double *v,
                                  double *low, double *i)
{
    if (!coupled_make_equations(engine))
        return ENGINE_NO_MEMORY;
    if (engine->general)
        return of_general(general_respond(engine->general, source, into, out_of, v, low, i));
    return of_region(region_respond(engine->region, source, into, out_of, v, low, i, &engine->info));
}

enum engine_status engine_adjoint(struct engine *engine, const double *node, const double *branch, double *weight)
{
    assert(engine_is_current(engine));
    if (!coupled_make_equations(engine) ||
        !undecided_find(&engine->undecided, engine->circuit, &engine->op, node, branch))
        return ENGINE_NO_MEMORY;
    if (undecided_is_any(&engine->undecided))
        return ENGINE_UNDECIDED;
    enum engine_status status =
        engine->general ? of_general(general_adjoint(engine->general, node, branch, weight))
                        : of_region(region_adjoint(engine->region, node, branch, weight, &engine->info));
    if (status == ENGINE_OK)
        undecided_weights(engine->circuit, &engine->op, weight);
    return status;
}

int engine_holding(const struct engine *engine, uint32_t element)
{
    const struct element_tables *tables = &engine->tables;
    if (engine->circuit->element[element].kind != ELEMENT_DIODE)
        return 0;
    if (engine->tearing)
        return tearing_holding(engine->tearing, element);
    if (engine->general)
        return general_holding(engine->general, element);
    return region_holding(engine->region, (uint32_t)search_ascending(tables->diode, tables->diodes, element));
}

uint32_t engine_kinks(const struct engine *engine)
{
    if (engine->tearing)
        return tearing_kinks(engine->tearing);
    return engine->general ? general_kinks(engine->general) : region_kinks(engine->region);
}

bool engine_is_current(const struct engine *engine)
{
    const struct circuit_version *now = &engine->circuit->version, *then = &engine->solved;
    return engine->answered && engine->certificate.proved && now->structure == then->structure &&
           now->values == then->values && now->sources == then->sources;
}

const char *engine_response_fault(const struct engine *engine)
{
    return engine->region ? region_fault(engine->region) : NULL;
}

bool engine_has_multigrid(void)
{
    return factor_has_multigrid();
}

const char *engine_method(const struct engine *engine)
{
    static const char *const method[] = {[METHOD_AUTO] = "none", [METHOD_CD] = "cd", [METHOD_NEWTON] = "newton"};
    return (engine->general || engine->tearing) && engine->rung ? engine->rung : method[engine->method];
}

enum engine_class engine_class(const struct engine *engine)
{
    bool shown = engine->isolation.status == ISOLATION_SHOWN;
    if (engine->class == GENERAL_UNIQUE || (shown && isinf(engine->isolation.volts)))
        return ENGINE_UNIQUE;
    return shown ? ENGINE_ISOLATED : ENGINE_SOLUTION;
}

const char *engine_class_name(enum engine_class class)
{
    static const char *const name[] = {
        [ENGINE_UNIQUE] = "unique", [ENGINE_ISOLATED] = "isolated", [ENGINE_SOLUTION] = "solution"};
    return name[class];
}

const char *engine_stability_name(enum engine_stability stability)
{
    static const char *const name[] = {
        [ENGINE_STABLE] = "stable",
        [ENGINE_OSCILLATES] = "oscillates",
        [ENGINE_UNTESTED] = "not tested",
        [ENGINE_UNSTABLE] = "unstable"};
    return name[stability];
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

bool engine_copy(struct engine *copy, const struct engine *engine)
{
    *copy = (struct engine){.circuit = circuit_copy(engine->circuit),
                            .owns_circuit = true,
                            .options = engine->options,
                            .full_figures = engine->full_figures,
                            .isolates = engine->isolates,
                            .followed = engine->followed,
                            .changes = engine->changes,
                            .certificate = engine->certificate,
                            .class = engine->class,
                            .isolation = engine->isolation,
                            .stability = engine->stability,
                            .answered = engine->answered};
    if (!copy->circuit || !operating_point_new(&copy->op, copy->circuit)) {
        engine_free(copy);
        return false;
    }
    if (engine->answered)
        operating_point_copy(&copy->op, &engine->op, copy->circuit);
    return true; /* it makes the rest when it needs it */
}

void engine_restart(struct engine *engine)
{
    forget_solver(engine);
    engine->answered = engine->certificate.proved = false;
}

void engine_free(struct engine *engine)
{
    coupled_forget(engine);
    forget_region(engine);
    supernodes_free(&engine->supernodes);
    operating_point_free(&engine->op);
    free(engine->room);
    if (engine->owns_circuit)
        circuit_free_copy(engine->circuit);
    *engine = (struct engine){0};
}
