/* The code of lu_factor.h for one kind of number. Who includes it has said what LU_NAME, NUMBER and NUMBER_EPSILON are,
 * and how numbers are computed with (lu_double.c, lu_fine.c): there is no guard, each includes it once. */
#include "util/array.h"
#include <stdlib.h>
#include <string.h>

#define LU_JOIN(name, function) name##_##function
#define LU_EXPAND(name, function) LU_JOIN(name, function)
#define LU_(function) LU_EXPAND(LU_NAME, function)

enum { NONE = -1 };

/* Of the largest of its column: enough for the column's own row to be the pivot; for a pivot to serve again. */
static const double OWN_PIVOT = 1e-3, KEPT_PIVOT = 1e-5;
static const double ROUNDING = 16 * NUMBER_EPSILON;
/* Above this part of a sum no entry can be rounding: multipliers are below 1 / KEPT_PIVOT. */
static const double SUSPECT = 16 * NUMBER_EPSILON * 1e5;

/* Columns of a triangular factor. */
struct triangle {
    int32_t *start; /* [n + 1] */
    int32_t *row;
    NUMBER *value;
    size_t row_room, value_room;
};

struct LU_NAME {
    const struct lu_plan *plan;
    NUMBER *entry;  /* [plan->start[n]] of the matrix, rows scaled */
    double *scale;  /* [n] of the row of each label: powers of two */
    int32_t *label; /* [n] of the pivot of each step; NONE: it has none */
    int32_t *step;  /* [n] and when a label was the pivot; NONE: it is not yet */
    NUMBER *pivot;  /* [n] */
    struct triangle lower; /* labels; first of each column its pivot, which stands for 1 */
    struct triangle upper; /* steps before the column's own, each after those that it depends on */
    bool chosen;           /* there are pivots, and room for the factors */
    bool factored;
    int parity; /* of the permutation that the pivots are: 1, -1 */

    struct lu_singular singular;
    int32_t *singular_column, *singular_row; /* [n] */

    /* ---- work ---- */
    NUMBER *x;         /* [n] of labels: the column that is worked on; zero between columns */
    NUMBER *y, *z;     /* [n] of labels, of steps: a right side and its solution */
    double *magnitude; /* [n] of labels: zero between columns */
    int32_t *pruned;   /* [n] end of what is looked at in a column of lower for the reach */
    int32_t *mark;     /* [n] of labels: the last column that has reached them */
    int32_t *stack, *next, *reach; /* [n] */
    void *arrays;
};

struct LU_NAME *LU_(new)(const struct lu_plan *plan)
{
    struct LU_NAME *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    size_t n = (size_t)plan->n, entries = (size_t)plan->start[n];
    const struct array_request request[] = {
        {&f->entry, entries, sizeof *f->entry}, {&f->scale, n, sizeof *f->scale},
        {&f->label, n, sizeof *f->label}, {&f->step, n, sizeof *f->step},
        {&f->pivot, n, sizeof *f->pivot}, {&f->lower.start, n + 1, sizeof *f->lower.start},
        {&f->upper.start, n + 1, sizeof *f->upper.start}, {&f->singular_column, n, sizeof *f->singular_column},
        {&f->singular_row, n, sizeof *f->singular_row}, {&f->x, n, sizeof *f->x},
        {&f->y, n, sizeof *f->y}, {&f->z, n, sizeof *f->z},
        {&f->magnitude, n, sizeof *f->magnitude}, {&f->pruned, n, sizeof *f->pruned},
        {&f->mark, n, sizeof *f->mark}, {&f->stack, n, sizeof *f->stack},
        {&f->next, n, sizeof *f->next}, {&f->reach, n, sizeof *f->reach}};
    f->arrays = arrays_new(request, sizeof request / sizeof *request);
    if (!f->arrays) {
        free(f);
        return NULL;
    }
    f->plan = plan;
    return f;
}

/* Room for so many more entries after those that are there. */
static bool triangle_reserve(struct triangle *triangle, int32_t length, int32_t more)
{
    size_t need = (size_t)length + (size_t)more;
    return need <= INT32_MAX && array_reserve(&triangle->row, &triangle->row_room, need, sizeof *triangle->row) &&
           array_reserve(&triangle->value, &triangle->value_room, need, sizeof *triangle->value);
}

/* ---- the matrix -------------------------------------------------------------------------------------------------- */

/* 2^-e for a largest entry of 2^e or above: scaled it is below 2. */
static double scale_for(double largest)
{
    int exponent;
    frexp(largest, &exponent);
    if (largest == 0)
        return 1;
    return ldexp(1, exponent > 1022 ? -1021 : exponent < -1021 ? 1022 : 1 - exponent);
}

static bool find_scales(struct LU_NAME *f, const NUMBER *value)
{
    const struct lu_plan *plan = f->plan;
    memset(f->scale, 0, (size_t)plan->n * sizeof *f->scale);
    for (int32_t k = 0; k < plan->n; k++)
        for (int32_t q = plan->start[k]; q < plan->start[k + 1]; q++) {
            int32_t i = plan->entry[q].label;
            double size = number_size(value[plan->entry[q].place]);
            if (!isfinite(size)) {
                f->singular_column[0] = plan->column[k];
                f->singular_row[0] = plan->row[i];
                f->singular.reason = LU_NOT_FINITE;
                f->singular.count = 1;
                return false;
            }
            if (size > f->scale[i])
                f->scale[i] = size;
        }
    for (int32_t i = 0; i < plan->n; i++)
        f->scale[i] = scale_for(f->scale[i]);
    return true;
}

static void load_entries(struct LU_NAME *f, const NUMBER *value)
{
    const struct lu_plan *plan = f->plan;
    for (int32_t q = 0; q < plan->start[plan->n]; q++)
        f->entry[q] = number_scaled(value[plan->entry[q].place], f->scale[plan->entry[q].label]);
}

/* ---- one column -------------------------------------------------------------------------------------------------- */

/* x = column k of its block, minus what earlier columns take from it; entries of upper on the way. Returns a sum that
 * bounds what it was computed from, for multipliers of 1. */
static double eliminate(struct LU_NAME *f, int32_t k)
{
    const struct lu_plan *plan = f->plan;
    const struct triangle *lower = &f->lower, *upper = &f->upper;
    NUMBER *x = f->x;
    double sum = 0;
    for (int32_t q = plan->start[k]; q < plan->later[k]; q++) {
        x[plan->entry[q].label] = f->entry[q];
        sum += number_size(f->entry[q]);
    }
    for (int32_t q = upper->start[k]; q < upper->start[k + 1]; q++) {
        int32_t j = upper->row[q];
        NUMBER u = x[f->label[j]];
        x[f->label[j]] = (NUMBER){0};
        upper->value[q] = u;
        if (number_size(u) == 0)
            continue;
        sum += number_size(u);
        for (int32_t r = lower->start[j] + 1; r < lower->start[j + 1]; r++)
            x[lower->row[r]] = number_minus_product(x[lower->row[r]], lower->value[r], u);
    }
    return sum;
}

/* Is all that is left of column k rounding of what it was computed from? */
static bool is_rounding(struct LU_NAME *f, int32_t k)
{
    const struct lu_plan *plan = f->plan;
    const struct triangle *lower = &f->lower, *upper = &f->upper;
    double *magnitude = f->magnitude;
    for (int32_t q = plan->start[k]; q < plan->later[k]; q++)
        magnitude[plan->entry[q].label] = number_size(f->entry[q]);
    for (int32_t q = upper->start[k]; q < upper->start[k + 1]; q++) {
        int32_t j = upper->row[q];
        double u = number_size(upper->value[q]);
        magnitude[f->label[j]] = 0;
        for (int32_t r = lower->start[j] + 1; r < lower->start[j + 1]; r++)
            magnitude[lower->row[r]] += number_size(lower->value[r]) * u;
    }
    bool rounding = true;
    for (int32_t q = lower->start[k]; q < lower->start[k + 1]; q++) {
        int32_t i = lower->row[q];
        rounding = rounding && number_size(f->x[i]) <= ROUNDING * magnitude[i];
    }
    for (int32_t q = plan->start[k]; q < plan->later[k]; q++)
        magnitude[plan->entry[q].label] = 0;
    for (int32_t q = upper->start[k]; q < upper->start[k + 1]; q++)
        for (int32_t r = lower->start[upper->row[q]] + 1; r < lower->start[upper->row[q] + 1]; r++)
            magnitude[lower->row[r]] = 0;
    return rounding;
}

/* Column k of lower from x, which is cleared. */
static void divide_by_pivot(struct LU_NAME *f, int32_t k)
{
    struct triangle *lower = &f->lower;
    NUMBER pivot = f->x[f->label[k]];
    f->pivot[k] = pivot;
    f->x[f->label[k]] = (NUMBER){0};
    for (int32_t q = lower->start[k] + 1; q < lower->start[k + 1]; q++) {
        lower->value[q] = number_quotient(f->x[lower->row[q]], pivot);
        f->x[lower->row[q]] = (NUMBER){0};
    }
}

static void clear_column(struct LU_NAME *f, int32_t k)
{
    for (int32_t q = f->lower.start[k]; q < f->lower.start[k + 1]; q++)
        f->x[f->lower.row[q]] = (NUMBER){0};
}

/* ---- the reach of a column --------------------------------------------------------------------------------------- */

/* Follow columns of lower from a pivot that column k has an entry in. A step is left when all that depend on it are:
 * reach is filled from its end. Rows without a pivot join column k of lower. */
static void reach_from(struct LU_NAME *f, int32_t k, int32_t first, int32_t *top)
{
    struct triangle *lower = &f->lower;
    int32_t depth = 0;
    f->stack[0] = first;
    f->next[0] = lower->start[first] + 1;
    while (depth >= 0) {
        int32_t j = f->stack[depth], q = f->next[depth], enter = NONE;
        for (; q < f->pruned[j] && enter == NONE; q++) {
            int32_t i = lower->row[q];
            if (f->mark[i] == k)
                continue;
            f->mark[i] = k;
            enter = f->step[i];
            if (enter == NONE)
                lower->row[lower->start[k + 1]++] = i;
        }
        f->next[depth] = q;
        if (enter == NONE) {
            f->reach[--*top] = j;
            depth--;
        } else {
            f->stack[++depth] = enter;
            f->next[depth] = lower->start[enter] + 1;
        }
    }
}

/* The rows of column k of both factors, pivot or not. False when memory is out. */
static bool find_reach(struct LU_NAME *f, int32_t k, int32_t block_end)
{
    const struct lu_plan *plan = f->plan;
    struct triangle *lower = &f->lower, *upper = &f->upper;
    int32_t top = plan->n;
    lower->start[k + 1] = lower->start[k];
    int32_t without_pivot = block_end - k + (int32_t)f->singular.count;
    if (!triangle_reserve(lower, lower->start[k], without_pivot))
        return false;
    for (int32_t q = plan->start[k]; q < plan->later[k]; q++) {
        int32_t i = plan->entry[q].label;
        if (f->mark[i] == k)
            continue;
        f->mark[i] = k;
        if (f->step[i] == NONE)
            lower->row[lower->start[k + 1]++] = i;
        else
            reach_from(f, k, f->step[i], &top);
    }
    int32_t reached = plan->n - top;
    if (!triangle_reserve(upper, upper->start[k], reached))
        return false;
    if (reached > 0)
        memcpy(upper->row + upper->start[k], f->reach + top, (size_t)reached * sizeof *upper->row);
    upper->start[k + 1] = upper->start[k] + reached;
    return true;
}

/* Where row `pivot` is in column j of lower, and j in the column that it is the pivot of, what column j has in rows
 * without a pivot is reached through that column too. */
static void prune(struct LU_NAME *f, int32_t j, int32_t pivot)
{
    struct triangle *lower = &f->lower;
    int32_t end = lower->start[j + 1], q = lower->start[j] + 1;
    if (f->pruned[j] < end)
        return;
    while (q < end && lower->row[q] != pivot)
        q++;
    if (q == end)
        return;
    q = lower->start[j] + 1;
    while (q < end)
        if (f->step[lower->row[q]] != NONE) {
            q++;
        } else {
            int32_t row = lower->row[--end];
            NUMBER value = lower->value[end];
            lower->row[end] = lower->row[q];
            lower->value[end] = lower->value[q];
            lower->row[q] = row;
            lower->value[q] = value;
        }
    f->pruned[j] = end;
}

/* ---- all columns ------------------------------------------------------------------------------------------------- */

/* The place in lower of the pivot of column k; NONE where there is nothing, or rounding. */
static int32_t choose_pivot(struct LU_NAME *f, int32_t k, double sum)
{
    const struct triangle *lower = &f->lower;
    int32_t place = NONE, own = NONE;
    double largest = 0;
    for (int32_t q = lower->start[k]; q < lower->start[k + 1]; q++) {
        double size = number_size(f->x[lower->row[q]]);
        if (lower->row[q] == k)
            own = q;
        if (size > largest) {
            largest = size;
            place = q;
        }
    }
    if (place == NONE || !isfinite(largest) || (!(largest > SUSPECT * sum) && is_rounding(f, k)))
        return NONE;
    return own != NONE && number_size(f->x[k]) >= OWN_PIVOT * largest ? own : place;
}

static bool factor_column(struct LU_NAME *f, int32_t k, int32_t block_end)
{
    struct triangle *lower = &f->lower;
    if (!find_reach(f, k, block_end))
        return false;
    double sum = eliminate(f, k);
    int32_t place = choose_pivot(f, k, sum), first = lower->start[k];
    if (place == NONE) {
        clear_column(f, k);
        lower->start[k + 1] = first;
        f->label[k] = NONE;
        f->singular_column[f->singular.count++] = f->plan->column[k];
        return true;
    }
    int32_t pivot = lower->row[place];
    lower->row[place] = lower->row[first];
    lower->row[first] = f->label[k] = pivot;
    f->step[pivot] = k;
    f->pruned[k] = lower->start[k + 1];
    divide_by_pivot(f, k);
    for (int32_t q = f->upper.start[k]; q < f->upper.start[k + 1]; q++)
        prune(f, f->upper.row[q], pivot);
    return true;
}

/* 1 or -1: is the permutation from the column of each step to the row of its pivot even? */
static int parity_of_pivots(struct LU_NAME *f)
{
    const struct lu_plan *plan = f->plan;
    int32_t *to = f->stack;
    int parity = 1;
    for (int32_t k = 0; k < plan->n; k++)
        to[plan->column[k]] = plan->row[f->label[k]];
    for (int32_t j = 0; j < plan->n; j++)
        while (to[j] != j) {
            int32_t other = to[j];
            to[j] = to[other];
            to[other] = other;
            parity = -parity;
        }
    return parity;
}

static enum lu_status factor_anew(struct LU_NAME *f)
{
    const struct lu_plan *plan = f->plan;
    for (int32_t i = 0; i < plan->n; i++)
        f->step[i] = f->mark[i] = NONE;
    f->chosen = false;
    uint32_t left = 0;
    for (int32_t b = 0; b < plan->blocks; b++) {
        int32_t end = plan->begin[b + 1];
        for (int32_t k = plan->begin[b]; k < end; k++)
            if (!factor_column(f, k, end)) {
                f->singular.count = 0;
                return LU_NO_MEMORY;
            }
        for (int32_t i = plan->begin[b]; i < end && left < f->singular.count; i++)
            if (f->step[i] == NONE)
                f->singular_row[left++] = plan->row[i];
    }
    if (f->singular.count > 0) {
        f->singular.reason = LU_VALUES;
        return LU_SINGULAR;
    }
    f->parity = parity_of_pivots(f);
    f->chosen = true;
    return LU_OK;
}

/* With the pivots that were chosen for other values. False when one does not serve. */
static bool factor_again(struct LU_NAME *f)
{
    const struct triangle *lower = &f->lower;
    for (int32_t k = 0; k < f->plan->n; k++) {
        double sum = eliminate(f, k), largest = 0, pivot = number_size(f->x[f->label[k]]);
        for (int32_t q = lower->start[k] + 1; q < lower->start[k + 1]; q++) {
            double size = number_size(f->x[lower->row[q]]);
            largest = size > largest ? size : largest;
        }
        bool serves = pivot > 0 && isfinite(pivot) && pivot >= KEPT_PIVOT * largest &&
                      (pivot > SUSPECT * sum || !is_rounding(f, k));
        if (!serves) {
            clear_column(f, k);
            return false;
        }
        divide_by_pivot(f, k);
    }
    return true;
}

enum lu_status LU_(refactor)(struct LU_NAME *f, const NUMBER *value)
{
    f->singular = (struct lu_singular){.column = f->singular_column, .row = f->singular_row};
    f->factored = false;
    if (!find_scales(f, value))
        return LU_SINGULAR;
    load_entries(f, value);
    enum lu_status status = f->chosen && factor_again(f) ? LU_OK : factor_anew(f);
    f->factored = status == LU_OK;
    return status;
}

/* ---- solutions --------------------------------------------------------------------------------------------------- */

/* Steps of one block, y of labels to z of steps. */
static void solve_block(struct LU_NAME *f, int32_t begin, int32_t end)
{
    const struct triangle *lower = &f->lower, *upper = &f->upper;
    NUMBER *y = f->y, *z = f->z;
    for (int32_t k = begin; k < end; k++) {
        NUMBER t = y[f->label[k]];
        z[k] = t;
        for (int32_t q = lower->start[k] + 1; q < lower->start[k + 1]; q++)
            y[lower->row[q]] = number_minus_product(y[lower->row[q]], lower->value[q], t);
    }
    for (int32_t k = end - 1; k >= begin; k--) {
        NUMBER t = number_quotient(z[k], f->pivot[k]);
        z[k] = t;
        for (int32_t q = upper->start[k]; q < upper->start[k + 1]; q++)
            z[upper->row[q]] = number_minus_product(z[upper->row[q]], upper->value[q], t);
    }
}

/* What a solution is without a factor. */
static void leave_unsolved(const struct LU_NAME *f, NUMBER *b)
{
    for (int32_t i = 0; i < f->plan->n; i++)
        b[i] = number_scaled((NUMBER){0}, NAN);
}

void LU_(solve)(struct LU_NAME *f, NUMBER *b)
{
    const struct lu_plan *plan = f->plan;
    if (!f->factored) {
        leave_unsolved(f, b);
        return;
    }
    for (int32_t i = 0; i < plan->n; i++)
        f->y[i] = number_scaled(b[plan->row[i]], f->scale[i]);
    for (int32_t block = 0; block < plan->blocks; block++) {
        solve_block(f, plan->begin[block], plan->begin[block + 1]);
        for (int32_t k = plan->begin[block]; k < plan->begin[block + 1]; k++)
            for (int32_t q = plan->later[k]; q < plan->start[k + 1]; q++) {
                int32_t i = plan->entry[q].label;
                f->y[i] = number_minus_product(f->y[i], f->entry[q], f->z[k]);
            }
    }
    for (int32_t k = 0; k < plan->n; k++)
        b[plan->column[k]] = f->z[k];
}

/* Steps of one block, z of steps to y of labels. */
static void solve_block_transposed(struct LU_NAME *f, int32_t begin, int32_t end)
{
    const struct triangle *lower = &f->lower, *upper = &f->upper;
    NUMBER *y = f->y, *z = f->z;
    for (int32_t k = begin; k < end; k++) {
        NUMBER t = z[k];
        for (int32_t q = upper->start[k]; q < upper->start[k + 1]; q++)
            t = number_minus_product(t, upper->value[q], z[upper->row[q]]);
        z[k] = number_quotient(t, f->pivot[k]);
    }
    for (int32_t k = end - 1; k >= begin; k--) {
        NUMBER t = z[k];
        for (int32_t q = lower->start[k] + 1; q < lower->start[k + 1]; q++)
            t = number_minus_product(t, lower->value[q], y[lower->row[q]]);
        y[f->label[k]] = t;
    }
}

void LU_(solve_transposed)(struct LU_NAME *f, NUMBER *b)
{
    const struct lu_plan *plan = f->plan;
    if (!f->factored) {
        leave_unsolved(f, b);
        return;
    }
    for (int32_t block = plan->blocks - 1; block >= 0; block--) {
        for (int32_t k = plan->begin[block]; k < plan->begin[block + 1]; k++) {
            NUMBER t = b[plan->column[k]];
            for (int32_t q = plan->later[k]; q < plan->start[k + 1]; q++)
                t = number_minus_product(t, f->entry[q], f->y[plan->entry[q].label]);
            f->z[k] = t;
        }
        solve_block_transposed(f, plan->begin[block], plan->begin[block + 1]);
    }
    for (int32_t i = 0; i < plan->n; i++)
        b[plan->row[i]] = number_scaled(f->y[i], f->scale[i]);
}

/* ---- what is known of it ----------------------------------------------------------------------------------------- */

int LU_(sign)(const struct LU_NAME *f)
{
    int sign = f->parity;
    if (!f->factored)
        return 0;
    for (int32_t k = 0; k < f->plan->n; k++)
        if (number_is_negative(f->pivot[k]))
            sign = -sign;
    return sign;
}

struct lu_singular LU_(singular)(const struct LU_NAME *f)
{
    return f->singular;
}

double LU_(norm)(struct LU_NAME *f)
{
    const struct lu_plan *plan = f->plan;
    double norm = 0;
    for (int32_t k = 0; k < plan->n; k++) {
        double sum = 0;
        for (int32_t q = plan->start[k]; q < plan->start[k + 1]; q++)
            sum += number_size(f->entry[q]);
        norm = sum > norm ? sum : norm;
    }
    return f->factored ? norm : INFINITY;
}

void LU_(unscale)(const struct LU_NAME *f, NUMBER *b)
{
    for (int32_t i = 0; i < f->plan->n; i++)
        b[f->plan->row[i]] = number_scaled(b[f->plan->row[i]], 1 / f->scale[i]);
}

double LU_(fill)(const struct LU_NAME *f)
{
    int32_t n = f->plan->n;
    return f->factored ? (double)f->lower.start[n] + f->upper.start[n] : 0;
}

void LU_(free)(struct LU_NAME *f)
{
    if (!f)
        return;
    free(f->lower.row);
    free(f->lower.value);
    free(f->upper.row);
    free(f->upper.value);
    free(f->arrays);
    free(f);
}
