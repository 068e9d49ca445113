#include "expressions.h"

#include "assertions.h"
#include <math.h>
#include <string.h>

struct expression_word word(const char *text)
{
    return (struct expression_word){text, strlen(text)};
}

bool is(struct expression_word a, const char *name)
{
    return a.length == strlen(name) && (a.length == 0 || strncasecmp(a.text, name, a.length) == 0);
}

static const struct {
    const char *name;
    double value;
} parameters[] = {{"aa", 2.0}, {"bb", 3.0}, {"cc", -4.0}, {"zz", 0.0}, {"a.b", 5.0}, {"a[1]", 6.0}, {"nx", 2.0},
                  {"ny", -4.0}, {"vx#branch", -2.0}, {"huge", INFINITY}};

enum expression_answer value_of(void *data, const struct expression_use *use, double *value)
{
    (void)data;
    *value = 0.0;
    switch (use->kind) {
    case EXPRESSION_NAME:
        for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
            *value = parameters[i].value;
            if (is(use->whole, parameters[i].name))
                return EXPRESSION_KNOWN;
        }
        return is(use->whole, "silent") ? EXPRESSION_FAILED : EXPRESSION_UNKNOWN;
    case EXPRESSION_WHOLE:
    case EXPRESSION_ELEMENT: return EXPRESSION_UNKNOWN; /* only where the syntax has such */
    case EXPRESSION_VOLTAGE:
        *value = is(use->a, "nx") ? 2.0 : is(use->a, "ny") ? -4.0 : is(use->a, "net-(r1-pad1)") ? 7.0 : 100.0;
        if (is(use->b, "ny"))
            *value += 4.0;
        return EXPRESSION_KNOWN;
    case EXPRESSION_CURRENT: *value = is(use->a, "vx") && use->b.length == 0 ? -2.0 : 100.0; return EXPRESSION_KNOWN;
    case EXPRESSION_POWER: *value = is(use->a, "r1") ? 4.0 : 100.0; return EXPRESSION_KNOWN;
    case EXPRESSION_DEVICE:
        *value = is(use->a, "r1") && is(use->b, "i") ? 2.0 : is(use->a, "r[3]") && is(use->b, "p") ? 8.0 : 100.0;
        return EXPRESSION_KNOWN;
    }
    return EXPRESSION_UNKNOWN;
}

unsigned pick(struct random *random, unsigned count)
{
    return (unsigned)((random_uniform(random) + 1.0) * 0.5 * count);
}

static const char *nearest(void *data, const struct expression_use *use)
{
    (void)data;
    return *use->whole.text == 'a' ? "aa" : NULL;
}

#define WORDS(...) (const struct expression_word[]) {__VA_ARGS__}
#define X          {"x", 1}
#define Y          {"y", 1}
#define BODY(text) {text, sizeof text - 1}

static const struct expression_function functions[] = {
    {{"ff", 2}, WORDS(X), 1, BODY("2*x")},
    {{"gg", 2}, WORDS(X, Y), 2, BODY("x-y")},
    {{"five", 4}, NULL, 0, BODY("aa+bb")},
    {{"u", 1}, WORDS(X), 1, BODY("x+100")},
    {{"pick", 4}, WORDS(X, Y), 2, BODY("x > 0 ? gg(y, ff(x)) : max(X, gg(Y, y))")},
    {{"loop1", 5}, WORDS(X), 1, BODY("loop2(x)+1")},
    {{"loop2", 5}, WORDS(X), 1, BODY("1+loop1(x)")},
    {{"wrong", 5}, WORDS(X), 1, BODY("x+")},
    {{"bad", 3}, WORDS(X), 1, BODY("1/x")},
    {{"empty", 5}, WORDS(X), 1, BODY(" ")},
};

static const struct expression_function *function_of(void *data, const char *text, size_t length)
{
    (void)data;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (is((struct expression_word){text, length}, functions[i].name.text))
            return &functions[i];
    }
    return NULL;
}

struct expression_syntax syntax_of(enum expression_language language)
{
    return (struct expression_syntax){.language = language, .function = function_of};
}

const struct expression_scope scope = {.value = value_of, .nearest = nearest};

bool evaluate(enum expression_language language, struct expression_word source, struct diagnostics *diagnostics,
              double *value)
{
    struct expression_syntax syntax = syntax_of(language);
    struct expression expression;
    struct arena arena = {0};
    enum expression_status status = expression_compile(&expression, &syntax, source, &arena, diagnostics);
    ck_assert_int_ne(status, EXPRESSION_NO_MEMORY);
    ck_assert_int_eq(status == EXPRESSION_OK, diagnostics->errors == 0);
    bool ok = status == EXPRESSION_OK && expression_evaluate(&expression, &scope, diagnostics, value);
    arena_free(&arena);
    return ok;
}

