#include "circuit/voltage_loops.h"
#include "grid/post.h"
#include "grid/proof_parts.h"
#include "proof/drop_loops.h"
#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* What is known of a part that some branches join. */
struct loop_tally {
    int64_t nodes, branches;
    int64_t small; /* of them, that are to be judged */
    bool off;      /* one of them does not rise by just what the potentials say */
    bool wanted;   /* there are loops in it to be judged */
};

_Static_assert(sizeof(struct loop_tally) <= sizeof(struct balance), "they share their room");

struct tally_of_set {
    int64_t label, root;
    struct loop_tally tally;
};

/* A branch that all ranks judge. */
struct loop_item {
    int64_t a, k; /* numbers of its nodes */
    struct rise rise;
    double size;  /* V, of its drop; of a voltage-defined branch -1 */
};

/* The branches of a kind that are in parts with loops: this rank's are point->list[0..kept), and in the midst of
 * all. */
struct loops {
    struct loop_item *item; /* [items] of all ranks */
    int64_t items, before, kept;
    uint32_t *node;   /* [2 items] nodes of each, a and k, numbered from 0 */
    uint32_t nodes;
    bool too_many;
};

static void loops_free(struct loops *loops)
{
    free(loops->item);
    free(loops->node);
    *loops = (struct loops){0};
}

/* ---- which parts have loops -------------------------------------------------------------------------------------- */

static struct branch branch_of(const struct grid_point *point, uint32_t e, struct dd *u)
{
    return branch_any_at(&point->claim, e, 0, point->work, u);
}

static bool is_off(const struct grid_point *point, uint32_t e)
{
    struct dd u;
    struct branch branch = branch_of(point, e, &u);
    struct rise rise = drop_loops_rise(&branch, u);
    struct dd left = dd_sub(dd_add(rise.emf, rise.drop), u);
    return !(left.hi == 0 && left.lo == 0);
}

/* The parts of the branches in list[0..count), and the tally of each set of this rank. sources: all of them are to be
 * judged, or else list[0..small). */
static bool find_parts(struct grid_point *point, uint32_t count, bool sources, uint32_t small)
{
    const struct element *element = point->claim.circuit->element;
    parts_begin(&point->parts);
    for (uint32_t q = 0; q < count; q++)
        parts_join(&point->parts, element[point->list[q]].a, element[point->list[q]].k);
    if (!parts_settle(&point->parts))
        return false;
    memset(point->tally, 0, point->claim.circuit->nodes.count * sizeof *point->tally);
    for (uint32_t node = 0; node < point->claim.circuit->nodes.count; node++)
        point->tally[disjoint_root(point->parts.set, node)].nodes += post_is_own(point->share,
                                                                                 point->share->number[node]);
    for (uint32_t q = 0; q < count; q++) {
        uint32_t e = point->list[q];
        struct loop_tally *tally = &point->tally[disjoint_root(point->parts.set, element[e].a)];
        tally->branches++;
        tally->small += sources || q < small;
        tally->off = tally->off || sources || is_off(point, e);
    }
    return true;
}

static void merge_tally(struct loop_tally *tally, const struct loop_tally *other)
{
    tally->nodes += other->nodes;
    tally->branches += other->branches;
    tally->small += other->small;
    tally->off |= other->off;
}

/* A connected part with no more branches than a tree has no loop; and where all of them rise by what the potentials say
 * there is nothing left round any. */
static bool is_wanted(const struct loop_tally *tally)
{
    return tally->branches >= tally->nodes && tally->small > 0 && tally->off;
}

/* Sets whose part another rank answers for, to be freed, [*count]; NULL when memory is out. Those that this one answers
 * for are merged. */
static struct tally_of_set *list_tallies(struct grid_point *point, size_t *count)
{
    struct tally_of_set *item = NULL;
    for (int pass = 0; pass < 2; pass++) {
        *count = 0;
        for (uint32_t node = 0; node < point->claim.circuit->nodes.count; node++) {
            const struct loop_tally *tally = &point->tally[node];
            int64_t label = point->parts.label[node];
            if (point->parts.set[node] != node || (tally->nodes == 0 && tally->branches == 0))
                continue;
            bool own = post_is_own(point->share, label);
            if (own && pass == 0 && post_node(point->share, label) != node)
                merge_tally(&point->tally[post_node(point->share, label)], tally);
            if (!own && pass > 0)
                item[*count] = (struct tally_of_set){label, node, *tally};
            *count += !own;
        }
        if (pass == 0)
            item = array_new(*count, sizeof *item);
        if (!item)
            break;
    }
    return item;
}

/* tally.wanted of each set that has branches. */
static bool find_wanted(struct grid_point *point)
{
    const struct share *share = point->share;
    size_t count, came;
    struct tally_of_set *item = list_tallies(point, &count), *taken = NULL, *back = NULL;
    int64_t *returned = array_new((size_t)share->ranks.count, sizeof *returned);
    bool done = ranks_all(item && returned) &&
                post_to_owners(share, item, count, sizeof *item, &taken, &came, point->took);
    for (size_t q = 0; done && q < came; q++)
        merge_tally(&point->tally[post_node(share, taken[q].label)], &taken[q].tally);
    for (size_t q = 0; done && q < came; q++)
        taken[q].tally.wanted = is_wanted(&point->tally[post_node(share, taken[q].label)]);
    for (uint32_t node = 0; done && node < point->claim.circuit->nodes.count; node++)
        if (point->parts.set[node] == node && post_is_own(share, point->parts.label[node]))
            point->tally[node].wanted = is_wanted(&point->tally[post_node(share, point->parts.label[node])]);
    done = done && ranks_exchange(&share->ranks, taken, point->took, sizeof *taken, &back, returned);
    for (size_t q = 0; done && q < count; q++)
        point->tally[back[q].root].wanted = back[q].tally.wanted;
    free(item);
    free(taken);
    free(back);
    free(returned);
    return done;
}

/* ---- their branches ---------------------------------------------------------------------------------------------- */

static int by_number(const void *p, const void *q)
{
    int64_t one = *(const int64_t *)p, other = *(const int64_t *)q;
    return (one > other) - (one < other);
}

/* Nodes are numbered from 0, in the order of their numbers. */
static bool number_nodes(struct loops *loops)
{
    size_t ends = 2 * (size_t)loops->items, nodes = 0;
    int64_t *number = array_new(ends, sizeof *number);
    loops->node = array_new(ends, sizeof *loops->node);
    bool done = number && loops->node;
    for (int64_t q = 0; done && q < loops->items; q++) {
        number[2 * q] = loops->item[q].a;
        number[2 * q + 1] = loops->item[q].k;
    }
    if (done)
        qsort(number, ends, sizeof *number, by_number);
    for (size_t q = 0; done && q < ends; q++)
        if (nodes == 0 || number[q] != number[nodes - 1])
            number[nodes++] = number[q];
    for (size_t q = 0; done && q < ends; q++) {
        const struct loop_item *item = &loops->item[q / 2];
        const int64_t *at = bsearch(q % 2 == 0 ? &item->a : &item->k, number, nodes, sizeof *number, by_number);
        loops->node[q] = (uint32_t)(at - number);
    }
    loops->nodes = (uint32_t)nodes;
    free(number);
    return done;
}

/* The most that all ranks may hold of all: in the order of what each of them holds of its own. */
static int64_t most_items(const struct share *share)
{
    enum { ALWAYS = 1 << 16 };
    return ALWAYS + share->total / (2 * share->ranks.count);
}

static struct loop_item item_of(const struct grid_point *point, uint32_t e, bool sources)
{
    const struct element *element = &point->claim.circuit->element[e];
    struct loop_item item = {.a = point->share->number[element->a], .k = point->share->number[element->k], .size = -1};
    if (sources) {
        item.rise.emf = dd_from(element_defined_voltage(element));
        return item;
    }
    struct dd u;
    struct branch branch = branch_of(point, e, &u);
    item.rise = drop_loops_rise(&branch, u);
    item.size = isinf(branch.slope) ? -1 : fabs(branch.drop.hi);
    return item;
}

/* Of the branches list[0..count), those that are in parts with loops to be judged. */
static bool gather_loops(struct loops *loops, struct grid_point *point, uint32_t count, bool sources, uint32_t small)
{
    const struct ranks *ranks = &point->share->ranks;
    *loops = (struct loops){0};
    if (!find_parts(point, count, sources, small) || !find_wanted(point))
        return false;
    for (uint32_t q = 0; q < count; q++) {
        uint32_t node = point->claim.circuit->element[point->list[q]].a;
        if (point->tally[disjoint_root(point->parts.set, node)].wanted)
            point->list[loops->kept++] = point->list[q];
    }
    int64_t total;
    loops->before = ranks_before(ranks, loops->kept, &total);
    loops->too_many = total > most_items(point->share);
    if (loops->too_many || total == 0)
        return true;
    struct loop_item *own = array_new((size_t)loops->kept, sizeof *own);
    for (int64_t q = 0; own && q < loops->kept; q++)
        own[q] = item_of(point, point->list[q], sources);
    bool done = ranks_all(own) &&
                ranks_gather(ranks, own, loops->kept, sizeof *own, &loops->item, &loops->items, NULL) &&
                ranks_all(number_nodes(loops));
    free(own);
    return done;
}

/* ---- loops of sources -------------------------------------------------------------------------------------------- */

/* What the loops of each source here leave, in the order of the elements. */
static void keep_slack(struct grid_point *point, const struct loops *gathered, struct voltage_loops *loops)
{
    voltage_loops_join(loops);
    for (int64_t q = 0; q < gathered->kept; q++)
        point->slack[q].element = point->list[q];
    for (uint32_t q = 0; q < loops->branches; q++) {
        int64_t own = (int64_t)loops->branch[q].number - gathered->before;
        if (own >= 0 && own < gathered->kept)
            point->slack[own].volts = voltage_loops_left(loops, q);
    }
    point->slacks = (size_t)gathered->kept;
}

bool grid_prove_sources(struct grid_certificate *certificate, struct grid_point *point)
{
    struct loops gathered;
    struct voltage_loops loops = {0};
    uint32_t count = 0;
    for (uint32_t e = 0; e < point->claim.circuit->elements.count; e++) {
        const struct element *element = &point->claim.circuit->element[e];
        if (element_is_voltage_defined(element) && element->a != element->k)
            point->list[count++] = e;
    }
    bool done = gather_loops(&gathered, point, count, true, 0);
    certificate->too_many_loops |= done && gathered.too_many;
    if (done && gathered.items > 0) {
        point->slack = array_new((size_t)gathered.kept, sizeof *point->slack);
        done = ranks_all(point->slack && voltage_loops_new(&loops, gathered.nodes, (uint32_t)gathered.items));
    }
    for (uint32_t q = 0; done && q < loops.branches; q++)
        loops.branch[q] = (struct loop_branch){gathered.item[q].rise.emf.hi, gathered.node[2 * q],
                                               gathered.node[2 * q + 1], q, LOOP_NONE};
    if (done && loops.branches > 0) {
        voltage_loops_find(&loops);
        certificate->figures.mismatch = loops.left;
        if (loops.left > 0)
            keep_slack(point, &gathered, &loops);
    }
    voltage_loops_free(&loops);
    loops_free(&gathered);
    return done;
}

/* ---- loops of small drops ---------------------------------------------------------------------------------------- */

struct place {
    double size;
    uint32_t item;
};

/* Voltage-defined branches first, then the smallest drops. */
static int by_size(const void *p, const void *q)
{
    const struct place *one = p, *other = q;
    if (one->size != other->size)
        return one->size > other->size ? 1 : -1;
    return (one->item > other->item) - (one->item < other->item);
}

static void judge_drops(struct certificate *figures, const struct grid_point *point, const struct loops *gathered,
                        const struct drop_loops *loops, const struct place *place, struct worst *worst)
{
    drop_loops_begin(loops);
    for (int64_t q = 0; q < gathered->items; q++) {
        const struct loop_item *item = &gathered->item[place[q].item];
        const uint32_t *node = &gathered->node[2 * (size_t)place[q].item];
        double left, floor;
        if (drop_loops_join(loops, node[0], node[1], item->rise, &left, &floor) || item->size < 0)
            continue;
        double relative = drop_loops_relative(left, floor, item->size);
        figures->loop = fmax(figures->loop, left);
        if (!(relative > figures->loop_relative))
            continue;
        int64_t own = (int64_t)place[q].item - gathered->before;
        bool is_own = own >= 0 && own < gathered->kept;
        figures->loop_relative = relative;
        *worst = (struct worst){relative, is_own ? point->list[own] : CERTIFICATE_NONE, is_own ? 0 : 1};
    }
}

bool grid_prove_drops(struct grid_certificate *certificate, struct grid_point *point, struct worst *worst)
{
    uint32_t small = point->small, count = small;
    int64_t any = small;
    ranks_count(&any, 1);
    if (any == 0)
        return true;
    for (uint32_t e = 0; e < point->claim.circuit->elements.count; e++)
        if (isinf(point->slope[e]))
            point->list[count++] = e;
    struct loops gathered;
    bool done = gather_loops(&gathered, point, count, false, small);
    certificate->too_many_loops |= done && gathered.too_many;
    if (done && gathered.items > 0) {
        struct drop_loops loops = {gathered.nodes, array_new(gathered.nodes, sizeof *loops.set),
                                   array_new(gathered.nodes, sizeof *loops.above)};
        struct place *place = array_new((size_t)gathered.items, sizeof *place);
        done = ranks_all(loops.set && loops.above && place);
        for (uint32_t q = 0; done && q < (uint32_t)gathered.items; q++)
            place[q] = (struct place){gathered.item[q].size, q};
        if (done) {
            qsort(place, (size_t)gathered.items, sizeof *place, by_size);
            judge_drops(&certificate->figures, point, &gathered, &loops, place, worst);
        }
        free(loops.set);
        free(loops.above);
        free(place);
    }
    loops_free(&gathered);
    return done;
}
