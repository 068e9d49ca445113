#include "drn/drn_lanes.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

void *lanes_new(size_t count, size_t size)
{
    if (count == 0)
        count = 1;
    if (count > (PTRDIFF_MAX - LANES_BYTES) / size)
        return NULL;
    size_t bytes = (count * size + LANES_BYTES - 1) / LANES_BYTES * LANES_BYTES;
    void *memory = aligned_alloc(LANES_BYTES, bytes);
    if (memory) {
        array_expect_use(memory, bytes);
        memset(memory, 0, bytes);
    }
    return memory;
}
