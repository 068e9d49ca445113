#include "circuit/topology.h"

#include "circuit/max_flow.h"
#include "circuit/voltage_loops.h"
#include "util/array.h"
#include "util/disjoint.h"
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double forward_tolerance = 1e-12; /* of the largest threshold */
static const double path_tolerance = 1e-12;    /* of the currents that sources and junctions bring and take */
enum { NOTES = 20 };                           /* of a loop or cut */

struct checker {
    const struct circuit *circuit;
    const struct supernodes *supernodes;
    struct diagnostics *diagnostics;
    uint32_t *path; /* [nodes] work */
};

/* Say something of an element: its name, and then what the format makes of the rest. */
__attribute__((format(printf, 4, 5)))
static void say(const struct checker *checker, enum diagnostic_code code, uint32_t e, const char *format, ...)
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

static void note(const struct checker *checker, uint32_t e)
{
    const struct element *element = &checker->circuit->element[e];
    const struct names *nodes = &checker->circuit->nodes;
    const char *a = nodes->text[element->a], *k = nodes->text[element->k];
    switch ((enum element_kind)element->kind) {
    case ELEMENT_VSOURCE:
        say(checker, NOTE, e, "holds %g V from %s to %s", element->value, a, k);
        break;
    case ELEMENT_SHORT:
        say(checker, NOTE, e, "is a short from %s to %s", a, k);
        break;
    case ELEMENT_ISOURCE:
        say(checker, NOTE, e, "drives %g A from %s to %s", element->value, a, k);
        break;
    default:
        say(checker, NOTE, e, "lies from %s to %s", a, k);
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
            say(checker, WARNING_ZERO_SOURCE_ON_ONE_NODE, e, "has both ends on node %s: ignored",
                circuit->nodes.text[element->a]);
        else
            say(checker, OUTCOME_SOURCE_ON_ONE_NODE, e, "holds %g V between a node and itself", element->value);
    }
}

static void report_source_loop(const struct checker *checker, const struct voltage_loops *loops, uint32_t q)
{
    const struct loop_branch *branch = loops->branch;
    say(checker, OUTCOME_SOURCE_LOOP, branch[q].number, "closes a loop of voltage sources whose values differ by %g V",
        branch[q].volts);
    note(checker, branch[q].number);
    uint32_t length = voltage_loops_path(loops, q, checker->path);
    for (uint32_t s = 0; s < length && s < NOTES; s++)
        note(checker, branch[checker->path[s]].number);
}

static void report_source_loops(const struct checker *checker, const struct voltage_loops *loops)
{
    uint32_t reports = 0;
    for (uint32_t q = 0; q < loops->branches && !loops->agree; q++)
        if (loops->branch[q].state == LOOP_DIFFERS && ++reports <= DIAGNOSTICS_OF_A_KIND)
            report_source_loop(checker, loops, q);
    if (reports > DIAGNOSTICS_OF_A_KIND)
        diagnose_more(checker->diagnostics, OUTCOME_SOURCE_LOOP, reports - DIAGNOSTICS_OF_A_KIND);
}

/* False when memory is out. */
static bool check_source_loops(const struct checker *checker)
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
    say(checker, OUTCOME_FORCED_FORWARD, constraint[before[start]].element,
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

/* ---- currents without a path ------------------------------------------------------------------------------------ */

/* The search for currents that sources bring to some parts of the circuit and that nothing can take on from there. The
 * other way round, for those that sources draw and nothing brings, all directions are turned. */
struct search {
    const struct checker *checker;
    bool turned;
    struct law_limits *limits; /* [n_laws] what a law carries, A */
    uint32_t *part;            /* [trees] parts that what carries any current both ways holds together; 0: ground's */
    uint32_t parts;
    double *supply, *scale, *excess; /* [parts] max_flow.h */
    struct arc *arc;                 /* [2 elements] */
    bool *cut;                       /* [parts] */
};

static uint32_t part_of(const struct search *search, uint32_t node)
{
    return search->part[search->checker->supernodes->forest.tree[node]];
}

/* What an element carries whatever the voltage, A: all of a current source, and of a law that is never without current
 * the least of it. */
static double forced_current(const struct search *search, const struct element *element)
{
    if (element->kind == ELEMENT_ISOURCE)
        return element->value;
    if (element->kind != ELEMENT_DIODE)
        return 0;
    const struct law_limits *limits = &search->limits[element->law];
    return element->value * fmin(fmax(0, limits->low), limits->high);
}

/* What a diode carries beyond that, from a to k, or else from k to a. */
static double free_current(const struct search *search, const struct element *element, bool forward)
{
    const struct law_limits *limits = &search->limits[element->law];
    double forced = forced_current(search, element), end = element->value * (forward ? limits->high : limits->low);
    return forward ? end - forced : forced - end;
}

/* What others control may carry anything. */
static bool joins(const struct search *search, const struct element *element)
{
    switch (element->kind) {
    case ELEMENT_DIODE: {
        const struct law_limits *limits = &search->limits[element->law];
        return isinf(limits->low) && isinf(limits->high);
    }
    case ELEMENT_RESISTOR:
    case ELEMENT_SWITCH:
    case ELEMENT_CONTROLLED_VOLTAGE:
    case ELEMENT_CONTROLLED_CURRENT: return true;
    default: return false;
    }
}

static void find_parts(struct search *search)
{
    const struct circuit *circuit = search->checker->circuit;
    const struct forest *forest = &search->checker->supernodes->forest;
    uint32_t *part = search->part;
    for (uint32_t l = 0; l < circuit->n_laws; l++)
        search->limits[l] = law_limits(&circuit->law[l]);
    disjoint_init(part, forest->trees);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (joins(search, element))
            disjoint_join(part, forest->tree[element->a], forest->tree[element->k]);
    }
    for (uint32_t v = 0; v < forest->trees; v++) /* a root is numbered before those that point to it */
        part[v] = part[v] == v ? search->parts++ : part[part[v]];
}

static void add_arc(struct search *search, size_t *arcs, uint32_t from, uint32_t to, double capacity)
{
    if (capacity > 0)
        search->arc[(*arcs)++] =
            search->turned ? (struct arc){to, from, capacity} : (struct arc){from, to, capacity};
}

static size_t collect_arcs(struct search *search)
{
    const struct circuit *circuit = search->checker->circuit;
    size_t arcs = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        uint32_t a = part_of(search, element->a), k = part_of(search, element->k);
        if (element->kind != ELEMENT_DIODE || a == k)
            continue;
        add_arc(search, &arcs, a, k, free_current(search, element, true));
        add_arc(search, &arcs, k, a, free_current(search, element, false));
    }
    return arcs;
}

static void collect_supplies(struct search *search)
{
    const struct circuit *circuit = search->checker->circuit;
    double *supply = search->supply, *scale = search->scale;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        uint32_t a = part_of(search, element->a), k = part_of(search, element->k);
        double current = forced_current(search, element);
        if (a == k || current == 0)
            continue;
        supply[a] -= current;
        supply[k] += current;
        scale[a] += fabs(current);
        scale[k] += fabs(current);
    }
}

/* How an element between the cut and the rest takes part. */
struct crossing {
    uint32_t node; /* within the cut */
    double brings; /* A: into the cut, or, turned, out of it */
    double takes;  /* A: away again, at most */
};

static bool crosses(const struct search *search, const struct element *element, struct crossing *crossing)
{
    bool a = search->cut[part_of(search, element->a)], k = search->cut[part_of(search, element->k)];
    if (a == k || (element->kind != ELEMENT_ISOURCE && element->kind != ELEMENT_DIODE))
        return false;
    bool away = a != search->turned; /* what flows from a to k */
    double forced = forced_current(search, element);
    crossing->node = a ? element->a : element->k;
    crossing->brings = away ? -forced : forced;
    crossing->takes = element->kind == ELEMENT_DIODE ? free_current(search, element, away) : 0;
    return true;
}

/* What sources bring to the cut and nothing takes away, A; 0 where it is no more than rounding. More proves that there
 * is no operating point. worst: the element that brings most, and how. */
static double cut_excess(const struct search *search, uint32_t *worst, struct crossing *brought)
{
    const struct circuit *circuit = search->checker->circuit;
    double excess = 0, scale = 0;
    *brought = (struct crossing){.brings = 0};
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        struct crossing crossing;
        if (!crosses(search, &circuit->element[e], &crossing))
            continue;
        excess += crossing.brings - crossing.takes;
        scale += fabs(crossing.brings) + crossing.takes;
        if (crossing.brings <= brought->brings)
            continue;
        *brought = crossing;
        *worst = e;
    }
    return excess > path_tolerance * scale ? excess : 0;
}

static void note_cut_off(const struct search *search, uint32_t but, uint32_t *notes)
{
    const struct names *nodes = &search->checker->circuit->nodes;
    for (uint32_t v = 0; v < nodes->count && *notes < NOTES; v++)
        if (v != but && search->cut[part_of(search, v)]) {
            diagnose(search->checker->diagnostics, NOTE, NULL, 0, "node %s is cut off with it",
                     nodes->text[v]);
            ++*notes;
        }
}

/* The other sources that bring or take current, and the diodes that block it. */
static void note_crossings(const struct search *search, uint32_t but, uint32_t *notes)
{
    const struct checker *checker = search->checker;
    struct crossing crossing;
    for (uint32_t e = 0; e < checker->circuit->elements.count && *notes < NOTES; e++) {
        const struct element *element = &checker->circuit->element[e];
        if (e == but || !crosses(search, element, &crossing))
            continue;
        note(checker, e);
        ++*notes;
        if (element->kind != ELEMENT_DIODE)
            continue;
        if (crossing.takes > 0)
            say(checker, NOTE, e, "takes no more than %g A of it", crossing.takes);
        else
            say(checker, NOTE, e, "blocks it");
    }
}

static void report_cut(const struct search *search)
{
    const struct checker *checker = search->checker;
    const struct circuit *circuit = checker->circuit;
    uint32_t worst = 0, notes = 0;
    struct crossing brought;
    double excess = cut_excess(search, &worst, &brought);
    int length;
    if (!(excess > 0))
        return;
    const struct element *source = &circuit->element[worst];
    const char *name = circuit_spelling(circuit, worst, &length);
    checker->diagnostics->origin = circuit_origin(circuit, worst);
    diagnose(checker->diagnostics, OUTCOME_NO_DC_PATH, source->place, source->name_length,
             "no DC path for the current of %.*s at node %s: %g A cannot %s", length, name,
             circuit->nodes.text[brought.node], excess, search->turned ? "enter" : "leave");
    checker->diagnostics->origin = NULL;
    note_cut_off(search, brought.node, &notes);
    note_crossings(search, worst, &notes);
}

/* False when memory is out. */
static bool find_cuts(struct search *search)
{
    struct max_flow *flow = max_flow_new(search->parts, search->supply, search->scale, search->arc,
                                         collect_arcs(search), search->excess);
    uint32_t cuts = 0;
    for (uint32_t p = 1; flow && p < search->parts; p++)
        if (search->excess[p] > 0 && ++cuts <= DIAGNOSTICS_OF_A_KIND) {
            max_flow_cut(flow, p, search->cut);
            report_cut(search);
        }
    if (cuts > DIAGNOSTICS_OF_A_KIND)
        diagnose_more(search->checker->diagnostics, OUTCOME_NO_DC_PATH, cuts - DIAGNOSTICS_OF_A_KIND);
    max_flow_free(flow);
    return flow;
}

static bool search_both_ways(struct search *search)
{
    bool driven = false;
    collect_supplies(search);
    for (uint32_t p = 0; p < search->parts; p++)
        driven = driven || search->supply[p] != 0;
    if (!driven)
        return true;
    if (!find_cuts(search))
        return false;
    for (uint32_t p = 0; p < search->parts; p++)
        search->supply[p] = -search->supply[p];
    search->turned = true;
    return find_cuts(search);
}

static bool check_paths(const struct checker *checker)
{
    uint32_t trees = checker->supernodes->forest.trees;
    struct search search = {.checker = checker};
    struct array_request request[] = {
        {&search.part, trees, sizeof *search.part},
        {&search.limits, checker->circuit->n_laws, sizeof *search.limits},
        {&search.supply, trees, sizeof *search.supply},
        {&search.scale, trees, sizeof *search.scale},
        {&search.excess, trees, sizeof *search.excess},
        {&search.cut, trees, sizeof *search.cut},
        {&search.arc, checker->circuit->elements.count * 2, sizeof *search.arc},
    };
    void *block = arrays_new(request, sizeof request / sizeof *request);
    if (!block)
        return false;
    find_parts(&search);
    bool done = search.parts == 1 || search_both_ways(&search);
    free(block);
    return done;
}

bool topology_check(const struct circuit *circuit, const struct supernodes *supernodes, struct diagnostics *diagnostics)
{
    assert(supernodes->forest.nodes == circuit->nodes.count);
    struct checker checker = {.circuit = circuit, .supernodes = supernodes, .diagnostics = diagnostics};
    checker.path = array_new(circuit->nodes.count, sizeof *checker.path);
    if (!checker.path)
        return false;
    size_t outcomes = diagnostics->outcomes;
    bool done = check_source_loops(&checker);
    if (done && diagnostics->outcomes == outcomes)
        done = check_forward_loops(&checker) && check_paths(&checker);
    free(checker.path);
    return done;
}
