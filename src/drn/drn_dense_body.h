/* The kernels of drn_dense.h for vectors of DRN_LANE_COUNT floats. */
#ifndef OPSPICE_DRN_DENSE_BODY_H
#define OPSPICE_DRN_DENSE_BODY_H

#include "drn/drn_dense.h"
#include "drn/drn_vectors.h"
#include "drn/unit_law_body.h"
#include "drn/update_body.h"
#include <string.h>

/* Rows worked on together; and rows and samples whose sums are, as many as fit into the processor's registers. */
enum { BLOCK = 4, SQUARE = DRN_LANE_COUNT == 16 ? 4 : 2 };

typedef float quad __attribute__((vector_size(16), may_alias));

/* ---- products ----------------------------------------------------------------------------------------------- */

/* Rows of conductances times their units' potentials, to be added to the currents into one group's columns. */
struct scatter {
    const float *g; /* [rows][stride] S */
    size_t stride;
    const float *v; /* [GROUP][row_stride] V */
    size_t row_stride;
    float *in; /* [GROUP][stride] A */
    size_t from, to;
};

DRN_LANES_INLINE void scatter_block(const struct scatter *block, int rows)
{
    const float *g = block->g, *v = block->v;
    size_t stride = block->stride, to = block->to;
    float coefficient[GROUP][BLOCK], *in = block->in;
    DRN_LANES_UNROLL
    for (int b = 0; b < GROUP; b++) {
        DRN_LANES_UNROLL
        for (int r = 0; r < rows; r++)
            coefficient[b][r] = v[(size_t)b * block->row_stride + (size_t)r];
    }
    for (size_t c = block->from; c < to; c += STRIP) {
        drn_lanes row[BLOCK][STRIP_VECTORS];
        DRN_LANES_UNROLL
        for (int r = 0; r < rows; r++) {
            DRN_LANES_UNROLL
            for (int h = 0; h < STRIP_VECTORS; h++)
                row[r][h] = drn_lanes_of(g + (size_t)r * stride + c)[h];
        }
        DRN_LANES_UNROLL
        for (int b = 0; b < GROUP; b++) {
            drn_lanes *at = drn_lanes_at(in + (size_t)b * stride + c), sum[STRIP_VECTORS];
            DRN_LANES_UNROLL
            for (int h = 0; h < STRIP_VECTORS; h++)
                sum[h] = at[h];
            DRN_LANES_UNROLL
            for (int r = 0; r < rows; r++) {
                DRN_LANES_UNROLL
                for (int h = 0; h < STRIP_VECTORS; h++)
                    sum[h] += coefficient[b][r] * row[r][h];
            }
            DRN_LANES_UNROLL
            for (int h = 0; h < STRIP_VECTORS; h++)
                at[h] = sum[h];
        }
    }
}

/* For up to BLOCK rows, whose number the compiler then knows. */
DRN_LANES_INLINE void scatter(const struct scatter *block, size_t rows)
{
    switch (rows) {
    case 1: scatter_block(block, 1); break;
    case 2: scatter_block(block, 2); break;
    case 3: scatter_block(block, 3); break;
    default: scatter_block(block, BLOCK); break;
    }
}

DRN_TARGET
static void to_columns(const struct drn_dense *dense, const float *v, float *in, size_t from, size_t to)
{
    size_t stride = dense->stride, row_stride = dense->row_stride;
    for (size_t r = 0; r < dense->rows; r += BLOCK) {
        size_t rows = dense->rows - r < BLOCK ? dense->rows - r : BLOCK;
        for (size_t group = 0; group < dense->groups; group++)
            scatter(&(struct scatter){dense->g + r * stride, stride, v + group * GROUP * row_stride + r, row_stride,
                                      in + group * GROUP * stride, from, to},
                    rows);
    }
}

/* Of all elements of a strip: of its quarters, then of their elements. */
DRN_LANES_INLINE float sum_of_strip(const drn_lanes *v)
{
#if DRN_LANE_COUNT == 16
    quad low = __builtin_shufflevector(v[0], v[0], 0, 1, 2, 3) + __builtin_shufflevector(v[0], v[0], 8, 9, 10, 11);
    quad high = __builtin_shufflevector(v[0], v[0], 4, 5, 6, 7) + __builtin_shufflevector(v[0], v[0], 12, 13, 14, 15);
#elif DRN_LANE_COUNT == 8
    quad low = __builtin_shufflevector(v[0], v[0], 0, 1, 2, 3) + __builtin_shufflevector(v[1], v[1], 0, 1, 2, 3);
    quad high = __builtin_shufflevector(v[0], v[0], 4, 5, 6, 7) + __builtin_shufflevector(v[1], v[1], 4, 5, 6, 7);
#else
    quad low = v[0] + v[2], high = v[1] + v[3];
#endif
    quad sum = low + high;
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/* The products of `rows` rows with the potentials of SQUARE samples' columns, added to the currents into the rows. */
DRN_LANES_INLINE void gather_block(const float *g, size_t width, size_t stride, const float *v, float *in,
                                   size_t row_stride, int rows)
{
    drn_lanes sum[SQUARE][SQUARE][STRIP_VECTORS] = {{{{0}}}};
    for (size_t c = 0; c < width; c += STRIP) {
        drn_lanes potential[SQUARE][STRIP_VECTORS];
        DRN_LANES_UNROLL
        for (int b = 0; b < SQUARE; b++) {
            DRN_LANES_UNROLL
            for (int h = 0; h < STRIP_VECTORS; h++)
                drn_lanes_load(&potential[b][h], v + (size_t)b * stride + c + h * DRN_LANE_COUNT);
        }
        DRN_LANES_UNROLL
        for (int r = 0; r < rows; r++) {
            DRN_LANES_UNROLL
            for (int h = 0; h < STRIP_VECTORS; h++) {
                drn_lanes row;
                drn_lanes_load(&row, g + (size_t)r * stride + c + h * DRN_LANE_COUNT);
                DRN_LANES_UNROLL
                for (int b = 0; b < SQUARE; b++)
                    sum[r][b][h] += row * potential[b][h];
            }
        }
    }
    DRN_LANES_UNROLL
    for (int r = 0; r < rows; r++) {
        DRN_LANES_UNROLL
        for (int b = 0; b < SQUARE; b++)
            in[(size_t)b * row_stride + (size_t)r] += sum_of_strip(sum[r][b]);
    }
}

/* The same for any number of rows and one group's samples: several sums at a time hide the time that one takes. */
DRN_LANES_INLINE void gather(const float *g, size_t width, size_t stride, const float *v, float *in, size_t row_stride,
                             size_t rows)
{
    for (size_t r = 0; r < rows; r += SQUARE) {
        for (size_t b = 0; b < GROUP; b += SQUARE) {
            const float *row = g + r * stride, *column = v + b * stride;
            float *sum = in + b * row_stride + r;
            switch (rows - r) {
            case 1: gather_block(row, width, stride, column, sum, row_stride, 1); break;
            case 2: gather_block(row, width, stride, column, sum, row_stride, 2); break;
            case 3: gather_block(row, width, stride, column, sum, row_stride, SQUARE < 3 ? SQUARE : 3); break;
            default: gather_block(row, width, stride, column, sum, row_stride, SQUARE); break;
            }
        }
    }
}

DRN_TARGET
static void to_rows(const struct drn_dense *dense, const float *v, float *in, size_t from, size_t to)
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

/* Each lane of most to |v| where that is larger. */
DRN_LANES_INLINE void raise_lanes(drn_lanes *most, const drn_lanes *v)
{
    drn_lanes magnitude = (drn_lanes)((drn_lanes_mask)*v & 0x7fffffff);
    drn_lanes_mask less = (drn_lanes_mask)(*most - magnitude) >> 31;
    *most = (drn_lanes)(((drn_lanes_mask)*most & ~less) | ((drn_lanes_mask)magnitude & less));
}

DRN_LANES_INLINE void raise(float *most, float value)
{
    *most = value > *most ? value : *most;
}

DRN_LANES_INLINE void raise_by_lanes(float *most, const drn_lanes *v)
{
    float lane[DRN_LANE_COUNT];
    memcpy(lane, v, sizeof lane);
    for (int l = 0; l < DRN_LANE_COUNT; l++)
        raise(most, lane[l]);
}

/* Where one vector of units is. */
struct unit_places {
    const float *in, *reciprocal, *knee, *share;
    const int32_t *excitatory;
    float *v;
};

/* is_simple: neither over-relaxed nor linearised, and without diodes or with ideal ones, as is_free says; the compiler
 * may then know it. */
DRN_LANES_INLINE void relax_lanes(const struct relaxation *relaxation, const struct unit_places *at, drn_lanes *moved,
                                  drn_lanes *most, bool is_simple, bool is_free)
{
    struct unit_lanes unit = {at->reciprocal, at->knee, at->excitatory,
                              *drn_lanes_of(at->in) * *drn_lanes_of(at->reciprocal)};
    const float beyond = relaxation->relaxation;
    drn_lanes before = {0};
    if (relaxation->change || (!is_simple && beyond != 1))
        before = *drn_lanes_of(at->v);
    if (!is_simple && beyond != 1) {
        drn_lanes way = unit.v - before;
        unit.v = before + beyond * way;
    }
    if (is_simple && !is_free)
        settle_ideal(&unit);
    else if (!is_simple && relaxation->law)
        settle_units(&unit, relaxation->law);
    if (!is_simple && relaxation->share)
        unit.v *= *drn_lanes_of(at->share);
    if (relaxation->change) {
        drn_lanes change = unit.v - before;
        raise_lanes(moved, &change);
        raise_lanes(most, &unit.v);
    }
    *drn_lanes_at(at->v) = unit.v;
}

static inline bool is_simple(const struct relaxation *relaxation)
{
    return relaxation->relaxation == 1 && !relaxation->share &&
           (!relaxation->law || relaxation->law->kind == DRN_IDEAL);
}

DRN_LANES_INLINE void raise_changes(const struct relaxation *relaxation, const drn_lanes *moved, const drn_lanes *most)
{
    if (relaxation->change) {
        raise_by_lanes(relaxation->change, moved);
        raise_by_lanes(relaxation->largest, most);
    }
}

DRN_LANES_INLINE void relax_range(const struct relaxation *relaxation, size_t from, size_t to, bool simple,
                                  bool is_free)
{
    drn_lanes moved = {0}, most = {0};
    for (size_t b = 0; b < relaxation->groups * GROUP; b++) {
        for (size_t j = from; j < to; j += DRN_LANE_COUNT) {
            size_t at = b * relaxation->stride + j;
            const struct unit_places places = {relaxation->in + at,
                                               relaxation->reciprocal + j,
                                               relaxation->knee ? relaxation->knee + j : NULL,
                                               relaxation->share ? relaxation->share + at : NULL,
                                               relaxation->excitatory + j,
                                               relaxation->v + at};
            relax_lanes(relaxation, &places, &moved, &most, simple, is_free);
        }
    }
    raise_changes(relaxation, &moved, &most);
}

DRN_TARGET
static void relax(const struct relaxation *relaxation, size_t from, size_t to)
{
    if (!is_simple(relaxation))
        relax_range(relaxation, from, to, false, false);
    else if (relaxation->law)
        relax_range(relaxation, from, to, true, false);
    else
        relax_range(relaxation, from, to, true, true);
}

/* BLOCK units of a group's samples as one strip. */
struct unit_block {
    float in[STRIP], reciprocal[STRIP], knee[STRIP], share[STRIP], v[STRIP];
    int32_t excitatory[STRIP];
} __attribute__((aligned(DRN_LANES_BYTES)));

/* Their rows of 16 bytes: of each sample, or the same for all. */
DRN_LANES_INLINE void pack(void *block, const void *rows, size_t stride)
{
    for (size_t b = 0; b < GROUP; b++)
        memcpy((float *)block + b * BLOCK, (const float *)rows + b * stride, BLOCK * sizeof(float));
}

/* Units [j, j + BLOCK) of samples [b, b + GROUP); those beyond the layer's last one stay at 0 V. */
DRN_LANES_INLINE void relax_block(const struct relaxation *relaxation, size_t b, size_t j, drn_lanes *moved,
                                  drn_lanes *most, bool simple)
{
    size_t at = b * relaxation->stride + j, stride = relaxation->stride;
    struct unit_block block;
    pack(block.in, relaxation->in + at, stride);
    pack(block.reciprocal, relaxation->reciprocal + j, 0);
    if (!simple && relaxation->knee)
        pack(block.knee, relaxation->knee + j, 0);
    if (!simple && relaxation->share)
        pack(block.share, relaxation->share + at, stride);
    if (relaxation->law)
        pack(block.excitatory, relaxation->excitatory + j, 0);
    if (relaxation->change || (!simple && relaxation->relaxation != 1))
        pack(block.v, relaxation->v + at, stride);
    for (size_t n = 0; n < STRIP; n += DRN_LANE_COUNT)
        relax_lanes(relaxation,
                    &(struct unit_places){block.in + n, block.reciprocal + n, block.knee + n, block.share + n,
                                          block.excitatory + n, block.v + n},
                    moved, most, simple, false);
    for (size_t s = 0; s < GROUP; s++)
        memcpy(relaxation->v + at + s * stride, block.v + s * BLOCK, BLOCK * sizeof(float));
}

DRN_TARGET
static void gather_relax_scatter(const struct drn_dense_neighbour *neighbour, size_t neighbours,
                                 const struct relaxation *relaxation, float *in, size_t from, size_t to)
{
    size_t row_stride = relaxation->stride;
    bool simple = is_simple(relaxation) && relaxation->law;
    drn_lanes moved = {0}, most = {0};
    for (size_t r = from; r < to; r += BLOCK) {
        size_t rows = to - r < BLOCK ? to - r : BLOCK;
        for (size_t group = 0; group < relaxation->groups; group++) {
            size_t first = group * GROUP, at = first * row_stride + r;
            for (size_t s = 0; s < neighbours; s++)
                gather(neighbour[s].g + r * neighbour[s].stride, neighbour[s].width, neighbour[s].stride,
                       neighbour[s].v + first * neighbour[s].stride, in + at, row_stride, rows);
            if (simple)
                relax_block(relaxation, first, r, &moved, &most, true);
            else
                relax_block(relaxation, first, r, &moved, &most, false);
            for (size_t s = 0; s < neighbours; s++)
                scatter(&(struct scatter){neighbour[s].g + r * neighbour[s].stride, neighbour[s].stride,
                                          relaxation->v + at, row_stride,
                                          neighbour[s].back + first * neighbour[s].stride, 0, neighbour[s].width},
                        rows);
        }
    }
    raise_changes(relaxation, &moved, &most);
}

/* ---- gradient step ------------------------------------------------------------------------------------------ */

/* All ones in the lanes that are columns below `columns`. */
DRN_LANES_INLINE void mark_inside(drn_lanes_mask *mask, size_t c, size_t columns)
{
    int32_t lane[DRN_LANE_COUNT];
    for (size_t l = 0; l < DRN_LANE_COUNT; l++)
        lane[l] = c + l < columns ? -1 : 0;
    memcpy(mask, lane, sizeof lane);
}

/* The sum over the samples of (d - column_d)(s - column_s), with a row's d and s. */
DRN_LANES_INLINE void correlate(drn_lanes *sum, const float *d, const float *s, const float *column_d,
                                const float *column_s, size_t stride, size_t groups)
{
    *sum = (drn_lanes){0};
    for (size_t group = 0; group < groups * GROUP; group += GROUP) {
        DRN_LANES_UNROLL
        for (size_t b = group; b < group + GROUP; b++)
            *sum += (d[b] - *drn_lanes_of(column_d + b * stride)) * (s[b] - *drn_lanes_of(column_s + b * stride));
    }
}

/* The columns of a tile. */
struct tile_columns {
    size_t from, to;
    drn_lanes_mask inside[DRN_DENSE_BLOCK / DRN_LANE_COUNT]; /* -1: a column, 0: beyond the last one */
    drn_lanes sum[DRN_DENSE_BLOCK / DRN_LANE_COUNT];         /* of the rows' new conductances, S */
};

/* One row of a tile: its new conductances, which are added to columns->sum; their sum. groups: of samples; general: of
 * the update; both of which the compiler may then know. */
DRN_LANES_INLINE float move_row(const struct drn_dense *dense, const struct drn_dense_step *step, size_t r,
                                struct tile_columns *columns, size_t groups, bool general)
{
    float mean = (float)(1 / (double)step->samples), *row = step->g + r * dense->stride;
    const float *column_d = step->column_d, *column_s = step->column_s;
    size_t stride = dense->stride, from = columns->from, to = columns->to;
    float d[DRN_BATCH_LIMIT], s[DRN_BATCH_LIMIT];
    for (size_t b = 0; b < groups * GROUP; b++) {
        d[b] = step->sign * step->row_d[b * dense->row_stride + r];
        s[b] = step->sign * step->row_s[b * dense->row_stride + r];
    }
    drn_lanes across[STRIP_VECTORS] = {{0}};
    for (size_t c = from; c < to; c += STRIP) {
        DRN_LANES_UNROLL
        for (size_t h = 0; h < STRIP_VECTORS; h++) {
            size_t at = c + h * DRN_LANE_COUNT, n = (at - from) / DRN_LANE_COUNT;
            drn_lanes gradient;
            correlate(&gradient, d, s, column_d + at, column_s + at, stride, groups);
            gradient *= mean;
            const struct drn_update_place place =
                drn_update_place_of(step->memory, r * dense->stride + at, r, (uint32_t)at);
            drn_lanes moved = drn_update_moved(step->update, general, *drn_lanes_of(row + at), gradient, &place);
            moved = (drn_lanes)((drn_lanes_mask)moved & columns->inside[n]);
            *drn_lanes_at(row + at) = moved;
            across[h] += moved;
            columns->sum[n] += moved;
        }
    }
    return sum_of_strip(across);
}

DRN_TARGET
static void move(const struct drn_dense *dense, const struct drn_dense_step *step, size_t chunk, size_t block)
{
    size_t from = block * DRN_DENSE_BLOCK, start = chunk * DRN_DENSE_CHUNK;
    size_t to = from + DRN_DENSE_BLOCK < dense->width ? from + DRN_DENSE_BLOCK : dense->width;
    size_t end = start + DRN_DENSE_CHUNK < dense->rows ? start + DRN_DENSE_CHUNK : dense->rows;
    float *row_sum = step->row_sum + block * dense->rows;
    struct tile_columns columns;
    columns.from = from;
    columns.to = to;
    memset(columns.sum, 0, sizeof columns.sum);
    for (size_t c = from; c < to; c += DRN_LANE_COUNT)
        mark_inside(&columns.inside[(c - from) / DRN_LANE_COUNT], c, dense->columns);
    for (size_t r = start; r < end; r++) {
        if (step->update->general)
            row_sum[r] = move_row(dense, step, r, &columns, dense->groups, true);
        else if (dense->groups == 1) /* as most are, and then the row's d and s stay in registers */
            row_sum[r] = move_row(dense, step, r, &columns, 1, false);
        else
            row_sum[r] = move_row(dense, step, r, &columns, dense->groups, false);
    }
    memcpy(step->column_sum + chunk * dense->width + from, columns.sum, (to - from) * sizeof *step->column_sum);
}

#endif
