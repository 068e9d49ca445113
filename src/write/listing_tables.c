/* The tables of a listing: what .print and .plot show. */
#include "write/label.h"
#include "write/listing.h"
#include "write/table.h"
#include "util/array.h"
#include <stdlib.h>

/* The vectors of a sweep for which no table was asked: all that it has recorded. */
static bool put_all(struct sink *sink, const struct output *output, const struct plot *plot)
{
    struct series_list list = {array_new(plot->recorded.count, sizeof *list.item), 0};
    if (!list.item)
        return false;
    for (size_t i = 0; i < plot->recorded.count; i++) {
        if (plot->recorded.item[i].kind == VECTOR_VOLTAGE)
            list.item[list.count++] = (struct series){
                .vector = plot->recorded.item[i], .value = plot->value + i, .stride = plot->recorded.count,
                .length = plot->points};
    }
    table_put(sink, output, plot, &list);
    sink_text(sink, "\n");
    series_free(&list);
    return true;
}

/* What columns are compared by. */
struct table_names {
    const struct plot *plot;
    const struct circuit *circuit;
};

static int compare_columns(const void *p, const void *q, void *data)
{
    const struct table_names *names = data;
    const struct label a = label_of_series(p, names->plot, names->circuit);
    const struct label b = label_of_series(q, names->plot, names->circuit);
    return label_compare(&a, &b);
}

static enum formula_word word_of(const struct series *series)
{
    return series->formula ? series->formula->word : FORMULA_TYPED;
}

/* Is the scale among what the word stands for? */
static bool has_scale(const struct plot *plot, enum formula_word word)
{
    const struct axis *last = plot->axes > 0 ? &plot->axis[plot->axes - 1] : NULL;
    return last && (word == FORMULA_OF_ALL || (word == FORMULA_OF_ALLV && last->kind == AXIS_VSOURCE) ||
                    (word == FORMULA_OF_ALLI && last->kind == AXIS_ISOURCE));
}

/* The columns of a table as ngspice has them: what all, allv and alli stand for by the bare names of nodes, in the
 * order of the names, the scale among them. The values stay those of `list`; *columns is free()d by the caller. False
 * when memory is out. */
static bool list_columns(const struct output *output, const struct plot *plot, const struct series_list *list,
                         struct series_list *columns)
{
    struct table_names names = {plot, output->circuit};
    *columns = (struct series_list){array_new(2 * list->count, sizeof *columns->item), 0};
    for (size_t from = 0, to; columns->item && from < list->count; from = to) {
        enum formula_word word = word_of(&list->item[from]);
        size_t first = columns->count;
        for (to = from; to < list->count && word_of(&list->item[to]) == word; to++) {
            struct series *column = &columns->item[columns->count++];
            *column = list->item[to];
            if (word != FORMULA_TYPED && column->vector.kind == VECTOR_VOLTAGE)
                column->vector.parameter = "";
        }
        if (has_scale(plot, word))
            columns->item[columns->count++] = (struct series){
                .vector = {VECTOR_SCALE, 0, 0, NULL}, .value = plot->scale, .stride = 1, .length = plot->points};
        if (word != FORMULA_TYPED)
            qsort_r(&columns->item[first], columns->count - first, sizeof *columns->item, compare_columns, &names);
    }
    return columns->item;
}

/* One table of a result, where it shows something. False when memory is out. */
static bool put_table(struct sink *sink, const struct output *output, const struct result *result, size_t table)
{
    const bool drawn = output->requests->table[table].drawn;
    struct series_list list;
    if (table >= result->tables || result->shown[table].count == 0)
        return true;
    if (!list_columns(output, &result->plot, &result->shown[table], &list))
        return false;
    if (drawn)
        drawing_put(sink, output, &result->plot, &list);
    else
        table_put(sink, output, &result->plot, &list);
    if (!drawn || result->plot.axes == 0)
        sink_text(sink, "\n");
    free(list.item);
    return true;
}

static bool shows(const struct result *result)
{
    for (size_t t = 0; t < result->tables; t++) {
        if (result->shown[t].count > 0)
            return true;
    }
    return false;
}

static bool put_tables(struct sink *sink, const struct output *output, const struct result *result)
{
    bool done = true;
    for (size_t t = 0; done && t < result->tables; t++)
        done = put_table(sink, output, result, t);
    if (!shows(result) && result->measures == 0 && result->plot.axes > 0)
        done = put_all(sink, output, &result->plot) && done;
    return done;
}

/* The only result of its kind that shows tables; NULL: there are others, or none. */
static const struct result *only_one(const struct output *output, enum plot_kind kind)
{
    const struct result *found = NULL;
    for (size_t r = 0; r < output->results; r++) {
        bool is_again = plot_is_single(&output->result[r].plot) && !output_is_last_point(output, r);
        if (output->result[r].plot.kind != kind || is_again)
            continue;
        if (found || !shows(&output->result[r]))
            return NULL;
        found = &output->result[r];
    }
    return found;
}

bool listing_put_tables(struct sink *sink, const struct output *output)
{
    const struct result *sweep = only_one(output, PLOT_DC), *point = only_one(output, PLOT_OP);
    bool done = true;
    for (size_t t = 0; done && sweep && point && t < output->requests->tables; t++)
        done = put_table(sink, output, sweep, t) && put_table(sink, output, point, t);
    if (sweep && point)
        return done;
    for (size_t r = output->results; r-- > 0;) { /* the first sweep of the netlist was run last */
        if (output->result[r].plot.kind == PLOT_DC)
            done = put_tables(sink, output, &output->result[r]) && done;
    }
    for (size_t r = 0; r < output->results; r++) {
        const struct plot *plot = &output->result[r].plot;
        if (plot->kind == PLOT_OP && (!plot_is_single(plot) || output_is_last_point(output, r)))
            done = put_tables(sink, output, &output->result[r]) && done;
    }
    return done;
}
