/* Numbers in options' texts, whatever the locale. */
#ifndef OPSPICE_DRN_OPTION_TEXT_H
#define OPSPICE_DRN_OPTION_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A whole number up to `most` at *text, which moves behind it. False when there is none. */
bool option_text_whole(const char **text, uint64_t most, uint64_t *number);

/* A finite number that is not negative: decimal, or 0x and the sixteen digits of a double's bits, as option_text_put
 * has it. Decimal digits are collected as one whole number, whose division by a power of ten is rounded once, and so
 * correctly, for up to 15 digits and exponents to 22. */
bool option_text_number(const char **text, double *number);

/* The same behind a sign. */
bool option_text_signed(const char **text, double *number);

/* The bits of a double that is not negative, or of any: exact, and the same in every locale. */
void option_text_put(double number, FILE *file);
void option_text_put_signed(double number, FILE *file);

#endif
