/* Is an operating point the only one near it?
 *
 * F(x) = 0 are Kirchhoff's law at each node and the laws of branches whose currents are unknowns: sources of voltage,
 * shorts, controlled voltages, ideal diodes. x: potentials, and these currents. Over the box of all x whose potentials
 * lie within a radius of the answer's
 *   F(x) - F(y) = A (x - y)   for some A whose entries lie in known intervals (law_range.h, control_law_range.h).
 * With Y, about the inverse of the middle of A, x - Y F(x) maps the box into itself and draws points together where
 *   |I - Y A| w < w   and   |Y F(answer)| + |I - Y A| w d < w d   with w > 0, w d within the box.
 * Then there is one operating point in the box, and it is within w d of the answer; all of that is rounded outwards.
 * Y and w need not be exact, nor how they were found. Strongly connected parts are taken one after the other, each with
 * what those before it are unknown by.
 *
 * An ideal diode is held at its threshold where its current is positive; then it is shown too that no operating point
 * in the box has it blocked. A switch stays on or off as long as the box meets no threshold. Currents are free: the
 * only point of all whose potentials lie within the radius; but those by which a law bends, which have a radius too.
 *
 * Sources: Krawczyk 1969, Computing 4; Moore 1977, SIAM Journal on Numerical Analysis 14; Rump 1983, in A New Approach
 * to Scientific Computation (boxes that grow as long as it holds); Neumaier 1990, Interval Methods for Systems of
 * Equations, 5.1, 5.2. */
#ifndef OPSPICE_ISOLATION_H
#define OPSPICE_ISOLATION_H

#include "circuit/operating_point.h"

enum { ISOLATION_MOST = 512 }; /* unknowns of a part: its inverse is dense */

enum isolation_status {
    ISOLATION_UNASKED,
    ISOLATION_SHOWN,
    ISOLATION_NOT_SHOWN, /* at no radius: the equations are too near to singular, or a law jumps */
    ISOLATION_NO_RANGE,  /* `element` has a law whose slopes over a box are not known */
    ISOLATION_BETWEEN,   /* `element` is a switch at a threshold, or between its two: it may be on or off there */
    ISOLATION_OPEN,      /* potentials float, or currents are shared: there are others just by it */
    ISOLATION_LARGE,     /* a part has more than ISOLATION_MOST unknowns */
    ISOLATION_NO_MEMORY
};

struct isolation {
    enum isolation_status status;
    double volts;     /* V: the radius; INFINITY: there is no other point anywhere */
    double amperes;   /* A: that of currents by which laws bend; INFINITY: there are none */
    double error;     /* V: the exact point is within it of the potentials as they are printed */
    uint32_t element; /* that is to blame, or ISOLATION_NONE */
};

#define ISOLATION_NONE UINT32_MAX

/* The largest radius, but for some per cent, at which an answer is shown to be the only one. */
struct isolation isolation_find(const struct circuit *circuit, const struct operating_point *op);

/* Is it within `volts`? error and amperes are those of this radius. */
struct isolation isolation_within(const struct circuit *circuit, const struct operating_point *op, double volts);

/* Why it is not shown, in a few words; NULL: it is, or was not asked. */
const char *isolation_obstacle(enum isolation_status status);

#endif
