#include "drn/equilibrium.h"

#include "drn/dense.h"
#include <stdlib.h>
#include <string.h>

bool states_new(struct drn_states *states, const struct drn_network *network, size_t samples)
{
    *states = (struct drn_states){.capacity = groups_of(samples) * GROUP, .layers = network->layers};
    for (size_t k = 1; k <= network->layers; k++) {
        states->stride[k] = network->stride[k];
        states->v[k] = lanes_new(states->capacity * states->stride[k], sizeof(float));
        if (!states->v[k]) {
            states_free(states);
            return false;
        }
    }
    return true;
}

void states_copy(struct drn_states *to, const struct drn_states *from, size_t groups, struct team team)
{
    for (size_t k = 1; k <= from->layers; k++) {
        size_t start, end;
        team_share_steps(team, groups * GROUP * from->stride[k], LANES, &start, &end);
        memcpy(to->v[k] + start, from->v[k] + start, (end - start) * sizeof(float));
    }
}

void states_clear(struct drn_states *states)
{
    for (size_t k = 1; k <= states->layers; k++)
        memset(states->v[k], 0, states->capacity * states->stride[k] * sizeof(float));
}

void states_free(struct drn_states *states)
{
    for (size_t k = 1; k <= DRN_LAYERS; k++)
        free(states->v[k]);
    *states = (struct drn_states){0};
}

bool equilibrium_new(struct drn_equilibrium *equilibrium, const struct drn_network *network, size_t samples)
{
    *equilibrium = (struct drn_equilibrium){0};
    bool good = states_new(&equilibrium->states, network, samples) && states_new(&equilibrium->in, network, samples) &&
                states_new(&equilibrium->base, network, samples);
    equilibrium->nudged = lanes_new(network->stride[network->layers], sizeof(float));
    good = good && equilibrium->nudged;
    for (size_t k = 1; k <= network->layers && good; k++) {
        equilibrium->mask[k] = lanes_new(equilibrium->states.capacity * network->stride[k], sizeof(int32_t));
        good = equilibrium->mask[k];
    }
    if (!good)
        equilibrium_free(equilibrium);
    return good;
}

void equilibrium_free(struct drn_equilibrium *equilibrium)
{
    states_free(&equilibrium->states);
    states_free(&equilibrium->in);
    states_free(&equilibrium->base);
    free(equilibrium->nudged);
    for (size_t k = 1; k <= DRN_LAYERS; k++)
        free(equilibrium->mask[k]);
    *equilibrium = (struct drn_equilibrium){0};
}

void equilibrium_take_biases(struct drn_equilibrium *equilibrium, const struct drn_network *network, size_t groups)
{
    for (size_t k = 2; k <= network->layers; k++) {
        for (size_t b = 0; b < groups * GROUP; b++)
            memcpy(equilibrium->base.v[k] + b * network->stride[k], network->bias[k], network->stride[k] * sizeof(float));
    }
}

/* ---- one minimisation ------------------------------------------------------------------------------------------- */

/* What a minimisation needs at every layer. */
struct descent {
    struct drn_equilibrium *equilibrium;
    const struct drn_network *network;
    const struct drn_inputs *inputs;
    const struct drn_phase *phase;
    const struct drn_states *free;
    struct team team;
};

/* The constant currents into layer k, for units [from, to). */
static void start_currents(const struct descent *descent, size_t k, size_t from, size_t to)
{
    const struct drn_network *network = descent->network;
    const struct drn_phase *phase = descent->phase;
    size_t stride = network->stride[k];
    bool output = k == network->layers;
    for (size_t b = 0; b < descent->inputs->groups * GROUP; b++) {
        float *in = descent->equilibrium->in.v[k] + b * stride;
        const float *base = descent->equilibrium->base.v[k] + b * stride;
        if (phase->adjoint)
            memset(in + from, 0, (to - from) * sizeof *in);
        else
            memcpy(in + from, base + from, (to - from) * sizeof *in);
        for (size_t j = from; output && phase->adjoint && j < to && j < network->units[k]; j++)
            in[j] = (j == descent->inputs->label[b] ? 1.0f : 0.0f) - descent->free->v[k][b * stride + j];
        size_t label = descent->inputs->label[b];
        if (output && phase->beta != 0 && label >= from && label < to)
            in[label] += (float)phase->beta;
    }
}

static void relax_layer(const struct descent *descent, size_t k, bool measure)
{
    const struct drn_network *network = descent->network;
    struct drn_equilibrium *equilibrium = descent->equilibrium;
    size_t from, to, groups = descent->inputs->groups, rank = descent->team.rank;
    team_share_steps(descent->team, network->stride[k], LANES, &from, &to);
    if (from == to)
        return;
    start_currents(descent, k, from, to);
    if (k < network->layers) {
        struct dense above = {network->weight[k + 1], network->units[k + 1], network->units[k], network->stride[k], groups,
                              network->stride[k + 1]};
        dense_down(&above, equilibrium->states.v[k + 1], equilibrium->in.v[k], from, to);
    }
    if (k > 1) {
        struct dense below = {network->weight[k], network->units[k], network->units[k - 1], network->stride[k - 1], groups,
                              network->stride[k]};
        size_t end = to < network->units[k] ? to : network->units[k];
        if (from < end)
            dense_up(&below, equilibrium->states.v[k - 1], equilibrium->in.v[k], from, end);
    }
    bool output = k == network->layers;
    const struct relaxation relaxation = {
        equilibrium->in.v[k], output ? equilibrium->nudged : network->reciprocal[k],
        output || descent->phase->adjoint ? NULL : network->half[k],
        descent->phase->adjoint && !output ? equilibrium->mask[k] : NULL, network->stride[k], groups};
    dense_relax(&relaxation, equilibrium->states.v[k], from, to, measure ? &equilibrium->change[rank][0] : NULL,
                &equilibrium->largest[rank][0]);
}

/* Odd layers, then even ones. */
static void iterate(const struct descent *descent, bool measure)
{
    for (size_t first = 1; first <= 2; first++) {
        for (size_t k = first; k <= descent->network->layers; k += 2)
            relax_layer(descent, k, measure);
        team_meet(descent->team);
    }
}

/* Whether the last iteration moved no unit by more than the tolerance; every member finds the same. */
static bool is_still(const struct descent *descent)
{
    float change = 0, largest = 0;
    for (size_t m = 0; m < descent->team.size; m++) {
        change = descent->equilibrium->change[m][0] > change ? descent->equilibrium->change[m][0] : change;
        largest = descent->equilibrium->largest[m][0] > largest ? descent->equilibrium->largest[m][0] : largest;
    }
    team_meet(descent->team);
    return (double)change <= descent->phase->tolerance * (double)largest;
}

/* The outputs' reciprocals with the conductance beta to the target, and which units the adjoint holds. */
static void prepare(const struct descent *descent)
{
    const struct drn_network *network = descent->network;
    struct drn_equilibrium *equilibrium = descent->equilibrium;
    size_t last = network->layers;
    for (size_t j = 0; j < network->units[last] && descent->team.rank == 0; j++) {
        double sum = network->below[last][j] + descent->phase->beta;
        equilibrium->nudged[j] = sum != 0 ? (float)(1 / sum) : 0; /* negative where beta is: as the paper has it */
    }
    for (size_t k = 1; k < last && descent->phase->adjoint; k++) {
        size_t from, to;
        team_share(descent->team, descent->inputs->groups * GROUP * network->stride[k], &from, &to);
        for (size_t n = from; n < to; n++)
            equilibrium->mask[k][n] = descent->free->v[k][n] != 0 ? -1 : 0;
    }
    team_meet(descent->team);
}

void equilibrium_find(struct drn_equilibrium *equilibrium, const struct drn_network *network, const struct drn_inputs *inputs,
                      const struct drn_phase *phase, const struct drn_states *free, struct team team)
{
    const struct descent descent = {equilibrium, network, inputs, phase, free, team};
    bool measure = phase->tolerance > 0, still = false;
    size_t limit = measure ? ITERATION_LIMIT : phase->iterations, done = 0;
    prepare(&descent);
    while (done < limit && !still) {
        equilibrium->change[team.rank][0] = equilibrium->largest[team.rank][0] = 0;
        iterate(&descent, measure);
        done++;
        still = measure && is_still(&descent);
    }
    if (team.rank == 0) {
        equilibrium->iterations = done;
        equilibrium->converged = still || !measure;
    }
    team_meet(team);
}
