/* Taking the text of B and G cards apart. */
#include "elaborate/bsource.h"

#include "elaborate/bsource_text.h"
#include "netlist/cards.h"
#include "util/letters.h"
#include <string.h>

void bsource_skip(struct bsource_text *text)
{
    while (text->at < text->end) {
        if (*text->at == '\n') {
            text->at++;
            while (text->at < text->end && (*text->at == '*' || *text->at == '\n' || *text->at == '\r'))
                while (text->at < text->end && *text->at++ != '\n')
                    continue;
            while (text->at < text->end && (*text->at == ' ' || *text->at == '\t'))
                text->at++;
            if (text->at < text->end && *text->at == '+')
                text->at++;
        } else if (strchr(" \t\r,", *text->at)) {
            text->at++;
        } else {
            return;
        }
    }
}

struct expression_word bsource_word(struct bsource_text *text, const char *stops)
{
    bsource_skip(text);
    const char *start = text->at;
    while (text->at < text->end && !strchr(" \t\r\n,", *text->at) && !strchr(stops, *text->at))
        text->at++;
    return (struct expression_word){start, (size_t)(text->at - start)};
}

static bool is(struct expression_word word, const char *keyword)
{
    for (size_t q = 0; q < word.length; q++)
        if (lower(word.text[q]) != keyword[q])
            return false;
    return keyword[word.length] == '\0';
}

bool bsource_take(struct bsource_text *text, char byte)
{
    bsource_skip(text);
    if (text->at >= text->end || *text->at != byte)
        return false;
    text->at++;
    return true;
}

struct expression_word bsource_enclosed(struct bsource_text *text)
{
    struct expression_word none = {NULL, 0};
    bsource_skip(text);
    if (text->at >= text->end || !strchr("{'\"", *text->at))
        return none;
    char open = *text->at, close = open == '{' ? '}' : open;
    const char *start = ++text->at;
    for (int depth = 1; text->at < text->end; text->at++) {
        if (*text->at == close && --depth == 0) {
            text->at++;
            return (struct expression_word){start, (size_t)(text->at - 1 - start)};
        }
        depth += open == '{' && *text->at == '{';
    }
    return none;
}

/* Where `m=` begins outside of parentheses, or the end. */
static const char *before_multiple(const struct bsource_text *text)
{
    int depth = 0;
    for (const char *at = text->at; at + 1 < text->end; at++) {
        depth += (*at == '(') - (*at == ')');
        if (depth > 0 || lower(*at) != 'm' || (at > text->at && !strchr(" \t\r\n+}", at[-1])))
            continue;
        const char *next = at + 1;
        while (next < text->end && (*next == ' ' || *next == '\t'))
            next++;
        if (next < text->end && *next == '=' && next[1] != '=')
            return at;
    }
    return text->end;
}

/* An expression: all in braces or quotes, or all up to m=, braces in it too. */
static struct expression_word value(struct bsource_text *text)
{
    bsource_skip(text);
    const char *start = text->at;
    struct expression_word inner = bsource_enclosed(text);
    const char *end = before_multiple(text);
    bsource_skip(text);
    if (inner.text && text->at >= end)
        return inner;
    text->at = end;
    return (struct expression_word){start, (size_t)(end - start)};
}

/* m=..; false where something else stands there. */
static bool read_multiple(struct bsource *bsource, struct bsource_text *text)
{
    bsource_skip(text);
    if (text->at >= text->end)
        return true;
    if (!is(bsource_word(text, "="), "m") || !bsource_take(text, '='))
        return false;
    bsource->multiple = bsource_enclosed(text);
    if (!bsource->multiple.text)
        bsource->multiple = bsource_word(text, "");
    bsource_skip(text);
    return bsource->multiple.length > 0 && text->at >= text->end;
}

bool bsource_unsupported(const struct card_reader *reader, struct diagnostics *diagnostics)
{
    const struct arg *name = reader->card->arg;
    diagnose(diagnostics, ERROR_NOT_SUPPORTED, name->text, name->length, "%s is not supported: %.*s",
             cards_find(name->text, name->length)->what, reader->name_length, reader->name);
    return false;
}

static bool read_points(struct bsource *bsource, struct bsource_text *text)
{
    bsource_take(text, '=');
    bsource->form = BSOURCE_TABLE;
    bsource->expression = bsource_enclosed(text);
    bsource_take(text, '=');
    bsource_skip(text);
    bsource->points.text = text->at;
    text->at = before_multiple(text);
    bsource->points.length = (size_t)(text->at - bsource->points.text);
    return bsource->expression.text && read_multiple(bsource, text);
}

static bool read_form(struct bsource *bsource, struct bsource_text *text, bool is_b)
{
    struct bsource_text start = *text;
    struct expression_word key = bsource_word(text, "={(");
    if (is(key, "table") && !is_b)
        return read_points(bsource, text);
    if (is(key, is_b ? "i" : "cur") || (!is_b && (is(key, "value") || is(key, "i")))) {
        bsource->form = BSOURCE_EXPRESSION;
        if (!bsource_take(text, '=') && is_b)
            return false;
        bsource->expression = value(text);
        return bsource->expression.length > 0 && read_multiple(bsource, text);
    }
    if (is_b)
        return false;
    *text = start;
    bsource->form = BSOURCE_CONDUCTANCE;
    bsource_take(text, '(');
    bsource->c = bsource_word(text, ")");
    bsource->d = bsource_word(text, ")");
    bsource_take(text, ')');
    bsource->expression = bsource_enclosed(text);
    if (!bsource->expression.text)
        bsource->expression = bsource_word(text, "");
    return bsource->expression.length > 0 && read_multiple(bsource, text);
}

bool bsource_read(struct bsource *bsource, const struct card_reader *reader, struct diagnostics *diagnostics)
{
    const struct card *card = reader->card;
    *bsource = (struct bsource){.form = BSOURCE_EXPRESSION};
    if (card->count < 2)
        return bsource_unsupported(reader, diagnostics);
    struct bsource_text text = {card->arg[1].text, card->arg[1].text + card->arg[1].length};
    bsource->a = bsource_word(&text, "");
    bsource->k = bsource_word(&text, "");
    if (bsource->k.length == 0 || !read_form(bsource, &text, card->kind == CARD_B))
        return bsource_unsupported(reader, diagnostics);
    return true;
}
