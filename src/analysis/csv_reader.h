/* Comma-separated values that a user has written, record by record, with the places of their fields. */
#ifndef OPSPICE_CSV_READER_H
#define OPSPICE_CSV_READER_H

#include "util/source.h"

/* A field without the blanks and the quotes round it; its text is in the source. */
struct csv_field {
    const char *text;
    size_t length;
};

struct csv_reader {
    const char *next, *end;
};

/* At the beginning of a text, behind its byte order mark. */
struct csv_reader csv_reader_of(const struct source *source);

/* The fields of the next record, a line; empty lines and lines that begin with # are passed over. A field in double
 * quotes may hold commas; it holds no quotes and no end of a line.
 *
 * field  [most] out, the first ones
 *
 * Returns how many there are, which may be more than `most`; 0: the text has ended. */
size_t csv_next(struct csv_reader *reader, struct csv_field *field, size_t most);

/* Is the field this word, in any case? */
bool csv_is(const struct csv_field *field, const char *word);

#endif
