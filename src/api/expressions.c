/* The public API: expressions, over the points of a result and at the operating point. */
#include "api/deck.h"

#include "analysis/unit.h"
#include "api/views.h"
#include "util/array.h"
#include "util/letters.h"
#include <stdlib.h>
#include <string.h>

/* Read a text that is one formula over the circuit; what is wrong with it is not told. False: it is none, or memory is
 * out. */
static bool read_formula(const opspice *deck, const char *text, struct formulas *formulas)
{
    struct diagnostics unheard = {0};
    const struct formula_scope scope = session_scope(deck->shown);
    const char *copy = arena_text(&formulas->arena, text, strlen(text));
    bool done = copy && formulas_read_text(formulas, (struct expression_word){copy, strlen(copy)},
                                           (struct expression_word){NULL, 0}, &scope, &unheard);
    done = done && diagnostics_are_clear(&unheard) && formulas->count == 1;
    diagnostics_free(&unheard);
    return done;
}

/* Work out a formula in a plot that has what it needs. False: it has no value somewhere, or memory is out. The list is
 * to be freed in any case. */
static bool work_out(struct formula *formula, struct plot *plot, struct series_list *list)
{
    struct diagnostics unheard = {0};
    bool done = series_of(list, formula, 1, plot, NULL, &unheard) && diagnostics_are_clear(&unheard);
    diagnostics_free(&unheard);
    return done && list->item[0].length > 0;
}

/* ---- over the points of a result ----------------------------------------------------------------------------- */

/* Make columns[points][needed] of the vectors that a formula needs. NULL: one was not recorded, or memory is out. */
static double *make_columns(struct plot *plot, const struct vectors *needed)
{
    double *value = array_new(plot->points * needed->count, sizeof *value);
    bool done = value;
    for (size_t i = 0; done && i < needed->count; i++) {
        size_t column[2];
        done = plot_find_columns(plot, &needed->item[i], column);
        for (size_t p = 0; done && p < plot->points; p++)
            value[p * needed->count + i] = plot_difference(plot, column, p);
    }
    if (!done)
        free(value);
    return done ? value : NULL;
}

/* The values of a series for as long as views live, with nothing between them. NULL when memory is out. */
static const double *keep_values(struct views *views, const struct series *series)
{
    double *value = array_new(series->length, sizeof *value);
    if (!value || !array_reserve(&views->value, &views->value_capacity, views->values + 1, sizeof *views->value)) {
        free(value);
        return NULL;
    }
    views->value[views->values++] = value;
    for (size_t p = 0; p < series->length; p++)
        value[p] = series_value(series, p);
    return value;
}

/* The vector of a formula, worked out in a plot that has the points of another and what the formula needs. NULL: it has
 * no value somewhere, or memory is out. */
static const opspice_vector *compute(const opspice *deck, const char *name, struct formula *formula, struct plot *plot)
{
    struct series_list list = {0};
    struct plot columns = *plot;
    columns.recorded = (struct vectors){0};
    columns.value = NULL;
    opspice_vector *vector = arena_alloc(&deck->views->arena, sizeof *vector);
    const char *copy = arena_text(&deck->views->arena, name, strlen(name));
    bool done = vector && copy && formula_needs(formula, &columns.recorded) &&
                (columns.value = make_columns(plot, &columns.recorded)) && work_out(formula, &columns, &list);
    if (done)
        *vector = (opspice_vector){copy, unit_of_formula(formula, plot, &deck->shown->circuit),
                                   keep_values(deck->views, &list.item[0]), list.item[0].length, 1};
    plot->expanded = columns.expanded;
    series_free(&list);
    vectors_free(&columns.recorded);
    free(columns.value);
    return done && vector->value ? vector : NULL;
}

/* The same; what was recorded is found there. */
static const opspice_vector *vector_of(const opspice *deck, const char *name, struct formula *formula,
                                       const struct result_view *view, struct plot *plot)
{
    size_t column = VECTORS_NONE;
    if (formula_is_vector(formula) && formula->vector[0].kind < VECTOR_SCALE)
        column = vectors_find(&plot->recorded, &formula->vector[0]);
    return column < plot_listed(plot) ? &view->vector[column] : compute(deck, name, formula, plot);
}

static bool is_name(const char *name, const char *text)
{
    while (*name && lower(*name) == lower(*text))
        name++, text++;
    return !*name && !*text;
}

const opspice_vector *opspice_find_vector(const opspice *deck, size_t result, const char *expression)
{
    const struct result_view *view = views_of_result(deck, result);
    if (!view)
        return NULL;
    struct plot *plot = &deck_result(deck, result)->plot;
    bool is_labelled = plot_is_labelled(plot);
    for (size_t v = is_labelled ? 0 : plot_listed(plot); v < view->vectors; v++)
        if (is_name(view->vector[v].name, expression))
            return &view->vector[v];
    struct formulas formulas = {0};
    const opspice_vector *vector = NULL;
    if (!is_labelled && read_formula(deck, expression, &formulas))
        vector = vector_of(deck, expression, &formulas.item[0], view, plot);
    formulas_free(&formulas);
    return vector;
}

/* ---- at the operating point ---------------------------------------------------------------------------------- */

/* A plot of one point that has what a formula needs. False when memory is out. */
static bool plot_point(const opspice *deck, const struct formula *formula, struct plot *plot)
{
    const struct engine *engine = &deck->shown->engine;
    if (!formula_needs(formula, &plot->recorded))
        return false;
    plot->kind = PLOT_OP;
    plot->points = 1;
    plot->value = array_new(plot->recorded.count, sizeof *plot->value);
    for (size_t i = 0; plot->value && i < plot->recorded.count; i++)
        plot->value[i] = vector_value(&plot->recorded.item[i], engine->circuit, &engine->op);
    return plot->value;
}

int opspice_evaluate(const opspice *deck, const char *expression, double *value)
{
    struct formulas formulas = {0};
    struct series_list list = {0};
    struct plot plot = {0};
    bool done = deck->shown->engine.answered && read_formula(deck, expression, &formulas) &&
                plot_point(deck, &formulas.item[0], &plot) && work_out(&formulas.item[0], &plot, &list);
    if (done)
        *value = series_value(&list.item[0], 0);
    series_free(&list);
    plot_free(&plot);
    formulas_free(&formulas);
    return done ? OPSPICE_OK : OPSPICE_USAGE;
}
