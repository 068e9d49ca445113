#include "isolation/strong_parts.h"

#include "util/array.h"
#include <stdlib.h>

/* ---- the pattern ------------------------------------------------------------------------------------------------- */

struct entry {
    uint32_t column, row;
};

static int compare_entries(const void *p, const void *q)
{
    const struct entry *a = p, *b = q;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static size_t list_entries(const struct box *box, struct entry *entry)
{
    size_t count = 0;
    for (size_t s = 0; s < box->slopes; s++) {
        const struct box_slope *slope = &box->slope[s];
        const uint32_t row[] = {slope->row, slope->other}, column[] = {slope->column, slope->minus};
        for (int q = 0; q < 4; q++)
            if (row[q / 2] != BOX_NONE && column[q % 2] != BOX_NONE)
                entry[count++] = (struct entry){column[q % 2], row[q / 2]};
    }
    return count;
}

static enum isolation_status find_form(struct strong_parts *parts, const struct box *box)
{
    enum isolation_status status = ISOLATION_NO_MEMORY;
    uint32_t n = box->n;
    struct entry *entry = array_new(4 * box->slopes, sizeof *entry);
    int32_t *start = array_new((size_t)n + 1, sizeof *start), *row = array_new(4 * box->slopes, sizeof *row);
    if (!entry || !start || !row)
        goto done;
    size_t count = list_entries(box, entry), kept = 0;
    qsort(entry, count, sizeof *entry, compare_entries);
    for (size_t q = 0; q < count; q++) {
        if (q > 0 && compare_entries(&entry[q - 1], &entry[q]) == 0)
            continue;
        row[kept++] = (int32_t)entry[q].row;
        start[entry[q].column + 1] = (int32_t)kept;
    }
    for (uint32_t q = 0; q < n; q++)
        start[q + 1] = start[q + 1] > start[q] ? start[q + 1] : start[q];
    if (block_triangular_find(&parts->form, (int32_t)n, start, row))
        status = parts->form.unpaired > 0 ? ISOLATION_NOT_SHOWN : ISOLATION_SHOWN;
done:
    free(entry);
    free(start);
    free(row);
    return status;
}

/* ---- what is in each part ---------------------------------------------------------------------------------------- */

static uint32_t part_of_row(const struct strong_parts *parts, uint32_t row)
{
    return row == BOX_NONE ? BOX_NONE : (uint32_t)parts->form.block[parts->form.column[row]];
}

/* What belongs to a part. */
struct member {
    uint32_t part, item;
};

/* Members by part, in their order. next [count] work; start [count + 1] zeroed, item [members] out */
static void sort_members(const struct member *member, size_t members, uint32_t count, uint32_t *next, uint32_t *start,
                         uint32_t *item)
{
    for (size_t k = 0; k < members; k++)
        start[member[k].part + 1]++;
    for (uint32_t p = 0; p < count; p++) {
        next[p] = start[p];
        start[p + 1] += start[p];
    }
    for (size_t k = 0; k < members; k++)
        item[next[member[k].part]++] = member[k].item;
}

/* An item belongs to the parts of its two equations, or to one that is that of both. Returns how many members there
 * are then. */
static size_t join(struct member *member, size_t members, uint32_t item, uint32_t p, uint32_t q)
{
    if (p != BOX_NONE)
        member[members++] = (struct member){p, item};
    if (q != BOX_NONE && q != p)
        member[members++] = (struct member){q, item};
    return members;
}

static void sort_all(struct strong_parts *parts, const struct box *box, struct member *member, uint32_t *next)
{
    size_t members = 0;
    for (uint32_t q = 0; q < box->n; q++)
        members = join(member, members, q, (uint32_t)parts->form.block[q], BOX_NONE);
    sort_members(member, members, parts->count, next, parts->start, parts->column);
    for (uint32_t q = 0; q < box->n; q++)
        parts->row[q] = (uint32_t)parts->form.row[parts->column[q]];

    members = 0;
    for (size_t s = 0; s < box->slopes; s++)
        members = join(member, members, (uint32_t)s, part_of_row(parts, box->slope[s].row),
                       part_of_row(parts, box->slope[s].other));
    sort_members(member, members, parts->count, next, parts->slope_start, parts->slope);

    members = 0;
    for (size_t k = 0; k < box->values; k++)
        members = join(member, members, (uint32_t)k, part_of_row(parts, box->value[k].row),
                       part_of_row(parts, box->value[k].other));
    sort_members(member, members, parts->count, next, parts->value_start, parts->value);
}

enum isolation_status strong_parts_find(struct strong_parts *parts, const struct box *box)
{
    enum isolation_status status = find_form(parts, box);
    if (status != ISOLATION_SHOWN)
        return status;
    uint32_t n = box->n;
    parts->count = (uint32_t)parts->form.blocks;
    size_t ends = (size_t)parts->count + 1;
    size_t most = n + 2 * (box->slopes + box->values);
    struct member *member = NULL;
    uint32_t *next = NULL;
    const struct array_request request[] = {
        {&parts->start, ends, sizeof *parts->start},
        {&parts->column, n, sizeof *parts->column},
        {&parts->row, n, sizeof *parts->row},
        {&parts->slope_start, ends, sizeof *parts->slope_start},
        {&parts->slope, 2 * box->slopes, sizeof *parts->slope},
        {&parts->value_start, ends, sizeof *parts->value_start},
        {&parts->value, 2 * box->values, sizeof *parts->value},
        {&member, most, sizeof *member},
        {&next, ends, sizeof *next},
    };
    parts->arrays = arrays_new(request, sizeof request / sizeof *request);
    if (!parts->arrays)
        return ISOLATION_NO_MEMORY;
    sort_all(parts, box, member, next);
    for (uint32_t p = 0; p < parts->count; p++) {
        uint32_t size = parts->start[p + 1] - parts->start[p];
        parts->largest = size > parts->largest ? size : parts->largest;
    }
    return ISOLATION_SHOWN;
}

void strong_parts_free(struct strong_parts *parts)
{
    block_triangular_free(&parts->form);
    free(parts->arrays);
    *parts = (struct strong_parts){0};
}
