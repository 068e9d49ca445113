/* Formulas from the words of a card. */
#include "analysis/formula.h"

#include "netlist/cards.h"
#include <string.h>

static const char *end_of(const struct arg *arg)
{
    return arg->text + arg->length + (arg->kind == ARG_GROUP && arg->length == 0);
}

/* The first sign of <=, != and their like, which the reader takes for a key. */
static bool is_sign(const struct arg *arg)
{
    return arg->kind == ARG_KEY && arg->length == 1 && strchr("<>!", *arg->text);
}

/* The end of the text that goes on from this arg: at what stands alone (quotations, NAME=), or at the card's end. */
static const char *end_of_run(const struct card *card, const struct arg *from)
{
    const struct arg *end = card->arg + card->count, *last = from;
    for (const struct arg *arg = from; arg < end; arg += arg->count + 1) {
        if (arg > from &&
            (arg->kind == ARG_EXPRESSION || arg->kind == ARG_STRING || (arg->kind == ARG_KEY && !is_sign(arg))))
            break;
        last = arg + arg->count;
    }
    return end_of(last);
}

/* Is the word an operator between two operands, or does it begin with one? */
static bool begins_with_operator(const struct arg *arg)
{
    static const char *const words[] = {"gt", "lt", "ge", "le", "eq", "ne", "and", "or"};
    size_t w = 0;
    while (w < sizeof words / sizeof *words && !arg_is(arg, words[w]))
        w++;
    return w < sizeof words / sizeof *words || (arg->length > 0 && strchr("+-*/^%<>&|?", *arg->text)) ||
           (arg->length > 1 && memcmp(arg->text, "!=", 2) == 0);
}

/* Does what ends there go on in the card's next word, without a blank, as in v(a)[0] and v(a)*v(b), or with an
 * operator, as in a - b and a -b? */
static bool goes_on(const struct card_reader *reader, const char *end, uint32_t at, const struct formula_scope *scope)
{
    const struct arg *next = &reader->card->arg[at];
    if (at < reader->card->count && next->text == end && next->kind != ARG_CLOSE)
        return true;
    return at < reader->card->count && (is_sign(next) || (next->kind == ARG_WORD && begins_with_operator(next))) &&
           !memchr(end, ',', (size_t)(next->text - end)) &&
           !formulas_has_name((struct expression_word){next->text, next->length}, scope);
}

/* A word, or a group, that is a name as a whole: node names may have any sign. */
static bool read_name(struct formulas *formulas, struct card_reader *reader, const struct arg *arg,
                      const struct formula_scope *scope, bool *is_name)
{
    const char *end = end_of(arg + (arg->kind == ARG_GROUP ? arg->count : 0));
    *is_name = false;
    if (goes_on(reader, end, reader->at + (arg->kind == ARG_GROUP ? arg->count : 0), scope))
        return true;
    if (!formulas_add_name(formulas, (struct expression_word){arg->text, (size_t)(end - arg->text)}, scope, is_name))
        return false;
    if (*is_name && arg->kind == ARG_GROUP)
        reader->at += arg->count;
    return true;
}

static bool read_run(struct formulas *formulas, struct card_reader *reader, const struct arg *arg, const char *limit,
                     const struct formula_scope *scope, struct diagnostics *diagnostics, size_t *used);

/* name=par('...'), or FORMAT=PROBE and its like, of other simulators; in a script z = 3 compares. */
static bool read_key(struct formulas *formulas, struct card_reader *reader, const struct arg *key,
                     const struct formula_scope *scope, struct diagnostics *diagnostics)
{
    const struct arg *value = key + 1, *last = key + key->count;
    bool is_name = key->count > 0 && (value->kind == ARG_EXPRESSION || value->kind == ARG_GROUP);
    size_t used;
    if (scope->plot && !is_name)
        return read_run(formulas, reader, key, end_of_run(reader->card, key), scope, diagnostics, &used);
    reader->at += key->count;
    if (!is_name) {
        diagnose(diagnostics, WARNING_UNKNOWN_OPTION, key->text, key->length,
                 "%.*s= is left out: opspice has no such option here", (int)key->length, key->text);
        return true;
    }
    const char *end = value->kind == ARG_GROUP ? end_of(last) : value->text + value->length;
    return formulas_read_text(formulas, (struct expression_word){value->text, (size_t)(end - value->text)},
                              (struct expression_word){key->text, key->length}, scope, diagnostics);
}

/* An expression in quotes or braces. */
static bool read_quoted(struct formulas *formulas, const struct arg *arg, const struct formula_scope *scope,
                        struct diagnostics *diagnostics)
{
    return formulas_read_text(formulas, (struct expression_word){arg->text, arg->length},
                              (struct expression_word){NULL, 0}, scope, diagnostics);
}

/* One of the expressions that follow each other without quotes, from this arg on and before limit; *used: its bytes, 0
 * where it is wrong. */
static bool read_run(struct formulas *formulas, struct card_reader *reader, const struct arg *arg, const char *limit,
                     const struct formula_scope *scope, struct diagnostics *diagnostics, size_t *used)
{
    const struct card *card = reader->card;
    if (!formulas_read_first(formulas, (struct expression_word){arg->text, (size_t)(limit - arg->text)}, scope,
                             diagnostics, used))
        return false;
    const char *end = *used > 0 ? arg->text + *used : limit;
    while (reader->at < card->count && card->arg[reader->at].text < end)
        reader->at++;
    return true;
}

bool formulas_read_next(struct formulas *formulas, struct card_reader *reader, const char *limit,
                        const struct formula_scope *scope, struct diagnostics *diagnostics)
{
    const struct arg *arg = &reader->card->arg[reader->at];
    size_t used;
    if (reader->at == reader->card->count) {
        card_reader_missing(reader, diagnostics, "expression");
        return true;
    }
    if (arg->kind == ARG_EXPRESSION || arg->kind == ARG_STRING) {
        reader->at++;
        return read_quoted(formulas, arg, scope, diagnostics);
    }
    return read_run(formulas, reader, arg, limit ? limit : end_of_run(reader->card, arg), scope, diagnostics, &used);
}

static bool is_operator(char byte)
{
    return byte != '\0' && strchr("+-*/^%=<>&|!?:~", byte);
}

/* Can an expression begin here: at a word that neither is an operator nor follows one? */
static bool begins(const struct arg *arg)
{
    const char *before = arg->text - 1 - (arg->kind == ARG_EXPRESSION || arg->kind == ARG_STRING);
    bool is_apart = formula_is_gap(*before);
    while (formula_is_gap(*before) || (*before == '+' && before[-1] == '\n'))
        before--;
    return is_apart && arg->kind != ARG_CLOSE && !is_operator(*arg->text) && !is_operator(*before);
}

/* Behind a wrong expression, where the next one may begin: what is right is shown all the same. */
static uint32_t next_beginning(const struct card *card, const struct arg *wrong)
{
    uint32_t at = (uint32_t)(wrong - card->arg) + 1 + wrong->count;
    while (at < card->count && !begins(&card->arg[at]))
        at += 1 + card->arg[at].count;
    return at;
}

/* The limits of a .plot, (0,5): gnuplot and the drawing find their own. */
static bool is_limits(const struct card_reader *reader, const struct arg *arg)
{
    double number;
    return reader->card->kind == CARD_PLOT && arg->kind == ARG_GROUP && arg->length == 0 && arg->count == 3 &&
           card_reader_is_number(reader, arg + 1, &number) && card_reader_is_number(reader, arg + 2, &number);
}

bool formulas_read(struct formulas *formulas, struct card_reader *reader, const struct formula_scope *scope,
                   struct diagnostics *diagnostics)
{
    const struct card *card = reader->card;
    const char *limit = NULL; /* of the run that the present word is in, which is sought once */
    bool done = true;
    while (done && reader->at < card->count) {
        const struct arg *arg = &card->arg[reader->at++];
        bool is_name = false;
        size_t used = 1;
        switch (arg->kind) {
        case ARG_EXPRESSION:
        case ARG_STRING:
            done = read_quoted(formulas, arg, scope, diagnostics);
            break;
        case ARG_KEY: done = read_key(formulas, reader, arg, scope, diagnostics); break;
        case ARG_CLOSE: break;
        default:
            if (is_limits(reader, arg)) {
                reader->at += arg->count;
                break;
            }
            if (!limit || arg->text >= limit)
                limit = end_of_run(card, arg);
            done = read_name(formulas, reader, arg, scope, &is_name) &&
                   (is_name || read_run(formulas, reader, arg, limit, scope, diagnostics, &used));
            if (used == 0)
                reader->at = next_beginning(card, arg);
        }
    }
    return done;
}
