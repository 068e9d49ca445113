/* The built-in functions of expressions. */
#ifndef OPSPICE_FUNCTIONS_H
#define OPSPICE_FUNCTIONS_H

#include "netlist/expression.h"
#include <limits.h>

enum { FUNCTION_ANY_NUMBER = UINT_MAX };

enum function_kind {
    FUNCTION_ONE, /* of one argument; but these: */
    FUNCTION_MAGNITUDE,
    FUNCTION_SIGN,
    FUNCTION_UNIT_STEP,
    FUNCTION_RAMP,         /* max(x,0) */
    FUNCTION_CLIPPED_RAMP, /* min(max(x,0),1) */
    FUNCTION_MIN,
    FUNCTION_MAX,
    FUNCTION_POWER,           /* x to the power y */
    FUNCTION_MAGNITUDE_POWER, /* |x| to the power y */
    FUNCTION_SIGNED_POWER,    /* sgn(x) |x|^y */
    FUNCTION_ATAN2,
    FUNCTION_TABLE, /* through points, constant beyond them */
    FUNCTION_PWL,   /* straight beyond them */
    FUNCTION_LIMIT,
    FUNCTION_RANDOM, /* straight in its first argument */
    FUNCTION_TERNARY, /* which the compiler writes out, and these, which compare x with 0, in the order of the steps: */
    FUNCTION_EQUAL,
    FUNCTION_UNEQUAL,
    FUNCTION_LESS,
    FUNCTION_LESS_EQUAL,
    FUNCTION_GREATER,
    FUNCTION_GREATER_EQUAL
};

/* How a function of one argument runs over its domain. */
enum function_shape {
    SHAPE_ANY,
    SHAPE_RISING, /* or staying; also in jumps */
    SHAPE_FALLING,
    SHAPE_VALLEY, /* falling to 0, rising from there */
    SHAPE_PEAK,   /* rising to 0, falling from there */
    SHAPE_STEPS,  /* of a derivative: 0, but where the value jumps */
    SHAPE_CAPPED, /* of a derivative: rising up to FUNCTION_EXP_CAP, then 0 */
    SHAPE_SINE,
    SHAPE_COSINE,
    SHAPE_MINUS_SINE,
    SHAPE_TANGENT,      /* rising between its poles */
    SHAPE_TANGENT_SLOPE /* 1 + x^2 of the tangent */
};

#define FUNCTION_EXP_CAP 227.95592420641054 /* ln 1e99 */

/* One row of the table. Exactly one of one, two, many is set; none of what the compiler writes out. */
struct function {
    char name[16]; /* lower case */
    unsigned languages; /* bit 1 << enum expression_language of each that has it */
    unsigned least, most; /* arguments */
    enum function_kind kind;
    double (*one)(double);
    double (*two)(double, double);
    double (*many)(const double *argument, unsigned count, struct random *random);
    /* Of one argument: its derivative, the shapes of both, and the domain, outside of which both are NAN. */
    double (*slope)(double);
    enum function_shape shape, slope_shape;
    double from, to;
};

/* The points of a table or pwl that are numbers in the text. */
struct function_points {
    const struct function *function; /* FUNCTION_TABLE or FUNCTION_PWL */
    size_t count;                    /* at least 2 */
    const double *point;             /* [2 count] x0, y0, x1, .. */
    bool rise;                       /* x0 < x1 < ..; else there is no value */
};

/* The function of that name in that language, or NULL. */
const struct function *functions_find(enum expression_language language, const char *text, size_t length);

/* The name of the one nearest to text, or NULL: none is near, or memory is out. */
const char *functions_nearest(enum expression_language language, const char *text, size_t length);

/* Does it draw random numbers when it has this many arguments? */
bool function_draws(const struct function *function, unsigned count);

/* Its value at argument[0..count), least <= count <= most; not finite where it has none. */
double function_value(const struct function *function, const double *argument, unsigned count, struct random *random);

/* Do the points rise? [2 count] */
bool function_points_rise(const double *point, size_t count);

/* The right end of the segment that x is on, or beyond whose end it is: 1 to count - 1; of rising points. */
size_t function_segment(const double *point, size_t count, double x);

/* The value at x of a table or pwl through these points; NAN where they do not rise. */
double function_look_up(const struct function_points *points, double x);

#endif
