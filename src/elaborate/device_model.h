/* .model cards of transistors. */
#ifndef OPSPICE_DEVICE_MODEL_H
#define OPSPICE_DEVICE_MODEL_H

#include "elaborate/models.h"

/* A model of a device (laws/device.h). */
struct device_model {
    const struct device_kind *kind; /* NULL: there is none of its level */
    const char *type;               /* as on its card: "npn" */
    char letter;                    /* of the elements that may name it: q, j, m or z */
    double level;
    int polarity;                   /* 1: n; -1: p */
    double lmin, lmax, wmin, wmax;  /* m: the sizes that it is for, where several share a name */
    void *values;                   /* [kind->model_size] doubles, NAN where not given */
    void *sizes;                    /* [kind->size_size] doubles, of elements whose cards do not say them: likewise */
};

/* Is this the type of a transistor's model? */
bool device_model_type(const struct arg *type, struct device_model *model);

/* The device that models of this type and level are for; NULL where there is none. */
const struct device_kind *device_model_kind(const struct arg *type, double level);

/* Read the parameters of a model, whose type was taken from reader already; what means nothing is a warning. False when
 * memory is out. */
bool device_model_read(struct device_model *model, struct card_reader *reader, struct arena *arena,
                       struct diagnostics *diagnostics);

/* Some keys (ending with a NULL name), and those of a table of parameters of the doubles at `values`: made in the
 * arena. NULL when memory is out. */
const struct key *device_keys(const struct device_parameter *parameter, void *values, const struct key *first,
                              struct arena *arena);

#endif
