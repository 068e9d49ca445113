/* Potentials where Kirchhoff's law holds: corrections by the factor, of what the currents of branches are short of. */
#include "convex/network_parts.h"

#include <assert.h>
#include <string.h>

/* Currents less than this of the circuit's largest have no part in any answer, which may have four parts; nor have
 * parts of potentials below what four parts of the largest tell. Test: nothing-through-ground.cir */
static const double least_share = 1e-60, least_part = 1e-70;

/* By how much a correction is wrong at least, and while none has shown it. Test: points_are_single_solves */
static const double fresh_rate = 1e-6;

void network_shift(const struct potentials *v, uint32_t node, double x)
{
    if (v->parts == 2) {
        struct dd sum = dd_add_double((struct dd){v->part[0][node], v->part[1][node]}, x);
        v->part[0][node] = sum.hi;
        v->part[1][node] = sum.lo;
        return;
    }
    struct qd sum = {{v->part[0][node], v->part[1][node], v->part[2][node], v->part[3][node]}};
    qd_add_double(&sum, x);
    for (int p = 0; p < QUAD_PARTS; p++)
        v->part[p][node] = sum.part[p];
}

/* Followers keep the distance that their edges hold. */
static void follow_edges(const struct network *network, const struct potentials *v)
{
    for (uint32_t q = 0; q < network->tree.followers; q++) {
        uint32_t node = network->follower[q], e = network->forest.via[node], up = network->forest.parent[node];
        double rise = network->excitation.voltage[e];
        for (int p = 0; p < v->parts; p++)
            v->part[p][node] = v->part[p][up];
        if (rise != 0)
            network_shift(v, node, network->edge[e].a == node ? rise : -rise);
    }
}

static void shift_by_correction(const struct network *network, const struct potentials *v, uint32_t node)
{
    network_shift(v, node, network->d[network->forest.tree[node]]);
    if (network->fine)
        network_shift(v, node, network->d_low[network->forest.tree[node]]);
}

void network_apply(const struct network *network, const struct potentials *v)
{
    for (uint32_t node = 0; node < network->forest.nodes; node++)
        if (network->forest.via[node] == FOREST_NO_EDGE && network->forest.tree[node] > 0)
            shift_by_correction(network, v, node);
    follow_edges(network, v);
}

/* Add x, A, to a cluster's sum. */
static inline void add_finely(struct network *network, uint32_t tree, double x)
{
    for (int p = 0; p < QUAD_PARTS - 1; p++) {
        struct dd sum = two_sum(network->sum[p][tree], x);
        network->sum[p][tree] = sum.hi;
        x = sum.lo;
    }
    network->sum[QUAD_PARTS - 1][tree] += x;
}

/* Add a current that is not rounded: beside what rounding of large currents moves small ones may be nothing. */
static void lead_parts(struct network *network, uint32_t from, uint32_t to, const struct qd *current)
{
    for (int p = 0; p < QUAD_PARTS && current->part[p] != 0; p++) {
        add_finely(network, from, -current->part[p]);
        add_finely(network, to, current->part[p]);
    }
}

/* Add a branch's current to what flows into the clusters at its ends. */
DOUBLE_INLINE void lead(struct network *network, uint32_t a, uint32_t k, struct qd current)
{
    uint32_t from = network->forest.tree[a], to = network->forest.tree[k];
    double size = fabs(current.part[0]);
    network->most[a] = greater(network->most[a], size);
    network->most[k] = greater(network->most[k], size);
    if (from == to)
        return;
    if (network->fine) {
        lead_parts(network, from, to, &current);
        return;
    }
    add_exactly(&network->sum[0][from], &network->sum[1][from], -current.part[0]);
    add_exactly(&network->sum[0][to], &network->sum[1][to], current.part[0]);
}

static void lead_resistors(struct network *network, const struct potentials *v)
{
    const struct element_tables *tables = network->tables;
    const double *hi = v->part[0], *lo = v->part[1];
    if (network_goes_by_fans(network, v)) {
        network_lead_fans(network, v);
        return;
    }
    for (uint32_t q = 0; q < tables->resistors; q++) {
        uint32_t a = tables->a[q], k = tables->k[q];
        if (network->fine)
            lead(network, a, k, network_resistor_current(v, a, k, tables->resistance[q]));
        else
            lead(network, a, k, (struct qd){{((hi[a] - hi[k]) + (lo[a] - lo[k])) / tables->resistance[q]}});
    }
}

static void lead_diodes(struct network *network, const struct potentials *v)
{
    for (uint32_t d = 0; d < network->tables->diodes; d++) {
        const struct element *element = network_diode(network, d);
        uint32_t a = element->a, k = element->k;
        double m = element->value;
        if (!network->excitation.intercepts) {
            lead(network, a, k, (struct qd){{m * network_slope(network, d) * network_voltage(v, a, k).hi}});
            continue;
        }
        lead(network, a, k, network_diode_line(network, v, d));
        if (network->segment[d] == SEGMENT_CURVED && network->companion[d].g < least_slope)
            lead(network, a, k, (struct qd){{m * least_slope * network_voltage(v, a, k).hi}});
    }
}

/* sum: the current into each cluster that Kirchhoff's law is short of; most: the largest of a branch at each node. */
static void residual(struct network *network, const struct potentials *v)
{
    const struct element_tables *tables = network->tables;
    const struct excitation *excitation = &network->excitation;
    size_t trees = network->forest.trees;
    assert(!network->fine || network->fine_block);
    for (int p = 0; p < (network->fine ? QUAD_PARTS : 2); p++)
        memset(network->sum[p], 0, trees * sizeof *network->sum[p]);
    memset(network->most, 0, tables->nodes * sizeof *network->most);
    lead_resistors(network, v);
    for (uint32_t s = 0; s < tables->sources; s++) {
        const struct element *element = &network->circuit->element[tables->source[s]];
        if (excitation->current[s] != 0)
            lead(network, element->a, element->k, (struct qd){{excitation->current[s]}});
    }
    lead_diodes(network, v);
    for (uint32_t node = 1; excitation->into && node < tables->nodes; node++)
        if (excitation->into[node] != 0)
            lead(network, GROUND, node, (struct qd){{excitation->into[node]}});
    for (size_t t = 1; t < trees; t++) {
        struct dd sum = two_sum(network->sum[0][t], network->sum[1][t]);
        if (network->fine)
            sum = dd_add(sum, two_sum(network->sum[2][t], network->sum[3][t]));
        network->sum[0][t] = sum.hi;
        network->sum[1][t] = sum.lo;
    }
}

void network_residual_finely(struct network *network, const struct potentials *v)
{
    network->fine = true;
    residual(network, v);
    network->fine = false;
}

/* How much a correction changes, over what is next to nothing. */
struct change {
    double floor; /* A, and what is next to nothing of a current */
    double size;
    bool needs_parts; /* beside the rounding of two parts, some current is */
};

/* A branch that is a straight line; where there are four parts, with its current i. */
struct line {
    uint32_t a, k;
    double g, i; /* S, A */
};

/* Of a branch: where there are four parts of the potentials beside itself, else beside the largest at its nodes. */
DOUBLE_INLINE void add_change(const struct network *network, const struct potentials *v, struct line line,
                              struct change *change)
{
    uint32_t a = line.a, k = line.k;
    double volts = fabs(v->part[0][a]) + fabs(v->part[0][k]);
    uint32_t p = network->forest.tree[a], q = network->forest.tree[k];
    double low = network->fine ? network->d_low[p] - network->d_low[q] : 0;
    double moved = fabs(line.g * ((network->d[p] - network->d[q]) + low));
    double need = change->floor + network->enough * (v->parts > 2 ? fabs(line.i) : network_least(network, a, k));
    double noise = 8 * DBL_EPSILON * DBL_EPSILON * line.g * volts;
    if (v->parts > 2)
        noise *= DBL_EPSILON * DBL_EPSILON;
    else
        change->needs_parts |= noise > need;
    if (moved > change->size * (need + noise + DBL_MIN))
        change->size = moved / (need + noise + DBL_MIN);
}

static void measure_resistors(const struct network *network, const struct potentials *v, struct change *change)
{
    const struct element_tables *tables = network->tables;
    for (uint32_t q = 0; q < tables->resistors; q++) {
        uint32_t a = tables->a[q], k = tables->k[q];
        double g = 1 / tables->resistance[q], i = v->parts > 2 ? g * network_voltage(v, a, k).hi : 0;
        if (network->forest.tree[a] != network->forest.tree[k])
            add_change(network, v, (struct line){a, k, g, i}, change);
    }
}

static struct change measure(struct network *network, const struct potentials *v)
{
    const struct element_tables *tables = network->tables;
    double share = v == &network->v ? least_share : NETWORK_LEAST_SHARE;
    struct change change = {.floor = share * largest_magnitude(network->most, tables->nodes)};
    network->least = change.floor;
    if (network_goes_by_fans(network, v))
        change.size = network_measure_fans(network, v, change.floor, &change.needs_parts);
    else
        measure_resistors(network, v, &change);
    for (uint32_t d = 0; d < tables->diodes; d++) {
        const struct element *element = network_diode(network, d);
        const struct line line = {element->a, element->k, element->value * network_slope(network, d),
                                  v->parts > 2 ? network_diode_line(network, v, d).part[0] : 0};
        add_change(network, v, line, &change);
    }
    return change;
}

/* d = L^-1 r */
static enum network_status correct(struct network *network)
{
    network->d[0] = 0;
    if (network->fine)
        network->d_low[0] = 0;
    if (network->L.n == 0)
        return NETWORK_OK;
    enum factor_status status =
        network->fine ? factor_solve_finely(network->factor, network->sum[0] + 1, network->sum[1] + 1, network->d + 1,
                                            network->d_low + 1)
                      : factor_solve(network->factor, network->sum[0] + 1, network->d + 1);
    if (status != FACTOR_OK)
        network->factored = 0;
    return network_status_of(status);
}

/* Two more parts for the potentials of the answer. */
static void add_parts(struct network *network, struct potentials *v)
{
    size_t nodes = network->tables->nodes;
    memset(v->part[2], 0, nodes * sizeof *v->part[2]);
    memset(v->part[3], 0, nodes * sizeof *v->part[3]);
    v->parts = 4;
    follow_edges(network, v); /* closer than two parts could */
    network->fine = true;
}

/* The same of iterations, which come to what is asked of them by the norm of all currents: at nodes of small ones
 * less. */
static const double unseen_rate = 1e-3;

/* What is asked of the iterations of a correction: of a linear circuit's first one nearly all, so that the second finds
 * little left and tells; of nonlinear ones, whose lines change in between, the same of all. */
static double accuracy_of(const struct network *network, int step, bool curved)
{
    return curved ? 1e-8 : step == 0 && !network->approached ? NETWORK_ACCURACY : 1e-5;
}

double network_rate(const struct network *network, double before, double change)
{
    bool iterates = network_iterates(network);
    double least = iterates ? 10 * factor_residual(network->factor) : fresh_rate;
    if (isinf(before))
        return iterates ? unseen_rate : fresh_rate;
    return fmin(1, fmax(least, change / before));
}

/* Where decades are many, rounding of a correction may be far beyond what it corrects: more of them, of the same lines,
 * until they change next to nothing of what the first has. Curved laws are asked only where their lines are met. */
static enum network_status meet_lines(struct network *network, struct potentials *v, double first)
{
    enum { MORE = 4 };
    const double next_to_nothing = 1e-6;
    double change = first;
    for (int more = 0; more < MORE && change > next_to_nothing * first; more++) {
        residual(network, v);
        enum network_status status = correct(network);
        if (status != NETWORK_OK)
            return status;
        change = measure(network, v).size;
        network_apply(network, v);
    }
    return NETWORK_OK;
}

/* A correction of what v is short of; not yet applied. accuracy: of iterations. seconds: what it took is added. */
static enum network_status find_correction(struct network *network, const struct potentials *v, double accuracy,
                                           double *seconds)
{
    double mark = 0, before = 0;
    residual(network, v);
    if (network->factor)
        factor_set_accuracy(network->factor, accuracy);
    network_lap(network, &mark, &before);
    enum network_status status = correct(network);
    network_lap(network, &mark, seconds);
    return status;
}

static enum network_status iterate(struct network *network, struct potentials *v, struct solve_info *info)
{
    enum { STEPS = 150, LINEAR_STEPS = 25, LONG = 60, PATIENCE = 3 };
    bool curved = network->curves > 0 && network->excitation.intercepts;
    double before = INFINITY, off = curved ? INFINITY : 0;
    int slow = 0; /* corrections that have hardly become smaller */
    follow_edges(network, v);
    if (curved)
        network_touch(network, v);
    for (int step = 0; step < (curved ? STEPS : LINEAR_STEPS); step++) {
        bool ends = watch_ends(network->watch, network->tables->nodes);
        enum network_status status = ends ? NETWORK_UNSOLVED : network_factor(network, info);
        if (status == NETWORK_OK)
            status = find_correction(network, v, accuracy_of(network, step, curved),
                                     step == 0 ? &info->first : &info->corrections);
        if (status != NETWORK_OK)
            return status;
        struct change change = measure(network, v);
        network_apply(network, v);
        if (network->fine && !(off <= 1) && (status = meet_lines(network, v, change.size)) != NETWORK_OK)
            return status;
        if (curved && !(network->fine && off <= 1)) /* what rounds a companion would not let it come to rest */
            off = network_touch(network, v);
        double rate = network_rate(network, before, change.size);
        double left = network->fine ? change.size : change.size * rate; /* where decades are many, rates tell little */
        bool done = off <= 1 && left <= 1, more = v == &network->v && v->parts == 2;
        if (!isfinite(change.size))
            return NETWORK_UNSOLVED;
        if (done && !(change.needs_parts && more))
            return NETWORK_OK;
        slow = rate > 0.1 && off <= 1 ? slow + 1 : 0;
        bool adds = more && (done || slow == PATIENCE || (network->patient && curved && step == LONG));
        if ((slow > 0 || adds) && !network_make_fine(network))
            return NETWORK_NO_MEMORY;
        network->fine |= slow > 0;
        if (adds)
            add_parts(network, v);
        before = change.size;
    }
    return NETWORK_UNSOLVED;
}

/* What rounding of four parts leaves where a potential is 0. */
static void drop_noise(const struct network *network, const struct potentials *v)
{
    size_t nodes = network->tables->nodes;
    double least = least_part * largest_magnitude(v->part[0], nodes);
    for (int p = 0; p < v->parts; p++)
        for (size_t node = 0; node < nodes; node++)
            if (fabs(v->part[p][node]) < least)
                v->part[p][node] = 0;
}

/* Where conductances are of too many decades to iterate, by a factor. */
static enum network_status iterate_directly(struct network *network, struct potentials *v, struct solve_info *info)
{
    enum network_status direct = network_status_of(factor_turn_direct(network->factor));
    return direct == NETWORK_OK ? iterate(network, v, info) : direct;
}

enum network_status network_iterate(struct network *network, struct potentials *v, struct solve_info *info)
{
    enum network_status status = iterate(network, v, info);
    if (status == NETWORK_UNSOLVED && network_iterates(network))
        status = iterate_directly(network, v, info);
    if (status == NETWORK_OK && v->parts > 2)
        drop_noise(network, v);
    return status;
}

/* ---- from zero ---- */

enum network_status network_begin_at_zero(struct network *network, struct solve_info *info)
{
    enum network_status status = network_factor(network, info);
    if (status != NETWORK_OK || network_is_open(network))
        return status;
    memset(network->v.part[0], 0, network->tables->nodes * sizeof(double));
    memset(network->v.part[1], 0, network->tables->nodes * sizeof(double));
    return NETWORK_OK;
}

/* Does it iterate, with nothing that iterations might not see? */
static bool is_approachable(const struct network *network)
{
    return network_iterates(network) && network->acyclic && !network_is_open(network);
}

enum network_status network_correct_once(struct network *network, double accuracy, struct solve_info *info)
{
    enum network_status status =
        network->approached ? network_factor(network, info) : network_begin_at_zero(network, info);
    if (status != NETWORK_OK)
        return status;
    network->v.parts = 2;
    network->fine = false;
    network_excite(network, NETWORK_NO_SOURCE);
    follow_edges(network, &network->v);
    status = find_correction(network, &network->v, accuracy, &info->first);
    if (status == NETWORK_OK)
        network_apply(network, &network->v);
    return status;
}

enum network_status network_approach(struct network *network, double accuracy, struct solve_info *info)
{
    assert(network->tables->diodes == 0);
    enum network_status status = network_prepare(network, info);
    if (status == NETWORK_OK)
        status = is_approachable(network) ? network_correct_once(network, accuracy, info) : NETWORK_UNSOLVED;
    network->approached = status == NETWORK_OK && is_approachable(network); /* it may have turned to a factor */
    return status;
}

void network_withdraw(struct network *network)
{
    network->approached = false;
}
