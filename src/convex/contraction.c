#include "convex/contraction.h"

#include "util/array.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double loop_tolerance = 1e-9; /* of the voltages around a loop */

/* ---- clusters --------------------------------------------------------------------------------------------------- */

static bool find_clusters(struct contraction *contraction, const struct qp *qp)
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
        if (!contraction->conducts[k] || !isinf(knee->g))
            continue;
        contraction->edge[contraction->edges] = (struct forest_edge){(uint32_t)(knee->i + 1), (uint32_t)(knee->j + 1)};
        contraction->knee[contraction->edges++] = k;
    }
    return forest_build(&contraction->forest, nodes, contraction->edge, contraction->edges, NULL);
}

bool contraction_closes(const struct contraction *contraction)
{
    for (uint32_t e = 0; e < contraction->edges; e++) {
        double a = contraction->offset[contraction->edge[e].a], k = contraction->offset[contraction->edge[e].k];
        double value = contraction->value[e];
        if (fabs(a - k - value) > loop_tolerance * fmax(fmax(fabs(a), fabs(k)), fabs(value)))
            return false;
    }
    return true;
}

/* ---- branches between clusters ----------------------------------------------------------------------------------- */

static int32_t cluster(const struct contraction *contraction, int32_t i)
{
    return (int32_t)contraction->forest.tree[i + 1] - 1; /* tree 0 is GROUND_UNKNOWN */
}

/* A conductance g from i to j with current g (x_i - x_j - c). */
typedef void visit_branch(void *context, struct contraction *contraction, int32_t i, int32_t j, double g, double c);

static void each_branch(struct contraction *contraction, const struct qp *qp, visit_branch *visit, void *context)
{
    const struct laplacian *L = &qp->L;
    for (int32_t j = 0; j < L->n; j++) {
        for (int32_t q = L->p[j]; q < L->p[j + 1] && L->i[q] < j; q++)
            visit(context, contraction, L->i[q], j, -L->x[q], 0);
        if (qp->ground[j] != 0)
            visit(context, contraction, j, GROUND_UNKNOWN, qp->ground[j], 0);
    }
    for (uint32_t k = 0; k < qp->knees; k++) {
        const struct knee *knee = &qp->knee[k];
        if (contraction->conducts[k] && !isinf(knee->g))
            visit(context, contraction, knee->i, knee->j, knee->g, knee->c);
    }
}

struct edges {
    struct conductance *edge;
    size_t m;
};

static void collect(void *context, struct contraction *contraction, int32_t i, int32_t j, double g, double c)
{
    struct edges *edges = context;
    int32_t a = cluster(contraction, i), k = cluster(contraction, j);
    (void)c;
    if (a == k)
        return;
    edges->edge[edges->m++] = (struct conductance){a, k, g};
    if (a == GROUND_UNKNOWN || k == GROUND_UNKNOWN)
        contraction->qp.ground[a == GROUND_UNKNOWN ? k : a] += g;
}

static void add_current(struct qp *qp, int32_t i, double current, double drive, double scale)
{
    if (i == GROUND_UNKNOWN)
        return;
    add_exactly(&qp->b[i], &qp->rest[i], current);
    qp->injected_magnitude[i] += drive;
    qp->floor[i] += scale;
}

/* The current that a branch has by its offsets alone. */
static void add_offsets(void *context, struct contraction *contraction, int32_t i, int32_t j, double g, double c)
{
    int32_t a = cluster(contraction, i), k = cluster(contraction, j);
    double oi = contraction->offset[i + 1], oj = contraction->offset[j + 1];
    double current = g * (oi - oj - c), scale = fabs(g) * fmax(fmax(fabs(oi), fabs(oj)), fabs(c));
    (void)context;
    if (a == k)
        return;
    add_current(&contraction->qp, a, -current, fabs(current), scale);
    add_current(&contraction->qp, k, current, fabs(current), scale);
}

/* The bends between clusters, with the offsets at their ends. */
static void restrict_nonlinear(struct contraction *contraction, const struct qp *qp)
{
    contraction->qp.nonlinears = 0;
    for (uint32_t q = 0; q < qp->nonlinears; q++) {
        struct nonlinear_branch bend = qp->nonlinear[q];
        bend.c += contraction->offset[bend.i + 1] - contraction->offset[bend.j + 1];
        bend.i = cluster(contraction, bend.i);
        bend.j = cluster(contraction, bend.j);
        if (bend.i != bend.j)
            contraction->qp.nonlinear[contraction->qp.nonlinears++] = bend;
    }
}

/* ---- building and solving ---------------------------------------------------------------------------------------- */

void contraction_update(struct contraction *contraction, const struct qp *qp)
{
    size_t n = contraction->forest.trees - 1;
    for (uint32_t e = 0; e < contraction->edges; e++)
        contraction->value[e] = qp->knee[contraction->knee[e]].c;
    forest_offsets(&contraction->forest, contraction->edge, contraction->value, contraction->offset);
    memset(contraction->qp.b, 0, n * sizeof *contraction->qp.b);
    memset(contraction->qp.floor, 0, n * sizeof *contraction->qp.floor);
    memset(contraction->qp.rest, 0, n * sizeof *contraction->qp.rest);
    memset(contraction->qp.injected_magnitude, 0, n * sizeof *contraction->qp.injected_magnitude);
    for (int32_t j = 0; j < qp->L.n; j++) {
        add_current(&contraction->qp, cluster(contraction, j), qp->b[j], qp->injected_magnitude[j], qp->floor[j]);
        add_current(&contraction->qp, cluster(contraction, j), qp->rest ? qp->rest[j] : 0, 0, 0);
    }
    each_branch(contraction, qp, add_offsets, NULL);
    restrict_nonlinear(contraction, qp);
}

bool contraction_build(struct contraction *contraction, const struct qp *qp, const bool *conducts)
{
    struct edges edges = {0};
    struct qp *to = &contraction->qp;
    contraction->conducts = array_new(qp->knees, sizeof *contraction->conducts);
    if (!contraction->conducts)
        return false;
    memcpy(contraction->conducts, conducts, qp->knees * sizeof *conducts);
    if (!find_clusters(contraction, qp))
        return false;
    size_t n = contraction->forest.trees - 1;
    edges.edge = array_new((size_t)qp->L.p[qp->L.n] + (size_t)qp->L.n + qp->knees, sizeof *edges.edge);
    to->b = array_new(n, sizeof *to->b);
    to->rest = array_new(n, sizeof *to->rest);
    to->floor = array_new(n, sizeof *to->floor);
    to->ground = array_new(n, sizeof *to->ground);
    to->injected_magnitude = array_new(n, sizeof *to->injected_magnitude);
    to->nonlinear = array_new(qp->nonlinears, sizeof *to->nonlinear);
    bool done = edges.edge && to->nonlinear && to->b && to->rest && to->floor && to->ground && to->injected_magnitude;
    if (done) {
        each_branch(contraction, qp, collect, &edges);
        done = laplacian_build(&to->L, (int32_t)n, edges.edge, edges.m);
    }
    free(edges.edge);
    if (done)
        contraction_update(contraction, qp);
    return done;
}

static enum solve_status solve_linear(struct contraction *contraction, double *y, struct solve_info *info)
{
    enum solve_status status = SOLVE_OK;
    if (!contraction->has_linear) {
        contraction->has_linear = true;
        status = linear_new(&contraction->linear, &contraction->qp, false, info);
    }
    return status == SOLVE_OK ? linear_solve(&contraction->linear, &contraction->qp, y, info) : status;
}

static enum solve_status solve_nonlinear(struct contraction *contraction, double *y, struct solve_info *info)
{
    if (contraction->qp.L.n == 0)
        return SOLVE_OK;
    if (!contraction->has_newton) {
        contraction->has_newton = newton_new(&contraction->newton, &contraction->qp);
        info->analyses++;
    }
    if (contraction->has_newton && !contraction->has_lagrangian)
        contraction->has_lagrangian = lagrangian_new(&contraction->lagrangian, &contraction->qp);
    if (!contraction->has_newton || !contraction->has_lagrangian)
        return SOLVE_NO_MEMORY;
    return newton_settle(&contraction->newton, &contraction->lagrangian, y, info);
}

enum solve_status contraction_solve(struct contraction *contraction, double *x, struct solve_info *info)
{
    const struct forest *forest = &contraction->forest;
    double *y = array_new(forest->trees, sizeof *y); /* y[tree]; y[0] is ground */
    enum solve_status status = y ? SOLVE_OK : SOLVE_NO_MEMORY;
    for (uint32_t q = forest->nodes; status == SOLVE_OK && q-- > 0;) {
        uint32_t v = forest->order[q]; /* roots come last in this order: they have the last word */
        if (v > 0)
            y[forest->tree[v]] = x[v - 1] - contraction->offset[v];
    }
    if (status == SOLVE_OK) {
        y[0] = 0;
        status =
            contraction->qp.nonlinears > 0 ? solve_nonlinear(contraction, y + 1, info) : solve_linear(contraction, y + 1, info);
    }
    for (uint32_t v = 1; status == SOLVE_OK && v < forest->nodes; v++)
        x[v - 1] = y[forest->tree[v]] + contraction->offset[v];
    free(y);
    return status;
}

double contraction_noise(const struct contraction *contraction, int32_t i)
{
    int32_t own = cluster(contraction, i);
    if (own == GROUND_UNKNOWN)
        return 0;
    const struct laplacian *L = &contraction->qp.L;
    double g = L->x[L->d[own]];
    return 8 * DBL_EPSILON * contraction->qp.injected_magnitude[own] / (g > 0 ? g : 1);
}

void contraction_free(struct contraction *contraction)
{
    free(contraction->conducts);
    free(contraction->edge);
    free(contraction->value);
    free(contraction->knee);
    free(contraction->offset);
    forest_free(&contraction->forest);
    qp_free(&contraction->qp);
    linear_free(&contraction->linear);
    if (contraction->has_newton)
        newton_free(&contraction->newton);
    if (contraction->has_lagrangian)
        lagrangian_free(&contraction->lagrangian);
    *contraction = (struct contraction){0};
}
