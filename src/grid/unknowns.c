#include "grid/unknowns.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* How many of the numbers that have no row are below this one. */
static int64_t ties_below(const struct clusters *clusters, int64_t number)
{
    uint32_t low = 0, high = clusters->ties;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (clusters->tied[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The number of the node whose potential is that of a member's cluster. Ground's is GROUND_NUMBER. */
static int64_t root_of(const struct clusters *clusters, uint32_t member)
{
    const struct forest *forest = &clusters->forest;
    while (forest->via[member] != FOREST_NO_EDGE)
        member = forest->parent[member];
    return clusters->number[member];
}

static int by_number(const void *x, const void *y)
{
    const int64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

/* The numbers of the nodes whose potentials are the unknowns here, own ones first; both ascend. root [nodes] of each
 * node's cluster. False when memory is out. */
static bool list_numbers(struct unknowns *unknowns, const struct share *share, const int64_t *root)
{
    uint32_t nodes = share->circuit->nodes.count, copies = 0;
    int64_t end = share->first + share->owned;
    unknowns->number = array_new((size_t)share->owned + nodes, sizeof *unknowns->number);
    int64_t *copy = array_new(nodes, sizeof *copy);
    bool done = unknowns->number && copy;
    for (int64_t q = 0; done && q < share->owned; q++)
        if (root[share->own[q]] == share->first + q)
            unknowns->number[unknowns->owned++] = share->first + q;
    for (uint32_t node = 1; done && node < nodes; node++)
        if (root[node] != GROUND_NUMBER && (root[node] < share->first || root[node] >= end))
            copy[copies++] = root[node];
    if (done)
        qsort(copy, copies, sizeof *copy, by_number);
    unknowns->count = unknowns->owned;
    for (uint32_t q = 0; done && q < copies; q++)
        if (q == 0 || copy[q] != copy[q - 1])
            unknowns->number[unknowns->count++] = copy[q];
    free(copy);
    return done;
}

/* The place of a number among the unknowns here. */
static int32_t find_unknown(const struct unknowns *unknowns, const struct share *share, int64_t number)
{
    if (number == GROUND_NUMBER)
        return GROUND_UNKNOWN;
    bool is_own = number >= share->first && number < share->first + share->owned;
    const int64_t *from = unknowns->number + (is_own ? 0 : unknowns->owned);
    size_t length = is_own ? unknowns->owned : unknowns->count - unknowns->owned;
    const int64_t *found = bsearch(&number, from, length, sizeof number, by_number);
    return (int32_t)(found - unknowns->number);
}

/* Let owners know of the copies here. */
static bool find_copies(struct unknowns *unknowns, const struct share *share, const int64_t *firsts)
{
    const struct ranks *ranks = &share->ranks;
    uint32_t copies = unknowns->count - unknowns->owned;
    int64_t *count = array_new((size_t)ranks->count, sizeof *count);
    uint32_t *copy = array_new(copies, sizeof *copy), *at = array_new(copies, sizeof *at);
    if (!ranks_all(count && copy && at)) {
        free(count);
        free(copy);
        free(at);
        return false;
    }
    for (uint32_t q = 0; q < copies; q++) {
        int owner = share_owner(share, unknowns->number[unknowns->owned + q]);
        count[owner]++;
        copy[q] = unknowns->owned + q;
        at[q] = (uint32_t)(unknowns->row[unknowns->owned + q] - firsts[owner]);
    }
    bool done = halo_new(&unknowns->halo, ranks, count, copy, at, NULL);
    free(at);
    return done;
}

bool unknowns_build(struct unknowns *unknowns, const struct share *share, const struct clusters *clusters)
{
    uint32_t nodes = share->circuit->nodes.count;
    int64_t *root = array_new(nodes, sizeof *root), *firsts = array_new((size_t)share->ranks.count, sizeof *firsts);
    unknowns->of = array_new(nodes, sizeof *unknowns->of);
    unknowns->member = array_new(nodes, sizeof *unknowns->member);
    bool done = root && firsts && unknowns->of && unknowns->member;
    for (uint32_t node = 0; done && node < nodes; node++) {
        uint32_t member = clusters_member(clusters, share->number[node]);
        unknowns->member[node] = member;
        root[node] = member == UINT32_MAX ? share->number[node] : root_of(clusters, member);
    }
    done = done && list_numbers(unknowns, share, root);
    unknowns->row = done ? array_new(unknowns->count, sizeof *unknowns->row) : NULL;
    done = ranks_all(done && unknowns->row);
    for (uint32_t q = 0; done && q < unknowns->count; q++)
        unknowns->row[q] = unknowns->number[q] - ties_below(clusters, unknowns->number[q]);
    for (uint32_t node = 0; done && node < nodes; node++)
        unknowns->of[node] = find_unknown(unknowns, share, root[node]);
    for (int r = 0; done && r < share->ranks.count; r++)
        firsts[r] = share->firsts[r] - ties_below(clusters, share->firsts[r]);
    if (done) {
        unknowns->first = firsts[share->ranks.rank];
        unknowns->total = share->total - clusters->ties;
    }
    done = done && find_copies(unknowns, share, firsts);
    free(root);
    free(firsts);
    return done;
}

void unknowns_free(struct unknowns *unknowns)
{
    free(unknowns->row);
    free(unknowns->of);
    free(unknowns->member);
    free(unknowns->number);
    halo_free(&unknowns->halo);
    *unknowns = (struct unknowns){0};
}
