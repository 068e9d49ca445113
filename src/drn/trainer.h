/* Training by stochastic gradient descent, a mini-batch at a time.
 *
 * With d = dv/dbeta, how a unit's potential answers to nudging, and s its potential (both scaled where there are
 * amplifiers: network.h), both rules are one:
 *     dC/dg_ij = mean over the batch of (d_i - d_j)(s_i - s_j),     dC/db_j = - mean d_j.
 * Equilibrium propagation takes d and s as difference quotient and mean of two nudged states, which is the same as the
 * difference of the energies' derivatives over the difference of the nudgings, without subtracting squares. The adjoint
 * takes d from the linearised network and s from the free state. Coupled learning compares states whose outputs are
 * held at the free ones and a part beta of the way on to their targets, v + beta (target - v), with beta and -beta,
 * or 0 for one of them, as the variants of equilibrium propagation have it; the variant positive is the published
 * rule. Its change of a conductance, (V_clamped^2 - V_free^2) / (2 beta) across it, is the same formula. It follows
 * another gradient than that of the cost: outputs answer by their error itself, where the cost's gradient has the
 * error through the resistance seen from the outputs. Source: Scellier 2024, section 5; Scellier and Bengio 2017;
 * Stern, Hexner, Rocks and Liu 2021, Physical Review X 11:021045. */
#ifndef OPSPICE_DRN_TRAINER_H
#define OPSPICE_DRN_TRAINER_H

#include "drn/dataset.h"
#include "drn/equilibrium.h"
#include "util/random.h"

enum train_status {
    TRAIN_OK,
    TRAIN_UNSTABLE,     /* -beta outweighs the conductances of an output: no minimum */
    TRAIN_DIVERGED,     /* potentials are no numbers any more */
    TRAIN_NOT_CONVERGED /* ITERATION_LIMIT iterations did not reach the tolerance */
};

struct drn_trainer {
    struct drn_settings settings;
    struct drn_network network;
    const struct drn_dataset *data; /* the caller's */
    struct drn_inputs inputs[2];    /* of this batch and the next, in turn */
    size_t now;                     /* which of them is of this batch */
    bool primed;                    /* inputs[now] and its product are there */
    struct drn_equilibrium equilibrium;
    struct drn_states free;            /* end of the free phase */
    struct drn_states d, s;            /* V/S and V */
    /* Of drn_dense_move, S, of each copy: [blocks of columns of weights k][rows], */
    float *row_sum[DRN_LAYERS + 1];
    float *column_sum[DRN_LAYERS + 1]; /* [chunks of rows][width of the columns' layer] */
    float *gradient[DRN_LAYERS + 1];   /* of convolutions, as network->weight[k] */
    float *bias_gradient[DRN_LAYERS + 1]; /* [network->stride[k]] */
    uint32_t *order;                   /* [data->count] of this epoch */
    size_t threads;                    /* that work */
    struct team_arrivals arrivals;
    enum train_status status; /* of the last batch */
    /* Where it is. */
    size_t epoch, position; /* epochs done; samples of this one done */
    size_t errors;          /* of this epoch's free phases */
    double cost;            /* sum of them */
};

/* Room for training and a network from the seed. data: as many pixels and classes as the settings say. False: no
 * memory. */
bool trainer_new(struct drn_trainer *trainer, const struct drn_settings *settings, const struct drn_dataset *data);

/* Change what does not change the numbers: the settings' epochs, threads and audit. */
void trainer_set(struct drn_trainer *trainer, const struct drn_settings *settings);

/* Learn from the next mini-batches, at most so many and none beyond the epoch's last one, after which comes
 * trainer_end_epoch. */
enum train_status trainer_step(struct drn_trainer *trainer, size_t batches);
bool trainer_epoch_is_over(const struct drn_trainer *trainer);
void trainer_end_epoch(struct drn_trainer *trainer);

/* Put the samples of the epoch that is at hand into their order. Called where `epoch` was set from outside. */
void trainer_shuffle(struct drn_trainer *trainer);

/* A trainer with room of its own and the network and data of another, to see what that would find in a mini-batch.
 * False when memory is out. */
bool shadow_new(struct drn_trainer *shadow, const struct drn_trainer *trainer);
void shadow_free(struct drn_trainer *shadow);

/* States, d and s of the mini-batch that begins at a position of the epoch at hand, from where the trainer's next one
 * would begin. */
enum train_status shadow_find(struct drn_trainer *shadow, const struct drn_trainer *trainer, size_t position);

/* Room for evaluating. */
struct drn_tester {
    struct drn_inputs inputs;
    struct drn_equilibrium equilibrium;
    struct team_arrivals arrivals;
};
bool tester_new(struct drn_tester *tester, const struct drn_network *network);
void tester_free(struct drn_tester *tester);

/* Free phases from 0 V on all of data: how many answers are wrong, and the mean cost.
 * volts   potentials of the outputs, [data->count][units of the last layer]; NULL: they are not wanted */
enum train_status tester_run(struct drn_tester *tester, const struct drn_trainer *trainer,
                             const struct drn_dataset *data, float *volts, size_t *errors, double *cost);

/* Safe on a zeroed struct; leaves it zeroed. */
void trainer_free(struct drn_trainer *trainer);

#endif
