/* The least that a solver of a resistor deck could do: CHOLMOD's analyse, factor and solve, timed without reading or
 * writing, once for each ordering.
 *
 *     bare_cholmod DECK [REPEATS]
 *
 * DECK holds R cards, one V source to ground and nothing that matters else; it is read with no regard to SPICE.
 * Prints a line an ordering: name, seconds of analyse, factor and solve, their sum (the median of REPEATS), nonzeros
 * of the factor, relative residual; then `best`, its sum, and the peak resident memory in kilobytes. */
#include "bare_deck.h"
#include <cholmod.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

struct timing {
    double analyse, factor, solve, sum; /* seconds */
};

/* The Laplacian of the free nodes, lower triangle, and the right-hand side: the fixed node's row and column move
 * to the right. */
static cholmod_sparse *laplacian(const struct deck *deck, cholmod_dense **rhs, cholmod_common *c)
{
    int n = deck->nodes - 1;
    size_t size = (size_t)n, room = 3 * deck->resistors;
    cholmod_triplet *t = or_die(cholmod_allocate_triplet(size, size, room, -1, CHOLMOD_REAL, c));
    int *row = t->i, *column = t->j;
    double *value = t->x, *b = (*rhs = or_die(cholmod_zeros(size, 1, CHOLMOD_REAL, c)))->x;
    size_t count = 0;
    for (size_t k = 0; k < deck->resistors; k++) {
        int end[2] = {deck->a[k], deck->b[k]};
        int known[2];
        for (int e = 0; e < 2; e++) {
            known[e] = end[e] < 0 || end[e] == deck->fixed;
            end[e] -= end[e] > deck->fixed;
        }
        for (int e = 0; e < 2; e++) {
            if (known[e])
                continue;
            row[count] = column[count] = end[e];
            value[count++] = deck->g[k];
            if (known[1 - e] && (e ? deck->a[k] : deck->b[k]) == deck->fixed)
                b[end[e]] += deck->g[k] * deck->volts;
        }
        if (!known[0] && !known[1]) {
            row[count] = end[0] > end[1] ? end[0] : end[1];
            column[count] = end[0] > end[1] ? end[1] : end[0];
            value[count++] = -deck->g[k];
        }
    }
    t->nnz = count;
    cholmod_sparse *matrix = or_die(cholmod_triplet_to_sparse(t, count, c));
    cholmod_free_triplet(&t, c);
    return matrix;
}

static double residual(cholmod_sparse *matrix, cholmod_dense *x, cholmod_dense *rhs, cholmod_common *c)
{
    double one[2] = {1, 0}, minus[2] = {-1, 0};
    cholmod_dense *r = or_die(cholmod_copy_dense(rhs, c));
    cholmod_sdmult(matrix, 0, minus, one, x, r, c);
    double relative = cholmod_norm_dense(r, 0, c) / cholmod_norm_dense(rhs, 0, c);
    cholmod_free_dense(&r, c);
    return relative;
}

/* One analyse + factor + solve; the factor's nonzeros and the residual through the pointers. */
static struct timing attempt(cholmod_sparse *matrix, cholmod_dense *rhs, cholmod_common *c, double *nonzeros,
                             double *error)
{
    struct timing t;
    double start = now();
    cholmod_factor *factor = or_die(cholmod_analyze(matrix, c));
    t.analyse = now() - start;
    cholmod_factorize(matrix, factor, c);
    t.factor = now() - start - t.analyse;
    cholmod_dense *x = or_die(cholmod_solve(CHOLMOD_A, factor, rhs, c));
    t.sum = now() - start;
    t.solve = t.sum - t.analyse - t.factor;
    *nonzeros = c->lnz;
    *error = residual(matrix, x, rhs, c);
    cholmod_free_dense(&x, c);
    cholmod_free_factor(&factor, c);
    return t;
}

static int by_sum(const void *a, const void *b)
{
    double x = ((const struct timing *)a)->sum, y = ((const struct timing *)b)->sum;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static const struct { const char *name; int method; } ordering[] = {
        {"AMD", CHOLMOD_AMD}, {"METIS", CHOLMOD_METIS}, {"NESDIS", CHOLMOD_NESDIS}};
    int repeats = argc > 2 ? atoi(argv[2]) : 1;
    FILE *file = argc > 1 && repeats > 0 ? fopen(argv[1], "r") : NULL;
    if (!file) {
        fputs("usage: bare_cholmod DECK [REPEATS]\n", stderr);
        return 2;
    }
    struct deck deck = {0};
    read_deck(&deck, file);
    fclose(file);

    cholmod_common c;
    cholmod_start(&c);
    cholmod_dense *rhs;
    cholmod_sparse *matrix = laplacian(&deck, &rhs, &c);
    struct timing *run = or_die(calloc((size_t)repeats, sizeof *run));
    double best = HUGE_VAL;
    for (size_t o = 0; o < sizeof ordering / sizeof ordering[0]; o++) {
        c.nmethods = 1;
        c.method[0].ordering = ordering[o].method;
        c.postorder = 1;
        double nonzeros = 0, error = 0;
        for (int k = 0; k < repeats; k++)
            run[k] = attempt(matrix, rhs, &c, &nonzeros, &error);
        qsort(run, (size_t)repeats, sizeof *run, by_sum);
        struct timing m = run[repeats / 2];
        printf("%-6s analyse %.4f factor %.4f solve %.4f sum %.4f s, %.0f nonzeros, residual %.1e\n", ordering[o].name,
               m.analyse, m.factor, m.solve, m.sum, nonzeros, error);
        best = m.sum < best ? m.sum : best;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("best %.4f s, %ld kB\n", best, usage.ru_maxrss);
    return 0;
}
