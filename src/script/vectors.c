/* Commands that make vectors. */
#include "script/commands.h"

#include "script/evaluate.h"
#include "script/lines.h"
#include "util/array.h"
#include "util/letters.h"
#include "write/listing.h"
#include <stdlib.h>
#include <string.h>

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
    if (script_evaluate_one(script, expression, &formulas, &list)) {
        double *value = bracket ? NULL : copy_values(&list.item[0]);
        if (bracket)
            let_element(script, command, name, bracket, &list.item[0]);
        else if (!value || !plot_let(script_plot(script), name, (size_t)(name_end - name), value, list.item[0].length))
            diagnose_no_memory(script->diagnostics);
    }
    series_free(&list);
    formulas_free(&formulas);
}

void command_unlet(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    while (line_next_word(&at, end, &word, &length))
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
        diagnose_no_memory(script->diagnostics);
}

void command_meas(struct script *script, struct command command)
{
    const struct formula_scope scope = script_scope(script);
    struct plot *plot = script_plot(script);
    struct netlist netlist = {0};
    struct measures measures = {0};
    size_t errors = script->diagnostics->errors;
    const struct card *card = script_card(script, &netlist, ".meas", command);
    bool good = card;
    if (card && !measures_read(&measures, card, &scope, script->diagnostics))
        diagnose_no_memory(script->diagnostics);
    good = good && !script->diagnostics->out_of_memory && script->diagnostics->errors == errors && measures.count == 1;
    if (good && plot->kind != PLOT_DC) {
        script_complain(script, command, "there is nothing to measure: the current plot is no sweep");
        good = false;
    }
    for (size_t f = 0; good && f < measures.formulas.count; f++)
        good = script_provide(script, &measures.formulas.item[f], command);
    if (good) {
        measures.item[0].place = command.text; /* moved to the script's text with other places */
        measures_run(&measures, plot, 0, plot->points, script->diagnostics);
        keep_measured(script, &measures.item[0]);
    }
    measures_free(&measures);
    netlist_free(&netlist);
}
