#include "circuit/circuit.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

double law_current(const struct law *law, double u)
{
    if (u > law->v_fwd)
        return law->g_off * law->v_fwd + (isinf(law->g_on) ? 0 : law->g_on * (u - law->v_fwd));
    if (u < -law->v_rev)
        return -law->g_off * law->v_rev + (isinf(law->g_rev) ? 0 : law->g_rev * (u + law->v_rev));
    return law->g_off * u;
}

/* The conductance beyond a knee that u may have passed; that of a constraint does not count. */
static double steeper(double g, double beyond, bool passed)
{
    return passed && !isinf(beyond) ? fmax(g, beyond) : g;
}

double element_slope(const struct circuit *circuit, const struct element *element, double u, double scale)
{
    if (element->kind == ELEMENT_RESISTOR)
        return 1 / element->value;
    if (element->kind != ELEMENT_DIODE)
        return 0;
    const struct law *law = &circuit->law[element->law];
    double rounding = 8 * DBL_EPSILON * scale, g = law->g_off;
    if (u > law->v_fwd + rounding && !isinf(law->g_on))
        return element->value * law->g_on;
    if (u < -law->v_rev - rounding && !isinf(law->g_rev))
        return element->value * law->g_rev;
    g = steeper(g, law->g_on, u >= law->v_fwd - rounding);
    return element->value * steeper(g, law->g_rev, u <= -law->v_rev + rounding);
}

const struct origin *circuit_origin(const struct circuit *circuit, uint32_t element)
{
    size_t low = 0, high = circuit->runs;
    if (high == 0 || circuit->run[0].first > element)
        return NULL;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (circuit->run[middle].first <= element)
            low = middle;
        else
            high = middle;
    }
    return circuit->run[low].origin;
}

const char *circuit_spelling(const struct circuit *circuit, uint32_t element, int *length)
{
    const struct element *spelled = &circuit->element[element];
    const char *name = circuit_origin(circuit, element) ? circuit->elements.text[element] : spelled->place;
    *length = name == spelled->place ? (int)spelled->name_length : (int)strlen(name);
    return name;
}

void circuit_free(struct circuit *circuit)
{
    names_free(&circuit->nodes);
    names_free(&circuit->elements);
    free(circuit->element);
    free(circuit->law);
    free(circuit->run);
    *circuit = (struct circuit){0};
}
