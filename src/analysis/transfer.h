/* Transfer functions: what .tf asks for.
 *
 *     .tf v(a[,b]) SOURCE        .tf i(VSOURCE) SOURCE
 *
 * The circuit is linear at its operating point: resistors, diodes as their slope there, conducting ideal diodes as
 * shorts. Found are the derivative of the output by the source, the resistance that the source sees, and that seen at
 * the output. */
#ifndef OPSPICE_TRANSFER_H
#define OPSPICE_TRANSFER_H

#include "analysis/observed.h"
#include "netlist/netlist.h"
#include "util/diagnostics.h"

struct transfer {
    struct observed observed;
    uint32_t input; /* element: voltage or current source */
};

enum { TRANSFER_FUNCTION, TRANSFER_INPUT, TRANSFER_OUTPUT, TRANSFER_VALUES };

/* Read a .tf card. False when it is wrong: a diagnostic says what. */
bool transfer_read(struct transfer *transfer, const struct card *card, const struct circuit *circuit,
                   struct diagnostics *diagnostics);

/* The names of the values, as ngspice writes them into a rawfile: Transfer_function, v1#Input_impedance,
 * output_impedance_at_V(a). Owned by the caller. False when memory is out; nothing is left allocated then. */
bool transfer_names(const struct transfer *transfer, const struct circuit *circuit, char *name[TRANSFER_VALUES]);

/* Solve the operating point, and from there value[TRANSFER_VALUES]: V/V, A/V, V/A or A/A; ohm; ohm. A resistance
 * without current is 1e20, as in ngspice. ENGINE_UNSOLVED: no operating point, or no unique response there; an
 * outcome says why. */
enum engine_status transfer_solve(const struct transfer *transfer, struct engine *engine,
                                      double value[TRANSFER_VALUES], struct diagnostics *diagnostics);

#endif
