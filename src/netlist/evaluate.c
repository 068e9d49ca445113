#include "netlist/expression_code.h"

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
        diagnose(diagnostics, SEVERITY_ERROR, use->whole.text, use->whole.length, "%.*s is unknown; did you mean %s?",
                 length, use->whole.text, nearest);
    else
        diagnose(diagnostics, SEVERITY_ERROR, use->whole.text, use->whole.length, "%.*s is unknown", length,
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
    diagnose(diagnostics, SEVERITY_ERROR, use->whole.text, use->whole.length, "%.*s is not finite",
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
            diagnose(diagnostics, SEVERITY_ERROR, step->place, step->length, "division by zero");
            return;
        }
        break;
    case STEP_CALL:
        if (step->count == 1)
            diagnose(diagnostics, SEVERITY_ERROR, step->place, step->length, "%.*s(%g) is not a finite number", length,
                     step->place, x);
        else if (step->count == 2)
            diagnose(diagnostics, SEVERITY_ERROR, step->place, step->length, "%.*s(%g,%g) is not a finite number",
                     length, step->place, x, y);
        else
            diagnose(diagnostics, SEVERITY_ERROR, step->place, step->length, "%.*s(%g,%g,..) is not a finite number",
                     length, step->place, x, y);
        return;
    default: break;
    }
    diagnose(diagnostics, SEVERITY_ERROR, step->place, step->length, "%g %.*s %g is not a finite number", x, length,
             step->place, y);
}

/* ---- operations ---- */

static double binary_value(enum step_kind kind, double x, double y)
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

bool expression_evaluate(const struct expression *expression, const struct expression_scope *scope,
                         struct diagnostics *diagnostics, double *value)
{
    double stack[EXPRESSION_DEPTH];
    double *top = stack; /* behind the last value */
    const struct expression_step *step = expression->step, *end = step + expression->steps;
    while (step < end) {
        double x, y;
        switch ((enum step_kind)step->kind) {
        case STEP_NUMBER: *top++ = step->number; break;
        case STEP_USE:
            if (!find(scope, &expression->use[step->operand], diagnostics, top))
                return false;
            top++;
            break;
        case STEP_COPY: *top++ = stack[step->operand]; break;
        case STEP_LEAVE:
            top -= step->operand;
            top[-1] = top[step->operand - 1];
            break;
        case STEP_NEGATE: top[-1] = -top[-1]; break;
        case STEP_NOT: top[-1] = top[-1] == 0.0; break;
        case STEP_TRUTH: top[-1] = top[-1] != 0.0; break;
        case STEP_CALL:
            top -= step->count;
            x = top[0];
            y = step->count > 1 ? top[1] : 0.0;
            *top = function_value(step->function, top, step->count, scope->random);
            if (!isfinite(*top)) {
                no_result(step, x, y, diagnostics);
                return false;
            }
            top++;
            break;
        case STEP_JUMP: step = expression->step + step->operand; continue;
        case STEP_JUMP_UNLESS:
            if (*--top == 0.0) {
                step = expression->step + step->operand;
                continue;
            }
            break;
        case STEP_AND:
        case STEP_OR:
            if ((top[-1] != 0.0) == (step->kind == STEP_OR)) {
                /* The TRUTH before where it leads is passed over. */
                top[-1] = step->kind == STEP_OR;
                step = expression->step + step->operand;
                continue;
            }
            top--;
            break;
        default:
            y = *--top;
            x = top[-1];
            top[-1] = binary_value((enum step_kind)step->kind, x, y);
            if (!isfinite(top[-1])) {
                no_result(step, x, y, diagnostics);
                return false;
            }
        }
        step++;
    }
    *value = top[-1];
    return true;
}
