/* The same network in double precision, one sample at a time, to convergence: what the fast kernels, the gradients and
 * the exported netlist are held against. Plain loops; no faster than they must be. */
#ifndef OPSPICE_DRN_REFERENCE_H
#define OPSPICE_DRN_REFERENCE_H

#include "drn/inputs.h"
#include "drn/network.h"

struct reference {
    const struct drn_network *network; /* whose copy it is: of its structure */
    size_t layers, units[DRN_LAYERS + 1];
    double *g[DRN_LAYERS + 1];    /* S: k >= 2 and convolutions, [columns of connection k][rows] */
    double *bias[DRN_LAYERS + 1]; /* A: [units[k]] */
    double *sum[DRN_LAYERS + 1];  /* S: [units[k]] of all conductances at a unit */
    struct unit_law law[DRN_LAYERS + 1]; /* the network's, without over-relaxation */
    double *x;                    /* V: [units[0]] potentials of the inputs */
    double *product;              /* A: [units[1]] sum x_i g_ij */
};

/* Potentials of all layers but the inputs, V, over network->scale[k]: [units[k]] each. */
struct reference_states {
    double *v[DRN_LAYERS + 1];
};

/* A copy of the network, which has to last as long, and whose law it keeps. False when memory is out. */
bool reference_new(struct reference *reference, const struct drn_network *network);
bool reference_states_new(struct reference_states *states, const struct reference *reference);

/* Take sample b of a batch as the input. network: that which was copied, or one that is equal to it and lasts longer.
 * */
void reference_take(struct reference *reference, const struct drn_network *network, const struct drn_inputs *inputs,
                    size_t b);

/* Add `change` to the conductance in row i and column j of connection k so that all sums follow. It may become
 * negative. */
void reference_change_weight(struct reference *reference, size_t k, size_t i, size_t j, double change);

/* Add it to bias number n of layer k, at all units that share it.   A */
void reference_change_bias(struct reference *reference, size_t k, size_t n, double change);

/* Gradients of one sample, with d and s as in trainer.h: (d_i - d_j)(s_i - s_j), summed over all branches that the
 * conductance in row i and column j of connection k has; - d_j, summed over the units that share bias n.
 * x   its inputs, V: [units[0]] */
double reference_weight_gradient(const struct reference *reference, const double *x, const struct reference_states *d,
                                 const struct reference_states *s, size_t k, size_t i, size_t j);
double reference_bias_gradient(const struct reference *reference, const struct reference_states *d, size_t k, size_t n);

/* A minimisation: what drives the network, and when it ends. */
struct reference_drive {
    double beta; /* nudging, S; or with `held`: the part of the way from there to their targets at which outputs are */
    size_t label;
    const struct reference_states *held;          /* outputs are held, as equilibrium.h has it; NULL: they are nudged */
    const struct reference_states *linearised_at; /* an answer to beta at this equilibrium; NULL: the network itself */
    size_t sweeps;                                /* so many, as the network is relaxed; 0: to the minimum */
    double tolerance; /* with `sweeps`, above 0: until no potential moves by more than that part of the largest */
};

/* Walk v there. False when it was not reached, or there is none. */
bool reference_walk(const struct reference *reference, const struct reference_drive *drive,
                    struct reference_states *states);

/* Walk v to the minimum of E + beta C for a label. False when it was not reached, or there is none. */
bool reference_find(const struct reference *reference, double beta, size_t label, struct reference_states *states);

/* du/dbeta at beta = 0 of the free equilibrium v. False when it was not reached. */
bool reference_adjoint(const struct reference *reference, const struct reference_states *v, size_t label,
                       struct reference_states *d);

/* sum over classes of (answer - target)^2 / 2 */
double reference_cost(const struct reference *reference, const struct reference_states *states, size_t label);

/* Safe on zeroed structs; leave them zeroed. */
void reference_free(struct reference *reference);
void reference_states_free(struct reference_states *states);

#endif
