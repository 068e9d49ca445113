/* Expressions in numbers. */
#include "netlist/expression_run.h"

#include <math.h>

/* ---- failures ---- */

enum { NAME_SHOWN = 80 };

static int shown(size_t length)
{
    return length < NAME_SHOWN ? (int)length : NAME_SHOWN;
}

static void unknown(const struct expression_scope *scope, const struct expression_use *use,
                    struct diagnostics *diagnostics)
{
    const char *nearest = scope->nearest ? scope->nearest(scope->data, use) : NULL;
    int length = shown(use->whole.length);
    if (nearest)
        diagnose(diagnostics, ERROR_UNKNOWN_NAME, use->whole.text, use->whole.length,
                 "%.*s is unknown; did you mean %s?", length, use->whole.text, nearest);
    else
        diagnose(diagnostics, ERROR_UNKNOWN_NAME, use->whole.text, use->whole.length, "%.*s is unknown", length,
                 use->whole.text);
}

/* Take the value of what is used; false when there is none. */
static bool find(const struct expression_scope *scope, const struct expression_use *use,
                 struct diagnostics *diagnostics, double *value)
{
    enum expression_answer answer = scope->value ? scope->value(scope->data, use, value) : EXPRESSION_UNKNOWN;
    if (answer == EXPRESSION_UNKNOWN)
        unknown(scope, use, diagnostics);
    if (answer != EXPRESSION_KNOWN)
        return false;
    if (isfinite(*value))
        return true;
    diagnose(diagnostics, ERROR_NOT_FINITE, use->whole.text, use->whole.length, "%.*s is not finite",
             shown(use->whole.length), use->whole.text);
    return false;
}

/* Say why a step has no finite result. x and y are what it took; the function's first arguments. */
static void no_result(const struct expression_step *step, double x, double y, struct diagnostics *diagnostics)
{
    int length = shown(step->length);
    switch (step->kind) {
    case STEP_DIVIDE:
    case STEP_REMAINDER:
    case STEP_INTEGER_REMAINDER:
    case STEP_INTEGER_QUOTIENT:
        if (y == 0.0 || (step->kind == STEP_INTEGER_REMAINDER && fabs(y) < 1.0)) {
            diagnose(diagnostics, ERROR_NOT_FINITE, step->place, step->length, "division by zero");
            return;
        }
        break;
    case STEP_CALL:
        if (step->count == 1)
            diagnose(diagnostics, ERROR_NOT_FINITE, step->place, step->length, "%.*s(%g) is not a finite number",
                     length, step->place, x);
        else if (step->count == 2)
            diagnose(diagnostics, ERROR_NOT_FINITE, step->place, step->length, "%.*s(%g,%g) is not a finite number",
                     length, step->place, x, y);
        else
            diagnose(diagnostics, ERROR_NOT_FINITE, step->place, step->length, "%.*s(%g,%g,..) is not a finite number",
                     length, step->place, x, y);
        return;
    case STEP_LOOK_UP:
        diagnose(diagnostics, ERROR_NOT_FINITE, step->place, step->length, "%.*s(%g,%g,..) is not a finite number",
                 length, step->place, x, y);
        return;
    default: break;
    }
    diagnose(diagnostics, ERROR_NOT_FINITE, step->place, step->length, "%g %.*s %g is not a finite number", x, length,
             step->place, y);
}

/* ---- operations ---- */

double expression_binary(enum step_kind kind, double x, double y)
{
    switch (kind) {
    case STEP_ADD: return x + y;
    case STEP_SUBTRACT: return x - y;
    case STEP_MULTIPLY: return x * y;
    case STEP_DIVIDE: return x / y;
    case STEP_REMAINDER: return x - y * trunc(x / y);
    case STEP_INTEGER_REMAINDER: return fmod(floor(fabs(x)), floor(fabs(y)));
    case STEP_INTEGER_QUOTIENT: return trunc(fabs(x / y));
    case STEP_POWER: return pow(x, y);
    case STEP_MAGNITUDE_POWER: return pow(fabs(x), y);
    case STEP_EQUAL: return x == y;
    case STEP_UNEQUAL: return x != y;
    case STEP_LESS: return x < y;
    case STEP_LESS_EQUAL: return x <= y;
    case STEP_GREATER: return x > y;
    default: return x >= y; /* STEP_GREATER_EQUAL */
    }
}

/* ---- the algebra of numbers -------------------------------------------------------------------------------------- */

struct evaluation {
    const struct expression *expression;
    const struct expression_scope *scope;
    struct diagnostics *diagnostics;
};

static void put_number(void *data, double number, void *value)
{
    (void)data;
    *(double *)value = number;
}

static int put_use(void *data, size_t use, void *value)
{
    const struct evaluation *evaluation = data;
    return !find(evaluation->scope, &evaluation->expression->use[use], evaluation->diagnostics, value);
}

static int truth_of(void *data, const void *x, bool *truth)
{
    (void)data;
    *truth = *(const double *)x != 0.0;
    return 0;
}

static int negate(void *data, const void *x, void *value)
{
    (void)data;
    *(double *)value = -*(const double *)x;
    return 0;
}

/* Take a result, of x and y; complain of one that is not finite. */
static int finish(const struct evaluation *evaluation, const struct expression_step *step, double x, double y,
                  double result, double *value)
{
    *value = result;
    if (isfinite(result))
        return 0;
    no_result(step, x, y, evaluation->diagnostics);
    return 1;
}

static int call(void *data, const struct expression_step *step, const void *argument, void *value)
{
    const struct evaluation *evaluation = data;
    const double *x = argument;
    double result = function_value(step->function, x, step->count, evaluation->scope->random);
    return finish(evaluation, step, x[0], step->count > 1 ? x[1] : 0.0, result, value);
}

static int look_up(void *data, const struct expression_step *step, const void *x, void *value)
{
    double at = *(const double *)x;
    return finish(data, step, at, step->points->point[0], function_look_up(step->points, at), value);
}

static int binary(void *data, const struct expression_step *step, const void *x, const void *y, void *value)
{
    double a = *(const double *)x, b = *(const double *)y;
    return finish(data, step, a, b, expression_binary((enum step_kind)step->kind, a, b), value);
}

bool expression_evaluate(const struct expression *expression, const struct expression_scope *scope,
                         struct diagnostics *diagnostics, double *value)
{
    static const struct expression_algebra numbers = {sizeof(double), put_number, put_use, truth_of, negate,
                                                      call, look_up, binary};
    struct evaluation evaluation = {expression, scope, diagnostics};
    double stack[EXPRESSION_DEPTH];
    if (expression_run(expression, &numbers, &evaluation, stack) != 0)
        return false;
    *value = stack[0];
    return true;
}
