/* How the units of two layers that follow each other are joined: which conductance lies between which units. Layers
 * that are images have their units place by place (row by row), a place's channels side by side; but the inputs, layer
 * 0, have them channel by channel, all +x before all -x, as data sets do.
 *
 * Dense: a conductance for each pair of units. Convolution: unit (place q, channel c) is joined to all channels i at
 * the places that its window's taps t see, by conductances g[t][i][c] that all places share; a tap beyond the image
 * sees a node at 0 V, so that each place carries the same sum of conductances. With d and s as in trainer.h
 *     dC/dg[t][i][c] = sum over places of mean (d_i - d_c)(s_i - s_c).
 * Pooling: unit (q, c) is joined to channel c at its window's places by resistors that are not trained. A node between
 * equal resistors settles at the mean of their other ends, less what its load draws, and what it draws loads them in
 * turn: the average as resistors have it, where nothing ideal (a buffer, a transformer) is needed. Source: Osana et al.
 * 2026. */
#ifndef OPSPICE_DRN_CONNECTION_H
#define OPSPICE_DRN_CONNECTION_H

#include "drn/layers.h"
#include <stdbool.h>
#include <stdint.h>

enum { DRN_NO_PLACE = -1 };

/* Differential pairs: a signed weight made of two conductances, g+ from the unit below and g- from a copy of it at -v,
 * which an ideal inverter makes (export.h has the circuit): currents g+ (v_i - v_j) + g- (-v_i - v_j) into unit j, and
 * with the opposite signs, reflected, into unit i. Rows 0 ... rows - 1 are g+, the others g-, as those of inputs are +x
 * and -x. Only g+ - g- goes into currents, only g+ + g- into their sums at units.
 *
 * Below: the layer next to the inputs; here: the other. */
struct drn_connection {
    enum drn_kind kind;
    size_t rows, columns; /* of the matrix of trained conductances: units; of a convolution [taps x channels][channels];
                             0 of a pool */
    size_t copies; /* 2: each unit below is joined by its negated copy too, by a second such matrix */
    size_t units_below, units_here;
    /* Of convolutions and pools. */
    size_t taps, places_below, places_here, channels_below, channels_here;
    bool of_inputs;     /* below are the inputs */
    float conductance;  /* of a pool's resistors, S */
    int32_t *tap_below; /* [places_here][taps] the place below at a tap, DRN_NO_PLACE for a node at 0 V */
    int32_t *tap_here;  /* [places_below][taps] the place here that sees this one at a tap, or DRN_NO_PLACE */
    float *ground;      /* [the larger number of channels] 0 V */
};

/* That between layers k - 1 and k. differential: by differential pairs, unless below are the inputs, which are doubled
 * anyway, or here is a pool. False when memory is out. */
bool drn_connection_new(struct drn_connection *connection, const struct drn_stack *stack, size_t k, bool differential);

/* Safe on a zeroed struct; leaves it zeroed. */
void drn_connection_free(struct drn_connection *connection);

/* The unit of a channel at a place below. */
static inline size_t drn_connection_unit_below(const struct drn_connection *connection, size_t place, size_t channel)
{
    return connection->of_inputs ? channel * connection->places_below + place
                                 : place * connection->channels_below + channel;
}

/* Rows of all copies. */
static inline size_t drn_connection_rows(const struct drn_connection *connection)
{
    return connection->copies * connection->rows;
}

/* How many branches go down from a unit here. */
static inline size_t drn_connection_fan(const struct drn_connection *connection)
{
    return connection->kind == DRN_POOLING ? connection->taps : drn_connection_rows(connection);
}

/* A branch: the unit at its lower end (units_below: a node at 0 V), or its negated copy, and the row and column of its
 * conductance; a pool's have none. */
struct drn_branch {
    size_t below, row, column;
    bool negated;
};

/* Branch n of drn_connection_fan from unit j here. */
struct drn_branch drn_connection_branch(const struct drn_connection *connection, size_t j, size_t n);

#endif
