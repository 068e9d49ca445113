#include "script/state.h"

#include "script/lines.h"
#include "reader.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- diagnostics ---- */

void script_complain(struct script *script, struct command command, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    diagnose(script->diagnostics, ERROR_SCRIPT_COMMAND, command.text, command.length ? command.length : 1, "%s",
             message);
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

/* ---- plots ---- */

struct plot *script_plot(struct script *script)
{
    return script->current == NO_RESULT ? &script->constants : &script->session->result[script->current].plot;
}

const char *script_plot_name(const struct plot *plot, char name[PLOT_NAME])
{
    static const char *const kind[] = {[PLOT_OP] = "op", [PLOT_DC] = "dc", [PLOT_TF] = "tf", [PLOT_OWN] = "unknown"};
    if (plot->number > 0)
        snprintf(name, PLOT_NAME, "%s%u", kind[plot->kind], plot->number);
    else
        snprintf(name, PLOT_NAME, "const");
    return name;
}

size_t script_result_named(const struct script *script, const char *name, size_t length)
{
    for (size_t r = 0; r < script->session->results; r++) {
        char own[PLOT_NAME];
        if (line_word_is(name, length, script_plot_name(&script->session->result[r].plot, own)))
            return r;
    }
    return NO_RESULT;
}
