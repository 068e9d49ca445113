#include "grid/network_parts.h"

#include "util/array.h"
#include "util/magnitude.h"
#include <stdlib.h>
#include <string.h>

/* ---- Kirchhoff's law --------------------------------------------------------------------------------------------- */

/* Lead a branch's current, whose slope is g, S, from one unknown to the other. */
static void lead(struct grid_network *network, const struct element *element, struct dd current, double g)
{
    double volts = fabs(network->answer->hi[element->a]) + fabs(network->answer->hi[element->k]);
    network->steep[element->a] = greater(network->steep[element->a], g * volts);
    network->steep[element->k] = greater(network->steep[element->k], g * volts);
    int32_t from = unknown_of(network, element->a), to = unknown_of(network, element->k);
    double size = fabs(current.hi), *most = network->most;
    most[element->a] = greater(most[element->a], size);
    most[element->k] = greater(most[element->k], size);
    if (from == to)
        return;
    if (from != GROUND_UNKNOWN) {
        network->short_of[from] = dd_sub(network->short_of[from], current);
        network->largest[from] = greater(network->largest[from], size);
    }
    if (to != GROUND_UNKNOWN) {
        network->short_of[to] = dd_add(network->short_of[to], current);
        network->largest[to] = greater(network->largest[to], size);
    }
}

/* The largest of all ranks' x [nodes]. */
static bool share_greatest(const struct share *share, double *x)
{
    return halo_collect_greatest(&share->halo, x) && halo_spread(&share->halo, x, sizeof *x);
}

bool grid_network_residual(struct grid_network *network)
{
    const struct circuit *circuit = network->share->circuit;
    uint32_t n = network->unknowns.count;
    memset(network->short_of, 0, n * sizeof *network->short_of);
    memset(network->largest, 0, n * sizeof *network->largest);
    memset(network->most, 0, circuit->nodes.count * sizeof *network->most);
    memset(network->steep, 0, circuit->nodes.count * sizeof *network->steep);
    for (uint32_t e = 0, d = 0, at = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        lead(network, element, branch_current(network, element, &d), branch_slope(network, element, &at));
    }
    return halo_collect(&network->unknowns.halo, network->short_of) &&
           halo_collect_greatest(&network->unknowns.halo, network->largest) &&
           share_greatest(network->share, network->most) && share_greatest(network->share, network->steep);
}

void grid_network_place_nodes(struct grid_network *network)
{
    const struct dd *x = network->x;
    struct grid_answer *answer = network->answer;
    for (uint32_t node = 1; node < network->share->circuit->nodes.count; node++) {
        int32_t i = unknown_of(network, node);
        uint32_t member = network->unknowns.member[node];
        struct dd v = i == GROUND_UNKNOWN ? dd_from(0) : x[i];
        if (member != UINT32_MAX)
            v = dd_add(v, network->clusters.rise[member]);
        v = two_sum(v.hi, v.lo);
        answer->hi[node] = v.hi;
        answer->lo[node] = v.lo;
    }
}

/* ---- parts that float -------------------------------------------------------------------------------------------- */

/* Where a part that floats has its 0 V. */
struct reference {
    int64_t number;
    struct dd v;
};

static int by_number(const void *x, const void *y)
{
    const struct reference *a = x, *b = y;
    return (a->number > b->number) - (a->number < b->number);
}

bool grid_network_place_floating(struct grid_network *network)
{
    const struct unknowns *unknowns = &network->unknowns;
    struct grid_answer *answer = network->answer;
    struct reference *own = array_new(unknowns->owned, sizeof *own), *all = NULL;
    int64_t count = 0, total;
    bool done = ranks_all(own);
    for (uint32_t q = 0; done && q < unknowns->owned; q++) /* numbers ascend, from rank to rank too */
        if (grid_network_is_reference(network, q))
            own[count++] = (struct reference){unknowns->number[q], network->x[q]};
    done = done && ranks_gather(&network->share->ranks, own, count, sizeof *own, &all, &total, NULL);
    for (uint32_t node = 1; done && node < network->share->circuit->nodes.count; node++) {
        struct reference sought = {.number = parts_label(&network->parts, node)};
        if (sought.number == GROUND_NUMBER)
            continue;
        const struct reference *found = bsearch(&sought, all, (size_t)total, sizeof *all, by_number);
        struct dd v = dd_sub((struct dd){answer->hi[node], answer->lo[node]}, found->v);
        answer->hi[node] = v.hi;
        answer->lo[node] = v.lo;
        answer->floats[node] = sought.number;
    }
    answer->any_floats = true;
    free(own);
    free(all);
    return done;
}

/* ---- currents ---------------------------------------------------------------------------------------------------- */

/* The current of a branch at the answer, A: of a diode that of its law, to rounding. */
static double final_current(const struct grid_network *network, const struct element *element, uint32_t *d)
{
    const struct grid_answer *answer = network->answer;
    if (element->kind != ELEMENT_DIODE)
        return dd_value(branch_current(network, element, d));
    ++*d;
    const struct law *law = &network->share->circuit->law[element->law];
    struct dd u = drop_finely(answer, element);
    return dd_value(dd_mul_double(law_at(law, u, 0).i, element->value));
}

enum grid_status grid_network_currents(struct grid_network *network)
{
    const struct circuit *circuit = network->share->circuit;
    const struct clusters *clusters = &network->clusters;
    const uint32_t *member = network->unknowns.member;
    struct grid_answer *answer = network->answer;
    struct dd *into = array_new(clusters->members, sizeof *into);
    network->flow = array_new((size_t)clusters->branches, sizeof *network->flow);
    bool done = ranks_all(into && network->flow);
    for (uint32_t e = 0, d = 0; done && e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        double i = answer->current[e] = final_current(network, element, &d);
        if (member[element->a] != UINT32_MAX)
            into[member[element->a]] = dd_add_double(into[member[element->a]], -i);
        if (member[element->k] != UINT32_MAX)
            into[member[element->k]] = dd_add_double(into[member[element->k]], i);
    }
    done = done && clusters_currents(clusters, into, network->flow);
    for (int64_t q = 0; done && q < clusters->branches; q++) {
        const struct voltage_branch *branch = &clusters->branch[q];
        if (branch->rank == network->share->ranks.rank)
            answer->current[branch->element] += branch->one_way < 0 ? -network->flow[q] : network->flow[q];
    }
    answer->any_shared = !clusters->forest.acyclic;
    free(into);
    return done ? GRID_OK : GRID_NO_MEMORY;
}
