/* Checkpoints: the input is one, of a training with five images of four pixels. Its sum is made right where
 * the first byte is odd, so that what stands behind it is read too. What is resumed goes on, is saved, and
 * resumed again is saved alike. */
#include "fuzz.h"
#include "opspice_drn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const uint8_t images[] = {0,   0, 8,  3, 0, 0,  0,   5,   0, 0,   0, 2, 0, 0, 0,  2,  0, 255,
                                 255, 0, 10, 0, 0, 90, 255, 255, 0, 255, 1, 2, 3, 4, 99, 99, 0, 0};
static const uint8_t labels[] = {0, 0, 8, 1, 0, 0, 0, 5, 0, 1, 2, 1, 0};

static opspice_drn *with_data(void)
{
    opspice_drn *drn = opspice_drn_new();
    fuzz_require(drn && opspice_drn_read(drn, ".") == OPSPICE_OK);
    return drn;
}

/* The sum is the CRC-32 of all behind the header, in the last four bytes. */
static void write_input(const char *path, const uint8_t *data, size_t size, bool mend)
{
    struct fuzz_text text = fuzz_copy(data, size);
    static const char last_line[] = "\nend\n";
    const char *end = memmem(text.data, size, last_line, sizeof last_line - 1);
    if (mend && end && end + sizeof last_line - 1 + sizeof(uint32_t) <= text.data + size) {
        uint32_t sum = (uint32_t)crc32_z(0, (const unsigned char *)text.data, size - sizeof(uint32_t));
        memcpy(text.data + size - sizeof sum, &sum, sizeof sum);
    }
    fuzz_write_file(path, text.data, size);
    free(text.data);
}

/* To the end of the epoch, but not through thousands of iterations. */
static void go_on(opspice_drn *drn)
{
    const opspice_drn_progress *at = opspice_drn_get_progress(drn);
    int status = OPSPICE_OK;
    fuzz_require(opspice_drn_set(drn, "threads", "1") == OPSPICE_OK);
    while (status == OPSPICE_OK && at->sample < at->samples)
        status = opspice_drn_step(drn, 1);
    if (status == OPSPICE_OK)
        status = opspice_drn_end_epoch(drn);
    fuzz_require(status == OPSPICE_OK || status == OPSPICE_NO_EQUILIBRIUM);
}

static void save_alike(opspice_drn *drn)
{
    fuzz_require(opspice_drn_save(drn, "first") == OPSPICE_OK);
    opspice_drn *again = with_data();
    fuzz_require(opspice_drn_resume(again, "first") == OPSPICE_OK && opspice_drn_save(again, "second") == OPSPICE_OK);
    struct fuzz_text first = fuzz_read_file("first"), second = fuzz_read_file("second");
    fuzz_require(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
    free(first.data);
    free(second.data);
    opspice_drn_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool mend = fuzz_take(&data, &size) & 1;
    fuzz_begin();
    fuzz_write_file("train-images-idx3-ubyte", images, sizeof images);
    fuzz_write_file("train-labels-idx1-ubyte", labels, sizeof labels);
    fuzz_write_file("t10k-images-idx3-ubyte", images, sizeof images);
    fuzz_write_file("t10k-labels-idx1-ubyte", labels, sizeof labels);
    write_input("checkpoint", data, size, mend);
    opspice_drn *drn = with_data();
    int status = opspice_drn_resume(drn, "checkpoint");
    fuzz_require(status == OPSPICE_OK || status == OPSPICE_DATA || status == OPSPICE_SYSTEM);
    if (status == OPSPICE_OK) {
        save_alike(drn);
        go_on(drn);
        opspice_drn_write_plot(drn, "plot", "svg");
        opspice_drn_export(drn, "netlist", 0);
    }
    opspice_drn_free(drn);
    fuzz_end();
    return 0;
}
