/* Comma-separated values (RFC 4180, lines end in LF): one row for each node and for each branch. */
#include "write/finite.h"
#include "write/output.h"
#include "write/sink.h"
#include <string.h>

/* A name has no comma, but it may have quotes. */
static void put_name(struct sink *sink, const char *name)
{
    if (!strpbrk(name, "\",\r\n")) {
        sink_text(sink, name);
        return;
    }
    sink_text(sink, "\"");
    for (; *name; name++) {
        if (*name == '"')
            sink_text(sink, "\"");
        sink_bytes(sink, name, 1);
    }
    sink_text(sink, "\"");
}

static void put_row(struct sink *sink, const char *quantity, const char *name, double value, const char *unit)
{
    sink_text(sink, quantity);
    put_name(sink, name);
    sink_text(sink, ",");
    sink_exact(sink, value);
    sink_text(sink, unit);
}

bool write_csv(FILE *file, const struct output *output)
{
    const struct circuit *circuit = output->circuit;
    struct sink sink;
    if (!output_is_finite(output))
        return false;
    sink_open(&sink, file);
    sink_text(&sink, "quantity,name,value,unit\n");
    for (uint32_t node = GROUND + 1; node < circuit->nodes.count; node++)
        put_row(&sink, "voltage,", circuit->nodes.text[node], output->op->voltage[node], ",V\n");
    for (uint32_t element = 0; element < circuit->elements.count; element++)
        put_row(&sink, "current,", circuit->elements.text[element], output->op->current[element], ",A\n");
    return sink_close(&sink);
}
