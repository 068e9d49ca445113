#include "elaborate/waveform.h"

#include "netlist/cards.h"
#include <math.h>
#include <string.h>

enum { WAVEFORM_ARGS = 8 };

/* The value at t = 0 of a transient function with its first arguments p[0..n); missing ones are 0. NAN: that depends on
 * the length of a transient analysis. A delay below 0 means that the function has begun before.
 * Source: the ngspice 39 manual, section 4.1, and its vsrc. At an operating point its tstep is 0. */
struct waveform {
    const char *name;
    int required;
    double (*at_zero)(const double p[WAVEFORM_ARGS]);
};

static const double pi = 3.14159265358979323846, radians = 3.14159265358979323846 / 180;

/* V1 V2 TD TR TF PW PER NP; no PW and no PER: for ever. */
static double pulse(const double *p)
{
    double t = -p[2], rise = p[3], fall = p[4], width = p[5] != 0 ? p[5] : INFINITY;
    double period = p[6] != 0 ? p[6] : INFINITY, end = p[7] > 0 ? p[7] * period : INFINITY;
    if (t > end)
        return p[0];
    if (t > period)
        t -= period * floor(t / period);
    if (t <= 0 || t >= rise + width + fall)
        return p[0];
    if (t < rise)
        return p[0] + (p[1] - p[0]) * t / rise;
    return t <= rise + width ? p[1] : p[1] + (p[0] - p[1]) * (t - rise - width) / fall;
}

/* VO VA FREQ TD THETA PHASE */
static double sine(const double *p)
{
    double t = -p[3], phase = p[5] * radians;
    if (t <= 0)
        return p[0] + p[1] * sin(phase);
    return p[2] == 0 ? NAN : p[0] + p[1] * sin(p[2] * t * 2 * pi + phase) * exp(-t * p[4]);
}

/* V1 V2 TD1 TAU1 TD2 TAU2 */
static double exponential(const double *p)
{
    double td1 = p[2], td2 = p[4] != 0 ? p[4] : td1, value = p[0];
    if (td1 < 0)
        value += (p[1] - p[0]) * (1 - exp(td1 / p[3]));
    if (td1 < 0 && td2 < 0)
        value += (p[0] - p[1]) * (1 - exp(td2 / p[5]));
    return value;
}

static double frequency_modulated(const double *p)
{
    return p[0] + p[1] * sin(p[5] * radians + p[3] * sin(p[6] * radians));
}

/* VA VO MF FC TD, and the phase is the seventh: ngspice has no use for the sixth. */
static double amplitude_modulated(const double *p)
{
    double t = -p[4], phase = p[6] * radians;
    if (t <= 0)
        return 0;
    return p[2] == 0 || p[3] == 0
               ? NAN
               : p[0] * (p[1] + sin(2 * pi * p[2] * t + phase)) * sin(2 * pi * p[3] * t + phase);
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
    {"pulse", 2, pulse}, {"sin", 2, sine}, {"sine", 2, sine}, {"exp", 2, exponential},
    {"sffm", 2, frequency_modulated}, {"am", 2, amplitude_modulated}, {"trnoise", 1, zero},
    {"trrandom", 2, random_offset}, {"pwl", 2, NULL}, {NULL, 0, NULL}};

static const struct waveform *find_waveform(const struct arg *arg)
{
    for (const struct waveform *w = waveforms; w->name; w++)
        if (arg_is(arg, w->name))
            return w;
    return NULL;
}

static bool says_nothing_about_dc(const struct arg *arg)
{
    static const char *const names[] = {"ac", "distof1", "distof2", "pwr", "freq", "phase", "cpar", NULL};
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

/* What a source's card says. */
struct source_card {
    double dc, at_zero; /* V or A; dc: NAN where it is not said */
    uint32_t pwl;       /* where the points of a piecewise linear function begin; 0: there are none */
    double td, r;       /* of that function: its delay, and where it begins again, s; r: NAN, it does not */
    double portnum, z0; /* of a port: its number and its resistance, ohm; NAN: not said */
    double m, rser, rpar;
};

/* The next point of a piecewise linear function, its time and value. False where there is none, or it is wrong. */
static bool take_point(struct card_reader *reader, struct diagnostics *diagnostics, double point[2])
{
    const struct arg *next = card_reader_peek(reader);
    double t;
    return next && is_value(reader, next, &t) && card_reader_number(reader, diagnostics, "time", &point[0]) &&
           card_reader_number(reader, diagnostics, "value", &point[1]);
}

/* Points t1 v1 t2 v2 ...: pass over them. */
static bool pass_points(struct card_reader *reader, struct diagnostics *diagnostics)
{
    double point[2], before = -INFINITY;
    const struct arg *next = card_reader_peek(reader);
    bool have = false;
    while (take_point(reader, diagnostics, point)) {
        if (point[0] < before) {
            diagnose(diagnostics, ERROR_WAVEFORM, next->text, next->length,
                     "the times of a pwl source must not decrease");
            reader->failed = true;
        }
        before = point[0];
        have = true;
        next = card_reader_peek(reader);
    }
    if (!have && !reader->failed)
        card_reader_missing(reader, diagnostics, "time and value");
    return !reader->failed;
}

/* The value at t = 0 of those points, that of the first or last one outside. */
static double piecewise_linear(const struct card_reader *reader, struct diagnostics *diagnostics,
                               const struct source_card *source)
{
    struct card_reader points = *reader;
    double t = -source->td, last = 0, point[2], before[2] = {-INFINITY, 0};
    points.at = source->pwl;
    while (take_point(&points, diagnostics, point))
        last = point[0];
    if (t > last && source->r < last)
        t = source->r + fmod(t - source->r, last - source->r);
    points.at = source->pwl;
    while (take_point(&points, diagnostics, point)) {
        if (point[0] >= t && isfinite(before[0]) && point[0] > before[0])
            return before[1] + (t - before[0]) / (point[0] - before[0]) * (point[1] - before[1]);
        if (point[0] >= t)
            return point[1];
        memcpy(before, point, sizeof before);
    }
    return before[1];
}

/* The arguments of a waveform, and its value. */
static bool evaluate(const struct waveform *waveform, struct card_reader *reader, struct diagnostics *diagnostics,
                     struct source_card *source)
{
    double p[WAVEFORM_ARGS] = {0}, extra;
    int n = 0;
    const struct arg *name = &reader->card->arg[reader->at - 1], *next;
    if (!waveform->at_zero) {
        source->pwl = reader->at;
        return pass_points(reader, diagnostics);
    }
    while ((next = card_reader_peek(reader)) && is_value(reader, next, &extra)) {
        if (!card_reader_number(reader, diagnostics, waveform->name, n < WAVEFORM_ARGS ? &p[n] : &extra))
            return false;
        n++;
    }
    if (n < waveform->required) {
        card_reader_missing(reader, diagnostics, "further value");
        return false;
    }
    source->at_zero = waveform->at_zero(p);
    if (!isnan(source->at_zero))
        return true;
    diagnose(diagnostics, ERROR_WAVEFORM, name->text, name->length,
             "%.*s: with this delay the value at t = 0 depends on a frequency that is not there", reader->name_length,
             reader->name);
    reader->failed = true;
    return false;
}

/* AC [magnitude [phase]], DISTOF1, DISTOF2 and what a port says of its power: numbers that are passed over. */
static void skip_numbers(struct card_reader *reader)
{
    double ignored;
    const struct arg *next;
    while ((next = card_reader_peek(reader)) && is_value(reader, next, &ignored))
        card_reader_next(reader);
}

/* The number behind a word that may say none. */
static void take_number(struct card_reader *reader, struct diagnostics *diagnostics, const char *what, double *number)
{
    double unused;
    if (is_value(reader, card_reader_peek(reader), &unused))
        card_reader_number(reader, diagnostics, what, number);
}

/* One of what may follow the nodes and a bare value, in any order. */
static void take_part(struct card_reader *reader, struct diagnostics *diagnostics, const struct arg *arg,
                      struct source_card *source)
{
    const struct {
        const char *name;
        double *number;
        bool is_key;
    } numbers[] = {{"td", &source->td, false}, {"r", &source->r, false}, {"portnum", &source->portnum, false},
                   {"z0", &source->z0, false}, {"m", &source->m, true},  {"rser", &source->rser, true},
                   {"rpar", &source->rpar, true}};
    const struct waveform *waveform = find_waveform(arg);
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
        if (arg_is(arg, numbers[n].name) && (arg->kind == ARG_KEY || !numbers[n].is_key)) {
            take_number(reader, diagnostics, numbers[n].name, numbers[n].number);
            return;
        }
    if (arg_is(arg, "dc")) {
        source->dc = 0;
        take_number(reader, diagnostics, "DC value", &source->dc);
    } else if (says_nothing_about_dc(arg)) {
        skip_numbers(reader);
    } else if (waveform) {
        evaluate(waveform, reader, diagnostics, source);
    } else {
        reader->at--;
        card_reader_missing(reader, diagnostics, "DC value, AC or a transient function");
    }
}

bool source_read(struct card_reader *reader, struct diagnostics *diagnostics, struct source_values *source)
{
    const double usual_z0 = 50; /* ohm */
    struct source_card card = {.dc = NAN, .r = NAN, .portnum = NAN, .z0 = NAN, .m = 1, .rpar = INFINITY};
    const struct arg *arg = card_reader_peek(reader);
    double bare = NAN; /* counts, whatever DC says */
    if (is_value(reader, arg, &bare) && !card_reader_number(reader, diagnostics, "value", &bare))
        return false;
    while (!reader->failed && (arg = card_reader_next(reader)))
        take_part(reader, diagnostics, arg, &card);
    if (reader->failed)
        return false;
    if (card.pwl > 0)
        card.at_zero = piecewise_linear(reader, diagnostics, &card);
    if (!isnan(bare))
        card.dc = bare;
    *source = (struct source_values){
        .value = isnan(card.dc) ? card.at_zero : card.dc, .rser = card.rser, .rpar = card.rpar, .m = card.m};
    if (reader->card->kind == CARD_I)
        source->value *= card.m;
    else if (!isnan(card.portnum) && !(card.z0 <= 0))
        source->rser += isnan(card.z0) ? usual_z0 : card.z0;
    return true;
}
