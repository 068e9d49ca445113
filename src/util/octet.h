/* Eight numbers side by side: of eight points or nodes, what is done for each is done for all. For sums, products and
 * quotients; lanes are compared by OCTET_PICK, or in a loop with OCTET_EACH. */
#ifndef OPSPICE_OCTET_H
#define OPSPICE_OCTET_H

#include "util/double_double.h"
#include "util/kernel.h"
#include <stdint.h>

enum { OCTET = 8 };

typedef double octet __attribute__((vector_size(OCTET * sizeof(double)), aligned(8), may_alias));

typedef uint64_t octet_bits __attribute__((vector_size(OCTET * sizeof(uint64_t)), aligned(8), may_alias));

/* Of vectors of doubles, and such of as many uint64_t, lane for lane: yes where a comparison holds, no elsewhere; and
 * the magnitude. */
#define VECTOR_PICK(vector, bits, condition, yes, no) \
    ((vector)(((bits)(condition) & (bits)(yes)) | (~(bits)(condition) & (bits)(no))))
#define VECTOR_MAGNITUDE(vector, bits, of) ((vector)((bits)(of) & INT64_MAX))
#define OCTET_PICK(condition, yes, no) VECTOR_PICK(octet, octet_bits, condition, yes, no)
#define OCTET_MAGNITUDE(of) VECTOR_MAGNITUDE(octet, octet_bits, of)

/* Before a loop over the lanes of one; or one with a flag (|) of all. OCTET_UNROLL: or one that gathers them. */
#ifdef __clang__
#define OCTET_UNROLL _Pragma("clang loop unroll(full)")
#define OCTET_EACH
#define OCTET_FLAG(flag)
#else
#define OCTET_UNROLL _Pragma("GCC unroll 8")
#define OCTET_EACH KERNEL_PRAGMA(omp simd simdlen(8))
#define OCTET_FLAG(flag) KERNEL_PRAGMA(omp simd simdlen(8) reduction(| : flag))
#endif

/* u + low [OCTET]: the differences of hi_a + lo_a and hi_k + lo_k [OCTET]. */
KERNEL_PART void octet_difference(const double *hi_a, const double *lo_a, const double *hi_k, const double *lo_k,
                                  double *u, double *low)
{
    OCTET_EACH
    for (int l = 0; l < OCTET; l++) {
        struct dd difference = dd_difference(hi_a[l], lo_a[l], hi_k[l], lo_k[l]);
        u[l] = difference.hi;
        low[l] = difference.lo;
    }
}

#endif
