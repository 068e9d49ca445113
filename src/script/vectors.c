#include "script/lines.h"
#include "script/state.h"

#include "util/array.h"
#include "util/letters.h"
#include "write/label.h"
#include "write/listing.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct plot *script_plot(struct script *script)
{
    return script->current == NO_RESULT ? &script->constants : &script->session->result[script->current].plot;
}

const char *script_plot_name(const struct plot *plot, char name[PLOT_NAME])
{
    static const char *const kind[] = {[PLOT_OP] = "op", [PLOT_DC] = "dc", [PLOT_TF] = "tf", [PLOT_OWN] = "unknown"};
    if (plot->number > 0)
        snprintf(name, PLOT_NAME, "%s%u", kind[plot->kind], plot->number);
    else
        snprintf(name, PLOT_NAME, "const");
    return name;
}

size_t script_result_named(const struct script *script, const char *name, size_t length)
{
    for (size_t r = 0; r < script->session->results; r++) {
        char own[PLOT_NAME];
        if (line_word_is(name, length, script_plot_name(&script->session->result[r].plot, own)))
            return r;
    }
    return NO_RESULT;
}

static struct plot *plot_named(void *data, const char *name, size_t length)
{
    struct script *script = data;
    size_t result = script_result_named(script, name, length);
    if (result != NO_RESULT)
        return &script->session->result[result].plot;
    return line_word_is(name, length, "const") ? &script->constants : NULL;
}

static struct formula_scope scope_of(struct script *script)
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
    script->no_memory |= !values || !plot_add_column(plot, *vector, values);
    free(values);
    return !script->no_memory;
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
        script->no_memory |= !plot_add_column(plot, *vector, &value);
        good = true;
    } else {
        script->no_memory |= !add_difference(plot, vector, &good);
    }
    if (!good)
        script_complain(script, command, "%.*s was not saved in this plot: `save` it before the analysis",
                        (int)word->length, word->text);
    return good && !script->no_memory;
}

/* Let the plot hold what the formula uses. */
static bool provide(struct script *script, const struct formula *formula, struct command command)
{
    bool done = true;
    for (size_t u = 0; done && u < formula->expression.uses; u++) {
        const struct whole *whole = formula->whole[u];
        const struct expression *expression = &formula->expression;
        const struct expression_word *word =
            formula_is_vector(formula) ? &expression->source : &expression->use[u].whole;
        struct plot *plot = formula->plot[u] ? formula->plot[u] : script_plot(script);
        done = whole ? provide(script, &whole->of, command) && provide(script, &whole->index, command)
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
            script->no_memory = true;
            return false;
        }
    }
    return true;
}

static bool evaluate(struct script *script, struct command command, struct formulas *formulas, struct series_list *list)
{
    for (size_t f = 0; f < formulas->count; f++) {
        if (!provide(script, &formulas->item[f], command))
            return false;
    }
    size_t errors = script->diagnostics->errors;
    if (!series_of(list, formulas->item, formulas->count, script_plot(script), &script->constants,
                   script->diagnostics)) {
        script->no_memory = true;
        return false;
    }
    return script->diagnostics->errors == errors;
}

bool script_evaluate_all(struct script *script, struct command command, struct formulas *formulas,
                         struct series_list *list)
{
    const struct formula_scope scope = scope_of(script);
    struct netlist netlist = {0};
    size_t errors = script->diagnostics->errors;
    const struct card *card = script_card(script, &netlist, ".print", command);
    bool done = card;
    if (card) {
        struct card_reader words = card_reader_of(card);
        done = formulas_read(formulas, &words, &scope, script->diagnostics);
        script->no_memory |= !done;
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

/* One expression. */
static bool evaluate_one(struct script *script, struct command command, struct formulas *formulas,
                         struct series_list *list)
{
    const struct formula_scope scope = scope_of(script);
    size_t errors = script->diagnostics->errors;
    if (command.length == 0) {
        script_complain(script, command, "an expression is missing");
        return false;
    }
    if (!formulas_read_text(formulas, (struct expression_word){command.text, command.length},
                            (struct expression_word){NULL, 0}, &scope, script->diagnostics)) {
        script->no_memory = true;
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
    bool done = evaluate_one(script, command, &formulas, &list);
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
    *done = evaluate_one(script, command, &formulas, &list);
    for (size_t p = 0; *done && p < list.item[0].length; p++)
        holds = holds || series_value(&list.item[0], p) != 0;
    series_free(&list);
    formulas_free(&formulas);
    return holds;
}

/* ---- let ---- */

static double *copy_values(const struct series *series)
{
    double *value = array_new(series->length, sizeof *value);
    for (size_t p = 0; value && p < series->length; p++)
        value[p] = series_value(series, p);
    return value;
}

/* x[3] = value: one value of a vector that is there. */
static void let_element(struct script *script, struct command command, const char *name, const char *bracket,
                        const struct series *series)
{
    struct plot *plot = script_plot(script);
    uint32_t own = plot_find_own(plot, name, (size_t)(bracket - name));
    unsigned long index = strtoul(bracket + 1, NULL, 10);
    if (own == NAMES_NONE || index >= plot->own[own].length)
        script_complain(script, command, "there is no such element of a vector: %.*s", (int)(bracket - name), name);
    else
        plot->own[own].value[index] = series_value(series, 0);
}

/* let name = expression */
void command_let(struct script *script, struct command command)
{
    const char *equals = memchr(command.text, '=', command.length);
    if (!equals) {
        if (command.length == 0)
            command_display(script, command);
        else
            script_complain(script, command, "let needs name = expression");
        return;
    }
    const char *name = command.text, *name_end = equals;
    while (name_end > name && (unsigned char)name_end[-1] <= ' ')
        name_end--;
    struct command expression = text_between(equals + 1, command.text + command.length);
    const char *bracket = name_end > name ? memchr(name, '[', (size_t)(name_end - name)) : NULL;
    const char *last = bracket ? bracket : name_end;
    bool is_name = last > name && is_letter(*name);
    for (const char *at = name; at < last; at++)
        is_name = is_name && (is_letter(*at) || is_digit(*at) || strchr("_.#-", *at));
    if (!is_name) {
        script_complain(script, command, "let cannot name a vector %.*s", (int)(name_end - name), name);
        return;
    }
    struct formulas formulas = {0};
    struct series_list list = {0};
    if (evaluate_one(script, expression, &formulas, &list)) {
        double *value = bracket ? NULL : copy_values(&list.item[0]);
        if (bracket)
            let_element(script, command, name, bracket, &list.item[0]);
        else if (!value || !plot_let(script_plot(script), name, (size_t)(name_end - name), value, list.item[0].length))
            script->no_memory = true;
    }
    series_free(&list);
    formulas_free(&formulas);
}

void command_unlet(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    while (script_next_word(&at, end, &word, &length))
        plot_unlet(script_plot(script), word, length);
}

/* ---- meas ---- */

/* Print what was found, and let a vector of its name have it. */
static void keep_measured(struct script *script, const struct measure *measure)
{
    const struct measured found = {measure->failed, measure->value, measure->first, measure->second};
    struct sink sink;
    sink_open(&sink, script->out);
    listing_put_measured(&sink, measure, &found);
    if (!sink_close(&sink))
        return; /* the stream keeps the error for its end */
    double *value = measure->failed ? NULL : array_new(1, sizeof *value);
    if (measure->failed)
        return;
    if (value)
        *value = measure->value;
    if (!value || !plot_let(script_plot(script), measure->name, strlen(measure->name), value, 1))
        script->no_memory = true;
}

void command_meas(struct script *script, struct command command)
{
    const struct formula_scope scope = scope_of(script);
    struct plot *plot = script_plot(script);
    struct netlist netlist = {0};
    struct measures measures = {0};
    size_t errors = script->diagnostics->errors;
    const struct card *card = script_card(script, &netlist, ".meas", command);
    bool good = card;
    if (card && !measures_read(&measures, card, &scope, script->diagnostics))
        script->no_memory = true;
    good = good && !script->no_memory && script->diagnostics->errors == errors && measures.count == 1;
    if (good && plot->kind != PLOT_DC) {
        script_complain(script, command, "there is nothing to measure: the current plot is no sweep");
        good = false;
    }
    for (size_t f = 0; good && f < measures.formulas.count; f++)
        good = provide(script, &measures.formulas.item[f], command);
    if (good) {
        measures.item[0].place = command.text; /* moved to the script's text with other places */
        measures_run(&measures, plot, 0, plot->points, script->diagnostics);
        keep_measured(script, &measures.item[0]);
    }
    measures_free(&measures);
    netlist_free(&netlist);
}
