/* Measurements from the words of a card. */
#include "analysis/measure.h"

#include "netlist/cards.h"
#include "util/array.h"
#include "util/letters.h"
#include <math.h>

struct reading {
    struct measures *measures;
    struct measure *measure;
    struct card_reader reader;
    const struct formula_scope *scope;
    struct diagnostics *diagnostics;
};

/* No mistake yet, and memory. */
static bool is_going(const struct reading *reading)
{
    return !reading->reader.failed && !reading->diagnostics->out_of_memory;
}

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
    if (!formulas_read_next(formulas, &reading->reader, limit, reading->scope, reading->diagnostics))
        diagnose_no_memory(reading->diagnostics);
    if (formulas->count != number + 1)
        reading->reader.failed = true;
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
    const struct arg *here = card_reader_peek(&reading->reader);
    const char *end = end_of_card(reading->reader.card);
    const char *equals = here ? find_equals(here->text, end) : NULL;
    if (!equals) {
        card_reader_missing(&reading->reader, reading->diagnostics, "condition such as v(out)=1");
        return;
    }
    meeting->y = take_formula(reading, equals);
    if (!reading->reader.failed)
        meeting->z = take_formula(reading, NULL);
}

/* Is a parameter of the netlist in the text? */
static bool names_parameter(const struct reading *reading, const struct arg *arg)
{
    struct flat *flat = reading->scope->flat;
    double value;
    for (uint32_t from = 0, to; flat && from < arg->length; from = to) {
        for (to = from;
             to < arg->length && (is_letter(arg->text[to]) || is_digit(arg->text[to]) || arg->text[to] == '_');)
            to++;
        if (to > from && !is_digit(arg->text[from]) && flatten_parameter(flat, arg->text + from, to - from, &value))
            return true;
        to += to == from;
    }
    return false;
}

/* The number that comes next. */
static bool take_number(struct reading *reading, const char *what, double *number)
{
    const struct arg *arg = card_reader_peek(&reading->reader);
    reading->measure->has_parameters |= arg && names_parameter(reading, arg);
    return card_reader_number(&reading->reader, reading->diagnostics, what, number);
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
        const struct arg *value = card_reader_peek(&reading->reader);
        double count = 0;
        meeting->sign = signs[s].sign;
        if (value && value->kind == ARG_WORD && arg_is(value, "last"))
            card_reader_next(&reading->reader);
        else if (take_number(reading, "number of the crossing", &count) &&
                 !(count >= 1 && count < 1e9)) {
            diagnose(reading->diagnostics, ERROR_MEASURE, key->text, key->length, "expected a count from 1, or last");
            reading->reader.failed = true;
        }
        meeting->count = reading->reader.failed ? 0 : (unsigned)count;
        return true;
    }
    return false;
}

/* The words behind a formula: at=, val=, from=, to=, td=, rise= and their like; `when`, `at x`. */
static void take_rest(struct reading *reading, struct meeting *meeting)
{
    struct measure *measure = reading->measure;
    struct card_reader *reader = &reading->reader;
    struct diagnostics *diagnostics = reading->diagnostics;
    const struct arg *arg;
    while (is_going(reading) && (arg = card_reader_peek(reader))) {
        if (measure->kind == MEASURE_TRIG_TARG && arg_is(arg, "targ"))
            return;
        card_reader_next(reader);
        if (arg_is(arg, "when") && meeting->y == MEASURE_NO_FORMULA && isnan(meeting->at)) {
            if (arg->kind == ARG_KEY) /* when=.. is no spelling of it */
                reader->failed = true;
            else
                take_equation(reading, meeting);
        } else if (arg_is(arg, "at")) {
            take_number(reading, "place", &meeting->at);
        } else if (arg_is(arg, "val")) {
            take_number(reading, "value", &meeting->c);
        } else if (arg_is(arg, "from")) {
            take_number(reading, "beginning", &measure->from);
        } else if (arg_is(arg, "to")) {
            take_number(reading, "end", &measure->to);
        } else if (arg_is(arg, "td")) {
            take_number(reading, "delay", &meeting->delay);
        } else if (!take_count(reading, arg, meeting)) {
            diagnose(diagnostics, ERROR_MEASURE, arg->text, arg->length ? arg->length : 1,
                     "%.*s is no part of a measurement here", (int)arg->length, arg->text);
            reader->failed = true;
        }
    }
}

static void require(struct reading *reading, const struct meeting *meeting, const char *what)
{
    bool determined = !isnan(meeting->at) ||
                      (meeting->y != MEASURE_NO_FORMULA && (meeting->z != MEASURE_NO_FORMULA || !isnan(meeting->c)));
    if (!reading->reader.failed && !determined)
        card_reader_missing(&reading->reader, reading->diagnostics, what);
}

/* Does y=z stand here, and not y and then val=c or its like? */
static bool is_equation(const struct arg *here, const char *end)
{
    static const char *const keys[] = {"val", "td", "rise", "fall", "cross", "at"};
    const char *equals = find_equals(here->text, end), *word = equals;
    while (word && word > here->text && is_letter(word[-1]))
        word--;
    struct arg key = {.text = word, .length = equals ? (uint32_t)(equals - word) : 0, .kind = ARG_WORD};
    for (size_t k = 0; equals && k < sizeof keys / sizeof *keys; k++) {
        if (arg_is(&key, keys[k]))
            return false;
    }
    return equals;
}

/* trig y val=c .. targ y val=c .., or trig at=x, or trig y=c. */
static void take_trigger(struct reading *reading, struct meeting *meeting)
{
    const struct arg *here = card_reader_peek(&reading->reader);
    if (here && is_equation(here, end_of_card(reading->reader.card)))
        take_equation(reading, meeting);
    else if (!here || !arg_is(here, "at"))
        meeting->y = take_formula(reading, NULL);
    take_rest(reading, meeting);
    require(reading, meeting, "value: val= or at=");
}

static void take_trig_targ(struct reading *reading)
{
    take_trigger(reading, &reading->measure->trig);
    if (!is_going(reading))
        return;
    const struct arg *targ = card_reader_next(&reading->reader);
    if (targ)
        take_trigger(reading, &reading->measure->targ);
    else
        card_reader_missing(&reading->reader, reading->diagnostics, "targ");
}

/* The values of those names in param= that are parameters of the netlist. False when memory is out. */
static bool find_parameters(struct reading *reading)
{
    struct measure *measure = reading->measure;
    const struct expression *expression = &measure->expression;
    struct flat *flat = reading->scope->flat;
    measure->parameter =
        arena_alloc(&reading->measures->formulas.arena, (expression->uses + 1) * sizeof *measure->parameter);
    for (size_t u = 0; measure->parameter && u < expression->uses; u++) {
        const struct expression_word name = expression->use[u].whole;
        measure->parameter[u] = NAN;
        if (flat && expression->use[u].kind == EXPRESSION_NAME)
            measure->has_parameters |= flatten_parameter(flat, name.text, name.length, &measure->parameter[u]);
    }
    return measure->parameter;
}

/* param='..' or eqn {..} */
static void take_param(struct reading *reading)
{
    static const struct expression_syntax syntax = {.language = EXPRESSION_VECTOR};
    const struct arg *value = card_reader_next(&reading->reader);
    if (!value) {
        card_reader_missing(&reading->reader, reading->diagnostics, "expression");
        return;
    }
    const char *end = value->kind == ARG_EXPRESSION || value->kind == ARG_STRING ? value->text + value->length
                                                                                  : end_of_card(reading->reader.card);
    enum expression_status status =
        expression_compile(&reading->measure->expression, &syntax,
                           (struct expression_word){value->text, (size_t)(end - value->text)},
                           &reading->measures->formulas.arena, reading->diagnostics);
    if (status == EXPRESSION_NO_MEMORY || (status == EXPRESSION_OK && !find_parameters(reading)))
        diagnose_no_memory(reading->diagnostics);
    reading->reader.failed |= status != EXPRESSION_OK || reading->diagnostics->out_of_memory;
}

static void take_kind(struct reading *reading)
{
    struct measure *measure = reading->measure;
    const struct arg *word = card_reader_next(&reading->reader);
    size_t s = 0, count = sizeof spellings / sizeof *spellings;
    while (word && s < count && !arg_is(word, spellings[s].word))
        s++;
    if (!word || s == count) {
        if (word)
            reading->reader.at--;
        card_reader_missing(&reading->reader, reading->diagnostics,
                      "find, when, max, min, avg, rms, pp, integ, deriv, trig or param");
        return;
    }
    measure->kind = spellings[s].kind;
    switch (measure->kind) {
    case MEASURE_PARAM: take_param(reading); return;
    case MEASURE_TRIG_TARG: take_trig_targ(reading); return;
    case MEASURE_WHEN: take_equation(reading, &measure->targ); break;
    default: measure->y = take_formula(reading, NULL);
    }
    if (is_going(reading))
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
    struct reading reading = {
        .measures = measures, .reader = card_reader_in(scope->flat, card), .scope = scope, .diagnostics = diagnostics};
    const struct arg *name = card_reader_next(&reading.reader);
    if (name && arg_is(name, "dc") && name->kind == ARG_WORD)
        name = card_reader_next(&reading.reader);
    if (!name) {
        card_reader_missing(&reading.reader, diagnostics, "name");
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
    measures->count += !reading.reader.failed;
    return !diagnostics->out_of_memory;
}

/* The numbers of a measurement that may be those of parameters. */
static void take_over(struct measure *measure, const struct measure *fresh)
{
    struct meeting *const old[] = {&measure->trig, &measure->targ};
    const struct meeting *const now[] = {&fresh->trig, &fresh->targ};
    for (int q = 0; q < 2; q++) {
        old[q]->at = now[q]->at;
        old[q]->c = now[q]->c;
        old[q]->count = now[q]->count;
        old[q]->delay = now[q]->delay;
    }
    measure->from = fresh->from;
    measure->to = fresh->to;
    for (size_t u = 0; measure->kind == MEASURE_PARAM && u < measure->expression.uses; u++)
        measure->parameter[u] = fresh->parameter[u];
}

/* Is the measurement of this card? */
static bool is_of(const struct measure *measure, const struct card *card)
{
    bool is = false;
    for (uint32_t a = 1; card->kind == CARD_MEASURE && a < card->count && a <= 2; a++)
        is |= card->arg[a].text == measure->place;
    return is;
}

bool measures_renew(struct measures *measures, const struct netlist *netlist, const struct formula_scope *scope)
{
    struct diagnostics unheard = {.warned = true};
    bool done = true;
    for (size_t m = 0, c = 0; done && m < measures->count; m++) {
        struct measures fresh = {0};
        if (!measures->item[m].has_parameters)
            continue;
        while (c < netlist->count && !is_of(&measures->item[m], &netlist->card[c]))
            c++;
        done = c == netlist->count || measures_read(&fresh, &netlist->card[c], scope, &unheard);
        if (done && fresh.count > 0)
            take_over(&measures->item[m], &fresh.item[0]);
        measures_free(&fresh);
    }
    diagnostics_free(&unheard);
    return done;
}

bool measures_need(const struct measures *measures, struct vectors *vectors)
{
    for (size_t f = 0; f < measures->formulas.count; f++) {
        if (!formula_needs(&measures->formulas.item[f], vectors))
            return false;
    }
    return true;
}
