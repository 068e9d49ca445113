#include "analysis/measure.h"

#include "util/array.h"
#include "util/letters.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

struct reading {
    struct measures *measures;
    struct measure *measure;
    struct words words;
    const struct formula_scope *scope;
    struct diagnostics *diagnostics;
    bool no_memory;
};

static const struct spelling {
    const char *word;
    enum measure_kind kind;
} spellings[] = {
    {"find", MEASURE_FIND},     {"when", MEASURE_WHEN},     {"deriv", MEASURE_DERIV},   {"derivative", MEASURE_DERIV},
    {"max", MEASURE_MAX},       {"min", MEASURE_MIN},       {"max_at", MEASURE_MAX_AT}, {"min_at", MEASURE_MIN_AT},
    {"pp", MEASURE_PP},         {"avg", MEASURE_AVG},       {"rms", MEASURE_RMS},       {"integ", MEASURE_INTEG},
    {"integral", MEASURE_INTEG}, {"trig", MEASURE_TRIG_TARG}, {"param", MEASURE_PARAM},  {"eqn", MEASURE_PARAM},
};

static size_t take_formula(struct reading *reading, const char *limit)
{
    struct formulas *formulas = &reading->measures->formulas;
    size_t number = formulas->count;
    if (!formulas_read_next(formulas, &reading->words, limit, reading->scope, reading->diagnostics))
        reading->no_memory = true;
    if (formulas->count != number + 1)
        reading->words.failed = true;
    return number;
}

/* The `=` of `y=z`: the first outside of parentheses and quotes; NULL where there is none. */
static const char *find_equals(const char *from, const char *end)
{
    int depth = 0;
    for (; from < end; from++) {
        depth += (*from == '(') - (*from == ')');
        if (depth == 0 && *from == '=')
            return from;
    }
    return NULL;
}

static const char *end_of_card(const struct card *card)
{
    const struct arg *last = &card->arg[card->count - 1];
    return last->text + last->length;
}

/* y=z of `when`. */
static void take_equation(struct reading *reading, struct meeting *meeting)
{
    const struct arg *here = words_peek(&reading->words);
    const char *end = end_of_card(reading->words.card);
    const char *equals = here ? find_equals(here->text, end) : NULL;
    if (!equals) {
        words_missing(&reading->words, reading->diagnostics, "condition such as v(out)=1");
        return;
    }
    meeting->y = take_formula(reading, equals);
    if (!reading->words.failed)
        meeting->z = take_formula(reading, NULL);
}

/* rise=n, fall=n, cross=n or last. False when the key is none of them. */
static bool take_count(struct reading *reading, const struct arg *key, struct meeting *meeting)
{
    static const struct {
        const char *word;
        int sign;
    } signs[] = {{"rise", 1}, {"fall", -1}, {"cross", 0}};
    for (size_t s = 0; s < sizeof signs / sizeof *signs; s++) {
        if (!arg_is(key, signs[s].word))
            continue;
        const struct arg *value = words_peek(&reading->words);
        double count = 0;
        meeting->sign = signs[s].sign;
        if (value && value->kind == ARG_WORD && arg_is(value, "last"))
            words_next(&reading->words);
        else if (words_number(&reading->words, reading->diagnostics, "number of the crossing", &count) &&
                 !(count >= 1 && count < 1e9)) {
            diagnose(reading->diagnostics, SEVERITY_ERROR, key->text, key->length, "expected a count from 1, or last");
            reading->words.failed = true;
        }
        meeting->count = (unsigned)count;
        return true;
    }
    return false;
}

/* The words behind a formula: at=, val=, from=, to=, td=, rise= and their like; `when`, `at x`. */
static void take_rest(struct reading *reading, struct meeting *meeting)
{
    struct measure *measure = reading->measure;
    struct words *words = &reading->words;
    struct diagnostics *diagnostics = reading->diagnostics;
    const struct arg *arg;
    while (!words->failed && !reading->no_memory && (arg = words_peek(words))) {
        if (measure->kind == MEASURE_TRIG_TARG && arg_is(arg, "targ"))
            return;
        words_next(words);
        if (arg_is(arg, "when") && meeting->y == MEASURE_NO_FORMULA && isnan(meeting->at)) {
            if (arg->kind == ARG_KEY) /* when=.. is no spelling of it */
                words->failed = true;
            else
                take_equation(reading, meeting);
        } else if (arg_is(arg, "at")) {
            words_number(words, diagnostics, "place", &meeting->at);
        } else if (arg_is(arg, "val")) {
            words_number(words, diagnostics, "value", &meeting->c);
        } else if (arg_is(arg, "from")) {
            words_number(words, diagnostics, "beginning", &measure->from);
        } else if (arg_is(arg, "to")) {
            words_number(words, diagnostics, "end", &measure->to);
        } else if (arg_is(arg, "td")) {
            words_number(words, diagnostics, "delay", &meeting->delay);
        } else if (!take_count(reading, arg, meeting)) {
            diagnose(diagnostics, SEVERITY_ERROR, arg->text, arg->length ? arg->length : 1,
                     "%.*s is no part of a measurement here", (int)arg->length, arg->text);
            words->failed = true;
        }
    }
}

static void require(struct reading *reading, const struct meeting *meeting, const char *what)
{
    bool determined = !isnan(meeting->at) ||
                      (meeting->y != MEASURE_NO_FORMULA && (meeting->z != MEASURE_NO_FORMULA || !isnan(meeting->c)));
    if (!reading->words.failed && !determined)
        words_missing(&reading->words, reading->diagnostics, what);
}

/* trig y val=c .. targ y val=c .., or trig at=x. */
static void take_trigger(struct reading *reading, struct meeting *meeting)
{
    const struct arg *here = words_peek(&reading->words);
    if (!here || !arg_is(here, "at"))
        meeting->y = take_formula(reading, NULL);
    take_rest(reading, meeting);
    require(reading, meeting, "value: val= or at=");
}

static void take_trig_targ(struct reading *reading)
{
    take_trigger(reading, &reading->measure->trig);
    if (reading->words.failed || reading->no_memory)
        return;
    const struct arg *targ = words_next(&reading->words);
    if (targ)
        take_trigger(reading, &reading->measure->targ);
    else
        words_missing(&reading->words, reading->diagnostics, "targ");
}

/* param='..' or eqn {..} */
static void take_param(struct reading *reading)
{
    static const struct expression_syntax syntax = {.language = EXPRESSION_VECTOR};
    const struct arg *value = words_next(&reading->words);
    if (!value) {
        words_missing(&reading->words, reading->diagnostics, "expression");
        return;
    }
    const char *end = value->kind == ARG_EXPRESSION || value->kind == ARG_STRING ? value->text + value->length
                                                                                  : end_of_card(reading->words.card);
    enum expression_status status =
        expression_compile(&reading->measure->expression, &syntax,
                           (struct expression_word){value->text, (size_t)(end - value->text)},
                           &reading->measures->formulas.arena, reading->diagnostics);
    reading->no_memory |= status == EXPRESSION_NO_MEMORY;
    reading->words.failed |= status != EXPRESSION_OK;
}

static void take_kind(struct reading *reading)
{
    struct measure *measure = reading->measure;
    const struct arg *word = words_next(&reading->words);
    size_t s = 0, count = sizeof spellings / sizeof *spellings;
    while (word && s < count && !arg_is(word, spellings[s].word))
        s++;
    if (!word || s == count) {
        if (word)
            reading->words.at--;
        words_missing(&reading->words, reading->diagnostics, "find, when, max, min, avg, rms, pp, integ, deriv, trig or param");
        return;
    }
    measure->kind = spellings[s].kind;
    switch (measure->kind) {
    case MEASURE_PARAM: take_param(reading); return;
    case MEASURE_TRIG_TARG: take_trig_targ(reading); return;
    case MEASURE_WHEN: take_equation(reading, &measure->targ); break;
    default: measure->y = take_formula(reading, NULL);
    }
    if (!reading->words.failed && !reading->no_memory)
        take_rest(reading, &measure->targ);
    if (measure->kind == MEASURE_FIND || measure->kind == MEASURE_DERIV)
        require(reading, &measure->targ, "place: at=, or when");
}

static const char *lower_name(struct arena *arena, const struct arg *arg)
{
    char *name = arena_text(arena, arg->text, arg->length);
    for (char *at = name; name && *at; at++)
        *at = lower(*at);
    return name;
}

bool measures_read(struct measures *measures, const struct card *card, const struct formula_scope *scope,
                   struct diagnostics *diagnostics)
{
    const struct meeting nowhere = {NAN, MEASURE_NO_FORMULA, MEASURE_NO_FORMULA, NAN, 0, 1, -INFINITY};
    struct reading reading = {.measures = measures, .words = words_of(card), .scope = scope, .diagnostics = diagnostics};
    const struct arg *name = words_next(&reading.words);
    if (name && arg_is(name, "dc") && name->kind == ARG_WORD)
        name = words_next(&reading.words);
    if (!name) {
        words_missing(&reading.words, diagnostics, "name");
        return true;
    }
    if (!array_reserve(&measures->item, &measures->capacity, measures->count + 1, sizeof *measures->item))
        return false;
    reading.measure = &measures->item[measures->count];
    *reading.measure = (struct measure){.place = name->text, .length = name->length, .y = MEASURE_NO_FORMULA,
                                        .trig = nowhere, .targ = nowhere, .from = -INFINITY, .to = INFINITY,
                                        .name = lower_name(&measures->formulas.arena, name)};
    if (!reading.measure->name)
        return false;
    take_kind(&reading);
    measures->count += !reading.words.failed;
    return !reading.no_memory;
}

bool measures_need(const struct measures *measures, struct vectors *vectors)
{
    for (size_t f = 0; f < measures->formulas.count; f++) {
        if (!formula_needs(&measures->formulas.item[f], vectors))
            return false;
    }
    return true;
}

/* ---- measuring ---- */

struct trace {
    struct measures *measures;
    const struct plot *plot;
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
    return trace->count == 1 && x_of(trace, 0) == x;
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
static bool find_meeting(const struct trace *trace, const struct measure *measure, const struct meeting *meeting, size_t *at,
                         double *share)
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

/* max, min, pp and their like; avg, rms, integ. False when no point is in the window. */
static bool measure_window(const struct trace *trace, struct measure *measure)
{
    double most = -INFINITY, least = INFINITY, most_at = NAN, least_at = NAN;
    double sum = 0, squares = 0, x_first = NAN, x_last = NAN, y_last = NAN;
    for (size_t k = 0; k < trace->count; k++) {
        double x = x_of(trace, k);
        if (x < measure->from || x > measure->to)
            continue;
        double y = y_of(trace, measure->y, k);
        if (y > most)
            most = y, most_at = x;
        if (y < least)
            least = y, least_at = x;
        if (isnan(x_first)) {
            x_first = x;
        } else {
            sum += (x - x_last) * (y + y_last) / 2;
            squares += (x - x_last) * (y * y + y * y_last + y_last * y_last) / 3;
        }
        x_last = x;
        y_last = y;
    }
    double width = x_last - x_first;
    measure->first = x_first;
    measure->second = x_last;
    switch (measure->kind) {
    case MEASURE_MAX: measure->value = most; measure->first = most_at; break;
    case MEASURE_MIN: measure->value = least; measure->first = least_at; break;
    case MEASURE_MAX_AT: measure->value = most_at; break;
    case MEASURE_MIN_AT: measure->value = least_at; break;
    case MEASURE_PP: measure->value = most - least; break;
    case MEASURE_AVG: measure->value = width != 0 ? sum / width : y_last; break;
    case MEASURE_RMS: measure->value = width != 0 ? sqrt(squares / width) : fabs(y_last); break;
    default: measure->value = sum; break; /* MEASURE_INTEG */
    }
    return !isnan(x_first);
}

/* The scope of param=: the measurements made so far, then the plot's own vectors. */
static enum expression_answer find_measured(void *data, const struct expression_use *use, double *value)
{
    const struct trace *trace = data;
    const struct measures *measures = trace->measures;
    const struct arg word = {.text = use->whole.text, .length = (uint32_t)use->whole.length, .kind = ARG_WORD};
    for (size_t m = 0; m < measures->count; m++) {
        if (arg_is(&word, measures->item[m].name)) {
            *value = measures->item[m].value;
            return measures->item[m].failed ? EXPRESSION_FAILED : EXPRESSION_KNOWN;
        }
    }
    uint32_t own = plot_find_own(trace->plot, word.text, word.length);
    if (own == NAMES_NONE)
        return EXPRESSION_UNKNOWN;
    *value = trace->plot->own[own].value[0];
    return EXPRESSION_KNOWN;
}

static bool measure_param(struct trace *trace, struct measure *measure)
{
    const struct expression_scope scope = {.value = find_measured, .data = trace};
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
        measure->value = (y_of(trace, measure->y, k + 1) - y_of(trace, measure->y, k)) / (x_of(trace, k + 1) - x_of(trace, k));
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

void measures_run(struct measures *measures, struct plot *plot, size_t first, size_t count,
                  struct diagnostics *diagnostics)
{
    struct trace trace = {measures, plot, first, count, diagnostics};
    for (size_t f = 0; f < measures->formulas.count; f++)
        formula_bind(&measures->formulas.item[f], plot, NULL, diagnostics);
    for (size_t m = 0; m < measures->count; m++)
        measures->item[m].failed = true; /* not yet measured */
    for (size_t m = 0; m < measures->count; m++) {
        struct measure *measure = &measures->item[m];
        size_t errors = diagnostics->errors;
        measure->failed = !measure_one(&trace, measure) || !isfinite(measure->value);
        if (measure->failed && diagnostics->errors == errors)
            diagnose(diagnostics, SEVERITY_WARNING, measure->place, measure->length,
                     "%s failed: what it asks for does not occur in the sweep", measure->name);
    }
}

void measures_free(struct measures *measures)
{
    formulas_free(&measures->formulas);
    free(measures->item);
    *measures = (struct measures){0};
}
