/* Each part of the law where the interval meets it. */
#include "laws/junction_range.h"

#include "laws/interval_dual.h"

/* Parts overlap by more than rounding moves their border. */
static struct interval above(struct interval w, double border)
{
    w.low = fmax(w.low, border - 4 * DBL_EPSILON * fabs(border));
    return w;
}

static struct interval below(struct interval w, double border)
{
    w.high = fmin(w.high, border + 4 * DBL_EPSILON * fabs(border));
    return w;
}

static bool is_any(struct interval w)
{
    return w.low <= w.high;
}

/* All of a law that has been looked at. */
struct found {
    struct interval_dual all;
    bool any;
};

static void find(struct found *found, struct interval_dual more)
{
    found->all = found->any ? interval_dual_hull(found->all, more) : more;
    found->any = true;
}

/* exp(x) - 1, straight on beyond the limit */
static struct interval_dual rise(struct interval_dual x)
{
    struct interval in = {fmin(x.v.low, JUNCTION_EXPONENT_LIMIT), fmin(x.v.high, JUNCTION_EXPONENT_LIMIT)};
    struct interval slope = interval_no_underflow(interval_rising(exp, in)), value = interval_rising(expm1, in);
    struct interval over = {fmax(x.v.low - JUNCTION_EXPONENT_LIMIT, 0), fmax(x.v.high - JUNCTION_EXPONENT_LIMIT, 0)};
    if (over.high > 0) {
        struct interval end = interval_rising(exp, interval_point(JUNCTION_EXPONENT_LIMIT));
        over.low -= DBL_EPSILON * over.low;
        over.high += DBL_EPSILON * over.high;
        value = interval_sum(value, interval_product(end, over));
    }
    return interval_dual_chain(x, value, slope);
}

static struct interval_dual over_voltage(struct interval w, double v)
{
    struct interval_dual x = interval_dual_variable(w, 0);
    return interval_dual_chain(x, interval_quotient(w, interval_point(v)),
                               interval_quotient(interval_point(1), interval_point(v)));
}

/* -is (1 + (3 vt / (e w))^3), w < 0: both rise with w */
static struct interval_dual generation(double is, double vt, struct interval w)
{
    struct interval arg = interval_quotient(interval_product(interval_point(3), interval_point(vt)),
                                            interval_product(interval_rising(exp, interval_point(1)), w));
    struct interval cube = interval_power(arg, 3, true);
    struct interval_dual x = interval_dual_variable(w, 0);
    struct interval slope = interval_quotient(interval_product(interval_point(-3), cube), w);
    x = interval_dual_chain(x, interval_negative(interval_sum(interval_point(1), cube)), interval_negative(slope));
    return interval_dual_scale(is, x);
}

/* -is exp(-(bv + w) / vtb) */
static struct interval_dual breakdown(const struct junction *junction, double is, struct interval w)
{
    struct interval_dual x = interval_dual_shift(interval_dual_variable(w, 0), junction->bv);
    x = interval_dual_shift(rise(interval_dual_scale(-1, interval_dual_over(x, interval_dual_of(junction->vtb)))), 1);
    return interval_dual_scale(-is, x);
}

/* From the breakdown's current at `deep` straight to that of the generation at `edge`. */
static struct interval_dual ramp(const struct junction *junction, double is, double vt, double deep, double edge)
{
    struct interval_dual from = breakdown(junction, is, interval_point(deep));
    struct interval_dual to = edge >= -3 * vt ? rise(over_voltage(interval_point(edge), vt))
                                              : generation(is, vt, interval_point(edge));
    to = edge >= -3 * vt ? interval_dual_scale(is, to) : to;
    struct interval slope = interval_quotient(interval_difference(to.v, from.v),
                                              interval_difference(interval_point(edge), interval_point(deep)));
    return (struct interval_dual){.v = interval_hull(from.v, to.v), .d = {slope}};
}

static struct interval_dual characteristic(const struct junction *junction, double is, double vt, struct interval w)
{
    double edge = -3 * vt, low = fmin(edge, -junction->bv), deep = low - JUNCTION_RAMP * vt;
    struct found found = {0};
    if (is_any(above(w, edge)))
        find(&found, interval_dual_scale(is, rise(over_voltage(above(w, edge), vt))));
    if (-junction->bv < edge && is_any(below(above(w, -junction->bv), edge)))
        find(&found, generation(is, vt, below(above(w, -junction->bv), edge)));
    if (isfinite(deep) && is_any(below(above(w, deep), low)))
        find(&found, ramp(junction, is, vt, deep, low));
    if (isfinite(deep) && is_any(below(w, deep)))
        find(&found, breakdown(junction, is, below(w, deep)));
    return found.all;
}

/* isr (exp(at / vtr) - 1) ((1 - at / vj)^2 + 0.005)^(m / 2), at = max(w, -3 vt) */
static struct interval_dual recombination(const struct junction *junction, struct interval w)
{
    double edge = -3 * junction->vt;
    struct interval at = {fmax(w.low, edge), fmax(w.high, edge)};
    struct interval_dual x = interval_dual_variable(at, 0);
    x.d[0].low = w.low < edge ? 0 : 1;
    x.d[0].high = w.high <= edge ? 0 : 1;
    struct interval_dual exponent = interval_dual_over(x, interval_dual_of(junction->vtr));
    struct interval_dual rest = interval_dual_subtract(interval_dual_of(1),
                                                       interval_dual_over(x, interval_dual_of(junction->vj)));
    struct interval_dual factor = interval_dual_power(interval_dual_shift(interval_dual_square(rest), 0.005),
                                                      junction->m / 2);
    return interval_dual_scale(junction->isr, interval_dual_times(rise(exponent), factor));
}

static struct interval_dual tunnel(const struct junction *junction, struct interval w)
{
    struct interval_dual x = interval_dual_scale(-1, over_voltage(w, junction->vtt));
    return interval_dual_scale(-junction->jt, rise(x));
}

/* size / (1 + sqrt(size / knee)), and its slope: (1 + root / 2) / (1 + root)^2, which falls. */
static struct interval injected_at(double size, double knee, struct interval *slope)
{
    struct interval one = interval_point(1), x = interval_point(size);
    *slope = interval_point(0);
    if (isinf(size))
        return x;
    struct interval root = interval_power(interval_quotient(x, interval_point(knee)), 0.5, false);
    struct interval under = interval_sum(one, root);
    struct interval over = interval_sum(one, interval_product(interval_point(0.5), root));
    *slope = interval_quotient(over, interval_product(under, under));
    return interval_quotient(x, under);
}

/* What that makes of the part of x that has the sign. */
static struct interval_dual inject(struct interval_dual x, double knee, double sign)
{
    struct interval size = sign > 0 ? x.v : interval_negative(x.v), steep, flat;
    struct interval low = injected_at(fmax(size.low, 0), knee, &steep), high = injected_at(size.high, knee, &flat);
    struct interval value = {low.low, high.high}, slope = {flat.low, steep.high};
    return interval_dual_chain(x, sign > 0 ? value : interval_negative(value), slope);
}

/* High injection above -3 n Vt, and the least current that it leaves there. */
static struct interval_dual injected_forward(const struct junction *junction, struct interval_dual x)
{
    struct found found = {0};
    if (x.v.high > 0 && !isinf(junction->ikf))
        find(&found, inject(x, junction->ikf, 1));
    if (x.v.low <= 0 || isinf(junction->ikf)) {
        struct interval_dual plain = x;
        plain.v.high = isinf(junction->ikf) ? x.v.high : fmin(x.v.high, 0);
        find(&found, plain);
    }
    struct interval_dual all = found.all;
    if (all.v.low < junction->held) {
        all.v = (struct interval){junction->held, fmax(all.v.high, junction->held)};
        all.d[0] = interval_hull(all.d[0], interval_point(0));
    }
    return all;
}

static struct interval_dual injected_in_reverse(const struct junction *junction, struct interval_dual x)
{
    struct found found = {0};
    if (isinf(junction->ikr))
        return x;
    if (x.v.low < 0)
        find(&found, inject(x, junction->ikr, -1));
    if (x.v.high >= 0) {
        struct interval_dual plain = x;
        plain.v.low = fmax(x.v.low, 0);
        find(&found, plain);
    }
    return found.all;
}

static struct interval_dual before_injection(const struct junction *junction, struct interval w)
{
    struct interval_dual sum = characteristic(junction, junction->is, junction->vt, w);
    if (junction->isw > 0)
        sum = interval_dual_add(sum, characteristic(junction, junction->isw, junction->vts, w));
    if (junction->isr > 0)
        sum = interval_dual_add(sum, recombination(junction, w));
    if (junction->jt > 0)
        sum = interval_dual_add(sum, tunnel(junction, w));
    return sum;
}

void junction_range(const struct junction *junction, struct interval w, struct interval *i, struct interval *slope)
{
    double edge = -3 * junction->vt;
    bool injects = !isinf(junction->ikf) || !isinf(junction->ikr) || !isinf(junction->held);
    struct found found = {0};
    if (!injects)
        find(&found, before_injection(junction, w));
    if (injects && is_any(above(w, edge)))
        find(&found, injected_forward(junction, before_injection(junction, above(w, edge))));
    if (injects && is_any(below(w, edge)))
        find(&found, injected_in_reverse(junction, before_injection(junction, below(w, edge))));
    *i = found.all.v;
    *slope = found.all.d[0];
}
