/* Devices from words, for tests of their laws. */
#ifndef OPSPICE_TESTS_DEVICE_TEXT_H
#define OPSPICE_TESTS_DEVICE_TEXT_H

#include "laws/device.h"
#include <stdint.h>

enum { DEVICE_TEXT_WORK = 4096 }; /* bytes of the largest law, model and size */

struct device_text {
    const struct device_kind *kind;
    const char *wrong; /* NULL: there are parts */
    size_t parts;
    double law[DEVICE_TEXT_WORK / sizeof(double)];
    uint8_t alias[DEVICE_NODES];
    struct device_part part[DEVICE_PARTS];
};

/* A device of model and size, words "name=value ..", at gmin = 1e-12, tnom = 27. */
struct device_text device_text(const struct device_kind *kind, int type, double temp, const char *model,
                               const char *size);

/* The k-th part that is a function, or NULL. */
const struct device_part *device_text_function(const struct device_text *device, size_t k);

/* Check that such a device of n type, at 27 degrees, is refused with these words among the message; NULL: that it is
 * taken. */
void device_text_refused(const struct device_kind *kind, const char *model, const char *size, const char *words);

/* The next of a row of random numbers, in [0, 1). */
double device_text_random(uint64_t *state);

#endif
