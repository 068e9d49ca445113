#include "convex/loop_currents.h"

#include "convex/circulation.h"
#include "convex/newton.h"
#include "util/array.h"
#include "util/disjoint.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double noise_ratio = 1e-11; /* what the split is exact to, in parts of the largest current */

static uint32_t edge_above(const struct forest *forest, const uint32_t *edge_of, uint32_t v)
{
    return edge_of ? edge_of[forest->via[v]] : forest->via[v];
}

/* Leave what the subtree of v has over at one of its nodes, not at v. */
static void keep(const struct loop_currents *flow, const struct forest *forest, const uint32_t *edge_of, uint32_t v,
                 uint32_t node, double over, double *f)
{
    for (; node != v; node = forest->parent[node]) {
        uint32_t e = edge_above(forest, edge_of, node);
        f[e] -= flow->edge[e].a == node ? over : -over;
    }
}

/* Currents of the tree edges, leaves first. heaviest [nodes]: each node in; of its subtree, the node with the
 * largest floor, out. left [nodes]: supplies in, what the roots are left with out; spread [nodes]: floors in,
 * those of the subtrees out. */
static void eliminate(const struct loop_currents *flow, const struct forest *forest, const uint32_t *edge_of, double *left,
                      double *spread, uint32_t *heaviest, double *f)
{
    for (uint32_t q = forest->nodes; q-- > 0;) {
        uint32_t v = forest->order[q], up = forest->parent[v];
        if (forest->via[v] == FOREST_NO_EDGE)
            continue;
        uint32_t e = edge_above(forest, edge_of, v);
        f[e] = flow->edge[e].a == v ? left[v] : -left[v];
        if (flow->clamp && flow->one_way[e] && f[e] < 0 && -f[e] <= spread[v]) {
            f[e] = 0; /* rounding cannot flow backwards */
            keep(flow, forest, edge_of, v, heaviest[v], left[v], f);
            continue;
        }
        if (flow->floor[heaviest[v]] > flow->floor[heaviest[up]])
            heaviest[up] = heaviest[v];
        left[up] += left[v];
        spread[up] += spread[v];
        left[v] = 0;
    }
}

/* Chords whose share is rounding of the largest current, or of what meets at one of their ends, get none: then a branch
 * without current has exactly none. */
static void drop_noise(const struct loop_currents *flow, const bool *in_tree, double *f)
{
    double largest = 0;
    for (uint32_t e = 0; e < flow->edges; e++)
        largest = fmax(largest, fabs(f[e]));
    for (uint32_t e = 0; e < flow->edges; e++) {
        double rounding = fmax(flow->floor[flow->edge[e].a], flow->floor[flow->edge[e].k]);
        if (!in_tree[e] && fabs(f[e]) <= fmax(noise_ratio * largest, rounding))
            f[e] = 0;
    }
}

static bool eliminate_on(const struct loop_currents *flow, const struct forest *forest, const uint32_t *edge_of, double *f)
{
    double *left = array_new(flow->nodes, sizeof *left), *spread = array_new(flow->nodes, sizeof *spread);
    uint32_t *heaviest = array_new(flow->nodes, sizeof *heaviest);
    bool *in_tree = array_new(flow->edges, sizeof *in_tree);
    bool done = left && spread && heaviest && in_tree;
    if (done) {
        for (uint32_t v = 0; v < flow->nodes; v++) {
            left[v] = flow->supply[v];
            spread[v] = flow->floor[v];
            heaviest[v] = v;
            if (forest->via[v] != FOREST_NO_EDGE)
                in_tree[edge_above(forest, edge_of, v)] = true;
        }
        drop_noise(flow, in_tree, f);
        for (uint32_t e = 0; e < flow->edges; e++) {
            if (in_tree[e])
                continue;
            left[flow->edge[e].a] -= f[e]; /* a chord carries what the split gave it */
            left[flow->edge[e].k] += f[e];
        }
        eliminate(flow, forest, edge_of, left, spread, heaviest, f);
    }
    free(left);
    free(spread);
    free(heaviest);
    free(in_tree);
    return done;
}

/* ---- loops ---------------------------------------------------------------------------------------------------- */

/* The network whose operating point is the least-norm split: one ohm for each edge. */
static bool unit_network(struct qp *qp, const struct loop_currents *flow)
{
    int32_t n = (int32_t)flow->nodes - 1;
    size_t m = 0;
    struct conductance *conductance = array_new(flow->edges, sizeof *conductance);
    qp->b = array_new((size_t)n, sizeof *qp->b);
    qp->floor = array_new((size_t)n, sizeof *qp->floor);
    qp->ground = array_new((size_t)n, sizeof *qp->ground);
    qp->knee = array_new(flow->edges, sizeof *qp->knee);
    bool done = conductance && qp->b && qp->floor && qp->ground && qp->knee;
    for (uint32_t e = 0; done && e < flow->edges; e++) {
        int32_t a = (int32_t)flow->edge[e].a - 1, k = (int32_t)flow->edge[e].k - 1;
        if (a == k)
            continue;
        if (flow->one_way[e]) {
            qp->knee[qp->knees++] = (struct knee){a, k, 0, 1};
            continue;
        }
        conductance[m++] = (struct conductance){a, k, 1};
        if (a == GROUND_UNKNOWN || k == GROUND_UNKNOWN)
            qp->ground[a == GROUND_UNKNOWN ? k : a] += 1;
    }
    for (int32_t i = 0; done && i < n; i++)
        qp->b[i] = flow->supply[i + 1];
    done = done && laplacian_build(&qp->L, n, conductance, m);
    free(conductance);
    return done;
}

/* Multiplier steps here only move the anchors: all knees of the unit network have finite slope. */
static enum solve_status least_norm(const struct loop_currents *flow, double *f, struct solve_info *info)
{
    enum { ANCHOR_STEPS = 6 };
    struct qp qp = {0};
    struct newton newton = {0};
    struct lagrangian lagrangian = {0};
    struct solve_info own = {0};
    double *y = array_new(flow->nodes, sizeof *y);
    enum solve_status status = SOLVE_NO_MEMORY;
    if (!y || !unit_network(&qp, flow) || !newton_new(&newton, &qp) || !lagrangian_new(&lagrangian, &qp))
        goto done;
    for (int step = 0; step < ANCHOR_STEPS; step++) {
        status = newton_minimise(&newton, &lagrangian, y, &own);
        if (status != SOLVE_OK)
            break;
        lagrangian_step(&lagrangian, y);
    }
    /* anchors have become weaker than rounding: as it was before */
    if (status == SOLVE_STALLED && lagrangian.decays < ANCHOR_DECAYS) {
        memcpy(y, lagrangian.z, (size_t)qp.L.n * sizeof *y);
        status = SOLVE_OK;
    }
    if (status != SOLVE_OK)
        goto done;
    for (uint32_t e = 0; e < flow->edges; e++) {
        double u = at(y, (int32_t)flow->edge[e].a - 1) - at(y, (int32_t)flow->edge[e].k - 1);
        f[e] = flow->one_way[e] ? fmax(0, u) : u;
    }
done:
    info->factorisations += own.factorisations;
    free(y);
    lagrangian_free(&lagrangian);
    newton_free(&newton);
    qp_free(&qp);
    return status;
}

struct ranked {
    double size;
    uint32_t edge;
};

static int by_size(const void *p, const void *q)
{
    double s = ((const struct ranked *)p)->size, t = ((const struct ranked *)q)->size;
    return (s < t) - (s > t);
}

/* The spanning tree of the largest currents (Kruskal): what is small stays as it was split, exactly
 * zero where it is. */
static bool heaviest_tree(const struct loop_currents *flow, const double *f, struct forest *forest, uint32_t **edge_of)
{
    struct ranked *ranked = array_new(flow->edges, sizeof *ranked);
    uint32_t *set = array_new(flow->nodes, sizeof *set), kept = 0;
    struct forest_edge *edge = array_new(flow->edges, sizeof *edge);
    *edge_of = array_new(flow->edges, sizeof **edge_of);
    bool done = ranked && set && edge && *edge_of;
    if (done) {
        disjoint_init(set, flow->nodes);
        for (uint32_t e = 0; e < flow->edges; e++) /* two-way branches first: they can take either sign */
            ranked[e] = (struct ranked){flow->one_way[e] ? fabs(f[e]) : INFINITY, e};
        qsort(ranked, flow->edges, sizeof *ranked, by_size);
        for (uint32_t q = 0; q < flow->edges; q++) {
            uint32_t e = ranked[q].edge;
            if (!disjoint_join(set, flow->edge[e].a, flow->edge[e].k))
                continue;
            (*edge_of)[kept] = e;
            edge[kept++] = flow->edge[e];
        }
        done = forest_build(forest, flow->nodes, edge, kept, flow->floor);
    }
    free(ranked);
    free(set);
    free(edge);
    return done;
}

static enum solve_status split_loops(const struct loop_currents *flow, double *f, struct solve_info *info)
{
    struct forest forest = {0};
    uint32_t *edge_of = NULL;
    enum solve_status status = least_norm(flow, f, info);
    if (status == SOLVE_OK && !(heaviest_tree(flow, f, &forest, &edge_of) && eliminate_on(flow, &forest, edge_of, f)))
        status = SOLVE_NO_MEMORY;
    free(edge_of);
    forest_free(&forest);
    return status;
}

enum solve_status loop_currents_solve(const struct loop_currents *flow, double *f, bool *loop, struct solve_info *info)
{
    struct forest forest = {0};
    memset(f, 0, flow->edges * sizeof *f);
    if (loop)
        memset(loop, 0, flow->edges * sizeof *loop);
    if (flow->edges == 0)
        return SOLVE_OK;
    if (!forest_build(&forest, flow->nodes, flow->edge, flow->edges, flow->floor))
        return SOLVE_NO_MEMORY;
    enum solve_status status;
    if (forest.acyclic)
        status = eliminate_on(flow, &forest, NULL, f) ? SOLVE_OK : SOLVE_NO_MEMORY;
    else
        status = split_loops(flow, f, info);
    if (status == SOLVE_OK && loop && !forest.acyclic &&
        !circulation_find(flow->nodes, flow->edges, flow->edge, flow->one_way, f, loop))
        status = SOLVE_NO_MEMORY;
    forest_free(&forest);
    return status;
}
