/* index: the order of discovery, from 1 on. component: the least index that is reached from a node and not yet
 * closed. */
#include "util/strong_components.h"

#include <string.h>

#define CLOSED UINT32_MAX /* the index of a node whose component is complete */

struct search {
    const struct strong_components *of;
    uint32_t count, opened, length; /* discovered; in open; in path, from the root of the search to here */
};

static void enter(struct search *search, uint32_t v)
{
    search->of->index[v] = search->of->component[v] = ++search->count;
    search->of->next[v] = 0;
    search->of->open[search->opened++] = v;
    search->of->path[search->length++] = v;
}

static void reach(struct search *search, uint32_t v, uint32_t least)
{
    if (least < search->of->component[v])
        search->of->component[v] = least;
}

static void leave(struct search *search, uint32_t v)
{
    const struct strong_components *of = search->of;
    search->length--;
    if (search->length > 0)
        reach(search, of->path[search->length - 1], of->component[v]);
    if (of->component[v] != of->index[v])
        return;
    uint32_t member;
    do {
        member = of->open[--search->opened];
        of->component[member] = of->component[v];
        of->index[member] = CLOSED;
    } while (member != v);
}

void strong_components_find(const struct strong_components *components, uint32_t nodes, const size_t *start,
                            const uint32_t *to)
{
    struct search search = {.of = components};
    const uint32_t *index = components->index;
    memset(components->index, 0, nodes * sizeof *components->index);
    for (uint32_t root = 0; root < nodes; root++) {
        if (index[root] == 0)
            enter(&search, root);
        while (search.length > 0) {
            uint32_t v = components->path[search.length - 1];
            size_t arc = start[v] + components->next[v]++;
            if (arc == start[v + 1])
                leave(&search, v);
            else if (index[to[arc]] == 0)
                enter(&search, to[arc]);
            else if (index[to[arc]] != CLOSED)
                reach(&search, v, index[to[arc]]);
        }
    }
}
