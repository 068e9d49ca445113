/* Taking the text of B and G cards apart. */
#include "circuit/behaviour.h"

#include "circuit/behaviour_text.h"
#include "netlist/cards.h"
#include "util/letters.h"
#include <string.h>

void behaviour_skip(struct behaviour_text *text)
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

struct expression_word behaviour_word(struct behaviour_text *text, const char *stops)
{
    behaviour_skip(text);
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

bool behaviour_take(struct behaviour_text *text, char byte)
{
    behaviour_skip(text);
    if (text->at >= text->end || *text->at != byte)
        return false;
    text->at++;
    return true;
}

struct expression_word behaviour_enclosed(struct behaviour_text *text)
{
    struct expression_word none = {NULL, 0};
    behaviour_skip(text);
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
static const char *before_multiple(const struct behaviour_text *text)
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
static struct expression_word value(struct behaviour_text *text)
{
    behaviour_skip(text);
    const char *start = text->at;
    struct expression_word inner = behaviour_enclosed(text);
    const char *end = before_multiple(text);
    behaviour_skip(text);
    if (inner.text && text->at >= end)
        return inner;
    text->at = end;
    return (struct expression_word){start, (size_t)(end - start)};
}

/* m=..; false where something else stands there. */
static bool read_multiple(struct behaviour *behaviour, struct behaviour_text *text)
{
    behaviour_skip(text);
    if (text->at >= text->end)
        return true;
    if (!is(behaviour_word(text, "="), "m") || !behaviour_take(text, '='))
        return false;
    behaviour->multiple = behaviour_enclosed(text);
    if (!behaviour->multiple.text)
        behaviour->multiple = behaviour_word(text, "");
    behaviour_skip(text);
    return behaviour->multiple.length > 0 && text->at >= text->end;
}

bool behaviour_unsupported(const struct words *words, struct diagnostics *diagnostics)
{
    const struct arg *name = words->card->arg;
    diagnose(diagnostics, SEVERITY_ERROR, name->text, name->length, "%s is not supported: %.*s",
             cards_find(name->text, name->length)->what, words->name_length, words->name);
    return false;
}

static bool read_points(struct behaviour *behaviour, struct behaviour_text *text)
{
    behaviour_take(text, '=');
    behaviour->form = BEHAVIOUR_TABLE;
    behaviour->expression = behaviour_enclosed(text);
    behaviour_take(text, '=');
    behaviour_skip(text);
    behaviour->points.text = text->at;
    text->at = before_multiple(text);
    behaviour->points.length = (size_t)(text->at - behaviour->points.text);
    return behaviour->expression.text && read_multiple(behaviour, text);
}

static bool read_form(struct behaviour *behaviour, struct behaviour_text *text, bool is_b)
{
    struct behaviour_text start = *text;
    struct expression_word key = behaviour_word(text, "={(");
    if (is(key, "table") && !is_b)
        return read_points(behaviour, text);
    if (is(key, is_b ? "i" : "cur") || (!is_b && (is(key, "value") || is(key, "i")))) {
        behaviour->form = BEHAVIOUR_EXPRESSION;
        if (!behaviour_take(text, '=') && is_b)
            return false;
        behaviour->expression = value(text);
        return behaviour->expression.length > 0 && read_multiple(behaviour, text);
    }
    if (is_b)
        return false;
    *text = start;
    behaviour->form = BEHAVIOUR_CONDUCTANCE;
    behaviour_take(text, '(');
    behaviour->c = behaviour_word(text, ")");
    behaviour->d = behaviour_word(text, ")");
    behaviour_take(text, ')');
    behaviour->expression = behaviour_enclosed(text);
    if (!behaviour->expression.text)
        behaviour->expression = behaviour_word(text, "");
    return behaviour->expression.length > 0 && read_multiple(behaviour, text);
}

bool behaviour_read(struct behaviour *behaviour, const struct words *words, struct diagnostics *diagnostics)
{
    const struct card *card = words->card;
    *behaviour = (struct behaviour){.form = BEHAVIOUR_EXPRESSION};
    if (card->count < 2)
        return behaviour_unsupported(words, diagnostics);
    struct behaviour_text text = {card->arg[1].text, card->arg[1].text + card->arg[1].length};
    behaviour->a = behaviour_word(&text, "");
    behaviour->k = behaviour_word(&text, "");
    if (behaviour->k.length == 0 || !read_form(behaviour, &text, card->kind == CARD_B))
        return behaviour_unsupported(words, diagnostics);
    return true;
}
