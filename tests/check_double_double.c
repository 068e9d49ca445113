/* src/util: numbers of two and four doubles, and their text. */
#include "suites.h"
#include "util/double_double.h"
#include "util/kernel.h"
#include "util/number_text.h"
#include "util/quad_double.h"
#include "util/random.h"
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { PAIRS = 4096 };

/* Whole numbers of 53 bits and a sign, many of them with long runs of equal bits. */
static double whole_number(struct random *random)
{
    double x = rint(ldexp(random_uniform(random), 53)), y = rint(ldexp(random_uniform(random), 30));
    return fabs(y) < 0x1p28 ? x : ldexp(y, 20) + (y > 0 ? 1 : -1);
}

/* Within a kernel, where a processor may have fused operations: a b + c as a double-double. */
KERNEL
static void multiply_and_add(size_t n, const double *a, const double *b, const double *c, double *hi, double *lo)
{
    for (size_t q = 0; q < n; q++) {
        struct dd sum = dd_add_double(two_product(a[q], b[q]), c[q]);
        hi[q] = sum.hi;
        lo[q] = sum.lo;
    }
}

/* As printf has them: numbers of all sizes, some of few digits, whose halves are ties, and neighbours of these. */
START_TEST(few_digits_are_those_of_printf)
{
    struct random random = random_from(7);
    size_t here = 0;
    for (int n = 0; n < 200000; n++) {
        char text[NUMBER_TEXT_SIZE], expected[40];
        int digits = 1 + n % 8;
        double number = random_uniform(&random) * pow(10, 16 * random_uniform(&random));
        if (n % 3 == 1)
            number = round(number * 1000) / (n % 2 ? 1000 : 1024);
        if (n % 3 == 2)
            number = (n % 2 ? 1 : -1) * pow(10, n % 27 - 13);
        number = n % 5 == 0 ? nextafter(number, INFINITY) : number;
        size_t length = number_text_of(text, number, digits);
        here += length > 0;
        snprintf(expected, sizeof expected, "%.*e", digits, number);
        ck_assert_msg(length == 0 || (length == strlen(text) && strcmp(text, expected) == 0), "%s, not %s", text,
                      expected);
    }
    ck_assert_uint_gt(here, 120000);
}
END_TEST

/* Products of 106 bits, against whole numbers of 128. */
START_TEST(double_double_is_exact)
{
    struct random random = random_from((uint64_t)_i);
    double a[PAIRS], b[PAIRS], c[PAIRS], hi[PAIRS], lo[PAIRS];
    for (int q = 0; q < PAIRS; q++) {
        a[q] = whole_number(&random);
        b[q] = whole_number(&random);
        c[q] = -a[q] * b[q]; /* cancels all but the rounding */
    }
    multiply_and_add(PAIRS, a, b, c, hi, lo);
    for (int q = 0; q < PAIRS; q++) {
        struct dd product = two_product(a[q], b[q]), back = dd_div_double(product, b[q]);
        __int128 exact = (__int128)a[q] * (__int128)b[q];
        ck_assert((__int128)product.hi + (__int128)product.lo == exact);
        ck_assert((__int128)hi[q] + (__int128)lo[q] == exact + (__int128)c[q]);
        ck_assert(b[q] == 0 || (back.hi == a[q] && fabs(back.lo) <= 0x1p-100 * fabs(a[q])));
    }
}
END_TEST

/* Sums and differences of pairs, with what cancels. */
START_TEST(double_double_cancels)
{
    struct random random = random_from(7);
    for (int q = 0; q < PAIRS; q++) {
        double p = random_uniform(&random), r = ldexp(random_uniform(&random), -54);
        double s = ldexp(random_uniform(&random), -60), t = ldexp(random_uniform(&random), -90);
        struct dd x = two_sum(p, r), y = two_sum(p, s), between = dd_difference(x.hi, x.lo, y.hi, y.lo);
        ck_assert_double_eq_tol(dd_value(between), r - s, 4 * DBL_EPSILON * fabs(r - s) + 0x1p-104 * fabs(p));
        struct dd sum = dd_add(two_sum(p, t), two_sum(-p, s));
        ck_assert_double_eq_tol(dd_value(sum), t + s, 4 * DBL_EPSILON * fabs(t + s) + 0x1p-104 * fabs(p));
        struct dd scaled = dd_mul_double(two_sum(p, r), 3);
        ck_assert_double_eq_tol(dd_value(dd_sub_double(scaled, 3 * p)), 3 * r + (fma(3, p, -(3 * p))),
                                0x1p-103 * fabs(p));
    }
}
END_TEST

/* 160 bits beside each other, of which all but the last cancel; parts in order. */
START_TEST(quad_double_cancels)
{
    struct random random = random_from(11);
    for (int q = 0; q < PAIRS; q++) {
        double term[4] = {whole_number(&random), ldexp(random_uniform(&random), -40),
                          ldexp(random_uniform(&random), -100), ldexp(random_uniform(&random), -165)};
        double small = ldexp(random_uniform(&random), -180);
        struct qd x = {{0}}, back;
        for (int p = 0; p < 4; p++)
            qd_add_double(&x, term[(p + q) % 4]);
        for (int p = 0; p < QUAD_PARTS - 1; p++)
            ck_assert(fabs(x.part[p + 1]) <= DBL_EPSILON * fabs(x.part[p]));
        back = qd_mul_double(qd_div_double(x, 3), 3);
        qd_add_double(&x, small);
        ck_assert_double_eq_tol(qd_value(qd_add(x, qd_negative(back))).hi, small, 0x1p-200 * fabs(term[0]));
        for (int p = 0; p < 4; p++)
            qd_add_double(&x, -term[p]);
        ck_assert_double_eq_tol(x.part[0], small, 0x1p-204 * fabs(term[0]));
    }
}
END_TEST

Suite *suite_double_double(void)
{
    Suite *suite = suite_create("double_double");
    TCase *numbers = tcase_create("numbers");
    tcase_add_test(numbers, few_digits_are_those_of_printf);
    tcase_add_loop_test(numbers, double_double_is_exact, 0, 8);
    tcase_add_test(numbers, double_double_cancels);
    tcase_add_test(numbers, quad_double_cancels);
    suite_add_tcase(suite, numbers);
    return suite;
}
