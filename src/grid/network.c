#include "grid/network.h"

#include "util/array.h"
#include "util/clock.h"
#include "util/magnitude.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the last correction may change, of the largest current at a node; by how much a correction is wrong while none
 * has shown it: as in convex/linear_region.h. */
static const double enough = 1e-12, unseen_rate = 1e-3;
static const double quiet_share = 1e-8; /* of the rounding of the largest current, that iterations leave elsewhere */

/* What is asked of the iterations of a correction: of a linear circuit's first one nearly all, so that the second finds
 * little left and tells; of nonlinear ones, whose lines change in between, the same of all. */
static double accuracy_of(const struct network *network, int step)
{
    return network->diodes->any ? 1e-8 : step == 0 ? 1e-11 : 1e-5;
}

/* ---- the matrix -------------------------------------------------------------------------------------------------- */

static int32_t unknown_of(const struct network *network, uint32_t node)
{
    return network->unknowns.of[node];
}

/* The conductances of this rank, those of the diodes' lines among them; which nodes they join. */
static bool build_laplacian(struct network *network)
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

static bool network_arrays(struct network *network)
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
static bool look_around(struct network *network)
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
    }
    return true;
}

/* Begin at the answer's potentials. False when memory is out, on all ranks. */
static bool take_potentials(struct network *network)
{
    const struct share *share = network->share;
    for (uint32_t q = 0; q < network->unknowns.owned; q++) {
        uint32_t node = share->own[network->unknowns.number[q] - share->first];
        network->x[q] = (struct dd){network->answer->hi[node], network->answer->lo[node]};
    }
    return halo_spread(&network->unknowns.halo, network->x, sizeof *network->x);
}

enum grid_status network_build(struct network *network)
{
    if (!unknowns_build(&network->unknowns, network->share, &network->clusters) ||
        !ranks_all(network_arrays(network) && parts_new(&network->parts, network->share)) ||
        !take_potentials(network) || (network->diodes->any && !look_around(network)))
        return GRID_NO_MEMORY;
    network->answer->unknowns = network->unknowns.total;
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

/* Which parts float, on some rank. False when memory is out, on all ranks. */
static bool settle_parts(struct network *network)
{
    bool floats = false;
    if (!parts_settle(&network->parts))
        return false;
    for (uint32_t node = 1; node < network->share->circuit->nodes.count; node++)
        floats |= part_of(network, node) != GROUND_NUMBER;
    network->is_open = ranks_any(floats);
    return true;
}

enum grid_status network_check_parts(struct network *network)
{
    const struct circuit *circuit = network->share->circuit;
    parts_begin(&network->parts);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind == ELEMENT_RESISTOR || element->kind == ELEMENT_DIODE || grid_holds(element))
            parts_join(&network->parts, element->a, element->k);
    }
    if (!settle_parts(network))
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

/* The equations with the present lines of the diodes. */
static enum grid_status set_up(struct network *network)
{
    struct multigrid_rows rows = {0};
    double mark = clock_seconds();
    parts_begin(&network->parts);
    bool made = ranks_all(build_laplacian(network));
    if (!made || !settle_parts(network) || !ranks_all(make_rows(network, &rows))) {
        rows_free(&rows);
        return GRID_NO_MEMORY;
    }
    bool alike = is_alike(&network->L);
    multigrid_free(network->multigrid);
    network->multigrid =
        multigrid_new_shared((int32_t)network->unknowns.first, (int32_t)network->unknowns.owned, rows.count);
    enum multigrid_status status = MULTIGRID_NO_MEMORY;
    if (ranks_all(network->multigrid))
        status = multigrid_setup_shared(network->multigrid, &rows, alike);
    rows_free(&rows);
    network->answer->setups++;
    clock_lap(&mark, &network->answer->seconds_setup);
    return ranks_any(status == MULTIGRID_NO_MEMORY) ? GRID_NO_MEMORY
           : ranks_any(status != MULTIGRID_OK)      ? GRID_UNSOLVED
                                                    : GRID_OK;
}

/* ---- Kirchhoff's law --------------------------------------------------------------------------------------------- */

/* The voltage of a branch, V; what rounding of the potentials may have left of 0 is 0, so that no current is where none
 * can flow. */
static inline struct dd drop_finely(const struct grid_answer *answer, const struct element *element)
{
    double a = answer->hi[element->a], k = answer->hi[element->k];
    struct dd u = dd_difference(a, answer->lo[element->a], k, answer->lo[element->k]);
    double rounding = 8 * DBL_EPSILON * DBL_EPSILON * (fabs(a) + fabs(k));
    return fabs(u.hi) <= rounding ? dd_from(0) : u;
}

static inline double drop(const struct grid_answer *answer, const struct element *element)
{
    return dd_value(drop_finely(answer, element));
}

/* The current of a branch that does not hold its voltage, A; of diode *d where it is one, which is counted. Not rounded:
 * corrections would have its rounding in them, everywhere. */
static inline struct dd branch_current(const struct network *network, const struct element *element, uint32_t *d)
{
    const struct diode *diode;
    struct dd beyond;
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR: return dd_div_double(drop_finely(network->answer, element), element->value);
    case ELEMENT_ISOURCE: return dd_from(element->value);
    case ELEMENT_DIODE:
        diode = &network->diodes->diode[(*d)++];
        beyond = dd_sub_double(drop_finely(network->answer, element), diode->u);
        return dd_mul_double(dd_add_double(dd_mul_double(beyond, diode->g), diode->i), element->value);
    default: return dd_from(0);
    }
}

/* The conductance of a branch in the equations, S; diodes are counted by *d. */
static inline double branch_slope(const struct network *network, const struct element *element, uint32_t *d)
{
    return element->kind == ELEMENT_RESISTOR ? 1 / element->value
           : element->kind == ELEMENT_DIODE  ? element->value * network->slope[(*d)++]
                                             : 0;
}

/* Lead a branch's current, whose slope is g, S, from one unknown to the other. */
static void lead(struct network *network, const struct element *element, struct dd current, double g)
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

/* What flows into the unknowns of this rank that Kirchhoff's law is short of; the largest currents at the nodes. False
 * when memory is out. */
static bool residual(struct network *network)
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

/* Potentials of all nodes from those of the unknowns. */
static void place_nodes(struct network *network)
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

/* The current below which none has a part in the answer, A. */
static double least_current(const struct network *network)
{
    double floor = 1e-60 * largest_magnitude(network->most, network->share->circuit->nodes.count);
    ranks_greatest(&floor, 1);
    return floor;
}

/* What rounding of potentials, which are sums of two doubles, makes of the currents at a branch's nodes, some of which
 * may be all that flows there, A. */
static inline double rounding_of(const struct network *network, const struct element *element)
{
    return 4096 * DBL_EPSILON * DBL_EPSILON * fmax(network->steep[element->a], network->steep[element->k]);
}

/* How much the correction d changes, over what is next to nothing beside the largest currents at its ends. */
static double measure(const struct network *network)
{
    const struct circuit *circuit = network->share->circuit;
    double change = 0, floor = least_current(network);
    for (uint32_t e = 0, q = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        int32_t i = unknown_of(network, element->a), j = unknown_of(network, element->k);
        double g = branch_slope(network, element, &q);
        if (g == 0 || i == j)
            continue;
        double d = (i == GROUND_UNKNOWN ? 0 : network->d[i]) - (j == GROUND_UNKNOWN ? 0 : network->d[j]);
        double moved = fabs(g * d), least = fmin(network->most[element->a], network->most[element->k]);
        if (moved > enough * floor && moved > rounding_of(network, element))
            change = fmax(change, moved / (enough * fmax(least, floor)));
    }
    ranks_greatest(&change, 1);
    return change;
}

/* Lines of the free diodes at the present potentials. Returns by how much the currents of laws differ from those of the
 * lines so far, over what is next to nothing; 0 where there are no diodes. *serves: slopes are still those of the
 * equations, as far as that matters. */
static double touch(struct network *network, bool *serves)
{
    const struct circuit *circuit = network->share->circuit;
    const double alike = 0.1;
    double off = 0, floor = least_current(network);
    *serves = true;
    for (uint32_t d = 0; d < network->diodes->count; d++) {
        struct diode *diode = &network->diodes->diode[d];
        const struct element *element = &circuit->element[diode->element];
        double differs = element->value * diode_meet(diode, &circuit->law[element->law], drop(network->answer, element));
        double least = fmin(network->most[element->a], network->most[element->k]), own = network->slope[d];
        double around = isinf(diode->around) ? 0 : diode->around;
        if (differs > enough * floor && differs > rounding_of(network, element))
            off = fmax(off, differs / (enough * fmax(least, floor)));
        *serves &= fabs(diode->g - own) <= alike * (own + around);
    }
    ranks_greatest(&off, 1);
    *serves = ranks_all(*serves);
    return off;
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
static bool place_floating(struct network *network)
{
    const struct unknowns *unknowns = &network->unknowns;
    struct grid_answer *answer = network->answer;
    struct reference *own = array_new(unknowns->owned, sizeof *own), *all = NULL;
    int64_t count = 0, total;
    bool done = ranks_all(own);
    for (uint32_t q = 0; done && q < unknowns->owned; q++) /* numbers ascend, from rank to rank too */
        if (is_reference(network, q))
            own[count++] = (struct reference){unknowns->number[q], network->x[q]};
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

/* ---- steps ------------------------------------------------------------------------------------------------------- */

/* Lines of the free diodes at the present voltages themselves. *serves as of touch. */
static void touch_there(struct network *network, bool *serves)
{
    const struct circuit *circuit = network->share->circuit;
    *serves = true;
    for (uint32_t d = 0; d < network->diodes->count; d++) {
        struct diode *diode = &network->diodes->diode[d];
        const struct element *element = &circuit->element[diode->element];
        struct diode there = *diode;
        double u = drop(network->answer, element);
        diode_touch(&there, &circuit->law[element->law], u);
        double line = diode->i + diode->g * (u - diode->u);
        if (there.g != diode->g && !(fabs(there.i - line) <= 4 * DBL_EPSILON * fabs(line)))
            *diode = there; /* else the same line, whose rounding stays what it was */
        *serves &= diode->g == network->slope[d];
    }
    *serves = ranks_all(*serves);
}

/* The voltage that the correction changes a branch by. */
static double change_of(const struct network *network, const struct element *element)
{
    int32_t i = unknown_of(network, element->a), j = unknown_of(network, element->k);
    return (i == GROUND_UNKNOWN ? 0 : network->d[i]) - (j == GROUND_UNKNOWN ? 0 : network->d[j]);
}

/* The slope of the co-content along the correction, t of it ahead: what diodes have of it, W. */
static double slope_of_diodes(const struct network *network, double t)
{
    const struct circuit *circuit = network->share->circuit;
    double sum = 0;
    for (uint32_t d = 0; d < network->diodes->count; d++) {
        struct diode there = network->diodes->diode[d];
        const struct element *element = &circuit->element[there.element];
        double du = change_of(network, element);
        if (du == 0)
            continue;
        diode_touch(&there, &circuit->law[element->law], drop(network->answer, element) + t * du);
        sum += element->value * there.i * du;
    }
    ranks_sum(&sum, 1);
    return sum;
}

/* How much of the correction leads to the least co-content along it: exact where that is more than a tenth of a step.
 * False position that cannot stall (Dowell and Jarratt 1971, the Illinois method). */
static double search(const struct network *network)
{
    enum { DOUBLINGS = 20, TRIALS = 60 };
    const struct circuit *circuit = network->share->circuit;
    double line[2] = {0, 0}; /* of the other branches: at 0, and its growth */
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        double du = change_of(network, element);
        if (element->kind == ELEMENT_RESISTOR) {
            line[0] += drop(network->answer, element) / element->value * du;
            line[1] += du / element->value * du;
        } else if (element->kind == ELEMENT_ISOURCE) {
            line[0] += element->value * du;
        }
    }
    ranks_sum(line, 2);
    double low = 0, high = 1, at_low = line[0] + slope_of_diodes(network, 0), begin = fabs(at_low);
    double at_high = line[0] + line[1] + slope_of_diodes(network, 1);
    if (fabs(at_high) <= 0.1 * begin || !(at_low < 0))
        return 1;
    for (int q = 0; q < DOUBLINGS && at_high < 0; q++) {
        low = high;
        at_low = at_high;
        high *= 2;
        at_high = line[0] + high * line[1] + slope_of_diodes(network, high);
    }
    for (int q = 0; q < TRIALS && at_high > 0 && at_low < 0; q++) {
        double t = low + (high - low) * (-at_low / (at_high - at_low));
        double at = line[0] + t * line[1] + slope_of_diodes(network, t);
        if (fabs(at) <= 0.01 * begin)
            return t;
        if (at < 0) {
            low = t;
            at_low = at;
            at_high /= 2;
        } else {
            high = t;
            at_high = at;
            at_low /= 2;
        }
    }
    return low > 0 ? low : high;
}

/* Is all that Kirchhoff's law is short of the rounding of the currents there, or what iterations, which look at all of
 * them, leave elsewhere of rounding? */
static bool is_quiet(const struct network *network)
{
    bool quiet = true;
    double largest = largest_magnitude(network->largest, network->unknowns.owned);
    ranks_greatest(&largest, 1);
    for (uint32_t q = 0; q < network->unknowns.owned; q++)
        quiet &= fabs(network->b[q]) <= 16 * DBL_EPSILON * fmax(network->largest[q], quiet_share * largest);
    return ranks_all(quiet);
}

/* One correction, or as much of it as leads downhill; *change: what it changes. */
static enum grid_status correct(struct network *network, double accuracy, bool searching, double *change)
{
    const struct unknowns *unknowns = &network->unknowns;
    if (!residual(network))
        return GRID_NO_MEMORY;
    for (uint32_t q = 0; q < unknowns->owned; q++)
        network->b[q] = dd_value(network->short_of[q]);
    enum multigrid_status solved = multigrid_solve(network->multigrid, accuracy, network->b, network->d);
    if (solved != MULTIGRID_OK)
        return solved == MULTIGRID_NO_MEMORY ? GRID_NO_MEMORY : GRID_UNSOLVED;
    if (!halo_spread(&unknowns->halo, network->d, sizeof *network->d))
        return GRID_NO_MEMORY;
    *change = measure(network);
    double t = searching ? search(network) : 1;
    for (uint32_t q = 0; q < unknowns->count; q++)
        network->x[q] = dd_add_double(network->x[q], t * network->d[q]);
    place_nodes(network);
    network->answer->corrections++;
    return GRID_OK;
}

/* Corrections until the next one would change next to nothing, and laws have the currents of their lines. Lines that
 * come and go are left for steps along which the co-content falls. */
static enum grid_status correct_all(struct network *network)
{
    enum { LINEAR_STEPS = 25, STEPS = 150, PATIENCE = 6 };
    double before = INFINITY;
    bool serves = false, searching = false;
    int slow = 0, quiet = 0; /* corrections that have not become much smaller; that only rounding has asked for */
    for (int step = 0; step < (network->diodes->any ? STEPS : LINEAR_STEPS); step++) {
        double change, off = 0;
        enum grid_status status = serves ? GRID_OK : set_up(network);
        double mark = clock_seconds();
        if (status == GRID_OK)
            status = correct(network, accuracy_of(network, step), searching, &change);
        if (status != GRID_OK)
            return status;
        serves = true;
        slow += !(change < 0.5 * before);
        searching |= network->diodes->any && slow >= PATIENCE;
        if (searching)
            touch_there(network, &serves);
        else if (network->diodes->any)
            off = touch(network, &serves);
        clock_lap(&mark, &network->answer->seconds_solve);
        double least = 10 * accuracy_of(network, step);
        double rate = isinf(before) ? unseen_rate : fmin(1, fmax(least, change / before));
        if (!isfinite(change))
            return GRID_UNSOLVED;
        if (change * rate <= 1 && off <= 1 && (serves || !searching))
            return GRID_OK;
        before = change;
        quiet = is_quiet(network) ? quiet + 1 : 0;
        if (quiet >= PATIENCE && off <= 1 && (serves || !searching))
            return GRID_OK; /* what still moves are currents that are next to none: the proof judges */
    }
    return GRID_UNSOLVED;
}

enum grid_status network_iterate(struct network *network)
{
    struct grid_answer *answer = network->answer;
    for (uint32_t node = 0; node < network->share->circuit->nodes.count; node++)
        answer->floats[node] = GRID_TIED;
    answer->any_floats = false;
    place_nodes(network);
    enum grid_status status = network->unknowns.total > 0 ? correct_all(network) : GRID_OK;
    if (status == GRID_OK && network->is_open && !place_floating(network))
        status = GRID_NO_MEMORY;
    return status;
}

/* ---- currents ---------------------------------------------------------------------------------------------------- */

/* The current of a branch at the answer, A: of a diode that of its law, to rounding. */
static double final_current(const struct network *network, const struct element *element, uint32_t *d)
{
    const struct grid_answer *answer = network->answer;
    if (element->kind != ELEMENT_DIODE)
        return dd_value(branch_current(network, element, d));
    ++*d;
    const struct law *law = &network->share->circuit->law[element->law];
    struct dd u = drop_finely(answer, element);
    return dd_value(dd_mul_double(law_at(law, u, 0).i, element->value));
}

enum grid_status network_currents(struct network *network)
{
    const struct circuit *circuit = network->share->circuit;
    const struct clusters *clusters = &network->clusters;
    const uint32_t *member = network->unknowns.member;
    struct grid_answer *answer = network->answer;
    struct dd *into = array_new(clusters->members, sizeof *into);
    network->flow = array_new((size_t)clusters->holders, sizeof *network->flow);
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
    for (int64_t q = 0; done && q < clusters->holders; q++) {
        const struct holder *holder = &clusters->holder[q];
        if (holder->rank == network->share->ranks.rank)
            answer->current[holder->element] += holder->one_way < 0 ? -network->flow[q] : network->flow[q];
    }
    answer->any_shared = !clusters->forest.acyclic;
    free(into);
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
    free(network->slope);
    free(network->largest);
    free(network->x);
    free(network->b);
    free(network->flow);
    free(network->short_of);
    free(network->d);
    free(network->most);
    free(network->steep);
    *network = (struct network){0};
}
