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

/* In B sources functions go on where an iteration may stray. */
static const double far_away = 1e99;

static double bounded_exp(double x)
{
    return fmin(exp(x), far_away);
}

static double bounded_log(double x)
{
    return x == 0.0 ? -far_away : log(x);
}

static double bounded_log10(double x)
{
    return x == 0.0 ? -far_away : log10(x);
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

/* The polygon through (x1,y1), (x2,y2), .. at x, straight beyond its ends; NaN where the x do not rise. */
static double polygon(const double *argument, unsigned count, struct random *random)
{
    (void)random;
    const double *point = argument + 1;
    unsigned points = count / 2, right = 1;
    double x = argument[0];
    if (count % 2 == 0)
        return NAN;
    for (unsigned i = 1; i < points; i++) {
        if (!(point[2 * i] > point[2 * i - 2]))
            return NAN;
        if (i + 1 < points && x >= point[2 * i])
            right = i + 1;
    }
    const double *a = point + 2 * right - 2, *b = point + 2 * right;
    const double *near = fabs(x - a[0]) <= fabs(x - b[0]) ? a : b; /* rounds least */
    return near[1] + (b[1] - a[1]) * ((x - near[0]) / (b[0] - a[0]));
}

/* The same, constant beyond its ends. */
static double table(const double *argument, unsigned count, struct random *random)
{
    double value = polygon(argument, count, random);
    if (count % 2 == 0 || isnan(value))
        return NAN;
    if (argument[0] <= argument[1])
        return argument[2];
    return argument[0] >= argument[count - 2] ? argument[count - 1] : value;
}

/* ---- the table ---- */

#define IN(language) (1u << EXPRESSION_##language)
#define EVERYWHERE   (IN(PARAMETER) | IN(VECTOR) | IN(BEHAVIOUR))

#define ONE(name, in, value)               {name, in, 1, 1, value, NULL, NULL}
#define TWO(name, in, value)               {name, in, 2, 2, NULL, value, NULL}
#define MANY(name, in, fewest, most, value) {name, in, fewest, most, NULL, NULL, value}

static const struct function functions[] = {
    ONE("abs", EVERYWHERE, fabs),
    ONE("sqrt", EVERYWHERE, sqrt),
    ONE("sqr", EVERYWHERE, square),
    ONE("exp", IN(PARAMETER) | IN(VECTOR), exp),
    ONE("exp", IN(BEHAVIOUR), bounded_exp),
    ONE("ln", IN(PARAMETER) | IN(VECTOR), log),
    ONE("ln", IN(BEHAVIOUR), bounded_log),
    ONE("log", IN(PARAMETER) | IN(VECTOR), log),
    ONE("log", IN(BEHAVIOUR), bounded_log),
    ONE("log10", IN(PARAMETER) | IN(VECTOR), log10),
    ONE("log10", IN(BEHAVIOUR), bounded_log10),
    ONE("sin", EVERYWHERE, sin),
    ONE("cos", EVERYWHERE, cos),
    ONE("tan", EVERYWHERE, tan),
    ONE("asin", EVERYWHERE, asin),
    ONE("acos", EVERYWHERE, acos),
    ONE("atan", EVERYWHERE, atan),
    ONE("arctan", EVERYWHERE, atan),
    ONE("sinh", EVERYWHERE, sinh),
    ONE("cosh", EVERYWHERE, cosh),
    ONE("tanh", EVERYWHERE, tanh),
    ONE("asinh", EVERYWHERE, asinh),
    ONE("acosh", EVERYWHERE, acosh),
    ONE("atanh", EVERYWHERE, atanh),
    ONE("sgn", EVERYWHERE, sign),
    ONE("int", EVERYWHERE, trunc),
    ONE("floor", EVERYWHERE, floor),
    ONE("ceil", EVERYWHERE, ceil),
    ONE("nint", EVERYWHERE, nearbyint),
    ONE("u", EVERYWHERE, step),
    ONE("u2", EVERYWHERE, bounded_ramp),
    ONE("uramp", EVERYWHERE, ramp),
    ONE("mag", IN(VECTOR), fabs),
    ONE("db", IN(VECTOR), decibel),
    ONE("par", IN(VECTOR), itself),
    TWO("min", EVERYWHERE, least),
    TWO("max", EVERYWHERE, greatest),
    TWO("pow", IN(PARAMETER) | IN(VECTOR), pow),
    TWO("pow", IN(BEHAVIOUR), power_of_magnitude),
    TWO("pwr", IN(PARAMETER), power_of_magnitude),
    TWO("pwr", IN(VECTOR) | IN(BEHAVIOUR), signed_power),
    TWO("atan2", EVERYWHERE, atan2),
    MANY("table", EVERYWHERE, 5, FUNCTION_ANY_NUMBER, table),
    MANY("pwl", EVERYWHERE, 5, FUNCTION_ANY_NUMBER, polygon),
    MANY("limit", EVERYWHERE, 2, 3, limit),
    MANY("agauss", EVERYWHERE, 3, 3, absolute_normal),
    MANY("gauss", EVERYWHERE, 3, 3, relative_normal),
    MANY("aunif", EVERYWHERE, 2, 2, absolute_uniform),
    MANY("unif", EVERYWHERE, 2, 2, relative_uniform),
    MANY("ternary_fcn", EVERYWHERE, 3, 3, NULL),
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
    double (*many)(const double *, unsigned, struct random *) = function->many;
    return many == absolute_normal || many == relative_normal || many == absolute_uniform || many == relative_uniform ||
           (many == limit && count == 2);
}

bool function_is_ternary(const struct function *function)
{
    return !function->one && !function->two && !function->many;
}

double function_value(const struct function *function, const double *argument, unsigned count, struct random *random)
{
    if (function->one)
        return function->one(argument[0]);
    if (function->two)
        return function->two(argument[0], argument[1]);
    return function->many(argument, count, random);
}
