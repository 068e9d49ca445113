#include "elaborate/source_numbers.h"

#include "netlist/cards.h"
#include "netlist/number.h"
#include "util/letters.h"
#include <math.h>

bool source_number(struct builder *builder, const struct card_reader *reader, struct expression_word text,
                   double *value)
{
    if (number_parse(text.text, text.length, value) == NUMBER_OK)
        return true;
    return flatten_value(builder->flat, reader->card, text, NULL, value);
}

/* ---- a transfer function at s = 0 -------------------------------------------------------------------------------- */

static enum expression_answer value_at_zero(void *data, const struct expression_use *use, double *value)
{
    if (use->kind != EXPRESSION_NAME)
        return EXPRESSION_UNKNOWN;
    if (use->whole.length == 1 && lower(*use->whole.text) == 's') {
        *value = 0;
        return EXPRESSION_KNOWN;
    }
    if (!flatten_parameter(data, use->whole.text, use->whole.length, value))
        return EXPRESSION_UNKNOWN;
    return isnan(*value) ? EXPRESSION_FAILED : EXPRESSION_KNOWN;
}

static const struct expression_function *find_function(void *flat, const char *text, size_t length)
{
    return flatten_function(flat, text, length);
}

static bool gain_at_zero(struct builder *builder, struct expression_word text, double *gain, bool *good)
{
    const struct expression_syntax syntax = {
        .language = EXPRESSION_BEHAVIOUR, .function = find_function, .data = builder->flat};
    const struct expression_scope scope = {.value = value_at_zero, .data = builder->flat};
    struct arena arena = {0};
    struct expression expression;
    enum expression_status status = expression_compile(&expression, &syntax, text, &arena, builder->diagnostics);
    *good = status == EXPRESSION_OK && expression_evaluate(&expression, &scope, builder->diagnostics, gain);
    arena_free(&arena);
    return status != EXPRESSION_NO_MEMORY;
}

/* ---- keyed values ------------------------------------------------------------------------------------------------ */

/* m belongs to currents, and to B; ngspice refuses it elsewhere, and beside POLY. */
static bool takes_m(const struct source_card *card, enum card_kind kind)
{
    return card->form != SOURCE_POLYNOMIAL && (kind == CARD_B || !card->is_voltage);
}

static bool read_key(struct builder *builder, const struct card_reader *reader, const struct source_card *card,
                     enum source_key key, double *value)
{
    static const char *const expected[] = {
        [SOURCE_M] = "expected a number as m",         [SOURCE_TC1] = "expected a number as tc1",
        [SOURCE_TC2] = "expected a number as tc2",     [SOURCE_TEMP] = "expected a number as temp",
        [SOURCE_DTEMP] = "expected a number as dtemp", [SOURCE_RECIPROCTC] = "expected 0 or 1 as reciproctc",
        [SOURCE_RECIPROCM] = "expected 0 or 1 as reciprocm"};
    struct expression_word text = card->key[key];
    if (text.length == 0)
        return true;
    if ((key == SOURCE_M || key == SOURCE_RECIPROCM) && !takes_m(card, (enum card_kind)reader->card->kind)) {
        source_card_wrong(reader, builder->diagnostics, text,
                          card->form == SOURCE_POLYNOMIAL ? "POLY takes no m" : "a voltage takes no m");
        return false;
    }
    return source_number(builder, reader, text, value) ||
           source_card_wrong(reader, builder->diagnostics, text, expected[key]);
}

bool source_factors(struct builder *builder, const struct card_reader *reader, const struct source_card *card,
                    struct source_factors *factors, bool *good)
{
    double value[SOURCE_KEYS] = {[SOURCE_M] = 1, [SOURCE_TEMP] = NAN}, gain = 1;
    *good = true;
    for (enum source_key key = 0; *good && key < SOURCE_LAPLACE; key++)
        *good = read_key(builder, reader, card, key, &value[key]);
    if (*good && card->key[SOURCE_LAPLACE].length > 0 &&
        !gain_at_zero(builder, card->key[SOURCE_LAPLACE], &gain, good))
        return false;
    double m = value[SOURCE_RECIPROCM] != 0 ? 1 / value[SOURCE_M] : value[SOURCE_M];
    if (!card->is_voltage)
        m *= flatten_multiplier(builder->flat);
    factors->varies = value[SOURCE_TC1] != 0 || value[SOURCE_TC2] != 0;
    factors->thermal = (struct thermal){.nominal = 1,
                                        .factor = m * gain,
                                        .tc1 = value[SOURCE_TC1],
                                        .tc2 = value[SOURCE_TC2],
                                        .tce = NAN,
                                        .reciprocal = value[SOURCE_RECIPROCTC] != 0,
                                        .own = value[SOURCE_TEMP],
                                        .dtemp = (isnan(value[SOURCE_TEMP]) ? value[SOURCE_DTEMP] : 0) -
                                                 builder->sim_options->tnom};
    if (*good && !isfinite(m * gain))
        *good = source_card_wrong(reader, builder->diagnostics, card->key[SOURCE_M], "its m is out of range");
    return !flatten_failed(builder->flat);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

static struct expression_word next_number(struct source_text *text)
{
    while (source_text_take(text, '(') || source_text_take(text, ')'))
        continue;
    return source_text_value(text);
}

bool source_points(struct builder *builder, const struct card_reader *reader, struct expression_word source,
                   struct curve_table *table, bool *done)
{
    struct source_text text = {source.text, source.text + source.length};
    size_t most = source.length / 2 + 1, count = 0;
    double *u = arena_alloc(&builder->circuit->arena, 2 * most * sizeof *u), *i = u + most;
    *done = u;
    while (u) {
        struct expression_word x = next_number(&text);
        if (x.length == 0 && text.at >= text.end)
            break;
        struct expression_word y = next_number(&text);
        if (x.length == 0 || y.length == 0 || !source_number(builder, reader, x, &u[count]) ||
            !source_number(builder, reader, y, &i[count]))
            return source_card_wrong(reader, builder->diagnostics, x, "expected points (x,y)");
        if (count > 0 && !(u[count] > u[count - 1]))
            return source_card_wrong(reader, builder->diagnostics, x, "the first numbers of the points do not rise");
        count++;
    }
    *table = (struct curve_table){count, u, i};
    return u && (count > 0 || source_card_wrong(reader, builder->diagnostics, source, "the table has no points"));
}
