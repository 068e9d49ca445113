#include "drn/unit_law.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>

/* The conductance behind a point; behind the last one that before it. */
static double slope_behind(const struct unit_law *law, size_t point)
{
    size_t n = point + 1 < law->points ? point : point - 1;
    return (law->amperes[n + 1] - law->amperes[n]) / (law->volts[n + 1] - law->volts[n]);
}

bool unit_law_new(struct unit_law *law, const struct drn_settings *settings, double scale)
{
    const struct drn_diode *diode = &settings->diode;
    *law = (struct unit_law){.kind = diode->kind,
                             .saturation = diode->saturation / scale,
                             .thermal = diode->thermal / scale,
                             .offset = diode->offset / scale,
                             .relaxation = settings->relaxation};
    if (diode->kind != DRN_TABLE)
        return true;
    law->points = diode->points;
    law->volts = array_new(law->points, sizeof *law->volts);
    law->amperes = array_new(law->points, sizeof *law->amperes);
    law->lane_volts = array_new(law->points, sizeof *law->lane_volts);
    law->lane_amperes = array_new(law->points, sizeof *law->lane_amperes);
    law->lane_slope = array_new(law->points, sizeof *law->lane_slope);
    if (!law->volts || !law->amperes || !law->lane_volts || !law->lane_amperes || !law->lane_slope) {
        unit_law_free(law);
        return false;
    }
    for (size_t n = 0; n < law->points; n++) {
        law->volts[n] = diode->volts[n] / scale;
        law->amperes[n] = diode->amperes[n] / scale;
    }
    for (size_t n = 0; n < law->points; n++) {
        law->lane_volts[n] = (float)law->volts[n];
        law->lane_amperes[n] = (float)law->amperes[n];
        law->lane_slope[n] = (float)slope_behind(law, n);
    }
    return true;
}

void unit_law_free(struct unit_law *law)
{
    free(law->volts);
    free(law->amperes);
    free(law->lane_volts);
    free(law->lane_amperes);
    free(law->lane_slope);
    *law = (struct unit_law){0};
}

double unit_law_knee(const struct unit_law *law, double resistance)
{
    return law->offset - law->thermal * log(law->relaxation * law->saturation * resistance / law->thermal);
}

/* ---- currents ----------------------------------------------------------------------------------------------- */

/* The last segment that begins at or before v + resistance i(v) = u; the first one before them all. */
static size_t segment_at(const struct unit_law *law, double u, double resistance)
{
    size_t low = 0, high = law->points - 2;
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        if (law->volts[middle] + resistance * law->amperes[middle] <= u)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static double table_current(const struct unit_law *law, double v)
{
    size_t n = segment_at(law, v, 0);
    return law->amperes[n] + (v - law->volts[n]) * slope_behind(law, n);
}

/* Through one diode, by its forward voltage. */
static double forward_current(const struct unit_law *law, double u)
{
    return law->saturation * expm1((u - law->offset) / law->thermal);
}

static double pair_current(const struct unit_law *law, double v)
{
    if (fabs(v) < law->thermal)
        return 2 * law->saturation * exp(-law->offset / law->thermal) * sinh(v / law->thermal);
    return forward_current(law, v) - forward_current(law, -v);
}

static double forward_slope(const struct unit_law *law, double u)
{
    return law->saturation / law->thermal * exp((u - law->offset) / law->thermal);
}

double unit_law_current(const struct unit_law *law, bool excitatory, double v)
{
    double sign = excitatory ? -1 : 1;
    switch (law->kind) {
    case DRN_IDEAL: break;
    case DRN_EXPONENTIAL: return sign * forward_current(law, sign * v);
    case DRN_PAIR: return pair_current(law, v);
    case DRN_TABLE: return -sign * table_current(law, -sign * v);
    }
    return 0;
}

double unit_law_slope(const struct unit_law *law, bool excitatory, double v)
{
    double sign = excitatory ? -1 : 1;
    switch (law->kind) {
    case DRN_IDEAL: break;
    case DRN_EXPONENTIAL: return forward_slope(law, sign * v);
    case DRN_PAIR: return forward_slope(law, v) + forward_slope(law, -v);
    case DRN_TABLE: return slope_behind(law, segment_at(law, -sign * v, 0));
    }
    return 0;
}

/* ---- potentials --------------------------------------------------------------------------------------------- */

/* y of y + e^y - back e^-y = c, back >= 0, by Newton's method. The left side rises, and bends upwards where y is at
 * least that of e^y = sqrt(back): from there on the steps only come nearer from above. */
static double logarithm_of_slope(double c, double back)
{
    double y = c < 1 ? fmin(c, 0) : log(c);
    y = back > 0 ? fmax(y, log(back) / 2) : y;
    for (int steps = 0; steps < 64; steps++) {
        double there = exp(y), other = back > 0 ? back / there : 0;
        double change = (y + there - other - c) / (1 + there + other);
        y -= change;
        if (!(fabs(change) > 1e-15 * (1 + fabs(y))))
            break;
    }
    return y;
}

/* Newton steps on v itself, whose rounding is less than that of y where the diode blocks. */
static double polished(const struct unit_law *law, bool excitatory, double v, double u, double resistance)
{
    for (int steps = 0; steps < 3; steps++) {
        double off = v + resistance * unit_law_current(law, excitatory, v) - u;
        double change = off / (1 + resistance * unit_law_slope(law, excitatory, v));
        if (!isfinite(change))
            break;
        v -= change;
    }
    return v;
}

static double settle_junction(const struct unit_law *law, bool excitatory, double u, double resistance)
{
    bool pair = law->kind == DRN_PAIR;
    double sign = pair ? (u < 0 ? -1 : 1) : excitatory ? -1 : 1, forward = sign * u;
    double knee = law->offset - law->thermal * log(law->saturation * resistance / law->thermal);
    double blocked = forward + (pair ? 0 : resistance * law->saturation); /* less e^y it is the potential */
    double y = logarithm_of_slope((blocked - knee) / law->thermal, pair ? exp(-2 * knee / law->thermal) : 0);
    double v = knee + law->thermal * y;
    return polished(law, excitatory, sign * (y < 0 ? fmin(blocked, v) : v), u, resistance);
}

static double settle_table(const struct unit_law *law, bool excitatory, double u, double resistance)
{
    double sign = excitatory ? 1 : -1;
    size_t n = segment_at(law, sign * u, resistance);
    double begins = law->volts[n] + resistance * law->amperes[n];
    return sign * (law->volts[n] + (sign * u - begins) / (1 + resistance * slope_behind(law, n)));
}

double unit_law_settle(const struct unit_law *law, bool excitatory, double u, double resistance)
{
    double scaled = law->relaxation * resistance;
    switch (law->kind) {
    case DRN_IDEAL: break;
    case DRN_EXPONENTIAL:
    case DRN_PAIR: return scaled > 0 ? settle_junction(law, excitatory, u, scaled) : u;
    case DRN_TABLE: return settle_table(law, excitatory, u, scaled);
    }
    return excitatory ? fmax(u, 0) : fmin(u, 0);
}

double unit_law_share(const struct unit_law *law, bool excitatory, double v, double resistance)
{
    if (law->kind == DRN_IDEAL)
        return v != 0;
    return 1 / (1 + law->relaxation * resistance * unit_law_slope(law, excitatory, v));
}
