/* What each epoch came to, and how it is shown. */
#ifndef OPSPICE_DRN_HISTORY_H
#define OPSPICE_DRN_HISTORY_H

#include "drn/audit.h"
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
    /* [count][rows] of audit.h, NAN for an epoch without; NULL and 0 before the first one. */
    struct audit_row *audit;
    size_t rows, audit_capacity;
};

/* audit: [rows], or NULL: none was made. False when memory is out. */
bool history_add(struct drn_history *history, const struct drn_record *record, const struct audit_row *audit,
                 size_t rows);

/* Room for the audits of so many epochs, which are set to NAN from `count` on. False when memory is out. */
bool history_make_audits(struct drn_history *history, size_t rows, size_t epochs);

/* A table: a line of names, then one for each epoch; with the audits' numbers where there are any. False when writing
 * failed. */
bool history_write_csv(const struct drn_history *history, FILE *file);

/* A script for gnuplot that draws the errors and, for up to 64 units of the first layer, g(+x) - g(-x) as images of
 * height x width pixels, or for the kernels of a convolution, into an SVG file of that name. False when writing failed.
 * */
bool history_write_plot(const struct drn_history *history, const struct drn_network *network, size_t height,
                        size_t width, const char *svg, FILE *script);

/* Safe on a zeroed struct; leaves it zeroed. */
void history_free(struct drn_history *history);

#endif
