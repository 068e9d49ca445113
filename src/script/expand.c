#include "script/expand.h"

#include "script/evaluate.h"
#include "script/lines.h"
#include "script/variables.h"
#include "util/array.h"
#include "util/letters.h"
#include "write/sink.h"
#include <stdlib.h>
#include <string.h>

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
        diagnose_no_memory(expansion->script->diagnostics);
        expansion->failed = true;
        return;
    }
    memcpy(expansion->text + expansion->length, bytes, length);
    expansion->length += length;
    expansion->text[expansion->length] = '\0';
}

static void wrong(struct expansion *expansion, const char *what, const char *name, size_t length)
{
    bool names_it = expansion->in_place && length > 0;
    diagnose(expansion->script->diagnostics, ERROR_SCRIPT_VARIABLE, names_it ? name : expansion->place,
             names_it ? length : 1, "%s%.*s", what, (int)length, name);
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
        if (!line_next_word(&at, end, &word, &length))
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
        while (at < end && !line_is_blank(*at) && *at != '}' && *at != '"')
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
    while (line_next_word(&at, end, &word, &length))
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
    diagnose(expansion->script->diagnostics, ERROR_SCRIPT_VARIABLE, expansion->place, 1,
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
    return *at == '$' && (at + 1 == end || line_is_blank(at[1])) && (at == line || line_is_blank(at[-1]));
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
