#include "drn/option_text.h"

#include "util/letters.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

bool option_text_whole(const char **text, uint64_t most, uint64_t *number)
{
    const char *at = *text;
    uint64_t value = 0;
    if (!is_digit(*at))
        return false;
    for (; is_digit(*at); at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (value > (most - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *text = at;
    *number = value;
    return true;
}

bool option_text_number(const char **text, double *number)
{
    const char *at = *text;
    if (at[0] == '0' && at[1] == 'x') {
        uint64_t bits = 0;
        int digits = 0;
        for (at += 2; digits < 16 && strchr("0123456789abcdef", *at) && *at; at++, digits++)
            bits = bits * 16 + (uint64_t)(is_digit(*at) ? *at - '0' : *at - 'a' + 10);
        memcpy(number, &bits, sizeof *number);
        *text = at;
        return digits == 16 && isfinite(*number) && *number >= 0;
    }
    double value = 0;
    int exponent = 0, digits = 0;
    bool point = false;
    for (; is_digit(*at) || (*at == '.' && !point); at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        value = value * 10 + (*at - '0');
        digits++;
        exponent -= point;
    }
    if (digits == 0)
        return false;
    if (lower(*at) == 'e') {
        bool negative = at[1] == '-';
        at += 1 + (at[1] == '-' || at[1] == '+');
        uint64_t power;
        if (!option_text_whole(&at, 400, &power))
            return false;
        exponent += negative ? -(int)power : (int)power;
    }
    *number = exponent < 0 ? value / pow(10, -exponent) : value * pow(10, exponent);
    *text = at;
    return isfinite(*number);
}

void option_text_put(double number, FILE *file)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    fprintf(file, "0x%016" PRIx64, bits);
}

bool option_text_signed(const char **text, double *number)
{
    bool negative = **text == '-';
    *text += **text == '-' || **text == '+';
    if (!option_text_number(text, number))
        return false;
    *number = negative ? -*number : *number;
    return true;
}

void option_text_put_signed(double number, FILE *file)
{
    fputs(signbit(number) ? "-" : "", file);
    option_text_put(fabs(number), file);
}
