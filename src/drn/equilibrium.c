#include "drn/equilibrium.h"

#include "drn/currents.h"
#include "drn/drn_dense.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool states_new(struct drn_states *states, const struct drn_network *network, size_t samples)
{
    *states = (struct drn_states){.capacity = groups_of(samples) * GROUP, .layers = network->layers};
    for (size_t k = 1; k <= network->layers; k++) {
        states->stride[k] = network->stride[k];
        states->v[k] = drn_lanes_new(states->capacity * states->stride[k], sizeof(float));
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
        team_share_steps(team, groups * GROUP * from->stride[k], STRIP, &start, &end);
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

bool equilibrium_new(struct drn_equilibrium *equilibrium, const struct drn_network *network, size_t samples,
                     size_t nudgings)
{
    *equilibrium = (struct drn_equilibrium){0};
    size_t all = nudgings * groups_of(samples) * GROUP;
    bool good = states_new(&equilibrium->states, network, all) && states_new(&equilibrium->in, network, all) &&
                states_new(&equilibrium->base, network, samples);
    equilibrium->nudged = drn_lanes_new(nudgings * network->stride[network->layers], sizeof(float));
    equilibrium->joined = drn_lanes_new(nudgings * network->stride[network->layers], sizeof(float));
    good = good && equilibrium->nudged && equilibrium->joined;
    for (size_t k = 1; k <= network->layers && good; k++) {
        equilibrium->share[k] = drn_lanes_new(equilibrium->base.capacity * network->stride[k], sizeof(float));
        good = equilibrium->share[k];
        if (k > 1 && k < network->layers && good && !network->structured) {
            size_t columns = network->stride[drn_network_column_layer(network, k)];
            equilibrium->back[k] = drn_lanes_new(PARTS * equilibrium->states.capacity * columns, sizeof(float));
            good = equilibrium->back[k];
        }
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
    free(equilibrium->joined);
    for (size_t k = 1; k <= DRN_LAYERS; k++) {
        free(equilibrium->share[k]);
        free(equilibrium->back[k]);
    }
    *equilibrium = (struct drn_equilibrium){0};
}

void equilibrium_take_biases(struct drn_equilibrium *equilibrium, const struct drn_network *network, size_t groups)
{
    for (size_t k = 2; k <= network->layers; k++) {
        float *base = equilibrium->base.v[k];
        for (size_t j = 0; j < network->stride[k]; j++)
            base[j] = (float)(network->bias[k][j] / network->scale[k]);
        for (size_t b = 1; b < groups * GROUP; b++)
            memcpy(base + b * network->stride[k], base, network->stride[k] * sizeof(float));
    }
}

/* ---- one minimisation --------------------------------------------------------------------------------------- */

/* What a minimisation needs at every layer. */
struct drn_descent {
    struct drn_equilibrium *equilibrium;
    const struct drn_network *network;
    const struct drn_inputs *inputs;
    const struct drn_phase *phase;
    const struct drn_states *free;
    struct team team;
};

/* Under all nudgings. */
static size_t all_groups(const struct drn_descent *descent)
{
    return descent->phase->nudgings * descent->inputs->groups;
}

/* The current beta target of sample b's nudging, into outputs [from, to). */
static void nudge_outputs(const struct drn_descent *descent, size_t b, double beta, float *in, size_t from, size_t to)
{
    const struct drn_network *network = descent->network;
    float current = (float)beta * (float)(1 / network->scale[network->layers]);
    size_t output = network->pairs ? 2 * (size_t)descent->inputs->label[b] : descent->inputs->label[b];
    if (beta == 0 || output < from || output >= to)
        return;
    in[output] += current;
    if (network->pairs)
        in[output + 1] -= current;
}

/* The currents target - answer that drive the adjoint of sample b. */
static void drive_outputs(const struct drn_descent *descent, size_t b, float *in, size_t from, size_t to)
{
    const struct drn_network *network = descent->network;
    const float *u = descent->free->v[network->layers] + b * network->stride[network->layers];
    float target = (float)(1 / network->scale[network->layers]);
    size_t end = to < network->units[network->layers] ? to : network->units[network->layers];
    for (size_t j = from; j < end; j++) {
        size_t c = network->pairs ? j / 2 : j;
        float answer = network->pairs ? u[2 * c] - u[2 * c + 1] : u[c];
        float off = (c == descent->inputs->label[b] ? target : 0.0f) - answer;
        in[j] = network->pairs && j % 2 ? -off : off;
    }
}

/* The constant currents into layer k under one nudging, for units [from, to). */
static void start_nudged(const struct drn_descent *descent, size_t k, size_t nudging, size_t from, size_t to)
{
    const struct drn_network *network = descent->network;
    const struct drn_phase *phase = descent->phase;
    size_t stride = network->stride[k], samples = descent->inputs->groups * GROUP;
    bool output = k == network->layers;
    for (size_t b = 0; b < samples; b++) {
        float *in = states_under(&descent->equilibrium->in, descent->inputs, k, nudging) + b * stride;
        const float *base = descent->equilibrium->base.v[k] + b * stride;
        if (phase->adjoint)
            memset(in + from, 0, (to - from) * sizeof *in);
        else
            memcpy(in + from, base + from, (to - from) * sizeof *in);
        if (output && phase->adjoint)
            drive_outputs(descent, b, in, from, to);
        else if (output)
            nudge_outputs(descent, b, phase->beta[nudging], in, from, to);
    }
}

static void start_currents(const struct drn_descent *descent, size_t k, size_t from, size_t to)
{
    for (size_t nudging = 0; nudging < descent->phase->nudgings; nudging++)
        start_nudged(descent, k, nudging, from, to);
}

static struct relaxation relaxation_of(const struct drn_descent *descent, size_t k)
{
    const struct drn_network *network = descent->network;
    struct drn_equilibrium *equilibrium = descent->equilibrium;
    bool measure = descent->phase->tolerance > 0, diodes = drn_network_has_diodes(network, k);
    bool adjoint = descent->phase->adjoint;
    size_t rank = descent->team.rank;
    return (struct relaxation){.kernels = network->kernels,
                               .in = equilibrium->in.v[k],
                               .reciprocal = network->reciprocal[k],
                               .law = diodes && !adjoint ? &network->law[k] : NULL,
                               .excitatory = network->excitatory[k],
                               .knee = network->knee[k],
                               .share = diodes && adjoint ? equilibrium->share[k] : NULL,
                               .relaxation = (float)network->law[k].relaxation,
                               .stride = network->stride[k],
                               .groups = all_groups(descent),
                               .v = equilibrium->states.v[k],
                               .change = measure ? equilibrium->change[rank] : NULL,
                               .largest = equilibrium->largest[rank]};
}

/* Pairs of outputs [from, to) that a nudging's conductance joins: both to their best potentials at once. */
static void relax_pairs(const struct drn_descent *descent, const struct relaxation *relaxation, const float *joined,
                        size_t from, size_t to)
{
    size_t last = descent->network->layers;
    size_t end = to < descent->network->units[last] ? to : descent->network->units[last];
    float w = relaxation->relaxation, change = 0, largest = 0;
    for (size_t b = 0; b < relaxation->groups * GROUP; b++) {
        const float *in = relaxation->in + b * relaxation->stride;
        float *v = relaxation->v + b * relaxation->stride;
        for (size_t j = from; j < end; j++) {
            float best = relaxation->reciprocal[j] * in[j] + joined[j] * in[j ^ 1], before = v[j];
            v[j] = before + w * (best - before);
            change = fmaxf(change, fabsf(v[j] - before));
            largest = fmaxf(largest, fabsf(v[j]));
        }
    }
    if (relaxation->change) {
        *relaxation->change = fmaxf(*relaxation->change, change);
        *relaxation->largest = fmaxf(*relaxation->largest, largest);
    }
}

/* Outputs have no diodes, and a conductance to the target under each nudging. */
static void relax_outputs(const struct drn_descent *descent, size_t from, size_t to)
{
    struct drn_equilibrium *equilibrium = descent->equilibrium;
    size_t last = descent->network->layers;
    for (size_t nudging = 0; nudging < descent->phase->nudgings; nudging++) {
        struct relaxation relaxation = relaxation_of(descent, last);
        relaxation.groups = descent->inputs->groups;
        relaxation.in = states_under(&equilibrium->in, descent->inputs, last, nudging);
        relaxation.v = states_under(&equilibrium->states, descent->inputs, last, nudging);
        relaxation.reciprocal = equilibrium->nudged + nudging * descent->network->stride[last];
        relaxation.law = NULL;
        relaxation.share = NULL;
        if (descent->network->pairs)
            relax_pairs(descent, &relaxation, equilibrium->joined + nudging * descent->network->stride[last], from, to);
        else
            drn_dense_relax(&relaxation, from, to);
    }
}

/* Add what all parts of the rows of weights k sent back to units [from, to) of layer `to_layer`. */
static void add_back(const struct drn_descent *descent, size_t k, size_t to_layer, size_t from, size_t to)
{
    struct drn_equilibrium *equilibrium = descent->equilibrium;
    size_t stride = descent->network->stride[to_layer], samples = all_groups(descent) * GROUP;
    for (size_t part = 0; part < PARTS; part++) {
        const float *back = equilibrium->back[k] + part * equilibrium->states.capacity * stride;
        for (size_t b = 0; b < samples; b++) {
            float *in = equilibrium->in.v[to_layer] + b * stride;
            for (size_t j = from; j < to; j++)
                in[j] += back[b * stride + j];
        }
    }
}

/* Layer k: outputs, an even layer, or one that has none but the inputs and the outputs beside it. */
static void relax_layer(const struct drn_descent *descent, size_t k)
{
    const struct drn_network *network = descent->network;
    struct drn_equilibrium *equilibrium = descent->equilibrium;
    size_t from, to, last = network->layers;
    team_share_steps(descent->team, network->width[k], STRIP, &from, &to);
    if (from == to || (k == last && descent->phase->held))
        return;
    start_currents(descent, k, from, to);
    if (k > 1 && k < last)
        add_back(descent, k, k, from, to);
    if (k + 1 < last)
        add_back(descent, k + 1, k, from, to);
    struct drn_dense outputs = drn_dense_of(network, last, all_groups(descent));
    if (k + 1 == last)
        drn_dense_to_columns(&outputs, equilibrium->states.v[last], equilibrium->in.v[k], from, to);
    size_t end = to < network->units[k] ? to : network->units[k];
    if (k == last && last > 1 && from < end)
        drn_dense_to_rows(&outputs, equilibrium->states.v[k - 1], equilibrium->in.v[k], from, end);
    if (k == last) {
        relax_outputs(descent, from, to);
    } else {
        const struct relaxation relaxation = relaxation_of(descent, k);
        drn_dense_relax(&relaxation, from, to);
    }
}

/* One part of an odd layer with an even hidden layer beside it. Its conductances to them are read once an iteration:
 * for the currents that come, and, while they are still near, for those that the new potentials send back. */
static void gather_relax_scatter_part(const struct drn_descent *descent, size_t k, size_t part)
{
    const struct drn_network *network = descent->network;
    struct drn_equilibrium *equilibrium = descent->equilibrium;
    size_t from, to, neighbours = 0, last = network->layers, samples = all_groups(descent) * GROUP;
    team_share_steps((struct team){part, PARTS, NULL}, network->width[k], STRIP, &from, &to);
    start_currents(descent, k, from, to);
    if (k + 1 == last) {
        struct drn_dense outputs = drn_dense_of(network, last, all_groups(descent));
        drn_dense_to_columns(&outputs, equilibrium->states.v[last], equilibrium->in.v[k], from, to);
    }
    struct drn_dense_neighbour neighbour[2];
    for (size_t m = k; m <= k + 1; m++) {
        if (m == 1 || m == last)
            continue;
        size_t column = drn_network_column_layer(network, m), stride = network->stride[column];
        size_t width = network->width[column];
        float *back = equilibrium->back[m] + part * equilibrium->states.capacity * stride;
        memset(back, 0, samples * stride * sizeof *back);
        neighbour[neighbours++] =
            (struct drn_dense_neighbour){network->weight[m], equilibrium->states.v[column], back, width, stride};
    }
    const struct relaxation relaxation = relaxation_of(descent, k);
    size_t end = to < network->units[k] ? to : network->units[k];
    if (from < end)
        drn_dense_gather_relax_scatter(neighbour, neighbours, &relaxation, equilibrium->in.v[k], from, end);
}

/* Layer k of a network with convolutions or pools. */
static void relax_structured(const struct drn_descent *descent, size_t k)
{
    const struct drn_network *network = descent->network;
    struct drn_equilibrium *equilibrium = descent->equilibrium;
    size_t from, to, last = network->layers, groups = all_groups(descent);
    team_share_steps(descent->team, network->width[k], drn_network_step(network, k), &from, &to);
    if (from == to || (k == last && descent->phase->held))
        return;
    start_currents(descent, k, from, to);
    if (k > 1)
        currents_up(network, k, groups, equilibrium->states.v[k - 1], equilibrium->in.v[k], from, to);
    if (k < last)
        currents_down(network, k + 1, groups, equilibrium->states.v[k + 1], equilibrium->in.v[k], from, to);
    if (k == last) {
        relax_outputs(descent, from, to);
    } else {
        const struct relaxation relaxation = relaxation_of(descent, k);
        drn_dense_relax(&relaxation, from, to);
    }
}

static void iterate_structured(const struct drn_descent *descent)
{
    size_t last = descent->network->layers;
    for (size_t first = 1; first <= 2; first++) {
        for (size_t k = first; k <= last; k += 2)
            relax_structured(descent, k);
        team_barrier(descent->team);
    }
}

/* Odd layers, then even ones. */
static void iterate(const struct drn_descent *descent)
{
    size_t last = descent->network->layers;
    for (size_t k = 1; k <= last; k += 2) {
        size_t from, to;
        if (k == last || (k == 1 && last == 2)) {
            relax_layer(descent, k);
            continue;
        }
        team_share(descent->team, PARTS, &from, &to);
        for (size_t part = from; part < to; part++)
            gather_relax_scatter_part(descent, k, part);
    }
    team_barrier(descent->team);
    for (size_t k = 2; k <= last; k += 2)
        relax_layer(descent, k);
    team_barrier(descent->team);
}

/* Whether the last iteration moved no unit by more than the tolerance; every member finds the same. */
static bool is_still(const struct drn_descent *descent)
{
    float change = 0, largest = 0;
    for (size_t m = 0; m < descent->team.size; m++) {
        change = descent->equilibrium->change[m][0] > change ? descent->equilibrium->change[m][0] : change;
        largest = descent->equilibrium->largest[m][0] > largest ? descent->equilibrium->largest[m][0] : largest;
    }
    team_barrier(descent->team);
    return (double)change <= descent->phase->tolerance * (double)largest;
}

/* The outputs' reciprocals with the conductance beta to the target. */
static void take_nudgings(const struct drn_descent *descent)
{
    const struct drn_network *network = descent->network;
    size_t last = network->layers;
    for (size_t nudging = 0; nudging < descent->phase->nudgings; nudging++) {
        float *nudged = descent->equilibrium->nudged + nudging * network->stride[last];
        float *joined = descent->equilibrium->joined + nudging * network->stride[last];
        double beta = descent->phase->beta[nudging];
        for (size_t j = 0; j < network->units[last]; j++) {
            double own = network->below[last][j], sum = own + beta;
            if (network->pairs) {
                double other = network->below[last][j ^ 1], determinant = own * other + beta * (own + other);
                sum = determinant / (other + beta);
                joined[j] = determinant != 0 ? (float)(beta / determinant) : 0;
            }
            nudged[j] = sum != 0 ? (float)(1 / sum) : 0; /* negative where beta is: as the paper has it */
        }
    }
}

/* Elements [from, to) of the outputs under one nudging, which are held; both of a pair go half of its way. */
static void hold_outputs(const struct drn_descent *descent, size_t nudging, size_t from, size_t to)
{
    size_t last = descent->network->layers, stride = descent->network->stride[last];
    float *v = states_under(&descent->equilibrium->states, descent->inputs, last, nudging);
    const float *free = descent->free->v[last];
    float part = (float)descent->phase->beta[nudging], goal = (float)(1 / descent->network->scale[last]);
    bool pairs = descent->network->pairs;
    for (size_t n = from; n < to; n++) {
        size_t j = n % stride;
        float target = (pairs ? j / 2 : j) == descent->inputs->label[n / stride] ? goal : 0.0f;
        float way = pairs ? (target - free[n & ~(size_t)1] + free[n | 1]) / (j % 2 ? -2 : 2) : target - free[n];
        v[n] = j < descent->network->units[last] ? free[n] + part * way : 0;
    }
}

/* What each nudging begins with, and the shares of the adjoint. */
static void prepare(const struct drn_descent *descent)
{
    const struct drn_network *network = descent->network;
    struct drn_equilibrium *equilibrium = descent->equilibrium;
    if (descent->team.rank == 0)
        take_nudgings(descent);
    for (size_t k = 1; k <= network->layers; k++) {
        size_t from, to;
        const float *v = equilibrium->states.v[k];
        team_share(descent->team, descent->inputs->groups * GROUP * network->stride[k], &from, &to);
        for (size_t nudging = 1; nudging < descent->phase->nudgings; nudging++)
            memcpy(states_under(&equilibrium->states, descent->inputs, k, nudging) + from, v + from,
                   (to - from) * sizeof *v);
        for (size_t nudging = 0; nudging < descent->phase->nudgings && descent->phase->held && k == network->layers;
             nudging++)
            hold_outputs(descent, nudging, from, to);
        for (size_t n = from; n < to && descent->phase->adjoint && k < network->layers; n++) {
            size_t j = n % network->stride[k];
            equilibrium->share[k][n] = (float)unit_law_share(&network->law[k], network->excitatory[k][j],
                                                             (double)descent->free->v[k][n],
                                                             (double)network->reciprocal[k][j]);
        }
    }
    team_barrier(descent->team);
}

void equilibrium_find(struct drn_equilibrium *equilibrium, const struct drn_network *network,
                      const struct drn_inputs *inputs, const struct drn_phase *phase, const struct drn_states *free,
                      struct team team)
{
    assert(phase->nudgings >= 1 && phase->nudgings <= (phase->adjoint ? 1 : NUDGINGS) && team.size <= TEAM_LIMIT);
    assert(phase->nudgings * inputs->groups * GROUP <= equilibrium->states.capacity);
    const struct drn_descent descent = {equilibrium, network, inputs, phase, free, team};
    bool measure = phase->tolerance > 0, still = false;
    size_t limit = measure ? ITERATION_LIMIT : phase->iterations, done = 0;
    prepare(&descent);
    while (done < limit && !still) {
        equilibrium->change[team.rank][0] = equilibrium->largest[team.rank][0] = 0;
        network->structured ? iterate_structured(&descent) : iterate(&descent);
        done++;
        still = measure && is_still(&descent);
    }
    if (team.rank == 0) {
        equilibrium->iterations = done;
        equilibrium->converged = still || !measure;
    }
    team_barrier(team);
}
