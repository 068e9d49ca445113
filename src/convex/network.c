/* The linear circuit of the present segments: the lines that diodes are on, and clusters of nodes. */
#include "convex/network_parts.h"

#include "circuit/voltage_loops.h"

/* i at u, and from there on the slope g. */
struct line {
    double u, g;
    struct dd i;
};

static inline struct line line_of(const struct network *network, uint32_t d)
{
    const struct law *law = network_law(network, d);
    const struct companion *companion = &network->companion[d];
    enum segment segment = network->segment[d];
    if (segment == SEGMENT_CURVED)
        return (struct line){companion->u, companion->g, dd_from(companion->i)};
    if (segment == SEGMENT_MIDDLE || network_holds(law, segment))
        return (struct line){0, law->g_off, {0, 0}};
    double knee = segment == SEGMENT_FORWARD ? law->v_fwd : -law->v_rev;
    return (struct line){knee, segment == SEGMENT_FORWARD ? law->g_on : law->g_rev, two_product(law->g_off, knee)};
}

double network_slope(const struct network *network, uint32_t d)
{
    double g = line_of(network, d).g;
    return network->segment[d] == SEGMENT_CURVED ? fmax(g, least_slope) : g;
}

struct dd network_line(const struct network *network, uint32_t d, struct dd u)
{
    struct line line = line_of(network, d);
    if (line.u == 0 && line.i.hi == 0) /* most are idle */
        return dd_mul_double(u, line.g);
    return dd_add(dd_mul_double(dd_sub_double(u, line.u), line.g), line.i);
}

struct qd network_line_finely(const struct network *network, uint32_t d, struct qd u)
{
    struct line line = line_of(network, d);
    qd_add_double(&u, -line.u);
    return qd_add(qd_mul_double(u, line.g), qd_from_dd(line.i));
}

/* ---- what changes ---- */

void network_set_segment(struct network *network, uint32_t d, enum segment segment)
{
    const struct law *law = network_law(network, d);
    if (law->curve || network->segment[d] == segment)
        return;
    const struct element *element = network_diode(network, d);
    bool inner = network->clustered > 0 && network->forest.tree[element->a] == network->forest.tree[element->k];
    if (inner || network_holds(law, segment) || network_holds(law, network->segment[d]))
        network->version.clusters++;
    else
        network->version.flows++;
    network->version.segments++;
    network->segment[d] = (unsigned char)segment;
}

int network_holding(const struct network *network, uint32_t d)
{
    enum segment segment = network->segment[d];
    return !network_holds(network_law(network, d), segment) ? 0 : segment == SEGMENT_FORWARD ? 1 : -1;
}

/* Clusters of loops have to close with the values that are new, and diodes in them may come to their thresholds. */
static void reconsider_loops(struct network *network)
{
    if (network->clustered > 0 && (!network->acyclic || network->enclosed))
        network_remake_clusters(network);
}

void network_revalued(struct network *network)
{
    network->version.resistances++;
    network->version.segments++;
    reconsider_loops(network);
}

void network_source_changed(struct network *network, uint32_t element)
{
    if (network->circuit->element[element].kind == ELEMENT_VSOURCE)
        reconsider_loops(network);
}

/* ---- clusters ---- */

void network_add_edge(struct network *network, uint32_t element, uint32_t a, uint32_t k, bool one_way)
{
    if (a == k)
        return;
    network->edge[network->edges] = (struct forest_edge){a, k};
    network->one_way[network->edges] = one_way;
    network->element[network->edges++] = element;
}

static void find_edges(struct network *network)
{
    const struct circuit *circuit = network->circuit;
    const struct element_tables *tables = network->tables;
    network->edges = 0;
    for (uint32_t q = 0; q < tables->voltage_defined_count; q++) {
        uint32_t e = tables->voltage_defined[q];
        network_add_edge(network, e, circuit->element[e].a, circuit->element[e].k, false);
    }
    for (uint32_t d = 0; d < tables->diodes; d++) {
        const struct element *element = network_diode(network, d);
        enum segment segment = network->segment[d];
        if (network_holds(network_law(network, d), segment))
            network_add_edge(network, tables->diode[d], segment == SEGMENT_FORWARD ? element->a : element->k,
                             segment == SEGMENT_FORWARD ? element->k : element->a, true);
    }
}

/* Do the voltages of all loops agree? False when memory is out. */
static bool close_loops(struct network *network)
{
    struct voltage_loops loops = {0};
    network->fitness = NETWORK_OK;
    if (network->forest.acyclic)
        return true;
    if (!voltage_loops_new(&loops, network->circuit->nodes.count, network->edges))
        return false;
    for (uint32_t q = 0; q < network->edges; q++)
        loops.branch[q] = (struct loop_branch){network->excitation.voltage[q], network->edge[q].a, network->edge[q].k,
                                               q, LOOP_NONE};
    voltage_loops_find(&loops);
    network->fitness = loops.agree ? NETWORK_OK : NETWORK_UNSOLVED;
    voltage_loops_free(&loops);
    return true;
}

/* Ideal diodes that block with both ends in one cluster, exactly at their threshold: they may carry current beside the
 * edges there, so that the split is not unique. offset [nodes] V, of the forest of the edges. */
static void add_idle_edges(struct network *network, const double *offset)
{
    const uint32_t *tree = network->forest.tree;
    network->enclosed = false;
    for (uint32_t d = 0; d < network->tables->diodes; d++) {
        const struct element *element = network_diode(network, d);
        const struct law *law = network_law(network, d);
        double a = offset[element->a], k = offset[element->k], rounding = 64 * DBL_EPSILON * fmax(fabs(a), fabs(k));
        if (tree[element->a] != tree[element->k] || network_holds(law, network->segment[d]))
            continue;
        network->enclosed |= isinf(law->g_on) || isinf(law->g_rev);
        if (isinf(law->g_on) && fabs(a - k - law->v_fwd) <= rounding + 64 * DBL_EPSILON * law->v_fwd)
            network_add_edge(network, network->tables->diode[d], element->a, element->k, true);
        else if (isinf(law->g_rev) && isfinite(law->v_rev) &&
                 fabs(k - a - law->v_rev) <= rounding + 64 * DBL_EPSILON * law->v_rev)
            network_add_edge(network, network->tables->diode[d], element->k, element->a, true);
    }
}

static bool build_forest(struct network *network)
{
    forest_free(&network->forest);
    return forest_build(&network->forest, network->circuit->nodes.count, network->edge, network->edges,
                        network->tables->conductance);
}

/* offset [nodes] work. False when memory is out. */
static bool build_clusters(struct network *network, double *offset)
{
    find_edges(network);
    if (!build_forest(network))
        return false;
    network_excite(network, NETWORK_NO_SOURCE);
    forest_offsets(&network->forest, network->edge, network->excitation.voltage, offset);
    if (!close_loops(network))
        return false;
    add_idle_edges(network, offset);
    network->tree.holding = network->edges;
    network_excite(network, NETWORK_NO_SOURCE);
    network->acyclic = network->edges == network->forest.nodes - network->forest.trees;
    if ((!network->awake && !network_add_dead(network)) || (network_has_dead(network) && !build_forest(network)))
        return false;
    network->tree.followers = 0;
    for (uint32_t q = 0; q < network->forest.nodes; q++)
        if (network->forest.via[network->forest.order[q]] != FOREST_NO_EDGE)
            network->follower[network->tree.followers++] = network->forest.order[q];
    return true;
}

enum network_status network_shape(struct network *network)
{
    if (network_listen(network))
        network_remake_clusters(network);
    if (network->clustered == network->version.clusters)
        return network->fitness;
    network->clustered = network->factored = 0;
    components_free(&network->parts);
    network->fine = network->enough < NETWORK_ENOUGH;
    network_forget_matrix(network);
    if (!build_clusters(network, network->most) || !network_build_matrix(network))
        return NETWORK_NO_MEMORY;
    network->clustered = network->version.clusters;
    network->stamped = network->version.resistances;
    network->searched = network->version.flows;
    return network->fitness;
}

enum network_status network_prepare(struct network *network, struct solve_info *info)
{
    network_wake(network, false);
    enum network_status status = network_shape(network);
    return status == NETWORK_OK ? network_analyse(network, info) : status;
}

enum network_status network_expect_many(struct network *network, struct solve_info *info)
{
    if (network->linear == FACTOR_CHEAPEST || network->linear == FACTOR_SERIAL) {
        network->linear = network->linear == FACTOR_SERIAL ? FACTOR_CHOLESKY : FACTOR_CHEAPEST_FOR_MANY;
        network_release(network);
    }
    return network_prepare(network, info);
}

const char *network_fault(const struct network *network)
{
    if (!network->acyclic)
        return "voltage sources, shorts or conducting ideal diodes form a loop";
    return network_is_open(network) ? "a part of the circuit has no path for a direct current to ground" : NULL;
}

double network_flops(const struct network *network)
{
    return network->factor ? factor_flops(network->factor) : 0;
}

uint32_t network_unknowns(const struct network *network)
{
    return (uint32_t)network->L.n;
}

size_t network_nonzeros(const struct network *network)
{
    if (!network->L.p)
        return 0;
    return ((size_t)network->L.p[network->L.n] + (size_t)network->L.n) / 2;
}

enum factor_kind network_served_by(const struct network *network)
{
    return network->L.n > 0 ? factor_kind(network->factor) : FACTOR_NONE;
}

void network_be_patient(struct network *network, bool patient)
{
    network->patient = patient;
}

void network_watch(struct network *network, struct watch *watch)
{
    network->watch = watch;
}
