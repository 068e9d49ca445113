#include "linear/elimination.h"

#include "linear/minimum_degree.h"
#include "util/array.h"
#include <stdlib.h>
#include <string.h>

static void find_steps(struct elimination *elimination)
{
    for (int32_t k = 0; k < elimination->n; k++)
        elimination->step[elimination->order[k]] = k;
}

/* The elimination tree, by paths that are cut short. shortcut [n] work. */
static void find_parents(struct elimination *elimination, const struct laplacian *A, int32_t *shortcut)
{
    int32_t n = elimination->n;
    for (int32_t k = 0; k < n; k++) {
        int32_t node = elimination->order[k];
        elimination->parent[k] = shortcut[k] = n;
        for (int32_t q = A->p[node]; q < A->p[node + 1]; q++)
            for (int32_t i = elimination->step[A->i[q]], up; i < k; i = up) {
                up = shortcut[i];
                shortcut[i] = k;
                if (up == n)
                    elimination->parent[i] = up = k;
            }
    }
}

/* Steps in a new order, in which each subtree is whole and ends in its root: it has the same fill, and columns that
 * are alike stand side by side. Parents come later than children; so from the last step on, each takes the last free
 * places of its parent's. work [3n + 1] */
static void order_subtrees(struct elimination *elimination, int32_t *work)
{
    int32_t n = elimination->n, *end = work, *size = work + n + 1, *moved = size + n;
    end[n] = n;
    for (int32_t k = 0; k < n; k++)
        size[k] = 1;
    for (int32_t k = 0; k < n; k++)
        if (elimination->parent[k] < n)
            size[elimination->parent[k]] += size[k];
    for (int32_t k = n; k-- > 0;) {
        int32_t parent = elimination->parent[k];
        int32_t at = end[parent] - 1; /* the step of k from now on; its children end before */
        end[parent] -= size[k];
        end[k] = at;
        moved[at] = elimination->order[k];
    }
    memcpy(elimination->order, moved, (size_t)n * sizeof *moved);
    find_steps(elimination);
}

/* Columns of the factor with an entry in row k: from each entry of the matrix there, up the tree. seen [n]: the last
 * row that a column was found for. count [n]: entries of each column so far; those of row k are added, and listed
 * where there is room for crossings. */
static void find_row(struct elimination *elimination, const struct laplacian *A, int32_t k, int32_t *seen,
                     int32_t *count)
{
    int32_t node = elimination->order[k];
    seen[k] = k;
    for (int32_t q = A->p[node]; q < A->p[node + 1]; q++)
        for (int32_t i = elimination->step[A->i[q]]; i < k && seen[i] != k; i = elimination->parent[i]) {
            seen[i] = k;
            if (elimination->crossing) {
                int32_t place = elimination->start[i] + count[i];
                elimination->row[place] = k;
                if (i < elimination->tail)
                    elimination->crossing[elimination->begin[k + 1]++] = (struct crossing){i, place};
            }
            count[i]++;
        }
}

static void find_rows(struct elimination *elimination, const struct laplacian *A, int32_t *seen, int32_t *count)
{
    size_t size = (size_t)elimination->n * sizeof *seen;
    memset(seen, 0xff, size);
    memset(count, 0, size);
    for (int32_t k = 0; k < elimination->n; k++) {
        if (elimination->crossing)
            elimination->begin[k + 1] = elimination->begin[k];
        find_row(elimination, A, k, seen, count);
    }
}

static void find_tail(struct elimination *elimination, const int32_t *count)
{
    enum { SHORT = 16 };
    int32_t n = elimination->n, tail = n;
    while (tail > 0 && count[tail - 1] == n - tail)
        tail--;
    elimination->tail = n - tail < SHORT ? n : tail;
}

/* From the heights of the columns, without their diagonal. */
static void add_up(struct elimination *elimination, const int32_t *count)
{
    for (int32_t k = 0; k < elimination->n; k++) {
        double height = count[k] + 1.0;
        elimination->fill += height;
        elimination->flops += height * height;
        if (elimination->fill < INT32_MAX)
            elimination->start[k + 1] = elimination->start[k] + count[k];
    }
}

bool elimination_plan(struct elimination *elimination, const struct laplacian *A, const int32_t *given)
{
    size_t n = (size_t)A->n;
    const struct array_request request[] = {
        {&elimination->order, n, sizeof *elimination->order},
        {&elimination->step, n, sizeof *elimination->step},
        {&elimination->parent, n, sizeof *elimination->parent},
        {&elimination->start, n + 1, sizeof *elimination->start},
    };
    int32_t *work = array_new(3 * n + 1, sizeof *work);
    elimination->n = A->n;
    elimination->plan_block = arrays_new(request, sizeof request / sizeof *request);
    bool made = work && elimination->plan_block;
    if (made && given)
        memcpy(elimination->order, given, n * sizeof *given);
    else
        made = made && minimum_degree(A, elimination->order);
    if (made) {
        find_steps(elimination);
        find_parents(elimination, A, work);
        order_subtrees(elimination, work);
        find_parents(elimination, A, work);
        find_rows(elimination, A, work, work + n);
        add_up(elimination, work + n);
        find_tail(elimination, work + n);
    }
    free(work);
    if (!made)
        elimination_free(elimination);
    return made;
}

/* Entries of the matrix by the columns of the factor that they are in. */
static void find_entries(struct elimination *elimination, const struct laplacian *A)
{
    int32_t at = 0;
    for (int32_t k = 0; k < elimination->n; k++) {
        int32_t node = elimination->order[k];
        for (int32_t q = A->p[node]; q < A->p[node + 1]; q++)
            if (elimination->step[A->i[q]] > k)
                elimination->entry[at++] = (struct matrix_entry){q, elimination->step[A->i[q]]};
        elimination->entries[k + 1] = at;
    }
}

static void find_runs(struct elimination *elimination)
{
    enum { SHORT = 8 }; /* entries that are not worth a loop of vectors */
    const int32_t *row = elimination->row;
    for (int32_t k = 0; k < elimination->n; k++) {
        int32_t end = elimination->start[k + 1], at = end;
        while (at > elimination->start[k] && (at == end || row[at - 1] + 1 == row[at]))
            at--;
        elimination->run[k] = end - at < SHORT ? end : at;
    }
}

bool elimination_lay_out(struct elimination *elimination, const struct laplacian *A)
{
    if (elimination->fill >= INT32_MAX)
        return false;
    size_t n = (size_t)A->n, entries = (size_t)elimination->start[n];
    const struct array_request request[] = {
        {&elimination->row, entries, sizeof *elimination->row},
        {&elimination->run, n, sizeof *elimination->run},
        {&elimination->begin, n + 1, sizeof *elimination->begin},
        {&elimination->crossing, entries, sizeof *elimination->crossing},
        {&elimination->entries, n + 1, sizeof *elimination->entries},
        {&elimination->entry, (size_t)(A->p[n] - A->n) / 2, sizeof *elimination->entry},
    };
    int32_t *work = array_new(2 * n, sizeof *work);
    elimination->places_block = arrays_new(request, sizeof request / sizeof *request);
    bool made = work && elimination->places_block;
    if (made) {
        find_rows(elimination, A, work, work + n);
        find_entries(elimination, A);
        find_runs(elimination);
    }
    free(work);
    return made;
}

void elimination_free(struct elimination *elimination)
{
    free(elimination->plan_block);
    free(elimination->places_block);
    *elimination = (struct elimination){0};
}
