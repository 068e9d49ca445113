#include "drn/connection.h"

#include "drn/drn_lanes.h"
#include <stdlib.h>

/* Which place below each tap of each window sees, and the other way round. */
static void map_taps(struct drn_connection *connection, const struct drn_shape *below, const struct drn_shape *here)
{
    size_t kernel = here->kernel;
    for (size_t n = 0; n < connection->places_below * connection->taps; n++)
        connection->tap_here[n] = DRN_NO_PLACE;
    for (size_t place = 0; place < connection->places_here; place++) {
        size_t top = place / here->width * here->stride, left = place % here->width * here->stride;
        for (size_t tap = 0; tap < connection->taps; tap++) {
            size_t y = top + tap / kernel - here->padding, x = left + tap % kernel - here->padding; /* or beyond */
            bool inside = y < below->height && x < below->width;
            connection->tap_below[place * connection->taps + tap] =
                inside ? (int32_t)(y * below->width + x) : DRN_NO_PLACE;
            if (inside)
                connection->tap_here[(y * below->width + x) * connection->taps + tap] = (int32_t)place;
        }
    }
}

bool drn_connection_new(struct drn_connection *connection, const struct drn_stack *stack, size_t k, bool differential)
{
    const struct drn_shape *below = &stack->shape[k - 1], *here = &stack->shape[k];
    size_t units_below = stack->units[k - 1], units_here = stack->units[k];
    *connection = (struct drn_connection){.kind = here->kind,
                                          .rows = units_below,
                                          .columns = units_here,
                                          .copies = differential && k > 1 && here->kind != DRN_POOLING ? 2 : 1,
                                          .units_below = units_below,
                                          .units_here = units_here};
    if (here->kind == DRN_DENSE)
        return true;
    connection->of_inputs = k == 1;
    connection->taps = here->kernel * here->kernel;
    connection->places_below = below->height * below->width;
    connection->places_here = here->height * here->width;
    connection->channels_below = units_below / connection->places_below;
    connection->channels_here = here->channels;
    connection->conductance = (float)here->conductance;
    bool trained = here->kind == DRN_CONVOLUTION;
    connection->rows = trained ? connection->taps * connection->channels_below : 0;
    connection->columns = trained ? here->channels : 0;
    size_t most = connection->channels_below > here->channels ? connection->channels_below : here->channels;
    connection->tap_below = drn_lanes_new(connection->places_here * connection->taps, sizeof(int32_t));
    connection->tap_here = drn_lanes_new(connection->places_below * connection->taps, sizeof(int32_t));
    connection->ground = drn_lanes_new(most, sizeof(float));
    if (!connection->tap_below || !connection->tap_here || !connection->ground) {
        drn_connection_free(connection);
        return false;
    }
    map_taps(connection, below, here);
    return true;
}

void drn_connection_free(struct drn_connection *connection)
{
    free(connection->tap_below);
    free(connection->tap_here);
    free(connection->ground);
    *connection = (struct drn_connection){0};
}

struct drn_branch drn_connection_branch(const struct drn_connection *connection, size_t j, size_t n)
{
    size_t row = connection->rows > 0 ? n % connection->rows : n;
    bool negated = row != n;
    if (connection->kind == DRN_DENSE)
        return (struct drn_branch){row, n, j, negated};
    size_t channel = j % connection->channels_here, tap = row, below = channel;
    if (connection->kind == DRN_CONVOLUTION) {
        tap = row / connection->channels_below;
        below = row % connection->channels_below;
    }
    int32_t place = connection->tap_below[j / connection->channels_here * connection->taps + tap];
    size_t unit =
        place == DRN_NO_PLACE ? connection->units_below : drn_connection_unit_below(connection, (size_t)place, below);
    return (struct drn_branch){unit, n, channel, negated};
}
