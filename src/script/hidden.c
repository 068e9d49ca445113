#include "script/hidden.h"

#include "script/commands.h"
#include "netlist/cards.h"
#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* A line that may be one. */
struct candidate {
    const char *mark, *text;
    size_t length;
    enum line_kind kind;
    size_t opener; /* of what is in a block: the line that opens it, + 1; 0: none */
    bool counts;
};

/* From the first line of a block, which has its own lines, to its last one. */
struct block {
    const char *first, *last;
};

struct candidates {
    struct candidate *item; /* [count] */
    size_t count, capacity;
    struct block *block; /* [blocks] */
    size_t blocks, block_capacity;
};

static bool is_end(char byte)
{
    return byte == '\n' || byte == '\r';
}

bool hidden_is(const char **text, size_t *length)
{
    const char *end = *text + *length;
    if (*length < 2 || (*text)[0] != '*' || (*text)[1] != '#')
        return false;
    const char *at = *text + 2;
    size_t word = line_first_word(at, (size_t)(end - at));
    bool is_whole = word > 0 && (at + word == end || line_is_blank(at[word]));
    if (!is_whole || (line_kind_of(at, word) == LINE_COMMAND && !commands_know(at, word)))
        return false;
    *text = at;
    *length = (size_t)(end - at);
    return true;
}

/* ---- finding them ---- */

/* The next mark at the start of a line behind the title, from this place on, or NULL. */
static const char *next_mark(const struct source *source, const char *from)
{
    const char *end = source->text + source->size, *sign;
    while (from < end && (sign = memchr(from, '#', (size_t)(end - from)))) {
        const char *start = sign - 1;
        from = sign + 1;
        if (sign == source->text || *start != '*')
            continue;
        while (start > source->text && line_is_blank(start[-1]))
            start--;
        if (start > source->text && is_end(start[-1]))
            return sign - 1;
    }
    return NULL;
}

static bool add_candidate(struct candidates *candidates, const char *mark, const char *end)
{
    const char *text = mark, *stop = mark;
    while (stop < end && !is_end(*stop))
        stop++;
    while (line_is_blank(stop[-1]))
        stop--;
    size_t length = (size_t)(stop - mark);
    if (!hidden_is(&text, &length))
        return true;
    if (!array_reserve(&candidates->item, &candidates->capacity, candidates->count + 1, sizeof *candidates->item))
        return false;
    candidates->item[candidates->count++] =
        (struct candidate){.mark = mark, .text = text, .length = length, .kind = line_kind_of(text, length)};
    return true;
}

static bool find_blocks(struct candidates *candidates, const struct netlist *netlist)
{
    for (size_t c = 0; c < netlist->count; c++) {
        const struct card *card = &netlist->card[c];
        if (card->kind != CARD_CONTROL)
            continue;
        if (!array_reserve(&candidates->block, &candidates->block_capacity, candidates->blocks + 1,
                           sizeof *candidates->block))
            return false;
        candidates->block[candidates->blocks++] = (struct block){card->arg->text, card->arg[card->count - 1].text};
    }
    return true;
}

static bool is_in_block(const struct candidates *candidates, const char *place)
{
    for (size_t b = 0; b < candidates->blocks; b++)
        if (candidates->block[b].first <= place && place <= candidates->block[b].last)
            return true;
    return false;
}

static bool find_candidates(struct candidates *candidates, const struct netlist *netlist)
{
    const struct source *source = &netlist->sources.item[0];
    const char *end = source->text + source->size, *mark = next_mark(source, source->text);
    bool done = !mark || find_blocks(candidates, netlist);
    for (; done && mark; mark = next_mark(source, mark + 2))
        done = is_in_block(candidates, mark) || add_candidate(candidates, mark, end);
    return done;
}

/* ---- blocks ---- */

/* What is no part of a block that is closed was meant for people: *# end of the supply. */
static void match_blocks(struct candidates *candidates)
{
    size_t open = 0; /* the innermost open line, + 1 */
    for (size_t i = 0; i < candidates->count; i++) {
        struct candidate *item = &candidates->item[i];
        item->opener = open;
        switch (item->kind) {
        case LINE_COMMAND:
        case LINE_LABEL:
        case LINE_GOTO: item->counts = true; break;
        case LINE_ELSE:
        case LINE_BREAK:
        case LINE_CONTINUE: break;
        case LINE_END:
            item->counts = open > 0;
            if (open > 0) {
                candidates->item[open - 1].counts = true;
                open = candidates->item[open - 1].opener;
            }
            break;
        default: open = i + 1;
        }
    }
    for (size_t i = 0; i < candidates->count; i++) {
        struct candidate *item = &candidates->item[i];
        if (item->kind == LINE_ELSE || item->kind == LINE_BREAK || item->kind == LINE_CONTINUE)
            item->counts = item->opener > 0 && candidates->item[item->opener - 1].counts;
    }
}

/* ---- cards ---- */

static int by_place(const void *p, const void *q)
{
    const struct card *a = p, *b = q;
    return (a->arg->text > b->arg->text) - (a->arg->text < b->arg->text);
}

/* Put the blocks of the netlist's own text in the order in which they stand there. False when memory is out. */
static bool order_blocks(struct netlist *netlist)
{
    const struct source *source = &netlist->sources.item[0];
    struct card *own = NULL;
    size_t count = 0, capacity = 0;
    for (int pass = 0; pass < 2; pass++) {
        size_t next = 0;
        for (size_t c = 0; c < netlist->count; c++) {
            struct card *card = &netlist->card[c];
            if (card->kind != CARD_CONTROL || sources_find_own(&netlist->sources, card->arg->text) != source)
                continue;
            if (pass == 0 && !array_reserve(&own, &capacity, count + 1, sizeof *own)) {
                free(own);
                return false;
            }
            if (pass == 0)
                own[count++] = *card;
            else
                *card = own[next++];
        }
        if (count > 0)
            qsort(own, count, sizeof *own, by_place);
    }
    free(own);
    return true;
}

bool hidden_add(struct netlist *netlist)
{
    struct candidates candidates = {0};
    bool done = netlist->sources.count == 0 || find_candidates(&candidates, netlist);
    match_blocks(&candidates);
    for (size_t i = 0; done && i < candidates.count; i++) {
        const struct candidate *item = &candidates.item[i];
        const struct arg line[] = {{.text = item->mark, .length = 2, .kind = ARG_WORD},
                                   {.text = item->text, .length = (uint32_t)item->length, .kind = ARG_WORD}};
        done = !item->counts || netlist_add(netlist, CARD_CONTROL, line, 2);
    }
    done = done && (candidates.count == 0 || order_blocks(netlist));
    free(candidates.item);
    free(candidates.block);
    return done;
}
