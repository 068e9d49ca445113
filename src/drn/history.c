#include "drn/history.h"

#include "util/array.h"
#include "write/sink.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TILES = 8 }; /* units in a row and in a column of the picture */

bool history_make_audits(struct drn_history *history, size_t rows, size_t epochs)
{
    enum { NUMBERS = sizeof(struct audit_row) / sizeof(double) };
    if (!array_reserve(&history->audit, &history->audit_capacity, rows * epochs, sizeof *history->audit))
        return false;
    for (size_t r = history->rows * history->count; r < rows * epochs; r++) {
        double *number = &history->audit[r].layer;
        for (size_t n = 0; n < NUMBERS; n++)
            number[n] = NAN;
    }
    history->rows = rows;
    return true;
}

bool history_add(struct drn_history *history, const struct drn_record *record, const struct audit_row *audit,
                 size_t rows)
{
    if (!array_reserve(&history->record, &history->capacity, history->count + 1, sizeof *record) ||
        ((audit || history->audit) && !history_make_audits(history, rows, history->count + 1)))
        return false;
    if (audit)
        memcpy(history->audit + rows * history->count, audit, rows * sizeof *audit);
    history->record[history->count++] = *record;
    return true;
}

void history_free(struct drn_history *history)
{
    free(history->record);
    free(history->audit);
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
}

/* ---- audits ------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t offset;
} audit_columns[] = {{"cosine", offsetof(struct audit_row, cosine)},
                     {"norm_ratio", offsetof(struct audit_row, norm_ratio)},
                     {"error", offsetof(struct audit_row, error)},
                     {"rule", offsetof(struct audit_row, rule)},
                     {"nudging", offsetof(struct audit_row, nudging)},
                     {"iterations", offsetof(struct audit_row, iterations)},
                     {"precision", offsetof(struct audit_row, precision)}};
enum { AUDIT_COLUMNS = sizeof audit_columns / sizeof *audit_columns };

/* conductances_1_cosine, ... */
static void put_audit_names(struct sink *sink, size_t row)
{
    for (size_t c = 0; c < AUDIT_COLUMNS; c++) {
        sink_text(sink, row % 2 ? ",biases_" : ",conductances_");
        sink_count(sink, row / 2 + 1);
        sink_text(sink, "_");
        sink_text(sink, audit_columns[c].name);
    }
}

/* Nothing where there is no number. */
static void put_audit(struct sink *sink, const struct audit_row *row)
{
    for (size_t c = 0; c < AUDIT_COLUMNS; c++) {
        double number;
        memcpy(&number, (const char *)row + audit_columns[c].offset, sizeof number);
        sink_text(sink, ",");
        if (isfinite(number))
            sink_exact(sink, number);
    }
}

/* ---- the table ---------------------------------------------------------------------------------------------- */

bool history_write_csv(const struct drn_history *history, FILE *file)
{
    struct sink sink;
    sink_open(&sink, file);
    sink_text(&sink, "epoch,train_error_percent,test_error_percent,train_cost,test_cost,seconds");
    for (size_t r = 0; r < history->rows; r++)
        put_audit_names(&sink, r);
    sink_text(&sink, "\n");
    for (size_t e = 0; e < history->count; e++) {
        put_record(&sink, e + 1, &history->record[e], ",");
        for (size_t r = 0; r < history->rows; r++)
            put_audit(&sink, &history->audit[e * history->rows + r]);
        sink_text(&sink, "\n");
    }
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

/* The pictures of the first layer: of its units, seen pixel by pixel; or of the kernels of a convolution, in its first
 * channel. A pool has none. */
struct pictures {
    const struct drn_network *network;
    size_t count, height, width;
};

static struct pictures pictures_of(const struct drn_network *network, size_t height, size_t width)
{
    const struct drn_connection *connection = &network->connection[1];
    if (connection->kind == DRN_DENSE)
        return (struct pictures){network, network->units[1], height, width};
    size_t kernel = (size_t)lround(sqrt((double)connection->taps));
    return (struct pictures){network, connection->columns, kernel, kernel};
}

static double difference(const struct pictures *pictures, size_t unit, size_t pixel)
{
    const struct drn_network *network = pictures->network;
    const struct drn_connection *connection = &network->connection[1];
    size_t plus = pixel, minus = pixel + network->pixels;
    if (connection->kind != DRN_DENSE) {
        plus = pixel * connection->channels_below;
        minus = plus + connection->channels_below / 2;
    }
    return (double)*drn_network_weight(network, 1, plus, unit) - (double)*drn_network_weight(network, 1, minus, unit);
}

/* The n-th unit that is shown: spread over the layer, so that both halves are seen. */
static size_t shown_unit(const struct pictures *pictures, size_t n)
{
    size_t units = pictures->count, all = (size_t)TILES * TILES;
    return units <= all ? n : n * units / all;
}

/* One line of the picture: a row of pixels of each unit in a row of tiles; beside and below each tile a dark line. */
static void put_picture_line(struct sink *sink, const struct pictures *pictures, size_t tile, size_t row)
{
    for (size_t t = 0; t < TILES; t++) {
        size_t unit = shown_unit(pictures, tile * TILES + t);
        bool there = row < pictures->height && unit < pictures->count;
        for (size_t x = 0; x < pictures->width; x++) {
            sink_exponential(sink, there ? difference(pictures, unit, row * pictures->width + x) : 0, 3);
            sink_text(sink, " ");
        }
        sink_text(sink, "0 ");
    }
    sink_text(sink, "\n");
}

static double largest_difference(const struct pictures *pictures)
{
    double largest = 0;
    for (size_t n = 0; n < (size_t)TILES * TILES && shown_unit(pictures, n) < pictures->count; n++) {
        for (size_t pixel = 0; pixel < pictures->height * pictures->width; pixel++)
            largest = fmax(largest, fabs(difference(pictures, shown_unit(pictures, n), pixel)));
    }
    return largest > 0 ? largest : 1;
}

bool history_write_plot(const struct drn_history *history, const struct drn_network *network, size_t height,
                        size_t width, const char *svg, FILE *script)
{
    struct pictures pictures = pictures_of(network, height, width);
    struct sink sink;
    sink_open(&sink, script);
    sink_text(&sink, "$errors << END\n");
    for (size_t e = 0; e < history->count; e++) {
        put_record(&sink, e + 1, &history->record[e], " ");
        sink_text(&sink, "\n");
    }
    sink_text(&sink, "END\n$units << END\n");
    for (size_t tile = 0; tile < TILES && (tile == 0 || tile * TILES < pictures.count); tile++) {
        for (size_t row = 0; row <= pictures.height; row++)
            put_picture_line(&sink, &pictures, tile, row);
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
    double range = largest_difference(&pictures);
    sink_text(&sink, "set cbrange [");
    sink_exponential(&sink, -range, 3);
    sink_text(&sink, ":");
    sink_exponential(&sink, range, 3);
    sink_text(&sink, "]\nplot $units matrix using 1:(-$2):3 with image\nunset multiplot\n");
    return sink_close(&sink);
}
