#include "convex/loop_currents.h"

#include "convex/circulation.h"
#include "convex/interior_point.h"
#include "convex/newton.h"
#include "convex/tree_currents.h"
#include "util/array.h"
#include "util/disjoint.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double noise_ratio = 1e-11; /* what the split is exact to, in parts of the largest current */

/* An end of an edge that is not ground, where there is one. */
static uint32_t inner_end(const struct forest_edge *edge)
{
    return edge->a != GROUND ? edge->a : edge->k;
}

/* Chords whose share is rounding of the largest current, or of what meets at one of their ends, get none: then a branch
 * without current has exactly none. Parts that meet in ground alone know nothing of each other's currents.
 * part [nodes], largest [nodes] work. */
static void drop_noise(const struct loop_currents *loops, const bool *in_tree, uint32_t *part, double *largest,
                       double *f)
{
    disjoint_init(part, loops->nodes);
    for (uint32_t e = 0; e < loops->edges; e++)
        if (loops->edge[e].a != GROUND && loops->edge[e].k != GROUND)
            disjoint_join(part, loops->edge[e].a, loops->edge[e].k);
    for (uint32_t e = 0; e < loops->edges; e++) {
        double *most = &largest[disjoint_root(part, inner_end(&loops->edge[e]))];
        *most = fmax(*most, fabs(f[e]));
    }
    for (uint32_t e = 0; e < loops->edges; e++) {
        double rounding = 64 * DBL_EPSILON * fmax(loops->size[loops->edge[e].a], loops->size[loops->edge[e].k]);
        double noise = noise_ratio * largest[disjoint_root(part, inner_end(&loops->edge[e]))];
        if (loops->edge[e].a == GROUND || loops->edge[e].k == GROUND)
            rounding = 64 * DBL_EPSILON * loops->size[inner_end(&loops->edge[e])];
        if (!in_tree[e] && fabs(f[e]) <= fmax(noise, rounding))
            f[e] = 0;
    }
}

/* The currents of the edges of a forest, once its chords have theirs. */
static bool eliminate_on(const struct loop_currents *loops, const struct forest *forest, const uint32_t *edge_of,
                         double *f)
{
    struct tree_currents tree = {.forest = forest,
                                 .edge_of = edge_of,
                                 .edge = loops->edge,
                                 .one_way = loops->one_way,
                                 .holding = UINT32_MAX,
                                 .rounding = 64 * DBL_EPSILON};
    uint32_t *follower, *part;
    double *largest;
    bool *in_tree;
    size_t nodes = loops->nodes;
    const struct array_request request[] = {
        {&follower, nodes, sizeof *follower},
        {&tree.over, nodes, sizeof *tree.over},
        {&tree.size, nodes, sizeof *tree.size},
        {&tree.noise, nodes, sizeof *tree.noise},
        {&tree.leaving, nodes, sizeof *tree.leaving},
        {&tree.mainstream, nodes, sizeof *tree.mainstream},
        {&in_tree, loops->edges, sizeof *in_tree},
        {&part, nodes, sizeof *part},
        {&largest, nodes, sizeof *largest},
    };
    void *block = arrays_new(request, sizeof request / sizeof *request);
    if (!block)
        return false;
    for (uint32_t q = 0; q < loops->nodes; q++) {
        uint32_t v = forest->order[q];
        tree.over[v] = loops->supply[v];
        tree.size[v] = loops->size[v];
        tree.leaving[v] = loops->leaving[v];
        if (forest->via[v] == FOREST_NO_EDGE)
            continue;
        follower[tree.followers++] = v;
        in_tree[edge_of ? edge_of[forest->via[v]] : forest->via[v]] = true;
    }
    tree.follower = follower;
    drop_noise(loops, in_tree, part, largest, f);
    for (uint32_t e = 0; e < loops->edges; e++) {
        uint32_t a = loops->edge[e].a, k = loops->edge[e].k;
        if (in_tree[e] || f[e] == 0)
            continue;
        tree.over[a] = dd_sub_double(tree.over[a], f[e]); /* a chord carries its share */
        tree.over[k] = dd_add_double(tree.over[k], f[e]);
        tree.size[a] += fabs(f[e]);
        tree.size[k] += fabs(f[e]);
        tree.leaving[a] ^= tree_currents_mark(MARK_CHORD, e);
        tree.leaving[k] ^= tree_currents_mark(MARK_CHORD, e);
    }
    tree_currents_find(&tree, f);
    free(block);
    return true;
}

/* ---- loops ---------------------------------------------------------------------------------------------------- */

/* The network whose operating point is the least-norm split: one ohm for each edge. */
static bool unit_network(struct qp *qp, const struct loop_currents *loops)
{
    int32_t n = (int32_t)loops->nodes - 1;
    size_t m = 0;
    struct conductance *conductance = array_new(loops->edges, sizeof *conductance);
    const struct array_request request[] = {
        {&qp->b, (size_t)n, sizeof *qp->b},
        {&qp->floor, (size_t)n, sizeof *qp->floor},
        {&qp->ground, (size_t)n, sizeof *qp->ground},
        {&qp->knee, loops->edges, sizeof *qp->knee},
    };
    qp->block = arrays_new(request, sizeof request / sizeof *request);
    bool done = conductance && qp->block;
    for (uint32_t e = 0; done && e < loops->edges; e++) {
        int32_t a = (int32_t)loops->edge[e].a - 1, k = (int32_t)loops->edge[e].k - 1;
        if (a == k)
            continue;
        if (loops->one_way[e]) {
            qp->knee[qp->knees++] = (struct knee){a, k, 0, 1};
            continue;
        }
        conductance[m++] = (struct conductance){a, k, 1};
        if (a == GROUND_UNKNOWN || k == GROUND_UNKNOWN)
            qp->ground[a == GROUND_UNKNOWN ? k : a] += 1;
    }
    for (int32_t i = 0; done && i < n; i++)
        qp->b[i] = loops->supply[i + 1].hi;
    done = done && laplacian_build(&qp->L, n, conductance, m);
    free(conductance);
    return done;
}

/* Newton's method, and where that closes a long row of diodes one by one the interior-point method before it. */
static enum solve_status minimise(struct newton *newton, struct lagrangian *lagrangian, double *y,
                                  struct solve_info *info)
{
    enum solve_status status = newton_minimise(newton, lagrangian, y, info);
    if (status != SOLVE_STALLED)
        return status;
    bool *conducts = array_new(lagrangian->qp->knees, sizeof *conducts);
    status = conducts ? interior_point_minimise(newton, lagrangian, y, conducts, info) : SOLVE_NO_MEMORY;
    free(conducts);
    return status == SOLVE_OK ? newton_minimise(newton, lagrangian, y, info) : status;
}

/* Multiplier steps here only move the anchors: all knees of the unit network have finite slope. */
static enum solve_status least_norm(const struct loop_currents *loops, double *f, struct solve_info *info)
{
    enum { ANCHOR_STEPS = 6 };
    struct qp qp = {0};
    struct newton newton = {0};
    struct lagrangian lagrangian = {0};
    struct solve_info own = {0};
    double *y = array_new(loops->nodes, sizeof *y);
    enum solve_status status = SOLVE_NO_MEMORY;
    if (!y || !unit_network(&qp, loops) || !newton_new(&newton, &qp, FACTOR_CHOLESKY) ||
        !lagrangian_new(&lagrangian, &qp))
        goto done;
    for (int step = 0; step < ANCHOR_STEPS; step++) {
        status = minimise(&newton, &lagrangian, y, &own);
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
    for (uint32_t e = 0; e < loops->edges; e++) {
        double u = at(y, (int32_t)loops->edge[e].a - 1) - at(y, (int32_t)loops->edge[e].k - 1);
        f[e] = loops->one_way[e] ? fmax(0, u) : u;
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

/* The spanning tree of the largest currents (Kruskal): what is small stays as it was split, exactly zero where it is.
 * edge_of [nodes] out: the edge that one of the forest is. False when memory is out. */
static bool heaviest_tree(const struct loop_currents *loops, const double *f, struct forest *forest, uint32_t *edge_of)
{
    struct ranked *ranked;
    struct forest_edge *edge;
    uint32_t *set, kept = 0;
    const struct array_request request[] = {
        {&ranked, loops->edges, sizeof *ranked},
        {&edge, loops->nodes, sizeof *edge},
        {&set, loops->nodes, sizeof *set},
    };
    void *block = arrays_new(request, sizeof request / sizeof *request);
    if (!block)
        return false;
    disjoint_init(set, loops->nodes);
    for (uint32_t e = 0; e < loops->edges; e++) /* two-way branches first: they can take either sign */
        ranked[e] = (struct ranked){loops->one_way[e] ? fabs(f[e]) : INFINITY, e};
    qsort(ranked, loops->edges, sizeof *ranked, by_size);
    for (uint32_t q = 0; q < loops->edges; q++) {
        uint32_t e = ranked[q].edge;
        if (!disjoint_join(set, loops->edge[e].a, loops->edge[e].k))
            continue;
        edge_of[kept] = e;
        edge[kept++] = loops->edge[e];
    }
    bool done = forest_build(forest, loops->nodes, edge, kept, loops->size);
    free(block);
    return done;
}

static enum solve_status split_loops(const struct loop_currents *loops, double *f, struct solve_info *info)
{
    struct forest forest = {0};
    uint32_t *edge_of = array_new(loops->nodes, sizeof *edge_of);
    enum solve_status status = edge_of ? least_norm(loops, f, info) : SOLVE_NO_MEMORY;
    if (status == SOLVE_OK &&
        !(heaviest_tree(loops, f, &forest, edge_of) && eliminate_on(loops, &forest, edge_of, f)))
        status = SOLVE_NO_MEMORY;
    free(edge_of);
    forest_free(&forest);
    return status;
}

static enum solve_status solve(const struct loop_currents *loops, double *f, bool *loop, struct solve_info *info)
{
    struct forest forest = {0};
    if (!forest_build(&forest, loops->nodes, loops->edge, loops->edges, loops->size))
        return SOLVE_NO_MEMORY;
    enum solve_status status;
    if (forest.acyclic)
        status = eliminate_on(loops, &forest, NULL, f) ? SOLVE_OK : SOLVE_NO_MEMORY;
    else
        status = split_loops(loops, f, info);
    struct circulation circulation = {loops->nodes, loops->edges, loops->edge, loops->one_way, f};
    if (status == SOLVE_OK && loop && !forest.acyclic && !circulation_find(&circulation, loop))
        status = SOLVE_NO_MEMORY;
    forest_free(&forest);
    return status;
}

/* Ground and the nodes that edges meet at, numbered in their order, with their edges. NULL when memory is out. */
static void *gather_ends(const struct loop_currents *loops, struct loop_currents *ends)
{
    uint32_t *number, count = 0;
    struct forest_edge *edge;
    struct dd *supply;
    uint64_t *leaving;
    double *size;
    size_t nodes = loops->nodes, most = 1 + 2 * (size_t)loops->edges < nodes ? 1 + 2 * (size_t)loops->edges : nodes;
    const struct array_request request[] = {
        {&number, nodes, sizeof *number},
        {&edge, loops->edges, sizeof *edge},
        {&supply, most, sizeof *supply},
        {&leaving, most, sizeof *leaving},
        {&size, most, sizeof *size},
    };
    void *block = arrays_new(request, sizeof request / sizeof *request);
    if (!block)
        return NULL;
    number[GROUND] = 1;
    for (uint32_t e = 0; e < loops->edges; e++)
        number[loops->edge[e].a] = number[loops->edge[e].k] = 1;
    for (uint32_t node = 0; node < nodes; node++) {
        if (!number[node])
            continue;
        supply[count] = loops->supply[node];
        leaving[count] = loops->leaving[node];
        size[count] = loops->size[node];
        number[node] = count++;
    }
    for (uint32_t e = 0; e < loops->edges; e++)
        edge[e] = (struct forest_edge){number[loops->edge[e].a], number[loops->edge[e].k]};
    *ends = (struct loop_currents){count, loops->edges, edge, loops->one_way, supply, leaving, size};
    return block;
}

enum solve_status loop_currents_solve(const struct loop_currents *loops, double *f, bool *loop,
                                      struct solve_info *info)
{
    struct loop_currents ends;
    memset(f, 0, loops->edges * sizeof *f);
    if (loop)
        memset(loop, 0, loops->edges * sizeof *loop);
    if (loops->edges == 0)
        return SOLVE_OK;
    void *block = gather_ends(loops, &ends);
    enum solve_status status = block ? solve(&ends, f, loop, info) : SOLVE_NO_MEMORY;
    free(block);
    return status;
}
