#include "elaborate/source_card.h"

#include "netlist/cards.h"
#include "util/letters.h"
#include <string.h>

bool source_card_wrong(const struct card_reader *reader, struct diagnostics *diagnostics, struct expression_word at,
                       const char *what)
{
    diagnose(diagnostics, ERROR_BEHAVIOUR, at.text, at.length > 0 ? at.length : 1, "%.*s: %s", reader->name_length,
             reader->name, what);
    return false;
}

/* ---- keyed values at the end ------------------------------------------------------------------------------------- */

static const char *const key_name[SOURCE_KEYS] = {
    [SOURCE_M] = "m",           [SOURCE_TC1] = "tc1",     [SOURCE_TC2] = "tc2",
    [SOURCE_TEMP] = "temp",     [SOURCE_DTEMP] = "dtemp", [SOURCE_RECIPROCTC] = "reciproctc",
    [SOURCE_RECIPROCM] = "reciprocm", [SOURCE_LAPLACE] = "laplace"};

/* Take `key =`; SOURCE_KEYS: something else stands there, and the text is left as it is. */
static enum source_key take_key(struct source_text *text)
{
    struct source_text ahead = *text;
    struct expression_word word = source_text_word(&ahead, "={}()'\"");
    if (word.length == 0 || !source_text_take(&ahead, '=') || (ahead.at < ahead.end && *ahead.at == '='))
        return SOURCE_KEYS;
    for (enum source_key key = 0; key < SOURCE_KEYS; key++)
        if (source_text_is(word, key_name[key])) {
            *text = ahead;
            return key;
        }
    return SOURCE_KEYS;
}

/* Where the first keyed value outside of parentheses and braces begins, or the end. */
static const char *before_keys(const struct source_text *text)
{
    int depth = 0;
    for (const char *at = text->at; at < text->end; at++) {
        struct source_text here = {at, text->end};
        depth += (*at == '(' || *at == '{') - (*at == ')' || *at == '}');
        if (depth <= 0 && is_letter(*at) && (at == text->at || strchr(" \t\r\n,+})'\"", at[-1])) &&
            take_key(&here) != SOURCE_KEYS)
            return at;
    }
    return text->end;
}

static bool read_keys(struct source_card *source, const struct card_reader *reader, struct source_text *text,
                      struct diagnostics *diagnostics)
{
    for (source_text_skip(text); text->at < text->end; source_text_skip(text)) {
        enum source_key key = take_key(text);
        struct source_text rest = *text;
        struct expression_word word = source_text_word(&rest, "");
        if (key == SOURCE_KEYS) {
            diagnose(diagnostics, ERROR_UNEXPECTED_WORD, word.text, word.length, "%.*s: did not expect %.*s here",
                     reader->name_length, reader->name, (int)word.length, word.text);
            return false;
        }
        rest = *text;
        source->key[key] = source_text_enclosed(&rest);
        if (source->key[key].text)
            *text = rest;
        else if (key == SOURCE_LAPLACE) {
            const char *end = before_keys(text);
            source->key[key] = (struct expression_word){text->at, (size_t)(end - text->at)};
            text->at = end;
        } else
            source->key[key] = source_text_word(text, "");
        if (source->key[key].length == 0)
            return source_card_wrong(reader, diagnostics, word, "expected a value here");
    }
    return true;
}

/* ---- forms ------------------------------------------------------------------------------------------------------- */

static bool unsupported(const struct card_reader *reader, struct diagnostics *diagnostics)
{
    const struct arg *name = reader->card->arg;
    diagnose(diagnostics, ERROR_NOT_SUPPORTED, name->text, name->length, "this kind of %s is not supported: %.*s",
             cards_find(name->text, name->length)->what, reader->name_length, reader->name);
    return false;
}

/* A text without the blanks behind it. */
static struct expression_word trimmed(const char *start, const char *end)
{
    while (end > start && strchr(" \t\r\n,", end[-1]))
        end--;
    return (struct expression_word){start, (size_t)(end - start)};
}

/* All in braces or quotes, or all up to the keys, braces in it too. */
static struct expression_word whole_value(struct source_text *text)
{
    source_text_skip(text);
    const char *start = text->at;
    struct expression_word inner = source_text_enclosed(text);
    struct source_text all = {start, text->end};
    const char *end = before_keys(&all);
    source_text_skip(text);
    if (inner.text && text->at >= end)
        return inner;
    text->at = end;
    return trimmed(start, end);
}

static struct expression_word up_to_keys(struct source_text *text)
{
    source_text_skip(text);
    const char *start = text->at;
    text->at = before_keys(text);
    return trimmed(start, text->at);
}

/* {expression} = .., where braces may be missing. */
static struct expression_word up_to_equals(struct source_text *text)
{
    source_text_take(text, '=');
    struct expression_word value = source_text_enclosed(text);
    if (!value.text) {
        source_text_skip(text);
        value.text = text->at;
        while (text->at < text->end && *text->at != '=')
            text->at++;
        value.length = (size_t)(text->at - value.text);
    }
    source_text_take(text, '=');
    return value;
}

static bool read_polynomial(struct source_card *source, struct source_text *text)
{
    source->form = SOURCE_POLYNOMIAL;
    source_text_take(text, '(');
    source->dimension = source_text_value(text);
    source_text_take(text, ')');
    const char *start = text->at, *end = before_keys(text);
    source->controls = (struct source_text){start, end};
    text->at = end;
    return source->dimension.length > 0;
}

/* c d gain, or element gain; LTspice's c d TABLE=(..), c d LAPLACE=.. */
static bool read_controlled(struct source_card *source, const struct card_reader *reader, struct source_text *text,
                            struct diagnostics *diagnostics)
{
    source->form = SOURCE_LINEAR;
    source->controls.at = text->at;
    bool all = source_text_name(text).length > 0 && (source->by_currents || source_text_name(text).length > 0);
    source->controls.end = text->at;
    while (source_text_take(text, ')'))
        continue;
    struct source_text ahead = *text;
    if (all && source_text_is(source_text_word(&ahead, "=("), "table")) {
        source->form = SOURCE_CONTROLLED_TABLE;
        source_text_take(&ahead, '=');
        *text = ahead;
        source->points = up_to_keys(text);
        return true;
    }
    ahead = *text;
    if (all && take_key(&ahead) == SOURCE_LAPLACE)
        return true;
    ahead = *text;
    if (source_text_is(source_text_word(&ahead, "=("), "gain") && source_text_take(&ahead, '='))
        *text = ahead;
    source->value = whole_value(text);
    if (source->value.length == 0)
        return source_card_wrong(reader, diagnostics,
                                 (struct expression_word){reader->card->arg->text, reader->card->arg->length},
                                 source->by_currents ? "expected an element that controls it, and a gain"
                                                     : "expected two nodes that control it, and a gain");
    return true;
}

static bool is_value_word(struct expression_word key, bool is_voltage)
{
    return source_text_is(key, "value") ||
           (is_voltage ? source_text_is(key, "vol") || source_text_is(key, "v")
                       : source_text_is(key, "cur") || source_text_is(key, "i"));
}

/* B: V=.. or I=.. */
static bool read_behaviour(struct source_card *source, const struct card_reader *reader, struct source_text *text,
                           struct diagnostics *diagnostics)
{
    struct expression_word key = source_text_word(text, "={(");
    source->is_voltage = source_text_is(key, "v");
    if ((!source->is_voltage && !source_text_is(key, "i")) || !source_text_take(text, '='))
        return unsupported(reader, diagnostics);
    source->value = whole_value(text);
    return true;
}

/* HSPICE's word for the kind of source, which says nothing new. */
static void pass_kind(struct source_text *text)
{
    static const char *const kinds[] = {"vcvs", "vccs", "ccvs", "cccs"};
    struct source_text ahead = *text;
    struct expression_word word = source_text_word(&ahead, "={('\"");
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (source_text_is(word, kinds[k]))
            *text = ahead;
}

static bool read_form(struct source_card *source, const struct card_reader *reader, struct source_text *text,
                      struct diagnostics *diagnostics)
{
    pass_kind(text);
    struct source_text start = *text;
    struct expression_word key = source_text_word(text, "={('\"");
    source->form = SOURCE_EXPRESSION;
    if (source_text_is(key, "table")) {
        source->form = SOURCE_TABLE;
        source->value = up_to_equals(text);
        source->points = up_to_keys(text);
        return source->value.length > 0 || source_card_wrong(reader, diagnostics, key, "expected an expression");
    }
    if (source_text_is(key, "laplace")) {
        source->value = up_to_equals(text);
        source->key[SOURCE_LAPLACE] = whole_value(text);
        return source->key[SOURCE_LAPLACE].length > 0 ||
               source_card_wrong(reader, diagnostics, key, "expected a transfer function");
    }
    if (source_text_is(key, "poly"))
        return read_polynomial(source, text) ||
               source_card_wrong(reader, diagnostics, key, "expected the number of what controls it");
    if (source_text_is(key, "freq") || source_text_is(key, "chebyshev"))
        return unsupported(reader, diagnostics);
    struct source_text ahead = *text;
    bool has_value = source_text_take(&ahead, '=') || (ahead.at < ahead.end && strchr("{'\"", *ahead.at));
    if (has_value && is_value_word(key, source->is_voltage)) {
        source_text_take(text, '=');
        source->value = whole_value(text);
        return true;
    }
    *text = start;
    return read_controlled(source, reader, text, diagnostics);
}

bool source_card_read(struct source_card *source, const struct card_reader *reader, struct diagnostics *diagnostics)
{
    const struct card *card = reader->card;
    const struct expression_word name = {card->arg->text, card->arg->length};
    *source = (struct source_card){.is_voltage = card->kind == CARD_E || card->kind == CARD_H,
                                   .by_currents = card->kind == CARD_F || card->kind == CARD_H};
    struct source_text text = {name.text + name.length, name.text + name.length};
    if (card->count > 1)
        text = (struct source_text){card->arg[1].text, card->arg[1].text + card->arg[1].length};
    source->a = source_text_name(&text);
    source->k = source_text_name(&text);
    while (source_text_take(&text, ')'))
        continue;
    if (source->k.length == 0)
        return source_card_wrong(reader, diagnostics, name, "expected two nodes");
    return (card->kind == CARD_B ? read_behaviour(source, reader, &text, diagnostics)
                                 : read_form(source, reader, &text, diagnostics)) &&
           read_keys(source, reader, &text, diagnostics);
}
