/* Three ways to one gradient, compared: the rule of training as it is set, the adjoint, and finite differences. */
#ifndef OPSPICE_DRN_GRADIENT_H
#define OPSPICE_DRN_GRADIENT_H

#include "drn/trainer.h"

/* Two gradients of the same parameters: their cosine, and the norm of their difference over the norm of the second. */
struct gradient_match {
    double cosine, error;
};

struct gradient_row {
    size_t layer; /* 1 ... layers */
    bool bias;
    size_t parameters;                   /* in this row */
    size_t tried;                        /* of them by finite differences */
    struct gradient_match ep_adjoint;    /* over all parameters; ep: the rule, whichever it is */
    struct gradient_match ep_difference; /* over those tried */
    struct gradient_match adjoint_difference;
};

enum gradient_status { GRADIENT_OK, GRADIENT_NOT_FOUND, GRADIENT_NO_MEMORY };

/* Compare on the first mini-batch of the epoch at hand, in double precision. row: [2 layers], weights and biases of
 * layer 1, then of layer 2, ... differences: also with finite ones, which take nearly all of the time.
 * GRADIENT_NOT_FOUND: an equilibrium was not reached, or there is none. */
enum gradient_status gradient_check(const struct drn_trainer *trainer, bool differences, struct gradient_row *row);

#endif
