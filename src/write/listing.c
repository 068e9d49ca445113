/* The listing: what `ngspice -b` prints, byte for byte but for the title's case and what is left out. */
#include "write/label.h"
#include "write/listing.h"
#include "write/output.h"
#include "write/sink.h"
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_WIDTH = 30, /* of a listed vector */
    NUMBER_WIDTH = 15
};

void listing_put_circuit(struct sink *sink, const struct output *output)
{
    sink_text(sink, "Circuit: ");
    if (output->title)
        sink_shown(sink, output->title, output->title_length);
    sink_text(sink, "\n\n");
}

void listing_put_temperatures(struct sink *sink, const struct sim_options *sim_options)
{
    sink_text(sink, "Doing analysis at TEMP = ");
    sink_fixed(sink, sim_options->temp);
    sink_text(sink, " and TNOM = ");
    sink_fixed(sink, sim_options->tnom);
    sink_text(sink, "\n\n");
}

/* What a script has printed comes first, and has named the circuit. */
static void put_head(struct sink *sink, const struct output *output)
{
    if (output->script)
        sink_bytes(sink, output->script, output->script_length);
    if (!output->scripted)
        listing_put_circuit(sink, output);
    if (!output->scripted || output->results > 0)
        listing_put_temperatures(sink, &output->requests->sim_options);
}

/* ---- all nodes and branches ---- */

static void put_listed(struct sink *sink, const struct label *label, double value)
{
    sink_text(sink, "\t");
    label_put_padded(label, sink, SIZE_MAX, NAME_WIDTH);
    sink_printnum(sink, value, NUMBER_WIDTH);
    sink_text(sink, "\n");
}

/* Nodes whose names begin with a digit are shown as V(name). */
static struct label node_label(const char *name)
{
    if (name[0] >= '0' && name[0] <= '9')
        return (struct label){{"V(", name, ")"}};
    return (struct label){{name}};
}

void listing_put_node_heads(struct sink *sink)
{
    sink_text(sink, "\tNode                                  Voltage\n"
                    "\t----                                  -------\n"
                    "\t----\t-------\n");
}

void listing_put_node(struct sink *sink, const char *name, double volts)
{
    struct label label = node_label(name);
    put_listed(sink, &label, volts);
}

void listing_put_branch_heads(struct sink *sink)
{
    sink_text(sink, "\n\tSource\tCurrent\n\t------\t-------\n\n");
}

void listing_put_branch(struct sink *sink, const struct vector *vector, const struct circuit *circuit, double amps)
{
    struct label label = label_in_table(vector, circuit);
    put_listed(sink, &label, amps);
}

/* Nodes and branches of an operating point, each in the netlist's order and last first. Where .save restricts it, those
 * left out are recorded behind the others. */
struct listed {
    const struct circuit *circuit;
    const struct plot *plot;
    struct vectors recorded; /* as the plot's, with a table of its own */
    struct vectors node, branch; /* of the circuit, where the order of what was recorded is another one */
};

static bool listed_begin(struct listed *listed, const struct output *output, const struct plot *plot)
{
    *listed = (struct listed){.circuit = output->circuit, .plot = plot};
    listed->recorded = (struct vectors){.item = plot->recorded.item, .count = plot->recorded.count};
    return plot->added == 0 || (vectors_add_nodes(&listed->node, output->circuit) &&
                                vectors_add_branches(&listed->branch, output->circuit));
}

static void listed_end(struct listed *listed)
{
    vectors_forget_table(&listed->recorded);
    vectors_free(&listed->node);
    vectors_free(&listed->branch);
}

static bool is_node(const struct vector *vector)
{
    return vector->kind == VECTOR_VOLTAGE && vector->k == GROUND && vector->a != GROUND;
}

static bool is_device(const struct vector *vector)
{
    return vector_is_current(vector) && vector->parameter;
}

static bool is_branch(const struct vector *vector)
{
    return vector_is_current(vector) && !vector->parameter;
}

static void put_one(struct sink *sink, const struct listed *listed, size_t number)
{
    const struct vector *vector = &listed->plot->recorded.item[number];
    if (is_node(vector))
        listing_put_node(sink, listed->circuit->nodes.text[vector->a], listed->plot->value[number]);
    else
        listing_put_branch(sink, vector, listed->circuit, listed->plot->value[number]);
}

/* In the order of what was recorded, or of all of the circuit. */
static void put_those(struct sink *sink, struct listed *listed, bool is_wanted(const struct vector *vector),
                      const struct vectors *all)
{
    for (size_t i = listed->plot->recorded.count; all->count == 0 && i-- > 0;) {
        if (is_wanted(&listed->plot->recorded.item[i]))
            put_one(sink, listed, i);
    }
    for (size_t i = all->count; i-- > 0;) {
        size_t number = is_wanted(&all->item[i]) ? vectors_find(&listed->recorded, &all->item[i]) : VECTORS_NONE;
        if (number != VECTORS_NONE)
            put_one(sink, listed, number);
    }
}

/* Nodes, the saved currents of devices, and all branches. False when memory is out. */
static bool put_point(struct sink *sink, const struct output *output, const struct plot *plot)
{
    static const struct vectors none = {0};
    struct listed listed;
    bool done = listed_begin(&listed, output, plot);
    listing_put_node_heads(sink);
    put_those(sink, &listed, is_node, &listed.node);
    listing_put_branch_heads(sink);
    put_those(sink, &listed, is_device, &none);
    put_those(sink, &listed, is_branch, &listed.branch);
    sink_text(sink, "\n");
    listed_end(&listed);
    return done;
}

/* ---- measurements ---- */

/* Digits behind the point: ngspice has fewer of sums, of what is computed from others and of the places of cards. */
static int digits_of(const struct measure *measure, bool is_card)
{
    enum { DIGITS = 6, FEW = 5 };
    bool few = measure->kind == MEASURE_RMS || measure->kind == MEASURE_INTEG || measure->kind == MEASURE_PARAM ||
               (measure->kind == MEASURE_WHEN && is_card);
    return few ? FEW : DIGITS;
}

static void put_field(struct sink *sink, const char *name, double value, int digits)
{
    sink_text(sink, " ");
    sink_text(sink, name);
    sink_text(sink, "=  ");
    sink_exponential(sink, value, digits);
}

void listing_put_measured(struct sink *sink, const struct measure *measure, const struct measured *found, bool is_card)
{
    enum { MEASURE_WIDTH = 20 };
    struct label label = {{measure->name}};
    label_put_padded(&label, sink, SIZE_MAX, MEASURE_WIDTH);
    sink_text(sink, "=  ");
    if (found->failed) {
        sink_text(sink, "failed\n");
        return;
    }
    const int digits = digits_of(measure, is_card);
    sink_exponential(sink, found->value, digits);
    switch (measure->kind) {
    case MEASURE_MAX:
    case MEASURE_MIN: put_field(sink, "at", found->first, digits); break;
    case MEASURE_MAX_AT:
    case MEASURE_MIN_AT: put_field(sink, "with", found->first, digits); break;
    case MEASURE_PP:
    case MEASURE_AVG:
    case MEASURE_RMS:
    case MEASURE_INTEG:
        put_field(sink, "from", found->first, digits);
        put_field(sink, "to", found->second, digits);
        break;
    case MEASURE_TRIG_TARG:
        put_field(sink, "targ", found->first, digits);
        put_field(sink, "trig", found->second, digits);
        break;
    default: break;
    }
    sink_text(sink, "\n");
}

/* Of a sweep in a sweep: which curve follows. */
static void put_curve(struct sink *sink, const struct output *output, const struct plot *plot, size_t point)
{
    for (size_t a = 0; a + 1 < plot->axes; a++) {
        const struct axis *axis = &plot->axis[a];
        bool has_element = axis->kind <= AXIS_RESISTOR;
        sink_text(sink, a == 0 ? "\n" : ", ");
        sink_text(sink, has_element ? output->circuit->elements.text[axis->element] : axis_name(axis));
        sink_text(sink, " =");
        sink_printnum(sink, plot_axis_value(plot, a, point), NUMBER_WIDTH - 1);
    }
    if (plot->axes > 1)
        sink_text(sink, "\n");
}

void listing_put_measurements(struct sink *sink, const struct output *output, const struct result *result)
{
    if (result->measures == 0)
        return;
    sink_text(sink, "\n  Measurements for DC Analysis\n\n");
    size_t length = result->plot.axis[result->plot.axes - 1].count;
    for (size_t c = 0; c < result->curves; c++) {
        put_curve(sink, output, &result->plot, c * length);
        for (size_t m = 0; m < result->measures; m++)
            listing_put_measured(sink, &output->requests->measures.item[m],
                                 &result->measured[c * result->measures + m], true);
    }
    sink_text(sink, "\n");
}

/* ---- transfer functions, sensitivities ---- */

/* The first label behind `last` in the order of bytes; behind NULL: of all. */
static size_t next_label(const struct plot *plot, const char *last)
{
    size_t next = SIZE_MAX;
    for (size_t l = 0; l < plot->labels; l++) {
        bool is_behind = !last || strcmp(plot->label[l], last) > 0;
        if (is_behind && (next == SIZE_MAX || strcmp(plot->label[l], plot->label[next]) < 0))
            next = l;
    }
    return next;
}

/* The three of a transfer function stand in the order of bytes, as in ngspice. */
static void put_labelled(struct sink *sink, const struct plot *plot)
{
    bool is_transfer = plot->kind == PLOT_TF;
    const char *last = NULL;
    sink_text(sink, is_transfer ? "\nTransfer function information:\n" : "\nSensitivities:\n");
    for (size_t count = 0; count < plot->labels; count++) {
        size_t l = is_transfer ? next_label(plot, last) : count;
        last = plot->label[l];
        sink_lower(sink, last);
        sink_text(sink, " = ");
        sink_printnum(sink, plot->value[l], 0);
        sink_text(sink, "\n");
    }
    sink_text(sink, "\n");
}

/* ---- diagnostics ---- */

static bool put_diagnostics(struct sink *sink, const struct diagnostics *diagnostics, const struct sources *sources)
{
    for (size_t d = 0; d < diagnostics->count; d++) {
        char *text = diagnostic_text(&diagnostics->item[d], sources);
        if (!text)
            return false;
        sink_text(sink, text);
        free(text);
    }
    return true;
}

/* What standard error has had. False when memory is out. */
static bool put_log(struct sink *sink, const struct output *output)
{
    return !output->logged || (put_diagnostics(sink, output->loaded, output->sources) &&
                               put_diagnostics(sink, output->solved, output->sources));
}

/* Without an answer: what a script has printed, and why there is none. */
static bool put_refusal(struct sink *sink, const struct output *output)
{
    if (output->script)
        sink_bytes(sink, output->script, output->script_length);
    if (!output->scripted)
        listing_put_circuit(sink, output);
    return put_log(sink, output);
}

static bool end(struct sink *sink, bool has_memory)
{
    if (!has_memory && sink->error == 0)
        sink->error = ENOMEM;
    return sink_close(sink);
}

/* ---- the whole ---- */

void listing_put_rows(struct sink *sink, size_t points)
{
    sink_text(sink, "\nNo. of Data Rows : ");
    sink_count(sink, points);
    sink_text(sink, "\n");
}

void listing_put_columns(struct sink *sink, size_t columns)
{
    sink_text(sink, "No. of Data Columns : ");
    sink_count(sink, columns);
    sink_text(sink, "  \n");
}

bool write_listing(FILE *file, const struct output *output)
{
    struct sink sink;
    bool has_memory = true;
    sink_open_visible(&sink, file);
    if (output->refused)
        return end(&sink, put_refusal(&sink, output));
    put_head(&sink, output);
    for (size_t r = 0; r < output->results; r++) {
        const struct plot *plot = &output->result[r].plot;
        listing_put_rows(&sink, plot->points);
        if (output_is_last_point(output, r))
            has_memory = put_point(&sink, output, plot) && has_memory;
    }
    for (size_t r = 0; r < output->results; r++) {
        listing_put_measurements(&sink, output, &output->result[r]);
        if (plot_is_labelled(&output->result[r].plot))
            put_labelled(&sink, &output->result[r].plot);
    }
    has_memory = listing_put_tables(&sink, output) && has_memory;
    return end(&sink, put_log(&sink, output) && has_memory);
}

bool write_log(FILE *file, const struct output *output)
{
    struct sink sink;
    sink_open_visible(&sink, file);
    if (output->refused)
        return end(&sink, put_refusal(&sink, output));
    put_head(&sink, output);
    for (size_t r = 0; r < output->results; r++) {
        const struct plot *plot = &output->result[r].plot;
        sink_text(&sink, r > 0 ? "\n" : "");
        listing_put_columns(&sink, plot_columns(plot));
        listing_put_rows(&sink, plot->points);
        listing_put_measurements(&sink, output, &output->result[r]);
    }
    for (size_t t = 0; t < output->requests->tables; t++)
        sink_text(&sink, output->requests->table[t].drawn ? ".plot line ignored since rawfile was produced.\n"
                                                          : ".print line ignored since rawfile was produced.\n");
    return end(&sink, put_log(&sink, output));
}
