/* Expressions at their limits: deep and long ones, texts changed at random, memory that runs out. */
#include "expression_values.h"
#include "expressions.h"
#include "fail_alloc.h"
#include "suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- large ones ---- */

/* `before` count times, middle, `after` count times. */
static char *nested(const char *before, const char *middle, const char *after, size_t count)
{
    size_t left = strlen(before), right = strlen(after), size = (left + right) * count + strlen(middle) + 1;
    char *text = malloc(size), *at = text;
    for (size_t i = 0; i < count; i++, at += left)
        memcpy(at, before, left);
    at = stpcpy(at, middle);
    for (size_t i = 0; i < count; i++, at += right)
        memcpy(at, after, right);
    *at = '\0';
    return text;
}

START_TEST(nesting_has_no_end)
{
    enum { COUNT = 100000 };
    static const struct {
        const char *before, *middle, *after;
        double value;
        const char *message; /* NULL: the value */
    } table[] = {
        {"(", "1", ")", 1.0, NULL},
        {"-", "1", "", 1.0, NULL},
        {"!", "0", "", 0.0, NULL},
        {"", "1", "+1", COUNT + 1, NULL},
        {"0?1:", "2", "", 2.0, NULL},
        {"1?", "2", ":3", 2.0, NULL},
        {"1&&", "2", "", 1.0, NULL},
        {"abs(", "-1", ")", 1.0, NULL},
        {"ff(", "0", ")", 0.0, NULL},
        {"ternary_fcn(1,", "4", ",3)", 4.0, NULL},
        {"1+(", "1", ")", 0.0, "the expression is nested too deeply"},
        {"max(1,", "1", ")", 0.0, "the expression is nested too deeply"},
        {"(", "1", "", 0.0, "the parenthesis is not closed"},
        {"abs(", "", "", 0.0, "the parenthesis of `abs(` is not closed"},
        {"", "1", ")", 0.0, "`)` without `(`"},
        {"", "max(1", ",1", 0.0, "the expression is nested too deeply"},
        {"", "ternary_fcn(1", ",1", 0.0, "the expression is nested too deeply"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct diagnostics diagnostics = {0};
        char *text = nested(table[i].before, table[i].middle, table[i].after, COUNT);
        double value = NAN;
        bool ok = evaluate(EXPRESSION_PARAMETER, word(text), &diagnostics, &value);
        if (table[i].message)
            ck_assert_str_eq(diagnostics.item[0].message, table[i].message);
        else
            ck_assert_msg(ok && value == table[i].value, "%zu: %g", i, value);
        diagnostics_free(&diagnostics);
        free(text);
    }
}
END_TEST

/* f1 calls f0 twice, f2 calls f1 twice, and so on. */
static struct expression_function chain[200];
static char chain_text[200][2][32];

static const struct expression_function *chain_of(void *data, const char *text, size_t length)
{
    (void)data;
    size_t number = (size_t)atoi(text + 1);
    return length > 1 && *text == 'f' && number < 200 ? &chain[number] : NULL;
}

START_TEST(functions_that_grow_without_end)
{
    static const char *const expected[] = {"the functions called here make the expression too long",
                                           "functions call each other more than 100 deep"};
    struct expression_syntax syntax = {.function = chain_of};
    for (size_t kind = 0; kind < 2; kind++) {
        struct diagnostics diagnostics = {0};
        struct arena arena = {0};
        struct expression expression;
        for (int i = 0; i < 200; i++) {
            snprintf(chain_text[i][0], 32, "f%d", i);
            snprintf(chain_text[i][1], 32, i == 0 ? "1" : kind == 0 ? "f%d()+f%d()" : "f%d()", i - 1, i - 1);
            chain[i] = (struct expression_function){word(chain_text[i][0]), NULL, 0, word(chain_text[i][1])};
        }
        struct expression_word call = word(kind == 0 ? "f60()" : "f150()");
        ck_assert_int_eq(expression_compile(&expression, &syntax, call, &arena, &diagnostics), EXPRESSION_WRONG);
        ck_assert_str_eq(diagnostics.item[0].message, expected[kind]);
        diagnostics_free(&diagnostics);
        ck_assert_int_eq(expression_compile(&expression, &syntax, word("f10()"), &arena, &diagnostics), EXPRESSION_OK);
        double value;
        ck_assert(expression_evaluate(&expression, &scope, &diagnostics, &value));
        ck_assert_double_eq(value, kind == 0 ? 1024.0 : 1.0);
        arena_free(&arena);
    }
}
END_TEST

/* ---- mutations ---- */

static const char *seed_text(struct random *random, enum expression_language *language)
{
    static const struct {
        const struct row *row;
        size_t count;
    } table[] = {{parameter_table, sizeof parameter_table / sizeof(struct row)},
                 {vector_table, sizeof vector_table / sizeof(struct row)},
                 {behaviour_table, sizeof behaviour_table / sizeof(struct row)},
                 {own_table, sizeof own_table / sizeof(struct row)}};
    unsigned which = pick(random, 4);
    *language = which == 3 ? EXPRESSION_PARAMETER : (enum expression_language)which;
    return table[which].row[pick(random, (unsigned)table[which].count)].text;
}

/* Put together pieces of two texts, then change some bytes. Returns the length. */
static size_t mutate(char *text, struct random *random, enum expression_language *language)
{
    static const char alphabet[] = "()()(),,?::+-*/%\\^!~<>=&|'@[].#0123456789 \n\r\t+*;$ae_kv\xc3\xb5\x01{}\"";
    enum expression_language other;
    const char *a = seed_text(random, language), *b = seed_text(random, &other);
    size_t length_a = pick(random, (unsigned)strlen(a) + 1), skip_b = pick(random, (unsigned)strlen(b) + 1);
    memcpy(text, a, length_a);
    size_t length = (size_t)(stpcpy(text + length_a, b + skip_b) - text);
    for (unsigned changes = pick(random, 4); changes > 0 && length > 0; changes--)
        text[pick(random, (unsigned)length)] = alphabet[pick(random, sizeof alphabet)];
    return length;
}

START_TEST(mutations_end_well)
{
    struct random random = random_from(2);
    for (int i = 0; i < 10000; i++) {
        char text[256];
        struct diagnostics diagnostics = {0};
        enum expression_language language;
        size_t length = mutate(text, &random, &language);
        char *exact = malloc(length + 1); /* without a NUL behind it, for the sanitizer; one byte to point to */
        memcpy(exact, text, length);
        double value = NAN;
        bool ok = evaluate(language, (struct expression_word){exact, length}, &diagnostics, &value);
        ck_assert_msg(ok ? isfinite(value) : diagnostics.errors == 1, "%.*s", (int)length, text);
        for (size_t n = 0; n < diagnostics.count; n++) {
            const char *place = diagnostics.item[n].place;
            if (diagnostics.item[n].severity == SEVERITY_ERROR && place >= exact && place <= exact + length)
                ck_assert_uint_le((size_t)(place - exact) + diagnostics.item[n].length, length + 1);
        }
        diagnostics_free(&diagnostics);
        free(exact);
    }
}
END_TEST

/* ---- memory ---- */

START_TEST(memory_may_run_out)
{
    static const char text[] = "1+ff(gg(aa,v(nx))*2)+max(3,"
                               "((((((((((((((((((((((((((((((((((((((((5)))))))))))))))))))))))))))))))))))))))))";
    struct expression_syntax syntax = syntax_of(EXPRESSION_VECTOR);
    for (long n = 0, failed = 1; failed; n++) {
        struct diagnostics diagnostics = {0};
        struct expression expression;
        struct arena arena = {0};
        double value = 0.0;
        fail_alloc_after(n);
        enum expression_status status = expression_compile(&expression, &syntax, word(text), &arena, &diagnostics);
        bool ok = status == EXPRESSION_OK && expression_evaluate(&expression, &scope, &diagnostics, &value);
        failed = fail_alloc_off();
        ck_assert_int_eq(status, failed ? EXPRESSION_NO_MEMORY : EXPRESSION_OK);
        ck_assert(failed || (ok && value == 6.0));
        ck_assert_uint_eq(diagnostics.count, 0);
        arena_free(&arena);
        diagnostics_free(&diagnostics);
    }
}
END_TEST

START_TEST(evaluation_allocates_nothing)
{
    struct expression_syntax syntax = syntax_of(EXPRESSION_VECTOR);
    struct diagnostics diagnostics = {0};
    struct expression expression;
    struct arena arena = {0};
    double value = 0.0;
    struct expression_word source = word("nx>1 ? ff(max(v(nx),i(vx)))^2 : table(nx,1,2,3,4)");
    ck_assert_int_eq(expression_compile(&expression, &syntax, source, &arena, &diagnostics), EXPRESSION_OK);
    fail_alloc_after(0);
    bool ok = expression_evaluate(&expression, &scope, &diagnostics, &value);
    long count = fail_alloc_count();
    fail_alloc_off();
    ck_assert(ok && value == 16.0);
    ck_assert_int_eq(count, 0);
    arena_free(&arena);
}
END_TEST

/* Without memory for its diagnostic a mistake still ends in EXPRESSION_WRONG. */
START_TEST(mistakes_without_memory)
{
    struct expression_syntax syntax = syntax_of(EXPRESSION_PARAMETER);
    for (long n = 0, failed = 1; failed; n++) {
        struct diagnostics diagnostics = {0};
        struct expression expression;
        struct arena arena = {0};
        fail_alloc_after(n);
        enum expression_status status =
            expression_compile(&expression, &syntax, word("1+sqrtt(2)"), &arena, &diagnostics);
        failed = fail_alloc_off();
        ck_assert_int_ne(status, EXPRESSION_OK);
        ck_assert(status == EXPRESSION_NO_MEMORY || diagnostics.errors == 1 || diagnostics.out_of_memory);
        arena_free(&arena);
        diagnostics_free(&diagnostics);
    }
}
END_TEST

Suite *suite_expression_limits(void)
{
    Suite *suite = suite_create("expression_limits");
    TCase *tests = tcase_create("large");
    tcase_add_test(tests, nesting_has_no_end);
    tcase_add_test(tests, functions_that_grow_without_end);
    tcase_add_test(tests, mutations_end_well);
    suite_add_tcase(suite, tests);

    tests = tcase_create("memory");
    tcase_add_test(tests, memory_may_run_out);
    tcase_add_test(tests, evaluation_allocates_nothing);
    tcase_add_test(tests, mistakes_without_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
