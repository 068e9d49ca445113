/* What the files of a piece do for each other: piece.c finds points, piece_sides.c knows the diodes' sides,
 * piece_circuit.c makes the linear circuit of these, and piece_drive.c solves it. */
#ifndef OPSPICE_PIECE_PARTS_H
#define OPSPICE_PIECE_PARTS_H

#include "engine/piece.h"

#include <float.h>

/* ---- piece_sides.c; d is a diode of the tables ---- */

const struct law *piece_law(const struct piece *piece, uint32_t d);

/* Does the part of the law hold the diode's voltage, whatever its current? */
bool piece_is_stiff(const struct law *law, enum piece_side side);

/* The straight part of a law: i = slope u + intercept, for one diode of it; of a stiff one, what it has beside the
 * constraint. S. */
double piece_slope(const struct piece *piece, uint32_t d);

/* Its current at u (V), without a difference of large numbers. A. */
double piece_current(const struct piece *piece, uint32_t d, double u);

/* ---- piece_circuit.c ---- */

/* The unknown of the program that a node's voltage follows; GROUND_UNKNOWN for ground's. */
int32_t piece_cluster(const struct piece *piece, uint32_t node);

/* The structure and the conductances of the present sides, where they are not at hand. */
enum piece_status piece_prepare(struct piece *piece, struct solve_info *info);

/* ---- piece_drive.c ---- */

/* The present values of the sources, but that of one of them (PIECE_NO_LINE: of all). */
void piece_drive_all(struct piece *piece, uint32_t but);

/* All sources off but one, which is 1 V or 1 A; and 1 A into a node and out of another, none where they are equal. */
void piece_drive_only(struct piece *piece, uint32_t only, uint32_t into, uint32_t out_of);

/* Node voltages for what piece->drive says. v [nodes] V out. */
enum piece_status piece_potentials(struct piece *piece, double *v, struct solve_info *info);

/* The currents of all elements at these voltages. v [nodes] V, i [elements] A out. */
void piece_currents(struct piece *piece, const double *v, double *i);

/* How far a sum or a voltage may be wrong by rounding, relative to its parts: nearer to a threshold a diode's side
 * cannot be told. */
#define PIECE_VERGE (64 * DBL_EPSILON)

#endif
