#include "analysis/sensitivity.h"

#include "analysis/vectors.h"
#include "circuit/branch_law.h"
#include "laws/devices.h"
#include "laws/given.h"
#include "util/array.h"
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the card ---- */

bool sensitivity_read(struct observed *observed, const struct card *card, const struct circuit *circuit,
                      struct diagnostics *diagnostics)
{
    struct observed_reading reading = {card_reader_of(card), circuit, diagnostics};
    if (!observed_take(&reading, observed))
        return false;
    const struct arg *more = card_reader_peek(&reading.reader);
    if (!more || !arg_is(more, "ac"))
        return observed_end(&reading);
    diagnose(diagnostics, WARNING_ANALYSIS_NOT_RUN, card->arg->text, card->arg->length,
             "`%.*s .. ac` is not run: opspice has sensitivities at direct current", (int)card->arg->length,
             card->arg->text);
    return false;
}

/* ---- rows ---- */

struct rows {
    struct engine *engine;
    const double *weight; /* [elements] of the output: engine_adjoint */
    struct diagnostics *diagnostics;
    struct sensitivities *found;
    enum engine_status status;
};

/* Add a row; between: what stands between the names of element and parameter. */
static void add(struct rows *rows, uint32_t element, const char *between, const char *parameter, double value)
{
    struct sensitivities *found = rows->found;
    const struct circuit *circuit = rows->engine->circuit;
    char *name;
    if (!array_reserve(&found->name, &found->names, found->count + 1, sizeof *found->name) ||
        !array_reserve(&found->value, &found->values, found->count + 1, sizeof *found->value) ||
        asprintf(&name, "%s%s%s%s", element_prefix(circuit, element), circuit->elements.text[element], between,
                 parameter) < 0) {
        rows->status = ENGINE_NO_MEMORY;
        return;
    }
    found->name[found->count] = name;
    found->value[found->count++] = value + 0.0; /* no -0 */
}

/* ---- resistors and sources ---- */

/* i = m u / (r scale growth): all follows from di/dr = -i / r. */
static void add_resistor(struct rows *rows, uint32_t element)
{
    const struct circuit *circuit = rows->engine->circuit;
    const struct thermal *thermal = circuit_thermal(circuit, element);
    double nominal = circuit_resistance(circuit, element), m = circuit_multiple(circuit, element);
    double relative = rows->weight[element] * -rows->engine->op.current[element]; /* by ln r */
    add(rows, element, "", "", relative / nominal);
    add(rows, element, "_", "m", -relative / m);
    add(rows, element, "_", "scale", relative / (thermal ? thermal->factor * m : 1));
    if (!thermal)
        return;
    double dt = (isnan(thermal->own) ? circuit->temp : thermal->own) + thermal->dtemp;
    double growth = thermal_growth(thermal->tc1, thermal->tc2, thermal->tce, dt);
    bool is_polynomial = isnan(thermal->tce);
    if (is_polynomial && thermal->tc1 != 0)
        add(rows, element, "_", "tc", relative * dt / growth);
    if (is_polynomial && thermal->tc2 != 0)
        add(rows, element, "_", "tc2", relative * dt * dt / growth);
    if (!is_polynomial && thermal->tce != 0)
        add(rows, element, "_", "tce", relative * dt * log(1.01));
}

static void add_source(struct rows *rows, uint32_t element)
{
    const struct circuit *circuit = rows->engine->circuit;
    double m = circuit_multiple(circuit, element), by_value = rows->weight[element];
    if (isnan(by_value)) {
        const struct element *source = &circuit->element[element];
        diagnose(rows->diagnostics, WARNING_NO_DERIVATIVE, source->place, source->name_length,
                 "there is no derivative by %.*s: with another value there is no operating point",
                 (int)source->name_length, source->place);
        return;
    }
    add(rows, element, "", "", by_value * m);
    if (circuit->element[element].kind == ELEMENT_ISOURCE && circuit->element[element].value != 0)
        add(rows, element, "_", "m", by_value * circuit->element[element].value / m);
}

/* E, F, G, H of one control x and a gain: what they impose is gain x. */
static void add_gain(struct rows *rows, uint32_t element)
{
    const struct circuit *circuit = rows->engine->circuit;
    const struct operating_point *op = &rows->engine->op;
    const double gain = circuit_gain(circuit, element);
    bool is_voltage = circuit->element[element].kind == ELEMENT_CONTROLLED_VOLTAGE;
    if (isnan(gain) || gain == 0)
        return;
    double imposed = is_voltage ? operating_point_drop(op, &circuit->element[element]) : op->current[element];
    add(rows, element, "_", "gain", rows->weight[element] * imposed / gain);
}

/* ---- diodes ---- */

/* What a junction's law is made of, to be varied. */
struct varied {
    struct junction_model model;
    struct junction_size size;
    double temp;
    const struct circuit *circuit;
    struct dd u; /* V, across the diode */
};

/* Its current, in parts of twice the precision. NAN where the parameters have none. */
static struct dd current_of(const struct varied *varied)
{
    const struct sim_options *options = &varied->circuit->sim_options;
    struct curve curve = {.kind = CURVE_JUNCTION};
    double near = 0;
    struct law_point at;
    if (junction_at(&curve.junction, &varied->model, &varied->size, varied->temp, options->tnom, options->gmin))
        return (struct dd){NAN, 0};
    curve_finish(&curve);
    curve_currents(&curve, &varied->u, &near, &at);
    return at.i;
}

static double difference(struct varied *varied, double *parameter, double step)
{
    double value = *parameter;
    *parameter = value + step;
    struct dd above = current_of(varied);
    *parameter = value - step;
    struct dd below = current_of(varied);
    *parameter = value;
    return dd_difference(above.hi, above.lo, below.hi, below.lo).hi;
}

/* di/dp by central differences of fourth order. */
static double derivative(struct varied *varied, double *parameter, double step)
{
    return (8 * difference(varied, parameter, step) - difference(varied, parameter, 2 * step)) / (12 * step);
}

/* The temperature of the diode itself, degrees Celsius. */
static double own_temperature(const struct varied *varied)
{
    double own = given(varied->size.temp, varied->model.temp);
    return isnan(own) ? varied->temp + given(varied->size.dtemp, given(varied->model.dtemp, 0)) : own;
}

/* The parameters of a model that act at direct current, those of ngspice's rows. */
static const struct {
    char name[8];
    size_t offset;
} model_parameter[] = {
#define PARAMETER(name) {#name, offsetof(struct junction_model, name)}
    PARAMETER(is), PARAMETER(jsw), PARAMETER(tnom), PARAMETER(rs), PARAMETER(n), PARAMETER(ns), PARAMETER(vj),
    PARAMETER(m), PARAMETER(ikf), PARAMETER(ikr), PARAMETER(nbv), PARAMETER(eg), PARAMETER(xti), PARAMETER(bv),
    PARAMETER(ibv), PARAMETER(isr), PARAMETER(nr), PARAMETER(trs1), PARAMETER(trs2), PARAMETER(tcv),
    PARAMETER(jtun), PARAMETER(jtunsw), PARAMETER(ntun),
#undef PARAMETER
};

/* How far to step: what an exponential is of must change little by it. */
static double step_of(const struct varied *varied, const char *name, double value)
{
    const double relative = 1e-4, kelvin = 1e-3, volt = 1e-4;
    if (strcmp(name, "tnom") == 0 || strcmp(name, "temp") == 0)
        return kelvin;
    if (strcmp(name, "bv") == 0)
        return fmin(volt * given(varied->model.nbv, varied->model.n), relative * fabs(value));
    return relative * fabs(value);
}

static void add_model_rows(struct rows *rows, uint32_t element, struct varied *varied, double by_current)
{
    bool recombines = !isnan(varied->model.isr), breaks = !isnan(varied->model.bv);
    for (size_t p = 0; p < sizeof model_parameter / sizeof *model_parameter; p++) {
        const char *name = model_parameter[p].name;
        double *value = (void *)((char *)&varied->model + model_parameter[p].offset);
        bool acts = strcmp(name, "vj") == 0 || strcmp(name, "m") == 0 || strcmp(name, "nr") == 0 ? recombines
                    : strcmp(name, "ibv") == 0 || strcmp(name, "nbv") == 0 || strcmp(name, "tcv") == 0 ? breaks
                    : strcmp(name, "ntun") != 0 || varied->model.jtun != 0 || varied->model.jtunsw != 0;
        if (acts && !isnan(*value) && *value != 0)
            add(rows, element, ":", name, by_current * derivative(varied, value, step_of(varied, name, *value)));
    }
}

static void add_size_rows(struct rows *rows, uint32_t element, struct varied *varied, double by_current)
{
    struct junction_size *size = &varied->size;
    const struct {
        const char *name;
        double *value;
    } parameter[] = {{"area", &size->area}, {"pj", &size->pj}, {"m", &size->m}, {"temp", &size->temp}};
    for (size_t p = 0; p < sizeof parameter / sizeof *parameter; p++) {
        double *value = parameter[p].value;
        if (*value != 0)
            add(rows, element, "_", parameter[p].name,
                by_current * derivative(varied, value, step_of(varied, parameter[p].name, *value)));
    }
}

static void add_diode(struct rows *rows, uint32_t number)
{
    const struct circuit *circuit = rows->engine->circuit;
    const struct operating_point *op = &rows->engine->op;
    const struct element *element = &circuit->element[number];
    const struct thermal_junction *junction = circuit_junction(circuit, element->law);
    if (!junction)
        return;
    double by_current = rows->weight[number];
    struct varied varied = {.model = *junction->model, .size = junction->size, .temp = circuit->temp,
                            .circuit = circuit,
                            .u = dd_difference(op->voltage[element->a], op->low[element->a], op->voltage[element->k],
                                               op->low[element->k])};
    varied.size.area = given(varied.size.area, varied.model.area);
    varied.size.pj = given(varied.size.pj, varied.model.pj);
    varied.size.m = given(varied.size.m, 1);
    varied.size.temp = own_temperature(&varied);
    varied.model.tnom = given(varied.model.tnom, circuit->sim_options.tnom);
    add_model_rows(rows, number, &varied, by_current);
    add_size_rows(rows, number, &varied, by_current);
}

/* ---- transistors ---- */

/* What a transistor's parts are when one number of its model or of its card is another one. */
struct varied_device {
    struct rows *rows;
    struct circuit *other; /* a copy of the circuit, */
    struct device *device; /* the device in it, */
    double *number;        /* the number there, */
    double *law;           /* [parts] work, */
    double *work;          /* and of branch_law */
};

/* Add weight times the currents of the parts with the number at x. */
static void add_parts(const struct varied_device *varied, double x, double weight)
{
    const struct engine *engine = varied->rows->engine;
    const struct device *device = varied->device;
    *varied->number = x;
    circuit_renew_device(varied->other, device);
    for (uint32_t p = 0; p < device->parts; p++) {
        struct dd i = branch_law(varied->other, device->first + p, &engine->op, 0, varied->work);
        struct dd now = branch_law(engine->circuit, device->first + p, &engine->op, 0, varied->work);
        varied->law[p] += weight * dd_value(dd_sub(i, now));
    }
}

/* The derivative of the output by it where it is at this value: by central differences of fourth order. */
static double by_number(const struct varied_device *varied, double value, double step)
{
    const double given = *varied->number;
    double sum = 0;
    memset(varied->law, 0, varied->device->parts * sizeof *varied->law);
    add_parts(varied, value - 2 * step, 1. / 12);
    add_parts(varied, value - step, -8. / 12);
    add_parts(varied, value + step, 8. / 12);
    add_parts(varied, value + 2 * step, -1. / 12);
    *varied->number = given;
    for (uint32_t p = 0; p < varied->device->parts; p++)
        sum += varied->rows->weight[varied->device->first + p] * varied->law[p];
    return sum / step;
}

static void add_number(struct varied_device *varied, double *number, double value, const char *between,
                       const char *name)
{
    const double relative = 1e-4, kelvin = 1e-3;
    bool is_temperature = strcmp(name, "temp") == 0 || strcmp(name, "tnom") == 0;
    varied->number = number;
    double by = by_number(varied, value, is_temperature ? kelvin : relative * fabs(value));
    if (isfinite(by))
        add(varied->rows, varied->device->named, between, name, by);
}

/* The numbers of a table that act at direct current, given or not; ngspice leaves out those that are 0, too. values: of
 * the copy's own device. */
static void add_numbers(struct varied_device *varied, const struct device_parameter *table, double *values,
                        const char *between)
{
    const struct circuit *circuit = varied->rows->engine->circuit;
    for (size_t row = 0; table[row].name; row++) {
        if (table[row].offset == DEVICE_IDLE || device_first(table, &table[row]) != &table[row])
            continue;
        const char *name = table[row].name;
        double *number = &values[table[row].offset / sizeof *values];
        double value = isnan(*number) ? table[row].otherwise : *number;
        if (strcmp(name, "temp") == 0 || strcmp(name, "dtemp") == 0 || strcmp(name, "thermal") == 0)
            continue; /* thermal is a word */
        if (isnan(value) && strcmp(name, "tnom") == 0)
            value = circuit->sim_options.tnom;
        if (!isnan(value) && value != 0)
            add_number(varied, number, value, between, name);
    }
}

/* The device's own temperature, said on its card or that of the circuit. size: of the copy's own device. */
static void add_temperature(struct varied_device *varied, double *size)
{
    const struct device_parameter *table = varied->device->kind->size;
    double *temp = device_place(table, size, "temp"), *dtemp = device_place(table, size, "dtemp");
    double otherwise = varied->rows->engine->circuit->temp + (dtemp ? given(*dtemp, 0) : 0);
    if (temp)
        add_number(varied, temp, given(*temp, otherwise), "_", "temp");
}

static void add_device(struct varied_device *varied, uint32_t number)
{
    struct device *device = varied->device = &varied->other->device[number];
    const struct device former = *device;
    size_t model = device->kind->model_size, size = device->kind->size_size;
    double *values = malloc(model + size + device->parts * sizeof *values);
    if (!values) {
        varied->rows->status = ENGINE_NO_MEMORY;
        return;
    }
    memcpy(values, device->model, model);
    memcpy(values + model / sizeof *values, device->size, size);
    varied->law = values + (model + size) / sizeof *values;
    device->model = values;
    device->size = values + model / sizeof *values;
    add_numbers(varied, device->kind->model, values, ":");
    add_numbers(varied, device->kind->size, values + model / sizeof *values, "_");
    add_number(varied, &device->m, device->m, "_", "m");
    add_temperature(varied, values + model / sizeof *values);
    device->model = former.model;
    device->size = former.size;
    circuit_renew_device(varied->other, device);
    free(values);
}

/* Those of the cards of a letter, the last one first. */
static void add_devices(struct varied_device *varied, char letter)
{
    const struct circuit *circuit = varied->rows->engine->circuit;
    for (size_t d = circuit->devices; varied->rows->status == ENGINE_OK && d-- > 0;)
        if (element_letter(circuit, circuit->device[d].named) == letter)
            add_device(varied, (uint32_t)d);
}

/* ---- the whole ---- */

typedef void add_rows(struct rows *rows, uint32_t element);

/* Of the cards of a letter: other cards may make such elements too. */
static void add_kind(struct rows *rows, char letter, enum element_kind kind, add_rows *add_element)
{
    const struct circuit *circuit = rows->engine->circuit;
    for (uint32_t e = circuit->elements.count; rows->status == ENGINE_OK && e-- > 0;) {
        if (circuit->element[e].kind == kind && element_letter(circuit, e) == letter)
            add_element(rows, e);
    }
}

static void find_rows(struct rows *rows, struct varied_device *varied)
{
    add_devices(varied, 'q');
    add_kind(rows, 'f', ELEMENT_CONTROLLED_CURRENT, add_gain);
    add_kind(rows, 'h', ELEMENT_CONTROLLED_VOLTAGE, add_gain);
    add_kind(rows, 'd', ELEMENT_DIODE, add_diode);
    add_kind(rows, 'i', ELEMENT_ISOURCE, add_source);
    add_devices(varied, 'j');
    add_devices(varied, 'z');
    add_devices(varied, 'm');
    add_kind(rows, 'r', ELEMENT_RESISTOR, add_resistor);
    add_kind(rows, 'g', ELEMENT_CONTROLLED_CURRENT, add_gain);
    add_kind(rows, 'e', ELEMENT_CONTROLLED_VOLTAGE, add_gain);
    add_kind(rows, 'v', ELEMENT_VSOURCE, add_source);
}

static void find(struct rows *rows)
{
    const struct circuit *circuit = rows->engine->circuit;
    struct varied_device varied = {.rows = rows};
    if (circuit->devices > 0) {
        varied.other = circuit_copy(circuit);
        varied.work = array_new(branch_law_work(circuit), sizeof *varied.work);
    }
    if (circuit->devices > 0 && (!varied.other || !varied.work))
        rows->status = ENGINE_NO_MEMORY;
    else
        find_rows(rows, &varied);
    circuit_free_copy(varied.other);
    free(varied.work);
}

/* The weights of the elements in the output; node [nodes], branch [elements] work, 0. */
static enum engine_status weigh(const struct observed *observed, struct engine *engine, double *node, double *branch,
                                double *weight)
{
    if (observed->of_current) {
        branch[observed->output] = 1;
    } else {
        node[observed->a] += 1;
        node[observed->k] -= 1;
    }
    node[GROUND] = 0;
    return engine_adjoint(engine, node, branch, weight);
}

/* The element that a complaint about the response is at. */
static uint32_t element_at(const struct observed *observed, const struct circuit *circuit)
{
    uint32_t e = 0;
    if (observed->of_current)
        return observed->output;
    while (e + 1 < circuit->elements.count && circuit->element[e].a != observed->a &&
           circuit->element[e].k != observed->a)
        e++;
    return e;
}

enum engine_status sensitivity_solve(const struct observed *observed, struct engine *engine,
                                     struct sensitivities *found, struct diagnostics *diagnostics)
{
    enum engine_status status = engine_solve(engine, diagnostics);
    if (status != ENGINE_OK)
        return status;
    const struct circuit *circuit = engine->circuit;
    double *node, *branch, *weight;
    const struct array_request request[] = {
        {&node, circuit->nodes.count, sizeof *node},
        {&branch, circuit->elements.count, sizeof *branch},
        {&weight, circuit->elements.count, sizeof *weight},
    };
    void *block = arrays_new(request, sizeof request / sizeof *request);
    struct rows rows = {.engine = engine, .weight = weight, .found = found, .diagnostics = diagnostics};
    rows.status = block ? weigh(observed, engine, node, branch, weight) : ENGINE_NO_MEMORY;
    if (rows.status == ENGINE_OK)
        find(&rows);
    if (rows.status == ENGINE_UNSOLVED || rows.status == ENGINE_UNDECIDED) {
        response_report(engine, element_at(observed, circuit),
                        rows.status == ENGINE_UNDECIDED ? &engine->undecided : NULL, diagnostics);
        rows.status = ENGINE_UNSOLVED;
    }
    free(block);
    return diagnostics->out_of_memory ? ENGINE_NO_MEMORY : rows.status;
}
