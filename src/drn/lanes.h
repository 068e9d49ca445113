/* Vectors of eight floats, and memory for them. Kernels are compiled for several processors and chosen when the program
 * is loaded; sums are made lane by lane in one order, so that all processors with fused multiply-add agree. What keeps
 * many sums works on strips of two vectors, so that they fit into sixteen registers. (gcc 12 has wider vectors than a
 * processor's own taken apart in memory: twenty times slower.) */
#ifndef OPSPICE_LANES_H
#define OPSPICE_LANES_H

#include "util/kernel.h"
#include <stddef.h>
#include <stdint.h>

enum { LANES = 8, STRIP = 16, STRIP_VECTORS = STRIP / LANES, LANES_BYTES = 64 };

typedef float lanes __attribute__((vector_size(32), may_alias));
typedef int32_t lanes_mask __attribute__((vector_size(32), may_alias));

/* As KERNEL of util/kernel.h, but with fused multiply-add for processors with AVX2 too; clang 14 has no name for those.
 * LANES_FUSED is what a processor must have for that. */
#if !defined(__x86_64__) || !defined(__ELF__) || defined(KERNEL_SANITIZED)
#define LANES_CLONES
#elif defined(__clang__)
#define LANES_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#define LANES_FUSED "avx512f"
#else
#define LANES_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define LANES_FUSED "fma"
#endif

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

/* count elements of size bytes, zeroed, aligned for lines of cache, and so for vectors; never a zero-sized block. NULL when memory is
 * out or the product overflows. Free with free(). */
void *lanes_new(size_t count, size_t size);

#endif
