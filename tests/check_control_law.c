/* Laws of controlled elements: values against ngspice, slopes against differences, tables, quotients, switches. */
#include "laws/affine.h"
#include "laws/control_law.h"
#include "suites.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { MOST = 3 };

/* Evaluate; slope [law->n]. */
static struct control_value at(const struct control_law *law, const double *x, double *slope)
{
    struct dd exact[MOST];
    double *work = malloc((control_law_work(law) + 1) * sizeof *work);
    ck_assert_ptr_nonnull(work);
    for (uint32_t k = 0; k < law->n; k++)
        exact[k] = dd_from(x[k]);
    struct control_value value = control_law_at(law, exact, slope, work);
    free(work);
    return value;
}

static double value_at(const struct control_law *law, const double *x)
{
    double slope[MOST];
    return dd_value(at(law, x, slope).value);
}

/* Every slope is what a difference over 2h is, to h^2 and rounding. */
static void check_slopes(const struct control_law *law, const double *x)
{
    double slope[MOST], moved[MOST];
    struct control_value here = at(law, x, slope);
    for (uint32_t k = 0; k < law->n; k++) {
        double h = 1e-5;
        for (uint32_t q = 0; q < law->n; q++)
            moved[q] = x[q];
        moved[k] = x[k] + h;
        double above = value_at(law, moved);
        moved[k] = x[k] - h;
        double below = value_at(law, moved), difference = (above - below) / (2 * h);
        double scale = 1 + fabs(slope[k]) + fabs(dd_value(here.value));
        ck_assert_msg(fabs(slope[k] - difference) <= 1e-7 * scale, "slope %u is %g, the difference %g", (unsigned)k,
                      slope[k], difference);
    }
}

/* ---- sums and polynomials ---- */

START_TEST(sums_are_exact)
{
    double gain[] = {3, -3, 1e16};
    const double x[] = {1e17 + 16, 1e17, 3e-16};
    const struct control_law law = {.kind = CONTROL_LINEAR, .n = 3, .gain = gain};
    double slope[MOST];
    struct control_value value = at(&law, x, slope);
    ck_assert_double_eq_tol(dd_value(value.value), 3 * 16 + 3, 1e-14);
    ck_assert_double_eq(value.size, 0);
    for (int k = 0; k < 3; k++)
        ck_assert_double_eq(slope[k], gain[k]);
    ck_assert(control_law_is_linear(&law));
}
END_TEST

/* What ngspice 39.3 says of `e1 o 0 poly(n) a 0 b 0 c 0 ..` with a at 1.3 V, b at -0.7 V, c at 2.1 V: coefficients
 * 1, 2, 3 and so on, or those given. */
static const struct {
    uint32_t n;
    size_t terms;
    double value;
} counted[] = {{2, 12, 2.783030000000e+01}, {3, 21, 3.941151000000e+02}, {3, 25, 4.241633000000e+02}};

START_TEST(terms_in_the_order_of_spice2)
{
    const double x[] = {1.3, -0.7, 2.1};
    double coefficient[25];
    for (size_t term = 0; term < COUNT(coefficient); term++)
        coefficient[term] = (double)(term + 1);
    const struct control_law law = {.kind = CONTROL_POLYNOMIAL, .n = counted[_i].n,
                                    .polynomial = {coefficient, counted[_i].terms}};
    ck_assert_double_eq_tol(value_at(&law, x), counted[_i].value, 1e-11 * counted[_i].value);
    check_slopes(&law, x);
    ck_assert(!control_law_is_linear(&law));
}
END_TEST

START_TEST(polynomials_of_one_control)
{
    const double coefficient[] = {0.5, 2, -3, 0.25, 1.5}, x[] = {1.3}, zero[] = {0};
    struct control_law law = {.kind = CONTROL_POLYNOMIAL, .n = 1, .polynomial = {coefficient, 5}};
    ck_assert_double_eq_tol(value_at(&law, x), 2.863400000000e+00, 1e-12);
    check_slopes(&law, x);
    check_slopes(&law, zero);
    law.polynomial.terms = 1;
    ck_assert_double_eq(value_at(&law, x), 0.5);
    ck_assert(control_law_is_linear(&law));
    law.polynomial.terms = 2;
    ck_assert_double_eq(value_at(&law, x), 0.5 + 2 * 1.3);
    ck_assert(control_law_is_linear(&law));
}
END_TEST

START_TEST(a_polynomial_of_nothing_is_a_constant)
{
    const double coefficient[] = {4};
    const struct control_law law = {.kind = CONTROL_POLYNOMIAL, .n = 0, .polynomial = {coefficient, 1}};
    ck_assert_double_eq(value_at(&law, NULL), 4);
}
END_TEST

/* (1 + 1e-10)^2 - 1 - 2e-10 is 1e-20, of which a double would keep nothing. */
START_TEST(polynomials_are_exact_to_twice_the_precision)
{
    const double coefficient[] = {-1, -2, 0, 0, 0, 1}, x[] = {1e-10, 1 + 1e-10};
    const struct control_law law = {.kind = CONTROL_POLYNOMIAL, .n = 2, .polynomial = {coefficient, 6}};
    double b = (1 + 1e-10) - 1, exact = 2 * (b - 1e-10) + b * b;
    ck_assert_double_eq_tol(value_at(&law, x), exact, 1e-29);
}
END_TEST

/* ---- expressions ---- */

struct compiled {
    struct arena arena;
    struct expression code;
    uint32_t control[8];
    double constant[8];
    struct control_law law;
};

/* v(a), v(b), v(c) are the controls, names are 2. */
static void compile(struct compiled *compiled, const char *text, uint32_t n)
{
    const struct expression_syntax syntax = {.language = EXPRESSION_BEHAVIOUR};
    struct diagnostics diagnostics = {0};
    const struct expression_word source = {text, strlen(text)};
    *compiled = (struct compiled){.constant = {2, 2, 2, 2, 2, 2, 2, 2}};
    ck_assert_int_eq(expression_compile(&compiled->code, &syntax, source, &compiled->arena, &diagnostics),
                     EXPRESSION_OK);
    ck_assert_uint_le(compiled->code.uses, COUNT(compiled->control));
    for (size_t q = 0; q < compiled->code.uses; q++) {
        const struct expression_use *use = &compiled->code.use[q];
        compiled->control[q] = use->kind == EXPRESSION_VOLTAGE ? (uint32_t)(use->a.text[0] - 'a') : CONTROL_NONE;
    }
    compiled->law = (struct control_law){
        .kind = CONTROL_EXPRESSION,
        .n = n,
        .expression = {&compiled->code, compiled->control, compiled->constant, random_from(1)}};
}

static const struct {
    const char *text;
    uint32_t n;
    double x[MOST], value;
} expressions[] = {
    {"v(a)*v(b)+k*v(c)", 3, {1.5, -2, 4}, 1.5 * -2 + 2 * 4},
    {"exp(v(a)/k)*v(b)^2", 2, {1, 3}, 14.838491436301154},
    {"v(a) > v(b) ? sin(v(a)) : v(b)-v(a)*v(c)", 3, {1, 2, 3}, 2 - 3},
    {"v(a)/v(b)+v(a)/v(a)", 2, {3, -8}, 1 - 3.0 / 8},
    {"table(v(a)-v(b),-1,2,1,k,3,8)", 2, {4, 2}, 5},
    {"k", 0, {0}, 2},
    {"tanh(v(c))", 3, {0, 0, .25}, 0.2449186624037092},
};

START_TEST(expressions_of_several_controls)
{
    struct compiled compiled;
    double slope[MOST];
    compile(&compiled, expressions[_i].text, expressions[_i].n);
    struct control_value value = at(&compiled.law, expressions[_i].x, slope);
    double expected = expressions[_i].value, size = fabs(expected);
    ck_assert_double_eq_tol(dd_value(value.value), expected, 1e-15 * fmax(1, fabs(expected)));
    for (uint32_t k = 0; k < expressions[_i].n; k++)
        size += fabs(slope[k] * expressions[_i].x[k]);
    ck_assert(value.size >= (1 - 1e-14) * size && value.size <= 6 * size);
    check_slopes(&compiled.law, expressions[_i].x);
    ck_assert(!control_law_is_linear(&compiled.law));
    arena_free(&compiled.arena);
}
END_TEST

/* What is left of numbers that cancel, in more digits than a double has, and a bound of its size. */
static const struct {
    const char *text;
    double x, value, most;
} differences[] = {
    {"0.5*(1+tanh(50*(v(a)-0.5)))", 4e-6, 1.9291467943459e-22, 3}, /* not one digit of it */
    {"(1+v(a))-1", 1e-17, 1e-17, 4},
    {"1e6*(exp(v(a))-1)", 1e-9, 1.0000000005e-3, 3e6},
    {"max(v(a)+100,0)-100", 1e-15, 1e-15, 400},
    {"abs(v(a)-3)-3+v(a)", 0.1, 0, 20},
    {"table(v(a)+7,0,0,10,10)-7", 1e-16, 1e-16, 60},
    {"v(a)", 1e-17, 1e-17, 3e-17},
};

START_TEST(size_is_of_what_cancels)
{
    struct compiled compiled;
    double slope[MOST];
    compile(&compiled, differences[_i].text, 1);
    struct control_value value = at(&compiled.law, &differences[_i].x, slope);
    ck_assert_double_le(fabs(dd_value(value.value) - differences[_i].value), DBL_EPSILON * value.size);
    ck_assert_double_le(value.size, differences[_i].most);
    arena_free(&compiled.arena);
}
END_TEST

START_TEST(no_value_is_nan)
{
    static const char *const text[] = {"1/v(a)", "log(v(a)-1)*0", "v(a)^-1", "sqrt(v(a)-2)"};
    const double x[] = {0};
    for (size_t q = 0; q < COUNT(text); q++) {
        struct compiled compiled;
        compile(&compiled, text[q], 1);
        double value = value_at(&compiled.law, x);
        ck_assert_msg(isnan(value) || isfinite(value), "%s is %g", text[q], value);
        ck_assert_msg(q != 0 || isnan(value), "%s is %g", text[q], value);
        arena_free(&compiled.arena);
    }
}
END_TEST

/* What is a straight line of three controls by its structure, and what is not: n = 0. */
static const struct {
    const char *text;
    enum affine found;
    double line[1 + MOST];
} lines[] = {
    {"2*v(a)-v(b)/4+k", AFFINE_LINE, {2, 2, -.25, 0}},
    {"k", AFFINE_LINE, {2, 0, 0, 0}},
    {"-(v(c)-1)*k+sqrt(16)", AFFINE_LINE, {6, 0, 0, -2}},
    {"k>1 ? v(a) : v(b)^2", AFFINE_LINE, {0, 1, 0, 0}},
    {"v(a)*v(b)", AFFINE_CURVED, {0}},
    {"v(a)>0 ? v(a) : v(a)", AFFINE_CURVED, {0}},
    {"abs(v(a))", AFFINE_CURVED, {0}},
    {"k/v(a)", AFFINE_CURVED, {0}},
    {"v(a)/(k-2)", AFFINE_NO_VALUE, {0}},
    {"table(v(a),0,0,1,1)", AFFINE_CURVED, {0}},
    {"v(b)+sqrt(-1)", AFFINE_NO_VALUE, {0}},
    {"v(b)>0 ? 1/0 : 2", AFFINE_CURVED, {0}},
};

START_TEST(straight_lines_are_seen)
{
    struct compiled compiled;
    double line[1 + MOST];
    compile(&compiled, lines[_i].text, MOST);
    enum affine found = affine_read(&compiled.law, MOST, line);
    ck_assert_msg(found == lines[_i].found, "%s", lines[_i].text);
    for (int k = 0; found == AFFINE_LINE && k <= MOST; k++)
        ck_assert_double_eq(line[k], lines[_i].line[k]);
    arena_free(&compiled.arena);
}
END_TEST

/* ---- tables, quotients, switches ---- */

static const double volts[] = {-2, -1, 0, 4}, amperes[] = {-3, 5, 5, 1};
static const struct curve_table table = {4, volts, amperes};

START_TEST(tables_are_clamped)
{
    static const struct {
        double x, value, slope;
    } point[] = {{-9, -3, 0}, {-1.5, 1, 8}, {-.5, 5, 0}, {2, 3, -1}, {3, 2, -1}, {99, 1, 0}, {4, 1, 0}};
    double gain[] = {2};
    const struct control_law law = {.kind = CONTROL_LINEAR, .n = 1, .gain = gain, .table = &table};
    for (size_t q = 0; q < COUNT(point); q++) {
        double x[] = {point[q].x / 2}, slope[1];
        struct control_value value = at(&law, x, slope);
        ck_assert_double_eq_tol(dd_value(value.value), point[q].value, 1e-15);
        ck_assert_double_eq_tol(slope[0], 2 * point[q].slope, 1e-15);
        ck_assert_double_eq(value.size, 0);
    }
    ck_assert(!control_law_is_linear(&law));
}
END_TEST

START_TEST(a_table_of_one_point_is_a_constant)
{
    const struct curve_table one = {1, volts, amperes};
    double gain[] = {2};
    const double x[] = {-5}, y[] = {5};
    const struct control_law law = {.kind = CONTROL_LINEAR, .n = 1, .gain = gain, .table = &one};
    ck_assert_double_eq(value_at(&law, x), -3);
    ck_assert_double_eq(value_at(&law, y), -3);
}
END_TEST

START_TEST(quotients_are_resistances)
{
    struct compiled compiled;
    const double x[] = {3, 2}, shorted[] = {3, -1.0};
    compile(&compiled, "1+v(b)^2+v(a)/10", 2);
    compiled.law.divides = true;
    ck_assert_double_eq_tol(value_at(&compiled.law, x), 3 / 5.3, 1e-15);
    check_slopes(&compiled.law, x);
    ck_assert(!control_law_is_linear(&compiled.law));
    arena_free(&compiled.arena);
    compile(&compiled, "1+v(b)", 2);
    compiled.law.divides = true;
    ck_assert_double_nan(value_at(&compiled.law, shorted));
    arena_free(&compiled.arena);
}
END_TEST

START_TEST(switches_remember)
{
    const struct control_law law = {.kind = CONTROL_SWITCH, .n = 1, .switching = {1, 1e6, 2, -1, false}};
    ck_assert_double_eq(control_law_resistance(&law, 2.5, 1e6), 1);
    ck_assert_double_eq(control_law_resistance(&law, 2, 1e6), 1e6);
    ck_assert_double_eq(control_law_resistance(&law, 0, 1), 1);
    ck_assert_double_eq(control_law_resistance(&law, -1, 1), 1);
    ck_assert_double_eq(control_law_resistance(&law, -1.5, 1), 1e6);
    ck_assert(control_law_is_linear(&law));
}
END_TEST

Suite *suite_control_law(void)
{
    Suite *suite = suite_create("control_law");
    TCase *tcase = tcase_create("control_law");
    tcase_add_test(tcase, sums_are_exact);
    tcase_add_loop_test(tcase, terms_in_the_order_of_spice2, 0, COUNT(counted));
    tcase_add_test(tcase, polynomials_of_one_control);
    tcase_add_test(tcase, a_polynomial_of_nothing_is_a_constant);
    tcase_add_test(tcase, polynomials_are_exact_to_twice_the_precision);
    tcase_add_loop_test(tcase, expressions_of_several_controls, 0, COUNT(expressions));
    tcase_add_loop_test(tcase, size_is_of_what_cancels, 0, COUNT(differences));
    tcase_add_test(tcase, no_value_is_nan);
    tcase_add_loop_test(tcase, straight_lines_are_seen, 0, COUNT(lines));
    tcase_add_test(tcase, tables_are_clamped);
    tcase_add_test(tcase, a_table_of_one_point_is_a_constant);
    tcase_add_test(tcase, quotients_are_resistances);
    tcase_add_test(tcase, switches_remember);
    suite_add_tcase(suite, tcase);
    return suite;
}
