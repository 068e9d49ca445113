#include "grid/post.h"

#include "util/array.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int owner_of(const struct share *share, const char *item)
{
    int64_t number;
    memcpy(&number, item, sizeof number);
    return number == GROUND_NUMBER ? 0 : share_owner(share, number);
}

static void exchange_items(char *one, char *other, size_t size)
{
    char kept[POST_BYTES];
    memcpy(kept, one, size);
    memcpy(one, other, size);
    memcpy(other, kept, size);
}

/* Sort the items by owner, where they are: each goes to the end of those of its owner that are in place. next, end
 * [ranks] work; give [ranks] out: how many for each rank. */
static void sort_items(const struct share *share, char *item, size_t count, size_t size, int64_t *next, int64_t *end,
                       int64_t *give)
{
    int ranks = share->ranks.count;
    int64_t sum = 0;
    for (size_t q = 0; q < count; q++)
        give[owner_of(share, item + q * size)]++;
    for (int r = 0; r < ranks; r++) {
        next[r] = sum;
        end[r] = sum += give[r];
    }
    for (int r = 0; r < ranks; r++)
        while (next[r] < end[r]) {
            char *at = item + (size_t)next[r] * size;
            int owner = owner_of(share, at);
            if (owner != r)
                exchange_items(at, item + (size_t)next[owner] * size, size);
            next[owner]++;
        }
}

bool post_to_owners(const struct share *share, void *item, size_t count, size_t size, void *taken, size_t *came,
                    int64_t *took)
{
    int ranks = share->ranks.count;
    int64_t *next = array_new((size_t)ranks, 3 * sizeof *next), *end = next + ranks, *give = end + ranks;
    assert(size <= POST_BYTES);
    if (next)
        sort_items(share, item, count, size, next, end, give);
    bool done = ranks_all(next) && ranks_exchange(&share->ranks, item, give, size, taken, took);
    *came = 0;
    for (int r = 0; done && r < ranks; r++)
        *came += (size_t)took[r];
    free(next);
    return done;
}
