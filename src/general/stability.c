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

double general_largest_potential(const struct equations *equations, const double *x)
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
    double most = general_largest_potential(equations, d), part = 1 / most;
    if (!(most > 0) || !isfinite(most) || !isfinite(part))
        return -INFINITY;
    for (int32_t q = 0; q < equations->n; q++)
        d[q] *= part;
    return log(most / h);
}

/* How far two deviations, brought to 1 at the largest, are from having one direction, in either sense. */
static double apart(const struct equations *equations, const double *d, const double *other)
{
    double difference = 0, sum = 0;
    for (uint32_t node = 0; node < equations->nodes; node++) {
        difference = fmax(difference, fabs(d[node] - other[node]));
        sum = fmax(sum, fabs(d[node] + other[node]));
    }
    return fmin(difference, sum);
}

void general_draw_deviation(struct general *general, double *d)
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
            general_draw_deviation(general, d);
            return false;
        }
    }
    return last >= clear * LAST;
}

/* Some steps more of length h: how much d grows in all, the logarithm, or -INFINITY when it has faded, and is drawn
 * anew. *turned: how far it was from its direction before, at most. */
static double grow_on(struct general *general, double h, int steps, double *d, double *turned)
{
    double growth = 0, *before = general->work[4];
    memcpy(before, d, general->equations->nodes * sizeof *d);
    *turned = 0;
    for (int s = 0; s < steps; s++) {
        growth += step_once(general, h, d);
        if (growth < faded) {
            general_draw_deviation(general, d);
            return -INFINITY;
        }
        *turned = fmax(*turned, apart(general->equations, d, before));
    }
    return growth;
}

/* How much steps of length h make of a deviation in the long run, each: the logarithm. What grows at first only, as it
 * goes down a chain of gains, is not taken for growth. Where several motions grow nearly as fast d comes to one
 * direction slowly, but comes to rest there; it turns on and on where that is what the fastest does.
 * d [n] V, its direction out; *turns: it does not keep it. */
static double grow(struct general *general, double h, double *d, bool *turns)
{
    enum { WINDOW = 60, WINDOWS = 4, MOST = 24 };
    const double still = 0.02, far = 0.7;
    double growth = 0, turned = INFINITY;
    if (!may_grow(general, h, d))
        return 0;
    for (int w = 0; w < WINDOWS || (w < MOST && turned > still && (w < 2 * WINDOWS || turned < far)); w++) {
        growth = grow_on(general, h, WINDOW, d, &turned);
        if (growth == -INFINITY || (w > 0 && growth < clear * WINDOW))
            return 0;
    }
    *turns = turned > still;
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

/* What steps of one length have shown. */
struct look {
    double h;
    int sign;   /* of det(C/h + J); 0: it has no factor */
    bool turns; /* the motion that grows most in them turns */
};

/* The factor of C/h + J. */
static enum general_status factor_steps(struct general *general, struct look *look)
{
    general->equations->leak = 1 / look->h;
    enum general_status status = general_linearise(general, general->hi, general->lo, 1, true);
    general->equations->leak = 0;
    look->sign = status == GENERAL_OK ? lu_sign(general->lu) : 0;
    return status;
}

/* Does anything grow in steps of length look->h? other [n]: a deviation, for the next ones too. */
static enum general_status look_at(struct general *general, struct look *look, double *other, struct motions *motions)
{
    enum general_status status = factor_steps(general, look);
    if (status != GENERAL_OK)
        return status == GENERAL_NO_MEMORY ? status : GENERAL_OK;
    double growth = grow(general, look->h, other, &look->turns);
    motions->turn |= look->turns;
    if (!look->turns && growth > motions->growth) {
        motions->growth = growth;
        motions->h = look->h;
        memcpy(motions->d, other, (size_t)general->equations->n * sizeof *other);
    }
    if (growth > 0) /* what else may grow is hidden in it */
        general_draw_deviation(general, other);
    return GENERAL_OK;
}

/* Between two lengths where the signs differ: to where det(C/h + J) is nearly 0, and a motion in one direction grows in
 * a step beyond all others. */
static enum general_status halve(struct general *general, struct look from, struct look to, double *other,
                                 struct motions *motions)
{
    enum { HALVINGS = 10 };
    struct look middle = {0};
    for (int halving = 0; halving < HALVINGS; halving++) {
        middle = (struct look){.h = sqrt(from.h * to.h)};
        if (factor_steps(general, &middle) == GENERAL_NO_MEMORY)
            return GENERAL_NO_MEMORY;
        *(middle.sign == from.sign ? &from : &to) = middle;
    }
    return look_at(general, &from, other, motions);
}

/* Closer between two lengths of steps. What turns slowly, as around a long ring, grows nearly as fast in them as what
 * does not, but not in steps as long as this needs: 1/h is its s, and the step takes it beyond all bounds. */
static enum general_status look_between(struct general *general, struct look from, struct look to, double *other,
                                        struct motions *motions)
{
    enum { PARTS = 6 };
    const double ratio = pow(to.h / from.h, 1.0 / PARTS);
    enum general_status status = GENERAL_OK;
    struct look last = from, next;
    for (int part = 1; part <= PARTS && status == GENERAL_OK; part++, last = next) {
        next = part < PARTS ? (struct look){.h = last.h * ratio} : to;
        if (part < PARTS)
            status = look_at(general, &next, other, motions);
        if (status == GENERAL_OK && last.sign * next.sign < 0)
            status = halve(general, last, next, other, motions);
    }
    return status;
}

/* det(C/h + J) changes its sign with growing h where 1/h is the s of a motion in one direction, so that none is
 * overlooked, unless there are two between lengths that are tried. */
enum general_status general_find_motions(struct general *general, struct motions *motions)
{
    /* What grows by a 20th in a step does so for a row of h of a factor of 40, or of 10 where it turns as fast as it
     * grows. Gains hasten; S, of what moves anything. */
    const double ratio = 8, before = 1e-7, least = 1e-13;
    struct equations *equations = general->equations;
    double *other = general->work[3];
    struct look last = {0};
    general_draw_deviation(general, other);
    motions->h = motions->growth = 0;
    motions->turn = false;
    equations_evaluate(equations, general->hi, general->lo, 1, true);
    for (double h = before / largest_conductance(equations); h < 1 / least; h *= ratio) {
        struct look next = {.h = h};
        enum general_status status = look_at(general, &next, other, motions);
        if (status == GENERAL_OK && motions->h == 0 && (last.turns || last.sign * next.sign < 0))
            status = look_between(general, last, next, other, motions);
        if (status != GENERAL_OK)
            return status;
        last = next.sign == 0 ? last : next;
    }
    return GENERAL_OK;
}

enum general_status general_stability(struct general *general, bool *unstable, bool *oscillates)
{
    struct motions motions = {.d = general->work[0]};
    equations_start(general->equations, general->op, general->hi, general->lo);
    enum general_status status = general_find_motions(general, &motions);
    *unstable = motions.h > 0;
    *oscillates = motions.turn;
    return status;
}
