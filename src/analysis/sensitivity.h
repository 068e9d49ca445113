/* Sensitivities at direct current: what .sens asks for.
 *
 *     .sens v(a[,b])        .sens i(VSOURCE)
 *
 * The derivative of the output by each parameter p that is not 0 of resistors, sources, exponential diodes and
 * transistors, V or A per unit of p. A parameter changes the current i(u) of its element at the voltage u that it has;
 * what the output makes of that is the element's weight in it (engine_adjoint): one solution for the output. */
#ifndef OPSPICE_SENSITIVITY_H
#define OPSPICE_SENSITIVITY_H

#include "analysis/observed.h"
#include "netlist/netlist.h"

/* Rows, named and ordered as ngspice's: bipolar transistors, F, H, diodes, current sources, field-effect transistors,
 * resistors, G, E, voltage sources, of each the last card first. r1: by its resistance; e1_gain: of one control; r1_m:
 * by its m; d1:is: by that of its model, as far as it acts through this diode; q1:bf, q1_area: by a number of a
 * transistor's model and card that is given. */
struct sensitivities {
    char **name;   /* [count] each owned, NUL-terminated */
    double *value; /* [count] owned */
    size_t count, names, values; /* the last two: capacities */
};

/* Read a .sens card. False when it is wrong or asks for alternating current: a diagnostic says what. */
bool sensitivity_read(struct observed *observed, const struct card *card, const struct circuit *circuit,
                      struct diagnostics *diagnostics);

/* Solve the operating point, and from there the sensitivities; found is zeroed before, and its arrays are the caller's
 * whatever comes. ENGINE_UNSOLVED: no operating point, or no unique response there; an outcome says why. */
enum engine_status sensitivity_solve(const struct observed *observed, struct engine *engine,
                                     struct sensitivities *found, struct diagnostics *diagnostics);

#endif
