#include "line.h"

#include "util/letters.h"
#include <string.h>

bool line_begins_like(const char *line, size_t length, const char *word)
{
    size_t i = 0;
    while (i < length && word[i] != '\0' && lower(line[i]) == word[i])
        i++;
    return word[i] == '\0';
}

bool line_begins_with(const char *line, size_t length, const char *word)
{
    size_t i = strlen(word);
    return line_begins_like(line, length, word) &&
           (i == length || (unsigned char)line[i] <= ' ' || line[i] == '(' || line[i] == ';');
}

size_t line_split(const char *line, size_t length, struct span *word, size_t most)
{
    size_t count = 0;
    for (const char *at = line, *end = line + length; at < end;) {
        const char *start = at;
        while (at < end && !line_is_blank(*at))
            at++;
        if (at > start && count == most)
            return most + 1;
        if (at > start)
            word[count++] = (struct span){start, (uint32_t)(at - start)};
        while (at < end && line_is_blank(*at))
            at++;
    }
    return count;
}

bool span_is_word(struct span a, struct span b)
{
    bool same = a.length == b.length;
    for (size_t i = 0; same && i < a.length; i++)
        same = lower(a.text[i]) == lower(b.text[i]);
    return same;
}
