/* The devices that there are: a row of the table for each type and level of .model cards. */
#ifndef OPSPICE_DEVICES_H
#define OPSPICE_DEVICES_H

#include "laws/device.h"

struct device_type {
    const char *n, *p; /* types of models, lower case: of n and of p type */
    char letter;       /* of the elements that may name them, lower case */
    double level;
    const struct device_kind *kind; /* NULL: known, and not supported */
};

extern const struct device_type device_types[]; /* ends with an n that is NULL */

/* Where a number of a table is among its values; NULL: the table has none of that name, or it has no effect. */
double *device_place(const struct device_parameter *table, double *values, const char *name);

enum { DEVICE_NUMBERS = 100 }; /* the most that a model has */

/* The law of a device (kind->make, with the same returns) by its numbers [kind->model_size], [kind->size_size], NAN
 * where not given: what the kind's tables say of those is taken. */
const char *device_make(const struct device_kind *kind, void *law, const void *model, const void *size,
                        const struct device_conditions *conditions);

#endif
