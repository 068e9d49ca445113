/* Expressions in numbers. */
#include "netlist/expression_run.h"

#include <math.h>
#include <stdio.h>

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

enum { TEXT = 300 };

/* Why a step has no finite result. x and y are what it took; the function's first arguments. */
static void tell_no_result(const struct expression_step *step, double x, double y, char text[TEXT])
{
    int length = shown(step->length);
    switch (step->kind) {
    case STEP_DIVIDE:
    case STEP_REMAINDER:
    case STEP_INTEGER_REMAINDER:
    case STEP_INTEGER_QUOTIENT:
        if (y == 0.0 || (step->kind == STEP_INTEGER_REMAINDER && fabs(y) < 1.0)) {
            snprintf(text, TEXT, "division by zero");
            return;
        }
        break;
    case STEP_CALL:
        if (step->count == 1)
            snprintf(text, TEXT, "%.*s(%g) is not a finite number", length, step->place, x);
        else if (step->count == 2)
            snprintf(text, TEXT, "%.*s(%g,%g) is not a finite number", length, step->place, x, y);
        else
            snprintf(text, TEXT, "%.*s(%g,%g,..) is not a finite number", length, step->place, x, y);
        return;
    case STEP_LOOK_UP:
        snprintf(text, TEXT, "%.*s(%g,%g,..) is not a finite number", length, step->place, x, y);
        return;
    default: break;
    }
    snprintf(text, TEXT, "%g %.*s %g is not a finite number", x, length, step->place, y);
}

static void no_result(const struct expression_step *step, double x, double y, struct diagnostics *diagnostics)
{
    char text[TEXT];
    tell_no_result(step, x, y, text);
    diagnose(diagnostics, ERROR_NOT_FINITE, step->place, step->length, "%s", text);
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

enum { NO_VALUE = 1, NO_RESULT };

struct evaluation {
    const struct expression *expression;
    const struct expression_scope *scope;
    struct diagnostics *diagnostics;
    const struct expression_step *step; /* NO_RESULT: which, and what it took */
    double x, y;
};

static void put_number(void *data, double number, void *value)
{
    (void)data;
    *(double *)value = number;
}

static int put_use(void *data, size_t use, void *value)
{
    const struct evaluation *evaluation = data;
    const struct expression_use *used = &evaluation->expression->use[use];
    return find(evaluation->scope, used, evaluation->diagnostics, value) ? 0 : NO_VALUE;
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

/* Take a result, of x and y. */
static int finish(struct evaluation *evaluation, const struct expression_step *step, double x, double y, double result,
                  double *value)
{
    *value = result;
    if (isfinite(result))
        return 0;
    evaluation->step = step;
    evaluation->x = x;
    evaluation->y = y;
    return NO_RESULT;
}

static int call(void *data, const struct expression_step *step, const void *argument, void *value)
{
    struct evaluation *evaluation = data;
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

/* ---- the algebra of numbers, some of which there are not ---------------------------------------------------------
 *
 * As in ngspice the second argument of max and min is passed over where it is not a number. */

struct loose {
    double value;
    const struct expression_step *step; /* where it became infinite or no number, or NULL */
    double x, y;                        /* what that step took */
};

static int refuse(const struct evaluation *evaluation, const struct loose *loose)
{
    no_result(loose->step, loose->x, loose->y, evaluation->diagnostics);
    return NO_VALUE;
}

static void put_loose_number(void *data, double number, void *value)
{
    (void)data;
    *(struct loose *)value = (struct loose){.value = number};
}

static int put_loose_use(void *data, size_t use, void *value)
{
    struct loose *loose = value;
    *loose = (struct loose){.value = 0};
    return put_use(data, use, &loose->value);
}

static int truth_of_loose(void *data, const void *x, bool *truth)
{
    const struct loose *loose = x;
    *truth = loose->value != 0.0;
    return loose->step ? refuse(data, loose) : 0;
}

static int negate_loose(void *data, const void *x, void *value)
{
    const struct loose *loose = x;
    (void)data;
    *(struct loose *)value = (struct loose){-loose->value, loose->step, loose->x, loose->y};
    return 0;
}

/* A result of operands [count]: what is no number stays so, and of infinite ones nothing is made. */
static int finish_loose(const struct evaluation *evaluation, const struct expression_step *step,
                        const struct loose *operand, size_t count, double result, struct loose *value)
{
    double x = operand[0].value, y = count > 1 ? operand[1].value : 0;
    for (size_t i = 0; i < count; i++) {
        if (!operand[i].step)
            continue;
        if (!isnan(operand[i].value) || !isnan(result))
            return refuse(evaluation, &operand[i]);
        *value = operand[i];
        return 0;
    }
    *value = (struct loose){result, isfinite(result) ? NULL : step, x, y};
    return 0;
}

static void choose_extreme(const struct evaluation *evaluation, const struct expression_step *step,
                           const struct loose *x, const struct loose *y, struct loose *value)
{
    bool is_max = step->function->kind == FUNCTION_MAX;
    struct loose first = *x, second = *y;
    char text[TEXT];
    if (!first.step && isnan(second.value)) {
        tell_no_result(second.step, second.x, second.y, text);
        diagnose(evaluation->diagnostics, WARNING_ARGUMENT_PASSED_OVER, second.step->place, second.step->length,
                 "%s: %.*s passes over it and is its first argument, %g, as in ngspice", text, shown(step->length),
                 step->place, first.value);
    }
    *value = (is_max ? second.value > first.value : second.value < first.value) ? second : first;
}

static int call_loose(void *data, const struct expression_step *step, const void *argument, void *value)
{
    const struct evaluation *evaluation = data;
    const struct loose *x = argument;
    double number[EXPRESSION_DEPTH];
    if (step->function->kind == FUNCTION_MAX || step->function->kind == FUNCTION_MIN) {
        choose_extreme(evaluation, step, &x[0], &x[1], value);
        return 0;
    }
    for (size_t i = 0; i < step->count; i++)
        number[i] = x[i].value;
    double result = function_value(step->function, number, step->count, evaluation->scope->random);
    return finish_loose(evaluation, step, x, step->count, result, value);
}

static int look_up_loose(void *data, const struct expression_step *step, const void *x, void *value)
{
    const struct loose *at = x;
    return finish_loose(data, step, at, 1, function_look_up(step->points, at->value), value);
}

static int binary_loose(void *data, const struct expression_step *step, const void *x, const void *y, void *value)
{
    const struct loose operand[] = {*(const struct loose *)x, *(const struct loose *)y};
    double result = expression_binary((enum step_kind)step->kind, operand[0].value, operand[1].value);
    return finish_loose(data, step, operand, 2, result, value);
}

static bool evaluate_loosely(struct evaluation *evaluation, double *value)
{
    static const struct expression_algebra loose = {sizeof(struct loose), put_loose_number, put_loose_use,
                                                    truth_of_loose, negate_loose, call_loose, look_up_loose,
                                                    binary_loose};
    struct loose stack[EXPRESSION_DEPTH];
    if (expression_run(evaluation->expression, &loose, evaluation, stack) != 0)
        return false;
    *value = stack[0].value;
    return !stack[0].step || refuse(evaluation, &stack[0]) == 0;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

bool expression_evaluate(const struct expression *expression, const struct expression_scope *scope,
                         struct diagnostics *diagnostics, double *value)
{
    static const struct expression_algebra numbers = {sizeof(double), put_number, put_use, truth_of, negate,
                                                      call, look_up, binary};
    struct evaluation evaluation = {.expression = expression, .scope = scope, .diagnostics = diagnostics};
    double stack[EXPRESSION_DEPTH], number;
    int status = expression_run(expression, &numbers, &evaluation, stack);
    if (status == 0) {
        *value = stack[0];
        return true;
    }
    if (status == NO_RESULT && scope->extremes_pass_over && !expression->draws) {
        if (!evaluate_loosely(&evaluation, &number))
            return false;
        *value = number;
        return true;
    }
    if (status == NO_RESULT)
        no_result(evaluation.step, evaluation.x, evaluation.y, diagnostics);
    return false;
}
