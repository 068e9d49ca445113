#include "script/evaluate.h"

#include "script/macros.h"
#include "script/plots.h"
#include "util/array.h"
#include "util/letters.h"
#include "write/label.h"
#include <stdlib.h>
#include <string.h>

static struct plot *plot_named(void *data, const char *name, size_t length)
{
    struct script_plot *plot = script_plot_named(data, name, length);
    return plot ? &plot->result.plot : NULL;
}

struct formula_scope script_scope(struct script *script)
{
    struct plot *plot = &script->current->result.plot;
    struct session *session = script_session(script);
    const struct circuit *present = session ? &session->circuit : NULL;
    return (struct formula_scope){.circuit = plot->circuit ? plot->circuit : present,
                                  .flat = session ? session->flat : NULL,
                                  .plot = plot,
                                  .constants = &plots_constants(script)->result.plot,
                                  .named = plot_named,
                                  .data = script,
                                  .random = &script->random,
                                  .refuses_plus = true};
}

/* Let the plot hold a vector that follows from those it has recorded. *good: it does. False when memory is out. */
static bool add_difference(struct plot *plot, const struct vector *vector, bool *good)
{
    size_t column[2];
    *good = plot_find_columns(plot, vector, column);
    if (!*good)
        return true;
    double *value = array_new(plot->points, sizeof *value);
    for (size_t p = 0; value && p < plot->points; p++)
        value[p] = plot_difference(plot, column, p);
    bool done = value && plot_add_column(plot, *vector, value);
    free(value);
    return done;
}

/* The value of a vector of the circuit as it is now: of a card, or of the answer at hand. False: there is none. */
static bool value_now(struct script *script, const struct circuit *circuit, const struct vector *vector, double *value)
{
    struct session *session = script_session(script);
    bool is_present = session && circuit == &session->circuit;
    if (vector->kind != VECTOR_VALUE && !(is_present && session->engine.answered))
        return false;
    *value = vector_value(vector, circuit, is_present ? &session->engine.op : NULL);
    return true;
}

/* Let all points of a plot hold one value. */
static void provide_constant(struct script *script, struct plot *plot, const struct vector *vector, double value)
{
    size_t column = vectors_find(&plot->recorded, vector);
    if (column != VECTORS_NONE && plot->points == 1)
        plot->value[column] = value;
    if (column != VECTORS_NONE)
        return;
    double *values = array_new(plot->points, sizeof *values);
    for (size_t p = 0; values && p < plot->points; p++)
        values[p] = value;
    if (!values || !plot_add_column(plot, *vector, values))
        diagnose_no_memory(script->diagnostics);
    free(values);
}

/* Let the plot hold a vector. The operating point at hand tells any; others have what they recorded. What stands on an
 * element's card is known without an analysis, and changes with `alter`. A plot without a circuit takes what @r1[i] and
 * its like are now. */
static bool provide_vector(struct script *script, struct plot *plot, const struct vector *vector,
                           const struct expression_word *word, struct command command)
{
    const struct plot *live = script->live ? &script->live->result.plot : NULL;
    const struct circuit *circuit = plot->circuit ? plot->circuit : script_scope(script).circuit;
    bool good = false, is_device = *word->text == '@', is_there = plot == live || (is_device && !plot->circuit);
    double value;
    if (vector->kind >= VECTOR_SCALE)
        return true;
    if (vector->kind != VECTOR_VALUE && plot->circuit && vectors_find(&plot->recorded, vector) != VECTORS_NONE)
        return true;
    if ((is_there || vector->kind == VECTOR_VALUE) && value_now(script, circuit, vector, &value)) {
        provide_constant(script, plot, vector, value);
        return !script->diagnostics->out_of_memory;
    }
    if (!plot->circuit) {
        script_complain(script, command, "there is no plot yet that could hold %.*s: run an analysis first",
                        (int)word->length, word->text);
        return false;
    }
    if (!add_difference(plot, vector, &good))
        diagnose_no_memory(script->diagnostics);
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
        struct plot *plot = formula->plot[u] ? formula->plot[u] : &script->current->result.plot;
        done = whole ? script_provide(script, &whole->of, command) && script_provide(script, &whole->index, command) &&
                       script_provide(script, &whole->last, command)
                     : provide_vector(script, plot, &formula->vector[u], word, command);
    }
    return done;
}

static int compare_names(const void *p, const void *q, void *data)
{
    const struct formula *formula[2] = {p, q};
    struct label label[2];
    for (int f = 0; f < 2; f++) {
        const struct plot *plot = formula[f]->plot[0] ? formula[f]->plot[0] : data;
        const struct vector *vector = formula[f]->vector;
        const bool is_spelled = vector->kind == VECTOR_OWN && vector->a < plot->labels; /* Transfer_function */
        const char *name = is_spelled ? plot->label[vector->a] : formula[f]->name;
        const struct series series = {.name = name, .vector = *vector};
        label[f] = label_of_series(&series, plot, plot->circuit);
    }
    return label_compare(&label[0], &label[1]);
}

/* What each word like `all` stands for, in the order of the names. */
static void sort_words(struct script *script, struct formulas *formulas)
{
    for (size_t from = 0, to; from < formulas->count; from = to) {
        const size_t word = formulas->item[from].of_word;
        for (to = from + 1; word > 0 && to < formulas->count && formulas->item[to].of_word == word;)
            to++;
        qsort_r(formulas->item + from, to - from, sizeof *formulas->item, compare_names,
                &script->current->result.plot);
    }
}

/* The name of a vector in the plot that it is of. NULL when memory is out. */
static const char *name_there(struct formulas *formulas, const struct formula *formula, const struct series *series)
{
    const struct label label = label_of_series(series, formula->plot[0], formula->plot[0]->circuit);
    char *text = label_text(&label);
    const char *name = text ? formulas_name(formulas, (struct expression_word){text, strlen(text)}) : NULL;
    free(text);
    return name;
}

/* The word that stands for this vector alone, which is called so then, as in ngspice; NULL: it does not. */
static const char *word_alone(const struct formulas *formulas, size_t number)
{
    static const char *const words[] = {
        [FORMULA_OF_ALL] = "all", [FORMULA_OF_ALLV] = "allv", [FORMULA_OF_ALLI] = "alli"};
    const struct formula *formula = &formulas->item[number];
    bool has_others = (number > 0 && formula[-1].of_word == formula->of_word) ||
                      (number + 1 < formulas->count && formula[1].of_word == formula->of_word);
    return formula->of_word > 0 && !formula->plot[0] && !has_others ? words[formula->word] : NULL;
}

bool script_name_as_asked(struct script *script, struct formulas *formulas, struct series_list *list)
{
    for (size_t s = 0; s < list->count; s++) {
        const struct formula *formula = &formulas->item[s];
        struct series *series = &list->item[s];
        bool typed = formula->of_word == 0;
        const char *alone = typed ? NULL : word_alone(formulas, s);
        series->name = alone ? alone : series->name;
        if (series->name || (!typed && !formula->plot[0]))
            continue;
        series->name = typed ? formula_text(formulas, formula) : name_there(formulas, formula, series);
        if (!series->name) {
            diagnose_no_memory(script->diagnostics);
            return false;
        }
    }
    return true;
}

/* Let formulas without a value, which have no series, stand behind the others. */
static void put_behind(struct formulas *formulas, struct series_list *list)
{
    for (size_t s = 0; s < list->count; s++) {
        struct formula *here = &formulas->item[s], *own = &formulas->item[list->item[s].formula - formulas->item];
        const struct formula former = *here;
        *here = *own;
        *own = former;
        list->item[s].formula = here;
    }
}

/* Take those without a value off the list. */
static void drop_empty(struct series_list *list)
{
    size_t kept = 0;
    for (size_t s = 0; s < list->count; s++) {
        if (list->item[s].length > 0) {
            list->item[kept++] = list->item[s];
            continue;
        }
        free(list->item[s].own);
        free(list->item[s].extreme);
    }
    list->count = kept;
}

/* some: those that have a value are enough, of others an error has been said. */
static bool evaluate(struct script *script, struct command command, struct formulas *formulas, struct series_list *list,
                     bool some)
{
    for (size_t f = 0; f < formulas->count; f++) {
        if (!script_provide(script, &formulas->item[f], command))
            return false;
    }
    size_t errors = script->diagnostics->errors;
    if (!series_of(list, formulas->item, formulas->count, &script->current->result.plot,
                   &plots_constants(script)->result.plot, script->diagnostics)) {
        diagnose_no_memory(script->diagnostics);
        return false;
    }
    if (some && script->diagnostics->errors > errors) {
        drop_empty(list);
        put_behind(formulas, list);
    }
    return some || script->diagnostics->errors == errors;
}

/* Name what calls functions of `define` by what was written. False when memory is out. */
static bool name_replaced(struct formulas *formulas, const struct replaced *replaced, struct command written)
{
    for (size_t f = 0; f < formulas->count; f++) {
        struct formula *formula = &formulas->item[f];
        const struct expression_word *source = &formula->expression.source;
        size_t from = (size_t)(source->text - replaced->text);
        if (source->text < replaced->text || from > strlen(replaced->text))
            continue;
        char *text = macros_restore(replaced, written, source->text, source->length);
        bool done = text && (formula->name = formulas_name(formulas, (struct expression_word){text, strlen(text)}));
        free(text);
        if (!done)
            return false;
    }
    return true;
}

static bool evaluate_all(struct script *script, struct command command, struct formulas *formulas,
                         struct series_list *list);
static bool evaluate_some(struct script *script, struct command command, struct formulas *formulas,
                          struct series_list *list);
static bool evaluate_one(struct script *script, struct command command, struct formulas *formulas,
                         struct series_list *list);

/* Evaluate a command in which functions of `define` are replaced; the text stays with the formulas. */
static bool with_definitions(struct script *script, struct command command, struct formulas *formulas,
                             struct series_list *list,
                             bool (*then)(struct script *script, struct command command, struct formulas *formulas,
                                          struct series_list *list))
{
    struct replaced replaced = {0};
    size_t first = script->diagnostics->count;
    if (!macros_replace(script, command, &replaced))
        return false;
    if (!replaced.text)
        return then(script, command, formulas, list);
    size_t length = strlen(replaced.text);
    char *text = arena_text(&formulas->arena, replaced.text, length);
    bool done = text;
    if (text) {
        free(replaced.text);
        replaced.text = text;
        done = then(script, text_between(text, text + length), formulas, list);
        script_relocate(script, first, text, length, command.text, command.length);
    }
    if (!text || (done && !name_replaced(formulas, &replaced, command)))
        diagnose_no_memory(script->diagnostics);
    for (size_t s = 0; done && s < list->count && s < formulas->count; s++)
        list->item[s].name = formulas->item[s].name;
    if (text)
        replaced.text = NULL;
    macros_free_replaced(&replaced);
    return done && !script->diagnostics->out_of_memory;
}

bool script_evaluate_all(struct script *script, struct command command, struct formulas *formulas,
                         struct series_list *list)
{
    return with_definitions(script, command, formulas, list, evaluate_all);
}

bool script_evaluate_some(struct script *script, struct command command, struct formulas *formulas,
                          struct series_list *list)
{
    return with_definitions(script, command, formulas, list, evaluate_some);
}

bool script_evaluate_one(struct script *script, struct command command, struct formulas *formulas,
                         struct series_list *list)
{
    return with_definitions(script, command, formulas, list, evaluate_one);
}

static bool evaluate_list(struct script *script, struct command command, struct formulas *formulas,
                          struct series_list *list, bool some)
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
        sort_words(script, formulas);
    done = done && script->diagnostics->errors == errors && evaluate(script, command, formulas, list, some);
    for (size_t s = 0; done && s < list->count; s++) {
        if (list->item[s].length == 0) {
            script_complain(script, command, "a vector without values");
            done = false;
        }
    }
    netlist_free(&netlist);
    return done;
}

static bool evaluate_all(struct script *script, struct command command, struct formulas *formulas,
                         struct series_list *list)
{
    return evaluate_list(script, command, formulas, list, false);
}

static bool evaluate_some(struct script *script, struct command command, struct formulas *formulas,
                          struct series_list *list)
{
    return evaluate_list(script, command, formulas, list, true);
}

static bool evaluate_one(struct script *script, struct command command, struct formulas *formulas,
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
    if (script->diagnostics->errors != errors || !evaluate(script, command, formulas, list, false))
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
    if (command.length > 2 && *command.text == '{' && command.text[command.length - 1] == '}')
        command = text_between(command.text + 1, command.text + command.length - 1);
    bool is_signed = command.length > 1 && *command.text == '+' &&
                     (is_digit(command.text[1]) || command.text[1] == '.');
    command = text_between(command.text + is_signed, command.text + command.length);
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
