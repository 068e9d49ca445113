#include "proof/certificate.h"

#include "util/array.h"
#include "util/disjoint.h"
#include "util/magnitude.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double unit = 8 * DBL_EPSILON, at_threshold = 64 * DBL_EPSILON;

/* What meets at a node. */
struct balance {
    long double sum;      /* A, leaving */
    double largest;       /* A, of one branch */
    double floor;         /* A */
    double magnitude;     /* V, that its potential is rounded with; */
    double drive;         /* A, of its current sources in all; */
    double resistance;    /* ohm, of a path to the ground's */
    double carried;       /* A, largest of a branch: these four of the whole cluster, at its root */
};

/* What meets at a group of nodes, kept by its root. */
struct group {
    long double sum; /* A, leaving */
    double largest;  /* A, of one branch */
    double floor;    /* A */
    double g;        /* S */
};

/* The point that is judged. */
struct point {
    const struct circuit *circuit;
    const double *v, *i; /* [nodes] V, [elements] A */
    double most;         /* V, largest |v| */
    struct balance *balance;
    struct group *group;
    uint32_t *cluster, *joined; /* disjoint sets of nodes: clusters, groups */
    bool reached;               /* resistances to ground are known */
    double noise;               /* V, of the sources' currents; below 0: not known yet */
};

/* Does the element hold its nodes at a distance: a source, a short, an ideal diode at a threshold? */
static bool is_stiff(const struct circuit *circuit, const struct element *element, double va, double vk)
{
    if (element->kind == ELEMENT_VSOURCE || element->kind == ELEMENT_SHORT)
        return true;
    if (element->kind != ELEMENT_DIODE)
        return false;
    const struct law *law = &circuit->law[element->law];
    double u = va - vk, scale = greater(fabs(va), fabs(vk));
    return (isinf(law->g_on) && fabs(u - law->v_fwd) <= at_threshold * greater(scale, law->v_fwd)) ||
           (isinf(law->g_rev) && isfinite(law->v_rev) &&
            fabs(u + law->v_rev) <= at_threshold * greater(scale, law->v_rev));
}

/* That of a node's cluster. */
static struct balance *balance_of(const struct point *point, uint32_t node)
{
    return &point->balance[disjoint_root(point->cluster, node)];
}

/* Clusters that stiff branches hold together, with the largest |v| of each. */
static void find_clusters(const struct point *point, double tolerance)
{
    const struct circuit *circuit = point->circuit;
    const double *v = point->v;
    disjoint_init(point->cluster, circuit->nodes.count);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (is_stiff(circuit, element, v[element->a], v[element->k]))
            disjoint_join(point->cluster, element->a, element->k);
    }
    for (uint32_t node = 0; node < circuit->nodes.count; node++) {
        struct balance *cluster = balance_of(point, node);
        cluster->magnitude = greater(cluster->magnitude, greater(fabs(v[node]), tolerance * point->most));
    }
}

static double magnitude(const struct point *point, const struct element *element)
{
    return greater(balance_of(point, element->a)->magnitude, balance_of(point, element->k)->magnitude);
}

/* Is its current an expression, whose terms may cancel? They are as large as any voltage makes them. */
static bool is_expression(const struct circuit *circuit, const struct element *element)
{
    const struct curve *curve = element->kind == ELEMENT_DIODE ? circuit->law[element->law].curve : NULL;
    return curve && curve->kind == CURVE_FUNCTION;
}

/* What the voltage across an element is rounded with, V: at a corner of its law, the threshold too. */
static double scale_of(const struct point *point, const struct element *element)
{
    if (is_expression(point->circuit, element))
        return point->most;
    double size = magnitude(point, element), u = point->v[element->a] - point->v[element->k];
    if (element->kind != ELEMENT_DIODE)
        return size;
    const struct law *law = &point->circuit->law[element->law];
    if (isfinite(law->v_fwd) && fabs(u - law->v_fwd) <= unit * law->v_fwd)
        return greater(size, law->v_fwd);
    return isfinite(law->v_rev) && fabs(u + law->v_rev) <= unit * law->v_rev ? greater(size, law->v_rev) : size;
}

/* Resistances of paths to the ground's cluster through elements that carry current by a conductance (Bellman, Ford;
 * what a limited number of passes leaves is too large only). INFINITY: there is none. */
static void find_resistances(struct point *point)
{
    enum { PASSES = 100 };
    const struct circuit *circuit = point->circuit;
    struct balance *balance = point->balance;
    const double *v = point->v;
    uint32_t count = circuit->elements.count;
    if (point->reached)
        return;
    point->reached = true;
    for (uint32_t node = 0; node < circuit->nodes.count; node++)
        balance[node].resistance = INFINITY;
    balance_of(point, GROUND)->resistance = 0;
    bool changed = true;
    for (int pass = 0; pass < PASSES && changed; pass++) {
        changed = false;
        for (uint32_t q = 0; q < count; q++) {
            const struct element *element = &circuit->element[pass % 2 ? count - 1 - q : q];
            double *a = &balance_of(point, element->a)->resistance;
            double *k = &balance_of(point, element->k)->resistance;
            double g = element_slope(circuit, element, v[element->a] - v[element->k], magnitude(point, element));
            double *far = *a > *k ? a : k, reach = (*a > *k ? *k : *a) + 1 / g;
            if (!(reach < *far))
                continue;
            *far = reach;
            changed = true;
        }
    }
}

/* Rounding of any potential by the currents that sources drive into clusters, V: where these cancel, what is left
 * moves the cluster by at most its resistance to ground, and others by no more. A cluster that has none stands on
 * its own: 1 ohm is taken. */
static double drive_noise(struct point *point)
{
    uint32_t nodes = point->circuit->nodes.count;
    double volts = 0, driven = 0;
    if (point->noise >= 0)
        return point->noise;
    for (uint32_t node = 0; node < nodes; node++)
        driven += point->balance[node].drive;
    if (driven > 0)
        find_resistances(point);
    for (uint32_t node = 0; node < nodes; node++) {
        const struct balance *here = &point->balance[node];
        if (here->drive > 0)
            volts += here->drive * (isinf(here->resistance) ? 1 : here->resistance);
    }
    return point->noise = unit * volts + DBL_MIN;
}

/* Is a current into a node so little that it moves no potential by more than rounding, of the largest or of what
 * sources drive? That has to be far less than the tolerance, since nodes add up. */
static bool moves_nothing(struct point *point, uint32_t node, double current, double tolerance)
{
    find_resistances(point);
    double r = balance_of(point, node)->resistance;
    return isfinite(r) && current * r <= fmin(unit * point->most + drive_noise(point), 1e-3 * tolerance * point->most);
}

/* What leaves each node, and the floors. */
static void add_up(const struct point *point)
{
    const struct circuit *circuit = point->circuit;
    struct balance *balance = point->balance;
    const double *v = point->v, *i = point->i;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        struct balance *a = &balance[element->a], *k = &balance[element->k];
        double scale = scale_of(point, element);
        double g = element_slope(circuit, element, v[element->a] - v[element->k], scale), floor = unit * scale * g;
        double drive = element->kind == ELEMENT_ISOURCE ? fabs(i[e]) : 0;
        struct balance *from = balance_of(point, element->a), *to = balance_of(point, element->k);
        a->sum += i[e];
        k->sum -= i[e];
        a->floor += floor;
        k->floor += floor;
        from->drive += drive;
        to->drive += drive;
        from->carried = greater(from->carried, fabs(i[e]));
        to->carried = greater(to->carried, fabs(i[e]));
        a->largest = greater(a->largest, fabs(i[e]));
        k->largest = greater(k->largest, fabs(i[e]));
    }
    for (uint32_t node = 1; node < circuit->nodes.count; node++)
        balance[node].floor += unit * balance_of(point, node)->carried;
}

static void check_kirchhoff(struct certificate *certificate, struct point *point)
{
    struct balance *balance = point->balance;
    add_up(point);
    certificate->kcl_node = CERTIFICATE_NONE;
    for (uint32_t node = 1; node < point->circuit->nodes.count; node++) {
        double residual = fabs((double)balance[node].sum);
        certificate->kcl = fmax(certificate->kcl, residual);
        certificate->kcl_floor = fmax(certificate->kcl_floor, balance[node].floor);
        if (isfinite(residual) && residual <= balance[node].floor + DBL_MIN)
            continue;
        double relative = isfinite(residual) ? residual / balance[node].largest : INFINITY;
        if (relative > certificate->tolerance && moves_nothing(point, node, residual, certificate->tolerance))
            continue;
        if (relative > certificate->kcl_relative) {
            certificate->kcl_relative = relative;
            certificate->kcl_node = node;
        }
    }
}

/* Joins what branches of more than a conductance hold together; returns the largest conductance of the others, S. */
static double join_groups(const struct point *point, double beyond)
{
    const struct circuit *circuit = point->circuit;
    const double *v = point->v;
    double most = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (disjoint_root(point->joined, element->a) == disjoint_root(point->joined, element->k))
            continue;
        double va = v[element->a], vk = v[element->k];
        double g = element_slope(circuit, element, va - vk, magnitude(point, element));
        if (g > beyond || is_stiff(circuit, element, va, vk))
            disjoint_join(point->joined, element->a, element->k);
        else
            most = greater(most, g);
    }
    return most;
}

/* Kirchhoff's law of the groups, from the branches that leave them alone. What is left over is taken relative
 * to the largest current of these, or to what the largest voltage would drive through them all: so little
 * does not move the group. */
static void check_groups(struct certificate *certificate, struct point *point)
{
    const struct circuit *circuit = point->circuit;
    struct group *group = point->group;
    const double *v = point->v, *i = point->i;
    memset(group, 0, circuit->nodes.count * sizeof *group);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        struct group *a = &group[disjoint_root(point->joined, element->a)];
        struct group *k = &group[disjoint_root(point->joined, element->k)];
        if (a == k)
            continue;
        double scale = scale_of(point, element);
        double g = element_slope(circuit, element, v[element->a] - v[element->k], scale), floor = unit * scale * g;
        a->sum += i[e];
        k->sum -= i[e];
        a->floor += floor;
        k->floor += floor;
        a->g += g;
        k->g += g;
        a->largest = greater(a->largest, fabs(i[e]));
        k->largest = greater(k->largest, fabs(i[e]));
    }
    for (uint32_t node = 1; node < circuit->nodes.count; node++) {
        double residual = fabs((double)group[node].sum);
        if (point->joined[node] != node || /* ground, the lowest, is the root of its group */
            residual <= group[node].floor + unit * group[node].largest + DBL_MIN)
            continue;
        double relative = residual / greater(group[node].largest, group[node].g * point->most);
        if (relative > certificate->tolerance && moves_nothing(point, node, residual, certificate->tolerance))
            continue;
        if (relative > certificate->kcl_relative) {
            certificate->kcl_relative = relative;
            certificate->kcl_node = node;
        }
    }
}

/* Can what is left over at the nodes together matter beside the current of any branch? */
static bool may_add_up(const struct point *point, double tolerance)
{
    const struct circuit *circuit = point->circuit;
    const double *i = point->i;
    double left = 0, least = INFINITY;
    for (uint32_t node = 1; node < circuit->nodes.count; node++)
        left += fabs((double)point->balance[node].sum);
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (i[e] != 0)
            least = fmin(least, fabs(i[e]));
    return !(left <= tolerance * least);
}

/* The floors of large conductances hide what small ones beside them carry, node by node. So Kirchhoff's law is asked of
 * what conductances hold together too, where their currents cancel: of groups joined by ever smaller ones. */
static void check_joined(struct certificate *certificate, struct point *point)
{
    static const double step = 10;
    if (!may_add_up(point, certificate->tolerance))
        return;
    disjoint_init(point->joined, point->circuit->nodes.count);
    double largest = join_groups(point, INFINITY);
    while (largest > 0 && isfinite(largest)) {
        largest = join_groups(point, largest / step);
        check_groups(certificate, point);
    }
}

/* Current of an ideal diode beyond g_off u, and the distance of its voltage to the threshold that lets it flow. */
static double diode_violation(const struct law *law, double area, double u, double i, double *complementarity)
{
    double beyond = i - area * law_current(law, u), noise = unit * (fabs(i) + area * law->g_off * fabs(u));
    bool forward = isinf(law->g_on), reverse = isinf(law->g_rev);
    double violation = 0;
    if (forward)
        violation = fmax(violation, u - law->v_fwd);
    if (reverse)
        violation = fmax(violation, -u - law->v_rev);
    if (fabs(beyond) <= noise)
        return violation;
    if (!(beyond > 0 ? forward : reverse))
        return INFINITY;
    double distance = beyond > 0 ? law->v_fwd - u : law->v_rev + u;
    *complementarity = fabs(beyond * distance);
    return fmax(violation, fabs(distance));
}

double element_violation(const struct circuit *circuit, const struct element *element, double u, double i,
                         double *complementarity)
{
    *complementarity = 0;
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
        return fabs(u - element->value * i);
    case ELEMENT_SHORT:
        return fabs(u);
    case ELEMENT_VSOURCE:
        return fabs(u - element->value);
    case ELEMENT_CAPACITOR:
        return i == 0 ? 0 : INFINITY;
    case ELEMENT_ISOURCE:
        return i == element->value ? 0 : INFINITY;
    case ELEMENT_DIODE:
        break;
    }
    const struct law *law = &circuit->law[element->law];
    if (!law_covers(law, u))
        return INFINITY;
    if (isinf(law->g_on) || isinf(law->g_rev))
        return diode_violation(law, element->value, u, i, complementarity);
    double g = element_slope(circuit, element, u, 0), excess = i - element->value * law_current(law, u);
    return excess == 0 ? 0 : fabs(excess) / g;
}

/* Returns the largest complementarity product over what rounding of the voltages explains. That of sources' currents,
 * the noise, is found only where it decides. */
static double check_laws(struct certificate *certificate, struct point *point)
{
    const struct circuit *circuit = point->circuit;
    const double *v = point->v, *i = point->i;
    double scale = point->most, worst = 0, noise = -1;
    certificate->law_element = CERTIFICATE_NONE;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        double product, amount = element_violation(circuit, element, v[element->a] - v[element->k], i[e], &product);
        if (product == 0 && amount <= certificate->law)
            continue; /* it decides nothing */
        if (!(amount <= certificate->tolerance * scale))
            noise = drive_noise(point);
        if (amount <= noise)
            continue;
        certificate->complementarity = fmax(certificate->complementarity, product);
        worst = fmax(worst, product - unit * scale * fabs(i[e]));
        if (isnan(amount) || amount > certificate->law) {
            certificate->law = isnan(amount) ? INFINITY : amount;
            certificate->law_element = e;
        }
    }
    if (certificate->law > 0)
        certificate->law_relative = certificate->law / scale;
    return worst;
}

/* Returns the power that is turned over, the sum of |u i|. */
static double check_power(struct certificate *certificate, const struct point *point)
{
    const struct circuit *circuit = point->circuit;
    const struct balance *balance = point->balance;
    const double *v = point->v, *i = point->i;
    long double sum = 0, turned = 0, floor = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        long double power = ((long double)v[element->a] - v[element->k]) * i[e];
        sum += power;
        turned += fabsl(power);
    }
    for (uint32_t node = 1; node < circuit->nodes.count; node++)
        floor += balance[node].floor * fabs(v[node]) + unit * balance[node].largest * fabs(v[node]);
    certificate->power = (double)-sum;
    if (fabsl(sum) > floor)
        certificate->power_relative = (double)(fabsl(sum) / turned);
    return (double)turned;
}

size_t certificate_room(const struct circuit *circuit)
{
    return circuit->nodes.count * (sizeof(struct balance) + sizeof(struct group) + 2 * sizeof(uint32_t));
}

void certificate_fill(struct certificate *certificate, void *room, const struct circuit *circuit, const double *v,
                      const double *i, double tolerance)
{
    struct point point = {.circuit = circuit, .v = v, .i = i, .balance = room, .noise = -1};
    point.group = (struct group *)(point.balance + circuit->nodes.count);
    point.cluster = (uint32_t *)(point.group + circuit->nodes.count);
    point.joined = point.cluster + circuit->nodes.count;
    memset(point.balance, 0, circuit->nodes.count * sizeof *point.balance);
    *certificate = (struct certificate){.tolerance = tolerance};
    point.most = largest_magnitude(v, circuit->nodes.count);
    find_clusters(&point, tolerance);
    check_kirchhoff(certificate, &point);
    if (certificate->kcl_relative <= tolerance)
        check_joined(certificate, &point);
    double product = check_laws(certificate, &point);
    double turned = check_power(certificate, &point);
    certificate->proved = certificate->kcl_relative <= tolerance && certificate->law_relative <= tolerance &&
                          certificate->power_relative <= tolerance && product <= tolerance * turned;
}

bool certificate_compute(struct certificate *certificate, const struct circuit *circuit, const double *v,
                         const double *i, double tolerance)
{
    void *room = array_new(certificate_room(circuit), 1);
    if (room)
        certificate_fill(certificate, room, circuit, v, i, tolerance);
    free(room);
    return room;
}
