/* Several answers of a linear circuit at once: what is done for each branch is done for as many columns as a vector has
 * lanes, and the factor is read once for all of them. */
#include "convex/network_parts.h"

#include "util/array.h"
#include "util/kernel.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = FACTOR_LANES };

/* Columns that are corrected together. */
struct network_lanes {
    double *hi, *lo, *most; /* [nodes][LANES] V, V, and the largest current of a resistor or source there, A */
    double *d;              /* [trees][LANES] A, into each cluster that Kirchhoff's law is short of; then the
                             * correction, V */
    double *rest;           /* [trees][LANES] A, what the sums round off; then work */
    double *voltage;        /* [edges][LANES] V */
    bool is_open[LANES];
    double before[LANES];
};

/* ---- life -------------------------------------------------------------------------------------------------------- */

bool network_columns_new(struct network_columns *columns, const struct network *network, size_t most,
                         uint32_t sources, const uint32_t *source)
{
    size_t nodes = network->tables->nodes, elements = network->circuit->elements.count, trees = network->forest.trees;
    if (most > SIZE_MAX / sizeof(double) / (nodes + elements + 1))
        return false;
    struct network_lanes lanes = {0};
    const struct array_request request[] = {
        {&columns->v, most * nodes, sizeof *columns->v},
        {&columns->low, most * nodes, sizeof *columns->low},
        {&columns->i, most * elements, sizeof *columns->i},
        {&columns->found, most, sizeof *columns->found},
        {&columns->drive, elements, sizeof *columns->drive},
        {&columns->lanes, 1, sizeof *columns->lanes},
        {&lanes.hi, nodes, LANES * sizeof(double)},
        {&lanes.lo, nodes, LANES * sizeof(double)},
        {&lanes.most, nodes, LANES * sizeof(double)},
        {&lanes.d, trees, LANES * sizeof(double)},
        {&lanes.rest, trees, LANES * sizeof(double)},
        {&lanes.voltage, network->edges, LANES * sizeof(double)},
    };
    columns->block = arrays_new(request, sizeof request / sizeof *request);
    if (!columns->block)
        return false;
    *columns->lanes = lanes;
    columns->most = most;
    columns->sources = sources;
    columns->source = source;
    for (uint32_t s = 0; s < sources; s++)
        columns->drive[source[s]] = s + 1;
    return true;
}

void network_columns_free(struct network_columns *columns)
{
    free(columns->block);
    *columns = (struct network_columns){0};
}

/* ---- what drives a column ---------------------------------------------------------------------------------------- */

/* The value of a source in a column. */
static double value_in(const struct network *network, const struct network_columns *columns, size_t c, uint32_t e)
{
    if (columns->drive[e] > 0)
        return columns->value[c * columns->sources + columns->drive[e] - 1];
    return columns->others ? network->circuit->element[e].value : 0;
}

static double voltage_in(const struct network *network, const struct network_columns *columns, size_t c,
                         uint32_t edge)
{
    uint32_t e = network->element[edge];
    return network->circuit->element[e].kind == ELEMENT_VSOURCE ? value_in(network, columns, c, e) : 0;
}

static void excite_column(struct network *network, const struct network_columns *columns, size_t c)
{
    struct excitation *excitation = &network->excitation;
    for (uint32_t q = 0; q < network->edges; q++)
        excitation->voltage[q] = voltage_in(network, columns, c, q);
    for (uint32_t s = 0; s < network->tables->sources; s++)
        excitation->current[s] = value_in(network, columns, c, network->tables->source[s]);
    excitation->intercepts = false;
    excitation->into = NULL;
}

/* ---- by lanes, each as network_potentials.c does it for one ------------------------------------------------------ */

/* Add x [LANES], V, to potentials. */
KERNEL_PART void shift_lanes(double *restrict hi, double *restrict lo, const double *restrict x, double sign)
{
    KERNEL_EACH
    for (int l = 0; l < LANES; l++) {
        struct dd v = dd_add_double((struct dd){hi[l], lo[l]}, sign * x[l]);
        hi[l] = v.hi;
        lo[l] = v.lo;
    }
}

KERNEL
static void follow_lanes(const struct network *network, struct network_lanes *lanes)
{
    for (uint32_t q = 0; q < network->tree.followers; q++) {
        size_t node = network->follower[q], e = network->forest.via[node], up = network->forest.parent[node];
        memcpy(lanes->hi + node * LANES, lanes->hi + up * LANES, LANES * sizeof(double));
        memcpy(lanes->lo + node * LANES, lanes->lo + up * LANES, LANES * sizeof(double));
        shift_lanes(lanes->hi + node * LANES, lanes->lo + node * LANES, lanes->voltage + e * LANES,
                    network->edge[e].a == node ? 1 : -1);
    }
}

KERNEL
static void apply_lanes(const struct network *network, struct network_lanes *lanes)
{
    const struct forest *forest = &network->forest;
    for (size_t node = 0; node < forest->nodes; node++)
        if (forest->via[node] == FOREST_NO_EDGE && forest->tree[node] > 0)
            shift_lanes(lanes->hi + node * LANES, lanes->lo + node * LANES,
                        lanes->d + (size_t)forest->tree[node] * LANES, 1);
}

/* Currents i [LANES], A, from one cluster to another. */
KERNEL_PART void lead_lanes(const struct network_lanes *lanes, size_t from, size_t to, const double *restrict i)
{
    double *restrict sum = lanes->d + from * LANES, *restrict rest = lanes->rest + from * LANES;
    double *restrict other = lanes->d + to * LANES, *restrict other_rest = lanes->rest + to * LANES;
    KERNEL_EACH
    for (int l = 0; l < LANES; l++) {
        add_exactly(&sum[l], &rest[l], -i[l]);
        add_exactly(&other[l], &other_rest[l], i[l]);
    }
}

KERNEL_PART void note_largest(double *restrict most, const double *restrict i)
{
    KERNEL_EACH
    for (int l = 0; l < LANES; l++)
        most[l] = most[l] > fabs(i[l]) ? most[l] : fabs(i[l]);
}

KERNEL_PART void lead_branch(const struct network *network, const struct network_lanes *lanes, size_t a, size_t k,
                             const double *restrict i)
{
    note_largest(lanes->most + a * LANES, i);
    note_largest(lanes->most + k * LANES, i);
    if (network->forest.tree[a] != network->forest.tree[k])
        lead_lanes(lanes, network->forest.tree[a], network->forest.tree[k], i);
}

KERNEL
static void lead_resistors(const struct network *network, const struct network_lanes *lanes)
{
    const struct element_tables *tables = network->tables;
    for (uint32_t q = 0; q < tables->resistors; q++) {
        size_t a = tables->a[q], k = tables->k[q];
        const double *hi = lanes->hi + a * LANES, *lo = lanes->lo + a * LANES;
        const double *other = lanes->hi + k * LANES, *other_lo = lanes->lo + k * LANES;
        double resistance = tables->resistance[q], i[LANES];
        KERNEL_EACH
        for (int l = 0; l < LANES; l++)
            i[l] = ((hi[l] - other[l]) + (lo[l] - other_lo[l])) / resistance;
        lead_branch(network, lanes, a, k, i);
    }
}

/* d: what is left over, A; 0 of columns that are found. */
static void residual_lanes(const struct network *network, const struct network_columns *columns, size_t first,
                           size_t count)
{
    const struct element_tables *tables = network->tables;
    struct network_lanes *lanes = columns->lanes;
    size_t trees = network->forest.trees;
    memset(lanes->d, 0, trees * LANES * sizeof *lanes->d);
    memset(lanes->rest, 0, trees * LANES * sizeof *lanes->rest);
    memset(lanes->most, 0, (size_t)tables->nodes * LANES * sizeof *lanes->most);
    lead_resistors(network, lanes);
    for (uint32_t s = 0; s < tables->sources; s++) {
        const struct element *element = &network->circuit->element[tables->source[s]];
        double i[LANES] = {0};
        for (size_t l = 0; l < count; l++)
            i[l] = value_in(network, columns, first + l, tables->source[s]);
        lead_branch(network, lanes, element->a, element->k, i);
    }
    for (size_t t = 0; t < trees; t++)
        for (size_t l = 0; l < LANES; l++)
            lanes->d[t * LANES + l] = lanes->is_open[l] ? lanes->d[t * LANES + l] + lanes->rest[t * LANES + l] : 0;
}

/* How much the correction changes, over what is next to nothing: change [LANES] out. */
KERNEL
static void measure_lanes(const struct network *network, const struct network_lanes *lanes, double *restrict change)
{
    const struct element_tables *tables = network->tables;
    double floor[LANES] = {0};
    for (size_t node = 0; node < tables->nodes; node++)
        note_largest(floor, lanes->most + node * LANES);
    for (int l = 0; l < LANES; l++) {
        floor[l] = NETWORK_LEAST_SHARE * floor[l] + DBL_MIN;
        change[l] = 0;
    }
    for (uint32_t q = 0; q < tables->resistors; q++) {
        size_t a = tables->a[q], k = tables->k[q], from = network->forest.tree[a], to = network->forest.tree[k];
        if (from == to)
            continue;
        const double *most = lanes->most + a * LANES, *other_most = lanes->most + k * LANES;
        const double *hi = lanes->hi + a * LANES, *other = lanes->hi + k * LANES;
        const double *d = lanes->d + from * LANES, *other_d = lanes->d + to * LANES;
        double g = 1 / tables->resistance[q], noise = 8 * DBL_EPSILON * DBL_EPSILON * g, enough = network->enough;
        KERNEL_EACH
        for (int l = 0; l < LANES; l++) {
            double least = most[l] < other_most[l] ? most[l] : other_most[l];
            double need = floor[l] + enough * least + noise * (fabs(hi[l]) + fabs(other[l]));
            double own = fabs(g * (d[l] - other_d[l])) / need;
            change[l] = own > change[l] ? own : change[l];
        }
    }
}

/* ---- corrections ------------------------------------------------------------------------------------------------- */

/* d = L^-1 d */
static enum network_status solve_lanes(const struct network *network, struct network_lanes *lanes)
{
    memset(lanes->d, 0, LANES * sizeof *lanes->d);
    enum factor_status solved =
        network->L.n > 0 ? factor_solve_lanes(network->factor, lanes->d + LANES, lanes->rest) : FACTOR_OK;
    return network_status_of(solved);
}

static void begin_lanes(const struct network *network, const struct network_columns *columns, size_t first,
                        size_t count)
{
    struct network_lanes *lanes = columns->lanes;
    size_t size = (size_t)network->tables->nodes * LANES * sizeof(double);
    memset(lanes->hi, 0, size);
    memset(lanes->lo, 0, size);
    for (size_t l = 0; l < LANES; l++) {
        lanes->is_open[l] = l < count;
        lanes->before[l] = INFINITY;
        for (uint32_t e = 0; e < network->edges; e++)
            lanes->voltage[e * LANES + l] = l < count ? voltage_in(network, columns, first + l, e) : 0;
    }
    follow_lanes(network, lanes);
}

/* The columns from `first` on, at most as many as there are lanes. */
static enum network_status fill_lanes(const struct network *network, struct network_columns *columns, size_t first,
                                      size_t count)
{
    enum { STEPS = 6 };
    struct network_lanes *lanes = columns->lanes;
    size_t nodes = network->tables->nodes, open = count;
    begin_lanes(network, columns, first, count);
    for (int step = 0; step < STEPS && open > 0; step++) {
        double change[LANES];
        residual_lanes(network, columns, first, count);
        enum network_status status = solve_lanes(network, lanes);
        if (status != NETWORK_OK)
            return status;
        measure_lanes(network, lanes, change);
        apply_lanes(network, lanes);
        follow_lanes(network, lanes);
        open = 0;
        for (size_t l = 0; l < count; l++) {
            lanes->is_open[l] &= !(change[l] * network_rate(network, lanes->before[l], change[l]) <= 1);
            lanes->before[l] = change[l];
            open += lanes->is_open[l];
        }
    }
    for (size_t l = 0; l < count; l++) {
        columns->found[first + l] = !lanes->is_open[l];
        for (size_t node = 0; node < nodes; node++) {
            columns->v[(first + l) * nodes + node] = lanes->hi[node * LANES + l];
            columns->low[(first + l) * nodes + node] = lanes->lo[node * LANES + l];
        }
    }
    return NETWORK_OK;
}

static struct potentials column_of(const struct network_columns *columns, const struct network *network, size_t c)
{
    size_t nodes = network->tables->nodes;
    return (struct potentials){{columns->v + c * nodes, columns->low + c * nodes, NULL, NULL}, 2};
}

/* One more correction of the columns from `first` on, by what currents that are not rounded leave over. */
static enum network_status correct_finely(struct network *network, struct network_columns *columns, size_t first,
                                          size_t count)
{
    struct network_lanes *lanes = columns->lanes;
    size_t trees = network->forest.trees;
    memset(lanes->d, 0, trees * LANES * sizeof *lanes->d);
    for (size_t l = 0; l < count; l++) {
        struct potentials v = column_of(columns, network, first + l);
        excite_column(network, columns, first + l);
        network_residual_finely(network, &v);
        for (size_t t = 1; t < trees; t++)
            lanes->d[t * LANES + l] = network->sum[0][t];
    }
    enum network_status status = solve_lanes(network, lanes);
    for (size_t l = 0; status == NETWORK_OK && l < count; l++) {
        struct potentials v = column_of(columns, network, first + l);
        excite_column(network, columns, first + l);
        for (size_t t = 0; t < trees; t++)
            network->d[t] = lanes->d[t * LANES + l];
        network_apply(network, &v);
    }
    return status;
}

enum network_status network_drive(struct network *network, struct network_columns *columns, struct solve_info *info)
{
    size_t elements = network->circuit->elements.count;
    assert(!network->awake);
    enum network_status status = network_factor(network, info);
    if (status != NETWORK_OK || network->fine || network_fault(network))
        return status != NETWORK_OK ? status : NETWORK_UNSOLVED;
    if (network->factor)
        factor_set_accuracy(network->factor, NETWORK_ACCURACY);
    if (columns->finely && !network_make_fine(network))
        return NETWORK_NO_MEMORY;
    for (size_t first = 0; status == NETWORK_OK && first < columns->count; first += LANES) {
        size_t count = columns->count - first < LANES ? columns->count - first : LANES;
        status = fill_lanes(network, columns, first, count);
        if (status == NETWORK_OK && columns->finely)
            status = correct_finely(network, columns, first, count);
    }
    for (size_t c = 0; status == NETWORK_OK && c < columns->count; c++) {
        struct potentials v = column_of(columns, network, c);
        excite_column(network, columns, c);
        status = network_branch_currents(network, &v, columns->i + c * elements, info);
    }
    return status;
}
