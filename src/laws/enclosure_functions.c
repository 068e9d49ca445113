/* What functions make of enclosures. */
#include "laws/enclosure_parts.h"

#include "laws/gradient.h"

/* ---- powers ------------------------------------------------------------------------------------------------------ */

/* A function of x, which is in its domain only at `at`. */
static struct enclosure of_function(const struct enclosure_run *run, const struct function *function,
                                    const struct enclosure *x, struct interval at)
{
    struct enclosure y = {.value = interval_function(function, at), .growth = WHOLE, .order = WHOLE,
                          .slope = interval_product(interval_slope(function, at), x->slope),
                          .is_partial = x->is_partial || at.low > x->value.low || at.high < x->value.high};
    if (function->slope_shape == SHAPE_STEPS)
        y.is_partial = y.is_partial || enclosure_is_vague(run, y.value);
    if (function->one == sqrt) {
        y.growth = interval_product(x->growth, interval_point(0.5));
        y.order = interval_product(x->order, interval_point(0.5));
    }
    if (function->slope_shape == SHAPE_CAPPED || function->slope == exp) /* d ln exp(x) = dx, or 0 where it is capped */
        y.growth = at.high > FUNCTION_EXP_CAP ? interval_hull(x->slope, interval_point(0)) : x->slope;
    return enclosure_finished(run, y);
}

/* x^y = exp(y ln x), for x > 0. */
static int varying_power(struct enclosure_run *run, const struct enclosure *x, const struct enclosure *y,
                         struct enclosure *value)
{
    const struct function *log = functions_find(EXPRESSION_PARAMETER, "ln", 2);
    const struct function *exp = functions_find(EXPRESSION_PARAMETER, "exp", 3);
    struct enclosure logarithm = of_function(run, log, x, x->value), exponent;
    int status = enclosure_product(run, &logarithm, y, &exponent);
    *value = of_function(run, exp, &exponent, exponent.value);
    return status;
}

int enclosure_power(struct enclosure_run *run, const struct enclosure *x, const struct enclosure *y, bool keeps_sign,
                 struct enclosure *value)
{
    int status = enclosure_bend(run, x);
    if (status == ENCLOSURE_OK)
        status = enclosure_bend(run, y);
    if (status != ENCLOSURE_OK)
        return status;
    if (!enclosure_is_constant(y) && x->value.low > 0)
        return varying_power(run, x, y, value);
    if (!enclosure_is_constant(y)) {
        *value = enclosure_anything;
        return ENCLOSURE_OK;
    }
    double p = y->c;
    struct interval steep = interval_product(interval_point(p), interval_power(x->value, p - 1, !keeps_sign));
    bool has_pole = p < 0 && x->value.low < 0 && x->value.high > 0;
    bool jumps = p == 0 && keeps_sign && x->value.low < 0 && x->value.high > 0; /* sgn x */
    *value = enclosure_finished(run, (struct enclosure){
        .value = interval_power(x->value, p, keeps_sign),
        .slope = has_pole || jumps ? INTERVAL_WHOLE : interval_product(steep, x->slope),
        .growth = interval_product(x->growth, interval_point(p)),
        .order = interval_product(x->order, interval_point(p)),
        .is_partial = x->is_partial || has_pole});
    return ENCLOSURE_OK;
}

/* ---- functions --------------------------------------------------------------------------------------------------- */

/* A line is split where it meets a number. */
static int meet(struct enclosure_run *run, const struct enclosure *x, double number)
{
    if (!x->is_line)
        return ENCLOSURE_OK;
    struct enclosure beyond = enclosure_line(run, x->c - number, x->d, NULL);
    return enclosure_bend(run, &beyond);
}

static int smooth(struct enclosure_run *run, const struct function *function, const struct enclosure *x,
                  struct enclosure *value)
{
    int status = enclosure_bend(run, x);
    struct interval at = x->value;
    if (status == ENCLOSURE_OK && function->slope_shape == SHAPE_CAPPED)
        status = meet(run, x, FUNCTION_EXP_CAP);
    if (status == ENCLOSURE_OK && isfinite(function->from))
        status = meet(run, x, function->from);
    if (status == ENCLOSURE_OK && isfinite(function->to))
        status = meet(run, x, function->to);
    bool is_below = at.high < function->from || (x->is_line && at.low < function->from && at.high == function->from);
    bool is_above = at.low > function->to || (x->is_line && at.high > function->to && at.low == function->to);
    if (is_below || is_above)
        return status == ENCLOSURE_OK ? ENCLOSURE_NO_VALUE : status;
    struct interval inside = {fmax(at.low, function->from), fmin(at.high, function->to)};
    *value = of_function(run, function, x, inside);
    if (function->shape == SHAPE_TANGENT && value->value.low == -INFINITY)
        value->is_partial = true;
    return status;
}

/* The knot in the middle of those that a line meets inside of the cell; false: there is none. */
static bool find_knot(const struct cell *cell, const struct function_points *points, const struct enclosure *x,
                      double *at)
{
    size_t count = points->count, first = 0, behind = count;
    double from = x->d > 0 ? cell->low : cell->high, to = x->d > 0 ? cell->high : cell->low;
    for (size_t end = count; first < end;) { /* the first knot met behind `from` */
        size_t middle = first + (end - first) / 2;
        double root = (points->point[2 * middle] - x->c) / x->d;
        if (x->d > 0 ? root > from : root < from)
            end = middle;
        else
            first = middle + 1;
    }
    for (size_t start = first; start < behind;) { /* the first knot not met before `to` */
        size_t middle = start + (behind - start) / 2;
        double root = (points->point[2 * middle] - x->c) / x->d;
        if (x->d > 0 ? root >= to : root <= to)
            behind = middle;
        else
            start = middle + 1;
    }
    if (first >= behind)
        return false;
    *at = (points->point[2 * (first + (behind - first) / 2)] - x->c) / x->d;
    return true;
}

/* A line that meets no knot, through points: their segment, or the end beyond which they are flat. */
static struct enclosure on_segment(const struct enclosure_run *run, const struct function_points *points,
                                   const struct enclosure *x)
{
    const struct cell *cell = run->cell;
    double u = isinf(cell->low) && isinf(cell->high) ? 0
               : isinf(cell->low)                    ? cell->high - 1 - fabs(cell->high)
               : isinf(cell->high)                   ? cell->low + 1 + fabs(cell->low)
                                                     : cell->low + (cell->high - cell->low) / 2;
    const double *point = points->point, *last = point + 2 * points->count - 2;
    double inside = x->c + x->d * u;
    if (points->function->kind == FUNCTION_TABLE && (inside <= point[0] || inside >= last[0]))
        return enclosure_constant(inside <= point[0] ? point[1] : last[1]);
    const double *b = point + 2 * function_segment(point, points->count, inside), *a = b - 2;
    double rise = (b[1] - a[1]) / (b[0] - a[0]);
    const double *near = fabs(x->c - a[0]) <= fabs(x->c - b[0]) ? a : b; /* rounds least */
    return enclosure_line(run, near[1] + rise * (x->c - near[0]), rise * x->d, NULL);
}

static int through_points(struct enclosure_run *run, const struct function_points *points, const struct enclosure *x,
                          struct enclosure *value)
{
    int status = enclosure_without_shift(run, x);
    if (status != ENCLOSURE_OK)
        return status;
    if (!points->rise)
        return ENCLOSURE_NO_VALUE;
    if (!x->is_line) {
        struct interval slope, at = interval_look_up(points, x->value, &slope);
        *value = enclosure_finished(run, (struct enclosure){.value = at, .slope = interval_product(slope, x->slope),
                                                  .growth = WHOLE, .order = WHOLE, .is_partial = x->is_partial});
        return ENCLOSURE_OK;
    }
    if (x->d == 0) {
        return enclosure_settled(function_look_up(points, x->c), value);
    }
    if (find_knot(run->cell, points, x, &run->split))
        return ENCLOSURE_SPLIT;
    *value = on_segment(run, points, x);
    return ENCLOSURE_OK;
}

/* A table or pwl whose points are no numbers in the text: constants, or it may be anything. */
static int through_values(struct enclosure_run *run, const struct expression_step *step,
                          const struct enclosure *argument, struct enclosure *value)
{
    double point[EXPRESSION_DEPTH];
    struct function_points points = {step->function, step->count / 2, point, false};
    for (unsigned q = 1; q < step->count; q++) {
        if (!enclosure_is_constant(&argument[q])) {
            *value = enclosure_anything;
            return enclosure_without_shift(run, &argument[q]);
        }
        point[q - 1] = argument[q].c;
    }
    points.rise = step->count % 2 == 1 && function_points_rise(point, points.count);
    return through_points(run, &points, argument, value);
}

/* Straight in its first argument, for constants behind it. */
static int drawn(struct enclosure_run *run, const struct expression_step *step, const struct enclosure *argument,
                 struct enclosure *value)
{
    double number[3] = {0, 0, 0};
    for (unsigned q = 1; q < step->count; q++) {
        if (!enclosure_is_constant(&argument[q])) {
            *value = enclosure_anything;
            return enclosure_without_shift(run, &argument[q]);
        }
        number[q] = argument[q].c;
    }
    const struct expression_law *own = run->own;
    double at_0 = expression_call(&own->expression, own->random, step, number);
    number[0] = 1;
    double at_1 = expression_call(&own->expression, own->random, step, number);
    struct enclosure part = enclosure_scaled(run, argument, at_1 - at_0), rest = enclosure_constant(at_0);
    *value = enclosure_sum(run, &part, &rest);
    return ENCLOSURE_OK;
}

/* atan2(y, x), which is atan(y/x) for x > 0: there its derivative is (x y' - y x') / (x^2 + y^2). */
static int angle(struct enclosure_run *run, const struct enclosure *y, const struct enclosure *x,
                 struct enclosure *value)
{
    const struct function *atan = functions_find(EXPRESSION_PARAMETER, "atan", 4);
    struct enclosure z = {.value = {-M_PI, M_PI}, .slope = WHOLE, .growth = WHOLE, .order = WHOLE,
                          .is_partial = x->is_partial || y->is_partial};
    int status = enclosure_bend(run, x);
    if (status == ENCLOSURE_OK)
        status = enclosure_bend(run, y);
    if (x->value.low > 0) {
        struct interval square = interval_sum(interval_power(x->value, 2, false), interval_power(y->value, 2, false));
        struct interval moved = interval_difference(interval_product(x->value, y->slope),
                                                    interval_product(y->value, x->slope));
        z.value = interval_function(atan, interval_quotient(y->value, x->value));
        z.slope = interval_quotient(moved, square);
    }
    *value = enclosure_finished(run, z);
    return status;
}

int enclosure_call(void *data, const struct expression_step *step, const void *arguments, void *value)
{
    struct enclosure_run *run = data;
    const struct enclosure *x = arguments, zero = enclosure_constant(0), one = enclosure_constant(1);
    const struct function *function = step->function;
    struct enclosure other, result = enclosure_anything;
    double number[EXPRESSION_DEPTH];
    unsigned constants = 0;
    int status;
    while (constants < step->count && enclosure_is_constant(&x[constants])) {
        number[constants] = x[constants].c;
        constants++;
    }
    if (constants == step->count) {
        return enclosure_settled(expression_call(&run->own->expression, run->own->random, step, number), value);
    }
    switch (function->kind) {
    case FUNCTION_ONE: status = smooth(run, function, x, &result); break;
    case FUNCTION_MAGNITUDE:
        other = enclosure_scaled(run, x, -1);
        status = enclosure_choose(run, x, &other, true, &result);
        break;
    case FUNCTION_SIGN: status = enclosure_steps(run, x, false, &result); break;
    case FUNCTION_UNIT_STEP: status = enclosure_steps(run, x, true, &result); break;
    case FUNCTION_RAMP: status = enclosure_choose(run, x, &zero, true, &result); break;
    case FUNCTION_CLIPPED_RAMP:
        status = enclosure_choose(run, x, &zero, true, &other);
        status = status == ENCLOSURE_OK ? enclosure_choose(run, &other, &one, false, &result) : status;
        break;
    case FUNCTION_MIN: status = enclosure_choose(run, x, x + 1, false, &result); break;
    case FUNCTION_MAX: status = enclosure_choose(run, x, x + 1, true, &result); break;
    case FUNCTION_MAGNITUDE_POWER: status = enclosure_power(run, x, x + 1, false, &result); break;
    case FUNCTION_SIGNED_POWER: status = enclosure_power(run, x, x + 1, true, &result); break;
    case FUNCTION_ATAN2: status = angle(run, x, x + 1, &result); break;
    case FUNCTION_TABLE:
    case FUNCTION_PWL: status = through_values(run, step, x, &result); break;
    case FUNCTION_LIMIT:
        status = step->count == 3 ? enclosure_limit(run, x, &result) : drawn(run, step, x, &result);
        break;
    case FUNCTION_RANDOM: status = drawn(run, step, x, &result); break;
    default: status = enclosure_without_shift(run, x);
    }
    *(struct enclosure *)value = result;
    return status;
}

int enclosure_look_up(void *data, const struct expression_step *step, const void *x, void *value)
{
    struct enclosure result = enclosure_anything;
    int status = through_points(data, step->points, x, &result);
    *(struct enclosure *)value = result;
    return status;
}
