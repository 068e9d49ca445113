/* src/netlist: numbers. */
#include "netlist/number.h"
#include "suites.h"
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *text;
    enum number_status status;
    double value;
} number_table[] = {
    {"0", NUMBER_OK, 0.0},
    {"1", NUMBER_OK, 1.0},
    {"+5", NUMBER_OK, 5.0},
    {"-2.5", NUMBER_OK, -2.5},
    {".5", NUMBER_OK, 0.5},
    {"5.", NUMBER_OK, 5.0},
    {"1e3", NUMBER_OK, 1e3},
    {"1E-3", NUMBER_OK, 1e-3},
    {"1d3", NUMBER_OK, 1e3},
    {"1.5D+2", NUMBER_OK, 150.0},
    {"4.463529", NUMBER_OK, 4.463529},
    {"2.500000e-01", NUMBER_OK, 0.25},
    {"4.7k", NUMBER_OK, 4700.0},
    {"1t", NUMBER_OK, 1e12},
    {"1G", NUMBER_OK, 1e9},
    {"1meg", NUMBER_OK, 1e6},
    {"1MEGohm", NUMBER_OK, 1e6},
    {"3.3K", NUMBER_OK, 3300.0},
    {"10mil", NUMBER_OK, 254e-6},
    {"1MIL", NUMBER_OK, 25.4e-6},
    {"1M", NUMBER_OK, 1e-3},
    {"1me", NUMBER_OK, 1e-3},
    {"1mA", NUMBER_OK, 1e-3},
    {"2u", NUMBER_OK, 2e-6},
    {"2n", NUMBER_OK, 2e-9},
    {"2p", NUMBER_OK, 2e-12},
    {"1F", NUMBER_OK, 1e-15},
    {"1a", NUMBER_OK, 1},
    {"1e3k", NUMBER_OK, 1e6},
    {"1e", NUMBER_OK, 1.0},
    {"1e+", NUMBER_TRAILING, 1.0},
    {"5V", NUMBER_OK, 5.0},
    {"1mV", NUMBER_OK, 1e-3},
    {"100ohm", NUMBER_OK, 100.0},
    {"10\xce\xa9", NUMBER_OK, 10.0},       /* ohm sign */
    {"10\xc2\xb5", NUMBER_OK, 10e-6},    /* micro sign */
    {"10\xce\xbc", NUMBER_OK, 10e-6},    /* Greek mu */
    {"10\xb5""F", NUMBER_OK, 10e-6},      /* of Latin-1 */
    {"10\xb5""5", NUMBER_TRAILING, 10e-6},
    {"4k7", NUMBER_TRAILING, 4000.0},
    {"1.5.2", NUMBER_TRAILING, 1.5},
    {"5%", NUMBER_TRAILING, 5.0},
    {"1-2", NUMBER_TRAILING, 1.0},
    {"0.1", NUMBER_OK, 0.1},
    {"0.3", NUMBER_OK, 0.3},
    {"123456789012345678901234567890", NUMBER_OK, 123456789012345678901234567890.0},
    {"0.000000000000000000000000000000000001", NUMBER_OK, 1e-36},
    {"00000000000000000000000000000000000001", NUMBER_OK, 1.0},
    {"9007199254740993", NUMBER_OK, 9007199254740992.0},
    {"9007199254740993.00000000000000000001", NUMBER_OK, 9007199254740994.0},
    {"2.2250738585072011e-308", NUMBER_OK, 2.2250738585072011e-308},
    {"4.9406564584124654e-324", NUMBER_OK, 4.9406564584124654e-324},
    {"1.7976931348623157e308", NUMBER_OK, 1.7976931348623157e308},
    {"1e-400", NUMBER_OK, 0.0},
    {"1e-99999999999999999999", NUMBER_OK, 0.0},
    {"0e99999999999999999999", NUMBER_OK, 0.0},
    {"1e23", NUMBER_OK, 1e23},
    {"1e400", NUMBER_RANGE, INFINITY},
    {"-1e300t", NUMBER_RANGE, -INFINITY},
    {"", NUMBER_NONE, 0.0},
    {"+", NUMBER_NONE, 0.0},
    {".", NUMBER_NONE, 0.0},
    {"-.e5", NUMBER_NONE, 0.0},
    {"e5", NUMBER_NONE, 0.0},
    {"k", NUMBER_NONE, 0.0},
    {"inf", NUMBER_NONE, 0.0},
    {"nan", NUMBER_NONE, 0.0},
    {"0x10", NUMBER_TRAILING, 0.0},
    {"--1", NUMBER_NONE, 0.0},
    {" 1", NUMBER_NONE, 0.0},
};

START_TEST(numbers)
{
    double value = 0.0;
    enum number_status status = number_parse(number_table[_i].text, strlen(number_table[_i].text), &value);
    ck_assert_msg(status == number_table[_i].status, "%s: status %d", number_table[_i].text, (int)status);
    ck_assert_msg(value == number_table[_i].value, "%s: %.17g", number_table[_i].text, value);
}
END_TEST

/* What printf writes is read back exactly, however many digits. */
START_TEST(numbers_are_read_back)
{
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        double value, read;
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        int length = snprintf(text, sizeof text, i % 2 ? "%.16e" : "%.25e", value);
        ck_assert_int_eq(number_parse(text, (size_t)length, &read), NUMBER_OK);
        ck_assert_msg(read == value, "%s: %.17g", text, read);
    }
}
END_TEST

/* A suffix means the same as its power of ten. */
START_TEST(numbers_join_their_suffix)
{
    static const struct {
        const char *suffix;
        int exponent;
    } table[] = {{"t", 12}, {"g", 9},  {"meg", 6}, {"k", 3},   {"m", -3},
                 {"u", -6}, {"n", -9}, {"p", -12}, {"f", -15}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        for (int j = 1; j < 5000; j++) {
            char with_suffix[64], with_power[64];
            double a, b;
            snprintf(with_suffix, sizeof with_suffix, "%d.%03d%s", j, j * 7 % 1000, table[i].suffix);
            snprintf(with_power, sizeof with_power, "%d.%03de%d", j, j * 7 % 1000, table[i].exponent);
            number_parse(with_suffix, strlen(with_suffix), &a);
            number_parse(with_power, strlen(with_power), &b);
            ck_assert_msg(a == b && b == strtod(with_power, NULL), "%s", with_suffix);
        }
    }
}
END_TEST

START_TEST(numbers_of_any_length)
{
    const size_t size = 100000;
    char *text = malloc(size + 8);
    double value;

    memset(text, '9', size);
    ck_assert_int_eq(number_parse(text, size, &value), NUMBER_RANGE);
    text[1] = '.';
    ck_assert_int_eq(number_parse(text, size, &value), NUMBER_OK);
    ck_assert(value == 10.0);

    /* Just above, at and just below a point halfway between two doubles. */
    memset(text, '0', size);
    memcpy(text, "9007199254740993.", 17);
    ck_assert_int_eq(number_parse(text, size, &value), NUMBER_OK);
    ck_assert(value == 9007199254740992.0);
    text[size - 1] = '1';
    ck_assert_int_eq(number_parse(text, size, &value), NUMBER_OK);
    ck_assert(value == 9007199254740994.0);

    /* The factor of `mil` reaches through all digits: 1/254 = 0.003937..., 70000 digits. */
    unsigned remainder = 1;
    for (size_t i = 0; i < 70000; i++) {
        remainder *= 10;
        text[i] = (char)('0' + remainder / 254);
        remainder %= 254;
    }
    memcpy(text + 70000, "e-70000mil", 10); /* a little below 0.1 um */
    ck_assert_int_eq(number_parse(text, 70010, &value), NUMBER_OK);
    ck_assert(value == 1e-7);
    free(text);
}
END_TEST

START_TEST(numbers_whatever_the_locale)
{
    static const char *const name[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "C.UTF-8"};
    double value;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        setlocale(LC_ALL, name[i]);
        number_parse("1.234567890123456789e-5k", 24, &value);
        ck_assert(value == 1.234567890123456789e-2);
    }
    setlocale(LC_ALL, "C");
}
END_TEST

Suite *suite_number(void)
{
    Suite *suite = suite_create("number");
    TCase *number = tcase_create("number");
    tcase_add_loop_test(number, numbers, 0, sizeof number_table / sizeof *number_table);
    tcase_add_test(number, numbers_are_read_back);
    tcase_add_test(number, numbers_join_their_suffix);
    tcase_add_test(number, numbers_of_any_length);
    tcase_add_test(number, numbers_whatever_the_locale);
    suite_add_tcase(suite, number);
    return suite;
}
