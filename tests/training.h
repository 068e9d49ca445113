/* A small data set in a folder of its own, and networks for it, for the tests of training. */
#ifndef OPSPICE_TEST_TRAINING_H
#define OPSPICE_TEST_TRAINING_H

#include "opspice_drn.h"
#include <stddef.h>
#include <stdint.h>

enum { SIDE = 8, CLASSES = 5, TRAIN = 303, TEST = 101 };

/* Where the data are, between set_up and tear_down, which are a fixture. */
extern char training_folder[];
void training_set_up(void);
void training_tear_down(void);

/* The path of a file there; good for four calls. */
const char *training_path(const char *name);

/* Without the data, for others. */
void training_remove_data(void);

/* Make a file there; all bytes of one, and 16 zeros behind them, free() them; how many there are. */
void training_put(const char *name, const void *bytes, size_t size);
uint8_t *training_contents(const char *name, size_t *size);
int training_files(void);

/* The bytes of a file of `count` labels, 8 + count; their number. */
size_t training_labels(uint8_t *bytes, size_t count);

struct training_option {
    const char *name, *value;
};

static const struct training_option training_small[] = {{"layers", "128,24,5"}, {"input-gain", "20"}, {"beta", "0.1"},
                                                        {"lr", "0.02"},         {"epochs", "3"},      {"threads", "1"}};
static const struct training_option training_deep[] = {
    {"layers", "128,37,22,17,5"},  {"input-gain", "300"}, {"beta", "0.3"}, {"batch", "7"},
    {"lr", "0.01,0.02,0.03,0.01"}, {"momentum", "0.5"},   {"epochs", "2"}, {"threads", "1"}};

static const struct training_option training_images[] = {
    {"layers", "8x8,conv:12:3:1:1,pool:2,conv:18:3,9,5"}, {"input-gain", "60"}, {"beta", "0.1"}, {"batch", "7"},
    {"lr", "0.02"}, {"momentum", "0.5"}, {"epochs", "2"}, {"threads", "1"}};

/* A network with these options and one more (NULL: none) that has read the data. */
opspice_drn *training_begin(const struct training_option *option, size_t count, const struct training_option *more);
#define BEGIN(options, more) training_begin(options, sizeof options / sizeof *options, more)

/* A small network with diodes, which reads no data yet: one of these kinds, with these options. Tables are in the file
 * "table" of the folder. */
struct training_diode {
    const char *kind, *saturation_current, *thermal_voltage, *offset_voltage;
};
static const struct training_diode training_diodes[] = {
    {"exponential", "1e-3", "0.2", "0"}, {"exponential", "1e-6", "0.05", "0.5"}, {"pair", "1e-6", "0.05", "1"},
    {"pair", "1e-2", "0.3", "0"},        {"table", "1", "1", "0"}};
enum { TRAINING_DIODES = sizeof training_diodes / sizeof *training_diodes };
extern const char training_table[];
opspice_drn *training_with_diodes(const struct training_diode *diode);

/* One that reads the data and goes on from a checkpoint there; *status of that. */
opspice_drn *training_resumed(const char *name, int *status);

/* So many mini-batches and ends of epochs, or all; the status. */
int training_steps(opspice_drn *drn, size_t steps);

#endif
