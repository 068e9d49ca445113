/* Netlists whose .dc and .step cards are run, and circuits for it. */
#ifndef OPSPICE_TEST_SWEEPS_H
#define OPSPICE_TEST_SWEEPS_H

#include "analysis/axes.h"
#include "analysis/sweep.h"
#include "lowered.h"

/* A netlist whose .dc and .step cards were run. */
struct swept {
    struct lowered lowered;
    struct engine engine;
    struct plot plot;
    enum sweep_status status;
};

/* The axes of all .dc and .step cards; axes_free them. */
struct axes sweep_axes(struct lowered *lowered);

/* Run with these options, or on threads at 27 degrees Celsius; sweep_free it. */
struct swept *sweep_with(const char *cards, const struct sweep_options *options);
struct swept *sweep(const char *cards, int threads);

void sweep_free(struct swept *swept);

/* The voltage of a node at a point. */
double sweep_value(const struct swept *swept, const char *node, size_t point);

#define DIVIDER "v1 a 0 5\nr1 a b 1k\nr2 b 0 2k\n"

/* An amplifier of gain -r / 10k, limited by two junctions. */
#define STAGE(n, in, r)                                                                                          \
    "ri" n " " in " m" n " 10k\nrf" n " m" n " o" n " " r "\ne" n " o" n " 0 0 m" n " 100k\nrl" n " o" n " 0 20k\n" \
    "da" n " m" n " o" n " limit\ndb" n " o" n " m" n " limit\n"
#define LIMIT ".model limit d(is=1e-14)\n"

/* A ladder with piecewise-linear and ideal diodes, and a card; free() it. */
enum { SMALL = 100, LARGE = 700 }; /* sections: one chunk of points; several, for threads */
char *sweep_ladder(size_t sections, const char *card);

#endif
