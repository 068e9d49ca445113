#include "write/columns.h"

#include "analysis/unit.h"

struct columns columns_of(const struct result *result)
{
    struct columns columns = {result, 0};
    for (size_t t = 0; t < result->tables; t++)
        columns.shown += result->shown[t].count;
    return columns;
}

size_t columns_count(const struct columns *columns)
{
    const struct plot *plot = &columns->result->plot;
    if (plot_is_labelled(plot))
        return plot_columns(plot);
    return plot->axes + (columns->shown ? columns->shown : plot->recorded.count);
}

/* The column behind the axes, of the tables. */
static const struct series *series_at(const struct result *result, size_t column)
{
    size_t t = 0;
    for (; column >= result->shown[t].count; t++)
        column -= result->shown[t].count;
    return &result->shown[t].item[column];
}

struct label columns_label(const struct columns *columns, size_t column, const struct circuit *circuit,
                           const char **unit)
{
    const struct plot *plot = &columns->result->plot;
    *unit = "";
    if (plot_is_labelled(plot)) {
        *unit = plot->kind == PLOT_TF && column > 0 ? "ohm" : "";
        return (struct label){{plot->label[column]}};
    }
    if (column < plot->axes) {
        *unit = unit_of_axis(&plot->axis[column]);
        return (struct label){{axis_swept(&plot->axis[column], circuit)}};
    }
    column -= plot->axes;
    if (columns->shown == 0) {
        *unit = unit_of_vector(&plot->recorded.item[column], circuit);
        return label_in_table(&plot->recorded.item[column], circuit);
    }
    const struct series *series = series_at(columns->result, column);
    *unit = unit_of_formula(series->formula, plot, circuit);
    return label_of_series(series, plot, circuit);
}

double columns_value(const struct columns *columns, size_t column, size_t point)
{
    const struct plot *plot = &columns->result->plot;
    if (plot_is_labelled(plot))
        return plot->value[column];
    if (column < plot->axes)
        return plot_axis_value(plot, column, point);
    column -= plot->axes;
    return columns->shown ? series_value(series_at(columns->result, column), point) : plot_value(plot, column, point);
}
