/* Loops of sources and diodes round which the sources leave more voltage than the diodes have together at some current:
 * so one of them carries more, whatever else is in the circuit. With no limit to the current these are the loops that
 * force an ideal diode forward. */
#ifndef OPSPICE_FORCED_LOOP_H
#define OPSPICE_FORCED_LOOP_H

#include "circuit/circuit.h"
#include "circuit/supernodes.h"

/* A diode of a loop: its current flows from node `from` to node `to`, forward or in reverse. */
struct forced_diode {
    uint32_t element, from, to;
};

struct forced_loop {
    uint32_t diodes;            /* 0: there is none */
    struct forced_diode *diode; /* [diodes] against the current: sources lead from one's `to` to the next one's
                                 * `from` */
    double volts;               /* V: what the sources leave */
    double over;                /* V: how much more that is than the diodes have at the current that was asked */
};

/* Find a loop round which the diodes would have to carry more than amperes; INFINITY: where ideal diodes have no
 * voltage for that. Bellman and Ford: with x_i - x_j <= c of the supernodes of each diode, distances fall for ever only
 * round a loop whose c sum to less than zero. loop is zeroed before. False when memory is out. */
bool forced_loop_find(struct forced_loop *loop, const struct circuit *circuit, const struct supernodes *supernodes,
                      double amperes);

/* The current at which the diodes of a loop have together what its sources leave, A: one of them carries at least
 * that. */
double forced_loop_current(const struct forced_loop *loop, const struct circuit *circuit);

/* Safe on a zeroed struct; leaves it zeroed. */
void forced_loop_free(struct forced_loop *loop);

#endif
