#include "write/table.h"

#include "write/date.h"
#include "write/label.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

enum {
    PAGE_WIDTH = 74,
    LEFT_WIDTH = 22, /* scale and first series as numbers */
    GRID_WIDTH = 49, /* at most */
    INTERVALS = 4,   /* at most */
    LEGEND_WIDTH = 20,
    TICK_WIDTH = 10
};

static const char symbols[] = "+*=$%!0&#@^~abcdefghijklmnopqrstuvwxyz"; /* used again where they do not suffice */

/* The grid: `intervals` of `spacing` letters each, from low on. */
struct grid {
    double low, step;
    int intervals, spacing;
};

/* 1, 2 or 5 times a power of ten, so that at most INTERVALS of them hold [low, high]. */
static struct grid choose_grid(double low, double high)
{
    static const double mantissa[] = {1, 2, 5};
    double width = high > low ? high - low : fmax(fabs(low), 1);
    double power = pow(10, floor(log10(width / INTERVALS)) - 1);
    for (;; power *= 10) {
        for (int m = 0; m < 3; m++) {
            double step = mantissa[m] * power, from = floor(low / step + 1e-9), to = ceil(high / step - 1e-9);
            if (to - from <= INTERVALS) {
                int intervals = to > from ? (int)(to - from) : 1;
                return (struct grid){from * step, step, intervals, GRID_WIDTH / intervals};
            }
        }
    }
}

static int column_of(const struct grid *grid, double value)
{
    double share = (value - grid->low) / (grid->step * grid->intervals);
    return (int)(share * grid->intervals * grid->spacing + 0.5);
}

static void put_rule(struct sink *sink)
{
    for (int i = 0; i < PAGE_WIDTH; i++)
        sink_text(sink, "-");
    sink_text(sink, "\n");
}

static void put_head(struct sink *sink, const struct output *output, const struct plot *plot)
{
    char date[DATE_SIZE];
    date_text(output->date, date);
    put_rule(sink);
    sink_blanks(sink, (PAGE_WIDTH - (int)(output->title_length < PAGE_WIDTH ? output->title_length : PAGE_WIDTH)) / 2);
    if (output->title)
        sink_shown(sink, output->title, output->title_length);
    sink_text(sink, "\n");
    sink_blanks(sink, (PAGE_WIDTH - (int)strlen(plot_title(plot)) - (int)strlen(date)) / 2);
    sink_text(sink, plot_title(plot));
    sink_text(sink, " ");
    sink_text(sink, date);
    sink_text(sink, "\n\nLegend:");
}

static void put_legend(struct sink *sink, const struct output *output, const struct plot *plot,
                       const struct series_list *list)
{
    for (size_t s = 0; s < list->count; s++) {
        char mark[] = {symbols[s % (sizeof symbols - 1)], ' ', '=', ' ', '\0'};
        struct label label = label_of_series(&list->item[s], plot, output->circuit);
        sink_text(sink, s == 0 ? "  " : s % 2 == 0 ? "         " : "");
        sink_text(sink, mark);
        label_put_padded(&label, sink, SIZE_MAX, LEGEND_WIDTH);
        if (s % 2 == 1 || s + 1 == list->count)
            sink_text(sink, "\n");
    }
    put_rule(sink);
}

/* The names of the two columns of numbers, and the value of each tick. */
static void put_ticks(struct sink *sink, const struct output *output, const struct plot *plot,
                      const struct series *first, const struct grid *grid)
{
    enum { HALF = LEFT_WIDTH / 2 };
    struct label scale = {{axis_name(&plot->axis[plot->axes - 1])}};
    struct label name = label_of_series(first, plot, output->circuit);
    sink_text(sink, " ");
    label_put_padded(&scale, sink, HALF - 2, HALF - 1);
    sink_text(sink, " ");
    label_put_padded(&name, sink, HALF - 4, HALF - 3);
    for (int t = 0; t <= grid->intervals; t++) {
        sink_signed(sink, grid->low + t * grid->step, 2);
        if (t < grid->intervals)
            sink_blanks(sink, grid->spacing - TICK_WIDTH + 1);
    }
    sink_text(sink, "\n");
}

static void put_border(struct sink *sink, const struct grid *grid)
{
    for (int i = 0; i < LEFT_WIDTH; i++)
        sink_text(sink, "-");
    for (int t = 0; t <= grid->intervals; t++) {
        sink_text(sink, "|");
        for (int i = 1; t < grid->intervals && i < grid->spacing; i++)
            sink_text(sink, "-");
    }
    sink_text(sink, "\n");
}

static void put_point(struct sink *sink, const struct plot *plot, const struct series_list *list,
                      const struct grid *grid, size_t point, char *line)
{
    int width = grid->intervals * grid->spacing + 1;
    memset(line, ' ', (size_t)width);
    for (int t = 0; t <= grid->intervals; t++)
        line[t * grid->spacing] = '.';
    for (size_t s = 0; s < list->count; s++) {
        char *at = &line[column_of(grid, series_value(&list->item[s], point))];
        *at = *at == ' ' || *at == '.' ? symbols[s % (sizeof symbols - 1)] : 'X';
    }
    sink_signed(sink, plot->scale[point], 3);
    sink_text(sink, " ");
    sink_signed(sink, series_value(&list->item[0], point), 3);
    sink_text(sink, " ");
    sink_bytes(sink, line, (size_t)width);
    sink_text(sink, "\n");
}

void drawing_put(struct sink *sink, const struct output *output, const struct plot *plot,
                 const struct series_list *list)
{
    if (plot->axes == 0) { /* one point is better read */
        table_put(sink, output, plot, list);
        return;
    }
    double low = INFINITY, high = -INFINITY;
    for (size_t s = 0; s < list->count; s++) {
        for (size_t p = 0; p < plot->points; p++) {
            low = fmin(low, series_value(&list->item[s], p));
            high = fmax(high, series_value(&list->item[s], p));
        }
    }
    struct grid grid = choose_grid(low, high);
    char line[GRID_WIDTH + 2];
    put_head(sink, output, plot);
    put_legend(sink, output, plot, list);
    put_ticks(sink, output, plot, &list->item[0], &grid);
    put_border(sink, &grid);
    for (size_t p = 0; p < plot->points; p++)
        put_point(sink, plot, list, &grid, p, line);
    put_border(sink, &grid);
    put_ticks(sink, output, plot, &list->item[0], &grid);
    sink_text(sink, "\n");
}
