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
    void *block;
};

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
    return fabs(dd_value(dd_sub_double(u, element_defined_voltage(element)))) <= 8 * DBL_EPSILON * DBL_EPSILON * magnitude;
}

double left_over_find(struct left_over *left, const double *hi, const double *lo)
{
    const double rounding = 64 * DBL_EPSILON * DBL_EPSILON; /* of a quotient, and of sums of some */
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
    total += rounding * all * 2;
    return isfinite(total) ? total : INFINITY;
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
        left->sum[a] = dd_sub(left->sum[a], dd_from(i[e]));
        left->sum[k] = dd_add(left->sum[k], dd_from(i[e]));
        left->size[a] += fabs(i[e]);
        left->size[k] += fabs(i[e]);
    }
    for (uint32_t node = 0; holds && node < circuit->nodes.count; node++)
        holds = fabs(dd_value(left->sum[node])) <= most + rounding * left->size[node];
    return holds;
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
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        size[e] = element_is_voltage_defined(&circuit->element[e]) ? left->size[left->cluster[circuit->element[e].a]] : 0;
}
