#include "linear/dense_segments.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

enum { LONG_RUN = 16 }; /* worth a loop of its own, in the mean */

/* length[q]: of the segment of neighbouring rows, on one side of the diagonal, that entry q is in. */
static void find_lengths(const struct laplacian *L, int32_t *length)
{
    for (int32_t j = 0; j < L->n; j++)
        for (int32_t q = L->p[j], end; q < L->p[j + 1]; q = end) {
            for (end = q + 1; end < L->p[j + 1] && L->i[end] == L->i[end - 1] + 1 && L->i[end] != j && L->i[q] != j;)
                end++;
            for (int32_t of = q; of < end; of++)
                length[of] = end - q;
        }
}

/* chosen[q]: entry q and not its mirror image. next [n] work. */
static void choose(const struct laplacian *L, const int32_t *length, int32_t *next, bool *chosen)
{
    memcpy(next, L->p, (size_t)L->n * sizeof *next);
    for (int32_t j = 0; j < L->n; j++)
        for (int32_t q = L->p[j]; q < L->p[j + 1]; q++) {
            int32_t mirror = next[L->i[q]]++; /* columns are sorted, and this one is the next row there */
            chosen[q] = L->i[q] != j && (length[q] > length[mirror] || (length[q] == length[mirror] && L->i[q] > j));
        }
}

/* The segments of chosen entries, into segment where it is not NULL. Their number. */
static size_t find_segments(const struct laplacian *L, const bool *chosen, struct dense_segment *segment)
{
    size_t segments = 0;
    for (int32_t j = 0; j < L->n; j++)
        for (int32_t q = L->p[j]; q < L->p[j + 1];) {
            int32_t begin = q++;
            if (!chosen[begin])
                continue;
            while (q < L->p[j + 1] && chosen[q] && L->i[q] == L->i[q - 1] + 1)
                q++;
            if (segment)
                segment[segments] = (struct dense_segment){j, L->i[begin], q - begin, begin};
            segments++;
        }
    return segments;
}

bool dense_segments_build(struct dense_segments *segments, const struct laplacian *L)
{
    size_t all = (size_t)L->p[L->n], entries = (all - (size_t)L->n) / 2, count = 0;
    int32_t *length = array_new(all, sizeof *length), *next = array_new((size_t)L->n, sizeof *next);
    bool *chosen = array_new(all, sizeof *chosen), done = length && next && chosen;
    if (done) {
        find_lengths(L, length);
        choose(L, length, next, chosen);
        count = find_segments(L, chosen, NULL);
    }
    if (count > 0 && entries >= LONG_RUN * count) {
        segments->segment = array_new(count, sizeof *segments->segment);
        done = segments->segment;
        segments->entries = entries;
        segments->count = done ? find_segments(L, chosen, segments->segment) : 0;
    }
    free(length);
    free(next);
    free(chosen);
    return done;
}

bool dense_segments_hold(const struct dense_segments *segments, int32_t column, int32_t row, int32_t length)
{
    size_t low = 0, high = segments->count; /* the last segment that begins no later */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct dense_segment *segment = &segments->segment[middle];
        if (segment->column < column || (segment->column == column && segment->row <= row))
            low = middle + 1;
        else
            high = middle;
    }
    const struct dense_segment *segment = &segments->segment[low - (low > 0)];
    return low > 0 && segment->column == column && row + length <= segment->row + segment->length;
}

void dense_segments_mirror(const struct dense_segments *segments, struct laplacian *L)
{
    for (size_t r = 0; r < segments->count; r++) {
        const struct dense_segment *segment = &segments->segment[r];
        for (int32_t q = 0; q < segment->length; q++)
            L->x[laplacian_find(L, segment->column, segment->row + q)] = L->x[segment->at + q];
    }
}

void dense_segments_free(struct dense_segments *segments)
{
    free(segments->segment);
    *segments = (struct dense_segments){0};
}
