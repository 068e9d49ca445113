/* Currents of sources that have no DC path. */
#include "circuit/topology_parts.h"

#include "circuit/max_flow.h"
#include "util/array.h"
#include "util/disjoint.h"
#include <math.h>
#include <stdlib.h>

static const double path_tolerance = 1e-12; /* of the currents that sources and junctions bring and take */

/* The search for currents that sources bring to some parts of the circuit and that nothing can take on from there. The
 * other way round, for those that sources draw and nothing brings, all directions are turned. */
struct search {
    const struct topology *checker;
    bool turned;
    struct law_limits *limits; /* [n_laws] what a law carries, A */
    uint32_t *part;            /* [trees] parts that what carries any current both ways holds together; 0: ground's */
    uint32_t parts;
    double *supply, *scale, *excess; /* [parts] max_flow.h */
    struct arc *arc;                 /* [2 diodes] */
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
    for (uint32_t v = 0; v < nodes->count && *notes < TOPOLOGY_NOTES; v++)
        if (v != but && search->cut[part_of(search, v)]) {
            diagnose(search->checker->diagnostics, NOTE, NULL, 0, "node %s is cut off with it",
                     nodes->text[v]);
            ++*notes;
        }
}

/* The other sources that bring or take current, and the diodes that block it. */
static void note_crossings(const struct search *search, uint32_t but, uint32_t *notes)
{
    const struct topology *checker = search->checker;
    struct crossing crossing;
    for (uint32_t e = 0; e < checker->circuit->elements.count && *notes < TOPOLOGY_NOTES; e++) {
        const struct element *element = &checker->circuit->element[e];
        if (e == but || !crosses(search, element, &crossing))
            continue;
        topology_note(checker, e);
        ++*notes;
        if (element->kind != ELEMENT_DIODE)
            continue;
        if (crossing.takes > 0)
            topology_say(checker, NOTE, e, "takes no more than %g A of it", crossing.takes);
        else
            topology_say(checker, NOTE, e, "blocks it");
    }
}

void topology_report_no_path(const struct circuit *circuit, uint32_t element, uint32_t node, double amperes,
                             bool leaves, struct diagnostics *diagnostics)
{
    int length;
    const char *name = circuit_spelling(circuit, element, &length);
    circuit_diagnose(circuit, element, diagnostics, OUTCOME_NO_DC_PATH,
                     "no DC path for the current of %.*s at node %s: %g A cannot %s", length, name,
                     circuit->nodes.text[node], amperes, leaves ? "leave" : "enter");
}

static void report_cut(const struct search *search)
{
    const struct topology *checker = search->checker;
    uint32_t worst = 0, notes = 0;
    struct crossing brought;
    double excess = cut_excess(search, &worst, &brought);
    if (!(excess > 0))
        return;
    topology_report_no_path(checker->circuit, worst, brought.node, excess, !search->turned, checker->diagnostics);
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

/* Where there is more than ground's part. False when memory is out. */
static bool search_parts(struct search *search)
{
    size_t diodes = circuit_diodes(search->checker->circuit);
    const struct array_request request[] = {
        {&search->supply, search->parts, sizeof *search->supply},
        {&search->scale, search->parts, sizeof *search->scale},
        {&search->excess, search->parts, sizeof *search->excess},
        {&search->cut, search->parts, sizeof *search->cut},
        {&search->arc, diodes, 2 * sizeof *search->arc},
    };
    void *block = arrays_new(request, sizeof request / sizeof *request);
    bool done = block && search_both_ways(search);
    free(block);
    return done;
}

bool topology_check_paths(const struct topology *checker)
{
    struct search search = {.checker = checker};
    const struct array_request request[] = {
        {&search.part, checker->supernodes->forest.trees, sizeof *search.part},
        {&search.limits, checker->circuit->n_laws, sizeof *search.limits},
    };
    void *block = arrays_new(request, sizeof request / sizeof *request);
    if (!block)
        return false;
    find_parts(&search);
    bool done = search.parts == 1 || search_parts(&search);
    free(block);
    return done;
}
