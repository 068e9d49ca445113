/* Long segments of neighbouring rows in the columns of a Laplacian: layers that are joined densely. Over
 * these loops need no indices. */
#ifndef OPSPICE_DENSE_SEGMENTS_H
#define OPSPICE_DENSE_SEGMENTS_H

#include "linear/laplacian.h"

/* Entries (row .. row + length - 1, column) off the diagonal, which stand for their mirror images too. */
struct dense_segment {
    int32_t column, row, length, at; /* at: the first of them in L.x */
};

/* Long segments of entries. */
struct dense_segments {
    size_t count; /* 0: none, or not sought */
    struct dense_segment *segment; /* [count] */
    size_t entries; /* in them */
};

/* The segments, column after column: all entries off the diagonal, of an entry and its mirror image the one in the
 * longer segment. No segments where these would be short. segments is zeroed before. False when memory is out. */
bool dense_segments_build(struct dense_segments *segments, const struct laplacian *L);

/* Are the entries (row .. row + length - 1, column) part of one segment? */
bool dense_segments_hold(const struct dense_segments *segments, int32_t column, int32_t row, int32_t length);

/* Give the mirror images the values of the entries in segments. */
void dense_segments_mirror(const struct dense_segments *segments, struct laplacian *L);

/* Safe on a zeroed struct; leaves it zeroed. */
void dense_segments_free(struct dense_segments *segments);

#endif
