#include "laws/limiting.h"

#include <math.h>

double limiting_critical(double vt, double is)
{
    return vt * log(vt / (sqrt(2) * is));
}

double limiting_junction(double before, double next, double vt, double vcrit)
{
    double step = (next - before) / vt;
    if (next > vcrit && next > 0 && fabs(step) > 2) {
        if (before <= 0)
            return next > vt ? vt * log(next / vt) : next;
        return before + copysign(vt * (2 + log(fmax(fabs(step) - 2, 1e-3))), step);
    }
    if (next < 0)
        return fmax(next, before > 0 ? -before - 1 : 2 * before - 1);
    return next;
}

/* `next`, no further from `before` than `most`. */
static double within(double before, double next, double most)
{
    return fmin(fmax(next, before - most), before + most);
}

double limiting_gate(double before, double next, double vto)
{
    double above = before - vto, wide = 2 * fabs(above) + 2, narrow = fabs(above) + 1;
    if (above < 0) /* off: not far into conduction at once */
        return next < before ? within(before, next, wide) : fmin(within(before, next, narrow), vto + 0.5);
    if (above < 3.5)
        return fmin(fmax(next, vto - 0.5), vto + 4);
    if (next >= before)
        return within(before, next, wide);
    return next >= vto + 3.5 ? within(before, next, narrow) : fmax(next, vto + 2);
}

/* Of the voltage from drain to source. */
static double drain(double before, double next)
{
    if (before < 3.5)
        return fmin(fmax(next, -0.5), 4);
    if (next > before)
        return fmin(next, 3 * before + 2);
    return next < 3.5 ? fmax(next, 2) : next;
}

void limiting_channel(const double *before, double *x, double vto)
{
    double vgd = x[0] - x[1];
    if (before[1] < 0) {
        vgd = limiting_gate(before[0] - before[1], vgd, vto);
        x[1] = -drain(-before[1], vgd - x[0]);
        x[0] = vgd + x[1];
    } else {
        x[0] = limiting_gate(before[0], x[0], vto);
        x[1] = drain(before[1], x[0] - vgd);
    }
}

double limiting_current(double before, double next, double ohms, uint32_t n, const double *slope, const double *change)
{
    double more = 0; /* ohm */
    for (uint32_t k = 0; k < n; k++)
        more += slope[k] * change[k];
    return (next - before / ohms * more) / ohms;
}
