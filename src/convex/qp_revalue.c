/* Other values in a program that is there: each conductance in its place, dense layers in straight spans. */
#include "convex/qp_parts.h"

#include "util/array.h"
#include "util/kernel.h"
#include <stdlib.h>
#include <string.h>

enum { NO_PLACE = -2 };

static struct qp_place find_place(const struct laplacian *L, const struct forest *forest, const struct element *element)
{
    int32_t a = forest_unknown(forest, element->a), k = forest_unknown(forest, element->k);
    if (a == k || a == GROUND_UNKNOWN || k == GROUND_UNKNOWN)
        return (struct qp_place){-1, a == k ? -1 : a == GROUND_UNKNOWN ? k : a};
    struct qp_place place = {laplacian_find(L, a, k), laplacian_find(L, k, a)};
    return L->i[place.ij] == a && L->i[place.ji] == k ? place : (struct qp_place){NO_PLACE, NO_PLACE};
}

/* Do the nodes of a run belong to neighbouring unknowns? */
static bool is_even(const struct forest *forest, const struct fan *fan)
{
    int32_t first = forest_unknown(forest, fan->moving);
    for (uint32_t q = 0; q < fan->length; q++)
        if (forest_unknown(forest, fan->moving + q) != first + (int32_t)q)
            return false;
    return first != GROUND_UNKNOWN;
}

/* Where the resistors of a run stand. taken [entries of L]: by a straight span before. */
static struct qp_span find_span(const struct qp *qp, const struct forest *forest, const struct fan *fan,
                                bool *taken)
{
    struct qp_span span = {.begin = fan->begin,
                           .length = fan->length,
                           .column = forest_unknown(forest, fan->still),
                           .row = forest_unknown(forest, fan->moving),
                           .at = -1};
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
        double g = qp_conductance(circuit, &circuit->element[tables->other[q]]);
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
        knees += qp_knees(circuit, forest, offset, &circuit->element[tables->diode[q]], unused);
    }
    if (knees != qp->knees)
        return false;
    qp_update(qp, circuit, forest, offset);
    return true;
}

void qp_forget_places(struct qp *qp)
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
        qp_forget_places(qp);
    return qp->segments.count > 0 || dense_segments_build(&qp->segments, &qp->L);
}

void qp_complete(struct qp *qp)
{
    if (qp->upper_stale)
        dense_segments_mirror(&qp->segments, &qp->L);
    qp->upper_stale = false;
}
