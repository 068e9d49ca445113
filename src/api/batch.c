/* The public API: batches. */
#include "analysis/batch.h"

#include "api/deck.h"
#include <stdlib.h>

static bool are_usable(const opspice *deck, const struct batch *batch)
{
    for (size_t q = 0; q < batch->inputs; q++)
        if (!deck_has_input(deck, batch->input[q]) ||
            named_inputs_kind(&deck->session, batch->input[q]) == INPUT_NONE)
            return false;
    for (size_t o = 0; o < batch->outputs; o++)
        if (!deck_has_output(deck, batch->output[o]))
            return false;
    return true;
}

static int status_of(unsigned char state, bool interrupted)
{
    const int status[] = {[BATCH_OPEN] = interrupted ? OPSPICE_NO_OPERATING_POINT : OPSPICE_SYSTEM,
                                 [BATCH_SOLVED] = OPSPICE_OK,
                                 [BATCH_UNSOLVED] = OPSPICE_NO_OPERATING_POINT,
                                 [BATCH_WRONG] = OPSPICE_NETLIST,
                                 [BATCH_NO_NUMBER] = OPSPICE_USAGE};
    return status[state];
}

/* The statuses of all points; returns that of the batch: of points that are not OPSPICE_OK the first. */
static int tell_states(const struct batch *batch, bool interrupted, int *status)
{
    int worst = OPSPICE_OK;
    for (size_t p = 0; p < batch->points; p++) {
        int own = status_of(batch->state[p], interrupted);
        if (status)
            status[p] = own;
        worst = worst == OPSPICE_OK ? own : worst;
    }
    return worst;
}

static int run(opspice *deck, struct batch *batch, int *status)
{
    batch->state = calloc(batch->points + 1, sizeof *batch->state);
    if (!batch->state)
        return OPSPICE_SYSTEM;
    struct session *session = &deck->session;
    session->engine.options = session->options;
    batch->threads = session->options.threads;
    deck_begin_progress(deck, batch->points);
    batch->progress = session->sweep.progress;
    batch->progress_context = session->sweep.progress_context;
    batch->interrupt = &deck->interrupted;
    bool done = batch_run(batch, session, &deck->solve_diagnostics) &&
                named_inputs_refresh(session, &deck->solve_diagnostics); /* what is asked for next is as before */
    bool interrupted = deck->interrupted != 0;
    deck->interrupted = 0;
    if (interrupted && done)
        diagnose(&deck->solve_diagnostics, OUTCOME_INTERRUPTED, NULL, 0, "the batch was interrupted");
    deck_show(deck, &batch->totals);
    int worst = tell_states(batch, interrupted, status);
    free(batch->state);
    return done ? worst : OPSPICE_SYSTEM;
}

int opspice_solve_many(opspice *deck, size_t points, size_t inputs, const size_t *input, const double *setting,
                       size_t outputs, const size_t *output, double *result, double *gradient, int *status)
{
    struct batch batch = {.points = points,
                          .inputs = inputs,
                          .outputs = outputs,
                          .input = input,
                          .setting = setting,
                          .output = output,
                          .result = result,
                          .gradient = gradient};
    int begun = deck_begin(deck);
    if (begun != OPSPICE_OK)
        return begun;
    if (!are_usable(deck, &batch))
        return OPSPICE_USAGE;
    return points > 0 ? run(deck, &batch, status) : OPSPICE_OK;
}
