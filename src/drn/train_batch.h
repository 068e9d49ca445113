/* What the members of a team do with one mini-batch: equilibria, then the gradient step and the next batch's product.
 */
#ifndef OPSPICE_DRN_TRAIN_BATCH_H
#define OPSPICE_DRN_TRAIN_BATCH_H

#include "drn/trainer.h"

/* inputs[now] is there with its product. next: the batch that follows, or NULL; the team's last member may still fill
 * it before it calls. All members call it, and meet before the next one. */
void train_batch(struct drn_trainer *trainer, const struct drn_inputs *next, struct team team);

/* The free phase, then what the gradient is made of: trainer->free, d and s of the samples of inputs[now]. All members
 * call it. */
void train_batch_find(struct drn_trainer *trainer, struct team team);

/* The members that find equilibria of so many groups of samples: all, or one where waiting would cost more than it
 * saves. */
struct team train_batch_finders(const struct drn_network *network, size_t groups, struct team team);

/* Wrong answers and the cost of the free states, in order of the samples; false when a potential is no number. */
bool train_batch_score(const struct drn_network *network, const struct drn_inputs *inputs,
                       const struct drn_states *free, size_t *errors, double *cost);

#endif
