/* src/netlist/expression.h: the values that ngspice 39 gives, mistakes with their places. */
#include "expression_values.h"
#include "expressions.h"
#include "suites.h"
#include <locale.h>
#include <math.h>
#include <string.h>

static void expect_value(enum expression_language language, const char *text, double expected)
{
    struct diagnostics diagnostics = {0};
    double value = NAN;
    bool ok = evaluate(language, word(text), &diagnostics, &value);
    ck_assert_msg(ok, "%s: %s", text, diagnostics.count ? diagnostics.item[0].message : "failed");
    /* ngspice prints 15 digits */
    ck_assert_msg(fabs(value - expected) <= 1e-14 * fabs(expected), "%s: %.17g, not %.17g", text, value, expected);
    diagnostics_free(&diagnostics);
}

/* ---- values ---- */

START_TEST(parameters_as_ngspice)
{
    expect_value(EXPRESSION_PARAMETER, parameter_table[_i].text, parameter_table[_i].value);
}
END_TEST

START_TEST(parameters_as_written)
{
    expect_value(EXPRESSION_PARAMETER, own_table[_i].text, own_table[_i].value);
}
END_TEST

START_TEST(vectors)
{
    expect_value(EXPRESSION_VECTOR, vector_table[_i].text, vector_table[_i].value);
}
END_TEST

START_TEST(behaviours)
{
    expect_value(EXPRESSION_BEHAVIOUR, behaviour_table[_i].text, behaviour_table[_i].value);
}
END_TEST

START_TEST(values_whatever_the_locale)
{
    setlocale(LC_ALL, "de_DE.UTF-8");
    expect_value(EXPRESSION_PARAMETER, "1.5+2.5e-1", 1.75);
    setlocale(LC_ALL, "C");
}
END_TEST

/* ---- mistakes ---- */

static const struct mistake {
    enum expression_language language;
    const char *text;
    int at, length; /* of the place; at -1: outside the text, in a function */
    const char *message;
} mistakes[] = {
    {EXPRESSION_PARAMETER, "", 0, 1, "the expression is empty"},
    {EXPRESSION_PARAMETER, "  ", 2, 1, "the expression is empty"},
    {EXPRESSION_PARAMETER, "1+", 1, 1, "an operand is missing behind `+`"},
    {EXPRESSION_PARAMETER, "1+*2", 2, 1, "an operand is missing before `*`"},
    {EXPRESSION_PARAMETER, "*2", 0, 1, "an operand is missing before `*`"},
    {EXPRESSION_PARAMETER, "(1+2", 0, 1, "the parenthesis is not closed"},
    {EXPRESSION_PARAMETER, "2*sqrt(1+2", 2, 4, "the parenthesis of `sqrt(` is not closed"},
    {EXPRESSION_PARAMETER, "max(1,", 0, 3, "the parenthesis of `max(` is not closed"},
    {EXPRESSION_PARAMETER, "1+2)", 3, 1, "`)` without `(`"},
    {EXPRESSION_PARAMETER, "()", 1, 1, "an operand is missing before `)`"},
    {EXPRESSION_PARAMETER, "1 2", 2, 1, "an operator is missing before `2`"},
    {EXPRESSION_PARAMETER, "aa bb", 3, 2, "an operator is missing before `bb`"},
    {EXPRESSION_PARAMETER, "(1)(2)", 3, 1, "an operator is missing before `(`"},
    {EXPRESSION_PARAMETER, "1,2", 1, 1, "a comma stands between the arguments of a function only"},
    {EXPRESSION_PARAMETER, "(1,2)", 2, 1, "a comma stands between the arguments of a function only"},
    {EXPRESSION_PARAMETER, "1?2", 1, 1, "`?` without `:`"},
    {EXPRESSION_PARAMETER, "(1?2)", 2, 1, "`?` without `:`"},
    {EXPRESSION_PARAMETER, "1:2", 1, 1, "`:` without `?`"},
    {EXPRESSION_PARAMETER, "1?(2:3)", 4, 1, "`:` without `?`"},
    {EXPRESSION_PARAMETER, "1?2:3:4", 5, 1, "`:` without `?`"},
    {EXPRESSION_PARAMETER, "1??2:3", 2, 1, "an operand is missing before `?`"},
    {EXPRESSION_PARAMETER, "1#2", 1, 1, "this has no meaning in an expression"},
    {EXPRESSION_PARAMETER, "\"1\"", 0, 1, "this has no meaning in an expression"},
    {EXPRESSION_PARAMETER, "1 {2}", 2, 1, "an operator is missing before `{`"},
    {EXPRESSION_PARAMETER, "@r1[i]", 0, 1, "this has no meaning in an expression"},
    {EXPRESSION_PARAMETER, "2+4k7", 2, 3, "4k7 is not a number"},
    {EXPRESSION_PARAMETER, "0x10", 0, 4, "0x10 is not a number"},
    {EXPRESSION_PARAMETER, "1.2.3", 0, 5, "1.2.3 is not a number"},
    {EXPRESSION_PARAMETER, ".", 0, 1, ". is not a number"},
    {EXPRESSION_PARAMETER, "-1e400", 1, 5, "1e400 is too large for a number"},
    {EXPRESSION_PARAMETER, "1+foo(1)", 2, 3, "there is no function foo"},
    {EXPRESSION_PARAMETER, "Sqrtt(1)", 0, 5, "there is no function Sqrtt; did you mean sqrt?"},
    {EXPRESSION_PARAMETER, "v(a)", 0, 1, "v(..) depends on the answer, and no value on a card may"},
    {EXPRESSION_PARAMETER, "aa(2)", 0, 2, "there is no function aa"},
    {EXPRESSION_PARAMETER, "1+sqrt(1,2)", 2, 4, "sqrt takes 1 argument, and this has 2"},
    {EXPRESSION_PARAMETER, "limit(1)", 0, 5, "limit takes at least 2 arguments, and this has 1"},
    {EXPRESSION_PARAMETER, "limit(1,2,3,4)", 0, 5, "limit takes at most 3 arguments, and this has 4"},
    {EXPRESSION_PARAMETER, "ternary_fcn(1,2)", 0, 11, "ternary_fcn takes 3 arguments, and this has 2"},
    {EXPRESSION_PARAMETER, "ternary_fcn(1,2,3,4)", 0, 11, "ternary_fcn takes 3 arguments, and this has 4"},
    {EXPRESSION_PARAMETER, "gg(1)", 0, 2, "gg takes 2 arguments, and this has 1"},
    {EXPRESSION_PARAMETER, "gg()", 0, 2, "gg takes 2 arguments, and this has 0"},
    {EXPRESSION_PARAMETER, "five(1)", 0, 4, "five takes 0 arguments, and this has 1"},
    {EXPRESSION_PARAMETER, "sqrt()", 5, 1, "an operand is missing before `)`"},
    {EXPRESSION_PARAMETER, "max(,1)", 4, 1, "an operand is missing before `,`"},
    {EXPRESSION_PARAMETER, "max(1,)", 6, 1, "an operand is missing before `)`"},
    {EXPRESSION_PARAMETER, "1+loop1(2)", -1, 5, "function loop1 calls itself"},
    {EXPRESSION_PARAMETER, "wrong(2)", -1, 1, "an operand is missing behind `+`"},
    {EXPRESSION_PARAMETER, "empty(2)", -1, 1, "the expression is empty"},
    {EXPRESSION_PARAMETER, "1+aaa", 2, 3, "aaa is unknown; did you mean aa?"},
    {EXPRESSION_PARAMETER, "1+pi", 2, 2, "pi is unknown"},
    {EXPRESSION_PARAMETER, "1+huge", 2, 4, "huge is not finite"},
    {EXPRESSION_PARAMETER, "1+2/zz", 3, 1, "division by zero"},
    {EXPRESSION_PARAMETER, "0/0", 1, 1, "division by zero"},
    {EXPRESSION_PARAMETER, "5%zz", 1, 1, "division by zero"},
    {EXPRESSION_PARAMETER, "5\\zz", 1, 1, "division by zero"},
    {EXPRESSION_PARAMETER, "bad(zz)", -1, 1, "division by zero"},
    {EXPRESSION_PARAMETER, "1<2/0", 3, 1, "division by zero"},
    {EXPRESSION_PARAMETER, "1+log(cc)", 2, 3, "log(-4) is not a finite number"},
    {EXPRESSION_PARAMETER, "log(0)", 0, 3, "log(0) is not a finite number"},
    {EXPRESSION_PARAMETER, "sqrt(-1)", 0, 4, "sqrt(-1) is not a finite number"},
    {EXPRESSION_PARAMETER, "pow(-2,0.5)", 0, 3, "pow(-2,0.5) is not a finite number"},
    {EXPRESSION_PARAMETER, "table(1,2,3,1,5)", 0, 5, "table(1,2,..) is not a finite number"},
    {EXPRESSION_PARAMETER, "0^-1", 1, 1, "0 ^ -1 is not a finite number"},
    {EXPRESSION_PARAMETER, "1e308*10", 5, 1, "1e+308 * 10 is not a finite number"},
    {EXPRESSION_PARAMETER, "exp(1000)", 0, 3, "exp(1000) is not a finite number"},
    {EXPRESSION_PARAMETER, "1 +\n* x\n+ *", 10, 1, "an operand is missing before `*`"},
    {EXPRESSION_VECTOR, "v(a", 0, 1, "the parenthesis of `v(` is not closed"},
    {EXPRESSION_VECTOR, "1+v()", 2, 3, "v takes one node or two, and this has 0"},
    {EXPRESSION_VECTOR, "v(a,b,c)", 0, 8, "v takes one node or two, and this has 3"},
    {EXPRESSION_VECTOR, "i(a,b)", 0, 6, "i takes one element, and this has 2"},
    {EXPRESSION_VECTOR, "@r1", 0, 3, "expected @element[parameter], as in @r1[i]"},
    {EXPRESSION_VECTOR, "@r1[]", 0, 5, "expected @element[parameter], as in @r1[i]"},
    {EXPRESSION_VECTOR, "par('v(nx)", 4, 1, "the quotation is not closed"},
    {EXPRESSION_VECTOR, "par('nx)", 7, 1, "`)` without `(`"},
    {EXPRESSION_VECTOR, "nx'", 2, 1, "this quote closes none"},
    {EXPRESSION_VECTOR, "nx ? ny, nx", 3, 1, "`?` without `:`"},
    {EXPRESSION_VECTOR, "(nx ny)", 4, 2, "an operator is missing before `ny`"},
    {EXPRESSION_VECTOR, "ny^0.5", 2, 1, "-4 ^ 0.5 is not a finite number"},
    {EXPRESSION_VECTOR, "7%0.5", 1, 1, "division by zero"},
};

static bool is_mean(const char *text, size_t length)
{
    return is((struct expression_word){text, length}, "mean");
}

/* Functions of all points, and indices, are uses whose inside is the caller's. */
START_TEST(functions_of_all_points)
{
    static const struct {
        const char *text;
        enum expression_use_kind kind;
        const char *whole, *a, *b;
    } uses[] = {
        {"2*mean(v(a)+(1,2))/3", EXPRESSION_WHOLE, "mean(v(a)+(1,2))", "mean", "v(a)+(1,2)"},
        {"-v(a,b)[2+i(v1)]", EXPRESSION_ELEMENT, "v(a,b)[2+i(v1)]", "v(a,b)", "2+i(v1)"},
        {"mean(x)[0]", EXPRESSION_ELEMENT, "mean(x)[0]", "mean(x)", "0"},
        {"x[0]", EXPRESSION_NAME, "x[0]", "x[0]", ""},
        {"@r1[i]", EXPRESSION_DEVICE, "@r1[i]", "r1", "i"},
    };
    const struct expression_syntax syntax = {.language = EXPRESSION_VECTOR, .whole = is_mean};
    for (size_t u = 0; u < sizeof uses / sizeof *uses; u++) {
        struct expression expression;
        struct diagnostics diagnostics = {0};
        struct arena arena = {0};
        ck_assert_int_eq(expression_compile(&expression, &syntax, word(uses[u].text), &arena, &diagnostics),
                         EXPRESSION_OK);
        ck_assert_uint_eq(expression.uses, 1);
        const struct expression_use *use = expression.use;
        ck_assert_int_eq(use->kind, uses[u].kind);
        ck_assert(is(use->whole, uses[u].whole) && is(use->a, uses[u].a) && is(use->b, uses[u].b));
        arena_free(&arena);
        diagnostics_free(&diagnostics);
    }
}
END_TEST

START_TEST(mistakes_have_places)
{
    const struct mistake *mistake = &mistakes[_i];
    struct diagnostics diagnostics = {0};
    double value = 123.0;
    ck_assert_msg(!evaluate(mistake->language, word(mistake->text), &diagnostics, &value), "%s", mistake->text);
    ck_assert_double_eq(value, 123.0);
    ck_assert_uint_eq(diagnostics.errors, 1);
    struct diagnostic *first = &diagnostics.item[0];
    ck_assert_msg(strcmp(first->message, mistake->message) == 0, "%s: %s", mistake->text, first->message);
    ck_assert_uint_eq(first->length, (size_t)mistake->length);
    if (mistake->at >= 0)
        ck_assert_msg(first->place == mistake->text + mistake->at, "%s: %s", mistake->text, first->place);
    diagnostics_free(&diagnostics);
}
END_TEST

START_TEST(mistakes_in_functions_name_the_calls)
{
    struct diagnostics diagnostics = {0};
    const char *text = "1+loop1(2)";
    double value;
    ck_assert(!evaluate(EXPRESSION_PARAMETER, word(text), &diagnostics, &value));
    ck_assert_uint_eq(diagnostics.count, 3);
    ck_assert_str_eq(diagnostics.item[1].message, "loop2 is called here");
    ck_assert_str_eq(diagnostics.item[2].message, "loop1 is called here");
    ck_assert_ptr_eq(diagnostics.item[2].place, text + 2);
    diagnostics_free(&diagnostics);
}
END_TEST

START_TEST(mistakes_of_the_scope_are_its_own)
{
    struct diagnostics diagnostics = {0};
    double value;
    ck_assert(!evaluate(EXPRESSION_PARAMETER, word("1+silent"), &diagnostics, &value));
    ck_assert_uint_eq(diagnostics.count, 0);
    diagnostics_free(&diagnostics);
}
END_TEST

START_TEST(a_sign_before_a_power_is_warned_of)
{
    struct diagnostics diagnostics = {0};
    const char *text = "2*-3^2";
    double value;
    ck_assert(evaluate(EXPRESSION_PARAMETER, word(text), &diagnostics, &value));
    ck_assert_double_eq(value, 18.0);
    ck_assert_uint_eq(diagnostics.count, 1);
    ck_assert_int_eq(diagnostics.item[0].severity, SEVERITY_WARNING);
    ck_assert_ptr_eq(diagnostics.item[0].place, text + 2);
    diagnostics_free(&diagnostics);
}
END_TEST

/* ---- what it uses, where it ends ---- */

START_TEST(uses_are_listed)
{
    static const struct {
        enum expression_use_kind kind;
        const char *whole, *a, *b;
    } expected[] = {{EXPRESSION_NAME, "r", "r", ""},           {EXPRESSION_VOLTAGE, "v( a , B )", "a", "B"},
                    {EXPRESSION_NAME, "aa", "aa", ""},         {EXPRESSION_NAME, "bb", "bb", ""},
                    {EXPRESSION_CURRENT, "I(v1)", "v1", ""},   {EXPRESSION_DEVICE, "@d.x1.d1[id]", "d.x1.d1", "id"},
                    {EXPRESSION_NAME, "v1#branch", "v1#branch", ""}, {EXPRESSION_NAME, "r", "r", ""}};
    struct expression_syntax syntax = syntax_of(EXPRESSION_VECTOR);
    struct diagnostics diagnostics = {0};
    struct arena arena = {0};
    struct expression expression;
    enum expression_status status = expression_compile(
        &expression, &syntax, word("r*v( a , B )+ff(five())-I(v1)*@d.x1.d1[id]/v1#branch+r"), &arena, &diagnostics);
    ck_assert_int_eq(status, EXPRESSION_OK);
    ck_assert_uint_eq(expression.uses, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < expression.uses; i++) {
        ck_assert_int_eq(expression.use[i].kind, expected[i].kind);
        ck_assert_msg(is(expression.use[i].whole, expected[i].whole), "use %zu", i);
        ck_assert_msg(is(expression.use[i].a, expected[i].a), "use %zu", i);
        ck_assert_msg(is(expression.use[i].b, expected[i].b), "use %zu", i);
        ck_assert_uint_eq(expression.use[i].binding, 0);
    }
    arena_free(&arena);
}
END_TEST

START_TEST(vectors_follow_each_other)
{
    static const char text[] = "v(nx) v(ny) -1, (nx)*2 (ny) not 0 @r1[i] 5 ; all\n+ nx";
    static const char *const expected[] = {"v(nx)", "v(ny) -1", "(nx)*2", "(ny)", "not 0", "@r1[i]", "5", "nx"};
    struct expression_syntax syntax = syntax_of(EXPRESSION_VECTOR);
    struct diagnostics diagnostics = {0};
    struct arena arena = {0};
    const char *at = text, *end = text + strlen(text);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct expression expression;
        at += strspn(at, " ,");
        struct expression_word rest = {at, (size_t)(end - at)};
        ck_assert_int_eq(expression_compile(&expression, &syntax, rest, &arena, &diagnostics), EXPRESSION_OK);
        size_t length = strlen(expected[i]), read = expression.source.length;
        ck_assert_msg(read >= length && memcmp(at + read - length, expected[i], length) == 0, "%.*s", (int)read, at);
        at += read;
    }
    ck_assert_ptr_eq(at, end);
    arena_free(&arena);
}
END_TEST

#define LOOP(tests, test, table) tcase_add_loop_test(tests, test, 0, (int)(sizeof table / sizeof *table))

Suite *suite_expression(void)
{
    Suite *suite = suite_create("expression");
    TCase *tests = tcase_create("values");
    LOOP(tests, parameters_as_ngspice, parameter_table);
    LOOP(tests, parameters_as_written, own_table);
    LOOP(tests, vectors, vector_table);
    LOOP(tests, behaviours, behaviour_table);
    tcase_add_test(tests, values_whatever_the_locale);
    suite_add_tcase(suite, tests);

    tests = tcase_create("mistakes");
    tcase_add_test(tests, functions_of_all_points);
    LOOP(tests, mistakes_have_places, mistakes);
    tcase_add_test(tests, mistakes_in_functions_name_the_calls);
    tcase_add_test(tests, mistakes_of_the_scope_are_its_own);
    tcase_add_test(tests, a_sign_before_a_power_is_warned_of);
    suite_add_tcase(suite, tests);

    tests = tcase_create("parts");
    tcase_add_test(tests, uses_are_listed);
    tcase_add_test(tests, vectors_follow_each_other);
    suite_add_tcase(suite, tests);
    return suite;
}
