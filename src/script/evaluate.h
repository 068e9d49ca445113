/* Values of expressions in commands. */
#ifndef OPSPICE_SCRIPT_EVALUATE_H
#define OPSPICE_SCRIPT_EVALUATE_H

#include "script/state.h"

/* What names mean in a command. */
struct formula_scope script_scope(struct script *script);

/* Let the current plot, or the one that is named, hold the vectors that a formula uses: the operating point at hand
 * tells any; other plots have what they recorded. False: a diagnostic says why, or memory is out. */
bool script_provide(struct script *script, const struct formula *formula, struct command command);

/* One expression with a value. False: a diagnostic says why, or memory is out. formulas and list are zeroed before. */
bool script_evaluate_one(struct script *script, struct command command, struct formulas *formulas,
                         struct series_list *list);

/* The values of the expressions in a text, those of words like `all` in the order of their names. False: a diagnostic
 * says why, or memory is out. formulas and list are zeroed before. */
bool script_evaluate_all(struct script *script, struct command command, struct formulas *formulas,
                         struct series_list *list);

/* The same, where expressions without a value at some point are left out, with an error of each: formulas->item [list
 * ->count] are those of the others. */
bool script_evaluate_some(struct script *script, struct command command, struct formulas *formulas,
                          struct series_list *list);

/* Call each vector as it was asked for: i(v1), where tables say v1#branch. False when memory is out. */
bool script_name_as_asked(struct script *script, struct formulas *formulas, struct series_list *list);

/* The value of one expression, of its first point. False: a diagnostic says why, or memory is out. */
bool script_evaluate_number(struct script *script, struct command command, double *value);

/* True when any value of the expression is not 0. False in *done: a diagnostic says why, or memory is out. */
bool script_evaluate_condition(struct script *script, struct command command, bool *done);

#endif
