#include "linear/block_triangular.h"

#include "util/array.h"
#include "util/search.h"
#include <stdlib.h>

enum { NONE = -1 };

/* The pattern, and room for a walk over its columns. */
struct walk {
    int32_t n;
    const int32_t *start, *row;
    int32_t *level; /* [n] distance from an unpaired column; in the search for blocks: when a column was met */
    int32_t *next;  /* [n] entry of each column that is looked at next */
    int32_t *stack; /* [n] columns from the first one to where the walk is */
    int32_t *queue; /* [n] columns by distance; in the search for blocks: those that are in none yet */
    int32_t *low;   /* [n] the earliest column that can be reached back */
};

/* ---- pairs ------------------------------------------------------------------------------------------------------- */

static void pair(struct block_triangular *form, int32_t column, int32_t row)
{
    form->row[column] = row;
    form->column[row] = column;
}

/* Diagonal entries, then whatever is free: few are left. */
static void pair_at_once(struct block_triangular *form, const struct walk *walk)
{
    for (int32_t j = 0; j < walk->n; j++)
        form->row[j] = form->column[j] = NONE;
    for (int32_t j = 0; j < walk->n; j++) {
        int32_t entries = walk->start[j + 1] - walk->start[j];
        const int32_t *row = walk->row + walk->start[j];
        int32_t at = search_indices(row, entries, j);
        if (at < entries && row[at] == j)
            pair(form, j, j);
    }
    for (int32_t j = 0; j < walk->n; j++)
        for (int32_t q = walk->start[j]; q < walk->start[j + 1] && form->row[j] == NONE; q++)
            if (form->column[walk->row[q]] == NONE)
                pair(form, j, walk->row[q]);
}

/* Distances of columns from the unpaired ones, along alternating paths. False when none ends at an unpaired row. */
static bool measure_paths(const struct block_triangular *form, struct walk *walk)
{
    int32_t ahead = 0, behind = 0;
    bool found = false;
    for (int32_t j = 0; j < walk->n; j++) {
        walk->next[j] = walk->start[j];
        walk->level[j] = form->row[j] == NONE ? 0 : NONE;
        if (form->row[j] == NONE)
            walk->queue[behind++] = j;
    }
    while (ahead < behind) {
        int32_t j = walk->queue[ahead++];
        for (int32_t q = walk->start[j]; q < walk->start[j + 1]; q++) {
            int32_t other = form->column[walk->row[q]];
            if (other == NONE) {
                found = true;
            } else if (walk->level[other] == NONE) {
                walk->level[other] = walk->level[j] + 1;
                walk->queue[behind++] = other;
            }
        }
    }
    return found;
}

/* Follow a path of increasing distance from an unpaired column to an unpaired row, and pair along it. */
static void pair_along_path(struct block_triangular *form, struct walk *walk, int32_t first)
{
    int32_t depth = 0;
    walk->stack[0] = first;
    while (depth >= 0) {
        int32_t j = walk->stack[depth];
        if (walk->next[j] == walk->start[j + 1]) {
            depth--;
            continue;
        }
        int32_t other = form->column[walk->row[walk->next[j]++]];
        if (other == NONE)
            break;
        if (walk->level[other] == walk->level[j] + 1)
            walk->stack[++depth] = other;
    }
    for (; depth >= 0; depth--) {
        int32_t j = walk->stack[depth];
        pair(form, j, walk->row[walk->next[j] - 1]);
    }
}

static void pair_the_rest(struct block_triangular *form)
{
    int32_t columns = 0, rows = 0;
    for (int32_t j = 0; j < form->n; j++)
        if (form->row[j] == NONE)
            form->unpaired_column[columns++] = j;
    for (int32_t i = 0; i < form->n; i++)
        if (form->column[i] == NONE)
            form->unpaired_row[rows++] = i;
    form->unpaired = columns;
    for (int32_t k = 0; k < columns; k++)
        pair(form, form->unpaired_column[k], form->unpaired_row[k]);
}

static void find_pairs(struct block_triangular *form, struct walk *walk)
{
    pair_at_once(form, walk);
    while (measure_paths(form, walk))
        for (int32_t j = 0; j < walk->n; j++)
            if (form->row[j] == NONE)
                pair_along_path(form, walk, j);
    pair_the_rest(form);
}

/* ---- blocks ------------------------------------------------------------------------------------------------------ */

/* The columns that wait since `first` are a block: all that hang on each other. */
static void end_block(struct block_triangular *form, struct walk *walk, int32_t first, int32_t *waiting)
{
    int32_t j;
    do {
        j = walk->queue[--*waiting];
        form->block[j] = form->blocks;
    } while (j != first);
    form->blocks++;
}

/* Column j reaches those whose rows it has entries in. Blocks end in the reverse of the order of solution. */
static void walk_from(struct block_triangular *form, struct walk *walk, int32_t first, int32_t *met, int32_t *waiting)
{
    int32_t depth = 0, enter = first;
    for (;;) {
        if (enter != NONE) {
            walk->stack[depth] = walk->queue[(*waiting)++] = enter;
            walk->level[enter] = walk->low[enter] = (*met)++;
            walk->next[enter] = walk->start[enter];
            enter = NONE;
        }
        int32_t j = walk->stack[depth];
        if (walk->next[j] < walk->start[j + 1]) {
            int32_t other = form->column[walk->row[walk->next[j]++]];
            if (walk->level[other] == NONE) {
                enter = other;
                depth++;
            } else if (form->block[other] == NONE && walk->level[other] < walk->low[j]) {
                walk->low[j] = walk->level[other];
            }
            continue;
        }
        if (walk->low[j] == walk->level[j])
            end_block(form, walk, j, waiting);
        if (depth-- == 0)
            return;
        int32_t before = walk->stack[depth];
        if (walk->low[j] < walk->low[before])
            walk->low[before] = walk->low[j];
    }
}

static void find_blocks(struct block_triangular *form, struct walk *walk)
{
    int32_t met = 0, waiting = 0;
    for (int32_t j = 0; j < walk->n; j++)
        walk->level[j] = form->block[j] = NONE;
    for (int32_t j = 0; j < walk->n; j++)
        if (walk->level[j] == NONE)
            walk_from(form, walk, j, &met, &waiting);
    for (int32_t j = 0; j < walk->n; j++)
        form->block[j] = form->blocks - 1 - form->block[j];
}

bool block_triangular_find(struct block_triangular *form, int32_t n, const int32_t *start, const int32_t *row)
{
    size_t columns = (size_t)n;
    struct walk walk = {.n = n, .start = start, .row = row};
    struct block_triangular found = {.n = n};
    const struct array_request kept[] = {{&found.row, columns, sizeof *found.row},
                                         {&found.column, columns, sizeof *found.column},
                                         {&found.block, columns, sizeof *found.block},
                                         {&found.unpaired_column, columns, sizeof *found.unpaired_column},
                                         {&found.unpaired_row, columns, sizeof *found.unpaired_row}};
    const struct array_request work[] = {{&walk.level, columns, sizeof *walk.level},
                                         {&walk.next, columns, sizeof *walk.next},
                                         {&walk.stack, columns, sizeof *walk.stack},
                                         {&walk.queue, columns, sizeof *walk.queue},
                                         {&walk.low, columns, sizeof *walk.low}};
    found.arrays = arrays_new(kept, sizeof kept / sizeof *kept);
    void *block = arrays_new(work, sizeof work / sizeof *work);
    if (found.arrays && block) {
        find_pairs(&found, &walk);
        find_blocks(&found, &walk);
        *form = found;
    } else {
        free(found.arrays);
    }
    free(block);
    return form->arrays;
}

void block_triangular_free(struct block_triangular *form)
{
    free(form->arrays);
    *form = (struct block_triangular){0};
}
