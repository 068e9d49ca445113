/* An element is a constant and gains: x[0], x[1 .. n]. What is no straight line ends the run. */
#include "laws/affine.h"

#include "laws/gradient.h"
#include "netlist/expression_run.h"
#include "util/array.h"
#include <math.h>
#include <stdlib.h>

struct affine_run {
    const struct control_law *law;
    size_t n;
};

static bool is_constant(const struct affine_run *run, const double *x)
{
    for (size_t k = 1; k <= run->n; k++)
        if (x[k] != 0)
            return false;
    return true;
}

static void put_number(void *data, double number, void *value)
{
    const struct affine_run *run = data;
    double *x = value;
    x[0] = number;
    for (size_t k = 1; k <= run->n; k++)
        x[k] = 0;
}

static int put_use(void *data, size_t use, void *value)
{
    const struct affine_run *run = data;
    uint32_t control = run->law->expression.control[use];
    double *x = value;
    put_number(data, control == CONTROL_NONE ? run->law->expression.constant[use] : 0, x);
    if (control != CONTROL_NONE)
        x[1 + control] = 1;
    return 0;
}

static int truth_of(void *data, const void *x, bool *truth)
{
    *truth = *(const double *)x != 0;
    return is_constant(data, x) ? AFFINE_LINE : AFFINE_CURVED;
}

static int combine(const struct affine_run *run, double p, const double *x, double q, const double *y, double *value)
{
    for (size_t k = 0; k <= run->n; k++)
        value[k] = p * x[k] + (y ? q * y[k] : 0);
    return AFFINE_LINE;
}

static int negate(void *data, const void *x, void *value)
{
    return combine(data, -1, x, 0, NULL, value);
}

static int constant(void *data, double number, void *value)
{
    put_number(data, number, value);
    return isfinite(number) ? AFFINE_LINE : AFFINE_NO_VALUE;
}

static int call(void *data, const struct expression_step *step, const void *arguments, void *value)
{
    const struct affine_run *run = data;
    const double *x = arguments;
    double number[EXPRESSION_DEPTH];
    for (unsigned q = 0; q < step->count; q++) {
        number[q] = x[q * (1 + run->n)];
        if (!is_constant(run, &x[q * (1 + run->n)]))
            return AFFINE_CURVED;
    }
    return constant(data, expression_call(run->law->expression.code, run->law->expression.random, step, number), value);
}

static int look_up(void *data, const struct expression_step *step, const void *x, void *value)
{
    if (!is_constant(data, x))
        return AFFINE_CURVED;
    return constant(data, function_look_up(step->points, *(const double *)x), value);
}

static int divide(const struct affine_run *run, const double *x, double by, double *value)
{
    for (size_t k = 0; k <= run->n; k++)
        value[k] = x[k] / by;
    return by == 0 ? AFFINE_NO_VALUE : AFFINE_LINE;
}

static int binary(void *data, const struct expression_step *step, const void *left, const void *right, void *value)
{
    const struct affine_run *run = data;
    const double *x = left, *y = right;
    bool x_is_constant = is_constant(run, x), y_is_constant = is_constant(run, y);
    if (x_is_constant && y_is_constant)
        return constant(data, expression_binary(step->kind, x[0], y[0]), value);
    switch ((enum step_kind)step->kind) {
    case STEP_ADD: return combine(run, 1, x, 1, y, value);
    case STEP_SUBTRACT: return combine(run, 1, x, -1, y, value);
    case STEP_MULTIPLY:
        if (x_is_constant)
            return combine(run, x[0], y, 0, NULL, value);
        return y_is_constant ? combine(run, y[0], x, 0, NULL, value) : AFFINE_CURVED;
    case STEP_DIVIDE: return y_is_constant ? divide(run, x, y[0], value) : AFFINE_CURVED;
    default: return AFFINE_CURVED;
    }
}

enum affine affine_read(const struct control_law *law, size_t n, double *line)
{
    const struct expression_algebra forms = {(1 + n) * sizeof(double), put_number, put_use, truth_of,
                                             negate, call, look_up, binary};
    struct affine_run run = {law, n};
    double *stack = array_new(EXPRESSION_DEPTH, forms.size);
    if (!stack)
        return AFFINE_NO_MEMORY;
    enum affine found = (enum affine)expression_run(law->expression.code, &forms, &run, stack);
    for (size_t k = 0; found == AFFINE_LINE && k <= n; k++) {
        line[k] = stack[k];
        found = isfinite(line[k]) ? AFFINE_LINE : AFFINE_CURVED;
    }
    free(stack);
    return found;
}
