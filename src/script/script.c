/* The flow of a script: its lines, blocks and loops. */
#include "script/script.h"

#include "script/commands.h"
#include "script/evaluate.h"
#include "script/expand.h"
#include "script/lines.h"
#include "script/variables.h"
#include "elaborate/card_reader.h"
#include "netlist/cards.h"
#include "util/array.h"
#include "write/listing.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- lines ---- */

static bool is_well(const struct script *script)
{
    return !script->quits && diagnostics_are_clear(script->diagnostics);
}

/* Diagnostics in the copy of a line in which nothing was replaced are moved to the line: its first word, and what is
 * behind it. */
static void move_back(struct script *script, size_t first, const char *copy, size_t word, const char *place,
                      size_t from)
{
    for (size_t d = first; d < script->diagnostics->count; d++) {
        struct diagnostic *diagnostic = &script->diagnostics->item[d];
        if (diagnostic->place < copy || diagnostic->place > copy + strlen(copy))
            continue;
        size_t at = (size_t)(diagnostic->place - copy);
        diagnostic->place = place + (at <= word ? at : at - word - 1 + from);
    }
}

/* Put variables into the text of a line behind its first word and hand that on. Diagnostics come back to the line. */
static void with_text(struct script *script, const struct line *line,
                      void (*use)(struct script *script, const struct line *line, struct command command, void *data),
                      void *data)
{
    size_t first = script->diagnostics->count;
    char *text = script_expand(script, line->text, line->length, line->place);
    if (!text)
        return;
    size_t size = strlen(text), word = line_first_word(text, size), from = word;
    while (from < size && (unsigned char)text[from] <= ' ')
        from++;
    while (size > from && (unsigned char)text[size - 1] <= ' ')
        text[--size] = '\0';
    char *copy = calloc(1, size + 2); /* with one blank, also where nothing is behind the word */
    if (copy) {
        memcpy(copy, text, word);
        copy[word] = ' ';
        memcpy(copy + word + 1, text + from, size - from);
        use(script, line, (struct command){copy + word + 1, size - from, word}, data);
        bool same = line->length >= size && memcmp(line->text, text, size) == 0 && line->text == line->place;
        if (same)
            move_back(script, first, copy, word, line->place, from);
        script_relocate(script, first, copy, size + 1, line->place, line->text == line->place ? line->length : 1);
    } else {
        diagnose_no_memory(script->diagnostics);
    }
    free(copy);
    free(text);
}

static void use_command(struct script *script, const struct line *line, struct command command, void *data)
{
    (void)data;
    size_t length = line_first_word(line->text, line->length), first = script->diagnostics->count;
    if (length == 0 && line->length > 0 && *line->text == '!') {
        diagnose(script->diagnostics, ERROR_RUNS_A_PROGRAM, line->place, 1,
                 "opspice never runs a program: `!` is refused");
        return;
    }
    script_run_command(script, line->text, length, command);
    script_relocate(script, first, line->text, length, line->place, length ? length : 1);
}

static void use_condition(struct script *script, const struct line *line, struct command command, void *data)
{
    (void)line;
    bool done;
    *(bool *)data = script_evaluate_condition(script, command, &done) && done;
}

static void use_number(struct script *script, const struct line *line, struct command command, void *data)
{
    (void)line;
    double *count = data;
    if (command.length == 0)
        *count = INFINITY;
    else
        script_evaluate_number(script, command, count);
}

static void use_text(struct script *script, const struct line *line, struct command command, void *data)
{
    (void)line;
    char **text = data;
    *text = strndup(command.text, command.length);
    if (!*text)
        diagnose_no_memory(script->diagnostics);
}

static bool condition_holds(struct script *script, const struct line *line)
{
    bool holds = false;
    with_text(script, line, use_condition, &holds);
    return holds && is_well(script);
}

/* Has the user had enough? */
static bool is_interrupted(struct script *script, const struct line *line)
{
    const atomic_int *interrupt = script->session->sweep.interrupt;
    if (!interrupt || atomic_load_explicit(interrupt, memory_order_relaxed) == 0)
        return false;
    diagnose(script->diagnostics, OUTCOME_INTERRUPTED, line->place, line->length, "interrupted");
    return true;
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
    if (text && !line_next_word(&from, end, &name, &name_length))
        diagnose(script->diagnostics, ERROR_SCRIPT_COMMAND, line->place, line_first_word(line->text, line->length),
                 "foreach needs a name and values");
    while (name && is_well(script) && line_next_word(&from, end, &word, &length)) {
        if (length > 0 && *word == '(')
            word++, length--;
        if (length > 0 && word[length - 1] == ')')
            length--;
        if (length == 0 || !variable_set(script, name, name_length, word, length))
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
    for (double n = 0; n < count && is_well(script) && !is_interrupted(script, &lines->item[at]); n++) {
        if (run_lines(script, lines, at + 1, lines->item[at].end) == FLOW_BREAK)
            break;
    }
}

static void run_while(struct script *script, const struct lines *lines, size_t at)
{
    const struct line *line = &lines->item[at];
    bool unasked = line->kind == LINE_DOWHILE;
    while (is_well(script) && !is_interrupted(script, line) && (unasked || condition_holds(script, line))) {
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
        if (is_interrupted(script, line))
            break;
        switch (line->kind) {
        case LINE_FOREACH: run_foreach(script, lines, l); break;
        case LINE_REPEAT: run_repeat(script, lines, l); break;
        case LINE_WHILE:
        case LINE_DOWHILE: run_while(script, lines, l); break;
        case LINE_IF: flow = run_if(script, lines, l); break;
        case LINE_BREAK: flow = FLOW_BREAK; break;
        case LINE_CONTINUE: flow = FLOW_CONTINUE; break;
        default: with_text(script, line, use_command, NULL);
        }
        if (line->end > l)
            l = line->end;
    }
    return flow;
}

/* ---- the whole ---- */

static bool make_constants(struct plot *plot)
{
    static const struct {
        const char *name;
        double value;
    } constants[] = {{"pi", M_PI},
                     {"e", M_E},
                     {"c", 299792458.0},
                     {"kelvin", -273.15},
                     {"echarge", 1.602176634e-19},
                     {"boltz", 1.380649e-23},
                     {"planck", 6.62607015e-34},
                     {"yes", 1},
                     {"true", 1},
                     {"no", 0},
                     {"false", 0}};
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

/* What .csparam cards give to scripts. */
static bool take_parameters(struct script *script)
{
    const struct netlist *netlist = &script->session->netlist;
    for (size_t c = 0; c < netlist->count; c++) {
        if (netlist->card[c].kind != CARD_CSPARAM)
            continue;
        struct card_reader reader = card_reader_in(script->session->flat, &netlist->card[c]);
        const struct arg *name;
        while (!reader.failed && (name = card_reader_next(&reader))) {
            double *value = array_new(1, sizeof *value);
            if (!value)
                return false;
            if (name->kind != ARG_KEY || !card_reader_number(&reader, script->diagnostics, "value", value)) {
                if (name->kind != ARG_KEY)
                    card_reader_missing(&reader, script->diagnostics, "name = value");
                free(value);
            } else if (!plot_let(&script->constants, name->text, name->length, value, 1)) {
                return false;
            }
        }
    }
    return true;
}

struct script *script_new(struct session *session)
{
    struct script *script = calloc(1, sizeof *script);
    if (script)
        script->session = session;
    return script;
}

/* As before the first command, but for what has been made and changed outside of it: files and the circuit. False when
 * memory is out. */
static bool begin(struct script *script)
{
    while (script->variables > 0)
        variable_unset(script, script->variable[0].name, strlen(script->variable[0].name));
    plot_free(&script->constants);
    script->current = script->live = NO_RESULT;
    script->warned = 0;
    script->quits = false;
    script->exit_code = 0;
    return make_constants(&script->constants) && take_parameters(script);
}

bool script_run(struct script *script, const struct output *output, FILE *out, struct diagnostics *diagnostics,
                struct script_outcome *outcome)
{
    struct session *session = script->session;
    struct lines lines = {0};
    script->output = output;
    script->listing = script->out = out;
    script->diagnostics = diagnostics;
    bool done = lines_read(&lines, &session->netlist) && lines_match(&lines, diagnostics) && begin(script);
    struct sink sink;
    sink_open(&sink, out);
    listing_put_circuit(&sink, output);
    done = sink_close(&sink) && done;
    if (done && is_well(script))
        run_lines(script, &lines, 0, lines.count);
    *outcome = (struct script_outcome){script->quits, script->exit_code};
    for (size_t r = session->results; r-- > 0;) { /* plots of no analysis are the script's alone */
        if (session->result[r].plot.kind == PLOT_OWN)
            session_drop(session, r);
    }
    lines_free(&lines);
    return done && !script->diagnostics->out_of_memory;
}

void script_free(struct script *script)
{
    if (!script)
        return;
    while (script->variables > 0)
        variable_unset(script, script->variable[0].name, strlen(script->variable[0].name));
    while (script->files > 0)
        free(script->file[--script->files]);
    free(script->file);
    free(script->variable);
    free(script->alteration);
    free(script->changed);
    plot_free(&script->constants);
    free(script);
}
