#include "grid/halo.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

static int64_t sum_of(const struct ranks *ranks, const int64_t *count)
{
    int64_t sum = 0;
    for (int r = 0; r < ranks->count; r++)
        sum += count[r];
    return sum;
}

bool halo_new(struct halo *halo, const struct ranks *ranks, int64_t *copies, uint32_t *copy, const uint32_t *at,
              const uint32_t *own)
{
    uint32_t *wanted = NULL;
    *halo = (struct halo){.ranks = *ranks, .copies = copies, .copy = copy};
    halo->mirrors = array_new((size_t)ranks->count, sizeof *halo->mirrors);
    bool done = ranks_all(halo->mirrors) && ranks_exchange(ranks, at, copies, sizeof *at, &wanted, halo->mirrors);
    int64_t mirrors = done ? sum_of(ranks, halo->mirrors) : 0;
    for (int64_t q = 0; own && q < mirrors; q++)
        wanted[q] = own[wanted[q]];
    halo->mirror = wanted;
    if (!done)
        halo_free(halo);
    return done;
}

/* Items of the places in one list go to where the other list is. *came: for the other list, to be freed. */
static bool pass(const struct halo *halo, const uint32_t *list, const int64_t *count, const void *x, size_t size,
                 void *came)
{
    int64_t items = sum_of(&halo->ranks, count);
    int64_t *took = array_new((size_t)halo->ranks.count, sizeof *took);
    char *give = array_new((size_t)items, size);
    bool done = ranks_all(give && took);
    for (int64_t q = 0; done && q < items; q++)
        memcpy(give + (size_t)q * size, (const char *)x + list[q] * size, size);
    done = done && ranks_exchange(&halo->ranks, give, count, size, came, took);
    free(give);
    free(took);
    return done;
}

bool halo_spread(const struct halo *halo, void *x, size_t size)
{
    char *came = NULL;
    if (!pass(halo, halo->mirror, halo->mirrors, x, size, &came))
        return false;
    int64_t copies = sum_of(&halo->ranks, halo->copies);
    for (int64_t q = 0; q < copies; q++)
        memcpy((char *)x + halo->copy[q] * size, came + (size_t)q * size, size);
    free(came);
    return true;
}

bool halo_collect(const struct halo *halo, struct dd *x)
{
    struct dd *came = NULL;
    if (!pass(halo, halo->copy, halo->copies, x, sizeof *x, &came))
        return false;
    int64_t mirrors = sum_of(&halo->ranks, halo->mirrors);
    for (int64_t q = 0; q < mirrors; q++)
        x[halo->mirror[q]] = dd_add(x[halo->mirror[q]], came[q]);
    free(came);
    return true;
}

bool halo_collect_greatest(const struct halo *halo, double *x)
{
    double *came = NULL;
    if (!pass(halo, halo->copy, halo->copies, x, sizeof *x, &came))
        return false;
    int64_t mirrors = sum_of(&halo->ranks, halo->mirrors);
    for (int64_t q = 0; q < mirrors; q++)
        if (came[q] > x[halo->mirror[q]])
            x[halo->mirror[q]] = came[q];
    free(came);
    return true;
}

void halo_free(struct halo *halo)
{
    free(halo->copies);
    free(halo->copy);
    free(halo->mirrors);
    free(halo->mirror);
    *halo = (struct halo){0};
}
