#include "script/variables.h"

#include "netlist/number.h"
#include "util/array.h"
#include <stdlib.h>
#include <string.h>

const char *variable_value(const struct script *script, const char *name, size_t length)
{
    uint32_t number = names_find(&script->variable_names, name, length);
    return number != NAMES_NONE ? script->variable[number].value : NULL;
}

bool variable_is_list(const struct script *script, const char *name, size_t length)
{
    uint32_t number = names_find(&script->variable_names, name, length);
    return number != NAMES_NONE && script->variable[number].is_list;
}

bool variable_set(struct script *script, const char *name, size_t length, const char *value, size_t value_length,
                  bool is_list)
{
    char *copy = strndup(value, value_length);
    bool is_new, has_room = copy && array_reserve(&script->variable, &script->variable_capacity,
                                                  (size_t)script->variable_names.count + 1, sizeof *script->variable);
    uint32_t number = has_room ? names_add(&script->variable_names, name, length, &is_new) : NAMES_NONE;
    if (number == NAMES_NONE) {
        free(copy);
        diagnose_no_memory(script->diagnostics);
        return false;
    }
    if (!is_new)
        free(script->variable[number].value);
    script->variable[number] = (struct variable){copy, is_list};
    return true;
}

void variable_unset(struct script *script, const char *name, size_t length)
{
    uint32_t number = names_find(&script->variable_names, name, length);
    if (number == NAMES_NONE)
        return;
    free(script->variable[number].value);
    script->variable[number].value = NULL;
}

bool variable_is_set(const struct script *script, const char *name)
{
    return variable_value(script, name, strlen(name));
}

double variable_number(const struct script *script, const char *name, double otherwise)
{
    const char *value = variable_value(script, name, strlen(name));
    double number;
    return value && number_parse(value, strlen(value), &number) == NUMBER_OK ? number : otherwise;
}

const char *alias_text(const struct script *script, const char *name, size_t length)
{
    uint32_t number = names_find(&script->alias_names, name, length);
    return number != NAMES_NONE ? script->alias[number] : NULL;
}

bool alias_set(struct script *script, const char *name, size_t length, const char *text, size_t text_length)
{
    char *copy = text ? strndup(text, text_length) : NULL;
    bool is_new, has_room = (copy || !text) && array_reserve(&script->alias, &script->alias_capacity,
                                                             (size_t)script->alias_names.count + 1,
                                                             sizeof *script->alias);
    uint32_t number = has_room ? names_add(&script->alias_names, name, length, &is_new) : NAMES_NONE;
    if (number == NAMES_NONE) {
        free(copy);
        diagnose_no_memory(script->diagnostics);
        return false;
    }
    if (!is_new)
        free(script->alias[number]);
    script->alias[number] = copy;
    return true;
}

void variables_free(struct script *script)
{
    for (uint32_t v = 0; v < script->variable_names.count; v++)
        free(script->variable[v].value);
    free(script->variable);
    script->variable = NULL;
    script->variable_capacity = 0;
    names_free(&script->variable_names);
    for (uint32_t a = 0; a < script->alias_names.count; a++)
        free(script->alias[a]);
    free(script->alias);
    script->alias = NULL;
    script->alias_capacity = 0;
    names_free(&script->alias_names);
}
