/* Long runs of neighbouring rows in the columns of a Laplacian: layers that are joined densely. Over
 * these loops need no indices. */
#ifndef OPSPICE_RUNS_H
#define OPSPICE_RUNS_H

#include "qp/qp.h"

/* Entries (row .. row + length - 1, column) off the diagonal, which stand for their mirror images too. */
struct qp_run {
    int32_t column, row, length, at; /* at: the first of them in L.x */
};

/* The runs, column after column: all entries off the diagonal, of an entry and its mirror image the one in the longer
 * run. No runs where these would be short. runs is zeroed before. False when memory is out. */
bool runs_build(struct runs *runs, const struct laplacian *L);

/* Are the entries (row .. row + length - 1, column) part of one run? */
bool runs_hold(const struct runs *runs, int32_t column, int32_t row, int32_t length);

/* Give the mirror images the values of the entries in runs. */
void runs_mirror(const struct runs *runs, struct laplacian *L);

/* Safe on a zeroed struct; leaves it zeroed. */
void runs_free(struct runs *runs);

#endif
