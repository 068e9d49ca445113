/* Kernels of connections between images. Potentials and currents are [samples][stride of the layer], a place's channels
 * side by side (of the inputs too: inputs->image). Conductances of a convolution are kept in strips of columns,
 *     g[strip][row][STRIP], row = tap x channel below,     and mirrored, mirror[strip of channels below][tap x channel
 *     here][STRIP],
 * so that currents up and down are the same sum, over the taps of a place and the channels there: for each block of
 * places and a strip of sixteen channels it stays in registers. Each sum is made in one order, whatever its range of
 * places, which begins at a multiple of DRN_CONVOLUTION_BLOCK. */
#ifndef OPSPICE_DRN_CONVOLUTION_H
#define OPSPICE_DRN_CONVOLUTION_H

#include "drn/connection.h"
#include "drn/drn_lanes.h"

enum { DRN_CONVOLUTION_BLOCK = 8 };

/* Strips of so many channels. */
static inline size_t drn_convolution_strips(size_t channels)
{
    return (channels + STRIP - 1) / STRIP;
}

/* Where a conductance is in g. */
static inline size_t drn_convolution_at(const struct drn_connection *connection, size_t row, size_t column)
{
    return (column / STRIP * connection->rows + row) * STRIP + column % STRIP;
}

/* Numbers of float in g and in mirror. */
size_t drn_convolution_size(const struct drn_connection *connection);
size_t drn_convolution_mirror_size(const struct drn_connection *connection);

/* Make mirror from g. */
void drn_convolution_reflect(const struct drn_connection *connection, const float *g, float *mirror);

/* Potentials of one layer, and currents into the other, of a connection. */
struct drn_kernels;
struct drn_convolution {
    const struct drn_kernels *kernels;
    const struct drn_connection *connection;
    const float *g; /* of a convolution: g for currents up, mirror for currents down */
    size_t samples;
    const float *v; /* [samples][v_stride] V */
    float *in;      /* [samples][in_stride] A */
    size_t v_stride, in_stride;
};

/* For its kernels: currents into `breadth` channels at each place of a layer, from `depth` channels at the places that
 * its taps name. */
struct drn_place_sums {
    const int32_t *place; /* [places][taps] */
    size_t taps, depth, breadth;
    const float *g; /* [strips of breadth][taps x depth][STRIP] S */
    const float *ground;
};

/* in += currents from the layer below into units at places [from, to) here. */
void drn_convolution_up(const struct drn_convolution *convolution, size_t from, size_t to);

/* in += currents from here into units at places [from, to) below. */
void drn_convolution_down(const struct drn_convolution *convolution, size_t from, size_t to);

/* What a convolution's gradient is made of. */
struct drn_convolution_gradient {
    const struct drn_kernels *kernels;
    const struct drn_connection *connection;
    size_t samples;
    const float *below_d, *below_s, *here_d, *here_s; /* [samples][stride]; below_d NULL: 0, of inputs */
    size_t below_stride, here_stride;
    float sign;      /* of d and s below: -1 of negated copies */
    float *gradient; /* laid out as g: sum over samples and places of (d_i - d_c)(s_i - s_c) / samples */
};

/* Compute it for some of the tasks: [0, taps x strips). */
void drn_convolution_gradient(const struct drn_convolution_gradient *pass, size_t from, size_t to);

/* The part of gradient and g that belongs to one task: where it begins, and how many numbers it has. */
void drn_convolution_task(const struct drn_connection *connection, size_t task, size_t *start, size_t *size);

#endif
