/* The public API: what can be asked about a deck, without a change of it. */
#include "api/deck.h"

#include "elaborate/card_reader.h"
#include "write/columns.h"
#include <string.h>

/* ---- nodes and branches -------------------------------------------------------------------------------------- */

const char *opspice_title(const opspice *deck)
{
    return deck->title ? deck->title : "";
}

size_t opspice_node_count(const opspice *deck)
{
    return deck->session.circuit.nodes.count ? deck->session.circuit.nodes.count - 1 : 0;
}

const char *opspice_node_name(const opspice *deck, size_t node)
{
    return node < opspice_node_count(deck) ? deck->session.circuit.nodes.text[node + 1] : NULL;
}

const double *opspice_node_voltages(const opspice *deck)
{
    return deck->session.engine.answered ? deck->session.engine.op.voltage + 1 : NULL;
}

int opspice_voltage(const opspice *deck, const char *node, double *volts)
{
    uint32_t number = GROUND;
    if (!node_is_ground(node, strlen(node)))
        number = names_find(&deck->session.circuit.nodes, node, strlen(node));
    if (!deck->session.engine.answered || number == NAMES_NONE)
        return OPSPICE_USAGE;
    *volts = deck->session.engine.op.voltage[number];
    return OPSPICE_OK;
}

size_t opspice_branch_count(const opspice *deck)
{
    return deck->session.circuit.elements.count;
}

const char *opspice_branch_name(const opspice *deck, size_t branch)
{
    return branch < opspice_branch_count(deck) ? deck->session.circuit.elements.text[branch] : NULL;
}

const double *opspice_branch_currents(const opspice *deck)
{
    return deck->session.engine.answered ? deck->session.engine.op.current : NULL;
}

int opspice_current(const opspice *deck, const char *element, double *amperes)
{
    uint32_t number = names_find(&deck->session.circuit.elements, element, strlen(element));
    if (!deck->session.engine.answered || number == NAMES_NONE)
        return OPSPICE_USAGE;
    *amperes = deck->session.engine.op.current[number];
    return OPSPICE_OK;
}

const opspice_certificate *opspice_get_certificate(const opspice *deck)
{
    return deck->totals.points > 0 ? &deck->certificate : NULL;
}

const opspice_stats *opspice_get_stats(const opspice *deck)
{
    return &deck->stats;
}

/* ---- results ------------------------------------------------------------------------------------------------- */

const struct result *deck_results(const opspice *deck, size_t *count)
{
    const struct session *session = &deck->session;
    size_t by_script = 0;
    while (by_script < session->results && session->result[by_script].by_script)
        by_script++;
    if (by_script == session->results)
        by_script = 0;
    *count = session->results - by_script;
    return session->result + by_script;
}

size_t opspice_result_count(const opspice *deck)
{
    size_t count;
    deck_results(deck, &count);
    return count;
}

size_t opspice_result_points(const opspice *deck, size_t result)
{
    size_t count;
    const struct result *chosen = deck_results(deck, &count);
    return result < count ? chosen[result].plot.points : 0;
}

size_t opspice_result_axes(const opspice *deck, size_t result)
{
    size_t count;
    const struct result *chosen = deck_results(deck, &count);
    return result < count ? chosen[result].plot.axes : 0;
}

const char *opspice_result_unit(const opspice *deck, size_t result, size_t column)
{
    size_t count;
    const struct result *chosen = deck_results(deck, &count);
    const struct columns columns = result < count ? columns_of(&chosen[result]) : (struct columns){0};
    const char *unit = NULL;
    if (result < count && column < columns_count(&columns))
        columns_label(&columns, column, &deck->session.circuit, &unit);
    return unit;
}

int opspice_exit_code(const opspice *deck)
{
    return deck->exit_code;
}

/* ---- diagnostics --------------------------------------------------------------------------------------------- */

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

int opspice_get_diagnostic(const opspice *deck, size_t number, opspice_diagnostic *diagnostic)
{
    static const enum opspice_severity severity[] = {[SEVERITY_NOTE] = OPSPICE_NOTE,
                                                     [SEVERITY_WARNING] = OPSPICE_WARNING,
                                                     [SEVERITY_ERROR] = OPSPICE_ERROR,
                                                     [SEVERITY_OUTCOME] = OPSPICE_ERROR,
                                                     [SEVERITY_FAILURE] = OPSPICE_ERROR};
    const struct diagnostic *found = find_diagnostic(deck, number);
    if (!found)
        return OPSPICE_USAGE;
    struct location location = sources_locate(&deck->session.netlist.sources, found->place);
    *diagnostic = (opspice_diagnostic){.severity = severity[found->severity],
                                       .file = location.source ? location.source->name : NULL,
                                       .line = location.line,
                                       .column = location.column,
                                       .message = found->message,
                                       .code = code_name(found->code),
                                       .more = found->more};
    return OPSPICE_OK;
}

char *opspice_diagnostic_text(const opspice *deck, size_t number)
{
    const struct diagnostic *found = find_diagnostic(deck, number);
    return found ? diagnostic_text(found, &deck->session.netlist.sources) : NULL;
}
