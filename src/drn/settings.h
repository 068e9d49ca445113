/* What a deep resistive network is, and how it is trained. */
#ifndef OPSPICE_DRN_SETTINGS_H
#define OPSPICE_DRN_SETTINGS_H

#include "drn/diode.h"
#include "drn/layers.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { DRN_BATCH_LIMIT = 1024 };

enum drn_optimiser { DRN_SGD, DRN_ADAM };
enum drn_variant { DRN_CENTERED, DRN_POSITIVE, DRN_NEGATIVE }; /* nudged by -beta and beta; 0 and beta; -beta and 0 */
/* Equilibrium propagation; the adjoint; coupled learning. */
enum drn_gradient { DRN_EP, DRN_ADJOINT, DRN_COUPLED };

/* Layer 0 is the input, doubled: stack.units[0] is twice the number of pixels. Weights k lie between layers k - 1 and
 * k.
 */
struct drn_settings {
    struct drn_stack stack;
    double input_gain;           /* V for a pixel of 1 beyond one of 0 */
    double input_offset;         /* V of a pixel of 0 */
    size_t free_iterations;      /* of the free phase; ignored with a tolerance */
    size_t nudged_iterations;    /* of the nudged phases and of the adjoint */
    double relaxation;           /* 1: each unit to its best potential; up to 2: beyond it (drn_dense.h) */
    struct drn_diode diode;      /* of the hidden units */
    double tolerance;            /* 0: fixed iterations; else the largest change of a unit over the largest |v| */
    double beta;                 /* nudging, S; of coupled learning a part of the way to the target */
    double rate[DRN_LAYERS + 1]; /* learning rate of weights k = 1 ... layers; rate[0]: how many were given */
    double bias_rate[DRN_LAYERS + 1];
    bool bias_rates_given; /* else they follow `rate` */
    double decay;          /* of all rates, after each epoch */
    double momentum;
    enum drn_optimiser optimiser;
    double adam[3];        /* Adam's decays of the moments, and epsilon */
    double floor, ceiling; /* of conductances, S; ceiling 0: none */
    size_t levels;         /* a conductance can have there; 0: any value */
    double noise;          /* of each change of a conductance, over it */
    double weight_gain;
    bool differential; /* weights behind hidden layers are pairs of conductances (connection.h) */
    size_t outputs;   /* as many as there are classes, or twice as many: pairs; 0: not given */
    bool pairs;       /* set by settings_complete, which then doubles the last layer of the stack */
    double amplifier; /* voltage gain between a hidden layer and the next; 1: there is none */
    enum drn_variant variant;
    enum drn_gradient gradient;
    size_t batch, epochs, threads; /* threads 0: one for each processor */
    uint64_t seed;
    bool in_order; /* samples as they come, not shuffled */
    size_t audit;  /* samples at the end of each epoch; 0: none */
    char rule[256]; /* what the last option did not fit, where it depends on its value */
};

/* The two nudgings of the variant. */
static inline double drn_settings_high(const struct drn_settings *settings)
{
    return settings->variant == DRN_NEGATIVE ? 0 : settings->beta;
}

static inline double drn_settings_low(const struct drn_settings *settings)
{
    return settings->variant == DRN_POSITIVE ? 0 : -settings->beta;
}

/* The paper's drn-1h. */
void settings_init(struct drn_settings *settings);

/* Set one option by its name (that of the command line without its dashes):
 *   model, layers, input-gain, input-offset, iterations, tolerance, relaxation, beta, lr, lr-bias, decay, momentum,
 * optimiser, adam, floor, ceiling, levels, noise, weight-gain, differential, outputs, amplifier, variant, gradient,
 * batch, epochs, audit, seed, shuffle, threads, and those of diode.h. NULL when done; else why not, as the end of a
 * sentence that begins with the option ("must be ..."). */
const char *settings_set(struct drn_settings *settings, const char *option, const char *value);

/* Whether the parts fit together, lists filled up to the number of layers. NULL, or what is wrong. */
const char *settings_complete(struct drn_settings *settings);

/* The learning rule, as the option `gradient` names it. */
const char *settings_rule(const struct drn_settings *settings);

/* Lines `option=value` that settings_set reads back exactly; threads and epochs too. */
void settings_write(const struct drn_settings *settings, FILE *file);

#endif
