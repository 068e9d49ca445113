/* Equilibria of a batch of samples by block coordinate descent: odd layers, then even ones, each unit at its best
 * potential given the others. Source: Scellier 2024, section 4.2. */
#ifndef OPSPICE_DRN_EQUILIBRIUM_H
#define OPSPICE_DRN_EQUILIBRIUM_H

#include "drn/inputs.h"
#include "drn/network.h"
#include "drn/team.h"

/* PARTS: of a layer's rows, each with sums of its own, so that results do not depend on who does which. */
enum { TEAM_LIMIT = 64, ITERATION_LIMIT = 20000, PARTS = 8, NUDGINGS = 2 };

/* Potentials, [capacity][network->stride[k]] each, V: over network->scale[k]. */
struct drn_states {
    size_t capacity; /* samples, a multiple of GROUP */
    size_t layers;
    size_t stride[DRN_LAYERS + 1];
    float *v[DRN_LAYERS + 1];
};

/* Room for the units' potentials, 0 V. False when memory is out. */
bool states_new(struct drn_states *states, const struct drn_network *network, size_t samples);
void states_copy(struct drn_states *to, const struct drn_states *from, size_t groups, struct team team);
void states_clear(struct drn_states *states);
void states_free(struct drn_states *states);

/* Minimisations, of E + beta C or, for the adjoint, of the linearised network driven at the outputs. The batch is
 * walked to the minima of several beta side by side, so that the conductances are read once an iteration for all. */
struct drn_phase {
    size_t iterations;
    double tolerance; /* 0: `iterations` exactly; else until no unit moves by more than that part of the largest |v|,
                         under any nudging */
    bool adjoint;     /* diodes are linearised, as `share` has them; inputs and biases are 0 */
    bool held;        /* outputs stay where `free` has them and beta of the way on to their targets: no conductances */
    size_t nudgings;  /* 1 for the adjoint */
    double beta[NUDGINGS];
};

/* Room for finding equilibria of up to `samples` samples under up to `nudgings` nudgings. */
struct drn_equilibrium {
    struct drn_states states; /* where the iteration is: all groups of the batch for each nudging in turn */
    struct drn_states in;     /* currents into the units at given potentials of the others, A; likewise */
    struct drn_states base;   /* their constant part: base.v[1] is the inputs' product with biases */
    float *share[DRN_LAYERS + 1]; /* of hidden units, for the adjoint: drn_dense.h */
    /* Between hidden layers of a network that is all dense: currents that each part of the rows of weights k sends into
     * the columns' units in an iteration, A: [PARTS][states.capacity][stride of the column layer]. */
    float *back[DRN_LAYERS + 1];
    /* [nudgings][stride of the outputs], ohm: a current into an output moves it by nudged, and its partner of a pair by
     * joined. */
    float *nudged, *joined;
    /* Of each member in the last iteration, V; a cache line apart. */
    float change[TEAM_LIMIT][16], largest[TEAM_LIMIT][16];
    size_t iterations; /* of the last minimisation */
    bool converged;    /* of the last one: always true without tolerance */
};

bool equilibrium_new(struct drn_equilibrium *equilibrium, const struct drn_network *network, size_t samples,
                     size_t nudgings);

/* Set the constant currents of layers 2 ... to the biases. */
void equilibrium_take_biases(struct drn_equilibrium *equilibrium, const struct drn_network *network, size_t groups);

/* Where layer k's potentials under a nudging begin. */
static inline float *states_under(const struct drn_states *states, const struct drn_inputs *inputs, size_t k,
                                  size_t nudging)
{
    return states->v[k] + nudging * inputs->groups * GROUP * states->stride[k];
}

/* Walk `states` to the minima, under all nudgings from where the first one's stand (of a batch with fewer groups than
 * there is room for, the others' are put behind it over what stood there). inputs: of the batch, with base.v[1] already
 * made from them; their labels are read where beta is not 0 or for the adjoint. free: potentials of the equilibrium
 * that the adjoint is of, or from which outputs that are held went on. All members of the team call it. */
void equilibrium_find(struct drn_equilibrium *equilibrium, const struct drn_network *network,
                      const struct drn_inputs *inputs, const struct drn_phase *phase, const struct drn_states *free,
                      struct team team);

void equilibrium_free(struct drn_equilibrium *equilibrium);

#endif
