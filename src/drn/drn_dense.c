#include "drn/drn_dense.h"

#include "drn/settings.h"
#include "util/kernel.h"
#include <string.h>

enum { BLOCK = 4, PAIR = 2 }; /* rows, rows and samples worked on together */

typedef float quad __attribute__((vector_size(16), may_alias));

/* ---- products ----------------------------------------------------------------------------------------------- */

/* Add `rows` rows, times their units' potentials, to the currents into one group's columns. */
LANES_INLINE void send_block(const float *g, size_t stride, const float *v, size_t row_stride, float *in, size_t from,
                             size_t to, int rows)
{
    float coefficient[GROUP][BLOCK];
    LANES_UNROLL
    for (int b = 0; b < GROUP; b++) {
        LANES_UNROLL
        for (int r = 0; r < rows; r++)
            coefficient[b][r] = v[(size_t)b * row_stride + (size_t)r];
    }
    for (size_t c = from; c < to; c += STRIP) {
        lanes row[BLOCK][STRIP_VECTORS];
        LANES_UNROLL
        for (int r = 0; r < rows; r++) {
            LANES_UNROLL
            for (int h = 0; h < STRIP_VECTORS; h++)
                row[r][h] = lanes_of(g + (size_t)r * stride + c)[h];
        }
        LANES_UNROLL
        for (int b = 0; b < GROUP; b++) {
            lanes *at = lanes_at(in + (size_t)b * stride + c), sum[STRIP_VECTORS];
            LANES_UNROLL
            for (int h = 0; h < STRIP_VECTORS; h++)
                sum[h] = at[h];
            LANES_UNROLL
            for (int r = 0; r < rows; r++) {
                LANES_UNROLL
                for (int h = 0; h < STRIP_VECTORS; h++)
                    sum[h] += coefficient[b][r] * row[r][h];
            }
            LANES_UNROLL
            for (int h = 0; h < STRIP_VECTORS; h++)
                at[h] = sum[h];
        }
    }
}

/* The same for up to BLOCK rows, whose number the compiler then knows. */
LANES_INLINE void send(const float *g, size_t stride, const float *v, size_t row_stride, float *in, size_t from,
                       size_t to, size_t rows)
{
    switch (rows) {
    case 1: send_block(g, stride, v, row_stride, in, from, to, 1); break;
    case 2: send_block(g, stride, v, row_stride, in, from, to, 2); break;
    case 3: send_block(g, stride, v, row_stride, in, from, to, 3); break;
    default: send_block(g, stride, v, row_stride, in, from, to, BLOCK); break;
    }
}

KERNEL
static void to_columns(const struct dense *dense, const float *v, float *in, size_t from, size_t to)
{
    size_t stride = dense->stride, row_stride = dense->row_stride;
    for (size_t r = 0; r < dense->rows; r += BLOCK) {
        size_t rows = dense->rows - r < BLOCK ? dense->rows - r : BLOCK;
        for (size_t group = 0; group < dense->groups; group++)
            send(dense->g + r * stride, stride, v + group * GROUP * row_stride + r, row_stride,
                 in + group * GROUP * stride, from, to, rows);
    }
}

LANES_INLINE float sum_of_strip(const lanes *v)
{
    quad low = __builtin_shufflevector(v[0], v[0], 0, 1, 2, 3) + __builtin_shufflevector(v[1], v[1], 0, 1, 2, 3);
    quad high = __builtin_shufflevector(v[0], v[0], 4, 5, 6, 7) + __builtin_shufflevector(v[1], v[1], 4, 5, 6, 7);
    quad sum = low + high;
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/* The products of `rows` rows with the potentials of PAIR samples' columns, added to the currents into the rows. */
LANES_INLINE void gather_block(const float *g, size_t width, size_t stride, const float *v, float *in,
                               size_t row_stride, int rows)
{
    lanes sum[PAIR][PAIR][STRIP_VECTORS] = {{{{0}}}};
    for (size_t c = 0; c < width; c += STRIP) {
        lanes potential[PAIR][STRIP_VECTORS];
        LANES_UNROLL
        for (int b = 0; b < PAIR; b++) {
            LANES_UNROLL
            for (int h = 0; h < STRIP_VECTORS; h++)
                lanes_load(&potential[b][h], v + (size_t)b * stride + c + h * LANES);
        }
        LANES_UNROLL
        for (int r = 0; r < rows; r++) {
            LANES_UNROLL
            for (int h = 0; h < STRIP_VECTORS; h++) {
                lanes row;
                lanes_load(&row, g + (size_t)r * stride + c + h * LANES);
                LANES_UNROLL
                for (int b = 0; b < PAIR; b++)
                    sum[r][b][h] += row * potential[b][h];
            }
        }
    }
    LANES_UNROLL
    for (int r = 0; r < rows; r++) {
        LANES_UNROLL
        for (int b = 0; b < PAIR; b++)
            in[(size_t)b * row_stride + (size_t)r] += sum_of_strip(sum[r][b]);
    }
}

/* The same for any number of rows and one group's samples: eight sums at a time hide the time that one takes. */
LANES_INLINE void gather(const float *g, size_t width, size_t stride, const float *v, float *in, size_t row_stride,
                         size_t rows)
{
    for (size_t r = 0; r < rows; r += PAIR) {
        for (size_t b = 0; b < GROUP; b += PAIR) {
            const float *row = g + r * stride, *column = v + b * stride;
            float *sum = in + b * row_stride + r;
            if (rows - r < PAIR)
                gather_block(row, width, stride, column, sum, row_stride, 1);
            else
                gather_block(row, width, stride, column, sum, row_stride, PAIR);
        }
    }
}

KERNEL
static void to_rows(const struct dense *dense, const float *v, float *in, size_t from, size_t to)
{
    size_t stride = dense->stride, row_stride = dense->row_stride;
    for (size_t r = from; r < to; r += BLOCK) {
        size_t rows = to - r < BLOCK ? to - r : BLOCK;
        for (size_t group = 0; group < dense->groups; group++)
            gather(dense->g + r * stride, dense->width, stride, v + group * GROUP * stride,
                   in + group * GROUP * row_stride + r, row_stride, rows);
    }
}

/* ---- units -------------------------------------------------------------------------------------------------- */

/* Diodes: 0 V where a potential has the wrong sign. */
LANES_INLINE void clamp(lanes *v, const int32_t *half)
{
    lanes_mask negative = (lanes_mask)*v >> 31;
    *v = (lanes)((lanes_mask)*v & (negative ^ *lanes_mask_of(half)));
}

/* The same of one unit, without a branch that nobody could predict. */
LANES_INLINE void clamp_unit(float *v, int32_t half)
{
    int32_t bits;
    memcpy(&bits, v, sizeof bits);
    bits &= bits >> 31 ^ half;
    memcpy(v, &bits, sizeof bits);
}

/* Each lane of most to |v| where that is larger. */
LANES_INLINE void raise_lanes(lanes *most, const lanes *v)
{
    lanes magnitude = (lanes)((lanes_mask)*v & 0x7fffffff);
    lanes_mask less = (lanes_mask)(*most - magnitude) >> 31;
    *most = (lanes)(((lanes_mask)*most & ~less) | ((lanes_mask)magnitude & less));
}

LANES_INLINE void raise(float *most, float value)
{
    *most = value > *most ? value : *most;
}

LANES_INLINE void raise_by_lanes(float *most, const lanes *v)
{
    float lane[LANES];
    memcpy(lane, v, sizeof lane);
    for (int l = 0; l < LANES; l++)
        raise(most, lane[l]);
}

KERNEL
static void relax(const struct relaxation *relaxation, size_t from, size_t to)
{
    lanes moved = {0}, most = {0};
    for (size_t b = 0; b < relaxation->groups * GROUP; b++) {
        for (size_t j = from; j < to; j += LANES) {
            size_t at = b * relaxation->stride + j;
            lanes v = *lanes_of(relaxation->in + at) * *lanes_of(relaxation->reciprocal + j);
            if (relaxation->half)
                clamp(&v, relaxation->half + j);
            if (relaxation->blocked)
                v = (lanes)((lanes_mask)v & *lanes_mask_of(relaxation->blocked + at));
            if (relaxation->change) {
                lanes change = v - *lanes_of(relaxation->v + at);
                raise_lanes(&moved, &change);
                raise_lanes(&most, &v);
            }
            *lanes_at(relaxation->v + at) = v;
        }
    }
    if (relaxation->change) {
        raise_by_lanes(relaxation->change, &moved);
        raise_by_lanes(relaxation->largest, &most);
    }
}

/* One unit of one sample. */
LANES_INLINE void relax_unit(const struct relaxation *relaxation, size_t b, size_t j)
{
    size_t at = b * relaxation->stride + j;
    float v = relaxation->in[at] * relaxation->reciprocal[j];
    if (relaxation->half)
        clamp_unit(&v, relaxation->half[j]);
    if (relaxation->blocked && relaxation->blocked[at] == 0)
        v = 0;
    if (relaxation->change) {
        raise(relaxation->change, __builtin_fabsf(v - relaxation->v[at]));
        raise(relaxation->largest, __builtin_fabsf(v));
    }
    relaxation->v[at] = v;
}

KERNEL
static void exchange(const struct dense_side *side, size_t sides, const struct relaxation *relaxation, float *in,
                     size_t from, size_t to)
{
    size_t row_stride = relaxation->stride;
    for (size_t r = from; r < to; r += BLOCK) {
        size_t rows = to - r < BLOCK ? to - r : BLOCK;
        for (size_t group = 0; group < relaxation->groups; group++) {
            size_t first = group * GROUP, at = first * row_stride + r;
            for (size_t s = 0; s < sides; s++)
                gather(side[s].g + r * side[s].stride, side[s].width, side[s].stride,
                       side[s].v + first * side[s].stride, in + at, row_stride, rows);
            for (size_t b = first; b < first + GROUP; b++) {
                for (size_t j = r; j < r + rows; j++)
                    relax_unit(relaxation, b, j);
            }
            for (size_t s = 0; s < sides; s++)
                send(side[s].g + r * side[s].stride, side[s].stride, relaxation->v + at, row_stride,
                     side[s].back + first * side[s].stride, 0, side[s].width, rows);
        }
    }
}

/* ---- gradient step ------------------------------------------------------------------------------------------ */

/* All ones in the lanes that are columns below `columns`. */
LANES_INLINE void mark_inside(lanes_mask *mask, size_t c, size_t columns)
{
    int32_t lane[LANES];
    for (size_t l = 0; l < LANES; l++)
        lane[l] = c + l < columns ? -1 : 0;
    memcpy(mask, lane, sizeof lane);
}

/* The sum over the samples of (d - column_d)(s - column_s), with a row's d and s. */
LANES_INLINE void correlate(lanes *sum, const float *d, const float *s, const float *column_d, const float *column_s,
                            size_t stride, size_t groups)
{
    *sum = (lanes){0};
    for (size_t group = 0; group < groups * GROUP; group += GROUP) {
        LANES_UNROLL
        for (size_t b = group; b < group + GROUP; b++)
            *sum += (d[b] - *lanes_of(column_d + b * stride)) * (s[b] - *lanes_of(column_s + b * stride));
    }
}

/* Columns [from, to) of one row: the new conductances, whose sums go to *row_sum and, added, to down. */
LANES_INLINE void move_row(const struct dense *dense, float *g, float *velocity, const struct dense_step *step,
                           size_t r, const lanes_mask *mask, size_t from, size_t to, float *row_sum, lanes *down,
                           size_t groups)
{
    float mean = (float)(1 / (double)step->samples), rate = (float)step->rate, momentum = (float)step->momentum;
    const float *column_d = step->column_d, *column_s = step->column_s;
    size_t stride = dense->stride;
    float d[DRN_BATCH_LIMIT], s[DRN_BATCH_LIMIT];
    for (size_t b = 0; b < groups * GROUP; b++) {
        d[b] = step->row_d[b * dense->row_stride + r];
        s[b] = step->row_s[b * dense->row_stride + r];
    }
    lanes across[STRIP_VECTORS] = {{0}};
    for (size_t c = from; c < to; c += STRIP) {
        LANES_UNROLL
        for (size_t h = 0; h < STRIP_VECTORS; h++) {
            size_t at = c + h * LANES, n = (at - from) / LANES;
            lanes gradient;
            correlate(&gradient, d, s, column_d + at, column_s + at, stride, groups);
            gradient *= mean;
            if (velocity) {
                lanes *moving = lanes_at(velocity + r * stride + at);
                gradient = *moving = momentum * *moving + gradient;
            }
            lanes moved = *lanes_of(g + r * stride + at) - rate * gradient;
            moved = (lanes)((lanes_mask)moved & ~((lanes_mask)moved >> 31) & mask[n]);
            *lanes_at(g + r * stride + at) = moved;
            across[h] += moved;
            down[n] += moved;
        }
    }
    *row_sum = sum_of_strip(across);
}

KERNEL
static void move(const struct dense *dense, float *g, float *velocity, const struct dense_step *step, size_t chunk,
                 size_t block, float *row_sum, float *column_sum)
{
    enum { VECTORS = DENSE_BLOCK / LANES };
    size_t from = block * DENSE_BLOCK, to = from + DENSE_BLOCK < dense->width ? from + DENSE_BLOCK : dense->width;
    size_t start = chunk * DENSE_CHUNK, end = start + DENSE_CHUNK < dense->rows ? start + DENSE_CHUNK : dense->rows;
    lanes_mask mask[VECTORS];
    lanes down[VECTORS] = {{0}};
    for (size_t c = from; c < to; c += LANES)
        mark_inside(&mask[(c - from) / LANES], c, dense->columns);
    for (size_t r = start; r < end; r++) {
        if (dense->groups == 1) /* as most are, and then the row's d and s stay in registers */
            move_row(dense, g, velocity, step, r, mask, from, to, &row_sum[r], down, 1);
        else
            move_row(dense, g, velocity, step, r, mask, from, to, &row_sum[r], down, dense->groups);
    }
    memcpy(column_sum + from, down, (to - from) * sizeof *column_sum);
}

/* ---- by their public names: clang 14 finds functions of several processors within one file only ------------- */

void dense_to_columns(const struct dense *dense, const float *v, float *in, size_t from, size_t to)
{
    to_columns(dense, v, in, from, to);
}

void dense_to_rows(const struct dense *dense, const float *v, float *in, size_t from, size_t to)
{
    to_rows(dense, v, in, from, to);
}

void dense_relax(const struct relaxation *relaxation, size_t from, size_t to)
{
    relax(relaxation, from, to);
}

void dense_exchange(const struct dense_side *side, size_t sides, const struct relaxation *relaxation, float *in,
                    size_t from, size_t to)
{
    exchange(side, sides, relaxation, in, from, to);
}

void dense_move(const struct dense *dense, float *g, float *velocity, const struct dense_step *step, size_t chunk,
                size_t block, float *row_sum, float *column_sum)
{
    move(dense, g, velocity, step, chunk, block, row_sum, column_sum);
}
