#include "analysis/net_layers.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An item for each layer that nodes of the nets lie in. */
static bool make_items(struct net_layers *layers, const struct supply_nets *nets, const struct placement *placement,
                       const struct circuit *circuit)
{
    size_t pairs = (size_t)layers->nets * layers->layers;
    layers->at = array_new(pairs, sizeof *layers->at);
    for (uint32_t node = GROUND + 1; layers->at && node < circuit->nodes.count; node++) {
        if (nets->of[node] < layers->nets && placement->layer[node] != PLACEMENT_NONE)
            layers->at[nets->of[node] * layers->layers + placement->layer[node]] = 1;
    }
    for (size_t p = 0; layers->at && p < pairs; p++)
        layers->at[p] = layers->at[p] > 0 ? (uint32_t)layers->count++ : SUPPLY_NONE;
    layers->item = array_new(layers->count, sizeof *layers->item);
    for (size_t p = 0; layers->at && layers->item && p < pairs; p++) {
        if (layers->at[p] != SUPPLY_NONE)
            layers->item[layers->at[p]] = (struct net_layer){.net = (uint32_t)(p / layers->layers),
                                                             .layer = (uint32_t)(p % layers->layers),
                                                             .worst = SUPPLY_NONE,
                                                             .largest = SUPPLY_NONE};
    }
    return layers->at && layers->item;
}

static void add_node(struct net_layer *item, uint32_t node, double x, double y, double drop)
{
    bool is_first = item->nodes++ == 0;
    if (is_first || drop > item->worst_drop) {
        item->worst_drop = drop;
        item->worst = node;
    }
    item->least_drop = is_first ? drop : fmin(item->least_drop, drop);
    item->average_drop += drop;
    item->x_least = is_first ? x : fmin(item->x_least, x);
    item->x_most = is_first ? x : fmax(item->x_most, x);
    item->y_least = is_first ? y : fmin(item->y_least, y);
    item->y_most = is_first ? y : fmax(item->y_most, y);
}

/* The via of these layers, which is added; there are no more of them than pairs of neighbouring layers, mostly. NULL
 * when memory is out. */
static struct net_via *find_via(struct net_layers *layers, uint32_t net, uint32_t a, uint32_t k)
{
    for (size_t v = layers->vias; v-- > 0;) {
        struct net_via *via = &layers->via[v];
        if (via->net == net && via->a == a && via->k == k)
            return via;
    }
    if (!array_reserve(&layers->via, &layers->via_capacity, layers->vias + 1, sizeof *layers->via))
        return NULL;
    layers->via[layers->vias] = (struct net_via){.net = net, .a = a, .k = k, .largest = SUPPLY_NONE};
    return &layers->via[layers->vias++];
}

static void add_current(uint32_t *wires, uint32_t *largest, double *largest_current, uint32_t e, double current)
{
    if ((*wires)++ == 0 || fabs(current) > *largest_current) {
        *largest = e;
        *largest_current = fabs(current);
    }
}

static bool add_wires(struct net_layers *layers, const struct supply_nets *nets, const struct placement *placement,
                      const struct circuit *circuit, const struct operating_point *op)
{
    uint32_t a, k;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        uint32_t net = nets->of[element->a];
        if (net >= layers->nets || nets->of[element->k] != net || !supply_is_wire(circuit, element) ||
            !placement_layers(placement, element, &a, &k))
            continue;
        if (a == k) {
            struct net_layer *item = net_layers_of(layers, nets, placement, element->a);
            add_current(&item->wires, &item->largest, &item->largest_current, e, op->current[e]);
            continue;
        }
        struct net_via *via = find_via(layers, net, a, k);
        if (!via)
            return false;
        add_current(&via->wires, &via->largest, &via->largest_current, e, op->current[e]);
    }
    return true;
}

static int compare_vias(const void *p, const void *q)
{
    const struct net_via *v = p, *w = q;
    if (v->net != w->net)
        return v->net < w->net ? -1 : 1;
    if (v->a != w->a)
        return v->a < w->a ? -1 : 1;
    return v->k < w->k ? -1 : v->k > w->k;
}

bool net_layers_find(struct net_layers *layers, const struct supply_nets *nets, uint32_t most,
                     const struct placement *placement, const struct circuit *circuit,
                     const struct operating_point *op)
{
    layers->nets = nets->count < most ? nets->count : most;
    layers->layers = placement->layers;
    if (!make_items(layers, nets, placement, circuit))
        return false;
    for (uint32_t node = GROUND + 1; node < circuit->nodes.count; node++) {
        struct net_layer *item = net_layers_of(layers, nets, placement, node);
        if (item)
            add_node(item, node, placement->x[node], placement->y[node], supply_nets_drop(nets, op, node));
    }
    for (size_t q = 0; q < layers->count; q++)
        layers->item[q].average_drop /= layers->item[q].nodes;
    if (!add_wires(layers, nets, placement, circuit, op))
        return false;
    if (layers->vias > 0)
        qsort(layers->via, layers->vias, sizeof *layers->via, compare_vias);
    return true;
}

void net_layers_free(struct net_layers *layers)
{
    free(layers->at);
    free(layers->item);
    free(layers->via);
    *layers = (struct net_layers){0};
}
