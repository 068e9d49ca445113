/* What the commands of a script work on. Of the files of this folder each calls only those before it: lines, state;
 * variables, evaluate, output_files; expand; lists, then the other commands; commands, which is their table; script. */
#ifndef OPSPICE_SCRIPT_STATE_H
#define OPSPICE_SCRIPT_STATE_H

#include "script/script.h"
#include "write/whole_file.h"

/* A variable of `set`: a word or several. */
struct variable {
    char *name;  /* owned */
    char *value; /* words with a blank between them; owned */
};

/* A card that altermod has changed, as it was before. */
struct changed_card {
    size_t number;
    struct card card;
};

struct alteration {
    uint32_t element;
    double value;
};

struct script {
    struct session *session;
    const struct output *output; /* how files are headed */
    FILE *listing;               /* what the script prints */
    FILE *out;                   /* the same, or the file that the command is redirected to */
    struct diagnostics *diagnostics;

    struct variable *variable; /* [variables] */
    size_t variables, variable_capacity;
    struct alteration *alteration; /* [alterations] since the circuit was built */
    size_t alterations, alteration_capacity;

    struct changed_card *changed; /* [changes] since the last reset, each card once */
    size_t changes, change_capacity;

    char **file; /* [files] paths of what it has written; owned */
    size_t files, file_capacity;

    struct plot constants; /* its own vectors: pi, e, .. and what `let` makes before there is a plot */
    size_t current;        /* number of the current result, or NO_RESULT */
    size_t live;           /* that of the operating point that the engine holds, or NO_RESULT */

    uint64_t warned; /* bits of commands that were said to show nothing */
    bool quits;
    int exit_code;
};

#define NO_RESULT SIZE_MAX

/* A command's words behind its name. */
struct command {
    const char *text; /* variables put in, blanks at the ends taken off; in a buffer of its own */
    size_t length;
    size_t name; /* bytes of the command's name, which stands before the text with a blank between; 0: it does not */
};

/* A part of a command's text. */
static inline struct command text_between(const char *text, const char *end)
{
    return (struct command){.text = text, .length = (size_t)(end - text)};
}

/* An error at the command. */
__attribute__((format(printf, 3, 4))) void script_complain(struct script *script, struct command command,
                                                           const char *format, ...);

/* Diagnostics from number `first` on that have their place in text[0..size) are at this place instead. */
void script_relocate(struct script *script, size_t first, const char *text, size_t size, const char *place,
                     size_t length);

/* The command as a card of this name, such as .dc: its words read as those of a netlist. NULL: a diagnostic says why,
 * or memory is out. The netlist owns it. */
const struct card *script_card(struct script *script, struct netlist *netlist, const char *name,
                               struct command command);

/* The current plot; that of constants, where there is none. */
struct plot *script_plot(struct script *script);

/* How ngspice calls a plot: op1, dc2, const. Fills name and returns it. */
enum { PLOT_NAME = 24 };
const char *script_plot_name(const struct plot *plot, char name[PLOT_NAME]);

/* The number of the result whose plot is called op1, dc2, .., or NO_RESULT. */
size_t script_result_named(const struct script *script, const char *name, size_t length);

#endif
