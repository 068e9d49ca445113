#include "convex/companions.h"

#include "laws/junctions.h"
#include <math.h>

enum { BATCH = 8 * JUNCTION_LANES };
static const double least_conductance = 1e-15; /* S */

struct batch {
    uint32_t count, branch[BATCH];
    double is[BATCH], vt[BATCH], g[BATCH], c[BATCH];
    double u[BATCH], i[BATCH], slope[BATCH];
};

/* The next place of the batch. */
static uint32_t put(struct batch *batch, const struct qp *qp, uint32_t q)
{
    const struct junction *junction = &qp->nonlinear[q].curve->junction;
    batch->branch[batch->count] = q;
    batch->is[batch->count] = junction->is;
    batch->vt[batch->count] = junction->vt;
    return batch->count++;
}

static void pad(struct batch *batch)
{
    double *const number[] = {batch->is, batch->vt, batch->g, batch->c, batch->u};
    for (size_t n = 0; n < sizeof number / sizeof *number; n++)
        junctions_pad(number[n], batch->count);
}

static void touch_batch(struct batch *batch, struct companion *companion)
{
    if (batch->count == 0)
        return;
    pad(batch);
    junctions_current(junctions_padded(batch->count), batch->is, batch->vt, batch->u, batch->i, batch->slope);
    for (uint32_t k = 0; k < batch->count; k++)
        companion[batch->branch[k]] = (struct companion){batch->u[k], batch->i[k], batch->slope[k]};
    batch->count = 0;
}

void companions_touch(const struct qp *qp, const double *x, struct companion *companion)
{
    struct batch batch;
    batch.count = 0;
    for (uint32_t q = 0; q < qp->nonlinears; q++) {
        const struct nonlinear_branch *branch = &qp->nonlinear[q];
        double u = nonlinear_voltage(branch, x);
        if (branch->curve->is_plain) {
            uint32_t k = put(&batch, qp, q);
            batch.u[k] = u;
            batch.g[k] = batch.c[k] = 0;
        } else {
            companion[q].u = u;
            companion[q].i = curve_current(branch->curve, u, &companion[q].g);
        }
        if (batch.count == BATCH)
            touch_batch(&batch, companion);
    }
    touch_batch(&batch, companion);
}

/* The conductance along which a law is met: a mean of its surroundings' and its own. The former alone would be exact
 * for one curved law among straight lines; the latter holds back where laws that meet each other take turns. */
static double meeting(double surroundings, double slope, bool bold)
{
    double mean = sqrt(surroundings * slope);
    return fmax(bold ? sqrt(surroundings * sqrt(surroundings * mean)) : mean, least_conductance);
}

static void meet_one(const struct qp *qp, uint32_t q, double g, double c, struct companion *companion)
{
    companion[q].u = curve_meet(qp->nonlinear[q].curve, g, c, &companion[q].i, &companion[q].g);
}

static void meet_batch(struct batch *batch, const struct qp *qp, struct companion *companion)
{
    if (batch->count == 0)
        return;
    pad(batch);
    const struct junctions_met met = {batch->is, batch->vt, batch->g, batch->c, batch->u, batch->i, batch->slope};
    junctions_meet(junctions_padded(batch->count), &met);
    for (uint32_t k = 0; k < batch->count; k++) {
        if (isfinite(batch->u[k]))
            companion[batch->branch[k]] = (struct companion){batch->u[k], batch->i[k], batch->slope[k]};
        else
            meet_one(qp, batch->branch[k], batch->g[k], batch->c[k], companion);
    }
    batch->count = 0;
}

void companions_meet(const struct qp *qp, const double *x, const double *surroundings, bool bold,
                     struct companion *companion)
{
    struct batch batch;
    batch.count = 0;
    for (uint32_t q = 0; q < qp->nonlinears; q++) {
        const struct nonlinear_branch *branch = &qp->nonlinear[q];
        double u = nonlinear_voltage(branch, x), i = companion_current(&companion[q], u);
        double g = meeting(surroundings[q], companion[q].g, bold);
        if (branch->curve->is_plain) {
            uint32_t k = put(&batch, qp, q);
            batch.g[k] = g;
            batch.c[k] = i + g * u;
            batch.u[k] = u;
        } else {
            meet_one(qp, q, g, i + g * u, companion);
        }
        if (batch.count == BATCH)
            meet_batch(&batch, qp, companion);
    }
    meet_batch(&batch, qp, companion);
}
