/* What the files of this folder share. */
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
    bool no_memory;
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

/* ---- variables.c ---- */

/* The value of a variable, or NULL. */
const char *variable_value(const struct script *script, const char *name, size_t length);

/* False when memory is out. */
bool variable_set(struct script *script, const char *name, size_t length, const char *value, size_t value_length);
void variable_unset(struct script *script, const char *name, size_t length);

/* A line with its variables put in and its comment taken off; owned by the caller. NULL: memory is out, or a diagnostic
 * at the place says what is wrong. */
char *script_expand(struct script *script, const char *line, size_t length, const char *place);

/* The next word of a text from *at on, without its quotes; false at the end. */
bool script_next_word(const char **at, const char *end, const char **word, size_t *length);

/* ---- vectors.c ---- */

struct plot *script_plot(struct script *script);

/* How ngspice calls a plot: op1, dc2, const. Fills name and returns it. */
enum { PLOT_NAME = 24 };
const char *script_plot_name(const struct plot *plot, char name[PLOT_NAME]);

/* The number of the result whose plot is called op1, dc2, .., or NO_RESULT. */
size_t script_result_named(const struct script *script, const char *name, size_t length);

/* The values of the expressions in a text, those of words like `all` in the order of their names. False: a diagnostic
 * says why, or memory is out. formulas and list are zeroed before. */
bool script_evaluate_all(struct script *script, struct command command, struct formulas *formulas,
                         struct series_list *list);

/* Call each vector as it was asked for: i(v1), where tables say v1#branch. False when memory is out. */
bool script_name_as_asked(struct script *script, struct command command, struct formulas *formulas,
                          struct series_list *list);

/* The value of one expression, of its first point. False: a diagnostic says why, or memory is out. */
bool script_evaluate_number(struct script *script, struct command command, double *value);

/* True when any value of the expression is not 0. False in *done: a diagnostic says why, or memory is out. */
bool script_evaluate_condition(struct script *script, struct command command, bool *done);

/* ---- commands.c ---- */

/* Run the command of this name, with its output where `>` sends it. */
void script_run_command(struct script *script, const char *name, size_t length, struct command command);

/* ---- the commands ---- */

typedef void command_handler(struct script *script, struct command command);

command_handler command_op, command_dc, command_tf, command_run, command_save;            /* analyses.c */
command_handler command_let, command_unlet, command_meas;                                                /* vectors.c */
command_handler command_print, command_asciiplot, command_write, command_wrdata, command_echo;           /* files.c */
command_handler command_alter, command_altermod, command_alterparam, command_reset;       /* changes.c */
command_handler command_display, command_setplot, command_destroy, command_listing, command_show; /* lists.c */
command_handler command_set, command_unset, command_strcmp;                               /* variables.c */
command_handler command_quit;                                                             /* commands.c */

/* Begin a file of this name in the working directory or below it, with what it holds already where append is set.
 * False: a diagnostic says why. script_close_file ends it: it appears where good is true. */
bool script_open_file(struct script *script, struct command command, const char *name, size_t length, bool append,
                      struct whole_file *file);
bool script_close_file(struct script *script, struct command command, struct whole_file *file, bool good);

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

#endif
