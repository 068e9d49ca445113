#include "convex/descent.h"

#include "convex/colouring.h"
#include "convex/coarse_level.h"
#include "util/array.h"
#include "util/threads.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

enum { PARALLEL_LEAST = 4096, LAST_LEVEL_SWEEPS = 4, SMALL_LEVEL = 1000 };

static bool is_bound(const struct knee *knee)
{
    return isinf(knee->g) && (knee->i == GROUND_UNKNOWN || knee->j == GROUND_UNKNOWN);
}

bool descent_new(struct descent *descent, const struct qp *qp)
{
    size_t n = (size_t)qp->L.n;
    const struct array_request request[] = {
        {&descent->order, n, sizeof *descent->order},
        {&descent->colour, n + 2, sizeof *descent->colour},
        {&descent->exact, qp->knees, sizeof *descent->exact},
    };
    descent->block = arrays_new(request, sizeof request / sizeof *request);
    if (!descent->block || !colouring_build(qp, descent->order, descent->colour, &descent->colours)) {
        descent_free(descent);
        return false;
    }
    for (uint32_t k = 0; k < qp->knees; k++)
        descent->exact[k] = is_bound(&qp->knee[k]);
    return true;
}

/* ---- the finest level ------------------------------------------------------------------------------------------- */

static void fill_bounds(struct coarse_level *level, const struct qp *qp)
{
    for (int32_t i = 0; i < qp->L.n; i++) {
        level->low[i] = -INFINITY;
        level->high[i] = INFINITY;
    }
    for (uint32_t k = 0; k < qp->knees; k++) {
        const struct knee *knee = &qp->knee[k];
        if (!is_bound(knee))
            continue;
        if (knee->j == GROUND_UNKNOWN)
            level->high[knee->i] = fmin(level->high[knee->i], knee->c);
        else
            level->low[knee->j] = fmax(level->low[knee->j], -knee->c);
    }
}

static void fill_knees(struct coarse_level *level, const struct lagrangian *lagrangian)
{
    const struct qp *qp = lagrangian->qp;
    for (uint32_t k = 0; k < qp->knees; k++) {
        struct knee knee = qp->knee[k];
        if (is_bound(&knee))
            continue;
        knee.g = lagrangian->w[k];
        knee.c -= lagrangian->lambda[k] / lagrangian->w[k];
        level->qp.knee[level->qp.knees++] = knee;
    }
}

/* Phi as a level: anchors become conductances to ground with the current that holds z. */
static bool finest(struct coarse_level *level, const struct lagrangian *lagrangian, const double *x)
{
    const struct qp *qp = lagrangian->qp;
    const struct laplacian *L = &qp->L;
    size_t n = (size_t)L->n, entries = (size_t)L->p[n];
    level->qp.L = (struct laplacian){L->n, array_new(n + 1, sizeof *L->p), array_new(entries, sizeof *L->i),
                                     array_new(entries, sizeof *L->x), NULL};
    if (!level->qp.L.p || !level->qp.L.i || !level->qp.L.x ||
        !coarse_level_new(level, L->n, qp->knees, qp->nonlinears))
        return false;
    memcpy(level->qp.L.p, L->p, (n + 1) * sizeof *L->p);
    memcpy(level->qp.L.i, L->i, entries * sizeof *L->i);
    memcpy(level->qp.L.x, L->x, entries * sizeof *L->x);
    memcpy(level->x, x, n * sizeof *x);
    memcpy(level->qp.nonlinear, qp->nonlinear, qp->nonlinears * sizeof *qp->nonlinear);
    level->qp.nonlinears = qp->nonlinears;
    for (int32_t i = 0; i < L->n; i++) {
        double a = lagrangian->anchor[i];
        level->qp.b[i] = qp->b[i] + a * lagrangian->z[i];
        level->qp.ground[i] = qp->ground[i] + a;
        if (a > 0)
            level->qp.L.x[L->d[i]] += a;
    }
    fill_bounds(level, qp);
    fill_knees(level, lagrangian);
    for (int32_t i = 0; i < L->n; i++)
        level->x[i] = fmin(fmax(level->x[i], level->low[i]), level->high[i]);
    coarse_level_index(level);
    return true;
}

/* One colour after the other; within one, threads share the unknowns. The result does not depend on their number. */
static void coloured_sweep(const struct descent *descent, struct coarse_level *level, bool forward, int threads,
                           struct breakpoint *work)
{
    int32_t most = coarse_level_most_knees(level);
    for (int32_t q = 0; q < descent->colours; q++) {
        int32_t colour = forward ? q : descent->colours - 1 - q;
        int32_t begin = descent->colour[colour], end = descent->colour[colour + 1];
        if (threads <= 1 || end - begin < PARALLEL_LEAST) {
            for (int32_t p = begin; p < end; p++)
                coarse_level_relax(level, descent->order[p], level->point);
            continue;
        }
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) schedule(static)
        for (int32_t p = begin; p < end; p++)
            coarse_level_relax(level, descent->order[p], work + (size_t)omp_get_thread_num() * (size_t)most);
#endif
    }
}

/* ---- clusters ---------------------------------------------------------------------------------------------------- */

/* Descend along clusters of the level, and clusters of these: twice on small levels and on every second large one (a W
 * cycle), where these are not many more than half as large, so that all of them together cost a few times the finest
 * one. Else, as round the hub of a star, once. False when memory is out. */
static bool descend_clusters(struct coarse_level *level, int depth)
{
    struct coarse_level coarse = {0};
    bool useful, done = coarse_level_coarsen(&coarse, level, &useful);
    if (done && useful) {
        bool shrunk = 5 * (int64_t)coarse.qp.L.n <= 3 * (int64_t)level->qp.L.n;
        int visits = shrunk && (coarse.qp.L.n < SMALL_LEVEL || depth % 2) ? 2 : 1;
        for (int visit = 0; done && visit < visits; visit++) {
            coarse_level_sweep(&coarse, true);
            done = descend_clusters(&coarse, depth + 1);
            coarse_level_sweep(&coarse, false);
        }
        coarse_level_correct(level, &coarse);
    } else if (done) {
        for (int sweep = 0; sweep < LAST_LEVEL_SWEEPS; sweep++)
            coarse_level_sweep(level, sweep % 2 == 0);
    }
    coarse_level_free(&coarse);
    return done;
}

/* Largest projected gradient over the terms it is made of: a bound may hold a current back, not push one. */
static double progress(const struct coarse_level *level)
{
    double worst = 0;
    for (int32_t i = 0; i < level->qp.L.n; i++) {
        double scale, residual = coarse_level_residual(level, i, &scale);
        if ((level->x[i] <= level->low[i] && residual < 0) || (level->x[i] >= level->high[i] && residual > 0))
            continue;
        if (fabs(residual) > worst * scale)
            worst = fabs(residual) / scale;
    }
    return worst;
}

enum solve_status descent_minimise(struct descent *descent, const struct lagrangian *lagrangian, double goal,
                                   int sweeps, int threads, double *x, struct solve_info *info)
{
    struct coarse_level level = {0};
    struct breakpoint *work = NULL;
    enum solve_status status = SOLVE_NO_MEMORY;
    if (threads > 1)
        threads = lagrangian->qp->L.n < PARALLEL_LEAST ? 1 : threads_ready(threads);
    if (finest(&level, lagrangian, x) &&
        (work = array_new((size_t)coarse_level_most_knees(&level) * (size_t)threads, sizeof *work))) {
        status = SOLVE_STALLED;
        size_t entries = (size_t)lagrangian->qp->L.p[lagrangian->qp->L.n];
        for (int sweep = 0; sweep < sweeps && status == SOLVE_STALLED; sweep += 2) {
            if (watch_ends(descent->watch, entries))
                break;
            coloured_sweep(descent, &level, true, threads, work);
            if (!descend_clusters(&level, 0)) {
                status = SOLVE_NO_MEMORY;
                break;
            }
            coloured_sweep(descent, &level, false, threads, work);
            info->sweeps += 2;
            if (progress(&level) <= goal)
                status = SOLVE_OK;
        }
        memcpy(x, level.x, (size_t)level.qp.L.n * sizeof *x);
    }
    coarse_level_free(&level);
    free(work);
    return status;
}

void descent_conducting(const struct descent *descent, const struct lagrangian *lagrangian, const double *x,
                        bool *conducts)
{
    const struct qp *qp = lagrangian->qp;
    for (uint32_t k = 0; k < qp->knees; k++)
        conducts[k] = descent->exact[k] ? at(x, qp->knee[k].i) - at(x, qp->knee[k].j) >= qp->knee[k].c
                                        : lagrangian_excess(lagrangian, k, x) > 0;
}

void descent_free(struct descent *descent)
{
    free(descent->block);
    *descent = (struct descent){0};
}
