/* Along the solutions of F(x, lambda) = 0 from lambda = 0 to 1.
 *
 * The way is a curve in (x, lambda), followed by its tangent and brought back to by Newton's method at right angles to
 * it, in coordinates x / scale (Keller 1977, "Numerical solution of bifurcation and nonlinear eigenvalue problems").
 * Its direction is such that the sign of dlambda/ds times that of det dF/dx stays: at a fold both change, and at the
 * corners of ideal diodes too (Chien and Kuh 1977, "Solving nonlinear resistive networks using piecewise-linear
 * analysis and simplicial subdivision"). So where it comes to lambda = 1, the sign is the start's.
 * A jump, of a switch or an expression, ends the curve; then lambda goes on from where the circuit has jumped to. */
#include "general/equations_parts.h"
#include "general/general_parts.h"

#include <math.h>
#include <string.h>

struct path {
    struct general *general;
    double lambda, h;        /* reached; the length of the next step */
    double *at, *tangent;    /* [n] x there, dx/ds */
    double *next, *turned;   /* [n] the next point, and its tangent */
    double *response;        /* [n] work */
    double tangent_lambda;   /* dlambda/ds */
    int orientation;         /* the sign that stays */
};

static const double longest = 0.25, shortest = 1e-9; /* steps, of a way of length 1 in lambda */

/* The part in x of a product of two vectors; of many unknowns their mean, so that a step is not shorter for these. */
static double dot(const struct path *path, const double *p, const double *q)
{
    const double few = 300; /* unknowns */
    const double *scale = path->general->scale;
    double sum = 0;
    for (int32_t u = 0; u < path->general->equations->n; u++)
        sum += p[u] / scale[u] * (q[u] / scale[u]);
    return sum * fmin(1, few / path->general->equations->n);
}

/* Potentials by volts, currents by as much as they are in milliamperes. */
static void set_scale(struct general *general)
{
    const struct equations *equations = general->equations;
    const double volts = 10, amperes = 10e-3;
    for (uint32_t q = 0; q < (uint32_t)equations->n; q++)
        general->scale[q] = fmax(q < equations->nodes ? volts : amperes, fabs(general->hi[q]));
}

/* response = -J^-1 dF/dlambda, with the factor of F at x. */
static void find_response(struct path *path, double *response)
{
    const struct equations *equations = path->general->equations;
    for (int32_t q = 0; q < equations->n; q++)
        response[q] = -equations->gain[q];
    lu_solve(path->general->lu, response);
}

/* The direction at x, lambda: *way of it is dlambda/ds, the rest, dx/ds, goes to `tangent`. Orientation decides the
 * sign. */
static enum general_status find_tangent(struct path *path, const double *x, double lambda, double *tangent, double *way)
{
    struct general *general = path->general;
    enum general_status status = general_linearise(general, x, NULL, lambda, true);
    if (status != GENERAL_OK)
        return status;
    find_response(path, tangent);
    double length = sqrt(1 + dot(path, tangent, tangent));
    int sign = lu_sign(general->lu);
    path->orientation = path->orientation == 0 ? sign : path->orientation;
    *way = path->orientation * sign / length;
    for (int32_t q = 0; q < general->equations->n; q++)
        tangent[q] *= *way;
    return isfinite(length) ? GENERAL_OK : GENERAL_UNSOLVED;
}

/* The tangent where the way begins. */
static enum general_status begin(struct path *path)
{
    return find_tangent(path, path->at, path->lambda, path->tangent, &path->tangent_lambda);
}

/* Newton's method for F = 0 and tangent (y - y0) = h, from the point ahead on the tangent; x in next, *lambda. */
static enum general_status correct(struct path *path, double *lambda)
{
    enum { MOST = 10 };
    const double close = 1e-7;
    struct general *general = path->general;
    struct equations *equations = general->equations;
    int32_t n = equations->n;
    for (int iteration = 0; iteration < MOST; iteration++) {
        enum general_status status = general_linearise(general, path->next, NULL, *lambda, true);
        if (status != GENERAL_OK)
            return status;
        double gone = path->tangent_lambda * (*lambda - path->lambda), size = 0;
        for (int32_t q = 0; q < n; q++)
            path->response[q] = path->next[q] - path->at[q];
        gone += dot(path, path->tangent, path->response);
        general_find_step(general, false);
        find_response(path, path->response);
        double change = (path->h - gone - dot(path, path->tangent, general->step)) /
                        (path->tangent_lambda + dot(path, path->tangent, path->response));
        for (int32_t q = 0; q < n; q++) {
            double step = general->step[q] + change * path->response[q];
            path->next[q] += step;
            size = fmax(size, fabs(step) / general->scale[q]);
        }
        *lambda += change;
        if (!isfinite(size) || !isfinite(change))
            return GENERAL_UNSOLVED;
        if (equations_switch(equations, path->next, NULL) == 0 && size + fabs(change) <= close)
            return GENERAL_OK;
    }
    return GENERAL_UNSOLVED;
}

/* x at lambda = 1, from between the last point and the one beyond. */
static enum general_status arrive(struct path *path, double beyond)
{
    enum { MOST = 60 };
    struct general *general = path->general;
    double part = (1 - path->lambda) / (beyond - path->lambda);
    for (int32_t q = 0; q < general->equations->n; q++) {
        general->hi[q] = path->at[q] + part * (path->next[q] - path->at[q]);
        general->lo[q] = 0;
    }
    equations_follow(general->equations, general->hi);
    enum general_status status = general_iterate(general, 1, MOST);
    return status == GENERAL_OK ? general_refine(general) : status;
}

/* Let the circuit jump: x at a lambda a little further on. */
static enum general_status jump(struct path *path)
{
    const double further = 1e-6;
    struct general *general = path->general;
    double lambda = fmin(1, path->lambda + further);
    memcpy(general->hi, path->at, (size_t)general->equations->n * sizeof *general->hi);
    memset(general->lo, 0, (size_t)general->equations->n * sizeof *general->lo);
    equations_follow(general->equations, general->hi);
    enum general_status status = general_iterate(general, lambda, GENERAL_ITERATIONS);
    if (status != GENERAL_OK)
        return status;
    memcpy(path->at, general->hi, (size_t)general->equations->n * sizeof *path->at);
    path->lambda = lambda;
    path->orientation = 0;
    path->h = further;
    return begin(path);
}

/* Does the tangent turn so little that the point is on the same way? Beyond a step of the shortest length it may turn
 * as it likes: that is a corner. */
static bool goes_on(const struct path *path, const double *tangent, double way)
{
    const double least = 0.8, corner = 1e-5; /* cosine; length */
    return path->h <= corner || dot(path, tangent, path->tangent) + way * path->tangent_lambda >= least;
}

/* One step along the way; *arrived: x is the answer. */
static enum general_status step_on(struct path *path, bool *arrived)
{
    struct general *general = path->general;
    int32_t n = general->equations->n;
    size_t size = (size_t)n * sizeof(double);
    double lambda = path->lambda + path->h * path->tangent_lambda, way;
    for (int32_t q = 0; q < n; q++)
        path->next[q] = path->at[q] + path->h * path->tangent[q];
    enum general_status status = correct(path, &lambda);
    if (status == GENERAL_OK)
        status = find_tangent(path, path->next, lambda, path->turned, &way);
    if (status != GENERAL_OK)
        return status;
    if (!goes_on(path, path->turned, way))
        return GENERAL_UNSOLVED;
    if (lambda >= 1) {
        status = arrive(path, lambda);
        *arrived = status == GENERAL_OK;
        return status;
    }
    general->info.folds += way * path->tangent_lambda < 0;
    memcpy(path->at, path->next, size);
    memcpy(path->tangent, path->turned, size);
    path->tangent_lambda = way;
    path->lambda = lambda;
    path->h = fmin(2 * path->h, longest);
    return GENERAL_OK;
}

/* Between corners, where all else is linear, a way takes some tens of steps, and a state does not turn often. Where
 * laws are curved a chain of amplifiers may take thousands, which cost little where unknowns are few. */
static int most_steps(const struct equations *equations)
{
    enum { MOST = 3000, MOST_OF_FEW = 20000, UNKNOWNS = 4000000, FIRST = 100, EACH = 60 };
    int steps = FIRST;
    if (!equations->is_straight)
        return (int)fmax(MOST, fmin(MOST_OF_FEW, (double)UNKNOWNS / equations->n));
    for (uint32_t e = 0; e < equations->circuit->elements.count && steps < MOST; e++)
        if (equations_has_states(equations->circuit, &equations->circuit->element[e]))
            steps += EACH;
    return steps < MOST ? steps : MOST;
}

static enum general_status follow(struct path *path)
{
    enum { JUMPS = 20 };
    const int steps = most_steps(path->general->equations);
    const double farthest = -10; /* lambda */
    bool arrived = false;
    enum general_status status = begin(path);
    int jumps = 0;
    for (int s = 0; s < steps && !arrived && status != GENERAL_NO_MEMORY; s++) {
        if (status == GENERAL_OK && path->lambda > farthest)
            status = step_on(path, &arrived);
        if (status != GENERAL_OK && status != GENERAL_NO_MEMORY) {
            path->h /= 4;
            equations_follow(path->general->equations, path->at);
            if (path->h < shortest && ++jumps > JUMPS)
                break;
            status = path->h < shortest ? jump(path) : GENERAL_OK;
            if (status != GENERAL_OK)
                break;
        }
        path->general->info.steps++;
    }
    return arrived ? GENERAL_OK : status == GENERAL_NO_MEMORY ? status : GENERAL_UNSOLVED;
}

enum general_status general_path(struct general *general)
{
    struct path path = {.general = general,
                        .h = 1e-2,
                        .at = general->work[0],
                        .tangent = general->work[1],
                        .next = general->work[2],
                        .turned = general->work[3],
                        .response = general->work[4]};
    struct equations *equations = general->equations;
    general->info.steps = general->info.folds = 0;
    equations_start(equations, general->op, general->hi, general->lo);
    equations_follow(equations, general->hi);
    set_scale(general);
    enum general_status status = general_iterate(general, 0, 20);
    memcpy(path.at, general->hi, (size_t)equations->n * sizeof *path.at);
    if (status == GENERAL_OK)
        status = follow(&path);
    equations_take(equations, general->hi, general->lo, general->op);
    return status;
}
