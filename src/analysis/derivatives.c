#include "analysis/derivatives.h"

#include "analysis/session.h"
#include "circuit/branch_law.h"
#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool derivatives_new(struct derivatives *derivatives, const struct circuit *circuit, size_t inputs, const size_t *input)
{
    const struct array_request request[] = {
        {&derivatives->start, inputs + 1, sizeof *derivatives->start},
        {&derivatives->weight, circuit->elements.count, sizeof *derivatives->weight},
        {&derivatives->node, circuit->nodes.count, sizeof *derivatives->node},
        {&derivatives->branch, circuit->elements.count, sizeof *derivatives->branch},
        {&derivatives->work, branch_law_work(circuit), sizeof *derivatives->work},
    };
    derivatives->inputs = inputs;
    derivatives->input = input;
    derivatives->block = arrays_new(request, sizeof request / sizeof *request);
    return derivatives->block &&
           array_reserve(&derivatives->term, &derivatives->capacity, inputs + 1, sizeof *derivatives->term);
}

void derivatives_free(struct derivatives *derivatives)
{
    free(derivatives->block);
    free(derivatives->term);
    free(derivatives->law);
    *derivatives = (struct derivatives){0};
}

/* ---- terms ------------------------------------------------------------------------------------------------------- */

/* Add a term to the list that ends at *end. False when memory is out. */
static bool add(struct derivatives *derivatives, size_t *end, uint32_t element, double by)
{
    if (*end == derivatives->capacity &&
        !array_reserve(&derivatives->term, &derivatives->capacity, *end + 1, sizeof *derivatives->term))
        return false;
    derivatives->term[(*end)++] = (struct derivative_term){element, by};
    return true;
}

/* i = u / (r scale growth / m): di/dr = -i / r. One of 0 ohm is a short, whose voltage is r i. */
static double by_resistance(const struct circuit *circuit, const struct operating_point *op, uint32_t e)
{
    const struct thermal *thermal = circuit_thermal(circuit, e);
    if (circuit->element[e].kind == ELEMENT_RESISTOR)
        return -op->current[e] / circuit_resistance(circuit, e);
    struct thermal unit = thermal ? *thermal : (struct thermal){.factor = 1, .tce = NAN, .own = 0};
    unit.nominal = 1;
    return op->current[e] * thermal_value(&unit, circuit->temp);
}

static double by_gain(const struct circuit *circuit, const struct operating_point *op, uint32_t e)
{
    const struct element *element = &circuit->element[e];
    return element->value * dd_value(branch_control(&circuit->coupling[element->law].control[0], op));
}

/* The one term of the value of an element. */
static double by_value(const struct circuit *circuit, const struct operating_point *op, enum input_kind kind,
                       uint32_t e)
{
    switch (kind) {
    case INPUT_RESISTANCE: return by_resistance(circuit, op, e);
    case INPUT_SOURCE: return circuit_multiple(circuit, e);
    default: return by_gain(circuit, op, e);
    }
}

/* ---- differences ------------------------------------------------------------------------------------------------- */

/* f'(x) = sum of weight[q] f(x + at[q] h) / h, of fourth order. */
struct stencil {
    int points;
    double at[5], weight[5];
};

static const struct stencil stencils[] = {
    {4, {-2, -1, 1, 2}, {1. / 12, -8. / 12, 8. / 12, -1. / 12}},
    {5, {0, 1, 2, 3, 4}, {-25. / 12, 4, -3, 4. / 3, -1. / 4}},
    {5, {0, -1, -2, -3, -4}, {25. / 12, -4, 3, -4. / 3, 1. / 4}},
};

/* How far to step: what laws are exponentials of must change little by it. */
static double step_of(enum input_kind kind, double value)
{
    const double relative = 1e-4, celsius = 1e-2, of_nothing = 1e-6;
    if (kind == INPUT_TEMPERATURE)
        return celsius;
    return value != 0 ? relative * fabs(value) : of_nothing;
}

/* Where an input is varied. */
struct variation {
    struct derivatives *derivatives;
    struct session *session;
    const struct engine *engine;
    struct diagnostics *diagnostics;
    size_t input;
    double value, step;
};

/* Add weight times what laws say in a circuit that is made with the input at x. *good becomes false where there is none
 * like it. False when memory is out. */
static bool add_laws(const struct variation *variation, double x, double weight, bool *good)
{
    struct derivatives *derivatives = variation->derivatives;
    const struct engine *engine = variation->engine;
    struct circuit fresh = {0};
    struct input_before before;
    if (!named_inputs_hold(variation->session, 1, &variation->input, &before))
        return false;
    bool done = named_inputs_put(variation->session, variation->input, x) &&
                session_try(variation->session, &fresh, good, variation->diagnostics);
    named_inputs_release(variation->session, 1, &before);
    for (uint32_t e = 0; done && *good && e < fresh.elements.count; e++) {
        int held = engine_holding(engine, e);
        int segment = held ? 2 * held : branch_segment(engine->circuit, e, &engine->op);
        struct dd law = branch_law(&fresh, e, &engine->op, segment, derivatives->work);
        const struct dd now = branch_law(engine->circuit, e, &engine->op, segment, derivatives->work);
        derivatives->law[e] += weight * dd_value(dd_sub(law, now));
    }
    circuit_free(&fresh);
    return done;
}

static bool try_stencil(const struct variation *variation, const struct stencil *stencil, bool *good)
{
    struct derivatives *derivatives = variation->derivatives;
    bool done = true;
    *good = true;
    memset(derivatives->law, 0, variation->engine->circuit->elements.count * sizeof *derivatives->law);
    for (int q = 0; done && *good && q < stencil->points; q++)
        done = add_laws(variation, variation->value + stencil->at[q] * variation->step, stencil->weight[q], good);
    return done;
}

/* The terms of an input that laws depend on in ways of their own. */
static bool add_differences(const struct variation *variation, size_t *end)
{
    struct derivatives *derivatives = variation->derivatives;
    bool good = false;
    if (isnan(variation->value))
        return add(derivatives, end, 0, NAN);
    if (!derivatives->law &&
        !(derivatives->law = array_new(variation->engine->circuit->elements.count, sizeof *derivatives->law)))
        return false;
    for (size_t s = 0; !good && s < sizeof stencils / sizeof *stencils; s++)
        if (!try_stencil(variation, &stencils[s], &good))
            return false;
    if (!good)
        return add(derivatives, end, 0, NAN);
    for (uint32_t e = 0; e < variation->engine->circuit->elements.count; e++)
        if (derivatives->law[e] != 0 && !add(derivatives, end, e, derivatives->law[e] / variation->step))
            return false;
    return true;
}

/* The circuit of the netlist as it is again, so that its origins are those of the last walk. */
static bool restore_origins(struct session *session, struct diagnostics *diagnostics)
{
    struct circuit fresh = {0};
    bool good, done = session_try(session, &fresh, &good, diagnostics);
    circuit_free(&fresh);
    return done;
}

bool derivatives_find_terms(struct derivatives *derivatives, struct session *session, const struct engine *engine,
                            struct diagnostics *diagnostics)
{
    const struct circuit *circuit = engine->circuit;
    size_t end = 0, elements = circuit->elements.count;
    bool done = true, varied = false;
    for (size_t q = 0; done && q < derivatives->inputs; q++) {
        size_t input = derivatives->input ? derivatives->input[q] : q;
        enum input_kind kind = named_inputs_kind(session, input);
        derivatives->start[q] = end;
        if (kind == INPUT_NONE)
            continue;
        if (input < elements) {
            done = add(derivatives, &end, (uint32_t)input, by_value(circuit, &engine->op, kind, (uint32_t)input));
            continue;
        }
        struct variation variation = {derivatives, session, engine, diagnostics, input, NAN, 0};
        named_inputs_get(session, input, &variation.value);
        variation.step = step_of(kind, variation.value);
        varied = true;
        done = add_differences(&variation, &end);
    }
    derivatives->start[derivatives->inputs] = end;
    return (!varied || restore_origins(session, diagnostics)) && done;
}

/* ---- outputs ----------------------------------------------------------------------------------------------------- */

enum engine_status derivatives_of(struct derivatives *derivatives, struct engine *engine, const double *node,
                                  const double *branch, double *gradient)
{
    enum engine_status status = engine_adjoint(engine, node, branch, derivatives->weight);
    if (status != ENGINE_OK)
        return status;
    for (size_t q = 0; q < derivatives->inputs; q++) {
        double sum = 0;
        for (size_t t = derivatives->start[q]; t < derivatives->start[q + 1]; t++)
            sum += derivatives->weight[derivatives->term[t].element] * derivatives->term[t].by;
        gradient[q] = sum;
    }
    return ENGINE_OK;
}

enum engine_status derivatives_of_output(struct derivatives *derivatives, struct engine *engine, size_t output,
                                         double *gradient)
{
    size_t nodes = engine->circuit->nodes.count - 1;
    bool is_node = output < nodes;
    double *one = is_node ? &derivatives->node[output + 1] : &derivatives->branch[output - nodes];
    *one = 1;
    enum engine_status status = derivatives_of(derivatives, engine, is_node ? derivatives->node : NULL,
                                               is_node ? NULL : derivatives->branch, gradient);
    *one = 0;
    return status;
}
