/* The postfix code of an expression of one voltage u, run on pairs instead of numbers. */
#ifndef OPSPICE_DUAL_H
#define OPSPICE_DUAL_H

#include "laws/expression_law.h"
#include "netlist/expression_code.h"

/* A value and its derivative by u, at some u; or of a straight line, for any u: v + d u. */
struct dual {
    double v, d; /* unit of the expression, that per V */
};

enum dual_status {
    DUAL_OK,
    DUAL_SPLIT, /* of lines: not one line on the whole interval */
    DUAL_CURVED /* of lines: no line at all */
};

/* What steps do with pairs; data is the caller's. The first status that is not DUAL_OK ends the run. */
struct dual_algebra {
    struct dual (*use)(void *data, size_t use);
    enum dual_status (*truth)(void *data, struct dual x, bool *truth); /* is it not 0? */
    enum dual_status (*call)(void *data, const struct expression_step *step, const struct dual *argument,
                             struct dual *value); /* value may be argument */
    enum dual_status (*binary)(void *data, enum step_kind kind, struct dual x, struct dual y, struct dual *value);
};

/* The value of the expression. */
enum dual_status dual_run(const struct expression *expression, const struct dual_algebra *algebra, void *data,
                          struct dual *value);

/* Value and derivative of x kind y. */
struct dual dual_binary(enum step_kind kind, struct dual x, struct dual y);

/* Value and derivative of the function of a step. */
struct dual dual_call(const struct expression_law *own, const struct expression_step *step, const struct dual *argument);

/* Its value alone, with the random numbers of that step. argument [step->count]. */
double dual_call_value(const struct expression_law *own, const struct expression_step *step, const double *argument);

#endif
