/* What the commands of a script work on. Of the files of this folder each calls only those before it: lines, state;
 * variables, plots, circuits, evaluate, output_files; expand; lists, then the other commands; commands, which is their
 * table; script. Only source calls script, for the lines that it has read. */
#ifndef OPSPICE_SCRIPT_STATE_H
#define OPSPICE_SCRIPT_STATE_H

#include "script/lines.h"
#include "script/script.h"
#include "write/whole_file.h"

/* A variable of `set`, or an alias of `alias`: a word or several. */
struct variable {
    char *value; /* words with a blank between them; owned; NULL: it is not set */
    bool is_list;
};

struct variables {
    struct names names;
    struct variable *variable; /* [names.count] */
    size_t capacity;
};

/* A card that altermod has changed, as it was before. */
struct changed_card {
    size_t number;
    struct card card;
};

/* A circuit, and what commands have changed about it. */
struct loaded {
    struct session *session;
    bool is_owned, is_removed;
    bool is_sourced; /* a command has read it */
    bool is_wrong;   /* it is kept for messages alone; it is removed, too */
    size_t running;  /* its blocks are, so often: it stays */
    bool saves_nothing; /* `save none` */
    struct sim_options deck_options; /* those of the netlist */
    bool is_stale;                   /* it has to be built anew before it is used: options or parameters are new */

    struct changed_card *changed; /* [changes] since the last reset, each card once */
    size_t changes, change_capacity;
    struct circuit **former; /* [formers] circuits of another structure that it was, while plots need them; owned */
    size_t formers, former_capacity;
};

/* A function of `define`: a text in which arguments are put. */
struct macro {
    char *name;       /* owned */
    char **parameter; /* [parameters]; owned */
    size_t parameters;
    char *body;     /* owned */
    size_t another; /* the macro of its name with other parameters, + 1; 0: none */
};

/* A file that commands have made. */
struct made_file {
    char *path; /* owned */
    bool is_of_run; /* since the script began anew */
};

struct script {
    struct script_host host;
    FILE *out;                      /* host.out, or the file that the command is redirected to */
    struct diagnostics *diagnostics; /* host.diagnostics */

    struct loaded **circuit; /* [circuits] in the order of their coming; owned */
    size_t circuits, circuit_capacity;
    struct loaded *here; /* the current one, or NULL */
    char *folder;        /* that its files have to be in, of the sandbox; NULL: there is none; owned */

    struct variables variables, aliases;

    struct macro *macro; /* [macros]; owned */
    size_t macros, macro_capacity;
    struct names macro_names;
    size_t *macro_named; /* [macro_names.count] the last macro of that name, + 1; 0: none any more; owned */
    size_t macro_named_capacity;
    struct random random;

    struct made_file *file; /* [files] what it has written; owned */
    size_t files, file_capacity;

    struct script_plot **plot; /* [plots] the constants, then oldest first; owned */
    size_t plots, plot_capacity;
    struct names plot_names;
    struct script_plot **named; /* [plot_names.count] the plot of that name, or NULL */
    size_t named_capacity;
    struct script_plot *current;
    struct script_plot *live; /* that of the operating point that the current circuit's engine holds, or NULL */
    unsigned plot_number;     /* of the next plot: op1 */

    struct lines gathered; /* the lines of a block that has not ended yet */
    size_t depth;          /* of its blocks */

    uint64_t warned[2]; /* bits of commands that were said to show nothing */
    size_t sourcing;   /* files that are being sourced, one by the other */
    bool refused;      /* a command asked for what opspice never does: the script ends */
    bool interrupted;
    bool ran, ran_foreign; /* it has asked for analyses; for those that are not opspice's */
    size_t outcomes, failures, missed; /* of commands; they count at the end; missed: there was no circuit to run */
    bool quits;
    int exit_code;
};

/* A command's words behind its name. */
struct command {
    const char *text; /* variables put in, blanks at the ends taken off; in a buffer of its own */
    size_t length;
    size_t name; /* bytes of the command's name, which stands before the text with a blank between; 0: it does not */
    bool misses; /* a variable in it was not there, which was said: nothing stands in its place */
};

/* A part of a command's text. */
static inline struct command text_between(const char *text, const char *end)
{
    return (struct command){.text = text, .length = (size_t)(end - text)};
}

/* A mistake in the command: it fails. */
__attribute__((format(printf, 3, 4))) void script_complain(struct script *script, struct command command,
                                                           const char *format, ...);

/* A warning about it. */
__attribute__((format(printf, 3, 4))) void script_warn(struct script *script, struct command command,
                                                       const char *format, ...);

/* It asks for what opspice never does: an error, and the end. */
__attribute__((format(printf, 4, 5))) void script_refuse(struct script *script, enum diagnostic_code code,
                                                         struct command command, const char *format, ...);

/* Is there a circuit, with elements? If not, the command fails. */
bool script_has_circuit(struct script *script, struct command command);

/* Diagnostics from number `first` on that have their place in text[0..size) are at this place instead. */
void script_relocate(struct script *script, size_t first, const char *text, size_t size, const char *place,
                     size_t length);

/* The command as a card of this name, such as .dc: its words read as those of a netlist. NULL: a diagnostic says why,
 * or memory is out. The netlist owns it. */
const struct card *script_card(struct script *script, struct netlist *netlist, const char *name,
                               struct command command);

#endif
