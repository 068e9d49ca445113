#include "circuit/topology_parts.h"

#include "circuit/forced_loop.h"
#include "circuit/voltage_loops.h"
#include "util/array.h"
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void topology_say(const struct topology *checker, enum diagnostic_code code, uint32_t e, const char *format, ...)
{
    enum { LINE = 1000 };
    char line[LINE];
    int length;
    const char *name = circuit_spelling(checker->circuit, e, &length);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, LINE, format, arguments);
    va_end(arguments);
    circuit_diagnose(checker->circuit, e, checker->diagnostics, code, "%.*s %s", length, name, line);
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

static void report_forward_loop(const struct topology *checker, const struct forced_loop *loop)
{
    uint32_t notes = 0;
    topology_say(checker, OUTCOME_FORCED_FORWARD, loop->diode[0].element,
                 "is forced forward: the sources of its loop leave %g V over", loop->over);
    for (uint32_t d = 0; d < loop->diodes && notes < TOPOLOGY_NOTES; d++) {
        topology_note(checker, loop->diode[d].element);
        note_path(checker, loop->diode[d].to, loop->diode[(d + 1) % loop->diodes].from, &notes);
    }
}

static bool check_forward_loops(const struct topology *checker)
{
    struct forced_loop loop = {0};
    bool done = forced_loop_find(&loop, checker->circuit, checker->supernodes, INFINITY);
    if (loop.diodes > 0)
        report_forward_loop(checker, &loop);
    forced_loop_free(&loop);
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
