/* The public API: results, as vectors. */
#include "api/deck.h"

#include "analysis/unit.h"
#include "api/views.h"
#include "util/array.h"
#include "write/columns.h"
#include <string.h>

struct result *deck_results(const opspice *deck, size_t *count)
{
    const struct session *session = deck->shown;
    size_t by_script = 0;
    while (by_script < session->results && session->result[by_script].by_script)
        by_script++;
    if (by_script == session->results)
        by_script = 0;
    *count = session->results - by_script;
    return session->result + by_script;
}

struct result *deck_result(const opspice *deck, size_t result)
{
    size_t count;
    struct result *chosen = deck_results(deck, &count);
    return result < count ? &chosen[result] : NULL;
}

size_t opspice_result_count(const opspice *deck)
{
    size_t count;
    deck_results(deck, &count);
    return count;
}

size_t opspice_result_points(const opspice *deck, size_t result)
{
    const struct result *found = deck_result(deck, result);
    return found ? found->plot.points : 0;
}

const char *opspice_result_title(const opspice *deck, size_t result)
{
    const struct result *found = deck_result(deck, result);
    return found ? plot_title(&found->plot) : NULL;
}

size_t opspice_result_axes(const opspice *deck, size_t result)
{
    const struct result *found = deck_result(deck, result);
    return found ? found->plot.axes : 0;
}

const char *opspice_result_unit(const opspice *deck, size_t result, size_t column)
{
    const struct result *found = deck_result(deck, result);
    const struct columns columns = found ? columns_of(found) : (struct columns){0};
    const char *unit = NULL;
    if (found && column < columns_count(&columns))
        columns_label(&columns, column, &deck->shown->circuit, &unit);
    return unit;
}

/* ---- vectors ------------------------------------------------------------------------------------------------- */

/* Does a table show it that is not a vector which was recorded? */
static bool is_added(const struct series *series)
{
    return series->name || series->own;
}

static size_t count_added(const struct result *result)
{
    size_t count = 0;
    for (size_t t = 0; t < result->tables; t++)
        for (size_t s = 0; s < result->shown[t].count; s++)
            count += is_added(&result->shown[t].item[s]);
    return count;
}

static size_t count_vectors(const struct result *result)
{
    return plot_is_labelled(&result->plot) ? result->plot.labels : plot_listed(&result->plot) + count_added(result);
}

size_t opspice_result_vectors(const opspice *deck, size_t result)
{
    const struct result *found = deck_result(deck, result);
    return found ? count_vectors(found) : 0;
}

size_t opspice_result_measures(const opspice *deck, size_t result)
{
    const struct result *found = deck_result(deck, result);
    return found ? found->measures : 0;
}

/* One text of a label's parts. NULL when memory is out. */
static const char *join(struct arena *arena, const struct label *label)
{
    char *text = arena_alloc(arena, label_length(label) + 1);
    if (text)
        label_write(label, text);
    return text;
}

/* v(a), i(v1) as in a rawfile; what has a parameter, @r1[p], as in a table. */
static struct label label_of(const struct vector *vector, const struct circuit *circuit)
{
    const char *type;
    bool is_node = vector->kind == VECTOR_VOLTAGE && vector->k == GROUND;
    bool is_branch = vector->kind == VECTOR_CURRENT && !vector->parameter;
    return is_node || is_branch ? label_in_rawfile(vector, circuit, &type) : label_in_table(vector, circuit);
}

static bool show_recorded(struct result_view *view, const struct result *result, const struct circuit *circuit,
                          struct arena *arena)
{
    const struct plot *plot = &result->plot;
    for (size_t i = 0; i < plot_listed(plot); i++) {
        const struct vector *vector = &plot->recorded.item[i];
        struct label label = label_of(vector, circuit);
        const char *name = join(arena, &label);
        if (!name)
            return false;
        view->vector[view->vectors++] = (opspice_vector){name, unit_of_vector(vector, circuit), plot->value + i,
                                                         plot->points, plot->recorded.count};
    }
    return true;
}

static bool show_added(struct result_view *view, const struct result *result, const struct circuit *circuit,
                       struct arena *arena)
{
    for (size_t t = 0; t < result->tables; t++)
        for (size_t s = 0; s < result->shown[t].count; s++) {
            const struct series *series = &result->shown[t].item[s];
            if (!is_added(series))
                continue;
            struct label label = label_of_series(series, &result->plot, circuit);
            const char *name = join(arena, &label), *unit = unit_of_formula(series->formula, &result->plot, circuit);
            if (!name)
                return false;
            view->vector[view->vectors++] =
                (opspice_vector){name, unit, series->value, series->length, series->stride};
        }
    return true;
}

/* Of a transfer function and of sensitivities: a number each. */
static bool show_labelled(struct result_view *view, const struct result *result, const struct circuit *circuit,
                          struct arena *arena)
{
    const struct columns columns = columns_of(result);
    for (size_t i = 0; i < result->plot.labels; i++) {
        const char *unit;
        struct label label = columns_label(&columns, i, circuit, &unit);
        const char *name = join(arena, &label);
        if (!name)
            return false;
        view->vector[view->vectors++] = (opspice_vector){name, unit, result->plot.value + i, 1, 1};
    }
    return true;
}

static void show_axes(struct result_view *view, const struct plot *plot, const struct circuit *circuit)
{
    for (; view->axes < plot->axes; view->axes++) {
        const struct axis *axis = &plot->axis[view->axes];
        view->axis[view->axes] =
            (opspice_vector){axis_swept(axis, circuit), unit_of_axis(axis), axis->value, axis->count, 1};
    }
}

static void show_measures(struct result_view *view, const struct result *result, const struct measures *measures)
{
    enum { STRIDE = sizeof(struct measured) / sizeof(double) };
    _Static_assert(sizeof(struct measured) % sizeof(double) == 0, "measured values are not a whole number of doubles");
    for (; view->measures < result->measures; view->measures++)
        view->measure[view->measures] =
            (opspice_vector){measures->item[view->measures].name, "", &result->measured[view->measures].value,
                             result->curves, STRIDE * result->measures};
}

/* NULL when memory is out. */
static struct result_view *make_view(const opspice *deck, const struct result *result, struct arena *arena)
{
    const struct circuit *circuit = &deck->shown->circuit;
    size_t vectors = count_vectors(result);
    struct result_view *view = arena_alloc(arena, sizeof *view);
    if (!view)
        return NULL;
    *view = (struct result_view){.axis = arena_alloc(arena, (result->plot.axes + 1) * sizeof *view->axis),
                                 .vector = arena_alloc(arena, (vectors + 1) * sizeof *view->vector),
                                 .measure = arena_alloc(arena, (result->measures + 1) * sizeof *view->measure)};
    if (!view->axis || !view->vector || !view->measure)
        return NULL;
    bool done = plot_is_labelled(&result->plot)
                    ? show_labelled(view, result, circuit, arena)
                    : show_recorded(view, result, circuit, arena) && show_added(view, result, circuit, arena);
    show_axes(view, &result->plot, circuit);
    show_measures(view, result, &deck->shown->requests.measures);
    return done ? view : NULL;
}

const struct result_view *views_of_result(const opspice *deck, size_t number)
{
    const struct result *result = deck_result(deck, number);
    struct views *views = deck->views;
    if (!result || !array_reserve(&views->result, &views->result_capacity, number + 1, sizeof *views->result))
        return NULL;
    while (views->results <= number)
        views->result[views->results++] = NULL;
    if (!views->result[number])
        views->result[number] = make_view(deck, result, &views->arena);
    return views->result[number];
}

const opspice_vector *opspice_get_axis(const opspice *deck, size_t result, size_t axis)
{
    const struct result_view *view = views_of_result(deck, result);
    return view && axis < view->axes ? &view->axis[axis] : NULL;
}

const opspice_vector *opspice_get_vector(const opspice *deck, size_t result, size_t vector)
{
    const struct result_view *view = views_of_result(deck, result);
    return view && vector < view->vectors ? &view->vector[vector] : NULL;
}

const opspice_vector *opspice_get_measure(const opspice *deck, size_t result, size_t measure)
{
    const struct result_view *view = views_of_result(deck, result);
    return view && measure < view->measures ? &view->measure[measure] : NULL;
}
