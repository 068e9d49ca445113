/* How currents of branches change with the unknowns. */
#include "general/equations_parts.h"

/* A derivative of a current: by the voltage between two nodes, or by an unknown. */
struct derivative {
    uint32_t p, q;    /* nodes */
    uint32_t unknown; /* or EQUATIONS_NONE */
    double by;        /* S or A/A */
};

typedef void visit(void *data, const struct derivative *derivative);

static struct dd voltage(const double *hi, const double *lo, uint32_t p, uint32_t q)
{
    const struct dd zero = dd_from(0);
    return dd_sub(p == GROUND ? zero : (struct dd){hi[p - 1], lo[p - 1]},
                  q == GROUND ? zero : (struct dd){hi[q - 1], lo[q - 1]});
}

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

static void visit_control(const struct equations *equations, const struct control *control, double by, visit *each,
                          void *data)
{
    struct derivative derivative = {control->p, control->q, EQUATIONS_NONE, by};
    if (control->kind == CONTROL_CURRENT) {
        const struct element *element = &equations->circuit->element[control->p];
        bool resists = element->kind == ELEMENT_RESISTOR || element->kind == ELEMENT_SWITCH;
        derivative.unknown = equations->branch[control->p];
        if (derivative.unknown == EQUATIONS_NONE && !resists)
            return;
        if (derivative.unknown == EQUATIONS_NONE)
            derivative = (struct derivative){element->a, element->k, EQUATIONS_NONE, by / element->value};
    }
    each(data, &derivative);
}

void equations_find_slopes(const struct equations *equations, const struct coupling *coupling, const double *hi,
                           const double *lo)
{
    for (uint32_t c = 0; c < coupling->law.n; c++)
        equations->control[c] = equations_control(equations, &coupling->control[c], hi, lo);
    control_law_at(&coupling->law, equations->control, equations->slope, equations->work);
}

static void visit_coupling(const struct equations *equations, const struct element *element, const double *hi,
                           const double *lo, visit *each, void *data)
{
    const struct coupling *coupling = &equations->circuit->coupling[element->law];
    equations_find_slopes(equations, coupling, hi, lo);
    for (uint32_t c = 0; c < coupling->law.n; c++)
        visit_control(equations, &coupling->control[c], element->value * equations->slope[c], each, data);
}

/* Of a law of one voltage, or of several. */
static void visit_diode(const struct equations *equations, const struct element *element, const double *hi,
                        const double *lo, visit *each, void *data)
{
    const struct law *law = &equations->circuit->law[element->law];
    const struct element *first = element - element->branch;
    uint32_t n = law_voltages(law);
    double v[LAW_VOLTAGES] = {0}, i[LAW_VOLTAGES], slope[LAW_VOLTAGES * LAW_VOLTAGES];
    for (uint32_t k = 0; k < n; k++)
        v[k] = dd_value(voltage(hi, lo, first[k].a, first[k].k));
    if (n == 1)
        slope[0] = law_at(law, voltage(hi, lo, element->a, element->k), 0).slope;
    else
        law->curve->function.currents(law->curve->function.data, v, i, slope);
    for (uint32_t k = 0; k < n; k++) {
        struct derivative derivative = {first[k].a, first[k].k, EQUATIONS_NONE,
                                        element->value * slope[n * element->branch + k]};
        each(data, &derivative);
    }
}

/* All that the current of a branch hangs on, at x = hi + lo. */
static void visit_current(const struct equations *equations, uint32_t e, const double *hi, const double *lo,
                          visit *each, void *data)
{
    const struct element *element = &equations->circuit->element[e];
    struct derivative own = {element->a, element->k, equations->branch[e], 1};
    if (own.unknown != EQUATIONS_NONE) {
        each(data, &own);
        return;
    }
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
    case ELEMENT_SWITCH:
        own.by = 1 / element->value;
        each(data, &own);
        break;
    case ELEMENT_DIODE: visit_diode(equations, element, hi, lo, each, data); break;
    case ELEMENT_CONTROLLED_CURRENT: visit_coupling(equations, element, hi, lo, each, data); break;
    default: break;
    }
}

/* ---- both ways --------------------------------------------------------------------------------------------------- */

struct change {
    const struct dd *d;
    double sum;
};

static struct dd change_at(const struct dd *d, uint32_t node)
{
    return node == GROUND ? dd_from(0) : d[node - 1];
}

static void add_change(void *data, const struct derivative *derivative)
{
    struct change *change = data;
    struct dd by = derivative->unknown != EQUATIONS_NONE
                       ? change->d[derivative->unknown]
                       : dd_sub(change_at(change->d, derivative->p), change_at(change->d, derivative->q));
    change->sum += derivative->by * dd_value(by);
}

double equations_change(const struct equations *equations, uint32_t e, const double *hi, const double *lo,
                        const struct dd *d)
{
    struct change change = {.d = d};
    visit_current(equations, e, hi, lo, add_change, &change);
    return change.sum;
}

struct weighing {
    struct dd *weight;
    double by;
};

static void add_weight(struct dd *weight, uint32_t unknown, double x)
{
    if (unknown != EQUATIONS_NONE)
        weight[unknown] = dd_add_double(weight[unknown], x);
}

static void weigh(void *data, const struct derivative *derivative)
{
    const struct weighing *weighing = data;
    double by = weighing->by * derivative->by;
    if (derivative->unknown != EQUATIONS_NONE) {
        add_weight(weighing->weight, derivative->unknown, by);
        return;
    }
    add_weight(weighing->weight, equations_unknown(derivative->p), by);
    add_weight(weighing->weight, equations_unknown(derivative->q), -by);
}

void equations_weigh(const struct equations *equations, uint32_t e, const double *hi, const double *lo, double by,
                     struct dd *weight)
{
    struct weighing weighing = {weight, by};
    visit_current(equations, e, hi, lo, weigh, &weighing);
}
