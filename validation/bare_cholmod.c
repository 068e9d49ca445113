/* The least that a solver of a resistor deck could do: CHOLMOD's analyse, factor and solve, timed without reading or
 * writing, once for each ordering.
 *
 *     bare_cholmod DECK [REPEATS]
 *
 * DECK holds R cards, one V source to ground and nothing that matters else; it is read with no regard to SPICE.
 * Prints a line an ordering: name, seconds of analyse, factor and solve, their sum (the median of REPEATS), nonzeros
 * of the factor, relative residual; then `best`, its sum, and the peak resident memory in kilobytes. */
#include <cholmod.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* Resistors between nodes numbered from 0 in the order of their appearance; ground is -1. */
struct deck {
    int *a, *b;       /* [resistors]                    */
    double *g;        /* [resistors]  S                 */
    size_t resistors, capacity;
    int nodes;
    int fixed;        /* the node of the voltage source */
    double volts;     /* its value                  V   */
    char **name;      /* [slots]  open addressing       */
    int *number;      /* [slots]                        */
    size_t slots;
};

struct timing {
    double analyse, factor, solve, sum; /* seconds */
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *or_die(void *p)
{
    if (!p) {
        fputs("bare_cholmod: out of memory\n", stderr);
        exit(4);
    }
    return p;
}

static size_t slot_of(const struct deck *deck, const char *name)
{
    size_t h = 14695981039346656037u;
    for (const char *c = name; *c; c++)
        h = (h ^ (unsigned char)*c) * 1099511628211u;
    h &= deck->slots - 1;
    while (deck->name[h] && strcmp(deck->name[h], name) != 0)
        h = (h + 1) & (deck->slots - 1);
    return h;
}

static void make_slots(struct deck *deck, size_t slots)
{
    struct deck bigger = *deck;
    bigger.slots = slots;
    bigger.name = or_die(calloc(slots, sizeof *bigger.name));
    bigger.number = or_die(calloc(slots, sizeof *bigger.number));
    for (size_t i = 0; i < deck->slots; i++) {
        if (!deck->name[i])
            continue;
        size_t to = slot_of(&bigger, deck->name[i]);
        bigger.name[to] = deck->name[i];
        bigger.number[to] = deck->number[i];
    }
    free(deck->name);
    free(deck->number);
    *deck = bigger;
}

static int node_of(struct deck *deck, const char *name)
{
    if (strcmp(name, "0") == 0)
        return -1;
    if ((size_t)deck->nodes * 2 >= deck->slots)
        make_slots(deck, deck->slots ? deck->slots * 2 : 1024);
    size_t at = slot_of(deck, name);
    if (!deck->name[at]) {
        deck->name[at] = or_die(strdup(name));
        deck->number[at] = deck->nodes++;
    }
    return deck->number[at];
}

static void add_resistor(struct deck *deck, int a, int b, double g)
{
    if (deck->resistors == deck->capacity) {
        deck->capacity = deck->capacity ? deck->capacity * 2 : 1024;
        deck->a = or_die(realloc(deck->a, deck->capacity * sizeof *deck->a));
        deck->b = or_die(realloc(deck->b, deck->capacity * sizeof *deck->b));
        deck->g = or_die(realloc(deck->g, deck->capacity * sizeof *deck->g));
    }
    deck->a[deck->resistors] = a;
    deck->b[deck->resistors] = b;
    deck->g[deck->resistors++] = g;
}

static void read_deck(struct deck *deck, FILE *file)
{
    char line[512], a[128], b[128];
    double value;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%*s %127s %127s %lf", a, b, &value) != 3)
            continue;
        int from = node_of(deck, a), to = node_of(deck, b);
        if (line[0] == 'r')
            add_resistor(deck, from, to, 1 / value);
        if (line[0] == 'v') {
            deck->fixed = from;
            deck->volts = value;
        }
    }
}

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
