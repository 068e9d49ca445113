#include "grid/post.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

static int owner_of(const struct share *share, const char *item)
{
    int64_t number;
    memcpy(&number, item, sizeof number);
    return number == GROUND_NUMBER ? 0 : share_owner(share, number);
}

/* Sort the items by owner; work [count] items, next [ranks + 1]. give [ranks] out: how many for each rank. */
static void sort_items(const struct share *share, char *item, size_t count, size_t size, char *work, int64_t *next,
                       int64_t *give)
{
    int ranks = share->ranks.count;
    memset(next, 0, ((size_t)ranks + 1) * sizeof *next);
    memset(give, 0, (size_t)ranks * sizeof *give);
    for (size_t q = 0; q < count; q++)
        give[owner_of(share, item + q * size)]++;
    for (int r = 0; r < ranks; r++)
        next[r + 1] = next[r] + give[r];
    memcpy(work, item, count * size);
    for (size_t q = 0; q < count; q++)
        memcpy(item + (size_t)next[owner_of(share, work + q * size)]++ * size, work + q * size, size);
}

bool post_to_owners(const struct share *share, void *item, size_t count, size_t size, void *taken, size_t *came,
                    int64_t *took)
{
    int ranks = share->ranks.count;
    char *work = array_new(count, size);
    int64_t *next = array_new(2 * (size_t)ranks + 1, sizeof *next), *give = next + ranks + 1;
    bool done = work && next;
    if (done)
        sort_items(share, item, count, size, work, next, give);
    free(work);
    done = ranks_all(done) && ranks_exchange(&share->ranks, item, give, size, taken, took);
    *came = 0;
    for (int r = 0; done && r < ranks; r++)
        *came += (size_t)took[r];
    free(next);
    return done;
}
