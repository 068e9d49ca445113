/* Vectors of eight floats, and memory for them. Kernels are compiled for several processors and chosen when the program
 * is loaded; sums are made lane by lane in one order, so that all kernels with fused multiply-add agree. What keeps
 * many sums works on strips of two vectors, so that they fit into sixteen registers. (gcc 12 has wider vectors than a
 * processor's own taken apart in memory: ten times slower.) */
#ifndef OPSPICE_LANES_H
#define OPSPICE_LANES_H

#include <stddef.h>
#include <stdint.h>

enum { LANES = 8, STRIP = 16, STRIP_VECTORS = STRIP / LANES, LANES_BYTES = 64 };

typedef float lanes __attribute__((vector_size(32), may_alias));
typedef int32_t lanes_mask __attribute__((vector_size(32), may_alias));

/* Before a loop over a handful of vectors: all of it in registers. */
#ifdef __clang__
#define LANES_UNROLL _Pragma("clang loop unroll(full)")
#else
#define LANES_UNROLL _Pragma("GCC unroll 16")
#endif
#define LANES_INLINE static inline __attribute__((always_inline))

/* The vector that begins at a place, which is aligned for it. */
LANES_INLINE lanes *lanes_at(float *place)
{
    return __builtin_assume_aligned(place, sizeof(lanes));
}

LANES_INLINE const lanes *lanes_of(const float *place)
{
    return __builtin_assume_aligned(place, sizeof(lanes));
}

LANES_INLINE const lanes_mask *lanes_mask_of(const int32_t *place)
{
    return __builtin_assume_aligned(place, sizeof(lanes_mask));
}

/* Load a vector into a register for all its uses: gcc 12 would load it at each of them, did the (empty) statement not
 * say that the place may have changed since. */
LANES_INLINE void lanes_load(lanes *v, const float *place)
{
    *v = *lanes_of(place);
    __asm__("" : "+m"(*(lanes *)(uintptr_t)place));
}

/* count elements of size bytes, zeroed, aligned for lines of cache, and so for vectors; never a zero-sized block. NULL
 * when memory is out or the product overflows. Free with free(). */
void *lanes_new(size_t count, size_t size);

#endif
