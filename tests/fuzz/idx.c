/* Files of data sets: one of the four IDX files, or one of CIFAR's, plain or compressed, is the input; what is read is
 * trained with. The first byte says which file it is, and how. */
#include "fuzz.h"
#include "opspice_drn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { COUNT = 5, SIDE = 2 };

static const char *const name[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                                   "t10k-labels-idx1-ubyte"};
/* A choice from RECORDS on: a file of records of CIFAR-10, or of CIFAR-100 for training or test, beside ones that are
 * right. */
enum { RECORDS = 12, RECORD = 1 + 3072 };
static const char *const record_name[] = {"data_batch_3.bin", "train.bin", "test.bin"};

static const uint8_t images[] = {0,   0, 8,  3, 0, 0,  0,   COUNT, 0, 0,   0, SIDE, 0, 0, 0,  SIDE, 0, 255,
                                 255, 0, 10, 0, 0, 90, 255, 255,   0, 255, 1, 2,    3, 4, 99, 99,   0, 0};
static const uint8_t labels[] = {0, 0, 8, 1, 0, 0, 0, COUNT, 0, 1, 2, 1, 0};

/* As it is under the file's name, compressed under that name with .gz, or as it is under that one. */
static void write_input(const char *path, const uint8_t *data, size_t size, unsigned form)
{
    char compressed[64];
    snprintf(compressed, sizeof compressed, "%s.gz", path);
    if (form == 0) {
        fuzz_write_file(path, data, size);
    } else if (form == 1) {
        gzFile file = gzopen(compressed, "wb1");
        fuzz_require(file && gzwrite(file, data, (unsigned)size) == (int)size && gzclose(file) == Z_OK);
    } else {
        fuzz_write_file(compressed, data, size);
    }
}

/* The whole numbers of a plain file's header say how many inputs the network has. */
static size_t pixels_of(const uint8_t *data, size_t size)
{
    size_t pixels = 1;
    if (size < 4 || data[3] > 4 || size < 4 + 4 * (size_t)data[3])
        return 0;
    for (size_t d = 1; d < data[3]; d++)
        pixels *= (size_t)data[6 + 4 * d] << 8 | data[7 + 4 * d];
    return pixels;
}

/* One step and the test; NaN never. */
static void train(opspice_drn *drn, size_t pixels, unsigned classes)
{
    char layers[64];
    size_t errors;
    double cost;
    snprintf(layers, sizeof layers, "%zu,3,%u", 2 * pixels, classes);
    if (opspice_drn_set(drn, "layers", layers) != OPSPICE_OK || opspice_drn_begin(drn) != OPSPICE_OK)
        return;
    if (opspice_drn_step(drn, 2) == OPSPICE_OK && opspice_drn_test(drn, &errors, &cost) == OPSPICE_OK)
        fuzz_require(cost >= 0 && errors <= opspice_drn_get_progress(drn)->tests);
    opspice_drn_write_log(drn, "log");
    opspice_drn_export(drn, "netlist", 0);
}

static void write_idx(const uint8_t *data, size_t size, unsigned which, unsigned form)
{
    for (unsigned f = 0; f < 4; f++) {
        if (f == which)
            write_input(name[f], data, size, form);
        else if (f % 2 == 0)
            fuzz_write_file(name[f], images, sizeof images);
        else
            fuzz_write_file(name[f], labels, sizeof labels);
    }
}

static void write_records(const uint8_t *data, size_t size, unsigned which, unsigned form)
{
    static const uint8_t record[RECORD + 1] = {0, 7, 99, 255};
    static const char *const batch[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_4.bin", "data_batch_5.bin",
                                        "test_batch.bin"};
    for (size_t f = 0; which == 0 && f < sizeof batch / sizeof *batch; f++)
        fuzz_write_file(batch[f], record, RECORD);
    if (which > 0)
        fuzz_write_file(record_name[3 - which], record, RECORD + 1);
    write_input(record_name[which], data, size, form);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t choice = fuzz_take(&data, &size);
    bool records = choice % 32 >= RECORDS;
    unsigned which = records ? (choice % 32 - RECORDS) % 3 : choice % 4, form = choice % 32 / 4 % 3;
    fuzz_begin();
    if (records)
        write_records(data, size, which, form);
    else
        write_idx(data, size, which, form);
    opspice_drn *drn = opspice_drn_new();
    fuzz_require(drn && opspice_drn_set(drn, "iterations", "5") == OPSPICE_OK &&
                 opspice_drn_set(drn, "threads", "1") == OPSPICE_OK);
    int status = opspice_drn_read(drn, ".");
    fuzz_require(status == OPSPICE_OK || status == OPSPICE_DATA || status == OPSPICE_SYSTEM);
    fuzz_require((status == OPSPICE_OK) == (*opspice_drn_message(drn) == '\0'));
    if (status == OPSPICE_OK)
        train(drn,
              records                  ? RECORD - 1
              : which == 0 && form < 2 ? pixels_of(data, size)
                                       : SIDE * SIDE,
              records ? 100 : 4);
    opspice_drn_free(drn);
    fuzz_end();
    return 0;
}
