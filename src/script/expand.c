#include "script/expand.h"

#include "script/evaluate.h"
#include "script/lines.h"
#include "script/variables.h"
#include "util/array.h"
#include "util/letters.h"
#include "write/date.h"
#include "write/sink.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct expansion {
    struct script *script;
    char *text;
    size_t length, capacity;
    size_t put_in; /* bytes of it that came from variables and vectors */
    const char *place;
    bool in_place; /* the line is the text at its place */
    bool in_quotes;
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

/* The line is not run. */
static void wrong(struct expansion *expansion, const char *what)
{
    diagnose(expansion->script->diagnostics, ERROR_SCRIPT_VARIABLE, expansion->place, 1, "%s", what);
    expansion->failed = true;
}

/* Nothing stands for the variable, and the line is run, as in ngspice. */
static void miss_variable(struct expansion *expansion, const char *name, size_t length)
{
    diagnose(expansion->script->diagnostics, ERROR_SCRIPT_VARIABLE, expansion->in_place ? name : expansion->place,
             expansion->in_place ? length : 1, "there is no variable %.*s", (int)length, name);
}

/* $&name or $&expression-in-parentheses: values of vectors as ngspice's echo prints them; nothing, with a message,
 * where there are none. */
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
        size_t digits = without_locale(number);
        for (size_t d = 0; d < digits; d++)
            number[d] = number[d] == 'e' ? 'E' : number[d];
        put(expansion, number, digits);
    }
    expansion->failed |= expansion->script->diagnostics->out_of_memory;
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

/* A word of a list, in quotes where it would be several words. */
static void put_element(struct expansion *expansion, const char *word, size_t length)
{
    const char *quote = memchr(word, '"', length) ? "'" : "\"";
    bool needs_quotes = !expansion->in_quotes && memchr(word, ' ', length);
    put(expansion, quote, needs_quotes);
    put(expansion, word, length);
    put(expansion, quote, needs_quotes);
}

/* Words of a value, from 1 as in csh. */
static void put_elements(struct expansion *expansion, const char *value, unsigned long first, unsigned long last)
{
    const char *at = value, *end = value + strlen(value), *word;
    size_t length;
    bool is_first = true;
    for (unsigned long w = 1; w <= last && line_next_word(&at, end, &word, &length); w++) {
        if (w < first)
            continue;
        put(expansion, " ", !is_first);
        put_element(expansion, word, length);
        is_first = false;
    }
}

/* Words of a value from a later one back to an earlier one. */
static void put_backwards(struct expansion *expansion, const char *value, unsigned long first, unsigned long last)
{
    const char *at = value, *end = value + strlen(value), *word;
    size_t length;
    unsigned long words = 0;
    while (line_next_word(&at, end, &word, &length))
        words++;
    for (unsigned long w = first < words ? first : words, top = w; w >= last && w > 0; w--) {
        put(expansion, " ", w < top);
        put_elements(expansion, value, w, w);
    }
}

/* What stands behind a dollar sign: ${name}, $?name, $#name, $&name, $&expression, $name[element],
 * $name[first-last]. */
struct dollar {
    char sign; /* ? # & or NUL */
    const char *name;
    size_t length;
    unsigned long first, last; /* 0: all */
    bool is_indexed;       /* $&name[..], which ngspice does not know */
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

/* [2], [2-3], [3-2], [2-], [$k], behind a name; what is no number there is 0. Returns where the text goes on. */
static const char *read_elements(struct dollar *dollar, const char *at, const char *end, struct expansion *expansion)
{
    const char *close = memchr(at, ']', (size_t)(end - at));
    if (!close)
        return at;
    char *inside = script_expand(expansion->script, at + 1, (size_t)(close - at) - 1, expansion->place), *rest;
    if (!inside) {
        expansion->failed = true;
        return at;
    }
    bool is_all = *inside == '-';
    unsigned long first = is_all ? 0 : strtoul(inside, &rest, 10), last = first;
    if (!is_all && *rest == '-') {
        last = strtoul(rest + 1, &rest, 10);
        last = last == 0 ? ULONG_MAX : last;
    }
    free(inside);
    if (!is_all) { /* from 0 on: as many from the first word on */
        dollar->first = first > 0 ? first : 1;
        dollar->last = first > 0 || last == ULONG_MAX ? last : last + 1;
    }
    return close + 1;
}

static struct dollar read_dollar(const char *at, const char *end, struct expansion *expansion)
{
    bool braces = at < end && *at == '{';
    struct dollar dollar = {.sign = '\0'};
    at += braces;
    if (at < end && (*at == '?' || *at == '#' || *at == '&'))
        dollar.sign = *at++;
    dollar.name = at;
    at = dollar.sign == '&' ? end_of_vector(at, end) : at + name_length(at, end);
    dollar.length = (size_t)(at - dollar.name);
    if (dollar.sign == '\0' && at < end && *at == '[')
        at = read_elements(&dollar, at, end, expansion);
    const char *close = at < end && *at == '[' ? memchr(at, ']', (size_t)(end - at)) : NULL;
    dollar.is_indexed = dollar.sign == '&' && close && at > dollar.name && at[-1] != ')';
    if (dollar.is_indexed) {
        at = close + 1;
        dollar.length = (size_t)(at - dollar.name);
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

/* The names of all plots, the constants first. NULL when memory is out. */
static char *plot_names(const struct script *script)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    for (size_t p = 0; file && p < script->plots; p++)
        fprintf(file, p > 0 ? " %s" : "%s", script->plot[p]->name);
    if (file && fclose(file) == 0)
        return text;
    free(text);
    return NULL;
}

/* The folder that the netlist is in, as its name says it. */
static char *input_folder(const struct script *script)
{
    const struct session *session = script_session(script);
    const char *name = session && session->netlist.sources.count > 0 ? session->netlist.sources.item[0].name : "";
    const char *last = strrchr(name, '/');
    if (!last)
        return strdup(".");
    return last == name ? strdup("/") : strndup(name, (size_t)(last - name));
}

/* Variables that are what they stand for, to be freed. NULL: there is none of this name, or memory is out. */
static char *special_value(struct script *script, const char *name, size_t length)
{
    char date[DATE_SIZE];
    if (letters_spell(name, length, "curplot"))
        return strdup(script->current->name);
    if (letters_spell(name, length, "curplotname"))
        return strdup(script->current->type);
    if (letters_spell(name, length, "curplottitle"))
        return strdup(script->current->title);
    if (letters_spell(name, length, "curplotdate")) {
        date_text(script->current->date, date);
        return strdup(date);
    }
    if (letters_spell(name, length, "plots"))
        return plot_names(script);
    if (letters_spell(name, length, "inputdir"))
        return input_folder(script);
    if (letters_spell(name, length, "program"))
        return strdup("ngspice"); /* which scripts ask for */
    if (letters_spell(name, length, "sourcepath"))
        return strdup(".");
    if (letters_spell(name, length, "rawfile") && script->host.rawfile)
        return strdup(script->host.rawfile);
    return NULL;
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
    expansion->script->refused = true; /* in a loop it would take so long again and again */
    expansion->failed = true;
}

/* Put what a dollar sign before `at` stands for. Returns where the text goes on. */
static const char *put_dollar(struct expansion *expansion, const char *at, const char *end)
{
    const struct dollar dollar = read_dollar(at, end, expansion);
    char *made = NULL;
    if (dollar.length == 0) {
        put(expansion, "$", 1);
        return at;
    }
    const char *value = dollar.sign == '&' ? NULL : variable_value(expansion->script, dollar.name, dollar.length);
    bool is_list = !value || variable_is_list(expansion->script, dollar.name, dollar.length);
    if (!value && dollar.sign != '&')
        value = made = special_value(expansion->script, dollar.name, dollar.length);
    if (dollar.is_indexed)
        miss_variable(expansion, dollar.name, dollar.length);
    else if (dollar.sign == '&')
        put_vector(expansion, dollar.name, dollar.length);
    else if (dollar.sign == '?')
        put(expansion, value ? "1" : "0", 1);
    else if (!value)
        miss_variable(expansion, dollar.name, dollar.length);
    else if (dollar.sign == '#' && !is_list)
        put(expansion, "1", 1);
    else if (dollar.sign == '#')
        put_count(expansion, value);
    else if (dollar.first > 1 && !is_list)
        ; /* one word has no second */
    else if (is_list && dollar.last < dollar.first)
        put_backwards(expansion, value, dollar.first, dollar.last);
    else if (is_list && (dollar.first > 0 || expansion->in_quotes) && !made)
        put_elements(expansion, value, dollar.first > 0 ? dollar.first : 1, dollar.first > 0 ? dollar.last : ULONG_MAX);
    else if (dollar.first > 0 && is_list)
        put_elements(expansion, value, dollar.first, dollar.last);
    else
        put(expansion, value, strlen(value));
    free(made);
    return dollar.end;
}

/* A comment at the end of a line: `;`, or a dollar sign with a blank after it. */
static bool begins_comment(const char *line, const char *at, const char *end)
{
    if (*at == ';')
        return true;
    return *at == '$' && (at + 1 == end || line_is_blank(at[1])) && (at == line || line_is_blank(at[-1]));
}

/* ---- braces ---- */

/* The closing brace of the one before `at`, and whether a comma stands between them; NULL: there is none, or a blank
 * comes before it. */
static const char *find_close(const char *at, const char *end, bool *has_comma)
{
    int depth = 0;
    *has_comma = false;
    for (; at < end && !line_is_blank(*at); at++) {
        if (*at == '}' && depth == 0)
            return at;
        *has_comma |= *at == ',' && depth == 0;
        depth += (*at == '{') - (*at == '}');
    }
    return NULL;
}

static void put_word(struct expansion *expansion, const char *word, size_t length, bool *is_first);

/* a{1,2}b is a1b a2b, as in csh; {1}k is 1k. */
static void put_alternatives(struct expansion *expansion, const char *word, size_t length, const char *open,
                             const char *close, bool *is_first)
{
    const char *end = word + length, *from = open + 1;
    int depth = 0;
    for (const char *at = from; at <= close && !expansion->failed; at++) {
        depth += (*at == '{') - (*at == '}' && at < close);
        if (at < close && (*at != ',' || depth > 0))
            continue;
        size_t before = (size_t)(open - word), inside = (size_t)(at - from), behind = (size_t)(end - close) - 1;
        char *whole = malloc(before + inside + behind + 1);
        if (!whole) {
            diagnose_no_memory(expansion->script->diagnostics);
            expansion->failed = true;
            return;
        }
        memcpy(whole, word, before);
        memcpy(whole + before, from, inside);
        memcpy(whole + before + inside, close + 1, behind);
        put_word(expansion, whole, before + inside + behind, is_first);
        free(whole);
        bound_values(expansion, before + inside + behind);
        from = at + 1;
    }
}

/* A word, with a blank before it where it is not the first, and its braces resolved. */
static void put_word(struct expansion *expansion, const char *word, size_t length, bool *is_first)
{
    const char *end = word + length, *open = memchr(word, '{', length);
    bool has_comma;
    const char *close = open ? find_close(open + 1, end, &has_comma) : NULL;
    if (close && close > open + 1) {
        put_alternatives(expansion, word, length, open, close, is_first);
        return;
    }
    put(expansion, " ", !*is_first);
    put(expansion, word, length);
    *is_first = false;
}

/* Resolve the braces of a text whose variables are put in; it is taken over. NULL: it failed. */
static char *without_braces(struct expansion *expansion, char *text)
{
    struct expansion result = {.script = expansion->script, .place = expansion->place};
    const char *at = text;
    put(&result, "", 0);
    while (*at && !result.failed) {
        enum { MOST_BRACES = 100 };
        const char *from = at;
        bool is_first = true;
        size_t braces = 0;
        char quote = '\0';
        for (; *at && (quote != '\0' || !line_is_blank(*at)); at++) {
            if (quote == '\0' && (*at == '"' || *at == '\''))
                quote = *at;
            else if (quote == *at)
                quote = '\0';
            braces += *at == '{' && quote == '\0';
        }
        if (braces > MOST_BRACES)
            wrong(&result, "there are too many braces in one word");
        else if (braces > 0)
            put_word(&result, from, (size_t)(at - from), &is_first);
        else
            put(&result, from, (size_t)(at - from));
        from = at;
        while (line_is_blank(*at))
            at++;
        put(&result, from, (size_t)(at - from));
    }
    free(text);
    if (!result.failed)
        return result.text;
    free(result.text);
    return NULL;
}

/* ---- commas ---- */

/* Where in the words of a line a byte stands. */
struct place_in_words {
    bool in_word;        /* something of a word is before it */
    int parentheses;     /* and brackets that are open: ngspice's count, of any */
    unsigned braces;     /* that are open in the word */
};

/* A comma behind a word ends it as a blank does, but in parentheses, brackets and the braces of alternatives; one that
 * no word is before begins the next. Returns what stands for the byte. */
static char split_at_comma(struct place_in_words *in, char byte)
{
    if (byte == ',' && in->in_word && in->parentheses < 1 && in->braces == 0)
        byte = ' ';
    in->parentheses += (byte == '(' || byte == '[') - (byte == ')' || byte == ']');
    in->in_word = !line_is_blank(byte) && !strchr("<>;&", byte);
    in->braces = !in->in_word ? 0 : byte == '{' ? in->braces + 1 : in->braces - (byte == '}' && in->braces > 0);
    return byte;
}

/* ---- the whole ---- */

char *script_expand(struct script *script, const char *line, size_t length, const char *place)
{
    struct expansion expansion = {.script = script, .place = place, .in_place = line == place};
    const char *at = line, *end = line + length;
    char quote = '\0';
    struct place_in_words in = {0};
    put(&expansion, "", 0);
    while (at < end && !expansion.failed) {
        if (*at == '`') {
            wrong(&expansion, "opspice never runs a program: backquotes are refused");
            script->refused = true;
        } else if (quote == '\0' && begins_comment(line, at, end)) {
            break;
        } else if (*at == '$') {
            size_t before = expansion.length;
            expansion.in_quotes = quote != '\0';
            bool in_braces = at > line && at[-1] == '{' && before > 0 && expansion.text[before - 1] == '{';
            at = put_dollar(&expansion, at + 1, end);
            if (in_braces && at < end && *at == '}' && !expansion.failed) { /* {$name}, whatever it stands for */
                memmove(expansion.text + before - 1, expansion.text + before, expansion.length - before + 1);
                expansion.length--;
                before--;
                at++;
            }
            bound_values(&expansion, expansion.length - before);
            in.in_word = true;
        } else {
            char byte = *at++;
            if (quote == byte)
                quote = '\0';
            else if (quote == '\0' && (byte == '"' || byte == '\''))
                quote = byte;
            else if (quote == '\0')
                byte = split_at_comma(&in, byte);
            in.in_word |= quote != '\0' || at[-1] == '"' || at[-1] == '\'';
            put(&expansion, &byte, 1);
        }
    }
    if (expansion.failed) {
        free(expansion.text);
        return NULL;
    }
    return strchr(expansion.text, '{') ? without_braces(&expansion, expansion.text) : expansion.text;
}
