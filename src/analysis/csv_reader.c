#include "analysis/csv_reader.h"

#include <string.h>
#include <strings.h>

struct csv_reader csv_reader_of(const struct source *source)
{
    static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8, as spreadsheets write it */
    struct csv_reader reader = {source->text, source->text + source->size};
    if (source->size >= strlen(mark) && memcmp(source->text, mark, strlen(mark)) == 0)
        reader.next += strlen(mark);
    return reader;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* The end of the field that begins at `at`: its comma, or the end of the line. */
static const char *field_end(const char *at, const char *end)
{
    bool quoted = false;
    for (; at < end && (quoted || *at != ','); at++)
        quoted ^= *at == '"';
    return at;
}

static struct csv_field trimmed(const char *from, const char *to)
{
    while (from < to && is_blank(*from))
        from++;
    while (to > from && is_blank(to[-1]))
        to--;
    if (to - from >= 2 && *from == '"' && to[-1] == '"') {
        from++;
        to--;
    }
    return (struct csv_field){from, (size_t)(to - from)};
}

size_t csv_next(struct csv_reader *reader, struct csv_field *field, size_t most)
{
    while (reader->next < reader->end) {
        const char *at = reader->next, *end = memchr(at, '\n', (size_t)(reader->end - at));
        if (!end)
            end = reader->end;
        reader->next = end < reader->end ? end + 1 : end;
        if (trimmed(at, end).length == 0 || *at == '#')
            continue;
        for (size_t count = 0;; at++) {
            const char *stop = field_end(at, end);
            if (count < most)
                field[count] = trimmed(at, stop);
            count++;
            if (stop == end)
                return count;
            at = stop;
        }
    }
    return 0;
}

bool csv_is(const struct csv_field *field, const char *word)
{
    return field->length == strlen(word) && strncasecmp(field->text, word, field->length) == 0;
}
