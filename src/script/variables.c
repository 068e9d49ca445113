#include "script/variables.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

static struct variable *find(const struct script *script, const char *name, size_t length)
{
    for (size_t v = 0; v < script->variables; v++) {
        struct variable *variable = &script->variable[v];
        if (strlen(variable->name) == length && memcmp(variable->name, name, length) == 0)
            return variable;
    }
    return NULL;
}

const char *variable_value(const struct script *script, const char *name, size_t length)
{
    const struct variable *variable = find(script, name, length);
    return variable ? variable->value : NULL;
}

bool variable_set(struct script *script, const char *name, size_t length, const char *value, size_t value_length)
{
    struct variable *variable = find(script, name, length);
    char *copy = strndup(value, value_length);
    if (copy && variable) {
        free(variable->value);
        variable->value = copy;
        return true;
    }
    char *own_name = strndup(name, length);
    if (!copy || !own_name ||
        !array_reserve(&script->variable, &script->variable_capacity, script->variables + 1,
                       sizeof *script->variable)) {
        free(copy);
        free(own_name);
        diagnose_no_memory(script->diagnostics);
        return false;
    }
    script->variable[script->variables++] = (struct variable){own_name, copy};
    return true;
}

void variable_unset(struct script *script, const char *name, size_t length)
{
    struct variable *variable = find(script, name, length);
    if (!variable)
        return;
    free(variable->name);
    free(variable->value);
    *variable = script->variable[--script->variables];
}
