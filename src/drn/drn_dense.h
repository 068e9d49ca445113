/* Kernels of conductances g[rows][stride] between the units of two layers, and of the units themselves. Samples come in
 * groups of GROUP; potentials are [groups * GROUP][stride of their layer], 0 beyond the units. Ranges of columns are
 * multiples of STRIP; each element's sum is made in one order whatever its range. */
#ifndef OPSPICE_DRN_DENSE_H
#define OPSPICE_DRN_DENSE_H

#include "drn/inputs.h"
#include "drn/drn_lanes.h"
#include "drn/network.h"

enum { DRN_DENSE_BLOCK = 128, DRN_DENSE_CHUNK = 64 };

struct drn_dense {
    const struct drn_kernels *kernels;
    const float *g; /* [rows][stride] S */
    size_t rows, columns;
    size_t width, stride; /* of a row: columns rounded up to whole strips, and from one row to the next */
    size_t groups;
    size_t row_stride; /* of potentials of the layer of the rows */
};

/* Weights k >= 2 of a network. */
static inline struct drn_dense drn_dense_of(const struct drn_network *network, size_t k, size_t groups)
{
    size_t row = drn_network_row_layer(network, k), column = drn_network_column_layer(network, k);
    return (struct drn_dense){network->kernels,        network->weight[k],      network->units[row],
                              network->units[column], network->width[column], network->stride[column],
                              groups,                  network->stride[row]};
}

/* in[b][c] += sum over rows of g[r][c] v[b][r], for columns [from, to).   A */
void drn_dense_to_columns(const struct drn_dense *dense, const float *v, float *in, size_t from, size_t to);

/* in[b][r] += sum over columns of g[r][c] v[b][c], for rows [from, to).   A */
void drn_dense_to_rows(const struct drn_dense *dense, const float *v, float *in, size_t from, size_t to);

/* Each unit [from, to) to its best potential given the others, or with over-relaxation beyond it (unit_law.h): from
 * u = in[b][j] reciprocal[j] to where its diode lets it, times its share.
 * change, largest: raised to the largest |new - old| and |new|, where change is not NULL. */
struct relaxation {
    const struct drn_kernels *kernels;
    const float *in, *reciprocal;
    const struct unit_law *law; /* NULL: no diodes */
    const int32_t *excitatory;  /* with a law: as in network.h */
    const float *knee;          /* V, of exponential diodes: as in network.h */
    const float *share;         /* [groups * GROUP][stride] of units whose diodes are linearised; NULL: 1 */
    float relaxation;           /* 1: to the best potential */
    size_t stride, groups;
    float *v, *change, *largest;
};
void drn_dense_relax(const struct relaxation *relaxation, size_t from, size_t to);

/* All three for the units that are rows [from, to) of one or two matrices, with one reading of their conductances:
 * currents from the columns' potentials are added to relaxation->in, the rows' units relaxed, and the currents that
 * their new potentials send back added to back[b][c] of each matrix.   A */
struct drn_dense_neighbour {
    const float *g, *v;
    float *back;
    size_t width, stride;
};
void drn_dense_gather_relax_scatter(const struct drn_dense_neighbour *neighbour, size_t neighbours,
                                    const struct relaxation *relaxation, float *in, size_t from, size_t to);

/* Tiles that conductances are moved in. */
static inline size_t drn_dense_blocks(size_t width)
{
    return (width + DRN_DENSE_BLOCK - 1) / DRN_DENSE_BLOCK;
}

static inline size_t drn_dense_chunks(size_t rows)
{
    return (rows + DRN_DENSE_CHUNK - 1) / DRN_DENSE_CHUNK;
}

/* One gradient step on a tile, rows [chunk DRN_DENSE_CHUNK, + DRN_DENSE_CHUNK) of columns [block DRN_DENSE_BLOCK,
 * + DRN_DENSE_BLOCK): g[r][c] is moved (update.h) by the mean over the samples b of (d_r - d_c)(s_r - s_c). */
struct drn_dense_step {
    const float *row_d, *row_s, *column_d, *column_s;
    float sign; /* of the rows' d and s: -1 of negated copies (connection.h), which are as well the columns' */
    const struct drn_update *update;
    size_t samples;
    float *g, *const *memory; /* [rows][stride] S; [DRN_MEMORIES], laid out alike */
    /* Sums of the tile's new conductances, S: of each row [blocks][rows], of each column [chunks][width]. */
    float *row_sum, *column_sum;
};
void drn_dense_move(const struct drn_dense *dense, const struct drn_dense_step *step, size_t chunk, size_t block);

#endif
