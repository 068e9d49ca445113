/* The flow of a script: its lines, blocks and loops. */
#include "script/script.h"

#include "script/circuits.h"
#include "script/commands.h"
#include "script/evaluate.h"
#include "script/expand.h"
#include "script/lines.h"
#include "script/macros.h"
#include "script/plots.h"
#include "script/variables.h"
#include "util/array.h"
#include "util/letters.h"
#include "util/watch.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- commands that fail ---- */

static bool is_well(const struct script *script)
{
    return !script->quits && !script->refused && !script->interrupted && !script->diagnostics->out_of_memory;
}

/* What had been said before a command. */
struct standing {
    size_t count, errors, outcomes, failures;
};

static struct standing stand(const struct script *script)
{
    const struct diagnostics *diagnostics = script->diagnostics;
    return (struct standing){diagnostics->count, diagnostics->errors, diagnostics->outcomes, diagnostics->failures};
}

/* A mistake in a command is a warning that it failed: the script goes on. That there was nothing to run, no operating
 * point, or a file was not written, counts at its end. */
static void judge_command(struct script *script, const struct standing *before)
{
    struct diagnostics *diagnostics = script->diagnostics;
    if (diagnostics->strict && diagnostics->errors > before->errors)
        script->refused = true;
    if (script->refused)
        return;
    bool is_new = diagnostics->errors > before->errors; /* not of lines that a line has run */
    for (size_t d = before->count; d < diagnostics->count; d++) {
        struct diagnostic *diagnostic = &diagnostics->item[d];
        diagnostic->failed |= diagnostic->severity > SEVERITY_WARNING;
        if (diagnostic->severity == SEVERITY_ERROR && diagnostic->code == ERROR_NO_ELEMENTS)
            script->missed += is_new;
        else if (diagnostic->severity == SEVERITY_ERROR)
            diagnostic->severity = SEVERITY_WARNING;
    }
    script->outcomes += diagnostics->outcomes - before->outcomes;
    script->failures += diagnostics->failures - before->failures;
    diagnostics->errors = before->errors;
    diagnostics->outcomes = before->outcomes;
    diagnostics->failures = before->failures;
}

static void count_failed(struct script *script)
{
    script->diagnostics->outcomes += script->outcomes;
    script->diagnostics->failures += script->failures;
    script->diagnostics->errors += script->missed;
    script->outcomes = script->failures = script->missed = 0;
}

/* ---- lines ---- */

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
    const struct standing before = stand(script);
    size_t first = before.count;
    char *text = script_expand(script, line->text, line->length, line->place);
    bool misses = script->diagnostics->errors > before.errors;
    if (!text) {
        judge_command(script, &before);
        return;
    }
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
        use(script, line, (struct command){copy + word + 1, size - from, word, misses}, data);
        bool same = line->length >= size && memcmp(line->text, text, size) == 0 && line->text == line->place;
        if (same)
            move_back(script, first, copy, word, line->place, from);
        script_relocate(script, first, copy, size + 1, line->place, line->text == line->place ? line->length : 1);
    } else {
        diagnose_no_memory(script->diagnostics);
    }
    free(copy);
    free(text);
    judge_command(script, &before);
    fflush(script->host.out);
}

static void use_command(struct script *script, const struct line *line, struct command command, void *data)
{
    (void)data;
    size_t length = line_first_word(line->text, line->length), first = script->diagnostics->count;
    if (length == 0 && line->length > 0 && *line->text == '!') {
        script_refuse(script, ERROR_RUNS_A_PROGRAM, text_between(line->place, line->place + 1),
                      "opspice never runs a program: `!` is refused");
        return;
    }
    script_run_command(script, line->text, length, command);
    script_relocate(script, first, line->text, length, line->place, length ? length : 1);
}

/* Is there more than the first word, as it is written? */
static bool has_words(const struct line *line)
{
    const char *end = line->text + line->length;
    return line_skip_blanks(line->text + line_first_word(line->text, line->length), end) < end;
}

static void use_condition(struct script *script, const struct line *line, struct command command, void *data)
{
    bool done, always = letters_spell(line->text, line_first_word(line->text, line->length), "begin");
    bool is_missing = command.misses || (command.length == 0 && has_words(line)); /* what it stands for */
    *(bool *)data = always || (!is_missing && script_evaluate_condition(script, command, &done) && done);
}

static void use_number(struct script *script, const struct line *line, struct command command, void *data)
{
    double *count = data;
    if (command.length == 0)
        *count = has_words(line) ? 1 : INFINITY; /* of a variable that is not there one round, as in ngspice */
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
    const struct session *session = script_session(script);
    if (!interrupt_is_set(session ? session->sweep.interrupt : script->host.interrupt))
        return false;
    if (!script->interrupted) {
        diagnose(script->diagnostics, OUTCOME_INTERRUPTED, line->place, line->length, "interrupted");
        script->outcomes++;
        script->diagnostics->outcomes--;
    }
    script->interrupted = true;
    return true;
}

enum flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE, FLOW_GOTO };

/* What `goto` looks for. */
struct run {
    struct script *script;
    const struct lines *lines;
    const struct line *from; /* the `goto` */
    char *label;             /* owned; NULL: none */
};

static enum flow run_lines(struct run *run, size_t from, size_t to);

/* The body of a loop: true when it is to go on with the next round. */
static bool run_body(struct run *run, size_t at, enum flow *flow)
{
    *flow = run_lines(run, at + 1, run->lines->item[at].end);
    bool goes_on = *flow == FLOW_ON || *flow == FLOW_CONTINUE;
    if (*flow != FLOW_GOTO)
        *flow = FLOW_ON;
    return goes_on && is_well(run->script);
}

/* foreach name value value ..: the block for each value. */
static enum flow run_foreach(struct run *run, size_t at)
{
    struct script *script = run->script;
    const struct line *line = &run->lines->item[at];
    enum flow flow = FLOW_ON;
    char *text = NULL;
    with_text(script, line, use_text, &text);
    const char *from = text, *end = text ? text + strlen(text) : NULL, *name = NULL, *word;
    size_t name_length, length;
    if (text && !line_next_word(&from, end, &name, &name_length)) {
        const struct standing before = stand(script);
        diagnose(script->diagnostics, ERROR_SCRIPT_COMMAND, line->place, line_first_word(line->text, line->length),
                 "foreach needs a name and values");
        judge_command(script, &before);
    }
    while (name && is_well(script) && line_next_word(&from, end, &word, &length)) {
        if (length > 0 && *word == '(')
            word++, length--;
        if (length > 0 && word[length - 1] == ')')
            length--;
        if (length == 0 || !variable_set(script, name, name_length, word, length, false))
            continue;
        if (!run_body(run, at, &flow))
            break;
    }
    free(text);
    return flow;
}

static enum flow run_repeat(struct run *run, size_t at)
{
    enum flow flow = FLOW_ON;
    double count = 0;
    with_text(run->script, &run->lines->item[at], use_number, &count);
    for (double n = 0; n < count && is_well(run->script) && !is_interrupted(run->script, &run->lines->item[at]); n++) {
        if (!run_body(run, at, &flow))
            break;
    }
    return flow;
}

static enum flow run_while(struct run *run, size_t at)
{
    const struct line *line = &run->lines->item[at];
    enum flow flow = FLOW_ON;
    bool unasked = line->kind == LINE_DOWHILE;
    while (is_well(run->script) && !is_interrupted(run->script, line) &&
           (unasked || condition_holds(run->script, line))) {
        unasked = false;
        if (!run_body(run, at, &flow))
            break;
    }
    return flow;
}

static enum flow run_if(struct run *run, size_t at)
{
    const struct line *line = &run->lines->item[at];
    if (condition_holds(run->script, line))
        return run_lines(run, at + 1, line->otherwise);
    return line->otherwise < line->end && is_well(run->script) ? run_lines(run, line->otherwise + 1, line->end)
                                                               : FLOW_ON;
}

static enum flow run_goto(struct run *run, size_t at)
{
    free(run->label);
    run->label = NULL;
    run->from = &run->lines->item[at];
    with_text(run->script, run->from, use_text, &run->label);
    return run->label ? FLOW_GOTO : FLOW_ON;
}

static enum flow run_line(struct run *run, size_t l)
{
    switch (run->lines->item[l].kind) {
    case LINE_FOREACH: return run_foreach(run, l);
    case LINE_REPEAT: return run_repeat(run, l);
    case LINE_WHILE:
    case LINE_DOWHILE: return run_while(run, l);
    case LINE_IF: return run_if(run, l);
    case LINE_BREAK: return FLOW_BREAK;
    case LINE_CONTINUE: return FLOW_CONTINUE;
    case LINE_GOTO: return run_goto(run, l);
    case LINE_LABEL: return FLOW_ON;
    default: with_text(run->script, &run->lines->item[l], use_command, NULL); return FLOW_ON;
    }
}

/* The line of the label among these, outside of blocks; or `to`. */
static size_t find_label(const struct run *run, size_t from, size_t to)
{
    for (size_t l = from; l < to; l++) {
        const struct line *line = &run->lines->item[l];
        if (line->kind == LINE_LABEL && lines_label_is(line, run->label))
            return l;
        if (line->end > l)
            l = line->end;
    }
    return to;
}

static void complain_of_label(const struct run *run)
{
    const struct standing before = stand(run->script);
    diagnose(run->script->diagnostics, ERROR_SCRIPT_COMMAND, run->from->place, run->from->length,
             "there is no label %s here", run->label);
    judge_command(run->script, &before);
}

static enum flow run_lines(struct run *run, size_t from, size_t to)
{
    enum flow flow = FLOW_ON;
    for (size_t l = from; l < to && flow == FLOW_ON && is_well(run->script); l++) {
        const struct line *line = &run->lines->item[l];
        if (is_interrupted(run->script, line))
            break;
        flow = run_line(run, l);
        if (line->end > l)
            l = line->end;
        size_t label = flow == FLOW_GOTO ? find_label(run, from, to) : to;
        bool is_nowhere = flow == FLOW_GOTO && label == to && from == 0 && to == run->lines->count;
        if (is_nowhere)
            complain_of_label(run);
        if (label < to)
            l = label;
        if (label < to || is_nowhere)
            flow = FLOW_ON;
    }
    return flow;
}

static void run_all(struct script *script, const struct lines *lines)
{
    struct run run = {.script = script, .lines = lines};
    run_lines(&run, 0, lines->count);
    free(run.label);
}

bool script_run_lines(struct script *script, struct lines *lines, size_t errors)
{
    bool done = lines_match(lines, script->diagnostics);
    if (done && script->diagnostics->errors == errors)
        run_all(script, lines);
    return done;
}

bool script_run_netlist(struct script *script, struct loaded *loaded, size_t errors)
{
    struct lines lines = {0};
    loaded->running++;
    bool done = lines_read(&lines, &loaded->session->netlist) && script_run_lines(script, &lines, errors);
    loaded->running--;
    lines_free(&lines);
    plots_release_circuits(script);
    return done;
}

/* ---- commands ---- */

bool script_command(struct script *script, const char *line)
{
    const struct standing before = stand(script);
    struct lines *lines = &script->gathered;
    script->quits = script->refused = script->interrupted = false;
    bool done = lines_add(lines, line, strlen(line), &script->depth);
    if (done && script->depth == 0) {
        done = script_run_lines(script, lines, before.errors);
        judge_command(script, &before);
        for (size_t d = before.count; d < script->diagnostics->count; d++)
            script->diagnostics->item[d].place = NULL;
        script_forget_lines(script);
    }
    count_failed(script);
    fflush(script->host.out);
    return done && !script->diagnostics->out_of_memory;
}

bool script_is_gathering(const struct script *script)
{
    return script->depth > 0;
}

void script_forget_lines(struct script *script)
{
    lines_free(&script->gathered);
    script->depth = 0;
}

bool script_run_blocks(struct script *script)
{
    script->quits = script->refused = script->interrupted = false;
    script->ran = script->ran_foreign = false;
    script->exit_code = 0;
    memset(script->warned, 0, sizeof script->warned);
    bool done = !script->here || script_run_netlist(script, script->here, 0);
    count_failed(script);
    return done && !script->diagnostics->out_of_memory;
}

bool script_quits(const struct script *script, int *code)
{
    if (code)
        *code = script->exit_code;
    return script->quits;
}

bool script_find_vector(struct script *script, const char *name, struct script_vector *vector)
{
    const struct standing before = stand(script);
    struct formulas formulas = {0};
    struct series_list list = {0};
    *vector = (struct script_vector){0};
    bool done = script_evaluate_one(script, text_between(name, name + strlen(name)), &formulas, &list) &&
                vector_of_series(vector, &formulas.item[0], &list.item[0], script->current,
                                 script->here ? &script->here->session->circuit : NULL);
    series_free(&list);
    formulas_free(&formulas);
    judge_command(script, &before);
    return done;
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
                     {"i", 0}, /* ngspice's imaginary unit: so loops can count by i across plots there */
                     {"yes", 1},
                     {"true", 1},
                     {"no", 0},
                     {"false", 0}};
    for (size_t c = 0; c < sizeof constants / sizeof *constants; c++) {
        double *value = array_new(1, sizeof *value);
        if (!value)
            return false;
        *value = constants[c].value;
        if (!plot_let(plot, constants[c].name, strlen(constants[c].name), TYPE_NONE, value, 1))
            return false;
    }
    plot->points = 1;
    return true;
}

/* The plot of constants, the first and only one. */
static bool begin(struct script *script)
{
    static const char title[] = "Constant values";
    struct result constants = {.plot = {.kind = PLOT_OWN}};
    script->plot_number = 1;
    script->random = random_from(1);
    if (!make_constants(&constants.plot)) {
        result_free(&constants);
        return false;
    }
    return plots_add(script, plots_new(script, "const", "constants", title, strlen(title)), &constants);
}

struct script *script_new(const struct script_host *host)
{
    struct script *script = calloc(1, sizeof *script);
    if (!script)
        return NULL;
    script_set_host(script, host);
    if (begin(script))
        return script;
    script_free(script);
    return NULL;
}

bool script_restart(struct script *script)
{
    plots_free(script);
    variables_free(script);
    macros_free(script);
    script_forget_lines(script);
    if (!begin(script))
        return false;
    for (size_t f = 0; f < script->files; f++)
        script->file[f].is_of_run = false;
    circuits_remove_sourced(script);
    plots_release_circuits(script);
    return !script->here || circuits_take_parameters(script, script->here->session);
}

bool script_define(struct script *script, const char *definition)
{
    const char *equals = strchr(definition, '=');
    size_t length = equals ? (size_t)(equals - definition) : strlen(definition);
    const char *value = equals ? equals + 1 : "TRUE";
    return variable_set(script, definition, length, value, strlen(value), false);
}

bool script_asked_foreign(const struct script *script)
{
    return script->ran_foreign && !script->ran;
}

void script_set_host(struct script *script, const struct script_host *host)
{
    script->host = *host;
    script->out = host->out;
    script->diagnostics = host->diagnostics;
}

void script_free(struct script *script)
{
    if (!script)
        return;
    plots_free(script);
    plots_free_circuits(script);
    variables_free(script);
    macros_free(script);
    script_forget_lines(script);
    while (script->files > 0)
        free(script->file[--script->files].path);
    free(script->file);
    free(script->folder);
    free(script);
}
