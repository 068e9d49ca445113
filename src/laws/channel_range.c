#include "laws/channel_range.h"

bool channel_range(channel_forward *forward, const void *law, uint32_t n, const struct interval *x,
                   struct interval *value, struct interval *slope)
{
    struct interval_dual vgs = interval_dual_variable(x[0], 0), vbs = interval_dual_of(0), all = interval_dual_of(0);
    if (n > 2)
        vbs = interval_dual_variable(x[2], 2);
    if (x[1].high >= 0) {
        struct interval part = {fmax(x[1].low, 0), x[1].high};
        all = forward(law, vgs, interval_dual_variable(part, 1), vbs);
    }
    if (x[1].low < 0) {
        struct interval_dual vds = interval_dual_variable((struct interval){x[1].low, fmin(x[1].high, 0)}, 1);
        struct interval_dual turned = forward(law, interval_dual_subtract(vgs, vds), interval_dual_scale(-1, vds),
                                              n > 2 ? interval_dual_subtract(vbs, vds) : vbs);
        turned = interval_dual_scale(-1, turned);
        all = x[1].high >= 0 ? interval_dual_hull(all, turned) : turned;
    }
    return interval_dual_put(all, n, value, slope);
}

/* It rises with both: by w with drive - w >= 0, by drive with w. */
struct interval_dual channel_square(struct interval_dual drive, struct interval_dual along)
{
    struct interval_dual w = interval_dual_least(drive, along);
    struct interval half = interval_point(0.5), by_w = interval_difference(drive.v, w.v);
    by_w.low = fmax(by_w.low, 0);
    struct interval low = interval_point(w.v.low), high = interval_point(w.v.high);
    struct interval least = interval_difference(interval_point(drive.v.low), interval_product(half, low));
    struct interval most = interval_difference(interval_point(drive.v.high), interval_product(half, high));
    struct interval v = {interval_product(low, least).low, interval_product(high, most).high};
    return interval_dual_join(v, w, by_w, drive, w.v);
}
