/* Currents from potentials. */
#include "convex/network_parts.h"

#include "convex/loop_currents.h"
#include "util/array.h"
#include "util/kernel.h"
#include "util/search.h"
#include <stdlib.h>
#include <string.h>

/* ---- what drives the circuit ---- */

void network_excite(struct network *network, uint32_t but)
{
    const struct circuit *circuit = network->circuit;
    const struct element_tables *tables = network->tables;
    struct excitation *excitation = &network->excitation;
    for (uint32_t q = 0; q < network->edges; q++) {
        const struct element *element = &circuit->element[network->element[q]];
        double voltage = element->kind == ELEMENT_VSOURCE ? element->value : 0;
        if (network->one_way[q]) {
            const struct law *law = &circuit->law[element->law];
            voltage = network->edge[q].a == element->a ? law->v_fwd : law->v_rev;
        }
        excitation->voltage[q] = network->element[q] == but ? 0 : voltage;
    }
    for (uint32_t s = 0; s < tables->sources; s++)
        excitation->current[s] = tables->source[s] == but ? 0 : circuit->element[tables->source[s]].value;
    excitation->intercepts = true;
    excitation->into = NULL;
}

void network_excite_only(struct network *network, uint32_t only, const double *into)
{
    struct excitation *excitation = &network->excitation;
    for (uint32_t q = 0; q < network->edges; q++)
        excitation->voltage[q] = network->element[q] == only;
    for (uint32_t s = 0; s < network->tables->sources; s++)
        excitation->current[s] = network->tables->source[s] == only;
    excitation->intercepts = false;
    excitation->into = into;
}

/* ---- branches whose voltage tells their current ---- */

KERNEL
static void fan_currents(const struct element_tables *tables, const double *hi, const double *lo, double *restrict i)
{
    for (uint32_t f = 0; f < tables->fans; f++) {
        const struct fan *fan = &tables->fan[f];
        const double *restrict resistance = tables->resistance + fan->begin;
        const double *restrict other = hi + fan->moving, *restrict other_lo = lo + fan->moving;
        double *restrict own_i = i + tables->resistor[fan->begin];
        double own = hi[fan->still], own_lo = lo[fan->still], sign = fan->sign;
        for (uint32_t q = 0; q < fan->length; q++)
            own_i[q] = sign * ((own - other[q]) + (own_lo - other_lo[q])) / resistance[q];
    }
}

/* Is a current no more than what rounding of potentials makes of the slope g, S? Of currents that corrections pass
 * over, some hundred times that. Test: nothing_flows_where_nothing_can; validation/exact --wide has small ones that
 * flow. */
static bool is_noise(const struct network *network, const struct potentials *v, uint32_t a, uint32_t k, double g,
                     double i)
{
    const double passed_over = 256;
    double size = fabs(i), noise = g * network_rounding(v, a, k);
    return size <= noise || (v->parts > 2 && size <= network->least && size <= passed_over * noise);
}

/* Where currents are next to none anywhere, what the potentials leave is noise. */
static void extended_currents(const struct network *network, const struct potentials *v, double *i)
{
    const struct element_tables *tables = network->tables;
    for (uint32_t r = 0; r < tables->resistors; r++) {
        uint32_t a = tables->a[r], k = tables->k[r];
        double current = dd_value(network_voltage(v, a, k)) / tables->resistance[r];
        bool is_none = is_noise(network, v, a, k, 1 / tables->resistance[r], current);
        i[tables->resistor[r]] = is_none ? 0 : current;
    }
}

static double diode_current(const struct network *network, const struct potentials *v, uint32_t d)
{
    const struct element *element = network_diode(network, d);
    const struct law *law = &network->circuit->law[element->law];
    enum segment segment = network->segment[d];
    if ((segment == SEGMENT_MIDDLE || network_holds(law, segment)) && law->g_off == 0)
        return 0;
    struct dd u = network_voltage(v, element->a, element->k);
    if (!network->excitation.intercepts)
        return element->value * network_slope(network, d) * u.hi;
    bool corners = segment == SEGMENT_CURVED && law->curve->kind == CURVE_TABLE; /* where lines have sides */
    double m = element->value, i = m * dd_value(corners ? law_at(law, u, 0).i : network_line(network, d, u));
    bool tells = v->parts > 2 || network->forest.tree[element->a] == network->forest.tree[element->k];
    return tells && is_noise(network, v, element->a, element->k, m * network_slope(network, d), i) ? 0 : i;
}

static void conductor_currents(const struct network *network, const struct potentials *v, double *i)
{
    const struct element_tables *tables = network->tables;
    if (v->parts > 2)
        extended_currents(network, v, i);
    else if (tables->fans > 0)
        fan_currents(tables, v->part[0], v->part[1], i);
    else
        element_tables_currents(tables, v->part[0], v->part[1], i);
    for (uint32_t s = 0; s < tables->sources; s++)
        i[tables->source[s]] = network->excitation.current[s];
    for (uint32_t d = 0; d < tables->diodes; d++)
        i[tables->diode[d]] = diode_current(network, v, d);
}

/* ---- voltage-defined branches ---- */

uint32_t network_diode_of(const struct network *network, uint32_t element)
{
    return (uint32_t)search_ascending(network->tables->diode, network->tables->diodes, element);
}

/* The current of a branch before it was rounded to i, A. Neither this nor what follows is inlined: the sums of gather()
 * stay in registers. */
__attribute__((noinline))
static struct qd unrounded(const struct network *network, const struct potentials *v, uint32_t e, double i)
{
    const struct element *element = &network->circuit->element[e];
    if (element->kind == ELEMENT_RESISTOR)
        return network_resistor_current(v, element->a, element->k, element->value);
    if (element->kind == ELEMENT_DIODE)
        return network_diode_line(network, v, network_diode_of(network, e));
    return qd_from_dd(dd_from(i));
}

/* Are currents that are not rounded summed up? */
static bool sums_finely(const struct network *network)
{
    return network->fine && network->excitation.intercepts;
}

/* Within a cluster sources that sum up to 0 leave rounding. */
__attribute__((noinline))
static bool is_idle_resistor(const struct network *network, const struct potentials *v,
                             const struct element *element, double i)
{
    return element->kind == ELEMENT_RESISTOR && is_noise(network, v, element->a, element->k, 1 / element->value, i);
}

/* What the edges have to lead away from a node, A: what comes in by the branches that are listed there. Branches with a
 * current have their marks; those from one cluster to another those of their blocks. */
static void gather(struct network *network, const struct potentials *v, uint32_t node, double *i)
{
    const struct element_tables *tables = network->tables;
    const uint32_t *cluster = network->forest.tree;
    const double *into = network->excitation.into;
    double sum = into ? into[node] : 0, rest = 0, size = 0;
    struct qd all = {{sum}}; /* where they are not rounded */
    bool finely = sums_finely(network);
    uint64_t leaving = into ? tree_currents_mark(MARK_NODE, node) : network->meets[node];
    for (size_t q = tables->start[node]; q < tables->start[node + 1]; q++) {
        uint32_t e = tables->list[q] >> 1;
        if (i[e] == 0)
            continue;
        const struct element *element = &network->circuit->element[e];
        bool comes = tables->list[q] & 1, inner = cluster[element->a] == cluster[element->k];
        if (inner && is_idle_resistor(network, v, element, i[e])) {
            i[e] = 0;
            continue;
        }
        if (finely)
            all = qd_add(all, comes ? unrounded(network, v, e, i[e]) : qd_negative(unrounded(network, v, e, i[e])));
        else
            add_exactly(&sum, &rest, comes ? i[e] : -i[e]);
        size += fabs(i[e]);
        leaving ^= inner ? tree_currents_mark(MARK_BRANCH, e) : 0;
    }
    network->tree.over[node] = finely ? qd_value(all) : two_sum(sum, rest);
    if (finely)
        network->under[node] = (struct dd){all.part[2], all.part[3]};
    network->tree.size[node] = size;
    network->tree.leaving[node] = leaving;
}

static void tree_edges(struct network *network, const struct potentials *v, double *i)
{
    const struct forest *forest = &network->forest;
    struct tree_currents *tree = &network->tree;
    tree->under = sums_finely(network) && v->parts > 2 ? network->under : NULL;
    tree->rounding = network->fine ? FINE_ROUNDING : 64 * DBL_EPSILON;
    for (uint32_t q = 0; q < tree->followers; q++) {
        uint32_t node = network->follower[q], up = forest->parent[node];
        gather(network, v, node, i);
        if (forest->via[up] == FOREST_NO_EDGE && (q == 0 || forest->parent[network->follower[q - 1]] != up))
            gather(network, v, up, i);
    }
    tree_currents_find(tree, network->flow);
}

/* met [nodes] work, false. */
static void gather_ends(struct network *network, const struct potentials *v, double *i, bool *met)
{
    struct tree_currents *tree = &network->tree;
    for (uint32_t e = 0; e < tree->holding; e++)
        for (int end = 0; end < 2; end++) {
            uint32_t node = end == 0 ? network->edge[e].a : network->edge[e].k;
            if (met[node])
                continue;
            met[node] = true;
            gather(network, v, node, i);
            tree->noise[node] = 64 * DBL_EPSILON * tree->size[node];
        }
}

/* Edges that form loops: the split of least norm. */
static enum network_status loop_edges(struct network *network, const struct potentials *v, double *i, bool *shared,
                                      struct solve_info *info)
{
    struct tree_currents *tree = &network->tree;
    struct loop_currents currents = {network->circuit->nodes.count, tree->holding, network->edge, network->one_way,
                                     tree->over, tree->leaving, tree->size};
    bool *loop, *met;
    const struct array_request request[] = {{&loop, tree->holding, sizeof *loop}, {&met, currents.nodes, sizeof *met}};
    void *block = arrays_new(request, sizeof request / sizeof *request);
    if (!block)
        return NETWORK_NO_MEMORY;
    gather_ends(network, v, i, met);
    enum solve_status status = loop_currents_solve(&currents, network->flow, loop, info);
    for (uint32_t e = 0; status == SOLVE_OK && e < tree->holding; e++) {
        double *flow = &network->flow[e];
        if (network->one_way[e] && *flow < 0 && -*flow <= tree->noise[network_follower(network, e)])
            *flow = 0;
        if (shared && loop[e])
            shared[network->element[e]] = network->op->any_shared = true;
    }
    memset(network->flow + tree->holding, 0, (network->edges - tree->holding) * sizeof *network->flow);
    free(block);
    return status == SOLVE_OK ? NETWORK_OK : status == SOLVE_NO_MEMORY ? NETWORK_NO_MEMORY : NETWORK_UNSOLVED;
}

enum network_status network_branch_currents(struct network *network, const struct potentials *v, double *i,
                                            struct solve_info *info)
{
    struct operating_point *op = network->op;
    conductor_currents(network, v, i);
    for (uint32_t e = 0; e < network->edges; e++)
        if (network->circuit->element[network->element[e]].kind != ELEMENT_DIODE)
            i[network->element[e]] = 0;
    if (i == op->current && op->any_shared) {
        memset(op->shared, 0, network->circuit->elements.count * sizeof *op->shared);
        op->any_shared = false;
    }
    enum network_status status = NETWORK_OK;
    if (network->acyclic)
        tree_edges(network, v, i);
    else
        status = loop_edges(network, v, i, i == op->current ? op->shared : NULL, info);
    for (uint32_t e = 0; e < network->edges; e++) {
        uint32_t own = network->element[e];
        i[own] += network->edge[e].a == network->circuit->element[own].a ? network->flow[e] : -network->flow[e];
    }
    return status;
}

enum network_status network_currents(struct network *network, struct solve_info *info)
{
    network_wake(network, false);
    enum network_status status = network_shape(network);
    if (status != NETWORK_OK)
        return status;
    network->v.parts = 2;
    network_excite(network, NETWORK_NO_SOURCE);
    network_touch(network, &network->v);
    return network_branch_currents(network, &network->v, network->op->current, info);
}
