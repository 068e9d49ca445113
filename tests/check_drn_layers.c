/* Layers of deep resistive networks of each kind: the fast kernels against plain loops in double precision, gradients
 * against finite differences, and what does not fit. */
#include "drn/gradient.h"
#include "drn/reference.h"
#include "drn_case.h"
#include "suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Images of the case are 7 x 10. Channels that fill strips and that do not, windows that leave a rim out, pools first.
 * */
static const char *const stacks[] = {drn_case_odd_sizes,
                                     "7x10,conv:4:3:1:1,pool:2,5",
                                     "7x10,conv:16:3,conv:19:2:2:1,5",
                                     "7x10,conv:33:3:2:1,pool:2:1:0.3,12,5",
                                     "7x10,pool:2,conv:6:2,30,22,5",
                                     "7x10,20,5"};
enum { STACKS = sizeof stacks / sizeof *stacks };

/* What else these networks may have. */
static const struct {
    const char *option, *value;
    double rounding; /* of states over beta, over gradients: those of differential pairs at random are small */
} more[] = {{"amplifier", "1", 1e-7}, {"amplifier", "3", 1e-7}, {"outputs", "10", 1e-7}, {"differential", "yes", 2e-6}};
enum { MORE = sizeof more / sizeof *more };

/* ---- against plain loops in double precision ---------------------------------------------------------------- */

/* The adjoint's d of one sample, by both. */
static void compare_states(const struct drn_trainer *trainer, const struct reference_states *v,
                           const struct reference_states *d, size_t b)
{
    double scale = trainer->network.scale[trainer->network.layers], squared = scale * scale;
    for (size_t k = 1; k <= trainer->network.layers; k++) {
        double largest_v = 0, largest_d = 0;
        for (size_t j = 0; j < trainer->network.units[k]; j++) {
            largest_v = fmax(largest_v, fabs(v->v[k][j]));
            largest_d = fmax(largest_d, fabs(d->v[k][j]));
        }
        for (size_t j = 0; j < trainer->network.units[k]; j++) {
            size_t n = b * trainer->network.stride[k] + j;
            ck_assert_double_eq_tol((double)trainer->free.v[k][n], v->v[k][j], 1e-6 + 1e-4 * largest_v);
            ck_assert_double_eq_tol((double)trainer->d.v[k][n], squared * d->v[k][j], 2e-3 * squared * largest_d);
        }
    }
}

/* The trainer's own d and s of a sample, for the reference's gradients. */
static void take_states(const struct drn_trainer *trainer, size_t b, struct reference_states *d,
                        struct reference_states *s)
{
    for (size_t k = 1; k <= trainer->network.layers; k++) {
        for (size_t j = 0; j < trainer->network.units[k]; j++) {
            d->v[k][j] = (double)trainer->d.v[k][b * trainer->network.stride[k] + j];
            s->v[k][j] = (double)trainer->s.v[k][b * trainer->network.stride[k] + j];
        }
    }
}

/* Conductances and biases after the step, against those before less rate times the gradient. */
static void compare_steps(const struct drn_trainer *trainer, const struct drn_network *before,
                          struct reference *reference, struct reference_states *d, struct reference_states *s)
{
    const struct drn_inputs *inputs = &trainer->inputs[!trainer->now];
    enum { MOST = 12000 };
    for (size_t k = 1; k <= reference->layers; k++) {
        static double weight[MOST], bias[MOST];
        size_t rows = drn_connection_rows(&before->connection[k]), columns = before->connection[k].columns;
        size_t biases = drn_network_biases(before, k);
        ck_assert_uint_le(rows * columns, MOST);
        memset(weight, 0, sizeof weight);
        memset(bias, 0, sizeof bias);
        for (size_t b = 0; b < inputs->samples; b++) {
            reference_take(reference, before, inputs, b);
            take_states(trainer, b, d, s);
            for (size_t n = 0; n < rows * columns; n++)
                weight[n] += reference_weight_gradient(reference, reference->x, d, s, k, n / columns, n % columns);
            for (size_t n = 0; n < biases; n++)
                bias[n] += reference_bias_gradient(reference, d, k, n);
        }
        for (size_t n = 0; n < rows * columns; n++) {
            double old = (double)*drn_network_weight(before, k, n / columns, n % columns);
            double step = trainer->settings.rate[k] * weight[n] / (double)inputs->samples;
            ck_assert_double_eq_tol((double)*drn_network_weight(&trainer->network, k, n / columns, n % columns),
                                    fmax(0, old - step), 1e-5 + 1e-5 * fabs(step));
        }
        for (size_t j = 0; j < before->units[k] && biases > 0; j++)
            ck_assert_double_eq_tol((double)trainer->network.bias[k][j],
                                    -trainer->settings.bias_rate[k] * bias[j % biases] / (double)inputs->samples,
                                    1e-5);
    }
}

/* Free states, the adjoint, and the conductances after its step. */
START_TEST(exact_gradient)
{
    struct drn_trainer trainer;
    struct drn_dataset data;
    struct drn_settings settings;
    struct drn_network before;
    struct reference reference;
    struct reference_states v, d;
    settings_init(&settings);
    ck_assert_ptr_null(settings_set(&settings, "gradient", "exact"));
    ck_assert_ptr_null(settings_set(&settings, more[_i / STACKS].option, more[_i / STACKS].value));
    drn_case_make(&trainer, &settings, &data, stacks[_i % STACKS]);
    ck_assert(reference_new(&reference, &trainer.network) && reference_states_new(&v, &reference) &&
              reference_states_new(&d, &reference));
    ck_assert(drn_network_new(&before, &settings));
    drn_network_randomise(&before, &settings);
    ck_assert_int_eq(trainer_step(&trainer, 1), TRAIN_OK);
    const struct drn_inputs *inputs = &trainer.inputs[!trainer.now];
    for (size_t b = 0; b < inputs->samples; b++) {
        reference_take(&reference, &before, inputs, b);
        ck_assert(reference_find(&reference, 0, 0, &v) && reference_adjoint(&reference, &v, inputs->label[b], &d));
        compare_states(&trainer, &v, &d, b);
    }
    compare_steps(&trainer, &before, &reference, &d, &v);
    reference_states_free(&v);
    reference_states_free(&d);
    reference_free(&reference);
    drn_network_free(&before);
    trainer_free(&trainer);
}
END_TEST

/* The sums that are kept from batch to batch are those of the branches. */
START_TEST(sums_are_kept)
{
    static const char *const wide = "140,150,300,5";
    struct drn_trainer trainer;
    struct drn_dataset data;
    struct drn_settings settings;
    settings_init(&settings);
    ck_assert_ptr_null(settings_set(&settings, "momentum", _i % 2 == 0 ? "0" : "0.5"));
    ck_assert_ptr_null(settings_set(&settings, "differential", _i > STACKS ? "yes" : "no"));
    drn_case_make(&trainer, &settings, &data, _i % (STACKS + 1) < STACKS ? stacks[_i % (STACKS + 1)] : wide);
    for (int n = 0; n < 20; n++) {
        ck_assert_int_eq(trainer_step(&trainer, 1), TRAIN_OK);
        trainer_end_epoch(&trainer);
    }
    struct reference reference;
    ck_assert(reference_new(&reference, &trainer.network));
    for (size_t k = 1; k <= trainer.network.layers; k++) {
        for (size_t j = 0; j < trainer.network.stride[k]; j++) {
            double kept = trainer.network.below[k][j] + trainer.network.above[k][j];
            double sum = j < trainer.network.units[k] ? reference.sum[k][j] : 0;
            ck_assert_double_eq_tol(kept, sum, 1e-6 * (sum + 1));
            double reciprocal = sum > 0 ? 1 / sum : 0;
            ck_assert_double_eq_tol((double)trainer.network.reciprocal[k][j], reciprocal, 1e-12 + 1e-5 * reciprocal);
        }
    }
    reference_free(&reference);
    trainer_free(&trainer);
}
END_TEST

/* The network's weights after some steps, for members that share the work. */
START_TEST(teams_do_not_matter)
{
    struct drn_trainer trainer[2];
    struct drn_dataset data;
    struct drn_settings settings;
    for (size_t t = 0; t < 2; t++) {
        settings_init(&settings);
        ck_assert_ptr_null(settings_set(&settings, "differential", _i ? "yes" : "no"));
        drn_case_make(&trainer[t], &settings, &data, "7x10,conv:33:3:1:1,pool:2,conv:40:2,50,5");
        struct drn_settings changed = trainer[t].settings;
        changed.epochs = 3;
        changed.threads = t == 0 ? 1 : 3;
        trainer_set(&trainer[t], &changed);
        for (int n = 0; n < 3; n++) {
            ck_assert_int_eq(trainer_step(&trainer[t], 1), TRAIN_OK);
            trainer_end_epoch(&trainer[t]);
        }
    }
    for (size_t k = 1; k <= trainer[0].network.layers; k++) {
        size_t size = drn_network_weight_size(&trainer[0].network, k) * sizeof(float);
        ck_assert(size == 0 || memcmp(trainer[0].network.weight[k], trainer[1].network.weight[k], size) == 0);
        ck_assert_mem_eq(trainer[0].network.bias[k], trainer[1].network.bias[k],
                         trainer[0].network.stride[k] * sizeof(float));
    }
    trainer_free(&trainer[0]);
    trainer_free(&trainer[1]);
}
END_TEST

/* ---- gradients ---------------------------------------------------------------------------------------------- */

/* The largest errors over all rows of the comparison at a nudging; difference NULL: without finite differences. */
static void compare_gradients(int which, const char *beta, double *ep, double *difference)
{
    struct drn_trainer trainer;
    struct drn_dataset data;
    struct drn_settings settings;
    struct gradient_row row[2 * DRN_LAYERS];
    settings_init(&settings);
    ck_assert_ptr_null(settings_set(&settings, more[which / STACKS].option, more[which / STACKS].value));
    ck_assert_ptr_null(settings_set(&settings, "seed", "1")); /* no diode is so near 0 V that the differences meet it */
    drn_case_make(&trainer, &settings, &data, stacks[which % STACKS]);
    ck_assert_ptr_null(settings_set(&trainer.settings, "beta", beta));
    ck_assert_ptr_null(settings_set(&trainer.settings, "batch", "2"));
    ck_assert_int_eq(gradient_check(&trainer, difference, row), GRADIENT_OK);
    double worst = *ep = 0;
    for (size_t r = 0; r < 2 * trainer.network.layers; r++) {
        *ep = fmax(*ep, row[r].ep_adjoint.error);
        worst = fmax(worst, row[r].adjoint_difference.error);
    }
    if (difference)
        *difference = worst;
    trainer_free(&trainer);
}

/* Exact gradients are those of finite differences; equilibrium propagation's error falls as the square of beta. */
START_TEST(gradients_agree)
{
    double ep, half, difference;
    compare_gradients(_i, "4e-4", &ep, &difference);
    compare_gradients(_i, "2e-4", &half, NULL);
    ck_assert_msg(difference < 1e-5, "%s, %s=%s: finite differences are off by %g", stacks[_i % STACKS],
                  more[_i / STACKS].option, more[_i / STACKS].value, difference);
    ck_assert_msg(ep < 1e-3 && ((ep / half > 3.5 && ep / half < 4.5) || half < more[_i / STACKS].rounding),
                  "%s, %s=%s: errors %g, %g of half the beta", stacks[_i % STACKS], more[_i / STACKS].option,
                  more[_i / STACKS].value, ep, half);
}
END_TEST

/* ---- what does not fit -------------------------------------------------------------------------------------- */

static const struct {
    const char *layers, *reason;
} wrong[] = {
    {"28x,10", "has 28x as part 1, which is no HEIGHTxWIDTH"},
    {"28x28x1x1,10", "is no HEIGHTxWIDTH"},
    {"0x28,10", "has no pixels"},
    {"1024x1025,10", "too many pixels"},
    {"28x28,28x28,10", "has 28x28 as part 2, which is no number of units"},
    {"28x28,conv,10", "has conv as part 2, which is no conv:CHANNELS:KERNEL"},
    {"28x28,conv:8,10", "is no conv:CHANNELS"},
    {"28x28,conv:8:3:1:1:1,10", "is no conv:CHANNELS"},
    {"28x28,conv:8:3:,10", "is no conv:CHANNELS"},
    {"28x28,conv:8:3:0,10", "has a number that is 0"},
    {"28x28,conv:8:3:1:3,10", "padding"},
    {"28x28,conv:8:30,10", "window larger than the image"},
    {"28x28,conv:8:1025:1:1024,10", "more than 1024"},
    {"28x28,conv:65536:3,10", "too many units"},
    {"1568,conv:8:3,10", "has conv:8:3 as part 2, which is over units in a row"},
    {"28x28,100,pool:2,10", "has pool:2 as part 3, which is over units in a row"},
    {"28x28,pool,10", "is no pool:SIZE"},
    {"28x28,pool:2:2:,10", "is no pool:SIZE"},
    {"28x28,pool:2:2:0,10", "1e-9 to 1e9 S"},
    {"28x28,pool:2:2:1:1,10", "is no pool:SIZE"},
    {"28x28,conv:10:28", "ends with the number of classes"},
    {"conv:8:3,10", "has conv:8:3 as part 1, which is no number of units"},
    {"28x28,dense,10", "has dense as part 2"},
};

START_TEST(wrong_layers)
{
    struct drn_settings settings;
    settings_init(&settings);
    const char *rule = settings_set(&settings, "layers", wrong[_i].layers);
    ck_assert_msg(rule && strstr(rule, wrong[_i].reason), "%s: %s", wrong[_i].layers, rule ? rule : "is right");
    ck_assert_uint_eq(settings.stack.units[1], 1024);
}
END_TEST

/* What is written is read back; shapes are what the windows leave. */
START_TEST(layers_as_text)
{
    static const char text[] = "28x28x1,conv:32:3:1:1,pool:2:2:0x3fe0000000000000,conv:64:5:2:0,pool:2:1:"
                               "0x3ff0000000000000,100,10";
    struct drn_settings settings;
    char *written = NULL;
    size_t size;
    settings_init(&settings);
    ck_assert_ptr_null(
        settings_set(&settings, "layers", "28x28,conv:32:3:1:1,pool:2:2:0.5,conv:64:5:2,pool:2:1,100,10"));
    FILE *file = open_memstream(&written, &size);
    drn_stack_write(&settings.stack, file);
    fclose(file);
    ck_assert_str_eq(written, text);
    const size_t units[] = {1568, 25088, 6272, 1600, 1024, 100, 10};
    ck_assert_mem_eq(settings.stack.units, units, sizeof units);
    ck_assert_ptr_null(settings_set(&settings, "layers", text));
    ck_assert_mem_eq(settings.stack.units, units, sizeof units);
    free(written);
}
END_TEST

Suite *suite_drn_layers(void)
{
    Suite *suite = suite_create("drn_layers");
    TCase *tcase = tcase_create("layers");
    tcase_add_loop_test(tcase, exact_gradient, 0, STACKS * MORE);
    tcase_add_loop_test(tcase, sums_are_kept, 0, 2 * (STACKS + 1));
    tcase_add_loop_test(tcase, teams_do_not_matter, 0, 2);
    tcase_add_loop_test(tcase, gradients_agree, 0, STACKS * MORE);
    tcase_add_loop_test(tcase, wrong_layers, 0, sizeof wrong / sizeof *wrong);
    tcase_add_test(tcase, layers_as_text);
    suite_add_tcase(suite, tcase);
    return suite;
}
