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

static bool put_value(struct box *box, struct box_value value)
{
    if (!array_reserve(&box->value, &box->value_capacity, box->values + 1, sizeof *box->value))
        return false;
    box->value[box->values++] = value;
    return true;
}

static bool put_own_slope(struct box *box, const struct element *element, struct interval g)
{
    uint32_t a = node_unknown(element->a), k = node_unknown(element->k);
    return put_slope(box, (struct box_slope){a, k, a, k, g});
}

/* An unknown current. */
static bool put_branch_slope(struct box *box, const struct element *element, uint32_t q)
{
    uint32_t a = node_unknown(element->a), k = node_unknown(element->k);
    return put_slope(box, (struct box_slope){a, k, q, BOX_NONE, interval_point(1)});
}

/* Equation q: u - volts = 0. */
static bool put_voltage_slope(struct box *box, const struct element *element, uint32_t q)
{
    uint32_t a = node_unknown(element->a), k = node_unknown(element->k);
    return put_slope(box, (struct box_slope){q, BOX_NONE, a, k, interval_point(1)});
}

/* From node a through the element to node k. */
static bool put_current(struct box *box, const struct element *element, struct interval i)
{
    return put_value(box, (struct box_value){node_unknown(element->a), node_unknown(element->k), i, 0});
}

/* Of a branch that holds these volts, at the voltage u. */
static bool put_branch(struct box *box, const struct element *element, uint32_t q, struct interval u,
                       struct interval volts)
{
    return put_current(box, element, interval_point(box->x[q])) &&
           put_value(box, (struct box_value){q, BOX_NONE, interval_difference(u, volts), 0});
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

/* ---- couplings --------------------------------------------------------------------------------------------------- */

static enum isolation_status stored(bool done)
{
    return done ? ISOLATION_SHOWN : ISOLATION_NO_MEMORY;
}

static struct interval conductance(double ohms)
{
    return interval_quotient(interval_point(1), interval_point(ohms));
}

/* A control x as a multiple of the difference of two unknowns, and a constant. */
struct reading {
    uint32_t column, minus;
    struct interval by, x;
};

static enum isolation_status read_control(const struct box *box, const struct control *control, bool at_point,
                                          struct reading *reading)
{
    const struct element *element = &box->circuit->element[control->p];
    uint32_t p = control->p, q = control->q;
    *reading = (struct reading){BOX_NONE, BOX_NONE, interval_point(1), interval_point(0)};
    if (control->kind == CONTROL_CURRENT) {
        uint32_t branch = box->branch[control->p];
        if (element->kind == ELEMENT_DIODE)
            return ISOLATION_NO_RANGE;
        if (branch != BOX_NONE) {
            reading->column = branch;
            reading->x = unknown_over(box, branch, at_point);
            return ISOLATION_SHOWN;
        }
        p = element->a;
        q = element->k;
        if (element->kind == ELEMENT_ISOURCE)
            reading->x = interval_point(element->value);
        if (element->kind == ELEMENT_ISOURCE || element->kind == ELEMENT_CAPACITOR)
            return ISOLATION_SHOWN;
        if (element->kind != ELEMENT_RESISTOR && element->kind != ELEMENT_SWITCH)
            return ISOLATION_NO_RANGE;
        reading->by = conductance(element->value);
    }
    reading->column = node_unknown(p);
    reading->minus = node_unknown(q);
    reading->x = interval_product(reading->by, voltage_over(box, p, q, at_point));
    return ISOLATION_SHOWN;
}

/* What a coupling says, and box->by: its slopes. */
static enum isolation_status evaluate(struct box *box, const struct coupling *coupling, bool at_point,
                                      struct interval *value)
{
    for (uint32_t k = 0; k < coupling->law.n; k++) {
        struct reading reading;
        enum isolation_status status = read_control(box, &coupling->control[k], at_point, &reading);
        if (status != ISOLATION_SHOWN)
            return status;
        box->control[k] = reading.x;
    }
    return control_law_range(&coupling->law, box->control, value, box->by, box->work) ? ISOLATION_SHOWN
                                                                                      : ISOLATION_NO_RANGE;
}

/* ---- values at the point ----------------------------------------------------------------------------------------- */

/* All but that of an ideal diode's own equation, which hangs on the box. */
static enum isolation_status put_values(struct box *box, uint32_t e)
{
    const struct circuit *circuit = box->circuit;
    const struct element *element = &circuit->element[e];
    struct interval u = voltage_over(box, element->a, element->k, true), m = interval_point(element->value), i, unused;
    uint32_t q = box->branch[e];
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
    case ELEMENT_SWITCH:
        return stored(put_current(box, element, interval_product(conductance(element->value), u)));
    case ELEMENT_SHORT:
    case ELEMENT_VSOURCE:
        return stored(put_branch(box, element, q, u, interval_point(element_defined_voltage(element))));
    case ELEMENT_CAPACITOR:
        return ISOLATION_SHOWN;
    case ELEMENT_ISOURCE:
        return stored(put_current(box, element, m));
    case ELEMENT_DIODE:
        if (!law_range(&circuit->law[element->law], u, &i, &unused))
            return ISOLATION_NO_RANGE;
        return stored(put_current(box, element, interval_product(m, i)) &&
                      (q == BOX_NONE || put_current(box, element, interval_point(box->x[q]))));
    default:
        if (evaluate(box, &circuit->coupling[element->law], true, &i) != ISOLATION_SHOWN)
            return ISOLATION_NO_RANGE;
        i = interval_product(m, i);
        return stored(q == BOX_NONE ? put_current(box, element, i) : put_branch(box, element, q, u, i));
    }
}

/* False when memory is out. */
static bool put_all_values(struct box *box)
{
    enum isolation_status status = ISOLATION_SHOWN;
    box->unknown = ISOLATION_NONE;
    for (uint32_t e = 0; e < box->circuit->elements.count && status == ISOLATION_SHOWN; e++) {
        status = put_values(box, e);
        box->unknown = status == ISOLATION_NO_RANGE ? e : box->unknown;
    }
    box->fixed = box->values;
    return status != ISOLATION_NO_MEMORY;
}

/* ---- slopes over the box ----------------------------------------------------------------------------------------- */

/* The multiplier of an ideal diode: at its threshold wherever the box meets that, else 0. */
static enum isolation_status ideal(struct box *box, const struct element *element, uint32_t q, struct interval over)
{
    const struct law *law = &box->circuit->law[element->law];
    bool forward = isinf(law->g_on) && over.high >= law->v_fwd;
    bool reverse = isinf(law->g_rev) && !isinf(law->v_rev) && over.low <= -law->v_rev;
    double sign = forward ? 1 : -1, threshold = forward ? law->v_fwd : -law->v_rev;
    if (!put_branch_slope(box, element, q))
        return ISOLATION_NO_MEMORY;
    if (!forward && !reverse)
        return stored(put_slope(box, (struct box_slope){q, BOX_NONE, q, BOX_NONE, interval_point(1)}) &&
                      put_value(box, (struct box_value){q, BOX_NONE, interval_point(box->x[q]), 0}));
    if ((forward && reverse) || !(sign * box->x[q] > 0))
        return ISOLATION_NOT_SHOWN;
    struct interval volts = interval_point(threshold), below = interval_difference(volts, over);
    struct interval left = interval_difference(voltage_over(box, element->a, element->k, true), volts);
    double blocked = fmax(sign > 0 ? below.high : -below.low, 0);
    if (!array_reserve(&box->held, &box->held_capacity, box->helds + 1, sizeof *box->held))
        return ISOLATION_NO_MEMORY;
    box->held[box->helds++] = (struct box_held){q, sign};
    return stored(put_voltage_slope(box, element, q) &&
                  put_value(box, (struct box_value){q, BOX_NONE, left, blocked}));
}

/* A law that several voltages share is not known over a box. */
static enum isolation_status diode(struct box *box, const struct element *element, uint32_t q)
{
    struct interval over = voltage_over(box, element->a, element->k, false), g, unused;
    if (!law_range(&box->circuit->law[element->law], over, &unused, &g))
        return ISOLATION_NO_RANGE;
    if (!put_own_slope(box, element, interval_product(interval_point(element->value), g)))
        return ISOLATION_NO_MEMORY;
    return q == BOX_NONE ? ISOLATION_SHOWN : ideal(box, element, q, over);
}

/* The slopes of a controlled element, by its equations row and other, times m. */
static enum isolation_status put_control_slopes(struct box *box, const struct coupling *coupling, uint32_t row,
                                                uint32_t other, double m)
{
    struct interval unused;
    enum isolation_status status = evaluate(box, coupling, false, &unused);
    for (uint32_t k = 0; status == ISOLATION_SHOWN && k < coupling->law.n; k++) {
        struct reading reading;
        read_control(box, &coupling->control[k], false, &reading);
        struct interval slope = interval_product(interval_product(interval_point(m), box->by[k]), reading.by);
        status = stored(put_slope(box, (struct box_slope){row, other, reading.column, reading.minus, slope}));
    }
    return status;
}

static enum isolation_status controlled(struct box *box, const struct element *element, uint32_t q)
{
    const struct coupling *coupling = &box->circuit->coupling[element->law];
    if (q == BOX_NONE)
        return put_control_slopes(box, coupling, node_unknown(element->a), node_unknown(element->k), element->value);
    enum isolation_status status = put_control_slopes(box, coupling, q, BOX_NONE, -element->value);
    if (status != ISOLATION_SHOWN)
        return status;
    return stored(put_branch_slope(box, element, q) && put_voltage_slope(box, element, q));
}

/* On above one threshold, off below the other, all over the box. */
static enum isolation_status switched(struct box *box, const struct element *element)
{
    const struct coupling *coupling = &box->circuit->coupling[element->law];
    const struct control_law *law = &coupling->law;
    struct reading reading;
    enum isolation_status status = read_control(box, coupling->control, false, &reading);
    if (status != ISOLATION_SHOWN)
        return status;
    bool on = reading.x.low > law->switching.on_above, off = reading.x.high < law->switching.off_below;
    bool stays = (on && element->value == law->switching.ron) || (off && element->value == law->switching.roff);
    return stays ? stored(put_own_slope(box, element, conductance(element->value))) : ISOLATION_BETWEEN;
}

static enum isolation_status put_slopes(struct box *box, uint32_t e)
{
    const struct element *element = &box->circuit->element[e];
    uint32_t q = box->branch[e];
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR: return stored(put_own_slope(box, element, conductance(element->value)));
    case ELEMENT_SHORT:
    case ELEMENT_VSOURCE: return stored(put_branch_slope(box, element, q) && put_voltage_slope(box, element, q));
    case ELEMENT_CAPACITOR:
    case ELEMENT_ISOURCE: return ISOLATION_SHOWN;
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
    box->slopes = box->helds = 0;
    box->values = box->fixed;
}

enum isolation_status box_fill(struct box *box, double volts, uint32_t *element)
{
    enum isolation_status status = ISOLATION_SHOWN;
    go_out_to(box, volts);
    for (uint32_t e = 0; e < box->circuit->elements.count && status == ISOLATION_SHOWN; e++) {
        status = e == box->unknown ? ISOLATION_NO_RANGE : put_slopes(box, e);
        *element = e;
    }
    if (status == ISOLATION_SHOWN)
        *element = ISOLATION_NONE;
    return status;
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
        {&box->control, controls, sizeof *box->control}, {&box->by, controls, sizeof *box->by},
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
    bool memory = put_all_values(box) && box_fill(box, 0, &unused) != ISOLATION_NO_MEMORY;
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
