#include "convex/admits.h"

static bool admits_law(const struct law *law)
{
    bool falls = law->g_off < 0 || law->g_on < 0 || law->g_rev < 0;
    return law_voltages(law) == 1 && !falls;
}

bool convex_admits(const struct circuit *circuit)
{
    bool admitted = circuit->couplings == 0;
    for (uint32_t e = 0; admitted && e < circuit->elements.count; e++)
        admitted = circuit->element[e].kind != ELEMENT_RESISTOR || !(circuit->element[e].value < 0);
    for (uint32_t l = 0; l < circuit->n_laws; l++)
        admitted = admitted && admits_law(&circuit->law[l]);
    return admitted;
}
