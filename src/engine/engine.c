#include "engine/engine.h"

#include "circuit/topology.h"
#include "convex/admits.h"
#include "engine/convex.h"
#include "engine/coupled.h"
#include "engine/tearing.h"
#include "util/search.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

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
    bool done = convex_refresh_supernodes(engine) && topology_check(engine->circuit, &engine->supernodes, diagnostics);
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

void engine_expect(struct engine *engine, size_t count, const double *value)
{
    engine->ahead = (struct engine_ahead){count < UINT32_MAX ? (uint32_t)count : UINT32_MAX, value};
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
        return convex_solve(engine, diagnostics);
    }
    enum engine_status status = coupled_solve(engine, diagnostics);
    if (status == ENGINE_NO_MEMORY)
        engine_restart(engine);
    return status;
}

/* May it be the matrix, and no memory, that there was no more room in? */
static bool has_countless_entries(const struct circuit *circuit)
{
    size_t between = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        bool conducts = element->kind == ELEMENT_RESISTOR || element->kind == ELEMENT_DIODE;
        between += conducts && element->a != GROUND && element->k != GROUND && element->a != element->k;
    }
    return !laplacian_counts(circuit->nodes.count, between);
}

enum engine_status engine_solve(struct engine *engine, struct diagnostics *diagnostics)
{
    enum engine_status status = solve(engine, diagnostics);
    if (status == ENGINE_NO_MEMORY && has_countless_entries(engine->circuit)) {
        diagnose(diagnostics, ERROR_CIRCUIT_TOO_LARGE, NULL, 0,
                 "the equations may have more than 2^31 entries: opspice-mpi divides those of resistors, diodes and "
                 "sources among processes");
        status = ENGINE_UNSOLVED;
    }
    engine->solved = engine->circuit->version;
    engine->isolation = (struct isolation){.status = ISOLATION_UNASKED};
    if (status == ENGINE_OK && engine->isolates && engine->class != GENERAL_UNIQUE)
        engine->isolation = isolation_find(engine->circuit, &engine->op);
    return engine->isolation.status == ISOLATION_NO_MEMORY ? ENGINE_NO_MEMORY : status;
}

void engine_note_linear(struct engine *engine)
{
    enum factor_kind kind = engine->region ? network_served_by(region_network(engine->region)) : FACTOR_NONE;
    if (kind != FACTOR_NONE)
        engine->info.linear = kind;
}

const char *engine_linear_name(enum factor_kind kind)
{
    return factor_kind_name(kind);
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
        info.linear = FACTOR_OF_LU;
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
        info.linear = info.linear != FACTOR_NONE ? info.linear : more->linear;
    } else if (engine->region) {
        info.nonzeros = network_nonzeros(region_network(engine->region));
    }
    return info;
}

static enum engine_status of_network(enum network_status status)
{
    return status == NETWORK_OK ? ENGINE_OK : status == NETWORK_NO_MEMORY ? ENGINE_NO_MEMORY : ENGINE_UNSOLVED;
}

static enum engine_status of_general(enum general_status status)
{
    return status == GENERAL_OK ? ENGINE_OK : status == GENERAL_NO_MEMORY ? ENGINE_NO_MEMORY : ENGINE_UNSOLVED;
}

enum engine_status engine_respond(struct engine *engine, uint32_t source, uint32_t into, uint32_t out_of,
                                  const struct response *response)
{
    if (!coupled_make_equations(engine))
        return ENGINE_NO_MEMORY;
    if (engine->general)
        return of_general(general_respond(engine->general, source, into, out_of, response));
    return of_network(network_respond(region_network(engine->region), source, into, out_of, response, &engine->info));
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
                        : of_network(network_adjoint(region_network(engine->region), node, branch, weight,
                                                     &engine->info));
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
    return network_holding(region_network(engine->region),
                           (uint32_t)search_ascending(tables->diode, tables->diodes, element));
}

uint32_t engine_kinks(const struct engine *engine)
{
    if (engine->tearing)
        return tearing_kinks(engine->tearing);
    return engine->general ? general_kinks(engine->general) : network_kinks(region_network(engine->region));
}

bool engine_is_current(const struct engine *engine)
{
    const struct circuit_version *now = &engine->circuit->version, *then = &engine->solved;
    return engine->answered && engine->certificate.proved && now->structure == then->structure &&
           now->values == then->values && now->sources == then->sources;
}

const char *engine_response_fault(const struct engine *engine)
{
    return engine->region ? network_fault(region_network(engine->region)) : NULL;
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
    if (!engine->certificate.proved)
        return ENGINE_NONE;
    if (engine->class == GENERAL_UNIQUE || (shown && isinf(engine->isolation.volts)))
        return ENGINE_UNIQUE;
    return shown ? ENGINE_ISOLATED : ENGINE_SOLUTION;
}

enum engine_stability engine_stability(const struct engine *engine)
{
    return engine->certificate.proved ? engine->stability : ENGINE_UNTESTED;
}

const char *engine_class_name(enum engine_class class)
{
    static const char *const name[] = {[ENGINE_UNIQUE] = "unique",
                                       [ENGINE_ISOLATED] = "isolated",
                                       [ENGINE_SOLUTION] = "solution",
                                       [ENGINE_NONE] = "none"};
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
    convex_forget_solver(engine);
    engine->answered = engine->certificate.proved = false;
}

void engine_free(struct engine *engine)
{
    coupled_forget(engine);
    convex_forget(engine);
    supernodes_free(&engine->supernodes);
    operating_point_free(&engine->op);
    free(engine->room);
    if (engine->owns_circuit)
        circuit_free_copy(engine->circuit);
    *engine = (struct engine){0};
}
