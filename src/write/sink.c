#include "write/sink.h"

#include "util/letters.h"
#include "util/visible.h"
#include <errno.h>
#include <float.h>
#include <string.h>

void sink_open(struct sink *sink, FILE *file)
{
    sink->file = file;
    sink->visible = false;
    sink->error = 0;
    sink->length = 0;
}

void sink_open_visible(struct sink *sink, FILE *file)
{
    sink_open(sink, file);
    sink->visible = true;
}

static void pass_on(struct sink *sink, const char *bytes, size_t length)
{
    errno = 0;
    if (sink->error == 0 && fwrite(bytes, 1, length, sink->file) != length)
        sink->error = errno ? errno : EIO;
}

/* Pass on what was collected; of a text that goes on, the beginning of a character stays. */
static void pass_collected(struct sink *sink, bool goes_on)
{
    size_t whole = sink->length;
    if (sink->visible) {
        sink->length = visible_make(sink->bytes, sink->length, goes_on ? &whole : NULL);
        whole = goes_on ? whole : sink->length;
    }
    pass_on(sink, sink->bytes, whole);
    sink->length -= whole;
    memmove(sink->bytes, sink->bytes + whole, sink->length);
}

void sink_pass(struct sink *sink, const void *bytes, size_t length)
{
    pass_collected(sink, true);
    if (length > SINK_SIZE && !sink->visible) {
        pass_on(sink, bytes, length);
        return;
    }
    for (const char *at = bytes; length > 0;) {
        size_t room = SINK_SIZE - sink->length, size = length < room ? length : room;
        memcpy(sink->bytes + sink->length, at, size);
        sink->length += size;
        at += size;
        length -= size;
        if (length > 0)
            pass_collected(sink, true);
    }
}

void sink_shown(struct sink *sink, const char *bytes, size_t length)
{
    enum { PIECE = 1024, CHARACTER = 4 };
    char piece[CHARACTER + PIECE];
    size_t left = 0, whole;
    while (length > 0) {
        size_t size = length < PIECE ? length : PIECE;
        memcpy(piece + left, bytes, size);
        for (char *page = piece + left; (page = memchr(page, '\f', (size_t)(piece + left + size - page)));)
            *page = '?';
        size_t made = visible_make(piece, left + size, length > size ? &whole : NULL);
        whole = length > size ? whole : made;
        sink_bytes(sink, piece, whole);
        left = made - whole;
        memmove(piece, piece + whole, left);
        bytes += size;
        length -= size;
    }
}

void sink_count(struct sink *sink, size_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    sink_bytes(sink, digits + at, sizeof digits - at);
}

void sink_lower(struct sink *sink, const char *text)
{
    for (; *text; text++) {
        char byte = lower(*text);
        sink_bytes(sink, &byte, 1);
    }
}

void sink_blanks(struct sink *sink, int count)
{
    while (count-- > 0)
        sink_text(sink, " ");
}

enum { NUMBER_SIZE = 64 };

void sink_exponential(struct sink *sink, double number, int digits)
{
    char text[NUMBER_SIZE];
    snprintf(text, sizeof text, "%.*e", digits, number);
    sink_bytes(sink, text, without_locale(text));
}

void sink_signed(struct sink *sink, double number, int digits)
{
    char text[NUMBER_SIZE];
    snprintf(text, sizeof text, "% .*e", digits, number);
    sink_bytes(sink, text, without_locale(text));
}

void sink_exact(struct sink *sink, double number)
{
    char text[NUMBER_SIZE];
    snprintf(text, sizeof text, "%.17g", number);
    sink_bytes(sink, text, without_locale(text));
}

void sink_fixed(struct sink *sink, double number)
{
    char text[DBL_MAX_10_EXP + NUMBER_SIZE];
    snprintf(text, sizeof text, "%f", number);
    sink_bytes(sink, text, without_locale(text));
}

void sink_printnum(struct sink *sink, double number, int width)
{
    char text[NUMBER_SIZE];
    snprintf(text, sizeof text, "%*.*e", width, number < 0 ? 5 : 6, number);
    sink_bytes(sink, text, without_locale(text));
}

void sink_digits(struct sink *sink, double number, int digits)
{
    enum { STANDARD = 6, MOST = 30 };
    char text[NUMBER_SIZE];
    if (digits < 1 || digits > MOST)
        digits = STANDARD;
    digits -= number < 0 && digits > 1;
    size_t length = number_text_of(text, number, digits);
    if (length == 0) {
        snprintf(text, sizeof text, "%.*e", digits, number);
        length = without_locale(text);
    }
    sink_bytes(sink, text, length);
}

bool sink_close(struct sink *sink)
{
    pass_collected(sink, false);
    errno = 0;
    if (sink->error == 0 && fflush(sink->file) != 0)
        sink->error = errno ? errno : EIO;
    errno = sink->error;
    return sink->error == 0;
}
