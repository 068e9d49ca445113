#include "convex/qp_parts.h"

#include "convex/admits.h"
#include "util/array.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

double qp_conductance(const struct circuit *circuit, const struct element *element)
{
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
        return 1 / element->value;
    case ELEMENT_DIODE:
        return element->value * circuit->law[element->law].g_off;
    default:
        return 0;
    }
}

uint32_t qp_knees(const struct circuit *circuit, const struct forest *forest, const double *offset,
                  const struct element *element, struct knee knee[2])
{
    uint32_t n = 0;
    int32_t a = forest_unknown(forest, element->a), k = forest_unknown(forest, element->k);
    if (element->kind != ELEMENT_DIODE || a == k)
        return 0;
    const struct law *law = &circuit->law[element->law];
    double shift = offset[element->a] - offset[element->k]; /* u = x_a - x_k + shift */
    if (law->g_on != law->g_off)
        knee[n++] = (struct knee){a, k, law->v_fwd - shift, element->value * (law->g_on - law->g_off)};
    if (law->g_rev != law->g_off && !isinf(law->v_rev))
        knee[n++] = (struct knee){k, a, law->v_rev + shift, element->value * (law->g_rev - law->g_off)};
    return n;
}

/* The curved part of a law; false: there is none. */
static bool nonlinear_of(const struct circuit *circuit, const struct forest *forest, const double *offset,
                    const struct element *element, struct nonlinear_branch *branch)
{
    int32_t a = forest_unknown(forest, element->a), k = forest_unknown(forest, element->k);
    if (element->kind != ELEMENT_DIODE || a == k || !circuit->law[element->law].curve)
        return false;
    *branch = (struct nonlinear_branch){a, k, offset[element->a] - offset[element->k], element->value,
                                        circuit->law[element->law].curve};
    return true;
}

double nonlinear_voltage(const struct nonlinear_branch *branch, const double *x)
{
    double i = branch->i == GROUND_UNKNOWN ? 0 : x[branch->i], j = branch->j == GROUND_UNKNOWN ? 0 : x[branch->j];
    return i - j + branch->c;
}

static void add_current(struct qp *qp, int32_t i, double current, double scale)
{
    if (i == GROUND_UNKNOWN)
        return;
    add_exactly(&qp->b[i], &qp->rest[i], current);
    qp->injected_magnitude[i] += fabs(current);
    qp->floor[i] += scale;
}

/* Find the elements that currents at x = 0 come from. A tree of one node has no offset. False when memory is out. */
static bool find_drivers(struct qp *qp, const struct circuit *circuit, const struct forest *forest)
{
    uint32_t *size = array_new(forest->trees, sizeof *size); /* nodes of each tree */
    qp->driven = array_new(circuit->elements.count, sizeof *qp->driven);
    bool done = size && qp->driven;
    for (uint32_t node = 0; done && node < forest->nodes; node++)
        size[forest->tree[node]]++;
    for (uint32_t e = 0; done && e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        uint32_t a = forest->tree[element->a], k = forest->tree[element->k];
        if (a != k && (element->kind == ELEMENT_ISOURCE || size[a] > 1 || size[k] > 1))
            qp->driven[qp->drivers++] = e;
    }
    free(size);
    uint32_t *fitting = done ? realloc(qp->driven, (qp->drivers + 1) * sizeof *fitting) : NULL;
    qp->driven = fitting ? fitting : qp->driven;
    return done;
}

/* Currents into the supernodes at x = 0: from current sources, and through conductances by the offsets. */
static void lower_currents(struct qp *qp, const struct circuit *circuit, const struct forest *forest,
                           const double *offset)
{
    memset(qp->b, 0, (size_t)qp->L.n * sizeof *qp->b);
    memset(qp->rest, 0, (size_t)qp->L.n * sizeof *qp->rest);
    memset(qp->injected_magnitude, 0, (size_t)qp->L.n * sizeof *qp->injected_magnitude);
    memset(qp->floor, 0, (size_t)qp->L.n * sizeof *qp->floor);
    for (uint32_t q = 0; q < qp->drivers; q++) {
        const struct element *element = &circuit->element[qp->driven[q]];
        int32_t a = forest_unknown(forest, element->a), k = forest_unknown(forest, element->k);
        double current = element->value, scale = 0;
        if (element->kind != ELEMENT_ISOURCE) {
            if (offset[element->a] == 0 && offset[element->k] == 0)
                continue;
            double g = qp_conductance(circuit, element);
            if (g == 0)
                continue;
            current = g * (offset[element->a] - offset[element->k]);
            scale = g * fmax(fabs(offset[element->a]), fabs(offset[element->k]));
        }
        add_current(qp, a, -current, scale);
        add_current(qp, k, current, scale);
    }
}

static bool lower_conductances(struct qp *qp, const struct circuit *circuit, const struct forest *forest)
{
    uint32_t elements = circuit->elements.count;
    int32_t n = (int32_t)forest->trees - 1;
    size_t m = 0;
    struct conductance *edge = array_new(elements, sizeof *edge);
    if (!edge)
        return false;
    for (uint32_t e = 0; e < elements; e++) {
        const struct element *element = &circuit->element[e];
        int32_t a = forest_unknown(forest, element->a), k = forest_unknown(forest, element->k);
        double g = qp_conductance(circuit, element);
        if (g == 0 || a == k)
            continue;
        edge[m++] = (struct conductance){a, k, g};
        if (a == GROUND_UNKNOWN || k == GROUND_UNKNOWN)
            qp->ground[a == GROUND_UNKNOWN ? k : a] += g;
    }
    bool done = laplacian_build(&qp->L, n, edge, m);
    free(edge);
    return done;
}

static bool allocate(struct qp *qp, const struct circuit *circuit, size_t n)
{
    size_t diodes = circuit_diodes(circuit);
    const struct array_request request[] = {
        {&qp->ground, n, sizeof *qp->ground},
        {&qp->b, n, sizeof *qp->b},
        {&qp->rest, n, sizeof *qp->rest},
        {&qp->injected_magnitude, n, sizeof *qp->injected_magnitude},
        {&qp->floor, n, sizeof *qp->floor},
        {&qp->knee, diodes * 2, sizeof *qp->knee},
        {&qp->element, diodes * 2, sizeof *qp->element},
        {&qp->nonlinear, diodes, sizeof *qp->nonlinear},
        {&qp->nonlinear_element, diodes, sizeof *qp->nonlinear_element},
    };
    qp->block = arrays_new(request, sizeof request / sizeof *request);
    return qp->block;
}

static void lower_knees(struct qp *qp, const struct circuit *circuit, const struct forest *forest, const double *offset)
{
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        uint32_t count = qp_knees(circuit, forest, offset, &circuit->element[e], qp->knee + qp->knees);
        for (uint32_t q = 0; q < count; q++)
            qp->element[qp->knees++] = e;
        if (nonlinear_of(circuit, forest, offset, &circuit->element[e], &qp->nonlinear[qp->nonlinears]))
            qp->nonlinear_element[qp->nonlinears++] = e;
    }
}

bool qp_build(struct qp *qp, const struct circuit *circuit, const struct forest *forest, const double *offset)
{
    assert(forest->trees > 0 && forest->nodes == circuit->nodes.count && convex_admits(circuit));
    if (!allocate(qp, circuit, forest->trees - 1) || !lower_conductances(qp, circuit, forest) ||
        !find_drivers(qp, circuit, forest)) {
        qp_free(qp);
        return false;
    }
    lower_knees(qp, circuit, forest, offset);
    lower_currents(qp, circuit, forest, offset);
    qp->version++;
    return true;
}

void qp_update(struct qp *qp, const struct circuit *circuit, const struct forest *forest, const double *offset)
{
    lower_currents(qp, circuit, forest, offset);
    for (uint32_t q = 0; q < qp->knees;)
        q += qp_knees(circuit, forest, offset, &circuit->element[qp->element[q]], qp->knee + q);
    for (uint32_t q = 0; q < qp->nonlinears; q++)
        nonlinear_of(circuit, forest, offset, &circuit->element[qp->nonlinear_element[q]], &qp->nonlinear[q]);
}

void qp_free(struct qp *qp)
{
    laplacian_free(&qp->L);
    dense_segments_free(&qp->segments);
    qp_forget_places(qp);
    free(qp->driven);
    free(qp->block);
    *qp = (struct qp){0};
}
