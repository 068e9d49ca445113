#include "drn/currents.h"

#include "drn/convolution.h"
#include "drn/drn_dense.h"
#include "drn/input_layer.h"
#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Dense, into the layer that has the rows of weights k, or the columns. */
static void add_dense(const struct drn_dense *dense, bool to_rows, const float *v, float *in, size_t from, size_t to)
{
    if (!to_rows)
        drn_dense_to_columns(dense, v, in, from, to);
    else if (from < least(to, dense->rows))
        drn_dense_to_rows(dense, v, in, from, least(to, dense->rows));
}

void currents_up(const struct drn_network *network, size_t k, size_t groups, const float *v, float *in, size_t from,
                 size_t to)
{
    const struct drn_connection *connection = &network->connection[k];
    if (connection->kind == DRN_DENSE) {
        const struct drn_dense pass = drn_dense_of(network, k, groups);
        add_dense(&pass, drn_network_row_layer(network, k) == k, v, in, from, to);
        return;
    }
    const struct drn_convolution pass = {
        network->kernels, connection, network->weight[k], groups * GROUP, v, in, network->stride[k - 1],
        network->stride[k]};
    size_t channels = connection->channels_here;
    drn_convolution_up(&pass, from / channels, least(to, network->units[k]) / channels);
}

void currents_down(const struct drn_network *network, size_t k, size_t groups, const float *v, float *in, size_t from,
                   size_t to)
{
    const struct drn_connection *connection = &network->connection[k];
    if (connection->kind == DRN_DENSE) {
        const struct drn_dense pass = drn_dense_of(network, k, groups);
        add_dense(&pass, drn_network_row_layer(network, k) != k, v, in, from, to);
        return;
    }
    const struct drn_convolution pass = {
        network->kernels, connection, network->mirror[k], groups * GROUP, v, in, network->stride[k],
        network->stride[k - 1]};
    size_t channels = connection->channels_below;
    drn_convolution_down(&pass, from / channels, least(to, network->units[k - 1]) / channels);
}

void currents_of_inputs(struct drn_network *network, const struct drn_inputs *inputs, float *product, struct team team)
{
    size_t from, to, stride = network->stride[1];
    if (network->connection[1].kind == DRN_DENSE) {
        const struct input_pass pass = {.next = inputs, .product = product};
        team_share(team, network->panels, &from, &to);
        input_layer_pass(network, &pass, from, to);
        return;
    }
    team_share_steps(team, network->width[1], drn_network_step(network, 1), &from, &to);
    for (size_t b = 0; b < inputs->groups * GROUP; b++)
        memcpy(product + b * stride + from, network->bias[1] + from, (to - from) * sizeof *product);
    currents_up(network, 1, inputs->groups, inputs->image, product, from, to);
}
