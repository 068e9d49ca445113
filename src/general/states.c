/* What Newton's method holds still while it solves for x: segments of ideal diodes, positions of switches, the points
 * at which curved laws have their tangents. */
#include "general/equations_parts.h"

#include "laws/limiting.h"
#include "util/disjoint.h"
#include <math.h>
#include <string.h>

static double potential(const double *hi, uint32_t node)
{
    return node == GROUND ? 0 : hi[node - 1];
}

static double drop_between(uint32_t p, uint32_t q, const double *hi)
{
    return potential(hi, p) - potential(hi, q);
}

static double drop_of(const struct element *element, const double *hi)
{
    return drop_between(element->a, element->k, hi);
}

static bool is_curved(const struct circuit *circuit, const struct element *element)
{
    return element->kind == ELEMENT_DIODE && circuit->law[element->law].curve &&
           law_voltages(&circuit->law[element->law]) == 1;
}

/* ---- ideal diodes and switches ----------------------------------------------------------------------------------- */

/* On the segment where u and the current beyond what a blocking diode has say it is: forward where their sum, with one
 * ohm for a scale that no answer depends on, is positive. */
static enum diode_state state_of(const struct law *law, double u, double beyond)
{
    if (isinf(law->g_on) && u - law->v_fwd + beyond > 0)
        return DIODE_FORWARD;
    if (isinf(law->g_rev) && !isinf(law->v_rev) && -u - law->v_rev - beyond > 0)
        return DIODE_REVERSE;
    return DIODE_BLOCKS;
}

/* What rounding leaves of a current at the diode's nodes, A, where F was evaluated last. */
static double current_rounding(const struct equations *equations, const struct element *element)
{
    const double part = 1e-12; /* of the sum of the magnitudes there */
    double a = element->a == GROUND ? 0 : equations->magnitude[element->a - 1];
    double k = element->k == GROUND ? 0 : equations->magnitude[element->k - 1];
    return part * fmax(a, k);
}

/* The voltage of a diode that conducts is at its threshold but for rounding, and so is the current of one that blocks.
 * One that is at both conducts. */
static enum diode_state next_state(const struct equations *equations, uint32_t e, const double *hi)
{
    const struct element *element = &equations->circuit->element[e];
    const struct law *law = &equations->circuit->law[element->law];
    double u = drop_of(element, hi), i = hi[equations->branch[e]], beyond = i - element->value * law->g_off * u;
    switch ((enum diode_state)equations->state[e]) {
    case DIODE_FORWARD: return beyond >= -current_rounding(equations, element) ? DIODE_FORWARD : DIODE_BLOCKS;
    case DIODE_REVERSE: return beyond <= current_rounding(equations, element) ? DIODE_REVERSE : DIODE_BLOCKS;
    default: return state_of(law, u, 0);
    }
}

static bool turn_switch(struct equations *equations, struct element *element, const double *hi, const double *lo)
{
    const struct coupling *coupling = &equations->circuit->coupling[element->law];
    double x = dd_value(equations_control(equations, coupling->control, hi, lo)), before = element->value;
    element->value = control_law_resistance(&coupling->law, x, before);
    return element->value != before;
}

/* Of diodes that conduct in a loop with each other and with sources one is left out, which the others hold at its
 * threshold: one that has not conducted before, if there is such a one. next [elements]: the states that x asks for. */
static void open_loops(struct equations *equations, uint8_t *next)
{
    const struct circuit *circuit = equations->circuit;
    disjoint_init(equations->set, circuit->nodes.count);
    for (int turn = 0; turn < 3; turn++) /* sources, diodes that have conducted, the others */
        for (uint32_t e = 0; e < circuit->elements.count; e++) {
            const struct element *element = &circuit->element[e];
            bool source = element_is_voltage_defined(element);
            bool conducts = equations->branch[e] != EQUATIONS_NONE && element->kind == ELEMENT_DIODE &&
                            next[e] != DIODE_BLOCKS;
            if (turn == 0 ? !source : !conducts || (turn == 1) != (equations->state[e] != DIODE_BLOCKS))
                continue;
            if (!disjoint_join(equations->set, element->a, element->k) && turn > 0)
                next[e] = DIODE_BLOCKS;
        }
}

uint32_t equations_switch(struct equations *equations, const double *hi, const double *lo)
{
    struct circuit *circuit = equations->circuit;
    uint32_t changed = 0;
    if (!equations->any_states || equations->frozen)
        return 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        bool ideal = equations->branch[e] != EQUATIONS_NONE && circuit->element[e].kind == ELEMENT_DIODE;
        equations->next[e] = ideal ? next_state(equations, e, hi) : DIODE_BLOCKS;
        if (circuit->element[e].kind == ELEMENT_SWITCH)
            changed += turn_switch(equations, &circuit->element[e], hi, lo);
    }
    open_loops(equations, equations->next);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        changed += equations->next[e] != equations->state[e];
        equations->state[e] = equations->next[e];
    }
    return changed;
}

/* Source: the FNV-1a hash of Fowler, Noll and Vo. */
uint64_t equations_number_states(const struct equations *equations)
{
    const struct circuit *circuit = equations->circuit;
    uint64_t number = UINT64_C(14695981039346656037);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        bool is_on = element->kind == ELEMENT_SWITCH &&
                     element->value == circuit->coupling[element->law].law.switching.ron;
        number = (number ^ (uint64_t)(equations->state[e] + (is_on ? 4 : 0))) * UINT64_C(1099511628211);
    }
    return number;
}

/* Does a diode ask for another segment, by more than `over` (V) or `amperes` (A)? */
static bool diode_objects(const struct equations *equations, uint32_t e, const double *hi, double over, double amperes)
{
    const struct element *element = &equations->circuit->element[e];
    const struct law *law = &equations->circuit->law[element->law];
    double u = drop_of(element, hi), beyond = hi[equations->branch[e]] - element->value * law->g_off * u;
    switch ((enum diode_state)equations->state[e]) {
    case DIODE_FORWARD: return !(beyond >= -amperes);
    case DIODE_REVERSE: return !(beyond <= amperes);
    default: return state_of(law, u - over, 0) == DIODE_FORWARD || state_of(law, u + over, 0) == DIODE_REVERSE;
    }
}

/* Does a switch ask for its other position, by more than `over` of what controls it? */
static bool switch_objects(const struct equations *equations, const struct element *element, const double *hi,
                           const double *lo, double over)
{
    const struct coupling *coupling = &equations->circuit->coupling[element->law];
    double x = dd_value(equations_control(equations, coupling->control, hi, lo));
    bool is_on = element->value == coupling->law.switching.ron;
    return control_law_resistance(&coupling->law, is_on ? x + over : x - over, element->value) != element->value;
}

bool equations_object(const struct equations *equations, const double *hi, const double *lo, double part)
{
    const struct circuit *circuit = equations->circuit;
    double volts = 0, amperes = 0;
    for (uint32_t q = 0; q < (uint32_t)equations->n; q++)
        if (q < equations->nodes)
            volts = fmax(volts, fabs(hi[q]));
        else
            amperes = fmax(amperes, fabs(hi[q]));
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (circuit_ideal_diode(circuit, element) && diode_objects(equations, e, hi, part * volts, part * amperes))
            return true;
        if (element->kind != ELEMENT_SWITCH)
            continue;
        bool by_voltage = circuit->coupling[element->law].control->kind == CONTROL_VOLTAGE;
        if (switch_objects(equations, element, hi, lo, part * (by_voltage ? volts : amperes)))
            return true;
    }
    return false;
}

/* ---- companions -------------------------------------------------------------------------------------------------- */

/* As far as an exponential of scale vt may be taken from a tangent at `from` towards u, above the knee: by logarithms
 * of the way. Source: the idea is Colon's, in Nagel 1975, SPICE2, on limiting junction voltages. */
static double limited_rise(double u, double from, double knee, double vt)
{
    double base = fmax(from, knee);
    return u > base && vt > 0 ? base + vt * log1p((u - base) / vt) : u;
}

static double knee_of(const struct junction *junction)
{
    return fmax(limiting_critical(junction->vt, fmax(junction->is, 1e-300)), 0);
}

static double limited(const struct junction *junction, double w, double from)
{
    w = limited_rise(w, from, knee_of(junction), junction->vt);
    return isinf(junction->bv) ? w : -limited_rise(-w, -from, junction->bv, junction->vtb);
}

/* Of a junction behind a series resistance its own voltage w is limited: the resistance is linear. */
static double limited_behind(const struct junction *junction, const struct companion *from, double u)
{
    double w = from->u - junction->rs * from->i, next = w + (1 - junction->rs * from->g) * (u - from->u), slope;
    double to = limited(junction, next, w);
    return to == next ? u : to + junction->rs * (junction_current(junction, to, &slope) + junction->gmin * to);
}

static bool is_device(const struct circuit *circuit, const struct element *element)
{
    return element->kind == ELEMENT_CONTROLLED_CURRENT &&
           circuit->coupling[element->law].law.kind == CONTROL_DEVICE;
}

/* A device's companion for x, where that is farther than `still` from the last one. Returns how far it is from x, V. */
static double limit_device(struct equations *equations, const struct coupling *coupling, const double *hi, double still)
{
    size_t number = (size_t)(coupling - equations->circuit->coupling);
    double *near = equations->near + equations->first_near[number], *x = equations->slope, farthest = 0, moved = 0;
    for (uint32_t c = 0; c < coupling->law.n; c++) {
        equations->before[c] = x[c] = drop_between(coupling->control[c].p, coupling->control[c].q, hi);
        moved = fmax(moved, fabs(x[c] - near[c]));
    }
    if (moved <= still)
        return moved;
    control_law_limit(&coupling->law, near, x);
    for (uint32_t c = 0; c < coupling->law.n; c++) {
        farthest = fmax(farthest, fabs(equations->before[c] - x[c]));
        near[c] = x[c];
    }
    equations->near_value[number] = NAN;
    return farthest;
}

static void follow_device(struct equations *equations, const struct coupling *coupling, const double *hi)
{
    size_t number = (size_t)(coupling - equations->circuit->coupling);
    double *near = equations->near + equations->first_near[number];
    for (uint32_t c = 0; c < coupling->law.n; c++)
        near[c] = drop_between(coupling->control[c].p, coupling->control[c].q, hi);
    equations->near_value[number] = NAN;
}

/* The law is to be asked anew where it is another. */
static void set_companion(struct equations *equations, uint32_t e, double u)
{
    if (equations->companion[e].u != u)
        equations->companion[e].g = NAN;
    equations->companion[e].u = u;
}

static void follow_leaders(struct equations *equations)
{
    const struct circuit *circuit = equations->circuit;
    for (size_t d = 0; d < circuit->devices; d++)
        for (uint32_t e = circuit->device[d].first; e < circuit->device[d].first + circuit->device[d].parts; e++) {
            struct leader leader = equations->leader[e];
            if (leader.plus != EQUATIONS_NONE)
                set_companion(equations, e, equations->near[leader.plus] -
                                                (leader.minus == EQUATIONS_NONE ? 0 : equations->near[leader.minus]));
        }
}

void equations_begin(struct equations *equations)
{
    const struct circuit *circuit = equations->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (is_device(circuit, element)) {
            equations->near_value[element->law] = NAN;
            control_law_begin(&circuit->coupling[element->law].law,
                              equations->near + equations->first_near[element->law]);
        } else if (is_curved(circuit, element) && circuit->law[element->law].curve->kind == CURVE_JUNCTION)
            set_companion(equations, e, knee_of(&circuit->law[element->law].curve->junction));
    }
    for (size_t o = 0; o < circuit->offs; o++)
        set_companion(equations, circuit->off[o], 0);
    follow_leaders(equations);
}

/* Is it a device that does not conduct where the search begins? */
static bool is_off_device(const struct circuit *circuit, const struct element *element)
{
    return is_device(circuit, element) && circuit->coupling[element->law].law.device.is_off;
}

bool equations_any_off(const struct equations *equations)
{
    const struct circuit *circuit = equations->circuit;
    bool any = circuit->offs > 0;
    for (size_t d = 0; !any && d < circuit->devices; d++)
        for (uint32_t p = 0; !any && p < circuit->device[d].parts; p++)
            any = is_off_device(circuit, &circuit->element[circuit->device[d].first + p]);
    return any;
}

double equations_limit(struct equations *equations, const double *hi, double still)
{
    const struct circuit *circuit = equations->circuit;
    double farthest = 0;
    size_t offs = equations->holds_off ? circuit->offs : 0, off = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (is_device(circuit, element) && !(equations->holds_off && is_off_device(circuit, element)))
            farthest = fmax(farthest, limit_device(equations, &circuit->coupling[element->law], hi, still));
        if (off < offs && circuit->off[off] == e) {
            off++;
            continue;
        }
        if (!is_curved(circuit, element) || equations->leader[e].plus != EQUATIONS_NONE)
            continue;
        const struct curve *curve = circuit->law[element->law].curve;
        double u = drop_of(element, hi), from = equations->companion[e].u;
        if (curve->kind == CURVE_JUNCTION)
            u = curve->junction.rs > 0 ? limited_behind(&curve->junction, equations_companion(equations, e), u)
                                       : limited(&curve->junction, u, from);
        set_companion(equations, e, u);
        u = drop_of(element, hi);
        farthest = fmax(farthest, fabs(equations->companion[e].u - u));
    }
    follow_leaders(equations);
    return farthest;
}

/* Laws may have other values than when their companions were taken. */
void equations_follow(struct equations *equations, const double *hi)
{
    const struct circuit *circuit = equations->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        double u = drop_of(element, hi);
        equations->next[e] = DIODE_BLOCKS;
        if (is_device(circuit, element))
            follow_device(equations, &circuit->coupling[element->law], hi);
        equations->companion[e].g = NAN;
        if (is_curved(circuit, element))
            equations->companion[e].u = u;
        else if (equations->branch[e] != EQUATIONS_NONE && element->kind == ELEMENT_DIODE)
            equations->next[e] = state_of(&circuit->law[element->law], u,
                                          hi[equations->branch[e]] -
                                              element->value * circuit->law[element->law].g_off * u);
    }
    if (!equations->any_states)
        return;
    open_loops(equations, equations->next);
    memcpy(equations->state, equations->next, circuit->elements.count * sizeof *equations->state);
}

/* ---- operating points -------------------------------------------------------------------------------------------- */

void equations_start(const struct equations *equations, const struct operating_point *op, double *hi, double *lo)
{
    for (uint32_t node = 0; node < equations->nodes; node++) {
        hi[node] = op->voltage[node + 1];
        lo[node] = op->low[node + 1];
    }
    for (uint32_t q = equations->nodes; q < (uint32_t)equations->n; q++) {
        hi[q] = op->current[equations->owner[q - equations->nodes]];
        lo[q] = 0;
    }
}

void equations_level(const struct equations *equations, double *hi, double *lo)
{
    const double nothing = 1e-60, least = 1e-60; /* of the largest; V, and A */
    const struct still_blocks *blocks = &equations->blocks;
    double largest = 0;
    for (uint32_t node = 0; node < equations->nodes; node++)
        largest = fmax(largest, fabs(hi[node]));
    for (uint32_t node = 0; node < equations->nodes; node++)
        if (fabs(hi[node]) <= fmax(nothing * largest, least))
            hi[node] = lo[node] = 0;
    still_blocks_level(blocks, hi, lo, equations->shift);
    for (uint32_t q = equations->nodes; q < (uint32_t)equations->n; q++)
        if (blocks->still[equations->owner[q - equations->nodes]] || fabs(hi[q]) <= least)
            hi[q] = lo[q] = 0;
}

/* May it be so exactly, whatever the values of others? */
static bool may_have_no_drop(const struct circuit *circuit, const struct element *element)
{
    if (element_is_voltage_defined(element))
        return element_defined_voltage(element) == 0;
    return element->kind == ELEMENT_RESISTOR || element->kind == ELEMENT_SWITCH ||
           element->kind == ELEMENT_CONTROLLED_VOLTAGE || is_curved(circuit, element) ||
           circuit_ideal_diode(circuit, element);
}

void equations_round(struct equations *equations, double alike, double amperes, double *hi, double *lo)
{
    const struct circuit *circuit = equations->circuit;
    double volts = 0;
    for (uint32_t node = 0; node < equations->nodes; node++)
        volts = fmax(volts, fabs(hi[node]));
    disjoint_init(equations->set, circuit->nodes.count);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        uint32_t a = circuit->element[e].a, k = circuit->element[e].k;
        double low = (a == GROUND ? 0 : lo[a - 1]) - (k == GROUND ? 0 : lo[k - 1]);
        double u = drop_of(&circuit->element[e], hi) + low;
        if (may_have_no_drop(circuit, &circuit->element[e]) && fabs(u) <= alike * volts)
            disjoint_join(equations->set, a, k);
    }
    for (uint32_t node = 1; node <= equations->nodes; node++) {
        uint32_t root = disjoint_root(equations->set, node);
        hi[node - 1] = potential(hi, root);
        lo[node - 1] = potential(lo, root);
    }
    for (int32_t q = (int32_t)equations->nodes; q < equations->n; q++)
        if (fabs(hi[q]) <= amperes)
            hi[q] = lo[q] = 0;
}

void equations_take(const struct equations *equations, double *hi, double *lo, struct operating_point *op)
{
    const struct circuit *circuit = equations->circuit;
    equations_level(equations, hi, lo);
    for (uint32_t node = 0; node < equations->nodes; node++) {
        op->voltage[node + 1] = hi[node];
        op->low[node + 1] = lo[node];
    }
    for (uint32_t q = equations->nodes; q < (uint32_t)equations->n; q++) {
        hi[q] += lo[q]; /* currents are given as doubles, and what they control depends on these */
        lo[q] = 0;
    }
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        op->current[e] = dd_value(equations_current(equations, e, hi, lo));
}

/* Of what no columns have. */
static double plain_current(const struct equations *equations, uint32_t e, const double *hi, const double *lo)
{
    const struct element *element = &equations->circuit->element[e];
    switch ((enum element_kind)element->kind) {
    case ELEMENT_ISOURCE: return element->value;
    case ELEMENT_SHORT:
    case ELEMENT_VSOURCE:
    case ELEMENT_CONTROLLED_VOLTAGE: return hi[equations->branch[e]];
    default: return dd_value(equations_current(equations, e, hi, lo));
    }
}

void equations_take_plainly(struct equations *equations, const struct element_tables *tables, double *hi, double *lo,
                            struct operating_point *op)
{
    const struct law_columns *laws = &tables->laws;
    if (equations->blocks.any)
        equations_level(equations, hi, lo);
    memcpy(op->voltage + 1, hi, equations->nodes * sizeof *hi);
    memcpy(op->low + 1, lo, equations->nodes * sizeof *lo);
    element_tables_currents(tables, op->voltage, op->low, op->current);
    law_columns_currents(laws, op->voltage, op->low, op->current);
    for (uint32_t g = 0; g < laws->gain.count; g++)
        op->current[laws->gain.element[g]] = hi[equations->branch[laws->gain.element[g]]];
    for (uint32_t other = 0; other < laws->others; other++)
        op->current[laws->other[other]] = plain_current(equations, laws->other[other], hi, lo);
}

bool equations_take_still(struct equations *equations, double *hi, double *lo, struct operating_point *op)
{
    _Static_assert(DIODE_BLOCKS == 0 && DIODE_FORWARD == 1 && DIODE_REVERSE == 2, "as still_blocks_find has them");
    struct still_blocks always = equations->blocks, now = {0};
    if (equations->any_states && equations->is_straight &&
        !still_blocks_find(&now, equations->circuit, true, equations->state))
        return false;
    equations->blocks = now.block ? now : always;
    equations_take(equations, hi, lo, op);
    equations->blocks = always;
    still_blocks_free(&now);
    return true;
}
