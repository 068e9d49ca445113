/* What no measurement could tell of an operating point, and what its answer therefore chooses.
 *
 * A potential, where a set of nodes can move together by a small voltage without any branch leaving the floor of its
 * law (certificate.h): parts that float, nodes between junctions that block at gmin = 0. In a graph with an arc from a
 * to k where the branch does not let a rise alone, and from k to a where it does not let a fall alone, the nodes that
 * are held are those that reach ground and are reached from there.
 *
 * A current, where voltage-defined branches (sources, shorts, ideal diodes at a threshold) form a loop round which a
 * current can flow, and that of such a branch from a node to itself. Diodes without current carry more in one direction
 * only: such loops are in one strongly connected part, where every branch that is no bridge is on one (Boesch and
 * Tindell 1980, "Robbins's theorem for mixed multigraphs"). */
#ifndef OPSPICE_UNDETERMINED_H
#define OPSPICE_UNDETERMINED_H

#include "proof/claim.h"

static const double undetermined_step = 1e-6; /* V */

/* A controlled current holds no node, and controlled voltages are in no loop: what they do hangs on their controls.
 * step V. node [nodes], current [elements] out: is it undetermined? Currents that are not voltage-defined are as
 * determined as their nodes' potentials, and are not named. False when memory is out. */
bool undetermined_find(const struct claim *claim, double step, bool *node, bool *current);

#endif
