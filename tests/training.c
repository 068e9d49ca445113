#include "training.h"

#include "util/random.h"
#include "assertions.h"
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char training_folder[] = "opspice-train-XXXXXX";

const char *training_path(const char *name)
{
    static char path[4][sizeof training_folder + 256];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", training_folder, name);
    return path[turn];
}

void training_put(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(training_path(name), "wb");
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

size_t training_labels(uint8_t *bytes, size_t count)
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
    training_put("train-images-idx3-ubyte", bytes, image_file(bytes, TRAIN, 1));
    training_put("train-labels-idx1-ubyte", bytes, training_labels(bytes, TRAIN));
    training_put("t10k-images-idx3-ubyte", bytes, image_file(bytes, TEST, 2));
    training_put("t10k-labels-idx1-ubyte", bytes, training_labels(bytes, TEST));
}

void training_set_up(void)
{
    memcpy(training_folder + sizeof training_folder - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(training_folder));
    put_data();
}

void training_remove_data(void)
{
    static const char *const names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                                        "t10k-labels-idx1-ubyte"};
    for (size_t f = 0; f < sizeof names / sizeof *names; f++)
        ck_assert_int_eq(unlink(training_path(names[f])), 0);
}

int training_files(void)
{
    DIR *open = opendir(training_folder);
    int count = -2;
    while (readdir(open))
        count++;
    closedir(open);
    return count;
}

void training_tear_down(void)
{
    DIR *open = opendir(training_folder);
    for (struct dirent *entry; (entry = readdir(open));)
        unlink(training_path(entry->d_name));
    closedir(open);
    ck_assert_int_eq(rmdir(training_folder), 0);
}

/* ---- a network ---------------------------------------------------------------------------------------------- */

opspice_drn *training_begin(const struct training_option *option, size_t count, const struct training_option *more)
{
    opspice_drn *drn = opspice_drn_new();
    ck_assert_ptr_nonnull(drn);
    for (size_t n = 0; n < count; n++)
        ck_assert_int_eq(opspice_drn_set(drn, option[n].name, option[n].value), OPSPICE_OK);
    if (more)
        ck_assert_int_eq(opspice_drn_set(drn, more->name, more->value), OPSPICE_OK);
    ck_assert_msg(opspice_drn_read(drn, training_folder) == OPSPICE_OK, "%s", opspice_drn_message(drn));
    ck_assert_msg(opspice_drn_begin(drn) == OPSPICE_OK, "%s", opspice_drn_message(drn));
    return drn;
}

const char training_table[] = "volts amperes\n# measured\n-2, -3\n-0.7 -0.2\n-0.3;-0.001\n0 0\n0.4\t0.01\n1.1 0.5\n";

opspice_drn *training_with_diodes(const struct training_diode *diode)
{
    const struct training_option options[] = {{"layers", "128,24,14,5"},
                                              {"input-gain", "20"},
                                              {"input-offset", "-2"},
                                              {"beta", "0.1"},
                                              {"lr", "0.02"},
                                              {"epochs", "3"},
                                              {"threads", "1"},
                                              {"saturation-current", diode->saturation_current},
                                              {"thermal-voltage", diode->thermal_voltage},
                                              {"offset-voltage", diode->offset_voltage},
                                              {"diode", diode->kind}};
    opspice_drn *drn = opspice_drn_new();
    ck_assert_ptr_nonnull(drn);
    for (size_t n = 0; n < sizeof options / sizeof *options; n++)
        ck_assert_msg(opspice_drn_set(drn, options[n].name, options[n].value) == OPSPICE_OK, "%s",
                      opspice_drn_message(drn));
    if (strcmp(diode->kind, "table") == 0)
        ck_assert_int_eq(opspice_drn_set(drn, "diode-table", training_path("table")), OPSPICE_OK);
    return drn;
}

int training_steps(opspice_drn *drn, size_t steps)
{
    const opspice_drn_progress *at = opspice_drn_get_progress(drn);
    int status = OPSPICE_OK;
    for (; steps > 0 && status == OPSPICE_OK && at->epoch < at->epochs; steps--)
        status = at->sample < at->samples ? opspice_drn_step(drn, 1) : opspice_drn_end_epoch(drn);
    return status;
}

uint8_t *training_contents(const char *name, size_t *size)
{
    FILE *file = fopen(training_path(name), "rb");
    ck_assert_ptr_nonnull(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = calloc(*size + 16, 1);
    ck_assert_uint_eq(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

opspice_drn *training_resumed(const char *name, int *status)
{
    opspice_drn *drn = opspice_drn_new();
    ck_assert_int_eq(opspice_drn_read(drn, training_folder), OPSPICE_OK);
    *status = opspice_drn_resume(drn, training_path(name));
    return drn;
}
