#include "script/lines.h"
#include "script/state.h"

#include "netlist/number.h"
#include "util/array.h"
#include "util/letters.h"
#include "write/sink.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- variables ---- */

static struct variable *find(const struct script *script, const char *name, size_t length)
{
    for (size_t v = 0; v < script->variables; v++) {
        struct variable *variable = &script->variable[v];
        if (strlen(variable->name) == length && memcmp(variable->name, name, length) == 0)
            return variable;
    }
    return NULL;
}

const char *variable_value(const struct script *script, const char *name, size_t length)
{
    const struct variable *variable = find(script, name, length);
    return variable ? variable->value : NULL;
}

bool variable_set(struct script *script, const char *name, size_t length, const char *value, size_t value_length)
{
    struct variable *variable = find(script, name, length);
    char *copy = strndup(value, value_length);
    if (copy && variable) {
        free(variable->value);
        variable->value = copy;
        return true;
    }
    char *own_name = strndup(name, length);
    if (!copy || !own_name ||
        !array_reserve(&script->variable, &script->variable_capacity, script->variables + 1,
                       sizeof *script->variable)) {
        free(copy);
        free(own_name);
        script->no_memory = true;
        return false;
    }
    script->variable[script->variables++] = (struct variable){own_name, copy};
    return true;
}

void variable_unset(struct script *script, const char *name, size_t length)
{
    struct variable *variable = find(script, name, length);
    if (!variable)
        return;
    free(variable->name);
    free(variable->value);
    *variable = script->variable[--script->variables];
}

/* ---- words ---- */

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\v' || byte == '\f' || byte == '\r';
}

bool script_next_word(const char **at, const char *end, const char **word, size_t *length)
{
    while (*at < end && is_blank(**at))
        ++*at;
    if (*at == end)
        return false;
    if (**at == '"' || **at == '\'') {
        const char *close = memchr(*at + 1, **at, (size_t)(end - *at) - 1);
        if (close) {
            *word = *at + 1;
            *length = (size_t)(close - *word);
            *at = close + 1;
            return true;
        }
    }
    *word = *at;
    while (*at < end && !is_blank(**at))
        ++*at;
    *length = (size_t)(*at - *word);
    return true;
}

/* ---- expansion ---- */

struct expansion {
    struct script *script;
    char *text;
    size_t length, capacity;
    size_t put_in; /* bytes of it that came from variables and vectors */
    const char *place;
    bool in_place; /* the line is the text at its place */
    bool failed;
};

static void put(struct expansion *expansion, const char *bytes, size_t length)
{
    if (!array_reserve(&expansion->text, &expansion->capacity, expansion->length + length + 1, 1)) {
        expansion->script->no_memory = expansion->failed = true;
        return;
    }
    memcpy(expansion->text + expansion->length, bytes, length);
    expansion->length += length;
    expansion->text[expansion->length] = '\0';
}

static void wrong(struct expansion *expansion, const char *what, const char *name, size_t length)
{
    bool names_it = expansion->in_place && length > 0;
    diagnose(expansion->script->diagnostics, SEVERITY_ERROR, names_it ? name : expansion->place, names_it ? length : 1,
             "%s%.*s", what, (int)length, name);
    expansion->failed = true;
}

/* $&name or $&expression-in-parentheses: values of vectors as ngspice's echo prints them. */
static void put_vector(struct expansion *expansion, const char *name, size_t length)
{
    struct formulas formulas = {0};
    struct series_list list = {0};
    struct command command = text_between(name, name + length);
    size_t errors = expansion->script->diagnostics->errors, diagnostics = expansion->script->diagnostics->count;
    bool done = script_evaluate_all(expansion->script, command, &formulas, &list) &&
                expansion->script->diagnostics->errors == errors;
    for (size_t p = 0; done && list.count > 0 && p < list.item[0].length; p++) {
        char number[64];
        snprintf(number, sizeof number, p > 0 ? " %g" : "%g", series_value(&list.item[0], p));
        put(expansion, number, without_locale(number));
    }
    expansion->failed |= !done;
    script_relocate(expansion->script, diagnostics, name, length, expansion->place, 1);
    series_free(&list);
    formulas_free(&formulas);
}

static size_t name_length(const char *at, const char *end)
{
    const char *from = at;
    while (at < end && (is_letter(*at) || is_digit(*at)))
        at++;
    return (size_t)(at - from);
}

/* The same with points between the parts: op1.v. */
static size_t qualified_length(const char *at, const char *end)
{
    const char *from = at;
    at += name_length(at, end);
    while (at > from && at + 1 < end && *at == '.' && is_letter(at[1]))
        at += 1 + name_length(at + 1, end);
    return (size_t)(at - from);
}

/* The nth word of a value, from 1 as in csh. */
static void put_element(struct expansion *expansion, const char *value, unsigned long number)
{
    const char *at = value, *end = value + strlen(value), *word = "";
    size_t length = 0;
    for (unsigned long w = 0; w < number; w++) {
        if (!script_next_word(&at, end, &word, &length))
            length = 0;
    }
    put(expansion, word, length);
}

/* What stands behind a dollar sign: ${name}, $?name, $#name, $&name, $&expression, $name[element]. */
struct dollar {
    char sign; /* ? # & or NUL */
    const char *name;
    size_t length;
    unsigned long element; /* 0: none */
    const char *end;       /* where the text goes on */
};

/* The end of what $& stands before: a name, with what is in parentheses behind it; or else all up to a blank, as in
 * $&@r1[i]. */
static const char *end_of_vector(const char *at, const char *end)
{
    const char *name = at;
    at += qualified_length(at, end);
    if (at == name) {
        while (at < end && !is_blank(*at) && *at != '}' && *at != '"')
            at++;
    } else if (at < end && *at == '(') {
        while (at < end && *at != ')')
            at++;
        at += at < end;
    }
    return at;
}

static struct dollar read_dollar(const char *at, const char *end)
{
    bool braces = at < end && *at == '{';
    struct dollar dollar = {.sign = '\0'};
    at += braces;
    if (at < end && (*at == '?' || *at == '#' || *at == '&'))
        dollar.sign = *at++;
    dollar.name = at;
    at = dollar.sign == '&' ? end_of_vector(at, end) : at + name_length(at, end);
    dollar.length = (size_t)(at - dollar.name);
    if (dollar.sign == '\0' && at < end && *at == '[') {
        char *close;
        dollar.element = strtoul(at + 1, &close, 10);
        at = close < end && *close == ']' ? close + 1 : at;
    }
    dollar.end = at + (braces && at < end && *at == '}');
    return dollar;
}

static void put_count(struct expansion *expansion, const char *value)
{
    const char *at = value, *end = value + strlen(value), *word;
    char number[24];
    size_t length, count = 0;
    while (script_next_word(&at, end, &word, &length))
        count++;
    put(expansion, number, (size_t)snprintf(number, sizeof number, "%zu", count));
}

/* A variable that is put twice into its own value, in a loop, grows exponentially. */
static void bound_values(struct expansion *expansion, size_t put_in)
{
    enum { MEGABYTES = 64 };
    expansion->put_in += put_in;
    if (expansion->failed || expansion->put_in >> 20 < MEGABYTES)
        return;
    diagnose(expansion->script->diagnostics, SEVERITY_ERROR, expansion->place, 1,
             "what the variables stand for makes this line longer than %d MB", MEGABYTES);
    expansion->failed = true;
}

/* Put what a dollar sign before `at` stands for. Returns where the text goes on. */
static const char *put_dollar(struct expansion *expansion, const char *at, const char *end)
{
    const struct dollar dollar = read_dollar(at, end);
    char plot[PLOT_NAME];
    if (dollar.length == 0) {
        put(expansion, "$", 1);
        return at;
    }
    const char *value = dollar.sign == '&' ? NULL : variable_value(expansion->script, dollar.name, dollar.length);
    if (!value && dollar.sign == '\0' && line_word_is(dollar.name, dollar.length, "curplot"))
        value = script_plot_name(script_plot(expansion->script), plot);
    if (dollar.sign == '&')
        put_vector(expansion, dollar.name, dollar.length);
    else if (dollar.sign == '?')
        put(expansion, value ? "1" : "0", 1);
    else if (!value)
        wrong(expansion, "there is no variable ", dollar.name, dollar.length);
    else if (dollar.sign == '#')
        put_count(expansion, value);
    else if (dollar.element > 0)
        put_element(expansion, value, dollar.element);
    else
        put(expansion, value, strlen(value));
    return dollar.end;
}

/* A comment at the end of a line: `;`, or a dollar sign with a blank after it. */
static bool begins_comment(const char *line, const char *at, const char *end)
{
    if (*at == ';')
        return true;
    return *at == '$' && (at + 1 == end || is_blank(at[1])) && (at == line || is_blank(at[-1]));
}

char *script_expand(struct script *script, const char *line, size_t length, const char *place)
{
    struct expansion expansion = {.script = script, .place = place, .in_place = line == place};
    const char *at = line, *end = line + length;
    char quote = '\0';
    put(&expansion, "", 0);
    while (at < end && !expansion.failed) {
        if (*at == '`') {
            wrong(&expansion, "opspice never runs a program: backquotes are refused", "", 0);
        } else if (quote == '\0' && begins_comment(line, at, end)) {
            break;
        } else if (*at == '$' && quote != '\'') {
            size_t before = expansion.length;
            at = put_dollar(&expansion, at + 1, end);
            bound_values(&expansion, expansion.length - before);
        } else {
            if (quote == *at)
                quote = '\0';
            else if (quote == '\0' && (*at == '"' || *at == '\''))
                quote = *at;
            put(&expansion, at++, 1);
        }
    }
    if (expansion.failed) {
        free(expansion.text);
        return NULL;
    }
    return expansion.text;
}

/* ---- commands ---- */

/* What a text is without blanks at its ends, or what its parentheses or quotes hold. */
static struct command stripped(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    while (end > at && is_blank(end[-1]))
        end--;
    bool is_list = end - at >= 2 && *at == '(' && end[-1] == ')';
    bool is_quoted = end - at >= 2 && (*at == '"' || *at == '\'') && end[-1] == *at;
    if (is_list)
        return stripped(at + 1, end - 1);
    return is_quoted ? text_between(at + 1, end - 1) : text_between(at, end);
}

static void set_flags(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    while (script_next_word(&at, end, &word, &length))
        variable_set(script, word, length, "", 0);
}

/* What `write` and `print` make of a value that they cannot take. */
static void check_variable(struct script *script, struct command command, struct command name, struct command value)
{
    double digits;
    if (line_word_is(name.text, name.length, "filetype") && !line_word_is(value.text, value.length, "ascii") &&
        !line_word_is(value.text, value.length, "binary"))
        diagnose(script->diagnostics, SEVERITY_WARNING, command.text, command.length,
                 "filetype is ascii or binary, not %.*s: files are written in binary", (int)value.length, value.text);
    else if (line_word_is(name.text, name.length, "numdgt") &&
             number_parse(value.text, value.length, &digits) != NUMBER_OK)
        diagnose(script->diagnostics, SEVERITY_WARNING, command.text, command.length, "numdgt is a number, not %.*s",
                 (int)value.length, value.text);
}

/* set | set name .. | set name = value | set name = ( a b c ) */
void command_set(struct script *script, struct command command)
{
    const char *equals = memchr(command.text, '=', command.length);
    if (command.length == 0) {
        for (size_t v = 0; v < script->variables; v++)
            fprintf(script->out, "%s\t%s\n", script->variable[v].name, script->variable[v].value);
        return;
    }
    if (!equals) {
        set_flags(script, command);
        return;
    }
    struct command name = stripped(command.text, equals), value = stripped(equals + 1, command.text + command.length);
    if (name.length == 0)
        script_complain(script, command, "set needs a name before the `=`");
    else if (line_word_is(name.text, name.length, "curplot"))
        command_setplot(script, value);
    else if (variable_set(script, name.text, name.length, value.text, value.length))
        check_variable(script, command, name, value);
}

void command_unset(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    while (script_next_word(&at, end, &word, &length))
        variable_unset(script, word, length);
}

/* strcmp name a b: the variable becomes -1, 0 or 1 */
void command_strcmp(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word[3];
    size_t length[3];
    for (int w = 0; w < 3; w++) {
        if (!script_next_word(&at, end, &word[w], &length[w])) {
            script_complain(script, command, "strcmp needs a name and two words");
            return;
        }
    }
    size_t shared = length[1] < length[2] ? length[1] : length[2];
    int order = memcmp(word[1], word[2], shared);
    if (order == 0)
        order = (length[1] > length[2]) - (length[1] < length[2]);
    const char *value = order < 0 ? "-1" : order > 0 ? "1" : "0";
    variable_set(script, word[0], length[0], value, strlen(value));
}
