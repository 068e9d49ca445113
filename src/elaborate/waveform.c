#include "elaborate/waveform.h"

#include "netlist/cards.h"
#include <math.h>
#include <string.h>

enum { WAVEFORM_ARGS = 8 };

/* The value at t = 0 of a transient function with its first arguments p[0..n); missing ones are 0.
 * Source: the ngspice 39 manual, section 4.1, and its bsource. */
struct waveform {
    const char *name;
    int required;
    double (*at_zero)(const double p[WAVEFORM_ARGS]);
};

static const double radians = 3.14159265358979323846 / 180;

static double first(const double *p)
{
    return p[0];
}

static double sine(const double *p)
{
    return p[0] + p[1] * sin(p[5] * radians);
}

static double frequency_modulated(const double *p)
{
    return p[0] + p[1] * sin(p[5] * radians + p[3] * sin(p[6] * radians));
}

static double zero(const double *p)
{
    (void)p;
    return 0;
}

static double random_offset(const double *p)
{
    return p[4];
}

static const struct waveform waveforms[] = {
    {"pulse", 2, first}, {"sin", 2, sine}, {"sine", 2, sine},   {"exp", 2, first},
    {"sffm", 2, frequency_modulated},      {"am", 2, zero},     {"trnoise", 1, zero},
    {"trrandom", 2, random_offset},        {"pwl", 2, NULL},    {NULL, 0, NULL}};

static const struct waveform *find_waveform(const struct arg *arg)
{
    for (const struct waveform *w = waveforms; w->name; w++)
        if (arg_is(arg, w->name))
            return w;
    return NULL;
}

static bool says_nothing_about_dc(const struct arg *arg)
{
    static const char *const names[] = {"ac", "distof1", "distof2", "r", "td", "portnum", "z0", NULL};
    for (int n = 0; names[n]; n++)
        if (arg_is(arg, names[n]))
            return true;
    return false;
}

/* A word that begins something else, though there may be a parameter of that name. */
static bool is_keyword(const struct arg *arg)
{
    return arg_is(arg, "dc") || arg_is(arg, "ac") || arg_is(arg, "distof1") || arg_is(arg, "distof2") ||
           find_waveform(arg);
}

/* A number, an expression or the name of a parameter. */
static bool is_value(const struct card_reader *reader, const struct arg *arg, double *value)
{
    return arg && arg->kind != ARG_KEY && (arg->kind == ARG_EXPRESSION || !is_keyword(arg)) &&
           card_reader_is_number(reader, arg, value);
}

/* Points t1 v1 t2 v2 ...: the value at t = 0, the first or last one outside. */
static bool piecewise_linear(struct card_reader *reader, struct diagnostics *diagnostics, double *value)
{
    double t0 = 0, v0 = 0, t, v;
    bool have = false, found = false;
    const struct arg *next;
    while ((next = card_reader_peek(reader)) && is_value(reader, next, &t)) {
        if (!card_reader_number(reader, diagnostics, "time", &t) ||
            !card_reader_number(reader, diagnostics, "value", &v))
            return false;
        if (have && t < t0) {
            diagnose(diagnostics, ERROR_WAVEFORM, next->text, next->length,
                     "the times of a pwl source must not decrease");
            reader->failed = true;
            return false;
        }
        if (!found && t >= 0) {
            *value = have && t > t0 ? v0 + (0 - t0) / (t - t0) * (v - v0) : v;
            found = true;
        }
        t0 = t, v0 = v, have = true;
    }
    if (!found)
        *value = v0;
    if (!have)
        card_reader_missing(reader, diagnostics, "time and value");
    return have;
}

static bool evaluate(const struct waveform *waveform, struct card_reader *reader, struct diagnostics *diagnostics,
                     double *value)
{
    double p[WAVEFORM_ARGS] = {0}, extra;
    int n = 0;
    const struct arg *next;
    if (!waveform->at_zero)
        return piecewise_linear(reader, diagnostics, value);
    while ((next = card_reader_peek(reader)) && is_value(reader, next, &extra)) {
        if (!card_reader_number(reader, diagnostics, waveform->name, n < WAVEFORM_ARGS ? &p[n] : &extra))
            return false;
        n++;
    }
    if (n < waveform->required) {
        card_reader_missing(reader, diagnostics, "further value");
        return false;
    }
    *value = waveform->at_zero(p);
    return true;
}

/* AC [magnitude [phase]] and DISTOF1, DISTOF2, r=, td= say nothing about DC: their numbers are passed over. */
static void skip_numbers(struct card_reader *reader)
{
    double ignored;
    const struct arg *next;
    while ((next = card_reader_peek(reader)) && is_value(reader, next, &ignored))
        card_reader_next(reader);
}

bool source_value(struct card_reader *reader, struct diagnostics *diagnostics, double *value)
{
    double dc = NAN, at_zero = 0, m = 1;
    const struct arg *arg = card_reader_peek(reader);
    if (is_value(reader, arg, &dc) && !card_reader_number(reader, diagnostics, "value", &dc))
        return false;
    while (!reader->failed && (arg = card_reader_next(reader))) {
        const struct waveform *waveform = find_waveform(arg);
        if (arg_is(arg, "dc"))
            card_reader_number(reader, diagnostics, "DC value", &dc);
        else if (arg_is(arg, "m") && arg->kind == ARG_KEY)
            card_reader_number(reader, diagnostics, "multiplier", &m);
        else if (says_nothing_about_dc(arg))
            skip_numbers(reader);
        else if (waveform && !evaluate(waveform, reader, diagnostics, &at_zero))
            return false;
        else if (!waveform) {
            reader->at--;
            card_reader_missing(reader, diagnostics, "DC value, AC or a transient function");
        }
    }
    *value = isnan(dc) ? at_zero : dc;
    if (reader->card->kind == CARD_I)
        *value *= m;
    return !reader->failed;
}
