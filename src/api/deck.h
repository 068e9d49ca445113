/* A deck: what stands behind the public API's handle. */
#ifndef OPSPICE_DECK_H
#define OPSPICE_DECK_H

#include "opspice.h"

#include "analysis/session.h"
#include <stdatomic.h>

struct script;
struct views;

struct opspice {
    struct session session;
    struct session *shown; /* whose results are shown: the session above, or what the script of a netlist without
                              elements has made its current circuit */
    struct diagnostics load_diagnostics, solve_diagnostics;
    bool sandbox;       /* included files are in the netlist's folder */
    bool only_values;   /* of elements may be changed by name */
    bool loaded, ready; /* a netlist was read; it is a circuit to solve */
    int status;         /* of the last load, solve or run */
    bool scripted;      /* in the last run a script has printed */
    char *title;        /* NUL-terminated copy */
    struct script *script; /* what they change and the files that they have made; NULL before the first */
    char *printed;         /* what scripts have printed, or NULL */
    size_t printed_length;
    int exit_code; /* of a script */
    bool asked_foreign;     /* a script has asked for analyses that are not opspice's */
    char **definition;      /* [definitions] name=value, of scripts' variables; owned */
    size_t definitions, definition_capacity;
    char *rawfile; /* $rawfile of scripts, or NULL; owned */
    atomic_int interrupted; /* set by signal handlers, read by the threads of a sweep */
    void (*progress)(void *context, size_t done, size_t total);
    void *progress_context;
    size_t told_done, told_total; /* points that it was told of last */
    struct watch watch;           /* of solves: progress is told while they last, and they are interrupted */
    double lowered;                  /* s, that the check of the circuit took while loading */
    struct totals totals;            /* of the last solve, or of all analyses of the last run */
    opspice_stats stats;
    struct views *views; /* owned */
};

/* Of the results those of the netlist's own analyses, which come after those of scripts; all, where there are no
 * others. *count becomes their number. */
struct result *deck_results(const struct opspice *deck, size_t *count);

/* One of them. NULL: there is none of that number. */
struct result *deck_result(const struct opspice *deck, size_t result);

/* May a solve begin? Forgets what the last one has found, and lets the circuit have its present inputs. */
int deck_begin(struct opspice *deck);

/* Tell progress of so many points from now on, in runs and solves. */
void deck_begin_progress(struct opspice *deck, size_t points);

/* Keep what solves came to. */
void deck_show(struct opspice *deck, const struct totals *totals);

/* Is there an input, an output of that number? */
bool deck_has_input(const struct opspice *deck, size_t input);
bool deck_has_output(const struct opspice *deck, size_t output);

/* What is written of the last solve or run, for writers of their own. OPSPICE_USAGE: no answer yet; OPSPICE_SYSTEM. */
struct output;
int deck_output(struct opspice *deck, struct output *output);

#endif
