/* Potentials where Kirchhoff's law holds: corrections by the factor, of what the currents of branches are short of. */
#include "convex/region_parts.h"

#include "util/exact.h"
#include <assert.h>
#include <string.h>

/* Currents less than this of the circuit's largest have no part in any answer, which may have four parts; nor have
 * parts of potentials below what four parts of the largest tell. */
static const double least_share = 1e-60, least_part = 1e-70;
static const double fresh_rate = 1e-6; /* by how much a correction is wrong at least, and while none has shown it */

void region_shift(const struct potentials *v, uint32_t node, double x)
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
static void follow_edges(const struct linear_region *region, const struct potentials *v)
{
    for (uint32_t q = 0; q < region->tree.followers; q++) {
        uint32_t node = region->follower[q], e = region->forest.via[node], up = region->forest.parent[node];
        double rise = region->excitation.voltage[e];
        for (int p = 0; p < v->parts; p++)
            v->part[p][node] = v->part[p][up];
        if (rise != 0)
            region_shift(v, node, region->edge[e].a == node ? rise : -rise);
    }
}

static void shift_by_correction(const struct linear_region *region, const struct potentials *v, uint32_t node)
{
    region_shift(v, node, region->d[region->forest.tree[node]]);
    if (region->fine)
        region_shift(v, node, region->d_low[region->forest.tree[node]]);
}

void region_apply(const struct linear_region *region, const struct potentials *v)
{
    for (uint32_t node = 0; node < region->forest.nodes; node++)
        if (region->forest.via[node] == FOREST_NO_EDGE && region->forest.tree[node] > 0)
            shift_by_correction(region, v, node);
    follow_edges(region, v);
}

/* Add x, A, to a cluster's sum. */
static inline void add_finely(struct linear_region *region, uint32_t tree, double x)
{
    for (int p = 0; p < QUAD_PARTS - 1; p++) {
        struct dd sum = two_sum(region->sum[p][tree], x);
        region->sum[p][tree] = sum.hi;
        x = sum.lo;
    }
    region->sum[QUAD_PARTS - 1][tree] += x;
}

/* Add a current that is not rounded: beside what rounding of large currents moves small ones may be nothing. */
static void lead_parts(struct linear_region *region, uint32_t from, uint32_t to, const struct qd *current)
{
    for (int p = 0; p < QUAD_PARTS && current->part[p] != 0; p++) {
        add_finely(region, from, -current->part[p]);
        add_finely(region, to, current->part[p]);
    }
}

/* Add a branch's current to what flows into the clusters at its ends. */
DOUBLE_INLINE void lead(struct linear_region *region, uint32_t a, uint32_t k, struct qd current)
{
    uint32_t from = region->forest.tree[a], to = region->forest.tree[k];
    double size = fabs(current.part[0]);
    region->most[a] = greater(region->most[a], size);
    region->most[k] = greater(region->most[k], size);
    if (from == to)
        return;
    if (region->fine) {
        lead_parts(region, from, to, &current);
        return;
    }
    add_exactly(&region->sum[0][from], &region->sum[1][from], -current.part[0]);
    add_exactly(&region->sum[0][to], &region->sum[1][to], current.part[0]);
}

static void lead_resistors(struct linear_region *region, const struct potentials *v)
{
    const struct element_tables *tables = region->tables;
    const double *hi = v->part[0], *lo = v->part[1];
    if (region_goes_by_fans(region, v)) {
        region_lead_fans(region, v);
        return;
    }
    for (uint32_t q = 0; q < tables->resistors; q++) {
        uint32_t a = tables->a[q], k = tables->k[q];
        if (region->fine)
            lead(region, a, k, region_resistor_current(v, a, k, tables->resistance[q]));
        else
            lead(region, a, k, (struct qd){{((hi[a] - hi[k]) + (lo[a] - lo[k])) / tables->resistance[q]}});
    }
}

static void lead_diodes(struct linear_region *region, const struct potentials *v)
{
    for (uint32_t d = 0; d < region->tables->diodes; d++) {
        const struct element *element = region_diode(region, d);
        uint32_t a = element->a, k = element->k;
        double m = element->value;
        if (!region->excitation.intercepts) {
            lead(region, a, k, (struct qd){{m * region_slope(region, d) * region_voltage(v, a, k).hi}});
            continue;
        }
        lead(region, a, k, region_diode_line(region, v, d));
        if (region->segment[d] == SEGMENT_CURVED && region->companion[d].g < least_slope)
            lead(region, a, k, (struct qd){{m * least_slope * region_voltage(v, a, k).hi}});
    }
}

/* sum: the current into each cluster that Kirchhoff's law is short of; most: the largest of a branch at each node. */
static void residual(struct linear_region *region, const struct potentials *v)
{
    const struct element_tables *tables = region->tables;
    const struct excitation *excitation = &region->excitation;
    size_t trees = region->forest.trees;
    assert(!region->fine || region->fine_block);
    for (int p = 0; p < (region->fine ? QUAD_PARTS : 2); p++)
        memset(region->sum[p], 0, trees * sizeof *region->sum[p]);
    memset(region->most, 0, tables->nodes * sizeof *region->most);
    lead_resistors(region, v);
    for (uint32_t s = 0; s < tables->sources; s++) {
        const struct element *element = &region->circuit->element[tables->source[s]];
        if (excitation->current[s] != 0)
            lead(region, element->a, element->k, (struct qd){{excitation->current[s]}});
    }
    lead_diodes(region, v);
    for (uint32_t node = 1; excitation->into && node < tables->nodes; node++)
        if (excitation->into[node] != 0)
            lead(region, GROUND, node, (struct qd){{excitation->into[node]}});
    for (size_t t = 1; t < trees; t++) {
        struct dd sum = two_sum(region->sum[0][t], region->sum[1][t]);
        if (region->fine)
            sum = dd_add(sum, two_sum(region->sum[2][t], region->sum[3][t]));
        region->sum[0][t] = sum.hi;
        region->sum[1][t] = sum.lo;
    }
}

void region_residual_finely(struct linear_region *region, const struct potentials *v)
{
    region->fine = true;
    residual(region, v);
    region->fine = false;
}

/* How much a correction changes, over what is next to nothing. */
struct change {
    double size;
    bool needs_parts; /* beside the rounding of two parts, some current is */
};

/* Of a branch with the current i: where there are four parts of the potentials beside itself, else beside the largest
 * at its nodes. */
DOUBLE_INLINE void add_change(const struct linear_region *region, const struct potentials *v, uint32_t a, uint32_t k,
                              double g, double i, double floor, struct change *change)
{
    double volts = fabs(v->part[0][a]) + fabs(v->part[0][k]);
    uint32_t p = region->forest.tree[a], q = region->forest.tree[k];
    double moved = fabs(g * ((region->d[p] - region->d[q]) + (region->fine ? region->d_low[p] - region->d_low[q] : 0)));
    double need = floor + region->enough * (v->parts > 2 ? fabs(i) : region_least(region, a, k));
    double noise = 8 * DBL_EPSILON * DBL_EPSILON * g * volts;
    if (v->parts > 2)
        noise *= DBL_EPSILON * DBL_EPSILON;
    else
        change->needs_parts |= noise > need;
    if (moved > change->size * (need + noise + DBL_MIN))
        change->size = moved / (need + noise + DBL_MIN);
}

static void measure_resistors(const struct linear_region *region, const struct potentials *v, double floor,
                              struct change *change)
{
    const struct element_tables *tables = region->tables;
    for (uint32_t q = 0; q < tables->resistors; q++) {
        uint32_t a = tables->a[q], k = tables->k[q];
        double g = 1 / tables->resistance[q], i = v->parts > 2 ? g * region_voltage(v, a, k).hi : 0;
        if (region->forest.tree[a] != region->forest.tree[k])
            add_change(region, v, a, k, g, i, floor, change);
    }
}

static struct change measure(struct linear_region *region, const struct potentials *v)
{
    const struct element_tables *tables = region->tables;
    struct change change = {0, false};
    double share = v == &region->v ? least_share : REGION_LEAST_SHARE;
    double floor = region->least = share * largest_magnitude(region->most, tables->nodes);
    if (region_goes_by_fans(region, v))
        change.size = region_measure_fans(region, v, floor, &change.needs_parts);
    else
        measure_resistors(region, v, floor, &change);
    for (uint32_t d = 0; d < tables->diodes; d++) {
        const struct element *element = region_diode(region, d);
        double i = v->parts > 2 ? region_diode_line(region, v, d).part[0] : 0;
        add_change(region, v, element->a, element->k, element->value * region_slope(region, d), i, floor, &change);
    }
    return change;
}

/* d = L^-1 r */
static enum region_status correct(struct linear_region *region)
{
    region->d[0] = 0;
    if (region->fine)
        region->d_low[0] = 0;
    if (region->L.n == 0)
        return REGION_OK;
    enum factor_status status =
        region->fine ? factor_solve_finely(region->factor, region->sum[0] + 1, region->sum[1] + 1, region->d + 1,
                                           region->d_low + 1)
                     : factor_solve(region->factor, region->sum[0] + 1, region->d + 1);
    if (status != FACTOR_OK)
        region->factored = 0;
    return region_status_of(status);
}

/* Two more parts for the potentials of the answer. */
static void add_parts(struct linear_region *region, struct potentials *v)
{
    size_t nodes = region->tables->nodes;
    memset(v->part[2], 0, nodes * sizeof *v->part[2]);
    memset(v->part[3], 0, nodes * sizeof *v->part[3]);
    v->parts = 4;
    follow_edges(region, v); /* closer than two parts could */
    region->fine = true;
}

/* The same of iterations, which come to what is asked of them by the norm of all currents: at nodes of small ones
 * less. */
static const double unseen_rate = 1e-3;

/* What is asked of the iterations of a correction: of a linear circuit's first one nearly all, so that the second finds
 * little left and tells; of nonlinear ones, whose lines change in between, the same of all. */
static double accuracy_of(const struct linear_region *region, int step, bool curved)
{
    return curved ? 1e-8 : step == 0 && !region->approached ? REGION_ACCURACY : 1e-5;
}

double region_rate(const struct linear_region *region, double before, double change)
{
    bool iterates = region_iterates(region);
    double least = iterates ? 10 * factor_residual(region->factor) : fresh_rate;
    if (isinf(before))
        return iterates ? unseen_rate : fresh_rate;
    return fmin(1, fmax(least, change / before));
}

/* Where decades are many, rounding of a correction may be far beyond what it corrects: more of them, of the same lines,
 * until they change next to nothing of what the first has. Curved laws are asked only where their lines are met. */
static enum region_status meet_lines(struct linear_region *region, struct potentials *v, double first)
{
    enum { MORE = 4 };
    const double next_to_nothing = 1e-6;
    double change = first;
    for (int more = 0; more < MORE && change > next_to_nothing * first; more++) {
        residual(region, v);
        enum region_status status = correct(region);
        if (status != REGION_OK)
            return status;
        change = measure(region, v).size;
        region_apply(region, v);
    }
    return REGION_OK;
}

/* A correction of what v is short of; not yet applied. accuracy: of iterations. seconds: what it took is added. */
static enum region_status find_correction(struct linear_region *region, const struct potentials *v, double accuracy,
                                          double *seconds)
{
    double mark = 0, before = 0;
    residual(region, v);
    if (region->factor)
        factor_set_accuracy(region->factor, accuracy);
    region_lap(region, &mark, &before);
    enum region_status status = correct(region);
    region_lap(region, &mark, seconds);
    return status;
}

enum region_status region_correct(struct linear_region *region, struct potentials *v, double accuracy,
                                  struct solve_info *info)
{
    follow_edges(region, v);
    enum region_status status = find_correction(region, v, accuracy, &info->first);
    if (status == REGION_OK)
        region_apply(region, v);
    return status;
}

static enum region_status iterate(struct linear_region *region, struct potentials *v, struct solve_info *info)
{
    enum { STEPS = 150, LINEAR_STEPS = 25, LONG = 60, PATIENCE = 3 };
    bool curved = region->curves > 0 && region->excitation.intercepts;
    double before = INFINITY, off = curved ? INFINITY : 0;
    int slow = 0; /* corrections that have hardly become smaller */
    follow_edges(region, v);
    if (curved)
        region_touch(region, v);
    for (int step = 0; step < (curved ? STEPS : LINEAR_STEPS); step++) {
        enum region_status status = watch_ends(region->watch, region->tables->nodes) ? REGION_UNSOLVED
                                                                                     : region_factor(region, info);
        if (status == REGION_OK)
            status = find_correction(region, v, accuracy_of(region, step, curved),
                                     step == 0 ? &info->first : &info->corrections);
        if (status != REGION_OK)
            return status;
        struct change change = measure(region, v);
        region_apply(region, v);
        if (region->fine && !(off <= 1) && (status = meet_lines(region, v, change.size)) != REGION_OK)
            return status;
        if (curved && !(region->fine && off <= 1)) /* what rounds a companion would not let it come to rest */
            off = region_touch(region, v);
        double rate = region_rate(region, before, change.size);
        double left = region->fine ? change.size : change.size * rate; /* where decades are many, rates tell little */
        bool done = off <= 1 && left <= 1, more = v == &region->v && v->parts == 2;
        if (!isfinite(change.size))
            return REGION_UNSOLVED;
        if (done && !(change.needs_parts && more))
            return REGION_OK;
        slow = rate > 0.1 && off <= 1 ? slow + 1 : 0;
        bool adds = more && (done || slow == PATIENCE || (region->patient && curved && step == LONG));
        if ((slow > 0 || adds) && !region_make_fine(region))
            return REGION_NO_MEMORY;
        region->fine |= slow > 0;
        if (adds)
            add_parts(region, v);
        before = change.size;
    }
    return REGION_UNSOLVED;
}

/* What rounding of four parts leaves where a potential is 0. */
static void drop_noise(const struct linear_region *region, const struct potentials *v)
{
    size_t nodes = region->tables->nodes;
    double least = least_part * largest_magnitude(v->part[0], nodes);
    for (int p = 0; p < v->parts; p++)
        for (size_t node = 0; node < nodes; node++)
            if (fabs(v->part[p][node]) < least)
                v->part[p][node] = 0;
}

/* Where conductances are of too many decades to iterate, by a factor. */
static enum region_status iterate_directly(struct linear_region *region, struct potentials *v, struct solve_info *info)
{
    enum region_status direct = region_status_of(factor_turn_direct(region->factor));
    return direct == REGION_OK ? iterate(region, v, info) : direct;
}

enum region_status region_iterate(struct linear_region *region, struct potentials *v, struct solve_info *info)
{
    enum region_status status = iterate(region, v, info);
    if (status == REGION_UNSOLVED && region_iterates(region))
        status = iterate_directly(region, v, info);
    if (status == REGION_OK && v->parts > 2)
        drop_noise(region, v);
    return status;
}
