/* The nets of a power grid, and how much of its supply each has lost.
 *
 * A net is what resistors, shorts, closed switches and sources of 0 V between nodes (vias, ammeters) join, without
 * ground, and a voltage source or a short to ground feeds, at a terminal whose other end is not in the net; where there
 * is none and no voltage source reaches it otherwise, resistors to ground that carry current, at whose ends there is a
 * supply of 0 V. Or, where the user names them, the nodes whose names begin so. Its supply is the potential of a
 * terminal, the largest where they differ; of a net that is named and has none, that of the net by connection that its
 * first node is in.
 *
 * A drop is the distance of a potential from the supply, positive the way the potentials of the net go on average: down
 * from 1.1 V, up from 0 V (ground bounce) and from -5 V. */
#ifndef OPSPICE_SUPPLY_NETS_H
#define OPSPICE_SUPPLY_NETS_H

#include "analysis/largest.h"
#include "circuit/circuit.h"
#include "circuit/operating_point.h"

#define SUPPLY_NONE UINT32_MAX

struct supply_net {
    const char *name;  /* the prefix, or what its first terminal or its first source is called */
    uint32_t nodes, first; /* how many; the lowest */
    uint32_t sources;  /* terminals */
    uint32_t source;   /* the element of the first of them, or SUPPLY_NONE */
    bool is_grounded;  /* they are ends of resistors to ground */
    bool is_supplied;  /* the supply is known */
    uint32_t supply_node; /* the terminal of the largest potential by magnitude; GROUND: is_grounded */
    double supply, lowest_supply; /* V: its potential, and that of the least magnitude at a terminal */
    double sign;       /* drop = sign (supply - v) */
    double least, most, average; /* V, potentials */
    uint32_t worst;    /* node of the largest drop */
    double worst_drop, average_drop; /* V */
    double sent, taken; /* A, that sources send into it and, negative, take out of it */
    double power;      /* W, that they deliver with that */
    double loss;       /* W, in its resistors */
};

struct supply_nets {
    uint32_t *of;           /* [nodes] net, or SUPPLY_NONE */
    struct supply_net *net; /* [count] the one with most nodes first; named ones as the user has named them */
    uint32_t count;
    struct arena names;
};

/* prefix  [prefixes] of the names of nodes, in any case; without any, nets are found by connection
 * nets is zeroed before. False when memory is out. */
bool supply_nets_find(struct supply_nets *nets, const struct circuit *circuit, const struct operating_point *op,
                      const char *const *prefix, size_t prefixes);

/* V, of a node that is in a net. */
static inline double supply_nets_drop(const struct supply_nets *nets, const struct operating_point *op, uint32_t node)
{
    const struct supply_net *net = &nets->net[nets->of[node]];
    return net->sign * operating_point_voltage(op, net->supply_node, node);
}

/* A, the larger of what sources send into a net and, negative, take out of it. */
static inline double supply_net_current(const struct supply_net *net)
{
    return net->sent >= -net->taken ? net->sent : net->taken;
}

/* A drop in per cent of the supply; NAN: of a supply of 0 V. */
double supply_net_percent(const struct supply_net *net, double drop);

/* Is the element a wire: a resistor, a short, a closed switch, or a source of 0 V, between two nodes that are not
 * ground? */
bool supply_is_wire(const struct circuit *circuit, const struct element *element);

/* The nodes with the largest drops, of each net that has a supply; worst [nets->count] with `most` set. False when
 * memory is out. */
bool supply_nets_worst(struct largest *worst, const struct supply_nets *nets, const struct circuit *circuit,
                       const struct operating_point *op);

/* Nodes that no voltage source reaches, through whatever lets current pass (resistors, diodes, devices), and whose
 * current, if any, does not go to ground. list is filled with their numbers, ascending; *count: 0 too where the circuit
 * has no voltage source. The caller frees it. False when memory is out. */
bool supply_unreached(uint32_t **list, size_t *count, const struct circuit *circuit,
                      const struct operating_point *op);

/* Is the element a terminal of the net of its end that is not ground, where the other is: a source, a short, or of a
 * net that is_grounded a resistor? */
bool supply_is_pad(const struct supply_nets *nets, const struct element *element);

/* Safe on a zeroed struct; leaves it zeroed. */
void supply_nets_free(struct supply_nets *nets);

#endif
