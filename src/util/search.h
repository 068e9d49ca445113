/* Binary search. */
#ifndef OPSPICE_SEARCH_H
#define OPSPICE_SEARCH_H

#include <stddef.h>
#include <stdint.h>

/* The place of the first of `count` ascending numbers that is not below `wanted`; count: there is none. */
static inline size_t search_ascending(const uint32_t *number, size_t count, uint32_t wanted)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (number[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The same of numbers that are never negative. */
static inline int32_t search_indices(const int32_t *number, int32_t count, int32_t wanted)
{
    return (int32_t)search_ascending((const uint32_t *)number, (size_t)count, (uint32_t)wanted);
}

#endif
