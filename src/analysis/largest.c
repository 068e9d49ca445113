#include "analysis/largest.h"

#include "util/array.h"
#include <stdlib.h>

static void exchange(struct ranked *p, struct ranked *q)
{
    struct ranked kept = *p;
    *p = *q;
    *q = kept;
}

static void sift_up(struct ranked *item, size_t at)
{
    while (at > 0 && ranked_before(item[at], item[(at - 1) / 2])) {
        exchange(&item[at], &item[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sift_down(struct ranked *item, size_t count)
{
    for (size_t at = 0, least; (least = 2 * at + 1) < count; at = least) {
        if (least + 1 < count && ranked_before(item[least + 1], item[least]))
            least++;
        if (!ranked_before(item[least], item[at]))
            return;
        exchange(&item[least], &item[at]);
    }
}

bool largest_take(struct largest *largest, struct ranked offer)
{
    if (largest->count == largest->most) {
        largest->item[0] = offer;
        sift_down(largest->item, largest->count);
        return true;
    }
    if (!array_reserve(&largest->item, &largest->capacity, largest->count + 1, sizeof *largest->item))
        return false;
    largest->item[largest->count] = offer;
    sift_up(largest->item, largest->count++);
    return true;
}

static int compare(const void *p, const void *q)
{
    return ranked_before(*(const struct ranked *)p, *(const struct ranked *)q) ? 1 : -1;
}

void largest_sort(struct largest *largest)
{
    if (largest->count > 0)
        qsort(largest->item, largest->count, sizeof *largest->item, compare);
}

void largest_free(struct largest *largest)
{
    free(largest->item);
    *largest = (struct largest){0};
}
