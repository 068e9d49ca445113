#include "drn/input_layer.h"

#include "util/kernel.h"
#include <assert.h>
#include <string.h>

enum { VECTORS = PANEL / DRN_LANE_COUNT };

/* What a panel's columns have in common during a pass. */
struct columns {
    drn_lanes constant[VECTORS];         /* rate mean(d s); with momentum without the rate */
    float rank[DRN_BATCH_LIMIT * PANEL]; /* [samples][PANEL] rate d / batch; with momentum without the rate */
    double sum[PANEL];
    float rate, momentum;
};

/* Move one strip of the conductances of both sources of a pixel by the gradients constant - u and constant + u. */
DRN_LANES_INLINE void move_pixel(drn_lanes *g, drn_lanes *velocity, const drn_lanes *constant, const drn_lanes *u,
                                 float rate, float momentum, drn_lanes *sum)
{
    DRN_LANES_UNROLL
    for (int h = 0; h < STRIP_VECTORS; h++) {
        drn_lanes up = constant[h] - u[h], down = constant[h] + u[h];
        if (velocity) {
            velocity[h] = momentum * velocity[h] + up;
            velocity[VECTORS + h] = momentum * velocity[VECTORS + h] + down;
            up = rate * velocity[h];
            down = rate * velocity[VECTORS + h];
        }
        drn_lanes plus = g[h] - up, minus = g[VECTORS + h] - down;
        plus = (drn_lanes)((drn_lanes_mask)plus & ~((drn_lanes_mask)plus >> 31));
        minus = (drn_lanes)((drn_lanes_mask)minus & ~((drn_lanes_mask)minus >> 31));
        g[h] = plus;
        g[VECTORS + h] = minus;
        sum[h] += plus + minus;
    }
}

/* u of a pixel: its potentials times the ranks of a strip's columns, which are `step` vectors apart. */
DRN_LANES_INLINE void rank_of(drn_lanes *u, const float *volts, size_t pixels, size_t groups, const drn_lanes *rank,
                              size_t step)
{
    DRN_LANES_UNROLL
    for (int h = 0; h < STRIP_VECTORS; h++)
        u[h] = (drn_lanes){0};
    for (size_t group = 0; group < groups; group++, volts += pixels * GROUP, rank += GROUP * step) {
        DRN_LANES_UNROLL
        for (int b = 0; b < GROUP; b++) {
            DRN_LANES_UNROLL
            for (int h = 0; h < STRIP_VECTORS; h++)
                u[h] += volts[b] * rank[(size_t)b * step + (size_t)h];
        }
    }
}

/* One chunk of a panel's conductances under the gradient step. */
struct moving_chunk {
    float *panel, *velocity; /* [pixels][2][PANEL]; velocity NULL without momentum */
    size_t ahead;            /* elements to the next panel, which is fetched meanwhile; 0: there is none */
    const struct drn_inputs *inputs;
    size_t start, end; /* pixels inputs->order[start, end) */
    struct columns *columns;
};

/* The gradient step on one strip of it. groups: of inputs, which the compiler may then know. */
DRN_LANES_INLINE void move_strip(const struct moving_chunk *chunk, size_t groups, size_t strip)
{
    const struct drn_inputs *inputs = chunk->inputs;
    struct columns *columns = chunk->columns;
    size_t first = strip * STRIP_VECTORS, step = VECTORS;
    drn_lanes sum[STRIP_VECTORS] = {{0}}, constant[STRIP_VECTORS], only[GROUP * STRIP_VECTORS];
    const drn_lanes *rank = drn_lanes_of(columns->rank) + first;
    memcpy(constant, columns->constant + first, sizeof constant);
    if (groups == 1) {
        for (size_t b = 0; b < GROUP; b++)
            memcpy(only + b * STRIP_VECTORS, rank + b * VECTORS, STRIP_VECTORS * sizeof *rank);
        rank = only;
        step = STRIP_VECTORS;
    }
    size_t lit = chunk->start + inputs->lit[chunk->start / CHUNK];
    for (size_t n = chunk->start; n < chunk->end; n++) {
        size_t pixel = inputs->order[n], at = pixel * PANEL_PIXEL + strip * STRIP;
        float *g = chunk->panel + at;
        drn_lanes u[STRIP_VECTORS] = {{0}};
        __builtin_prefetch(g + chunk->ahead, 1);
        __builtin_prefetch(g + chunk->ahead + PANEL, 1);
        if (n < lit)
            rank_of(u, inputs->volts + pixel * GROUP, inputs->pixels, groups, rank, step);
        move_pixel(drn_lanes_at(g), chunk->velocity ? drn_lanes_at(chunk->velocity + at) : NULL, constant, u,
                   columns->rate, columns->momentum, sum);
    }
    float sums[STRIP];
    memcpy(sums, sum, sizeof sums);
    for (size_t j = 0; j < STRIP; j++)
        columns->sum[strip * STRIP + j] += sums[j];
}

DRN_LANES_INLINE void move_chunk(const struct moving_chunk *chunk, size_t groups)
{
    for (size_t strip = 0; strip < PANEL / STRIP; strip++)
        move_strip(chunk, groups, strip);
}

/* Add the products of one strip of a chunk with the inputs of one group to product[GROUP][PANEL]. */
DRN_LANES_INLINE void multiply_strip(const float *panel, const struct drn_inputs *inputs, size_t group, size_t start,
                                     double *product, size_t strip)
{
    drn_lanes sum[GROUP][STRIP_VECTORS] = {{{0}}};
    const float *volts = inputs->volts + group * inputs->pixels * GROUP;
    size_t lit = start + inputs->lit[start / CHUNK];
    for (size_t n = start; n < lit; n++) {
        size_t pixel = inputs->order[n];
        const drn_lanes *g = drn_lanes_of(panel + pixel * PANEL_PIXEL + strip * STRIP);
        const float *x = volts + pixel * GROUP;
        drn_lanes difference[STRIP_VECTORS];
        DRN_LANES_UNROLL
        for (int h = 0; h < STRIP_VECTORS; h++)
            difference[h] = g[h] - g[VECTORS + h];
        DRN_LANES_UNROLL
        for (int b = 0; b < GROUP; b++) {
            DRN_LANES_UNROLL
            for (int h = 0; h < STRIP_VECTORS; h++)
                sum[b][h] += x[b] * difference[h];
        }
    }
    float sums[GROUP][STRIP];
    memcpy(sums, sum, sizeof sums);
    for (size_t b = 0; b < GROUP; b++) {
        for (size_t j = 0; j < STRIP; j++)
            product[b * PANEL + strip * STRIP + j] += sums[b][j];
    }
}

DRN_LANES_INLINE void multiply_chunk(const float *panel, const struct drn_inputs *inputs, size_t group, size_t start,
                                     double *product)
{
    for (size_t strip = 0; strip < PANEL / STRIP; strip++)
        multiply_strip(panel, inputs, group, start, product, strip);
}

/* The gradient's constants of a panel that begins at column `first`. */
static void prepare(struct columns *columns, const struct input_pass *pass, size_t stride, size_t first)
{
    size_t samples = pass->inputs->groups * GROUP;
    double rate = pass->momentum > 0 ? 1 : pass->rate;
    float scale = (float)(rate / (double)pass->inputs->samples);
    double constant[PANEL] = {0};
    for (size_t b = 0; b < samples; b++) {
        const float *d = pass->d + b * stride + first, *s = pass->s + b * stride + first;
        for (int j = 0; j < PANEL; j++) {
            columns->rank[b * PANEL + j] = scale * d[j];
            constant[j] += (double)(scale * d[j]) * s[j];
        }
    }
    float rounded[PANEL];
    for (int j = 0; j < PANEL; j++)
        rounded[j] = (float)constant[j];
    memcpy(columns->constant, rounded, sizeof rounded);
    memset(columns->sum, 0, sizeof columns->sum);
    columns->rate = (float)pass->rate;
    columns->momentum = (float)pass->momentum;
}

static void store_product(const struct input_pass *pass, const double *product, const float *bias, size_t stride,
                          size_t first)
{
    for (size_t b = 0; b < pass->next->groups * GROUP; b++) {
        for (int j = 0; j < PANEL; j++)
            pass->product[b * stride + first + j] = (float)(product[b * PANEL + j] + bias[first + j]);
    }
}

struct scratch {
    struct columns columns __attribute__((aligned(DRN_LANES_BYTES)));
    double product[DRN_BATCH_LIMIT * PANEL];
};

KERNEL
static void pass_panel(float *panel, float *velocity, size_t ahead, const struct input_pass *pass, size_t pixels,
                       struct scratch *scratch)
{
    for (size_t start = 0; start < pixels; start += CHUNK) {
        size_t end = start + CHUNK < pixels ? start + CHUNK : pixels;
        struct moving_chunk chunk = {panel, NULL, ahead, pass->inputs, start, end, &scratch->columns};
        if (pass->inputs && velocity) {
            chunk.velocity = velocity;
            move_chunk(&chunk, pass->inputs->groups);
        } else if (pass->inputs && pass->inputs->groups == 1) {
            move_chunk(&chunk, 1);
        } else if (pass->inputs) {
            move_chunk(&chunk, pass->inputs->groups);
        }
        for (size_t group = 0; pass->next && group < pass->next->groups; group++)
            multiply_chunk(panel, pass->next, group, start, scratch->product + group * GROUP * PANEL);
    }
}

void input_layer_pass(struct drn_network *network, const struct input_pass *pass, size_t from, size_t to)
{
    size_t stride = network->stride[1], size = network->pixels * PANEL_PIXEL;
    struct scratch scratch;
    assert(from <= to && to <= network->panels);
    assert(!pass->inputs || pass->inputs->groups * GROUP <= DRN_BATCH_LIMIT);
    assert(!pass->next || pass->next->groups * GROUP <= DRN_BATCH_LIMIT);
    for (size_t p = from; p < to; p++) {
        float *velocity = pass->inputs && network->input_velocity ? network->input_velocity + p * size : NULL;
        if (pass->inputs)
            prepare(&scratch.columns, pass, stride, p * PANEL);
        if (pass->next)
            memset(scratch.product, 0, pass->next->groups * GROUP * PANEL * sizeof(double));
        pass_panel(network->input + p * size, velocity, p + 1 < to ? size : 0, pass, network->pixels, &scratch);
        if (pass->inputs)
            memcpy(network->below[1] + p * PANEL, scratch.columns.sum, sizeof scratch.columns.sum);
        if (pass->next)
            store_product(pass, scratch.product, network->bias[1], stride, p * PANEL);
    }
}
