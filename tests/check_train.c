/* Training deep resistive networks through opspice.h: on images that are made here, with files damaged here. */
#include "drn/checkpoint.h"
#include "drn/trainer.h"
#include "fail_alloc.h"
#include "opspice.h"
#include "suites.h"
#include "util/random.h"
#include <dirent.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { SIDE = 8, CLASSES = 5, TRAIN = 303, TEST = 101 };

static char folder[] = "opspice-train-XXXXXX";

/* ---- images ------------------------------------------------------------------------------------------------- */

static const char *path_of(const char *name)
{
    static char path[4][sizeof folder + 256];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static void put(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(path_of(name), "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static void put_number(uint8_t *at, size_t number)
{
    for (int byte = 0; byte < 4; byte++)
        at[byte] = (uint8_t)(number >> (24 - 8 * byte));
}

/* A bright bar, lying for even classes and standing for odd ones, on a dark ground with some noise. */
static void draw(uint8_t *pixel, size_t label, struct random *random)
{
    for (size_t p = 0; p < SIDE * SIDE; p++) {
        size_t along = label % 2 ? p % SIDE : p / SIDE;
        double light = along == label + 1 || along == label + 2 ? 200 : 0, noise = random_normal(random);
        pixel[p] = (uint8_t)fmin(255, fmax(0, light + 60 * noise - 40));
    }
}

static size_t image_file(uint8_t *bytes, size_t count, uint64_t seed)
{
    struct random random = random_from(seed);
    memcpy(bytes, (uint8_t[]){0, 0, 8, 3}, 4);
    put_number(bytes + 4, count);
    put_number(bytes + 8, SIDE);
    put_number(bytes + 12, SIDE);
    for (size_t n = 0; n < count; n++)
        draw(bytes + 16 + n * SIDE * SIDE, n * 7 % CLASSES, &random);
    return 16 + count * SIDE * SIDE;
}

static size_t label_file(uint8_t *bytes, size_t count)
{
    memcpy(bytes, (uint8_t[]){0, 0, 8, 1}, 4);
    put_number(bytes + 4, count);
    for (size_t n = 0; n < count; n++)
        bytes[8 + n] = (uint8_t)(n * 7 % CLASSES);
    return 8 + count;
}

static void put_data(void)
{
    static uint8_t bytes[16 + TRAIN * SIDE * SIDE];
    put("train-images-idx3-ubyte", bytes, image_file(bytes, TRAIN, 1));
    put("train-labels-idx1-ubyte", bytes, label_file(bytes, TRAIN));
    put("t10k-images-idx3-ubyte", bytes, image_file(bytes, TEST, 2));
    put("t10k-labels-idx1-ubyte", bytes, label_file(bytes, TEST));
}

static void set_up(void)
{
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    put_data();
}

static int count_files(void)
{
    DIR *open = opendir(folder);
    int count = -2;
    while (readdir(open))
        count++;
    closedir(open);
    return count;
}

static void tear_down(void)
{
    DIR *open = opendir(folder);
    for (struct dirent *entry; (entry = readdir(open));)
        unlink(path_of(entry->d_name));
    closedir(open);
    ck_assert_int_eq(rmdir(folder), 0);
}

/* ---- a network for them ------------------------------------------------------------------------------------- */

struct option {
    const char *name, *value;
};

static const struct option small[] = {{"layers", "128,24,5"}, {"input-gain", "20"}, {"beta", "0.1"},
                                      {"lr", "0.02"},         {"epochs", "3"},      {"threads", "1"}};
static const struct option deep[] = {
    {"layers", "128,37,22,17,5"},  {"input-gain", "300"}, {"beta", "0.3"}, {"batch", "7"},
    {"lr", "0.01,0.02,0.03,0.01"}, {"momentum", "0.5"},   {"epochs", "2"}, {"threads", "1"}};

static opspice_drn *begin_with(const struct option *option, size_t count, const struct option *more)
{
    opspice_drn *drn = opspice_drn_new();
    ck_assert_ptr_nonnull(drn);
    for (size_t n = 0; n < count; n++)
        ck_assert_int_eq(opspice_drn_set(drn, option[n].name, option[n].value), OPSPICE_OK);
    if (more)
        ck_assert_int_eq(opspice_drn_set(drn, more->name, more->value), OPSPICE_OK);
    ck_assert_msg(opspice_drn_read(drn, folder) == OPSPICE_OK, "%s", opspice_drn_message(drn));
    ck_assert_msg(opspice_drn_begin(drn) == OPSPICE_OK, "%s", opspice_drn_message(drn));
    return drn;
}
#define BEGIN(options, more) begin_with(options, sizeof options / sizeof *options, more)

static int train(opspice_drn *drn, size_t steps)
{
    const opspice_drn_progress *at = opspice_drn_get_progress(drn);
    int status = OPSPICE_OK;
    for (; steps > 0 && status == OPSPICE_OK && at->epoch < at->epochs; steps--)
        status = at->sample < at->samples ? opspice_drn_step(drn, 1) : opspice_drn_end_epoch(drn);
    return status;
}

/* All bytes of a file, and a 0 behind them. */
static uint8_t *contents(const char *name, size_t *size)
{
    FILE *file = fopen(path_of(name), "rb");
    ck_assert_ptr_nonnull(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = calloc(*size + 16, 1);
    ck_assert_uint_eq(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

/* The conductances of a handle, and all else that goes on, as the bytes of a checkpoint less its header and times. */
static uint8_t *state_of(opspice_drn *drn, size_t *size)
{
    ck_assert_int_eq(opspice_drn_save(drn, path_of("state")), OPSPICE_OK);
    uint8_t *bytes = contents("state", size);
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
    opspice_drn *drn = BEGIN(small, NULL);
    const opspice_drn_progress *at = opspice_drn_get_progress(drn);
    size_t errors;
    double cost;
    ck_assert_uint_eq(at->parameters, 128 * 24 + 24 + 24 * 5 + 5);
    ck_assert_int_eq(opspice_drn_test(drn, &errors, &cost), OPSPICE_OK);
    ck_assert_uint_gt(errors, TEST / 2);
    ck_assert_int_eq(train(drn, SIZE_MAX), OPSPICE_OK);
    ck_assert_uint_eq(at->epoch, 3);
    ck_assert_double_le(at->test_error, 0.05);
    ck_assert_double_lt(at->test_cost, cost / 2);
    opspice_drn_free(drn);
}
END_TEST

static const struct option ways[] = {{"variant", "positive"},   {"variant", "negative"}, {"gradient", "exact"},
                                     {"tolerance", "1e-4"},     {"momentum", "0.8"},     {"batch", "1"},
                                     {"batch", "32"},           {"layers", "128,5"},     {"layers", "128,7,5"},
                                     {"layers", "128,40,30,5"}, {"shuffle", "no"}};

/* Every way to train learns something. */
START_TEST(learns_in_all_ways)
{
    opspice_drn *drn = BEGIN(small, &ways[_i]);
    ck_assert_int_eq(opspice_drn_set(drn, "epochs", "4"), OPSPICE_OK);
    int status = train(drn, SIZE_MAX);
    ck_assert_msg(status == OPSPICE_OK, "%s=%s: %s", ways[_i].name, ways[_i].value, opspice_drn_message(drn));
    double chance = 1 - 1.0 / CLASSES, error = opspice_drn_get_progress(drn)->test_error;
    ck_assert_msg(error < 0.8 * chance, "%s=%s: test error %g", ways[_i].name, ways[_i].value, error);
    opspice_drn_free(drn);
}
END_TEST

/* ---- the same bits ------------------------------------------------------------------------------------------ */

START_TEST(threads_do_not_matter)
{
    opspice_drn *one = BEGIN(deep, NULL), *more = BEGIN(deep, NULL);
    ck_assert_int_eq(opspice_drn_set(more, "threads", _i == 0 ? "2" : "5"), OPSPICE_OK);
    ck_assert_int_eq(train(one, 60), OPSPICE_OK);
    while (opspice_drn_get_progress(more)->sample < TRAIN) /* some at a time */
        ck_assert_int_eq(opspice_drn_step(more, 9), OPSPICE_OK);
    ck_assert_int_eq(train(more, 60 - 44), OPSPICE_OK);
    same_state(one, more, "threads");
    opspice_drn_free(one);
    opspice_drn_free(more);
}
END_TEST

/* Wide enough for the equilibria to be shared too. */
START_TEST(threads_do_not_matter_in_wide_layers)
{
    static const struct option wide[] = {
        {"layers", "128,400,400,5"}, {"input-gain", "300"}, {"beta", "0.3"}, {"threads", "1"}};
    opspice_drn *one = BEGIN(wide, NULL), *more = BEGIN(wide, NULL);
    ck_assert_int_eq(opspice_drn_set(more, "threads", "3"), OPSPICE_OK);
    ck_assert_int_eq(train(one, 5), OPSPICE_OK);
    ck_assert_int_eq(train(more, 5), OPSPICE_OK);
    same_state(one, more, "threads");
    opspice_drn_free(one);
    opspice_drn_free(more);
}
END_TEST

static opspice_drn *resumed(const char *name, int *status)
{
    opspice_drn *drn = opspice_drn_new();
    ck_assert_int_eq(opspice_drn_read(drn, folder), OPSPICE_OK);
    *status = opspice_drn_resume(drn, path_of(name));
    return drn;
}

/* Saved in the middle of an epoch, at its end, at its beginning. */
START_TEST(resumes_bit_for_bit)
{
    static const size_t after[] = {0, 1, 20, 43, 44, 45, 60};
    int status;
    opspice_drn *drn = BEGIN(deep, NULL), *whole = BEGIN(deep, NULL);
    ck_assert_int_eq(train(drn, after[_i]), OPSPICE_OK);
    if (opspice_drn_get_progress(drn)->sample == TRAIN) /* an epoch is ended before it is saved */
        ck_assert_int_eq(opspice_drn_end_epoch(drn), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_save(drn, path_of("checkpoint")), OPSPICE_OK);
    opspice_drn *again = resumed("checkpoint", &status);
    ck_assert_msg(status == OPSPICE_OK, "%s", opspice_drn_message(again));
    ck_assert_int_eq(train(again, SIZE_MAX), OPSPICE_OK);
    ck_assert_int_eq(train(whole, SIZE_MAX), OPSPICE_OK);
    same_state(again, whole, "resumed");
    ck_assert_double_eq(opspice_drn_get_progress(again)->test_cost, opspice_drn_get_progress(whole)->test_cost);
    ck_assert_double_eq(opspice_drn_get_progress(again)->train_cost, opspice_drn_get_progress(whole)->train_cost);
    opspice_drn_free(drn);
    opspice_drn_free(again);
    opspice_drn_free(whole);
}
END_TEST

START_TEST(damaged_checkpoints)
{
    int status;
    size_t size;
    opspice_drn *drn = BEGIN(small, NULL);
    ck_assert_int_eq(train(drn, 10), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_save(drn, path_of("checkpoint")), OPSPICE_OK);
    opspice_drn_free(drn);
    uint8_t *bytes = contents("checkpoint", &size);
    for (size_t n = 0; n < 60; n++) {
        size_t at = n < 30 ? n * 17 : (n - 30) * (size / 31) + 500;
        bytes[at] ^= 0x10;
        put("damaged", bytes, size);
        bytes[at] ^= 0x10;
        drn = resumed("damaged", &status);
        ck_assert_msg(status == OPSPICE_DATA, "byte %zu: status %d", at, status);
        ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "damaged"));
        ck_assert_int_eq(opspice_drn_begin(drn),
                         OPSPICE_DATA); /* drn-1h does not fit, but nothing is left of the file */
        opspice_drn_free(drn);
        put("short", bytes, at);
        drn = resumed("short", &status);
        ck_assert_msg(status == OPSPICE_DATA, "%zu bytes: status %d", at, status);
        opspice_drn_free(drn);
    }
    drn = resumed("nowhere", &status);
    ck_assert_int_eq(status, OPSPICE_SYSTEM);
    opspice_drn_free(drn);
    uint8_t labels[8 + TRAIN];
    label_file(labels, TRAIN);
    labels[8] = 1;
    put("train-labels-idx1-ubyte", labels, sizeof labels);
    drn = resumed("checkpoint", &status);
    ck_assert_int_eq(status, OPSPICE_DATA);
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "other data"));
    opspice_drn_free(drn);
    free(bytes);
}
END_TEST

/* ---- data --------------------------------------------------------------------------------------------------- */

/* What is done to a file, and what must be said. */
static const struct {
    const char *name;
    size_t keep; /* bytes; 0: all */
    size_t at;   /* a byte that is changed; 0: none */
    uint8_t to;
    size_t more; /* bytes added */
    const char *says;
} damages[] = {
    {"train-images-idx3-ubyte", 0, 0, 1, 0, NULL}, /* nothing done: read */
    {"train-images-idx3-ubyte", 2, 0, 0, 0, "is no IDX file"},
    {"train-images-idx3-ubyte", 9, 0, 0, 0, "ends too early"},
    {"train-images-idx3-ubyte", 5000, 0, 0, 0, "ends too early"},
    {"train-images-idx3-ubyte", 0, 0, 0, 3, "goes on behind"},
    {"train-images-idx3-ubyte", 0, 1, 1, 0, "is no IDX file"},
    {"train-images-idx3-ubyte", 0, 2, 9, 0, "is no IDX file of bytes"},
    {"train-images-idx3-ubyte", 0, 3, 1, 0, "holds labels, not images"},
    {"train-images-idx3-ubyte", 0, 7, 1, 0, "goes on behind"},
    {"train-images-idx3-ubyte", 0, 4, 255, 0, "ends too early"},
    {"train-images-idx3-ubyte", 0, 11, 0, 0, "has no data"},
    {"train-labels-idx1-ubyte", 0, 3, 3, 0, "holds images, not labels"},
    {"train-labels-idx1-ubyte", 0, 7, 1, 0, "goes on behind"},
    {"t10k-labels-idx1-ubyte", 50, 0, 0, 0, "ends too early"},
    {"t10k-images-idx3-ubyte", 0, 15, 4, 0, "goes on behind"},
};

START_TEST(damaged_data)
{
    size_t size;
    uint8_t *bytes = contents(damages[_i].name, &size);
    if (damages[_i].at)
        bytes[damages[_i].at] = damages[_i].to;
    if (damages[_i].keep)
        size = damages[_i].keep;
    put(damages[_i].name, bytes, size + damages[_i].more); /* there is room for them behind the bytes */
    free(bytes);
    opspice_drn *drn = opspice_drn_new();
    int status = opspice_drn_read(drn, folder);
    const char *message = opspice_drn_message(drn);
    ck_assert_msg(status == (damages[_i].says ? OPSPICE_DATA : OPSPICE_OK), "%d: status %d, %s", _i, status, message);
    if (damages[_i].says)
        ck_assert_msg(strstr(message, damages[_i].says) && strstr(message, damages[_i].name), "%d: %s", _i, message);
    opspice_drn_free(drn);
}
END_TEST

static void compress_file(const char *name, const char *as, size_t keep)
{
    size_t size;
    uint8_t *bytes = contents(name, &size);
    gzFile file = gzopen(path_of(as), "wb");
    ck_assert_int_eq(gzwrite(file, bytes, (unsigned)size), (int)size);
    ck_assert_int_eq(gzclose(file), Z_OK);
    free(bytes);
    ck_assert_int_eq(unlink(path_of(name)), 0);
    if (keep)
        ck_assert_int_eq(truncate(path_of(as), (off_t)keep), 0);
}

START_TEST(other_names_and_sizes)
{
    opspice_drn *drn = opspice_drn_new();
    compress_file("train-images-idx3-ubyte", "train-images-idx3-ubyte.gz", 0);
    compress_file("train-labels-idx1-ubyte", "train-labels.idx1-ubyte.gz", 0);
    ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_USAGE);
    ck_assert_msg(opspice_drn_read(drn, folder) == OPSPICE_OK, "%s", opspice_drn_message(drn));
    ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_DATA);
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "need 128 inputs; the network has 1568"));
    ck_assert_int_eq(opspice_drn_set(drn, "layers", "128,10,4"), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_DATA);
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "label 4"));
    opspice_drn_free(drn);

    drn = opspice_drn_new();
    compress_file("t10k-images-idx3-ubyte", "t10k-images-idx3-ubyte.gz", 3000);
    ck_assert_int_eq(opspice_drn_read(drn, folder), OPSPICE_DATA);
    opspice_drn_free(drn);
    drn = opspice_drn_new();
    ck_assert_int_eq(unlink(path_of("t10k-labels-idx1-ubyte")), 0);
    ck_assert_int_eq(opspice_drn_read(drn, folder), OPSPICE_DATA);
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "has no t10k-labels-idx1-ubyte"));
    opspice_drn_free(drn);
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
    {"batch", "0", OPSPICE_USAGE},
    {"batch", "1024", OPSPICE_OK},
    {"batch", "1025", OPSPICE_USAGE},
    {"epochs", "0", OPSPICE_OK},
    {"variant", "centred", OPSPICE_USAGE},
    {"gradient", "exact", OPSPICE_OK},
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
    drn = BEGIN(small, NULL);
    ck_assert_int_eq(opspice_drn_set(drn, "beta", "2"), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_set(drn, "epochs", "9"), OPSPICE_OK);
    ck_assert_uint_eq(opspice_drn_get_progress(drn)->epochs, 9);
    ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_end_epoch(drn), OPSPICE_USAGE);
    opspice_drn_free(drn);
    drn = opspice_drn_new();
    ck_assert_int_eq(opspice_drn_set(drn, "layers", "128,9,5"), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_set(drn, "lr", "1,2,3"), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_read(drn, folder), OPSPICE_OK);
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
    ck_assert_int_eq(opspice_drn_save(drn, path_of("x")), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_check_gradient(drn, &rows, &count), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_export(drn, path_of("x"), 0), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_write_plot(drn, path_of("x"), path_of("y")), OPSPICE_USAGE);
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "no network yet"));
    ck_assert_int_ne(access(path_of("x"), F_OK), 0);
    opspice_drn_free(drn);
    drn = BEGIN(small, NULL);
    ck_assert_int_eq(opspice_drn_read(drn, folder), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_step(drn, SIZE_MAX), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_step(drn, 1), OPSPICE_USAGE);
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "the epoch is over"));
    opspice_drn_free(drn);
}
END_TEST

/* Training that cannot go on says why. */
START_TEST(failures)
{
    opspice_drn *drn = BEGIN(small, (&(struct option){"beta", "1000"}));
    ck_assert_int_eq(train(drn, SIZE_MAX), OPSPICE_NO_EQUILIBRIUM);
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "beta"));
    opspice_drn_free(drn);
    drn = BEGIN(small, (&(struct option){"lr-bias", "1e30"}));
    ck_assert_int_eq(train(drn, SIZE_MAX), OPSPICE_NO_EQUILIBRIUM);
    opspice_drn_free(drn);
    drn = BEGIN(small, NULL);
    ck_assert_int_eq(opspice_drn_export(drn, path_of("x"), TEST), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_drn_save(drn, path_of("nowhere/x")), OPSPICE_SYSTEM);
    ck_assert_int_eq(opspice_drn_write_log(drn, path_of("nowhere/x")), OPSPICE_SYSTEM);
    opspice_drn_free(drn);
    opspice_drn_free(NULL);
}
END_TEST

/* ---- gradients ---------------------------------------------------------------------------------------------- */

/* The three ways agree where beta is small; the adjoint agrees with finite differences everywhere. */
START_TEST(gradients_agree)
{
    static const struct option betas[] = {{"beta", "1e-3"}, {"beta", "0.3"}};
    const opspice_drn_gradient *row;
    size_t count;
    opspice_drn *drn = BEGIN(deep, &betas[_i]);
    ck_assert_int_eq(train(drn, 5), OPSPICE_OK);
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
    ck_assert_int_eq(tester_run(&tester, trainer, &one, &errors, &cost), TRAIN_OK);
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
    size_t size;
    char *text = (char *)contents(strrchr(listing, '/') + 1, &size), name[64];
    snprintf(name, sizeof name, "\n\t%s ", node);
    char *at = strstr(text, name);
    double volts = at ? strtod(at + strlen(name), NULL) : NAN;
    free(text);
    return volts;
}

START_TEST(exported_netlist)
{
    enum { SAMPLE = 7 };
    int status;
    opspice_drn *drn = _i == 0 ? BEGIN(small, NULL) : BEGIN(deep, NULL);
    ck_assert_int_eq(train(drn, SIZE_MAX), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_export(drn, path_of("net.cir"), SAMPLE), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_save(drn, path_of("checkpoint")), OPSPICE_OK);
    opspice_drn_free(drn);

    opspice *deck = opspice_new();
    status = opspice_load_file(deck, path_of("net.cir"));
    ck_assert_int_eq(status, OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    bool have_ngspice = system("command -v ngspice >/dev/null 2>&1") == 0;
    char netlist[64], listing[64];
    snprintf(netlist, sizeof netlist, "%s", path_of("net.cir"));
    snprintf(listing, sizeof listing, "%s", path_of("listing"));
    if (have_ngspice)
        run_ngspice(netlist, listing);
    else
        puts("skipped: train, no ngspice");

    struct drn_trainer trainer = {0};
    struct drn_dataset train_data, test_data;
    char why[256];
    ck_assert_int_eq(
        dataset_read(&train_data, path_of("train-images-idx3-ubyte"), path_of("train-labels-idx1-ubyte"), why, 256), 0);
    ck_assert_int_eq(
        dataset_read(&test_data, path_of("t10k-images-idx3-ubyte"), path_of("t10k-labels-idx1-ubyte"), why, 256), 0);
    struct drn_history history = {0};
    double seconds;
    ck_assert_int_eq(checkpoint_read(path_of("checkpoint"), &trainer, &history, &seconds, &train_data, why, sizeof why),
                     0);
    history_free(&history);
    struct drn_states states;
    own_equilibrium(&trainer, &test_data, SAMPLE, &states);
    double scale = 0, off = 0, off_ngspice = 0;
    size_t compared = 0, last = trainer.network.layers;
    for (size_t k = 1; k <= last; k++) {
        for (size_t j = 0; j < trainer.network.units[k]; j++) {
            char node[32];
            double volts, own = (double)states.v[k][j];
            if (k == last)
                snprintf(node, sizeof node, "y%zu", j);
            else
                snprintf(node, sizeof node, "h%zu_%zu", k, j);
            ck_assert_int_eq(opspice_voltage(deck, node, &volts), OPSPICE_OK);
            scale = fmax(scale, fabs(volts));
            off = fmax(off, fabs(volts - own));
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
    ck_assert_msg(off_ngspice <= 1e-5 * scale, "ngspice is off by %g of %g", off_ngspice, scale);
    states_free(&states);
    trainer_free(&trainer);
    dataset_free(&train_data);
    dataset_free(&test_data);
    opspice_free(deck);
}
END_TEST

/* ---- files and memory --------------------------------------------------------------------------------------- */

START_TEST(log_and_plot)
{
    size_t size;
    opspice_drn *drn = BEGIN(small, NULL);
    ck_assert_int_eq(train(drn, SIZE_MAX), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_write_log(drn, path_of("log.csv")), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_write_plot(drn, path_of("plot.gp"), "a \"b\".svg"), OPSPICE_OK);
    char *text = (char *)contents("log.csv", &size);
    size_t lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    ck_assert_uint_eq(lines, 4);
    ck_assert_ptr_nonnull(strstr(text, "\n3,"));
    free(text);
    text = (char *)contents("plot.gp", &size);
    ck_assert_ptr_nonnull(strstr(text, "set output \"a \\\"b\\\".svg\""));
    free(text);
    opspice_drn_free(drn);
}
END_TEST

/* All that a handle can do; the worst status. */
static int do_all(opspice_drn *drn)
{
    const opspice_drn_gradient *row;
    size_t count;
    int status = opspice_drn_set(drn, "layers", "128,9,6,5");
    if (status == OPSPICE_OK)
        status = opspice_drn_set(drn, "momentum", "0.5");
    if (status == OPSPICE_OK)
        status = opspice_drn_set(drn, "beta", "0.1");
    if (status == OPSPICE_OK)
        status = opspice_drn_set(drn, "epochs", "1");
    if (status == OPSPICE_OK)
        status = opspice_drn_set(drn, "threads", "1");
    if (status == OPSPICE_OK)
        status = opspice_drn_read(drn, folder);
    if (status == OPSPICE_OK)
        status = opspice_drn_begin(drn);
    if (status == OPSPICE_OK)
        status = train(drn, SIZE_MAX);
    if (status == OPSPICE_OK)
        status = opspice_drn_check_gradient(drn, &row, &count);
    if (status == OPSPICE_OK)
        status = opspice_drn_save(drn, path_of("new"));
    if (status == OPSPICE_OK)
        status = opspice_drn_export(drn, path_of("new"), 1);
    if (status == OPSPICE_OK)
        status = opspice_drn_write_log(drn, path_of("new"));
    return status == OPSPICE_OK ? opspice_drn_write_plot(drn, path_of("new"), "x.svg") : status;
}

static int do_resume(opspice_drn *drn)
{
    int status = opspice_drn_read(drn, folder);
    return status == OPSPICE_OK ? opspice_drn_resume(drn, path_of("checkpoint")) : status;
}

START_TEST(every_allocation)
{
    int (*const run)(opspice_drn *) = _i == 0 ? do_all : do_resume;
    opspice_drn *drn = BEGIN(small, NULL);
    ck_assert_int_eq(opspice_drn_save(drn, path_of("checkpoint")), OPSPICE_OK);
    opspice_drn_free(drn);
    int files = count_files();
    for (long n = 0, failed = 1; failed; n++) {
        fail_alloc_after(n);
        drn = opspice_drn_new();
        int status = drn ? run(drn) : OPSPICE_SYSTEM;
        failed = fail_alloc_off();
        opspice_drn_free(drn);
        ck_assert_msg(status == OPSPICE_OK || (failed && status == OPSPICE_SYSTEM), "status %d after %ld allocations",
                      status, n);
        ck_assert_int_le(count_files(), files + 1);
    }
}
END_TEST

Suite *suite_train(void)
{
    Suite *suite = suite_create("train");
    TCase *tcase = tcase_create("training");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, learns);
    tcase_add_loop_test(tcase, learns_in_all_ways, 0, sizeof ways / sizeof *ways);
    tcase_add_loop_test(tcase, threads_do_not_matter, 0, 2);
    tcase_add_test(tcase, threads_do_not_matter_in_wide_layers);
    tcase_add_loop_test(tcase, resumes_bit_for_bit, 0, 7);
    tcase_add_loop_test(tcase, gradients_agree, 0, 2);
    tcase_add_loop_test(tcase, exported_netlist, 0, 2);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("files");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, damaged_checkpoints);
    tcase_add_loop_test(tcase, damaged_data, 0, sizeof damages / sizeof *damages);
    tcase_add_test(tcase, other_names_and_sizes);
    tcase_add_test(tcase, settings);
    tcase_add_test(tcase, calls_out_of_order);
    tcase_add_test(tcase, failures);
    tcase_add_test(tcase, log_and_plot);
    tcase_add_loop_test(tcase, every_allocation, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
