/* Eight numbers side by side: of eight points, what is done for each is done for all. For sums, products and quotients;
 * where lanes are compared a loop over them is what compilers make vectors of. */
#ifndef OPSPICE_OCTET_H
#define OPSPICE_OCTET_H

#include "util/kernel.h"

enum { OCTET = 8 };

typedef double octet __attribute__((vector_size(OCTET * sizeof(double)), aligned(8), may_alias));

/* Before a loop over the lanes of one; or one with a flag (|) of all. */
#ifdef __clang__
#define OCTET_EACH
#define OCTET_FLAG(flag)
#else
#define OCTET_EACH KERNEL_PRAGMA(omp simd simdlen(8))
#define OCTET_FLAG(flag) KERNEL_PRAGMA(omp simd simdlen(8) reduction(| : flag))
#endif

#endif
