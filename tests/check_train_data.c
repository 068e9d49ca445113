/* Training data through opspice_drn.h: IDX files and CIFAR's, of all sizes, packed and damaged. */
#include "opspice_drn.h"
#include "suites.h"
#include "training.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

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
    uint8_t *bytes = training_contents(damages[_i].name, &size);
    if (damages[_i].at)
        bytes[damages[_i].at] = damages[_i].to;
    if (damages[_i].keep)
        size = damages[_i].keep;
    training_put(damages[_i].name, bytes, size + damages[_i].more); /* there is room for them behind the bytes */
    free(bytes);
    opspice_drn *drn = opspice_drn_new();
    int status = opspice_drn_read(drn, training_folder);
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
    uint8_t *bytes = training_contents(name, &size);
    gzFile file = gzopen(training_path(as), "wb");
    ck_assert_int_eq(gzwrite(file, bytes, (unsigned)size), (int)size);
    ck_assert_int_eq(gzclose(file), Z_OK);
    free(bytes);
    ck_assert_int_eq(unlink(training_path(name)), 0);
    if (keep)
        ck_assert_int_eq(truncate(training_path(as), (off_t)keep), 0);
}

START_TEST(other_names_and_sizes)
{
    opspice_drn *drn = opspice_drn_new();
    compress_file("train-images-idx3-ubyte", "train-images-idx3-ubyte.gz", 0);
    compress_file("train-labels-idx1-ubyte", "train-labels.idx1-ubyte.gz", 0);
    ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_USAGE);
    ck_assert_msg(opspice_drn_read(drn, training_folder) == OPSPICE_OK, "%s", opspice_drn_message(drn));
    ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_DATA);
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "need 128 inputs; the network has 1568"));
    ck_assert_int_eq(opspice_drn_set(drn, "layers", "128,10,4"), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_DATA);
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "label 4"));
    opspice_drn_free(drn);

    drn = opspice_drn_new();
    compress_file("t10k-images-idx3-ubyte", "t10k-images-idx3-ubyte.gz", 3000);
    ck_assert_int_eq(opspice_drn_read(drn, training_folder), OPSPICE_DATA);
    opspice_drn_free(drn);
    drn = opspice_drn_new();
    ck_assert_int_eq(unlink(training_path("t10k-labels-idx1-ubyte")), 0);
    ck_assert_int_eq(opspice_drn_read(drn, training_folder), OPSPICE_DATA);
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "has no t10k-labels-idx1-ubyte"));
    opspice_drn_free(drn);
}
END_TEST

/* Images of features alone, and of two channels, are the same pixels. */
START_TEST(idx_of_other_dimensions)
{
    static const uint8_t heads[2][4 + 4 * 4] = {
        {0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, SIDE * SIDE},
        {0, 0, 8, 4, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, SIDE / 2, 0, 0, 0, SIDE}};
    static const char *const parts[] = {"train", "t10k"};
    size_t head = _i == 0 ? 12 : 20;
    for (int p = 0; p < 2; p++) {
        char old[64], name[64];
        size_t size;
        snprintf(old, sizeof old, "%s-images-idx3-ubyte", parts[p]);
        snprintf(name, sizeof name, "%s-images-idx%d-ubyte", parts[p], _i == 0 ? 2 : 4);
        uint8_t *bytes = training_contents(old, &size), *other = malloc(size + head);
        memcpy(other, heads[_i], head);
        memcpy(other + 4, bytes + 4, 4);
        memcpy(other + head, bytes + 16, size - 16);
        training_put(name, other, size - 16 + head);
        ck_assert_int_eq(unlink(training_path(old)), 0);
        free(bytes);
        free(other);
    }
    opspice_drn *drn = BEGIN(training_small, NULL);
    ck_assert_int_eq(training_steps(drn, SIZE_MAX), OPSPICE_OK);
    ck_assert_double_le(opspice_drn_get_progress(drn)->test_error, 0.05);
    ck_assert_int_eq(opspice_drn_write_plot(drn, training_path("plot"), "curve.svg"), OPSPICE_OK);
    opspice_drn_free(drn);
}
END_TEST

/* ---- CIFAR -------------------------------------------------------------------------------------------------- */

enum { RECORDS = 6, CIFAR = 3072 };

/* A file of so many records: brightness tells classes 3 and 7; a byte of a coarse label before. */
static void put_records(const char *name, size_t count, bool coarse, size_t bytes_more)
{
    size_t record = CIFAR + 1 + coarse, size = count * record;
    uint8_t *bytes = calloc(size + bytes_more + 1, 1);
    for (size_t n = 0; n < count; n++) {
        bytes[n * record + coarse] = n % 2 ? 7 : 3;
        memset(bytes + n * record + 1 + coarse + (n % 2 ? 0 : CIFAR / 2), 200, CIFAR / 2);
    }
    training_put(name, bytes, size + bytes_more);
    free(bytes);
}

static void put_cifar_10(void)
{
    static const char *const names[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                        "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};
    training_remove_data();
    for (size_t f = 0; f < sizeof names / sizeof *names; f++)
        put_records(names[f], RECORDS, false, 0);
}

/* A handle for such images. */
static opspice_drn *for_cifar(const char *layers)
{
    opspice_drn *drn = opspice_drn_new();
    const struct training_option option[] = {
        {"layers", layers}, {"epochs", "20"}, {"beta", "0.05"}, {"input-gain", "100"}};
    for (size_t n = 0; n < sizeof option / sizeof *option; n++)
        ck_assert_int_eq(opspice_drn_set(drn, option[n].name, option[n].value), OPSPICE_OK);
    return drn;
}

START_TEST(cifar_10)
{
    put_cifar_10();
    compress_file("data_batch_2.bin", "data_batch_2.bin.gz", 0);
    opspice_drn *drn = for_cifar("6144,40,10");
    ck_assert_msg(opspice_drn_read(drn, training_folder) == OPSPICE_OK, "%s", opspice_drn_message(drn));
    ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_OK);
    ck_assert_uint_eq(opspice_drn_get_progress(drn)->samples, 5 * RECORDS);
    ck_assert_uint_eq(opspice_drn_get_progress(drn)->tests, RECORDS);
    ck_assert_msg(training_steps(drn, SIZE_MAX) == OPSPICE_OK, "%s", opspice_drn_message(drn));
    ck_assert_double_eq(opspice_drn_get_progress(drn)->test_error, 0);
    opspice_drn_free(drn);
    drn = for_cifar("1568,12,10");
    ck_assert_int_eq(opspice_drn_read(drn, training_folder), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_DATA);
    ck_assert_ptr_nonnull(strstr(opspice_drn_message(drn), "3 x 32 x 32 pixels, doubled, need 6144 inputs"));
    opspice_drn_free(drn);
}
END_TEST

START_TEST(cifar_100)
{
    training_remove_data();
    put_records("train.bin", RECORDS, true, 0);
    put_records("test.bin", 2, true, 0);
    opspice_drn *drn = for_cifar("6144,100");
    ck_assert_msg(opspice_drn_read(drn, training_folder) == OPSPICE_OK, "%s", opspice_drn_message(drn));
    ck_assert_int_eq(opspice_drn_begin(drn), OPSPICE_OK);
    ck_assert_int_eq(training_steps(drn, 3), OPSPICE_OK);
    opspice_drn_free(drn);
}
END_TEST

static const struct {
    const char *name; /* of the file that is damaged; it has so many records, bytes behind them and label of record 2 */
    size_t records, more;
    int label;
    const char *says;
} cifar_damages[] = {{"data_batch_3.bin", RECORDS, 100, 3, "ends in the middle of image 6: an image has 3073 bytes"},
                     {"test_batch.bin", 0, 1, 3, "ends in the middle of image 0"},
                     {"data_batch_5.bin", 0, 0, 3, "has no data"},
                     {"data_batch_4.bin", RECORDS, 0, 10, "image 2 has the label 10: there are 10 classes, from 0"},
                     {"data_batch_3.bin", SIZE_MAX, 0, 3, "has no data_batch_3.bin"}};

START_TEST(damaged_cifar)
{
    const char *name = cifar_damages[_i].name;
    put_cifar_10();
    if (cifar_damages[_i].records == SIZE_MAX)
        ck_assert_int_eq(unlink(training_path(name)), 0);
    else
        put_records(name, cifar_damages[_i].records, false, cifar_damages[_i].more);
    if (cifar_damages[_i].label != 3) {
        size_t size;
        uint8_t *bytes = training_contents(name, &size);
        bytes[2 * (CIFAR + 1)] = (uint8_t)cifar_damages[_i].label;
        training_put(name, bytes, size);
        free(bytes);
    }
    opspice_drn *drn = opspice_drn_new();
    ck_assert_int_eq(opspice_drn_read(drn, training_folder), OPSPICE_DATA);
    const char *message = opspice_drn_message(drn);
    ck_assert_msg(strstr(message, name) && strstr(message, cifar_damages[_i].says), "%s", message);
    opspice_drn_free(drn);
}
END_TEST

Suite *suite_train_data(void)
{
    Suite *suite = suite_create("train_data");
    TCase *tcase = tcase_create("data");
    tcase_add_checked_fixture(tcase, training_set_up, training_tear_down);
    tcase_add_loop_test(tcase, damaged_data, 0, sizeof damages / sizeof *damages);
    tcase_add_test(tcase, other_names_and_sizes);
    tcase_add_loop_test(tcase, idx_of_other_dimensions, 0, 2);
    tcase_add_test(tcase, cifar_10);
    tcase_add_test(tcase, cifar_100);
    tcase_add_loop_test(tcase, damaged_cifar, 0, sizeof cifar_damages / sizeof *cifar_damages);
    suite_add_tcase(suite, tcase);
    return suite;
}
