/* A deck: what stands behind the public API's handle. */
#ifndef OPSPICE_DECK_H
#define OPSPICE_DECK_H

#include "opspice.h"

#include "analysis/session.h"
#include <signal.h>

struct opspice {
    struct session session;
    struct diagnostics load_diagnostics, solve_diagnostics;
    bool sandbox;       /* included files are in the netlist's folder */
    bool loaded, ready; /* a netlist was read; it is a program to solve */
    bool scripted;      /* in the last run a script has printed */
    char *title;        /* NUL-terminated copy */
    char *script;       /* what scripts have printed, or NULL */
    size_t script_length;
    int exit_code; /* of a script */
    volatile sig_atomic_t interrupted;
    void (*progress)(void *context, size_t done, size_t total);
    void *progress_context;
    opspice_certificate certificate;
    opspice_stats stats;
};

/* Of the results those of the netlist's own analyses, which come after those of scripts; all, where there are no
 * others. *count becomes their number. */
const struct result *deck_results(const struct opspice *deck, size_t *count);

#endif
