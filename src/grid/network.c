#include "grid/network.h"

#include "util/array.h"
#include "util/clock.h"
#include "util/exact.h"
#include "util/magnitude.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the last correction may change, of the largest current at a node; by how much a correction is wrong, beside what
 * is asked of iterations: as in convex/linear_region.h. */
static const double enough = 1e-12, accuracy = 1e-8, fresh_rate = 1e-7;

/* ---- the matrix -------------------------------------------------------------------------------------------------- */

static int32_t unknown_of(const struct network *network, uint32_t node)
{
    return network->unknowns.of[node];
}

/* The conductances of this rank. */
static bool build_laplacian(struct network *network)
{
    const struct circuit *circuit = network->share->circuit;
    size_t m = 0;
    struct conductance *edge = array_new(circuit->elements.count, sizeof *edge);
    if (!edge)
        return false;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        int32_t i = unknown_of(network, element->a), j = unknown_of(network, element->k);
        double g = 1 / element->value;
        if (element->kind != ELEMENT_RESISTOR || i == j)
            continue;
        edge[m++] = (struct conductance){i, j, g};
        if (i == GROUND_UNKNOWN || j == GROUND_UNKNOWN)
            network->ground[i == GROUND_UNKNOWN ? j : i] += g;
    }
    bool done = laplacian_build(&network->L, (int32_t)network->unknowns.count, edge, m);
    free(edge);
    return done;
}

static bool network_arrays(struct network *network)
{
    size_t n = network->unknowns.count;
    network->ground = array_new(n, sizeof *network->ground);
    network->sum[0] = array_new(n, sizeof *network->sum[0]);
    network->sum[1] = array_new(n, sizeof *network->sum[1]);
    network->short_of = array_new(n, sizeof *network->short_of);
    network->d = array_new(n, sizeof *network->d);
    network->most = array_new(network->share->circuit->nodes.count, sizeof *network->most);
    return network->ground && network->sum[0] && network->sum[1] && network->short_of &&
           network->d && network->most;
}

enum grid_status network_build(struct network *network)
{
    if (!unknowns_build(&network->unknowns, network->share, &network->clusters) ||
        !ranks_all(network_arrays(network) && build_laplacian(network)))
        return GRID_NO_MEMORY;
    if (network->unknowns.total < INT32_MAX)
        return GRID_OK;
    if (network->share->ranks.rank == 0)
        diagnose(network->diagnostics, ERROR_CIRCUIT_TOO_LARGE, NULL, 0,
                 "the circuit has %lld unknown potentials, and hypre counts to 2^31", (long long)network->unknowns.total);
    return GRID_UNSOLVED;
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

/* Current into a part from the sources that one rank has. */
struct supply {
    int64_t part;
    double sum, size; /* A */
    double largest;   /* of one source there */
};

static int by_part(const void *x, const void *y)
{
    const struct supply *a = x, *b = y;
    return (a->part > b->part) - (a->part < b->part);
}

/* Merge what belongs to one part. Returns how many are left. */
static size_t merge(struct supply *supply, size_t count)
{
    size_t kept = 0;
    qsort(supply, count, sizeof *supply, by_part);
    for (size_t q = 0; q < count; q++) {
        if (kept == 0 || supply[kept - 1].part != supply[q].part) {
            supply[kept++] = supply[q];
            continue;
        }
        supply[kept - 1].sum += supply[q].sum;
        supply[kept - 1].size += supply[q].size;
        supply[kept - 1].largest = fmax(supply[kept - 1].largest, supply[q].largest);
    }
    return kept;
}

/* The part of a node that floats, else GROUND_NUMBER. */
static int64_t part_of(const struct network *network, uint32_t node)
{
    return parts_label(&network->parts, node);
}

/* What the current sources of this rank bring to parts that float: supply [2 sources]. Returns how many. */
static size_t list_supplies(const struct network *network, struct supply *supply)
{
    const struct circuit *circuit = network->share->circuit;
    size_t count = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind != ELEMENT_ISOURCE || element->value == 0)
            continue;
        int64_t from = part_of(network, element->a), to = part_of(network, element->k);
        double size = fabs(element->value);
        if (from == to)
            continue;
        if (from != GROUND_NUMBER)
            supply[count++] = (struct supply){from, -element->value, size, size};
        if (to != GROUND_NUMBER)
            supply[count++] = (struct supply){to, element->value, size, size};
    }
    return merge(supply, count);
}

/* A source of this rank that brings as much to the part as any does. */
static void report_supply(const struct network *network, const struct supply *supply)
{
    const struct circuit *circuit = network->share->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind != ELEMENT_ISOURCE || fabs(element->value) != supply->largest)
            continue;
        int64_t from = part_of(network, element->a), to = part_of(network, element->k);
        if (from == to || (from != supply->part && to != supply->part))
            continue;
        int length;
        const char *name = circuit_spelling(circuit, e, &length);
        uint32_t node = to == supply->part ? element->k : element->a;
        diagnose(network->diagnostics, OUTCOME_NO_DC_PATH, element->place, element->name_length,
                 "no DC path for the current of %.*s at node %s: %g A cannot %s", length, name,
                 circuit->nodes.text[node], fabs(supply->sum), supply->sum > 0 ? "leave" : "enter");
        return;
    }
}

/* Do the sources bring as much to each part that floats as they take from it? */
static enum grid_status check_supplies(struct network *network)
{
    const double rounding = 1e-12; /* as circuit/topology.c has it */
    size_t sources = network->share->circuit->elements.count, faults = 0;
    struct supply *own = array_new(2 * sources, sizeof *own), *all = NULL;
    int64_t total = 0;
    if (!ranks_all(own)) {
        free(own);
        return GRID_NO_MEMORY;
    }
    bool done = ranks_gather(&network->share->ranks, own, (int64_t)list_supplies(network, own), sizeof *own, &all,
                             &total, NULL);
    free(own);
    size_t parts = done ? merge(all, (size_t)total) : 0;
    for (size_t q = 0; q < parts; q++)
        if (fabs(all[q].sum) > rounding * all[q].size && ++faults <= DIAGNOSTICS_OF_A_KIND)
            report_supply(network, &all[q]);
    free(all);
    return !done ? GRID_NO_MEMORY : faults > 0 ? GRID_UNSOLVED : GRID_OK;
}

enum grid_status network_place_parts(struct network *network)
{
    const struct circuit *circuit = network->share->circuit;
    bool done = ranks_all(parts_new(&network->parts, network->share)), floats = false;
    if (done)
        parts_begin(&network->parts);
    for (uint32_t e = 0; done && e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind == ELEMENT_RESISTOR || grid_holds(element))
            parts_join(&network->parts, element->a, element->k);
    }
    done = done && parts_settle(&network->parts);
    for (uint32_t node = 1; done && node < circuit->nodes.count; node++)
        floats |= part_of(network, node) != GROUND_NUMBER;
    network->is_open = ranks_any(done && floats);
    if (!done)
        return GRID_NO_MEMORY;
    return network->is_open ? check_supplies(network) : GRID_OK;
}

/* ---- the equations of all ranks ---------------------------------------------------------------------------------- */

/* Does a part that floats have its 0 V at this own unknown? */
static bool is_reference(const struct network *network, uint32_t q)
{
    int64_t number = network->unknowns.number[q];
    return part_of(network, network->share->own[number - network->share->first]) == number;
}

/* The rows here as multigrid takes them, with an anchor where a part has its 0 V. False when memory is out. */
static bool make_rows(struct network *network, struct multigrid_rows *rows)
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
        if (is_reference(network, q)) {
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

static enum grid_status set_up(struct network *network)
{
    struct multigrid_rows rows = {0};
    double mark = clock_seconds();
    bool alike = is_alike(&network->L), made = ranks_all(make_rows(network, &rows));
    enum multigrid_status status = MULTIGRID_NO_MEMORY;
    if (made)
        network->multigrid =
            multigrid_new_shared((int32_t)network->unknowns.first, (int32_t)network->unknowns.owned, rows.count);
    if (ranks_all(made && network->multigrid))
        status = multigrid_setup_shared(network->multigrid, &rows, alike);
    rows_free(&rows);
    network->answer->setups++;
    clock_lap(&mark, &network->answer->seconds_setup);
    return ranks_any(status == MULTIGRID_NO_MEMORY) ? GRID_NO_MEMORY : ranks_any(status != MULTIGRID_OK) ? GRID_UNSOLVED
                                                                                                       : GRID_OK;
}

/* ---- Kirchhoff's law --------------------------------------------------------------------------------------------- */

static inline double drop(const struct grid_answer *answer, const struct element *element)
{
    return (answer->hi[element->a] - answer->hi[element->k]) + (answer->lo[element->a] - answer->lo[element->k]);
}

/* The current of a branch that does not hold its voltage, A. */
static inline double branch_current(const struct network *network, const struct element *element)
{
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR: return drop(network->answer, element) / element->value;
    case ELEMENT_ISOURCE: return element->value;
    default: return 0;
    }
}

static void lead(struct network *network, const struct element *element, double current)
{
    int32_t from = unknown_of(network, element->a), to = unknown_of(network, element->k);
    double size = fabs(current), *most = network->most;
    most[element->a] = greater(most[element->a], size);
    most[element->k] = greater(most[element->k], size);
    if (from == to)
        return;
    if (from != GROUND_UNKNOWN)
        add_exactly(&network->sum[0][from], &network->sum[1][from], -current);
    if (to != GROUND_UNKNOWN)
        add_exactly(&network->sum[0][to], &network->sum[1][to], current);
}

/* What flows into the unknowns of this rank that Kirchhoff's law is short of; the largest currents at the nodes. False
 * when memory is out. */
static bool residual(struct network *network)
{
    const struct circuit *circuit = network->share->circuit;
    uint32_t n = network->unknowns.count;
    memset(network->sum[0], 0, n * sizeof *network->sum[0]);
    memset(network->sum[1], 0, n * sizeof *network->sum[1]);
    memset(network->most, 0, circuit->nodes.count * sizeof *network->most);
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        lead(network, &circuit->element[e], branch_current(network, &circuit->element[e]));
    for (uint32_t q = 0; q < n; q++)
        network->short_of[q] = two_sum(network->sum[0][q], network->sum[1][q]);
    return halo_collect(&network->unknowns.halo, network->short_of) &&
           halo_collect_greatest(&network->share->halo, network->most) &&
           halo_spread(&network->share->halo, network->most, sizeof *network->most);
}

/* Potentials of all nodes from those of the unknowns, x [unknowns] V. */
static void place_nodes(struct network *network, const struct dd *x)
{
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

/* How much the correction d changes, over what is next to nothing beside the largest currents at its ends. */
static double measure(const struct network *network)
{
    const struct circuit *circuit = network->share->circuit;
    double change = 0, floor = 1e-60 * largest_magnitude(network->most, circuit->nodes.count);
    ranks_greatest(&floor, 1);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        int32_t i = unknown_of(network, element->a), j = unknown_of(network, element->k);
        if (element->kind != ELEMENT_RESISTOR || i == j)
            continue;
        double d = (i == GROUND_UNKNOWN ? 0 : network->d[i]) - (j == GROUND_UNKNOWN ? 0 : network->d[j]);
        double moved = fabs(d / element->value), least = fmin(network->most[element->a], network->most[element->k]);
        if (!(moved <= enough * floor))
            change = fmax(change, moved / (enough * fmax(least, floor)));
    }
    ranks_greatest(&change, 1);
    return change;
}

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

/* Shift parts that float, and tell what they float with. False when memory is out. */
static bool place_floating(struct network *network, const struct dd *x)
{
    const struct unknowns *unknowns = &network->unknowns;
    struct grid_answer *answer = network->answer;
    struct reference *own = array_new(unknowns->owned, sizeof *own), *all = NULL;
    int64_t count = 0, total;
    bool done = ranks_all(own);
    for (uint32_t q = 0; done && q < unknowns->owned; q++) /* numbers ascend, from rank to rank too */
        if (is_reference(network, q))
            own[count++] = (struct reference){unknowns->number[q], x[q]};
    done = done && ranks_gather(&network->share->ranks, own, count, sizeof *own, &all, &total, NULL);
    for (uint32_t node = 1; done && node < network->share->circuit->nodes.count; node++) {
        struct reference sought = {.number = part_of(network, node)};
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

/* One correction of x [unknowns] V; *change: what it changes. */
static enum grid_status correct(struct network *network, struct dd *x, double *b, double *change)
{
    const struct unknowns *unknowns = &network->unknowns;
    if (!residual(network))
        return GRID_NO_MEMORY;
    for (uint32_t q = 0; q < unknowns->owned; q++)
        b[q] = dd_value(network->short_of[q]);
    enum multigrid_status solved = multigrid_solve(network->multigrid, accuracy, b, network->d);
    if (solved != MULTIGRID_OK)
        return solved == MULTIGRID_NO_MEMORY ? GRID_NO_MEMORY : GRID_UNSOLVED;
    if (!halo_spread(&unknowns->halo, network->d, sizeof *network->d))
        return GRID_NO_MEMORY;
    *change = measure(network);
    for (uint32_t q = 0; q < unknowns->count; q++)
        x[q] = dd_add_double(x[q], network->d[q]);
    place_nodes(network, x);
    network->answer->corrections++;
    return GRID_OK;
}

/* Corrections until the next one would change next to nothing. */
static enum grid_status correct_all(struct network *network, struct dd *x, double *b)
{
    enum { STEPS = 25 };
    double before = INFINITY;
    for (int step = 0; step < STEPS; step++) {
        double change;
        enum grid_status status = correct(network, x, b, &change);
        if (status != GRID_OK)
            return status;
        double rate = isinf(before) ? fresh_rate : fmin(1, fmax(fresh_rate, change / before));
        if (!isfinite(change))
            return GRID_UNSOLVED;
        if (change * rate <= 1)
            return GRID_OK;
        before = change;
    }
    return GRID_UNSOLVED;
}

enum grid_status network_iterate(struct network *network)
{
    uint32_t n = network->unknowns.count;
    struct grid_answer *answer = network->answer;
    struct dd *x = array_new(n, sizeof *x);
    double *b = array_new(n, sizeof *b);
    enum grid_status status = ranks_all(x && b) ? GRID_OK : GRID_NO_MEMORY;
    answer->unknowns = network->unknowns.total;
    for (uint32_t node = 0; status == GRID_OK && node < network->share->circuit->nodes.count; node++)
        answer->floats[node] = GRID_TIED;
    if (status == GRID_OK)
        place_nodes(network, x);
    if (status == GRID_OK && network->unknowns.total > 0) {
        status = set_up(network);
        double mark = clock_seconds();
        if (status == GRID_OK)
            status = correct_all(network, x, b);
        clock_lap(&mark, &answer->seconds_solve);
    }
    if (status == GRID_OK && network->is_open && !place_floating(network, x))
        status = GRID_NO_MEMORY;
    free(x);
    free(b);
    return status;
}

/* ---- currents ---------------------------------------------------------------------------------------------------- */

enum grid_status network_currents(struct network *network)
{
    const struct circuit *circuit = network->share->circuit;
    const struct clusters *clusters = &network->clusters;
    const uint32_t *member = network->unknowns.member;
    struct grid_answer *answer = network->answer;
    struct dd *into = array_new(clusters->members, sizeof *into);
    double *held = array_new((size_t)clusters->holders, sizeof *held);
    bool done = ranks_all(into && held);
    for (uint32_t e = 0; done && e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        double i = answer->current[e] = branch_current(network, element);
        if (member[element->a] != UINT32_MAX)
            into[member[element->a]] = dd_add_double(into[member[element->a]], -i);
        if (member[element->k] != UINT32_MAX)
            into[member[element->k]] = dd_add_double(into[member[element->k]], i);
    }
    done = done && clusters_currents(clusters, into, held);
    for (int64_t q = 0; done && q < clusters->holders; q++)
        if (clusters->holder[q].rank == network->share->ranks.rank)
            answer->current[clusters->holder[q].element] = held[q];
    answer->any_shared = !clusters->forest.acyclic;
    free(into);
    free(held);
    return done ? GRID_OK : GRID_NO_MEMORY;
}

void network_free(struct network *network)
{
    clusters_free(&network->clusters);
    unknowns_free(&network->unknowns);
    parts_free(&network->parts);
    multigrid_free(network->multigrid);
    laplacian_free(&network->L);
    free(network->ground);
    free(network->sum[0]);
    free(network->sum[1]);
    free(network->short_of);
    free(network->d);
    free(network->most);
}
