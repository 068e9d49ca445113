#include "general/no_gain.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>

bool no_gain_new(struct no_gain *no_gain, const struct circuit *circuit)
{
    if (circuit->devices == 0)
        return true;
    if (!supernodes_build(&no_gain->supernodes, circuit))
        return false;
    size_t trees = no_gain->supernodes.forest.trees;
    const struct array_request request[] = {
        {&no_gain->least, trees, sizeof *no_gain->least}, {&no_gain->most, trees, sizeof *no_gain->most}};
    no_gain->block = arrays_new(request, sizeof request / sizeof *request);
    return no_gain->block;
}

/* Not one that may lift a node as far as it likes. */
static bool lifts_within(const struct control_law *law)
{
    const struct device_function *function = law->device.function;
    return law->kind == CONTROL_DEVICE && (!function->lift || isfinite(function->lift(law->device.law)));
}

/* Does a current flow through it only from a higher potential to a lower one? Of a device: all of it together. */
static bool is_passive(const struct circuit *circuit, const struct element *element)
{
    const double nothing = 1e-18; /* A */
    const struct law *law = &circuit->law[element->kind == ELEMENT_DIODE ? element->law : 0];
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR: return element->value > 0;
    case ELEMENT_SWITCH:
    case ELEMENT_CAPACITOR:
    case ELEMENT_SHORT:
    case ELEMENT_VSOURCE: return true;
    case ELEMENT_ISOURCE: return element->value == 0;
    case ELEMENT_DIODE: return law_voltages(law) == 1 && !law_may_fall(law) && fabs(law_current(law, 0)) <= nothing;
    case ELEMENT_CONTROLLED_CURRENT: return lifts_within(&circuit->coupling[element->law].law);
    case ELEMENT_CONTROLLED_VOLTAGE: return false;
    }
    return false;
}

static bool is_without_gain(const struct circuit *circuit)
{
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (!is_passive(circuit, &circuit->element[e]))
            return false;
    return circuit->devices > 0;
}

static double sum_of_lifts(const struct circuit *circuit)
{
    double sum = 0;
    for (uint32_t c = 0; c < circuit->couplings; c++) {
        const struct control_law *law = &circuit->coupling[c].law;
        if (law->kind == CONTROL_DEVICE && law->device.function->lift)
            sum += law->device.function->lift(law->device.law);
    }
    return sum;
}

/* low and high from what the trees of sources span. */
static void find_span(struct no_gain *no_gain, const struct circuit *circuit)
{
    const struct forest *forest = &no_gain->supernodes.forest;
    const double *offset = no_gain->supernodes.offset;
    supernodes_update(&no_gain->supernodes, circuit);
    for (uint32_t tree = 0; tree < forest->trees; tree++)
        no_gain->least[tree] = no_gain->most[tree] = 0;
    for (uint32_t node = 0; node < forest->nodes; node++) {
        uint32_t tree = forest->tree[node];
        no_gain->least[tree] = fmin(no_gain->least[tree], offset[node]);
        no_gain->most[tree] = fmax(no_gain->most[tree], offset[node]);
    }
    no_gain->low = no_gain->least[0];
    no_gain->high = no_gain->most[0];
    for (uint32_t tree = 1; tree < forest->trees; tree++) {
        no_gain->low -= no_gain->most[tree] - no_gain->least[tree];
        no_gain->high += no_gain->most[tree] - no_gain->least[tree];
    }
}

void no_gain_refresh(struct no_gain *no_gain, const struct circuit *circuit)
{
    const struct circuit_version *version = &circuit->version;
    if (no_gain->values == version->values && no_gain->sources == version->sources)
        return;
    if (no_gain->values != version->values)
        no_gain->lifts = sum_of_lifts(circuit);
    no_gain->values = version->values;
    no_gain->sources = version->sources;
    no_gain->holds = is_without_gain(circuit);
    no_gain->low = -INFINITY;
    no_gain->high = INFINITY;
    if (no_gain->holds)
        find_span(no_gain, circuit);
}

void no_gain_free(struct no_gain *no_gain)
{
    supernodes_free(&no_gain->supernodes);
    free(no_gain->block);
    *no_gain = (struct no_gain){0};
}
