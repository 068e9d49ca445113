#include "grid/proof.h"

#include "grid/proof_parts.h"
#include "util/array.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void grid_certificate_tell(const struct grid_certificate *certificate, char *text, size_t size)
{
    /* No rank knows which element turns most power of all. */
    const struct unproved_names names = {.node = certificate->kcl_node,
                                         .law = certificate->law_element,
                                         .loop = certificate->loop_element};
    char why[UNPROVED_TEXT];
    unproved_tell(&certificate->figures, &names, why, sizeof why);
    if (certificate->too_many_loops)
        snprintf(text, size, "not proved: too many sources and small drops form loops");
    else
        snprintf(text, size, "not converged: %s", why);
}

void grid_certificate_free(struct grid_certificate *certificate)
{
    free(certificate->kcl_node);
    free(certificate->law_element);
    free(certificate->loop_element);
    *certificate = (struct grid_certificate){0};
}

/* ---- room -------------------------------------------------------------------------------------------------------- */

static void point_free(struct grid_point *point)
{
    free(point->slope);
    free(point->list);
    free(point->slack);
    free(point->balance);
    free(point->took);
    free(point->work);
    parts_free(&point->parts);
}

static bool point_new(struct grid_point *point)
{
    uint32_t nodes = point->claim.circuit->nodes.count, elements = point->claim.circuit->elements.count;
    point->slope = array_new(elements, sizeof *point->slope);
    point->list = array_new(elements, sizeof *point->list);
    point->balance = array_new(nodes, sizeof *point->balance);
    point->took = array_new((size_t)point->share->ranks.count, sizeof *point->took);
    point->work = array_new(controlled_room(point->claim.circuit), 1);
    bool done = parts_new(&point->parts, point->share);
    return done && point->slope && point->list && point->balance && point->took && point->work;
}

/* ---- laws and power ---------------------------------------------------------------------------------------------- */

static struct dd fine(long double x)
{
    double hi = (double)x;
    return (struct dd){hi, isfinite(hi) ? (double)(x - hi) : 0};
}

/* Do its potentials not tell its current? */
static bool is_small(const struct branch *branch, double i, double tolerance)
{
    return isfinite(branch->slope) && !(branch->floor <= tolerance * fabs(i)) && !isnan(branch->drop.hi);
}

/* figures: of all ranks; *worst of this one. */
static void prove_laws(struct certificate *figures, struct grid_point *point, struct worst *worst)
{
    const struct circuit *circuit = point->claim.circuit;
    long double power = 0, turned = 0;
    double figure[3] = {0, 0, 0};
    size_t slack = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        struct dd u;
        double left = slack < point->slacks && point->slack[slack].element == e ? point->slack[slack++].volts : 0;
        struct branch branch = branch_any_at(&point->claim, e, left, point->work, &u);
        long double watts = branch_delivered(&circuit->element[e], u.hi, point->claim.i[e]);
        point->slope[e] = branch.slope;
        figure[0] = greater(branch.violation, figure[0]);
        figure[1] = greater(branch.product, figure[1]);
        note_worst(worst, branch.relative, e, point->share->ranks.rank);
        if (is_small(&branch, point->claim.i[e], point->tolerance))
            point->list[point->small++] = e;
        power += watts;
        turned += fabsl(watts);
    }
    figure[2] = worst->relative;
    ranks_greatest(figure, 3);
    figures->law = figure[0];
    figures->complementarity = figure[1];
    figures->law_relative = figure[2];
    struct dd sum[2] = {fine(power), fine(turned)};
    ranks_sum_finely(sum, 2);
    figures->power = dd_value(sum[0]);
    if (!(fabs(figures->power) <= DBL_MIN))
        figures->power_relative = sum[1].hi > 0 ? fabs(figures->power) / dd_value(sum[1]) : INFINITY;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* Who has the largest figure gives its name to all: *name, to be freed, or NULL where there is none. */
static bool name_worst(const struct grid_point *point, const struct worst *worst, const struct names *names,
                       char **name)
{
    const struct ranks *ranks = &point->share->ranks;
    struct worst *all = NULL;
    int64_t count;
    if (!ranks_gather(ranks, worst, 1, sizeof *worst, &all, &count, NULL))
        return false;
    int from = 0;
    for (int r = 1; r < ranks->count; r++)
        if (all[r].relative > all[from].relative ||
            (all[r].relative == all[from].relative && all[r].place < all[from].place))
            from = r;
    bool is_there = all[from].which != CERTIFICATE_NONE;
    free(all);
    if (!is_there)
        return true;
    size_t size = from == ranks->rank ? strlen(names->text[worst->which]) + 1 : 0;
    ranks_spread(from, &size, sizeof size);
    *name = array_new(size, 1);
    if (!ranks_all(*name))
        return false;
    if (from == ranks->rank)
        memcpy(*name, names->text[worst->which], size);
    ranks_spread(from, *name, size);
    return true;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

bool grid_prove(struct grid_certificate *certificate, const struct share *share, const double *hi, const double *lo,
                const double *i, double tolerance)
{
    assert(share->circuit->nodes.count > 0 && tolerance > 0);
    const struct circuit *circuit = share->circuit;
    struct grid_point point = {.share = share, .claim = {circuit, hi, lo, i}, .tolerance = tolerance};
    const struct worst none = {0, CERTIFICATE_NONE, INT64_MAX};
    struct worst node = none, law = none, loop = none;
    *certificate = (struct grid_certificate){.figures = {.tolerance = tolerance,
                                                         .kcl_node = CERTIFICATE_NONE,
                                                         .law_element = CERTIFICATE_NONE,
                                                         .loop_element = CERTIFICATE_NONE}};
    struct certificate *figures = &certificate->figures;
    bool done = ranks_all(point_new(&point)) && grid_prove_sources(certificate, &point);
    if (done)
        prove_laws(figures, &point, &law);
    done = done && grid_prove_drops(certificate, &point, &loop) && grid_prove_kirchhoff(figures, &point, &node) &&
           name_worst(&point, &law, &circuit->elements, &certificate->law_element) &&
           name_worst(&point, &node, &circuit->nodes, &certificate->kcl_node) &&
           name_worst(&point, &loop, &circuit->elements, &certificate->loop_element);
    figures->proved = figures->law_relative == 0 && figures->kcl_relative <= tolerance &&
                      figures->loop_relative <= tolerance && figures->power_relative <= tolerance &&
                      !certificate->too_many_loops;
    point_free(&point);
    if (!done)
        grid_certificate_free(certificate);
    return done;
}
