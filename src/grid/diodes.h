/* The diodes of a rank, each on a straight line: the tangent of its law where that meets what surrounds it (companions,
 * convex/companions.h). An ideal diode is, as long as its state is sought, a resistor of a thousandth of its
 * surroundings beyond its threshold, in series with a voltage that is corrected until nothing is left of its drop
 * (augmented Lagrangian, DESIGN's section 3); then it holds its threshold or blocks. */
#ifndef OPSPICE_GRID_DIODES_H
#define OPSPICE_GRID_DIODES_H

#include "grid/share.h"

enum diode_state {
    DIODE_BLOCKS,  /* an ideal one; others are always free */
    DIODE_FORWARD, /* holds v_fwd */
    DIODE_REVERSE  /* holds -v_rev */
};

struct diode {
    uint32_t element;
    enum diode_state state;
    bool is_ideal, sought;  /* its state is sought */
    double multiplier;      /* A, of one: what an ideal one carries beyond its threshold, as last estimated */
    double around;          /* S, of the resistors it meets, for one of those in parallel; INFINITY: voltage is held */
    double u, i, g;         /* the line: i + g (. - u), V, A, S, of one */
};

struct diodes {
    struct diode *diode; /* [count] in the order of the elements */
    uint32_t count;
    bool any, any_ideal; /* on some rank */
};

/* Those of this rank, all at 0 V. diodes is zeroed before. False when memory is out, on all ranks. */
bool diodes_list(struct diodes *diodes, const struct share *share);

/* Take the line where the law meets the straight line through (u, the former line's current there) with the conductance
 * around. Returns by how much, A of one, the law's current at u differs from the former line's. */
double diode_meet(struct diode *diode, const struct law *law, double u);

/* Take the tangent at u itself. */
void diode_touch(struct diode *diode, const struct law *law, double u);

/* Estimate the multiplier of an ideal diode anew, at u. */
void diode_step(struct diode *diode, const struct law *law, double u);

/* Does the diode hold its voltage? */
static inline bool diode_holds(const struct diode *diode)
{
    return diode->is_ideal && !diode->sought && diode->state != DIODE_BLOCKS;
}

/* Safe on a zeroed struct. */
void diodes_free(struct diodes *diodes);

#endif
