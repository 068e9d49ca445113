/* What each epoch came to, and how it is shown. */
#ifndef OPSPICE_DRN_HISTORY_H
#define OPSPICE_DRN_HISTORY_H

#include "drn/network.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct drn_record {
    double train_error, test_error; /* parts of 1 */
    double train_cost, test_cost;   /* means */
    double seconds;                 /* of the epoch, its test included */
};

struct drn_history {
    struct drn_record *record; /* [count] epochs 1 ... count */
    size_t count, capacity;
};

/* False when memory is out. */
bool history_add(struct drn_history *history, const struct drn_record *record);

/* A table: a line of names, then one for each epoch. False when writing failed. */
bool history_write_csv(const struct drn_history *history, FILE *file);

/* A script for gnuplot that draws the errors and, for up to 64 units of the first layer, g(+x) - g(-x) as images of
 * height x width pixels, or for the kernels of a convolution, into an SVG file of that name. False when writing failed.
 * */
bool history_write_plot(const struct drn_history *history, const struct drn_network *network, size_t height,
                        size_t width, const char *svg, FILE *script);

/* Safe on a zeroed struct; leaves it zeroed. */
void history_free(struct drn_history *history);

#endif
