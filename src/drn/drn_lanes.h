/* Vectors of eight floats, and memory for them. Kernels are compiled for several processors and chosen when the program
 * is loaded; sums are made lane by lane in one order, so that all kernels with fused multiply-add agree. What keeps
 * many sums works on strips of two vectors, so that they fit into sixteen registers. (gcc 12 has wider vectors than a
 * processor's own taken apart in memory: ten times slower.) */
#ifndef OPSPICE_DRN_LANES_H
#define OPSPICE_DRN_LANES_H

#include <stddef.h>
#include <stdint.h>

enum { DRN_LANE_COUNT = 8, STRIP = 16, STRIP_VECTORS = STRIP / DRN_LANE_COUNT, DRN_LANES_BYTES = 64 };

typedef float drn_lanes __attribute__((vector_size(32), may_alias));
typedef int32_t drn_lanes_mask __attribute__((vector_size(32), may_alias));

/* Before a loop over a handful of vectors: all of it in registers. */
#ifdef __clang__
#define DRN_LANES_UNROLL _Pragma("clang loop unroll(full)")
#else
#define DRN_LANES_UNROLL _Pragma("GCC unroll 16")
#endif
#define DRN_LANES_INLINE static inline __attribute__((always_inline))

/* The vector that begins at a place, which is aligned for it. */
DRN_LANES_INLINE drn_lanes *drn_lanes_at(float *place)
{
    return __builtin_assume_aligned(place, sizeof(drn_lanes));
}

DRN_LANES_INLINE const drn_lanes *drn_lanes_of(const float *place)
{
    return __builtin_assume_aligned(place, sizeof(drn_lanes));
}

DRN_LANES_INLINE const drn_lanes_mask *drn_lanes_mask_of(const int32_t *place)
{
    return __builtin_assume_aligned(place, sizeof(drn_lanes_mask));
}

/* Load a vector into a register for all its uses: gcc 12 would load it at each of them, did the (empty) statement not
 * say that the place may have changed since. */
DRN_LANES_INLINE void drn_lanes_load(drn_lanes *v, const float *place)
{
    *v = *drn_lanes_of(place);
    __asm__("" : "+m"(*(drn_lanes *)(uintptr_t)place));
}

/* count elements of size bytes, zeroed, aligned for lines of cache, and so for vectors; never a zero-sized block. NULL
 * when memory is out or the product overflows. Free with free(). */
void *drn_lanes_new(size_t count, size_t size);

#endif
