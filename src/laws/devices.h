/* The devices that there are: a row of the table for each type and level of .model cards. */
#ifndef OPSPICE_DEVICES_H
#define OPSPICE_DEVICES_H

#include "laws/device.h"

struct device_type {
    const char *n, *p; /* types of models, lower case: of n and of p type */
    char letter;       /* of the elements that may name them, lower case */
    double level;
    const struct device_kind *kind; /* NULL: known, and not supported */
    const char *also_p;             /* another word for the p type, or NULL */
};

extern const struct device_type device_types[]; /* ends with an n that is NULL */

enum { DEVICE_NUMBERS = 100 }; /* the most that a model has */

/* The law of a device (kind->make, with the same returns) by its numbers [kind->model_size], [kind->size_size], NAN
 * where not given: what the kind's tables say of those is taken. */
const char *device_make(const struct device_kind *kind, void *law, const void *model, const void *size,
                        const struct device_conditions *conditions);

#endif
