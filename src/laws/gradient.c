/* An element is a value, its derivatives, and what it is uncertain by, in eps: x[0], x[1 .. n], x[n + 1], a bound to
 * first order, that of a running error analysis (dual.h). */
#include "laws/gradient.h"

#include "netlist/expression_run.h"
#include <math.h>

struct gradient_run {
    const struct expression *expression;
    const struct gradient_inputs *inputs;
};

double expression_call(const struct expression *expression, struct random start, const struct expression_step *step,
                       const double *argument)
{
    struct random random = random_from(start.state + (uint64_t)(step - expression->step));
    return function_value(step->function, argument, step->count, &random);
}

static size_t inputs_of(const void *data)
{
    return ((const struct gradient_run *)data)->inputs->n;
}

/* The numbers of an element. */
static size_t width(size_t n)
{
    return n + 2;
}

static void put_number(void *data, double number, void *value)
{
    double *x = value;
    x[0] = number;
    for (size_t q = 1; q < width(inputs_of(data)); q++)
        x[q] = 0;
}

static int put_use(void *data, size_t use, void *value)
{
    const struct gradient_inputs *inputs = ((const struct gradient_run *)data)->inputs;
    double *x = value;
    put_number(data, 0, x);
    x[0] = inputs->use(inputs->data, use, x + 1);
    return 0;
}

static int truth_of(void *data, const void *x, bool *truth)
{
    (void)data;
    *truth = *(const double *)x != 0;
    return 0;
}

static double part(double by, double change)
{
    return by == 0 || change == 0 ? 0 : by * change;
}

/* value = result, where dresult = by_x dx + by_y dy: what does not change takes no part, however steep the other.
 * Returns whether there is no result, which ends the run: a comparison would hide it. */
static int chain(size_t n, double result, const double *x, double by_x, const double *y, double by_y, double *value)
{
    double uncertain = part(fabs(by_x), x[n + 1]) + (y ? part(fabs(by_y), y[n + 1]) : 0);
    for (size_t q = 1; q <= n; q++) {
        double change = part(by_x, x[q]);
        value[q] = y ? change + part(by_y, y[q]) : change;
    }
    value[0] = result;
    value[n + 1] = uncertain + fabs(result);
    return isnan(result);
}

static int negate(void *data, const void *x, void *value)
{
    return chain(inputs_of(data), -*(const double *)x, x, -1, NULL, 0, value);
}

/* |x|^y, with the sign of x or, where keeps_sign is false, without. */
static int power(size_t n, const double *x, const double *y, bool keeps_sign, double *value)
{
    double size = pow(fabs(x[0]), y[0]), sign = x[0] < 0 ? -1 : 1, steep = y[0] * pow(fabs(x[0]), y[0] - 1);
    double result = keeps_sign ? sign * size : size;
    return chain(n, result, x, keeps_sign ? steep : sign * steep, y, result * log(fabs(x[0])), value);
}

static int plain_power(size_t n, const double *x, const double *y, double *value)
{
    double result = pow(x[0], y[0]);
    return chain(n, result, x, y[0] * pow(x[0], y[0] - 1), y, result * log(x[0]), value);
}

static int angle(size_t n, const double *y, const double *x, double *value)
{
    double square = x[0] * x[0] + y[0] * y[0];
    return chain(n, atan2(y[0], x[0]), y, x[0] / square, x, -y[0] / square, value);
}

static int binary(void *data, const struct expression_step *step, const void *left, const void *right, void *value)
{
    const double *x = left, *y = right;
    size_t n = inputs_of(data);
    double whole;
    switch ((enum step_kind)step->kind) {
    case STEP_ADD: return chain(n, x[0] + y[0], x, 1, y, 1, value);
    case STEP_SUBTRACT: return chain(n, x[0] - y[0], x, 1, y, -1, value);
    case STEP_MULTIPLY: return chain(n, x[0] * y[0], x, y[0], y, x[0], value);
    case STEP_DIVIDE: return chain(n, x[0] / y[0], x, 1 / y[0], y, -x[0] / y[0] / y[0], value);
    case STEP_REMAINDER:
        whole = trunc(x[0] / y[0]);
        return chain(n, x[0] - y[0] * whole, x, 1, y, -whole, value);
    case STEP_POWER: return plain_power(n, x, y, value);
    case STEP_MAGNITUDE_POWER: return power(n, x, y, false, value);
    default: put_number(data, expression_binary(step->kind, x[0], y[0]), value); return isnan(*(double *)value);
    }
}

/* Of the points one at most may depend on an input; then the value is straight in it, or takes no part. */
static int through_points(void *data, const struct function *function, const double *argument, unsigned count,
                          double result, double *value)
{
    size_t n = inputs_of(data), stride = width(n), points = count / 2, right = 1;
    double x = argument[0];
    const double *point = argument + stride;
    for (size_t p = 1; p + 1 < points; p++)
        if (x >= point[2 * p * stride])
            right = p + 1;
    const double *xa = point + 2 * (right - 1) * stride, *ya = xa + stride, *xb = ya + stride, *yb = xb + stride;
    if (function->kind == FUNCTION_TABLE && x <= point[0])
        return chain(n, result, point + stride, 1, NULL, 0, value);
    if (function->kind == FUNCTION_TABLE && x >= point[2 * (points - 1) * stride])
        return chain(n, result, yb, 1, NULL, 0, value);
    double share = (x - xa[0]) / (xb[0] - xa[0]), rise = (yb[0] - ya[0]) / (xb[0] - xa[0]);
    for (size_t q = 1; q <= n; q++)
        value[q] = rise * (argument[q] - xa[q] - share * (xb[q] - xa[q])) + ya[q] + share * (yb[q] - ya[q]);
    value[n + 1] = fabs(rise) * (argument[n + 1] + xa[n + 1] + xb[n + 1]) + ya[n + 1] + yb[n + 1] + fabs(result);
    value[0] = result;
    return isnan(result);
}

static const double *middle(const double *x, const double *a, const double *b)
{
    const double *low = a[0] < b[0] ? a : b, *high = a[0] < b[0] ? b : a;
    return x[0] < low[0] ? low : x[0] > high[0] ? high : x;
}

/* Straight in the first argument, and in the second. */
static int random_value(void *data, const struct expression_step *step, const double *argument, double *number,
                        double result, double *value)
{
    const struct gradient_run *run = data;
    size_t n = inputs_of(data), stride = width(n);
    number[0]++;
    double by_nominal = expression_call(run->expression, run->inputs->random, step, number) - result;
    number[0]--;
    number[1]++;
    double by_deviation = expression_call(run->expression, run->inputs->random, step, number) - result;
    return chain(n, result, argument, by_nominal, argument + stride, by_deviation, value);
}

static int call(void *data, const struct expression_step *step, const void *arguments, void *value)
{
    const struct gradient_run *run = data;
    const struct function *function = step->function;
    const double *x = arguments;
    size_t n = inputs_of(data), stride = width(n);
    double number[EXPRESSION_DEPTH];
    for (unsigned q = 0; q < step->count; q++)
        number[q] = x[q * stride];
    double result = expression_call(run->expression, run->inputs->random, step, number);
    const double *y = x + stride;
    switch (function->kind) {
    case FUNCTION_MIN: return chain(n, result, x[0] < y[0] ? x : y, 1, NULL, 0, value);
    case FUNCTION_MAX: return chain(n, result, x[0] > y[0] ? x : y, 1, NULL, 0, value);
    case FUNCTION_POWER: return plain_power(n, x, y, value);
    case FUNCTION_MAGNITUDE_POWER: return power(n, x, y, false, value);
    case FUNCTION_SIGNED_POWER: return power(n, x, y, true, value);
    case FUNCTION_ATAN2: return angle(n, x, y, value);
    case FUNCTION_TABLE:
    case FUNCTION_PWL: return through_points(data, function, x, step->count, result, value);
    case FUNCTION_LIMIT:
        if (step->count == 3)
            return chain(n, result, middle(x, y, y + stride), 1, NULL, 0, value);
        return random_value(data, step, x, number, result, value);
    case FUNCTION_RANDOM: return random_value(data, step, x, number, result, value);
    default: return chain(n, result, x, function->slope(x[0]), NULL, 0, value);
    }
}

static int look_up(void *data, const struct expression_step *step, const void *x, void *value)
{
    const struct function_points *points = step->points;
    double at = *(const double *)x, slope = 0;
    double result = function_look_up(points, at);
    const double *b = points->point + 2 * function_segment(points->point, points->count, at), *a = b - 2;
    const double *first = points->point, *last = first + 2 * points->count - 2;
    if (points->function->kind == FUNCTION_PWL || (at > first[0] && at < last[0]))
        slope = (b[1] - a[1]) / (b[0] - a[0]);
    return chain(inputs_of(data), result, x, slope, NULL, 0, value);
}

double expression_gradient(const struct expression *expression, const struct gradient_inputs *inputs, double *work,
                           double *slope, double *size)
{
    const struct expression_algebra gradients = {width(inputs->n) * sizeof(double), put_number, put_use, truth_of,
                                                 negate, call, look_up, binary};
    struct gradient_run run = {expression, inputs};
    if (expression_run(expression, &gradients, &run, work) != 0) {
        for (size_t q = 0; q < inputs->n; q++)
            slope[q] = NAN;
        return *size = NAN;
    }
    memcpy(slope, work + 1, inputs->n * sizeof *slope);
    *size = fmax(fabs(work[0]), work[inputs->n + 1]);
    return work[0];
}
