#include "drn/drn_lanes.h"

#include "util/array.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *drn_lanes_new(size_t count, size_t size)
{
    if (count == 0)
        count = 1;
    if (count > (PTRDIFF_MAX - DRN_LANES_BYTES) / size)
        return NULL;
    size_t bytes = (count * size + DRN_LANES_BYTES - 1) / DRN_LANES_BYTES * DRN_LANES_BYTES;
    void *memory = aligned_alloc(DRN_LANES_BYTES, bytes);
    if (memory) {
        array_expect_use(memory, bytes);
        memset(memory, 0, bytes);
    }
    return memory;
}
