/* An element is what a value can be and what its slopes can be: x[0], x[1 .. n]. */
#include "laws/interval_gradient.h"

#include "laws/gradient.h"
#include "laws/interval_dual.h"
#include "netlist/expression_run.h"

struct interval_run {
    const struct expression *expression;
    const struct interval_inputs *inputs;
};

enum { KNOWN, UNKNOWN };

static size_t inputs_of(const void *data)
{
    return ((const struct interval_run *)data)->inputs->n;
}

static void put_number(void *data, double number, void *value)
{
    struct interval *x = value;
    x[0] = interval_point(number);
    for (size_t q = 1; q <= inputs_of(data); q++)
        x[q] = interval_point(0);
}

static int put_use(void *data, size_t use, void *value)
{
    const struct interval_inputs *inputs = ((const struct interval_run *)data)->inputs;
    struct interval *x = value;
    put_number(data, 0, x);
    x[0] = inputs->use(inputs->data, use, x + 1);
    return KNOWN;
}

static bool is_point(struct interval x)
{
    return x.low == x.high;
}

static int truth_of(void *data, const void *x, bool *truth)
{
    struct interval at = *(const struct interval *)x;
    (void)data;
    *truth = at.low != 0 || at.high != 0;
    return interval_has(at, 0) && *truth ? UNKNOWN : KNOWN;
}

/* value = result, where dresult = by_x dx + by_y dy. */
static int chain(size_t n, struct interval result, const struct interval *x, struct interval by_x,
                 const struct interval *y, struct interval by_y, struct interval *value)
{
    for (size_t q = 1; q <= n; q++) {
        struct interval change = interval_product(by_x, x[q]);
        value[q] = y ? interval_sum(change, interval_product(by_y, y[q])) : change;
    }
    value[0] = result;
    return KNOWN;
}

static int chain_one(size_t n, struct interval result, const struct interval *x, struct interval slope,
                     struct interval *value)
{
    return chain(n, result, x, slope, NULL, slope, value);
}

static int negate(void *data, const void *x, void *value)
{
    struct interval at = *(const struct interval *)x;
    return chain_one(inputs_of(data), interval_negative(at), x, interval_point(-1), value);
}

/* ---- powers ------------------------------------------------------------------------------------------------------ */

enum power { POWER_PLAIN, POWER_OF_MAGNITUDE, POWER_SIGNED };

/* x^y, y one number; else exp(y ln x) where x > 0 */
static int varying_power(size_t n, const struct interval *x, const struct interval *y, struct interval *value)
{
    if (!(x[0].low > 0) || !isfinite(x[0].high))
        return UNKNOWN;
    struct interval logarithm = interval_rising(log, x[0]);
    struct interval result = interval_no_underflow(interval_rising(exp, interval_product(y[0], logarithm)));
    struct interval by_x = interval_product(result, interval_quotient(y[0], x[0]));
    return chain(n, result, x, by_x, y, interval_product(result, logarithm), value);
}

static int power(size_t n, enum power kind, const struct interval *x, const struct interval *y, struct interval *value)
{
    bool constant = is_point(y[0]);
    for (size_t q = 1; q <= n; q++)
        constant = constant && y[q].low == 0 && y[q].high == 0;
    if (!constant)
        return varying_power(n, x, y, value);
    double p = y[0].low;
    bool whole = p == trunc(p), keeps_sign = kind == POWER_SIGNED || (kind == POWER_PLAIN && fmod(p, 2) != 0);
    if (kind == POWER_PLAIN && !whole && x[0].low < 0)
        return UNKNOWN;
    if (p < 0 && interval_has(x[0], 0))
        return UNKNOWN;
    struct interval result = interval_no_underflow(interval_power(x[0], p, keeps_sign));
    struct interval slope = interval_product(y[0], interval_power(x[0], p - 1, !keeps_sign));
    return chain_one(n, result, x, slope, value);
}

/* ---- two operands ------------------------------------------------------------------------------------------------ */

/* The one of two that is greater, or less. Where that may be either: what both can be, since they meet where they
 * change places. */
static int choose(size_t n, bool greater, const struct interval *x, const struct interval *y, struct interval *value)
{
    const struct interval *low = greater ? y : x, *high = greater ? x : y; /* x is chosen where low <= high */
    if (low[0].high <= high[0].low)
        return chain_one(n, x[0], x, interval_point(1), value);
    if (high[0].high <= low[0].low)
        return chain_one(n, y[0], y, interval_point(1), value);
    struct interval result = greater ? (struct interval){fmax(x[0].low, y[0].low), fmax(x[0].high, y[0].high)}
                                     : (struct interval){fmin(x[0].low, y[0].low), fmin(x[0].high, y[0].high)};
    for (size_t q = 1; q <= n; q++)
        value[q] = interval_hull(x[q], y[q]);
    value[0] = result;
    return KNOWN;
}

/* Is it so that x < y (or_equal: x <= y) everywhere, or nowhere? */
static int less_than(struct interval x, struct interval y, bool or_equal, bool *truth)
{
    *truth = or_equal ? x.high <= y.low : x.high < y.low;
    bool never = or_equal ? x.low > y.high : x.low >= y.high;
    return *truth || never ? KNOWN : UNKNOWN;
}

static int equal(struct interval x, struct interval y, bool *truth)
{
    *truth = is_point(x) && is_point(y) && x.low == y.low;
    return *truth || x.high < y.low || y.high < x.low ? KNOWN : UNKNOWN;
}

static int compare(void *data, enum step_kind kind, struct interval x, struct interval y, void *value)
{
    bool truth = false;
    int status = UNKNOWN;
    switch (kind) {
    case STEP_EQUAL: status = equal(x, y, &truth); break;
    case STEP_UNEQUAL:
        status = equal(x, y, &truth);
        truth = !truth;
        break;
    case STEP_LESS: status = less_than(x, y, false, &truth); break;
    case STEP_LESS_EQUAL: status = less_than(x, y, true, &truth); break;
    case STEP_GREATER: status = less_than(y, x, false, &truth); break;
    case STEP_GREATER_EQUAL: status = less_than(y, x, true, &truth); break;
    default: break;
    }
    put_number(data, truth, value);
    return status;
}

/* What has no rule here of numbers that do not change. */
static int constant_binary(void *data, enum step_kind kind, struct interval x, struct interval y, void *value)
{
    double result = is_point(x) && is_point(y) ? expression_binary(kind, x.low, y.low) : NAN;
    put_number(data, result, value);
    return isfinite(result) ? KNOWN : UNKNOWN;
}

/* x - y trunc(x/y), while the last is one number */
static int remainder_of(size_t n, const struct interval *x, const struct interval *y, struct interval *value)
{
    struct interval whole = interval_steps(trunc, interval_quotient(x[0], y[0]));
    if (interval_has(y[0], 0) || !is_point(whole))
        return UNKNOWN;
    struct interval result = interval_difference(x[0], interval_product(y[0], whole));
    return chain(n, result, x, interval_point(1), y, interval_negative(whole), value);
}

static int divide(size_t n, const struct interval *x, const struct interval *y, struct interval *value)
{
    if (interval_has(y[0], 0))
        return UNKNOWN;
    struct interval result = interval_quotient(x[0], y[0]), by_x = interval_quotient(interval_point(1), y[0]);
    return chain(n, result, x, by_x, y, interval_negative(interval_quotient(result, y[0])), value);
}

static int binary(void *data, const struct expression_step *step, const void *left, const void *right, void *value)
{
    const struct interval *x = left, *y = right, plus = interval_point(1);
    size_t n = inputs_of(data);
    switch ((enum step_kind)step->kind) {
    case STEP_ADD: return chain(n, interval_sum(x[0], y[0]), x, plus, y, plus, value);
    case STEP_SUBTRACT: return chain(n, interval_difference(x[0], y[0]), x, plus, y, interval_point(-1), value);
    case STEP_MULTIPLY: return chain(n, interval_product(x[0], y[0]), x, y[0], y, x[0], value);
    case STEP_DIVIDE: return divide(n, x, y, value);
    case STEP_REMAINDER: return remainder_of(n, x, y, value);
    case STEP_POWER: return power(n, POWER_PLAIN, x, y, value);
    case STEP_MAGNITUDE_POWER: return power(n, POWER_OF_MAGNITUDE, x, y, value);
    case STEP_INTEGER_REMAINDER:
    case STEP_INTEGER_QUOTIENT: return constant_binary(data, step->kind, x[0], y[0], value);
    default: return compare(data, step->kind, x[0], y[0], value);
    }
}

/* ---- functions --------------------------------------------------------------------------------------------------- */

static int of_one(size_t n, const struct function *function, const struct interval *x, struct interval *value)
{
    if (!(x[0].low >= function->from && x[0].high <= function->to))
        return UNKNOWN;
    struct interval result = interval_no_underflow(interval_function(function, x[0]));
    return chain_one(n, result, x, interval_slope(function, x[0]), value);
}

/* atan2(y, x) where x > 0 */
static int angle(size_t n, const struct interval *y, const struct interval *x, struct interval *value)
{
    if (!(x[0].low > 0))
        return UNKNOWN;
    struct interval square = interval_sum(interval_power(x[0], 2, false), interval_power(y[0], 2, false));
    struct interval by_x = interval_negative(interval_quotient(y[0], square));
    struct interval result = interval_rising(atan, interval_quotient(y[0], x[0]));
    return chain(n, result, y, interval_quotient(x[0], square), x, by_x, value);
}

/* The middle one of x, a and b, where it is known which of the last two is less. */
static int middle(size_t n, const struct interval *x, const struct interval *a, const struct interval *b,
                  struct interval *value)
{
    bool rises = a[0].high <= b[0].low;
    if (!rises && b[0].high > a[0].low)
        return UNKNOWN;
    choose(n, false, x, rises ? b : a, value);
    return choose(n, true, value, rises ? a : b, value);
}

/* A function that has no rule here, of arguments that are numbers. */
static int constant_call(void *data, const struct expression_step *step, const struct interval *x, void *value)
{
    const struct interval_run *run = data;
    double number[EXPRESSION_DEPTH];
    size_t stride = 1 + inputs_of(data);
    for (unsigned q = 0; q < step->count; q++) {
        if (!is_point(x[q * stride]))
            return UNKNOWN;
        number[q] = x[q * stride].low;
    }
    double result = expression_call(run->expression, run->inputs->random, step, number);
    put_number(data, result, value);
    return isfinite(result) ? KNOWN : UNKNOWN;
}

static int call(void *data, const struct expression_step *step, const void *arguments, void *value)
{
    const struct function *function = step->function;
    const struct interval *x = arguments;
    size_t n = inputs_of(data);
    const struct interval *y = x + 1 + n;
    switch (function->kind) {
    case FUNCTION_MIN: return choose(n, false, x, y, value);
    case FUNCTION_MAX: return choose(n, true, x, y, value);
    case FUNCTION_POWER: return power(n, POWER_PLAIN, x, y, value);
    case FUNCTION_MAGNITUDE_POWER: return power(n, POWER_OF_MAGNITUDE, x, y, value);
    case FUNCTION_SIGNED_POWER: return power(n, POWER_SIGNED, x, y, value);
    case FUNCTION_ATAN2: return angle(n, x, y, value);
    case FUNCTION_LIMIT:
        return step->count == 3 ? middle(n, x, y, y + 1 + n, value) : constant_call(data, step, x, value);
    case FUNCTION_TABLE:
    case FUNCTION_PWL:
    case FUNCTION_RANDOM: return constant_call(data, step, x, value);
    default: return function->one ? of_one(n, function, x, value) : constant_call(data, step, x, value);
    }
}

static int look_up(void *data, const struct expression_step *step, const void *x, void *value)
{
    struct interval at = *(const struct interval *)x, slope;
    if (!step->points->rise)
        return UNKNOWN;
    struct interval result = interval_look_up(step->points, at, &slope);
    return chain_one(inputs_of(data), result, x, slope, value);
}

bool expression_over(const struct expression *expression, const struct interval_inputs *inputs, struct interval *work,
                     struct interval *value, struct interval *slope)
{
    const struct expression_algebra intervals = {(1 + inputs->n) * sizeof(struct interval), put_number, put_use,
                                                 truth_of, negate, call, look_up, binary};
    struct interval_run run = {expression, inputs};
    if (expression_run(expression, &intervals, &run, work) != KNOWN)
        return false;
    *value = work[0];
    memcpy(slope, work + 1, inputs->n * sizeof *slope);
    return true;
}
