/* A line as the reader looks at it before the grammar does. Private to this folder. */
#ifndef OPSPICE_LINE_H
#define OPSPICE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a token or a phrase is: the location of the grammar. */
struct span {
    const char *text;
    uint32_t length;
};

static inline bool line_is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\v' || byte == '\f' || byte == ',';
}

static inline bool line_ends_at(char byte)
{
    return byte == '\n' || byte == '\r';
}

/* Whether a line begins with these letters, given in lower case. */
bool line_begins_like(const char *line, size_t length, const char *word);

/* Whether the first word of a line is this one, given in lower case. */
bool line_begins_with(const char *line, size_t length, const char *word);

/* Up to most words of a line, split at blanks. Their count; most + 1 when there are more. */
size_t line_split(const char *line, size_t length, struct span *word, size_t most);

/* Are they the same, whatever their case? */
bool span_is_word(struct span a, struct span b);

#endif
