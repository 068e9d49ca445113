#include "grid/parts.h"

#include "grid/post.h"
#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* The label of a node that is no root, and will not be asked for any more. */
static const int64_t gone = INT64_MIN;

bool parts_new(struct parts *parts, const struct share *share)
{
    uint32_t nodes = share->circuit->nodes.count;
    *parts = (struct parts){share, array_new(nodes, sizeof *parts->set), array_new(nodes, sizeof *parts->label)};
    return parts->set && parts->label;
}

void parts_free(struct parts *parts)
{
    free(parts->set);
    free(parts->label);
    *parts = (struct parts){0};
}

void parts_begin(struct parts *parts)
{
    disjoint_init(parts->set, parts->share->circuit->nodes.count);
    memcpy(parts->label, parts->share->number, parts->share->circuit->nodes.count * sizeof *parts->label);
}

/* ---- labels ---------------------------------------------------------------------------------------------------------
 *
 * Each rank joins what its branches join; so all that the ranks have to tell each other is which labels are of the same
 * part. A label belongs to the owner of the node with that number, where label[] of this node is a lower label of the
 * same part, or itself: a forest, as that of disjoint sets, which is spread over the ranks. */

/* Two labels of the same part, the greater one first; and a question: which label has this one become? */
struct hook {
    int64_t label, lower;
};

struct question {
    int64_t label, node; /* and who asks */
};

struct settling {
    struct parts *parts;
    struct hook *hook; /* [hooks] for other ranks */
    size_t hooks, capacity;
    bool failed; /* memory is out here */
};

static void hook_labels(struct settling *settling, int64_t one, int64_t other)
{
    const struct share *share = settling->parts->share;
    int64_t *label = settling->parts->label;
    while (one != other) {
        int64_t high = one > other ? one : other, low = one > other ? other : one;
        if (!post_is_own(share, high)) {
            settling->failed |= !array_reserve(&settling->hook, &settling->capacity, settling->hooks + 1,
                                               sizeof *settling->hook);
            if (!settling->failed)
                settling->hook[settling->hooks++] = (struct hook){high, low};
            return;
        }
        int64_t *lower = &label[post_node(share, high)], was = *lower;
        if (low < was)
            *lower = low;
        one = was == high ? low : was;
        other = low;
    }
}

/* A label's lowest known one, as far as this rank owns them. */
static int64_t lowest_here(const struct parts *parts, int64_t label)
{
    while (post_is_own(parts->share, label) && parts->label[post_node(parts->share, label)] != label)
        label = parts->label[post_node(parts->share, label)];
    return label;
}

/* What was joined here since the labels were settled. */
static void hook_sets(struct settling *settling)
{
    struct parts *parts = settling->parts;
    const struct share *share = parts->share;
    for (uint32_t node = 0; node < share->circuit->nodes.count; node++) {
        uint32_t root = disjoint_root(parts->set, node);
        if (root == node || parts->label[node] == gone)
            continue;
        hook_labels(settling, parts->label[node], parts->label[root]);
        if (!post_is_own(share, share->number[node]))
            parts->label[node] = gone;
    }
}

static bool exchange_hooks(struct settling *settling, int64_t *took)
{
    const struct share *share = settling->parts->share;
    struct hook *taken = NULL;
    size_t came;
    if (!post_to_owners(share, settling->hook, settling->hooks, sizeof *settling->hook, &taken, &came, took))
        return false;
    settling->hooks = 0;
    for (size_t q = 0; q < came; q++)
        hook_labels(settling, taken[q].label, taken[q].lower);
    free(taken);
    return true;
}

/* The questions of this rank, [*count]; NULL when memory is out. */
static struct question *list_questions(const struct parts *parts, size_t *count)
{
    const struct share *share = parts->share;
    struct question *question = NULL;
    for (int pass = 0; pass < 2; pass++) {
        *count = 0;
        for (uint32_t node = 0; node < share->circuit->nodes.count; node++) {
            if (parts->label[node] == gone)
                continue;
            int64_t label = parts->label[node] = lowest_here(parts, parts->label[node]);
            if (label == GROUND_NUMBER || post_is_own(share, label))
                continue;
            if (pass > 0)
                question[*count] = (struct question){label, node};
            ++*count;
        }
        if (pass == 0)
            question = array_new(*count, sizeof *question);
        if (!question)
            break;
    }
    return question;
}

/* Each label becomes what its owner knows it has become. *lowered: was there any such? */
static bool ask_owners(const struct parts *parts, int64_t *took, bool *lowered)
{
    const struct share *share = parts->share;
    size_t count, came;
    struct question *question = list_questions(parts, &count), *taken = NULL, *back = NULL;
    int64_t *returned = array_new((size_t)share->ranks.count, sizeof *returned);
    bool done = ranks_all(question && returned) &&
                post_to_owners(share, question, count, sizeof *question, &taken, &came, took);
    for (size_t q = 0; done && q < came; q++)
        taken[q].label = lowest_here(parts, taken[q].label);
    done = done && ranks_exchange(&share->ranks, taken, took, sizeof *taken, &back, returned);
    for (size_t q = 0; done && q < count; q++) {
        *lowered |= back[q].label != question[q].label;
        parts->label[back[q].node] = back[q].label;
    }
    free(question);
    free(returned);
    free(taken);
    free(back);
    return done;
}

bool parts_settle(struct parts *parts)
{
    const struct share *share = parts->share;
    struct settling settling = {.parts = parts};
    int64_t *took = array_new((size_t)share->ranks.count, sizeof *took);
    hook_sets(&settling);
    bool done = ranks_all(took && !settling.failed);
    for (bool more = true; done && more;) {
        bool lowered = false;
        done = exchange_hooks(&settling, took) && ranks_all(!settling.failed) && ask_owners(parts, took, &lowered);
        more = done && ranks_any(lowered || settling.hooks > 0);
    }
    for (uint32_t node = 0; done && node < share->circuit->nodes.count; node++)
        if (parts->set[node] != node)
            parts->label[node] = gone;
    free(settling.hook);
    free(took);
    return done;
}
