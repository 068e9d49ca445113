#include "drn/network.h"

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
        for (size_t j = 0; j < network->units[k] / 2; j++)
            network->excitatory[k][j] = -1;
    }
}

bool drn_network_new(struct drn_network *network, const struct drn_settings *settings)
{
    *network = (struct drn_network){
        .kernels = drn_kernels_choose(), .layers = settings->layers, .pixels = settings->units[0] / 2};
    bool good = unit_law_new(&network->law, settings);
    bool curved = settings->diode.kind == DRN_EXPONENTIAL || settings->diode.kind == DRN_PAIR;
    for (size_t k = 0; k <= network->layers; k++) {
        network->units[k] = settings->units[k];
        network->width[k] = (settings->units[k] + PANEL - 1) / PANEL * PANEL;
        network->stride[k] = stride_of(network->width[k]);
    }
    network->panels = network->width[1] / PANEL;
    network->input = new_floats(drn_network_input_size(network), true, &good);
    new_memories(network->input_memory, settings, false, drn_network_input_size(network), &good);
    for (size_t k = 1; k <= network->layers && good; k++) {
        size_t stride = network->stride[k], size = drn_network_weight_size(network, k);
        network->weight[k] = new_floats(size, k > 1, &good);
        if (k > 1)
            new_memories(network->weight_memory[k], settings, false, size, &good);
        network->bias[k] = new_floats(stride, true, &good);
        new_memories(network->bias_memory[k], settings, true, stride, &good);
        network->below[k] = new_doubles(stride, &good);
        network->above[k] = new_doubles(stride, &good);
        network->reciprocal[k] = new_floats(stride, true, &good);
        network->knee[k] = new_floats(stride, curved && k < network->layers, &good);
        network->excitatory[k] = drn_lanes_new(stride, sizeof(int32_t));
        good = good && network->excitatory[k];
    }
    if (good)
        mark_excitatory(network);
    else
        drn_network_free(network);
    return good;
}

float *drn_network_weight(const struct drn_network *network, size_t k, size_t i, size_t j)
{
    if (k > 1) {
        bool upper = drn_network_row_layer(network, k) == k;
        return network->weight[k] + (upper ? j : i) * network->stride[upper ? k - 1 : k] + (upper ? i : j);
    }
    size_t pixel = i % network->pixels, negative = i / network->pixels;
    return network->input + ((j / PANEL * network->pixels + pixel) * 2 + negative) * PANEL + j % PANEL;
}

void drn_network_randomise(struct drn_network *network, const struct drn_settings *settings)
{
    struct random random = random_from(settings->seed);
    for (size_t k = 1; k <= network->layers; k++) {
        double scale = settings->weight_gain * sqrt(1.0 / (double)network->units[k - 1]);
        for (size_t i = 0; i < network->units[k - 1]; i++) {
            for (size_t j = 0; j < network->units[k]; j++)
                *drn_network_weight(network, k, i, j) =
                    (float)drn_update_held(settings, fmax(0, scale * random_uniform(&random)));
        }
    }
    drn_network_sum(network);
}

void drn_network_get_weights(const struct drn_network *network, size_t k, float *weights)
{
    for (size_t i = 0; i < network->units[k - 1]; i++) {
        for (size_t j = 0; j < network->units[k]; j++)
            *weights++ = *drn_network_weight(network, k, i, j);
    }
}

void drn_network_set_weights(struct drn_network *network, size_t k, const float *weights)
{
    for (size_t i = 0; i < network->units[k - 1]; i++) {
        for (size_t j = 0; j < network->units[k]; j++)
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

void drn_network_sum(struct drn_network *network)
{
    sum_inputs(network);
    for (size_t k = 2; k <= network->layers; k++) {
        double *above = network->above[k - 1], *below = network->below[k];
        memset(above, 0, network->stride[k - 1] * sizeof *above);
        memset(below, 0, network->stride[k] * sizeof *below);
        for (size_t i = 0; i < network->units[k - 1]; i++) {
            for (size_t j = 0; j < network->units[k]; j++) {
                double g = (double)*drn_network_weight(network, k, i, j);
                above[i] += g;
                below[j] += g;
            }
        }
    }
    for (size_t k = 1; k <= network->layers; k++)
        drn_network_invert(network, k);
}

void drn_network_invert(struct drn_network *network, size_t k)
{
    const float far_away = 1e30f; /* of a unit that nothing is connected to */
    for (size_t j = 0; j < network->stride[k]; j++) {
        double sum = network->below[k][j] + network->above[k][j];
        network->reciprocal[k][j] = sum > 0 ? (float)(1 / sum) : 0;
        if (network->knee[k])
            network->knee[k][j] = sum > 0 ? (float)unit_law_knee(&network->law, 1 / sum) : far_away;
    }
}

void drn_network_free(struct drn_network *network)
{
    free(network->input);
    free_memories(network->input_memory);
    for (size_t k = 1; k <= DRN_LAYERS; k++) {
        free(network->weight[k]);
        free_memories(network->weight_memory[k]);
        free(network->bias[k]);
        free_memories(network->bias_memory[k]);
        free(network->below[k]);
        free(network->above[k]);
        free(network->reciprocal[k]);
        free(network->knee[k]);
        free(network->excitatory[k]);
    }
    unit_law_free(&network->law);
    *network = (struct drn_network){0};
}
