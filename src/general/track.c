/* Along a sweep: where the last answers point to, and a step of Newton's method or two from there, in doubles; then the
 * laws of voltage-defined branches to twice the precision. An extrapolated point is nearer than the last one, on the
 * same branch, and what the step leaves the proof judges: where it misses, the ways of general.h begin at the last
 * point. */
#include "general/equations_parts.h"
#include "general/general_parts.h"

#include "util/array.h"
#include "util/kernel.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STEPS = 3 };
enum { POINTS_WITHOUT = 8 }; /* after one that was not found: what is no smooth sweep costs an eighth more at most */

static const double too_far = 0.1; /* V: the point is none of that branch, or limits would be needed */
static const double settled = 1e-7; /* V: what is left of curved laws is of the square of the last step */
static const double left = 1e-12;   /* V: what derivatives that are not quite those may leave of a step */
static const double nearest = 1e-3; /* of derivatives, so that the proof of a leap is not left to chance */

/* Has the circuit an answer that is neither one of a linear one nor one of states? */
static bool is_smooth(const struct general *general)
{
    return !general->equations->is_linear && !general->equations->any_states;
}

bool general_track_new(struct general *general)
{
    size_t n = (size_t)general->equations->n;
    struct track *track = &general->track;
    struct array_request request[TRACK_POINTS];
    if (!is_smooth(general))
        return true;
    for (int p = 0; p < TRACK_POINTS; p++)
        request[p] = (struct array_request){&track->past[p], n, sizeof(double)};
    track->block = arrays_new(request, TRACK_POINTS);
    return track->block;
}

void general_track_forget(struct general *general)
{
    general->track.points = 0;
    general->track.volts = INFINITY;
}

void general_track_note(struct general *general)
{
    struct track *track = &general->track;
    if (!is_smooth(general))
        return;
    double *oldest = track->past[TRACK_POINTS - 1];
    memmove(track->past + 1, track->past, (TRACK_POINTS - 1) * sizeof *track->past);
    track->past[0] = oldest;
    const struct equations *equations = general->equations;
    memcpy(oldest, general->op->voltage + 1, equations->nodes * sizeof *oldest);
    for (uint32_t q = equations->nodes; q < (uint32_t)equations->n; q++)
        oldest[q] = general->op->current[equations->owner[q - equations->nodes]];
    track->points += track->points < TRACK_POINTS;
}

void general_track_missed(struct general *general)
{
    general->track.waits = POINTS_WITHOUT;
}

/* x, where points at equal distances along a polynomial lead. */
KERNEL
static void extrapolate(const struct track *track, size_t n, double *x)
{
    static const double factor[TRACK_POINTS][TRACK_POINTS] = {
        {1}, {2, -1}, {3, -3, 1}, {4, -6, 4, -1}, {5, -10, 10, -5, 1}};
    memset(x, 0, n * sizeof *x);
    for (uint32_t p = 0; p < track->points; p++) {
        const double by = factor[track->points - 1][p], *past = track->past[p];
        KERNEL_EACH
        for (size_t q = 0; q < n; q++)
            x[q] += by * past[q];
    }
}

/* One step; *volts: the largest of a potential. near: of derivatives. */
static enum general_status step(struct general *general, double near, double *volts)
{
    struct equations *equations = general->equations;
    double *way = general->step;
    equations_evaluate_circuit(equations, general->hi, true, general->value);
    enum general_status status = general_factor_value(general, near);
    if (status != GENERAL_OK)
        return status;
    for (int32_t q = 0; q < equations->n; q++)
        way[q] = -equations->residual[q].hi;
    lu_solve(general->lu, way);
    *volts = 0;
    for (uint32_t q = 0; q < equations->nodes; q++)
        *volts = fabs(way[q]) <= *volts ? *volts : isnan(way[q]) ? INFINITY : fabs(way[q]);
    for (int32_t q = 0; q < equations->n; q++)
        general->hi[q] += way[q];
    return GENERAL_OK;
}

/* What the laws of branches with a current are off. way [n] out; v [nodes of the circuit] work */
static void find_branch_rests(struct general *general, const struct law_columns *laws, double *v, double *way)
{
    struct equations *equations = general->equations;
    double *rest = general->work[0];
    memset(way, 0, (size_t)equations->n * sizeof *way);
    v[GROUND] = 0;
    memcpy(v + 1, general->hi, equations->nodes * sizeof *v);
    law_columns_rests(laws, v, rest);
    for (uint32_t g = 0; g < laws->gain.count; g++)
        way[equations->branch[laws->gain.element[g]]] = -rest[g];
    for (uint32_t other = 0; other < laws->others; other++) {
        uint32_t q = equations->branch[laws->other[other]];
        if (q != EQUATIONS_NONE)
            way[q] = -equations_branch_residual(equations, q, general->hi);
    }
    for (uint32_t q = equations->nodes; q < (uint32_t)equations->n; q++)
        way[q] = equations->replaced[q] ? 0 : way[q];
}

/* Laws of voltage-defined branches hold to rounding only: one step more, of these alone. v as above */
static void hold_laws(struct general *general, const struct law_columns *laws, double *v)
{
    struct equations *equations = general->equations;
    double *way = general->step;
    memset(general->lo, 0, (size_t)equations->n * sizeof *general->lo);
    find_branch_rests(general, laws, v, way);
    lu_solve(general->lu, way);
    for (uint32_t q = 0; q < equations->nodes; q++) {
        struct dd x = two_sum(general->hi[q], way[q]);
        general->hi[q] = x.hi;
        general->lo[q] = x.lo;
    }
    for (uint32_t q = equations->nodes; q < (uint32_t)equations->n; q++)
        general->hi[q] += way[q];
}

enum general_status general_track(struct general *general, const struct element_tables *tables,
                                  struct operating_point *to)
{
    const struct equations *equations = general->equations;
    struct track *track = &general->track;
    if (track->waits > 0)
        track->waits--;
    if (track->points < 2 || track->waits > 0)
        return GENERAL_UNSOLVED;
    extrapolate(track, (size_t)equations->n, general->hi);
    double volts = INFINITY;
    for (int s = 0; s < MOST_STEPS && volts > settled; s++) {
        enum general_status status = step(general, fmin(nearest, left / fmin(volts, track->volts)), &volts);
        if (s == 0)
            track->volts = volts;
        if (status != GENERAL_OK)
            return status == GENERAL_NO_MEMORY ? status : GENERAL_UNSOLVED;
        if (!(volts <= too_far))
            return GENERAL_UNSOLVED;
    }
    if (volts > settled)
        return GENERAL_UNSOLVED;
    hold_laws(general, &tables->laws, to->voltage);
    equations_take_plainly(general->equations, tables, general->hi, general->lo, to);
    return GENERAL_OK;
}
