#include "laws/expression_law.h"

#include "laws/enclosure.h"
#include "laws/gradient.h"
#include "laws/pieces.h"
#include <stdlib.h>

/* ---- at one voltage ---------------------------------------------------------------------------------------------- */

struct point {
    const struct expression_law *own;
    double u; /* V */
};

static double use_at(const void *data, size_t use, double *slope)
{
    const struct point *point = data;
    *slope = point->own->slope[use];
    return *slope * point->u + point->own->constant[use];
}

static double value_at(const struct expression_law *own, double u, double *slope)
{
    struct point point = {own, u};
    struct gradient_inputs inputs = {.n = 1, .use = use_at, .data = &point, .random = own->random};
    double work[GRADIENT_WORK(1)], size;
    return expression_gradient(&own->expression, &inputs, work, slope, &size);
}

/* Where it rises like a root the derivative is that of a chord, which an iteration can use. */
double expression_law_value(const struct expression_law *own, double u, double *slope)
{
    double i = value_at(own, u, slope), h = 1e-6 * fmax(1e-3, fabs(u)), unused;
    if (isinf(*slope) && isfinite(i))
        *slope = (value_at(own, u + h, &unused) - value_at(own, u - h, &unused)) / (2 * h);
    return i;
}

static void currents(const void *data, const double *u, double *i, double *slope)
{
    *i = expression_law_value(data, *u, slope);
}

const struct expression_law *expression_law_of(const struct function_curve *function)
{
    return function->currents == currents ? function->data : NULL;
}

/* ---- at all of them ---------------------------------------------------------------------------------------------- */

bool expression_law_is_line(const struct expression_law *own, double *c, double *d)
{
    struct cell everywhere = {-INFINITY, INFINITY, INTERVAL_WHOLE};
    struct enclosure line;
    double split;
    size_t use;
    if (enclosure_run(own, &everywhere, &line, &split, &use) != ENCLOSURE_OK || !line.is_line)
        return false;
    *c = line.c;
    *d = line.d;
    return true;
}

bool curve_table_rises(const struct curve_table *table, double *low, double *high)
{
    for (size_t p = 0; p + 1 < table->points; p++)
        if (!(table->i[p + 1] >= table->i[p])) {
            *low = table->u[p];
            *high = table->u[p + 1];
            return false;
        }
    return true;
}

static enum expression_law_status judge_table(const struct expression_law *own, const struct pieces *pieces,
                                              struct arena *arena, struct curve *curve,
                                              struct expression_finding *finding)
{
    *curve = (struct curve){.kind = CURVE_TABLE};
    enum expression_law_status status = pieces_tabulate(own, pieces, arena, &curve->table, &finding->low);
    if (status == EXPRESSION_LAW_RISES && !curve_table_rises(&curve->table, &finding->low, &finding->high))
        return EXPRESSION_LAW_FALLS;
    return status;
}

enum expression_law_status expression_law_judge(const struct expression_law *own, struct arena *arena,
                                                struct curve *curve, struct expression_finding *finding)
{
    struct pieces pieces = {0};
    enum expression_law_status status = pieces_read(own, &pieces, finding);
    if (status == EXPRESSION_LAW_RISES && pieces_are_lines(&pieces)) {
        status = judge_table(own, &pieces, arena, curve, finding);
    } else if (status == EXPRESSION_LAW_RISES) {
        *curve = (struct curve){.kind = CURVE_FUNCTION,
                                .function = {.currents = currents, .data = own, .voltages = 1}};
        status = pieces_judge(own, &pieces, &curve->function.low, &curve->function.high, finding);
    }
    free(pieces.piece);
    return status;
}
