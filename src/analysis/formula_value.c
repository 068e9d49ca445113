/* What formulas are worth: at a point, and over all of them. */
#include "analysis/formula.h"

#include "util/array.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- functions of all points ---- */

static const struct {
    const char *name;
    enum whole_kind kind;
} functions[] = {
    {"length", WHOLE_LENGTH},     {"mean", WHOLE_MEAN},      {"stddev", WHOLE_DEVIATION}, {"maximum", WHOLE_MAXIMUM},
    {"vecmax", WHOLE_MAXIMUM},    {"minimum", WHOLE_MINIMUM}, {"vecmin", WHOLE_MINIMUM},  {"vector", WHOLE_NUMBERS},
    {"unitvec", WHOLE_ONES},     {"deriv", WHOLE_DERIVATIVE}, {"norm", WHOLE_NORM},
    {"integ", WHOLE_INTEGRAL},   {"avg", WHOLE_AVERAGE},      {"interpolate", WHOLE_INTERPOLATE},
    {"values_of", WHOLE_VALUES}, {"sortorder", WHOLE_ORDER},  {"vecd", WHOLE_DIFFERENCE},
    {"sunif", WHOLE_UNIFORM},    {"sgauss", WHOLE_NORMAL},    {"rnd", WHOLE_WHOLE_NUMBER},
    {"poisson", WHOLE_POISSON},  {"exponential", WHOLE_EXPONENTIAL},
};

enum { FUNCTIONS = sizeof functions / sizeof *functions };

static size_t find(const char *text, size_t length)
{
    const struct arg word = {.text = text, .length = (uint32_t)length, .kind = ARG_WORD};
    size_t f = 0;
    while (f < FUNCTIONS && !arg_is(&word, functions[f].name))
        f++;
    return f;
}

bool whole_is_function(const char *text, size_t length)
{
    return find(text, length) < FUNCTIONS;
}

enum whole_kind whole_find(const char *text, size_t length)
{
    return functions[find(text, length)].kind;
}

bool whole_is_tally(enum whole_kind kind)
{
    return kind == WHOLE_MEAN || kind == WHOLE_DEVIATION || kind == WHOLE_MAXIMUM || kind == WHOLE_MINIMUM;
}

/* Mean and deviation are added up as they come, without cancellation. Source: Welford 1962, Technometrics 4, 419. */
struct tally {
    double mean, squares, most, least;
    size_t count;
};

static void tally_one(struct tally *tally, double y)
{
    double off = y - tally->mean;
    tally->mean += off / (double)++tally->count;
    tally->squares += off * (y - tally->mean);
    tally->most = fmax(tally->most, y);
    tally->least = fmin(tally->least, y);
}

static double tallied(enum whole_kind kind, const struct tally *tally)
{
    switch (kind) {
    case WHOLE_MEAN: return tally->mean;
    case WHOLE_DEVIATION: return tally->count > 1 ? sqrt(tally->squares / (double)(tally->count - 1)) : 0;
    case WHOLE_MAXIMUM: return tally->most;
    default: return tally->least; /* WHOLE_MINIMUM */
    }
}

static bool tally_all(struct whole *whole, struct diagnostics *diagnostics)
{
    struct tally tally = {.most = -INFINITY, .least = INFINITY};
    size_t count = whole->eachs > 0 ? 0 : formula_length(&whole->of);
    whole->extreme = (struct extreme){0};
    for (size_t p = 0; p < count; p++) {
        double y;
        if (!formula_value(&whole->of, p, diagnostics, &y))
            return false;
        tally_one(&tally, y);
    }
    for (size_t p = 0; whole->eachs > 0 && p < whole->in->points; p++)
        for (size_t e = 0; e < whole->eachs; e++) {
            double y = plot_value(whole->in, whole->column[e], p);
            if (whole->kind == WHOLE_MAXIMUM ? y > tally.most : y < tally.least)
                whole->extreme = (struct extreme){whole->in, whole->each[e], p};
            tally_one(&tally, y);
        }
    whole->value = tallied(whole->kind, &tally);
    return true;
}

struct extreme formula_extreme(const struct formula *formula)
{
    const struct whole *whole = formula->expression.uses == 1 ? formula->whole[0] : NULL;
    bool is = whole && (whole->kind == WHOLE_MAXIMUM || whole->kind == WHOLE_MINIMUM);
    return is ? whole->extreme : (struct extreme){0};
}

static bool element_of(const struct whole *whole, const struct expression_word *word, struct diagnostics *diagnostics,
                       double *value)
{
    size_t count = formula_length(&whole->of);
    double index;
    if (count == 0 || !formula_value(&whole->index, 0, diagnostics, &index)) /* without any, that has been said */
        return false;
    if (index >= 0 && index < (double)count && index == floor(index))
        return formula_value(&whole->of, (size_t)index, diagnostics, value);
    diagnose(diagnostics, ERROR_VECTOR_INDEX, word->text, word->length,
             "there is no value %g: %.*s has those from 0 to %zu", index, (int)whole->of.expression.source.length,
             whole->of.expression.source.text, count - 1);
    return false;
}

/* dy/dx at a point by the parabola through it and its neighbours, at the ends through the first or last three, so that
 * ngspice's is met: each curve of a nested sweep by itself. NAN where two points are at the same place. */
static double derivative(const struct whole *whole, size_t point, struct diagnostics *diagnostics)
{
    size_t all = formula_length(&whole->of), count = whole->block > 0 ? whole->block : all;
    size_t first = point - point % count;
    size_t points = count < 3 ? count : 3, from = point > first ? point - 1 : point;
    double x[3], y[3], at = whole->scale ? whole->scale[point] : (double)point;
    if (from + points > first + count)
        from = first + count - points;
    for (size_t q = 0; q < points; q++) {
        x[q] = whole->scale ? whole->scale[from + q] : (double)(from + q);
        if (!formula_value(&whole->of, from + q, diagnostics, &y[q]))
            return NAN;
    }
    if (points < 3)
        return points < 2 ? 0 : (y[1] - y[0]) / (x[1] - x[0]);
    double left = (y[1] - y[0]) / (x[1] - x[0]), right = (y[2] - y[1]) / (x[2] - x[1]);
    return left + (right - left) / (x[2] - x[0]) * ((at - x[0]) + (at - x[1])); /* Newton's divided differences */
}

/* vector(n), unitvec(n) */
static struct operand counted(const struct whole *whole, const struct expression_word *word,
                              struct diagnostics *diagnostics)
{
    enum { MOST = 100000000 };
    static const double one = 1;
    double count;
    if (!formula_value(&whole->of, 0, diagnostics, &count))
        return (struct operand){.failed = true};
    if (count >= 1 && count <= MOST && count == floor(count))
        return (struct operand){.value = whole->kind == WHOLE_ONES ? &one : NULL, .count = (size_t)count};
    diagnose(diagnostics, ERROR_VECTOR_INDEX, word->text, word->length, "a vector cannot have %g values", count);
    return (struct operand){.failed = true};
}

/* ---- a value for each point ---- */

/* The first and last index of x[3], x[1,2]; of a reshaped vector [1] is all of its second row. False with a
 * diagnostic. */
static bool read_ends(const struct whole *whole, const struct expression_word *word, struct diagnostics *diagnostics,
                      size_t *first, size_t *last)
{
    size_t count = whole->from.dimensions > 1 ? whole->from.size[0] : formula_length(&whole->of);
    double from, to;
    if (count == 0 || !formula_value(&whole->index, 0, diagnostics, &from))
        return false;
    to = from;
    if (whole->kind == WHOLE_SLICE && !formula_value(&whole->last, 0, diagnostics, &to))
        return false;
    double least = fmin(from, to), most = fmax(from, to);
    if (!(least >= 0 && most < (double)count && from == floor(from) && to == floor(to))) {
        diagnose(diagnostics, ERROR_VECTOR_INDEX, word->text, word->length,
                 "there is no value %g: %.*s has those from 0 to %zu", least < 0 ? least : most,
                 (int)whole->of.expression.source.length, whole->of.expression.source.text, count - 1);
        return false;
    }
    *first = (size_t)from;
    *last = (size_t)to;
    return true;
}

static bool fill_slice(struct whole *whole, size_t first, size_t count, bool backwards, struct diagnostics *diagnostics)
{
    bool done = true;
    for (size_t p = 0; done && p < count; p++)
        done = formula_value(&whole->of, backwards ? first - p : first + p, diagnostics, &whole->computed[p]);
    return done;
}

static bool fill_norm(struct whole *whole, size_t count, struct diagnostics *diagnostics)
{
    double largest = 0;
    if (!fill_slice(whole, 0, count, false, diagnostics))
        return false;
    for (size_t p = 0; p < count; p++)
        largest = fmax(largest, fabs(whole->computed[p]));
    for (size_t p = 0; largest > 0 && p < count; p++)
        whole->computed[p] /= largest;
    return true;
}

/* The integral by the trapezoidal rule, each curve of a nested sweep by itself; or the mean of the points so far. */
static bool fill_running(struct whole *whole, size_t count, struct diagnostics *diagnostics)
{
    double sum = 0, before = 0;
    for (size_t p = 0; p < count; p++) {
        bool begins = p == 0 || (whole->block > 0 && p % whole->block == 0);
        double y, step = begins ? 0 : whole->scale ? whole->scale[p] - whole->scale[p - 1] : 1;
        if (!formula_value(&whole->of, p, diagnostics, &y))
            return false;
        if (whole->kind == WHOLE_AVERAGE)
            sum += y;
        else
            sum = begins ? 0 : sum + step * (y + before) / 2;
        whole->computed[p] = whole->kind == WHOLE_AVERAGE ? sum / (double)(p + 1) : sum;
        before = y;
    }
    return true;
}

/* At the scale of the current plot; beyond the ends of its own the values there. */
static bool fill_interpolated(struct whole *whole, size_t count, const struct plot *plot,
                              struct diagnostics *diagnostics)
{
    size_t own = formula_length(&whole->of), k = 0;
    for (size_t p = 0; p < count; p++) {
        double x = plot->scale[p], left, right, t = 0;
        bool rises = own < 2 || whole->scale[own - 1] >= whole->scale[0];
        if (p > 0 && (x < plot->scale[p - 1]) == rises)
            k = 0;
        while (k + 2 < own && (rises ? whole->scale[k + 1] < x : whole->scale[k + 1] > x))
            k++;
        if (own > 1)
            t = (x - whole->scale[k]) / (whole->scale[k + 1] - whole->scale[k]);
        t = fmin(fmax(t, 0), 1);
        if (!formula_value(&whole->of, k, diagnostics, &left) ||
            !formula_value(&whole->of, own > 1 ? k + 1 : k, diagnostics, &right))
            return false;
        whole->computed[p] = left + t * (right - left);
    }
    return true;
}

static double drawn(enum whole_kind kind, struct random *random, double x)
{
    switch (kind) {
    case WHOLE_UNIFORM: return random_uniform(random);
    case WHOLE_NORMAL: return random_normal(random);
    case WHOLE_POISSON: return random_poisson(random, x);
    case WHOLE_EXPONENTIAL: return random_exponential(random, x);
    default: return floor((random_uniform(random) + 1) / 2 * fabs(floor(x))); /* WHOLE_WHOLE_NUMBER */
    }
}

static bool fill_random(struct whole *whole, size_t count, struct diagnostics *diagnostics)
{
    struct random *random = whole->of.random;
    bool done = fill_slice(whole, 0, count, false, diagnostics);
    for (size_t p = 0; done && p < count; p++)
        whole->computed[p] = random ? drawn(whole->kind, random, whole->computed[p]) : 0;
    return done;
}

/* The order of points by their values; of equal ones the first comes first. */
static int compare_values(const void *p, const void *q, void *values)
{
    size_t a = *(const size_t *)p, b = *(const size_t *)q;
    double x = ((const double *)values)[a], y = ((const double *)values)[b];
    return x != y ? (x > y) - (x < y) : (a > b) - (a < b);
}

static bool fill_order(struct whole *whole, size_t count, struct diagnostics *diagnostics)
{
    if (!fill_slice(whole, 0, count, false, diagnostics))
        return false;
    size_t *order = array_new(count, sizeof *order);
    for (size_t p = 0; order && p < count; p++)
        order[p] = p;
    if (order)
        qsort_r(order, count, sizeof *order, compare_values, whole->computed);
    else
        diagnose_no_memory(diagnostics);
    for (size_t p = 0; order && p < count; p++)
        whole->computed[p] = (double)order[p];
    free(order);
    return order;
}

/* One value is its own difference, as in ngspice. */
static bool fill_differences(struct whole *whole, size_t count, struct diagnostics *diagnostics)
{
    if (!fill_slice(whole, 0, count, false, diagnostics))
        return false;
    double before = whole->computed[0];
    for (size_t p = 0; count > 1 && p < count; p++) {
        double here = whole->computed[p], behind = p + 1 < count ? whole->computed[p + 1] : here;
        whole->computed[p] = behind - before;
        before = here;
    }
    return true;
}

/* Rows from *first to last, in either order: how many values they have, and *first becomes the first of these. */
static size_t take_rows(struct whole *whole, size_t *first, size_t last)
{
    const struct shape *from = &whole->from;
    size_t row = 1, rows = (last > *first ? last - *first : *first - last) + 1;
    struct shape *shape = &whole->shape;
    for (unsigned d = 1; d < from->dimensions; d++)
        row *= from->size[d];
    if (whole->kind == WHOLE_SLICE) {
        *shape = *from;
        shape->size[0] = (uint32_t)rows;
    } else {
        shape->dimensions = from->dimensions - 1;
        memcpy(shape->size, from->size + 1, shape->dimensions * sizeof *shape->size);
    }
    *first = (last > *first ? *first : last) * row;
    return rows * row;
}

/* How many values there are; 0 with a diagnostic. *first: the first of a slice. */
static size_t computed_points(struct whole *whole, const struct plot *plot, const struct expression_word *word,
                              struct diagnostics *diagnostics, size_t *first, bool *backwards)
{
    size_t last = 0;
    if (whole->kind == WHOLE_ELEMENT || whole->kind == WHOLE_SLICE) {
        if (!read_ends(whole, word, diagnostics, first, &last))
            return 0;
        if (whole->from.dimensions > 1)
            return take_rows(whole, first, last);
        *backwards = last < *first;
        return (*backwards ? *first - last : last - *first) + 1;
    }
    return whole->kind == WHOLE_INTERPOLATE && plot->scale && whole->scale ? plot->points : formula_length(&whole->of);
}

static struct operand computed(struct whole *whole, const struct plot *plot, const struct expression_word *word,
                               struct diagnostics *diagnostics)
{
    size_t first = 0;
    bool backwards = false, done;
    size_t count = computed_points(whole, plot, word, diagnostics, &first, &backwards);
    if (count > whole->capacity) {
        whole->computed = count <= SIZE_MAX / sizeof(double) ? arena_alloc(whole->arena, count * sizeof(double)) : NULL;
        whole->capacity = whole->computed ? count : 0;
        if (!whole->computed)
            diagnose_no_memory(diagnostics);
    }
    if (count == 0 || !whole->computed)
        return (struct operand){.failed = true};
    switch (whole->kind) {
    case WHOLE_NORM: done = fill_norm(whole, count, diagnostics); break;
    case WHOLE_INTEGRAL:
    case WHOLE_AVERAGE: done = fill_running(whole, count, diagnostics); break;
    case WHOLE_ORDER: done = fill_order(whole, count, diagnostics); break;
    case WHOLE_DIFFERENCE: done = fill_differences(whole, count, diagnostics); break;
    case WHOLE_UNIFORM:
    case WHOLE_NORMAL:
    case WHOLE_WHOLE_NUMBER:
    case WHOLE_POISSON:
    case WHOLE_EXPONENTIAL: done = fill_random(whole, count, diagnostics); break;
    case WHOLE_INTERPOLATE:
        done = plot->scale && whole->scale ? fill_interpolated(whole, count, plot, diagnostics)
                                           : fill_slice(whole, 0, count, false, diagnostics);
        break;
    default: done = fill_slice(whole, first, count, backwards, diagnostics); break;
    }
    return (struct operand){.value = whole->computed, .stride = 1, .count = done ? count : 0, .failed = !done};
}

/* The shape of a vector that `reshape` has given one, and of what indices take of it. */
static struct shape shape_of(const struct formula *of, const struct plot *plot, const struct plot *constants)
{
    if (!formula_is_vector(of))
        return (struct shape){.dimensions = 0};
    const struct vector *vector = of->vector;
    if (vector->kind == VECTOR_WHOLE)
        return of->whole[0]->shape;
    if (vector->kind != VECTOR_OWN && vector->kind != VECTOR_CONSTANT)
        return (struct shape){.dimensions = 0};
    return (of->plot[0] ? of->plot[0] : vector->kind == VECTOR_OWN ? plot : constants)->own[vector->a].shape;
}

static struct operand whole_operand(struct whole *whole, const struct plot *plot, const struct expression_word *word,
                                    struct diagnostics *diagnostics)
{
    bool done = true;
    whole->shape = (struct shape){.dimensions = 0};
    if (whole->kind == WHOLE_ELEMENT && whole->from.dimensions > 1)
        return computed(whole, plot, word, diagnostics);
    switch (whole->kind) {
    case WHOLE_NUMBERS:
    case WHOLE_ONES: return counted(whole, word, diagnostics);
    case WHOLE_DERIVATIVE: return (struct operand){.count = formula_length(&whole->of)};
    case WHOLE_VALUES:
    case WHOLE_SLICE:
    case WHOLE_NORM:
    case WHOLE_INTEGRAL:
    case WHOLE_AVERAGE:
    case WHOLE_INTERPOLATE:
    case WHOLE_ORDER:
    case WHOLE_DIFFERENCE:
    case WHOLE_UNIFORM:
    case WHOLE_NORMAL:
    case WHOLE_WHOLE_NUMBER:
    case WHOLE_POISSON:
    case WHOLE_EXPONENTIAL: return computed(whole, plot, word, diagnostics);
    case WHOLE_LENGTH: whole->value = (double)formula_length(&whole->of); break;
    case WHOLE_ELEMENT: done = element_of(whole, word, diagnostics, &whole->value); break;
    default: done = tally_all(whole, diagnostics); break;
    }
    return (struct operand){.value = &whole->value, .count = done, .failed = !done};
}

/* ---- binding ---- */

static bool each_needs(const struct whole *whole, struct vectors *vectors)
{
    bool done = true;
    for (size_t e = 0; done && !whole->named && e < whole->eachs; e++)
        done = vectors_include(vectors, whole->each[e]);
    return done;
}

bool formula_needs(const struct formula *formula, struct vectors *vectors)
{
    bool done = true;
    for (size_t u = 0; done && u < formula->expression.uses; u++) {
        const struct whole *whole = formula->whole[u];
        if (whole)
            done = formula_needs(&whole->of, vectors) && formula_needs(&whole->index, vectors) &&
                   formula_needs(&whole->last, vectors) && each_needs(whole, vectors);
        else if (formula->vector[u].kind < VECTOR_SCALE && !formula->plot[u])
            done = vectors_include(vectors, formula->vector[u]);
    }
    return done;
}

/* A parameter: a number; in a plot that sweeps parameters only those are known. */
static struct operand parameter_operand(const struct formula *formula, size_t use, struct plot *plot,
                                        struct diagnostics *diagnostics)
{
    const struct expression_word *name = &formula->expression.use[use].whole;
    struct arg word = {.text = name->text, .length = (uint32_t)name->length, .kind = ARG_WORD};
    bool swept = false;
    for (size_t a = 0; a < plot->axes; a++) {
        const struct axis *axis = &plot->axis[a];
        swept = swept || axis->kind == AXIS_PARAMETER;
        if (axis->kind != AXIS_PARAMETER || !arg_is(&word, axis->name))
            continue;
        const double *value = plot_axis_values(plot, a);
        return (struct operand){.value = value, .stride = 1, .count = value ? plot->points : 0};
    }
    if (swept)
        diagnose(diagnostics, ERROR_SWEEP_CHANGES_CIRCUIT, name->text, name->length,
                 "%.*s may change with the parameter that is swept; only that one itself can be shown",
                 (int)name->length, name->text);
    return (struct operand){.value = &formula->number[use], .count = !swept, .failed = swept};
}

static struct operand operand_of(const struct vector *vector, struct plot *plot, const struct plot *constants)
{
    if (vector->kind == VECTOR_SCALE)
        return (struct operand){.value = plot->scale, .stride = 1, .count = plot->scale ? plot->points : 0};
    if (vector->kind >= VECTOR_OWN) {
        const struct own_vector *own = &(vector->kind == VECTOR_OWN ? plot : constants)->own[vector->a];
        return (struct operand){.value = own->value, .stride = 1, .count = own->length};
    }
    size_t column = vectors_find(&plot->recorded, vector);
    assert(column != VECTORS_NONE);
    return (struct operand){.value = plot->value + column, .stride = plot->recorded.count, .count = plot->points};
}

/* What a derivative is by: the scale of the plot that its first vector is in, as far as it has as many points. */
static void take_scale(struct whole *whole, const struct plot *plot)
{
    if (whole->of.expression.uses > 0 && whole->of.plot[0])
        plot = whole->of.plot[0];
    bool fits = plot->axes > 0 && plot->scale && formula_length(&whole->of) == plot->points;
    whole->scale = fits ? plot->scale : NULL;
    whole->block = fits ? plot->axis[plot->axes - 1].count : 0;
}

static void bind_each(struct whole *whole, struct plot *plot)
{
    whole->in = whole->named ? whole->named : plot;
    for (size_t e = 0; e < whole->eachs; e++) {
        whole->column[e] = vectors_find(&whole->in->recorded, &whole->each[e]);
        assert(whole->column[e] != VECTORS_NONE);
    }
}

void formula_bind(struct formula *formula, struct plot *plot, const struct plot *constants,
                  struct diagnostics *diagnostics)
{
    for (size_t u = 0; u < formula->expression.uses; u++) {
        struct expression_use *use = &formula->expression.use[u];
        struct whole *whole = formula->whole[u];
        use->binding = u;
        if (whole) {
            formula_bind(&whole->of, plot, constants, diagnostics);
            formula_bind(&whole->index, plot, constants, diagnostics);
            formula_bind(&whole->last, plot, constants, diagnostics);
            take_scale(whole, plot);
            bind_each(whole, plot);
            whole->from = shape_of(&whole->of, plot, constants);
            formula->operand[u] = whole_operand(whole, plot, &use->whole, diagnostics);
        } else if (formula->vector[u].kind == VECTOR_PARAMETER) {
            formula->operand[u] = parameter_operand(formula, u, plot, diagnostics);
        } else {
            formula->operand[u] =
                operand_of(&formula->vector[u], formula->plot[u] ? formula->plot[u] : plot, constants);
        }
    }
}

size_t formula_length(const struct formula *formula)
{
    size_t length = formula->expression.uses == 0;
    for (size_t u = 0; u < formula->expression.uses; u++)
        length = formula->operand[u].count > length ? formula->operand[u].count : length;
    return length;
}

/* ---- values ---- */

struct at_point {
    const struct formula *formula;
    size_t point;
    struct diagnostics *diagnostics;
};

static enum expression_answer find_value(void *data, const struct expression_use *use, double *value)
{
    const struct at_point *at = data;
    const struct operand *operand = &at->formula->operand[use->binding];
    if (operand->count == 0)
        return operand->failed ? EXPRESSION_FAILED : EXPRESSION_UNKNOWN;
    const struct whole *whole = at->formula->whole[use->binding];
    size_t point = at->point < operand->count ? at->point : operand->count - 1;
    if (whole && whole->kind == WHOLE_DERIVATIVE) {
        *value = derivative(whole, point, at->diagnostics);
        return EXPRESSION_KNOWN;
    }
    *value = operand->value ? operand->value[point * operand->stride] : (double)point;
    return EXPRESSION_KNOWN;
}

bool formula_value(const struct formula *formula, size_t point, struct diagnostics *diagnostics, double *value)
{
    struct at_point at = {formula, point, diagnostics};
    const struct expression_scope scope = {.value = find_value, .data = &at, .random = formula->random};
    return expression_evaluate(&formula->expression, &scope, diagnostics, value);
}
