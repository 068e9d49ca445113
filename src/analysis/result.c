#include "analysis/result.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>

/* ---- series ---- */

/* Evaluate a formula at each point, up to the first place where it has no value: *good is false there. False when
 * memory is out. */
static bool evaluate(struct series *series, const struct formula *formula, bool *good, struct diagnostics *diagnostics)
{
    series->own = array_new(series->length, sizeof *series->own);
    series->value = series->own;
    series->stride = 1;
    *good = series->own;
    for (size_t p = 0; *good && p < series->length; p++)
        *good = formula_value(formula, p, diagnostics, &series->own[p]);
    return series->own;
}

/* Note where an extreme value is reached. False when memory is out. */
static bool find_extreme(struct series *series, const struct formula *formula)
{
    const struct extreme extreme = formula_extreme(formula);
    const struct plot *plot = extreme.in;
    if (!plot)
        return true;
    const struct axis *axis = plot->axes > 0 ? &plot->axis[plot->axes - 1] : NULL;
    if ((series->extreme = malloc(sizeof *series->extreme)))
        *series->extreme =
            (struct place){plot->circuit, extreme.vector, axis, axis ? plot->scale[extreme.point] : 0};
    return series->extreme;
}

/* Take the last one off the list. */
static void series_drop(struct series_list *list)
{
    struct series *last = &list->item[--list->count];
    free(last->own);
    free(last->extreme);
    *last = (struct series){0};
}

bool series_of(struct series_list *list, struct formula *formula, size_t count, struct plot *plot,
               const struct plot *constants, struct diagnostics *diagnostics)
{
    list->item = array_new(count, sizeof *list->item);
    if (!list->item)
        return false;
    for (size_t f = 0; f < count; f++) {
        struct series *series = &list->item[list->count++];
        formula_bind(&formula[f], plot, constants, diagnostics);
        series->name = formula[f].name;
        series->formula = &formula[f];
        series->length = formula_length(&formula[f]);
        if (series->length <= 1 && !constants)
            series->length = plot->points;
        if (!formula_is_vector(&formula[f]) || formula[f].vector[0].kind == VECTOR_WHOLE ||
            formula[f].operand->count == 0) {
            bool good;
            if (!evaluate(series, &formula[f], &good, diagnostics) || !find_extreme(series, &formula[f]))
                return false;
            if (!good)
                series_drop(list);
            continue;
        }
        series->vector = formula[f].vector[0];
        series->value = formula[f].operand->value;
        series->stride = formula[f].operand->stride;
    }
    return true;
}

void series_free(struct series_list *list)
{
    while (list->count > 0)
        series_drop(list);
    free(list->item);
    *list = (struct series_list){0};
}

/* ---- results ---- */

static bool work_out_tables(struct result *result, struct output_requests *requests, struct diagnostics *diagnostics)
{
    result->shown = array_new(requests->tables, sizeof *result->shown);
    if (!result->shown)
        return false;
    result->tables = requests->tables;
    for (size_t t = 0; t < requests->tables; t++) {
        const struct table *table = &requests->table[t];
        if (table->of[result->plot.kind] &&
            !series_of(&result->shown[t], &requests->printed.item[table->first], table->count, &result->plot, NULL,
                       diagnostics))
            return false;
    }
    return true;
}

static bool work_out_measures(struct result *result, struct measures *measures, struct diagnostics *diagnostics)
{
    const struct plot *plot = &result->plot;
    if (plot->kind != PLOT_DC || measures->count == 0 || plot->axes == 0 || plot->points == 0)
        return true;
    size_t length = plot->axis[plot->axes - 1].count;
    result->measures = measures->count;
    result->curves = plot->points / length;
    result->measured = array_new(result->curves * result->measures, sizeof *result->measured);
    if (!result->measured)
        return false;
    for (size_t c = 0; c < result->curves; c++) {
        measures_run(measures, &result->plot, NULL, c * length, length, diagnostics);
        for (size_t m = 0; m < measures->count; m++) {
            const struct measure *measure = &measures->item[m];
            result->measured[c * measures->count + m] = (struct measured){
                measure->failed, measure->failed ? NAN : measure->value, measure->first, measure->second};
        }
    }
    return true;
}

bool result_work_out(struct result *result, struct output_requests *requests, struct diagnostics *diagnostics)
{
    diagnostics->lenient = true;
    bool done = work_out_tables(result, requests, diagnostics) &&
                work_out_measures(result, &requests->measures, diagnostics);
    diagnostics->lenient = false;
    return done;
}

void result_free(struct result *result)
{
    for (size_t t = 0; t < result->tables; t++)
        series_free(&result->shown[t]);
    free(result->shown);
    free(result->measured);
    plot_free(&result->plot);
    *result = (struct result){0};
}
