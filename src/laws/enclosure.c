/* Arithmetic of enclosures, and choices between them. */
#include "laws/enclosure_parts.h"

#include <float.h>

const struct enclosure enclosure_anything = {.value = WHOLE, .slope = WHOLE, .growth = WHOLE, .order = WHOLE,
                                             .is_partial = true};

struct enclosure enclosure_finished(const struct enclosure_run *run, struct enclosure x)
{
    struct interval u = run->cell->at;
    bool is_definite = x.value.low >= 0 || x.value.high <= 0, is_one_sided = u.low >= 0 || u.high <= 0;
    if (!is_definite) {
        x.growth = x.order = INTERVAL_WHOLE;
        return x;
    }
    x.growth = interval_common(x.growth, interval_quotient(x.slope, x.value));
    if (is_one_sided) {
        x.order = interval_common(x.order, interval_product(x.growth, u));
        x.growth = interval_common(x.growth, interval_quotient(x.order, u));
    } else {
        x.order = INTERVAL_WHOLE;
    }
    x.slope = interval_common(x.slope, interval_product(x.growth, x.value));
    return x;
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

/* c + d u, rounded outwards. */
static struct interval at_end(double c, double d, double u)
{
    if (d == 0 || u == 0)
        return interval_point(c);
    double product = d * u, value = c + product;
    double noise = c == 0 && fabs(d) == 1 ? 0 : DBL_EPSILON * (fabs(c) + fabs(product));
    return isfinite(value) ? (struct interval){value - noise, value + noise} : interval_point(value);
}

/* The sign of a line on the cell: 0 where it changes, or the line is 0. */
static int line_sign(const struct cell *cell, const struct enclosure *x)
{
    if (x->d == 0)
        return (x->c > 0) - (x->c < 0);
    double root = -x->c / x->d;
    if (root > cell->low && root < cell->high)
        return 0;
    return (root <= cell->low) == (x->d > 0) ? 1 : -1;
}

struct enclosure enclosure_line(const struct enclosure_run *run, double c, double d, const struct enclosure *shift)
{
    struct enclosure x = {.is_line = true, .c = c, .d = d, .slope = interval_point(d)};
    x.value = interval_hull(at_end(c, d, run->cell->at.low), at_end(c, d, run->cell->at.high));
    int sign = line_sign(run->cell, &x);
    if (sign > 0)
        x.value = (struct interval){fmax(0, x.value.low), fmax(0, x.value.high)};
    if (sign < 0)
        x.value = (struct interval){fmin(0, x.value.low), fmin(0, x.value.high)};
    if (shift) {
        x.e = shift->e;
        x.e_size = shift->e_size;
        x.use = shift->use;
    }
    x.growth = interval_quotient(x.slope, x.value);
    x.order = c == 0 && d != 0 ? interval_point(1)
                               : interval_difference(interval_point(1), interval_quotient(interval_point(c), x.value));
    return enclosure_finished(run, x);
}

struct enclosure enclosure_constant(double c)
{
    return (struct enclosure){.value = interval_point(c), .is_line = true, .c = c};
}

int enclosure_settled(double result, struct enclosure *value)
{
    *value = isfinite(result) ? enclosure_constant(result) : enclosure_anything;
    return isnan(result) ? ENCLOSURE_NO_VALUE : ENCLOSURE_OK;
}

bool enclosure_is_constant(const struct enclosure *x)
{
    return x->is_line && x->d == 0 && x->e_size == 0 && !x->is_partial;
}

/* ---- s ----------------------------------------------------------------------------------------------------------- */

int enclosure_without_shift(struct enclosure_run *run, const struct enclosure *x)
{
    if (fabs(x->e) <= 16 * DBL_EPSILON * x->e_size)
        return ENCLOSURE_OK;
    run->use = x->use;
    return ENCLOSURE_NOT_OWN;
}

int enclosure_bend(struct enclosure_run *run, const struct enclosure *x)
{
    int status = enclosure_without_shift(run, x);
    if (status == ENCLOSURE_OK && x->is_line && x->d != 0 && line_sign(run->cell, x) == 0) {
        run->split = 0 - x->c / x->d; /* 0, not -0 */
        return ENCLOSURE_SPLIT;
    }
    return status;
}

int enclosure_sign(struct enclosure_run *run, const struct enclosure *x, int *sign, bool *known)
{
    int status = enclosure_bend(run, x);
    *sign = x->is_line ? line_sign(run->cell, x) : (x->value.low > 0) - (x->value.high < 0);
    *known = !x->is_partial && (x->is_line || *sign != 0 || (x->value.low == 0 && x->value.high == 0));
    return status;
}

bool enclosure_is_vague(const struct enclosure_run *run, struct interval value)
{
    return run->cell->at.low == run->cell->at.high && value.low != value.high;
}

/* ---- sums and products ------------------------------------------------------------------------------------------- */

struct enclosure enclosure_scaled(const struct enclosure_run *run, const struct enclosure *x, double factor)
{
    struct enclosure y = *x;
    if (factor == 0) {
        y = enclosure_constant(0);
        y.is_partial = x->is_partial;
        return y;
    }
    y.e *= factor;
    y.e_size *= fabs(factor);
    if (x->is_line)
        return enclosure_line(run, x->c * factor, x->d * factor, &y);
    y.value = interval_product(x->value, interval_point(factor));
    y.slope = interval_product(x->slope, interval_point(factor));
    return y; /* growth and order are those of x */
}

struct enclosure enclosure_sum(const struct enclosure_run *run, const struct enclosure *x, const struct enclosure *y)
{
    struct enclosure z = {.e = x->e + y->e, .e_size = x->e_size + y->e_size, .use = x->e_size > 0 ? x->use : y->use};
    if (z.e == 0)
        z.e_size = 0;
    if (x->is_line && y->is_line)
        return enclosure_line(run, x->c + y->c, x->d + y->d, &z);
    z.value = interval_sum(x->value, y->value);
    z.slope = interval_sum(x->slope, y->slope);
    z.growth = z.order = INTERVAL_WHOLE;
    if ((x->value.low >= 0 && y->value.low >= 0) || (x->value.high <= 0 && y->value.high <= 0)) { /* a mean of both */
        z.growth = interval_hull(x->growth, y->growth);
        z.order = interval_hull(x->order, y->order);
    }
    if (enclosure_is_constant(x) || enclosure_is_constant(y)) {
        const struct enclosure *varying = enclosure_is_constant(x) ? y : x, *fixed = enclosure_is_constant(x) ? x : y;
        struct interval share = interval_sum(interval_point(1), interval_quotient(fixed->value, varying->value));
        z.growth = interval_common(z.growth, interval_quotient(varying->growth, share));
        z.order = interval_common(z.order, interval_quotient(varying->order, share));
    }
    z.is_partial = x->is_partial || y->is_partial;
    return enclosure_finished(run, z);
}

struct enclosure enclosure_difference(const struct enclosure_run *run, const struct enclosure *x,
                                   const struct enclosure *y)
{
    struct enclosure minus = enclosure_scaled(run, y, -1);
    return enclosure_sum(run, x, &minus);
}

int enclosure_product(struct enclosure_run *run, const struct enclosure *x, const struct enclosure *y,
                   struct enclosure *value)
{
    if (enclosure_is_constant(x) || enclosure_is_constant(y)) {
        *value = enclosure_is_constant(x) ? enclosure_scaled(run, y, x->c) : enclosure_scaled(run, x, y->c);
        return ENCLOSURE_OK;
    }
    int status = enclosure_bend(run, x);
    if (status == ENCLOSURE_OK)
        status = enclosure_bend(run, y);
    struct enclosure z = {
        .value = interval_product(x->value, y->value),
        .slope = interval_sum(interval_product(x->slope, y->value), interval_product(x->value, y->slope)),
        .growth = interval_sum(x->growth, y->growth),
        .order = interval_sum(x->order, y->order),
        .is_partial = x->is_partial || y->is_partial};
    *value = enclosure_finished(run, z);
    return status;
}

/* (x/y)' = (x' - (x/y) y') / y */
int enclosure_quotient(struct enclosure_run *run, const struct enclosure *x, const struct enclosure *y,
                    struct enclosure *value)
{
    if (enclosure_is_constant(y) && y->c == 0) {
        *value = enclosure_anything;
        return interval_has(x->value, 0) ? ENCLOSURE_NO_VALUE : enclosure_without_shift(run, x);
    }
    if (enclosure_is_constant(y)) {
        struct enclosure z = *x;
        z.e /= y->c;
        z.e_size /= fabs(y->c);
        if (x->is_line) {
            *value = enclosure_line(run, x->c / y->c, x->d / y->c, &z);
            return ENCLOSURE_OK;
        }
        z.value = interval_quotient(x->value, y->value);
        z.slope = interval_quotient(x->slope, y->value);
        *value = z;
        return ENCLOSURE_OK;
    }
    int status = enclosure_bend(run, x);
    if (status == ENCLOSURE_OK)
        status = enclosure_bend(run, y);
    if (y->value.low == 0 && y->value.high == 0)
        return ENCLOSURE_NO_VALUE;
    struct interval whole = interval_quotient(x->value, y->value);
    struct interval moved = interval_difference(x->slope, interval_product(whole, y->slope));
    struct enclosure z = {
        .value = whole,
        .slope = interval_quotient(moved, y->value),
        .growth = interval_difference(x->growth, y->growth),
        .order = interval_difference(x->order, y->order),
        .is_partial = x->is_partial || y->is_partial || (!y->is_line && interval_has(y->value, 0))};
    *value = enclosure_finished(run, z);
    return status;
}

/* ---- choices ----------------------------------------------------------------------------------------------------- */

int enclosure_choose(struct enclosure_run *run, const struct enclosure *x, const struct enclosure *y, bool greater,
                  struct enclosure *value)
{
    struct enclosure excess = enclosure_difference(run, x, y);
    int sign, status;
    bool known;
    if (excess.is_line) {
        status = enclosure_sign(run, &excess, &sign, &known);
        *value = (sign >= 0) == greater ? *x : *y;
        return status;
    }
    status = enclosure_without_shift(run, &excess);
    if (excess.value.low >= 0 || excess.value.high <= 0) {
        struct enclosure chosen = (excess.value.low >= 0) == greater ? *x : *y;
        chosen.is_partial = excess.is_partial;
        *value = chosen;
        return status;
    }
    struct interval a = x->value, b = y->value;
    struct enclosure z = {.slope = interval_hull(x->slope, y->slope), .growth = interval_hull(x->growth, y->growth),
                          .order = interval_hull(x->order, y->order), .is_partial = excess.is_partial,
                          .e = x->e, .e_size = x->e_size, .use = x->use};
    z.value = greater ? (struct interval){fmax(a.low, b.low), fmax(a.high, b.high)}
                      : (struct interval){fmin(a.low, b.low), fmin(a.high, b.high)};
    *value = enclosure_finished(run, z);
    return status;
}

int enclosure_limit(struct enclosure_run *run, const struct enclosure *argument, struct enclosure *value)
{
    struct enclosure low, high, clipped;
    int status = enclosure_choose(run, &argument[1], &argument[2], false, &low);
    if (status == ENCLOSURE_OK)
        status = enclosure_choose(run, &argument[1], &argument[2], true, &high);
    if (status == ENCLOSURE_OK)
        status = enclosure_choose(run, &argument[0], &low, true, &clipped);
    return status == ENCLOSURE_OK ? enclosure_choose(run, &clipped, &high, false, value) : status;
}

int enclosure_steps(struct enclosure_run *run, const struct enclosure *x, bool is_unit, struct enclosure *value)
{
    int sign;
    bool known;
    int status = enclosure_sign(run, x, &sign, &known);
    *value = enclosure_constant(is_unit ? (sign + 1) / 2.0 : sign);
    if (!known)
        *value = enclosure_finished(run, (struct enclosure){
            .value = {is_unit ? 0 : -1, 1}, .growth = WHOLE, .order = WHOLE,
            .is_partial = x->is_partial || run->cell->at.low == run->cell->at.high,
            .slope = interval_product(x->slope, (struct interval){0, INFINITY})});
    return status;
}

/* Is the sign of a comparison's difference what it asks for? */
static bool holds(enum step_kind kind, int sign)
{
    switch (kind) {
    case STEP_EQUAL: return sign == 0;
    case STEP_UNEQUAL: return sign != 0;
    case STEP_LESS: return sign < 0;
    case STEP_LESS_EQUAL: return sign <= 0;
    case STEP_GREATER: return sign > 0;
    default: return sign >= 0;
    }
}

int enclosure_compare(struct enclosure_run *run, enum step_kind kind, const struct enclosure *x,
                      const struct enclosure *y, struct enclosure *value)
{
    struct enclosure excess = enclosure_difference(run, x, y);
    int sign;
    bool known;
    int status = enclosure_sign(run, &excess, &sign, &known);
    bool low = holds(kind, -1), middle = holds(kind, 0), high = holds(kind, 1);
    known = known || (!excess.is_partial && ((excess.value.low >= 0 && middle == high) ||
                                             (excess.value.high <= 0 && middle == low)));
    if (known)
        *value = enclosure_constant(sign != 0                                  ? holds(kind, sign)
                                    : excess.value.low >= 0 && middle == high ? high
                                                                              : middle);
    else
        *value = (struct enclosure){.value = {0, 1}, .slope = WHOLE, .growth = WHOLE, .order = WHOLE,
                                    .is_partial = excess.is_partial || run->cell->at.low == run->cell->at.high};
    return status;
}
