#include "circuit/circuit.h"

#include "laws/devices.h"
#include "util/array.h"
#include "util/letters.h"
#include "util/threads.h"
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

double circuit_volts_in_series(const struct circuit *circuit)
{
    double sum = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (circuit->element[e].kind == ELEMENT_VSOURCE)
            sum += fabs(circuit->element[e].value);
    return sum;
}

double thermal_growth(double tc1, double tc2, double tce, double dt)
{
    return isnan(tce) ? 1 + tc1 * dt + tc2 * dt * dt : pow(1.01, tce * dt);
}

double thermal_value(const struct thermal *thermal, double temp)
{
    double dt = (isnan(thermal->own) ? temp : thermal->own) + thermal->dtemp;
    double growth = thermal_growth(thermal->tc1, thermal->tc2, thermal->tce, dt);
    return thermal->nominal * thermal->factor * (thermal->reciprocal ? 1 / growth : growth);
}

static int compare_numbers(const void *wanted, const void *row)
{
    uint32_t a = *(const uint32_t *)wanted, b = *(const uint32_t *)row;
    return (a > b) - (a < b);
}

/* The row of a table [count] that begins with this number, where these ascend; NULL: none. */
static void *find_row(const void *table, size_t count, size_t size, uint32_t number)
{
    return count > 0 ? bsearch(&number, table, count, size, compare_numbers) : NULL;
}

/* What is known of a resistor beside its value, or NULL. */
static struct thermal *find_thermal(const struct circuit *circuit, uint32_t element)
{
    return find_row(circuit->thermal, circuit->n_thermal, sizeof *circuit->thermal, element);
}

void circuit_changed(struct circuit *circuit, bool restructured)
{
    circuit->version.structure += restructured;
    circuit->version.values++;
    circuit->version.sources++;
}

void circuit_set_source(struct circuit *circuit, uint32_t element, double value)
{
    assert(element_is_source(&circuit->element[element]));
    circuit->element[element].value = value;
    circuit->version.sources++;
}

const char *circuit_make_device(const struct circuit *circuit, const struct device *device, double temp)
{
    const struct sim_options *sim_options = &circuit->sim_options;
    const struct device_conditions conditions = {
        .temp = temp, .tnom = sim_options->tnom, .gmin = sim_options->gmin, .m = device->m, .type = device->type};
    return device_make(device->kind, device->law, device->model, device->size, &conditions);
}

/* A junction that is wrong has no current at any voltage, so that nothing is proved of it. */
static void set_junction(struct law *law, bool wrong)
{
    if (wrong)
        law->curve->junction.is = law->curve->junction.gmin = NAN;
    curve_finish(law->curve);
    law->g_off = law->g_on = law->g_rev = law->curve->g_floor;
}

/* The parts of a device that has no law: numbers that are none. */
static void spoil_device(struct circuit *circuit, const struct device *device)
{
    for (size_t p = 0; p < device->parts; p++) {
        struct element *element = &circuit->element[device->first + p];
        if (element->kind == ELEMENT_DIODE)
            set_junction(&circuit->law[element->law], true);
        else
            element->value = NAN;
    }
}

/* Its parts at another temperature; transfers look at the device's law themselves. */
static void set_device_temperature(struct circuit *circuit, const struct device *device, double temp)
{
    uint8_t alias[DEVICE_NODES];
    struct device_part part[DEVICE_PARTS];
    if (circuit_make_device(circuit, device, temp) ||
        device->kind->shape(device->law, alias, part) != device->parts) {
        spoil_device(circuit, device);
        return;
    }
    for (size_t p = 0; p < device->parts; p++) {
        struct element *element = &circuit->element[device->first + p];
        if (part[p].kind == PART_RESISTANCE) {
            element->value = part[p].ohms / device->m;
        } else if (part[p].kind == PART_JUNCTION) {
            circuit->law[element->law].curve->junction = part[p].junction;
            set_junction(&circuit->law[element->law], false);
        } else {
            element->value = device->m;
        }
    }
}

void circuit_renew_device(struct circuit *circuit, const struct device *device)
{
    set_device_temperature(circuit, device, circuit->temp);
    circuit->version.values++;
}

const struct device *circuit_device(const struct circuit *circuit, uint32_t element)
{
    size_t low = 0, high = circuit->devices;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct device *device = &circuit->device[middle];
        if (element < device->first)
            high = middle;
        else if (element >= device->first + device->parts)
            low = middle + 1;
        else
            return device;
    }
    return NULL;
}

const struct thermal_junction *circuit_junction(const struct circuit *circuit, uint32_t law)
{
    return find_row(circuit->junction, circuit->junctions, sizeof *circuit->junction, law);
}

void circuit_set_temperature(struct circuit *circuit, double temp)
{
    circuit->temp = temp;
    circuit->version.values++;
    for (uint32_t q = 0; q < circuit->n_thermal; q++) {
        const struct thermal *thermal = &circuit->thermal[q];
        circuit->element[thermal->element].value = thermal_value(thermal, temp);
    }
    for (size_t q = 0; q < circuit->junctions; q++) {
        const struct thermal_junction *here = &circuit->junction[q];
        const struct sim_options *sim_options = &circuit->sim_options;
        struct law *law = &circuit->law[here->law];
        bool plain = law->curve->is_plain;
        const char *wrong =
            junction_at(&law->curve->junction, here->model, &here->size, temp, sim_options->tnom, sim_options->gmin);
        set_junction(law, wrong);
        circuit->version.structure += law->curve->is_plain != plain;
    }
    for (size_t d = 0; d < circuit->devices; d++)
        set_device_temperature(circuit, &circuit->device[d], temp);
}

uint32_t circuit_most_controls(const struct circuit *circuit)
{
    uint32_t most = 0;
    for (size_t c = 0; c < circuit->couplings; c++)
        most = circuit->coupling[c].law.n > most ? circuit->coupling[c].law.n : most;
    return most;
}

/* The first element of a law. */
static uint32_t element_of(const struct circuit *circuit, uint32_t law)
{
    uint32_t e = 0;
    while (circuit->element[e].kind != ELEMENT_DIODE || circuit->element[e].law != law)
        e++;
    return e;
}

const char *circuit_law_fault(const struct circuit *circuit, uint32_t *element)
{
    const char *wrong = NULL;
    for (size_t q = 0; !wrong && q < circuit->junctions; q++) {
        const struct thermal_junction *here = &circuit->junction[q];
        const struct sim_options *sim_options = &circuit->sim_options;
        struct junction junction;
        wrong = junction_at(&junction, here->model, &here->size, circuit->temp, sim_options->tnom, sim_options->gmin);
        *element = wrong ? element_of(circuit, here->law) : *element;
    }
    for (size_t d = 0; !wrong && d < circuit->devices; d++) {
        wrong = circuit_make_device(circuit, &circuit->device[d], circuit->temp);
        *element = circuit->device[d].named;
    }
    return wrong;
}

void circuit_set_resistance(struct circuit *circuit, uint32_t element, double ohms)
{
    struct element *resistor = &circuit->element[element];
    uint32_t kind = resistor->kind;
    resistor->kind = ohms == 0 ? ELEMENT_SHORT : ELEMENT_RESISTOR;
    resistor->value = ohms;
    circuit->version.values++;
    circuit->version.structure += resistor->kind != kind;
    struct thermal *thermal = find_thermal(circuit, element);
    if (!thermal)
        return;
    thermal->nominal = ohms;
    resistor->value = thermal_value(thermal, circuit->temp);
}

bool circuit_set_resistances(struct circuit *circuit, uint32_t first, uint32_t count, const double *ohms)
{
    bool are_these = true;
    for (uint32_t q = 0; q < count; q++)
        circuit->element[first + q].value = ohms[q];
    for (uint32_t q = 0; q < circuit->n_thermal; q++) {
        uint32_t element = circuit->thermal[q].element;
        if (element < first || element - first >= count)
            continue;
        circuit_set_resistance(circuit, element, ohms[element - first]);
        are_these = false;
    }
    circuit->version.values++;
    return are_these;
}

uint32_t circuit_diodes(const struct circuit *circuit)
{
    uint32_t diodes = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        diodes += circuit->element[e].kind == ELEMENT_DIODE;
    return diodes;
}

double circuit_gain(const struct circuit *circuit, uint32_t element)
{
    const struct coupling *coupling = circuit_coupling(circuit, element);
    bool has_one = coupling && control_law_is_sum(&coupling->law) && coupling->law.n == 1;
    return has_one ? *coupling->law.gain : NAN;
}

void circuit_set_gain(struct circuit *circuit, uint32_t element, double gain)
{
    const struct control_law *law = &circuit->coupling[circuit->element[element].law].law;
    assert(control_law_is_sum(law) && law->n == 1);
    *law->gain = gain;
    circuit->version.values++;
}

double circuit_multiple(const struct circuit *circuit, uint32_t element)
{
    const struct multiple *multiple =
        find_row(circuit->multiple, circuit->multiples, sizeof *circuit->multiple, element);
    return multiple ? multiple->m : 1;
}

const struct thermal *circuit_thermal(const struct circuit *circuit, uint32_t element)
{
    return find_thermal(circuit, element);
}

double circuit_resistance(const struct circuit *circuit, uint32_t element)
{
    const struct thermal *thermal = find_thermal(circuit, element);
    if (thermal)
        return thermal->nominal;
    return circuit->element[element].kind == ELEMENT_SHORT ? 0 : circuit->element[element].value;
}

/* Curves of its own for the laws of a copy; what they point to does not change. False when memory is out. */
static bool copy_curves(struct circuit *copy)
{
    uint32_t curves = 0;
    copy->copied = array_new(copy->n_curves, sizeof *copy->copied);
    if (!copy->copied)
        return false;
    for (uint32_t l = 0; l < copy->n_laws; l++)
        if (copy->law[l].curve) {
            copy->copied[curves] = *copy->law[l].curve;
            copy->law[l].curve = &copy->copied[curves++];
        }
    return true;
}

/* Couplings with gains of their own for a copy. False when memory is out. */
static bool copy_couplings(struct circuit *copy, const struct circuit *circuit)
{
    size_t gains = 0, at = 0;
    for (size_t c = 0; c < circuit->couplings; c++)
        gains += circuit->coupling[c].law.kind == CONTROL_LINEAR ? circuit->coupling[c].law.n : 0;
    copy->coupling = array_new(circuit->couplings, sizeof *copy->coupling);
    copy->copied_gains = array_new(gains, sizeof *copy->copied_gains);
    if (!copy->coupling || !copy->copied_gains)
        return false;
    for (size_t c = 0; c < circuit->couplings; c++) {
        struct control_law *law = &copy->coupling[c].law;
        copy->coupling[c] = circuit->coupling[c];
        if (law->kind != CONTROL_LINEAR)
            continue;
        law->gain = memcpy(copy->copied_gains + at, law->gain, law->n * sizeof *law->gain);
        at += law->n;
    }
    return true;
}

/* Laws of its own for the devices of a copy, and for what controls by them. False when memory is out. */
static bool copy_devices(struct circuit *copy, const struct circuit *circuit)
{
    size_t size = 0, at = 0;
    for (size_t d = 0; d < circuit->devices; d++)
        size += circuit->device[d].kind->law_size;
    copy->device = array_new(circuit->devices, sizeof *copy->device);
    copy->copied_laws = array_new(size, 1);
    if (!copy->device || !copy->copied_laws)
        return false;
    for (size_t d = 0; d < circuit->devices; d++) {
        struct device *device = &copy->device[d];
        *device = circuit->device[d];
        device->law = memcpy(copy->copied_laws + at, device->law, device->kind->law_size);
        at += device->kind->law_size;
        for (uint32_t e = device->first; e < device->first + device->parts; e++)
            if (circuit->element[e].kind == ELEMENT_CONTROLLED_CURRENT)
                copy->coupling[circuit->element[e].law].law.device.law = device->law;
    }
    return true;
}

struct circuit *circuit_copy_with(const struct circuit *circuit, struct element *element)
{
    struct circuit *copy = element ? calloc(1, sizeof *copy) : NULL;
    if (!copy) {
        free(element);
        return NULL;
    }
    *copy = *circuit;
    copy->populating = NULL;
    copy->copied = NULL;
    copy->copied_laws = NULL;
    copy->copied_gains = NULL;
    copy->device = NULL;
    copy->coupling = NULL;
    copy->element = element;
    copy->law = array_new(circuit->n_laws, sizeof *copy->law);
    copy->thermal = array_new(circuit->n_thermal, sizeof *copy->thermal);
    if (!copy->law || !copy->thermal) {
        circuit_free_copy(copy);
        return NULL;
    }
    if (circuit->n_laws > 0)
        memcpy(copy->law, circuit->law, circuit->n_laws * sizeof *copy->law);
    if (circuit->n_thermal > 0)
        memcpy(copy->thermal, circuit->thermal, circuit->n_thermal * sizeof *copy->thermal);
    if (!copy_curves(copy) || !copy_couplings(copy, circuit) || !copy_devices(copy, circuit)) {
        circuit_free_copy(copy);
        return NULL;
    }
    return copy;
}

struct circuit *circuit_copy(const struct circuit *circuit)
{
    struct element *element = array_new(circuit->elements.count, sizeof *element);
    if (element)
        memcpy(element, circuit->element, circuit->elements.count * sizeof *element);
    return circuit_copy_with(circuit, element);
}

void circuit_free_copy(struct circuit *copy)
{
    if (!copy)
        return;
    free(copy->element);
    free(copy->law);
    free(copy->thermal);
    free(copy->copied);
    free(copy->device);
    free(copy->coupling);
    free(copy->copied_laws);
    free(copy->copied_gains);
    free(copy);
}

const struct origin *circuit_origin(const struct circuit *circuit, uint32_t element)
{
    size_t low = 0, high = circuit->ranges;
    if (high == 0 || circuit->range[0].first > element)
        return NULL;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (circuit->range[middle].first <= element)
            low = middle;
        else
            high = middle;
    }
    return circuit->range[low].origin;
}

/* Is it how the card spells this name, which is in lower case? */
static bool spells(const struct element *element, const char *name)
{
    for (uint32_t q = 0; q < element->name_length; q++)
        if (lower(element->place[q]) != name[q])
            return false;
    return name[element->name_length] == '\0';
}

const char *circuit_spelling(const struct circuit *circuit, uint32_t element, int *length)
{
    const struct element *spelled = &circuit->element[element];
    const char *name = circuit->elements.text[element];
    if (spells(spelled, name))
        name = spelled->place;
    *length = name == spelled->place ? (int)spelled->name_length : (int)strlen(name);
    return name;
}

bool circuit_diagnose(const struct circuit *circuit, uint32_t element, struct diagnostics *diagnostics,
                      enum diagnostic_code code, const char *format, ...)
{
    static const struct element nowhere;
    bool is_there = element < circuit->elements.count;
    const struct element *at = is_there ? &circuit->element[element] : &nowhere;
    va_list arguments;
    va_start(arguments, format);
    diagnostics->origin = is_there ? circuit_origin(circuit, element) : NULL;
    bool kept = diagnose_arguments(diagnostics, code, at->place, at->name_length, format, arguments);
    diagnostics->origin = NULL;
    va_end(arguments);
    return kept;
}

void circuit_exchange(struct circuit *p, struct circuit *q)
{
    struct circuit former = *p;
    *p = *q;
    p->nodes = former.nodes;
    p->elements = former.elements;
    p->version = former.version;
    former.nodes = q->nodes;
    former.elements = q->elements;
    former.version = q->version;
    *q = former;
}

const struct metered *circuit_metered(const struct circuit *circuit, const char *name, size_t length)
{
    uint32_t number = circuit->metered_names.count > 0 ? names_find(&circuit->metered_names, name, length) : NAMES_NONE;
    return number != NAMES_NONE ? &circuit->metered[number] : NULL;
}

void circuit_trim(struct circuit *circuit)
{
    size_t count = circuit->elements.count;
    struct element *element = count > 0 ? realloc(circuit->element, count * sizeof *element) : NULL;
    if (!element)
        return;
    circuit->element = element;
    circuit->capacity = count;
}

void circuit_free(struct circuit *circuit)
{
    threads_end_populating(circuit->populating);
    names_free(&circuit->nodes);
    names_free(&circuit->elements);
    free(circuit->element);
    free(circuit->law);
    free(circuit->coupling);
    free(circuit->nodeset);
    free(circuit->off);
    free(circuit->thermal);
    free(circuit->multiple);
    free(circuit->range);
    free(circuit->junction);
    free(circuit->device);
    names_free(&circuit->metered_names);
    free(circuit->metered);
    arena_free(&circuit->arena);
    *circuit = (struct circuit){0};
}
