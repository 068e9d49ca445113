#include "script/state.h"

#include "script/lines.h"
#include "reader.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- diagnostics ---- */

static void say(struct script *script, enum diagnostic_code code, struct command command, const char *format,
                va_list arguments)
{
    char message[512];
    vsnprintf(message, sizeof message, format, arguments);
    diagnose(script->diagnostics, code, command.text, command.length ? command.length : 1, "%s", message);
}

void script_complain(struct script *script, struct command command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(script, ERROR_SCRIPT_COMMAND, command, format, arguments);
    va_end(arguments);
}

void script_warn(struct script *script, struct command command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(script, WARNING_COMMAND_WITHOUT_EFFECT, command, format, arguments);
    va_end(arguments);
}

void script_refuse(struct script *script, enum diagnostic_code code, struct command command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(script, code, command, format, arguments);
    va_end(arguments);
    script->refused = true;
}

bool script_has_circuit(struct script *script, struct command command)
{
    if (!script->here)
        script_complain(script, command, "there is no circuit loaded");
    else if (session_is_empty(script->here->session))
        script_complain(script, command, "there is no circuit: the netlist has no elements");
    return script->here && !session_is_empty(script->here->session);
}

void script_relocate(struct script *script, size_t first, const char *text, size_t size, const char *place,
                     size_t length)
{
    for (size_t d = first; d < script->diagnostics->count; d++) {
        struct diagnostic *diagnostic = &script->diagnostics->item[d];
        if (diagnostic->place >= text && diagnostic->place <= text + size) {
            diagnostic->place = place;
            diagnostic->length = length;
        }
    }
}

/* ---- cards ---- */

const struct card *script_card(struct script *script, struct netlist *netlist, const char *name, struct command command)
{
    size_t name_length = strlen(name) + 1, size = name_length + command.length, first = script->diagnostics->count;
    size_t errors = script->diagnostics->errors;
    char *text = malloc(size + 1);
    if (!text) {
        diagnose_no_memory(script->diagnostics);
        return NULL;
    }
    snprintf(text, size + 1, "%s %.*s", name, (int)command.length, command.text);
    bool read = reader_cards(netlist, "script", text, size, script->diagnostics) == READER_OK;
    free(text);
    if (!read)
        diagnose_no_memory(script->diagnostics);
    if (!read || netlist->sources.count == 0)
        return NULL;
    /* The words are those of the command, not of the copy that was read. */
    const char *copy = netlist->sources.item[0].text;
    for (size_t d = first; d < script->diagnostics->count; d++) {
        struct diagnostic *diagnostic = &script->diagnostics->item[d];
        if (diagnostic->place >= copy && diagnostic->place <= copy + size)
            diagnostic->place = command.text + (diagnostic->place - copy > (ptrdiff_t)name_length
                                                    ? diagnostic->place - copy - (ptrdiff_t)name_length
                                                    : 0);
    }
    if (script->diagnostics->errors != errors || netlist->count != 1)
        return NULL;
    struct card *card = &netlist->card[0];
    for (uint32_t a = 1; a < card->count; a++)
        card->arg[a].text = command.text + (card->arg[a].text - copy) - name_length;
    card->arg[0].text = command.name ? command.text - 1 - command.name : command.text;
    card->arg[0].length = command.name ? (uint32_t)command.name : 1;
    return card;
}
