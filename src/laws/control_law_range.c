#include "laws/control_law_range.h"

#include "laws/interval_gradient.h"
#include <math.h>

size_t control_law_range_work(const struct control_law *law)
{
    return law->kind == CONTROL_EXPRESSION ? INTERVAL_WORK((size_t)law->n) : law->n;
}

/* ---- sums and polynomials ---------------------------------------------------------------------------------------- */

static struct interval linear(const struct control_law *law, const struct interval *x, struct interval *slope)
{
    struct interval sum = interval_point(0);
    for (uint32_t k = 0; k < law->n; k++) {
        slope[k] = interval_point(law->gain[k]);
        sum = interval_sum(sum, interval_product(slope[k], x[k]));
    }
    return sum;
}

/* x^p, p = 0, 1, 2, .. */
static struct interval whole_power(struct interval x, double p)
{
    return interval_power(x, p, fmod(p, 2) != 0);
}

/* The product of all powers of x but that of x[without]; n: of all of them. */
static struct interval product_of(uint32_t n, const struct interval *x, const double *power, uint32_t without)
{
    struct interval product = interval_point(1);
    for (uint32_t k = 0; k < n; k++)
        if (k != without && power[k] > 0)
            product = interval_product(product, whole_power(x[k], power[k]));
    return product;
}

static struct interval polynomial(const struct control_law *law, const struct interval *x, struct interval *slope,
                                  struct interval *work)
{
    uint32_t n = law->n;
    double *power = (double *)work;
    struct interval sum = interval_point(0);
    for (uint32_t k = 0; k < n; k++) {
        power[k] = 0;
        slope[k] = interval_point(0);
    }
    for (size_t term = 0; term < law->polynomial.terms; term++) {
        struct interval c = interval_point(law->polynomial.coefficient[term]);
        if (c.low != 0)
            sum = interval_sum(sum, interval_product(c, product_of(n, x, power, n)));
        for (uint32_t k = 0; c.low != 0 && k < n; k++) {
            if (power[k] == 0)
                continue;
            struct interval own = interval_product(interval_point(power[k]), whole_power(x[k], power[k] - 1));
            struct interval rise = interval_product(own, product_of(n, x, power, k));
            slope[k] = interval_sum(slope[k], interval_product(c, rise));
        }
        if (n > 0)
            control_law_next_term(n, power);
    }
    return sum;
}

/* ---- expressions ------------------------------------------------------------------------------------------------- */

struct place {
    const struct control_law *law;
    const struct interval *x;
};

static struct interval use_over(const void *data, size_t use, struct interval *slope)
{
    const struct place *place = data;
    uint32_t control = place->law->expression.control[use];
    if (control == CONTROL_NONE)
        return interval_point(place->law->expression.constant[use]);
    slope[control] = interval_point(1);
    return place->x[control];
}

static bool expression(const struct control_law *law, const struct interval *x, struct interval *value,
                       struct interval *slope, struct interval *work)
{
    const struct place place = {law, x};
    const struct interval_inputs inputs = {
        .n = law->n, .use = use_over, .data = &place, .random = law->expression.random};
    return expression_over(law->expression.code, &inputs, work, value, slope);
}

static bool device(const struct control_law *law, const struct interval *x, struct interval *value,
                   struct interval *slope)
{
    slope[0] = interval_point(0);
    return law->device.function->over &&
           law->device.function->over(law->device.law, x + law->divides, value, slope + law->divides);
}

/* ---- what is made of that ---------------------------------------------------------------------------------------- */

static void scale(uint32_t n, struct interval *slope, struct interval by)
{
    for (uint32_t k = 0; k < n; k++)
        slope[k] = interval_product(slope[k], by);
}

static struct interval through_table(const struct curve_table *table, struct interval x, uint32_t n,
                                     struct interval *slope)
{
    struct interval_points points = {table->u, table->i, 1, table->points};
    struct interval rise, value = interval_polyline(&points, true, x, &rise);
    scale(n, slope, rise);
    return value;
}

/* u / r: du / r - u dr / r^2 */
static bool divide(struct interval u, struct interval *value, uint32_t n, struct interval *slope)
{
    struct interval r = *value;
    if (interval_has(r, 0))
        return false;
    *value = interval_quotient(u, r);
    scale(n, slope, interval_negative(interval_quotient(*value, r)));
    slope[0] = interval_sum(slope[0], interval_quotient(interval_point(1), r));
    return true;
}

/* ---- the law ----------------------------------------------------------------------------------------------------- */

bool control_law_range(const struct control_law *law, const struct interval *x, struct interval *value,
                       struct interval *slope, struct interval *work)
{
    bool known = true;
    switch (law->kind) {
    case CONTROL_LINEAR: *value = linear(law, x, slope); break;
    case CONTROL_POLYNOMIAL: *value = polynomial(law, x, slope, work); break;
    case CONTROL_DEVICE: known = device(law, x, value, slope); break;
    case CONTROL_EXPRESSION: known = expression(law, x, value, slope, work); break;
    default: known = false;
    }
    if (known && law->table)
        *value = through_table(law->table, *value, law->n, slope);
    return known && (!law->divides || divide(x[0], value, law->n, slope));
}
