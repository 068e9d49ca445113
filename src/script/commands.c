/* The commands: which there are, where their output goes. */
#include "script/lines.h"
#include "script/state.h"

#include "reader.h"
#include "util/array.h"
#include "util/folder.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

void script_complain(struct script *script, struct command command, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    diagnose(script->diagnostics, SEVERITY_ERROR, command.text, command.length ? command.length : 1, "%s", message);
}

void script_relocate(struct script *script, size_t first, const char *text, size_t size, const char *place,
                     size_t length)
{
    for (size_t d = first; d < script->diagnostics->count; d++) {
        struct diagnostic *diagnostic = &script->diagnostics->item[d];
        if (diagnostic->place >= text && diagnostic->place <= text + size) {
            diagnostic->place = place;
            diagnostic->length = length;
        }
    }
}

const struct card *script_card(struct script *script, struct netlist *netlist, const char *name, struct command command)
{
    size_t name_length = strlen(name) + 1, size = name_length + command.length, first = script->diagnostics->count;
    size_t errors = script->diagnostics->errors;
    char *text = malloc(size + 1);
    if (!text) {
        script->no_memory = true;
        return NULL;
    }
    snprintf(text, size + 1, "%s %.*s", name, (int)command.length, command.text);
    bool read = reader_cards(netlist, "script", text, size, script->diagnostics) == READER_OK;
    free(text);
    script->no_memory |= !read;
    if (!read || netlist->sources.count == 0)
        return NULL;
    /* The words are those of the command, not of the copy that was read. */
    const char *copy = netlist->sources.item[0].text;
    for (size_t d = first; d < script->diagnostics->count; d++) {
        struct diagnostic *diagnostic = &script->diagnostics->item[d];
        if (diagnostic->place >= copy && diagnostic->place <= copy + size)
            diagnostic->place = command.text + (diagnostic->place - copy > (ptrdiff_t)name_length
                                                    ? diagnostic->place - copy - (ptrdiff_t)name_length : 0);
    }
    if (script->diagnostics->errors != errors || netlist->count != 1)
        return NULL;
    struct card *card = &netlist->card[0];
    for (uint32_t a = 1; a < card->count; a++)
        card->arg[a].text = command.text + (card->arg[a].text - copy) - name_length;
    card->arg[0].text = command.name ? command.text - 1 - command.name : command.text;
    card->arg[0].length = command.name ? (uint32_t)command.name : 1;
    return card;
}

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

/* Is part of the path a name that begins with a point, but `.` itself? Shells and editors hide such files, and run some
 * of them. */
static bool is_hidden(const char *path)
{
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (part[0] == '.' && part[1] != '/' && part[1] != '\0')
            return true;
    }
    return false;
}

static bool has_made(const struct script *script, const char *path)
{
    for (size_t f = 0; f < script->files; f++) {
        if (strcmp(script->file[f], path) == 0)
            return true;
    }
    return false;
}

/* Why a script may not write this file, to be said behind its path; or NULL. What is there is replaced, but in a
 * sandbox only what the script has made. */
static const char *objection(struct script *script, const char *path)
{
    const struct sources *sources = &script->session->netlist.sources;
    errno = 0;
    char *here = folder_real(".");
    size_t length = strlen(path);
    struct stat about;
    bool is_inside =
        here && length > 0 && path[length - 1] != '/' && strcmp(path, "-") != 0 && folder_holds(here, path);
    script->no_memory |= !is_inside && errno == ENOMEM;
    bool exists = stat(path, &about) == 0;
    free(here);
    if (!is_inside)
        return ": a script writes files in the working directory, and below it, only";
    if (is_hidden(path))
        return ": a script writes no hidden files";
    if (exists && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode))
        return ": a script writes no devices and pipes";
    if (sources_hold(sources, path))
        return " belongs to the netlist: it is not written over";
    if (exists && sources->folder && !has_made(script, path))
        return ": in the sandbox a script replaces no file";
    return NULL;
}

/* Remember the path, which is taken over, of a file that the script makes. */
static void remember(struct script *script, char *path)
{
    if (!has_made(script, path) &&
        array_reserve(&script->file, &script->file_capacity, script->files + 1, sizeof *script->file))
        script->file[script->files++] = path;
    else
        free(path);
}

bool script_open_file(struct script *script, struct command command, const char *name, size_t length, bool append,
                      struct whole_file *file)
{
    char *path = strndup(name, length);
    if (!path) {
        script->no_memory = true;
        return false;
    }
    bool opened = false;
    const char *why = objection(script, path);
    if (why)
        script_complain(script, command, "%s%s", path, why);
    else if (!(opened = whole_file_open(file, path)))
        diagnose(script->diagnostics, SEVERITY_FAILURE, command.text, command.length, "cannot write %s: %s", path,
                 strerror(errno));
    FILE *old = opened && append ? fopen(path, "r") : NULL;
    if (old) {
        char bytes[4096];
        size_t count;
        while ((count = fread(bytes, 1, sizeof bytes, old)) > 0)
            fwrite(bytes, 1, count, file->file);
        fclose(old);
    }
    if (opened)
        remember(script, path);
    else
        free(path);
    return opened;
}

bool script_close_file(struct script *script, struct command command, struct whole_file *file, bool good)
{
    if (whole_file_close(file, good && !ferror(file->file)))
        return true;
    diagnose(script->diagnostics, SEVERITY_FAILURE, command.text, command.length, "a file was not written: %s",
             strerror(errno));
    return false;
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
    if (!script_next_word(&at, end, &name, &length)) {
        script_complain(script, command, "the name of a file is missing after `>`");
        return;
    }
    if (!script_open_file(script, command, name, length, append, &file))
        return;
    size_t errors = script->diagnostics->errors;
    script->out = file.file;
    handler(script, command);
    script->out = script->listing;
    script_close_file(script, command, &file, script->diagnostics->errors == errors && !script->no_memory);
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
            diagnose(script->diagnostics, SEVERITY_WARNING, name, length, "%s shows nothing here: try --plot",
                     commands[c].name);
            return;
        }
    }
    if (length > 0)
        script_complain(script, whole, "there is no command %.*s", (int)length, name);
    else
        script_complain(script, text_between(name, name + 1), "expected a command");
}
