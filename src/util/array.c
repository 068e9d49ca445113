#include "util/array.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

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

size_t array_memory(void)
{
    static const int kinds[] = {RLIMIT_AS, RLIMIT_DATA};
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    size_t memory = pages > 0 && page > 0 ? (size_t)pages * (size_t)page : PTRDIFF_MAX;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct rlimit limit;
        if (getrlimit(kinds[k], &limit) == 0 && limit.rlim_cur < memory)
            memory = (size_t)limit.rlim_cur;
    }
    return memory;
}

bool array_has_room(size_t size)
{
    const size_t piece = (size_t)1 << 28;
    void **taken = NULL, **block;
    bool has = size <= array_memory();
    while (has && size > 0) {
        size_t part = size < piece ? size : piece;
        has = (block = malloc(part + sizeof *block));
        if (has)
            *block = taken, taken = block;
        size -= part;
    }
    for (; taken; taken = block) {
        block = *taken;
        free(taken);
    }
    return has;
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

enum { LINE = 64 }; /* bytes of a cache line */

/* The bytes that all of them take, with those to align the first; 0: too many. */
static size_t size_of_all(const struct array_request *request, size_t requests)
{
    size_t total = LINE;
    for (size_t q = 0; q < requests; q++) {
        size_t most = PTRDIFF_MAX - total - LINE, size = request[q].size;
        if (size > 0 && request[q].count > most / size)
            return 0;
        total += (request[q].count * size + LINE - 1) / LINE * LINE;
    }
    return total;
}

static void *lay_out(char *block, const struct array_request *request, size_t requests)
{
    if (!block)
        return NULL;
    char *next = block + (LINE - (uintptr_t)block % LINE) % LINE;
    for (size_t q = 0; q < requests; q++) {
        void *array = next;
        memcpy(request[q].array, &array, sizeof array);
        next += (request[q].count * request[q].size + LINE - 1) / LINE * LINE;
    }
    return block;
}

void *arrays_new(const struct array_request *request, size_t requests)
{
    size_t total = size_of_all(request, requests);
    return lay_out(total > 0 ? array_new(total, 1) : NULL, request, requests);
}

void *arrays_unset(const struct array_request *request, size_t requests)
{
    size_t total = size_of_all(request, requests);
    void *block = total > 0 ? malloc(total) : NULL;
    if (block)
        array_expect_use(block, total);
    return lay_out(block, request, requests);
}

bool array_reserve(void *items, size_t *capacity, size_t need, size_t size)
{
    assert(size > 0);
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
