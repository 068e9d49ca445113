#include "drn/history.h"

#include "util/array.h"
#include "write/sink.h"
#include <math.h>
#include <stdlib.h>

enum { TILES = 8 }; /* units in a row and in a column of the picture */

bool history_add(struct drn_history *history, const struct drn_record *record)
{
    if (!array_reserve(&history->record, &history->capacity, history->count + 1, sizeof *record))
        return false;
    history->record[history->count++] = *record;
    return true;
}

void history_free(struct drn_history *history)
{
    free(history->record);
    *history = (struct drn_history){0};
}

/* The numbers of an epoch, with `between` them. */
static void put_record(struct sink *sink, size_t epoch, const struct drn_record *record, const char *between)
{
    const double number[] = {100 * record->train_error, 100 * record->test_error, record->train_cost, record->test_cost,
                             record->seconds};
    sink_count(sink, epoch);
    for (size_t n = 0; n < sizeof number / sizeof *number; n++) {
        sink_text(sink, between);
        sink_fixed(sink, number[n]);
    }
    sink_text(sink, "\n");
}

bool history_write_csv(const struct drn_history *history, FILE *file)
{
    struct sink sink;
    sink_open(&sink, file);
    sink_text(&sink, "epoch,train_error_percent,test_error_percent,train_cost,test_cost,seconds\n");
    for (size_t e = 0; e < history->count; e++)
        put_record(&sink, e + 1, &history->record[e], ",");
    return sink_close(&sink);
}

/* ---- the plot ----------------------------------------------------------------------------------------------- */

/* A name between double quotes, as gnuplot reads it. */
static void put_quoted(struct sink *sink, const char *text)
{
    sink_text(sink, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\' || *text == '`')
            sink_text(sink, "\\");
        sink_bytes(sink, text, 1);
    }
    sink_text(sink, "\"");
}

static double difference(const struct drn_network *network, size_t unit, size_t pixel)
{
    return (double)*drn_network_weight(network, 1, pixel, unit) -
           (double)*drn_network_weight(network, 1, pixel + network->pixels, unit);
}

/* The n-th unit that is shown: spread over the layer, so that both halves are seen. */
static size_t shown_unit(const struct drn_network *network, size_t n)
{
    size_t units = network->units[1], all = (size_t)TILES * TILES;
    return units <= all ? n : n * units / all;
}

/* One line of the picture: a row of pixels of each unit in a row of tiles; beside and below each tile a dark line. */
static void put_picture_line(struct sink *sink, const struct drn_network *network, size_t tile, size_t row,
                             size_t height, size_t width)
{
    for (size_t t = 0; t < TILES; t++) {
        size_t unit = shown_unit(network, tile * TILES + t);
        bool there = row < height && unit < network->units[1];
        for (size_t x = 0; x < width; x++) {
            sink_exponential(sink, there ? difference(network, unit, row * width + x) : 0, 3);
            sink_text(sink, " ");
        }
        sink_text(sink, "0 ");
    }
    sink_text(sink, "\n");
}

static double largest_difference(const struct drn_network *network)
{
    double largest = 0;
    for (size_t n = 0; n < (size_t)TILES * TILES && shown_unit(network, n) < network->units[1]; n++) {
        for (size_t pixel = 0; pixel < network->pixels; pixel++)
            largest = fmax(largest, fabs(difference(network, shown_unit(network, n), pixel)));
    }
    return largest > 0 ? largest : 1;
}

bool history_write_plot(const struct drn_history *history, const struct drn_network *network, size_t height,
                        size_t width, const char *svg, FILE *script)
{
    struct sink sink;
    sink_open(&sink, script);
    sink_text(&sink, "$errors << END\n");
    for (size_t e = 0; e < history->count; e++)
        put_record(&sink, e + 1, &history->record[e], " ");
    sink_text(&sink, "END\n$units << END\n");
    for (size_t tile = 0; tile < TILES && tile * TILES < network->units[1]; tile++) {
        for (size_t row = 0; row <= height; row++)
            put_picture_line(&sink, network, tile, row, height, width);
    }
    sink_text(&sink, "END\nset terminal svg size 1100,520 background 'white' font 'sans,12'\nset output ");
    put_quoted(&sink, svg);
    sink_text(&sink, "\nset multiplot layout 1,2\n"
                     "set xlabel 'epoch'\nset ylabel 'error (%)'\nset grid\nset key top right\nset logscale y\n"
                     "set format y '%g'\nset ytics add (0.02, 0.05, 0.2, 0.5, 2, 5, 20, 50)\nset xrange [0:");
    sink_count(&sink, history->count + 1);
    sink_text(&sink, "]\n");
    sink_text(&sink, "plot $errors using 1:2 with linespoints pointtype 7 pointsize 0.4 title 'training', "
                     "$errors using 1:3 with linespoints pointtype 7 pointsize 0.4 title 'test'\n"
                     "unset logscale\nunset grid\nunset key\nunset xlabel\nunset ylabel\nunset tics\nset autoscale x\n"
                     "set size ratio -1\nset title 'first layer, g(+x) - g(-x) in siemens'\n"
                     "set palette defined (-1 '#b2182b', 0 '#f7f7f7', 1 '#2166ac')\nset cbtics\n");
    double range = largest_difference(network);
    sink_text(&sink, "set cbrange [");
    sink_exponential(&sink, -range, 3);
    sink_text(&sink, ":");
    sink_exponential(&sink, range, 3);
    sink_text(&sink, "]\nplot $units matrix using 1:(-$2):3 with image\nunset multiplot\n");
    return sink_close(&sink);
}
