#include "circuit/topology.h"

#include "circuit/max_flow.h"
#include "util/array.h"
#include "util/disjoint.h"
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double loop_tolerance = 1e-9;     /* of the voltages around a loop of sources */
static const double forward_tolerance = 1e-12; /* of the largest threshold */
enum { REPORTS = 20, NOTES = 20 };             /* loops or cuts reported; notes for each */

struct checker {
    const struct circuit *circuit;
    const struct supernodes *supernodes;
    struct diagnostics *diagnostics;
    uint32_t *path; /* [nodes] work */
    double most;    /* A: what a junction may carry; INFINITY: as much as it likes */
    double volts;   /* V: all that sources can put across it */
};

/* Say something of an element: its name, and then what the format makes of the rest. */
__attribute__((format(printf, 4, 5)))
static void say(const struct checker *checker, enum severity severity, uint32_t e, const char *format, ...)
{
    enum { LINE = 1000 };
    const struct element *element = &checker->circuit->element[e];
    char line[LINE];
    int length;
    const char *name = circuit_spelling(checker->circuit, e, &length);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, LINE, format, arguments);
    va_end(arguments);
    checker->diagnostics->origin = circuit_origin(checker->circuit, e);
    diagnose(checker->diagnostics, severity, element->place, element->name_length, "%.*s %s", length, name, line);
    checker->diagnostics->origin = NULL;
}

static void note(const struct checker *checker, uint32_t e)
{
    const struct element *element = &checker->circuit->element[e];
    const struct names *nodes = &checker->circuit->nodes;
    const char *a = nodes->text[element->a], *k = nodes->text[element->k];
    switch ((enum element_kind)element->kind) {
    case ELEMENT_VSOURCE:
        say(checker, SEVERITY_NOTE, e, "holds %g V from %s to %s", element->value, a, k);
        break;
    case ELEMENT_SHORT:
        say(checker, SEVERITY_NOTE, e, "is a short from %s to %s", a, k);
        break;
    case ELEMENT_ISOURCE:
        say(checker, SEVERITY_NOTE, e, "drives %g A from %s to %s", element->value, a, k);
        break;
    default:
        say(checker, SEVERITY_NOTE, e, "lies from %s to %s", a, k);
    }
}

static void note_path(const struct checker *checker, uint32_t p, uint32_t q, uint32_t *notes)
{
    uint32_t length = forest_path(&checker->supernodes->forest, p, q, checker->path);
    for (uint32_t s = 0; s < length && *notes < NOTES; s++, ++*notes)
        note(checker, checker->supernodes->element[checker->path[s]]);
}

/* ---- loops of voltage sources --------------------------------------------------------------------------------- */

static void report_self_loops(const struct checker *checker)
{
    const struct circuit *circuit = checker->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind != ELEMENT_VSOURCE || element->a != element->k)
            continue;
        if (element->value == 0)
            say(checker, SEVERITY_WARNING, e, "has both ends on node %s: ignored", circuit->nodes.text[element->a]);
        else
            say(checker, SEVERITY_OUTCOME, e, "holds %g V between a node and itself", element->value);
    }
}

static bool in_forest(const struct forest *forest, const struct forest_edge *edge, uint32_t q)
{
    return forest->via[edge->a] == q || forest->via[edge->k] == q;
}

static void check_source_loops(const struct checker *checker)
{
    const struct supernodes *supernodes = checker->supernodes;
    uint32_t loops = 0;
    report_self_loops(checker);
    for (uint32_t q = 0; q < supernodes->edges && !supernodes->forest.acyclic; q++) {
        const struct forest_edge *edge = &supernodes->edge[q];
        if (in_forest(&supernodes->forest, edge, q))
            continue;
        uint32_t e = supernodes->element[q], notes = 0;
        double a = supernodes->offset[edge->a], k = supernodes->offset[edge->k], value = supernodes->value[q];
        double mismatch = value - (a - k);
        if (fabs(mismatch) > loop_tolerance * fmax(fabs(value), fmax(fabs(a), fabs(k))) && ++loops <= REPORTS) {
            say(checker, SEVERITY_OUTCOME, e, "closes a loop of voltage sources whose values differ by %g V", mismatch);
            note(checker, e);
            note_path(checker, edge->a, edge->k, &notes);
        }
    }
    if (loops > REPORTS)
        diagnose(checker->diagnostics, SEVERITY_NOTE, NULL, 0, "%u more loops of voltage sources", loops - REPORTS);
}

/* ---- loops that force a diode forward ---------------------------------------------------------------------------- */

/* x_i - x_j <= c between supernodes: an ideal diode's current flows from node `from` (tree i) to node `to` (tree j), or
 * the most that a junction may carry. */
struct constraint {
    uint32_t i, j, from, to, element;
    double c;
};

/* Where a bend has that current, or next to it. */
static double voltage_at(const struct curve *curve, double current)
{
    const double straight = 1e-15; /* S, beside it */
    double i, slope;
    return curve_meet(curve, straight, current, &i, &slope);
}

static uint32_t collect_constraints(const struct checker *checker, struct constraint *constraint)
{
    const struct circuit *circuit = checker->circuit;
    const uint32_t *tree = checker->supernodes->forest.tree;
    const double *offset = checker->supernodes->offset;
    uint32_t count = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind != ELEMENT_DIODE)
            continue;
        const struct law *law = &circuit->law[element->law];
        uint32_t a = element->a, k = element->k;
        double shift = offset[a] - offset[k];
        if (law->curve && isfinite(checker->most)) {
            double forward = voltage_at(law->curve, checker->most / element->value);
            double reverse = voltage_at(law->curve, -checker->most / element->value);
            if (forward < checker->volts)
                constraint[count++] = (struct constraint){tree[a], tree[k], a, k, e, forward - shift};
            if (-reverse < checker->volts)
                constraint[count++] = (struct constraint){tree[k], tree[a], k, a, e, shift - reverse};
        }
        if (isinf(law->g_on))
            constraint[count++] = (struct constraint){tree[a], tree[k], a, k, e, law->v_fwd - shift};
        if (isinf(law->g_rev) && !isinf(law->v_rev))
            constraint[count++] = (struct constraint){tree[k], tree[a], k, a, e, law->v_rev + shift};
    }
    return count;
}

static void report_forward_loop(const struct checker *checker, const struct constraint *constraint,
                                const uint32_t *before, uint32_t start)
{
    double sum = 0;
    uint32_t at = start, notes = 0;
    do {
        sum += constraint[before[at]].c;
        at = constraint[before[at]].j;
    } while (at != start);
    if (isfinite(checker->most))
        say(checker, SEVERITY_OUTCOME, constraint[before[start]].element,
            "is driven beyond %.0e A by the sources of its loop, which no resistance limits: "
            "it hides all other currents",
            checker->most);
    else
        say(checker, SEVERITY_OUTCOME, constraint[before[start]].element,
            "is forced forward: the sources of its loop leave %g V over", -sum);
    do {
        const struct constraint *here = &constraint[before[at]];
        note(checker, here->element);
        note_path(checker, here->to,
                  here->j == start ? constraint[before[start]].from : constraint[before[here->j]].from, &notes);
        at = here->j;
    } while (at != start && notes < NOTES);
}

/* A supernode on a cycle of the predecessor graph, or UINT32_MAX. mark [trees] is work. */
static uint32_t find_cycle(const struct constraint *constraint, const uint32_t *before, uint32_t trees, uint32_t *mark)
{
    memset(mark, 0, trees * sizeof *mark);
    for (uint32_t v = 0; v < trees; v++) {
        uint32_t w = v;
        while (!mark[w] && before[w] != UINT32_MAX) {
            mark[w] = v + 1;
            w = constraint[before[w]].j;
        }
        if (mark[w] == v + 1 && before[w] != UINT32_MAX)
            return w;
        mark[w] = v + 1;
    }
    return UINT32_MAX;
}

/* Bellman and Ford: distances fall for ever only round a cycle whose thresholds sum to less than zero. */
static void find_forward_loop(const struct checker *checker, const struct constraint *constraint, uint32_t count,
                              double *distance, uint32_t *before, uint32_t *mark)
{
    uint32_t trees = checker->supernodes->forest.trees, cycle = UINT32_MAX;
    double tolerance = 0;
    for (uint32_t q = 0; q < count; q++)
        tolerance = fmax(tolerance, forward_tolerance * fabs(constraint[q].c));
    memset(before, 0xff, trees * sizeof *before);
    for (bool changed = true; changed && cycle == UINT32_MAX;) {
        changed = false;
        for (uint32_t q = 0; q < count; q++) {
            const struct constraint *here = &constraint[q];
            double reach = here->i == here->j ? here->c : distance[here->j] + here->c;
            double now = here->i == here->j ? 0 : distance[here->i];
            if (!(reach < now - tolerance))
                continue;
            before[here->i] = q;
            if (here->i == here->j) {
                report_forward_loop(checker, constraint, before, here->i);
                return;
            }
            distance[here->i] = reach;
            changed = true;
        }
        if (changed)
            cycle = find_cycle(constraint, before, trees, mark);
    }
    if (cycle != UINT32_MAX)
        report_forward_loop(checker, constraint, before, cycle);
}

static bool check_forward_loops(const struct checker *checker)
{
    uint32_t trees = checker->supernodes->forest.trees, diodes = 0;
    for (uint32_t e = 0; e < checker->circuit->elements.count; e++)
        diodes += checker->circuit->element[e].kind == ELEMENT_DIODE;
    if (diodes == 0)
        return true;
    struct constraint *constraint = array_new((size_t)diodes * 4, sizeof *constraint);
    double *distance = array_new(trees, sizeof *distance);
    uint32_t *before = array_new((size_t)trees * 2, sizeof *before);
    bool done = constraint && distance && before;
    if (done)
        find_forward_loop(checker, constraint, collect_constraints(checker, constraint), distance, before,
                          before + trees);
    free(constraint);
    free(distance);
    free(before);
    return done;
}

/* ---- currents without a path ------------------------------------------------------------------------------------ */

static bool joins(const struct circuit *circuit, const struct element *element)
{
    return element->kind == ELEMENT_RESISTOR ||
           (element->kind == ELEMENT_DIODE && circuit->law[element->law].g_off > 0);
}

/* Parts that resistors and leaking diodes hold together: part [trees], their number. */
static uint32_t find_parts(const struct checker *checker, uint32_t *part)
{
    const struct circuit *circuit = checker->circuit;
    const struct forest *forest = &checker->supernodes->forest;
    uint32_t parts = 0;
    disjoint_init(part, forest->trees);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (!joins(circuit, element))
            continue;
        disjoint_join(part, forest->tree[element->a], forest->tree[element->k]);
    }
    for (uint32_t v = 0; v < forest->trees; v++) /* a root is numbered before those that point to it */
        part[v] = part[v] == v ? parts++ : part[part[v]];
    return parts;
}

static size_t collect_arcs(const struct checker *checker, const uint32_t *part, struct arc *arc)
{
    const struct circuit *circuit = checker->circuit;
    const uint32_t *tree = checker->supernodes->forest.tree;
    size_t arcs = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        uint32_t a = part[tree[element->a]], k = part[tree[element->k]];
        if (element->kind != ELEMENT_DIODE || a == k)
            continue;
        arc[arcs++] = (struct arc){a, k};
        if (!isinf(circuit->law[element->law].v_rev) || circuit->law[element->law].curve)
            arc[arcs++] = (struct arc){k, a};
    }
    return arcs;
}

static void collect_supplies(const struct checker *checker, const uint32_t *part, double *supply, double *scale)
{
    const struct circuit *circuit = checker->circuit;
    const uint32_t *tree = checker->supernodes->forest.tree;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        uint32_t a = part[tree[element->a]], k = part[tree[element->k]];
        if (element->kind != ELEMENT_ISOURCE || a == k)
            continue;
        supply[a] -= element->value;
        supply[k] += element->value;
        scale[a] += fabs(element->value);
        scale[k] += fabs(element->value);
    }
}

/* The current source that brings most of what is stuck, the others, and the diodes that block it. */
static void report_cut(const struct checker *checker, const uint32_t *part, uint32_t stuck, double excess)
{
    const struct circuit *circuit = checker->circuit;
    const uint32_t *tree = checker->supernodes->forest.tree;
    uint32_t worst = UINT32_MAX, node = 0, notes = 0;
    double most = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        bool a = part[tree[element->a]] == stuck, k = part[tree[element->k]] == stuck;
        double brings = (k ? element->value : -element->value) * (excess > 0 ? 1 : -1);
        if (element->kind != ELEMENT_ISOURCE || a == k || brings <= most)
            continue;
        worst = e;
        most = brings;
        node = k ? element->k : element->a;
    }
    if (worst == UINT32_MAX)
        return;
    const struct element *source = &circuit->element[worst];
    int length;
    const char *name = circuit_spelling(circuit, worst, &length);
    checker->diagnostics->origin = circuit_origin(circuit, worst);
    diagnose(checker->diagnostics, SEVERITY_OUTCOME, source->place, source->name_length,
             "no DC path for the current of %.*s at node %s: %g A cannot %s", length, name, circuit->nodes.text[node],
             fabs(excess), excess > 0 ? "leave" : "enter");
    checker->diagnostics->origin = NULL;
    for (uint32_t v = 0; v < circuit->nodes.count && notes < NOTES; v++)
        if (v != node && part[tree[v]] == stuck) {
            diagnose(checker->diagnostics, SEVERITY_NOTE, NULL, 0, "node %s is cut off with it",
                     circuit->nodes.text[v]);
            notes++;
        }
    for (uint32_t e = 0; e < circuit->elements.count && notes < NOTES; e++) {
        const struct element *element = &circuit->element[e];
        bool a = part[tree[element->a]] == stuck, k = part[tree[element->k]] == stuck;
        if (a == k || e == worst || (element->kind != ELEMENT_ISOURCE && element->kind != ELEMENT_DIODE))
            continue;
        note(checker, e);
        if (element->kind == ELEMENT_DIODE && (excess > 0 ? k : a))
            say(checker, SEVERITY_NOTE, e, "blocks it");
        notes++;
    }
}

static bool check_paths(const struct checker *checker)
{
    uint32_t trees = checker->supernodes->forest.trees, reports = 0;
    uint32_t *part = array_new(trees, sizeof *part);
    if (!part)
        return false;
    uint32_t parts = find_parts(checker, part);
    if (parts == 1) {
        free(part);
        return true;
    }
    double *supply = array_new((size_t)parts * 3, sizeof *supply);
    struct arc *arc = array_new((size_t)checker->circuit->elements.count * 2, sizeof *arc);
    bool done = supply && arc;
    if (done) {
        double *scale = supply + parts, *excess = scale + parts;
        collect_supplies(checker, part, supply, scale);
        done = max_flow_solve(parts, supply, scale, arc, collect_arcs(checker, part, arc), excess);
        for (uint32_t p = 1; done && p < parts && reports < REPORTS; p++)
            if (excess[p] != 0) {
                report_cut(checker, part, p, excess[p]);
                reports++;
            }
    }
    free(part);
    free(supply);
    free(arc);
    return done;
}

bool topology_check(const struct circuit *circuit, const struct supernodes *supernodes, struct diagnostics *diagnostics)
{
    struct checker checker = {circuit, supernodes, diagnostics, .most = INFINITY};
    checker.path = array_new(circuit->nodes.count, sizeof *checker.path);
    if (!checker.path)
        return false;
    size_t outcomes = diagnostics->outcomes;
    check_source_loops(&checker);
    bool done = diagnostics->outcomes > outcomes || (check_forward_loops(&checker) && check_paths(&checker));
    free(checker.path);
    return done;
}

bool topology_explain(const struct circuit *circuit, const struct supernodes *supernodes, double tolerance,
                      struct diagnostics *diagnostics)
{
    struct checker checker = {circuit, supernodes, diagnostics, .most = 0};
    double largest = 0, least = INFINITY;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        double value = fabs(element->value);
        if (element->kind == ELEMENT_RESISTOR)
            least = fmin(least, value);
        if (element->kind == ELEMENT_ISOURCE)
            checker.most = fmax(checker.most, value);
        if (element->kind == ELEMENT_VSOURCE)
            largest = fmax(largest, value);
    }
    checker.volts = circuit_volts_in_series(circuit);
    checker.most = fmax(checker.most, largest / least) * tolerance / DBL_EPSILON;
    checker.path = array_new(circuit->nodes.count, sizeof *checker.path);
    bool done = checker.path && check_forward_loops(&checker);
    free(checker.path);
    return done;
}
