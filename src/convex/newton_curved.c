#include "convex/newton.h"

#include "convex/companions.h"
#include "util/magnitude.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* Of all steps: those that meet laws boldly; those from which on the factor is looked into whatever that takes; those
 * from which on the line search is on Phi itself. And how many may move nothing but rounding. */
enum { STEPS = 100, BOLD_STEPS = 8, LATE_STEPS = 12, SAFE_STEPS = 20, STILL_STEPS = 3 };

/* Gradient over the terms that it is made of: 0 but for rounding; so small that what no longer halves it is rounding;
 * and so large that it is no minimum, however little steps move. */
static const double rounding = 1e-13, near_rounding = 1e-9, no_minimum = 1e-3;

/* Companion's conductance over that of its surroundings, S/S: more drowns these in rounding. */
static const double steepest_companion = 1e9;

/* Flops of a factorisation for each unknown and curved branch, up to which an inverse costs no more than the rest of a
 * step. */
static const double inverse_flops = 200;

static const double least_conductance = 1e-15; /* S, of surroundings */

/* ---- surroundings ------------------------------------------------------------------------------------------------ */

static double end_conductance(const struct qp *qp, int32_t i)
{
    return i == GROUND_UNKNOWN ? INFINITY : qp->L.x[qp->L.d[i]];
}

/* The conductances at the ends in series; where there is none, next to nothing, so that currents count. */
static double in_series(double g, double h)
{
    return isinf(g) ? h : isinf(h) ? g : g + h > 0 ? g / (g + h) * h : 0;
}

void newton_look_around(struct newton *newton, const struct qp *qp)
{
    for (uint32_t q = 0; q < qp->nonlinears; q++) {
        const struct nonlinear_branch *branch = &qp->nonlinear[q];
        double g = in_series(end_conductance(qp, branch->i), end_conductance(qp, branch->j));
        newton->surroundings[q] = fmax(g, least_conductance) / branch->m;
    }
}

/* Once there is a factor: Thevenin's conductance of all that is linear or has a companion at the nodes of a law,
 * without itself. Where curved laws alone hold a node, resistors say nothing about it. Where looking costs more than a
 * step, it waits until steps turn out to be many. */
static void measure_surroundings(struct newton *newton, const struct qp *qp, int step)
{
    double cheap_flops = inverse_flops * ((double)qp->L.n + qp->nonlinears);
    if ((step < LATE_STEPS && factor_flops(newton->factor) > cheap_flops) || !factor_invert(newton->factor))
        return;
    for (uint32_t q = 0; q < qp->nonlinears; q++) {
        const struct nonlinear_branch *branch = &qp->nonlinear[q];
        double g = 1 / factor_resistance(newton->factor, branch->i, branch->j) / branch->m;
        double rest = g - newton->companion[q].g;
        if (rest > 8 * DBL_EPSILON * g) /* else it drowns in the branch's own */
            newton->surroundings[q] = fmax(rest, least_conductance);
    }
}

/* ---- companions -------------------------------------------------------------------------------------------------- */

void newton_touch(struct newton *newton, const struct qp *qp, const double *x)
{
    companions_touch(qp, x, newton->companion);
}

void newton_meet(struct newton *newton, const struct qp *qp, const double *x, bool bold)
{
    companions_meet(qp, x, newton->surroundings, bold, newton->companion);
}

/* Companions at x; those that are too steep there are taken lower. */
static void touch_lower(struct newton *newton, const struct qp *qp, const double *x)
{
    newton_touch(newton, qp, x);
    for (uint32_t q = 0; q < qp->nonlinears; q++) {
        struct companion *companion = &newton->companion[q];
        double g = steepest_companion * newton->surroundings[q];
        if (companion->g > g)
            companion->u = curve_meet(qp->nonlinear[q].curve, g, g * companion->u, &companion->i, &companion->g);
    }
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

struct search {
    struct newton *newton;
    struct lagrangian *lagrangian;
    double *x;               /* [n] V */
    struct solve_info *info;
    enum factor_care care;
    double left, before;     /* gradient over its terms: at x, and a step before */
    int step, still;         /* steps; those at the end that have moved nothing but rounding */
    bool on_phi;             /* this step is along companions at x, its length the minimum of Phi itself */
};

/* Is x the minimum? */
static bool is_minimum(struct search *search)
{
    search->before = search->left;
    search->left = lagrangian_gradient(search->lagrangian, search->x, NULL, search->newton->gradient);
    return search->left <= rounding || (search->left <= near_rounding && search->left > search->before / 2);
}

/* Where the search goes no further. */
static enum solve_status end(struct search *search)
{
    double left = lagrangian_gradient(search->lagrangian, search->x, NULL, search->newton->gradient);
    return left <= near_rounding ? SOLVE_OK : SOLVE_STALLED;
}

static void companion_gradient(struct search *search)
{
    lagrangian_gradient(search->lagrangian, search->x, search->newton->companion, search->newton->gradient);
}

/* The direction to the minimum of Phi with the present companions. SOLVE_STALLED also where these are so steep that the
 * gradient drowns the others' currents in rounding: x is then far beyond a law. */
static enum solve_status solve_companions(struct search *search)
{
    struct newton *newton = search->newton;
    const struct qp *qp = search->lagrangian->qp;
    for (uint32_t k = 0; k < qp->knees; k++)
        newton->g[k] = newton->active[k] ? search->lagrangian->w[k] : 0;
    for (uint32_t q = 0; q < qp->nonlinears; q++)
        newton->g[qp->knees + q] = qp->nonlinear[q].m * newton->companion[q].g;
    newton_assemble(newton, qp);
    enum solve_status status = newton_factor(newton, search->lagrangian->anchor, search->care, search->info);
    if (status == SOLVE_OK && search->care == FACTOR_FAST && factor_cancels(newton->factor))
        return SOLVE_STALLED;
    return status == SOLVE_OK ? newton_direction(newton) : status;
}

/* With lower companions; and then with more care, since there are conductances of many decades. */
static enum solve_status solve_lower_companions(struct search *search)
{
    struct newton *newton = search->newton;
    const struct qp *qp = search->lagrangian->qp;
    if (search->on_phi)
        memcpy(newton->companion, newton->kept, qp->nonlinears * sizeof *newton->kept);
    else
        touch_lower(newton, qp, search->x);
    search->on_phi = false;
    companion_gradient(search);
    enum solve_status status = solve_companions(search);
    if (status != SOLVE_STALLED || search->care != FACTOR_FAST)
        return status;
    search->care = FACTOR_EXACT;
    return solve_companions(search);
}

/* The gradient of Phi is at hand. */
static enum solve_status find_direction(struct search *search)
{
    struct newton *newton = search->newton;
    const struct qp *qp = search->lagrangian->qp;
    search->on_phi = search->step >= SAFE_STEPS;
    if (search->on_phi) {
        memcpy(newton->kept, newton->companion, qp->nonlinears * sizeof *newton->kept);
        newton_touch(newton, qp, search->x);
    } else {
        companion_gradient(search);
    }
    enum solve_status status = solve_companions(search);
    return status == SOLVE_STALLED ? solve_lower_companions(search) : status;
}

static double find_length(const struct search *search)
{
    const struct newton *newton = search->newton;
    return search->on_phi
               ? lagrangian_search_nonlinear(search->lagrangian, search->x, newton->d, newton->gradient)
               : lagrangian_search(search->lagrangian, search->x, newton->d, newton->gradient, newton->companion);
}

/* Move by t d. Have the last steps moved no potential by more than rounding of the largest? */
static bool move_stands_still(struct search *search, double t)
{
    struct newton *newton = search->newton;
    size_t n = (size_t)newton->H.n;
    t = newton_move(newton, search->lagrangian, t, search->x);
    bool moves = t * largest_magnitude(newton->d, n) > DBL_EPSILON * largest_magnitude(search->x, n);
    search->still = search->left > no_minimum || moves ? 0 : search->still + 1;
    return search->still == STILL_STEPS;
}

static void next_companions(struct search *search)
{
    struct newton *newton = search->newton;
    const struct qp *qp = search->lagrangian->qp;
    measure_surroundings(newton, qp, search->step);
    if (search->on_phi)
        newton_touch(newton, qp, search->x);
    else
        newton_meet(newton, qp, search->x, search->step < BOLD_STEPS);
}

enum solve_status newton_minimise_curved(struct newton *newton, struct lagrangian *lagrangian, double *x,
                                         struct solve_info *info)
{
    struct search search = {newton, lagrangian, x, info, .care = FACTOR_FAST, .left = INFINITY};
    newton_look_around(newton, lagrangian->qp);
    newton_touch(newton, lagrangian->qp, x);
    for (; search.step < STEPS; search.step++) {
        if (is_minimum(&search))
            return SOLVE_OK;
        enum solve_status status = find_direction(&search);
        if (status != SOLVE_OK)
            return status;
        double t = find_length(&search);
        if (t == 0 && search.on_phi)
            return end(&search);
        if (move_stands_still(&search, t))
            return SOLVE_OK;
        next_companions(&search);
    }
    return end(&search);
}
