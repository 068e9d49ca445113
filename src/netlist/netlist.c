#include "netlist/netlist.h"

#include "netlist/cards.h"
#include "util/array.h"

#include <stdlib.h>
#include <string.h>

/* Describe the card as a plain one. False where it is none. */
static bool make_plain(struct card *card, uint32_t kind, const struct arg *arg, size_t count)
{
    if (count != PLAIN_WORDS || kind < CARD_R || kind > CARD_D)
        return false;
    *card = (struct card){.text = arg->text, .kind = (uint8_t)kind};
    for (size_t w = 0; w < PLAIN_WORDS; w++) {
        if (arg[w].kind != ARG_WORD || arg[w].length > UINT8_MAX)
            return false;
        card->length[w] = (uint8_t)arg[w].length;
        if (w == 0)
            continue;
        ptrdiff_t gap = arg[w].text - (arg[w - 1].text + arg[w - 1].length);
        if (gap <= 0 || gap > UINT8_MAX)
            return false;
        card->gap[w - 1] = (uint8_t)gap;
    }
    return true;
}

bool netlist_add(struct netlist *netlist, uint32_t kind, const struct arg *arg, size_t count)
{
    struct card card;
    if (count > UINT32_MAX ||
        !array_reserve(&netlist->card, &netlist->capacity, netlist->count + 1, sizeof *netlist->card))
        return false;
    if (!make_plain(&card, kind, arg, count)) {
        struct arg *own = arena_alloc(&netlist->arena, count * sizeof *own);
        if (!own)
            return false;
        if (count > 0)
            memcpy(own, arg, count * sizeof *own);
        card = (struct card){.arg = own, .count = (uint32_t)count, .kind = (uint8_t)kind};
    }
    netlist->card[netlist->count++] = card;
    return true;
}

bool netlist_expand(struct netlist *netlist)
{
    for (size_t c = 0; c < netlist->count; c++) {
        if (!card_is_plain(&netlist->card[c]))
            continue;
        struct arg *word = arena_alloc(&netlist->arena, PLAIN_WORDS * sizeof *word);
        if (!word)
            return false;
        netlist->card[c] = netlist_words(&netlist->card[c], word);
    }
    return true;
}

bool netlist_has(const struct netlist *netlist, uint32_t kind)
{
    for (size_t c = 0; c < netlist->count; c++) {
        if (netlist->card[c].kind == kind)
            return true;
    }
    return false;
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
