/* Currents that potentials do not tell: of resistors, and series resistances of transistors, whose drop is less than
 * twice a double's precision of these. */
#include "general/general_parts.h"

#include <float.h>
#include <math.h>

/* Of each node: what flows out of it, how many of its resistors are untold, and the sum of their numbers, which is the
 * number of the last one. */
struct untold {
    const struct circuit *circuit;
    const struct operating_point *op;
    struct dd *over;        /* [nodes - 1] A */
    double *size;           /* [nodes - 1] A, the sum of the magnitudes of its currents */
    double *count, *number; /* [nodes - 1] */
};

static double potential_between(const struct operating_point *op, const struct control *control)
{
    return dd_value(dd_sub((struct dd){op->voltage[control->p], op->low[control->p]},
                           (struct dd){op->voltage[control->q], op->low[control->q]}));
}

/* S, of a resistance that voltages of its transistor control. */
static double controlled_conductance(const struct untold *untold, const struct element *element)
{
    const struct coupling *coupling = &untold->circuit->coupling[element->law];
    const struct device_function *function = coupling->law.device.function;
    double x[DEVICE_CONTROLS], slope[DEVICE_CONTROLS], size;
    for (uint32_t c = 0; c < function->n; c++)
        x[c] = potential_between(untold->op, &coupling->control[c + 1]);
    return element->value / function->at(coupling->law.device.law, x, slope, &size);
}

/* S; NAN: it is no resistance. */
static double conductance_of(const struct untold *untold, const struct element *element)
{
    if (element->kind == ELEMENT_RESISTOR)
        return 1 / fabs(element->value);
    if (element->kind != ELEMENT_CONTROLLED_CURRENT)
        return NAN;
    const struct control_law *law = &untold->circuit->coupling[element->law].law;
    return law->kind == CONTROL_DEVICE && law->divides ? controlled_conductance(untold, element) : NAN;
}

/* What rounding of potentials makes of a resistor's current, A: as the certificate has it; NAN of what is none. */
static double rounding_of(const struct untold *untold, const struct element *element)
{
    const double unit = 8 * DBL_EPSILON * DBL_EPSILON, *v = untold->op->voltage;
    return unit * (fabs(v[element->a]) + fabs(v[element->k])) * conductance_of(untold, element);
}

static bool is_untold(const struct untold *untold, uint32_t e)
{
    const double told = 1e-10; /* of the current: the proof takes 1e-9 */
    const struct element *element = &untold->circuit->element[e];
    return element->a != element->k && rounding_of(untold, element) > told * fabs(untold->op->current[e]);
}

static void add(struct untold *untold, uint32_t node, double current, double count, uint32_t e)
{
    if (node == GROUND)
        return;
    untold->over[node - 1] = dd_add_double(untold->over[node - 1], current);
    untold->size[node - 1] += fabs(current);
    untold->count[node - 1] += count;
    untold->number[node - 1] += count * e;
}

static void gather(struct untold *untold)
{
    for (uint32_t node = 1; node < untold->circuit->nodes.count; node++) {
        untold->over[node - 1] = dd_from(0);
        untold->size[node - 1] = untold->count[node - 1] = untold->number[node - 1] = 0;
    }
    for (uint32_t e = 0; e < untold->circuit->elements.count; e++) {
        const struct element *element = &untold->circuit->element[e];
        double current = untold->op->current[e], count = is_untold(untold, e);
        add(untold, element->a, current, count, e);
        add(untold, element->k, -current, count, e);
    }
}

/* Does the resistor's other end tell its current, and better? There less flows that would leave its rounding here. */
static bool is_better_told(const struct untold *untold, uint32_t node, uint32_t other)
{
    return other != GROUND && untold->count[other - 1] == 1 && untold->size[other - 1] < untold->size[node - 1];
}

/* From a node that has one resistor untold, to the next: it takes what the rest leaves, where that is rounding of
 * potentials. */
static void lead_from(struct untold *untold, uint32_t node)
{
    while (node != GROUND && untold->count[node - 1] == 1) {
        uint32_t e = (uint32_t)untold->number[node - 1];
        const struct element *element = &untold->circuit->element[e];
        double over = dd_value(untold->over[node - 1]), before = untold->op->current[e];
        double now = element->a == node ? before - over : before + over;
        uint32_t next = element->a == node ? element->k : element->a;
        if (is_better_told(untold, node, next) || fabs(over) > rounding_of(untold, element))
            return;
        untold->op->current[e] = now;
        add(untold, element->a, now - before, -1, e);
        add(untold, element->k, before - now, -1, e);
        node = next;
    }
}

void general_lead(struct general *general)
{
    struct untold untold = {general->equations->circuit, general->op, general->rest, general->work[0],
                            general->step, general->step_low};
    gather(&untold);
    for (uint32_t node = 1; node < untold.circuit->nodes.count; node++)
        lead_from(&untold, node);
}
