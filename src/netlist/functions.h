/* The built-in functions of expressions. */
#ifndef OPSPICE_FUNCTIONS_H
#define OPSPICE_FUNCTIONS_H

#include "netlist/expression.h"
#include <limits.h>

enum { FUNCTION_ANY_NUMBER = UINT_MAX };

/* One row of the table. Exactly one of one, two, many is set; none for ternary_fcn, which the compiler writes out. */
struct function {
    const char *name; /* lower case */
    unsigned languages; /* bit 1 << enum expression_language of each that has it */
    unsigned least, most; /* arguments */
    double (*one)(double);
    double (*two)(double, double);
    double (*many)(const double *argument, unsigned count, struct random *random);
};

/* The function of that name in that language, or NULL. */
const struct function *functions_find(enum expression_language language, const char *text, size_t length);

/* The name of the one nearest to text, or NULL: none is near, or memory is out. */
const char *functions_nearest(enum expression_language language, const char *text, size_t length);

/* Does it draw random numbers when it has this many arguments? */
bool function_draws(const struct function *function, unsigned count);

bool function_is_ternary(const struct function *function);

/* Its value at argument[0..count), least <= count <= most; not finite where it has none. */
double function_value(const struct function *function, const double *argument, unsigned count, struct random *random);

#endif
