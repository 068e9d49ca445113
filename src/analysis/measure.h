/* Measurements: what .measure finds in the curves of a sweep.
 *
 * A curve is what the innermost axis x makes of a formula y, with straight lines between its points:
 *   find y at=x0               y there
 *   when y=c, when y=z         the x where they meet; with rise, fall, cross = n or last
 *   find y when ..             y where the others meet
 *   deriv y at=x0, when ..     dy/dx there
 *   max min max_at min_at pp   over the points with from <= x <= to
 *   avg                        from `from` to `to`, of the straight lines between the points
 *   rms integ                  the same, by Simpson's rules where points are evenly spaced
 *   trig .. targ ..            the x of targ less that of trig
 *   param='..'                 an expression of other measurements
 * Source: ngspice's manual, section 15.4. */
#ifndef OPSPICE_MEASURE_H
#define OPSPICE_MEASURE_H

#include "analysis/formula.h"
#include "netlist/netlist.h"

enum measure_kind {
    MEASURE_FIND, MEASURE_WHEN, MEASURE_DERIV, MEASURE_MAX, MEASURE_MIN, MEASURE_MAX_AT, MEASURE_MIN_AT, MEASURE_PP,
    MEASURE_AVG, MEASURE_RMS, MEASURE_INTEG, MEASURE_TRIG_TARG, MEASURE_PARAM
};

#define MEASURE_NO_FORMULA SIZE_MAX

/* A place on a curve: at a given x, or the nth meeting of two formulas. */
struct meeting {
    double at;          /* NAN: where y and z meet */
    size_t y, z;        /* numbers of formulas; z MEASURE_NO_FORMULA: the constant c */
    double c;
    int sign;           /* 1: y rises through z; -1: falls; 0: either */
    unsigned count;     /* the nth, from 1; 0: the last */
    double delay;       /* only at x >= delay */
};

/* One measurement, and what it found on one curve. */
struct measure {
    bool has_parameters;     /* numbers of the card are those of parameters of the netlist */
    const char *place;       /* of its name in the text */
    uint32_t length;
    const char *name;        /* lower case, NUL-terminated */
    enum measure_kind kind;
    size_t y;                    /* formula, or MEASURE_NO_FORMULA */
    struct meeting trig, targ;   /* find, when, deriv: targ alone */
    double from, to;             /* window of x */
    struct expression expression; /* of MEASURE_PARAM */
    double *parameter;            /* [expression.uses] the value of what is a parameter of the netlist, else NAN */
    bool failed;
    bool is_told; /* why it has failed, of another curve of the plot */
    double value, first, second; /* first, second: the x of the extreme, its y; the window; the x of targ and trig */
};

struct measures {
    struct measure *item; /* [count] */
    size_t count, capacity;
    struct formulas formulas;
    struct names names; /* once they were run */
    uint32_t *named;    /* [names.count] the first of that name; NULL: not yet */
};

/* Read a .measure card of the dc analysis, without its name, `dc` among its words or not. Mistakes are diagnostics.
 * False when memory is out. */
bool measures_read(struct measures *measures, const struct card *card, const struct formula_scope *scope,
                   struct diagnostics *diagnostics);

/* Parameters of the netlist have other values now: so have the numbers of its cards that name some. Nothing is said of
 * what is wrong then. False when memory is out. */
bool measures_renew(struct measures *measures, const struct netlist *netlist, const struct formula_scope *scope);

/* Include the vectors that they need. False when memory is out. */
bool measures_need(const struct measures *measures, struct vectors *vectors);

/* Measure one curve: `count` points of the plot from `first` on, with the plot of constants or NULL. What cannot be
 * found has failed, with a warning, which is counted where it has failed in another curve before. */
void measures_run(struct measures *measures, struct plot *plot, const struct plot *constants, size_t first,
                  size_t count, struct diagnostics *diagnostics);

/* Safe on a zeroed struct; leaves it zeroed. */
void measures_free(struct measures *measures);

#endif
