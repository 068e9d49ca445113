#include "drn/input_layer.h"

#include <string.h>

enum { VECTORS = PANEL / LANES };

/* What a panel's columns have in common during a pass. */
struct columns {
    lanes constant[VECTORS];             /* rate mean(d s); with momentum without the rate */
    float rank[DRN_BATCH_LIMIT * PANEL]; /* [samples][PANEL] rate d / batch; with momentum without the rate */
    double sum[PANEL];
    float rate, momentum;
};

/* Move the conductances of both sources of a pixel by the gradients constant - u and constant + u. */
LANES_INLINE void move_pixel(lanes *g, lanes *velocity, const lanes *constant, const lanes *u, float rate,
                             float momentum, lanes *sum)
{
    LANES_UNROLL
    for (int v = 0; v < VECTORS; v++) {
        lanes up = constant[v] - u[v], down = constant[v] + u[v];
        if (velocity) {
            velocity[v] = momentum * velocity[v] + up;
            velocity[VECTORS + v] = momentum * velocity[VECTORS + v] + down;
            up = rate * velocity[v];
            down = rate * velocity[VECTORS + v];
        }
        lanes plus = g[v] - up, minus = g[VECTORS + v] - down;
        plus = (lanes)((lanes_mask)plus & ~((lanes_mask)plus >> 31));
        minus = (lanes)((lanes_mask)minus & ~((lanes_mask)minus >> 31));
        g[v] = plus;
        g[VECTORS + v] = minus;
        sum[v] += plus + minus;
    }
}

/* u of a pixel: its potentials times the columns' ranks. */
LANES_INLINE void rank_of(lanes *u, const float *volts, size_t pixels, size_t groups, const lanes *rank)
{
    LANES_UNROLL
    for (int v = 0; v < VECTORS; v++)
        u[v] = (lanes){0};
    for (size_t group = 0; group < groups; group++, volts += pixels * GROUP, rank += GROUP * VECTORS) {
        LANES_UNROLL
        for (int b = 0; b < GROUP; b++) {
            LANES_UNROLL
            for (int v = 0; v < VECTORS; v++)
                u[v] += volts[b] * rank[b * VECTORS + v];
        }
    }
}

/* The gradient step on one chunk of a panel. `ahead` is where the next panel begins: it is fetched meanwhile. */
LANES_INLINE void move_chunk(float *panel, float *velocity, size_t ahead, const struct drn_inputs *inputs, size_t start,
                             size_t end, struct columns *columns, size_t groups)
{
    lanes sum[VECTORS] = {{0}}, constant[VECTORS], first[GROUP * VECTORS];
    const lanes *rank = lanes_of(columns->rank);
    memcpy(constant, columns->constant, sizeof constant);
    if (groups == 1) {
        memcpy(first, columns->rank, sizeof first);
        rank = first;
    }
    size_t lit = start + inputs->lit[start / CHUNK];
    for (size_t n = start; n < end; n++) {
        size_t pixel = inputs->order[n];
        float *g = panel + pixel * PANEL_PIXEL;
        lanes u[VECTORS] = {{0}};
        for (int line = 0; line < PANEL_PIXEL; line += LANES)
            __builtin_prefetch(g + ahead + line, 1);
        if (n < lit)
            rank_of(u, inputs->volts + pixel * GROUP, inputs->pixels, groups, rank);
        move_pixel(lanes_at(g), velocity ? lanes_at(velocity + pixel * PANEL_PIXEL) : NULL, constant, u, columns->rate,
                   columns->momentum, sum);
    }
    float sums[PANEL];
    memcpy(sums, sum, sizeof sums);
    for (int j = 0; j < PANEL; j++)
        columns->sum[j] += sums[j];
}

/* Add the products of one chunk with the inputs of one group to product[GROUP][PANEL]. */
LANES_INLINE void multiply_chunk(const float *panel, const struct drn_inputs *inputs, size_t group, size_t start,
                                 double *product)
{
    lanes sum[GROUP][VECTORS] = {{{0}}};
    const float *volts = inputs->volts + group * inputs->pixels * GROUP;
    size_t lit = start + inputs->lit[start / CHUNK];
    for (size_t n = start; n < lit; n++) {
        size_t pixel = inputs->order[n];
        const lanes *g = lanes_of(panel + pixel * PANEL_PIXEL);
        const float *x = volts + pixel * GROUP;
        lanes difference[VECTORS];
        LANES_UNROLL
        for (int v = 0; v < VECTORS; v++)
            difference[v] = g[v] - g[VECTORS + v];
        LANES_UNROLL
        for (int b = 0; b < GROUP; b++) {
            LANES_UNROLL
            for (int v = 0; v < VECTORS; v++)
                sum[b][v] += x[b] * difference[v];
        }
    }
    float sums[GROUP * PANEL];
    memcpy(sums, sum, sizeof sums);
    for (int j = 0; j < GROUP * PANEL; j++)
        product[j] += sums[j];
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

LANES_CLONES
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
