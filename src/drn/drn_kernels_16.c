/* Kernels with vectors of 16 bytes, for all processors. */
#define DRN_LANE_COUNT 4

#include "drn/drn_kernels_body.h"
