#include "grid/stretch.h"

#include "grid/cuts.h"
#include "util/array.h"
#include <stdlib.h>
#include <string.h>

enum { END_BYTES = 2 }; /* behind a text, see struct source */

struct cutting {
    struct deck_bytes *deck;
    const struct ranks *ranks;
    char *text;            /* of the file from `begin` on, own + END_BYTES; owned */
    size_t begin, own;
    int64_t *cut;          /* [ranks + 1] where each rank's stretch begins, as far as one sees there; owned */
    struct dot_cards dots; /* of this rank; owned */
    struct dot_card *dot;  /* [n_dots] of all; owned */
    int64_t n_dots;
    int64_t *lines;        /* [ranks + 1] that end before each cut; owned */
    struct common *common; /* [commons]; owned */
    size_t commons;
    size_t size;           /* of the file, up to .end */
};

/* ---- cuts -------------------------------------------------------------------------------------------------------- */

/* Rank's first byte, were there no lines. */
static size_t fair_cut(const struct cutting *cutting, int rank)
{
    size_t size = cutting->deck->size, ranks = (size_t)cutting->ranks->count;
    return size / ranks * (size_t)rank + size % ranks * (size_t)rank / ranks;
}

/* Look from there on for the first card, in a window that grows until there is one. */
static enum deck_status find_cut(struct cutting *cutting, size_t *cut)
{
    enum { WINDOW = 1 << 16 };
    size_t fair = fair_cut(cutting, cutting->ranks->rank), from = fair > 0 ? fair - 1 : 0;
    size_t left = cutting->deck->size - from, room = left < WINDOW ? left : WINDOW, found = 0;
    bool found_it = cutting->ranks->rank == 0 || left == 0;
    *cut = cutting->ranks->rank == 0 ? 0 : cutting->deck->size;
    while (!ranks_all(found_it)) {
        bool unsure;
        char *window = array_new(found_it ? 0 : room, 1);
        enum deck_status status = ranks_all(window) ? DECK_OK : DECK_NO_MEMORY;
        if (status == DECK_OK)
            status = deck_fetch(cutting->deck, from, found_it ? 0 : room, window);
        if (status == DECK_OK && !found_it) {
            found = cuts_first_card(window, room, &unsure);
            found_it = room == left || !unsure;
            *cut = found_it ? from + found : *cut;
            room = left / 2 > room ? 2 * room : left;
        }
        free(window);
        if (status != DECK_OK)
            return status;
    }
    return DECK_OK;
}

static enum deck_status find_cuts(struct cutting *cutting)
{
    size_t own = 0;
    int64_t *all = NULL, total;
    int ranks = cutting->ranks->count;
    enum deck_status status = find_cut(cutting, &own);
    if (status != DECK_OK)
        return status;
    int64_t cut = (int64_t)own;
    cutting->cut = array_new((size_t)ranks + 1, sizeof *cutting->cut);
    if (!ranks_all(cutting->cut) || !ranks_gather(cutting->ranks, &cut, 1, sizeof cut, &all, &total, NULL))
        return DECK_NO_MEMORY;
    memcpy(cutting->cut, all, (size_t)ranks * sizeof *all);
    cutting->cut[ranks] = (int64_t)cutting->deck->size;
    free(all);
    return DECK_OK;
}

/* ---- common cards ------------------------------------------------------------------------------------------------ */

/* Read from this rank's cut to the next one. */
static enum deck_status read_own(struct cutting *cutting)
{
    int rank = cutting->ranks->rank;
    cutting->begin = (size_t)cutting->cut[rank];
    cutting->own = (size_t)(cutting->cut[rank + 1] - cutting->cut[rank]);
    cutting->text = malloc(cutting->own + END_BYTES);
    if (!ranks_all(cutting->text))
        return DECK_NO_MEMORY;
    array_expect_use(cutting->text, cutting->own);
    return deck_fetch(cutting->deck, cutting->begin, cutting->own, cutting->text);
}

/* Lines before this rank's cut are counted in. */
static bool count_lines(struct cutting *cutting, size_t own)
{
    int64_t *all = NULL, total, count = (int64_t)own;
    int ranks = cutting->ranks->count;
    cutting->lines = array_new((size_t)ranks + 1, sizeof *cutting->lines);
    if (!ranks_all(cutting->lines) || !ranks_gather(cutting->ranks, &count, 1, sizeof count, &all, &total, NULL))
        return false;
    for (int r = 0; r < ranks; r++)
        cutting->lines[r + 1] = cutting->lines[r] + all[r];
    free(all);
    for (size_t d = 0; d < cutting->dots.count; d++) {
        cutting->dots.item[d].lines += cutting->lines[cutting->ranks->rank];
        cutting->dots.item[d].end_lines += cutting->lines[cutting->ranks->rank];
    }
    return true;
}

/* What is common in the whole file. */
static bool find_common(struct cutting *cutting)
{
    size_t lines = 0;
    if (!ranks_all(cuts_scan(&cutting->dots, cutting->text, cutting->own, cutting->begin, &lines)) ||
        !count_lines(cutting, lines) ||
        !ranks_gather(cutting->ranks, cutting->dots.item, (int64_t)cutting->dots.count, sizeof *cutting->dots.item,
                      &cutting->dot, &cutting->n_dots, NULL))
        return false;
    cutting->size = cutting->deck->size;
    cutting->common = cuts_common(cutting->dot, (size_t)cutting->n_dots, &cutting->commons, &cutting->size);
    return ranks_all(cutting->common);
}

/* Where a rank's stretch begins: at its cut, or behind what is common there, which is of the rank where that begins.
 * *lines that end before. */
static size_t begin_of(const struct cutting *cutting, int rank, size_t *lines)
{
    size_t cut = (size_t)cutting->cut[rank];
    const struct common *common = cuts_common_at(cutting->common, cutting->commons, cut);
    bool inside = common && common->start < cut && cut < common->end;
    *lines = inside ? common->end_lines : (size_t)cutting->lines[rank];
    cut = inside ? common->end : cut;
    return cut < cutting->size ? cut : cutting->size;
}

/* ---- the text ---------------------------------------------------------------------------------------------------- */

/* Let the text be what is from begin to end; of it there is what was between the cuts. */
static enum deck_status move_ends(struct cutting *cutting, size_t begin, size_t end)
{
    size_t had = cutting->begin + cutting->own; /* up to here there is text */
    size_t kept = begin < had ? (end < had ? end : had) - begin : 0;
    char *text = cutting->text;
    if (kept > 0)
        memmove(text, text + (begin - cutting->begin), kept);
    if (end - begin > cutting->own)
        text = realloc(text, end - begin + END_BYTES);
    if (!ranks_all(text))
        return DECK_NO_MEMORY;
    cutting->text = text;
    cutting->begin = begin;
    cutting->own = end - begin;
    return deck_fetch(cutting->deck, begin + kept, end - begin - kept, text + kept);
}

/* The common lines of all ranks, in the order of the file; to be freed. NULL when memory is out. */
static char *gather_common(const struct cutting *cutting)
{
    size_t size = 0, at = 0;
    const struct common *common = cutting->common, *end = common + cutting->commons;
    for (const struct common *c = common; c < end; c++)
        size += c->start >= cutting->begin && c->start < cutting->begin + cutting->own ? c->end - c->start : 0;
    char *own = array_new(size, 1), *all = NULL;
    int64_t total;
    for (const struct common *c = common; own && c < end; c++) {
        if (c->start < cutting->begin || c->start >= cutting->begin + cutting->own)
            continue;
        memcpy(own + at, cutting->text + (c->start - cutting->begin), c->end - c->start);
        at += c->end - c->start;
    }
    bool done = ranks_all(own) && ranks_gather(cutting->ranks, own, (int64_t)size, 1, &all, &total, NULL);
    free(own);
    return done ? all : NULL;
}

/* Where the pieces of the text come from; it has `before` bytes of others in front of its own. `lines` end before
 * those. */
static void note_pieces(const struct cutting *cutting, size_t before, size_t lines, struct stretch *stretch)
{
    size_t at = 0, end = cutting->begin + cutting->own, c = 0;
    const struct common *common = cutting->common;
    for (; c < cutting->commons && common[c].start < cutting->begin; c++) {
        stretch->piece[stretch->pieces++] = (struct source_piece){at, common[c].start, common[c].lines + 1};
        at += common[c].end - common[c].start;
    }
    stretch->piece[stretch->pieces++] = (struct source_piece){before, cutting->begin, lines + 1};
    at = before + cutting->own;
    for (; c < cutting->commons; c++) {
        if (common[c].start < end)
            continue;
        stretch->piece[stretch->pieces++] = (struct source_piece){at, common[c].start, common[c].lines + 1};
        at += common[c].end - common[c].start;
    }
}

/* Put the common lines of others before and behind the own ones, `lines` end before those. False when memory is out, on
 * all ranks. */
static bool assemble(struct cutting *cutting, struct stretch *stretch, size_t lines)
{
    size_t before = 0, own = 0, behind = 0;
    for (size_t c = 0; c < cutting->commons; c++) {
        const struct common *common = &cutting->common[c];
        bool is_before = common->start < cutting->begin, is_behind = common->start >= cutting->begin + cutting->own;
        *(is_before ? &before : is_behind ? &behind : &own) += common->end - common->start;
    }
    char *all = gather_common(cutting), *text = NULL;
    if (!all)
        return false;
    stretch->piece = array_new(cutting->commons + 1, sizeof *stretch->piece);
    text = realloc(cutting->text, before + cutting->own + behind + END_BYTES);
    cutting->text = text ? text : cutting->text;
    bool done = ranks_all(text && stretch->piece);
    if (done) {
        memmove(text + before, text, cutting->own);
        memcpy(text, all, before);
        memcpy(text + before + cutting->own, all + before + own, behind);
        note_pieces(cutting, before, lines, stretch);
        stretch->text = text;
        stretch->size = before + cutting->own + behind;
        stretch->own_at = before;
        stretch->own_size = cutting->own;
        cutting->text = NULL;
    }
    free(all);
    return done;
}

static void cutting_free(struct cutting *cutting)
{
    free(cutting->text);
    free(cutting->cut);
    free(cutting->dots.item);
    free(cutting->dot);
    free(cutting->lines);
    free(cutting->common);
}

enum deck_status stretch_read(struct stretch *stretch, struct deck_bytes *deck)
{
    struct cutting cutting = {.deck = deck, .ranks = &deck->ranks};
    enum deck_status status = find_cuts(&cutting);
    if (status == DECK_OK)
        status = read_own(&cutting);
    if (status == DECK_OK && !find_common(&cutting))
        status = DECK_NO_MEMORY;
    if (status == DECK_OK) {
        size_t lines, unused;
        int rank = deck->ranks.rank;
        size_t begin = begin_of(&cutting, rank, &lines), end = begin_of(&cutting, rank + 1, &unused);
        status = move_ends(&cutting, begin, end);
        if (status == DECK_OK && !assemble(&cutting, stretch, lines))
            status = DECK_NO_MEMORY;
    }
    cutting_free(&cutting);
    return status;
}
