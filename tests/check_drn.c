/* Deep resistive networks: against the paper's own program, and against what must hold. */
#include "drn/drn_dense.h"
#include "drn/drn_kernels.h"
#include "drn_case.h"
#include "drn/input_layer.h"
#include "drn/train_batch.h"
#include "drn/trainer.h"
#include "suites.h"
#include "util/random.h"
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct team alone = {0, 1, NULL};

/* The folder of the paper's numbers beside that of the corpus; NULL with a message where there is none. */
static const char *reference(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/../reference/%s", getenv("OPSPICE_CORPUS"), name);
    if (access(path, R_OK) == 0)
        return path;
    printf("skipped: drn, no %s\n", path);
    return NULL;
}

/* ---- the paper's trace -------------------------------------------------------------------------------------- */

static void set_list(struct drn_settings *settings, const char *option, const json_t *list)
{
    char text[256] = "";
    for (size_t n = 0; n < json_array_size(list); n++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%.17g", n ? "," : "",
                 json_number_value(json_array_get(list, n)));
    ck_assert_ptr_null(settings_set(settings, option, text));
}

static void set_number(struct drn_settings *settings, const char *option, const json_t *number)
{
    char text[64];
    snprintf(text, sizeof text, "%.17g", json_number_value(number));
    ck_assert_ptr_null(settings_set(settings, option, text));
}

static struct drn_settings settings_of(const json_t *run)
{
    struct drn_settings settings;
    settings_init(&settings);
    set_list(&settings, "layers", json_object_get(run, "layers"));
    set_list(&settings, "lr", json_object_get(run, "lr_weights"));
    set_list(&settings, "lr-bias", json_object_get(run, "lr_biases"));
    set_number(&settings, "input-gain", json_object_get(run, "input_gain"));
    set_number(&settings, "iterations", json_object_get(run, "iterations"));
    set_number(&settings, "beta", json_object_get(run, "nudging"));
    set_number(&settings, "batch", json_object_get(run, "batch"));
    ck_assert_ptr_null(settings_set(&settings, "variant", json_string_value(json_object_get(run, "variant"))));
    ck_assert_ptr_null(settings_complete(&settings));
    return settings;
}

static double at(const json_t *list, size_t n)
{
    return json_number_value(json_array_get(list, n));
}

static double scale_of(const json_t *list)
{
    double scale = 0;
    for (size_t n = 0; n < json_array_size(list); n++)
        scale = fmax(scale, fabs(at(list, n)));
    return scale;
}

/* All within the tolerance of the largest magnitude in the list, and `more`. */
static void compare(const char *what, const char *run, size_t k, const float *got, const json_t *list, double tolerance,
                    double more)
{
    double scale = scale_of(list), off = 0;
    for (size_t n = 0; n < json_array_size(list); n++)
        off = fmax(off, fabs((double)got[n] - at(list, n)) - more);
    ck_assert_msg(off <= tolerance * scale, "%s, %s of layer %zu: off by %g of %g", run, what, k, off, scale);
}

/* Rows without their padding. */
static const float *packed(const float *rows, size_t count, size_t units, size_t stride)
{
    static float out[1024];
    for (size_t r = 0; r < count; r++)
        memcpy(out + r * units, rows + r * stride, units * sizeof *out);
    return out;
}

static double weight_gradient(const struct drn_trainer *trainer, const struct drn_inputs *inputs, size_t k, size_t i,
                              size_t j)
{
    const struct drn_network *network = &trainer->network;
    double sum = 0;
    for (size_t b = 0; b < inputs->samples; b++) {
        double sign = i < network->pixels ? 1 : -1;
        double x =
            k > 1
                ? 0
                : sign * (double)inputs->volts[(b / GROUP * network->pixels + i % network->pixels) * GROUP + b % GROUP];
        double d = k > 1 ? (double)trainer->d.v[k - 1][b * network->stride[k - 1] + i] : 0;
        double s = k > 1 ? (double)trainer->s.v[k - 1][b * network->stride[k - 1] + i] : x;
        sum += (d - (double)trainer->d.v[k][b * network->stride[k] + j]) *
               (s - (double)trainer->s.v[k][b * network->stride[k] + j]);
    }
    return sum / (double)inputs->samples;
}

static double energy(const struct drn_network *network, const struct drn_inputs *inputs,
                     const struct drn_states *states, size_t b)
{
    double sum = 0;
    for (size_t k = 1; k <= network->layers; k++) {
        for (size_t j = 0; j < network->units[k]; j++) {
            double v = (double)states->v[k][b * network->stride[k] + j];
            for (size_t i = 0; i < network->units[k - 1]; i++) {
                double sign = i < network->pixels ? 1 : -1;
                double u = k > 1 ? (double)states->v[k - 1][b * network->stride[k - 1] + i]
                                 : sign * (double)inputs->volts[(i % network->pixels) * GROUP + b];
                sum += (double)*drn_network_weight(network, k, i, j) * (u - v) * (u - v) / 2;
            }
            sum -= (double)network->bias[k][j] * v;
        }
    }
    return sum;
}

static void set_initial(struct drn_network *network, const json_t *initial)
{
    for (size_t k = 1; k <= network->layers; k++) {
        const json_t *weights = json_array_get(json_object_get(initial, "weights"), k - 1);
        float row_major[1024];
        for (size_t n = 0; n < json_array_size(weights); n++)
            row_major[n] = (float)at(weights, n);
        drn_network_set_weights(network, k, row_major);
        for (size_t j = 0; j < network->units[k]; j++)
            network->bias[k][j] = (float)at(json_array_get(json_object_get(initial, "biases"), k - 1), j);
    }
    drn_network_sum(network);
}

/* One mini-batch of the trace, compared with all that the paper's program had. */
static void check_step(struct drn_trainer *trainer, const char *run, const json_t *step)
{
    struct drn_network *network = &trainer->network;
    struct drn_inputs *inputs = &trainer->inputs[trainer->now];
    inputs->samples = trainer->settings.batch;
    inputs->groups = groups_of(inputs->samples);
    for (size_t b = 0; b < inputs->samples; b++) {
        inputs->label[b] = (uint8_t)at(json_object_get(step, "y"), b);
        for (size_t p = 0; p < network->pixels; p++)
            inputs->volts[p * GROUP + b] =
                (float)(trainer->settings.input_gain * at(json_object_get(step, "x"), b * network->pixels + p));
    }
    inputs_sort(inputs);
    equilibrium_take_biases(&trainer->equilibrium, network, inputs->groups);
    const struct input_pass pass = {.next = inputs, .product = trainer->equilibrium.base.v[1]};
    input_layer_pass(network, &pass, 0, network->panels);
    struct drn_network before;
    ck_assert(drn_network_new(&before, &trainer->settings));
    for (size_t k = 1; k <= network->layers; k++) {
        float row_major[1024];
        drn_network_get_weights(network, k, row_major);
        drn_network_set_weights(&before, k, row_major);
        memcpy(before.bias[k], network->bias[k], network->stride[k] * sizeof(float));
    }
    train_batch(trainer, NULL, alone);
    for (size_t k = 1; k <= network->layers; k++) {
        float row_major[1024], gradient[1024];
        compare("states", run, k, packed(trainer->free.v[k], inputs->samples, network->units[k], network->stride[k]),
                json_array_get(json_object_get(step, "free_states"), k - 1), 2e-5, 0);
        for (size_t i = 0; i < network->units[k - 1]; i++) {
            for (size_t j = 0; j < network->units[k]; j++)
                gradient[i * network->units[k] + j] = (float)weight_gradient(trainer, inputs, k, i, j);
        }
        compare("gradients", run, k, gradient, json_array_get(json_object_get(step, "grad_weights"), k - 1), 2e-3, 0);
        for (size_t j = 0; j < network->units[k]; j++) {
            gradient[j] = 0;
            for (size_t b = 0; b < inputs->samples; b++)
                gradient[j] -= trainer->d.v[k][b * network->stride[k] + j] / (float)inputs->samples;
        }
        compare("bias gradients", run, k, gradient, json_array_get(json_object_get(step, "grad_biases"), k - 1), 2e-3,
                0);
        drn_network_get_weights(network, k, row_major);
        compare("weights", run, k, row_major, json_array_get(json_object_get(step, "weights"), k - 1), 2e-5, 0);
        /* Biases begin at 0: at first they are gradients, as far from the paper's as these. */
        double step_off = 2e-3 * trainer->settings.bias_rate[k] *
                          scale_of(json_array_get(json_object_get(step, "grad_biases"), k - 1));
        compare("biases", run, k, network->bias[k], json_array_get(json_object_get(step, "biases"), k - 1), 2e-5,
                step_off);
    }
    float energies[GROUP], costs[GROUP];
    size_t last = network->layers;
    for (size_t b = 0; b < inputs->samples; b++) {
        energies[b] = (float)energy(&before, inputs, &trainer->free, b);
        costs[b] = 0;
        for (size_t o = 0; o < network->units[last]; o++) {
            float off = trainer->free.v[last][b * network->stride[last] + o] - (o == inputs->label[b]);
            costs[b] += off * off / 2;
        }
    }
    compare("energies", run, 0, energies, json_object_get(step, "energy"), 2e-5, 0);
    compare("costs", run, 0, costs, json_object_get(step, "cost"), 2e-5, 0);
    drn_network_free(&before);
}

START_TEST(paper_trace)
{
    const char *path = reference("drn-trace.json");
    if (!path)
        return;
    json_t *runs = json_load_file(path, 0, NULL);
    ck_assert_uint_eq(json_array_size(runs), 4);
    struct drn_dataset none = {.count = 1};
    for (size_t r = 0; r < json_array_size(runs); r++) {
        const json_t *run = json_array_get(runs, r), *steps = json_object_get(run, "steps");
        struct drn_settings settings = settings_of(run);
        struct drn_trainer trainer;
        ck_assert(trainer_new(&trainer, &settings, &none));
        set_initial(&trainer.network, json_object_get(run, "initial"));
        ck_assert_uint_ge(json_array_size(steps), 2);
        for (size_t s = 0; s < json_array_size(steps); s++)
            check_step(&trainer, json_string_value(json_object_get(run, "name")), json_array_get(steps, s));
        trainer_free(&trainer);
    }
    json_decref(runs);
}
END_TEST

/* ---- laws of units ------------------------------------------------------------------------------------------ */

static double between(struct random *random, double least, double most)
{
    return least + (random_uniform(random) + 1) / 2 * (most - least);
}

static bool coin(struct random *random)
{
    return random_uniform(random) < 0;
}

static struct drn_settings random_law(struct random *random, enum drn_diode_kind kind)
{
    struct drn_settings settings;
    settings_init(&settings);
    settings.diode.kind = kind;
    settings.diode.saturation = pow(10, between(random, -15, 0));
    settings.diode.thermal = pow(10, between(random, -2, 0));
    settings.diode.offset = coin(random) ? between(random, 0, 2) : 0;
    settings.relaxation = coin(random) ? 1 : between(random, 0.3, 1.9);
    settings.diode.points = 2 + (size_t)between(random, 0, 20);
    double volts = -2, amperes = -1;
    for (size_t n = 0; n < settings.diode.points; n++) {
        settings.diode.volts[n] = volts;
        settings.diode.amperes[n] = amperes;
        volts += between(random, 0.01, 0.3);
        amperes += coin(random) ? between(random, 0, 0.2) : 0;
    }
    return settings;
}

/* v of v + w resistance i(v) = u by bisection. */
static double bisected(const struct unit_law *law, bool excitatory, double u, double resistance)
{
    double low = -1, high = 1, scale = law->relaxation * resistance;
    while (low + scale * unit_law_current(law, excitatory, low) > u)
        low *= 2;
    while (high + scale * unit_law_current(law, excitatory, high) < u)
        high *= 2;
    for (int n = 0; n < 100; n++) {
        double middle = (low + high) / 2;
        if (middle + scale * unit_law_current(law, excitatory, middle) > u)
            high = middle;
        else
            low = middle;
    }
    return (low + high) / 2;
}

/* One strip of random units under a law: single precision within 4e-7, double precision within 1e-13, of what the
 * potential, the knee, and what is left of the potentials before are worth. */
static void check_law(struct random *random, const struct unit_law *law, const struct drn_kernels *kernels)
{
    float in[STRIP] __attribute__((aligned(64))), resistance[STRIP] __attribute__((aligned(64))),
        knee[STRIP] __attribute__((aligned(64))), v[GROUP * STRIP] __attribute__((aligned(64))) = {0}, before[STRIP];
    float all[GROUP * STRIP] __attribute__((aligned(64))) = {0};
    int32_t excitatory[STRIP] __attribute__((aligned(64)));
    double scale = pow(10, between(random, -3, 4));
    for (int j = 0; j < STRIP; j++) {
        resistance[j] = (float)pow(10, between(random, -3, 2));
        knee[j] = law->kind == DRN_TABLE ? 2 : (float)unit_law_knee(law, (double)resistance[j]);
        in[j] = (float)(scale * random_uniform(random) / (double)resistance[j]);
        excitatory[j] = coin(random) ? -1 : 0;
        before[j] = v[j] = (float)random_uniform(random);
    }
    memcpy(all, in, sizeof in);
    const struct relaxation relaxation = {.kernels = kernels,
                                          .in = all,
                                          .reciprocal = resistance,
                                          .law = law,
                                          .excitatory = excitatory,
                                          .knee = knee,
                                          .relaxation = (float)law->relaxation,
                                          .stride = STRIP,
                                          .groups = 1,
                                          .v = v};
    drn_dense_relax(&relaxation, 0, STRIP);
    for (int j = 0; j < STRIP; j++) {
        double r = (double)resistance[j], old = (double)before[j], best = (double)in[j] * r;
        double u = old + law->relaxation * (best - old), right = bisected(law, excitatory[j], u, r);
        double left = unit_law_share(law, excitatory[j], right, r) * fmax(fabs(best), fabs(old));
        double worth = fmax(fmax(fabs(right), left), fmax(fabs((double)knee[j]), law->thermal));
        double exact = unit_law_settle(law, excitatory[j], u, r);
        ck_assert_msg(fabs((double)v[j] - right) <= 4e-7 * worth, "law %d: %.9g, not %.9g", law->kind, (double)v[j],
                      right);
        ck_assert_msg(fabs(exact - right) <= 1e-13 * worth, "law %d: %.17g, not %.17g", law->kind, exact, right);
        double step = 1e-3 * law->thermal, slope = unit_law_slope(law, excitatory[j], right);
        double rise = (unit_law_current(law, excitatory[j], right + step) -
                       unit_law_current(law, excitatory[j], right - step)) /
                      (2 * step);
        if (law->kind != DRN_TABLE) /* whose points may lie between */
            ck_assert_double_eq_tol(slope, rise, 1e-5 * slope + 1e-12 * law->saturation / law->thermal);
    }
}

START_TEST(unit_laws_in_lanes)
{
    static const char *const bytes[] = {"16", "32", "64"};
    struct random random = random_from((uint64_t)_i);
    ck_assert_int_eq(setenv("OPSPICE_VECTORS", bytes[_i % 3], 1), 0);
    const struct drn_kernels *kernels = drn_kernels_choose();
    unsetenv("OPSPICE_VECTORS");
    for (int n = 0; n < 1000; n++) {
        struct unit_law law;
        struct drn_settings settings = random_law(&random, (enum drn_diode_kind)(DRN_EXPONENTIAL + _i / 3));
        ck_assert(unit_law_new(&law, &settings, 1));
        check_law(&random, &law, kernels);
        unit_law_free(&law);
    }
}
END_TEST

/* ---- the paper's first epoch -------------------------------------------------------------------------------- */

/* MNIST as ./bootstrap.sh data brings it. */
static bool read_mnist(struct drn_dataset *train, struct drn_dataset *test)
{
    static const char folder[] = TOP_SRCDIR "/data/mnist/";
    char path[4][sizeof folder + 32], why[256];
    static const char *const names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                                        "t10k-labels-idx1-ubyte"};
    for (int f = 0; f < 4; f++)
        snprintf(path[f], sizeof path[f], "%s%s", folder, names[f]);
    if (access(path[3], R_OK) != 0) {
        printf("skipped: drn, no %s (./bootstrap.sh data)\n", folder);
        return false;
    }
    ck_assert_int_eq(dataset_read(train, path[0], path[1], why, sizeof why), DATASET_OK);
    ck_assert_int_eq(dataset_read(test, path[2], path[3], why, sizeof why), DATASET_OK);
    return true;
}

static void set_initial_file(struct drn_network *network, const char *path)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    for (size_t k = 1; k <= network->layers; k++) {
        size_t count = network->units[k - 1] * network->units[k];
        float *row_major = malloc(count * sizeof *row_major);
        ck_assert_uint_eq(fread(row_major, sizeof *row_major, count, file), count);
        drn_network_set_weights(network, k, row_major);
        free(row_major);
    }
    fclose(file);
    drn_network_sum(network);
}

static double zero_fraction(const struct drn_network *network, size_t k)
{
    size_t zeros = 0;
    for (size_t i = 0; i < network->units[k - 1]; i++) {
        for (size_t j = 0; j < network->units[k]; j++)
            zeros += *drn_network_weight(network, k, i, j) == 0;
    }
    return (double)zeros / (double)(network->units[k - 1] * network->units[k]);
}

static double norm(const struct drn_network *network, size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < network->units[k - 1]; i++) {
        for (size_t j = 0; j < network->units[k]; j++) {
            double g = (double)*drn_network_weight(network, k, i, j);
            sum += g * g;
        }
    }
    return sqrt(sum);
}

/* The errors are those of one chaotic trajectory: an independent computation is within 2 % of their number. With
 * another rounding, that without fused multiply-add, the test after the last mini-batch is a little farther away. */
static double test_tolerance(const struct drn_network *network)
{
    return network->kernels->fused ? 0.02 : 0.05;
}

static void check_point(const struct drn_trainer *trainer, const json_t *point)
{
    double errors = json_number_value(json_object_get(point, "train_errors"));
    double cost = json_number_value(json_object_get(point, "train_cost_mean"));
    ck_assert_msg(fabs((double)trainer->errors - errors) <= fmax(2, 0.02 * errors), "%zu errors, not %g after %zu",
                  trainer->errors, errors, trainer->position);
    ck_assert_double_eq_tol(trainer->cost / (double)trainer->position, cost, 0.005 * cost);
    for (size_t k = 1; k <= 2; k++) {
        double length = at(json_object_get(point, "weight_norms"), k - 1);
        double zeros = at(json_object_get(point, "weight_zero_fraction"), k - 1);
        ck_assert_double_eq_tol(norm(&trainer->network, k), length, 0.005 * length);
        ck_assert_double_eq_tol(zero_fraction(&trainer->network, k), zeros, 0.01);
    }
}

START_TEST(paper_epoch)
{
    const char *path = reference("drn-xs-curve.json");
    struct drn_dataset train, test;
    if (!path || !read_mnist(&train, &test))
        return;
    json_t *curve = json_load_file(path, 0, NULL), *run = json_object_get(curve, "xs");
    struct drn_settings settings;
    settings_init(&settings);
    ck_assert_ptr_null(settings_set(&settings, "model", "drn-xs"));
    ck_assert_ptr_null(settings_set(&settings, "shuffle", "no"));
    ck_assert_ptr_null(settings_set(&settings, "threads", "1"));
    ck_assert_ptr_null(settings_complete(&settings));
    struct drn_trainer trainer;
    struct drn_tester tester;
    ck_assert(trainer_new(&trainer, &settings, &train) && tester_new(&tester, &trainer.network));
    set_initial_file(&trainer.network, reference("drn-xs-initial.f32"));
    const json_t *log = json_object_get(run, "log");
    for (size_t n = 0; n < json_array_size(log); n++) {
        const json_t *point = json_array_get(log, n);
        while (trainer.position < 4 * (size_t)json_integer_value(json_object_get(point, "batches")))
            ck_assert_int_eq(trainer_step(&trainer, 1), TRAIN_OK);
        check_point(&trainer, point);
    }
    ck_assert(trainer_epoch_is_over(&trainer));
    size_t errors;
    double cost, expected = json_number_value(json_object_get(run, "test_errors"));
    ck_assert_int_eq(tester_run(&tester, &trainer, &test, NULL, &errors, &cost), TRAIN_OK);
    ck_assert_msg(fabs((double)errors - expected) <= test_tolerance(&trainer.network) * expected,
                  "%zu test errors, not %g", errors, expected);
    tester_free(&tester);
    trainer_free(&trainer);
    dataset_free(&train);
    dataset_free(&test);
    json_decref(curve);
}
END_TEST

/* ---- against plain loops in double precision ---------------------------------------------------------------- */

/* Equilibria under both nudgings at once are those under each alone, bit for bit. */
START_TEST(nudgings_do_not_meet)
{
    static const char *const layers[] = {"140,5", "140,30,5", "140,19,37,5", drn_case_odd_sizes};
    static const size_t some[] = {3, 9};
    static const uint32_t number[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    static const double beta[] = {0.1, -0.1};
    struct drn_trainer trainer;
    struct drn_dataset data;
    struct drn_settings settings;
    struct drn_equilibrium both = {0}, each = {0};
    settings_init(&settings);
    drn_case_make(&trainer, &settings, &data, layers[_i / 2]);
    struct drn_network *network = &trainer.network;
    struct drn_inputs *inputs = &trainer.inputs[0];
    inputs_take(inputs, data.pixel, data.label, number, some[_i % 2], settings.input_gain, settings.input_offset);
    ck_assert(equilibrium_new(&both, network, 9, 2) && equilibrium_new(&each, network, 9, 1));
    struct drn_equilibrium *const made[] = {&both, &each};
    for (int n = 0; n < 2; n++) {
        const struct input_pass pass = {.next = inputs, .product = made[n]->base.v[1]};
        input_layer_pass(network, &pass, 0, network->panels);
        equilibrium_take_biases(made[n], network, inputs->groups);
        equilibrium_find(made[n], network, inputs, &(struct drn_phase){.iterations = 5, .nudgings = 1}, NULL, alone);
    }
    states_copy(&trainer.free, &each.states, inputs->groups, alone);
    equilibrium_find(&both, network, inputs, &(struct drn_phase){.iterations = 4, .nudgings = 2, .beta = {0.1, -0.1}},
                     NULL, alone);
    for (size_t nudging = 0; nudging < 2; nudging++) {
        const struct drn_phase phase = {.iterations = 4, .nudgings = 1, .beta = {beta[nudging]}};
        states_copy(&each.states, &trainer.free, inputs->groups, alone);
        equilibrium_find(&each, network, inputs, &phase, NULL, alone);
        for (size_t k = 1; k <= network->layers; k++)
            ck_assert_mem_eq(states_under(&both.states, inputs, k, nudging), each.states.v[k],
                             inputs->groups * GROUP * network->stride[k] * sizeof(float));
    }
    equilibrium_free(&both);
    equilibrium_free(&each);
    trainer_free(&trainer);
}
END_TEST

Suite *suite_drn(void)
{
    Suite *suite = suite_create("drn");
    TCase *tcase = tcase_create("paper");
    tcase_add_test(tcase, paper_trace);
    tcase_add_loop_test(tcase, unit_laws_in_lanes, 0, 9);
    tcase_add_test(tcase, paper_epoch);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("double");
    tcase_add_loop_test(tcase, nudgings_do_not_meet, 0, 8);
    suite_add_tcase(suite, tcase);
    return suite;
}
