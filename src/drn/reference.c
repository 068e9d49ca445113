#include "drn/reference.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool exact_new(struct exact *exact, const struct drn_network *network)
{
    *exact = (struct exact){.layers = network->layers};
    memcpy(exact->units, network->units, sizeof exact->units);
    exact->x = array_new(network->units[0], sizeof(double));
    exact->product = array_new(network->units[1], sizeof(double));
    bool good = exact->x && exact->product;
    for (size_t k = 1; k <= network->layers && good; k++) {
        size_t below = k > 1 ? network->units[k - 1] : 0;
        exact->g[k] = array_new(network->units[k] * below, sizeof(double));
        exact->bias[k] = array_new(network->units[k], sizeof(double));
        exact->sum[k] = array_new(network->units[k], sizeof(double));
        good = exact->g[k] && exact->bias[k] && exact->sum[k];
    }
    if (!good) {
        exact_free(exact);
        return false;
    }
    for (size_t k = 1; k <= network->layers; k++) {
        for (size_t j = 0; j < network->units[k]; j++) {
            exact->bias[k][j] = (double)network->bias[k][j];
            for (size_t i = 0; i < network->units[k - 1]; i++) {
                double g = (double)*drn_network_weight(network, k, i, j);
                exact->sum[k][j] += g;
                if (k > 1) {
                    exact->g[k][j * network->units[k - 1] + i] = g;
                    exact->sum[k - 1][i] += g;
                }
            }
        }
    }
    return true;
}

bool exact_states_new(struct exact_states *states, const struct exact *exact)
{
    *states = (struct exact_states){0};
    for (size_t k = 1; k <= exact->layers; k++) {
        states->v[k] = array_new(exact->units[k], sizeof(double));
        if (!states->v[k]) {
            exact_states_free(states);
            return false;
        }
    }
    return true;
}

void exact_take(struct exact *exact, const struct drn_network *network, const struct drn_inputs *inputs, size_t b)
{
    const float *volts = inputs->volts + b / GROUP * inputs->pixels * GROUP + b % GROUP;
    for (size_t p = 0; p < network->pixels; p++) {
        exact->x[p] = (double)volts[p * GROUP];
        exact->x[p + network->pixels] = -exact->x[p];
    }
    for (size_t j = 0; j < exact->units[1]; j++) {
        double sum = 0;
        for (size_t i = 0; i < exact->units[0]; i++) {
            if (exact->x[i] != 0)
                sum += exact->x[i] * (double)*drn_network_weight(network, 1, i, j);
        }
        exact->product[j] = sum;
    }
}

void exact_change_weight(struct exact *exact, size_t k, size_t i, size_t j, double change)
{
    exact->sum[k][j] += change;
    if (k == 1) {
        exact->product[j] += change * exact->x[i];
    } else {
        exact->g[k][j * exact->units[k - 1] + i] += change;
        exact->sum[k - 1][i] += change;
    }
}

/* ---- minimisation ------------------------------------------------------------------------------------------- */

/* What drives layer k at potentials 0 of the others, and which units stay at 0 V. */
struct drive {
    double beta;
    size_t label;
    const struct exact_states *linearised_at; /* NULL: the network itself */
};

static double constant_current(const struct exact *exact, const struct drive *drive, size_t k, size_t j)
{
    double target = j == drive->label;
    if (drive->linearised_at)
        return k == exact->layers ? target - drive->linearised_at->v[k][j] : 0;
    return exact->bias[k][j] + (k == 1 ? exact->product[j] : 0) + (k == exact->layers ? drive->beta * target : 0);
}

/* The current into unit j of layer k from its neighbours' potentials. */
static double neighbour_current(const struct exact *exact, const struct exact_states *states, size_t k, size_t j)
{
    double sum = 0;
    if (k > 1) {
        const double *row = exact->g[k] + j * exact->units[k - 1];
        for (size_t i = 0; i < exact->units[k - 1]; i++)
            sum += row[i] * states->v[k - 1][i];
    }
    if (k < exact->layers) {
        const double *column = exact->g[k + 1] + j;
        for (size_t i = 0; i < exact->units[k + 1]; i++)
            sum += column[i * exact->units[k]] * states->v[k + 1][i];
    }
    return sum;
}

static double clamp(const struct exact *exact, const struct drive *drive, size_t k, size_t j, double v)
{
    if (k == exact->layers)
        return v;
    if (drive->linearised_at)
        return drive->linearised_at->v[k][j] != 0 ? v : 0;
    return j < exact->units[k] / 2 ? fmax(v, 0) : fmin(v, 0);
}

/* One sweep: odd layers, then even ones. The largest change and potential go to *change and *largest. */
static void sweep(const struct exact *exact, const struct drive *drive, struct exact_states *states, double *change,
                  double *largest)
{
    for (size_t first = 1; first <= 2; first++) {
        for (size_t k = first; k <= exact->layers; k += 2) {
            for (size_t j = 0; j < exact->units[k]; j++) {
                double conductance = exact->sum[k][j] + (k == exact->layers ? drive->beta : 0);
                double current = constant_current(exact, drive, k, j) + neighbour_current(exact, states, k, j);
                double v = conductance > 0 ? clamp(exact, drive, k, j, current / conductance) : 0;
                *change = fmax(*change, fabs(v - states->v[k][j]));
                *largest = fmax(*largest, fabs(v));
                states->v[k][j] = v;
            }
        }
    }
}

static bool find(const struct exact *exact, const struct drive *drive, struct exact_states *states)
{
    enum { LIMIT = 100000 };
    const double tolerance = 1e-13;
    for (size_t j = 0; j < exact->units[exact->layers]; j++) {
        if (exact->sum[exact->layers][j] + drive->beta < 0)
            return false;
    }
    for (int done = 0; done < LIMIT; done++) {
        double change = 0, largest = 0;
        sweep(exact, drive, states, &change, &largest);
        if (change <= tolerance * largest)
            return true;
    }
    return false;
}

bool exact_find(const struct exact *exact, double beta, size_t label, struct exact_states *states)
{
    return find(exact, &(struct drive){beta, label, NULL}, states);
}

bool exact_adjoint(const struct exact *exact, const struct exact_states *v, size_t label, struct exact_states *d)
{
    for (size_t k = 1; k <= exact->layers; k++)
        memset(d->v[k], 0, exact->units[k] * sizeof(double));
    return find(exact, &(struct drive){0, label, v}, d);
}

double exact_cost(const struct exact *exact, const struct exact_states *states, size_t label)
{
    double sum = 0;
    for (size_t j = 0; j < exact->units[exact->layers]; j++) {
        double off = states->v[exact->layers][j] - (j == label);
        sum += off * off / 2;
    }
    return sum;
}

void exact_free(struct exact *exact)
{
    free(exact->x);
    free(exact->product);
    for (size_t k = 1; k <= DRN_LAYERS; k++) {
        free(exact->g[k]);
        free(exact->bias[k]);
        free(exact->sum[k]);
    }
    *exact = (struct exact){0};
}

void exact_states_free(struct exact_states *states)
{
    for (size_t k = 1; k <= DRN_LAYERS; k++)
        free(states->v[k]);
    *states = (struct exact_states){0};
}
