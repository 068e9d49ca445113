/* How the linear circuit of the answer responds to small changes. */
#include "convex/region_parts.h"

#include <assert.h>
#include <string.h>

/* Where nothing is dead the clusters are those of the answer. */
enum region_status region_begin_response(struct linear_region *region, struct solve_info *info)
{
    enum region_status status = region_shape(region);
    if (status == REGION_OK && region_has_dead(region)) {
        region_wake(region, true);
        status = region_shape(region);
    }
    return status == REGION_OK ? region_factor(region, info) : status;
}

enum region_status region_respond(struct linear_region *region, uint32_t source, uint32_t into, uint32_t out_of,
                                  double *v, double *low, double *i, struct solve_info *info)
{
    size_t size = region->tables->nodes * sizeof(double);
    struct potentials response = {{v, low, NULL, NULL}, 2};
    assert(into < region->tables->nodes && out_of < region->tables->nodes);
    enum region_status status = region_begin_response(region, info);
    if (status == REGION_OK && region_fault(region))
        status = REGION_UNSOLVED;
    if (status == REGION_OK && !region_make_response(region))
        status = REGION_NO_MEMORY;
    if (status == REGION_OK) {
        double *currents = region->response.into;
        memset(v, 0, size);
        memset(low, 0, size);
        memset(currents, 0, size);
        currents[into] += 1;
        currents[out_of] -= 1;
        region_excite_only(region, source, currents);
        status = region_iterate(region, &response, info);
    }
    return status == REGION_OK ? region_branch_currents(region, &response, i, info) : status;
}

/* ---- the adjoint ------------------------------------------------------------------------------------------------- */

/* A weight on the current of a branch with the conductance g. */
static void weigh(const struct linear_region *region, uint32_t e, double g, double weight)
{
    const struct element *element = &region->circuit->element[e];
    region->response.into[element->a] += g * weight;
    region->response.into[element->k] -= g * weight;
}

/* What goes into the nodes comes out of ground. */
static void balance(double *into, uint32_t nodes)
{
    double sum = 0, rest = 0;
    for (uint32_t node = 1; node < nodes; node++)
        add_exactly(&sum, &rest, into[node]);
    into[GROUND] = -(sum + rest);
}

/* Currents into the nodes, and voltages along the edges. */
static void excite(struct linear_region *region, const double *node, const double *branch)
{
    const struct element_tables *tables = region->tables;
    double *into = region->response.into;
    region_excite_only(region, REGION_NO_SOURCE, into);
    if (node)
        memcpy(into, node, tables->nodes * sizeof *into);
    else
        memset(into, 0, tables->nodes * sizeof *into);
    for (uint32_t q = 0; branch && q < region->edges; q++) {
        uint32_t e = region->element[q];
        region->excitation.voltage[q] = region->edge[q].a == region->circuit->element[e].a ? branch[e] : -branch[e];
    }
    for (uint32_t q = 0; branch && q < tables->resistors; q++)
        if (branch[tables->resistor[q]] != 0)
            weigh(region, tables->resistor[q], 1 / tables->resistance[q], branch[tables->resistor[q]]);
    for (uint32_t d = 0; branch && d < tables->diodes; d++)
        if (branch[tables->diode[d]] != 0 && region_holding(region, d) == 0)
            weigh(region, tables->diode[d], region_diode(region, d)->value * region_slope(region, d),
                  branch[tables->diode[d]]);
    balance(into, tables->nodes);
}

/* Are the currents of resistors, in doubles, as good as they have to be at each cluster? sum [trees] and size [trees]
 * A: what is over there, and what that is made of; both hold what the sources bring in. */
static bool balances(const struct linear_region *region, double *sum, double *size)
{
    const double good = 1e-8; /* of derivatives 1e-6 is asked (tests/check_gradient.c) */
    const struct element_tables *tables = region->tables;
    const double *v = region->response.v;
    const uint32_t *tree = region->forest.tree;
    double worst = 0;
    for (uint32_t q = 0; q < tables->resistors; q++) {
        uint32_t a = tables->a[q], k = tables->k[q];
        double i = (v[a] - v[k]) / tables->resistance[q], magnitude = fabs(i);
        sum[tree[a]] -= i;
        sum[tree[k]] += i;
        size[tree[a]] += magnitude;
        size[tree[k]] += magnitude;
    }
    for (size_t t = 1; t < region->forest.trees; t++)
        worst = fmax(worst, fabs(sum[t]) - good * size[t]);
    return worst <= 0;
}

/* The potentials by one solution in doubles: of a circuit of resistors, sources and ideal diodes that no element but
 * these decides. False: they are not good enough, and a start for better ones. */
static bool solve_once(struct linear_region *region, enum region_status *status)
{
    double *sum = region->sum[0], *v = region->response.v, *size = region->response.size;
    const struct forest *forest = &region->forest;
    bool conducts = false;
    for (uint32_t d = 0; d < region->tables->diodes; d++)
        conducts |= region_slope(region, d) != 0;
    for (uint32_t q = 0; q < region->edges; q++)
        conducts |= region->excitation.voltage[q] != 0;
    if (conducts || region->L.n == 0 || region->fine)
        return false;
    memset(sum, 0, forest->trees * sizeof *sum);
    memset(size, 0, forest->trees * sizeof *size);
    for (uint32_t node = 1; node < forest->nodes; node++) {
        sum[forest->tree[node]] += region->response.into[node];
        size[forest->tree[node]] += fabs(region->response.into[node]);
    }
    factor_set_accuracy(region->factor, REGION_ACCURACY);
    *status = region_status_of(factor_solve(region->factor, sum + 1, region->d + 1));
    region->d[0] = 0;
    for (uint32_t node = 0; node < forest->nodes; node++)
        v[node] = region->d[forest->tree[node]];
    return *status == REGION_OK && balances(region, sum, size);
}

/* weight: i^ at first. */
static void find_weights(const struct linear_region *region, const double *branch, double *weight)
{
    const struct circuit *circuit = region->circuit;
    const struct element_tables *tables = region->tables;
    const struct potentials v = {{region->response.v, region->response.low, NULL, NULL}, 2};
    uint32_t diode = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        bool holds = element_is_voltage_defined(element);
        if (element->kind == ELEMENT_DIODE) {
            while (tables->diode[diode] != e)
                diode++;
            holds = region_holding(region, diode) != 0;
        }
        if (!holds)
            weight[e] = dd_value(dd_sub(dd_from(branch ? branch[e] : 0), region_voltage(&v, element->a, element->k)));
    }
}

/* REGION_UNSOLVED: what goes into a part without a tie to ground does not come out of it. */
static enum region_status find_ways_out(const struct linear_region *region)
{
    const struct forest *forest = &region->forest;
    const double *into = region->response.into;
    uint32_t drifting = 0;
    memset(region->sum[0], 0, forest->trees * sizeof *into);
    for (uint32_t node = 0; node < forest->nodes; node++) {
        region->sum[0][forest->tree[node]] += into[node];
        region->response.size[node] = fabs(into[node]);
    }
    enum region_status status = region_find_drifting(region, region->response.size, &drifting);
    return status == REGION_OK && drifting > 0 ? REGION_UNSOLVED : status;
}

enum region_status region_adjoint(struct linear_region *region, const double *node, const double *branch, double *weight,
                                  struct solve_info *info)
{
    enum region_status status =
        region_make_response(region) ? region_begin_response(region, info) : REGION_NO_MEMORY;
    struct potentials response = {{region->response.v, region->response.low, NULL, NULL}, 2};
    if (status == REGION_OK) {
        size_t size = region->tables->nodes * sizeof *region->response.v;
        memset(region->response.v, 0, size);
        memset(region->response.low, 0, size);
        excite(region, node, branch);
        status = find_ways_out(region);
    }
    if (status == REGION_OK && !solve_once(region, &status) && status == REGION_OK)
        status = region_iterate(region, &response, info);
    if (status == REGION_OK)
        status = region_branch_currents(region, &response, weight, info);
    if (status == REGION_OK)
        find_weights(region, branch, weight);
    return status;
}

/* ---- segments ---------------------------------------------------------------------------------------------------- */

int region_holding(const struct linear_region *region, uint32_t d)
{
    enum segment segment = region->segment[d];
    return !region_holds(region_law(region, d), segment) ? 0 : segment == SEGMENT_FORWARD ? 1 : -1;
}

/* Is a voltage a threshold, as far as rounding of potentials tells? */
static bool is_at(struct dd u, double threshold, double volts)
{
    return isfinite(threshold) &&
           fabs(dd_value(dd_sub_double(u, threshold))) <= 64 * DBL_EPSILON * (volts + fabs(threshold));
}

/* Of what the currents at a node are made, A. */
static double currents_at(const struct linear_region *region, uint32_t node)
{
    const struct element_tables *tables = region->tables;
    double size = 0;
    for (size_t q = tables->start[node]; q < tables->start[node + 1]; q++)
        size += fabs(region->op->current[tables->list[q] >> 1]);
    return size;
}

static bool is_at_kink(const struct linear_region *region, uint32_t d)
{
    const struct element *element = region_diode(region, d);
    const struct law *law = region_law(region, d);
    struct dd u = region_voltage(&region->v, element->a, element->k);
    double volts = fabs(region->v.part[0][element->a]) + fabs(region->v.part[0][element->k]);
    if (law->curve) {
        double near = 64 * DBL_EPSILON * volts, here = law_at(law, u, 0).slope;
        return law->curve->kind == CURVE_TABLE && (law_at(law, u, near).slope != here ||
                                                   law_at(law, dd_sub_double(u, near), 0).slope != here);
    }
    if (region_holding(region, d) == 0)
        return (law->g_on != law->g_off && is_at(u, law->v_fwd, volts)) ||
               (law->g_rev != law->g_off && is_at(u, -law->v_rev, volts));
    double beyond = region->op->current[region->tables->diode[d]] - element->value * law->g_off * dd_value(u);
    return fabs(beyond) <= 64 * DBL_EPSILON * currents_at(region, element->a);
}

uint32_t region_kinks(const struct linear_region *region)
{
    uint32_t kinks = 0;
    for (uint32_t d = 0; d < region->tables->diodes; d++)
        kinks += is_at_kink(region, d);
    return kinks;
}
