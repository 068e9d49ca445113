/* The commands: which there are, where their output goes. */
#include "script/commands.h"

#include "script/evaluate.h"
#include "script/output_files.h"
#include "script/variables.h"
#include "util/letters.h"
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the table ---- */

enum command_treatment {
    COMMAND_RUN,
    COMMAND_SILENT,  /* nothing to do */
    COMMAND_IDLE,    /* nothing that opspice could do: a warning */
    COMMAND_SHELL,   /* it would run programs, or work elsewhere: an error */
    COMMAND_FOREIGN, /* an analysis that is not opspice's */
    COMMAND_UNABLE   /* what it would do, opspice does not have */
};

static const struct {
    char name[16];
    enum command_treatment treatment;
    command_handler *handler;
} commands[] = {
    {"op", COMMAND_RUN, command_op},
    {"dc", COMMAND_RUN, command_dc},
    {"tf", COMMAND_RUN, command_tf},
    {"sens", COMMAND_RUN, command_sens},
    {"run", COMMAND_RUN, command_run},
    {"save", COMMAND_RUN, command_save},
    {"print", COMMAND_RUN, command_print},
    {"asciiplot", COMMAND_RUN, command_asciiplot},
    {"quit", COMMAND_RUN, command_quit},
    {"exit", COMMAND_RUN, command_quit},
    {"echo", COMMAND_RUN, command_echo},
    {"write", COMMAND_RUN, command_write},
    {"wrdata", COMMAND_RUN, command_wrdata},
    {"wrnodev", COMMAND_RUN, command_wrnodev},
    {"load", COMMAND_RUN, command_load},
    {"source", COMMAND_RUN, command_source},
    {"let", COMMAND_RUN, command_let},
    {"unlet", COMMAND_RUN, command_unlet},
    {"compose", COMMAND_RUN, command_compose},
    {"cross", COMMAND_RUN, command_cross},
    {"reshape", COMMAND_RUN, command_reshape},
    {"transpose", COMMAND_RUN, command_transpose},
    {"setscale", COMMAND_RUN, command_setscale},
    {"settype", COMMAND_RUN, command_settype},
    {"meas", COMMAND_RUN, command_meas},
    {"measure", COMMAND_RUN, command_meas},
    {"set", COMMAND_RUN, command_set},
    {"unset", COMMAND_RUN, command_unset},
    {"option", COMMAND_RUN, command_option},
    {"strcmp", COMMAND_RUN, command_strcmp},
    {"define", COMMAND_RUN, command_define},
    {"undefine", COMMAND_RUN, command_undefine},
    {"alias", COMMAND_RUN, command_alias},
    {"unalias", COMMAND_RUN, command_unalias},
    {"setseed", COMMAND_RUN, command_setseed},
    {"alter", COMMAND_RUN, command_alter},
    {"altermod", COMMAND_RUN, command_altermod},
    {"alterparam", COMMAND_RUN, command_alterparam},
    {"reset", COMMAND_RUN, command_reset},
    {"display", COMMAND_RUN, command_display},
    {"setplot", COMMAND_RUN, command_setplot},
    {"destroy", COMMAND_RUN, command_destroy},
    {"setcirc", COMMAND_RUN, command_setcirc},
    {"remcirc", COMMAND_RUN, command_remcirc},
    {"listing", COMMAND_RUN, command_listing},
    {"show", COMMAND_RUN, command_show},
    {"showmod", COMMAND_RUN, command_showmod},
    {"version", COMMAND_RUN, command_version},

    /* nothing to do in batch mode */
    {"plot", COMMAND_IDLE, NULL},
    {"gnuplot", COMMAND_IDLE, NULL},
    {"hardcopy", COMMAND_IDLE, NULL},
    {"iplot", COMMAND_IDLE, NULL},
    {"edit", COMMAND_IDLE, NULL},
    {"bug", COMMAND_IDLE, NULL},
    {"linearize", COMMAND_IDLE, NULL},
    {"mdump", COMMAND_UNABLE, NULL}, /* there is no one matrix */
    {"remzerovec", COMMAND_SILENT, NULL}, /* no vector is without values */
    {"status", COMMAND_SILENT, NULL},
    {"rusage", COMMAND_SILENT, NULL},
    {"setcs", COMMAND_SILENT, NULL},
    {"stop", COMMAND_SILENT, NULL},
    {"resume", COMMAND_SILENT, NULL},
    {"delete", COMMAND_SILENT, NULL},
    {"trace", COMMAND_SILENT, NULL},
    {"step", COMMAND_SILENT, NULL},
    {"esave", COMMAND_SILENT, NULL},
    {"eprint", COMMAND_SILENT, NULL},
    {"state", COMMAND_SILENT, NULL},
    {"devhelp", COMMAND_SILENT, NULL},
    {"inventory", COMMAND_SILENT, NULL},
    {"optran", COMMAND_SILENT, NULL},
    {"history", COMMAND_SILENT, NULL},

    {"shell", COMMAND_SHELL, NULL},
    {"cd", COMMAND_SHELL, NULL},
    {"aspice", COMMAND_SHELL, NULL},
    {"rspice", COMMAND_SHELL, NULL},
    {"tran", COMMAND_FOREIGN, NULL},
    {"ac", COMMAND_FOREIGN, NULL},
    {"sp", COMMAND_FOREIGN, NULL},
    {"noise", COMMAND_FOREIGN, NULL},
    {"pz", COMMAND_FOREIGN, NULL},
    {"disto", COMMAND_FOREIGN, NULL},
    {"pss", COMMAND_FOREIGN, NULL},
    {"fourier", COMMAND_FOREIGN, NULL},
    {"fft", COMMAND_FOREIGN, NULL},
    {"psd", COMMAND_FOREIGN, NULL},
    {"spec", COMMAND_FOREIGN, NULL},
    {"codemodel", COMMAND_UNABLE, NULL},
    {"pre_codemodel", COMMAND_UNABLE, NULL},
    {"osdi", COMMAND_UNABLE, NULL},
    {"snload", COMMAND_UNABLE, NULL},
    {"snsave", COMMAND_UNABLE, NULL},
    {"wrs2p", COMMAND_UNABLE, NULL},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

_Static_assert(COMMANDS <= 8 * sizeof((struct script *)0)->warned, "script.warned has a bit for each");

/* ---- redirection ---- */

/* The `>` of a redirection outside of quotes and parentheses, or NULL. */
static const char *find_redirection(const char *text)
{
    char quote = '\0';
    int depth = 0;
    for (; *text; text++) {
        if (quote == '\0' && (*text == '"' || *text == '\''))
            quote = *text;
        else if (quote == *text)
            quote = '\0';
        depth += (*text == '(') - (*text == ')');
        if (quote == '\0' && depth == 0 && *text == '>' && text[1] != '=')
            return text;
    }
    return NULL;
}

static bool commands_redirect(command_handler *handler)
{
    return handler != command_let && handler != command_alter && handler != command_set && handler != command_define;
}

/* Is a number made of its text that is kept? With a variable missing that would be a wrong one. */
static bool commands_keep(command_handler *handler)
{
    return handler == command_let || handler == command_alter || handler == command_altermod ||
           handler == command_alterparam || handler == command_alias;
}

/* Run a handler, with what it prints going to a file where the command says so. */
static void run_handler(struct script *script, command_handler *handler, struct command command)
{
    if (command.misses && commands_keep(handler))
        return;
    const char *sign = commands_redirect(handler) ? find_redirection(command.text) : NULL;
    if (!sign) {
        handler(script, command);
        return;
    }
    bool append = sign[1] == '>';
    const char *at = sign + 1 + append, *end = command.text + command.length, *name;
    size_t length;
    at += *at == '&';
    command.length = (size_t)(sign - command.text);
    while (command.length > 0 && (unsigned char)command.text[command.length - 1] <= ' ')
        command.length--;
    struct whole_file file;
    if (!line_next_word(&at, end, &name, &length)) {
        script_complain(script, command, "the name of a file is missing after `>`");
        return;
    }
    if (!script_open_file(script, command, name, length, append, &file))
        return;
    size_t errors = script->diagnostics->errors;
    script->out = file.file;
    handler(script, command);
    script->out = script->host.out;
    bool good = script->diagnostics->errors == errors && !script->diagnostics->out_of_memory;
    script_close_file(script, command, &file, good);
}

/* ---- running one ---- */

/* quit [code], exit [code] */
void command_quit(struct script *script, struct command command)
{
    double code = 0;
    if (command.length > 0 && script_evaluate_number(script, command, &code) && !(fabs(code) <= INT_MAX))
        code = 1;
    script->exit_code = (int)code & 0xff; /* what a system keeps of it */
    script->quits = true;
}

/* version [-s | -f | -d]: programs look for ngspice's number */
void command_version(struct script *script, struct command command)
{
    bool is_full = command.length == 0 || letters_spell(command.text, command.length, "-f");
    if (letters_spell(command.text, command.length, "-d"))
        return;
    fprintf(script->out, "******\n** ngspice-39 compatible: opspice-%s, operating points of circuits\n",
            script->host.version);
    if (is_full)
        fputs("** Exact where the circuit is: each answer has its certificate\n", script->out);
    fputs("******\n", script->out);
}

/* What the name of a command is, an alias put in; *length becomes that of its first word. */
static const char *resolve_alias(struct script *script, const char *name, size_t *length, struct command *command,
                                 char **owned)
{
    const char *text = alias_text(script, name, *length);
    *owned = NULL;
    if (!text)
        return name;
    size_t size = strlen(text) + command->length + 2, word;
    if (!(*owned = malloc(size))) {
        diagnose_no_memory(script->diagnostics);
        return NULL;
    }
    snprintf(*owned, size, "%s %.*s", text, (int)command->length, command->text);
    word = line_first_word(*owned, size - 1);
    const char *rest = *owned + word + strspn(*owned + word, " \t");
    size_t rest_length = strlen(rest);
    while (rest_length > 0 && line_is_blank(rest[rest_length - 1]))
        rest_length--;
    (*owned)[rest - *owned + (ptrdiff_t)rest_length] = '\0';
    *length = word;
    *command = (struct command){rest, rest_length, rest == *owned + word + 1 ? word : 0, command->misses};
    return *owned;
}

static void run_number(struct script *script, size_t number, const char *name, size_t length, struct command command)
{
    struct command whole = text_between(name, name + length);
    bool is_new = !(script->warned[number / 64] & 1ull << number % 64);
    switch (commands[number].treatment) {
    case COMMAND_RUN: run_handler(script, commands[number].handler, command); return;
    case COMMAND_SHELL:
        script_refuse(script, ERROR_RUNS_A_PROGRAM, whole,
                      letters_spell(name, length, "cd") ? "opspice stays in the working directory: `%s` is refused"
                                                       : "opspice never runs a program: `%s` is refused",
                      commands[number].name);
        return;
    case COMMAND_FOREIGN: command_foreign(script, command); return;
    case COMMAND_UNABLE:
        script_complain(script, whole, "%s is not supported in scripts", commands[number].name);
        return;
    case COMMAND_SILENT: return;
    case COMMAND_IDLE:
        if (is_new)
            script_warn(script, whole, "%s shows nothing here: try --plot", commands[number].name);
        script->warned[number / 64] |= 1ull << number % 64;
        return;
    }
}

/* The number of a command, or COMMANDS. */
static size_t find_command(const char *name, size_t length)
{
    size_t c = 0;
    while (c < COMMANDS && !letters_spell(name, length, commands[c].name))
        c++;
    return c;
}

bool commands_know(const char *name, size_t length)
{
    return find_command(name, length) < COMMANDS;
}

void script_run_command(struct script *script, const char *name, size_t length, struct command command)
{
    const char *written = name;
    size_t first = script->diagnostics->count, written_length = length;
    char *owned;
    name = resolve_alias(script, name, &length, &command, &owned);
    size_t c = name ? find_command(name, length) : COMMANDS;
    if (c < COMMANDS)
        run_number(script, c, name, length, command);
    else if (name && length > 0)
        script_complain(script, text_between(name, name + length), "there is no command %.*s", (int)length, name);
    else if (name)
        script_complain(script, text_between(name, name + 1), "expected a command");
    if (owned)
        script_relocate(script, first, owned, strlen(owned) + 1, written, written_length);
    free(owned);
}
