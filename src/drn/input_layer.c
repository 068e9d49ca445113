#include "drn/input_layer.h"

#include "util/kernel.h"
#include <string.h>

enum { VECTORS = PANEL / LANES };

/* What a panel's columns have in common during a pass. */
struct columns {
    lanes constant[VECTORS];             /* rate mean(d s); with momentum without the rate */
    float rank[DRN_BATCH_LIMIT * PANEL]; /* [samples][PANEL] rate d / batch; with momentum without the rate */
    double sum[PANEL];
    float rate, momentum;
};

/* Move one strip of the conductances of both sources of a pixel by the gradients constant - u and constant + u. */
LANES_INLINE void move_pixel(lanes *g, lanes *velocity, const lanes *constant, const lanes *u, float rate,
                             float momentum, lanes *sum)
{
    LANES_UNROLL
    for (int h = 0; h < STRIP_VECTORS; h++) {
        lanes up = constant[h] - u[h], down = constant[h] + u[h];
        if (velocity) {
            velocity[h] = momentum * velocity[h] + up;
            velocity[VECTORS + h] = momentum * velocity[VECTORS + h] + down;
            up = rate * velocity[h];
            down = rate * velocity[VECTORS + h];
        }
        lanes plus = g[h] - up, minus = g[VECTORS + h] - down;
        plus = (lanes)((lanes_mask)plus & ~((lanes_mask)plus >> 31));
        minus = (lanes)((lanes_mask)minus & ~((lanes_mask)minus >> 31));
        g[h] = plus;
        g[VECTORS + h] = minus;
        sum[h] += plus + minus;
    }
}

/* u of a pixel: its potentials times the ranks of a strip's columns, which are `step` vectors apart. */
LANES_INLINE void rank_of(lanes *u, const float *volts, size_t pixels, size_t groups, const lanes *rank, size_t step)
{
    LANES_UNROLL
    for (int h = 0; h < STRIP_VECTORS; h++)
        u[h] = (lanes){0};
    for (size_t group = 0; group < groups; group++, volts += pixels * GROUP, rank += GROUP * step) {
        LANES_UNROLL
        for (int b = 0; b < GROUP; b++) {
            LANES_UNROLL
            for (int h = 0; h < STRIP_VECTORS; h++)
                u[h] += volts[b] * rank[(size_t)b * step + (size_t)h];
        }
    }
}

/* The gradient step on one strip of a chunk of a panel. `ahead` is where the next panel begins: it is fetched
 * meanwhile. */
LANES_INLINE void move_strip(float *panel, float *velocity, size_t ahead, const struct drn_inputs *inputs, size_t start,
                             size_t end, struct columns *columns, size_t groups, size_t strip)
{
    size_t first = strip * STRIP_VECTORS, step = VECTORS;
    lanes sum[STRIP_VECTORS] = {{0}}, constant[STRIP_VECTORS], only[GROUP * STRIP_VECTORS];
    const lanes *rank = lanes_of(columns->rank) + first;
    memcpy(constant, columns->constant + first, sizeof constant);
    if (groups == 1) {
        for (size_t b = 0; b < GROUP; b++)
            memcpy(only + b * STRIP_VECTORS, rank + b * VECTORS, STRIP_VECTORS * sizeof *rank);
        rank = only;
        step = STRIP_VECTORS;
    }
    size_t lit = start + inputs->lit[start / CHUNK];
    for (size_t n = start; n < end; n++) {
        size_t pixel = inputs->order[n];
        float *g = panel + pixel * PANEL_PIXEL + strip * STRIP;
        lanes u[STRIP_VECTORS] = {{0}};
        __builtin_prefetch(g + ahead, 1);
        __builtin_prefetch(g + ahead + PANEL, 1);
        if (n < lit)
            rank_of(u, inputs->volts + pixel * GROUP, inputs->pixels, groups, rank, step);
        move_pixel(lanes_at(g), velocity ? lanes_at(velocity + pixel * PANEL_PIXEL + strip * STRIP) : NULL, constant, u,
                   columns->rate, columns->momentum, sum);
    }
    float sums[STRIP];
    memcpy(sums, sum, sizeof sums);
    for (size_t j = 0; j < STRIP; j++)
        columns->sum[strip * STRIP + j] += sums[j];
}

LANES_INLINE void move_chunk(float *panel, float *velocity, size_t ahead, const struct drn_inputs *inputs, size_t start,
                             size_t end, struct columns *columns, size_t groups)
{
    for (size_t strip = 0; strip < PANEL / STRIP; strip++)
        move_strip(panel, velocity, ahead, inputs, start, end, columns, groups, strip);
}

/* Add the products of one strip of a chunk with the inputs of one group to product[GROUP][PANEL]. */
LANES_INLINE void multiply_strip(const float *panel, const struct drn_inputs *inputs, size_t group, size_t start,
                                 double *product, size_t strip)
{
    lanes sum[GROUP][STRIP_VECTORS] = {{{0}}};
    const float *volts = inputs->volts + group * inputs->pixels * GROUP;
    size_t lit = start + inputs->lit[start / CHUNK];
    for (size_t n = start; n < lit; n++) {
        size_t pixel = inputs->order[n];
        const lanes *g = lanes_of(panel + pixel * PANEL_PIXEL + strip * STRIP);
        const float *x = volts + pixel * GROUP;
        lanes difference[STRIP_VECTORS];
        LANES_UNROLL
        for (int h = 0; h < STRIP_VECTORS; h++)
            difference[h] = g[h] - g[VECTORS + h];
        LANES_UNROLL
        for (int b = 0; b < GROUP; b++) {
            LANES_UNROLL
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

LANES_INLINE void multiply_chunk(const float *panel, const struct drn_inputs *inputs, size_t group, size_t start,
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
    struct columns columns __attribute__((aligned(LANES_BYTES)));
    double product[DRN_BATCH_LIMIT * PANEL];
};

KERNEL
static void pass_panel(float *panel, float *velocity, size_t ahead, const struct input_pass *pass, size_t pixels,
                       struct scratch *scratch)
{
    for (size_t start = 0; start < pixels; start += CHUNK) {
        size_t end = start + CHUNK < pixels ? start + CHUNK : pixels;
        if (!pass->inputs)
            ;
        else if (velocity)
            move_chunk(panel, velocity, ahead, pass->inputs, start, end, &scratch->columns, pass->inputs->groups);
        else if (pass->inputs->groups == 1)
            move_chunk(panel, NULL, ahead, pass->inputs, start, end, &scratch->columns, 1);
        else
            move_chunk(panel, NULL, ahead, pass->inputs, start, end, &scratch->columns, pass->inputs->groups);
        for (size_t group = 0; pass->next && group < pass->next->groups; group++)
            multiply_chunk(panel, pass->next, group, start, scratch->product + group * GROUP * PANEL);
    }
}

void input_layer_pass(struct drn_network *network, const struct input_pass *pass, size_t from, size_t to)
{
    size_t stride = network->stride[1], size = network->pixels * PANEL_PIXEL;
    struct scratch scratch;
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
