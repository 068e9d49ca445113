/* Numbers as text. */
#ifndef OPSPICE_NUMBER_TEXT_H
#define OPSPICE_NUMBER_TEXT_H

#include <stddef.h>

/* A number that printf has made of a value, in place, with a point as the C locale has it; returns its length. */
size_t without_locale(char *text);

/* number as printf's "%.*e" has it in the C locale, where few digits of a number of common size are wanted, and what is
 * left out is not so near to half a digit that more than a double is needed to round it: its length. Else 0, and text
 * is undefined. text [NUMBER_TEXT_SIZE] out */
enum { NUMBER_TEXT_SIZE = 24 };
size_t number_text_of(char *text, double number, int digits);

#endif
