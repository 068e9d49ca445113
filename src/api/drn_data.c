/* Deep resistive networks through opspice_drn.h: data in and out of memory. */
#include "api/drn_handle.h"

#include "util/array.h"
#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- images ------------------------------------------------------------------------------------------------- */

int opspice_drn_take(opspice_drn *drn, int is_test, size_t count, size_t height, size_t width,
                     const unsigned char *pixels, const unsigned char *labels)
{
    return opspice_drn_take_channels(drn, is_test, count, 1, height, width, pixels, labels);
}

int opspice_drn_take_channels(opspice_drn *drn, int is_test, size_t count, size_t channels, size_t height, size_t width,
                              const unsigned char *pixels, const unsigned char *labels)
{
    struct drn_dataset *part = is_test ? &drn->test : &drn->train;
    size_t size;
    if (drn->read || part->count > 0)
        return drn_fail(drn, OPSPICE_USAGE, "data were read already");
    if (count == 0 || channels == 0 || height == 0 || width == 0)
        return drn_fail(drn, OPSPICE_DATA, "there are no images, or they have no pixels");
    if (__builtin_mul_overflow(height, width, &size) || __builtin_mul_overflow(size, channels, &size))
        return drn_no_memory(drn);
    *part = (struct drn_dataset){count, channels, height, width, array_new(count, size), array_new(count, 1)};
    if (!part->pixel || !part->label) {
        dataset_free(part);
        return drn_no_memory(drn);
    }
    memcpy(part->pixel, pixels, count * size);
    memcpy(part->label, labels, count);
    drn_done(drn);
    return drn->train.count > 0 && drn->test.count > 0 ? drn_take_data(drn, OPSPICE_OK, "the data") : OPSPICE_OK;
}

int opspice_drn_answers(opspice_drn *drn, float *volts)
{
    size_t errors;
    double cost;
    if (!drn->begun)
        return drn_not_begun(drn);
    return drn_trained(drn, tester_run(&drn->tester, &drn->trainer, &drn->test, volts, &errors, &cost));
}

/* ---- conductances and biases -------------------------------------------------------------------------------- */

size_t opspice_drn_layers(const opspice_drn *drn)
{
    return drn->begun ? drn->trainer.network.layers : 0;
}

size_t opspice_drn_units(const opspice_drn *drn, size_t layer)
{
    return drn->begun && layer <= drn->trainer.network.layers ? drn->trainer.network.units[layer] : 0;
}

size_t opspice_drn_conductances(const opspice_drn *drn, size_t layer)
{
    if (layer == 0 || opspice_drn_units(drn, layer) == 0)
        return 0;
    const struct drn_connection *connection = &drn->trainer.network.connection[layer];
    return drn_connection_rows(connection) * connection->columns;
}

size_t opspice_drn_biases(const opspice_drn *drn, size_t layer)
{
    return layer > 0 && opspice_drn_units(drn, layer) > 0 ? drn_network_biases(&drn->trainer.network, layer) : 0;
}

/* Is it the number of a layer that is free? */
static int check_layer(opspice_drn *drn, size_t layer)
{
    if (!drn->begun)
        return drn_not_begun(drn);
    size_t layers = drn->trainer.network.layers;
    return layer > 0 && layer <= layers
               ? OPSPICE_OK
               : drn_fail(drn, OPSPICE_USAGE, "layers that are free are 1 to %zu, not %zu", layers, layer);
}

int opspice_drn_get_weights(opspice_drn *drn, size_t layer, float *siemens)
{
    int status = check_layer(drn, layer);
    if (status == OPSPICE_OK)
        drn_network_get_weights(&drn->trainer.network, layer, siemens);
    return status == OPSPICE_OK ? drn_done(drn) : status;
}

int opspice_drn_get_biases(opspice_drn *drn, size_t layer, float *amperes)
{
    int status = check_layer(drn, layer);
    if (status == OPSPICE_OK)
        memcpy(amperes, drn->trainer.network.bias[layer], opspice_drn_biases(drn, layer) * sizeof *amperes);
    return status == OPSPICE_OK ? drn_done(drn) : status;
}

int opspice_drn_set_weights(opspice_drn *drn, size_t layer, const float *siemens)
{
    struct drn_network *network = &drn->trainer.network;
    int status = check_layer(drn, layer);
    if (status != OPSPICE_OK)
        return status;
    size_t count = opspice_drn_conductances(drn, layer);
    for (size_t q = 0; q < count; q++)
        if (!(siemens[q] >= 0 && siemens[q] <= FLT_MAX))
            return drn_fail(drn, OPSPICE_USAGE, "conductances are 0 or more, not %g", (double)siemens[q]);
    drn_network_set_weights(network, layer, siemens);
    drn_network_sum(network);
    drn->trainer.primed = false; /* what was worked out ahead is of the old ones */
    return drn_done(drn);
}

int opspice_drn_set_biases(opspice_drn *drn, size_t layer, const float *amperes)
{
    int status = check_layer(drn, layer);
    if (status != OPSPICE_OK)
        return status;
    size_t count = opspice_drn_biases(drn, layer);
    for (size_t q = 0; q < count; q++)
        if (!isfinite(amperes[q]))
            return drn_fail(drn, OPSPICE_USAGE, "biases are finite");
    for (size_t n = 0; n < count; n++)
        drn_network_set_bias(&drn->trainer.network, layer, n, amperes[n]);
    drn->trainer.primed = false;
    return drn_done(drn);
}

/* ---- epochs ------------------------------------------------------------------------------------------------- */

const opspice_vector *opspice_drn_get_vector(opspice_drn *drn, size_t number)
{
    static const struct {
        const char *name, *unit;
        size_t offset;
    } vectors[DRN_VECTORS] = {{"train_error", "", offsetof(struct drn_record, train_error)},
                              {"test_error", "", offsetof(struct drn_record, test_error)},
                              {"train_cost", "V^2", offsetof(struct drn_record, train_cost)},
                              {"test_cost", "V^2", offsetof(struct drn_record, test_cost)},
                              {"seconds", "s", offsetof(struct drn_record, seconds)}};
    if (number >= DRN_VECTORS)
        return NULL;
    const struct drn_history *history = &drn->history;
    const double *first = (const double *)(const void *)history->record;
    drn->vector[number] =
        (opspice_vector){vectors[number].name, vectors[number].unit,
                         history->count > 0 ? first + vectors[number].offset / sizeof(double) : NULL, history->count,
                         sizeof(struct drn_record) / sizeof(double)};
    return &drn->vector[number];
}
