#include "drn/convolution.h"

#include "drn/drn_kernels.h"
#include <assert.h>

/* ---- mirrors ------------------------------------------------------------------------------------------------ */

size_t drn_convolution_size(const struct drn_connection *connection)
{
    return drn_convolution_strips(connection->columns) * connection->rows * STRIP;
}

size_t drn_convolution_mirror_size(const struct drn_connection *connection)
{
    return drn_convolution_strips(connection->channels_below) * connection->taps * connection->columns * STRIP;
}

void drn_convolution_reflect(const struct drn_connection *connection, const float *g, float *mirror)
{
    size_t below = connection->channels_below, here = connection->columns, taps = connection->taps;
    for (size_t tap = 0; tap < taps; tap++) {
        for (size_t i = 0; i < below; i++) {
            for (size_t c = 0; c < here; c++)
                mirror[((i / STRIP * taps + tap) * here + c) * STRIP + i % STRIP] =
                    g[drn_convolution_at(connection, tap * below + i, c)];
        }
    }
}

/* ---- currents ----------------------------------------------------------------------------------------------- */

static void add(const struct drn_convolution *pass, const struct drn_place_sums *sums, size_t from, size_t to)
{
    assert(from % DRN_CONVOLUTION_BLOCK == 0);
    if (pass->connection->kind == DRN_POOLING)
        pass->kernels->pool(sums, pass, from, to);
    else
        pass->kernels->convolve(sums, pass, from, to);
}

void drn_convolution_up(const struct drn_convolution *pass, size_t from, size_t to)
{
    const struct drn_connection *connection = pass->connection;
    add(pass,
        &(struct drn_place_sums){connection->tap_below, connection->taps, connection->channels_below,
                                 connection->channels_here, pass->g, connection->ground},
        from, to);
}

void drn_convolution_down(const struct drn_convolution *pass, size_t from, size_t to)
{
    const struct drn_connection *connection = pass->connection;
    add(pass,
        &(struct drn_place_sums){connection->tap_here, connection->taps, connection->channels_here,
                                 connection->channels_below, pass->g, connection->ground},
        from, to);
}

/* ---- gradient ----------------------------------------------------------------------------------------------- */

void drn_convolution_gradient(const struct drn_convolution_gradient *pass, size_t from, size_t to)
{
    for (size_t task = from; task < to; task++)
        pass->kernels->convolution_gradient(pass, task % pass->connection->taps, task / pass->connection->taps);
}

void drn_convolution_task(const struct drn_connection *connection, size_t task, size_t *start, size_t *size)
{
    *size = connection->channels_below * STRIP;
    *start = task * *size;
}
