#include "linear/laplacian.h"

#include "util/array.h"
#include "util/search.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool laplacian_counts(size_t n, size_t between)
{
    return n <= INT32_MAX && between <= (INT32_MAX - n) / 2;
}

static bool laplacian_alloc(struct laplacian *L, int32_t n, size_t entries)
{
    *L = (struct laplacian){.n = n};
    L->p = array_new((size_t)n + 1, sizeof *L->p);
    L->i = array_new(entries, sizeof *L->i);
    L->x = array_new(entries, sizeof *L->x);
    L->d = array_new((size_t)n, sizeof *L->d);
    return L->p && L->i && L->x && L->d;
}

static bool is_branch(const struct conductance *edge)
{
    return edge->i != GROUND_UNKNOWN && edge->j != GROUND_UNKNOWN && edge->i != edge->j;
}

/* Columns with their entries in the order of the edges: diagonal first, parallel edges apart. */
static bool scatter(struct laplacian *L, int32_t n, const struct conductance *edge, size_t m)
{
    size_t between = 0;
    for (size_t e = 0; e < m; e++)
        between += is_branch(&edge[e]);
    if (!laplacian_counts((size_t)n, between) || !laplacian_alloc(L, n, (size_t)n + 2 * between))
        return false;
    for (size_t e = 0; e < m; e++)
        if (is_branch(&edge[e])) {
            L->p[edge[e].i]++;
            L->p[edge[e].j]++;
        }
    int32_t at = 0;
    for (int32_t i = 0; i < n; i++) { /* p[i]: where the next off-diagonal entry goes */
        int32_t degree = L->p[i];
        L->i[at] = i;
        L->p[i] = at + 1;
        at += degree + 1;
    }
    for (size_t e = 0; e < m; e++) {
        int32_t i = edge[e].i, j = edge[e].j;
        if (!is_branch(&edge[e]))
            continue;
        L->i[L->p[i]] = j;
        L->x[L->p[i]++] = -edge[e].g;
        L->i[L->p[j]] = i;
        L->x[L->p[j]++] = -edge[e].g;
    }
    for (int32_t i = n; i > 0; i--)
        L->p[i] = L->p[i - 1];
    L->p[0] = 0;
    return true;
}

/* The transpose of a matrix has sorted columns; a symmetric one is its own transpose. */
static bool sort_columns(struct laplacian *sorted, const struct laplacian *L)
{
    int32_t n = L->n;
    if (!laplacian_alloc(sorted, n, (size_t)L->p[n]))
        return false;
    memcpy(sorted->p, L->p, ((size_t)n + 1) * sizeof *L->p);
    for (int32_t j = 0; j < n; j++)
        for (int32_t q = L->p[j]; q < L->p[j + 1]; q++) {
            int32_t to = sorted->p[L->i[q]]++;
            sorted->i[to] = j;
            sorted->x[to] = L->x[q];
        }
    memcpy(sorted->p, L->p, ((size_t)n + 1) * sizeof *L->p);
    return true;
}

/* Add up entries of the same row, in place. */
static void merge_parallel(struct laplacian *L)
{
    int32_t to = 0;
    for (int32_t j = 0, from = 0; j < L->n; j++) {
        int32_t begin = to, end = L->p[j + 1];
        for (; from < end; from++) {
            if (to > begin && L->i[to - 1] == L->i[from]) {
                L->x[to - 1] += L->x[from];
            } else {
                L->i[to] = L->i[from];
                L->x[to++] = L->x[from];
            }
        }
        L->p[j + 1] = to;
    }
}

static void add_diagonal(struct laplacian *L, const struct conductance *edge, size_t m)
{
    double *x = L->x;
    for (int32_t j = 0; j < L->n; j++) {
        double sum = 0;
        for (int32_t q = L->p[j]; q < L->p[j + 1]; q++) {
            if (L->i[q] == j)
                L->d[j] = q;
            else
                sum -= x[q];
        }
        x[L->d[j]] = sum;
    }
    for (size_t e = 0; e < m; e++) {
        int32_t i = edge[e].i == GROUND_UNKNOWN ? edge[e].j : edge[e].i;
        if (i == GROUND_UNKNOWN || is_branch(&edge[e]) || edge[e].i == edge[e].j)
            continue;
        x[L->d[i]] += edge[e].g;
    }
}

int32_t laplacian_find(const struct laplacian *L, int32_t row, int32_t column)
{
    int32_t first = L->p[column];
    return first + search_indices(L->i + first, L->p[column + 1] - first, row);
}

bool laplacian_build(struct laplacian *L, int32_t n, const struct conductance *edge, size_t m)
{
    assert(n >= 0 && (edge || m == 0));
    struct laplacian scattered = {0};
    bool built = scatter(&scattered, n, edge, m) && sort_columns(L, &scattered);
    laplacian_free(&scattered);
    if (!built) {
        laplacian_free(L);
        return false;
    }
    merge_parallel(L);
    add_diagonal(L, edge, m);
    return true;
}

void laplacian_apply(const struct laplacian *L, const double *ground, const double *x, double *y)
{
    for (int32_t j = 0; j < L->n; j++) {
        double sum = ground[j] * x[j];
        for (int32_t q = L->p[j]; q < L->p[j + 1]; q++)
            sum -= L->x[q] * (x[j] - x[L->i[q]]);
        y[j] = sum;
    }
}

/* The first and the last size when some of the counted conductances are left out at either end. */
static void find_sizes(const uint32_t *count, uint32_t some, size_t *first, size_t *last)
{
    uint64_t below = 0, above = 0;
    for (*first = 0; *first < CONDUCTANCE_SIZES - 1 && (below += count[*first]) <= some;)
        ++*first;
    for (*last = CONDUCTANCE_SIZES - 1; *last > *first && (above += count[*last]) <= some;)
        --*last;
}

/* Count conductances between unknowns, those with x for L->x. Returns how many there are. */
static size_t count_sizes(const struct laplacian *L, const double *x, uint32_t *count)
{
    size_t all = 0;
    for (int32_t j = 0; j < L->n; j++)
        for (int32_t q = L->p[j]; q < L->p[j + 1] && L->i[q] < j; q++) {
            count[conductance_size(x[q])] += x[q] < 0;
            all += x[q] < 0;
        }
    return all;
}

double laplacian_spread(const struct laplacian *L, const double *x)
{
    enum { OUTLIER = 10000 }; /* one in so many */
    uint32_t count[CONDUCTANCE_SIZES] = {0};
    size_t first, last;
    double least = INFINITY, most = 0;
    count_sizes(L, x, count);
    find_sizes(count, (uint32_t)L->n / OUTLIER, &first, &last);
    for (int32_t j = 0; j < L->n; j++)
        for (int32_t q = L->p[j]; q < L->p[j + 1] && L->i[q] < j; q++) {
            size_t size = conductance_size(x[q]);
            if (!(x[q] < 0) || size < first || size > last)
                continue;
            least = fmin(least, -x[q]);
            most = fmax(most, -x[q]);
        }
    return most > 0 ? most / least : 1;
}

/* The size of the one of rank `rank`, from the largest on. */
static size_t size_at(const uint32_t *count, size_t rank)
{
    size_t size = CONDUCTANCE_SIZES - 1, above = 0;
    while (size > 0 && (above += count[size]) <= rank)
        size--;
    return size;
}

double laplacian_step_below_tree(const struct laplacian *L)
{
    enum { IN_AN_OCTAVE = 4 };
    uint32_t count[CONDUCTANCE_SIZES] = {0};
    size_t all = count_sizes(L, L->x, count), tree = L->n > 0 ? (size_t)L->n - 1 : 0;
    if (all <= tree)
        return INFINITY;
    return exp2(((double)size_at(count, tree / 2) - (double)size_at(count, tree + (all - tree) / 2)) / IN_AN_OCTAVE);
}

void laplacian_free(struct laplacian *L)
{
    free(L->p);
    free(L->i);
    free(L->x);
    free(L->d);
    *L = (struct laplacian){0};
}
