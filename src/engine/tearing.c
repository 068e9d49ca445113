/* Round after round until both circuits agree at their ports. */
#include "engine/tearing_parts.h"

#include "engine/convex.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum { ROUNDS = 16 }; /* until the ports agree */
enum { FINE_ROUNDS = 2 };

/* Ports agree when Kirchhoff's law misses by less than this of the largest current beside them. */
static const double agreement = 1e-12;

/* Where that gets no better than rounding of their currents lets it, this will do, and the proof decides. Test:
 * parts_have_the_answer_of_the_whole. */
static const double rough_agreement = 1e-10;

/* An inner circuit that is iterated is solved roughly in each of the first rounds, to this share of what it is short
 * of, and to its end from where ports miss by no more than `rough_end`. With what is near the ports in place of Z a
 * round has to bring them nearer by `contraction` at least. As measured on grids of a million nodes. */
static const double rough = 1e-2, rough_end = 1e-9, contraction = 0.3;

/* For a start where states of the outer circuit hang on it. */
static const double start_accuracy = 1e-8;
enum { MOST_COLUMNS = 6 }; /* that take no longer than a factor */

/* The currents that are driven, to begin with: not 0, since where there is no current parts are dead. A */
static const double first_current = 1e-6;

/* Currents below this are as good as none, A; and at a port where none is driven, what goes by this of its potential:
 * there may be none at all, but what is controlled by it has to have its law to rounding. */
static const double least_current = 1e-18, answering = 1e-3;

/* One of engine_solve and convex_prepare; what it says of a part is nothing to say of the whole. */
static enum tearing_status ask(struct engine *part,
                               enum engine_status (*what)(struct engine *engine, struct diagnostics *diagnostics))
{
    struct diagnostics unheard = {0};
    enum engine_status status = what(part, &unheard);
    diagnostics_free(&unheard);
    return status == ENGINE_OK ? TEARING_OK : status == ENGINE_NO_MEMORY ? TEARING_NO_MEMORY : TEARING_UNSOLVED;
}

static enum tearing_status solve_part(struct engine *part)
{
    enum tearing_status status = ask(part, engine_solve);
    return status == TEARING_OK && (part->op.any_floats || part->op.any_shared) ? TEARING_UNSOLVED : status;
}

/* The potentials of the inner circuit alone, from nothing to so near. */
static enum tearing_status begin_roughly(struct engine *inner, double accuracy)
{
    enum tearing_status status = ask(inner, convex_prepare);
    if (status == TEARING_OK && inner->tables.diodes > 0)
        status = TEARING_UNSOLVED;
    if (status != TEARING_OK)
        return status;
    return tearing_status_of(network_approach(region_network(inner->region), accuracy, &inner->info));
}

/* The inner circuit at other currents of its ports. Where it is linear its region has the answer, and the whole is
 * proved anyway. */
static enum tearing_status solve_inner_again(struct tearing *tearing, bool roughly)
{
    struct engine *inner = &tearing->inner;
    bool linear = inner->tables.diodes == 0;
    if (roughly) {
        double accuracy = tearing->nearby ? rough : TEARING_COLUMN_ACCURACY;
        enum network_status status = network_approach(region_network(inner->region), accuracy, &inner->info);
        if (status != NETWORK_UNSOLVED)
            return tearing_status_of(status);
        tearing->iterates = false; /* where iterations have stalled there is a factor by now */
    }
    enum network_status status = linear ? region_solve(inner->region, 1, &inner->info) : NETWORK_UNSOLVED;
    return status == NETWORK_UNSOLVED ? solve_part(inner) : tearing_status_of(status);
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
    enum tearing_status status = ask(inner, convex_prepare);
    if (status == TEARING_OK)
        status = tearing_status_of(network_expect_many(region_network(inner->region), &inner->info));
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
        status = tearing_fit(tearing);
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
        status = tearing_fit(tearing);
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
            network_withdraw(region_network(tearing->inner.region));
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
    engine_note_linear(&tearing->inner);
    if (tearing->iterates)
        network_release(region_network(tearing->inner.region));
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
    info.linear = outer.linear > info.linear ? outer.linear : info.linear;
    return info;
}
