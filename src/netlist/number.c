#include "netlist/number.h"
#include "util/letters.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A number as written: digits d1 d2 ... dn without their point, times 10^exponent, times 254 for `mil`. */
struct decimal {
    bool negative;
    const char *first, *end; /* the digits and at most one point */
    size_t count;            /* digits without leading zeros */
    uint64_t leading;        /* the value of the first 19 of them */
    int64_t exponent;        /* of ten, for the last digit */
    unsigned factor;         /* 1 or 254 */
};

enum {
    LEADING_DIGITS = 19,     /* fit a uint64_t */
    EXACT_POWER = 22,        /* 10^22 is a double, 10^23 is not */
    EXPONENT_LIMIT = 1 << 28 /* far beyond any double, far within an int64_t */
};

/* Doubles and the points halfway between them have at most 767 significant digits; of more digits than that it only
 * matters whether one is not zero. */
enum { KEPT_DIGITS = 800 };

/* ---- reading ---- */

/* Digits with at most one point. The place after them, or NULL where there is no digit. */
static const char *read_digits(struct decimal *decimal, const char *at, const char *end)
{
    const char *point = NULL;
    size_t digits = 0;
    decimal->first = at;
    for (; at < end; at++) {
        if (*at == '.' && !point) {
            point = at;
        } else if (is_digit(*at)) {
            digits++;
            if (decimal->count > 0 || *at != '0')
                decimal->count++;
            if (decimal->count <= LEADING_DIGITS)
                decimal->leading = 10 * decimal->leading + (uint64_t)(*at - '0');
        } else {
            break;
        }
    }
    decimal->end = at;
    decimal->exponent = point ? -(int64_t)(at - point - 1) : 0;
    return digits > 0 ? at : NULL;
}

/* `e` or `d`, a sign and digits. The place after them, or at itself where they are not an exponent. */
static const char *read_exponent(struct decimal *decimal, const char *at, const char *end)
{
    if (at == end || (lower(*at) != 'e' && lower(*at) != 'd'))
        return at;
    const char *digit = at + 1;
    bool negative = digit < end && *digit == '-';
    if (digit < end && (*digit == '-' || *digit == '+'))
        digit++;
    if (digit == end || !is_digit(*digit))
        return at;
    int64_t exponent = 0;
    for (; digit < end && is_digit(*digit); digit++) {
        if (exponent < EXPONENT_LIMIT)
            exponent = 10 * exponent + (*digit - '0');
    }
    decimal->exponent += negative ? -exponent : exponent;
    return digit;
}

/* The bytes of a micro sign: U+00B5 or U+03BC in UTF-8, or B5 of Latin-1; 0: there is none. */
static size_t micro_sign(const char *at, const char *end)
{
    if (end - at >= 2 && ((at[0] == '\xc2' && at[1] == '\xb5') || (at[0] == '\xce' && at[1] == '\xbc')))
        return 2;
    return at < end && at[0] == '\xb5';
}

static const char *read_suffix(struct decimal *decimal, const char *at, const char *end)
{
    if (at == end)
        return at;
    if (micro_sign(at, end) > 0) {
        decimal->exponent -= 6;
        return at + micro_sign(at, end);
    }
    char second = end - at >= 3 ? lower(at[1]) : '\0', third = end - at >= 3 ? lower(at[2]) : '\0';
    switch (lower(*at)) {
    case 't': decimal->exponent += 12; return at + 1;
    case 'g': decimal->exponent += 9; return at + 1;
    case 'k': decimal->exponent += 3; return at + 1;
    case 'u': decimal->exponent -= 6; return at + 1;
    case 'n': decimal->exponent -= 9; return at + 1;
    case 'p': decimal->exponent -= 12; return at + 1;
    case 'f': decimal->exponent -= 15; return at + 1;
    case 'm':
        if (second == 'e' && third == 'g') {
            decimal->exponent += 6;
            return at + 3;
        }
        if (second == 'i' && third == 'l') { /* a thousandth of an inch: 25.4e-6 m */
            decimal->exponent -= 7;
            decimal->factor = 254;
            return at + 3;
        }
        decimal->exponent -= 3;
        return at + 1;
    default: return at;
    }
}

/* What follows is a unit when it is all letters. */
static bool looks_like_unit(const char *at, const char *end)
{
    while (at < end && is_letter(*at))
        at++;
    return at == end;
}

/* ---- converting ---- */

static const double exact_power[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* An integer below 2^53 times or by an exact power of ten is rounded once, so correctly.
 * Source: Clinger 1990, "How to read floating point numbers accurately", section 3. */
static bool convert_exactly(const struct decimal *decimal, double *value)
{
    const uint64_t limit = (uint64_t)1 << 53;
    if (decimal->count > LEADING_DIGITS || decimal->leading > limit / decimal->factor ||
        decimal->exponent < -EXACT_POWER || decimal->exponent > EXACT_POWER)
        return false;
    double digits = (double)(decimal->leading * decimal->factor);
    *value = decimal->exponent < 0 ? digits / exact_power[-decimal->exponent] : digits * exact_power[decimal->exponent];
    return true;
}

/* The digits times the factor, as an integer without a point, right to left, so that a product of any length needs no
 * memory: the first KEPT_DIGITS and one that stands for the rest are kept. Any locale reads it alike. */
static void write_product(const struct decimal *decimal, char *text, size_t size)
{
    char kept[KEPT_DIGITS + 8];
    char *first = kept + sizeof kept;
    size_t beyond = decimal->count > KEPT_DIGITS ? decimal->count - KEPT_DIGITS : 0;
    size_t passed = 0;
    unsigned carry = 0;
    bool rest = false;
    for (const char *at = decimal->end; passed < decimal->count;) {
        if (*--at == '.')
            continue;
        unsigned sum = (unsigned)(*at - '0') * decimal->factor + carry;
        carry = sum / 10;
        if (passed++ < beyond)
            rest |= sum % 10 != 0;
        else
            *--first = (char)('0' + sum % 10);
    }
    for (; carry > 0; carry /= 10)
        *--first = (char)('0' + carry % 10);
    int64_t exponent = decimal->exponent + (int64_t)beyond - 1;
    snprintf(text, size, "%.*s%ce%lld", (int)(kept + sizeof kept - first), first, rest ? '1' : '0',
             (long long)exponent);
}

static double convert(const struct decimal *decimal)
{
    double value;
    char text[KEPT_DIGITS + 64];
    if (convert_exactly(decimal, &value))
        return value;
    if (decimal->count == 0)
        return 0.0;
    write_product(decimal, text, sizeof text);
    return strtod(text, NULL);
}

enum number_status number_parse(const char *text, size_t length, double *value)
{
    struct decimal decimal = {.factor = 1};
    const char *at = text, *end = text + length;
    if (at < end && (*at == '+' || *at == '-'))
        decimal.negative = *at++ == '-';
    if (!(at = read_digits(&decimal, at, end)))
        return NUMBER_NONE;
    at = read_exponent(&decimal, at, end);
    at = read_suffix(&decimal, at, end);

    *value = convert(&decimal);
    if (decimal.negative)
        *value = -*value;
    if (isinf(*value))
        return NUMBER_RANGE;
    return looks_like_unit(at, end) ? NUMBER_OK : NUMBER_TRAILING;
}
