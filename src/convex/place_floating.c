/* Potentials that the network leaves open: of parts that neither conductances nor voltage-defined branches tie to
 * ground. */
#include "convex/network_parts.h"

#include "util/array.h"
#include "util/disjoint.h"
#include <stdlib.h>
#include <string.h>

/* Beside the voltages of a bound: a part that can move by less does not float. */
static const double no_room = 1e-9;

/* What is left of potentials, relative, when parts that have drifted far come back. */
static const double rounded = 1e-20;

/* shift[i] - shift[j] <= slack, for parts named by their lowest nodes. */
struct bound {
    uint32_t i, j;
    struct dd slack; /* V, >= 0 but for rounding */
};

enum way { RISING, FALLING, WAYS };

struct placement {
    uint32_t nodes;
    uint32_t *set;    /* [nodes] disjoint sets: the parts */
    uint32_t *root;   /* [trees of the forest] */
    bool *idle;       /* [diodes] conducts no current, though it holds its voltage */
    struct bound *bound;
    size_t bounds;
    /* the bounds by which a part holds others back as these rise, or fall: list[start[part]..start[part + 1]) */
    size_t *start[WAYS], *list[WAYS]; /* [nodes + 2], [bounds] */
    struct dd *shift;            /* [nodes] V */
    struct dd *distance[WAYS];   /* [nodes] V, how far a part can go before one that is fixed holds it */
    bool *bounded, *fixed;       /* [nodes] */
    bool *held[WAYS];            /* [nodes] by an earlier part or ground, where it is */
    uint32_t *cluster;           /* [nodes] disjoint sets: parts that bounds join */
    bool *contested;             /* [nodes] of clusters: wishes that do not agree */
    uint32_t *queue;             /* [nodes] work */
    bool *queued;                /* [nodes] */
    bool again;                  /* from where a first placement has led */
    void *block;
};

static bool placement_new(struct placement *placement, const struct network *network)
{
    size_t nodes = network->forest.nodes, diodes = network->tables->diodes;
    const struct array_request request[] = {
        {&placement->set, nodes, sizeof *placement->set},
        {&placement->root, network->forest.trees, sizeof *placement->root},
        {&placement->idle, diodes, sizeof *placement->idle},
        {&placement->bound, 2 * diodes, sizeof *placement->bound},
        {&placement->start[RISING], nodes + 2, sizeof(size_t)},
        {&placement->start[FALLING], nodes + 2, sizeof(size_t)},
        {&placement->list[RISING], 2 * diodes, sizeof(size_t)},
        {&placement->list[FALLING], 2 * diodes, sizeof(size_t)},
        {&placement->shift, nodes, sizeof *placement->shift},
        {&placement->distance[RISING], nodes, sizeof(struct dd)},
        {&placement->distance[FALLING], nodes, sizeof(struct dd)},
        {&placement->bounded, nodes, sizeof *placement->bounded},
        {&placement->fixed, nodes, sizeof *placement->fixed},
        {&placement->held[RISING], nodes, sizeof(bool)},
        {&placement->held[FALLING], nodes, sizeof(bool)},
        {&placement->cluster, nodes, sizeof *placement->cluster},
        {&placement->contested, nodes, sizeof *placement->contested},
        {&placement->queue, nodes, sizeof *placement->queue},
        {&placement->queued, nodes, sizeof *placement->queued},
    };
    placement->nodes = network->forest.nodes;
    placement->block = arrays_new(request, sizeof request / sizeof *request);
    return placement->block;
}

/* Is there an ideal diode that holds its voltage without a current? idle [diodes] or NULL. */
static bool find_idle(const struct network *network, bool *idle)
{
    bool any = false;
    for (uint32_t e = 0; e < network->edges; e++) {
        if (!network->one_way[e] || network->flow[e] != 0)
            continue;
        uint32_t d = network_diode_of(network, network->element[e]);
        if (network_holding(network, d) == 0)
            continue;
        any = true;
        if (idle)
            idle[d] = true;
    }
    return any;
}

/* idle: what diodes hold that conduct no current is not held. */
static void find_parts(struct placement *placement, const struct network *network, bool idle)
{
    const struct element_tables *tables = network->tables;
    disjoint_init(placement->set, placement->nodes);
    for (uint32_t q = 0; q < tables->resistors; q++)
        disjoint_join(placement->set, tables->a[q], tables->k[q]);
    for (uint32_t q = 0; q < network->edges; q++)
        if (!network->one_way[q] || network->flow[q] != 0 || !idle)
            disjoint_join(placement->set, network->edge[q].a, network->edge[q].k);
    for (uint32_t d = 0; d < tables->diodes; d++)
        if (network_slope(network, d) != 0)
            disjoint_join(placement->set, network_diode(network, d)->a, network_diode(network, d)->k);
    for (uint32_t node = 0; node < placement->nodes; node++)
        if (network->forest.via[node] == FOREST_NO_EDGE)
            placement->root[network->forest.tree[node]] = node;
}

/* The node that a part's potentials are given relative to. */
static uint32_t reference_of(struct placement *placement, const struct network *network, uint32_t part)
{
    uint32_t node = placement->root[network->forest.tree[part]];
    return disjoint_root(placement->set, node) == part ? node : part;
}

static bool less(struct dd x, struct dd y)
{
    return x.hi < y.hi || (x.hi == y.hi && x.lo < y.lo);
}

static struct dd negative(struct dd x)
{
    return (struct dd){-x.hi, -x.lo};
}

/* v_i - v_j may not become more than a threshold that is `slack` away; beyond it by what rounding of `volts`, V, has
 * left, but no more. */
static void add_bound(struct placement *placement, uint32_t i, uint32_t j, struct dd slack, double volts)
{
    if (i == j || isinf(slack.hi))
        return;
    if (slack.hi < 0 && !(placement->again && -slack.hi <= rounded * volts))
        slack = dd_from(0);
    placement->bound[placement->bounds++] = (struct bound){i, j, slack};
    placement->bounded[i] = placement->bounded[j] = true;
}

static void find_bounds(struct placement *placement, const struct network *network)
{
    for (uint32_t d = 0; d < network->tables->diodes; d++) {
        const struct element *element = network_diode(network, d);
        const struct law *law = network_law(network, d);
        bool blocks = network->segment[d] == SEGMENT_MIDDLE || placement->idle[d];
        if (!blocks || law->curve || law->g_off != 0)
            continue;
        uint32_t a = disjoint_root(placement->set, element->a), k = disjoint_root(placement->set, element->k);
        struct dd u = network_voltage(&network->v, element->a, element->k);
        double volts = fabs(network->v.part[0][element->a]) + fabs(network->v.part[0][element->k]);
        if (law->g_on != 0)
            add_bound(placement, a, k, dd_add_double(negative(u), law->v_fwd), volts);
        if (law->g_rev != 0 && isfinite(law->v_rev))
            add_bound(placement, k, a, dd_add_double(u, law->v_rev), volts);
    }
}

/* The part that holds another back by a bound, and that other. */
static uint32_t held_by(const struct bound *bound, enum way way)
{
    return way == RISING ? bound->j : bound->i;
}

static uint32_t held_back(const struct bound *bound, enum way way)
{
    return way == RISING ? bound->i : bound->j;
}

static void list_bounds(struct placement *placement, enum way way)
{
    size_t *fill = placement->start[way] + 1; /* becomes start[] while filling */
    for (size_t q = 0; q < placement->bounds; q++)
        fill[held_by(&placement->bound[q], way) + 1]++;
    for (uint32_t part = 0; part < placement->nodes; part++)
        fill[part + 1] += fill[part];
    for (size_t q = 0; q < placement->bounds; q++)
        placement->list[way][fill[held_by(&placement->bound[q], way)]++] = q;
}

/* ---- how far parts can go ---- */

/* Shortest distances from a part on, whose own has become less (label correcting with a queue: Moore 1959). Where
 * rounding makes loops of less than nothing there is an end to it. */
static void spread(struct placement *placement, enum way way, uint32_t part)
{
    struct dd *distance = placement->distance[way];
    size_t first = 0, waiting = 1, steps = placement->again ? 8 * (size_t)placement->nodes : SIZE_MAX;
    placement->queue[0] = part;
    while (waiting > 0 && steps-- > 0) {
        uint32_t from = placement->queue[first];
        first = first + 1 == placement->nodes ? 0 : first + 1;
        waiting--;
        placement->queued[from] = false;
        for (size_t q = placement->start[way][from]; q < placement->start[way][from + 1]; q++) {
            const struct bound *bound = &placement->bound[placement->list[way][q]];
            uint32_t to = held_back(bound, way);
            struct dd reach = dd_add(distance[from], bound->slack);
            if (placement->fixed[to] || !less(reach, distance[to]))
                continue;
            distance[to] = reach;
            if (!placement->queued[to])
                placement->queue[(first + waiting++) % placement->nodes] = to;
            placement->queued[to] = true;
        }
    }
}

static void fix(struct placement *placement, uint32_t part)
{
    placement->fixed[part] = true;
    placement->distance[RISING][part] = placement->shift[part];
    placement->distance[FALLING][part] = negative(placement->shift[part]);
    spread(placement, RISING, part);
    spread(placement, FALLING, part);
}

/* As near to 0 V as the part can come. */
static void choose_shift(struct placement *placement, const struct network *network, uint32_t part)
{
    uint32_t node = reference_of(placement, network, part);
    struct dd wish = {-network->v.part[0][node], -network->v.part[1][node]};
    if (less(placement->distance[RISING][part], wish))
        wish = placement->distance[RISING][part];
    if (less(wish, negative(placement->distance[FALLING][part])))
        wish = negative(placement->distance[FALLING][part]);
    placement->shift[part] = wish;
}

/* ---- all parts ---- */

/* What is left of a bound. */
static double left(const struct placement *placement, const struct bound *bound, double *size)
{
    struct dd i = placement->shift[bound->i], j = placement->shift[bound->j];
    *size = fmax(fabs(i.hi), fmax(fabs(j.hi), bound->slack.hi));
    return dd_value(dd_add(bound->slack, dd_sub(j, i)));
}

/* Which clusters have bounds that the shifts of all their parts, each chosen alone, do not keep? */
static void find_contested(struct placement *placement)
{
    disjoint_init(placement->cluster, placement->nodes);
    for (size_t q = 0; q < placement->bounds; q++)
        if (placement->bound[q].i != GROUND && placement->bound[q].j != GROUND)
            disjoint_join(placement->cluster, placement->bound[q].i, placement->bound[q].j);
    for (size_t q = 0; q < placement->bounds; q++) {
        const struct bound *bound = &placement->bound[q];
        double size, room = left(placement, bound, &size);
        if (room < -64 * DBL_EPSILON * DBL_EPSILON * size)
            placement->contested[disjoint_root(placement->cluster, bound->i != GROUND ? bound->i : bound->j)] = true;
    }
}

/* Each part in turn takes the shift that is best for it and that those before it allow. Where the shifts that ground
 * alone allows agree with each other, these are they. */
static void choose_shifts(struct placement *placement, const struct network *network)
{
    for (uint32_t part = 1; part < placement->nodes; part++)
        placement->distance[RISING][part] = placement->distance[FALLING][part] = (struct dd){INFINITY, 0};
    fix(placement, GROUND);
    for (uint32_t part = 1; part < placement->nodes; part++)
        if (disjoint_root(placement->set, part) == part)
            choose_shift(placement, network, part);
    find_contested(placement);
    for (uint32_t part = 1; part < placement->nodes; part++) {
        if (!placement->bounded[part] || !placement->contested[disjoint_root(placement->cluster, part)])
            continue;
        choose_shift(placement, network, part);
        fix(placement, part);
    }
}

/* Which parts cannot go this way from where they are, because of bounds that lead from an earlier one? */
static void find_held(struct placement *placement, enum way way)
{
    bool *seen = placement->queued; /* by now all false */
    for (uint32_t part = 0; part < placement->nodes; part++) {
        uint32_t first = 0, last = 1;
        placement->queue[0] = part;
        if (seen[part])
            continue;
        seen[part] = true;
        while (first < last) {
            uint32_t from = placement->queue[first++];
            for (size_t q = placement->start[way][from]; q < placement->start[way][from + 1]; q++) {
                const struct bound *bound = &placement->bound[placement->list[way][q]];
                uint32_t to = held_back(bound, way);
                double size, room = left(placement, bound, &size);
                if (seen[to] || room > no_room * size)
                    continue;
                seen[to] = placement->held[way][to] = true;
                placement->queue[last++] = to;
            }
        }
    }
    memset(seen, 0, placement->nodes * sizeof *seen);
}

static void shift_nodes(struct placement *placement, struct network *network)
{
    struct operating_point *op = network->op;
    for (uint32_t node = 0; node < placement->nodes; node++) {
        uint32_t part = disjoint_root(placement->set, node);
        op->floats[node] = POINT_TIED;
        if (part == GROUND)
            continue;
        network_shift(&network->v, node, placement->shift[part].hi);
        network_shift(&network->v, node, placement->shift[part].lo);
        if (!placement->held[RISING][part] || !placement->held[FALLING][part]) {
            op->floats[node] = reference_of(placement, network, part);
            op->any_floats = true;
        }
    }
}

/* *moved: some part did. False when memory is out. */
static bool place(struct network *network, bool idle, bool again, bool *moved)
{
    struct placement placement = {.again = again};
    struct operating_point *op = network->op;
    op->any_floats = false;
    if (!placement_new(&placement, network))
        return false;
    if (idle)
        find_idle(network, placement.idle);
    find_parts(&placement, network, idle);
    find_bounds(&placement, network);
    list_bounds(&placement, RISING);
    list_bounds(&placement, FALLING);
    choose_shifts(&placement, network);
    find_held(&placement, RISING);
    find_held(&placement, FALLING);
    shift_nodes(&placement, network);
    for (uint32_t part = 1; part < placement.nodes; part++)
        *moved |= placement.shift[part].hi != 0 && placement.bounded[part];
    for (uint32_t d = 0; op->any_floats && d < network->tables->diodes; d++)
        if (placement.idle[d])
            network_set_segment(network, d, SEGMENT_MIDDLE);
    free(placement.block);
    return true;
}

bool network_place_floating(struct network *network, bool idle)
{
    struct operating_point *op = network->op;
    bool moved = false;
    if (op->any_floats)
        memset(op->floats, 0xff, network->tables->nodes * sizeof *op->floats);
    op->any_floats = false;
    if (network->clustered != network->version.clusters ||
        (!network_is_open(network) && !(idle && find_idle(network, NULL))))
        return true;
    return place(network, idle, false, &moved) && (!moved || place(network, idle, true, &moved));
}
