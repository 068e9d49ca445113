#include "linear/lu.h"

#include "linear/lu_factor.h"
#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the last factorisation was. */
enum precision { NO_FACTORISATION, IN_DOUBLES, FINELY };

struct lu {
    struct lu_plan plan;
    struct lu_double *factor;
    struct lu_fine *fine; /* NULL before the first lu_refactor_finely */
    enum precision last;
    double *work, *signs; /* [n] of lu_condition */
    int32_t *start, *row; /* [n + 1], [start[n]] a pattern without what is absent; NULL: nothing is */
    int32_t *place;       /* [start[n]] of its entries in the caller's values */
    void *pattern;
};

/* The caller's pattern without some of its entries. False when memory is out. */
static bool leave_out(struct lu *lu, int32_t n, const int32_t *start, const int32_t *row, const bool *absent)
{
    const struct array_request request[] = {
        {&lu->start, (size_t)n + 1, sizeof *lu->start},
        {&lu->row, (size_t)start[n], sizeof *lu->row},
        {&lu->place, (size_t)start[n], sizeof *lu->place},
    };
    lu->pattern = arrays_new(request, sizeof request / sizeof *request);
    int32_t at = 0;
    for (int32_t column = 0; lu->pattern && column < n; column++) {
        for (int32_t q = start[column]; q < start[column + 1]; q++) {
            if (absent[q])
                continue;
            lu->row[at] = row[q];
            lu->place[at++] = q;
        }
        lu->start[column + 1] = at;
    }
    return lu->pattern;
}

struct lu *lu_new_without(int32_t n, const int32_t *start, const int32_t *row, const bool *absent)
{
    struct lu *lu = calloc(1, sizeof *lu);
    if (!lu)
        return NULL;
    if (absent && !leave_out(lu, n, start, row, absent)) {
        lu_free(lu);
        return NULL;
    }
    lu->work = array_new((size_t)n, sizeof *lu->work);
    lu->signs = array_new((size_t)n, sizeof *lu->signs);
    if (lu->work && lu->signs && lu_plan_make(&lu->plan, n, absent ? lu->start : start, absent ? lu->row : row)) {
        for (int32_t q = 0; absent && q < lu->start[n]; q++)
            lu->plan.entry[q].place = lu->place[lu->plan.entry[q].place];
        lu->factor = lu_double_new(&lu->plan);
    }
    if (lu->factor)
        return lu;
    lu_free(lu);
    return NULL;
}

struct lu *lu_new(int32_t n, const int32_t *start, const int32_t *row)
{
    return lu_new_without(n, start, row, NULL);
}

static bool is_structurally_singular(const struct lu *lu)
{
    return lu->plan.form.unpaired > 0;
}

enum lu_status lu_refactor(struct lu *lu, const double *value)
{
    lu->last = NO_FACTORISATION;
    if (is_structurally_singular(lu))
        return LU_SINGULAR;
    lu->last = IN_DOUBLES;
    return lu_double_refactor(lu->factor, value);
}

enum lu_status lu_refactor_nearly(struct lu *lu, const double *value, double near)
{
    if (lu->last != IN_DOUBLES || !lu_double_refactor_nearly(lu->factor, value, near))
        return lu_refactor(lu, value);
    return LU_OK;
}

void lu_solve(struct lu *lu, double *b)
{
    lu_double_solve(lu->factor, b);
}

void lu_solve_transposed(struct lu *lu, double *b)
{
    lu_double_solve_transposed(lu->factor, b);
}

enum lu_status lu_octet_refactor(struct lu *lu, const octet *value, const bool *varies, double near)
{
    return lu_double_octet_refactor(lu->factor, value, varies, near);
}

void lu_octet_forget(struct lu *lu)
{
    lu_double_octet_forget(lu->factor);
}

void lu_octet_solve(struct lu *lu, octet *b)
{
    lu_double_octet_solve(lu->factor, b);
}

void lu_octet_signs(const struct lu *lu, int *sign)
{
    lu_double_octet_signs(lu->factor, sign);
}

enum lu_status lu_refactor_finely(struct lu *lu, const struct dd *value)
{
    lu->last = NO_FACTORISATION;
    if (is_structurally_singular(lu))
        return LU_SINGULAR;
    if (!lu->fine)
        lu->fine = lu_fine_new(&lu->plan);
    if (!lu->fine)
        return LU_NO_MEMORY;
    lu->last = FINELY;
    return lu_fine_refactor(lu->fine, value);
}

/* Without the memory for a factor. */
static void leave_unsolved(const struct lu *lu, struct dd *b)
{
    for (int32_t i = 0; i < lu->plan.n; i++)
        b[i] = dd_from(NAN);
}

void lu_solve_finely(struct lu *lu, struct dd *b)
{
    if (lu->fine)
        lu_fine_solve(lu->fine, b);
    else
        leave_unsolved(lu, b);
}

void lu_solve_transposed_finely(struct lu *lu, struct dd *b)
{
    if (lu->fine)
        lu_fine_solve_transposed(lu->fine, b);
    else
        leave_unsolved(lu, b);
}

int lu_sign(const struct lu *lu)
{
    if (lu->last == NO_FACTORISATION)
        return 0;
    return lu->last == FINELY ? lu_fine_sign(lu->fine) : lu_double_sign(lu->factor);
}

struct lu_singular lu_singular(const struct lu *lu)
{
    const struct block_triangular *form = &lu->plan.form;
    if (is_structurally_singular(lu))
        return (struct lu_singular){LU_STRUCTURE, (uint32_t)form->unpaired, form->unpaired_column, form->unpaired_row};
    if (lu->last == NO_FACTORISATION)
        return (struct lu_singular){0};
    return lu->last == FINELY ? lu_fine_singular(lu->fine) : lu_double_singular(lu->factor);
}

int32_t lu_blocks(const struct lu *lu, int32_t *of_row, int32_t *of_column)
{
    const struct block_triangular *form = &lu->plan.form;
    for (int32_t j = 0; j < form->n; j++) {
        if (of_column)
            of_column[j] = form->block[j];
        if (of_row)
            of_row[form->row[j]] = form->block[j];
    }
    return form->blocks;
}

double lu_fill(const struct lu *lu)
{
    return lu_double_fill(lu->factor);
}

/* ---- the condition ----------------------------------------------------------------------------------------------- */

/* With B the inverse of RA, x becomes Bx, or B'x. */
static void apply_inverse(struct lu *lu, double *x)
{
    lu_double_unscale(lu->factor, x);
    lu_solve(lu, x);
}

static void apply_inverse_transposed(struct lu *lu, double *x)
{
    lu_solve_transposed(lu, x);
    lu_double_unscale(lu->factor, x);
}

static double sum_of_sizes(const double *x, int32_t n)
{
    double sum = 0;
    for (int32_t i = 0; i < n; i++)
        sum += fabs(x[i]);
    return sum;
}

/* signs = those of x. False when they were so before. */
static bool take_signs(const double *x, double *signs, int32_t n)
{
    bool changed = false;
    for (int32_t i = 0; i < n; i++) {
        double sign = x[i] < 0 ? -1 : 1;
        changed = changed || sign != signs[i];
        signs[i] = sign;
    }
    return changed;
}

/* The column of B that would add most, for the signs of Bx; -1: none adds more than `before` did. */
static int32_t steepest_column(struct lu *lu, int32_t before)
{
    int32_t n = lu->plan.n, steepest = 0;
    double *slope = lu->work;
    memcpy(slope, lu->signs, (size_t)n * sizeof *slope);
    apply_inverse_transposed(lu, slope);
    for (int32_t j = 1; j < n; j++)
        if (fabs(slope[j]) > fabs(slope[steepest]))
            steepest = j;
    return before >= 0 && fabs(slope[steepest]) <= fabs(slope[before]) ? -1 : steepest;
}

/* |B| from below. */
static double estimate_inverse(struct lu *lu)
{
    enum { TURNS = 4 };
    int32_t n = lu->plan.n, column = -1;
    double *x = lu->work;
    for (int32_t i = 0; i < n; i++) {
        x[i] = 1.0 / n;
        lu->signs[i] = 0;
    }
    apply_inverse(lu, x);
    double norm = sum_of_sizes(x, n);
    for (int turn = 0; turn < TURNS && take_signs(x, lu->signs, n); turn++) {
        column = steepest_column(lu, column);
        if (column < 0)
            break;
        memset(x, 0, (size_t)n * sizeof *x);
        x[column] = 1;
        apply_inverse(lu, x);
        double larger = sum_of_sizes(x, n);
        if (larger <= norm)
            break;
        norm = larger;
    }
    for (int32_t i = 0; i < n; i++) /* where cancellation has misled the above */
        x[i] = (i % 2 ? -1 : 1) * (1 + (double)i / (n > 1 ? n - 1 : 1));
    apply_inverse(lu, x);
    return fmax(norm, 2 * sum_of_sizes(x, n) / (3.0 * n));
}

double lu_condition(struct lu *lu)
{
    double norm = lu_double_norm(lu->factor);
    if (lu->plan.n == 0 && isfinite(norm))
        return 1;
    return isfinite(norm) ? norm * estimate_inverse(lu) : INFINITY;
}

void lu_free(struct lu *lu)
{
    if (!lu)
        return;
    if (lu->factor)
        lu_double_octet_forget(lu->factor);
    lu_double_free(lu->factor);
    lu_fine_free(lu->fine);
    lu_plan_free(&lu->plan);
    free(lu->pattern);
    free(lu->work);
    free(lu->signs);
    free(lu);
}
