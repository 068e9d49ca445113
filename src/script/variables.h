/* Variables of `set` and `foreach`. */
#ifndef OPSPICE_SCRIPT_VARIABLES_H
#define OPSPICE_SCRIPT_VARIABLES_H

#include "script/state.h"

/* The value of a variable, or NULL. */
const char *variable_value(const struct script *script, const char *name, size_t length);

/* False when memory is out. */
bool variable_set(struct script *script, const char *name, size_t length, const char *value, size_t value_length);
void variable_unset(struct script *script, const char *name, size_t length);

#endif
