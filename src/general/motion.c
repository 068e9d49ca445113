/* Where the circuit goes with the same capacitance C from every node to ground: steps of the implicit Euler method
 * until it rests, from any point or from one that it leaves (stability.c). */
#include "general/general_parts.h"

#include <math.h>
#include <string.h>

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
    double within = fmax(nearest, near * general_largest_potential(equations, start));
    for (uint32_t node = 0; node < equations->nodes; node++)
        if (fabs(x[node] - start[node]) > within)
            return false;
    return true;
}

/* Move on until nothing moves any more, or next to nothing in long steps, which rounding keeps from being longer:
 * Newton's method does the rest. Not for ever. h: the length of the first step; start [n]: what is left, or NULL. */
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
        bool long_way = most > jump * fmax(1, general_largest_potential(equations, from));
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

/* From x along the motion that leaves it. */
struct push {
    double by;    /* V, at the largest */
    double aside; /* of it, at random: motions that grow less leave at once with it */
};

static enum general_status leave(struct general *general, const double *start, const double *d, struct push push,
                                 double h)
{
    struct equations *equations = general->equations;
    general_draw_deviation(general, general->work[3]);
    for (int32_t q = 0; q < equations->n; q++)
        general->hi[q] = start[q] + push.by * (d[q] + push.aside * general->work[3][q]);
    return rest(general, start, h / 4);
}

enum general_status general_settle(struct general *general, double farthest, bool *oscillates)
{
    enum { ROUNDS = 5, FACTORISATIONS = 6000 };
    size_t most = general->info.factorisations + FACTORISATIONS;
    /* Of a long ring what is aside may run around and around. */
    static const struct push push[] = {{0.05, 0.1}, {-0.05, 0.1}, {0.05, 0}, {-0.05, 0}, {1e-3, 0.1}, {-1e-3, 0.1}};
    struct equations *equations = general->equations;
    size_t size = (size_t)equations->n * sizeof(double);
    double *start = general->work[2];
    struct motions motions = {.d = general->work[0]};
    equations_start(equations, general->op, general->hi, general->lo);
    enum general_status status = general_find_motions(general, &motions);
    for (int round = 0; status == GENERAL_OK && motions.h > 0; round++) {
        if (round == ROUNDS || general->info.factorisations > most)
            return GENERAL_UNSOLVED;
        memcpy(start, general->hi, size);
        status = GENERAL_UNSOLVED;
        for (size_t p = 0; p < sizeof push / sizeof *push && status == GENERAL_UNSOLVED; p++) {
            if (general->info.factorisations > most)
                return GENERAL_UNSOLVED;
            status = leave(general, start, motions.d, push[p], motions.h);
            if (status == GENERAL_OK && general_largest_potential(equations, general->hi) > farthest)
                status = GENERAL_UNSOLVED;
        }
        if (status == GENERAL_OK)
            status = general_find_motions(general, &motions);
    }
    *oscillates = motions.turn;
    if (status == GENERAL_OK)
        equations_take(equations, general->hi, general->lo, general->op);
    return status;
}
