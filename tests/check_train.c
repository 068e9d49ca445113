/* Training deep resistive networks through opspice_drn.h, on images that are made here: that they learn, the same for
 * any number of threads and after an interruption, by the right gradients; and as netlists. */
#include "drn/checkpoint.h"
#include "drn/reference.h"
#include "drn/trainer.h"
#include "opspice_drn.h"
#include "suites.h"
#include "training.h"
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The conductances of a handle, and all else that goes on, as the bytes of a checkpoint less its header and times. */
static uint8_t *state_of(opspice_drn *drn, size_t *size)
{
    ck_assert_int_eq(opspice_drn_save(drn, training_path("state")), OPSPICE_OK);
    uint8_t *bytes = training_contents("state", size);
    enum { TIMES = 56 };
    uint8_t *start = memmem(bytes, *size, "\nend\n", 5);
    ck_assert_ptr_nonnull(start);
    size_t header = (size_t)(start - bytes) + TIMES;
    size_t tail = opspice_drn_get_progress(drn)->epoch * 5 * sizeof(double) + 4;
    *size -= header + tail;
    memmove(bytes, bytes + header, *size);
    return bytes;
}

static void same_state(opspice_drn *a, opspice_drn *b, const char *what)
{
    size_t size, other;
    uint8_t *one = state_of(a, &size), *two = state_of(b, &other);
    ck_assert_uint_eq(size, other);
    ck_assert_uint_gt(size, 4000);
    ck_assert_msg(memcmp(one, two, size) == 0, "%s: other bits", what);
    free(one);
    free(two);
}

START_TEST(learns)
{
    opspice_drn *drn = BEGIN(training_small, NULL);
    const opspice_drn_progress *at = opspice_drn_get_progress(drn);
    size_t errors;
    double cost;
    ck_assert_uint_eq(at->parameters, 128 * 24 + 24 + 24 * 5 + 5);
    ck_assert_int_eq(opspice_drn_test(drn, &errors, &cost), OPSPICE_OK);
    ck_assert_uint_gt(errors, TEST / 2);
    ck_assert_int_eq(training_steps(drn, SIZE_MAX), OPSPICE_OK);
    ck_assert_uint_eq(at->epoch, 3);
    ck_assert_double_le(at->test_error, 0.05);
    ck_assert_double_lt(at->test_cost, cost / 2);
    opspice_drn_free(drn);
}
END_TEST

static const struct training_option ways[] = {
    {"variant", "positive"},   {"variant", "negative"}, {"gradient", "exact"}, {"gradient", "coupled"},
    {"tolerance", "1e-4"},     {"momentum", "0.8"},     {"batch", "1"},        {"batch", "32"},
    {"layers", "128,5"},       {"layers", "128,7,5"},   {"layers", "128,40,30,5"},
    {"shuffle", "no"},         {"amplifier", "2"},      {"input-offset", "-5"},
    {"outputs", "10"},         {"outputs", "5"},        {"differential", "yes"},
    {"layers", "8x8,conv:8:3:1:1,pool:2,5"},
    {"layers", "8x8,conv:16:3,conv:8:2:2,5"}};

/* Every way to train learns something. */
START_TEST(learns_in_all_ways)
{
    opspice_drn *drn = BEGIN(training_small, &ways[_i]);
    ck_assert_int_eq(opspice_drn_set(drn, "epochs", "4"), OPSPICE_OK);
    int status = training_steps(drn, SIZE_MAX);
    ck_assert_msg(status == OPSPICE_OK, "%s=%s: %s", ways[_i].name, ways[_i].value, opspice_drn_message(drn));
    double chance = 1 - 1.0 / CLASSES, error = opspice_drn_get_progress(drn)->test_error;
    ck_assert_msg(error < 0.8 * chance, "%s=%s: test error %g", ways[_i].name, ways[_i].value, error);
    opspice_drn_free(drn);
}
END_TEST

/* ---- in memory ---------------------------------------------------------------------------------------------- */

/* A part of the data set of training_set_up, from its files. */
static void take(opspice_drn *drn, int is_test, size_t side, int status)
{
    size_t size;
    uint8_t *pixels = training_contents(is_test ? "t10k-images-idx3-ubyte" : "train-images-idx3-ubyte", &size);
    uint8_t *labels = training_contents(is_test ? "t10k-labels-idx1-ubyte" : "train-labels-idx1-ubyte", &size);
    ck_assert_int_eq(opspice_drn_take(drn, is_test, is_test ? TEST : TRAIN, side, SIDE, pixels + 16, labels + 8),
                     status);
    free(pixels);
    free(labels);
}

START_TEST(data_from_memory)
{
    opspice_drn *read = BEGIN(training_small, NULL), *taken = opspice_drn_new();
    for (size_t q = 0; q < sizeof training_small / sizeof *training_small; q++)
        opspice_drn_set(taken, training_small[q].name, training_small[q].value);
    take(taken, 1, SIDE / 2, OPSPICE_OK);
    take(taken, 0, SIDE, OPSPICE_DATA); /* of another size */
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(taken), "pixels"));
    ck_assert_int_eq(opspice_drn_take(taken, 0, 0, SIDE, SIDE, NULL, NULL), OPSPICE_DATA);
    take(taken, 1, SIDE, OPSPICE_OK);
    take(taken, 1, SIDE, OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_read(taken, training_folder), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_begin(taken), OPSPICE_USAGE);
    take(taken, 0, SIDE, OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_begin(taken), OPSPICE_OK);
    ck_assert_int_eq(training_steps(read, SIZE_MAX), OPSPICE_OK);
    ck_assert_int_eq(training_steps(taken, SIZE_MAX), OPSPICE_OK);
    float volts[2][TEST * CLASSES];
    ck_assert_int_eq(opspice_drn_answers(read, volts[0]), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_answers(taken, volts[1]), OPSPICE_OK);
    ck_assert_mem_eq(volts[0], volts[1], sizeof volts[0]);
    opspice_drn_free(read);
    opspice_drn_free(taken);
}
END_TEST

/* A network that is given the conductances of another answers as that does. */
START_TEST(weights_in_and_out)
{
    opspice_drn *from = BEGIN(training_small, NULL), *to = BEGIN(training_small, NULL);
    float weights[128 * 24], biases[24];
    static const size_t units[] = {128, 24, 5};
    ck_assert_uint_eq(opspice_drn_layers(from), 2);
    ck_assert_int_eq(training_steps(from, 3), OPSPICE_OK);
    for (size_t k = 1; k <= 2; k++) {
        ck_assert_uint_eq(opspice_drn_units(from, k), units[k]);
        ck_assert_int_eq(opspice_drn_get_weights(from, k, weights), OPSPICE_OK);
        ck_assert_int_eq(opspice_drn_get_biases(from, k, biases), OPSPICE_OK);
        ck_assert_int_eq(opspice_drn_set_weights(to, k, weights), OPSPICE_OK);
        ck_assert_int_eq(opspice_drn_set_biases(to, k, biases), OPSPICE_OK);
    }
    float volts[2][TEST * CLASSES];
    size_t errors, wrong = 0;
    double cost;
    ck_assert_int_eq(opspice_drn_answers(from, volts[0]), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_answers(to, volts[1]), OPSPICE_OK);
    for (size_t q = 0; q < TEST * CLASSES; q++) /* sums of conductances are followed, or made anew: other roundings */
        ck_assert(fabsf(volts[0][q] - volts[1][q]) <= 1e-4f * (1 + fabsf(volts[0][q])));
    ck_assert_int_eq(opspice_drn_test(to, &errors, &cost), OPSPICE_OK);
    size_t size;
    uint8_t *labels = training_contents("t10k-labels-idx1-ubyte", &size);
    for (size_t n = 0; n < TEST; n++) {
        size_t best = 0;
        for (size_t c = 1; c < CLASSES; c++)
            best = volts[0][n * CLASSES + c] > volts[0][n * CLASSES + best] ? c : best;
        wrong += best != labels[8 + n];
    }
    ck_assert_uint_eq(wrong, errors);
    free(labels);
    ck_assert_int_eq(training_steps(to, SIZE_MAX), OPSPICE_OK); /* it goes on from there */
    ck_assert_double_le(opspice_drn_get_progress(to)->test_error, 0.05);
    opspice_drn_free(from);
    opspice_drn_free(to);
}
END_TEST

START_TEST(wrong_weights)
{
    opspice_drn *drn = opspice_drn_new();
    float weights[128 * 24] = {0}, biases[24] = {0};
    ck_assert_int_eq(opspice_drn_get_weights(drn, 1, weights), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_answers(drn, weights), OPSPICE_USAGE);
    ck_assert_uint_eq(opspice_drn_layers(drn), 0);
    ck_assert_uint_eq(opspice_drn_units(drn, 0), 0);
    opspice_drn_free(drn);
    drn = BEGIN(training_small, NULL);
    ck_assert_int_eq(opspice_drn_get_weights(drn, 0, weights), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_set_biases(drn, 3, biases), OPSPICE_USAGE);
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "1 to 2, not 3"));
    weights[5] = -1;
    ck_assert_int_eq(opspice_drn_set_weights(drn, 1, weights), OPSPICE_USAGE);
    weights[5] = NAN;
    ck_assert_int_eq(opspice_drn_set_weights(drn, 1, weights), OPSPICE_USAGE);
    biases[23] = INFINITY;
    ck_assert_int_eq(opspice_drn_set_biases(drn, 1, biases), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_get_biases(drn, 1, biases), OPSPICE_OK);
    ck_assert(biases[23] == 0);
    ck_assert_uint_eq(opspice_drn_units(drn, 3), 0);
    opspice_drn_free(drn);
}
END_TEST

START_TEST(epochs_as_vectors)
{
    static const char *const names[] = {"train_error", "test_error", "train_cost", "test_cost", "seconds"};
    opspice_drn *drn = BEGIN(training_small, NULL);
    const opspice_drn_progress *at = opspice_drn_get_progress(drn);
    ck_assert_uint_eq(opspice_drn_get_vector(drn, 0)->count, 0);
    ck_assert_int_eq(training_steps(drn, SIZE_MAX), OPSPICE_OK);
    for (size_t v = 0; v < 5; v++) {
        const opspice_vector *vector = opspice_drn_get_vector(drn, v);
        ck_assert_str_eq(vector->name, names[v]);
        ck_assert_uint_eq(vector->count, 3);
        double last = vector->value[2 * vector->stride];
        const double expected[] = {at->train_error, at->test_error, at->train_cost, at->test_cost, at->epoch_seconds};
        ck_assert(last == expected[v]);
    }
    ck_assert_ptr_null(opspice_drn_get_vector(drn, 5));
    opspice_drn_free(drn);
}
END_TEST

/* ---- the same bits ------------------------------------------------------------------------------------------ */

/* Units in rows, or images. */
static opspice_drn *begin_deep(int images)
{
    return images ? BEGIN(training_images, NULL) : BEGIN(training_deep, NULL);
}

START_TEST(threads_do_not_matter)
{
    opspice_drn *one = begin_deep(_i / 2), *more = begin_deep(_i / 2);
    ck_assert_int_eq(opspice_drn_set(more, "threads", _i % 2 == 0 ? "2" : "5"), OPSPICE_OK);
    ck_assert_int_eq(training_steps(one, 60), OPSPICE_OK);
    while (opspice_drn_get_progress(more)->sample < TRAIN) /* some at a time */
        ck_assert_int_eq(opspice_drn_step(more, 9), OPSPICE_OK);
    ck_assert_int_eq(training_steps(more, 60 - 44), OPSPICE_OK);
    same_state(one, more, "threads");
    opspice_drn_free(one);
    opspice_drn_free(more);
}
END_TEST

/* Wide enough for the equilibria to be shared too, and for rows that lie apart. */
START_TEST(threads_do_not_matter_in_wide_layers)
{
    static const struct training_option wide[] = {
        {"layers", "128,500,500,5"}, {"input-gain", "300"}, {"beta", "0.3"}, {"threads", "1"}};
    int status;
    opspice_drn *one = BEGIN(wide, NULL), *more = BEGIN(wide, NULL);
    ck_assert_int_eq(opspice_drn_set(more, "threads", "3"), OPSPICE_OK);
    ck_assert_int_eq(training_steps(one, 5), OPSPICE_OK);
    ck_assert_int_eq(training_steps(more, 2), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_save(more, training_path("checkpoint")), OPSPICE_OK);
    opspice_drn_free(more);
    more = training_resumed("checkpoint", &status);
    ck_assert_int_eq(status, OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_set(more, "threads", "2"), OPSPICE_OK);
    ck_assert_int_eq(training_steps(more, 3), OPSPICE_OK);
    same_state(one, more, "threads");
    opspice_drn_free(one);
    opspice_drn_free(more);
}
END_TEST

/* A processor without the wider vectors compares the same ones. */
START_TEST(vectors_do_not_matter)
{
    opspice_drn *drn[2];
    for (int w = 0; w < 2; w++) {
        ck_assert_int_eq(setenv("OPSPICE_VECTORS", w == 0 ? "32" : "64", 1), 0);
        drn[w] = _i == 0 ? BEGIN(training_small, NULL) : BEGIN(training_deep, NULL);
        ck_assert_int_eq(training_steps(drn[w], 60), OPSPICE_OK);
    }
    same_state(drn[0], drn[1], "vectors");
    opspice_drn_free(drn[0]);
    opspice_drn_free(drn[1]);
    unsetenv("OPSPICE_VECTORS");
}
END_TEST

START_TEST(learns_with_any_vectors)
{
    static const char *const bytes[] = {"16", "32", "64", "none"};
    ck_assert_int_eq(setenv("OPSPICE_VECTORS", bytes[_i], 1), 0);
    opspice_drn *drn = BEGIN(training_small, NULL);
    ck_assert_int_eq(training_steps(drn, SIZE_MAX), OPSPICE_OK);
    ck_assert_double_le(opspice_drn_get_progress(drn)->test_error, 0.05);
    opspice_drn_free(drn);
    unsetenv("OPSPICE_VECTORS");
}
END_TEST

/* Saved in the middle of an epoch, at its end, at its beginning. */
START_TEST(resumes_bit_for_bit)
{
    static const size_t after[] = {0, 1, 20, 43, 44, 45, 60, 50, 50};
    static const struct training_option differential = {"differential", "yes"};
    int status;
    opspice_drn *drn = _i == 8 ? BEGIN(training_images, &differential) : begin_deep(_i == 7);
    opspice_drn *whole = _i == 8 ? BEGIN(training_images, &differential) : begin_deep(_i == 7);
    ck_assert_int_eq(training_steps(drn, after[_i]), OPSPICE_OK);
    if (opspice_drn_get_progress(drn)->sample == TRAIN) /* an epoch is ended before it is saved */
        ck_assert_int_eq(opspice_drn_end_epoch(drn), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_save(drn, training_path("checkpoint")), OPSPICE_OK);
    opspice_drn *again = training_resumed("checkpoint", &status);
    ck_assert_msg(status == OPSPICE_OK, "%s", opspice_drn_message(again));
    ck_assert_int_eq(training_steps(again, SIZE_MAX), OPSPICE_OK);
    ck_assert_int_eq(training_steps(whole, SIZE_MAX), OPSPICE_OK);
    same_state(again, whole, "resumed");
    ck_assert_double_eq(opspice_drn_get_progress(again)->test_cost, opspice_drn_get_progress(whole)->test_cost);
    ck_assert_double_eq(opspice_drn_get_progress(again)->train_cost, opspice_drn_get_progress(whole)->train_cost);
    opspice_drn_free(drn);
    opspice_drn_free(again);
    opspice_drn_free(whole);
}
END_TEST

/* ---- gradients ---------------------------------------------------------------------------------------------- */

/* The three ways agree where beta is small; the adjoint agrees with finite differences everywhere. */
START_TEST(gradients_agree)
{
    static const struct training_option betas[] = {{"beta", "1e-3"}, {"beta", "0.3"}};
    const opspice_drn_gradient *row;
    size_t count;
    opspice_drn *drn = BEGIN(training_deep, &betas[_i]);
    ck_assert_int_eq(training_steps(drn, 5), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_check_gradient(drn, &row, &count), OPSPICE_OK);
    ck_assert_uint_eq(count, 8);
    for (size_t n = 0; n < count; n++, row++) {
        ck_assert_uint_eq(row->layer, n / 2 + 1);
        ck_assert_double_gt(row->adjoint_difference.cosine, 0.9999);
        ck_assert_double_lt(row->adjoint_difference.error, 1e-3);
        ck_assert_double_gt(row->ep_adjoint.cosine, _i == 0 ? 0.9999 : 0.8);
        ck_assert_double_lt(row->ep_adjoint.error, _i == 0 ? 1e-2 : 0.6);
    }
    opspice_drn_free(drn);
}
END_TEST

/* Under every diode; that of equilibrium propagation falls as the square of beta. */
START_TEST(gradients_of_diodes_agree)
{
    static const char *const betas[] = {"0.004", "0.002"};
    const opspice_drn_gradient *row;
    size_t count;
    double error[2] = {0};
    training_put("table", training_table, strlen(training_table));
    for (int n = 0; n < 2; n++) {
        opspice_drn *drn = training_with_diodes(&training_diodes[_i]);
        ck_assert_int_eq(opspice_drn_set(drn, "beta", betas[n]), OPSPICE_OK);
        ck_assert_int_eq(opspice_drn_read(drn, training_folder), OPSPICE_OK);
        ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_OK);
        ck_assert_int_eq(training_steps(drn, 3), OPSPICE_OK);
        ck_assert_int_eq(opspice_drn_check_gradient(drn, &row, &count), OPSPICE_OK);
        for (size_t r = 0; r < count; r++, row++) {
            ck_assert_double_lt(row->adjoint_difference.error, 1e-5);
            error[n] = fmax(error[n], row->ep_adjoint.error);
        }
        opspice_drn_free(drn);
    }
    ck_assert_msg(error[1] < 0.1 && error[1] > 0.2 * error[0] && error[1] < 0.3 * error[0], "%g after %g", error[1],
                  error[0]);
}
END_TEST

/* ---- back to SPICE ------------------------------------------------------------------------------------------ */

/* The trainer's own equilibrium of a test image: [units] of layer k in v.v[k]. */
static void own_equilibrium(struct drn_trainer *trainer, const struct drn_dataset *test, uint32_t sample,
                            struct drn_states *states)
{
    struct drn_tester tester;
    struct drn_dataset one = *test;
    size_t errors;
    double cost;
    one.pixel += sample * SIDE * SIDE;
    one.label += sample;
    one.count = 1;
    trainer->settings.tolerance = 1e-6;
    ck_assert(tester_new(&tester, &trainer->network));
    ck_assert_int_eq(tester_run(&tester, trainer, &one, NULL, &errors, &cost), TRAIN_OK);
    ck_assert(states_new(states, &trainer->network, 1));
    states_copy(states, &tester.equilibrium.states, 1, (struct team){0, 1, NULL});
    tester_free(&tester);
}

/* What ngspice finds for a node; NAN where there is no ngspice. The netlist's diodes become near-ideal. */
static void run_ngspice(const char *netlist, const char *listing)
{
    char command[512];
    snprintf(command, sizeof command,
             "sed 's/^.model ideal.*/.model ideal D(Ron=1u Roff=1e12 Vfwd=0)/; s/^.print.*//' %s "
             ">%s.ng && ngspice -b -D ngbehavior=ltpsa %s.ng >%s 2>&1",
             netlist, netlist, netlist, listing);
    ck_assert_int_ge(system(command), 0);
}

/* The voltage of a node in ngspice's table of node voltages. */
static double listed(const char *listing, const char *node)
{
    char name[64];
    snprintf(name, sizeof name, "\n\t%s ", node);
    const char *at = strstr(listing, name);
    return at ? strtod(at + strlen(name), NULL) : NAN;
}

enum { SAMPLE = 7 };

/* The trainer of a saved network. */
static void read_trainer(struct drn_trainer *trainer, struct drn_dataset *train_data, struct drn_dataset *test_data)
{
    struct drn_history history = {0};
    double seconds;
    char why[256];
    ck_assert_int_eq(dataset_read(train_data, training_path("train-images-idx3-ubyte"),
                                  training_path("train-labels-idx1-ubyte"), why, 256),
                     0);
    ck_assert_int_eq(dataset_read(test_data, training_path("t10k-images-idx3-ubyte"),
                                  training_path("t10k-labels-idx1-ubyte"), why, 256),
                     0);
    ck_assert_int_eq(
        checkpoint_read(training_path("checkpoint"), trainer, &history, &seconds, train_data, why, sizeof why), 0);
    history_free(&history);
}

/* The equilibrium in double precision. */
static void exact_equilibrium(struct drn_trainer *trainer, const struct drn_dataset *test, struct reference *reference,
                              struct reference_states *states)
{
    struct drn_inputs inputs;
    uint32_t sample = SAMPLE;
    ck_assert(inputs_new(&inputs, trainer->network.pixels, 1));
    inputs_take(&inputs, test->pixel, test->label, &sample, 1, trainer->settings.input_gain,
                trainer->settings.input_offset);
    ck_assert(reference_new(reference, &trainer->network) && reference_states_new(states, reference));
    reference_take(reference, &trainer->network, &inputs, 0);
    ck_assert(reference_find(reference, 0, test->label[SAMPLE], states));
    inputs_free(&inputs);
}

/* What has been trained, saved and exported: opspice's potentials against those in single and in double precision. */
static void check_export(bool with_ngspice)
{
    opspice *deck = opspice_new();
    ck_assert_int_eq(opspice_load_file(deck, training_path("net.cir")), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    bool have_ngspice = with_ngspice && system("command -v ngspice >/dev/null 2>&1") == 0;
    char netlist[64], *listing = NULL;
    size_t size;
    snprintf(netlist, sizeof netlist, "%s", training_path("net.cir"));
    if (have_ngspice) {
        run_ngspice(netlist, training_path("listing"));
        listing = (char *)training_contents("listing", &size);
    } else if (with_ngspice) {
        puts("skipped: train, no ngspice");
    }

    struct drn_trainer trainer = {0};
    struct drn_dataset train_data, test_data;
    struct drn_states states;
    struct reference reference;
    struct reference_states exact;
    read_trainer(&trainer, &train_data, &test_data);
    exact_equilibrium(&trainer, &test_data, &reference, &exact);
    own_equilibrium(&trainer, &test_data, SAMPLE, &states);
    double scale = 0, off = 0, off_exact = 0, off_ngspice = 0;
    size_t compared = 0, last = trainer.network.layers;
    for (size_t k = 1; k <= last; k++) {
        for (size_t j = 0; j < trainer.network.units[k]; j++) {
            char node[32];
            double volts, own = trainer.network.scale[k] * (double)states.v[k][j];
            if (k == last)
                snprintf(node, sizeof node, "y%zu", j);
            else
                snprintf(node, sizeof node, "h%zu_%zu", k, j);
            ck_assert_int_eq(opspice_voltage(deck, node, &volts), OPSPICE_OK);
            scale = fmax(scale, fabs(volts));
            off = fmax(off, fabs(volts - own));
            off_exact = fmax(off_exact, fabs(volts - trainer.network.scale[k] * exact.v[k][j]));
            if (have_ngspice) {
                double theirs = listed(listing, node);
                ck_assert_msg(!isnan(theirs), "ngspice gives no %s", node);
                off_ngspice = fmax(off_ngspice, fabs(theirs - own));
            }
            compared++;
        }
    }
    ck_assert_uint_ge(compared, 29);
    ck_assert_msg(off <= 1e-5 * scale, "opspice is off by %g of %g", off, scale);
    ck_assert_msg(off_exact <= 1e-9 * scale, "opspice is off by %g of %g, in double precision", off_exact, scale);
    ck_assert_msg(off_ngspice <= 1e-5 * scale, "ngspice is off by %g of %g", off_ngspice, scale);
    free(listing);
    states_free(&states);
    reference_states_free(&exact);
    reference_free(&reference);
    trainer_free(&trainer);
    dataset_free(&train_data);
    dataset_free(&test_data);
    opspice_free(deck);
}

static void save_and_export(opspice_drn *drn)
{
    ck_assert_int_eq(opspice_drn_export(drn, training_path("net.cir"), SAMPLE), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_save(drn, training_path("checkpoint")), OPSPICE_OK);
    opspice_drn_free(drn);
}

/* What deep networks may have besides; [0]: nothing. */
static const struct training_option besides[] = {{"amplifier", "1"}, {"amplifier", "1.25"}, {"differential", "yes"}};
enum { BESIDES = sizeof besides / sizeof *besides };

START_TEST(exported_netlist)
{
    static const struct training_option pairs = {"outputs", "10"};
    opspice_drn *drn = BEGIN(training_small, _i == 0 ? NULL : &pairs);
    ck_assert_int_eq(training_steps(drn, SIZE_MAX), OPSPICE_OK);
    save_and_export(drn);
    check_export(true);
}
END_TEST

/* Units in rows and images. Amplifiers take ngspice's tolerances, which are of single changes, to more than 1e-5. */
START_TEST(exported_deep_netlist)
{
    const struct training_option *more = &besides[_i / 2];
    opspice_drn *drn = _i % 2 ? BEGIN(training_images, more) : BEGIN(training_deep, more);
    ck_assert_int_eq(training_steps(drn, SIZE_MAX), OPSPICE_OK);
    save_and_export(drn);
    check_export(_i / 2 == 0);
}
END_TEST

/* It learns, over-relaxed too, goes on from a checkpoint bit for bit, and is what opspice makes of it. */
START_TEST(diodes)
{
    const struct training_diode *diode = &training_diodes[_i / 2];
    int status;
    training_put("table", training_table, strlen(training_table));
    opspice_drn *drn = training_with_diodes(diode), *again;
    ck_assert_int_eq(opspice_drn_set(drn, "relaxation", _i % 2 ? "1.3" : "1"), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_read(drn, training_folder), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_OK);
    ck_assert_int_eq(training_steps(drn, 50), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_save(drn, training_path("checkpoint")), OPSPICE_OK);
    again = training_resumed("checkpoint", &status);
    ck_assert_msg(status == OPSPICE_OK, "%s", opspice_drn_message(again));
    ck_assert_int_eq(training_steps(drn, SIZE_MAX), OPSPICE_OK);
    ck_assert_int_eq(training_steps(again, SIZE_MAX), OPSPICE_OK);
    same_state(drn, again, diode->kind);
    ck_assert_double_le(opspice_drn_get_progress(drn)->test_error, 0.05);
    opspice_drn_free(again);
    save_and_export(drn);
    check_export(false);
}
END_TEST

Suite *suite_train(void)
{
    Suite *suite = suite_create("train");
    TCase *tcase = tcase_create("training");
    tcase_add_checked_fixture(tcase, training_set_up, training_tear_down);
    tcase_add_test(tcase, learns);
    tcase_add_test(tcase, data_from_memory);
    tcase_add_test(tcase, weights_in_and_out);
    tcase_add_test(tcase, wrong_weights);
    tcase_add_test(tcase, epochs_as_vectors);
    tcase_add_loop_test(tcase, learns_in_all_ways, 0, sizeof ways / sizeof *ways);
    tcase_add_loop_test(tcase, threads_do_not_matter, 0, 4);
    tcase_add_test(tcase, threads_do_not_matter_in_wide_layers);
    tcase_add_loop_test(tcase, vectors_do_not_matter, 0, 2);
    tcase_add_loop_test(tcase, learns_with_any_vectors, 0, 4);
    tcase_add_loop_test(tcase, resumes_bit_for_bit, 0, 9);
    tcase_add_loop_test(tcase, gradients_agree, 0, 2);
    tcase_add_loop_test(tcase, gradients_of_diodes_agree, 0, TRAINING_DIODES);
    tcase_add_loop_test(tcase, exported_netlist, 0, 2);
    tcase_add_loop_test(tcase, exported_deep_netlist, 0, 2 * BESIDES);
    tcase_add_loop_test(tcase, diodes, 0, 2 * TRAINING_DIODES);
    suite_add_tcase(suite, tcase);
    return suite;
}
