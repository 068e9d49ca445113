#include "engine/tearing.h"

#include "circuit/circuit_part.h"
#include "engine/convex.h"
#include "engine/inner_parts.h"
#include "util/array.h"
#include "util/double_double.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 16 }; /* until the ports agree */
enum { FINE_ROUNDS = 2 };

/* Ports agree when Kirchhoff's law misses by less than this of the largest current beside them. */
static const double agreement = 1e-12;

/* Where that gets no better than rounding of their currents lets it, this will do, and the proof decides. */
static const double rough_agreement = 1e-10;

/* An inner circuit that is iterated is solved roughly in each of the first rounds, to this share of what it is short of,
 * and to its end from where ports miss by no more than `rough_end`. With what is near the ports in place of Z a round
 * has to bring them nearer by `contraction` at least. As measured on grids of a million nodes. */
static const double rough = 1e-2, rough_end = 1e-9, contraction = 0.3;
enum { NEARBY = 10000, NEARBY_SHARE = 8 }; /* nodes; and of all one in so many */

/* For columns of Z, and rounds with them; and for a start where states of the outer circuit hang on it. */
static const double column_accuracy = 1e-6, start_accuracy = 1e-8;
enum { MOST_COLUMNS = 6 }; /* that take no longer than a factor */

/* The currents that are driven, to begin with: not 0, since where there is no current parts are dead. A */
static const double first_current = 1e-6;

/* Currents below this are as good as none, A; and at a port where none is driven, what goes by this of its potential:
 * there may be none at all, but what is controlled by it has to have its law to rounding. */
static const double least_current = 1e-18, answering = 1e-3;

/* A conductance of Z's network that is less than this of the ports' own is rounding. */
static const double left_over = 1e-13;

/* The numbers of a port's nodes and elements in either circuit. */
struct tearing_port {
    uint32_t inner_node, drive; /* a source of J there */
    uint32_t outer_node, hold;  /* two sources of v0, the second one of what rounding leaves of it */
    bool drives;
    struct dd open;             /* V, v0 */
    struct dd apart;            /* V, by how much the inner circuit's potential is above the outer one's */
    double moved, before;       /* V, the last change of `open`; `apart` before that */
    double conductance, most;   /* S, A: of the inner resistors there the sum, the largest current */
};

/* A resistor of the inner circuit at ports that lead. */
struct beside {
    uint32_t element; /* in the inner circuit */
    uint32_t a, k;    /* ports, or INNER_NO_PORT */
};

struct tearing {
    struct circuit *circuit; /* the caller's */
    struct circuit_part inner_part, outer_part;
    struct engine inner, outer;
    uint32_t ports, leading;
    struct tearing_port *port; /* [ports] those that lead first */
    double *ohm, *conductance; /* [leading][leading] Z, and its inverse, S */
    uint32_t first_resistor;   /* of the outer circuit's that stand for Z */
    uint32_t besides;
    struct beside *beside;     /* [besides] */
    uint32_t sources;
    uint32_t *source;          /* [sources] of the circuit */
    bool fitted;               /* Z stands there */
    bool nearby;               /* of what is near the ports alone */
    bool iterates;             /* the inner circuit has no factor, and may be solved roughly */
    void *block;
};

/* ---- life -------------------------------------------------------------------------------------------------------- */

static size_t pairs(size_t leading)
{
    return leading * (leading + 1) / 2;
}

/* The port that leads at a node of the whole, or INNER_NO_PORT. */
static uint32_t leading_port(const struct inner_parts *parts, uint32_t node)
{
    uint32_t port = parts->port_of[node];
    return port < parts->leading ? port : INNER_NO_PORT;
}

static bool is_beside(const struct inner_parts *parts, const struct element *element, struct beside *beside)
{
    *beside = (struct beside){0, leading_port(parts, element->a), leading_port(parts, element->k)};
    return element->kind == ELEMENT_RESISTOR && (beside->a != INNER_NO_PORT || beside->k != INNER_NO_PORT);
}

static bool arrays(struct tearing *tearing, const struct inner_parts *parts)
{
    const struct circuit *circuit = tearing->circuit;
    struct beside beside;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        tearing->sources += element_is_source(&circuit->element[e]);
        tearing->besides += parts->inner[e] && is_beside(parts, &circuit->element[e], &beside);
    }
    const struct array_request request[] = {
        {&tearing->port, parts->ports, sizeof *tearing->port},
        {&tearing->ohm, (size_t)parts->leading * parts->leading, sizeof *tearing->ohm},
        {&tearing->conductance, (size_t)parts->leading * parts->leading, sizeof *tearing->conductance},
        {&tearing->beside, tearing->besides, sizeof *tearing->beside},
        {&tearing->source, tearing->sources, sizeof *tearing->source},
    };
    tearing->block = arrays_new(request, sizeof request / sizeof *request);
    uint32_t sources = 0, besides = 0;
    for (uint32_t e = 0; tearing->block && e < circuit->elements.count; e++) {
        if (element_is_source(&circuit->element[e]))
            tearing->source[sources++] = e;
        if (!parts->inner[e] || !is_beside(parts, &circuit->element[e], &beside))
            continue;
        beside.element = tearing->inner_part.element_here[e];
        tearing->beside[besides++] = beside;
    }
    return tearing->block;
}

/* Give an element that was added its kind and its nodes. */
static void make(struct circuit_part *part, uint32_t e, enum element_kind kind, uint32_t a, uint32_t k)
{
    struct element *element = &part->circuit->element[e];
    element->kind = kind;
    element->a = a;
    element->k = k;
}

/* The nodes and elements that ports add to both circuits; what stands for Z is open until it is known. */
static void add_ports(struct tearing *tearing, const struct inner_parts *parts)
{
    struct circuit_part *inner = &tearing->inner_part, *outer = &tearing->outer_part;
    uint32_t leading = tearing->leading, ports = tearing->ports, e = outer->elements + 2 * ports;
    for (uint32_t p = 0; p < ports; p++) {
        struct tearing_port *port = &tearing->port[p];
        uint32_t middle = outer->nodes + p;
        *port = (struct tearing_port){.inner_node = inner->node_here[parts->port[p].node],
                                      .drive = inner->elements + p,
                                      .outer_node = outer->node_here[parts->port[p].node],
                                      .hold = outer->elements + 2 * p,
                                      .drives = parts->port[p].kind == PORT_DRIVES};
        if (p < leading)
            make(inner, port->drive, ELEMENT_ISOURCE, GROUND, port->inner_node);
        make(outer, port->hold, ELEMENT_VSOURCE, port->outer_node, middle);
        make(outer, port->hold + 1, ELEMENT_VSOURCE, middle, p < leading ? outer->nodes + ports + p : GROUND);
    }
    for (uint32_t q = 0; q < tearing->besides; q++) {
        const struct beside *beside = &tearing->beside[q];
        double conductance = 1 / inner->circuit->element[beside->element].value;
        if (beside->a != INNER_NO_PORT)
            tearing->port[beside->a].conductance += conductance;
        if (beside->k != INNER_NO_PORT)
            tearing->port[beside->k].conductance += conductance;
    }
    tearing->first_resistor = e;
    for (uint32_t p = 0; p < leading; p++) {
        make(outer, e++, ELEMENT_CAPACITOR, outer->nodes + ports + p, GROUND);
        for (uint32_t q = 0; q < p; q++)
            make(outer, e++, ELEMENT_CAPACITOR, outer->nodes + ports + p, outer->nodes + ports + q);
    }
    circuit_changed(inner->circuit, true);
    circuit_changed(outer->circuit, true);
}

/* The outer circuit's part of a point, for it to go on from. */
static void go_on_from(struct tearing *tearing, const struct operating_point *last)
{
    struct engine *outer = &tearing->outer;
    const struct circuit_part *part = &tearing->outer_part;
    for (uint32_t node = 0; node < part->nodes; node++) {
        outer->op.voltage[node] = last->voltage[part->node[node]];
        outer->op.low[node] = last->low[part->node[node]];
    }
    for (uint32_t e = 0; e < part->elements; e++)
        outer->op.current[e] = last->current[part->element[e]];
    outer->goes_on = outer->answered = outer->certificate.proved = true;
}

static bool tear(struct tearing *tearing, const struct inner_parts *parts, const struct solve_options *options,
                 const struct operating_point *last)
{
    uint32_t ports = tearing->ports = parts->ports, leading = tearing->leading = parts->leading;
    if (!circuit_part_new(&tearing->inner_part, tearing->circuit, parts->inner, 0, leading) ||
        !circuit_part_new(&tearing->outer_part, tearing->circuit, parts->outer, ports + leading,
                          2 * ports + (uint32_t)pairs(leading)) ||
        !arrays(tearing, parts))
        return false;
    add_ports(tearing, parts);
    if (!engine_init(&tearing->inner, tearing->inner_part.circuit, options, true) ||
        !engine_init(&tearing->outer, tearing->outer_part.circuit, options, true))
        return false;
    tearing->inner.stays = leading > 0;
    if (last)
        go_on_from(tearing, last);
    return true;
}

bool tearing_new(struct tearing **tearing, struct circuit *circuit, const struct solve_options *options,
                 const struct operating_point *last)
{
    struct inner_parts parts = {0};
    *tearing = NULL;
    bool done = inner_parts_find(&parts, circuit);
    if (done && parts.nodes > 0) {
        *tearing = calloc(1, sizeof **tearing);
        if (*tearing)
            (*tearing)->circuit = circuit;
        done = *tearing && tear(*tearing, &parts, options, last);
    }
    if (!done) {
        tearing_free(*tearing);
        *tearing = NULL;
    }
    inner_parts_free(&parts);
    return done;
}

void tearing_free(struct tearing *tearing)
{
    if (!tearing)
        return;
    engine_free(&tearing->inner);
    engine_free(&tearing->outer);
    circuit_part_free(&tearing->inner_part);
    circuit_part_free(&tearing->outer_part);
    free(tearing->block);
    free(tearing);
}

/* ---- what stands for Z ------------------------------------------------------------------------------------------- */

/* In place of A [n][n], symmetric, its inverse by Gauss and Jordan; rows of ports that sources hold, where nothing
 * answers, stay 0. */
static void invert(double *A, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        double pivot = A[k * n + k];
        if (!(pivot > 0)) {
            for (size_t q = 0; q < n; q++)
                A[k * n + q] = A[q * n + k] = 0;
            continue;
        }
        A[k * n + k] = 1;
        for (size_t q = 0; q < n; q++)
            A[k * n + q] /= pivot;
        for (size_t r = 0; r < n; r++) {
            double factor = A[r * n + k];
            if (r == k)
                continue;
            A[r * n + k] = 0;
            for (size_t q = 0; q < n; q++)
                A[r * n + q] -= factor * A[k * n + q];
        }
    }
}

/* A resistor of the outer circuit that stands for a conductance, or open where that is rounding. */
static void put(struct element *element, double conductance, double least)
{
    element->kind = ELEMENT_CAPACITOR;
    if (!(conductance > least))
        return;
    element->kind = ELEMENT_RESISTOR;
    element->value = 1 / conductance;
}

static enum tearing_status status_of(enum region_status status)
{
    return status == REGION_OK          ? TEARING_OK
           : status == REGION_NO_MEMORY ? TEARING_NO_MEMORY
                                        : TEARING_UNSOLVED;
}

/* Z, or what is near the ports of it. */
static enum region_status find_resistances(struct tearing *tearing)
{
    struct engine *inner = &tearing->inner;
    uint32_t node[PORTS_THAT_LEAD], leading = tearing->leading, share = tearing->inner_part.nodes / NEARBY_SHARE;
    for (size_t p = 0; p < leading; p++)
        node[p] = tearing->port[p].inner_node;
    memset(tearing->ohm, 0, (size_t)leading * leading * sizeof *tearing->ohm);
    return tearing->nearby ? region_resistances_nearby(inner->region, leading, node, share < NEARBY ? share : NEARBY,
                                                       tearing->ohm)
                           : region_resistances(inner->region, leading, node, column_accuracy, tearing->ohm,
                                                &inner->info);
}

/* The network of resistors that has Z. */
static enum tearing_status fit(struct tearing *tearing)
{
    size_t leading = tearing->leading;
    enum region_status status = find_resistances(tearing);
    if (status != REGION_OK)
        return status_of(status);
    double *g = tearing->conductance;
    memcpy(g, tearing->ohm, leading * leading * sizeof *g);
    struct element *element = &tearing->outer_part.circuit->element[tearing->first_resistor];
    invert(g, leading);
    for (size_t p = 0; p < leading; p++) {
        double own = g[p * leading + p], sum = 0, least = left_over * own;
        for (size_t q = 0; q < leading; q++)
            sum += g[p * leading + q];
        if (own == 0) { /* a source holds it */
            element->kind = ELEMENT_SHORT;
            element += p + 1;
            continue;
        }
        put(element++, fmax(sum, 2 * least), least);
        for (size_t q = 0; q < p; q++)
            put(element++, -g[p * leading + q], least);
    }
    circuit_changed(tearing->outer_part.circuit, true);
    tearing->fitted = true;
    return TEARING_OK;
}

/* ---- solving ----------------------------------------------------------------------------------------------------- */

static enum tearing_status solve_part(struct engine *part)
{
    struct diagnostics unheard = {0};
    enum engine_status status = engine_solve(part, &unheard);
    diagnostics_free(&unheard);
    if (status != ENGINE_OK)
        return status == ENGINE_NO_MEMORY ? TEARING_NO_MEMORY : TEARING_UNSOLVED;
    return part->op.any_floats || part->op.any_shared ? TEARING_UNSOLVED : TEARING_OK;
}

static enum tearing_status prepare(struct engine *part)
{
    struct diagnostics unheard = {0};
    enum engine_status prepared = convex_prepare(part, &unheard);
    diagnostics_free(&unheard);
    return prepared == ENGINE_OK          ? TEARING_OK
           : prepared == ENGINE_NO_MEMORY ? TEARING_NO_MEMORY
                                          : TEARING_UNSOLVED;
}

/* The potentials of the inner circuit alone, from nothing to so near. */
static enum tearing_status begin_roughly(struct engine *inner, double accuracy)
{
    enum tearing_status status = prepare(inner);
    if (status == TEARING_OK && inner->tables.diodes > 0)
        status = TEARING_UNSOLVED;
    return status == TEARING_OK ? status_of(region_approach(inner->region, accuracy, &inner->info)) : status;
}

/* The inner circuit at other currents of its ports. Where it is linear its region has the answer, and the whole is
 * proved anyway. */
static enum tearing_status solve_inner_again(struct tearing *tearing, bool roughly)
{
    struct engine *inner = &tearing->inner;
    bool linear = inner->tables.diodes == 0;
    if (roughly) {
        double accuracy = tearing->nearby ? rough : column_accuracy;
        enum region_status status = region_approach(inner->region, accuracy, &inner->info);
        if (status != REGION_UNSOLVED)
            return status_of(status);
        tearing->iterates = false; /* where iterations have stalled there is a factor by now */
    }
    enum region_status status = linear ? region_solve(inner->region, 1, &inner->info) : REGION_UNSOLVED;
    return status == REGION_UNSOLVED ? solve_part(inner) : status_of(status);
}

static void set_source(struct engine *part, uint32_t element, double value)
{
    if (part->circuit->element[element].value != value)
        engine_set_source(part, element, value);
}

/* The present values of the circuit's sources. Returns whether they are all 0. */
static bool take_sources(struct tearing *tearing)
{
    bool silent = true;
    for (uint32_t s = 0; s < tearing->sources; s++) {
        uint32_t e = tearing->source[s], inner = tearing->inner_part.element_here[e];
        uint32_t outer = tearing->outer_part.element_here[e];
        double value = tearing->circuit->element[e].value;
        if (inner != PART_NONE)
            set_source(&tearing->inner, inner, value);
        if (outer != PART_NONE)
            set_source(&tearing->outer, outer, value);
        silent &= value == 0;
    }
    return silent;
}

/* The current that the outer circuit sends through a port. */
static double current_through(const struct tearing *tearing, uint32_t p)
{
    return tearing->outer.op.current[tearing->port[p].hold];
}

static struct dd potential(const struct operating_point *op, uint32_t node)
{
    return two_sum(op->voltage[node], op->low[node]);
}

/* How far the circuits are apart at their ports. Returns by how much that misses Kirchhoff's law, of the largest
 * currents there. */
static double compare(struct tearing *tearing)
{
    const struct operating_point *op = &tearing->inner.op;
    double worst = 0;
    for (uint32_t p = 0; p < tearing->leading; p++) {
        struct tearing_port *port = &tearing->port[p];
        double share = port->drives ? DBL_EPSILON : answering;
        double rounding = share * port->conductance * fabs(op->voltage[port->inner_node]);
        port->most = fmax(fabs(current_through(tearing, p)), fmax(rounding, least_current));
    }
    for (uint32_t q = 0; q < tearing->besides; q++) {
        const struct beside *beside = &tearing->beside[q];
        const struct element *element = &tearing->inner.circuit->element[beside->element];
        double i = fabs(dd_value(dd_sub(potential(op, element->a), potential(op, element->k))) / element->value);
        if (beside->a != INNER_NO_PORT)
            tearing->port[beside->a].most = fmax(tearing->port[beside->a].most, i);
        if (beside->k != INNER_NO_PORT)
            tearing->port[beside->k].most = fmax(tearing->port[beside->k].most, i);
    }
    for (uint32_t p = 0; p < tearing->leading; p++) {
        struct tearing_port *port = &tearing->port[p];
        port->apart = dd_sub(potential(&tearing->inner.op, port->inner_node),
                             potential(&tearing->outer.op, port->outer_node));
        double missed = fabs(port->apart.hi) * port->conductance;
        worst = fmax(worst, missed / port->most);
    }
    return worst;
}

/* How much of the last step was too much of it, told by what it has left: Anderson's method of depth 1. Source: Walker
 * and Ni, Anderson acceleration for fixed-point iterations, SIAM Journal on Numerical Analysis 49 (2011), section 1. */
static double overshoot(const struct tearing *tearing)
{
    double along = 0, square = 0;
    for (uint32_t p = 0; p < tearing->leading; p++) {
        const struct tearing_port *port = &tearing->port[p];
        double change = (port->apart.hi - port->before) * port->conductance;
        along += port->apart.hi * port->conductance * change;
        square += change * change;
    }
    return square > 0 ? along / square : 0;
}

/* Open potentials that would make them meet. first: there was no step before this one. */
static void correct(struct tearing *tearing, bool first)
{
    double too_much = first ? 0 : overshoot(tearing);
    for (uint32_t p = 0; p < tearing->leading; p++) {
        struct tearing_port *port = &tearing->port[p];
        double back = first ? 0 : too_much * (port->moved + (port->apart.hi - port->before));
        struct dd step = dd_add_double(port->apart, -back);
        port->open = dd_add(port->open, step);
        port->before = port->apart.hi;
        port->moved = step.hi;
    }
}

/* One round: the outer circuit as the ports stand open, and the inner one at the currents that this drives. */
static enum tearing_status go_round(struct tearing *tearing, bool roughly)
{
    for (uint32_t p = 0; p < tearing->ports; p++) {
        set_source(&tearing->outer, tearing->port[p].hold, tearing->port[p].open.hi);
        set_source(&tearing->outer, tearing->port[p].hold + 1, tearing->port[p].open.lo);
    }
    enum tearing_status status = solve_part(&tearing->outer);
    if (status != TEARING_OK || tearing->leading == 0)
        return status;
    for (uint32_t p = 0; p < tearing->leading; p++)
        set_source(&tearing->inner, tearing->port[p].drive, current_through(tearing, p));
    return solve_inner_again(tearing, roughly);
}

/* Both circuits' answers as one: a port's potential is that of the outer circuit, and resistors beside it have the
 * currents that follow. */
static void join(const struct tearing *tearing, struct operating_point *op)
{
    const struct circuit_part *part[] = {&tearing->inner_part, &tearing->outer_part};
    const struct operating_point *from[] = {&tearing->inner.op, &tearing->outer.op};
    const struct circuit *circuit = tearing->circuit;
    size_t nodes = tearing->circuit->nodes.count, elements = tearing->circuit->elements.count;
    memset(op->voltage, 0, nodes * sizeof *op->voltage);
    memset(op->low, 0, nodes * sizeof *op->low);
    memset(op->current, 0, elements * sizeof *op->current);
    for (int of = 0; of < 2; of++) {
        for (uint32_t node = 0; node < part[of]->nodes; node++) {
            op->voltage[part[of]->node[node]] = from[of]->voltage[node];
            op->low[part[of]->node[node]] = from[of]->low[node];
        }
        for (uint32_t e = 0; e < part[of]->elements; e++)
            op->current[part[of]->element[e]] = from[of]->current[e];
    }
    for (uint32_t e = 0; e < part[1]->elements; e++)
        if (circuit->element[part[1]->element[e]].kind == ELEMENT_SWITCH)
            circuit->element[part[1]->element[e]].value = part[1]->circuit->element[e].value;
    for (uint32_t q = 0; q < tearing->besides; q++) {
        uint32_t e = part[0]->element[tearing->beside[q].element];
        const struct element *element = &circuit->element[e];
        struct dd u = dd_sub(potential(op, element->a), potential(op, element->k));
        op->current[e] = dd_value(dd_div_double(u, element->value));
    }
}

/* v0: the potential less what the currents of the ports bring about. */
static struct dd open_potential(const struct tearing *tearing, uint32_t p)
{
    struct dd open = potential(&tearing->inner.op, tearing->port[p].inner_node);
    for (uint32_t q = 0; q < tearing->leading && p < tearing->leading; q++) {
        double current = tearing->inner.circuit->element[tearing->port[q].drive].value;
        open = dd_add_double(open, -tearing->ohm[(size_t)p * tearing->leading + q] * current);
    }
    return open;
}

static void take_open_potentials(struct tearing *tearing)
{
    for (uint32_t p = 0; p < tearing->ports; p++)
        tearing->port[p].open = open_potential(tearing, p);
}

/* To its end, as what is solved many times. */
static enum tearing_status solve_for_many(struct tearing *tearing)
{
    struct engine *inner = &tearing->inner;
    tearing->iterates = tearing->nearby = tearing->fitted = false;
    enum tearing_status status = prepare(inner);
    if (status == TEARING_OK)
        status = status_of(region_expect_many(inner->region, &inner->info));
    return status == TEARING_OK ? solve_part(inner) : status;
}

/* Roughly, where the inner circuit is linear and has no factor, and more closely where states of the outer circuit hang
 * on it; else, where points follow each other, and for ports that only watch, to its end. */
static enum tearing_status solve_inner(struct tearing *tearing, bool again)
{
    bool linear = general_would_be_linear(tearing->outer.circuit);
    enum tearing_status status = TEARING_UNSOLVED;
    if (again ? tearing->iterates : !linear && tearing->leading > MOST_COLUMNS && !tearing->fitted)
        return solve_for_many(tearing);
    if (!again && tearing->leading > 0 && tearing->leading == tearing->ports)
        status = begin_roughly(&tearing->inner, linear ? rough : start_accuracy);
    tearing->iterates = status == TEARING_OK;
    tearing->nearby = tearing->iterates && linear;
    tearing->fitted &= !tearing->iterates;
    return status == TEARING_UNSOLVED ? solve_part(&tearing->inner) : status;
}

/* The inner circuit at the present sources and at the last currents of its ports, which are open potentials then.
 * silent: there may be no current at all. */
static enum tearing_status begin(struct tearing *tearing, bool again, bool silent)
{
    for (uint32_t p = 0; p < tearing->leading && !again; p++)
        set_source(&tearing->inner, tearing->port[p].drive,
                   tearing->port[p].drives && !silent ? first_current : 0);
    enum tearing_status status = solve_inner(tearing, again);
    if (status == TEARING_OK && tearing->leading > 0 && !tearing->fitted)
        status = fit(tearing);
    if (status == TEARING_OK)
        take_open_potentials(tearing);
    return status;
}

/* What is near the ports does not stand for all of Z. */
static enum tearing_status fit_better(struct tearing *tearing)
{
    enum tearing_status status = tearing->leading > MOST_COLUMNS ? solve_for_many(tearing) : TEARING_OK;
    tearing->nearby = false;
    if (status == TEARING_OK)
        status = fit(tearing);
    if (status == TEARING_OK)
        take_open_potentials(tearing);
    return status;
}

/* Round after round until the ports agree. */
static enum tearing_status agree(struct tearing *tearing)
{
    enum tearing_status status = TEARING_OK;
    bool agreed = false, first = true, roughly = tearing->iterates;
    double missed = INFINITY;
    for (int round = 0; status == TEARING_OK && !agreed && round < ROUNDS; round++) {
        double before = missed;
        status = go_round(tearing, roughly);
        if (status != TEARING_OK)
            break;
        missed = compare(tearing);
        bool gains = missed <= contraction * before;
        agreed = !roughly && (missed <= agreement || (missed <= rough_agreement && missed > before / 2));
        if (tearing->nearby && !agreed && ((!gains && missed > rough_agreement) || round + 1 == ROUNDS)) {
            status = fit_better(tearing);
            roughly = tearing->iterates;
            first = true;
            round = -1;
            missed = INFINITY;
            continue;
        }
        if (!roughly && !gains) /* from potentials that are near it does not come nearer */
            region_withdraw(tearing->inner.region);
        roughly = roughly && tearing->iterates && gains && missed > rough_end;
        correct(tearing, first);
        first = false;
    }
    return status != TEARING_OK || agreed ? status : TEARING_UNSOLVED;
}

enum tearing_status tearing_solve(struct tearing *tearing, bool again, struct operating_point *op,
                                  enum general_class *class, enum engine_stability *stability)
{
    if (!again) {
        engine_restart(&tearing->inner);
        engine_restart(&tearing->outer);
    }
    bool silent = take_sources(tearing);
    enum tearing_status status = begin(tearing, again, silent);
    if (status == TEARING_OK)
        status = agree(tearing);
    if (status != TEARING_OK)
        return status;
    join(tearing, op);
    bool unique = tearing->inner.class == GENERAL_UNIQUE && tearing->outer.class == GENERAL_UNIQUE;
    *class = unique ? GENERAL_UNIQUE : GENERAL_SOLUTION;
    *stability = tearing->outer.stability;
    if (tearing->leading > 0 && tearing->outer.loops) /* what the inner circuit has to do with it is not known */
        *stability = general_is_turned(tearing->outer.general) ? ENGINE_UNSTABLE : ENGINE_UNTESTED;
    return TEARING_OK;
}

void tearing_release(struct tearing *tearing)
{
    if (tearing->iterates)
        region_release(tearing->inner.region);
}

enum tearing_status tearing_refine(struct tearing *tearing, struct operating_point *op)
{
    enum tearing_status status = TEARING_OK;
    for (int round = 0; status == TEARING_OK && round < FINE_ROUNDS; round++) {
        status = go_round(tearing, false);
        if (status != TEARING_OK)
            break;
        compare(tearing);
        correct(tearing, true);
    }
    if (status == TEARING_OK)
        join(tearing, op);
    return status;
}

int tearing_holding(const struct tearing *tearing, uint32_t element)
{
    uint32_t inner = tearing->inner_part.element_here[element], outer = tearing->outer_part.element_here[element];
    if (inner != PART_NONE)
        return engine_holding(&tearing->inner, inner);
    return outer != PART_NONE ? engine_holding(&tearing->outer, outer) : 0;
}

uint32_t tearing_kinks(const struct tearing *tearing)
{
    return engine_kinks(&tearing->inner) + engine_kinks(&tearing->outer);
}

struct solve_info tearing_info(const struct tearing *tearing)
{
    struct solve_info info = engine_info(&tearing->inner), outer = engine_info(&tearing->outer);
    info.factorisations += outer.factorisations;
    info.analyses += outer.analyses;
    return info;
}
