#include "analysis/axes.h"

#include "analysis/lookup.h"
#include "analysis/vectors.h"
#include "elaborate/card_reader.h"
#include "netlist/cards.h"
#include "util/array.h"
#include "util/letters.h"
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double zero_celsius = 273.15; /* kelvin */
static const double most_points = 1e8;     /* of one axis */

enum spacing { SPACING_NONE, SPACING_LINEAR, SPACING_DECADE, SPACING_OCTAVE, SPACING_LIST };

struct reading {
    struct card_reader reader;
    const struct axes_scope *scope;
    struct diagnostics *diagnostics;
};

__attribute__((format(printf, 3, 4)))
static void fail(struct reading *reading, const struct arg *arg, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char text[200];
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    diagnose(reading->diagnostics, ERROR_SWEEP, arg->text, arg->length, "%s", text);
    reading->reader.failed = true;
}

/* No mistake yet, and memory. */
static bool is_going(const struct reading *reading)
{
    return !reading->reader.failed && !reading->diagnostics->out_of_memory;
}

/* ---- values ---- */

/* The values start, start + step, ... up to stop, added up as ngspice does it, with its allowance at the end: 1000 eps,
 * or half a step where that is less. Their number; at most `room` are stored. start = stop is one point. step must lead
 * to stop. */
static size_t linear_values(double start, double stop, double step, double shift, double *value, size_t room)
{
    double allowance = fmin(1000 * DBL_EPSILON, fabs(step) / 2);
    size_t count = 0;
    if (start == stop) {
        if (room > 0)
            value[0] = start;
        return 1;
    }
    for (double at = start + shift; !(copysign(1, step) * (at - shift - stop) > allowance); at += step, count++)
        if (count < room)
            value[count] = at - shift;
    return count;
}

static bool reserve(struct reading *reading, struct axis *axis, size_t count)
{
    axis->value = array_new(count, sizeof *axis->value);
    axis->count = axis->value ? count : 0;
    if (!axis->value)
        diagnose_no_memory(reading->diagnostics);
    return axis->value;
}

static void fill_linear(struct reading *reading, struct axis *axis, const struct arg *name, const struct arg *step_word,
                        const double number[3])
{
    double start = number[0], stop = number[1], step = number[2],
           shift = axis->kind == AXIS_TEMPERATURE ? zero_celsius : 0;
    if (start != stop && step == 0)
        fail(reading, step_word, "the step is 0: the sweep of %.*s would never end", (int)name->length, name->text);
    else if (start != stop && (stop > start) != (step > 0))
        fail(reading, step_word, "a step of %g does not lead from %g to %g", step, start, stop);
    else if (start != stop && !((stop - start) / step < most_points))
        fail(reading, step_word, "a step of %g makes %.3g points of %.*s: more than %g", step, (stop - start) / step,
             (int)name->length, name->text, most_points);
    else if (start != stop && (start + shift + step == start + shift || stop + shift - step == stop + shift))
        fail(reading, step_word, "a step of %g is lost in the rounding of %g", step, fmax(fabs(start), fabs(stop)));
    else if (reserve(reading, axis, linear_values(start, stop, step, shift, NULL, 0)))
        linear_values(start, stop, step, shift, axis->value, axis->count);
}

/* number: start, stop, points for each factor of `base`. */
static void fill_logarithmic(struct reading *reading, struct axis *axis, const struct arg *word, const double number[3],
                             double base)
{
    double start = number[0], stop = number[1], each = number[2];
    if (!(start > 0) || !(stop >= start)) {
        fail(reading, word, "a logarithmic sweep goes from a positive value to a larger one, not from %g to %g", start,
             stop);
        return;
    }
    if (!(each >= 1) || each != floor(each)) {
        fail(reading, word, "expected a whole number of points for each factor of %g, not %g", base, each);
        return;
    }
    double steps = floor(log(stop / start) / log(base) * each + 1e-9);
    if (!(steps < most_points)) {
        fail(reading, word, "%.3g points are more than %g", steps, most_points);
        return;
    }
    if (!reserve(reading, axis, (size_t)steps + 1))
        return;
    for (size_t k = 0; k < axis->count; k++)
        axis->value[k] = start * pow(base, (double)k / each);
}

static void fill_list(struct reading *reading, struct axis *axis)
{
    size_t capacity = 0;
    double number;
    const struct arg *next;
    while (!reading->reader.failed && (next = card_reader_peek(&reading->reader)) && next->kind != ARG_KEY &&
           card_reader_is_number(&reading->reader, next, &number)) {
        if (!array_reserve(&axis->value, &capacity, axis->count + 1, sizeof *axis->value)) {
            diagnose_no_memory(reading->diagnostics);
            return;
        }
        if (card_reader_number(&reading->reader, reading->diagnostics, "value", &number))
            axis->value[axis->count++] = number;
    }
    if (axis->count == 0 && !reading->reader.failed)
        card_reader_missing(&reading->reader, reading->diagnostics, "value after list");
}

/* ---- names ---- */

static enum spacing spacing_of(const struct arg *arg)
{
    static const char *const name[] = {
        [SPACING_LINEAR] = "lin", [SPACING_DECADE] = "dec", [SPACING_OCTAVE] = "oct", [SPACING_LIST] = "list"};
    for (enum spacing spacing = SPACING_LINEAR; arg && arg->kind == ARG_WORD && spacing <= SPACING_LIST; spacing++)
        if (arg_is(arg, name[spacing]))
            return spacing;
    return SPACING_NONE;
}

static enum spacing take_spacing(struct reading *reading)
{
    enum spacing spacing = spacing_of(card_reader_peek(&reading->reader));
    if (spacing != SPACING_NONE)
        card_reader_next(&reading->reader);
    return spacing;
}

static void set_parameter(struct reading *reading, struct axis *axis, const struct arg *name)
{
    axis->kind = AXIS_PARAMETER;
    axis->name = calloc(1, (size_t)name->length + 1);
    if (!axis->name)
        diagnose_no_memory(reading->diagnostics);
    for (uint32_t q = 0; axis->name && q < name->length; q++)
        axis->name[q] = lower(name->text[q]);
}

static bool is_parameter(const struct reading *reading, const struct arg *name, bool said_so)
{
    struct flat *flat = reading->scope->flat;
    double value;
    return flat ? flatten_parameter(flat, name->text, name->length, &value) : said_so;
}

/* As a parameter it is one of the netlist's own, where there is one. */
static bool is_temperature(const struct reading *reading, const struct arg *name, bool said_parameter)
{
    struct flat *flat = reading->scope->flat;
    if (!said_parameter)
        return arg_is(name, "temp");
    return (arg_is(name, "temp") || arg_is(name, "temper")) && flat && flatten_is_given(flat, name->text, name->length);
}

static void unknown(struct reading *reading, const struct arg *name, bool parameter)
{
    const struct names *elements = &reading->scope->circuit->elements;
    uint32_t nearest = parameter ? NAMES_NONE : names_nearest(elements, name->text, name->length);
    const char *near = nearest == NAMES_NONE ? NULL : elements->text[nearest];
    if (!near && reading->scope->flat)
        near = flatten_nearest_parameter(reading->scope->flat, name->text, name->length);
    fail(reading, name, "there is no %s %.*s to sweep%s%s%s", parameter ? "parameter" : "source, resistor or parameter",
         (int)name->length, name->text, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static void set_element(struct reading *reading, struct axis *axis, const struct arg *name, uint32_t element)
{
    const struct circuit *circuit = reading->scope->circuit;
    axis->element = element;
    switch ((enum element_kind)circuit->element[element].kind) {
    case ELEMENT_VSOURCE:
        axis->kind = AXIS_VSOURCE;
        return;
    case ELEMENT_ISOURCE:
        axis->kind = AXIS_ISOURCE;
        return;
    case ELEMENT_RESISTOR:
        axis->kind = AXIS_RESISTOR;
        return;
    case ELEMENT_SHORT:
        if (element_letter(circuit, element) != 'r')
            break;
        axis->kind = AXIS_RESISTOR;
        return;
    default:
        break;
    }
    fail(reading, name, "%.*s is neither a source nor a resistor: only these can be swept", (int)name->length,
         name->text);
}

/* [param] NAME */
static const struct arg *take_name(struct reading *reading, struct axis *axis)
{
    const struct arg *name = card_reader_next(&reading->reader);
    bool parameter = name && name->kind == ARG_WORD && arg_is(name, "param");
    if (parameter)
        name = card_reader_next(&reading->reader);
    if (!name || name->kind != ARG_WORD) {
        card_reader_missing(&reading->reader, reading->diagnostics,
                      parameter ? "parameter name" : "source, resistor, parameter or TEMP");
        return NULL;
    }
    uint32_t element =
        parameter ? NAMES_NONE : lookup_element(reading->scope->circuit, name->text, name->length);
    const struct arg *next = card_reader_peek(&reading->reader);
    if (element != NAMES_NONE)
        set_element(reading, axis, name, element);
    else if (is_temperature(reading, name, parameter))
        axis->kind = AXIS_TEMPERATURE;
    else if (is_parameter(reading, name, parameter))
        set_parameter(reading, axis, name);
    else if (!parameter && next && next->kind == ARG_GROUP && next->length > 0)
        fail(reading, name, "sweeps of a model's parameter (%.*s) are not supported by opspice", (int)next->length,
             next->text);
    else
        unknown(reading, name, parameter);
    return reading->reader.failed ? NULL : name;
}

/* ---- axes ---- */

/* No point may leave what the quantity can be. */
static void check_range(struct reading *reading, const struct axis *axis, const struct arg *name)
{
    double low = axis->kind == AXIS_TEMPERATURE ? -zero_celsius : -INFINITY;
    for (size_t k = 0; k < axis->count && !reading->reader.failed; k++) {
        if (!isfinite(axis->value[k]) || axis->value[k] <= low)
            fail(reading, name, "%.*s cannot be %g", (int)name->length, name->text, axis->value[k]);
    }
}

static void read_axis(struct reading *reading, struct axis *axis)
{
    static const char *const what[] = {"start value", "stop value", "step"};
    struct card_reader *reader = &reading->reader;
    enum spacing spacing = take_spacing(reading);
    const struct arg *name = take_name(reading, axis), *word = NULL;
    double number[3];
    if (!name || reading->diagnostics->out_of_memory)
        return;
    if (spacing == SPACING_NONE)
        spacing = take_spacing(reading);
    for (int q = 0; q < 3 && spacing != SPACING_LIST && !reader->failed; q++) {
        word = card_reader_peek(reader);
        card_reader_number(reader, reading->diagnostics, what[q], &number[q]);
    }
    if (reader->failed)
        return;
    if (spacing == SPACING_LIST)
        fill_list(reading, axis);
    else if (spacing == SPACING_DECADE || spacing == SPACING_OCTAVE)
        fill_logarithmic(reading, axis, word, number, spacing == SPACING_DECADE ? 10 : 2);
    else
        fill_linear(reading, axis, name, word, number);
    check_range(reading, axis, name);
}

static bool same_axis(const struct axis *p, const struct axis *q)
{
    if (p->kind != q->kind)
        return false;
    if (p->kind == AXIS_PARAMETER)
        return strcmp(p->name, q->name) == 0;
    return p->kind == AXIS_TEMPERATURE || p->element == q->element;
}

bool axes_read(struct axes *axes, const struct card *card, const struct axes_scope *scope,
               struct diagnostics *diagnostics)
{
    enum { MOST = 2 };
    struct reading reading = {.reader = card_reader_in(scope->flat, card), .scope = scope, .diagnostics = diagnostics};
    struct axis axis[MOST] = {{.value = NULL}};
    int most = card->kind == CARD_DC ? MOST : 1, count = 0;
    const struct arg *here = card->arg;
    while (is_going(&reading) && count < most && (count == 0 || (here = card_reader_peek(&reading.reader))))
        read_axis(&reading, &axis[count++]);
    if (is_going(&reading) && (here = card_reader_peek(&reading.reader)))
        fail(&reading, here, "%.*s: did not expect %.*s here", (int)card->arg->length, card->arg->text,
             (int)here->length, here->text);
    if (is_going(&reading) && count == MOST && same_axis(&axis[0], &axis[1]))
        fail(&reading, card->arg, "%.*s sweeps the same thing twice", (int)card->arg->length, card->arg->text);
    bool good = is_going(&reading) &&
                array_reserve(&axes->item, &axes->capacity, axes->count + (size_t)count, sizeof *axes->item);
    while (count-- > 0) { /* the second axis of a card is the outer one */
        if (good)
            axes->item[axes->count++] = axis[count];
        else
            axis_free(&axis[count]);
    }
    return !diagnostics->out_of_memory && (good || reading.reader.failed);
}

void axes_free(struct axes *axes)
{
    for (size_t a = 0; a < axes->count; a++)
        axis_free(&axes->item[a]);
    free(axes->item);
    *axes = (struct axes){0};
}
