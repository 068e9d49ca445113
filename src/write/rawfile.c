/* SPICE rawfiles. */
#include "write/date.h"
#include "write/label.h"
#include "write/output.h"
#include "write/sink.h"
#include <endian.h>
#include <string.h>

static void put_variable(struct sink *sink, size_t number, const struct vector *vector, const struct circuit *circuit)
{
    const char *type;
    struct label label = label_in_rawfile(vector, circuit, &type);
    sink_text(sink, "\t");
    sink_count(sink, number);
    sink_text(sink, "\t");
    label_put(&label, sink);
    sink_text(sink, "\t");
    sink_text(sink, type);
    sink_text(sink, "\n");
}

/* Programs that read rawfiles look for "ngspice" in the command. */
static void put_header(struct sink *sink, const struct output *output)
{
    const struct vectors *saved = &output->requests->saved;
    char date[DATE_SIZE];
    date_text(output->date, date);
    sink_text(sink, "Title: ");
    if (output->title)
        sink_bytes(sink, output->title, output->title_length);
    sink_text(sink, "\nDate: ");
    sink_text(sink, date);
    sink_text(sink, "\nCommand: ngspice-compatible opspice-");
    sink_text(sink, output->version);
    sink_text(sink, "\nPlotname: Operating Point\nFlags: real\nNo. Variables: ");
    sink_count(sink, saved->count);
    sink_text(sink, "\nNo. Points: 1\nVariables:\n");
    for (size_t i = 0; i < saved->count; i++)
        put_variable(sink, i, &saved->item[i], output->circuit);
}

static void put_double(struct sink *sink, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    bits = htole64(bits);
    sink_bytes(sink, &bits, sizeof bits);
}

bool write_raw_binary(FILE *file, const struct output *output)
{
    struct sink sink;
    sink_open(&sink, file);
    put_header(&sink, output);
    sink_text(&sink, "Binary:\n");
    const struct vectors *saved = &output->requests->saved;
    for (size_t i = 0; i < saved->count; i++)
        put_double(&sink, vector_value(&saved->item[i], output->circuit, output->op));
    return sink_close(&sink);
}

bool write_raw_ascii(FILE *file, const struct output *output)
{
    enum { DIGITS = 16 }; /* after the first: enough to read the same double back */
    struct sink sink;
    sink_open(&sink, file);
    put_header(&sink, output);
    sink_text(&sink, "Values:\n0\t");
    const struct vectors *saved = &output->requests->saved;
    for (size_t i = 0; i < saved->count; i++) {
        sink_text(&sink, "\t");
        sink_exponential(&sink, vector_value(&saved->item[i], output->circuit, output->op), DIGITS);
        sink_text(&sink, "\n");
    }
    return sink_close(&sink);
}
