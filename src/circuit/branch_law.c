#include "circuit/branch_law.h"

#include <stdlib.h>

static struct dd voltage(const struct operating_point *op, uint32_t p, uint32_t q)
{
    return dd_difference(op->voltage[p], op->low[p], op->voltage[q], op->low[q]);
}

struct dd branch_control(const struct control *control, const struct operating_point *op)
{
    return control->kind == CONTROL_VOLTAGE ? voltage(op, control->p, control->q) : dd_from(op->current[control->p]);
}

size_t branch_law_work(const struct circuit *circuit)
{
    size_t most = 0;
    for (size_t c = 0; c < circuit->couplings; c++) {
        const struct control_law *law = &circuit->coupling[c].law;
        size_t need = control_law_work(law) + (size_t)law->n * (1 + sizeof(struct dd) / sizeof(double));
        most = need > most ? need : most;
    }
    return most;
}

int branch_segment(const struct circuit *circuit, uint32_t number, const struct operating_point *op)
{
    const struct element *element = &circuit->element[number];
    if (element->kind != ELEMENT_DIODE || circuit->law[element->law].curve)
        return 0;
    const struct law *law = &circuit->law[element->law];
    double u = dd_value(voltage(op, element->a, element->k));
    bool forward = law->g_on != law->g_off && !isinf(law->g_on) && u > law->v_fwd;
    bool reverse = law->g_rev != law->g_off && !isinf(law->g_rev) && u < -law->v_rev;
    return forward ? 1 : reverse ? -1 : 0;
}

/* One of straight lines, on one of them. */
static struct dd line(const struct law *law, struct dd u, int segment)
{
    double knee = segment > 0 ? law->v_fwd : -law->v_rev, g = segment > 0 ? law->g_on : law->g_rev;
    if (segment == 0)
        return dd_mul_double(u, law->g_off);
    if (isinf(g))
        return dd_from(NAN);
    return dd_add(dd_mul_double(dd_sub_double(u, knee), g), two_product(law->g_off, knee));
}

/* The voltage of one that leads the current i. */
static struct dd upright(const struct law *law, double i, int segment)
{
    double knee = segment > 0 ? law->v_fwd : -law->v_rev, g = segment > 0 ? law->g_on : law->g_rev;
    return isinf(g) ? dd_from(knee) : dd_add_double(dd_from(knee), (i - law->g_off * knee) / g);
}

static struct dd diode(const struct circuit *circuit, uint32_t number, const struct operating_point *op, int segment)
{
    const struct element *element = &circuit->element[number], *first = element - element->branch;
    const struct law *law = &circuit->law[element->law];
    struct law_point at[LAW_VOLTAGES];
    struct dd u[LAW_VOLTAGES] = {{0, 0}};
    const double near[LAW_VOLTAGES] = {0};
    for (uint32_t k = 0; k < law_voltages(law); k++)
        u[k] = voltage(op, first[k].a, first[k].k);
    if (!law->curve && abs(segment) == 2)
        return upright(law, op->current[number] / element->value, segment);
    if (!law->curve)
        return dd_mul_double(line(law, u[0], segment), element->value);
    law_currents(law, u, near, at);
    return dd_mul_double(at[element->branch].i, element->value);
}

/* work: the controls, their slopes, and what the law needs. */
static struct dd coupled(const struct circuit *circuit, const struct element *element, const struct operating_point *op,
                         double *work)
{
    const struct coupling *coupling = &circuit->coupling[element->law];
    struct dd *x = (struct dd *)(void *)work;
    double *slope = work + coupling->law.n * (sizeof *x / sizeof *work);
    for (uint32_t c = 0; c < coupling->law.n; c++)
        x[c] = branch_control(&coupling->control[c], op);
    return dd_mul_double(control_law_at(&coupling->law, x, slope, slope + coupling->law.n).value, element->value);
}

struct dd branch_law(const struct circuit *circuit, uint32_t number, const struct operating_point *op, int segment,
                     double *work)
{
    const struct element *element = &circuit->element[number];
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
    case ELEMENT_SWITCH: return dd_div_double(voltage(op, element->a, element->k), element->value);
    case ELEMENT_VSOURCE:
    case ELEMENT_ISOURCE: return dd_from(element->value);
    case ELEMENT_DIODE: return diode(circuit, number, op, segment);
    case ELEMENT_CONTROLLED_VOLTAGE:
    case ELEMENT_CONTROLLED_CURRENT: return coupled(circuit, element, op, work);
    default: return dd_from(0);
    }
}
