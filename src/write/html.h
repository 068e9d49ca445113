/* Pieces of HTML: escaped text, numbers for people, pictures. */
#ifndef OPSPICE_HTML_H
#define OPSPICE_HTML_H

#include "write/sink.h"
#include <stdint.h>

/* Text of a user's, which may be anything: what means something in HTML is escaped, control characters are question
 * marks, bytes that are no UTF-8 are taken as Latin-1. */
void html_text(struct sink *sink, const char *text);
void html_bytes(struct sink *sink, const char *text, size_t length);

enum { SI_SIZE = 48 };

/* A quantity with so many digits and a prefix from femto to tera: 12.35 mV; 0 V; what is smaller or larger has an
 * exponent. The blank is one that does not break. */
void si_text(char text[SI_SIZE], double value, int digits, const char *unit);

/* The same with four digits, and with six, for potentials, which differ little. */
void html_si(struct sink *sink, double value, const char *unit);
void html_volts(struct sink *sink, double value);

/* Four digits and a per cent sign; a dash for what is not finite. */
void html_percent(struct sink *sink, double percent);

/* As %g with so many digits, without the locale. */
void html_number(struct sink *sink, double number, int digits);

/* Digits in groups of three. */
void html_count(struct sink *sink, size_t number);

/* Cells of a table: text to the left, numbers to the right. */
void html_cell(struct sink *sink, const char *text);
void html_si_cell(struct sink *sink, double value, const char *unit);
void html_volts_cell(struct sink *sink, double value);
void html_percent_cell(struct sink *sink, double percent);
void html_count_cell(struct sink *sink, size_t number);
void html_number_cell(struct sink *sink, double number, int digits);

/* A table begins: its caption, or NULL, and the heads of its columns, parted by |; those that begin with > are to the
 * right. */
void html_table(struct sink *sink, const char *caption, const char *heads);
void html_end_table(struct sink *sink);

/* Bytes as a data URI's text. */
void html_base64(struct sink *sink, const unsigned char *bytes, size_t size);

#endif
