/* Expressions with random numbers in them; and random expressions, against a second evaluator. */
#include "expressions.h"
#include "suites.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- random numbers ---- */

static double random_value(const char *text, struct random *random)
{
    struct expression_syntax syntax = syntax_of(EXPRESSION_PARAMETER);
    struct expression_scope with_random = {.value = value_of, .random = random};
    struct diagnostics diagnostics = {0};
    struct expression expression;
    struct arena arena = {0};
    double value = NAN;
    ck_assert_int_eq(expression_compile(&expression, &syntax, word(text), &arena, &diagnostics), EXPRESSION_OK);
    ck_assert(expression_evaluate(&expression, &with_random, &diagnostics, &value));
    arena_free(&arena);
    return value;
}

START_TEST(random_functions)
{
    enum { COUNT = 4000 };
    static const struct {
        const char *text;
        double mean, deviation, least, most;
    } table[] = {{"agauss(5,3,3)", 5.0, 1.0, -5.0, 15.0},      {"gauss(10,0.3,3)", 10.0, 1.0, 0.0, 20.0},
                 {"aunif(5,2)", 5.0, 1.1547, 3.0, 7.0},        {"unif(10,0.2)", 10.0, 1.1547, 8.0, 12.0},
                 {"limit(5,2)", 5.0, 2.0, 3.0, 7.0},           {"agauss(5,0,3)", 5.0, 0.0, 5.0, 5.0},
                 {"agauss(5,1,0)", 5.0, 0.0, 5.0, 5.0}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct random random = random_from(i), again = random_from(i);
        double sum = 0.0, squares = 0.0;
        for (int n = 0; n < COUNT; n++) {
            double value = random_value(table[i].text, &random);
            ck_assert(value == random_value(table[i].text, &again));
            ck_assert(value >= table[i].least && value <= table[i].most);
            sum += value - table[i].mean;
            squares += (value - table[i].mean) * (value - table[i].mean);
        }
        ck_assert_double_le(fabs(sum / COUNT), 5.0 * table[i].deviation / sqrt(COUNT));
        ck_assert_double_le(fabs(sqrt(squares / COUNT) - table[i].deviation), 0.06 * table[i].deviation);
    }
}
END_TEST

/* ---- a second evaluator ---- */

static const char *const binary_text[] = {"||", "&&", "==", "!=", "<", "<=", ">", ">=", "+", "-",
                                          "*",  "/",  "%",  "\\", "^", "**", "<>"};
static const char *const function_text[] = {"sqrt", "exp", "ln", "atan", "floor", "nint", "min", "max", "gg", "ff"};

static char *append(char *at, const char *text)
{
    return stpcpy(at, text);
}

/* Write a random expression of at most depth levels. */
static char *generate(char *at, struct random *random, int depth)
{
    static const char *const leaf[] = {"0", "1", "2", "3", "0.5", "1k", "aa", "bb", "cc", "zz", "2.5e-1"};
    if (depth == 0)
        return append(at, leaf[pick(random, sizeof leaf / sizeof *leaf)]);
    switch (pick(random, 8)) {
    case 0:
        at = append(at, "(");
        return append(generate(at, random, depth - 1), ")");
    case 1:
        at = append(at, pick(random, 3) == 0 ? "!" : "-");
        return generate(at, random, depth - 1);
    case 2:
        at = append(generate(at, random, depth - 1), " ? ");
        at = append(generate(at, random, depth - 1), " : ");
        return generate(at, random, depth - 1);
    case 3: {
        unsigned which = pick(random, sizeof function_text / sizeof *function_text);
        at = append(append(at, function_text[which]), "(");
        at = generate(at, random, depth - 1);
        if (which >= 6 && which <= 8)
            at = generate(append(at, ", "), random, depth - 1);
        return append(at, ")");
    }
    default:
        at = append(generate(at, random, depth - 1), " ");
        at = append(append(at, binary_text[pick(random, sizeof binary_text / sizeof *binary_text)]), " ");
        return generate(at, random, depth - 1);
    }
}

/* Recursive descent over the same text. What is not wanted (a branch not taken) is read, and may fail. */
struct descent {
    const char *at;
    bool failed;
};

static double descend(struct descent *descent, int level, bool wanted, bool fresh);

static void skip(struct descent *descent)
{
    while (*descent->at == ' ')
        descent->at++;
}

static bool take(struct descent *descent, const char *text)
{
    skip(descent);
    if (strncmp(descent->at, text, strlen(text)) != 0)
        return false;
    descent->at += strlen(text);
    return true;
}

static double checked(struct descent *descent, double value, bool wanted)
{
    if (wanted && !isfinite(value))
        descent->failed = true;
    return value;
}

static double atom(struct descent *descent, bool wanted)
{
    skip(descent);
    if (take(descent, "!"))
        return atom(descent, wanted) == 0.0;
    if (take(descent, "-"))
        return -atom(descent, wanted);
    if (take(descent, "(")) {
        double value = descend(descent, 0, wanted, true);
        ck_assert(take(descent, ")"));
        return value;
    }
    if (isdigit((unsigned char)*descent->at)) {
        char *end;
        double value = strtod(descent->at, &end);
        descent->at = end;
        return take(descent, "k") ? value * 1000.0 : value;
    }
    static const char *const names[] = {"aa", "bb", "cc", "zz"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct expression_use use = {.kind = EXPRESSION_NAME, .whole = word(names[i])};
        double value;
        if (take(descent, names[i]) && value_of(NULL, &use, &value) == EXPRESSION_KNOWN)
            return value;
    }
    size_t which = 0;
    while (!take(descent, function_text[which]))
        which++;
    ck_assert(take(descent, "("));
    double x = descend(descent, 0, wanted, true), y = 0.0;
    if (take(descent, ","))
        y = descend(descent, 0, wanted, true);
    ck_assert(take(descent, ")"));
    double value[] = {sqrt(x),       exp(x),        log(x), atan(x), floor(x), nearbyint(x),
                      x < y ? x : y, x > y ? x : y, x - y,  2 * x};
    return checked(descent, value[which], wanted);
}

static int level_of(const char *text)
{
    return strchr("|", *text) ? 1 : *text == '&' ? 2 : strchr("=!<>", *text) ? 3 : strchr("+-", *text) ? 4
           : *text == '^' || strcmp(text, "**") == 0                                              ? 6
                                                                                                  : 5;
}

static double apply(const char *text, double x, double y)
{
    switch (*text) {
    case '|': return x != 0.0 || y != 0.0;
    case '&': return x != 0.0 && y != 0.0;
    case '=': return x == y;
    case '!': return x != y;
    case '<': return text[1] == '=' ? x <= y : text[1] == '>' ? x != y : x < y;
    case '>': return text[1] == '=' ? x >= y : x > y;
    case '+': return x + y;
    case '-': return x - y;
    case '*': return text[1] == '*' ? pow(fabs(x), y) : x * y;
    case '/': return x / y;
    case '%': return x - y * trunc(x / y);
    case '\\': return trunc(fabs(x / y));
    default: return pow(fabs(x), y);
    }
}

/* The operator here, if it is of this level at least. */
static const char *peek(struct descent *descent, int level)
{
    const char *found = NULL;
    skip(descent);
    for (size_t i = 0; i < sizeof binary_text / sizeof *binary_text; i++) {
        size_t length = strlen(binary_text[i]);
        if (strncmp(descent->at, binary_text[i], length) == 0 && (!found || length > strlen(found)))
            found = binary_text[i];
    }
    return found && level_of(found) >= level ? found : NULL;
}

static double descend(struct descent *descent, int level, bool wanted, bool fresh)
{
    double x;
    const char *sign;
    if (fresh && take(descent, "-"))
        x = -descend(descent, 5, wanted, false);
    else
        x = level > 6 ? atom(descent, wanted) : descend(descent, level < 6 ? 6 : 7, wanted, false);
    while (level <= 6 && (sign = peek(descent, level > 1 ? level : 1)) != NULL) {
        descent->at += strlen(sign);
        bool needed = *sign == '|' ? x == 0.0 : *sign == '&' ? x != 0.0 : true;
        double y = descend(descent, level_of(sign) + 1, wanted && needed, false);
        x = checked(descent, apply(sign, x, y), wanted);
    }
    if (level == 0 && take(descent, "?")) {
        bool yes = x != 0.0;
        double a = descend(descent, 0, wanted && yes, false);
        ck_assert(take(descent, ":"));
        double b = descend(descent, 0, wanted && !yes, false);
        x = yes ? a : b;
    }
    return x;
}

START_TEST(random_expressions)
{
    struct random random = random_from(1);
    int finite = 0;
    for (int i = 0; i < 20000; i++) {
        char text[8192];
        struct diagnostics diagnostics = {0};
        generate(text, &random, 1 + i % 5);
        struct descent descent = {text, false};
        double expected = descend(&descent, 0, true, true), value = NAN;
        skip(&descent);
        ck_assert_msg(*descent.at == '\0', "%s: %s", text, descent.at);
        bool ok = evaluate(EXPRESSION_PARAMETER, word(text), &diagnostics, &value);
        ck_assert_msg(ok == !descent.failed, "%s: %s", text,
                      ok ? "has a value" : diagnostics.item[diagnostics.count - 1].message);
        ck_assert_msg(!ok || value == expected, "%s: %.17g, not %.17g", text, value, expected);
        finite += ok;
        diagnostics_free(&diagnostics);
    }
    ck_assert_int_gt(finite, 5000);
}
END_TEST

Suite *suite_random_expressions(void)
{
    Suite *suite = suite_create("random_expressions");
    TCase *tests = tcase_create("random");
    tcase_add_test(tests, random_functions);
    tcase_add_test(tests, random_expressions);
    suite_add_tcase(suite, tests);
    return suite;
}
