/* The kernels of each width; DRN_KERNELS_X86: those for AVX2 and AVX-512 are compiled for them. */
#ifndef OPSPICE_DRN_KERNELS_WIDTHS_H
#define OPSPICE_DRN_KERNELS_WIDTHS_H

#include "drn/drn_kernels.h"

#ifdef __x86_64__
#define DRN_KERNELS_X86
#endif

extern const struct drn_kernels drn_kernels_16;
#ifdef DRN_KERNELS_X86
extern const struct drn_kernels drn_kernels_32, drn_kernels_64;
#endif

#endif
