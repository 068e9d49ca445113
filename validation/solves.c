/* How long 360 operating points of one layered network take through the library, each with resistances drawn anew.
 *
 *     solves DECK [POINTS [THREADS]]
 *
 * Each thread has a handle of its own. Prints the seconds that the thread with most of them spent in the library,
 * setting resistances and solving, without loading, the first solve and the drawing; and what the last point took by
 * stage. Status 1 where a point was not proved. */
#include <opspice.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_RUNS = 100 };

struct worker {
    pthread_t thread;
    const char *path;
    uint64_t seed;
    size_t points, failed, most_steps;
    double seconds; /* in the library */
    opspice_stats stats;
};

static pthread_barrier_t barrier;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Uniform in (0, 1]: xorshift64*, Vigna 2016. */
static double draw(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return ((double)(*state * 0x2545F4914F6CDD1DULL >> 11) + 1) * 0x1p-53;
}

/* Runs of consecutive resistors. */
struct instance_range {
    size_t begin, end;
};

static size_t find_runs(const opspice *deck, struct instance_range *run, size_t most)
{
    size_t count = opspice_branch_count(deck), runs = 0;
    for (size_t q = 0; q < count && runs < most; q++) {
        if (opspice_branch_name(deck, q)[0] != 'r')
            continue;
        run[runs].begin = q;
        while (q < count && opspice_branch_name(deck, q)[0] == 'r')
            q++;
        run[runs++].end = q;
    }
    return runs;
}

/* Conductances uniform up to 1/20 S; ohms [branches]. */
static void redraw(const struct instance_range *run, size_t runs, double *ohms, uint64_t *seed)
{
    for (size_t r = 0; r < runs; r++)
        for (size_t q = run[r].begin; q < run[r].end; q++)
            ohms[q] = 20 / draw(seed);
}

static int solve(opspice *deck, const struct instance_range *run, size_t runs, const double *ohms)
{
    for (size_t r = 0; r < runs; r++)
        if (opspice_set_resistances(deck, run[r].begin, run[r].end - run[r].begin, ohms + run[r].begin) != OPSPICE_OK)
            return 1;
    return opspice_solve(deck) != OPSPICE_OK;
}

static void *work(void *data)
{
    struct worker *worker = data;
    opspice *deck = opspice_new();
    int good = deck && opspice_set(deck, "threads", "1") == OPSPICE_OK &&
               opspice_set(deck, "proof", "verdict") == OPSPICE_OK &&
               opspice_load_file(deck, worker->path) == OPSPICE_OK && opspice_solve(deck) == OPSPICE_OK;
    double *ohms = good ? malloc(opspice_branch_count(deck) * sizeof *ohms) : NULL;
    struct instance_range run[MOST_RUNS];
    size_t runs = good ? find_runs(deck, run, MOST_RUNS) : 0;
    pthread_barrier_wait(&barrier);
    for (size_t point = 0; point < worker->points; point++) {
        if (!ohms) {
            worker->failed++;
            continue;
        }
        size_t before = opspice_get_stats(deck)->factorisations;
        redraw(run, runs, ohms, &worker->seed);
        double start = now();
        worker->failed += solve(deck, run, runs, ohms) != 0;
        worker->seconds += now() - start;
        size_t steps = opspice_get_stats(deck)->factorisations - before;
        worker->most_steps = steps > worker->most_steps ? steps : worker->most_steps;
    }
    if (good)
        worker->stats = *opspice_get_stats(deck);
    free(ohms);
    opspice_free(deck);
    return NULL;
}

int main(int argc, char **argv)
{
    enum { MOST = 64 };
    struct worker worker[MOST] = {{0}};
    size_t points = argc > 2 ? strtoul(argv[2], NULL, 10) : 360, threads = argc > 3 ? strtoul(argv[3], NULL, 10) : 2;
    size_t failed = 0, steps = 0;
    double seconds = 0;
    if (argc < 2 || threads < 1 || threads > MOST) {
        fprintf(stderr, "usage: solves DECK [POINTS [THREADS]]\n");
        return 2;
    }
    pthread_barrier_init(&barrier, NULL, (unsigned)threads);
    for (size_t t = 0; t < threads; t++) {
        worker[t].path = argv[1];
        worker[t].seed = t + 1;
        worker[t].points = points * (t + 1) / threads - points * t / threads;
        pthread_create(&worker[t].thread, NULL, work, &worker[t]);
    }
    for (size_t t = 0; t < threads; t++) {
        pthread_join(worker[t].thread, NULL);
        failed += worker[t].failed;
        seconds = worker[t].seconds > seconds ? worker[t].seconds : seconds;
        steps = worker[t].most_steps > steps ? worker[t].most_steps : steps;
    }
    const opspice_stats *stats = &worker[0].stats;
    printf("%zu points on %zu threads: %.3f s, %zu not proved, at most %zu Newton steps\n", points, threads, seconds,
           failed, steps);
    printf("the last one: lower %.6f, solve %.6f, recover %.6f, prove %.6f s\n", stats->lower, stats->solve,
           stats->recover, stats->prove);
    return failed > 0;
}
