#include "drn/reference.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool reference_new(struct reference *reference, const struct drn_network *network)
{
    *reference = (struct reference){.layers = network->layers, .law = network->law};
    reference->law.relaxation = 1;
    memcpy(reference->units, network->units, sizeof reference->units);
    reference->x = array_new(network->units[0], sizeof(double));
    reference->product = array_new(network->units[1], sizeof(double));
    bool good = reference->x && reference->product;
    for (size_t k = 1; k <= network->layers && good; k++) {
        size_t below = k > 1 ? network->units[k - 1] : 0;
        reference->g[k] = array_new(network->units[k] * below, sizeof(double));
        reference->bias[k] = array_new(network->units[k], sizeof(double));
        reference->sum[k] = array_new(network->units[k], sizeof(double));
        good = reference->g[k] && reference->bias[k] && reference->sum[k];
    }
    if (!good) {
        reference_free(reference);
        return false;
    }
    for (size_t k = 1; k <= network->layers; k++) {
        for (size_t j = 0; j < network->units[k]; j++) {
            reference->bias[k][j] = (double)network->bias[k][j];
            for (size_t i = 0; i < network->units[k - 1]; i++) {
                double g = (double)*drn_network_weight(network, k, i, j);
                reference->sum[k][j] += g;
                if (k > 1) {
                    reference->g[k][j * network->units[k - 1] + i] = g;
                    reference->sum[k - 1][i] += g;
                }
            }
        }
    }
    return true;
}

bool reference_states_new(struct reference_states *states, const struct reference *reference)
{
    *states = (struct reference_states){0};
    for (size_t k = 1; k <= reference->layers; k++) {
        states->v[k] = array_new(reference->units[k], sizeof(double));
        if (!states->v[k]) {
            reference_states_free(states);
            return false;
        }
    }
    return true;
}

void reference_take(struct reference *reference, const struct drn_network *network, const struct drn_inputs *inputs,
                    size_t b)
{
    const float *volts = inputs->volts + b / GROUP * inputs->pixels * GROUP + b % GROUP;
    for (size_t p = 0; p < network->pixels; p++) {
        reference->x[p] = (double)volts[p * GROUP];
        reference->x[p + network->pixels] = -reference->x[p];
    }
    for (size_t j = 0; j < reference->units[1]; j++) {
        double sum = 0;
        for (size_t i = 0; i < reference->units[0]; i++) {
            if (reference->x[i] != 0)
                sum += reference->x[i] * (double)*drn_network_weight(network, 1, i, j);
        }
        reference->product[j] = sum;
    }
}

void reference_change_weight(struct reference *reference, size_t k, size_t i, size_t j, double change)
{
    reference->sum[k][j] += change;
    if (k == 1) {
        reference->product[j] += change * reference->x[i];
    } else {
        reference->g[k][j * reference->units[k - 1] + i] += change;
        reference->sum[k - 1][i] += change;
    }
}

/* ---- minimisation ------------------------------------------------------------------------------------------- */

/* What drives layer k at potentials 0 of the others, and which units stay at 0 V. */
struct drive {
    double beta;
    size_t label;
    const struct reference_states *linearised_at; /* NULL: the network itself */
};

static double constant_current(const struct reference *reference, const struct drive *drive, size_t k, size_t j)
{
    double target = j == drive->label;
    if (drive->linearised_at)
        return k == reference->layers ? target - drive->linearised_at->v[k][j] : 0;
    return reference->bias[k][j] + (k == 1 ? reference->product[j] : 0) +
           (k == reference->layers ? drive->beta * target : 0);
}

/* The current into unit j of layer k from its neighbours' potentials. */
static double neighbour_current(const struct reference *reference, const struct reference_states *states, size_t k,
                                size_t j)
{
    double sum = 0;
    if (k > 1) {
        const double *row = reference->g[k] + j * reference->units[k - 1];
        for (size_t i = 0; i < reference->units[k - 1]; i++)
            sum += row[i] * states->v[k - 1][i];
    }
    if (k < reference->layers) {
        const double *column = reference->g[k + 1] + j;
        for (size_t i = 0; i < reference->units[k + 1]; i++)
            sum += column[i * reference->units[k]] * states->v[k + 1][i];
    }
    return sum;
}

/* Where a unit that would be at u without its diode is with it. */
static double settle(const struct reference *reference, const struct drive *drive, size_t k, size_t j, double u,
                     double resistance)
{
    bool excitatory = j < reference->units[k] / 2;
    if (k == reference->layers)
        return u;
    if (drive->linearised_at)
        return u * unit_law_share(&reference->law, excitatory, drive->linearised_at->v[k][j], resistance);
    return unit_law_settle(&reference->law, excitatory, u, resistance);
}

/* One sweep: odd layers, then even ones. The largest change and potential go to *change and *largest. */
static void sweep(const struct reference *reference, const struct drive *drive, struct reference_states *states,
                  double *change, double *largest)
{
    for (size_t first = 1; first <= 2; first++) {
        for (size_t k = first; k <= reference->layers; k += 2) {
            for (size_t j = 0; j < reference->units[k]; j++) {
                double conductance = reference->sum[k][j] + (k == reference->layers ? drive->beta : 0);
                double current = constant_current(reference, drive, k, j) + neighbour_current(reference, states, k, j);
                double v =
                    conductance > 0 ? settle(reference, drive, k, j, current / conductance, 1 / conductance) : 0;
                *change = fmax(*change, fabs(v - states->v[k][j]));
                *largest = fmax(*largest, fabs(v));
                states->v[k][j] = v;
            }
        }
    }
}

static bool find(const struct reference *reference, const struct drive *drive, struct reference_states *states)
{
    enum { SWEEPS = 100000 };
    const double still = 1e-13; /* change of a potential over the largest; gradients_agree of tests/check_train.c */
    for (size_t j = 0; j < reference->units[reference->layers]; j++) {
        if (reference->sum[reference->layers][j] + drive->beta < 0)
            return false;
    }
    for (int done = 0; done < SWEEPS; done++) {
        double change = 0, largest = 0;
        sweep(reference, drive, states, &change, &largest);
        if (change <= still * largest)
            return true;
    }
    return false;
}

bool reference_find(const struct reference *reference, double beta, size_t label, struct reference_states *states)
{
    return find(reference, &(struct drive){beta, label, NULL}, states);
}

bool reference_adjoint(const struct reference *reference, const struct reference_states *v, size_t label,
                       struct reference_states *d)
{
    for (size_t k = 1; k <= reference->layers; k++)
        memset(d->v[k], 0, reference->units[k] * sizeof(double));
    return find(reference, &(struct drive){0, label, v}, d);
}

double reference_cost(const struct reference *reference, const struct reference_states *states, size_t label)
{
    double sum = 0;
    for (size_t j = 0; j < reference->units[reference->layers]; j++) {
        double off = states->v[reference->layers][j] - (j == label);
        sum += off * off / 2;
    }
    return sum;
}

void reference_free(struct reference *reference)
{
    free(reference->x);
    free(reference->product);
    for (size_t k = 1; k <= DRN_LAYERS; k++) {
        free(reference->g[k]);
        free(reference->bias[k]);
        free(reference->sum[k]);
    }
    *reference = (struct reference){0};
}

void reference_states_free(struct reference_states *states)
{
    for (size_t k = 1; k <= DRN_LAYERS; k++)
        free(states->v[k]);
    *states = (struct reference_states){0};
}
