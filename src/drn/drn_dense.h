/* Kernels of conductances g[rows][stride] between the units of two layers, and of the units themselves. Samples come in
 * groups of GROUP; potentials are [groups * GROUP][stride of their layer], 0 beyond the units. Ranges of columns are
 * multiples of STRIP; each element's sum is made in one order whatever its range. */
#ifndef OPSPICE_DRN_DENSE_H
#define OPSPICE_DRN_DENSE_H

#include "drn/inputs.h"
#include "drn/drn_lanes.h"
#include "drn/network.h"

enum { DENSE_BLOCK = 128, DENSE_CHUNK = 64 };

struct dense {
    const float *g; /* [rows][stride] S */
    size_t rows, columns;
    size_t width, stride; /* of a row: columns rounded up to whole strips, and from one row to the next */
    size_t groups;
    size_t row_stride; /* of potentials of the layer of the rows */
};

/* Weights k >= 2 of a network. */
static inline struct dense dense_of(const struct drn_network *network, size_t k, size_t groups)
{
    size_t row = drn_network_row_layer(network, k), column = drn_network_column_layer(network, k);
    return (struct dense){network->weight[k],     network->units[row],     network->units[column],
                          network->width[column], network->stride[column], groups,
                          network->stride[row]};
}

/* in[b][c] += sum over rows of g[r][c] v[b][r], for columns [from, to).   A */
void dense_to_columns(const struct dense *dense, const float *v, float *in, size_t from, size_t to);

/* in[b][r] += sum over columns of g[r][c] v[b][c], for rows [from, to).   A */
void dense_to_rows(const struct dense *dense, const float *v, float *in, size_t from, size_t to);

/* Each unit to its best potential given the others: v[b][j] = clamp(in[b][j] reciprocal[j]) for units [from, to).
 * half as in network.h, NULL: no clamp. blocked, NULL or [groups * GROUP][stride]: 0 holds a unit at 0 V, -1 does not.
 * change, largest: raised to the largest |new - old| and |new|, where change is not NULL. */
struct relaxation {
    const float *in, *reciprocal;
    const int32_t *half, *blocked;
    size_t stride, groups;
    float *v, *change, *largest;
};
void dense_relax(const struct relaxation *relaxation, size_t from, size_t to);

/* All three for the units that are rows [from, to) of one or two matrices, with one reading of their conductances:
 * currents from the columns' potentials are added to relaxation->in, the rows' units relaxed, and the currents that
 * their new potentials send back added to back[b][c] of each matrix.   A */
struct dense_side {
    const float *g, *v;
    float *back;
    size_t width, stride;
};
void dense_exchange(const struct dense_side *side, size_t sides, const struct relaxation *relaxation, float *in,
                    size_t from, size_t to);

/* Pieces that conductances are moved in. */
static inline size_t dense_blocks(size_t width)
{
    return (width + DENSE_BLOCK - 1) / DENSE_BLOCK;
}

static inline size_t dense_chunks(size_t rows)
{
    return (rows + DENSE_CHUNK - 1) / DENSE_CHUNK;
}

/* One gradient step on a piece, rows [chunk DENSE_CHUNK, + DENSE_CHUNK) of columns [block DENSE_BLOCK, + DENSE_BLOCK):
 * with f = rate / samples
 *     g[r][c] = max(0, g[r][c] - f sum over b of (d_r - d_c)(s_r - s_c)),
 * or with momentum over velocity[rows][stride] (else NULL). Sums of the piece's new conductances: of each row in
 * row_sum[rows], of each column in column_sum[width].   S */
struct dense_step {
    const float *row_d, *row_s, *column_d, *column_s;
    double rate, momentum;
    size_t samples;
};
void dense_move(const struct dense *dense, float *g, float *velocity, const struct dense_step *step, size_t chunk,
                size_t block, float *row_sum, float *column_sum);

#endif
