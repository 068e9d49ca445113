/* Numbers of the models of diodes and resistors, as showmod lists them and @model[name] has them. */
#ifndef OPSPICE_LISTED_MODELS_H
#define OPSPICE_LISTED_MODELS_H

#include "netlist/expression.h"
#include <stdbool.h>
#include <stddef.h>

/* One of them, by up to three further names, of which the first that is NULL ends them, and where the card says
 * nothing its value in ngspice 39. */
struct listed_parameter {
    const char *name;
    double otherwise;
    const char *also[3];
};

/* A type of models. */
struct listed_model {
    char letter;                              /* of its elements */
    const char *what;                         /* "Diode models (Junction Diode model)" */
    const struct listed_parameter *parameter; /* in the order of the list; ends with a name that is NULL */
};

/* The list for models of this type; NULL: transistors have tables of their own (laws/device.h), others none. */
const struct listed_model *listed_model(const char *type, size_t length);

/* The row of one of its names, in any case, or NULL. */
const struct listed_parameter *listed_parameter(const struct listed_model *model, struct expression_word name);

#endif
