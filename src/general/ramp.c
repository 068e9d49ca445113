/* From an easy circuit to the one that was asked for, point by point: with a conductance from every node to ground
 * that becomes less, or with sources that grow. Newton's method takes each point from the one before; where it fails
 * the next step is shorter.
 *
 * Source: the methods are SPICE3's gmin and source stepping (Quarles 1989), with steps that adapt as in ngspice. */
#include "general/general_parts.h"

#include <math.h>
#include <string.h>

struct ramp {
    struct general *general;
    double *hi; /* [n] the last point that was found */
};

static void keep(const struct ramp *ramp)
{
    const struct equations *equations = ramp->general->equations;
    memcpy(ramp->hi, ramp->general->hi, (size_t)equations->n * sizeof *ramp->hi);
}

/* Newton's method from the last point, or from the first guesses where there is none yet. */
static enum general_status find_next(const struct ramp *ramp, bool any)
{
    struct general *general = ramp->general;
    size_t n = (size_t)general->equations->n;
    if (!any)
        return general_iterate(general, 1, GENERAL_ITERATIONS);
    memcpy(general->hi, ramp->hi, n * sizeof *general->hi);
    memset(general->lo, 0, n * sizeof *general->lo);
    equations_follow(general->equations, general->hi);
    return general_iterate(general, 1, GENERAL_ITERATIONS);
}

static enum general_status finish(struct general *general, enum general_status status)
{
    general->equations->leak = 0;
    general->equations->part = 1;
    if (status == GENERAL_OK)
        status = general_iterate(general, 1, GENERAL_ITERATIONS);
    if (status == GENERAL_OK)
        status = general_refine(general);
    equations_take(general->equations, general->hi, general->lo, general->op);
    return status;
}

/* The leak falls from a conductance at which all is easy. */
static enum general_status lower_leak(const struct ramp *ramp)
{
    const double first = 1e-2, least = 1e-13, longest = 10, shortest = 1.0005;
    struct equations *equations = ramp->general->equations;
    double leak = first, factor = longest, found = 0;
    enum general_status status = GENERAL_OK;
    while (status != GENERAL_NO_MEMORY) {
        equations->leak = leak;
        status = find_next(ramp, found > 0);
        if (status == GENERAL_OK) {
            keep(ramp);
            found = leak;
            if (leak <= least)
                break;
            factor = fmin(longest, factor * sqrt(factor));
        } else if (found == 0 || factor < shortest) {
            break;
        } else {
            factor = sqrt(sqrt(factor));
        }
        leak = found / factor;
    }
    return status;
}

/* Without sources: from the first guesses, or where that fails from 0 V, where all is at rest but what sources do not
 * drive. */
static enum general_status find_first(const struct ramp *ramp)
{
    enum general_status status = find_next(ramp, false);
    if (status == GENERAL_OK || status == GENERAL_NO_MEMORY)
        return status;
    memset(ramp->hi, 0, (size_t)ramp->general->equations->n * sizeof *ramp->hi);
    return find_next(ramp, true);
}

/* The sources rise from nothing. */
static enum general_status raise_sources(const struct ramp *ramp)
{
    const double shortest = 1e-7, longest = 0.2;
    struct equations *equations = ramp->general->equations;
    double found = 0, step = 1e-3;
    equations->part = 0;
    enum general_status status = find_first(ramp);
    if (status == GENERAL_OK)
        keep(ramp);
    while (status != GENERAL_NO_MEMORY && (found > 0 || status == GENERAL_OK) && found < 1 && step > shortest) {
        equations->part = fmin(1, found + step);
        status = find_next(ramp, true);
        if (status == GENERAL_OK) {
            keep(ramp);
            found = equations->part;
            step = fmin(longest, 2 * step);
        } else {
            step /= 4;
        }
    }
    return found == 1 ? GENERAL_OK : status == GENERAL_OK ? GENERAL_UNSOLVED : status;
}

enum general_status general_lower_leak(struct general *general)
{
    const struct ramp ramp = {.general = general, .hi = general->work[0]};
    general_guess(general);
    return finish(general, lower_leak(&ramp));
}

enum general_status general_raise_sources(struct general *general)
{
    const struct ramp ramp = {.general = general, .hi = general->work[0]};
    general_guess(general);
    return finish(general, raise_sources(&ramp));
}
