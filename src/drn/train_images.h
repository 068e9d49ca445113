/* The gradient step of convolutions, whose places share conductances and biases. */
#ifndef OPSPICE_DRN_TRAIN_IMAGES_H
#define OPSPICE_DRN_TRAIN_IMAGES_H

#include "drn/trainer.h"

/* Move the conductances of a convolution k, or those of negated copies, copy 1 (connection.h), by the gradient of
 * trainer->d and s; each member does its share. Sums and mirror are to be made anew then. */
void train_images_move(struct drn_trainer *trainer, size_t k, size_t copy, const struct drn_update *update,
                       struct team team);

/* Move the biases of a layer of places: dC/db_c = - sum over places of mean d. A pool has none. */
void train_images_move_biases(struct drn_trainer *trainer, size_t k, const struct drn_update *update,
                              struct team team);

#endif
