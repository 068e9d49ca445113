/* What `ngspice -s` sends to the program that has started it: the head of a rawfile in another order, and binary rows.
 */
#include "write/listing.h"
#include "write/rawfile.h"

static void put_plot(struct sink *sink, const struct output *output, const struct plot *plot)
{
    rawfile_put_head(sink, output, plot, plot_columns(plot), NULL);
    /* The number of points goes to standard error. */
    sink_text(sink, "\nNo. Points: 0       \nVariables:\nNo. of Data Columns : ");
    sink_count(sink, plot_columns(plot));
    sink_text(sink, "  \n");
    rawfile_put_variables(sink, plot, output->circuit);
    sink_text(sink, "Binary:\n");
    rawfile_put_points(sink, plot);
}

bool write_server(FILE *file, const struct output *output)
{
    struct sink sink;
    sink_open(&sink, file);
    listing_put_circuit(&sink, output);
    for (size_t r = 0; r < output->results; r++) {
        listing_put_temperatures(&sink, &output->requests->sim_options);
        put_plot(&sink, output, &output->result[r].plot);
    }
    return sink_close(&sink);
}
