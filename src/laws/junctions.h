/* Plain junctions by vectors: those of which nothing is given but is, n and the temperature.
 *
 * J(w) is that of junction.h within a few units in the last place. It is convex and its slope is continuous, so that
 * Newton's method from beyond the root comes down to it without a bracket. Source: exp by Cody and Waite's reduction
 * (Software Manual for the Elementary Functions, 1980) and Taylor's polynomial. */
#ifndef OPSPICE_JUNCTIONS_H
#define OPSPICE_JUNCTIONS_H

#include "laws/junction.h"
#include "util/octet.h"
#include <stddef.h>

enum { JUNCTION_LANES = 4, JUNCTIONS_CHUNK = 16 * JUNCTION_LANES };

/* So many of those that are left are taken together, in arrays of JUNCTIONS_CHUNK. */
static inline size_t junctions_chunk(size_t left)
{
    return left < JUNCTIONS_CHUNK ? left : JUNCTIONS_CHUNK;
}

/* Numbers of so many junctions have room for whole vectors; in those behind stands the last one again. */
static inline size_t junctions_padded(size_t count)
{
    return (count + JUNCTION_LANES - 1) / JUNCTION_LANES * JUNCTION_LANES;
}

static inline void junctions_pad(double *number, size_t count)
{
    for (size_t q = count; q < junctions_padded(count); q++)
        number[q] = number[count - 1];
}

/* Is the law is (exp(w / n Vt) - 1), with the generation region, and nothing else? */
bool junction_is_plain(const struct junction *junction);

/* J(w) and its derivative; all arrays [count], a multiple of JUNCTION_LANES: is (A), n Vt (V). */
void junctions_current(size_t count, const double *is, const double *vt, const double *w, double *current,
                       double *slope);

/* The same of eight voltages of each junction; any count. w, current, slope [count] */
void junctions_current_octets(size_t count, const double *is, const double *vt, const octet *w, octet *current,
                              octet *slope);

/* Where J(w) + g w = c: w, J and its slope there. All arrays [count], a multiple of JUNCTION_LANES. Where Newton's
 * method does not end w is NAN, and the other two are not defined. */
struct junctions_met {
    const double *is, *vt, *g, *c; /* in: A; n Vt, V; S, > 0; A */
    double *w, *current, *slope;   /* out: V, A, S */
};
void junctions_meet(size_t count, const struct junctions_met *met);

#endif
