/* What the files of a session do for each other: session.c makes its circuit, session_circuits.c makes it again,
 * session_run.c runs the analyses. */
#ifndef OPSPICE_SESSION_PARTS_H
#define OPSPICE_SESSION_PARTS_H

#include "analysis/session.h"

/* From the flat netlist to the circuit. Mistakes go to the diagnostics. False when memory is out. */
bool session_make_circuit(struct session *session, struct circuit *circuit, struct diagnostics *diagnostics);

/* The solver of the circuit that is there. False when memory is out. */
bool session_make_engine(struct session *session);

/* The temperature that elements and expressions see, degrees Celsius. */
void session_set_temperature(struct session *session, double temperature);

/* Give a parameter of the netlist another value, or it another temperature; axis NULL: those it had. context: the
 * session. See sweep_options. */
enum sweep_rebuilt session_rebuild_at(void *context, struct circuit *circuit, const struct axis *axis, double value,
                                      struct diagnostics *diagnostics);

#endif
