#include "convex/coarse_level.h"

#include "convex/lagrangian.h"
#include "util/array.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INSERTION_SORTED = 24 };              /* breakpoints, up to which insertion is the fastest sort */

/* Of an unknown's best conductance, S/S: by which it may join a cluster; of the unknowns: those that a coarser level
 * may have. Tests: hidden-currents.cir, both_methods_pass_the_stall. */
static const double least_share = 0.25, most_coarse_part = 0.9;

/* Lists of branches at each unknown: start [n + 1] into list. ends(context, k, end) is the unknown
 * at one end of branch k. */
typedef int32_t branch_end(const struct qp *qp, uint32_t k, bool first);

static int32_t knee_end(const struct qp *qp, uint32_t k, bool first)
{
    return first ? qp->knee[k].i : qp->knee[k].j;
}

static int32_t nonlinear_end(const struct qp *qp, uint32_t k, bool first)
{
    return first ? qp->nonlinear[k].i : qp->nonlinear[k].j;
}

static void list_branches(const struct qp *qp, uint32_t count, branch_end *end, int32_t *start, uint32_t *list)
{
    int32_t *fill = start + 1; /* becomes start[] while filling */
    for (uint32_t k = 0; k < 2 * count; k++) {
        int32_t i = end(qp, k / 2, k % 2 == 0);
        if (i != GROUND_UNKNOWN)
            fill[i + 1]++;
    }
    for (int32_t i = 0; i < qp->L.n; i++)
        fill[i + 1] += fill[i];
    for (uint32_t k = 0; k < 2 * count; k++) {
        int32_t i = end(qp, k / 2, k % 2 == 0);
        if (i != GROUND_UNKNOWN)
            list[fill[i]++] = k / 2;
    }
}

bool coarse_level_new(struct coarse_level *level, int32_t unknowns, uint32_t knees, uint32_t nonlinears)
{
    size_t n = (size_t)unknowns;
    struct qp *qp = &level->qp;
    const struct array_request request[] = {
        {&qp->b, n, sizeof *qp->b},
        {&qp->ground, n, sizeof *qp->ground},
        {&qp->knee, knees, sizeof *qp->knee},
        {&qp->nonlinear, nonlinears, sizeof *qp->nonlinear},
        {&level->low, n, sizeof *level->low},
        {&level->high, n, sizeof *level->high},
        {&level->x, n, sizeof *level->x},
        {&level->cluster, n, sizeof *level->cluster},
        {&level->start, n + 2, sizeof *level->start},
        {&level->knee, 2 * (size_t)knees, sizeof *level->knee},
        {&level->nonlinear_start, n + 2, sizeof *level->nonlinear_start},
        {&level->nonlinear, 2 * (size_t)nonlinears, sizeof *level->nonlinear},
        {&level->point, knees, sizeof *level->point},
    };
    level->block = arrays_new(request, sizeof request / sizeof *request);
    return level->block;
}

void coarse_level_index(struct coarse_level *level)
{
    const struct qp *qp = &level->qp;
    list_branches(qp, qp->knees, knee_end, level->start, level->knee);
    list_branches(qp, qp->nonlinears, nonlinear_end, level->nonlinear_start, level->nonlinear);
}

int32_t coarse_level_most_knees(const struct coarse_level *level)
{
    int32_t most = 0;
    for (int32_t i = 0; i < level->qp.L.n; i++)
        if (level->start[i + 1] - level->start[i] > most)
            most = level->start[i + 1] - level->start[i];
    return most;
}

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

static void sort(struct breakpoint *point, int32_t points)
{
    if (points > INSERTION_SORTED) {
        qsort(point, (size_t)points, sizeof *point, breakpoint_order);
        return;
    }
    for (int32_t q = 1; q < points; q++) {
        struct breakpoint here = point[q];
        int32_t to = q;
        for (; to > 0 && point[to - 1].t > here.t; to--)
            point[to] = point[to - 1];
        point[to] = here;
    }
}

/* The current that leaves one unknown at x, without its curved laws: S x - R + the knees, each beyond or
 * before its t. */
struct unknown_current {
    double S, R; /* S, A */
    struct breakpoint *point; /* [points] */
    int32_t points;
};

/* Where it is 0. The walk adds and takes away; the sums of the piece where it ends are made anew, since a large w that
 * was taken away takes the digits of small ones with it. */
static double root(const struct unknown_current *current)
{
    double S = current->S, R = current->R, slope = S, level = R;
    struct breakpoint *point = current->point;
    int32_t points = current->points, piece = 0;
    sort(point, points);
    for (int32_t q = 0; q < points; q++)
        if (point[q].below) {
            slope += point[q].jump;
            level += point[q].jump * point[q].t;
        }
    for (; piece < points && level > slope * point[piece].t; piece++) {
        double jump = point[piece].below ? -point[piece].jump : point[piece].jump;
        slope += jump;
        level += jump * point[piece].t;
    }
    for (int32_t q = 0; q < points; q++)
        if (point[q].below == (q >= piece)) {
            S += point[q].jump;
            R += point[q].jump * point[q].t;
        }
    return R / S;
}

/* It at x, and its slope. */
static double current_at(const struct unknown_current *current, double x, double *slope)
{
    double sum = current->S * x - current->R;
    *slope = current->S;
    for (int32_t q = 0; q < current->points; q++) {
        const struct breakpoint *point = &current->point[q];
        if (point->below ? x < point->t : x > point->t) {
            sum += point->jump * (x - point->t);
            *slope += point->jump;
        }
    }
    return sum;
}

/* The current that leaves unknown i through its curved laws when it is at x, and its slope. */
static double nonlinear_current_at(const struct coarse_level *level, int32_t i, double x, double *slope)
{
    double sum = 0;
    for (int32_t q = level->nonlinear_start[i]; q < level->nonlinear_start[i + 1]; q++) {
        const struct nonlinear_branch *branch = &level->qp.nonlinear[level->nonlinear[q]];
        bool first = branch->i == i;
        double steep, u = (first ? x - at(level->x, branch->j) : at(level->x, branch->i) - x) + branch->c;
        double f = branch->m * curve_current(branch->curve, u, &steep);
        sum += first ? f : -f;
        *slope += branch->m * steep;
    }
    return sum;
}

/* One curved law alone against the rest, from where that is at rest without it: for one exact
 * where no knee is passed. */
static double first_guess(const struct coarse_level *level, int32_t i, double S, double rest)
{
    int32_t begin = level->nonlinear_start[i], end = level->nonlinear_start[i + 1];
    double x = rest;
    for (int32_t q = begin; q < end && S > 0; q++) {
        const struct nonlinear_branch *branch = &level->qp.nonlinear[level->nonlinear[q]];
        bool first = branch->i == i;
        double u = (first ? rest - at(level->x, branch->j) : at(level->x, branch->i) - rest) + branch->c, f, slope;
        double met = curve_meet(branch->curve, S / branch->m, S / branch->m * u, &f, &slope);
        double there = first ? met + at(level->x, branch->j) - branch->c : at(level->x, branch->i) + branch->c - met;
        if (fabs(there - rest) > fabs(x - rest))
            x = there;
    }
    return x;
}

/* The root with curved laws: safeguarded Newton on an increasing function. rest: the root without them. */
static double curved_root(const struct coarse_level *level, int32_t i, const struct unknown_current *current,
                          double rest)
{
    enum { STEPS = 100 };
    double low = -INFINITY, high = INFINITY, x = first_guess(level, i, current->S, rest);
    for (int step = 0; step < STEPS; step++) {
        double slope, excess = current_at(current, x, &slope);
        double curved = nonlinear_current_at(level, i, x, &slope);
        double noise = current->S * fabs(x) + fabs(current->R) + fabs(curved) + slope * fabs(x);
        if (!(fabs(excess + curved) > 4 * DBL_EPSILON * noise))
            return x;
        excess += curved;
        if (excess > 0)
            high = x;
        else
            low = x;
        double next = x - excess / slope;
        if (!(next > low && next < high) || step % 8 == 7)
            next = isinf(low) || isinf(high) ? x - (excess > 0 ? 1 : -1) * ldexp(1, step) : low + (high - low) / 2;
        if (fabs(next - x) <= DBL_EPSILON * fabs(x))
            return next;
        x = next;
    }
    return x;
}

void coarse_level_relax(struct coarse_level *level, int32_t i, struct breakpoint *point)
{
    const struct laplacian *L = &level->qp.L;
    double S = 0, R = level->qp.b[i];
    int32_t points = 0;
    for (int32_t q = L->p[i]; q < L->p[i + 1]; q++) {
        if (L->i[q] == i)
            S = L->x[q];
        else
            R -= L->x[q] * level->x[L->i[q]];
    }
    for (int32_t q = level->start[i]; q < level->start[i + 1]; q++) {
        const struct knee *knee = &level->qp.knee[level->knee[q]];
        bool upward = knee->i == i;
        double t = upward ? at(level->x, knee->j) + knee->c : at(level->x, knee->i) - knee->c;
        point[points++] = (struct breakpoint){t, knee->g, !upward};
    }
    bool curved = level->nonlinear_start[i + 1] > level->nonlinear_start[i];
    struct unknown_current current = {S, R, point, points};
    double x = curved && S == 0 ? level->x[i] : root(&current);
    if (curved)
        x = curved_root(level, i, &current, x);
    level->x[i] = clamp(x, level->low[i], level->high[i]);
}

void coarse_level_sweep(struct coarse_level *level, bool forward)
{
    int32_t n = level->qp.L.n;
    for (int32_t q = 0; q < n; q++)
        coarse_level_relax(level, forward ? q : n - 1 - q, level->point);
}

double coarse_level_residual(const struct coarse_level *level, int32_t i, double *scale)
{
    const struct laplacian *L = &level->qp.L;
    double own = level->x[i], sum = level->qp.b[i] - level->qp.ground[i] * own;
    *scale = fabs(level->qp.b[i]) + level->qp.ground[i] * fabs(own);
    for (int32_t q = L->p[i]; q < L->p[i + 1]; q++) {
        if (L->i[q] == i)
            continue;
        double other = level->x[L->i[q]];
        sum += L->x[q] * (own - other);
        *scale -= L->x[q] * fmax(fabs(own), fabs(other));
    }
    for (int32_t q = level->start[i]; q < level->start[i + 1]; q++) {
        const struct knee *knee = &level->qp.knee[level->knee[q]];
        double xi = at(level->x, knee->i), xj = at(level->x, knee->j), s = xi - xj - knee->c;
        if (s <= 0)
            continue;
        sum += knee->i == i ? -knee->g * s : knee->g * s;
        *scale += fabs(knee->g) * (fabs(xi) + fabs(xj) + fabs(knee->c));
    }
    for (int32_t q = level->nonlinear_start[i]; q < level->nonlinear_start[i + 1]; q++) {
        const struct nonlinear_branch *branch = &level->qp.nonlinear[level->nonlinear[q]];
        double slope, f = branch->m * curve_current(branch->curve, nonlinear_voltage(branch, level->x), &slope);
        double volts = fabs(at(level->x, branch->i)) + fabs(at(level->x, branch->j)) + fabs(branch->c);
        sum += branch->i == i ? -f : f;
        *scale += branch->m * slope * volts + fabs(f);
    }
    return sum;
}

/* ---- clusters ---------------------------------------------------------------------------------------------------- */

/* A bound that holds an unknown back keeps it where it is. */
static bool is_held(const struct coarse_level *level, int32_t i)
{
    double scale, residual = coarse_level_residual(level, i, &scale);
    return (level->x[i] <= level->low[i] && residual < 0) || (level->x[i] >= level->high[i] && residual > 0);
}

/* The neighbour of an unknown that conducts best, among those that are still alone, and among all. */
struct neighbour {
    int32_t chosen; /* or GROUND_UNKNOWN */
    double best, most; /* S */
};

/* alone: cluster[] == INT32_MAX */
static void consider(const struct coarse_level *level, int32_t j, double g, struct neighbour *neighbour)
{
    if (j == GROUND_UNKNOWN || level->cluster[j] == GROUND_UNKNOWN)
        return;
    neighbour->most = fmax(neighbour->most, g);
    if (level->cluster[j] != INT32_MAX || g <= neighbour->best)
        return;
    neighbour->best = g;
    neighbour->chosen = j;
}

static void consider_knees(const struct coarse_level *level, int32_t i, struct neighbour *neighbour)
{
    for (int32_t q = level->start[i]; q < level->start[i + 1]; q++) {
        const struct knee *knee = &level->qp.knee[level->knee[q]];
        if (at(level->x, knee->i) - at(level->x, knee->j) > knee->c)
            consider(level, knee->i == i ? knee->j : knee->i, knee->g, neighbour);
    }
}

static void consider_curved(const struct coarse_level *level, int32_t i, struct neighbour *neighbour)
{
    for (int32_t q = level->nonlinear_start[i]; q < level->nonlinear_start[i + 1]; q++) {
        const struct nonlinear_branch *branch = &level->qp.nonlinear[level->nonlinear[q]];
        double slope;
        curve_current(branch->curve, nonlinear_voltage(branch, level->x), &slope);
        consider(level, branch->i == i ? branch->j : branch->i, branch->m * slope, neighbour);
    }
}

/* The unknown that i makes a cluster with, or GROUND_UNKNOWN. */
static int32_t partner(const struct coarse_level *level, int32_t i)
{
    const struct laplacian *L = &level->qp.L;
    struct neighbour neighbour = {GROUND_UNKNOWN, 0, 0};
    for (int32_t q = L->p[i]; q < L->p[i + 1]; q++)
        if (L->i[q] != i)
            consider(level, L->i[q], -L->x[q], &neighbour);
    consider_knees(level, i, &neighbour);
    consider_curved(level, i, &neighbour);
    return neighbour.best >= least_share * neighbour.most ? neighbour.chosen : GROUND_UNKNOWN;
}

static int32_t pair_up(struct coarse_level *level)
{
    int32_t clusters = 0, n = level->qp.L.n;
    for (int32_t i = 0; i < n; i++)
        level->cluster[i] = is_held(level, i) ? GROUND_UNKNOWN : INT32_MAX;
    for (int32_t i = 0; i < n; i++) {
        if (level->cluster[i] != INT32_MAX)
            continue;
        level->cluster[i] = clusters; /* no longer alone */
        int32_t j = partner(level, i);
        if (j != GROUND_UNKNOWN)
            level->cluster[j] = clusters;
        clusters++;
    }
    return clusters;
}

static int32_t cluster_of(const struct coarse_level *level, int32_t i)
{
    return i == GROUND_UNKNOWN ? GROUND_UNKNOWN : level->cluster[i];
}

static void restrict_unknowns(struct coarse_level *coarse, const struct coarse_level *fine)
{
    for (int32_t I = 0; I < coarse->qp.L.n; I++) {
        coarse->low[I] = -INFINITY;
        coarse->high[I] = INFINITY;
    }
    for (int32_t i = 0; i < fine->qp.L.n; i++) {
        int32_t I = fine->cluster[i];
        if (I == GROUND_UNKNOWN)
            continue;
        const struct laplacian *L = &fine->qp.L;
        double sum = fine->qp.b[i] - fine->qp.ground[i] * fine->x[i];
        for (int32_t q = L->p[i]; q < L->p[i + 1]; q++)
            sum += L->x[q] * (fine->x[i] - fine->x[L->i[q]]);
        coarse->qp.b[I] += sum;
        coarse->low[I] = fmax(coarse->low[I], fine->low[i] - fine->x[i]);
        coarse->high[I] = fmin(coarse->high[I], fine->high[i] - fine->x[i]);
    }
}

static bool restrict_branches(struct coarse_level *coarse, const struct coarse_level *fine, int32_t n)
{
    const struct laplacian *L = &fine->qp.L;
    size_t m = 0;
    struct conductance *edge = array_new((size_t)L->p[L->n], sizeof *edge);
    if (!edge)
        return false;
    for (int32_t j = 0; j < L->n; j++) {
        int32_t J = fine->cluster[j];
        for (int32_t q = L->p[j]; q < L->p[j + 1] && L->i[q] <= j; q++) {
            bool own = L->i[q] == j;
            int32_t I = own ? GROUND_UNKNOWN : fine->cluster[L->i[q]];
            double g = own ? fine->qp.ground[j] : -L->x[q];
            if (I == J || g == 0)
                continue;
            edge[m++] = (struct conductance){I, J, g};
            if (I == GROUND_UNKNOWN || J == GROUND_UNKNOWN)
                coarse->qp.ground[I == GROUND_UNKNOWN ? J : I] += g;
        }
    }
    bool done = laplacian_build(&coarse->qp.L, n, edge, m);
    free(edge);
    for (uint32_t k = 0; k < fine->qp.knees; k++) {
        const struct knee *knee = &fine->qp.knee[k];
        int32_t I = cluster_of(fine, knee->i), J = cluster_of(fine, knee->j);
        if (I != J)
            coarse->qp.knee[coarse->qp.knees++] =
                (struct knee){I, J, knee->c - at(fine->x, knee->i) + at(fine->x, knee->j), knee->g};
    }
    for (uint32_t q = 0; q < fine->qp.nonlinears; q++) {
        struct nonlinear_branch branch = fine->qp.nonlinear[q];
        branch.c = nonlinear_voltage(&branch, fine->x);
        branch.i = cluster_of(fine, branch.i);
        branch.j = cluster_of(fine, branch.j);
        if (branch.i != branch.j)
            coarse->qp.nonlinear[coarse->qp.nonlinears++] = branch;
    }
    return done;
}

bool coarse_level_coarsen(struct coarse_level *coarse, struct coarse_level *fine, bool *useful)
{
    int32_t n = pair_up(fine);
    *useful = n > 0 && n <= most_coarse_part * fine->qp.L.n;
    if (!*useful)
        return true;
    if (!coarse_level_new(coarse, n, fine->qp.knees, fine->qp.nonlinears) || !restrict_branches(coarse, fine, n))
        return false;
    restrict_unknowns(coarse, fine);
    coarse_level_index(coarse);
    return true;
}

void coarse_level_correct(struct coarse_level *fine, const struct coarse_level *coarse)
{
    for (int32_t i = 0; i < fine->qp.L.n; i++)
        if (fine->cluster[i] != GROUND_UNKNOWN)
            fine->x[i] = clamp(fine->x[i] + coarse->x[fine->cluster[i]], fine->low[i], fine->high[i]);
}

void coarse_level_free(struct coarse_level *level)
{
    laplacian_free(&level->qp.L);
    free(level->block);
    *level = (struct coarse_level){0};
}
