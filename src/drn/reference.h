/* The same network in double precision, one sample at a time, to convergence: what the fast kernels, the gradients and
 * the exported netlist are held against. Plain loops; no faster than they must be. */
#ifndef OPSPICE_DRN_EXACT_H
#define OPSPICE_DRN_EXACT_H

#include "drn/inputs.h"
#include "drn/network.h"

struct exact {
    size_t layers, units[DRN_LAYERS + 1];
    double *g[DRN_LAYERS + 1];    /* k >= 2, S: [units[k]][units[k - 1]] */
    double *bias[DRN_LAYERS + 1]; /* A: [units[k]] */
    double *sum[DRN_LAYERS + 1];  /* S: [units[k]] of all conductances at a unit */
    double *x;                    /* V: [units[0]] potentials of the inputs */
    double *product;              /* A: [units[1]] sum x_i g_ij */
};

/* Potentials of all layers but the inputs, V: [units[k]] each. */
struct exact_states {
    double *v[DRN_LAYERS + 1];
};

/* A copy of the network. False when memory is out. */
bool exact_new(struct exact *exact, const struct drn_network *network);
bool exact_states_new(struct exact_states *states, const struct exact *exact);

/* Take sample b of a batch as the input. */
void exact_take(struct exact *exact, const struct drn_network *network, const struct drn_inputs *inputs, size_t b);

/* Add `change` to one conductance between layers k - 1 and k, or to a bias, so that all sums follow. It may become
 * negative. */
void exact_change_weight(struct exact *exact, size_t k, size_t i, size_t j, double change);

/* Walk v to the minimum of E + beta C for a label. False when it was not reached, or there is none. */
bool exact_find(const struct exact *exact, double beta, size_t label, struct exact_states *states);

/* dv/dbeta at beta = 0 of the free equilibrium v. False when it was not reached. */
bool exact_adjoint(const struct exact *exact, const struct exact_states *v, size_t label, struct exact_states *d);

/* sum over outputs of (v - target)^2 / 2 */
double exact_cost(const struct exact *exact, const struct exact_states *states, size_t label);

/* Safe on zeroed structs; leave them zeroed. */
void exact_free(struct exact *exact);
void exact_states_free(struct exact_states *states);

#endif
