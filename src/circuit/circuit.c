#include "circuit/circuit.h"

#include <math.h>
#include <stdlib.h>

double law_current(const struct law *law, double u)
{
    if (u > law->v_fwd)
        return law->g_off * law->v_fwd + (isinf(law->g_on) ? 0 : law->g_on * (u - law->v_fwd));
    if (u < -law->v_rev)
        return -law->g_off * law->v_rev + (isinf(law->g_rev) ? 0 : law->g_rev * (u + law->v_rev));
    return law->g_off * u;
}

double element_slope(const struct circuit *circuit, const struct element *element, double u)
{
    if (element->kind == ELEMENT_RESISTOR)
        return 1 / element->value;
    if (element->kind != ELEMENT_DIODE)
        return 0;
    const struct law *law = &circuit->law[element->law];
    double g = u > law->v_fwd ? law->g_on : u < -law->v_rev ? law->g_rev : law->g_off;
    return element->value * (isinf(g) ? law->g_off : g);
}

void circuit_free(struct circuit *circuit)
{
    names_free(&circuit->nodes);
    names_free(&circuit->elements);
    free(circuit->element);
    free(circuit->law);
    *circuit = (struct circuit){0};
}
