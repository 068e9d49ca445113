/* Training deep resistive networks through opspice_drn.h: checkpoints that are damaged, options, files, memory. */
#include "drn/drn_kernels.h"
#include "fail_alloc.h"
#include "opspice_drn.h"
#include "suites.h"
#include "training.h"
#include "util/kernel.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

START_TEST(damaged_checkpoints)
{
    int status;
    size_t size;
    opspice_drn *drn = BEGIN(training_small, NULL);
    ck_assert_int_eq(training_steps(drn, 10), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_save(drn, training_path("checkpoint")), OPSPICE_OK);
    opspice_drn_free(drn);
    uint8_t *bytes = training_contents("checkpoint", &size);
    for (size_t n = 0; n < 60; n++) {
        size_t at = n < 30 ? n * 17 : (n - 30) * (size / 31) + 500;
        bytes[at] ^= 0x10;
        training_put("damaged", bytes, size);
        bytes[at] ^= 0x10;
        drn = training_resumed("damaged", &status);
        ck_assert_msg(status == OPSPICE_DATA, "byte %zu: status %d", at, status);
        ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "damaged"));
        ck_assert_int_eq(opspice_drn_begin(drn),
                         OPSPICE_DATA); /* drn-1h does not fit, but nothing is left of the file */
        opspice_drn_free(drn);
        training_put("short", bytes, at);
        drn = training_resumed("short", &status);
        ck_assert_msg(status == OPSPICE_DATA, "%zu bytes: status %d", at, status);
        opspice_drn_free(drn);
    }
    drn = training_resumed("nowhere", &status);
    ck_assert_int_eq(status, OPSPICE_SYSTEM);
    opspice_drn_free(drn);
    uint8_t labels[8 + TRAIN];
    training_labels(labels, TRAIN);
    labels[8] = 1;
    training_put("train-labels-idx1-ubyte", labels, sizeof labels);
    drn = training_resumed("checkpoint", &status);
    ck_assert_int_eq(status, OPSPICE_DATA);
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "other data"));
    opspice_drn_free(drn);
    free(bytes);
}
END_TEST

/* ---- checkpoints of 0.1.0 ----------------------------------------------------------------------------------- */

/* The inputs of the fuzz target for checkpoints, less their first byte, were written by opspice-train 0.1.0, trained on
 * five images; sums: of all that followed its header but the times, after it had gone on to epoch 6 with gcc and fused
 * multiply-add, and its last cost of training. */
static const struct {
    const char *name;
    uint32_t sum;
    double cost;
} of_0_1_0[] = {{"deep", 0x017cef33, 0.31546513052267117},
                {"exact", 0x6b0d5dfa, 0.48576057934556316},
                {"tolerance", 0x84476771, 503.053643184222}};

static void put_five_images(void)
{
    static const uint8_t images[] = {0,   0, 8,  3, 0, 0,  0,   5,   0, 0,   0, 2, 0, 0, 0,  2,  0, 255,
                                     255, 0, 10, 0, 0, 90, 255, 255, 0, 255, 1, 2, 3, 4, 99, 99, 0, 0};
    static const uint8_t labels[] = {0, 0, 8, 1, 0, 0, 0, 5, 0, 1, 2, 1, 0};
    training_put("train-images-idx3-ubyte", images, sizeof images);
    training_put("t10k-images-idx3-ubyte", images, sizeof images);
    training_put("train-labels-idx1-ubyte", labels, sizeof labels);
    training_put("t10k-labels-idx1-ubyte", labels, sizeof labels);
}

/* As that opspice-train went on, bit for bit. */
START_TEST(checkpoints_of_0_1_0)
{
    enum { EPOCHS = 6, PLACE = 48 };
    char path[512], bytes[1 << 14];
    snprintf(path, sizeof path, "%s/tests/fuzz/checkpoint/%s", TOP_SRCDIR, of_0_1_0[_i].name);
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    ck_assert_ptr_nonnull(memmem(bytes, size, "opspice-train checkpoint 1\n", 27));
    put_five_images();
    training_put("old", bytes + 1, size - 1);
    int status;
    opspice_drn *drn = training_resumed("old", &status);
    ck_assert_msg(status == OPSPICE_OK, "%s", opspice_drn_message(drn));
    ck_assert_int_eq(opspice_drn_set(drn, "epochs", "6"), OPSPICE_OK);
    ck_assert_int_eq(training_steps(drn, SIZE_MAX), OPSPICE_OK);
    ck_assert_double_eq_tol(opspice_drn_get_progress(drn)->train_cost, of_0_1_0[_i].cost, 1e-3 * of_0_1_0[_i].cost);
    ck_assert_int_eq(opspice_drn_save(drn, training_path("new")), OPSPICE_OK);
    opspice_drn_free(drn);
    uint8_t *saved = training_contents("new", &size), *body = memmem(saved, size, "\nend\n", 5);
    ck_assert_ptr_nonnull(body);
    ck_assert_int_eq(memcmp(saved, "opspice-train checkpoint 2\n", 27), 0);
#if !defined(__clang__) && !defined(KERNEL_SANITIZED) /* where other products are fused with sums */
    body += 5 + PLACE;
    size_t length = size - (size_t)(body - saved) - 4 - EPOCHS * 5 * sizeof(double);
    if (drn_kernels_choose()->fused)
        ck_assert_uint_eq(crc32_z(0, body, length), of_0_1_0[_i].sum);
#endif
    free(saved);
}
END_TEST

/* ---- options ------------------------------------------------------------------------------------------------ */

static const struct {
    const char *name, *value;
    int status;
} options[] = {
    {"model", "drn-xs", OPSPICE_OK},
    {"model", "3h", OPSPICE_OK},
    {"model", "drn-4h", OPSPICE_USAGE},
    {"model", "", OPSPICE_USAGE},
    {"layers", "8,2", OPSPICE_OK},
    {"layers", "8", OPSPICE_USAGE},
    {"layers", "7,2", OPSPICE_USAGE},
    {"layers", "8,0,2", OPSPICE_USAGE},
    {"layers", "8,,2", OPSPICE_USAGE},
    {"layers", "8,2,", OPSPICE_USAGE},
    {"layers", "8,1", OPSPICE_USAGE},
    {"layers", "8,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2", OPSPICE_USAGE},
    {"layers", "99999999999999999999,2", OPSPICE_USAGE},
    {"layers", "1000000,1000000,2", OPSPICE_USAGE},
    {"iterations", "3,4", OPSPICE_OK},
    {"iterations", "0", OPSPICE_USAGE},
    {"iterations", "1,2,3", OPSPICE_USAGE},
    {"tolerance", "1e-5", OPSPICE_OK},
    {"tolerance", "1e-9", OPSPICE_USAGE},
    {"differential", "yes", OPSPICE_OK},
    {"differential", "1", OPSPICE_USAGE},
    {"outputs", "20", OPSPICE_OK},
    {"outputs", "1", OPSPICE_USAGE},
    {"outputs", "pairs", OPSPICE_USAGE},
    {"amplifier", "4", OPSPICE_OK},
    {"amplifier", "0", OPSPICE_USAGE},
    {"amplifier", "11", OPSPICE_USAGE},
    {"beta", "0", OPSPICE_USAGE},
    {"beta", "-1", OPSPICE_USAGE},
    {"beta", "1.5e-1", OPSPICE_OK},
    {"beta", "1e999", OPSPICE_USAGE},
    {"beta", "nan", OPSPICE_USAGE},
    {"lr", "0.1,.2,3.", OPSPICE_OK},
    {"lr", "0.1;0.2", OPSPICE_USAGE},
    {"lr-bias", "0", OPSPICE_OK},
    {"decay", "1.1", OPSPICE_USAGE},
    {"momentum", "1", OPSPICE_USAGE},
    {"momentum", "0.9", OPSPICE_OK},
    {"optimiser", "adam", OPSPICE_OK},
    {"optimiser", "newton", OPSPICE_USAGE},
    {"adam", "0.9,0.99,1e-6", OPSPICE_OK},
    {"adam", "0.9,1,1e-6", OPSPICE_USAGE},
    {"adam", "0.9,0.99", OPSPICE_USAGE},
    {"adam", "0.9,0.99,0", OPSPICE_USAGE},
    {"floor", "-1", OPSPICE_USAGE},
    {"floor", "1e-3", OPSPICE_OK},
    {"ceiling", "0.5", OPSPICE_OK},
    {"ceiling", "x", OPSPICE_USAGE},
    {"levels", "1", OPSPICE_USAGE},
    {"levels", "0", OPSPICE_OK},
    {"levels", "65537", OPSPICE_USAGE},
    {"noise", "0.1", OPSPICE_OK},
    {"noise", "11", OPSPICE_USAGE},
    {"batch", "0", OPSPICE_USAGE},
    {"batch", "1024", OPSPICE_OK},
    {"batch", "1025", OPSPICE_USAGE},
    {"epochs", "0", OPSPICE_OK},
    {"variant", "centred", OPSPICE_USAGE},
    {"gradient", "exact", OPSPICE_OK},
    {"gradient", "coupled", OPSPICE_OK},
    {"gradient", "backprop", OPSPICE_USAGE},
    {"audit", "x", OPSPICE_USAGE},
    {"audit", "16", OPSPICE_OK},
    {"seed", "18446744073709551615", OPSPICE_OK},
    {"seed", "18446744073709551616", OPSPICE_USAGE},
    {"shuffle", "maybe", OPSPICE_USAGE},
    {"threads", "x", OPSPICE_USAGE},
    {"nonsense", "1", OPSPICE_USAGE},
};

START_TEST(settings)
{
    opspice_drn *drn = opspice_drn_new();
    for (size_t n = 0; n < sizeof options / sizeof *options; n++) {
        int status = opspice_drn_set(drn, options[n].name, options[n].value);
        ck_assert_msg(status == options[n].status, "%s=%s: %d", options[n].name, options[n].value, status);
        ck_assert_int_eq(*opspice_drn_message(drn) == '\0', status == OPSPICE_OK);
    }
    opspice_drn_free(drn);
    drn = BEGIN(training_small, NULL);
    ck_assert_int_eq(opspice_drn_set(drn, "beta", "2"), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_set(drn, "epochs", "9"), OPSPICE_OK);
    ck_assert_uint_eq(opspice_drn_get_progress(drn)->epochs, 9);
    ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_end_epoch(drn), OPSPICE_USAGE);
    opspice_drn_free(drn);
    drn = opspice_drn_new();
    ck_assert_int_eq(opspice_drn_set(drn, "layers", "128,9,5"), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_set(drn, "lr", "1,2,3"), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_read(drn, training_folder), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_USAGE);
    opspice_drn_free(drn);
}
END_TEST

/* Calls before there is a network, or twice, are refused and change nothing. */
START_TEST(calls_out_of_order)
{
    opspice_drn *drn = opspice_drn_new();
    const opspice_drn_gradient *rows;
    size_t errors, count;
    double cost;
    ck_assert_int_eq(opspice_drn_step(drn, 1), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_end_epoch(drn), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_test(drn, &errors, &cost), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_save(drn, training_path("x")), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_check_gradient(drn, &rows, &count), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_export(drn, training_path("x"), 0), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_write_plot(drn, training_path("x"), training_path("y")), OPSPICE_USAGE);
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "no network yet"));
    ck_assert_int_ne(access(training_path("x"), F_OK), 0);
    opspice_drn_free(drn);
    drn = BEGIN(training_small, NULL);
    ck_assert_int_eq(opspice_drn_read(drn, training_folder), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_step(drn, SIZE_MAX), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_step(drn, 1), OPSPICE_USAGE);
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "the epoch is over"));
    opspice_drn_free(drn);
}
END_TEST

/* Training that cannot go on says why. */
START_TEST(failures)
{
    opspice_drn *drn = BEGIN(training_small, (&(struct training_option){"beta", "1000"}));
    ck_assert_int_eq(training_steps(drn, SIZE_MAX), OPSPICE_NO_EQUILIBRIUM);
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "beta"));
    opspice_drn_free(drn);
    drn = BEGIN(training_small, (&(struct training_option){"lr-bias", "1e30"}));
    ck_assert_int_eq(training_steps(drn, SIZE_MAX), OPSPICE_NO_EQUILIBRIUM);
    opspice_drn_free(drn);
    drn = BEGIN(training_small, NULL);
    ck_assert_int_eq(opspice_drn_export(drn, training_path("x"), TEST), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_save(drn, training_path("nowhere/x")), OPSPICE_SYSTEM);
    ck_assert_int_eq(opspice_drn_write_log(drn, training_path("nowhere/x")), OPSPICE_SYSTEM);
    opspice_drn_free(drn);
    opspice_drn_free(NULL);
}
END_TEST

/* ---- files and memory --------------------------------------------------------------------------------------- */

START_TEST(log_and_plot)
{
    size_t size;
    opspice_drn *drn = BEGIN(training_small, NULL);
    ck_assert_int_eq(training_steps(drn, SIZE_MAX), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_write_log(drn, training_path("log.csv")), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_write_plot(drn, training_path("plot.gp"), "a \"b\".svg"), OPSPICE_OK);
    char *text = (char *)training_contents("log.csv", &size);
    size_t lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    ck_assert_uint_eq(lines, 4);
    ck_assert_ptr_nonnull(strstr(text, "\n3,"));
    free(text);
    text = (char *)training_contents("plot.gp", &size);
    ck_assert_ptr_nonnull(strstr(text, "set output \"a \\\"b\\\".svg\""));
    free(text);
    opspice_drn_free(drn);
}
END_TEST

/* All that a handle can do; the worst status. */
static int do_all_with(opspice_drn *drn, const char *layers, const char *momentum)
{
    const opspice_drn_gradient *row;
    size_t count;
    int status = opspice_drn_set(drn, "layers", layers);
    if (status == OPSPICE_OK)
        status = opspice_drn_set(drn, "momentum", momentum);
    if (status == OPSPICE_OK)
        status = opspice_drn_set(drn, "beta", "0.1");
    if (status == OPSPICE_OK)
        status = opspice_drn_set(drn, "epochs", "1");
    if (status == OPSPICE_OK)
        status = opspice_drn_set(drn, "threads", "1");
    if (status == OPSPICE_OK)
        status = opspice_drn_read(drn, training_folder);
    if (status == OPSPICE_OK)
        status = opspice_drn_begin(drn);
    if (status == OPSPICE_OK)
        status = training_steps(drn, SIZE_MAX);
    if (status == OPSPICE_OK)
        status = opspice_drn_check_gradient(drn, &row, &count);
    if (status == OPSPICE_OK)
        status = opspice_drn_save(drn, training_path("new"));
    if (status == OPSPICE_OK)
        status = opspice_drn_export(drn, training_path("new"), 1);
    if (status == OPSPICE_OK)
        status = opspice_drn_write_log(drn, training_path("new"));
    return status == OPSPICE_OK ? opspice_drn_write_plot(drn, training_path("new"), "x.svg") : status;
}

static int do_all(opspice_drn *drn)
{
    return do_all_with(drn, "128,9,6,5", "0.5");
}

static int do_all_of_images(opspice_drn *drn)
{
    int status = opspice_drn_set(drn, "differential", "yes");
    return status == OPSPICE_OK ? do_all_with(drn, "8x8,conv:3:3:2,pool:2:1,5", "0.5") : status;
}

/* Memories of Adam and of levels, and audits. */
static int do_all_with_devices(opspice_drn *drn)
{
    static const struct training_option changed[] = {
        {"optimiser", "adam"}, {"ceiling", "1"}, {"levels", "9"}, {"audit", "1"}};
    int status = OPSPICE_OK;
    for (size_t n = 0; n < sizeof changed / sizeof *changed && status == OPSPICE_OK; n++)
        status = opspice_drn_set(drn, changed[n].name, changed[n].value);
    return status == OPSPICE_OK ? do_all_with(drn, "128,9,5", "0") : status;
}

static int do_resume(opspice_drn *drn)
{
    int status = opspice_drn_read(drn, training_folder);
    return status == OPSPICE_OK ? opspice_drn_resume(drn, training_path("checkpoint")) : status;
}

/* Images from memory: where one of the two parts was not taken it can be given again. */
static int do_take(opspice_drn *drn)
{
    static const unsigned char pixels[2 * 64] = {255, 0, 255}, labels[2] = {0, 4};
    static float volts[2 * 5];
    int status = opspice_drn_set(drn, "layers", "128,24,5");
    for (int is_test = 0; is_test < 2 && status == OPSPICE_OK; is_test++) {
        status = opspice_drn_take(drn, is_test, 2, 8, 8, pixels, labels);
        if (status == OPSPICE_SYSTEM)
            status = opspice_drn_take(drn, is_test, 2, 8, 8, pixels, labels) == OPSPICE_USAGE ? OPSPICE_USAGE : status;
    }
    if (status == OPSPICE_OK)
        status = opspice_drn_begin(drn);
    return status == OPSPICE_OK ? opspice_drn_answers(drn, volts) : status;
}

START_TEST(every_allocation)
{
    static int (*const runs[])(opspice_drn *) = {do_all, do_all_of_images, do_all_with_devices, do_resume, do_take};
    int (*const run)(opspice_drn *) = runs[_i];
    opspice_drn *drn = BEGIN(training_small, NULL);
    ck_assert_int_eq(opspice_drn_save(drn, training_path("checkpoint")), OPSPICE_OK);
    opspice_drn_free(drn);
    int files = training_files();
    for (long n = 0, failed = 1; failed; n++) {
        fail_alloc_after(n);
        drn = opspice_drn_new();
        int status = drn ? run(drn) : OPSPICE_SYSTEM;
        failed = fail_alloc_off();
        opspice_drn_free(drn);
        ck_assert_msg(status == OPSPICE_OK || (failed && status == OPSPICE_SYSTEM), "status %d after %ld allocations",
                      status, n);
        ck_assert_int_le(training_files(), files + 1);
    }
}
END_TEST

Suite *suite_train_files(void)
{
    Suite *suite = suite_create("train_files");
    TCase *tcase = tcase_create("files");
    tcase_add_checked_fixture(tcase, training_set_up, training_tear_down);
    tcase_add_test(tcase, damaged_checkpoints);
    tcase_add_loop_test(tcase, checkpoints_of_0_1_0, 0, sizeof of_0_1_0 / sizeof *of_0_1_0);
    tcase_add_test(tcase, settings);
    tcase_add_test(tcase, calls_out_of_order);
    tcase_add_test(tcase, failures);
    tcase_add_test(tcase, log_and_plot);
    tcase_add_loop_test(tcase, every_allocation, 0, 5);
    suite_add_tcase(suite, tcase);
    return suite;
}
