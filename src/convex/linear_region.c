#include "convex/linear_region.h"

#include "convex/network_parts.h"
#include "convex/source_line.h"
#include <stdlib.h>

static const double enough_finely = 1e-27; /* NETWORK_ENOUGH where the sums over sets of nodes ask for more */

struct linear_region {
    struct network *network;
    struct source_line line;
    uint32_t fine_left, fine_span; /* points that remain fine, of those after one that was not so from its beginning */
};

struct linear_region *region_new(const struct circuit *circuit, const struct element_tables *tables,
                                 enum factor_choice linear, struct operating_point *op)
{
    struct linear_region *region = calloc(1, sizeof *region);
    if (!region)
        return NULL;
    source_line_follow(&region->line, NETWORK_NO_SOURCE, false);
    region->network = network_new(circuit, tables, linear, op);
    if (region->network)
        return region;
    region_free(region);
    return NULL;
}

void region_free(struct linear_region *region)
{
    if (!region)
        return;
    network_free(region->network);
    source_line_free(&region->line);
    free(region);
}

struct network *region_network(struct linear_region *region)
{
    return region->network;
}

/* ---- what changes ------------------------------------------------------------------------------------------------ */

void region_revalued(struct linear_region *region)
{
    network_revalued(region->network);
}

void region_follow(struct linear_region *region, uint32_t source, bool in_any_order)
{
    source_line_follow(&region->line, source, in_any_order);
}

void region_source_changed(struct linear_region *region, uint32_t element)
{
    network_source_changed(region->network, element);
    if (element != region->line.source)
        source_line_forget(&region->line);
}

/* ---- segments ---------------------------------------------------------------------------------------------------- */

void region_take(struct linear_region *region)
{
    struct network *network = region->network;
    for (uint32_t d = 0; d < network->tables->diodes; d++) {
        const struct element *element = network_diode(network, d);
        const struct law *law = network_law(network, d);
        double u = dd_value(network_voltage(&network->v, element->a, element->k));
        double more = network->op->current[network->tables->diode[d]] - element->value * law_current(law, u);
        enum segment segment = SEGMENT_MIDDLE;
        if (law->g_on != law->g_off && (isinf(law->g_on) ? more > 0 : u > law->v_fwd))
            segment = SEGMENT_FORWARD;
        else if (law->g_rev != law->g_off && (isinf(law->g_rev) ? more < 0 : u < -law->v_rev))
            segment = SEGMENT_REVERSE;
        network_set_segment(network, d, segment);
    }
}

/* How far u is beyond a threshold: > 0 beyond, < 0 not, 0 within rounding. volts: the sum of both potentials' sizes. */
static int beyond(struct dd u, double threshold, double volts, double rounding)
{
    double far = u.hi - threshold;
    if (fabs(far) > 1e-9 * (fabs(threshold) + volts))
        return far > 0 ? 1 : -1;
    double excess = dd_value(dd_sub_double(u, threshold));
    return excess > rounding ? 1 : excess < -rounding ? -1 : 0;
}

/* Is u far from the thresholds of a law, and beyond none? */
static inline bool is_clear(const struct law *law, double u, double volts)
{
    double near = 1e-9 * (volts + law->v_fwd);
    return u < law->v_fwd - near && (isinf(law->v_rev) || -u < law->v_rev - 1e-9 * (volts + law->v_rev));
}

static enum segment wanted(const struct network *network, uint32_t d, const struct element *element,
                           const struct law *law)
{
    double va = network->v.part[0][element->a], vk = network->v.part[0][element->k];
    if (is_clear(law, va - vk, fabs(va) + fabs(vk)))
        return SEGMENT_MIDDLE;
    struct dd u = network_voltage(&network->v, element->a, element->k), back = {-u.hi, -u.lo};
    double volts = fabs(va) + fabs(vk), rounding = network_rounding(&network->v, element->a, element->k);
    int above = law->g_on != law->g_off ? beyond(u, law->v_fwd, volts, rounding) : -1;
    int below = law->g_rev != law->g_off && !isinf(law->v_rev) ? beyond(back, law->v_rev, volts, rounding) : -1;
    enum segment present = network->segment[d];
    if ((above == 0 && present == SEGMENT_FORWARD) || (below == 0 && present == SEGMENT_REVERSE))
        return present; /* both parts are right there */
    return above > 0 ? SEGMENT_FORWARD : below > 0 ? SEGMENT_REVERSE : SEGMENT_MIDDLE;
}

uint32_t region_object(struct linear_region *region)
{
    struct network *network = region->network;
    uint32_t objections = 0;
    for (uint32_t d = 0; d < network->tables->diodes; d++) {
        enum segment segment = network->segment[d];
        const struct element *element = network_diode(network, d);
        const struct law *law = &network->circuit->law[element->law];
        enum segment asked =
            segment == SEGMENT_CURVED || network_holds(law, segment) ? segment : wanted(network, d, element, law);
        objections += asked != segment;
        if (asked != segment)
            network_set_segment(network, d, asked);
    }
    for (uint32_t e = 0; e < network->tree.holding; e++) /* ideal diodes that conduct backwards */
        if (network->one_way[e] && network->flow[e] < -network->tree.noise[network_follower(network, e)]) {
            network_set_segment(network, network_diode_of(network, network->element[e]), SEGMENT_MIDDLE);
            objections++;
        }
    return objections;
}

/* ---- points ------------------------------------------------------------------------------------------------------ */

/* Finely where that is asked for, and for some points after one has needed it. */
static void begin_fineness(struct linear_region *region)
{
    struct network *network = region->network;
    bool refines = network->enough < NETWORK_ENOUGH;
    network->fine = refines || (network->fine && region->fine_left > 0);
    if (network->fine && !refines)
        region->fine_left--;
}

/* The longer, the more often in a row it was needed. */
static void end_fineness(struct linear_region *region, bool began_fine)
{
    enum { LONGEST = 63 };
    if (!region->network->fine)
        region->fine_span = 0;
    else if (!began_fine)
        region->fine_left = region->fine_span = 2 * region->fine_span < LONGEST ? 2 * region->fine_span + 1 : LONGEST;
}

/* Is the point to be found on the line of its source? It is not the first of a network, nor refined. */
static bool is_on_a_line(const struct linear_region *region)
{
    const struct network *network = region->network;
    const struct source_line *line = &region->line;
    bool serves = !line->in_any_order || line->settled == network->version.segments;
    return line->source != NETWORK_NO_SOURCE && serves && network->curves == 0 && network->factored > 0 &&
           !(network->enough < NETWORK_ENOUGH);
}

/* The potentials of a point that is not on a line, from those that there are or are likely. */
static enum network_status find_potentials(struct linear_region *region, struct solve_info *info)
{
    struct network *network = region->network;
    if (network->curves > 0 && region->line.source != NETWORK_NO_SOURCE)
        source_line_extrapolate(&region->line, network);
    else if (network->curves == 0 && !network->approached) {
        enum network_status status = network_begin_at_zero(network, info);
        if (status != NETWORK_OK)
            return status;
    }
    network_excite(network, NETWORK_NO_SOURCE);
    return network_iterate(network, &network->v, info);
}

enum network_status region_point(struct linear_region *region, struct solve_info *info)
{
    struct network *network = region->network;
    network_wake(network, false);
    enum network_status status = network_shape(network);
    /* Room for the line of a source: where one is followed, and as soon as one has changed, since a later solve may
     * follow it, and nothing is allocated from the third on. */
    bool may_be_on_a_line = region->line.source != NETWORK_NO_SOURCE || network->circuit->version.sources > 1;
    if (status == NETWORK_OK && may_be_on_a_line && !source_line_make_room(&region->line, network->tables->nodes))
        status = NETWORK_NO_MEMORY;
    if (status != NETWORK_OK)
        return status;
    network->v.parts = 2;
    begin_fineness(region);
    bool began_fine = network->fine;
    status = is_on_a_line(region) ? source_line_point(&region->line, network, info) : NETWORK_UNSOLVED;
    if (status == NETWORK_UNSOLVED) /* nor do the two parts of a line tell what is small */
        status = find_potentials(region, info);
    network->approached = network->approached && status == NETWORK_OK;
    end_fineness(region, began_fine);
    if (status == NETWORK_OK)
        status = network_branch_currents(network, &network->v, network->op->current, info);
    if (status == NETWORK_OK && region->line.source != NETWORK_NO_SOURCE && network->curves > 0)
        source_line_remember(&region->line, network);
    return status;
}

/* ---- from region to region --------------------------------------------------------------------------------------- */

/* Where it iterates, the first correction alone tells most of the diodes that object, and the others would be for
 * nothing; where none does, it is where the point begins. */
static enum network_status glance(struct linear_region *region, uint32_t *objections, struct solve_info *info)
{
    struct network *network = region->network;
    *objections = 0;
    if (network->tables->diodes == 0 || network->curves > 0 || region->line.source != NETWORK_NO_SOURCE)
        return NETWORK_OK;
    enum network_status status = network_prepare(network, info);
    if (status != NETWORK_OK || !network_iterates(network) || network_is_open(network))
        return status;
    bool is_fine = network->fine;
    status = network_correct_once(network, NETWORK_ACCURACY, info);
    if (status == NETWORK_OK)
        status = network_branch_currents(network, &network->v, network->op->current, info);
    if (status == NETWORK_OK)
        *objections = region_object(region);
    network->approached = status == NETWORK_OK && *objections == 0 && network_iterates(network);
    network->fine = is_fine;
    return status == NETWORK_NO_MEMORY ? status : NETWORK_OK; /* the point has its own say */
}

/* Glances as long as ever fewer diodes object, at most `most`; *steps of them, in which some did. */
static enum network_status glance_about(struct linear_region *region, int most, int *steps, struct solve_info *info)
{
    enum network_status status = NETWORK_OK;
    uint32_t before, objections = UINT32_MAX;
    do {
        before = objections;
        status = glance(region, &objections, info);
        *steps += objections > 0;
    } while (status == NETWORK_OK && objections > 0 && objections < before && *steps < most);
    return status;
}

enum network_status region_solve(struct linear_region *region, int most, struct solve_info *info)
{
    enum { STRIKES = 3 };
    struct network *network = region->network;
    uint32_t best = UINT32_MAX;
    int strikes = 0, step = 0;
    enum network_status status = most > 1 ? glance_about(region, most, &step, info) : NETWORK_OK;
    if (status != NETWORK_OK)
        return status;
    for (; step < most && strikes < STRIKES; step++) {
        status = region_point(region, info);
        network->approached = network->approached && network->tables->diodes == 0; /* it was for this point alone */
        if (status != NETWORK_OK)
            return status;
        uint32_t drifting = 0, objections = region_object(region);
        if (objections == 0 && (status = network_find_drifting(network, network->most, &drifting)) != NETWORK_OK)
            return status;
        objections += drifting;
        bool again = false;
        if (objections == 0 && (status = network_reconsider_dead(network, &again)) != NETWORK_OK)
            return status;
        if (objections == 0 && !again && network->clustered == network->version.clusters) {
            region->line.settled = step == 0 ? network->version.segments : 0;
            return NETWORK_OK;
        }
        if (objections == 0)
            continue;
        strikes += objections >= best;
        best = objections < best ? objections : best;
    }
    return NETWORK_UNSOLVED;
}

enum network_status region_refine(struct linear_region *region, struct solve_info *info)
{
    enum { REFINE_STEPS = 8 }; /* what was rounding before may now tell a diode's segment */
    struct network *network = region->network;
    network_wake(network, false);
    enum network_status status = network_shape(network);
    if (status != NETWORK_OK)
        return status;
    network->linear = FACTOR_CHOLESKY; /* iterations may not see what ties a part to the rest */
    network_release(network);
    if (!network_make_fine(network))
        return NETWORK_NO_MEMORY;
    network->enough = enough_finely;
    status = region_solve(region, REFINE_STEPS, info);
    network->enough = NETWORK_ENOUGH;
    return status;
}
