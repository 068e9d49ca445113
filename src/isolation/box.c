#include "isolation/box.h"

#include "laws/control_law_range.h"
#include "laws/law_range.h"
#include "util/array.h"
#include <math.h>
#include <stdlib.h>

/* ---- the unknowns ------------------------------------------------------------------------------------------------ */

static uint32_t count_currents(const struct circuit *circuit, uint32_t *branch, uint32_t first)
{
    uint32_t n = first;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        bool has = circuit_unknown_current(circuit, &circuit->element[e]);
        branch[e] = has ? n++ : BOX_NONE;
    }
    return n;
}

static uint32_t node_unknown(uint32_t node)
{
    return node == GROUND ? BOX_NONE : node - 1;
}

/* An ideal diode's unknown is what it carries beyond g_off u. */
static void take_point(struct box *box)
{
    const struct circuit *circuit = box->circuit;
    for (uint32_t q = 1; q < box->nodes; q++)
        box->x[q - 1] = box->op->voltage[q];
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        uint32_t q = box->branch[e];
        if (q == BOX_NONE)
            continue;
        box->x[q] = box->op->current[e];
        if (element->kind == ELEMENT_DIODE)
            box->x[q] -= element->value * law_current(&circuit->law[element->law],
                                                      operating_point_drop(box->op, element));
    }
}

static void mark_bends(struct box *box)
{
    const struct circuit *circuit = box->circuit;
    for (size_t c = 0; c < circuit->couplings; c++) {
        const struct coupling *coupling = &circuit->coupling[c];
        bool bends = coupling->law.kind == CONTROL_SWITCH || !control_law_is_linear(&coupling->law);
        for (uint32_t k = 0; bends && k < coupling->law.n; k++) {
            const struct control *control = &coupling->control[k];
            uint32_t q = control->kind == CONTROL_CURRENT ? box->branch[control->p] : BOX_NONE;
            if (q != BOX_NONE)
                box->bends[q] = true;
        }
    }
}

/* ---- slopes and values ------------------------------------------------------------------------------------------- */

static bool put_slope(struct box *box, struct box_slope slope)
{
    bool nothing = slope.slope.low == 0 && slope.slope.high == 0;
    if (nothing || (slope.column == BOX_NONE && slope.minus == BOX_NONE) || slope.column == slope.minus)
        return true;
    if (!array_reserve(&box->slope, &box->slope_capacity, box->slopes + 1, sizeof *box->slope))
        return false;
    box->slope[box->slopes++] = slope;
    return true;
}

static bool put_value(struct box *box, uint32_t row, uint32_t other, struct interval value)
{
    if (!array_reserve(&box->value, &box->value_capacity, box->values + 1, sizeof *box->value))
        return false;
    box->value[box->values++] = (struct box_value){row, other, value};
    return true;
}

/* From node a through the element to node k. */
static bool put_current(struct box *box, const struct element *element, struct interval i)
{
    return put_value(box, node_unknown(element->a), node_unknown(element->k), i);
}

static bool put_own_slope(struct box *box, const struct element *element, struct interval g)
{
    uint32_t a = node_unknown(element->a), k = node_unknown(element->k);
    return put_slope(box, (struct box_slope){a, k, a, k, g});
}

/* An unknown current. */
static bool put_branch(struct box *box, const struct element *element, uint32_t q)
{
    struct box_slope slope = {node_unknown(element->a), node_unknown(element->k), q, BOX_NONE, interval_point(1)};
    return put_slope(box, slope) && put_current(box, element, interval_point(box->x[q]));
}

/* Equation q: u - volts = 0. */
static bool put_voltage(struct box *box, const struct element *element, uint32_t q, struct interval u,
                        struct interval volts)
{
    struct box_slope slope = {q, BOX_NONE, node_unknown(element->a), node_unknown(element->k), interval_point(1)};
    return put_slope(box, slope) && put_value(box, q, BOX_NONE, interval_difference(u, volts));
}

/* ---- where the box is -------------------------------------------------------------------------------------------- */

static struct interval unknown_over(const struct box *box, uint32_t q, bool at_point)
{
    if (q == BOX_NONE)
        return interval_point(0);
    if (at_point || box->reach[q] == 0)
        return interval_point(box->x[q]);
    return interval_sum(interval_point(box->x[q]), (struct interval){-box->reach[q], box->reach[q]});
}

static struct interval voltage_over(const struct box *box, uint32_t p, uint32_t q, bool at_point)
{
    return interval_difference(unknown_over(box, node_unknown(p), at_point),
                               unknown_over(box, node_unknown(q), at_point));
}

/* ---- elements ---------------------------------------------------------------------------------------------------- */

enum outcome { DONE, UNKNOWN_RANGE, TURNS, NO_MEMORY };

static enum outcome stored(bool done)
{
    return done ? DONE : NO_MEMORY;
}

static struct interval conductance(double ohms)
{
    return interval_quotient(interval_point(1), interval_point(ohms));
}

static enum outcome resistor(struct box *box, const struct element *element)
{
    struct interval g = conductance(element->value), u = voltage_over(box, element->a, element->k, true);
    return stored(put_own_slope(box, element, g) && put_current(box, element, interval_product(g, u)));
}

static enum outcome voltage_source(struct box *box, const struct element *element, uint32_t q)
{
    struct interval u = voltage_over(box, element->a, element->k, true);
    return stored(put_branch(box, element, q) &&
                  put_voltage(box, element, q, u, interval_point(element_defined_voltage(element))));
}

/* The multiplier of an ideal diode: at its threshold wherever the box meets that, else 0. */
static enum outcome ideal(struct box *box, const struct element *element, const struct law *law, uint32_t q,
                          struct interval over)
{
    bool forward = isinf(law->g_on) && over.high >= law->v_fwd;
    bool reverse = isinf(law->g_rev) && !isinf(law->v_rev) && over.low <= -law->v_rev;
    double sign = forward ? 1 : -1, threshold = forward ? law->v_fwd : -law->v_rev;
    struct interval u = voltage_over(box, element->a, element->k, true);
    if (!put_branch(box, element, q))
        return NO_MEMORY;
    if (!forward && !reverse)
        return stored(put_slope(box, (struct box_slope){q, BOX_NONE, q, BOX_NONE, interval_point(1)}) &&
                      put_value(box, q, BOX_NONE, interval_point(box->x[q])));
    if ((forward && reverse) || !(sign * box->x[q] > 0))
        return TURNS;
    struct interval below = interval_difference(interval_point(threshold), over);
    double blocked = fmax(sign > 0 ? below.high : -below.low, 0);
    if (!array_reserve(&box->held, &box->held_capacity, box->helds + 1, sizeof *box->held))
        return NO_MEMORY;
    box->held[box->helds++] = (struct box_held){q, sign, blocked};
    return stored(put_voltage(box, element, q, u, interval_point(threshold)));
}

/* A law that several voltages share is not known over a box. */
static enum outcome diode(struct box *box, const struct element *element, uint32_t q)
{
    const struct law *law = &box->circuit->law[element->law];
    struct interval u = voltage_over(box, element->a, element->k, true), m = interval_point(element->value);
    struct interval over = voltage_over(box, element->a, element->k, false), i, g, unused;
    if (!law_range(law, over, &unused, &g) || !law_range(law, u, &i, &unused))
        return UNKNOWN_RANGE;
    if (!put_own_slope(box, element, interval_product(m, g)) || !put_current(box, element, interval_product(m, i)))
        return NO_MEMORY;
    return q == BOX_NONE ? DONE : ideal(box, element, law, q, over);
}

/* ---- couplings --------------------------------------------------------------------------------------------------- */

/* A control as a multiple of the difference of two unknowns, and a constant. */
struct reading {
    uint32_t column, minus;
    struct interval by, over, at;
};

static enum outcome read_control(const struct box *box, const struct control *control, struct reading *reading)
{
    const struct element *element = &box->circuit->element[control->p];
    uint32_t p = control->p, q = control->q;
    *reading = (struct reading){BOX_NONE, BOX_NONE, interval_point(1), interval_point(0), interval_point(0)};
    if (control->kind == CONTROL_CURRENT) {
        uint32_t branch = box->branch[control->p];
        if (element->kind == ELEMENT_DIODE)
            return UNKNOWN_RANGE;
        if (branch != BOX_NONE) {
            reading->column = branch;
            reading->over = unknown_over(box, branch, false);
            reading->at = unknown_over(box, branch, true);
            return DONE;
        }
        p = element->a;
        q = element->k;
        if (element->kind == ELEMENT_ISOURCE)
            reading->over = reading->at = interval_point(element->value);
        if (element->kind == ELEMENT_ISOURCE || element->kind == ELEMENT_CAPACITOR)
            return DONE;
        if (element->kind != ELEMENT_RESISTOR && element->kind != ELEMENT_SWITCH)
            return UNKNOWN_RANGE;
        reading->by = conductance(element->value);
    }
    reading->column = node_unknown(p);
    reading->minus = node_unknown(q);
    reading->over = interval_product(reading->by, voltage_over(box, p, q, false));
    reading->at = interval_product(reading->by, voltage_over(box, p, q, true));
    return DONE;
}

/* The slopes of a controlled element, by its equations row and other, times m. */
static enum outcome put_slopes(struct box *box, const struct coupling *coupling, uint32_t row, uint32_t other, double m)
{
    enum outcome outcome = DONE;
    for (uint32_t k = 0; outcome == DONE && k < coupling->law.n; k++) {
        struct reading reading;
        outcome = read_control(box, &coupling->control[k], &reading);
        struct interval slope = interval_product(interval_product(interval_point(m), box->by[k]), reading.by);
        if (outcome == DONE)
            outcome = stored(put_slope(box, (struct box_slope){row, other, reading.column, reading.minus, slope}));
    }
    return outcome;
}

/* *value: at the point; box->by: slopes over the box. */
static enum outcome evaluate(struct box *box, const struct coupling *coupling, struct interval *value)
{
    struct interval unused;
    for (uint32_t k = 0; k < coupling->law.n; k++) {
        struct reading reading;
        enum outcome outcome = read_control(box, &coupling->control[k], &reading);
        if (outcome != DONE)
            return outcome;
        box->control[k] = reading.over;
        box->at[k] = reading.at;
    }
    bool known = control_law_range(&coupling->law, box->control, &unused, box->by, box->work) &&
                 control_law_range(&coupling->law, box->at, value, box->by_at, box->work);
    return known ? DONE : UNKNOWN_RANGE;
}

static enum outcome controlled(struct box *box, const struct element *element, uint32_t q)
{
    const struct coupling *coupling = &box->circuit->coupling[element->law];
    struct interval value, m = interval_point(element->value), u = voltage_over(box, element->a, element->k, true);
    enum outcome outcome = evaluate(box, coupling, &value);
    if (outcome != DONE)
        return outcome;
    value = interval_product(m, value);
    if (q == BOX_NONE) {
        outcome = put_slopes(box, coupling, node_unknown(element->a), node_unknown(element->k), element->value);
        return outcome == DONE ? stored(put_current(box, element, value)) : outcome;
    }
    outcome = put_slopes(box, coupling, q, BOX_NONE, -element->value);
    return outcome == DONE ? stored(put_branch(box, element, q) && put_voltage(box, element, q, u, value)) : outcome;
}

/* On above one threshold, off below the other, all over the box. */
static enum outcome switched(struct box *box, const struct element *element)
{
    const struct coupling *coupling = &box->circuit->coupling[element->law];
    const struct control_law *law = &coupling->law;
    struct reading reading;
    enum outcome outcome = read_control(box, coupling->control, &reading);
    if (outcome != DONE)
        return outcome;
    bool on = reading.over.low > law->switching.on_above, off = reading.over.high < law->switching.off_below;
    bool stays = (on && element->value == law->switching.ron) || (off && element->value == law->switching.roff);
    return stays ? resistor(box, element) : TURNS;
}

static enum outcome put_element(struct box *box, uint32_t e)
{
    const struct element *element = &box->circuit->element[e];
    uint32_t q = box->branch[e];
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR: return resistor(box, element);
    case ELEMENT_SHORT:
    case ELEMENT_VSOURCE: return voltage_source(box, element, q);
    case ELEMENT_CAPACITOR: return DONE;
    case ELEMENT_ISOURCE: return stored(put_current(box, element, interval_point(element->value)));
    case ELEMENT_DIODE: return diode(box, element, q);
    case ELEMENT_SWITCH: return switched(box, element);
    default: return controlled(box, element, q);
    }
}

static void go_out_to(struct box *box, double volts)
{
    for (uint32_t q = 0; q < box->n; q++) {
        bool is_node = q + 1 < box->nodes;
        box->reach[q] = is_node ? volts : box->bends[q] ? volts * box->scale[q] : INFINITY;
    }
    box->slopes = box->values = box->helds = 0;
}

enum isolation_status box_fill(struct box *box, double volts, uint32_t *element)
{
    go_out_to(box, volts);
    *element = ISOLATION_NONE;
    for (uint32_t e = 0; e < box->circuit->elements.count; e++) {
        enum outcome outcome = put_element(box, e);
        *element = e;
        if (outcome == NO_MEMORY)
            return ISOLATION_NO_MEMORY;
        if (outcome == TURNS)
            return box->circuit->element[e].kind == ELEMENT_SWITCH ? ISOLATION_BETWEEN : ISOLATION_NOT_SHOWN;
        if (outcome == UNKNOWN_RANGE)
            return ISOLATION_NO_RANGE;
    }
    *element = ISOLATION_NONE;
    return ISOLATION_SHOWN;
}

bool box_release(struct box *box)
{
    bool done = true;
    for (size_t k = 0; done && k < box->helds; k++) {
        const struct box_held *held = &box->held[k];
        done = put_value(box, held->unknown, BOX_NONE, (struct interval){-held->blocked, held->blocked});
    }
    return done;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* Of a current: the sum of the slopes of Kirchhoff's law at its nodes. */
static void find_scales(struct box *box)
{
    double *sum = box->reach; /* not in use now */
    for (uint32_t q = 0; q < box->n; q++)
        sum[q] = 0;
    for (size_t s = 0; s < box->slopes; s++) {
        const struct box_slope *slope = &box->slope[s];
        bool by_voltage = (slope->column == BOX_NONE || slope->column + 1 < box->nodes);
        double size = interval_magnitude(slope->slope);
        if (by_voltage && slope->row != BOX_NONE)
            sum[slope->row] += size;
        if (by_voltage && slope->other != BOX_NONE)
            sum[slope->other] += size;
    }
    for (uint32_t e = 0; e < box->circuit->elements.count; e++) {
        const struct element *element = &box->circuit->element[e];
        uint32_t a = node_unknown(element->a), k = node_unknown(element->k), q = box->branch[e];
        double size = (a == BOX_NONE ? 0 : sum[a]) + (k == BOX_NONE ? 0 : sum[k]);
        if (q != BOX_NONE)
            box->scale[q] = size > 0 && isfinite(size) ? size : 1;
    }
}

static bool allocate(struct box *box)
{
    const struct circuit *circuit = box->circuit;
    size_t controls = circuit_most_controls(circuit) + 1, work = 1;
    for (size_t c = 0; c < circuit->couplings; c++) {
        size_t needs = control_law_range_work(&circuit->coupling[c].law);
        work = needs > work ? needs : work;
    }
    const struct array_request request[] = {
        {&box->bends, box->n, sizeof *box->bends},       {&box->x, box->n, sizeof *box->x},
        {&box->reach, box->n, sizeof *box->reach},       {&box->scale, box->n, sizeof *box->scale},
        {&box->control, controls, sizeof *box->control}, {&box->at, controls, sizeof *box->at},
        {&box->by, controls, sizeof *box->by},           {&box->by_at, controls, sizeof *box->by_at},
        {&box->work, work, sizeof *box->work},
    };
    box->arrays = arrays_new(request, sizeof request / sizeof *request);
    return box->arrays;
}

bool box_new(struct box *box, const struct circuit *circuit, const struct operating_point *op)
{
    uint32_t unused;
    box->circuit = circuit;
    box->op = op;
    box->nodes = (uint32_t)circuit->nodes.count;
    box->branch = array_new(circuit->elements.count, sizeof *box->branch);
    if (!box->branch)
        return false;
    box->n = count_currents(circuit, box->branch, box->nodes - 1);
    if (!allocate(box))
        return false;
    take_point(box);
    mark_bends(box);
    for (uint32_t q = 0; q < box->n; q++)
        box->scale[q] = 1;
    bool memory = box_fill(box, 0, &unused) != ISOLATION_NO_MEMORY;
    find_scales(box);
    return memory;
}

void box_free(struct box *box)
{
    free(box->branch);
    free(box->arrays);
    free(box->slope);
    free(box->value);
    free(box->held);
    *box = (struct box){0};
}
