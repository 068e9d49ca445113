/* A trained network as a netlist. */
#ifndef OPSPICE_DRN_EXPORT_H
#define OPSPICE_DRN_EXPORT_H

#include "drn/inputs.h"
#include "drn/network.h"
#include <stdio.h>

/* Write the network with sample 0 of the inputs as its voltage sources: a resistor for each conductance above 0, an
 * exactly ideal diode for each hidden unit but a pool's, a current source for each bias; the shared conductances of a
 * convolution once for each place. title: one line. Nodes: xp1 and xn1 for the
 * two sources of pixel 1, h1_5 for unit 5 of hidden layer 1, y0 ... for the outputs; units and pixels are counted from
 * 0. Amplifiers are sources E and F, their outputs ah1_5; and
 * so are the inverters of differential pairs, -v at nh1_5: F draws from the unit what its negated copy gives, negated.
 * False when writing failed. */
bool export_netlist(const struct drn_network *network, const struct drn_inputs *inputs, const char *title, FILE *file);

#endif
