/* How the linear circuit of the answer responds to small changes. */
#include "convex/network_parts.h"

#include "linear/port_resistances.h"
#include "util/array.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Where nothing is dead the clusters are those of the answer. */
static enum network_status begin_response(struct network *network, struct solve_info *info)
{
    enum network_status status = network_shape(network);
    if (status == NETWORK_OK && network_has_dead(network)) {
        network_wake(network, true);
        status = network_shape(network);
    }
    return status == NETWORK_OK ? network_factor(network, info) : status;
}

enum network_status network_respond(struct network *network, uint32_t source, uint32_t into, uint32_t out_of,
                                    const struct response *response, struct solve_info *info)
{
    size_t size = network->tables->nodes * sizeof(double);
    struct potentials v = {{response->v, response->low, NULL, NULL}, 2};
    assert(into < network->tables->nodes && out_of < network->tables->nodes);
    enum network_status status = begin_response(network, info);
    if (status == NETWORK_OK && network_fault(network))
        status = NETWORK_UNSOLVED;
    if (status == NETWORK_OK && !network_make_response(network))
        status = NETWORK_NO_MEMORY;
    if (status == NETWORK_OK) {
        double *currents = network->response.into;
        memset(response->v, 0, size);
        memset(response->low, 0, size);
        memset(currents, 0, size);
        currents[into] += 1;
        currents[out_of] -= 1;
        network_excite_only(network, source, currents);
        status = network_iterate(network, &v, info);
    }
    return status == NETWORK_OK ? network_branch_currents(network, &v, response->i, info) : status;
}

/* ---- resistances ------------------------------------------------------------------------------------------------- */

/* The unknowns that are nodes' potentials. NULL when memory is out. */
static int32_t *find_unknowns(const struct network *network, uint32_t nodes, const uint32_t *node)
{
    int32_t *unknown = array_new(nodes, sizeof *unknown);
    for (uint32_t m = 0; unknown && m < nodes; m++)
        unknown[m] = forest_unknown(&network->forest, node[m]);
    return unknown;
}

enum network_status network_resistances(struct network *network, uint32_t nodes, const uint32_t *node, double accuracy,
                                        double *ohm, struct solve_info *info)
{
    enum network_status status = begin_response(network, info);
    if (status == NETWORK_OK && network_fault(network))
        status = NETWORK_UNSOLVED;
    int32_t *unknown = status == NETWORK_OK ? find_unknowns(network, nodes, node) : NULL;
    if (status == NETWORK_OK && !unknown)
        status = NETWORK_NO_MEMORY;
    if (status == NETWORK_OK && network->L.n > 0) {
        factor_set_accuracy(network->factor, accuracy);
        status = network_status_of(port_resistances(network->factor, network->L.n, nodes, unknown, ohm));
    }
    free(unknown);
    return status;
}

enum network_status network_resistances_nearby(struct network *network, uint32_t nodes, const uint32_t *node,
                                               uint32_t most, double *ohm)
{
    int32_t *unknown = find_unknowns(network, nodes, node), room = most < INT32_MAX ? (int32_t)most : INT32_MAX;
    enum factor_status status = FACTOR_NO_MEMORY;
    if (unknown)
        status = port_resistances_nearby(&network->L, network->ground, nodes, unknown, room, ohm);
    free(unknown);
    return network_status_of(status);
}

/* ---- the adjoint ------------------------------------------------------------------------------------------------- */

/* A weight on the current of a branch with the conductance g. */
static void weigh(const struct network *network, uint32_t e, double g, double weight)
{
    const struct element *element = &network->circuit->element[e];
    network->response.into[element->a] += g * weight;
    network->response.into[element->k] -= g * weight;
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
static void excite(struct network *network, const double *node, const double *branch)
{
    const struct element_tables *tables = network->tables;
    double *into = network->response.into;
    network_excite_only(network, NETWORK_NO_SOURCE, into);
    if (node)
        memcpy(into, node, tables->nodes * sizeof *into);
    else
        memset(into, 0, tables->nodes * sizeof *into);
    for (uint32_t q = 0; branch && q < network->edges; q++) {
        uint32_t e = network->element[q];
        network->excitation.voltage[q] = network->edge[q].a == network->circuit->element[e].a ? branch[e] : -branch[e];
    }
    for (uint32_t q = 0; branch && q < tables->resistors; q++)
        if (branch[tables->resistor[q]] != 0)
            weigh(network, tables->resistor[q], 1 / tables->resistance[q], branch[tables->resistor[q]]);
    for (uint32_t d = 0; branch && d < tables->diodes; d++)
        if (branch[tables->diode[d]] != 0 && network_holding(network, d) == 0)
            weigh(network, tables->diode[d], network_diode(network, d)->value * network_slope(network, d),
                  branch[tables->diode[d]]);
    balance(into, tables->nodes);
}

/* Are the currents of resistors, in doubles, as good as they have to be at each cluster? sum [trees] and size [trees]
 * A: what is over there, and what that is made of; both hold what the sources bring in. */
static bool balances(const struct network *network, double *sum, double *size)
{
    const double good = 1e-8; /* of derivatives 1e-6 is asked (tests/check_gradient.c) */
    const struct element_tables *tables = network->tables;
    const double *v = network->response.v;
    const uint32_t *tree = network->forest.tree;
    double worst = 0;
    for (uint32_t q = 0; q < tables->resistors; q++) {
        uint32_t a = tables->a[q], k = tables->k[q];
        double i = (v[a] - v[k]) / tables->resistance[q], magnitude = fabs(i);
        sum[tree[a]] -= i;
        sum[tree[k]] += i;
        size[tree[a]] += magnitude;
        size[tree[k]] += magnitude;
    }
    for (size_t t = 1; t < network->forest.trees; t++)
        worst = fmax(worst, fabs(sum[t]) - good * size[t]);
    return worst <= 0;
}

/* The potentials by one solution in doubles: of a circuit of resistors, sources and ideal diodes that no element but
 * these decides. False: they are not good enough, and a start for better ones. */
static bool solve_once(struct network *network, enum network_status *status)
{
    double *sum = network->sum[0], *v = network->response.v, *size = network->response.size;
    const struct forest *forest = &network->forest;
    bool conducts = false;
    for (uint32_t d = 0; d < network->tables->diodes; d++)
        conducts |= network_slope(network, d) != 0;
    for (uint32_t q = 0; q < network->edges; q++)
        conducts |= network->excitation.voltage[q] != 0;
    if (conducts || network->L.n == 0 || network->fine)
        return false;
    memset(sum, 0, forest->trees * sizeof *sum);
    memset(size, 0, forest->trees * sizeof *size);
    for (uint32_t node = 1; node < forest->nodes; node++) {
        sum[forest->tree[node]] += network->response.into[node];
        size[forest->tree[node]] += fabs(network->response.into[node]);
    }
    factor_set_accuracy(network->factor, NETWORK_ACCURACY);
    *status = network_status_of(factor_solve(network->factor, sum + 1, network->d + 1));
    network->d[0] = 0;
    for (uint32_t node = 0; node < forest->nodes; node++)
        v[node] = network->d[forest->tree[node]];
    return *status == NETWORK_OK && balances(network, sum, size);
}

/* weight: i^ at first. */
static void find_weights(const struct network *network, const double *branch, double *weight)
{
    const struct circuit *circuit = network->circuit;
    const struct element_tables *tables = network->tables;
    const struct potentials v = {{network->response.v, network->response.low, NULL, NULL}, 2};
    uint32_t diode = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        bool holds = element_is_voltage_defined(element);
        if (element->kind == ELEMENT_DIODE) {
            while (tables->diode[diode] != e)
                diode++;
            holds = network_holding(network, diode) != 0;
        }
        if (!holds)
            weight[e] = dd_value(dd_sub(dd_from(branch ? branch[e] : 0), network_voltage(&v, element->a, element->k)));
    }
}

/* NETWORK_UNSOLVED: what goes into a part without a tie to ground does not come out of it. */
static enum network_status find_ways_out(const struct network *network)
{
    const struct forest *forest = &network->forest;
    const double *into = network->response.into;
    uint32_t drifting = 0;
    memset(network->sum[0], 0, forest->trees * sizeof *into);
    for (uint32_t node = 0; node < forest->nodes; node++) {
        network->sum[0][forest->tree[node]] += into[node];
        network->response.size[node] = fabs(into[node]);
    }
    enum network_status status = network_find_drifting(network, network->response.size, &drifting);
    return status == NETWORK_OK && drifting > 0 ? NETWORK_UNSOLVED : status;
}

enum network_status network_adjoint(struct network *network, const double *node, const double *branch, double *weight,
                                    struct solve_info *info)
{
    enum network_status status =
        network_make_response(network) ? begin_response(network, info) : NETWORK_NO_MEMORY;
    struct potentials response = {{network->response.v, network->response.low, NULL, NULL}, 2};
    if (status == NETWORK_OK) {
        size_t size = network->tables->nodes * sizeof *network->response.v;
        memset(network->response.v, 0, size);
        memset(network->response.low, 0, size);
        excite(network, node, branch);
        status = find_ways_out(network);
    }
    if (status == NETWORK_OK && !solve_once(network, &status) && status == NETWORK_OK)
        status = network_iterate(network, &response, info);
    if (status == NETWORK_OK)
        status = network_branch_currents(network, &response, weight, info);
    if (status == NETWORK_OK)
        find_weights(network, branch, weight);
    return status;
}

/* ---- kinks ------------------------------------------------------------------------------------------------------- */

/* Is a voltage a threshold, as far as rounding of potentials tells? */
static bool is_at(struct dd u, double threshold, double volts)
{
    return isfinite(threshold) &&
           fabs(dd_value(dd_sub_double(u, threshold))) <= 64 * DBL_EPSILON * (volts + fabs(threshold));
}

/* Of what the currents at a node are made, A. */
static double currents_at(const struct network *network, uint32_t node)
{
    const struct element_tables *tables = network->tables;
    double size = 0;
    for (size_t q = tables->start[node]; q < tables->start[node + 1]; q++)
        size += fabs(network->op->current[tables->list[q] >> 1]);
    return size;
}

static bool is_at_kink(const struct network *network, uint32_t d)
{
    const struct element *element = network_diode(network, d);
    const struct law *law = network_law(network, d);
    struct dd u = network_voltage(&network->v, element->a, element->k);
    double volts = fabs(network->v.part[0][element->a]) + fabs(network->v.part[0][element->k]);
    if (law->curve) {
        double near = 64 * DBL_EPSILON * volts, here = law_at(law, u, 0).slope;
        return law->curve->kind == CURVE_TABLE && (law_at(law, u, near).slope != here ||
                                                   law_at(law, dd_sub_double(u, near), 0).slope != here);
    }
    if (network_holding(network, d) == 0)
        return (law->g_on != law->g_off && is_at(u, law->v_fwd, volts)) ||
               (law->g_rev != law->g_off && is_at(u, -law->v_rev, volts));
    double beyond = network->op->current[network->tables->diode[d]] - element->value * law->g_off * dd_value(u);
    return fabs(beyond) <= 64 * DBL_EPSILON * currents_at(network, element->a);
}

uint32_t network_kinks(const struct network *network)
{
    uint32_t kinks = 0;
    for (uint32_t d = 0; d < network->tables->diodes; d++)
        kinks += is_at_kink(network, d);
    return kinks;
}
