/* All that is claimed is computed with a bound on its rounding: sums of m terms are within (m + 8) eps of the sum of
 * their magnitudes. The inverse and the weights are not, and need not be.
 *
 * Slopes are taken one by one, A = sum of s (e_row - e_other)(e_column - e_minus)', s in [c - r, c + r]: Y (e_row -
 * e_other) is small where s is large, which products of whole matrices would not see. */
#include "isolation/contraction.h"

#include "util/array.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

struct contraction {
    uint32_t n;          /* unknowns of the present part */
    uint32_t *row_place; /* [unknowns] place of an equation in the part, or BOX_NONE */
    uint32_t *place;     /* [unknowns] of an unknown */
    double *matrix;      /* [n x n] column by column */
    double *inverse;     /* [n x n] Y, column by column: of each equation */
    double *rest;        /* [n x n] column by column, at least |I - Y middle of A| */
    double *wide;        /* [n x spans] at least |Y (e_row - e_other)| r of slopes that are not known exactly, which */
    struct span {        /* multiplies what these two unknowns of the part, or one, are off by */
        uint32_t column, minus;
    } *span;             /* [spans] */
    size_t spans, span_capacity, wide_capacity;
    bool no_memory;
    double *residual;    /* [n] at least |Y F| at the point, with what the parts before it are off by */
    double *sum, *size;  /* [n] of that */
    double *weight, *image, *column; /* [n] */
    uint32_t *pivot;     /* [n] */
    void *arrays;
};

/* Slopes that are known to this, of themselves, are with what is rounded. */
static const double slope_rounding = 16 * DBL_EPSILON;

/* A sum of m terms, rounded up, of the terms' magnitudes. */
static double grown(double sum, size_t m)
{
    return sum * (1 + ((double)m + 8) * DBL_EPSILON) + (double)m * DBL_MIN;
}

static double middle_of(struct interval x)
{
    return x.low / 2 + x.high / 2;
}

/* How far the ends of x are from c. */
static double spread(struct interval x, double c)
{
    return x.low == c && x.high == c ? 0 : grown(fmax(x.high - c, c - x.low), 1);
}

static uint32_t place_in(const uint32_t *place, uint32_t number)
{
    return number == BOX_NONE ? BOX_NONE : place[number];
}

/* ---- the inverse ------------------------------------------------------------------------------------------------- */

static void add_entry(struct contraction *work, uint32_t row, uint32_t column, double c)
{
    if (row != BOX_NONE && column != BOX_NONE)
        work->matrix[(size_t)column * work->n + row] += c;
}

static void assemble(struct contraction *work, const struct box *box, const struct strong_parts *parts, uint32_t part)
{
    size_t n = work->n;
    for (size_t q = 0; q < n * n; q++)
        work->matrix[q] = 0;
    for (uint32_t k = parts->slope_start[part]; k < parts->slope_start[part + 1]; k++) {
        const struct box_slope *slope = &box->slope[parts->slope[k]];
        uint32_t row = place_in(work->row_place, slope->row), other = place_in(work->row_place, slope->other);
        uint32_t column = place_in(work->place, slope->column), minus = place_in(work->place, slope->minus);
        double c = middle_of(slope->slope);
        add_entry(work, row, column, c);
        add_entry(work, row, minus, -c);
        add_entry(work, other, column, -c);
        add_entry(work, other, minus, c);
    }
}

static void exchange(double *x, double *y)
{
    double kept = *x;
    *x = *y;
    *y = kept;
}

static void scale_rows(struct contraction *work, double *scale)
{
    size_t n = work->n;
    for (size_t i = 0; i < n; i++) {
        double most = 0;
        for (size_t j = 0; j < n; j++)
            most = fmax(most, fabs(work->matrix[j * n + i]));
        scale[i] = most > 0 ? 1 / most : 1;
        for (size_t j = 0; j < n; j++)
            work->matrix[j * n + i] *= scale[i];
    }
}

/* Exchange rows so that the largest entry of column k from row k on is its pivot. */
static double choose_pivot(struct contraction *work, size_t k)
{
    size_t n = work->n, best = k;
    for (size_t i = k; i < n; i++)
        if (fabs(work->matrix[k * n + i]) > fabs(work->matrix[k * n + best]))
            best = i;
    work->pivot[k] = (uint32_t)best;
    for (size_t j = 0; best != k && j < n; j++)
        exchange(&work->matrix[j * n + k], &work->matrix[j * n + best]);
    return work->matrix[k * n + k];
}

/* Gauss and Jordan's method, in place, with row scales and pivots. False: singular. */
static bool invert(struct contraction *work)
{
    size_t n = work->n;
    double *matrix = work->matrix, *scale = work->column, *factor = work->image;
    scale_rows(work, scale);
    for (size_t k = 0; k < n; k++) {
        double pivot = choose_pivot(work, k);
        if (!(fabs(pivot) > 0) || !isfinite(pivot))
            return false;
        for (size_t i = 0; i < n; i++) {
            factor[i] = i == k ? 0 : matrix[k * n + i] / pivot;
            matrix[k * n + i] = i == k ? 1 : 0;
        }
        for (size_t j = 0; j < n; j++) {
            double *at = matrix + j * n, by = at[k];
            if (by == 0)
                continue;
            for (size_t i = 0; i < n; i++)
                at[i] -= factor[i] * by;
            at[k] = by / pivot;
        }
    }
    for (size_t k = n; k-- > 0;)
        for (size_t i = 0; work->pivot[k] != k && i < n; i++)
            exchange(&matrix[k * n + i], &matrix[(size_t)work->pivot[k] * n + i]);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            work->inverse[j * n + i] = matrix[j * n + i] * scale[j];
    return true;
}

/* ---- bounds ------------------------------------------------------------------------------------------------------ */

/* y = Y (e_row - e_other) [n] */
static void respond(const struct contraction *work, uint32_t row, uint32_t other, double *y)
{
    const double *one = row == BOX_NONE ? NULL : work->inverse + (size_t)row * work->n;
    const double *two = other == BOX_NONE ? NULL : work->inverse + (size_t)other * work->n;
    for (uint32_t i = 0; i < work->n; i++)
        y[i] = (one ? one[i] : 0) - (two ? two[i] : 0);
}

static void add_column(struct contraction *work, uint32_t column, double c)
{
    if (column == BOX_NONE)
        return;
    double *product = work->matrix + (size_t)column * work->n, *size = work->rest + (size_t)column * work->n;
    for (uint32_t i = 0; i < work->n; i++) {
        product[i] += work->column[i] * c;
        size[i] += fabs(work->column[i] * c);
    }
}

static bool add_span(struct contraction *work, uint32_t column, uint32_t minus, double r)
{
    size_t n = work->n;
    if (!isfinite(r))
        return false;
    work->no_memory = !array_reserve(&work->span, &work->span_capacity, work->spans + 1, sizeof *work->span) ||
                      !array_reserve(&work->wide, &work->wide_capacity, (work->spans + 1) * n, sizeof *work->wide);
    if (work->no_memory)
        return false;
    for (size_t i = 0; i < n; i++)
        work->wide[work->spans * n + i] = grown(fabs(work->column[i]) * r, 2);
    work->span[work->spans++] = (struct span){column, minus};
    return true;
}

/* Is the unknown one of this part, or of one before it? */
static bool is_known(const struct strong_parts *parts, uint32_t part, uint32_t column)
{
    return column == BOX_NONE || (uint32_t)parts->form.block[column] <= part;
}

/* |I - Y A| in pieces: rest, of the middles of slopes, and spans. False: a slope is unbounded, an unknown comes from a
 * later part, or memory is out. */
static bool bound_slopes(struct contraction *work, const struct box *box, const struct strong_parts *parts,
                         uint32_t part)
{
    size_t n = work->n, terms = 2 * ((size_t)parts->slope_start[part + 1] - parts->slope_start[part]);
    for (size_t q = 0; q < n * n; q++)
        work->matrix[q] = work->rest[q] = 0;
    work->spans = 0;
    for (uint32_t k = parts->slope_start[part]; k < parts->slope_start[part + 1]; k++) {
        const struct box_slope *slope = &box->slope[parts->slope[k]];
        uint32_t column = place_in(work->place, slope->column), minus = place_in(work->place, slope->minus);
        double c = middle_of(slope->slope);
        if (!is_known(parts, part, slope->column) || !is_known(parts, part, slope->minus) || !isfinite(c))
            return false;
        respond(work, place_in(work->row_place, slope->row), place_in(work->row_place, slope->other), work->column);
        add_column(work, column, c);
        add_column(work, minus, -c);
        bool is_wide = spread(slope->slope, c) > slope_rounding * fabs(c);
        if (is_wide && (column != BOX_NONE || minus != BOX_NONE) &&
            !add_span(work, column, minus, spread(slope->slope, c)))
            return false;
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            double one = i == j, unknown = (double)(terms + 8) * DBL_EPSILON + slope_rounding;
            double rounding = unknown * (work->rest[j * n + i] + one);
            work->rest[j * n + i] = grown(fabs(one - work->matrix[j * n + i]) + rounding, terms);
        }
    return true;
}

/* image = at least |I - Y A| weight */
static void apply(const struct contraction *work, const double *weight, double *image)
{
    size_t n = work->n;
    for (size_t i = 0; i < n; i++)
        image[i] = 0;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; weight[j] > 0 && i < n; i++)
            image[i] += work->rest[j * n + i] * weight[j];
    for (size_t s = 0; s < work->spans; s++) {
        const struct span *span = &work->span[s];
        double off = (span->column == BOX_NONE ? 0 : weight[span->column]) +
                     (span->minus == BOX_NONE ? 0 : weight[span->minus]);
        for (size_t i = 0; i < n; i++)
            image[i] += work->wide[s * n + i] * off;
    }
    for (size_t i = 0; i < n; i++)
        image[i] = grown(image[i], n + 2 * work->spans);
}

/* The largest image[i] / weight[i], rounded up. */
static double ratio(const struct contraction *work, const double *image)
{
    double most = 0;
    for (uint32_t i = 0; i < work->n; i++) {
        double q = grown(image[i] / work->weight[i], 1);
        most = q >= 0 ? fmax(most, q) : INFINITY; /* NAN */
    }
    return most;
}

/* Weights at which it contracts: powers of |I - Y A| turn them to its eigenvector (Perron, Frobenius). Returns the
 * factor. */
static double find_weights(struct contraction *work, const struct box *box, const uint32_t *unknown)
{
    enum { STEPS = 12 };
    double factor = INFINITY;
    for (uint32_t i = 0; i < work->n; i++)
        work->weight[i] = box->scale[unknown[i]];
    for (int step = 0; step < STEPS; step++) {
        apply(work, work->weight, work->image);
        factor = ratio(work, work->image);
        if (factor < 0.9 || !isfinite(factor) || step + 1 == STEPS)
            break;
        for (uint32_t i = 0; i < work->n; i++)
            work->weight[i] = work->image[i] / factor + 0.05 * work->weight[i];
    }
    return factor;
}

/* ---- the part ---------------------------------------------------------------------------------------------------- */

static void enter(struct contraction *work, const struct strong_parts *parts, uint32_t part)
{
    uint32_t first = parts->start[part];
    work->n = parts->start[part + 1] - first;
    for (uint32_t k = 0; k < work->n; k++) {
        work->place[parts->column[first + k]] = k;
        work->row_place[parts->row[first + k]] = k;
    }
}

static void leave(struct contraction *work, const struct strong_parts *parts, uint32_t part)
{
    for (uint32_t k = parts->start[part]; k < parts->start[part + 1]; k++)
        work->place[parts->column[k]] = work->row_place[parts->row[k]] = BOX_NONE;
}

/* |Y F| at the point, which comes from values one by one; released: where held diodes may be blocked. */
static void bound_values(struct contraction *work, const struct box *box, const struct strong_parts *parts,
                         uint32_t part, bool released)
{
    size_t n = work->n, terms = (size_t)parts->value_start[part + 1] - parts->value_start[part];
    for (size_t i = 0; i < n; i++)
        work->sum[i] = work->size[i] = work->residual[i] = 0;
    for (uint32_t k = parts->value_start[part]; k < parts->value_start[part + 1]; k++) {
        const struct box_value *value = &box->value[parts->value[k]];
        double c = middle_of(value->value), r = spread(value->value, c);
        r = released && value->blocked > 0 ? grown(r + value->blocked, 2) : r;
        respond(work, place_in(work->row_place, value->row), place_in(work->row_place, value->other), work->column);
        for (size_t i = 0; i < n; i++) {
            work->sum[i] += work->column[i] * c;
            work->size[i] += fabs(work->column[i] * c);
            work->residual[i] += fabs(work->column[i]) * r;
        }
    }
    for (size_t i = 0; i < n; i++) {
        double rounding = ((double)terms + 8) * DBL_EPSILON * work->size[i];
        work->residual[i] = grown(work->residual[i] + fabs(work->sum[i]) + rounding, terms);
    }
}

/* What the difference of two unknowns of earlier parts, if any, is off by. */
static double error_before(const struct contraction *work, const double *error, uint32_t column)
{
    return column == BOX_NONE || work->place[column] != BOX_NONE ? 0 : error[column];
}

/* And what these make of it. */
static void bound_errors(struct contraction *work, const struct box *box, const struct strong_parts *parts,
                         uint32_t part, const double *error)
{
    for (uint32_t k = parts->slope_start[part]; k < parts->slope_start[part + 1]; k++) {
        const struct box_slope *slope = &box->slope[parts->slope[k]];
        double off = error_before(work, error, slope->column) + error_before(work, error, slope->minus);
        if (!(off > 0))
            continue;
        respond(work, place_in(work->row_place, slope->row), place_in(work->row_place, slope->other), work->column);
        for (size_t i = 0; i < work->n; i++)
            work->residual[i] += grown(fabs(work->column[i]) * interval_magnitude(slope->slope) * off, 4);
    }
}

/* The errors that follow, and are they within the box? */
static bool ends_in_box(struct contraction *work, const struct box *box, const uint32_t *unknown, double factor,
                        double *error)
{
    double reach = grown(ratio(work, work->residual) / (1 - factor), 4);
    bool ends = true;
    for (uint32_t i = 0; i < work->n; i++) {
        double off = grown(reach * work->weight[i], 2), farthest = box->reach[unknown[i]];
        ends = ends && off < farthest;
        off = fmin(off, grown(reach * work->image[i] + work->residual[i], 4));
        error[unknown[i]] = fmin(off, farthest);
    }
    return ends;
}

/* What the values and the parts before it make of one that contracts. */
static bool follow(struct contraction *work, const struct box *box, const struct strong_parts *parts, uint32_t part,
                   double factor, bool released, double *error)
{
    bound_values(work, box, parts, part, released);
    bound_errors(work, box, parts, part, error);
    return ends_in_box(work, box, parts->column + parts->start[part], factor, error);
}

enum isolation_status contraction_test(struct contraction *work, const struct box *box,
                                       const struct strong_parts *parts, uint32_t part, double *error,
                                       double *released)
{
    enter(work, parts, part);
    assemble(work, box, parts, part);
    bool regular = invert(work) && bound_slopes(work, box, parts, part);
    double factor = regular ? find_weights(work, box, parts->column + parts->start[part]) : INFINITY;
    bool shown = factor < 1 && follow(work, box, parts, part, factor, false, error);
    if (shown && box->helds > 0)
        follow(work, box, parts, part, factor, true, released);
    leave(work, parts, part);
    return work->no_memory ? ISOLATION_NO_MEMORY : shown ? ISOLATION_SHOWN : ISOLATION_NOT_SHOWN;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct contraction *contraction_new(uint32_t unknowns, uint32_t most)
{
    struct contraction *work = calloc(1, sizeof *work);
    if (!work)
        return NULL;
    size_t square = (size_t)most * most;
    const struct array_request request[] = {
        {&work->row_place, unknowns, sizeof *work->row_place},
        {&work->place, unknowns, sizeof *work->place},
        {&work->matrix, square, sizeof *work->matrix},
        {&work->inverse, square, sizeof *work->inverse},
        {&work->rest, square, sizeof *work->rest},
        {&work->residual, most, sizeof *work->residual},
        {&work->sum, most, sizeof *work->sum},
        {&work->size, most, sizeof *work->size},
        {&work->weight, most, sizeof *work->weight},
        {&work->image, most, sizeof *work->image},
        {&work->column, most, sizeof *work->column},
        {&work->pivot, most, sizeof *work->pivot},
    };
    work->arrays = arrays_new(request, sizeof request / sizeof *request);
    if (!work->arrays) {
        free(work);
        return NULL;
    }
    for (uint32_t q = 0; q < unknowns; q++)
        work->place[q] = work->row_place[q] = BOX_NONE;
    return work;
}

void contraction_free(struct contraction *work)
{
    if (!work)
        return;
    free(work->span);
    free(work->wide);
    free(work->arrays);
    free(work);
}
