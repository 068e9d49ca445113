#include "convex/coarse_level.h"

#include "convex/lagrangian.h"
#include "util/array.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double strong = 0.25; /* a neighbour at least this fraction of the best one may join a cluster */
enum { FEW = 24 };                 /* breakpoints that are sorted by insertion */
static const double worth = 0.9;   /* a coarser level has at most this fraction of the unknowns */

/* Lists of branches at each unknown: start [n + 1] into list. ends(context, k, end) is the unknown
 * at one end of branch k. */
typedef int32_t branch_end(const struct qp *qp, uint32_t k, bool first);

static int32_t knee_end(const struct qp *qp, uint32_t k, bool first)
{
    return first ? qp->knee[k].i : qp->knee[k].j;
}

static int32_t bend_end(const struct qp *qp, uint32_t k, bool first)
{
    return first ? qp->nonlinear[k].i : qp->nonlinear[k].j;
}

static bool list_branches(const struct qp *qp, uint32_t count, branch_end *end, int32_t **start, uint32_t **list)
{
    size_t n = (size_t)qp->L.n;
    *start = array_new(n + 2, sizeof **start);
    *list = array_new((size_t)count * 2, sizeof **list);
    if (!*start || !*list)
        return false;
    int32_t *fill = *start + 1; /* becomes start[] while filling */
    for (uint32_t k = 0; k < 2 * count; k++) {
        int32_t i = end(qp, k / 2, k % 2 == 0);
        if (i != GROUND_UNKNOWN)
            fill[i + 1]++;
    }
    for (size_t i = 0; i < n; i++)
        fill[i + 1] += fill[i];
    for (uint32_t k = 0; k < 2 * count; k++) {
        int32_t i = end(qp, k / 2, k % 2 == 0);
        if (i != GROUND_UNKNOWN)
            (*list)[fill[i]++] = k / 2;
    }
    return true;
}

bool level_index(struct level *level)
{
    const struct qp *qp = &level->qp;
    if (!list_branches(qp, qp->knees, knee_end, &level->start, &level->knee) ||
        !list_branches(qp, qp->nonlinears, bend_end, &level->bend_start, &level->bend))
        return false;
    level->point = array_new((size_t)level_most_knees(level), sizeof *level->point);
    return level->point;
}

int32_t level_most_knees(const struct level *level)
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
    if (points > FEW) {
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

/* The root of S x - R + the knees, w above or below its t.
 * The walk adds and takes away; the sums of the piece where it ends are made anew, since a large w that was taken away
 * takes the digits of small ones with it. */
static double root(double S, double R, struct breakpoint *point, int32_t points)
{
    double slope = S, level = R;
    int32_t piece = 0;
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

/* S x - R + the knees at x, and its slope. */
static double straight_part(double S, double R, const struct breakpoint *point, int32_t points, double x, double *slope)
{
    double sum = S * x - R;
    *slope = S;
    for (int32_t q = 0; q < points; q++)
        if (point[q].below ? x < point[q].t : x > point[q].t) {
            sum += point[q].jump * (x - point[q].t);
            *slope += point[q].jump;
        }
    return sum;
}

/* The current that leaves unknown i through its bends when it is at x, and its slope. */
static double bends_at(const struct level *level, int32_t i, double x, double *slope)
{
    double sum = 0;
    for (int32_t q = level->bend_start[i]; q < level->bend_start[i + 1]; q++) {
        const struct nonlinear_branch *bend = &level->qp.nonlinear[level->bend[q]];
        bool first = bend->i == i;
        double steep, u = (first ? x - at(level->x, bend->j) : at(level->x, bend->i) - x) + bend->c;
        double f = bend->m * curve_current(bend->curve, u, &steep);
        sum += first ? f : -f;
        *slope += bend->m * steep;
    }
    return sum;
}

/* One bend alone against the straight part, from where that is at rest without it: for one bend exact
 * where no knee is passed. */
static double first_guess(const struct level *level, int32_t i, double S, double rest)
{
    int32_t begin = level->bend_start[i], end = level->bend_start[i + 1];
    double x = rest;
    for (int32_t q = begin; q < end && S > 0; q++) {
        const struct nonlinear_branch *bend = &level->qp.nonlinear[level->bend[q]];
        bool first = bend->i == i;
        double u = (first ? rest - at(level->x, bend->j) : at(level->x, bend->i) - rest) + bend->c, f, slope;
        double met = curve_meet(bend->curve, S / bend->m, S / bend->m * u, &f, &slope);
        double there = first ? met + at(level->x, bend->j) - bend->c : at(level->x, bend->i) + bend->c - met;
        if (fabs(there - rest) > fabs(x - rest))
            x = there;
    }
    return x;
}

/* The root with bends: safeguarded Newton on an increasing function. */
static double bent_root(const struct level *level, int32_t i, double S, double R, const struct breakpoint *point,
                        int32_t points, double rest)
{
    enum { STEPS = 100 };
    double low = -INFINITY, high = INFINITY, x = first_guess(level, i, S, rest);
    for (int step = 0; step < STEPS; step++) {
        double slope, excess = straight_part(S, R, point, points, x, &slope), bent = bends_at(level, i, x, &slope);
        double noise = S * fabs(x) + fabs(R) + fabs(bent) + slope * fabs(x);
        if (!(fabs(excess + bent) > 4 * DBL_EPSILON * noise))
            return x;
        excess += bent;
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

void level_relax(struct level *level, int32_t i, struct breakpoint *point)
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
    bool bent = level->bend_start[i + 1] > level->bend_start[i];
    double x = bent && S == 0 ? level->x[i] : root(S, R, point, points);
    if (bent)
        x = bent_root(level, i, S, R, point, points, x);
    level->x[i] = clamp(x, level->low[i], level->high[i]);
}

void level_sweep(struct level *level, bool forward)
{
    int32_t n = level->qp.L.n;
    for (int32_t q = 0; q < n; q++)
        level_relax(level, forward ? q : n - 1 - q, level->point);
}

double level_residual(const struct level *level, int32_t i, double *scale)
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
    for (int32_t q = level->bend_start[i]; q < level->bend_start[i + 1]; q++) {
        const struct nonlinear_branch *bend = &level->qp.nonlinear[level->bend[q]];
        double slope, f = bend->m * curve_current(bend->curve, nonlinear_voltage(bend, level->x), &slope);
        sum += bend->i == i ? -f : f;
        *scale +=
            bend->m * slope * (fabs(at(level->x, bend->i)) + fabs(at(level->x, bend->j)) + fabs(bend->c)) + fabs(f);
    }
    return sum;
}

/* ---- clusters ---------------------------------------------------------------------------------------------------- */

/* A bound that holds an unknown back keeps it where it is. */
static bool is_held(const struct level *level, int32_t i)
{
    double scale, residual = level_residual(level, i, &scale);
    return (level->x[i] <= level->low[i] && residual < 0) || (level->x[i] >= level->high[i] && residual > 0);
}

/* The best-conducting neighbour of i that is still alone, or GROUND_UNKNOWN. alone: cluster[] == INT32_MAX. */
static int32_t partner(const struct level *level, int32_t i)
{
    const struct laplacian *L = &level->qp.L;
    double best = 0, most = 0;
    int32_t chosen = GROUND_UNKNOWN;
    for (int32_t q = L->p[i]; q < L->p[i + 1]; q++) {
        int32_t j = L->i[q];
        double g = -L->x[q];
        if (j == i || level->cluster[j] == GROUND_UNKNOWN)
            continue;
        most = fmax(most, g);
        if (level->cluster[j] == INT32_MAX && g > best) {
            best = g;
            chosen = j;
        }
    }
    for (int32_t q = level->start[i]; q < level->start[i + 1]; q++) {
        const struct knee *knee = &level->qp.knee[level->knee[q]];
        int32_t j = knee->i == i ? knee->j : knee->i;
        if (j == GROUND_UNKNOWN || level->cluster[j] == GROUND_UNKNOWN ||
            at(level->x, knee->i) - at(level->x, knee->j) <= knee->c)
            continue;
        most = fmax(most, knee->g);
        if (level->cluster[j] == INT32_MAX && knee->g > best) {
            best = knee->g;
            chosen = j;
        }
    }
    for (int32_t q = level->bend_start[i]; q < level->bend_start[i + 1]; q++) {
        const struct nonlinear_branch *bend = &level->qp.nonlinear[level->bend[q]];
        int32_t j = bend->i == i ? bend->j : bend->i;
        double slope;
        if (j == GROUND_UNKNOWN || level->cluster[j] == GROUND_UNKNOWN)
            continue;
        curve_current(bend->curve, nonlinear_voltage(bend, level->x), &slope);
        most = fmax(most, bend->m * slope);
        if (level->cluster[j] == INT32_MAX && bend->m * slope > best) {
            best = bend->m * slope;
            chosen = j;
        }
    }
    return best >= strong * most ? chosen : GROUND_UNKNOWN;
}

static int32_t pair_up(struct level *level)
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

static int32_t cluster_of(const struct level *level, int32_t i)
{
    return i == GROUND_UNKNOWN ? GROUND_UNKNOWN : level->cluster[i];
}

static void restrict_unknowns(struct level *coarse, const struct level *fine)
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

static bool restrict_branches(struct level *coarse, const struct level *fine, int32_t n)
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
        struct nonlinear_branch bend = fine->qp.nonlinear[q];
        bend.c = nonlinear_voltage(&bend, fine->x);
        bend.i = cluster_of(fine, bend.i);
        bend.j = cluster_of(fine, bend.j);
        if (bend.i != bend.j)
            coarse->qp.nonlinear[coarse->qp.nonlinears++] = bend;
    }
    return done;
}

bool level_coarsen(struct level *coarse, struct level *fine, bool *useful)
{
    if (!fine->cluster)
        fine->cluster = array_new((size_t)fine->qp.L.n, sizeof *fine->cluster);
    if (!fine->cluster)
        return false;
    int32_t n = pair_up(fine);
    *useful = n > 0 && n <= worth * fine->qp.L.n;
    if (!*useful)
        return true;
    coarse->qp.b = array_new((size_t)n, sizeof *coarse->qp.b);
    coarse->qp.ground = array_new((size_t)n, sizeof *coarse->qp.ground);
    coarse->qp.knee = array_new(fine->qp.knees, sizeof *coarse->qp.knee);
    coarse->qp.nonlinear = array_new(fine->qp.nonlinears, sizeof *coarse->qp.nonlinear);
    coarse->low = array_new((size_t)n, sizeof *coarse->low);
    coarse->high = array_new((size_t)n, sizeof *coarse->high);
    coarse->x = array_new((size_t)n, sizeof *coarse->x);
    if (!coarse->qp.b || !coarse->qp.ground || !coarse->qp.knee || !coarse->qp.nonlinear || !coarse->low || !coarse->high ||
        !coarse->x || !restrict_branches(coarse, fine, n))
        return false;
    restrict_unknowns(coarse, fine);
    return level_index(coarse);
}

void level_correct(struct level *fine, const struct level *coarse)
{
    for (int32_t i = 0; i < fine->qp.L.n; i++)
        if (fine->cluster[i] != GROUND_UNKNOWN)
            fine->x[i] = clamp(fine->x[i] + coarse->x[fine->cluster[i]], fine->low[i], fine->high[i]);
}

void level_free(struct level *level)
{
    qp_free(&level->qp);
    free(level->low);
    free(level->high);
    free(level->x);
    free(level->start);
    free(level->knee);
    free(level->bend_start);
    free(level->bend);
    free(level->cluster);
    free(level->point);
    *level = (struct level){0};
}
