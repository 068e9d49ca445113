#include "laws/bipolar_parts.h"

#include "laws/interval_dual.h"
#include "laws/junction_range.h"
#include <math.h>

static struct interval_dual junction_over(const struct junction *junction, struct interval x, int index)
{
    struct interval_dual i = {.v = x};
    junction_range(junction, x, &i.v, &i.d[index]);
    return i;
}

/* 1 / qb */
static struct interval_dual inverse_charge_over(const struct bipolar_law *law, const struct interval *x,
                                                struct interval_dual f, struct interval_dual r)
{
    struct interval_dual vbe = interval_dual_variable(x[0], 0), vbc = interval_dual_variable(x[1], 1);
    struct interval_dual early = interval_dual_shift(interval_dual_scale(-law->inverse_vaf, vbc), 1);
    early = interval_dual_subtract(early, interval_dual_scale(law->inverse_var, vbe));
    if (law->inverse_ikf == 0 && law->inverse_ikr == 0)
        return early;
    struct interval_dual sum = interval_dual_add(interval_dual_scale(4 * law->inverse_ikf, f),
                                                 interval_dual_scale(4 * law->inverse_ikr, r));
    sum = interval_dual_above(interval_dual_shift(sum, 1), BIPOLAR_LEAST_CHARGE);
    struct interval_dual under = interval_dual_shift(interval_dual_power(sum, law->nkf), 1);
    return interval_dual_times(early, interval_dual_over(interval_dual_of(2), under));
}

bool bipolar_transport_over(const void *at, const struct interval *x, struct interval *value, struct interval *slope)
{
    const struct bipolar_law *law = at;
    struct interval_dual f = junction_over(&law->forward, x[0], 0), r = junction_over(&law->reverse, x[1], 1);
    struct interval_dual inverse_qb = inverse_charge_over(law, x, f, r);
    return interval_dual_put(interval_dual_times(interval_dual_subtract(f, r), inverse_qb), 2, value, slope);
}

/* crowding and its slope both fall, since all terms of their series do: they lie between those at the ends. */
static struct interval_dual crowding_over(struct interval_dual z)
{
    const double rounding = 1e-12; /* of sums of terms below 10 */
    double steep, flat, high = bipolar_crowding(fmax(z.v.low, 0), &flat), low = bipolar_crowding(z.v.high, &steep);
    struct interval v = {low - rounding, high + rounding}, slope = {steep - rounding, flat + rounding};
    if (z.v.high >= asin(1) * (1 - rounding))
        slope = (struct interval){fmin(slope.low, -1), fmax(slope.high, 0)}; /* -2/pi before it is 0 */
    return interval_dual_chain(z, v, slope);
}

static struct interval_dual crowded_over(const struct bipolar_law *law, struct interval_dual current)
{
    struct interval_dual x = interval_dual_over(current, interval_dual_of(law->irb));
    x = interval_dual_above(x, 1e-9);
    struct interval_dual root = interval_dual_sqrt(interval_dual_shift(interval_dual_scale(14.59025, x), 1));
    struct interval_dual under = interval_dual_scale(2.4317, interval_dual_shift(root, 1));
    struct interval_dual z = interval_dual_over(interval_dual_scale(14.59025, interval_dual_sqrt(x)), under);
    return interval_dual_scale(3, crowding_over(z));
}

bool bipolar_base_over(const void *at, const struct interval *x, struct interval *value, struct interval *slope)
{
    const struct bipolar_law *law = at;
    struct interval_dual share;
    if (law->irb > 0) {
        struct interval_dual ib = interval_dual_add(junction_over(&law->be, x[0], 0), junction_over(&law->bc, x[1], 1));
        for (int k = 0; k < 2; k++)
            ib = interval_dual_add(ib, interval_dual_scale(law->gmin, interval_dual_variable(x[k], k)));
        share = crowded_over(law, ib);
    } else {
        share = inverse_charge_over(law, x, junction_over(&law->forward, x[0], 0),
                                    junction_over(&law->reverse, x[1], 1));
    }
    struct interval varying = interval_difference(interval_point(law->rb), interval_point(law->rbm));
    share = interval_dual_chain(share, interval_product(varying, share.v), varying);
    double least = BIPOLAR_LEAST_RESISTANCE * fmax(law->rb, law->rbm);
    return interval_dual_put(interval_dual_above(interval_dual_shift(share, law->rbm), least), 2, value, slope);
}
