/* How good the gradient is that training follows, and what makes it worse. */
#ifndef OPSPICE_DRN_AUDIT_H
#define OPSPICE_DRN_AUDIT_H

#include "drn/gradient.h"

/* Gradients of a layer's conductances or biases on some mini-batches, taken together as one vector each: as training
 * finds it and the exact one, at equilibria in double precision. Norms of differences are over the exact one's norm,
 * and each of the four is what one cause adds to those before it:
 *     rule        the learning rule under ever smaller nudging follows another gradient
 *     nudging     beta is not small
 *     iterations  states are not at their equilibria
 *     precision   numbers are float32
 * NAN: an equilibrium was not reached, or there is none. Gradients that are both 0 agree. */
struct audit_row {
    double layer, bias, parameters; /* whole numbers; bias 0 or 1 */
    double cosine, norm_ratio;      /* of training's and the exact one; norm over the exact norm */
    double error;                   /* of their difference */
    double rule, nudging, iterations, precision;
};

/* On the first mini-batches of the epoch at hand, from so many samples on. Nothing of the trainer changes: all begin
 * where the next mini-batch would. row: [2 layers], conductances and biases of layer 1, then of layer 2, ... */
enum gradient_status audit_run(const struct drn_trainer *trainer, size_t samples, struct audit_row *row);

#endif
