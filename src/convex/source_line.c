#include "convex/source_line.h"

#include "util/array.h"
#include "util/kernel.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

void source_line_follow(struct source_line *line, uint32_t source, bool in_any_order)
{
    line->source = source;
    line->in_any_order = in_any_order;
    line->settled = line->direction_found = 0;
    source_line_forget(line);
}

void source_line_forget(struct source_line *line)
{
    line->centre_found = 0;
    line->pasts = 0;
}

bool source_line_make_room(struct source_line *line, uint32_t nodes)
{
    double **centre = line->centre.part, **direction = line->direction.part;
    const struct array_request request[] = {
        {&centre[0], nodes, sizeof(double)},    {&centre[1], nodes, sizeof(double)},
        {&direction[0], nodes, sizeof(double)}, {&direction[1], nodes, sizeof(double)},
        {&line->past[0], nodes, LINE_PASTS * sizeof(double)},
    };
    line->centre.parts = line->direction.parts = 2;
    if (line->block)
        return true;
    line->block = arrays_new(request, sizeof request / sizeof *request);
    for (int p = 1; line->block && p < LINE_PASTS; p++)
        line->past[p] = line->past[0] + (size_t)p * nodes;
    return line->block;
}

KERNEL
static void on_line(uint32_t nodes, const struct potentials *centre, const struct potentials *direction, double s,
                    double *restrict hi, double *restrict lo)
{
    const double *restrict c = centre->part[0], *restrict c_lo = centre->part[1];
    const double *restrict d = direction->part[0], *restrict d_lo = direction->part[1];
    KERNEL_EACH
    for (uint32_t node = 0; node < nodes; node++) {
        struct dd v = dd_mul_double((struct dd){d[node], d_lo[node]}, s);
        v = dd_add(v, (struct dd){c[node], c_lo[node]});
        hi[node] = v.hi;
        lo[node] = v.lo;
    }
}

enum network_status source_line_point(struct source_line *line, struct network *network, struct solve_info *info)
{
    assert(line->block);
    enum network_status status = NETWORK_OK;
    if (line->direction_found != network->version.segments) {
        network->fine = false; /* where a diode just changes its segment more is asked than of the points that follow */
        network_excite_only(network, line->source, NULL);
        status = network_iterate(network, &line->direction, info);
        line->direction_found = status == NETWORK_OK ? network->version.segments : 0;
    }
    if (status == NETWORK_OK && line->centre_found != network->version.segments) {
        network_excite(network, line->source);
        status = network_iterate(network, &line->centre, info);
        line->centre_found = status == NETWORK_OK ? network->version.segments : 0;
    }
    network_excite(network, NETWORK_NO_SOURCE);
    if (status == NETWORK_OK)
        on_line(network->tables->nodes, &line->centre, &line->direction, network->circuit->element[line->source].value,
                network->v.part[0], network->v.part[1]);
    return status;
}

/* The polynomial through the answers so far. */
void source_line_extrapolate(const struct source_line *line, struct network *network)
{
    double s = network->circuit->element[line->source].value, weight[LINE_PASTS];
    if (line->pasts < 2)
        return;
    for (int p = 0; p < line->pasts; p++) {
        weight[p] = 1;
        for (int q = 0; q < line->pasts; q++)
            if (q != p)
                weight[p] *= (s - line->value[q]) / (line->value[p] - line->value[q]);
    }
    for (uint32_t node = 1; node < network->tables->nodes; node++) {
        double sum = 0;
        for (int p = 0; p < line->pasts; p++)
            sum += weight[p] * line->past[p][node];
        network->v.part[0][node] = sum;
        network->v.part[1][node] = 0;
    }
}

void source_line_remember(struct source_line *line, const struct network *network)
{
    assert(line->block);
    double s = network->circuit->element[line->source].value;
    if (line->pasts > 0 && s == line->value[0])
        return;
    double *oldest = line->past[LINE_PASTS - 1];
    for (int p = LINE_PASTS - 1; p > 0; p--) {
        line->past[p] = line->past[p - 1];
        line->value[p] = line->value[p - 1];
    }
    line->past[0] = oldest;
    line->value[0] = s;
    memcpy(oldest, network->v.part[0], network->tables->nodes * sizeof *oldest);
    line->pasts += line->pasts < LINE_PASTS;
}

void source_line_free(struct source_line *line)
{
    free(line->block);
}
