#include "netlist/functions.h"

#include "util/names.h"
#include "util/letters.h"

#include <math.h>
#include <string.h>

/* ---- of one argument ---- */

static double square(double x)
{
    return x * x;
}

static double sign(double x)
{
    return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : 0.0;
}

static double step(double x)
{
    return x > 0.0 ? 1.0 : x < 0.0 ? 0.0 : 0.5;
}

static double ramp(double x)
{
    return x > 0.0 ? x : 0.0;
}

static double bounded_ramp(double x)
{
    return x > 1.0 ? 1.0 : ramp(x);
}

static double decibel(double x)
{
    return 20.0 * log10(fabs(x));
}

static double itself(double x)
{
    return x;
}

static double is_positive(double x)
{
    return x > 0;
}

static double nothing(double x)
{
    (void)x;
    return 0;
}

/* In B sources functions go on where an iteration may stray: the largest value of exp and of -log, as in ngspice
 * (expression_values.h of the tests). */
static const double largest_value = 1e99;

static double bounded_exp(double x)
{
    return x > FUNCTION_EXP_CAP ? largest_value : exp(x);
}

static double bounded_log(double x)
{
    return x == 0.0 ? -largest_value : log(x);
}

static double bounded_log10(double x)
{
    return x == 0.0 ? -largest_value : log10(x);
}

/* ---- of two ---- */

static double least(double x, double y)
{
    return x < y ? x : y;
}

static double greatest(double x, double y)
{
    return x > y ? x : y;
}

static double power_of_magnitude(double x, double y)
{
    return pow(fabs(x), y);
}

static double signed_power(double x, double y)
{
    return x < 0.0 ? -pow(-x, y) : pow(x, y);
}

/* ---- of many ---- */

static double absolute_normal(const double *argument, unsigned count, struct random *random)
{
    (void)count;
    double deviation = argument[1], sigma = argument[2];
    if (!random || deviation <= 0.0 || sigma <= 0.0)
        return argument[0];
    return argument[0] + deviation / sigma * random_normal(random);
}

static double relative_normal(const double *argument, unsigned count, struct random *random)
{
    (void)count;
    double deviation = argument[1], sigma = argument[2];
    if (!random || deviation <= 0.0 || sigma <= 0.0)
        return argument[0];
    return argument[0] + argument[0] * deviation / sigma * random_normal(random);
}

static double absolute_uniform(const double *argument, unsigned count, struct random *random)
{
    (void)count;
    return random ? argument[0] + argument[1] * random_uniform(random) : argument[0];
}

static double relative_uniform(const double *argument, unsigned count, struct random *random)
{
    (void)count;
    return random ? argument[0] + argument[0] * argument[1] * random_uniform(random) : argument[0];
}

/* Of two arguments nominal plus or minus deviation, as in ngspice; of three the middle one, as in LTspice. */
static double limit(const double *argument, unsigned count, struct random *random)
{
    double x = argument[0], a = argument[1];
    if (count == 3) {
        double b = argument[2];
        return greatest(least(a, b), least(x, greatest(a, b)));
    }
    if (!random)
        return x;
    return random_uniform(random) > 0.0 ? x + a : x - a;
}

/* ---- through points ---- */

bool function_points_rise(const double *point, size_t count)
{
    for (size_t p = 1; p < count; p++)
        if (!(point[2 * p] > point[2 * p - 2]))
            return false;
    return true;
}

size_t function_segment(const double *point, size_t count, double x)
{
    size_t left = 0, right = count - 1;
    while (right - left > 1) {
        size_t middle = left + (right - left) / 2;
        if (x >= point[2 * middle])
            left = middle;
        else
            right = middle;
    }
    return right;
}

static double on_polygon(const double *point, size_t count, double x)
{
    const double *b = point + 2 * function_segment(point, count, x), *a = b - 2;
    const double *near = fabs(x - a[0]) <= fabs(x - b[0]) ? a : b; /* rounds least */
    return near[1] + (b[1] - a[1]) * ((x - near[0]) / (b[0] - a[0]));
}

double function_look_up(const struct function_points *points, double x)
{
    const double *first = points->point, *last = first + 2 * points->count - 2;
    if (!points->rise)
        return NAN;
    if (points->function->kind == FUNCTION_TABLE && x <= first[0])
        return first[1];
    if (points->function->kind == FUNCTION_TABLE && x >= last[0])
        return last[1];
    return on_polygon(first, points->count, x);
}

/* pwl(x, x1,y1, x2,y2, ..): straight beyond its ends; NAN where the x do not rise. */
static double polygon(const double *argument, unsigned count, struct random *random)
{
    (void)random;
    if (count % 2 == 0 || !function_points_rise(argument + 1, count / 2))
        return NAN;
    return on_polygon(argument + 1, count / 2, argument[0]);
}

/* The same, constant beyond its ends. */
static double table(const double *argument, unsigned count, struct random *random)
{
    double value = polygon(argument, count, random);
    if (isnan(value))
        return NAN;
    if (argument[0] <= argument[1])
        return argument[2];
    return argument[0] >= argument[count - 2] ? argument[count - 1] : value;
}

/* ---- derivatives ---- */

static double zero_slope(double x)
{
    (void)x;
    return 0.0;
}

static double square_slope(double x)
{
    return 2.0 * x;
}

static double sqrt_slope(double x)
{
    return 0.5 / sqrt(x);
}

static double bounded_exp_slope(double x)
{
    return x > FUNCTION_EXP_CAP ? 0.0 : exp(x);
}

static double log_slope(double x)
{
    return 1.0 / x;
}

static double log10_slope(double x)
{
    return M_LOG10E / x;
}

static double cos_slope(double x)
{
    return -sin(x);
}

static double tan_slope(double x)
{
    return 1.0 + tan(x) * tan(x);
}

static double asin_slope(double x)
{
    return 1.0 / sqrt((1.0 - x) * (1.0 + x));
}

static double acos_slope(double x)
{
    return -asin_slope(x);
}

static double atan_slope(double x)
{
    return 1.0 / (1.0 + x * x);
}

/* 1 - tanh^2, without a difference. */
static double tanh_slope(double x)
{
    double c = cosh(x);
    return 1.0 / c / c;
}

static double asinh_slope(double x)
{
    return 1.0 / hypot(1.0, x);
}

static double acosh_slope(double x)
{
    return x >= 1.0 ? 1.0 / sqrt((x - 1.0) * (x + 1.0)) : NAN;
}

static double atanh_slope(double x)
{
    return fabs(x) <= 1.0 ? 1.0 / ((1.0 - x) * (1.0 + x)) : NAN;
}

static double ramp_slope(double x)
{
    return x > 0.0 ? 1.0 : 0.0;
}

static double bounded_ramp_slope(double x)
{
    return x > 0.0 && x < 1.0 ? 1.0 : 0.0;
}

static double decibel_slope(double x)
{
    return 20.0 * M_LOG10E / x;
}

static double unit_slope(double x)
{
    (void)x;
    return 1.0;
}

/* ---- the table ---- */

#define IN(language) (1u << EXPRESSION_##language)
#define EVERYWHERE   (IN(PARAMETER) | IN(VECTOR) | IN(BEHAVIOUR))

#define ON(name, in, value, slope, shape, slope_shape, from, to)                                                 \
    {name, in, 1, 1, FUNCTION_ONE, value, NULL, NULL, slope, SHAPE_##shape, SHAPE_##slope_shape, from, to}
#define KNEE(name, in, value, slope, kind) {name, in, 1, 1, FUNCTION_##kind, value, NULL, NULL, slope, 0, 0, 0, 0}
#define ONE(name, in, value, slope, shape, slope_shape)                                                         \
    ON(name, in, value, slope, shape, slope_shape, -INFINITY, INFINITY)
#define TWO(name, in, value, kind) {name, in, 2, 2, FUNCTION_##kind, NULL, value, NULL, NULL, 0, 0, 0, 0}
#define EXTREME(name, value, kind)                                                                              \
    {name, EVERYWHERE, 2, FUNCTION_ANY_NUMBER, FUNCTION_##kind, NULL, value, NULL, NULL, 0, 0, 0, 0}
#define MANY(name, in, fewest, most, value, kind)                                                               \
    {name, in, fewest, most, FUNCTION_##kind, NULL, NULL, value, NULL, 0, 0, 0, 0}
#define WITH_ZERO(name, kind) {name, IN(BEHAVIOUR), 1, 1, FUNCTION_##kind, NULL, NULL, NULL, NULL, 0, 0, 0, 0}

static const struct function functions[] = {
    KNEE("abs", EVERYWHERE, fabs, sign, MAGNITUDE),
    ON("sqrt", EVERYWHERE, sqrt, sqrt_slope, RISING, FALLING, 0, INFINITY),
    ONE("sqr", EVERYWHERE, square, square_slope, VALLEY, RISING),
    ONE("exp", IN(PARAMETER) | IN(VECTOR), exp, exp, RISING, RISING),
    ONE("exp", IN(BEHAVIOUR), bounded_exp, bounded_exp_slope, RISING, CAPPED),
    ON("ln", IN(PARAMETER) | IN(VECTOR), log, log_slope, RISING, FALLING, 0, INFINITY),
    ON("ln", IN(BEHAVIOUR), bounded_log, log_slope, RISING, FALLING, 0, INFINITY),
    ON("log", IN(PARAMETER) | IN(VECTOR), log, log_slope, RISING, FALLING, 0, INFINITY),
    ON("log", IN(BEHAVIOUR), bounded_log, log_slope, RISING, FALLING, 0, INFINITY),
    ON("log10", IN(PARAMETER) | IN(VECTOR), log10, log10_slope, RISING, FALLING, 0, INFINITY),
    ON("log10", IN(BEHAVIOUR), bounded_log10, log10_slope, RISING, FALLING, 0, INFINITY),
    ONE("sin", EVERYWHERE, sin, cos, SINE, COSINE),
    ONE("cos", EVERYWHERE, cos, cos_slope, COSINE, MINUS_SINE),
    ONE("tan", EVERYWHERE, tan, tan_slope, TANGENT, TANGENT_SLOPE),
    ON("asin", EVERYWHERE, asin, asin_slope, RISING, VALLEY, -1, 1),
    ON("acos", EVERYWHERE, acos, acos_slope, FALLING, PEAK, -1, 1),
    ONE("atan", EVERYWHERE, atan, atan_slope, RISING, PEAK),
    ONE("arctan", EVERYWHERE, atan, atan_slope, RISING, PEAK),
    ONE("sinh", EVERYWHERE, sinh, cosh, RISING, VALLEY),
    ONE("cosh", EVERYWHERE, cosh, sinh, VALLEY, RISING),
    ONE("tanh", EVERYWHERE, tanh, tanh_slope, RISING, PEAK),
    ONE("asinh", EVERYWHERE, asinh, asinh_slope, RISING, PEAK),
    ON("acosh", EVERYWHERE, acosh, acosh_slope, RISING, FALLING, 1, INFINITY),
    ON("atanh", EVERYWHERE, atanh, atanh_slope, RISING, VALLEY, -1, 1),
    KNEE("sgn", EVERYWHERE, sign, zero_slope, SIGN),
    ONE("int", EVERYWHERE, trunc, zero_slope, RISING, STEPS),
    ONE("floor", EVERYWHERE, floor, zero_slope, RISING, STEPS),
    ONE("ceil", EVERYWHERE, ceil, zero_slope, RISING, STEPS),
    ONE("nint", EVERYWHERE, nearbyint, zero_slope, RISING, STEPS),
    KNEE("u", EVERYWHERE, step, zero_slope, UNIT_STEP),
    KNEE("stp", EVERYWHERE, step, zero_slope, UNIT_STEP), /* PSpice */
    KNEE("u2", EVERYWHERE, bounded_ramp, bounded_ramp_slope, CLIPPED_RAMP),
    KNEE("uramp", EVERYWHERE, ramp, ramp_slope, RAMP),
    KNEE("mag", IN(VECTOR), fabs, sign, MAGNITUDE),
    KNEE("magnitude", IN(VECTOR), fabs, sign, MAGNITUDE),
    ONE("pos", IN(VECTOR), is_positive, zero_slope, RISING, STEPS),
    ONE("db", IN(VECTOR), decibel, decibel_slope, ANY, ANY),
    ONE("par", IN(VECTOR), itself, unit_slope, RISING, RISING),
    ONE("real", IN(VECTOR), itself, unit_slope, RISING, RISING),
    ONE("re", IN(VECTOR), itself, unit_slope, RISING, RISING),
    ONE("conj", IN(VECTOR), itself, unit_slope, RISING, RISING),
    ONE("unwrap", IN(VECTOR), itself, unit_slope, RISING, RISING),
    ONE("imag", IN(VECTOR), nothing, zero_slope, RISING, STEPS),
    ONE("im", IN(VECTOR), nothing, zero_slope, RISING, STEPS),
    ONE("ph", IN(VECTOR), nothing, zero_slope, RISING, STEPS), /* of a real number, as ngspice has it */
    ONE("phase", IN(VECTOR), nothing, zero_slope, RISING, STEPS),
    ONE("cph", IN(VECTOR), nothing, zero_slope, RISING, STEPS),
    ONE("cphase", IN(VECTOR), nothing, zero_slope, RISING, STEPS),
    EXTREME("min", least, MIN),
    EXTREME("max", greatest, MAX),
    TWO("pow", IN(PARAMETER) | IN(VECTOR), pow, POWER),
    TWO("pow", IN(BEHAVIOUR), power_of_magnitude, MAGNITUDE_POWER),
    TWO("pwr", IN(PARAMETER), power_of_magnitude, MAGNITUDE_POWER),
    TWO("pwr", IN(VECTOR) | IN(BEHAVIOUR), signed_power, SIGNED_POWER),
    TWO("pwrs", EVERYWHERE, signed_power, SIGNED_POWER), /* PSpice */
    TWO("atan2", EVERYWHERE, atan2, ATAN2),
    MANY("table", EVERYWHERE, 5, FUNCTION_ANY_NUMBER, table, TABLE),
    MANY("pwl", EVERYWHERE, 5, FUNCTION_ANY_NUMBER, polygon, PWL),
    MANY("limit", EVERYWHERE, 2, 3, limit, LIMIT),
    MANY("agauss", EVERYWHERE, 3, 3, absolute_normal, RANDOM),
    MANY("gauss", EVERYWHERE, 3, 3, relative_normal, RANDOM),
    MANY("aunif", EVERYWHERE, 2, 2, absolute_uniform, RANDOM),
    MANY("unif", EVERYWHERE, 2, 2, relative_uniform, RANDOM),
    ONE("ddt", IN(BEHAVIOUR), nothing, zero_slope, RISING, STEPS),
    WITH_ZERO("eq0", EQUAL),
    WITH_ZERO("ne0", UNEQUAL),
    WITH_ZERO("lt0", LESS),
    WITH_ZERO("le0", LESS_EQUAL),
    WITH_ZERO("gt0", GREATER),
    WITH_ZERO("ge0", GREATER_EQUAL),
    MANY("ternary_fcn", EVERYWHERE, 3, 3, NULL, TERNARY),
    MANY("if", EVERYWHERE, 3, 3, NULL, TERNARY), /* LTspice, PSpice */
};

enum { FUNCTIONS = sizeof functions / sizeof *functions };

static bool is_name(const char *name, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char byte = lower(text[i]);
        if (name[i] == '\0' || name[i] != byte)
            return false;
    }
    return name[length] == '\0';
}

const struct function *functions_find(enum expression_language language, const char *text, size_t length)
{
    for (size_t i = 0; i < FUNCTIONS; i++) {
        if (functions[i].languages & 1u << language && is_name(functions[i].name, text, length))
            return &functions[i];
    }
    return NULL;
}

const char *functions_nearest(enum expression_language language, const char *text, size_t length)
{
    struct names names = {0};
    const char *nearest = NULL;
    for (size_t i = 0; i < FUNCTIONS; i++) {
        if (functions[i].languages & 1u << language &&
            names_add(&names, functions[i].name, strlen(functions[i].name), NULL) == NAMES_NONE)
            goto done;
    }
    uint32_t number = names_nearest(&names, text, length);
    if (number != NAMES_NONE)
        nearest = functions_find(language, names.text[number], strlen(names.text[number]))->name;
done:
    names_free(&names);
    return nearest;
}

bool function_draws(const struct function *function, unsigned count)
{
    return function->kind == FUNCTION_RANDOM || (function->kind == FUNCTION_LIMIT && count == 2);
}

double function_value(const struct function *function, const double *argument, unsigned count, struct random *random)
{
    if (function->one)
        return function->one(argument[0]);
    if (function->two)
        return function->two(argument[0], argument[1]);
    return function->many(argument, count, random);
}
