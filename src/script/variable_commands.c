/* Commands of variables. */
#include "script/commands.h"

#include "script/lines.h"
#include "script/variables.h"
#include "netlist/number.h"
#include <string.h>

/* What a text is without blanks at its ends, or what its parentheses or quotes hold. */
static struct command stripped(const char *at, const char *end)
{
    while (at < end && line_is_blank(*at))
        at++;
    while (end > at && line_is_blank(end[-1]))
        end--;
    bool is_list = end - at >= 2 && *at == '(' && end[-1] == ')';
    bool is_quoted = end - at >= 2 && (*at == '"' || *at == '\'') && end[-1] == *at;
    if (is_list)
        return stripped(at + 1, end - 1);
    return is_quoted ? text_between(at + 1, end - 1) : text_between(at, end);
}

static void set_flags(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    while (line_next_word(&at, end, &word, &length))
        variable_set(script, word, length, "", 0);
}

/* What `write` and `print` make of a value that they cannot take. */
static void check_variable(struct script *script, struct command command, struct command name, struct command value)
{
    double digits;
    if (line_word_is(name.text, name.length, "filetype") && !line_word_is(value.text, value.length, "ascii") &&
        !line_word_is(value.text, value.length, "binary"))
        diagnose(script->diagnostics, WARNING_VARIABLE_VALUE, command.text, command.length,
                 "filetype is ascii or binary, not %.*s: files are written in binary", (int)value.length, value.text);
    else if (line_word_is(name.text, name.length, "numdgt") &&
             number_parse(value.text, value.length, &digits) != NUMBER_OK)
        diagnose(script->diagnostics, WARNING_VARIABLE_VALUE, command.text, command.length,
                 "numdgt is a number, not %.*s", (int)value.length, value.text);
}

/* set | set name .. | set name = value | set name = ( a b c ) */
void command_set(struct script *script, struct command command)
{
    const char *equals = memchr(command.text, '=', command.length);
    if (command.length == 0) {
        for (size_t v = 0; v < script->variables; v++)
            fprintf(script->out, "%s\t%s\n", script->variable[v].name, script->variable[v].value);
        return;
    }
    if (!equals) {
        set_flags(script, command);
        return;
    }
    struct command name = stripped(command.text, equals), value = stripped(equals + 1, command.text + command.length);
    if (name.length == 0)
        script_complain(script, command, "set needs a name before the `=`");
    else if (line_word_is(name.text, name.length, "curplot"))
        command_setplot(script, value);
    else if (variable_set(script, name.text, name.length, value.text, value.length))
        check_variable(script, command, name, value);
}

void command_unset(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    while (line_next_word(&at, end, &word, &length))
        variable_unset(script, word, length);
}

/* strcmp name a b: the variable becomes -1, 0 or 1 */
void command_strcmp(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word[3];
    size_t length[3];
    for (int w = 0; w < 3; w++) {
        if (!line_next_word(&at, end, &word[w], &length[w])) {
            script_complain(script, command, "strcmp needs a name and two words");
            return;
        }
    }
    size_t shared = length[1] < length[2] ? length[1] : length[2];
    int order = memcmp(word[1], word[2], shared);
    if (order == 0)
        order = (length[1] > length[2]) - (length[1] < length[2]);
    const char *value = order < 0 ? "-1" : order > 0 ? "1" : "0";
    variable_set(script, word[0], length[0], value, strlen(value));
}
