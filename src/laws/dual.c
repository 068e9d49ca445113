#include "laws/dual.h"

#include <float.h>
#include <math.h>

double dual_call_value(const struct expression_law *own, const struct expression_step *step, const double *argument)
{
    struct random random = random_from(own->random.state + (uint64_t)(step - own->expression.step));
    return function_value(step->function, argument, step->count, &random);
}

/* A function of several arguments, its derivative by small differences along the arguments' own. It only speeds up an
 * iteration. */
struct dual dual_call(const struct expression_law *own, const struct expression_step *step, const struct dual *argument)
{
    unsigned count = step->count;
    double here[EXPRESSION_DEPTH], above[EXPRESSION_DEPTH], below[EXPRESSION_DEPTH], most = 0, size = 1;
    for (unsigned q = 0; q < count; q++) {
        most = fmax(most, fabs(argument[q].d));
        size = fmax(size, fabs(argument[q].v));
    }
    double h = most > 0 ? cbrt(DBL_EPSILON) * (size < 1e3 ? 1 : size) / most : 0;
    for (unsigned q = 0; q < count; q++) {
        here[q] = argument[q].v;
        above[q] = argument[q].v + h * argument[q].d;
        below[q] = argument[q].v - h * argument[q].d;
    }
    struct dual value = {dual_call_value(own, step, here), 0};
    if (most > 0) {
        double up = dual_call_value(own, step, above), down = dual_call_value(own, step, below);
        value.d = isfinite(up) && isfinite(down) ? (up - down) / (2 * h)
                  : isfinite(up)                 ? (up - value.v) / h
                                                 : (value.v - down) / h;
    }
    return value;
}

static struct dual power(struct dual x, struct dual y, bool of_magnitude)
{
    double base = of_magnitude ? fabs(x.v) : x.v, value = pow(base, y.v);
    double d = x.d == 0 ? 0 : y.v * pow(base, y.v - 1) * (of_magnitude && x.v < 0 ? -x.d : x.d);
    if (y.d != 0)
        d += value * log(base) * y.d;
    return (struct dual){value, d};
}

struct dual dual_binary(enum step_kind kind, struct dual x, struct dual y)
{
    switch (kind) {
    case STEP_ADD: return (struct dual){x.v + y.v, x.d + y.d};
    case STEP_SUBTRACT: return (struct dual){x.v - y.v, x.d - y.d};
    case STEP_MULTIPLY: return (struct dual){x.v * y.v, x.d * y.v + x.v * y.d};
    case STEP_DIVIDE: return (struct dual){x.v / y.v, (x.d - x.v / y.v * y.d) / y.v};
    case STEP_REMAINDER: return (struct dual){x.v - y.v * trunc(x.v / y.v), x.d - y.d * trunc(x.v / y.v)};
    case STEP_INTEGER_REMAINDER: return (struct dual){fmod(floor(fabs(x.v)), floor(fabs(y.v))), 0};
    case STEP_INTEGER_QUOTIENT: return (struct dual){trunc(fabs(x.v / y.v)), 0};
    case STEP_POWER: return power(x, y, false);
    case STEP_MAGNITUDE_POWER: return power(x, y, true);
    case STEP_EQUAL: return (struct dual){x.v == y.v, 0};
    case STEP_UNEQUAL: return (struct dual){x.v != y.v, 0};
    case STEP_LESS: return (struct dual){x.v < y.v, 0};
    case STEP_LESS_EQUAL: return (struct dual){x.v <= y.v, 0};
    case STEP_GREATER: return (struct dual){x.v > y.v, 0};
    default: return (struct dual){x.v >= y.v, 0};
    }
}

enum dual_status dual_run(const struct expression *expression, const struct dual_algebra *algebra, void *data,
                          struct dual *value)
{
    struct dual stack[EXPRESSION_DEPTH], *top = stack;
    const struct expression_step *step = expression->step, *end = step + expression->steps;
    enum dual_status status = DUAL_OK;
    bool truth = false;
    for (; step < end && status == DUAL_OK; step++) {
        switch ((enum step_kind)step->kind) {
        case STEP_NUMBER: *top++ = (struct dual){step->number, 0}; break;
        case STEP_USE: *top++ = algebra->use(data, step->operand); break;
        case STEP_COPY: *top++ = stack[step->operand]; break;
        case STEP_LEAVE:
            top -= step->operand;
            top[-1] = top[step->operand - 1];
            break;
        case STEP_NEGATE: top[-1] = (struct dual){-top[-1].v, -top[-1].d}; break;
        case STEP_NOT:
        case STEP_TRUTH:
            status = algebra->truth(data, top[-1], &truth);
            top[-1] = (struct dual){truth == (step->kind == STEP_TRUTH), 0};
            break;
        case STEP_CALL:
            top -= step->count;
            status = algebra->call(data, step, top, top);
            top++;
            break;
        case STEP_JUMP: step = expression->step + step->operand - 1; break;
        case STEP_JUMP_UNLESS:
            status = algebra->truth(data, *--top, &truth);
            if (!truth)
                step = expression->step + step->operand - 1;
            break;
        case STEP_AND:
        case STEP_OR:
            status = algebra->truth(data, top[-1], &truth);
            if (truth == (step->kind == STEP_OR)) {
                top[-1] = (struct dual){truth, 0};
                step = expression->step + step->operand - 1;
            } else {
                top--;
            }
            break;
        default:
            top--;
            status = algebra->binary(data, step->kind, top[-1], top[0], &top[-1]);
        }
    }
    *value = stack[0];
    return status;
}
