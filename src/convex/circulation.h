/* Could current go round a loop of voltage-defined branches without anything else changing? */
#ifndef OPSPICE_CIRCULATION_H
#define OPSPICE_CIRCULATION_H

#include "circuit/forest.h"

struct circulation {
    uint32_t nodes, edges;
    const struct forest_edge *edge; /* [edges] branches from a to k, */
    const bool *one_way;            /* [edges] diodes among them, */
    const double *f;                /* [edges] and their currents, A */
};

/* A current split is not unique when some loop can carry more: along its two-way branches either way, along
 * diodes forward, and backward where they carry current that may be taken back. Such loops lie in the strongly
 * connected components of that graph; branches there that only lead to a loop, or from one to another, are told
 * apart where they end in a leaf.
 *
 * loop [edges] out: the branch lies on such a loop, or between two
 * False when memory is out. */
bool circulation_find(const struct circulation *circulation, bool *loop);

#endif
