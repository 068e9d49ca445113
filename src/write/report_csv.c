/* Reports as comma-separated values (RFC 4180, lines end in LF): one table, whose first column says what a row is of.
 * Columns that mean nothing for a row are empty; numbers are in SI units, with all their digits. */
#include "write/report.h"

#include "write/csv.h"
#include "write/finite.h"
#include "write/sink.h"
#include <math.h>
#include <string.h>

enum column {
    KIND, NAME, NET, LAYER, X, Y, FROM, TO, AT, BRANCH, RANK, COUNT, SUPPLY, VOLTAGE, AVERAGE, DROP, AVERAGE_DROP,
    PERCENT, OHM, CURRENT, LIMIT, POWER, LOSS, ISC, VOC, PMAX, VMP, IMP, FILL, PEAKS, REMARK, COLUMNS
};

static const char heads[] =
    "kind,name,net,layer,x,y,from,to,at,branch,rank,count,supply_v,voltage_v,average_voltage_v,drop_v,average_drop_v,"
    "drop_percent,resistance_ohm,current_a,limit_a,power_w,loss_w,isc_a,voc_v,pmax_w,vmp_v,imp_a,fill_factor,peaks,"
    "note\n";

/* A row: a text or a number for each column that has one. */
struct row {
    const char *text[COLUMNS];
    double number[COLUMNS];
    bool has_number[COLUMNS];
};

static struct row row_of(const char *kind, const char *name)
{
    struct row row = {{NULL}, {0}, {false}};
    row.text[KIND] = kind;
    row.text[NAME] = name;
    return row;
}

static void set(struct row *row, enum column column, double number)
{
    row->number[column] = number;
    row->has_number[column] = isfinite(number);
}

static void put(struct sink *sink, const struct row *row)
{
    for (int column = 0; column < COLUMNS; column++) {
        sink_text(sink, column > 0 ? "," : "");
        if (row->text[column])
            csv_put_text(sink, row->text[column]);
        else if (row->has_number[column])
            sink_exact(sink, row->number[column]);
    }
    sink_text(sink, "\n");
}

/* ---- an operating point ---- */

static void set_place(struct row *row, const struct report *report, uint32_t node)
{
    const struct placement *placement = &report->placement;
    if (placement->layer[node] == PLACEMENT_NONE)
        return;
    row->text[LAYER] = placement->name[placement->layer[node]];
    set(row, X, placement->x[node]);
    set(row, Y, placement->y[node]);
}

enum { PAIR_SIZE = 512 };

/* The layer of an element, or those of its ends, of which long ones are cut; made in `pair`. */
static void set_layer(struct row *row, const struct report *report, const struct element *element,
                      char pair[PAIR_SIZE])
{
    uint32_t a, k;
    if (!placement_layers(&report->placement, element, &a, &k))
        return;
    row->text[LAYER] = report->placement.name[a];
    if (a != k) {
        snprintf(pair, PAIR_SIZE, "%.250s-%.250s", report->placement.name[a], report->placement.name[k]);
        row->text[LAYER] = pair;
    }
}

static void put_nets(struct sink *sink, const struct report_output *of)
{
    const struct supply_nets *nets = &of->report->nets;
    for (uint32_t n = 0; n < nets->count; n++) {
        const struct supply_net *net = &nets->net[n];
        struct row row = row_of("net", net->name);
        set(&row, COUNT, net->nodes);
        set(&row, AVERAGE, net->nodes > 0 ? net->average : NAN);
        set(&row, LOSS, net->loss);
        if (net->is_supplied) {
            set(&row, SUPPLY, net->supply);
            set(&row, VOLTAGE, of->output->op->voltage[net->worst]);
            set(&row, DROP, net->worst_drop);
            set(&row, AVERAGE_DROP, net->average_drop);
            set(&row, PERCENT, supply_net_percent(net, net->worst_drop));
            set(&row, CURRENT, supply_net_current(net));
            set(&row, POWER, net->power);
            row.text[AT] = of->output->circuit->nodes.text[net->worst];
        }
        put(sink, &row);
    }
}

static void put_layers(struct sink *sink, const struct report_output *of)
{
    const struct report *report = of->report;
    for (size_t q = 0; q < report->layers.count; q++) {
        const struct net_layer *layer = &report->layers.item[q];
        const struct supply_net *net = &report->nets.net[layer->net];
        struct row row = row_of("layer", report->placement.name[layer->layer]);
        row.text[NET] = net->name;
        row.text[LAYER] = row.text[NAME];
        set(&row, COUNT, layer->nodes);
        set_place(&row, report, layer->worst);
        row.text[AT] = of->output->circuit->nodes.text[layer->worst];
        set(&row, VOLTAGE, of->output->op->voltage[layer->worst]);
        set(&row, DROP, layer->worst_drop);
        set(&row, AVERAGE_DROP, layer->average_drop);
        set(&row, PERCENT, supply_net_percent(net, layer->worst_drop));
        if (layer->largest != SUPPLY_NONE) {
            set(&row, CURRENT, layer->largest_current);
            row.text[BRANCH] = of->output->circuit->elements.text[layer->largest];
        }
        put(sink, &row);
    }
}

static void put_vias(struct sink *sink, const struct report_output *of)
{
    const struct report *report = of->report;
    char pair[PAIR_SIZE];
    for (size_t v = 0; v < report->layers.vias; v++) {
        const struct net_via *via = &report->layers.via[v];
        struct row row = row_of("via", NULL);
        set_layer(&row, report, &of->output->circuit->element[via->largest], pair);
        row.text[NAME] = row.text[LAYER];
        row.text[BRANCH] = of->output->circuit->elements.text[via->largest];
        row.text[NET] = report->nets.net[via->net].name;
        set(&row, COUNT, via->wires);
        set(&row, CURRENT, via->largest_current);
        put(sink, &row);
    }
}

static void put_nodes(struct sink *sink, const struct report_output *of)
{
    const struct report *report = of->report;
    for (uint32_t n = 0; n < report->nets.count; n++) {
        for (size_t w = 0; w < report->worst[n].count; w++) {
            const struct ranked *ranked = &report->worst[n].item[w];
            struct row row = row_of("node", of->output->circuit->nodes.text[ranked->number]);
            row.text[NET] = report->nets.net[n].name;
            set_place(&row, report, ranked->number);
            set(&row, RANK, (double)(w + 1));
            set(&row, VOLTAGE, of->output->op->voltage[ranked->number]);
            set(&row, DROP, ranked->value);
            set(&row, PERCENT, supply_net_percent(&report->nets.net[n], ranked->value));
            put(sink, &row);
        }
    }
}

/* An element: where it is, what it carries. */
static struct row element_row(const char *kind, const struct report_output *of, uint32_t e, char pair[PAIR_SIZE])
{
    const struct output *output = of->output;
    const struct element *element = &output->circuit->element[e];
    double drop = operating_point_drop(output->op, element);
    struct row row = row_of(kind, output->circuit->elements.text[e]);
    row.text[FROM] = output->circuit->nodes.text[element->a];
    row.text[TO] = output->circuit->nodes.text[element->k];
    set_layer(&row, of->report, element, pair);
    set(&row, VOLTAGE, drop);
    set(&row, CURRENT, output->op->current[e]);
    set(&row, POWER, drop * output->op->current[e]);
    if (element->kind == ELEMENT_RESISTOR || element->kind == ELEMENT_SWITCH)
        set(&row, OHM, element->value);
    return row;
}

static void put_elements(struct sink *sink, const struct report_output *of, const char *kind,
                         const struct largest *largest)
{
    char pair[PAIR_SIZE];
    for (size_t q = 0; q < largest->count; q++) {
        struct row row = element_row(kind, of, largest->item[q].number, pair);
        set(&row, RANK, (double)(q + 1));
        put(sink, &row);
    }
}

static void put_violations(struct sink *sink, const struct report_output *of)
{
    const struct current_limits *limits = &of->report->limits;
    char pair[PAIR_SIZE];
    for (size_t v = 0; v < limits->violations; v++) {
        struct row row = element_row("violation", of, limits->violation[v].element, pair);
        set(&row, RANK, (double)(v + 1));
        set(&row, LIMIT, limits->item[limits->violation[v].limit].ampere);
        put(sink, &row);
    }
}

static void put_unreached(struct sink *sink, const struct report_output *of)
{
    for (size_t n = 0; n < of->report->unreached_count; n++) {
        uint32_t node = of->report->unreached[n];
        struct row row = row_of("unconnected", of->output->circuit->nodes.text[node]);
        set_place(&row, of->report, node);
        set(&row, VOLTAGE, of->output->op->voltage[node]);
        if (of->output->op->floats[node] != POINT_TIED) {
            row.text[REMARK] = "floats";
            row.text[AT] = of->output->circuit->nodes.text[of->output->op->floats[node]];
        }
        put(sink, &row);
    }
}

static void put_point(struct sink *sink, const struct report_output *of)
{
    put_nets(sink, of);
    put_layers(sink, of);
    put_vias(sink, of);
    put_nodes(sink, of);
    put_elements(sink, of, "branch", &of->report->wires);
    put_elements(sink, of, "source", &of->report->sources);
    put_violations(sink, of);
    put_unreached(sink, of);
}

/* ---- sweeps ---- */

/* name=value of the other axes, in `note` */
static void make_note(char *note, size_t size, const struct plot *plot, const struct circuit *circuit, size_t point)
{
    size_t length = 0;
    *note = '\0';
    for (size_t a = 0; a + 1 < plot->axes && length < size; a++) {
        char number[40];
        snprintf(number, sizeof number, "%.17g", plot_axis_value(plot, a, point));
        without_locale(number);
        int put = snprintf(note + length, size - length, "%s%s=%s", a > 0 ? " " : "",
                           axis_swept(&plot->axis[a], circuit), number);
        length += put > 0 ? (size_t)put : 0;
    }
}

static void put_curves(struct sink *sink, const struct report_output *of, size_t r)
{
    enum { NOTE_SIZE = 1024 };
    const struct plot *plot = &of->output->result[r].plot;
    const struct swept *swept = &of->swept[r];
    char note[NOTE_SIZE];
    for (size_t c = 0; c < swept->curves; c++) {
        const struct generator_curve *curve = &swept->curve[c];
        if (!curve->is_generator)
            continue;
        struct row row = row_of("curve", of->output->circuit->elements.text[plot->axis[plot->axes - 1].element]);
        set(&row, RANK, (double)(c + 1));
        set(&row, COUNT, (double)swept_length(swept, plot, c));
        set(&row, ISC, curve->has_isc ? curve->isc : NAN);
        set(&row, VOC, curve->has_voc ? curve->voc : NAN);
        set(&row, PMAX, curve->pmax);
        set(&row, VMP, curve->vmp);
        set(&row, IMP, curve->imp);
        set(&row, FILL, curve->has_isc && curve->has_voc ? curve->fill_factor : NAN);
        set(&row, PEAKS, (double)curve->peaks);
        make_note(note, sizeof note, plot, of->output->circuit, c * swept->points);
        row.text[REMARK] = note;
        put(sink, &row);
    }
}

/* ---- the proof ---- */

static void put_proof(struct sink *sink, const struct report_output *of)
{
    const struct totals *totals = of->output->totals;
    struct row row = row_of("proof", totals->worst.proved ? "proved" : "not proved");
    set(&row, COUNT, (double)totals->points);
    row.text[REMARK] = engine_class_name(totals->class);
    set(&row, CURRENT, totals->worst.kcl);
    set(&row, POWER, totals->worst.power);
    put(sink, &row);
    row = row_of("version", of->output->version);
    put(sink, &row);
}

bool write_report_csv(FILE *file, const struct report_output *of)
{
    struct sink sink;
    if (!output_is_finite(of->output))
        return false;
    sink_open_visible(&sink, file);
    sink_text(&sink, heads);
    if (of->output->op)
        put_point(&sink, of);
    for (size_t r = 0; r < of->output->results; r++)
        put_curves(&sink, of, r);
    put_proof(&sink, of);
    return sink_close(&sink);
}
