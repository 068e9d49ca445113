#include "disproof.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the laws, again -------------------------------------------------------------------------------------------- */

/* The law of a diode in LTspice's words, as three slopes and two corners. */
struct corners {
    double off, on, rev; /* S; INFINITY: a constraint */
    double fwd, low;     /* V: between low and fwd the slope is off */
};

static double given(double value, double otherwise)
{
    return isnan(value) ? otherwise : value;
}

static struct corners corners_of(const struct random_network *network, int number)
{
    const struct model *model = &network->model[number];
    double ron = given(model->ron, 1), rrev = given(model->rrev, ron);
    return (struct corners){.off = isnan(model->roff) ? (ron == 0 ? 0 : network->gmin) : 1 / model->roff,
                            .on = 1 / ron,
                            .rev = 1 / rrev,
                            .fwd = given(model->vfwd, 0),
                            .low = -given(model->vrev, INFINITY)};
}

/* Its current at u; a constraint's own current is left out. */
static long double law(const struct corners *c, long double u)
{
    if (u > c->fwd)
        return (long double)c->off * c->fwd + (isinf(c->on) ? 0 : c->on * (u - c->fwd));
    if (u < c->low)
        return (long double)c->off * c->low + (isinf(c->rev) ? 0 : c->rev * (u - c->low));
    return c->off * u;
}

/* The steepest finite slope within `near` of u. */
static double slope(const struct corners *c, double u, double near)
{
    double most = c->off;
    if (u > c->fwd - near && !isinf(c->on))
        most = fmax(most, c->on);
    if (u < c->low + near && !isinf(c->rev))
        most = fmax(most, c->rev);
    return most;
}

/* The conductance that a diode has wherever it works; 0 when it can block. */
static double least_slope(const struct corners *c)
{
    return isinf(c->low) ? fmin(c->off, c->on) : fmin(c->off, fmin(c->on, c->rev));
}

/* ---- the proof -------------------------------------------------------------------------------------------------- */

struct proof {
    const struct random_network *network;
    const struct answer *answer;
    double tolerance;
    long double *sum;  /* [nodes] A leaving */
    double *largest;   /* [nodes] A */
    double *floor;     /* [nodes] A: rounding of voltages seen as current */
    double *magnitude; /* [nodes] V: the largest potential that voltage-defined branches hold at a distance from the
                        * node's */
    double volts;      /* the largest voltage */
    double amperes;    /* A: rounding of the largest current, which voltage-defined branches carry anywhere */
    /* V: of all source currents on the largest resistor; where no potential differs from 0 V it is all there is */
    double rounding;
    char *disproof;
};

static double drop(const struct answer *answer, const struct part *part)
{
    return answer->v[part->a] - answer->v[part->k];
}

/* Also of an ideal diode without current where its voltage is that of a corner, but for rounding. */
static bool is_voltage_defined(const struct random_network *network, const struct answer *answer, int p)
{
    const struct part *part = &network->part[p];
    if (part->letter == 'D') {
        struct corners c = corners_of(network, part->model);
        double u = drop(answer, part), va = fabs(answer->v[part->a]), vk = fabs(answer->v[part->k]);
        double near = 64 * DBL_EPSILON * fmax(va, vk);
        return ((isinf(c.on) || isinf(c.rev)) && answer->i[p] != 0) || (isinf(c.on) && fabs(u - c.fwd) <= near) ||
               (isinf(c.rev) && fabs(u - c.low) <= near);
    }
    return part->letter == 'V' || part->letter == 'L' || (part->letter == 'R' && part->value == 0);
}

/* Of a diode the steeper slope where rounding of voltages this large cannot tell the side of a corner. */
static double conductance(const struct random_network *network, const struct answer *answer, int p, double magnitude)
{
    const struct part *part = &network->part[p];
    if (part->letter == 'R' && part->value > 0)
        return 1 / part->value;
    if (part->letter != 'D')
        return 0;
    struct corners c = corners_of(network, part->model);
    return slope(&c, drop(answer, part), 8 * DBL_EPSILON * magnitude);
}

static void find_magnitudes(struct proof *proof)
{
    const struct random_network *network = proof->network;
    int *set = malloc((size_t)network->nodes * sizeof *set);
    for (int node = 0; node < network->nodes; node++)
        set[node] = node;
    for (int p = 0; p < network->parts; p++)
        if (is_voltage_defined(network, proof->answer, p))
            set[random_network_root(set, network->part[p].a)] = random_network_root(set, network->part[p].k);
    for (int node = 0; node < network->nodes; node++) {
        double *here = &proof->magnitude[random_network_root(set, node)];
        *here = fmax(*here, fabs(proof->answer->v[node]));
    }
    for (int node = 0; node < network->nodes; node++)
        proof->magnitude[node] = proof->magnitude[random_network_root(set, node)];
    free(set);
}

/* Sums at the nodes, and the largest voltage. */
static void add_up(struct proof *proof)
{
    const struct random_network *network = proof->network;
    double driven = 0, resistance = 1;
    for (int p = 0; p < network->parts; p++) {
        const struct part *part = &network->part[p];
        driven += part->letter == 'I' ? fabs(part->value) : 0;
        resistance = part->letter == 'R' ? fmax(resistance, part->value) : resistance;
        double i = proof->answer->i[p], magnitude = fmax(proof->magnitude[part->a], proof->magnitude[part->k]);
        double noise = 8 * DBL_EPSILON * magnitude * conductance(network, proof->answer, p, magnitude);
        proof->sum[part->a] += i;
        proof->sum[part->k] -= i;
        int ends[] = {part->a, part->k};
        for (int end = 0; end < 2; end++) {
            int node = ends[end];
            proof->largest[node] = fmax(proof->largest[node], fabs(i));
            proof->floor[node] += noise;
        }
    }
    for (int node = 0; node < network->nodes; node++)
        proof->volts = fmax(proof->volts, fabs(proof->answer->v[node]));
    proof->rounding = 8 * DBL_EPSILON * driven * resistance;
    for (int node = 0; node < network->nodes; node++)
        proof->amperes = fmax(proof->amperes, 8 * DBL_EPSILON * proof->largest[node]);
}

__attribute__((format(printf, 2, 3)))
static void disprove(struct proof *proof, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!proof->disproof && vasprintf(&proof->disproof, format, arguments) < 0)
        proof->disproof = NULL;
    va_end(arguments);
}

/* Within small of its law: u <= fwd, current beyond the law only at the corner that lets it flow, none backwards. */
static bool diode_obeys(const struct corners *c, double u, double i, double small_u, double small_i)
{
    double beyond = (double)(i - law(c, u));
    small_i += slope(c, u, small_u) * small_u;
    if ((isinf(c->on) && u > c->fwd + small_u) || (isinf(c->rev) && u < c->low - small_u))
        return false;
    if (beyond > small_i)
        return isinf(c->on) && u >= c->fwd - small_u;
    if (beyond < -small_i)
        return isinf(c->rev) && u <= c->low + small_u;
    return true;
}

static void check_part(struct proof *proof, int p)
{
    const struct random_network *network = proof->network;
    const struct part *part = &network->part[p];
    double u = drop(proof->answer, part), i = proof->answer->i[p];
    double small_u = proof->tolerance * proof->volts + proof->rounding;
    double small_i = proof->tolerance * fmax(proof->largest[part->a], proof->largest[part->k]);
    bool good = isfinite(u) && isfinite(i);
    struct corners c;
    switch (part->letter) {
    case 'R':
        good = good && fabs(u - part->value * i) <= small_u;
        break;
    case 'L':
        good = good && fabs(u) <= small_u;
        break;
    case 'V':
        good = good && fabs(u - part->value) <= small_u;
        break;
    case 'C':
        good = i == 0;
        break;
    case 'I':
        good = good && i == part->value;
        break;
    default:
        c = corners_of(network, part->model);
        good = good && diode_obeys(&c, u, i, small_u, small_i);
    }
    if (!good)
        disprove(proof, "%c%d breaks its law: u = %.17g V, i = %.17g A", part->letter, p, u, i);
}

static void check_sums(struct proof *proof)
{
    const struct random_network *network = proof->network;
    long double power = 0, turned = 0, floor = 0;
    for (int node = 1; node < network->nodes; node++) {
        double allowed = fmax(proof->floor[node], proof->tolerance * proof->largest[node]) + proof->amperes;
        if (!(fabsl(proof->sum[node]) <= allowed))
            disprove(proof, "%.3Lg A are left at n%d, allowed are %.3g", proof->sum[node], node, allowed);
        floor += fabs(proof->answer->v[node]) * (proof->floor[node] + 8 * DBL_EPSILON * proof->largest[node]);
    }
    for (int p = 0; p < network->parts; p++) {
        long double taken = (long double)drop(proof->answer, &network->part[p]) * proof->answer->i[p];
        power += taken;
        turned += fabsl(taken);
    }
    if (!(fabsl(power) <= floor + proof->tolerance * turned))
        disprove(proof, "%.3Lg W of %.3Lg W are not balanced", power, turned);
}

char *random_network_disproof(const struct random_network *network, const struct answer *answer, double tolerance)
{
    size_t nodes = (size_t)network->nodes;
    struct proof proof = {network, answer, tolerance, calloc(nodes, sizeof(long double)), calloc(nodes, sizeof(double)),
                          calloc(nodes, sizeof(double)), calloc(nodes, sizeof(double)), 0, 0, 0, NULL};
    find_magnitudes(&proof);
    add_up(&proof);
    for (int p = 0; p < network->parts; p++)
        check_part(&proof, p);
    check_sums(&proof);
    free(proof.sum);
    free(proof.largest);
    free(proof.floor);
    free(proof.magnitude);
    return proof.disproof;
}

/* ---- two answers ------------------------------------------------------------------------------------------------ */

/* How exact an answer is: amperes that are left over at the nodes, and volts that voltage-defined branches are off. */
static void add_errors(const struct random_network *network, const struct answer *answer, double *amperes,
                       double *volts)
{
    long double *sum = calloc((size_t)network->nodes, sizeof *sum);
    for (int p = 0; p < network->parts; p++) {
        const struct part *part = &network->part[p];
        long double u = (long double)answer->v[part->a] - answer->v[part->k], i = answer->i[p];
        sum[part->a] += i;
        sum[part->k] -= i;
        if (part->letter == 'R' && part->value > 0)
            *amperes += fabs((double)(u / part->value - i));
        if (part->letter == 'V' || part->letter == 'L' || part->letter == 'R')
            *volts += part->value > 0 && part->letter == 'R' ? 0 : fabs((double)(u - part->value));
        if (part->letter != 'D')
            continue;
        struct corners c = corners_of(network, part->model);
        double beyond = fabs((double)(i - law(&c, u)));
        if ((isinf(c.on) && u > c.fwd) || (isinf(c.on) && beyond > 0 && u > 0))
            *volts += fabs((double)(u - c.fwd));
        else if (isinf(c.rev) && (u < c.low || (beyond > 0 && u < 0)))
            *volts += fabs((double)(u - c.low));
        else
            *amperes += beyond;
    }
    for (int node = 1; node < network->nodes; node++)
        *amperes += fabs((double)sum[node]);
    free(sum);
}

/* The resistance by which a part ties its nodes in any answer, or INFINITY: `surely` is a current
 * that is no rounding. */
static double tie(const struct random_network *network, const struct answer *answer, int p, double surely)
{
    const struct part *part = &network->part[p];
    if (part->letter == 'C' || part->letter == 'I')
        return INFINITY;
    if (part->letter != 'D')
        return part->letter == 'R' ? part->value : 0;
    struct corners c = corners_of(network, part->model);
    double u = drop(answer, part), i = answer->i[p], beyond = (double)(i - law(&c, u));
    if ((isinf(c.on) && beyond > surely) || (isinf(c.rev) && beyond < -surely))
        return 0;
    if (least_slope(&c) > 0)
        return 1 / least_slope(&c);
    return i > surely && !isinf(c.on) ? 1 / c.on : i < -surely && !isinf(c.rev) ? 1 / c.rev : INFINITY;
}

/* root [nodes]: the lowest node that ties lead to; distance [nodes]: the least resistance of them,
 * ohm (Bellman, Ford). */
static void find_ties(const struct random_network *network, const double *resistance_of, int *root, double *distance)
{
    for (int node = 0; node < network->nodes; node++) {
        root[node] = node;
        distance[node] = 0;
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (int p = 0; p < network->parts; p++) {
            if (isinf(resistance_of[p]))
                continue;
            int ends[] = {network->part[p].a, network->part[p].k};
            for (int end = 0; end < 2; end++) {
                int to = ends[end], from = ends[1 - end];
                double there = distance[from] + resistance_of[p];
                if (root[from] > root[to] || (root[from] == root[to] && there >= distance[to] * (1 - 1e-9)))
                    continue;
                root[to] = root[from];
                distance[to] = there;
                changed = true;
            }
        }
    }
}

char *random_network_difference(const struct random_network *network, const struct answer *one,
                                const struct answer *other, double tolerance)
{
    int *root = malloc((size_t)network->nodes * sizeof *root);
    double *distance = malloc((size_t)network->nodes * sizeof *distance);
    double *resistance_of = malloc((size_t)network->parts * sizeof *resistance_of);
    double amperes = 0, volts = 0, largest_v = 0, largest_i = 0;
    char *difference = NULL;
    add_errors(network, one, &amperes, &volts);
    add_errors(network, other, &amperes, &volts);
    for (int node = 0; node < network->nodes; node++)
        largest_v = fmax(largest_v, fabs(one->v[node]));
    for (int p = 0; p < network->parts; p++)
        largest_i = fmax(largest_i, fabs(one->i[p]));
    for (int p = 0; p < network->parts; p++)
        resistance_of[p] = tie(network, one, p, 1e-6 * largest_i + 1e6 * amperes);
    find_ties(network, resistance_of, root, distance);
    for (int node = 0; node < network->nodes && !difference; node++) {
        double here = one->v[node] - one->v[root[node]], there = other->v[node] - other->v[root[node]];
        double allowed = tolerance * largest_v + 2 * volts + 2 * distance[node] * amperes;
        if (!(fabs(here - there) <= allowed) &&
            asprintf(&difference, "n%d is %.17g V or %.17g V above n%d; allowed are %.3g V", node, here, there,
                     root[node], allowed) < 0)
            difference = NULL;
    }
    free(root);
    free(distance);
    free(resistance_of);
    return difference;
}
