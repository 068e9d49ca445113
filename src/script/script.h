/* Scripts: the commands of .control blocks and of programs that give them one by one, as ngspice runs them; and what
 * they have made: plots, variables, changes of circuits.
 *
 * A script lives as long as the session of its user. It holds circuits, of which one is the current one, and plots,
 * which outlive their circuits. A command that fails is a warning at its place, and the script goes on, as in ngspice;
 * what opspice refuses to do (to run a program, to write outside of the working directory) is an error, which ends it.
 * Files are made in the working directory and below it only, whole or not at all. */
#ifndef OPSPICE_SCRIPT_H
#define OPSPICE_SCRIPT_H

#include "analysis/session.h"
#include "write/output.h"
#include <stdio.h>

struct script;

/* One of its plots: the fields before `result` are for everybody. */
struct script_plot {
    char *name;     /* op1, dc2, const */
    char *title;    /* of the netlist, or what `set curplottitle` says */
    char *type;     /* Operating Point, DC transfer characteristic, .. */
    time_t date;
    struct result result;
};

/* A vector of a plot. */
struct script_vector {
    char *name; /* as ngspice calls it: out, v1#branch, @r1[i], v-sweep; owned */
    enum vector_type type;
    size_t length;
    double *value; /* [length] SI units; owned */
    bool is_scale; /* of its plot */
    bool is_saved; /* it is in its plot; else it was worked out for whoever asked */
};

struct script_listener {
    void (*begun)(void *context, const struct script_plot *plot);
    void (*grown)(void *context, const struct script_plot *plot);
    void (*ended)(void *context, const struct script_plot *plot);
};

/* What surrounds a script. */
struct script_host {
    FILE *out;                       /* what commands print goes there, in order */
    struct diagnostics *diagnostics; /* messages; who reads them after each command may empty them */
    const char *version;             /* of opspice, for rawfiles */
    const char *rawfile;             /* $rawfile: what -r names; NULL: none */
    struct session *(*new_session)(void *context); /* for `source`, to be freed; NULL: memory is out */
    const atomic_int *interrupt;     /* without a circuit, which has its own: loops end when it is not 0; or NULL */

    /* Told of each analysis, by the thread that runs it, or NULL: it begins, after "Doing analysis", with a plot that
     * has no points yet, but all its vectors; the plot has one more; the analysis has ended, before "No. of Data Rows".
     * Where it has failed before the first point the plot is gone after that. */
    const struct script_listener *listener;
    void *context;
};

/* Without circuits, its plots the constants. host is copied; what it points to must outlive the script or be set
 * anew. NULL when memory is out. */
struct script *script_new(const struct script_host *host);
void script_set_host(struct script *script, const struct script_host *host);

/* Begin anew, as before the first command, but for circuits, what was altered about them, and which files it has made.
 * False when memory is out. */
bool script_restart(struct script *script);

/* Set a variable as -D does it: name, or name=value. False when memory is out. */
bool script_define(struct script *script, const char *definition);

/* ---- circuits ---- */

/* Add a circuit that was built, which becomes the current one. is_owned: the script frees it, and the struct, once it
 * and its plots are removed; else the session must outlive the script. False when memory is out; it is not taken over
 * then. */
bool script_add(struct script *script, struct session *session, bool is_owned);

/* Remove circuits, those that came first, until at most so many are loaded (the current one stays); plots stay. */
void script_keep_circuits(struct script *script, size_t most);

/* The current circuit, or NULL. */
struct session *script_session(const struct script *script);

/* ---- commands ---- */

/* Run one line. Lines of a block (foreach .. end) are gathered, and run with the last. The text may be gone
 * afterwards; messages that have a place in it are without one then. False when memory is out. */
bool script_command(struct script *script, const char *line);

/* Is it a file of commands, which begins with *ng_script, and not a netlist? One that cannot be read is none. */
bool script_has_commands(const char *path);

/* The file that the line `source FILE` names, its variables put in; free() it. NULL: it names none, or memory is out,
 * as the diagnostics say. */
char *script_sourced_path(struct script *script, const char *line);

/* Has a block begun that has not ended? */
bool script_is_gathering(const struct script *script);

/* Forget the lines of a block that has not ended. */
void script_forget_lines(struct script *script);

/* Run the .control blocks of the current circuit, if it has any. False when memory is out. */
bool script_run_blocks(struct script *script);

/* Has a command been `quit` or `exit`? *code (may be NULL) is what it gave; it is forgotten when the next command is
 * run. */
bool script_quits(const struct script *script, int *code);

/* Is there a file at this path, and have commands written it since the script began? */
bool script_has_written(const struct script *script, const char *path);

/* Have commands asked for analyses that are not opspice's, and for no other? */
bool script_asked_foreign(const struct script *script);

/* ---- plots and vectors ---- */

/* The constants, then the others, oldest first: 0 <= number < script_plots. */
size_t script_plots(const struct script *script);
struct script_plot *script_plot_at(const struct script *script, size_t number);

/* The current one. */
struct script_plot *script_plot(const struct script *script);

/* The one of this name (any case), or NULL. */
struct script_plot *script_plot_named(const struct script *script, const char *name, size_t length);

/* Copies of the vectors of a plot: its scale, what was recorded in the order of the netlist, then what `let` has made.
 * script_vectors_free them. NULL when memory is out. */
struct script_vector *script_vectors(const struct script_plot *plot, size_t *count);
void script_vectors_free(struct script_vector *list, size_t count);

/* Of a plot that grows: the value of one of these at a point. */
double script_vector_value(const struct script_plot *plot, size_t vector, size_t point);

/* The vector of this name in the current plot or, as in op1.v(out), in another one: out, V(out), i(v1), v1#branch,
 * @r1[p], all of which but the first may be worked out. False: there is none, which the diagnostics tell; or memory is
 * out. script_vector_free it. */
bool script_find_vector(struct script *script, const char *name, struct script_vector *vector);
void script_vector_free(struct script_vector *vector);

/* ---- the end ---- */

/* Give the plots of analyses of this session back to it, as its results, in order; the others stay. False when memory
 * is out. */
bool script_give_back(struct script *script, struct session *session);

/* Free all, but circuits that are not owned. NULL is allowed. */
void script_free(struct script *script);

#endif
