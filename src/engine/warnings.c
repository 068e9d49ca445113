#include "engine/warnings.h"

#include "circuit/forced_loop.h"
#include "circuit/topology.h"
#include "engine/no_value.h"
#include "proof/undetermined.h"
#include "proof/unproved.h"
#include "util/array.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_SHOWN = 8, TEXT = 400 };

/* A, beside which potentials and sums of double-doubles lose the currents of a circuit. */
static const double hiding = 1e16;

/* A list of names as long as is worth reading: "a, b and 3 more". */
struct list {
    char text[TEXT];
    size_t used, count;
};

static void list_name(struct list *list, const char *name)
{
    size_t length = strlen(name);
    if (++list->count > NAMES_SHOWN || list->used + length + 3 > TEXT)
        return;
    if (list->used > 0) {
        memcpy(list->text + list->used, ", ", 2);
        list->used += 2;
    }
    memcpy(list->text + list->used, name, length + 1);
    list->used += length;
}

static void list_end(struct list *list)
{
    enum { TAIL = 40 };
    if (list->count > NAMES_SHOWN && list->used + TAIL < TEXT)
        snprintf(list->text + list->used, TAIL, " and %zu more", list->count - NAMES_SHOWN);
}

static void warn_shared(const struct operating_point *op, const struct circuit *circuit, const char *given,
                        struct diagnostics *diagnostics)
{
    struct list list = {.count = 0};
    uint32_t first = UINT32_MAX;
    if (!op->any_shared)
        return;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        if (!op->shared[e])
            continue;
        first = first < e ? first : e;
        list_name(&list, circuit->elements.text[e]);
    }
    list_end(&list);
    circuit_diagnose(circuit, first, diagnostics, WARNING_CURRENTS_NOT_UNIQUE,
                     "the currents of %s are not unique: they form loops without resistance; %s is given", list.text,
                     given);
}

/* The first element that touches a part. */
static uint32_t element_of(const struct circuit *circuit, const uint32_t *floats, uint32_t reference)
{
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (floats[circuit->element[e].a] == reference || floats[circuit->element[e].k] == reference)
            return e;
    return 0;
}

static void warn_part(const struct circuit *circuit, const uint32_t *floats, uint32_t first,
                      struct diagnostics *diagnostics)
{
    struct list list = {.count = 0};
    uint32_t reference = floats[first], e = element_of(circuit, floats, reference);
    for (uint32_t node = first; node < circuit->nodes.count; node++)
        if (floats[node] == reference)
            list_name(&list, circuit->nodes.text[node]);
    list_end(&list);
    bool one = list.count == 1;
    circuit_diagnose(circuit, e, diagnostics, WARNING_FLOATING,
                     "node%s %s float%s: no DC path to ground decides %s potential; it is given relative to node %s",
                     one ? "" : "s", list.text, one ? "s" : "", one ? "its" : "their", circuit->nodes.text[reference]);
}

/* False when memory is out. */
static bool warn_floating(const struct operating_point *op, const struct circuit *circuit,
                          struct diagnostics *diagnostics)
{
    uint32_t reports = 0;
    if (!op->any_floats)
        return true;
    bool *seen = array_new(circuit->nodes.count, sizeof *seen);
    for (uint32_t node = 1; seen && node < circuit->nodes.count; node++) {
        if (op->floats[node] == POINT_TIED || seen[op->floats[node]])
            continue;
        seen[op->floats[node]] = true;
        if (++reports <= DIAGNOSTICS_OF_A_KIND)
            warn_part(circuit, op->floats, node, diagnostics);
    }
    if (reports > DIAGNOSTICS_OF_A_KIND)
        diagnose_more(diagnostics, WARNING_FLOATING, reports - DIAGNOSTICS_OF_A_KIND);
    free(seen);
    return seen;
}

/* The first diode at one of these nodes, or another element. */
static uint32_t blocking_element(const struct circuit *circuit, const bool *node)
{
    uint32_t first = UINT32_MAX;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (!node[element->a] && !node[element->k])
            continue;
        if (element->kind == ELEMENT_DIODE)
            return e;
        first = first < e ? first : e;
    }
    return first;
}

static void warn_between_diodes(const struct circuit *circuit, const bool *node, struct diagnostics *diagnostics)
{
    struct list list = {.count = 0};
    for (uint32_t v = 1; v < circuit->nodes.count; v++)
        if (node[v])
            list_name(&list, circuit->nodes.text[v]);
    list_end(&list);
    if (list.count == 0)
        return;
    bool one = list.count == 1;
    uint32_t e = blocking_element(circuit, node);
    circuit_diagnose(circuit, e, diagnostics, WARNING_NOT_DETERMINED,
                     "the potential%s of node%s %s %s not determined: diodes that block hold %s, and let %s move by "
                     "%g V without any current that could be told from rounding",
                     one ? "" : "s", one ? "" : "s", list.text, one ? "is" : "are", one ? "it" : "them",
                     one ? "it" : "them", undetermined_step);
}

/* Can a diode block all current, so that nothing holds a node beside it? curved: a junction;
 * of other diodes the region tells at every point what floats. */
static bool any_blocks(const struct circuit *circuit, bool curved)
{
    for (uint32_t l = 0; l < circuit->n_laws; l++)
        if ((circuit->law[l].curve || !curved) && circuit->law[l].g_off == 0)
            return true;
    return false;
}

/* Make a number that stands for a set one for the set with another member (FNV-1a). */
static void number_with(uint64_t *set, uint32_t member)
{
    *set = ((*set ^ member) * 0x100000001b3) | 1;
}

/* Not where the same ones were open in the answer before. False when memory is out. */
static bool warn_undetermined(struct engine *engine, bool curved, struct diagnostics *diagnostics)
{
    const struct operating_point *op = &engine->op;
    const struct circuit *circuit = engine->circuit;
    uint64_t before = engine->open_potentials;
    engine->open_potentials = 0;
    if (!any_blocks(circuit, curved))
        return true;
    bool *node = array_new(circuit->nodes.count, sizeof *node);
    bool *current = array_new(circuit->elements.count, sizeof *current);
    const struct claim claim = claim_of(circuit, op);
    bool done = node && current && undetermined_find(&claim, undetermined_step, node, current);
    for (uint32_t v = 1; done && v < circuit->nodes.count; v++) {
        node[v] = node[v] && !(op->any_floats && op->floats[v] != POINT_TIED);
        if (node[v])
            number_with(&engine->open_potentials, v);
    }
    if (engine->open_potentials != 0 && engine->open_potentials != before)
        warn_between_diodes(circuit, node, diagnostics);
    free(node);
    free(current);
    return done;
}

/* Find engine->loose. */
static void number_loose(struct engine *engine)
{
    const struct operating_point *op = &engine->op;
    engine->loose = 0;
    for (uint32_t e = 0; op->any_shared && e < engine->circuit->elements.count; e++)
        if (op->shared[e])
            number_with(&engine->loose, e);
    for (uint32_t v = 0; op->any_floats && v < engine->circuit->nodes.count; v++)
        if (op->floats[v] != POINT_TIED) {
            number_with(&engine->loose, v);
            number_with(&engine->loose, op->floats[v]);
        }
}

static bool warn_loose(const struct engine *engine, struct diagnostics *diagnostics)
{
    warn_shared(&engine->op, engine->circuit, "the split of least norm", diagnostics);
    return warn_floating(&engine->op, engine->circuit, diagnostics);
}

bool engine_warn_of_news(struct engine *engine, struct diagnostics *diagnostics)
{
    uint64_t before = engine->loose;
    number_loose(engine);
    return (engine->loose == before || warn_loose(engine, diagnostics)) && warn_undetermined(engine, true, diagnostics);
}

bool engine_warn(struct engine *engine, struct diagnostics *diagnostics)
{
    number_loose(engine);
    engine->open_potentials = 0;
    return warn_loose(engine, diagnostics) && warn_undetermined(engine, false, diagnostics);
}

/* ---- no answer --------------------------------------------------------------------------------------------------- */

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
    return isfinite(*u) && !law_covers(law, &(struct dd){*u, 0}) && !lost;
}

/* The element that turns most power. */
static uint32_t most_power(const struct engine *engine)
{
    const struct circuit *circuit = engine->circuit;
    uint32_t most = 0;
    double watts = -1;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        double own = fabs(operating_point_drop(&engine->op, &circuit->element[e]) * engine->op.current[e]);
        if (own > watts) {
            watts = own;
            most = e;
        }
    }
    return most;
}

/* An element to show with a certificate that misses: at the worst node the one that carries most, or the worst one. */
static uint32_t worst_element(const struct engine *engine)
{
    const struct certificate *proof = &engine->certificate;
    const struct circuit *circuit = engine->circuit;
    uint32_t worst = proof->law_element == CERTIFICATE_NONE ? proof->loop_element : proof->law_element;
    double most = -1;
    if (worst == CERTIFICATE_NONE)
        worst = most_power(engine);
    for (uint32_t e = 0; proof->kcl_node != CERTIFICATE_NONE && e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        double current = fabs(engine->op.current[e]);
        if ((element->a != proof->kcl_node && element->k != proof->kcl_node) || current <= most)
            continue;
        most = current;
        worst = e;
    }
    return worst;
}

/* Report that the law of an element has no finite current, where that is so. False: it is not. */
static bool report_overflow(const struct engine *engine, uint32_t e, struct diagnostics *diagnostics)
{
    const struct circuit *circuit = engine->circuit;
    double u;
    if (!overflows(engine, e, &u))
        return false;
    circuit_diagnose(circuit, e, diagnostics, OUTCOME_NO_FINITE_CURRENT,
                     "%s has %g V across it: its law gives no finite current there", circuit->elements.text[e], u);
    return true;
}

/* The same of the first diode that voltage sources alone hold at its voltage. */
static bool report_held_overflow(const struct engine *engine, struct diagnostics *diagnostics)
{
    const struct circuit *circuit = engine->circuit;
    const uint32_t *tree = engine->supernodes.forest.tree;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (tree[circuit->element[e].a] == tree[circuit->element[e].k] && report_overflow(engine, e, diagnostics))
            return true;
    return false;
}

/* A loop whose sources drive more through a diode than any other current can be told beside, whatever else there is.
 * False: there is none. */
static bool report_hiding(const struct engine *engine, struct diagnostics *diagnostics)
{
    const struct circuit *circuit = engine->circuit;
    struct forced_loop loop = {0};
    if (!forced_loop_find(&loop, circuit, &engine->supernodes, hiding))
        diagnose_no_memory(diagnostics);
    bool found = loop.diodes > 0;
    if (found) {
        struct list list = {.count = 0};
        for (uint32_t d = 0; d < loop.diodes; d++)
            list_name(&list, circuit->elements.text[loop.diode[d].element]);
        list_end(&list);
        circuit_diagnose(circuit, loop.diode[0].element, diagnostics, OUTCOME_NOTHING_LIMITS,
                         "not converged: the sources of the loop of %s drive at least %.3g A there, which no "
                         "resistance limits, and other currents cannot be told beside it",
                         list.text, forced_loop_current(&loop, circuit));
    }
    forced_loop_free(&loop);
    return found;
}

/* Report an element that has no law at the present temperature. False: all have. */
static bool report_no_law(const struct engine *engine, struct diagnostics *diagnostics)
{
    const struct circuit *circuit = engine->circuit;
    uint32_t e = 0;
    const char *wrong = circuit_law_fault(circuit, &e);
    if (wrong)
        circuit_diagnose(circuit, e, diagnostics, OUTCOME_NO_FINITE_CURRENT,
                         "%s has no law at %g degrees Celsius: %s", circuit->elements.text[e], circuit->temp, wrong);
    return wrong;
}

/* By its number, whatever its unit: one near the end of the doubles is looked for. */
static uint32_t largest_source(const struct circuit *circuit)
{
    uint32_t largest = CERTIFICATE_NONE;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        bool is_source = element->kind == ELEMENT_VSOURCE || element->kind == ELEMENT_ISOURCE;
        if (is_source && (largest == CERTIFICATE_NONE || fabs(element->value) > fabs(circuit->element[largest].value)))
            largest = e;
    }
    return largest;
}

/* Report that a potential is no number, as where currents are beyond all numbers. False: all are. */
static bool report_no_number(const struct engine *engine, struct diagnostics *diagnostics)
{
    const struct circuit *circuit = engine->circuit;
    uint32_t node = 0, source = largest_source(circuit);
    while (node < circuit->nodes.count && isfinite(engine->op.voltage[node]))
        node++;
    if (node == circuit->nodes.count || source == CERTIFICATE_NONE)
        return false;
    circuit_diagnose(circuit, source, diagnostics, OUTCOME_NOT_CONVERGED,
                     "not converged: no finite v(%.80s) was found; the largest source is %.80s, of %g %c",
                     circuit->nodes.text[node], circuit->elements.text[source], circuit->element[source].value,
                     circuit->element[source].kind == ELEMENT_ISOURCE ? 'A' : 'V');
    return true;
}

/* Report that the solve was ended, where it was. */
static bool report_end(const struct engine *engine, struct diagnostics *diagnostics)
{
    bool ended = watch_has_ended(engine->options.watch);
    if (ended)
        diagnose(diagnostics, OUTCOME_INTERRUPTED, NULL, 0, "the solve was interrupted");
    return ended;
}

void engine_report(const struct engine *engine, struct diagnostics *diagnostics)
{
    const struct certificate *proof = &engine->certificate;
    const struct circuit *circuit = engine->circuit;
    const char **element = circuit->elements.text;
    char why[UNPROVED_TEXT];
    if (report_end(engine, diagnostics) || report_no_law(engine, diagnostics) ||
        report_held_overflow(engine, diagnostics) || report_hiding(engine, diagnostics) ||
        report_overflow(engine, proof->law_element, diagnostics) ||
        no_value_report(engine, proof->law_element, diagnostics) || report_no_number(engine, diagnostics))
        return;
    const struct unproved_names names = {
        .node = proof->kcl_node == CERTIFICATE_NONE ? NULL : circuit->nodes.text[proof->kcl_node],
        .law = proof->law_element == CERTIFICATE_NONE ? NULL : element[proof->law_element],
        .loop = proof->loop_element == CERTIFICATE_NONE ? NULL : element[proof->loop_element],
        .power = element[most_power(engine)],
    };
    unproved_tell(proof, &names, why, sizeof why);
    circuit_diagnose(circuit, worst_element(engine), diagnostics, OUTCOME_NOT_CONVERGED, "not converged: %s", why);
}

/* ---- couplings --------------------------------------------------------------------------------------------------- */

/* The first controlled element, or the first one. */
static uint32_t controlled_element(const struct circuit *circuit)
{
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (circuit->element[e].kind >= ELEMENT_CONTROLLED_VOLTAGE)
            return e;
    return 0;
}

/* Currents of loops of sources and ideal diodes that conduct. False when memory is out. */
static bool find_shared(struct engine *engine)
{
    struct operating_point *op = &engine->op;
    const struct circuit *circuit = engine->circuit;
    if (!circuit_has_ideal_laws(circuit))
        return true;
    bool *node = array_new(circuit->nodes.count, sizeof *node);
    const struct claim claim = claim_of(circuit, op);
    bool done = node && undetermined_find(&claim, undetermined_step, node, op->shared);
    op->any_shared = false;
    for (uint32_t e = 0; done && e < circuit->elements.count; e++)
        op->any_shared |= op->shared[e];
    free(node);
    return done;
}

/* A control by one of these currents of the law of element e, or NULL. */
static const struct control *shared_control(const struct engine *engine, uint32_t e)
{
    const struct coupling *coupling = circuit_coupling(engine->circuit, e);
    for (uint32_t c = 0; coupling && c < coupling->law.n; c++)
        if (coupling->control[c].kind == CONTROL_CURRENT && engine->op.shared[coupling->control[c].p])
            return &coupling->control[c];
    return NULL;
}

bool engine_check_controls(struct engine *engine, bool *found, struct diagnostics *diagnostics)
{
    const struct circuit *circuit = engine->circuit;
    if (!find_shared(engine))
        return false;
    *found = false;
    for (uint32_t e = 0; engine->op.any_shared && e < circuit->elements.count; e++) {
        const struct control *control = shared_control(engine, e);
        if (!control)
            continue;
        *found = true;
        circuit_diagnose(circuit, e, diagnostics, OUTCOME_SINGULAR,
                         "%s is controlled by the current of %s, which is not unique: it is in a loop without "
                         "resistance", circuit->elements.text[e], circuit->elements.text[control->p]);
    }
    return !diagnostics->out_of_memory;
}

bool engine_warn_coupled(struct engine *engine, bool first, struct diagnostics *diagnostics)
{
    const struct circuit *circuit = engine->circuit;
    if (engine->stability == ENGINE_UNSTABLE) {
        uint32_t e = controlled_element(circuit);
        circuit_diagnose(circuit, e, diagnostics, WARNING_UNSTABLE,
                         "the operating point is unstable: with any capacitance at its nodes the circuit leaves it, "
                         "and no stable one was found");
    }
    if (!first)
        return true;
    warn_shared(&engine->op, circuit, "one of the splits", diagnostics);
    return warn_floating(&engine->op, circuit, diagnostics);
}

/* An element at a node: a controlled one, or the first one. */
static uint32_t element_at(const struct circuit *circuit, uint32_t node)
{
    uint32_t first = UINT32_MAX;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->a != node && element->k != node)
            continue;
        if (element->kind >= ELEMENT_CONTROLLED_VOLTAGE)
            return e;
        first = first < e ? first : e;
    }
    return first < UINT32_MAX ? first : 0;
}

/* The names of those that are to blame, and the first of them; UINT32_MAX: none is known. */
static uint32_t list_blamed(const struct engine *engine, struct list *list)
{
    const struct circuit *circuit = engine->circuit;
    bool *blamed = array_new(circuit->elements.count, sizeof *blamed);
    uint32_t first = UINT32_MAX;
    if (!blamed)
        return first;
    general_blame(engine->general, blamed);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        if (!blamed[e])
            continue;
        first = first < e ? first : e;
        list_name(list, circuit->elements.text[e]);
    }
    list_end(list);
    free(blamed);
    return first;
}

static void report_singular(const struct engine *engine, struct diagnostics *diagnostics)
{
    enum { WHAT = 160 };
    const struct circuit *circuit = engine->circuit;
    struct general_fault fault = general_fault(engine->general);
    struct list list = {.count = 0};
    char what[WHAT] = "one of the unknowns";
    uint32_t e = list_blamed(engine, &list);
    if (fault.node != CERTIFICATE_NONE)
        snprintf(what, WHAT, "the potential of node %.100s", circuit->nodes.text[fault.node]);
    else if (fault.element != CERTIFICATE_NONE)
        snprintf(what, WHAT, "the current of %.100s", circuit->elements.text[fault.element]);
    if (e == UINT32_MAX)
        e = fault.element != CERTIFICATE_NONE ? fault.element
            : fault.node != CERTIFICATE_NONE  ? element_at(circuit, fault.node)
                                              : controlled_element(circuit);
    if (list.count == 0)
        list_name(&list, circuit->elements.text[e]);
    circuit_diagnose(circuit, e, diagnostics, OUTCOME_SINGULAR,
                     "with %s nothing decides %s: the equations of the circuit are singular", list.text, what);
}

/* The first element that has a node among its terminals or its controls. */
static uint32_t element_that_sees(const struct circuit *circuit, uint32_t node)
{
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct coupling *coupling = circuit_coupling(circuit, e);
        for (uint32_t c = 0; coupling && c < coupling->law.n; c++)
            if (coupling->control[c].kind == CONTROL_VOLTAGE &&
                (coupling->control[c].p == node || coupling->control[c].q == node))
                return e;
    }
    return element_at(circuit, node);
}

static void report_undecided(const struct engine *engine, struct diagnostics *diagnostics)
{
    const struct circuit *circuit = engine->circuit;
    uint32_t node = general_fault(engine->general).node, e = element_that_sees(circuit, node);
    circuit_diagnose(circuit, e, diagnostics, OUTCOME_SINGULAR,
                     "nothing decides the potential of node %s: no current can flow to it, though %s is controlled by "
                     "it", circuit->nodes.text[node], circuit->elements.text[e]);
}

/* A controlled current into a part that floats, or out of one, the largest. */
static bool report_no_path(const struct engine *engine, struct diagnostics *diagnostics)
{
    const struct circuit *circuit = engine->circuit;
    const struct operating_point *op = &engine->op;
    uint32_t largest = UINT32_MAX;
    for (uint32_t e = 0; op->any_floats && e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind == ELEMENT_CONTROLLED_CURRENT && op->floats[element->a] != op->floats[element->k] &&
            fabs(op->current[e]) > (largest == UINT32_MAX ? 0 : fabs(op->current[largest])))
            largest = e;
    }
    if (largest == UINT32_MAX)
        return false;
    const struct element *element = &circuit->element[largest];
    bool from_a = op->floats[element->a] != POINT_TIED, enters = from_a == (op->current[largest] > 0);
    topology_report_no_path(circuit, largest, from_a ? element->a : element->k, fabs(op->current[largest]), !enters,
                            diagnostics);
    return true;
}

/* A switch that no position suits. */
static bool report_jump(const struct engine *engine, struct diagnostics *diagnostics)
{
    const struct circuit *circuit = engine->circuit;
    uint32_t e = general_find_jump(engine->general);
    if (e == UINT32_MAX)
        return false;
    circuit_diagnose(circuit, e, diagnostics, OUTCOME_NOT_CONVERGED,
                     "no operating point was found: %s turns off wherever it is on, and on wherever it is off",
                     circuit->elements.text[e]);
    return true;
}

/* Of a sweep it may be the end of its branch. */
static void report_end_of_branch(const struct engine *engine, bool again, struct diagnostics *diagnostics)
{
    engine_report(engine, diagnostics);
    if (again)
        diagnose(diagnostics, NOTE, NULL, 0, "the operating point of the point before may end here, at a fold or a "
                 "jump: none was found that the circuit comes to from there");
}

void engine_report_coupled(const struct engine *engine, enum general_status status, bool again,
                           struct diagnostics *diagnostics)
{
    if (report_end(engine, diagnostics))
        return;
    if (status == GENERAL_SINGULAR && (report_no_law(engine, diagnostics) || report_hiding(engine, diagnostics)))
        return; /* beside such a current other equations look as if they decided nothing */
    if (status == GENERAL_SINGULAR && !general_is_linear(engine->general) && general_is_undecided(engine->general))
        report_undecided(engine, diagnostics);
    else if (status == GENERAL_SINGULAR)
        report_singular(engine, diagnostics);
    else if (!report_no_path(engine, diagnostics) && !report_jump(engine, diagnostics))
        report_end_of_branch(engine, again, diagnostics);
}
