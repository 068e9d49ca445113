#include "elaborate/resistors.h"

#include "elaborate/card_reader.h"
#include "elaborate/models.h"
#include "elaborate/sources.h"
#include "laws/given.h"
#include "util/letters.h"
#include <math.h>

/* What a resistor's card says. */
struct resistance {
    double before; /* ohm: what stands before the model's name, which the model's `resistance` replaces */
    double value, l, w, scale, m, tc[2], tce, temp, dtemp; /* ohm, m, m, 1, 1, 1/K and 1/K^2, %/K, Celsius, K;
                                                            * NAN: not said */
    double tnom;             /* where it was measured, Celsius */
    const struct arg *model; /* its name, or NULL */
    struct flat_model found;
};

static bool begins_number(const struct arg *arg)
{
    char first = *arg->text;
    return is_digit(first) || first == '.' || first == '-' || first == '+' || first == '{';
}

/* 1%: how far the resistance may be off. */
static bool is_tolerance(const struct arg *arg)
{
    return arg->kind == ARG_WORD && begins_number(arg) && arg->text[arg->length - 1] == '%';
}

/* `r` without `=`, that is no parameter either. */
static bool is_bare_key(struct card_reader *reader, const struct arg *arg)
{
    double number;
    return arg->kind == ARG_WORD && (arg_is(arg, "r") || arg_is(arg, "resistance")) &&
           !card_reader_is_number(reader, arg, &number);
}

/* Behind the nodes: a value, the name of a model, or both. */
static void take_value_and_model(struct builder *builder, struct card_reader *reader, struct resistance *r)
{
    const struct arg *arg;
    while (!reader->failed && (arg = card_reader_peek(reader)) && arg->kind != ARG_KEY) {
        double number;
        if (is_tolerance(arg) && (r->model || !isnan(r->value))) {
            card_reader_next(reader);
            diagnose(builder->diagnostics, WARNING_WORD_LEFT_OUT, arg->text, arg->length,
                     "%.*s: the tolerance %.*s is left out", reader->name_length, reader->name, (int)arg->length,
                     arg->text);
        } else if (!r->model && arg->kind == ARG_WORD && !begins_number(arg) &&
            flatten_model(builder->flat, arg->text, arg->length, &r->found)) {
            r->model = card_reader_next(reader);
            r->before = r->value;
            r->value = NAN;
        } else if (is_bare_key(reader, arg)) {
            card_reader_next(reader);
            diagnose(builder->diagnostics, WARNING_WORD_LEFT_OUT, arg->text, arg->length,
                     "%.*s: %.*s without `=` is left out", reader->name_length, reader->name, (int)arg->length,
                     arg->text);
        } else if (isnan(r->value) && (!r->model || card_reader_is_number(reader, arg, &number)))
            card_reader_number(reader, builder->diagnostics, "resistance", &r->value);
        else
            return;
    }
}

static void take_resistor_keys(struct card_reader *reader, struct diagnostics *diagnostics, struct resistance *r)
{
    double unused;
    const struct key keys[] = {{"r", &r->value, 1},    {"resistance", &r->value, 1}, {"scale", &r->scale, 1},
                               {"m", &r->m, 1},        {"l", &r->l, 1},              {"w", &r->w, 1},
                               {"tc", r->tc, 2},       {"tc1", &r->tc[0], 1},        {"tc2", &r->tc[1], 1},
                               {"tce", &r->tce, 1},    {"temp", &r->temp, 1},        {"dtemp", &r->dtemp, 1},
                               {"ac", &unused, 1},     {"noisy", &unused, 1},        {"noise", &unused, 1},
                               {"bv_max", &unused, 1}, {"tol", &unused, 1},          {"pwr", &unused, 1},
                               {"noiseless", NULL, 0}, {NULL, NULL, 0}};
    card_reader_keys(reader, diagnostics, keys);
}

/* What the model has for what the card does not say; NAN where neither has a resistance, INFINITY where the width that
 * is left is 0. False where the model is wrong. */
static bool apply_model(struct builder *builder, const struct card_reader *reader, struct resistance *r)
{
    const double usual = 10e-6;
    struct resistor_model model;
    if (!models_resistor(reader, r->model, &r->found, builder->diagnostics, &model))
        return false;
    double l = given(given(r->l, model.l), usual), w = given(given(r->w, model.defw), usual);
    r->value = given(r->value, given(model.resistance, r->before));
    if (isnan(r->value) && (isnan(model.rsh) || w == 0))
        r->value = model.r;
    else if (isnan(r->value) && w == 2 * model.narrow)
        r->value = INFINITY;
    else if (isnan(r->value))
        r->value = model.rsh * (l - 2 * model.shortened) / (w - 2 * model.narrow);
    r->scale = given(r->scale, model.scale);
    r->tc[0] = given(r->tc[0], model.tc1);
    r->tc[1] = given(r->tc[1], model.tc2);
    r->tce = given(r->tce, model.tce);
    r->temp = given(r->temp, model.temp);
    r->dtemp = given(r->dtemp, model.dtemp);
    r->tnom = given(model.tnom, r->tnom);
    return true;
}

/* Nothing flows through it. */
static bool leave_open(struct builder *builder, const struct card_reader *reader, struct element element,
                       const char *why)
{
    const struct arg *name = reader->card->arg;
    element.kind = ELEMENT_CAPACITOR;
    diagnose(builder->diagnostics, WARNING_ZERO_MULTIPLIER, name->text, name->length, "%.*s has %s: it is left open",
             reader->name_length, reader->name, why);
    return builder_add(builder, reader, element);
}

static const struct resistance no_resistance = {.before = NAN, .value = NAN, .l = NAN, .w = NAN, .scale = NAN, .m = 1,
                                                .tc = {NAN, NAN}, .tce = NAN, .temp = NAN, .dtemp = NAN};

/* The text of a value that stands first behind the nodes, with or without `r=`, where it is an expression of the
 * answer; *behind: the number of the word behind it. Length 0: it is none. */
static struct expression_word value_of_answer(const struct card_reader *reader, uint32_t *behind)
{
    const struct card *card = reader->card;
    uint32_t at = reader->at;
    if (at < card->count && card->arg[at].kind == ARG_KEY &&
        (arg_is(&card->arg[at], "r") || arg_is(&card->arg[at], "resistance")))
        at++;
    for (*behind = at; *behind < card->count && card->arg[*behind].kind != ARG_KEY;)
        ++*behind;
    if (*behind == at)
        return (struct expression_word){card->arg->text, 0};
    const struct arg *first = &card->arg[at], *last = &card->arg[*behind - 1];
    struct expression_word text = {first->text, (size_t)(last->text + last->length - first->text)};
    return sources_is_of_answer(text) ? text : (struct expression_word){text.text, 0};
}

/* A resistor whose value is an expression of the answer; the keys of others, but for a model's. */
static bool build_resistor_of_answer(struct builder *builder, struct card_reader *reader, struct element element,
                                     struct expression_word text)
{
    struct resistance r = no_resistance;
    take_resistor_keys(reader, builder->diagnostics, &r);
    double m = r.m * flatten_multiplier(builder->flat);
    if (reader->failed)
        return true;
    if (m == 0)
        return leave_open(builder, reader, element, "m=0");
    struct thermal thermal = {.nominal = 1,
                              .factor = m / given(r.scale, 1),
                              .reciprocal = true,
                              .tc1 = given(r.tc[0], 0),
                              .tc2 = given(r.tc[1], 0),
                              .tce = r.tce,
                              .own = r.temp,
                              .dtemp = (isnan(r.temp) ? given(r.dtemp, 0) : 0) - builder->sim_options->tnom};
    return sources_build_resistance(builder, reader, element, text, thermal);
}

bool resistors_build(struct builder *builder, const struct card *card)
{
    struct card_reader reader = card_reader_in(builder->flat, card);
    struct element element = {.kind = ELEMENT_RESISTOR};
    struct resistance r = no_resistance;
    uint32_t behind;
    r.tnom = builder->sim_options->tnom;
    if (!builder_take_nodes(builder, &reader, &element))
        return false;
    if (reader.failed)
        return true;
    struct expression_word text = value_of_answer(&reader, &behind);
    if (text.length > 0) {
        reader.at = behind;
        return build_resistor_of_answer(builder, &reader, element, text);
    }
    take_value_and_model(builder, &reader, &r);
    if (card_reader_peek(&reader))
        take_resistor_keys(&reader, builder->diagnostics, &r);
    if (reader.failed || (r.model && !apply_model(builder, &reader, &r)))
        return true;
    if (isnan(r.value)) {
        const double least = 1e-3;
        r.value = least;
        diagnose(builder->diagnostics, WARNING_DEFAULT_RESISTANCE, card->arg->text, card->arg->length,
                 "%.*s has no resistance%s: 1 mohm is taken, as in ngspice", reader.name_length, reader.name,
                 r.model ? ", nor has its model (r or rsh)" : "");
    }
    double m = r.m * flatten_multiplier(builder->flat);
    if (m == 0 || isinf(r.value))
        return leave_open(builder, &reader, element, m == 0 ? "m=0" : "a width of 0");
    struct thermal thermal = {.nominal = r.value,
                              .factor = given(r.scale, 1) / m,
                              .tc1 = given(r.tc[0], 0),
                              .tc2 = given(r.tc[1], 0),
                              .tce = r.tce,
                              .own = r.temp,
                              .dtemp = (isnan(r.temp) ? given(r.dtemp, 0) : 0) - r.tnom};
    double dt = given(r.temp, builder->sim_options->temp) + thermal.dtemp;
    double value = r.value * thermal.factor * thermal_growth(thermal.tc1, thermal.tc2, thermal.tce, dt);
    if (!isfinite(value) || !isfinite(1 / value))
        value = value == 0 ? 0 : NAN;
    if (isnan(value)) {
        diagnose(builder->diagnostics, ERROR_OUT_OF_RANGE, card->arg->text, card->arg->length,
                 "the resistance of %.*s is out of range", reader.name_length, reader.name);
        return true;
    }
    if (value == 0) {
        element.kind = ELEMENT_SHORT;
        diagnose(builder->diagnostics, WARNING_ZERO_RESISTANCE, card->arg->text, card->arg->length,
                 "%.*s has 0 ohm: taken as a short", reader.name_length, reader.name);
    }
    element.value = value;
    bool varies = thermal.tc1 != 0 || thermal.tc2 != 0 || !isnan(thermal.tce);
    if (((varies || thermal.factor != 1) && !builder_add_thermal(builder, thermal)) ||
        !builder_add_multiple(builder, m))
        return false;
    return builder_add(builder, &reader, element);
}
