/* Currents between the layers of a network, whatever joins them. Potentials are [samples][stride of the layer]; ranges
 * of units begin at multiples of drn_network_step of the layer that the currents enter. */
#ifndef OPSPICE_DRN_CURRENTS_H
#define OPSPICE_DRN_CURRENTS_H

#include "drn/inputs.h"
#include "drn/network.h"
#include "drn/team.h"

/* in[b][j] += currents from layer k - 1, k >= 2, at potentials v, into units [from, to) of layer k.   A */
void currents_up(const struct drn_network *network, size_t k, size_t groups, const float *v, float *in, size_t from,
                 size_t to);

/* in[b][i] += currents from layer k, k >= 2, at potentials v, into units [from, to) of layer k - 1.   A */
void currents_down(const struct drn_network *network, size_t k, size_t groups, const float *v, float *in, size_t from,
                   size_t to);

/* product[b][j] = bias + currents from the inputs into the units of layer 1, A; each member does its share. */
void currents_of_inputs(struct drn_network *network, const struct drn_inputs *inputs, float *product,
                        struct team team);

#endif
