/* Variables of `set` and `foreach`, aliases of commands. */
#ifndef OPSPICE_SCRIPT_VARIABLES_H
#define OPSPICE_SCRIPT_VARIABLES_H

#include "script/state.h"

/* The value of a variable, or NULL. */
const char *variable_value(const struct script *script, const char *name, size_t length);

/* Is it a list of words, and not one that may have blanks? */
bool variable_is_list(const struct script *script, const char *name, size_t length);

/* is_list: its words are several values. False when memory is out. */
bool variable_set(struct script *script, const char *name, size_t length, const char *value, size_t value_length,
                  bool is_list);
void variable_unset(struct script *script, const char *name, size_t length);

/* Is a variable of this name set? */
bool variable_is_set(const struct script *script, const char *name);

/* The number that a variable is, or otherwise. */
double variable_number(const struct script *script, const char *name, double otherwise);

/* What a word stands for as a command, or NULL. False when memory is out. */
const char *alias_text(const struct script *script, const char *name, size_t length);
bool alias_set(struct script *script, const char *name, size_t length, const char *text, size_t text_length);
void alias_unset(struct script *script, const char *name, size_t length);
void aliases_unset(struct script *script);

/* Free variables and aliases. */
void variables_free(struct script *script);

#endif
