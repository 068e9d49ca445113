/* SPICE rawfiles: one plot after the other. */
#include "write/date.h"
#include "write/label.h"
#include "write/rawfile.h"
#include <endian.h>
#include <string.h>

void rawfile_put_variable(struct sink *sink, size_t *number, const struct label *label, const char *type)
{
    sink_text(sink, "\t");
    sink_count(sink, (*number)++);
    sink_text(sink, "\t");
    label_put(label, sink);
    sink_text(sink, "\t");
    sink_text(sink, type);
    sink_text(sink, "\n");
}

void rawfile_put_variables(struct sink *sink, const struct plot *plot, const struct circuit *circuit)
{
    size_t number = 0;
    const char *type;
    struct label label;
    if (plot->axes > 0) {
        label = label_of_axis(&plot->axis[plot->axes - 1], &type);
        rawfile_put_variable(sink, &number, &label, type);
    }
    for (size_t a = 0; a < plot_step_columns(plot); a++) {
        label = label_of_axis(&plot->axis[a], &type);
        rawfile_put_variable(sink, &number, &label, type);
    }
    for (size_t i = 0; i < plot_listed(plot); i++) {
        label = label_in_rawfile(&plot->recorded.item[i], circuit, &type);
        rawfile_put_variable(sink, &number, &label, type);
    }
    for (size_t l = 0; l < plot->labels; l++) {
        label = (struct label){{"v(", plot->label[l], ")"}};
        rawfile_put_variable(sink, &number, &label, "voltage");
    }
}

void rawfile_put_head(struct sink *sink, const struct output *output, const struct plot *plot, size_t variables,
                      const char *command)
{
    char date[DATE_SIZE];
    date_text(output->date, date);
    sink_text(sink, "Title: ");
    if (output->title)
        sink_shown(sink, output->title, output->title_length);
    sink_text(sink, "\nDate: ");
    sink_text(sink, date);
    if (command) {
        sink_text(sink, "\nCommand: ");
        sink_text(sink, command);
        sink_text(sink, output->version);
    }
    sink_text(sink, "\nPlotname: ");
    sink_text(sink, plot_title(plot));
    sink_text(sink, "\nFlags: real\nNo. Variables: ");
    sink_count(sink, variables);
}

/* Programs that read rawfiles look for "ngspice" in the command. */
void rawfile_put_whole_head(struct sink *sink, const struct output *output, const struct plot *plot, size_t variables,
                            size_t points)
{
    rawfile_put_head(sink, output, plot, variables, "ngspice-compatible opspice-");
    sink_text(sink, "\nNo. Points: ");
    sink_count(sink, points);
    sink_text(sink, "\nVariables:\n");
}

static void put_plot_header(struct sink *sink, const struct output *output, const struct plot *plot)
{
    rawfile_put_whole_head(sink, output, plot, plot_columns(plot), plot->points);
    rawfile_put_variables(sink, plot, output->circuit);
}

typedef void put_number(struct sink *sink, double number);

void rawfile_put_double(struct sink *sink, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    bits = htole64(bits);
    sink_bytes(sink, &bits, sizeof bits);
}

void rawfile_put_line(struct sink *sink, double number)
{
    enum { DIGITS = 16 }; /* after the first: enough to read the same double back */
    sink_text(sink, "\t");
    sink_exponential(sink, number, DIGITS);
    sink_text(sink, "\n");
}

static void put_point(struct sink *sink, const struct plot *plot, size_t point, put_number *put)
{
    if (plot->axes > 0)
        put(sink, plot->scale[point]);
    for (size_t a = 0; a < plot_step_columns(plot); a++)
        put(sink, plot_axis_value(plot, a, point));
    size_t stride = plot_is_labelled(plot) ? plot_columns(plot) : plot->recorded.count;
    for (size_t i = 0; i < stride - plot->added; i++)
        put(sink, plot->value[point * stride + i]);
}

void rawfile_put_points(struct sink *sink, const struct plot *plot)
{
    for (size_t p = 0; p < plot->points; p++)
        put_point(sink, plot, p, rawfile_put_double);
}

bool write_raw_binary(FILE *file, const struct output *output)
{
    struct sink sink;
    sink_open(&sink, file);
    for (size_t r = 0; r < output->results; r++) {
        const struct plot *plot = &output->result[r].plot;
        put_plot_header(&sink, output, plot);
        sink_text(&sink, "Binary:\n");
        rawfile_put_points(&sink, plot);
    }
    return sink_close(&sink);
}

bool write_raw_ascii(FILE *file, const struct output *output)
{
    struct sink sink;
    sink_open(&sink, file);
    for (size_t r = 0; r < output->results; r++) {
        const struct plot *plot = &output->result[r].plot;
        put_plot_header(&sink, output, plot);
        sink_text(&sink, "Values:\n");
        for (size_t p = 0; p < plot->points; p++) {
            sink_count(&sink, p);
            sink_text(&sink, "\t");
            put_point(&sink, plot, p, rawfile_put_line);
        }
    }
    return sink_close(&sink);
}

bool write_raw(FILE *file, const struct output *output)
{
    return output->requests->ascii ? write_raw_ascii(file, output) : write_raw_binary(file, output);
}

/* ---- chosen columns ---- */

/* As `write` of ngspice lays it out: a blank before the index, an empty line after the point. */
static void put_ascii_point(struct sink *sink, const struct rawfile_column *column, size_t count, size_t point)
{
    enum { DIGITS = 15 };
    sink_text(sink, " ");
    sink_count(sink, point);
    for (size_t c = 0; c < count; c++) {
        sink_text(sink, "\t");
        sink_exponential(sink, series_value(column[c].series, point), DIGITS);
        sink_text(sink, "\n");
    }
    sink_text(sink, "\n");
}

void rawfile_put_series(struct sink *sink, const struct output *output, const struct plot *plot,
                        const struct rawfile_column *column, size_t count, bool ascii)
{
    size_t points = 1, number = 0;
    for (size_t c = 0; c < count; c++)
        points = column[c].series->length > points ? column[c].series->length : points;
    rawfile_put_whole_head(sink, output, plot, count, points);
    for (size_t c = 0; c < count; c++) {
        const struct label label = {{column[c].name}};
        rawfile_put_variable(sink, &number, &label, column[c].type);
    }
    sink_text(sink, ascii ? "Values:\n" : "Binary:\n");
    for (size_t p = 0; p < points; p++) {
        if (ascii)
            put_ascii_point(sink, column, count, p);
        for (size_t c = 0; !ascii && c < count; c++)
            rawfile_put_double(sink, series_value(column[c].series, p));
    }
}
