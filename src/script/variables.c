#include "script/variables.h"

#include "netlist/number.h"
#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* NULL: it is not set. */
static const struct variable *find(const struct variables *variables, const char *name, size_t length)
{
    uint32_t number = names_find(&variables->names, name, length);
    return number != NAMES_NONE && variables->variable[number].value ? &variables->variable[number] : NULL;
}

/* The value is taken over. */
static bool set(struct script *script, struct variables *variables, const char *name, size_t length,
                struct variable value)
{
    bool is_new, has_room = value.value && array_reserve(&variables->variable, &variables->capacity,
                                                         (size_t)variables->names.count + 1,
                                                         sizeof *variables->variable);
    uint32_t number = has_room ? names_add(&variables->names, name, length, &is_new) : NAMES_NONE;
    if (number == NAMES_NONE) {
        free(value.value);
        diagnose_no_memory(script->diagnostics);
        return false;
    }
    if (!is_new)
        free(variables->variable[number].value);
    variables->variable[number] = value;
    return true;
}

static void forget(struct variable *variable)
{
    free(variable->value);
    variable->value = NULL;
}

static void unset(struct variables *variables, const char *name, size_t length)
{
    uint32_t number = names_find(&variables->names, name, length);
    if (number != NAMES_NONE)
        forget(&variables->variable[number]);
}

static void free_all(struct variables *variables)
{
    for (uint32_t v = 0; v < variables->names.count; v++)
        free(variables->variable[v].value);
    free(variables->variable);
    names_free(&variables->names);
    *variables = (struct variables){0};
}

const char *variable_value(const struct script *script, const char *name, size_t length)
{
    const struct variable *variable = find(&script->variables, name, length);
    return variable ? variable->value : NULL;
}

bool variable_is_list(const struct script *script, const char *name, size_t length)
{
    const struct variable *variable = find(&script->variables, name, length);
    return variable && variable->is_list;
}

bool variable_set(struct script *script, const char *name, size_t length, const char *value, size_t value_length,
                  bool is_list)
{
    return set(script, &script->variables, name, length, (struct variable){strndup(value, value_length), is_list});
}

void variable_unset(struct script *script, const char *name, size_t length)
{
    unset(&script->variables, name, length);
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
    const struct variable *alias = find(&script->aliases, name, length);
    return alias ? alias->value : NULL;
}

bool alias_set(struct script *script, const char *name, size_t length, const char *text, size_t text_length)
{
    return set(script, &script->aliases, name, length, (struct variable){strndup(text, text_length), true});
}

void alias_unset(struct script *script, const char *name, size_t length)
{
    unset(&script->aliases, name, length);
}

void aliases_unset(struct script *script)
{
    for (uint32_t a = 0; a < script->aliases.names.count; a++)
        forget(&script->aliases.variable[a]);
}

void variables_free(struct script *script)
{
    free_all(&script->variables);
    free_all(&script->aliases);
}
