/* Vectors: the quantities of an operating point that a netlist can ask for by name. */
#ifndef OPSPICE_VECTORS_H
#define OPSPICE_VECTORS_H

#include "circuit/circuit.h"
#include "circuit/words.h"
#include "op/operating_point.h"

enum vector_kind {
    VECTOR_VOLTAGE, /* V, of node a to node k */
    VECTOR_CURRENT, /* A, through the element a */
    VECTOR_DROP,    /* V, across it */
    VECTOR_POWER,   /* W, that it takes */
    VECTOR_VALUE    /* ohm, V, A: of its card */
};

struct vector {
    uint32_t kind;         /* enum vector_kind */
    uint32_t a, k;         /* nodes; in all kinds but VECTOR_VOLTAGE a is the element */
    const char *parameter; /* `i` of @r1[i]; "": a node's bare name; NULL: v(a), v(a,k), i(v1) */
};

/* A growing list. */
struct vectors {
    struct vector *item; /* [count] */
    size_t count, capacity;
};

/* False when memory is out. */
bool vectors_add(struct vectors *vectors, struct vector vector);

/* All nodes in netlist order. False when memory is out. */
bool vectors_add_nodes(struct vectors *vectors, const struct circuit *circuit);

/* The currents that are unknowns of SPICE's equations, in ngspice's order: those of inductors, then those of
 * voltage sources, last card first. False when memory is out. */
bool vectors_add_branches(struct vectors *vectors, const struct circuit *circuit);

/* What `.options savecurrents` saves: @r1[i] and its like of every element but the voltage sources.
 * False when memory is out. */
bool vectors_add_devices(struct vectors *vectors, const struct circuit *circuit);

/* Take the rest of a .print or .save card as vectors: v(a), v(a,b), v(*), i(r1), p(r1), @r1[i], v1#branch, bare node
 * names, all, allv, alli. Anything else is a diagnostic, with the nearest name where one is near.
 * False when memory is out. */
bool vectors_read(struct vectors *vectors, struct words *words, const struct circuit *circuit,
                  struct diagnostics *diagnostics);

/* Its value, in SI units. */
double vector_value(const struct vector *vector, const struct circuit *circuit, const struct operating_point *op);

/* Safe on a zeroed struct; leaves it zeroed. */
void vectors_free(struct vectors *vectors);

#endif
