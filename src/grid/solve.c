#include "grid/solve.h"

#include "grid/clusters.h"
#include "grid/network.h"
#include "util/array.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The branches of this rank that hold their voltage: sources, shorts, and ideal diodes that conduct. *count of them;
 * NULL: memory is out. */
static struct voltage_branch *list_voltage_branches(const struct share *share, const struct diodes *diodes,
                                                    uint32_t *count)
{
    const struct circuit *circuit = share->circuit;
    uint32_t branches = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        branches += grid_holds(&circuit->element[e]);
    struct voltage_branch *branch = array_new((size_t)branches + diodes->count, sizeof *branch);
    *count = 0;
    for (uint32_t e = 0; branch && e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (grid_holds(element))
            branch[(*count)++] = (struct voltage_branch){.a = share->number[element->a],
                                                         .k = share->number[element->k],
                                                         .volts = element_defined_voltage(element),
                                                         .rank = share->ranks.rank,
                                                         .element = e};
    }
    for (uint32_t d = 0; branch && d < diodes->count; d++) {
        const struct diode *diode = &diodes->diode[d];
        const struct element *element = &circuit->element[diode->element];
        const struct law *law = &circuit->law[element->law];
        bool forward = diode->state == DIODE_FORWARD;
        if (diode_holds(diode) && isinf(forward ? law->g_on : law->g_rev))
            branch[(*count)++] = (struct voltage_branch){.a = share->number[forward ? element->a : element->k],
                                                         .k = share->number[forward ? element->k : element->a],
                                                         .volts = forward ? law->v_fwd : law->v_rev,
                                                         .rank = share->ranks.rank,
                                                         .element = diode->element,
                                                         .one_way = forward ? 1 : -1};
    }
    return branch;
}

/* A source of some volts with both ends on one node. */
static void report_self_loops(const struct share *share, struct diagnostics *diagnostics)
{
    const struct circuit *circuit = share->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        int length;
        if (element->kind != ELEMENT_VSOURCE || element->a != element->k)
            continue;
        const char *name = circuit_spelling(circuit, e, &length);
        if (element->value == 0)
            diagnose(diagnostics, WARNING_ZERO_SOURCE_ON_ONE_NODE, element->place, element->name_length,
                     "%.*s has both ends on node %s: ignored", length, name, circuit->nodes.text[element->a]);
        else
            diagnose(diagnostics, OUTCOME_SOURCE_ON_ONE_NODE, element->place, element->name_length,
                     "%.*s holds %g V between a node and itself", length, name, element->value);
    }
}

static bool answer_new(struct grid_answer *answer, const struct circuit *circuit)
{
    answer->hi = array_new(circuit->nodes.count, sizeof *answer->hi);
    answer->lo = array_new(circuit->nodes.count, sizeof *answer->lo);
    answer->current = array_new(circuit->elements.count, sizeof *answer->current);
    answer->floats = array_new(circuit->nodes.count, sizeof *answer->floats);
    return answer->hi && answer->lo && answer->current && answer->floats;
}

/* The network of the present states of the diodes. diagnostics NULL: loops that do not agree are not told. */
static enum grid_status build_network(struct grid_network *network, struct diagnostics *diagnostics)
{
    uint32_t count;
    struct voltage_branch *branch = list_voltage_branches(network->share, network->diodes, &count);
    if (!ranks_all(branch)) {
        free(branch);
        return GRID_NO_MEMORY;
    }
    enum grid_status status = clusters_build(&network->clusters, network->share, branch, count, diagnostics);
    free(branch);
    return status == GRID_OK ? grid_network_build(network) : status;
}

/* The voltage of a branch, V. */
static double voltage_across(const struct grid_answer *answer, const struct element *element)
{
    return (answer->hi[element->a] - answer->hi[element->k]) + (answer->lo[element->a] - answer->lo[element->k]);
}

/* The current of a diode that conducts against its direction, A; 0 where it does not, but for rounding. */
static double flows_backwards(const struct grid_network *network, const struct diode *diode)
{
    const struct grid_answer *answer = network->answer;
    const struct element *element = &network->share->circuit->element[diode->element];
    if (!diode_holds(diode))
        return 0;
    double u = voltage_across(answer, element);
    double g_off = network->share->circuit->law[element->law].g_off;
    double own = answer->current[diode->element] - element->value * g_off * u;
    double noise = 64 * DBL_EPSILON * fmin(network->most[element->a], network->most[element->k]);
    double backwards = diode->state == DIODE_FORWARD ? -own : own;
    return backwards > noise ? backwards : 0;
}

/* Of all ranks. */
static double most_backwards(const struct grid_network *network)
{
    double most = 0;
    for (uint32_t d = 0; d < network->diodes->count; d++)
        most = fmax(most, flows_backwards(network, &network->diodes->diode[d]));
    ranks_greatest(&most, 1);
    return most;
}

/* Ideal diodes that conduct backwards block from now on, and those beyond their threshold conduct; of those in loops,
 * whose split may be another one, only what conducts most against its direction. Returns how many, on all ranks. */
static int64_t object(const struct grid_network *network)
{
    const struct circuit *circuit = network->share->circuit;
    const struct grid_answer *answer = network->answer;
    int64_t objections = 0;
    double most = most_backwards(network);
    for (uint32_t d = 0; d < network->diodes->count; d++) {
        struct diode *diode = &network->diodes->diode[d];
        const struct element *element = &circuit->element[diode->element];
        const struct law *law = &circuit->law[element->law];
        double u = voltage_across(answer, element);
        double rounding = 8 * DBL_EPSILON * DBL_EPSILON * (fabs(answer->hi[element->a]) + fabs(answer->hi[element->k]));
        double backwards = flows_backwards(network, diode);
        enum diode_state state = diode->state;
        if (!diode->is_ideal)
            continue;
        if (backwards > 0 && (!answer->any_shared || backwards == most))
            diode->state = DIODE_BLOCKS;
        else if (state == DIODE_BLOCKS && isinf(law->g_on) && u - law->v_fwd > rounding + DBL_EPSILON * law->v_fwd)
            diode->state = DIODE_FORWARD;
        else if (state == DIODE_BLOCKS && isinf(law->g_rev) && -u - law->v_rev > rounding + DBL_EPSILON * law->v_rev)
            diode->state = DIODE_REVERSE;
        objections += diode->state != state;
    }
    ranks_count(&objections, 1);
    return objections;
}

/* An ideal diode holds or blocks from now on: its line is that between its thresholds. */
static void take_middle_line(const struct grid_network *network, struct diode *diode)
{
    const struct circuit *circuit = network->share->circuit;
    if (diode->is_ideal) {
        diode->u = diode->i = 0;
        diode->g = circuit->law[circuit->element[diode->element].law].g_off;
    }
}

/* The answer with these ideal diodes conducting, or those that object to it, as long as that helps. */
static enum grid_status solve_exactly(const struct grid_network *sought)
{
    enum { ROUNDS = 40 };
    enum grid_status status = GRID_OK;
    int64_t objections = 1;
    for (uint32_t d = 0; d < sought->diodes->count; d++)
        sought->diodes->diode[d].sought = false;
    for (int round = 0; status == GRID_OK && objections > 0 && round < ROUNDS; round++) {
        struct grid_network network = {.share = sought->share,
                                       .diodes = sought->diodes,
                                       .answer = sought->answer,
                                       .diagnostics = sought->diagnostics};
        for (uint32_t d = 0; d < network.diodes->count; d++)
            take_middle_line(&network, &network.diodes->diode[d]);
        status = build_network(&network, NULL);
        if (status == GRID_OK)
            status = grid_network_iterate(&network);
        if (status == GRID_OK)
            status = grid_network_currents(&network);
        if (status == GRID_OK)
            objections = object(&network);
        grid_network_free(&network);
    }
    return status == GRID_OK && objections > 0 ? GRID_UNSOLVED : status;
}

/* Is the set of ideal diodes that conduct another one than the last that was tried? Keeps it, tried [diodes]. */
static bool is_new(const struct diodes *diodes, unsigned char *tried)
{
    bool differs = false;
    for (uint32_t d = 0; d < diodes->count; d++) {
        unsigned char state = (unsigned char)(1 + diodes->diode[d].state);
        differs |= diodes->diode[d].is_ideal && tried[d] != state;
        tried[d] = state;
    }
    return ranks_any(differs);
}

/* From what conducts when ideal diodes are steep resistors to what conducts when they are ideal. tried, kept [diodes]
 * are work. */
static enum grid_status solve_ideal(struct grid_network *network, unsigned char *tried, struct diode *kept)
{
    enum { OUTER = 30 };
    const struct circuit *circuit = network->share->circuit;
    const struct grid_answer *answer = network->answer;
    struct diodes *diodes = network->diodes;
    for (int outer = 0; outer < OUTER; outer++) {
        enum grid_status status = grid_network_iterate(network);
        if (status != GRID_OK)
            return status;
        for (uint32_t d = 0; d < diodes->count; d++) {
            const struct element *element = &circuit->element[diodes->diode[d].element];
            double u = answer->hi[element->a] - answer->hi[element->k];
            diode_step(&diodes->diode[d], &circuit->law[element->law], u);
        }
        if (!is_new(diodes, tried))
            continue;
        memcpy(kept, diodes->diode, diodes->count * sizeof *kept);
        status = solve_exactly(network);
        if (status != GRID_UNSOLVED)
            return status;
        memcpy(diodes->diode, kept, diodes->count * sizeof *kept);
    }
    return GRID_UNSOLVED;
}

static enum grid_status solve_any(struct grid_network *network)
{
    enum grid_status status = build_network(network, network->diagnostics);
    if (status == GRID_OK)
        status = grid_network_check_parts(network);
    if (status != GRID_OK)
        return status;
    if (!network->diodes->any_ideal) {
        status = grid_network_iterate(network);
        return status == GRID_OK ? grid_network_currents(network) : status;
    }
    unsigned char *tried = array_new(network->diodes->count, sizeof *tried);
    struct diode *kept = array_new(network->diodes->count, sizeof *kept);
    status = ranks_all(tried && kept) ? solve_ideal(network, tried, kept) : GRID_NO_MEMORY;
    free(tried);
    free(kept);
    return status;
}

/* An outcome on rank 0 where no rank has told one. */
static void report_unsolved(const struct share *share, size_t outcomes, struct diagnostics *diagnostics)
{
    if (!ranks_any(diagnostics->outcomes > outcomes || diagnostics->errors > 0) && share->ranks.rank == 0)
        diagnose(diagnostics, OUTCOME_NOT_CONVERGED, NULL, 0,
                 "no operating point was found: the iterations do not come to an end");
}

enum grid_status grid_solve(struct share *share, struct grid_answer *answer, struct diagnostics *diagnostics)
{
    struct diodes diodes = {0};
    struct grid_network network = {.share = share, .diodes = &diodes, .answer = answer, .diagnostics = diagnostics};
    size_t outcomes = diagnostics->outcomes;
    report_self_loops(share, diagnostics);
    if (ranks_any(diagnostics->outcomes > outcomes))
        return GRID_UNSOLVED;
    enum grid_status status = GRID_NO_MEMORY;
    if (ranks_all(answer_new(answer, share->circuit)) && diodes_list(&diodes, share))
        status = solve_any(&network);
    if (status == GRID_UNSOLVED)
        report_unsolved(share, outcomes, diagnostics);
    grid_network_free(&network);
    diodes_free(&diodes);
    return status;
}

void grid_answer_free(struct grid_answer *answer)
{
    free(answer->hi);
    free(answer->lo);
    free(answer->current);
    free(answer->floats);
    *answer = (struct grid_answer){0};
}
