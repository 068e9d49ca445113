/* Growing and checked allocation of arrays. */
#ifndef OPSPICE_ARRAY_H
#define OPSPICE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* Allocate count elements of size bytes, cleared; never a zero-sized block.
 * NULL when memory is out or the product overflows. Free with free(). */
void *array_new(size_t count, size_t size);

/* Several arrays in one block: a workspace. */
struct array_request {
    void *array;        /* address of the pointer that is set */
    size_t count, size; /* elements, bytes of each */
};

/* Allocate all of them, cleared, each aligned for vectors. Returns the block, to be freed with free(), or NULL when
 * memory is out or a size overflows; then no pointer is set. */
void *arrays_new(const struct array_request *request, size_t requests);

/* The same, not cleared, for arrays that are written before they are read. */
void *arrays_unset(const struct array_request *request, size_t requests);

/* Make room for at least need elements in *items, growing by half (contents kept, new part not cleared).
 * *items and *capacity change only on success. False when memory is out or the product overflows. */
bool array_reserve(void *items, size_t *capacity, size_t need, size_t size);

/* The bytes of memory that this process may have: what the machine has, or the limit that was set for it (ulimit).
 * Where so much is asked for that it cannot be met, it is better to say so before all of it is used. */
size_t array_memory(void);

/* Would malloc() find so many bytes in all? They are taken in pieces, and given back. */
bool array_has_room(size_t size);

/* Tell the system that size bytes of memory will all be used. A large block then gets huge pages, where there are
 * any, which saves most of its page faults and much of the latency of random access. The functions above do it. */
void array_expect_use(void *memory, size_t size);

#endif
