/* What measurements find. */
#include "analysis/measure.h"

#include "util/array.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- on the curve ---- */

struct trace {
    struct measures *measures;
    const struct plot *plot, *constants;
    size_t first, count; /* points of the plot */
    struct diagnostics *diagnostics;
};

static double x_of(const struct trace *trace, size_t k)
{
    return trace->plot->scale ? trace->plot->scale[trace->first + k] : 0;
}

/* A formula's value at a point of the curve; NAN with a diagnostic where there is none. */
static double y_of(const struct trace *trace, size_t formula, size_t k)
{
    double value = NAN;
    formula_value(&trace->measures->formulas.item[formula], trace->first + k, trace->diagnostics, &value);
    return value;
}

/* Is x at a point, but for what a sum of steps is off by? beside: a point next to it. */
static bool is_at(const struct trace *trace, double x, size_t k, size_t beside)
{
    const double rounding = 1e-9; /* of a step */
    return fabs(x - x_of(trace, k)) <= rounding * fabs(x_of(trace, beside) - x_of(trace, k));
}

/* The segment k, k + 1 that holds x, by its share t in [0, 1]. False outside of the curve. */
static bool find_segment(const struct trace *trace, double x, size_t *k, double *t)
{
    for (*k = 0; *k + 1 < trace->count; (*k)++) {
        double p = x_of(trace, *k), q = x_of(trace, *k + 1);
        if ((p <= x && x <= q) || (q <= x && x <= p)) {
            *t = p == q ? 0 : (x - p) / (q - p);
            return true;
        }
    }
    *k = 0;
    *t = 0;
    if (trace->count <= 1)
        return trace->count == 1 && x_of(trace, 0) == x;
    if (is_at(trace, x, 0, 1))
        return true;
    *k = trace->count - 2;
    *t = 1;
    return is_at(trace, x, trace->count - 1, trace->count - 2);
}

static double blend(double p, double q, double t)
{
    return t <= 0 ? p : t >= 1 ? q : p + t * (q - p);
}

static double y_between(const struct trace *trace, size_t formula, size_t k, double t)
{
    return k + 1 < trace->count ? blend(y_of(trace, formula, k), y_of(trace, formula, k + 1), t)
                                : y_of(trace, formula, k);
}

/* y - z at a point. */
static double distance(const struct trace *trace, const struct meeting *meeting, size_t k)
{
    double z = meeting->z == MEASURE_NO_FORMULA ? meeting->c : y_of(trace, meeting->z, k);
    return y_of(trace, meeting->y, k) - z;
}

/* Where a measurement takes place: segment and share. False when it is nowhere in the window. */
static bool find_meeting(const struct trace *trace, const struct measure *measure, const struct meeting *meeting,
                         size_t *at, double *share)
{
    if (!isnan(meeting->at))
        return find_segment(trace, meeting->at, at, share);
    unsigned met = 0;
    double before = trace->count > 0 ? distance(trace, meeting, 0) : NAN;
    for (size_t k = 0; k + 1 < trace->count; k++) {
        double after = distance(trace, meeting, k + 1);
        bool rises = before < 0 && after >= 0, falls = before > 0 && after <= 0, starts = k == 0 && before == 0;
        bool counts = starts || (rises && meeting->sign >= 0) || (falls && meeting->sign <= 0);
        double t = starts ? 0 : before / (before - after);
        double x = counts ? blend(x_of(trace, k), x_of(trace, k + 1), t) : NAN;
        before = after;
        if (!counts || x < measure->from || x > measure->to || x < meeting->delay)
            continue;
        *at = k;
        *share = t;
        if (++met == meeting->count)
            return true;
    }
    return met > 0 && meeting->count == 0;
}

static double x_between(const struct trace *trace, size_t k, double t)
{
    return k + 1 < trace->count ? blend(x_of(trace, k), x_of(trace, k + 1), t) : x_of(trace, k);
}

/* ---- over a window ---- */

/* The points in [from, to], and whether its ends are reached between points. */
struct window {
    size_t first, count;
    double enter, leave; /* x of the ends that are; NAN: the curve begins or ends there */
};

/* The window lies between two points. */
static bool find_between(const struct trace *trace, const struct measure *measure, struct window *window)
{
    for (size_t k = 0; k + 1 < trace->count; k++) {
        double p = x_of(trace, k), q = x_of(trace, k + 1);
        bool rises = p <= measure->from && measure->to <= q, falls = q <= measure->from && measure->to <= p;
        if (rises || falls) {
            *window = (struct window){k + 1, 0, rises ? measure->from : measure->to,
                                      rises ? measure->to : measure->from};
            return measure->from <= measure->to;
        }
    }
    return false;
}

static bool find_window(const struct trace *trace, const struct measure *measure, struct window *window)
{
    size_t k = 0, end;
    while (k < trace->count && (x_of(trace, k) < measure->from || x_of(trace, k) > measure->to))
        k++;
    for (end = k; end < trace->count && x_of(trace, end) >= measure->from && x_of(trace, end) <= measure->to;)
        end++;
    *window = (struct window){k, end - k, NAN, NAN};
    if (k == end)
        return find_between(trace, measure, window);
    if (k > 0 && x_of(trace, k) != (x_of(trace, k - 1) < measure->from ? measure->from : measure->to))
        window->enter = x_of(trace, k - 1) < measure->from ? measure->from : measure->to;
    if (end < trace->count && x_of(trace, end - 1) != (x_of(trace, end) > measure->to ? measure->to : measure->from))
        window->leave = x_of(trace, end) > measure->to ? measure->to : measure->from;
    return true;
}

/* max, min, pp and their like. Of equal extremes the last one counts, as in ngspice. */
static void measure_points(const struct trace *trace, struct measure *measure, const struct window *window)
{
    double most = -INFINITY, least = INFINITY, most_at = NAN, least_at = NAN, x_last = NAN;
    for (size_t k = window->first; k < window->first + window->count; k++) {
        double x = x_of(trace, k), y = y_of(trace, measure->y, k);
        if (y >= most)
            most = y, most_at = x;
        if (y <= least)
            least = y, least_at = x;
        x_last = x;
    }
    measure->first = x_of(trace, window->first);
    measure->second = x_last;
    switch (measure->kind) {
    case MEASURE_MAX: measure->value = most; measure->first = most_at; break;
    case MEASURE_MIN: measure->value = least; measure->first = least_at; break;
    case MEASURE_MAX_AT: measure->value = most_at; measure->first = most; break;
    case MEASURE_MIN_AT: measure->value = least_at; measure->first = least; break;
    default: measure->value = most - least; break; /* MEASURE_PP */
    }
}

/* A point of the window, counted from its entrance; y squared for rms. */
static void sample(const struct trace *trace, const struct measure *measure, const struct window *window, size_t number,
                   double *x, double *y)
{
    bool enters = !isnan(window->enter);
    size_t k = window->first + number - enters;
    bool is_edge = (enters && number == 0) || k == window->first + window->count;
    if (is_edge) {
        k = number == 0 ? window->first - 1 : k - 1;
        *x = number == 0 ? window->enter : window->leave;
        *y = y_between(trace, measure->y, k, (*x - x_of(trace, k)) / (x_of(trace, k + 1) - x_of(trace, k)));
    } else {
        *x = x_of(trace, k);
        *y = y_of(trace, measure->y, k);
    }
    if (measure->kind == MEASURE_RMS)
        *y *= *y;
}

static bool is_even(double width, double other)
{
    return fabs(width - other) <= 100 * DBL_EPSILON * fabs(width);
}

/* The integral over the window: Simpson's 3/8 rule where three steps are equal, his 1/3 rule where two are, else the
 * trapezoidal one; so does ngspice. */
static void integrate(const struct trace *trace, struct measure *measure, const struct window *window)
{
    size_t count = window->count + !isnan(window->enter) + !isnan(window->leave), at = 0;
    double x[4], y[4], sum = 0;
    sample(trace, measure, window, 0, &x[0], &y[0]);
    measure->first = measure->second = x[0];
    while (at + 1 < count) {
        size_t steps = 0;
        while (steps < 3 && at + steps + 1 < count) {
            steps++;
            sample(trace, measure, window, at + steps, &x[steps], &y[steps]);
            if (!is_even(x[1] - x[0], x[steps] - x[steps - 1])) {
                steps--;
                break;
            }
        }
        double width = x[1] - x[0];
        if (steps == 3)
            sum += width * 3 / 8 * (y[0] + 3 * (y[1] + y[2]) + y[3]);
        else if (steps == 2)
            sum += width / 3 * (y[0] + 4 * y[1] + y[2]);
        else
            sum += width / 2 * (y[0] + y[1]);
        at += steps;
        measure->second = x[0] = x[steps];
        y[0] = y[steps];
    }
    double width = measure->second - measure->first;
    if (measure->kind == MEASURE_INTEG)
        measure->value = sum;
    else
        measure->value = sqrt(width != 0 ? sum / width : y[0]);
}

/* The mean of the straight lines between the points, by the trapezoidal rule. */
static void average(const struct trace *trace, struct measure *measure, const struct window *window)
{
    size_t count = window->count + !isnan(window->enter) + !isnan(window->leave);
    double x, y, sum = 0, x_last, y_last;
    sample(trace, measure, window, 0, &x, &y);
    measure->first = x_last = x;
    y_last = y;
    for (size_t s = 1; s < count; s++) {
        sample(trace, measure, window, s, &x, &y);
        sum += (x - x_last) * (y + y_last) / 2;
        x_last = x;
        y_last = y;
    }
    measure->second = x_last;
    measure->value = x_last != measure->first ? sum / (x_last - measure->first) : y_last;
}

/* False when no point is in the window. */
static bool measure_window(const struct trace *trace, struct measure *measure)
{
    struct window window;
    if (!find_window(trace, measure, &window))
        return false;
    if (measure->kind == MEASURE_RMS || measure->kind == MEASURE_INTEG)
        integrate(trace, measure, &window);
    else if (measure->kind == MEASURE_AVG)
        average(trace, measure, &window);
    else if (window.count == 0)
        return false;
    else
        measure_points(trace, measure, &window);
    return true;
}

/* ---- one and all ---- */

struct param {
    const struct trace *trace;
    const struct measure *measure;
};

/* The scope of param=: the measurements made so far, then the plot's own vectors, then the netlist's parameters. */
static enum expression_answer find_measured(void *data, const struct expression_use *use, double *value)
{
    const struct param *param = data;
    const struct trace *trace = param->trace;
    const struct measures *measures = trace->measures;
    const struct expression_word word = use->whole;
    uint32_t number = names_find(&measures->names, word.text, word.length);
    if (number != NAMES_NONE) {
        const struct measure *found = &measures->item[measures->named[number]];
        *value = found->value;
        return found->failed ? EXPRESSION_FAILED : EXPRESSION_KNOWN;
    }
    const struct plot *const plots[] = {trace->plot, trace->constants};
    for (int p = 0; p < 2; p++) {
        uint32_t own = plots[p] ? plot_find_own(plots[p], word.text, word.length) : NAMES_NONE;
        if (own == NAMES_NONE)
            continue;
        *value = plots[p]->own[own].value[0];
        return EXPRESSION_KNOWN;
    }
    *value = param->measure->parameter[use - param->measure->expression.use];
    return isnan(*value) ? EXPRESSION_UNKNOWN : EXPRESSION_KNOWN;
}

static bool measure_param(const struct trace *trace, struct measure *measure)
{
    struct param param = {trace, measure};
    const struct expression_scope scope = {.value = find_measured, .data = &param};
    return expression_evaluate(&measure->expression, &scope, trace->diagnostics, &measure->value);
}

static bool measure_place(const struct trace *trace, struct measure *measure)
{
    size_t k;
    double t;
    if (!find_meeting(trace, measure, &measure->targ, &k, &t))
        return false;
    if (measure->kind == MEASURE_WHEN)
        measure->value = x_between(trace, k, t);
    else if (measure->kind == MEASURE_FIND)
        measure->value = y_between(trace, measure->y, k, t);
    else if (k + 1 < trace->count)
        measure->value =
            (y_of(trace, measure->y, k + 1) - y_of(trace, measure->y, k)) / (x_of(trace, k + 1) - x_of(trace, k));
    else
        return false;
    return true;
}

static bool measure_interval(const struct trace *trace, struct measure *measure)
{
    size_t k;
    double t;
    if (!find_meeting(trace, measure, &measure->trig, &k, &t))
        return false;
    measure->second = x_between(trace, k, t);
    if (!find_meeting(trace, measure, &measure->targ, &k, &t))
        return false;
    measure->first = x_between(trace, k, t);
    measure->value = measure->first - measure->second;
    return true;
}

static bool measure_one(struct trace *trace, struct measure *measure)
{
    switch (measure->kind) {
    case MEASURE_PARAM: return measure_param(trace, measure);
    case MEASURE_TRIG_TARG: return measure_interval(trace, measure);
    case MEASURE_FIND:
    case MEASURE_WHEN:
    case MEASURE_DERIV: return measure_place(trace, measure);
    default: return measure_window(trace, measure);
    }
}

/* Let all be found by their names: of equal ones the first. False when memory is out. */
static bool name_all(struct measures *measures)
{
    if (measures->named)
        return true;
    measures->named = array_new(measures->count, sizeof *measures->named);
    for (size_t m = 0; measures->named && m < measures->count; m++) {
        bool is_new;
        const char *name = measures->item[m].name;
        uint32_t number = names_add(&measures->names, name, strlen(name), &is_new);
        if (number == NAMES_NONE)
            return false;
        if (is_new)
            measures->named[number] = (uint32_t)m;
    }
    return measures->named;
}

/* Does the plot sweep a parameter? The measurements know its value in the netlist alone. */
static bool sweeps_parameter(const struct plot *plot)
{
    bool does = false;
    for (size_t a = 0; a < plot->axes; a++)
        does |= plot->axis[a].kind == AXIS_PARAMETER;
    return does;
}

/* Measure one, and say why it has failed. */
static void measure_or_say(struct trace *trace, struct measure *measure)
{
    struct diagnostics *diagnostics = trace->diagnostics;
    size_t made = diagnostics->made;
    if (measure->has_parameters && sweeps_parameter(trace->plot)) {
        diagnose(diagnostics, WARNING_MEASURE_FAILED, measure->place, measure->length,
                 "%s failed: it names parameters, and one is swept", measure->name);
        return;
    }
    measure->failed = !measure_one(trace, measure) || !isfinite(measure->value);
    if (measure->failed && diagnostics->made == made)
        diagnose(diagnostics, WARNING_MEASURE_FAILED, measure->place, measure->length,
                 "%s failed: what it asks for does not occur in the sweep", measure->name);
}

/* The same where that has been said of another curve: it is counted. */
static void measure_again(struct trace *trace, struct measure *measure)
{
    struct diagnostics *diagnostics = trace->diagnostics;
    struct diagnostics again = {.lenient = diagnostics->lenient};
    trace->diagnostics = &again;
    measure_or_say(trace, measure);
    trace->diagnostics = diagnostics;
    for (size_t d = 0; d < again.count; d++) {
        const struct diagnostic *item = &again.item[d];
        if (item->severity == SEVERITY_NOTE)
            continue;
        if (diagnostics->kind && diagnostics->kind[item->code].count > 0)
            diagnose_more(diagnostics, item->code, 1 + item->more);
        else
            diagnose(diagnostics, item->code, item->place, item->length, "%s", item->message);
    }
    if (again.out_of_memory)
        diagnose_no_memory(diagnostics);
    diagnostics_free(&again);
}

void measures_run(struct measures *measures, struct plot *plot, const struct plot *constants, size_t first,
                  size_t count, struct diagnostics *diagnostics)
{
    struct trace trace = {measures, plot, constants, first, count, diagnostics};
    if (!name_all(measures))
        diagnose_no_memory(diagnostics);
    for (size_t f = 0; f < measures->formulas.count; f++)
        formula_bind(&measures->formulas.item[f], plot, constants, diagnostics);
    for (size_t m = 0; m < measures->count; m++)
        measures->item[m].failed = true; /* not yet measured */
    for (size_t m = 0; m < measures->count; m++) {
        struct measure *measure = &measures->item[m];
        size_t made = diagnostics->made;
        measure->is_told = measure->is_told && first > 0;
        if (measure->is_told)
            measure_again(&trace, measure);
        else
            measure_or_say(&trace, measure);
        measure->is_told |= diagnostics->made > made;
    }
}

void measures_free(struct measures *measures)
{
    formulas_free(&measures->formulas);
    free(measures->item);
    free(measures->named);
    names_free(&measures->names);
    *measures = (struct measures){0};
}
