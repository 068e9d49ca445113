/* The one interpreter of the postfix code, over an algebra: numbers, gradients, enclosures.
 *
 * It is inlined into its callers, so that an algebra known when they are compiled costs no indirect calls. */
#ifndef OPSPICE_EXPRESSION_RUN_H
#define OPSPICE_EXPRESSION_RUN_H

#include "netlist/expression.h"
#include "netlist/expression_code.h"
#include <string.h>

/* What steps do with elements of `size` bytes; data is the caller's. A status other than 0 is the algebra's own, and
 * ends the run. value may lie where the first operand does. */
struct expression_algebra {
    size_t size;
    void (*number)(void *data, double number, void *value);
    int (*use)(void *data, size_t use, void *value);
    int (*truth)(void *data, const void *x, bool *truth); /* is it another one than 0? */
    int (*negate)(void *data, const void *x, void *value);
    int (*call)(void *data, const struct expression_step *step, const void *argument, void *value);
    int (*look_up)(void *data, const struct expression_step *step, const void *x, void *value);
    int (*binary)(void *data, const struct expression_step *step, const void *x, const void *y, void *value);
};

/* Run the expression on a stack of EXPRESSION_DEPTH elements, the first of which is its value afterwards. Returns 0 or
 * the status that ended it. */
static inline __attribute__((always_inline)) int expression_run(const struct expression *expression,
                                                                const struct expression_algebra *algebra, void *data,
                                                                void *stack)
{
    const size_t size = algebra->size;
    const struct expression_step *step = expression->step, *end = step + expression->steps;
    char *top = stack; /* behind the last value */
    int status = 0;
    bool truth = false;
    for (; step < end; step++) {
        switch ((enum step_kind)step->kind) {
        case STEP_NUMBER:
            algebra->number(data, step->number, top);
            top += size;
            continue;
        case STEP_USE:
            status = algebra->use(data, step->operand, top);
            top += size;
            break;
        case STEP_COPY:
            memcpy(top, (char *)stack + step->operand * size, size);
            top += size;
            continue;
        case STEP_LEAVE:
            top -= step->operand * size;
            memcpy(top - size, top + (step->operand - 1) * size, size);
            continue;
        case STEP_NEGATE:
            status = algebra->negate(data, top - size, top - size);
            break;
        case STEP_NOT:
        case STEP_TRUTH:
            status = algebra->truth(data, top - size, &truth);
            algebra->number(data, truth == (step->kind == STEP_TRUTH), top - size);
            break;
        case STEP_CALL:
            top -= step->count * size;
            status = algebra->call(data, step, top, top);
            top += size;
            break;
        case STEP_LOOK_UP:
            status = algebra->look_up(data, step, top - size, top - size);
            break;
        case STEP_JUMP:
            step = expression->step + step->operand - 1;
            continue;
        case STEP_JUMP_UNLESS:
            top -= size;
            status = algebra->truth(data, top, &truth);
            if (!truth)
                step = expression->step + step->operand - 1;
            break;
        case STEP_AND:
        case STEP_OR:
            status = algebra->truth(data, top - size, &truth);
            if (truth == (step->kind == STEP_OR)) { /* the TRUTH before where it leads is passed over */
                algebra->number(data, truth, top - size);
                step = expression->step + step->operand - 1;
            } else {
                top -= size;
            }
            break;
        default:
            top -= size;
            status = algebra->binary(data, step, top - size, top, top - size);
        }
        if (status != 0)
            return status;
    }
    return 0;
}

#endif
