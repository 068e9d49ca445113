/* Numbers as SPICE writes them. */
#ifndef OPSPICE_NUMBER_H
#define OPSPICE_NUMBER_H

#include <stddef.h>

enum number_status {
    NUMBER_OK,
    NUMBER_TRAILING, /* a number, then letters and digits that SPICE ignores though they look meant: 4k7, 1.5.2 */
    NUMBER_NONE,     /* not a number */
    NUMBER_RANGE     /* beyond the range of a double */
};

/* Read text[0..length): sign, decimal digits with at most one point, exponent (e or d), suffix t g meg k mil m u n p f
 * in any case (no atto: 1A is an ampere), and then letters (a unit) that are ignored. The suffix joins the exponent,
 * so 4.7k is exactly 4700; the result is the correctly rounded double whatever the locale. Underflow gives the nearest
 * (denormal or zero); *value is infinite with NUMBER_RANGE and unchanged with NUMBER_NONE. Nothing is allocated. */
enum number_status number_parse(const char *text, size_t length, double *value);

#endif
