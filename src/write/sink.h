/* Text and numbers to a file: collected in large pieces, errors kept, no locale. */
#ifndef OPSPICE_SINK_H
#define OPSPICE_SINK_H

#include "util/number_text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { SINK_SIZE = 1 << 15 };

struct sink {
    FILE *file;
    bool visible; /* for people: without control characters */
    int error;    /* errno of the first failure, or 0 */
    size_t length;
    char bytes[SINK_SIZE];
};

void sink_open(struct sink *sink, FILE *file);

/* The same for people, who may read it on a terminal: question marks stand for control characters (util/visible.h). */
void sink_open_visible(struct sink *sink, FILE *file);

/* What sink_bytes does where the bytes do not fit. */
void sink_pass(struct sink *sink, const void *bytes, size_t length);

static inline void sink_bytes(struct sink *sink, const void *bytes, size_t length)
{
    if (length > SINK_SIZE - sink->length) {
        sink_pass(sink, bytes, length);
        return;
    }
    memcpy(sink->bytes + sink->length, bytes, length);
    sink->length += length;
}

static inline void sink_text(struct sink *sink, const char *text)
{
    sink_bytes(sink, text, strlen(text));
}

/* A user's text of one line as it may be shown, whatever the sink is for. */
void sink_shown(struct sink *sink, const char *bytes, size_t length);

/* Text with its letters in lower case. */
void sink_lower(struct sink *sink, const char *text);

/* So many blanks; none where count is negative. */
void sink_blanks(struct sink *sink, int count);

void sink_count(struct sink *sink, size_t number);

/* A number with `digits` after the point and an exponent, as %.{digits}e. */
void sink_exponential(struct sink *sink, double number, int digits);

/* The same with a blank for a plus sign, as % .{digits}e. */
void sink_signed(struct sink *sink, double number, int digits);

/* The number by which every double can be told from all others, as %.17g. */
void sink_exact(struct sink *sink, double number);

/* As %f, for temperatures. */
void sink_fixed(struct sink *sink, double number);

/* As ngspice prints its answers: seven digits, six where there is a sign; blanks before it up to `width` bytes. */
void sink_printnum(struct sink *sink, double number, int width);

/* The same without blanks, with `digits` behind the point, less one where there is a sign; 0: six. */
void sink_digits(struct sink *sink, double number, int digits);

/* Pass on what was collected. False with errno set when anything failed since sink_open. */
bool sink_close(struct sink *sink);

#endif
