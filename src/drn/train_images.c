#include "drn/train_images.h"

#include "drn/convolution.h"
#include "drn/drn_kernels.h"
#include "drn/drn_kernels_widths.h"

/* Beyond the last column there are no conductances, whatever a device's least one is. */
static void clear_rest(const struct drn_connection *connection, float *g, size_t start, size_t size)
{
    size_t strip = start / (connection->rows * STRIP), left = connection->columns - strip * STRIP;
    for (size_t n = start; n < start + size && left < STRIP; n++) {
        if (n % STRIP >= left)
            g[n] = 0;
    }
}

void train_images_move(struct drn_trainer *trainer, size_t k, size_t copy, const struct drn_update *update,
                       struct team team)
{
    struct drn_network *network = &trainer->network;
    const struct drn_inputs *inputs = &trainer->inputs[trainer->now];
    const struct drn_connection *connection = &network->connection[k];
    const struct drn_convolution_gradient pass = {.kernels = network->kernels,
                                                  .connection = connection,
                                                  .samples = inputs->samples,
                                                  .below_d = k > 1 ? trainer->d.v[k - 1] : NULL,
                                                  .below_s = k > 1 ? trainer->s.v[k - 1] : inputs->image,
                                                  .here_d = trainer->d.v[k],
                                                  .here_s = trainer->s.v[k],
                                                  .below_stride = network->stride[k - 1],
                                                  .here_stride = network->stride[k],
                                                  .sign = copy == 0 ? 1 : -1,
                                                  .gradient = trainer->gradient[k]};
    float *part = drn_network_part(network, k, copy);
    size_t from, to;
    team_share(team, connection->taps * drn_convolution_strips(connection->columns), &from, &to);
    for (size_t task = from; task < to; task++) {
        size_t start, size;
        drn_convolution_gradient(&pass, task, task + 1);
        drn_convolution_task(connection, task, &start, &size);
        network->kernels->move_all(update, network->weight_memory[k][copy], trainer->gradient[k], part, start,
                                   start + size);
        clear_rest(connection, part, start, size);
    }
}

/* The gradients of up to STRIP channels' biases. */
static void bias_gradients(const struct drn_trainer *trainer, size_t k, size_t channel, size_t channels)
{
    const struct drn_network *network = &trainer->network;
    size_t samples = trainer->inputs[trainer->now].samples, biases = drn_network_biases(network, k);
    double sum[STRIP] = {0};
    for (size_t b = 0; b < samples; b++) {
        for (size_t at = channel; at < network->units[k]; at += biases) {
            for (size_t c = 0; c < channels; c++)
                sum[c] += (double)trainer->d.v[k][b * network->stride[k] + at + c];
        }
    }
    for (size_t c = 0; c < channels; c++)
        trainer->bias_gradient[k][channel + c] = (float)(-sum[c] / network->scale[k] / (double)samples);
}

void train_images_move_biases(struct drn_trainer *trainer, size_t k, const struct drn_update *update, struct team team)
{
    struct drn_network *network = &trainer->network;
    size_t biases = drn_network_biases(network, k);
    if (k % team.size != team.rank)
        return;
    for (size_t channel = 0; channel < biases; channel += STRIP)
        bias_gradients(trainer, k, channel, biases - channel < STRIP ? biases - channel : STRIP);
    drn_kernels_16.move_all(update, network->bias_memory[k], trainer->bias_gradient[k], network->bias[k], 0,
                            drn_convolution_strips(biases) * STRIP);
    for (size_t c = 0; c < biases; c++)
        drn_network_set_bias(network, k, c, network->bias[k][c]);
}
