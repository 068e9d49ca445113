/* What formulas are worth: at a point, and over all of them. */
#include "analysis/formula.h"

#include <assert.h>
#include <math.h>

/* ---- functions of all points ---- */

static const struct {
    const char *name;
    enum whole_kind kind;
} functions[] = {
    {"length", WHOLE_LENGTH},     {"mean", WHOLE_MEAN},      {"stddev", WHOLE_DEVIATION}, {"maximum", WHOLE_MAXIMUM},
    {"vecmax", WHOLE_MAXIMUM},    {"minimum", WHOLE_MINIMUM}, {"vecmin", WHOLE_MINIMUM},  {"vector", WHOLE_NUMBERS},
    {"unitvec", WHOLE_ONES},     {"deriv", WHOLE_DERIVATIVE},
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

/* Mean and deviation are added up as they come, without cancellation. Source: Welford 1962, Technometrics 4, 419. */
struct tally {
    double mean, squares, most, least;
};

static double tallied(enum whole_kind kind, const struct tally *tally, size_t count)
{
    switch (kind) {
    case WHOLE_MEAN: return tally->mean;
    case WHOLE_DEVIATION: return count > 1 ? sqrt(tally->squares / (double)(count - 1)) : 0;
    case WHOLE_MAXIMUM: return tally->most;
    default: return tally->least; /* WHOLE_MINIMUM */
    }
}

static bool tally_all(const struct whole *whole, struct diagnostics *diagnostics, double *value)
{
    struct tally tally = {.most = -INFINITY, .least = INFINITY};
    size_t count = formula_length(&whole->of);
    for (size_t p = 0; p < count; p++) {
        double y;
        if (!formula_value(&whole->of, p, diagnostics, &y))
            return false;
        double off = y - tally.mean;
        tally.mean += off / (double)(p + 1);
        tally.squares += off * (y - tally.mean);
        tally.most = fmax(tally.most, y);
        tally.least = fmin(tally.least, y);
    }
    *value = tallied(whole->kind, &tally, count);
    return true;
}

static bool element_of(const struct whole *whole, const struct expression_word *word, struct diagnostics *diagnostics,
                       double *value)
{
    size_t count = formula_length(&whole->of);
    double index;
    if (!formula_value(&whole->index, 0, diagnostics, &index))
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

static struct operand whole_operand(struct whole *whole, const struct expression_word *word,
                                    struct diagnostics *diagnostics)
{
    bool done = true;
    switch (whole->kind) {
    case WHOLE_NUMBERS:
    case WHOLE_ONES: return counted(whole, word, diagnostics);
    case WHOLE_DERIVATIVE: return (struct operand){.count = formula_length(&whole->of)};
    case WHOLE_LENGTH: whole->value = (double)formula_length(&whole->of); break;
    case WHOLE_ELEMENT: done = element_of(whole, word, diagnostics, &whole->value); break;
    default: done = tally_all(whole, diagnostics, &whole->value); break;
    }
    return (struct operand){.value = &whole->value, .count = done, .failed = !done};
}

/* ---- binding ---- */

bool formula_needs(const struct formula *formula, struct vectors *vectors)
{
    bool done = true;
    for (size_t u = 0; done && u < formula->expression.uses; u++) {
        const struct whole *whole = formula->whole[u];
        if (whole)
            done = formula_needs(&whole->of, vectors) && formula_needs(&whole->index, vectors);
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
            take_scale(whole, plot);
            formula->operand[u] = whole_operand(whole, &use->whole, diagnostics);
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
    const struct expression_scope scope = {.value = find_value, .data = &at};
    return expression_evaluate(&formula->expression, &scope, diagnostics, value);
}
