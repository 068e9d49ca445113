#include "elaborate/own_law.h"

#include <math.h>

static bool add_curve(struct builder *builder, const struct curve *curve, uint32_t *number)
{
    struct law *law = models_new_curve(&builder->models, curve->kind, number);
    if (!law)
        return false;
    *law->curve = *curve;
    law_of_curve(law);
    return true;
}

bool own_law_of_expression(struct builder *builder, const struct card_reader *reader,
                           const struct source_expression *expression, uint32_t a, uint32_t k, uint32_t *number,
                           double *current)
{
    struct arena *arena = &builder->circuit->arena;
    struct expression_law *own;
    struct expression_finding finding;
    *current = NAN;
    struct curve curve;
    if (!source_expression_own(expression, arena, a, k, &own))
        return false;
    if (!own)
        return true;
    enum expression_law_status status = expression_law_judge(own, arena, &curve, &finding);
    if (status == EXPRESSION_LAW_NOT_SHOWN)
        diagnose(builder->diagnostics, WARNING_RISE_NOT_SHOWN, own->expression.source.text,
                 own->expression.source.length,
                 "%.*s: the current was not shown to rise with the voltage between %g V and %g V: the answer may not "
                 "be the only one",
                 reader->name_length, reader->name, finding.low, finding.high);
    curve.may_fall = status == EXPRESSION_LAW_NOT_SHOWN;
    if (status != EXPRESSION_LAW_RISES && status != EXPRESSION_LAW_NOT_SHOWN)
        return status != EXPRESSION_LAW_NO_MEMORY;
    if (status == EXPRESSION_LAW_RISES && curve_limit(&curve, -1) == curve_limit(&curve, 1)) {
        *current = curve_limit(&curve, 1);
        return true;
    }
    return add_curve(builder, &curve, number);
}

/* The table of the voltage u for one of c + d u, d not 0: from the lowest voltage up, with one more point at each end
 * to say that it is constant beyond. */
static bool turn_into_own(struct arena *arena, const struct curve_table *table, double c, double d,
                          struct curve_table *own)
{
    size_t points = table->points, count = points + 2;
    double *u = arena_alloc(arena, 2 * count * sizeof *u), *i = u + count;
    if (!u)
        return false;
    for (size_t p = 0; p < points; p++) {
        size_t from = d > 0 ? p : points - 1 - p;
        u[p + 1] = (table->u[from] - c) / d;
        i[p + 1] = table->i[from];
    }
    u[0] = u[1] - fmax(1, fabs(u[1]));
    i[0] = i[1];
    u[count - 1] = u[count - 2] + fmax(1, fabs(u[count - 2]));
    i[count - 1] = i[count - 2];
    *own = (struct curve_table){count, u, i};
    return true;
}

bool own_law_of_table(struct builder *builder, const struct source_expression *expression,
                      const struct curve_table *table, uint32_t a, uint32_t k, uint32_t *number)
{
    struct arena *arena = &builder->circuit->arena;
    struct curve curve = {.kind = CURVE_TABLE};
    struct expression_law *own;
    double c, d, low, high;
    if (!source_expression_own(expression, arena, a, k, &own))
        return false;
    if (!own || !expression_law_is_line(own, &c, &d) || !isfinite(c) || !isfinite(d) || d == 0)
        return true;
    if (!turn_into_own(arena, table, c, d, &curve.table))
        return false;
    return !curve_table_rises(&curve.table, &low, &high) || add_curve(builder, &curve, number);
}

bool own_law_conductance(struct builder *builder, double conductance, uint32_t *number)
{
    struct law *law = models_new_law(&builder->models, number);
    if (!law)
        return false;
    law->g_off = law->g_on = law->g_rev = conductance;
    return true;
}
