#include "api/ngspice_plots.h"

#include "util/array.h"
#include "util/letters.h"
#include "write/date.h"
#include <stdlib.h>
#include <string.h>

/* ---- vectors ---- */

static void vector_free(struct published_vector *vector)
{
    if (!vector)
        return;
    free(vector->info.name);
    free(vector->info.real);
    free(vector->info.complex);
    free(vector);
}

/* From one of the script, which it takes over. NULL when memory is out. */
static struct published_vector *vector_of(struct script_vector *vector)
{
    struct published_vector *made = calloc(1, sizeof *made);
    if (!made || vector->length > PUBLISHED_MOST_POINTS) {
        free(made);
        script_vector_free(vector);
        return NULL;
    }
    *made = (struct published_vector){
        .info = {.name = vector->name,
                 .type = vector->is_saved ? (int)vector->type : TYPE_NONE,
                 .flags = vector->is_saved ? NGSPICE_REAL | NGSPICE_PERMANENT : NGSPICE_REAL,
                 .real = vector->value,
                 .length = (int)vector->length},
        .is_scale = vector->is_scale};
    *vector = (struct script_vector){0};
    return made;
}

/* Complex is the imaginary unit alone. */
static bool are_same(const struct published_vector *p, const struct published_vector *q)
{
    bool has_same_values = p->info.real && q->info.real && p->info.length == q->info.length &&
                           memcmp(p->info.real, q->info.real, (size_t)p->info.length * sizeof *p->info.real) == 0;
    return strcmp(p->info.name, q->info.name) == 0 && p->info.type == q->info.type && p->is_scale == q->is_scale &&
           (has_same_values || (p->info.complex && q->info.complex));
}

/* The imaginary unit, which clients see among the constants. */
static struct published_vector *imaginary_unit(void)
{
    struct published_vector *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->info.name = strdup("i");
    made->info.flags = NGSPICE_COMPLEX | NGSPICE_PERMANENT;
    made->info.complex = calloc(1, sizeof *made->info.complex);
    made->info.length = 1;
    if (!made->info.name || !made->info.complex) {
        vector_free(made);
        return NULL;
    }
    made->info.complex->imaginary = 1;
    return made;
}

/* ---- plots ---- */

void published_plot_free(struct published_plot *plot)
{
    if (!plot)
        return;
    for (size_t v = 0; v < plot->vectors; v++)
        vector_free(plot->vector[v]);
    free(plot->vector);
    free(plot->name);
    free(plot->title);
    free(plot->type);
    free(plot->date);
    free(plot);
}

/* A copy of a vector that `let` has made, or that a transfer function or sensitivities are told by, under this name.
 * NULL when memory is out. */
static struct published_vector *own_vector(const struct script_plot *of, uint32_t own, const char *name, bool is_scale)
{
    const struct own_vector *from = &of->result.plot.own[own];
    bool is_labelled = own < of->result.plot.labels;
    struct script_vector copy = {.name = strdup(is_labelled ? of->result.plot.label[own] : name),
                                 .type = is_labelled ? TYPE_VOLTAGE : from->type, /* ngspice calls all three that */
                                 .length = from->length,
                                 .value = array_new(from->length, sizeof *copy.value),
                                 .is_scale = is_scale,
                                 .is_saved = true};
    if (!copy.name || !copy.value) {
        script_vector_free(&copy);
        return NULL;
    }
    memcpy(copy.value, from->value, from->length * sizeof *copy.value);
    return vector_of(&copy);
}

static bool add_vector(struct published_vector **vector, size_t *count, struct published_vector *one)
{
    if (!one)
        return false;
    vector[(*count)++] = one;
    return true;
}

/* The constants by the names and in the order in which clients see them. */
static const char *const constants[] = {"yes", "TRUE", "no", "FALSE", "pi", "e", "c", "i",
                                        "kelvin", "echarge", "boltz", "planck"};

static bool is_constant(const char *name)
{
    for (size_t c = 0; c < sizeof constants / sizeof *constants; c++) {
        if (strcasecmp(constants[c], name) == 0)
            return true;
    }
    return false;
}

static bool add_constants(struct published_vector **vector, size_t *count, const struct script_plot *of)
{
    bool done = true;
    for (size_t c = 0; done && c < sizeof constants / sizeof *constants; c++) {
        uint32_t own = plot_find_own(&of->result.plot, constants[c], strlen(constants[c]));
        if (strcmp(constants[c], "i") == 0)
            done = add_vector(vector, count, imaginary_unit());
        else if (own != NAMES_NONE)
            done = add_vector(vector, count, own_vector(of, own, constants[c], false));
    }
    return done;
}

/* Keep a vector that is in no plot any more for those who have a pointer to it, as long as there are not too many. */
static void retire(struct published *published, struct published_vector *vector)
{
    enum { MOST_VALUES = 1 << 22, MOST_VECTORS = 1 << 12 };
    size_t gone = 0;
    if (!array_reserve(&published->retired, &published->retired_capacity, published->retireds + 1,
                       sizeof *published->retired)) {
        vector_free(vector);
        return;
    }
    published->retired[published->retireds++] = vector;
    published->retired_values += (size_t)vector->info.length;
    while (gone + 1 < published->retireds &&
           (published->retired_values > MOST_VALUES || published->retireds - gone > MOST_VECTORS)) {
        published->retired_values -= (size_t)published->retired[gone]->info.length;
        vector_free(published->retired[gone++]);
    }
    published->retireds -= gone;
    memmove(published->retired, published->retired + gone, published->retireds * sizeof *published->retired);
}

/* Where in vector[from..count) the one of this name is, looked for from `at` on; count: it is not there. */
static size_t find_named(struct published_vector *const *vector, size_t from, size_t count, const char *name,
                         size_t at)
{
    for (size_t n = from; n < count; n++, at++) {
        at = at < count ? at : from;
        if (strcmp(vector[at]->info.name, name) == 0)
            return at;
    }
    return count;
}

/* Those of the plot's own vectors, which follow the fixed ones, as they are now; those that are as they were stay where
 * they are. */
static bool take_own(struct published *published, struct published_plot *plot, const struct script_plot *of)
{
    const struct plot *from = &of->result.plot;
    bool has_constants = strcmp(plot->name, "const") == 0, done = true;
    size_t count = plot->fixed;
    struct published_vector **vector = array_new(count + from->own_names.count + 1, sizeof *vector);
    if (!vector)
        return false;
    for (size_t v = 0; v < count; v++)
        vector[v] = plot->vector[v];
    if (has_constants)
        done = add_constants(vector, &count, of);
    for (uint32_t o = 0; done && o < from->own_names.count; o++) {
        const char *name = from->own_names.text[o];
        bool is_scale = from->own_scale ? from->own_scale == o + 1 : count == 0;
        if (from->own[o].value && !(has_constants && is_constant(name)))
            done = add_vector(vector, &count, own_vector(of, o, name, is_scale));
    }
    for (size_t v = plot->fixed, at = v; v < plot->vectors; v++) {
        struct published_vector *before = plot->vector[v];
        size_t found = find_named(vector, plot->fixed, count, before->info.name, at);
        if (found < count && are_same(vector[found], before)) {
            vector_free(vector[found]);
            vector[found] = before;
        } else {
            retire(published, before);
        }
        at = found < count ? found + 1 : at;
    }
    free(plot->vector);
    plot->vector = vector;
    plot->vectors = count;
    return done;
}

/* All of the plot's vectors that are not its own. */
static bool take_fixed(struct published_plot *plot, const struct script_plot *of)
{
    size_t count, own = 0;
    struct script_vector *list = script_vectors(of, &count);
    if (!list)
        return false;
    for (uint32_t o = 0; o < of->result.plot.own_names.count; o++)
        own += of->result.plot.own[o].value != NULL;
    plot->vector = array_new(count, sizeof *plot->vector);
    bool done = plot->vector;
    for (size_t v = 0; done && v + own < count; v++)
        done = add_vector(plot->vector, &plot->vectors, vector_of(&list[v]));
    plot->fixed = plot->vectors;
    script_vectors_free(list, count);
    return done;
}

struct published_plot *published_copy(const struct script_plot *plot)
{
    struct published_plot *copy = calloc(1, sizeof *copy);
    char date[DATE_SIZE];
    if (!copy)
        return NULL;
    date_text(plot->date, date);
    copy->name = strdup(plot->name);
    copy->title = strdup(plot->title);
    copy->type = strdup(plot->type);
    copy->date = strdup(date);
    if (!copy->name || !copy->title || !copy->type || !copy->date || !take_fixed(copy, plot) ||
        !take_own(NULL, copy, plot)) { /* which has none before */
        published_plot_free(copy);
        return NULL;
    }
    return copy;
}

struct published_plot *published_begin(const struct script_plot *plot)
{
    size_t points = plot_points(&plot->result.plot);
    struct published_plot *copy = published_copy(plot);
    for (size_t v = 0; copy && v < copy->fixed; v++) {
        double *room = realloc(copy->vector[v]->info.real, points * sizeof *room);
        if (!room) {
            published_plot_free(copy);
            return NULL;
        }
        copy->vector[v]->info.real = room;
    }
    return copy;
}

void published_grow(struct published_plot *copy, const struct script_plot *plot)
{
    size_t point = plot->result.plot.points - 1;
    for (size_t v = 0; v < copy->fixed; v++) {
        struct ngspice_vector *info = &copy->vector[v]->info;
        info->real[point] = script_vector_value(plot, v, point);
        info->length = (int)point + 1;
    }
}

struct published_plot *published_find(const struct published *published, const char *name)
{
    for (size_t p = published->plots; p-- > 0;) {
        if (strcmp(published->plot[p]->name, name) == 0)
            return published->plot[p];
    }
    return NULL;
}

bool published_add(struct published *published, struct published_plot *plot)
{
    for (size_t p = 0; p < published->plots; p++) {
        if (strcmp(published->plot[p]->name, plot->name) == 0) {
            if (published->current == published->plot[p])
                published->current = plot;
            published_plot_free(published->plot[p]);
            published->plot[p] = plot;
            return true;
        }
    }
    if (!array_reserve(&published->plot, &published->plot_capacity, published->plots + 1, sizeof *published->plot)) {
        published_plot_free(plot);
        return false;
    }
    published->plot[published->plots++] = plot;
    return true;
}

void published_remove(struct published *published, const char *name)
{
    size_t kept = 0;
    for (size_t p = 0; p < published->plots; p++) {
        struct published_plot *plot = published->plot[p];
        bool goes = strcmp(plot->name, name) == 0;
        if (goes && published->current == plot)
            published->current = NULL;
        if (goes)
            published_plot_free(plot);
        else
            published->plot[kept++] = plot;
    }
    published->plots = kept;
}

/* The copies in the script's order, without those of plots that are gone: both are in the order of their making. */
static void drop_gone(struct published *published, const struct script *script)
{
    size_t kept = 0, number = 0, count = script_plots(script);
    for (size_t p = 0; p < published->plots; p++) {
        size_t at = number;
        while (at < count && strcmp(script_plot_at(script, at)->name, published->plot[p]->name) != 0)
            at++;
        if (at < count) {
            published->plot[kept++] = published->plot[p];
            number = at + 1;
        } else {
            published_plot_free(published->plot[p]);
        }
    }
    published->plots = kept;
}

bool published_refresh(struct published *published, const struct script *script)
{
    published->current = NULL;
    drop_gone(published, script);
    for (size_t p = 0; p < script_plots(script); p++) {
        const struct script_plot *plot = script_plot_at(script, p);
        if (p < published->plots && strcmp(published->plot[p]->name, plot->name) == 0) {
            if (!take_own(published, published->plot[p], plot))
                return false;
            continue;
        }
        struct published_plot *copy = published_copy(plot);
        if (!copy || !published_add(published, copy))
            return false;
        struct published_plot *last = published->plot[published->plots - 1];
        memmove(&published->plot[p + 1], &published->plot[p], (published->plots - 1 - p) * sizeof last);
        published->plot[p] = last;
    }
    published->current = published_find(published, script_plot(script)->name);
    return true;
}

/* ---- by name ---- */

/* The vector whose name is head, text[0..length), tail, in any case. */
static struct published_vector *find_in(const struct published_plot *plot, const char *head, const char *text,
                                        size_t length, const char *tail)
{
    size_t before = strlen(head), after = strlen(tail);
    for (size_t v = 0; plot && v < plot->vectors; v++) {
        const char *name = plot->vector[v]->info.name;
        if (strlen(name) == before + length + after && strncasecmp(name, head, before) == 0 &&
            strncasecmp(name + before, text, length) == 0 && strcasecmp(name + before + length, tail) == 0)
            return plot->vector[v];
    }
    return NULL;
}

static struct published_vector *find_vector(const struct published_plot *plot, const char *name)
{
    size_t length = strlen(name);
    struct published_vector *found = find_in(plot, "", name, length, "");
    if (found || length < 4 || name[1] != '(' || name[length - 1] != ')')
        return found ? found : find_in(plot, "V(", name, length, ")");
    if (lower(*name) == 'v')
        return find_in(plot, "", name + 2, length - 3, "");
    return lower(*name) == 'i' ? find_in(plot, "", name + 2, length - 3, "#branch") : NULL;
}

struct published_vector *published_vector(const struct published *published, const char *name)
{
    struct published_vector *found = find_vector(published->current, name);
    if (!found)
        found = find_vector(published_find(published, "const"), name);
    for (size_t p = published->plots; !found && p-- > 0;) {
        size_t length = strlen(published->plot[p]->name);
        if (strncmp(name, published->plot[p]->name, length) == 0 && name[length] == '.')
            found = find_vector(published->plot[p], name + length + 1);
    }
    return found;
}

struct published_vector *published_keep(struct published *published, struct script_vector *vector)
{
    struct published_vector *made = vector_of(vector);
    if (!made)
        return NULL;
    for (size_t c = 0; c < published->computeds; c++) {
        if (strcmp(published->computed[c]->info.name, made->info.name) == 0) {
            vector_free(published->computed[c]);
            return published->computed[c] = made;
        }
    }
    if (!array_reserve(&published->computed, &published->computed_capacity, published->computeds + 1,
                       sizeof *published->computed)) {
        vector_free(made);
        return NULL;
    }
    return published->computed[published->computeds++] = made;
}

/* ---- lists ---- */

static char **new_list(struct published *published, size_t count)
{
    free(published->names);
    published->names = array_new(count + 1, sizeof *published->names);
    return published->names;
}

char **published_plots(struct published *published)
{
    char **list = new_list(published, published->plots);
    for (size_t p = 0; list && p < published->plots; p++)
        list[p] = published->plot[published->plots - 1 - p]->name;
    return list;
}

char **published_vectors(struct published *published, const struct published_plot *plot)
{
    char **list = plot ? new_list(published, plot->vectors) : NULL;
    for (size_t v = 0; list && v < plot->vectors; v++)
        list[v] = plot->vector[plot->vectors - 1 - v]->info.name;
    return list;
}

void published_free(struct published *published)
{
    for (size_t p = 0; p < published->plots; p++)
        published_plot_free(published->plot[p]);
    for (size_t c = 0; c < published->computeds; c++)
        vector_free(published->computed[c]);
    for (size_t r = 0; r < published->retireds; r++)
        vector_free(published->retired[r]);
    free(published->plot);
    free(published->computed);
    free(published->retired);
    free(published->names);
    *published = (struct published){0};
}
