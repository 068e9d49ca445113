/* The postfix code of an expression: what the compiler writes and the evaluator runs. */
#ifndef OPSPICE_EXPRESSION_CODE_H
#define OPSPICE_EXPRESSION_CODE_H

#include "netlist/functions.h"

/* Values lie on a stack, whose height before each step is known when it is compiled. */
enum step_kind {
    STEP_NUMBER, /* push number */
    STEP_USE,    /* push the value of use[operand] */
    STEP_COPY,   /* push what lies at stack[operand]: an argument */
    STEP_LEAVE,  /* of a function's arguments and its value keep the value: drop the `operand` below the top */

    /* Two values become one. */
    STEP_ADD,
    STEP_SUBTRACT,
    STEP_MULTIPLY,
    STEP_DIVIDE,
    STEP_REMAINDER,         /* x - y trunc(x/y) */
    STEP_INTEGER_REMAINDER, /* of floor|x| by floor|y| */
    STEP_INTEGER_QUOTIENT,  /* trunc|x/y| */
    STEP_POWER,
    STEP_MAGNITUDE_POWER, /* |x| to the power y */
    STEP_EQUAL,
    STEP_UNEQUAL,
    STEP_LESS,
    STEP_LESS_EQUAL,
    STEP_GREATER,
    STEP_GREATER_EQUAL,

    /* One becomes one. */
    STEP_NEGATE,
    STEP_NOT,
    STEP_TRUTH, /* x != 0 */

    STEP_CALL,    /* the last `count` values become function's */
    STEP_LOOK_UP, /* x becomes its value through points */

    /* To step[operand], which is further on. */
    STEP_JUMP,
    STEP_JUMP_UNLESS, /* pop; jump when it is 0 */
    STEP_AND,         /* jump when the top is 0, else pop it */
    STEP_OR           /* jump when the top is not 0, else pop it */
};

struct expression_step {
    uint16_t kind;   /* enum step_kind */
    uint16_t count;  /* STEP_CALL: arguments */
    uint32_t length; /* of the operation in the text, at place */
    union {
        const char *place;
        double number;
    };
    union {
        size_t operand;
        const struct function *function;      /* STEP_CALL */
        const struct function_points *points; /* STEP_LOOK_UP */
    };
};

/* What STEP_ADD to STEP_GREATER_EQUAL make of two numbers. */
double expression_binary(enum step_kind kind, double x, double y);

#endif
