/* The update of the input conductances against the memory's limit: bytes that input_layer_pass moves a second over what
 * a plain streaming copy reaches, the two in turn in one run.
 *
 *     streaming [HIDDEN [THREADS [ROUNDS]]]      default: 32768, as drn-xl, all processors, 7
 *
 * Prints the medians. The pass reads and writes each conductance once; the copy reads one block and writes another. */
#include "drn/input_layer.h"
#include "drn/team.h"
#include "util/random.h"
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIXELS = 784, BATCH = 4, ROUNDS_LIMIT = 99 };

/* Images with the share of lit pixels that MNIST has, 19 %, in a disc where digits are. */
static void draw(struct drn_inputs *inputs, uint64_t seed)
{
    struct random random = random_from(seed);
    inputs->samples = BATCH;
    inputs->groups = 1;
    for (size_t p = 0; p < PIXELS; p++) {
        int x = (int)(p % 28) - 14, y = (int)(p / 28) - 14;
        double share = x * x + y * y < 100 ? 0.47 : 0;
        for (size_t b = 0; b < BATCH; b++)
            inputs->volts[p * GROUP + b] = (random_uniform(&random) + 1) / 2 < share ? 800.0f : 0.0f;
    }
    inputs_sort(inputs);
}

static int ascending(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static double median(double *list, int count)
{
    qsort(list, (size_t)count, sizeof *list, ascending);
    return list[count / 2];
}

static double time_pass(struct drn_network *network, const struct input_pass *pass, int threads)
{
    double start = omp_get_wtime();
#pragma omp parallel num_threads(threads)
    {
        size_t from, to;
        struct team team = {(size_t)omp_get_thread_num(), (size_t)omp_get_num_threads(), NULL};
        team_share(team, network->panels, &from, &to);
        input_layer_pass(network, pass, from, to);
    }
    return omp_get_wtime() - start;
}

static double time_copy(float *to, const float *from, size_t count, int threads)
{
    double start = omp_get_wtime();
#pragma omp parallel num_threads(threads)
    {
        size_t first, last;
        struct team team = {(size_t)omp_get_thread_num(), (size_t)omp_get_num_threads(), NULL};
        team_share(team, count, &first, &last);
        memcpy(to + first, from + first, (last - first) * sizeof *to);
    }
    return omp_get_wtime() - start;
}

int main(int argc, char **argv)
{
    int threads = argc > 2 ? atoi(argv[2]) : omp_get_num_procs(), rounds = argc > 3 ? atoi(argv[3]) : 7;
    char layers[64];
    snprintf(layers, sizeof layers, "%d,%s,10", 2 * PIXELS, argc > 1 ? argv[1] : "32768");
    struct drn_settings settings;
    settings_init(&settings);
    const char *wrong = settings_set(&settings, "layers", layers);
    if (wrong || threads < 1 || rounds < 1 || rounds > ROUNDS_LIMIT) {
        fprintf(stderr, "usage: streaming [HIDDEN [THREADS [ROUNDS]]]\n");
        return 2;
    }
    settings_complete(&settings);
    struct drn_network network;
    struct drn_inputs now, next;
    if (!drn_network_new(&network, &settings) || !inputs_new(&now, PIXELS, BATCH) || !inputs_new(&next, PIXELS, BATCH))
        return 4;
    size_t count = drn_network_input_size(&network), states = BATCH * network.stride[1];
    float *copy = drn_lanes_new(count, sizeof *copy), *d = drn_lanes_new(states, sizeof *d),
          *s = drn_lanes_new(states, sizeof *s), *product = drn_lanes_new(states, sizeof *product);
    if (!copy || !d || !s || !product)
        return 4;
    drn_network_randomise(&network, &settings);
    draw(&now, 1);
    draw(&next, 2);
    struct random random = random_from(3);
    for (size_t n = 0; n < states; n++) {
        d[n] = (float)(1e-3 * random_uniform(&random));
        s[n] = (float)(5 * random_uniform(&random));
    }
    const struct drn_update update = drn_update_of(&settings, 1, false, 1);
    const struct input_pass pass = {
        .inputs = &now, .d = d, .s = s, .update = &update, .next = &next, .product = product};
    double passes[ROUNDS_LIMIT], copies[ROUNDS_LIMIT], ratios[ROUNDS_LIMIT],
        bytes = 2.0 * (double)count * sizeof(float);
    for (int r = 0; r < rounds; r++) {
        copies[r] = bytes / time_copy(copy, network.input, count, threads);
        passes[r] = bytes / time_pass(&network, &pass, threads);
        ratios[r] = passes[r] / copies[r];
    }
    printf("%s, %d threads: update %.1f GB/s, copy %.1f GB/s, ratio %.2f\n", layers, threads,
           median(passes, rounds) / 1e9, median(copies, rounds) / 1e9, median(ratios, rounds));
    drn_network_free(&network);
    inputs_free(&now);
    inputs_free(&next);
    free(copy);
    free(d);
    free(s);
    free(product);
    return 0;
}
