/* A deck for the tests of expressions to evaluate in: parameters, functions, voltages and currents. */
#ifndef OPSPICE_TEST_EXPRESSIONS_H
#define OPSPICE_TEST_EXPRESSIONS_H

#include "netlist/expression.h"

struct expression_word word(const char *text);
bool is(struct expression_word a, const char *name);

/* With the deck's functions. */
struct expression_syntax syntax_of(enum expression_language language);

/* What names and vectors are worth; scope: these, without random numbers. */
enum expression_answer value_of(void *data, const struct expression_use *use, double *value);
extern const struct expression_scope scope;

/* A number below count. */
unsigned pick(struct random *random, unsigned count);

/* Compile and evaluate; false with a diagnostic. */
bool evaluate(enum expression_language language, struct expression_word source, struct diagnostics *diagnostics,
              double *value);

#endif
