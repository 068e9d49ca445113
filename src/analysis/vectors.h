/* Vectors: the quantities of an operating point that a netlist can ask for by name. */
#ifndef OPSPICE_VECTORS_H
#define OPSPICE_VECTORS_H

#include "circuit/circuit.h"
#include "circuit/operating_point.h"

enum vector_kind {
    VECTOR_VOLTAGE, /* V, of node a to node k */
    VECTOR_CURRENT, /* A, through the element a; k 1, 2: into its first, second terminal */
    VECTOR_DROP,    /* V, across it */
    VECTOR_POWER,   /* W, that it takes; k > 0: into the ports of an instance, whose k ammeters begin at a */
    VECTOR_JUNCTION, /* V, across a diode without its series resistance */
    VECTOR_SLOPE,   /* S, of its junction */
    VECTOR_QUANTITY, /* of the device that has the element a: number k of its kind's quantities */
    VECTOR_VALUE,   /* ohm, V, A, gain: of its card */
    VECTOR_SCALE,   /* what the innermost axis of the plot sweeps: of no circuit */
    VECTOR_PARAMETER, /* a: of the formula's parameters */
    VECTOR_OWN,     /* a: of the plot's own vectors, made by `let` */
    VECTOR_CONSTANT, /* a: of those of the plot of constants */
    VECTOR_WHOLE    /* worked out of all points of a formula */
};

struct vector {
    uint32_t kind;         /* enum vector_kind */
    uint32_t a, k;         /* nodes; of what is no voltage a alone, mostly with k 0 */
    /* `i` of @r1[i]; ":c" of q1:c#branch, ":power" of r1:power and x1:power, which .probe measures; "": a node's bare
     * name; NULL: v(a), v(a,k), i(v1) */
    const char *parameter;
};

/* A growing list. */
struct vectors {
    struct vector *item; /* [count] */
    size_t count, capacity;
    uint32_t *slot; /* [slots] hash table of vectors_find: index + 1, 0 where free; private */
    size_t slots, indexed;
};

#define VECTORS_NONE SIZE_MAX

/* False when memory is out. */
bool vectors_add(struct vectors *vectors, struct vector vector);

/* Where the same quantity (whatever it is called) stands in the list, or VECTORS_NONE. The table that this needs is
 * made when it is first asked for; without memory for it the list is searched. */
size_t vectors_find(struct vectors *vectors, const struct vector *vector);

/* Add a quantity unless it is there. False when memory is out. */
bool vectors_include(struct vectors *vectors, struct vector vector);

/* Make room for so many. False when memory is out. */
bool vectors_expect(struct vectors *vectors, size_t count);

/* Give back what vectors_find has made for itself. */
void vectors_forget_table(struct vectors *vectors);

/* The first `count` items, which may have been moved, are the list now. */
void vectors_cut(struct vectors *vectors, size_t count);

/* All nodes in netlist order, but for those inside devices. False when memory is out. */
bool vectors_add_nodes(struct vectors *vectors, const struct circuit *circuit);

/* The currents that are unknowns of SPICE's equations, in ngspice's order: of B, F, H, W, L, E, V, last card first, and
 * behind each those that control it. False when memory is out. */
bool vectors_add_branches(struct vectors *vectors, const struct circuit *circuit);

/* What `.options savecurrents` saves: @r1[i] and its like of every element whose current is no vector by itself.
 * False when memory is out. */
bool vectors_add_devices(struct vectors *vectors, const struct circuit *circuit);

/* The letter of an element's card, in lower case. */
char element_letter(const struct circuit *circuit, uint32_t element);

/* What it is: resistor, voltage source, .. */
const char *element_kind_name(const struct circuit *circuit, uint32_t element);

/* What ngspice puts before the name of an element: in a subcircuit its letter, v1 of x1 is v.x1.v1; else nothing. */
const char *element_prefix(const struct circuit *circuit, uint32_t element);

/* The current into a terminal of a transistor: the quantity, and what .probe calls it. */
struct terminal {
    const char *quantity, *probed;
};

/* Those of the transistors of a letter; the last one has no quantity. */
const struct terminal *terminals_of(char letter);

/* What .probe calls the terminals of an element of two: k = 1, 2. */
const char *probed_terminal(const struct circuit *circuit, uint32_t element, uint32_t k);

/* Powers by .probe's names: r1 and this; x1:power. */
extern const char probed_power[];
static inline struct vector vector_of_ports(const struct metered *metered)
{
    return (struct vector){VECTOR_POWER, metered->first, metered->ports, metered->power};
}

/* Add what `.probe alli` measures of an element. False when memory is out. */
bool vectors_add_probed(struct vectors *vectors, const struct circuit *circuit, uint32_t element);

/* The parameter that is the current of an element; NULL where the current is a vector by itself. */
const char *current_parameter(const struct circuit *circuit, uint32_t element);

/* Is it the power of an element or a device, by .probe's name or as @q1[p]? */
static inline bool vector_is_power(const struct vector *vector)
{
    return vector->kind == VECTOR_POWER ||
           (vector->kind == VECTOR_QUANTITY &&
            (vector->parameter == probed_power || (vector->parameter[0] == 'p' && !vector->parameter[1])));
}

/* Is it a current, of an element or of a device's terminal? */
static inline bool vector_is_current(const struct vector *vector)
{
    return vector->kind == VECTOR_CURRENT || (vector->kind == VECTOR_QUANTITY && !vector_is_power(vector) &&
                                              (*vector->parameter == 'i' || *vector->parameter == ':'));
}

/* A quantity of a device, by its number. */
static inline struct vector vector_of_quantity(const struct device *device, uint32_t number)
{
    return (struct vector){VECTOR_QUANTITY, device->named, number, device->kind->quantity[number].name};
}

/* The number of a quantity of a device by its name (lower case), or NAMES_NONE. */
uint32_t device_quantity_number(const struct device *device, const char *name, size_t length);

/* Its value, in SI units; not of VECTOR_SCALE. */
double vector_value(const struct vector *vector, const struct circuit *circuit, const struct operating_point *op);

/* Safe on a zeroed struct; leaves it zeroed. */
void vectors_free(struct vectors *vectors);

#endif
