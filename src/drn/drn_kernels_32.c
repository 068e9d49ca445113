/* Kernels with vectors of 32 bytes, for processors with AVX2. */
#define DRN_LANE_COUNT 8

#include "drn/drn_kernels_widths.h"
#ifdef DRN_KERNELS_X86
#include "drn/drn_kernels_body.h"
#endif
