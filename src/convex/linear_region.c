#include "convex/region_parts.h"

#include "util/kernel.h"
#include <assert.h>
#include <string.h>

static const double enough_finely = 1e-27; /* REGION_ENOUGH where the sums over sets of nodes ask for more */

/* ---- segments ---------------------------------------------------------------------------------------------------- */

void region_set_segment(struct linear_region *region, uint32_t d, enum segment segment)
{
    const struct law *law = region_law(region, d);
    if (law->curve || region->segment[d] == segment)
        return;
    const struct element *element = region_diode(region, d);
    bool inner = region->clustered > 0 && region->forest.tree[element->a] == region->forest.tree[element->k];
    if (inner || region_holds(law, segment) || region_holds(law, region->segment[d]))
        region->version.clusters++;
    else
        region->version.flows++;
    region->version.segments++;
    region->segment[d] = (unsigned char)segment;
}

void region_take(struct linear_region *region)
{
    const struct operating_point *op = region->op;
    for (uint32_t d = 0; d < region->tables->diodes; d++) {
        const struct element *element = region_diode(region, d);
        const struct law *law = region_law(region, d);
        double u = dd_value(region_voltage(&region->v, element->a, element->k));
        double more = op->current[region->tables->diode[d]] - element->value * law_current(law, u);
        enum segment segment = SEGMENT_MIDDLE;
        if (law->g_on != law->g_off && (isinf(law->g_on) ? more > 0 : u > law->v_fwd))
            segment = SEGMENT_FORWARD;
        else if (law->g_rev != law->g_off && (isinf(law->g_rev) ? more < 0 : u < -law->v_rev))
            segment = SEGMENT_REVERSE;
        region_set_segment(region, d, segment);
    }
}

void region_forget_companions(struct linear_region *region)
{
    if (region->curves == 0)
        return;
    memset(region->companion, 0, region->tables->diodes * sizeof *region->companion);
    memset(region->slope, 0, region->tables->diodes * sizeof *region->slope);
    region->factored = 0;
    region->fine = false;
}

/* Clusters of loops have to close with the values that are new, and diodes in them may come to their thresholds. */
static void reconsider_loops(struct linear_region *region)
{
    if (region->clustered > 0 && (!region->acyclic || region->enclosed))
        region_remake_clusters(region);
}

void region_revalued(struct linear_region *region)
{
    region->version.resistances++;
    region->version.segments++;
    region->line.settled = false;
    reconsider_loops(region);
}

void region_follow(struct linear_region *region, uint32_t source, bool in_any_order)
{
    region->line.source = source;
    region->line.in_any_order = in_any_order;
    region->line.settled = false;
    region->line.centre_found = region->line.direction_found = 0;
    region->line.pasts = 0;
}

void region_source_changed(struct linear_region *region, uint32_t element)
{
    if (region->circuit->element[element].kind == ELEMENT_VSOURCE)
        reconsider_loops(region);
    if (element == region->line.source)
        return;
    region->line.centre_found = 0;
    region->line.pasts = 0;
}

/* ---- points ------------------------------------------------------------------------------------------------------ */

KERNEL
static void on_line(uint32_t nodes, const struct potentials *centre, const struct potentials *direction, double s,
                    double *restrict hi, double *restrict lo)
{
    const double *restrict c = centre->part[0], *restrict c_lo = centre->part[1];
    const double *restrict d = direction->part[0], *restrict d_lo = direction->part[1];
    KERNEL_EACH
    for (uint32_t node = 0; node < nodes; node++) {
        struct dd v = dd_mul_double((struct dd){d[node], d_lo[node]}, s);
        v = dd_add(v, (struct dd){c[node], c_lo[node]});
        hi[node] = v.hi;
        lo[node] = v.lo;
    }
}

/* v = centre + s direction, where what is missing of the two is found first. */
static enum region_status line_point(struct linear_region *region, struct solve_info *info)
{
    struct source_line *line = &region->line;
    enum region_status status = region_make_line(region) ? REGION_OK : REGION_NO_MEMORY;
    if (status == REGION_OK && line->direction_found != region->version.segments) {
        region->fine = false; /* where a diode just changes its segment more is asked than of the points that follow */
        region_excite_only(region, line->source, NULL);
        status = region_iterate(region, &line->direction, info);
        line->direction_found = status == REGION_OK ? region->version.segments : 0;
    }
    if (status == REGION_OK && line->centre_found != region->version.segments) {
        region_excite(region, line->source);
        status = region_iterate(region, &line->centre, info);
        line->centre_found = status == REGION_OK ? region->version.segments : 0;
    }
    region_excite(region, REGION_NO_SOURCE);
    if (status == REGION_OK)
        on_line(region->tables->nodes, &line->centre, &line->direction, region->circuit->element[line->source].value,
                region->v.part[0], region->v.part[1]);
    return status;
}

/* Start from the potentials that the last answers extrapolate to (Newton's polynomial at equal steps). */
static void extrapolate(struct linear_region *region)
{
    struct source_line *line = &region->line;
    double s = region->circuit->element[line->source].value;
    double *hi = region->v.part[0], weight[4];
    if (line->pasts < 2)
        return;
    for (int p = 0; p < line->pasts; p++) {
        weight[p] = 1;
        for (int q = 0; q < line->pasts; q++)
            if (q != p)
                weight[p] *= (s - line->value[q]) / (line->value[p] - line->value[q]);
    }
    for (uint32_t node = 1; node < region->tables->nodes; node++) {
        double sum = 0;
        for (int p = 0; p < line->pasts; p++)
            sum += weight[p] * line->past[p][node];
        hi[node] = sum;
        region->v.part[1][node] = 0;
    }
}

static bool remember(struct linear_region *region)
{
    struct source_line *line = &region->line;
    double s = region->circuit->element[line->source].value;
    if (!region_make_line(region))
        return false;
    if (line->pasts > 0 && s == line->value[0])
        return true;
    double *oldest = line->past[3];
    for (int p = 3; p > 0; p--) {
        line->past[p] = line->past[p - 1];
        line->value[p] = line->value[p - 1];
    }
    line->past[0] = oldest;
    line->value[0] = s;
    memcpy(oldest, region->v.part[0], region->tables->nodes * sizeof *oldest);
    line->pasts += line->pasts < 4;
    return true;
}

/* Where nothing floats a linear circuit needs no potentials to begin with, and what has 0 V gets exactly that. */
static enum region_status begin_at_zero(struct linear_region *region, struct solve_info *info)
{
    enum region_status status = region_factor(region, info);
    if (status != REGION_OK || region_is_open(region))
        return status;
    memset(region->v.part[0], 0, region->tables->nodes * sizeof(double));
    memset(region->v.part[1], 0, region->tables->nodes * sizeof(double));
    return REGION_OK;
}

/* Finely where that is asked for, and for some points after one has needed it. */
static void begin_fineness(struct linear_region *region)
{
    bool refines = region->enough < REGION_ENOUGH;
    region->fine = refines || (region->fine && region->fine_left > 0);
    if (region->fine && !refines)
        region->fine_left--;
}

/* The longer, the more often in a row it was needed. */
static void end_fineness(struct linear_region *region, bool began_fine)
{
    enum { LONGEST = 63 };
    if (!region->fine)
        region->fine_span = 0;
    else if (!began_fine)
        region->fine_left = region->fine_span = 2 * region->fine_span < LONGEST ? 2 * region->fine_span + 1 : LONGEST;
}

/* Does it iterate, with nothing that iterations might not see? */
static bool is_approachable(const struct linear_region *region)
{
    return region_iterates(region) && region->acyclic && !region_is_open(region);
}

/* The first correction of a point, by iterations to this accuracy. */
static enum region_status correct_once(struct linear_region *region, double accuracy, struct solve_info *info)
{
    enum region_status status = region->approached ? region_factor(region, info) : begin_at_zero(region, info);
    if (status != REGION_OK)
        return status;
    region->v.parts = 2;
    region->fine = false;
    region_excite(region, REGION_NO_SOURCE);
    return region_correct(region, &region->v, accuracy, info);
}

enum region_status region_approach(struct linear_region *region, double accuracy, struct solve_info *info)
{
    assert(region->tables->diodes == 0);
    enum region_status status = region_prepare(region, info);
    if (status == REGION_OK)
        status = is_approachable(region) ? correct_once(region, accuracy, info) : REGION_UNSOLVED;
    region->approached = status == REGION_OK && is_approachable(region); /* it may have turned to a factor */
    return status;
}

void region_withdraw(struct linear_region *region)
{
    region->approached = false;
}

enum region_status region_expect_many(struct linear_region *region, struct solve_info *info)
{
    if (region->linear == FACTOR_CHEAPEST || region->linear == FACTOR_SERIAL) {
        region->linear = region->linear == FACTOR_SERIAL ? FACTOR_CHOLESKY : FACTOR_CHEAPEST_FOR_MANY;
        region_release(region);
    }
    return region_prepare(region, info);
}

enum region_status region_point(struct linear_region *region, struct solve_info *info)
{
    bool followed = region->line.source != REGION_NO_SOURCE, curved = region->curves > 0;
    region_wake(region, false);
    enum region_status status = region_shape(region);
    if (status != REGION_OK)
        return status;
    region->v.parts = 2;
    begin_fineness(region);
    bool began_fine = region->fine;
    /* the second point of a region, unless it is refined */
    bool on_a_line = followed && !curved && region->factored > 0 && !(region->enough < REGION_ENOUGH) &&
                     (region->line.settled || !region->line.in_any_order);
    if (on_a_line && (status = line_point(region, info)) == REGION_UNSOLVED)
        on_a_line = false; /* its two parts do not tell what is small: from the potentials that are there */
    if (status == REGION_NO_MEMORY)
        return status;
    if (!on_a_line) {
        if (curved && followed)
            extrapolate(region);
        else if (!curved && !region->approached && (status = begin_at_zero(region, info)) != REGION_OK)
            return status;
        region_excite(region, REGION_NO_SOURCE);
        status = region_iterate(region, &region->v, info);
    }
    region->approached = region->approached && status == REGION_OK;
    end_fineness(region, began_fine);
    if (status == REGION_OK)
        status = region_branch_currents(region, &region->v, region->op->current, info);
    if (status == REGION_OK && followed && curved && !remember(region))
        status = REGION_NO_MEMORY;
    return status;
}

enum region_status region_currents(struct linear_region *region, struct solve_info *info)
{
    region_wake(region, false);
    enum region_status status = region_shape(region);
    if (status != REGION_OK)
        return status;
    region->v.parts = 2;
    region_excite(region, REGION_NO_SOURCE);
    region_touch(region, &region->v);
    return region_branch_currents(region, &region->v, region->op->current, info);
}

/* Where more is dead by now, or may be less, the clusters are made anew, and currents there are not noise but none;
 * where blocks meet clusters elsewhere by now *again is true: currents have to be found again. */
static enum region_status reconsider_dead(struct linear_region *region, bool *again)
{
    size_t size = region->tables->nodes * sizeof *region->meets;
    if (region->searched == region->version.flows)
        return REGION_OK;
    memcpy(region->tree.leaving, region->meets, size);
    if (!region_has_dead(region) && !region_add_dead(region))
        return REGION_NO_MEMORY;
    *again = region_has_dead(region) || memcmp(region->tree.leaving, region->meets, size) != 0;
    if (region_has_dead(region))
        region->version.clusters++;
    region->searched = region->version.flows;
    return REGION_OK;
}

/* Where it iterates, the first correction alone tells most of the diodes that object, and the others would be for
 * nothing; where none does, it is where the point begins. */
static enum region_status glance(struct linear_region *region, uint32_t *objections, struct solve_info *info)
{
    *objections = 0;
    if (region->tables->diodes == 0 || region->curves > 0 || region->line.source != REGION_NO_SOURCE)
        return REGION_OK;
    enum region_status status = region_prepare(region, info);
    if (status != REGION_OK || !region_iterates(region) || region_is_open(region))
        return status;
    bool is_fine = region->fine;
    status = correct_once(region, REGION_ACCURACY, info);
    if (status == REGION_OK)
        status = region_branch_currents(region, &region->v, region->op->current, info);
    if (status == REGION_OK)
        *objections = region_object(region);
    region->approached = status == REGION_OK && *objections == 0 && region_iterates(region);
    region->fine = is_fine;
    return status == REGION_NO_MEMORY ? status : REGION_OK; /* the point has its own say */
}

/* Glances as long as ever fewer diodes object, at most `most`; *steps of them, in which some did. */
static enum region_status glance_about(struct linear_region *region, int most, int *steps, struct solve_info *info)
{
    enum region_status status = REGION_OK;
    uint32_t before, objections = UINT32_MAX;
    do {
        before = objections;
        status = glance(region, &objections, info);
        *steps += objections > 0;
    } while (status == REGION_OK && objections > 0 && objections < before && *steps < most);
    return status;
}

enum region_status region_solve(struct linear_region *region, int most, struct solve_info *info)
{
    enum { STRIKES = 3 };
    uint32_t best = UINT32_MAX;
    int strikes = 0, step = 0;
    enum region_status status = most > 1 ? glance_about(region, most, &step, info) : REGION_OK;
    if (status != REGION_OK)
        return status;
    for (; step < most && strikes < STRIKES; step++) {
        status = region_point(region, info);
        region->approached = region->approached && region->tables->diodes == 0; /* it was for this point alone */
        if (status != REGION_OK)
            return status;
        uint32_t drifting = 0, objections = region_object(region);
        if (objections == 0 && (status = region_find_drifting(region, region->most, &drifting)) != REGION_OK)
            return status;
        objections += drifting;
        bool again = false;
        if (objections == 0 && (status = reconsider_dead(region, &again)) != REGION_OK)
            return status;
        if (objections == 0 && !again && region->clustered == region->version.clusters) {
            region->line.settled = step == 0;
            return REGION_OK;
        }
        if (objections == 0)
            continue;
        strikes += objections >= best;
        best = objections < best ? objections : best;
    }
    return REGION_UNSOLVED;
}

enum region_status region_refine(struct linear_region *region, struct solve_info *info)
{
    enum { REFINE_STEPS = 8 }; /* what was rounding before may now tell a diode's segment */
    region_wake(region, false);
    enum region_status status = region_shape(region);
    if (status != REGION_OK)
        return status;
    region->linear = FACTOR_CHOLESKY; /* iterations may not see what ties a part to the rest */
    region_release(region);
    if (!region_make_fine(region))
        return REGION_NO_MEMORY;
    region->enough = enough_finely;
    status = region_solve(region, REFINE_STEPS, info);
    region->enough = REGION_ENOUGH;
    return status;
}

void region_be_patient(struct linear_region *region, bool patient)
{
    region->patient = patient;
}

void region_watch(struct linear_region *region, struct watch *watch)
{
    region->watch = watch;
}

const char *region_fault(const struct linear_region *region)
{
    if (!region->acyclic)
        return "voltage sources, shorts or conducting ideal diodes form a loop";
    return region_is_open(region) ? "a part of the circuit has no path for a direct current to ground" : NULL;
}

enum region_status region_prepare(struct linear_region *region, struct solve_info *info)
{
    region_wake(region, false);
    enum region_status status = region_shape(region);
    return status == REGION_OK ? region_analyse(region, info) : status;
}

double region_flops(const struct linear_region *region)
{
    return region->factor ? factor_flops(region->factor) : 0;
}

uint32_t region_unknowns(const struct linear_region *region)
{
    return (uint32_t)region->L.n;
}

size_t region_nonzeros(const struct linear_region *region)
{
    if (!region->L.p)
        return 0;
    return ((size_t)region->L.p[region->L.n] + (size_t)region->L.n) / 2;
}

enum factor_kind region_served_by(const struct linear_region *region)
{
    return region->L.n > 0 ? factor_kind(region->factor) : FACTOR_NONE;
}
