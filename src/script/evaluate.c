#include "script/evaluate.h"

#include "script/lines.h"
#include "util/array.h"
#include "write/label.h"
#include <stdlib.h>
#include <string.h>

static struct plot *plot_named(void *data, const char *name, size_t length)
{
    struct script *script = data;
    size_t result = script_result_named(script, name, length);
    if (result != NO_RESULT)
        return &script->session->result[result].plot;
    return line_word_is(name, length, "const") ? &script->constants : NULL;
}

struct formula_scope script_scope(struct script *script)
{
    struct formula_scope scope = session_scope(script->session);
    scope.plot = script_plot(script);
    scope.constants = &script->constants;
    scope.named = plot_named;
    scope.data = script;
    return scope;
}

/* Let the plot hold the voltage between two nodes whose own ones it has recorded. *good: it has. False when memory is
 * out. */
static bool add_difference(struct plot *plot, const struct vector *vector, bool *good)
{
    const uint32_t node[2] = {vector->a, vector->k};
    size_t column[2];
    *good = vector->kind == VECTOR_VOLTAGE;
    for (int n = 0; *good && n < 2; n++) {
        column[n] = vectors_find(&plot->recorded, &(struct vector){VECTOR_VOLTAGE, node[n], GROUND, NULL});
        *good = node[n] == GROUND || column[n] != VECTORS_NONE;
    }
    if (!*good)
        return true;
    double *value = array_new(plot->points, sizeof *value);
    for (size_t p = 0; value && p < plot->points; p++)
        value[p] = (node[0] != GROUND ? plot_value(plot, column[0], p) : 0) -
                   (node[1] != GROUND ? plot_value(plot, column[1], p) : 0);
    bool done = value && plot_add_column(plot, *vector, value);
    free(value);
    return done;
}

/* What stands on an element's card is known without an analysis, and changes with `alter`. */
static bool provide_value(struct script *script, struct plot *plot, const struct vector *vector)
{
    size_t column = vectors_find(&plot->recorded, vector);
    double value = vector_value(vector, &script->session->circuit, &script->session->engine.op);
    if (column != VECTORS_NONE && plot->points == 1)
        plot->value[column] = value;
    if (column != VECTORS_NONE)
        return true;
    double *values = array_new(plot->points, sizeof *values);
    for (size_t p = 0; values && p < plot->points; p++)
        values[p] = value;
    if (!values || !plot_add_column(plot, *vector, values))
        diagnose_no_memory(script->diagnostics);
    free(values);
    return !script->diagnostics->out_of_memory;
}

/* Let the plot hold a vector: the operating point at hand tells any; other plots have what they recorded. */
static bool provide_vector(struct script *script, struct plot *plot, const struct vector *vector,
                           const struct expression_word *word, struct command command)
{
    const struct plot *live = script->live == NO_RESULT ? NULL : &script->session->result[script->live].plot;
    bool good = false;
    if (vector->kind == VECTOR_VALUE)
        return provide_value(script, plot, vector);
    if (vector->kind >= VECTOR_SCALE || vectors_find(&plot->recorded, vector) != VECTORS_NONE)
        return true;
    if (plot == &script->constants) {
        script_complain(script, command, "there is no plot yet that could hold %.*s: run an analysis first",
                        (int)word->length, word->text);
        return false;
    }
    if (plot == live) {
        double value = vector_value(vector, &script->session->circuit, &script->session->engine.op);
        if (!plot_add_column(plot, *vector, &value))
            diagnose_no_memory(script->diagnostics);
        good = true;
    } else {
        if (!add_difference(plot, vector, &good))
            diagnose_no_memory(script->diagnostics);
    }
    if (!good)
        script_complain(script, command, "%.*s was not saved in this plot: `save` it before the analysis",
                        (int)word->length, word->text);
    return good && !script->diagnostics->out_of_memory;
}

bool script_provide(struct script *script, const struct formula *formula, struct command command)
{
    bool done = true;
    for (size_t u = 0; done && u < formula->expression.uses; u++) {
        const struct whole *whole = formula->whole[u];
        const struct expression *expression = &formula->expression;
        const struct expression_word *word =
            formula_is_vector(formula) ? &expression->source : &expression->use[u].whole;
        struct plot *plot = formula->plot[u] ? formula->plot[u] : script_plot(script);
        done = whole ? script_provide(script, &whole->of, command) && script_provide(script, &whole->index, command)
                     : provide_vector(script, plot, &formula->vector[u], word, command);
    }
    return done;
}

/* Was the formula written, and not made from a word like `all`? */
static bool is_typed(const struct formula *formula, struct command command)
{
    const char *text = formula->expression.source.text;
    return text >= command.text && text < command.text + command.length;
}

struct naming {
    const struct plot *plot;
    const struct circuit *circuit;
};

static int compare_names(const void *p, const void *q, void *data)
{
    const struct formula *formula[2] = {p, q};
    const struct naming *naming = data;
    struct label label[2];
    for (int f = 0; f < 2; f++) {
        const struct series series = {.name = formula[f]->name, .vector = formula[f]->vector[0]};
        label[f] = label_of_series(&series, naming->plot, naming->circuit);
    }
    return label_compare(&label[0], &label[1]);
}

/* What words like `all` stand for, in the order of the names. */
static void sort_untyped(struct script *script, struct command command, struct formulas *formulas)
{
    struct naming naming = {script_plot(script), &script->session->circuit};
    for (size_t from = 0, to; from < formulas->count; from = to + 1) {
        for (to = from; to < formulas->count && !is_typed(&formulas->item[to], command);)
            to++;
        qsort_r(formulas->item + from, to - from, sizeof *formulas->item, compare_names, &naming);
    }
}

bool script_name_as_asked(struct script *script, struct command command, struct formulas *formulas,
                          struct series_list *list)
{
    for (size_t s = 0; s < list->count; s++) {
        if (list->item[s].name || !is_typed(&formulas->item[s], command))
            continue;
        if (!(list->item[s].name = formula_text(formulas, &formulas->item[s]))) {
            diagnose_no_memory(script->diagnostics);
            return false;
        }
    }
    return true;
}

static bool evaluate(struct script *script, struct command command, struct formulas *formulas, struct series_list *list)
{
    for (size_t f = 0; f < formulas->count; f++) {
        if (!script_provide(script, &formulas->item[f], command))
            return false;
    }
    size_t errors = script->diagnostics->errors;
    if (!series_of(list, formulas->item, formulas->count, script_plot(script), &script->constants,
                   script->diagnostics)) {
        diagnose_no_memory(script->diagnostics);
        return false;
    }
    return script->diagnostics->errors == errors;
}

bool script_evaluate_all(struct script *script, struct command command, struct formulas *formulas,
                         struct series_list *list)
{
    const struct formula_scope scope = script_scope(script);
    struct netlist netlist = {0};
    size_t errors = script->diagnostics->errors;
    const struct card *card = script_card(script, &netlist, ".print", command);
    bool done = card;
    if (card) {
        struct card_reader reader = card_reader_of(card);
        done = formulas_read(formulas, &reader, &scope, script->diagnostics);
        if (!done)
            diagnose_no_memory(script->diagnostics);
    }
    if (done)
        sort_untyped(script, command, formulas);
    done = done && script->diagnostics->errors == errors && evaluate(script, command, formulas, list);
    for (size_t s = 0; done && s < list->count; s++) {
        if (list->item[s].length == 0) {
            script_complain(script, command, "a vector without values");
            done = false;
        }
    }
    netlist_free(&netlist);
    return done;
}

bool script_evaluate_one(struct script *script, struct command command, struct formulas *formulas,
                         struct series_list *list)
{
    const struct formula_scope scope = script_scope(script);
    size_t errors = script->diagnostics->errors;
    if (command.length == 0) {
        script_complain(script, command, "an expression is missing");
        return false;
    }
    if (!formulas_read_text(formulas, (struct expression_word){command.text, command.length},
                            (struct expression_word){NULL, 0}, &scope, script->diagnostics)) {
        diagnose_no_memory(script->diagnostics);
        return false;
    }
    if (script->diagnostics->errors != errors || !evaluate(script, command, formulas, list))
        return false;
    if (list->count == 1 && list->item[0].length > 0)
        return true;
    script_complain(script, command, "expected an expression with a value");
    return false;
}

bool script_evaluate_number(struct script *script, struct command command, double *value)
{
    struct formulas formulas = {0};
    struct series_list list = {0};
    bool done = script_evaluate_one(script, command, &formulas, &list);
    if (done)
        *value = series_value(&list.item[0], 0);
    series_free(&list);
    formulas_free(&formulas);
    return done;
}

bool script_evaluate_condition(struct script *script, struct command command, bool *done)
{
    struct formulas formulas = {0};
    struct series_list list = {0};
    bool holds = false;
    *done = script_evaluate_one(script, command, &formulas, &list);
    for (size_t p = 0; *done && p < list.item[0].length; p++)
        holds = holds || series_value(&list.item[0], p) != 0;
    series_free(&list);
    formulas_free(&formulas);
    return holds;
}
