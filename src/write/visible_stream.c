#include "write/visible_stream.h"

#include "util/visible.h"
#include <stdlib.h>
#include <string.h>

enum { PIECE = 4096, CHARACTER = 4 };

struct filter {
    FILE *to;
    char left[CHARACTER]; /* [lefts] the beginning of a character */
    size_t lefts;
};

/* A piece behind what was left. False when it cannot be written. */
static bool pass(struct filter *filter, const char *bytes, size_t length)
{
    char piece[CHARACTER + PIECE];
    size_t whole;
    memcpy(piece, filter->left, filter->lefts);
    memcpy(piece + filter->lefts, bytes, length);
    size_t made = visible_make(piece, filter->lefts + length, &whole);
    filter->lefts = made - whole;
    memcpy(filter->left, piece + whole, filter->lefts);
    return fwrite(piece, 1, whole, filter->to) == whole;
}

static ssize_t pass_all(void *cookie, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length; at += PIECE) {
        size_t size = length - at < PIECE ? length - at : PIECE;
        if (!pass(cookie, bytes + at, size))
            return 0;
    }
    return (ssize_t)length;
}

static int end(void *cookie)
{
    struct filter *filter = cookie;
    size_t made = visible_make(filter->left, filter->lefts, NULL);
    bool done = fwrite(filter->left, 1, made, filter->to) == made;
    free(filter);
    return done ? 0 : EOF;
}

FILE *visible_stream(FILE *to)
{
    struct filter *filter = calloc(1, sizeof *filter);
    if (!filter)
        return NULL;
    filter->to = to;
    FILE *stream = fopencookie(filter, "w", (cookie_io_functions_t){.write = pass_all, .close = end});
    if (!stream)
        free(filter);
    else
        setvbuf(stream, NULL, _IOLBF, BUFSIZ);
    return stream;
}
