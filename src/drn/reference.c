#include "drn/reference.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- structure ---------------------------------------------------------------------------------------------- */

/* The conductance of a branch of connection k.   S */
static double conductance(const struct reference *reference, size_t k, const struct drn_branch *branch)
{
    const struct drn_connection *connection = &reference->network->connection[k];
    if (connection->kind == DRN_POOLING)
        return (double)connection->conductance;
    return reference->g[k] ? reference->g[k][branch->column * drn_connection_rows(connection) + branch->row]
                           : (double)*drn_network_weight(reference->network, k, branch->row, branch->column);
}

/* What a row of connection k carries to a column: the difference of a pair.   S */
static double carried(const struct reference *reference, size_t k, size_t row, size_t column)
{
    const struct drn_connection *connection = &reference->network->connection[k];
    const double *g = reference->g[k] + column * drn_connection_rows(connection) + row;
    return connection->copies > 1 ? g[0] - g[connection->rows] : g[0];
}

/* Into unit j of layer 1 from inputs that all of its units see, whose conductances are the network's own. */
static double current_from_inputs(const struct reference *reference, const double *x, size_t j)
{
    double sum = 0;
    for (size_t i = 0; i < reference->units[0]; i++) {
        if (x[i] != 0)
            sum += x[i] * (double)*drn_network_weight(reference->network, 1, i, j);
    }
    return sum;
}

/* The current into unit j of layer k from the layer below at potentials v. */
static double current_from_below(const struct reference *reference, const double *v, size_t k, size_t j)
{
    const struct drn_connection *connection = &reference->network->connection[k];
    double sum = 0;
    if (connection->kind == DRN_DENSE && !reference->g[k])
        return current_from_inputs(reference, v, j);
    for (size_t r = 0; r < connection->rows && connection->kind == DRN_DENSE; r++)
        sum += carried(reference, k, r, j) * v[r];
    if (connection->kind == DRN_DENSE)
        return sum;
    size_t channels = connection->channels_below, place = j / connection->channels_here;
    size_t channel = j % connection->channels_here;
    for (size_t tap = 0; tap < connection->taps; tap++) {
        int32_t other = connection->tap_below[place * connection->taps + tap];
        if (other == DRN_NO_PLACE)
            continue;
        if (connection->kind == DRN_POOLING)
            sum += (double)connection->conductance * v[drn_connection_unit_below(connection, (size_t)other, channel)];
        for (size_t c = 0; c < channels && connection->kind == DRN_CONVOLUTION; c++)
            sum += carried(reference, k, tap * channels + c, channel) *
                   v[drn_connection_unit_below(connection, (size_t)other, c)];
    }
    return sum;
}

/* The current into unit i of layer k - 1 from layer k at potentials v. */
static double current_from_above(const struct reference *reference, const double *v, size_t k, size_t i)
{
    const struct drn_connection *connection = &reference->network->connection[k];
    double sum = 0;
    for (size_t c = 0; c < connection->columns && connection->kind == DRN_DENSE; c++)
        sum += carried(reference, k, i, c) * v[c];
    if (connection->kind == DRN_DENSE)
        return sum;
    size_t channels = connection->channels_here, place = i / connection->channels_below;
    size_t channel = i % connection->channels_below;
    for (size_t tap = 0; tap < connection->taps; tap++) {
        int32_t other = connection->tap_here[place * connection->taps + tap];
        if (other == DRN_NO_PLACE)
            continue;
        if (connection->kind == DRN_POOLING)
            sum += (double)connection->conductance * v[(size_t)other * channels + channel];
        for (size_t c = 0; c < channels && connection->kind == DRN_CONVOLUTION; c++)
            sum += carried(reference, k, tap * connection->channels_below + channel, c) *
                   v[(size_t)other * channels + c];
    }
    return sum;
}

/* Add the conductances of connection k to the sums at its units. */
static void add_sums(struct reference *reference, size_t k)
{
    const struct drn_connection *connection = &reference->network->connection[k];
    for (size_t j = 0; j < reference->units[k]; j++) {
        for (size_t n = 0; n < drn_connection_fan(connection); n++) {
            struct drn_branch branch = drn_connection_branch(connection, j, n);
            double g = conductance(reference, k, &branch);
            reference->sum[k][j] += g;
            if (k > 1 && branch.below < reference->units[k - 1])
                reference->sum[k - 1][branch.below] += g;
        }
    }
}

/* ---- a copy ------------------------------------------------------------------------------------------------- */

static void copy_layer(struct reference *reference, size_t k)
{
    const struct drn_network *network = reference->network;
    const struct drn_connection *connection = &network->connection[k];
    for (size_t j = 0; j < network->units[k]; j++)
        reference->bias[k][j] = (double)network->bias[k][j];
    for (size_t c = 0; c < connection->columns && reference->g[k]; c++) {
        for (size_t r = 0; r < drn_connection_rows(connection); r++)
            reference->g[k][c * drn_connection_rows(connection) + r] = (double)*drn_network_weight(network, k, r, c);
    }
}

bool reference_new(struct reference *reference, const struct drn_network *network)
{
    *reference = (struct reference){.network = network, .layers = network->layers};
    memcpy(reference->law, network->law, sizeof reference->law);
    for (size_t k = 1; k <= network->layers; k++)
        reference->law[k].relaxation = 1;
    memcpy(reference->units, network->units, sizeof reference->units);
    reference->x = array_new(network->units[0], sizeof(double));
    reference->product = array_new(network->units[1], sizeof(double));
    bool good = reference->x && reference->product;
    for (size_t k = 1; k <= network->layers && good; k++) {
        const struct drn_connection *connection = &network->connection[k];
        bool copied = k > 1 || connection->kind != DRN_DENSE; /* those of dense inputs are too many, and read once */
        size_t size = drn_connection_rows(connection) * connection->columns;
        reference->g[k] = copied ? array_new(size, sizeof(double)) : NULL;
        reference->bias[k] = array_new(network->units[k], sizeof(double));
        reference->sum[k] = array_new(network->units[k], sizeof(double));
        good = (reference->g[k] || !copied) && reference->bias[k] && reference->sum[k];
    }
    if (!good) {
        reference_free(reference);
        return false;
    }
    for (size_t k = 1; k <= network->layers; k++)
        copy_layer(reference, k);
    for (size_t k = 1; k <= network->layers; k++)
        add_sums(reference, k);
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
    reference->network = network;
    const float *volts = inputs->volts + b / GROUP * inputs->pixels * GROUP + b % GROUP;
    for (size_t p = 0; p < network->pixels; p++) {
        reference->x[p] = (double)volts[p * GROUP];
        reference->x[p + network->pixels] = -reference->x[p];
    }
    for (size_t j = 0; j < reference->units[1]; j++)
        reference->product[j] = current_from_below(reference, reference->x, 1, j);
}

/* ---- parameters --------------------------------------------------------------------------------------------- */

void reference_change_weight(struct reference *reference, size_t k, size_t i, size_t j, double change)
{
    const struct drn_connection *connection = &reference->network->connection[k];
    for (size_t here = j; here < reference->units[k]; here += connection->columns) {
        struct drn_branch branch = drn_connection_branch(connection, here, i);
        reference->sum[k][here] += change;
        if (k > 1 && branch.below < reference->units[k - 1])
            reference->sum[k - 1][branch.below] += change;
        else if (k == 1 && branch.below < reference->units[0])
            reference->product[here] += change * reference->x[branch.below];
    }
    if (reference->g[k])
        reference->g[k][j * drn_connection_rows(connection) + i] += change;
}

void reference_change_bias(struct reference *reference, size_t k, size_t n, double change)
{
    for (size_t j = n; j < reference->units[k]; j += drn_network_biases(reference->network, k))
        reference->bias[k][j] += change;
}

double reference_weight_gradient(const struct reference *reference, const double *x, const struct reference_states *d,
                                 const struct reference_states *s, size_t k, size_t i, size_t j)
{
    const struct drn_connection *connection = &reference->network->connection[k];
    double sum = 0;
    for (size_t here = j; here < reference->units[k]; here += connection->columns) {
        struct drn_branch branch = drn_connection_branch(connection, here, i);
        bool grounded = branch.below == reference->units[k - 1];
        double sign = branch.negated ? -1 : 1;
        double below_d = grounded || k == 1 ? 0 : sign * d->v[k - 1][branch.below];
        double below_s = grounded ? 0 : k == 1 ? x[branch.below] : sign * s->v[k - 1][branch.below];
        sum += (below_d - d->v[k][here]) * (below_s - s->v[k][here]);
    }
    return sum;
}

double reference_bias_gradient(const struct reference *reference, const struct reference_states *d, size_t k, size_t n)
{
    double sum = 0;
    for (size_t j = n; j < reference->units[k]; j += drn_network_biases(reference->network, k))
        sum -= d->v[k][j];
    return sum / reference->network->scale[k];
}

/* ---- minimisation ------------------------------------------------------------------------------------------- */

/* What drives layer k at potentials 0 of the others. */
static double constant_current(const struct reference *reference, const struct reference_drive *drive, size_t k,
                               size_t j)
{
    const double *scale = reference->network->scale;
    bool pairs = reference->network->pairs;
    double target = (pairs ? j / 2 : j) == drive->label ? 1 / scale[reference->layers] : 0;
    double sign = pairs && j % 2 ? -1 : 1;
    if (drive->linearised_at && k < reference->layers)
        return 0;
    if (drive->linearised_at) {
        const double *u = drive->linearised_at->v[k];
        double answer = pairs ? sign * (u[j] - u[j ^ 1]) : u[j];
        return sign * (target - answer);
    }
    return reference->bias[k][j] / scale[k] + (k == 1 ? reference->product[j] : 0) +
           (k == reference->layers ? sign * drive->beta * target : 0);
}

/* The current into unit j of layer k from its neighbours' potentials. */
static double neighbour_current(const struct reference *reference, const struct reference_states *states, size_t k,
                                size_t j)
{
    double below = k > 1 ? current_from_below(reference, states->v[k - 1], k, j) : 0;
    double above = k < reference->layers ? current_from_above(reference, states->v[k + 1], k + 1, j) : 0;
    return below + above;
}

/* Where a unit that would be at u without its diode is with it. */
static double with_diode(const struct reference *reference, const struct reference_drive *drive, size_t k, size_t j,
                         double u, double resistance)
{
    bool excitatory = drn_network_is_excitatory(reference->network, k, j);
    if (!drn_network_has_diodes(reference->network, k))
        return u;
    if (drive->linearised_at)
        return u * unit_law_share(&reference->law[k], excitatory, drive->linearised_at->v[k][j], resistance);
    return unit_law_settle(&reference->law[k], excitatory, u, resistance);
}

/* Unit j of layer k at its best potential given the others, from v, or as far beyond as the law's over-relaxation says.
 */
static double relaxed(const struct reference *reference, const struct reference_drive *drive,
                      const struct reference_states *states, size_t k, size_t j)
{
    double conductance = reference->sum[k][j] + (k == reference->layers ? drive->beta : 0);
    double current = constant_current(reference, drive, k, j) + neighbour_current(reference, states, k, j);
    double far = reference->law[k].relaxation;
    if (k == reference->layers && reference->network->pairs && drive->beta != 0) { /* both of a pair at once */
        double joined = drive->beta / (reference->sum[k][j ^ 1] + drive->beta);
        conductance -= joined * drive->beta;
        current += joined * (constant_current(reference, drive, k, j ^ 1) +
                             neighbour_current(reference, states, k, j ^ 1));
    }
    if (conductance <= 0)
        return 0;
    double u = current / conductance;
    if (far != 1)
        u = states->v[k][j] + far * (u - states->v[k][j]);
    return with_diode(reference, drive, k, j, u, 1 / conductance);
}

/* One sweep: odd layers, then even ones. The largest change and potential go to *change and *largest. */
static void sweep(const struct reference *reference, const struct reference_drive *drive,
                  struct reference_states *states, double *change, double *largest)
{
    for (size_t first = 1; first <= 2; first++) {
        for (size_t k = first; k <= reference->layers - (drive->held != NULL); k += 2) {
            for (size_t j = 0; j < reference->units[k]; j++) {
                double v = relaxed(reference, drive, states, k, j);
                *change = fmax(*change, fabs(v - states->v[k][j]));
                *largest = fmax(*largest, fabs(v));
                states->v[k][j] = v;
            }
        }
    }
}

/* Outputs that are held, where they stay. */
static void hold(const struct reference *reference, const struct reference_drive *drive,
                 struct reference_states *states)
{
    size_t last = reference->layers;
    const double *from = drive->held->v[last];
    bool pairs = reference->network->pairs;
    for (size_t j = 0; j < reference->units[last]; j++) {
        double target = (pairs ? j / 2 : j) == drive->label ? 1 / reference->network->scale[last] : 0;
        double way = pairs ? (target - from[j & ~(size_t)1] + from[j | 1]) / (j % 2 ? -2 : 2) : target - from[j];
        states->v[last][j] = drive->linearised_at ? way : from[j] + drive->beta * way;
    }
}

bool reference_walk(const struct reference *reference, const struct reference_drive *drive,
                    struct reference_states *states)
{
    enum { SWEEPS = 100000 };
    const double still = 1e-15; /* change of a potential over the largest; gradients_agree of tests/check_train.c */
    double tolerance = drive->sweeps > 0 ? drive->tolerance : still;
    size_t limit = drive->sweeps > 0 ? drive->sweeps : SWEEPS;
    if (drive->held)
        hold(reference, drive, states);
    for (size_t j = 0; j < reference->units[reference->layers] && !drive->held; j++) {
        const double *sum = reference->sum[reference->layers];
        if (sum[j] + drive->beta < 0 ||
            (reference->network->pairs && sum[j] * sum[j ^ 1] + drive->beta * (sum[j] + sum[j ^ 1]) < 0))
            return false;
    }
    for (size_t done = 0; done < limit; done++) {
        double change = 0, largest = 0;
        sweep(reference, drive, states, &change, &largest);
        if (tolerance > 0 && change <= tolerance * largest)
            return true;
    }
    return tolerance == 0;
}

bool reference_find(const struct reference *reference, double beta, size_t label, struct reference_states *states)
{
    return reference_walk(reference, &(struct reference_drive){.beta = beta, .label = label}, states);
}

bool reference_adjoint(const struct reference *reference, const struct reference_states *v, size_t label,
                       struct reference_states *d)
{
    for (size_t k = 1; k <= reference->layers; k++)
        memset(d->v[k], 0, reference->units[k] * sizeof(double));
    return reference_walk(reference, &(struct reference_drive){.label = label, .linearised_at = v}, d);
}

double reference_cost(const struct reference *reference, const struct reference_states *states, size_t label)
{
    const struct drn_network *network = reference->network;
    const double *u = states->v[reference->layers];
    double sum = 0;
    for (size_t c = 0; c < drn_network_classes(network); c++) {
        double answer = network->pairs ? u[2 * c] - u[2 * c + 1] : u[c];
        double off = network->scale[reference->layers] * answer - (c == label);
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
