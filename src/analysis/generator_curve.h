/* What engineers read from the curve of a generator, as a solar cell, whose terminals a sweep has held at one voltage
 * or current after the other: short-circuit current, open-circuit voltage, and the point of maximum power.
 *
 * Between points the current is a cubic that is monotone where the points are. Source: M. Steffen, "A simple method for
 * monotonic interpolation in one dimension", Astronomy and Astrophysics 239 (1990), 443, section 2. */
#ifndef OPSPICE_GENERATOR_CURVE_H
#define OPSPICE_GENERATOR_CURVE_H

#include "analysis/plot.h"

struct generator_curve {
    bool is_generator; /* it delivers power somewhere; else nothing of what follows counts */
    bool has_isc, has_voc; /* the sweep has come so far */
    bool at_end;       /* the sweep ends before the power falls again */
    double sign;       /* -1: voltage and current are negative where it delivers power, and are turned round here */
    double isc, voc;   /* A, V */
    double pmax, vmp, imp; /* W, V, A, all > 0 */
    double fill_factor;    /* pmax / (isc voc), where it has both */
    size_t peaks;      /* local maxima of the power that stand out by a thousandth of the largest */
};

/* The curves of a sweep of a source or resistor: the voltage across it and the current through it. */
struct swept {
    size_t points, curves; /* of each curve, of which the last may be shorter; 0: nothing of the kind was swept */
    double *u, *i;         /* [all points] V, A: u i is the power that it takes from the rest */
    struct generator_curve *curve; /* [curves] */
    size_t generators;     /* curves of generators */
};

/* swept is zeroed before. False when memory is out. */
bool swept_find(struct swept *swept, struct plot *plot, const struct circuit *circuit);

/* The points of one curve: its first, and how many. */
size_t swept_length(const struct swept *swept, const struct plot *plot, size_t curve);

/* u, i [n] V, A in any order; points that are not finite do not count. False when memory is out. */
bool generator_curve_find(struct generator_curve *curve, const double *u, const double *i, size_t n);

/* Safe on a zeroed struct; leaves it zeroed. */
void swept_free(struct swept *swept);

/* The vectors by which swept_find knows what the innermost axis of a plot sweeps, beside the values of the axis.
 * Returns how many there are; 0: it is no source or resistor. */
size_t swept_needs(const struct plot *plot, const struct circuit *circuit, struct vector vector[2]);

#endif
