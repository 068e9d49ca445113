#include "util/array.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { FIRST_CAPACITY = 16, PAGE = 1 << 12, LARGE = 1 << 22 };

void array_expect_use(void *memory, size_t size)
{
#ifdef MADV_HUGEPAGE
    if (size < LARGE)
        return;
    /* All pages of the block: a mapping that is advised in part is split, and realloc() can then only copy it. */
    uintptr_t start = (uintptr_t)memory / PAGE * PAGE;
    uintptr_t end = ((uintptr_t)memory + size + PAGE - 1) / PAGE * PAGE;
    int why = errno;
    madvise((void *)start, end - start, MADV_HUGEPAGE);
    errno = why;
#else
    (void)memory, (void)size;
#endif
}

void *array_new(size_t count, size_t size)
{
    if (count == 0 || size == 0)
        return calloc(1, 1);
    if (count > PTRDIFF_MAX / size)
        return NULL;
    void *memory = calloc(count, size);
    if (memory)
        array_expect_use(memory, count * size);
    return memory;
}

bool array_reserve(void *items, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity)
        return true;

    size_t most = PTRDIFF_MAX / size;
    if (need > most)
        return false;
    size_t wanted = *capacity > most - *capacity / 2 ? most : *capacity + *capacity / 2;
    if (wanted < need)
        wanted = need;
    if (wanted < FIRST_CAPACITY && FIRST_CAPACITY <= most)
        wanted = FIRST_CAPACITY;

    void *old;
    memcpy(&old, items, sizeof old);
    void *grown = realloc(old, wanted * size);
    if (!grown)
        return false;
    array_expect_use(grown, wanted * size);
    memcpy(items, &grown, sizeof grown);
    *capacity = wanted;
    return true;
}
