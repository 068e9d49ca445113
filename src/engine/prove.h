/* The proof of the point in engine->op, in the engine's room. Both set engine->certificate and engine->answered; false
 * when memory is out. */
#ifndef OPSPICE_PROVE_H
#define OPSPICE_PROVE_H

#include "engine/engine.h"

/* By the quick form (proof/certificate_quick.h) where that is enough and decides, for which engine->tables are those of
 * the circuit: not of many nodes, since what is left over at all of them together is too much for it. A first point
 * that it proves leaves the room at what it takes; from the second on there is room for both. */
bool engine_prove(struct engine *engine);

/* By the certificate with all its figures. */
bool engine_prove_fully(struct engine *engine);

#endif
