/* The linear circuit of the present segments: clusters of nodes, conductances between them, the factor. */
#include "convex/region_parts.h"

#include "circuit/voltage_loops.h"
#include "util/array.h"
#include <stdlib.h>
#include <string.h>

static const double alike = 1e-3;           /* slopes that one factor serves */

/* i at u, and from there on the slope g. */
struct line {
    double u, g;
    struct dd i;
};

static inline struct line line_of(const struct linear_region *region, uint32_t d)
{
    const struct law *law = region_law(region, d);
    const struct companion *companion = &region->companion[d];
    enum segment segment = region->segment[d];
    if (segment == SEGMENT_CURVED)
        return (struct line){companion->u, companion->g, dd_from(companion->i)};
    if (segment == SEGMENT_MIDDLE || region_holds(law, segment))
        return (struct line){0, law->g_off, {0, 0}};
    double knee = segment == SEGMENT_FORWARD ? law->v_fwd : -law->v_rev;
    return (struct line){knee, segment == SEGMENT_FORWARD ? law->g_on : law->g_rev, two_product(law->g_off, knee)};
}

double region_slope(const struct linear_region *region, uint32_t d)
{
    double g = line_of(region, d).g;
    return region->segment[d] == SEGMENT_CURVED ? fmax(g, least_slope) : g;
}

struct dd region_line(const struct linear_region *region, uint32_t d, struct dd u)
{
    struct line line = line_of(region, d);
    if (line.u == 0 && line.i.hi == 0) /* most are idle */
        return dd_mul_double(u, line.g);
    return dd_add(dd_mul_double(dd_sub_double(u, line.u), line.g), line.i);
}

struct qd region_line_finely(const struct linear_region *region, uint32_t d, struct qd u)
{
    struct line line = line_of(region, d);
    qd_add_double(&u, -line.u);
    return qd_add(qd_mul_double(u, line.g), qd_from_dd(line.i));
}

/* ---- clusters ---- */

void region_add_edge(struct linear_region *region, uint32_t element, uint32_t a, uint32_t k, bool one_way)
{
    if (a == k)
        return;
    region->edge[region->edges] = (struct forest_edge){a, k};
    region->one_way[region->edges] = one_way;
    region->element[region->edges++] = element;
}

static void find_edges(struct linear_region *region)
{
    const struct circuit *circuit = region->circuit;
    const struct element_tables *tables = region->tables;
    region->edges = 0;
    for (uint32_t q = 0; q < tables->voltage_defined_count; q++) {
        uint32_t e = tables->voltage_defined[q];
        region_add_edge(region, e, circuit->element[e].a, circuit->element[e].k, false);
    }
    for (uint32_t d = 0; d < tables->diodes; d++) {
        const struct element *element = region_diode(region, d);
        enum segment segment = region->segment[d];
        if (region_holds(region_law(region, d), segment))
            region_add_edge(region, tables->diode[d], segment == SEGMENT_FORWARD ? element->a : element->k,
                     segment == SEGMENT_FORWARD ? element->k : element->a, true);
    }
}

/* Do the voltages of all loops agree? False when memory is out. */
static bool close_loops(struct linear_region *region)
{
    struct voltage_loops loops = {0};
    region->fitness = REGION_OK;
    if (region->forest.acyclic)
        return true;
    if (!voltage_loops_new(&loops, region->circuit->nodes.count, region->edges))
        return false;
    for (uint32_t q = 0; q < region->edges; q++)
        loops.branch[q] = (struct loop_branch){region->excitation.voltage[q], region->edge[q].a, region->edge[q].k, q,
                                               LOOP_NONE};
    voltage_loops_find(&loops);
    region->fitness = loops.agree ? REGION_OK : REGION_UNSOLVED;
    voltage_loops_free(&loops);
    return true;
}

/* Ideal diodes that block with both ends in one cluster, exactly at their threshold: they may carry current beside the
 * edges there, so that the split is not unique. offset [nodes] V, of the forest of the edges. */
static void add_idle_edges(struct linear_region *region, const double *offset)
{
    const uint32_t *tree = region->forest.tree;
    region->enclosed = false;
    for (uint32_t d = 0; d < region->tables->diodes; d++) {
        const struct element *element = region_diode(region, d);
        const struct law *law = region_law(region, d);
        double a = offset[element->a], k = offset[element->k], rounding = 64 * DBL_EPSILON * fmax(fabs(a), fabs(k));
        if (tree[element->a] != tree[element->k] || region_holds(law, region->segment[d]))
            continue;
        region->enclosed |= isinf(law->g_on) || isinf(law->g_rev);
        if (isinf(law->g_on) && fabs(a - k - law->v_fwd) <= rounding + 64 * DBL_EPSILON * law->v_fwd)
            region_add_edge(region, region->tables->diode[d], element->a, element->k, true);
        else if (isinf(law->g_rev) && isfinite(law->v_rev) &&
                 fabs(k - a - law->v_rev) <= rounding + 64 * DBL_EPSILON * law->v_rev)
            region_add_edge(region, region->tables->diode[d], element->k, element->a, true);
    }
}

static bool build_forest(struct linear_region *region)
{
    forest_free(&region->forest);
    return forest_build(&region->forest, region->circuit->nodes.count, region->edge, region->edges,
                        region->tables->conductance);
}

/* offset [nodes] work. False when memory is out. */
static bool build_clusters(struct linear_region *region, double *offset)
{
    find_edges(region);
    if (!build_forest(region))
        return false;
    region_excite(region, REGION_NO_SOURCE);
    forest_offsets(&region->forest, region->edge, region->excitation.voltage, offset);
    if (!close_loops(region))
        return false;
    add_idle_edges(region, offset);
    region->tree.holding = region->edges;
    region_excite(region, REGION_NO_SOURCE);
    region->acyclic = region->edges == region->forest.nodes - region->forest.trees;
    if ((!region->awake && !region_add_dead(region)) || (region_has_dead(region) && !build_forest(region)))
        return false;
    region->tree.followers = 0;
    for (uint32_t q = 0; q < region->forest.nodes; q++)
        if (region->forest.via[region->forest.order[q]] != FOREST_NO_EDGE)
            region->follower[region->tree.followers++] = region->forest.order[q];
    return true;
}

/* ---- the matrix ---- */

/* Can the diode have a conductance on some segment that leaves the clusters as they are? */
static bool conducts_somewhere(const struct law *law)
{
    return law->curve || law->g_off > 0 || (law->g_on > 0 && !isinf(law->g_on)) ||
           (law->g_rev > 0 && !isinf(law->g_rev) && !isinf(law->v_rev));
}

/* Resistors, and the diodes that may conduct with 0 S: the pattern, and the values of the resistors alone. */
static bool build_matrix(struct linear_region *region)
{
    const struct element_tables *tables = region->tables;
    const struct forest *forest = &region->forest;
    size_t m = 0;
    struct conductance *edge = array_new((size_t)tables->resistors + tables->diodes, sizeof *edge);
    if (!edge)
        return false;
    memset(region->base_ground, 0, (forest->trees - 1) * sizeof *region->base_ground);
    for (uint32_t q = 0; q < tables->resistors; q++) {
        int32_t i = forest_unknown(forest, tables->a[q]), j = forest_unknown(forest, tables->k[q]);
        double g = 1 / tables->resistance[q];
        if (i == j)
            continue;
        edge[m++] = (struct conductance){i, j, g};
        if (i == GROUND_UNKNOWN || j == GROUND_UNKNOWN)
            region->base_ground[i == GROUND_UNKNOWN ? j : i] += g;
    }
    for (uint32_t d = 0; d < tables->diodes; d++) {
        const struct element *element = region_diode(region, d);
        if (conducts_somewhere(region_law(region, d)))
            edge[m++] = (struct conductance){forest_unknown(forest, element->a), forest_unknown(forest, element->k), 0};
    }
    bool done = laplacian_build(&region->L, (int32_t)region->forest.trees - 1, edge, m);
    free(edge);
    return done;
}

/* The place in the matrix of a branch from a to k. */
static struct stamp find_stamp(const struct linear_region *region, uint32_t a, uint32_t k)
{
    return stamp_find(&region->L, forest_unknown(&region->forest, a), forest_unknown(&region->forest, k));
}

static bool keep_base(struct linear_region *region)
{
    size_t entries = (size_t)region->L.p[region->L.n];
    for (uint32_t d = 0; d < region->tables->diodes; d++) {
        const struct element *element = region_diode(region, d);
        region->stamp[d] = conducts_somewhere(region_law(region, d))
                               ? find_stamp(region, element->a, element->k)
                               : (struct stamp){-1, -1, -1, -1, GROUND_UNKNOWN};
    }
    if (region->tables->diodes == 0)
        return true; /* the matrix is its own base */
    region->base = array_new(entries, sizeof *region->base);
    if (region->base)
        memcpy(region->base, region->L.x, entries * sizeof *region->base);
    return region->base;
}

static void forget_matrix(struct linear_region *region)
{
    laplacian_free(&region->L);
    factor_free(region->factor);
    free(region->base);
    free(region->resistor_stamp);
    region->factor = NULL;
    region->base = NULL;
    region->resistor_stamp = NULL;
}

enum region_status region_shape(struct linear_region *region)
{
    if (region_listen(region))
        region_remake_clusters(region);
    if (region->clustered == region->version.clusters)
        return region->fitness;
    region->clustered = region->factored = 0;
    components_free(&region->parts);
    region->fine = region->enough < REGION_ENOUGH;
    forget_matrix(region);
    if (!build_clusters(region, region->most) || !build_matrix(region) || !keep_base(region))
        return REGION_NO_MEMORY;
    region->clustered = region->version.clusters;
    region->stamped = region->version.resistances;
    region->searched = region->version.flows;
    return region->fitness;
}

/* ---- values ---- */

/* New resistances in the pattern that is there. False when memory is out. */
static bool revalue_resistors(struct linear_region *region)
{
    const struct element_tables *tables = region->tables;
    struct laplacian *L = &region->L;
    double *ground = region->base_ground;
    if (!region->resistor_stamp) {
        region->resistor_stamp = array_new(tables->resistors, sizeof *region->resistor_stamp);
        if (!region->resistor_stamp)
            return false;
        for (uint32_t q = 0; q < tables->resistors; q++)
            region->resistor_stamp[q] = find_stamp(region, tables->a[q], tables->k[q]);
    }
    memset(L->x, 0, (size_t)L->p[L->n] * sizeof *L->x);
    memset(ground, 0, (size_t)L->n * sizeof *ground);
    for (uint32_t q = 0; q < tables->resistors; q++)
        stamp_add(&region->resistor_stamp[q], L, ground, 1 / tables->resistance[q]);
    if (region->base)
        memcpy(region->base, L->x, (size_t)L->p[L->n] * sizeof *L->x);
    return true;
}

static void add_diodes(struct linear_region *region)
{
    struct laplacian *L = &region->L;
    memcpy(region->ground, region->base_ground, (size_t)L->n * sizeof *region->ground);
    if (!region->base)
        return;
    memcpy(L->x, region->base, (size_t)L->p[L->n] * sizeof *L->x);
    for (uint32_t d = 0; d < region->tables->diodes; d++) {
        region->slope[d] = region_slope(region, d);
        stamp_add(&region->stamp[d], L, region->ground, region_diode(region, d)->value * region->slope[d]);
    }
}

/* A part that no conductance ties to ground is anchored at its best-connected unknown, with a conductance like its own:
 * there it keeps its potential. */
static bool find_anchors(struct linear_region *region)
{
    const struct laplacian *L = &region->L;
    struct components *parts = &region->parts;
    components_free(parts);
    if (!components_build(parts, L, region->ground, 0))
        return false;
    memset(region->anchor, 0, (size_t)L->n * sizeof *region->anchor);
    for (int32_t part = 0; part < parts->count; part++) {
        int32_t best = parts->node[parts->start[part]];
        if (parts->grounded[part])
            continue;
        for (int32_t q = parts->start[part]; q < parts->start[part + 1]; q++)
            if (L->x[L->d[parts->node[q]]] > L->x[L->d[best]])
                best = parts->node[q];
        double own = L->x[L->d[best]];
        region->anchor[best] = own > 0 ? own : 1;
    }
    if (parts->floating == 0)
        components_free(parts);
    return true;
}

enum region_status region_find_drifting(const struct linear_region *region, const double *most, uint32_t *drifting)
{
    const struct forest *forest = &region->forest;
    const struct components *parts = &region->parts;
    *drifting = 0;
    if (!region_is_open(region))
        return REGION_OK;
    double *sum = array_new((size_t)parts->count, 2 * sizeof *sum), *size = sum + parts->count;
    if (!sum)
        return REGION_NO_MEMORY;
    for (uint32_t node = 0; node < forest->nodes; node++)
        if (forest_unknown(forest, node) != GROUND_UNKNOWN)
            size[parts->part[forest_unknown(forest, node)]] += most[node];
    for (int32_t i = 0; i < region->L.n; i++)
        sum[parts->part[i]] += region->sum[0][i + 1];
    for (int32_t part = 0; part < parts->count; part++)
        *drifting += !parts->grounded[part] && fabs(sum[part]) > 64 * DBL_EPSILON * size[part];
    free(sum);
    return REGION_OK;
}

enum region_status region_analyse(struct linear_region *region, struct solve_info *info)
{
    if (region->factor || region->L.n == 0)
        return REGION_OK;
    double mark = 0, before = 0;
    region_lap(region, &mark, &before);
    region->factor = factor_new(&region->L, region->linear);
    region_lap(region, &mark, &info->setup);
    info->analyses++;
    return region->factor ? REGION_OK : REGION_NO_MEMORY;
}

/* Do the slopes of the last factor serve the present companions? */
static bool slopes_serve(const struct linear_region *region)
{
    for (uint32_t d = 0; d < region->tables->diodes; d++) {
        double slope = region_slope(region, d);
        if (!(fabs(slope - region->slope[d]) <= alike * region->slope[d]))
            return false;
    }
    return true;
}

enum region_status region_factor(struct linear_region *region, struct solve_info *info)
{
    bool stamped = region->stamped == region->version.resistances;
    bool same = stamped && region->factored == region->version.segments;
    if (region->L.n == 0)
        region->factored = region->version.segments;
    if (region->L.n == 0 || (same && (region->curves == 0 || slopes_serve(region))))
        return REGION_OK;
    enum region_status status = region_analyse(region, info);
    if (status != REGION_OK)
        return status;
    if (!stamped && !revalue_resistors(region))
        return REGION_NO_MEMORY;
    region->stamped = region->version.resistances;
    add_diodes(region);
    if (!same && !find_anchors(region))
        return REGION_NO_MEMORY;
    double mark = 0, before = 0;
    region_lap(region, &mark, &before);
    enum factor_status done = factor_refactor(region->factor, &region->L, region->ground, region->anchor);
    if (done == FACTOR_NOT_DEFINITE)
        done = factor_refactor_with(region->factor, FACTOR_EXACT, &region->L, region->ground, region->anchor);
    region_lap(region, &mark, &info->setup);
    info->factorisations++;
    info->fill = (size_t)fmax((double)info->fill, factor_fill(region->factor));
    region->factored = done == FACTOR_OK ? region->version.segments : 0;
    return region_status_of(done);
}
