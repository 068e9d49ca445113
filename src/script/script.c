/* The flow of a script: its lines, blocks and redirections. */
#include "script/script.h"

#include "reader.h"
#include "netlist/cards.h"
#include "script/state.h"
#include "util/array.h"
#include "util/letters.h"
#include "write/listing.h"
#include "write/whole_file.h"
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- lines ---- */

enum line_kind { LINE_COMMAND, LINE_FOREACH, LINE_WHILE, LINE_DOWHILE, LINE_REPEAT, LINE_IF, LINE_ELSE, LINE_END };

enum { BLOCK_DEPTH = 200 };

struct line {
    const char *text;  /* in the netlist, or in the lines' arena where it was continued */
    size_t length;
    const char *place; /* in the netlist */
    enum line_kind kind;
    size_t otherwise;  /* of `if`: its else or end; of `else`: its end */
    size_t end;        /* of what opens a block; of `end`: the line that opens it */
};

struct lines {
    struct line *item; /* [count] */
    size_t count, capacity;
    struct arena arena;
};

static const struct {
    const char *word;
    enum line_kind kind;
} block_words[] = {{"foreach", LINE_FOREACH}, {"while", LINE_WHILE}, {"dowhile", LINE_DOWHILE}, {"repeat", LINE_REPEAT},
                   {"if", LINE_IF},           {"else", LINE_ELSE},   {"end", LINE_END}};

static size_t first_word(const char *text, size_t length)
{
    size_t word = 0;
    while (word < length && (is_letter(text[word]) || is_digit(text[word])))
        word++;
    return word;
}

static bool is_word(const char *text, size_t length, const char *word)
{
    size_t same = 0;
    while (same < length && lower(text[same]) == word[same])
        same++;
    return same == length && word[same] == '\0';
}

static enum line_kind kind_of(const char *text, size_t length)
{
    size_t word = first_word(text, length);
    for (size_t b = 0; b < sizeof block_words / sizeof *block_words; b++) {
        if (is_word(text, word, block_words[b].word))
            return block_words[b].kind;
    }
    return LINE_COMMAND;
}

/* Put a continuation behind the last line. False when memory is out. */
static bool continue_line(struct lines *lines, const struct arg *arg)
{
    struct line *line = &lines->item[lines->count - 1];
    char *joined = arena_alloc(&lines->arena, line->length + arg->length + 1);
    if (!joined)
        return false;
    memcpy(joined, line->text, line->length);
    joined[line->length] = ' ';
    memcpy(joined + line->length + 1, arg->text + 1, arg->length - 1);
    line->text = joined;
    line->length += arg->length;
    return true;
}

static bool add_line(struct lines *lines, const struct arg *arg)
{
    if (arg->length == 0 || *arg->text == '*' || *arg->text == '#')
        return true;
    if (*arg->text == '+' && lines->count > 0)
        return continue_line(lines, arg);
    if (!array_reserve(&lines->item, &lines->capacity, lines->count + 1, sizeof *lines->item))
        return false;
    lines->item[lines->count++] =
        (struct line){.text = arg->text, .length = arg->length, .place = arg->text, .kind = kind_of(arg->text, arg->length)};
    return true;
}

static void misplaced(struct diagnostics *diagnostics, const struct line *line, const char *what)
{
    diagnose(diagnostics, SEVERITY_ERROR, line->place, first_word(line->text, line->length), "%s", what);
}

/* Find the end of each block. False when memory is out. */
static bool match_blocks(struct lines *lines, struct diagnostics *diagnostics)
{
    size_t *open = array_new(lines->count, sizeof *open), depth = 0;
    if (!open)
        return false;
    for (size_t l = 0; l < lines->count; l++) {
        struct line *line = &lines->item[l], *opener = depth > 0 ? &lines->item[open[depth - 1]] : NULL;
        if (line->kind == LINE_ELSE) {
            if (!opener || opener->kind != LINE_IF || opener->otherwise != 0) {
                misplaced(diagnostics, line, "`else` without `if`");
                continue;
            }
            opener->otherwise = l;
        } else if (line->kind == LINE_END) {
            if (!opener) {
                misplaced(diagnostics, line, "`end` ends no block");
                continue;
            }
            line->end = open[--depth];
            opener->end = l;
            if (opener->kind == LINE_IF && opener->otherwise != 0)
                lines->item[opener->otherwise].end = l;
            if (opener->kind == LINE_IF && opener->otherwise == 0)
                opener->otherwise = l;
        } else if (line->kind != LINE_COMMAND && depth == BLOCK_DEPTH) {
            misplaced(diagnostics, line, "blocks are nested too deeply");
            depth = 0;
            break;
        } else if (line->kind != LINE_COMMAND) {
            open[depth++] = l;
        }
    }
    while (depth > 0)
        misplaced(diagnostics, &lines->item[open[--depth]], "this block has no `end`");
    free(open);
    return true;
}

/* ---- commands ---- */

enum command_treatment { COMMAND_RUN, COMMAND_IDLE, COMMAND_SHELL, COMMAND_UNABLE };

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
    {"echo", COMMAND_RUN, command_echo},
    {"write", COMMAND_RUN, command_write},
    {"wrdata", COMMAND_RUN, command_wrdata},
    {"let", COMMAND_RUN, command_let},
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
    {"asciiplot", COMMAND_IDLE, NULL},
    {"gnuplot", COMMAND_IDLE, NULL},
    {"hardcopy", COMMAND_IDLE, NULL},
    {"iplot", COMMAND_IDLE, NULL},
    {"showmod", COMMAND_IDLE, NULL},
    {"status", COMMAND_IDLE, NULL},
    {"rusage", COMMAND_IDLE, NULL},
    {"remcirc", COMMAND_IDLE, NULL},
    {"option", COMMAND_IDLE, NULL},
    {"settype", COMMAND_IDLE, NULL},
    {"unlet", COMMAND_IDLE, NULL},
    {"version", COMMAND_IDLE, NULL},
    {"esave", COMMAND_IDLE, NULL},

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

void complain(struct script *script, struct command command, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    diagnose(script->diagnostics, SEVERITY_ERROR, command.text, command.length ? command.length : 1, "%s", message);
}

void relocate(struct script *script, size_t first, const char *text, size_t size, const char *place, size_t length)
{
    for (size_t d = first; d < script->diagnostics->count; d++) {
        struct diagnostic *diagnostic = &script->diagnostics->item[d];
        if (diagnostic->place >= text && diagnostic->place <= text + size) {
            diagnostic->place = place;
            diagnostic->length = length;
        }
    }
}

const struct card *card_of(struct script *script, struct netlist *netlist, const char *name, struct command command)
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
    card->arg[0].text = command.text - 2; /* behind a name and a blank */
    card->arg[0].length = 1;
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

/* A name of a file in the working directory. */
static bool is_file_name(const char *name, size_t length)
{
    if (length >= 2 && name[0] == '.' && name[1] == '/') {
        name += 2;
        length -= 2;
    }
    bool is_folder = (length == 1 && name[0] == '.') || (length == 2 && name[0] == '.' && name[1] == '.');
    return length > 0 && !is_folder && !memchr(name, '/', length) && !(length == 1 && *name == '-');
}

bool open_file(struct script *script, struct command command, const char *name, size_t length, bool append,
               struct whole_file *file)
{
    char *path = strndup(name, length);
    if (!path) {
        script->no_memory = true;
        return false;
    }
    bool opened = false;
    if (!is_file_name(name, length))
        complain(script, command, "%s: a script writes files in the working directory only", path);
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
    free(path);
    return opened;
}

bool close_file(struct script *script, struct command command, struct whole_file *file, bool good)
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
    if (!next_word(&at, end, &name, &length)) {
        complain(script, command, "the name of a file is missing after `>`");
        return;
    }
    if (!open_file(script, command, name, length, append, &file))
        return;
    size_t errors = script->diagnostics->errors;
    script->out = file.file;
    handler(script, command);
    script->out = script->listing;
    close_file(script, command, &file, script->diagnostics->errors == errors && !script->no_memory);
}

/* ---- running ---- */

static void quit(struct script *script, struct command command)
{
    double code = 0;
    if (command.length > 0 && evaluate_number(script, command, &code) && !(code >= 0 && code <= 255)) {
        complain(script, command, "the exit code must be between 0 and 255");
        return;
    }
    script->exit_code = (int)code;
    script->quits = true;
}

static void run_command(struct script *script, const char *name, size_t length, struct command command)
{
    struct command whole = {name, length};
    if (is_word(name, length, "quit") || is_word(name, length, "exit")) {
        quit(script, command);
        return;
    }
    for (size_t c = 0; c < sizeof commands / sizeof *commands; c++) {
        if (!is_word(name, length, commands[c].name))
            continue;
        switch (commands[c].treatment) {
        case COMMAND_RUN: run_handler(script, commands[c].handler, command); return;
        case COMMAND_SHELL: complain(script, whole, "opspice never runs a program: `shell` is refused"); return;
        case COMMAND_UNABLE: complain(script, whole, "%s is not supported in scripts", commands[c].name); return;
        case COMMAND_IDLE:
            diagnose(script->diagnostics, SEVERITY_WARNING, name, length, "%s has no effect here", commands[c].name);
            return;
        }
    }
    if (length > 0)
        complain(script, whole, "there is no command %.*s", (int)length, name);
    else
        complain(script, (struct command){name, 1}, "expected a command");
}

static bool is_well(const struct script *script)
{
    return !script->no_memory && !script->quits && script->diagnostics->errors == 0 && script->diagnostics->outcomes == 0 &&
           script->diagnostics->failures == 0 && !script->diagnostics->out_of_memory;
}

/* Put variables into the text of a line behind its first word and hand that on. Diagnostics come back to the line. */
static void with_text(struct script *script, const struct line *line,
                      void (*use)(struct script *script, const struct line *line, struct command command, void *data),
                      void *data)
{
    size_t first = script->diagnostics->count;
    char *text = expand(script, line->text, line->length, line->place);
    if (!text)
        return;
    size_t size = strlen(text), word = first_word(text, size), from = word;
    while (from < size && (unsigned char)text[from] <= ' ')
        from++;
    while (size > from && (unsigned char)text[size - 1] <= ' ')
        text[--size] = '\0';
    /* a name and a blank stand before the rest, also where there is none */
    char *copy = calloc(1, size + 4);
    if (copy) {
        copy[0] = copy[1] = ' ';
        memcpy(copy + 2, text + from, size - from);
        use(script, line, (struct command){copy + 2, size - from}, data);
        bool same = line->length >= size && memcmp(line->text, text, size) == 0 && line->text == line->place;
        for (size_t d = first; same && d < script->diagnostics->count; d++) {
            struct diagnostic *diagnostic = &script->diagnostics->item[d];
            if (diagnostic->place >= copy + 2 && diagnostic->place <= copy + 2 + size - from)
                diagnostic->place = line->place + from + (diagnostic->place - copy - 2);
        }
        relocate(script, first, copy, size + 3, line->place, line->text == line->place ? line->length : 1);
    } else {
        script->no_memory = true;
    }
    free(copy);
    free(text);
}

static void use_command(struct script *script, const struct line *line, struct command command, void *data)
{
    (void)data;
    size_t length = first_word(line->text, line->length), first = script->diagnostics->count;
    if (length == 0 && line->length > 0 && *line->text == '!') {
        diagnose(script->diagnostics, SEVERITY_ERROR, line->place, 1, "opspice never runs a program: `!` is refused");
        return;
    }
    run_command(script, line->text, length, command);
    relocate(script, first, line->text, length, line->place, length ? length : 1);
}

static void use_condition(struct script *script, const struct line *line, struct command command, void *data)
{
    (void)line;
    bool done;
    *(bool *)data = evaluate_condition(script, command, &done) && done;
}

static void use_number(struct script *script, const struct line *line, struct command command, void *data)
{
    (void)line;
    double *count = data;
    if (command.length == 0)
        *count = INFINITY;
    else
        evaluate_number(script, command, count);
}

static void use_text(struct script *script, const struct line *line, struct command command, void *data)
{
    (void)line;
    char **text = data;
    *text = strndup(command.text, command.length);
    script->no_memory |= !*text;
}

static bool condition_holds(struct script *script, const struct line *line)
{
    bool holds = false;
    with_text(script, line, use_condition, &holds);
    return holds && is_well(script);
}

enum flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE };

static enum flow run_lines(struct script *script, const struct lines *lines, size_t from, size_t to);

/* foreach name value value ..: the block for each value. */
static void run_foreach(struct script *script, const struct lines *lines, size_t at)
{
    const struct line *line = &lines->item[at];
    char *text = NULL;
    with_text(script, line, use_text, &text);
    const char *from = text, *end = text ? text + strlen(text) : NULL, *name = NULL, *word;
    size_t name_length, length;
    if (text && !next_word(&from, end, &name, &name_length))
        misplaced(script->diagnostics, line, "foreach needs a name and values");
    while (name && is_well(script) && next_word(&from, end, &word, &length)) {
        if ((length == 1 && (*word == '(' || *word == ')')) || !variable_set(script, name, name_length, word, length))
            continue;
        if (run_lines(script, lines, at + 1, line->end) == FLOW_BREAK)
            break;
    }
    free(text);
}

static void run_repeat(struct script *script, const struct lines *lines, size_t at)
{
    double count = 0;
    with_text(script, &lines->item[at], use_number, &count);
    for (double n = 0; n < count && is_well(script); n++) {
        if (run_lines(script, lines, at + 1, lines->item[at].end) == FLOW_BREAK)
            break;
    }
}

static void run_while(struct script *script, const struct lines *lines, size_t at)
{
    const struct line *line = &lines->item[at];
    bool unasked = line->kind == LINE_DOWHILE;
    while (is_well(script) && (unasked || condition_holds(script, line))) {
        unasked = false;
        if (run_lines(script, lines, at + 1, line->end) == FLOW_BREAK)
            break;
    }
}

static enum flow run_if(struct script *script, const struct lines *lines, size_t at)
{
    const struct line *line = &lines->item[at];
    if (condition_holds(script, line))
        return run_lines(script, lines, at + 1, line->otherwise);
    return line->otherwise < line->end ? run_lines(script, lines, line->otherwise + 1, line->end) : FLOW_ON;
}

static enum flow run_lines(struct script *script, const struct lines *lines, size_t from, size_t to)
{
    enum flow flow = FLOW_ON;
    for (size_t l = from; l < to && flow == FLOW_ON && is_well(script); l++) {
        const struct line *line = &lines->item[l];
        size_t word = first_word(line->text, line->length);
        if (script->session->sweep.interrupt && *script->session->sweep.interrupt) {
            diagnose(script->diagnostics, SEVERITY_OUTCOME, line->place, line->length, "interrupted");
            break;
        }
        switch (line->kind) {
        case LINE_FOREACH: run_foreach(script, lines, l); break;
        case LINE_REPEAT: run_repeat(script, lines, l); break;
        case LINE_WHILE:
        case LINE_DOWHILE: run_while(script, lines, l); break;
        case LINE_IF: flow = run_if(script, lines, l); break;
        default:
            if (is_word(line->text, word, "break"))
                flow = FLOW_BREAK;
            else if (is_word(line->text, word, "continue"))
                flow = FLOW_CONTINUE;
            else
                with_text(script, line, use_command, NULL);
        }
        if (line->kind != LINE_COMMAND && line->end > l)
            l = line->end;
    }
    return flow;
}

/* ---- the whole ---- */

static bool read_lines(struct lines *lines, const struct netlist *netlist)
{
    for (size_t c = 0; c < netlist->count; c++) {
        const struct card *card = &netlist->card[c];
        for (uint32_t a = 1; card->kind == CARD_CONTROL && a < card->count; a++) {
            if (!add_line(lines, &card->arg[a]))
                return false;
        }
    }
    return true;
}

static bool make_constants(struct plot *plot)
{
    static const struct {
        const char *name;
        double value;
    } constants[] = {{"pi", M_PI}, {"e", M_E}, {"c", 299792458.0}, {"kelvin", -273.15}, {"echarge", 1.602176634e-19},
                     {"boltz", 1.380649e-23}, {"planck", 6.62607015e-34}, {"yes", 1}, {"true", 1}, {"no", 0}, {"false", 0}};
    for (size_t c = 0; c < sizeof constants / sizeof *constants; c++) {
        double *value = array_new(1, sizeof *value);
        if (!value)
            return false;
        *value = constants[c].value;
        if (!plot_let(plot, constants[c].name, strlen(constants[c].name), value, 1))
            return false;
    }
    plot->points = 1;
    return true;
}

bool script_run(struct session *session, const struct output *output, FILE *out, struct diagnostics *diagnostics,
                struct script_outcome *outcome)
{
    struct script script = {.session = session, .output = output, .listing = out, .out = out, .diagnostics = diagnostics,
                            .current = NO_RESULT, .live = NO_RESULT};
    struct lines lines = {0};
    bool done = read_lines(&lines, &session->netlist) && match_blocks(&lines, diagnostics) && make_constants(&script.constants);
    struct sink sink;
    sink_open(&sink, out);
    listing_put_circuit(&sink, output);
    done = sink_close(&sink) && done;
    if (done && is_well(&script))
        run_lines(&script, &lines, 0, lines.count);
    *outcome = (struct script_outcome){script.quits, script.exit_code};
    while (script.variables > 0)
        variable_unset(&script, script.variable[0].name, strlen(script.variable[0].name));
    free(script.variable);
    free(script.alteration);
    free(script.former);
    plot_free(&script.constants);
    free(lines.item);
    arena_free(&lines.arena);
    return done && !script.no_memory;
}
