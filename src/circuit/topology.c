#include "circuit/topology_parts.h"

#include "circuit/voltage_loops.h"
#include "util/array.h"
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double forward_tolerance = 1e-12; /* of the largest threshold */

void topology_say(const struct topology *checker, enum diagnostic_code code, uint32_t e, const char *format, ...)
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
    diagnose(checker->diagnostics, code, element->place, element->name_length, "%.*s %s", length, name, line);
    checker->diagnostics->origin = NULL;
}

void topology_note(const struct topology *checker, uint32_t e)
{
    const struct element *element = &checker->circuit->element[e];
    const struct names *nodes = &checker->circuit->nodes;
    const char *a = nodes->text[element->a], *k = nodes->text[element->k];
    switch ((enum element_kind)element->kind) {
    case ELEMENT_VSOURCE:
        topology_say(checker, NOTE, e, "holds %g V from %s to %s", element->value, a, k);
        break;
    case ELEMENT_SHORT:
        topology_say(checker, NOTE, e, "is a short from %s to %s", a, k);
        break;
    case ELEMENT_ISOURCE:
        topology_say(checker, NOTE, e, "drives %g A from %s to %s", element->value, a, k);
        break;
    default:
        topology_say(checker, NOTE, e, "lies from %s to %s", a, k);
    }
}

static void note_path(const struct topology *checker, uint32_t p, uint32_t q, uint32_t *notes)
{
    uint32_t length = forest_path(&checker->supernodes->forest, p, q, checker->path);
    for (uint32_t s = 0; s < length && *notes < TOPOLOGY_NOTES; s++, ++*notes)
        topology_note(checker, checker->supernodes->element[checker->path[s]]);
}

/* ---- loops of voltage sources --------------------------------------------------------------------------------- */

static void report_self_loops(const struct topology *checker)
{
    const struct circuit *circuit = checker->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind != ELEMENT_VSOURCE || element->a != element->k)
            continue;
        if (element->value == 0)
            topology_say(checker, WARNING_ZERO_SOURCE_ON_ONE_NODE, e, "has both ends on node %s: ignored",
                         circuit->nodes.text[element->a]);
        else
            topology_say(checker, OUTCOME_SOURCE_ON_ONE_NODE, e, "holds %g V between a node and itself",
                         element->value);
    }
}

static void report_source_loop(const struct topology *checker, const struct voltage_loops *loops, uint32_t q)
{
    const struct loop_branch *branch = loops->branch;
    topology_say(checker, OUTCOME_SOURCE_LOOP, branch[q].number,
                 "closes a loop of voltage sources whose values differ by %g V", branch[q].volts);
    topology_note(checker, branch[q].number);
    uint32_t length = voltage_loops_path(loops, q, checker->path);
    for (uint32_t s = 0; s < length && s < TOPOLOGY_NOTES; s++)
        topology_note(checker, branch[checker->path[s]].number);
}

static void report_source_loops(const struct topology *checker, const struct voltage_loops *loops)
{
    uint32_t reports = 0;
    for (uint32_t q = 0; q < loops->branches && !loops->agree; q++)
        if (loops->branch[q].state == LOOP_DIFFERS && ++reports <= DIAGNOSTICS_OF_A_KIND)
            report_source_loop(checker, loops, q);
    if (reports > DIAGNOSTICS_OF_A_KIND)
        diagnose_more(checker->diagnostics, OUTCOME_SOURCE_LOOP, reports - DIAGNOSTICS_OF_A_KIND);
}

/* False when memory is out. */
static bool check_source_loops(const struct topology *checker)
{
    const struct supernodes *supernodes = checker->supernodes;
    struct voltage_loops loops = {0};
    report_self_loops(checker);
    if (supernodes->forest.acyclic)
        return true;
    if (!voltage_loops_new(&loops, checker->circuit->nodes.count, supernodes->edges))
        return false;
    for (uint32_t q = 0; q < supernodes->edges; q++)
        loops.branch[q] = (struct loop_branch){supernodes->value[q], supernodes->edge[q].a, supernodes->edge[q].k,
                                               supernodes->element[q], LOOP_NONE};
    voltage_loops_find(&loops);
    report_source_loops(checker, &loops);
    voltage_loops_free(&loops);
    return true;
}

/* ---- loops that force a diode forward ---------------------------------------------------------------------------- */

/* x_i - x_j <= c between supernodes: an ideal diode's current flows from node `from` (tree i) to node `to` (tree j). */
struct constraint {
    uint32_t i, j, from, to, element;
    double c;
};

static uint32_t collect_constraints(const struct topology *checker, struct constraint *constraint)
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
        if (isinf(law->g_on))
            constraint[count++] = (struct constraint){tree[a], tree[k], a, k, e, law->v_fwd - shift};
        if (isinf(law->g_rev) && !isinf(law->v_rev))
            constraint[count++] = (struct constraint){tree[k], tree[a], k, a, e, law->v_rev + shift};
    }
    return count;
}

static void report_forward_loop(const struct topology *checker, const struct constraint *constraint,
                                const uint32_t *before, uint32_t start)
{
    double sum = 0;
    uint32_t at = start, notes = 0;
    do {
        sum += constraint[before[at]].c;
        at = constraint[before[at]].j;
    } while (at != start);
    topology_say(checker, OUTCOME_FORCED_FORWARD, constraint[before[start]].element,
                 "is forced forward: the sources of its loop leave %g V over", -sum);
    do {
        const struct constraint *here = &constraint[before[at]];
        topology_note(checker, here->element);
        note_path(checker, here->to,
                  here->j == start ? constraint[before[start]].from : constraint[before[here->j]].from, &notes);
        at = here->j;
    } while (at != start && notes < TOPOLOGY_NOTES);
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
static void find_forward_loop(const struct topology *checker, const struct constraint *constraint, uint32_t count,
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

static bool check_forward_loops(const struct topology *checker)
{
    uint32_t trees = checker->supernodes->forest.trees, diodes = 0;
    for (uint32_t e = 0; e < checker->circuit->elements.count; e++)
        diodes += checker->circuit->element[e].kind == ELEMENT_DIODE;
    if (diodes == 0)
        return true;
    struct constraint *constraint = array_new((size_t)diodes * 2, sizeof *constraint);
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

bool topology_check(const struct circuit *circuit, const struct supernodes *supernodes, struct diagnostics *diagnostics)
{
    assert(supernodes->forest.nodes == circuit->nodes.count);
    struct topology checker = {.circuit = circuit, .supernodes = supernodes, .diagnostics = diagnostics};
    checker.path = array_new(circuit->nodes.count, sizeof *checker.path);
    if (!checker.path)
        return false;
    size_t outcomes = diagnostics->outcomes;
    bool done = check_source_loops(&checker);
    if (done && diagnostics->outcomes == outcomes)
        done = check_forward_loops(&checker) && topology_check_paths(&checker);
    free(checker.path);
    return done;
}
