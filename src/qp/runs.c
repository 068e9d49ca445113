#include "qp/runs.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

enum { LONG_RUN = 16 }; /* worth a loop of its own, in the mean */

/* length[q]: of the run of neighbouring rows, on one side of the diagonal, that entry q is in. */
static void find_lengths(const struct laplacian *L, int32_t *length)
{
    for (int32_t j = 0; j < L->n; j++)
        for (int32_t q = L->p[j], end; q < L->p[j + 1]; q = end) {
            for (end = q + 1; end < L->p[j + 1] && L->i[end] == L->i[end - 1] + 1 && L->i[end] != j && L->i[q] != j;)
                end++;
            for (int32_t of = q; of < end; of++)
                length[of] = end - q;
        }
}

/* chosen[q]: entry q and not its mirror image. next [n] work. */
static void choose(const struct laplacian *L, const int32_t *length, int32_t *next, bool *chosen)
{
    memcpy(next, L->p, (size_t)L->n * sizeof *next);
    for (int32_t j = 0; j < L->n; j++)
        for (int32_t q = L->p[j]; q < L->p[j + 1]; q++) {
            int32_t mirror = next[L->i[q]]++; /* columns are sorted, and this one is the next row there */
            chosen[q] = L->i[q] != j && (length[q] > length[mirror] || (length[q] == length[mirror] && L->i[q] > j));
        }
}

/* The runs of chosen entries, into run where it is not NULL. Their number. */
static size_t find_runs(const struct laplacian *L, const bool *chosen, struct qp_run *run)
{
    size_t runs = 0;
    for (int32_t j = 0; j < L->n; j++)
        for (int32_t q = L->p[j]; q < L->p[j + 1];) {
            int32_t begin = q++;
            if (!chosen[begin])
                continue;
            while (q < L->p[j + 1] && chosen[q] && L->i[q] == L->i[q - 1] + 1)
                q++;
            if (run)
                run[runs] = (struct qp_run){j, L->i[begin], q - begin, begin};
            runs++;
        }
    return runs;
}

bool runs_build(struct runs *runs, const struct laplacian *L)
{
    size_t all = (size_t)L->p[L->n], entries = (all - (size_t)L->n) / 2, count = 0;
    int32_t *length = array_new(all, sizeof *length), *next = array_new((size_t)L->n, sizeof *next);
    bool *chosen = array_new(all, sizeof *chosen), done = length && next && chosen;
    if (done) {
        find_lengths(L, length);
        choose(L, length, next, chosen);
        count = find_runs(L, chosen, NULL);
    }
    if (count > 0 && entries >= LONG_RUN * count) {
        runs->run = array_new(count, sizeof *runs->run);
        done = runs->run;
        runs->entries = entries;
        runs->count = done ? find_runs(L, chosen, runs->run) : 0;
    }
    free(length);
    free(next);
    free(chosen);
    return done;
}

bool runs_hold(const struct runs *runs, int32_t column, int32_t row, int32_t length)
{
    size_t low = 0, high = runs->count; /* the last run that begins no later */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct qp_run *run = &runs->run[middle];
        if (run->column < column || (run->column == column && run->row <= row))
            low = middle + 1;
        else
            high = middle;
    }
    const struct qp_run *run = &runs->run[low - (low > 0)];
    return low > 0 && run->column == column && row + length <= run->row + run->length;
}

void runs_mirror(const struct runs *runs, struct laplacian *L)
{
    for (size_t r = 0; r < runs->count; r++) {
        const struct qp_run *run = &runs->run[r];
        for (int32_t q = 0; q < run->length; q++)
            L->x[laplacian_find(L, run->column, run->row + q)] = L->x[run->at + q];
    }
}

void runs_free(struct runs *runs)
{
    free(runs->run);
    *runs = (struct runs){0};
}
