/* Own-voltage expressions that are made of straight pieces, as tables of these.
 *
 * The expression is run on lines, from left to right: where a part of it is not one line on an interval, that is
 * split. */
#include "laws/dual.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An expression on an open interval, on which each part of it is to be straight. */
struct piecewise_reader {
    const struct expression_law *own;
    double low, high;
    double split; /* DUAL_SPLIT: in the interval, where a part has a corner */
};

static double inside(const struct piecewise_reader *reader)
{
    if (isinf(reader->low) && isinf(reader->high))
        return 0;
    if (isinf(reader->low))
        return reader->high - 1 - fabs(reader->high);
    return isinf(reader->high) ? reader->low + 1 + fabs(reader->low) : reader->low + (reader->high - reader->low) / 2;
}

/* The sign of a line on the interval; DUAL_SPLIT where it changes. */
static enum dual_status sign_of(struct piecewise_reader *reader, struct dual f, int *sign)
{
    double at = f.v;
    if (f.d != 0) {
        double root = -f.v / f.d;
        if (root > reader->low && root < reader->high) {
            reader->split = root;
            return DUAL_SPLIT;
        }
        at = (inside(reader) - root) * f.d;
    }
    *sign = (at > 0) - (at < 0);
    return DUAL_OK;
}

static struct dual minus(struct dual x, struct dual y)
{
    return (struct dual){x.v - y.v, x.d - y.d};
}

static enum dual_status choose(struct piecewise_reader *reader, struct dual x, struct dual y, bool greater,
                               struct dual *value)
{
    int sign = 0;
    enum dual_status status = sign_of(reader, minus(x, y), &sign);
    *value = (sign >= 0) == greater ? x : y;
    return status;
}

/* table(x, x1,y1, ..) and pwl(x, ..), whose points are numbers. */
static enum dual_status look_up(struct piecewise_reader *reader, const struct dual *argument, unsigned count,
                                bool ends_flat, struct dual *value)
{
    unsigned points = (count - 1) / 2, right = 1;
    const struct dual *point = argument + 1;
    for (unsigned p = 0; p < 2 * points; p++)
        if (point[p].d != 0)
            return DUAL_CURVED;
    int below = -1, sign;
    for (unsigned p = 0; p < points; p++) {
        enum dual_status status = sign_of(reader, (struct dual){argument->v - point[2 * p].v, argument->d}, &sign);
        if (status != DUAL_OK)
            return status;
        if (sign >= 0)
            below = (int)p;
    }
    if (ends_flat && (below < 0 || below == (int)points - 1)) {
        *value = point[below < 0 ? 1 : 2 * points - 1];
        return DUAL_OK;
    }
    right = below < 0 ? 1 : (unsigned)below + 1 < points ? (unsigned)below + 1 : points - 1;
    const struct dual *a = point + 2 * right - 2, *b = point + 2 * right;
    double rise = (b[1].v - a[1].v) / (b[0].v - a[0].v);
    const struct dual *near = fabs(argument->v - a[0].v) <= fabs(argument->v - b[0].v) ? a : b; /* rounds least */
    *value = (struct dual){near[1].v + rise * (argument->v - near[0].v), rise * argument->d};
    return b[0].v > a[0].v ? DUAL_OK : DUAL_CURVED;
}

static bool is_function(const struct function *function, const char *name)
{
    return function == functions_find(EXPRESSION_BEHAVIOUR, name, strlen(name));
}

static enum dual_status call_line(void *data, const struct expression_step *step, const struct dual *argument,
                                  struct dual *value)
{
    struct piecewise_reader *reader = data;
    const struct function *function = step->function;
    unsigned count = step->count;
    const struct dual zero = {0, 0}, one = {1, 0};
    struct dual x = argument[0];
    double number[EXPRESSION_DEPTH];
    bool constant = true;
    int sign = 0;
    for (unsigned q = 0; q < count; q++) {
        constant = constant && argument[q].d == 0;
        number[q] = argument[q].v;
    }
    if (constant) {
        *value = (struct dual){dual_call_value(reader->own, step, number), 0};
        return isfinite(value->v) ? DUAL_OK : DUAL_CURVED;
    }
    if (is_function(function, "max") || is_function(function, "min"))
        return choose(reader, x, argument[1], is_function(function, "max"), value);
    if (is_function(function, "abs"))
        return choose(reader, x, (struct dual){-x.v, -x.d}, true, value);
    if (is_function(function, "uramp"))
        return choose(reader, x, zero, true, value);
    if (is_function(function, "u2")) {
        enum dual_status status = choose(reader, x, zero, true, value);
        return status == DUAL_OK ? choose(reader, *value, one, false, value) : status;
    }
    if (is_function(function, "sgn") || is_function(function, "u")) {
        enum dual_status status = sign_of(reader, x, &sign);
        *value = (struct dual){is_function(function, "u") ? (sign + 1) / 2.0 : sign, 0};
        return status;
    }
    if (is_function(function, "limit") && count == 3) {
        struct dual low, high;
        enum dual_status status = choose(reader, argument[1], argument[2], false, &low);
        if (status == DUAL_OK)
            status = choose(reader, argument[1], argument[2], true, &high);
        if (status == DUAL_OK)
            status = choose(reader, x, low, true, value);
        return status == DUAL_OK ? choose(reader, *value, high, false, value) : status;
    }
    if (is_function(function, "table") || is_function(function, "pwl"))
        return look_up(reader, argument, count, is_function(function, "table"), value);
    return DUAL_CURVED;
}

static enum dual_status compare(struct piecewise_reader *reader, enum step_kind kind, struct dual f, struct dual *value)
{
    int sign = 0;
    enum dual_status status = sign_of(reader, f, &sign);
    bool truth = kind == STEP_EQUAL        ? sign == 0
                 : kind == STEP_UNEQUAL    ? sign != 0
                 : kind == STEP_LESS       ? sign < 0
                 : kind == STEP_LESS_EQUAL ? sign <= 0
                 : kind == STEP_GREATER    ? sign > 0
                                           : sign >= 0;
    *value = (struct dual){truth, 0};
    return status;
}

static enum dual_status binary_line(void *data, enum step_kind kind, struct dual x, struct dual y, struct dual *value)
{
    struct piecewise_reader *reader = data;
    switch (kind) {
    case STEP_ADD: *value = (struct dual){x.v + y.v, x.d + y.d}; return DUAL_OK;
    case STEP_SUBTRACT: *value = minus(x, y); return DUAL_OK;
    case STEP_MULTIPLY:
        if (x.d != 0 && y.d != 0)
            return DUAL_CURVED;
        *value = (struct dual){x.v * y.v, x.d * y.v + x.v * y.d};
        return DUAL_OK;
    case STEP_DIVIDE:
        if (y.d != 0 || y.v == 0)
            return DUAL_CURVED;
        *value = (struct dual){x.v / y.v, x.d / y.v};
        return DUAL_OK;
    case STEP_EQUAL:
    case STEP_UNEQUAL:
    case STEP_LESS:
    case STEP_LESS_EQUAL:
    case STEP_GREATER:
    case STEP_GREATER_EQUAL: return compare(reader, kind, minus(x, y), value);
    default: break;
    }
    if (x.d != 0 || y.d != 0)
        return DUAL_CURVED;
    struct dual result = dual_binary(kind, (struct dual){x.v, 0}, (struct dual){y.v, 0});
    *value = (struct dual){result.v, 0};
    return isfinite(result.v) ? DUAL_OK : DUAL_CURVED;
}

/* The truth of a line: is it another one than 0? */
static enum dual_status truth_of(void *data, struct dual x, bool *truth)
{
    int sign = 0;
    enum dual_status status = sign_of(data, x, &sign);
    *truth = sign != 0;
    return status;
}

static struct dual use_line(void *data, size_t use)
{
    const struct expression_law *own = ((const struct piecewise_reader *)data)->own;
    return (struct dual){own->constant[use], own->slope[use]};
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

struct pieces {
    double *corner;    /* [count - 1] between neighbours */
    struct dual *line; /* [count] */
    size_t count, corner_capacity, line_capacity;
};

/* Read the pieces from reader->low on, from left to right: what is still to be read lies behind as a stack of ends. */
static enum expression_law_status read_pieces(const struct expression_law *own, struct pieces *pieces)
{
    static const struct dual_algebra lines = {use_line, truth_of, call_line, binary_line};
    enum { CORNERS = 10000, WAITING = 200 };
    double waiting[WAITING] = {INFINITY}, low = -INFINITY;
    size_t ends = 1;
    while (ends > 0 && pieces->count < CORNERS) {
        struct piecewise_reader reader = {own, low, waiting[ends - 1], 0};
        struct dual line;
        enum dual_status status = dual_run(&own->expression, &lines, &reader, &line);
        if (status == DUAL_CURVED || (status == DUAL_SPLIT && ends == WAITING))
            return EXPRESSION_LAW_CURVED;
        if (status == DUAL_SPLIT) {
            waiting[ends++] = reader.split;
            continue;
        }
        if (!array_reserve(&pieces->line, &pieces->line_capacity, pieces->count + 1, sizeof *pieces->line) ||
            !array_reserve(&pieces->corner, &pieces->corner_capacity, pieces->count + 1, sizeof *pieces->corner))
            return EXPRESSION_LAW_NO_MEMORY;
        if (pieces->count > 0 && pieces->line[pieces->count - 1].v == line.v &&
            pieces->line[pieces->count - 1].d == line.d)
            pieces->count--; /* no corner after all */
        pieces->line[pieces->count] = line;
        low = pieces->corner[pieces->count++] = waiting[--ends];
    }
    return ends == 0 ? EXPRESSION_LAW_TABLE : EXPRESSION_LAW_CURVED;
}

static double on(struct dual line, double u)
{
    return line.v + line.d * u;
}

/* Points at the corners, and one beyond at each end. */
static enum expression_law_status tabulate(const struct pieces *pieces, struct arena *arena, struct curve_table *table,
                                        double *low)
{
    size_t corners = pieces->count - 1, points = corners + 2;
    double *u = arena_alloc(arena, points * sizeof *u), *i = arena_alloc(arena, points * sizeof *i);
    if (!u || !i)
        return EXPRESSION_LAW_NO_MEMORY;
    for (size_t c = 0; c < corners; c++) {
        double at = pieces->corner[c], left = on(pieces->line[c], at), right = on(pieces->line[c + 1], at);
        double size = fabs(pieces->line[c].v) + fabs(pieces->line[c + 1].v) + fabs(left) + fabs(right);
        *low = at;
        if (fabs(right - left) > 1e-12 * size)
            return EXPRESSION_LAW_STEP;
        u[c + 1] = at;
        i[c + 1] =
            fabs(pieces->line[c].d) < fabs(pieces->line[c + 1].d) ? left : right; /* the flatter one knows it better */
    }
    double first = corners ? u[1] : 0, last = corners ? u[corners] : 0;
    u[0] = first - fmax(1, fabs(first));
    i[0] = on(pieces->line[0], u[0]);
    u[points - 1] = last + fmax(1, fabs(last));
    i[points - 1] = on(pieces->line[corners], u[points - 1]);
    *table = (struct curve_table){points, u, i};
    return EXPRESSION_LAW_TABLE;
}

enum expression_law_status expression_law_table(const struct expression_law *own, struct arena *arena, struct curve_table *table,
                                          double *low)
{
    struct pieces pieces = {0};
    enum expression_law_status status = read_pieces(own, &pieces);
    if (status == EXPRESSION_LAW_TABLE)
        status = tabulate(&pieces, arena, table, low);
    free(pieces.corner);
    free(pieces.line);
    return status;
}
