#include "drn/dense.h"

#include <string.h>

enum { BLOCK = 4, QUAD = 4 }; /* rows worked on together; lanes of a quarter vector */

typedef float quad __attribute__((vector_size(16), may_alias));

/* ---- products ------------------------------------------------------------------------------------------------------ */

/* Add `rows` rows, times their upper units, to the inputs of one group's lower units. */
LANES_INLINE void down_block(const float *g, size_t stride, const float *upper, size_t upper_stride, float *in,
                             size_t from, size_t to, int rows)
{
    float coefficient[GROUP][BLOCK];
    LANES_UNROLL
    for (int b = 0; b < GROUP; b++) {
        LANES_UNROLL
        for (int r = 0; r < rows; r++)
            coefficient[b][r] = upper[(size_t)b * upper_stride + (size_t)r];
    }
    for (size_t c = from; c < to; c += LANES) {
        lanes row[BLOCK];
        LANES_UNROLL
        for (int r = 0; r < rows; r++)
            row[r] = *(const lanes *)(g + (size_t)r * stride + c);
        LANES_UNROLL
        for (int b = 0; b < GROUP; b++) {
            lanes *at = (lanes *)(in + (size_t)b * stride + c), sum = *at;
            LANES_UNROLL
            for (int r = 0; r < rows; r++)
                sum += coefficient[b][r] * row[r];
            *at = sum;
        }
    }
}

LANES_CLONES
void dense_down(const struct dense *dense, const float *upper, float *in, size_t from, size_t to)
{
    size_t stride = dense->stride, upper_stride = dense->upper_stride;
    for (size_t r = 0; r < dense->rows; r += BLOCK) {
        const float *g = dense->g + r * stride;
        size_t rows = dense->rows - r < BLOCK ? dense->rows - r : BLOCK;
        for (size_t group = 0; group < dense->groups; group++) {
            const float *u = upper + group * GROUP * upper_stride + r;
            float *to_in = in + group * GROUP * stride;
            switch (rows) {
            case 1: down_block(g, stride, u, upper_stride, to_in, from, to, 1); break;
            case 2: down_block(g, stride, u, upper_stride, to_in, from, to, 2); break;
            case 3: down_block(g, stride, u, upper_stride, to_in, from, to, 3); break;
            default: down_block(g, stride, u, upper_stride, to_in, from, to, BLOCK); break;
            }
        }
    }
}

LANES_INLINE float sum_of_lanes(lanes v)
{
    quad part[LANES / QUAD];
    memcpy(part, &v, sizeof part);
    quad sum = (part[0] + part[2]) + (part[1] + part[3]);
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/* The sums of the lanes of four vectors. */
LANES_INLINE quad sums_of_lanes(const lanes vector[GROUP])
{
    return (quad){sum_of_lanes(vector[0]), sum_of_lanes(vector[1]), sum_of_lanes(vector[2]), sum_of_lanes(vector[3])};
}

/* The products of `rows` rows with one group's lower units, added to the inputs of the upper units. */
LANES_INLINE void up_block(const float *g, size_t stride, const float *lower, float *in, size_t upper_stride, int rows)
{
    lanes sum[BLOCK][GROUP] = {{{0}}};
    for (size_t c = 0; c < stride; c += LANES) {
        lanes potential[GROUP];
        LANES_UNROLL
        for (int b = 0; b < GROUP; b++)
            potential[b] = *(const lanes *)(lower + (size_t)b * stride + c);
        LANES_UNROLL
        for (int r = 0; r < rows; r++) {
            lanes row = *(const lanes *)(g + (size_t)r * stride + c);
            LANES_UNROLL
            for (int b = 0; b < GROUP; b++)
                sum[r][b] += row * potential[b];
        }
    }
    LANES_UNROLL
    for (int r = 0; r < rows; r++) {
        quad total = sums_of_lanes(sum[r]);
        LANES_UNROLL
        for (int b = 0; b < GROUP; b++)
            in[(size_t)b * upper_stride + (size_t)r] += total[b];
    }
}

LANES_CLONES
void dense_up(const struct dense *dense, const float *lower, float *in, size_t from, size_t to)
{
    size_t stride = dense->stride, upper_stride = dense->upper_stride;
    for (size_t r = from; r < to; r += BLOCK) {
        const float *g = dense->g + r * stride;
        size_t rows = to - r < BLOCK ? to - r : BLOCK;
        for (size_t group = 0; group < dense->groups; group++) {
            const float *l = lower + group * GROUP * stride;
            float *to_in = in + group * GROUP * upper_stride + r;
            switch (rows) {
            case 1: up_block(g, stride, l, to_in, upper_stride, 1); break;
            case 2: up_block(g, stride, l, to_in, upper_stride, 2); break;
            case 3: up_block(g, stride, l, to_in, upper_stride, 3); break;
            default: up_block(g, stride, l, to_in, upper_stride, BLOCK); break;
            }
        }
    }
}

/* ---- units -------------------------------------------------------------------------------------------------------- */

/* Diodes: 0 V where a potential has the wrong sign. */
LANES_INLINE lanes unit_clamp(lanes v, const int32_t *half)
{
    lanes_mask negative = (lanes_mask)v >> 31;
    return (lanes)((lanes_mask)v & (negative ^ *(const lanes_mask *)half));
}

LANES_INLINE lanes larger(lanes a, lanes b)
{
    lanes_mask less = (lanes_mask)(a - b) >> 31;
    return (lanes)(((lanes_mask)a & ~less) | ((lanes_mask)b & less));
}

LANES_INLINE lanes magnitude(lanes v)
{
    return (lanes)((lanes_mask)v & 0x7fffffff);
}

LANES_INLINE float largest_of(lanes v)
{
    float most = v[0];
    for (int lane = 1; lane < LANES; lane++)
        most = v[lane] > most ? v[lane] : most;
    return most;
}

LANES_CLONES
void dense_relax(const struct relaxation *relaxation, float *v, size_t from, size_t to, float *change, float *largest)
{
    lanes moved = {0}, most = {0};
    for (size_t b = 0; b < relaxation->groups * GROUP; b++) {
        for (size_t j = from; j < to; j += LANES) {
            size_t at = b * relaxation->stride + j;
            lanes potential = *(const lanes *)(relaxation->in + at) * *(const lanes *)(relaxation->reciprocal + j);
            if (relaxation->half)
                potential = unit_clamp(potential, relaxation->half + j);
            if (relaxation->blocked)
                potential = (lanes)((lanes_mask)potential & *(const lanes_mask *)(relaxation->blocked + at));
            if (change) {
                moved = larger(moved, magnitude(potential - *(const lanes *)(v + at)));
                most = larger(most, magnitude(potential));
            }
            *(lanes *)(v + at) = potential;
        }
    }
    if (change) {
        float step = largest_of(moved), scale = largest_of(most);
        *change = step > *change ? step : *change;
        *largest = scale > *largest ? scale : *largest;
    }
}

/* ---- gradient step -------------------------------------------------------------------------------------------------- */

/* All ones in the lanes that are columns below `columns`. */
LANES_INLINE lanes_mask inside(size_t c, size_t columns)
{
    lanes_mask mask;
    for (size_t lane = 0; lane < LANES; lane++)
        mask[lane] = c + lane < columns ? -1 : 0;
    return mask;
}

/* The gradient of g[r][c ...], its mean over the batch. */
LANES_INLINE lanes gradient_of(const struct dense *dense, const struct dense_step *step, size_t r, size_t c, float mean)
{
    lanes gradient = {0};
    for (size_t b = 0; b < dense->groups * GROUP; b++) {
        size_t up = b * dense->upper_stride + r, down = b * dense->stride + c;
        gradient += (step->upper_d[up] - *(const lanes *)(step->lower_d + down)) *
                    (step->upper_s[up] - *(const lanes *)(step->lower_s + down));
    }
    return mean * gradient;
}

LANES_CLONES
void dense_move(const struct dense *dense, float *g, float *velocity, const struct dense_step *step, size_t block,
                double *row_sum, double *column_sum)
{
    enum { VECTORS = DENSE_BLOCK / LANES };
    size_t from = block * DENSE_BLOCK, to = from + DENSE_BLOCK < dense->stride ? from + DENSE_BLOCK : dense->stride;
    float mean = (float)(1 / (double)step->samples), rate = (float)step->rate, momentum = (float)step->momentum;
    lanes_mask mask[VECTORS];
    for (size_t c = from; c < to; c += LANES)
        mask[(c - from) / LANES] = inside(c, dense->columns);
    for (size_t start = 0; start < dense->rows; start += CHUNK) {
        size_t end = start + CHUNK < dense->rows ? start + CHUNK : dense->rows;
        lanes down[VECTORS] = {{0}};
        for (size_t r = start; r < end; r++) {
            lanes across = {0};
            for (size_t c = from; c < to; c += LANES) {
                lanes *at = (lanes *)(g + r * dense->stride + c), gradient = gradient_of(dense, step, r, c, mean);
                if (velocity) {
                    lanes *moving = (lanes *)(velocity + r * dense->stride + c);
                    gradient = *moving = momentum * *moving + gradient;
                }
                lanes moved = *at - rate * gradient;
                moved = (lanes)((lanes_mask)moved & ~((lanes_mask)moved >> 31) & mask[(c - from) / LANES]);
                *at = moved;
                across += moved;
                down[(c - from) / LANES] += moved;
            }
            row_sum[r] = sum_of_lanes(across);
        }
        for (size_t c = from; c < to; c++)
            column_sum[c] = (start ? column_sum[c] : 0) + ((const float *)down)[c - from];
    }
}
