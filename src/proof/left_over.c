#include "proof/left_over.h"

#include "util/array.h"
#include "util/disjoint.h"
#include "util/double_double.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct left_over {
    const struct circuit *circuit;
    uint32_t *cluster; /* [nodes] its first node */
    struct dd *sum;    /* [nodes] A, of the cluster of that first node */
    double *size;      /* [nodes] A */
    struct dd *control; /* [most controls of a law] */
    double *slope;      /* the same */
    void *block;
};

static const double fine_rounding = 64 * DBL_EPSILON * DBL_EPSILON; /* of a quotient, and of sums of some */

struct left_over *left_over_new(const struct circuit *circuit)
{
    uint32_t nodes = circuit->nodes.count;
    struct left_over *left = calloc(1, sizeof *left);
    if (!left)
        return NULL;
    left->circuit = circuit;
    const struct array_request request[] = {
        {&left->cluster, nodes, sizeof *left->cluster},
        {&left->sum, nodes, sizeof *left->sum},
        {&left->size, nodes, sizeof *left->size},
        {&left->control, circuit_most_controls(circuit), sizeof *left->control},
        {&left->slope, circuit_most_controls(circuit), sizeof *left->slope},
    };
    left->block = arrays_new(request, sizeof request / sizeof *request);
    if (!left->block) {
        free(left);
        return NULL;
    }
    disjoint_init(left->cluster, nodes);
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (element_is_voltage_defined(&circuit->element[e]))
            disjoint_join(left->cluster, circuit->element[e].a, circuit->element[e].k);
    for (uint32_t node = 0; node < nodes; node++)
        left->cluster[node] = disjoint_root(left->cluster, node);
    return left;
}

void left_over_free(struct left_over *left)
{
    if (left)
        free(left->block);
    free(left);
}

/* The current that a law says, A. */
static struct dd current_of(const struct element *element, struct dd u)
{
    if (element->kind == ELEMENT_RESISTOR)
        return dd_div_double(u, element->value);
    return dd_from(element->kind == ELEMENT_ISOURCE ? element->value : 0);
}

/* Has a source its voltage, to the rounding of potentials of twice a double's precision? */
static bool holds(const struct element *element, struct dd u, double magnitude)
{
    double off = fabs(dd_value(dd_sub_double(u, element_defined_voltage(element))));
    return off <= 8 * DBL_EPSILON * DBL_EPSILON * magnitude;
}

double left_over_find(struct left_over *left, const double *hi, const double *lo)
{
    const struct circuit *circuit = left->circuit;
    double total = 0, all = 0;
    memset(left->sum, 0, circuit->nodes.count * sizeof *left->sum);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        uint32_t a = element->a, k = element->k, p = left->cluster[a], q = left->cluster[k];
        struct dd u = dd_difference(hi[a], lo[a], hi[k], lo[k]);
        if (element_is_voltage_defined(element) && !holds(element, u, fabs(hi[a]) + fabs(hi[k])))
            return INFINITY;
        struct dd i = current_of(element, u);
        all += fabs(i.hi);
        if (p == q)
            continue;
        left->sum[p] = dd_sub(left->sum[p], i);
        left->sum[q] = dd_add(left->sum[q], i);
    }
    for (uint32_t node = 0; node < circuit->nodes.count; node++)
        total += fabs(dd_value(left->sum[node]));
    total += fine_rounding * all * 2;
    return isfinite(total) ? total : INFINITY;
}

/* At the element's nodes. */
static void add_current(struct left_over *left, const struct element *element, struct dd i)
{
    left->sum[element->a] = dd_sub(left->sum[element->a], i);
    left->sum[element->k] = dd_add(left->sum[element->k], i);
}

bool left_over_holds(struct left_over *left, const double *i, double most)
{
    const double rounding = 64 * DBL_EPSILON;
    const struct circuit *circuit = left->circuit;
    bool holds = true;
    memset(left->sum, 0, circuit->nodes.count * sizeof *left->sum);
    memset(left->size, 0, circuit->nodes.count * sizeof *left->size);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        uint32_t a = circuit->element[e].a, k = circuit->element[e].k;
        add_current(left, &circuit->element[e], dd_from(i[e]));
        left->size[a] += fabs(i[e]);
        left->size[k] += fabs(i[e]);
    }
    for (uint32_t node = 0; holds && node < circuit->nodes.count; node++)
        holds = fabs(dd_value(left->sum[node])) <= most + rounding * left->size[node];
    return holds;
}

/* ---- couplings --------------------------------------------------------------------------------------------------- */

/* A sum of voltages, and of currents of branches that are given, by gains. */
static bool is_gain(const struct circuit *circuit, const struct coupling *coupling)
{
    bool is = control_law_is_sum(&coupling->law);
    for (uint32_t c = 0; is && c < coupling->law.n; c++)
        is = coupling->control[c].kind == CONTROL_VOLTAGE ||
             element_holds_voltage(&circuit->element[coupling->control[c].p]);
    return is;
}

bool left_over_is_for(const struct circuit *circuit)
{
    bool is = true;
    for (uint32_t e = 0; is && e < circuit->elements.count; e++) {
        const struct coupling *coupling = circuit_coupling(circuit, e);
        enum element_kind kind = circuit->element[e].kind;
        is = kind != ELEMENT_DIODE && kind != ELEMENT_SWITCH && (!coupling || is_gain(circuit, coupling));
    }
    return is;
}

/* What is given. */
struct coupled_point {
    const double *hi, *lo;  /* [nodes] V */
    const struct dd *held;  /* [elements] A */
};

static struct dd difference(const struct coupled_point *point, uint32_t p, uint32_t q)
{
    return dd_difference(point->hi[p], point->lo[p], point->hi[q], point->lo[q]);
}

/* What a coupling says, V or A. *slope: the sum of magnitudes of how it changes with each voltage that controls it. */
static struct dd coupling_at(struct left_over *left, const struct element *element,
                             const struct coupled_point *point, double *slope)
{
    const struct coupling *coupling = &left->circuit->coupling[element->law];
    for (uint32_t c = 0; c < coupling->law.n; c++) {
        const struct control *control = &coupling->control[c];
        left->control[c] = control->kind == CONTROL_CURRENT ? point->held[control->p]
                                                            : difference(point, control->p, control->q);
    }
    struct dd value = control_law_at(&coupling->law, left->control, left->slope, NULL).value;
    *slope = 0;
    for (uint32_t c = 0; c < coupling->law.n; c++)
        *slope += coupling->control[c].kind == CONTROL_VOLTAGE ? fabs(left->slope[c] * element->value) : 0;
    return dd_mul_double(value, element->value);
}

/* What all elements make of a point. */
struct judged {
    double still;  /* A, twice what flows where nothing does */
    double all;    /* A, magnitudes */
    double slack;  /* V, by which sources and shorts miss their voltages */
    double slopes; /* S, of all currents that follow from voltages */
};

/* The current of element e, at u, A. *missed: V, of a controlled voltage. */
static struct dd judge_element(struct left_over *left, uint32_t e, struct dd u, const struct coupled_point *point,
                               struct judged *judged, double *missed)
{
    const struct element *element = &left->circuit->element[e];
    double slope = 0;
    *missed = 0;
    if (element_is_voltage_defined(element))
        judged->slack += fabs(dd_value(dd_sub_double(u, element_defined_voltage(element))));
    else if (element->kind == ELEMENT_CONTROLLED_VOLTAGE)
        *missed = fabs(dd_value(dd_sub(u, coupling_at(left, element, point, &slope))));
    if (element_holds_voltage(element))
        return point->held[e];
    struct dd i = element->kind == ELEMENT_CONTROLLED_CURRENT ? coupling_at(left, element, point, &slope)
                                                              : current_of(element, u);
    judged->slopes += element->kind == ELEMENT_RESISTOR ? 1 / fabs(element->value) : slope;
    return i;
}

double left_over_find_coupled(struct left_over *left, const double *hi, const double *lo, const struct dd *held,
                              const bool *still, struct dd *current, double *missed)
{
    const struct circuit *circuit = left->circuit;
    const struct coupled_point point = {hi, lo, held};
    struct judged judged = {0, 0, 0, 0};
    memset(left->sum, 0, circuit->nodes.count * sizeof *left->sum);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        uint32_t a = element->a, k = element->k;
        struct dd u = difference(&point, a, k);
        current[e] = judge_element(left, e, u, &point, &judged, &missed[e]);
        if (still[e] && element->kind == ELEMENT_RESISTOR &&
            fabs(dd_value(u)) > 8 * DBL_EPSILON * DBL_EPSILON * (fabs(hi[a]) + fabs(hi[k])))
            return INFINITY;
        judged.still += still[e] ? 2 * fabs(current[e].hi) : 0;
        judged.all += fabs(current[e].hi);
        add_current(left, element, current[e]);
    }
    double total = judged.still + 2 * fine_rounding * judged.all + 4 * judged.slack * judged.slopes;
    for (uint32_t node = 1; node < circuit->nodes.count; node++)
        total += fabs(dd_value(left->sum[node]));
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        double slope = 0;
        if (circuit->element[e].kind == ELEMENT_CONTROLLED_VOLTAGE && judged.slack > 0) {
            coupling_at(left, &circuit->element[e], &point, &slope);
            missed[e] += 2 * judged.slack * (1 + slope);
        }
    }
    return isfinite(total) ? total : INFINITY;
}

void left_over_sizes(const struct left_over *left, const double *i, double *size)
{
    const struct circuit *circuit = left->circuit;
    memset(left->size, 0, circuit->nodes.count * sizeof *left->size);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element_is_voltage_defined(element))
            continue;
        left->size[left->cluster[element->a]] += fabs(i[e]);
        left->size[left->cluster[element->k]] += fabs(i[e]);
    }
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        size[e] = element_is_voltage_defined(element) ? left->size[left->cluster[element->a]] : 0;
    }
}
