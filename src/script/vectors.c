/* Commands that make and change vectors. */
#include "script/commands.h"

#include "script/evaluate.h"
#include "script/plots.h"
#include "util/array.h"
#include "util/letters.h"
#include "write/listing.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- let ---- */

static double *copy_values(const struct series *series, size_t length)
{
    double *value = array_new(length, sizeof *value);
    for (size_t p = 0; value && p < length; p++)
        value[p] = series_value(series, p);
    return value;
}

/* What `let` names: x, op1.x, x[3]. */
struct left {
    struct script_plot *plot;
    const char *name, *bracket; /* bracket NULL: all of it */
    size_t length;
};

static bool is_name(const char *at, const char *end)
{
    bool good = end > at && (is_letter(*at) || *at == '_');
    for (; at < end; at++)
        good = good && (is_letter(*at) || is_digit(*at) || strchr("_.#-:", *at));
    return good;
}

/* The plot where a vector of this name is found: the current one, or that of the constants; else the current one. */
static struct script_plot *plot_of(struct script *script, const char *name, size_t length)
{
    struct script_plot *current = script->current, *constants = plots_constants(script);
    return plots_hold(current, name, length) || !plots_hold(constants, name, length) ? current : constants;
}

static bool read_left(struct script *script, const char *from, const char *end, struct left *left)
{
    const char *bracket = end > from ? memchr(from, '[', (size_t)(end - from)) : NULL, *last = bracket ? bracket : end;
    while (last > from && line_is_blank(last[-1]))
        last--;
    const char *dot = last > from ? memchr(from, '.', (size_t)(last - from)) : NULL;
    struct script_plot *named = dot ? script_plot_named(script, from, (size_t)(dot - from)) : NULL;
    if (named)
        from = dot + 1;
    *left = (struct left){named, from, bracket, (size_t)(last - from)};
    if (!is_name(from, last)) {
        script_complain(script, text_between(from, end > from ? end : from + 1), "let cannot name a vector %.*s",
                        (int)(end - from), from);
        return false;
    }
    if (!left->plot)
        left->plot = plot_of(script, left->name, left->length);
    return true;
}

/* Some values of a vector. */
struct part {
    size_t first, count;
    bool is_range; /* of the last dimension that was indexed */
};

/* The index in a pair of brackets, [1] or [1,2], takes these of the part's rows. False: a diagnostic says why. */
static bool take_index(struct script *script, struct command index, size_t rows, struct part *part)
{
    const char *end = index.text + index.length, *comma = memchr(index.text, ',', index.length);
    double first, last;
    if (!script_evaluate_number(script, text_between(index.text, comma ? comma : end), &first))
        return false;
    last = first;
    if (comma && !script_evaluate_number(script, text_between(comma + 1, end), &last))
        return false;
    if (rows == 0 || part->is_range || !(first >= 0 && last >= first && last < (double)rows)) {
        script_complain(script, index, "there is no such element of the vector");
        return false;
    }
    part->count /= rows;
    part->first += (size_t)first * part->count;
    part->count *= (size_t)last - (size_t)first + 1;
    part->is_range = (size_t)last > (size_t)first;
    return true;
}

/* What all brackets from here on take of a vector. */
static bool take_indices(struct script *script, const char *at, const char *end, const struct own_vector *own,
                         struct part *part)
{
    *part = (struct part){.count = own->length};
    for (unsigned d = 0; at < end && *at == '['; d++) {
        const char *close = at;
        int depth = 1;
        while (depth > 0 && ++close < end)
            depth += (*close == '[') - (*close == ']');
        bool is_shaped = own->shape.dimensions > 1;
        size_t rows = d == 0 ? own->length : 0; /* 0: there is no such dimension */
        if (is_shaped)
            rows = d < own->shape.dimensions ? own->shape.size[d] : 0;
        if (depth > 0 || !take_index(script, text_between(at + 1, close), rows, part))
            return false;
        at = line_skip_blanks(close + 1, end);
    }
    return true;
}

/* x[3] = value, x[1,2] = values, m[1][2] = value: some of a vector that is there. */
static void let_elements(struct script *script, struct command command, const struct left *left, const char *end,
                         const struct series *series)
{
    struct own_vector *own = plots_own_vector(script, left->plot, left->name, left->length);
    struct part part;
    if (!own) {
        script_complain(script, command, "there is no vector %.*s to change an element of", (int)left->length,
                        left->name);
        return;
    }
    if (!take_indices(script, left->bracket, end, own, &part))
        return;
    if (own->shape.dimensions > 1 && series->length != part.count) {
        script_complain(script, command, "%zu values are given for %zu", series->length, part.count);
        return;
    }
    for (size_t p = 0; p < part.count; p++)
        own->value[part.first + p] = series_value(series, p);
}

static void let_all(struct script *script, const struct left *left, const struct formula *formula,
                    const struct series *series)
{
    struct plot *plot = &left->plot->result.plot;
    double *value = copy_values(series, series->length);
    enum vector_type type = plots_type_named(left->plot, left->name, left->length);
    if (type == TYPE_NONE)
        type = series_type(formula, script->current);
    if (!value || !plot_let(plot, left->name, left->length, type, value, series->length))
        diagnose_no_memory(script->diagnostics);
    else if (plot->kind == PLOT_OWN && plot->own_scale == 0 && left->plot != plots_constants(script))
        plot->own_scale = plot_find_own(plot, left->name, left->length) + 1; /* the first is the scale */
}

/* A comparison that would be a redirection: let z = a > 2. */
static bool looks_redirected(struct command expression)
{
    int depth = 0;
    for (size_t b = 0; b < expression.length; b++) {
        char byte = expression.text[b];
        depth += (byte == '(') - (byte == ')');
        if (byte == '>' && depth == 0)
            return true;
    }
    return false;
}

/* let name = expression */
void command_let(struct script *script, struct command command)
{
    const char *equals = memchr(command.text, '=', command.length), *end = command.text + command.length;
    struct left left;
    if (!equals && command.length == 0) {
        command_display(script, command);
        return;
    }
    const char *name_end = equals;
    while (equals && name_end > command.text && line_is_blank(name_end[-1]))
        name_end--;
    if (!equals || name_end == command.text) {
        script_complain(script, command, "let needs name = expression");
        return;
    }
    struct command expression = text_between(equals + 1, end);
    if (!read_left(script, command.text, name_end, &left))
        return;
    if (looks_redirected(expression)) {
        script_complain(script, expression, "`>` sends output to a file in commands: write gt, or ( )");
        return;
    }
    struct formulas formulas = {0};
    struct series_list list = {0};
    if (script_evaluate_one(script, expression, &formulas, &list)) {
        if (left.bracket)
            let_elements(script, command, &left, name_end, &list.item[0]);
        else
            let_all(script, &left, &formulas.item[0], &list.item[0]);
    }
    series_free(&list);
    formulas_free(&formulas);
}

void command_unlet(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    while (line_next_word(&at, end, &word, &length))
        plot_unlet(&script->current->result.plot, word, length);
}

/* ---- compose, reshape, cross, setscale, settype ---- */

/* The vector that a command makes. */
static void make_vector(struct script *script, const char *name, size_t length, double *value, size_t count)
{
    if (!plot_let(&script->current->result.plot, name, length, TYPE_NONE, value, count))
        diagnose_no_memory(script->diagnostics);
}

/* compose name values v v .. */
static void compose_values(struct script *script, struct command command, const char *name, size_t name_length,
                           const char *at)
{
    const char *end = command.text + command.length, *word;
    size_t length, count = 0, capacity = 0;
    double *value = NULL, number;
    while (line_next_word(&at, end, &word, &length)) {
        bool good = script_evaluate_number(script, text_between(word, word + length), &number);
        if (good && !array_reserve(&value, &capacity, count + 1, sizeof *value)) {
            diagnose_no_memory(script->diagnostics);
            good = false;
        }
        if (!good) {
            free(value);
            return;
        }
        value[count++] = number;
    }
    if (count > 0)
        make_vector(script, name, name_length, value, count);
    else
        script_complain(script, command, "compose needs values");
}

enum compose_key { COMPOSE_START, COMPOSE_STOP, COMPOSE_STEP, COMPOSE_CENTER, COMPOSE_SPAN, COMPOSE_LIN, COMPOSE_DEC,
                   COMPOSE_LOG, COMPOSE_KEYS };

/* name = value pairs. False: a diagnostic says why. */
static bool read_keys(struct script *script, struct command command, const char *at, double given[COMPOSE_KEYS])
{
    static const char *const names[] = {"start", "stop", "step", "center", "span", "lin", "dec", "log"};
    const char *end = command.text + command.length;
    for (int k = 0; k < COMPOSE_KEYS; k++)
        given[k] = NAN;
    while ((at = at + strspn(at, " \t")) < end) {
        const char *equals = memchr(at, '=', (size_t)(end - at)), *key_end = equals;
        while (key_end > at && line_is_blank(key_end[-1]))
            key_end--;
        int key = 0;
        while (equals && key < COMPOSE_KEYS && !letters_spell(at, (size_t)(key_end - at), names[key]))
            key++;
        if (!equals || key == COMPOSE_KEYS) {
            script_complain(script, text_between(at, end),
                            "compose: expected values, or start=, stop=, step=, center=, span=, lin=, dec=, log=");
            return false;
        }
        const char *value = equals + 1 + strspn(equals + 1, " \t"), *stop = value + strcspn(value, " \t");
        if (!script_evaluate_number(script, text_between(value, stop), &given[key]))
            return false;
        at = stop;
    }
    return true;
}

/* How many points a range has, and each of them. */
static size_t range_points(double given[COMPOSE_KEYS])
{
    if (!isnan(given[COMPOSE_CENTER]) && !isnan(given[COMPOSE_SPAN])) {
        given[COMPOSE_START] = given[COMPOSE_CENTER] - given[COMPOSE_SPAN] / 2;
        given[COMPOSE_STOP] = given[COMPOSE_CENTER] + given[COMPOSE_SPAN] / 2;
    }
    if (isnan(given[COMPOSE_START]))
        given[COMPOSE_START] = 0;
    double start = given[COMPOSE_START], stop = given[COMPOSE_STOP], step = given[COMPOSE_STEP], count = NAN;
    if (!isnan(given[COMPOSE_DEC]))
        count = floor(given[COMPOSE_DEC] * fabs(log10(stop / start)) * (1 + 1e-12)) + 1;
    else if (!isnan(given[COMPOSE_LOG]))
        count = given[COMPOSE_LOG];
    else if (!isnan(given[COMPOSE_LIN]))
        count = given[COMPOSE_LIN];
    else if (!isnan(step) && !isnan(stop))
        count = floor((stop - start) / step * (1 + 1e-12)) + 1;
    enum { MOST = 100000000 };
    return count >= 1 && count <= MOST ? (size_t)count : 0;
}

static double range_value(const double given[COMPOSE_KEYS], size_t count, size_t p)
{
    double start = given[COMPOSE_START], stop = given[COMPOSE_STOP], share = (double)p;
    if (!isnan(given[COMPOSE_DEC]))
        return start * pow(10, (stop < start ? -share : share) / given[COMPOSE_DEC]);
    share /= count > 1 ? (double)(count - 1) : 1;
    if (!isnan(given[COMPOSE_LOG]))
        return start * pow(stop / start, share);
    if (isnan(given[COMPOSE_STEP]) && !isnan(stop))
        return p + 1 == count && count > 1 ? stop : start + share * (stop - start);
    return start + (double)p * given[COMPOSE_STEP];
}

/* compose name values v v .. | compose name start= stop= step= | lin= | dec= | log= */
void command_compose(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *name, *word;
    size_t name_length, length;
    double given[COMPOSE_KEYS];
    if (!line_next_word(&at, end, &name, &name_length) || !is_name(name, name + name_length)) {
        script_complain(script, command, "compose needs a name and values");
        return;
    }
    const char *behind = at;
    if (line_next_word(&at, end, &word, &length) && letters_spell(word, length, "values")) {
        compose_values(script, command, name, name_length, at);
        return;
    }
    if (!read_keys(script, command, behind, given))
        return;
    size_t count = range_points(given);
    double *value = count > 0 ? array_new(count, sizeof *value) : NULL;
    if (count == 0) {
        script_complain(script, command, "compose: these values make no vector");
        return;
    }
    for (size_t p = 0; value && p < count; p++)
        value[p] = range_value(given, count, p);
    if (value)
        make_vector(script, name, name_length, value, count);
    else
        diagnose_no_memory(script->diagnostics);
}

/* cross name number vectors: a vector of what each of them has at that place */
void command_cross(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *name, *number;
    size_t name_length, number_length;
    double index;
    struct formulas formulas = {0};
    struct series_list list = {0};
    if (!line_next_word(&at, end, &name, &name_length) || !is_name(name, name + name_length) ||
        !line_next_word(&at, end, &number, &number_length)) {
        script_complain(script, command, "cross needs a name, a number and vectors");
        return;
    }
    if (!script_evaluate_number(script, text_between(number, number + number_length), &index))
        return;
    if (script_evaluate_all(script, text_between(at + strspn(at, " \t"), end), &formulas, &list)) {
        double *value = array_new(list.count, sizeof *value);
        for (size_t s = 0; value && s < list.count; s++)
            value[s] =
                index >= 0 && index < (double)list.item[s].length ? series_value(&list.item[s], (size_t)index) : 0;
        if (value && list.count > 0)
            make_vector(script, name, name_length, value, list.count);
        else if (value)
            free(value);
        else
            diagnose_no_memory(script->diagnostics);
    }
    series_free(&list);
    formulas_free(&formulas);
}

/* The dimensions in brackets, [2][3] or [2,3]; none without brackets. False: a diagnostic says why. */
static bool read_shape(struct script *script, struct command command, struct shape *shape)
{
    const char *bracket = memchr(command.text, '[', command.length), *end = command.text + command.length;
    uint32_t size = 1;
    *shape = (struct shape){.dimensions = 0};
    for (const char *from = bracket; from && from < end; from++) {
        if (*from != '[' && *from != ',')
            continue;
        unsigned long number = strtoul(from + 1, NULL, 10);
        if (number == 0 || number > UINT32_MAX || shape->dimensions == DIMENSIONS ||
            __builtin_mul_overflow(size, (uint32_t)number, &size)) {
            script_complain(script, command, "reshape needs up to %d dimensions, as in [2][3]", DIMENSIONS);
            return false;
        }
        shape->size[shape->dimensions++] = (uint32_t)number;
    }
    return true;
}

static size_t values_of_shape(const struct shape *shape)
{
    size_t values = 1;
    for (unsigned d = 0; d < shape->dimensions; d++)
        values *= shape->size[d];
    return values;
}

/* reshape vectors [n] | [m][n] | [m,n]: an index asks for a row or column then */
void command_reshape(struct script *script, struct command command)
{
    const char *bracket = memchr(command.text, '[', command.length), *at = command.text, *word;
    const char *names_end = bracket ? bracket : command.text + command.length;
    size_t length;
    struct shape shape;
    if (!read_shape(script, command, &shape))
        return;
    while (line_next_word(&at, names_end, &word, &length)) {
        struct own_vector *own = plots_own_vector(script, script->current, word, length);
        if (!own) {
            script_complain(script, command, "there is no vector %.*s", (int)length, word);
            return;
        }
        if (shape.dimensions > 0 && values_of_shape(&shape) != own->length) {
            script_complain(script, command, "%.*s has %zu values, not %zu", (int)length, word, own->length,
                            values_of_shape(&shape));
            return;
        }
        own->shape = shape;
    }
}

/* Exchange rows and columns of each of so many matrices, one after the other. False when memory is out. */
static bool transpose(double *value, size_t matrices, size_t rows, size_t columns)
{
    double *copy = array_new(rows * columns, sizeof *copy);
    for (size_t m = 0; copy && m < matrices; m++, value += rows * columns) {
        memcpy(copy, value, rows * columns * sizeof *copy);
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < columns; c++)
                value[c * rows + r] = copy[r * columns + c];
    }
    free(copy);
    return copy;
}

/* transpose vectors: the last two of their dimensions */
void command_transpose(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    while (line_next_word(&at, end, &word, &length)) {
        struct own_vector *own = plots_own_vector(script, script->current, word, length);
        unsigned dimensions = own ? own->shape.dimensions : 0;
        if (dimensions < 2) {
            script_complain(script, command, "there is no vector %.*s with rows and columns", (int)length, word);
            return;
        }
        uint32_t *rows = &own->shape.size[dimensions - 2], *columns = rows + 1, before = *rows;
        if (!transpose(own->value, own->length / *rows / *columns, *rows, *columns)) {
            diagnose_no_memory(script->diagnostics);
            return;
        }
        *rows = *columns;
        *columns = before;
    }
}

/* setscale [vector]: what stands before other vectors of the current plot */
void command_setscale(struct script *script, struct command command)
{
    struct plot *plot = &script->current->result.plot;
    if (command.length == 0) {
        size_t count;
        struct script_vector *list = script_vectors(script->current, &count);
        for (size_t v = 0; list && v < count; v++) {
            if (list[v].is_scale)
                fprintf(script->out, "%s\n", list[v].name);
        }
        script_vectors_free(list, count);
        return;
    }
    const struct own_vector *own = plots_own_vector(script, script->current, command.text, command.length);
    if (own)
        plot->own_scale = (uint32_t)(own - plot->own) + 1;
    else
        script_complain(script, command, "there is no vector %.*s", (int)command.length, command.text);
}

/* settype type vectors */
void command_settype(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    enum vector_type type;
    if (!line_next_word(&at, end, &word, &length)) {
        script_complain(script, command, "settype needs a type and vectors");
        return;
    }
    if (!plots_read_type(word, length, &type)) {
        script_complain(script, command, "there is no type %.*s", (int)length, word);
        return;
    }
    while (line_next_word(&at, end, &word, &length)) {
        struct own_vector *own = plots_own_vector(script, script->current, word, length);
        if (own)
            own->type = type;
        else
            script_complain(script, command, "there is no vector %.*s", (int)length, word);
    }
}

/* ---- meas ---- */

/* Print what was found, and let a vector of its name have it. */
static void keep_measured(struct script *script, const struct measure *measure)
{
    const struct measured found = {measure->failed, measure->value, measure->first, measure->second};
    struct sink sink;
    sink_open(&sink, script->out);
    listing_put_measured(&sink, measure, &found, false);
    if (!sink_close(&sink))
        return; /* the stream keeps the error for its end */
    double *value = measure->failed ? NULL : array_new(1, sizeof *value);
    if (measure->failed)
        return;
    if (value)
        *value = measure->value;
    if (!value || !plot_let(&script->current->result.plot, measure->name, strlen(measure->name), TYPE_NONE, value, 1))
        diagnose_no_memory(script->diagnostics);
}

/* The vector that `setscale` or `load` has made the plot's scale, where it has as many points as a sweep or the plot is
 * none of an analysis; or NULL. */
static const struct own_vector *own_scale(const struct plot *plot)
{
    const struct own_vector *own = plot->own_scale ? &plot->own[plot->own_scale - 1] : NULL;
    return own && (plot->kind == PLOT_OWN || own->length == plot->points) ? own : NULL;
}

/* Are there points along a scale? */
static bool is_curve(const struct plot *plot)
{
    const struct own_vector *own = own_scale(plot);
    return plot->kind == PLOT_DC || (plot->kind == PLOT_OWN && own && own->length > 1);
}

/* Measure along the scale. */
static void measure_all(struct script *script, struct measures *measures, struct plot *plot)
{
    const struct own_vector *own = own_scale(plot);
    double *scale = plot->scale;
    if (own)
        plot->scale = own->value;
    measures_run(measures, plot, &plots_constants(script)->result.plot, 0, own ? own->length : plot->points,
                 script->diagnostics);
    plot->scale = scale;
}

/* meas tran, and its like */
static bool is_foreign(struct command command)
{
    static const char *const analyses[] = {"tran", "ac", "sp", "noise"};
    const char *at = command.text, *word;
    size_t length, a = 0;
    if (!line_next_word(&at, command.text + command.length, &word, &length))
        return false;
    while (a < sizeof analyses / sizeof *analyses && !letters_spell(word, length, analyses[a]))
        a++;
    return a < sizeof analyses / sizeof *analyses;
}

void command_meas(struct script *script, struct command command)
{
    if (is_foreign(command)) {
        command_foreign(script, command);
        return;
    }
    struct formula_scope scope = script_scope(script);
    scope.refuses_plus = false; /* ngspice reads its numbers, when v(a)=+1, apart from expressions */
    struct plot *plot = &script->current->result.plot;
    struct netlist netlist = {0};
    struct measures measures = {0};
    size_t errors = script->diagnostics->errors;
    const struct card *card = script_card(script, &netlist, ".meas", command);
    bool good = card;
    if (card && !measures_read(&measures, card, &scope, script->diagnostics))
        diagnose_no_memory(script->diagnostics);
    good = good && !script->diagnostics->out_of_memory && script->diagnostics->errors == errors && measures.count == 1;
    if (good && !is_curve(plot) && measures.item[0].kind != MEASURE_PARAM) {
        script_complain(script, command, "there is nothing to measure: the current plot is no sweep");
        good = false;
    }
    for (size_t f = 0; good && f < measures.formulas.count; f++)
        good = script_provide(script, &measures.formulas.item[f], command);
    if (good) {
        measures.item[0].place = command.text; /* moved to the script's text with other places */
        measure_all(script, &measures, plot);
        keep_measured(script, &measures.item[0]);
    }
    measures_free(&measures);
    netlist_free(&netlist);
}
