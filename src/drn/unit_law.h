/* The current i(v) from a hidden unit through its diode to ground, A, and the unit's potential under it.
 *
 * A unit with conductance G to its neighbours, which would be at potential u without a diode, is at v of
 *     v + i(v) / G = u,
 * the least of its energy. With over-relaxation w it goes from v0 to v of
 *     v + w i(v) / G = v0 + w (u - v0),
 * a step of the proximal gradient method, under which the energy falls for all 0 < w < 2, whatever diodes there are
 * (Parikh and Boyd 2014, Proximal Algorithms, section 4.2). For the ideal diode that is projected successive
 * over-relaxation (Cryer 1971). */
#ifndef OPSPICE_UNIT_LAW_H
#define OPSPICE_UNIT_LAW_H

#include "drn/settings.h"

struct unit_law {
    enum drn_diode_kind kind;
    double saturation, thermal, offset; /* A, V, V: as in diode.h */
    double relaxation;                  /* w */
    /* Of the table: [points] V, A; and the same rounded, with the conductance behind each point, S: [points]. */
    size_t points;
    double *volts, *amperes;
    float *lane_volts, *lane_amperes, *lane_slope;
};

/* The settings' law of units whose potentials are kept over `scale` (network.h): i(scale v) / scale. False when memory
 * is out. */
bool unit_law_new(struct unit_law *law, const struct drn_settings *settings, double scale);

/* Safe on a zeroed struct; leaves it zeroed. */
void unit_law_free(struct unit_law *law);

/* The knee of an exponential diode or pair, V: where w di/dv = G, at resistance 1/G, ohm. */
double unit_law_knee(const struct unit_law *law, double resistance);

/* i(v), A, and di/dv, S; none of the ideal diode. */
double unit_law_current(const struct unit_law *law, bool excitatory, double v);
double unit_law_slope(const struct unit_law *law, bool excitatory, double v);

/* v of v + w i(v) / G = u, in double precision. */
double unit_law_settle(const struct unit_law *law, bool excitatory, double u, double resistance);

/* What is left, under a diode that is linearised at v, of a unit's linear answer: 1 / (1 + w di/dv / G); for the ideal
 * diode 0 where it conducts. */
double unit_law_share(const struct unit_law *law, bool excitatory, double v, double resistance);

#endif
