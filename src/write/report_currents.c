/* Reports: the largest currents, limits that are exceeded, nodes without a source. */
#include "write/report_parts.h"

#include <math.h>

/* The nodes of an element, in the direction of its current. */
static void put_ends(struct sink *sink, const struct circuit *circuit, const struct element *element, double current)
{
    html_cell(sink, circuit->nodes.text[current < 0 ? element->k : element->a]);
    html_cell(sink, circuit->nodes.text[current < 0 ? element->a : element->k]);
}

static void put_name_cell(struct sink *sink, const struct circuit *circuit, uint32_t e)
{
    sink_text(sink, "<td>");
    report_element(sink, circuit, e);
    sink_text(sink, "</td>");
}

/* ohms of a resistor, nothing of a short or a source of 0 V. */
static void put_resistance_cell(struct sink *sink, const struct element *element)
{
    if (element->kind == ELEMENT_RESISTOR || element->kind == ELEMENT_SWITCH)
        html_si_cell(sink, element->value, "\xce\xa9");
    else
        sink_text(sink, "<td></td>");
}

static void put_wires(struct sink *sink, const struct report_output *of)
{
    const struct output *output = of->output;
    bool placed = of->report->placement.placed > 0;
    html_table(sink, "Resistors and wires with the largest currents",
               placed ? ">rank|name|from|to|layer|>resistance|>current|>drop|>power"
                      : ">rank|name|from|to|>resistance|>current|>drop|>power");
    for (size_t w = 0; w < of->report->wires.count; w++) {
        uint32_t e = of->report->wires.item[w].number;
        const struct element *element = &output->circuit->element[e];
        double drop = operating_point_drop(output->op, element), current = output->op->current[e];
        double sign = current < 0 ? -1 : 1;
        sink_text(sink, "<tr>");
        html_count_cell(sink, w + 1);
        put_name_cell(sink, output->circuit, e);
        put_ends(sink, output->circuit, element, current);
        if (placed)
            report_layer_cell(sink, of->report, element);
        put_resistance_cell(sink, element);
        html_si_cell(sink, sign * current, "A");
        html_si_cell(sink, sign * drop, "V");
        html_si_cell(sink, drop * current, "W");
        sink_text(sink, "</tr>\n");
    }
    html_end_table(sink);
}

static void put_sources(struct sink *sink, const struct report_output *of)
{
    const struct output *output = of->output;
    html_table(sink, "Voltage sources with the largest currents",
               ">rank|name|+|−|>voltage|>current delivered|>power");
    for (size_t s = 0; s < of->report->sources.count; s++) {
        uint32_t e = of->report->sources.item[s].number;
        const struct element *element = &output->circuit->element[e];
        double volts = operating_point_drop(output->op, element), current = output->op->current[e];
        sink_text(sink, "<tr>");
        html_count_cell(sink, s + 1);
        put_name_cell(sink, output->circuit, e);
        put_ends(sink, output->circuit, element, 0);
        html_volts_cell(sink, volts);
        html_si_cell(sink, -current, "A");
        html_si_cell(sink, -volts * current, "W");
        sink_text(sink, "</tr>\n");
    }
    html_end_table(sink);
}

void report_currents(struct sink *sink, const struct report_output *of)
{
    if (of->report->wires.count == 0 && of->report->sources.count == 0)
        return;
    sink_text(sink, "<h2>Currents</h2>\n");
    if (of->report->wires.count > 0)
        put_wires(sink, of);
    if (of->report->sources.count > 0)
        put_sources(sink, of);
}

/* ---- limits ---- */

static void put_violation(struct sink *sink, const struct report_output *of, size_t v)
{
    const struct output *output = of->output;
    const struct current_limits *limits = &of->report->limits;
    const struct violation *violation = &limits->violation[v];
    const struct element *element = &output->circuit->element[violation->element];
    double current = output->op->current[violation->element];
    sink_text(sink, "<tr>");
    html_count_cell(sink, v + 1);
    put_name_cell(sink, output->circuit, violation->element);
    put_ends(sink, output->circuit, element, current);
    report_layer_cell(sink, of->report, element);
    html_si_cell(sink, fabs(current), "A");
    html_si_cell(sink, limits->item[violation->limit].ampere, "A");
    html_percent_cell(sink, 100 * violation->ratio);
    sink_text(sink, "</tr>\n");
}

void report_violations(struct sink *sink, const struct report_output *of)
{
    const struct current_limits *limits = &of->report->limits;
    size_t most = of->report->wires.most, shown = limits->violations < most ? limits->violations : most;
    if (!of->report->has_limits)
        return;
    sink_text(sink, "<h2>Limits of currents</h2>\n<p>");
    html_count(sink, limits->violations);
    sink_text(sink, " of ");
    html_count(sink, limits->wires);
    sink_text(sink, limits->wires == 1 ? " wire that has a limit exceeds it" : " wires that have a limit exceed it");
    sink_text(sink, shown < limits->violations ? "; the worst of them:</p>\n" : ".</p>\n");
    if (shown == 0)
        return;
    html_table(sink, NULL, ">rank|name|from|to|layer|>current|>limit|>% of limit");
    for (size_t v = 0; v < shown; v++)
        put_violation(sink, of, v);
    html_end_table(sink);
}

/* ---- nodes ---- */

void report_unreached(struct sink *sink, const struct report_output *of)
{
    const struct report *report = of->report;
    const struct output *output = of->output;
    size_t most = report->wires.most, shown = report->unreached_count < most ? report->unreached_count : most;
    sink_text(sink, "<h2>Unconnected nodes</h2>\n");
    if (report->unreached_count == 0) {
        sink_text(sink, "<p>None.</p>\n");
        return;
    }
    sink_text(sink, "<p>No voltage source reaches ");
    html_count(sink, report->unreached_count);
    sink_text(sink, report->unreached_count == 1 ? " node" : " nodes");
    sink_text(sink, shown < report->unreached_count ? "; the first of them:</p>\n" : ":</p>\n");
    if (shown == 0)
        return;
    bool placed = report->placement.placed > 0;
    html_table(sink, NULL, placed ? "node|layer|>x|>y|>voltage|potential" : "node|>voltage|potential");
    for (size_t n = 0; n < shown; n++) {
        uint32_t node = report->unreached[n], relative = output->op->floats[node];
        sink_text(sink, "<tr>");
        html_cell(sink, output->circuit->nodes.text[node]);
        if (placed)
            report_place_cells(sink, report, node);
        html_volts_cell(sink, output->op->voltage[node]);
        if (relative == POINT_TIED) {
            html_cell(sink, "decided by currents to ground");
        } else {
            sink_text(sink, "<td>floats, relative to ");
            html_text(sink, output->circuit->nodes.text[relative]);
            sink_text(sink, "</td>");
        }
        sink_text(sink, "</tr>\n");
    }
    html_end_table(sink);
}
