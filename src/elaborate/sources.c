#include "elaborate/sources.h"

#include "elaborate/own_law.h"
#include "elaborate/source_card.h"
#include "elaborate/source_expression.h"
#include "elaborate/source_numbers.h"
#include "netlist/cards.h"
#include "util/letters.h"
#include <math.h>
#include <stdlib.h>
#include <strings.h>

/* A source while it is built. */
struct controlled {
    struct builder *builder;
    const struct card_reader *reader;
    const struct source_card *card;
    struct element element;
    struct source_factors factors;
    struct controls controls;
    struct control_law law;
};

/* ---- the element ------------------------------------------------------------------------------------------------- */

/* A law of its own voltage. */
static bool add_own_law(struct controlled *source, uint32_t number)
{
    source->element.kind = ELEMENT_DIODE;
    source->element.law = number;
    source->element.value = source->factors.thermal.factor;
    return builder_add(source->builder, source->reader, source->element);
}

static bool is_constant(const struct controlled *source)
{
    const struct control_law *law = &source->law;
    if (law->kind != CONTROL_POLYNOMIAL || law->table || law->divides || source->factors.varies)
        return false;
    for (size_t term = 1; term < law->polynomial.terms; term++)
        if (law->polynomial.coefficient[term] != 0)
            return false;
    return true;
}

static bool add_constant(struct controlled *source, double value)
{
    source->element.kind = source->card->is_voltage ? ELEMENT_VSOURCE : ELEMENT_ISOURCE;
    source->element.value = value * source->factors.thermal.factor;
    return builder_add(source->builder, source->reader, source->element);
}

/* The element that the law of the controls makes. */
static bool add_coupled(struct builder *builder, const struct card_reader *reader, struct element element,
                        struct control_law law, struct controls *controls, const struct source_factors *factors)
{
    const struct thermal *thermal = &factors->thermal;
    const struct control *control = controls_finish(controls, builder);
    uint32_t number;
    element.value = thermal_value(thermal, builder->sim_options->temp);
    if (!control || !builder_add_coupling(builder, law, control, controls->count, &number) ||
        (factors->varies && !builder_add_thermal(builder, *thermal)))
        return false;
    element.law = number;
    return builder_add(builder, reader, element);
}

static bool add_coupling(struct controlled *source)
{
    source->element.kind = source->card->is_voltage ? ELEMENT_CONTROLLED_VOLTAGE : ELEMENT_CONTROLLED_CURRENT;
    return add_coupled(source->builder, source->reader, source->element, source->law, &source->controls,
                       &source->factors);
}

static bool add_element(struct controlled *source)
{
    const struct control_law *law = &source->law;
    if (!is_constant(source))
        return add_coupling(source);
    return add_constant(source, law->polynomial.terms > 0 ? law->polynomial.coefficient[0] : 0);
}

/* May it be a law of its own voltage? */
static bool may_be_own(const struct controlled *source)
{
    return !source->card->is_voltage && !source->factors.varies && source->factors.thermal.factor > 0;
}

/* ---- forms ------------------------------------------------------------------------------------------------------- */

/* The next control that the text names. *good is false after a diagnostic. */
static bool take_control(struct controlled *source, struct source_text *text, uint32_t *number, bool *good)
{
    struct builder *builder = source->builder;
    struct expression_word p = source_text_name(text), q = p;
    if (!source->card->by_currents)
        q = source_text_name(text);
    *good = q.length > 0 || source_card_wrong(source->reader, builder->diagnostics, source->card->dimension,
                                              "there are too few names of what controls it");
    if (!*good)
        return true;
    if (source->card->by_currents)
        return controls_current(&source->controls, builder, p, CONTROL_BY_BRANCH, number);
    uint32_t a = flatten_node(builder->flat, p.text, p.length, NULL);
    uint32_t k = flatten_node(builder->flat, q.text, q.length, NULL);
    return a != NAMES_NONE && k != NAMES_NONE && controls_voltage(&source->controls, a, k, number);
}

/* gain times the first control, or where that is its own voltage a conductance. */
static bool add_linear(struct controlled *source, double gain)
{
    const struct control *control = &source->controls.item[0];
    uint32_t a = source->element.a, k = source->element.k, number;
    double *held = arena_alloc(&source->builder->circuit->arena, sizeof *held);
    if (!held)
        return false;
    if (may_be_own(source) && !source->card->by_currents &&
        ((control->p == a && control->q == k) || (control->p == k && control->q == a))) {
        double conductance = control->p == a ? gain : -gain;
        if (conductance >= 0)
            return own_law_conductance(source->builder, conductance, &number) && add_own_law(source, number);
    }
    *held = gain;
    source->law = (struct control_law){.kind = CONTROL_LINEAR, .gain = held};
    return add_coupling(source);
}

static bool build_linear(struct controlled *source)
{
    struct source_text text = source->card->controls;
    struct expression_word gain_text = source->card->value;
    uint32_t number;
    double gain = 1;
    bool good;
    if (!take_control(source, &text, &number, &good))
        return false;
    if (!good)
        return true;
    if (gain_text.length > 0 && !source_number(source->builder, source->reader, gain_text, &gain)) {
        source_card_wrong(source->reader, source->builder->diagnostics, gain_text, "expected a number as gain");
        return !flatten_failed(source->builder->flat);
    }
    return add_linear(source, gain);
}

/* Coefficients up to the end of the text. */
static bool take_coefficients(struct controlled *source, struct source_text *text, bool *good)
{
    size_t most = (size_t)(text->end - text->at) / 2 + 1, terms = 0;
    double *coefficient = arena_alloc(&source->builder->circuit->arena, most * sizeof *coefficient);
    *good = coefficient;
    while (*good) {
        while (source_text_take(text, '(') || source_text_take(text, ')'))
            continue;
        if (text->at >= text->end)
            break;
        struct expression_word word = source_text_value(text);
        *good = word.length > 0 && source_number(source->builder, source->reader, word, &coefficient[terms++]);
        if (!*good)
            source_card_wrong(source->reader, source->builder->diagnostics, word, "expected a coefficient");
    }
    if (*good && terms == 0)
        *good = source_card_wrong(source->reader, source->builder->diagnostics, source->card->dimension,
                                  "there are no coefficients");
    source->law = (struct control_law){.kind = CONTROL_POLYNOMIAL, .polynomial = {coefficient, terms}};
    return coefficient;
}

static bool build_polynomial(struct controlled *source)
{
    enum { MOST = 1000 };
    struct source_text text = source->card->controls;
    struct expression_word dimension = source->card->dimension;
    double n;
    uint32_t number;
    bool good = source_number(source->builder, source->reader, dimension, &n) && n >= 1 && n <= MOST && n == floor(n);
    if (!good)
        source_card_wrong(source->reader, source->builder->diagnostics, dimension,
                          "expected a whole number from 1 to 1000");
    source->controls.keeps_twice = true;
    for (double q = 0; good && q < n; q++)
        if (!take_control(source, &text, &number, &good))
            return false;
    if (good && !take_coefficients(source, &text, &good))
        return false;
    if (!good)
        return !flatten_failed(source->builder->flat);
    const double *coefficient = source->law.polynomial.coefficient;
    bool is_line = source->law.polynomial.terms == 2 && coefficient[0] == 0;
    return is_line && n == 1 ? add_linear(source, coefficient[1]) : add_element(source);
}

static bool build_expression(struct controlled *source)
{
    struct builder *builder = source->builder;
    bool done, good;
    uint32_t number = MODELS_NO_LAW;
    double current = NAN;
    struct source_expression *expression =
        source_expression_read(builder, source->reader, source->card->value, &done);
    if (!expression)
        return done;
    if (may_be_own(source) && !own_law_of_expression(builder, source->reader, expression, source->element.a,
                                                     source->element.k, &number, &current))
        return false;
    if (!isnan(current))
        return add_constant(source, current);
    if (number != MODELS_NO_LAW)
        return add_own_law(source, number);
    return source_expression_law(expression, builder, source->reader, &source->controls, &source->law, &good) &&
           (!good || add_element(source));
}

static bool add_table(struct controlled *source, const struct curve_table *points)
{
    struct curve_table *table = arena_alloc(&source->builder->circuit->arena, sizeof *table);
    if (!table)
        return false;
    *table = *points;
    source->law.table = table;
    return add_coupling(source);
}

static bool build_table(struct controlled *source)
{
    struct builder *builder = source->builder;
    struct curve_table table;
    bool done, good;
    uint32_t number = MODELS_NO_LAW;
    struct source_expression *expression =
        source_expression_read(builder, source->reader, source->card->value, &done);
    if (!expression)
        return done;
    if (!source_points(builder, source->reader, source->card->points, &table, &done))
        return done;
    if (may_be_own(source) && !own_law_of_table(builder, expression, &table, source->element.a, source->element.k,
                                                &number))
        return false;
    if (number != MODELS_NO_LAW)
        return add_own_law(source, number);
    return source_expression_law(expression, builder, source->reader, &source->controls, &source->law, &good) &&
           (!good || add_table(source, &table));
}

/* LTspice's: of the voltage between two nodes. */
static bool build_controlled_table(struct controlled *source)
{
    struct source_text text = source->card->controls;
    struct curve_table table;
    uint32_t number;
    bool good, done;
    double *gain = arena_alloc(&source->builder->circuit->arena, sizeof *gain);
    if (!gain || !take_control(source, &text, &number, &good))
        return false;
    if (!good)
        return true;
    if (!source_points(source->builder, source->reader, source->card->points, &table, &done))
        return done;
    *gain = 1;
    source->law = (struct control_law){.kind = CONTROL_LINEAR, .gain = gain};
    return add_table(source, &table);
}

static bool build_form(struct controlled *source)
{
    switch (source->card->form) {
    case SOURCE_EXPRESSION: return build_expression(source);
    case SOURCE_TABLE: return build_table(source);
    case SOURCE_LINEAR: return build_linear(source);
    case SOURCE_POLYNOMIAL: return build_polynomial(source);
    default: return build_controlled_table(source);
    }
}

bool sources_build(struct builder *builder, const struct card *card)
{
    struct card_reader reader = card_reader_in(builder->flat, card);
    struct source_card parts;
    struct controlled source = {.builder = builder, .reader = &reader, .card = &parts};
    bool good;
    if (!reader.name)
        return false;
    if (!source_card_read(&parts, &reader, builder->diagnostics))
        return true;
    source.element.a = flatten_node(builder->flat, parts.a.text, parts.a.length, NULL);
    source.element.k = flatten_node(builder->flat, parts.k.text, parts.k.length, NULL);
    if (source.element.a == NAMES_NONE || source.element.k == NAMES_NONE ||
        !source_factors(builder, &reader, &parts, &source.factors, &good))
        return false;
    if (!good)
        return true;
    if (!parts.is_voltage && source.factors.thermal.factor == 0) { /* none of it is there */
        source.element.kind = ELEMENT_CAPACITOR;
        return builder_add(builder, &reader, source.element);
    }
    bool done = build_form(&source);
    controls_free(&source.controls);
    return done;
}

/* ---- resistances of the answer ----------------------------------------------------------------------------------- */

static bool is_of_name(char byte)
{
    return is_letter(byte) || is_digit(byte) || byte == '_' || byte == '.';
}

static bool is_time(struct expression_word text, size_t at)
{
    static const char name[] = "time";
    const size_t length = sizeof name - 1;
    return text.length - at >= length && strncasecmp(text.text + at, name, length) == 0 &&
           (at + length == text.length || !is_of_name(text.text[at + length]));
}

bool sources_is_of_answer(struct expression_word text)
{
    for (size_t q = 0; q + 1 < text.length; q++) {
        char letter = lower(text.text[q]);
        size_t next = q + 1;
        if (q > 0 && is_of_name(text.text[q - 1]))
            continue;
        while (next < text.length && text.text[next] == ' ')
            next++;
        if (((letter == 'v' || letter == 'i') && next < text.length && text.text[next] == '(') || is_time(text, q))
            return true;
    }
    return false;
}

bool sources_build_resistance(struct builder *builder, const struct card_reader *reader, struct element element,
                              struct expression_word text, struct thermal thermal)
{
    struct source_factors factors = {thermal, thermal.tc1 != 0 || thermal.tc2 != 0 || !isnan(thermal.tce)};
    struct controls controls = {0};
    struct control_law law;
    uint32_t own;
    bool done, good = true;
    struct source_expression *expression = source_expression_read(builder, reader, text, &done);
    if (!expression)
        return done;
    element.kind = ELEMENT_CONTROLLED_CURRENT;
    done = controls_voltage(&controls, element.a, element.k, &own) &&
           source_expression_law(expression, builder, reader, &controls, &law, &good);
    law.divides = true;
    done = done && (!good || add_coupled(builder, reader, element, law, &controls, &factors));
    controls_free(&controls);
    return done;
}
