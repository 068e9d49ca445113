/* How conductances and biases move by their gradients: described once, for all kernels that move some.
 *
 * Gradient descent   v = momentum v + gradient,   step = -rate v
 * Adam               m = keep m + (1 - keep) gradient,   s = keep' s + (1 - keep') gradient^2,
 *                    step = -rate m / (1 - keep^t) / (sqrt(s / (1 - keep'^t)) + epsilon)   in mini-batch t, from 1
 * Device             A conductance holds what lies between floor and ceiling, or one of `levels` values there, evenly
 *                    apart. Steps that are too small for a level are added up beside it, and once they come to whole
 *                    levels these are written and the rest is kept. What is written misses by a normal share
 *                    (standard deviation `noise`) of the change.
 * Sources: Kingma and Ba 2015 (Adam); Nandakumar et al. 2020, Frontiers in Neuroscience 14:406 (digital accumulation in
 * front of devices of few levels); Gokmen and Vlasov 2016, Frontiers in Neuroscience 10:333 (variation of each change).
 */
#ifndef OPSPICE_DRN_UPDATE_H
#define OPSPICE_DRN_UPDATE_H

#include "drn/settings.h"

/* What is kept beside an element from one mini-batch to the next: gradient descent's velocity or Adam's first moment;
 * Adam's second moment; steps that were not written yet, S. */
enum drn_memory { DRN_VELOCITY, DRN_SQUARE, DRN_PENDING, DRN_MEMORIES };

/* Whether these settings keep it, for conductances or for biases. */
bool drn_update_keeps(const struct drn_settings *settings, enum drn_memory memory, bool bias);

/* What holds for all elements of a layer in one mini-batch. */
struct drn_update {
    double rate;
    float momentum;
    /* Else it is gradient descent of conductances that are clamped at 0, and what follows is not read. */
    bool general;
    bool adam;
    float keep, keep_square, square_scale, epsilon; /* square_scale: sqrt(1 / (1 - keep_square^t)); `rate` likewise */
    float floor, ceiling;                           /* S; for biases there are none */
    float level, levels;                            /* S from one to the next, and how many; 0: any value */
    float noise;                                    /* of a change, over it */
    uint64_t key;                                   /* of the random numbers */
};

/* Of weights k, or of layer k's biases, in mini-batch number t, from 1 on. */
struct drn_update drn_update_of(const struct drn_settings *settings, size_t k, bool bias, uint64_t t);

/* 64 bits well mixed. Source: Stafford 2011, "Better bit mixing", his thirteenth. */
static inline uint64_t drn_update_mixed(uint64_t bits)
{
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
    return bits ^ bits >> 31;
}

/* The value nearest to g that a conductance can have.   S */
double drn_update_held(const struct drn_settings *settings, double g);

#endif
