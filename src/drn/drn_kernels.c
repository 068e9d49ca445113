#include "drn/drn_kernels.h"

#include "drn/drn_kernels_widths.h"
#include <stdlib.h>
#include <string.h>

const struct drn_kernels *drn_kernels_choose(void)
{
    /* Widest first, with what DRN_TARGET of drn_vectors.h asks of the processor. */
    const struct {
        const struct drn_kernels *kernels;
        bool there;
    } widths[] = {
#ifdef DRN_KERNELS_X86
        {&drn_kernels_64, __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                              __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                              __builtin_cpu_supports("avx512vl")},
        {&drn_kernels_32, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                              __builtin_cpu_supports("bmi2")},
#endif
        {&drn_kernels_16, true},
    };
    const char *wanted = getenv("OPSPICE_VECTORS");
    const struct drn_kernels *best = NULL;
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        bool named = wanted && strcmp(wanted, widths[w].kernels->bytes) == 0;
        if (widths[w].there && (named || !best))
            best = widths[w].kernels;
    }
    return best;
}
