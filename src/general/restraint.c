/* Steps of Newton's method, restrained where circuits of transistors lead it astray.
 *
 * Where no element has gain potentials stay between those of the sources (no_gain.h): a step ends there. So no tangent
 * of a transistor that is off, which has next to no slope, throws a node far out, and junctions that no potential there
 * makes conduct never do.
 * A potential that goes to and fro, as between transistors in series that are all but off, goes half as far each time
 * that it turns (as in Rprop: Riedmiller and Braun 1993, with the factors 0.5 and 1.5), once Newton's method has had
 * its time. */
#include "general/general_parts.h"

#include <math.h>

/* Unknown q and its step. */
static void add_step(struct general *general, uint32_t q, double step, double step_low)
{
    struct dd sum = dd_add((struct dd){general->hi[q], general->lo[q]}, two_sum(step, step_low));
    general->hi[q] = sum.hi;
    general->lo[q] = sum.lo;
}

void general_take_step(struct general *general)
{
    for (uint32_t q = 0; q < (uint32_t)general->equations->n; q++)
        add_step(general, q, general->step[q], general->step_low[q]);
}

/* The same, no potential further than it may go. */
static void take_shortened_step(struct general *general)
{
    const double less = 0.5, more = 1.5;
    for (uint32_t q = 0; q < (uint32_t)general->equations->n; q++) {
        double step = general->step[q], *reach = &general->reach[q];
        *reach = step * general->moved[q] < 0 ? less * fabs(general->moved[q]) : more * *reach;
        bool shortened = q < general->equations->nodes && fabs(step) > *reach;
        general->moved[q] = general->hi[q];
        add_step(general, q, shortened ? copysign(*reach, step) : step, shortened ? 0 : general->step_low[q]);
    }
}

void general_keep_within(struct general *general)
{
    struct equations *equations = general->equations;
    struct no_gain *no_gain = &equations->no_gain;
    no_gain_refresh(no_gain, equations->circuit);
    if (!general->within || !no_gain->holds || general->helds > 0)
        return;
    double low = equations->part * no_gain->low - no_gain->lifts;
    double high = equations->part * no_gain->high + no_gain->lifts;
    for (uint32_t q = 0; q < equations->nodes; q++) {
        double x = fmin(fmax(general->hi[q], low), high);
        if (x == general->hi[q])
            continue;
        general->hi[q] = x;
        general->lo[q] = 0;
    }
}

void general_take_restrained_step(struct general *general, double lambda, int iteration)
{
    enum { PATIENCE = 40 }; /* what converges without restraint has mostly done so */
    const struct equations *equations = general->equations;
    bool impatient = iteration >= PATIENCE && !equations->is_straight && general->helds == 0;
    for (int32_t q = 0; iteration == PATIENCE && q < equations->n; q++) {
        general->moved[q] = 0;
        general->reach[q] = INFINITY;
    }
    if (impatient)
        take_shortened_step(general);
    else
        general_take_step(general);
    if (lambda == 1)
        general_keep_within(general);
    for (int32_t q = 0; impatient && q < equations->n; q++)
        general->moved[q] = general->hi[q] - general->moved[q];
}

void general_stay_within(struct general *general, bool within)
{
    general->within = within;
}
