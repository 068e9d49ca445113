#include "convex/vertex.h"

#include "convex/loop_currents.h"
#include "convex/lagrangian.h"
#include "util/array.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the circuit's largest voltage: what is less has no sign, over a constraint. */
static const double volt_tolerance = 1e-13;

static bool is_constraint(const struct knee *knee)
{
    return isinf(knee->g);
}

/* What the resistors and finite knees leave for the conducting constraints at each unknown; noise
 * [knees] of finite ones. */
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
    for (uint32_t q = 0; q < qp->nonlinears; q++) {
        const struct nonlinear_branch *bend = &qp->nonlinear[q];
        double slope, f = bend->m * curve_current(bend->curve, nonlinear_voltage(bend, vertex->x), &slope);
        double size = nonlinear_size(bend, vertex->x, slope, f);
        supply[bend->i + 1] -= f;
        supply[bend->j + 1] += f;
        floor[bend->i + 1] += size;
        floor[bend->j + 1] += size;
    }
    for (int32_t j = 0; j < L->n; j++)
        floor[j + 1] *= 8 * DBL_EPSILON;
}

/* Knees whose voltage or current has the wrong sign change sides. noise [knees] A. */
static void judge(struct vertex *vertex, const struct qp *qp, const struct contraction *contraction,
                  const double *noise)
{
    double scale = voltage_scale(qp, vertex->x);
    vertex->wrong = 0;
    for (uint32_t k = 0; k < qp->knees; k++) {
        const struct knee *knee = &qp->knee[k];
        double s = at(vertex->x, knee->i) - at(vertex->x, knee->j) - knee->c;
        double rounding = fmax(noise[k] / fabs(knee->g), vertex_floor * scale); /* of finite knees */
        if (is_constraint(knee))
            rounding = volt_tolerance * scale + contraction_noise(contraction, knee->i) +
                       contraction_noise(contraction, knee->j);
        bool should = s > rounding;
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
        struct loop_currents flow = {nodes, contraction->edges, contraction->edge, one_way, supply, floor, false};
        status = loop_currents_solve(&flow, f, NULL, info);
        for (uint32_t e = 0; e < contraction->edges; e++)
            vertex->f[contraction->knee[e]] = f[e];
    }
    free(supply);
    free(floor);
    free(f);
    free(one_way);
    return status;
}

/* The contraction of the set, with its factor where it is still the last one. False when memory is out. */
static bool prepare(struct contraction *contraction, const struct qp *qp, const bool *conducts)
{
    if (contraction->conducts && memcmp(contraction->conducts, conducts, qp->knees * sizeof *conducts) == 0) {
        contraction_update(contraction, qp);
        return true;
    }
    contraction_free(contraction);
    if (contraction_build(contraction, qp, conducts))
        return true;
    contraction_free(contraction);
    return false;
}

enum solve_status vertex_solve(struct vertex *vertex, struct contraction *contraction, const struct qp *qp,
                               struct solve_info *info)
{
    double *noise = array_new(qp->knees, sizeof *noise);
    enum solve_status status = SOLVE_NO_MEMORY;
    vertex->consistent = false;
    memset(vertex->f, 0, qp->knees * sizeof *vertex->f);
    if (!noise || !prepare(contraction, qp, vertex->conducts))
        goto done;
    status = contraction_closes(contraction) ? contraction_solve(contraction, vertex->x, info) : SOLVE_STALLED;
    if (status == SOLVE_OK)
        status = currents(vertex, qp, contraction, noise, info);
    if (status == SOLVE_OK) {
        vertex->consistent = true;
        judge(vertex, qp, contraction, noise);
    }
    if (status == SOLVE_STALLED)
        status = SOLVE_OK;
done:
    free(noise);
    return status;
}
