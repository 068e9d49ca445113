/* The next point of a sweep of a circuit with couplings, from where the last ones lead (general_track), proved by the
 * quick form of the certificate: what costs least, and is tried first. Where the values ahead are known (engine_expect)
 * and the last points lead far enough, eight are found and judged together, and each is taken at its turn. */
#ifndef OPSPICE_ALONG_SWEEP_H
#define OPSPICE_ALONG_SWEEP_H

#include "engine/engine.h"

enum along_sweep_status {
    ALONG_SWEEP_OK,       /* engine->op is the answer, its certificate the proof, the class that of the last one */
    ALONG_SWEEP_UNSOLVED, /* engine->op is as it was */
    ALONG_SWEEP_NO_MEMORY
};

struct along_sweep;

/* Try it, from an answer that is proved, with equations of the circuit's present structure and sources. *sweep is made
 * where it is NULL. */
enum along_sweep_status along_sweep_solve(struct along_sweep **sweep, struct engine *engine);

/* NULL is allowed. */
void along_sweep_free(struct along_sweep *sweep);

#endif
