/* What a region takes, and gives back: what each point needs is made with it, the rest by the first that does. */
#include "convex/region_parts.h"

#include "convex/admits.h"
#include "util/array.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool make_arrays(struct linear_region *region)
{
    const struct element_tables *tables = region->tables;
    size_t nodes = tables->nodes, diodes = tables->diodes;
    size_t lanes = junctions_padded(diodes);
    struct excitation *excitation = &region->excitation;
    struct tree_currents *tree = &region->tree;
    const struct array_request request[] = {
        {&region->segment, diodes, sizeof *region->segment},
        {&region->companion, diodes, sizeof *region->companion},
        {&region->stamp, diodes, sizeof *region->stamp},
        {&region->slope, diodes, sizeof *region->slope},
        {&region->plain.u, lanes, sizeof *region->plain.u},
        {&region->plain.i, lanes, sizeof *region->plain.i},
        {&region->plain.slope, lanes, sizeof *region->plain.slope},
        {&region->silent, region->circuit->elements.count, sizeof *region->silent},
        {&region->follower, nodes, sizeof *region->follower},
        {&region->base_ground, nodes, sizeof *region->base_ground},
        {&region->ground, nodes, sizeof *region->ground},
        {&region->anchor, nodes, sizeof *region->anchor},
        {&region->sum[0], nodes, sizeof *region->sum[0]},
        {&region->sum[1], nodes, sizeof *region->sum[1]},
        {&region->d, nodes, sizeof *region->d},
        {&region->most, nodes, sizeof *region->most},
        {&region->meets, nodes, sizeof *region->meets},
        {&tree->over, nodes, sizeof *tree->over},
        {&tree->size, nodes, sizeof *tree->size},
        {&tree->leaving, nodes, sizeof *tree->leaving},
        {&tree->noise, nodes, sizeof *tree->noise},
        {&tree->mainstream, nodes, sizeof *tree->mainstream},
        {&region->fan_sum, tables->fans ? nodes : 0, sizeof *region->fan_sum},
        {&region->fan_rest, tables->fans ? nodes : 0, sizeof *region->fan_rest},
        {&region->fan_row, tables->fans ? nodes : 0, sizeof *region->fan_row},
        {&excitation->current, tables->sources, sizeof *excitation->current},
    };
    region->block = arrays_new(request, sizeof request / sizeof *request);
    /* what is voltage-defined, and diodes that conduct or are at their thresholds */
    return region->block && region_reserve_edges(region, tables->voltage_defined_count + diodes);
}

bool region_reserve_edges(struct linear_region *region, size_t edges)
{
    if (region->edge_block && edges <= region->edge_room)
        return true;
    const struct linear_region old = *region;
    size_t grown = old.edge_room + old.edge_room / 2, room = edges > grown ? edges : grown;
    const struct array_request request[] = {
        {&region->edge, room, sizeof *region->edge},
        {&region->element, room, sizeof *region->element},
        {&region->one_way, room, sizeof *region->one_way},
        {&region->flow, room, sizeof *region->flow},
        {&region->excitation.voltage, room, sizeof *region->excitation.voltage},
    };
    region->edge_block = arrays_new(request, sizeof request / sizeof *request);
    if (!region->edge_block) {
        region->edge_block = old.edge_block;
        return false;
    }
    if (old.edges > 0) {
        memcpy(region->edge, old.edge, old.edges * sizeof *region->edge);
        memcpy(region->element, old.element, old.edges * sizeof *region->element);
        memcpy(region->one_way, old.one_way, old.edges * sizeof *region->one_way);
        memcpy(region->flow, old.flow, old.edges * sizeof *region->flow);
        memcpy(region->excitation.voltage, old.excitation.voltage, old.edges * sizeof *old.excitation.voltage);
    }
    free(old.edge_block);
    region->edge_room = room;
    region->tree.edge = region->edge;
    region->tree.one_way = region->one_way;
    return true;
}

/* Room that most points do without: made by the first that does not. */
static bool make_room(void **block, const struct array_request *request, size_t requests)
{
    if (!*block)
        *block = arrays_new(request, requests);
    return *block;
}

bool region_make_fine(struct linear_region *region)
{
    size_t nodes = region->tables->nodes;
    const struct array_request request[] = {
        {&region->sum[2], nodes, sizeof(double)},    {&region->sum[3], nodes, sizeof(double)},
        {&region->d_low, nodes, sizeof(double)},     {&region->under, nodes, sizeof *region->under},
        {&region->v.part[2], nodes, sizeof(double)}, {&region->v.part[3], nodes, sizeof(double)},
    };
    return make_room(&region->fine_block, request, sizeof request / sizeof *request);
}

bool region_make_response(struct linear_region *region)
{
    size_t nodes = region->tables->nodes;
    struct response_room *response = &region->response;
    const struct array_request request[] = {
        {&response->v, nodes, sizeof(double)},
        {&response->low, nodes, sizeof(double)},
        {&response->into, nodes, sizeof(double)},
        {&response->size, nodes, sizeof(double)},
    };
    return make_room(&response->block, request, sizeof request / sizeof *request);
}

bool region_make_line(struct linear_region *region)
{
    size_t nodes = region->tables->nodes;
    struct source_line *line = &region->line;
    const struct array_request request[] = {
        {&line->centre.part[0], nodes, sizeof(double)},    {&line->centre.part[1], nodes, sizeof(double)},
        {&line->direction.part[0], nodes, sizeof(double)}, {&line->direction.part[1], nodes, sizeof(double)},
        {&line->past[0], nodes, sizeof(double)},           {&line->past[1], nodes, sizeof(double)},
        {&line->past[2], nodes, sizeof(double)},           {&line->past[3], nodes, sizeof(double)},
    };
    return make_room(&line->block, request, sizeof request / sizeof *request);
}

struct linear_region *region_new(const struct circuit *circuit, const struct element_tables *tables,
                                 enum factor_choice linear, struct operating_point *op)
{
    assert(tables->nodes == circuit->nodes.count && convex_admits(circuit));
    struct linear_region *region = calloc(1, sizeof *region);
    if (!region)
        return NULL;
    region->circuit = circuit;
    region->tables = tables;
    region->op = op;
    region->linear = linear;
    region->v = (struct potentials){{op->voltage, op->low, NULL, NULL}, 2};
    region->line.source = REGION_NO_SOURCE;
    region->line.centre.parts = region->line.direction.parts = 2;
    region->enough = REGION_ENOUGH;
    region->version = (struct region_version){1, 1, 1, 1};
    if (!make_arrays(region)) {
        region_free(region);
        return NULL;
    }
    region->tree.forest = &region->forest;
    region->tree.follower = region->follower;
    for (uint32_t d = 0; d < tables->diodes; d++) {
        bool curved = region_law(region, d)->curve;
        region->segment[d] = curved ? SEGMENT_CURVED : SEGMENT_MIDDLE;
        region->curves += curved;
    }
    return region;
}

void region_release(struct linear_region *region)
{
    if (!region_iterates(region))
        return;
    factor_free(region->factor);
    region->factor = NULL;
    region->factored = 0;
}

void region_free(struct linear_region *region)
{
    if (!region)
        return;
    laplacian_free(&region->L);
    factor_free(region->factor);
    forest_free(&region->forest);
    free(region->base);
    free(region->resistor_stamp);
    components_free(&region->parts);
    free(region->block);
    free(region->edge_block);
    free(region->fine_block);
    free(region->response.block);
    free(region->line.block);
    free(region);
}
