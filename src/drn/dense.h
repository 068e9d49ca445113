/* Kernels of a dense layer of conductances g[rows][stride], rows the upper layer, columns the lower one, and of the units
 * between layers. Samples come in groups of GROUP; potentials are [groups * GROUP][stride of their layer], 0 beyond the units.
 * Ranges of columns are multiples of LANES; each element's sum is made in one order whatever its range. */
#ifndef OPSPICE_DRN_DENSE_H
#define OPSPICE_DRN_DENSE_H

#include "drn/inputs.h"
#include "drn/lanes.h"

enum { DENSE_BLOCK = 128 };

struct dense {
    const float *g;          /* [rows][stride] S */
    size_t rows, columns, stride;
    size_t groups;
    size_t upper_stride;     /* of potentials of the upper layer */
};

/* in[b][c] += sum over rows of g[r][c] upper[b][r], for columns [from, to).   A */
void dense_down(const struct dense *dense, const float *upper, float *in, size_t from, size_t to);

/* in[b][r] += sum over columns of g[r][c] lower[b][c], for rows [from, to).   A */
void dense_up(const struct dense *dense, const float *lower, float *in, size_t from, size_t to);

/* Each unit to its best potential given the others: v[b][j] = clamp(in[b][j] reciprocal[j]) for units [from, to).
 * half as in network.h, NULL: no clamp. blocked, NULL or [groups * GROUP][stride]: 0 holds a unit at 0 V, -1 does not.
 * change, largest: raised to the largest |new - old| and |new|, where change is not NULL. */
struct relaxation {
    const float *in, *reciprocal;
    const int32_t *half, *blocked;
    size_t stride, groups;
};
void dense_relax(const struct relaxation *relaxation, float *v, size_t from, size_t to, float *change, float *largest);

/* One gradient step on columns [block DENSE_BLOCK, + DENSE_BLOCK): with f = rate / samples
 *     g[r][c] = max(0, g[r][c] - f sum over b of (d_r - d_c)(s_r - s_c)),
 * or with momentum over velocity[rows][stride] (else NULL). Sums of the new conductances: of the block's part of each row in
 * row_sum[rows], of the block's columns in column_sum[stride].   S */
struct dense_step {
    const float *upper_d, *upper_s, *lower_d, *lower_s;
    double rate, momentum;
    size_t samples;
};
void dense_move(const struct dense *dense, float *g, float *velocity, const struct dense_step *step, size_t block,
                double *row_sum, double *column_sum);

#endif
