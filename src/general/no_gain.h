/* What no potential leaves where no element has gain.
 *
 * In a circuit of voltage sources, positive resistances, diodes and transistors of any kind the highest potential and
 * the lowest one are those of terminals of sources: of each other element no current comes out of its highest terminal,
 * and none goes into its lowest one. So potentials lie between the lowest and the highest of those that sources join to
 * ground, and no further beyond than the sources add up to that nothing joins to it. Where a transistor's current may
 * flow against a small voltage (device.h: lift), as far beyond as all these add up to.
 *
 * Source: Willson 1975, "The no-gain property for networks containing three-terminal elements", IEEE Transactions on
 * Circuits and Systems 22. */
#ifndef OPSPICE_NO_GAIN_H
#define OPSPICE_NO_GAIN_H

#include "circuit/supernodes.h"

struct no_gain {
    bool holds;              /* of the present values; else low and high are infinite */
    double low, high;        /* V: by the sources */
    double lifts;            /* V: how far beyond transistors may lift */
    struct supernodes supernodes;
    double *least, *most;    /* [trees] V, of offsets */
    uint64_t values, sources; /* of which versions of the circuit; 0: none */
    void *block;
};

/* no_gain is zeroed before. False when memory is out. */
bool no_gain_new(struct no_gain *no_gain, const struct circuit *circuit);

/* Take over the values of the circuit, of the structure that it had at first. */
void no_gain_refresh(struct no_gain *no_gain, const struct circuit *circuit);

/* Safe on a zeroed struct; leaves it zeroed. */
void no_gain_free(struct no_gain *no_gain);

#endif
