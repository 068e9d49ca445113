#include "elaborate/card_reader.h"

#include "netlist/expression.h"
#include "netlist/number.h"
#include "util/letters.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

struct card_reader card_reader_in(struct flat *flat, const struct card *card)
{
    struct card_reader reader = {.card = card, .at = 1, .flat = flat, .name = card->arg->text};
    size_t length = card->arg->length;
    if (flat) {
        reader.name = flatten_name(flat, card, &length);
        reader.binding = flatten_bindings(flat, card);
    }
    reader.name_length = reader.name ? (int)length : 0;
    return reader;
}

struct card_reader card_reader_of(const struct card *card)
{
    return card_reader_in(NULL, card);
}

/* Parentheses alone are blanks. */
static bool is_blank(const struct arg *arg)
{
    return arg->kind == ARG_CLOSE || (arg->kind == ARG_GROUP && arg->length == 0);
}

const struct arg *card_reader_peek(const struct card_reader *reader)
{
    uint32_t at = reader->at;
    while (at < reader->card->count && is_blank(&reader->card->arg[at]))
        at++;
    return at < reader->card->count ? &reader->card->arg[at] : NULL;
}

const struct arg *card_reader_next(struct card_reader *reader)
{
    const struct arg *arg = card_reader_peek(reader);
    if (arg)
        reader->at = (uint32_t)(arg - reader->card->arg) + 1;
    return arg;
}

/* The key of a value, where a node is missing before it. */
static bool is_value_key(const struct arg *arg)
{
    return arg_is(arg, "r") || arg_is(arg, "c") || arg_is(arg, "l") || arg_is(arg, "dc") || arg_is(arg, "ac") ||
           arg_is(arg, "resistance") || arg_is(arg, "v") || arg_is(arg, "i");
}

const struct arg *card_reader_node(struct card_reader *reader, size_t *length)
{
    const struct arg *arg = card_reader_peek(reader);
    if (!arg || (arg->kind != ARG_WORD && arg->kind != ARG_GROUP && arg->kind != ARG_STRING &&
                 (arg->kind != ARG_KEY || is_value_key(arg))))
        return NULL;
    card_reader_next(reader);
    *length = arg->length;
    if (arg->kind == ARG_GROUP) {
        const struct arg *close = arg + arg->count;
        *length = (size_t)(close->text + close->length - arg->text);
        reader->at += arg->count;
    }
    return arg;
}

/* n{k}, 2e{p}: a word that is text and the values of expressions. */
static bool has_braces(const struct card_reader *reader, const struct arg *arg)
{
    return reader->flat && arg->kind == ARG_WORD && memchr(arg->text, '{', arg->length);
}

static enum number_status parse(const struct arg *arg, double *value)
{
    return arg->kind == ARG_WORD || arg->kind == ARG_STRING ? number_parse(arg->text, arg->length, value) : NUMBER_NONE;
}

void card_reader_missing(struct card_reader *reader, struct diagnostics *diagnostics, const char *what)
{
    const struct arg *card = reader->card->arg, *here = card_reader_peek(reader);
    double number;
    reader->failed = true;
    if (here && parse(here, &number) == NUMBER_RANGE)
        diagnose(diagnostics, ERROR_OUT_OF_RANGE, here->text, here->length, "%.*s: %.*s is too large for a number",
                 reader->name_length, reader->name, (int)here->length, here->text);
    else if (here)
        diagnose(diagnostics, ERROR_VALUE_EXPECTED, here->text, here->length, "%.*s: expected a %s here",
                 reader->name_length, reader->name, what);
    else
        diagnose(diagnostics, ERROR_VALUE_EXPECTED, card->text, card->length, "%.*s has no %s", reader->name_length,
                 reader->name, what);
}

/* An expression where nothing has a name. */
static bool evaluate_alone(const struct arg *arg, struct diagnostics *diagnostics, double *value)
{
    static const struct expression_syntax syntax = {.language = EXPRESSION_PARAMETER};
    static const struct expression_scope scope = {.value = NULL};
    struct arena arena = {0};
    struct expression expression;
    struct expression_word word = {arg->text, arg->length};
    enum expression_status status = expression_compile(&expression, &syntax, word, &arena, diagnostics);
    bool done = status == EXPRESSION_OK && expression_evaluate(&expression, &scope, diagnostics, value);
    diagnostics->out_of_memory |= status == EXPRESSION_NO_MEMORY;
    arena_free(&arena);
    return done;
}

static bool evaluate(const struct card_reader *reader, const struct arg *arg, struct diagnostics *diagnostics,
                     double *value)
{
    struct expression_word word = {arg->text, arg->length};
    if (!reader->flat)
        return evaluate_alone(arg, diagnostics, value);
    bool done = flatten_value(reader->flat, reader->card, word, card_reader_binding(reader, arg), value);
    diagnostics->out_of_memory |= flatten_failed(reader->flat);
    return done;
}

/* Is the word the name of a parameter? Its value is NAN where that is wrong. */
static bool is_parameter(const struct card_reader *reader, const struct arg *arg, double *value)
{
    return reader->flat && arg->kind == ARG_WORD && flatten_parameter(reader->flat, arg->text, arg->length, value);
}

bool card_reader_is_number(const struct card_reader *reader, const struct arg *arg, double *value)
{
    *value = NAN;
    if (arg->kind == ARG_EXPRESSION || (arg->kind == ARG_STRING && reader->flat))
        return true;
    if (has_braces(reader, arg))
        return !is_letter(*arg->text);
    enum number_status status = parse(arg, value);
    return status == NUMBER_OK || status == NUMBER_TRAILING ||
           (status == NUMBER_NONE && is_parameter(reader, arg, value));
}

static void report_no_number(const struct card_reader *reader, const struct arg *arg, struct diagnostics *diagnostics,
                             const char *what)
{
    const char *near = reader->flat ? flatten_nearest_parameter(reader->flat, arg->text, arg->length) : NULL;
    diagnose(diagnostics, ERROR_VALUE_EXPECTED, arg->text, arg->length, "expected a number as %s, not %.*s%s%s%s", what,
             (int)arg->length, arg->text, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* 2*a, a+1: no number and no name of a parameter. */
static bool is_formula(const struct card_reader *reader, const struct arg *arg)
{
    if (!reader->flat || arg->kind != ARG_WORD)
        return false;
    for (uint32_t i = 1; i < arg->length; i++)
        if (strchr("*/+-^", arg->text[i]))
            return true;
    return false;
}

/* 1e-4+: a number, and a sign that belongs to nothing. */
static bool ends_with_sign(const struct arg *arg)
{
    double number;
    char last = arg->text[arg->length - 1];
    return (last == '+' || last == '-') && number_parse(arg->text, arg->length - 1, &number) == NUMBER_OK;
}

/* The number of a word, with everything that is to be said about it. */
static bool read_number(const struct card_reader *reader, const struct arg *arg, struct diagnostics *diagnostics,
                        const char *what, double *value)
{
    if (arg->kind == ARG_EXPRESSION)
        return evaluate(reader, arg, diagnostics, value);
    struct arg word = *arg;
    if (has_braces(reader, arg)) {
        size_t length = arg->length;
        if (!(word.text = flatten_word(reader->flat, arg->text, &length))) {
            diagnostics->out_of_memory |= flatten_failed(reader->flat);
            return false;
        }
        word.length = (uint32_t)length;
    }
    switch (parse(&word, value)) {
    case NUMBER_OK:
        return true;
    case NUMBER_TRAILING:
        if (is_formula(reader, arg) && !ends_with_sign(arg))
            return evaluate(reader, arg, diagnostics, value);
        diagnose(diagnostics, WARNING_NUMBER_READ_AS_SPICE, arg->text, arg->length, "%.*s is read as %g, as SPICE does",
                 (int)arg->length, arg->text, *value);
        return true;
    case NUMBER_RANGE:
        diagnose(diagnostics, ERROR_OUT_OF_RANGE, arg->text, arg->length, "the %s %.*s is out of range", what,
                 (int)arg->length, arg->text);
        return false;
    case NUMBER_NONE:
        break;
    }
    if ((arg->kind == ARG_STRING && reader->flat) || is_formula(reader, arg))
        return evaluate(reader, arg, diagnostics, value);
    if (is_parameter(reader, arg, value))
        return !isnan(*value);
    report_no_number(reader, arg, diagnostics, what);
    return false;
}

bool card_reader_number(struct card_reader *reader, struct diagnostics *diagnostics, const char *what, double *value)
{
    const struct arg *arg = card_reader_next(reader);
    if (!arg) {
        card_reader_missing(reader, diagnostics, what);
        return false;
    }
    if (!read_number(reader, arg, diagnostics, what, value))
        reader->failed = true;
    return !reader->failed;
}

bool arg_is(const struct arg *arg, const char *keyword)
{
    return letters_spell(arg->text, arg->length, keyword);
}

static const struct key *find_key(const struct key *keys, const struct arg *arg)
{
    for (; keys->name; keys++)
        if (arg_is(arg, keys->name))
            return keys;
    return NULL;
}

/* m 2, where other words than keys would not be numbers. */
static bool is_key_without_sign(const struct card_reader *reader, const struct arg *arg, const struct key *key)
{
    const struct arg *next = arg + 1;
    double number;
    return arg->kind == ARG_WORD && key->values > 0 && next < reader->card->arg + reader->card->count &&
           card_reader_is_number(reader, next, &number);
}

bool card_reader_is_key(const struct card_reader *reader, const struct arg *arg, const struct key *keys)
{
    const struct key *key = find_key(keys, arg);
    return arg->kind == ARG_KEY || (key && (key->values == 0 || is_key_without_sign(reader, arg, key)));
}

/* The numbers after a key of the table: the first belongs to it, further ones while the key takes more. */
static void take_values(struct card_reader *reader, struct diagnostics *diagnostics, const struct key *key,
                        const struct key *keys)
{
    card_reader_number(reader, diagnostics, key->name, &key->value[0]);
    for (int v = 1; v < key->values; v++) {
        const struct arg *next = card_reader_peek(reader);
        if (!next || card_reader_is_key(reader, next, keys))
            return;
        card_reader_number(reader, diagnostics, key->name, &key->value[v]);
    }
}

void card_reader_take(struct card_reader *reader, struct diagnostics *diagnostics, const struct key *keys)
{
    const struct arg *arg;
    while (!reader->failed && (arg = card_reader_next(reader))) {
        const struct key *key = arg->kind == ARG_KEY ? find_key(keys, arg) : NULL;
        if (key)
            take_values(reader, diagnostics, key, keys);
    }
}

/* Words of a card that mean nothing, for one message. */
struct unknown {
    const struct arg *first;
    size_t count, length;
    char names[160]; /* with commas, as many as there is room for */
};

static void note_unknown(struct unknown *unknown, const struct arg *arg)
{
    size_t room = sizeof unknown->names - unknown->length;
    if (unknown->count++ == 0)
        unknown->first = arg;
    if (arg->length + sizeof ", " > room)
        return;
    int length = snprintf(unknown->names + unknown->length, room, "%s%.*s", unknown->length > 0 ? ", " : "",
                          (int)arg->length, arg->text);
    unknown->length += (size_t)length;
}

static void tell_unknown(const struct unknown *unknown, const struct card_reader *reader, const char *what,
                         struct diagnostics *diagnostics)
{
    const struct arg *first = unknown->first, *model = reader->card->arg + 1;
    if (unknown->count == 1)
        diagnose(diagnostics, WARNING_UNKNOWN_MODEL_PARAMETER, first->text, first->length,
                 "the %s model %.*s has no parameter %.*s: it is left out", what, (int)model->length, model->text,
                 (int)first->length, first->text);
    else if (unknown->count > 1)
        diagnose(diagnostics, WARNING_UNKNOWN_MODEL_PARAMETER, first->text, first->length,
                 "the %s model %.*s has no parameters %s: these %zu are left out", what, (int)model->length,
                 model->text, unknown->names, unknown->count);
}

void card_reader_model(struct card_reader *reader, struct diagnostics *diagnostics, const struct key *keys,
                       const char *what)
{
    struct unknown unknown = {.count = 0};
    const struct arg *arg;
    while (!reader->failed && (arg = card_reader_next(reader))) {
        const struct key *key = find_key(keys, arg);
        double number;
        const struct arg *next = card_reader_peek(reader);
        if (key && key->values == 0)
            continue;
        if (key && next && (arg->kind == ARG_KEY || card_reader_is_number(reader, next, &number)))
            take_values(reader, diagnostics, key, keys);
        else if (arg->kind == ARG_KEY || !card_reader_is_number(reader, arg, &number)) {
            note_unknown(&unknown, arg);
            if (arg->kind == ARG_KEY)
                card_reader_next(reader); /* mfg=ACME is one thing */
        }
    }
    tell_unknown(&unknown, reader, what, diagnostics);
}

bool card_reader_has_word(const struct card_reader *reader, const char *word)
{
    for (uint32_t at = reader->at; at < reader->card->count; at++)
        if (reader->card->arg[at].kind == ARG_WORD && arg_is(&reader->card->arg[at], word))
            return true;
    return false;
}

void card_reader_keys(struct card_reader *reader, struct diagnostics *diagnostics, const struct key *keys)
{
    const struct arg *arg;
    while (!reader->failed && (arg = card_reader_next(reader))) {
        const struct key *key = find_key(keys, arg);
        if (key && arg->kind == ARG_KEY && key->values > 0) {
            take_values(reader, diagnostics, key, keys);
        } else if (key && is_key_without_sign(reader, arg, key)) {
            diagnose(diagnostics, WARNING_NUMBER_READ_AS_SPICE, arg->text, arg->length,
                     "%.*s: %.*s and a number are read with a `=` between them, as SPICE does", reader->name_length,
                     reader->name, (int)arg->length, arg->text);
            card_reader_number(reader, diagnostics, key->name, &key->value[0]);
        } else if (!key || arg->kind != ARG_WORD || key->values > 0) {
            diagnose(diagnostics, ERROR_UNEXPECTED_WORD, arg->text, arg->length,
                     arg->kind == ARG_KEY ? "%.*s has no parameter %.*s" : "%.*s: did not expect %.*s here",
                     reader->name_length, reader->name, (int)arg->length, arg->text);
            reader->failed = true;
        }
    }
}
