#include "drn/network.h"

#include "drn/convolution.h"
#include "drn/drn_kernels.h"
#include "util/random.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t drn_network_input_size(const struct drn_network *network)
{
    return network->panels * network->pixels * PANEL_PIXEL;
}

size_t drn_network_weight_size(const struct drn_network *network, size_t k)
{
    const struct drn_connection *connection = &network->connection[k];
    if (connection->kind != DRN_DENSE)
        return drn_convolution_size(connection);
    if (k == 1)
        return 0;
    return network->units[drn_network_row_layer(network, k)] * network->stride[drn_network_column_layer(network, k)];
}

static float *new_floats(size_t count, bool wanted, bool *good)
{
    float *floats = wanted ? drn_lanes_new(count, sizeof(float)) : NULL;
    *good = *good && (floats || !wanted);
    return floats;
}

/* What the update keeps of `count` conductances or biases. */
static void new_memories(float *memory[DRN_MEMORIES], const struct drn_settings *settings, bool bias, size_t count,
                         bool *good)
{
    for (int m = 0; m < DRN_MEMORIES; m++)
        memory[m] = new_floats(count, drn_update_keeps(settings, (enum drn_memory)m, bias), good);
}

static void free_memories(float *memory[DRN_MEMORIES])
{
    for (int m = 0; m < DRN_MEMORIES; m++)
        free(memory[m]);
}

static double *new_doubles(size_t count, bool *good)
{
    double *doubles = drn_lanes_new(count, sizeof(double));
    *good = *good && doubles;
    return doubles;
}

/* Rows a multiple of half a page apart would meet in few sets of the cache. */
static size_t stride_of(size_t width)
{
    enum { HALF_PAGE = 512 };
    return width % HALF_PAGE == 0 ? width + PANEL : width;
}

static void mark_excitatory(struct drn_network *network)
{
    for (size_t k = 1; k < network->layers; k++) {
        for (size_t j = 0; j < network->units[k]; j++)
            network->excitatory[k][j] = drn_network_is_excitatory(network, k, j) ? -1 : 0;
    }
}

size_t drn_network_step(const struct drn_network *network, size_t k)
{
    const struct drn_connection *connection = &network->connection[k];
    size_t channels = connection->channels_here, places = DRN_CONVOLUTION_BLOCK;
    if (connection->kind == DRN_DENSE)
        return STRIP;
    while (places * channels % STRIP != 0)
        places *= 2;
    return places * channels;
}

/* The arrays of connection k and layer k. */
static bool new_layer(struct drn_network *network, size_t k, const struct drn_settings *settings)
{
    size_t stride = network->stride[k], size = drn_network_weight_size(network, k);
    const struct drn_connection *connection = &network->connection[k];
    bool good = unit_law_new(&network->law[k], settings, network->scale[k]);
    bool mirrored = k > 1 && connection->kind == DRN_CONVOLUTION;
    bool curved = settings->diode.kind == DRN_EXPONENTIAL || settings->diode.kind == DRN_PAIR;
    network->weight[k] = new_floats(size, size > 0, &good);
    for (size_t copy = 0; copy < connection->copies && size > 0; copy++) {
        network->part[k][copy] = new_floats(size, connection->copies > 1, &good);
        new_memories(network->weight_memory[k][copy], settings, false, size, &good);
    }
    network->mirror[k] = new_floats(mirrored ? drn_convolution_mirror_size(connection) : 0, mirrored, &good);
    network->row_sum[k] = new_doubles(connection->rows, &good);
    network->bias[k] = new_floats(stride, true, &good);
    new_memories(network->bias_memory[k], settings, true, stride, &good);
    network->below[k] = new_doubles(stride, &good);
    network->above[k] = new_doubles(stride, &good);
    network->reciprocal[k] = new_floats(stride, true, &good);
    network->knee[k] = new_floats(stride, curved && drn_network_has_diodes(network, k), &good);
    network->excitatory[k] = drn_lanes_new(stride, sizeof(int32_t));
    return good && network->excitatory[k];
}

bool drn_network_new(struct drn_network *network, const struct drn_settings *settings)
{
    const struct drn_stack *stack = &settings->stack;
    *network = (struct drn_network){.kernels = drn_kernels_choose(),
                                    .layers = stack->layers,
                                    .pixels = stack->units[0] / 2,
                                    .amplifier = settings->amplifier,
                                    .pairs = settings->pairs};
    bool good = true;
    for (size_t k = 0; k <= network->layers && good; k++) {
        network->units[k] = stack->units[k];
        network->width[k] = (stack->units[k] + PANEL - 1) / PANEL * PANEL;
        network->stride[k] = stride_of(network->width[k]);
        network->scale[k] = k > 1 ? network->amplifier * network->scale[k - 1] : 1;
        good = k == 0 || drn_connection_new(&network->connection[k], stack, k, settings->differential);
        network->structured = network->structured || stack->shape[k].kind != DRN_DENSE;
    }
    network->panels = network->connection[1].kind == DRN_DENSE ? network->width[1] / PANEL : 0;
    network->input = new_floats(drn_network_input_size(network), true, &good);
    new_memories(network->input_memory, settings, false, drn_network_input_size(network), &good);
    for (size_t k = 1; k <= network->layers && good; k++)
        good = new_layer(network, k, settings);
    if (good)
        mark_excitatory(network);
    else
        drn_network_free(network);
    return good;
}

float *drn_network_weight(const struct drn_network *network, size_t k, size_t i, size_t j)
{
    const struct drn_connection *connection = &network->connection[k];
    size_t row = connection->rows > 0 ? i % connection->rows : i;
    float *part = drn_network_part(network, k, row != i);
    if (connection->kind != DRN_DENSE)
        return part + drn_convolution_at(connection, row, j);
    if (k > 1) {
        bool upper = drn_network_row_layer(network, k) == k;
        return part + (upper ? j : row) * network->stride[upper ? k - 1 : k] + (upper ? row : j);
    }
    size_t pixel = i % network->pixels, negative = i / network->pixels;
    return network->input + ((j / PANEL * network->pixels + pixel) * 2 + negative) * PANEL + j % PANEL;
}

void drn_network_randomise(struct drn_network *network, const struct drn_settings *settings)
{
    struct random random = random_from(settings->seed);
    for (size_t k = 1; k <= network->layers; k++) {
        double scale = settings->weight_gain * sqrt(1.0 / (double)drn_connection_rows(&network->connection[k]));
        for (size_t i = 0; i < drn_connection_rows(&network->connection[k]); i++) {
            for (size_t j = 0; j < network->connection[k].columns; j++)
                *drn_network_weight(network, k, i, j) =
                    (float)drn_update_held(settings, fmax(0, scale * random_uniform(&random)));
        }
    }
    drn_network_sum(network);
}

void drn_network_get_weights(const struct drn_network *network, size_t k, float *weights)
{
    for (size_t i = 0; i < drn_connection_rows(&network->connection[k]); i++) {
        for (size_t j = 0; j < network->connection[k].columns; j++)
            *weights++ = *drn_network_weight(network, k, i, j);
    }
}

void drn_network_set_weights(struct drn_network *network, size_t k, const float *weights)
{
    for (size_t i = 0; i < drn_connection_rows(&network->connection[k]); i++) {
        for (size_t j = 0; j < network->connection[k].columns; j++)
            *drn_network_weight(network, k, i, j) = *weights++;
    }
}

static void sum_inputs(struct drn_network *network)
{
    memset(network->below[1], 0, network->stride[1] * sizeof(double));
    const float *row = network->input;
    for (size_t panel = 0; panel < network->panels; panel++) {
        for (size_t pixel = 0; pixel < 2 * network->pixels; pixel++, row += PANEL) {
            for (size_t j = 0; j < PANEL; j++)
                network->below[1][panel * PANEL + j] += row[j];
        }
    }
}

static void sum_dense(struct drn_network *network, size_t k)
{
    double *above = network->above[k - 1], *below = network->below[k];
    memset(above, 0, network->stride[k - 1] * sizeof *above);
    memset(below, 0, network->stride[k] * sizeof *below);
    for (size_t i = 0; i < drn_connection_rows(&network->connection[k]); i++) {
        for (size_t j = 0; j < network->units[k]; j++) {
            double g = (double)*drn_network_weight(network, k, i, j);
            above[i % network->units[k - 1]] += g;
            below[j] += g;
        }
    }
}

/* A convolution's sums over the columns of each row, and over the rows of each column, which go to the first place. */
static void sum_matrix(struct drn_network *network, size_t k)
{
    const struct drn_connection *connection = &network->connection[k];
    memset(network->below[k], 0, network->stride[k] * sizeof(double));
    memset(network->row_sum[k], 0, connection->rows * sizeof(double));
    for (size_t r = 0; r < drn_connection_rows(connection); r++) {
        for (size_t c = 0; c < connection->columns; c++) {
            double g = (double)*drn_network_weight(network, k, r, c);
            network->row_sum[k][r % connection->rows] += g;
            network->below[k][c] += g;
        }
    }
}

/* Each place here has the conductances of its whole window, each below those of all windows that see it. */
static void sum_places(struct drn_network *network, size_t k)
{
    const struct drn_connection *connection = &network->connection[k];
    size_t here = connection->channels_here, channels = connection->channels_below, taps = connection->taps;
    bool pool = connection->kind == DRN_POOLING;
    double g = (double)connection->conductance, *above = network->above[k - 1];
    if (!pool)
        sum_matrix(network, k);
    for (size_t j = 0; j < network->units[k]; j++)
        network->below[k][j] = pool ? (double)taps * g : network->below[k][j % here];
    if (k == 1)
        return;
    memset(above, 0, network->stride[k - 1] * sizeof *above);
    for (size_t n = 0; n < connection->places_below * taps; n++) {
        const double *row = pool ? NULL : network->row_sum[k] + n % taps * channels;
        for (size_t i = 0; i < channels && connection->tap_here[n] != DRN_NO_PLACE; i++)
            above[n / taps * channels + i] += pool ? g : row[i];
    }
}

void drn_network_subtract(struct drn_network *network, size_t k, size_t from, size_t to)
{
    for (size_t n = from; n < to && network->connection[k].copies > 1; n++)
        network->weight[k][n] = network->part[k][0][n] - network->part[k][1][n];
}

void drn_network_reflect(struct drn_network *network, size_t k)
{
    drn_network_subtract(network, k, 0, drn_network_weight_size(network, k));
    if (network->mirror[k])
        drn_convolution_reflect(&network->connection[k], network->weight[k], network->mirror[k]);
}

void drn_network_sum_connection(struct drn_network *network, size_t k)
{
    if (network->connection[k].kind != DRN_DENSE)
        sum_places(network, k);
    else if (k == 1)
        sum_inputs(network);
    else
        sum_dense(network, k);
    drn_network_reflect(network, k);
}

void drn_network_sum(struct drn_network *network)
{
    for (size_t k = 1; k <= network->layers; k++)
        drn_network_sum_connection(network, k);
    for (size_t k = 1; k <= network->layers; k++)
        drn_network_invert(network, k);
}

void drn_network_set_bias(struct drn_network *network, size_t k, size_t n, float amperes)
{
    for (size_t j = n; j < network->units[k]; j += drn_network_biases(network, k))
        network->bias[k][j] = amperes;
}

void drn_network_invert(struct drn_network *network, size_t k)
{
    const float far_away = 1e30f; /* of a unit that nothing is connected to */
    for (size_t j = 0; j < network->stride[k]; j++) {
        double sum = network->below[k][j] + network->above[k][j];
        network->reciprocal[k][j] = sum > 0 ? (float)(1 / sum) : 0;
        if (network->knee[k])
            network->knee[k][j] = sum > 0 ? (float)unit_law_knee(&network->law[k], 1 / sum) : far_away;
    }
}

void drn_network_free(struct drn_network *network)
{
    free(network->input);
    free_memories(network->input_memory);
    for (size_t k = 1; k <= DRN_LAYERS; k++) {
        drn_connection_free(&network->connection[k]);
        unit_law_free(&network->law[k]);
        free(network->weight[k]);
        for (size_t copy = 0; copy < 2; copy++) {
            free(network->part[k][copy]);
            free_memories(network->weight_memory[k][copy]);
        }
        free(network->mirror[k]);
        free(network->row_sum[k]);
        free(network->bias[k]);
        free_memories(network->bias_memory[k]);
        free(network->below[k]);
        free(network->above[k]);
        free(network->reciprocal[k]);
        free(network->knee[k]);
        free(network->excitatory[k]);
    }
    *network = (struct drn_network){0};
}
