#include "script/plots.h"

#include "util/array.h"
#include "util/letters.h"
#include "write/label.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- by name ---- */

size_t script_plots(const struct script *script)
{
    return script->plots;
}

struct script_plot *script_plot_at(const struct script *script, size_t number)
{
    return script->plot[number];
}

struct script_plot *script_plot(const struct script *script)
{
    return script->current;
}

struct script_plot *script_plot_named(const struct script *script, const char *name, size_t length)
{
    uint32_t number = names_find(&script->plot_names, name, length);
    return number != NAMES_NONE ? script->named[number] : NULL;
}

const char *plots_short_name(enum plot_kind kind)
{
    static const char *const name[] = {
        [PLOT_OP] = "op", [PLOT_DC] = "dc", [PLOT_TF] = "tf", [PLOT_SENS] = "sens", [PLOT_OWN] = "unknown"};
    return name[kind];
}

/* ---- making and removing ---- */

/* Let the plot be found by its name. False when memory is out. */
static bool name_plot(struct script *script, struct script_plot *plot)
{
    uint32_t number = array_reserve(&script->named, &script->named_capacity, (size_t)script->plot_names.count + 1,
                                    sizeof *script->named)
                          ? names_add(&script->plot_names, plot->name, strlen(plot->name), NULL)
                          : NAMES_NONE;
    if (number == NAMES_NONE)
        return false;
    script->named[number] = plot;
    return true;
}

static void forget_name(struct script *script, const struct script_plot *plot)
{
    uint32_t number = plot->name ? names_find(&script->plot_names, plot->name, strlen(plot->name)) : NAMES_NONE;
    if (number != NAMES_NONE && script->named[number] == plot)
        script->named[number] = NULL;
}

void plots_drop(struct script_plot *plot)
{
    if (!plot)
        return;
    free(plot->name);
    free(plot->title);
    free(plot->type);
    free(plot);
}

static void free_plot(struct script *script, struct script_plot *plot)
{
    forget_name(script, plot);
    result_free(&plot->result);
    plots_drop(plot);
}

/* op1, or with a larger number where there is such a plot. */
static char *make_name(struct script *script, const char *short_name)
{
    char name[64];
    do
        snprintf(name, sizeof name, "%.40s%u", short_name, script->plot_number);
    while (script_plot_named(script, name, strlen(name)) && script->plot_number++ < UINT32_MAX);
    return strdup(name);
}

struct script_plot *plots_new(struct script *script, const char *short_name, const char *type, const char *title,
                              size_t title_length)
{
    struct script_plot *plot = calloc(1, sizeof *plot);
    if (!plot)
        return NULL;
    plot->name = script->plots > 0 ? make_name(script, short_name) : strdup(short_name);
    plot->title = strndup(title ? title : "", title_length);
    plot->type = strdup(type);
    plot->date = time(NULL);
    if (plot->name && plot->title && plot->type)
        return plot;
    plots_drop(plot);
    return NULL;
}

bool plots_add(struct script *script, struct script_plot *plot, struct result *result)
{
    if (!plot || !array_reserve(&script->plot, &script->plot_capacity, script->plots + 1, sizeof *script->plot) ||
        !name_plot(script, plot)) {
        plots_drop(plot);
        result_free(result);
        return false;
    }
    plot->result = *result;
    plot->result.plot.type = plot->type;
    *result = (struct result){0};
    script->current = script->plot[script->plots++] = plot;
    return true;
}

void plots_remove(struct script *script, struct script_plot *plot)
{
    size_t number = 0;
    while (script->plot[number] != plot)
        number++;
    script->plots--;
    memmove(&script->plot[number], &script->plot[number + 1], (script->plots - number) * sizeof(struct script_plot *));
    if (script->current == plot) /* the next newer one, as in ngspice; of the newest the one before */
        script->current = script->plot[number < script->plots ? number : script->plots - 1];
    if (script->live == plot)
        script->live = NULL;
    free_plot(script, plot);
    plots_release_circuits(script);
}

void plots_remove_all(struct script *script)
{
    while (script->plots > 1)
        free_plot(script, script->plot[--script->plots]);
    script->current = script->plot[0];
    script->live = NULL;
    script->plot_number = 1;
    plots_release_circuits(script);
}

/* ---- circuits ---- */

bool plots_keep_names(struct script *script, struct loaded *loaded, struct circuit *former)
{
    if (!array_reserve(&loaded->former, &loaded->former_capacity, loaded->formers + 1, sizeof(struct circuit *)))
        return false;
    loaded->former[loaded->formers++] = former;
    for (size_t p = 0; p < script->plots; p++) {
        if (script->plot[p]->result.plot.circuit == &loaded->session->circuit)
            script->plot[p]->result.plot.circuit = former;
    }
    plots_release_circuits(script);
    return true;
}

static bool has_plots(const struct script *script, const struct circuit *circuit)
{
    for (size_t p = 0; p < script->plots; p++) {
        if (script->plot[p]->result.plot.circuit == circuit)
            return true;
    }
    return false;
}

static void free_circuit(struct loaded *loaded)
{
    while (loaded->formers > 0) {
        circuit_free(loaded->former[--loaded->formers]);
        free(loaded->former[loaded->formers]);
    }
    if (loaded->is_owned) {
        session_free(loaded->session);
        free(loaded->session);
    }
    free(loaded->former);
    free(loaded->changed);
    free(loaded);
}

/* Is that a place in the texts of this circuit? */
static bool is_place_of(const struct session *session, const char *place)
{
    return sources_find_own(&session->netlist.sources, place);
}

void plots_forget_places(struct script *script, const struct session *session)
{
    for (size_t d = 0; d < script->diagnostics->count; d++) {
        struct diagnostic *diagnostic = &script->diagnostics->item[d];
        if (is_place_of(session, diagnostic->place))
            diagnostic->place = diagnostic->top = NULL;
    }
}

/* Has anything been said of its texts? Of each kind few are kept, and so are few circuits. */
static bool has_messages(const struct script *script, const struct session *session)
{
    bool found = false;
    for (size_t d = 0; d < script->diagnostics->count && !found; d++)
        found = is_place_of(session, script->diagnostics->item[d].place);
    return found;
}

void plots_release_circuits(struct script *script)
{
    size_t kept = 0;
    for (size_t c = 0; c < script->circuits; c++) {
        struct loaded *loaded = script->circuit[c];
        size_t formers = 0;
        for (size_t f = 0; f < loaded->formers; f++) {
            if (has_plots(script, loaded->former[f])) {
                loaded->former[formers++] = loaded->former[f];
                continue;
            }
            circuit_free(loaded->former[f]);
            free(loaded->former[f]);
        }
        loaded->formers = formers;
        bool is_needed = !loaded->is_removed || loaded->is_wrong || loaded->running > 0;
        if (is_needed || formers > 0 || has_plots(script, &loaded->session->circuit) ||
            (loaded->is_owned && has_messages(script, loaded->session)))
            script->circuit[kept++] = loaded;
        else
            free_circuit(loaded);
    }
    script->circuits = kept;
}

void script_keep_circuits(struct script *script, size_t most)
{
    size_t loaded = 0;
    for (size_t c = script->circuits; c-- > 0;) {
        if (!script->circuit[c]->is_removed && script->circuit[c] != script->here && ++loaded >= most)
            script->circuit[c]->is_removed = true;
    }
    plots_release_circuits(script);
}

void plots_free(struct script *script)
{
    while (script->plots > 0)
        free_plot(script, script->plot[--script->plots]);
    free(script->plot);
    free(script->named);
    names_free(&script->plot_names);
    script->plot = script->named = NULL;
    script->plot_capacity = script->named_capacity = 0;
    script->current = script->live = NULL;
}

void plots_free_circuits(struct script *script)
{
    while (script->circuits > 0)
        free_circuit(script->circuit[--script->circuits]);
    free(script->circuit);
}

bool script_give_back(struct script *script, struct session *session)
{
    size_t kept = 1;
    bool done = true;
    for (size_t p = 1; p < script->plots; p++) {
        struct script_plot *plot = script->plot[p];
        if (!done || plot->result.plot.kind == PLOT_OWN || plot->result.plot.circuit != &session->circuit) {
            script->plot[kept++] = plot;
            continue;
        }
        plot->result.plot.type = NULL;
        done = session_add(session, &plot->result);
        free_plot(script, plot);
    }
    script->plots = kept;
    script->current = script->plot[kept - 1];
    script->live = NULL;
    return done;
}

/* ---- vectors ---- */

/* Is there another one of this name, made by `let`? */
static bool is_replaced(const struct plot *plot, const struct label *label)
{
    char name[256];
    size_t length = label_length(label);
    if (length >= sizeof name)
        return false;
    label_write(label, name);
    return plot_find_own(plot, name, length) != NAMES_NONE;
}

static const struct {
    const char *name;
    enum vector_type type;
} types[] = {{"notype", TYPE_NONE},         {"time", TYPE_TIME},
             {"frequency", TYPE_FREQUENCY}, {"voltage", TYPE_VOLTAGE},
             {"current", TYPE_CURRENT},     {"temp-sweep", TYPE_TEMPERATURE},
             {"res-sweep", TYPE_RESISTANCE}, {"power", TYPE_POWER},
             {"admittance", TYPE_ADMITTANCE}, {"capacitance", TYPE_CAPACITANCE}};
enum { TYPES = sizeof types / sizeof *types };

const char *plots_type_text(enum vector_type type)
{
    size_t t = 0;
    while (t < TYPES && types[t].type != type)
        t++;
    return types[t < TYPES ? t : 0].name;
}

bool plots_read_type(const char *text, size_t length, enum vector_type *type)
{
    size_t t = 0;
    while (t < TYPES && !letters_spell(text, length, types[t].name))
        t++;
    if (t < TYPES)
        *type = types[t].type;
    return t < TYPES;
}

static enum vector_type axis_type(const struct axis *axis)
{
    static const enum vector_type type[] = {[AXIS_VSOURCE] = TYPE_VOLTAGE,
                                            [AXIS_ISOURCE] = TYPE_CURRENT,
                                            [AXIS_RESISTOR] = TYPE_RESISTANCE,
                                            [AXIS_TEMPERATURE] = TYPE_TEMPERATURE,
                                            [AXIS_PARAMETER] = TYPE_NONE};
    return type[axis->kind];
}

struct listed {
    struct label label;
    enum vector_type type;
    size_t length, stride;
    const double *value;
    bool is_scale;
};

/* A copy of a vector. False when memory is out. */
static bool copy(struct script_vector *vector, const struct listed *listed)
{
    *vector = (struct script_vector){.name = label_text(&listed->label),
                                     .type = listed->type,
                                     .length = listed->length,
                                     .value = array_new(listed->length, sizeof(double)),
                                     .is_scale = listed->is_scale,
                                     .is_saved = true};
    for (size_t p = 0; vector->value && p < listed->length; p++)
        vector->value[p] = listed->value[p * listed->stride];
    return vector->name && vector->value;
}

static bool copy_recorded(struct script_vector *list, size_t *count, const struct plot *plot)
{
    bool done = true;
    for (size_t i = 0; done && i < plot_listed(plot); i++) {
        struct vector vector = plot->recorded.item[i];
        if (vector.kind == VECTOR_VOLTAGE && vector.k == GROUND)
            vector.parameter = "";
        const struct label label = label_in_table(&vector, plot->circuit);
        if (plot->own_names.count == 0 || !is_replaced(plot, &label))
            done = copy(&list[(*count)++], &(struct listed){label, vector_type(&vector), plot->points,
                                                            plot->recorded.count, plot->value + i,
                                                            plot->axes == 0 && i == 0 && !plot->own_scale});
    }
    return done;
}

static bool copy_own(struct script_vector *list, size_t *count, const struct plot *plot)
{
    bool done = true;
    for (uint32_t o = 0; done && o < plot->own_names.count; o++) {
        const struct own_vector *own = &plot->own[o];
        const char *name = o < plot->labels ? plot->label[o] : plot->own_names.text[o];
        if (own->value)
            done = copy(&list[(*count)++], &(struct listed){{{name}}, own->type, own->length, 1,
                                                            own->value, plot->own_scale == o + 1});
    }
    return done;
}

/* The column of what was recorded under this name, or VECTORS_NONE. */
static size_t column_named(const struct plot *plot, const char *name, size_t length)
{
    const struct expression_word word = {name, length};
    struct vector vector;
    if (!plot->circuit ||
        !lookup_vector(plot->circuit, &(struct expression_use){.kind = EXPRESSION_NAME, .whole = word, .a = word},
                       &vector) ||
        vector.kind >= VECTOR_SCALE)
        return VECTORS_NONE;
    size_t column = vectors_find((struct vectors *)&plot->recorded, &vector); /* which may be given its hash table */
    return column < plot_listed(plot) ? column : VECTORS_NONE;
}

static bool is_scale_named(const struct plot *plot, const char *name, size_t length)
{
    return plot->axes > 0 && letters_spell(name, length, axis_name(&plot->axis[plot->axes - 1]));
}

bool plots_hold(const struct script_plot *shown, const char *name, size_t length)
{
    const struct plot *plot = &shown->result.plot;
    return plot_find_own(plot, name, length) != NAMES_NONE || is_scale_named(plot, name, length) ||
           column_named(plot, name, length) != VECTORS_NONE;
}

enum vector_type plots_type_named(const struct script_plot *shown, const char *name, size_t length)
{
    const struct plot *plot = &shown->result.plot;
    uint32_t own = plot_find_own(plot, name, length);
    size_t column = own == NAMES_NONE ? column_named(plot, name, length) : VECTORS_NONE;
    if (own != NAMES_NONE)
        return plot->own[own].type;
    if (is_scale_named(plot, name, length))
        return axis_type(&plot->axis[plot->axes - 1]);
    return column != VECTORS_NONE ? vector_type(&plot->recorded.item[column]) : TYPE_NONE;
}

/* What a vector is called in its plot, which expressions call v(b) or i(v1) too, to be freed: b, v1#branch. NULL when
 * memory is out. */
static char *plain_name(const struct plot *plot, const char *name, size_t length)
{
    bool is_call = length > 3 && name[1] == '(' && name[length - 1] == ')' && !memchr(name, ',', length) &&
                   plot_find_own(plot, name, length) == NAMES_NONE;
    char *plain = NULL;
    if (is_call && lower(*name) == 'i')
        return asprintf(&plain, "%.*s#branch", (int)length - 3, name + 2) < 0 ? NULL : plain;
    return is_call && lower(*name) == 'v' ? strndup(name + 2, length - 3) : strndup(name, length);
}

/* Let the plot have a vector of its own in place of one of an analysis. False: there is none, or memory is out. */
static bool make_own(struct script *script, struct script_plot *shown, const char *name)
{
    struct plot *plot = &shown->result.plot;
    size_t length = strlen(name), column = column_named(plot, name, length);
    bool is_scale = is_scale_named(plot, name, length);
    if (!is_scale && column == VECTORS_NONE)
        return false;
    double *value = array_new(plot->points, sizeof *value);
    for (size_t p = 0; value && p < plot->points; p++)
        value[p] = is_scale ? plot->scale[p] : plot_value(plot, column, p);
    if (value && plot_let(plot, name, length, plots_type_named(shown, name, length), value, plot->points))
        return true;
    diagnose_no_memory(script->diagnostics);
    return false;
}

struct own_vector *plots_own_vector(struct script *script, struct script_plot *shown, const char *name, size_t length)
{
    struct plot *plot = &shown->result.plot;
    char *plain = plain_name(plot, name, length);
    uint32_t number = NAMES_NONE;
    if (!plain)
        diagnose_no_memory(script->diagnostics);
    else if (plot_find_own(plot, plain, strlen(plain)) != NAMES_NONE || make_own(script, shown, plain))
        number = plot_find_own(plot, plain, strlen(plain));
    free(plain);
    return number != NAMES_NONE ? &plot->own[number] : NULL;
}

enum vector_type series_type(const struct formula *formula, const struct script_plot *shown)
{
    const struct plot *plot = &shown->result.plot;
    if (!formula_is_vector(formula))
        return TYPE_NONE;
    if (formula->plot[0])
        plot = formula->plot[0];
    const struct vector *vector = &formula->vector[0];
    if (vector->kind == VECTOR_OWN)
        return plot->own[vector->a].type;
    if (vector->kind == VECTOR_SCALE)
        return plot->axes > 0 ? axis_type(&plot->axis[plot->axes - 1]) : TYPE_NONE;
    return vector->kind < VECTOR_VALUE ? vector_type(vector) : TYPE_NONE;
}

bool vector_of_series(struct script_vector *vector, const struct formula *formula, const struct series *series,
                      const struct script_plot *shown, const struct circuit *circuit)
{
    const struct plot *plot = &shown->result.plot;
    bool is_saved = formula_is_vector(formula);
    if (is_saved && formula->plot[0])
        plot = formula->plot[0];
    if (is_saved && formula->vector[0].kind < VECTOR_SCALE)
        is_saved = vectors_find((struct vectors *)&plot->recorded, &formula->vector[0]) < plot_listed(plot);
    else
        is_saved = is_saved && (formula->vector[0].kind == VECTOR_OWN || formula->vector[0].kind == VECTOR_SCALE);
    const struct label label =
        series->name ? (struct label){{series->name}}
                     : label_of_series(series, plot, plot->circuit ? plot->circuit : circuit);
    const struct listed listed = {label,          is_saved ? series_type(formula, shown) : TYPE_NONE,
                                  series->length, series->stride,
                                  series->value,  false};
    if (!copy(vector, &listed))
        return false;
    vector->is_saved = is_saved;
    return true;
}

struct script_vector *script_vectors(const struct script_plot *shown, size_t *count)
{
    const struct plot *plot = &shown->result.plot;
    struct script_vector *list = array_new(1 + plot_listed(plot) + plot->own_names.count, sizeof *list);
    bool done = list;
    *count = 0;
    if (done && plot->axes > 0) {
        const struct axis *axis = &plot->axis[plot->axes - 1];
        done = copy(&list[(*count)++], &(struct listed){{{axis_name(axis)}}, axis_type(axis), plot->points, 1,
                                                        plot->scale, !plot->own_scale});
    }
    if (done && copy_recorded(list, count, plot) && copy_own(list, count, plot))
        return list;
    script_vectors_free(list, *count);
    return NULL;
}

double script_vector_value(const struct script_plot *growing, size_t vector, size_t point)
{
    const struct plot *plot = &growing->result.plot;
    if (plot->axes > 0 && vector == 0)
        return plot_axis_value(plot, plot->axes - 1, point);
    return plot_value(plot, vector - (plot->axes > 0), point);
}

void script_vectors_free(struct script_vector *list, size_t count)
{
    for (size_t v = 0; list && v < count; v++)
        script_vector_free(&list[v]);
    free(list);
}

void script_vector_free(struct script_vector *vector)
{
    free(vector->name);
    free(vector->value);
    *vector = (struct script_vector){0};
}
