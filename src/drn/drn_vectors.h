/* Vectors of DRN_LANE_COUNT floats, which is defined before: 4, 8 or 16. The kernels are one source (drn_dense_body.h,
 * input_layer_body.h) that is compiled for each width, and chosen when a network is made (drn_kernels.h). Sums are made
 * lane by lane of a strip in one order, so that all widths with fused multiply-add agree bit for bit.
 *
 * A vector is never wider than the processor's own: gcc 12 would have it taken apart in memory, ten times slower. */
#ifndef OPSPICE_DRN_VECTORS_H
#define OPSPICE_DRN_VECTORS_H

#include "drn/drn_kernels.h"
#include "drn/drn_lanes.h"
#include <stdint.h>

/* The processor that a width is for; on every function with such vectors, also the inlined ones. */
#if DRN_LANE_COUNT == 16
#define DRN_TARGET __attribute__((target("arch=x86-64-v4")))
#define DRN_KERNELS drn_kernels_64
#define DRN_BYTES "64"
#elif DRN_LANE_COUNT == 8
#define DRN_TARGET __attribute__((target("arch=x86-64-v3")))
#define DRN_KERNELS drn_kernels_32
#define DRN_BYTES "32"
#else
#define DRN_TARGET
#define DRN_KERNELS drn_kernels_16
#define DRN_BYTES "16"
#endif

enum { STRIP_VECTORS = STRIP / DRN_LANE_COUNT };

typedef float drn_lanes __attribute__((vector_size(4 * DRN_LANE_COUNT), may_alias));
typedef int32_t drn_lanes_mask __attribute__((vector_size(4 * DRN_LANE_COUNT), may_alias));

/* Before a loop over a handful of vectors: all of it in registers. */
#ifdef __clang__
#define DRN_LANES_UNROLL _Pragma("clang loop unroll(full)")
#else
#define DRN_LANES_UNROLL _Pragma("GCC unroll 16")
#endif
#define DRN_LANES_INLINE static inline __attribute__((always_inline)) DRN_TARGET

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

#endif
