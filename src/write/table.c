#include "write/table.h"

#include "write/date.h"
#include "write/label.h"

enum {
    PAGE_WIDTH = 80,
    PAGE_LINES = 60,
    INDEX_WIDTH = 8,
    COLUMN_WIDTH = 16, /* one blank at the least */
    LEAST_WIDTH = 40,
    LEAST_LINES = 20
};

int table_page_width(const struct output *output)
{
    int width = output->page.width != 0 ? output->page.width : PAGE_WIDTH;
    return width < LEAST_WIDTH ? LEAST_WIDTH : width;
}

static int page_lines(const struct output *output)
{
    int lines = output->page.lines != 0 ? output->page.lines : PAGE_LINES;
    return lines < LEAST_LINES ? LEAST_LINES : lines;
}

static void put_rule(struct sink *sink, const struct output *output)
{
    for (int i = table_page_width(output); i > 0; i--)
        sink_text(sink, "-");
    sink_text(sink, "\n");
}

/* The title stands in the middle, the second line begins below it. Returns how many lines they are. */
static int put_title(struct sink *sink, const struct output *output, const struct plot *plot)
{
    char date[DATE_SIZE];
    date_text(output->date, date);
    size_t width = (size_t)table_page_width(output);
    int indent = output->title_length < width ? (int)(width - output->title_length) / 2 : 0;
    sink_blanks(sink, indent);
    if (output->title)
        sink_shown(sink, output->title, output->title_length);
    sink_text(sink, "\n");
    sink_blanks(sink, indent);
    sink_text(sink, plot_title(plot));
    sink_text(sink, "  ");
    sink_text(sink, date);
    sink_text(sink, "\n");
    put_rule(sink, output);
    return 3;
}

/* Does the page begin with the scale? It is not put before it again then. */
static bool begins_with_scale(const struct plot *plot, const struct series *first)
{
    if (first->name && !plot->own_scale)
        return false;
    return plot->own_scale ? first->vector.kind == VECTOR_OWN && first->vector.a == plot->own_scale - 1
                           : plot->axes > 0 && first->vector.kind == VECTOR_SCALE;
}

static bool has_scale_column(const struct output *output, const struct plot *plot, const struct series *first)
{
    return plot->axes > 0 && !output->page.has_no_scale && !begins_with_scale(plot, first);
}

/* Returns how many lines it is. */
static int put_heads(struct sink *sink, const struct output *output, const struct plot *plot,
                     const struct series *series, size_t count)
{
    sink_text(sink, "Index   ");
    if (has_scale_column(output, plot, series)) {
        struct label label = {{plot->own_scale ? plot->own_names.text[plot->own_scale - 1]
                                               : axis_name(&plot->axis[plot->axes - 1])}};
        label_put_padded(&label, sink, COLUMN_WIDTH - 1, COLUMN_WIDTH);
    }
    for (size_t a = 0; a < plot_step_columns(plot); a++) {
        const struct axis *axis = &plot->axis[a];
        struct label label = {
            {axis->kind <= AXIS_RESISTOR ? output->circuit->elements.text[axis->element] : axis_name(axis)}};
        label_put_padded(&label, sink, COLUMN_WIDTH - 1, COLUMN_WIDTH);
    }
    for (size_t s = 0; s < count; s++) {
        struct label label = label_of_series(&series[s], plot, output->circuit);
        label_put_padded(&label, sink, COLUMN_WIDTH - 1, COLUMN_WIDTH);
    }
    sink_text(sink, "\n");
    put_rule(sink, output);
    return 2;
}

/* A number; two tabs where the column is shorter than the table. */
static void put_cell(struct sink *sink, double value, bool is_there, int digits)
{
    if (is_there)
        sink_digits(sink, value, digits);
    else
        sink_text(sink, "\t");
    sink_text(sink, "\t");
}

static void put_row(struct sink *sink, const struct output *output, const struct plot *plot,
                    const struct series *series, size_t count, size_t point)
{
    const int digits = output->digits;
    sink_count(sink, point);
    sink_text(sink, "\t");
    const struct own_vector *own = plot->own_scale ? &plot->own[plot->own_scale - 1] : NULL;
    const double *scale = own ? own->value : plot->scale;
    size_t length = own ? own->length : plot->points;
    if (has_scale_column(output, plot, series))
        put_cell(sink, scale[point < length ? point : 0], point < length, digits);
    for (size_t a = 0; a < plot_step_columns(plot); a++)
        put_cell(sink, plot_axis_value(plot, a, point), point < plot->points, digits);
    for (size_t s = 0; s < count; s++)
        put_cell(sink, series_value(&series[s], point), point < series[s].length, digits);
    sink_text(sink, "\n");
}

/* As many columns as a page is wide, on as many pages as they are long. */
static void put_pages(struct sink *sink, const struct output *output, const struct plot *plot,
                      const struct series *series, size_t count, size_t points)
{
    int line = put_title(sink, output, plot) + put_heads(sink, output, plot, series, count);
    for (size_t p = 0; p < points; p++) {
        if (line == page_lines(output) && !output->page.is_endless) {
            sink_text(sink, "\f\n");
            line = put_heads(sink, output, plot, series, count);
        }
        put_row(sink, output, plot, series, count, p);
        line++;
    }
}

void table_put_extremes(struct sink *sink, const struct output *output, const struct plot *plot,
                        const struct series_list *list)
{
    for (size_t s = 0; s < list->count; s++) {
        const struct place *place = list->item[s].extreme;
        if (!place)
            continue;
        const struct label label = label_of_series(&list->item[s], plot, output->circuit);
        const struct label is_of = label_in_table(&place->vector, place->circuit ? place->circuit : output->circuit);
        label_put(&label, sink);
        sink_text(sink, ": ");
        label_put(&is_of, sink);
        if (place->axis) {
            sink_text(sink, " at ");
            sink_text(sink, axis_name(place->axis));
            sink_text(sink, " = ");
            sink_digits(sink, place->at, output->digits);
        }
        sink_text(sink, "\n");
    }
}

void table_put(struct sink *sink, const struct output *output, const struct plot *plot, const struct series_list *list)
{
    const size_t page_columns = (size_t)((table_page_width(output) - INDEX_WIDTH) / COLUMN_WIDTH);
    size_t columns, points = plot->points;
    for (size_t s = 0; s < list->count; s++)
        points = list->item[s].length > points ? list->item[s].length : points;
    for (size_t at = 0; at < list->count; at += columns) {
        size_t fixed = has_scale_column(output, plot, &list->item[at]) + plot_step_columns(plot);
        size_t left = list->count - at;
        columns = fixed < page_columns ? page_columns - fixed : 1;
        if (at > 0)
            sink_text(sink, "\f\n");
        put_pages(sink, output, plot, list->item + at, left < columns ? left : columns, points);
    }
    table_put_extremes(sink, output, plot, list);
}
