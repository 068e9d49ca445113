#include "grid/post.h"
#include "grid/proof_parts.h"
#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* What a rank's branches add to a part that another rank answers for. */
struct share_of_balance {
    int64_t label;
    struct balance balance;
};

static void merge_balance(struct balance *balance, const struct balance *other)
{
    balance->sum += other->sum;
    balance->magnitude += other->magnitude;
    balance->largest = greater(other->largest, balance->largest);
}

/* ---- copies ------------------------------------------------------------------------------------------------------ */

static bool compare_copies(struct grid_point *point, const double *x, struct worst *worst)
{
    const struct halo *halo = &point->share->halo;
    memcpy(point->potential, x, point->claim.circuit->nodes.count * sizeof *x);
    if (!halo_spread(halo, point->potential, sizeof *x))
        return false;
    int64_t copies = 0;
    for (int r = 0; r < halo->ranks.count; r++)
        copies += halo->copies[r];
    for (int64_t q = 0; q < copies; q++) {
        uint32_t node = halo->copy[q];
        if (!(point->potential[node] == x[node]))
            note_worst(worst, INFINITY, node, point->share->number[node]);
    }
    return true;
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

/* The currents that leave the sets of this rank, and the list of the branches between parts anew. Returns its length;
 * *largest: S, of these. */
static uint32_t add_currents(struct grid_point *point, uint32_t count, double *largest)
{
    uint32_t left = 0;
    struct balance *balance = point->balance;
    memset(balance, 0, point->claim.circuit->nodes.count * sizeof *balance);
    *largest = 0;
    for (uint32_t q = 0; q < count; q++) {
        uint32_t e = point->list[q];
        const struct element *element = &point->claim.circuit->element[e];
        uint32_t a = disjoint_root(point->parts.set, element->a), k = disjoint_root(point->parts.set, element->k);
        if (point->parts.label[a] == point->parts.label[k])
            continue;
        point->list[left++] = e;
        *largest = greater(point->slope[e], *largest);
        balance_add(&balance[a], point->claim.i[e]);
        balance_add(&balance[k], -point->claim.i[e]);
    }
    return left;
}

/* Of the sets whose part another node answers for: here, or at another rank, to be freed, [*count]. NULL when memory is
 * out. */
static struct share_of_balance *list_balances(struct grid_point *point, size_t *count)
{
    const struct share *share = point->share;
    const struct parts *parts = &point->parts;
    struct share_of_balance *item = NULL;
    for (int pass = 0; pass < 2; pass++) {
        *count = 0;
        for (uint32_t node = 0; node < point->claim.circuit->nodes.count; node++) {
            const struct balance *balance = &point->balance[node];
            int64_t label = parts->label[node];
            if (parts->set[node] != node || (balance->magnitude == 0 && balance->sum == 0))
                continue;
            bool own = post_is_own(share, label);
            if (own && pass == 0 && post_node(share, label) != node)
                merge_balance(&point->balance[post_node(share, label)], balance);
            if (!own && pass > 0)
                item[*count] = (struct share_of_balance){label, *balance};
            *count += !own;
        }
        if (pass == 0)
            item = array_new(*count, sizeof *item);
        if (!item)
            break;
    }
    return item;
}

/* All that leaves a part becomes known where its label belongs. */
static bool collect_balances(struct grid_point *point)
{
    size_t count, came;
    struct share_of_balance *item = list_balances(point, &count), *taken = NULL;
    bool done = ranks_all(item) &&
                post_to_owners(point->share, item, count, sizeof *item, &taken, &came, point->took);
    for (size_t q = 0; done && q < came; q++)
        merge_balance(&point->balance[post_node(point->share, taken[q].label)], &taken[q].balance);
    free(item);
    free(taken);
    return done;
}

/* Each part that this rank answers for; figures NULL: there is nothing new in the parts of one node. */
static void judge_balances(struct certificate *figures, const struct grid_point *point, struct worst *worst)
{
    const struct share *share = point->share;
    for (uint32_t node = 0; node < point->claim.circuit->nodes.count; node++) {
        int64_t number = share->number[node];
        if (!post_is_own(share, number) || point->parts.label[node] != number)
            continue;
        double floor, relative = balance_relative(&point->balance[node], &floor);
        note_worst(worst, relative, node, number);
        if (figures) {
            figures->kcl = greater(fabs((double)point->balance[node].sum), figures->kcl);
            figures->kcl_floor = greater(floor, figures->kcl_floor);
        }
    }
}

/* The power of ten at or below x, which rounding does not take beyond x. */
static double decade(double x)
{
    return fmin(x, pow(10, floor(log10(x))));
}

static bool judge_groups(struct grid_point *point, uint32_t count, struct worst *worst)
{
    double least = INFINITY;
    for (bool more = true; more;) {
        for (uint32_t q = 0; q < count; q++) {
            const struct element *element = &point->claim.circuit->element[point->list[q]];
            if (point->slope[point->list[q]] >= least)
                parts_join(&point->parts, element->a, element->k);
        }
        if (!parts_settle(&point->parts))
            return false;
        double largest;
        count = add_currents(point, count, &largest);
        if (!collect_balances(point))
            return false;
        judge_balances(NULL, point, worst);
        ranks_greatest(&largest, 1);
        more = largest > 0;
        least = decade(largest);
    }
    return true;
}

bool grid_prove_kirchhoff(struct certificate *figures, struct grid_point *point, struct worst *worst)
{
    double largest, figure[3];
    uint32_t count = point->claim.circuit->elements.count;
    const double *lo = point->claim.lo;
    if (!compare_copies(point, point->claim.hi, worst) || (lo && !compare_copies(point, lo, worst)))
        return false;
    for (uint32_t e = 0; e < count; e++)
        point->list[e] = e;
    parts_begin(&point->parts);
    count = add_currents(point, count, &largest);
    if (!collect_balances(point))
        return false;
    judge_balances(figures, point, worst);
    figure[0] = figures->kcl;
    figure[1] = figures->kcl_floor;
    figure[2] = worst->relative;
    ranks_greatest(figure, 3);
    if (figure[2] <= figures->tolerance && !judge_groups(point, count, worst)) /* else a node is to blame, and known */
        return false;
    figures->kcl = figure[0];
    figures->kcl_floor = figure[1];
    figures->kcl_relative = worst->relative;
    ranks_greatest(&figures->kcl_relative, 1);
    return true;
}
