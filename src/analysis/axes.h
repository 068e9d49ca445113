/* Axes of sweeps: what .dc and .step cards say.
 *
 *     .dc [lin|dec|oct] NAME start stop step [NAME start stop step]      lin: the step; else points each
 *     .dc NAME [lin|dec|oct] start stop step                             the word may stand here too
 *     .dc NAME list value value ...
 *     .step ...                                                          the same, one axis a card
 *
 * NAME is a voltage or current source, a resistor, TEMP, or a parameter, with or without the word `param` before it;
 * `param temp` is the temperature where the netlist has no such parameter, as in LTspice. Of two axes on a .dc card the
 * first runs fastest; an analysis lists the outermost first. */
#ifndef OPSPICE_AXES_H
#define OPSPICE_AXES_H

#include "analysis/plot.h"
#include "circuit/circuit.h"
#include "flatten/flatten.h"
#include "netlist/netlist.h"
#include "util/diagnostics.h"

/* A growing list. */
struct axes {
    struct axis *item; /* [count] */
    size_t count, capacity;
};

/* What the names on a card can mean. */
struct axes_scope {
    const struct circuit *circuit;
    struct flat *flat; /* whose parameters can be swept; NULL: every word after `param` is one */
};

/* Append the axes of a card to the list, the outermost of the card first. Mistakes go to the diagnostics, and add
 * nothing. False when memory is out. */
bool axes_read(struct axes *axes, const struct card *card, const struct axes_scope *scope,
               struct diagnostics *diagnostics);

/* Safe on a zeroed struct; leaves it zeroed. */
void axes_free(struct axes *axes);

#endif
