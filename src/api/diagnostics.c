/* The public API: diagnostics. */
#include "api/deck.h"

#include "api/views.h"
#include "util/array.h"
#include <stdlib.h>

size_t opspice_diagnostic_count(const opspice *deck)
{
    return deck->load_diagnostics.count + deck->solve_diagnostics.count;
}

static const struct diagnostic *find_diagnostic(const opspice *deck, size_t number)
{
    size_t loaded = deck->load_diagnostics.count;
    if (number >= opspice_diagnostic_count(deck))
        return NULL;
    return number < loaded ? &deck->load_diagnostics.item[number] : &deck->solve_diagnostics.item[number - loaded];
}

static opspice_diagnostic as_data(const opspice *deck, const struct diagnostic *found)
{
    static const enum opspice_severity severity[] = {[SEVERITY_NOTE] = OPSPICE_NOTE,
                                                     [SEVERITY_WARNING] = OPSPICE_WARNING,
                                                     [SEVERITY_ERROR] = OPSPICE_ERROR,
                                                     [SEVERITY_OUTCOME] = OPSPICE_ERROR,
                                                     [SEVERITY_FAILURE] = OPSPICE_ERROR};
    struct location location = sources_locate(&deck->session.netlist.sources, found->place);
    return (opspice_diagnostic){.severity = severity[found->severity],
                                .file = location.source ? location.source->name : NULL,
                                .line = location.line,
                                .column = location.column,
                                .message = found->message,
                                .code = code_name(found->code),
                                .more = found->more};
}

/* Room for a pointer to each. False when memory is out. */
static bool make_room(struct views *views, size_t count)
{
    if (!array_reserve(&views->diagnostic, &views->diagnostic_capacity, count, sizeof *views->diagnostic))
        return false;
    while (views->diagnostics < count)
        views->diagnostic[views->diagnostics++] = NULL;
    return true;
}

const opspice_diagnostic *opspice_get_diagnostic(const opspice *deck, size_t number)
{
    const struct diagnostic *found = find_diagnostic(deck, number);
    struct views *views = deck->views;
    if (!found || !make_room(views, number + 1))
        return NULL;
    if (!views->diagnostic[number]) {
        opspice_diagnostic *shown = arena_alloc(&views->arena, sizeof *shown);
        if (!shown)
            return NULL;
        *shown = as_data(deck, found);
        views->diagnostic[number] = shown;
    }
    return views->diagnostic[number];
}

char *opspice_diagnostic_text(const opspice *deck, size_t number)
{
    const struct diagnostic *found = find_diagnostic(deck, number);
    return found ? diagnostic_text(found, &deck->session.netlist.sources) : NULL;
}

void opspice_free_text(char *text)
{
    free(text);
}
