/* Comma-separated values (RFC 4180, lines end in LF): of an operating point one row for each node, for each branch and
 * for each quantity of a transistor; of a sweep one row for each point, and an empty line before the next analysis;
 * what was measured comes last, a row for each curve. */
#include "analysis/vectors.h"
#include "write/columns.h"
#include "write/csv.h"
#include "write/finite.h"
#include "write/label.h"
#include "write/output.h"
#include "write/sink.h"
#include <math.h>
#include <string.h>

/* A field in quotes where it needs them. */
static void put_field(struct sink *sink, const struct label *label)
{
    bool is_plain = true;
    for (size_t p = 0; p < LABEL_PARTS && label->part[p]; p++)
        is_plain = is_plain && !strpbrk(label->part[p], ",\"\r\n");
    if (is_plain) {
        label_put(label, sink);
        return;
    }
    sink_text(sink, "\"");
    for (size_t p = 0; p < LABEL_PARTS && label->part[p]; p++) {
        for (const char *at = label->part[p]; *at; at++) {
            if (*at == '"')
                sink_text(sink, "\"");
            sink_bytes(sink, at, 1);
        }
    }
    sink_text(sink, "\"");
}

void csv_put_text(struct sink *sink, const char *text)
{
    struct label label = {{text}};
    put_field(sink, &label);
}

void csv_put_heads(struct sink *sink)
{
    sink_text(sink, "quantity,name,value,unit\n");
}

void csv_put_row(struct sink *sink, const char *quantity, const char *name, double value, const char *unit)
{
    sink_text(sink, quantity);
    csv_put_text(sink, name);
    sink_text(sink, ",");
    sink_exact(sink, value);
    sink_text(sink, unit);
}

/* Of a transistor what is printed of it: ic,q1,0.001,A. */
static void put_device(struct sink *sink, const struct output *output, const struct device *device)
{
    const struct device_quantity *quantity = device->kind->quantity;
    for (uint32_t q = 0; quantity[q].name; q++) {
        const struct vector vector = vector_of_quantity(device, q);
        double value = vector_value(&vector, output->circuit, output->op);
        if (!isfinite(value))
            continue;
        sink_text(sink, quantity[q].name);
        csv_put_row(sink, ",", output->circuit->elements.text[device->named], value, ",");
        sink_text(sink, quantity[q].unit);
        sink_text(sink, "\n");
    }
}

static void put_point(struct sink *sink, const struct output *output)
{
    const struct circuit *circuit = output->circuit;
    csv_put_heads(sink);
    for (uint32_t node = GROUND + 1; node < circuit->nodes.count; node++)
        csv_put_row(sink, "voltage,", circuit->nodes.text[node], output->op->voltage[node], ",V\n");
    for (uint32_t element = 0; element < circuit->elements.count; element++)
        csv_put_row(sink, "current,", circuit->elements.text[element], output->op->current[element], ",A\n");
    for (size_t device = 0; device < circuit->devices; device++)
        put_device(sink, output, &circuit->device[device]);
}

/* ---- sweeps ---- */

static void put_heads(struct sink *sink, const struct output *output, const struct columns *columns)
{
    for (size_t c = 0; c < columns_count(columns); c++) {
        const char *unit;
        struct label label = columns_label(columns, c, output->circuit, &unit);
        sink_text(sink, c > 0 ? "," : "");
        put_field(sink, &label);
    }
    sink_text(sink, "\n");
}

static void put_sweep(struct sink *sink, const struct output *output, const struct result *result)
{
    const struct columns columns = columns_of(result);
    put_heads(sink, output, &columns);
    for (size_t p = 0; p < result->plot.points; p++) {
        for (size_t c = 0; c < columns_count(&columns); c++) {
            sink_text(sink, c > 0 ? "," : "");
            sink_exact(sink, columns_value(&columns, c, p));
        }
        sink_text(sink, "\n");
    }
}

/* ---- measurements ---- */

/* Behind all analyses: a table of measurements, each of its curve; without a value where it failed. */
static void put_measured(struct sink *sink, const struct output *output)
{
    bool is_first = true;
    for (size_t r = 0; r < output->results; r++) {
        const struct result *result = &output->result[r];
        for (size_t q = 0; q < result->curves * result->measures; q++) {
            sink_text(sink, is_first ? "\nmeasurement,curve,value\n" : "");
            is_first = false;
            csv_put_text(sink, output->requests->measures.item[q % result->measures].name);
            sink_text(sink, ",");
            sink_count(sink, q / result->measures + 1);
            sink_text(sink, ",");
            if (!result->measured[q].failed)
                sink_exact(sink, result->measured[q].value);
            sink_text(sink, "\n");
        }
    }
}

bool write_csv(FILE *file, const struct output *output)
{
    struct sink sink;
    if (!output_is_finite(output))
        return false;
    sink_open_visible(&sink, file);
    bool is_first = true;
    for (size_t r = 0; r < output->results; r++) {
        bool is_point = plot_is_single(&output->result[r].plot) && output->op;
        if (is_point && !output_is_last_point(output, r))
            continue;
        sink_text(&sink, is_first ? "" : "\n");
        is_first = false;
        if (is_point)
            put_point(&sink, output);
        else
            put_sweep(&sink, output, &output->result[r]);
    }
    put_measured(&sink, output);
    return sink_close(&sink);
}
