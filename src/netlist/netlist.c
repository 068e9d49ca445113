#include "netlist/netlist.h"

#include "util/array.h"

#include <stdlib.h>
#include <string.h>

bool netlist_add(struct netlist *netlist, uint32_t kind, const struct arg *arg, size_t count)
{
    if (count > UINT32_MAX ||
        !array_reserve(&netlist->card, &netlist->capacity, netlist->count + 1, sizeof *netlist->card))
        return false;
    struct arg *own = arena_alloc(&netlist->arena, count * sizeof *own);
    if (!own)
        return false;
    if (count > 0)
        memcpy(own, arg, count * sizeof *own);
    netlist->card[netlist->count++] = (struct card){own, (uint32_t)count, kind};
    return true;
}

void netlist_free_cards(struct netlist *netlist)
{
    free(netlist->card);
    arena_free(&netlist->arena);
    netlist->card = NULL;
    netlist->count = 0;
    netlist->capacity = 0;
}

void netlist_free(struct netlist *netlist)
{
    netlist_free_cards(netlist);
    sources_free(&netlist->sources);
    *netlist = (struct netlist){0};
}
