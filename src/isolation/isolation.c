#include "isolation/isolation.h"

#include "isolation/box.h"
#include "isolation/contraction.h"
#include "isolation/strong_parts.h"
#include "util/array.h"
#include <math.h>
#include <stdlib.h>

/* ---- one radius -------------------------------------------------------------------------------------------------- */

/* The least amperes of currents by which laws bend, and the largest error of a potential. */
static void take_figures(struct isolation *isolation, const struct box *box, const double *error)
{
    isolation->error = 0;
    isolation->amperes = INFINITY;
    for (uint32_t q = 0; q < box->n; q++) {
        if (q + 1 < box->nodes)
            isolation->error = fmax(isolation->error, error[q]);
        else if (box->bends[q])
            isolation->amperes = fmin(isolation->amperes, box->reach[q]);
    }
}

/* All parts. error, released [n] as in contraction.h */
static enum isolation_status contract_parts(const struct box *box, const struct strong_parts *parts, double *error,
                                            double *released)
{
    if (parts->largest > ISOLATION_MOST)
        return ISOLATION_LARGE;
    struct contraction *work = contraction_new(box->n, parts->largest);
    enum isolation_status status = work ? ISOLATION_SHOWN : ISOLATION_NO_MEMORY;
    for (uint32_t part = 0; status == ISOLATION_SHOWN && part < parts->count; part++)
        status = contraction_test(work, box, parts, part, error, released);
    contraction_free(work);
    return status;
}

/* An operating point in the box at which some of the held diodes are blocked solves the equations but for theirs, which
 * miss by up to `blocked` V. Do the currents of held diodes stay positive by as much as that? Then there is none. */
static bool diodes_hold(const struct box *box, const double *released)
{
    bool hold = true;
    for (size_t k = 0; k < box->helds; k++) {
        const struct box_held *held = &box->held[k];
        hold = hold && held->sign * box->x[held->unknown] > released[held->unknown];
    }
    return hold;
}

static enum isolation_status contract(const struct box *box, double *error, double *released)
{
    struct strong_parts parts = {0};
    enum isolation_status status = strong_parts_find(&parts, box);
    if (status == ISOLATION_SHOWN)
        status = contract_parts(box, &parts, error, released);
    strong_parts_free(&parts);
    return status == ISOLATION_SHOWN && !diodes_hold(box, released) ? ISOLATION_NOT_SHOWN : status;
}

/* error [2 n], the second half work */
static struct isolation test(struct box *box, double volts, double *error)
{
    struct isolation isolation = {.volts = volts};
    isolation.status = box_fill(box, volts, &isolation.element);
    if (isolation.status == ISOLATION_SHOWN)
        isolation.status = contract(box, error, error + box->n);
    if (isolation.status == ISOLATION_SHOWN)
        take_figures(&isolation, box, error);
    return isolation;
}

/* ---- the largest radius ------------------------------------------------------------------------------------------ */

static double largest_potential(const struct box *box)
{
    double most = 1;
    for (uint32_t q = 0; q + 1 < box->nodes; q++)
        most = fmax(most, fabs(box->x[q]));
    return most;
}

/* Some radius at which it holds: not less than the error of the potentials, which may be all that there is near a
 * fold. */
static struct isolation find_any(struct box *box, double *error)
{
    enum { STEPS = 8 };
    struct isolation found = {0};
    double volts = 1e-3 * largest_potential(box);
    for (int step = 0; step < STEPS; step++, volts /= 64) {
        found = test(box, volts, error);
        if (found.status != ISOLATION_NOT_SHOWN && found.status != ISOLATION_BETWEEN &&
            found.status != ISOLATION_NO_RANGE)
            break;
    }
    return found;
}

/* The exact point is the one in the smallest box that has one, where slopes are known best. */
static void narrow(struct box *box, struct isolation *best, double *error)
{
    enum { STEPS = 6 };
    double volts = isfinite(best->volts) ? best->volts : largest_potential(box);
    for (int step = 0; step < STEPS; step++) {
        volts /= 256;
        struct isolation next = test(box, volts, error);
        if (next.status != ISOLATION_SHOWN || next.error >= best->error)
            return;
        best->error = next.error;
    }
}

/* Let it grow while it holds, then halve what is left between what holds and what does not. */
static struct isolation grow(struct box *box, struct isolation best, double *error)
{
    enum { HALVINGS = 6 };
    const double farthest = 1e6 * largest_potential(box);
    double fails = INFINITY;
    while (isinf(fails) && best.volts < farthest) {
        struct isolation next = test(box, 2 * best.volts, error);
        if (next.status == ISOLATION_SHOWN)
            best = next;
        else
            fails = 2 * best.volts;
    }
    if (isinf(fails)) {
        struct isolation everywhere = test(box, INFINITY, error);
        return everywhere.status == ISOLATION_SHOWN ? everywhere : best;
    }
    for (int k = 0; k < HALVINGS; k++) {
        struct isolation next = test(box, sqrt(best.volts * fails), error);
        if (next.status == ISOLATION_SHOWN)
            best = next;
        else
            fails = next.volts;
    }
    return best;
}

static struct isolation judge(const struct circuit *circuit, const struct operating_point *op, double volts)
{
    struct isolation isolation = {.status = ISOLATION_OPEN, .volts = volts, .element = ISOLATION_NONE};
    if (op->any_floats || op->any_shared)
        return isolation;
    struct box box = {0};
    isolation.status = ISOLATION_NO_MEMORY;
    double *error = NULL;
    if (box_new(&box, circuit, op) && (error = array_new(2 * (size_t)box.n, sizeof *error))) {
        isolation = isnan(volts) ? find_any(&box, error) : test(&box, volts, error);
        if (isnan(volts) && isolation.status == ISOLATION_SHOWN) {
            isolation = grow(&box, isolation, error);
            narrow(&box, &isolation, error);
        }
    }
    free(error);
    box_free(&box);
    return isolation;
}

const char *isolation_obstacle(enum isolation_status status)
{
    static const char *const obstacle[] = {
        [ISOLATION_NOT_SHOWN] = "its equations are too near to singular",
        [ISOLATION_NO_RANGE] = "a law is not known over intervals",
        [ISOLATION_BETWEEN] = "a switch is not clear of its thresholds",
        [ISOLATION_OPEN] = "potentials float, or currents are shared",
        [ISOLATION_LARGE] = "a part of it has too many unknowns",
        [ISOLATION_NO_MEMORY] = "memory is out",
    };
    return obstacle[status];
}

struct isolation isolation_find(const struct circuit *circuit, const struct operating_point *op)
{
    return judge(circuit, op, NAN);
}

struct isolation isolation_within(const struct circuit *circuit, const struct operating_point *op, double volts)
{
    return judge(circuit, op, volts);
}
