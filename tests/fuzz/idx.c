/* IDX files: one of the four of a data set, plain or compressed, is the input; what is read is trained with. The first
 * byte says which file it is, and how. */
#include "fuzz.h"
#include "opspice_drn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { COUNT = 5, SIDE = 2 };

static const char *const name[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                                   "t10k-labels-idx1-ubyte"};
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
    if (size < 16)
        return 0;
    size_t height = (size_t)data[10] << 8 | data[11], width = (size_t)data[14] << 8 | data[15];
    return height * width;
}

/* One step and the test; NaN never. */
static void train(opspice_drn *drn, size_t pixels)
{
    char layers[64];
    size_t errors;
    double cost;
    snprintf(layers, sizeof layers, "%zu,3,4", 2 * pixels);
    if (opspice_drn_set(drn, "layers", layers) != OPSPICE_OK || opspice_drn_begin(drn) != OPSPICE_OK)
        return;
    if (opspice_drn_step(drn, 2) == OPSPICE_OK && opspice_drn_test(drn, &errors, &cost) == OPSPICE_OK)
        fuzz_require(cost >= 0 && errors <= opspice_drn_get_progress(drn)->tests);
    opspice_drn_write_log(drn, "log");
    opspice_drn_export(drn, "netlist", 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t choice = fuzz_take(&data, &size);
    unsigned which = choice % 4, form = choice / 4 % 3;
    fuzz_begin();
    for (unsigned f = 0; f < 4; f++) {
        if (f == which)
            write_input(name[f], data, size, form);
        else if (f % 2 == 0)
            fuzz_write_file(name[f], images, sizeof images);
        else
            fuzz_write_file(name[f], labels, sizeof labels);
    }
    opspice_drn *drn = opspice_drn_new();
    fuzz_require(drn && opspice_drn_set(drn, "iterations", "5") == OPSPICE_OK &&
                 opspice_drn_set(drn, "threads", "1") == OPSPICE_OK);
    int status = opspice_drn_read(drn, ".");
    fuzz_require(status == OPSPICE_OK || status == OPSPICE_DATA || status == OPSPICE_SYSTEM);
    fuzz_require((status == OPSPICE_OK) == (*opspice_drn_message(drn) == '\0'));
    if (status == OPSPICE_OK)
        train(drn, which == 0 && form < 2 ? pixels_of(data, size) : SIDE * SIDE);
    opspice_drn_free(drn);
    fuzz_end();
    return 0;
}
