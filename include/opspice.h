/* opspice: DC operating points of SPICE netlists, solved exactly and proved.
 *
 *     opspice *deck = opspice_new();
 *     if (opspice_load_file(deck, "deck.cir") == OPSPICE_OK && opspice_solve(deck) == OPSPICE_OK) {
 *         double volts;
 *         opspice_voltage(deck, "out", &volts);
 *     }
 *     opspice_free(deck);
 *
 * A handle holds one netlist and its operating point. Different handles may be used by different threads at the same
 * time; one handle by one thread at a time. The library keeps no global state, never prints, exits, reads the
 * environment or sets the locale. Units are SI: volt, ampere, watt, second. */
#ifndef OPSPICE_H
#define OPSPICE_H

#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OPSPICE_VERSION "0.1.0"

typedef struct opspice opspice;

/* What a call returns; the program `opspice` exits with the same numbers. */
enum opspice_status {
    OPSPICE_OK = 0,                 /* done; after opspice_solve: solved, and proved within the tolerance */
    OPSPICE_NETLIST = 1,            /* the netlist is wrong: see the diagnostics */
    OPSPICE_USAGE = 2,              /* the call is wrong: unknown option, name or format, or made too early */
    OPSPICE_NO_OPERATING_POINT = 3, /* there is none, or none was proved: see the diagnostics */
    OPSPICE_SYSTEM = 4,             /* memory or a file failed */

    /* The same numbers in the words of deep resistive networks, below. */
    OPSPICE_DATA = OPSPICE_NETLIST,                    /* data or a checkpoint are damaged or do not fit */
    OPSPICE_NO_EQUILIBRIUM = OPSPICE_NO_OPERATING_POINT /* none was found, or there is none */
};

/* The version of the library at run time, as OPSPICE_VERSION. */
const char *opspice_version(void);

/* A new handle, or NULL when memory is out. */
opspice *opspice_new(void);

/* Free a handle and all that was read from it; NULL is allowed. */
void opspice_free(opspice *deck);

/* Set an option, before loading or between solves:
 *   solver      auto, cd (coordinate descent) or newton; default auto
 *   diode       model (what the .model card says) or ideal (every diode ideal, without drop); before loading
 *   tolerance   of the certificate, relative; default 1e-9
 *   threads     of the solver and of sweeps; default 0: one for each processor
 *   proof       full (the certificate with every figure) or verdict (after the first solve, a quicker and stricter
 *               form of it where that suffices: the figures are 0 then); default full
 *   sandbox     yes: the netlist includes nothing from outside of its own folder, and its scripts replace no file;
 *               before loading; default no
 *   record      all vectors of sweeps, or only what is shown by .print, .plot and .measure cards, where there are
 *               any: all, shown; default all
 * OPSPICE_USAGE for an unknown option or value; nothing is changed then. */
int opspice_set(opspice *deck, const char *option, const char *value);

/* Read a netlist from a file ("-": standard input) with the files it includes. A handle is loaded once.
 * OPSPICE_SYSTEM when the file cannot be read (errno says why); OPSPICE_NETLIST or OPSPICE_NO_OPERATING_POINT with
 * diagnostics when it is no circuit that has an operating point. */
int opspice_load_file(opspice *deck, const char *path);

/* The same from memory: text[0..size); name stands in messages, and relative includes start beside it. */
int opspice_load_memory(opspice *deck, const char *name, const char *text, size_t size);

/* Find the operating point and prove it. Called again after opspice_set_source it starts from the last answer. */
int opspice_solve(opspice *deck);

/* Run what the netlist asks for: the scripts of its .control blocks, then its .dc, .op and .tf analyses, with .step
 * around them; without any of these the operating point, as opspice_solve. What scripts print goes to output as they
 * run; NULL: it is kept, and comes first in the listing. Ends at the first error. */
int opspice_run(opspice *deck, FILE *output);

/* The analyses of the last run that opspice_write writes as data, in order, and the points of one: the netlist's own,
 * or those of its scripts where there are no others. */
size_t opspice_result_count(const opspice *deck);
size_t opspice_result_points(const opspice *deck, size_t result);

/* What one sweeps: the number of its axes, 0 of an operating point. They are the first columns of its csv, the
 * innermost last. */
size_t opspice_result_axes(const opspice *deck, size_t result);

/* The code that `quit` or `exit` of a script gave in the last run; 0 without one. */
int opspice_exit_code(const opspice *deck);

/* Be told from now on how many points of a sweep are done, by the thread that runs it; NULL: not any more. */
void opspice_set_progress(opspice *deck, void (*progress)(void *context, size_t done, size_t total), void *context);

/* End the run that is under way, or the next one, at its next point, with OPSPICE_NO_OPERATING_POINT: for signal
 * handlers. */
void opspice_interrupt(opspice *deck);

/* Give the voltage source or current source `name` (any case) a new DC value, in volt or ampere; takes effect with the
 * next opspice_solve. OPSPICE_USAGE when there is no such source or the value is not finite. */
int opspice_set_source(opspice *deck, const char *name, double value);

/* Give `count` consecutive branches from number `branch` on, all of them resistors, new resistances ohms[count] (> 0,
 * at the temperature where their cards' values hold); takes effect with the next opspice_solve. OPSPICE_USAGE when one
 * of them is no resistor or a value is not positive and finite; nothing is changed then. */
int opspice_set_resistances(opspice *deck, size_t branch, size_t count, const double *ohms);

/* ---- the answer: valid after opspice_solve returned OPSPICE_OK, until the next opspice_solve --------------------- */

/* The title line, without its end. "" when there is none. */
const char *opspice_title(const opspice *deck);

/* Nodes in netlist order, without ground: 0 <= node < opspice_node_count. Names are in lower case. */
size_t opspice_node_count(const opspice *deck);
const char *opspice_node_name(const opspice *deck, size_t node);

/* Voltages to ground of all nodes, in volt [opspice_node_count]. NULL before the first solve. */
const double *opspice_node_voltages(const opspice *deck);

/* The voltage of one node by name (any case; "0" and "gnd" are ground). OPSPICE_USAGE: no such node, or no answer
 * yet. */
int opspice_voltage(const opspice *deck, const char *node, double *volts);

/* Branches are the elements in netlist order: 0 <= branch < opspice_branch_count. Names are in lower case. */
size_t opspice_branch_count(const opspice *deck);
const char *opspice_branch_name(const opspice *deck, size_t branch);

/* Currents of all branches, in ampere, from the first node (anode, +) through the element to the second
 * [opspice_branch_count]. A battery that delivers current has a negative one, as in SPICE. NULL before the first
 * solve. */
const double *opspice_branch_currents(const opspice *deck);

/* The current of one branch by the element's name (any case). OPSPICE_USAGE: no such element, or no answer yet. */
int opspice_current(const opspice *deck, const char *element, double *amperes);

/* The proof: what remains of Kirchhoff's law and of the laws of the elements when the answer is put into the netlist.
 * It is computed from the netlist and the final numbers alone. */
typedef struct opspice_certificate {
    double kcl;             /* largest Kirchhoff current residual, A */
    double kcl_relative;    /* largest residual above the rounding floor over the node's largest branch current */
    double kcl_floor;       /* largest rounding floor 8 eps sum g |v| of a node, A */
    const char *kcl_node;   /* worst node by kcl_relative, or NULL */
    double law;             /* largest violation of a source's or diode's law, V */
    double law_relative;    /* the same over the largest voltage of the circuit */
    const char *law_element; /* worst element, or NULL */
    double complementarity; /* largest |current x blocked voltage| of an ideal diode, W */
    double power;           /* power that the sources deliver less the power that the rest takes, W */
    double power_relative;  /* the same over the power that is turned over */
    double tolerance;       /* what the relative figures had to reach */
    int proved;             /* 1: they reached it */
} opspice_certificate;

/* NULL before the first solve. Present also when opspice_solve failed to prove its answer. */
const opspice_certificate *opspice_get_certificate(const opspice *deck);

/* What it took. Counts of the last solve; seconds of each stage. */
typedef struct opspice_stats {
    const char *solver; /* "newton", "cd", or "none" when nothing was unknown */
    size_t nodes, branches, supernodes;
    size_t nonzeros;       /* of the Laplacian's lower triangle */
    size_t fill;           /* nonzeros of its largest Cholesky factor */
    size_t diodes;         /* knees and bends of the convex program */
    size_t sweeps;         /* of coordinate descent */
    size_t factorisations; /* numeric */
    size_t analyses;       /* symbolic */
    size_t outer;          /* multiplier steps */
    double read, build, lower, solve, recover, prove, write; /* seconds */
} opspice_stats;

const opspice_stats *opspice_get_stats(const opspice *deck);

/* ---- output ------------------------------------------------------------------------------------------------- */

enum opspice_format {
    OPSPICE_LISTING,    /* as ngspice -b prints it */
    OPSPICE_LOG,        /* what ngspice -b -r prints beside a rawfile: no tables */
    OPSPICE_RAW_BINARY, /* SPICE rawfile */
    OPSPICE_RAW_ASCII,
    OPSPICE_CSV,
    OPSPICE_JSON,
    OPSPICE_SERVER      /* what ngspice -s sends */
};

/* Write the answer, of opspice_solve or of all analyses of opspice_run, to a file, which appears whole or not at all
 * (it is written beside its place and renamed), or to standard output for "-". OPSPICE_SYSTEM: errno says why.
 * OPSPICE_USAGE: no answer yet, or the file is one that the netlist was read from. */
int opspice_write(opspice *deck, enum opspice_format format, const char *path);

/* ---- diagnostics ---------------------------------------------------------------------------------------------- */

enum opspice_severity { OPSPICE_NOTE, OPSPICE_WARNING, OPSPICE_ERROR };

typedef struct opspice_diagnostic {
    enum opspice_severity severity; /* a note belongs to the diagnostic before it */
    const char *file;               /* NULL when it is about the whole netlist */
    size_t line, column;            /* from 1; column in bytes */
    const char *message;
} opspice_diagnostic;

/* Diagnostics of the load and of the last solve, in order. */
size_t opspice_diagnostic_count(const opspice *deck);

/* One of them as data. OPSPICE_USAGE: no such number. The strings live until the next call that loads or solves. */
int opspice_get_diagnostic(const opspice *deck, size_t number, opspice_diagnostic *diagnostic);

/* One of them as a compiler prints it: `file:line:column: error: message`, the line, a caret. free() it.
 * NULL: no such number, or memory is out. */
char *opspice_diagnostic_text(const opspice *deck, size_t number);

/* ---- deep resistive networks -------------------------------------------------------------------------------------
 *
 * Layers of units joined by conductances, with ideal diodes at the hidden units, trained on labelled images by
 * equilibrium propagation (B. Scellier, ICML 2024).
 *
 *     opspice_drn *drn = opspice_drn_new();
 *     if (opspice_drn_set(drn, "model", "drn-xs") == OPSPICE_OK && opspice_drn_read(drn, "data/mnist") == OPSPICE_OK) {
 *         const opspice_drn_progress *at = opspice_drn_get_progress(drn);
 *         int status = opspice_drn_begin(drn);
 *         while (status == OPSPICE_OK && at->epoch < at->epochs)
 *             status = at->sample < at->samples ? opspice_drn_step(drn, 1) : opspice_drn_end_epoch(drn);
 *     }
 *     opspice_drn_free(drn);
 *
 * Where a call fails, opspice_drn_message says why. */

typedef struct opspice_drn opspice_drn;

/* A new handle with the settings of drn-1h, or NULL when memory is out. */
opspice_drn *opspice_drn_new(void);

/* Free it; NULL is allowed. */
void opspice_drn_free(opspice_drn *drn);

/* Set an option; a model sets all of its own at once, so it comes first. After opspice_drn_begin or _resume only epochs
 * and threads. OPSPICE_USAGE: not possible, nothing is changed.
 *   model        drn-xs, drn-1h, drn-2h, drn-3h, drn-xl
 *   layers       units of each layer, inputs (twice the pixels) first: 1568,100,10
 *   input-gain   volts of a white pixel
 *   iterations   of coordinate descent; two numbers: of the free phase, of the nudged ones
 *   tolerance    instead: until no unit moves by more than this part of the largest potential
 *   beta         nudging, siemens
 *   lr, lr-bias  learning rates, one or one for each layer; biases have those of the conductances unless given
 *   decay        factor of the rates after each epoch; default 0.99
 *   momentum     default 0
 *   weight-gain  scale of the first conductances; default 1
 *   variant      centered, positive, negative
 *   gradient     ep (equilibrium propagation) or exact (the adjoint of the equilibrium)
 *   batch, epochs, seed, shuffle (yes, no), threads (0: one for each processor) */
int opspice_drn_set(opspice_drn *drn, const char *option, const char *value);

/* Why the last call failed, as one line without its end; "" when it did not. */
const char *opspice_drn_message(const opspice_drn *drn);

/* Read the four IDX files of a data set by their usual names (train-images-idx3-ubyte ..., plain or .gz) from a folder.
 * OPSPICE_DATA: missing, damaged, short, or they do not fit together. */
int opspice_drn_read(opspice_drn *drn, const char *folder);

/* Make the network from its seed. OPSPICE_DATA: it does not fit the data. */
int opspice_drn_begin(opspice_drn *drn);

/* Instead of it: go on from a checkpoint, bit for bit, with its settings. OPSPICE_DATA: damaged, or of other data. */
int opspice_drn_resume(opspice_drn *drn, const char *path);

/* Write a checkpoint, between any two calls. The file appears whole or not at all. */
int opspice_drn_save(opspice_drn *drn, const char *path);

/* Learn from the next mini-batches: at most so many, up to the end of the epoch. OPSPICE_NO_EQUILIBRIUM: potentials
 * grew without bounds, or the nudging does. */
int opspice_drn_step(opspice_drn *drn, size_t batches);

/* After an epoch's last mini-batch: test, and go over to the next epoch. */
int opspice_drn_end_epoch(opspice_drn *drn);

/* Where the training is. Errors are parts of 1, costs means over the samples; those of the last epoch are 0 before its
 * end. */
typedef struct opspice_drn_progress {
    size_t epoch, epochs;     /* done, and to do in all */
    size_t sample, samples;   /* of the epoch at hand: done, and in all */
    size_t errors;            /* wrong answers among those done */
    double cost;              /* their sum of (v - target)^2 / 2 */
    double seconds;           /* spent on them */
    size_t parameters;        /* conductances and biases */
    size_t tests;             /* images of the test */
    double train_error, train_cost, test_error, test_cost; /* of the last epoch */
    double epoch_seconds;     /* it took, its test included */
} opspice_drn_progress;

/* Lives as long as the handle and follows it. */
const opspice_drn_progress *opspice_drn_get_progress(const opspice_drn *drn);

/* Answer all test images: how many are wrong, and the mean cost. */
int opspice_drn_test(opspice_drn *drn, size_t *errors, double *cost);

/* Two gradients of the same parameters: their cosine; the norm of their difference over that of the second. */
typedef struct opspice_drn_match {
    double cosine, error;
} opspice_drn_match;

/* Gradients of the first mini-batch by equilibrium propagation as it is set, by the adjoint, and by finite
 * differences. */
typedef struct opspice_drn_gradient {
    size_t layer;             /* from 1 */
    int bias;                 /* 1: the biases; 0: the conductances below it */
    size_t parameters, tried; /* tried: by finite differences, drawn at random */
    opspice_drn_match ep_adjoint, ep_difference, adjoint_difference;
} opspice_drn_gradient;

/* Compute them in double precision: *rows points to *count of them, until the next call. */
int opspice_drn_check_gradient(opspice_drn *drn, const opspice_drn_gradient **rows, size_t *count);

/* Write the network with one image of the test, counted from 0, as a netlist. The file appears whole or not at all. */
int opspice_drn_export(opspice_drn *drn, const char *path, size_t sample);

/* Write the epochs so far as a table (CSV). The file appears whole or not at all. */
int opspice_drn_write_log(opspice_drn *drn, const char *path);

/* Write a script for gnuplot that draws error curves and the first layer's conductances into the file `svg`. */
int opspice_drn_write_plot(opspice_drn *drn, const char *path, const char *svg);

#ifdef __cplusplus
}
#endif
#endif
