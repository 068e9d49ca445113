/* Reports: the nets, and of each its layers and its worst nodes. */
#include "write/report_parts.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void report_node(struct sink *sink, const struct circuit *circuit, uint32_t node)
{
    html_text(sink, circuit->nodes.text[node]);
}

void report_element(struct sink *sink, const struct circuit *circuit, uint32_t element)
{
    int length;
    const char *name = circuit_spelling(circuit, element, &length);
    html_bytes(sink, name, (size_t)length);
}

void report_place_cells(struct sink *sink, const struct report *report, uint32_t node)
{
    enum { DIGITS = 15 };
    const struct placement *placement = &report->placement;
    bool placed = placement->layer[node] != PLACEMENT_NONE;
    html_cell(sink, placed ? placement->name[placement->layer[node]] : "");
    if (placed) {
        html_number_cell(sink, placement->x[node], DIGITS);
        html_number_cell(sink, placement->y[node], DIGITS);
    } else {
        sink_text(sink, "<td></td><td></td>");
    }
}

void report_layer_cell(struct sink *sink, const struct report *report, const struct element *element)
{
    uint32_t a, k;
    sink_text(sink, "<td>");
    if (placement_layers(&report->placement, element, &a, &k)) {
        html_text(sink, report->placement.name[a]);
        if (a != k) {
            sink_text(sink, "-");
            html_text(sink, report->placement.name[k]);
        }
    }
    sink_text(sink, "</td>");
}

/* ---- the table of nets ---- */

static void put_net(struct sink *sink, const struct operating_point *op, const struct supply_net *net)
{
    sink_text(sink, "<tr>");
    html_cell(sink, net->name);
    html_count_cell(sink, net->nodes);
    html_count_cell(sink, net->sources);
    if (!net->is_supplied) {
        sink_text(sink, "<td colspan=\"10\">no source feeds these nodes</td></tr>\n");
        return;
    }
    html_volts_cell(sink, net->supply);
    html_volts_cell(sink, op->voltage[net->worst]);
    html_volts_cell(sink, net->average);
    html_si_cell(sink, net->worst_drop, "V");
    html_percent_cell(sink, supply_net_percent(net, net->worst_drop));
    html_si_cell(sink, net->average_drop, "V");
    html_percent_cell(sink, supply_net_percent(net, net->average_drop));
    html_si_cell(sink, fabs(supply_net_current(net)), "A");
    html_si_cell(sink, net->power, "W");
    html_si_cell(sink, net->loss, "W");
    sink_text(sink, "</tr>\n");
}

/* Sources of different voltages are told of: the drops are from the largest. */
static void put_unequal(struct sink *sink, const struct supply_net *net)
{
    if (net->supply == net->lowest_supply)
        return;
    sink_text(sink, "<p class=\"note\">The sources of net ");
    html_text(sink, net->name);
    sink_text(sink, " are at ");
    html_volts(sink, net->lowest_supply);
    sink_text(sink, " to ");
    html_volts(sink, net->supply);
    sink_text(sink, "; its drops are from the latter.</p>\n");
}

void report_nets(struct sink *sink, const struct report_output *of)
{
    const struct supply_nets *nets = &of->report->nets;
    uint32_t shown = nets->count < REPORT_SHOWN_NETS ? nets->count : REPORT_SHOWN_NETS;
    sink_text(sink, "<h2>Nets</h2>\n");
    if (nets->count == 0) {
        sink_text(sink, "<p>No voltage source feeds any node.</p>\n");
        return;
    }
    html_table(sink, NULL,
               "net|>nodes|>sources|>supply|>worst voltage|>average voltage|>worst drop|>%|>average drop|>%|>current|"
               ">total power|>lost in wires");
    for (uint32_t n = 0; n < shown; n++)
        put_net(sink, of->output->op, &nets->net[n]);
    html_end_table(sink);
    if (shown < nets->count) {
        sink_text(sink, "<p class=\"note\">The largest ");
        html_count(sink, shown);
        sink_text(sink, " of ");
        html_count(sink, nets->count);
        sink_text(sink, " nets.</p>\n");
    }
    for (uint32_t n = 0; n < shown; n++)
        put_unequal(sink, &nets->net[n]);
}

/* ---- layers ---- */

static void put_wire_cells(struct sink *sink, const struct circuit *circuit, uint32_t wires, uint32_t largest,
                           double current)
{
    html_count_cell(sink, wires);
    if (largest == SUPPLY_NONE) {
        sink_text(sink, "<td></td><td></td>");
        return;
    }
    html_si_cell(sink, current, "A");
    sink_text(sink, "<td>");
    report_element(sink, circuit, largest);
    sink_text(sink, "</td>");
}

static void put_layers(struct sink *sink, const struct report_output *of, uint32_t n)
{
    const struct report *report = of->report;
    const struct supply_net *net = &report->nets.net[n];
    const struct net_layers *layers = &report->layers;
    html_table(sink, "Layers and vias",
               "layer|>nodes|>worst drop|>%|>average drop|>wires|>largest current|in");
    for (size_t q = 0; q < layers->count; q++) {
        const struct net_layer *layer = &layers->item[q];
        if (layer->net != n)
            continue;
        sink_text(sink, "<tr>");
        html_cell(sink, report->placement.name[layer->layer]);
        html_count_cell(sink, layer->nodes);
        html_si_cell(sink, layer->worst_drop, "V");
        html_percent_cell(sink, supply_net_percent(net, layer->worst_drop));
        html_si_cell(sink, layer->average_drop, "V");
        put_wire_cells(sink, of->output->circuit, layer->wires, layer->largest, layer->largest_current);
        sink_text(sink, "</tr>\n");
    }
    for (size_t v = 0; v < layers->vias; v++) {
        const struct net_via *via = &layers->via[v];
        if (via->net != n)
            continue;
        sink_text(sink, "<tr><td>");
        html_text(sink, report->placement.name[via->a]);
        sink_text(sink, "-");
        html_text(sink, report->placement.name[via->k]);
        sink_text(sink, "</td><td></td><td></td><td></td><td></td>");
        put_wire_cells(sink, of->output->circuit, via->wires, via->largest, via->largest_current);
        sink_text(sink, "</tr>\n");
    }
    html_end_table(sink);
}

/* ---- nodes ---- */

static void put_worst(struct sink *sink, const struct report_output *of, uint32_t n)
{
    const struct report *report = of->report;
    const struct circuit *circuit = of->output->circuit;
    const struct largest *worst = &report->worst[n];
    if (worst->count == 0)
        return;
    bool placed = report->placement.placed > 0;
    html_table(sink, "Nodes with the largest drops",
               placed ? ">rank|node|layer|>x|>y|>voltage|>drop|>%" : ">rank|node|>voltage|>drop|>%");
    for (size_t w = 0; w < worst->count; w++) {
        uint32_t node = worst->item[w].number;
        sink_text(sink, "<tr>");
        html_count_cell(sink, w + 1);
        html_cell(sink, circuit->nodes.text[node]);
        if (placed)
            report_place_cells(sink, report, node);
        html_volts_cell(sink, of->output->op->voltage[node]);
        html_si_cell(sink, worst->item[w].value, "V");
        html_percent_cell(sink, supply_net_percent(&report->nets.net[n], worst->item[w].value));
        sink_text(sink, "</tr>\n");
    }
    html_end_table(sink);
}

/* ---- a net ---- */

static bool has_layers(const struct net_layers *layers, uint32_t net)
{
    for (size_t q = 0; q < layers->count; q++) {
        if (layers->item[q].net == net)
            return true;
    }
    return false;
}

/* Can it be drawn? */
static bool has_extent(const struct net_layer *layer)
{
    return layer->x_most > layer->x_least || layer->y_most > layer->y_least;
}

/* Layers of two nodes and more have a map; of many those with most nodes, which is what *maps is cut to. */
static size_t choose_maps(struct heat_map *map, const struct net_layers *layers)
{
    size_t maps = 0;
    for (size_t q = 0; q < layers->count; q++) {
        const struct net_layer *layer = &layers->item[q];
        bool drawn = has_extent(layer);
        size_t larger = 0;
        for (size_t other = 0; drawn && larger < REPORT_MAPS && other < layers->count; other++)
            larger += layers->item[other].nodes > layer->nodes ||
                      (layers->item[other].nodes == layer->nodes && other < q);
        if (drawn && larger < REPORT_MAPS)
            map[maps++].of = layer;
    }
    return maps;
}

static bool put_net_details(struct sink *sink, const struct report_output *of, uint32_t n, const struct heat_map *map,
                            size_t maps, const struct heat_scale *scale)
{
    const struct supply_net *net = &of->report->nets.net[n];
    if (net->nodes < 2 || !net->is_supplied)
        return true;
    sink_text(sink, "<h2>Net ");
    html_text(sink, net->name);
    sink_text(sink, "</h2>\n");
    report_histogram(sink, of, n);
    bool done = maps == 0 || report_maps(sink, of, n, map, maps, scale);
    if (has_layers(&of->report->layers, n))
        put_layers(sink, of, n);
    put_worst(sink, of, n);
    return done;
}

/* What the page has no room for. */
static void put_left_out(struct sink *sink, const struct report *report, size_t maps)
{
    size_t layers = 0;
    uint32_t nets = report->nets.count > report->layers.nets ? report->nets.count - report->layers.nets : 0;
    for (size_t q = 0; q < report->layers.count; q++)
        layers += has_extent(&report->layers.item[q]);
    if (layers > maps) {
        sink_text(sink, "<p class=\"note\">Of ");
        html_count(sink, layers);
        sink_text(sink, " layers the ");
        html_count(sink, maps);
        sink_text(sink, " with most nodes are drawn.</p>\n");
    }
    if (nets > 0 && report->nets.net[report->layers.nets].nodes > 1)
        sink_text(sink, "<p class=\"note\">Of smaller nets the CSV has the worst nodes.</p>\n");
}

bool report_net_details(struct sink *sink, const struct report_output *of)
{
    const struct report *report = of->report;
    struct heat_scale scale[REPORT_NETS];
    struct heat_map map[REPORT_MAPS] = {{0}};
    size_t maps = choose_maps(map, &report->layers), first = 0;
    for (uint32_t n = 0; n < report->layers.nets; n++)
        scale[n] = heat_scale_of(report, n);
    bool done = heat_maps_draw(map, maps, report, scale, of->output->circuit, of->output->op);
    for (uint32_t n = 0; done && n < report->layers.nets; n++) {
        size_t count = 0;
        while (first + count < maps && map[first + count].of->net == n)
            count++;
        done = put_net_details(sink, of, n, map + first, count, &scale[n]);
        first += count;
    }
    put_left_out(sink, report, maps);
    for (size_t m = 0; m < maps; m++)
        free(map[m].level);
    return done;
}
