/* Kernels with vectors of 64 bytes, for processors with AVX-512. */
#define DRN_LANE_COUNT 16

#include "drn/drn_kernels_widths.h"
#ifdef DRN_KERNELS_X86
#include "drn/drn_kernels_body.h"
#endif
