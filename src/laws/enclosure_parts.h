/* The files of enclosures, and what they do for each other: enclosure.c is arithmetic and choices,
 * enclosure_functions.c what functions make of them, enclosure_run.c the algebra that the interpreter runs. Each int is
 * an enum enclosure_status, but for a sign; *value may be an operand. */
#ifndef OPSPICE_ENCLOSURE_PARTS_H
#define OPSPICE_ENCLOSURE_PARTS_H

#include "laws/enclosure.h"
#include "netlist/expression_code.h"

struct enclosure_run {
    const struct expression_law *own;
    const struct cell *cell;
    double split; /* for ENCLOSURE_SPLIT */
    size_t use;   /* for ENCLOSURE_NOT_OWN */
};

#define WHOLE {-INFINITY, INFINITY}

/* Nothing is known of it. */
extern const struct enclosure enclosure_anything;

/* Each of slope, growth and order made as narrow as the two others have it. */
struct enclosure enclosure_finished(const struct enclosure_run *run, struct enclosure x);

struct enclosure enclosure_constant(double c);
bool enclosure_is_constant(const struct enclosure *x);

/* c + d u, with the e of shift; NULL: none. */
struct enclosure enclosure_line(const struct enclosure_run *run, double c, double d, const struct enclosure *shift);

/* What an operation makes of constants, which may be too large for a number. */
int enclosure_settled(double result, struct enclosure *value);

/* s is gone, but for what rounding leaves of coefficients that cancel. Else that is said. */
int enclosure_without_shift(struct enclosure_run *run, const struct enclosure *x);

/* x is no longer straight: where it is now, it must be by itself and, if it is a line, of one sign. */
int enclosure_bend(struct enclosure_run *run, const struct enclosure *x);

/* Its sign on the cell: 1, 0 or -1, where it is known. */
int enclosure_sign(struct enclosure_run *run, const struct enclosure *x, int *sign, bool *known);

/* At one voltage a value that may be one of several is as good as none. */
bool enclosure_is_vague(const struct enclosure_run *run, struct interval value);

struct enclosure enclosure_scaled(const struct enclosure_run *run, const struct enclosure *x, double factor);
struct enclosure enclosure_sum(const struct enclosure_run *run, const struct enclosure *x, const struct enclosure *y);
struct enclosure enclosure_difference(const struct enclosure_run *run, const struct enclosure *x,
                                      const struct enclosure *y);
int enclosure_product(struct enclosure_run *run, const struct enclosure *x, const struct enclosure *y,
                      struct enclosure *value);
int enclosure_quotient(struct enclosure_run *run, const struct enclosure *x, const struct enclosure *y,
                       struct enclosure *value);

/* The greater, or the less, of x and y, which depend on s alike. */
int enclosure_choose(struct enclosure_run *run, const struct enclosure *x, const struct enclosure *y, bool greater,
                     struct enclosure *value);

/* The middle one of argument[0] and the two others [3]. */
int enclosure_limit(struct enclosure_run *run, const struct enclosure *argument, struct enclosure *value);

/* sgn(x), or the unit step. */
int enclosure_steps(struct enclosure_run *run, const struct enclosure *x, bool is_unit, struct enclosure *value);

/* x kind y, for STEP_EQUAL to STEP_GREATER_EQUAL. */
int enclosure_compare(struct enclosure_run *run, enum step_kind kind, const struct enclosure *x,
                      const struct enclosure *y, struct enclosure *value);

/* |x|^y, with the sign of x or without. */
int enclosure_power(struct enclosure_run *run, const struct enclosure *x, const struct enclosure *y, bool keeps_sign,
                    struct enclosure *value);

/* STEP_CALL and STEP_LOOK_UP, as in struct expression_algebra. */
int enclosure_call(void *data, const struct expression_step *step, const void *arguments, void *value);
int enclosure_look_up(void *data, const struct expression_step *step, const void *x, void *value);

#endif
