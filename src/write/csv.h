/* Rows of an operating point in csv, for those that write it piece by piece. */
#ifndef OPSPICE_CSV_H
#define OPSPICE_CSV_H

#include "write/sink.h"

/* A field, in quotes where it needs them. */
void csv_put_text(struct sink *sink, const char *text);

/* quantity,name,value,unit */
void csv_put_heads(struct sink *sink);

/* A row; quantity with a comma behind it, unit with one in front and the end of the line behind. */
void csv_put_row(struct sink *sink, const char *quantity, const char *name, double value, const char *unit);

#endif
