/* Equilibria of networks with antiparallel exponential diodes, as timed by Osana et al. 2026 (arXiv 2609.07356): 360
 * images of digits of 8 x 8 pixels, one at a time and 64 together, from 0 V, on one thread.
 *
 *     equilibria [FOLDER]      of MNIST; default: data/mnist
 *
 * Their settings (public sources, configurations of the timings): Is 1 uA, n Vt 50 mV, offset 0.8 V, inputs -10 V to
 * 10 V and their negatives, 20 outputs, amplifiers of gain 4, over-relaxation of 1.2 to 1.4; conductances
 * max(0, U(-c, c)). Their images are UCI's digits; these are MNIST's, reduced alike: 4 x 4 pixels become one. Printed
 * for each network: seconds of processor for the 360, and how far the potentials of the first ones are from those in
 * double precision, over the largest. */
#include "drn/reference.h"
#include "drn/trainer.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SIDE = 8, PIXELS = SIDE * SIDE, TEST = 360, COMPARED = 8 };

/* The first `count` images of a data set, with a border of two pixels, reduced. */
static bool reduce(const struct drn_dataset *from, size_t count, struct drn_dataset *to)
{
    *to = (struct drn_dataset){.count = count, .channels = 1, .height = SIDE, .width = SIDE};
    to->pixel = calloc(count, PIXELS);
    to->label = malloc(count);
    if (!to->pixel || !to->label || from->count < count || from->height != 28 || from->width != 28)
        return false;
    memcpy(to->label, from->label, count);
    for (size_t n = 0; n < count; n++) {
        unsigned sum[PIXELS] = {0};
        for (size_t y = 0; y < 28; y++) {
            for (size_t x = 0; x < 28; x++)
                sum[(y + 2) / 4 * SIDE + (x + 2) / 4] += from->pixel[(n * 28 + y) * 28 + x];
        }
        for (size_t p = 0; p < PIXELS; p++)
            to->pixel[n * PIXELS + p] = (uint8_t)(sum[p] / 16);
    }
    return true;
}

static bool read_images(const char *folder, struct drn_dataset *images)
{
    char why[256] = "too small";
    struct drn_dataset large = {0};
    bool good = dataset_read_folder(&large, folder, DATASET_TEST, why, sizeof why) == DATASET_OK &&
                reduce(&large, TEST, images);
    dataset_free(&large);
    if (!good)
        fprintf(stderr, "equilibria: %s: %s\n", folder, why);
    return good;
}

static double processor_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* Find them, so many together. Negative: not found. */
static double time_solves(const struct drn_trainer *trainer, const struct drn_dataset *images, size_t together,
                          struct drn_tester *tester)
{
    size_t errors;
    double cost, start = processor_seconds();
    for (size_t n = 0; n < images->count; n += together) {
        struct drn_dataset some = *images;
        some.pixel += n * PIXELS;
        some.label += n;
        some.count = images->count - n < together ? images->count - n : together;
        if (tester_run(tester, trainer, &some, NULL, &errors, &cost) != TRAIN_OK)
            return -1;
    }
    return processor_seconds() - start;
}

/* The largest distance of a potential from that in double precision, over the largest of those. */
static double distance(struct drn_trainer *trainer, const struct drn_dataset *images, struct drn_tester *tester)
{
    struct reference reference;
    struct reference_states exact;
    struct drn_dataset some = *images;
    size_t errors;
    double cost, off = 0, largest = 0;
    some.count = COMPARED;
    if (!reference_new(&reference, &trainer->network) || !reference_states_new(&exact, &reference) ||
        tester_run(tester, trainer, &some, NULL, &errors, &cost) != TRAIN_OK)
        return NAN;
    for (size_t b = 0; b < COMPARED; b++) {
        reference_take(&reference, &trainer->network, &tester->inputs, b);
        if (!reference_find(&reference, 0, 0, &exact))
            return NAN;
        for (size_t k = 1; k <= reference.layers; k++) {
            const float *v = tester->equilibrium.states.v[k] + b * tester->equilibrium.states.stride[k];
            for (size_t j = 0; j < reference.units[k]; j++) {
                off = fmax(off, fabs((double)v[j] - exact.v[k][j]));
                largest = fmax(largest, fabs(exact.v[k][j]));
            }
        }
    }
    reference_states_free(&exact);
    reference_free(&reference);
    return off / largest;
}

static bool set_all(struct drn_settings *settings, const char *layers, const char *relaxation)
{
    const char *const options[][2] = {{"layers", layers},
                                      {"relaxation", relaxation},
                                      {"diode", "pair"},
                                      {"saturation-current", "1e-6"},
                                      {"thermal-voltage", "0.05"},
                                      {"offset-voltage", "0.8"},
                                      {"input-gain", "20"},
                                      {"input-offset", "-10"},
                                      {"amplifier", "4"},
                                      {"tolerance", "3e-6"},
                                      {"threads", "1"}};
    settings_init(settings);
    for (size_t n = 0; n < sizeof options / sizeof *options; n++) {
        const char *wrong = settings_set(settings, options[n][0], options[n][1]);
        if (wrong) {
            fprintf(stderr, "equilibria: %s %s\n", options[n][0], wrong);
            return false;
        }
    }
    return !settings_complete(settings);
}

static bool measure(const char *layers, const char *relaxation, const struct drn_dataset *images)
{
    struct drn_settings settings;
    struct drn_trainer trainer;
    struct drn_tester tester;
    if (!set_all(&settings, layers, relaxation) || !trainer_new(&trainer, &settings, images))
        return false;
    if (!tester_new(&tester, &trainer.network)) {
        trainer_free(&trainer);
        return false;
    }
    double one = time_solves(&trainer, images, 1, &tester), many = time_solves(&trainer, images, 64, &tester);
    size_t sweeps = tester.equilibrium.iterations;
    printf("%-19s one by one %.3f s, 64 together %.3f s, %zu sweeps in the last; off by %.1e\n", layers, one, many,
           sweeps, distance(&trainer, images, &tester));
    fflush(stdout);
    tester_free(&tester);
    trainer_free(&trainer);
    return one >= 0 && many >= 0;
}

int main(int argc, char **argv)
{
    struct drn_dataset images = {0};
    bool good = read_images(argc > 1 ? argv[1] : "data/mnist", &images);
    good = good && measure("128,1024,20", "1.2", &images);
    good = good && measure("128,512,512,20", "1.3", &images);
    good = good && measure("128,512,512,512,20", "1.4", &images);
    dataset_free(&images);
    return good ? 0 : 1;
}
