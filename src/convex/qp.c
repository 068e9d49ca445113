#include "convex/qp.h"

#include "linear/dense_segments.h"
#include "convex/admits.h"
#include "util/array.h"
#include "util/kernel.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NO_PLACE = -2 };

static int32_t unknown(const struct forest *forest, uint32_t node)
{
    return (int32_t)forest->tree[node] - 1; /* tree 0 is GROUND_UNKNOWN */
}

/* The conductance of an element while none of its knees is passed; 0 for sources and voltage-defined branches. */
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
static bool nonlinear_of(const struct circuit *circuit, const struct forest *forest, const double *offset,
                    const struct element *element, struct nonlinear_branch *branch)
{
    int32_t a = unknown(forest, element->a), k = unknown(forest, element->k);
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
        int32_t a = unknown(forest, element->a), k = unknown(forest, element->k);
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
        if (a == GROUND_UNKNOWN || k == GROUND_UNKNOWN)
            qp->ground[a == GROUND_UNKNOWN ? k : a] += g;
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
    qp->nonlinear = array_new(diodes, sizeof *qp->nonlinear);
    qp->nonlinear_element = array_new(diodes, sizeof *qp->nonlinear_element);
    if (!qp->knee || !qp->element || !qp->nonlinear || !qp->nonlinear_element)
        return false;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        uint32_t count = knees_of(circuit, forest, offset, &circuit->element[e], qp->knee + qp->knees);
        for (uint32_t q = 0; q < count; q++)
            qp->element[qp->knees++] = e;
        if (nonlinear_of(circuit, forest, offset, &circuit->element[e], &qp->nonlinear[qp->nonlinears]))
            qp->nonlinear_element[qp->nonlinears++] = e;
    }
    return true;
}

bool qp_build(struct qp *qp, const struct circuit *circuit, const struct forest *forest, const double *offset)
{
    assert(forest->trees > 0 && forest->nodes == circuit->nodes.count && convex_admits(circuit));
    int32_t n = (int32_t)forest->trees - 1;
    qp->b = array_new((size_t)n, sizeof *qp->b);
    qp->rest = array_new((size_t)n, sizeof *qp->rest);
    qp->injected_magnitude = array_new((size_t)n, sizeof *qp->injected_magnitude);
    qp->floor = array_new((size_t)n, sizeof *qp->floor);
    if (!qp->b || !qp->rest || !qp->injected_magnitude || !qp->floor || !lower_conductances(qp, circuit, forest) ||
        !lower_knees(qp, circuit, forest, offset) || !find_drivers(qp, circuit, forest)) {
        qp_free(qp);
        return false;
    }
    lower_currents(qp, circuit, forest, offset);
    qp->version++;
    return true;
}

void qp_update(struct qp *qp, const struct circuit *circuit, const struct forest *forest, const double *offset)
{
    lower_currents(qp, circuit, forest, offset);
    for (uint32_t q = 0; q < qp->knees;)
        q += knees_of(circuit, forest, offset, &circuit->element[qp->element[q]], qp->knee + q);
    for (uint32_t q = 0; q < qp->nonlinears; q++)
        nonlinear_of(circuit, forest, offset, &circuit->element[qp->nonlinear_element[q]], &qp->nonlinear[q]);
}

static struct qp_place find_place(const struct laplacian *L, const struct forest *forest, const struct element *element)
{
    int32_t a = unknown(forest, element->a), k = unknown(forest, element->k);
    if (a == k || a == GROUND_UNKNOWN || k == GROUND_UNKNOWN)
        return (struct qp_place){-1, a == k ? -1 : a == GROUND_UNKNOWN ? k : a};
    struct qp_place place = {laplacian_find(L, a, k), laplacian_find(L, k, a)};
    return L->i[place.ij] == a && L->i[place.ji] == k ? place : (struct qp_place){NO_PLACE, NO_PLACE};
}

/* Do the nodes of a run belong to neighbouring unknowns? */
static bool is_even(const struct forest *forest, const struct fan *fan)
{
    int32_t first = unknown(forest, fan->moving);
    for (uint32_t q = 0; q < fan->length; q++)
        if (unknown(forest, fan->moving + q) != first + (int32_t)q)
            return false;
    return first != GROUND_UNKNOWN;
}

/* Where the resistors of a run stand. taken [entries of L]: by a straight span before. */
static struct qp_span find_span(const struct qp *qp, const struct forest *forest, const struct fan *fan,
                                bool *taken)
{
    struct qp_span span = {fan->begin, fan->length, unknown(forest, fan->still), unknown(forest, fan->moving), -1};
    int32_t length = (int32_t)fan->length;
    if (qp->segments.count == 0 || !is_even(forest, fan))
        return span;
    if (span.column == GROUND_UNKNOWN) {
        span.at = 0;
        return span;
    }
    int32_t at = laplacian_find(&qp->L, span.row, span.column);
    if (!dense_segments_hold(&qp->segments, span.column, span.row, length) || memchr(taken + at, true, fan->length))
        return span;
    memset(taken + at, true, fan->length);
    span.at = at;
    return span;
}

static bool find_spans(struct qp *qp, const struct element_tables *tables, const struct forest *forest)
{
    bool *taken = array_new((size_t)qp->L.p[qp->L.n], sizeof *taken);
    qp->span = array_new((size_t)tables->fans + 1, sizeof *qp->span);
    bool done = taken && qp->span;
    for (uint32_t r = 0; done && r < tables->fans; r++)
        qp->span[qp->spans++] = find_span(qp, forest, &tables->fan[r], taken);
    if (done && tables->fans == 0)
        qp->span[qp->spans++] = (struct qp_span){0, tables->resistors, GROUND_UNKNOWN, GROUND_UNKNOWN, -1};
    free(taken);
    return done;
}

/* False when memory is out. */
static bool find_places(struct qp *qp, const struct circuit *circuit, const struct element_tables *tables,
                        const struct forest *forest)
{
    if (qp->place)
        return true;
    qp->place = array_new(circuit->elements.count, sizeof *qp->place);
    qp->beside = array_new((size_t)qp->L.n, sizeof *qp->beside);
    if (!qp->place || !qp->beside || !find_spans(qp, tables, forest))
        return false;
    for (uint32_t s = 0; s < qp->spans; s++) {
        const struct qp_span *span = &qp->span[s];
        for (uint32_t r = span->begin; span->at < 0 && r < span->begin + span->length; r++)
            qp->place[r] = find_place(&qp->L, forest, &circuit->element[tables->resistor[r]]);
    }
    for (uint32_t q = 0; q < tables->others; q++)
        qp->place[tables->resistors + q] = find_place(&qp->L, forest, &circuit->element[tables->other[q]]);
    return true;
}

/* All entries off the diagonal to 0, but those that the straight spans set. */
static void clear_conductances(struct qp *qp, const struct element_tables *tables)
{
    struct laplacian *L = &qp->L;
    memset(qp->beside, 0, (size_t)L->n * sizeof *qp->beside);
    memset(qp->ground, 0, (size_t)L->n * sizeof *qp->ground);
    if (qp->segments.count == 0) {
        memset(L->x, 0, (size_t)L->p[L->n] * sizeof *L->x);
        return;
    }
    for (uint32_t s = 0; s <= qp->spans; s++) {
        uint32_t begin = s < qp->spans ? qp->span[s].begin : tables->resistors;
        uint32_t length = s == qp->spans ? tables->others : qp->span[s].at < 0 ? qp->span[s].length : 0;
        for (uint32_t q = begin; q < begin + length; q++)
            if (qp->place[q].ij >= 0)
                L->x[qp->place[q].ij] = L->x[qp->place[q].ji] = 0;
    }
}

/* The conductances of a straight span; *sum: of all. */
KERNEL
static void lay_span(const double *restrict resistance, uint32_t length, double *restrict x, double *restrict beside,
                     double *sum)
{
    double total = 0;
#pragma omp simd reduction(+ : total)
    for (uint32_t q = 0; q < length; q++) {
        double g = 1 / resistance[q];
        x[q] = -g;
        beside[q] += g;
        total += g;
    }
    *sum += total;
}

KERNEL
static void lay_to_ground(const double *restrict resistance, uint32_t length, double *restrict ground)
{
    for (uint32_t q = 0; q < length; q++)
        ground[q] += 1 / resistance[q];
}

/* False where a conductance has no place. */
static inline bool add_conductance(struct qp *qp, struct qp_place place, double g)
{
    if (place.ij >= 0) {
        qp->L.x[place.ij] -= g;
        qp->L.x[place.ji] -= g;
        qp->beside[qp->L.i[place.ij]] += g;
        qp->beside[qp->L.i[place.ji]] += g;
    } else if (place.ji >= 0) {
        qp->ground[place.ji] += g;
    }
    return place.ij != NO_PLACE || g == 0;
}

static bool add_conductances(struct qp *qp, const struct circuit *circuit, const struct element_tables *tables)
{
    bool placed = true;
    for (uint32_t s = 0; s < qp->spans; s++) {
        const struct qp_span *span = &qp->span[s];
        const double *resistance = tables->resistance + span->begin;
        if (span->at >= 0 && span->column == GROUND_UNKNOWN)
            lay_to_ground(resistance, span->length, qp->ground + span->row);
        else if (span->at >= 0)
            lay_span(resistance, span->length, qp->L.x + span->at, qp->beside + span->row, &qp->beside[span->column]);
    }
    for (uint32_t s = 0; s < qp->spans; s++)
        for (uint32_t q = 0; qp->span[s].at < 0 && q < qp->span[s].length; q++) {
            uint32_t r = qp->span[s].begin + q;
            placed &= add_conductance(qp, qp->place[r], 1 / tables->resistance[r]);
        }
    for (uint32_t q = 0; q < tables->others; q++) {
        double g = plain_conductance(circuit, &circuit->element[tables->other[q]]);
        placed &= add_conductance(qp, qp->place[tables->resistors + q], g);
    }
    return placed;
}

bool qp_revalue(struct qp *qp, const struct circuit *circuit, const struct element_tables *tables,
                const struct forest *forest, const double *offset)
{
    struct laplacian *L = &qp->L;
    uint32_t knees = 0;
    if (!find_places(qp, circuit, tables, forest))
        return false;
    clear_conductances(qp, tables);
    if (!add_conductances(qp, circuit, tables))
        return false;
    for (int32_t j = 0; j < L->n; j++)
        L->x[L->d[j]] = qp->ground[j] + qp->beside[j];
    qp->upper_stale = qp->segments.count > 0;
    qp->version++;
    for (uint32_t q = 0; q < tables->diodes; q++) {
        struct knee unused[2];
        knees += knees_of(circuit, forest, offset, &circuit->element[tables->diode[q]], unused);
    }
    if (knees != qp->knees)
        return false;
    qp_update(qp, circuit, forest, offset);
    return true;
}

static void forget_places(struct qp *qp)
{
    free(qp->place);
    free(qp->span);
    free(qp->beside);
    qp->place = NULL;
    qp->span = NULL;
    qp->beside = NULL;
    qp->spans = 0;
}

bool qp_find_segments(struct qp *qp)
{
    if (qp->segments.count == 0)
        forget_places(qp);
    return qp->segments.count > 0 || dense_segments_build(&qp->segments, &qp->L);
}

void qp_complete(struct qp *qp)
{
    if (qp->upper_stale)
        dense_segments_mirror(&qp->segments, &qp->L);
    qp->upper_stale = false;
}

void qp_free(struct qp *qp)
{
    laplacian_free(&qp->L);
    dense_segments_free(&qp->segments);
    free(qp->ground);
    free(qp->b);
    free(qp->rest);
    free(qp->injected_magnitude);
    free(qp->floor);
    free(qp->knee);
    free(qp->element);
    free(qp->nonlinear);
    free(qp->nonlinear_element);
    free(qp->driven);
    forget_places(qp);
    *qp = (struct qp){0};
}
