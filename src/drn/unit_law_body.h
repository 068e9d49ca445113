/* Potentials of units under their diodes for vectors of DRN_LANE_COUNT floats, as unit_law_settle has them in double
 * precision: within 4e-7 of the largest of the potential, the knee and the thermal voltage (unit_laws_in_lanes of
 * tests/check_drn.c). A lane's result depends on nothing but what is in it. */
#ifndef OPSPICE_UNIT_LAW_BODY_H
#define OPSPICE_UNIT_LAW_BODY_H

#include "drn/drn_vectors.h"
#include "drn/unit_law.h"
#include <string.h>

/* One vector of units. */
struct unit_lanes {
    const float *reciprocal, *knee; /* ohm, V; knee: of exponential ones alone */
    const int32_t *excitatory;
    drn_lanes v; /* V: without a diode, then with it */
};

DRN_LANES_INLINE void choose(drn_lanes *where, const drn_lanes_mask *mask, const drn_lanes *yes, const drn_lanes *no)
{
    *where = (drn_lanes)(((drn_lanes_mask)*yes & *mask) | ((drn_lanes_mask)*no & ~*mask));
}

/* Each lane to at least `least`. */
DRN_LANES_INLINE void raise_to(drn_lanes *v, const drn_lanes *least)
{
    drn_lanes_mask less = *v < *least;
    choose(v, &less, least, v);
}

DRN_LANES_INLINE void lower_to(drn_lanes *v, const drn_lanes *most)
{
    drn_lanes_mask more = *v > *most;
    choose(v, &more, most, v);
}

/* e^x, for x from -87 to 88, within 1e-7 of it; 0 below, e^88 above. With x = n ln 2 + r, |r| <= ln 2 / 2, it is
 * 2^n (1 + r + r^2 p(r)), p fitted for the least relative error. */
DRN_LANES_INLINE void exponential(drn_lanes *result, const drn_lanes *x)
{
    const drn_lanes most = (drn_lanes){0} + 88.0f, least = (drn_lanes){0} - 87.0f;
    const float whole = 0x1.8p23f; /* what is added to it is rounded to a whole number */
    drn_lanes_mask there = *x >= least;
    drn_lanes at = *x;
    lower_to(&at, &most);
    raise_to(&at, &least);
    drn_lanes shifted = at * 0x1.715476p0f + whole, n = shifted - whole;
    drn_lanes r = at - n * 0x1.62e4p-1f; /* ln 2 in two parts, the first so short that the product is exact */
    r = r - n * 0x1.7f7d1cp-20f;
    drn_lanes p = r * 0x1.6a2436p-10f + 0x1.1239e2p-7f;
    p = p * r + 0x1.5558f2p-5f;
    p = p * r + 0x1.555492p-3f;
    p = p * r + 0x1.fffffcp-2f;
    drn_lanes square = r * r, rest = p * square + r, power = rest + 1.0f;
    drn_lanes_mask scale = ((drn_lanes_mask)shifted - 0x4b400000 + 127) << 23;
    drn_lanes value = power * (drn_lanes)scale;
    *result = (drn_lanes)((drn_lanes_mask)value & there);
}

/* ln x within 0.01, for x >= 1 that is finite. */
DRN_LANES_INLINE void rough_logarithm(drn_lanes *result, const drn_lanes *x)
{
    drn_lanes_mask bits = (drn_lanes_mask)*x;
    drn_lanes power = __builtin_convertvector((bits >> 23) - 127, drn_lanes);
    drn_lanes m = (drn_lanes)((bits & 0x007fffff) | 0x3f800000) - 1.0f;
    *result = (power + m * (1.3465f - 0.3465f * m)) * 0.6931472f;
}

/* y of y + e^y - back e^-y = c, for back >= 0 and c to 1e18, beyond which it stays, and *there = e^y: Newton's method,
 * with one division a step, from where STEPS are enough. c >= 1: y = ln(c - ln c); below, the least of c and 0. */
DRN_LANES_INLINE void logarithm_of_slope(drn_lanes *y, drn_lanes *there, const drn_lanes *c, const drn_lanes *back,
                                         const drn_lanes *least)
{
    enum { STEPS = 4 };
    const drn_lanes one = (drn_lanes){0} + 1.0f, most = (drn_lanes){0} + 1e18f;
    drn_lanes sum = *c, above, first, below;
    lower_to(&sum, &most);
    above = below = sum;
    raise_to(&above, &one);
    rough_logarithm(&first, &above);
    first = above - first;
    raise_to(&first, &one);
    rough_logarithm(&first, &first);
    lower_to(&below, &(const drn_lanes){0});
    drn_lanes_mask high = sum >= one;
    choose(y, &high, &first, &below);
    raise_to(y, least);
    DRN_LANES_UNROLL
    for (int step = 0; step < STEPS; step++) {
        exponential(there, y);
        drn_lanes e = *there, square = e * e;
        drn_lanes off = (*y - sum) * e + (square - *back), rise = e + (square + *back);
        *y = *y - off / (rise + 1e-38f); /* where e^y is 0, y stays */
    }
    exponential(there, y);
}

/* Where the diode blocks (e^y < 1/2) the potential is that without it less the diode's part; else it is above the knee
 * by y thermal voltages. */
DRN_LANES_INLINE void settle_junction(struct unit_lanes *unit, const struct unit_law *law, int pair)
{
    const float thermal = (float)law->thermal, per_thermal = (float)(1 / law->thermal);
    const float leak = pair ? 0 : (float)(law->relaxation * law->saturation);
    const drn_lanes knee = *drn_lanes_of(unit->knee), lowest = (drn_lanes){0} - 3e38f;
    drn_lanes_mask sign = (pair ? (drn_lanes_mask)unit->v : *drn_lanes_mask_of(unit->excitatory)) & INT32_MIN;
    drn_lanes forward = (drn_lanes)((drn_lanes_mask)unit->v ^ sign);
    drn_lanes blocked = forward + leak * *drn_lanes_of(unit->reciprocal);
    drn_lanes c = (blocked - knee) * per_thermal, least = -knee * per_thermal, twice = least + least;
    drn_lanes back = {0}, y, there;
    if (pair)
        exponential(&back, &twice);
    logarithm_of_slope(&y, &there, &c, &back, pair ? &least : &lowest);
    drn_lanes other = back / (there + 1e-38f);
    drn_lanes low = blocked - thermal * (there - other), high = knee + thermal * y;
    drn_lanes_mask blocks = there < (drn_lanes){0} + 0.5f;
    choose(&low, &blocks, &low, &high);
    unit->v = (drn_lanes)((drn_lanes_mask)low ^ sign);
}

/* One unit under the table: as settle_table of unit_law.c. */
DRN_LANES_INLINE float settle_by_table(const struct unit_law *law, float u, float resistance)
{
    const float *volts = law->lane_volts, *amperes = law->lane_amperes;
    size_t low = 0, high = law->points - 2;
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        if (volts[middle] + resistance * amperes[middle] <= u)
            low = middle;
        else
            high = middle - 1;
    }
    float begins = volts[low] + resistance * amperes[low];
    float rise = 1.0f + resistance * law->lane_slope[low];
    return volts[low] + (u - begins) / rise;
}

DRN_LANES_INLINE void settle_table(struct unit_lanes *unit, const struct unit_law *law)
{
    const float relaxation = (float)law->relaxation;
    float lane[DRN_LANE_COUNT];
    memcpy(lane, &unit->v, sizeof lane);
    for (int l = 0; l < DRN_LANE_COUNT; l++) {
        float sign = unit->excitatory[l] ? 1 : -1;
        lane[l] = sign * settle_by_table(law, sign * lane[l], relaxation * unit->reciprocal[l]);
    }
    memcpy(&unit->v, lane, sizeof lane);
}

/* 0 V where a potential has the wrong sign. */
DRN_LANES_INLINE void settle_ideal(struct unit_lanes *unit)
{
    drn_lanes_mask negative = (drn_lanes_mask)unit->v >> 31;
    unit->v = (drn_lanes)((drn_lanes_mask)unit->v & (negative ^ *drn_lanes_mask_of(unit->excitatory)));
}

DRN_LANES_INLINE void settle_units(struct unit_lanes *unit, const struct unit_law *law)
{
    switch (law->kind) {
    case DRN_IDEAL: settle_ideal(unit); break;
    case DRN_EXPONENTIAL: settle_junction(unit, law, 0); break;
    case DRN_PAIR: settle_junction(unit, law, 1); break;
    case DRN_TABLE: settle_table(unit, law); break;
    }
}

#endif
