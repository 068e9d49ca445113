/* Could current go round a loop of stiff branches without anything else changing? */
#ifndef OPSPICE_CIRCULATION_H
#define OPSPICE_CIRCULATION_H

#include "circuit/forest.h"

/* A current split is not unique when some loop can carry more: along its two-way branches either way, along
 * diodes forward, and backward where they carry current that may be taken back. Such loops lie in the strongly
 * connected components of that graph; branches there that only lead to a loop, or from one to another, are told
 * apart where they end in a leaf.
 *
 * edge, one_way, f  [edges] branches from a to k, diodes, currents
 * loop              [edges] out: the branch lies on such a loop, or between two
 * False when memory is out. Source: Tarjan 1972, depth-first search. */
bool circulation_find(uint32_t nodes, uint32_t edges, const struct forest_edge *edge, const bool *one_way,
                      const double *f, bool *loop);

#endif
