/* Batches: operating points at many settings of inputs (named_inputs.h), one by one and each proved.
 *
 * Points are cut into chunks whose borders depend on the batch alone, and each chunk begins from the answer that the
 * session's engine has, if it has one: so the numbers are the same, bit by bit, for any number of threads. Within a
 * chunk each point begins from the one before; and where a circuit with diodes has one operating point at most,
 * whatever it begins from, the points are put in an order of neighbours first (batch_order.h). Where inputs are
 * numbers on cards or parameters, the circuit is made anew for each point, by one thread. A point without an answer
 * does not end the batch. */
#ifndef OPSPICE_BATCH_H
#define OPSPICE_BATCH_H

#include "analysis/derivatives.h"
#include "analysis/session.h"
#include <stdatomic.h>

enum batch_point {
    BATCH_OPEN,      /* not done: the batch was interrupted */
    BATCH_SOLVED,
    BATCH_UNSOLVED,  /* no operating point, or none was proved */
    BATCH_WRONG,     /* the netlist is wrong with these values, or another one */
    BATCH_NO_NUMBER  /* a setting is not finite */
};

struct batch {
    size_t points, inputs, outputs;
    const size_t *input;    /* [inputs] */
    const double *setting;  /* [points][inputs] */
    const size_t *output;   /* [outputs] node n - 1, or nodes.count - 1 + element */
    double *result;         /* [points][outputs] out; NAN where a point has no answer */
    double *gradient;       /* [points][outputs][inputs] out, the same; NULL: not wanted */
    unsigned char *state;   /* [points] out: enum batch_point; zeroed before */

    int threads;            /* 0: one for each processor */
    void (*progress)(void *context, size_t done, size_t total); /* called by the calling thread, or NULL */
    void *progress_context;
    const atomic_int *interrupt; /* the batch ends when this is not 0, or NULL */

    struct totals totals;   /* out, of all points */
};

/* Solve all points. Inputs are afterwards what they were. Diagnostics are those of the first point without an answer,
 * and a note which one that is. False when memory is out: states tell which points are done. */
bool batch_run(struct batch *batch, struct session *session, struct diagnostics *diagnostics);

#endif
