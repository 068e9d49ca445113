/* Solving circuits with couplings (general/general.h), for the engine: its ladder is told in engine.h. */
#ifndef OPSPICE_COUPLED_H
#define OPSPICE_COUPLED_H

#include "engine/engine.h"

/* Solve, prove and warn, where the circuit is no convex program. engine_solve calls it. */
enum engine_status coupled_solve(struct engine *engine, struct diagnostics *diagnostics);

/* The equations of a circuit that was torn, which has none as long as nobody asks for responses. False when memory is
 * out. */
bool coupled_make_equations(struct engine *engine);

/* Forget earlier answers, and what is made of the circuit's structure. */
void coupled_forget(struct engine *engine);

#endif
