/* Does the circuit stay where it is, with the same capacitance C from every node to ground and no inductors?
 *
 * Its motion is C dv/dt = -F, the equations of branches holding all the time. A step of length h of the implicit Euler
 * method, linearised, takes a deviation d to (C/h + J)^-1 (C/h) d, which is 1 / (1 - h s) for a motion exp(s t): it
 * grows for all s > 0 up to 2/h, and most where h s is about 1; no stable motion grows. So a few such steps, for each
 * of a geometric row of h, find a motion that leaves the point, if there is one, and its direction.
 *
 * What turns as it grows, an oscillation, hangs on the capacitances: with others than these there may be none, and the
 * operating point is one in either case. Only what grows in one direction is left.
 *
 * Where sign(det J) is not that of the circuit without gain there is one (Green and Willson 1992, "How to identify
 * unstable dc operating points"); the steps find the others too. */
#include "general/general_parts.h"

#include "util/random.h"
#include <math.h>
#include <string.h>

/* Logarithms: growth that counts, of a step; what is left of a deviation when it is its rounding, and no part of it has
 * grown. */
static const double clear = 0.05, faded = -40;

static double largest_of(const struct equations *equations, const double *x)
{
    double most = 0;
    for (uint32_t node = 0; node < equations->nodes; node++)
        most = fabs(x[node]) > most ? fabs(x[node]) : most;
    return most;
}

/* One step of length h with the factor of C/h + J; d is brought to 1 at the largest. Returns the logarithm of how much
 * it has grown; -INFINITY where nothing is left of it. */
static double step_once(struct general *general, double h, double *d)
{
    const struct equations *equations = general->equations;
    for (uint32_t node = 0; node < equations->nodes; node++)
        d[node] = equations->replaced[node] ? 0 : d[node];
    for (uint32_t q = equations->nodes; q < (uint32_t)equations->n; q++)
        d[q] = 0;
    lu_solve(general->lu, d);
    double most = largest_of(equations, d), part = 1 / most;
    if (!(most > 0) || !isfinite(most) || !isfinite(part))
        return -INFINITY;
    for (int32_t q = 0; q < equations->n; q++)
        d[q] *= part;
    return log(most / h);
}

/* Is d, brought to 1 at the largest, what it was a window before? */
static bool keeps_direction(const struct equations *equations, const double *d, const double *before)
{
    const double alike = 0.2;
    double most = 0;
    for (uint32_t node = 0; node < equations->nodes; node++)
        most = fabs(d[node] - before[node]) > most ? fabs(d[node] - before[node]) : most;
    return most <= alike;
}

static void draw(struct general *general, double *d)
{
    struct random random = random_from(2);
    for (int32_t q = 0; q < general->equations->n; q++)
        d[q] = random_uniform(&random);
}

/* Does d grow in the last of some steps of length h? By then what does not grow has faded beside what does, and has
 * in the shorter steps before. Where nothing is left of d it is drawn anew. */
static bool may_grow(struct general *general, double h, double *d)
{
    enum { STEPS = 40, LAST = 12 };
    double growth = 0, last = 0;
    for (int s = 0; s < STEPS; s++) {
        double more = step_once(general, h, d);
        growth += more;
        last += s < STEPS - LAST ? 0 : more;
        if (growth < faded) {
            draw(general, d);
            return false;
        }
    }
    return last >= clear * LAST;
}

/* How much steps of length h make of a deviation in the long run, each: the logarithm. What grows at first only, as it
 * goes down a chain of gains, is not taken for growth. d [n] V, its direction out; *turns: it does not keep it. */
static double grow(struct general *general, double h, double *d, bool *turns)
{
    enum { WINDOW = 60, WINDOWS = 4 };
    double growth = 0, *before = general->work[4];
    if (!may_grow(general, h, d))
        return 0;
    for (int w = 0; w < WINDOWS; w++) {
        growth = 0;
        memcpy(before, d, general->equations->nodes * sizeof *d);
        for (int s = 0; s < WINDOW; s++) {
            growth += step_once(general, h, d);
            if (growth < faded) {
                draw(general, d);
                return 0;
            }
        }
        if (w > 0 && growth < clear * WINDOW)
            return 0;
    }
    *turns = !keeps_direction(general->equations, d, before);
    return growth / WINDOW;
}

/* S, at any node. */
static double largest_conductance(const struct equations *equations)
{
    double largest = 1e-12;
    for (uint32_t node = 0; node < equations->nodes; node++)
        if (!equations->replaced[node])
            largest = fmax(largest, fabs(equations->value[equations->own[node]].hi));
    return largest;
}

/* The length of steps in which a motion away from x in one direction grows fastest, s by 1 F; 0: there is none. d [n]:
 * its direction. *turns: there is one that turns. */
static enum general_status find_motion(struct general *general, double *d, double *fastest, bool *turns)
{
    /* What grows by a 20th in a step does so for a row of h of a factor of 40, or of 10 where it turns as fast as it
     * grows. Gains hasten; S, of what moves anything. */
    const double ratio = 8, before = 1e-7, least = 1e-13;
    struct equations *equations = general->equations;
    double *other = general->work[3], most = 0;
    draw(general, other);
    *fastest = 0;
    *turns = false;
    equations_evaluate(equations, general->hi, general->lo, 1, true);
    for (double h = before / largest_conductance(equations); h < 1 / least; h *= ratio) {
        equations->leak = 1 / h;
        enum general_status status = general_linearise(general, general->hi, general->lo, 1, true);
        equations->leak = 0;
        if (status == GENERAL_NO_MEMORY)
            return status;
        if (status != GENERAL_OK)
            continue;
        bool this_turns = false;
        double growth = grow(general, h, other, &this_turns);
        *turns |= this_turns;
        if (!this_turns && growth > most) {
            most = growth;
            *fastest = h;
            memcpy(d, other, (size_t)equations->n * sizeof *d);
        }
        if (growth > 0) /* what else may grow is hidden in it */
            draw(general, other);
    }
    return GENERAL_OK;
}

enum general_status general_stability(struct general *general, bool *unstable, bool *oscillates)
{
    double fastest;
    equations_start(general->equations, general->op, general->hi, general->lo);
    enum general_status status = find_motion(general, general->work[0], &fastest, oscillates);
    *unstable = fastest > 0;
    return status;
}

/* ---- motion ------------------------------------------------------------------------------------------------------ */

/* One step of length h from `from`: x. C/h is a leak to where x was; C = 1 F. */
static enum general_status move(struct general *general, const double *from, double h)
{
    enum { MOST = 25 };
    struct equations *equations = general->equations;
    const double closest = 1e-6, part = 1e-2; /* V; of the first step: how close is close enough */
    double close = closest;
    for (int iteration = 0; iteration < MOST; iteration++) {
        equations->leak = 1 / h;
        enum general_status status = general_linearise(general, general->hi, NULL, 1, false);
        equations->leak = 0;
        for (uint32_t node = 0; node < equations->nodes; node++)
            if (!equations->replaced[node])
                equations->residual[node] = dd_add_double(equations->residual[node], -from[node] / h);
        if (status != GENERAL_OK)
            return status;
        general_find_step(general, false);
        double size = 0;
        for (int32_t q = 0; q < equations->n; q++) {
            general->hi[q] += general->step[q];
            size = (uint32_t)q < equations->nodes ? fmax(size, fabs(general->step[q])) : size;
        }
        if (!isfinite(size))
            return GENERAL_UNSOLVED;
        if (iteration == 0)
            close = fmax(closest, part * fmin(size, 1));
        double farthest = equations_limit(equations, general->hi, equations_still);
        if (equations_switch(equations, general->hi, NULL) == 0 && size <= close && farthest <= close)
            return GENERAL_OK;
    }
    return GENERAL_UNSOLVED;
}

/* Once the motion has left where it began, and slows down, Newton's method may find where it leads: tried when a step
 * moves little, and again when it moves much less. */
struct shortcut {
    double below; /* V: what a step moves when it is tried next */
    bool has_left;
    double *from; /* [n] work */
};

/* x becomes where the motion leads, *found, or stays. */
static enum general_status find_shortcut(struct general *general, struct shortcut *shortcut, double moved, bool *found)
{
    enum { MOST = 12 };
    const double far = 0.1, next = 0.03; /* V, 1 */
    struct equations *equations = general->equations;
    size_t size = (size_t)equations->n * sizeof(double);
    shortcut->has_left |= moved >= far;
    *found = false;
    if (!shortcut->has_left || moved > shortcut->below)
        return GENERAL_OK;
    shortcut->below = next * moved;
    memcpy(shortcut->from, general->hi, size);
    memset(general->lo, 0, size);
    enum general_status status = general_iterate(general, 1, MOST);
    *found = status == GENERAL_OK;
    if (*found || status == GENERAL_NO_MEMORY)
        return status;
    memcpy(general->hi, shortcut->from, size);
    equations_follow(equations, general->hi);
    return GENERAL_OK;
}

/* Is x still near where it was pushed away from? There steps are no longer than the motion that leaves it allows: a
 * long one of the implicit Euler method leads back, or to the other side. */
static bool is_near(const struct equations *equations, const double *x, const double *start)
{
    const double near = 0.05, nearest = 0.1; /* of the largest potential; V */
    double within = fmax(nearest, near * largest_of(equations, start));
    for (uint32_t node = 0; node < equations->nodes; node++)
        if (fabs(x[node] - start[node]) > within)
            return false;
    return true;
}

/* Move on until nothing moves any more, or next to nothing in long steps, which rounding keeps from being longer: Newton's
 * method does the rest. Not for ever. h: the length of the first step; start [n]: what is left, or NULL. */
static enum general_status come_to_rest(struct general *general, const double *start, double h)
{
    enum { STEPS = 2000, FACTORISATIONS = 2000, CALM = 40, LONG = 8 }; /* steps; what a long one counts for */
    size_t most_factorisations = general->info.factorisations + FACTORISATIONS;
    const double jump = 0.5, rest = 1e-9, slowest = 1e15;
    const double long_step = 1e11, nearly_rest = 1e-4, slow = 1e-2; /* s, by 1 F; V; V */
    struct equations *equations = general->equations;
    size_t size = (size_t)equations->n * sizeof(double);
    struct shortcut shortcut = {.below = slow, .from = general->work[3]};
    double *from = general->work[1], shortest = h * 1e-6;
    int calm = 0;
    for (int s = 0; s < STEPS && calm < CALM && h < slowest; s++) {
        if (general->info.factorisations > most_factorisations)
            return GENERAL_UNSOLVED;
        memcpy(from, general->hi, size);
        enum general_status status = move(general, from, h);
        if (status == GENERAL_NO_MEMORY)
            return status;
        double most = 0;
        for (uint32_t node = 0; node < equations->nodes; node++)
            most = fmax(most, fabs(general->hi[node] - from[node]));
        bool long_way = most > jump * fmax(1, largest_of(equations, from));
        if ((status != GENERAL_OK || long_way) && h > shortest) {
            memcpy(general->hi, from, size);
            equations_follow(equations, general->hi);
            calm = h < long_step ? 0 : calm;
            h /= 4;
            continue;
        }
        if (status != GENERAL_OK)
            return GENERAL_UNSOLVED;
        bool found;
        if (find_shortcut(general, &shortcut, most, &found) == GENERAL_NO_MEMORY)
            return GENERAL_NO_MEMORY;
        if (found)
            break;
        if (h >= long_step)
            calm = most <= nearly_rest ? calm + LONG : 0;
        else
            calm = most <= rest ? calm + 1 : 0;
        if (start && is_near(equations, general->hi, start))
            continue;
        start = NULL;
        h *= 1.5;
    }
    return GENERAL_OK;
}

/* From x, with a first step of length h, to an answer; start [n]: what x has left, or NULL. */
static enum general_status rest(struct general *general, const double *start, double h)
{
    enum { MOST = 60 };
    struct equations *equations = general->equations;
    equations_follow(equations, general->hi);
    enum general_status status = come_to_rest(general, start, h);
    memset(general->lo, 0, (size_t)equations->n * sizeof *general->lo);
    if (status == GENERAL_OK) {
        equations_follow(equations, general->hi);
        status = general_iterate(general, 1, MOST);
    }
    return status == GENERAL_OK ? general_refine(general) : status;
}

enum general_status general_rest(struct general *general)
{
    const double first = 1e-6; /* s, by 1 F */
    struct equations *equations = general->equations;
    equations_start(equations, general->op, general->hi, general->lo);
    enum general_status status = rest(general, NULL, first);
    equations_take(equations, general->hi, general->lo, general->op);
    return status;
}

/* Along the motion that leaves x, in one direction. */
static enum general_status leave(struct general *general, const double *start, const double *d, double by, double h)
{
    const double aside = 0.1; /* of the push: motions that do not grow fastest leave too */
    struct equations *equations = general->equations;
    draw(general, general->work[3]);
    for (int32_t q = 0; q < equations->n; q++)
        general->hi[q] = start[q] + by * (d[q] + aside * general->work[3][q]);
    return rest(general, start, h / 4);
}

enum general_status general_settle(struct general *general, double farthest)
{
    enum { ROUNDS = 5, FACTORISATIONS = 6000 };
    size_t most = general->info.factorisations + FACTORISATIONS;
    bool turns;
    const double push[] = {0.05, -0.05, 1e-3, -1e-3}; /* V */
    struct equations *equations = general->equations;
    size_t size = (size_t)equations->n * sizeof(double);
    double *start = general->work[2], *d = general->work[0], h;
    equations_start(equations, general->op, general->hi, general->lo);
    enum general_status status = find_motion(general, d, &h, &turns);
    for (int round = 0; status == GENERAL_OK && h > 0; round++) {
        if (round == ROUNDS || general->info.factorisations > most)
            return GENERAL_UNSOLVED;
        memcpy(start, general->hi, size);
        status = GENERAL_UNSOLVED;
        for (size_t p = 0; p < sizeof push / sizeof *push && status == GENERAL_UNSOLVED; p++) {
            status = leave(general, start, d, push[p], h);
            if (status == GENERAL_OK && largest_of(equations, general->hi) > farthest)
                status = GENERAL_UNSOLVED;
        }
        if (status == GENERAL_OK)
            status = find_motion(general, d, &h, &turns);
    }
    if (status == GENERAL_OK)
        equations_take(equations, general->hi, general->lo, general->op);
    return status;
}
