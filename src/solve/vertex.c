#include "solve/vertex.h"

#include "circuit/forest.h"
#include "solve/flow.h"
#include "solve/lagrangian.h"
#include "solve/linear.h"
#include "util/array.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double volt_tolerance = 1e-11; /* of the circuit's largest voltage: what is less has no sign */
static const double loop_tolerance = 1e-9;

/* The program with its conducting constraints contracted; x = y[tree - 1] + offset. */
struct contraction {
    uint32_t edges;
    struct forest_edge *edge; /* [edges] conducting constraints; node i + 1 is unknown i, node 0 ground */
    double *value;            /* [edges] their thresholds, V */
    uint32_t *knee;           /* [edges] which knee it is */
    struct forest forest;
    double *offset; /* [n + 1] V */
    struct qp qp;
};

static void contraction_free(struct contraction *contraction)
{
    free(contraction->edge);
    free(contraction->value);
    free(contraction->knee);
    free(contraction->offset);
    forest_free(&contraction->forest);
    qp_free(&contraction->qp);
}

static bool is_constraint(const struct knee *knee)
{
    return isinf(knee->g);
}

/* Clusters of unknowns that conducting constraints hold together. */
static bool find_clusters(struct contraction *contraction, const struct qp *qp, const bool *conducts)
{
    uint32_t nodes = (uint32_t)qp->L.n + 1;
    contraction->edge = array_new(qp->knees, sizeof *contraction->edge);
    contraction->value = array_new(qp->knees, sizeof *contraction->value);
    contraction->knee = array_new(qp->knees, sizeof *contraction->knee);
    contraction->offset = array_new(nodes, sizeof *contraction->offset);
    if (!contraction->edge || !contraction->value || !contraction->knee || !contraction->offset)
        return false;
    for (uint32_t k = 0; k < qp->knees; k++) {
        const struct knee *knee = &qp->knee[k];
        if (!conducts[k] || !is_constraint(knee))
            continue;
        contraction->edge[contraction->edges] = (struct forest_edge){(uint32_t)(knee->i + 1), (uint32_t)(knee->j + 1)};
        contraction->value[contraction->edges] = knee->c;
        contraction->knee[contraction->edges++] = k;
    }
    if (!forest_build(&contraction->forest, nodes, contraction->edge, contraction->edges, NULL))
        return false;
    forest_offsets(&contraction->forest, contraction->edge, contraction->value, contraction->offset);
    return true;
}

/* Do the thresholds around each loop of conducting constraints add up to zero? */
static bool loops_close(const struct contraction *contraction)
{
    for (uint32_t e = 0; e < contraction->edges; e++) {
        double a = contraction->offset[contraction->edge[e].a], k = contraction->offset[contraction->edge[e].k];
        double value = contraction->value[e];
        if (fabs(a - k - value) > loop_tolerance * fmax(fmax(fabs(a), fabs(k)), fabs(value)))
            return false;
    }
    return true;
}

struct lowering {
    struct contraction *contraction;
    struct conductance *edge;
    size_t m;
};

/* A conductance g from i to j, with current g (x_i - x_j - c), into the contracted program. */
static void lower(struct lowering *lowering, int32_t i, int32_t j, double g, double c)
{
    const struct contraction *contraction = lowering->contraction;
    struct qp *to = &lowering->contraction->qp;
    int32_t a = (int32_t)contraction->forest.tree[i + 1] - 1, k = (int32_t)contraction->forest.tree[j + 1] - 1;
    double oi = contraction->offset[i + 1], oj = contraction->offset[j + 1];
    if (a == k)
        return;
    lowering->edge[lowering->m++] = (struct conductance){a, k, g};
    double current = g * (oi - oj - c), scale = fabs(g) * fmax(fmax(fabs(oi), fabs(oj)), fabs(c));
    if (a != QP_GROUND) {
        to->b[a] -= current;
        to->floor[a] += scale;
    }
    if (k != QP_GROUND) {
        to->b[k] += current;
        to->floor[k] += scale;
    }
    if (a == QP_GROUND || k == QP_GROUND)
        to->ground[a == QP_GROUND ? k : a] += g;
}

static bool contract(struct contraction *contraction, const struct qp *qp, const bool *conducts)
{
    const struct laplacian *L = &qp->L;
    struct qp *to = &contraction->qp;
    int32_t n = (int32_t)contraction->forest.trees - 1;
    struct lowering lowering = {.contraction = contraction};
    lowering.edge = array_new((size_t)L->p[L->n] + (size_t)L->n + qp->knees, sizeof *lowering.edge);
    to->b = array_new((size_t)n, sizeof *to->b);
    to->floor = array_new((size_t)n, sizeof *to->floor);
    to->ground = array_new((size_t)n, sizeof *to->ground);
    bool done = lowering.edge && to->b && to->floor && to->ground;
    for (int32_t j = 0; done && j < L->n; j++) {
        int32_t tree = (int32_t)contraction->forest.tree[j + 1] - 1;
        if (tree != QP_GROUND) {
            to->b[tree] += qp->b[j];
            to->floor[tree] += qp->floor[j];
        }
        for (int32_t q = L->p[j]; q < L->p[j + 1] && L->i[q] < j; q++)
            lower(&lowering, L->i[q], j, -L->x[q], 0);
        if (qp->ground[j] != 0)
            lower(&lowering, j, QP_GROUND, qp->ground[j], 0);
    }
    for (uint32_t k = 0; done && k < qp->knees; k++)
        if (conducts[k] && !is_constraint(&qp->knee[k]))
            lower(&lowering, qp->knee[k].i, qp->knee[k].j, qp->knee[k].g, qp->knee[k].c);
    done = done && laplacian_build(&to->L, n, lowering.edge, lowering.m);
    free(lowering.edge);
    return done;
}

/* y from the references that x holds, and back. */
static enum solve_status solve_contracted(struct contraction *contraction, double *x, struct solve_info *info)
{
    struct linear linear = {0};
    const struct forest *forest = &contraction->forest;
    double *y = array_new(forest->trees, sizeof *y); /* y[tree]; y[0] is ground */
    enum solve_status status = SOLVE_NO_MEMORY;
    if (!y)
        return status;
    for (uint32_t q = forest->nodes; q-- > 1;) {
        uint32_t v = forest->order[q];
        if (v > 0)
            y[forest->tree[v]] = x[v - 1] - contraction->offset[v];
    }
    y[0] = 0;
    status = linear_new(&linear, &contraction->qp, info);
    if (status == SOLVE_OK)
        status = linear_solve(&linear, &contraction->qp, y + 1, info);
    for (uint32_t v = 1; status == SOLVE_OK && v < forest->nodes; v++)
        x[v - 1] = y[forest->tree[v]] + contraction->offset[v];
    linear_free(&linear);
    free(y);
    return status;
}

/* What the resistors and finite knees leave for the conducting constraints at each unknown; noise [knees] of finite ones. */
static void leftover(const struct qp *qp, const struct vertex *vertex, double *supply, double *floor, double *noise)
{
    const struct laplacian *L = &qp->L;
    for (int32_t j = 0; j < L->n; j++) {
        double own = fabs(vertex->x[j]);
        supply[j + 1] = qp->b[j] - qp->ground[j] * vertex->x[j];
        floor[j + 1] = fabs(qp->b[j]) + qp->floor[j] + qp->ground[j] * own;
        for (int32_t q = L->p[j]; q < L->p[j + 1]; q++) {
            double other = vertex->x[L->i[q]], g = L->i[q] == j ? 0 : -L->x[q];
            supply[j + 1] -= g * (vertex->x[j] - other);
            floor[j + 1] += g * fmax(own, fabs(other));
        }
    }
    for (uint32_t k = 0; k < qp->knees; k++) {
        const struct knee *knee = &qp->knee[k];
        if (is_constraint(knee))
            continue;
        double s = at(vertex->x, knee->i) - at(vertex->x, knee->j) - knee->c;
        double size = fabs(knee->g) * (fabs(at(vertex->x, knee->i)) + fabs(at(vertex->x, knee->j)) + fabs(knee->c));
        vertex->f[k] = vertex->conducts[k] ? knee->g * s : 0;
        supply[knee->i + 1] -= vertex->f[k];
        supply[knee->j + 1] += vertex->f[k];
        floor[knee->i + 1] += vertex->conducts[k] ? size : 0;
        floor[knee->j + 1] += vertex->conducts[k] ? size : 0;
        noise[k] = 8 * DBL_EPSILON * size;
    }
    for (int32_t j = 0; j < L->n; j++)
        floor[j + 1] *= 8 * DBL_EPSILON;
}

/* Knees whose voltage or current has the wrong sign change sides. noise [knees] A. */
static void judge(struct vertex *vertex, const struct qp *qp, const double *noise)
{
    double volts = volt_tolerance * voltage_scale(qp, vertex->x);
    vertex->wrong = 0;
    for (uint32_t k = 0; k < qp->knees; k++) {
        const struct knee *knee = &qp->knee[k];
        double s = at(vertex->x, knee->i) - at(vertex->x, knee->j) - knee->c;
        double rounding = noise[k] / fabs(knee->g); /* of finite knees */
        bool should = s > (is_constraint(knee) ? volts : rounding);
        if (vertex->conducts[k])
            should = is_constraint(knee) ? vertex->f[k] >= 0 : s >= -rounding; /* one that may as well block does so */
        vertex->wrong += should != vertex->conducts[k];
        vertex->conducts[k] = should;
    }
}

static enum solve_status currents(struct vertex *vertex, const struct qp *qp, const struct contraction *contraction,
                                  double *noise, struct solve_info *info)
{
    uint32_t nodes = contraction->forest.nodes;
    double *supply = array_new(nodes, sizeof *supply), *floor = array_new(nodes, sizeof *floor);
    double *f = array_new(contraction->edges, sizeof *f);
    bool *one_way = array_new(contraction->edges, sizeof *one_way);
    enum solve_status status = SOLVE_NO_MEMORY;
    if (supply && floor && f && one_way) {
        leftover(qp, vertex, supply, floor, noise);
        memset(one_way, true, contraction->edges * sizeof *one_way);
        struct flow flow = {nodes, contraction->edges, contraction->edge, one_way, supply, floor, false};
        status = flow_solve(&flow, f, NULL, info);
        for (uint32_t e = 0; e < contraction->edges; e++)
            vertex->f[contraction->knee[e]] = f[e];
    }
    free(supply);
    free(floor);
    free(f);
    free(one_way);
    return status;
}

enum solve_status vertex_solve(struct vertex *vertex, struct qp *qp, struct solve_info *info)
{
    struct contraction contraction = {0};
    double *noise = array_new(qp->knees, sizeof *noise);
    enum solve_status status = SOLVE_NO_MEMORY;
    vertex->consistent = false;
    memset(vertex->f, 0, qp->knees * sizeof *vertex->f);
    if (!noise || !find_clusters(&contraction, qp, vertex->conducts))
        goto done;
    if (!loops_close(&contraction)) {
        status = SOLVE_OK;
        goto done;
    }
    if (!contract(&contraction, qp, vertex->conducts))
        goto done;
    status = solve_contracted(&contraction, vertex->x, info);
    if (status == SOLVE_OK)
        status = currents(vertex, qp, &contraction, noise, info);
    if (status == SOLVE_OK) {
        vertex->consistent = true;
        judge(vertex, qp, noise);
    }
    if (status == SOLVE_STALLED)
        status = SOLVE_OK;
done:
    free(noise);
    contraction_free(&contraction);
    return status;
}
