#include "circuit/own_voltage.h"

#include "netlist/expression_code.h"
#include "util/array.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- value and derivative ---------------------------------------------------------------------------------------------- */

struct dual {
    double v, d;
};

/* The function of a step, with the random numbers of that step. */
static double call_value(const struct own_voltage *own, const struct expression_step *step, const double *argument)
{
    struct random random = random_from(own->random.state + (uint64_t)(step - own->expression.step));
    return function_value(step->function, argument, step->count, &random);
}

/* A function of several arguments, its derivative by small differences along the arguments' own. It only speeds up an iteration. */
static struct dual call(const struct own_voltage *own, const struct expression_step *step, const struct dual *argument)
{
    unsigned count = step->count;
    double here[EXPRESSION_DEPTH], above[EXPRESSION_DEPTH], below[EXPRESSION_DEPTH], most = 0, size = 1;
    for (unsigned q = 0; q < count; q++) {
        most = fmax(most, fabs(argument[q].d));
        size = fmax(size, fabs(argument[q].v));
    }
    double h = most > 0 ? cbrt(DBL_EPSILON) * (size < 1e3 ? 1 : size) / most : 0;
    for (unsigned q = 0; q < count; q++) {
        here[q] = argument[q].v;
        above[q] = argument[q].v + h * argument[q].d;
        below[q] = argument[q].v - h * argument[q].d;
    }
    struct dual value = {call_value(own, step, here), 0};
    if (most > 0) {
        double up = call_value(own, step, above), down = call_value(own, step, below);
        value.d = isfinite(up) && isfinite(down) ? (up - down) / (2 * h)
                  : isfinite(up)                 ? (up - value.v) / h
                                                 : (value.v - down) / h;
    }
    return value;
}

static struct dual power(struct dual x, struct dual y, bool of_magnitude)
{
    double base = of_magnitude ? fabs(x.v) : x.v, value = pow(base, y.v);
    double d = x.d == 0 ? 0 : y.v * pow(base, y.v - 1) * (of_magnitude && x.v < 0 ? -x.d : x.d);
    if (y.d != 0)
        d += value * log(base) * y.d;
    return (struct dual){value, d};
}

static struct dual binary(enum step_kind kind, struct dual x, struct dual y)
{
    switch (kind) {
    case STEP_ADD: return (struct dual){x.v + y.v, x.d + y.d};
    case STEP_SUBTRACT: return (struct dual){x.v - y.v, x.d - y.d};
    case STEP_MULTIPLY: return (struct dual){x.v * y.v, x.d * y.v + x.v * y.d};
    case STEP_DIVIDE: return (struct dual){x.v / y.v, (x.d - x.v / y.v * y.d) / y.v};
    case STEP_REMAINDER: return (struct dual){x.v - y.v * trunc(x.v / y.v), x.d - y.d * trunc(x.v / y.v)};
    case STEP_INTEGER_REMAINDER: return (struct dual){fmod(floor(fabs(x.v)), floor(fabs(y.v))), 0};
    case STEP_INTEGER_QUOTIENT: return (struct dual){trunc(fabs(x.v / y.v)), 0};
    case STEP_POWER: return power(x, y, false);
    case STEP_MAGNITUDE_POWER: return power(x, y, true);
    case STEP_EQUAL: return (struct dual){x.v == y.v, 0};
    case STEP_UNEQUAL: return (struct dual){x.v != y.v, 0};
    case STEP_LESS: return (struct dual){x.v < y.v, 0};
    case STEP_LESS_EQUAL: return (struct dual){x.v <= y.v, 0};
    case STEP_GREATER: return (struct dual){x.v > y.v, 0};
    default: return (struct dual){x.v >= y.v, 0};
    }
}

double own_voltage_current(const struct own_voltage *own, double u, double s, double *slope)
{
    struct dual stack[EXPRESSION_DEPTH], *top = stack;
    const struct expression *expression = &own->expression;
    for (const struct expression_step *step = expression->step, *end = step + expression->steps; step < end; step++) {
        switch ((enum step_kind)step->kind) {
        case STEP_NUMBER: *top++ = (struct dual){step->number, 0}; break;
        case STEP_USE: {
            size_t q = step->operand;
            *top++ = (struct dual){own->slope[q] * u + own->shift[q] * s + own->constant[q], own->slope[q]};
            break;
        }
        case STEP_COPY: *top++ = stack[step->operand]; break;
        case STEP_LEAVE:
            top -= step->operand;
            top[-1] = top[step->operand - 1];
            break;
        case STEP_NEGATE: top[-1] = (struct dual){-top[-1].v, -top[-1].d}; break;
        case STEP_NOT: top[-1] = (struct dual){top[-1].v == 0, 0}; break;
        case STEP_TRUTH: top[-1] = (struct dual){top[-1].v != 0, 0}; break;
        case STEP_CALL:
            top -= step->count;
            *top = call(own, step, top);
            top++;
            break;
        case STEP_JUMP: step = expression->step + step->operand - 1; break;
        case STEP_JUMP_UNLESS:
            if ((--top)->v == 0)
                step = expression->step + step->operand - 1;
            break;
        case STEP_AND:
        case STEP_OR:
            if ((top[-1].v != 0) == (step->kind == STEP_OR)) {
                top[-1] = (struct dual){step->kind == STEP_OR, 0};
                step = expression->step + step->operand - 1;
            } else {
                top--;
            }
            break;
        default:
            top--;
            top[-1] = binary(step->kind, top[-1], top[0]);
        }
    }
    *slope = stack[0].d;
    return isfinite(stack[0].v) && isfinite(stack[0].d) ? stack[0].v : NAN;
}

double own_voltage_value(const void *own, double u, double *slope)
{
    return own_voltage_current(own, u, 0, slope);
}

bool own_voltage_is_own(const struct own_voltage *own)
{
    static const double u[] = {-7.3, -0.61, -0.02, 0, 0.013, 0.57, 1.9, 23.7}, s[] = {-11.25, -0.375, 0.5, 6.125};
    for (size_t p = 0; p < sizeof u / sizeof *u; p++)
        for (size_t q = 0; q < sizeof s / sizeof *s; q++) {
            double slope, here = own_voltage_current(own, u[p], 0, &slope), there = own_voltage_current(own, u[p], s[q], &slope);
            double noise = 1e-9 * fmax(fabs(here), fabs(there)) + 64 * DBL_EPSILON * fabs(slope) * fabs(s[q]);
            if (isnan(here) != isnan(there) || fabs(here - there) > noise)
                return false;
        }
    return true;
}

/* ---- straight pieces ----------------------------------------------------------------------------------------------------- */

/* c + s u on an interval. */
struct line {
    double c, s;
};

enum line_status { LINE_OK, LINE_SPLIT, LINE_CURVED };

/* An expression on an open interval, on which each part of it is to be straight. */
struct piecewise_reader {
    const struct own_voltage *own;
    double low, high;
    double split; /* LINE_SPLIT: in the interval, where a part has a corner */
};

static double inside(const struct piecewise_reader *reader)
{
    if (isinf(reader->low) && isinf(reader->high))
        return 0;
    if (isinf(reader->low))
        return reader->high - 1 - fabs(reader->high);
    return isinf(reader->high) ? reader->low + 1 + fabs(reader->low) : reader->low + (reader->high - reader->low) / 2;
}

/* The sign of a line on the interval; LINE_SPLIT where it changes. */
static enum line_status sign_of(struct piecewise_reader *reader, struct line f, int *sign)
{
    double at = f.c;
    if (f.s != 0) {
        double root = -f.c / f.s;
        if (root > reader->low && root < reader->high) {
            reader->split = root;
            return LINE_SPLIT;
        }
        at = (inside(reader) - root) * f.s;
    }
    *sign = (at > 0) - (at < 0);
    return LINE_OK;
}

static struct line minus(struct line x, struct line y)
{
    return (struct line){x.c - y.c, x.s - y.s};
}

static enum line_status choose(struct piecewise_reader *reader, struct line x, struct line y, bool greater, struct line *value)
{
    int sign;
    enum line_status status = sign_of(reader, minus(x, y), &sign);
    *value = (sign >= 0) == greater ? x : y;
    return status;
}

/* table(x, x1,y1, ..) and pwl(x, ..), whose points are numbers. */
static enum line_status look_up(struct piecewise_reader *reader, const struct line *argument, unsigned count, bool ends_flat,
                                struct line *value)
{
    unsigned points = (count - 1) / 2, right = 1;
    const struct line *point = argument + 1;
    for (unsigned p = 0; p < 2 * points; p++)
        if (point[p].s != 0)
            return LINE_CURVED;
    int below = -1, sign;
    for (unsigned p = 0; p < points; p++) {
        enum line_status status = sign_of(reader, (struct line){argument->c - point[2 * p].c, argument->s}, &sign);
        if (status != LINE_OK)
            return status;
        if (sign >= 0)
            below = (int)p;
    }
    if (ends_flat && (below < 0 || below == (int)points - 1)) {
        *value = point[below < 0 ? 1 : 2 * points - 1];
        return LINE_OK;
    }
    right = below < 0 ? 1 : (unsigned)below + 1 < points ? (unsigned)below + 1 : points - 1;
    const struct line *a = point + 2 * right - 2, *b = point + 2 * right;
    double rise = (b[1].c - a[1].c) / (b[0].c - a[0].c);
    *value = (struct line){a[1].c + rise * (argument->c - a[0].c), rise * argument->s};
    return b[0].c > a[0].c ? LINE_OK : LINE_CURVED;
}

static bool is_function(const struct function *function, const char *name)
{
    return function == functions_find(EXPRESSION_BEHAVIOUR, name, strlen(name));
}

static enum line_status call_line(struct piecewise_reader *reader, const struct expression_step *step, const struct line *argument,
                                  struct line *value)
{
    const struct function *function = step->function;
    unsigned count = step->count;
    const struct line zero = {0, 0}, one = {1, 0};
    struct line x = argument[0];
    double number[EXPRESSION_DEPTH];
    bool constant = true;
    int sign;
    for (unsigned q = 0; q < count; q++) {
        constant = constant && argument[q].s == 0;
        number[q] = argument[q].c;
    }
    if (constant) {
        *value = (struct line){call_value(reader->own, step, number), 0};
        return isfinite(value->c) ? LINE_OK : LINE_CURVED;
    }
    if (is_function(function, "max") || is_function(function, "min"))
        return choose(reader, x, argument[1], is_function(function, "max"), value);
    if (is_function(function, "abs"))
        return choose(reader, x, (struct line){-x.c, -x.s}, true, value);
    if (is_function(function, "uramp"))
        return choose(reader, x, zero, true, value);
    if (is_function(function, "u2")) {
        enum line_status status = choose(reader, x, zero, true, value);
        return status == LINE_OK ? choose(reader, *value, one, false, value) : status;
    }
    if (is_function(function, "sgn") || is_function(function, "u")) {
        enum line_status status = sign_of(reader, x, &sign);
        *value = (struct line){is_function(function, "u") ? (sign + 1) / 2.0 : sign, 0};
        return status;
    }
    if (is_function(function, "limit") && count == 3) {
        struct line low, high;
        enum line_status status = choose(reader, argument[1], argument[2], false, &low);
        if (status == LINE_OK)
            status = choose(reader, argument[1], argument[2], true, &high);
        if (status == LINE_OK)
            status = choose(reader, x, low, true, value);
        return status == LINE_OK ? choose(reader, *value, high, false, value) : status;
    }
    if (is_function(function, "table") || is_function(function, "pwl"))
        return look_up(reader, argument, count, is_function(function, "table"), value);
    return LINE_CURVED;
}

static enum line_status compare(struct piecewise_reader *reader, enum step_kind kind, struct line f, struct line *value)
{
    int sign = 0;
    enum line_status status = sign_of(reader, f, &sign);
    bool truth = kind == STEP_EQUAL        ? sign == 0
                 : kind == STEP_UNEQUAL    ? sign != 0
                 : kind == STEP_LESS       ? sign < 0
                 : kind == STEP_LESS_EQUAL ? sign <= 0
                 : kind == STEP_GREATER    ? sign > 0
                                           : sign >= 0;
    *value = (struct line){truth, 0};
    return status;
}

static enum line_status binary_line(struct piecewise_reader *reader, enum step_kind kind, struct line x, struct line y,
                                    struct line *value)
{
    switch (kind) {
    case STEP_ADD: *value = (struct line){x.c + y.c, x.s + y.s}; return LINE_OK;
    case STEP_SUBTRACT: *value = minus(x, y); return LINE_OK;
    case STEP_MULTIPLY:
        if (x.s != 0 && y.s != 0)
            return LINE_CURVED;
        *value = (struct line){x.c * y.c, x.s * y.c + x.c * y.s};
        return LINE_OK;
    case STEP_DIVIDE:
        if (y.s != 0 || y.c == 0)
            return LINE_CURVED;
        *value = (struct line){x.c / y.c, x.s / y.c};
        return LINE_OK;
    case STEP_EQUAL:
    case STEP_UNEQUAL:
    case STEP_LESS:
    case STEP_LESS_EQUAL:
    case STEP_GREATER:
    case STEP_GREATER_EQUAL: return compare(reader, kind, minus(x, y), value);
    default: break;
    }
    if (x.s != 0 || y.s != 0)
        return LINE_CURVED;
    struct dual result = binary(kind, (struct dual){x.c, 0}, (struct dual){y.c, 0});
    *value = (struct line){result.v, 0};
    return isfinite(result.v) ? LINE_OK : LINE_CURVED;
}

/* The truth of a line: is it another one than 0? */
static enum line_status truth_of(struct piecewise_reader *reader, struct line x, bool *truth)
{
    int sign = 0;
    enum line_status status = sign_of(reader, x, &sign);
    *truth = sign != 0;
    return status;
}

static enum line_status read_line(struct piecewise_reader *reader, struct line *value)
{
    struct line stack[EXPRESSION_DEPTH], *top = stack;
    const struct expression *expression = &reader->own->expression;
    enum line_status status = LINE_OK;
    bool truth = false;
    for (const struct expression_step *step = expression->step, *end = step + expression->steps; step < end; step++) {
        switch ((enum step_kind)step->kind) {
        case STEP_NUMBER: *top++ = (struct line){step->number, 0}; break;
        case STEP_USE:
            *top++ = (struct line){reader->own->constant[step->operand], reader->own->slope[step->operand]};
            break;
        case STEP_COPY: *top++ = stack[step->operand]; break;
        case STEP_LEAVE:
            top -= step->operand;
            top[-1] = top[step->operand - 1];
            break;
        case STEP_NEGATE: top[-1] = (struct line){-top[-1].c, -top[-1].s}; break;
        case STEP_NOT:
        case STEP_TRUTH:
            status = truth_of(reader, top[-1], &truth);
            top[-1] = (struct line){truth == (step->kind == STEP_TRUTH), 0};
            break;
        case STEP_CALL:
            top -= step->count;
            status = call_line(reader, step, top, top);
            top++;
            break;
        case STEP_JUMP: step = expression->step + step->operand - 1; break;
        case STEP_JUMP_UNLESS:
            status = truth_of(reader, *--top, &truth);
            if (!truth)
                step = expression->step + step->operand - 1;
            break;
        case STEP_AND:
        case STEP_OR:
            status = truth_of(reader, top[-1], &truth);
            if (truth == (step->kind == STEP_OR)) {
                top[-1] = (struct line){step->kind == STEP_OR, 0};
                step = expression->step + step->operand - 1;
            } else {
                top--;
            }
            break;
        default:
            top--;
            status = binary_line(reader, step->kind, top[-1], top[0], &top[-1]);
        }
        if (status != LINE_OK)
            return status;
    }
    *value = stack[0];
    return LINE_OK;
}

/* ---- the table ------------------------------------------------------------------------------------------------------------- */

struct pieces {
    double *corner;    /* [count - 1] between neighbours */
    struct line *line; /* [count] */
    size_t count, corner_capacity, line_capacity;
};

/* Read the pieces from reader->low on, from left to right: what is still to be read lies behind as a stack of ends. */
static enum own_voltage_status read_pieces(const struct own_voltage *own, struct pieces *pieces)
{
    enum { CORNERS = 10000, WAITING = 200 };
    double waiting[WAITING] = {INFINITY}, low = -INFINITY;
    size_t ends = 1;
    while (ends > 0 && pieces->count < CORNERS) {
        struct piecewise_reader reader = {own, low, waiting[ends - 1], 0};
        struct line line;
        enum line_status status = read_line(&reader, &line);
        if (status == LINE_CURVED || (status == LINE_SPLIT && ends == WAITING))
            return OWN_VOLTAGE_CURVED;
        if (status == LINE_SPLIT) {
            waiting[ends++] = reader.split;
            continue;
        }
        if (!array_reserve(&pieces->line, &pieces->line_capacity, pieces->count + 1, sizeof *pieces->line) ||
            !array_reserve(&pieces->corner, &pieces->corner_capacity, pieces->count + 1, sizeof *pieces->corner))
            return OWN_VOLTAGE_NO_MEMORY;
        if (pieces->count > 0 && pieces->line[pieces->count - 1].c == line.c && pieces->line[pieces->count - 1].s == line.s)
            pieces->count--; /* no corner after all */
        pieces->line[pieces->count] = line;
        low = pieces->corner[pieces->count++] = waiting[--ends];
    }
    return ends == 0 ? OWN_VOLTAGE_TABLE : OWN_VOLTAGE_CURVED;
}

static double on(struct line line, double u)
{
    return line.c + line.s * u;
}

/* Points at the corners, and one beyond at each end. */
static enum own_voltage_status tabulate(const struct pieces *pieces, struct arena *arena, struct curve_table *table, double *low)
{
    size_t corners = pieces->count - 1, points = corners + 2;
    double *u = arena_alloc(arena, points * sizeof *u), *i = arena_alloc(arena, points * sizeof *i);
    if (!u || !i)
        return OWN_VOLTAGE_NO_MEMORY;
    for (size_t c = 0; c < corners; c++) {
        double at = pieces->corner[c], left = on(pieces->line[c], at), right = on(pieces->line[c + 1], at);
        double size = fabs(pieces->line[c].c) + fabs(pieces->line[c + 1].c) + fabs(left) + fabs(right);
        *low = at;
        if (fabs(right - left) > 1e-12 * size)
            return OWN_VOLTAGE_STEP;
        u[c + 1] = at;
        i[c + 1] = fabs(pieces->line[c].s) < fabs(pieces->line[c + 1].s) ? left : right; /* the flatter one knows it better */
    }
    double first = corners ? u[1] : 0, last = corners ? u[corners] : 0;
    u[0] = first - fmax(1, fabs(first));
    i[0] = on(pieces->line[0], u[0]);
    u[points - 1] = last + fmax(1, fabs(last));
    i[points - 1] = on(pieces->line[corners], u[points - 1]);
    *table = (struct curve_table){points, u, i};
    return OWN_VOLTAGE_TABLE;
}

enum own_voltage_status own_voltage_table(const struct own_voltage *own, struct arena *arena, struct curve_table *table,
                                          double *low)
{
    struct pieces pieces = {0};
    enum own_voltage_status status = read_pieces(own, &pieces);
    if (status == OWN_VOLTAGE_TABLE)
        status = tabulate(&pieces, arena, table, low);
    free(pieces.corner);
    free(pieces.line);
    return status;
}

/* ---- does it rise? ---------------------------------------------------------------------------------------------------------- */

static bool table_rises(const struct curve_table *table, double *low, double *high)
{
    for (size_t p = 0; p + 1 < table->points; p++)
        if (!(table->i[p + 1] >= table->i[p])) {
            *low = table->u[p];
            *high = table->u[p + 1];
            return false;
        }
    return true;
}

bool own_voltage_rises(const struct curved *curve, double *low, double *high)
{
    enum { SIDE = 1200 };
    double before_u = 0, before_i = NAN;
    if (curve->kind == CURVE_TABLE)
        return table_rises(&curve->table, low, high);
    for (int p = -SIDE; p <= SIDE; p++) { /* 1 nV to 1 kV, by 1 % */
        double u = p == 0 ? 0 : copysign(1e-9 * pow(10, 12.0 * abs(p) / SIDE), p), slope;
        double i = curve->function.value(curve->function.data, u, &slope);
        *low = isnan(i) ? u : before_u;
        *high = u;
        if (isnan(i) || (!isnan(before_i) && i < before_i - 1e-12 * fmax(fabs(i), fabs(before_i))))
            return false;
        before_u = u;
        before_i = i;
    }
    return true;
}
