#include "laws/control_law.h"

#include "laws/gradient.h"
#include "laws/limiting.h"
#include <math.h>

/* ---- sums and polynomials ---------------------------------------------------------------------------------------- */

static struct control_value linear(const struct control_law *law, const struct dd *x, double *slope)
{
    struct dd sum = {0, 0};
    for (uint32_t k = 0; k < law->n; k++) {
        sum = dd_add(sum, dd_mul_double(x[k], law->gain[k]));
        slope[k] = law->gain[k];
    }
    return (struct control_value){sum, 0};
}

void control_law_next_term(uint32_t n, double *power)
{
    uint32_t moved = n - 1;
    double last = power[n - 1];
    power[n - 1] = 0;
    while (moved > 0 && power[moved - 1] == 0)
        moved--;
    if (moved > 0)
        power[moved - 1]--;
    power[moved] = last + 1;
}

static struct dd whole_power(struct dd x, double power)
{
    struct dd product = {1, 0};
    for (double q = 0; q < power; q++)
        product = dd_mul(product, x);
    return product;
}

/* The product of all powers of x but that of x[without]; n: of all of them. */
static struct dd product_of(uint32_t n, const struct dd *x, const double *power, uint32_t without)
{
    struct dd product = {1, 0};
    for (uint32_t k = 0; k < n; k++)
        if (k != without && power[k] > 0)
            product = dd_mul(product, whole_power(x[k], power[k]));
    return product;
}

static void add_slopes(uint32_t n, const struct dd *x, const double *power, double coefficient, double *slope)
{
    for (uint32_t k = 0; k < n; k++)
        if (power[k] > 0) {
            struct dd other = dd_mul(product_of(n, x, power, k), whole_power(x[k], power[k] - 1));
            slope[k] += coefficient * power[k] * dd_value(other);
        }
}

static struct control_value polynomial(const struct control_law *law, const struct dd *x, double *slope, double *power)
{
    uint32_t n = law->n;
    struct dd sum = {0, 0};
    for (uint32_t k = 0; k < n; k++)
        power[k] = slope[k] = 0;
    for (size_t term = 0; term < law->polynomial.terms; term++) {
        double coefficient = law->polynomial.coefficient[term];
        if (coefficient != 0) {
            sum = dd_add(sum, dd_mul_double(product_of(n, x, power, n), coefficient));
            add_slopes(n, x, power, coefficient, slope);
        }
        if (n > 0)
            control_law_next_term(n, power);
    }
    return (struct control_value){sum, 0};
}

/* ---- expressions ------------------------------------------------------------------------------------------------- */

struct place {
    const struct control_law *law;
    const struct dd *x;
};

static double use_at(const void *data, size_t use, double *slope)
{
    const struct place *place = data;
    uint32_t control = place->law->expression.control[use];
    if (control == CONTROL_NONE)
        return place->law->expression.constant[use];
    slope[control] = 1;
    return dd_value(place->x[control]);
}

/* The controls come in rounded to a double: that is in its size. */
static struct control_value expression(const struct control_law *law, const struct dd *x, double *slope, double *work)
{
    const struct place place = {law, x};
    const struct gradient_inputs inputs = {
        .n = law->n, .use = use_at, .data = &place, .random = law->expression.random};
    double size, value = expression_gradient(law->expression.code, &inputs, work, slope, &size);
    for (uint32_t k = 0; k < law->n; k++)
        if (slope[k] != 0)
            size += fabs(slope[k] * x[k].hi);
    return (struct control_value){dd_from(value), size};
}

/* ---- devices ----------------------------------------------------------------------------------------------------- */

/* f at the doubles nearest to x, and by its slopes from there on. */
static struct control_value device(const struct control_law *law, const struct dd *x, double *slope)
{
    const struct device_function *function = law->device.function;
    uint32_t own = law->divides;
    double u[DEVICE_CONTROLS], size = 0;
    slope[0] = 0;
    for (uint32_t k = 0; k < function->n; k++)
        u[k] = x[own + k].hi;
    double value = function->at(law->device.law, u, slope + own, &size);
    struct dd sum = dd_from(value);
    size += fabs(value);
    for (uint32_t k = 0; k < function->n; k++) {
        sum = dd_add_double(sum, slope[own + k] * x[own + k].lo);
        size += fabs(slope[own + k] * u[k]);
    }
    return (struct control_value){sum, size};
}

/* The current at x on the tangent of a resistive part at `before`. */
static double tangent_current(const struct control_law *law, const double *before, const double *x)
{
    const struct device_function *function = law->device.function;
    double slope[DEVICE_CONTROLS], size, ohms = function->at(law->device.law, before + 1, slope, &size);
    double change[DEVICE_CONTROLS];
    for (uint32_t k = 0; k < function->n; k++)
        change[k] = x[k + 1] - before[k + 1];
    return limiting_current(before[0], x[0], ohms, function->n, slope, change);
}

void control_law_limit(const struct control_law *law, const double *before, double *x)
{
    if (law->kind != CONTROL_DEVICE || !law->device.function->limit)
        return;
    const struct device_function *function = law->device.function;
    bool keeps = law->divides && function->keeps_current;
    double current = keeps ? tangent_current(law, before, x) : 0, slope[DEVICE_CONTROLS], size;
    function->limit(law->device.law, before + law->divides, x + law->divides);
    if (keeps)
        x[0] = current * function->at(law->device.law, x + 1, slope, &size);
}

void control_law_begin(const struct control_law *law, double *x)
{
    for (uint32_t k = 0; k < law->n; k++)
        x[k] = 0;
    if (law->kind == CONTROL_DEVICE && law->device.function->begin)
        law->device.function->begin(law->device.law, law->device.is_off, x + law->divides);
}

/* ---- what is made of that ---------------------------------------------------------------------------------------- */

static void scale(uint32_t n, double *slope, double by)
{
    for (uint32_t k = 0; k < n; k++)
        slope[k] *= by;
}

static struct control_value through_table(const struct curve_table *table, struct control_value at, uint32_t n,
                                          double *slope)
{
    const double *u = table->u, *i = table->i;
    size_t last = table->points - 1;
    double value = dd_value(at.value);
    if (isnan(value))
        return at;
    if (last == 0 || !(value > u[0]) || !(value < u[last])) {
        scale(n, slope, 0);
        return (struct control_value){dd_from(value > u[0] ? i[last] : i[0]), 0};
    }
    size_t p = 1;
    for (size_t high = last; p < high;) {
        size_t middle = p + (high - p) / 2;
        if (u[middle] < value)
            p = middle + 1;
        else
            high = middle;
    }
    struct dd rise = dd_div(two_sum(i[p], -i[p - 1]), two_sum(u[p], -u[p - 1]));
    struct dd from = dd_mul(dd_sub_double(at.value, u[p - 1]), rise);
    scale(n, slope, dd_value(rise));
    return (struct control_value){dd_add_double(from, i[p - 1]), at.size * fabs(dd_value(rise))};
}

/* u / r: du / r - u dr / r^2 */
static struct control_value divided(struct dd u, struct control_value r, uint32_t n, double *slope)
{
    struct dd quotient = dd_div(u, r.value);
    double resistance = dd_value(r.value), change = dd_value(quotient) / resistance;
    scale(n, slope, -change);
    slope[0] += 1 / resistance;
    return (struct control_value){quotient, fabs(change) * r.size};
}

/* ---- the law ----------------------------------------------------------------------------------------------------- */

size_t control_law_work(const struct control_law *law)
{
    return law->kind == CONTROL_EXPRESSION ? GRADIENT_WORK((size_t)law->n) : law->n;
}

struct control_value control_law_at(const struct control_law *law, const struct dd *x, double *slope, double *work)
{
    struct control_value at;
    switch (law->kind) {
    case CONTROL_LINEAR: at = linear(law, x, slope); break;
    case CONTROL_POLYNOMIAL: at = polynomial(law, x, slope, work); break;
    case CONTROL_DEVICE: at = device(law, x, slope); break;
    default: at = expression(law, x, slope, work); break;
    }
    if (law->table)
        at = through_table(law->table, at, law->n, slope);
    if (law->divides)
        at = divided(x[0], at, law->n, slope);
    if (!isfinite(dd_value(at.value)))
        at.value = dd_from(NAN);
    return at;
}

bool control_law_is_linear(const struct control_law *law)
{
    if (law->table || law->divides || law->kind == CONTROL_EXPRESSION || law->kind == CONTROL_DEVICE)
        return false;
    if (law->kind != CONTROL_POLYNOMIAL)
        return true;
    for (size_t term = (size_t)law->n + 1; term < law->polynomial.terms; term++)
        if (law->polynomial.coefficient[term] != 0)
            return false;
    return true;
}

double control_law_resistance(const struct control_law *law, double x, double now)
{
    if (x > law->switching.on_above)
        return law->switching.ron;
    return x < law->switching.off_below ? law->switching.roff : now;
}
