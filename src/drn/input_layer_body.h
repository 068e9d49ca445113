/* The kernel of input_layer.h for vectors of DRN_LANE_COUNT floats. */
#ifndef OPSPICE_INPUT_LAYER_BODY_H
#define OPSPICE_INPUT_LAYER_BODY_H

#include "drn/drn_vectors.h"
#include "drn/input_layer.h"
#include "drn/update_body.h"
#include <string.h>

/* Of a panel; of a slice of it, whose sums stay in registers; and a slice's columns. */
enum { VECTORS = PANEL / DRN_LANE_COUNT, SLICE_VECTORS = 2, SLICE = SLICE_VECTORS * DRN_LANE_COUNT };

/* Pixels pass->inputs->order[start, end) of a panel under the gradient step. */
struct moving_chunk {
    const struct input_panel *panel;
    float *const *memory; /* as panel->memory, but the compiler may know that there is none */
    size_t start, end;
};

/* The gradients of a slice of the conductances of both sources of a pixel: constant - u and constant + u. */
struct pixel_gradients {
    float *panel;                  /* the panel's conductances */
    const drn_lanes *constant, *u; /* [SLICE_VECTORS] */
};

/* Move the conductances by their gradients. at: where the slice begins in the panel; sum [SLICE_VECTORS]: of the
 * columns' conductances, added to. */
DRN_LANES_INLINE void move_pixel(const struct moving_chunk *chunk, const struct drn_update *update, bool general,
                                 size_t at, struct pixel_gradients of, drn_lanes *sum)
{
    const drn_lanes *constant = of.constant, *u = of.u;
    drn_lanes *g = drn_lanes_at(of.panel + at);
    DRN_LANES_UNROLL
    for (size_t h = 0; h < SLICE_VECTORS; h++) {
        size_t place = at + h * DRN_LANE_COUNT, column = place % PANEL;
        uint64_t row = chunk->panel->row + place / PANEL;
        const struct drn_update_place up = drn_update_place_of(chunk->memory, place, row, (uint32_t)column);
        const struct drn_update_place down =
            drn_update_place_of(chunk->memory, place + PANEL, row + 1, (uint32_t)column);
        drn_lanes plus = drn_update_step(update, general, constant[h] - u[h], &up);
        drn_lanes minus = drn_update_step(update, general, constant[h] + u[h], &down);
        if (up.memory[DRN_VELOCITY])
            __asm__("" : "+m"(plus), "+m"(minus)); /* steps are rounded before they are taken: not fused */
        plus = drn_update_written(update, general, g[h], plus, &up);
        minus = drn_update_written(update, general, g[VECTORS + h], minus, &down);
        if (general) {
            drn_lanes_mask inside = *drn_lanes_mask_of(chunk->panel->columns->inside + column);
            plus = (drn_lanes)((drn_lanes_mask)plus & inside);
            minus = (drn_lanes)((drn_lanes_mask)minus & inside);
        }
        g[h] = plus;
        g[VECTORS + h] = minus;
        sum[h] += plus + minus;
    }
}

/* u of a pixel: its potentials times the ranks of a slice's columns, which are `step` vectors apart. */
DRN_LANES_INLINE void rank_of(drn_lanes *u, const float *volts, size_t pixels, size_t groups, const drn_lanes *rank,
                              size_t step)
{
    DRN_LANES_UNROLL
    for (int h = 0; h < SLICE_VECTORS; h++)
        u[h] = (drn_lanes){0};
    for (size_t group = 0; group < groups; group++, volts += pixels * GROUP, rank += GROUP * step) {
        DRN_LANES_UNROLL
        for (int b = 0; b < GROUP; b++) {
            DRN_LANES_UNROLL
            for (int h = 0; h < SLICE_VECTORS; h++)
                u[h] += volts[b] * rank[(size_t)b * step + (size_t)h];
        }
    }
}

/* The gradient step on one slice of it. groups: of inputs; general: of the update; both of which the compiler may then
 * know. */
DRN_LANES_INLINE void move_slice(const struct moving_chunk *chunk, size_t groups, bool general, size_t slice)
{
    const struct drn_inputs *inputs = chunk->panel->pass->inputs;
    struct input_columns *columns = chunk->panel->columns;
    const struct drn_update update = columns->update; /* a copy that no store to conductances can change */
    float *panel = chunk->panel->g;
    size_t first = slice * SLICE, step = VECTORS;
    ptrdiff_t ahead = chunk->panel->ahead;
    drn_lanes sum[SLICE_VECTORS] = {{0}}, constant[SLICE_VECTORS], only[GROUP * SLICE_VECTORS];
    const drn_lanes *rank = drn_lanes_of(columns->rank + first);
    memcpy(constant, columns->constant + first, sizeof constant);
    if (groups == 1) {
        for (size_t b = 0; b < GROUP; b++)
            memcpy(only + b * SLICE_VECTORS, rank + b * VECTORS, SLICE_VECTORS * sizeof *rank);
        rank = only;
        step = SLICE_VECTORS;
    }
    size_t lit = chunk->start + inputs->lit[chunk->start / CHUNK];
    for (size_t n = chunk->start; n < chunk->end; n++) {
        size_t pixel = inputs->order[n], at = pixel * PANEL_PIXEL + first;
        const float *g = panel + at;
        drn_lanes u[SLICE_VECTORS] = {{0}};
        for (size_t line = 0; line < SLICE; line += STRIP) {
            __builtin_prefetch(g + line + ahead, 1);
            __builtin_prefetch(g + PANEL + line + ahead, 1);
        }
        if (n < lit)
            rank_of(u, inputs->volts + pixel * GROUP, inputs->pixels, groups, rank, step);
        move_pixel(chunk, &update, general, at, (struct pixel_gradients){panel, constant, u}, sum);
    }
    float sums[SLICE];
    memcpy(sums, sum, sizeof sums);
    for (size_t j = 0; j < SLICE; j++)
        columns->sum[slice * SLICE + j] += sums[j];
}

DRN_LANES_INLINE void move_chunk(const struct moving_chunk *chunk, size_t groups, bool general)
{
    for (size_t slice = 0; slice < PANEL / SLICE; slice++)
        move_slice(chunk, groups, general, slice);
}

/* Add the products of one slice of a chunk with the inputs of one group to product[GROUP][PANEL]. */
DRN_LANES_INLINE void multiply_slice(const float *panel, const struct drn_inputs *inputs, size_t group, size_t start,
                                     double *product, size_t slice)
{
    drn_lanes sum[GROUP][SLICE_VECTORS] = {{{0}}};
    const float *volts = inputs->volts + group * inputs->pixels * GROUP;
    size_t lit = start + inputs->lit[start / CHUNK];
    for (size_t n = start; n < lit; n++) {
        size_t pixel = inputs->order[n];
        const drn_lanes *g = drn_lanes_of(panel + pixel * PANEL_PIXEL + slice * SLICE);
        const float *x = volts + pixel * GROUP;
        drn_lanes difference[SLICE_VECTORS];
        DRN_LANES_UNROLL
        for (int h = 0; h < SLICE_VECTORS; h++)
            difference[h] = g[h] - g[VECTORS + h];
        DRN_LANES_UNROLL
        for (int b = 0; b < GROUP; b++) {
            DRN_LANES_UNROLL
            for (int h = 0; h < SLICE_VECTORS; h++)
                sum[b][h] += x[b] * difference[h];
        }
    }
    float sums[GROUP][SLICE];
    memcpy(sums, sum, sizeof sums);
    for (size_t b = 0; b < GROUP; b++) {
        for (size_t j = 0; j < SLICE; j++)
            product[b * PANEL + slice * SLICE + j] += sums[b][j];
    }
}

DRN_LANES_INLINE void multiply_chunk(const float *panel, const struct drn_inputs *inputs, size_t group, size_t start,
                                     double *product)
{
    for (size_t slice = 0; slice < PANEL / SLICE; slice++)
        multiply_slice(panel, inputs, group, start, product, slice);
}

DRN_TARGET
static void pass_panel(const struct input_panel *panel)
{
    const struct drn_inputs *inputs = panel->pass->inputs, *next = panel->pass->next;
    float *const nothing[DRN_MEMORIES] = {NULL};
    for (size_t start = 0; start < panel->pixels; start += CHUNK) {
        size_t end = start + CHUNK < panel->pixels ? start + CHUNK : panel->pixels;
        if (inputs && panel->pass->update->general)
            move_chunk(&(struct moving_chunk){panel, panel->memory, start, end}, inputs->groups, true);
        else if (inputs && !panel->memory[DRN_VELOCITY] && inputs->groups == 1)
            move_chunk(&(struct moving_chunk){panel, nothing, start, end}, 1, false);
        else if (inputs)
            move_chunk(&(struct moving_chunk){panel, panel->memory, start, end}, inputs->groups, false);
        for (size_t group = 0; next && group < next->groups; group++)
            multiply_chunk(panel->g, next, group, start, panel->product + group * GROUP * PANEL);
    }
}

#endif
