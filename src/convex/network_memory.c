/* What a network takes, and gives back: what each answer needs is made with it, the rest by the first that does. */
#include "convex/network_parts.h"

#include "convex/admits.h"
#include "util/array.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool make_arrays(struct network *network)
{
    const struct element_tables *tables = network->tables;
    size_t nodes = tables->nodes, diodes = tables->diodes;
    size_t lanes = junctions_padded(diodes);
    struct excitation *excitation = &network->excitation;
    struct tree_currents *tree = &network->tree;
    const struct array_request request[] = {
        {&network->segment, diodes, sizeof *network->segment},
        {&network->companion, diodes, sizeof *network->companion},
        {&network->stamp, diodes, sizeof *network->stamp},
        {&network->slope, diodes, sizeof *network->slope},
        {&network->plain.u, lanes, sizeof *network->plain.u},
        {&network->plain.i, lanes, sizeof *network->plain.i},
        {&network->plain.slope, lanes, sizeof *network->plain.slope},
        {&network->silent, network->circuit->elements.count, sizeof *network->silent},
        {&network->follower, nodes, sizeof *network->follower},
        {&network->base_ground, nodes, sizeof *network->base_ground},
        {&network->ground, nodes, sizeof *network->ground},
        {&network->anchor, nodes, sizeof *network->anchor},
        {&network->sum[0], nodes, sizeof *network->sum[0]},
        {&network->sum[1], nodes, sizeof *network->sum[1]},
        {&network->d, nodes, sizeof *network->d},
        {&network->most, nodes, sizeof *network->most},
        {&network->meets, nodes, sizeof *network->meets},
        {&tree->over, nodes, sizeof *tree->over},
        {&tree->size, nodes, sizeof *tree->size},
        {&tree->leaving, nodes, sizeof *tree->leaving},
        {&tree->noise, nodes, sizeof *tree->noise},
        {&tree->mainstream, nodes, sizeof *tree->mainstream},
        {&network->fan_sum, tables->fans ? nodes : 0, sizeof *network->fan_sum},
        {&network->fan_rest, tables->fans ? nodes : 0, sizeof *network->fan_rest},
        {&network->fan_row, tables->fans ? nodes : 0, sizeof *network->fan_row},
        {&excitation->current, tables->sources, sizeof *excitation->current},
    };
    network->block = arrays_new(request, sizeof request / sizeof *request);
    /* what is voltage-defined, and diodes that conduct or are at their thresholds */
    return network->block && network_reserve_edges(network, tables->voltage_defined_count + diodes);
}

bool network_reserve_edges(struct network *network, size_t edges)
{
    if (network->edge_block && edges <= network->edge_room)
        return true;
    const struct network old = *network;
    size_t grown = old.edge_room + old.edge_room / 2, room = edges > grown ? edges : grown;
    const struct array_request request[] = {
        {&network->edge, room, sizeof *network->edge},
        {&network->element, room, sizeof *network->element},
        {&network->one_way, room, sizeof *network->one_way},
        {&network->flow, room, sizeof *network->flow},
        {&network->excitation.voltage, room, sizeof *network->excitation.voltage},
    };
    network->edge_block = arrays_new(request, sizeof request / sizeof *request);
    if (!network->edge_block) {
        network->edge_block = old.edge_block;
        return false;
    }
    if (old.edges > 0) {
        memcpy(network->edge, old.edge, old.edges * sizeof *network->edge);
        memcpy(network->element, old.element, old.edges * sizeof *network->element);
        memcpy(network->one_way, old.one_way, old.edges * sizeof *network->one_way);
        memcpy(network->flow, old.flow, old.edges * sizeof *network->flow);
        memcpy(network->excitation.voltage, old.excitation.voltage, old.edges * sizeof *old.excitation.voltage);
    }
    free(old.edge_block);
    network->edge_room = room;
    network->tree.edge = network->edge;
    network->tree.one_way = network->one_way;
    return true;
}

/* Room that most answers do without: made by the first that does not. */
static bool make_room(void **block, const struct array_request *request, size_t requests)
{
    if (!*block)
        *block = arrays_new(request, requests);
    return *block;
}

bool network_make_fine(struct network *network)
{
    size_t nodes = network->tables->nodes;
    const struct array_request request[] = {
        {&network->sum[2], nodes, sizeof(double)},    {&network->sum[3], nodes, sizeof(double)},
        {&network->d_low, nodes, sizeof(double)},     {&network->under, nodes, sizeof *network->under},
        {&network->v.part[2], nodes, sizeof(double)}, {&network->v.part[3], nodes, sizeof(double)},
    };
    return make_room(&network->fine_block, request, sizeof request / sizeof *request);
}

bool network_make_response(struct network *network)
{
    size_t nodes = network->tables->nodes;
    struct response_room *response = &network->response;
    const struct array_request request[] = {
        {&response->v, nodes, sizeof(double)},
        {&response->low, nodes, sizeof(double)},
        {&response->into, nodes, sizeof(double)},
        {&response->size, nodes, sizeof(double)},
    };
    return make_room(&response->block, request, sizeof request / sizeof *request);
}

struct network *network_new(const struct circuit *circuit, const struct element_tables *tables,
                            enum factor_choice linear, struct operating_point *op)
{
    assert(tables->nodes == circuit->nodes.count && convex_admits(circuit));
    struct network *network = calloc(1, sizeof *network);
    if (!network)
        return NULL;
    network->circuit = circuit;
    network->tables = tables;
    network->op = op;
    network->linear = linear;
    network->v = (struct potentials){{op->voltage, op->low, NULL, NULL}, 2};
    network->enough = NETWORK_ENOUGH;
    network->version = (struct network_version){1, 1, 1, 1};
    if (!make_arrays(network)) {
        network_free(network);
        return NULL;
    }
    network->tree.forest = &network->forest;
    network->tree.follower = network->follower;
    for (uint32_t d = 0; d < tables->diodes; d++) {
        bool curved = network_law(network, d)->curve;
        network->segment[d] = curved ? SEGMENT_CURVED : SEGMENT_MIDDLE;
        network->curves += curved;
    }
    return network;
}

void network_release(struct network *network)
{
    if (!network_iterates(network))
        return;
    factor_free(network->factor);
    network->factor = NULL;
    network->factored = 0;
}

void network_free(struct network *network)
{
    if (!network)
        return;
    laplacian_free(&network->L);
    factor_free(network->factor);
    forest_free(&network->forest);
    free(network->base);
    free(network->resistor_stamp);
    components_free(&network->parts);
    free(network->block);
    free(network->edge_block);
    free(network->fine_block);
    free(network->response.block);
    free(network);
}
