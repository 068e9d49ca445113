#include "proof/certificate.h"

#include "circuit/voltage_loops.h"
#include "proof/balance.h"
#include "proof/branch.h"
#include "proof/controlled.h"
#include "proof/drop_loops.h"
#include "util/array.h"
#include "util/disjoint.h"
#include "util/magnitude.h"
#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A branch whose current its potentials do not tell; for sorting. */
struct small_drop {
    double size; /* V, of the drop that its current makes */
    uint32_t element;
};

/* The point that is judged, and the room for it. */
struct point {
    struct claim claim;
    union {
        double *slack;            /* [elements] V: what the loops of a source leave */
        uint32_t *list;           /* [elements] branches that leave their group */
        struct small_drop *small; /* [elements] */
    };
    double *slope, *floor; /* [elements] of struct branch */
    union {
        struct loop_node *loop_node; /* [nodes] where set and level will be, too */
        struct balance *balance;     /* [nodes] kept by the root of a group */
        struct rise *above;          /* [nodes] of a node: above the one that its set leads to */
    };
    uint32_t *set;   /* [nodes] disjoint sets */
    uint32_t *level; /* [nodes] of the root of a group: where the group was joined last */
    void *work;    /* of controlled branches */
};

/* ---- one branch -------------------------------------------------------------------------------------------------- */

static struct branch branch_of(const struct point *point, uint32_t e, double slack, struct dd *u)
{
    return branch_any_at(&point->claim, e, slack, point->work, u);
}

/* ---- loops of sources -------------------------------------------------------------------------------------------- */

/* Loops of sources that do not close, but nearly, and the slack that their sources get: what the loops that they are in
 * together leave. branch [elements] is work, behind the slack; it may be where slope and floor will be. */
static void find_slack(struct certificate *certificate, const struct point *point, struct loop_branch *branch)
{
    const struct circuit *circuit = point->claim.circuit;
    struct voltage_loops loops = {.nodes = circuit->nodes.count, .node = point->loop_node, .branch = branch};
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element_is_voltage_defined(element) && element->a != element->k)
            loops.branch[loops.branches++] =
                (struct loop_branch){element_defined_voltage(element), element->a, element->k, e, LOOP_NONE};
    }
    voltage_loops_find(&loops);
    memset(point->slack, 0, circuit->elements.count * sizeof *point->slack);
    certificate->mismatch = loops.left;
    if (loops.left == 0)
        return;
    voltage_loops_join(&loops);
    for (uint32_t q = 0; q < loops.branches; q++)
        point->slack[loops.branch[q].number] = voltage_loops_left(&loops, q);
}

/* ---- laws -------------------------------------------------------------------------------------------------------- */

static void check_laws(struct certificate *certificate, const struct point *point)
{
    const struct circuit *circuit = point->claim.circuit;
    long double power = 0, turned = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        struct dd u;
        struct branch branch = branch_of(point, e, point->slack[e], &u);
        long double watts = branch_delivered(element, u.hi, point->claim.i[e]);
        point->slope[e] = branch.slope;
        point->floor[e] = isfinite(branch.slope) ? branch.floor : 0;
        certificate->law = greater(branch.violation, certificate->law);
        certificate->complementarity = greater(branch.product, certificate->complementarity);
        if (branch.relative > certificate->law_relative) {
            certificate->law_relative = branch.relative;
            certificate->law_element = e;
        }
        power += watts;
        turned += fabsl(watts);
    }
    certificate->power = (double)power;
    if (!(fabsl(power) <= DBL_MIN))
        certificate->power_relative = turned > 0 ? (double)(fabsl(power) / turned) : INFINITY;
}

/* ---- Kirchhoff's current law ------------------------------------------------------------------------------------- */

static void note_residual(struct certificate *certificate, double relative, uint32_t node)
{
    if (!(relative > certificate->kcl_relative))
        return;
    certificate->kcl_relative = relative;
    certificate->kcl_node = node;
}

static void check_nodes(struct certificate *certificate, const struct point *point)
{
    const struct circuit *circuit = point->claim.circuit;
    struct balance *balance = point->balance;
    memset(balance, 0, circuit->nodes.count * sizeof *balance);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->a == element->k)
            continue;
        balance_add(&balance[element->a], point->claim.i[e]);
        balance_add(&balance[element->k], -point->claim.i[e]);
    }
    for (uint32_t node = 0; node < circuit->nodes.count; node++) {
        double floor, relative = balance_relative(&balance[node], &floor);
        certificate->kcl = greater(fabs((double)balance[node].sum), certificate->kcl);
        certificate->kcl_floor = greater(floor, certificate->kcl_floor);
        note_residual(certificate, relative, node);
    }
}

/* Branches of at least this conductance, S, join their nodes into groups of this level. */
static void join_groups(const struct point *point, uint32_t count, double least, uint32_t level)
{
    for (uint32_t q = 0; q < count; q++) {
        const struct element *element = &point->claim.circuit->element[point->list[q]];
        if (point->slope[point->list[q]] >= least && disjoint_join(point->set, element->a, element->k))
            point->level[disjoint_root(point->set, element->a)] = level;
    }
    for (uint32_t node = 0; node < point->claim.circuit->nodes.count; node++)
        if (point->set[node] == node && point->level[node] == level)
            point->balance[node] = (struct balance){0};
}

/* The currents that leave the groups of a level, and the list of the branches between groups anew. Returns its length;
 * *largest: S, of these. */
static uint32_t add_groups(const struct point *point, uint32_t count, uint32_t level, double *largest)
{
    uint32_t left = 0;
    *largest = 0;
    for (uint32_t q = 0; q < count; q++) {
        uint32_t e = point->list[q];
        const struct element *element = &point->claim.circuit->element[e];
        uint32_t a = disjoint_root(point->set, element->a), k = disjoint_root(point->set, element->k);
        if (a == k)
            continue;
        point->list[left++] = e;
        *largest = greater(*largest, point->slope[e]);
        if (point->level[a] == level)
            balance_add(&point->balance[a], point->claim.i[e]);
        if (point->level[k] == level)
            balance_add(&point->balance[k], -point->claim.i[e]);
    }
    return left;
}

/* The power of ten at or below x, which rounding does not take beyond x. */
static double decade(double x)
{
    return fmin(x, pow(10, floor(log10(x))));
}

/* Groups of one node, and those that a level leaves as they were, have been asked already. */
static void check_groups(struct certificate *certificate, const struct point *point)
{
    uint32_t nodes = point->claim.circuit->nodes.count, count = point->claim.circuit->elements.count, level = 0;
    double least = INFINITY;
    disjoint_init(point->set, nodes);
    memset(point->level, 0, nodes * sizeof *point->level);
    for (uint32_t e = 0; e < count; e++)
        point->list[e] = e;
    for (bool more = true; more && count > 0;) {
        double largest, floor;
        join_groups(point, count, least, ++level);
        count = add_groups(point, count, level, &largest);
        for (uint32_t node = 0; node < nodes; node++)
            if (point->set[node] == node && point->level[node] == level)
                note_residual(certificate, balance_relative(&point->balance[node], &floor), node);
        more = largest > 0;
        least = decade(largest);
    }
}

/* ---- small drops ------------------------------------------------------------------------------------------------- */

static int by_size(const void *p, const void *q)
{
    double one = ((const struct small_drop *)p)->size, other = ((const struct small_drop *)q)->size;
    return (one > other) - (one < other);
}

/* All branches whose potentials do not tell their current, smallest drops first. Returns their number. */
static uint32_t find_small_drops(const struct point *point, double tolerance)
{
    uint32_t count = 0;
    for (uint32_t e = 0; e < point->claim.circuit->elements.count; e++) {
        if (!isfinite(point->slope[e]) || point->floor[e] <= tolerance * fabs(point->claim.i[e]))
            continue;
        struct dd u;
        double drop = fabs(branch_of(point, e, 0, &u).drop.hi);
        if (!isnan(drop))
            point->small[count++] = (struct small_drop){drop, e};
    }
    qsort(point->small, count, sizeof *point->small, by_size);
    return count;
}

static struct rise rise_of(const struct point *point, uint32_t e)
{
    struct dd u;
    struct branch branch = branch_of(point, e, 0, &u);
    return drop_loops_rise(&branch, u);
}

static void check_small_drops(struct certificate *certificate, const struct point *point)
{
    const struct element *element = point->claim.circuit->element;
    const struct drop_loops loops = {point->claim.circuit->nodes.count, point->set, point->above};
    uint32_t count = find_small_drops(point, certificate->tolerance);
    double left, floor;
    if (count == 0)
        return;
    drop_loops_begin(&loops);
    for (uint32_t e = 0; e < point->claim.circuit->elements.count; e++)
        if (isinf(point->slope[e]))
            drop_loops_join(&loops, element[e].a, element[e].k, rise_of(point, e), &left, &floor);
    for (uint32_t q = 0; q < count; q++) {
        uint32_t e = point->small[q].element;
        if (drop_loops_join(&loops, element[e].a, element[e].k, rise_of(point, e), &left, &floor))
            continue;
        double relative = drop_loops_relative(left, floor, point->small[q].size);
        certificate->loop = fmax(certificate->loop, left);
        if (relative > certificate->loop_relative) {
            certificate->loop_relative = relative;
            certificate->loop_element = e;
        }
    }
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static size_t element_room(void)
{
    size_t apart = sizeof(struct small_drop) + 2 * sizeof(double), first = sizeof(double) + sizeof(struct loop_branch);
    return apart > first ? apart : first;
}

union of_node {
    struct balance balance;
    struct rise above;
};

static size_t node_room(void)
{
    size_t apart = sizeof(union of_node) + 2 * sizeof(uint32_t), first = sizeof(struct loop_node);
    return apart > first ? apart : first;
}

static size_t aligned(size_t size)
{
    size_t unit = sizeof(struct balance);
    return (size + unit - 1) / unit * unit;
}

size_t certificate_room(const struct circuit *circuit)
{
    size_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    return aligned(nodes * node_room() + elements * element_room()) + controlled_room(circuit);
}

void certificate_fill(struct certificate *certificate, void *room, const struct claim *claim, double tolerance)
{
    assert(claim->circuit->nodes.count > 0 && tolerance > 0);
    size_t nodes = claim->circuit->nodes.count, elements = claim->circuit->elements.count;
    struct point point = {.claim = *claim, .balance = room};
    void *of_elements = (char *)room + nodes * node_room();
    point.small = of_elements;
    point.slope = (double *)(point.small + elements);
    point.floor = point.slope + elements;
    point.set = (void *)((char *)room + nodes * sizeof(union of_node));
    point.level = point.set + nodes;
    point.work = (char *)room + aligned(nodes * node_room() + elements * element_room());
    *certificate = (struct certificate){.tolerance = tolerance,
                                        .kcl_node = CERTIFICATE_NONE,
                                        .law_element = CERTIFICATE_NONE,
                                        .loop_element = CERTIFICATE_NONE};
    find_slack(certificate, &point, (struct loop_branch *)(point.slack + elements));
    check_laws(certificate, &point);
    check_nodes(certificate, &point);
    if (certificate->kcl_relative <= tolerance) /* else a node is to blame, and known */
        check_groups(certificate, &point);
    check_small_drops(certificate, &point);
    certificate->proved = certificate->law_relative == 0 && certificate->kcl_relative <= tolerance &&
                          certificate->loop_relative <= tolerance && certificate->power_relative <= tolerance;
}

bool certificate_compute(struct certificate *certificate, const struct claim *claim, double tolerance)
{
    void *room = array_new(certificate_room(claim->circuit), 1);
    if (room)
        certificate_fill(certificate, room, claim, tolerance);
    free(room);
    return room;
}

/* What is above tolerance first, a law before all. */
bool certificate_worse(const struct certificate *one, const struct certificate *other)
{
    if (one->proved != other->proved)
        return other->proved;
    if (one->law_relative != other->law_relative)
        return one->law_relative > other->law_relative;
    return fmax(one->kcl_relative, fmax(one->loop_relative, one->power_relative)) >
           fmax(other->kcl_relative, fmax(other->loop_relative, other->power_relative));
}
