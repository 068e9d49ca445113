/* A deep resistive network: its conductances and bias currents.
 *
 * Legend:  k        layer, 0 (inputs) ... layers (outputs); weights k lie between layers k - 1 and k
 *          g_ij     conductance between unit i of layer k - 1 and unit j of layer k, never negative             S
 *          b_j      bias, a current into unit j of layers 1 ... layers                                          A
 *          v_j      potential of a unit                                                                         V
 * Energy   E = sum g_ij (v_i - v_j)^2 / 2 - sum b_j v_j. Excitatory units (the first half of a hidden layer) obey
 * v >= 0, inhibitory ones v <= 0, or have diodes of other laws, whose energies are added (unit_law.h); output units are
 * free. Source: Scellier 2024, section 4.
 *
 * Amplifiers of gain A between a hidden layer and the next show its potentials A times as high and draw 1 / A of the
 * current that goes on: unit j's law is
 *     sum g_ij (A v_i - v_j) + b_j = i(v_j) + (1 / A) sum g_jm (A v_j - v_m),     inputs alone with A = 1.
 * With a scale S_k = A^(k - 1) of layer k's potentials, v = S u, division by S_k leaves
 *     sum g_ij (u_i - u_j) + b_j / S_k = i(S_k u_j) / S_k + sum g_jm (u_j - u_m):
 * the network without amplifiers for biases b / S, diodes i(S u) / S and, nudged by the current beta (t - v) = S_k beta
 * (t / S_k - u), targets t / S; ideal diodes stay. So the numbers that are kept are u. The cost C = sum (v - t)^2 / 2
 * is S^2 times that of u, S of the outputs: with d = S^2 du/dbeta
 *     dC/dg_ij = (d_i - d_j)(u_i - u_j),     dC/db_j = - d_j / S_k.
 * Source of the amplifiers: Kendall, Pantone, Manickavasagam, Bengio, Scellier 2020, arXiv 2006.01981. */
#ifndef OPSPICE_DRN_NETWORK_H
#define OPSPICE_DRN_NETWORK_H

#include "drn/connection.h"
#include "drn/drn_lanes.h"
#include "drn/settings.h"
#include "drn/unit_law.h"
#include "drn/update.h"
#include <stdbool.h>

/* Columns of a panel of input conductances: what stays in registers while all inputs pass by. */
enum { PANEL = 32, PANEL_PIXEL = 2 * PANEL };

struct drn_network {
    const struct drn_kernels *kernels; /* that the processor has */
    size_t layers, pixels; /* pixels: half of the inputs */
    size_t units[DRN_LAYERS + 1];
    struct drn_connection connection[DRN_LAYERS + 1]; /* k >= 1: between layers k - 1 and k */
    bool structured;                                  /* some of them are not dense */
    double amplifier;             /* A; 1: there are none */
    bool pairs;                   /* outputs 2c and 2c + 1 answer together: v_2c - v_2c+1 */
    double scale[DRN_LAYERS + 1]; /* S: V of a unit for a number 1 that is kept for it */
    size_t width[DRN_LAYERS + 1];  /* units rounded up to whole panels; conductances beyond them stay 0 */
    size_t stride[DRN_LAYERS + 1]; /* from one row of width[k] elements to the next */
    size_t panels;                 /* of layer 1; 0 where the inputs are an image to it */
    /* Conductances of the inputs, S: [panels][pixels][2][PANEL]; of a pixel's two sources, +x before -x. */
    float *input;
    /* S: dense, k >= 2, [units of the row layer][stride of the column layer]; convolutions as in convolution.h. */
    float *weight[DRN_LAYERS + 1];
    float *part[DRN_LAYERS + 1][2];  /* of differential pairs, laid out alike: g+ and g-, whose difference weight is */
    float *mirror[DRN_LAYERS + 1];   /* of convolutions, k >= 2 */
    double *row_sum[DRN_LAYERS + 1]; /* of convolutions, S: [rows] */
    float *bias[DRN_LAYERS + 1];   /* A: [stride[k]] */
    /* What the update keeps (update.h), laid out alike; NULL where it does not. */
    float *input_memory[DRN_MEMORIES], *weight_memory[DRN_LAYERS + 1][2][DRN_MEMORIES],
        *bias_memory[DRN_LAYERS + 1][DRN_MEMORIES];
    /* Sums of the conductances between a unit and the layer below and above it, S: [stride[k]]. */
    double *below[DRN_LAYERS + 1], *above[DRN_LAYERS + 1];
    float *reciprocal[DRN_LAYERS + 1]; /* 1 / (below + above), ohm; 0 for a unit that nothing is connected to */
    struct unit_law law[DRN_LAYERS + 1]; /* of hidden units */
    float *knee[DRN_LAYERS + 1];     /* V, of exponential diodes at that resistance; NULL: there are none */
    int32_t *excitatory[DRN_LAYERS + 1]; /* hidden layers: -1 for an excitatory unit, 0 for an inhibitory one */
};

/* Whether the units of a layer have diodes: not the outputs, nor a pool's nodes. */
static inline bool drn_network_has_diodes(const struct drn_network *network, size_t k)
{
    return k < network->layers && network->connection[k].kind != DRN_POOLING;
}

/* Excitatory units are the first half of a layer, or, of an image, of its channels. */
static inline bool drn_network_is_excitatory(const struct drn_network *network, size_t k, size_t j)
{
    const struct drn_connection *connection = &network->connection[k];
    return connection->kind == DRN_DENSE ? j < network->units[k] / 2
                                         : j % connection->channels_here < connection->channels_here / 2;
}

/* How many biases a layer has that are its own: those of the places of an image are the same, and a pool has none. That
 * of unit j is number j % biases. */
static inline size_t drn_network_biases(const struct drn_network *network, size_t k)
{
    const struct drn_connection *connection = &network->connection[k];
    return connection->kind == DRN_DENSE         ? network->units[k]
           : connection->kind == DRN_CONVOLUTION ? connection->channels_here
                                                 : 0;
}

/* What the outputs answer: v_c for class c, or the difference of a pair. Source of pairs: Kendall et al. 2020. */
static inline size_t drn_network_classes(const struct drn_network *network)
{
    return network->units[network->layers] / (network->pairs ? 2 : 1);
}

/* From the outputs' potentials u.   V */
static inline double drn_network_answer(const struct drn_network *network, const float *u, size_t c)
{
    double answer = network->pairs ? (double)u[2 * c] - (double)u[2 * c + 1] : (double)u[c];
    return network->scale[network->layers] * answer;
}

/* Units of layer k come in steps that its kernels share out: whole strips, and blocks of whole places. */
size_t drn_network_step(const struct drn_network *network, size_t k);

/* Rows of weights k are the outputs, or else the units of the odd one of layers k - 1 and k (equilibrium.c says why);
 * columns are those of the other layer. */
static inline size_t drn_network_row_layer(const struct drn_network *network, size_t k)
{
    return k == network->layers || k % 2 ? k : k - 1;
}

static inline size_t drn_network_column_layer(const struct drn_network *network, size_t k)
{
    return 2 * k - 1 - drn_network_row_layer(network, k);
}

/* Allocate for the settings, all zero. False when memory is out. */
bool drn_network_new(struct drn_network *network, const struct drn_settings *settings);

/* Conductances max(0, U(-c, c)), c = gain sqrt(1 / branches down from a unit), from the seed, as far as a device can
 * have them; biases 0. */
void drn_network_randomise(struct drn_network *network, const struct drn_settings *settings);

/* Weights k, row-major [drn_connection_rows][connection[k].columns], S; inputs in the order of all +x, then all -x. */
void drn_network_get_weights(const struct drn_network *network, size_t k, float *weights);
void drn_network_set_weights(struct drn_network *network, size_t k, const float *weights);

/* One of them. */
float *drn_network_weight(const struct drn_network *network, size_t k, size_t i, size_t j);

/* Compute `below`, `above`, `mirror` and `reciprocal` anew from the conductances. */
void drn_network_sum(struct drn_network *network);

/* The sums of connection k alone, at both of its ends, and its mirror. */
void drn_network_sum_connection(struct drn_network *network, size_t k);

/* The matrix of its conductances: copy 0, or g- of differential pairs, copy 1. */
static inline float *drn_network_part(const struct drn_network *network, size_t k, size_t copy)
{
    return network->connection[k].copies > 1 ? network->part[k][copy] : network->weight[k];
}

/* The differences of its differential pairs, elements [from, to). */
void drn_network_subtract(struct drn_network *network, size_t k, size_t from, size_t to);

/* Its differences and its mirror alone. */
void drn_network_reflect(struct drn_network *network, size_t k);

/* Set bias number n of layer k, at all units that share it.   A */
void drn_network_set_bias(struct drn_network *network, size_t k, size_t n, float amperes);

/* `reciprocal` of layer k from the sums, and `knee`. */
void drn_network_invert(struct drn_network *network, size_t k);

/* Numbers of float in `input` and in weight[k]. */
size_t drn_network_input_size(const struct drn_network *network);
size_t drn_network_weight_size(const struct drn_network *network, size_t k);

/* Safe on a zeroed struct; leaves it zeroed. */
void drn_network_free(struct drn_network *network);

#endif
