/* What the points of an analysis came to: the proof of the worst of them, and what all of them took. */
#ifndef OPSPICE_TOTALS_H
#define OPSPICE_TOTALS_H

#include "engine/engine.h"
#include <stddef.h>

struct totals {
    size_t points;                       /* that have an answer, proved or not */
    struct certificate worst;            /* where points > 0: of the first of them with the largest relative figure */
    enum engine_class class;             /* the worst */
    struct isolation isolation;          /* where it was asked: the least radii and the largest error; of the first
                                          * point of which it was not shown */
    enum engine_stability stability;     /* the worst; where a point is not proved, untested */
    double lower, solve, recover, prove; /* s, of all threads together */
    struct solve_info info; /* counts of engines that are gone, and the largest of their nonzeros and fill */
};

/* Add the point that the engine was asked for last, which comes after those before. */
void totals_add_point(struct totals *totals, const struct engine *engine);

/* Add the counts of an engine that goes. */
void totals_add_info(struct totals *totals, const struct solve_info *info);

/* The circuit whose worst node and element it names is not there any more. */
void totals_forget_names(struct totals *totals);

/* Add all of other points, which come after those before. */
void totals_add(struct totals *totals, const struct totals *more);

#endif
