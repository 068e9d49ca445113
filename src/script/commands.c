/* The commands: which there are, where their output goes. */
#include "script/commands.h"

#include "script/evaluate.h"
#include "script/lines.h"
#include "script/output_files.h"
#include <string.h>

/* ---- the table ---- */

enum command_treatment {
    COMMAND_RUN,
    COMMAND_SILENT, /* nothing to do */
    COMMAND_IDLE,   /* nothing that opspice could do: a warning */
    COMMAND_SHELL,
    COMMAND_UNABLE
};

static const struct {
    const char *name;
    enum command_treatment treatment;
    command_handler *handler;
} commands[] = {
    {"op", COMMAND_RUN, command_op},
    {"dc", COMMAND_RUN, command_dc},
    {"tf", COMMAND_RUN, command_tf},
    {"run", COMMAND_RUN, command_run},
    {"save", COMMAND_RUN, command_save},
    {"print", COMMAND_RUN, command_print},
    {"asciiplot", COMMAND_RUN, command_asciiplot},
    {"quit", COMMAND_RUN, command_quit},
    {"exit", COMMAND_RUN, command_quit},
    {"echo", COMMAND_RUN, command_echo},
    {"write", COMMAND_RUN, command_write},
    {"wrdata", COMMAND_RUN, command_wrdata},
    {"let", COMMAND_RUN, command_let},
    {"unlet", COMMAND_RUN, command_unlet},
    {"meas", COMMAND_RUN, command_meas},
    {"measure", COMMAND_RUN, command_meas},
    {"set", COMMAND_RUN, command_set},
    {"unset", COMMAND_RUN, command_unset},
    {"strcmp", COMMAND_RUN, command_strcmp},
    {"alter", COMMAND_RUN, command_alter},
    {"altermod", COMMAND_RUN, command_altermod},
    {"alterparam", COMMAND_RUN, command_alterparam},
    {"reset", COMMAND_RUN, command_reset},
    {"display", COMMAND_RUN, command_display},
    {"setplot", COMMAND_RUN, command_setplot},
    {"destroy", COMMAND_RUN, command_destroy},
    {"listing", COMMAND_RUN, command_listing},
    {"show", COMMAND_RUN, command_show},

    /* nothing to do in batch mode */
    {"plot", COMMAND_IDLE, NULL},
    {"gnuplot", COMMAND_IDLE, NULL},
    {"hardcopy", COMMAND_IDLE, NULL},
    {"iplot", COMMAND_IDLE, NULL},
    {"showmod", COMMAND_SILENT, NULL},
    {"status", COMMAND_SILENT, NULL},
    {"rusage", COMMAND_SILENT, NULL},
    {"remcirc", COMMAND_SILENT, NULL},
    {"option", COMMAND_SILENT, NULL},
    {"settype", COMMAND_SILENT, NULL},
    {"version", COMMAND_SILENT, NULL},
    {"esave", COMMAND_SILENT, NULL},

    {"shell", COMMAND_SHELL, NULL},
    {"source", COMMAND_UNABLE, NULL},
    {"tran", COMMAND_UNABLE, NULL},
    {"ac", COMMAND_UNABLE, NULL},
    {"noise", COMMAND_UNABLE, NULL},
    {"sens", COMMAND_UNABLE, NULL},
    {"pz", COMMAND_UNABLE, NULL},
    {"disto", COMMAND_UNABLE, NULL},
    {"fft", COMMAND_UNABLE, NULL},
    {"goto", COMMAND_UNABLE, NULL},
    {"label", COMMAND_UNABLE, NULL},
};

_Static_assert(sizeof commands / sizeof *commands <= 64, "script.warned has a bit for each");

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
    return handler != command_let && handler != command_alter && handler != command_set;
}

/* Run a handler, with what it prints going to a file where the command says so. */
static void run_handler(struct script *script, command_handler *handler, struct command command)
{
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
    script->out = script->listing;
    bool good = script->diagnostics->errors == errors && !script->diagnostics->out_of_memory;
    script_close_file(script, command, &file, good);
}

/* ---- running one ---- */

/* quit [code], exit [code] */
void command_quit(struct script *script, struct command command)
{
    double code = 0;
    if (command.length > 0 && script_evaluate_number(script, command, &code) && !(code >= 0 && code <= 255)) {
        script_complain(script, command, "the exit code must be between 0 and 255");
        return;
    }
    script->exit_code = (int)code;
    script->quits = true;
}

void script_run_command(struct script *script, const char *name, size_t length, struct command command)
{
    struct command whole = text_between(name, name + length);
    for (size_t c = 0; c < sizeof commands / sizeof *commands; c++) {
        if (!line_word_is(name, length, commands[c].name))
            continue;
        switch (commands[c].treatment) {
        case COMMAND_RUN: run_handler(script, commands[c].handler, command); return;
        case COMMAND_SHELL: script_complain(script, whole, "opspice never runs a program: `shell` is refused"); return;
        case COMMAND_UNABLE: script_complain(script, whole, "%s is not supported in scripts", commands[c].name); return;
        case COMMAND_SILENT: return;
        case COMMAND_IDLE:
            if (script->warned & 1ull << c)
                return;
            script->warned |= 1ull << c;
            diagnose(script->diagnostics, WARNING_COMMAND_WITHOUT_EFFECT, name, length,
                     "%s shows nothing here: try --plot", commands[c].name);
            return;
        }
    }
    if (length > 0)
        script_complain(script, whole, "there is no command %.*s", (int)length, name);
    else
        script_complain(script, text_between(name, name + 1), "expected a command");
}
