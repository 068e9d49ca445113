/* Solving convex circuits, for the engine: the ladder is told in engine.h. */
#ifndef OPSPICE_ENGINE_CONVEX_H
#define OPSPICE_ENGINE_CONVEX_H

#include "engine/engine.h"

/* Solve, prove and warn, where the circuit is a convex program. engine_solve calls it. */
enum engine_status convex_solve(struct engine *engine, struct diagnostics *diagnostics);

/* Tables, region and the verdict on the topology, for who has the region solved. ENGINE_UNSOLVED: the topology has no
 * operating point, as an outcome tells. */
enum engine_status convex_prepare(struct engine *engine, struct diagnostics *diagnostics);

/* Supernodes of the present structure and source values. False when memory is out. */
bool convex_refresh_supernodes(struct engine *engine);

/* Forget the solver with its last answer; or all that is made of the circuit's structure. */
void convex_forget_solver(struct engine *engine);
void convex_forget(struct engine *engine);

#endif
