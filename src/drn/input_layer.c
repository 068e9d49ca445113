#include "drn/input_layer.h"

#include "drn/drn_kernels.h"
#include <assert.h>
#include <string.h>

/* The gradient's constants of a panel that begins at column `first`. */
static void prepare(struct input_columns *columns, const struct drn_network *network, const struct input_pass *pass,
                    size_t first)
{
    size_t samples = pass->inputs->groups * GROUP, stride = network->stride[1];
    bool alone = !pass->update->general && !network->input_memory[DRN_VELOCITY];
    float scale = (float)((alone ? pass->update->rate : 1) / (double)pass->inputs->samples);
    double constant[PANEL] = {0};
    for (size_t b = 0; b < samples; b++) {
        const float *d = pass->d + b * stride + first, *s = pass->s + b * stride + first;
        for (int j = 0; j < PANEL; j++) {
            columns->rank[b * PANEL + j] = scale * d[j];
            constant[j] += (double)(scale * d[j]) * s[j];
        }
    }
    for (size_t j = 0; j < PANEL; j++) {
        columns->constant[j] = (float)constant[j];
        columns->inside[j] = first + j < network->units[1] ? -1 : 0;
    }
    memset(columns->sum, 0, sizeof columns->sum);
    columns->update = *pass->update;
    columns->update.rate = alone ? 1 : pass->update->rate;
}

static void store_product(const struct input_pass *pass, const double *product, const float *bias, size_t stride,
                          size_t first)
{
    for (size_t b = 0; b < pass->next->groups * GROUP; b++) {
        for (int j = 0; j < PANEL; j++)
            pass->product[b * stride + first + j] = (float)(product[b * PANEL + j] + bias[first + j]);
    }
}

void input_layer_pass(struct drn_network *network, const struct input_pass *pass, size_t from, size_t to)
{
    size_t size = network->pixels * PANEL_PIXEL;
    struct input_columns columns;
    double product[DRN_BATCH_LIMIT * PANEL];
    assert(from <= to && to <= network->panels);
    assert(!pass->inputs || pass->inputs->groups * GROUP <= DRN_BATCH_LIMIT);
    assert(!pass->next || pass->next->groups * GROUP <= DRN_BATCH_LIMIT);
    for (size_t left = to - from; left > 0; left--) {
        size_t p = pass->backwards ? from + left - 1 : to - left;
        ptrdiff_t step = pass->backwards ? -(ptrdiff_t)size : (ptrdiff_t)size;
        struct input_panel panel = {.g = network->input + p * size,
                                    .row = p * network->pixels * 2,
                                    .pixels = network->pixels,
                                    .ahead = left > 1 ? step : 0,
                                    .pass = pass,
                                    .columns = &columns,
                                    .product = product};
        for (int m = 0; m < DRN_MEMORIES; m++)
            panel.memory[m] = network->input_memory[m] ? network->input_memory[m] + p * size : NULL;
        if (pass->inputs)
            prepare(&columns, network, pass, p * PANEL);
        if (pass->next)
            memset(product, 0, pass->next->groups * GROUP * PANEL * sizeof *product);
        network->kernels->pass_panel(&panel);
        if (pass->inputs)
            memcpy(network->below[1] + p * PANEL, columns.sum, sizeof columns.sum);
        if (pass->next)
            store_product(pass, product, network->bias[1], network->stride[1], p * PANEL);
    }
}
