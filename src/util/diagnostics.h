/* Diagnostics: what is wrong with the user's text or circuit, and where.
 *
 * Memory that is out is told by what a function returns: false, NULL, or a status .._NO_MEMORY; its header says so.
 * Where the return says something else (diagnose itself; readers of words, whose false is a mistake in the text;
 * commands of scripts, which return nothing), it is told by diagnose_no_memory, and nowhere else. Who goes on after
 * such a call looks at out_of_memory; the API makes the same status of both. */
#ifndef OPSPICE_DIAGNOSTICS_H
#define OPSPICE_DIAGNOSTICS_H

#include "util/arena.h"
#include "util/codes.h"
#include "util/source.h"
#include <stdarg.h>
#include <stdint.h>

struct diagnostic {
    enum severity severity;    /* the code's, but for notes, and see lenient and strict */
    enum diagnostic_code code; /* a note's is that of the diagnostic it belongs to */
    const char *place; /* first byte of what is meant; NULL: the whole deck */
    const char *top;   /* place of the card of the top level that it is about: of the outermost instance, or place */
    size_t length;     /* bytes meant, at least 1 where there is a place */
    const char *message;
    bool failed; /* it tells that a command of a script has failed, which went on */
    size_t more; /* how many of this kind came after it and were not kept */
};

/* A place may stand for several things, as a card of a subcircuit does: what made this one of them, and what made
 * that. */
struct origin {
    const struct origin *outer; /* NULL: stands for itself */
    const char *place;          /* of the instance */
    uint32_t length;            /* of its name there */
};

/* Of each kind the first DIAGNOSTICS_OF_A_KIND are kept, with their notes; the others are counted, so that however many
 * there are of one, none pushes another out. */
enum { DIAGNOSTICS_OF_A_KIND = 20 };

struct diagnostics {
    struct diagnostic *item; /* [count] in the order of their making */
    size_t count, capacity;
    size_t made; /* all but notes, those that were not kept too */
    struct diagnostic_kind {
        uint32_t count; /* kept */
        uint32_t last;  /* the last that was kept is item[last] */
    } *kind;            /* [DIAGNOSTIC_KINDS], or NULL before the first */
    size_t errors, outcomes, failures; /* how many of SEVERITY_ERROR, SEVERITY_OUTCOME and SEVERITY_FAILURE were made */
    bool out_of_memory;                /* see diagnose_no_memory */
    bool lenient;            /* errors are warnings: what is wrong is left out */
    bool strict;             /* warnings are errors */
    bool warned;             /* warnings are dropped: the same ones have been made before */
    bool rebuilds;           /* likewise, of a circuit that is made anew, whatever its reading makes of `warned` */
    bool passed_over;        /* the last was not kept: nor are its notes */
    const struct origin *origin; /* of what the next ones are about; notes that lead to it are added to each */
    struct arena texts;
};

/* Memory is out. */
void diagnose_no_memory(struct diagnostics *diagnostics);

/* Is there nothing that ends what is under way: no error, outcome or failure, and memory? */
bool diagnostics_are_clear(const struct diagnostics *diagnostics);

/* Add all of others, and that memory was out there. */
void diagnostics_append(struct diagnostics *diagnostics, const struct diagnostics *more);

/* Add those of others that are not there yet, each with its notes and one more, `note` (NULL: none), and that memory
 * was out there. How many more there were of a kind is left as it is told: the same ones may have been counted. */
void diagnostics_append_news(struct diagnostics *diagnostics, const struct diagnostics *more, const char *note);

/* Add one, printf-style; diagnose_no_memory where it cannot be kept. False: it was not kept, nor would its notes be. */
__attribute__((format(printf, 5, 6)))
bool diagnose(struct diagnostics *diagnostics, enum diagnostic_code code, const char *place, size_t length,
              const char *format, ...);
__attribute__((format(printf, 5, 0)))
bool diagnose_arguments(struct diagnostics *diagnostics, enum diagnostic_code code, const char *place, size_t length,
                        const char *format, va_list arguments);

/* Would another one of the kind be kept? Not: there is no use in finding out more about it. */
bool diagnostics_keep(const struct diagnostics *diagnostics, enum diagnostic_code code);

/* There are so many more of a kind, of which one was made: they are counted, which is cheaper. */
void diagnose_more(struct diagnostics *diagnostics, enum diagnostic_code code, size_t count);

/* The diagnostic as a compiler prints it: `file:line:column: error: message`, the line (shortened around the place
 * when it is very long; tabs kept, other control bytes shown as `?`) and a caret line, then `included from file:line:`
 * for the include chain, and how many more of its kind there are. Ends with a newline. NULL when memory is out; else
 * free() it. */
char *diagnostic_text(const struct diagnostic *diagnostic, const struct sources *sources);

/* The line that says how many more of its kind there are, as it ends there: to be freed. NULL when memory is out. */
char *diagnostic_more_text(size_t more);

/* Safe on a zeroed struct; leaves it zeroed, ready for use. */
void diagnostics_free(struct diagnostics *diagnostics);

#endif
