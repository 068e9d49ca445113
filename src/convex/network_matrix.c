/* The conductances between the clusters of a network, and their factor. */
#include "convex/network_parts.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* Slopes that one factor serves, S/S. Test: points_are_single_solves */
static const double alike = 1e-3;

/* ---- the pattern ---- */

/* Can the diode have a conductance on some segment that leaves the clusters as they are? */
static bool conducts_somewhere(const struct law *law)
{
    return law->curve || law->g_off > 0 || (law->g_on > 0 && !isinf(law->g_on)) ||
           (law->g_rev > 0 && !isinf(law->g_rev) && !isinf(law->v_rev));
}

/* Resistors, and the diodes that may conduct with 0 S: the pattern, and the values of the resistors alone. */
static bool build_pattern(struct network *network, struct laplacian *L)
{
    const struct element_tables *tables = network->tables;
    const struct forest *forest = &network->forest;
    size_t m = 0;
    struct conductance *edge = array_new((size_t)tables->resistors + tables->diodes, sizeof *edge);
    if (!edge)
        return false;
    memset(network->base_ground, 0, (forest->trees - 1) * sizeof *network->base_ground);
    for (uint32_t q = 0; q < tables->resistors; q++) {
        int32_t i = forest_unknown(forest, tables->a[q]), j = forest_unknown(forest, tables->k[q]);
        double g = 1 / tables->resistance[q];
        if (i == j)
            continue;
        edge[m++] = (struct conductance){i, j, g};
        if (i == GROUND_UNKNOWN || j == GROUND_UNKNOWN)
            network->base_ground[i == GROUND_UNKNOWN ? j : i] += g;
    }
    for (uint32_t d = 0; d < tables->diodes; d++) {
        const struct element *element = network_diode(network, d);
        if (conducts_somewhere(network_law(network, d)))
            edge[m++] = (struct conductance){forest_unknown(forest, element->a), forest_unknown(forest, element->k), 0};
    }
    bool done = laplacian_build(L, (int32_t)network->forest.trees - 1, edge, m);
    free(edge);
    return done;
}

/* The place in the matrix of a branch from a to k. */
static struct stamp find_stamp(const struct network *network, uint32_t a, uint32_t k)
{
    return stamp_find(&network->L, forest_unknown(&network->forest, a), forest_unknown(&network->forest, k));
}

static bool keep_base(struct network *network)
{
    size_t entries = (size_t)network->L.p[network->L.n];
    for (uint32_t d = 0; d < network->tables->diodes; d++) {
        const struct element *element = network_diode(network, d);
        network->stamp[d] = conducts_somewhere(network_law(network, d))
                                ? find_stamp(network, element->a, element->k)
                                : (struct stamp){-1, -1, -1, -1, GROUND_UNKNOWN};
    }
    if (network->tables->diodes == 0)
        return true; /* the matrix is its own base */
    network->base = array_new(entries, sizeof *network->base);
    if (network->base)
        memcpy(network->base, network->L.x, entries * sizeof *network->base);
    return network->base;
}

void network_forget_matrix(struct network *network)
{
    laplacian_free(&network->L);
    factor_free(network->factor);
    free(network->base);
    free(network->resistor_stamp);
    network->factor = NULL;
    network->base = NULL;
    network->resistor_stamp = NULL;
    network->revalued = 0;
}

bool network_build_matrix(struct network *network)
{
    return build_pattern(network, &network->L) && keep_base(network);
}

/* ---- values ---- */

static bool find_resistor_stamps(struct network *network)
{
    const struct element_tables *tables = network->tables;
    if (network->resistor_stamp)
        return true;
    network->resistor_stamp = array_new(tables->resistors, sizeof *network->resistor_stamp);
    for (uint32_t q = 0; network->resistor_stamp && q < tables->resistors; q++)
        network->resistor_stamp[q] = find_stamp(network, tables->a[q], tables->k[q]);
    return network->resistor_stamp;
}

static bool add_resistors(struct network *network)
{
    const struct element_tables *tables = network->tables;
    struct laplacian *L = &network->L;
    double *ground = network->base_ground;
    if (!find_resistor_stamps(network))
        return false;
    memset(L->x, 0, (size_t)L->p[L->n] * sizeof *L->x);
    memset(ground, 0, (size_t)L->n * sizeof *ground);
    for (uint32_t q = 0; q < tables->resistors; q++)
        stamp_add(&network->resistor_stamp[q], L, ground, 1 / tables->resistance[q]);
    return true;
}

static bool build_again(struct network *network)
{
    struct laplacian L = {0};
    bool done = build_pattern(network, &L);
    if (done)
        memcpy(network->L.x, L.x, (size_t)L.p[L.n] * sizeof *L.x);
    laplacian_free(&L);
    return done;
}

/* New resistances in the pattern that is there. To find their places takes longer than to build it again: it is for
 * patterns that have lasted, or will, since no diode changes the clusters. False when memory is out. */
static bool revalue_resistors(struct network *network)
{
    const struct laplacian *L = &network->L;
    bool lasts = network->revalued++ > 0 || !circuit_has_ideal_laws(network->circuit);
    if (!(lasts ? add_resistors(network) : build_again(network)))
        return false;
    if (network->base)
        memcpy(network->base, L->x, (size_t)L->p[L->n] * sizeof *L->x);
    return true;
}

static void add_diodes(struct network *network)
{
    struct laplacian *L = &network->L;
    memcpy(network->ground, network->base_ground, (size_t)L->n * sizeof *network->ground);
    if (!network->base)
        return;
    memcpy(L->x, network->base, (size_t)L->p[L->n] * sizeof *L->x);
    for (uint32_t d = 0; d < network->tables->diodes; d++) {
        network->slope[d] = network_slope(network, d);
        stamp_add(&network->stamp[d], L, network->ground, network_diode(network, d)->value * network->slope[d]);
    }
}

/* A part that no conductance ties to ground is anchored at its best-connected unknown, with a conductance like its own:
 * there it keeps its potential. */
static bool find_anchors(struct network *network)
{
    const struct laplacian *L = &network->L;
    struct components *parts = &network->parts;
    components_free(parts);
    if (!components_build(parts, L, network->ground, 0))
        return false;
    memset(network->anchor, 0, (size_t)L->n * sizeof *network->anchor);
    for (int32_t part = 0; part < parts->count; part++) {
        int32_t best = parts->node[parts->start[part]];
        if (parts->grounded[part])
            continue;
        for (int32_t q = parts->start[part]; q < parts->start[part + 1]; q++)
            if (L->x[L->d[parts->node[q]]] > L->x[L->d[best]])
                best = parts->node[q];
        double own = L->x[L->d[best]];
        network->anchor[best] = own > 0 ? own : 1;
    }
    if (parts->floating == 0)
        components_free(parts);
    return true;
}

enum network_status network_find_drifting(const struct network *network, const double *most, uint32_t *drifting)
{
    const struct forest *forest = &network->forest;
    const struct components *parts = &network->parts;
    *drifting = 0;
    if (!network_is_open(network))
        return NETWORK_OK;
    double *sum = array_new((size_t)parts->count, 2 * sizeof *sum), *size = sum + parts->count;
    if (!sum)
        return NETWORK_NO_MEMORY;
    for (uint32_t node = 0; node < forest->nodes; node++)
        if (forest_unknown(forest, node) != GROUND_UNKNOWN)
            size[parts->part[forest_unknown(forest, node)]] += most[node];
    for (int32_t i = 0; i < network->L.n; i++)
        sum[parts->part[i]] += network->sum[0][i + 1];
    for (int32_t part = 0; part < parts->count; part++)
        *drifting += !parts->grounded[part] && fabs(sum[part]) > 64 * DBL_EPSILON * size[part];
    free(sum);
    return NETWORK_OK;
}

enum network_status network_analyse(struct network *network, struct solve_info *info)
{
    if (network->factor || network->L.n == 0)
        return NETWORK_OK;
    double mark = 0, before = 0;
    network_lap(network, &mark, &before);
    network->factor = factor_new(&network->L, network->linear);
    network_lap(network, &mark, &info->setup);
    info->analyses++;
    return network->factor ? NETWORK_OK : NETWORK_NO_MEMORY;
}

/* Do the slopes of the last factor serve the present companions? */
static bool slopes_serve(const struct network *network)
{
    for (uint32_t d = 0; d < network->tables->diodes; d++) {
        double slope = network_slope(network, d);
        if (!(fabs(slope - network->slope[d]) <= alike * network->slope[d]))
            return false;
    }
    return true;
}

enum network_status network_factor(struct network *network, struct solve_info *info)
{
    bool stamped = network->stamped == network->version.resistances;
    bool same = stamped && network->factored == network->version.segments;
    if (network->L.n == 0)
        network->factored = network->version.segments;
    if (network->L.n == 0 || (same && (network->curves == 0 || slopes_serve(network))))
        return NETWORK_OK;
    enum network_status status = network_analyse(network, info);
    if (status != NETWORK_OK)
        return status;
    if (!stamped && !revalue_resistors(network))
        return NETWORK_NO_MEMORY;
    network->stamped = network->version.resistances;
    add_diodes(network);
    if (!same && !find_anchors(network))
        return NETWORK_NO_MEMORY;
    double mark = 0, before = 0;
    network_lap(network, &mark, &before);
    enum factor_status done = factor_refactor(network->factor, &network->L, network->ground, network->anchor);
    if (done == FACTOR_NOT_DEFINITE)
        done = factor_refactor_with(network->factor, FACTOR_EXACT, &network->L, network->ground, network->anchor);
    network_lap(network, &mark, &info->setup);
    info->factorisations++;
    info->fill = (size_t)fmax((double)info->fill, factor_fill(network->factor));
    network->factored = done == FACTOR_OK ? network->version.segments : 0;
    return network_status_of(done);
}
