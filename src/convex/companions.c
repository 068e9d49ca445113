#include "convex/companions.h"

#include "laws/junctions.h"
#include <math.h>

enum { BATCH = 8 * JUNCTION_LANES };
static const double least_conductance = 1e-15; /* S */

struct batch {
    uint32_t count, bend[BATCH];
    double is[BATCH], vt[BATCH], g[BATCH], c[BATCH];
    double u[BATCH], i[BATCH], slope[BATCH];
};

/* The next place of the batch. */
static uint32_t put(struct batch *batch, const struct qp *qp, uint32_t q)
{
    const struct junction *junction = &qp->nonlinear[q].curve->junction;
    batch->bend[batch->count] = q;
    batch->is[batch->count] = junction->is;
    batch->vt[batch->count] = junction->vt;
    return batch->count++;
}

/* The last one again until the vectors are full. */
static void pad(struct batch *batch)
{
    uint32_t last = batch->count - 1;
    for (uint32_t k = batch->count; k % JUNCTION_LANES > 0; k++) {
        batch->is[k] = batch->is[last];
        batch->vt[k] = batch->vt[last];
        batch->g[k] = batch->g[last];
        batch->c[k] = batch->c[last];
        batch->u[k] = batch->u[last];
    }
}

static uint32_t padded(const struct batch *batch)
{
    return (batch->count + JUNCTION_LANES - 1) / JUNCTION_LANES * JUNCTION_LANES;
}

static void touch_batch(struct batch *batch, struct companion *tangent)
{
    if (batch->count == 0)
        return;
    pad(batch);
    junctions_current(padded(batch), batch->is, batch->vt, batch->u, batch->i, batch->slope);
    for (uint32_t k = 0; k < batch->count; k++)
        tangent[batch->bend[k]] = (struct companion){batch->u[k], batch->i[k], batch->slope[k]};
    batch->count = 0;
}

void companions_touch(const struct qp *qp, const double *x, struct companion *tangent)
{
    struct batch batch;
    batch.count = 0;
    for (uint32_t q = 0; q < qp->nonlinears; q++) {
        const struct nonlinear_branch *bend = &qp->nonlinear[q];
        double u = nonlinear_voltage(bend, x);
        if (bend->curve->is_plain) {
            uint32_t k = put(&batch, qp, q);
            batch.u[k] = u;
            batch.g[k] = batch.c[k] = 0;
        } else {
            tangent[q].u = u;
            tangent[q].i = curve_current(bend->curve, u, &tangent[q].slope);
        }
        if (batch.count == BATCH)
            touch_batch(&batch, tangent);
    }
    touch_batch(&batch, tangent);
}

/* The conductance along which a bend is met: a mean of its surroundings' and its own. The former alone would be exact
 * for one bend among straight lines; the latter holds back where bends that meet each other take turns. */
static double meeting(double around, double slope, bool bold)
{
    double mean = sqrt(around * slope);
    return fmax(bold ? sqrt(around * sqrt(around * mean)) : mean, least_conductance);
}

static void meet_one(const struct qp *qp, uint32_t q, double g, double c, struct companion *tangent)
{
    tangent[q].u = curve_meet(qp->nonlinear[q].curve, g, c, &tangent[q].i, &tangent[q].slope);
}

static void meet_batch(struct batch *batch, const struct qp *qp, struct companion *tangent)
{
    if (batch->count == 0)
        return;
    pad(batch);
    junctions_meet(padded(batch), batch->is, batch->vt, batch->g, batch->c, batch->u, batch->i, batch->slope);
    for (uint32_t k = 0; k < batch->count; k++) {
        if (isfinite(batch->u[k]))
            tangent[batch->bend[k]] = (struct companion){batch->u[k], batch->i[k], batch->slope[k]};
        else
            meet_one(qp, batch->bend[k], batch->g[k], batch->c[k], tangent);
    }
    batch->count = 0;
}

void companions_meet(const struct qp *qp, const double *x, const double *around, bool bold, struct companion *tangent)
{
    struct batch batch;
    batch.count = 0;
    for (uint32_t q = 0; q < qp->nonlinears; q++) {
        const struct nonlinear_branch *bend = &qp->nonlinear[q];
        double u = nonlinear_voltage(bend, x), i = tangent[q].i + tangent[q].slope * (u - tangent[q].u);
        double g = meeting(around[q], tangent[q].slope, bold);
        if (bend->curve->is_plain) {
            uint32_t k = put(&batch, qp, q);
            batch.g[k] = g;
            batch.c[k] = i + g * u;
            batch.u[k] = u;
        } else {
            meet_one(qp, q, g, i + g * u, tangent);
        }
        if (batch.count == BATCH)
            meet_batch(&batch, qp, tangent);
    }
    meet_batch(&batch, qp, tangent);
}
