#include "analysis/simulation.h"

#include "circuit/topology.h"
#include "solve/proof.h"
#include "util/array.h"
#include "util/clock.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 16 }; /* pieces tried for a point before the whole program is solved */

/* ---- structure ---- */

static void forget_piece(struct simulation *simulation)
{
    piece_free(&simulation->piece);
    inventory_free(&simulation->inventory);
    simulation->has_piece = simulation->has_inventory = simulation->inventory_behind = false;
}

static void forget_solver(struct simulation *simulation)
{
    solver_free(simulation->solver);
    simulation->solver = NULL;
}

static void forget_program(struct simulation *simulation)
{
    forget_solver(simulation);
    qp_free(&simulation->qp);
    simulation->lowered = false;
}

static bool lower(struct simulation *simulation)
{
    struct supernodes *supernodes = &simulation->supernodes;
    forget_program(simulation);
    supernodes_free(supernodes);
    simulation->lowered = supernodes_build(supernodes, simulation->circuit) &&
                          qp_build(&simulation->qp, simulation->circuit, &supernodes->forest, supernodes->offset);
    simulation->sources_changed = simulation->values_changed = false;
    return simulation->lowered;
}

bool simulation_init(struct simulation *simulation, struct circuit *circuit, const struct solve_options *options,
                     bool full)
{
    *simulation = (struct simulation){
        .circuit = circuit, .options = *options, .full_figures = full, .followed = PIECE_NO_LINE};
    return lower(simulation);
}

bool simulation_check(struct simulation *simulation, struct diagnostics *diagnostics)
{
    size_t outcomes = diagnostics->outcomes;
    supernodes_update(&simulation->supernodes, simulation->circuit);
    bool done = topology_check(simulation->circuit, &simulation->supernodes, diagnostics);
    simulation->checked = done && diagnostics->outcomes == outcomes;
    return done;
}

/* ---- changes ---- */

void simulation_set_source(struct simulation *simulation, uint32_t element, double value)
{
    simulation->circuit->element[element].value = value;
    simulation->sources_changed = true;
    simulation->checked = false;
    if (element != simulation->followed && simulation->has_piece)
        piece_off_line(&simulation->piece);
}

void simulation_revalued(struct simulation *simulation, bool restructured)
{
    simulation->values_changed = true;
    simulation->checked = false;
    if (restructured) {
        forget_program(simulation);
        forget_piece(simulation);
        return;
    }
    simulation->inventory_behind = simulation->has_inventory;
    if (simulation->has_piece)
        piece_revalued(&simulation->piece);
}

void simulation_set_resistance(struct simulation *simulation, uint32_t element, double ohms)
{
    uint32_t kind = simulation->circuit->element[element].kind;
    circuit_set_resistance(simulation->circuit, element, ohms);
    simulation_revalued(simulation, simulation->circuit->element[element].kind != kind);
}

bool simulation_has_resistors(const struct simulation *simulation, uint32_t first, uint32_t count)
{
    const struct circuit *circuit = simulation->circuit;
    if (simulation->has_inventory)
        return inventory_has_resistors(&simulation->inventory, first, count);
    for (uint32_t q = 0; q < count; q++)
        if (circuit->element[first + q].kind != ELEMENT_RESISTOR)
            return false;
    return true;
}

void simulation_set_resistances(struct simulation *simulation, uint32_t first, uint32_t count, const double *ohms)
{
    struct circuit *circuit = simulation->circuit;
    bool at_once = simulation->has_inventory && !simulation->inventory_behind;
    for (uint32_t q = 0; q < count; q++)
        circuit->element[first + q].value = ohms[q];
    for (uint32_t q = 0; q < circuit->n_thermal; q++)
        if (circuit->thermal[q].element >= first && circuit->thermal[q].element - first < count) {
            circuit_set_resistance(circuit, circuit->thermal[q].element, ohms[circuit->thermal[q].element - first]);
            at_once = false;
        }
    bool checked = simulation->checked; /* resistances have no part in the topology */
    simulation_revalued(simulation, false);
    simulation->checked = checked;
    if (at_once) {
        inventory_set_resistances(&simulation->inventory, first, count, ohms);
        simulation->inventory_behind = false;
    }
}

void simulation_set_temperature(struct simulation *simulation, double celsius)
{
    circuit_set_temperature(simulation->circuit, celsius);
    simulation_revalued(simulation, false);
}

void simulation_follow(struct simulation *simulation, uint32_t element)
{
    simulation->followed = element;
    if (simulation->has_piece)
        piece_follow(&simulation->piece, element);
}

/* ---- the proof ---- */

static bool make_room(struct simulation *simulation)
{
    if (!simulation->room)
        simulation->room = array_new(certificate_room(simulation->circuit), 1);
    return simulation->room;
}

/* False when memory is out. */
static bool certify(struct simulation *simulation)
{
    struct operating_point *op = &simulation->op;
    if (!make_room(simulation))
        return false;
    certificate_fill(&op->certificate, simulation->room, simulation->circuit, op->voltage, op->current,
                     simulation->options.tolerance);
    simulation->answered = true;
    simulation->proved = op->certificate.proved;
    return true;
}

/* Is the element a diode at a voltage where its law is not itself any more, but would overflow? Not a junction beyond
 * what voltage sources bring: currents alone do not take it so far, only a search that has lost its way. */
static bool overflows(const struct simulation *simulation, uint32_t e, double *u)
{
    const struct circuit *circuit = simulation->circuit;
    if (e == CERTIFICATE_NONE || circuit->element[e].kind != ELEMENT_DIODE)
        return false;
    const struct law *law = &circuit->law[circuit->element[e].law];
    *u = simulation->op.voltage[circuit->element[e].a] - simulation->op.voltage[circuit->element[e].k];
    bool lost = law->curve && law->curve->kind == CURVE_JUNCTION && fabs(*u) > 2 * circuit_volts_in_series(circuit);
    return !law_covers(law, *u) && !lost;
}

/* An element to show with a certificate that misses: at the worst node the one that carries most, or the worst one. */
static const struct element *culprit(const struct simulation *simulation)
{
    const struct certificate *proof = &simulation->op.certificate;
    const struct circuit *circuit = simulation->circuit;
    uint32_t worst = proof->law_element;
    double most = -1;
    for (uint32_t e = 0; proof->kcl_node != CERTIFICATE_NONE && e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        double current = fabs(simulation->op.current[e]);
        if ((element->a != proof->kcl_node && element->k != proof->kcl_node) || current <= most)
            continue;
        most = current;
        worst = e;
    }
    return worst == CERTIFICATE_NONE ? NULL : &circuit->element[worst];
}

/* Report the reason why there is no proof, where there is one to be seen. False: none. */
static bool explain(const struct simulation *simulation, struct diagnostics *diagnostics)
{
    const struct certificate *proof = &simulation->op.certificate;
    const struct circuit *circuit = simulation->circuit;
    const struct element *diode = proof->law_element == CERTIFICATE_NONE ? NULL : &circuit->element[proof->law_element];
    const uint32_t *tree = simulation->supernodes.forest.tree;
    size_t outcomes = diagnostics->outcomes;
    double u;
    bool overflown = overflows(simulation, proof->law_element, &u);
    if (!(overflown && tree[diode->a] == tree[diode->k]) &&
        !topology_explain(circuit, &simulation->supernodes, proof->tolerance, diagnostics))
        diagnostics->out_of_memory = true;
    if (overflown && diagnostics->outcomes == outcomes)
        diagnose(diagnostics, SEVERITY_OUTCOME, diode->place, diode->name_length,
                 "%s has %g V across it: its law gives no finite current there",
                 circuit->elements.text[proof->law_element], u);
    return diagnostics->outcomes > outcomes;
}

static void report(const struct simulation *simulation, struct diagnostics *diagnostics)
{
    const struct certificate *proof = &simulation->op.certificate;
    const struct circuit *circuit = simulation->circuit;
    if (explain(simulation, diagnostics))
        return;
    const char *node = proof->kcl_node == CERTIFICATE_NONE ? "none" : circuit->nodes.text[proof->kcl_node];
    const char *element = proof->law_element == CERTIFICATE_NONE ? "none" : circuit->elements.text[proof->law_element];
    const struct element *shown = culprit(simulation);
    diagnose(diagnostics, SEVERITY_OUTCOME, shown ? shown->place : NULL, shown ? shown->name_length : 0,
             "not converged: worst node %s (relative current residual %.3g), worst element %s (violation %.3g V), "
             "relative power residual %.3g",
             node, proof->kcl_relative, element, proof->law, proof->power_relative);
}

/* ---- the short way: the linear piece of the last answer ---- */

/* The inventory with the present values. */
static bool make_inventory(struct simulation *simulation)
{
    struct inventory *inventory = &simulation->inventory;
    if (!simulation->has_inventory)
        simulation->has_inventory = inventory_build(inventory, simulation->circuit);
    else if (simulation->inventory_behind)
        inventory_revalue(inventory, simulation->circuit);
    simulation->inventory_behind = false;
    if (simulation->has_inventory)
        inventory_sum(inventory);
    return simulation->has_inventory;
}

static bool make_piece(struct simulation *simulation)
{
    if (!make_inventory(simulation))
        return false;
    if (!simulation->has_piece) {
        if (!piece_new(&simulation->piece, simulation->circuit, &simulation->inventory)) {
            forget_piece(simulation);
            return false;
        }
        simulation->has_piece = true;
        piece_follow(&simulation->piece, simulation->followed);
    }
    if (simulation->piece_behind)
        piece_take(&simulation->piece, &simulation->op);
    simulation->piece_behind = false;
    return true;
}

/* Is the point proved? By its verdict where that is enough and enough can be told. */
static bool prove_point(struct simulation *simulation)
{
    struct operating_point *op = &simulation->op;
    double tolerance = simulation->options.tolerance;
    if (!simulation->full_figures && make_room(simulation) &&
        proof_holds(&simulation->inventory, simulation->circuit, op->voltage, op->current, tolerance,
                    simulation->room)) {
        op->certificate = (struct certificate){.kcl_node = CERTIFICATE_NONE, .law_element = CERTIFICATE_NONE,
                                               .tolerance = tolerance, .proved = true};
        simulation->answered = simulation->proved = true;
        return true;
    }
    return certify(simulation) && simulation->proved;
}

/* A point on the piece of the last answer, or on one near it. PIECE_UNUSABLE: it has to be sought the whole way. */
static enum piece_status try_pieces(struct simulation *simulation)
{
    struct piece *piece = &simulation->piece;
    struct operating_point *op = &simulation->op;
    for (int attempt = 0; attempt < TRIES; attempt++) {
        uint32_t wrong;
        bool direct = simulation->followed == PIECE_NO_LINE || piece->curved;
        enum piece_status status = piece_point(piece, op, direct, &simulation->piece_info);
        if (status == PIECE_OK)
            status = piece_judge(piece, op, &wrong);
        if (status != PIECE_OK)
            return status;
        if (wrong > 0)
            continue;
        if (prove_point(simulation))
            return PIECE_OK;
        if (direct)
            return PIECE_UNUSABLE;
        /* where terms of the line cancel, a solve is more exact */
        status = piece_point(piece, op, true, &simulation->piece_info);
        return status == PIECE_OK && prove_point(simulation) ? PIECE_OK : PIECE_UNUSABLE;
    }
    return PIECE_UNUSABLE;
}

static enum piece_status short_way(struct simulation *simulation)
{
    if (!make_piece(simulation))
        return PIECE_NO_MEMORY;
    enum piece_status status = try_pieces(simulation);
    if (status == PIECE_OK)
        op_forget_shared(&simulation->op, simulation->circuit);
    else
        simulation->answered = simulation->proved = false;
    return status;
}

/* ---- the whole way ---- */

/* Other values in the program that is there. False when its structure is not that of the circuit any more. */
static bool revalue(struct simulation *simulation)
{
    struct supernodes *supernodes = &simulation->supernodes;
    supernodes_update(supernodes, simulation->circuit);
    if (!make_inventory(simulation) || !qp_revalue(&simulation->qp, simulation->circuit, &simulation->inventory,
                                                   &supernodes->forest, supernodes->offset))
        return false;
    if (simulation->solver)
        solver_revalued(simulation->solver);
    simulation->sources_changed = simulation->values_changed = false;
    return true;
}

/* New values: the topology may be infeasible now, and offsets, currents and thresholds change. False when memory is
 * out. */
static bool lower_again(struct simulation *simulation, struct diagnostics *diagnostics)
{
    if ((!simulation->lowered || (simulation->values_changed && !revalue(simulation))) && !lower(simulation))
        return false;
    if (!simulation->checked && !simulation_check(simulation, diagnostics))
        return false;
    if (simulation->checked && simulation->sources_changed) {
        qp_update(&simulation->qp, simulation->circuit, &simulation->supernodes.forest, simulation->supernodes.offset);
        simulation->sources_changed = false;
    }
    return true;
}

static bool solve_and_recover(struct simulation *simulation, double *mark)
{
    if (!simulation->solver && !(simulation->solver = solver_new(&simulation->qp)))
        return false;
    if (simulation->has_inventory && !make_inventory(simulation))
        return false;
    enum solve_status status = solver_run(simulation->solver, &simulation->options);
    if (status == SOLVE_NO_MEMORY)
        forget_solver(simulation); /* begin anew next time */
    clock_lap(mark, &simulation->seconds_solve);
    if (status != SOLVE_NO_MEMORY)
        status =
            op_recover(&simulation->op, simulation->circuit, simulation->has_inventory ? &simulation->inventory : NULL,
                       &simulation->supernodes, &simulation->qp, simulation->solver);
    clock_lap(mark, &simulation->seconds_recover);
    return status != SOLVE_NO_MEMORY; /* a stalled solve is judged by its certificate */
}

/* The verdict alone, where it is wanted and is reached. */
static bool proved_quickly(struct simulation *simulation)
{
    return !simulation->full_figures && make_inventory(simulation) && prove_point(simulation);
}

/* The method that was not tried, from the beginning: what one leaves within rounding of its own measure may still miss
 * the proof. Not where it could take long. False when memory is out. */
static bool try_other_method(struct simulation *simulation, double *mark)
{
    enum { MOST_UNKNOWNS = 500 };
    if (simulation->options.method != METHOD_AUTO || simulation->qp.L.n > MOST_UNKNOWNS)
        return true;
    enum solve_method first = solver_method(simulation->solver);
    forget_solver(simulation);
    simulation->options.method = first == METHOD_CD ? METHOD_NEWTON : METHOD_CD;
    bool done = solve_and_recover(simulation, mark) && certify(simulation);
    simulation->options.method = METHOD_AUTO;
    return done;
}

static enum simulation_status whole_way(struct simulation *simulation, bool again, struct diagnostics *diagnostics)
{
    double mark = clock_seconds();
    bool done = lower_again(simulation, diagnostics);
    clock_lap(&mark, &simulation->seconds_lower);
    if (!done || diagnostics->out_of_memory)
        return SIMULATION_NO_MEMORY;
    if (!simulation->checked)
        return SIMULATION_UNSOLVED;
    bool warm = simulation->solver;
    if (!solve_and_recover(simulation, &mark) ||
        (!(again && proved_quickly(simulation)) && !certify(simulation)))
        return SIMULATION_NO_MEMORY;
    if (warm && !simulation->proved) { /* earlier answers may have led astray */
        forget_solver(simulation);
        if (!solve_and_recover(simulation, &mark) || !certify(simulation))
            return SIMULATION_NO_MEMORY;
    }
    if (!simulation->proved && !try_other_method(simulation, &mark))
        return SIMULATION_NO_MEMORY;
    simulation->piece_behind = true;
    if (!simulation->proved)
        report(simulation, diagnostics);
    clock_lap(&mark, &simulation->seconds_prove);
    if (simulation->proved && /* warnings are of answers */
        !op_warn(&simulation->op, simulation->circuit, &simulation->supernodes, simulation->solver, diagnostics))
        return SIMULATION_NO_MEMORY;
    if (diagnostics->out_of_memory)
        return SIMULATION_NO_MEMORY;
    return simulation->proved ? SIMULATION_OK : SIMULATION_UNSOLVED;
}

/* ---- solving ---- */

enum simulation_status simulation_solve(struct simulation *simulation, struct diagnostics *diagnostics)
{
    bool again = simulation->proved;
    simulation->answered = simulation->proved = false;
    simulation->seconds_lower = simulation->seconds_solve = simulation->seconds_recover = simulation->seconds_prove = 0;
    if (again && !(simulation->solver && solver_spares_factors(simulation->solver))) {
        double mark = clock_seconds();
        enum piece_status status = short_way(simulation);
        clock_lap(&mark, &simulation->seconds_solve);
        if (status == PIECE_OK)
            return SIMULATION_OK;
        if (status == PIECE_NO_MEMORY)
            return SIMULATION_NO_MEMORY;
    }
    enum simulation_status status = whole_way(simulation, again, diagnostics);
    if (status == SIMULATION_NO_MEMORY)
        simulation->answered = simulation->proved = false;
    return status;
}

struct piece *simulation_piece(struct simulation *simulation)
{
    return make_piece(simulation) ? &simulation->piece : NULL;
}

struct solve_info simulation_info(const struct simulation *simulation)
{
    const struct solve_info *piece = &simulation->piece_info;
    struct solve_info info = {0};
    if (simulation->solver)
        info = *solver_info(simulation->solver);
    info.factorisations += piece->factorisations;
    info.analyses += piece->analyses;
    info.fill = info.fill > piece->fill ? info.fill : piece->fill;
    return info;
}

const char *simulation_method(const struct simulation *simulation)
{
    static const char *const method[] = {[METHOD_AUTO] = "none", [METHOD_CD] = "cd", [METHOD_NEWTON] = "newton"};
    return method[simulation->solver ? solver_method(simulation->solver) : METHOD_AUTO];
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

bool simulation_copy(struct simulation *copy, const struct simulation *simulation)
{
    *copy = (struct simulation){.circuit = circuit_copy(simulation->circuit),
                                .owns_circuit = true,
                                .options = simulation->options,
                                .full_figures = simulation->full_figures,
                                .followed = simulation->followed};
    if (!copy->circuit || (simulation->proved && !copy_point(&copy->op, &simulation->op, copy->circuit))) {
        simulation_free(copy);
        return false;
    }
    copy->answered = copy->proved = copy->piece_behind = simulation->proved;
    return true; /* it lowers its program when it needs one */
}

void simulation_restart(struct simulation *simulation)
{
    forget_solver(simulation);
    simulation->answered = simulation->proved = false;
}

void simulation_free(struct simulation *simulation)
{
    forget_piece(simulation);
    forget_program(simulation);
    supernodes_free(&simulation->supernodes);
    op_free(&simulation->op);
    free(simulation->room);
    if (simulation->owns_circuit)
        circuit_free_copy(simulation->circuit);
    *simulation = (struct simulation){0};
}
