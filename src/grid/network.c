#include "grid/network_parts.h"

#include "util/array.h"
#include "util/clock.h"
#include <stdlib.h>
#include <string.h>

/* ---- the matrix -------------------------------------------------------------------------------------------------- */

/* The conductances of this rank, those of the diodes' lines among them; which nodes they join. */
static bool build_laplacian(struct grid_network *network)
{
    const struct circuit *circuit = network->share->circuit;
    size_t m = 0;
    uint32_t d = 0;
    struct conductance *edge = array_new(circuit->elements.count, sizeof *edge);
    if (!edge)
        return false;
    laplacian_free(&network->L);
    memset(network->ground, 0, network->unknowns.count * sizeof *network->ground);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        int32_t i = unknown_of(network, element->a), j = unknown_of(network, element->k);
        double g = 0;
        if (element->kind == ELEMENT_RESISTOR)
            g = 1 / element->value;
        else if (element->kind == ELEMENT_DIODE)
            g = element->value * (network->slope[d] = network->diodes->diode[d].g), d++;
        if (g > 0 || grid_holds(element))
            parts_join(&network->parts, element->a, element->k);
        if (!(g > 0) || i == j)
            continue;
        edge[m++] = (struct conductance){i, j, g};
        if (i == GROUND_UNKNOWN || j == GROUND_UNKNOWN)
            network->ground[i == GROUND_UNKNOWN ? j : i] += g;
    }
    for (d = 0; d < network->diodes->count; d++) {
        const struct element *element = &circuit->element[network->diodes->diode[d].element];
        if (diode_holds(&network->diodes->diode[d]))
            parts_join(&network->parts, element->a, element->k);
    }
    bool done = laplacian_build(&network->L, (int32_t)network->unknowns.count, edge, m);
    free(edge);
    return done;
}

static bool grid_network_arrays(struct grid_network *network)
{
    size_t n = network->unknowns.count;
    network->ground = array_new(n, sizeof *network->ground);
    network->slope = array_new(network->diodes->count, sizeof *network->slope);
    network->largest = array_new(n, sizeof *network->largest);
    network->x = array_new(n, sizeof *network->x);
    network->b = array_new(n, sizeof *network->b);
    network->short_of = array_new(n, sizeof *network->short_of);
    network->d = array_new(n, sizeof *network->d);
    network->most = array_new(network->share->circuit->nodes.count, sizeof *network->most);
    network->steep = array_new(network->share->circuit->nodes.count, sizeof *network->steep);
    return network->ground && network->slope && network->largest && network->x && network->b && network->short_of &&
           network->d && network->most && network->steep;
}

/* What resistors the diodes meet at their nodes. False when memory is out, on all ranks. */
static bool look_around(struct grid_network *network)
{
    const struct circuit *circuit = network->share->circuit;
    struct dd *sum = network->short_of; /* work: S, of the resistors at an unknown */
    memset(sum, 0, network->unknowns.count * sizeof *sum);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        int32_t i = unknown_of(network, element->a), j = unknown_of(network, element->k);
        if (element->kind != ELEMENT_RESISTOR || i == j)
            continue;
        if (i != GROUND_UNKNOWN)
            sum[i].hi += 1 / element->value;
        if (j != GROUND_UNKNOWN)
            sum[j].hi += 1 / element->value;
    }
    if (!halo_collect(&network->unknowns.halo, sum) || !halo_spread(&network->unknowns.halo, sum, sizeof *sum))
        return false;
    for (uint32_t d = 0; d < network->diodes->count; d++) {
        struct diode *diode = &network->diodes->diode[d];
        const struct element *element = &circuit->element[diode->element];
        int32_t i = unknown_of(network, element->a), j = unknown_of(network, element->k);
        double resistance = 0;
        if (i != j && i != GROUND_UNKNOWN)
            resistance += 1 / sum[i].hi;
        if (i != j && j != GROUND_UNKNOWN)
            resistance += 1 / sum[j].hi;
        diode->around = 1 / (resistance * element->value);
        if (diode->around == 0 && diode->is_ideal)
            diode->around = 1; /* S: other diodes alone, and none of them tells what is steep */
    }
    return true;
}

/* Begin at the answer's potentials. False when memory is out, on all ranks. */
static bool take_potentials(struct grid_network *network)
{
    const struct share *share = network->share;
    for (uint32_t q = 0; q < network->unknowns.owned; q++) {
        uint32_t node = share->own[network->unknowns.number[q] - share->first];
        network->x[q] = (struct dd){network->answer->hi[node], network->answer->lo[node]};
    }
    return halo_spread(&network->unknowns.halo, network->x, sizeof *network->x);
}

enum grid_status grid_network_build(struct grid_network *network)
{
    if (!unknowns_build(&network->unknowns, network->share, &network->clusters) ||
        !ranks_all(grid_network_arrays(network) && parts_new(&network->parts, network->share)) ||
        !take_potentials(network) || (network->diodes->any && !look_around(network)))
        return GRID_NO_MEMORY;
    network->answer->unknowns = network->unknowns.total;
    if (network->unknowns.total < INT32_MAX)
        return GRID_OK;
    if (network->share->ranks.rank == 0)
        diagnose(network->diagnostics, ERROR_CIRCUIT_TOO_LARGE, NULL, 0,
                 "the circuit has %lld unknown potentials, and hypre counts to 2^31",
                 (long long)network->unknowns.total);
    return GRID_UNSOLVED;
}

/* ---- the equations of all ranks ---------------------------------------------------------------------------------- */

bool grid_network_settle_parts(struct grid_network *network)
{
    bool floats = false;
    if (!parts_settle(&network->parts))
        return false;
    for (uint32_t node = 1; node < network->share->circuit->nodes.count; node++)
        floats |= parts_label(&network->parts, node) != GROUND_NUMBER;
    network->is_open = ranks_any(floats);
    return true;
}

/* The rows here as multigrid takes them, with an anchor where a part has its 0 V. False when memory is out. */
static bool make_rows(struct grid_network *network, struct multigrid_rows *rows)
{
    const struct laplacian *L = &network->L;
    const struct unknowns *unknowns = &network->unknowns;
    size_t entries = (size_t)L->p[L->n];
    *rows = (struct multigrid_rows){.rows = L->n,
                                    .row = array_new((size_t)L->n, sizeof *rows->row),
                                    .count = array_new((size_t)L->n, sizeof *rows->count),
                                    .column = array_new(entries, sizeof *rows->column),
                                    .x = array_new(entries, sizeof *rows->x)};
    if (!rows->row || !rows->count || !rows->column || !rows->x)
        return false;
    memcpy(rows->x, L->x, entries * sizeof *rows->x);
    for (int32_t j = 0; j < L->n; j++) {
        rows->row[j] = (int32_t)unknowns->row[j];
        rows->count[j] = L->p[j + 1] - L->p[j];
        for (int32_t q = L->p[j]; q < L->p[j + 1]; q++)
            rows->column[q] = (int32_t)unknowns->row[L->i[q]];
    }
    for (uint32_t q = 0; network->is_open && q < unknowns->owned; q++)
        if (grid_network_is_reference(network, q)) {
            double own = L->x[L->d[q]];
            rows->x[L->d[q]] += own > 0 ? own : 1;
        }
    return true;
}

static void rows_free(struct multigrid_rows *rows)
{
    free(rows->row);
    free(rows->count);
    free(rows->column);
    free(rows->x);
}

/* Are all ranks' conductances alike? */
static bool is_alike(const struct laplacian *L)
{
    double extreme[2] = {-INFINITY, -INFINITY}; /* largest, and less the smallest */
    for (int32_t j = 0; j < L->n; j++)
        for (int32_t q = L->p[j]; q < L->p[j + 1]; q++)
            if (L->i[q] != j && L->x[q] < 0) {
                extreme[0] = fmax(extreme[0], -L->x[q]);
                extreme[1] = fmax(extreme[1], L->x[q]);
            }
    ranks_greatest(extreme, 2);
    return extreme[0] <= MULTIGRID_ALIKE * -extreme[1];
}

static enum iteration_status worst_of_all(enum iteration_status own)
{
    double worst = own;
    _Static_assert(ITERATION_OK < ITERATION_STALLED && ITERATION_STALLED < ITERATION_NO_MEMORY, "the worst is last");
    ranks_greatest(&worst, 1);
    return (enum iteration_status)worst;
}

static enum grid_status status_of(enum iteration_status status)
{
    return status == ITERATION_OK          ? GRID_OK
           : status == ITERATION_NO_MEMORY ? GRID_NO_MEMORY
                                           : GRID_UNSOLVED;
}

enum grid_status grid_network_set_up(struct grid_network *network)
{
    struct multigrid_rows rows = {0};
    double mark = clock_seconds();
    parts_begin(&network->parts);
    bool made = ranks_all(build_laplacian(network));
    if (!made || !grid_network_settle_parts(network) || !ranks_all(make_rows(network, &rows))) {
        rows_free(&rows);
        return GRID_NO_MEMORY;
    }
    bool alike = is_alike(&network->L);
    multigrid_free(network->multigrid);
    enum iteration_status status =
        multigrid_new_shared((int32_t)network->unknowns.first, (int32_t)network->unknowns.owned, rows.count,
                             worst_of_all, &network->multigrid);
    if (status == ITERATION_OK)
        status = multigrid_setup_shared(network->multigrid, &rows, alike);
    rows_free(&rows);
    network->answer->setups++;
    clock_lap(&mark, &network->answer->seconds_setup);
    return status_of(status);
}

void grid_network_free(struct grid_network *network)
{
    clusters_free(&network->clusters);
    unknowns_free(&network->unknowns);
    parts_free(&network->parts);
    multigrid_free(network->multigrid);
    laplacian_free(&network->L);
    free(network->ground);
    free(network->slope);
    free(network->largest);
    free(network->x);
    free(network->b);
    free(network->flow);
    free(network->short_of);
    free(network->d);
    free(network->most);
    free(network->steep);
    *network = (struct grid_network){0};
}
