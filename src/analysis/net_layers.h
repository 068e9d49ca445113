/* The layers of nets: what each loses there, how far it reaches, the largest current in its wires and in the vias from
 * one layer to another. */
#ifndef OPSPICE_NET_LAYERS_H
#define OPSPICE_NET_LAYERS_H

#include "analysis/placement.h"
#include "analysis/supply_nets.h"

struct net_layer {
    uint32_t net, layer;
    uint32_t nodes, worst;               /* how many; the one of the largest drop */
    double least_drop, worst_drop, average_drop; /* V */
    double x_least, x_most, y_least, y_most;
    uint32_t wires, largest;             /* how many lie in it; the one of the largest current, or SUPPLY_NONE */
    double largest_current;              /* A, its magnitude */
};

/* Wires between two layers of a net. */
struct net_via {
    uint32_t net, a, k; /* layers, a before k */
    uint32_t wires, largest;
    double largest_current; /* A */
};

struct net_layers {
    uint32_t nets, layers;   /* the first nets are looked at */
    uint32_t *at;            /* [nets][layers] item, or SUPPLY_NONE */
    struct net_layer *item;  /* [count] by net and layer */
    size_t count;
    struct net_via *via;     /* [vias] by net and layers */
    size_t vias, via_capacity;
};

/* Of the first `most` nets. layers is zeroed before. False when memory is out. */
bool net_layers_find(struct net_layers *layers, const struct supply_nets *nets, uint32_t most,
                     const struct placement *placement, const struct circuit *circuit,
                     const struct operating_point *op);

/* The layer of a net that a node is in, or NULL. */
static inline struct net_layer *net_layers_of(const struct net_layers *layers, const struct supply_nets *nets,
                                              const struct placement *placement, uint32_t node)
{
    uint32_t net = nets->of[node], layer = placement->layer[node];
    if (net >= layers->nets || layer == PLACEMENT_NONE)
        return NULL;
    uint32_t at = layers->at[net * layers->layers + layer];
    return at != SUPPLY_NONE ? &layers->item[at] : NULL;
}

/* Safe on a zeroed struct; leaves it zeroed. */
void net_layers_free(struct net_layers *layers);

#endif
