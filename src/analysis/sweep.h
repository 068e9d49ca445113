/* Sweeps: an operating point for each point of a product of axes.
 *
 * Points are cut into chunks whose borders depend on the sweep alone, and each chunk begins from the answer at the
 * first point of the sweep: so the numbers are the same, bit by bit, for any number of threads. Within a chunk each
 * point begins from the one before.
 *
 * A point without an operating point ends the sweep, as it does in ngspice: the plot keeps the points before it. */
#ifndef OPSPICE_SWEEP_H
#define OPSPICE_SWEEP_H

#include "analysis/plot.h"
#include "engine/engine.h"
#include "util/diagnostics.h"
#include <stdatomic.h>

enum sweep_status {
    SWEEP_OK,
    SWEEP_STOPPED,     /* at a point: the diagnostics say why, and where */
    SWEEP_INTERRUPTED, /* by *interrupt */
    SWEEP_NO_MEMORY
};

enum sweep_rebuilt {
    REBUILT_VALUES,    /* element values or laws are new */
    REBUILT_STRUCTURE, /* kinds of elements too; their number, names and nodes are what they were */
    REBUILT_WRONG,     /* the netlist is wrong with this value: a diagnostic says why */
    REBUILT_NO_MEMORY
};

struct sweep_options {
    int threads;        /* 0: one for each processor */
    double temperature; /* of the circuit outside the sweep, degrees Celsius */

    bool rebuild_temperature; /* values follow from the temperature by expressions too: rebuild at each */

    /* Give a parameter a value, or the netlist a temperature, and all elements of the circuit the values that follow
     * from it. axis NULL: all parameters as they were before the sweep. NULL where no axis is a parameter. */
    enum sweep_rebuilt (*rebuild)(void *context, struct circuit *circuit, const struct axis *axis, double value,
                                  struct diagnostics *diagnostics);
    void *rebuild_context;

    /* Told now and then, by the calling thread, how many points are done; or NULL. */
    void (*progress)(void *context, size_t done, size_t total);
    void *progress_context;

    /* Told of the points in their order, each as soon as it and those before it are solved; or NULL. Where it is told
     * of some, the plot has no others when the sweep is interrupted. */
    const struct plot_listener *listener;

    const struct card *card; /* that asks for the sweep, for messages; or NULL */

    const atomic_int *interrupt; /* the sweep ends when this is not 0: all its threads look; or NULL */
};

/* Run the analysis of a plot: axes and recorded in; points and value out. Changed values of the circuit come back to
 * what they were; the engine holds no answer afterwards. Warnings are given for the first point that has some. */
enum sweep_status sweep_run(struct plot *plot, struct engine *engine, const struct sweep_options *options,
                            struct diagnostics *diagnostics);

#endif
