/* A circuit arranged for those who go over it again and again: resistors in columns, the others by kind, the branches
 * by node.
 *
 * Where layers are joined densely, resistors come in long fans from one node to neighbouring ones: over these loops
 * need no indices. */
#ifndef OPSPICE_ELEMENT_TABLES_H
#define OPSPICE_ELEMENT_TABLES_H

#include "circuit/law_columns.h"

/* Resistors begin .. begin + length - 1, whose elements follow each other too: from the node `still` to the nodes
 * `moving`, moving + 1, ... */
struct fan {
    uint32_t begin, length, still, moving;
    double sign; /* 1: `still` is their a; -1: their k */
};

struct element_tables {
    uint32_t nodes;
    uint32_t resistors;
    uint32_t *a, *k;    /* [resistors] nodes */
    double *resistance; /* [resistors] ohm */
    uint32_t *resistor; /* [resistors] element numbers, ascending; so are those that follow */
    uint32_t others;
    uint32_t *other; /* [others] all but the resistors */
    uint32_t voltage_defined_count, sources, diodes;
    uint32_t *voltage_defined; /* [voltage_defined_count] voltage sources and shorts */
    uint32_t *source; /* [sources] current sources */
    uint32_t *diode;  /* [diodes] */
    struct law_columns laws;
    double *conductance; /* [nodes] of the resistors at each node, S; not while `unsummed` */
    bool unsummed;
    uint32_t fans;             /* 0: they would be short */
    struct fan *fan; /* [fans] all resistors, in their order */

    /* The branches at node v: list[start[v]..start[v + 1]). An entry is twice the element's number, plus one where the
     * node is its k. An element with both ends on one node is not listed. */
    uint32_t *start; /* [nodes + 1] */
    uint32_t *list;  /* [2 elements at most] */
    /* The first branches of eight nodes that follow each other side by side, as many as all eight have: of octet after
     * octet, branch after branch, node after node. Found by element_tables_arrange. */
    uint32_t octets;        /* from the first node on; 0 also where too few branches would be side by side */
    uint32_t *fewest;       /* [octets] branches of a node in the octet */
    uint32_t *side_by_side; /* [8 * sum of fewest] entries of list */
    void *arranged;         /* the block of both; NULL: not asked for yet */
    void *block;
};

/* tables is zeroed before. False when memory is out; nothing is left allocated then. Circuits of less than 2^31
 * elements. */
bool element_tables_build(struct element_tables *tables, const struct circuit *circuit);

/* Have branches side by side, for who sums currents at the nodes again and again. Nothing is done where there are fans,
 * or it is done. False when memory is out. */
bool element_tables_arrange(struct element_tables *tables);

/* Take over changed resistances and laws. */
void element_tables_revalue(struct element_tables *tables, const struct circuit *circuit);

/* Take over resistances ohms[count], ohm, of elements that follow each other; `unsummed` until element_tables_sum. All
 * of them have to be resistors, which element_tables_has_resistors tells. O(count + log resistors). */
void element_tables_set_resistances(struct element_tables *tables, uint32_t element, uint32_t count,
                                    const double *ohms);
bool element_tables_has_resistors(const struct element_tables *tables, uint32_t element, uint32_t count);

/* The currents of all resistors at potentials hi + lo [nodes], V, to a double's precision: a difference of potentials
 * is rounded once. i [elements] A, out: those of resistors. */
void element_tables_currents(const struct element_tables *tables, const double *hi, const double *lo, double *i);

/* Sum up the conductances at the nodes where that is behind. */
void element_tables_sum(struct element_tables *tables);

/* Safe on a zeroed struct; leaves it zeroed. */
void element_tables_free(struct element_tables *tables);

#endif
