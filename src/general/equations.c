#include "general/equations_parts.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A walk over all branches, with what each adds to the equations. */
struct pass {
    struct equations *equations;
    const double *hi, *lo; /* [n] x */
    double lambda;
    bool exact;
    bool fixed;            /* the derivatives stay as they are */
    double *coarse;        /* [start[n]] derivatives go here instead, in doubles; NULL: they do not */
    bool listing;       /* stamps are only listed */
    struct place *list; /* [at] of them */
    size_t capacity;
    size_t at;          /* stamps so far */
    bool failed;        /* no memory for the list */
};

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

bool equations_has_states(const struct circuit *circuit, const struct element *element)
{
    return element->kind == ELEMENT_SWITCH || circuit_ideal_diode(circuit, element);
}

/* ---- reading x --------------------------------------------------------------------------------------------------- */

static struct dd unknown_at(const struct pass *pass, uint32_t unknown)
{
    if (unknown == EQUATIONS_NONE)
        return dd_from(0);
    return (struct dd){pass->hi[unknown], pass->lo ? pass->lo[unknown] : 0};
}

static struct dd voltage_at(const struct pass *pass, uint32_t p, uint32_t q)
{
    return dd_sub(unknown_at(pass, equations_unknown(p)), unknown_at(pass, equations_unknown(q)));
}

static struct dd control_at(const struct pass *pass, const struct control *control)
{
    const struct equations *equations = pass->equations;
    if (control->kind == CONTROL_VOLTAGE)
        return voltage_at(pass, control->p, control->q);
    const struct element *element = &equations->circuit->element[control->p];
    if (equations->branch[control->p] != EQUATIONS_NONE)
        return unknown_at(pass, equations->branch[control->p]);
    if (element->kind == ELEMENT_ISOURCE)
        return dd_from(element->value);
    if (element->kind == ELEMENT_RESISTOR || element->kind == ELEMENT_SWITCH)
        return dd_div_double(voltage_at(pass, element->a, element->k), element->value);
    return dd_from(element->kind == ELEMENT_CAPACITOR ? 0 : NAN);
}

struct dd equations_control(const struct equations *equations, const struct control *control, const double *hi,
                            const double *lo)
{
    struct pass pass = {.equations = (struct equations *)equations, .hi = hi, .lo = lo};
    return control_at(&pass, control);
}

/* ---- writing F and its derivatives ------------------------------------------------------------------------------- */

static void list_place(struct pass *pass, uint32_t row, uint32_t column)
{
    pass->failed = pass->failed || !array_reserve(&pass->list, &pass->capacity, pass->at + 1, sizeof *pass->list);
    if (!pass->failed)
        pass->list[pass->at++] = (struct place){row, column, false};
}

static void put(struct pass *pass, uint32_t row, uint32_t column, struct dd value)
{
    struct equations *equations = pass->equations;
    if (pass->fixed || row == EQUATIONS_NONE || column == EQUATIONS_NONE || (equations->replaced[row] && row != column))
        return;
    if (pass->listing) {
        list_place(pass, row, column);
        return;
    }
    size_t at = equations->slot[pass->at++];
    if (equations->replaced[row])
        return;
    if (pass->coarse)
        pass->coarse[at] += value.hi;
    else
        equations->value[at] = dd_add(equations->value[at], value);
}

/* The same of what is there along a path only. */
static void put_on_path(struct pass *pass, uint32_t row, uint32_t column, double value)
{
    size_t before = pass->at;
    put(pass, row, column, dd_from(value));
    if (pass->listing && !pass->failed && pass->at > before)
        pass->list[before].vanishes = true;
}

static void add_residual(struct pass *pass, uint32_t row, struct dd value)
{
    if (row == EQUATIONS_NONE || pass->equations->replaced[row])
        return;
    struct dd *at = &pass->equations->residual[row];
    if (pass->coarse) {
        at->hi += value.hi;
        return;
    }
    *at = dd_add(*at, value);
    pass->equations->magnitude[row] += fabs(value.hi);
}

static void add_gain(struct pass *pass, uint32_t row, double value)
{
    if (row != EQUATIONS_NONE && !pass->equations->replaced[row])
        pass->equations->gain[row] += value;
}

static struct dd negative(struct dd x)
{
    return (struct dd){-x.hi, -x.lo};
}

/* A current that leaves a and enters k. */
static void add_current(struct pass *pass, const struct element *element, struct dd i)
{
    add_residual(pass, equations_unknown(element->a), i);
    add_residual(pass, equations_unknown(element->k), negative(i));
}

/* Its derivative g by the voltage between p and q. */
static void put_transfer(struct pass *pass, const struct element *element, uint32_t p, uint32_t q, struct dd g)
{
    uint32_t a = equations_unknown(element->a), k = equations_unknown(element->k);
    if (pass->fixed)
        return;
    put(pass, a, equations_unknown(p), g);
    put(pass, a, equations_unknown(q), negative(g));
    put(pass, k, equations_unknown(p), negative(g));
    put(pass, k, equations_unknown(q), g);
}

static void put_conductance(struct pass *pass, const struct element *element, struct dd g)
{
    put_transfer(pass, element, element->a, element->k, g);
}

/* The derivative of the element's current by that of a branch. */
static void put_current(struct pass *pass, const struct element *element, uint32_t branch, double g)
{
    put(pass, equations_unknown(element->a), branch, dd_from(g));
    put(pass, equations_unknown(element->k), branch, dd_from(-g));
}

/* ---- branches ---------------------------------------------------------------------------------------------------- */

/* 1 / ohms to twice the precision. */
static struct dd conductance_of(double ohms)
{
    return dd_div_double(dd_from(1), ohms);
}

static void add_conductance(struct pass *pass, const struct element *element, double ohms)
{
    if (!pass->listing)
        add_current(pass, element, dd_div_double(voltage_at(pass, element->a, element->k), ohms));
    if (!pass->fixed)
        put_conductance(pass, element, conductance_of(ohms));
}

static void add_negative_conductance(struct pass *pass, const struct element *element)
{
    double lambda = pass->lambda, without = (1 - lambda) * equations_g0;
    struct dd u = voltage_at(pass, element->a, element->k), i = dd_div_double(u, element->value);
    struct dd g = conductance_of(element->value);
    if (lambda != 1) {
        i = dd_add(dd_mul_double(i, lambda), dd_mul_double(u, without));
        g = dd_add_double(dd_mul_double(g, lambda), without);
    }
    add_current(pass, element, i);
    put_conductance(pass, element, g);
    double change = u.hi / element->value - equations_g0 * u.hi;
    add_gain(pass, equations_unknown(element->a), change);
    add_gain(pass, equations_unknown(element->k), -change);
}

/* The current of a voltage-defined branch, and in its own equation the voltage across it. */
static void add_branch(struct pass *pass, const struct element *element, uint32_t branch)
{
    add_current(pass, element, unknown_at(pass, branch));
    put_current(pass, element, branch, 1);
    put(pass, branch, equations_unknown(element->a), dd_from(1));
    put(pass, branch, equations_unknown(element->k), dd_from(-1));
}

static void add_source(struct pass *pass, const struct element *element, uint32_t branch)
{
    struct equations *equations = pass->equations;
    double volts = element->kind == ELEMENT_VSOURCE ? element->value * equations->part : 0;
    add_branch(pass, element, branch);
    if (equations->replaced[branch])
        put(pass, branch, branch, dd_from(1));
    add_residual(pass, branch, voltage_at(pass, element->a, element->k));
    add_residual(pass, branch, dd_from(-volts));
}

/* The law of an ideal diode as if its constraints were not there: g_off u, but beyond a knee that is none. */
static struct law_point free_law(const struct law *law, struct dd u)
{
    bool passes = u.hi > law->v_fwd ? !isinf(law->g_on) : u.hi < -law->v_rev && !isinf(law->g_rev);
    if (passes)
        return law_at(law, u, 0);
    return (struct law_point){.i = dd_mul_double(u, law->g_off), .slope = law->g_off};
}

/* i = free_law(u), or threshold - u = 0: with these signs both are pieces of one function, the lesser of the two, so
 * that det J changes its sign at a corner only where the way along the solutions turns. */
static void add_ideal(struct pass *pass, const struct element *element, uint32_t branch, enum diode_state state)
{
    const struct law *law = &pass->equations->circuit->law[element->law];
    bool blocks = state == DIODE_BLOCKS;
    double held = pass->equations->leak == 0 ? pass->equations->held : 0;
    struct dd u = voltage_at(pass, element->a, element->k);
    struct law_point at = free_law(law, u);
    double slope = element->value * at.slope + held;
    add_current(pass, element, unknown_at(pass, branch));
    put_current(pass, element, branch, 1);
    put(pass, branch, equations_unknown(element->a), dd_from(blocks ? -slope : -1));
    put(pass, branch, equations_unknown(element->k), dd_from(blocks ? slope : 1));
    put(pass, branch, branch, dd_from(blocks ? 1 : 0));
    add_residual(pass, branch, blocks ? unknown_at(pass, branch) : negative(u));
    double threshold = state == DIODE_FORWARD ? law->v_fwd : -law->v_rev;
    add_residual(pass, branch, blocks ? dd_mul_double(at.i, -element->value) : dd_from(threshold));
}

/* A law of one voltage, or its tangent at the companion's. */
static void add_law(struct pass *pass, uint32_t e)
{
    const struct element *element = &pass->equations->circuit->element[e];
    const struct law *law = &pass->equations->circuit->law[element->law];
    struct dd u = voltage_at(pass, element->a, element->k), there = u;
    if (law->curve && !pass->exact)
        there = dd_from(pass->equations->companion[e].u);
    struct law_point at = law_at(law, there, 0);
    struct dd i = dd_add(at.i, dd_mul_double(dd_sub(u, there), at.slope));
    add_current(pass, element, dd_mul_double(i, element->value));
    put_conductance(pass, element, dd_from(element->value * at.slope));
}

/* A law of several voltages: all its branches. first: the first of them. */
static void add_terminals(struct pass *pass, uint32_t first)
{
    const struct circuit *circuit = pass->equations->circuit;
    const struct element *element = &circuit->element[first];
    const struct law *law = &circuit->law[element->law];
    const struct function_curve *function = &law->curve->function;
    uint32_t n = law_voltages(law);
    struct law_point at[LAW_VOLTAGES];
    struct dd u[LAW_VOLTAGES] = {{0, 0}};
    double near[LAW_VOLTAGES] = {0}, v[LAW_VOLTAGES] = {0}, i[LAW_VOLTAGES], slope[LAW_VOLTAGES * LAW_VOLTAGES];
    for (uint32_t k = 0; k < n; k++) {
        u[k] = voltage_at(pass, element[k].a, element[k].k);
        v[k] = dd_value(u[k]);
    }
    law_currents(law, u, near, at);
    function->currents(function->data, v, i, slope);
    for (uint32_t j = 0; j < n; j++) {
        add_current(pass, &element[j], dd_mul_double(at[j].i, element[j].value));
        for (uint32_t k = 0; k < n; k++)
            put_transfer(pass, &element[j], element[k].a, element[k].k, dd_from(element[j].value * slope[n * j + k]));
    }
}

static void add_diode(struct pass *pass, uint32_t e)
{
    const struct equations *equations = pass->equations;
    const struct element *element = &equations->circuit->element[e];
    if (equations->branch[e] != EQUATIONS_NONE)
        add_ideal(pass, element, equations->branch[e], equations->state[e]);
    else if (law_voltages(&equations->circuit->law[element->law]) == 1)
        add_law(pass, e);
    else if (element->branch == 0)
        add_terminals(pass, e);
}

/* ---- couplings --------------------------------------------------------------------------------------------------- */

/* Where an expression has no value, or no tangent, it is left out of this step as in the circuit without gain: the
 * others say where its controls are. */
static struct dd leave_out(struct equations *equations, const struct coupling *coupling)
{
    for (uint32_t c = 0; c < coupling->law.n; c++)
        equations->slope[c] = 0;
    equations->left_out++;
    return dd_from(0);
}

static bool has_tangent(const struct equations *equations, const struct coupling *coupling, struct dd f)
{
    bool has = isfinite(f.hi);
    for (uint32_t c = 0; c < coupling->law.n; c++)
        has = has && isfinite(equations->slope[c]);
    return has;
}

/* f at x, or of a device on its tangent there; its derivatives in equations->slope. */
static struct dd evaluate_coupling(const struct pass *pass, const struct coupling *coupling)
{
    struct equations *equations = pass->equations;
    const double *near = equations->near + equations->first_near[coupling - equations->circuit->coupling];
    bool tangent = coupling->law.kind == CONTROL_DEVICE && !pass->exact;
    for (uint32_t c = 0; c < coupling->law.n; c++)
        equations->control[c] = tangent ? dd_from(near[c]) : control_at(pass, &coupling->control[c]);
    struct dd f = control_law_at(&coupling->law, equations->control, equations->slope, equations->work).value;
    if (!pass->exact && !has_tangent(equations, coupling, f))
        return leave_out(equations, coupling);
    for (uint32_t c = 0; tangent && c < coupling->law.n; c++) {
        struct dd way = dd_sub_double(control_at(pass, &coupling->control[c]), near[c]);
        f = dd_add(f, dd_mul_double(way, equations->slope[c]));
    }
    return f;
}

/* factor times the derivatives of f, in one equation. */
static void put_controls(struct pass *pass, uint32_t row, const struct coupling *coupling, double factor)
{
    struct equations *equations = pass->equations;
    for (uint32_t c = 0; c < coupling->law.n; c++) {
        const struct control *control = &coupling->control[c];
        struct dd slope = two_product(factor, equations->slope[c]);
        const struct element *element = &equations->circuit->element[control->p];
        uint32_t p = control->p, q = control->q;
        if (control->kind == CONTROL_CURRENT) {
            if (equations->branch[control->p] != EQUATIONS_NONE) {
                put(pass, row, equations->branch[control->p], slope);
                continue;
            }
            if (element->kind != ELEMENT_RESISTOR && element->kind != ELEMENT_SWITCH)
                continue;
            slope = dd_div_double(slope, element->value);
            p = element->a;
            q = element->k;
        }
        put(pass, row, equations_unknown(p), slope);
        put(pass, row, equations_unknown(q), negative(slope));
    }
}

static void add_controlled_current(struct pass *pass, const struct element *element)
{
    const struct coupling *coupling = &pass->equations->circuit->coupling[element->law];
    double factor = pass->lambda * element->value, without = (1 - pass->lambda) * equations_g0;
    uint32_t a = equations_unknown(element->a), k = equations_unknown(element->k);
    struct dd f = evaluate_coupling(pass, coupling);
    double change = element->value * f.hi;
    add_current(pass, element, dd_mul_double(f, factor));
    put_controls(pass, a, coupling, factor);
    put_controls(pass, k, coupling, -factor);
    if (coupling->law.divides) {
        struct dd u = voltage_at(pass, element->a, element->k);
        add_current(pass, element, dd_mul_double(u, without));
        put_conductance(pass, element, dd_from(without));
        change -= equations_g0 * u.hi;
    }
    add_gain(pass, a, change);
    add_gain(pass, k, -change);
}

static void add_controlled_voltage(struct pass *pass, const struct element *element, uint32_t branch)
{
    const struct coupling *coupling = &pass->equations->circuit->coupling[element->law];
    double factor = pass->lambda * element->value, without = (1 - pass->lambda) * equations_r0;
    struct dd f = evaluate_coupling(pass, coupling), i = unknown_at(pass, branch);
    add_branch(pass, element, branch);
    put_on_path(pass, branch, branch, -without);
    put_controls(pass, branch, coupling, -factor);
    add_residual(pass, branch, voltage_at(pass, element->a, element->k));
    add_residual(pass, branch, dd_mul_double(f, -factor));
    add_residual(pass, branch, dd_mul_double(i, -without));
    add_gain(pass, branch, equations_r0 * i.hi - element->value * f.hi);
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static void add_element(struct pass *pass, uint32_t e)
{
    const struct equations *equations = pass->equations;
    const struct element *element = &equations->circuit->element[e];
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
        if (element->value < 0)
            add_negative_conductance(pass, element);
        else
            add_conductance(pass, element, element->value);
        break;
    case ELEMENT_SWITCH: add_conductance(pass, element, element->value); break;
    case ELEMENT_CAPACITOR: break;
    case ELEMENT_SHORT:
    case ELEMENT_VSOURCE: add_source(pass, element, equations->branch[e]); break;
    case ELEMENT_ISOURCE: add_current(pass, element, dd_from(element->value * equations->part)); break;
    case ELEMENT_DIODE: add_diode(pass, e); break;
    case ELEMENT_CONTROLLED_VOLTAGE: add_controlled_voltage(pass, element, equations->branch[e]); break;
    case ELEMENT_CONTROLLED_CURRENT: add_controlled_current(pass, element); break;
    }
}

static void add_nodes(struct pass *pass)
{
    const struct equations *equations = pass->equations;
    double without = 1 - pass->lambda;
    for (uint32_t node = 0; node < equations->nodes; node++) {
        struct dd v = unknown_at(pass, node);
        put(pass, node, node, dd_from(equations->replaced[node] ? 1 : without * equations_g0 + equations->leak));
        if (equations->leak != 0)
            add_residual(pass, node, dd_mul_double(v, equations->leak));
        if (without != 0)
            add_residual(pass, node,
                         dd_mul_double(dd_add_double(dd_mul_double(v, equations_g0), equations->nudge[node]), without));
        add_gain(pass, node, -(equations_g0 * v.hi + equations->nudge[node]));
    }
}

static void walk(struct pass *pass)
{
    uint32_t elements = pass->equations->circuit->elements.count;
    for (uint32_t e = 0; e < elements; e++) {
        if (pass->listing)
            pass->equations->first_stamp[e] = pass->at;
        add_element(pass, e);
    }
    if (pass->listing)
        pass->equations->first_stamp[elements] = pass->at;
    add_nodes(pass);
}

static void evaluate(struct pass *pass)
{
    struct equations *equations = pass->equations;
    size_t n = (size_t)equations->n;
    equations->left_out = 0;
    if (!pass->fixed)
        equations->lambda = pass->lambda;
    if (!pass->fixed)
        memset(equations->value, 0, (size_t)equations->start[n] * sizeof *equations->value);
    memset(equations->residual, 0, n * sizeof *equations->residual);
    memset(equations->magnitude, 0, n * sizeof *equations->magnitude);
    memset(equations->gain, 0, n * sizeof *equations->gain);
    walk(pass);
    for (size_t row = 0; row < n; row++)
        if (equations->replaced[row]) {
            size_t own = equations->own[row];
            equations->value[own] = dd_from(1);
            equations->residual[row] = unknown_at(pass, (uint32_t)row);
        }
}

void equations_evaluate(struct equations *equations, const double *hi, const double *lo, double lambda, bool exact)
{
    struct pass pass = {.equations = equations, .hi = hi, .lo = lo, .lambda = lambda, .exact = exact};
    evaluate(&pass);
}

/* Of voltages by gains. */
static struct dd linear_law(const struct pass *pass, const struct coupling *coupling)
{
    struct dd sum = dd_from(0);
    for (uint32_t c = 0; c < coupling->law.n; c++)
        sum = dd_add(sum, dd_mul_double(control_at(pass, &coupling->control[c]), coupling->law.gain[c]));
    return sum;
}

static struct dd law_of(const struct pass *pass, const struct coupling *coupling)
{
    return control_law_is_sum(&coupling->law) ? linear_law(pass, coupling) : evaluate_coupling(pass, coupling);
}

/* A source's voltage, or the law of a controlled one; of any branch that has no state. */
double equations_branch_residual(struct equations *equations, uint32_t q, const double *x)
{
    struct pass pass = {.equations = equations, .hi = x, .lambda = 1, .exact = true};
    const struct element *element = &equations->circuit->element[equations->owner[q - equations->nodes]];
    struct dd u = voltage_at(&pass, element->a, element->k), law = dd_from(0);
    if (element->kind == ELEMENT_VSOURCE)
        law = dd_from(element->value);
    else if (element->kind == ELEMENT_CONTROLLED_VOLTAGE)
        law = dd_mul_double(law_of(&pass, &equations->circuit->coupling[element->law]), element->value);
    return dd_value(dd_sub(u, law));
}

/* ---- in doubles -------------------------------------------------------------------------------------------------- */

void equations_add_coarsely(struct equations *equations, uint32_t e, const double *x, double lambda, bool exact,
                            double *value)
{
    struct pass pass = {.equations = equations,
                        .hi = x,
                        .lambda = lambda,
                        .exact = exact,
                        .coarse = value,
                        .at = equations->first_stamp[e]};
    add_element(&pass, e);
}

void equations_find_residual(struct equations *equations, const double *hi, const double *lo)
{
    struct pass pass = {.equations = equations, .hi = hi, .lo = lo, .lambda = 1, .exact = true, .fixed = true};
    evaluate(&pass);
}

/* ---- the places of stamps ---------------------------------------------------------------------------------------- */

struct place *equations_places(struct equations *equations, size_t *count)
{
    double *zero = array_new((size_t)equations->n, sizeof *zero);
    struct pass pass = {.equations = equations, .hi = zero, .listing = true, .exact = true, .lambda = 1};
    bool done = zero && array_reserve(&pass.list, &pass.capacity, 1, sizeof *pass.list);
    if (done)
        walk(&pass);
    free(zero);
    *count = pass.at;
    if (done && !pass.failed)
        return pass.list;
    free(pass.list);
    return NULL;
}

/* ---- currents ---------------------------------------------------------------------------------------------------- */

/* Of one that conducts, not backwards: that is rounding. */
static struct dd ideal_current(const struct pass *pass, const struct element *element, const struct law *law,
                               uint32_t branch, enum diode_state state)
{
    double g = element->value * law->g_off;
    struct dd u = voltage_at(pass, element->a, element->k), i = unknown_at(pass, branch);
    struct dd least = two_product(g, state == DIODE_FORWARD ? law->v_fwd : -law->v_rev);
    if (state == DIODE_BLOCKS)
        return dd_mul_double(free_law(law, u).i, element->value);
    double beyond = dd_value(dd_sub(i, least));
    return (state == DIODE_FORWARD ? beyond < 0 : beyond > 0) ? least : i;
}

static struct dd diode_current(const struct pass *pass, uint32_t e)
{
    const struct equations *equations = pass->equations;
    const struct element *element = &equations->circuit->element[e], *first = element - element->branch;
    const struct law *law = &equations->circuit->law[element->law];
    struct law_point at[LAW_VOLTAGES];
    struct dd u[LAW_VOLTAGES] = {{0, 0}};
    double near[LAW_VOLTAGES] = {0};
    for (uint32_t k = 0; k < law_voltages(law); k++)
        u[k] = voltage_at(pass, first[k].a, first[k].k);
    if (equations->branch[e] != EQUATIONS_NONE)
        return ideal_current(pass, element, law, equations->branch[e], equations->state[e]);
    law_currents(law, u, near, at);
    return dd_mul_double(at[element->branch].i, element->value);
}

struct dd equations_current(const struct equations *equations, uint32_t e, const double *hi, const double *lo)
{
    struct pass pass = {.equations = (struct equations *)equations, .hi = hi, .lo = lo, .exact = true};
    const struct element *element = &equations->circuit->element[e];
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
    case ELEMENT_SWITCH: return dd_div_double(voltage_at(&pass, element->a, element->k), element->value);
    case ELEMENT_CAPACITOR: return dd_from(0);
    case ELEMENT_ISOURCE: return dd_from(element->value);
    case ELEMENT_DIODE: return diode_current(&pass, e);
    case ELEMENT_CONTROLLED_CURRENT:
        return dd_mul_double(evaluate_coupling(&pass, &equations->circuit->coupling[element->law]), element->value);
    default: return unknown_at(&pass, equations->branch[e]);
    }
}
