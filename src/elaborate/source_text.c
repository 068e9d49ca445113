#include "elaborate/source_text.h"

#include "util/letters.h"
#include <string.h>

/* A blank, a comma or the end of a line or a text: where a word ends. */
static bool separates(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' || byte == ',' || byte == '\0';
}

void source_text_skip(struct source_text *text)
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
        } else if (separates(*text->at)) {
            text->at++;
        } else {
            return;
        }
    }
}

struct expression_word source_text_word(struct source_text *text, const char *stops)
{
    source_text_skip(text);
    const char *start = text->at;
    while (text->at < text->end && !separates(*text->at) && !strchr(stops, *text->at))
        text->at++;
    return (struct expression_word){start, (size_t)(text->at - start)};
}

struct expression_word source_text_name(struct source_text *text)
{
    while (source_text_take(text, '(') || source_text_take(text, ')'))
        continue;
    const char *start = text->at;
    for (int depth = 0; text->at < text->end && !separates(*text->at); text->at++) {
        depth += (*text->at == '(') - (*text->at == ')');
        if (depth < 0)
            break;
    }
    return (struct expression_word){start, (size_t)(text->at - start)};
}

bool source_text_take(struct source_text *text, char byte)
{
    source_text_skip(text);
    if (text->at >= text->end || *text->at != byte)
        return false;
    text->at++;
    return true;
}

struct expression_word source_text_enclosed(struct source_text *text)
{
    struct expression_word none = {NULL, 0};
    source_text_skip(text);
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

struct expression_word source_text_value(struct source_text *text)
{
    struct expression_word inner = source_text_enclosed(text);
    return inner.text ? inner : source_text_word(text, "()=");
}

bool source_text_is(struct expression_word word, const char *keyword)
{
    for (size_t q = 0; q < word.length; q++)
        if (lower(word.text[q]) != keyword[q])
            return false;
    return keyword[word.length] == '\0';
}
