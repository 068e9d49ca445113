#include "engine/engine.h"

#include "circuit/topology.h"
#include "proof/certificate_quick.h"
#include "util/array.h"
#include "util/clock.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 16 }; /* pieces tried for a point before the whole program is solved */

/* ---- structure ---- */

static void forget_piece(struct engine *engine)
{
    piece_free(&engine->piece);
    element_tables_free(&engine->tables);
    engine->has_piece = engine->has_tables = engine->tables_behind = false;
}

static void forget_solver(struct engine *engine)
{
    solver_free(engine->solver);
    engine->solver = NULL;
}

static void forget_program(struct engine *engine)
{
    forget_solver(engine);
    qp_free(&engine->qp);
    engine->lowered = false;
}

static bool lower(struct engine *engine)
{
    struct supernodes *supernodes = &engine->supernodes;
    forget_program(engine);
    supernodes_free(supernodes);
    engine->lowered = supernodes_build(supernodes, engine->circuit) &&
                          qp_build(&engine->qp, engine->circuit, &supernodes->forest, supernodes->offset);
    engine->sources_changed = engine->values_changed = false;
    return engine->lowered;
}

bool engine_init(struct engine *engine, struct circuit *circuit, const struct solve_options *options,
                     bool full)
{
    *engine = (struct engine){
        .circuit = circuit, .options = *options, .full_figures = full, .followed = PIECE_NO_LINE};
    return lower(engine);
}

bool engine_check(struct engine *engine, struct diagnostics *diagnostics)
{
    size_t outcomes = diagnostics->outcomes;
    supernodes_update(&engine->supernodes, engine->circuit);
    bool done = topology_check(engine->circuit, &engine->supernodes, diagnostics);
    engine->checked = done && diagnostics->outcomes == outcomes;
    return done;
}

/* ---- changes ---- */

void engine_set_source(struct engine *engine, uint32_t element, double value)
{
    engine->circuit->element[element].value = value;
    engine->sources_changed = true;
    engine->checked = false;
    if (element != engine->followed && engine->has_piece)
        piece_off_line(&engine->piece);
}

void engine_revalued(struct engine *engine, bool restructured)
{
    engine->values_changed = true;
    engine->checked = false;
    if (restructured) {
        forget_program(engine);
        forget_piece(engine);
        return;
    }
    engine->tables_behind = engine->has_tables;
    if (engine->has_piece)
        piece_revalued(&engine->piece);
}

void engine_set_resistance(struct engine *engine, uint32_t element, double ohms)
{
    uint32_t kind = engine->circuit->element[element].kind;
    circuit_set_resistance(engine->circuit, element, ohms);
    engine_revalued(engine, engine->circuit->element[element].kind != kind);
}

bool engine_has_resistors(const struct engine *engine, uint32_t first, uint32_t count)
{
    const struct circuit *circuit = engine->circuit;
    if (engine->has_tables)
        return element_tables_has_resistors(&engine->tables, first, count);
    for (uint32_t q = 0; q < count; q++)
        if (circuit->element[first + q].kind != ELEMENT_RESISTOR)
            return false;
    return true;
}

void engine_set_resistances(struct engine *engine, uint32_t first, uint32_t count, const double *ohms)
{
    struct circuit *circuit = engine->circuit;
    bool at_once = engine->has_tables && !engine->tables_behind;
    for (uint32_t q = 0; q < count; q++)
        circuit->element[first + q].value = ohms[q];
    for (uint32_t q = 0; q < circuit->n_thermal; q++)
        if (circuit->thermal[q].element >= first && circuit->thermal[q].element - first < count) {
            circuit_set_resistance(circuit, circuit->thermal[q].element, ohms[circuit->thermal[q].element - first]);
            at_once = false;
        }
    bool checked = engine->checked; /* resistances have no part in the topology */
    engine_revalued(engine, false);
    engine->checked = checked;
    if (at_once) {
        element_tables_set_resistances(&engine->tables, first, count, ohms);
        engine->tables_behind = false;
    }
}

void engine_set_temperature(struct engine *engine, double celsius)
{
    circuit_set_temperature(engine->circuit, celsius);
    engine_revalued(engine, false);
}

void engine_follow(struct engine *engine, uint32_t element)
{
    engine->followed = element;
    if (engine->has_piece)
        piece_follow(&engine->piece, element);
}

/* ---- the proof ---- */

static bool make_room(struct engine *engine)
{
    if (!engine->room)
        engine->room = array_new(certificate_room(engine->circuit), 1);
    return engine->room;
}

/* False when memory is out. */
static bool certify(struct engine *engine)
{
    struct operating_point *op = &engine->op;
    if (!make_room(engine))
        return false;
    certificate_fill(&op->certificate, engine->room, engine->circuit, op->voltage, op->current,
                     engine->options.tolerance);
    engine->answered = true;
    engine->proved = op->certificate.proved;
    return true;
}

/* Is the element a diode at a voltage where its law is not itself any more, but would overflow? Not a junction beyond
 * what voltage sources bring: currents alone do not take it so far, only a search that has lost its way. */
static bool overflows(const struct engine *engine, uint32_t e, double *u)
{
    const struct circuit *circuit = engine->circuit;
    if (e == CERTIFICATE_NONE || circuit->element[e].kind != ELEMENT_DIODE)
        return false;
    const struct law *law = &circuit->law[circuit->element[e].law];
    *u = engine->op.voltage[circuit->element[e].a] - engine->op.voltage[circuit->element[e].k];
    bool lost = law->curve && law->curve->kind == CURVE_JUNCTION && fabs(*u) > 2 * circuit_volts_in_series(circuit);
    return !law_covers(law, *u) && !lost;
}

/* An element to show with a certificate that misses: at the worst node the one that carries most, or the worst one. */
static const struct element *worst_element(const struct engine *engine)
{
    const struct certificate *proof = &engine->op.certificate;
    const struct circuit *circuit = engine->circuit;
    uint32_t worst = proof->law_element;
    double most = -1;
    for (uint32_t e = 0; proof->kcl_node != CERTIFICATE_NONE && e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        double current = fabs(engine->op.current[e]);
        if ((element->a != proof->kcl_node && element->k != proof->kcl_node) || current <= most)
            continue;
        most = current;
        worst = e;
    }
    return worst == CERTIFICATE_NONE ? NULL : &circuit->element[worst];
}

/* Report the reason why there is no proof, where there is one to be seen. False: none. */
static bool diagnose_failure(const struct engine *engine, struct diagnostics *diagnostics)
{
    const struct certificate *proof = &engine->op.certificate;
    const struct circuit *circuit = engine->circuit;
    const struct element *diode = proof->law_element == CERTIFICATE_NONE ? NULL : &circuit->element[proof->law_element];
    const uint32_t *tree = engine->supernodes.forest.tree;
    size_t outcomes = diagnostics->outcomes;
    double u;
    bool overflown = overflows(engine, proof->law_element, &u);
    if (!(overflown && tree[diode->a] == tree[diode->k]) &&
        !topology_explain(circuit, &engine->supernodes, proof->tolerance, diagnostics))
        diagnostics->out_of_memory = true;
    if (overflown && diagnostics->outcomes == outcomes)
        diagnose(diagnostics, SEVERITY_OUTCOME, diode->place, diode->name_length,
                 "%s has %g V across it: its law gives no finite current there",
                 circuit->elements.text[proof->law_element], u);
    return diagnostics->outcomes > outcomes;
}

static void report(const struct engine *engine, struct diagnostics *diagnostics)
{
    const struct certificate *proof = &engine->op.certificate;
    const struct circuit *circuit = engine->circuit;
    if (diagnose_failure(engine, diagnostics))
        return;
    const char *node = proof->kcl_node == CERTIFICATE_NONE ? "none" : circuit->nodes.text[proof->kcl_node];
    const char *element = proof->law_element == CERTIFICATE_NONE ? "none" : circuit->elements.text[proof->law_element];
    const struct element *shown = worst_element(engine);
    diagnose(diagnostics, SEVERITY_OUTCOME, shown ? shown->place : NULL, shown ? shown->name_length : 0,
             "not converged: worst node %s (relative current residual %.3g), worst element %s (violation %.3g V), "
             "relative power residual %.3g",
             node, proof->kcl_relative, element, proof->law, proof->power_relative);
}

/* ---- the short way: the linear piece of the last answer ---- */

/* The tables with the present values. */
static bool make_tables(struct engine *engine)
{
    struct element_tables *tables = &engine->tables;
    if (!engine->has_tables)
        engine->has_tables = element_tables_build(tables, engine->circuit);
    else if (engine->tables_behind)
        element_tables_revalue(tables, engine->circuit);
    engine->tables_behind = false;
    if (engine->has_tables)
        element_tables_sum(tables);
    return engine->has_tables;
}

static bool make_piece(struct engine *engine)
{
    if (!make_tables(engine))
        return false;
    if (!engine->has_piece) {
        if (!piece_new(&engine->piece, engine->circuit, &engine->tables)) {
            forget_piece(engine);
            return false;
        }
        engine->has_piece = true;
        piece_follow(&engine->piece, engine->followed);
    }
    if (engine->piece_behind)
        piece_take(&engine->piece, &engine->op);
    engine->piece_behind = false;
    return true;
}

/* Is the point proved? By its verdict where that is enough and enough can be told. */
static bool prove_point(struct engine *engine)
{
    struct operating_point *op = &engine->op;
    double tolerance = engine->options.tolerance;
    if (!engine->full_figures && make_room(engine) &&
        certificate_quick(&engine->tables, engine->circuit, op->voltage, op->current, tolerance,
                    engine->room)) {
        op->certificate = (struct certificate){.kcl_node = CERTIFICATE_NONE, .law_element = CERTIFICATE_NONE,
                                               .tolerance = tolerance, .proved = true};
        engine->answered = engine->proved = true;
        return true;
    }
    return certify(engine) && engine->proved;
}

/* A point on the piece of the last answer, or on one near it. PIECE_UNUSABLE: it has to be sought the whole way. */
static enum piece_status try_pieces(struct engine *engine)
{
    struct piece *piece = &engine->piece;
    struct operating_point *op = &engine->op;
    for (int attempt = 0; attempt < TRIES; attempt++) {
        uint32_t wrong;
        bool direct = engine->followed == PIECE_NO_LINE || piece->curved;
        enum piece_status status = piece_point(piece, op, direct, &engine->piece_info);
        if (status == PIECE_OK)
            status = piece_judge(piece, op, &wrong);
        if (status != PIECE_OK)
            return status;
        if (wrong > 0)
            continue;
        if (prove_point(engine))
            return PIECE_OK;
        if (direct)
            return PIECE_UNUSABLE;
        /* where terms of the line cancel, a solve is more exact */
        status = piece_point(piece, op, true, &engine->piece_info);
        return status == PIECE_OK && prove_point(engine) ? PIECE_OK : PIECE_UNUSABLE;
    }
    return PIECE_UNUSABLE;
}

static enum piece_status solve_warm(struct engine *engine)
{
    if (!make_piece(engine))
        return PIECE_NO_MEMORY;
    enum piece_status status = try_pieces(engine);
    if (status == PIECE_OK)
        op_forget_shared(&engine->op, engine->circuit);
    else
        engine->answered = engine->proved = false;
    return status;
}

/* ---- the whole way ---- */

/* Other values in the program that is there. False when its structure is not that of the circuit any more. */
static bool revalue(struct engine *engine)
{
    struct supernodes *supernodes = &engine->supernodes;
    supernodes_update(supernodes, engine->circuit);
    if (!make_tables(engine) || !qp_revalue(&engine->qp, engine->circuit, &engine->tables,
                                                   &supernodes->forest, supernodes->offset))
        return false;
    if (engine->solver)
        solver_revalued(engine->solver);
    engine->sources_changed = engine->values_changed = false;
    return true;
}

/* New values: the topology may be infeasible now, and offsets, currents and thresholds change. False when memory is
 * out. */
static bool lower_again(struct engine *engine, struct diagnostics *diagnostics)
{
    if ((!engine->lowered || (engine->values_changed && !revalue(engine))) && !lower(engine))
        return false;
    if (!engine->checked && !engine_check(engine, diagnostics))
        return false;
    if (engine->checked && engine->sources_changed) {
        qp_update(&engine->qp, engine->circuit, &engine->supernodes.forest, engine->supernodes.offset);
        engine->sources_changed = false;
    }
    return true;
}

static bool solve_and_recover(struct engine *engine, double *mark)
{
    if (!engine->solver && !(engine->solver = solver_new(&engine->qp)))
        return false;
    if (engine->has_tables && !make_tables(engine))
        return false;
    enum solve_status status = solver_run(engine->solver, &engine->options);
    if (status == SOLVE_NO_MEMORY)
        forget_solver(engine); /* begin anew next time */
    clock_lap(mark, &engine->seconds_solve);
    if (status != SOLVE_NO_MEMORY)
        status =
            op_recover(&engine->op, engine->circuit, engine->has_tables ? &engine->tables : NULL,
                       &engine->supernodes, &engine->qp, engine->solver);
    clock_lap(mark, &engine->seconds_recover);
    return status != SOLVE_NO_MEMORY; /* a stalled solve is judged by its certificate */
}

/* The verdict alone, where it is wanted and is reached. */
static bool proved_quickly(struct engine *engine)
{
    return !engine->full_figures && make_tables(engine) && prove_point(engine);
}

/* The method that was not tried, from the beginning: what one leaves within rounding of its own measure may still miss
 * the proof. Not where it could take long. False when memory is out. */
static bool try_other_method(struct engine *engine, double *mark)
{
    enum { MOST_UNKNOWNS = 500 };
    if (engine->options.method != METHOD_AUTO || engine->qp.L.n > MOST_UNKNOWNS)
        return true;
    enum solve_method first = solver_method(engine->solver);
    forget_solver(engine);
    engine->options.method = first == METHOD_CD ? METHOD_NEWTON : METHOD_CD;
    bool done = solve_and_recover(engine, mark) && certify(engine);
    engine->options.method = METHOD_AUTO;
    return done;
}

static enum engine_status solve_full(struct engine *engine, bool again, struct diagnostics *diagnostics)
{
    double mark = clock_seconds();
    bool done = lower_again(engine, diagnostics);
    clock_lap(&mark, &engine->seconds_lower);
    if (!done || diagnostics->out_of_memory)
        return ENGINE_NO_MEMORY;
    if (!engine->checked)
        return ENGINE_UNSOLVED;
    bool warm = engine->solver;
    if (!solve_and_recover(engine, &mark) ||
        (!(again && proved_quickly(engine)) && !certify(engine)))
        return ENGINE_NO_MEMORY;
    if (warm && !engine->proved) { /* earlier answers may have led astray */
        forget_solver(engine);
        if (!solve_and_recover(engine, &mark) || !certify(engine))
            return ENGINE_NO_MEMORY;
    }
    if (!engine->proved && !try_other_method(engine, &mark))
        return ENGINE_NO_MEMORY;
    engine->piece_behind = true;
    if (!engine->proved)
        report(engine, diagnostics);
    clock_lap(&mark, &engine->seconds_prove);
    if (engine->proved && /* warnings are of answers */
        !op_warn(&engine->op, engine->circuit, &engine->supernodes, engine->solver, diagnostics))
        return ENGINE_NO_MEMORY;
    if (diagnostics->out_of_memory)
        return ENGINE_NO_MEMORY;
    return engine->proved ? ENGINE_OK : ENGINE_UNSOLVED;
}

/* ---- solving ---- */

enum engine_status engine_solve(struct engine *engine, struct diagnostics *diagnostics)
{
    bool again = engine->proved;
    engine->answered = engine->proved = false;
    engine->seconds_lower = engine->seconds_solve = engine->seconds_recover = engine->seconds_prove = 0;
    if (again && !(engine->solver && solver_spares_factors(engine->solver))) {
        double mark = clock_seconds();
        enum piece_status status = solve_warm(engine);
        clock_lap(&mark, &engine->seconds_solve);
        if (status == PIECE_OK)
            return ENGINE_OK;
        if (status == PIECE_NO_MEMORY)
            return ENGINE_NO_MEMORY;
    }
    enum engine_status status = solve_full(engine, again, diagnostics);
    if (status == ENGINE_NO_MEMORY)
        engine->answered = engine->proved = false;
    return status;
}

struct piece *engine_piece(struct engine *engine)
{
    return make_piece(engine) ? &engine->piece : NULL;
}

struct solve_info engine_info(const struct engine *engine)
{
    const struct solve_info *piece = &engine->piece_info;
    struct solve_info info = {0};
    if (engine->solver)
        info = *solver_info(engine->solver);
    info.factorisations += piece->factorisations;
    info.analyses += piece->analyses;
    info.fill = info.fill > piece->fill ? info.fill : piece->fill;
    return info;
}

const char *engine_method(const struct engine *engine)
{
    static const char *const method[] = {[METHOD_AUTO] = "none", [METHOD_CD] = "cd", [METHOD_NEWTON] = "newton"};
    return method[engine->solver ? solver_method(engine->solver) : METHOD_AUTO];
}

/* ---- life ---- */

static bool copy_point(struct operating_point *to, const struct operating_point *from, const struct circuit *circuit)
{
    uint32_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    to->voltage = array_new(nodes, sizeof *to->voltage);
    to->current = array_new(elements, sizeof *to->current);
    to->shared = array_new(elements, sizeof *to->shared);
    if (!to->voltage || !to->current || !to->shared)
        return false;
    memcpy(to->voltage, from->voltage, nodes * sizeof *to->voltage);
    memcpy(to->current, from->current, elements * sizeof *to->current);
    memcpy(to->shared, from->shared, elements * sizeof *to->shared);
    to->any_shared = from->any_shared;
    to->certificate = from->certificate;
    return true;
}

bool engine_copy(struct engine *copy, const struct engine *engine)
{
    *copy = (struct engine){.circuit = circuit_copy(engine->circuit),
                                .owns_circuit = true,
                                .options = engine->options,
                                .full_figures = engine->full_figures,
                                .followed = engine->followed};
    if (!copy->circuit || (engine->proved && !copy_point(&copy->op, &engine->op, copy->circuit))) {
        engine_free(copy);
        return false;
    }
    copy->answered = copy->proved = copy->piece_behind = engine->proved;
    return true; /* it lowers its program when it needs one */
}

void engine_restart(struct engine *engine)
{
    forget_solver(engine);
    engine->answered = engine->proved = false;
}

void engine_free(struct engine *engine)
{
    forget_piece(engine);
    forget_program(engine);
    supernodes_free(&engine->supernodes);
    op_free(&engine->op);
    free(engine->room);
    if (engine->owns_circuit)
        circuit_free_copy(engine->circuit);
    *engine = (struct engine){0};
}
