#include "util/number_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* The locale's point may have several bytes: the only ones that belong to no number. */
size_t without_locale(char *text)
{
    size_t kept = 0;
    for (const char *from = text; *from; from++) {
        bool is_point = *from != '+' && *from != '-' && *from != ' ' && !(*from >= '0' && *from <= '9') &&
                        !(*from >= 'a' && *from <= 'z');
        if (!is_point)
            text[kept++] = *from;
        else if (kept > 0 && text[kept - 1] != '.')
            text[kept++] = '.';
    }
    text[kept] = '\0';
    return kept;
}

enum { MOST_DIGITS = 8, MOST_POWER = 22 };

static const double power_of_ten[MOST_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* size 10^power, rounded once. */
static double shifted(double size, int power)
{
    return power >= 0 ? size * power_of_ten[power] : size / power_of_ten[-power];
}

/* size as a whole number of digits + 1 digits and a power of ten. False: too near to half a digit. */
static bool take_apart(double size, int digits, uint64_t *whole, int *exponent)
{
    const double near = 1e-6; /* more than shifted() rounds numbers of MOST_DIGITS + 1 digits */
    const double end = power_of_ten[digits + 1];
    int binary;
    frexp(size, &binary);
    *exponent = (int)floor((binary - 1) * 0.30102999566398120); /* or one less than it is */
    double scaled = shifted(size, digits - *exponent);
    if (scaled >= end) {
        ++*exponent;
        scaled = shifted(size, digits - *exponent);
    }
    *whole = (uint64_t)scaled;
    double rest = scaled - (double)*whole;
    *whole += rest > 0.5;
    if (*whole == (uint64_t)end) {
        *whole /= 10;
        ++*exponent;
    }
    return fabs(rest - 0.5) > near;
}

size_t number_text_of(char *text, double number, int digits)
{
    const double least = 1e-13, most = 1e13; /* powers of ten are exact between */
    double size = fabs(number);
    uint64_t whole;
    int exponent;
    if (digits < 1 || digits > MOST_DIGITS || !(size >= least && size <= most) ||
        !take_apart(size, digits, &whole, &exponent))
        return 0;
    char *at = text;
    if (number < 0)
        *at++ = '-';
    for (int d = digits + 1; d > 0; d--, whole /= 10)
        at[d == 1 ? 0 : d] = (char)('0' + whole % 10);
    at[1] = '.';
    at += digits + 2;
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    exponent = exponent < 0 ? -exponent : exponent;
    *at++ = (char)('0' + exponent / 10);
    *at++ = (char)('0' + exponent % 10);
    *at = '\0';
    return (size_t)(at - text);
}
