/* Diagnostics: what is wrong with the user's text or circuit, and where.
 *
 * Memory that is out is told by what a function returns: false, NULL, or a status .._NO_MEMORY; its header says so.
 * Where the return says something else (diagnose itself; readers of words, whose false is a mistake in the text;
 * commands of scripts, which return nothing), it is told by diagnose_no_memory, and nowhere else. Who goes on after
 * such a call looks at out_of_memory; the API makes the same status of both. */
#ifndef OPSPICE_DIAGNOSTICS_H
#define OPSPICE_DIAGNOSTICS_H

#include "util/arena.h"
#include "util/source.h"
#include <stdint.h>

enum severity {
    SEVERITY_NOTE,    /* belongs to the diagnostic before it */
    SEVERITY_WARNING, /* an answer is still given */
    SEVERITY_ERROR,   /* the netlist is wrong */
    SEVERITY_OUTCOME, /* the netlist is right, but has no operating point, or none was proved; printed as an error */
    SEVERITY_FAILURE  /* the system failed: a file that a script writes; printed as an error */
};

struct diagnostic {
    enum severity severity;
    const char *place; /* first byte of what is meant; NULL: the whole deck */
    size_t length;     /* bytes meant, at least 1 where there is a place */
    const char *message;
};

/* A place may stand for several things, as a card of a subcircuit does: what made this one of them, and what made
 * that. */
struct origin {
    const struct origin *outer; /* NULL: stands for itself */
    const char *place;          /* of the instance */
    uint32_t length;            /* of its name there */
};

/* At most DIAGNOSTICS_LIMIT are kept; the counters go on, and one last note says that more were left out. */
enum { DIAGNOSTICS_LIMIT = 1000 };

struct diagnostics {
    struct diagnostic *item; /* [count] in the order of their making */
    size_t count, capacity;
    size_t errors, outcomes, failures; /* how many of SEVERITY_ERROR, SEVERITY_OUTCOME and SEVERITY_FAILURE were made */
    bool out_of_memory;                /* see diagnose_no_memory */
    bool warned;             /* warnings are dropped: the same ones have been made before */
    const struct origin *origin; /* of what the next ones are about; notes that lead to it are added to each */
    struct arena texts;
};

/* Memory is out. */
void diagnose_no_memory(struct diagnostics *diagnostics);

/* Is there nothing that ends what is under way: no error, outcome or failure, and memory? */
bool diagnostics_are_clear(const struct diagnostics *diagnostics);

/* Add all of others, and that memory was out there. */
void diagnostics_append(struct diagnostics *diagnostics, const struct diagnostics *more);

/* Add one, printf-style; diagnose_no_memory where it cannot be kept. */
__attribute__((format(printf, 5, 6)))
void diagnose(struct diagnostics *diagnostics, enum severity severity, const char *place, size_t length,
              const char *format, ...);

/* The diagnostic as a compiler prints it: `file:line:column: error: message`, the line (shortened around the place
 * when it is very long; tabs kept, other control bytes shown as `?`) and a caret line, then `included from file:line:`
 * notes for the include chain. Ends with a newline. NULL when memory is out; else free() it. */
char *diagnostic_text(const struct diagnostic *diagnostic, const struct sources *sources);

/* Safe on a zeroed struct; leaves it zeroed, ready for use. */
void diagnostics_free(struct diagnostics *diagnostics);

#endif
