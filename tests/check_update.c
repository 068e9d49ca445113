/* How conductances move by their gradients: against plain loops in double precision, and what devices can hold. */
#define DRN_LANE_COUNT 4
#include "drn/drn_kernels.h"
#include "drn/update_body.h"
#include "suites.h"
#include "training.h"
#include "util/random.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 64, ROUNDS = 200 };

/* Elements and what is kept beside them. */
struct elements {
    float g[COUNT] __attribute__((aligned(DRN_LANES_BYTES)));
    float kept[DRN_MEMORIES][COUNT] __attribute__((aligned(DRN_LANES_BYTES)));
    float gradient[COUNT] __attribute__((aligned(DRN_LANES_BYTES)));
};

static struct drn_settings settings_with(const struct training_option *option, size_t count)
{
    struct drn_settings settings;
    settings_init(&settings);
    for (size_t n = 0; n < count; n++)
        ck_assert_msg(!settings_set(&settings, option[n].name, option[n].value), "%s", option[n].name);
    ck_assert_ptr_null(settings_complete(&settings));
    return settings;
}
#define SETTINGS(...) \
    settings_with((const struct training_option[]){__VA_ARGS__}, \
                  sizeof((const struct training_option[]){__VA_ARGS__}) / sizeof(struct training_option))

static void start(struct elements *elements, const struct drn_settings *settings, struct random *random)
{
    memset(elements, 0, sizeof *elements);
    for (size_t n = 0; n < COUNT; n++)
        elements->g[n] = (float)drn_update_held(settings, fmax(0, 0.2 * random_uniform(random)));
}

/* One mini-batch, with gradients of many sizes. */
static void move(struct elements *elements, const struct drn_settings *settings, uint64_t t, struct random *random)
{
    const struct drn_update update = drn_update_of(settings, 1, false, t);
    float *memory[DRN_MEMORIES];
    for (int m = 0; m < DRN_MEMORIES; m++)
        memory[m] = drn_update_keeps(settings, (enum drn_memory)m, false) ? elements->kept[m] : NULL;
    for (size_t n = 0; n < COUNT; n++)
        elements->gradient[n] = (float)(random_uniform(random) * pow(10, 2 * random_uniform(random)));
    drn_kernels_choose()->move_all(&update, memory, elements->gradient, elements->g, 0, COUNT);
}

/* With vectors of that width, where the processor has them. */
static void with_vectors(int which)
{
    static const char *const bytes[] = {"16", "32", "64"};
    setenv("OPSPICE_VECTORS", bytes[which], 1);
}

static void with_any_vectors(void)
{
    unsetenv("OPSPICE_VECTORS");
}

START_TEST(plain_descent)
{
    const struct drn_settings settings = SETTINGS({"lr", "0.003"}, {"momentum", _i < 3 ? "0" : "0.7"});
    with_vectors(_i % 3);
    struct random random = random_from(5);
    struct elements elements;
    double g[COUNT], velocity[COUNT] = {0};
    start(&elements, &settings, &random);
    for (size_t n = 0; n < COUNT; n++)
        g[n] = (double)elements.g[n];
    for (uint64_t t = 1; t <= ROUNDS; t++) {
        move(&elements, &settings, t, &random);
        for (size_t n = 0; n < COUNT; n++) {
            velocity[n] = settings.momentum * velocity[n] + (double)elements.gradient[n];
            g[n] = fmax(0, g[n] - 0.003 * velocity[n]);
            ck_assert_double_eq_tol((double)elements.g[n], g[n], 1e-5 * (1 + g[n]));
        }
    }
}
END_TEST

/* Kingma and Ba's algorithm 1, word for word. */
START_TEST(adam)
{
    const struct drn_settings settings = SETTINGS({"lr", "0.003"}, {"optimiser", "adam"}, {"adam", "0.8,0.99,1e-6"});
    with_vectors(_i);
    struct random random = random_from(6);
    struct elements elements;
    double g[COUNT], m[COUNT] = {0}, v[COUNT] = {0};
    start(&elements, &settings, &random);
    for (size_t n = 0; n < COUNT; n++)
        g[n] = (double)elements.g[n];
    for (uint64_t t = 1; t <= ROUNDS; t++) {
        move(&elements, &settings, t, &random);
        for (size_t n = 0; n < COUNT; n++) {
            double gradient = (double)elements.gradient[n];
            m[n] = 0.8 * m[n] + 0.2 * gradient;
            v[n] = 0.99 * v[n] + 0.01 * gradient * gradient;
            double corrected = m[n] / (1 - pow(0.8, (double)t)), square = v[n] / (1 - pow(0.99, (double)t));
            g[n] = fmax(0, g[n] - 0.003 * corrected / (sqrt(square) + 1e-6));
            ck_assert_double_eq_tol((double)elements.g[n], g[n], 2e-5 * (1 + g[n]));
        }
    }
}
END_TEST

START_TEST(roots)
{
    struct random random = random_from(7);
    for (int round = 0; round < 1000; round++) {
        float v[DRN_LANE_COUNT] __attribute__((aligned(DRN_LANES_BYTES)));
        for (int l = 0; l < DRN_LANE_COUNT; l++)
            v[l] = l == 0 ? 0 : (float)pow(10, 30 * random_uniform(&random));
        drn_lanes root = drn_update_root(*drn_lanes_of(v));
        for (int l = 0; l < DRN_LANE_COUNT; l++)
            ck_assert_double_le(fabs((double)root[l] - sqrt((double)v[l])), 5e-7 * sqrt((double)v[l]));
    }
}
END_TEST

/* Between floor and ceiling in any case; without noise on a level, no further from what was asked for than one. */
START_TEST(levels)
{
    struct drn_settings settings = SETTINGS({"lr", "0.0003"}, {"floor", "0.01"}, {"ceiling", "0.11"}, {"levels", "21"});
    with_vectors(_i);
    struct random random = random_from(8);
    struct elements elements;
    size_t moved = 0, inside = 0;
    start(&elements, &settings, &random);
    for (uint64_t t = 1; t <= ROUNDS; t++) {
        const struct elements before = elements;
        move(&elements, &settings, t, &random);
        for (size_t n = 0; n < COUNT; n++) {
            double level = 0.005, place = ((double)elements.g[n] - 0.01) / level;
            double wanted =
                (double)before.g[n] + (double)before.kept[DRN_PENDING][n] - 0.0003 * (double)elements.gradient[n];
            ck_assert_double_eq_tol(place, round(place), 1e-4);
            ck_assert_double_ge(place, -1e-4);
            ck_assert_double_le(place, 20 + 1e-4);
            ck_assert_double_lt(fabs((double)elements.kept[DRN_PENDING][n]), level * (1 + 1e-5));
            moved += elements.g[n] != before.g[n];
            if (wanted > 0.01 && wanted < 0.11) { /* what is not written is kept */
                ck_assert_double_eq_tol((double)elements.g[n] + (double)elements.kept[DRN_PENDING][n], wanted, 1e-6);
                inside++;
            }
        }
    }
    ck_assert_uint_gt(moved, COUNT);
    ck_assert_uint_gt(inside, COUNT * ROUNDS / 2);
}
END_TEST

/* The mean and the deviation of what changes miss by; other numbers for another element, mini-batch, layer or seed. */
START_TEST(noise)
{
    const struct drn_settings exact = SETTINGS({"lr", "0.001"}, {"floor", "0.001"}, {"ceiling", "100"});
    const struct drn_settings noisy =
        SETTINGS({"lr", "0.001"}, {"floor", "0.001"}, {"ceiling", "100"}, {"noise", "0.25"});
    double sum = 0, squares = 0, together = 0, last = 0;
    struct elements one, other;
    for (uint64_t t = 1; t <= ROUNDS; t++) {
        struct random random = random_from(t), same = random;
        start(&one, &exact, &random);
        start(&other, &noisy, &same);
        for (size_t n = 0; n < COUNT; n++)
            one.g[n] = other.g[n] += 50;
        const struct elements before = one;
        move(&one, &exact, t, &random);
        move(&other, &noisy, t, &same);
        for (size_t n = 0; n < COUNT; n++) {
            double change = (double)one.g[n] - (double)before.g[n];
            if (fabs(change) < 1e-3)
                continue;
            double miss = ((double)other.g[n] - (double)one.g[n]) / change;
            ck_assert_double_le(fabs(miss), 0.25 * 5 + 0.01);
            sum += miss;
            squares += miss * miss;
            together += miss * last;
            last = miss;
        }
    }
    ck_assert_double_gt(squares, 0);
    ck_assert_double_le(fabs(together), 0.05 * squares);
    ck_assert_double_le(fabs(sum), 0.25 * 4 * sqrt(squares / 0.0625));
}
END_TEST

START_TEST(deviation_of_noise)
{
    double sum = 0, squares = 0;
    size_t count = 0;
    for (uint64_t key = 0; key < 50; key++) {
        for (uint64_t row = 0; row < 50; row++) {
            const struct drn_update_place place = {.row = row, .column = 16};
            drn_lanes number = drn_update_random(key, &place);
            for (int l = 0; l < DRN_LANE_COUNT; l++, count++) {
                sum += (double)number[l];
                squares += (double)number[l] * (double)number[l];
            }
        }
    }
    ck_assert_double_eq_tol(sum / (double)count, 0, 0.03);
    ck_assert_double_eq_tol(squares / (double)count, 1, 0.04);
}
END_TEST

/* ---- in a network ------------------------------------------------------------------------------------------- */

/* All conductances of a handle, by bits and by bounds. */
static size_t weights_of(opspice_drn *drn, float *weights)
{
    size_t count = 0;
    for (size_t k = 1; k <= opspice_drn_layers(drn); k++) {
        ck_assert_int_eq(opspice_drn_get_weights(drn, k, weights + count), OPSPICE_OK);
        count += opspice_drn_units(drn, k - 1) * opspice_drn_units(drn, k);
    }
    return count;
}

enum { OPTIONS = 5, MOST = 128 * 37 + 37 * 22 + 22 * 17 + 17 * 5 };

/* A deep network with these options on top. */
static opspice_drn *with_devices(const struct training_option option[OPTIONS])
{
    opspice_drn *drn = opspice_drn_new();
    static const struct training_option deep[] = {
        {"layers", "128,37,22,17,5"}, {"input-gain", "300"}, {"beta", "0.1"}, {"batch", "7"}, {"lr", "0.02"}};
    for (size_t n = 0; n < sizeof deep / sizeof *deep; n++)
        ck_assert_int_eq(opspice_drn_set(drn, deep[n].name, deep[n].value), OPSPICE_OK);
    for (size_t n = 0; n < OPTIONS && option[n].name; n++)
        ck_assert_int_eq(opspice_drn_set(drn, option[n].name, option[n].value), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_set(drn, "epochs", "2"), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_set(drn, "threads", "1"), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_read(drn, training_folder), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_OK);
    return drn;
}

START_TEST(devices_in_a_network)
{
    static float one[MOST], more[MOST], again[MOST];
    static const struct training_option options[OPTIONS] = {
        {"floor", "0.002"}, {"ceiling", "0.25"}, {"levels", "32"}, {"noise", "0.2"}, {"momentum", "0.5"}};
    int status;
    opspice_drn *drn = with_devices(options), *threads = with_devices(options);
    ck_assert_int_eq(opspice_drn_set(threads, "threads", "3"), OPSPICE_OK);
    ck_assert_int_eq(training_steps(drn, 20), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_save(drn, training_path("checkpoint")), OPSPICE_OK);
    opspice_drn *resumed = training_resumed("checkpoint", &status);
    ck_assert_msg(status == OPSPICE_OK, "%s", opspice_drn_message(resumed));
    ck_assert_int_eq(training_steps(drn, 40), OPSPICE_OK);
    ck_assert_int_eq(training_steps(threads, 60), OPSPICE_OK);
    ck_assert_int_eq(training_steps(resumed, 40), OPSPICE_OK);
    ck_assert_uint_eq(weights_of(drn, one), MOST);
    weights_of(threads, more);
    weights_of(resumed, again);
    ck_assert(memcmp(one, more, sizeof one) == 0);
    ck_assert(memcmp(one, again, sizeof one) == 0);
    size_t inside = 0;
    for (size_t n = 0; n < MOST; n++) {
        ck_assert_float_ge(one[n], 0.002f);
        ck_assert_float_le(one[n], 0.25f);
        inside += one[n] > 0.002f && one[n] < 0.25f;
    }
    ck_assert_uint_gt(inside, MOST / 5);
    opspice_drn_free(drn);
    opspice_drn_free(threads);
    opspice_drn_free(resumed);
}
END_TEST

static const struct {
    struct training_option option[OPTIONS];
} learning[] = {{{{"optimiser", "adam"}, {"lr", "0.002"}}},
                {{{"optimiser", "adam"}, {"lr", "0.002"}, {"batch", "16"}, {"noise", "0.3"}}},
                {{{"floor", "0.001"}, {"ceiling", "0.3"}}},
                {{{"ceiling", "0.4"}, {"levels", "16"}, {"noise", "0.3"}}},
                {{{"ceiling", "0.4"}, {"levels", "16"}, {"optimiser", "adam"}, {"lr", "0.002"}}}};

START_TEST(learns_with)
{
    opspice_drn *drn = opspice_drn_new();
    for (size_t n = 0; n < sizeof training_small / sizeof *training_small; n++)
        ck_assert_int_eq(opspice_drn_set(drn, training_small[n].name, training_small[n].value), OPSPICE_OK);
    for (size_t n = 0; n < OPTIONS && learning[_i].option[n].name; n++)
        ck_assert_int_eq(opspice_drn_set(drn, learning[_i].option[n].name, learning[_i].option[n].value), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_read(drn, training_folder), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_OK);
    ck_assert_msg(training_steps(drn, SIZE_MAX) == OPSPICE_OK, "%s", opspice_drn_message(drn));
    ck_assert_double_le(opspice_drn_get_progress(drn)->test_error, 0.1);
    opspice_drn_free(drn);
}
END_TEST

/* Both widths with fused multiply-add, in a deep network whose layers are no whole vectors. */
START_TEST(vectors_do_not_matter)
{
    static float weights[2][MOST];
    for (int w = 0; w < 2; w++) {
        with_vectors(1 + w);
        opspice_drn *drn = with_devices(learning[_i].option);
        ck_assert_int_eq(training_steps(drn, 60), OPSPICE_OK);
        weights_of(drn, weights[w]);
        opspice_drn_free(drn);
    }
    ck_assert(memcmp(weights[0], weights[1], sizeof weights[0]) == 0);
}
END_TEST

/* Settings that do not fit together are said when the network is made. */
START_TEST(what_does_not_fit)
{
    static const struct {
        struct training_option option[2];
        const char *says;
    } wrong[] = {{{{"optimiser", "adam"}, {"momentum", "0.5"}}, "momentum is gradient descent's"},
                 {{{"floor", "0.2"}, {"ceiling", "0.1"}}, "ceiling is not above"},
                 {{{"floor", "0.2"}, {"levels", "9"}}, "there is no ceiling"}};
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
        opspice_drn *drn = opspice_drn_new();
        for (size_t n = 0; n < 2; n++)
            ck_assert_int_eq(opspice_drn_set(drn, wrong[w].option[n].name, wrong[w].option[n].value), OPSPICE_OK);
        ck_assert_int_eq(opspice_drn_read(drn, training_folder), OPSPICE_OK);
        ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_USAGE);
        ck_assert_msg(strstr(opspice_drn_message(drn), wrong[w].says), "%s", opspice_drn_message(drn));
        opspice_drn_free(drn);
    }
}
END_TEST

Suite *suite_update(void)
{
    Suite *suite = suite_create("update");
    TCase *tcase = tcase_create("elements");
    tcase_add_checked_fixture(tcase, NULL, with_any_vectors);
    tcase_add_loop_test(tcase, plain_descent, 0, 6);
    tcase_add_loop_test(tcase, adam, 0, 3);
    tcase_add_test(tcase, roots);
    tcase_add_loop_test(tcase, levels, 0, 3);
    tcase_add_test(tcase, noise);
    tcase_add_test(tcase, deviation_of_noise);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("networks");
    tcase_add_checked_fixture(tcase, training_set_up, training_tear_down);
    tcase_add_checked_fixture(tcase, NULL, with_any_vectors);
    tcase_add_test(tcase, devices_in_a_network);
    tcase_add_loop_test(tcase, learns_with, 0, sizeof learning / sizeof *learning);
    tcase_add_loop_test(tcase, vectors_do_not_matter, 0, sizeof learning / sizeof *learning);
    tcase_add_test(tcase, what_does_not_fit);
    suite_add_tcase(suite, tcase);
    return suite;
}
