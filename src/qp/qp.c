#include "qp/qp.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int32_t unknown(const struct forest *forest, uint32_t node)
{
    return (int32_t)forest->tree[node] - 1; /* tree 0 is QP_GROUND */
}

/* The conductance of an element while none of its knees is passed; 0 for sources and stiff branches. */
static double plain_conductance(const struct circuit *circuit, const struct element *element)
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

/* The knees of a diode between two supernodes, forward then reverse; their number. */
static uint32_t knees_of(const struct circuit *circuit, const struct forest *forest, const double *offset,
                         const struct element *element, struct knee knee[2])
{
    uint32_t n = 0;
    int32_t a = unknown(forest, element->a), k = unknown(forest, element->k);
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
static bool bend_of(const struct circuit *circuit, const struct forest *forest, const double *offset,
                    const struct element *element, struct bend *bend)
{
    int32_t a = unknown(forest, element->a), k = unknown(forest, element->k);
    if (element->kind != ELEMENT_DIODE || a == k || !circuit->law[element->law].curve)
        return false;
    *bend = (struct bend){a, k, offset[element->a] - offset[element->k], element->value, circuit->law[element->law].curve};
    return true;
}

double bend_voltage(const struct bend *bend, const double *x)
{
    double i = bend->i == QP_GROUND ? 0 : x[bend->i], j = bend->j == QP_GROUND ? 0 : x[bend->j];
    return i - j + bend->c;
}

static void add_current(struct qp *qp, int32_t i, double current, double scale)
{
    if (i == QP_GROUND)
        return;
    qp->b[i] += current;
    qp->drive[i] += fabs(current);
    qp->floor[i] += scale;
}

/* Currents into the supernodes at x = 0: from current sources, and through conductances by the offsets. */
static void lower_currents(struct qp *qp, const struct circuit *circuit, const struct forest *forest, const double *offset)
{
    memset(qp->b, 0, (size_t)qp->L.n * sizeof *qp->b);
    memset(qp->drive, 0, (size_t)qp->L.n * sizeof *qp->drive);
    memset(qp->floor, 0, (size_t)qp->L.n * sizeof *qp->floor);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        int32_t a = unknown(forest, element->a), k = unknown(forest, element->k);
        if (a == k)
            continue;
        double current = element->value, scale = 0;
        if (element->kind != ELEMENT_ISOURCE) {
            if (offset[element->a] == 0 && offset[element->k] == 0)
                continue;
            double g = plain_conductance(circuit, element);
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
    qp->ground = array_new((size_t)n, sizeof *qp->ground);
    for (uint32_t e = 0; e < elements && qp->ground; e++) {
        const struct element *element = &circuit->element[e];
        int32_t a = unknown(forest, element->a), k = unknown(forest, element->k);
        double g = plain_conductance(circuit, element);
        if (g == 0 || a == k)
            continue;
        edge[m++] = (struct conductance){a, k, g};
        if (a == QP_GROUND || k == QP_GROUND)
            qp->ground[a == QP_GROUND ? k : a] += g;
    }
    bool done = qp->ground && laplacian_build(&qp->L, n, edge, m);
    free(edge);
    return done;
}

static bool lower_knees(struct qp *qp, const struct circuit *circuit, const struct forest *forest, const double *offset)
{
    size_t diodes = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        diodes += circuit->element[e].kind == ELEMENT_DIODE;
    qp->knee = array_new(diodes * 2, sizeof *qp->knee);
    qp->element = array_new(diodes * 2, sizeof *qp->element);
    qp->bend = array_new(diodes, sizeof *qp->bend);
    qp->bend_element = array_new(diodes, sizeof *qp->bend_element);
    if (!qp->knee || !qp->element || !qp->bend || !qp->bend_element)
        return false;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        uint32_t count = knees_of(circuit, forest, offset, &circuit->element[e], qp->knee + qp->knees);
        for (uint32_t q = 0; q < count; q++)
            qp->element[qp->knees++] = e;
        if (bend_of(circuit, forest, offset, &circuit->element[e], &qp->bend[qp->bends]))
            qp->bend_element[qp->bends++] = e;
    }
    return true;
}

bool qp_build(struct qp *qp, const struct circuit *circuit, const struct forest *forest, const double *offset)
{
    int32_t n = (int32_t)forest->trees - 1;
    qp->b = array_new((size_t)n, sizeof *qp->b);
    qp->drive = array_new((size_t)n, sizeof *qp->drive);
    qp->floor = array_new((size_t)n, sizeof *qp->floor);
    if (!qp->b || !qp->drive || !qp->floor || !lower_conductances(qp, circuit, forest) ||
        !lower_knees(qp, circuit, forest, offset)) {
        qp_free(qp);
        return false;
    }
    lower_currents(qp, circuit, forest, offset);
    return true;
}

void qp_update(struct qp *qp, const struct circuit *circuit, const struct forest *forest, const double *offset)
{
    lower_currents(qp, circuit, forest, offset);
    for (uint32_t q = 0; q < qp->knees;)
        q += knees_of(circuit, forest, offset, &circuit->element[qp->element[q]], qp->knee + q);
    for (uint32_t q = 0; q < qp->bends; q++)
        bend_of(circuit, forest, offset, &circuit->element[qp->bend_element[q]], &qp->bend[q]);
}

/* Find where each conductance stands. False when memory is out, or one has no place. */
static bool find_places(struct qp *qp, const struct circuit *circuit, const struct forest *forest)
{
    const struct laplacian *L = &qp->L;
    if (qp->place)
        return true;
    qp->place = array_new(circuit->elements.count, sizeof *qp->place);
    for (uint32_t e = 0; qp->place && e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        int32_t a = unknown(forest, element->a), k = unknown(forest, element->k);
        qp->place[e] = (struct qp_place){-1, -1};
        if (a == k || a == QP_GROUND || k == QP_GROUND || plain_conductance(circuit, element) == 0)
            continue;
        struct qp_place place = {laplacian_find(L, a, k), laplacian_find(L, k, a)};
        if (L->i[place.ij] != a || L->i[place.ji] != k)
            return false;
        qp->place[e] = place;
    }
    return qp->place;
}

static void fill_diagonal(struct laplacian *L, const double *ground)
{
    for (int32_t j = 0; j < L->n; j++) {
        int32_t diagonal = laplacian_find(L, j, j);
        double sum = ground[j];
        for (int32_t q = L->p[j]; q < L->p[j + 1]; q++)
            sum -= q == diagonal ? 0 : L->x[q];
        L->x[diagonal] = sum;
    }
}

bool qp_revalue(struct qp *qp, const struct circuit *circuit, const struct forest *forest, const double *offset)
{
    struct laplacian *L = &qp->L;
    uint32_t knees = 0;
    if (!find_places(qp, circuit, forest))
        return false;
    memset(L->x, 0, (size_t)L->p[L->n] * sizeof *L->x);
    memset(qp->ground, 0, (size_t)L->n * sizeof *qp->ground);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        struct knee unused[2];
        double g = plain_conductance(circuit, element);
        if (element->kind == ELEMENT_DIODE)
            knees += knees_of(circuit, forest, offset, element, unused);
        if (qp->place[e].ij >= 0) {
            L->x[qp->place[e].ij] -= g;
            L->x[qp->place[e].ji] -= g;
        } else if (g != 0) {
            int32_t a = unknown(forest, element->a), k = unknown(forest, element->k);
            if (a != k && a != QP_GROUND && k != QP_GROUND)
                return false;
            if (a != k)
                qp->ground[a == QP_GROUND ? k : a] += g;
        }
    }
    fill_diagonal(L, qp->ground);
    if (knees != qp->knees)
        return false;
    qp_update(qp, circuit, forest, offset);
    return true;
}

void qp_free(struct qp *qp)
{
    laplacian_free(&qp->L);
    free(qp->ground);
    free(qp->b);
    free(qp->drive);
    free(qp->floor);
    free(qp->knee);
    free(qp->element);
    free(qp->bend);
    free(qp->bend_element);
    free(qp->place);
    *qp = (struct qp){0};
}
