/* Several ways to the gradient of one mini-batch, in double precision, sample by sample. */
#ifndef OPSPICE_DRN_GRADIENT_WAYS_H
#define OPSPICE_DRN_GRADIENT_WAYS_H

#include "drn/reference.h"
#include "drn/trainer.h"

/* Each of the last five differs from the one before it by one cause. */
enum gradient_way {
    WAY_EXACT,   /* the cost's: the adjoint of the free equilibrium */
    WAY_LIMIT,   /* what the settings' rule comes to under ever smaller nudging: the same, but for coupled learning */
    WAY_NUDGED,  /* the rule with its beta, at equilibria */
    WAY_WALKED,  /* with as many iterations as in training, from where training would begin */
    WAY_TRAINED, /* in single precision, as training does it */
    WAYS
};

/* Of one sample: inputs, V: [units[0]]; free equilibrium; and d and s, as in trainer.h, of each way. */
struct gradient_sample {
    double *x;
    struct reference_states free, d[WAYS], s[WAYS];
};

struct gradient_batch {
    const struct drn_trainer *trainer;
    struct drn_inputs inputs;
    struct reference reference;
    struct gradient_sample *sample; /* [inputs.capacity] */
};

/* Room for a mini-batch of a trainer, which stays as it is. False when memory is out. */
bool gradient_batch_new(struct gradient_batch *batch, const struct drn_trainer *trainer);

/* Take the mini-batch that begins at a position of the epoch at hand, and find the ways up to WAY_NUDGED. False when an
 * equilibrium was not reached, or there is none. */
bool gradient_batch_find(struct gradient_batch *batch, size_t position);

/* The other two. shadow: of the trainer, which shadow_find (trainer.h) has just led through the same mini-batch. */
void gradient_batch_follow(struct gradient_batch *batch, const struct drn_trainer *shadow);

/* Means over the samples: of the parameter in row i and column j of connection k, or of bias j of layer k (i 0). */
double gradient_batch_mean(const struct gradient_batch *batch, enum gradient_way way, size_t k, bool bias, size_t i,
                           size_t j);

/* The matrix of a layer's parameters: rows, 1 for biases, and columns. */
void gradient_size(const struct drn_network *network, size_t k, bool bias, size_t *rows, size_t *columns);

/* Safe on a zeroed struct; leaves it zeroed. */
void gradient_batch_free(struct gradient_batch *batch);

#endif
