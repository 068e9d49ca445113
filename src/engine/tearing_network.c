/* What stands for Z in the outer circuit. */
#include "engine/tearing_parts.h"

#include <math.h>
#include <string.h>

/* A conductance of Z's network that is less than this of the ports' own is rounding. */
static const double left_over = 1e-13;

enum { NEARBY = 10000, NEARBY_SHARE = 8 }; /* nodes near the ports; and of all one in so many */

/* In place of A [n][n], symmetric, its inverse by Gauss and Jordan; rows of ports that sources hold, where nothing
 * answers, stay 0. */
static void invert(double *A, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        double pivot = A[k * n + k];
        if (!(pivot > 0)) {
            for (size_t q = 0; q < n; q++)
                A[k * n + q] = A[q * n + k] = 0;
            continue;
        }
        A[k * n + k] = 1;
        for (size_t q = 0; q < n; q++)
            A[k * n + q] /= pivot;
        for (size_t r = 0; r < n; r++) {
            double factor = A[r * n + k];
            if (r == k)
                continue;
            A[r * n + k] = 0;
            for (size_t q = 0; q < n; q++)
                A[r * n + q] -= factor * A[k * n + q];
        }
    }
}

/* A resistor of the outer circuit that stands for a conductance, or open where that is rounding. */
static void put(struct element *element, double conductance, double least)
{
    element->kind = ELEMENT_CAPACITOR;
    if (!(conductance > least))
        return;
    element->kind = ELEMENT_RESISTOR;
    element->value = 1 / conductance;
}

/* Z, or what is near the ports of it. */
static enum network_status find_resistances(struct tearing *tearing)
{
    struct engine *inner = &tearing->inner;
    struct network *network = region_network(inner->region);
    uint32_t node[PORTS_THAT_LEAD], leading = tearing->leading, share = tearing->inner_part.nodes / NEARBY_SHARE;
    for (size_t p = 0; p < leading; p++)
        node[p] = tearing->port[p].inner_node;
    memset(tearing->ohm, 0, (size_t)leading * leading * sizeof *tearing->ohm);
    if (tearing->nearby)
        return network_resistances_nearby(network, leading, node, share < NEARBY ? share : NEARBY, tearing->ohm);
    return network_resistances(network, leading, node, TEARING_COLUMN_ACCURACY, tearing->ohm, &inner->info);
}

enum tearing_status tearing_fit(struct tearing *tearing)
{
    size_t leading = tearing->leading;
    enum network_status status = find_resistances(tearing);
    if (status != NETWORK_OK)
        return tearing_status_of(status);
    double *g = tearing->conductance;
    memcpy(g, tearing->ohm, leading * leading * sizeof *g);
    struct element *element = &tearing->outer_part.circuit->element[tearing->first_resistor];
    invert(g, leading);
    for (size_t p = 0; p < leading; p++) {
        double own = g[p * leading + p], sum = 0, least = left_over * own;
        for (size_t q = 0; q < leading; q++)
            sum += g[p * leading + q];
        if (own == 0) { /* a source holds it */
            element->kind = ELEMENT_SHORT;
            element += p + 1;
            continue;
        }
        put(element++, fmax(sum, 2 * least), least);
        for (size_t q = 0; q < p; q++)
            put(element++, -g[p * leading + q], least);
    }
    circuit_changed(tearing->outer_part.circuit, true);
    tearing->fitted = true;
    return TEARING_OK;
}
