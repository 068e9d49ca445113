/* The code of lu_factor.h for one kind of number. Who includes it has said what LU_NAME, NUMBER and NUMBER_EPSILON are,
 * and how numbers are computed with (lu_double.c, lu_fine.c): there is no guard, each includes it once. */
#include "util/array.h"
#include "util/kernel.h"
#include <stdlib.h>
#include <string.h>

#define LU_JOIN(name, function) name##_##function
#define LU_EXPAND(name, function) LU_JOIN(name, function)
#define LU_(function) LU_EXPAND(LU_NAME, function)

enum { NONE = -1 };

/* Of the largest of its column: enough for the column's own row to be the pivot; for a pivot to serve again. Test:
 * transistors_add_little_fill. */
static const double OWN_PIVOT = 1e-3, KEPT_PIVOT = 1e-5;
static const double ROUNDING = 16 * NUMBER_EPSILON; /* test: singular_dense_tails_are_named */
/* Above this part of a sum no entry can be rounding: multipliers are below 1 / KEPT_PIVOT. Test:
 * other_pivots_for_eight. */
static const double SUSPECT = 16 * NUMBER_EPSILON * 1e5;

/* A column is nearly full where it has this part of the rows that are left. After as many such columns, with more than
 * as many to come, the rest of the block is taken to be full. Test: controlled_sources_add_little_fill. */
static const double NEARLY_FULL = 0.3;
enum { FULL_COLUMNS = 16, SHORTEST_TAIL = 64 };

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

    /* The last steps of a block, where nearly all entries are there: only sparse columns before have entries in the
     * triangles, the rest is dense (lu_dense_body.h), rows in the order of steps. Its pivots are always chosen anew. */
    int32_t *tail;     /* [blocks] the first such step; the end of the block: there is none */
    size_t *tail_at;   /* [blocks + 1] where its matrix begins in dense */
    NUMBER *dense;     /* [tail_at[blocks]] by columns */
    size_t dense_room;
    bool without_tails; /* for a pivot in one of them was suspect */

    uint8_t *moved;     /* [plan->start[n]] work */
    bool *changed;      /* [blocks] an entry of it is not what it was at the last factorisation */
    bool chosen; /* there are pivots, and room for the factors */
    bool factored;
    int parity; /* of the permutation that the pivots are: 1, -1 */
    uint64_t pivots; /* how often they were chosen */
    struct lu_octet *octet; /* of eight matrices, of doubles alone; or NULL */

    struct lu_singular singular;
    int32_t *singular_column, *singular_row; /* [n] */

    /* ---- work ---- */
    NUMBER *x;         /* [n] of labels: the column that is worked on; zero between columns */
    NUMBER *y, *z;     /* [n] of labels, of steps: a right side and its solution */
    double *magnitude; /* [n] of labels: zero between columns */
    int32_t *pruned;   /* [n] end of what is looked at in a column of lower for the reach */
    int32_t *mark;     /* [n] of labels: the last column that has reached them */
    int32_t *stack, *next, *reach; /* [n] */
    double *sum;                   /* [n] what bounds each column of a tail */
    void *arrays;
};

struct LU_NAME *LU_(new)(const struct lu_plan *plan)
{
    struct LU_NAME *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    size_t n = (size_t)plan->n, entries = (size_t)plan->start[n], blocks = (size_t)plan->blocks;
    const struct array_request request[] = {
        {&f->entry, entries, sizeof *f->entry}, {&f->scale, n, sizeof *f->scale},
        {&f->label, n, sizeof *f->label}, {&f->step, n, sizeof *f->step},
        {&f->pivot, n, sizeof *f->pivot}, {&f->lower.start, n + 1, sizeof *f->lower.start},
        {&f->upper.start, n + 1, sizeof *f->upper.start}, {&f->singular_column, n, sizeof *f->singular_column},
        {&f->singular_row, n, sizeof *f->singular_row}, {&f->x, n, sizeof *f->x},
        {&f->y, n, sizeof *f->y}, {&f->z, n, sizeof *f->z},
        {&f->magnitude, n, sizeof *f->magnitude}, {&f->pruned, n, sizeof *f->pruned},
        {&f->mark, n, sizeof *f->mark}, {&f->stack, n, sizeof *f->stack},
        {&f->next, n, sizeof *f->next}, {&f->reach, n, sizeof *f->reach},
        {&f->tail, blocks, sizeof *f->tail}, {&f->tail_at, blocks + 1, sizeof *f->tail_at},
        {&f->sum, n, sizeof *f->sum}, {&f->changed, blocks, sizeof *f->changed},
        {&f->moved, entries, sizeof *f->moved}};
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

#include "linear/lu_dense_body.h"

/* ---- the matrix -------------------------------------------------------------------------------------------------- */

/* 2^-e for a largest entry of 2^e or above: scaled it is below 2. The bits of a double's exponent, 1023 for 2^0, from
 * those of another. */
static double scale_for(double largest)
{
    const uint64_t least = 1, most = 2045;
    uint64_t bits;
    double scale;
    memcpy(&bits, &largest, sizeof bits);
    if (largest == 0)
        return 1;
    uint64_t exponent = bits >> 52;
    bits = (exponent < least ? most : exponent > most ? least : 2046 - exponent) << 52;
    memcpy(&scale, &bits, sizeof scale);
    return scale;
}

static bool find_scales(struct LU_NAME *f, const NUMBER *value)
{
    const struct lu_plan *plan = f->plan;
    memset(f->scale, 0, (size_t)plan->n * sizeof *f->scale);
    for (int32_t k = 0; k < plan->n; k++)
        for (int32_t q = plan->start[k]; q < plan->start[k + 1]; q++) {
            int32_t i = plan->entry[q].label;
            double size = number_size(value[plan->entry[q].place]);
            if (!number_is_finite(value[plan->entry[q].place])) {
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

static NUMBER scaled_entry(const struct LU_NAME *f, const NUMBER *value, int32_t q)
{
    return number_scaled(value[f->plan->entry[q].place], f->scale[f->plan->entry[q].label]);
}

/* Are all entries of a block what they were? */
static bool stays(const struct LU_NAME *f, const NUMBER *value, int32_t block)
{
    const struct lu_plan *plan = f->plan;
    bool all = true;
    for (int32_t k = plan->begin[block]; k < plan->begin[block + 1]; k++)
        for (int32_t q = plan->start[k]; q < plan->later[k]; q++)
            all &= number_is_near(scaled_entry(f, value, q), f->entry[q], 0);
    return all;
}

/* Blocks that stay keep their entries, where there is a factor of these. */
static void load_entries(struct LU_NAME *f, const NUMBER *value, bool factored)
{
    const struct lu_plan *plan = f->plan;
    for (int32_t b = 0; b < plan->blocks; b++) {
        f->changed[b] = !factored || !stays(f, value, b);
        for (int32_t k = plan->begin[b]; k < plan->begin[b + 1]; k++)
            for (int32_t q = f->changed[b] ? plan->start[k] : plan->later[k]; q < plan->start[k + 1]; q++)
                f->entry[q] = scaled_entry(f, value, q);
    }
}

#include "linear/lu_column_body.h"

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

/* Rows and columns that are left of a block from step `from` on, dense. The labels of the rows are in f->label, in any
 * order, and are then in that of the pivots. False where a pivot is suspect. */
static bool factor_tail(struct LU_NAME *f, int32_t block)
{
    int32_t from = f->tail[block], n = f->plan->begin[block + 1] - from, *swap = f->stack;
    NUMBER *a = f->dense + f->tail_at[block];
    for (int32_t c = 0; c < n; c++) {
        f->sum[c] = eliminate(f, from + c);
        for (int32_t r = 0; r < n; r++) {
            a[(size_t)c * (size_t)n + (size_t)r] = f->x[f->label[from + r]];
            f->x[f->label[from + r]] = (NUMBER){0};
        }
    }
    if (!LU_(dense_factor)(a, n, swap, f->sum))
        return false;
    for (int32_t r = 0; r < n; r++) {
        int32_t label = f->label[from + r];
        f->label[from + r] = f->label[from + swap[r]];
        f->label[from + swap[r]] = label;
        f->pivot[from + r] = a[(size_t)r * (size_t)n + (size_t)r];
    }
    return true;
}

enum outcome { DONE, SUSPECT_PIVOT, NO_ROOM };

/* The rest of a block from step `from` on as its tail. */
static enum outcome begin_tail(struct LU_NAME *f, int32_t block, int32_t from)
{
    const struct lu_plan *plan = f->plan;
    int32_t end = plan->begin[block + 1], left = from;
    size_t n = (size_t)(end - from);
    f->tail[block] = from;
    f->tail_at[block + 1] = f->tail_at[block] + n * n;
    if (!array_reserve(&f->dense, &f->dense_room, f->tail_at[block + 1], sizeof *f->dense))
        return NO_ROOM;
    for (int32_t i = plan->begin[block]; i < end; i++)
        if (f->step[i] == NONE)
            f->label[left++] = i;
    for (int32_t k = from; k < end; k++) {
        if (!find_reach(f, k, end))
            return NO_ROOM;
        f->lower.start[k + 1] = f->lower.start[k]; /* its rows are the tail's */
    }
    return factor_tail(f, block) ? DONE : SUSPECT_PIVOT;
}

static enum outcome factor_block(struct LU_NAME *f, int32_t block)
{
    int32_t end = f->plan->begin[block + 1], full = 0;
    f->tail[block] = end;
    f->tail_at[block + 1] = f->tail_at[block];
    for (int32_t k = f->plan->begin[block]; k < end; k++) {
        if (full >= FULL_COLUMNS && end - k >= SHORTEST_TAIL && !f->without_tails && f->singular.count == 0)
            return begin_tail(f, block, k);
        if (!factor_column(f, k, end))
            return NO_ROOM;
        full = f->lower.start[k + 1] - f->lower.start[k] >= NEARLY_FULL * (end - k) ? full + 1 : 0;
    }
    return DONE;
}

/* All blocks, with pivots chosen. */
static enum outcome factor_blocks(struct LU_NAME *f)
{
    const struct lu_plan *plan = f->plan;
    uint32_t left = 0;
    f->singular.count = 0;
    for (int32_t i = 0; i < plan->n; i++)
        f->step[i] = f->mark[i] = NONE;
    for (int32_t b = 0; b < plan->blocks; b++) {
        enum outcome outcome = factor_block(f, b);
        if (outcome != DONE)
            return outcome;
        for (int32_t i = plan->begin[b]; i < f->tail[b] && left < f->singular.count; i++)
            if (f->step[i] == NONE)
                f->singular_row[left++] = plan->row[i];
    }
    return DONE;
}

static enum lu_status factor_anew(struct LU_NAME *f)
{
    f->chosen = false;
    f->pivots++;
    enum outcome outcome = factor_blocks(f);
    if (outcome == SUSPECT_PIVOT) {
        f->without_tails = true;
        outcome = factor_blocks(f);
    }
    if (outcome == NO_ROOM) {
        f->singular.count = 0;
        return LU_NO_MEMORY;
    }
    if (f->singular.count > 0) {
        f->singular.reason = LU_VALUES;
        return LU_SINGULAR;
    }
    f->chosen = true;
    return LU_OK;
}

/* With the pivot that was chosen for other values. False when it does not serve. */
static bool factor_column_again(struct LU_NAME *f, int32_t k)
{
    const struct triangle *lower = &f->lower;
    double sum = eliminate(f, k), largest = 0, pivot = number_size(f->x[f->label[k]]);
    for (int32_t q = lower->start[k] + 1; q < lower->start[k + 1]; q++) {
        double size = number_size(f->x[lower->row[q]]);
        largest = size > largest ? size : largest;
    }
    bool serves = pivot > 0 && isfinite(pivot) && pivot >= KEPT_PIVOT * largest &&
                  (pivot > SUSPECT * sum || !is_rounding(f, k));
    if (serves)
        divide_by_pivot(f, k);
    else
        clear_column(f, k);
    return serves;
}

static bool factor_again(struct LU_NAME *f)
{
    for (int32_t b = 0; b < f->plan->blocks; b++) {
        if (!f->changed[b])
            continue;
        for (int32_t k = f->plan->begin[b]; k < f->tail[b]; k++)
            if (!factor_column_again(f, k))
                return false;
        if (f->tail[b] < f->plan->begin[b + 1] && !factor_tail(f, b))
            return false;
    }
    return true;
}

enum lu_status LU_(refactor)(struct LU_NAME *f, const NUMBER *value)
{
    bool factored = f->factored;
    f->singular = (struct lu_singular){.column = f->singular_column, .row = f->singular_row};
    f->factored = false;
    if (!find_scales(f, value))
        return LU_SINGULAR;
    load_entries(f, value, factored);
    bool again = f->chosen && factor_again(f);
    enum lu_status status = again ? LU_OK : factor_anew(f);
    f->factored = status == LU_OK;
    if (f->factored && (!again || f->tail_at[f->plan->blocks] > 0))
        f->parity = parity_of_pivots(f);
    return status;
}

/* Entries that are not within `near` of what they were, relative. */
KERNEL
static void LU_(find_moved)(struct LU_NAME *f, const NUMBER *value, double near)
{
    const struct lu_entry *entry = f->plan->entry;
    const double *scale = f->scale;
    const NUMBER *before = f->entry;
    uint8_t *moved = f->moved;
    KERNEL_EACH
    for (int32_t q = 0; q < f->plan->start[f->plan->n]; q++)
        moved[q] = !number_is_near(number_scaled(value[entry[q].place], scale[entry[q].label]), before[q], near);
}

/* Blocks with such an entry in a column take all entries of these. */
static void load_moved(struct LU_NAME *f, const NUMBER *value, double near)
{
    const struct lu_plan *plan = f->plan;
    LU_(find_moved)(f, value, near);
    for (int32_t b = 0; b < plan->blocks; b++) {
        int32_t first = plan->start[plan->begin[b]], end = plan->start[plan->begin[b + 1]];
        f->changed[b] = memchr(f->moved + first, 1, (size_t)(end - first));
        for (int32_t q = first; f->changed[b] && q < end; q++)
            f->entry[q] = scaled_entry(f, value, q);
    }
}

bool LU_(refactor_nearly)(struct LU_NAME *f, const NUMBER *value, double near)
{
    if (!f->factored)
        return false;
    load_moved(f, value, near);
    f->factored = factor_again(f);
    if (f->factored && f->tail_at[f->plan->blocks] > 0)
        f->parity = parity_of_pivots(f);
    return f->factored;
}

#include "linear/lu_solve_body.h"

/* ---- what is known of it ----------------------------------------------------------------------------------------- */

int LU_(sign)(const struct LU_NAME *f)
{
    int negative = 0;
    if (!f->factored)
        return 0;
    for (int32_t k = 0; k < f->plan->n; k++)
        negative += number_is_negative(f->pivot[k]);
    return negative % 2 == 0 ? f->parity : -f->parity;
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
    return f->factored ? (double)f->lower.start[n] + f->upper.start[n] + (double)f->tail_at[f->plan->blocks] : 0;
}

void LU_(free)(struct LU_NAME *f)
{
    if (!f)
        return;
    free(f->lower.row);
    free(f->lower.value);
    free(f->upper.row);
    free(f->upper.value);
    free(f->dense);
    free(f->arrays);
    free(f);
}
