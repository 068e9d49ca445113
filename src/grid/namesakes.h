/* Names that stand on several ranks, found by their hashes: each hash has a rank that is told of all who have it. */
#ifndef OPSPICE_NAMESAKES_H
#define OPSPICE_NAMESAKES_H

#include "grid/ranks.h"

/* Of a name without regard to case. */
uint64_t namesakes_hash(const char *text, size_t length);

/* A name of this rank that a lower one has too, if their hashes do not deceive. */
struct namesake {
    uint32_t own;   /* its number here */
    int32_t rank;   /* the lowest that has it */
    uint32_t first; /* its number there */
};

struct namesakes {
    struct namesake *item; /* [count] ascending own */
    size_t count, capacity;
};

/* By the hashes of all ranks' names, hash [count]. found: zeroed before; its item is to be freed. False when memory is
 * out, on all ranks. */
bool namesakes_find(const struct ranks *ranks, const uint64_t *hash, uint32_t count, struct namesakes *found);

#endif
